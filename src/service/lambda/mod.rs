//! Lambda: admission, environments, and the handler that runs in them.
//!
//! ```text
//! invoke ─▶ size ─▶ rate ─▶ provisioned? ─▶ concurrency ─▶ idle environment? ─▶ scaling rate ─▶ allocation + INIT ─▶ handler ─▶ answer
//!             413      429        (spill)         429            warm                429              cold              │ time-out: reset
//! ```
//!
//! The *set* of checks is AWS's, their order is not documented and is ours (`docs/model/lambda.md`). An invocation holds its environment and its
//! concurrency until the handler ends, whoever still waits for it. Events that nobody waits for stand in `asynchronous`, and
//! come here attempt by attempt.

mod alias;
mod asynchronous;
mod batch;
mod build;
mod charges;
mod deployments;
mod environments;
mod gate;
mod halving;
mod handler;
mod meters;
pub mod operation;
mod program;
mod provisioning;
pub mod recursion;
mod response;
mod snap_start;
mod spec;
mod starts;
pub mod steps;

pub use alias::{RoutingConfig, VersionSpec};
pub use asynchronous::Destinations;
pub use deployments::{Deployments, Rollout};
pub use operation::{FUNCTION_ERROR, FUNCTION_TIMEOUT, Operation};
pub use recursion::RecursiveLoop;
pub use response::Response;
pub use snap_start::SnapStart;
pub use spec::{Architecture, Package, Sdk, Spec};

use crate::{
    engine::{Ix, LaneId, Signal, World},
    metrics::{Cause, Class, Limit, Outcome},
    units::Time,
};

use super::{Service, auto_scaling};
use alias::Alias;
use asynchronous::{Asynchronous, Targets};
use batch::Feed;
use environments::{EnvIx, Environments, Version};
use gate::Gate;
use meters::Meters;
use program::Instr;
use provisioning::Provisioning;
use recursion::Guard;
use snap_start::Restore;
use starts::Starts;

/// Tags of wake-ups.
const STEP: u8 = 0;
const INIT_DONE: u8 = 1;
const SLOW_INIT: u8 = 2;
const RETRY: u8 = 3;
const BEGIN: u8 = 4;
const DISPATCH: u8 = 5;
const NOT_RESTORED: u8 = 6;
const PROVISION: u8 = auto_scaling::CHANGE;

/// Purposes of draws.
const ALLOCATION: u64 = 0x1A;
const INIT: u64 = 0x1B;
const EXTRA_INIT: u64 = 0x1C;
const OVERHEAD: u64 = 0x1D;

/// What the caller is told: `TooManyRequestsException`.
const THROTTLED: Outcome = Outcome { class: Class::Throttled, code: 429 };
/// `RequestTooLargeException`.
const TOO_LARGE: Outcome = Outcome { class: Class::Rejected, code: 413 };
/// `RecursiveInvocationException`.
const RECURSIVE: Outcome = Outcome { class: Class::Rejected, code: 400 };

/// What a frame at a function is (its `state`).
const INVOCATION: u8 = 0;
const BRANCH: u8 = 1;
/// One attempt of a call that has a time-out of its own.
const ATTEMPT: u8 = 2;
/// An event that waits for its turn, or for the end of an attempt.
const EVENT: u8 = 3;
/// An event that is over and tells its destinations.
const DELIVERY: u8 = 4;

/// A function that runs.
#[derive(Clone, Debug)]
pub struct Lambda {
    program: Vec<Instr>,
    environments: Environments,
    starts: Starts,
    timeout: LaneId,
    billing_step: Time,
    init_billed: bool,
    gate: Gate,
    /// Of a function that has provisioned concurrency, or may get it.
    provisioning: Option<Box<Provisioning>>,
    busy: u64,
    meters: Meters,
    /// Whether any of the following may take an arrival from its straight way.
    special: bool,
    alias: Option<Box<Alias>>,
    guard: Option<Guard>,
    targets: Targets,
    asynchronous: Option<Box<Asynchronous>>,
    /// Of a function that begins from a snapshot.
    restore: Option<Box<Restore>>,
    /// Of a function that has batches in its hand, or at which somebody's work ends.
    feed: Option<Feed>,
}

/// How an arrival is dealt with.
#[derive(Clone, Copy)]
struct Way {
    version: Version,
    /// Whether the request rate limits it, as it does all but attempts of events (AWS docs: lambda/gettingstarted-limits, read 2026-11).
    rated: bool,
}

