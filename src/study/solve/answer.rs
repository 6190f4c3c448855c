//! What a search has come to, as plain data: `coldfront.solve/1`.
//!
//! ```text
//! share of runs that hold, k of n:   (k + z²/2) / (n + z²) ± z · √( k(n − k)/n + z²/4 ) / (n + z²),   z = 1.96        Wilson 1927
//! ```
//!
//! The interval of a share is Wilson's, which is right at 0 and n of n too, where others have no width: ten of ten runs say that it is at least 72 %. Means have
//! Student's interval over replications, differences that of the paired differences.

use serde::{Deserialize, Serialize};

use super::binding::{Step, steps};
use super::front::{FrontPoint, front};
use super::lab::{Ended, Lab, half_width, kept, mean};
use super::lattice::Point;
use super::{Asked, goal};
use crate::report::ThresholdResult;
use crate::scenario::Scenario;
use crate::study::{Header, Pick, Replication};

/// The normal distribution's quantile of 97.5 %.
const Z: f64 = 1.959_964;
/// What is no difference between two objectives, as a share of them.
const SAME: f64 = 1e-9;

/// What is known when a search ends.
#[derive(Debug, Default)]
pub(super) struct Searched {
    pub method: &'static str,
    pub notes: Vec<String>,
    pub best: Option<Point>,
    pub against: Option<Pick>,
    pub ended: Option<Ended>,
}

impl Searched {
    pub fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Solution {
    #[serde(flatten)]
    pub study: Header,
    /// The figure that is to be best.
    pub objective: String,
    pub maximise: bool,
    /// Its unit.
    pub unit: String,
    pub knobs: Vec<Turned>,
    pub method: String,
    pub notes: Vec<String>,
    /// In what share of its replications a setting must keep all thresholds.
    pub share: f64,
    pub runs: usize,
    /// Settings that were run.
    pub settings: usize,
    /// Runs that all settings would have taken.
    pub exhaustive: u64,
    /// The best setting; null where none keeps all thresholds.
    pub found: Option<Setting>,
    /// Where none does: the one that comes closest.
    pub closest: Option<Setting>,
    /// The second best of those that have all their runs.
    pub runner_up: Option<Setting>,
    /// Thresholds that break where one knob is turned to what is next cheaper, the worst first.
    pub binding: Vec<String>,
    /// What one step of one knob does.
    pub sensitivity: Vec<Step>,
    /// The other axis of the front.
    pub against: Option<String>,
    pub against_unit: String,
    pub front: Vec<FrontPoint>,
    /// `interrupted`, or `runs` where no more were allowed; null for a search that is done.
    pub ended: Option<String>,
}

/// A knob and how many values it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turned {
    pub path: String,
    pub values: usize,
    pub first: String,
    pub last: String,
    /// Whether it has an order; else it is categories.
    pub ordered: bool,
}

/// What a setting came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Path and value.
    pub values: Vec<(String, String)>,
    pub runs: usize,
    pub objective: f64,
    /// Half of the 95 % interval of the mean; null for one run.
    pub half_width: Option<f64>,
    pub thresholds: Vec<Known>,
    /// All thresholds together.
    pub all: Share,
}

/// A threshold at a setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// As it is written.
    pub threshold: String,
    pub op: String,
    pub unit: String,
    pub bound: f64,
    /// The mean of what was measured; null where nothing was.
    pub mean: Option<f64>,
    pub half_width: Option<f64>,
    pub holds: Share,
}

/// In how many runs something holds, and the 95 % interval of how probable that is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub held: usize,
    pub of: usize,
    pub low: f64,
    pub high: f64,
}

impl Share {
    /// With Wilson's interval.
    pub fn of(held: usize, of: usize) -> Self {
        let (k, n) = (held as f64, (of as f64).max(1.0));
        let (centre, whole) = (k + Z * Z / 2.0, n + Z * Z);
        let half = Z * (k * (n - k) / n + Z * Z / 4.0).max(0.0).sqrt();
        Self { held, of, low: ((centre - half) / whole).max(0.0), high: ((centre + half) / whole).min(1.0) }
    }
}

/// Of those that have all their runs and keep the thresholds, the best, where it is better than `than`.
pub(super) fn better(lab: &Lab, than: &Point) -> Option<Point> {
    let own = lab.cost(than)?;
    let best = sure(lab).into_iter().next().filter(|(cost, _)| *cost < own - SAME * own.abs());
    best.map(|(_, point)| point)
}

/// Those that have all their runs and keep the thresholds, with their cost, the best first.
fn sure(lab: &Lab) -> Vec<(f64, Point)> {
    let of = |point: &Point| Some((lab.cost(point).filter(|_| lab.is_sure(point))?, point.clone()));
    let mut sure: Vec<_> = lab.tried.keys().filter_map(of).collect();
    sure.sort_by(|a, b| a.0.total_cmp(&b.0));
    sure
}

/// The setting that comes closest to keeping the thresholds.
pub(super) fn closest(lab: &Lab) -> Option<Point> {
    let of = |point: &Point| Some((lab.violation(point)?, point.clone()));
    lab.tried.keys().filter_map(of).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, point)| point)
}

