//! API Gateway: its buckets, its time-out, and what the client is told of what went wrong behind it.
//!
//! The statuses are those of AWS's guide for REST APIs; for HTTP APIs they are from community reports. "Idealised" APIs add no overhead.

use crate::observed::{IDEAL, Run, near, run, run_bursts, s};
use coldfront::metrics::Class;

/// A backend that answers at once, however many ask.
const BACKEND: &str = "  b: { type: server, slots: 1000000, service_time: 1ms }\n";

/// One API in front of the backend, asked at these instants.
fn burst(api: &str, at: &[(f64, usize)]) -> Run {
    let nodes = format!("nodes:\n  api: {{ type: api_gateway, overhead: 0s, routes: {{ GET /: b }}, {api} }}\n{BACKEND}");
    run_bursts(&format!("duration: 10s\nworkloads: {{ callers: {{ target: api, BURSTS }} }}\n{nodes}"), at)
}

/// A workload that comes at even distances for the whole of the run.
fn evenly(name: &str, api: &str, seconds: u32, rate: u32) -> String {
    format!("  {name}: {{ target: {api}, arrivals: uniform, phases: [ {{ duration: {seconds}s, arrival_rate: {rate}/s }} ] }}\n")
}

#[test]
fn the_accounts_bucket_lets_five_thousand_in_at_once() {
    let run = burst("protocol: rest", &[(0.0, 20_000)]);
    assert_eq!((run.ok("callers"), run.failed("callers", Class::Throttled, 429)), (5_000, 15_000));
    assert_eq!(run.refused("apigateway_account"), 15_000);
}

#[test]
fn ten_thousand_a_second_pass_once_the_bucket_is_empty() {
    let nodes = format!("nodes:\n  api: {{ type: api_gateway, overhead: 0s, routes: {{ GET /: b }} }}\n{BACKEND}");
    let run = run(&format!("duration: 4s\nworkloads:\n{}{nodes}", evenly("callers", "api", 4, 20_000)));
    let accepted = |second: f64| 20_000.0 - run.count_between("api", "4XXError", second, second + 1.0);
    near(accepted(0.0), 15_000.0, 0.001);
    for second in [1.0, 2.0, 3.0] {
        near(accepted(second), 10_000.0, 0.001);
    }
}

#[test]
fn apis_of_both_kinds_share_the_accounts_bucket() {
    let api = |name: &str, protocol: &str| format!("  {name}: {{ type: api_gateway, protocol: {protocol}, overhead: 0s, routes: {{ GET /: b }} }}\n");
    let workloads = format!("{}{}", evenly("one", "rest", 15, 6_000), evenly("other", "http", 15, 6_000));
    let nodes = format!("{}{}{BACKEND}", api("rest", "rest"), api("http", "http"));
    let run = run(&format!("duration: 15s\nwarm_up: 5s\nworkloads:\n{workloads}nodes:\n{nodes}"));
    near((run.ok("one") + run.ok("other")) as f64, 100_000.0, 0.001);
    near(run.refused("apigateway_account") as f64, 20_000.0, 0.001);
}

#[test]
fn what_a_routes_own_limit_refuses_takes_nothing_from_the_account() {
    // 100 + 9,900 a second are just what the account may do; with the 900 that are refused its bucket would be empty after 6 s. (That refusals take
    // no token elsewhere is our choice.)
    let route = "routes: { GET /: { integration: b, throttle: { rate: 100/s, burst: 50 } } }";
    let apis =
        format!("  limited: {{ type: api_gateway, overhead: 0s, {route} }}\n  open: {{ type: api_gateway, overhead: 0s, routes: {{ GET /: b }} }}\n");
    let workloads = format!("{}{}", evenly("one", "limited", 15, 1_000), evenly("other", "open", 15, 9_900));
    let run = run(&format!("duration: 15s\nwarm_up: 5s\nworkloads:\n{workloads}nodes:\n{apis}{BACKEND}"));
    near(run.ok("one") as f64, 1_000.0, 0.005);
    near(run.failed("one", Class::Throttled, 429) as f64, 9_000.0, 0.005);
    assert_eq!((run.failed("other", Class::Throttled, 429), run.refusing()), (0, vec!["apigateway_route"]));
}

