//! Global tables: what is written here is written once more in every other Region of the table, a second or so later.
//!
//! ```text
//! write ─▶ answer                 ReplicationLatency = wait for the replica's write capacity + propagation
//!       └▶ replica: pending ─▶ there        PendingReplicationCount = rate · latency (Little)
//! ```
//!
//! Asynchronous (MREC): a replica that lacks write capacity falls behind, and nobody here is throttled for it. Each write is charged as replicated units
//! in every Region, this one included. When a write is there is known when it is made, so what is pending is counted by completions in steps of 10 ms.
//! Left out: clients of other Regions and conflicts with them (last writer wins), the replicas' partitions and indexes, strong consistency (MRSC).
//! Source: AWS docs: dynamodb/GlobalTables, V2globaltables_HowItWorks; metrics ReplicationLatency and PendingReplicationCount.

use std::collections::VecDeque;

use crate::{
    document::{Data, Diagnostic, Map, Read, Reading, Shape, Shapes, Spanned, Value, closest},
    engine::{Ix, NodeId, World},
    mechanism::{
        distribution::Distribution,
        luck::{Keyed, keyed},
        token_bucket::TokenBucket,
    },
    metrics::{Counter, Gauge, Latency},
    platform::{Platform, REGIONS},
    service::Build,
    spec,
    units::Time,
};

use super::{BillingMode, settings::Settings};

spec! {
    /// A replica of a table in another Region.
    pub struct Replica: "a replica" {
        /// Provisioned write units a second there; default: as many as here.
        write_capacity_units: Option<Spanned<u64>> = None,
        /// On demand: the user's own maximum of write units a second there; default: the quota of a table.
        max_write_request_units: Option<u64> = None,
        /// From a write here until it is there, capacity aside; default: about a second.
        replication_latency: Option<Distribution> = None,
    }
}

/// Replicas by Region, or Regions alone.
#[derive(Clone, Debug, Default)]
pub struct Replicas(pub Vec<(Spanned<String>, Replica)>);

impl Read for Replicas {
    fn expected() -> String {
        "a list of Regions such as `[eu-west-1]`, or a map from Regions to replicas".into()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        let regions = Shape::list(Shape::scalar().offering(REGIONS.iter().copied()));
        Shape::any(vec![regions, Map::<Replica>::shape(shapes)])
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        if let Data::Map(_) = value.data {
            return Map::read(value, reading).map(|map| Self(map.0));
        }
        let Data::List(_) = value.data else { return reading.mismatch(value, &Self::expected()) };
        let regions: Vec<Spanned<String>> = Vec::read(value, reading)?;
        let plain = || Replica { write_capacity_units: None, max_write_request_units: None, replication_latency: None };
        Some(Self(regions.into_iter().map(|region| (region, plain())).collect()))
    }
}

impl Replicas {
    /// Complaints about Regions that are given twice (E018) or not known (W036), about units that do not go with the table's mode (E074, E075) or are
    /// fewer than the table's own (W046).
    pub(super) fn check(&self, name: &str, table: &Settings, reading: &mut Reading) {
        for (at, (region, replica)) in self.0.iter().enumerate() {
            if self.0[..at].iter().any(|(earlier, _)| earlier.value == region.value) {
                let message = format!("`{name}` has two replicas in `{}`", region.value);
                reading.push(Diagnostic::error("E018", region.span, message).label("given twice").hint("leave one of them out"));
            }
            if !REGIONS.contains(&region.value.as_str()) {
                let near = closest(&region.value, REGIONS.iter().copied());
                let hint = near.map_or_else(|| "a code such as `eu-west-1`".into(), |near| format!("did you mean `{near}`?"));
                let message = format!("`{}` is no Region that is known", region.value);
                reading.push(Diagnostic::warning("W036", region.span, message).label("not known").hint(hint));
            }
            if let (BillingMode::Provisioned, Some(units)) = (table.billing_mode, &replica.write_capacity_units) {
                let (_, here) = table.units(&Platform::default());
                if (1..here).contains(&units.value) {
                    let message = format!("what is written to `{name}` at {here} units a second is written in `{}` at {}", region.value, units.value);
                    let hint =
                        format!("give the replica `write_capacity_units: {here}`, as AWS does; what it cannot take waits, and is later and later");
                    reading.push(Diagnostic::warning("W046", units.span, message).label("less than here").hint(hint));
                }
            }
            let own = Settings { write_units: replica.write_capacity_units.as_ref(), read_units: None, partitions: None, warm: None, ..*table };
            own.check(&format!("the replica of `{name}` in `{}`", region.value), reading);
        }
    }
}

/// One Region that writes go to.
#[derive(Clone, Debug)]
struct Region {
    bucket: TokenBucket,
    latency: Distribution,
    consumed: Counter,
}

