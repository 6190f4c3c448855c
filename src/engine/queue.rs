//! Pending events, earliest first, ties in the order of scheduling.
//!
//! Where an event waits depends on how far it is:
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

use super::{
    event::{Event, Seq},
    wheel::Wheel,
};

#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    /// The first event without delay, which mostly is the only one.
    front: Option<(Seq, u32)>,
    /// Those behind it.
    ring: VecDeque<(Seq, u32)>,
    /// The bucket whose turn it is, the earliest event last.
    current: Vec<Event>,
    /// Events that were scheduled into the current bucket's time after its turn had come.
    late: QuaternaryHeap<Reverse<Event>>,
    wheel: Wheel,
    seq: Seq,
}

impl Queue {
    /// Schedules `slot` for `at`; gives the number under which it will be popped.
    #[inline]
    pub fn push(&mut self, at: Time, slot: u32) -> Seq {
        self.seq += 1;
        let event = Event::new(at, self.seq, slot);
        if !self.wheel.put(event) {
            self.late.push(Reverse(event));
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
            let other_first = self.top().is_some_and(|event| event.at() <= now && event.seq() < seq);
            if !other_first {
                self.front = self.ring.pop_front();
                return Some((now, seq, slot));
            }
        }
        if self.late.is_empty() {
            if self.current.is_empty() && !self.wheel.turn(&mut self.current) {
                return None;
            }
            return self.current.pop_if(|event| event.at() <= until).map(Event::parts);
        }
        let event = self.top().filter(|event| event.at() <= until)?;
        if self.current.last() == Some(&event) {
            self.current.pop();
        } else {
            self.late.pop();
        }
        Some(event.parts())
    }

    /// An event that was popped a moment ago has to wait for earlier ones after all.
    #[cold]
    pub fn put_back(&mut self, at: Time, seq: Seq, slot: u32) {
        self.late.push(Reverse(Event::new(at, seq, slot)));
    }

    /// The earliest event of the current bucket's time.
    #[inline]
    fn top(&self) -> Option<Event> {
        let sorted = self.current.last().copied();
        match self.late.peek() {
            None => sorted,
            Some(Reverse(late)) => Some(sorted.map_or(*late, |event| event.min(*late))),
        }
    }
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

    #[test]
    fn what_is_put_back_waits_for_what_is_earlier() {
        let mut queue = Queue::default();
        queue.push(ns(50_000_000), 1);
        let (at, seq, slot) = queue.pop(ns(0), ns(u64::MAX)).expect("one is there");
        queue.put_back(at, seq, slot);
        queue.push(ns(10_000_000), 2);
        queue.push(ns(60_000_000), 3);
        let order: Vec<u32> = std::iter::from_fn(|| queue.pop(ns(5), ns(u64::MAX))).map(|e| e.2).collect();
        assert_eq!(order, [2, 1, 3]);
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
