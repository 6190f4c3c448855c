//! How much of a charge a run used: in the measured time, in a month, by workload.
//!
//! ```text
//! counters of the node, its levels, or what it is set up with ──charge──▶ measured, monthly, weights of the workloads, share that was used
//! ```
//!
//! Quantities only: what they cost is `account`'s.

use crate::metrics::{CounterRecord, NodeRecord, Record};
use crate::service::charge::{Charge, Quantity};

use super::extrapolation::Extrapolation;

/// What a node uses of a charge.
#[derive(Clone, Debug)]
pub(super) struct Usage {
    pub node: String,
    pub kind: &'static str,
    pub charge: Charge,
    /// Units in the measured time, and in a month.
    pub measured: f64,
    pub monthly: f64,
    /// By workload, and behind them nobody.
    pub weights: Vec<f64>,
    /// Share of a standing charge that was used.
    pub used: Option<f64>,
}

impl Usage {
    pub fn of(charge: Charge, node: &NodeRecord, record: &Record, extrapolation: &Extrapolation) -> Self {
        let part = charge.part.as_deref();
        let hours = extrapolation.measured.as_secs_f64() / 3600.0;
        let level = |name: &str, of: &NodeRecord| {
            let gauge = of.gauges.iter().find(|gauge| gauge.name == name);
            gauge.map_or((0.0, 0.0), |gauge| (gauge.scaled(gauge.mean), extrapolation.level(gauge, record)))
        };
        let by_the_hour = |(measured, month): (f64, f64)| (measured * hours, month * extrapolation.month_hours);
        let (raw, month) = match &charge.quantity {
            Quantity::Counted(more, less) => {
                let sum = |names: &[&str]| names.iter().map(|name| total(node, name, part)).sum::<f64>();
                let month = |names: &[&str]| names.iter().map(|name| a_month(node, name, part, extrapolation)).sum::<f64>();
                ((sum(more) - sum(less)).max(0.0), (month(more) - month(less)).max(0.0))
            }
            Quantity::Times(name) => {
                let times = node.latencies.iter().find(|latency| latency.name == *name).map_or(0, |latency| latency.distribution.count());
                (times as f64, times as f64 * extrapolation.factor)
            }
            Quantity::Level(name, None) => by_the_hour(level(name, node)),
            Quantity::Level(name, Some(other)) => {
                by_the_hour(record.nodes.iter().find(|node| node.name == *other).map_or((0.0, 0.0), |other| level(name, other)))
            }
            Quantity::Fixed(units) => by_the_hour((*units, *units)),
            Quantity::Monthly(units) => (units * hours / extrapolation.month_hours, *units),
        };
        let weights = weights(&charge, node);
        let used = charge.used.map(|used| {
            let capacity = month * used.an_hour;
            if capacity > 0.0 { (a_month(node, used.counter, part, extrapolation) / capacity).min(1.0) } else { 1.0 }
        });
        Self { node: node.name.clone(), kind: node.kind, measured: raw * charge.factor, monthly: month * charge.factor, weights, used, charge }
    }
}

/// Counters of a name and a part.
fn counters<'n>(node: &'n NodeRecord, name: &'n str, part: Option<&'n str>) -> impl Iterator<Item = &'n CounterRecord> {
    node.counters.iter().filter(move |counter| counter.name == name && counter.dimension.as_deref() == part)
}

/// What was counted since the warm-up.
pub(super) fn total(node: &NodeRecord, name: &str, part: Option<&str>) -> f64 {
    counters(node, name, part).map(CounterRecord::value).sum()
}

/// The same for a month.
fn a_month(node: &NodeRecord, name: &str, part: Option<&str>, extrapolation: &Extrapolation) -> f64 {
    counters(node, name, part).map(|counter| extrapolation.counted(counter)).sum()
}

/// By workload, what a charge is shared out by; empty where nothing is known.
fn weights(charge: &Charge, node: &NodeRecord) -> Vec<f64> {
    let mut sums = Vec::new();
    let mut add = |names: &[&str], part: Option<&str>, sign: f64| {
        for counter in names.iter().flat_map(|name| counters(node, name, part)) {
            sums.resize(sums.len().max(counter.by_workload.len()), 0.0);
            sums.iter_mut().zip(&counter.by_workload).for_each(|(sum, n)| *sum += sign * *n as f64);
        }
    };
    match (&charge.quantity, charge.by) {
        (Quantity::Counted(more, less), None) => {
            add(more, charge.part.as_deref(), 1.0);
            add(less, charge.part.as_deref(), -1.0);
        }
        (_, Some(by)) => {
            let known = counters(node, by, charge.part.as_deref()).next().is_some();
            add(&[by], charge.part.as_deref().filter(|_| known), 1.0);
        }
        _ => {}
    }
    sums.iter_mut().for_each(|sum| *sum = f64::max(*sum, 0.0));
    sums
}
