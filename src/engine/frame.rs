//! Frames: everything in flight, in one arena, linked into trees.
//!
//! A request's tree: client ─▶ API request ─▶ invocation ─▶ { branch ─▶ call, branch ─▶ call }. Links are plain indices, valid as long as both ends
//! live, which the arena sees to; whatever is kept outside the arena is an [`Id`], which a recycled slot does not honour.

use crate::{
    mechanism::luck::Luck,
    metrics::{Outcome, Spent},
    units::Time,
};

use super::queue::Seq;

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
    /// A child answered; `slot` is what the parent called it.
    Reply { slot: u32, outcome: Outcome },
    /// Its own answer leaves (never seen by a node: the engine turns it into the parent's `Reply`).
    Done(Outcome),
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
    /// Attempts made at the present step.
    pub tries: u8,
    pub state: u8,
    /// What the last retry took from a quota.
    pub debt: u16,
    /// Whether this is a branch of its parent at the same node, and not a request of its own.
    pub branch: bool,
    pub(super) live: bool,
    /// Index of the environment, slot or partition that this holds.
    pub env: u32,
    /// What the service likes.
    pub cargo: u32,
    /// µs by cause on the critical path.
    pub spent: Spent,
    /// What the parent calls this child.
    pub slot: u32,
    pub kids: u32,
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

/// The arena: frames by index, the free ones in a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Arena {
    pub frames: Vec<Frame>,
    free: Vec<Ix>,
}

impl Arena {
    /// Frames in use.
    #[inline]
    pub fn live(&self) -> u64 {
        (self.frames.len() - self.free.len()) as u64
    }

    /// Puts `frame` into a free slot.
    #[inline]
    pub fn insert(&mut self, mut frame: Frame) -> Ix {
        if let Some(ix) = self.free.pop() {
            let slot = &mut self.frames[ix as usize];
            frame.generation = slot.generation;
            *slot = frame;
            return ix;
        }
        self.frames.push(frame);
        (self.frames.len() - 1) as Ix
    }

    /// Frees a slot; every `Id` of it is stale from now on.
    #[inline]
    pub fn remove(&mut self, ix: Ix) {
        let frame = &mut self.frames[ix as usize];
        debug_assert!(frame.live, "a frame is freed once");
        frame.pending = 0;
        frame.live = false;
        frame.generation = frame.generation.wrapping_add(1);
        self.free.push(ix);
    }

    /// Makes `child` the first child of `parent`.
    #[inline]
    pub fn adopt(&mut self, parent: Ix, child: Ix) {
        let mother = &mut self.frames[parent as usize];
        let elder = std::mem::replace(&mut mother.first_kid, child);
        mother.kids += 1;
        let frame = &mut self.frames[child as usize];
        frame.parent = parent;
        frame.sibling_before = NONE;
        frame.sibling_after = elder;
        if elder != NONE {
            self.frames[elder as usize].sibling_before = child;
        }
    }

    /// Takes `child` out of its parent's list; gives the parent.
    #[inline]
    pub fn leave(&mut self, child: Ix) -> Option<Ix> {
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
        Some(parent)
    }
}
