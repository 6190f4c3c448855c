//! The Pareto front: the settings of which none other is better in the objective and in a second figure.
//!
//! ```text
//! p(99) │ ×              × tried, and breaks a threshold
//!       │   ●            ● on the front: less of the one is more of the other
//!       │      ●   ○     ○ tried, and another is better in both
//!       └────────────── cost
//! ```
//!
//! It is made of what the search has run, with the means of those runs, so it is dense where the answer is and thin elsewhere; settings that were given up early
//! have one run.

use serde::{Deserialize, Serialize};

use super::lab::{Lab, mean};
use super::lattice::Point;
use crate::scenario::Scenario;
use crate::study::{Pick, Replication};

/// Figures of which more is better.
const GAINS: [&str; 3] = ["goodput", "request_rate", "requests"];

/// A setting that was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontPoint {
    /// Path and value.
    pub values: Vec<(String, String)>,
    pub runs: usize,
    pub objective: f64,
    pub against: f64,
    /// Whether it keeps the thresholds, as far as it was run.
    pub keeps: bool,
    /// Whether no other is better in both.
    pub on_front: bool,
}

/// The second figure where none is named: the first latency that a threshold bounds, else the p99 of the first workload, else whatever a threshold bounds.
pub(super) fn usual_axis(run: &Replication, objective: &Pick) -> Option<Pick> {
    let measured = |subject: &str, metric: &str| {
        let figure = run.figures.iter().find(|figure| figure.subject == subject && figure.metric == metric)?;
        let pick = Pick { subject: subject.into(), metric: metric.into() };
        Some((figure.unit, pick)).filter(|(_, pick)| pick != objective)
    };
    let bounded = || run.thresholds.iter().filter_map(|one| measured(&one.target, &one.metric));
    let latency = bounded().find(|(unit, _)| *unit == "s");
    let first = || run.figures.iter().find(|figure| figure.metric == "p(99)").and_then(|figure| measured(&figure.subject, "p(99)"));
    latency.or_else(first).or_else(|| bounded().next()).map(|(_, pick)| pick)
}

/// Every setting that was run and measured both, by the objective.
pub(super) fn front(lab: &Lab, against: &Pick, scenario: &Scenario) -> Vec<FrontPoint> {
    let mut points: Vec<FrontPoint> = lab.tried.keys().filter_map(|point| tried(lab, point, against)).collect();
    points.sort_by(|a, b| a.objective.total_cmp(&b.objective).then(a.against.total_cmp(&b.against)));
    let wanted_more = scenario.thresholds.iter().any(|one| one.written.starts_with(&format!("{} >", against.name())));
    let signs = (if lab.goal.maximise { -1.0 } else { 1.0 }, if wanted_more || GAINS.contains(&against.metric.as_str()) { -1.0 } else { 1.0 });
    let of: Vec<(f64, f64)> = points.iter().map(|point| (signs.0 * point.objective, signs.1 * point.against)).collect();
    for (point, own) in points.iter_mut().zip(&of) {
        let dominates = |other: &&(f64, f64)| other.0 <= own.0 && other.1 <= own.1 && *other != own;
        point.on_front = !of.iter().any(|other| dominates(&other));
    }
    points
}

fn tried(lab: &Lab, point: &Point, against: &Pick) -> Option<FrontPoint> {
    let runs = &lab.tried.get(point)?.runs;
    let both: Vec<(f64, f64)> = runs.values().filter_map(|run| Some((lab.goal.pick.value(run)?, against.value(run)?))).collect();
    let column = |of: fn(&(f64, f64)) -> f64| mean(&both.iter().map(of).collect::<Vec<_>>());
    (!both.is_empty()).then(|| FrontPoint {
        values: lab.lattice.settings(point),
        runs: runs.len(),
        objective: column(|both| both.0),
        against: column(|both| both.1),
        keeps: !lab.breaks(point),
        on_front: false,
    })
}
