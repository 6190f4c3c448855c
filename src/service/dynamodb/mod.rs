//! DynamoDB: a table that answers fast until a limit of its capacity says no.
//!
//! ```text
//! operation ─▶ units (capacity) ─▶ table and partition buckets (throughput) ─▶ [indexes, conflicts, condition] ─▶ latency ─▶ answer
//!                                          └─ throttled: a reason, no units, a quick reply
//! ```
//!
//! Load does not slow a table down, it gets it throttled: so there is no queue here. A plain request is dealt with in this file; what needs more than
//! one yes (secondary indexes, conditions, conflicts, batches, transactions), or leads to something (expiry, replicas), in `guarded`. Left out here:
//! streams.

pub mod capacity;
mod charges;
mod conflict;
mod guarded;
mod heat;
pub mod index;
pub mod item_size;
mod latency;
pub mod lifetime;
pub mod operation;
pub mod partition;
mod peak;
mod refusal;
pub mod replica;
pub mod settings;
pub mod throughput;

use crate::{
    document::{self, Diagnostic, Map, Read, Reading, Shapes, Spanned, Value},
    engine::{Ix, NodeId, OpId, Signal, World},
    mechanism::{distribution::Distribution, luck::mix},
    metrics::{Cause, Class, Counter, Latency, Limit, Outcome, Split},
    spec,
    units::{Bytes, Rate, Share, Time},
    words,
};

use super::{
    Build, Kind, Service,
    auto_scaling::{CapacityScaling, ScalableTarget},
};
use capacity::Units;
use conflict::InProgress;
use index::{Charge, GlobalIndex, Index, LocalIndex, Projection};
use latency::Latencies;
use lifetime::{Lifetimes, TimeToLive};
use operation::{Compiled, Shape};
use refusal::Refusal;
use replica::{Replicas, Replication};
use settings::{Settings, WarmThroughput};
use throughput::Throughput;

pub use operation::Operation;

words! {
    /// How capacity is bought.
    pub enum BillingMode {
        /// By the request.
        OnDemand = "on_demand",
        /// So many units a second.
        Provisioned = "provisioned",
    }
}

spec! {
    /// What the file says of a table.
    pub struct Spec: "a table" {
        /// How capacity is bought: by the request, or so many units a second.
        billing_mode: BillingMode = BillingMode::OnDemand,
        /// Provisioned read units a second: one is a strongly consistent read of 4 KB. Default: 5.
        read_capacity_units: Option<Spanned<u64>> = None,
        /// Provisioned write units a second: one is a write of 1 KB. Default: 5.
        write_capacity_units: Option<Spanned<u64>> = None,
        /// Which capacity follows the load, within bounds and with a delay; default: as given, for the whole run.
        auto_scaling: Option<CapacityScaling> = None,
        /// How full the five minutes' store of unused capacity is at the start: 100 % for a table that stood idle, 0 % for a new one.
        initial_burst: Option<Share> = None,
        /// On demand: the user's own maximum of read units a second; default: the account's quota of a table.
        max_read_request_units: Option<u64> = None,
        /// On demand: the user's own maximum of write units a second; default: the account's quota of a table.
        max_write_request_units: Option<u64> = None,
        /// On demand: the busiest minute of reads before the run, units a second; default: a new table.
        previous_peak_reads: Option<Rate> = None,
        /// The same for writes.
        previous_peak_writes: Option<Rate> = None,
        /// What it can do at once: partitions that are there already, and on demand units that are served without a previous peak; default: what its
        /// capacity, or being new, gives it.
        warm_throughput: Option<WarmThroughput> = None,
        /// Number of partitions; default: what capacity and size ask for.
        partitions: Option<Spanned<u32>> = None,
        /// Stored bytes, which decide on partitions too: one holds 10 GB.
        table_size: Bytes = Bytes::from_bytes(0),
        /// Global secondary indexes by name, at most 20: each has capacity and partitions of its own, and throttles the table where it lacks them.
        global_secondary_indexes: Map<GlobalIndex> = Map::default(),
        /// Local secondary indexes by name, at most 5: their writes and reads are charged to the table.
        local_secondary_indexes: Map<LocalIndex> = Map::default(),
        /// When items expire; default: never.
        time_to_live: Option<TimeToLive> = None,
        /// Other Regions that have this table too (a global table): each write is made there once more, and charged in each.
        replicas: Replicas = Replicas::default(),
        /// How long an operation takes at the table: one distribution for all, or one for each verb; default: by verb and size.
        latency: Option<Latencies> = None,
        /// Between the caller and the table, both ways together; default: that of an SDK's call within a Region.
        round_trip: Option<Time> = None,
    }
}

