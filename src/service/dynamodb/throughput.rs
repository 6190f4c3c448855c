//! Whether a table, or a global index, lets a request pass: the bucket of its capacity mode, and the ceiling of the partition its key falls into.
//!
//! ```text
//! provisioned:  rate P, holds 300 · P                                                               ─▶ partition ─▶ admitted
//! on demand:    the least of the user's maximum, the account's quota a table, 2 × the previous peak ─▶ partition ─▶ admitted
//! ```
//!
//! A bucket admits while anything is left and is then charged the whole request, below zero if need be: so a page of 128 units passes a table of one,
//! which pays it back before it serves again. What is refused is charged nowhere. The previous peak is the busiest minute that began at least 30
//! minutes ago; minutes are closed when the next request comes, so no timers run. Partitions that stay hot are split (`heat`), by which an on-demand
//! table grows beyond twice its peak. Costs a few dozen instructions and no memory a request.

use super::capacity::Units;
use super::heat::Heat;
use super::partition::{Ceilings, Partitions};
use super::peak::{Peak, end_of_minute};
use super::refusal::{Reason, Refusal};
use crate::mechanism::token_bucket::TokenBucket;
use crate::platform::Platform;
use crate::units::Time;

/// A table or index with provisioned capacity.
#[derive(Clone, Copy, Debug)]
pub struct Provisioned {
    pub read_units: u64,
    pub write_units: u64,
    /// How full the store of unused capacity is at the start, 0 to 1: 1 after five idle minutes, 0 for a table just made.
    pub burst_initial: f64,
    /// Number of partitions; where it is not given, what units and size ask for.
    pub partitions: Option<u32>,
    pub gigabytes: f64,
}

/// A table or index with on-demand capacity.
#[derive(Clone, Copy, Debug, Default)]
pub struct OnDemand {
    /// The busiest minute before the run, in units a second; a new table counts as having had half of what it sustains at once.
    pub previous_peak_read_units: Option<f64>,
    pub previous_peak_write_units: Option<f64>,
    /// The user's own maximum, in units a second.
    pub max_read_units: Option<u64>,
    pub max_write_units: Option<u64>,
    /// Number of partitions; where it is not given, what the previous peaks and the size ask for.
    pub partitions: Option<u32>,
    pub gigabytes: f64,
    /// What it was warmed up for, in units a second, which it sustains at once.
    pub warm_read_units: u64,
    pub warm_write_units: u64,
}

/// The admission of one table or index.
#[derive(Clone, Debug)]
pub struct Throughput {
    read: Side,
    write: Side,
    /// When partitions and peaks are looked at next: at the latest when the running minute ends.
    look_at: Time,
    minute_ends: Time,
    ceilings: Ceilings,
    burst_seconds: f64,
    heat: Box<Heat>,
    /// Provisioned units, read and write.
    units: (u64, u64),
}

/// One direction: read or write.
#[derive(Clone, Debug)]
struct Side {
    bucket: TokenBucket,
    /// Why the bucket is no larger.
    reason: Reason,
    partitions: Partitions,
    /// How the bucket grows; `None` where capacity is provisioned.
    growth: Option<Growth>,
    /// Seconds' worth of requests that may wait to be worked off.
    backlog_s: f64,
}

/// What bounds an on-demand table.
#[derive(Clone, Debug)]
struct Growth {
    peak: Peak,
    headroom: f64,
    /// What splits for heat have made room for, in units a second.
    grown_units: f64,
    /// The user's maximum or the account's quota, whichever is less, in units a second.
    most_units: f64,
    most_reason: Reason,
}

impl Throughput {
    /// A table with provisioned capacity, at the start of a run.
    pub fn provisioned(table: &Provisioned, aws: &Platform) -> Self {
        Self::provisioned_with_backlog(table, 0.0, aws)
    }

