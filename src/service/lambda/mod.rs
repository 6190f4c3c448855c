//! Lambda, synchronous: admission, environments, and the handler that runs in them.
//!
//! ```text
//! invoke ─▶ size ─▶ rate ─▶ provisioned? ─▶ concurrency ─▶ idle environment? ─▶ scaling rate ─▶ allocation + INIT ─▶ handler ─▶ answer
//!             413      429        (spill)         429            warm                429              cold              │ time-out: reset
//! ```
//!
//! The *set* of checks is AWS's, their order is not documented and is ours (`docs/model/lambda.md`). An invocation holds its environment and its
//! concurrency until the handler ends, whoever still waits for it. Left out here: asynchronous invocation, event sources, SnapStart, response
//! streaming, aliases.

mod environments;
mod gate;
mod handler;
mod meters;
mod program;
mod spec;
mod starts;
pub mod steps;

pub use spec::{Architecture, Package, Sdk, Spec};

use crate::{
    engine::{Ix, LaneId, NodeId, Signal, World},
    mechanism::distribution::Distribution,
    metrics::{Cause, Class, Limit, Outcome},
    platform::sdk,
    units::Time,
};

use super::{Build, Service};
use environments::{EnvIx, Environments};
use gate::Gate;
use meters::Meters;
use program::{Compiler, Instr};
use starts::{Starts, lognormal_p50_p95};

/// What can be asked of a function: to run.
#[derive(Clone, Debug)]
pub struct Operation;

/// Tags of wake-ups.
const STEP: u8 = 0;
const INIT_DONE: u8 = 1;
const SLOW_INIT: u8 = 2;
const RETRY: u8 = 3;
const BEGIN: u8 = 4;

/// Purposes of draws.
const ALLOCATION: u64 = 0x1A;
const INIT: u64 = 0x1B;
const EXTRA_INIT: u64 = 0x1C;
const OVERHEAD: u64 = 0x1D;

/// What the caller is told: `TooManyRequestsException`.
const THROTTLED: Outcome = Outcome { class: Class::Throttled, code: 429 };
/// `RequestTooLargeException`.
const TOO_LARGE: Outcome = Outcome { class: Class::Rejected, code: 413 };
/// The handler threw: HTTP 200 with `FunctionError`, which no SDK retries.
const FUNCTION_ERROR: Outcome = Outcome { class: Class::Failed, code: 200 };
/// The function ran into its time-out: a function error too.
const FUNCTION_TIMEOUT: Outcome = Outcome { class: Class::Failed, code: 201 };

