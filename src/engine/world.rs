//! The world as a node sees it: the clock, the frames, the shared limits, the records; and the verbs that move frames.
//!
//! `call` a node · `fork` a branch · `finish` with an answer · `wake` after a delay · `arm` a deadline (see `lane`) · `orphan` · `cancel`.

use crate::{
    mechanism::{attribute::Attribute, luck::Luck},
    metrics::{Cause, Class, Latency, Outcome, Recorder, Witnesses},
    units::Time,
};

use super::{
    event::Seq,
    frame::{About, Arena, Frame, Id, Ix, NONE, NodeId, OpId, Signal},
    lane::{LaneId, Lanes},
    message::{BatchIx, Messages},
    queue::Queue,
    shared::Shared,
};

/// What became of the requests of one node; `arrived = ok + refused + failed + in flight` always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub arrived: u64,
    pub ok: u64,
    /// Throttled or rejected.
    pub refused: u64,
    /// Timed out or failed.
    pub failed: u64,
}

/// What every node may ask about a request's origin.
#[derive(Clone, Debug, Default)]
pub struct Traits {
    /// Higher goes first, where a queue knows priorities.
    pub priority: u32,
    /// By attribute id; `None` where this workload does not set it.
    pub attributes: Vec<Option<Attribute>>,
    /// Where this workload's work ends, which may be long after its requests were answered, and the record of when it did.
    pub end: Option<(NodeId, Latency)>,
}

/// Everything but the nodes.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) now: Time,
    pub(super) queue: Queue,
    pub(super) arena: Arena,
    pub(super) lanes: Lanes,
    pub shared: Shared,
    pub messages: Messages,
    pub metrics: Recorder,
    pub witnesses: Witnesses,
    /// By workload; behind the last one stands nobody, who makes what is there at the start.
    pub traits: Vec<Traits>,
    pub(super) tallies: Vec<Tally>,
    /// What the parent called the child whose reply it is hearing.
    pub slot: u32,
}

impl World {
    pub fn new(metrics: Recorder) -> Self {
        let (queue, arena, lanes, shared, messages) = Default::default();
        let witnesses = Witnesses::default();
        Self { now: Time::ZERO, queue, arena, lanes, shared, messages, metrics, witnesses, traits: Vec::new(), tallies: Vec::new(), slot: 0 }
    }

    #[inline]
    pub fn now(&self) -> Time {
        self.now
    }

    #[inline]
    pub fn frame(&self, ix: Ix) -> &Frame {
        &self.arena.frames[ix as usize]
    }

    #[inline]
    pub fn frame_mut(&mut self, ix: Ix) -> &mut Frame {
        &mut self.arena.frames[ix as usize]
    }

    /// A handle to keep.
    #[inline]
    pub fn id(&self, ix: Ix) -> Id {
        Id { ix, generation: self.frame(ix).generation }
    }

    /// The frame behind a handle, while it lives.
    #[inline]
    pub fn live(&self, id: Id) -> Option<Ix> {
        let frame = self.frame(id.ix);
        (frame.live && frame.generation == id.generation).then_some(id.ix)
    }

    /// Frames in flight, of every kind, and messages that wait.
    pub fn in_flight(&self) -> u64 {
        self.arena.live() + self.messages.live()
    }

    /// The key that this frame's request drew for an attribute; a key of its own where its workload does not set it.
    #[inline]
    pub fn attribute(&self, ix: Ix, attribute: u32) -> u64 {
        let frame = self.frame(ix);
        let set = self.traits.get(frame.workload as usize).and_then(|t| t.attributes.get(attribute as usize)?.as_ref());
        set.map_or(frame.request, |a| a.draw_at(frame.request, attribute, frame.origin))
    }

    /// The same for what is kept of a request.
    pub fn attribute_of(&self, about: &About, attribute: u32) -> u64 {
        let set = self.traits.get(about.workload as usize).and_then(|t| t.attributes.get(attribute as usize)?.as_ref());
        set.map_or(about.request, |a| a.draw_at(about.request, attribute, about.origin))
    }

