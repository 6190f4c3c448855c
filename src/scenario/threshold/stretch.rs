//! A stretch of the run that a threshold is about, rather than all of it.
//!
//! ```text
//! buyers: goodput > 380/s during last 5m        … during 10m..50m        … during campaign (a phase)
//! { workload: free, metric: error_rate, below: 1%, during: [ 10m, 50m ] }        during: campaign
//! ```
//!
//! Only what windows keep can be measured over a stretch: means of times and most quantiles are of the whole run, since windows keep no histogram.

use super::metric::is_time;
use super::{Metric, Scenario, Statistic};
use crate::document::{Data, Diagnostic, Read, Reading, Shape, Shapes, Spanned, Value, closest};
use crate::units::Time;
use std::ops::Range;

/// Levels whose name ends like a time's: windows keep their highest value.
const LEVEL: &str = "age_of_oldest_message";
/// The quantiles of response times that windows keep.
const KEPT: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

/// A stretch as the file has it.
pub(super) enum Written {
    /// From one instant to another.
    Between(Spanned<Time>, Spanned<Time>),
    /// `last 5m`, or the name of a phase, or `10m..50m`.
    Said(Spanned<String>),
}

impl Read for Written {
    fn expected() -> String {
        "a stretch of the run: `[ 10m, 50m ]`, the name of a phase, or `last 5m`".into()
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        Shape::any(vec![String::shape(shapes), Shape::list(Time::shape(shapes))])
    }

    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match &value.data {
            Data::List(ends) if ends.len() == 2 => {
                let (from, until) = (Spanned::read(&ends[0], reading), Spanned::read(&ends[1], reading));
                Some(Self::Between(from?, until?))
            }
            Data::Scalar { .. } => Spanned::read(value, reading).map(Self::Said),
            _ => reading.mismatch(value, &Self::expected()),
        }
    }
}

impl Written {
    /// The instants it stands for (complaint E116); phases are those of `workload`, or of any where the threshold is of a node.
    pub fn resolve(&self, workload: Option<usize>, scenario: &Scenario, reading: &mut Reading) -> Option<Range<Time>> {
        let run = scenario.duration.value;
        let (stretch, span) = match self {
            Self::Between(from, until) => (from.value..until.value, until.span),
            Self::Said(said) => (said_of(said, workload, scenario, reading)?, said.span),
        };
        if stretch.start < stretch.end && stretch.end <= run {
            return Some(stretch);
        }
        let message = format!("nothing lies between {} and {} in a run of {run}", stretch.start, stretch.end);
        let diagnostic = Diagnostic::error("E116", span, message).label("no part of the run");
        reading.push(diagnostic.hint("a stretch begins before it ends, and ends with the run at the latest"));
        None
    }
}

fn said_of(said: &Spanned<String>, workload: Option<usize>, scenario: &Scenario, reading: &mut Reading) -> Option<Range<Time>> {
    let (text, run) = (said.value.as_str(), scenario.duration.value);
    let time = |text: &str| Time::parse(text).ok();
    if let Some(last) = text.strip_prefix("last ").and_then(|last| time(last.trim())) {
        return if last <= run {
            Some(run - last..run)
        } else {
            refused(said, format!("a run of {run} has no last {last}"), "longer than the run", reading)
        };
    }
    if let Some((Some(from), Some(until))) = text.split_once("..").map(|(from, until)| (time(from.trim()), time(until.trim()))) {
        return Some(from..until);
    }
    let phases = phases(workload, scenario);
    let mut named: Vec<&Range<Time>> = phases.iter().filter(|(name, _)| name == text).map(|(_, stretch)| stretch).collect();
    // Phases of several workloads may be at the same time.
    named.sort_by_key(|stretch| (stretch.start, stretch.end));
    named.dedup();
    if named.windows(2).any(|pair| pair[0].end != pair[1].start) {
        return refused(said, format!("there are {} phases of the name `{text}`, apart from one another", named.len()), "which of them?", reading);
    }
    let found = named.first().zip(named.last()).map(|(first, last)| first.start..last.end);
    if found.is_none() {
        let hint = match closest(text, phases.iter().map(|(name, _)| name.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write `during 10m..50m`, `during last 5m`, or the name of a phase".into(),
        };
        let diagnostic = Diagnostic::error("E116", said.span, format!("`{text}` is no stretch of the run")).label("no phase of this name");
        reading.push(diagnostic.hint(hint));
    }
    found
}

fn refused<T>(said: &Spanned<String>, message: String, label: &str, reading: &mut Reading) -> Option<T> {
    reading.push(Diagnostic::error("E116", said.span, message).label(label).hint("say from when to when: `during 10m..50m`"));
    None
}

/// Every named phase and when it is, as far as the run goes.
fn phases(workload: Option<usize>, scenario: &Scenario) -> Vec<(String, Range<Time>)> {
    let mut found = Vec::new();
    let workloads = scenario.workloads.iter().enumerate().filter(|(index, _)| workload.is_none_or(|own| own == *index));
    for (_, (_, spec)) in workloads {
        let mut from = Time::ZERO;
        for phase in spec.phases.list.iter().map(|phase| &phase.value) {
            let until = from.saturating_add(phase.length());
            found.extend(phase.name.clone().map(|name| (name, from..until.min(scenario.duration.value))));
            from = until;
        }
    }
    found
}

/// Complains of a metric that no window counts (E117).
pub(super) fn measurable(metric: &Metric, named: &Spanned<String>, reading: &mut Reading) -> Option<()> {
    if counted(metric) {
        return Some(());
    }
    let message = format!("`{}` is measured over the whole run, not over a stretch of it", named.value);
    let hint = "over a stretch there are `error_rate`, `goodput`, `request_rate`, the p(50), p(90), p(95) and p(99) of workloads, and what nodes count; for other times make a scenario of the stretch, by `warm_up` and `duration`";
    reading.push(Diagnostic::error("E117", named.span, message).label("not kept by window").hint(hint));
    None
}

/// Whether windows keep it.
pub(super) fn counted(metric: &Metric) -> bool {
    let is_kept = |name: &str| !is_time(name) || name.ends_with(LEVEL);
    match metric {
        Metric::Requests | Metric::Failures | Metric::ErrorRate | Metric::Goodput | Metric::RequestRate => true,
        Metric::Response(Statistic::Quantile(share)) => KEPT.iter().any(|kept| (kept - share).abs() < 1e-9),
        Metric::Response(statistic) => *statistic == Statistic::Max,
        Metric::Of(Statistic::Quantile(_), _) | Metric::ThrottleRate | Metric::Drained | Metric::Cost(_) => false,
        Metric::Of(_, name) | Metric::Node(name) => is_kept(name),
        Metric::Ratio(both) => counted(&both.0) && counted(&both.1),
        Metric::Per(_, _, metric) => counted(metric),
        Metric::Edge(_, condition) => counted(&condition.metric),
        Metric::During(..) | Metric::At(..) => false,
    }
}
