//! Constant-delay lanes: deadlines that cost nothing unless they come true.
//!
//! All frames of a lane wait equally long, so the order of arming is the order of expiry and a doubly linked list is a priority queue. Only the lane
//! itself stands in the heap, at or before its head's deadline: arming and disarming are O(1), and memory is O(in flight).

use crate::units::Time;

use super::{
    frame::{Ix, NONE},
    queue::FIRST_LANE,
    world::World,
};

/// Index of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneId(pub(super) u32);

#[derive(Clone, Copy, Debug)]
pub(super) struct Lane {
    delay: Time,
    head: Ix,
    tail: Ix,
    /// Whether the lane stands in the heap.
    queued: bool,
}

impl World {
    /// The lane of this delay, made where there is none yet.
    pub fn lane(&mut self, delay: Time) -> LaneId {
        let found = self.lanes.iter().position(|lane| lane.delay == delay);
        let at = found.unwrap_or_else(|| {
            self.lanes.push(Lane { delay, head: NONE, tail: NONE, queued: false });
            self.lanes.len() - 1
        });
        LaneId(at as u32)
    }

    /// Sends [`Signal::Deadline`](super::Signal) to the frame when the lane's delay has passed, unless it is disarmed or ends before. Frames of
    /// equal deadline are told in the order of arming.
    #[inline]
    pub fn arm(&mut self, ix: Ix, lane: LaneId) {
        debug_assert_eq!(self.arena.frames[ix as usize].lane, NONE, "a frame has one deadline");
        let row = &mut self.lanes[lane.0 as usize];
        let deadline = self.now + row.delay;
        let tail = std::mem::replace(&mut row.tail, ix);
        if tail == NONE {
            row.head = ix;
        }
        if !std::mem::replace(&mut row.queued, true) {
            self.queue.push(deadline, FIRST_LANE + lane.0);
        }
        let frame = &mut self.arena.frames[ix as usize];
        (frame.lane, frame.lane_before, frame.lane_after, frame.deadline) = (lane.0, tail, NONE, deadline);
        if tail != NONE {
            self.arena.frames[tail as usize].lane_after = ix;
        }
    }

    /// Takes the frame's deadline away, where it has one.
    #[inline]
    pub fn disarm(&mut self, ix: Ix) {
        let frame = &mut self.arena.frames[ix as usize];
        let lane = std::mem::replace(&mut frame.lane, NONE);
        if lane == NONE {
            return;
        }
        let (before, after) = (frame.lane_before, frame.lane_after);
        match before {
            NONE => self.lanes[lane as usize].head = after,
            _ => self.arena.frames[before as usize].lane_after = after,
        }
        match after {
            NONE => self.lanes[lane as usize].tail = before,
            _ => self.arena.frames[after as usize].lane_before = before,
        }
    }

    /// The lane's turn in the heap has come: the frame whose deadline is now, or `None` after the lane went back to wait for its head.
    pub(super) fn expire(&mut self, lane: u32) -> Option<Ix> {
        let head = self.lanes[lane as usize].head;
        if head == NONE {
            self.lanes[lane as usize].queued = false;
            return None;
        }
        let deadline = self.arena.frames[head as usize].deadline;
        if deadline > self.now {
            self.queue.push(deadline, FIRST_LANE + lane);
            return None;
        }
        self.disarm(head);
        self.queue.push_now(FIRST_LANE + lane);
        Some(head)
    }
}
