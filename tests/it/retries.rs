//! Retries: the AWS SDKs' attempts, sleeps and quota, and the policies of plain clients.
//!
//! Calls fail for certain at a table that a large write has overdrawn for minutes (throttled), at a function that is slower than the call's time-out
//! (transient), and at a function with a reservation of zero (throttled, in no time at all). One environment of a function is one SDK client.

use crate::observed::{IDEAL, Run, moments, near, run, run_bursts, s};
use coldfront::metrics::{Answers, Class};

/// Function `f` with an SDK profile and a handler, called at even distances from 1 s on; the table `t` is overdrawn from 0 to 399 s.
fn throttled_table(sdk: &str, handler: &str, calls: u32, seconds: u32, duration: u32) -> Run {
    let drain = "  drain: { target: t, operation: { put_item: { size: 400 KB } }, replay: { file: bursts.csv } }\n";
    let phases = format!("[ {{ pause: 1s }}, {{ duration: {seconds}s, arrival_rate: {}/s }} ]", f64::from(calls) / f64::from(seconds));
    let callers = format!("  callers: {{ target: f, arrivals: uniform, phases: {phases} }}\n");
    let f = format!("  f: {{ type: lambda, timeout: 15m, keep_alive: 1h, sdk: {{ {sdk} }}, handler: [ {handler} ] }}\n");
    let t = "  t: { type: dynamodb, billing_mode: provisioned, write_capacity_units: 1, initial_burst: 0% }\n";
    run_bursts(&format!("{IDEAL}duration: {duration}s\nworkloads:\n{drain}{callers}nodes:\n{f}{t}"), &[(0.0, 1)])
}

const PUT: &str = "{ put_item: { table: t } }";

#[test]
fn the_sdk_of_2026_makes_four_attempts_at_a_throttled_table() {
    let run = throttled_table("profile: v2026", PUT, 1, 1, 30);
    assert_eq!((run.count("t", "ThrottledRequests"), run.ok("drain"), run.count("f", "Errors")), (4.0, 1, 1.0));
}

/// Durations of calls that were all throttled.
fn sleeps(attempts: u32) -> Run {
    let run = throttled_table(&format!("profile: v2026, max_attempts: {attempts}"), PUT, 4_000, 40, 60);
    assert_eq!(run.count("t", "ThrottledRequests"), 4_000.0 * f64::from(attempts));
    run
}

#[test]
fn its_first_sleep_after_a_throttle_is_uniform_below_a_second() {
    let run = sleeps(2);
    let durations = run.times("f", "Duration");
    // Two replies take about 2 × 1.6 ms; the share beyond a quantile of 4,000 values is within 0.024 in 999 of 1000 cases.
    for share in [0.1, 0.3, 0.5, 0.7, 0.9] {
        let found = s(durations.quantile(share));
        assert!((found - share - 0.003).abs() < 0.024, "{found} at {share}");
    }
    assert!(s(durations.max()) < 1.03);
}

#[test]
fn its_sleeps_are_uniform_and_double() {
    // U(0, 1) + U(0, 2) + U(0, 4): mean 3.5, variance (1 + 4 + 16) / 12.
    let run = sleeps(4);
    let durations = run.times("f", "Duration");
    let (mean, variance) = moments(durations);
    near(mean, 3.5 + 0.006, 0.02);
    near(variance, 21.0 / 12.0, 0.06);
    assert!((6.3..7.06).contains(&s(durations.max())), "{}", durations.max());
}

#[test]
fn the_cap_bounds_a_sleep_before_its_jitter() {
    // Ten attempts: 1, 2, 4, 8, 16 and then 20 s at most; half of each on average, 55.5 s in all.
    let run = throttled_table("profile: v2026, max_attempts: 10", PUT, 1_000, 20, 200);
    let durations = run.times("f", "Duration");
    near(durations.mean_s().expect("calls"), (31.0 + 4.0 * 20.0) / 2.0, 0.03);
    assert!(s(durations.max()) < 111.1);
}

