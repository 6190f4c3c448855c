//! How the AWS SDKs retry: attempts, back-off, jitter and retry quota of each, before and after the common specification of 2026.
//!
//! ```text
//! delay before attempt n + 1 = jitter · min(base · 2ⁿ⁻¹, cap)          n: number of the attempt that just failed, from 1
//! a retry takes its cost from the client's quota, or is not made; success gives back what the last retry took, or 1 where there was none
//! ```
//!
//! Retried are throttling errors and transient ones (500, 502, 503, 504, time-outs, lost connections). Left out: adaptive mode, clock skew and
//! expired credentials. Partial successes (batch calls) are never retried by an SDK.

use super::{Date, holding, quota::ALWAYS};

/// How a delay is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// The delay itself.
    None,
    /// Evenly between 0 and the delay.
    Full,
    /// Evenly between half of the delay and the delay.
    Equal,
}

/// Attempts and delays of calls to one kind of service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// Attempts in all, the first included.
    pub max_attempts: u32,
    pub base_transient_ms: f64,
    pub base_throttling_ms: f64,
    /// Longest delay, applied before jitter; infinite where there is none.
    pub cap_ms: f64,
    pub jitter_transient: Jitter,
    pub jitter_throttling: Jitter,
}

/// Tokens that a client's retries share; a first try that succeeds gives back 1, a retry that succeeds what it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryQuota {
    pub tokens: u32,
    pub cost_transient: u32,
    pub cost_throttling: u32,
    /// Cost where the connection or the reply timed out.
    pub cost_timeout: u32,
}

/// The retry behaviour of one SDK in one mode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    pub name: &'static str,
    pub general: Backoff,
    /// Calls to DynamoDB and its streams.
    pub dynamodb: Backoff,
    pub quota: Option<RetryQuota>,
    /// Whether HTTP 429 is retried whatever the error's name.
    pub retries_any_429: bool,
    pub source: &'static str,
}

const STANDARD_QUOTA: RetryQuota = RetryQuota { tokens: 500, cost_transient: 5, cost_throttling: 5, cost_timeout: 10 };

/// Back-off with full jitter and a cap of 20 s, which most of them use.
const fn full_jitter(max_attempts: u32, base_transient_ms: f64, base_throttling_ms: f64) -> Backoff {
    Backoff { max_attempts, base_transient_ms, base_throttling_ms, cap_ms: 20_000.0, jitter_transient: Jitter::Full, jitter_throttling: Jitter::Full }
}

/// Back-off without a cap.
const fn uncapped(max_attempts: u32, base_ms: f64, jitter: Jitter) -> Backoff {
    let back_off = full_jitter(max_attempts, base_ms, base_ms);
    Backoff { cap_ms: f64::INFINITY, jitter_transient: jitter, jitter_throttling: jitter, ..back_off }
}

/// Full jitter for transient errors and equal jitter for throttling.
const fn java(max_attempts: u32, base_transient_ms: f64, base_throttling_ms: f64) -> Backoff {
    Backoff { jitter_throttling: Jitter::Equal, ..full_jitter(max_attempts, base_transient_ms, base_throttling_ms) }
}

/// Standard mode before 2026, with `dynamodb_attempts` for DynamoDB.
const fn standard(name: &'static str, dynamodb_attempts: u32, source: &'static str) -> Profile {
    let (general, dynamodb) = (full_jitter(3, 1_000.0, 1_000.0), full_jitter(dynamodb_attempts, 1_000.0, 1_000.0));
    Profile { name, general, dynamodb, quota: Some(STANDARD_QUOTA), retries_any_429: false, source }
}

const ISSUE: &str = "AWS SDK tracking issues, Updated default retry behavior (2026)";

