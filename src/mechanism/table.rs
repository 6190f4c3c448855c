//! A table from keys to small numbers, for what is looked up at every request: no allocation but when it grows, no order, nothing random.
//!
//! ```text
//! open addressing by a mixed key, load ≤ ½; what is taken out lets those behind it move up (Knuth's algorithm R), so that no tombstones gather
//! ```
//!
//! Left out: iteration, which nothing needs and which would show an order that means nothing.

use super::luck::mix;

/// What a free slot holds.
const FREE: u32 = u32::MAX;

/// Numbers below 2³² − 1, by key.
#[derive(Clone, Debug)]
pub struct Table {
    /// A power of two of slots.
    slots: Vec<(u64, u32)>,
    len: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self { slots: vec![(0, FREE); 16], len: 0 }
    }
}

impl Table {
    /// Keys in it.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no key in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of this key.
    #[inline]
    pub fn get(&self, key: u64) -> Option<u32> {
        let value = self.slots[self.slot(key)].1;
        (value != FREE).then_some(value)
    }

    /// Gives a key its number, in place of the one that it had.
    pub fn insert(&mut self, key: u64, value: u32) {
        debug_assert_ne!(value, FREE, "this number stands for a free slot");
        if (self.len + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let at = self.slot(key);
        self.len += usize::from(self.slots[at].1 == FREE);
        self.slots[at] = (key, value);
    }

    /// Takes a key out, with its number.
    pub fn remove(&mut self, key: u64) -> Option<u32> {
        let mut hole = self.slot(key);
        let value = self.slots[hole].1;
        if value == FREE {
            return None;
        }
        self.slots[hole].1 = FREE;
        self.len -= 1;
        let mut at = hole;
        loop {
            at = (at + 1) & self.mask();
            let (key, value) = self.slots[at];
            if value == FREE {
                break;
            }
            // It may move up to the hole unless its home lies behind it.
            let from_home = at.wrapping_sub(self.home(key)) & self.mask();
            if from_home >= at.wrapping_sub(hole) & self.mask() {
                self.slots[hole] = (key, value);
                self.slots[at].1 = FREE;
                hole = at;
            }
        }
        Some(value)
    }

    fn mask(&self) -> usize {
        self.slots.len() - 1
    }

    #[inline]
    fn home(&self, key: u64) -> usize {
        mix(key) as usize & self.mask()
    }

    /// Where a key stands, or the free slot where it would.
    #[inline]
    fn slot(&self, key: u64) -> usize {
        let mut at = self.home(key);
        while self.slots[at].1 != FREE && self.slots[at].0 != key {
            at = (at + 1) & self.mask();
        }
        at
    }

    #[cold]
    fn grow(&mut self) {
        let larger = vec![(0, FREE); self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, larger);
        self.len = 0;
        old.into_iter().filter(|(_, value)| *value != FREE).for_each(|(key, value)| self.insert(key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_answers_as_a_map_does(steps in proptest::collection::vec((0u8..3, 0u64..40, 0u32..1000), 1..300)) {
            let (mut table, mut map) = (Table::default(), BTreeMap::new());
            for (what, key, value) in steps {
                match what {
                    0 => prop_assert_eq!(table.remove(key), map.remove(&key)),
                    1 => {
                        table.insert(key, value);
                        map.insert(key, value);
                    }
                    _ => prop_assert_eq!(table.get(key), map.get(&key).copied()),
                }
                prop_assert_eq!(table.len(), map.len());
            }
            (0..40).for_each(|key| assert_eq!(table.get(key), map.get(&key).copied()));
        }
    }
}
