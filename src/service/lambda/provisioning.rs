//! Provisioned concurrency that changes while the function runs.
//!
//! ```text
//! more wanted ─ 1 to 2 min of preparation ─ 6,000 a minute ─▶ all of them are there at once, and none before
//! fewer wanted ─▶ idle ones go at once, busy ones when they are free
//! ```
//!
//! What is provisioned counts against the reservation, else against the account, from when it is there; where that has no room, it waits until it has.
//! What is there at the start of a run was allocated before. Left out: the INIT of these environments and what it bills; a request that fails.

use crate::{
    engine::{Ix, World},
    mechanism::token_bucket::TokenBucket,
    metrics::{Counter, Gauge, Outcome, Split},
    service::{
        Build,
        auto_scaling::{Scalable, Usage},
    },
    units::Time,
};

use super::{EnvIx, Lambda, Spec, gate::Gate};
use crate::engine::NodeId;

/// Purpose of the draw of the preparation.
const PREPARATION: u64 = 0x1F;

/// What the frame that brings a request is at (its `state`).
const ASKED: u8 = 0;
const ALLOCATING: u8 = 1;

/// How long to wait before one looks again for room.
const AGAIN: Time = Time::from_secs(1);

/// Levels of provisioned environments, and how new ones come.
#[derive(Clone, Debug)]
pub(super) struct Provisioning {
    pub busy: Gauge,
    /// What of the billed duration was in them, ms.
    pub billed: Split,
    allocated: Gauge,
    /// Busy ones that are one too many.
    pub retiring: u64,
    preparation: (f64, f64),
    a_second: f64,
    /// Requests a second that each of them takes.
    per_unit: f64,
}

impl Provisioning {
    /// That of a function that has provisioned concurrency, or may get it.
    pub fn new(spec: &Spec, node: NodeId, build: &mut Build) -> Option<Self> {
        spec.provisioned_concurrency.as_ref().filter(|p| p.value > 0).map(|_| ()).or(spec.auto_scaling.as_ref().map(|_| ()))?;
        let get = |row: &str| build.platform.get(row);
        let preparation = (get("lambda.provisioned_preparation"), get("lambda.provisioned_preparation_spread"));
        let (a_second, per_unit) = (get("lambda.provisioned_rate"), get("lambda.requests_per_concurrency"));
        let (metrics, at) = (&mut build.world.metrics, node as usize);
        let (busy, allocated) = (metrics.gauge(at, "ProvisionedConcurrentExecutions"), metrics.gauge(at, "AllocatedProvisionedConcurrency"));
        let billed = metrics.split(at, "ProvisionedBilledDuration", 1, None);
        Some(Self { busy, billed, allocated, retiring: 0, preparation, a_second, per_unit })
    }

    /// Offers it to be scaled.
    pub fn offer(&self, spec: &Spec, node: NodeId, capacity: u64, invocations: Counter, build: &mut Build) {
        if spec.auto_scaling.is_some() {
            build.scalable.push(Scalable { node, capacity, usage: Usage::Function { busy: self.busy, allocated: self.allocated, invocations } });
        }
    }

    /// Notes how many there are.
    pub fn note(&self, world: &mut World, count: u64) {
        world.metrics.set(self.allocated, world.now(), count);
    }

    /// How long it takes until so many more are there.
    fn time(&self, world: &World, ix: Ix, more: u64) -> Time {
        let (least, spread) = self.preparation;
        let drawn = world.frame(ix).luck.draw(PREPARATION).unit() * spread;
        Time::from_secs_f64(least + drawn + more as f64 / self.a_second)
    }
}

impl Gate {
    /// Executions that nobody uses, of the reservation or of the account.
    fn room(&self, world: &mut World, busy: u64) -> u64 {
        match self.reserved {
            Some(reserved) => (reserved - self.provisioned).saturating_sub(busy - self.provisioned_busy),
            None => {
                let pool = world.shared.pool(self.pool);
                pool.limit - pool.busy
            }
        }
    }
}

impl Lambda {
    /// Another number of provisioned environments is wanted, or their time has come.
    #[cold]
    #[inline(never)]
    pub(super) fn provision(&mut self, world: &mut World, ix: Ix) {
        let frame = world.frame_mut(ix);
        let (wanted, state) = (u64::from(frame.cargo), frame.state);
        let more = wanted.saturating_sub(self.gate.provisioned);
        let Some(provisioning) = self.provisioning.as_mut() else { return world.end(ix, Outcome::OK) };
        if state == ASKED && more > 0 {
            frame.state = ALLOCATING;
            let time = provisioning.time(world, ix, more);
            return world.wake(ix, super::PROVISION, time);
        }
        if more > self.gate.room(world, self.busy) {
            return world.wake(ix, super::PROVISION, AGAIN);
        }
        match more {
            0 => self.retire(world, self.gate.provisioned - wanted),
            _ => self.grow(world, more),
        }
        self.set_provisioned_rate(wanted);
        world.end(ix, Outcome::OK);
    }

    fn grow(&mut self, world: &mut World, more: u64) {
        self.environments.provision(world, more);
        self.gate.provisioned += more;
        if self.gate.reserved.is_none() {
            world.shared.pool(self.gate.pool).limit -= more;
        }
        self.note_provisioned(world);
    }

    /// So many have to go: the idle ones now, the rest as they become free.
    fn retire(&mut self, world: &mut World, fewer: u64) {
        let mut left = fewer;
        while left > 0
            && let Some(env) = self.environments.reuse_provisioned()
        {
            self.give_up(world, env);
            left -= 1;
        }
        if let Some(provisioning) = &mut self.provisioning {
            provisioning.retiring = left;
        }
    }

    /// A provisioned environment is free again: it waits for the next invocation, or is one too many. Whether it was.
    #[inline]
    pub(super) fn retires(&mut self, world: &mut World, env: EnvIx) -> bool {
        let Some(provisioning) = &mut self.provisioning else { return false };
        world.metrics.fall(provisioning.busy, world.now(), 1);
        if provisioning.retiring == 0 {
            return false;
        }
        provisioning.retiring -= 1;
        self.give_up(world, env);
        true
    }

    #[cold]
    fn give_up(&mut self, world: &mut World, env: EnvIx) {
        self.environments.discard(world, env);
        self.gate.provisioned -= 1;
        if self.gate.reserved.is_none() {
            world.shared.pool(self.gate.pool).limit += 1;
        }
        self.note_provisioned(world);
    }

    fn note_provisioned(&self, world: &mut World) {
        if let Some(provisioning) = &self.provisioning {
            provisioning.note(world, self.gate.provisioned);
        }
    }

    fn set_provisioned_rate(&mut self, count: u64) {
        if let Some(provisioning) = &self.provisioning {
            let rate = provisioning.per_unit * count as f64;
            self.gate.provisioned_rate = TokenBucket::new(rate, rate.max(1.0));
        }
    }
}
