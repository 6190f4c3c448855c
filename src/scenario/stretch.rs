//! A stretch of a run: from one instant to another, its last part, or a phase of a workload by its name.
//!
//! ```text
//! 10m..50m        last 5m        campaign        [ 10m, 50m ]
//! ```
//!
//! Thresholds are about stretches, and what a run represents is said of them. Left out: stretches that end after the run.

use super::Scenario;
use crate::document::{Data, Diagnostic, Read, Reading, Shape, Shapes, Spanned, Value, closest};
use crate::units::Time;
use std::ops::Range;

/// A stretch as the file has it.
pub(crate) enum Written {
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
    /// The instants it stands for (complaint E116); phases are those of `workload`, or of any.
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
            None => "write `10m..50m`, `last 5m`, or the name of a phase".into(),
        };
        let diagnostic = Diagnostic::error("E116", said.span, format!("`{text}` is no stretch of the run")).label("no phase of this name");
        reading.push(diagnostic.hint(hint));
    }
    found
}

fn refused<T>(said: &Spanned<String>, message: String, label: &str, reading: &mut Reading) -> Option<T> {
    reading.push(Diagnostic::error("E116", said.span, message).label(label).hint("say from when to when: `10m..50m`"));
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
