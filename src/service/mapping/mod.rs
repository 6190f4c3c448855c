//! An event source mapping: Lambda's pollers, who receive batches from a queue, invoke the function with them, and delete what it dealt with.
//!
//! ```text
//! poller:  receive ─▶ filter ─▶ window, batch full? ─▶ invoke ─▶ ok: delete (but what it named as failed)
//!             ▲                                          ├─▶ error: nothing is deleted, all come back after their visibility timeout; the poller rests
//!             └──────────────── next ◀───────────────────┴─▶ throttled: keep the batch and try again, until that timeout is over
//! ```
//!
//! A mapping is a node of its own beside its function. A message that is received has spent one of its receives, whether the function runs or not: that
//! is how messages reach a dead-letter queue unprocessed. Left out: Kafka, streams, and how a poller's own calls are throttled.

mod scaling;
pub mod spec;

pub use spec::{EventSource, ProvisionedPollers, ResponseType};

use crate::{
    engine::{About, BatchIx, Ix, NodeId, OpId, Signal, World},
    mechanism::{distribution::Distribution, luck::Luck, token_bucket::TokenBucket},
    metrics::{Class, Counter, Gauge, Outcome},
    units::Time,
};

use super::{
    Build, Operation, Service,
    filter::Filter,
    lambda::operation::{FUNCTION_TIMEOUT, Operation as OfFunction},
    sqs::{
        self, delivery_luck,
        meters::{FAILED, THROTTLED, TIMED_OUT, UNTRIED},
    },
};
use scaling::Scaling;

/// Messages that one receive brings at most.
const RECEIVE: u32 = 10;
/// What a poller waits after a receive that failed.
const PAUSE: Time = Time::from_secs(1);

/// What a poller is doing (its frame's `state`).
const RECEIVING: u8 = 0;
/// As before, with messages in hand.
const FILLING: u8 = 1;
const INVOKING: u8 = 2;

/// Tags of wake-ups.
const POLL: u8 = 0;
const AGAIN: u8 = 1;
const GROW: u8 = 2;
const MINUTE: u8 = 3;
const RESTED: u8 = 4;

/// Purposes of draws.
const HOP: u64 = 0x60;

const NONE: u32 = u32::MAX;

/// A mapping that runs.
#[derive(Clone, Debug)]
pub struct Mapping {
    node: NodeId,
    function: NodeId,
    queue: NodeId,
    ops: Ops,
    batch_size: u32,
    window: Time,
    wait: Time,
    payload_limit: u64,
    partial: bool,
    ordered: bool,
    filter: Filter,
    /// From receive to handler.
    hop: Distribution,
    /// What is between two batches of a poller that has work, before the hop: deleting, receiving.
    turnaround: Time,
    /// How long a poller rests after an error.
    rest: Time,
    scaling: Scaling,
    throttle_wait: (Time, Time),
    /// Of each provisioned poller: polls and bytes.
    limits: Vec<(TokenBucket, TokenBucket)>,
    per_poller: u64,
    fresh_limits: (TokenBucket, TokenBucket),
    running: u64,
    /// Those of the running that wait at an empty queue with nothing in hand.
    idle: u64,
    /// Those that rest after an error.
    resting: u64,
    grower: Option<Ix>,
    growing: bool,
    meters: Meters,
}

#[derive(Clone, Copy, Debug)]
struct Ops {
    invoke: OpId,
    poll: OpId,
    delete: OpId,
}

/// CloudWatch's EventCount metrics, and the pollers.
#[derive(Clone, Debug)]
struct Meters {
    polled: Counter,
    filtered: Counter,
    invoked: Counter,
    failed: Counter,
    deleted: Counter,
    throttled: Counter,
    given_up: Counter,
    concurrency: Gauge,
    pollers: Gauge,
}

