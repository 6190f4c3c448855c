//! SQS: a queue that keeps messages until somebody receives and deletes them, and gives them out again when nobody does.
//!
//! ```text
//! send ─▶ DELAYED ─▶ VISIBLE ─receive─▶ IN FLIGHT ─delete─▶ gone          any state ─too old─▶ gone
//!                       ▲  └ received max_receive_count times ─▶ dead-letter queue
//!                       └──── visibility timeout over ────┘               FIFO: one in flight locks its group
//! ```
//!
//! Messages live in the engine's store; here are the lists that say what each is doing, and one clock. Left out: purging, queue policies, encryption, the
//! minute that attribute changes take.

mod groups;
mod lanes;
pub mod meters;
mod operation;
mod rates;
mod receive;
mod send;
mod spec;

pub use operation::{ChangeVisibility, Operation, Receive, Send};
pub use spec::{Backlog, DEAD_LETTERS, Fifo, REDRIVE_LABEL, Redrive, RedrivePolicy, Spec};

use std::collections::VecDeque;

use crate::{
    engine::{About, Id, Ix, List, Message, NodeId, Signal, Slot, World},
    mechanism::{
        attribute::Attribute,
        dedup::Dedup,
        luck::{Luck, keyed, mix},
    },
    metrics::{Class, Outcome},
    units::Time,
};

use super::{Build, Service, outage::Outages};
use groups::{Groups, LONER, Noise};
use lanes::Lanes;
use meters::{Death, Meters, STALE};
use operation::Compiled;
use rates::Rates;
use spec::TAKE_OVER;

/// What a message is doing (its `state`).
const DELAYED: u8 = 0;
const VISIBLE: u8 = 1;
const IN_FLIGHT: u8 = 2;

/// Tags of wake-ups.
const CLOCK: u8 = 0;
const REDRIVE: u8 = 1;
const POLL_OVER: u8 = 2;

/// Purposes of draws.
const LATENCY: u64 = 0x50;
const TWICE: u64 = 0x51;
const HOSTS: u64 = 0x52;

/// `RequestThrottled`.
const THROTTLED: Outcome = Outcome { class: Class::Throttled, code: 403 };
/// `InvalidParameterValue`: larger than the queue takes.
const TOO_LARGE: Outcome = Outcome { class: Class::Rejected, code: 400 };
/// `InvalidParameterValue`: hidden for longer than 12 h in all.
const HIDDEN_TOO_LONG: Outcome = Outcome { class: Class::Rejected, code: 400 };
/// Out of reach, by a fault.
const UNAVAILABLE: Outcome = Outcome { class: Class::Failed, code: 503 };
/// `OverLimit`, of a short poll.
const OVER_LIMIT: Outcome = Outcome { class: Class::Rejected, code: 403 };

/// A queue that runs.
#[derive(Clone, Debug)]
pub struct Sqs {
    node: NodeId,
    key: u64,
    operations: Vec<Compiled>,
    fifo: bool,
    /// Whether somebody's work ends here.
    is_end: bool,
    visibility: Time,
    /// How long a message may be hidden after one receive, all changes of visibility together.
    hidden_most: Time,
    retention: Time,
    in_flight_limit: u64,
    /// Deliveries before the dead-letter queue, and which that is.
    dead_letters: Option<(u16, NodeId)>,
    /// A message received so often goes to the back.
    back_at: u16,
    duplicates: f64,
    short_poll: ShortPoll,
    /// Scope of deduplication ids: the group, or the queue.
    dedup_by_group: bool,
    dedup: Option<Dedup>,
    outages: Outages,
    rates: Option<Rates>,
    billed_chunk: u64,
    largest: u64,

    /// Every message, the first to be too old at the head: those that count as waiting, and those that came back too often to count.
    ages: List<1>,
    stale: List<1>,
    delayed: Lanes,
    in_flight: Lanes,
    /// Visible messages of no group.
    plain: List<0>,
    groups: Groups,
    /// Whether the next message of a standard queue is one of a tenant.
    tenants_turn: bool,
    /// Receives that wait for a message.
    waiting: VecDeque<Id>,
    numbers: u32,
    clock: Option<Ix>,
    clock_at: Time,
    redrive: Option<RedriveTask>,
    backlog: Option<(u32, u32, Option<Attribute>, u16)>,
    book: Book,
    meters: Meters,
}

