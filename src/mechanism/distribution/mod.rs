//! Distributions of a time: how long something takes, as a scenario says it.
//!
//! ```text
//! 30ms                    constant                     normal(mean=50ms sd=10ms)          below zero counts as zero
//! uniform(20ms..900ms)    each as likely               lognormal(median=12ms p99=60ms)    the usual shape of a latency
//! exponential(mean=20s)   memoryless                   gamma(mean=120ms cv=1.5)           cv = standard deviation / mean
//! weibull(mean=50ms shape=0.7)    scale · E^(1/shape)  pareto(min=5ms shape=1.5)          min · e^(E/shape), E exponential of mean 1
//! mixture, empirical, clamp       of others, of measured values, within bounds
//! ```
//!
//! A lognormal time is exp(mu + sigma·Z) with mu = ln(median) and sigma = ln(p99 / median) / 2.326…; its mean is median · exp(sigma² / 2). Draws come
//! from the keyed generator they are handed, so a distribution has no state; tables are shared, so that a copy of one costs a count. Correlation of
//! one draw with the next is left out.

mod make;
mod mean;
mod moment;
mod read;
mod show;
mod table;

pub use read::PartSpec;

use super::luck::Keyed;
use crate::units::Time;
use rand_distr::{Distribution as _, Exp1, Gamma, StandardNormal};
use std::sync::Arc;

/// The 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326_347_874_040_840_8;

/// A distribution of a time that is never negative. Made by its constructors, which hold the parameters within what can be computed.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    Constant(Time),
    /// Both ends included.
    Uniform {
        from: Time,
        to: Time,
    },
    Exponential {
        mean_ns: f64,
    },
    /// Cut at zero: a negative draw counts as zero.
    Normal {
        mean_ns: f64,
        sd_ns: f64,
    },
    /// `mu` is the logarithm of the median in nanoseconds.
    LogNormal {
        mu: f64,
        sigma: f64,
    },
    Gamma {
        shape: f64,
        scale_ns: f64,
        gamma: Gamma<f64>,
    },
    Weibull {
        scale_ns: f64,
        shape: f64,
    },
    /// Without a mean where the shape is at most 1.
    Pareto {
        min_ns: f64,
        shape: f64,
    },
    /// One of several, each with the sum of the shares up to and with its own.
    Mixture(Arc<[(f64, Distribution)]>),
    /// Each of these values as likely, in the order in which they were given.
    Values(Arc<[Time]>),
    /// Straight lines between quantiles: shares that grow from 0 to 1, and times in nanoseconds that do not fall.
    Percentiles(Arc<[(f64, f64)]>),
    /// What is drawn below or above counts as the bound.
    Clamp(Arc<Clamped>),
}

/// A distribution and its bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Clamped {
    pub of: Distribution,
    pub min: Time,
    /// [`Time::MAX`] where there is none.
    pub max: Time,
}

impl Default for Distribution {
    fn default() -> Self {
        Self::constant(Time::ZERO)
    }
}

impl From<Time> for Distribution {
    fn from(time: Time) -> Self {
        Self::constant(time)
    }
}

impl Distribution {
    /// One draw, rounded to the nanosecond.
    #[inline]
    pub fn sample(&self, rng: &mut Keyed) -> Time {
        match *self {
            Self::Constant(time) => time,
            Self::Uniform { from, to } => from + Time::from_nanos(rng.below((to - from).as_nanos().saturating_add(1))),
            Self::Exponential { mean_ns } => Time::from_nanos_f64(mean_ns * exponential(rng)),
            // One place for both, so that the draw of the usual ones is no call.
            Self::Normal { mean_ns: at, sd_ns: spread } | Self::LogNormal { mu: at, sigma: spread } => {
                let drawn = at + spread * normal(rng);
                Time::from_nanos_f64(if matches!(self, Self::LogNormal { .. }) { libm::exp(drawn) } else { drawn })
            }
            Self::Gamma { ref gamma, .. } => Time::from_nanos_f64(gamma.sample(rng)),
            _ => self.sample_tailed(rng),
        }
    }

