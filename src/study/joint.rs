//! Several runs side by side: files, variants of a file, and replications of each, as plain data.
//!
//! ```text
//! Case (label, scenario) ──run × replications──▶ JointRun { report of the first seed, what all seeds say } ──▶ Joint  coldfront.runs/1
//! ```
//!
//! Differences are not judged here: with the same seed two variants meet the same luck, but a difference has no interval.

use serde::{Deserialize, Serialize};

use crate::cost::Pricing;
use crate::engine::Bounds;
use crate::metrics::Record;
use crate::report::Report;
use crate::scenario::Scenario;
use crate::units::Time;

use super::{Replicated, Replication, Threads, in_order, seeds, simulate};

/// The format's name and version.
pub const FORMAT: &str = "coldfront.runs/1";

/// A scenario to be run, and what it is called among the others.
#[derive(Clone, Debug)]
pub struct Case<'s> {
    pub label: String,
    /// The file, as it was named.
    pub file: String,
    pub variant: Option<String>,
    pub scenario: &'s Scenario,
    /// Those of its check.
    pub warnings: Vec<String>,
    /// How it is priced.
    pub pricing: Pricing,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JointRun {
    pub label: String,
    pub file: String,
    /// The overlay that was laid over the file; null for the file as it is.
    pub variant: Option<String>,
    /// Of the first replication.
    pub report: Report,
    /// Of all of them; null where there was one.
    pub replications: Option<Replicated>,
}

/// What came of all cases, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Joint {
    pub format: String,
    pub runs: Vec<JointRun>,
}

/// What one job gives back.
struct Done {
    replication: Replication,
    /// Of the first replication of a case only.
    report: Option<Report>,
    record: Option<Record>,
}

impl Joint {
    /// Runs every case `replications` times. `kept` is handed each case's first record when all are done, in order; `told` hears of simulated time that
    /// has passed, from any thread.
    pub fn of(
        cases: &[Case],
        replications: usize,
        bounds: Bounds,
        threads: Threads,
        told: &(dyn Fn(Time) + Sync),
        mut kept: impl FnMut(usize, &Record),
    ) -> Self {
        let of_case = |(case, one): (usize, &Case)| {
            seeds(one.scenario.seed, replications.max(1)).into_iter().enumerate().map(move |(n, s)| (case, n, s)).collect::<Vec<_>>()
        };
        let jobs: Vec<(usize, usize, u64)> = cases.iter().enumerate().flat_map(of_case).collect();
        let work = |&(case, number, seed): &(usize, usize, u64)| {
            let run = simulate(cases[case].scenario, Some(seed), bounds, cases[case].warnings.clone(), &cases[case].pricing, &|passed, _| told(passed));
            let replication = run.replication();
            let first = number == 0;
            Done { replication, report: first.then_some(run.report), record: first.then_some(run.record) }
        };
        let mut done = in_order(&jobs, threads, work).into_iter();
        let runs = cases.iter().enumerate().map(|(index, case)| {
            let of_case: Vec<Done> = done.by_ref().take(replications.max(1)).collect();
            of_case[0].record.iter().for_each(|record| kept(index, record));
            joint_run(case, of_case)
        });
        Self { format: FORMAT.into(), runs: runs.collect() }
    }

    /// Whether every threshold of every run holds.
    pub fn passed(&self) -> bool {
        self.runs.iter().all(JointRun::passed)
    }

    /// Whether a run was stopped at a bound.
    pub fn stopped(&self) -> bool {
        let stopped = |run: &JointRun| match &run.replications {
            Some(all) => all.runs.iter().any(|one| one.stopped_early.is_some()),
            None => run.report.run.stopped_early.is_some(),
        };
        self.runs.iter().any(stopped)
    }

    /// As `coldfront.runs/1`.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

impl JointRun {
    /// Whether every threshold holds, in every replication.
    pub fn passed(&self) -> bool {
        match &self.replications {
            Some(all) => all.thresholds.iter().all(|threshold| threshold.held == threshold.of),
            None => self.report.passed(),
        }
    }
}

fn joint_run(case: &Case, done: Vec<Done>) -> JointRun {
    let (mut report, mut replications) = (None, Vec::new());
    for one in done {
        report = report.or(one.report);
        replications.push(one.replication);
    }
    JointRun {
        label: case.label.clone(),
        file: case.file.clone(),
        variant: case.variant.clone(),
        report: report.expect("the first of every case keeps its report"),
        replications: (replications.len() > 1).then(|| Replicated::of(&replications)),
    }
}
