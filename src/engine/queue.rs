//! Pending events, earliest first, ties in the order of scheduling.
//!
//! One event is one `u128`: `time (56 bits) | seq (44 bits) | slot (28 bits)`, so that comparing integers is comparing events, and equal times keep
//! their order. Where an event waits depends on how far it is:
//!
//! ```text
//! front, ring │ current (sorted), late (heap) │ wheel: 4096 buckets of 2^shift ns │ far (heap)
//!  no delay   │  this bucket's stretch of time │  unsorted until their turn comes  │ beyond the wheel
//! ```
//!
//! Nearly every event is written into a bucket once and sorted among one or two others, where a heap would compare it a dozen times (the numbers
//! are in `docs/design.md`). The width of the buckets follows the density of events; it changes the cost, never the order.

use std::{cmp::Reverse, collections::VecDeque};

use dary_heap::QuaternaryHeap;

use crate::units::Time;

use super::wheel::Wheel;

const SEQ_BITS: u32 = 44;
const SLOT_BITS: u32 = 28;
const SLOT_MASK: u128 = (1 << SLOT_BITS) - 1;
const SEQ_MASK: u128 = (1 << SEQ_BITS) - 1;
/// The last instant that an event can have, in ns (834 days): what is due later never comes, as no run is that long.
const LAST: u64 = (1 << 56) - 1;

/// The number of one scheduled event; 0 is none.
pub(super) type Seq = u64;

/// Slots from here on are lanes, below are frames.
pub(super) const FIRST_LANE: u32 = 1 << (SLOT_BITS - 1);

#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    /// The first event without delay, which mostly is the only one.
    front: Option<(Seq, u32)>,
    /// Those behind it.
    ring: VecDeque<(Seq, u32)>,
    /// The bucket whose turn it is, the earliest event last.
    current: Vec<u128>,
    /// Events that were scheduled into the current bucket's time after its turn had come.
    late: QuaternaryHeap<Reverse<u128>>,
    wheel: Wheel,
    seq: Seq,
}

impl Queue {
    /// Schedules `slot` for `at`; gives the number under which it will be popped.
    #[inline]
    pub fn push(&mut self, at: Time, slot: u32) -> Seq {
        self.seq += 1;
        debug_assert!(self.seq < 1 << SEQ_BITS, "the event counter ran over");
        let key = u128::from(at.as_nanos().min(LAST)) << (SEQ_BITS + SLOT_BITS) | u128::from(self.seq) << SLOT_BITS | u128::from(slot);
        if !self.wheel.put(key) {
            self.late.push(Reverse(key));
        }
        self.seq
    }

    /// Schedules `slot` for this very instant, after everything that is already due now.
    #[inline]
    pub fn push_now(&mut self, slot: u32) -> Seq {
        self.seq += 1;
        match self.front {
            None => self.front = Some((self.seq, slot)),
            Some(_) => self.ring.push_back((self.seq, slot)),
        }
        self.seq
    }

    /// The earliest event not later than `until`, where `now` is the time of those in the ring.
    #[inline]
    pub fn pop(&mut self, now: Time, until: Time) -> Option<(Time, Seq, u32)> {
        if let Some((seq, slot)) = self.front {
            let other_first = self.top().is_some_and(|key| time_of(key) <= now && seq_of(key) < seq);
            if !other_first {
                self.front = self.ring.pop_front();
                return Some((now, seq, slot));
            }
        }
        let key = match self.top() {
            Some(key) => key,
            None if self.wheel.turn(&mut self.current) => self.current.last().copied()?,
            None => return None,
        };
        if time_of(key) > until {
            return None;
        }
        if self.current.last() == Some(&key) {
            self.current.pop();
        } else {
            self.late.pop();
        }
        Some((time_of(key), seq_of(key), (key & SLOT_MASK) as u32))
    }

    /// The earliest event of the current bucket's time.
    #[inline]
    fn top(&self) -> Option<u128> {
        let sorted = self.current.last().copied();
        match self.late.peek() {
            None => sorted,
            Some(Reverse(late)) => Some(sorted.map_or(*late, |key| key.min(*late))),
        }
    }
}

#[inline]
pub(super) fn time_of(key: u128) -> Time {
    Time::from_nanos((key >> (SEQ_BITS + SLOT_BITS)) as u64)
}

#[inline]
fn seq_of(key: u128) -> Seq {
    (key >> SLOT_BITS & SEQ_MASK) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn ns(n: u64) -> Time {
        Time::from_nanos(n)
    }

    #[test]
    fn events_leave_in_order_of_time_then_of_scheduling() {
        let mut queue = Queue::default();
        for (at, slot) in [(30, 0), (10, 1), (30, 2), (10, 3), (20, 4)] {
            queue.push(ns(at), slot);
        }
        let popped: Vec<_> = std::iter::from_fn(|| queue.pop(ns(0), ns(25))).map(|(at, _, slot)| (at.as_nanos(), slot)).collect();
        assert_eq!(popped, [(10, 1), (10, 3), (20, 4)]);
        assert_eq!(queue.pop(ns(0), ns(30)).map(|e| e.2), Some(0));
    }

    #[test]
    fn the_ring_waits_for_other_events_of_the_same_instant_that_were_scheduled_before_it() {
        let mut queue = Queue::default();
        queue.push(ns(5), 1);
        assert_eq!(queue.pop(ns(5), ns(0)), None);
        queue.push_now(2);
        queue.push(ns(5), 3);
        let order: Vec<u32> = std::iter::from_fn(|| queue.pop(ns(5), ns(9))).map(|e| e.2).collect();
        assert_eq!(order, [1, 2, 3]);
    }

    /// The reference is an ordered set; delays reach over twelve orders of magnitude, so that every part of the queue takes part.
    #[test]
    fn a_long_mixed_history_leaves_in_the_order_of_a_sorted_set() {
        let (mut queue, mut set, mut now) = (Queue::default(), BTreeSet::new(), Time::ZERO);
        let mut luck = crate::mechanism::luck::Keyed::new(7);
        for round in 0..400_000_u32 {
            if set.len() < 300 || (set.len() < 3_000 && luck.chance(0.5)) {
                // Epochs of short and of long delays make the wheel change its width in both directions.
                let longest = if round / 25_000 % 2 == 0 { 12 } else { 40 };
                let delay = ns(1 << luck.below(longest)) + ns(luck.below(1_000));
                let seq = queue.push(now + delay, round);
                set.insert((now + delay, seq, round));
            } else {
                let expected = set.pop_first();
                let popped = queue.pop(now, Time::from_secs(1 << 24));
                assert_eq!(popped, expected);
                now = popped.map_or(now, |e| e.0);
            }
        }
        while let Some(expected) = set.pop_first() {
            assert_eq!(queue.pop(now, Time::from_secs(1 << 24)), Some(expected));
            now = expected.0;
        }
        assert_eq!(queue.pop(now, Time::from_secs(1 << 24)), None);
    }
}