    /// A draw of those that are rarer, kept out of the way of the usual ones.
    #[inline(never)]
    fn sample_tailed(&self, rng: &mut Keyed) -> Time {
        match self {
            Self::Weibull { scale_ns, shape } => Time::from_nanos_f64(scale_ns * libm::pow(exponential(rng), 1.0 / shape)),
            Self::Pareto { min_ns, shape } => Time::from_nanos_f64(min_ns * libm::exp(exponential(rng) / shape)),
            Self::Mixture(parts) => {
                let u = rng.unit();
                parts[parts.partition_point(|(upto, _)| *upto <= u).min(parts.len() - 1)].1.sample(rng)
            }
            Self::Values(values) => values[rng.below(values.len() as u64) as usize],
            Self::Percentiles(points) => Time::from_nanos_f64(table::between(points, rng.unit())),
            Self::Clamp(clamped) => clamped.of.sample(rng).max(clamped.min).min(clamped.max),
            plain => plain.sample(rng),
        }
    }

    /// The slowest of `n` independent draws.
    pub fn slowest_of(&self, n: u32, rng: &mut Keyed) -> Time {
        match self {
            // The exponential is monotone: the slowest is that of the largest normal.
            Self::LogNormal { mu, sigma } => {
                let largest = (0..n).map(|_| normal(rng)).fold(f64::NEG_INFINITY, f64::max);
                Time::from_nanos_f64(libm::exp(mu + sigma * largest))
            }
            // Bounds are monotone too.
            Self::Clamp(clamped) if n > 0 => clamped.of.slowest_of(n, rng).max(clamped.min).min(clamped.max),
            _ => (0..n).map(|_| self.sample(rng)).max().unwrap_or(Time::ZERO),
        }
    }

    /// The mean, by its exact formula; [`Time::MAX`] where it is infinite.
    pub fn mean(&self) -> Time {
        match *self {
            Self::Constant(time) => time,
            _ => Time::from_nanos_f64(mean::mean(self)),
        }
    }

    /// E X² in seconds squared, by its exact formula: infinite where the tail is too heavy, `None` for what is held within bounds.
    pub fn second_moment_s2(&self) -> Option<f64> {
        moment::second(self).map(|square| square / 1e18)
    }

    /// The distribution of `factor` times this; negative and NaN count as zero.
    pub fn scaled(&self, factor: f64) -> Self {
        let factor = if factor > 0.0 { factor } else { return Self::default() };
        let times = |time: Time| Time::from_nanos_f64(nanos(time) * factor);
        match *self {
            Self::Constant(time) => Self::Constant(times(time)),
            Self::Uniform { from, to } => Self::uniform(times(from), times(to)),
            Self::Exponential { mean_ns } => Self::Exponential { mean_ns: mean_ns * factor },
            Self::Normal { mean_ns, sd_ns } => Self::Normal { mean_ns: mean_ns * factor, sd_ns: sd_ns * factor },
            Self::LogNormal { mu, sigma } => Self::LogNormal { mu: mu + libm::log(factor), sigma },
            Self::Gamma { shape, scale_ns, .. } => Self::gamma(shape, scale_ns * factor),
            Self::Weibull { scale_ns, shape } => Self::weibull(scale_ns * factor, shape),
            Self::Pareto { min_ns, shape } => Self::pareto(min_ns * factor, shape),
            Self::Mixture(ref parts) => Self::Mixture(parts.iter().map(|(upto, of)| (*upto, of.scaled(factor))).collect()),
            Self::Values(ref values) => Self::Values(values.iter().map(|time| times(*time)).collect()),
            Self::Percentiles(ref points) => Self::Percentiles(points.iter().map(|(share, ns)| (*share, ns * factor)).collect()),
            Self::Clamp(ref clamped) => {
                let max = if clamped.max == Time::MAX { Time::MAX } else { times(clamped.max) };
                Self::clamp(clamped.of.scaled(factor), times(clamped.min), max)
            }
        }
    }

    /// The one time that is ever drawn, where there is just one.
    pub fn is_constant(&self) -> Option<Time> {
        match *self {
            Self::Constant(time) => Some(time),
            _ => None,
        }
    }

