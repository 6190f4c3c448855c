//! `expect`: what was measured in reality, for `coldfront validate` to hold the simulation against.
//!
//! ```yaml
//! expect:
//!   source: https://example.org/measured
//!   metrics:
//!     - { metric: "work: drained_at", measured: 5.5min, tolerance: 15% }
//!     - { metric: "dlq: messages_visible", holds: "> 0" }
//!     - { metric: "f: concurrent_executions", series: { file: day.csv, time: t_min, time_unit: min, value: instances }, tolerance: 20% }
//! ```
//!
//! Metrics are those of thresholds. A metric that is not scored is printed all the same. Left out: judging, which is `study`'s.

mod series;
mod tolerance;

use super::names::Names;
use super::threshold::{Bound, Comparison, Metric, Named, Subject};
use super::{Scenario, Sources};
use crate::document::{Diagnostic, Read, Reading, Spanned, Value};
use crate::units::{Share, Time};
use series::Points;
use tolerance::Written;

pub use series::Series;
pub use tolerance::{Bounds, Tolerance};

/// The key.
pub const KEY: &str = "expect";
/// The key of the metrics in it.
pub const METRICS: &str = "metrics";
/// Runs with different seeds, where the file does not say.
const REPLICATIONS: u32 = 5;
const REPLICATIONS_MAX: u32 = 1_000;

crate::words! {
    /// What a comparison with reality says of the model.
    pub enum Role {
        /// The figure follows from the setup alone: it is predicted.
        Emergent = "emergent",
        /// A parameter of the model was chosen by this figure.
        Calibration = "calibration",
        /// The figure restates a documented rule that the model follows.
        Rule = "rule",
    }
}

crate::spec! {
    /// What was measured, as the file has it.
    pub struct Spec: "what was measured" {
        /// What the row is called in tables; default: the file's name.
        id: Option<Spanned<String>> = None,
        /// Where the figures are from: an address, or a sentence. Must be given where there are metrics.
        source: Option<String> = None,
        /// When they were measured.
        year: Option<u32> = None,
        /// What mean errors are grouped by; default: the kinds of the nodes that metrics name.
        services: Vec<String> = Vec::new(),
        /// What agreement says: only `emergent` figures are predicted.
        role: Role = Role::Emergent,
        /// Runs with different seeds, of which the mean is compared.
        replications: Spanned<u32> = Spanned { value: REPLICATIONS, ..Spanned::default() },
        /// Inputs that the source gives only among its results; what they come from is not scored.
        borrowed: Vec<String> = Vec::new(),
        /// Whether it is quick enough to be run with every test of the model.
        quick: bool = false,
        /// Other simulators' mean errors over the same figures, to stand beside ours.
        compared_with: Vec<Rival> = Vec::new(),
        /// What else a reader of the table should know.
        notes: Option<String> = None,
        /// The figures.
        metrics: Vec<Spanned<Measurement>> = Vec::new(),
    }
}

crate::spec! {
    /// What somebody else's simulator makes of the figures of an experiment.
    pub struct Rival: "another simulator's error" {
        /// The figure, as the measurements of the file or of its cases have it.
        metric: String,
        /// Who predicts it.
        by: String,
        /// Its mean absolute error over them.
        mape: Share,
    }
}

crate::spec! {
    /// One figure, as the file has it.
    pub struct Measurement: "a measurement" {
        /// What was measured: `NAME: METRIC`, with the metrics of thresholds.
        metric: Spanned<String>,
        /// Of a workload: only the requests to this route.
        route: Option<Spanned<String>> = None,
        /// The value, in the metric's unit; or `holds`, `series` or `points`.
        measured: Option<Spanned<String>> = None,
        /// What must hold in every run: `> 0`.
        holds: Option<Spanned<String>> = None,
        /// A file of values over time.
        series: Option<Spanned<Series>> = None,
        /// Values over time: `[ [ 30s, 35 ], [ 60s, 66 ] ]`.
        points: Option<Spanned<Points>> = None,
        /// How far off the simulation may be: a share of the value, or a map; of several bounds the widest counts.
        tolerance: Option<Spanned<Written>> = None,
        /// Whether it counts; what does not is printed.
        scored: bool = true,
        /// Why it does not count, or what is special about it.
        because: Option<String> = None,
    }
}

/// What was measured, looked up in the scenario.
#[derive(Clone, Debug)]
pub struct Expectations {
    /// The file's name, where it says none.
    pub id: Option<String>,
    pub source: String,
    pub year: Option<u32>,
    /// What mean errors are grouped by.
    pub services: Vec<String>,
    pub role: Role,
    pub replications: u32,
    pub borrowed: Vec<String>,
    pub quick: bool,
    pub compared_with: Vec<Rival>,
    pub notes: Option<String>,
    pub metrics: Vec<Expectation>,
}

/// One figure.
#[derive(Clone, Debug)]
pub struct Expectation {
    pub subject: Subject,
    pub metric: Metric,
    /// As the file has it: `work: drained_at`.
    pub written: String,
    /// `s`, `share`, `1/s`, `B` or `count`.
    pub unit: &'static str,
    pub measured: Measured,
    /// How far off it may be; of what holds or does not there is none.
    pub tolerance: Option<Tolerance>,
    pub scored: bool,
    pub because: Option<String>,
}

/// What reality says, in base units.
#[derive(Clone, Debug, PartialEq)]
pub enum Measured {
    Value(f64),
    Holds(Comparison, f64),
    /// In the order of time.
    Series(Vec<Point>),
}

