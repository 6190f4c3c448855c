//! One figure: measured and simulated, how far they are apart, and whether that is near enough.
//!
//! ```text
//! simulated = mean ± t(0.975, n−1) · s / √n over n runs        error = (simulated − measured) ÷ measured
//! allowed = the widest of  relative · |measured|,  absolute,  standard_errors · √(standard_error² + s² / n)
//! a series: error = Σ |simulated − measured| ÷ Σ |measured|;  absolute bounds are of the mean distance
//! ```
//!
//! What is not measured in every run is not compared: a figure that some runs lack has no honest mean.

use serde::{Deserialize, Serialize};

use crate::scenario::{Comparison, Expectation, Measured, Tolerance};

use super::super::t_975;

/// What is said of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Scored and near enough, or scored and holding in every run.
    Pass,
    /// Scored and not so.
    Fail,
    /// Not scored.
    Unscored,
}

/// A measured value over time beside the simulated one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    pub at_s: f64,
    pub measured: f64,
    pub simulated: Option<f64>,
}

/// One figure of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// As the file has it: `work: drained_at`.
    pub metric: String,
    /// `s`, `share`, `1/s`, `B` or `count`.
    pub unit: String,
    /// Of a series the mean of its points; null where something is to hold.
    pub measured: Option<f64>,
    /// What is to hold in every run: `> 0`.
    pub holds: Option<String>,
    /// The mean over runs; null where a run did not measure it.
    pub simulated: Option<f64>,
    /// Half of the 95 % interval of that mean.
    pub half_width: Option<f64>,
    /// Relative; of a series the sum of distances as a share of the sum of values, with the sign of their difference.
    pub error: Option<f64>,
    /// How far off it may be, in the unit.
    pub allowed: Option<f64>,
    /// Whether it is near enough, or holds; also where it is not scored.
    pub inside: bool,
    pub scored: bool,
    pub verdict: Verdict,
    /// Why it is not scored, or what is special.
    pub because: Option<String>,
    /// Of a series: its points.
    pub series: Vec<Pair>,
}

/// The mean of runs and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Mean {
    value: f64,
    /// None for one run.
    standard_error: Option<f64>,
    runs: usize,
}

impl Mean {
    fn of(values: &[f64]) -> Option<Self> {
        let runs = values.len();
        let value = Some(values.iter().sum::<f64>() / runs as f64).filter(|mean| mean.is_finite())?;
        let squares: f64 = values.iter().map(|one| (one - value).powi(2)).sum();
        let standard_error = (runs > 1).then(|| (squares / (runs as f64 - 1.0) / runs as f64).sqrt());
        Some(Self { value, standard_error, runs })
    }

    fn half_width(self) -> Option<f64> {
        self.standard_error.map(|error| t_975(self.runs - 1) * error)
    }
}

/// Judges an expectation by the values of every run: of each run one, or one a point.
pub fn metric(one: &Expectation, runs: &[&[Option<f64>]]) -> Metric {
    let column = |at: usize| runs.iter().map(|run| run.get(at).copied().flatten()).collect::<Option<Vec<f64>>>();
    let blank = Metric {
        metric: one.written.clone(),
        unit: one.unit.into(),
        measured: None,
        holds: None,
        simulated: None,
        half_width: None,
        error: None,
        allowed: None,
        inside: false,
        scored: one.scored,
        verdict: Verdict::Unscored,
        because: one.because.clone(),
        series: Vec::new(),
    };
    let metric = match &one.measured {
        Measured::Value(measured) => value(blank, *measured, column(0).as_deref(), one.tolerance),
        Measured::Holds(comparison, bound) => {
            holds(blank, *comparison, *bound, one.unit, &runs.iter().filter_map(|run| run[0]).collect::<Vec<_>>(), runs.len())
        }
        Measured::Series(points) => {
            let simulated = (0..points.len()).map(|at| column(at).and_then(|values| Mean::of(&values)).map(|mean| mean.value));
            let pairs = points.iter().zip(simulated);
            let pairs = pairs.map(|(point, simulated)| Pair { at_s: point.at.as_secs_f64(), measured: point.value, simulated }).collect();
            series(blank, pairs, one.tolerance)
        }
    };
    let verdict = match (metric.scored, metric.inside) {
        (false, _) => Verdict::Unscored,
        (true, true) => Verdict::Pass,
        (true, false) => Verdict::Fail,
    };
    let because = metric.because.clone().or_else(|| metric.simulated.is_none().then(|| unmeasured(&metric)));
    Metric { verdict, because, ..metric }
}

