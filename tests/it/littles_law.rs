//! Little's law, L = λ · W, on a node of every kind at once: clients, an API, functions, a table, and servers of each discipline.
//!
//! ```text
//! ∫ N(t) dt = Σ W_k        exactly, where the system is empty at the beginning and at the end
//! ```
//!
//! The law knows nothing of distributions, so the scenario has cold starts, throttles, time-outs and retries. W comes from latencies, L from gauges
//! where there are some, to a billionth; and at every node from a count of what is in flight every 20 ms, to the error of such a sample.

use crate::support;
use coldfront::engine::Bounds;
use coldfront::metrics::{NodeRecord, Record};
use coldfront::platform::Platform;
use coldfront::scenario::Scenario;
use coldfront::simulation::Simulation;
use coldfront::units::Time;

/// The last pause lets everything come to its end.
const MIXED: &str = "
duration: 2m
seed: 5
workloads:
  shoppers:
    target: api
    phases: [ { duration: 40s, arrival_rate: 60/s }, { duration: 40s, arrival_rate: 60/s, ramp_to: 140/s }, { pause: 40s } ]
    requests: [ { route: GET /, weight: 3 }, { route: POST / } ]
    client: { timeout: 500ms, retry: { max_attempts: 3, mode: full_jitter, base: 100ms } }
  batch:
    target: shared
    phases: [ { duration: 80s, arrival_rate: 30/s }, { pause: 40s } ]
  urgent:
    target: ranked
    priority: 1
    phases: [ { duration: 80s, arrival_rate: 10/s }, { pause: 40s } ]
nodes:
  api: { type: api_gateway, protocol: http, throttle: { rate: 110/s, burst: 50 }, routes: { GET /: reader, POST /: writer } }
  reader:
    type: lambda
    allocation: 0s
    invoke_overhead: 0s
    keep_alive: 5s
    handler: [ { compute: 2ms }, { get_item: { table: items } }, { call: { node: backend } } ]
  writer:
    type: lambda
    timeout: 2s
    allocation: 0s
    invoke_overhead: 0s
    reserved_concurrency: 12
    handler:
      - parallel: [ [ { put_item: { table: items } } ], [ { call: { node: ranked } } ] ]
      - wait: exponential(mean=200ms)
      - fail: { chance: 2% }
  items: { type: dynamodb }
  backend: { type: server, slots: 4, queue_limit: 6, service_time: lognormal(mean=40ms cv=1.5) }
  ranked: { type: server, discipline: priority, service_time: exponential(mean=20ms) }
  shared: { type: server, discipline: processor_sharing, slots: 2, service_time: gamma(mean=50ms cv=1.2) }
";

fn mixed() -> Scenario {
    support::load("littles_law", MIXED, &[], support::repository()).0
}

const STEP: Time = Time::from_millis(20);

fn node<'r>(record: &'r Record, name: &str) -> &'r NodeRecord {
    record.nodes.iter().find(|node| node.name == name).expect("a node of this name")
}

/// The integral of a gauge, in things × seconds.
fn area(record: &Record, at: &str, name: &str) -> f64 {
    let gauge = node(record, at).gauges.iter().find(|gauge| gauge.name == name).expect("a gauge of this name");
    gauge.mean * record.simulated.as_secs_f64()
}

/// The number and the sum in seconds of a latency.
fn latencies(record: &Record, at: &str, name: &str) -> (u64, f64) {
    let latency = node(record, at).latencies.iter().find(|latency| latency.name == name).expect("a latency of this name");
    (latency.distribution.count(), latency.distribution.sum_s())
}

