//! DynamoDB: a table that answers fast until a limit of its capacity says no.
//!
//! ```text
//! operation ─▶ units (capacity) ─▶ table and partition buckets (throughput) ─▶ latency ─▶ answer
//!                                          └─ throttled: a reason, no units, a quick reply
//! ```
//!
//! Load does not slow a table down, it gets it throttled: so there is no queue here. A batch is admitted item by item (what is throttled comes back
//! unprocessed, with HTTP 200), a transaction as a whole. Left out here: secondary indexes, conditions, conflicts, streams, auto scaling.

pub mod capacity;
pub mod item_size;
pub mod operation;
pub mod partition;
mod peak;
mod refusal;
pub mod throughput;

use crate::{
    document::{Diagnostic, Reading, Spanned, Value},
    engine::{Ix, NodeId, Signal, World},
    mechanism::{
        distribution::Distribution,
        luck::{Luck, mix},
    },
    metrics::{Cause, Class, Counter, Latency, Limit, Outcome},
    spec,
    units::{Bytes, Rate, Share, Time},
    words,
};

use super::{Build, Kind, Service};
use capacity::Units;
use operation::{Compiled, Shape};
use refusal::Refusal;
use throughput::{OnDemand, Provisioned, Throughput};

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
        /// on_demand or provisioned.
        billing_mode: BillingMode = BillingMode::OnDemand,
        /// Provisioned read units a second.
        read_capacity_units: Option<Spanned<u64>> = None,
        /// Provisioned write units a second.
        write_capacity_units: Option<Spanned<u64>> = None,
        /// How full the five minutes' store of unused capacity is at the start: 100 % for a table that stood idle, 0 % for a new one.
        initial_burst: Option<Share> = None,
        /// On demand: the user's own maximum of read units a second.
        max_read_request_units: Option<u64> = None,
        /// On demand: the user's own maximum of write units a second.
        max_write_request_units: Option<u64> = None,
        /// On demand: the busiest minute of reads before the run, units a second; default: a new table.
        previous_peak_reads: Option<Rate> = None,
        /// The same for writes.
        previous_peak_writes: Option<Rate> = None,
        /// Number of partitions; default: what capacity and size ask for.
        partitions: Option<Spanned<u32>> = None,
        /// Stored bytes, which decide on partitions too.
        table_size: Bytes = Bytes::from_bytes(0),
    }
}

/// More partitions than these are a slip of the pen: a petabyte has as many.
const PARTITIONS_MAX: u32 = 100_000;

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
        "throttled_requests",
        "successful_request_latency",
        "unprocessed_items",
    ];

    fn read_operation(verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Operation> {
        Operation::read(verb, value, reading)
    }

    fn operation_attributes(operation: &Operation) -> Vec<Spanned<String>> {
        operation.asked.key.iter().cloned().collect()
    }

    fn check(&self, name: &str, reading: &mut Reading) {
        let provisioned = self.billing_mode == BillingMode::Provisioned;
        for units in [&self.read_capacity_units, &self.write_capacity_units].into_iter().flatten() {
            if !provisioned {
                let message = format!("`{name}` is on demand, where capacity units have no say");
                let hint = "add `billing_mode: provisioned`, or set `max_read_request_units` and `max_write_request_units`";
                reading.push(Diagnostic::error("E074", units.span, message).hint(hint));
            } else if units.value == 0 {
                reading.push(Diagnostic::error("E075", units.span, format!("`{name}` needs at least one capacity unit")).label("zero"));
            }
        }
        if let Some(partitions) = self.partitions.as_ref().filter(|p| !(1..=PARTITIONS_MAX).contains(&p.value)) {
            let message = format!("`{name}` can have between 1 and {PARTITIONS_MAX} partitions");
            reading.push(Diagnostic::error("E075", partitions.span, message).label("out of range"));
        }
    }

    fn build(&self, node: NodeId, build: &mut Build) -> DynamoDb {
        let throttled = build.measured("dynamodb.throttled");
        let round_trip = Time::from_secs_f64(build.platform.latency("sdk.round_trip").at(0, 0).0 / 1e3);
        let key = build.key(node, 0);
        let limits = Refusal::ALL.map(|refusal| self.limit(refusal, node, build));
        let throughput = self.throughput(build);
        let metrics = &mut build.world.metrics;
        let at = node as usize;
        DynamoDb {
            key,
            throughput,
            operations: Vec::new(),
            throttled,
            round_trip,
            limits,
            consumed_reads: metrics.counter_in(at, "ConsumedReadCapacityUnits", 2),
            consumed_writes: metrics.counter_in(at, "ConsumedWriteCapacityUnits", 2),
            read_throttles: metrics.counter(at, "ReadThrottleEvents"),
            write_throttles: metrics.counter(at, "WriteThrottleEvents"),
            throttled_requests: metrics.counter(at, "ThrottledRequests"),
            unprocessed: metrics.counter(at, "UnprocessedItems"),
            latency: metrics.latency(at, "SuccessfulRequestLatency"),
        }
    }

    fn bind(&self, table: &mut DynamoDb, operations: Vec<Operation>, build: &mut Build) {
        table.operations = operations.iter().map(|o| o.compile(build)).collect();
    }
}