    /// The longest time that is ever drawn, where there is one.
    pub fn maximum(&self) -> Option<Time> {
        match self {
            Self::Constant(time) => Some(*time),
            Self::Uniform { to, .. } => Some(*to),
            Self::Mixture(parts) => parts.iter().map(|(_, of)| of.maximum()).try_fold(Time::ZERO, |most, of| Some(most.max(of?))),
            Self::Values(values) => values.iter().max().copied(),
            Self::Percentiles(points) => points.last().map(|(_, ns)| Time::from_nanos_f64(*ns)),
            Self::Clamp(clamped) => match clamped.of.maximum() {
                Some(most) => Some(most.max(clamped.min).min(clamped.max)),
                None => Some(clamped.max).filter(|max| *max < Time::MAX),
            },
            Self::Exponential { .. } | Self::Normal { .. } | Self::LogNormal { .. } => None,
            Self::Gamma { .. } | Self::Weibull { .. } | Self::Pareto { .. } => None,
        }
    }
}

fn nanos(time: Time) -> f64 {
    time.as_nanos() as f64
}

#[inline]
fn normal(rng: &mut Keyed) -> f64 {
    StandardNormal.sample(rng)
}

#[inline]
fn exponential(rng: &mut Keyed) -> f64 {
    Exp1.sample(rng)
}

#[cfg(test)]
mod tests {
    use super::super::{
        formula::tests::{map, scalar},
        luck::Luck,
    };
    use super::{read::KNOWN, *};
    use crate::document::{Data, Read as _, Reading, Value};

    fn read(text: &str) -> Distribution {
        let mut reading = Reading::default();
        Distribution::read(&scalar(text), &mut reading).unwrap_or_else(|| panic!("{text}: {:?}", reading.diagnostics))
    }

    fn refused(text: &str) -> (String, String) {
        let mut reading = Reading::default();
        assert_eq!(Distribution::read(&scalar(text), &mut reading), None, "{text}");
        let first = &reading.diagnostics[0];
        (format!("{} {}", first.code, first.message), first.hint.clone().unwrap_or_default())
    }

    /// Draws of as many requests, sorted, in seconds.
    fn draws(distribution: &Distribution, n: u64) -> Vec<f64> {
        let draw = |k| distribution.sample(&mut Luck::root(7, k).draw(1)).as_secs_f64();
        let mut drawn: Vec<f64> = (0..n).map(draw).collect();
        drawn.sort_by(f64::total_cmp);
        drawn
    }

    const EVERY: [&str; 17] = [
        "30ms",
        "uniform(20ms..900ms)",
        "exponential(mean=20s)",
        "normal(mean=50ms sd=10ms)",
        "normal(mean=10ms sd=20ms)",
        "lognormal(median=12ms p99=60ms)",
        "gamma(mean=120ms cv=1.5)",
        "gamma(mean=120ms cv=0.5)",
        "gamma(mean=120ms cv=1)",
        "lognormal(median=3ms p99=20ms)",
        "weibull(scale=40ms shape=0.7)",
        "weibull(scale=40ms shape=2)",
        "pareto(min=5ms shape=3)",
        "clamp(of=lognormal(median=12ms p99=60ms) min=5ms max=40ms)",
        "clamp(of=gamma(mean=120ms cv=1.5) max=200ms)",
        "clamp(of=weibull(scale=40ms shape=0.7) min=10ms max=100ms)",
        "clamp(of=pareto(min=5ms shape=1) min=6ms max=2s)",
    ];

    fn list(items: &[Value]) -> Value {
        Value { span: Default::default(), data: Data::List(items.to_vec()) }
    }

    fn of(value: &Value) -> Distribution {
        let mut reading = Reading::default();
        Distribution::read(value, &mut reading).unwrap_or_else(|| panic!("{value:?}: {:?}", reading.diagnostics))
    }

    /// A mixture, values and percentiles, which have no short form.
    fn tables() -> [Distribution; 4] {
        let part = |weight: &str, of: &str| map(&[("weight", scalar(weight)), ("of", scalar(of))]);
        let mixture = map(&[("mixture", list(&[part("90%", "lognormal(median=12ms p99=60ms)"), part("10%", "2s")]))]);
        let values = map(&[("empirical", map(&[("values", list(&["12ms", "15ms", "40ms"].map(scalar)))]))]);
        let points = map(&[("0", scalar("5ms")), ("50", scalar("12ms")), ("p99", scalar("60ms")), ("100", scalar("200ms"))]);
        let percentiles = map(&[("empirical", map(&[("percentiles", points)]))]);
        let clamp = map(&[("clamp", map(&[("of", percentiles.clone()), ("min", scalar("10ms")), ("max", scalar("30ms"))]))]);
        [of(&mixture), of(&values), of(&percentiles), of(&clamp)]
    }

