//! One delivery: a message on its way to one subscription.
//!
//! ```text
//! hop ─▶ (FIFO: behind the group's earlier ones) ─▶ (paced) ─▶ attempt ─ok─▶ delivered
//!                                                     ▲           │ 5xx, 429, no answer in time: back-off, while there are retries
//!                                                     └───────────┤
//!                                                                 └─ else given up ─▶ dead-letter queue, or lost
//! ```
//!
//! It is a job of the topic's own that nobody waits for. In its frame: `op` the subscription, `env` the retries so far, `cargo` the attribute that is the
//! message group, `slot` the delivery behind it, `loops[0]` whether there is one before it.

use crate::{
    engine::{About, Ix, LaneId, NodeId, OpId, World},
    mechanism::{distribution::Distribution, luck::Luck},
    metrics::{Class, Outcome},
    service::filter::Filter,
    units::Time,
};

use super::{
    Sns,
    fifo::NOBODY,
    policy::Retries,
    spec::{FilterScope, Protocol},
};

/// Tags of wake-ups.
pub(super) const HOP: u8 = 0;
pub(super) const TRY: u8 = 1;
pub(super) const TURN: u8 = 2;

/// What a delivery is doing (its frame's `state`).
const ON_ITS_WAY: u8 = 0;
const BEHIND: u8 = 1;
const TRYING: u8 = 2;
const REDRIVING: u8 = 3;

/// Purposes of draws.
const LATENCY: u64 = 0x5A50;
const JITTER: u64 = 0x5A51;

/// What SNS makes of an endpoint that does not answer.
pub(super) const NO_ANSWER: Outcome = Outcome { class: Class::TimedOut, code: 0 };

/// A subscription that runs.
#[derive(Clone, Debug)]
pub(super) struct Subscription {
    pub to: NodeId,
    pub op: OpId,
    pub protocol: Protocol,
    pub filter: Filter,
    pub scope: FilterScope,
    /// What SNS wraps around a message, bytes.
    pub envelope: u32,
    /// From the publish to the first attempt.
    pub latency: Distribution,
    pub retries: Retries,
    /// How long an HTTP endpoint may take.
    pub timeout: Option<LaneId>,
    pub pace: Option<Pace>,
    pub dead_letters: Option<(NodeId, OpId)>,
}

/// Deliveries at even distances.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub gap: Time,
    /// When the next may go.
    pub next: Time,
}

impl Sns {
    /// Hands a message to one subscription: it is filtered out, or a delivery begins.
    pub(super) fn fan_out(&mut self, world: &mut World, about: &About, luck: Luck, at: usize, group: Option<(u32, u64)>) {
        let subscription = &self.subscriptions[at];
        if !subscription.filter.is_open() && !subscription.filter.passes(world, about, luck.lineage) {
            return self.filtered(world, at);
        }
        let bytes = about.bytes.saturating_add(subscription.envelope);
        let ix = world.job(&About { bytes, ..*about }, self.node, luck);
        let latency = subscription.latency.sample(&mut luck.draw(LATENCY));
        let frame = world.frame_mut(ix);
        (frame.op, frame.env, frame.slot) = (at as u32, 0, NOBODY);
        frame.cargo = group.map_or(NOBODY, |(attribute, _)| attribute);
        world.metrics.rise(self.meters.pending, world.now(), 1);
        if let (Some(fifo), Some((_, group))) = (&mut self.fifo, group) {
            fifo.follow(world, ix, at as u32, group);
        }
        world.wake(ix, HOP, latency);
    }

    fn filtered(&mut self, world: &mut World, at: usize) {
        self.books.filtered += 1;
        world.metrics.count(self.meters.filtered, 1);
        world.metrics.count(self.meters.filtered_by[self.subscriptions[at].scope as usize], 1);
    }

    /// The message stands before its endpoint.
    pub(super) fn hop_over(&mut self, world: &mut World, ix: Ix) {
        if world.frame(ix).loops[0] == 1 {
            world.frame_mut(ix).state = BEHIND;
            return;
        }
        self.attempt(world, ix);
    }

    /// An attempt, when the subscription's pace allows it.
    pub(super) fn attempt(&mut self, world: &mut World, ix: Ix) {
        let now = world.now();
        let at = world.frame(ix).op as usize;
        if let Some(pace) = &mut self.subscriptions[at].pace {
            let turn = pace.next.max(now);
            pace.next = turn + pace.gap;
            if turn > now {
                return world.wake(ix, TURN, turn - now);
            }
        }
        self.ask(world, ix);
    }