    /// A frame without a parent, at work at once: no event.
    #[inline]
    pub fn spawn(&mut self, node: NodeId, op: OpId, workload: u16, luck: Luck) -> Ix {
        self.arrived(node);
        let (ix, frame) = self.arena.begin(self.now, node, op, luck);
        (frame.origin, frame.request, frame.workload, frame.bytes, frame.hops) = (self.now, luck.lineage, workload, 0, 0);
        ix
    }

    /// Asks `op` of another node in nobody's name: no answer is awaited. It arrives there `after` from now.
    #[inline]
    pub fn post(&mut self, about: &About, to: NodeId, op: OpId, luck: Luck, after: Time) -> Ix {
        self.arrived(to);
        let (ix, frame) = self.arena.begin(self.now, to, op, luck);
        frame.set_about(about);
        self.schedule(ix, Signal::Arrive, after);
        ix
    }

    /// A job of the node's own, which is no request and is never counted as one: an event that waits for its turn, a delivery.
    #[inline]
    pub fn job(&mut self, about: &About, node: NodeId, luck: Luck) -> Ix {
        let (ix, frame) = self.arena.begin(self.now, node, 0, luck);
        frame.set_about(about);
        frame.branch = true;
        ix
    }

    /// How many workloads there are: the nodes below are they.
    pub fn workloads(&self) -> NodeId {
        self.traits.len() as NodeId - 1
    }

    /// Who waits for this frame's answer.
    #[inline]
    pub fn parent(&self, ix: Ix) -> Option<Ix> {
        let parent = self.frame(ix).parent;
        (parent != NONE).then_some(parent)
    }

    /// Hands a batch to whoever waits for this frame's answer; `false` where nobody does.
    #[inline]
    pub fn hand_up(&mut self, ix: Ix, batch: BatchIx) -> bool {
        let parent = self.parent(ix);
        if let Some(parent) = parent {
            self.frame_mut(parent).batch = batch;
        }
        parent.is_some()
    }

    /// Takes the batch from a frame.
    #[inline]
    pub fn take_batch(&mut self, ix: Ix) -> Option<BatchIx> {
        let batch = std::mem::replace(&mut self.frame_mut(ix).batch, NONE);
        (batch != NONE).then_some(batch)
    }

    /// Work about this has been done at `node`: notes how long it took since its origin, where the workload says that it ends there.
    #[inline]
    pub fn reach(&mut self, node: NodeId, workload: u16, origin: Time) {
        if let Some((end, latency)) = self.traits[workload as usize].end
            && end == node
        {
            self.metrics.record(latency, self.now - origin);
        }
    }

    /// A frame that only tells time at its node: a source of arrivals, a clock. It is no request and is never counted as one.
    pub fn timer(&mut self, node: NodeId) -> Ix {
        let (ix, frame) = self.arena.begin(self.now, node, 0, Luck::default());
        (frame.origin, frame.request, frame.workload, frame.bytes, frame.branch, frame.hops) = (self.now, 0, 0, 0, true, 0);
        ix
    }

    /// Asks `op` of another node on behalf of `parent`, which will hear `Reply` and find `slot` in [`World::slot`]. It arrives there `after` from now.
    #[inline]
    pub fn call(&mut self, parent: Ix, slot: u32, to: NodeId, op: OpId, luck: Luck, after: Time) -> Ix {
        self.arrived(to);
        let child = self.child(parent, slot, to, op, luck);
        self.schedule(child, Signal::Arrive, after);
        child
    }

    /// A branch of `parent` at the same node, at work at once: no event, no request of its own.
    #[inline]
    pub fn fork(&mut self, parent: Ix, slot: u32, luck: Luck) -> Ix {
        let Frame { node, op, env, .. } = *self.frame(parent);
        let child = self.child(parent, slot, node, op, luck);
        let frame = self.frame_mut(child);
        (frame.branch, frame.env) = (true, env);
        child
    }