impl Service for Mapping {
    #[inline]
    fn on(&mut self, world: &mut World, ix: Ix, signal: Signal) {
        match signal {
            Signal::Reply(outcome) if world.frame(ix).state == INVOKING => self.invoked(world, ix, outcome),
            Signal::Reply(outcome) => self.received(world, ix, outcome),
            Signal::Wake(POLL) => self.poll_or_carry(world, ix),
            Signal::Wake(AGAIN) => self.invoke(world, ix),
            Signal::Wake(GROW) => self.grow(world, ix),
            Signal::Wake(MINUTE) => self.minute(world, ix),
            Signal::Wake(RESTED) => self.rested(world, ix),
            _ => unreachable!("nobody calls a mapping"),
        }
    }

    fn start(&mut self, world: &mut World) {
        self.grower = Some(world.timer(self.node));
        let clock = world.timer(self.node);
        world.wake(clock, MINUTE, Time::from_secs(60));
        self.staff(world);
    }

    fn assert_sound(&self, _world: &World) {
        assert!(self.idle <= self.running, "{} of {} pollers are idle", self.idle, self.running);
    }
}

impl Mapping {
    /// Starts pollers until there are as many as there may be.
    fn staff(&mut self, world: &mut World) {
        world.metrics.set(self.meters.pollers, world.now(), self.scaling.allowed);
        while self.running < self.scaling.allowed {
            let ix = world.job(&About::default(), self.node, Luck::default());
            let number = self.running;
            self.running += 1;
            if self.per_poller > 0 && number / self.per_poller >= self.limits.len() as u64 {
                self.limits.push(self.fresh_limits);
            }
            world.frame_mut(ix).env = number as u32;
            self.poll(world, ix);
        }
    }

    /// The next receive of a poller, with or without messages in hand.
    fn poll(&mut self, world: &mut World, ix: Ix) {
        let now = world.now();
        if let Some(wait) = self.must_wait(world, ix) {
            return world.wake(ix, POLL, wait);
        }
        let frame = world.frame_mut(ix);
        let (cargo, since) = (frame.cargo, frame.since);
        let (have, wait) = match cargo {
            NONE => (0, self.wait),
            batch => (world.messages.batch(batch).receipts.len() as u32, (since + self.window).saturating_sub(now)),
        };
        let wanted = RECEIVE.min(self.batch_size - have);
        world.frame_mut(ix).state = if have == 0 { RECEIVING } else { FILLING };
        self.idle += u64::from(have == 0);
        let child = world.call(ix, 0, self.queue, self.ops.poll, Luck::default(), Time::ZERO);
        let frame = world.frame_mut(child);
        // Rounded up: a wait that ends a moment before the window does would be followed by one of no time, for ever.
        (frame.bytes, frame.cargo) = (wanted, wait.as_nanos().div_ceil(1_000) as u32);
    }

    /// A poller that had to wait for its next receive may have enough in hand by now.
    fn poll_or_carry(&mut self, world: &mut World, ix: Ix) {
        let frame = world.frame(ix);
        let (cargo, since) = (frame.cargo, frame.since);
        if cargo != NONE && world.now() >= since + self.window {
            return self.carry(world, ix, cargo, Time::ZERO);
        }
        self.poll(world, ix);
    }

    /// How long a provisioned poller has to wait for its next receive.
    fn must_wait(&mut self, world: &World, ix: Ix) -> Option<Time> {
        let poller = u64::from(world.frame(ix).env).checked_div(self.per_poller)?;
        let now = world.now();
        let (polls, bytes) = &mut self.limits[poller as usize];
        let wait = polls.wait(now, 1).max(bytes.wait(now, 1));
        if wait > Time::ZERO {
            return Some(wait);
        }
        polls.take(now, 1);
        None
    }

    fn received(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        self.idle -= u64::from(world.frame(ix).state == RECEIVING);
        if outcome.class != Class::Ok {
            return world.wake(ix, POLL, PAUSE);
        }
        let now = world.now();
        // Since it dealt with the batch before, it has been at it for so long; what is left of the turnaround delays this batch.
        let before = world.frame(ix);
        let delay = if before.cargo == NONE { (before.since + self.turnaround).saturating_sub(now) } else { Time::ZERO };
        if let Some(batch) = world.take_batch(ix) {
            self.take_in(world, ix, batch);
        }
        let frame = world.frame(ix);
        let (cargo, since) = (frame.cargo, frame.since);
        if cargo == NONE {
            return self.next(world, ix);
        }
        let full = world.messages.batch(cargo).receipts.len() as u32 >= self.batch_size;
        if full || now >= since + self.window || self.payload(world, cargo) >= self.payload_limit {
            self.carry(world, ix, cargo, delay);
        } else {
            self.poll(world, ix);
        }
        self.pressed(world);
    }

