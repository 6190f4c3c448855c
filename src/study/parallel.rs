//! Many jobs on several threads, their results in the order of the jobs.
//!
//! ```text
//! jobs 0 1 2 3 4 5 ──any thread, any order──▶ results 0 1 2 3 4 5
//! ```
//!
//! With the command line this is rayon's work; without it (a web page has no threads) jobs are done one after the other.

/// On how many threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Threads {
    /// As many as the machine has cores.
    #[default]
    Cores,
    Just(usize),
}

/// Does every job, and gives their results in the jobs' order.
#[cfg(feature = "cli")]
pub fn in_order<J: Sync, R: Send>(jobs: &[J], threads: Threads, work: impl Fn(&J) -> R + Sync) -> Vec<R> {
    use rayon::prelude::*;
    let wanted = match threads {
        Threads::Cores => 0,
        Threads::Just(n) => n,
    };
    match rayon::ThreadPoolBuilder::new().num_threads(wanted).build() {
        // One at a time from the front: jobs are long and few, and a progress bar should see the early ones end first.
        Ok(pool) if jobs.len() > 1 => pool.install(|| jobs.par_iter().with_max_len(1).map(&work).collect()),
        // No more threads to be had: one is enough.
        _ => jobs.iter().map(work).collect(),
    }
}

/// Does every job, one after the other.
#[cfg(not(feature = "cli"))]
pub fn in_order<J: Sync, R: Send>(jobs: &[J], _threads: Threads, work: impl Fn(&J) -> R + Sync) -> Vec<R> {
    jobs.iter().map(work).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_their_jobs() {
        let jobs: Vec<u64> = (0..100).collect();
        let slow_at_first = |job: &u64| {
            std::thread::sleep(std::time::Duration::from_micros(2_000 - 20 * job));
            job * 3
        };
        for threads in [Threads::Cores, Threads::Just(1), Threads::Just(7)] {
            assert_eq!(in_order(&jobs, threads, slow_at_first), jobs.iter().map(|job| job * 3).collect::<Vec<_>>());
        }
    }
}
