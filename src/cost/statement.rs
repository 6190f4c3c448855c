//! A statement: what a scenario costs a month, line by line, and its sums.
//!
//! ```text
//! Charge of a node × Record ──▶ measured ──× factor──▶ monthly ──Book (tiers and free part of the month's total of a key)──▶ usd ──▶ workloads
//! ```
//!
//! All sums are sums over the same lines: by node, by meter and by workload they equal the total. Left out is what `left_out` says.

use super::bill::FreeTier;
use super::book::Missing;
use super::extrapolation::Extrapolation;
use crate::platform::Date;

/// What a scenario costs a month.
#[derive(Clone, Debug)]
pub struct Statement {
    pub region: String,
    pub as_of: Date,
    pub free_tier: FreeTier,
    pub extrapolation: Extrapolation,
    /// Names of the workloads, in the order of the file; shares of lines are in this order, and behind the last one is what nobody caused.
    pub workloads: Vec<String>,
    /// Requests a month, of each workload.
    pub requests_of: Vec<f64>,
    /// By node in the order of the file, then in that of the node's charges.
    pub lines: Vec<Entry>,
    /// Prices that the Region lacks: their lines have no amount, and the total is incomplete.
    pub missing: Vec<Missing>,
    /// What the statement leaves out though AWS charges for it, in sentences without a full stop.
    pub left_out: Vec<String>,
    /// Why it costs that, the largest first.
    pub causes: Vec<Cause>,
}

/// A charge of a node.
#[derive(Clone, Debug)]
pub struct Entry {
    pub node: String,
    /// The kind of the node, as `type:` says it.
    pub kind: &'static str,
    /// The part of the node: an index, a replica's Region.
    pub dimension: Option<String>,
    /// The Region whose price it is, where it is not the scenario's.
    pub region: Option<String>,
    /// The price's key.
    pub key: String,
    pub unit: String,
    /// The metric that it is read from; none for what is set up and runs by the hour.
    pub metric: Option<&'static str>,
    /// Whether it is a standing charge, which does not depend on the load.
    pub standing: bool,
    /// Units in the measured time.
    pub measured: f64,
    /// Units a month.
    pub monthly: f64,
    /// Of these free.
    pub free: f64,
    /// USD a month; `None` where the price is missing.
    pub usd: Option<f64>,
    /// The price in words; empty where it is missing.
    pub price: String,
    /// USD by workload, one more for what nobody caused; empty where the price is missing.
    pub by_workload: Vec<f64>,
}

/// Something that part of the total goes for.
#[derive(Clone, Debug)]
pub struct Cause {
    /// A stable word: `cold_starts`, `retries`, `empty_receives`, `unused_capacity`, `unused_provisioned_concurrency`, `spare_memory`, `waiting`.
    pub name: &'static str,
    pub node: String,
    /// USD a month, of the total.
    pub usd: f64,
    /// What it is in words, without the amount: "empty receives of `orders`".
    pub words: String,
}

impl Statement {
    /// USD a month.
    pub fn total(&self) -> f64 {
        self.lines.iter().filter_map(|line| line.usd).fold(0.0, |sum, usd| sum + usd)
    }

    /// Requests of all workloads a month.
    pub fn requests(&self) -> f64 {
        self.requests_of.iter().sum()
    }

    /// Whether every line has its price.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// USD for a thousand requests of the workloads; `None` where there are none.
    pub fn per_1k_requests(&self) -> Option<f64> {
        (self.requests() > 0.0).then(|| self.total() / self.requests() * 1e3)
    }

    /// USD a month by node, in the order of the lines.
    pub fn by_node(&self) -> Vec<(&str, f64)> {
        sums(self.lines.iter().map(|line| (line.node.as_str(), line.usd.unwrap_or(0.0))))
    }

    /// USD a month by price's key, in the order of the lines.
    pub fn by_meter(&self) -> Vec<(&str, f64)> {
        sums(self.lines.iter().map(|line| (line.key.as_str(), line.usd.unwrap_or(0.0))))
    }

    /// USD a month by workload, in the order of the file; under `None` what nobody caused.
    pub fn by_workload(&self) -> Vec<(Option<&str>, f64)> {
        let names = self.workloads.iter().map(|name| Some(name.as_str())).chain([None]);
        names.enumerate().map(|(at, name)| (name, self.lines.iter().filter_map(|line| line.by_workload.get(at)).sum())).collect()
    }

    /// USD a month of one node.
    pub fn of_node(&self, node: &str) -> f64 {
        self.lines.iter().filter(|line| line.node == node).filter_map(|line| line.usd).sum()
    }

    /// The lines, the most expensive first.
    pub fn largest(&self) -> Vec<&Entry> {
        let mut lines: Vec<&Entry> = self.lines.iter().collect();
        lines.sort_by(|a, b| b.usd.unwrap_or(0.0).total_cmp(&a.usd.unwrap_or(0.0)));
        lines
    }
}

fn sums<'s>(amounts: impl Iterator<Item = (&'s str, f64)>) -> Vec<(&'s str, f64)> {
    let mut sums: Vec<(&str, f64)> = Vec::new();
    for (name, usd) in amounts {
        match sums.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum += usd,
            None => sums.push((name, usd)),
        }
    }
    sums
}