#[test]
fn a_stages_throttle_is_shared_by_its_routes_but_for_those_with_their_own() {
    let routes = "routes: { GET /a: b, GET /b: b, GET /c: { integration: b, throttle: { rate: 1000/s, burst: 1000 } } }";
    let api = format!("  api: {{ type: api_gateway, overhead: 0s, throttle: {{ rate: 1/s, burst: 30 }}, {routes} }}\n");
    let requests = "requests: [ { route: GET /a }, { route: GET /b }, { route: GET /c } ]";
    let run =
        run_bursts(&format!("duration: 1s\nworkloads: {{ callers: {{ target: api, {requests}, BURSTS }} }}\nnodes:\n{api}{BACKEND}"), &[(0.0, 900)]);
    let by_route: Vec<(u64, u64)> = run.0.routes.iter().map(|r| (r.answers.ok.count(), r.answers.offered)).collect();
    assert_eq!((by_route[0].0 + by_route[1].0, by_route[2].0), (30, by_route[2].1));
    assert_eq!(run.refusing(), ["apigateway_stage"]);
}

/// What a client sees of one backend: class and code of the first two answers, which were asked for at once. `f` is an API's function.
fn told(protocol: &str, route: &str, backend: &str) -> (Run, Vec<(Class, u16)>) {
    let api = format!("  api:\n    type: api_gateway\n    protocol: {protocol}\n    overhead: 0s\n    routes: {{ GET /: {route} }}\n");
    let yaml = format!("{IDEAL}duration: 100s\nworkloads: {{ callers: {{ target: api, BURSTS }} }}\nnodes:\n{api}  f: {{ {backend} }}\n");
    let run = run_bursts(&yaml, &[(0.0, 2)]);
    let answers = run.answers("callers");
    let ok = (0..answers.ok.count()).map(|_| (Class::Ok, 200));
    let failed = answers.failures.iter().flat_map(|(outcome, n)| (0..*n).map(|_| (outcome.class, outcome.code)));
    let told = ok.chain(failed).collect();
    (run, told)
}

#[test]
fn each_outcome_of_a_function_has_its_status() {
    let status = |protocol, backend: &str| told(protocol, "{ integration: f, timeout: 5s }", &format!("type: lambda, {backend}")).1;
    let throws = "handler: [ { wait: 1s }, { fail: {} } ]";
    let ends_by_itself = "timeout: 3s, handler: [ { wait: 10s } ]";
    let too_slow = "timeout: 60s, handler: [ { wait: 10s } ]";
    let refuses = "reserved_concurrency: 0";
    let answers = "handler: [ { wait: 1s } ]";
    let rest = [answers, throws, ends_by_itself, refuses, too_slow].map(|backend| status("rest", backend)[0]);
    let http = [answers, throws, ends_by_itself, refuses, too_slow].map(|backend| status("http", backend)[0]);
    assert_eq!(rest, [(Class::Ok, 200), (Class::Failed, 502), (Class::Failed, 502), (Class::Failed, 500), (Class::TimedOut, 504)]);
    assert_eq!(http, [(Class::Ok, 200), (Class::Failed, 500), (Class::Failed, 500), (Class::Failed, 503), (Class::TimedOut, 503)]);
}

#[test]
fn a_throttled_function_is_a_server_error_and_not_tried_again() {
    let (run, told) = told("rest", "f", "type: lambda, reserved_concurrency: 1, handler: [ { wait: 1s } ]");
    assert_eq!(told, [(Class::Ok, 200), (Class::Failed, 500)]);
    assert_eq!((run.counts("api", ["4XXError", "5XXError"]), run.counts("f", ["Invocations", "Throttles"])), ([0.0, 1.0], [1.0, 1.0]));
}