/// Why a figure may have no simulated value.
fn unmeasured(metric: &Metric) -> String {
    let why = match metric.series.is_empty() {
        true => "no run measured it, or not every one",
        false => {
            "a point lies where the run has no value: a counter's points need `period`, as wide as one window or several, and `offset` where they begin later"
        }
    };
    why.to_owned()
}

fn value(blank: Metric, measured: f64, values: Option<&[f64]>, tolerance: Option<Tolerance>) -> Metric {
    let mean = values.and_then(Mean::of);
    let own = mean.and_then(|mean| mean.standard_error).unwrap_or(0.0);
    let allowed = tolerance.and_then(|tolerance| allowed(tolerance, measured, own));
    let apart = mean.map(|mean| mean.value - measured);
    Metric {
        measured: Some(measured),
        simulated: mean.map(|mean| mean.value),
        half_width: mean.and_then(Mean::half_width),
        error: apart.filter(|_| measured != 0.0).map(|apart| apart / measured),
        inside: apart.zip(allowed).is_some_and(|(apart, allowed)| within(apart.abs(), allowed)),
        allowed,
        ..blank
    }
}

/// The widest of the bounds that are given.
fn allowed(tolerance: Tolerance, measured: f64, own: f64) -> Option<f64> {
    let relative = tolerance.relative.map(|share| share * measured.abs());
    let theirs = tolerance.standard_error.unwrap_or(0.0);
    let errors = tolerance.standard_errors.map(|n| n * (theirs * theirs + own * own).sqrt());
    [relative, tolerance.absolute, errors].into_iter().flatten().reduce(f64::max)
}

/// A value on the edge is inside, whatever the last bit of a division says.
fn within(apart: f64, allowed: f64) -> bool {
    apart <= allowed * (1.0 + 1e-12)
}

fn holds(blank: Metric, comparison: Comparison, bound: f64, unit: &str, values: &[f64], runs: usize) -> Metric {
    let mean = Mean::of(values);
    let shown = super::super::table::value(unit, bound);
    Metric {
        holds: Some(format!("{} {shown}", comparison.word())),
        simulated: mean.map(|mean| mean.value),
        half_width: mean.and_then(Mean::half_width),
        inside: values.len() == runs && values.iter().all(|value| comparison.holds(*value, bound)),
        ..blank
    }
}

