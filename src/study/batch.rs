//! Many runs of many worlds, and what is kept of each: its figures.
//!
//! ```text
//! jobs (world, seed) ──any thread──▶ Replication ──in the order of the jobs──▶ whoever asked
//! ```
//!
//! Results are handed over one by one, in order, as soon as those before them are there: whoever writes them to a file has whole rows, and memory holds
//! no more than what is waiting for its turn. Once it is told to stop no further run begins, and those under way are
//! finished.

use crate::cost::Pricing;
use crate::engine::Bounds;
use crate::units::Time;

use super::{Replication, Run, Threads, World, in_turn, simulate};

/// How runs are made.
#[derive(Clone, Copy)]
pub struct How<'h> {
    pub bounds: Bounds,
    pub threads: Threads,
    pub pricing: &'h Pricing,
    /// Hears of simulated time that has passed, from any thread.
    pub told: &'h (dyn Fn(Time) + Sync),
    /// Whether to stop.
    pub stop: &'h (dyn Fn() -> bool + Sync),
}

/// One run: of which world, with which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    pub world: usize,
    pub seed: u64,
}

/// Runs every job, and hands its number and figures to `each`, in order. Gives how many were done: fewer than all only where it was told to stop.
pub fn run_each(worlds: &[World], jobs: &[Job], how: &How, each: impl FnMut(usize, Replication)) -> usize {
    run_each_as(worlds, jobs, how, Run::replication, each)
}

/// The same, where of each run something else is kept.
pub fn run_each_as<R: Send>(worlds: &[World], jobs: &[Job], how: &How, keep: impl Fn(&Run) -> R + Sync, mut each: impl FnMut(usize, R)) -> usize {
    let work = |job: &Job| {
        let world = &worlds[job.world];
        let run = simulate(&world.scenario, Some(job.seed), how.bounds, world.warnings.clone(), how.pricing, &|passed, _| (how.told)(passed));
        keep(&run)
    };
    let mut done = 0;
    in_turn(jobs, how.threads, how.stop, work, |number, kept| {
        done += 1;
        each(number, kept);
    });
    done
}

/// Runs every world with every seed; of each world the runs, in the order of the seeds. A world whose runs were not all made when it was told to stop has
/// fewer, or none.
pub fn run_all(worlds: &[World], seeds: &[u64], how: &How) -> Vec<Vec<Replication>> {
    let jobs: Vec<Job> = (0..worlds.len()).flat_map(|world| seeds.iter().map(move |seed| Job { world, seed: *seed })).collect();
    let mut runs: Vec<Vec<Replication>> = vec![Vec::new(); worlds.len()];
    run_each(worlds, &jobs, how, |number, replication| runs[jobs[number].world].push(replication));
    runs
}