impl Kind for Spec {
    type Service = DynamoDb;
    type Operation = Operation;
    const NAME: &'static str = "dynamodb";
    const VERBS: &'static [&'static str] = operation::VERBS;
    const TARGET: &'static str = "table";
    const METRICS: &'static [&'static str] = &[
        "consumed_read_capacity_units",
        "consumed_write_capacity_units",
        "read_throttle_events",
        "write_throttle_events",
        "provisioned_read_capacity_units",
        "provisioned_write_capacity_units",
        "throttled_requests",
        "successful_request_latency",
        "unprocessed_items",
        "conditional_check_failed_requests",
        "transaction_conflict",
        "time_to_live_deleted_item_count",
        "item_count",
        "replicated_write_capacity_units",
        "replication_latency",
        "pending_replication_count",
    ];

    fn read_operation(verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Operation> {
        Operation::read(verb, value, reading)
    }

    fn operation_shape(_verb: &'static str, shapes: &mut Shapes) -> document::Shape {
        operation::Asked::shape(shapes)
    }

    fn operation_attributes(operation: &Operation) -> Vec<Spanned<String>> {
        operation.attributes()
    }

    fn check_operation(&self, name: &str, operation: &Operation, reading: &mut Reading) {
        operation.check_against(self, name, reading);
    }

    fn charges(&self, name: &str, aws: &crate::platform::Platform) -> crate::service::charge::Charges {
        charges::charges(self, name, aws)
    }

    fn check(&self, name: &str, reading: &mut Reading) {
        let settings = self.settings();
        settings.check(&format!("`{name}`"), reading);
        settings.check_scaling(&format!("`{name}`"), reading);
        for (index, global) in &self.global_secondary_indexes.0 {
            let (own, whose) = (global.settings(&index.value, &settings), format!("index `{}` of `{name}`", index.value));
            own.check(&whose, reading);
            own.check_scaling(&whose, reading);
            check_projection(index, global.projection, global.projected_size.as_ref(), reading);
        }
        for (index, local) in &self.local_secondary_indexes.0 {
            check_projection(index, local.projection, local.projected_size.as_ref(), reading);
        }
        if let Some(after) = self.time_to_live.as_ref().map(|ttl| &ttl.after).filter(|after| after.value == Time::ZERO) {
            let message = format!("items of `{name}` must live for more than no time");
            reading.push(Diagnostic::error("E032", after.span, message).label("zero").hint("write a duration such as `30d`"));
        }
        self.replicas.check(name, &settings, reading);
        self.check_names(name, reading);
    }

    fn build(&self, node: NodeId, build: &mut Build) -> DynamoDb {
        let throttled = build.measured("dynamodb.throttled");
        let round_trip = self.round_trip.unwrap_or_else(|| Time::from_secs_f64(build.platform.latency("sdk.round_trip").at(0, 0).0 / 1e3));
        let key = build.key(node, 0);
        let settings = self.settings();
        let (limits, throughput) = (settings.limits(node, build), settings.throughput(&build.platform));
        let metrics = &mut build.world.metrics;
        let at = node as usize;
        let mut table = DynamoDb {
            key,
            throughput,
            operations: Vec::new(),
            throttled,
            round_trip,
            limits,
            consumed_reads: metrics.split(at, "ConsumedReadCapacityUnits", 2, None),
            consumed_writes: metrics.split(at, "ConsumedWriteCapacityUnits", 2, None),
            read_throttles: metrics.counter(at, "ReadThrottleEvents"),
            write_throttles: metrics.counter(at, "WriteThrottleEvents"),
            throttled_requests: metrics.counter(at, "ThrottledRequests"),
            unprocessed: metrics.counter(at, "UnprocessedItems"),
            failed_conditions: metrics.counter(at, "ConditionalCheckFailedRequests"),
            transaction_conflicts: metrics.counter(at, "TransactionConflict"),
            latency: metrics.latency(at, "SuccessfulRequestLatency"),
            indexes: Vec::new(),
            charges: Vec::new(),
            in_progress: None,
            lifetimes: None,
            replication: None,
            node,
        };
        settings.offer(node, None, (table.consumed_reads.whole(), table.consumed_writes.whole()), build);
        for (number, (name, global)) in self.global_secondary_indexes.0.iter().enumerate() {
            table.indexes.push(Index::new(number, &global.settings(&name.value, &settings), node, build));
        }
        table.lifetimes = self.time_to_live.as_ref().map(|ttl| Box::new(Lifetimes::new(ttl, node, build)));
        table.replication = (!self.replicas.0.is_empty()).then(|| Box::new(Replication::new(&self.replicas, &settings, node, build)));
        table
    }

    fn bind(&self, table: &mut DynamoDb, operations: Vec<Operation>, build: &mut Build) {
        table.operations = operations.iter().map(|o| o.compile(self, build)).collect();
        if table.operations.iter().any(|o| o.shape == Shape::Transaction) {
            table.in_progress = Some(InProgress::new());
        }
        if table.in_progress.is_some() || table.lifetimes.is_some() || table.replication.is_some() {
            table.operations.iter_mut().filter(|o| o.write && o.shape == Shape::One).for_each(|o| o.shape = Shape::Guarded);
        }
        if table.replication.is_some() {
            table.operations.push(Compiled::clock());
        }
    }
}