/// What is on its way to the replicas of a table that runs.
#[derive(Clone, Debug)]
pub(super) struct Replication {
    regions: Vec<Region>,
    /// Writes that will be there, by steps of 10 ms; the first is number `first`.
    completions: VecDeque<u32>,
    first: u64,
    clock: Option<Ix>,
    /// When the run ends: what is there later is pending for good.
    ends: Time,
    /// The step at which the clock rings.
    rings: u64,
    writes: u64,
    key: u64,
    units: Counter,
    latency: Latency,
    pending: Gauge,
}

const STEP: Time = Time::from_millis(10);
const HALF_STEP: Time = Time::from_millis(5);

fn step_of(at: Time) -> u64 {
    at.as_nanos() / STEP.as_nanos()
}

/// Purpose of draws.
const PROPAGATION: u64 = 0x153;

impl Replication {
    pub fn new(replicas: &Replicas, table: &Settings, node: NodeId, build: &mut Build) -> Self {
        let units = build.world.metrics.counter_in(node as usize, "ReplicatedWriteCapacityUnits", 2);
        let regions = replicas.0.iter().map(|(name, replica)| {
            let bucket = table.replica_bucket(replica.write_capacity_units.as_ref(), replica.max_write_request_units, &build.platform);
            let latency = replica.replication_latency.clone().unwrap_or_else(|| build.measured("dynamodb.replication"));
            let consumed = build.world.metrics.counter_of(node as usize, "ReplicatedWriteCapacityUnits", 2, &name.value);
            Region { bucket, latency, consumed }
        });
        let regions = regions.collect();
        let key = build.key(node, PROPAGATION);
        let metrics = &mut build.world.metrics;
        Self {
            regions,
            completions: VecDeque::new(),
            first: 0,
            clock: None,
            ends: build.measured.end,
            rings: u64::MAX,
            writes: 0,
            key,
            units,
            latency: metrics.latency(node as usize, "ReplicationLatency"),
            pending: metrics.gauge(node as usize, "PendingReplicationCount"),
        }
    }

    /// Takes a frame to tell time by.
    pub fn start(&mut self, clock: Ix) {
        self.clock = Some(clock);
    }

    /// A write of so many items and half units in all, which is charged here too where it was a request that made it.
    pub fn wrote(&mut self, world: &mut World, items: u64, halves: u64, charged_here: bool) {
        let (now, of_items) = (world.now(), items.min(u64::from(u32::MAX)) as u32);
        self.writes += 1;
        for at in 0..self.regions.len() {
            let region = &mut self.regions[at];
            let propagation = region.latency.sample(&mut Keyed::new(keyed(self.key ^ self.writes, at as u64)));
            let wait = region.bucket.wait(now, halves);
            region.bucket.take(now, halves);
            let took = wait.saturating_add(propagation);
            world.metrics.count(region.consumed, halves);
            world.metrics.record_many(self.latency, took, items);
            self.complete(world, now.saturating_add(took), of_items);
        }
        let regions = self.regions.len() as u64 + u64::from(charged_here);
        world.metrics.count(self.units, halves.saturating_mul(regions));
        world.metrics.rise(self.pending, now, self.regions.len() as u64 * u64::from(of_items));
    }

    /// Notes when so many writes will be there.
    fn complete(&mut self, world: &mut World, at: Time, items: u32) {
        // Rounded to the nearest step, so that what is pending is right on average; never into the past.
        let step = step_of(at.saturating_add(HALF_STEP)).max(step_of(world.now()) + 1);
        if at > self.ends {
            return;
        }
        if self.completions.is_empty() {
            self.first = step;
        }
        while step < self.first {
            self.completions.push_front(0);
            self.first -= 1;
        }
        let number = (step - self.first) as usize;
        if number >= self.completions.len() {
            self.completions.resize(number + 1, 0);
        }
        self.completions[number] = self.completions[number].saturating_add(items);
        if step < self.rings {
            self.ring_at(world, step);
        }
    }

    fn ring_at(&mut self, world: &mut World, step: u64) {
        let Some(clock) = self.clock else { return };
        world.unschedule(clock);
        world.wake(clock, 0, (STEP * step).saturating_sub(world.now()));
        self.rings = step;
    }

    /// The clock rings: what is there now is pending no more.
    pub fn ring(&mut self, world: &mut World) {
        let now = step_of(world.now());
        self.rings = u64::MAX;
        while self.first <= now
            && let Some(done) = self.completions.pop_front()
        {
            world.metrics.fall(self.pending, world.now(), u64::from(done));
            self.first += 1;
        }
        if let Some(next) = self.completions.iter().position(|items| *items > 0) {
            self.ring_at(world, self.first + next as u64);
        }
    }
}
