//! A level of load as plain data: what was offered, how long answers took, what failed, and which limit refused first and most.
//!
//! Figures are means over the runs of a level, each with half of its 95 % interval (Student's t); a level that was given up early has few runs, and one run has no interval.

use serde::{Deserialize, Serialize};

use super::ladder::{Ladder, Rung};
use super::seen::{Seen, Waits, earlier};
use crate::scenario::Scenario;
use crate::study::Replication;
use crate::study::solve::{Known, Share, half_width, known, mean};

/// A mean over runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    pub mean: f64,
    /// Half of its 95 % interval; null for one run.
    pub half_width: Option<f64>,
}

impl Mean {
    /// None of nothing.
    fn of(values: &[f64]) -> Option<Self> {
        (!values.is_empty()).then(|| Self { mean: mean(values), half_width: half_width(values) })
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Of the scenario's load.
    pub multiplier: f64,
    pub runs: usize,
    /// Whether the asked share of its runs keeps all thresholds; null where it has too few to tell.
    pub keeps: Option<bool>,
    /// In how many runs all thresholds hold.
    pub all: Share,
    /// Requests that clients began, a second, of all workloads.
    pub offered: Mean,
    /// Requests of a run.
    pub requests: f64,
    pub workloads: Vec<Served>,
    pub thresholds: Vec<Known>,
    /// The one that refused most first.
    pub limits: Vec<Refusing>,
    /// The limit of which the strain begins first; null where none refuses so much that it matters.
    pub first: Option<String>,
    /// The limit that refused most, however little that is.
    pub most: Option<String>,
    /// Where time goes that no limit takes by refusing; null where that is little.
    pub waits: Option<Waits>,
    /// Runs that ended at a bound of their own, which keep nothing.
    pub stopped_early: usize,
}

/// What the clients of a workload saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Served {
    pub workload: String,
    /// Of a closed loop; null for others.
    pub users: Option<u64>,
    /// Requests a second.
    pub offered: Option<Mean>,
    pub p50_s: Option<Mean>,
    pub p99_s: Option<Mean>,
    /// Shares of all requests.
    pub error_rate: Option<Mean>,
    pub throttle_rate: Option<Mean>,
}

/// A limit that refused something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refusing {
    pub phrase: String,
    /// Refusals of a run, on the mean of all runs.
    pub refused: f64,
    /// In how many runs it refused something.
    pub runs: usize,
    /// In how many of these so much that it mattered: 1 % of what clients offer.
    pub strained: usize,
    /// From when on it refused 1 % of what clients offer, in the first of the runs in which it did; null where it never did.
    pub from_s: Option<f64>,
}

impl Level {
    pub(super) fn of(ladder: &Ladder, rung: &Rung, scenario: &Scenario) -> Self {
        let seen: Vec<&Seen> = rung.runs.values().collect();
        let runs: Vec<&Replication> = seen.iter().map(|seen| &seen.replication).collect();
        let all = |metric: &str| runs.iter().map(|run| ladder.sum(run, metric)).collect::<Vec<f64>>();
        let written = |at: usize| scenario.thresholds.get(at).map(|threshold| threshold.written.clone());
        let names: Vec<String> = (0..scenario.thresholds.len()).filter_map(written).collect();
        let limits = limits(&seen);
        let of_first_run = |at: usize| runs.first().map(|run| &run.thresholds).and_then(|all| all.get(at));
        Self {
            multiplier: rung.multiplier,
            runs: runs.len(),
            keeps: ladder.verdict(rung),
            all: Share::of(runs.iter().filter(|run| ladder.good(run)).count(), runs.len()),
            offered: Mean::of(&all("request_rate")).unwrap_or(Mean { mean: 0.0, half_width: None }),
            requests: mean(&all("requests")),
            workloads: scenario
                .workloads
                .iter()
                .map(|(name, spec)| served(&runs, &name.value, spec.users.as_ref().map(|users| users.value)))
                .collect(),
            thresholds: (0..names.len()).filter_map(|at| Some(known(&runs, at, of_first_run(at)?, &names))).collect(),
            first: first(&limits),
            most: limits.first().map(|limit| limit.phrase.clone()),
            limits,
            waits: seen.first().and_then(|seen| seen.waits.clone()),
            stopped_early: runs.iter().filter(|run| run.stopped_early.is_some()).count(),
        }
    }

    /// When the limit that is first refuses so much that it matters.
    pub fn from_s(&self) -> Option<f64> {
        self.limits.iter().find(|limit| Some(&limit.phrase) == self.first.as_ref())?.from_s
    }
}

fn served(runs: &[&Replication], name: &str, users: Option<u64>) -> Served {
    let of = |metric: &str| {
        let figure = |run: &&Replication| run.figures.iter().find(|one| one.subject == name && one.metric == metric).map(|one| one.value);
        Mean::of(&runs.iter().filter_map(figure).collect::<Vec<f64>>())
    };
    Served {
        workload: name.to_owned(),
        users,
        offered: of("request_rate"),
        p50_s: of("p(50)"),
        p99_s: of("p(99)"),
        error_rate: of("error_rate"),
        throttle_rate: of("throttle_rate"),
    }
}

fn limits(seen: &[&Seen]) -> Vec<Refusing> {
    let mut found: Vec<Refusing> = Vec::new();
    for refusal in seen.iter().flat_map(|seen| &seen.refusals) {
        let share = refusal.refused as f64 / seen.len() as f64;
        match found.iter_mut().find(|limit| limit.phrase == refusal.phrase) {
            Some(limit) => {
                limit.refused += share;
                limit.runs += 1;
                limit.strained += usize::from(refusal.from_s.is_some());
                limit.from_s = limit.from_s.or(refusal.from_s);
            }
            None => {
                let strained = usize::from(refusal.from_s.is_some());
                found.push(Refusing { phrase: refusal.phrase.clone(), refused: share, runs: 1, strained, from_s: refusal.from_s });
            }
        }
    }
    found.sort_by(|a, b| b.refused.total_cmp(&a.refused));
    found
}

/// The limit of which the strain begins first, of those that are strained about as often as any; of several at once the one that refuses most.
fn first(limits: &[Refusing]) -> Option<String> {
    let most = limits.iter().map(|limit| limit.strained).max()?;
    let usual = || limits.iter().filter(|limit| 2 * limit.strained >= most);
    let earliest = usual().fold(None, |found, limit| earlier(found, limit.from_s))?;
    usual().find(|limit| limit.from_s == Some(earliest)).map(|limit| limit.phrase.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_limit_is_the_one_that_strains_first_and_the_most_is_another() {
        let limit = |phrase: &str, refused, strained, from_s| Refusing { phrase: phrase.into(), refused, runs: 10, strained, from_s };
        assert_eq!(
            first(&[limit("a", 90.0, 10, Some(20.0)), limit("b", 10.0, 8, Some(5.0)), limit("c", 2.0, 1, Some(2.0)), limit("d", 1.0, 0, None)])
                .as_deref(),
            Some("b")
        );
        assert_eq!(first(&[limit("d", 1.0, 0, None)]), None);
    }
}
