//! A workload: the clients. It makes requests, waits with a time-out, retries, and keeps the record of what they saw.
//!
//! ```text
//! source ─(phases | users | trace)─▶ request ─▶ attempt ─▶ answer ─▶ recorded
//!                                       ▲          │ time-out: the attempt runs on as an orphan
//!                                       └─ back-off ┘ while policy, attempts and budget allow
//! ```
//!
//! Open loop: arrivals do not wait for answers. Closed loop: each user waits, thinks, and asks again. A request is recorded once, with its final
//! outcome and the time since it was first made. With sessions it is a user who comes or is seated, and makes one request after another: see `visits`.

mod phases;
mod session;
mod spec;
mod visits;

pub use phases::{PhaseSpec, Phases, positive};
pub use session::{OnFailure, StepSpec};
pub use spec::*;

use crate::{
    engine::{Ix, LaneId, NodeId, OpId, Signal, World},
    mechanism::{
        arrivals::{self, Pattern},
        distribution::Distribution,
        luck::{Keyed, Luck, mix},
        replay::Replay,
        trace::Trace,
    },
    metrics::{Cause, Class, Outcome, RouteId, Witness},
    units::Time,
};

use super::{Build, Operation, Service, Spec, api_gateway, retry};
use visits::{Does, Step, Visits, Who};

/// Tags of wake-ups.
const ARRIVAL: u8 = 0;
const RETRY: u8 = 1;
const TURN: u8 = 2;

/// Purposes of draws.
const ROUTE: u64 = 0xC0;
const BACKOFF: u64 = 0xC1;
const THINK: u64 = 0xC2;

/// What a user waits who neither thinks nor is made to wait, so that time goes on.
const PAUSE: Time = Time::from_millis(1);

/// What the client itself makes of an attempt that took too long.
const GAVE_UP: Outcome = Outcome { class: Class::TimedOut, code: 0 };

/// The clients of one workload.
#[derive(Clone, Debug)]
pub struct Workload {
    node: NodeId,
    key: u64,
    made: u64,
    source: Source,
    routes: Vec<Route>,
    target: NodeId,
    timeout: Option<LaneId>,
    /// Both ways at once, on the way out: it is the same to the client.
    round_trip: Time,
    retries: retry::Policy,
    budget: Option<retry::Budget>,
}

/// One kind of request in the mix.
#[derive(Clone, Debug)]
struct Route {
    op: OpId,
    /// Share of requests that are of this or an earlier route.
    until: f64,
    payload: u32,
    record: RouteId,
}

/// Where requests come from.
#[derive(Clone, Debug)]
enum Source {
    Phases(arrivals::Arrivals),
    Replay(Replay),
    Bursts(Box<arrivals::Bursts>),
    Batches(Box<arrivals::Batches>),
    Users { count: u64, think: Distribution },
    Visits(Box<Visits>),
}

impl Source {
    fn next(&mut self) -> Option<Time> {
        match self {
            Self::Phases(arrivals) => arrivals.next(),
            Self::Replay(replay) => replay.next(),
            Self::Bursts(bursts) => bursts.next(),
            Self::Batches(batches) => batches.next(),
            Self::Users { .. } | Self::Visits(_) => None,
        }
    }
}

impl Service for Workload {
    #[inline]
    fn on(&mut self, world: &mut World, ix: Ix, signal: Signal) {
        match signal {
            Signal::Reply(outcome) => self.answered(world, ix, outcome),
            Signal::Wake(ARRIVAL) => self.arrival(world, ix),
            Signal::Deadline => {
                world.orphan(ix);
                self.settle_attempt(world, ix, GAVE_UP);
            }
            Signal::Wake(RETRY) => {
                let slept = world.now() - world.frame(ix).since;
                world.spend(ix, Cause::BackOff, slept);
                self.attempt(world, ix);
            }
            Signal::Wake(TURN) => self.turn(world, ix),
            Signal::Wake(tag) => self.woken(world, ix, tag),
            Signal::Arrive | Signal::Done(_) => unreachable!("nobody calls a workload"),
        }
    }

