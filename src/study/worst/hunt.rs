//! The search: many shapes with one seed, the better half of them with more, and from the best ones step by step to what no step makes worse.
//!
//! ```text
//! families × 1 seed ─▶ a third × 2 ─▶ a tenth × 4 ─▶ steps around the worst three, while one of them is worse
//! ```
//!
//! All shapes meet the same seeds (common random numbers); what is run next depends on results alone. Successive halving (Jamieson & Talwalkar 2016) spends runs
//! where they matter. What it finds is the worst of what was tried, and looks a little worse than it is: whoever asks is told figures of other seeds.

use super::bounds::Bounds;
use super::families::{families, steps};
use super::goal::Goal;
use super::shape::Shape;
use crate::mechanism::luck::keyed;
use crate::study::{Base, How, Job, Replication, World, run_each};
use crate::units::Time;

/// Seeds of a shape around which steps are made.
const SEEDS: usize = 4;
/// Shapes that are stepped from.
const STARTS: usize = 3;

/// A shape, and how bad it is under the first seeds.
#[derive(Clone, Debug)]
pub struct Tried {
    pub shape: Shape,
    /// The larger the worse, by seed.
    pub scores: Vec<f64>,
}

impl Tried {
    pub fn score(&self) -> f64 {
        self.scores.iter().sum::<f64>() / self.scores.len().max(1) as f64
    }
}

/// What is shaped: the number, name and mean of each workload.
pub type Workloads = [(usize, String, f64)];

/// See the module.
pub struct Hunt<'h> {
    pub base: &'h Base<'h>,
    pub how: &'h How<'h>,
    pub bounds: Bounds,
    pub workloads: &'h Workloads,
    /// The measured time.
    pub measured: (Time, Time),
    pub seeds: Vec<u64>,
    pub goal: Goal,
    pub budget: usize,
    pub tried: Vec<Tried>,
    pub runs: usize,
}

/// Why a search ended before no step was worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Interrupted,
    Budget,
}

impl Hunt<'_> {
    /// The changes that give the workloads a shape.
    pub fn changes(&self, shape: &Shape) -> Vec<(String, String)> {
        let phases = |mean: f64| shape.phases(mean, self.measured.0, &self.bounds, self.measured.1);
        self.workloads.iter().map(|(_, name, mean)| (format!("workloads.{name}.phases"), phases(*mean))).collect()
    }

    pub fn world(&self, shape: &Shape) -> Option<World> {
        self.base.world(&self.changes(shape)).ok()
    }

    /// Searches.
    ///
    /// # Errors
    /// Where it was told to stop, or all runs were made.
    pub fn search(&mut self) -> Result<(), Ended> {
        self.tried = families(&self.bounds).into_iter().map(|shape| Tried { shape, scores: Vec::new() }).collect();
        let mut open: Vec<usize> = (0..self.tried.len()).collect();
        for (seeds, share) in [(1, 3), (2, 3), (SEEDS, 1)] {
            self.run(&open, seeds)?;
            self.rank(&mut open);
            open.truncate(open.len().div_ceil(share).max(STARTS));
        }
        open.truncate(STARTS);
        for start in open {
            self.climb(start)?;
        }
        Ok(())
    }

    /// Goes from a shape to a worse one next to it, while there is one.
    fn climb(&mut self, start: usize) -> Result<(), Ended> {
        let mut at = start;
        loop {
            let luck = |n: u64| keyed(self.seeds[0], (at as u64) << 32 | n);
            let mut near = Vec::new();
            for shape in steps(&self.tried[at].shape, &self.bounds, luck) {
                let known = self.tried.iter().position(|one| one.shape.is_like(&shape));
                near.push(known.unwrap_or_else(|| {
                    self.tried.push(Tried { shape, scores: Vec::new() });
                    self.tried.len() - 1
                }));
            }
            self.run(&near, 1)?;
            // Only what is no better under the first seed is worth the others.
            near.retain(|one| self.tried[*one].scores.first() >= self.tried[at].scores.first());
            self.rank(&mut near);
            near.truncate(STARTS);
            self.run(&near, SEEDS)?;
            self.rank(&mut near);
            match near.first().filter(|one| self.tried[**one].score() > self.tried[at].score() + 1e-9 * self.tried[at].score().abs()) {
                Some(worse) => at = *worse,
                None => return Ok(()),
            }
        }
    }

    /// The worst first; what is equal stays as it is.
    fn rank(&self, shapes: &mut [usize]) {
        shapes.sort_by(|a, b| self.tried[*b].score().total_cmp(&self.tried[*a].score()));
    }

    /// Those that have so many seeds at least, the worst first.
    pub fn ranking(&self) -> Vec<usize> {
        let most = self.tried.iter().map(|one| one.scores.len()).max().unwrap_or(0);
        let mut ranked: Vec<usize> = (0..self.tried.len()).filter(|one| most > 0 && self.tried[*one].scores.len() == most).collect();
        self.rank(&mut ranked);
        ranked
    }

    /// Makes those of the runs that are not there.
    fn run(&mut self, shapes: &[usize], seeds: usize) -> Result<(), Ended> {
        let seeds = seeds.min(self.seeds.len());
        let mut wanted: Vec<(usize, usize)> = Vec::new();
        for seed in 0..seeds {
            wanted.extend(shapes.iter().filter(|one| self.tried[**one].scores.len() <= seed).map(|one| (*one, seed)));
        }
        let cut = wanted.len() > self.budget.saturating_sub(self.runs);
        wanted.truncate(self.budget.saturating_sub(self.runs));
        let worlds: Vec<World> = wanted.iter().filter_map(|(one, _)| self.world(&self.tried[*one].shape)).collect();
        let jobs: Vec<Job> = wanted.iter().take(worlds.len()).enumerate().map(|(world, (_, seed))| Job { world, seed: self.seeds[*seed] }).collect();
        let (tried, goal) = (&mut self.tried, &self.goal);
        let done = run_each(&worlds, &jobs, self.how, |at, run| tried[wanted[at].0].scores.push(goal.score(&run)));
        self.runs += done;
        match () {
            () if done < wanted.len() => Err(Ended::Interrupted),
            () if cut => Err(Ended::Budget),
            () => Ok(()),
        }
    }

    /// Runs worlds under seeds that the search has not seen; fewer, where it was told to stop.
    pub fn fresh(&self, worlds: &[World], seeds: &[u64]) -> Vec<Vec<Replication>> {
        let jobs: Vec<Job> = seeds.iter().flat_map(|seed| (0..worlds.len()).map(|world| Job { world, seed: *seed })).collect();
        let mut runs: Vec<Vec<Replication>> = vec![Vec::new(); worlds.len()];
        run_each(worlds, &jobs, self.how, |at, run| runs[jobs[at].world].push(run));
        let whole = runs.iter().map(Vec::len).min().unwrap_or(0);
        runs.iter_mut().for_each(|of_world| of_world.truncate(whole));
        runs
    }
}
