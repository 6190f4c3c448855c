//! Distributions from a scenario: by formula, in long form, or as a plain duration (complaints E024, and E112 about a file of values).
//!
//! ```text
//! lognormal(median=12ms p99=60ms)   =   { lognormal: { median: 12ms, p99: 60ms } }
//! { mixture: [ { weight: 90%, of: 20ms }, { weight: 10%, of: 2s } ] }      { empirical: { percentiles: { 0: 5ms, 50: 12ms, 100: 200ms } } }
//! ```
//!
//! Which arguments go together is told by the signature: the formula's name and those of its arguments in alphabetical order.

use super::super::formula::{self, Forms, Formula};
use super::{Distribution, table};
use crate::document::{Data, Diagnostic, Entry, Read, Reading, Shape, Shapes, Spanned, Value};
use crate::spec;
use crate::units::{Share, Time};

/// What can be written, with an example of each form.
pub(super) const KNOWN: &[Forms] = &[
    ("constant", &["constant(30ms)"]),
    ("uniform", &["uniform(20ms..900ms)"]),
    ("exponential", &["exponential(mean=20s)"]),
    ("normal", &["normal(mean=50ms sd=10ms)"]),
    (
        "lognormal",
        &["lognormal(median=12ms p99=60ms)", "lognormal(median=12ms sigma=0.7)", "lognormal(mean=15ms sigma=0.7)", "lognormal(mean=15ms cv=0.8)"],
    ),
    ("gamma", &["gamma(mean=120ms cv=1.5)", "gamma(shape=2 scale=60ms)"]),
    ("weibull", &["weibull(mean=50ms shape=0.7)", "weibull(scale=40ms shape=0.7)"]),
    ("pareto", &["pareto(min=5ms shape=1.5)", "pareto(mean=15ms shape=1.5)"]),
    ("clamp", &["clamp(of=lognormal(median=12ms p99=60ms) min=5ms max=2s)", "clamp(of=exponential(mean=20s) max=5m)", "clamp(of=20ms min=5ms)"]),
    ("mixture", &["{ mixture: [ { weight: 90%, of: 20ms }, { weight: 10%, of: 2s } ] }"]),
    (
        "empirical",
        &[
            "{ empirical: { values: [ 12ms, 15ms ] } }",
            "{ empirical: { percentiles: { 0: 5ms, 50: 12ms, 99: 60ms, 100: 200ms } } }",
            "empirical(file=latencies.csv)",
            "empirical(file=latencies.csv unit=ms)",
        ],
    ),
];

spec! {
    /// One of the distributions that a mixture is made of.
    pub struct PartSpec: "a part of a mixture" {
        /// Share of the draws that come from it; those of all parts make 100 %.
        weight: Share,
        /// What they are drawn from: a duration or a distribution, a mixture too.
        of: Distribution,
    }
}

