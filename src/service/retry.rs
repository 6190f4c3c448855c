//! Who tries again, how often, and how long it sleeps first.
//!
//! ```text
//! sleep before attempt n+1 = J · min(cap, base · 2ⁿ⁻¹)      J = 1 | uniform in [0, 1) | uniform in [½, 1)
//! ```
//!
//! One policy serves a plain HTTP client (`client.retry`, `call.retry`) and an AWS SDK (`platform::sdk`): they differ in bases, in what they retry and
//! in the quota that a retry costs. Left out: the adaptive mode's client-side rate limiter.

use crate::{
    mechanism::luck::Keyed,
    metrics::{Class, Outcome},
    platform::sdk::{Jitter, Profile},
    spec,
    units::{Share, Time},
    words,
};

words! {
    /// How the sleep grows from one attempt to the next.
    pub enum RetryMode {
        /// No second attempt.
        None = "none",
        /// The same sleep each time.
        Fixed = "fixed",
        /// Doubling.
        Exponential = "exponential",
        /// Uniform between nothing and the doubled sleep.
        FullJitter = "full_jitter",
    }
}

words! {
    /// What is worth another attempt.
    pub enum RetryOn {
        /// The attempt ran into its time-out.
        Timeout = "timeout",
        /// A limit refused it (429, 503 of a full queue, a throttling error).
        Throttled = "throttled",
        /// It failed on the other side (500, 502, 503, 504).
        Failed = "failed",
    }
}

/// How many attempts a policy may make in all.
pub const ATTEMPTS: std::ops::RangeInclusive<u32> = 1..=100;
/// What is said where they are others.
pub const MOST_ATTEMPTS: &str = "`max_attempts` must be from 1 to 100: it counts the first try too";
/// How to mend that.
pub const ONE_ATTEMPT: &str = "`max_attempts: 1` tries once, and never again";

spec! {
    /// A plain client's retries.
    pub struct RetrySpec: "a retry policy" {
        /// Attempts in all, the first one included: 1 to 100.
        max_attempts: u32 = 3,
        /// How the sleep grows.
        mode: RetryMode = RetryMode::FullJitter,
        /// Sleep before the second attempt; doubled before each further one, but for `mode: fixed`.
        base: Time = Time::from_millis(100),
        /// The longest sleep; no shorter than `base`.
        cap: Time = Time::from_secs(20),
        /// Retries allowed as a share of first attempts, with ten to begin with; default: no budget.
        budget: Option<Share> = None,
        /// What is worth another attempt; default: all of these.
        on: Vec<RetryOn> = vec![RetryOn::Timeout, RetryOn::Throttled, RetryOn::Failed],
    }
}

/// How a sleep comes about, once base and doubling are known.
#[derive(Clone, Copy, Debug)]
enum Growth {
    Fixed,
    Doubled(Jitter),
}

/// The sleeps of one kind of failure.
#[derive(Clone, Copy, Debug)]
struct Backoff {
    base: Time,
    cap: Time,
    growth: Growth,
}

impl Backoff {
    /// Sleep after attempt `n` (from 1) failed.
    fn delay(&self, n: u32, luck: &mut Keyed) -> Time {
        let doubled = self.base.as_nanos().saturating_mul(1 << (n - 1).min(40)).min(self.cap.as_nanos()) as f64;
        let nanos = match self.growth {
            Growth::Fixed => self.base.as_nanos() as f64,
            Growth::Doubled(Jitter::None) => doubled,
            Growth::Doubled(Jitter::Full) => doubled * luck.unit(),
            Growth::Doubled(Jitter::Equal) => doubled * (0.5 + 0.5 * luck.unit()),
        };
        Time::from_nanos(nanos as u64)
    }
}

/// A compiled policy.
#[derive(Clone, Debug)]
pub struct Policy {
    max_attempts: u32,
    transient: Backoff,
    throttled: Backoff,
    on_timeout: bool,
    on_throttled: bool,
    on_failed: bool,
    /// Whether a plain answer that says "failed" counts too: what a function threw, a conflict of transactions.
    on_any_failure: bool,
    /// Tokens of the retry quota that a retry costs: after a throttle, after a time-out, after another fault; none without a quota.
    costs: Option<[u16; 3]>,
}