/// A value at an instant of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub at: Time,
    pub value: f64,
    /// What is measured there.
    pub metric: Metric,
}

/// Reads what stands under `expect`, and looks its names up in the scenario.
pub fn expectations(value: &Value, scenario: &Scenario, sources: &Sources, reading: &mut Reading) -> Option<Expectations> {
    let spec = Option::<Spec>::read(value, reading)??;
    if !(1..=REPLICATIONS_MAX).contains(&spec.replications.value) {
        let message = format!("`replications` is from 1 to {REPLICATIONS_MAX}, not {}", spec.replications.value);
        reading.push(Diagnostic::error("E126", spec.replications.span, message).label("out of range").hint("five are enough for most figures"));
    }
    if spec.source.is_none() && !spec.metrics.is_empty() {
        let diagnostic = Diagnostic::error("E126", value.span, "nobody can check figures that have no source").label("`source` is missing");
        reading.push(diagnostic.hint("say where they are from: `source: https://…`, or `source: our dashboard, May 2026`"));
    }
    let names = Names::new(scenario, sources);
    let metrics: Vec<Expectation> = spec.metrics.iter().filter_map(|one| expectation(one, &names, scenario, reading)).collect();
    let services = if spec.services.is_empty() { kinds(&metrics, scenario) } else { spec.services };
    Some(Expectations {
        id: spec.id.map(|id| id.value),
        source: spec.source.unwrap_or_default(),
        year: spec.year,
        services,
        role: spec.role,
        replications: spec.replications.value,
        borrowed: spec.borrowed,
        quick: spec.quick,
        compared_with: spec.compared_with,
        notes: spec.notes,
        metrics,
    })
}

/// The kinds of the nodes that are measured, workloads counting as those that they call; each once.
fn kinds(metrics: &[Expectation], scenario: &Scenario) -> Vec<String> {
    let mut kinds: Vec<String> = Vec::new();
    for metric in metrics {
        let index = match &metric.subject {
            Subject::Node { index } => Some(*index),
            Subject::Total => None,
            Subject::Sum(indices) => indices.first().copied(),
            Subject::Workload { index, .. } => {
                let target = &scenario.workloads[*index].1.target.value;
                scenario.nodes.iter().position(|(name, _)| name.value == *target)
            }
        };
        let kind = index.map(|index| scenario.nodes[index].1.kind().to_owned());
        kinds.extend(kind.filter(|kind| !kinds.contains(kind)));
    }
    kinds
}

fn expectation(one: &Spanned<Measurement>, names: &Names, scenario: &Scenario, reading: &mut Reading) -> Option<Expectation> {
    let spec = &one.value;
    let named = Named::read(&spec.metric, spec.route.as_ref(), names, scenario, reading);
    let given = [spec.measured.is_some(), spec.holds.is_some(), spec.series.is_some(), spec.points.is_some()];
    if given.iter().filter(|given| **given).count() != 1 {
        let diagnostic =
            Diagnostic::error("E126", one.span, "a measurement has one of `measured`, `holds`, `series` or `points`").label("which of them?");
        reading.push(diagnostic.hint("write for example `{ metric: \"f: throttles\", measured: 120, tolerance: 10% }`"));
        return None;
    }
    let (measured, unit) = value(spec, named.as_ref()?, scenario, reading)?;
    let tolerance = spec.tolerance.as_ref().map(|written| tolerance::resolve(written, named.as_ref()?, &measured, reading));
    if tolerance.is_none() && spec.scored && !matches!(measured, Measured::Holds(..)) {
        let diagnostic = Diagnostic::error("E126", one.span, "a measurement that is scored needs a `tolerance`").label("how far off may it be?");
        reading.push(diagnostic.hint("write for example `tolerance: 15%`, or `scored: false`"));
    }
    let named = named?;
    Some(Expectation {
        written: named.written() + &spec.route.as_ref().map_or(String::new(), |route| format!(" ({})", route.value)),
        subject: named.subject,
        metric: named.metric,
        unit,
        measured,
        tolerance: tolerance.flatten(),
        scored: spec.scored,
        because: spec.because.clone(),
    })
}

fn value(spec: &Measurement, named: &Named, scenario: &Scenario, reading: &mut Reading) -> Option<(Measured, &'static str)> {
    if let Some(text) = &spec.measured {
        let bound = named.bound(text, reading)?;
        return Some((Measured::Value(bound.as_f64()), unit(bound)));
    }
    if let Some(text) = &spec.holds {
        let (comparison, bound) = named.demand(text, reading)?;
        return Some((Measured::Holds(comparison, bound.as_f64()), unit(bound)));
    }
    let rows = match (&spec.series, &spec.points) {
        (Some(series), _) => series::from_file(&series.value, named, scenario, reading)?,
        (None, Some(points)) => series::rows(&points.value),
        (None, None) => return None,
    };
    let period = spec.series.as_ref().and_then(|series| series.value.period.clone());
    let span = spec.series.as_ref().map(|series| series.span).or(spec.points.as_ref().map(|points| points.span)).unwrap_or_default();
    series::measured(rows, period, span, named, scenario, reading)
}

/// The unit of what a value was written in.
fn unit(bound: Bound) -> &'static str {
    match bound {
        Bound::Time(_) => "s",
        Bound::Share(_) => "share",
        Bound::Rate(_) => "1/s",
        Bound::Bytes(_) => "B",
        Bound::Money(_) => "usd",
        Bound::Number(_) => "count",
    }
}