    /// The same for a global index, which is written after its table has answered: writes that come too fast may wait, up to so many seconds' worth of
    /// its capacity and of each partition's. What waits is a debt of their buckets, which is paid back before anything is saved.
    pub fn provisioned_with_backlog(table: &Provisioned, backlog_s: f64, aws: &Platform) -> Self {
        let ceilings = Ceilings::of(aws);
        let burst_seconds = burst_seconds(aws);
        let count = table.partitions.unwrap_or_else(|| ceilings.needed_for_capacity(table.read_units, table.write_units, table.gigabytes));
        let side = |units, partitions, backlog_s| Side {
            bucket: with_burst(units, burst_seconds, table.burst_initial, backlog_s),
            reason: Reason::Provisioned,
            partitions,
            growth: None,
            backlog_s,
        };
        let read = side(table.read_units, ceilings.reads(count), 0.0);
        let write = side(table.write_units, ceilings.with_backlog(backlog_s).writes(count), backlog_s);
        Self::starting(read, write, ceilings, burst_seconds, (table.read_units, table.write_units), aws)
    }

    /// A table with on-demand capacity, at the start of a run.
    pub fn on_demand(table: &OnDemand, aws: &Platform) -> Self {
        Self::on_demand_with_backlog(table, 0.0, aws)
    }

    /// The same for a global index, as in [`Throughput::provisioned_with_backlog`].
    pub fn on_demand_with_backlog(table: &OnDemand, backlog_s: f64, aws: &Platform) -> Self {
        let ceilings = Ceilings::of(aws);
        let headroom = aws.get("dynamodb.on_demand_headroom").max(1.0);
        let sustained =
            |previous: Option<f64>, warm: u64, initial: &str| previous.map_or(0.0, |peak| peak * headroom).max(warm as f64).max(aws.get(initial));
        let reads = sustained(table.previous_peak_read_units, table.warm_read_units, "dynamodb.on_demand_initial_read_units");
        let writes = sustained(table.previous_peak_write_units, table.warm_write_units, "dynamodb.on_demand_initial_write_units");
        let asked_for = || ceilings.needed_for_traffic(reads, writes).max(ceilings.needed_for_size(table.gigabytes));
        let count = table.partitions.unwrap_or_else(asked_for);
        let side = |maximum: Option<u64>, quota: &str, allowed: f64, partitions, backlog_s: f64| {
            let (quota, maximum) = (aws.get(quota), maximum.map_or(f64::INFINITY, |units| units as f64));
            let (most_units, most_reason) = if maximum <= quota { (maximum, Reason::MaxOnDemand) } else { (quota, Reason::AccountLimit) };
            let peak = Peak::new(allowed / headroom, aws.count("dynamodb.on_demand_settle"));
            let growth = Growth { peak, headroom, grown_units: 0.0, most_units, most_reason };
            let (units, reason) = growth.bound();
            Side { bucket: ceilings.with_backlog(backlog_s).bucket(units), reason, partitions, growth: Some(growth), backlog_s }
        };
        let read = side(table.max_read_units, "dynamodb.table_read_quota", reads, ceilings.reads(count), 0.0);
        let partitions = ceilings.with_backlog(backlog_s).writes(count);
        let write = side(table.max_write_units, "dynamodb.table_write_quota", writes, partitions, backlog_s);
        Self::starting(read, write, ceilings, 0.0, (0, 0), aws)
    }

    fn starting(read: Side, write: Side, ceilings: Ceilings, burst_seconds: f64, units: (u64, u64), aws: &Platform) -> Self {
        let minute_ends = end_of_minute(Time::ZERO);
        Self { read, write, look_at: minute_ends, minute_ends, ceilings, burst_seconds, units, heat: Box::new(Heat::new(&ceilings, aws)) }
    }

    /// Admits a read of the key with `key_hash` and charges it, or charges nothing.
    ///
    /// # Errors
    /// The limit that refused.
    #[inline]
    pub fn admit_read(&mut self, now: Time, units: Units, key_hash: u64) -> Result<(), Refusal> {
        self.check_read(now, key_hash)?;
        self.charge_read(now, units, key_hash);
        Ok(())
    }

