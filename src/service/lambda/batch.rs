//! A batch of messages in a function's hand: going through it, naming what failed, and what is noted of each message.
//!
//! ```text
//! for_each_message:   message 0 ─▶ body ─▶ message 1 ─▶ body … ─▶ on
//!                        └ a step fails ─▶ with ReportBatchItemFailures: this one comes back (FIFO: and all behind it); without: the whole batch
//! ```
//!
//! While a message is gone through, the invocation is about that message: attributes, luck and what is sent on are its own, whatever its place in the batch.

use crate::{
    engine::{About, BatchIx, Ix, NodeId, World},
    metrics::{Latency, Outcome},
    service::{Build, sqs::delivery_luck},
    units::Time,
};

use super::{
    Lambda, Spec,
    program::{Instr, Pc},
    steps::{Step, walk},
};

impl Lambda {
    /// Goes to the first message; a function that was invoked without a batch does once what it does for each.
    pub(super) fn first_message(&self, world: &mut World, ix: Ix, pc: Pc, end: Pc) -> Pc {
        world.frame_mut(ix).item = 0;
        match world.frame(ix).batch() {
            Some(batch) if world.messages.batch(batch).receipts.is_empty() => end + 1,
            Some(batch) => {
                turn_to(world, ix, batch, 0);
                pc + 1
            }
            None => pc + 1,
        }
    }

    /// Goes to the next message, or on.
    pub(super) fn next_message(&self, world: &mut World, ix: Ix, pc: Pc, back: Pc) -> Pc {
        let Some(batch) = world.frame(ix).batch() else { return pc + 1 };
        let next = world.frame(ix).item + 1;
        if usize::from(next) >= world.messages.batch(batch).receipts.len() {
            turn_to(world, ix, batch, 0);
            return pc + 1;
        }
        world.frame_mut(ix).item = next;
        turn_to(world, ix, batch, usize::from(next));
        back
    }

    /// Where a failure concerns one message only: marks it, and says where its body ends.
    pub(super) fn fails_alone(&self, world: &mut World, ix: Ix) -> Option<Pc> {
        let frame = world.frame(ix);
        let (batch, pc, item) = (frame.batch()?, frame.pc, usize::from(frame.item));
        let own = world.messages.batch_mut(batch);
        if !own.partial {
            return None;
        }
        let end = self.body_around(pc)?;
        let until = if own.ordered { own.receipts.len() } else { item + 1 };
        own.receipts[item].failed = true;
        own.receipts[item + 1..until].iter_mut().for_each(|receipt| (receipt.failed, receipt.untried) = (true, true));
        world.frame_mut(ix).item = (until - 1) as u16;
        Some(end)
    }

    /// The end of the loop over messages that this instruction is in.
    fn body_around(&self, pc: Pc) -> Option<Pc> {
        let ends = self.program.iter().enumerate().skip(usize::from(pc));
        let found = ends.filter_map(|(at, instr)| match instr {
            Instr::EachEnd { back } if *back <= pc => Some(at as Pc),
            _ => None,
        });
        found.min()
    }

    /// An invocation begins on the messages of its batch, where it has one.
    #[inline(never)]
    pub(super) fn batch_begins(&self, world: &mut World, ix: Ix) {
        let Some(batch) = world.frame(ix).batch() else { return };
        let receipts = world.messages.take_receipts(batch);
        for receipt in &receipts {
            if let Some(slot) = world.messages.honour(*receipt) {
                let message = world.messages.get_mut(slot);
                message.runs = message.runs.saturating_add(1);
            }
        }
        world.messages.put_receipts(batch, receipts);
    }

    /// An invocation ends: what it did is done for each message of its batch that did not fail, or for its request.
    #[inline(never)]
    pub(super) fn batch_ends(&self, world: &mut World, ix: Ix, outcome: Outcome) {
        let Some(feed) = self.feed else { return };
        let frame = world.frame(ix);
        let (node, workload, origin) = (frame.node, frame.workload, frame.origin);
        match frame.batch() {
            None => {
                // An attempt at an event is noted when the event is done.
                let of_event = world.parent(ix).is_some_and(|parent| world.frame(parent).node == node);
                if outcome.is_ok() && feed.is_end && !of_event {
                    world.reach(node, workload, origin);
                }
            }
            Some(batch) => {
                if outcome.is_ok() {
                    feed.note(world, node, batch);
                }
                if !world.messages.batch(batch).kept {
                    world.take_batch(ix);
                    world.messages.close_batch(batch);
                }
            }
        }
    }
}

/// What a function that is fed with messages notes of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feed {
    /// From the origin of a message to the end of the invocation that dealt with it.
    end_to_end: Latency,
    is_end: bool,
}

impl Feed {
    /// Notes for each message that did not fail how long it took since its origin; those of one origin are noted at once.
    fn note(self, world: &mut World, node: NodeId, batch: BatchIx) {
        let (mut same, mut since) = (0, Time::ZERO);
        let receipts = world.messages.take_receipts(batch);
        for receipt in receipts.iter().filter(|receipt| !receipt.failed) {
            let Some(slot) = world.messages.honour(*receipt) else { continue };
            let About { workload, origin, .. } = world.messages.get(slot).about;
            if origin != since && same > 0 {
                world.metrics.record_many(self.end_to_end, world.now() - since, same);
                same = 0;
            }
            (same, since) = (same + 1, origin);
            if self.is_end {
                world.reach(node, workload, origin);
            }
        }
        world.messages.put_receipts(batch, receipts);
        if same > 0 {
            world.metrics.record_many(self.end_to_end, world.now() - since, same);
        }
    }

    /// `None` for a function that never has messages in its hand, and at which nobody's work ends.
    pub fn new(spec: &Spec, node: NodeId, build: &mut Build) -> Option<Self> {
        let mut receives = !spec.event_sources.is_empty();
        walk(&spec.handler, &mut |step| receives |= matches!(step, Step::Call(call) if call.verb == "receive"));
        let is_end = build.is_end(node);
        (receives || is_end).then(|| Self { end_to_end: build.end_to_end(node), is_end })
    }
}

/// Makes the invocation be about this message of its batch. One that is gone by now leaves it about the message before.
fn turn_to(world: &mut World, ix: Ix, batch: BatchIx, at: usize) {
    let Some(message) = world.messages.in_batch(batch, at) else { return };
    let (about, luck) = (message.about, delivery_luck(message));
    let frame = world.frame_mut(ix);
    let hops = frame.hops;
    frame.set_about(&about);
    (frame.luck, frame.hops) = (luck, hops);
}
