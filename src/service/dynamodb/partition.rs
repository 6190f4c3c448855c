//! Partitions: the ranges of hashed keys that a table's data is split into, each with a ceiling of its own that no setting lifts.
//!
//! ```text
//! partition of a key = ⌊hash · n / 2⁶⁴⌋         each: 3000 read and 1000 write units a second
//! ```
//!
//! A table's capacity is not divided by n: a busy partition may use all of it up to its ceiling. Splitting gives each part of a range a ceiling of its
//! own; a single hot key stays in one part and gains nothing. Ranges are even until one partition is split alone (see `heat`); from then on their bounds
//! are kept and searched. Left out: the 10 GB bound of item collections. Partitions are never merged.
//! Source: AWS docs: dynamodb/bp-partition-key-design, HowItWorks.Partitions; the formulas for n were taken out of the guide in 2018.

use crate::mechanism::token_bucket::TokenBucket;
use crate::platform::Platform;
use crate::units::Time;

/// The partitions of a table in one direction, read or write; amounts are in half units.
#[derive(Clone, Debug)]
pub struct Partitions {
    parts: Vec<Partition>,
    /// The first hash of each; empty while all ranges are equally wide.
    starts: Vec<u64>,
}

/// One range of keys. Aligned, so that it lies in one line of the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Partition {
    ceiling: TokenBucket,
    /// Half units used since the last [`Partitions::clear_used`].
    used: u64,
    /// The hash of the key that was charged last.
    latest: u64,
}

impl Partitions {
    /// `count` partitions, at least one, each with this `ceiling`.
    pub fn new(count: u32, ceiling: TokenBucket) -> Self {
        Self { parts: vec![Partition { ceiling, used: 0, latest: 0 }; count.max(1) as usize], starts: Vec::new() }
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.parts.len() as u32
    }

    /// Whether the partition of a key has anything left.
    #[inline]
    pub fn has_room(&self, now: Time, key_hash: u64) -> bool {
        self.parts[self.index(key_hash)].ceiling.conforms(now, 1)
    }

    /// Charges the partition of a key, below zero if need be.
    #[inline]
    pub fn charge(&mut self, now: Time, key_hash: u64, halves: u64) {
        let index = self.index(key_hash);
        let part = &mut self.parts[index];
        part.used = part.used.wrapping_add(halves);
        part.latest = key_hash;
        part.ceiling.take(now, halves);
    }

    /// Half units that a partition has used since they were cleared.
    pub fn used(&self, index: usize) -> u64 {
        self.parts[index].used
    }

    /// The hash of the key that a partition was charged for last.
    pub fn latest(&self, index: usize) -> u64 {
        self.parts[index].latest
    }

    /// Begins to count what is used anew; the half units that were used by all together.
    pub fn clear_used(&mut self) -> u64 {
        self.parts.iter_mut().fold(0, |sum: u64, part| sum.saturating_add(std::mem::take(&mut part.used)))
    }

    /// The first and the last hash of a partition.
    pub fn range(&self, index: usize) -> (u64, u64) {
        let end = if index + 1 == self.parts.len() { u64::MAX } else { self.start(index + 1) - 1 };
        (self.start(index), end)
    }

    /// Splits until there are `count`, the widest ranges first; each part starts with what its whole had left.
    pub fn split(&mut self, count: u32) {
        let (before, after) = (self.parts.len(), count as usize);
        if self.starts.is_empty() {
            self.parts = (0..after.max(before)).map(|part| Partition { used: 0, ..self.parts[part * before / after.max(before)] }).collect();
            return;
        }
        while self.parts.len() < after {
            let mut widest: Vec<(u64, usize)> = (0..self.parts.len()).map(|at| (self.width(at), at)).collect();
            widest.sort_unstable_by(|a, b| b.cmp(a));
            widest.truncate(after - self.parts.len());
            widest.retain(|(width, _)| *width > 0);
            if widest.is_empty() {
                return;
            }
            // From behind, so that those still to be split keep their numbers.
            widest.sort_unstable_by_key(|(_, at)| std::cmp::Reverse(*at));
            widest.iter().for_each(|(width, at)| self.split_at(self.start(*at) + width / 2 + 1));
        }
    }

    /// Splits the partition that this hash is in, so that a new one begins with it; nothing changes where one does already.
    pub fn split_at(&mut self, hash: u64) {
        if self.starts.is_empty() {
            self.starts = (0..self.parts.len()).map(|at| self.start(at)).collect();
        }
        let index = self.index(hash);
        if self.starts[index] != hash {
            self.parts[index].used = 0;
            self.parts.insert(index + 1, self.parts[index]);
            self.starts.insert(index + 1, hash);
        }
    }

    /// The number of the partition of a key.
    #[inline]
    pub fn index(&self, key_hash: u64) -> usize {
        if !self.starts.is_empty() {
            return self.search(key_hash);
        }
        ((u128::from(key_hash) * self.parts.len() as u128) >> 64) as usize
    }

    #[cold]
    #[inline(never)]
    fn search(&self, key_hash: u64) -> usize {
        self.starts.partition_point(|start| *start <= key_hash) - 1
    }

    fn start(&self, index: usize) -> u64 {
        match self.starts.get(index) {
            Some(start) => *start,
            None => ((index as u128) << 64).div_ceil(self.parts.len() as u128) as u64,
        }
    }

    fn width(&self, index: usize) -> u64 {
        let (first, last) = self.range(index);
        last - first
    }
}

/// What a partition can do, and over which time that is enforced.
#[derive(Clone, Copy, Debug)]
pub struct Ceilings {
    pub read_units: f64,
    pub write_units: f64,
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

    /// Partitions that hold so much.
    pub fn needed_for_size(&self, gigabytes: f64) -> u32 {
        whole(gigabytes / self.gigabytes)
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
        let room: Vec<bool> = partitions.parts.iter().map(|part| part.ceiling.conforms(Time::ZERO, 1)).collect();
        assert_eq!(room, [true, true, true, false, false]);
        partitions.split(3);
        assert_eq!(partitions.count(), 5, "never merged");
    }

    #[test]
    fn a_partition_that_is_split_alone_leaves_the_others_where_they_are() {
        let mut partitions = Partitions::new(3, TokenBucket::new(2_000.0, 2_000.0));
        let even: Vec<(u64, u64)> = (0..3).map(|at| partitions.range(at)).collect();
        let keys = || (0..1_000u64).map(|k| k.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        assert!(keys().all(|key| even[partitions.index(key)].0 <= key && key <= even[partitions.index(key)].1), "bounds are those of the formula");
        let middle = even[1].0 + 5_000;
        partitions.split_at(middle);
        partitions.split_at(middle);
        let ranges: Vec<(u64, u64)> = (0..4).map(|at| partitions.range(at)).collect();
        assert_eq!(ranges, [even[0], (even[1].0, middle - 1), (middle, even[1].1), even[2]]);
        assert_eq!([0, middle - 1, middle, even[2].0, u64::MAX].map(|hash| partitions.index(hash)), [0, 1, 2, 3, 3]);
    }

    #[test]
    fn further_splits_take_the_widest_ranges() {
        let mut partitions = Partitions::new(2, TokenBucket::new(2_000.0, 2_000.0));
        partitions.split_at(1 << 62);
        partitions.split(5);
        let starts: Vec<u64> = (0..5).map(|at| partitions.range(at).0 >> 60).collect();
        assert_eq!(starts, [0, 4, 6, 8, 12], "the half first, then one of the quarters");
        partitions.split(4);
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