fn series(blank: Metric, pairs: Vec<Pair>, tolerance: Option<Tolerance>) -> Metric {
    let n = pairs.len() as f64;
    let measured = pairs.iter().map(|pair| pair.measured).sum::<f64>() / n;
    let size = pairs.iter().map(|pair| pair.measured.abs()).sum::<f64>() / n;
    let simulated = pairs.iter().map(|pair| pair.simulated).sum::<Option<f64>>().map(|sum| sum / n);
    let apart = pairs.iter().map(|pair| pair.simulated.map(|simulated| (simulated - pair.measured).abs())).sum::<Option<f64>>().map(|sum| sum / n);
    let bounds = tolerance.map(|tolerance| Tolerance { standard_errors: None, ..tolerance });
    let allowed = bounds.and_then(|tolerance| allowed(tolerance, size, 0.0));
    let sign = if simulated.is_some_and(|simulated| simulated < measured) { -1.0 } else { 1.0 };
    Metric {
        measured: Some(measured),
        simulated,
        error: apart.filter(|_| size > 0.0).map(|apart| sign * apart / size),
        inside: apart.zip(allowed).is_some_and(|(apart, allowed)| within(apart, allowed)),
        allowed,
        series: pairs,
        ..blank
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blank() -> Metric {
        let empty = Expected(Measured::Value(1.0), None);
        metric(&empty.into(), &[&[None]])
    }

    /// What was measured, and how far off the simulation may be.
    struct Expected(Measured, Option<Tolerance>);

    impl From<Expected> for Expectation {
        fn from(Expected(measured, tolerance): Expected) -> Self {
            let metric = crate::scenario::Metric::Requests;
            let subject = crate::scenario::Subject::Node { index: 0 };
            Self { subject, metric, written: "w: requests".into(), unit: "count", measured, tolerance, scored: true, because: None }
        }
    }

    fn relative(share: f64) -> Tolerance {
        Tolerance { relative: Some(share), ..Tolerance::default() }
    }

    fn of(measured: f64, tolerance: Tolerance, values: &[f64]) -> Metric {
        value(blank(), measured, Some(values), Some(tolerance))
    }

    #[test]
    fn the_error_is_of_the_mean_and_its_interval_is_students() {
        // R: t.test(c(9, 10, 11, 14))$conf.int gives 7.562 to 14.438.
        let metric = of(10.0, relative(0.15), &[9.0, 10.0, 11.0, 14.0]);
        assert_eq!((metric.simulated, metric.error, metric.allowed, metric.inside), (Some(11.0), Some(0.1), Some(1.5), true));
        assert!((metric.half_width.unwrap() - 3.4374).abs() < 0.001);
    }

    #[test]
    fn the_edge_of_a_tolerance_is_inside() {
        assert!(of(100.0, relative(0.2), &[120.0, 120.0]).inside && of(100.0, relative(0.2), &[80.0, 80.0]).inside);
        assert!(!of(100.0, relative(0.2), &[120.1, 120.1]).inside);
        assert!(of(0.3, relative(0.1), &[0.33]).inside, "0.3 × 1.1 is not quite 0.33 in floating point");
    }

    #[test]
    fn of_several_bounds_the_widest_counts() {
        let both = Tolerance { absolute: Some(20.0), ..relative(0.1) };
        assert_eq!(of(100.0, both, &[100.0]).allowed, Some(20.0));
        assert_eq!(of(1000.0, both, &[1000.0]).allowed, Some(100.0));
    }

    #[test]
    fn standard_errors_of_both_sides_are_added_as_squares() {
        // Values 9 and 11: s = √2, so the standard error of their mean is 1.
        let tolerance = |theirs| Tolerance { standard_errors: Some(3.0), standard_error: theirs, ..Tolerance::default() };
        assert!((of(10.0, tolerance(None), &[9.0, 11.0]).allowed.unwrap() - 3.0).abs() < 1e-12);
        let theirs = of(10.0, tolerance(Some(0.75)), &[9.0, 11.0]).allowed.unwrap();
        assert!((theirs - 3.75).abs() < 1e-12, "3 × √(1 + 0.5625) = 3.75, not {theirs}");
    }

    #[test]
    fn what_a_run_did_not_measure_is_outside() {
        let expected: Expectation = Expected(Measured::Value(10.0), Some(relative(0.5))).into();
        let metric = metric(&expected, &[&[Some(10.0)], &[None]]);
        assert_eq!((metric.simulated, metric.verdict), (None, Verdict::Fail));
    }

    #[test]
    fn what_must_hold_must_hold_in_every_run() {
        let expected = |scored| Expectation { scored, ..Expected(Measured::Holds(Comparison::Above, 0.0), None).into() };
        let verdict = |scored, runs: &[&[Option<f64>]]| metric(&expected(scored), runs).verdict;
        assert_eq!(verdict(true, &[&[Some(1.0)], &[Some(2.0)]]), Verdict::Pass);
        assert_eq!(verdict(true, &[&[Some(1.0)], &[Some(0.0)]]), Verdict::Fail);
        assert_eq!(verdict(true, &[&[Some(1.0)], &[None]]), Verdict::Fail);
        assert_eq!(verdict(false, &[&[Some(0.0)]]), Verdict::Unscored);
    }

    #[test]
    fn a_series_is_as_far_off_as_its_distances_are_of_its_values() {
        // |12 − 10| + |18 − 20| + |30 − 30| = 4 of 60.
        let pair = |at_s, measured, simulated| Pair { at_s, measured, simulated: Some(simulated) };
        let pairs = vec![pair(0.0, 10.0, 12.0), pair(1.0, 20.0, 18.0), pair(2.0, 30.0, 30.0)];
        let near = series(blank(), pairs.clone(), Some(relative(0.07)));
        assert_eq!((near.measured, near.simulated, near.error, near.inside), (Some(20.0), Some(20.0), Some(4.0 / 60.0), true));
        assert!(!series(blank(), pairs.clone(), Some(relative(0.06))).inside);
        let distance = |absolute| Tolerance { absolute: Some(absolute), ..Tolerance::default() };
        assert!(series(blank(), pairs.clone(), Some(distance(4.0 / 3.0))).inside && !series(blank(), pairs, Some(distance(1.3))).inside);
    }
}
