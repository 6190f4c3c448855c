//! From what was measured to a month.
//!
//! ```text
//! all alike   count × month ÷ measured time
//! by parts    Σ over parts  count in the stretch × (its time ÷ all parts' time × month) ÷ measured time of the stretch
//! ```
//!
//! A window that lies in a stretch in part counts for as much of it. A level of a month is its mean over the parts, each for its time; while nothing happens it
//! is taken to be that mean too. Left out: what a month's end or a holiday is like, unless a part says it.

use crate::metrics::{CounterRecord, GaugeRecord, Record};
use crate::scenario::{Part, Scenario};
use crate::units::Time;

/// How a month was made of what was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extrapolation {
    /// Simulated after the warm-up.
    pub measured: Time,
    /// What that stands for: itself, or what the scenario says.
    pub represents: Time,
    pub month_hours: f64,
    /// What was counted is multiplied by this: in the mean over requests, where there are parts.
    pub factor: f64,
    /// Of what a month is made; none where all of it is like what was measured.
    pub parts: Vec<Share>,
    /// What the counts of each window are multiplied by; none where all of it is like what was measured.
    pub weights: Vec<f64>,
}

/// A part of a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// As the scenario calls it.
    pub name: String,
    /// Measured of it; nothing where it is idle.
    pub measured: Time,
    pub month_hours: f64,
}

impl Extrapolation {
    pub(super) fn of(scenario: &Scenario, record: &Record, month_hours: f64) -> Self {
        let measured = record.simulated.saturating_sub(record.warm_up);
        let hours = measured.as_secs_f64() / 3600.0;
        let factor = if hours > 0.0 { month_hours / hours } else { 0.0 };
        let alike = Self { measured, represents: measured, month_hours, factor, ..Self::default() };
        let Some(said) = &scenario.represents else { return alike };
        let alike = Self { represents: said.time.max(measured), ..alike };
        // A run that ended early may not have come as far as some of its stretches.
        let came = |part: &Part| part.stretch.as_ref().is_none_or(|stretch| stretch.start < record.simulated);
        let known: Vec<&Part> = said.parts.iter().filter(|part| came(part)).collect();
        if known.iter().all(|part| part.stretch.is_none()) { alike } else { Self { represents: said.time, ..alike }.by_parts(&known, record) }
    }

    fn by_parts(mut self, parts: &[&Part], record: &Record) -> Self {
        let all: f64 = parts.iter().map(|part| part.time.as_secs_f64()).sum();
        self.weights = vec![0.0; record.window_ends.len()];
        for part in parts {
            let month_hours = part.time.as_secs_f64() / all * self.month_hours;
            let stretch = part.stretch.as_ref().map(|stretch| stretch.start..stretch.end.min(record.simulated));
            let measured = stretch.as_ref().map_or(Time::ZERO, |stretch| stretch.end - stretch.start);
            if let Some(stretch) = stretch {
                let scale = month_hours * 3600.0 / measured.as_secs_f64();
                for (at, weight) in self.weights.iter_mut().enumerate() {
                    *weight += inside(record, at, &stretch) * scale;
                }
            }
            self.parts.push(Share { name: part.name.clone(), measured, month_hours });
        }
        let offered = |at: usize| record.routes.iter().filter_map(|route| route.windows.get(at)).map(|window| f64::from(window.offered)).sum::<f64>();
        let counted: f64 = record.routes.iter().map(|route| route.answers.offered as f64).sum();
        if counted > 0.0 {
            self.factor = self.weights.iter().enumerate().map(|(at, weight)| weight * offered(at)).sum::<f64>() / counted;
        }
        self
    }

    /// Of a counter, a month.
    pub(super) fn counted(&self, counter: &CounterRecord) -> f64 {
        match self.weights.is_empty() {
            true => counter.value() * self.factor,
            false => self.weights.iter().zip(&counter.windows).map(|(weight, n)| weight * f64::from(*n)).sum::<f64>() / f64::from(counter.per),
        }
    }

    /// A level's mean.
    pub(super) fn level(&self, gauge: &GaugeRecord, record: &Record) -> f64 {
        let spans = || self.weights.iter().enumerate().map(|(at, weight)| weight * record.window_s(at));
        let all: f64 = spans().sum();
        if all <= 0.0 {
            return gauge.scaled(gauge.mean);
        }
        gauge.scaled(spans().zip(&gauge.window_means).map(|(span, mean)| span * f64::from(*mean)).sum::<f64>() / all)
    }
}

/// The share of a window that lies in a stretch.
fn inside(record: &Record, window: usize, stretch: &std::ops::Range<Time>) -> f64 {
    let begin = if window == 0 { Time::ZERO } else { record.window_ends[window - 1] };
    let common = stretch.end.min(record.window_ends[window]).saturating_sub(stretch.start.max(begin));
    let whole = record.window_s(window);
    if whole > 0.0 { common.as_secs_f64() / whole } else { 0.0 }
}
