//! Thresholds: what a run must keep for its author to be content.
//!
//! ```text
//! shoppers: p(99) < 300ms          a workload, or a route as "shoppers GET /products"
//! orders:   throttles <= 0         a node's counter: its sum
//! api:      latency.p(95) < 50ms   a node's distribution; without a statistic its maximum, as with levels
//! ```
//!
//! Metrics of nodes are CloudWatch's names in snake case. Values are in base units: seconds, shares, counts. Reading the text of a threshold and
//! complaining about unknown names is the scenario's work.

use super::model::ThresholdResult;
use crate::metrics::{Answers, Class, Distribution, NodeRecord, Record, RouteRecord};
use crate::scenario::{self, Comparison, Metric, Scenario, Subject};

/// How a value and its bound compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Op {
    pub const fn symbol(self) -> &'static str {
        match self {
            Op::Less => "<",
            Op::LessOrEqual => "<=",
            Op::Greater => ">",
            Op::GreaterOrEqual => ">=",
        }
    }

    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Op::Less => value < bound,
            Op::LessOrEqual => value <= bound,
            Op::Greater => value > bound,
            Op::GreaterOrEqual => value >= bound,
        }
    }
}

/// One demand.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// A workload, a workload and its route, or a node.
    pub target: String,
    pub metric: String,
    pub op: Op,
    /// In seconds, as a share, or as a count.
    pub value: f64,
}

impl Threshold {
    /// A threshold of a scenario, with its names instead of its indices.
    pub fn of(scenario: &Scenario, threshold: &scenario::Threshold) -> Self {
        let target = match &threshold.subject {
            Subject::Workload { index, route: None } => scenario.workloads[*index].0.value.clone(),
            Subject::Workload { index, route: Some(route) } => format!("{} {route}", scenario.workloads[*index].0.value),
            Subject::Node { index } => scenario.nodes[*index].0.value.clone(),
        };
        let metric = match &threshold.metric {
            Metric::Quantile(share) => format!("p({})", (share * 1e8).round() / 1e6),
            Metric::Mean => "mean".into(),
            Metric::Max => "max".into(),
            Metric::ErrorRate => "error_rate".into(),
            Metric::ThrottleRate => "throttle_rate".into(),
            Metric::Goodput => "goodput".into(),
            Metric::RequestRate => "request_rate".into(),
            Metric::Node(name) => (*name).to_owned(),
        };
        let op = match threshold.comparison {
            Comparison::Below => Op::Less,
            Comparison::AtMost => Op::LessOrEqual,
            Comparison::Above => Op::Greater,
            Comparison::AtLeast => Op::GreaterOrEqual,
        };
        Self { target, metric, op, value: threshold.bound.as_f64() }
    }
}

/// What clients' metrics are called, besides `p(…)`.
const OF_CLIENTS: [&str; 11] =
    ["mean", "max", "error_rate", "throttle_rate", "timeout_rate", "retry_rate", "requests", "failures", "in_flight", "goodput", "request_rate"];

/// Holds a threshold against a run. What was never measured does not hold: nothing speaks for it.
pub fn evaluate(record: &Record, threshold: &Threshold) -> ThresholdResult {
    let Threshold { target, metric, op, value } = threshold;
    let actual = measure(record, target, metric);
    let unit = unit(record, target, metric).into();
    ThresholdResult {
        unit,
        target: target.clone(),
        metric: metric.clone(),
        op: op.symbol().into(),
        bound: *value,
        actual,
        passed: actual.is_some_and(|actual| op.holds(actual, *value)),
    }
}

/// The metrics of a workload, route or node, for "expected one of …"; none if nothing has that name. `p(99)` stands for any percentile.
pub fn metrics_of(record: &Record, target: &str) -> Option<Vec<String>> {
    if clients(record, target).is_some() {
        return Some(["p(99)"].into_iter().chain(OF_CLIENTS).map(String::from).collect());
    }
    let node = record.nodes.iter().find(|n| n.name == target)?;
    let counters = node.counters.iter().filter(|c| c.dimension.is_none()).map(|c| snake_case(c.name));
    let gauges = node.gauges.iter().flat_map(|g| ["max", "mean"].map(|s| format!("{}.{s}", snake_case(g.name))));
    let latencies = node.latencies.iter().flat_map(|l| ["p(99)", "mean", "max"].map(|s| format!("{}.{s}", snake_case(l.name))));
    Some(counters.chain(gauges).chain(latencies).collect())
}

