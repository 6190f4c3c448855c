//! The determinism contract, a test a line, and what must not matter or must matter only in one direction.
//!
//! That debug and release builds agree is held by `golden.rs`, whose file both compare.

use crate::support::{Run, load, repository, simulate};
use coldfront::engine::Bounds;
use coldfront::report::Report;
use coldfront::simulation::Simulation;
use coldfront::units::Time;

const QUICKSTART: &str = "scenarios/quickstart.yaml";

/// Every kind of node and of step, retries, time-outs and limits, in two minutes. Names in capitals are for the tests to choose.
const MIXED: &str = "
name: mixed
duration: 2m
warm_up: 10s
workloads:
  OPEN:
    target: FRONT
    phases: [ { duration: 1m, arrival_rate: 15/s, ramp_to: 60/s }, { duration: 1m, arrival_rate: 30/s } ]
    attributes: { KEY: zipf(n=100 s=1.1), FLAG: chance(20%) }
    requests: [ { route: GET /a, weight: 3 }, { route: POST /b } ]
    client: { timeout: 400ms, retry: { max_attempts: 3, mode: full_jitter, base: 100ms, budget: 20% } }
  CLOSED:
    target: BACK
    users: 5
    think_time: exponential(mean=300ms)
    client: { timeout: 1s }
nodes:
  FRONT:
    type: api_gateway
    protocol: http
    throttle: { rate: 40/s, burst: 20 }
    routes: { GET /a: FIRST, POST /b: { integration: SECOND, timeout: 1s } }
  FIRST:
    type: lambda
    memory: 512 MB
    handler:
      - compute: lognormal(median=8ms p99=40ms)
      - choice: [ { when: FLAG, do: [ { invoke: { function: SECOND } } ] }, { else: [ { get_item: { table: STORE, key: KEY } } ] } ]
      - fail: { chance: 1% }
  SECOND:
    type: lambda
    reserved_concurrency: 4
    timeout: 3s
    handler:
      - parallel:
          - [ { call: { node: BACK, timeout: 300ms, retry: { max_attempts: 2, base: 20ms }, on_error: [ { wait: 5ms } ] } } ]
          - [ { repeat: { times: 2, do: [ { put_item: { table: STORE, key: KEY, size: 2 KB } } ] } } ]
  STORE: { type: dynamodb, billing_mode: provisioned, read_capacity_units: 10, write_capacity_units: 5, initial_burst: 10% }
  BACK: { type: server, slots: 2, queue_limit: 3, service_time: exponential(mean=80ms) }
";

/// `MIXED` with these names in place of its own.
fn mixed(name: fn(&str) -> String) -> String {
    ["OPEN", "CLOSED", "FRONT", "FIRST", "SECOND", "STORE", "BACK", "KEY", "FLAG"].iter().fold(MIXED.to_owned(), |text, n| text.replace(n, &name(n)))
}

