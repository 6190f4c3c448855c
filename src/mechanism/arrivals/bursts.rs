//! Bursty arrivals: the rate of the phases, multiplied by one of two factors that change at random.
//!
//! ```text
//! state    ──idle───────┐ burst ┌──idle──────        pieces: where a phase ends or the state changes
//! phase    ══════ ramp ══════╪══════ constant        within a piece arrivals are Poisson of rate · factor
//! ```
//!
//! One piece at a time is made, so memory does not grow with the run. The state begins as it would be found long after the beginning, and goes on
//! through pauses, which are stepped over in one draw.

use super::{Arrivals, Phase, Segment, pattern::Bursty};
use crate::mechanism::luck::{self, keyed};
use crate::units::Time;
use rand::Rng;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64;

/// An arrival process with bursts.
#[derive(Clone, Debug)]
pub struct Bursts {
    law: Bursty,
    /// The phases without bursts; it is never asked for an arrival.
    plan: Arrivals,
    at: usize,
    /// How far pieces have been made.
    reached: Time,
    bursting: bool,
    /// When the state changes next.
    change: Time,
    pieces: Arrivals,
    rng: Pcg64,
}

impl Bursts {
    /// Phases follow one another from the start of the run, as those of [`Arrivals`].
    pub fn new(law: Bursty, phases: Vec<Phase>, seed: u64) -> Self {
        let plan = Arrivals::new(super::Pattern::Poisson, phases, seed);
        let rng = luck::sequence(keyed(seed, 1));
        let pieces = Arrivals::piecemeal(seed);
        let mut bursts = Self { law, plan, at: 0, reached: Time::ZERO, bursting: false, change: Time::ZERO, pieces, rng };
        bursts.bursting = bursts.unit() < law.share();
        bursts.stay();
        bursts
    }

    /// The instant of the next arrival; `None` after the last phase.
    #[inline(never)]
    #[expect(clippy::should_implement_trait, reason = "named as that of `Arrivals`, which stands in its place")]
    pub fn next(&mut self) -> Option<Time> {
        loop {
            if let Some(at) = self.pieces.next() {
                return Some(at);
            }
            let piece = self.piece()?;
            self.pieces.put(piece);
        }
    }

    /// Whether the rate that bursts are about is one and the same over all of `from..until`.
    pub fn is_constant_rate(&self, from: Time, until: Time) -> bool {
        self.plan.is_constant_rate(from, until)
    }

    fn piece(&mut self) -> Option<Segment> {
        loop {
            let segment = *self.plan.segments.get(self.at)?;
            if self.reached >= segment.end() {
                self.at += 1;
            } else if segment.is_silent() {
                self.rest(segment.end());
            } else if self.reached >= self.change {
                self.bursting = !self.bursting;
                self.stay();
            } else {
                let (from, until) = (self.reached, segment.end().min(self.change));
                let (idle, burst) = self.law.factors();
                self.reached = until;
                return Some(segment.part(from, until, if self.bursting { burst } else { idle }));
            }
        }
    }

    /// Draws how long the state stays, from what has been reached.
    fn stay(&mut self) {
        let mean = if self.bursting { self.law.burst } else { self.law.idle };
        let draw: f64 = Exp1.sample(&mut self.rng);
        self.change = self.reached.saturating_add(Time::from_nanos_f64(mean.as_nanos() as f64 * draw).max(Time::from_nanos(1)));
    }

    /// Goes to `until` at once: the state there depends on that here less and less, the longer it takes.
    fn rest(&mut self, until: Time) {
        if until >= self.change {
            let kept = libm::exp(-self.law.forgetting() * (until - self.reached).as_secs_f64());
            let share = self.law.share();
            let here = if self.bursting { 1.0 } else { 0.0 };
            self.bursting = self.unit() < share + (here - share) * kept;
            self.reached = until;
            self.stay();
        }
        self.reached = until;
    }