    /// Admits a write of the key with `key_hash` and charges it, or charges nothing.
    ///
    /// # Errors
    /// The limit that refused.
    #[inline]
    pub fn admit_write(&mut self, now: Time, units: Units, key_hash: u64) -> Result<(), Refusal> {
        self.check_write(now, key_hash)?;
        self.charge_write(now, units, key_hash);
        Ok(())
    }

    /// Whether a read of this key would be admitted; for requests that need room in several places before any is charged.
    ///
    /// # Errors
    /// The limit that would refuse.
    #[inline]
    pub fn check_read(&mut self, now: Time, key_hash: u64) -> Result<(), Refusal> {
        if now >= self.look_at {
            self.look(now);
        }
        self.read.check(now, key_hash).map_err(Reason::of_read)
    }

    /// Whether a write of this key would be admitted: a write needs room in its table and in every global index it touches.
    ///
    /// # Errors
    /// The limit that would refuse.
    #[inline]
    pub fn check_write(&mut self, now: Time, key_hash: u64) -> Result<(), Refusal> {
        if now >= self.look_at {
            self.look(now);
        }
        self.write.check(now, key_hash).map_err(Reason::of_write)
    }

    /// Charges a read that was checked at this instant.
    #[inline]
    pub fn charge_read(&mut self, now: Time, units: Units, key_hash: u64) {
        self.read.charge(now, units, key_hash);
    }

    /// Charges a write that was checked at this instant.
    #[inline]
    pub fn charge_write(&mut self, now: Time, units: Units, key_hash: u64) {
        self.write.charge(now, units, key_hash);
    }

    /// Sets other provisioned capacities, keeping what was saved up as far as it fits; partitions are added where the new units need them. Without
    /// effect on demand.
    pub fn provision(&mut self, now: Time, read_units: u64, write_units: u64) {
        for (side, units) in [(&mut self.read, read_units), (&mut self.write, write_units)] {
            if side.growth.is_some() {
                return;
            }
            side.bucket = carried_over(&side.bucket, with_burst(units, self.burst_seconds, 1.0, side.backlog_s), now);
        }
        self.units = (read_units, write_units);
        self.split(self.ceilings.needed_for_capacity(read_units, write_units, 0.0));
    }

    /// The same of one direction.
    pub fn provision_one(&mut self, now: Time, write: bool, units: u64) {
        let (reads, writes) = self.units;
        let side = if write { &mut self.write } else { &mut self.read };
        if side.growth.is_none() {
            side.bucket = carried_over(&side.bucket, with_burst(units, self.burst_seconds, 1.0, side.backlog_s), now);
            self.units = if write { (reads, units) } else { (units, writes) };
            self.split(self.ceilings.needed_for_capacity(self.units.0, self.units.1, 0.0));
        }
    }

    /// The number of the partition of a key.
    pub fn partition_of(&self, key_hash: u64) -> usize {
        self.read.partitions.index(key_hash)
    }

    /// How many partitions there are.
    pub fn partitions(&self) -> u32 {
        self.read.partitions.count()
    }

    /// Read units that could be had at once as far as the table is concerned: saved-up capacity, or what is left of the on-demand allowance.
    pub fn read_units_left(&self, now: Time) -> f64 {
        self.read.bucket.tokens(now) / 2.0
    }

    /// The same for write units.
    pub fn write_units_left(&self, now: Time) -> f64 {
        self.write.bucket.tokens(now) / 2.0
    }

    /// Looks at what is busy, closes minutes that are over, and splits what has been hot for long enough.
    #[cold]
    #[inline(never)]
    fn look(&mut self, now: Time) {
        self.heat.look(&self.read.partitions, &self.write.partitions);
        if now >= self.minute_ends {
            self.close_minute(now);
        }
        let more = self.heat.split(now, &mut self.read.partitions, &mut self.write.partitions);
        if more > 0 {
            self.read.grow(now, f64::from(more) * self.ceilings.read_units, &self.ceilings);
            self.write.grow(now, f64::from(more) * self.ceilings.write_units, &self.ceilings);
        }
        self.look_at = if self.heat.is_watching() { self.minute_ends.min(now + SECOND) } else { self.minute_ends };
    }