#[derive(Clone, Copy, Debug)]
struct ShortPoll {
    hosts: u64,
    sample: u64,
}

#[derive(Clone, Copy, Debug)]
struct RedriveTask {
    start: Time,
    every: Time,
    to: Option<NodeId>,
}

/// What came and what went, over the whole run.
#[derive(Clone, Copy, Debug, Default)]
struct Book {
    sent: u64,
    redriven_in: u64,
    deleted: u64,
    dead_lettered: u64,
    redriven_out: u64,
    expired: u64,
}

impl Service for Sqs {
    #[inline]
    fn on(&mut self, world: &mut World, ix: Ix, signal: Signal) {
        match signal {
            Signal::Arrive => self.arrive(world, ix),
            Signal::Wake(CLOCK) => self.tick(world),
            Signal::Wake(POLL_OVER) => self.poll_over(world, ix),
            Signal::Wake(_) => self.redrive_one(world, ix),
            _ => unreachable!("a queue calls nobody and sets no deadline"),
        }
    }

    fn start(&mut self, world: &mut World) {
        self.clock = Some(world.timer(self.node));
        if let Some(task) = self.redrive {
            let redriver = world.timer(self.node);
            world.wake(redriver, REDRIVE, task.start);
        }
        if let Some((messages, bytes, group, nobody)) = self.backlog.take() {
            for n in 0..u64::from(messages) {
                let lineage = mix(self.key ^ mix(n));
                let about = About { request: lineage, bytes, workload: nobody, ..About::default() };
                let key = group.as_ref().map(|attribute| attribute.draw(lineage, 0));
                self.enqueue(world, &about, lineage, key, Time::ZERO);
            }
            world.metrics.rise(self.meters.visible, world.now(), u64::from(messages));
            self.book.sent += u64::from(messages);
            world.metrics.count_for(self.meters.sent, nobody, u64::from(messages));
        }
    }

    fn settle(&mut self, world: &mut World) {
        self.note_age(world);
        let now = world.now();
        world.metrics.set(self.meters.groups, now, self.groups.busy);
        world.metrics.set(self.meters.noisy, now, self.groups.noisy_count);
    }

    fn assert_sound(&self, _world: &World) {
        let Book { sent, redriven_in, deleted, dead_lettered, redriven_out, expired } = self.book;
        let (visible, delayed, in_flight) = (self.plain.len() + self.groups.visible(), self.delayed.len(), self.in_flight.len());
        let (came, went) = (sent + redriven_in, deleted + dead_lettered + redriven_out + expired);
        assert_eq!(
            came,
            went + visible + delayed + in_flight,
            "a queue loses no message: {:?}, {visible} visible, {delayed} delayed, {in_flight} in flight",
            self.book
        );
        assert_eq!(self.ages.len() + self.stale.len(), visible + delayed + in_flight, "every message has an age");
        assert!(in_flight <= self.in_flight_limit, "{in_flight} of {} messages are in flight", self.in_flight_limit);
    }
}

impl Sqs {
    #[inline]
    fn arrive(&mut self, world: &mut World, ix: Ix) {
        let op = world.frame(ix).op;
        if op == TAKE_OVER {
            return self.take_over(world, ix);
        }
        if self.outages.is_out(world.now()) {
            return self.out_of_reach(world, ix);
        }
        match &self.operations[op as usize] {
            Compiled::Send(_) => self.send(world, ix, op as usize),
            Compiled::Forward { delay } => {
                let delay = *delay;
                self.forward(world, ix, delay);
            }
            Compiled::Receive(_) => self.receive(world, ix, op as usize),
            Compiled::Delete { close, latency } => {
                let took = world.parent(ix).is_some().then(|| latency.sample(&mut world.frame(ix).luck.draw(LATENCY)));
                let close = *close;
                self.delete(world, ix, close, took);
            }
            Compiled::ChangeVisibility { timeout, latency } => {
                let (timeout, took) = (*timeout, latency.sample(&mut world.frame(ix).luck.draw(LATENCY)));
                self.change_visibility(world, ix, timeout, took);
            }
        }
    }