impl Policy {
    /// One attempt.
    pub fn none() -> Self {
        let still = Backoff { base: Time::ZERO, cap: Time::ZERO, growth: Growth::Fixed };
        Self {
            max_attempts: 1,
            transient: still,
            throttled: still,
            on_timeout: false,
            on_throttled: false,
            on_failed: false,
            on_any_failure: false,
            costs: None,
        }
    }

    /// As a plain client's file says.
    pub fn plain(spec: &RetrySpec) -> Self {
        let growth = match spec.mode {
            RetryMode::None => return Self::none(),
            RetryMode::Fixed => Growth::Fixed,
            RetryMode::Exponential => Growth::Doubled(Jitter::None),
            RetryMode::FullJitter => Growth::Doubled(Jitter::Full),
        };
        let sleep = Backoff { base: spec.base, cap: spec.cap, growth };
        let on = |what| spec.on.contains(&what);
        let (on_timeout, on_throttled, on_failed) = (on(RetryOn::Timeout), on(RetryOn::Throttled), on(RetryOn::Failed));
        Self {
            max_attempts: spec.max_attempts,
            transient: sleep,
            throttled: sleep,
            on_timeout,
            on_throttled,
            on_failed,
            on_any_failure: on_failed,
            costs: None,
        }
    }

    /// As an AWS SDK does it for one of its services.
    pub fn sdk(profile: &Profile, max_attempts: Option<u32>, dynamodb: bool) -> Self {
        let own = if dynamodb { profile.dynamodb } else { profile.general };
        let time = |ms: f64| Time::from_secs_f64(ms / 1e3);
        let sleep = |base: f64, jitter| Backoff { base: time(base), cap: time(own.cap_ms), growth: Growth::Doubled(jitter) };
        let costs = profile.quota.map(|q| [q.cost_throttling as u16, q.cost_timeout as u16, q.cost_transient as u16]);
        Self {
            max_attempts: max_attempts.unwrap_or(own.max_attempts),
            transient: sleep(own.base_transient_ms, own.jitter_transient),
            throttled: sleep(own.base_throttling_ms, own.jitter_throttling),
            on_timeout: true,
            on_throttled: true,
            on_failed: true,
            on_any_failure: false,
            costs,
        }
    }

    /// Whether attempt `n` (from 1), ended like this, is worth another.
    #[inline]
    pub fn wants_another(&self, n: u32, outcome: Outcome) -> bool {
        let worth = match outcome.class {
            Class::Ok | Class::Rejected => false,
            Class::Throttled => self.on_throttled,
            Class::TimedOut => self.on_timeout,
            // Of an SDK 5xx only: what a function itself threw comes back as a plain answer, which no SDK retries.
            Class::Failed => self.on_any_failure || self.on_failed && outcome.code >= 500,
        };
        worth && n < self.max_attempts
    }

    /// Sleep after attempt `n` (from 1) ended like this.
    pub fn delay(&self, n: u32, outcome: Outcome, luck: &mut Keyed) -> Time {
        match outcome.class {
            Class::Throttled => self.throttled.delay(n, luck),
            _ => self.transient.delay(n, luck),
        }
    }

    /// What a retry after this outcome takes from the client's retry quota.
    pub fn cost(&self, outcome: Outcome) -> u16 {
        let [throttled, timeout, other] = self.costs.unwrap_or_default();
        match outcome.class {
            Class::Throttled => throttled,
            Class::TimedOut => timeout,
            _ => other,
        }
    }

    /// Whether retries are paid from a quota.
    pub fn has_quota(&self) -> bool {
        self.costs.is_some()
    }
}

/// A retry budget: each first attempt earns a share of a retry, up to a hundred saved; ten are there to begin with, so that a lone failure at the
/// start may be retried. Counted in thousandths.
#[derive(Clone, Debug)]
pub struct Budget {
    earned: u64,
    saved: u64,
}

const ONE_RETRY: u64 = 1000;

impl Budget {
    pub fn new(share: Share) -> Self {
        Self { earned: (share.as_fraction() * ONE_RETRY as f64).round() as u64, saved: 10 * ONE_RETRY }
    }

    /// A first attempt was made.
    #[inline]
    pub fn earn(&mut self) {
        self.saved = (self.saved + self.earned).min(100 * ONE_RETRY);
    }

    /// Pays for a retry, if there is enough.
    pub fn pay(&mut self) -> bool {
        let enough = self.saved >= ONE_RETRY;
        self.saved -= if enough { ONE_RETRY } else { 0 };
        enough
    }
}