fn lower(name: &str) -> String {
    name.to_lowercase()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_another_run() {
    let run = |overrides: &[(&str, &str)]| Run::file(QUICKSTART, overrides);
    let (one, same, other) = (run(&[]), run(&[]), run(&[("seed", "43")]));
    assert_eq!(one.json(), same.json());
    assert_eq!(one.report().text(&Default::default()), same.report().text(&Default::default()));
    assert_ne!(one.record.fingerprint, other.record.fingerprint);
    assert_ne!(one.everyone().ok.sum_s(), other.everyone().ok.sum_s());
}

#[test]
fn the_test_scenario_meets_every_kind_of_trouble() {
    let run = Run::of("mixed", &mixed(lower), &[]);
    for node in ["front", "second", "store", "back"] {
        assert!(run.refused(node) > 0, "{node} refuses nothing");
    }
    let open = run.answers("open", None);
    let kinds: std::collections::BTreeSet<_> = open.failures.iter().map(|(outcome, _)| outcome.class.name()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["failed", "throttled", "timed out"]);
    assert!(open.retried > 0 && run.counter("first", "ColdStarts") > 0.0);
}

#[test]
fn the_number_of_steps_changes_nothing() {
    let (scenario, _) = load("mixed", &mixed(lower), &[], repository());
    let json = |record| Report::of(&scenario, &record, Vec::new()).json();
    let whole = json(Simulation::new(&scenario, Bounds::default()).run());
    for steps in [7, 400] {
        assert_eq!(json(simulate(&scenario, steps)), whole, "{steps} steps");
    }
    let mut uneven = Simulation::new(&scenario, Bounds::default());
    for ns in [0, 1, 1, 999_999_999, 1_000_000_000, 30_000_000_001, 119_999_999_999] {
        uneven.advance(Time::from_nanos(ns));
    }
    uneven.advance(uneven.duration());
    assert_eq!(json(uneven.finish()), whole);
}

#[test]
fn names_are_names_only() {
    let plain = Run::of("mixed", &mixed(lower), &[]);
    let renamed = Run::of("mixed", &mixed(|name| format!("zz{}", name.chars().rev().collect::<String>())), &[]);
    assert_eq!(plain.record.fingerprint, renamed.record.fingerprint);
    let sums = |run: &Run| {
        let counters = run.record.nodes.iter().flat_map(|node| node.counters.iter().map(|counter| (counter.name, counter.sum)));
        (counters.collect::<Vec<_>>(), run.record.limits.iter().map(|limit| (limit.name, limit.refused)).collect::<Vec<_>>())
    };
    assert_eq!(sums(&plain), sums(&renamed));
    let latency = |run: &Run| run.record.routes.iter().map(|r| (r.answers.ok.count(), r.answers.ok.sum_s().to_bits())).collect::<Vec<_>>();
    assert_eq!(latency(&plain), latency(&renamed));
}

/// A queueing system without retries, in which a request takes as long as it takes, whoever else is there.
const LOSS: &str = "
duration: 3m
workloads:
  w:
    target: api
    phases: [ { duration: 3m, arrival_rate: 50/s } ]
    attributes: { k: uniform(n=1000) }
    requests: [ { route: GET /x } ]
nodes:
  api: { type: api_gateway, throttle: { rate: 30/s, burst: 50 }, routes: { GET /x: f } }
  f:
    type: lambda
    reserved_concurrency: 10
    keep_alive: 1h
    allocation: 0ms
    init_duration: 0ms
    sdk: { max_attempts: 1 }
    handler: [ { wait: exponential(mean=300ms) }, { put_item: { table: t, key: k, size: 1 KB } } ]
  t: { type: dynamodb, billing_mode: provisioned, read_capacity_units: 1, write_capacity_units: 5, initial_burst: 0% }
";

#[test]
fn more_of_what_is_scarce_never_refuses_more() {
    let scarce: [(&str, &str, [&str; 4]); 4] = [
        ("nodes.f.reserved_concurrency", "f", ["4", "8", "12", "30"]),
        ("nodes.api.throttle.rate", "api", ["10/s", "20/s", "30/s", "60/s"]),
        ("nodes.api.throttle.burst", "api", ["1", "20", "200", "2000"]),
        ("nodes.t.write_capacity_units", "t", ["1", "4", "10", "40"]),
    ];
    for (path, node, values) in scarce {
        let refused: Vec<u64> = values.iter().map(|value| Run::of("loss", LOSS, &[(path, value)]).refused(node)).collect();
        assert!(refused.is_sorted_by(|fewer, more| fewer >= more), "{path}: {refused:?}");
        assert!(refused[0] > 2 * refused[3], "{path} matters: {refused:?}");
    }
}

/// Every time in it is written as `N@`, in milliseconds, and every rate as `N%`, per hundred seconds.
const SCALED: &str = "
duration: 60000@
workloads:
  w:
    target: api
    phases: [ { duration: 60000@, arrival_rate: 4000% } ]
    requests: [ { route: GET /x } ]
    client: { timeout: 900@, retry: { max_attempts: 3, mode: full_jitter, base: 100@, cap: 2000@ } }
nodes:
  api: { type: api_gateway, overhead: uniform(2@..9@), routes: { GET /x: { integration: f, timeout: 700@ } } }
  f:
    type: lambda
    memory: 1769 MB
    timeout: 5000@
    reserved_concurrency: 30
    allocation: 40@
    init_duration: uniform(50@..400@)
    invoke_overhead: 1@
    keep_alive: uniform(1000@..9000@)
    lifetime: 900000@
    handler: [ { compute: exponential(mean=50@) }, { call: { node: s, timeout: 500@, retry: { max_attempts: 2, mode: fixed, base: 30@ } } } ]
  s: { type: server, slots: 8, service_time: exponential(mean=150@) }
";

#[test]
fn when_every_time_is_ten_times_as_long_so_is_every_latency() {
    let text = |ms: f64| {
        let mut text = String::new();
        for (at, c) in SCALED.char_indices() {
            match c {
                '@' | '%' => {
                    let digits = SCALED[..at].bytes().rev().take_while(u8::is_ascii_digit).count();
                    let number: f64 = SCALED[at - digits..at].parse().expect("digits");
                    text.truncate(text.len() - digits);
                    text += &if c == '@' { format!("{}us", number * ms * 1e3) } else { format!("{}/s", number / 100.0 / ms) };
                }
                _ => text.push(c),
            }
        }
        text
    };
    let (once, tenfold) = (Run::of("scaled", &text(1.0), &[]), Run::of("scaled", &text(10.0), &[]));
    let (a, b) = (once.everyone(), tenfold.everyone());
    let counts = |x: &coldfront::metrics::Answers| (x.offered, x.ok.count(), x.failures.clone(), x.attempts);
    assert_eq!(counts(&a), counts(&b));
    assert!(a.failures.len() > 1 && a.retried > 100, "there is something to compare: {:?}", a.failures);
    for q in [0.1, 0.5, 0.9, 0.99] {
        let ratio = b.ok.quantile(q).as_secs_f64() / a.ok.quantile(q).as_secs_f64();
        // Histograms hold three digits.
        assert!((ratio - 10.0).abs() < 0.03, "at {q}: {ratio}");
    }
    assert!((b.ok.sum_s() / a.ok.sum_s() - 10.0).abs() < 1e-5);
}