/// Every profile; the first is the specification common to all SDKs.
pub const PROFILES: &[Profile] = &[
    Profile {
        name: "v2026",
        general: full_jitter(3, 50.0, 1_000.0),
        dynamodb: full_jitter(4, 25.0, 1_000.0),
        quota: Some(RetryQuota { tokens: 500, cost_transient: 14, cost_throttling: 5, cost_timeout: 14 }),
        retries_any_429: false,
        source: "read in the sources of botocore 1.43.67 and smithy-rs, 2026-08; opt-in from 2026-05-20",
    },
    standard("standard", 3, "read in the source of botocore, 2026-08: standard mode before 2026"),
    Profile {
        name: "python-legacy",
        general: uncapped(5, 1_000.0, Jitter::Full),
        dynamodb: uncapped(10, 50.0, Jitter::None),
        quota: None,
        retries_any_429: true,
        source: "read in the source of botocore: _retry.json, retryhandler",
    },
    standard("python-standard", 3, "read in the source of botocore, 2026-08: standard mode before 2026"),
    Profile {
        name: "js-v2",
        general: uncapped(4, 100.0, Jitter::Full),
        dynamodb: uncapped(11, 50.0, Jitter::Full),
        quota: None,
        retries_any_429: true,
        source: "read in the source of aws-sdk-js; that any 429 is retried is recollected",
    },
    Profile {
        name: "js-v3",
        general: full_jitter(3, 100.0, 100.0),
        dynamodb: full_jitter(3, 100.0, 100.0),
        quota: Some(RetryQuota { tokens: 500, cost_transient: 10, cost_throttling: 5, cost_timeout: 10 }),
        retries_any_429: true,
        source: "AWS SDK tracking issues, Updated default retry behavior (2026); that any 429 is retried is recollected",
    },
    Profile {
        name: "java-v2",
        general: java(4, 100.0, 500.0),
        dynamodb: java(9, 25.0, 25.0),
        quota: Some(RetryQuota { tokens: 500, cost_transient: 5, cost_throttling: 0, cost_timeout: 5 }),
        retries_any_429: true,
        source: "AWS SDK tracking issues, Updated default retry behavior (2026); jitter, cap, quota and 429 recollected",
    },
    standard("go-v2", 3, ISSUE),
    standard("rust", 3, "read in the source of smithy-rs, 2026-08"),
    standard("dotnet", 10, ISSUE),
    Profile {
        name: "cpp",
        general: uncapped(11, 50.0, Jitter::None),
        dynamodb: uncapped(11, 50.0, Jitter::None),
        quota: None,
        retries_any_429: false,
        source: "AWS SDK tracking issues, Updated default retry behavior (2026): 25 ms times two to the n, so 50 ms at first; jitter recollected",
    },
];

/// The SDK that a runtime brings, from a day on. `prefix` is matched against the runtime's name and against its variant; the first that fits
/// decides which rows count.
#[derive(Clone, Copy, Debug)]
pub struct Bundled {
    /// What the names of such runtimes begin with; empty for all others.
    pub prefix: &'static str,
    /// The first day it holds, `yyyy-mm-dd`.
    pub from: &'static str,
    /// The profile's name.
    pub profile: &'static str,
}

const fn bundled(prefix: &'static str, from: &'static str, profile: &'static str) -> Bundled {
    Bundled { prefix, from, profile }
}

/// Whence it is known which SDK a runtime brings, and how it retries.
pub const BUNDLED_SOURCE: &str = "read in the SDKs' sources, 2026-08; botocore 1.44.5 of 2026-11-17 has taken up the specification of 2026";

/// botocore 1.44.5, built 2026-11-17, was found to have taken up the specification of 2026; no other SDK was at that date.
const DEFAULTS: &[Bundled] = &[
    bundled("python", ALWAYS, "python-legacy"),
    bundled("python", "2026-11-17", "v2026"),
    bundled("nodejs24", ALWAYS, "js-v3"),
    bundled("nodejs22", ALWAYS, "js-v3"),
    bundled("nodejs20", ALWAYS, "js-v3"),
    bundled("nodejs18", ALWAYS, "js-v3"),
    bundled("nodejs", ALWAYS, "js-v2"),
    bundled("llrt", ALWAYS, "js-v3"),
    bundled("bun", ALWAYS, "js-v3"),
    bundled("java", ALWAYS, "java-v2"),
    bundled("graalvm", ALWAYS, "java-v2"),
    bundled("quarkus", ALWAYS, "java-v2"),
    bundled("dotnet", ALWAYS, "dotnet"),
    bundled("go", ALWAYS, "go-v2"),
    bundled("rust", ALWAYS, "rust"),
    bundled("cpp", ALWAYS, "cpp"),
    bundled("", ALWAYS, "standard"),
];

