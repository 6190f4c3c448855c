//! From a record to a report: names instead of numbers of nodes, seconds instead of nanoseconds, workloads as sums of their routes.
//! Nothing is measured here and nothing judged: percentiles and intervals are `metrics`', sentences are `verdict`'s.

use super::alarms;
use super::bins::bins;
use super::caveats;
use super::cost::{self, Cost};
use super::measure;
use super::messages::{self, summary};
use super::model::*;
use super::oracle;
use super::strain::Strain;
use super::threshold::{self, Threshold};
use super::verdict;
use super::wiring::Wiring;
use crate::cost::{Pricing, Statement};
use crate::metrics::{Answers, Cause, LimitRecord, NodeRecord, Record, RouteRecord, Window, mean_half_width, quantile_half_width};
use crate::scenario::Scenario;
use crate::units::Time;

/// The percentiles of every latency line.
const PERCENTS: [f64; 7] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99];

impl Report {
    /// The report of a run of `scenario`; `wiring` is what its nodes are to one another.
    pub fn new(record: &Record, scenario: &str, wiring: &Wiring, warnings: Vec<String>, thresholds: &[Threshold]) -> Report {
        Report {
            format: FORMAT.into(),
            scenario: scenario.into(),
            verdict: verdict::sentences(record, wiring),
            run: run(record),
            workloads: workloads(record, wiring),
            nodes: record.nodes.iter().filter(|n| n.kind != "workload").map(|n| node(record, n)).collect(),
            queues: messages::queues(record, wiring),
            topics: messages::topics(record),
            alarms: alarms::alarms(record),
            asynchronous: messages::asynchronous(record, wiring),
            limits: limits(record),
            thresholds: thresholds.iter().map(|t| threshold::evaluate(record, t)).collect(),
            warnings,
            caveats: caveats::caveats(record, wiring),
            oracles: Vec::new(),
            windows: Windows { width_s: record.window.as_secs_f64(), ends_s: record.window_ends.iter().map(|t| t.as_secs_f64()).collect() },
            cost: None,
        }
    }

    /// The report of a run of `scenario`, with its thresholds; `warnings` are those of its check.
    pub fn of(scenario: &Scenario, record: &Record, warnings: Vec<String>) -> Report {
        Self::priced(scenario, record, warnings, &Pricing::default())
    }

    /// The same at these prices.
    pub fn priced(scenario: &Scenario, record: &Record, mut warnings: Vec<String>, pricing: &Pricing) -> Report {
        let statement = Statement::of(scenario, record, pricing);
        warnings.extend(cost::warnings(&statement));
        let mut report = Self::new(record, &scenario.name, &Wiring::of(scenario), warnings, &[]);
        report.thresholds = scenario.thresholds.iter().map(|threshold| measure::judged(scenario, record, &statement, threshold)).collect();
        report.cost = Some(Cost::of(&statement));
        report.oracles = oracle::oracles(scenario, record);
        report.run.represents_s = scenario.represents.as_ref().map(|it| it.time.as_secs_f64());
        report
    }

    /// Requests that clients began after the warm-up.
    pub fn requests(&self) -> u64 {
        self.workloads.iter().map(|w| w.total.offered).sum()
    }

    /// What was simulated, in the noun that fits: requests, or the messages of queues where nobody asks anything.
    pub fn handled(&self) -> Option<(u64, &'static str)> {
        let messages = || self.queues.iter().map(|q| q.sent).sum();
        [(self.requests(), "request"), (messages(), "message")].into_iter().find(|(n, _)| *n > 0)
    }

    /// Whether every threshold holds.
    pub fn passed(&self) -> bool {
        self.thresholds.iter().all(|t| t.passed)
    }
}

fn run(record: &Record) -> Run {
    Run {
        seed: record.seed,
        duration_s: record.duration.as_secs_f64(),
        simulated_s: record.simulated.as_secs_f64(),
        warm_up_s: record.warm_up.as_secs_f64(),
        events: record.events,
        fingerprint: format!("{:016x}", record.fingerprint),
        stopped_early: record.stopped_early.clone(),
        represents_s: None,
        suggested_warm_up_s: caveats::suggested_warm_up(record).map(Time::as_secs_f64),
    }
}

fn workloads(record: &Record, wiring: &Wiring) -> Vec<Workload> {
    let mut names: Vec<&str> = Vec::new();
    for route in &record.routes {
        if !names.contains(&route.workload.as_str()) {
            names.push(&route.workload);
        }
    }
    names.into_iter().map(|name| workload(record, wiring, name)).collect()
}

fn workload(record: &Record, wiring: &Wiring, name: &str) -> Workload {
    let members: Vec<&RouteRecord> = record.routes.iter().filter(|r| r.workload == name).collect();
    let (steady, in_flight) = (members.iter().all(|r| r.steady), members.iter().map(|r| r.in_flight).sum());
    let routes: Vec<Route> = members.iter().map(|r| route(record, r)).collect();
    let total = match &routes[..] {
        [only] => only.answers.clone(),
        _ => answered(&Answers::of_all(&members), in_flight, steady),
    };
    Workload { name: name.into(), total, routes, end_to_end: messages::end_to_end(record, wiring, name) }
}

fn route(record: &Record, r: &RouteRecord) -> Route {
    Route {
        route: r.route.clone(),
        target: record.nodes[r.node].name.clone(),
        answers: answered(&r.answers, r.in_flight, r.steady),
        series: series(&r.windows),
    }
}