/// The time that all requests together spent at a node, in seconds, and how many there were.
fn time_spent(record: &Record, at: &NodeRecord) -> (u64, f64) {
    let name = &at.name;
    match at.kind {
        "workload" => {
            let answers = &record.routes.iter().filter(|route| route.workload == *name).map(|route| &route.answers).collect::<Vec<_>>();
            (answers.iter().map(|a| a.answered()).sum(), answers.iter().map(|a| a.ok.sum_s() + a.failed.sum_s()).sum())
        }
        "api_gateway" => latencies(record, name, "Latency"),
        "lambda" => {
            let ((runs, running), (_, starting)) = (latencies(record, name, "Duration"), latencies(record, name, "InitDuration"));
            (runs, running + starting)
        }
        "dynamodb" => {
            // The way there and back is no part of what the table calls its latency.
            let (n, served) = latencies(record, name, "SuccessfulRequestLatency");
            (n, served + n as f64 * Platform::default().latency("sdk.round_trip").at(0, 0).0 / 1e3)
        }
        "server" => latencies(record, name, "TargetResponseTime"),
        kind => panic!("say how long requests stay at a node of kind `{kind}`"),
    }
}

fn assert_equal(name: &str, area: f64, spent: f64) {
    println!("{name:10} ∫ N dt = {area:.6} s, Σ W = {spent:.6} s");
    assert!((area / spent - 1.0).abs() < 1e-9, "{name}: the gauge says {area} s, the latencies {spent} s");
}

#[test]
fn gauges_agree_with_latencies() {
    let record = Simulation::new(&mixed(), Bounds::default()).run();
    assert!(record.nodes.iter().all(|node| node.tally.in_flight == 0 && node.tally.arrived > 500), "busy, and empty in the end");
    // Under processor sharing no gauge counts those who share a slot.
    for server in ["backend", "ranked"] {
        let present = area(&record, server, "BusySlots") + area(&record, server, "QueueLength");
        assert_equal(server, present, time_spent(&record, node(&record, server)).1);
    }
    for function in ["reader", "writer"] {
        assert_equal(function, area(&record, function, "ConcurrentExecutions"), time_spent(&record, node(&record, function)).1);
    }
}

/// A sample every h sees a stay of length W floor(W / h) or one times more, so the error of h times the count has a variance of at most h · W and of at
/// most h² / 4. Four standard deviations are allowed.
#[test]
fn what_is_in_flight_agrees_with_latencies() {
    let mut run = Simulation::new(&mixed(), Bounds::default());
    let (mut seen, mut now) = (Vec::new(), Time::ZERO);
    while now < run.duration() {
        run.advance(now);
        let nodes = run.clone().finish().nodes;
        seen.resize(nodes.len(), 0);
        seen.iter_mut().zip(&nodes).for_each(|(seen, node)| *seen += node.tally.in_flight);
        now += STEP;
    }
    let (record, h) = (run.run(), STEP.as_secs_f64());
    for (node, seen) in record.nodes.iter().zip(seen) {
        let (n, spent) = time_spent(&record, node);
        let (sampled, error) = (h * seen as f64, 4.0 * (h * spent).min(h * h / 4.0 * n as f64).sqrt());
        println!("{:10} sampled ∫ N dt = {sampled:.2} ± {error:.2} s, Σ W = {spent:.2} s", node.name);
        assert!((sampled - spent).abs() <= error, "{}: {sampled} ± {error} s in flight, {spent} s of latency", node.name);
        assert!(error < 0.15 * spent, "{}: too coarse to tell", node.name);
    }
}

#[test]
fn the_scenario_has_all_that_could_break_the_law() {
    let record = Simulation::new(&mixed(), Bounds::default()).run();
    let counter = |at: &str, name: &str| node(&record, at).counters.iter().find(|c| c.name == name).expect("a counter").sum;
    let shoppers = record.routes.iter().find(|route| route.workload == "shoppers").expect("shoppers");
    assert!(counter("reader", "ColdStarts") > 20 && counter("writer", "Throttles") > 20 && counter("writer", "Errors") > 20);
    assert!(counter("backend", "RejectedRequestCount") > 20 && shoppers.answers.retried > 20);
    assert!(record.limits.iter().any(|limit| limit.name == "apigateway_stage" && limit.refused > 20));
}
