//! Theory beside simulation: where a closed form applies to a node as it is configured, what it says and what was measured.
//!
//! ```text
//! one steady Poisson source ──▶ node ──▶ formula, metric, theory, simulated ± half-width, inside?
//! ```
//!
//! Silent where anything is otherwise: several callers, load that changes, retries, faults, another number of requests than the source makes. A line
//! is about the long run: a warm-up that is too short shows as a difference, and one interval in twenty leaves theory outside by chance.

mod front;
mod function;
mod station;
mod stream;

use super::messages::{gauge, summary, times};
use crate::metrics::{NodeRecord, Record, ratio_half_width};
use crate::scenario::Scenario;
use crate::service::Spec;
use serde::{Deserialize, Serialize};

/// One figure that theory knows too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Oracle {
    pub node: String,
    /// `M/M/4`, `token bucket`.
    pub formula: String,
    /// As a threshold has it, or `rejected_share`, `throttle_share`, `cold_start_share`.
    pub metric: String,
    /// `s`, `share` or `count`.
    pub unit: String,
    pub theory: f64,
    pub simulated: f64,
    /// Half of the 95 % interval of what was simulated; null where there is too little to tell.
    pub half_width: Option<f64>,
    /// Whether theory lies in that interval; null without one.
    pub inside: Option<bool>,
}

/// All of a run that came to its end, node by node.
pub fn oracles(scenario: &Scenario, record: &Record) -> Vec<Oracle> {
    if record.simulated < record.duration || !record.is_steady() {
        return Vec::new();
    }
    let of_node = |(name, spec): &(crate::document::Spanned<String>, Spec)| {
        let node = record.nodes.iter().find(|node| node.name == name.value)?;
        let case = Case { scenario, record, node, rate: stream::rate(scenario, record, node)? };
        Some(match spec {
            Spec::Server(server) => station::oracles(&case, server),
            Spec::Lambda(function) => function::oracles(&case, function),
            Spec::ApiGateway(api) => front::oracles(&case, api),
            _ => Vec::new(),
        })
    };
    scenario.nodes.iter().filter_map(of_node).flatten().collect()
}

/// A value that was measured, and half of its interval.
type Measured = (f64, Option<f64>);

/// A node with its source.
struct Case<'a> {
    scenario: &'a Scenario,
    record: &'a Record,
    node: &'a NodeRecord,
    /// Poisson arrivals a second.
    rate: f64,
}

impl Case<'_> {
    fn oracle(&self, formula: &str, metric: &str, unit: &str, theory: f64, (simulated, half_width): Measured) -> Oracle {
        let inside = half_width.map(|half| (theory - simulated).abs() <= half);
        let [node, formula, metric, unit] = [&self.node.name, formula, metric, unit].map(String::from);
        Oracle { node, formula, metric, unit, theory, simulated, half_width, inside }
    }

    fn counter(&self, name: &str) -> f64 {
        super::messages::counter(self.node, name) as f64
    }

    /// The sum of all refusals here, but for those of this limit.
    fn refused_otherwise(&self, limit: &str) -> u64 {
        let at = self.record.nodes.iter().position(|node| node.name == self.node.name);
        self.record.limits.iter().filter(|l| Some(l.node) == at && l.name != limit).map(|l| l.refused).sum()
    }

    /// The mean of a level.
    fn level(&self, name: &str) -> Option<Measured> {
        let found = gauge(self.node, name)?;
        Some((found.scaled(found.mean), self.record.level_half_width(found)))
    }

    /// The mean and the 99th percentile of a latency.
    fn times(&self, name: &str) -> Option<[Measured; 2]> {
        let found = times(self.node, name).filter(|l| !l.distribution.is_empty())?;
        let s = summary(&found.distribution, &found.batches);
        Some([(s.mean_s, s.half_widths.mean_half_width_s), (s.p99_s, s.half_widths.p99_half_width_s)])
    }

    /// Of all that `whole` counted, the share that `part` did.
    fn share(&self, part: &[f32], whole: &[f32]) -> Measured {
        let at = |series: &[f32], k: usize| f64::from(series.get(k).copied().unwrap_or(0.0));
        let windows = self.record.measured_windows();
        let (x, n) = windows.fold((0.0, 0.0), |sum, k| (sum.0 + at(part, k), sum.1 + at(whole, k)));
        (if n > 0.0 { x / n } else { 0.0 }, ratio_half_width(&self.record.batched(|k| (at(part, k), at(whole, k)))))
    }

    /// What a counter counted in each window.
    fn series(&self, name: &str) -> &[f32] {
        self.node.counters.iter().find(|c| c.name == name && c.dimension.is_none()).map_or(&[], |c| &c.windows)
    }
}
