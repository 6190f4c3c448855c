//! Asynchronous invocation: the event is accepted at once, waits in the function's own queue, and is tried until it is done or dropped.
//!
//! ```text
//! accepted (202) ─▶ waits ─▶ attempt ─ ok ────────────▶ on_success ─▶ done
//!                     ▲         ├─ function error ─▶ 60 s, 120 s, while retries last, else dropped
//!                     └─────────┴─ throttled, 5xx ─▶ min(300 s, 2ⁿ s), no retry spent
//! dropped (too old at its turn, errors, reservation of 0, recursion) ─▶ dead-letter queue and on_failure
//! ```
//!
//! An event is a frame of the function's own (memory is O(events waiting)); an attempt is a call of the function by itself, so that concurrency and cold
//! starts are those of everybody. Left out: duplicates, and the slower reading of a long queue.

use crate::{
    document::Spanned,
    engine::{Ix, NodeId, OpId, World},
    mechanism::distribution::Distribution,
    metrics::{Cause, Class, Counter, Gauge, Latency, Outcome},
    service::{self, Build, Reference, sns::operation::Publish, sqs},
    spec,
    units::Time,
};

use super::{DELIVERY, DISPATCH, EVENT, FUNCTION_ERROR, FUNCTION_TIMEOUT, Operation, Spec, TOO_LARGE};

/// Purposes of draws.
const ACCEPTANCE: u64 = 0x3A;
const DISPATCHING: u64 = 0x3B;

/// What the caller of an event is told: it is queued.
const ACCEPTED: Outcome = Outcome { class: Class::Ok, code: 202 };

/// What an event that is over calls what it tells: its position, for luck, and its slot.
const DESTINATION: u32 = 0;
const DEAD_LETTER: u32 = 1;

/// The verbs of references to them.
pub const DESTINATION_VERB: &str = "destination";
pub const DEAD_LETTER_VERB: &str = "dead_letter_queue";

spec! {
    /// Where a record of what became of an event goes.
    #[derive(Default)]
    pub struct Destinations: "destinations" {
        /// A queue, topic or function that hears of events that succeeded.
        on_success: Option<Spanned<String>> = None,
        /// A queue, topic or function that hears of events that were dropped.
        on_failure: Option<Spanned<String>> = None,
    }
}

/// What a function asks of itself and of those who hear of its events.
#[derive(Clone, Copy, Debug)]
pub(super) struct Targets {
    node: NodeId,
    pub attempt: OpId,
    on_success: Option<Target>,
    on_failure: Option<Target>,
    dead_letters: Option<Target>,
}

#[derive(Clone, Copy, Debug)]
struct Target {
    to: NodeId,
    op: OpId,
}

impl Targets {
    pub fn new(spec: &Spec, node: NodeId, build: &mut Build) -> Self {
        let attempt = build.operation(node, service::Operation::Lambda(Operation::Sync));
        let mut target = |name: &Option<Spanned<String>>| {
            let to = build.node(&name.as_ref()?.value);
            let operation = forwarded(build.kind(to))?;
            Some(Target { to, op: build.operation(to, operation) })
        };
        let (on_success, on_failure) = (target(&spec.destinations.on_success), target(&spec.destinations.on_failure));
        Self { node, attempt, on_success, on_failure, dead_letters: target(&spec.dead_letter_queue) }
    }
}

/// What is asked of a node of this kind that an event is passed on to.
fn forwarded(kind: &str) -> Option<service::Operation> {
    match kind {
        "lambda" => Some(service::Operation::Lambda(Operation::Event { dispatch: None })),
        "sqs" => Some(service::Operation::Sqs(sqs::Operation::Forward)),
        "sns" => Some(service::Operation::Sns(Publish::forward())),
        _ => None,
    }
}

/// Everything that this function names because of its events.
pub(super) fn references(spec: &Spec) -> impl Iterator<Item = Reference> {
    let Destinations { on_success, on_failure } = &spec.destinations;
    let named = [(on_success, DESTINATION_VERB, "on_success"), (on_failure, DESTINATION_VERB, "on_failure")];
    let named = named.into_iter().chain([(&spec.dead_letter_queue, DEAD_LETTER_VERB, "dead_letter_queue")]);
    named.filter_map(|(to, verb, label)| Some(Reference { to: to.clone()?, verb, waits: false, timeout: None, label: label.into(), feeds: false }))
}

/// The events of one function.
#[derive(Clone, Debug)]
pub(super) struct Asynchronous {
    targets: Targets,
    /// The way to the first attempt, by operation; `None` for those who wait for the answer.
    dispatches: Vec<Option<Distribution>>,
    payload_limit: u64,
    /// Bytes of an event that one request pays for, and those of a unit beyond.
    metering: (u64, u64),
    acceptance: Distribution,
    retries: u32,
    waits: [Time; 2],
    first_back_off: Time,
    longest_back_off: Time,
    maximum_age: Time,
    /// A reservation of 0 drops events without a try.
    off: bool,
    in_loop: bool,
    /// What a destination's record adds to the event, bytes.
    record: u32,
    tally: Tally,
    meters: Meters,
}

