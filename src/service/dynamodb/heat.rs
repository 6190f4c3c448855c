//! Splits for heat: which partitions have been close to a ceiling for minutes, and where they will be split.
//!
//! ```text
//! a minute at 80 % of a ceiling or more ─▶ watched: one key a second ─5 such minutes─▶ splitting ─10 min─▶ two parts, cut at the median key,
//!        any other minute ─▶ forgotten                                                                       or three, around a key of most requests
//! ```
//!
//! That is how DynamoDB isolates busy items. One hot key gains nothing: it ends in a partition of its own, which is never split again, and only its
//! neighbours are rid of it. What is known of keys is the last one of each second in which a partition is watched, so memory is O(watched partitions),
//! and nothing is done for a request beyond what partitions count anyway. Left out: splits within one key by its sort key; a copy's load on the disk.
//! Source: AWS docs: dynamodb/bp-partition-key-design, HowItWorks.Partitions; Elhemali et al., Amazon DynamoDB, USENIX ATC 2022: split points follow
//! observed accesses, splits take minutes. The figures are parameters: `dynamodb.split_utilization`, `split_after`, `split_duration`.

use super::partition::{Ceilings, Partitions};
use super::peak::MINUTE;
use crate::platform::Platform;
use crate::units::Time;

/// Keys that are remembered of a watched partition: the latest.
const KEYS: usize = 512;

/// The busy partitions of one table or index.
#[derive(Clone, Debug)]
pub(super) struct Heat {
    /// Half units a minute from which a partition counts as busy.
    busy_reads: u64,
    busy_writes: u64,
    /// Busy minutes in a row until it begins to split, and how long that takes.
    minutes: u64,
    takes: Time,
    /// In the order of their ranges.
    watched: Vec<Watch>,
}

/// A partition that was busy in the last minute, or is being split.
#[derive(Clone, Debug)]
struct Watch {
    /// Its first hash, which stays what it is when others are split.
    first: u64,
    minutes: u64,
    write: bool,
    /// When the split is complete, once it has begun.
    ready: Option<Time>,
    /// Hashes of keys that were charged, by second modulo length.
    keys: Vec<u64>,
    seconds: usize,
}

impl Heat {
    pub fn new(ceilings: &Ceilings, aws: &Platform) -> Self {
        let busy = |units_per_s: f64| (2.0 * 60.0 * units_per_s * aws.get("dynamodb.split_utilization")).max(1.0) as u64;
        Self {
            busy_reads: busy(ceilings.read_units),
            busy_writes: busy(ceilings.write_units),
            minutes: aws.count("dynamodb.split_after").max(1),
            takes: Time::from_secs_f64(60.0 * aws.get("dynamodb.split_duration")),
            watched: Vec::new(),
        }
    }

    /// Whether any partition is watched, so that keys should be looked at every second.
    pub fn is_watching(&self) -> bool {
        !self.watched.is_empty()
    }

    /// Notes the key that was last, of each partition that is watched.
    pub fn look(&mut self, reads: &Partitions, writes: &Partitions) {
        for watch in &mut self.watched {
            let of = if watch.write { writes } else { reads };
            let key = of.latest(of.index(watch.first));
            match watch.keys.len() {
                KEYS => watch.keys[watch.seconds % KEYS] = key,
                _ => watch.keys.push(key),
            }
            watch.seconds += 1;
        }
    }

    /// A minute has ended, after which a time of `quiet` went by without a request.
    pub fn close_minute(&mut self, now: Time, quiet: Time, reads: &Partitions, writes: &Partitions) {
        let mut before = std::mem::take(&mut self.watched).into_iter().peekable();
        for at in 0..reads.count() as usize {
            let (reads_busy, writes_busy) = (reads.used(at) >= self.busy_reads, writes.used(at) >= self.busy_writes);
            if !reads_busy && !writes_busy && before.peek().is_none() {
                continue;
            }
            let (first, last) = reads.range(at);
            while before.next_if(|watch| watch.first < first).is_some() {}
            let known = before.next_if(|watch| watch.first == first);
            let busy = (reads_busy || writes_busy) && first < last && quiet < MINUTE;
            if !busy && known.as_ref().is_none_or(|watch| watch.ready.is_none()) {
                continue;
            }
            let mut watch = known.unwrap_or(Watch { first, minutes: 0, write: writes_busy, ready: None, keys: Vec::new(), seconds: 0 });
            watch.minutes += u64::from(busy);
            if watch.minutes >= self.minutes && watch.ready.is_none() {
                watch.ready = Some(now + self.takes);
            }
            self.watched.push(watch);
        }
    }

    /// Splits what has been splitting for long enough; how many partitions have come of it.
    pub fn split(&mut self, now: Time, reads: &mut Partitions, writes: &mut Partitions) -> u32 {
        let before = reads.count();
        self.watched.retain_mut(|watch| {
            let ready = watch.ready.is_some_and(|ready| ready <= now);
            if ready {
                let (first, last) = reads.range(reads.index(watch.first));
                for cut in cuts(&mut watch.keys, first, last).into_iter().flatten() {
                    reads.split_at(cut);
                    writes.split_at(cut);
                }
            }
            !ready
        });
        reads.count() - before
    }