    fn start(&mut self, world: &mut World) {
        match &self.source {
            Source::Users { count, think } => {
                let (count, think) = (*count, think.clone());
                for user in 0..count {
                    self.seat(world, user as u32, &think);
                }
            }
            Source::Visits(_) => self.start_visits(world),
            _ => {
                let source = world.timer(self.node);
                self.expect(world, source);
            }
        }
    }
}

impl Workload {
    /// Sleeps until the next arrival; after the last one the source just stays silent.
    #[inline]
    fn expect(&mut self, world: &mut World, source: Ix) {
        if let Some(at) = self.source.next() {
            world.wake(source, ARRIVAL, at.saturating_sub(world.now()));
        }
    }

    #[inline]
    fn arrival(&mut self, world: &mut World, source: Ix) {
        let luck = Luck::root(self.key, self.made);
        self.made += 1;
        let ix = world.spawn(self.node, 0, self.node as u16, luck);
        self.begin(world, ix);
        self.expect(world, source);
    }

    /// Chooses what is asked and makes the first attempt.
    #[inline]
    fn begin(&mut self, world: &mut World, ix: Ix) {
        let luck = world.frame(ix).luck;
        let at = if self.routes.len() == 1 { 0 } else { self.choose(luck.draw_lineage(ROUTE).unit()) };
        self.ask(world, ix, at);
    }

    /// Makes the first attempt at a request of this kind.
    #[inline]
    fn ask(&mut self, world: &mut World, ix: Ix, at: usize) {
        let (payload, record) = (self.routes[at].payload, self.routes[at].record);
        let frame = world.frame_mut(ix);
        (frame.cargo, frame.bytes) = (at as u32, payload);
        world.metrics.offer(record, world.now());
        if let Some(budget) = &mut self.budget {
            budget.earn();
        }
        self.attempt(world, ix);
    }

    fn choose(&self, share: f64) -> usize {
        self.routes.partition_point(|route| route.until <= share).min(self.routes.len() - 1)
    }

    #[inline]
    fn attempt(&mut self, world: &mut World, ix: Ix) {
        let frame = world.frame_mut(ix);
        let luck = if frame.tries == 0 { frame.luck } else { frame.luck.retry(u32::from(frame.tries)) };
        frame.tries += 1;
        let op = self.routes[frame.cargo as usize].op;
        world.call(ix, 0, self.target, op, luck, self.round_trip);
        if self.round_trip > Time::ZERO {
            world.spend(ix, Cause::Overhead, self.round_trip);
        }
        if let Some(lane) = self.timeout {
            world.arm(ix, lane);
        }
    }

    #[inline]
    fn answered(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        world.disarm(ix);
        self.settle_attempt(world, ix, outcome);
    }

    /// An attempt is over: again, or for good.
    #[inline]
    fn settle_attempt(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        if outcome.class != Class::Ok && self.try_again(world, ix, outcome) {
            return;
        }
        let now = world.now();
        let frame = world.frame(ix);
        let (route, origin, tries, spent) = (frame.cargo, frame.origin, frame.tries, frame.spent);
        world.metrics.complete(self.routes[route as usize].record, origin, now, outcome, u32::from(tries), &spent);
        if world.witnesses.is_any() {
            self.witness(world, ix, outcome);
        }
        match &self.source {
            Source::Users { think, .. } => {
                let mut think = think.sample(&mut world.frame(ix).luck.draw(THINK));
                if think == Time::ZERO && origin == now {
                    think = PAUSE;
                }
                world.count_done(ix, outcome.class);
                world.wake(ix, TURN, think);
            }
            Source::Visits(_) => self.go_on(world, ix, outcome),
            _ => world.end(ix, outcome),
        }
    }

    /// Keeps the request as it ended, if it is one of those that are kept.
    #[cold]
    #[inline(never)]
    fn witness(&self, world: &mut World, ix: Ix, outcome: Outcome) {
        let (now, frame) = (world.now(), world.frame(ix));
        let (lineage, origin, spent, attempts) = (frame.luck.lineage, frame.origin, frame.spent, u32::from(frame.tries));
        let route = self.routes[frame.cargo as usize].record.0;
        world.witnesses.saw(Witness { lineage, route, origin, latency: now.saturating_sub(origin), outcome, attempts, spent });
    }