    #[cold]
    fn out_of_reach(&mut self, world: &mut World, ix: Ix) {
        if let (Compiled::Delete { close: true, .. }, Some(batch)) = (&self.operations[world.frame(ix).op as usize], world.take_batch(ix)) {
            world.messages.close_batch(batch);
        }
        world.finish(ix, UNAVAILABLE, Time::ZERO);
    }

    /// What is due now: waits that are over, messages that are too old.
    fn tick(&mut self, world: &mut World) {
        let now = world.now();
        self.clock_at = Time::MAX;
        while let Some(slot) = self.delayed.pop_due(&mut world.messages, now) {
            world.metrics.fall(self.meters.delayed, now, 1);
            self.show(world, slot, false);
        }
        while let Some(slot) = self.in_flight.pop_due(&mut world.messages, now) {
            self.returned(world, slot);
        }
        while let Some(slot) = [self.ages.first(), self.stale.first()].into_iter().flatten().find(|slot| world.messages.get(*slot).expires <= now) {
            self.take_out(world, slot);
            self.book.expired += 1;
            world.metrics.count(self.meters.expired, 1);
            self.forget(world, slot);
        }
        self.serve(world);
        let oldest = |ages: &List<1>| ages.first().map_or(Time::MAX, |slot| world.messages.get(slot).expires);
        let next =
            oldest(&self.ages).min(oldest(&self.stale)).min(self.delayed.next_due(&world.messages)).min(self.in_flight.next_due(&world.messages));
        self.due(world, next);
    }

    /// Something will be due at this time: the clock will ring then, or before.
    #[inline]
    fn due(&mut self, world: &mut World, at: Time) {
        if at < self.clock_at
            && let Some(clock) = self.clock
        {
            self.clock_at = at;
            world.unschedule(clock);
            world.wake(clock, CLOCK, at - world.now());
        }
    }

    /// A message's time in flight is over without a deletion.
    fn returned(&mut self, world: &mut World, slot: Slot) {
        let now = world.now();
        world.metrics.fall(self.meters.in_flight, now, 1);
        self.release(world, slot);
        let message = world.messages.get(slot);
        if message.receives >= self.back_at && message.marks & STALE == 0 && !self.fifo {
            self.ages.remove(&mut world.messages, slot);
            world.messages.get_mut(slot).marks |= STALE;
            self.stale.insert_from_back(&mut world.messages, slot, |own, other| own.expires < other.expires);
        }
        self.show(world, slot, true);
    }

    /// The lock or share that a message in flight had of its group.
    #[inline]
    fn release(&mut self, world: &World, slot: Slot) {
        let message = world.messages.get(slot);
        if message.group != LONER {
            let took = world.now().saturating_sub(message.due.saturating_sub(self.visibility));
            if self.groups.released(message.group, world.now(), took) {
                self.groups.wake(message.group);
            }
        }
    }

    /// Makes a message visible that is in no list.
    fn show(&mut self, world: &mut World, slot: Slot, returns: bool) {
        world.metrics.rise(self.meters.visible, world.now(), 1);
        self.line_up(world, slot, returns);
    }

    /// Puts a message where those stand that are visible, without counting it.
    #[inline]
    fn line_up(&mut self, world: &mut World, slot: Slot, returns: bool) {
        let message = world.messages.get_mut(slot);
        message.state = VISIBLE;
        let (group, often) = (message.group, message.receives >= self.back_at);
        if group != LONER {
            self.groups.show(&mut world.messages, group, slot, returns && (self.fifo || !often));
            self.groups.wake(group);
        } else if returns && !often {
            self.plain.push_front(&mut world.messages, slot);
        } else {
            self.plain.push_back(&mut world.messages, slot);
        }
    }

