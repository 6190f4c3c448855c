//! Levels of load that are tried: runs that are made once and kept.
//!
//! ```text
//! judge    the hardest seeds so far ─▶ given up, or all the others ─▶ keeps the thresholds, or breaks one
//! ```
//!
//! A level keeps the thresholds where all of them hold in at least `replications − allowed` of its runs. It is given up as soon as more than `allowed` have failed (a single
//! sampling plan, curtailed; Wald 1947). A seed that fails where the others had passed is asked first from then on. A run that ended at a bound of its own, or in
//! which nobody came, keeps nothing.

use std::collections::BTreeMap;

use super::seen::Seen;
use crate::study::solve::{Ended, kept, violation};
use crate::study::{How, Job, Replication, World, run_each_as};

/// A level of load.
#[derive(Clone, Debug)]
pub struct Rung {
    pub multiplier: f64,
    /// By the number of their seed.
    pub runs: BTreeMap<usize, Seen>,
}

/// See the module.
pub struct Ladder<'l> {
    world: &'l World,
    how: &'l How<'l>,
    pub seeds: Vec<u64>,
    /// Replications that may fail.
    allowed: usize,
    budget: usize,
    /// Numbers of seeds, the hardest first.
    order: Vec<usize>,
    /// How many of them are asked first.
    active: usize,
    /// By their load.
    pub rungs: Vec<Rung>,
    pub runs: usize,
}

impl<'l> Ladder<'l> {
    pub fn new(world: &'l World, how: &'l How<'l>, seeds: Vec<u64>, allowed: usize, budget: usize) -> Self {
        let (order, active) = ((0..seeds.len()).collect(), (allowed + 1).min(seeds.len()));
        Self { world, how, seeds, allowed, budget, order, active, rungs: Vec::new(), runs: 0 }
    }

    /// Whether a level keeps the thresholds.
    pub fn judge(&mut self, multiplier: f64) -> Result<bool, Ended> {
        let hardest: Vec<(f64, usize)> = self.order[..self.active].iter().map(|seed| (multiplier, *seed)).collect();
        self.run(&hardest)?;
        if self.rung(multiplier).is_some_and(|rung| self.breaks(rung)) {
            return Ok(false);
        }
        self.complete(&[multiplier])?;
        let Some(rung) = self.rung(multiplier).filter(|rung| self.breaks(rung)) else { return Ok(true) };
        let hardness = |seen: &Seen| violation(&seen.replication);
        let hardest = rung.runs.iter().max_by(|a, b| hardness(a.1).total_cmp(&hardness(b.1)).then(b.0.cmp(a.0))).map(|(seed, _)| *seed);
        if let Some(at) = self.order.iter().position(|seed| Some(*seed) == hardest) {
            self.active += usize::from(at >= self.active);
            self.order[..=at].rotate_right(1);
        }
        Ok(false)
    }

    /// Runs levels under all seeds.
    pub fn complete(&mut self, multipliers: &[f64]) -> Result<(), Ended> {
        let seeds = self.seeds.len();
        let jobs: Vec<(f64, usize)> = multipliers.iter().flat_map(|multiplier| (0..seeds).map(move |seed| (*multiplier, seed))).collect();
        self.run(&jobs)
    }

    pub fn rung(&self, multiplier: f64) -> Option<&Rung> {
        self.rungs.iter().find(|rung| rung.multiplier == multiplier)
    }

    /// Whether a level cannot keep the thresholds any more.
    pub fn breaks(&self, rung: &Rung) -> bool {
        rung.runs.values().filter(|seen| !self.good(&seen.replication)).count() > self.allowed
    }

    /// Whether it keeps the thresholds; none where it has too few runs to tell.
    pub fn verdict(&self, rung: &Rung) -> Option<bool> {
        match self.breaks(rung) {
            true => Some(false),
            false => (rung.runs.len() == self.seeds.len()).then_some(true),
        }
    }

    /// Whether a run was whole, somebody came, and all thresholds held.
    pub fn good(&self, run: &Replication) -> bool {
        kept(run) && run.stopped_early.is_none() && self.requests(run) > 0.0
    }

    /// Of all workloads.
    pub fn requests(&self, run: &Replication) -> f64 {
        self.sum(run, "requests")
    }

    /// Of that run of a level which has the fewest.
    pub fn least_requests(&self, multiplier: f64) -> f64 {
        let of = |rung: &Rung| rung.runs.values().map(|seen| self.requests(&seen.replication)).fold(f64::INFINITY, f64::min);
        self.rung(multiplier).map_or(0.0, of)
    }

    /// A figure of all workloads together.
    pub fn sum(&self, run: &Replication, metric: &str) -> f64 {
        let is_workload = |name: &str| self.world.scenario.workloads.iter().any(|(own, _)| own.value == name);
        run.figures.iter().filter(|figure| figure.metric == metric && is_workload(&figure.subject)).map(|figure| figure.value).sum()
    }

    /// Makes those of the runs that are not there yet.
    fn run(&mut self, wanted: &[(f64, usize)]) -> Result<(), Ended> {
        let is_there = |(multiplier, seed): &&(f64, usize)| self.rung(*multiplier).is_some_and(|rung| rung.runs.contains_key(seed));
        let mut open: Vec<(f64, usize)> = wanted.iter().filter(|job| !is_there(job)).copied().collect();
        let room = self.budget.saturating_sub(self.runs);
        let cut = open.len() > room;
        open.truncate(room);
        let mut levels: Vec<f64> = open.iter().map(|(multiplier, _)| *multiplier).collect();
        levels.dedup();
        let worlds: Vec<World> = levels.iter().map(|multiplier| self.world.at_load(*multiplier)).collect();
        let number = |multiplier: f64| levels.iter().position(|level| *level == multiplier).unwrap_or(0);
        let jobs: Vec<Job> = open.iter().map(|(multiplier, seed)| Job { world: number(*multiplier), seed: self.seeds[*seed] }).collect();
        let rungs = &mut self.rungs;
        let done = run_each_as(&worlds, &jobs, self.how, Seen::of, |at, seen| {
            let (multiplier, seed) = open[at];
            of_level(rungs, multiplier).runs.insert(seed, seen);
        });
        self.runs += done;
        match (done < jobs.len(), cut) {
            (true, _) => Err(Ended::Interrupted),
            (_, true) => Err(Ended::Budget),
            _ => Ok(()),
        }
    }
}

fn of_level(rungs: &mut Vec<Rung>, multiplier: f64) -> &mut Rung {
    let place = rungs.partition_point(|rung| rung.multiplier < multiplier);
    if rungs.get(place).is_none_or(|rung| rung.multiplier != multiplier) {
        rungs.insert(place, Rung { multiplier, runs: BTreeMap::new() });
    }
    &mut rungs[place]
}
