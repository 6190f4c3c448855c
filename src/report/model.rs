//! The report as data: what `--format json` prints and every other format draws. `docs/report.md` describes each field.
//!
//! Times are seconds (`_s`), shares lie between 0 and 1, series run over the whole run window by window (see [`Windows`]), everything else
//! begins at the end of the warm-up. A field is only ever added; to change or drop one is a new format number.

use super::caveats::Caveat;
use super::cost::Cost;
use super::messages::{Asynchronous, EndToEnd, Queue, Topic};
use super::oracle::Oracle;
use serde::{Deserialize, Serialize};

/// The format's name and version.
pub const FORMAT: &str = "coldfront.report/1";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub format: String,
    pub scenario: String,
    /// One to eight sentences.
    pub verdict: Vec<String>,
    pub run: Run,
    pub workloads: Vec<Workload>,
    pub nodes: Vec<Node>,
    /// What became of the messages of each queue; absent where there is no queue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<Queue>,
    /// What became of the messages of each topic; absent where there is no topic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Topic>,
    /// Functions that are fed from queues or invoked asynchronously; absent where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asynchronous: Vec<Asynchronous>,
    /// Those that refused something, the strictest first.
    pub limits: Vec<Limit>,
    pub thresholds: Vec<ThresholdResult>,
    pub warnings: Vec<String>,
    /// What is to be borne in mind with the figures; absent where there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caveats: Vec<Caveat>,
    /// Figures that theory knows too; absent where it knows none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub oracles: Vec<Oracle>,
    pub windows: Windows,
    /// What it costs a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// What was run, and how far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub seed: u64,
    pub duration_s: f64,
    pub simulated_s: f64,
    pub warm_up_s: f64,
    pub events: u64,
    /// Sixteen hexadecimal digits; equal fingerprints are equal runs.
    pub fingerprint: String,
    pub stopped_early: Option<String>,
    /// What time the measured part stands for; absent where the scenario does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub represents_s: Option<f64>,
    /// The warm-up that MSER-5 suggests; absent where the load is not steady or the run too short to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested_warm_up_s: Option<f64>,
}

/// When each window of the series ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Windows {
    pub width_s: f64,
    pub ends_s: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    pub name: String,
    /// All routes together.
    pub total: Answered,
    pub routes: Vec<Route>,
    /// Absent where the workload does not say where its work ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_to_end: Option<EndToEnd>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    pub route: String,
    /// The node that is called.
    pub target: String,
    pub answers: Answered,
    pub series: Series,
}

/// What clients saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    pub offered: u64,
    pub ok: u64,
    pub failed: u64,
    /// Without a final answer when the run ended.
    pub in_flight: u64,
    /// Requests that took more than one attempt, and the attempts of all.
    pub retried: u64,
    pub attempts: u64,
    pub failures: Vec<Failure>,
    /// Whether the load is the same from the warm-up to the end.
    pub steady: bool,
    /// Of successful requests.
    pub latency: Latencies,
    /// Of all others: fast failure does not improve the figures above.
    pub failure_latency: Summary,
    /// Where the time of successful requests went, at p50 and at p99.
    pub time_spent: Vec<TimeSpent>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// `throttled`, `timed_out`, `failed` or `rejected`.
    pub class: String,
    pub code: u16,
    pub count: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latencies {
    pub mean_s: Option<f64>,
    /// Half of the 95 % interval; null where the load is not steady or the data too few.
    pub mean_half_width_s: Option<f64>,
    pub p99_half_width_s: Option<f64>,
    pub max_s: f64,
    pub percentiles: Vec<Percentile>,
    pub histogram: Vec<Bin>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Percentile {
    /// 50, 75, 90, 95, 99, 99.9, 99.99.
    pub percent: f64,
    pub value_s: f64,
    /// Whether at least ten samples lie beyond it.
    pub supported: bool,
    /// Half of the 95 % interval; null where the load is not steady or fewer than thirty samples lie beyond.
    #[serde(default)]
    pub half_width_s: Option<f64>,
}

/// Requests with a latency of `from_s` (inclusive) to `to_s` (exclusive).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    pub from_s: f64,
    pub to_s: f64,
    pub count: u64,
}