impl Spec {
    /// The table's own capacity.
    fn settings(&self) -> Settings<'_> {
        Settings {
            billing_mode: self.billing_mode,
            read_units: self.read_capacity_units.as_ref(),
            write_units: self.write_capacity_units.as_ref(),
            initial_burst: self.initial_burst,
            max_read_units: self.max_read_request_units,
            max_write_units: self.max_write_request_units,
            previous_peak_reads: self.previous_peak_reads,
            previous_peak_writes: self.previous_peak_writes,
            warm: self.warm_throughput.as_ref(),
            partitions: self.partitions.as_ref(),
            gigabytes: self.table_size.as_gb(),
            index: None,
            scaling: self.auto_scaling.as_ref(),
        }
    }

    /// Units a second that the file gives this table and its global indexes, where they are provisioned.
    pub fn provisioned_units(&self, write: bool) -> impl Iterator<Item = &Spanned<u64>> {
        let own = if write { &self.write_capacity_units } else { &self.read_capacity_units };
        let indexes = self.global_secondary_indexes.0.iter();
        own.iter()
            .chain(indexes.filter_map(move |(_, index)| if write { index.write_capacity_units.as_ref() } else { index.read_capacity_units.as_ref() }))
    }

    /// What scales itself, of the table and of its global indexes: what it is called, and how; in the order in which it is offered.
    pub fn scaled(&self, name: &str) -> Vec<(String, &ScalableTarget)> {
        let indexes = self.global_secondary_indexes.0.iter();
        let of_indexes = indexes.map(|(index, global)| (format!("{name}/{}", index.value), &global.auto_scaling));
        let mut scaled = Vec::new();
        for (of, scaling) in std::iter::once((name.to_owned(), &self.auto_scaling)).chain(of_indexes) {
            for (write, target) in scaling.iter().flat_map(CapacityScaling::targets) {
                scaled.push((format!("{of}: {} capacity", if write { "write" } else { "read" }), target));
            }
        }
        scaled
    }

    fn global_names(&self) -> Vec<&str> {
        self.global_secondary_indexes.0.iter().map(|(name, _)| name.value.as_str()).collect()
    }

    fn local_names(&self) -> Vec<&str> {
        self.local_secondary_indexes.0.iter().map(|(name, _)| name.value.as_str()).collect()
    }

    /// The latency of a verb, where the file gives one.
    fn latency_of(&self, verb: &str) -> Option<Distribution> {
        self.latency.as_ref()?.of(verb)
    }

    /// Complaints about too many indexes (E079) and about names that two of them share (E018).
    fn check_names(&self, name: &str, reading: &mut Reading) {
        let aws = crate::platform::Platform::default();
        let global: Vec<&Spanned<String>> = self.global_secondary_indexes.0.iter().map(|(name, _)| name).collect();
        let local: Vec<&Spanned<String>> = self.local_secondary_indexes.0.iter().map(|(name, _)| name).collect();
        let limits = [
            (&global, "dynamodb.global_indexes", "global", "leave some out: each one is written with the table"),
            (&local, "dynamodb.local_indexes", "local", "make some of them global, under `global_secondary_indexes`"),
        ];
        for (names, row, what, mend) in limits {
            let most = aws.count(row);
            if let Some(first) = names.get(most as usize) {
                let message = format!("`{name}` has {} {what} indexes, and DynamoDB allows {most}", names.len());
                reading.push(Diagnostic::error("E079", first.span, message).label("one too many").hint(mend));
            }
        }
        for twin in local.iter().filter(|local| global.iter().any(|global| global.value == local.value)) {
            let message = format!("`{name}` has a global and a local index of the name `{}`", twin.value);
            reading.push(Diagnostic::error("E018", twin.span, message).label("given twice").hint("call one of them something else"));
        }
    }
}