    /// Forgets all partitions: their ranges are other ones now.
    pub fn forget(&mut self) {
        self.watched.clear();
    }
}

/// The hashes at which new partitions begin in the range `first..=last`, given keys that were observed in it: at the median, or on both sides of a
/// key of more than half of them.
fn cuts(keys: &mut Vec<u64>, first: u64, last: u64) -> [Option<u64>; 2] {
    keys.retain(|key| (first..=last).contains(key));
    keys.sort_unstable();
    let Some(median) = keys.get(keys.len() / 2).copied() else { return [Some(first + (last - first) / 2 + 1).filter(|_| first < last), None] };
    let same = keys.iter().filter(|key| **key == median).count();
    if 2 * same > keys.len() {
        return [Some(median).filter(|key| *key > first), median.checked_add(1).filter(|after| *after <= last)];
    }
    let median = Some(median).filter(|key| *key > first).or_else(|| keys.iter().copied().find(|key| *key > first));
    [median, None]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::luck::mix;

    #[test]
    fn a_cut_is_at_the_median_or_around_a_key_of_most_requests() {
        let even = &mut (0..128).map(|k| k << 57).collect();
        assert_eq!(cuts(even, 0, u64::MAX), [Some(1 << 63), None]);
        let skewed = &mut (0..128).map(|k| if k % 4 == 0 { k << 57 } else { 77 + k }).collect();
        assert!(matches!(cuts(skewed, 0, u64::MAX), [Some(77..=300), None]), "three quarters are in a small part of the range");
        let hot = &mut (0..128).map(|k| if k % 4 == 0 { k << 57 } else { 77 }).collect();
        assert_eq!(cuts(hot, 0, u64::MAX), [Some(77), Some(78)]);
        assert_eq!(cuts(&mut vec![5; 9], 5, 5), [None, None], "one key cannot be split");
        assert_eq!(cuts(&mut vec![5; 9], 5, 9), [None, Some(6)]);
        assert_eq!(cuts(&mut vec![], 8, 15), [Some(12), None]);
        assert_eq!(cuts(&mut vec![u64::MAX; 3], 0, u64::MAX), [Some(u64::MAX), None]);
    }

    /// Charges `per_s` writes a second on these keys, for whole minutes from `from`, and lets heat look as a table does; the number of partitions.
    fn drive(heat: &mut Heat, [reads, writes]: &mut [Partitions; 2], minutes: std::ops::Range<u64>, per_s: u64, key: impl Fn(u64) -> u64) -> u32 {
        for second in minutes.start * 60..minutes.end * 60 {
            let now = Time::from_secs(second);
            heat.look(reads, writes);
            if second % 60 == 0 && second > 0 {
                heat.close_minute(now, Time::ZERO, reads, writes);
                writes.clear_used();
            }
            heat.split(now, reads, writes);
            (0..per_s).for_each(|k| writes.charge(now, key(second * per_s + k), 2));
        }
        writes.count()
    }

    fn partitions() -> (Heat, [Partitions; 2]) {
        let aws = Platform::default();
        let ceilings = Ceilings::of(&aws);
        (Heat::new(&ceilings, &aws), [ceilings.reads(2), ceilings.writes(2)])
    }

    #[test]
    fn a_partition_splits_fifteen_minutes_after_it_became_busy() {
        let (mut heat, mut both) = partitions();
        let upper_half = |k| mix(k) | 1 << 63;
        assert_eq!(drive(&mut heat, &mut both, 0..15, 80, upper_half), 2, "80 a second are far from 800");
        let mut warm = |minutes| drive(&mut heat, &mut both, minutes, 850, upper_half);
        assert_eq!([warm(15..20), warm(20..30), warm(30..31)], [2, 2, 3]);
        let (first, _) = both[1].range(2);
        assert!(first.abs_diff(3 << 62) < 1 << 60, "near the middle of its keys: {first:x}");
    }

    #[test]
    fn four_busy_minutes_are_not_five() {
        let (mut heat, mut both) = partitions();
        for start in [0, 5, 10, 15] {
            drive(&mut heat, &mut both, start..start + 4, 850, |k| mix(k) >> 1);
            drive(&mut heat, &mut both, start + 4..start + 5, 8, mix);
        }
        assert_eq!(drive(&mut heat, &mut both, 20..40, 8, mix), 2);
        assert!(!heat.is_watching());
    }

    #[test]
    fn a_hot_key_ends_in_a_partition_of_its_own_which_is_not_split() {
        let (mut heat, mut both) = partitions();
        let one_key = |k| if mix(k ^ 7) % 10 < 8 { 1 << 60 } else { mix(k) >> 1 };
        assert_eq!(drive(&mut heat, &mut both, 0..100, 1_000, one_key), 4);
        let own = both[1].index(1 << 60);
        assert_eq!(both[1].range(own), (1 << 60, 1 << 60));
    }
}
