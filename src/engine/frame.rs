//! Frames: everything in flight, in one arena, linked into trees.
//!
//! A request's tree: client ─▶ API request ─▶ invocation ─▶ { branch ─▶ call, branch ─▶ call }. Links are plain indices, valid as long as both ends
//! live, which the arena sees to; whatever is kept outside the arena is an [`Id`], which a recycled slot does not honour.

use crate::{
    mechanism::luck::Luck,
    metrics::{CAUSES, Outcome, Spent},
    units::Time,
};

use super::event::Seq;

/// Index of a node of the topology.
pub type NodeId = u32;
/// What is asked of a node: an index into that node's own list of operations.
pub type OpId = u32;
/// Index of a live frame. Valid only within the handling of one signal: what is kept longer is an [`Id`].
pub type Ix = u32;

pub(super) const NONE: u32 = u32::MAX;

/// A handle that may outlive its frame; a stale one answers `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id {
    pub(super) ix: Ix,
    pub(super) generation: u32,
}

/// What happens to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// It reaches its node.
    Arrive,
    /// The delay it asked for has passed; the tag is its own.
    Wake(u8),
    /// The deadline it armed has come.
    Deadline,
    /// A child answered; what the parent called it is [`World::slot`](super::World::slot).
    Reply(Outcome),
    /// Its own answer leaves (never seen by a node: the engine turns it into the parent's `Reply`).
    Done(Outcome),
}

/// What work is about and where it comes from: what outlives the frame that made it, in a message or an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Lineage of the client's request that all this is for: attributes are drawn from it.
    pub request: u64,
    /// When the client's request was made.
    pub origin: Time,
    /// Size, bytes.
    pub bytes: u32,
    pub workload: u16,
    /// Invocations of functions in loops that it came through.
    pub hops: u8,
}

/// One thing in flight. The public fields belong to the service at whose node it is.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub luck: Luck,
    /// Lineage of the client's request that all this is for: attributes are drawn from it.
    pub request: u64,
    /// When the client's request was made.
    pub origin: Time,
    /// When this frame was made.
    pub born: Time,
    /// Free for the service: usually when the present step began.
    pub since: Time,
    pub node: NodeId,
    pub op: OpId,
    /// Size of the request, bytes.
    pub bytes: u32,
    pub workload: u16,
    /// Program counter.
    pub pc: u16,
    /// Iterations left or done, for two nested loops.
    pub loops: [u16; 2],
    /// Which message of its batch it is at.
    pub item: u16,
    /// Attempts made at the present step.
    pub tries: u8,
    pub state: u8,
    /// What the last retry took from a quota.
    pub debt: u16,
    /// Whether this is a branch of its parent at the same node, and not a request of its own.
    pub branch: bool,
    pub(super) live: bool,
    /// Invocations of functions in loops that this came through.
    pub hops: u8,
    /// The batch of messages that this is about.
    pub batch: u32,
    /// Index of the environment, slot or partition that this holds.
    pub env: u32,
    /// What the service likes.
    pub cargo: u32,
    /// µs by cause on the critical path.
    pub spent: Spent,
    /// What the parent calls this child.
    pub slot: u32,
    /// Children at work; a handler has at most ten thousand steps.
    pub kids: u16,
    pub(super) parent: Ix,
    pub(super) first_kid: Ix,
    pub(super) sibling_before: Ix,
    pub(super) sibling_after: Ix,
    pub(super) generation: u32,
    pub(super) lane: u32,
    pub(super) lane_before: Ix,
    pub(super) lane_after: Ix,
    pub(super) pending: Seq,
    pub(super) deadline: Time,
    pub(super) signal: Signal,
}

/// The arena: frames by index, the free ones in a list through `lane_after`.
#[derive(Clone, Debug)]
pub(super) struct Arena {
    pub frames: Vec<Frame>,
    free: Ix,
    live: u64,
}