/// CloudWatch's name in snake case: `ThrottledRequests` is `throttled_requests`, `5XXError` is `5xx_error`.
pub fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (i, c) in chars.iter().enumerate() {
        let starts = c.is_uppercase() && i > 0;
        let after_lower = starts && chars[i - 1].is_lowercase();
        let before_lower = starts && chars[i - 1].is_alphanumeric() && chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        if after_lower || before_lower {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

fn measure(record: &Record, target: &str, metric: &str) -> Option<f64> {
    match clients(record, target) {
        Some((answers, in_flight)) => of_clients(&answers, in_flight, (record.simulated.saturating_sub(record.warm_up)).as_secs_f64(), metric),
        None => of_node(record.nodes.iter().find(|n| n.name == target)?, metric),
    }
}

/// `s`, `share` or `count`.
fn unit(record: &Record, target: &str, metric: &str) -> &'static str {
    let is_clients = record.routes.iter().any(|r| is_route(r, target));
    let name = metric.split_once('.').map_or(metric, |(name, _)| name);
    let is_latency = |n: &NodeRecord| n.name == target && n.latencies.iter().any(|l| snake_case(l.name) == name);
    match metric {
        _ if !is_clients => {
            if record.nodes.iter().any(is_latency) {
                "s"
            } else {
                "count"
            }
        }
        "requests" | "failures" | "in_flight" => "count",
        "goodput" | "request_rate" => "1/s",
        rate if rate.ends_with("_rate") => "share",
        _ => "s",
    }
}

fn is_route(route: &RouteRecord, target: &str) -> bool {
    route.workload == target || format!("{} {}", route.workload, route.route) == target
}

/// The answers to a workload or a route, and how many are missing.
fn clients(record: &Record, target: &str) -> Option<(Answers, u64)> {
    let mut found: Option<(Answers, u64)> = None;
    for route in record.routes.iter().filter(|r| is_route(r, target)) {
        match &mut found {
            Some((sum, in_flight)) => {
                sum.merge(&route.answers);
                *in_flight += route.in_flight;
            }
            None => found = Some((route.answers.clone(), route.in_flight)),
        }
    }
    found
}

fn of_clients(answers: &Answers, in_flight: u64, measured_s: f64, metric: &str) -> Option<f64> {
    let answered = answers.answered();
    let rate = |n: u64| (answered > 0).then(|| n as f64 / answered as f64);
    match metric {
        "error_rate" => rate(answers.failed.count()),
        "throttle_rate" => rate(answers.of(Class::Throttled)),
        "timeout_rate" => rate(answers.of(Class::TimedOut)),
        "retry_rate" => rate(answers.retried),
        "requests" => Some(answers.offered as f64),
        "failures" => Some(answers.failed.count() as f64),
        "goodput" => Some(answers.ok.count() as f64 / measured_s.max(f64::MIN_POSITIVE)),
        "request_rate" => Some(answers.offered as f64 / measured_s.max(f64::MIN_POSITIVE)),
        "in_flight" => Some(in_flight as f64),
        statistic => of_distribution(&answers.ok, statistic),
    }
}

fn of_node(node: &NodeRecord, metric: &str) -> Option<f64> {
    let (name, statistic) = match metric.split_once('.') {
        Some((name, statistic)) => (name, statistic),
        None => (metric, "max"),
    };
    if let Some(counter) = node.counters.iter().find(|c| c.dimension.is_none() && snake_case(c.name) == metric) {
        return Some(counter.value());
    }
    if let Some(gauge) = node.gauges.iter().find(|g| snake_case(g.name) == name) {
        return Some(if statistic == "mean" { gauge.mean } else { gauge.max as f64 });
    }
    of_distribution(&node.latencies.iter().find(|l| snake_case(l.name) == name)?.distribution, statistic)
}

fn of_distribution(d: &Distribution, statistic: &str) -> Option<f64> {
    if d.is_empty() {
        return None;
    }
    match statistic {
        "mean" => d.mean_s(),
        "max" => Some(d.max().as_secs_f64()),
        _ => Some(d.quantile(percentile(statistic)? / 100.0).as_secs_f64()),
    }
}

/// `p(99.9)` or `p99.9`.
fn percentile(statistic: &str) -> Option<f64> {
    let number = statistic.strip_prefix('p')?;
    let number = number.strip_prefix('(').and_then(|n| n.strip_suffix(')')).unwrap_or(number);
    number.trim().parse().ok().filter(|p| (0.0..=100.0).contains(p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{CAUSES, Outcome, Recorder};
    use crate::units::Time;

    fn record() -> Record {
        let mut r = Recorder::new(Time::from_secs(100), Time::ZERO);
        let api = r.node("api", "api_gateway");
        let route = r.route("shoppers", "GET /", api);
        let (throttles, busy, latency) = (r.counter(api, "ThrottledRequests"), r.gauge(api, "InFlight"), r.latency(api, "Latency"));
        for i in 1..=100 {
            let now = Time::from_millis(500 * i);
            r.close_until(now);
            r.offer(route, now);
            r.rise(busy, now, 1);
            r.record(latency, Time::from_millis(i));
            let outcome = if i > 98 { Outcome { class: Class::Throttled, code: 429 } } else { Outcome::OK };
            r.count(throttles, u64::from(i > 98));
            r.complete(route, now, now + Time::from_millis(i), outcome, 1, &[0; CAUSES]);
        }
        r.finish(Time::from_secs(100))
    }

    fn actual(target: &str, metric: &str) -> Option<f64> {
        evaluate(&record(), &Threshold { target: target.into(), metric: metric.into(), op: Op::Less, value: 1.0 })
            .actual
            .map(|v| (v * 1e3).round() / 1e3)
    }

    #[test]
    fn clients_are_measured_by_workload_and_by_route() {
        for target in ["shoppers", "shoppers GET /"] {
            assert_eq!(actual(target, "p(50)"), Some(0.049));
            assert_eq!(actual(target, "error_rate"), Some(0.02));
            assert_eq!(actual(target, "throttle_rate"), Some(0.02));
            assert_eq!(actual(target, "requests"), Some(100.0));
        }
    }

    #[test]
    fn nodes_are_measured_by_cloudwatch_names_in_snake_case() {
        assert_eq!(actual("api", "throttled_requests"), Some(2.0));
        assert_eq!(actual("api", "in_flight"), Some(100.0));
        assert_eq!(actual("api", "latency.p(99)"), Some(0.099));
        assert_eq!(actual("api", "latency"), Some(0.1));
        assert_eq!(actual("api", "colour"), None);
    }

    #[test]
    fn every_metric_that_is_offered_can_be_measured() {
        let record = record();
        for target in ["shoppers", "api"] {
            for metric in metrics_of(&record, target).unwrap() {
                assert!(measure(&record, target, &metric).is_some(), "{target}: {metric}");
            }
        }
        assert_eq!(metrics_of(&record, "nobody"), None);
    }

    #[test]
    fn a_bound_is_kept_or_breached() {
        let holds = |op, value| evaluate(&record(), &Threshold { target: "api".into(), metric: "throttled_requests".into(), op, value }).passed;
        assert!(holds(Op::LessOrEqual, 2.0) && !holds(Op::Less, 2.0) && holds(Op::GreaterOrEqual, 2.0) && !holds(Op::Greater, 2.0));
    }

    #[test]
    fn names_of_cloudwatch_become_snake_case() {
        assert_eq!(["ThrottledRequests", "5XXError", "Count", "HTTPCode"].map(snake_case), ["throttled_requests", "5xx_error", "count", "http_code"]);
    }
}
