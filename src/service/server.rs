//! A server: instances × slots that work, and a queue before them. The generic backend, and the station that queueing theory knows.
//!
//! ```text
//! arrive ─▶ [ queue: fifo | priority, at most queue_limit ] ─▶ slot: service_time ─▶ answer
//!     └──── full: 503                                  processor_sharing: no queue, n jobs share c slots, each at min(1, c/n)
//! ```
//!
//! M/M/c, M/G/1, M/G/1-PS and their kin are this with the right distributions. A request whose caller has gone keeps its place and its slot, as on
//! a real server. A share of requests may end in an error, and a fault may make all of it slow or unavailable. Left out: instances that boot, fail
//! one by one or are balanced unevenly.

use std::{cmp::Reverse, collections::BinaryHeap, collections::VecDeque};

use crate::{
    document::{Diagnostic, Reading, Shape, Shapes, Spanned, Value},
    engine::{Id, Ix, NodeId, Signal, World},
    mechanism::distribution::Distribution,
    metrics::{Cause, Class, Counter, Gauge, Latency, Limit, Outcome},
    spec,
    units::{Share, Time},
    words,
};

use super::{
    Build, Kind, Service,
    outage::{LATENCY, Outages, Slowdowns, UNAVAILABLE},
};

words! {
    /// Who is served next.
    pub enum Discipline {
        /// In the order of arrival.
        Fifo = "fifo",
        /// Higher `priority` of the workload first, then in the order of arrival; nobody is interrupted.
        Priority = "priority",
        /// All at once, each at an equal share of the slots.
        ProcessorSharing = "processor_sharing",
    }
}

spec! {
    /// What the file says of a server.
    pub struct Spec: "a server" {
        /// Machines behind the address, at least 1.
        instances: Spanned<u32> = Spanned { value: 1, span: Default::default() },
        /// Requests that one machine works on at a time, at least 1.
        slots: Spanned<u32> = Spanned { value: 1, span: Default::default() },
        /// Who is served next.
        discipline: Discipline = Discipline::Fifo,
        /// Requests that may wait; one more is refused with 503. Default: no limit.
        queue_limit: Option<u64> = None,
        /// How long a request keeps a slot busy.
        service_time: Distribution,
        /// Share of requests that are served and end in an error, drawn anew at each try.
        error_rate: Share = Share::from_fraction(0.0),
        /// Status of such an error, 400 to 599: 5xx is a failure, 429 a throttle, another 4xx a refusal for good.
        status: Spanned<u16> = Spanned { value: 503, span: Default::default() },
    }
}

/// What can be asked of a server: its service.
#[derive(Clone, Debug)]
pub struct Operation;

impl Kind for Spec {
    type Service = Server;
    type Operation = Operation;
    const NAME: &'static str = "server";
    const VERBS: &'static [&'static str] = &["call"];
    const TARGET: &'static str = "node";
    const METRICS: &'static [&'static str] =
        &["request_count", "rejected_request_count", "busy_slots", "queue_length", "target_response_time", "error_count"];
    const FAULTS: &'static [&'static str] = &[UNAVAILABLE, LATENCY];

    fn read_operation(_verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Operation> {
        reading.fields(value, "a call")?.close("a call", reading);
        Some(Operation)
    }

    fn operation_shape(_verb: &'static str, _: &mut Shapes) -> Shape {
        Shape::object("a call")
    }

    fn usual() -> Option<(&'static str, Operation)> {
        Some(("call", Operation))
    }

    fn charges(&self, name: &str, _aws: &crate::platform::Platform) -> crate::service::charge::Charges {
        crate::service::charge::Charges { list: Vec::new(), left_out: vec![format!("the server `{name}`, which is not AWS's to price")] }
    }

    fn check(&self, name: &str, reading: &mut Reading) {
        if !(400..600).contains(&self.status.value) {
            let message = format!("expected the status of an error, 400 to 599, found {}", self.status.value);
            reading.push(Diagnostic::error("E020", self.status.span, message).label("no error").hint("write `status: 503`, 429 or 404"));
        }
        for (field, count) in [("instances", &self.instances), ("slots", &self.slots)] {
            if count.value == 0 {
                let message = format!("`{name}` has no {field}, so it could never answer");
                reading.push(
                    Diagnostic::error("E060", count.span, message)
                        .label("at least 1")
                        .hint(format!("write `{field}: 1` or more; for an outage, see `faults`")),
                );
            }
        }
    }

    fn build(&self, node: NodeId, build: &mut Build) -> Server {
        let whose = build.whose(node);
        let (outages, slowdowns) = (build.outages(node), build.slowdowns(node));
        let metrics = &mut build.world.metrics;
        let at = node as usize;
        let phrase = format!("{whose} queue limit ({})", self.queue_limit.unwrap_or(u64::MAX));
        Server {
            node,
            slots: u64::from(self.instances.value) * u64::from(self.slots.value),
            discipline: self.discipline,
            queue_limit: self.queue_limit.unwrap_or(u64::MAX),
            service_time: self.service_time.clone(),
            error_rate: self.error_rate.as_fraction(),
            error: answer_of(self.status.value),
            outages,
            slowdowns,
            busy: 0,
            waiting: VecDeque::new(),
            ranked: BinaryHeap::new(),
            ranks: 0,
            sharing: Sharing::default(),
            requests: metrics.counter(at, "RequestCount"),
            rejected: metrics.counter(at, "RejectedRequestCount"),
            errors: metrics.counter(at, "ErrorCount"),
            busy_slots: metrics.gauge(at, "BusySlots"),
            queue_length: metrics.gauge(at, "QueueLength"),
            response_time: metrics.latency(at, "TargetResponseTime"),
            queue_full: metrics.limit(at, "server_queue", phrase),
        }
    }

    fn bind(&self, _service: &mut Server, _operations: Vec<Operation>, _build: &mut Build) {}
}

