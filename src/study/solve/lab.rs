//! Where settings are tried: runs that are made once and kept, and what they say so far.
//!
//! ```text
//! screen   the hardest seeds so far                          broken, or kept so far
//! finish   all seeds                                         kept in at least so many runs, or not
//! ```
//!
//! A setting keeps the thresholds where all of them hold in at least `replications − allowed` of its replications. It is given up as soon as more than `allowed` runs
//! have failed, which cannot come out otherwise any more: a single sampling plan that is curtailed (Wald 1947), with the decision of the whole one. A setting
//! that passes its screening and fails later teaches: its hardest seed is asked first from then on.
//!
//! What is run next depends on results alone, never on threads.

use std::collections::{BTreeMap, BTreeSet};

use super::goal::{Goal, violation};
use super::lattice::{Lattice, Point};
use crate::study::{Base, How, Job, Replication, World, run_each, t_975};
use crate::topology::Loaded;

/// Why a search ended before it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Interrupted,
    /// All runs that were allowed have been made.
    Budget,
}

/// What came of a setting so far.
#[derive(Clone, Debug, Default)]
pub struct Tried {
    /// By the number of their seed.
    pub runs: BTreeMap<usize, Replication>,
    /// Whether it is no scenario.
    refused: bool,
}

/// See the module.
pub struct Lab<'l> {
    base: &'l Base<'l>,
    how: &'l How<'l>,
    pub lattice: Lattice,
    pub seeds: Vec<u64>,
    /// Replications that may fail.
    allowed: usize,
    budget: usize,
    pub goal: Goal,
    pub tried: BTreeMap<Point, Tried>,
    /// Numbers of seeds, the hardest first.
    order: Vec<usize>,
    /// How many of them a screening asks.
    active: usize,
    pub runs: usize,
    /// What was wrong with the first setting that is no scenario.
    pub refused: Option<Box<Loaded>>,
}

impl<'l> Lab<'l> {
    pub fn new(base: &'l Base<'l>, how: &'l How<'l>, lattice: Lattice, seeds: Vec<u64>, allowed: usize, budget: usize) -> Self {
        let order = (0..seeds.len()).collect();
        let active = (allowed + 1).min(seeds.len());
        let (goal, tried) = (Goal::default(), BTreeMap::new());
        Self { base, how, lattice, seeds, allowed, budget, goal, tried, order, active, runs: 0, refused: None }
    }

    /// Makes those of the runs that are not there yet.
    pub fn run(&mut self, wanted: &[(Point, usize)]) -> Result<(), Ended> {
        let mut jobs: Vec<(Point, usize)> = Vec::new();
        for (point, seed) in wanted {
            let there = self.tried.get(point).is_some_and(|tried| tried.refused || tried.runs.contains_key(seed));
            if !there && !jobs.contains(&(point.clone(), *seed)) {
                jobs.push((point.clone(), *seed));
            }
        }
        let worlds = self.worlds(jobs.iter().map(|(point, _)| point));
        jobs.retain(|(point, _)| worlds.contains_key(point));
        let room = self.budget.saturating_sub(self.runs);
        let cut = jobs.len() > room;
        jobs.truncate(room);
        let done = self.made(&jobs, worlds);
        match (done < jobs.len(), cut) {
            (true, _) => Err(Ended::Interrupted),
            (_, true) => Err(Ended::Budget),
            _ => Ok(()),
        }
    }

    fn made(&mut self, jobs: &[(Point, usize)], worlds: BTreeMap<Point, World>) -> usize {
        let (points, worlds): (Vec<Point>, Vec<World>) = worlds.into_iter().unzip();
        let number = |point: &Point| points.binary_search(point).unwrap_or(0);
        let numbered: Vec<Job> = jobs.iter().map(|(point, seed)| Job { world: number(point), seed: self.seeds[*seed] }).collect();
        let tried = &mut self.tried;
        let done = run_each(&worlds, &numbered, self.how, |at, replication| {
            let (point, seed) = &jobs[at];
            tried.entry(point.clone()).or_default().runs.insert(*seed, replication);
        });
        self.runs += done;
        done
    }

