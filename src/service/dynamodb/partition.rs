//! Partitions: the ranges of hashed keys that a table's data is split into, each with a ceiling of its own that no setting lifts.
//!
//! ```text
//! partition of a key = ⌊hash · n / 2⁶⁴⌋         each: 3000 read and 1000 write units a second
//! ```
//!
//! A table's capacity is not divided by n: a busy partition may use all of it up to its ceiling. Splitting gives each half of a range a ceiling of its
//! own; a single hot key stays in one half and gains nothing. Left out: splits for size or sustained heat while provisioned, split points chosen by
//! access, and the 10 GB bound of item collections. Partitions are never merged.
//! Source: AWS docs: dynamodb/bp-partition-key-design, HowItWorks.Partitions; the formulas for n were taken out of the guide in 2018.

use crate::mechanism::token_bucket::TokenBucket;
use crate::platform::Platform;
use crate::units::Time;

/// The ceilings of all partitions in one direction, read or write; amounts are in half units.
#[derive(Clone, Debug)]
pub struct Partitions {
    buckets: Vec<TokenBucket>,
}

impl Partitions {
    /// `count` partitions, at least one, each with this `ceiling`.
    pub fn new(count: u32, ceiling: TokenBucket) -> Self {
        Self { buckets: vec![ceiling; count.max(1) as usize] }
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.buckets.len() as u32
    }

    /// Whether the partition of a key has anything left.
    #[inline]
    pub fn has_room(&self, now: Time, key_hash: u64) -> bool {
        self.buckets[self.index(key_hash)].conforms(now, 1)
    }

    /// Charges the partition of a key, below zero if need be.
    #[inline]
    pub fn charge(&mut self, now: Time, key_hash: u64, halves: u64) {
        let index = self.index(key_hash);
        self.buckets[index].take(now, halves);
    }

    /// Splits until there are `count`; each part starts with what its whole had left.
    pub fn split(&mut self, count: u32) {
        let (before, after) = (self.buckets.len(), count as usize);
        self.buckets = (0..after.max(before)).map(|part| self.buckets[part * before / after.max(before)]).collect();
    }

    #[inline]
    fn index(&self, key_hash: u64) -> usize {
        ((u128::from(key_hash) * self.buckets.len() as u128) >> 64) as usize
    }
}

/// What a partition can do, and over which time that is enforced.
#[derive(Clone, Copy, Debug)]
pub struct Ceilings {
    read_units: f64,
    write_units: f64,
    gigabytes: f64,
    seconds: f64,
}

impl Ceilings {
    pub fn of(aws: &Platform) -> Self {
        Self {
            read_units: aws.get("dynamodb.partition_read_units"),
            write_units: aws.get("dynamodb.partition_write_units"),
            gigabytes: aws.get("dynamodb.partition_size"),
            seconds: aws.get("dynamodb.ceiling_seconds"),
        }
    }

    /// The read ceilings of `count` partitions.
    pub fn reads(&self, count: u32) -> Partitions {
        Partitions::new(count, self.bucket(self.read_units))
    }

    /// The write ceilings of `count` partitions.
    pub fn writes(&self, count: u32) -> Partitions {
        Partitions::new(count, self.bucket(self.write_units))
    }

    /// A bucket that enforces a rate the way a ceiling is; one request may overdraw it.
    pub fn bucket(&self, units_per_s: f64) -> TokenBucket {
        let halves = 2.0 * units_per_s;
        // At least one half must fit, or nothing could ever pass.
        let burst = if halves > 0.0 { (halves * self.seconds).max(1.0) } else { 0.0 };
        TokenBucket::new(halves, burst)
    }

    /// The same ceilings, enforced over so much more time: what comes too fast may wait as long.
    pub fn with_backlog(self, seconds: f64) -> Self {
        Self { seconds: self.seconds + seconds, ..self }
    }

    /// Partitions of a provisioned table when it is made or its capacity raised: enough for its units and for its size.
    pub fn needed_for_capacity(&self, read_units: u64, write_units: u64, gigabytes: f64) -> u32 {
        let for_units = read_units as f64 / self.read_units + write_units as f64 / self.write_units;
        whole(for_units.max(gigabytes / self.gigabytes))
    }

    /// Partitions that together sustain these units a second when keys are spread evenly.
    pub fn needed_for_traffic(&self, read_units: f64, write_units: f64) -> u32 {
        whole((read_units / self.read_units).max(write_units / self.write_units))
    }
}

/// Rounded up to a number that memory can hold: more than 10⁵ partitions are beyond any quota.
fn whole(partitions: f64) -> u32 {
    partitions.ceil().clamp(1.0, 1e5) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_spread_over_ranges_of_their_hash() {
        let partitions = Partitions::new(4, TokenBucket::new(2_000.0, 2_000.0));
        let quarter = 1u64 << 62;
        assert_eq!([0, quarter - 1, quarter, 2 * quarter, u64::MAX].map(|hash| partitions.index(hash)), [0, 0, 1, 2, 3]);
    }

    #[test]
    fn parts_start_with_what_their_whole_had_left() {
        let mut partitions = Partitions::new(2, TokenBucket::new(2_000.0, 2_000.0));
        partitions.charge(Time::ZERO, u64::MAX, 5_000);
        partitions.split(5);
        assert_eq!(partitions.count(), 5);
        let room: Vec<bool> = partitions.buckets.iter().map(|bucket| bucket.conforms(Time::ZERO, 1)).collect();
        assert_eq!(room, [true, true, true, false, false]);
        partitions.split(3);
        assert_eq!(partitions.count(), 5, "never merged");
    }

    #[test]
    fn partitions_follow_units_size_and_traffic() {
        let ceilings = Ceilings::of(&Platform::default());
        assert_eq!(ceilings.needed_for_capacity(5, 5, 0.0), 1);
        assert_eq!(ceilings.needed_for_capacity(6_000, 2_000, 0.0), 4);
        assert_eq!(ceilings.needed_for_capacity(5, 5, 95.0), 10);
        assert_eq!(ceilings.needed_for_traffic(12_000.0, 4_000.0), 4);
        assert_eq!(ceilings.needed_for_traffic(f64::INFINITY, f64::NAN), 100_000);
    }
}
