//! The same requests in both worlds, one by one: how many went better, and the one that changed most, side by side.
//!
//! ```text
//! witnesses of the first seed ──paired by lineage──▶ better, worse, alike;  the largest change
//! ```
//!
//! A request is alike where it was answered alike and its time is within 1 %. Left out: requests that only one of the worlds has answered, or made.

use serde::{Deserialize, Serialize};

use crate::metrics::{Cause, Class, Witness};

/// Times within this share of one another are alike.
const ALIKE: f64 = 0.01;
/// What whole microseconds of every cause together may lack, seconds.
const ROUNDING: f64 = 20e-6;

/// What became of the requests that both worlds have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Requests {
    /// A sample, of the first pair of runs.
    pub sampled: usize,
    pub alike: usize,
    pub faster: usize,
    pub slower: usize,
    /// Failed in the base and did not in the other.
    pub mended: usize,
    /// Failed in the other and did not in the base.
    pub broken: usize,
    /// The one that changed most.
    pub example: Option<Example>,
}

/// A request, side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Example {
    pub workload: String,
    pub route: String,
    /// When it was made, from the start of the run.
    pub at_s: f64,
    pub base: Fate,
    pub other: Fate,
}

/// What befell a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fate {
    /// `ok`, or how it failed: `throttled`, `timed_out`, `failed`, `rejected`.
    pub outcome: String,
    pub latency_s: f64,
    pub attempts: u32,
    /// Seconds by cause, of those that took any.
    pub spent: Vec<(String, f64)>,
}

/// Pairs what both kept; `names` are workload and route by place in the base's record, `other_names` in the other's.
pub fn requests(base: &[Witness], other: &[Witness], names: &[(String, String)], other_names: &[(String, String)]) -> Requests {
    let mut sorted: Vec<&Witness> = other.iter().collect();
    sorted.sort_by_key(|one| one.lineage);
    let mut all = Requests::default();
    let mut most: Option<(f64, &Witness, &Witness)> = None;
    for one in base {
        let Ok(at) = sorted.binary_search_by_key(&one.lineage, |other| other.lineage) else { continue };
        let twin = sorted[at];
        if names.get(one.route as usize) != other_names.get(twin.route as usize) {
            continue;
        }
        all.sampled += 1;
        let (before, after) = (one.latency.as_secs_f64(), twin.latency.as_secs_f64());
        let flips = one.outcome.is_ok() != twin.outcome.is_ok();
        match () {
            () if flips && twin.outcome.is_ok() => all.mended += 1,
            () if flips => all.broken += 1,
            () if (after - before).abs() <= ALIKE * before => all.alike += 1,
            () if after < before => all.faster += 1,
            () => all.slower += 1,
        }
        let change = (after - before).abs();
        // The first of equals, in the order of time.
        if change > 0.0 && most.is_none_or(|(largest, ..)| change > largest) {
            most = Some((change, one, twin));
        }
    }
    all.example = most.and_then(|(_, one, twin)| {
        let (workload, route) = names.get(one.route as usize)?.clone();
        Some(Example { workload, route, at_s: one.origin.as_secs_f64(), base: fate(one), other: fate(twin) })
    });
    all
}

fn fate(one: &Witness) -> Fate {
    let explained: f64 = one.spent.iter().map(|micros| f64::from(*micros) / 1e6).sum();
    let spent = Cause::ALL.iter().map(|cause| {
        let own = f64::from(one.spent[*cause as usize]) / 1e6;
        let rest = one.latency.as_secs_f64() - explained;
        let rest = if *cause == Cause::Abandoned && rest > ROUNDING { rest } else { 0.0 };
        (cause.key().to_owned(), own + rest)
    });
    Fate {
        outcome: word(one.outcome.class).into(),
        latency_s: one.latency.as_secs_f64(),
        attempts: one.attempts,
        spent: spent.filter(|(_, seconds)| *seconds > 0.0).collect(),
    }
}

fn word(class: Class) -> &'static str {
    match class {
        Class::Ok => "ok",
        Class::Throttled => "throttled",
        Class::TimedOut => "timed_out",
        Class::Failed => "failed",
        Class::Rejected => "rejected",
    }
}