/// Complains of an entry's size that does not go with what is projected (E082).
fn check_projection(index: &Spanned<String>, projection: Projection, size: Option<&Spanned<Bytes>>, reading: &mut Reading) {
    match (projection, size) {
        (Projection::All, Some(size)) => {
            let message = format!("the entries of `{}` are whole items, so their size is the item's", index.value);
            reading.push(
                Diagnostic::error("E082", size.span, message)
                    .label("not of its own")
                    .hint("leave `projected_size` out, or set `projection: include`"),
            );
        }
        (Projection::Include, None) => {
            let message = format!("`{}` projects some attributes, and does not say how large its entries are", index.value);
            reading.push(
                Diagnostic::error("E082", index.span, message)
                    .label("how large?")
                    .hint("add `projected_size: …`: the keys and the attributes together"),
            );
        }
        _ => {}
    }
}

/// The state of the timer by which a table with replicas deletes what has expired, and how often it does.
const SWEEPER: u8 = 1;
const SWEEP: Time = Time::from_secs(10);

/// Purposes of draws.
const LATENCY: u64 = 0xDB;
const REFUSED: u64 = 0xDC;

/// `ProvisionedThroughputExceededException` or `ThrottlingException`: equal throttles to every SDK.
const THROTTLED: Outcome = Outcome { class: Class::Throttled, code: 400 };
/// `TransactionCanceledException`: no SDK tries it again by itself, even where the reason is a throttle.
const CANCELED: Outcome = Outcome { class: Class::Failed, code: 400 };

/// A table that runs.
#[derive(Clone, Debug)]
pub struct DynamoDb {
    key: u64,
    throughput: Throughput,
    operations: Vec<Compiled>,
    throttled: Distribution,
    /// Between the caller and the table.
    round_trip: Time,
    limits: [Limit; Refusal::ALL.len()],
    consumed_reads: Split,
    consumed_writes: Split,
    read_throttles: Counter,
    write_throttles: Counter,
    throttled_requests: Counter,
    unprocessed: Counter,
    failed_conditions: Counter,
    transaction_conflicts: Counter,
    latency: Latency,
    /// The global ones.
    indexes: Vec<Index>,
    /// What the request at hand will be charged by global indexes; kept only so that its memory is.
    charges: Vec<Charge>,
    /// Items that are being written; `None` where no transaction reaches the table.
    in_progress: Option<InProgress>,
    /// Items by when they were written; `None` where they never expire.
    lifetimes: Option<Box<Lifetimes>>,
    /// What is on its way to other Regions; `None` where there are none.
    replication: Option<Box<Replication>>,
    node: NodeId,
}

impl Service for DynamoDb {
    #[inline]
    fn on(&mut self, world: &mut World, ix: Ix, _signal: Signal) {
        let at = world.frame(ix).op as usize;
        // What is no operation is a new capacity: the bound is checked anyway.
        match self.operations.get(at).map(|operation| operation.shape) {
            Some(Shape::One) => self.one(world, ix, at),
            Some(shape) => self.with_more(world, ix, at, shape),
            None => self.update(world, ix),
        }
    }

    fn start(&mut self, world: &mut World) {
        if let Some(replication) = &mut self.replication {
            let clock = world.timer(self.node);
            world.frame_mut(clock).op = (self.operations.len() - 1) as OpId;
            replication.start(clock);
            if self.lifetimes.is_some() {
                let sweeper = world.timer(self.node);
                let frame = world.frame_mut(sweeper);
                (frame.op, frame.state) = ((self.operations.len() - 1) as OpId, SWEEPER);
                world.wake(sweeper, 0, SWEEP);
            }
        }
        self.expire(world);
    }

    fn settle(&mut self, world: &mut World) {
        // What is deleted is written elsewhere too, which must not depend on when a window closes.
        if self.replication.is_none() {
            self.expire(world);
        }
    }
}