    fn try_again(&mut self, world: &mut World, ix: Ix, outcome: Outcome) -> bool {
        let frame = world.frame(ix);
        let (tries, luck) = (u32::from(frame.tries), frame.luck);
        if !self.retries.wants_another(tries, outcome) || !self.budget.as_mut().is_none_or(retry::Budget::pay) {
            return false;
        }
        let sleep = self.retries.delay(tries, outcome, &mut luck.retry(tries).draw(BACKOFF));
        world.frame_mut(ix).since = world.now();
        world.wake(ix, RETRY, sleep);
        true
    }

    /// Seats one user of a closed loop, who first thinks: users do not all arrive at once.
    fn seat(&mut self, world: &mut World, user: u32, think: &Distribution) {
        let ix = world.timer(self.node);
        let first = think.sample(&mut Keyed::new(mix(self.key ^ u64::from(user))));
        let frame = world.frame_mut(ix);
        (frame.op, frame.workload) = (user, self.node as u16);
        world.wake(ix, TURN, first);
    }

    /// A user's next request: luck is keyed by (user, turn), so it does not depend on how long others took.
    fn turn(&mut self, world: &mut World, ix: Ix) {
        let now = world.now();
        let key = self.key;
        let frame = world.frame_mut(ix);
        frame.env = frame.env.wrapping_add(1);
        frame.luck = Luck::root(mix(key ^ u64::from(frame.op)), u64::from(frame.env));
        (frame.request, frame.origin, frame.born) = (frame.luck.lineage, now, now);
        (frame.tries, frame.spent) = (0, [0; 8]);
        world.count_arrived(ix);
        self.begin(world, ix);
    }
}

impl Workload {
    /// Compiles a workload whose references have been checked.
    pub(super) fn build(name: &str, spec: &WorkloadSpec, trace: Option<Trace>, node: NodeId, nodes: &[(&str, &Spec)], build: &mut Build) -> Self {
        let target = build.node(&spec.target.value);
        let target_spec = nodes.iter().find(|(n, _)| *n == spec.target.value).map(|(_, s)| *s);
        let (routes, ranges) = routes(name, spec, target, target_spec, build);
        let key = build.key(node, 0);
        let source = source(spec, trace, mix(key ^ 1));
        let source = if spec.session.is_empty() { source } else { Source::Visits(Box::new(visits(spec, source, &ranges))) };
        let steady = steady(&source, &build.measured);
        for route in &routes {
            build.world.metrics.set_steady(route.record, steady);
        }
        let retry = spec.client.retry.as_ref().map(|r| &r.value);
        Self {
            node,
            key,
            made: 0,
            source,
            routes,
            target,
            round_trip: spec.client.round_trip,
            timeout: spec.client.timeout.as_ref().map(|t| build.world.lane(t.value)),
            retries: retry.map_or_else(retry::Policy::none, retry::Policy::plain),
            budget: retry.and_then(|r| r.budget).map(retry::Budget::new),
        }
    }
}

fn source(spec: &WorkloadSpec, trace: Option<Trace>, seed: u64) -> Source {
    match (spec.load(), trace) {
        (Some(Load::Users { users: count, think_time }), _) => {
            Source::Users { count, think: think_time.cloned().unwrap_or_else(|| Distribution::constant(Time::ZERO)) }
        }
        (Some(Load::Replay(replay)), Some(trace)) => Source::Replay(Replay::new(trace, replay.spread, replay.scale.value, seed)),
        _ => {
            let phases = spec.phases.list.iter().map(|phase| phase.value.process()).collect();
            match spec.arrivals {
                Arrivals::Spread(Pattern::Bursty(law)) => Source::Bursts(Box::new(arrivals::Bursts::new(law, phases, seed))),
                Arrivals::Spread(Pattern::Batch(law)) => Source::Batches(Box::new(arrivals::Batches::new(law, phases, seed))),
                Arrivals::Spread(pattern) => Source::Phases(arrivals::Arrivals::new(pattern, phases, seed)),
                Arrivals::Replay => Source::Phases(arrivals::Arrivals::new(Pattern::Poisson, phases, seed)),
            }
        }
    }
}