/// The profile of this name.
pub fn profile(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

/// Every profile's name.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROFILES.iter().map(|profile| profile.name)
}

/// The profile that the SDK of `runtime` has on `as_of` where nobody set another; unknown runtimes have `standard`.
pub fn default_profile(runtime: &str, as_of: Date) -> &'static Profile {
    let language = runtime.rsplit(':').find(|part| *part != "snapstart").unwrap_or_default();
    let prefix = DEFAULTS.iter().map(|entry| entry.prefix).find(|prefix| language.starts_with(prefix)).unwrap_or_default();
    bundle(prefix, as_of).and_then(|entry| profile(entry.profile)).unwrap_or(&PROFILES[0])
}

/// What runtimes of this prefix bring on `as_of`.
fn bundle(prefix: &str, as_of: Date) -> Option<&'static Bundled> {
    holding(DEFAULTS.iter().filter(|entry| entry.prefix == prefix), |entry| entry.from, as_of)
}

/// The SDK that each family of runtimes brings on `as_of`.
pub fn bundles(as_of: Date) -> impl Iterator<Item = &'static Bundled> {
    let first = |(at, entry): &(usize, &'static Bundled)| !DEFAULTS[..*at].iter().any(|earlier| earlier.prefix == entry.prefix);
    DEFAULTS.iter().enumerate().filter(first).filter_map(move |(_, entry)| bundle(entry.prefix, as_of))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest_ms(profile: &Profile, base: fn(&Backoff) -> f64) -> f64 {
        let back_off = profile.dynamodb;
        (1..back_off.max_attempts).map(|n| (base(&back_off) * 2f64.powi(n as i32 - 1)).min(back_off.cap_ms)).sum()
    }

    #[test]
    fn the_longest_sleeps_before_giving_up_are_the_known_ones() {
        // DynamoDB throttling, the sum of all delays at their longest.
        let throttled = |name| longest_ms(profile(name).unwrap(), |b| b.base_throttling_ms);
        assert_eq!(throttled("python-legacy"), 25_550.0);
        assert_eq!(throttled("js-v2"), 51_150.0);
        assert_eq!(throttled("python-standard"), 3_000.0);
        assert_eq!(throttled("v2026"), 7_000.0);
        assert_eq!(longest_ms(profile("v2026").unwrap(), |b| b.base_transient_ms), 175.0);
    }

    #[test]
    fn a_quota_pays_for_as_many_retries_as_documented() {
        let retries = |name: &str, cost: fn(&RetryQuota) -> u32| profile(name).unwrap().quota.map(|q| q.tokens / cost(&q));
        assert_eq!(retries("v2026", |q| q.cost_throttling), Some(100));
        assert_eq!(retries("v2026", |q| q.cost_transient), Some(35));
        assert_eq!(retries("standard", |q| q.cost_transient), Some(100));
        assert_eq!(retries("standard", |q| q.cost_timeout), Some(50));
    }

    #[test]
    fn a_runtime_brings_its_sdk() {
        let before = Date::parse("2026-11-01").unwrap();
        let name = |runtime| default_profile(runtime, before).name;
        assert_eq!([name("nodejs22.x"), name("nodejs16.x"), name("java21"), name("java21:snapstart")], ["js-v3", "js-v2", "java-v2", "java-v2"]);
        assert_eq!([name("provided.al2023:rust"), name("rust"), name("go"), name("dotnet8")], ["rust", "rust", "go-v2", "dotnet"]);
        assert_eq!([name("provided.al2"), name("ruby3.4"), name("nonsense"), name("")], ["standard"; 4]);
        assert_eq!([name("python3.13"), default_profile("python3.13", Date::NEWEST).name], ["python-legacy", "v2026"]);
    }

    #[test]
    fn every_default_names_a_profile() {
        assert!(DEFAULTS.iter().all(|entry| profile(entry.profile).is_some() && Date::parse(entry.from).is_some()));
    }
}
