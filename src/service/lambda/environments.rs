//! Execution environments: made, used by one invocation at a time, kept idle for a while, expired.
//!
//! ```text
//! none ─▶ BUSY ─▶ idle (a stack a version: the most recently used is reused first) ─▶ BUSY …
//!                  └─ not used for its drawn idle time, or older than its lifetime ─▶ gone
//! ```
//!
//! Expiry is found when somebody looks: on reuse, and when a window closes. No timer runs for an idle environment; levels are corrected back to the
//! instant it really went. AWS documents neither the idle time nor the reuse order: both are parameters (see `platform`).
//! A deployment ends the life of those that are there.

use crate::{
    engine::World,
    mechanism::{
        distribution::Distribution,
        luck::{Keyed, keyed, mix},
    },
    metrics::{Counter, Gauge},
    units::Time,
};

use super::{deployments::Deployments, halving::Halving};

/// Purposes of draws.
const KEEP_ALIVE: u64 = 1;
const LIFETIME: u64 = 2;

/// Index of an environment.
pub(super) type EnvIx = u32;

/// How many AWS services one environment keeps a retry quota for.
pub(super) const QUOTAS: usize = 4;

/// The version of the function that an environment runs: none ever runs another's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Version {
    /// What the function's own fields say.
    Primary = 0,
    /// The one that an alias gives a share to.
    Additional = 1,
}

/// One environment.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    key: u64,
    uses: u64,
    /// When it will be gone if nobody uses it before.
    expires: Time,
    /// When it will be recycled even if it is used.
    ends: Time,
    pub version: Version,
    pub provisioned: bool,
    /// A time-out or a crash reset it: the next invocation pays a suppressed init.
    pub needs_init: bool,
    /// Tokens of each SDK client's retry quota.
    pub quota: [u16; QUOTAS],
}

/// The environments of one function.
#[derive(Clone, Debug)]
pub(super) struct Environments {
    key: u64,
    made: u64,
    all: Vec<Environment>,
    free: Vec<EnvIx>,
    /// By version.
    idle: [Vec<EnvIx>; 2],
    provisioned_idle: Vec<EnvIx>,
    keep_alive: Distribution,
    lifetime: Distribution,
    /// When all that is there goes, for new code.
    deployments: Option<Box<Deployments>>,
    /// On days when the greater half of the idle went at once; then `keep_alive` is its period.
    halving: Option<Box<Halving>>,
    quota: u16,
    idle_level: Gauge,
    /// Those that are there, busy or idle.
    level: Gauge,
    expired: Counter,
}

impl Environments {
    pub fn new(key: u64, keep_alive: Distribution, lifetime: Distribution, quota: u16, [idle_level, level]: [Gauge; 2], expired: Counter) -> Self {
        let (all, free, idle, provisioned_idle) = Default::default();
        let (deployments, halving) = (None, None);
        Self { key, made: 0, all, free, idle, provisioned_idle, keep_alive, lifetime, deployments, halving, quota, idle_level, level, expired }
    }

    /// The same, with new code at times.
    pub fn with_deployments(self, deployments: Option<Deployments>) -> Self {
        Self { deployments: deployments.map(Box::new), ..self }
    }

    /// The same, on a day when the greater half of what was idle for so long went at once.
    pub fn halved(self, period: Time) -> Self {
        Self { keep_alive: Distribution::constant(period), halving: Some(Box::new(Halving::new(period))), ..self }
    }

    #[inline]
    pub fn get(&mut self, env: EnvIx) -> &mut Environment {
        &mut self.all[env as usize]
    }

    /// Makes `count` provisioned environments, ready and idle.
    pub fn provision(&mut self, world: &mut World, count: u64) {
        for _ in 0..count {
            let env = self.make(world, Version::Primary);
            self.get(env).provisioned = true;
            self.provisioned_idle.push(env);
        }
    }

    /// A new environment, busy.
    pub fn make(&mut self, world: &mut World, version: Version) -> EnvIx {
        let now = world.now();
        world.metrics.rise(self.level, now, 1);
        self.made += 1;
        let key = mix(self.key ^ mix(self.made));
        let mut ends = now.saturating_add(self.lifetime.sample(&mut Keyed::new(keyed(key, LIFETIME))));
        if let Some(deployments) = &self.deployments {
            ends = ends.min(deployments.after(now));
        }
        let quota = [self.quota; QUOTAS];
        let fresh = Environment { key, uses: 0, expires: Time::MAX, ends, version, provisioned: false, needs_init: false, quota };
        if let Some(env) = self.free.pop() {
            self.all[env as usize] = fresh;
            return env;
        }
        self.all.push(fresh);
        self.all.len() as EnvIx - 1
    }

