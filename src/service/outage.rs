//! Faults: what a scenario says goes wrong with a node for a while, and what the node asks of it.
//!
//! ```text
//! faults: [ { at: 10m, for: 60s, node: psp, unavailable: true } ]      is_out(now) = at ≤ now < at + for, for one of them
//! ```
//!
//! What a node does about it is its kind's business: it refuses what comes, or works more slowly. What it had taken on before goes on. Left out: lost
//! messages on an edge, failing machines of several.

use crate::{
    document::{Read, Reading, Shape, Shapes, Spanned, Value},
    engine::NodeId,
    spec,
    units::Time,
};

use super::Build;

/// A fault by which a node answers nothing.
pub const UNAVAILABLE: &str = "unavailable";
/// A fault by which a node is slower than it was.
pub const LATENCY: &str = "latency";

spec! {
    /// Something that goes wrong for a while.
    pub struct Fault: "a fault" {
        /// When it begins, from the start of the run.
        at: Spanned<Time>,
        /// How long it lasts.
        r#for: Spanned<Time>,
        /// The node that it befalls.
        node: Spanned<String>,
        /// The node answers every request with 503, at once.
        unavailable: bool = false,
        /// The node takes longer: `{ multiply: 20 }`.
        latency: Option<Slowdown> = None,
    }
}

impl Fault {
    /// What goes wrong, as the file calls it.
    pub fn effects(&self) -> Vec<&'static str> {
        let effects = [(UNAVAILABLE, self.unavailable), (LATENCY, self.latency.is_some())];
        effects.into_iter().filter(|(_, is)| *is).map(|(word, _)| word).collect()
    }

    fn span_of_time(&self) -> (Time, Time) {
        (self.at.value, self.at.value.saturating_add(self.r#for.value))
    }
}

/// How many times as long a node takes.
#[derive(Clone, Copy, Debug)]
pub struct Slowdown {
    pub multiply: f64,
}

impl Read for Slowdown {
    fn expected() -> String {
        "a factor such as `{ multiply: 20 }`".into()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        let factor = Shape { minimum: Some(0.into()), maximum: Some(1_000_000.into()), ..f64::shape(shapes) };
        Shape::object("a slowdown")
            .with("multiply", factor.described("How many times as long the node takes, from 0 to a million."))
            .needing("multiply")
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let mut fields = reading.fields(value, "a slowdown")?;
        let multiply = fields.take("multiply").map(|entry| &entry.value);
        fields.close("a slowdown", reading);
        let factor = multiply.and_then(Value::text).and_then(|text| text.parse().ok()).filter(|n| (0.0..=1e6).contains(n));
        factor.map(|multiply| Self { multiply }).or_else(|| reading.mismatch(multiply.unwrap_or(value), &Self::expected()))
    }
}

/// When a node is out: spans of time, each from its beginning to before its end.
#[derive(Clone, Debug, Default)]
pub struct Outages(Vec<(Time, Time)>);

impl Outages {
    pub fn new(spans: Vec<(Time, Time)>) -> Self {
        Self(spans)
    }

    /// Whether the node is out: one branch where it never is.
    #[inline]
    pub fn is_out(&self, now: Time) -> bool {
        !self.0.is_empty() && self.0.iter().any(|(from, until)| (*from..*until).contains(&now))
    }
}

/// When a node is slow, and how much.
#[derive(Clone, Debug, Default)]
pub struct Slowdowns(Vec<(Time, Time, f64)>);

impl Slowdowns {
    /// The same time as it is `now`: several slowdowns at once multiply.
    #[inline]
    pub fn stretch(&self, now: Time, time: Time) -> Time {
        if self.0.is_empty() { time } else { self.stretched(now, time) }
    }

    fn stretched(&self, now: Time, time: Time) -> Time {
        let factor: f64 = self.0.iter().filter(|(from, until, _)| (*from..*until).contains(&now)).map(|(.., factor)| factor).product();
        Time::from_nanos_f64(time.as_nanos() as f64 * factor)
    }
}

impl Build {
    /// When this node is unavailable.
    pub fn outages(&self, node: NodeId) -> Outages {
        let own = self.faults_of(node).filter(|fault| fault.unavailable);
        Outages::new(own.map(Fault::span_of_time).collect())
    }

    /// When this node is slow.
    pub fn slowdowns(&self, node: NodeId) -> Slowdowns {
        let slow = |fault: &Fault| {
            let (from, until) = fault.span_of_time();
            fault.latency.map(|slow| (from, until, slow.multiply))
        };
        Slowdowns(self.faults_of(node).filter_map(slow).collect())
    }

    fn faults_of(&self, node: NodeId) -> impl Iterator<Item = &Fault> {
        let name = self.name(node);
        self.faults.iter().filter(move |fault| fault.node.value == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Time {
        Time::from_secs(seconds)
    }

    #[test]
    fn an_outage_holds_from_its_first_instant_to_before_its_last() {
        let outages = Outages::new(vec![(s(10), s(20)), (s(15), s(30))]);
        let is_out = [9, 10, 19, 20, 29, 30].map(|at| outages.is_out(s(at)));
        assert_eq!(is_out, [false, true, true, true, true, false]);
        assert!(!Outages::default().is_out(s(0)));
    }

    #[test]
    fn slowdowns_at_once_multiply() {
        let slow = Slowdowns(vec![(s(10), s(20), 3.0), (s(15), s(30), 0.5)]);
        assert_eq!([5, 10, 15, 20, 30].map(|at| slow.stretch(s(at), s(2))), [s(2), s(6), s(3), s(1), s(2)]);
    }
}
