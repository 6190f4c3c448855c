//! Every figure of a report in one flat list, under the names that thresholds use: what tables, intervals over several runs and comparisons are made of.
//!
//! ```text
//! shoppers            p(99)                          s      0.208
//! shoppers GET /      error_rate                     share  0.028
//! orders              write_throttle_events          count  21806
//! orders              max(concurrent_executions)     count  50
//! ```
//!
//! The list of one scenario is the same for every seed but for what was not measured at all, which is left out: a mean of nothing, a percentile of
//! nothing. Series and histograms are left out.

use super::cost::Cost;
use super::model::{Answered, Node, Report, Summary, Workload};
use crate::metrics::names::snake_case;
use crate::scenario::{COST_MONTHLY, COST_PER_1K_REQUESTS, TOTAL};

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// A workload, a workload and its route, or a node; a part of a node, such as an index, follows after a dot.
    pub subject: String,
    /// As a threshold has it: `p(99)`, `error_rate`, `throttles`, `max(concurrent_executions)`.
    pub metric: String,
    /// `s`, `share`, `1/s`, `usd` or `count`.
    pub unit: &'static str,
    pub value: f64,
    /// Half of the 95 % interval by batch means, where one run tells it.
    pub half_width: Option<f64>,
}

/// All of them: workloads first, each with its routes, then nodes, in the order of the scenario.
pub fn figures(report: &Report) -> Vec<Figure> {
    let measured_s = report.run.simulated_s - report.run.warm_up_s;
    let mut list = List::default();
    report.workloads.iter().for_each(|workload| list.workload(workload, measured_s));
    report.nodes.iter().for_each(|node| list.node(node));
    report.cost.iter().for_each(|cost| list.cost(cost));
    list.0
}

#[derive(Default)]
struct List(Vec<Figure>);

impl List {
    fn add(&mut self, subject: &str, metric: impl Into<String>, unit: &'static str, value: f64) {
        self.with(subject, metric, unit, Some(value), None);
    }

    fn with(&mut self, subject: &str, metric: impl Into<String>, unit: &'static str, value: Option<f64>, half_width: Option<f64>) {
        let Some(value) = value else { return };
        self.0.push(Figure { subject: subject.to_owned(), metric: metric.into(), unit, value, half_width });
    }

    fn workload(&mut self, workload: &Workload, measured_s: f64) {
        self.answered(&workload.name, &workload.total, measured_s);
        if let Some(end) = &workload.end_to_end {
            let half = &end.half_widths;
            let statistics = [
                ("mean", end.mean_s, half.mean_half_width_s),
                ("p(50", end.p50_s, half.p50_half_width_s),
                ("p(90", end.p90_s, end.p90_half_width_s),
                ("p(99", end.p99_s, half.p99_half_width_s),
                ("max", end.max_s, None),
            ];
            self.statistics(&workload.name, "end_to_end", statistics);
        }
        if workload.routes.len() > 1 {
            workload.routes.iter().for_each(|route| self.answered(&format!("{} {}", workload.name, route.route), &route.answers, measured_s));
        }
    }

    fn cost(&mut self, cost: &Cost) {
        self.add(TOTAL, COST_MONTHLY, "usd", cost.monthly_usd);
        self.with(TOTAL, COST_PER_1K_REQUESTS, "usd", cost.per_1k_requests_usd, None);
        cost.by_node.iter().for_each(|node| self.add(&node.name, COST_MONTHLY, "usd", node.monthly_usd));
    }