/// What a frame at a function is (its `state`).
const INVOCATION: u8 = 0;
const BRANCH: u8 = 1;
/// One attempt of a call that has a time-out of its own.
const ATTEMPT: u8 = 2;

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
    busy: u64,
    meters: Meters,
}

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
            Signal::Wake(_) => self.advance(world, ix),
            Signal::Deadline => self.deadline(world, ix),
            Signal::Done(_) => unreachable!("the engine keeps this to itself"),
        }
    }

    fn settle(&mut self, world: &mut World) {
        self.environments.sweep(world);
    }

    fn assert_sound(&self, _world: &World) {
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
        if u64::from(world.frame(ix).bytes) > self.gate.payload_limit {
            return world.finish(ix, TOO_LARGE, Time::ZERO);
        }
        match self.admit(world) {
            Ok(start) => {
                self.busy += 1;
                world.metrics.count(self.meters.invocations, 1);
                world.metrics.rise(self.meters.concurrency, world.now(), 1);
                match start {
                    Start::Warm(env) => self.warm(world, ix, env),
                    Start::Cold => self.cold(world, ix),
                }
            }
            Err(limit) => {
                world.metrics.count(self.meters.throttles, 1);
                world.metrics.refuse(limit);
                world.finish(ix, THROTTLED, Time::ZERO);
            }
        }
    }

    /// The checks in their order: rate, provisioned environments, concurrency, idle environments, scaling rate.
    #[inline]
    fn admit(&mut self, world: &mut World) -> Result<Start, Limit> {
        let now = world.now();
        let gate = &mut self.gate;
        if gate.reserved == Some(0) {
            return Err(gate.limits.concurrency);
        }
        let rate = gate.own_rate.as_mut().unwrap_or_else(|| world.shared.bucket(gate.account_rate));
        if !rate.try_take(now, 1) {
            return Err(gate.limits.rate);
        }
        if gate.provisioned > 0 {
            if gate.provisioned_busy < gate.provisioned && gate.provisioned_rate.try_take(now, 1) {
                gate.provisioned_busy += 1;
                world.metrics.count(self.meters.provisioned, 1);
                let env = self.environments.reuse_provisioned().expect("a provisioned environment is busy or idle");
                return Ok(Start::Warm(env));
            }
            // Only what runs is a spillover invocation; what finds no room on demand either is a throttle.
            return self.admit_on_demand(world).inspect(|_| world.metrics.count(self.meters.spillover, 1));
        }
        self.admit_on_demand(world)
    }

    #[inline]
    fn admit_on_demand(&mut self, world: &mut World) -> Result<Start, Limit> {
        let gate = &mut self.gate;
        let free = match gate.reserved {
            // What is provisioned of a reservation is not there for others, even while idle.
            Some(reserved) => self.busy - gate.provisioned_busy < reserved - gate.provisioned,
            None => world.shared.pool(gate.pool).try_take(),
        };
        if !free {
            return Err(gate.limits.concurrency);
        }
        if let Some(env) = self.environments.reuse(world) {
            return Ok(Start::Warm(env));
        }
        if !gate.scaling.try_take(world.now(), 1) {
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
    fn cold(&mut self, world: &mut World, ix: Ix) {
        let luck = world.frame(ix).luck;
        let env = self.environments.make(world.now());
        let allocation = self.starts.allocation.sample(&mut luck.draw(ALLOCATION));
        let init = self.draw_init(world, ix);
        let slow = init > self.starts.init_limit;
        let tried = init.min(self.starts.init_limit);
        world.frame_mut(ix).env = env;
        world.metrics.count(self.meters.cold_starts, 1);
        world.metrics.record(self.meters.init_duration, tried);
        world.spend(ix, Cause::ColdStart, allocation + tried);
        if self.init_billed {
            world.frame_mut(ix).cargo = tried.as_micros() as u32;
        }
        if slow {
            world.metrics.count(self.meters.slow_inits, 1);
        }
        world.wake(ix, if slow { SLOW_INIT } else { INIT_DONE }, allocation + tried);
    }

    fn draw_init(&self, world: &World, ix: Ix) -> Time {
        let luck = world.frame(ix).luck;
        let extra = self.starts.extra_init.as_ref().map_or(Time::ZERO, |e| e.sample(&mut luck.draw(EXTRA_INIT)));
        self.starts.init.sample(&mut luck.draw(INIT)) + extra
    }

    /// The invocation begins with an init inside it: counted in `Duration`, under the function's time-out, with no line of its own.
    fn begin_with_init(&mut self, world: &mut World, ix: Ix) {
        let init = self.draw_init(world, ix);
        world.spend(ix, Cause::ColdStart, init);
        self.begin(world, ix, init);
    }

    /// The INVOKE phase begins: the time-out runs from here.
    #[inline]
    fn begin(&mut self, world: &mut World, ix: Ix, init: Time) {
        let now = world.now();
        let frame = world.frame_mut(ix);
        (frame.pc, frame.since) = (0, now);
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
        let (env, luck, duration, init_us) = (frame.env, frame.luck, now - frame.since, frame.cargo);
        self.release(world, env);
        world.metrics.fall(self.meters.concurrency, now, 1);
        world.metrics.record(self.meters.duration, duration);
        if outcome.class != Class::Ok {
            world.metrics.count(self.meters.errors, 1);
        }
        let billed = duration + Time::from_micros(u64::from(init_us));
        let step = self.billing_step.as_nanos();
        world.metrics.count(self.meters.billed, billed.as_nanos().div_ceil(step) * (step / 1_000_000));
        let overhead = self.starts.invoke_overhead.sample(&mut luck.draw(OVERHEAD));
        world.finish_spending(ix, outcome, Cause::Overhead, overhead);
    }

    #[inline]
    fn release(&mut self, world: &mut World, env: EnvIx) {
        self.busy -= 1;
        if self.environments.get(env).provisioned {
            self.gate.provisioned_busy -= 1;
        } else {
            self.give_back(world);
        }
        self.environments.rest(world, env);
    }
}

impl Lambda {
    fn build(spec: &Spec, node: NodeId, build: &mut Build) -> Self {
        let meters = Meters::new(node, build);
        let gate = Gate::new(spec, node, build);
        let starts = Starts::new(spec, build);
        let timeout = build.world.lane(spec.timeout.value);
        let (profile, attempts) = Self::sdk(spec, build);
        let quota = profile.quota.map_or(0, |q| q.tokens as u16);
        let mut environments = Self::environments(spec, node, quota, build);
        environments.provision(gate.provisioned);
        let vcpu = (spec.memory.value.as_mb() / build.platform.get("lambda.full_vcpu_memory")).min(1.0);
        let billing_step = Time::from_millis(build.platform.count("lambda.billing_step"));
        let init_billed = spec.package == Package::Image || build.platform.get("lambda.init_billed") > 0.0;
        let program = Compiler::new(build, vcpu, profile, attempts).compile(&spec.handler);
        Self { program, environments, starts, timeout, billing_step, init_billed, gate, busy: 0, meters }
    }

    /// How the handler's SDK retries: as the file says, else as the runtime's SDK does on the day of the run.
    fn sdk(spec: &Spec, build: &Build) -> (&'static sdk::Profile, Option<u32>) {
        let named = spec.sdk.as_ref().and_then(|s| s.profile.as_ref()).and_then(|p| sdk::profile(&p.value));
        let profile = named.unwrap_or_else(|| build.platform.sdk(&spec.runtime.value));
        (profile, spec.sdk.as_ref().and_then(|s| s.max_attempts))
    }

    fn environments(spec: &Spec, node: NodeId, quota: u16, build: &mut Build) -> Environments {
        let platform = &build.platform;
        let seconds = |name: &str| Time::from_secs_f64(platform.get(name));
        let lifetime = spec
            .lifetime
            .unwrap_or_else(|| Distribution::uniform(seconds("lambda.environment_lifetime_minimum"), seconds("lambda.environment_lifetime_maximum")));
        let keep_alive = spec.keep_alive.unwrap_or_else(|| lognormal_p50_p95(seconds("lambda.idle_expiry_p50"), seconds("lambda.idle_expiry_p95")));
        let metrics = &mut build.world.metrics;
        let idle_level = metrics.gauge(node as usize, "IdleEnvironments");
        let expired = metrics.counter(node as usize, "ExpiredEnvironments");
        Environments::new(build.key(node, 1), keep_alive, lifetime, quota, idle_level, expired)
    }
}