#[test]
fn legacy_python_sleeps_without_jitter_at_a_table() {
    // 50 ms doubling nine times: 25.55 s, besides ten replies.
    let run = throttled_table("profile: python-legacy", PUT, 20, 20, 120);
    let durations = run.times("f", "Duration");
    assert_eq!(run.count("t", "ThrottledRequests"), 200.0);
    assert!((25.555..25.70).contains(&s(durations.quantile(0.0))) && (25.555..25.70).contains(&s(durations.max())));
}

#[test]
fn a_throttled_call_of_four_attempts_costs_fifteen_of_five_hundred() {
    // 33 calls leave 5: the 34th is tried twice, and those after it once.
    let handler = "{ repeat: { times: 60, do: [ { put_item: { table: t, on_error: [] } } ] } }";
    let run = throttled_table("profile: v2026", handler, 1, 1, 380);
    assert_eq!(run.count("t", "ThrottledRequests"), 33.0 * 4.0 + 2.0 + 26.0);
}

#[test]
fn each_environment_has_a_quota_of_its_own() {
    let handler = "{ repeat: { times: 40, do: [ { put_item: { table: t, on_error: [] } } ] } }";
    let run = throttled_table("profile: v2026", handler, 5, 1, 380);
    assert_eq!(run.count("t", "ThrottledRequests"), 5.0 * (33.0 * 4.0 + 2.0 + 6.0));
}

#[test]
fn legacy_python_has_no_quota() {
    let handler = "{ repeat: { times: 100, do: [ { get_item: { table: t, on_error: [] } }, { invoke: { function: off, on_error: [] } } ] } }";
    let nodes = format!(
        "  f: {{ type: lambda, timeout: 15m, sdk: {{ profile: python-legacy, max_attempts: 3 }}, handler: [ {handler} ] }}\n  off: {{ type: lambda, reserved_concurrency: 0 }}\n  t: {{ type: dynamodb }}\n"
    );
    let run = run_bursts(&format!("{IDEAL}duration: 900s\nworkloads: {{ callers: {{ target: f, BURSTS }} }}\nnodes:\n{nodes}"), &[(0.0, 1)]);
    assert_eq!((run.count("off", "Throttles"), run.count("t", "ThrottledRequests")), (300.0, 0.0));
}

/// Function `f` calls function `g` of this handler again and again, in one environment: attempts that reached `g`.
fn invoking(profile: &str, handler: &str, g: &str) -> f64 {
    let f = format!("  f: {{ type: lambda, timeout: 15m, sdk: {{ profile: {profile} }}, handler: [ {handler} ] }}\n");
    let nodes = format!("{f}  g: {{ type: lambda, {g} }}\n  quick: {{ type: lambda, handler: [ {{ wait: 1ms }} ] }}\n");
    let run = run_bursts(&format!("{IDEAL}duration: 900s\nworkloads: {{ callers: {{ target: f, BURSTS }} }}\nnodes:\n{nodes}"), &[(0.0, 1)]);
    assert_eq!(run.ok("callers"), 1);
    run.count("g", "Invocations")
}

/// So many calls that run into their time-out, one after the other.
fn timing_out(times: u32) -> String {
    format!("{{ repeat: {{ times: {times}, do: [ {{ invoke: {{ function: g, timeout: 10ms, on_error: [] }} }} ] }} }}")
}

const SLOW: &str = "handler: [ { wait: 1s } ]";

#[test]
fn transient_failures_drain_the_quota_of_2026_in_35_retries() {
    // 17 calls of two retries at 14 each leave 24 of 500: one more retry, and none after it.
    assert_eq!(invoking("v2026", &timing_out(100), SLOW), 17.0 * 3.0 + 2.0 + 82.0);
}

#[test]
fn time_outs_drain_the_standard_quota_in_50_retries() {
    assert_eq!(invoking("standard", &timing_out(100), SLOW), 25.0 * 3.0 + 75.0);
}

