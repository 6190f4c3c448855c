//! What a scenario's thresholds and expectations measure in a run: plain metrics by the totals, all else by windows.
//!
//! ```text
//! work: drained_at                                   the last change of a queue's levels, all of which are nothing at the end
//! f:    max_per(1m, throttles) during 5m..9m         sums of consecutive minutes, the largest
//! f:    first(throttles > 0)                         the start of the first window in which there is one
//! f:    invocations during 5m..9m / invocations during 1m..5m
//! ```
//!
//! Values are in base units: seconds, shares, a second, bytes or counts; `None` where nothing was measured.

use super::model::ThresholdResult;
use super::stretch::{Kept, within};
use super::threshold;
use crate::cost::Statement;
use crate::metrics::Record;
use crate::scenario::{self, ADDED, Condition, Cost, Edge, Metric, Scenario, Statistic, Subject, TOTAL};
use crate::units::Time;
use std::ops::Range;

/// A threshold of the scenario, held against a run of it. What was never measured does not hold: nothing speaks for it.
pub fn judged(scenario: &Scenario, record: &Record, statement: &Statement, threshold: &scenario::Threshold) -> ThresholdResult {
    let target = name_of(scenario, &threshold.subject);
    let (actual, bound) = (valued(record, statement, &target, &threshold.metric), threshold.bound.as_f64());
    ThresholdResult {
        unit: unit(record, &target, &threshold.metric).into(),
        metric: written(&threshold.metric),
        op: threshold.comparison.word().into(),
        bound,
        actual,
        passed: actual.is_some_and(|actual| threshold.comparison.holds(actual, bound)),
        target,
    }
}

/// A workload, a workload and its route, or a node, as reports call it.
pub fn name_of(scenario: &Scenario, subject: &Subject) -> String {
    match subject {
        Subject::Workload { index, route: None } => scenario.workloads[*index].0.value.clone(),
        Subject::Workload { index, route: Some(route) } => format!("{} {route}", scenario.workloads[*index].0.value),
        Subject::Node { index } => scenario.nodes[*index].0.value.clone(),
        Subject::Total => TOTAL.into(),
        Subject::Sum(indices) => {
            let names: Vec<&str> = indices.iter().map(|index| scenario.nodes[*index].0.value.as_str()).collect();
            names.join(ADDED)
        }
    }
}

/// The value of a metric in a run and its statement.
pub fn valued(record: &Record, statement: &Statement, target: &str, metric: &Metric) -> Option<f64> {
    match metric {
        Metric::Cost(of) => cost(statement, target, *of),
        _ => measured(record, target, metric),
    }
}

/// USD of everything, of some nodes, or of what a workload causes. An incomplete sum says nothing of what must stay below a bound.
fn cost(statement: &Statement, target: &str, of: Cost) -> Option<f64> {
    let by_workload = || statement.by_workload().into_iter().find(|(name, _)| *name == Some(target)).map(|(_, usd)| usd);
    let of_nodes = || target.split(ADDED).map(|node| statement.of_node(node)).sum();
    let usd = if target == TOTAL { statement.total() } else { by_workload().unwrap_or_else(of_nodes) };
    let workload = statement.workloads.iter().position(|name| name == target);
    // What has no price has no shares either, so that it may be anybody's.
    let whole = statement.is_complete()
        || workload.is_none()
            && statement.lines.iter().all(|entry| entry.usd.is_some() || !target.split(ADDED).any(|node| node == entry.node || node == TOTAL));
    match of {
        _ if !whole => None,
        Cost::Monthly => Some(usd),
        Cost::PerThousandRequests => {
            // A workload's by its own requests, all else by everybody's.
            let requests = workload.map_or_else(|| statement.requests(), |at| statement.requests_of[at]);
            (requests > 0.0).then(|| usd / requests * 1e3)
        }
    }
}

/// The value of a metric of a workload, route or node in a run.
pub fn measured(record: &Record, target: &str, metric: &Metric) -> Option<f64> {
    let all = || within(record, &(record.warm_up..Time::MAX));
    match metric {
        Metric::Ratio(both) => {
            let under = measured(record, target, &both.1).filter(|under| *under != 0.0)?;
            Some(measured(record, target, &both.0)? / under)
        }
        Metric::Response(_) | Metric::Of(..) | Metric::Drained | Metric::Edge(..) if target.contains(ADDED) => None,
        _ if target.contains(ADDED) => target.split(ADDED).map(|one| measured(record, one, metric)).sum(),
        Metric::During(metric, stretch) => windowed(record, target, metric, within(record, stretch)),
        Metric::At(metric, stretch) => at(record, target, metric, stretch),
        Metric::Drained => drained(record, target),
        // Money is the statement's.
        Metric::Cost(_) => None,
        Metric::Edge(..) | Metric::Per(..) | Metric::Of(Statistic::Min, _) => windowed(record, target, metric, all()),
        plain => threshold::measure(record, target, &written(plain)),
    }
}

/// `s`, `share`, `1/s`, `usd` or `count`.
pub fn unit(record: &Record, target: &str, metric: &Metric) -> &'static str {
    match metric {
        Metric::Ratio(_) => "share",
        Metric::Cost(_) => "usd",
        Metric::Drained | Metric::Edge(..) => "s",
        Metric::Per(..) => "count",
        Metric::During(metric, _) | Metric::At(metric, _) => unit(record, target, metric),
        plain => threshold::unit(record, target, &written(plain)),
    }
}

