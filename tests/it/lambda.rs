//! Lambda, synchronous: concurrency, scaling, environments, INIT, memory and billing, statement by statement.
//!
//! The claims are those of AWS's guide (scaling-behavior, lambda-concurrency, provisioned-concurrency, runtime-environment, INIT billing), with numbers
//! worked out by hand. What rests on a choice of ours is said at the test: the order of admission checks, the reuse order, the size of rate buckets.

use crate::observed::{IDEAL, Run, near, run, run_bursts, s};
use coldfront::metrics::Class;

/// Callers of `f`, who come in bursts.
pub fn burst(top: &str, fields: &str, at: &[(f64, usize)]) -> Run {
    run_bursts(&format!("{IDEAL}{top}\nworkloads: {{ callers: {{ target: f, BURSTS }} }}\nnodes:\n  f: {{ type: lambda, {fields} }}\n"), at)
}

/// Callers of `f`, who come at even distances for the whole of the run.
pub fn steady(top: &str, seconds: u32, rate: u32, fields: &str) -> Run {
    let phases = format!("arrivals: uniform, phases: [ {{ duration: {seconds}s, arrival_rate: {rate}/s }} ]");
    let nodes = format!("nodes:\n  f: {{ type: lambda, {fields} }}\n");
    run(&format!("{IDEAL}duration: {seconds}s\n{top}\nworkloads: {{ callers: {{ target: f, {phases} }} }}\n{nodes}"))
}

pub const ROOMY: &str = "duration: 120s\nquotas: { lambda.concurrent_executions: 10000 }";
pub const ADMISSION: [&str; 3] = ["Invocations", "Throttles", "ColdStarts"];