    /// Takes a message out of the list that says what it is doing.
    #[inline]
    fn take_out(&mut self, world: &mut World, slot: Slot) {
        let now = world.now();
        let (state, group) = (world.messages.get(slot).state, world.messages.get(slot).group);
        match state {
            IN_FLIGHT => {
                self.in_flight.remove(&mut world.messages, slot);
                world.metrics.fall(self.meters.in_flight, now, 1);
                self.release(world, slot);
            }
            DELAYED => {
                self.delayed.remove(&mut world.messages, slot);
                world.metrics.fall(self.meters.delayed, now, 1);
            }
            _ => {
                match group {
                    LONER => self.plain.remove(&mut world.messages, slot),
                    group => self.groups.get(group).visible.remove(&mut world.messages, slot),
                }
                world.metrics.fall(self.meters.visible, now, 1);
            }
        }
    }

    /// Forgets a message that was taken out.
    #[inline]
    fn forget(&mut self, world: &mut World, slot: Slot) {
        self.let_go(world, slot);
        world.messages.remove(slot);
    }

    /// Strikes a message off this queue's lists of age and group.
    #[inline]
    fn let_go(&mut self, world: &mut World, slot: Slot) {
        let (stale, group) = (world.messages.get(slot).marks & STALE != 0, world.messages.get(slot).group);
        let ages = if stale { &mut self.stale } else { &mut self.ages };
        ages.remove(&mut world.messages, slot);
        if group != LONER {
            self.groups.leave(group);
        }
    }

    /// Puts a message into the dead-letter queue that has been taken out.
    fn bury(&mut self, world: &mut World, slot: Slot, to: NodeId) {
        let now = world.now();
        let message = world.messages.get(slot);
        let death = Death::of(message.runs, message.marks);
        // A standard queue keeps the clock of retention running, a FIFO queue sets it anew.
        let since = if self.fifo { now } else { message.expires.saturating_sub(self.retention) };
        self.book.dead_lettered += 1;
        world.metrics.count(self.meters.dead, 1);
        world.metrics.count(self.meters.dead_by[death as usize], 1);
        self.hand_over(world, slot, to, since);
    }

    /// Hands a message to another queue, in whose eyes it was sent at `since`.
    fn hand_over(&mut self, world: &mut World, slot: Slot, to: NodeId, since: Time) {
        self.let_go(world, slot);
        world.messages.renew(slot);
        let node = self.node;
        let message = world.messages.get_mut(slot);
        (message.source, message.due) = (node, since);
        let (about, lineage) = (message.about, message.lineage);
        let luck = Luck { lineage, attempt: keyed(lineage, u64::from(to)) };
        let ix = world.post(&about, to, TAKE_OVER, luck, Time::ZERO);
        world.frame_mut(ix).cargo = slot;
    }

    /// A message of another queue comes here.
    fn take_over(&mut self, world: &mut World, ix: Ix) {
        let (slot, now) = (world.frame(ix).cargo, world.now());
        let number = self.number();
        let key = world.messages.get(slot).lineage;
        let group = if self.fifo { self.groups.join(key) } else { LONER };
        let message = world.messages.get_mut(slot);
        message.expires = message.due.saturating_add(self.retention);
        (message.sent, message.number, message.group) = (now, number, group);
        (message.receives, message.runs, message.marks) = (0, 0, 0);
        message.queue = self.node;
        let expires = message.expires;
        self.book.redriven_in += 1;
        world.metrics.count(self.meters.redriven_in, 1);
        self.ages.insert_from_back(&mut world.messages, slot, |own, other| own.expires < other.expires);
        self.due(world, expires);
        self.show(world, slot, false);
        world.end(ix, Outcome::OK);
        self.serve(world);
    }

    /// Sends one visible message back, and comes again for the next.
    fn redrive_one(&mut self, world: &mut World, redriver: Ix) {
        let (Some(task), Some(slot)) = (self.redrive, self.plain.first().or_else(|| self.first_of_groups())) else { return };
        let source = world.messages.get(slot).source;
        if let Some(to) = task.to.or((source != NodeId::MAX).then_some(source)) {
            self.take_out(world, slot);
            self.book.redriven_out += 1;
            world.metrics.count(self.meters.redriven_out, 1);
            let now = world.now();
            self.hand_over(world, slot, to, now);
        }
        world.wake(redriver, REDRIVE, task.every);
    }