/// By the windows of these numbers.
fn windowed(record: &Record, target: &str, metric: &Metric, windows: Range<usize>) -> Option<f64> {
    match metric {
        Metric::Edge(edge, condition) => met(record, target, *edge, condition, windows),
        Metric::Per(statistic, period, metric) => per(record, target, *statistic, *period, metric, windows),
        _ => Kept::of(record, target, metric)?.over(record, &windows),
    }
}

/// In the window that holds the instant, or over the windows of a period; of a level the mean.
fn at(record: &Record, target: &str, metric: &Metric, stretch: &Range<Time>) -> Option<f64> {
    let is_instant = stretch.start == stretch.end;
    let windows = if is_instant {
        let at = record.window_ends.partition_point(|end| *end <= stretch.start).min(record.window_ends.len().checked_sub(1)?);
        at..at + 1
    } else {
        within(record, stretch)
    };
    match Kept::of(record, target, metric)? {
        // A number of things in a window, however wide that is, is no value at an instant.
        Kept::Counter(_) if is_instant => None,
        kept if matches!(metric, Metric::Node(_)) => kept.averaged().over(record, &windows),
        kept => kept.over(record, &windows),
    }
}

/// When the levels of a queue's messages became nothing and stayed so.
fn drained(record: &Record, target: &str) -> Option<f64> {
    const LEVELS: [&str; 3] = ["ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];
    let queue = record.nodes.iter().find(|node| node.name == target)?;
    let levels: Vec<_> = queue.gauges.iter().filter(|gauge| LEVELS.contains(&gauge.name)).collect();
    let is_empty = levels.iter().all(|level| level.last == 0);
    levels.iter().filter(|_| is_empty).map(|level| level.changed.as_secs_f64()).reduce(f64::max)
}

fn met(record: &Record, target: &str, edge: Edge, condition: &Condition, mut windows: Range<usize>) -> Option<f64> {
    let (kept, bound) = (Kept::of(record, target, &condition.metric)?, condition.bound.as_f64());
    let holds = |at: &usize| kept.over(record, &(*at..*at + 1)).is_some_and(|value| condition.comparison.holds(value, bound));
    let start = |at: usize| at.checked_sub(1).map_or(Time::ZERO, |before| record.window_ends[before]);
    let instant = match edge {
        Edge::First => start(windows.find(holds)?),
        Edge::Last => record.window_ends[windows.rev().find(holds)?],
    };
    Some(instant.as_secs_f64())
}

/// Sums over consecutive periods from the first of the windows on. A period that is cut short counts for the largest, not for the mean.
fn per(record: &Record, target: &str, statistic: Statistic, period: Time, metric: &Metric, windows: Range<usize>) -> Option<f64> {
    let kept = Kept::of(record, target, metric)?.averaged();
    let start = |at: usize| at.checked_sub(1).map_or(Time::ZERO, |before| record.window_ends[before]);
    let (from, mut at, mut sums) = (start(windows.start), windows.start, Vec::new());
    while at < windows.end {
        let number = |at: usize| (start(at) - from).as_nanos() / period.as_nanos().max(1);
        let end = (at..windows.end).find(|next| number(*next) != number(at)).unwrap_or(windows.end);
        let is_whole = record.window_ends[end - 1] - start(at) >= period;
        if is_whole || statistic == Statistic::Max {
            sums.extend(kept.over(record, &(at..end)));
        }
        at = end;
    }
    match statistic {
        Statistic::Max => sums.iter().copied().reduce(f64::max),
        _ => Some(sums.iter().sum::<f64>() / sums.len() as f64).filter(|mean| mean.is_finite()),
    }
}

/// As thresholds have it.
pub fn written(metric: &Metric) -> String {
    let percent = |share: f64| (share * 1e8).round() / 1e6;
    let stretch = |stretch: &Range<Time>| format!("{}..{}", stretch.start.exact(), stretch.end.exact());
    match metric {
        Metric::Response(Statistic::Quantile(share)) => format!("p({})", percent(*share)),
        Metric::Response(statistic) => word(*statistic).into(),
        Metric::Of(Statistic::Quantile(share), name) => format!("p({}, {name})", percent(*share)),
        Metric::Of(statistic, name) => format!("{}({name})", word(*statistic)),
        Metric::Requests => "requests".into(),
        Metric::Failures => "failures".into(),
        Metric::ErrorRate => "error_rate".into(),
        Metric::ThrottleRate => "throttle_rate".into(),
        Metric::Goodput => "goodput".into(),
        Metric::RequestRate => "request_rate".into(),
        Metric::Node(name) => (*name).to_owned(),
        Metric::Ratio(both) => format!("{} / {}", written(&both.0), written(&both.1)),
        Metric::During(metric, during) => format!("{} during {}", written(metric), stretch(during)),
        Metric::At(metric, during) if during.start == during.end => format!("{} at {}", written(metric), during.start.exact()),
        Metric::At(metric, during) => format!("{} during {}", written(metric), stretch(during)),
        Metric::Drained => "drained_at".into(),
        Metric::Cost(of) => of.word().into(),
        Metric::Edge(edge, condition) => {
            let word = if *edge == Edge::First { "first" } else { "last" };
            format!("{word}({} {} {})", written(&condition.metric), condition.comparison.word(), condition.bound.as_f64())
        }
        Metric::Per(statistic, period, metric) => format!("{}_per({}, {})", word(*statistic), period.exact(), written(metric)),
    }
}

fn word(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::Mean => "mean",
        Statistic::Min => "min",
        _ => "max",
    }
}