impl Default for Arena {
    fn default() -> Self {
        Self { frames: Vec::new(), free: NONE, live: 0 }
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            luck: Luck::default(),
            request: 0,
            origin: Time::ZERO,
            born: Time::ZERO,
            since: Time::ZERO,
            node: 0,
            op: 0,
            bytes: 0,
            workload: 0,
            pc: 0,
            loops: [0; 2],
            item: 0,
            tries: 0,
            state: 0,
            debt: 0,
            branch: false,
            live: false,
            hops: 0,
            batch: NONE,
            env: NONE,
            cargo: NONE,
            spent: [0; CAUSES],
            slot: 0,
            kids: 0,
            parent: NONE,
            first_kid: NONE,
            sibling_before: NONE,
            sibling_after: NONE,
            generation: 0,
            lane: NONE,
            lane_before: NONE,
            lane_after: NONE,
            pending: 0,
            deadline: Time::ZERO,
            signal: Signal::Arrive,
        }
    }
}

impl Frame {
    /// What this is about, to be kept.
    #[inline]
    pub fn about(&self) -> About {
        let Frame { request, origin, bytes, workload, hops, .. } = *self;
        About { request, origin, bytes, workload, hops }
    }

    /// Makes this about something else: the next message of a batch.
    #[inline]
    pub fn set_about(&mut self, about: &About) {
        (self.request, self.origin, self.workload) = (about.request, about.origin, about.workload);
        (self.bytes, self.hops) = (about.bytes, about.hops);
    }

    /// The batch of messages that this is about, where it is about one.
    #[inline]
    pub fn batch(&self) -> Option<u32> {
        (self.batch != NONE).then_some(self.batch)
    }

    /// Begins anew in a slot that is free: field by field, for a whole frame that is made elsewhere is written twice.
    #[inline]
    pub(super) fn begin(&mut self, now: Time, node: NodeId, op: OpId, luck: Luck) {
        self.luck = luck;
        (self.born, self.since) = (now, now);
        (self.node, self.op) = (node, op);
        (self.pc, self.loops, self.item, self.tries, self.state, self.debt) = (0, [0; 2], 0, 0, 0, 0);
        (self.branch, self.live) = (false, true);
        (self.env, self.cargo, self.batch) = (NONE, NONE, NONE);
        self.spent = [0; CAUSES];
        (self.slot, self.kids) = (0, 0);
        (self.parent, self.first_kid, self.sibling_before, self.sibling_after) = (NONE, NONE, NONE, NONE);
        self.lane = NONE;
    }
}

impl Arena {
    /// Frames in use.
    #[inline]
    pub fn live(&self) -> u64 {
        self.live
    }

    /// A frame at work in a free slot, linked to nothing. Fields are set one by one: a whole frame made elsewhere would be written twice.
    #[inline]
    pub fn begin(&mut self, now: Time, node: NodeId, op: OpId, luck: Luck) -> (Ix, &mut Frame) {
        if self.free == NONE {
            self.grow();
        }
        let ix = self.free;
        let frame = &mut self.frames[ix as usize];
        self.free = frame.lane_after;
        self.live += 1;
        frame.begin(now, node, op, luck);
        (ix, frame)
    }

    #[cold]
    fn grow(&mut self) {
        self.free = self.frames.len() as Ix;
        self.frames.push(Frame::default());
    }

    /// Frees a slot; every `Id` of it is stale from now on. Its contents stay until it is claimed anew.
    #[inline]
    pub fn remove(&mut self, ix: Ix) {
        let frame = &mut self.frames[ix as usize];
        debug_assert!(frame.live, "a frame is freed once");
        frame.pending = 0;
        frame.live = false;
        frame.generation = frame.generation.wrapping_add(1);
        frame.lane_after = self.free;
        self.free = ix;
        self.live -= 1;
    }

    /// Takes `child` out of its parent's list; gives the parent.
    #[inline]
    pub fn leave(&mut self, child: Ix) -> Option<&mut Frame> {
        let frame = &mut self.frames[child as usize];
        let parent = std::mem::replace(&mut frame.parent, NONE);
        if parent == NONE {
            return None;
        }
        let (before, after) = (frame.sibling_before, frame.sibling_after);
        if after != NONE {
            self.frames[after as usize].sibling_before = before;
        }
        if before != NONE {
            self.frames[before as usize].sibling_after = after;
        }
        let mother = &mut self.frames[parent as usize];
        mother.kids -= 1;
        if mother.first_kid == child {
            mother.first_kid = after;
        }
        Some(mother)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_takes_184_bytes() {
        assert_eq!(size_of::<Frame>(), 184);
    }
}
