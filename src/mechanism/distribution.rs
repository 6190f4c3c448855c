//! Distributions of a time: how long something takes, as a scenario says it.
//!
//! ```text
//! 30ms                    constant                     normal(mean=50ms sd=10ms)          below zero counts as zero
//! uniform(20ms..900ms)    each as likely               lognormal(median=12ms p99=60ms)    the usual shape of a latency
//! exponential(mean=20s)   memoryless                   gamma(mean=120ms cv=1.5)           cv = standard deviation / mean
//! ```
//!
//! A lognormal time is exp(mu + sigma·Z) with mu = ln(median) and sigma = ln(p99 / median) / 2.326…; its mean is median · exp(sigma² / 2). Draws come
//! from the keyed generator they are handed, so a distribution has no state. Measured histograms and heavier tails are left out.

use super::{
    formula::{self, Forms, Formula},
    luck::Keyed,
};
use crate::document::{Data, Read, Reading, Shape, Shapes, Value};
use crate::units::Time;
use rand_distr::{Distribution as _, Exp1, Gamma, StandardNormal};
use std::{f64::consts, fmt};

/// The 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326_347_874_040_840_8;

/// What can be written, with an example of each form.
const KNOWN: &[Forms] = &[
    ("constant", &["constant(30ms)"]),
    ("uniform", &["uniform(20ms..900ms)"]),
    ("exponential", &["exponential(mean=20s)"]),
    ("normal", &["normal(mean=50ms sd=10ms)"]),
    (
        "lognormal",
        &["lognormal(median=12ms p99=60ms)", "lognormal(median=12ms sigma=0.7)", "lognormal(mean=15ms sigma=0.7)", "lognormal(mean=15ms cv=0.8)"],
    ),
    ("gamma", &["gamma(mean=120ms cv=1.5)", "gamma(shape=2 scale=60ms)"]),
];