/// The best of what has broken nothing yet, where the search was ended early.
fn provisional(lab: &Lab) -> Option<Point> {
    let of = |point: &Point| Some((lab.cost(point).filter(|_| lab.keeps(point))?, point.clone()));
    lab.tried.keys().filter_map(of).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, point)| point)
}

impl Solution {
    pub(super) fn of(study: Header, scenario: &Scenario, lab: &Lab, searched: Searched, asked: &Asked) -> Self {
        let best = searched.best.clone().or_else(|| searched.ended.and_then(|_| provisional(lab)));
        let written: Vec<String> = scenario.thresholds.iter().map(|threshold| threshold.written.clone()).collect();
        let say = |point: &Point| setting(lab, point, &written);
        let second = |best: &Point| sure(lab).into_iter().find(|(_, point)| point != best).map(|(_, point)| point);
        let (binding, sensitivity) = best.as_ref().map(|best| steps(lab, best, &written)).unwrap_or_default();
        let any = lab.tried.values().find_map(|tried| tried.runs.values().next());
        let unit = |pick: Option<&Pick>| any.zip(pick).map_or("count", |(run, pick)| pick.unit(run)).to_owned();
        let tried = || lab.tried.values().filter(|tried| !tried.runs.is_empty());
        Self {
            study,
            objective: lab.goal.pick.name(),
            maximise: lab.goal.maximise,
            unit: unit(Some(&lab.goal.pick)),
            knobs: turned(lab),
            method: searched.method.into(),
            notes: searched.notes,
            share: asked.share,
            runs: lab.runs,
            settings: tried().count(),
            exhaustive: lab.lattice.size().saturating_mul(lab.seeds.len() as u64),
            closest: if best.is_none() { closest(lab).as_ref().and_then(say) } else { None },
            runner_up: best.as_ref().and_then(second).as_ref().and_then(say),
            found: best.as_ref().and_then(say),
            binding,
            sensitivity,
            against_unit: unit(searched.against.as_ref()),
            front: searched.against.as_ref().map_or_else(Vec::new, |against| front(lab, against, scenario)),
            against: searched.against.map(|against| against.name()),
            ended: searched.ended.map(|ended| if ended == Ended::Interrupted { "interrupted" } else { "runs" }.into()),
        }
    }

    /// The superlative and the comparative of what is looked for.
    pub(super) fn words(&self) -> (&'static str, &'static str) {
        let (subject, metric) = self.objective.rsplit_once(": ").unwrap_or(("", &self.objective));
        let pick = Pick { subject: subject.into(), metric: metric.into() };
        let goal = goal::Goal { pick, maximise: self.maximise };
        (goal.superlative(), goal.comparative())
    }
}

fn turned(lab: &Lab) -> Vec<Turned> {
    let of = |dial: &super::Dial| Turned {
        path: dial.path.clone(),
        values: dial.levels(),
        first: dial.text(0),
        last: dial.text(dial.levels() - 1),
        ordered: dial.ordered,
    };
    lab.lattice.0.iter().map(of).collect()
}

/// None where it has no run.
fn setting(lab: &Lab, point: &Point, written: &[String]) -> Option<Setting> {
    let runs: Vec<&Replication> = lab.tried.get(point)?.runs.values().collect();
    let objective: Vec<f64> = runs.iter().filter_map(|run| lab.goal.pick.value(run)).collect();
    if objective.is_empty() {
        return None;
    }
    let held = runs.iter().filter(|run| kept(run)).count();
    Some(Setting {
        values: lab.lattice.settings(point),
        runs: runs.len(),
        objective: mean(&objective),
        half_width: half_width(&objective),
        thresholds: runs[0].thresholds.iter().enumerate().map(|(at, one)| known(&runs, at, one, written)).collect(),
        all: Share::of(held, runs.len()),
    })
}

/// What is known of the threshold at this place, over runs of one setting.
pub fn known(runs: &[&Replication], at: usize, one: &ThresholdResult, written: &[String]) -> Known {
    let of = |run: &&&Replication| run.thresholds.get(at).and_then(|one| one.actual);
    let actual: Vec<f64> = runs.iter().filter_map(|run| of(&run)).collect();
    let held = runs.iter().filter(|run| run.thresholds.get(at).is_some_and(|one| one.passed)).count();
    Known {
        threshold: written.get(at).cloned().unwrap_or_else(|| format!("{}: {}", one.target, one.metric)),
        op: one.op.clone(),
        unit: one.unit.clone(),
        bound: one.bound,
        mean: (!actual.is_empty()).then(|| mean(&actual)),
        half_width: half_width(&actual),
        holds: Share::of(held, runs.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_wilsons_interval() {
        // R: prop.test(k, n, correct = FALSE)$conf.int, which is Wilson's.
        for (held, of, low, high) in [(10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (8, 10, 0.4902, 0.9433), (5, 5, 0.5655, 1.0)] {
            let share = Share::of(held, of);
            assert!((share.low - low).abs() < 5e-5 && (share.high - high).abs() < 5e-5, "{share:?}");
        }
    }
}