/// That of a function without events, loops and weights.
const STRAIGHT: Way = Way { version: Version::Primary, rated: true };

/// How an admitted invocation starts.
enum Start {
    Warm(EnvIx),
    Cold,
}

impl Service for Lambda {
    #[inline]
    fn on(&mut self, world: &mut World, ix: Ix, signal: Signal) {
        match signal {
            Signal::Arrive => self.arrive(world, ix),
            Signal::Wake(STEP) => self.step_done(world, ix),
            Signal::Reply(outcome) => self.replied(world, ix, outcome),
            Signal::Wake(INIT_DONE) => self.begin(world, ix, Time::ZERO),
            Signal::Wake(SLOW_INIT) => self.begin_with_init(world, ix),
            Signal::Wake(RETRY) => self.retry(world, ix),
            Signal::Wake(DISPATCH) => self.events().dispatch(world, ix),
            Signal::Wake(NOT_RESTORED) => self.not_restored(world, ix),
            Signal::Wake(PROVISION) => self.provision(world, ix),
            Signal::Wake(_) => self.advance(world, ix),
            Signal::Deadline => self.deadline(world, ix),
            Signal::Done(_) => unreachable!("the engine keeps this to itself"),
        }
    }

    fn settle(&mut self, world: &mut World) {
        self.environments.sweep(world);
    }

    fn assert_sound(&self, world: &World) {
        if let Some(events) = &self.asynchronous {
            events.assert_sound(world);
        }
        if let Some(reserved) = self.gate.reserved {
            assert!(self.busy <= reserved, "{} of {reserved} reserved executions", self.busy);
        }
        let provisioned_idle = self.gate.provisioned - self.gate.provisioned_busy;
        assert_eq!(self.environments.alive(), self.busy + self.environments.idle() + provisioned_idle, "an environment is busy or idle");
    }
}

impl Lambda {
    #[inline]
    fn arrive(&mut self, world: &mut World, ix: Ix) {
        if self.special {
            return self.arrive_aside(world, ix);
        }
        self.enter::<false>(world, ix, STRAIGHT);
    }

    /// What is not simply run.
    #[inline(never)]
    fn arrive_aside(&mut self, world: &mut World, ix: Ix) {
        if let Some(way) = self.divert(world, ix) {
            self.enter::<true>(world, ix, way);
        }
    }

    /// Compiled twice: the way of a plain function knows nothing of versions, batches and events.
    #[inline(always)]
    fn enter<const ASIDE: bool>(&mut self, world: &mut World, ix: Ix, way: Way) {
        if u64::from(world.frame(ix).bytes) > self.gate.payload_limit {
            return world.finish(ix, TOO_LARGE, Time::ZERO);
        }
        match self.admit(world, way) {
            Ok(start) => {
                self.busy += 1;
                let workload = world.frame(ix).workload;
                world.metrics.count_for(self.meters.invocations, workload, 1);
                world.metrics.rise(self.meters.concurrency, world.now(), 1);
                if ASIDE && way.version == Version::Additional {
                    self.count_additional(world);
                }
                if ASIDE && self.feed.is_some() {
                    self.batch_begins(world, ix);
                }
                match start {
                    Start::Warm(env) if ASIDE && self.feed.is_some() => self.dispatched(world, ix, env),
                    Start::Warm(env) => self.warm(world, ix, env),
                    Start::Cold => self.cold(world, ix, way.version),
                }
            }
            Err(limit) => {
                world.metrics.count(self.meters.throttles, 1);
                world.metrics.refuse(limit);
                world.finish(ix, THROTTLED, Time::ZERO);
            }
        }
    }

    /// A batch of a mapping is on its way for a while; its environment is held meanwhile. A new environment is made in that time.
    #[inline(never)]
    fn dispatched(&mut self, world: &mut World, ix: Ix, env: EnvIx) {
        let dispatch = world.frame(ix).batch().map_or(Time::ZERO, |batch| world.messages.batch(batch).dispatch);
        if dispatch == Time::ZERO || self.environments.get(env).needs_init {
            return self.warm(world, ix, env);
        }
        world.frame_mut(ix).env = env;
        world.spend(ix, Cause::Overhead, dispatch);
        world.wake(ix, INIT_DONE, dispatch);
    }

