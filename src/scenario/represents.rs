//! What time the measured part of a run stands for: a typical stretch of it, or so much of each of its phases.
//!
//! ```text
//! represents: 30d
//! represents: { night: 60h, day: 100h, campaign: 2h, idle: 6h }      a week: stretches of the run, and time without requests
//! ```
//!
//! Left out: what a stretch costs after it has ended, such as a backlog that is worked on in the next one: name a stretch that has it.

use super::Scenario;
use super::stretch;
use crate::document::{Data, Diagnostic, Map, Read, Reading, Shape, Shapes, Span, Spanned, Value};
use crate::units::Time;
use std::ops::Range;

/// The name of time in which nothing happens.
const IDLE: &str = "idle";

/// What the measured part stands for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Represents {
    /// In all.
    pub time: Time,
    pub span: Span,
    /// Of what it is made; empty where the measured part is like all of it.
    pub parts: Vec<Part>,
}

/// So much time of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub name: String,
    pub time: Time,
    /// The measured stretch of the run that shows what it is like; `None` where nothing happens.
    pub stretch: Option<Range<Time>>,
}

/// As the file has it.
#[derive(Debug)]
pub(super) enum Written {
    Time(Spanned<Time>),
    Parts(Span, Map<Spanned<Time>>),
}

impl Read for Written {
    fn expected() -> String {
        "a duration such as `30d`, or a map from phases to durations".into()
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        Shape::any(vec![Time::shape(shapes), Map::<Time>::shape(shapes)])
    }

    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match &value.data {
            Data::Map(_) => Map::read(value, reading).map(|parts| Self::Parts(value.span, parts)),
            Data::Scalar { .. } => Spanned::read(value, reading).map(Self::Time),
            _ => reading.mismatch(value, &Self::expected()),
        }
    }
}

impl Written {
    /// With the stretches of the run that are named (complaints E116 and E123).
    pub fn resolve(&self, scenario: &Scenario, reading: &mut Reading) -> Option<Represents> {
        match self {
            Self::Time(time) => whole(time, scenario, reading),
            Self::Parts(span, parts) => {
                let read: Vec<Option<Part>> = parts.0.iter().map(|(name, time)| part(name, time.value, scenario, reading)).collect();
                let parts: Vec<Part> = read.into_iter().collect::<Option<_>>()?;
                let time = parts.iter().fold(Time::ZERO, |sum, part| sum.saturating_add(part.time));
                if parts.iter().any(|part| part.time > Time::ZERO && part.stretch.is_some()) {
                    return Some(Represents { time, span: *span, parts });
                }
                let diagnostic = Diagnostic::error("E123", *span, "nothing of the run stands for any time").label("no phase with a duration");
                reading.push(diagnostic.hint("write how long each phase is in a week or a month: `{ day: 100h, night: 68h }`"));
                None
            }
        }
    }
}

/// No shorter than what is measured.
fn whole(time: &Spanned<Time>, scenario: &Scenario, reading: &mut Reading) -> Option<Represents> {
    let measured = scenario.duration.value.saturating_sub(scenario.warm_up.value);
    if time.value < measured {
        let message = format!("a run of which {measured} are measured cannot stand for {}", time.value);
        let hint = "write the time that these figures stand for: `represents: 30d`";
        reading.push(Diagnostic::error("E123", time.span, message).label("shorter than the run").hint(hint));
        return None;
    }
    Some(Represents { time: time.value, span: time.span, parts: Vec::new() })
}

fn part(name: &Spanned<String>, time: Time, scenario: &Scenario, reading: &mut Reading) -> Option<Part> {
    let of = |stretch| Some(Part { name: name.value.clone(), time, stretch });
    if name.value == IDLE {
        return of(None);
    }
    let stretch = stretch::Written::Said(name.clone()).resolve(None, scenario, reading)?;
    let measured = stretch.start.max(scenario.warm_up.value)..stretch.end;
    if measured.start < measured.end {
        return of(Some(measured));
    }
    let message = format!("`{}` is over before the warm-up is, so that nothing of it is measured", name.value);
    reading.push(Diagnostic::error("E123", name.span, message).label("not measured").hint("shorten `warm_up`, or let the phase last longer"));
    None
}
