//! The scenarios of the benchmark: they simulate what they say, and the kernel that they are measured against simulates the same.
//!
//! Both sides are random, so what is compared is the mean of one run with the scatter of several runs of the kernel: four standard errors.

#[path = "../../benches/chain/mod.rs"]
mod kernel;

use std::fs;

use coldfront::{
    engine::Bounds,
    metrics::{Record, RouteRecord},
    scenario::NoFiles,
    simulation::Simulation,
    topology,
};
use kernel::{Counts, Kernel};

const CHAIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/bench/chain.yaml");
const CHAIN_100: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/bench/chain-100.yaml");

/// What a scenario measures in so many seconds.
fn simulate(path: &str, seconds: u64) -> Record {
    let bytes = fs::read(path).unwrap();
    let loaded = topology::load(path, &bytes, &[("duration".into(), format!("{seconds}s"))], &NoFiles);
    Simulation::new(loaded.ready().expect("the scenario is valid"), Bounds::default()).run()
}

fn cold_starts(record: &Record) -> f64 {
    let counters = record.nodes.iter().flat_map(|node| &node.counters);
    counters.filter(|counter| counter.name == "ColdStarts").map(|counter| counter.value()).sum()
}

fn refused(record: &Record) -> u64 {
    record.limits.iter().map(|limit| limit.refused).sum()
}

/// Mean and standard deviation.
fn spread(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

/// Asserts that one more value like `values` could well be this one.
fn assert_akin(what: &str, value: f64, values: &[f64]) {
    let (mean, sd) = spread(values);
    let error = sd * (1.0 + 1.0 / values.len() as f64).sqrt();
    assert!((value - mean).abs() <= 4.0 * error, "{what}: {value} against {mean} ± {error}");
}

#[test]
fn the_hand_written_kernel_simulates_the_same_chain() {
    const SECONDS: u64 = 900;
    let record = simulate(CHAIN, SECONDS);
    let route: &RouteRecord = &record.routes[0];
    let kernels: Vec<Counts> = (1..=12).map(|seed| Kernel::new(SECONDS, seed).run()).collect();
    let of = |what: fn(&Counts) -> f64| kernels.iter().map(what).collect::<Vec<f64>>();
    assert_eq!((refused(&record), kernels.iter().map(|k| k.failed).sum()), (0, 0u64));
    assert_akin("requests", record.nodes[0].tally.arrived as f64, &of(|k| k.requests as f64));
    assert_akin("cold starts", cold_starts(&record), &of(|k| k.cold_starts as f64));
    assert_akin("mean latency", route.answers.ok.mean_s().unwrap() * 1e9, &of(|k| k.latency_sum as f64 / k.answered as f64));
    for q in [0.5, 0.9, 0.99, 0.999] {
        let at = |k: &Counts| k.latency.median_equivalent(k.latency.value_at_quantile(q)) as f64;
        assert_akin(&format!("quantile {q}"), route.answers.ok.quantile(q).as_micros() as f64, &kernels.iter().map(at).collect::<Vec<_>>());
    }
}

#[test]
fn a_hundred_chains_are_throttled_nowhere() {
    let record = simulate(CHAIN_100, 10);
    assert_eq!((refused(&record), record.routes.len(), record.nodes.len()), (0, 100, 400));
    let arrived: u64 = record.nodes[..100].iter().map(|node| node.tally.arrived).sum();
    assert!(arrived.abs_diff(100_000) < 1_300, "{arrived} of 100 000, four standard errors");
}

/// `chain-100.yaml` as it is to be.
fn hundred_chains() -> String {
    let head = r#"# yaml-language-server: $schema=../../schema/scenario.schema.json
# Does memory stay small when a scenario is wide: a hundred chains side by side, four hundred nodes?
#
# The chain of `chain.yaml` a hundred times, each with a tenth of its load: ten million requests in all, and quotas that throttle none of them. Written by
# a test (`UPDATE=1 cargo test hundred_chains`).

name: A hundred chains
duration: 1000s
quotas: { lambda.concurrent_executions: 20000, apigateway.throttle_rate: 20000, apigateway.throttle_burst: 20000 }
defaults:
  lambda:
    memory: 1769 MB
    timeout: 10s
    allocation: 0ms
    init_duration: lognormal(mean=400ms sigma=0.4)
    keep_alive: 300s
  dynamodb: { billing_mode: on_demand }

workloads:
"#;
    let mut text = head.to_owned();
    for chain in 0..100 {
        let rest = "phases: [ { duration: 1000s, arrival_rate: 100/s } ], requests: [ { route: GET /items } ], client: { timeout: 30s }";
        text += &match chain {
            0 => format!("  clients00: &clients {{ target: api00, arrivals: poisson, {rest} }}\n"),
            _ => format!("  clients{chain:02}: {{ <<: *clients, target: api{chain:02} }}\n"),
        };
    }
    text += "\nnodes:\n";
    for chain in 0..100 {
        text += &format!(
            "  api{chain:02}: {{ type: api_gateway, protocol: rest, routes: {{ GET /items: {{ integration: handler{chain:02}, timeout: 29s }} }} }}\n  \
               handler{chain:02}: {{ type: lambda, handler: [ {{ compute: lognormal(mean=100ms sigma=0.8) }}, {{ get_item: {{ table: items{chain:02} }} }} ] }}\n  \
               items{chain:02}: {{ type: dynamodb }}\n"
        );
    }
    text
}

#[test]
fn the_file_of_hundred_chains_is_as_written_here() {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(CHAIN_100, hundred_chains()).unwrap();
    }
    assert!(fs::read_to_string(CHAIN_100).unwrap_or_default() == hundred_chains(), "stale: UPDATE=1 cargo test hundred_chains");
}
