//! What a search for the capacity has come to, as plain data: `coldfront.capacity/1`.
//!
//! ```text
//! levels   ·  ·  ·  ·● keeps   ○ breaks  ○   ○        found = the last ● below the edge, the first ○ above it, what breaks there, and which limit is first
//! ```

use serde::{Deserialize, Serialize};

use super::ladder::Ladder;
use super::level::{Level, Mean};
use super::{Asked, Edge, FEW, LEAST};
use crate::report::{decimal, plural};
use crate::study::solve::Ended;
use crate::study::{Header, World};

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    #[serde(flatten)]
    pub study: Header,
    /// Its name.
    pub scenario: String,
    /// As they are written.
    pub thresholds: Vec<String>,
    /// To what share of itself the capacity is found.
    pub precision: f64,
    /// No load above this was tried.
    pub max: f64,
    /// In what share of its replications a level must keep all thresholds.
    pub share: f64,
    pub runs: usize,
    /// Workloads that are closed loops.
    pub closed_loops: Vec<String>,
    /// Null where no level keeps the thresholds.
    pub found: Option<Found>,
    /// By their load.
    pub levels: Vec<Level>,
    pub notes: Vec<String>,
    /// `interrupted`, `runs` or `max`; null for a search that is done.
    pub ended: Option<String>,
}

/// Where the capacity lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The largest multiplier that keeps the thresholds, below the least that breaks one.
    pub keeps: f64,
    /// The least above it that breaks one; null where none was found.
    pub breaks: Option<f64>,
    /// Requests a second at the capacity.
    pub offered: Mean,
    /// Thresholds that break beyond it, the most often first.
    pub breaking: Vec<Breaking>,
    /// The limit that strains first beyond it.
    pub first: Option<String>,
    /// From when on.
    pub from_s: Option<f64>,
}

/// A threshold that breaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breaking {
    pub threshold: String,
    /// In how many runs.
    pub runs: usize,
    pub of: usize,
}

impl Capacity {
    pub(super) fn of(study: Header, world: &World, ladder: &Ladder, edge: Edge, ended: Option<Ended>, asked: &Asked) -> Self {
        let levels: Vec<Level> = ladder
            .rungs
            .iter()
            .filter(|rung| !rung.runs.is_empty())
            .map(|rung| Level::of(ladder, rung, &world.at_load(rung.multiplier).scenario))
            .collect();
        let found = found(&levels, edge);
        let closed_loops: Vec<String> = super::closed_loops(&world.scenario).into_iter().map(|(name, _)| name.to_owned()).collect();
        let reached_max = found.as_ref().is_some_and(|found| found.breaks.is_none());
        let ended = match ended {
            Some(Ended::Interrupted) => Some("interrupted"),
            Some(Ended::Budget) => Some("runs"),
            None => reached_max.then_some("max"),
        };
        Self {
            notes: notes(&levels, found.as_ref(), &closed_loops),
            study,
            scenario: world.scenario.name.clone(),
            thresholds: world.scenario.thresholds.iter().map(|threshold| threshold.written.clone()).collect(),
            precision: asked.precision,
            max: asked.max,
            share: asked.share,
            runs: ladder.runs,
            closed_loops,
            found,
            levels,
            ended: ended.map(String::from),
        }
    }

    /// Whether it was ended before the edge was found to the precision that was asked for.
    pub(super) fn is_open(&self) -> bool {
        let width = self.found.as_ref().and_then(|found| Some(found.breaks? / found.keeps));
        matches!(self.ended.as_deref(), Some("interrupted" | "runs")) && width.is_none_or(|width| width > 1.0 + self.precision)
    }

    /// The level of a multiplier.
    pub fn level(&self, multiplier: f64) -> Option<&Level> {
        level(&self.levels, multiplier)
    }

    /// Of the least load.
    pub(super) fn least(&self) -> Option<&Level> {
        self.levels.first()
    }
}

fn level(levels: &[Level], multiplier: f64) -> Option<&Level> {
    levels.iter().find(|level| level.multiplier == multiplier)
}

fn found(levels: &[Level], edge: Edge) -> Option<Found> {
    let keeps = level(levels, edge.keeps?)?;
    let breaks = edge.breaks.and_then(|breaks| level(levels, breaks));
    Some(Found {
        keeps: keeps.multiplier,
        breaks: breaks.map(|level| level.multiplier),
        offered: keeps.offered,
        breaking: breaks.map_or_else(Vec::new, breaking),
        first: breaks.and_then(|level| level.first.clone()),
        from_s: breaks.and_then(Level::from_s),
    })
}

/// How many times the load, in three digits.
pub(super) fn multiple(multiplier: f64) -> String {
    if multiplier < 0.0995 { format!("{multiplier:.3}") } else { decimal(multiplier) }
}

/// Thresholds that break at a level, the most often first.
pub(super) fn breaking(level: &Level) -> Vec<Breaking> {
    let of = |one: &crate::study::solve::Known| Breaking { threshold: one.threshold.clone(), runs: one.holds.of - one.holds.held, of: one.holds.of };
    let mut found: Vec<Breaking> = level.thresholds.iter().map(of).filter(|one| one.runs > 0).collect();
    found.sort_by_key(|one| std::cmp::Reverse(one.runs));
    found
}

fn notes(levels: &[Level], found: Option<&Found>, closed_loops: &[String]) -> Vec<String> {
    let again = levels.iter().enumerate().filter(|(_, level)| level.keeps == Some(true)).rev().find_map(|(at, level)| {
        let broken = levels[..at].iter().rev().find(|below| below.keeps == Some(false))?;
        Some(format!(
            "more load does not only harm here: at {} times the load the thresholds hold, though at {} times they break",
            multiple(level.multiplier),
            multiple(broken.multiplier)
        ))
    });
    let stopped = levels.iter().find(|level| level.stopped_early > 0).map(|level| {
        let runs = plural(level.stopped_early as u64, "run");
        format!("at {} times the load {runs} ended at a bound of the program, which counts as breaking the thresholds", multiple(level.multiplier))
    });
    let few = found.and_then(|found| level(levels, found.keeps)).filter(|level| level.requests < FEW).map(|level| {
        let requests = plural(level.requests.round() as u64, "request");
        format!("at the capacity a run has {requests} only: a longer `duration` would tell more")
    });
    let thin = levels.first().filter(|level| found.is_none() && level.multiplier > LEAST && level.requests < 2.5 * FEW).map(|level| {
        let load = multiple(level.multiplier);
        format!(
            "less than {load} times the load was not tried, since a run would have about {FEW} requests or fewer: a longer `duration` would tell more"
        )
    });
    let closed = (!closed_loops.is_empty()).then(|| {
        let names: Vec<String> = closed_loops.iter().map(|name| format!("`{name}`")).collect();
        let (is, its) = if names.len() == 1 { ("is a closed loop", "its") } else { ("are closed loops", "their") };
        format!(
            "{} {is}: more load is more users, and {its} requests come only as fast as they are answered, so that the offered rate ends to grow where answers become slow",
            names.join(" and ")
        )
    });
    again.into_iter().chain(stopped).chain(few).chain(thin).chain(closed).collect()
}