    /// An event is accepted, a loop is cut, an alias chooses the version. `None` where the frame is dealt with.
    fn divert(&mut self, world: &mut World, ix: Ix) -> Option<Way> {
        let op = world.frame(ix).op;
        if let Some(events) = self.asynchronous.as_mut().filter(|events| events.takes(op)) {
            events.accept(world, ix);
            return None;
        }
        if self.guard.as_ref().is_some_and(|guard| !guard.lets_pass(world, ix)) {
            world.finish(ix, RECURSIVE, Time::ZERO);
            return None;
        }
        let version = self.alias.as_ref().map_or(Version::Primary, |alias| alias.choose(world, ix));
        Some(Way { version, rated: op != self.targets.attempt })
    }

    /// Replies to what is no invocation.
    #[inline(never)]
    fn replied_aside(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        match world.frame(ix).state {
            EVENT => self.events().attempted(world, ix, outcome),
            DELIVERY => self.events().delivered(world, ix, outcome),
            _ => {
                if let Some(batch) = world.take_batch(ix) {
                    world.hand_up(ix, batch);
                }
                world.finish(ix, outcome, Time::ZERO);
            }
        }
    }

    #[cold]
    fn count_additional(&self, world: &mut World) {
        if let Some(alias) = &self.alias {
            world.metrics.count(alias.invocations, 1);
        }
    }

    fn events(&mut self) -> &mut Asynchronous {
        self.asynchronous.as_mut().expect("who keeps events was made for them")
    }

    /// The checks in their order: rate, provisioned environments, concurrency, idle environments, scaling rate.
    #[inline(always)]
    fn admit(&mut self, world: &mut World, Way { version, rated }: Way) -> Result<Start, Limit> {
        let now = world.now();
        let gate = &mut self.gate;
        if gate.reserved == Some(0) {
            return Err(gate.limits.concurrency);
        }
        if rated {
            let rate = gate.own_rate.as_mut().unwrap_or_else(|| world.shared.bucket(gate.account_rate));
            if !rate.try_take(now, 1) {
                return Err(gate.limits.rate);
            }
        }
        if gate.provisioned > 0 && version == Version::Primary {
            if gate.provisioned_busy < gate.provisioned && gate.provisioned_rate.try_take(now, 1) {
                gate.provisioned_busy += 1;
                world.metrics.count(self.meters.provisioned, 1);
                if let Some(provisioning) = &self.provisioning {
                    world.metrics.rise(provisioning.busy, now, 1);
                }
                let env = self.environments.reuse_provisioned().expect("a provisioned environment is busy or idle");
                return Ok(Start::Warm(env));
            }
            // Only what runs is a spillover invocation; what finds no room on demand either is a throttle.
            return self.admit_on_demand(world, version).inspect(|_| world.metrics.count(self.meters.spillover, 1));
        }
        self.admit_on_demand(world, version)
    }

    #[inline(always)]
    fn admit_on_demand(&mut self, world: &mut World, version: Version) -> Result<Start, Limit> {
        let gate = &mut self.gate;
        let free = match gate.reserved {
            // What is provisioned of a reservation is not there for others, even while idle.
            Some(reserved) => self.busy - gate.provisioned_busy < reserved - gate.provisioned,
            None => world.shared.pool(gate.pool).try_take(),
        };
        if !free {
            return Err(gate.limits.concurrency);
        }
        if let Some(env) = self.environments.reuse(world, version) {
            return Ok(Start::Warm(env));
        }
        if !gate.scaling.try_take(world) {
            self.give_back(world);
            return Err(self.gate.limits.scaling);
        }
        Ok(Start::Cold)
    }

    #[inline]
    fn give_back(&mut self, world: &mut World) {
        if self.gate.reserved.is_none() {
            world.shared.pool(self.gate.pool).give_back();
        }
    }

    #[inline]
    fn warm(&mut self, world: &mut World, ix: Ix, env: EnvIx) {
        world.frame_mut(ix).env = env;
        let state = self.environments.get(env);
        if std::mem::take(&mut state.needs_init) {
            return self.begin_with_init(world, ix);
        }
        self.begin(world, ix, Time::ZERO);
    }

