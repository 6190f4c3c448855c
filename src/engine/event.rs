//! One pending event as one integer: `time (56 bits) | seq (44 bits) | slot (28 bits)`.
//!
//! Comparing integers is comparing events, and equal times keep the order of scheduling. 56 bits of nanoseconds are 834 days, 44 bits are seventeen
//! trillion events.

use crate::units::Time;

const SEQ_BITS: u32 = 44;
const SLOT_BITS: u32 = 28;

/// The last instant that an event can have, ns: what is due later never comes, for no run is that long.
const LAST: u64 = (1 << 56) - 1;

/// The number of one scheduled event; 0 is none.
pub(super) type Seq = u64;

/// Slots from here on are lanes, below are frames.
pub(super) const FIRST_LANE: u32 = 1 << (SLOT_BITS - 1);

/// An event that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event(u128);

impl Event {
    #[inline]
    pub fn new(at: Time, seq: Seq, slot: u32) -> Self {
        debug_assert!(seq < 1 << SEQ_BITS, "the event counter ran over");
        Self(u128::from(at.as_nanos().min(LAST)) << (SEQ_BITS + SLOT_BITS) | u128::from(seq) << SLOT_BITS | u128::from(slot))
    }

    #[inline]
    pub fn at(self) -> Time {
        Time::from_nanos((self.0 >> (SEQ_BITS + SLOT_BITS)) as u64)
    }

    /// Time, number and slot.
    #[inline]
    pub fn parts(self) -> (Time, Seq, u32) {
        (self.at(), self.seq(), self.slot())
    }

    #[inline]
    pub fn seq(self) -> Seq {
        (self.0 >> SLOT_BITS) as u64 & ((1 << SEQ_BITS) - 1)
    }

    #[inline]
    fn slot(self) -> u32 {
        self.0 as u32 & ((1 << SLOT_BITS) - 1)
    }
}
