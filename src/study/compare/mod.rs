//! Worlds beside one another: what differs between them, how sure that is, and what it does to the same request.
//!
//! ```text
//! base  ─seeds 1 … n─▶ runs ─┐
//! other ─seeds 1 … n─▶ runs ─┴─paired─▶ differences with intervals ─▶ sentences for those that are significant
//! ```
//!
//! Requests are keyed: the k-th of a workload has the same arrival, the same key and the same luck in every world, as far as they have the same nodes by name.

mod change;
mod markdown;
mod paired;
mod request;
mod sentence;
mod text;

use serde::{Deserialize, Serialize};

use crate::metrics::{Record, Witness};
use crate::scenario::{Scenario, expected_requests};
use crate::simulation::Simulation;
use crate::topology::Loaded;

use super::{Header, How, Replication, in_turn, seeds, settings, simulate_with};
pub use change::Change;
pub use paired::{Difference, judge};
pub use request::{Example, Fate, Requests};

/// The format's name and version.
pub const FORMAT: &str = "coldfront.compare/1";
/// Requests of a run that are kept to be held against one another.
const SAMPLE: f64 = 4000.0;

/// A world, and what it is called among the others.
pub struct Compared<'l> {
    pub label: String,
    pub loaded: &'l Loaded,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    #[serde(flatten)]
    pub study: Header,
    /// Pairs of runs.
    pub replications: usize,
    /// What the others are held against.
    pub base: String,
    pub others: Vec<Against>,
    /// Whether it was interrupted, so that there are fewer runs than were asked for.
    pub interrupted: bool,
}

/// Another world against the base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Against {
    pub label: String,
    /// What its scenario says differently.
    pub changes: Vec<Change>,
    /// One for each difference that is significant.
    pub sentences: Vec<String>,
    pub differences: Vec<Difference>,
    pub thresholds: Vec<Verdict>,
    pub requests: Requests,
}

/// A threshold in both worlds, by target and metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// `shoppers: p(99) < 0.3 s`, with what it is measured in.
    pub threshold: String,
    /// In how many of the runs it held; null where the base does not have it.
    pub base: Option<usize>,
    pub other: usize,
    pub of: usize,
}

/// What is kept of a run.
struct Ran {
    replication: Replication,
    /// Of the first seed only.
    witnesses: Vec<Witness>,
    names: Vec<(String, String)>,
}

impl Comparison {
    /// Runs all worlds, the first being the base, with the same seeds. All must be ready to be run.
    pub fn of(study: Header, worlds: &[Compared], how: &How) -> Self {
        let ready: Vec<&Scenario> = worlds.iter().filter_map(|world| world.loaded.ready()).collect();
        let with_luck = |scenario: &&Scenario| Simulation::with_luck_of(scenario, ready[0]);
        let scenarios: Vec<Scenario> = ready.iter().map(with_luck).collect();
        let share = scenarios.first().map_or(0.0, |base| (SAMPLE / requests_of(base).max(1.0)).min(1.0));
        // Pairs are made one after the other, so that what is done when it is interrupted is whole.
        let jobs: Vec<(usize, usize)> = (0..study.seeds.len()).flat_map(|run| (0..scenarios.len()).map(move |world| (run, world))).collect();
        let work = |&(run, world): &(usize, usize)| {
            let warnings = worlds[world].loaded.warnings();
            let kept = if run == 0 { share } else { 0.0 };
            let made = simulate_with(&scenarios[world], study.seeds[run], how.bounds, warnings, how.pricing, kept, &|passed, _| (how.told)(passed));
            Ran { replication: made.replication(), names: names(&made.record), witnesses: made.record.witnesses }
        };
        let mut runs: Vec<Vec<Ran>> = scenarios.iter().map(|_| Vec::new()).collect();
        in_turn(&jobs, how.threads, how.stop, work, |number, ran| runs[jobs[number].1].push(ran));
        let whole = runs.iter().map(Vec::len).min().unwrap_or(0);
        runs.iter_mut().for_each(|of_world| of_world.truncate(whole));
        let interrupted = whole < study.seeds.len();
        let others = (1..worlds.len()).map(|other| Against::of(&worlds[0], &runs[0], &worlds[other], &runs[other])).collect();
        let base = worlds.first().map_or_else(String::new, |world| world.label.clone());
        Self { study, replications: whole, base, others, interrupted }
    }

    /// Whether every threshold that held in all runs of the base holds in all of the others', and every new one holds.
    pub fn passed(&self) -> bool {
        let worse = |verdict: &Verdict| verdict.other < verdict.of && verdict.base.is_none_or(|base| base == verdict.of);
        !self.others.iter().flat_map(|other| &other.thresholds).any(worse)
    }

    /// As `coldfront.compare/1`.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

impl Against {
    fn of(base: &Compared, of_base: &[Ran], other: &Compared, of_other: &[Ran]) -> Self {
        let (said, says) = (settings(base.loaded), settings(other.loaded));
        let runs = |ran: &[Ran]| ran.iter().map(|one| one.replication.clone()).collect::<Vec<_>>();
        let (before, after) = (runs(of_base), runs(of_other));
        let workloads: Vec<String> =
            base.loaded.ready().map_or_else(Vec::new, |scenario| scenario.workloads.iter().map(|(name, _)| name.value.clone()).collect());
        let differences = paired::differences(&before, &after, &workloads);
        let requests = match (of_base.first(), of_other.first()) {
            (Some(one), Some(twin)) => request::requests(&one.witnesses, &twin.witnesses, &one.names, &twin.names),
            _ => Requests::default(),
        };
        Self {
            label: other.label.clone(),
            changes: change::changes(&said, &says),
            sentences: sentence::sentences(&differences),
            differences,
            thresholds: verdicts(&before, &after),
            requests,
        }
    }
}

/// How many requests a run will make, about.
fn requests_of(scenario: &Scenario) -> f64 {
    let trace = |at: usize| scenario.traces.iter().find(|(workload, _)| *workload == at).map(|(_, trace)| trace);
    let workloads = scenario.workloads.iter().enumerate();
    workloads.map(|(at, (_, workload))| expected_requests(workload, trace(at), scenario.duration.value)).sum()
}

fn names(record: &Record) -> Vec<(String, String)> {
    record.routes.iter().map(|route| (route.workload.clone(), route.route.clone())).collect()
}

fn verdicts(before: &[Replication], after: &[Replication]) -> Vec<Verdict> {
    let Some(first) = after.first() else { return Vec::new() };
    let named =
        |one: &crate::report::ThresholdResult| format!("{}: {} {} {}", one.target, one.metric, one.op, super::table::value(&one.unit, one.bound));
    let held = |runs: &[Replication], name: &str| -> Option<usize> {
        let known = runs.first().is_some_and(|run| run.thresholds.iter().any(|one| named(one) == name));
        known.then(|| runs.iter().filter(|run| run.thresholds.iter().any(|one| named(one) == name && one.passed)).count())
    };
    let verdict = |name: String| Verdict { base: held(before, &name), other: held(after, &name).unwrap_or(0), of: after.len(), threshold: name };
    first.thresholds.iter().map(named).map(verdict).collect()
}

/// So many seeds, the first being the base's own.
pub fn paired_seeds(base: &Loaded, replications: usize) -> Vec<u64> {
    base.ready().map_or_else(Vec::new, |scenario| seeds(scenario.seed, replications.max(1)))
}