    fn unit(&mut self) -> f64 {
        (self.rng.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(seconds: u64, rate: f64, ramp_to: Option<f64>) -> Phase {
        Phase { name: None, duration: Time::from_secs(seconds), rate, ramp_to }
    }

    fn all(mut bursts: Bursts) -> Vec<Time> {
        std::iter::from_fn(|| bursts.next()).collect()
    }

    /// Mean, and variance over mean, of the arrivals by window.
    fn counted(times: &[Time], window: u64, windows: usize) -> (f64, f64) {
        let mut counts = vec![0.0f64; windows];
        times.iter().for_each(|t| counts[(t.as_nanos() / (window * 1_000_000_000)) as usize] += 1.0);
        let mean = counts.iter().sum::<f64>() / windows as f64;
        let variance = counts.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / (windows - 1) as f64;
        (mean, variance / mean)
    }

    const LAW: Bursty = Bursty { ratio: 10.0, burst: Time::from_secs(2), idle: Time::from_secs(8) };

    #[test]
    fn the_rate_is_kept_and_counts_are_dispersed_as_the_closed_form_says() {
        for (window, windows) in [(1u64, 200_000usize), (10, 20_000), (100, 2_000)] {
            let run = window * windows as u64;
            let times = all(Bursts::new(LAW, vec![phase(run, 50.0, None)], 3));
            let (mean, dispersion) = counted(&times, window, windows);
            let expected = 50.0 * window as f64;
            // The count of the whole run has the dispersion of its length.
            let sd = (LAW.dispersion(50.0, Time::from_secs(run)) * 50.0 * run as f64).sqrt() / windows as f64;
            assert!((mean - expected).abs() < 4.0 * sd, "{window} s: {mean} against {expected} ± {sd}");
            // Counts of neighbouring windows are correlated and skewed: five times the √(2/n) of independent normal ones.
            let formula = LAW.dispersion(50.0, Time::from_secs(window));
            assert!((dispersion / formula - 1.0).abs() < 5.0 * (2.0 / windows as f64).sqrt() + 0.01, "{window} s: {dispersion} against {formula}");
        }
    }

    #[test]
    fn a_ratio_of_one_is_poisson() {
        let times = all(Bursts::new(Bursty { ratio: 1.0, ..LAW }, vec![phase(20_000, 10.0, None)], 1));
        let (mean, dispersion) = counted(&times, 10, 2_000);
        assert!((mean - 100.0).abs() < 4.0 * 0.224 && (dispersion - 1.0).abs() < 4.0 * (2.0f64 / 2_000.0).sqrt(), "{mean} {dispersion}");
    }

    #[test]
    fn ramps_and_pauses_are_kept() {
        // Many runs: each phase has its share of requests, and a pause none.
        let phases = vec![phase(60, 0.0, Some(100.0)), phase(60, 0.0, None), phase(60, 100.0, None)];
        let mut counts = [0.0f64; 3];
        for seed in 0..400 {
            let times = all(Bursts::new(LAW, phases.clone(), seed));
            assert!(times.is_sorted());
            times.iter().for_each(|t| counts[(t.as_secs_f64() / 60.0) as usize] += 1.0 / 400.0);
        }
        // A minute's dispersion is that of the closed form at most; 400 runs.
        let sd = |n: f64| (LAW.dispersion(100.0, Time::from_secs(60)) * n / 400.0).sqrt();
        assert!((counts[0] - 3_000.0).abs() < 4.0 * sd(3_000.0), "{counts:?}");
        assert!(counts[1] == 0.0 && (counts[2] - 6_000.0).abs() < 4.0 * sd(6_000.0), "{counts:?}");
    }

    #[test]
    fn a_long_pause_costs_nothing() {
        let quick = Bursty { ratio: 5.0, burst: Time::from_millis(10), idle: Time::from_millis(10) };
        let times = all(Bursts::new(quick, vec![phase(86_400 * 700, 0.0, None), phase(1, 100.0, None)], 1));
        assert!(times.len() > 20 && times[0] >= Time::from_secs(86_400 * 700));
    }
}