/// Where events are; `received = succeeded + dropped + pending` always.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    received: u64,
    succeeded: u64,
    dropped: u64,
    pending: u64,
}

#[derive(Clone, Debug)]
struct Meters {
    received: Counter,
    units: Counter,
    dropped: Counter,
    never_run: Counter,
    after_errors: Counter,
    retries: Counter,
    put_off: Counter,
    destination_failures: Counter,
    dead_letter_errors: Counter,
    pending: Gauge,
    age: Latency,
    end_to_end: Latency,
}

impl Asynchronous {
    pub fn new(spec: &Spec, targets: Targets, in_loop: bool, operations: Vec<Operation>, build: &mut Build) -> Self {
        let dispatch = build.measured("lambda.async_dispatch");
        let dispatches = operations.into_iter().map(|operation| match operation {
            Operation::Sync => None,
            Operation::Event { dispatch: own } => Some(own.unwrap_or_else(|| dispatch.clone())),
        });
        let platform = &build.platform;
        let seconds = |name: &str| Time::from_secs_f64(platform.get(name));
        Self {
            targets,
            dispatches: dispatches.collect(),
            payload_limit: platform.count("lambda.payload_async"),
            metering: (platform.count("lambda.async_metering_included"), platform.count("lambda.async_metering").max(1)),
            acceptance: build.measured("lambda.invoke_event"),
            retries: spec.maximum_retry_attempts.as_ref().map_or_else(|| platform.count("lambda.async_retries") as u32, |n| n.value),
            waits: ["lambda.async_first_wait", "lambda.async_second_wait"].map(seconds),
            first_back_off: seconds("lambda.async_throttle_wait_minimum"),
            longest_back_off: seconds("lambda.async_throttle_wait_maximum"),
            maximum_age: spec.maximum_event_age.as_ref().map_or_else(|| seconds("lambda.async_event_age"), |age| age.value),
            off: spec.reserved_concurrency.as_ref().is_some_and(|reserved| reserved.value == 0),
            in_loop,
            record: platform.count("lambda.destination_record") as u32,
            tally: Tally::default(),
            meters: Meters::new(targets.node, build),
        }
    }

    /// Whether this operation is an event.
    #[inline]
    pub fn takes(&self, op: OpId) -> bool {
        self.dispatches[op as usize].is_some()
    }

    /// An event comes: it is queued, and the caller told so.
    pub fn accept(&mut self, world: &mut World, ix: Ix) {
        let frame = world.frame(ix);
        let (luck, about, op) = (frame.luck, frame.about(), frame.op);
        if u64::from(about.bytes) > self.payload_limit {
            return world.finish(ix, TOO_LARGE, Time::ZERO);
        }
        self.tally.received += 1;
        self.tally.pending += 1;
        world.metrics.count(self.meters.received, 1);
        let beyond = u64::from(about.bytes).saturating_sub(self.metering.0);
        world.metrics.count(self.meters.units, beyond.div_ceil(self.metering.1));
        world.metrics.rise(self.meters.pending, world.now(), 1);
        let event = world.job(&about, self.targets.node, luck);
        world.frame_mut(event).state = EVENT;
        let dispatch = self.dispatches[op as usize].as_ref().map_or(Time::ZERO, |way| way.sample(&mut luck.draw(DISPATCHING)));
        world.wake(event, DISPATCH, dispatch);
        let acceptance = self.acceptance.sample(&mut luck.draw(ACCEPTANCE));
        world.finish_spending(ix, ACCEPTED, Cause::Service, acceptance);
    }

    /// Its turn has come: an attempt, unless it is too old or the function switched off.
    pub fn dispatch(&mut self, world: &mut World, ix: Ix) {
        let now = world.now();
        let frame = world.frame_mut(ix);
        if self.off || now - frame.born > self.maximum_age {
            return self.give_up(world, ix);
        }
        let attempt = frame.loops[0];
        frame.loops[0] = attempt.saturating_add(1);
        frame.since = now;
        let luck = frame.luck.retry(u32::from(attempt));
        world.call(ix, 0, self.targets.node, self.targets.attempt, luck, Time::ZERO);
    }

    /// An attempt is over.
    pub fn attempted(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        let error = outcome == FUNCTION_ERROR || outcome == FUNCTION_TIMEOUT;
        if error || outcome.is_ok() {
            let frame = world.frame(ix);
            let age = frame.since - frame.born;
            world.metrics.record(self.meters.age, age);
        }
        match outcome.class {
            Class::Ok => self.succeed(world, ix),
            _ if error => self.retry(world, ix),
            Class::Rejected => self.give_up(world, ix),
            Class::Throttled | Class::TimedOut | Class::Failed => self.put_off(world, ix),
        }
    }

