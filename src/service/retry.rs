//! Who tries again, how often, and how long it sleeps first.
//!
//! ```text
//! sleep before attempt n+1 = J · min(cap, base · 2^(n−1))      J = 1, or uniform in [0,1) with full jitter
//! ```
//!
//! One policy serves a plain HTTP client (`client.retry`, `call.retry`) and an AWS SDK (`platform::sdk`): they differ in bases, in what they retry and
//! in the quota that a retry costs. Left out: the adaptive mode's client-side rate limiter.

use crate::{
    mechanism::luck::Keyed,
    metrics::{Class, Outcome},
    platform::sdk::{self, Profile},
    spec,
    units::{Share, Time},
    words,
};

words! {
    /// How the sleep grows from one attempt to the next.
    pub enum Mode {
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
    pub enum On {
        /// The attempt ran into its time-out.
        Timeout = "timeout",
        /// A limit refused it (429, 503 of a full queue, a throttling error).
        Throttled = "throttled",
        /// It failed on the other side (500, 502, 503, 504).
        Failed = "failed",
    }
}

spec! {
    /// A plain client's retries.
    pub struct RetrySpec: "a retry policy" {
        /// Attempts in all, the first one included.
        max_attempts: u32 = 3,
        /// How the sleep grows.
        mode: Mode = Mode::FullJitter,
        /// Sleep before the second attempt.
        base: Time = Time::from_millis(100),
        /// The longest sleep.
        cap: Time = Time::from_secs(20),
        /// Retries allowed as a share of first attempts, with ten to begin with; default: no budget.
        budget: Option<Share> = None,
        /// What is worth another attempt.
        on: Vec<On> = vec![On::Timeout, On::Throttled, On::Failed],
    }
}

/// What kind of sleep an outcome asks for.
#[derive(Clone, Copy, Debug)]
struct Backoff {
    base: Time,
    cap: Time,
    growth: Mode,
}

impl Backoff {
    /// Sleep after attempt `n` (from 1) failed.
    fn delay(&self, n: u32, luck: &mut Keyed) -> Time {
        let doubled = self.base.as_nanos().saturating_mul(1 << (n - 1).min(40)).min(self.cap.as_nanos());
        match self.growth {
            Mode::None => Time::ZERO,
            Mode::Fixed => self.base,
            Mode::Exponential => Time::from_nanos(doubled),
            Mode::FullJitter => Time::from_nanos((doubled as f64 * luck.unit()) as u64),
        }
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
    /// Tokens of the retry quota that a retry costs: after a throttle, after a time-out, after another fault; none without a quota.
    costs: Option<[u16; 3]>,
}

impl Policy {
    /// One attempt.
    pub fn none() -> Self {
        let still = Backoff { base: Time::ZERO, cap: Time::ZERO, growth: Mode::None };
        Self { max_attempts: 1, transient: still, throttled: still, on_timeout: false, on_throttled: false, on_failed: false, costs: None }
    }

    /// As a plain client's file says.
    pub fn plain(spec: &RetrySpec) -> Self {
        let sleep = Backoff { base: spec.base, cap: spec.cap, growth: spec.mode };
        let max_attempts = if spec.mode == Mode::None { 1 } else { spec.max_attempts.clamp(1, 255) };
        let on = |what| spec.on.contains(&what);
        let (on_timeout, on_throttled, on_failed) = (on(On::Timeout), on(On::Throttled), on(On::Failed));
        Self { max_attempts, transient: sleep, throttled: sleep, on_timeout, on_throttled, on_failed, costs: None }
    }

    /// As an AWS SDK does it for one of its services.
    pub fn sdk(profile: &Profile, max_attempts: Option<u32>, dynamodb: bool) -> Self {
        let growth = match profile.jitter {
            sdk::Jitter::Full => Mode::FullJitter,
            sdk::Jitter::None => Mode::Exponential,
        };
        let sleep = |ms: f64| Backoff { base: Time::from_secs_f64(ms / 1e3), cap: Time::from_secs_f64(profile.cap_ms / 1e3), growth };
        let own = if dynamodb { profile.dynamodb_max_attempts } else { profile.max_attempts };
        let (transient, throttled) = if dynamodb {
            (sleep(profile.dynamodb_base_transient_ms), sleep(profile.dynamodb_base_throttling_ms))
        } else {
            (sleep(profile.base_transient_ms), sleep(profile.base_throttling_ms))
        };
        let costs = profile.quota.map(|_| [profile.cost_throttling, profile.cost_timeout, profile.cost_transient]);
        Self { max_attempts: max_attempts.unwrap_or(own), transient, throttled, on_timeout: true, on_throttled: true, on_failed: true, costs }
    }

    /// Whether attempt `n` (from 1), ended like this, is worth another.
    #[inline]
    pub fn wants_another(&self, n: u32, outcome: Outcome) -> bool {
        let worth = match outcome.class {
            Class::Ok | Class::Rejected => false,
            Class::Throttled => self.on_throttled,
            Class::TimedOut => self.on_timeout,
            // 5xx only: what a function itself threw comes back as a plain answer, which no SDK retries.
            Class::Failed => self.on_failed && outcome.code >= 500,
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
        Self { earned: (share.0 * ONE_RETRY as f64).round() as u64, saved: 10 * ONE_RETRY }
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