    /// Lets the minutes before `now` count, where they are old enough, and grows into a new peak.
    fn close_minute(&mut self, now: Time) {
        self.heat.close_minute(now, now.saturating_sub(self.minute_ends), &self.read.partitions, &self.write.partitions);
        self.minute_ends = end_of_minute(now);
        let rises = [self.read.close_minute(now, &self.ceilings), self.write.close_minute(now, &self.ceilings)];
        if rises.contains(&true) {
            let [reads, writes] = [&self.read, &self.write].map(|side| side.growth.as_ref().map_or(0.0, Growth::twice_the_peak));
            self.split(self.ceilings.needed_for_traffic(reads, writes));
        }
    }

    fn split(&mut self, count: u32) {
        if count > self.partitions() {
            self.read.partitions.split(count);
            self.write.partitions.split(count);
            self.heat.forget();
        }
    }
}

impl Side {
    #[inline]
    fn check(&self, now: Time, key_hash: u64) -> Result<(), Reason> {
        if !self.bucket.conforms(now, 1) {
            return Err(self.reason);
        }
        if self.partitions.has_room(now, key_hash) { Ok(()) } else { Err(Reason::KeyRange) }
    }

    #[inline]
    fn charge(&mut self, now: Time, units: Units, key_hash: u64) {
        self.bucket.take(now, units.halves());
        self.partitions.charge(now, key_hash, units.halves());
    }

    /// Closes the minutes before `now`; whether the previous peak has risen.
    fn close_minute(&mut self, now: Time, ceilings: &Ceilings) -> bool {
        let used = self.partitions.clear_used();
        let risen = self.growth.as_mut().is_some_and(|growth| growth.peak.close(now, used));
        if risen {
            self.rebuild(now, ceilings);
        }
        risen
    }

    /// Makes room for so many units a second more, which new partitions can serve: on demand, that is what bounds a table.
    fn grow(&mut self, now: Time, units_per_s: f64, ceilings: &Ceilings) {
        if let Some(growth) = &mut self.growth {
            growth.grown_units = growth.allowed_units() + units_per_s;
            self.rebuild(now, ceilings);
        }
    }

    /// Fits the bucket to what bounds an on-demand table now.
    fn rebuild(&mut self, now: Time, ceilings: &Ceilings) {
        let Some(growth) = &self.growth else { return };
        let (units, reason) = growth.bound();
        self.bucket = carried_over(&self.bucket, ceilings.with_backlog(self.backlog_s).bucket(units), now);
        self.reason = reason;
    }
}

impl Growth {
    fn twice_the_peak(&self) -> f64 {
        self.peak.units_per_s() * self.headroom
    }

    /// What the previous peak or the partitions allow, in units a second.
    fn allowed_units(&self) -> f64 {
        self.twice_the_peak().max(self.grown_units)
    }

    /// The least of all bounds, in units a second, and why it is one. As all are enforced over the same time, no other can refuse while this one
    /// admits, so it is the only one that needs a bucket.
    fn bound(&self) -> (f64, Reason) {
        let allowed = self.allowed_units();
        // What exceeds twice the previous peak would need partitions that are not there yet, so AWS names the key range.
        if allowed < self.most_units { (allowed, Reason::KeyRange) } else { (self.most_units, self.most_reason) }
    }
}

/// The time between two looks at what is busy.
const SECOND: Time = Time::from_secs(1);

/// Seconds of unused capacity that are kept, less what DynamoDB's own work takes of them.
pub(super) fn burst_seconds(aws: &Platform) -> f64 {
    aws.get("dynamodb.burst_seconds") * (1.0 - aws.get("dynamodb.burst_background_loss").clamp(0.0, 1.0))
}

