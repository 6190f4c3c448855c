//! Execution environments: made, used by one invocation at a time, kept idle for a while, expired.
//!
//! ```text
//! none ─▶ BUSY ─▶ idle (a stack a version: the most recently used is reused first) ─▶ BUSY …
//!                  └─ not used for its drawn idle time, or older than its lifetime ─▶ gone
//! ```
//!
//! Expiry is found when somebody looks: on reuse, and when a window closes. No timer runs for an idle environment; levels are corrected back to the
//! instant it really went. AWS documents neither the idle time nor the reuse order: both are parameters (see `platform`).

use crate::{
    engine::World,
    mechanism::{
        distribution::Distribution,
        luck::{Keyed, keyed, mix},
    },
    metrics::{Counter, Gauge},
    units::Time,
};

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
    quota: u16,
    idle_level: Gauge,
    expired: Counter,
}

impl Environments {
    pub fn new(key: u64, keep_alive: Distribution, lifetime: Distribution, quota: u16, idle_level: Gauge, expired: Counter) -> Self {
        let (all, free, idle, provisioned_idle) = Default::default();
        Self { key, made: 0, all, free, idle, provisioned_idle, keep_alive, lifetime, quota, idle_level, expired }
    }

    #[inline]
    pub fn get(&mut self, env: EnvIx) -> &mut Environment {
        &mut self.all[env as usize]
    }

    /// Makes `count` provisioned environments, ready and idle.
    pub fn provision(&mut self, now: Time, count: u64) {
        for _ in 0..count {
            let env = self.make(now, Version::Primary);
            self.get(env).provisioned = true;
            self.provisioned_idle.push(env);
        }
    }

    /// A new environment, busy.
    pub fn make(&mut self, now: Time, version: Version) -> EnvIx {
        self.made += 1;
        let key = mix(self.key ^ mix(self.made));
        let ends = now.saturating_add(self.lifetime.sample(&mut Keyed::new(keyed(key, LIFETIME))));
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
            self.bury(world, env, gone);
        }
        None
    }

    /// An idle provisioned environment.
    #[inline]
    pub fn reuse_provisioned(&mut self) -> Option<EnvIx> {
        self.provisioned_idle.pop()
    }

    /// A provisioned environment is given up, which is in nobody's hands.
    pub fn discard(&mut self, env: EnvIx) {
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
        world.metrics.count(self.expired, 1);
        self.free.push(env);
    }
}