impl Read for Distribution {
    fn expected() -> String {
        "a duration or a distribution, such as `30ms` or `lognormal(median=12ms p99=60ms)`".into()
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        shapes.define("distribution", |shapes| {
            let [text, mut long] = formula::shapes(KNOWN, &format!("{}|", Time::pattern()));
            let parts = Vec::<PartSpec>::shape(shapes);
            if let Some(mixture) = long.property("mixture") {
                *mixture = Shape { description: mixture.description.take(), ..parts };
            }
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
        "uniform from to" => {
            let (from, to) = two(formula, "from", "to", reading)?;
            ordered(formula, ("start", from), ("end", to), reading).map(|()| Distribution::uniform(from, to))
        }
        "exponential mean" => Some(Distribution::exponential(positive(formula, "mean", reading)?)),
        "normal mean sd" => two(formula, "mean", "sd", reading).map(|(mean, sd)| Distribution::normal(mean, sd)),
        "lognormal median p99" => {
            let (median, p99) = (positive(formula, "median", reading), formula.read("p99", reading));
            let (median, p99) = (median?, p99?);
            ordered(formula, ("median", median), ("p99", p99), reading).map(|()| Distribution::lognormal_p50_p99(median, p99))
        }
        "lognormal median sigma" => by(formula, "median", ("sigma", 0.0, 5.0), Distribution::lognormal_median_sigma, reading),
        "lognormal mean sigma" => by(formula, "mean", ("sigma", 0.0, 5.0), Distribution::lognormal_mean_sigma, reading),
        "lognormal cv mean" => by(formula, "mean", ("cv", 0.0, 1_000.0), Distribution::lognormal_mean_cv, reading),
        "gamma cv mean" => by(formula, "mean", ("cv", 0.0, 100.0), Distribution::gamma_mean_cv, reading),
        "gamma scale shape" => by(formula, "scale", ("shape", 0.0, 1e6), |scale, shape| Distribution::gamma_shape_scale(shape, scale), reading),
        "weibull mean shape" => by(formula, "mean", ("shape", 0.1, 100.0), Distribution::weibull_mean_shape, reading),
        "weibull scale shape" => by(formula, "scale", ("shape", 0.1, 100.0), Distribution::weibull_scale_shape, reading),
        "pareto min shape" => by(formula, "min", ("shape", 0.1, 1_000.0), Distribution::pareto_min_shape, reading),
        "pareto mean shape" => pareto_by_mean(formula, reading),
        "mixture _" => mixture(formula, reading),
        "clamp max min of" | "clamp max of" | "clamp min of" => clamp(formula, reading),
        "empirical values" => values(formula.argument("values")?, reading),
        "empirical _" => formula.positional().and_then(|value| values(value, reading)),
        "empirical percentiles" => percentiles(formula.argument("percentiles")?, reading),
        "empirical file" | "empirical file unit" => from_file(formula, reading),
        _ => formula.unknown("a distribution", KNOWN, "E024", reading),
    }
}

fn two(formula: &Formula, a: &str, b: &str, reading: &mut Reading) -> Option<(Time, Time)> {
    let (a, b) = (formula.read(a, reading), formula.read(b, reading));
    Some((a?, b?))
}

/// Made of a time above zero and a number within its range.
fn by(formula: &Formula, time: &str, number: Ranged, make: impl Fn(Time, f64) -> Distribution, reading: &mut Reading) -> Option<Distribution> {
    let (time, number) = (positive(formula, time, reading), within(formula, number, reading));
    Some(make(time?, number?))
}

fn pareto_by_mean(formula: &Formula, reading: &mut Reading) -> Option<Distribution> {
    let (mean, shape) = (positive(formula, "mean", reading), within(formula, ("shape", 0.1, 1_000.0), reading));
    let (mean, shape) = (mean?, shape?);
    if shape > 1.0 {
        return Some(Distribution::pareto_mean_shape(mean, shape));
    }
    let message = format!("a `pareto` of shape {shape} has no mean: it is infinite");
    formula.refuse(message, "give a `shape` above 1, or `min` in place of `mean`", "E024", reading)
}

fn positive(formula: &Formula, name: &str, reading: &mut Reading) -> Option<Time> {
    let time: Time = formula.read(name, reading)?;
    if time > Time::ZERO {
        return Some(time);
    }
    formula.refuse(format!("`{name}` of `{}` must be above zero", formula.name), "write `0s` alone where nothing takes time", "E024", reading)
}

/// The name of a number, and its least and largest values. A least value of 0 is excluded, any other included.
type Ranged<'n> = (&'n str, f64, f64);

fn within(formula: &Formula, (name, least, most): Ranged, reading: &mut Reading) -> Option<f64> {
    let number: f64 = formula.read(name, reading)?;
    if number > 0.0 && number >= least && number <= most {
        return Some(number);
    }
    let hint = format!("`{name}` lies between {least} and {most}; where nothing varies, write the duration alone");
    formula.refuse(format!("`{name}` of `{}` cannot be {number}", formula.name), hint, "E024", reading)
}

fn ordered(formula: &Formula, small: (&str, Time), large: (&str, Time), reading: &mut Reading) -> Option<()> {
    if small.1 <= large.1 {
        return Some(());
    }
    let message = format!("the {} of `{}` is above its {}", small.0, formula.name, large.0);
    formula.refuse(message, format!("{} is more than {}: were they swapped?", small.1, large.1), "E024", reading)
}

fn mixture(formula: &Formula, reading: &mut Reading) -> Option<Distribution> {
    let parts: Vec<PartSpec> = formula.read_positional(reading)?;
    let sum: f64 = parts.iter().map(|part| part.weight.as_fraction()).sum();
    if (sum - 1.0).abs() > 1e-6 {
        let message = format!("the weights of a mixture add up to {}, not to 100%", Share::from_fraction(sum.min(1.0)).exact());
        let message = if sum > 1.0 { format!("the weights of a mixture add up to {:.4} %, not to 100%", sum * 100.0) } else { message };
        return formula.refuse(message, "write shares that make 100% together", "E024", reading);
    }
    Some(Distribution::mixture(parts.into_iter().map(|part| (part.weight.as_fraction(), part.of))))
}

fn clamp(formula: &Formula, reading: &mut Reading) -> Option<Distribution> {
    let of: Option<Distribution> = formula.read("of", reading);
    let mut bound = |name: &str, default: Time| match formula.argument(name) {
        Some(value) => Time::read(value, reading),
        None => Some(default),
    };
    let (min, max) = (bound("min", Time::ZERO), bound("max", Time::MAX));
    let (of, min, max) = (of?, min?, max?);
    ordered(formula, ("min", min), ("max", max), reading).map(|()| Distribution::clamp(of, min, max))
}

fn values(value: &Value, reading: &mut Reading) -> Option<Distribution> {
    let values: Vec<Time> = Vec::read(value, reading)?;
    if values.is_empty() {
        let hint = "write what was measured: `values: [ 12ms, 15ms ]`";
        reading.push(Diagnostic::error("E024", value.span, "`empirical` has no value to draw").label("empty").hint(hint));
        return None;
    }
    Some(Distribution::values(values))
}

fn percentiles(value: &Value, reading: &mut Reading) -> Option<Distribution> {
    let entries = reading.map(value, "a map from percentiles to durations, such as `{ 0: 5ms, 50: 12ms, 100: 200ms }`")?;
    let read: Vec<Option<(f64, Time)>> = entries.iter().map(|entry| point(entry, reading)).collect();
    let points: Vec<(f64, Time)> = read.into_iter().collect::<Option<_>>()?;
    if let Some(at) = points.windows(2).position(|pair| pair[0].0 >= pair[1].0 || pair[0].1 > pair[1].1) {
        let (before, entry) = (&entries[at], &entries[at + 1]);
        let message =
            format!("percentile {} does not go on from percentile {}: both the percentiles and their times must grow", entry.key, before.key);
        let diagnostic = Diagnostic::error("E024", entry.key_span, message).label("out of order").also(before.key_span, "the one before");
        reading.push(diagnostic.hint("write them from 0 to 100, each with a time that is not below the one before"));
        return None;
    }
    let distribution = Distribution::percentiles(&points);
    if distribution.is_none() {
        let hint = "give the smallest value at 0 and the largest at 100: nothing is drawn beyond them";
        reading.push(Diagnostic::error("E024", value.span, "percentiles reach from 0 to 100").label("has not both ends").hint(hint));
    }
    distribution
}

fn point(entry: &Entry, reading: &mut Reading) -> Option<(f64, Time)> {
    let number = entry.key.strip_prefix('p').unwrap_or(&entry.key).parse().ok().filter(|p: &f64| (0.0..=100.0).contains(p));
    if number.is_none() {
        let diagnostic = Diagnostic::error("E024", entry.key_span, format!("`{}` is not a percentile", entry.key)).label("not from 0 to 100");
        reading.push(diagnostic.hint("write a number from 0 to 100: `99.9: 120ms`"));
    }
    let time = Time::read(&entry.value, reading);
    Some((number? / 100.0, time?))
}

fn from_file(formula: &Formula, reading: &mut Reading) -> Option<Distribution> {
    let file: Option<Spanned<String>> = formula.read("file", reading);
    let unit = match formula.argument("unit") {
        Some(value) => Some(unit(value, reading)?),
        None => None,
    };
    let file = file?;
    let bytes = reading.file("the file of values", &file)?;
    match table::values(&bytes, unit) {
        Ok(values) => Some(Distribution::values(values)),
        Err(why) => {
            let message = format!("the values in `{}` cannot be understood: {why}", file.value);
            let hint = "one value a line: with its unit, or under a header such as `latency_ms`, or with `unit: ms` beside the file";
            reading.push(Diagnostic::error("E112", file.span, message).label("this file").hint(hint));
            None
        }
    }
}

fn unit(value: &Value, reading: &mut Reading) -> Option<&'static str> {
    let known = value.text().and_then(|text| table::UNITS.into_iter().find(|unit| *unit == text));
    known.or_else(|| reading.mismatch(value, "a unit of time: `ns`, `us`, `ms`, `s`, `m` or `h`"))
}