    #[inline]
    fn child(&mut self, parent: Ix, slot: u32, node: NodeId, op: OpId, luck: Luck) -> Ix {
        let Frame { request, origin, workload, bytes, hops, first_kid: elder, .. } = *self.frame(parent);
        let (child, frame) = self.arena.begin(self.now, node, op, luck);
        (frame.request, frame.origin, frame.workload, frame.bytes, frame.hops) = (request, origin, workload, bytes, hops);
        (frame.parent, frame.slot, frame.sibling_after) = (parent, slot, elder);
        if elder != NONE {
            self.frame_mut(elder).sibling_before = child;
        }
        let mother = self.frame_mut(parent);
        mother.first_kid = child;
        mother.kids += 1;
        child
    }

    /// The lane of this delay, made where there is none yet.
    pub fn lane(&mut self, delay: Time) -> LaneId {
        self.lanes.of(delay)
    }

    /// Sends [`Signal::Deadline`] to the frame when the lane's delay has passed, unless it is disarmed or ends before. Frames of equal deadline are
    /// told in the order of arming.
    #[inline]
    pub fn arm(&mut self, ix: Ix, lane: LaneId) {
        self.lanes.arm(&mut self.arena, &mut self.queue, self.now, ix, lane);
    }

    /// Takes the frame's deadline away, where it has one.
    #[inline(always)]
    pub fn disarm(&mut self, ix: Ix) {
        self.lanes.disarm(&mut self.arena, ix);
    }

    /// The frame of this lane whose deadline is now.
    pub(super) fn expire(&mut self, lane: u32) -> Option<Ix> {
        self.lanes.expire(&mut self.arena, &mut self.queue, self.now, lane)
    }

    /// Answers after a delay that is put down to `cause`.
    #[inline]
    pub fn finish_spending(&mut self, ix: Ix, outcome: Outcome, cause: Cause, after: Time) {
        self.spend(ix, cause, after);
        self.finish(ix, outcome, after);
    }

    /// Answers: the parent hears of it `after` from now, if somebody still waits. Children that are left run on as orphans.
    #[inline]
    pub fn finish(&mut self, ix: Ix, outcome: Outcome, after: Time) {
        let frame = self.frame(ix);
        let (armed, kids) = (frame.lane != NONE, frame.first_kid != NONE);
        if kids {
            self.orphan(ix);
        }
        if armed {
            self.disarm(ix);
        }
        let seq = self.enqueue(ix, after);
        let frame = self.frame_mut(ix);
        (frame.pending, frame.signal) = (seq, Signal::Done(outcome));
    }

    /// Ends a frame that nobody waits for, at once and without an event.
    #[inline]
    pub fn end(&mut self, ix: Ix, outcome: Outcome) {
        debug_assert_eq!(self.frame(ix).parent, NONE, "somebody waits for this frame");
        self.orphan(ix);
        self.disarm(ix);
        self.release(ix, outcome.class);
    }

    /// Counts a request that a timer frame makes in its own name (the user of a closed loop).
    pub fn count_arrived(&mut self, ix: Ix) {
        let frame = self.frame_mut(ix);
        frame.branch = false;
        let node = frame.node;
        self.arrived(node);
    }

    #[inline]
    fn arrived(&mut self, node: NodeId) {
        self.metrics.arrive(node as usize);
    }

    /// Counts the end of a request that a timer frame made; the frame lives on.
    pub fn count_done(&mut self, ix: Ix, class: Class) {
        let frame = self.frame_mut(ix);
        frame.branch = true;
        let node = frame.node;
        self.tally_done(node, class);
    }

    /// Sends `Wake(tag)` to the frame after a delay.
    #[inline]
    pub fn wake(&mut self, ix: Ix, tag: u8, after: Time) {
        self.schedule(ix, Signal::Wake(tag), after);
    }

    /// Takes back what the frame was waiting for.
    #[inline]
    pub fn unschedule(&mut self, ix: Ix) {
        self.frame_mut(ix).pending = 0;
    }

