//! Back-testing: what was measured in reality beside what is simulated.
//!
//! ```text
//! Trial (a file or a case, with expectations) × replications ──in_order──▶ values of every metric ──score──▶ Row ──▶ Validation
//! ```
//!
//! Of every figure the mean over runs with different seeds is compared. Runs are folded in the order of their numbers, so that the result is the same on any
//! number of threads. Left out: fitting parameters, and joining figures that are of different units into one error.

mod beside;
mod export;
mod score;
mod summary;
mod table;

use serde::{Deserialize, Serialize};

use crate::cost::{Pricing, Statement};
use crate::engine::Bounds;
use crate::metrics::Record;
use crate::report::{measured, name_of, valued};
use crate::scenario::{Expectation, Expectations, Measured, Role, Scenario};
use crate::units::Time;

use super::{Threads, in_order, record, seeds};

pub use beside::Beside;
pub use score::{Metric, Verdict};
pub use summary::{Group, Summary};

/// The format's name and version.
pub const FORMAT: &str = "coldfront.validation/1";

/// A scenario with expectations that is to be run.
#[derive(Clone, Debug)]
pub struct Trial<'s> {
    /// The file, as it was named.
    pub file: String,
    /// The file's name without folders and ending.
    pub stem: String,
    pub case: Option<String>,
    pub scenario: &'s Scenario,
    pub expectations: &'s Expectations,
    /// Runs with different seeds.
    pub replications: usize,
}

/// What came of a file or a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub id: String,
    /// One of several in its file; null for the file as it is.
    pub case: Option<String>,
    pub file: String,
    pub source: String,
    pub year: Option<u32>,
    pub services: Vec<String>,
    /// `emergent`, `calibration` or `rule`.
    pub role: String,
    pub borrowed: Vec<String>,
    pub notes: Option<String>,
    pub replications: usize,
    /// Why runs ended before their time, if one did.
    pub stopped_early: Option<String>,
    pub metrics: Vec<Metric>,
}

/// What came of all of them, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    pub format: String,
    pub rows: Vec<Row>,
    pub summary: Summary,
    /// Mean errors beside those of other simulators.
    pub beside: Vec<Beside>,
}

/// What one run says of one expectation: a value, or one a point.
type Values = Vec<Option<f64>>;

/// One run of a trial.
struct Done {
    stopped: Option<String>,
    /// By expectation.
    values: Vec<Values>,
}

impl Validation {
    /// Runs every trial as often as it asks; `told` hears of simulated time that has passed, from any thread.
    pub fn of(trials: &[Trial], bounds: Bounds, threads: Threads, told: &(dyn Fn(Time) + Sync)) -> Self {
        let of_trial = |(trial, one): (usize, &Trial)| {
            seeds(one.scenario.seed, one.replications.max(1)).into_iter().map(move |seed| (trial, seed)).collect::<Vec<_>>()
        };
        let jobs: Vec<(usize, u64)> = trials.iter().enumerate().flat_map(of_trial).collect();
        let work = |&(trial, seed): &(usize, u64)| {
            let Trial { scenario, expectations, .. } = &trials[trial];
            let record = record(scenario, Some(seed), bounds, &|passed, _| told(passed));
            let values = expectations.metrics.iter().map(|one| values(&record, scenario, one)).collect();
            Done { stopped: record.stopped_early, values }
        };
        let mut done = in_order(&jobs, threads, work).into_iter();
        let rows: Vec<Row> = trials.iter().map(|trial| row(trial, done.by_ref().take(trial.replications.max(1)).collect())).collect();
        Self { format: FORMAT.into(), summary: Summary::of(&rows), beside: beside::beside(trials, &rows), rows }
    }

    /// Whether no scored expectation fails.
    pub fn passed(&self) -> bool {
        self.metrics().all(|(_, metric)| metric.verdict != Verdict::Fail)
    }

    /// Whether a run was stopped at a bound.
    pub fn stopped(&self) -> bool {
        self.rows.iter().any(|row| row.stopped_early.is_some())
    }

    /// Every metric with its row.
    pub fn metrics(&self) -> impl Iterator<Item = (&Row, &Metric)> {
        self.rows.iter().flat_map(|row| row.metrics.iter().map(move |metric| (row, metric)))
    }
}

fn values(record: &Record, scenario: &Scenario, one: &Expectation) -> Values {
    let target = name_of(scenario, &one.subject);
    if let crate::scenario::Metric::Cost(_) = one.metric {
        return vec![valued(record, &Statement::of(scenario, record, &Pricing::default()), &target, &one.metric)];
    }
    match &one.measured {
        Measured::Series(points) => points.iter().map(|point| measured(record, &target, &point.metric)).collect(),
        Measured::Value(_) | Measured::Holds(..) => vec![measured(record, &target, &one.metric)],
    }
}

fn row(trial: &Trial, done: Vec<Done>) -> Row {
    let Trial { file, stem, case, expectations, replications, .. } = trial;
    let of_metric = |(at, one): (usize, &Expectation)| score::metric(one, &done.iter().map(|run| &run.values[at][..]).collect::<Vec<_>>());
    Row {
        id: expectations.id.clone().unwrap_or_else(|| stem.clone()),
        case: case.clone(),
        file: file.clone(),
        source: expectations.source.clone(),
        year: expectations.year,
        services: expectations.services.clone(),
        role: Role::word(expectations.role).into(),
        borrowed: expectations.borrowed.clone(),
        notes: expectations.notes.clone(),
        replications: *replications,
        stopped_early: done.iter().find_map(|run| run.stopped.clone()),
        metrics: expectations.metrics.iter().enumerate().map(of_metric).collect(),
    }
}
