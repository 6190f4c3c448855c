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

/// Does every job until it is told to stop, and hands each result over in the jobs' order, on this thread, as soon as those before it are there.
#[cfg(feature = "cli")]
pub fn in_turn<J: Sync, R: Send>(
    jobs: &[J],
    threads: Threads,
    stop: &(dyn Fn() -> bool + Sync),
    work: impl Fn(&J) -> R + Sync,
    mut each: impl FnMut(usize, R),
) {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    let wanted = match threads {
        Threads::Cores => 0,
        Threads::Just(n) => n,
    };
    let pool = match rayon::ThreadPoolBuilder::new().num_threads(wanted).build() {
        Ok(pool) if jobs.len() > 1 => pool,
        _ => return one_by_one(jobs, stop, work, each),
    };
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let take = |sender: mpsc::Sender<(usize, R)>| {
        while !stop() {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(number) else { break };
            if sender.send((number, work(job))).is_err() {
                break;
            }
        }
    };
    pool.in_place_scope(|scope| {
        for _ in 0..pool.current_num_threads() {
            let (sender, take) = (sender.clone(), &take);
            scope.spawn(move |_| take(sender));
        }
        drop(sender);
        let (mut early, mut turn) = (BTreeMap::new(), 0);
        for (number, result) in receiver {
            early.insert(number, result);
            while let Some(result) = early.remove(&turn) {
                each(turn, result);
                turn += 1;
            }
        }
    });
}

/// The same without threads.
#[cfg(not(feature = "cli"))]
pub fn in_turn<J: Sync, R: Send>(
    jobs: &[J],
    _threads: Threads,
    stop: &(dyn Fn() -> bool + Sync),
    work: impl Fn(&J) -> R + Sync,
    each: impl FnMut(usize, R),
) {
    one_by_one(jobs, stop, work, each);
}

fn one_by_one<J, R>(jobs: &[J], stop: &(dyn Fn() -> bool + Sync), work: impl Fn(&J) -> R, mut each: impl FnMut(usize, R)) {
    for (number, job) in jobs.iter().enumerate().take_while(|_| !stop()) {
        each(number, work(job));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_handed_over_in_order_until_it_is_told_to_stop() {
        let jobs: Vec<u64> = (0..200).collect();
        for threads in [Threads::Cores, Threads::Just(1), Threads::Just(5)] {
            let mut got = Vec::new();
            in_turn(&jobs, threads, &|| false, |job| job * 3, |number, result| got.push((number, result)));
            assert_eq!(got, jobs.iter().map(|job| (*job as usize, job * 3)).collect::<Vec<_>>());
            let begun = std::sync::atomic::AtomicUsize::new(0);
            let stop = || begun.load(std::sync::atomic::Ordering::Relaxed) >= 20;
            let mut got = Vec::new();
            let work = |job: &u64| {
                begun.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                *job
            };
            in_turn(&jobs, threads, &stop, work, |number, _| got.push(number));
            assert!((20..=24).contains(&got.len()), "{}", got.len());
            assert_eq!(got, (0..got.len()).collect::<Vec<_>>());
        }
    }

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
