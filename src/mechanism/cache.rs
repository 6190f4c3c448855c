//! A cache of bounded size: each entry counts until an instant of its own, and the least recently used give way.
//!
//! ```text
//! get(now, key)               hit iff it was put in, was not pushed out since, and now < until; a hit makes it the most recently used
//! put(now, key, until, size)  pushes out from the least recently used end until all sizes together are at most `capacity`
//! ```
//!
//! Only keys are kept: what is cached is known to who asks. Entries that have run out are dropped when they are met at the cold end, so that the memory is
//! that of the keys in use. Left out: other orders of eviction; a cache that is cold after it was resized.

use crate::units::Time;

use super::table::Table;

const NONE: u32 = u32::MAX;

/// What has run out and is dropped at most when something is put in: more than one, so that they cannot gather.
const DROPPED_AT_ONCE: usize = 2;

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    until: Time,
    size: u64,
    newer: u32,
    older: u32,
}

/// Keys in the order of their last use.
#[derive(Clone, Debug)]
pub struct Cache {
    capacity: u64,
    used: u64,
    places: Table,
    entries: Vec<Entry>,
    free: Vec<u32>,
    newest: u32,
    oldest: u32,
}

impl Cache {
    /// An empty cache; capacity and sizes are in one unit of the caller's choice.
    pub fn new(capacity: u64) -> Self {
        let (places, entries, free) = Default::default();
        Self { capacity, used: 0, places, entries, free, newest: NONE, oldest: NONE }
    }

    /// Entries in it, those that have run out and were not met since among them.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether this key is there and still counts.
    pub fn get(&mut self, now: Time, key: u64) -> bool {
        let Some(at) = self.places.get(key) else { return false };
        if self.entries[at as usize].until <= now {
            self.drop_at(at);
            return false;
        }
        self.unlink(at);
        self.link_newest(at);
        true
    }

    /// Puts a key in, or anew; one that is larger than the whole cache is not kept.
    pub fn put(&mut self, now: Time, key: u64, until: Time, size: u64) {
        if let Some(at) = self.places.get(key) {
            self.drop_at(at);
        }
        if size > self.capacity || until <= now {
            return;
        }
        for _ in 0..DROPPED_AT_ONCE {
            if self.oldest != NONE && self.entries[self.oldest as usize].until <= now {
                self.drop_at(self.oldest);
            }
        }
        while self.used + size > self.capacity {
            self.drop_at(self.oldest);
        }
        let at = self.claim(Entry { key, until, size, newer: NONE, older: NONE });
        self.used += size;
        self.places.insert(key, at);
        self.link_newest(at);
    }

    fn claim(&mut self, entry: Entry) -> u32 {
        if let Some(at) = self.free.pop() {
            self.entries[at as usize] = entry;
            return at;
        }
        self.entries.push(entry);
        self.entries.len() as u32 - 1
    }

    fn drop_at(&mut self, at: u32) {
        let Entry { key, size, .. } = self.entries[at as usize];
        self.unlink(at);
        self.places.remove(key);
        self.used -= size;
        self.free.push(at);
    }

    fn unlink(&mut self, at: u32) {
        let Entry { newer, older, .. } = self.entries[at as usize];
        match newer {
            NONE => self.newest = older,
            _ => self.entries[newer as usize].older = older,
        }
        match older {
            NONE => self.oldest = newer,
            _ => self.entries[older as usize].newer = newer,
        }
    }

    fn link_newest(&mut self, at: u32) {
        let older = std::mem::replace(&mut self.newest, at);
        let entry = &mut self.entries[at as usize];
        (entry.newer, entry.older) = (NONE, older);
        match older {
            NONE => self.oldest = at,
            _ => self.entries[older as usize].newer = at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition: a list of (key, until, size), the least recently used first.
    #[derive(Default)]
    struct Defined(Vec<(u64, Time, u64)>);

    impl Defined {
        fn get(&mut self, now: Time, key: u64) -> bool {
            self.0.retain(|(_, until, _)| *until > now);
            let Some(at) = self.0.iter().position(|(known, ..)| *known == key) else { return false };
            let entry = self.0.remove(at);
            self.0.push(entry);
            true
        }
    }

    #[test]
    fn an_entry_counts_up_to_its_end_and_no_further() {
        let mut cache = Cache::new(10);
        cache.put(Time::ZERO, 7, Time::from_secs(300), 1);
        assert!(cache.get(Time::from_nanos(299_999_999_999), 7));
        assert!(!cache.get(Time::from_secs(300), 7));
        assert!(cache.is_empty());
    }

    #[test]
    fn the_least_recently_used_gives_way() {
        let (mut cache, end) = (Cache::new(3), Time::from_secs(9));
        (0..3).for_each(|key| cache.put(Time::ZERO, key, end, 1));
        assert!(cache.get(Time::ZERO, 0));
        cache.put(Time::ZERO, 3, end, 1);
        assert_eq!([0, 1, 2, 3].map(|key| cache.get(Time::ZERO, key)), [true, false, true, true]);
        cache.put(Time::ZERO, 4, end, 2);
        assert_eq!([0, 2, 3, 4].map(|key| cache.get(Time::ZERO, key)), [false, false, true, true], "a large one needs the room of two");
        cache.put(Time::ZERO, 5, end, 4);
        assert_eq!([3, 4, 5].map(|key| cache.get(Time::ZERO, key)), [true, true, false], "what does not fit pushes nobody out");
    }

    #[test]
    fn keys_that_nobody_asks_for_again_do_not_gather() {
        let mut cache = Cache::new(u64::MAX);
        for second in 0..10_000 {
            cache.put(Time::from_secs(second), second, Time::from_secs(second + 100), 1);
        }
        assert!(cache.len() <= 101 && cache.entries.len() <= 101, "{} and {}", cache.len(), cache.entries.len());
    }

    proptest! {
        #[test]
        fn without_pressure_it_is_a_list_of_what_still_counts(steps in proptest::collection::vec((any::<bool>(), 0u64..20, 0u64..4), 1..200)) {
            let (mut cache, mut defined, mut now) = (Cache::new(1_000), Defined::default(), Time::ZERO);
            for (puts, key, seconds) in steps {
                now += Time::from_secs(seconds);
                if puts {
                    let until = now + Time::from_secs(5);
                    cache.put(now, key, until, 1);
                    defined.0.retain(|(known, ..)| *known != key);
                    defined.0.push((key, until, 1));
                } else {
                    prop_assert_eq!(cache.get(now, key), defined.get(now, key));
                }
            }
        }
    }
}
