//! Pending events, earliest first, ties in the order of scheduling.
//!
//! One event is one `u128`: `time (56 bits) | seq (44 bits) | slot (28 bits)`, so that comparing integers is comparing events, and equal times keep
//! their order. Events without delay never see the heap: they stand in a ring, which merges with it by sequence number.

use std::{cmp::Reverse, collections::VecDeque};

use dary_heap::QuaternaryHeap;

use crate::units::Time;

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

#[derive(Debug, Default, Clone)]
pub(super) struct Queue {
    heap: QuaternaryHeap<Reverse<u128>>,
    ring: VecDeque<(Seq, u32)>,
    seq: Seq,
}

impl Queue {
    /// Schedules `slot` for `at`; gives the number under which it will be popped.
    #[inline]
    pub fn push(&mut self, at: Time, slot: u32) -> Seq {
        self.seq += 1;
        debug_assert!(self.seq < 1 << SEQ_BITS, "the event counter ran over");
        let key = u128::from(at.as_nanos().min(LAST)) << (SEQ_BITS + SLOT_BITS) | u128::from(self.seq) << SLOT_BITS | u128::from(slot);
        self.heap.push(Reverse(key));
        self.seq
    }

    /// Schedules `slot` for this very instant, after everything that is already due now.
    #[inline]
    pub fn push_now(&mut self, slot: u32) -> Seq {
        self.seq += 1;
        self.ring.push_back((self.seq, slot));
        self.seq
    }

    /// The earliest event not later than `until`, where `now` is the time of those in the ring.
    #[inline]
    pub fn pop(&mut self, now: Time, until: Time) -> Option<(Time, Seq, u32)> {
        let top = self.heap.peek().map(|r| r.0);
        if let Some(&(seq, slot)) = self.ring.front() {
            let heap_first = top.is_some_and(|key| time_of(key) <= now && seq_of(key) < seq);
            if !heap_first {
                self.ring.pop_front();
                return Some((now, seq, slot));
            }
        }
        let key = top.filter(|key| time_of(*key) <= until)?;
        self.heap.pop();
        Some((time_of(key), seq_of(key), (key & SLOT_MASK) as u32))
    }
}

#[inline]
fn time_of(key: u128) -> Time {
    Time::from_nanos((key >> (SEQ_BITS + SLOT_BITS)) as u64)
}

#[inline]
fn seq_of(key: u128) -> Seq {
    (key >> SLOT_BITS & SEQ_MASK) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_ring_waits_for_heap_events_of_the_same_instant_that_were_scheduled_before_it() {
        let mut queue = Queue::default();
        queue.push(ns(5), 1);
        queue.push_now(2);
        queue.push(ns(5), 3);
        let order: Vec<u32> = std::iter::from_fn(|| queue.pop(ns(5), ns(9))).map(|e| e.2).collect();
        assert_eq!(order, [1, 2, 3]);
    }
}
