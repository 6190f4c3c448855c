//! Items that are being written: who comes while somebody else is at work on the same item is turned away, not queued.
//!
//! ```text
//!                            held by a write      held by a transaction
//! a write                    passes               TransactionConflictException
//! an action of a transaction TransactionCanceledException (TransactionConflict)
//! ```
//!
//! An item is held from its admission until the latency of its request has passed, after which the entry is stale: nobody has to release it. The
//! entries are a hash table with open addressing over mixed keys; a full one is made anew from those that still hold, so it stays within four times
//! the items in flight. Only a table that some transaction reaches keeps one. Source: AWS docs: dynamodb/transaction-apis, "Transaction conflict
//! handling"; that a transaction meets writes in progress too: API reference, TransactWriteItems.

use crate::{mechanism::luck::mix, units::Time};

/// One item that is, or was, being written.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    item: u64,
    /// When its request is over; 0 in a place that was never used.
    until: Time,
    by_transaction: bool,
}

/// The items of one table that are being written.
#[derive(Clone, Debug)]
pub(super) struct InProgress {
    /// A power of two of places, at most half of them used.
    places: Vec<Held>,
    used: usize,
}

/// Places of the smallest table.
const LEAST: usize = 16;

impl InProgress {
    pub fn new() -> Self {
        Self { places: vec![Held::default(); LEAST], used: 0 }
    }

    /// Whether a single write of this item is turned away.
    #[inline]
    pub fn refuses_write(&self, item: u64, now: Time) -> bool {
        let held = self.places[self.find(item)];
        held.by_transaction && held.until > now
    }

    /// Whether an action of a transaction on this item is turned away.
    #[inline]
    pub fn refuses_transaction(&self, item: u64, now: Time) -> bool {
        self.places[self.find(item)].until > now
    }

    /// Notes that this item is being written until then.
    #[inline]
    pub fn hold(&mut self, item: u64, now: Time, until: Time, by_transaction: bool) {
        if 2 * (self.used + 1) > self.places.len() {
            self.forget(now);
        }
        let at = self.find(item);
        let place = &mut self.places[at];
        self.used += usize::from(place.until == Time::ZERO);
        // Writes of one item do not conflict among themselves, so it is held until the last of them is over.
        *place = Held { item, until: until.max(place.until).max(Time::from_nanos(1)), by_transaction };
    }

    /// The place of the item, or the free one where it would be.
    #[inline]
    fn find(&self, item: u64) -> usize {
        let last = self.places.len() - 1;
        let mut at = mix(item) as usize & last;
        while self.places[at].until != Time::ZERO && self.places[at].item != item {
            at = (at + 1) & last;
        }
        at
    }

    /// Keeps only what is held still, in as many places as that needs.
    fn forget(&mut self, now: Time) {
        let held: Vec<Held> = self.places.iter().filter(|held| held.until > now).copied().collect();
        let places = (4 * (held.len() + 1)).next_power_of_two().max(LEAST);
        *self = Self { places: vec![Held::default(); places], used: held.len() };
        for held in held {
            let at = self.find(held.item);
            self.places[at] = held;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn ms(n: u64) -> Time {
        Time::from_millis(n)
    }

    #[test]
    fn writes_meet_transactions_and_transactions_meet_both() {
        let mut held = InProgress::new();
        held.hold(1, ms(0), ms(5), false);
        held.hold(2, ms(0), ms(5), true);
        assert_eq!([1, 2, 3].map(|item| held.refuses_write(item, ms(4))), [false, true, false]);
        assert_eq!([1, 2, 3].map(|item| held.refuses_transaction(item, ms(4))), [true, true, false]);
        assert!((1..4).all(|item| !held.refuses_write(item, ms(5)) && !held.refuses_transaction(item, ms(5))), "over when its time has passed");
    }

    #[test]
    fn an_item_is_held_until_the_last_of_its_writes_is_over() {
        let mut held = InProgress::new();
        held.hold(1, ms(0), ms(9), false);
        held.hold(1, ms(1), ms(5), false);
        assert!(held.refuses_transaction(1, ms(8)));
    }

    #[test]
    fn places_are_bounded_by_what_is_in_flight() {
        let mut held = InProgress::new();
        for n in 0..100_000 {
            held.hold(mix(n), ms(n), ms(n + 20), n % 2 == 0);
        }
        assert!(held.places.len() <= 128, "{} places for 20 items in flight", held.places.len());
    }

    #[test]
    fn it_agrees_with_a_map() {
        let (mut held, mut map) = (InProgress::new(), BTreeMap::new());
        for n in 0..20_000u64 {
            let (now, item) = (ms(n), mix(n) % 50);
            let until = map.get(&item).copied().unwrap_or(Time::ZERO);
            assert_eq!(held.refuses_transaction(item, now), until > now);
            if until <= now {
                let until = now + ms(mix(n ^ 7) % 90);
                held.hold(item, now, until, true);
                map.insert(item, until);
            }
        }
    }
}
