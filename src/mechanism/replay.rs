//! Replay: the arrivals of a recorded trace, one after the other.
//!
//! ```text
//! counts a minute   3 ──spread──▶ uniform  |  x     x     x  |   poisson  | x  x          x |   start  xxx              |
//! ```
//!
//! How requests lay within their minute was not recorded, so it is a choice: evenly spaced, at independent uniform instants (a Poisson process given
//! its count), or all at the full minute as timers fire. Independent instants come in order without being stored: of r still to come in a remaining
//! stretch w, the next leaves w · V^(1/r) with V uniform. A scale multiplies counts; what rounding leaves is carried on, so the total is right.

use super::{
    luck,
    trace::{MINUTE, Trace},
};
use crate::units::Time;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64;

crate::words! {
    /// Where within its minute a request comes.
    pub enum Spread {
        /// Evenly spaced, the first after half a gap.
        Uniform = "uniform",
        /// At independent uniform instants.
        Poisson = "poisson",
        /// All at the full minute.
        Start = "start",
    }
}

/// The arrivals of a trace. Memory is that of the trace.
#[derive(Clone, Debug)]
pub struct Replay {
    trace: Trace,
    spread: Spread,
    scale: f64,
    /// The minute of the counts, or the instant of the times, that is read next.
    at: usize,
    /// Sum of the counts before `at`, not scaled.
    sum: f64,
    /// How many of the current minute or instant were to be given, and are still to come.
    planned: u64,
    remaining: u64,
    /// The part of the minute behind the last arrival, for independent instants.
    stretch: f64,
    rng: Pcg64,
}

impl Replay {
    /// Replays `trace` with `scale` times its requests (negative and NaN count as none). `spread` is for counts; recorded instants are kept, and a
    /// scale repeats or skips some of them.
    pub fn new(trace: Trace, spread: Spread, scale: f64, seed: u64) -> Self {
        let scale = if scale > 0.0 { scale } else { 0.0 };
        Self { trace, spread, scale, at: 0, sum: 0.0, planned: 0, remaining: 0, stretch: 1.0, rng: luck::sequence(seed) }
    }

    /// The instant of the next arrival; `None` after the last.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "named as that of `Arrivals`, which stands in its place")]
    pub fn next(&mut self) -> Option<Time> {
        while self.remaining == 0 {
            self.advance()?;
        }
        let within = match &self.trace {
            Trace::Times(times) => times[self.at - 1],
            Trace::Counts(_) => Time::from_nanos((self.at as u64 - 1) * MINUTE + self.position()),
        };
        self.remaining -= 1;
        Some(within)
    }

    /// Goes to the next minute or instant; `None` at the end.
    fn advance(&mut self) -> Option<()> {
        let count = match &self.trace {
            Trace::Times(times) => times.get(self.at).map(|_| 1.0),
            Trace::Counts(counts) => counts.get(self.at).copied(),
        }?;
        let before = rounded(self.sum * self.scale);
        self.sum += count;
        self.planned = rounded(self.sum * self.scale) - before;
        (self.at, self.remaining, self.stretch) = (self.at + 1, self.planned, 1.0);
        Some(())
    }

    /// Nanoseconds from the start of the minute to the next arrival.
    #[inline]
    fn position(&mut self) -> u64 {
        match self.spread {
            Spread::Start => 0,
            Spread::Uniform => {
                let before = u128::from(self.planned - self.remaining);
                ((2 * before + 1) * u128::from(MINUTE) / (2 * u128::from(self.planned))) as u64
            }
            Spread::Poisson => {
                let draw: f64 = Exp1.sample(&mut self.rng);
                self.stretch *= libm::exp(-draw / self.remaining as f64);
                (((1.0 - self.stretch) * MINUTE as f64) as u64).min(MINUTE - 1)
            }
        }
    }

    /// How many arrivals there are in all.
    pub fn total(&self) -> u64 {
        let sum: f64 = match &self.trace {
            Trace::Times(times) => times.len() as f64,
            // In the order of the replay: a sum of floating-point numbers depends on it.
            Trace::Counts(counts) => counts.iter().fold(0.0, |sum, count| sum + count),
        };
        rounded(sum * self.scale)
    }

    /// How long the trace is: whole minutes of counts, or just past the last instant.
    pub fn duration(&self) -> Time {
        match &self.trace {
            Trace::Times(times) => times.last().map_or(Time::ZERO, |last| last.saturating_add(Time::from_nanos(1))),
            Trace::Counts(counts) => Time::from_nanos(counts.len() as u64 * MINUTE),
        }
    }
}

fn rounded(n: f64) -> u64 {
    (n + 0.5) as u64
}

#[cfg(test)]
mod tests {
    use super::{super::trace::Choice, *};
    use proptest::prelude::*;
    use std::{fs, path::PathBuf};

    fn all(mut replay: Replay) -> Vec<u64> {
        std::iter::from_fn(|| replay.next()).map(Time::as_nanos).collect()
    }

    fn counts(counts: &[f64], spread: Spread, scale: f64) -> Replay {
        Replay::new(Trace::Counts(counts.to_vec()), spread, scale, 42)
    }

    #[test]
    fn spreads_are_as_drawn() {
        assert_eq!(all(counts(&[0.0, 3.0], Spread::Uniform, 1.0)), [70, 90, 110].map(|s| s * 1_000_000_000));
        assert_eq!(all(counts(&[2.0, 1.0], Spread::Start, 1.0)), [0, 0, MINUTE]);
        let poisson = all(counts(&[500.0, 500.0], Spread::Poisson, 1.0));
        assert_eq!((poisson.len(), poisson.partition_point(|t| *t < MINUTE)), (1_000, 500));
        assert!(poisson.is_sorted());
    }