/// A distribution of a time that is never negative. Made by its constructors, which hold the parameters within what can be computed.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    pub const fn constant(time: Time) -> Self {
        Self::Constant(time)
    }

    /// Every time from `from` to `to` is as likely; the ends may be given in any order.
    pub fn uniform(from: Time, to: Time) -> Self {
        if from == to { Self::Constant(from) } else { Self::Uniform { from: from.min(to), to: from.max(to) } }
    }

    pub fn exponential(mean: Time) -> Self {
        if mean == Time::ZERO { Self::Constant(mean) } else { Self::Exponential { mean_ns: nanos(mean) } }
    }

    pub fn normal(mean: Time, sd: Time) -> Self {
        if sd == Time::ZERO { Self::Constant(mean) } else { Self::Normal { mean_ns: nanos(mean), sd_ns: nanos(sd) } }
    }

    /// Lognormal by its median and its 99th percentile; constant where the latter is not above the former.
    pub fn lognormal_p50_p99(median: Time, p99: Time) -> Self {
        Self::lognormal(nanos(median), libm::log(nanos(p99) / nanos(median).max(0.5)) / Z99)
    }

    /// Lognormal by its median and the standard deviation of its logarithm.
    pub fn lognormal_median_sigma(median: Time, sigma: f64) -> Self {
        Self::lognormal(nanos(median), sigma)
    }

    /// Lognormal by its mean and the standard deviation of its logarithm: median = mean · exp(−sigma² / 2).
    pub fn lognormal_mean_sigma(mean: Time, sigma: f64) -> Self {
        Self::lognormal(nanos(mean) * libm::exp(-sigma * sigma / 2.0), sigma)
    }

    /// Lognormal by its mean and its coefficient of variation: sigma² = ln(1 + cv²).
    pub fn lognormal_mean_cv(mean: Time, cv: f64) -> Self {
        Self::lognormal_mean_sigma(mean, libm::sqrt(libm::log1p(cv * cv)))
    }

    fn lognormal(median_ns: f64, sigma: f64) -> Self {
        match median_ns > 0.0 && sigma > 0.0 && sigma.is_finite() {
            true => Self::LogNormal { mu: libm::log(median_ns), sigma },
            false => Self::Constant(Time::from_nanos_f64(median_ns)),
        }
    }

    /// Gamma by its mean and its coefficient of variation: shape = 1 / cv².
    pub fn gamma_mean_cv(mean: Time, cv: f64) -> Self {
        if cv > 0.0 { Self::gamma(1.0 / (cv * cv), nanos(mean) * cv * cv) } else { Self::Constant(mean) }
    }

    /// Gamma by its shape and scale; its mean is their product.
    pub fn gamma_shape_scale(shape: f64, scale: Time) -> Self {
        Self::gamma(shape, nanos(scale))
    }

    fn gamma(shape: f64, scale_ns: f64) -> Self {
        match Gamma::new(shape, scale_ns) {
            Ok(gamma) if shape.is_finite() && scale_ns.is_finite() => Self::Gamma { shape, scale_ns, gamma },
            _ => Self::Constant(Time::ZERO),
        }
    }

    /// One draw, rounded to the nanosecond.
    #[inline]
    pub fn sample(&self, rng: &mut Keyed) -> Time {
        match *self {
            Self::Constant(time) => time,
            Self::Uniform { from, to } => from + Time::from_nanos(rng.below((to - from).as_nanos().saturating_add(1))),
            Self::Exponential { mean_ns } => {
                let draw: f64 = Exp1.sample(rng);
                Time::from_nanos_f64(mean_ns * draw)
            }
            Self::Normal { mean_ns, sd_ns } => Time::from_nanos_f64(mean_ns + sd_ns * normal(rng)),
            Self::LogNormal { mu, sigma } => Time::from_nanos_f64(libm::exp(mu + sigma * normal(rng))),
            Self::Gamma { ref gamma, .. } => Time::from_nanos_f64(gamma.sample(rng)),
        }
    }

    /// The slowest of `n` independent draws.
    pub fn slowest_of(&self, n: u32, rng: &mut Keyed) -> Time {
        match *self {
            // The exponential is monotone: the slowest is that of the largest normal.
            Self::LogNormal { mu, sigma } => {
                let largest = (0..n).map(|_| normal(rng)).fold(f64::NEG_INFINITY, f64::max);
                Time::from_nanos_f64(libm::exp(mu + sigma * largest))
            }
            _ => (0..n).map(|_| self.sample(rng)).max().unwrap_or(Time::ZERO),
        }
    }

    /// The mean in closed form.
    pub fn mean(&self) -> Time {
        match *self {
            Self::Constant(time) => time,
            Self::Uniform { from, to } => Time::from_nanos_f64((nanos(from) + nanos(to)) / 2.0),
            Self::Exponential { mean_ns } => Time::from_nanos_f64(mean_ns),
            Self::Normal { mean_ns, sd_ns } => Time::from_nanos_f64(mean_of_positive_part(mean_ns, sd_ns)),
            Self::LogNormal { mu, sigma } => Time::from_nanos_f64(libm::exp(mu + sigma * sigma / 2.0)),
            Self::Gamma { shape, scale_ns, .. } => Time::from_nanos_f64(shape * scale_ns),
        }
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
        match *self {
            Self::Constant(time) => Some(time),
            Self::Uniform { to, .. } => Some(to),
            _ => None,
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

/// E max(0, X) of a normal X: mean · Φ(mean / sd) + sd · φ(mean / sd).
fn mean_of_positive_part(mean: f64, sd: f64) -> f64 {
    let z = mean / sd;
    let below = libm::erfc(-z * consts::FRAC_1_SQRT_2) / 2.0;
    mean * below + sd * libm::exp(-z * z / 2.0) / libm::sqrt(2.0 * consts::PI)
}

impl fmt::Display for Distribution {
    /// As a scenario would say it: `30ms`, `lognormal(median=12ms p99=60ms)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |ns: f64| Time::from_nanos_f64(ns).exact();
        match *self {
            Self::Constant(t) => f.write_str(&t.exact()),
            Self::Uniform { from, to } => write!(f, "uniform({}..{})", from.exact(), to.exact()),
            Self::Exponential { mean_ns } => write!(f, "exponential(mean={})", time(mean_ns)),
            Self::Normal { mean_ns, sd_ns } => write!(f, "normal(mean={} sd={})", time(mean_ns), time(sd_ns)),
            Self::LogNormal { mu, sigma } => {
                write!(f, "lognormal(median={} p99={})", time(libm::exp(mu)), time(libm::exp(mu + sigma * Z99)))
            }
            Self::Gamma { shape, scale_ns, .. } => {
                let cv = format!("{:.6}", 1.0 / libm::sqrt(shape));
                write!(f, "gamma(mean={} cv={})", time(shape * scale_ns), cv.trim_end_matches('0').trim_end_matches('.'))
            }
        }
    }
}

impl Read for Distribution {
    fn expected() -> String {
        "a duration or a distribution, such as `30ms` or `lognormal(median=12ms p99=60ms)`".into()
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        shapes.define("distribution", |_| {
            let [text, long] = formula::shapes(KNOWN, &format!("{}|", Time::pattern()));
            let zero = Shape::number(text.pattern.clone().unwrap_or_default(), 0, 0);
            Shape {
                title: Some("a duration or a distribution".into()),
                ..Shape::any(vec![Shape { default_snippets: text.default_snippets, ..zero }, long])
            }
        })
    }

    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let before = reading.diagnostics.len();
        match Formula::of(value, "E024", reading) {
            Some(formula) => interpret(&formula, reading),
            None if reading.diagnostics.len() > before => None,
            None if matches!(value.data, Data::Scalar { .. }) => Time::read(value, reading).map(Self::Constant),
            None => reading.mismatch(value, &Self::expected()),
        }
    }

    fn written(&self) -> Option<String> {
        Some(self.to_string())
    }
}