impl Spec {
    fn units(&self, build: &Build) -> (u64, u64) {
        let units = |given: &Option<Spanned<u64>>, default: &str| given.as_ref().map_or_else(|| build.platform.count(default), |u| u.value);
        (units(&self.read_capacity_units, "dynamodb.read_units_default"), units(&self.write_capacity_units, "dynamodb.write_units_default"))
    }

    fn throughput(&self, build: &Build) -> Throughput {
        let partitions = self.partitions.as_ref().map(|p| p.value);
        match self.billing_mode {
            BillingMode::Provisioned => {
                let (read_units, write_units) = self.units(build);
                let burst_initial = self.initial_burst.map_or_else(|| build.platform.get("dynamodb.burst_initial"), |s| s.as_fraction());
                let gigabytes = self.table_size.as_gb();
                Throughput::provisioned(&Provisioned { read_units, write_units, burst_initial, partitions, gigabytes }, &build.platform)
            }
            BillingMode::OnDemand => {
                let table = OnDemand {
                    previous_peak_read_units: self.previous_peak_reads.map(Rate::as_per_second),
                    previous_peak_write_units: self.previous_peak_writes.map(Rate::as_per_second),
                    max_read_units: self.max_read_request_units,
                    max_write_units: self.max_write_request_units,
                    partitions,
                };
                Throughput::on_demand(&table, &build.platform)
            }
        }
    }

    fn limit(&self, refusal: Refusal, node: NodeId, build: &mut Build) -> Limit {
        let (name, whose) = (build.name(node).to_owned(), build.whose(node));
        let (reads, writes) = self.units(build);
        let quota = |name| build.platform.count(name);
        let phrase = match refusal {
            Refusal::ReadProvisioned => format!("{whose} read capacity ({reads} RCU)"),
            Refusal::WriteProvisioned => format!("{whose} write capacity ({writes} WCU)"),
            Refusal::ReadKeyRange => format!("a hot partition of `{name}` ({} read units/s)", quota("dynamodb.partition_read_units")),
            Refusal::WriteKeyRange => format!("a hot partition of `{name}` ({} write units/s)", quota("dynamodb.partition_write_units")),
            Refusal::ReadMaxOnDemand => format!("{whose} on-demand maximum of reads"),
            Refusal::WriteMaxOnDemand => format!("{whose} on-demand maximum of writes"),
            Refusal::ReadAccountLimit => format!("the account's read quota for `{name}` ({} units/s)", quota("dynamodb.table_read_quota")),
            Refusal::WriteAccountLimit => format!("the account's write quota for `{name}` ({} units/s)", quota("dynamodb.table_write_quota")),
        };
        build.world.metrics.limit(node as usize, refusal.reason(), phrase)
    }
}

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
    consumed_reads: Counter,
    consumed_writes: Counter,
    read_throttles: Counter,
    write_throttles: Counter,
    throttled_requests: Counter,
    unprocessed: Counter,
    latency: Latency,
}