/// Purposes of draws.
const SERVICE: u64 = 0x5E11;
const ERROR: u64 = 0x5E12;

/// The refusal of a full queue: HTTP 503, as a load balancer answers.
const FULL: Outcome = Outcome { class: Class::Throttled, code: 503 };
/// What is there instead of a server that is out.
const OUT: Outcome = Outcome { class: Class::Failed, code: 503 };

/// What a status means to the caller.
fn answer_of(status: u16) -> Outcome {
    let class = match status {
        429 => Class::Throttled,
        400..500 => Class::Rejected,
        _ => Class::Failed,
    };
    Outcome { class, code: status }
}

/// A server that runs.
#[derive(Clone, Debug)]
pub struct Server {
    node: NodeId,
    slots: u64,
    discipline: Discipline,
    queue_limit: u64,
    service_time: Distribution,
    error_rate: f64,
    error: Outcome,
    outages: Outages,
    slowdowns: Slowdowns,
    busy: u64,
    waiting: VecDeque<Id>,
    /// (priority, reversed rank of arrival, who).
    ranked: BinaryHeap<(u32, Reverse<u64>, RankedId)>,
    ranks: u64,
    sharing: Sharing,
    requests: Counter,
    rejected: Counter,
    errors: Counter,
    busy_slots: Gauge,
    queue_length: Gauge,
    response_time: Latency,
    queue_full: Limit,
}

/// An `Id` that may stand in a heap: it never decides the order, for ranks are unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RankedId(Id);

impl PartialOrd for RankedId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RankedId {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl Service for Server {
    fn on(&mut self, world: &mut World, ix: Ix, signal: Signal) {
        match (signal, self.discipline) {
            (Signal::Arrive, _) if self.outages.is_out(world.now()) => self.out(world, ix),
            (Signal::Arrive, Discipline::ProcessorSharing) => self.share(world, ix),
            (Signal::Arrive, _) => self.arrive(world, ix),
            (Signal::Wake(_), Discipline::ProcessorSharing) => self.share_done(world),
            (Signal::Wake(_), _) => self.done(world, ix),
            _ => unreachable!("a server calls nobody and sets no deadline"),
        }
    }

    fn start(&mut self, world: &mut World) {
        if self.discipline == Discipline::ProcessorSharing {
            self.sharing.clock = Some(world.timer(self.node));
        }
    }

    fn assert_sound(&self, _world: &World) {
        assert!(self.busy <= self.slots, "{} of {} slots are busy", self.busy, self.slots);
        assert!(self.busy == self.slots || self.queued() == 0, "requests wait beside a free slot");
    }
}

impl Server {
    fn queued(&self) -> u64 {
        (self.waiting.len() + self.ranked.len()) as u64
    }

    #[inline]
    fn arrive(&mut self, world: &mut World, ix: Ix) {
        world.metrics.count(self.requests, 1);
        world.frame_mut(ix).since = world.now();
        if self.busy < self.slots {
            self.busy += 1;
            world.metrics.rise(self.busy_slots, world.now(), 1);
            self.serve(world, ix);
        } else if self.queued() < self.queue_limit {
            world.metrics.rise(self.queue_length, world.now(), 1);
            self.enqueue(world, ix);
        } else {
            self.refuse(world, ix);
        }
    }

    fn refuse(&mut self, world: &mut World, ix: Ix) {
        world.metrics.count(self.rejected, 1);
        world.metrics.refuse(self.queue_full);
        world.finish(ix, FULL, Time::ZERO);
    }

    #[cold]
    fn out(&mut self, world: &mut World, ix: Ix) {
        world.metrics.count(self.requests, 1);
        world.metrics.count(self.errors, 1);
        world.finish(ix, OUT, Time::ZERO);
    }

    #[inline]
    fn enqueue(&mut self, world: &World, ix: Ix) {
        let id = world.id(ix);
        if self.discipline == Discipline::Fifo {
            return self.waiting.push_back(id);
        }
        let priority = world.traits[world.frame(ix).workload as usize].priority;
        self.ranks += 1;
        self.ranked.push((priority, Reverse(self.ranks), RankedId(id)));
    }