    /// Allocation and INIT come before the invocation, outside its time-out.
    fn cold(&mut self, world: &mut World, ix: Ix, version: Version) {
        if self.restore.is_some() {
            return self.restore(world, ix, version);
        }
        let luck = world.frame(ix).luck;
        let env = self.environments.make(world, version);
        let allocation = self.starts.allocation.sample(&mut luck.draw(ALLOCATION));
        let init = self.draw_init(world, ix, version);
        let slow = init > self.starts.init_limit;
        let tried = init.min(self.starts.init_limit);
        world.frame_mut(ix).env = env;
        world.metrics.count(self.meters.cold_starts, 1);
        world.metrics.record(self.meters.init_duration, tried);
        world.spend(ix, Cause::ColdStart, allocation + tried);
        if self.init_billed {
            world.frame_mut(ix).cargo = tried.as_micros() as u32;
            world.metrics.count(self.meters.billed_init, tried.as_micros());
        }
        if slow {
            world.metrics.count(self.meters.slow_inits, 1);
        }
        world.wake(ix, if slow { SLOW_INIT } else { INIT_DONE }, allocation + tried);
    }

    fn draw_init(&self, world: &World, ix: Ix, version: Version) -> Time {
        let luck = world.frame(ix).luck;
        let starts = self.alias.as_ref().filter(|_| version == Version::Additional).map_or(&self.starts, |alias| &alias.starts);
        let extra = starts.extra_init.as_ref().map_or(Time::ZERO, |e| e.sample(&mut luck.draw(EXTRA_INIT)));
        starts.init.sample(&mut luck.draw(INIT)) + extra
    }

    /// The invocation begins with an init inside it: counted in `Duration`, under the function's time-out, with no line of its own.
    fn begin_with_init(&mut self, world: &mut World, ix: Ix) {
        let version = self.environments.get(world.frame(ix).env).version;
        let init = self.draw_init(world, ix, version);
        world.spend(ix, Cause::ColdStart, init);
        self.begin(world, ix, init);
    }

    /// The INVOKE phase begins: the time-out runs from here. The program counter stands where the version's handler begins since the arrival.
    #[inline]
    fn begin(&mut self, world: &mut World, ix: Ix, init: Time) {
        let now = world.now();
        let frame = world.frame_mut(ix);
        frame.since = now;
        if frame.cargo == u32::MAX {
            frame.cargo = 0; // warm: no INIT was billed before
        }
        world.arm(ix, self.timeout);
        if init > Time::ZERO {
            return world.wake(ix, BEGIN, init);
        }
        self.advance(world, ix);
    }

    fn deadline(&mut self, world: &mut World, ix: Ix) {
        if world.frame(ix).state == ATTEMPT {
            return world.finish(ix, Outcome { class: Class::TimedOut, code: 0 }, Time::ZERO);
        }
        world.unschedule(ix);
        world.cancel(ix);
        world.metrics.count(self.meters.timeouts, 1);
        let env = world.frame(ix).env;
        self.environments.get(env).needs_init = true;
        self.complete(world, ix, FUNCTION_TIMEOUT);
    }

    /// The invocation is over: its environment and its concurrency are free again.
    #[inline]
    fn complete(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        let now = world.now();
        let frame = world.frame(ix);
        let (env, luck, duration, init_us, workload) = (frame.env, frame.luck, now - frame.since, frame.cargo, frame.workload);
        let billed = duration + Time::from_micros(u64::from(init_us));
        let step = self.billing_step.as_nanos();
        let billed_ms = billed.as_nanos().div_ceil(step) * (step / 1_000_000);
        self.release(world, env, workload, billed_ms);
        world.metrics.fall(self.meters.concurrency, now, 1);
        world.metrics.record(self.meters.duration, duration);
        if outcome.class != Class::Ok {
            world.metrics.count(self.meters.errors, 1);
        }
        if self.special {
            self.batch_ends(world, ix, outcome);
        }
        world.metrics.count_for(self.meters.billed, workload, billed_ms);
        let overhead = self.starts.invoke_overhead.sample(&mut luck.draw(OVERHEAD));
        world.finish_spending(ix, outcome, Cause::Overhead, overhead);
    }

    #[inline]
    fn release(&mut self, world: &mut World, env: EnvIx, workload: u16, billed_ms: u64) {
        self.busy -= 1;
        if self.environments.get(env).provisioned {
            if let Some(provisioning) = &self.provisioning {
                world.metrics.count_for(provisioning.billed, workload, billed_ms);
            }
            self.gate.provisioned_busy -= 1;
            if self.retires(world, env) {
                return;
            }
        } else {
            self.give_back(world);
        }
        self.environments.rest(world, env);
    }
}