    /// Takes what the poller has in hand to the function: its slot, and an environment, are taken from now on.
    fn carry(&mut self, world: &mut World, ix: Ix, batch: BatchIx, delay: Time) {
        let first = world.messages.get(world.messages.batch(batch).receipts[0].slot);
        let hop = self.hop.sample(&mut delivery_luck(first).draw(HOP));
        world.messages.batch_mut(batch).dispatch = delay + hop;
        self.invoke(world, ix);
    }

    /// What was received comes to what the poller has in hand, but for what the filter deletes.
    fn take_in(&mut self, world: &mut World, ix: Ix, batch: BatchIx) {
        let count = world.messages.batch(batch).receipts.len() as u64;
        world.metrics.count(self.meters.polled, count);
        if let Some(poller) = u64::from(world.frame(ix).env).checked_div(self.per_poller) {
            let bytes = self.payload(world, batch);
            self.limits[poller as usize].1.take(world.now(), bytes);
        }
        if !self.filter.is_open() && self.sift(world, batch) == 0 {
            return world.messages.close_batch(batch);
        }
        let now = world.now();
        let frame = world.frame_mut(ix);
        match frame.cargo {
            NONE => (frame.cargo, frame.since) = (batch, now),
            have => world.messages.merge_batches(have, batch),
        }
    }

    /// Deletes what does not pass the filter; gives what is left.
    fn sift(&mut self, world: &mut World, batch: BatchIx) -> usize {
        let mut kept = std::mem::take(&mut world.messages.batch_mut(batch).receipts);
        let dropped = world.messages.open_batch();
        let mut bytes = 0;
        kept.retain(|receipt| {
            let message = world.messages.get(receipt.slot);
            let (about, lineage, receipt) = (message.about, message.lineage, *receipt);
            let passes = self.filter.passes(world, &about, lineage);
            if !passes {
                world.messages.batch_mut(dropped).receipts.push(receipt);
                bytes += u64::from(about.bytes);
            }
            passes
        });
        let left = kept.len();
        let own = world.messages.batch_mut(batch);
        own.receipts = kept;
        own.bytes -= bytes;
        let count = world.messages.batch(dropped).receipts.len() as u64;
        world.metrics.count(self.meters.filtered, count);
        match count {
            0 => world.messages.close_batch(dropped),
            _ => self.delete(world, dropped),
        }
        left
    }

    fn payload(&self, world: &World, batch: BatchIx) -> u64 {
        world.messages.batch(batch).bytes
    }

    /// Invokes the function with what the poller has in hand: in the name of its first message.
    fn invoke(&mut self, world: &mut World, ix: Ix) {
        let batch = world.frame(ix).cargo;
        let bytes = self.payload(world, batch).min(self.payload_limit) as u32;
        let own = world.messages.batch_mut(batch);
        (own.partial, own.ordered, own.kept) = (self.partial, self.ordered, true);
        let count = own.receipts.len() as u64;
        let first = world.messages.get(world.messages.batch(batch).receipts[0].slot);
        let (about, luck) = (About { bytes, ..first.about }, delivery_luck(first));
        let frame = world.frame_mut(ix);
        let tries = u32::from(frame.tries);
        frame.set_about(&about);
        frame.tries = frame.tries.saturating_add(1);
        frame.state = INVOKING;
        self.scaling.attempts += 1;
        if tries == 0 {
            world.metrics.count(self.meters.invoked, count);
            world.metrics.rise(self.meters.concurrency, world.now(), 1);
        }
        let luck = if tries == 0 { luck } else { luck.retry(tries) };
        let invocation = world.call(ix, 0, self.function, self.ops.invoke, luck, Time::ZERO);
        world.frame_mut(invocation).batch = batch;
    }

