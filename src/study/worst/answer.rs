//! What was found: the worst shape beside the flat one and the scenario's own, under seeds that the search has not seen.
//!
//! ```text
//! dᵢ = worstᵢ − flatᵢ        mean(d) ± t(0.975, n − 1) · s(d) ÷ √n        of every figure, in pairs of runs with the same luck
//! ```

use serde::{Deserialize, Serialize};

use super::goal::{Goal, margin};
use super::hunt::{Ended, Hunt};
use super::shape::Shape;
use crate::scenario::Scenario;
use crate::study::compare::Difference;
use crate::study::table::value;
use crate::study::{Header, Pick, Replicated, Replication, World};

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Worst {
    #[serde(flatten)]
    pub study: Header,
    /// `break a threshold`, or the figure that is to be as large or small as can be.
    pub goal: String,
    pub workloads: Vec<String>,
    /// Requests a second of all shaped workloads, over the measured time.
    pub mean_rate: f64,
    /// Requests a second.
    pub peak_rate: f64,
    pub floor_rate: f64,
    /// Seconds.
    pub stretch_s: f64,
    /// Of each shape.
    pub replications: usize,
    pub flat: Shaped,
    /// The scenario as it is.
    pub own: Shaped,
    pub worst: Shaped,
    /// What the goal is measured by, from flat to worst; null where nothing was measured.
    pub difference: Option<Difference>,
    /// Thresholds of which fewer runs hold with the worst shape than with the flat one, the furthest beyond its bound first.
    pub broken: Vec<Broken>,
    /// The worst of each family, the worst first.
    pub families: Vec<Candidate>,
    /// All that were tried, in their order.
    pub candidates: Vec<Candidate>,
    /// Of the search.
    pub runs: usize,
    /// `interrupted`, or `runs` where all runs were made before no step was worse; null where the search was done.
    pub ended: Option<String>,
    /// What gives the workloads the worst shape: paths and values of overrides.
    pub phases: Vec<(String, String)>,
}

/// A shape and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shaped {
    /// The family, or `as it is`.
    pub family: String,
    /// Of all shaped workloads together; empty of the scenario as it is.
    pub shape: Vec<Stretch>,
    pub found: Replicated,
}

/// A stretch of one rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    pub duration_s: f64,
    /// Requests a second.
    pub rate: f64,
}

/// A threshold in both shapes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Broken {
    /// `shoppers: p(99) < 300 ms`
    pub threshold: String,
    pub flat: usize,
    pub worst: usize,
    pub of: usize,
    /// Its means, in base units; null where nothing was measured.
    pub flat_mean: Option<f64>,
    pub worst_mean: Option<f64>,
    pub unit: String,
}

/// A shape that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    pub family: String,
    pub shape: Vec<Stretch>,
    /// Under how many seeds.
    pub runs: usize,
    /// The goal, in the mean: the share of its bound by which the worst threshold is beyond it, or the figure.
    pub score: f64,
}

/// What the search is followed by.
pub struct Final<'f> {
    pub own: World,
    pub seeds: Vec<u64>,
    pub ended: Option<Ended>,
    pub scenario: &'f Scenario,
}

impl Worst {
    pub fn of(study: Header, hunt: &Hunt, last: &Final) -> Self {
        let mean_rate: f64 = hunt.workloads.iter().map(|(_, _, mean)| mean).sum();
        let flat = Shape::fit("flat", &vec![0.0; hunt.bounds.slots], &hunt.bounds);
        let worst = hunt.ranking().first().map_or_else(|| flat.clone(), |one| hunt.tried[*one].shape.clone());
        let shape = |shape: &Shape| hunt.world(shape).unwrap_or_else(|| last.own.clone());
        let worlds = [shape(&flat), last.own.clone(), shape(&worst)];
        let runs = hunt.fresh(&worlds, &last.seeds);
        let shaped = |at: usize, shape: Option<&Shape>| Shaped {
            family: shape.map_or("as it is", |shape| shape.family).to_owned(),
            shape: shape.map_or_else(Vec::new, |shape| stretches(shape, hunt, mean_rate)),
            found: Replicated::of(runs.get(at).map_or(&[], Vec::as_slice)),
        };
        let broken = broken(&runs[0], &runs[2]);
        let measure = match &hunt.goal {
            Goal::Most(pick) | Goal::Least(pick) => Some(pick.clone()),
            Goal::Break => furthest(&runs[2]),
        };
        let candidates: Vec<Candidate> = hunt.tried.iter().filter(|one| !one.scores.is_empty()).map(|one| candidate(one, hunt, mean_rate)).collect();
        let is_over = runs[0].len() < last.seeds.len();
        Self {
            goal: goal(&hunt.goal),
            workloads: hunt.workloads.iter().map(|(_, name, _)| name.clone()).collect(),
            mean_rate,
            peak_rate: hunt.bounds.peak * mean_rate,
            floor_rate: hunt.bounds.floor * mean_rate,
            stretch_s: hunt.bounds.slot.as_secs_f64(),
            replications: runs[0].len(),
            flat: shaped(0, Some(&flat)),
            own: shaped(1, None),
            worst: shaped(2, Some(&worst)),
            difference: measure.and_then(|pick| difference(&pick, &runs[0], &runs[2])),
            broken,
            families: families(&candidates, &hunt.goal),
            candidates,
            runs: hunt.runs,
            ended: match last.ended {
                _ if is_over => Some("interrupted".into()),
                Some(Ended::Interrupted) => Some("interrupted".into()),
                Some(Ended::Budget) => Some("runs".into()),
                None => None,
            },
            phases: hunt.changes(&worst),
            study,
        }
    }
}