#[test]
fn a_servers_503_passes_through() {
    for protocol in ["rest", "http"] {
        let (_, told) = told(protocol, "f", "type: server, slots: 1, queue_limit: 0, service_time: 1s");
        assert_eq!(told, [(Class::Ok, 200), (Class::Failed, 503)]);
    }
}

#[test]
fn after_a_504_the_function_runs_on_holds_and_is_billed() {
    let (run, told) = told("rest", "f", "type: lambda, timeout: 60s, handler: [ { wait: 40s } ]");
    assert_eq!(told, [(Class::TimedOut, 504); 2]);
    assert_eq!(s(run.answers("callers").failed.max()), 29.0);
    assert_eq!(run.counts("f", ["Errors", "BilledDuration"]), [0.0, 80_000.0]);
    near(run.held("f", "ConcurrentExecutions"), 80.0, 1e-9);
}

#[test]
fn an_http_api_waits_thirty_seconds() {
    let (run, told) = told("http", "f", "type: lambda, timeout: 60s, handler: [ { wait: 40s } ]");
    assert_eq!((told, s(run.answers("callers").failed.max())), (vec![(Class::TimedOut, 503); 2], 30.0));
}

#[test]
fn a_payload_over_ten_megabytes_is_refused() {
    let sent = |payload: &str, route: &str| {
        let nodes = format!("nodes:\n  api: {{ type: api_gateway, overhead: 0s, routes: {{ GET /: {route} }} }}\n  f: {{ type: lambda }}\n{BACKEND}");
        let workload = format!("{{ target: api, requests: [ {{ route: GET /, payload: {payload} }} ], BURSTS }}");
        let run = run_bursts(&format!("{IDEAL}duration: 1s\nworkloads: {{ callers: {workload} }}\n{nodes}"), &[(0.0, 1)]);
        (run.ok("callers"), run.failed("callers", Class::Rejected, 413), run.count("api", "4XXError"))
    };
    assert_eq!(sent("10 MB", "b"), (1, 0, 0.0));
    assert_eq!(sent("10485761 B", "b"), (0, 1, 1.0));
    assert_eq!([sent("6 MB", "f"), sent("7 MB", "f")], [(1, 0, 0.0), (0, 1, 1.0)], "a function takes six");
}

#[test]
fn a_throttled_request_is_a_client_error_without_integration() {
    let run = burst("throttle: { rate: 1/s, burst: 10 }", &[(0.0, 100)]);
    assert_eq!(run.counts("api", ["Count", "4XXError", "5XXError"]), [100.0, 90.0, 0.0]);
    assert_eq!((run.times("api", "Latency").count(), run.times("api", "IntegrationLatency").count()), (100, 10));
}

#[test]
fn overhead_is_added_to_every_answer_and_to_no_integration() {
    let nodes = "nodes:\n  api: { type: api_gateway, overhead: 7ms, routes: { GET /: b } }\n  b: { type: server, slots: 9, service_time: 20ms }\n";
    let run = run_bursts(&format!("duration: 1s\nworkloads: {{ callers: {{ target: api, BURSTS }} }}\n{nodes}"), &[(0.0, 9)]);
    assert_eq!(["Latency", "IntegrationLatency"].map(|latency| s(run.times("api", latency).max())), [0.027, 0.02]);
    assert_eq!(s(run.answers("callers").ok.max()), 0.027);
}

#[test]
fn a_rest_api_adds_more_than_an_http_api() {
    let p50_ms = |protocol: &str| {
        let nodes = format!("nodes:\n  api: {{ type: api_gateway, protocol: {protocol}, routes: {{ GET /: b }} }}\n{BACKEND}");
        let run = run(&format!("duration: 100s\nworkloads:\n{}{nodes}", evenly("callers", "api", 100, 100)));
        s(run.times("api", "Latency").quantile(0.5)) * 1e3 - 1.0
    };
    near(p50_ms("rest"), 4.0, 0.03);
    near(p50_ms("http"), 2.2, 0.03);
}