#[test]
fn a_step_load_is_served_whole_after_the_time_the_scaling_rate_needs() {
    // (N − 1000) / 100 a second: 1,500 calls of a second each, every second, are all accepted from 5 s on.
    let at: Vec<(f64, usize)> = (0..10).map(|second| (f64::from(second), 1_500)).collect();
    let run = burst(ROOMY, "timeout: 10s, handler: [ { wait: 990ms } ]", &at);
    let throttled: Vec<f64> = (0..10).map(|second| run.count_between("f", "Throttles", f64::from(second), f64::from(second + 1))).collect();
    assert_eq!(throttled, [500.0, 400.0, 300.0, 200.0, 100.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn a_reservation_limits_requests_a_second_to_ten_times_itself() {
    let run = steady("warm_up: 5s", 25, 200, "reserved_concurrency: 10, handler: [ { wait: 10ms } ]");
    near(run.ok("callers") as f64, 2_000.0, 0.001);
    assert_eq!((run.refusing(), run.gauge("f", "ConcurrentExecutions").max <= 2), (vec!["lambda_reserved_rate"], true));
}

#[test]
fn provisioned_concurrency_spills_over_when_the_rate_is_beyond_ten_times_itself() {
    let run = steady("warm_up: 10s", 60, 150, "provisioned_concurrency: 10, handler: [ { wait: 20ms } ]");
    near(run.count("f", "ProvisionedConcurrencyInvocations"), 5_000.0, 0.002);
    near(run.count("f", "ProvisionedConcurrencySpilloverInvocations"), 2_500.0, 0.002);
    assert_eq!((run.count("f", "Throttles"), run.gauge("f", "ConcurrentExecutions").max <= 4), (0.0, true));
}

#[test]
fn provisioned_environments_start_warm_and_what_spills_over_starts_cold() {
    let run = burst("duration: 60s", "provisioned_concurrency: 10, init_duration: 200ms, handler: [ { wait: 1s } ]", &[(0.0, 15)]);
    let counted = ["ProvisionedConcurrencyInvocations", "ProvisionedConcurrencySpilloverInvocations", "ColdStarts"];
    assert_eq!(run.counts("f", counted), [10.0, 5.0, 5.0]);
    let ok = run.answers("callers").ok;
    near(s(ok.quantile(0.5)), 1.0, 0.001);
    assert_eq!(s(ok.max()), 1.2);
}

#[test]
fn with_all_of_a_reservation_provisioned_nothing_spills_over() {
    let run = burst("duration: 60s", "reserved_concurrency: 100, provisioned_concurrency: 100, handler: [ { wait: 1s } ]", &[(0.0, 101)]);
    assert_eq!(run.counts("f", ADMISSION), [100.0, 1.0, 0.0]);
    let counted = ["ProvisionedConcurrencyInvocations", "ProvisionedConcurrencySpilloverInvocations"];
    assert_eq!((run.counts("f", counted), run.refusing()), ([100.0, 0.0], vec!["lambda_reserved_concurrency"]));
}

#[test]
fn functions_without_a_reservation_share_what_is_left() {
    let f = "{ type: lambda, handler: [ { wait: 1s } ] }";
    let yaml =
        format!("{IDEAL}duration: 10s\nworkloads: {{ a: {{ target: f, BURSTS }}, b: {{ target: g, BURSTS }} }}\nnodes: {{ f: {f}, g: {f} }}\n");
    let run = run_bursts(&yaml, &[(0.0, 600), (5.0, 300)]);
    assert_eq!((run.ok("a") + run.ok("b"), run.refused("lambda_unreserved_concurrency")), (1_600, 200));
    assert_eq!(run.count_between("f", "Throttles", 5.0, 10.0) + run.count_between("g", "Throttles", 5.0, 10.0), 0.0, "600 of 1,000 at 5 s");
}

#[test]
fn a_reservation_of_zero_is_an_off_switch() {
    let run = burst("duration: 10s", "reserved_concurrency: 0, handler: [ { wait: 1s } ]", &[(0.0, 7)]);
    assert_eq!((run.counts("f", ADMISSION), run.refusing()), ([0.0, 7.0, 0.0], vec!["lambda_reserved_concurrency"]));
}

#[test]
fn a_payload_over_six_megabytes_is_refused_before_it_counts() {
    let sent = |payload: &str| {
        let at = format!("BURSTS, requests: [ {{ payload: {payload} }} ]");
        let nodes = "nodes: { f: { type: lambda, handler: [ { wait: 1s } ] } }";
        let run = run_bursts(&format!("{IDEAL}duration: 10s\nworkloads: {{ callers: {{ target: f, {at} }} }}\n{nodes}\n"), &[(0.0, 1)]);
        (run.ok("callers"), run.failed("callers", Class::Rejected, 413), run.counts("f", ADMISSION))
    };
    assert_eq!(sent("6 MB"), (1, 0, [1.0, 0.0, 1.0]));
    assert_eq!(sent("6291457 B"), (0, 1, [0.0; 3]));
    assert_eq!(sent("5 GB"), (0, 1, [0.0; 3]), "however large");
}

#[test]
fn idle_time_is_counted_to_the_instant_of_expiry_though_nobody_looked() {
    let run = burst("duration: 500s", "keep_alive: 60s, handler: [ { wait: 100ms } ]", &[(0.0, 3), (400.0, 1)]);
    assert_eq!(run.counts("f", ["ColdStarts", "ExpiredEnvironments"]), [4.0, 4.0]);
    near(run.held("f", "IdleEnvironments"), 4.0 * 60.0, 1e-9);
    let idle = run.gauge("f", "IdleEnvironments");
    assert_eq!((idle.max, idle.last), (3, 0));
    let means = |from, to| run.windows(from, to).map(|at| idle.window_means[at]).fold((f32::MAX, 0.0f32), |(a, b), m| (a.min(m), b.max(m)));
    assert_eq!((means(2.0, 60.0), means(62.0, 400.0)), ((3.0, 3.0), (0.0, 0.0)));
}

#[test]
fn an_environment_is_recycled_at_the_end_of_its_life_however_busy() {
    let run = steady("", 100, 1, "keep_alive: 1h, lifetime: 25.5s, handler: [ { wait: 100ms } ]");
    assert_eq!(run.counts("f", ["ColdStarts", "ExpiredEnvironments"]), [4.0, 3.0]);
}

#[test]
fn concurrency_is_rate_times_duration() {
    let run = steady("warm_up: 10s", 110, 40, "handler: [ { wait: 250ms } ]");
    near(run.gauge("f", "ConcurrentExecutions").mean, 10.0, 0.001);
}

#[test]
fn an_environment_whose_time_comes_while_it_works_is_never_idle_again() {
    let load = "users: 1";
    let f = "{ type: lambda, timeout: 1m, lifetime: 2m, handler: [ { wait: 1s } ] }";
    let run = run(&format!("{IDEAL}duration: 599s\nworkloads: {{ w: {{ target: f, {load} }} }}\nnodes: {{ f: {f} }}\n"));
    let idle = run.gauge("f", "IdleEnvironments");
    assert!(idle.mean >= 0.0 && idle.mean < 1.0 && idle.max <= 1, "{} {}", idle.mean, idle.max);
    // One a second: the environment is replaced every two minutes.
    assert_eq!(run.counts("f", ["ColdStarts", "ExpiredEnvironments"]), [5.0, 4.0]);
}