    /// Asks the endpoint.
    pub(super) fn ask(&mut self, world: &mut World, ix: Ix) {
        let frame = world.frame_mut(ix);
        frame.state = TRYING;
        let (luck, at) = (if frame.env == 0 { frame.luck } else { frame.luck.retry(frame.env) }, frame.op as usize);
        let Subscription { to, op, protocol, timeout, .. } = self.subscriptions[at];
        match protocol {
            Protocol::Sqs => forward(world, ix, luck, (to, op)),
            Protocol::Lambda | Protocol::Https => _ = world.call(ix, 0, to, op, luck, Time::ZERO),
        }
        if let Some(lane) = timeout {
            world.arm(ix, lane);
        }
    }

    /// The endpoint, or the dead-letter queue, has answered.
    pub(super) fn answered(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        if world.frame(ix).state == REDRIVING {
            let counter = if outcome.is_ok() { self.meters.redriven } else { self.meters.not_redriven };
            world.metrics.count(counter, 1);
            return self.lost(world, ix);
        }
        if outcome.is_ok() {
            return self.delivered(world, ix);
        }
        let frame = world.frame(ix);
        let (at, retry, luck) = (frame.op as usize, frame.env + 1, frame.luck);
        let subscription = &self.subscriptions[at];
        if subscription.protocol == Protocol::Https {
            world.metrics.count(self.meters.failed, 1);
        }
        // A refusal for good is the endpoint's last word.
        let again = outcome.class != Class::Rejected;
        match again.then(|| subscription.retries.jittered(retry, &mut luck.retry(retry).draw(JITTER))).flatten() {
            Some(delay) => {
                world.frame_mut(ix).env = retry;
                world.wake(ix, TRY, delay);
            }
            None => self.give_up(world, ix, at),
        }
    }

    fn delivered(&mut self, world: &mut World, ix: Ix) {
        self.books.delivered += 1;
        let now = world.now();
        let (born, workload, origin) = (world.frame(ix).born, world.frame(ix).workload, world.frame(ix).origin);
        let frame = world.frame(ix);
        let (bytes, protocol) = (u64::from(frame.bytes), self.subscriptions[frame.op as usize].protocol);
        world.metrics.count(self.meters.delivered, 1);
        world.metrics.count(self.meters.https, u64::from(protocol == Protocol::Https));
        world.metrics.count(self.meters.delivered_size, bytes);
        world.metrics.record(self.meters.delivery, now - born);
        world.reach(self.node, workload, origin);
        self.over(world, ix, Outcome::OK);
    }

    fn give_up(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Subscription { protocol, dead_letters, .. } = self.subscriptions[at];
        world.metrics.count(self.meters.given_up, 1);
        if protocol != Protocol::Https {
            world.metrics.count(self.meters.failed, 1);
        }
        match dead_letters {
            Some(queue) => {
                let luck = world.frame(ix).luck;
                world.frame_mut(ix).state = REDRIVING;
                forward(world, ix, luck, queue);
            }
            None => self.lost(world, ix),
        }
    }

    fn lost(&mut self, world: &mut World, ix: Ix) {
        self.books.failed += 1;
        self.over(world, ix, Outcome { class: Class::Failed, code: 0 });
    }

    /// The delivery ends, and the one behind it may go on.
    fn over(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        world.metrics.fall(self.meters.pending, world.now(), 1);
        let next = self.leave_group(world, ix);
        world.end(ix, outcome);
        if let Some(next) = next.filter(|next| world.frame(*next).state == BEHIND) {
            world.frame_mut(next).state = ON_ITS_WAY;
            self.attempt(world, next);
        }
    }

    fn leave_group(&mut self, world: &mut World, ix: Ix) -> Option<Ix> {
        let (attribute, at) = (world.frame(ix).cargo, world.frame(ix).op);
        let fifo = self.fifo.as_mut().filter(|_| attribute != NOBODY)?;
        let group = world.attribute(ix, attribute);
        fifo.leave(world, ix, at, group)
    }
}

/// Sends the message to a queue, with the attribute that is its group.
fn forward(world: &mut World, ix: Ix, luck: Luck, (to, op): (NodeId, OpId)) {
    let group = world.frame(ix).cargo;
    let child = world.call(ix, 0, to, op, luck, Time::ZERO);
    world.frame_mut(child).cargo = group;
}
