//! The capacity that a table or a global index was given, as the file says it: made into a running admission, and into the phrases of its limits.
//!
//! ```text
//! { billing mode, units or maxima, burst or previous peak, partitions, size, backlog } ─▶ Throughput, Limit × 8
//! ```
//!
//! A table and each of its global indexes have settings of their own; the mode is the table's. Left out: which of them apply in which mode, which is
//! checked when the file is read.

use crate::{
    document::{Diagnostic, Reading, Spanned},
    engine::NodeId,
    mechanism::token_bucket::TokenBucket,
    metrics::{Counter, Limit},
    platform::Platform,
    service::{
        Build,
        auto_scaling::{CapacityScaling, Scalable, Usage},
    },
    spec,
    units::{Rate, Share},
};

use super::{
    BillingMode,
    partition::Ceilings,
    refusal::Refusal,
    throughput::{OnDemand, Provisioned, Throughput, burst_seconds, with_burst},
};

spec! {
    /// What a table or index can do at once, beyond what it could anyway. It can be raised, and rises with use; it cannot be lowered.
    pub struct WarmThroughput: "a warm throughput" {
        /// Read units a second that it has partitions for, and serves at once where it is on demand; default: what it could anyway.
        read_units_per_second: Option<Spanned<u64>> = None,
        /// The same for write units.
        write_units_per_second: Option<Spanned<u64>> = None,
    }
}

/// More partitions than these are a slip of the pen: a petabyte has as many.
const PARTITIONS_MAX: u32 = 100_000;

/// What a table or index was given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings<'s> {
    pub billing_mode: BillingMode,
    pub read_units: Option<&'s Spanned<u64>>,
    pub write_units: Option<&'s Spanned<u64>>,
    pub initial_burst: Option<Share>,
    pub max_read_units: Option<u64>,
    pub max_write_units: Option<u64>,
    pub previous_peak_reads: Option<Rate>,
    pub previous_peak_writes: Option<Rate>,
    pub warm: Option<&'s WarmThroughput>,
    pub partitions: Option<&'s Spanned<u32>>,
    pub gigabytes: f64,
    /// The index that this is of; `None` for the table itself.
    pub index: Option<&'s str>,
    /// What of its capacity scales itself.
    pub scaling: Option<&'s CapacityScaling>,
}