    /// Those of the settings that are scenarios.
    fn worlds<'p>(&mut self, points: impl Iterator<Item = &'p Point>) -> BTreeMap<Point, World> {
        let points: BTreeSet<&Point> = points.collect();
        let load = |point: &&Point| (point.to_vec(), self.base.world(&self.lattice.settings(point)));
        let loaded: Vec<_> = points.iter().map(load).collect();
        let mut worlds = BTreeMap::new();
        for (point, world) in loaded {
            match world {
                Ok(world) => drop(worlds.insert(point, world)),
                Err(loaded) => {
                    self.tried.entry(point).or_default().refused = true;
                    self.refused.get_or_insert(loaded);
                }
            }
        }
        worlds
    }

    /// Whether a setting is a scenario.
    pub fn is_scenario(&mut self, point: &Point) -> bool {
        if self.tried.get(point).is_none_or(|tried| !tried.refused && tried.runs.is_empty()) {
            self.worlds([point].into_iter());
        }
        self.tried.get(point).is_none_or(|tried| !tried.refused)
    }

    /// Runs each setting under the hardest seeds, until it is broken.
    pub fn screen(&mut self, points: &[Point]) -> Result<(), Ended> {
        let seeds: Vec<usize> = self.order[..self.active].to_vec();
        for seed in seeds {
            let open: Vec<_> = points.iter().filter(|point| !self.breaks(point)).map(|point| (point.clone(), seed)).collect();
            self.run(&open)?;
        }
        Ok(())
    }

    /// Runs a setting under all seeds; whether it keeps the thresholds. Where it does not, its hardest seed is asked first from now on.
    pub fn finish(&mut self, point: &Point) -> Result<bool, Ended> {
        self.complete(std::slice::from_ref(point))?;
        if self.keeps(point) {
            return Ok(true);
        }
        let Some(tried) = self.tried.get(point) else { return Ok(false) };
        let hardest = tried.runs.iter().max_by(|a, b| violation(a.1).total_cmp(&violation(b.1)).then(b.0.cmp(a.0))).map(|(seed, _)| *seed);
        if let Some(at) = self.order.iter().position(|seed| Some(*seed) == hardest) {
            self.active += usize::from(at >= self.active);
            self.order[..=at].rotate_right(1);
        }
        Ok(false)
    }

    /// Runs settings under all seeds.
    pub fn complete(&mut self, points: &[Point]) -> Result<(), Ended> {
        let seeds = self.seeds.len();
        let jobs: Vec<_> = points.iter().flat_map(|point| (0..seeds).map(move |seed| (point.clone(), seed))).collect();
        self.run(&jobs)
    }

    /// Whether a setting cannot keep the thresholds any more.
    pub fn breaks(&self, point: &Point) -> bool {
        self.tried.get(point).is_some_and(|tried| tried.refused || tried.runs.values().filter(|run| !kept(run)).count() > self.allowed)
    }

    /// Whether it has passed all that it was asked for so far.
    pub fn keeps(&self, point: &Point) -> bool {
        self.tried.get(point).is_some_and(|tried| tried.runs.len() >= self.active) && !self.breaks(point)
    }

    /// Whether all its runs have been made, and it keeps the thresholds.
    pub fn is_sure(&self, point: &Point) -> bool {
        self.tried.get(point).is_some_and(|tried| tried.runs.len() == self.seeds.len()) && !self.breaks(point)
    }

    /// By how much the objective of `other` is worse than that of `point`: the mean of the paired differences, over the seeds of a screening where both have all of
    /// them, so that better is better throughout; else over those that both have.
    pub fn worse_by(&self, point: &Point, other: &Point) -> Option<f64> {
        let (one, two) = (&self.tried.get(point)?.runs, &self.tried.get(other)?.runs);
        let pair = |seed: &usize| Some(self.goal.cost(two.get(seed)?)? - self.goal.cost(one.get(seed)?)?);
        let screened: Option<Vec<f64>> = self.order[..self.active].iter().map(pair).collect();
        let differences = screened.unwrap_or_else(|| one.keys().filter_map(pair).collect());
        (!differences.is_empty()).then(|| mean(&differences))
    }

    /// Whether `point` is better than `other`, as far as is known.
    pub fn cheaper(&self, point: &Point, other: &Point) -> bool {
        self.worse_by(point, other).is_some_and(|by| by > 0.0)
    }

    /// `other` − `point`, by seeds that both have.
    pub fn paired(&self, point: &Point, other: &Point, of: impl Fn(&Replication) -> Option<f64>) -> Vec<f64> {
        let (Some(point), Some(other)) = (self.tried.get(point), self.tried.get(other)) else { return Vec::new() };
        let pair = |(seed, run): (&usize, &Replication)| Some(of(other.runs.get(seed)?)? - of(run)?);
        point.runs.iter().filter_map(pair).collect()
    }

    /// How far a setting is from keeping the thresholds, on the mean of its runs; none where it has no run.
    pub fn violation(&self, point: &Point) -> Option<f64> {
        let runs = &self.tried.get(point)?.runs;
        (!runs.is_empty()).then(|| runs.values().map(violation).sum::<f64>() / runs.len() as f64)
    }

    /// The cost under the first of its seeds that it has been run with, hardest last.
    pub fn cost(&self, point: &Point) -> Option<f64> {
        let runs = &self.tried.get(point)?.runs;
        let costs: Vec<f64> = runs.values().filter_map(|run| self.goal.cost(run)).collect();
        (!costs.is_empty()).then(|| mean(&costs))
    }

    /// Which thresholds fail in a run of a setting.
    pub fn failing(&self, point: &Point) -> BTreeSet<usize> {
        let of = |run: &Replication| run.thresholds.iter().enumerate().filter(|(_, one)| !one.passed).map(|(at, _)| at).collect::<Vec<_>>();
        self.tried.get(point).into_iter().flat_map(|tried| tried.runs.values().flat_map(of)).collect()
    }
}

/// Whether all thresholds hold.
pub fn kept(run: &Replication) -> bool {
    run.thresholds.iter().all(|one| one.passed)
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Half of the 95 % interval of the mean of independent values; none of one.
pub fn half_width(values: &[f64]) -> Option<f64> {
    let (n, centre) = (values.len() as f64, mean(values));
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    (values.len() > 1).then(|| t_975(values.len() - 1) * (squares / (n - 1.0) / n).sqrt())
}
