//! Arrivals in batches: several requests at one instant, as a page with many images or a job with many lines makes them.
//!
//! ```text
//! x       x   x            x         x    instants: Poisson of rate / mean size
//! 20      20  20           20        20   requests at each: always as many, or geometric
//! ```
//!
//! The rate of requests is that of the phases; variance over mean of their counts is E B² / E B.

use super::{Arrivals, Phase, pattern::Batch};
use crate::mechanism::luck::{self, keyed};
use crate::units::Time;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64;

/// An arrival process in batches.
#[derive(Clone, Debug)]
pub struct Batches {
    law: Batch,
    /// The instants.
    starts: Arrivals,
    at: Time,
    /// Requests of this instant that are still to come.
    left: u64,
    rng: Pcg64,
}

impl Batches {
    /// Phases follow one another from the start of the run, as those of [`Arrivals`]; their rates are of requests.
    pub fn new(law: Batch, mut phases: Vec<Phase>, seed: u64) -> Self {
        for phase in &mut phases {
            phase.rate /= law.mean();
            phase.ramp_to = phase.ramp_to.map(|rate| rate / law.mean());
        }
        let starts = Arrivals::new(super::Pattern::Poisson, phases, seed);
        Self { law, starts, at: Time::ZERO, left: 0, rng: luck::sequence(keyed(seed, 2)) }
    }

    /// The instant of the next arrival; `None` after the last phase.
    #[inline(never)]
    #[expect(clippy::should_implement_trait, reason = "named as that of `Arrivals`, which stands in its place")]
    pub fn next(&mut self) -> Option<Time> {
        if self.left == 0 {
            self.at = self.starts.next()?;
            self.left = self.size();
        }
        self.left -= 1;
        Some(self.at)
    }

    fn size(&mut self) -> u64 {
        match self.law {
            Batch::Size(size) => u64::from(size.max(1)),
            Batch::Mean(mean) if mean > 1.0 => {
                let draw: f64 = Exp1.sample(&mut self.rng);
                // P(size > n) = (1 − 1/mean)ⁿ.
                1 + (draw / -libm::log1p(-1.0 / mean)) as u64
            }
            Batch::Mean(_) => 1,
        }
    }

    /// Whether the rate is one and the same over all of `from..until`.
    pub fn is_constant_rate(&self, from: Time, until: Time) -> bool {
        self.starts.is_constant_rate(from, until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(law: Batch, rate: f64, seconds: u64) -> Vec<Time> {
        let mut batches = Batches::new(law, vec![Phase { name: None, duration: Time::from_secs(seconds), rate, ramp_to: None }], 9);
        std::iter::from_fn(|| batches.next()).collect()
    }

    #[test]
    fn requests_come_at_their_rate_and_a_batch_at_once() {
        let times = all(Batch::Size(20), 100.0, 10_000);
        let sizes: Vec<usize> = times.chunk_by(|a, b| a == b).map(<[_]>::len).collect();
        assert!(sizes.iter().all(|size| *size == 20));
        // 50 000 batches, as Poisson has them.
        assert!((sizes.len() as f64 - 50_000.0).abs() < 4.0 * 50_000f64.sqrt(), "{}", sizes.len());
    }

    #[test]
    fn geometric_batches_have_their_mean_and_their_tail() {
        let times = all(Batch::Mean(5.0), 500.0, 1_000);
        let sizes: Vec<f64> = times.chunk_by(|a, b| a == b).map(|batch| batch.len() as f64).collect();
        let (n, mean) = (sizes.len() as f64, times.len() as f64 / sizes.len() as f64);
        // The variance of a geometric size is mean · (mean − 1).
        assert!((mean - 5.0).abs() < 4.0 * (20.0 / n).sqrt(), "{mean}");
        let above = sizes.iter().filter(|size| **size > 10.0).count() as f64 / n;
        let expected = 0.8f64.powi(10);
        assert!((above - expected).abs() < 4.0 * (expected / n).sqrt(), "{above}");
        assert_eq!(all(Batch::Mean(1.0), 10.0, 100), all(Batch::Size(1), 10.0, 100));
    }
}