    #[test]
    fn independent_instants_are_uniform_in_their_minute() {
        // Kolmogorov's distance of 100 000 instants is below 1.95 / √n but once in a thousand times.
        let times = all(counts(&[100_000.0], Spread::Poisson, 1.0));
        let distance = |(k, t): (usize, &u64)| ((k + 1) as f64 / 100_000.0 - *t as f64 / MINUTE as f64).abs();
        assert!(times.iter().enumerate().map(distance).fold(0.0, f64::max) < 1.95 / 100_000f64.sqrt());
    }

    #[test]
    fn scaling_carries_what_rounding_leaves() {
        let per_minute = |scale| {
            let times = all(counts(&[1.0; 10], Spread::Start, scale));
            (0..10).map(|m| times.iter().filter(|t| **t / MINUTE == m).count()).collect::<Vec<_>>()
        };
        assert_eq!(per_minute(0.25).iter().sum::<usize>(), 3);
        assert_eq!(per_minute(0.5), [1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);
        assert!(per_minute(2.5).iter().all(|n| (2..=3).contains(n)));
        assert_eq!(counts(&[1.0; 10], Spread::Start, f64::NAN).total(), 0);
    }

    #[test]
    fn recorded_instants_are_kept_and_repeated_by_the_scale() {
        let replay = |scale| Replay::new(Trace::Times(vec![Time::from_nanos(5), Time::from_nanos(9)]), Spread::Uniform, scale, 1);
        assert_eq!(all(replay(1.0)), [5, 9]);
        assert_eq!(all(replay(2.0)), [5, 5, 9, 9]);
        assert_eq!((all(replay(0.5)), replay(1.0).duration()), (vec![5], Time::from_nanos(10)));
    }

    proptest! {
        #[test]
        fn the_total_is_what_comes(minutes in proptest::collection::vec(0.0..50.0f64, 0..20), scale in 0.0..4.0f64, seed in any::<u64>()) {
            for spread in [Spread::Uniform, Spread::Poisson, Spread::Start] {
                let replay = Replay::new(Trace::Counts(minutes.clone()), spread, scale, seed);
                let times = all(replay.clone());
                prop_assert_eq!(times.len() as u64, replay.total());
                prop_assert!(times.is_sorted() && times.iter().all(|t| *t < replay.duration().as_nanos()));
            }
        }
    }

    /// The bytes of a trace that is not part of the repository.
    fn corpus(name: &str) -> Option<Vec<u8>> {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/traces").join(name);
        let bytes = fs::read(&path).ok();
        if bytes.is_none() {
            eprintln!("SKIPPED: {} is not here", path.display());
        }
        bytes
    }

    /// The sum of all cells from the third comma on (the fourth, where there is a trigger), with nothing but `split`.
    fn raw_sum(bytes: &[u8], columns_before: usize) -> f64 {
        let text = String::from_utf8_lossy(bytes);
        text.lines().skip(1).flat_map(|line| line.split(',').skip(columns_before)).map(|cell| cell.trim().parse::<f64>().unwrap()).sum()
    }

    #[test]
    fn a_day_of_azure_replays_to_the_sum_of_its_file() {
        let files = [("10_inv.csv", 3, 1_440), ("50_inv.csv", 3, 1_440), ("200_inv.csv", 3, 1_440), ("window-100/invocations.csv", 4, 480)];
        for (name, columns_before, minutes) in files {
            let Some(bytes) = corpus(&format!("azure2019/{name}")) else { continue };
            let replay = Replay::new(Trace::azure_minutes(&bytes, &Choice::All).unwrap(), Spread::Poisson, 1.0, 1);
            assert_eq!(replay.duration(), Time::from_secs(60 * minutes), "{name}");
            assert_eq!(replay.total(), raw_sum(&bytes, columns_before) as u64, "{name}");
            let mut stepped = replay.clone();
            assert_eq!(std::iter::from_fn(|| stepped.next()).count() as u64, replay.total(), "{name}");
        }
    }

    #[test]
    fn the_functions_of_a_day_by_rank_make_up_all_of_it() {
        let Some(bytes) = corpus("azure2019/10_inv.csv") else { return };
        let total = |choice| Replay::new(Trace::azure_minutes(&bytes, &choice).unwrap(), Spread::Uniform, 1.0, 1).total();
        let functions = Trace::azure_functions(&bytes).unwrap();
        let by_rank: Vec<u64> = (1..=functions.len()).map(|rank| total(Choice::Rank(rank))).collect();
        assert!(by_rank.windows(2).all(|pair| pair[0] >= pair[1]));
        assert_eq!(by_rank.iter().sum::<u64>(), total(Choice::All));
        assert_eq!(total(Choice::Hash(functions[2].0[..8].into())), by_rank[2]);
    }

    #[test]
    fn counts_a_minute_replay_to_their_sum() {
        for name in ["20min_20rps_jump.csv", "20min_20rps_spikes.csv", "20min_min1rps_steady.csv"] {
            let Some(bytes) = corpus(&format!("triggerbench/{name}")) else { continue };
            let replay = Replay::new(Trace::counts_per_minute(&bytes).unwrap(), Spread::Uniform, 1.0, 1);
            assert_eq!((replay.total(), replay.duration()), (raw_sum(&bytes, 0) as u64, Time::from_secs(20 * 60)), "{name}");
        }
    }
}