    /// The function failed: once more after a minute, and after two, while it may.
    fn retry(&mut self, world: &mut World, ix: Ix) {
        let frame = world.frame_mut(ix);
        frame.debt = 0;
        frame.tries += 1;
        let errors = u32::from(frame.tries);
        if errors > self.retries {
            return self.give_up(world, ix);
        }
        world.metrics.count(self.meters.retries, 1);
        let wait = self.waits[(errors as usize - 1).min(self.waits.len() - 1)];
        world.wake(ix, DISPATCH, wait);
    }

    /// It could not be run: later, which counts as no retry.
    fn put_off(&mut self, world: &mut World, ix: Ix) {
        let frame = world.frame_mut(ix);
        let doubled = self.first_back_off.as_nanos().saturating_mul(1 << frame.debt.min(20));
        frame.debt = frame.debt.saturating_add(1);
        world.metrics.count(self.meters.put_off, 1);
        world.wake(ix, DISPATCH, Time::from_nanos(doubled).min(self.longest_back_off));
    }

    fn succeed(&mut self, world: &mut World, ix: Ix) {
        self.tally.succeeded += 1;
        self.leave(world);
        let frame = world.frame(ix);
        let (workload, origin) = (frame.workload, frame.origin);
        world.metrics.record(self.meters.end_to_end, world.now() - origin);
        world.reach(self.targets.node, workload, origin);
        self.tell(world, ix, self.targets.on_success, None);
    }

    fn give_up(&mut self, world: &mut World, ix: Ix) {
        self.tally.dropped += 1;
        self.leave(world);
        let ran = world.frame(ix).tries > 0;
        world.metrics.count(self.meters.dropped, 1);
        world.metrics.count(if ran { self.meters.after_errors } else { self.meters.never_run }, 1);
        self.tell(world, ix, self.targets.on_failure, self.targets.dead_letters);
    }

    fn leave(&mut self, world: &mut World) {
        self.tally.pending -= 1;
        world.metrics.fall(self.meters.pending, world.now(), 1);
    }

    /// The event is over, and whoever wants to hear of it does: a destination gets a record of it, a dead-letter queue the event itself.
    fn tell(&mut self, world: &mut World, ix: Ix, destination: Option<Target>, dead_letters: Option<Target>) {
        let frame = world.frame_mut(ix);
        frame.state = DELIVERY;
        // The attempts counted themselves; what goes on from here comes after one of them.
        frame.hops = frame.hops.saturating_add(u8::from(self.in_loop));
        let luck = frame.luck;
        let called = [(DESTINATION, destination, self.record), (DEAD_LETTER, dead_letters, 0)];
        for (slot, target, more) in called {
            let Some(Target { to, op }) = target else { continue };
            let message = world.call(ix, slot, to, op, luck.child(slot, 0), Time::ZERO);
            let bytes = &mut world.frame_mut(message).bytes;
            *bytes = bytes.saturating_add(more);
        }
        if world.frame(ix).kids == 0 {
            world.end(ix, Outcome::OK);
        }
    }

    /// One of those who were told has answered.
    pub fn delivered(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        if !outcome.is_ok() {
            let refused = if world.slot == DEAD_LETTER { self.meters.dead_letter_errors } else { self.meters.destination_failures };
            world.metrics.count(refused, 1);
        }
        if world.frame(ix).kids == 0 {
            world.end(ix, Outcome::OK);
        }
    }

    pub fn assert_sound(&self, world: &World) {
        let Tally { received, succeeded, dropped, pending } = self.tally;
        assert_eq!(received, succeeded + dropped + pending, "every event is done, dropped or pending");
        assert_eq!(world.metrics.level(self.meters.pending), pending);
    }
}

impl Meters {
    fn new(node: NodeId, build: &mut Build) -> Self {
        let end_to_end = build.end_to_end(node);
        let metrics = &mut build.world.metrics;
        let at = node as usize;
        Self {
            received: metrics.counter(at, "AsyncEventsReceived"),
            units: metrics.counter(at, "AdditionalEventUnits"),
            dropped: metrics.counter(at, "AsyncEventsDropped"),
            never_run: metrics.counter(at, "AsyncEventsDroppedNeverRun"),
            after_errors: metrics.counter(at, "AsyncEventsDroppedAfterErrors"),
            retries: metrics.counter(at, "AsyncEventRetries"),
            put_off: metrics.counter(at, "AsyncEventsPutOff"),
            destination_failures: metrics.counter(at, "DestinationDeliveryFailures"),
            dead_letter_errors: metrics.counter(at, "DeadLetterErrors"),
            pending: metrics.gauge(at, "AsyncEventsPending"),
            age: metrics.latency(at, "AsyncEventAge"),
            end_to_end,
        }
    }
}