fn answered(a: &Answers, in_flight: u64, steady: bool) -> Answered {
    let failure =
        |(outcome, n): &(crate::metrics::Outcome, u64)| Failure { class: outcome.class.name().replace(' ', "_"), code: outcome.code, count: *n };
    Answered {
        offered: a.offered,
        ok: a.ok.count(),
        failed: a.failed.count(),
        in_flight,
        retried: a.retried,
        attempts: a.attempts,
        failures: a.failures.iter().map(failure).collect(),
        steady,
        latency: latencies(a),
        failure_latency: summary(&a.failed, &[]),
        time_spent: [50.0, 99.0].into_iter().filter(|_| !a.ok.is_empty()).map(|percent| time_spent(a, percent)).collect(),
    }
}

fn latencies(a: &Answers) -> Latencies {
    let ok = &a.ok;
    let percentile = |percent: f64| {
        let q = percent / 100.0;
        let half_width_s = quantile_half_width(ok, &a.batches, q);
        Percentile { percent, value_s: ok.quantile(q).as_secs_f64(), supported: ok.supports(q), half_width_s }
    };
    Latencies {
        mean_s: ok.mean_s(),
        mean_half_width_s: mean_half_width(&a.batches),
        p99_half_width_s: quantile_half_width(ok, &a.batches, 0.99),
        max_s: ok.max().as_secs_f64(),
        percentiles: if ok.is_empty() { Vec::new() } else { PERCENTS.into_iter().map(percentile).collect() },
        histogram: bins(ok),
    }
}

/// Reads the band at a percentile and scales it to that latency.
fn time_spent(a: &Answers, percent: f64) -> TimeSpent {
    let latency = a.ok.quantile(percent / 100.0);
    let band = a.spent.near(latency.as_micros());
    let whole = band.spent.iter().sum::<u64>().max(1) as f64;
    let share = |cause: &Cause| Share { cause: cause.key().into(), time_s: band.spent[*cause as usize] as f64 / whole * latency.as_secs_f64() };
    TimeSpent { percent, latency_s: latency.as_secs_f64(), requests: band.count, causes: Cause::ALL.iter().map(share).collect() }
}

fn series(windows: &[Window]) -> Series {
    let counts = |of: fn(&Window) -> u32| windows.iter().map(of).collect();
    let times = |of: fn(&Window) -> Time| windows.iter().map(|w| of(w).as_secs_f64()).collect();
    Series {
        offered: counts(|w| w.offered),
        ok: counts(|w| w.ok),
        failed: counts(|w| w.failed),
        p50_s: times(|w| w.p50),
        p90_s: times(|w| w.p90),
        p95_s: times(|w| w.p95),
        p99_s: times(|w| w.p99),
        max_s: times(|w| w.max),
        heat: windows.iter().map(heat).collect(),
    }
}

fn heat(window: &Window) -> HeatRow {
    let first = window.heat.iter().position(|n| *n > 0).unwrap_or(0);
    let end = window.heat.iter().rposition(|n| *n > 0).map_or(first, |last| last + 1);
    HeatRow { first: first as u8, counts: window.heat[first..end].to_vec() }
}

fn node(record: &Record, n: &NodeRecord) -> Node {
    let counters = n.counters.iter().map(|c| Counter {
        name: c.name.into(),
        dimension: c.dimension.clone(),
        sum: c.value(),
        series: c.windows.iter().map(|n| n / c.per as f32).collect(),
    });
    let gauges = n.gauges.iter().map(|g| Gauge {
        name: g.name.into(),
        unit: (g.per == 1000).then(|| "s".into()),
        mean: g.scaled(g.mean),
        mean_half_width: record.level_half_width(g),
        max: g.scaled(g.max as f64),
        last: g.scaled(g.last as f64),
        mean_series: g.window_means.iter().map(|mean| mean / g.per as f32).collect(),
        max_series: g.window_maxima.iter().map(|max| g.scaled(f64::from(*max))).collect(),
    });
    Node {
        name: n.name.clone(),
        kind: n.kind.into(),
        arrived: n.arrived,
        whole_run: WholeRun { arrived: n.tally.arrived, ok: n.tally.ok, failed: n.tally.failed, in_flight: n.tally.in_flight },
        counters: counters.collect(),
        gauges: gauges.collect(),
        latencies: n.latencies.iter().map(|l| NodeLatency { name: l.name.into(), summary: summary(&l.distribution, &l.batches) }).collect(),
    }
}

fn limits(record: &Record) -> Vec<Limit> {
    let mut limits: Vec<&LimitRecord> = record.limits.iter().filter(|l| l.refused > 0).collect();
    limits.sort_by_key(|l| std::cmp::Reverse(l.refused));
    limits.into_iter().map(|l| limit(record, l)).collect()
}

fn limit(record: &Record, l: &LimitRecord) -> Limit {
    let strain = Strain::of(record, l);
    Limit {
        node: record.nodes[l.node].name.clone(),
        name: l.name.into(),
        phrase: l.phrase.clone(),
        refused: l.refused,
        arrived: verdict::arrived(record, l),
        from_s: strain.as_ref().map(|s| s.from.as_secs_f64()),
        until_s: strain.as_ref().map(|s| s.until.as_secs_f64()),
        series: l.windows.clone(),
    }
}