fn interpret(formula: &Formula, reading: &mut Reading) -> Option<Distribution> {
    match formula.signature().as_str() {
        "constant _" => formula.read_positional(reading).map(Distribution::Constant),
        "uniform _" => {
            let (from, to) = formula.read_range("uniform(20ms..900ms)", "E024", reading)?;
            ordered(formula, ("start", from), ("end", to), reading).map(|()| Distribution::uniform(from, to))
        }
        "exponential mean" => Some(Distribution::exponential(positive(formula, "mean", reading)?)),
        "normal mean sd" => two(formula, "mean", "sd", reading).map(|(mean, sd)| Distribution::normal(mean, sd)),
        "lognormal median p99" => {
            let (median, p99) = (positive(formula, "median", reading), formula.read("p99", reading));
            let (median, p99) = (median?, p99?);
            ordered(formula, ("median", median), ("p99", p99), reading).map(|()| Distribution::lognormal_p50_p99(median, p99))
        }
        "lognormal median sigma" => {
            let (median, sigma) = (positive(formula, "median", reading), number(formula, "sigma", 5.0, reading));
            Some(Distribution::lognormal_median_sigma(median?, sigma?))
        }
        "lognormal mean sigma" => {
            let (mean, sigma) = (positive(formula, "mean", reading), number(formula, "sigma", 5.0, reading));
            Some(Distribution::lognormal_mean_sigma(mean?, sigma?))
        }
        "lognormal cv mean" => {
            let (mean, cv) = (positive(formula, "mean", reading), number(formula, "cv", 1_000.0, reading));
            Some(Distribution::lognormal_mean_cv(mean?, cv?))
        }
        "gamma cv mean" => {
            let (mean, cv) = (positive(formula, "mean", reading), number(formula, "cv", 100.0, reading));
            Some(Distribution::gamma_mean_cv(mean?, cv?))
        }
        "gamma scale shape" => {
            let (scale, shape) = (positive(formula, "scale", reading), number(formula, "shape", 1e6, reading));
            Some(Distribution::gamma_shape_scale(shape?, scale?))
        }
        _ => formula.unknown("a distribution", KNOWN, "E024", reading),
    }
}

fn two(formula: &Formula, a: &str, b: &str, reading: &mut Reading) -> Option<(Time, Time)> {
    let (a, b) = (formula.read(a, reading), formula.read(b, reading));
    Some((a?, b?))
}

fn positive(formula: &Formula, name: &str, reading: &mut Reading) -> Option<Time> {
    let time: Time = formula.read(name, reading)?;
    if time > Time::ZERO {
        return Some(time);
    }
    formula.refuse(format!("`{name}` of `{}` must be above zero", formula.name), "write `0s` alone where nothing takes time", "E024", reading)
}

fn number(formula: &Formula, name: &str, most: f64, reading: &mut Reading) -> Option<f64> {
    let number: f64 = formula.read(name, reading)?;
    if number > 0.0 && number <= most {
        return Some(number);
    }
    let hint = format!("`{name}` lies between 0 and {most}; where nothing varies, write the duration alone");
    formula.refuse(format!("`{name}` of `{}` cannot be {number}", formula.name), hint, "E024", reading)
}

fn ordered(formula: &Formula, small: (&str, Time), large: (&str, Time), reading: &mut Reading) -> Option<()> {
    if small.1 <= large.1 {
        return Some(());
    }
    let message = format!("the {} of `{}` is above its {}", small.0, formula.name, large.0);
    formula.refuse(message, format!("{} is more than {}: were they swapped?", small.1, large.1), "E024", reading)
}

#[cfg(test)]
mod tests {
    use super::super::{
        formula::tests::{map, scalar},
        luck::Luck,
    };
    use super::*;

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

    const EVERY: [&str; 10] = [
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
    ];

    #[test]
    fn the_mean_of_many_draws_is_the_mean_in_closed_form() {
        for text in EVERY {
            let (distribution, n) = (read(text), 100_000);
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
    }

    #[test]
    fn every_example_of_a_hint_can_be_read() {
        assert!(KNOWN.iter().flat_map(|(_, forms)| *forms).all(|form| read(form).mean() > Time::ZERO));
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
        for text in EVERY {
            let (one, three) = (read(text), read(text).scaled(3.0));
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
        assert!(refused("pareto(alpha=2)").1.contains("`exponential(mean=20s)`"));
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