impl DynamoDb {
    #[inline]
    fn one(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Compiled { write, units, .. } = self.operations[at];
        let key = self.partition_key(world, ix, at, 0);
        let workload = world.frame(ix).workload;
        match self.admit(world, write, units, key, workload) {
            Ok(()) => self.succeed(world, ix, at, 1),
            Err(refusal) => self.refuse(world, ix, refusal, write, THROTTLED),
        }
    }

    /// A changed capacity is in force.
    #[cold]
    #[inline(never)]
    fn update(&mut self, world: &mut World, ix: Ix) {
        let frame = world.frame(ix);
        let (units, write) = (u64::from(frame.cargo), frame.state == 1);
        let index = self.indexes.get_mut(frame.env as usize).map(|index| &mut index.throughput);
        index.unwrap_or(&mut self.throughput).provision_one(world.now(), write, units);
        world.end(ix, Outcome::OK);
    }

    /// Deletes what has expired, here and in the replicas.
    fn expire(&mut self, world: &mut World) {
        let Some(lifetimes) = &mut self.lifetimes else { return };
        let (gone, halves) = lifetimes.settle(world);
        if let Some(replication) = self.replication.as_mut().filter(|_| gone > 0) {
            replication.wrote(world, gone, halves, false);
        }
    }

    /// What needs more than one yes; kept away from the path of a plain request.
    #[inline(never)]
    fn with_more(&mut self, world: &mut World, ix: Ix, at: usize, shape: Shape) {
        match shape {
            Shape::One | Shape::Guarded => self.guarded(world, ix, at),
            Shape::IndexPage => self.index_page(world, ix, at),
            Shape::Batch => self.batch(world, ix, at),
            Shape::Transaction => self.transaction(world, ix, at),
            Shape::Clock if world.frame(ix).state == SWEEPER => {
                self.expire(world);
                world.wake(ix, 0, SWEEP);
            }
            Shape::Clock => self.replication.iter_mut().for_each(|replication| replication.ring(world)),
        }
    }

    /// The hash that decides on the partition: of the drawn key, else of the request itself.
    #[inline]
    fn partition_key(&self, world: &World, ix: Ix, at: usize, item: u64) -> u64 {
        match self.operations[at].key {
            Some(attribute) => mix(self.key ^ world.attribute(ix, attribute)),
            None => mix(self.key ^ world.frame(ix).luck.lineage ^ item),
        }
    }

    #[inline]
    fn admit(&mut self, world: &mut World, write: bool, units: Units, key: u64, workload: u16) -> Result<(), Refusal> {
        let now = world.now();
        if write {
            self.throughput.admit_write(now, units, key)?;
        } else {
            self.throughput.admit_read(now, units, key)?;
        }
        self.consumed(world, workload, write, units);
        Ok(())
    }

    #[inline]
    fn consumed(&self, world: &mut World, workload: u16, write: bool, units: Units) {
        world.metrics.count_for(if write { self.consumed_writes } else { self.consumed_reads }, workload, units.halves());
    }

    #[inline]
    fn succeed(&mut self, world: &mut World, ix: Ix, at: usize, samples: u32) {
        let took = self.sample(world, ix, at, samples);
        self.answer(world, ix, took);
    }

    /// How long an operation takes: the slowest of so many samples.
    #[inline]
    fn sample(&self, world: &World, ix: Ix, at: usize, samples: u32) -> Time {
        let luck = world.frame(ix).luck;
        let latency = &self.operations[at].latency;
        match samples {
            0 | 1 => latency.sample(&mut luck.draw(LATENCY)),
            _ => latency.slowest_of(samples, &mut luck.draw(LATENCY)),
        }
    }

    #[inline]
    fn answer(&self, world: &mut World, ix: Ix, took: Time) {
        world.metrics.record(self.latency, took);
        world.finish_spending(ix, Outcome::OK, Cause::Service, took + self.round_trip);
    }

    fn throttle_event(&self, world: &mut World, refusal: Refusal, write: bool) {
        world.metrics.refuse(self.limits[refusal as usize]);
        world.metrics.count(if write { self.write_throttles } else { self.read_throttles }, 1);
    }

    fn refuse(&mut self, world: &mut World, ix: Ix, refusal: Refusal, write: bool, outcome: Outcome) {
        self.throttle_event(world, refusal, write);
        world.metrics.count(self.throttled_requests, 1);
        self.reply(world, ix, outcome);
    }

    /// A quick answer that says no.
    fn reply(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        let took = self.throttled.sample(&mut world.frame(ix).luck.draw(REFUSED)) + self.round_trip;
        world.finish_spending(ix, outcome, Cause::Service, took);
    }
}