    /// The most recently used idle environment of a version that is still there.
    #[inline(always)]
    pub fn reuse(&mut self, world: &mut World, version: Version) -> Option<EnvIx> {
        let now = world.now();
        while let Some(env) = self.idle[version as usize].pop() {
            let gone = self.gone_at(env);
            if gone > now {
                world.metrics.fall(self.idle_level, now, 1);
                return Some(env);
            }
            self.miss(world, version, env, gone);
        }
        None
    }

    /// The environment that would have been reused is gone, or is to be looked at.
    #[cold]
    fn miss(&mut self, world: &mut World, version: Version, env: EnvIx, gone: Time) {
        if self.halving.is_none() {
            return self.bury(world, env, gone);
        }
        self.idle[version as usize].push(env);
        self.halve(world, version);
    }

    /// Looks at every idle environment whose time has come, in the order of their times, and lets the greater half go.
    fn halve(&mut self, world: &mut World, version: Version) {
        let Some(mut halving) = self.halving.take() else { return };
        let mut idle = std::mem::take(&mut self.idle[version as usize]);
        while let Some(first) = idle.iter().map(|env| self.gone_at(*env)).min().filter(|first| *first <= world.now()) {
            // Whoever stays is looked at again a period later: until then every look is one of another environment.
            let until = first.saturating_add(halving.period).min(world.now() + Time::from_nanos(1));
            let mut due: Vec<(Time, EnvIx)> = idle.iter().map(|env| (self.gone_at(*env), *env)).filter(|(at, _)| *at < until).collect();
            due.sort_by_key(|(at, _)| *at);
            let mut there = idle.len();
            for (at, env) in due {
                if self.all[env as usize].ends <= at || halving.lets_go(version as usize, at, there) {
                    self.bury(world, env, at);
                    self.get(env).expires = Time::ZERO;
                    there -= 1;
                } else {
                    self.get(env).expires = at.saturating_add(halving.period);
                }
            }
            idle.retain(|env| self.all[*env as usize].expires > Time::ZERO);
        }
        self.idle[version as usize] = idle;
        self.halving = Some(halving);
    }

    /// An idle provisioned environment.
    #[inline]
    pub fn reuse_provisioned(&mut self) -> Option<EnvIx> {
        self.provisioned_idle.pop()
    }

    /// A provisioned environment is given up, which is in nobody's hands.
    pub fn discard(&mut self, world: &mut World, env: EnvIx) {
        world.metrics.fall(self.level, world.now(), 1);
        self.free.push(env);
    }

    /// The invocation is over; the environment waits for the next.
    #[inline]
    pub fn rest(&mut self, world: &mut World, env: EnvIx) {
        let now = world.now();
        let keep_alive = &self.keep_alive;
        let state = &mut self.all[env as usize];
        if state.provisioned {
            return self.provisioned_idle.push(env);
        }
        if state.ends <= now {
            // Recycled as soon as it is free: its time came while it worked.
            world.metrics.count(self.expired, 1);
            world.metrics.fall(self.level, now, 1);
            return self.free.push(env);
        }
        state.uses += 1;
        let idle = match keep_alive.is_constant() {
            Some(idle) => idle,
            None => keep_alive.sample(&mut Keyed::new(keyed(state.key ^ mix(state.uses), KEEP_ALIVE))),
        };
        state.expires = now.saturating_add(idle);
        self.idle[state.version as usize].push(env);
        world.metrics.rise(self.idle_level, now, 1);
    }

    /// Lets this busy environment be used no more.
    pub fn condemn(&mut self, env: EnvIx, now: Time) {
        self.get(env).ends = now;
    }

    /// Idle on-demand environments, the expired ones among them until somebody looked.
    pub fn idle(&self) -> u64 {
        self.idle.iter().map(|stack| stack.len() as u64).sum()
    }

    /// Environments in use or idle.
    pub fn alive(&self) -> u64 {
        (self.all.len() - self.free.len()) as u64
    }

    /// Buries every idle environment whose time has come.
    pub fn sweep(&mut self, world: &mut World) {
        self.sweep_version(world, Version::Primary);
        self.sweep_version(world, Version::Additional);
    }

    fn sweep_version(&mut self, world: &mut World, version: Version) {
        if self.halving.is_some() {
            return self.halve(world, version);
        }
        let now = world.now();
        let mut idle = std::mem::take(&mut self.idle[version as usize]);
        idle.retain(|env| {
            let gone = self.gone_at(*env);
            if gone <= now {
                self.bury(world, *env, gone);
            }
            gone > now
        });
        self.idle[version as usize] = idle;
    }

    #[inline]
    fn gone_at(&self, env: EnvIx) -> Time {
        let state = &self.all[env as usize];
        state.expires.min(state.ends)
    }

    fn bury(&mut self, world: &mut World, env: EnvIx, gone: Time) {
        let now = world.now();
        world.metrics.retract(self.idle_level, now, gone, 1);
        world.metrics.retract(self.level, now, gone, 1);
        world.metrics.count(self.expired, 1);
        self.free.push(env);
    }
}