#[test]
fn a_success_at_the_first_try_gives_one_token_back() {
    // Nineteen failing calls leave 10 tokens; 18 successes make them 28, enough for two retries, 17 only for one.
    let after = |successes: u32| {
        let quick = format!("{{ repeat: {{ times: {successes}, do: [ {{ invoke: {{ function: quick }} }} ] }} }}");
        invoking("v2026", &format!("{}, {quick}, {}", timing_out(19), timing_out(1)), SLOW)
    };
    assert_eq!([after(18), after(17), after(3)], [54.0 + 3.0, 54.0 + 2.0, 54.0 + 1.0]);
}

#[test]
fn the_quota_never_holds_more_than_500() {
    let quick = "{ repeat: { times: 300, do: [ { invoke: { function: quick } } ] } }";
    assert_eq!(invoking("v2026", &format!("{quick}, {}", timing_out(100)), SLOW), 17.0 * 3.0 + 2.0 + 82.0);
}

#[test]
fn a_success_after_two_retries_gives_back_only_what_the_last_one_took() {
    // `g` is ready 190 ms after its first attempt: the second, within 150 ms, comes too early and the third, after 200 ms, does not. Each call so
    // loses 14 tokens: 34 calls of three attempts, one of two, and then only first attempts.
    let handler = "{ repeat: { times: 60, do: [ { invoke: { function: g, timeout: 100ms, on_error: [] } }, { wait: 5s } ] } }";
    let g = "init_duration: 190ms, keep_alive: 1s, handler: []";
    assert_eq!(invoking("v2026", handler, g), 34.0 * 3.0 + 2.0 + 25.0);
}

#[test]
fn transient_sleeps_of_2026_begin_at_50_ms() {
    // Two sleeps, U(0, 50 ms) and U(0, 100 ms), and three time-outs of 10 ms.
    let f = "  f: { type: lambda, timeout: 60s, sdk: { profile: v2026 }, handler: [ { invoke: { function: g, timeout: 10ms } } ] }\n";
    let nodes = format!("nodes:\n{f}  g: {{ type: lambda, handler: [ {{ wait: 50ms }} ] }}\n");
    let workload = "{ target: f, arrivals: uniform, phases: [ { duration: 50s, arrival_rate: 100/s } ] }";
    let run = run(&format!("{IDEAL}quotas: {{ lambda.concurrent_executions: 10000 }}\nduration: 60s\nworkloads: {{ callers: {workload} }}\n{nodes}"));
    // Five thousand calls in about ten environments drain their quotas; the calls before that take three attempts.
    let slept = run.times("f", "Duration");
    assert!((0.16..0.18).contains(&s(slept.max())), "{}", slept.max());
    near(s(slept.quantile(0.1)), 0.01, 0.001);
}

#[test]
fn a_cancelled_transaction_is_not_tried_again() {
    let run = throttled_table("profile: v2026", "{ transact_write_items: { table: t, items: 2 } }", 1, 1, 30);
    assert_eq!((run.count("t", "ThrottledRequests"), run.count("f", "Errors")), (1.0, 1.0));
}

#[test]
fn an_sdk_tries_a_throttled_function_again() {
    let nodes = "nodes:\n  f: { type: lambda, sdk: { profile: v2026 }, timeout: 60s, handler: [ { invoke: { function: off } } ] }\n  off: { type: lambda, reserved_concurrency: 0 }\n";
    let run = run_bursts(&format!("{IDEAL}duration: 60s\nworkloads: {{ callers: {{ target: f, BURSTS }} }}\n{nodes}"), &[(0.0, 1)]);
    assert_eq!((run.count("off", "Throttles"), run.ok("callers")), (3.0, 0));
}

