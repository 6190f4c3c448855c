//! Constant-delay lanes: deadlines that cost nothing unless they come true.
//!
//! All frames of a lane wait equally long, so the order of arming is the order of expiry and a doubly linked list is a priority queue. Only the lane
//! itself stands in the queue, at or before its head's deadline: arming and disarming are O(1), and memory is O(in flight).

use crate::units::Time;

use super::{
    event::FIRST_LANE,
    frame::{Arena, Ix, NONE},
    queue::Queue,
};

/// Index of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneId(u32);

#[derive(Clone, Copy, Debug)]
struct Lane {
    delay: Time,
    head: Ix,
    tail: Ix,
    /// Whether the lane stands in the queue.
    queued: bool,
}

/// Every lane of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes(Vec<Lane>);

impl Lanes {
    /// The lane of this delay, made where there is none yet.
    pub fn of(&mut self, delay: Time) -> LaneId {
        let found = self.0.iter().position(|lane| lane.delay == delay);
        let at = found.unwrap_or_else(|| {
            self.0.push(Lane { delay, head: NONE, tail: NONE, queued: false });
            self.0.len() - 1
        });
        LaneId(at as u32)
    }

    /// Puts a frame at the end of a lane.
    #[inline]
    pub fn arm(&mut self, arena: &mut Arena, queue: &mut Queue, now: Time, ix: Ix, lane: LaneId) {
        debug_assert_eq!(arena.frames[ix as usize].lane, NONE, "a frame has one deadline");
        let row = &mut self.0[lane.0 as usize];
        let deadline = now + row.delay;
        let tail = std::mem::replace(&mut row.tail, ix);
        if tail == NONE {
            row.head = ix;
        }
        if !std::mem::replace(&mut row.queued, true) {
            queue.push(deadline, FIRST_LANE + lane.0);
        }
        let frame = &mut arena.frames[ix as usize];
        (frame.lane, frame.lane_before, frame.lane_after, frame.deadline) = (lane.0, tail, NONE, deadline);
        if tail != NONE {
            arena.frames[tail as usize].lane_after = ix;
        }
    }

    /// Takes a frame out of its lane, where it is in one.
    #[inline(always)]
    pub fn disarm(&mut self, arena: &mut Arena, ix: Ix) {
        let frame = &mut arena.frames[ix as usize];
        let lane = std::mem::replace(&mut frame.lane, NONE);
        if lane == NONE {
            return;
        }
        let (before, after) = (frame.lane_before, frame.lane_after);
        match before {
            NONE => self.0[lane as usize].head = after,
            _ => arena.frames[before as usize].lane_after = after,
        }
        match after {
            NONE => self.0[lane as usize].tail = before,
            _ => arena.frames[after as usize].lane_before = before,
        }
    }

    /// The lane's turn in the queue has come: the frame whose deadline is now, or `None` after the lane went back to wait for its head.
    pub fn expire(&mut self, arena: &mut Arena, queue: &mut Queue, now: Time, lane: u32) -> Option<Ix> {
        let head = self.0[lane as usize].head;
        if head == NONE {
            self.0[lane as usize].queued = false;
            return None;
        }
        let deadline = arena.frames[head as usize].deadline;
        if deadline > now {
            queue.push(deadline, FIRST_LANE + lane);
            return None;
        }
        self.disarm(arena, head);
        queue.push_now(FIRST_LANE + lane);
        Some(head)
    }
}