fn stretches(shape: &Shape, hunt: &Hunt, mean_rate: f64) -> Vec<Stretch> {
    let slot = hunt.bounds.slot.as_secs_f64();
    shape.stretches().into_iter().map(|(slots, rate)| Stretch { duration_s: slots as f64 * slot, rate: rate * mean_rate }).collect()
}

fn candidate(one: &super::hunt::Tried, hunt: &Hunt, mean_rate: f64) -> Candidate {
    let score = if matches!(hunt.goal, Goal::Least(_)) { -one.score() } else { one.score() };
    Candidate { family: one.shape.family.into(), shape: stretches(&one.shape, hunt, mean_rate), runs: one.scores.len(), score }
}

/// The worst of each family; what was tried under more seeds goes before what was tried under fewer.
fn families(candidates: &[Candidate], goal: &Goal) -> Vec<Candidate> {
    let worse = |a: &Candidate, b: &Candidate| if matches!(goal, Goal::Least(_)) { a.score.total_cmp(&b.score) } else { b.score.total_cmp(&a.score) };
    let mut ranked: Vec<&Candidate> = candidates.iter().collect();
    ranked.sort_by(|a, b| b.runs.cmp(&a.runs).then(worse(a, b)));
    let mut found: Vec<Candidate> = Vec::new();
    for one in ranked {
        if !found.iter().any(|known| known.family == one.family) {
            found.push(one.clone());
        }
    }
    found.sort_by(worse);
    found
}

fn goal(goal: &Goal) -> String {
    match goal {
        Goal::Break => "break a threshold".into(),
        Goal::Most(pick) => format!("most of {}", pick.name()),
        Goal::Least(pick) => format!("least of {}", pick.name()),
    }
}

/// The threshold that is furthest beyond its bound, as a figure.
fn furthest(runs: &[Replication]) -> Option<Pick> {
    let mean = |at: usize| runs.iter().filter_map(|run| run.thresholds.get(at)).map(margin).sum::<f64>();
    let at = (0..runs.first()?.thresholds.len()).max_by(|a, b| mean(*a).total_cmp(&mean(*b)))?;
    let one = &runs[0].thresholds[at];
    Some(Pick { subject: one.target.clone(), metric: one.metric.clone() })
}

/// A figure, or what a threshold measured.
fn measured(pick: &Pick, run: &Replication) -> Option<f64> {
    let threshold = || run.thresholds.iter().find(|one| one.target == pick.subject && one.metric == pick.metric).and_then(|one| one.actual);
    pick.value(run).or_else(threshold)
}

fn difference(pick: &Pick, flat: &[Replication], worst: &[Replication]) -> Option<Difference> {
    let pairs: Vec<(f64, f64)> = flat.iter().zip(worst).filter_map(|(a, b)| Some((measured(pick, a)?, measured(pick, b)?))).collect();
    let first = worst.first()?;
    let of_threshold = first.thresholds.iter().find(|one| one.target == pick.subject && one.metric == pick.metric).map(|one| one.unit.clone());
    let unit = if pick.value(first).is_some() { pick.unit(first).to_owned() } else { of_threshold.unwrap_or_default() };
    let mut found = Difference::of_pairs(pick.subject.clone(), pick.metric.clone(), &unit, &pairs, true);
    found.significant = found.p.is_some_and(|p| p <= 0.05);
    (!pairs.is_empty()).then_some(found)
}

fn broken(flat: &[Replication], worst: &[Replication]) -> Vec<Broken> {
    let Some(first) = worst.first() else { return Vec::new() };
    let held = |runs: &[Replication], at: usize| runs.iter().filter(|run| run.thresholds.get(at).is_some_and(|one| one.passed)).count();
    let mean = |runs: &[Replication], at: usize| {
        let actual: Vec<f64> = runs.iter().filter_map(|run| run.thresholds.get(at)?.actual).collect();
        (!actual.is_empty()).then(|| actual.iter().sum::<f64>() / actual.len() as f64)
    };
    let one = |at: usize| {
        let known = &first.thresholds[at];
        Broken {
            threshold: format!("{}: {} {} {}", known.target, known.metric, known.op, value(&known.unit, known.bound)),
            flat: held(flat, at),
            worst: held(worst, at),
            of: worst.len(),
            flat_mean: mean(flat, at),
            worst_mean: mean(worst, at),
            unit: known.unit.clone(),
        }
    };
    let beyond = |at: &usize| worst.iter().filter_map(|run| run.thresholds.get(*at)).map(margin).sum::<f64>();
    let mut order: Vec<usize> = (0..first.thresholds.len()).collect();
    order.sort_by(|a, b| beyond(b).total_cmp(&beyond(a)));
    order.into_iter().map(one).filter(|one| one.worst < one.flat).collect()
}
