//! Messages that wait for a time: delayed ones, and those in flight until they become visible again.
//!
//! ```text
//! 30 s:  a ─ b ─ c      of each length one list, in the order of its coming, which is the order of its end
//!  5 s:  d ─ e
//! ```
//!
//! A queue knows a handful of lengths, so looking at every list's head is finding the next. Nothing here schedules: that is the queue's clock.

use crate::{
    engine::{List, Messages, Slot},
    units::Time,
};

/// Lists by length of wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes {
    lanes: Vec<(Time, List<0>)>,
    len: u64,
}

impl Lanes {
    pub fn len(&self) -> u64 {
        self.len
    }

    /// The list for waits of this length, made where there is none yet.
    #[inline]
    pub fn of(&mut self, wait: Time) -> u32 {
        match self.lanes.iter().position(|lane| lane.0 == wait) {
            Some(at) => at as u32,
            None => {
                self.lanes.push((wait, List::default()));
                self.lanes.len() as u32 - 1
            }
        }
    }

    /// From now on the message waits as long as all of this list; gives the time of its end.
    #[inline]
    pub fn push(&mut self, store: &mut Messages, slot: Slot, now: Time, lane: u32) -> Time {
        let (wait, list) = &mut self.lanes[lane as usize];
        let due = now.saturating_add(*wait);
        let message = store.get_mut(slot);
        (message.due, message.list) = (due, lane);
        list.push_back(store, slot);
        self.len += 1;
        due
    }

    #[inline]
    pub fn remove(&mut self, store: &mut Messages, slot: Slot) {
        let at = store.get(slot).list as usize;
        self.lanes[at].1.remove(store, slot);
        self.len -= 1;
    }

    /// When the first wait will be over.
    pub fn next_due(&self, store: &Messages) -> Time {
        let due = |list: &List<0>| list.first().map_or(Time::MAX, |slot| store.get(slot).due);
        self.lanes.iter().map(|(_, list)| due(list)).min().unwrap_or(Time::MAX)
    }

    /// Takes out one whose wait is over.
    pub fn pop_due(&mut self, store: &mut Messages, now: Time) -> Option<Slot> {
        let over = |list: &List<0>| list.first().filter(|slot| store.get(*slot).due <= now);
        let (at, slot) = self
            .lanes
            .iter()
            .enumerate()
            .filter_map(|(at, (_, list))| over(list).map(|slot| (at, slot)))
            .min_by_key(|(_, slot)| store.get(*slot).due)?;
        self.lanes[at].1.remove(store, slot);
        self.len -= 1;
        Some(slot)
    }
}
