//! Thresholds: what a run must keep for its author to be content.
//!
//! ```text
//! shoppers: p(99) < 300ms          a workload, or a route as "shoppers GET /products"
//! orders:   throttles <= 0         a node's counter: its sum
//! api:      p(95, latency) < 50ms  a node's distribution, also `latency.p(95)`; without a statistic its maximum, as with levels
//! shop:     p(99, end_to_end) < 5s a workload's time from a request to the end of its work
//! orders:   a / b < 5%             a ratio: never measured where b is 0
//! ```
//!
//! What is measured by windows, over stretches and at instants, is the work of `measure`.//!
//! Metrics of nodes are CloudWatch's names in snake case. Values are in base units: seconds, shares, counts. Reading the text of a threshold and
//! complaining about unknown names is the scenario's work.

use super::model::ThresholdResult;
use crate::metrics::names::snake_case;
use crate::metrics::{Answers, Class, Distribution, NodeRecord, Record, RouteRecord};

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

/// The parts of a metric: a name, and what is read off it. `p(99, NAME)` and `NAME.p(99)` are the same.
fn parts(metric: &str) -> (&str, Option<String>) {
    let inner = |function: &str| metric.strip_prefix(function).and_then(|rest| rest.strip_suffix(')'));
    if let Some((percent, name)) = inner("p(").and_then(|inner| inner.split_once(',')) {
        return (name.trim(), Some(format!("p({})", percent.trim())));
    }
    for function in ["mean", "max"] {
        if let Some(name) = inner(&format!("{function}(")) {
            return (name, Some(function.into()));
        }
    }
    match metric.split_once('.').filter(|(name, _)| !name.starts_with("p(")) {
        Some((name, statistic)) => (name, Some(statistic.into())),
        None => (metric, None),
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

/// What stands in a text is measured over the whole run after its warm-up.
pub(super) fn measure(record: &Record, target: &str, metric: &str) -> Option<f64> {
    if let Some((over, under)) = metric.split_once(" / ") {
        let under = measure(record, target, under).filter(|under| *under != 0.0)?;
        return Some(measure(record, target, over)? / under);
    }
    let node = record.nodes.iter().find(|n| n.name == target);
    match clients(record, target) {
        Some(_) if parts(metric).0 == END_TO_END => of_node(node?, metric),
        Some((answers, in_flight)) => of_clients(&answers, in_flight, (record.simulated.saturating_sub(record.warm_up)).as_secs_f64(), metric),
        None => of_node(node?, metric),
    }
}

/// A latency of a workload's own node, where it says at which node its work ends.
const END_TO_END: &str = "end_to_end";

/// `s`, `share`, `1/s` or `count`.
pub(super) fn unit(record: &Record, target: &str, metric: &str) -> &'static str {
    let is_clients = record.routes.iter().any(|r| is_route(r, target));
    let name = parts(metric).0;
    let is_time = |n: &NodeRecord| {
        let is_gauge = n.gauges.iter().any(|g| g.per == 1000 && snake_case(g.name) == name);
        n.name == target && (is_gauge || n.latencies.iter().any(|l| snake_case(l.name) == name))
    };
    match metric {
        _ if metric.contains(" / ") => "share",
        _ if !is_clients || name == END_TO_END => {
            if record.nodes.iter().any(is_time) {
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

pub(super) fn is_route(route: &RouteRecord, target: &str) -> bool {
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
    if let Some(counter) = node.counters.iter().find(|c| c.dimension.is_none() && snake_case(c.name) == metric) {
        return Some(counter.value());
    }
    let (name, statistic) = parts(metric);
    let statistic = statistic.as_deref().unwrap_or("max");
    if let Some(gauge) = node.gauges.iter().find(|g| snake_case(g.name) == name) {
        return Some(gauge.scaled(if statistic == "mean" { gauge.mean } else { gauge.max as f64 }));
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
        assert_eq!(actual("api", "p(99, latency)"), Some(0.099));
        assert_eq!(actual("api", "latency"), Some(0.1));
        assert_eq!(actual("api", "colour"), None);
    }

    #[test]
    fn a_level_that_is_kept_in_milliseconds_is_measured_in_seconds() {
        let mut r = Recorder::new(Time::from_secs(100), Time::ZERO);
        let queue = r.node("orders", "sqs");
        let age = r.gauge_in(queue, "ApproximateAgeOfOldestMessage", 1000);
        let (sent, dead) = (r.counter(queue, "NumberOfMessagesSent"), r.counter(queue, "DeadLetteredMessages"));
        r.close_until(Time::from_secs(50));
        r.set(age, Time::from_secs(50), 240_000);
        r.count(sent, 200);
        r.count(dead, 3);
        let record = r.finish(Time::from_secs(100));
        let held = |metric: &str, value| evaluate(&record, &Threshold { target: "orders".into(), metric: metric.into(), op: Op::Less, value });
        let age = held("approximate_age_of_oldest_message", 300.0);
        assert_eq!((age.actual, age.unit.as_str(), age.passed), (Some(240.0), "s", true));
        assert_eq!(held("mean(approximate_age_of_oldest_message)", 300.0).actual, Some(120.0));
        let ratio = held("dead_lettered_messages / number_of_messages_sent", 0.01);
        assert_eq!((ratio.actual, ratio.unit.as_str(), ratio.passed), (Some(0.015), "share", false));
        assert_eq!(held("number_of_messages_sent / expired_messages", 1.0).actual, None);
    }

    #[test]
    fn the_end_of_a_workloads_work_is_measured_at_its_own_node() {
        let mut r = Recorder::new(Time::from_secs(100), Time::ZERO);
        let workload = r.node("shop", "workload");
        let queue = r.node("orders", "sqs");
        r.route("shop", "send", queue);
        let end = r.latency(workload, "EndToEnd");
        (1..=100).for_each(|i| r.record(end, Time::from_secs(i)));
        let record = r.finish(Time::from_secs(100));
        for (metric, actual) in [("p(99, end_to_end)", 99.0), ("max(end_to_end)", 100.0), ("mean(end_to_end)", 50.5)] {
            let found = evaluate(&record, &Threshold { target: "shop".into(), metric: metric.into(), op: Op::Less, value: 10.0 });
            assert!((found.actual.unwrap() / actual - 1.0).abs() < 0.002 && found.unit == "s", "{found:?}");
        }
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
}
