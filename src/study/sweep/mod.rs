//! A sweep: the same scenario at many settings of its knobs, each run several times with the same luck.
//!
//! ```text
//! knobs ──sample──▶ points ──runs, in order──▶ rows (a figure's mean and interval each) ──▶ results file, table, charts
//! ```
//!
//! A row is known by its plan and its point alone: whichever machine made it, in which session, on how many threads, it has the same bytes. So a sweep that was killed
//! goes on, and parts of one are put together, with nothing lost and nothing different.

mod charts;
mod file;
mod merge;
mod sample;
mod shard;
mod table;

use serde::{Deserialize, Serialize};

pub use file::{Refused, Resumed, refused, resume};
pub use merge::merge;
pub use sample::Sample;
pub use shard::Shard;

use super::{Base, Estimate, Header, Held, How, Job, Replicated, Replication, World, run_each};
use crate::scenario::Knob;
use crate::topology::Loaded;

/// The format's name and version.
pub const FORMAT: &str = "coldfront.sweep/1";
/// Points whose scenarios are held at a time.
const CHUNK: usize = 256;

/// What a sweep is: the first line of its results file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    #[serde(flatten)]
    pub study: Header,
    /// What is laid over the prices, as a hash of each file.
    pub prices: Vec<String>,
    /// The paths of the knobs.
    pub knobs: Vec<String>,
    /// `grid`, `lhs:50` or `sobol:64`.
    pub sample: String,
    /// How many points there are.
    pub points: usize,
    /// Which of them this file has; null for all.
    pub shard: Option<Shard>,
}

/// A point and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub point: usize,
    /// Of each knob, in the order of the plan.
    pub values: Vec<String>,
    pub runs: usize,
    pub thresholds: Vec<Held>,
    pub estimates: Vec<Estimate>,
}

/// Everything there is of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    #[serde(flatten)]
    pub plan: Plan,
    pub rows: Vec<Row>,
}

impl Plan {
    /// The points that this file has.
    pub fn own(&self) -> Vec<usize> {
        (0..self.points).filter(|point| self.shard.is_none_or(|shard| shard.has(*point))).collect()
    }

    /// As a line of a results file, without its end.
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Row {
    fn of(point: usize, values: &[String], runs: &[Replication]) -> Self {
        let all = Replicated::of(runs);
        Self { point, values: values.to_vec(), runs: runs.len(), thresholds: all.thresholds, estimates: all.estimates }
    }

    /// As a line of a results file, without its end.
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The estimate of a figure.
    pub fn estimate(&self, subject: &str, metric: &str) -> Option<&Estimate> {
        self.estimates.iter().find(|estimate| estimate.subject == subject && estimate.metric == metric)
    }

    /// Whether every threshold held in every run.
    pub fn keeps(&self) -> bool {
        self.thresholds.iter().all(|one| one.held == one.of)
    }
}

/// What a point changes.
pub fn changes(knobs: &[Knob], values: &[String]) -> Vec<(String, String)> {
    knobs.iter().map(|knob| knob.path.clone()).zip(values.iter().cloned()).collect()
}

/// Everything that is wrong with any of the points; the same mistake once.
pub fn mistakes(base: &Base, knobs: &[Knob], points: &[Vec<String>]) -> Vec<Loaded> {
    let mut said: Vec<(&'static str, String)> = Vec::new();
    let mut wrong = Vec::new();
    for values in points {
        let Err(mut loaded) = base.world(&changes(knobs, values)) else { continue };
        let fresh = |code: &'static str, message: &str, said: &mut Vec<(&'static str, String)>| {
            let is_new = !said.iter().any(|(own, text)| *own == code && text == message);
            said.extend(is_new.then(|| (code, message.to_owned())));
            is_new
        };
        loaded.parsed.diagnostics.retain(|one| one.is_error() && fresh(one.code, &one.message, &mut said));
        wrong.extend((!loaded.parsed.diagnostics.is_empty()).then_some(*loaded));
    }
    wrong
}

/// Runs these points with the plan's seeds, and hands over the row of each, in order, until it is told to stop. All must have passed [`mistakes`].
pub fn run(plan: &Plan, base: &Base, knobs: &[Knob], points: &[(usize, Vec<String>)], how: &How, mut each: impl FnMut(Row)) {
    let seeds = &plan.study.seeds;
    for chunk in points.chunks(CHUNK) {
        let worlds: Vec<World> = chunk.iter().filter_map(|(_, values)| base.world(&changes(knobs, values)).ok()).collect();
        let jobs: Vec<Job> = (0..worlds.len()).flat_map(|world| seeds.iter().map(move |seed| Job { world, seed: *seed })).collect();
        let mut runs: Vec<Replication> = Vec::with_capacity(seeds.len());
        run_each(&worlds, &jobs, how, |number, replication| {
            runs.push(replication);
            if runs.len() == seeds.len() {
                let (point, values) = &chunk[jobs[number].world];
                each(Row::of(*point, values, &runs));
                runs.clear();
            }
        });
        if (how.stop)() {
            break;
        }
    }
}
