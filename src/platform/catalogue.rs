//! Everything that the platform knows on a day, one entry a row, for people to look up; and what is different on another day.
//!
//! ```text
//! entries(2026-11-22) = quotas ∪ latencies ∪ SDK profiles ∪ SDKs of runtimes ∪ cold starts of runtimes          changes = entries that differ
//! ```
//!
//! Prices stand in the price book, not here. How it is laid out is the report's business.

use super::{
    Date,
    coldstart::{self, Package},
    latency::{self, Figure},
    quota::{self, ALWAYS, Row},
    sdk::{self, Bundled, Jitter, Profile},
};

/// What sort of thing an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A quota, default or rule, which a scenario may override.
    Quota,
    /// The latency of a hop or operation.
    Latency,
    /// How an SDK retries.
    Sdk,
    /// The SDK that a runtime brings.
    Runtime,
    /// INIT of a runtime, or restore.
    ColdStart,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Number(f64),
    /// Several figures, by name.
    Figures(Vec<(&'static str, f64)>),
    Words(String),
}

/// One thing that the platform knows.
#[derive(Clone, Debug)]
pub struct Entry {
    pub kind: Kind,
    pub name: String,
    pub value: Value,
    /// Of every number in the value; empty for words.
    pub unit: &'static str,
    /// The first day it holds; `None` where it is not known to have been otherwise.
    pub since: Option<&'static str>,
    pub source: &'static str,
    pub about: String,
    /// Regions with a value of their own.
    pub regions: Vec<(&'static str, f64)>,
    /// What it was and will be on other days: the first of them, and the value; in the order of time.
    pub otherwise: Vec<(&'static str, Value)>,
}

/// One thing that is different on another day.
#[derive(Clone, Debug)]
pub struct Change {
    pub old: Entry,
    pub new: Entry,
}

impl Kind {
    pub const ALL: [Kind; 5] = [Kind::Quota, Kind::Latency, Kind::Sdk, Kind::Runtime, Kind::ColdStart];

    /// Its name in data, and a word to look for.
    pub const fn key(self) -> &'static str {
        ["quota", "latency", "sdk", "runtime", "coldstart"][self as usize]
    }
}

impl Entry {
    /// The service that it belongs to: what its name begins with.
    pub fn service(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// Whether its name, its kind or both have all of these words.
    pub fn is_called(&self, words: &[String]) -> bool {
        let name = format!("{} {}", self.kind.key(), self.name).to_lowercase();
        words.iter().all(|word| name.contains(&word.to_lowercase()))
    }
}

/// Everything on a day: kind by kind, each in the order of its table.
pub fn entries(as_of: Date) -> Vec<Entry> {
    let quotas = quota::names().filter_map(|name| quota::row(name, as_of)).map(|row| of_quota(row, as_of));
    let latencies = latency::names().map(|name| of_latency(&latency::figure(name, as_of)));
    let profiles = sdk::PROFILES.iter().map(of_profile);
    let runtimes = sdk::bundles(as_of).map(of_bundle);
    quotas.chain(latencies).chain(profiles).chain(runtimes).chain(runtimes_measured()).collect()
}

/// What differs between two days, as it was on the first and as it was on the second.
pub fn changes(from: Date, to: Date) -> Vec<Change> {
    let differs = |(old, new): &(Entry, Entry)| old.value != new.value || old.regions != new.regions;
    let pairs = entries(from).into_iter().zip(entries(to));
    pairs.filter(differs).map(|(old, new)| Change { old, new }).collect()
}

/// The day, where a row is not the oldest that is known.
fn since(from: &'static str) -> Option<&'static str> {
    (from != ALWAYS).then_some(from)
}

fn of_quota(row: &'static Row, as_of: Date) -> Entry {
    let others = quota::rows().filter(|other| other.name == row.name && other.from != row.from);
    let mut otherwise: Vec<_> = others.map(|other| (other.from, Value::Number(other.value))).collect();
    otherwise.sort_by_key(|(from, _)| *from);
    Entry {
        kind: Kind::Quota,
        name: row.name.into(),
        value: Value::Number(row.value),
        unit: row.unit,
        since: since(row.from),
        source: row.source,
        about: row.about.into(),
        regions: quota::regions(row.name, as_of).collect(),
        otherwise,
    }
}

fn of_latency(figure: &Figure) -> Entry {
    let others = latency::FIGURES.iter().filter(|other| other.name == figure.name && other.from != figure.from);
    Entry {
        kind: Kind::Latency,
        name: figure.name.into(),
        value: percentiles(figure),
        unit: "ms",
        since: since(figure.from),
        source: figure.source,
        about: figure.about.into(),
        regions: Vec::new(),
        otherwise: others.map(|other| (other.from, percentiles(other))).collect(),
    }
}

/// The median and the 99th percentile, and what bytes and items add to them.
fn percentiles(figure: &Figure) -> Value {
    let parts = [
        ("p50", figure.base_ms.0),
        ("p99", figure.base_ms.1),
        ("p50 a KB", figure.per_kb_ms.0),
        ("p99 a KB", figure.per_kb_ms.1),
        ("p50 an item", figure.per_item_ms.0),
        ("p99 an item", figure.per_item_ms.1),
    ];
    Value::Figures(parts.into_iter().filter(|(_, value)| *value > 0.0).collect())
}

fn of_profile(profile: &Profile) -> Entry {
    let words = |text: String| Entry {
        kind: Kind::Sdk,
        name: profile.name.into(),
        value: Value::Words(text),
        unit: "",
        since: None,
        source: profile.source,
        about: profile_in_words(profile),
        regions: Vec::new(),
        otherwise: Vec::new(),
    };
    words(format!("{} attempts, DynamoDB {}", profile.general.max_attempts, profile.dynamodb.max_attempts))
}

/// Back-off, jitter and quota.
fn profile_in_words(profile: &Profile) -> String {
    let (own, table) = (profile.general, profile.dynamodb);
    let differing = |a: f64, b: f64| if a == b { format!("{a} ms") } else { format!("{a} ms (DynamoDB {b} ms)") };
    let jitter = match (own.jitter_transient, own.jitter_throttling) {
        (Jitter::None, _) => "no jitter",
        (_, Jitter::Equal) => "full jitter after faults, equal jitter after throttles",
        _ => "full jitter",
    };
    let cap = if own.cap_ms.is_finite() { format!("at most {} s", own.cap_ms / 1e3) } else { "without a cap".into() };
    let faults = differing(own.base_transient_ms, table.base_transient_ms);
    let throttles = differing(own.base_throttling_ms, table.base_throttling_ms);
    let quota = profile.quota.map_or("no retry quota".to_owned(), |quota| {
        let (fault, throttle, timeout) = (quota.cost_transient, quota.cost_throttling, quota.cost_timeout);
        format!(
            "a quota of {} tokens, of which a retry takes {fault} after a fault, {throttle} after a throttle, {timeout} after a time-out",
            quota.tokens
        )
    });
    let unknown = if profile.retries_any_429 { "; retries any 429" } else { "" };
    format!("first sleep {faults} after faults and {throttles} after throttles, doubling, {cap}, {jitter}; {quota}{unknown}")
}

fn of_bundle(bundle: &'static Bundled) -> Entry {
    let family = if bundle.prefix.is_empty() { "any other".to_owned() } else { format!("{}…", bundle.prefix) };
    Entry {
        kind: Kind::Runtime,
        name: family,
        value: Value::Words(bundle.profile.into()),
        unit: "",
        since: since(bundle.from),
        source: sdk::BUNDLED_SOURCE,
        about: "the SDK that functions of such a runtime call AWS with".into(),
        regions: Vec::new(),
        otherwise: Vec::new(),
    }
}

/// The range of p50 and p99 over memory and architecture, by runtime and package.
fn runtimes_measured() -> impl Iterator<Item = Entry> {
    let rows = coldstart::table();
    let mut names: Vec<&'static str> = rows.iter().map(|row| row.runtime).collect();
    names.dedup();
    names.into_iter().map(move |runtime| {
        let stand_ins: Vec<&str> = coldstart::STAND_INS.iter().filter(|(_, measured)| *measured == runtime).map(|(name, _)| *name).collect();
        let also = if stand_ins.is_empty() { String::new() } else { format!("; also stands for {}", stand_ins.join(", ")) };
        Entry {
            kind: Kind::ColdStart,
            name: runtime.into(),
            value: Value::Figures(ranges(runtime)),
            unit: "ms",
            since: None,
            source: coldstart::SOURCE,
            about: format!(
                "{} over memory and architecture{also}",
                if runtime.ends_with(":snapstart") { "Restore Duration" } else { "Init Duration" }
            ),
            regions: Vec::new(),
            otherwise: Vec::new(),
        }
    })
}

/// Least and largest of each percentile, by package.
fn ranges(runtime: &str) -> Vec<(&'static str, f64)> {
    let of = |package, names: [&'static str; 4]| {
        let rows: Vec<_> = coldstart::table().iter().filter(|row| row.runtime == runtime && row.package == package).collect();
        let least = |value: fn(&coldstart::Row) -> f64| rows.iter().map(|row| value(row)).fold(f64::INFINITY, f64::min);
        let most = |value: fn(&coldstart::Row) -> f64| rows.iter().map(|row| value(row)).fold(0.0, f64::max);
        let values = [least(|row| row.p50_ms), most(|row| row.p50_ms), least(|row| row.p99_ms), most(|row| row.p99_ms)];
        names.into_iter().zip(values).filter(|_| !rows.is_empty()).collect::<Vec<_>>()
    };
    let zip = of(Package::Zip, ["zip p50 from", "zip p50 to", "zip p99 from", "zip p99 to"]);
    let image = of(Package::Image, ["image p50 from", "image p50 to", "image p99 from", "image p99 to"]);
    [zip, image].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn every_row_is_there_once() {
        let all = entries(Date::NEWEST);
        let of = |kind| all.iter().filter(|entry| entry.kind == kind).count();
        assert_eq!((of(Kind::Quota), of(Kind::Latency), of(Kind::Sdk)), (quota::names().count(), latency::names().count(), sdk::names().count()));
        assert!(of(Kind::ColdStart) > 30 && of(Kind::Runtime) > 10);
    }

    #[test]
    fn between_two_days_only_what_changed_is_different() {
        let names = |from, to| changes(day(from), day(to)).into_iter().map(|change| change.new.name).collect::<Vec<_>>();
        assert_eq!(names("2023-11-25", "2023-11-26"), ["lambda.scaling_burst", "lambda.scaling_rate", "lambda.scaling_shared"]);
        assert_eq!(names("2026-11-16", "2026-11-17"), ["python…"]);
        assert!(names("2024-01-01", "2024-01-01").is_empty());
    }

    #[test]
    fn an_entry_knows_what_it_was_and_will_be() {
        let then = entries(day("2020-06-01"));
        let idle = then.iter().find(|entry| entry.name == "lambda.idle_expiry_p50").unwrap();
        assert_eq!((&idle.value, idle.since), (&Value::Number(579.0), Some("2019-08-01")));
        let days: Vec<_> = idle.otherwise.iter().map(|(from, _)| *from).collect();
        assert_eq!(days, [ALWAYS, "2019-06-01", "2019-07-01", "2021-01-01", "2022-01-01"]);
    }

    #[test]
    fn entries_are_found_by_any_part_of_their_names() {
        let found = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            entries(Date::NEWEST).into_iter().filter(|entry| entry.is_called(&words)).map(|entry| entry.name).collect::<Vec<_>>()
        };
        assert_eq!(
            found(&["lambda", "idle_expiry"]),
            ["lambda.idle_expiry_p5", "lambda.idle_expiry_p50", "lambda.idle_expiry_p95", "lambda.idle_expiry_lognormal"]
        );
        assert_eq!(found(&["coldstart", "nodejs22"]), ["nodejs22.x"]);
        assert_eq!(found(&["SDK", "v2026"]), ["v2026"]);
    }
}