    fn answered(&mut self, subject: &str, answered: &Answered, measured_s: f64) {
        let (ok, failed) = (answered.ok as f64, answered.failed as f64);
        let share = |part: f64| (ok + failed > 0.0).then(|| part / (ok + failed));
        let of_class = |class: &str| answered.failures.iter().filter(|f| f.class == class).map(|f| f.count).sum::<u64>() as f64;
        let rate = |count: f64| (measured_s > 0.0).then(|| count / measured_s);
        for (metric, count) in [("requests", answered.offered), ("failures", answered.failed), ("in_flight", answered.in_flight)] {
            self.add(subject, metric, "count", count as f64);
        }
        self.with(subject, "request_rate", "1/s", rate(answered.offered as f64), None);
        self.with(subject, "goodput", "1/s", rate(ok), None);
        let rates = [("error_rate", failed), ("throttle_rate", of_class("throttled")), ("timeout_rate", of_class("timed_out"))];
        rates.into_iter().for_each(|(metric, part)| self.with(subject, metric, "share", share(part), None));
        self.with(subject, "retry_rate", "share", share(answered.retried as f64), None);
        let latency = &answered.latency;
        self.with(subject, "mean", "s", latency.mean_s, latency.mean_half_width_s);
        for p in &latency.percentiles {
            self.with(subject, format!("p({})", p.percent), "s", Some(p.value_s), p.half_width_s);
        }
        self.with(subject, "max", "s", (answered.ok > 0).then_some(latency.max_s), None);
    }

    fn node(&mut self, node: &Node) {
        for counter in &node.counters {
            let subject = counter.dimension.as_ref().map_or_else(|| node.name.clone(), |part| format!("{}.{part}", node.name));
            self.add(&subject, snake_case(&counter.name), "count", counter.sum);
        }
        for gauge in &node.gauges {
            let unit = if gauge.unit.is_some() { "s" } else { "count" };
            self.with(&node.name, of("mean", &snake_case(&gauge.name)), unit, Some(gauge.mean), gauge.mean_half_width);
            self.add(&node.name, of("max", &snake_case(&gauge.name)), unit, gauge.max);
        }
        node.latencies.iter().for_each(|latency| self.summary(&node.name, &snake_case(&latency.name), &latency.summary));
    }

    fn summary(&mut self, subject: &str, name: &str, summary: &Summary) {
        if summary.count == 0 {
            return;
        }
        let half = &summary.half_widths;
        let statistics = [
            ("mean", summary.mean_s, half.mean_half_width_s),
            ("p(50", summary.p50_s, half.p50_half_width_s),
            ("p(99", summary.p99_s, half.p99_half_width_s),
            ("max", summary.max_s, None),
        ];
        self.statistics(subject, name, statistics);
    }

    fn statistics<const N: usize>(&mut self, subject: &str, name: &str, statistics: [(&str, f64, Option<f64>); N]) {
        for (statistic, value, half_width) in statistics {
            self.with(subject, of(statistic, name), "s", Some(value), half_width);
        }
    }
}

/// `mean(duration)`, `p(99, duration)`.
fn of(statistic: &str, name: &str) -> String {
    if statistic.starts_with('p') { format!("{statistic}, {name})") } else { format!("{statistic}({name})") }
}

#[cfg(test)]
mod tests {
    use super::super::{Wiring, sample, threshold};
    use super::*;

    #[test]
    fn every_figure_is_what_a_threshold_of_its_name_measures() {
        let record = sample::record(true);
        let report = Report::new(&record, "s", &Wiring::default(), Vec::new(), &[]);
        let figures = figures(&report);
        assert!(figures.len() > 50);
        for figure in figures.iter().filter(|figure| !figure.subject.contains('.')) {
            let (target, metric) = (figure.subject.clone(), figure.metric.clone());
            let held = threshold::evaluate(&record, &threshold::Threshold { target, metric, op: threshold::Op::Less, value: 0.0 });
            let same = held.actual.is_some_and(|actual| (actual - figure.value).abs() <= 1e-9 * actual.abs());
            assert!(same && held.unit == figure.unit, "{figure:?} against {held:?}");
        }
    }

    #[test]
    fn what_was_never_measured_is_no_figure() {
        let report = Report::new(&crate::metrics::Record::default(), "nothing", &Wiring::default(), Vec::new(), &[]);
        assert_eq!(figures(&report), []);
    }
}