/// A distribution in five numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub count: u64,
    pub mean_s: f64,
    pub p50_s: f64,
    pub p99_s: f64,
    pub max_s: f64,
    #[serde(flatten)]
    pub half_widths: HalfWidths,
}

/// Halves of the 95 % intervals of a [`Summary`]; absent where the load is not steady or there is too little to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HalfWidths {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_half_width_s: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_half_width_s: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_half_width_s: Option<f64>,
}

impl HalfWidths {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// How a typical request of this latency spends it; the causes add up to `latency_s`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeSpent {
    pub percent: f64,
    pub latency_s: f64,
    /// How many requests of about this latency speak here.
    pub requests: u64,
    pub causes: Vec<Share>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// `queue`, `cold_start`, `compute`, `wait`, `service`, `back_off`, `overhead` or `abandoned`.
    pub cause: String,
    pub time_s: f64,
}

/// A route by window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub offered: Vec<u32>,
    pub ok: Vec<u32>,
    pub failed: Vec<u32>,
    pub p50_s: Vec<f64>,
    pub p90_s: Vec<f64>,
    pub p95_s: Vec<f64>,
    pub p99_s: Vec<f64>,
    pub max_s: Vec<f64>,
    /// Successful requests by latency, in 48 cells of which the k-th ends at 100 µs × 10^(k/8).
    pub heat: Vec<HeatRow>,
}

/// The cells from the first to the last that hold anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeatRow {
    pub first: u8,
    pub counts: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub name: String,
    pub kind: String,
    /// Calls that reached it after the warm-up.
    pub arrived: u64,
    pub whole_run: WholeRun,
    pub counters: Vec<Counter>,
    pub gauges: Vec<Gauge>,
    pub latencies: Vec<NodeLatency>,
}

/// The tally of a node, warm-up included: arrived = ok + failed + in flight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WholeRun {
    pub arrived: u64,
    pub ok: u64,
    pub failed: u64,
    pub in_flight: u64,
}

/// A CloudWatch metric of which the sum counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counter {
    pub name: String,
    /// The part of the node that it is of: the name of an index. Absent where it is of the node as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<String>,
    /// Written without a fraction where it has none; capacity units come in halves.
    #[serde(serialize_with = "whole_where_it_is")]
    pub sum: f64,
    /// By window; zeros at the end are left away.
    pub series: Vec<f32>,
}

/// A level: its time average and its maximum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gauge {
    pub name: String,
    /// `s` where it is a time; absent where it is a number of things.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    pub mean: f64,
    /// Half of the 95 % interval of the mean; absent where the load is not steady.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_half_width: Option<f64>,
    #[serde(serialize_with = "whole_where_it_is")]
    pub max: f64,
    /// When the run ended.
    #[serde(serialize_with = "whole_where_it_is")]
    pub last: f64,
    pub mean_series: Vec<f32>,
    #[serde(serialize_with = "whole_where_they_are")]
    pub max_series: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeLatency {
    pub name: String,
    #[serde(flatten)]
    pub summary: Summary,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    pub node: String,
    /// Stable: `table_write_provisioned`.
    pub name: String,
    /// For sentences: "`orders`' write capacity (20 WCU)".
    pub phrase: String,
    pub refused: u64,
    /// Calls that reached the node; null where they cannot be told.
    pub arrived: Option<u64>,
    /// The first and last moment at which it refused 1 % of what clients offered; null where it never did.
    pub from_s: Option<f64>,
    pub until_s: Option<f64>,
    /// Refusals by window; zeros at the end are left away.
    pub series: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThresholdResult {
    pub target: String,
    pub metric: String,
    /// `<`, `<=`, `>` or `>=`.
    pub op: String,
    /// Of bound and actual: `s`, `share` or `count`.
    pub unit: String,
    pub bound: f64,
    /// Null where there was nothing to measure, and then it does not hold.
    pub actual: Option<f64>,
    pub passed: bool,
}

fn whole_where_it_is<S: serde::Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 && value.abs() < 1e15 { serializer.serialize_i64(*value as i64) } else { serializer.serialize_f64(*value) }
}

fn whole_where_they_are<S: serde::Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    struct Whole(f64);
    impl Serialize for Whole {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            whole_where_it_is(&self.0, serializer)
        }
    }
    serializer.collect_seq(values.iter().map(|value| Whole(*value)))
}
