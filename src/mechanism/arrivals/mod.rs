//! Arrivals of an open workload: instants at which requests come, by phases of a constant, a ramped or no rate.
//!
//! ```text
//! Λ(t) = ∫ rate        arrival k comes at Λ⁻¹(S_k)      S_k = E_1 + … + E_k, E ~ Exp(1)    for Poisson
//!                                                       S_k = k − ½                        for uniform
//! ```
//!
//! The inversion is exact: Λ is a line in a constant phase and a parabola in a ramp, so nothing is thinned and no rate is a step function of steps.
//! A uniform phase of 15 000/s and 3 s gives 45 000 arrivals, the first after half a gap. What is left of an increment at the end of a phase goes
//! on into the next. Positions are kept from the start of the phase (whole nanoseconds and a fraction), so 10¹⁰ arrivals do not make them drift.
//! Bursts and batches are made of this process: see `bursts` and `batches`. Correlation over longer times is left out: replay a trace for that.

mod batches;
mod bursts;
mod pattern;

pub use batches::Batches;
pub use bursts::Bursts;
pub use pattern::{Batch, Bursty, Pattern};

use super::luck;
use crate::units::Time;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64;

/// A stretch of time with one rate, or one that changes evenly.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    pub name: Option<String>,
    pub duration: Time,
    /// Arrivals a second at the start of the phase; 0 is a pause.
    pub rate: f64,
    /// Arrivals a second at the end of the phase, where it is a ramp.
    pub ramp_to: Option<f64>,
}

/// A phase as it is computed with; rates are per nanosecond.
#[derive(Clone, Copy, Debug)]
struct Segment {
    start: Time,
    duration: u64,
    rate: f64,
    /// Change of the rate per nanosecond; 0 in a constant phase.
    slope: f64,
    /// 1 / rate, from the rate a second: 1e9 / 1 is a whole number, 1 / 1e-9 is not.
    gap: f64,
    /// Λ of the whole segment.
    total: f64,
}

impl Segment {
    fn new(start: Time, phase: &Phase) -> Self {
        let per_nanosecond = |rate: f64| if rate > 0.0 { rate.min(1e9) / 1e9 } else { 0.0 };
        let (from, duration) = (per_nanosecond(phase.rate), phase.duration.as_nanos());
        let to = phase.ramp_to.map_or(from, per_nanosecond);
        let slope = if duration == 0 { 0.0 } else { (to - from) / duration as f64 };
        Self { start, duration, rate: from, slope, gap: 1e9 / phase.rate.min(1e9), total: (from + to) / 2.0 * duration as f64 }
    }

    fn end(&self) -> Time {
        self.start.saturating_add(Time::from_nanos(self.duration))
    }

    /// The part of it between two instants within it, with its rate times `factor`.
    fn part(&self, from: Time, until: Time, factor: f64) -> Self {
        let before = from.saturating_sub(self.start).as_nanos() as f64;
        let duration = until.saturating_sub(from).as_nanos();
        let (rate, slope) = ((self.rate + self.slope * before) * factor, self.slope * factor);
        let total = (rate + slope * duration as f64 / 2.0) * duration as f64;
        Self { start: from, duration, rate, slope, gap: self.gap / factor, total }
    }

    /// Whether nothing comes.
    fn is_silent(&self) -> bool {
        self.rate == 0.0 && self.slope == 0.0
    }

    /// Λ at `t` ns from the start.
    fn expected(&self, t: f64) -> f64 {
        (self.rate + self.slope * t / 2.0) * t
    }

    /// The `t` at which Λ is `sum`, in the form of the quadratic formula that cancels nothing.
    fn inverse(&self, sum: f64) -> f64 {
        let root = (self.rate * self.rate + 2.0 * self.slope * sum).max(0.0).sqrt();
        2.0 * sum / (self.rate + root)
    }
}

/// An arrival process: a sequence of instants that never go back.
#[derive(Clone, Debug)]
pub struct Arrivals {
    /// Not at random.
    evenly: bool,
    segments: Vec<Segment>,
    at: usize,
    /// Nanoseconds from the start of the segment to the last arrival: whole ones, and what is beyond.
    whole: u64,
    fraction: f64,
    /// Λ from the start of the segment to the last arrival; kept in ramps only.
    sum: f64,
    /// What is left of an increment of Λ that began in an earlier segment.
    left: Option<f64>,
    rng: Pcg64,
}

impl Arrivals {
    /// Phases follow one another from the start of the run. A rate that is negative or NaN counts as a pause, one above 10⁹ a second as 10⁹. Evenly
    /// spaced where the pattern is uniform, else independent of one another.
    pub fn new(pattern: Pattern, phases: Vec<Phase>, seed: u64) -> Self {
        let mut start = Time::ZERO;
        let segment = |phase: &Phase| {
            let segment = Segment::new(start, phase);
            start = segment.end();
            segment
        };
        let segments = phases.iter().map(segment).collect();
        let evenly = pattern == Pattern::Uniform;
        let left = evenly.then_some(0.5);
        Self { evenly, segments, at: 0, whole: 0, fraction: 0.0, sum: 0.0, left, rng: luck::sequence(seed) }
    }