    #[inline]
    fn schedule(&mut self, ix: Ix, signal: Signal, after: Time) {
        debug_assert_eq!(self.frame(ix).pending, 0, "a frame has at most one pending event");
        let seq = self.enqueue(ix, after);
        let frame = self.frame_mut(ix);
        (frame.pending, frame.signal) = (seq, signal);
    }

    #[inline]
    fn enqueue(&mut self, ix: Ix, after: Time) -> Seq {
        match after {
            Time::ZERO => self.queue.push_now(ix),
            _ => self.queue.push(self.now + after, ix),
        }
    }

    /// Notes time on the critical path.
    #[inline]
    pub fn spend(&mut self, ix: Ix, cause: Cause, time: Time) {
        let spent = &mut self.frame_mut(ix).spent[cause as usize];
        *spent = spent.saturating_add(time.as_micros() as u32);
    }

    /// Lets every child go: it runs on, holds what it holds, and its answer goes nowhere.
    #[inline]
    pub fn orphan(&mut self, ix: Ix) {
        while self.frame(ix).first_kid != NONE {
            let kid = self.frame(ix).first_kid;
            self.arena.leave(kid);
        }
    }

    /// Ends every branch of the frame, and theirs; requests that they have at other nodes run on as orphans.
    pub fn cancel(&mut self, ix: Ix) {
        while self.frame(ix).first_kid != NONE {
            let kid = self.frame(ix).first_kid;
            self.arena.leave(kid);
            if self.frame(kid).branch {
                self.cancel(kid);
                self.disarm(kid);
                self.arena.remove(kid);
            }
        }
    }

    /// A frame's answer has arrived: it is gone, and its parent, where there is one, hears of it.
    #[inline]
    pub(super) fn close(&mut self, ix: Ix, outcome: Outcome) -> Option<(Ix, Signal)> {
        let Frame { slot, spent, parent, node, branch, .. } = *self.frame(ix);
        if !branch {
            self.tally_done(node, outcome.class);
        }
        self.arena.remove(ix);
        let mother = self.arena.leave(ix)?;
        if mother.kids == 0 {
            // The last child of a join is the critical path.
            for (sum, part) in mother.spent.iter_mut().zip(spent) {
                *sum = sum.saturating_add(part);
            }
        }
        self.slot = slot;
        Some((parent, Signal::Reply(outcome)))
    }

    #[inline]
    fn release(&mut self, ix: Ix, class: Class) {
        let Frame { node, branch, .. } = *self.frame(ix);
        if !branch {
            self.tally_done(node, class);
        }
        self.arena.remove(ix);
    }

    #[inline]
    fn tally_done(&mut self, node: NodeId, class: Class) {
        let tally = &mut self.tallies[node as usize];
        match class {
            Class::Ok => tally.ok += 1,
            Class::Throttled | Class::Rejected => tally.refused += 1,
            Class::TimedOut | Class::Failed => tally.failed += 1,
        }
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> u32 {
        self.tallies.len() as u32
    }

    /// What was measured, when the run is over.
    pub fn into_metrics(self) -> Recorder {
        self.metrics
    }

    /// The tally of a node and how many of its requests are in flight.
    pub fn tally(&self, node: NodeId) -> (Tally, u64) {
        let tally = Tally { arrived: self.metrics.arrivals(node as usize), ..self.tallies[node as usize] };
        (tally, tally.arrived - tally.ok - tally.refused - tally.failed)
    }

    /// Counts what is there and asserts that it is what the books say.
    pub(super) fn assert_sound(&self) {
        self.shared.assert_sound();
        let mut there = vec![0; self.tallies.len()];
        for frame in self.arena.frames.iter().filter(|f| f.live && !f.branch) {
            there[frame.node as usize] += 1;
        }
        for (node, count) in there.iter().enumerate() {
            let (tally, in_flight) = self.tally(node as NodeId);
            assert_eq!(*count, in_flight, "node {node}: {tally:?} does not add up");
        }
    }
}