impl Service for DynamoDb {
    #[inline]
    fn on(&mut self, world: &mut World, ix: Ix, _signal: Signal) {
        let at = world.frame(ix).op as usize;
        match self.operations[at].shape {
            Shape::One => self.one(world, ix, at),
            Shape::Batch => self.batch(world, ix, at),
            Shape::Transaction => self.transaction(world, ix, at),
        }
    }
}

impl DynamoDb {
    #[inline]
    fn one(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Compiled { write, units, .. } = self.operations[at];
        let key = self.partition_key(world, ix, at, 0);
        match self.admit(world, write, units, key) {
            Ok(()) => self.succeed(world, ix, at, 1),
            Err(refusal) => self.refuse(world, ix, refusal, write, THROTTLED),
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
    fn admit(&mut self, world: &mut World, write: bool, units: Units, key: u64) -> Result<(), Refusal> {
        let now = world.now();
        if write {
            self.throughput.admit_write(now, units, key)?;
        } else {
            self.throughput.admit_read(now, units, key)?;
        }
        self.consumed(world, write, units);
        Ok(())
    }

    #[inline]
    fn consumed(&self, world: &mut World, write: bool, units: Units) {
        world.metrics.count(if write { self.consumed_writes } else { self.consumed_reads }, units.halves());
    }

    #[inline]
    fn succeed(&mut self, world: &mut World, ix: Ix, at: usize, samples: u32) {
        let luck = world.frame(ix).luck;
        let latency = &self.operations[at].latency;
        let mut took = latency.sample(&mut luck.draw(LATENCY));
        for sample in 1..samples {
            took = took.max(latency.sample(&mut Luck::child(luck, 0, sample).draw(LATENCY)));
        }
        world.metrics.record(self.latency, took);
        let took = took + self.round_trip;
        world.finish_spending(ix, Outcome::OK, Cause::Service, took);
    }

    fn throttle_event(&self, world: &mut World, refusal: Refusal, write: bool) {
        world.metrics.refuse(self.limits[refusal as usize]);
        world.metrics.count(if write { self.write_throttles } else { self.read_throttles }, 1);
    }

    fn refuse(&mut self, world: &mut World, ix: Ix, refusal: Refusal, write: bool, outcome: Outcome) {
        self.throttle_event(world, refusal, write);
        world.metrics.count(self.throttled_requests, 1);
        let took = self.throttled.sample(&mut world.frame(ix).luck.draw(REFUSED)) + self.round_trip;
        world.finish_spending(ix, outcome, Cause::Service, took);
    }

    fn batch(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Compiled { write, units, items, .. } = self.operations[at];
        let (mut served, mut refused) = (0, None);
        for item in 0..items {
            let key = self.partition_key(world, ix, at, u64::from(item));
            match self.admit(world, write, units, key) {
                Ok(()) => served += 1,
                Err(refusal) => {
                    if refused.replace(refusal).is_some() {
                        self.throttle_event(world, refusal, write);
                    }
                }
            }
        }
        match refused {
            Some(refusal) if served == 0 => return self.refuse(world, ix, refusal, write, THROTTLED),
            Some(refusal) => {
                self.throttle_event(world, refusal, write);
                world.metrics.count(self.unprocessed, u64::from(items - served));
            }
            None => {}
        }
        self.succeed(world, ix, at, served);
    }

    fn transaction(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Compiled { write, units, items, .. } = self.operations[at];
        let now = world.now();
        for item in 0..items {
            let key = self.partition_key(world, ix, at, u64::from(item));
            let room = if write { self.throughput.check_write(now, key) } else { self.throughput.check_read(now, key) };
            if let Err(refusal) = room {
                return self.refuse(world, ix, refusal, write, CANCELED);
            }
        }
        for item in 0..items {
            let key = self.partition_key(world, ix, at, u64::from(item));
            if write {
                self.throughput.charge_write(now, units, key);
            } else {
                self.throughput.charge_read(now, units, key);
            }
            self.consumed(world, write, units);
        }
        self.succeed(world, ix, at, 1);
    }
}