    /// Independent arrivals of segments that are still to be [put](Self::put) in.
    fn piecemeal(seed: u64) -> Self {
        Self::new(Pattern::Poisson, Vec::new(), seed)
    }

    /// Puts a segment in place of the ones that are over; what is left of the last increment goes on into it.
    fn put(&mut self, segment: Segment) {
        self.segments.clear();
        self.segments.push(segment);
        self.at = 0;
    }

    /// The instant of the next arrival; `None` after the last phase.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "an iterator that is asked for its phase between its items is not one")]
    pub fn next(&mut self) -> Option<Time> {
        loop {
            let segment = *self.segments.get(self.at)?;
            let step = match self.left.take() {
                Some(left) => left,
                None => self.increment(),
            };
            match self.within(&segment, step) {
                Ok(at) => return Some(at),
                Err(left) => self.enter(left),
            }
        }
    }

    #[inline]
    fn increment(&mut self) -> f64 {
        if self.evenly { 1.0 } else { Exp1.sample(&mut self.rng) }
    }

    /// Goes on by `step` of Λ within the segment, or says how much of it is left at its end.
    #[inline]
    fn within(&mut self, segment: &Segment, step: f64) -> Result<Time, f64> {
        if segment.slope != 0.0 {
            return self.within_ramp(segment, step);
        }
        if segment.rate == 0.0 {
            return Err(step);
        }
        let ahead = step * segment.gap + self.fraction;
        let steps = ahead as i64; // signed: one instruction, and it saturates
        let whole = self.whole.saturating_add(steps as u64);
        if whole >= segment.duration {
            let over = (self.whole as f64 - segment.duration as f64) + ahead;
            return Err((over * segment.rate).max(0.0));
        }
        (self.whole, self.fraction) = (whole, ahead - steps as f64);
        Ok(segment.start + Time::from_nanos(whole))
    }

    fn within_ramp(&mut self, segment: &Segment, step: f64) -> Result<Time, f64> {
        let sum = self.sum + step;
        if sum >= segment.total {
            return Err(sum - segment.total);
        }
        self.sum = sum;
        self.whole = self.whole.max((segment.inverse(sum) as u64).min(segment.duration - 1));
        Ok(segment.start + Time::from_nanos(self.whole))
    }

    fn enter(&mut self, left: f64) {
        (self.at, self.whole, self.fraction, self.sum, self.left) = (self.at + 1, 0, 0.0, 0.0, Some(left));
    }

    /// The index of the phase of the last arrival.
    #[inline]
    pub fn phase(&self) -> usize {
        self.at
    }

    /// The end of the last phase.
    pub fn duration(&self) -> Time {
        self.segments.last().map_or(Time::ZERO, Segment::end)
    }

    /// Λ: how many arrivals are to be expected before `until`.
    pub fn expected(&self, until: Time) -> f64 {
        let part = |segment: &Segment| segment.expected(until.saturating_sub(segment.start).as_nanos().min(segment.duration) as f64);
        self.segments.iter().map(part).sum()
    }

