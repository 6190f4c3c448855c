//! Deduplication: which keys were seen within a window that runs from the first time.
//!
//! ```text
//! fresh(now, key) = key was not accepted in (now − window, now]        a duplicate does not lengthen the window
//! table: open addressing by a mixed key, load ≤ ½     ring: (expiry, key) in order of coming, which is the order of going
//! ```
//!
//! Both are bounded by the keys of one window. Keys are compared whole, so nothing is taken for a duplicate by a collision of hashes here; who folds
//! more than 64 bits into a key answers for that.

use std::collections::VecDeque;

use crate::units::Time;

use super::luck::mix;

/// Free slots of the table hold this; the key that equals it is kept apart.
const EMPTY: u64 = 0;

/// The keys of one window.
#[derive(Clone, Debug)]
pub struct Dedup {
    window: Time,
    /// A power of two of slots.
    table: Vec<u64>,
    /// Until when each key counts, soonest first.
    ring: VecDeque<(Time, u64)>,
    /// Whether the key that stands for a free slot is among those known.
    knows_empty: bool,
}

impl Dedup {
    /// Nothing seen yet. A key counts for `window` from when it was accepted.
    pub fn new(window: Time) -> Self {
        Self { window, table: vec![EMPTY; 16], ring: VecDeque::new(), knows_empty: false }
    }

    /// Whether this key was not accepted within the window; then it is from now on. `now` never goes back.
    #[inline]
    pub fn fresh(&mut self, now: Time, key: u64) -> bool {
        self.expire(now);
        if self.knows(key) {
            return false;
        }
        if (self.ring.len() + 1) * 2 > self.table.len() {
            self.grow();
        }
        self.insert(key);
        self.ring.push_back((now + self.window, key));
        true
    }

    /// Keys that count, as of the last question.
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// Whether no key counts.
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    #[inline]
    fn expire(&mut self, now: Time) {
        while let Some((until, key)) = self.ring.front().copied()
            && until <= now
        {
            self.ring.pop_front();
            self.remove(key);
        }
    }

    #[inline]
    fn home(&self, key: u64) -> usize {
        mix(key) as usize & (self.table.len() - 1)
    }

    /// Where a key stands, or the free slot where it would.
    #[inline]
    fn slot(&self, key: u64) -> usize {
        let mut at = self.home(key);
        while self.table[at] != EMPTY && self.table[at] != key {
            at = (at + 1) & (self.table.len() - 1);
        }
        at
    }

    #[inline]
    fn knows(&self, key: u64) -> bool {
        if key == EMPTY { self.knows_empty } else { self.table[self.slot(key)] == key }
    }

    #[inline]
    fn insert(&mut self, key: u64) {
        if key == EMPTY {
            self.knows_empty = true;
            return;
        }
        let at = self.slot(key);
        self.table[at] = key;
    }

    /// Frees a slot and moves up what was pushed on past it, so that no chain is broken and no mark is left behind.
    fn remove(&mut self, key: u64) {
        if key == EMPTY {
            self.knows_empty = false;
            return;
        }
        let mask = self.table.len() - 1;
        let mut hole = self.slot(key);
        let mut at = hole;
        self.table[hole] = EMPTY;
        loop {
            at = (at + 1) & mask;
            let other = self.table[at];
            if other == EMPTY {
                return;
            }
            // It may fill the hole unless its home lies behind the hole, on the way to where it stands.
            if at.wrapping_sub(self.home(other)) & mask >= at.wrapping_sub(hole) & mask {
                (self.table[hole], self.table[at]) = (other, EMPTY);
                hole = at;
            }
        }
    }

    #[cold]
    fn grow(&mut self) {
        self.table = vec![EMPTY; self.table.len() * 2];
        for at in 0..self.ring.len() {
            self.insert(self.ring[at].1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::mechanism::luck::mix;

    const WINDOW: Time = Time::from_secs(300);

    #[test]
    fn a_key_is_fresh_again_when_its_window_is_over() {
        let mut dedup = Dedup::new(WINDOW);
        let at = |s| Time::from_secs(s);
        assert!(dedup.fresh(at(0), 7) && !dedup.fresh(at(299), 7));
        assert!(dedup.fresh(at(300), 7), "the window runs from the first, not from the last");
        assert!(!dedup.fresh(at(599), 7) && dedup.fresh(at(600), 7));
    }

    #[test]
    fn the_key_zero_is_a_key_like_any_other() {
        let mut dedup = Dedup::new(WINDOW);
        assert!(dedup.fresh(Time::ZERO, 0) && !dedup.fresh(Time::ZERO, 0) && dedup.fresh(Time::ZERO, 1));
        assert!(dedup.fresh(WINDOW, 0));
    }

    #[test]
    fn it_agrees_with_a_map_of_all_times() {
        let (mut dedup, mut map) = (Dedup::new(Time::from_secs(10)), BTreeMap::new());
        for n in 0..50_000u64 {
            let (now, key) = (Time::from_millis(n * 3), mix(n) % 6_000);
            let fresh = map.get(&key).is_none_or(|since| now - *since >= Time::from_secs(10));
            if fresh {
                map.insert(key, now);
            }
            assert_eq!(dedup.fresh(now, key), fresh, "question {n}");
        }
    }

    #[test]
    fn memory_is_that_of_one_window() {
        let mut dedup = Dedup::new(Time::from_secs(1));
        for n in 0..1_000_000u64 {
            assert!(dedup.fresh(Time::from_micros(n * 100), n));
        }
        assert!(dedup.len() <= 10_000 && dedup.table.len() <= 32_768, "{} keys in {} slots", dedup.len(), dedup.table.len());
    }
}