    fn invoked(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        let batch = world.frame(ix).cargo;
        match outcome.class {
            Class::Ok => self.dealt_with(world, batch),
            Class::Failed if outcome.code < 500 => {
                let mark = if outcome == FUNCTION_TIMEOUT { TIMED_OUT } else { FAILED };
                self.mark(world, batch, mark);
                world.metrics.count(self.meters.failed, world.messages.batch(batch).receipts.len() as u64);
                world.messages.close_batch(batch);
                if !self.partial {
                    return self.rest(world, ix);
                }
            }
            Class::Rejected => world.messages.close_batch(batch),
            Class::Throttled | Class::TimedOut | Class::Failed => {
                if self.waits_to_retry(world, ix, batch) {
                    return;
                }
                world.metrics.count(self.meters.given_up, world.messages.batch(batch).receipts.len() as u64);
                world.messages.close_batch(batch);
            }
        }
        self.let_go(world, ix);
        self.next(world, ix);
    }

    fn let_go(&mut self, world: &mut World, ix: Ix) {
        let now = world.now();
        world.metrics.fall(self.meters.concurrency, now, 1);
        let frame = world.frame_mut(ix);
        (frame.cargo, frame.tries, frame.since) = (NONE, 0, now);
    }

    /// After an error a poller rests before it polls again.
    fn rest(&mut self, world: &mut World, ix: Ix) {
        self.let_go(world, ix);
        self.scaling.trouble();
        if self.running > self.scaling.allowed || self.rest == Time::ZERO {
            return self.next(world, ix);
        }
        self.resting += 1;
        world.wake(ix, RESTED, self.rest);
    }

    fn rested(&mut self, world: &mut World, ix: Ix) {
        self.resting -= 1;
        self.next(world, ix);
    }

    /// Deletes what the function dealt with.
    fn dealt_with(&mut self, world: &mut World, batch: BatchIx) {
        let receipts = &world.messages.batch(batch).receipts;
        let (all, failed) = (receipts.len(), receipts.iter().filter(|receipt| receipt.failed).count());
        if failed > 0 {
            world.metrics.count(self.meters.failed, failed as u64);
            for at in 0..all {
                let receipt = world.messages.batch(batch).receipts[at];
                if let Some(slot) = world.messages.honour(receipt).filter(|_| receipt.failed) {
                    world.messages.get_mut(slot).marks |= if receipt.untried { UNTRIED } else { FAILED };
                }
            }
        }
        world.metrics.count(self.meters.deleted, (all - failed) as u64);
        self.delete(world, batch);
    }

    fn delete(&mut self, world: &mut World, batch: BatchIx) {
        let ix = world.post(&About::default(), self.queue, self.ops.delete, Luck::default(), Time::ZERO);
        world.frame_mut(ix).batch = batch;
    }

    fn mark(&self, world: &mut World, batch: BatchIx, mark: u8) {
        for at in 0..world.messages.batch(batch).receipts.len() {
            let receipt = world.messages.batch(batch).receipts[at];
            if let Some(slot) = world.messages.honour(receipt) {
                world.messages.get_mut(slot).marks |= mark;
            }
        }
    }

    /// A throttled batch is kept and tried again, as long as it stays hidden.
    fn waits_to_retry(&mut self, world: &mut World, ix: Ix, batch: BatchIx) -> bool {
        self.mark(world, batch, THROTTLED);
        world.metrics.count(self.meters.throttled, 1);
        self.scaling.trouble();
        let first = world.messages.batch(batch).receipts[0];
        let doublings = u32::from(world.frame(ix).tries).saturating_sub(1).min(20);
        let (shortest, longest) = self.throttle_wait;
        let wait = Time::from_nanos(shortest.as_nanos() << doublings).min(longest);
        let hidden = world.messages.is_latest(first) && world.now() + wait < world.messages.get(first.slot).due;
        if hidden {
            world.wake(ix, AGAIN, wait);
        }
        hidden
    }

    /// A poller goes on, or is one too many.
    fn next(&mut self, world: &mut World, ix: Ix) {
        if self.running > self.scaling.allowed {
            self.running -= 1;
            return world.end(ix, Outcome::OK);
        }
        self.poll(world, ix);
    }