/// The bucket of a provisioned table: `units` a second, and what was left unused of them for `burst_seconds`, of which the share `full` is there.
/// A backlog is room beside the store.
pub(super) fn with_burst(units: u64, burst_seconds: f64, full: f64, backlog_s: f64) -> TokenBucket {
    let halves = 2.0 * units as f64;
    // What is provisioned for a second can always be used in that second, whatever the store.
    let burst = halves * burst_seconds.max(1.0);
    let mut bucket = TokenBucket::new(halves, burst + halves * backlog_s);
    bucket.take(Time::ZERO, (burst - (burst * full.clamp(0.0, 1.0)).max(halves)) as u64);
    bucket
}

/// `fresh`, which is full, with as much in it as `old` has, as far as that fits.
fn carried_over(old: &TokenBucket, mut fresh: TokenBucket, now: Time) -> TokenBucket {
    fresh.take(now, (fresh.tokens(now) - old.tokens(now)).max(0.0) as u64);
    fresh
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests that were served and refused, by reason, in one stretch of time.
    #[derive(Default)]
    struct Tally {
        served: u64,
        refused: Vec<Refusal>,
    }

    impl Tally {
        fn only(&self, refusal: Refusal) -> bool {
            !self.refused.is_empty() && self.refused.iter().all(|r| *r == refusal)
        }
    }

    fn table(read_units: u64, write_units: u64, burst_initial: f64) -> Throughput {
        let provisioned = Provisioned { read_units, write_units, burst_initial, partitions: None, gigabytes: 0.0 };
        Throughput::provisioned(&provisioned, &Platform::default())
    }

    fn raised(quota: &str, units: f64) -> Platform {
        Platform::new(crate::platform::Date::NEWEST, vec![(quota.into(), units)]).unwrap()
    }

    /// The k-th of keys that are spread evenly: multiples of the golden ratio.
    fn spread(k: u64) -> u64 {
        k.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    /// `per_s` requests of one unit, evenly in time from second `from` to second `to`, each on `key(k)`.
    fn drive(from: u64, to: u64, per_s: u64, key: impl Fn(u64) -> u64, mut admit: impl FnMut(Time, u64) -> Result<(), Refusal>) -> Tally {
        let mut tally = Tally::default();
        for k in 0..(to - from) * per_s {
            let now = Time::from_secs(from) + Time::from_nanos(k * 1_000_000_000 / per_s);
            match admit(now, key(k)) {
                Ok(()) => tally.served += 1,
                Err(refusal) => tally.refused.push(refusal),
            }
        }
        tally
    }

    fn writes(table: &mut Throughput, from: u64, to: u64, per_s: u64) -> Tally {
        drive(from, to, per_s, spread, |now, key| table.admit_write(now, Units::whole(1), key))
    }

    fn reads(table: &mut Throughput, from: u64, to: u64, per_s: u64) -> Tally {
        drive(from, to, per_s, spread, |now, key| table.admit_read(now, Units::whole(1), key))
    }

    #[test]
    fn a_table_idle_for_five_minutes_serves_four_times_its_capacity_for_100_s() {
        let mut table = table(5, 100, 1.0);
        assert!(writes(&mut table, 0, 100, 400).refused.is_empty());
        writes(&mut table, 100, 101, 400);
        let later = writes(&mut table, 101, 201, 400);
        assert!(later.only(Refusal::WriteProvisioned) && later.served.abs_diff(10_000) <= 2, "{}", later.served);
    }

    #[test]
    fn a_backlog_is_room_for_so_many_seconds_more_and_no_more_of_them_a_second() {
        let settings = Provisioned { read_units: 5, write_units: 100, burst_initial: 0.0, partitions: None, gigabytes: 0.0 };
        let mut index = Throughput::provisioned_with_backlog(&settings, 2.0, &Platform::default());
        let at_once = drive(0, 1, 1_000, spread, |_, key| index.admit_write(Time::ZERO, Units::whole(1), key));
        assert_eq!(at_once.served, 300, "a second of capacity and two of backlog");
        let later = writes(&mut index, 1, 11, 500);
        assert!(later.only(Refusal::WriteProvisioned) && later.served.abs_diff(1_100) <= 1, "{}", later.served);
    }

    #[test]
    fn one_hot_key_ends_at_its_partitions_ceiling_however_much_the_table_has() {
        let mut table = table(5, 10_000, 1.0);
        writes(&mut table, 0, 10, 1);
        let hot = drive(10, 310, 1_500, |_| 42, |now, key| table.admit_write(now, Units::whole(1), key));
        assert!(hot.only(Refusal::WriteKeyRange));
        assert!(hot.served.abs_diff(300 * 1_000 + 1_000) <= 2, "{}", hot.served);
    }

    #[test]
    fn a_busy_partition_may_use_what_the_others_leave() {
        let provisioned = Provisioned { read_units: 5, write_units: 400, burst_initial: 0.0, partitions: Some(4), gigabytes: 0.0 };
        let mut table = Throughput::provisioned(&provisioned, &Platform::default());
        // Of six requests three go to the first quarter of the hash range and one to each other: 150, 50, 50 and 50 a second.
        let key = |k: u64| [0, 0, 0, 1, 2, 3][(k % 6) as usize] << 62;
        let tally = drive(0, 600, 300, key, |now, key| table.admit_write(now, Units::whole(1), key));
        assert!(tally.refused.is_empty() && table.partitions() == 4);
    }

    #[test]
    fn a_new_on_demand_table_serves_4000_writes_a_second_at_first() {
        let mut table = Throughput::on_demand(&OnDemand::default(), &Platform::default());
        assert_eq!(table.partitions(), 4);
        let tally = writes(&mut table, 0, 60, 10_000);
        assert!(tally.only(Refusal::WriteKeyRange) && tally.served.abs_diff(60 * 4_000) <= 4_100, "{}", tally.served);
    }

    #[test]
    fn doubling_every_half_hour_is_never_throttled() {
        let mut table = Throughput::on_demand(&OnDemand::default(), &Platform::default());
        for (step, per_s) in [(0, 4_000), (1, 8_000), (2, 16_000)] {
            let tally = writes(&mut table, step * 1_800, step * 1_800 + 120, per_s);
            assert!(tally.refused.is_empty(), "{per_s}/s: {} refused", tally.refused.len());
        }
        assert!(writes(&mut table, 5_000, 5_060, 33_000).only(Refusal::WriteKeyRange), "more than double, too early");
    }

    #[test]
    fn twice_the_previous_peak_is_served_at_once_and_three_times_is_not() {
        let used = OnDemand { previous_peak_read_units: Some(50_000.0), ..OnDemand::default() };
        let mut table = Throughput::on_demand(&used, &raised("dynamodb.table_read_quota", 500_000.0));
        assert!(reads(&mut table, 0, 20, 95_000).refused.is_empty());
        let jump = reads(&mut table, 20, 40, 150_000);
        assert!(jump.only(Refusal::ReadKeyRange) && jump.served.abs_diff(20 * 100_000) <= 102_000, "{}", jump.served);
    }

    #[test]
    fn a_warm_on_demand_table_is_capped_by_the_quota_a_table() {
        let used = OnDemand { previous_peak_write_units: Some(40_000.0), ..OnDemand::default() };
        let mut table = Throughput::on_demand(&used, &Platform::default());
        let tally = writes(&mut table, 0, 60, 50_000);
        assert!(tally.only(Refusal::WriteAccountLimit) && tally.served.abs_diff(60 * 40_000) <= 40_002, "{}", tally.served);
    }

    #[test]
    fn the_users_own_maximum_comes_first() {
        let capped = OnDemand { max_read_units: Some(10), ..OnDemand::default() };
        let mut table = Throughput::on_demand(&capped, &Platform::default());
        let tally = reads(&mut table, 0, 100, 100);
        assert!(tally.only(Refusal::ReadMaxOnDemand) && tally.served.abs_diff(1_010) <= 1, "{}", tally.served);
        assert!(writes(&mut table, 0, 100, 100).refused.is_empty());
    }

    #[test]
    fn a_page_larger_than_the_capacity_passes_and_is_paid_back() {
        let mut table = table(1, 1, 0.0);
        let page = |table: &mut Throughput, s| table.admit_read(Time::from_secs(s), Units::whole(128), 7);
        assert_eq!(page(&mut table, 0), Ok(()));
        assert_eq!([page(&mut table, 1), page(&mut table, 127)], [Err(Refusal::ReadProvisioned); 2]);
        assert_eq!(page(&mut table, 128), Ok(()));
    }

    #[test]
    fn a_refused_request_consumes_nothing() {
        let mut table = table(5, 5_000, 1.0);
        while table.admit_write(Time::ZERO, Units::whole(1), 42).is_ok() {}
        let (left, now) = (table.write_units_left(Time::ZERO), Time::from_millis(1));
        assert_eq!(table.admit_write(Time::ZERO, Units::whole(400), 42), Err(Refusal::WriteKeyRange));
        assert_eq!((table.write_units_left(Time::ZERO), table.admit_write(now, Units::whole(1), 42)), (left, Ok(())));
    }

    #[test]
    fn raised_capacity_keeps_what_was_saved_up_and_lowered_capacity_what_fits() {
        let mut table = table(10, 10, 0.5);
        assert_eq!(table.write_units_left(Time::ZERO), 1_500.0);
        table.provision(Time::from_secs(10), 10, 4_000);
        assert_eq!((table.write_units_left(Time::from_secs(10)), table.partitions()), (1_600.0, 5));
        table.provision(Time::from_secs(10), 10, 2);
        assert_eq!((table.write_units_left(Time::from_secs(10)), table.partitions()), (600.0, 5));
    }

    /// A measured ramp of 2019 (theburningmonk.com, DynamoDB on-demand tables): from 0 to `peak` writes a second in 60 s, then held for a minute.
    fn ramp(peak: u64) -> Vec<Refusal> {
        let mut table = Throughput::on_demand(&OnDemand::default(), &Platform::default());
        let steps = (0..60).map(|s| (s, peak * (s + 1) / 60)).chain([(60, peak)]);
        steps.flat_map(|(s, per_s)| writes(&mut table, s, s + 1 + 59 * (s / 60), per_s).refused).collect()
    }

    #[test]
    fn a_new_on_demand_table_takes_3000_writes_a_second_as_measured_in_2019() {
        assert!(ramp(500).is_empty() && ramp(3_000).is_empty());
        assert!(!ramp(5_000).is_empty());
    }

    /// The share refused of a linear ramp from 0 to 40 000 writes a second, in minutes of constant load; a hundred units a request.
    fn refused_of_ramp(minutes: u64) -> f64 {
        let mut table = Throughput::on_demand(&OnDemand::default(), &Platform::default());
        let (mut served, mut refused) = (0, 0);
        for minute in 0..minutes {
            let per_s = 400 * (minute + 1) / minutes;
            let write = |now, key| table.admit_write(now, Units::whole(100), key);
            let tally = drive(minute * 60, (minute + 1) * 60, per_s.max(1), spread, write);
            served += tally.served;
            refused += tally.refused.len();
        }
        refused as f64 / (served as f64 + refused as f64)
    }

    #[test]
    fn a_slower_ramp_is_throttled_less_as_measured_in_2019() {
        // The same source: from 0 to 40 000 writes a second in 60, 90, 120, 150 minutes, throttled heavily to least, and always throttled.
        let shares = [60, 90, 120, 150].map(refused_of_ramp);
        assert!(shares.is_sorted_by(|a, b| a > b) && shares[0] > 0.3 && shares[1] > 0.08 && shares[3] > 0.01, "{shares:?}");
    }
}