    #[test]
    fn the_mean_of_many_draws_is_the_mean_in_closed_form() {
        for distribution in EVERY.iter().map(|text| read(text)).chain(tables()) {
            let (text, n) = (distribution.to_string(), 100_000);
            let drawn = draws(&distribution, n);
            let mean = drawn.iter().sum::<f64>() / n as f64;
            let sd = (drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
            let off = (mean - distribution.mean().as_secs_f64()).abs();
            assert!(off <= 4.0 * sd / (n as f64).sqrt() + 1e-9, "{text}: {mean} against {}", distribution.mean());
        }
    }

    #[test]
    fn quantiles_are_where_the_parameters_put_them() {
        // A quantile q of n draws lies, but for once in 16 000 times, between the (q ± 4·√(q(1−q)/n))-quantiles.
        let n = 100_000;
        let cases = [
            ("lognormal(median=12ms p99=60ms)", vec![(0.5, 0.012), (0.99, 0.060)]),
            ("exponential(mean=20s)", vec![(0.5, 20.0 * 2f64.ln()), (0.99, 20.0 * 100f64.ln())]),
            ("uniform(20ms..900ms)", vec![(0.25, 0.240), (0.75, 0.680)]),
            ("normal(mean=50ms sd=10ms)", vec![(0.5, 0.050), (0.99, 0.050 + 0.010 * 2.326_347_9)]),
            ("gamma(shape=1 scale=60ms)", vec![(0.5, 0.060 * 2f64.ln())]),
            ("weibull(scale=40ms shape=0.7)", vec![(0.5, 0.040 * 2f64.ln().powf(1.0 / 0.7)), (0.99, 0.040 * 100f64.ln().powf(1.0 / 0.7))]),
            ("pareto(min=5ms shape=1.5)", vec![(0.5, 0.005 * 2f64.powf(1.0 / 1.5)), (0.99, 0.005 * 100f64.powf(1.0 / 1.5))]),
        ];
        for (text, quantiles) in cases {
            let drawn = draws(&read(text), n);
            for (q, expected) in quantiles {
                let off = 4.0 * (q * (1.0f64 - q) / n as f64).sqrt();
                let at = |q: f64| drawn[(q * n as f64) as usize];
                assert!((at(q - off)..=at(q + off)).contains(&expected), "{text} at {q}");
            }
        }
    }

    /// The largest distance between the shares below x that were drawn and those that the law has; below 1.95 / √n but once in a thousand times.
    fn distance(distribution: &Distribution, below: impl Fn(f64) -> f64) -> f64 {
        let drawn = draws(distribution, 100_000);
        let apart = |(k, x): (usize, &f64)| (below(*x) - k as f64 / 100_000.0).abs().max((below(*x) - (k + 1) as f64 / 100_000.0).abs());
        drawn.iter().enumerate().map(apart).fold(0.0, f64::max)
    }

    #[test]
    fn heavy_tails_and_tables_follow_their_laws() {
        let most = 1.95 / 100_000f64.sqrt();
        assert!(distance(&read("weibull(scale=40ms shape=0.7)"), |x| -(-(x / 0.040).powf(0.7)).exp_m1()) < most);
        assert!(distance(&read("weibull(mean=50ms shape=2)"), |x| -(-(x * 0.886_226_925_452_758 / 0.050).powi(2)).exp_m1()) < most);
        assert!(distance(&read("pareto(mean=15ms shape=1.5)"), |x| 1.0 - (0.005 / x).powf(1.5)) < most);
        let [_, values, percentiles, _] = tables();
        let line = |x: f64| match x {
            x if x < 0.012 => 0.5 * (x - 0.005) / 0.007,
            x if x < 0.060 => 0.5 + 0.49 * (x - 0.012) / 0.048,
            x => 0.99 + 0.01 * (x - 0.060) / 0.140,
        };
        assert!(distance(&percentiles, line) < most);
        let drawn = draws(&values, 90_000);
        for at in [0.012, 0.015, 0.040] {
            // A third of 90 000 has a standard deviation of √20 000.
            let count = drawn.iter().filter(|x| **x == at).count() as f64;
            assert!((count - 30_000.0).abs() < 4.0 * 20_000f64.sqrt(), "{at}: {count}");
        }
    }

    #[test]
    fn a_mixture_draws_from_each_part_by_its_weight() {
        let drawn = draws(&tables()[0], 100_000);
        let slow = drawn.iter().filter(|x| **x == 2.0).count() as f64;
        assert!((slow - 10_000.0).abs() < 4.0 * 9_000f64.sqrt(), "{slow}");
        assert_eq!(Distribution::mixture([(1.0, read("2s")), (0.0, read("1s"))]), read("2s"));
    }

    #[test]
    fn means_of_what_is_bounded_are_those_of_the_books() {
        // E min(X, 20 s) of an exponential of mean 20 s is 20 s · (1 − 1/e).
        let bounded = read("clamp(of=exponential(mean=20s) max=20s)").mean().as_secs_f64();
        assert!((bounded - 20.0 * (1.0 - (-1.0f64).exp())).abs() < 1e-9);
        assert_eq!(read("clamp(of=uniform(0s..10s) max=5s)").mean(), Time::from_millis(3_750));
        assert_eq!(tables()[3].mean().as_nanos(), {
            // By hand, in ms: below 10 for 5/14 of the draws; then a line to 12 at one half, and to 30 at 0.49 · 18/48 more; then 30.
            let (low, rise, top) = (5.0 / 14.0, 0.5 - 5.0 / 14.0, 0.49 * 18.0 / 48.0);
            ((low * 10.0 + rise * 11.0 + top * 21.0 + (0.5 - top) * 30.0) * 1e6_f64).round() as u64
        });
        assert_eq!((read("pareto(min=5ms shape=1)").mean(), read("weibull(mean=50ms shape=0.7)").mean()), (Time::MAX, Time::from_millis(50)));
    }

    #[test]
    fn copies_of_a_table_share_it() {
        let [_, values, ..] = tables();
        let Distribution::Values(table) = &values else { panic!("{values}") };
        let copy = values.clone();
        assert!(matches!(&copy, Distribution::Values(other) if Arc::ptr_eq(table, other)));
    }

    #[test]
    fn the_coefficient_of_variation_is_kept() {
        for (text, cv) in [("gamma(mean=120ms cv=1.5)", 1.5f64), ("gamma(mean=120ms cv=0.5)", 0.5), ("lognormal(mean=100ms cv=0.8)", 0.8)] {
            let drawn = draws(&read(text), 200_000);
            let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
            let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / drawn.len() as f64;
            assert!((variance.sqrt() / mean / cv - 1.0).abs() < 0.03, "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_what_was_written() {
        EVERY.iter().for_each(|text| assert_eq!(&read(text).to_string(), text));
        assert_eq!(read("constant(30ms)"), read("30ms"));
        assert_eq!(read("gamma(shape=4 scale=30ms)").to_string(), "gamma(mean=120ms cv=0.5)");
        let shown = tables().map(|table| table.to_string());
        assert_eq!(shown[0], "{ mixture: [ { weight: 90%, of: lognormal(median=12ms p99=60ms) }, { weight: 10%, of: 2s } ] }");
        assert_eq!(shown[1], "{ empirical: { values: [ 12ms, 15ms, 40ms ] } }");
        assert_eq!(shown[2], "{ empirical: { percentiles: { 0: 5ms, 50: 12ms, 99: 60ms, 100: 200ms } } }");
        assert_eq!(shown[3], format!("{{ clamp: {{ of: {}, min: 10ms, max: 30ms }} }}", shown[2]));
    }

    #[test]
    fn every_example_of_a_hint_can_be_read() {
        // Long forms are YAML, and files are not here: both are read in `tests/it/load.rs`.
        let short = KNOWN.iter().flat_map(|(_, forms)| *forms).filter(|form| !form.starts_with('{') && !form.contains("file="));
        assert!(short.into_iter().all(|form| read(form).mean() > Time::ZERO));
    }

    #[test]
    fn the_four_ways_to_say_a_lognormal_agree() {
        let sigma: f64 = 0.8;
        let by_sigma = Distribution::lognormal_mean_sigma(Time::from_millis(100), sigma);
        let by_cv = Distribution::lognormal_mean_cv(Time::from_millis(100), ((sigma * sigma).exp() - 1.0).sqrt());
        let by_median = Distribution::lognormal_median_sigma(Time::from_secs_f64(0.1 * (-sigma * sigma / 2.0).exp()), sigma);
        for other in [by_cv, by_median] {
            assert!(by_sigma.mean().as_nanos().abs_diff(other.mean().as_nanos()) <= 2);
        }
        assert_eq!(read("lognormal(mean=100ms sigma=0.8)"), by_sigma);
    }

    #[test]
    fn scaling_scales_every_draw() {
        for one in EVERY.iter().map(|text| read(text)).chain(tables()) {
            let (text, three) = (one.to_string(), one.scaled(3.0));
            for k in 0..200 {
                let draw = |d: &Distribution| d.sample(&mut Luck::root(1, k).draw(1)).as_secs_f64();
                assert!((draw(&three) - 3.0 * draw(&one)).abs() <= 1e-8, "{text}");
            }
        }
        assert_eq!(read("30ms").scaled(f64::NAN), Distribution::default());
    }

    #[test]
    fn bounds_are_known_where_there_are_any() {
        assert_eq!(read("30ms").is_constant(), Some(Time::from_millis(30)));
        assert_eq!(read("uniform(20ms..900ms)").maximum(), Some(Time::from_millis(900)));
        assert_eq!(read("exponential(mean=20s)").maximum(), None);
        assert_eq!(read("uniform(20ms..20ms)").is_constant(), Some(Time::from_millis(20)));
        assert_eq!(
            tables().map(|table| table.maximum()),
            [None, Some(Time::from_millis(40)), Some(Time::from_millis(200)), Some(Time::from_millis(30))]
        );
        assert_eq!(read("clamp(of=exponential(mean=20s) max=5m)").maximum(), Some(Time::from_secs(300)));
        assert_eq!(read("clamp(of=20ms min=50ms)").is_constant(), Some(Time::from_millis(50)));
    }

    #[test]
    fn the_long_form_means_the_same() {
        let long = map(&[("lognormal", map(&[("median", scalar("12ms")), ("p99", scalar("60ms"))]))]);
        assert_eq!(Distribution::read(&long, &mut Reading::default()), Some(read("lognormal(median=12ms p99=60ms)")));
    }

    #[test]
    fn nonsense_is_answered_with_what_to_write() {
        let (message, hint) = refused("lognormal(median=12ms sd=3ms)");
        assert_eq!(message, "E024 `lognormal` cannot be read from `median` and `sd`");
        assert!(hint.contains("`lognormal(median=12ms p99=60ms)`"));
        assert_eq!(refused("lognromal(median=12ms p99=60ms)").1, "did you mean `lognormal`?");
        assert!(refused("erlang(k=2)").1.contains("`exponential(mean=20s)`"));
        assert!(refused("pareto(alpha=2)").1.contains("`pareto(min=5ms shape=1.5)`"));
        assert_eq!(refused("pareto(mean=2s shape=0.9)").0, "E024 a `pareto` of shape 0.9 has no mean: it is infinite");
        assert_eq!(refused("weibull(mean=2s shape=0.01)").0, "E024 `shape` of `weibull` cannot be 0.01");
        assert_eq!(refused("clamp(of=20ms min=2s max=1s)").0, "E024 the min of `clamp` is above its max");
        assert_eq!(refused("lognormal(median=60ms p99=12ms)").0, "E024 the median of `lognormal` is above its p99");
        assert!(refused("uniform(900ms..20ms)").0.contains("start of `uniform`"));
        assert!(refused("uniform(20ms)").1.contains("uniform(20ms..900ms)"));
        assert!(refused("gamma(mean=1s cv=-1)").0.contains("cannot be -1"));
        assert!(refused("exponential(mean=0s)").0.contains("above zero"));
        assert!(refused("lognormal").1.contains("write `lognormal(median=12ms p99=60ms)`"));
        assert_eq!(refused("exponential(mean=20)"), ("E023 a duration needs a unit".into(), "did you mean `20s`?".into()));
        assert_eq!(refused("30").0, "E023 a duration needs a unit");
    }
}