impl Settings<'_> {
    /// Complaints about what `whose` was given: units that do not go with the mode (E074), no capacity, partitions out of range (E075).
    pub fn check(&self, whose: &str, reading: &mut Reading) {
        let provisioned = self.billing_mode == BillingMode::Provisioned;
        for units in [self.read_units, self.write_units].into_iter().flatten() {
            if !provisioned {
                let message = format!("{whose} is on demand, where capacity units have no say");
                let hint = match self.index {
                    None => "add `billing_mode: provisioned`, or set `max_read_request_units` and `max_write_request_units`",
                    Some(_) => "an index is on demand where its table is: give the table `billing_mode: provisioned`, or leave the units out",
                };
                reading.push(Diagnostic::error("E074", units.span, message).label("on demand").hint(hint));
            } else if units.value == 0 {
                reading.push(
                    Diagnostic::error("E075", units.span, format!("{whose} needs at least one capacity unit"))
                        .label("zero")
                        .hint("write 1 or more, or let the table be on demand"),
                );
            }
        }
        self.check_warm(whose, reading);
        if let Some(partitions) = self.partitions.filter(|p| !(1..=PARTITIONS_MAX).contains(&p.value)) {
            let message = format!("{whose} has from 1 to {PARTITIONS_MAX} partitions, not {}", partitions.value);
            reading.push(
                Diagnostic::error("E075", partitions.span, message)
                    .label("out of range")
                    .hint("leave `partitions` out: they follow from the capacity"),
            );
        }
    }

    /// Complaints about a warm throughput below what is there without it (E150).
    fn check_warm(&self, whose: &str, reading: &mut Reading) {
        let (Some(warm), aws) = (self.warm, Platform::default()) else { return };
        let (reads, writes) = match self.billing_mode {
            BillingMode::Provisioned => self.units(&aws),
            BillingMode::OnDemand => (aws.count("dynamodb.on_demand_initial_read_units"), aws.count("dynamodb.on_demand_initial_write_units")),
        };
        for (given, least, what) in [(&warm.read_units_per_second, reads, "read"), (&warm.write_units_per_second, writes, "write")] {
            if let Some(given) = given.as_ref().filter(|given| given.value < least) {
                let message = format!("{whose} can do {least} {what} units a second without being warmed up, and cannot be made to do less");
                let hint = format!("write more than {least}, or leave it out");
                reading.push(Diagnostic::error("E150", given.span, message).label("less than it can").hint(hint));
            }
        }
    }

    /// Complaints about what scales itself: on demand (E131), or to where it cannot (E130).
    pub fn check_scaling(&self, whose: &str, reading: &mut Reading) {
        for (write, target) in self.scaling.iter().flat_map(|scaling| scaling.targets()) {
            let what = if write { "write" } else { "read" };
            target.check(&format!("the {what} capacity of {whose}"), 20..=90, 1, reading);
            if self.billing_mode == BillingMode::OnDemand {
                let message = format!("{whose} is on demand, where no {what} capacity can be scaled");
                let hint = "add `billing_mode: provisioned` to the table, or leave `auto_scaling` out: on demand, capacity follows by itself";
                reading.push(Diagnostic::error("E131", target.max_capacity.span, message).label("on demand").hint(hint));
            }
        }
    }

    /// Units a second that it was warmed up for, read and write.
    fn warm_units(&self) -> (u64, u64) {
        let units = |given: Option<&Spanned<u64>>| given.map_or(0, |units| units.value);
        self.warm.map_or((0, 0), |warm| (units(warm.read_units_per_second.as_ref()), units(warm.write_units_per_second.as_ref())))
    }

    /// Offers what scales itself to the clock that does it.
    pub fn offer(&self, node: NodeId, index: Option<u32>, consumed: (Counter, Counter), build: &mut Build) {
        let (reads, writes) = self.units(&build.platform);
        for (write, _) in self.scaling.iter().flat_map(|scaling| scaling.targets()) {
            let (capacity, consumed) = if write { (writes, consumed.1) } else { (reads, consumed.0) };
            build.scalable.push(Scalable { node, capacity, usage: Usage::Table { index, write, consumed } });
        }
    }

    /// Provisioned units, read and write.
    pub fn units(&self, aws: &Platform) -> (u64, u64) {
        let units = |given: Option<&Spanned<u64>>, default: &str| given.map_or_else(|| aws.count(default), |u| u.value);
        (units(self.read_units, "dynamodb.read_units_default"), units(self.write_units, "dynamodb.write_units_default"))
    }

    /// The admission at the start of a run.
    pub fn throughput(&self, aws: &Platform) -> Throughput {
        let partitions = self.partitions.map(|p| p.value);
        let (warm_read_units, warm_write_units) = self.warm_units();
        let backlog_s = if self.index.is_some() { aws.get("dynamodb.index_backlog") } else { 0.0 };
        match self.billing_mode {
            BillingMode::Provisioned => {
                let (read_units, write_units) = self.units(aws);
                let burst_initial = self.burst_initial(aws);
                let partitions = partitions.or_else(|| self.warm.map(|_| self.warm_partitions(aws)));
                let table = Provisioned { read_units, write_units, burst_initial, partitions, gigabytes: self.gigabytes };
                Throughput::provisioned_with_backlog(&table, backlog_s, aws)
            }
            BillingMode::OnDemand => {
                let table = OnDemand {
                    previous_peak_read_units: self.previous_peak_reads.map(Rate::as_per_second),
                    previous_peak_write_units: self.previous_peak_writes.map(Rate::as_per_second),
                    max_read_units: self.max_read_units,
                    max_write_units: self.max_write_units,
                    partitions,
                    gigabytes: self.gigabytes,
                    warm_read_units,
                    warm_write_units,
                };
                Throughput::on_demand_with_backlog(&table, backlog_s, aws)
            }
        }
    }

    /// Partitions of a provisioned table that was warmed up.
    fn warm_partitions(&self, aws: &Platform) -> u32 {
        let ((read_units, write_units), (warm_reads, warm_writes), ceilings) = (self.units(aws), self.warm_units(), Ceilings::of(aws));
        let warm = ceilings.needed_for_traffic(warm_reads as f64, warm_writes as f64);
        ceilings.needed_for_capacity(read_units, write_units, self.gigabytes).max(warm)
    }

    fn burst_initial(&self, aws: &Platform) -> f64 {
        self.initial_burst.map_or_else(|| aws.get("dynamodb.burst_initial"), |s| s.as_fraction())
    }

    /// What a replica of this table can write: its own provisioned units, or else as many as here; on demand its maximum or the quota of a table.
    pub fn replica_bucket(&self, own_units: Option<&Spanned<u64>>, most_units: Option<u64>, aws: &Platform) -> TokenBucket {
        match self.billing_mode {
            BillingMode::Provisioned => {
                let units = own_units.map_or(self.units(aws).1, |units| units.value);
                with_burst(units, burst_seconds(aws), self.burst_initial(aws), 0.0)
            }
            BillingMode::OnDemand => {
                let quota = aws.get("dynamodb.table_write_quota");
                Ceilings::of(aws).bucket(most_units.map_or(quota, |units| quota.min(units as f64)))
            }
        }
    }

    /// Registers every limit that may refuse, by `refusal as usize`.
    pub fn limits(&self, node: NodeId, build: &mut Build) -> [Limit; Refusal::ALL.len()] {
        Refusal::ALL.map(|refusal| {
            let phrase = self.phrase(refusal, node, build);
            let name = if self.index.is_some() { refusal.index_reason() } else { refusal.reason() };
            build.world.metrics.limit(node as usize, name, phrase)
        })
    }

    /// Says of what scales itself that its capacity is only that of the start.
    fn at_first(&self, of_writes: bool) -> &'static str {
        let scales = self.scaling.iter().flat_map(|scaling| scaling.targets()).any(|(write, _)| write == of_writes);
        if scales { "at first " } else { "" }
    }

    fn phrase(&self, refusal: Refusal, node: NodeId, build: &Build) -> String {
        let whose = build.whose(node);
        let (reads, writes) = self.units(&build.platform);
        let quota = |name| build.platform.count(name);
        let of = match self.index {
            None => format!("`{}`", build.name(node)),
            Some(index) => format!("{whose} index `{index}`"),
        };
        let own = |what: String| if self.index.is_some() { format!("the {what} of {of}") } else { format!("{whose} {what}") };
        match refusal {
            Refusal::ReadProvisioned => own(format!("read capacity ({}{reads} RCU)", self.at_first(false))),
            Refusal::WriteProvisioned => own(format!("write capacity ({}{writes} WCU)", self.at_first(true))),
            Refusal::ReadKeyRange => format!("a hot partition of {of} ({} read units/s)", quota("dynamodb.partition_read_units")),
            Refusal::WriteKeyRange => format!("a hot partition of {of} ({} write units/s)", quota("dynamodb.partition_write_units")),
            Refusal::ReadMaxOnDemand => own("on-demand maximum of reads".into()),
            Refusal::WriteMaxOnDemand => own("on-demand maximum of writes".into()),
            Refusal::ReadAccountLimit => format!("the account's read quota for {of} ({} units/s)", quota("dynamodb.table_read_quota")),
            Refusal::WriteAccountLimit => format!("the account's write quota for {of} ({} units/s)", quota("dynamodb.table_write_quota")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partitions(billing_mode: BillingMode, warm_writes: Option<u64>, gigabytes: f64) -> u32 {
        let spanned = |value| Spanned { value, span: Default::default() };
        let (units, warm) = (spanned(500), WarmThroughput { read_units_per_second: None, write_units_per_second: warm_writes.map(spanned) });
        let settings = Settings {
            scaling: None,
            billing_mode,
            read_units: None,
            write_units: Some(&units).filter(|_| billing_mode == BillingMode::Provisioned),
            initial_burst: None,
            max_read_units: None,
            max_write_units: None,
            previous_peak_reads: None,
            previous_peak_writes: None,
            warm: Some(&warm),
            partitions: None,
            gigabytes,
            index: None,
        };
        settings.throughput(&Platform::default()).partitions()
    }

    #[test]
    fn partitions_follow_what_was_warmed_up_and_what_is_stored() {
        let provisioned = [(None, 0.0), (Some(10_000), 0.0), (None, 95.0)].map(|(warm, size)| partitions(BillingMode::Provisioned, warm, size));
        assert_eq!(provisioned, [1, 10, 10]);
        let on_demand = [(None, 0.0), (Some(10_000), 0.0), (None, 95.0)].map(|(warm, size)| partitions(BillingMode::OnDemand, warm, size));
        assert_eq!(on_demand, [4, 10, 10]);
    }
}