/// What a plain client with this policy sees of a function that throttles all, called at even distances.
fn plain(retry: &str, calls: u32) -> Answers {
    let workload = format!("arrivals: uniform, phases: [ {{ duration: 100s, arrival_rate: {}/s }} ]", f64::from(calls) / 100.0);
    let client = format!("client: {{ retry: {{ {retry} }} }}");
    let nodes = "nodes: { off: { type: lambda, reserved_concurrency: 0 } }";
    let run = run(&format!("duration: 200s\nworkloads: {{ callers: {{ target: off, {workload}, {client} }} }}\n{nodes}\n"));
    let answers = run.answers("callers");
    assert_eq!((answers.offered, run.failed("callers", Class::Throttled, 429)), (u64::from(calls), u64::from(calls)));
    answers
}

#[test]
fn a_client_without_retries_tries_once() {
    let answers = plain("mode: none", 100);
    assert_eq!((answers.attempts, answers.retried, s(answers.failed.max())), (100, 0, 0.0));
}

#[test]
fn fixed_sleeps_are_all_alike() {
    let answers = plain("mode: fixed, base: 100ms, max_attempts: 4", 100);
    assert_eq!((answers.attempts, answers.retried), (400, 100));
    near(answers.failed.sum_s(), 100.0 * 0.3, 1e-9);
}

#[test]
fn exponential_sleeps_double_up_to_their_cap() {
    let answers = plain("mode: exponential, base: 100ms, cap: 250ms, max_attempts: 5", 100);
    near(answers.failed.sum_s(), 100.0 * (0.1 + 0.2 + 0.25 + 0.25), 1e-9);
}

#[test]
fn full_jitter_is_uniform_up_to_the_doubled_sleep() {
    let answers = plain("mode: full_jitter, base: 1s, max_attempts: 3", 4_000);
    let (mean, variance) = moments(&answers.failed);
    near(mean, 1.5, 0.03);
    near(variance, (1.0 + 4.0) / 12.0, 0.06);
    assert!((2.9..3.0).contains(&s(answers.failed.max())));
}

#[test]
fn a_budget_allows_a_tenth_more_attempts_and_ten_to_begin_with() {
    assert_eq!(plain("mode: fixed, base: 1ms, max_attempts: 9, budget: 10%", 1_000).attempts, 1_000 + 10 + 100);
    assert_eq!(plain("mode: fixed, base: 1ms, max_attempts: 2, budget: 100%", 1_000).attempts, 2_000);
}

#[test]
fn a_budget_saves_up_at_most_a_hundred_retries() {
    // 5,000 successes would earn 500. Then 1,000 requests come within a second: the reservation's bucket, 200 and 200 a second, lets the first 250
    // pass, which earn nothing more; the other 750 earn 75, and all that was saved is spent.
    let client = "client: { retry: { mode: fixed, base: 1ms, max_attempts: 2, budget: 10% } }";
    let phases = "arrivals: uniform, phases: [ { duration: 50s, arrival_rate: 100/s }, { duration: 1s, arrival_rate: 1000/s } ]";
    let nodes = "nodes: { f: { type: lambda, reserved_concurrency: 20, handler: [ { wait: 5ms } ] } }";
    let run = run(&format!("{IDEAL}duration: 60s\nworkloads: {{ callers: {{ target: f, {phases}, {client} }} }}\n{nodes}\n"));
    let answers = run.answers("callers");
    near((answers.attempts - answers.offered) as f64, 100.0 + 75.0, 0.01);
}

#[test]
fn only_what_the_policy_names_is_tried_again() {
    assert_eq!(plain("mode: fixed, base: 1ms, on: [ timeout, failed ]", 100).attempts, 100);
    assert_eq!(plain("mode: fixed, base: 1ms, on: [ throttled ]", 100).attempts, 300);
}

#[test]
fn a_request_that_is_refused_for_good_is_not_tried_again() {
    let workload = "{ target: f, requests: [ { payload: 7 MB } ], client: { retry: { mode: fixed } }, BURSTS }";
    let run = run_bursts(&format!("{IDEAL}duration: 10s\nworkloads: {{ callers: {workload} }}\nnodes: {{ f: {{ type: lambda }} }}\n"), &[(0.0, 5)]);
    assert_eq!((run.answers("callers").attempts, run.failed("callers", Class::Rejected, 413)), (5, 5));
}