/// The sessions of those who come from `source`; `ranges` are the routes of each step that is a request.
fn visits(spec: &WorkloadSpec, source: Source, ranges: &[(u32, u32)]) -> Visits {
    let mut ranges = ranges.iter();
    let steps = spec.session.iter().map(|step| &step.value).map(|step| {
        let does = match &step.think {
            Some(think) => Does::Think(think.value.clone()),
            None => ranges.next().map_or(Does::Ask { first: 0, count: 1 }, |(first, count)| Does::Ask { first: *first, count: *count }),
        };
        Step { chance: step.chance.as_fraction(), does }
    });
    let steps = steps.collect();
    let who = match source {
        Source::Users { count, think } => Who::Users { count, think },
        arrivals => Who::Arrivals(arrivals),
    };
    Visits { who, steps, on_failure: spec.on_failure }
}

/// Whether the load is the same throughout, so that intervals by batch means make sense. Bursts are part of such a load.
fn steady(source: &Source, measured: &std::ops::Range<Time>) -> bool {
    match source {
        Source::Phases(arrivals) => arrivals.is_constant_rate(measured.start, measured.end),
        Source::Bursts(bursts) => bursts.is_constant_rate(measured.start, measured.end),
        Source::Batches(batches) => batches.is_constant_rate(measured.start, measured.end),
        Source::Users { .. } => true,
        Source::Replay(_) => false,
        Source::Visits(visits) => match &visits.who {
            Who::Users { .. } => true,
            Who::Arrivals(arrivals) => steady(arrivals, measured),
        },
    }
}

/// The mix, as operations of the target. Without `requests` an API is asked for each of its routes alike, another node for what it does.
/// With each request of the mix: the first of its routes and how many they are. The same route in two steps of a session has one record.
fn routes(name: &str, spec: &WorkloadSpec, target: NodeId, target_spec: Option<&Spec>, build: &mut Build) -> (Vec<Route>, Vec<(u32, u32)>) {
    let own = target_spec.map(Spec::routes).unwrap_or_default();
    let mut mix: Vec<(String, Operation, f64, u32)> = Vec::new();
    let mut ranges = Vec::new();
    for request in spec.mix() {
        let (first, payload) = (mix.len() as u32, request.payload.as_bytes().min(u64::from(u32::MAX)) as u32);
        if request.route.is_none() && request.operation.is_none() && !own.is_empty() {
            let each = own.iter().map(|route| ((*route).to_owned(), asked_route(route), request.weight.value / own.len() as f64, payload));
            mix.extend(each);
        } else {
            let verb = request.operation.as_ref().map(|o| o.verb.value.clone());
            let label = request.route.as_ref().map(|r| r.value.clone()).or(verb).unwrap_or_else(|| spec.target.value.clone());
            mix.push((label, operation(&request, target_spec), request.weight.value, payload));
        }
        ranges.push((first, mix.len() as u32 - first));
    }
    let total: f64 = mix.iter().map(|(_, _, weight, _)| weight).sum();
    let (mut until, mut records) = (0.0, Vec::<(String, RouteId)>::new());
    let compiled = mix.into_iter().map(|(label, operation, weight, payload)| {
        until += weight / total;
        let known = records.iter().find(|(known, _)| *known == label && !spec.session.is_empty()).map(|(_, record)| *record);
        let record = known.unwrap_or_else(|| build.world.metrics.route(name, &label, target as usize));
        records.push((label, record));
        Route { op: build.operation(target, operation), until, payload, record }
    });
    (compiled.collect(), ranges)
}

fn operation(request: &RequestSpec, target: Option<&Spec>) -> Operation {
    if let Some(asked) = &request.operation {
        return asked.operation.clone();
    }
    match target {
        Some(Spec::ApiGateway(_)) => asked_route(request.route.as_ref().map_or("", |r| &r.value)),
        Some(spec) => spec.usual().map(|(_, usual)| usual).expect("a request without an operation was checked to need none"),
        None => unreachable!("targets were checked to be there"),
    }
}

fn asked_route(route: &str) -> Operation {
    Operation::ApiGateway(api_gateway::Operation::Route(route.to_owned()))
}
