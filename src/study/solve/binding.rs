//! What one step of one knob does to the objective and to the threshold that holds the best setting where it is.
//!
//! ```text
//! nodes.orders.write_capacity_units   37 → 36      −0.47 ± 0.00 USD      breaks `orders: throttles <= 0` in 3 of 10 runs
//! ```
//!
//! Differences are paired: both settings have the same seeds, so that what chance does to both is not in them.

use serde::{Deserialize, Serialize};

use super::lab::{Lab, half_width, kept, mean};
use super::lattice::Point;
use crate::study::Replication;

/// One knob one step further, or at another category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub path: String,
    pub from: String,
    pub to: String,
    /// By how much the objective changes.
    pub objective: Shift,
    /// By how much the binding threshold's figure changes; null where it was not measured, or nothing binds.
    pub binding: Option<Shift>,
    /// In how many runs all thresholds hold.
    pub held: usize,
    pub of: usize,
    /// Those that do not hold in all runs, with the number of runs in which they break.
    pub breaks: Vec<(String, usize)>,
}

/// A mean of paired differences.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    pub mean: f64,
    /// Half of its 95 % interval; null for one pair.
    pub half_width: Option<f64>,
}

/// Names of the thresholds that break at the next better step, and all steps.
pub(super) fn steps(lab: &Lab, best: &Point, written: &[String]) -> (Vec<String>, Vec<Step>) {
    let around = lab.lattice.neighbours(best);
    let next = next_better(lab, best, around.iter().map(|(_, point)| point));
    let binding = next.map_or_else(Vec::new, |point| breaking(lab, point));
    let steps = around.iter().filter_map(|(knob, point)| step(lab, best, *knob, point, binding.first().map(|first| first.0), written)).collect();
    (binding.into_iter().map(|(at, _)| name(written, at)).collect(), steps)
}

/// The neighbour that is better by least and breaks a threshold.
fn next_better<'p>(lab: &Lab, best: &Point, around: impl Iterator<Item = &'p Point>) -> Option<&'p Point> {
    let better = around.filter_map(|point| lab.worse_by(point, best).filter(|by| *by > 0.0).map(|by| (by, point)));
    better.filter(|(_, point)| !breaking(lab, point).is_empty()).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, point)| point)
}

/// Thresholds that break, by number, with the number of runs; the most often first.
fn breaking(lab: &Lab, point: &Point) -> Vec<(usize, usize)> {
    let runs = || lab.tried.get(point).into_iter().flat_map(|tried| tried.runs.values());
    let count = |at: &usize| runs().filter(|run| run.thresholds.get(*at).is_some_and(|one| !one.passed)).count();
    let mut found: Vec<(usize, usize)> = lab.failing(point).into_iter().map(|at| (at, count(&at))).collect();
    found.sort_by_key(|(at, runs)| (std::cmp::Reverse(*runs), *at));
    found
}

fn name(written: &[String], at: usize) -> String {
    written.get(at).cloned().unwrap_or_else(|| format!("threshold {}", at + 1))
}

/// None where it is no scenario, or has not been run.
fn step(lab: &Lab, best: &Point, knob: usize, point: &Point, binding: Option<usize>, written: &[String]) -> Option<Step> {
    let dial = &lab.lattice.0[knob];
    let runs: Vec<&Replication> = lab.tried.get(point)?.runs.values().collect();
    let objective = shift(&lab.paired(best, point, |run| lab.goal.pick.value(run)))?;
    let of_binding = |at: usize| shift(&lab.paired(best, point, |run| run.thresholds.get(at)?.actual));
    Some(Step {
        path: dial.path.clone(),
        from: dial.text(best[knob]),
        to: dial.text(point[knob]),
        objective,
        binding: binding.and_then(of_binding),
        held: runs.iter().filter(|run| kept(run)).count(),
        of: runs.len(),
        breaks: breaking(lab, point).into_iter().map(|(at, runs)| (name(written, at), runs)).collect(),
    })
}

fn shift(differences: &[f64]) -> Option<Shift> {
    let of = |differences: &[f64]| Shift { mean: mean(differences), half_width: half_width(differences) };
    (!differences.is_empty()).then(|| of(differences))
}