    /// Whether the rate is one and the same over all of `from..until`; beyond the last phase it is 0.
    pub fn is_constant_rate(&self, from: Time, until: Time) -> bool {
        let within = |segment: &&Segment| segment.duration > 0 && segment.start < until && segment.end() > from;
        let mut rates: Vec<f64> = Vec::new();
        for segment in self.segments.iter().filter(within) {
            rates.extend([segment.rate, segment.rate + segment.slope * segment.duration as f64]);
        }
        rates.extend((until > self.duration()).then_some(0.0));
        rates.windows(2).all(|pair| pair[0] == pair[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn phase(seconds: u64, rate: f64, ramp_to: Option<f64>) -> Phase {
        Phase { name: None, duration: Time::from_secs(seconds), rate, ramp_to }
    }

    fn all(mut arrivals: Arrivals) -> Vec<u64> {
        std::iter::from_fn(|| arrivals.next()).map(Time::as_nanos).collect()
    }

    #[test]
    fn a_uniform_phase_has_just_its_number_of_evenly_spaced_arrivals() {
        let times = all(Arrivals::new(Pattern::Uniform, vec![phase(3, 15_000.0, None)], 1));
        assert_eq!((times.len(), times[0], times[44_999]), (45_000, 33_333, 2_999_966_666));
        assert!(times.windows(2).all(|pair| (66_666..=66_667).contains(&(pair[1] - pair[0]))));
    }

    #[test]
    fn a_uniform_ramp_has_its_area() {
        let phases = || vec![phase(60, 0.0, Some(100.0)), phase(60, 100.0, Some(0.0))];
        let times = all(Arrivals::new(Pattern::Uniform, phases(), 1));
        assert_eq!(times.len(), 6_000);
        // Λ of the rising ramp is t² · 100 / 120 (in seconds): its half comes at 60 / √2.
        let half = times[1_499] as f64 / 1e9;
        assert!((half - (1_499.5f64 * 1.2).sqrt()).abs() < 1e-6);
        let mirrored = |k: usize| 120_000_000_000 - times[5_999 - k];
        assert!((0..6_000).all(|k| times[k].abs_diff(mirrored(k)) <= 2_000));
    }

    #[test]
    fn poisson_counts_have_a_variance_like_their_mean() {
        // 2 000 windows of 10 s at 10/s: the index of dispersion is 1, with a standard error of √(2/2000).
        let mut counts = vec![0.0f64; 2_000];
        all(Arrivals::new(Pattern::Poisson, vec![phase(20_000, 10.0, None)], 42)).iter().for_each(|t| counts[(t / 10_000_000_000) as usize] += 1.0);
        let mean = counts.iter().sum::<f64>() / 2_000.0;
        let variance = counts.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / 1_999.0;
        assert!((mean - 100.0).abs() < 4.0 * (100.0f64 / 2_000.0).sqrt(), "{mean}");
        assert!((variance / mean - 1.0).abs() < 4.0 * (2.0f64 / 2_000.0).sqrt(), "{variance}");
    }

    #[test]
    fn poisson_gaps_are_exponential() {
        let times = all(Arrivals::new(Pattern::Poisson, vec![phase(1_000, 100.0, None)], 7));
        let gaps = times.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e9);
        let longer = gaps.filter(|gap| *gap > 0.02).count() as f64 / times.len() as f64;
        assert!((longer - (-2.0f64).exp()).abs() < 4.0 * (0.135 * 0.865 / times.len() as f64).sqrt(), "{longer}");
    }

    #[test]
    fn a_ramp_is_as_dense_as_its_rate() {
        let arrivals = Arrivals::new(Pattern::Poisson, vec![phase(600, 50.0, Some(2_000.0)), phase(60, 0.0, None), phase(600, 300.0, None)], 5);
        let times = all(arrivals.clone());
        for until in [60, 300, 599, 600, 660, 900, 1_260] {
            let (seen, expected) = (times.partition_point(|t| *t < until * 1_000_000_000) as f64, arrivals.expected(Time::from_secs(until)));
            assert!((seen - expected).abs() < 4.0 * expected.sqrt(), "{seen} against {expected} at {until} s");
        }
        assert_eq!(arrivals.expected(Time::from_secs(600)), 615_000.0);
        assert!(!times.iter().any(|t| (600_000_000_000..660_000_000_000).contains(t)));
    }

    #[test]
    fn far_from_the_start_gaps_are_as_even_as_near_it() {
        let mut arrivals = Arrivals::new(Pattern::Uniform, vec![phase(86_400 * 30, 100_000.0 / 3.0, None)], 1);
        let far = (0..10_000_000).map_while(|_| arrivals.next()).last().unwrap();
        assert!(far.as_nanos().abs_diff(299_999_985_000) <= 1, "{far:?}");
    }

    #[test]
    fn the_rate_is_constant_within_a_phase_and_over_equal_ones() {
        let arrivals = Arrivals::new(Pattern::Poisson, vec![phase(10, 5.0, None), phase(10, 5.0, None), phase(10, 5.0, Some(9.0))], 1);
        let constant = |from, until| arrivals.is_constant_rate(Time::from_secs(from), Time::from_secs(until));
        assert!(constant(2, 20) && constant(40, 50) && !constant(2, 21) && !constant(25, 26) && !constant(29, 40));
    }

    #[test]
    fn the_phase_of_an_arrival_is_known() {
        let mut arrivals = Arrivals::new(Pattern::Uniform, vec![phase(1, 1.0, None), phase(5, 0.0, None), phase(1, 1.0, None)], 1);
        assert_eq!((arrivals.next(), arrivals.phase()), (Some(Time::from_millis(500)), 0));
        assert_eq!((arrivals.next(), arrivals.phase()), (Some(Time::from_millis(6_500)), 2));
        assert_eq!(arrivals.next(), None);
    }

    proptest! {
        #[test]
        fn uniform_arrivals_are_as_many_as_expected_and_never_go_back(
            phases in proptest::collection::vec((0u64..20, 0.0..200.0f64, proptest::option::of(0.0..200.0f64)), 0..6), seed in any::<u64>(),
        ) {
            let phases: Vec<Phase> = phases.into_iter().map(|(s, rate, to)| phase(s, rate, to)).collect();
            for pattern in [Pattern::Uniform, Pattern::Poisson] {
                let arrivals = Arrivals::new(pattern, phases.clone(), seed);
                let (end, expected) = (arrivals.duration(), arrivals.expected(Time::MAX));
                let times = all(arrivals);
                prop_assert!(times.windows(2).all(|pair| pair[0] <= pair[1]));
                prop_assert!(times.iter().all(|t| *t < end.as_nanos()));
                prop_assert!(pattern == Pattern::Poisson || (times.len() as f64 - expected).abs() <= 0.5 + 1e-6);
            }
        }
    }
}