    #[inline]
    fn serve(&mut self, world: &mut World, ix: Ix) {
        let now = world.now();
        let frame = world.frame(ix);
        let (waited, luck) = (now - frame.since, frame.luck);
        let work = self.slowdowns.stretch(now, self.service_time.sample(&mut luck.draw(SERVICE)));
        world.spend(ix, Cause::Queue, waited);
        world.spend(ix, Cause::Service, work);
        world.wake(ix, 0, work);
    }

    #[inline]
    fn done(&mut self, world: &mut World, ix: Ix) {
        let now = world.now();
        self.answer(world, ix);
        let next = self.waiting.pop_front().or_else(|| self.ranked.pop().map(|r| r.2.0));
        match next.and_then(|id| world.live(id)) {
            Some(next) => {
                world.metrics.fall(self.queue_length, now, 1);
                self.serve(world, next);
            }
            None => {
                self.busy -= 1;
                world.metrics.fall(self.busy_slots, now, 1);
            }
        }
    }

    #[inline]
    fn answer(&mut self, world: &mut World, ix: Ix) {
        let sojourn = world.now() - world.frame(ix).since;
        world.metrics.record(self.response_time, sojourn);
        if self.error_rate > 0.0 && world.frame(ix).luck.draw(ERROR).chance(self.error_rate) {
            world.metrics.count(self.errors, 1);
            return world.finish(ix, self.error, Time::ZERO);
        }
        world.finish(ix, Outcome::OK, Time::ZERO);
    }
}

/// Processor sharing by virtual time: all jobs age alike, so the next to finish is the one of least (age at arrival + work).
#[derive(Clone, Debug, Default)]
struct Sharing {
    clock: Option<Ix>,
    /// Work that a job present since the beginning would have received, ns.
    age: f64,
    since: Time,
    jobs: BinaryHeap<Reverse<(u64, u64, RankedId)>>,
}

impl Sharing {
    /// Share of a slot that each job has.
    fn speed(&self, slots: u64) -> f64 {
        (slots as f64 / self.jobs.len().max(1) as f64).min(1.0)
    }

    fn advance(&mut self, now: Time, slots: u64) {
        self.age += (now - self.since).as_nanos() as f64 * self.speed(slots);
        self.since = now;
    }
}

impl Server {
    fn share(&mut self, world: &mut World, ix: Ix) {
        let now = world.now();
        world.metrics.count(self.requests, 1);
        world.frame_mut(ix).since = now;
        if self.sharing.jobs.len() as u64 >= self.slots.saturating_add(self.queue_limit) {
            return self.refuse(world, ix);
        }
        self.sharing.advance(now, self.slots);
        let work = self.slowdowns.stretch(now, self.service_time.sample(&mut world.frame(ix).luck.draw(SERVICE)));
        self.ranks += 1;
        let due = self.sharing.age + work.as_nanos() as f64;
        // Non-negative floats order as their bits do.
        self.sharing.jobs.push(Reverse((due.to_bits(), self.ranks, RankedId(world.id(ix)))));
        self.occupy(world);
        world.spend(ix, Cause::Service, work);
        self.set_clock(world);
    }

    fn share_done(&mut self, world: &mut World) {
        let now = world.now();
        self.sharing.advance(now, self.slots);
        if let Some(Reverse((_, _, RankedId(id)))) = self.sharing.jobs.pop()
            && let Some(ix) = world.live(id)
        {
            let frame = world.frame(ix);
            let stretched = (now - frame.since).saturating_sub(Time::from_micros(u64::from(frame.spent[Cause::Service as usize])));
            world.spend(ix, Cause::Queue, stretched);
            self.occupy(world);
            self.answer(world, ix);
        }
        if self.sharing.jobs.is_empty() {
            self.sharing.age = 0.0;
        }
        self.set_clock(world);
    }

    /// Under sharing a slot is busy while there is a job for it.
    fn occupy(&mut self, world: &mut World) {
        let busy = self.slots.min(self.sharing.jobs.len() as u64);
        match busy.cmp(&self.busy) {
            std::cmp::Ordering::Greater => world.metrics.rise(self.busy_slots, world.now(), busy - self.busy),
            std::cmp::Ordering::Less => world.metrics.fall(self.busy_slots, world.now(), self.busy - busy),
            std::cmp::Ordering::Equal => {}
        }
        self.busy = busy;
    }

    /// Wakes the clock when the job that is nearest to its end will be done at today's speed.
    fn set_clock(&mut self, world: &mut World) {
        let Some(clock) = self.sharing.clock else { return };
        world.unschedule(clock);
        if let Some(Reverse((due, _, _))) = self.sharing.jobs.peek() {
            let left = (f64::from_bits(*due) - self.sharing.age).max(0.0) / self.sharing.speed(self.slots);
            world.wake(clock, 0, Time::from_nanos(left.ceil() as u64));
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_unsigned_order_of_bits_is_the_order_of_non_negative_floats() {
        let ages = [0.0_f64, 1e-9, 0.5, 1.0, 1e9, 1e18];
        assert!(ages.windows(2).all(|w| w[0].to_bits() < w[1].to_bits()));
    }
}