    /// While no poller is idle there is a backlog, and their number grows, unless some rest after errors.
    #[inline]
    fn pressed(&mut self, world: &mut World) {
        if self.is_pressed()
            && !self.growing
            && let Some(grower) = self.grower
        {
            self.growing = true;
            world.wake(grower, GROW, self.scaling.every);
        }
    }

    #[inline]
    fn is_pressed(&self) -> bool {
        self.idle == 0 && self.resting == 0 && self.scaling.may_grow()
    }

    fn grow(&mut self, world: &mut World, grower: Ix) {
        self.growing = self.is_pressed();
        if self.growing {
            self.scaling.grow();
            world.wake(grower, GROW, self.scaling.every);
            self.staff(world);
        }
    }

    fn minute(&mut self, world: &mut World, clock: Ix) {
        self.scaling.minute(self.idle as f64 / self.running.max(1) as f64);
        world.wake(clock, MINUTE, Time::from_secs(60));
        self.staff(world);
        self.pressed(world);
    }
}

impl Mapping {
    /// Makes the mapping of `source` to `function`; `fifo`: its queue is a FIFO queue.
    pub(super) fn build(source: &EventSource, node: NodeId, function: NodeId, fifo: bool, build: &mut Build) -> Self {
        let queue = build.node(&source.queue.value);
        let hop = source.latency.clone().unwrap_or_else(|| build.measured(if fifo { "sqs.fifo_to_lambda" } else { "sqs.to_lambda" }));
        let ops = Ops {
            invoke: build.operation(function, Operation::Lambda(OfFunction::Sync)),
            poll: build.operation(queue, Operation::Sqs(sqs::Operation::Poll)),
            delete: build.operation(queue, Operation::Sqs(sqs::Operation::Delete { close: true })),
        };
        let salt = build.key(node, 0);
        let filter = Filter::new(source.filter_passes.as_ref().map(|share| share.value), &source.filter, salt, build);
        let seconds = |name: &str| Time::from_secs_f64(build.platform.get(name));
        let (polls, bytes) = (build.platform.get("esm.poller_polls"), build.platform.get("esm.poller_bytes"));
        Self {
            node,
            function,
            queue,
            ops,
            batch_size: source.batch_size.value,
            window: source.maximum_batching_window.value,
            wait: seconds("esm.wait_time"),
            payload_limit: build.platform.count("esm.batch_payload"),
            partial: source.function_response_types.contains(&ResponseType::ReportBatchItemFailures),
            ordered: fifo,
            filter,
            hop,
            turnaround: if source.latency.is_none() && source.provisioned_poller_config.is_none() { seconds("esm.turnaround") } else { Time::ZERO },
            rest: seconds("esm.error_rest"),
            scaling: Scaling::new(source, &build.platform),
            throttle_wait: (seconds("esm.throttle_wait_minimum"), seconds("esm.throttle_wait_maximum")),
            limits: Vec::new(),
            per_poller: source.provisioned_poller_config.as_ref().map_or(0, |_| build.platform.count("esm.poller_concurrency")),
            fresh_limits: (TokenBucket::new(polls, 1.0), TokenBucket::new(bytes, bytes)),
            running: 0,
            idle: 0,
            resting: 0,
            grower: None,
            growing: false,
            meters: Meters::new(node, build),
        }
    }
}

impl Meters {
    fn new(node: NodeId, build: &mut Build) -> Self {
        let (metrics, at) = (&mut build.world.metrics, node as usize);
        Self {
            polled: metrics.counter(at, "PolledEventCount"),
            filtered: metrics.counter(at, "FilteredOutEventCount"),
            invoked: metrics.counter(at, "InvokedEventCount"),
            failed: metrics.counter(at, "FailedInvokeEventCount"),
            deleted: metrics.counter(at, "DeletedEventCount"),
            throttled: metrics.counter(at, "ThrottledInvokes"),
            given_up: metrics.counter(at, "GivenUpEventCount"),
            concurrency: metrics.gauge(at, "ConcurrentBatches"),
            pollers: metrics.gauge(at, "Pollers"),
        }
    }
}