    fn first_of_groups(&mut self) -> Option<Slot> {
        let group = self.groups.next_unlocked()?;
        let first = self.groups.get(group).visible.first();
        self.groups.wake(group);
        first
    }

    fn number(&mut self) -> u32 {
        self.numbers = self.numbers.wrapping_add(1);
        self.numbers
    }

    /// The age of the oldest message, in ms; what was received too often does not count any more.
    fn note_age(&self, world: &mut World) {
        let now = world.now();
        let age = self.ages.first().map_or(Time::ZERO, |slot| now.saturating_sub(world.messages.get(slot).sent));
        world.metrics.set(self.meters.age, now, age.as_micros() / 1000);
    }
}

impl Sqs {
    fn build(spec: &Spec, node: NodeId, build: &mut Build) -> Self {
        let fifo = spec.fifo.is_some();
        let in_flight_limit = build.platform.count(if fifo { "sqs.fifo_in_flight" } else { "sqs.in_flight" });
        let dead_letters = spec.redrive_policy.as_ref().map(|p| (p.max_receive_count.value, build.node(&p.dead_letter_queue.value)));
        let platform = &build.platform;
        let often = platform.count("sqs.back_of_queue_receives") as u16;
        let redrive = spec.redrive.as_ref().map(|task| RedriveTask {
            start: task.start.value,
            every: Time::from_secs_f64(1.0 / task.rate.value.as_per_second()),
            to: task.to.as_ref().map(|to| build.node(&to.value)),
        });
        let noise = Noise {
            share: if fifo { 1.0 } else { platform.get("sqs.noisy_share") },
            in_flight: platform.count("sqs.noisy_in_flight") as u32,
            clears: Time::from_secs(platform.count("sqs.noisy_clears")),
        };
        let high_throughput = spec.fifo.as_ref().is_some_and(|fifo| fifo.high_throughput);
        let backlog = spec.backlog.as_ref().map(|b| (b.0.messages.value, b.0.size.as_bytes() as u32, b.0.group.clone(), build.nobody()));
        Self {
            node,
            key: build.key(node, 0),
            operations: Vec::new(),
            fifo,
            is_end: build.is_end(node),
            visibility: spec.visibility_timeout.value,
            hidden_most: Time::from_secs(platform.count("sqs.visibility_timeout_maximum")),
            retention: spec.message_retention_period.value,
            in_flight_limit,
            // With few deliveries allowed, what comes back keeps its place.
            back_at: if dead_letters.is_some_and(|(most, _)| most <= often) { u16::MAX } else { often },
            dead_letters,
            duplicates: spec.duplicates.map_or_else(|| if fifo { 0.0 } else { platform.get("sqs.duplicate_rate") }, |share| share.as_fraction()),
            short_poll: ShortPoll { hosts: platform.count("sqs.short_poll_hosts"), sample: platform.count("sqs.short_poll_sample") },
            dedup_by_group: high_throughput,
            dedup: fifo.then(|| Dedup::new(Time::from_secs(platform.count("sqs.deduplication_window")))),
            outages: build.outages(node),
            rates: fifo.then(|| Rates::new(high_throughput, platform)),
            billed_chunk: platform.count("sqs.billed_chunk"),
            largest: spec.maximum_message_size.as_ref().map_or_else(|| platform.count("sqs.maximum_message_size"), |size| size.value.as_bytes()),
            ages: List::default(),
            stale: List::default(),
            delayed: Lanes::default(),
            in_flight: Lanes::default(),
            plain: List::default(),
            groups: Groups::new(noise),
            tenants_turn: false,
            waiting: VecDeque::new(),
            numbers: 0,
            clock: None,
            clock_at: Time::MAX,
            redrive,
            backlog,
            book: Book::default(),
            meters: Meters::new(node, in_flight_limit, build),
        }
    }
}

/// The luck of one delivery of a message: what it is stays, what befalls it is new.
#[inline]
pub fn delivery_luck(message: &Message) -> Luck {
    Luck { lineage: message.lineage, attempt: keyed(message.lineage, u64::from(message.receives)) }
}
