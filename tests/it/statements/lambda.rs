//! Lambda, where simulators usually go wrong: bursts, rates, reservations, events that fail or wait, billing, time-outs, reuse.
//!
//! Each statement is AWS's guide worked out by hand (scaling-behavior, lambda-concurrency, runtime-environment, invocation-async, INIT billing), with its own
//! numbers. What rests on a choice of ours is said at the test: the reuse order, the doubling of an event's back-off, the size of rate buckets.

use coldfront::metrics::Class;
use coldfront::scenario::NoFiles;
use coldfront::topology;

use crate::asynchronous::{ATTEMPTS, EVENT, FATES, HEARER, about, events};
use crate::lambda::{ADMISSION, ROOMY, burst, steady};
use crate::observed::{IDEAL, Run, near, run_bursts, s};

#[test]
fn burst_from_zero_is_accepted_up_to_the_scaling_bucket() {
    let run = burst(ROOMY, "timeout: 10s, handler: [ { wait: 5s } ]", &[(0.0, 3_000)]);
    assert_eq!(run.counts("f", ADMISSION), [1_000.0, 2_000.0, 1_000.0]);
    assert_eq!((run.failed("callers", Class::Throttled, 429), run.refused("lambda_scaling_rate")), (2_000, 2_000));
}

#[test]
fn ten_seconds_later_as_many_more_environments_can_be_made() {
    let run = burst(ROOMY, "timeout: 10s, handler: [ { wait: 5s } ]", &[(0.0, 3_000), (10.0, 2_000)]);
    let later = ADMISSION.map(|counter| run.count_between("f", counter, 10.0, 20.0));
    assert_eq!(later, [2_000.0, 0.0, 1_000.0], "half of them warm");
}

#[test]
fn an_idle_function_does_not_save_up_more_than_the_scaling_bucket() {
    let run = burst(ROOMY, "timeout: 10s, handler: [ { wait: 5s } ]", &[(60.0, 3_000)]);
    assert_eq!(run.counts("f", ADMISSION), [1_000.0, 2_000.0, 1_000.0]);
}

#[test]
fn functions_do_not_share_their_scaling_rate() {
    let f = "{ type: lambda, timeout: 10s, handler: [ { wait: 5s } ] }";
    let yaml = format!("{IDEAL}{ROOMY}\nworkloads: {{ a: {{ target: f, BURSTS }}, b: {{ target: g, BURSTS }} }}\nnodes: {{ f: {f}, g: {f} }}\n");
    let run = run_bursts(&yaml, &[(0.0, 1_000)]);
    assert_eq!((run.ok("a"), run.ok("b"), run.refusing()), (1_000, 1_000, vec![]));
}

#[test]
fn requests_a_second_are_limited_to_ten_times_the_concurrency_of_the_account() {
    // 20,000 a second of 50 ms would need exactly the account's 1,000 executions. The bucket's burst, a second's worth, is gone before the warm-up.
    let run = steady("warm_up: 5s", 15, 20_000, "handler: [ { wait: 50ms } ]");
    near(run.count("f", "Invocations"), 100_000.0, 0.001);
    near(run.refused("lambda_account_rate") as f64, 100_000.0, 0.001);
    near(run.gauge("f", "ConcurrentExecutions").max as f64, 500.0, 0.02);
}

/// Callers of `b`, beside a function `a` that nobody calls.
fn beside(a: &str, calls: usize) -> Run {
    let nodes = format!("nodes:\n  a: {{ type: lambda, {a} }}\n  b: {{ type: lambda, handler: [ {{ wait: 1s }} ] }}\n");
    run_bursts(&format!("{IDEAL}duration: 10s\nworkloads: {{ callers: {{ target: b, BURSTS }} }}\n{nodes}"), &[(0.0, calls)])
}

#[test]
fn a_reservation_is_kept_from_others_while_it_is_idle() {
    let run = beside("reserved_concurrency: 900", 150);
    assert_eq!((run.ok("callers"), run.refused("lambda_unreserved_concurrency")), (100, 50));
}

/// Codes of the errors of a scenario whose function reserves so much.
fn wrong_with(reserved: u32) -> Vec<&'static str> {
    let f = format!("a: {{ type: lambda, reserved_concurrency: {reserved}, handler: [ {{ wait: 1s }} ] }}");
    let yaml = format!("duration: 10s\nworkloads: {{ w: {{ target: a, phases: [ {{ duration: 10s, arrival_rate: 1/s }} ] }} }}\nnodes: {{ {f} }}\n");
    let loaded = topology::load("test.yaml", yaml.as_bytes(), &[], &NoFiles);
    loaded.parsed.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn of_an_account_of_1000_at_most_900_can_be_reserved() {
    assert_eq!((wrong_with(900), wrong_with(901)), (vec![], vec!["E047"]));
}

#[test]
fn idle_provisioned_concurrency_is_kept_from_others() {
    let run = beside("provisioned_concurrency: 400", 601);
    assert_eq!((run.ok("callers"), run.refused("lambda_unreserved_concurrency")), (600, 1));
}

#[test]
fn an_event_that_fails_is_tried_again_after_one_and_two_minutes_and_then_dropped_once() {
    // Attempts at 0, 61 and 182 s, for each takes a second.
    let fields = "handler: [ { wait: 1s }, { fail: {} } ], destinations: { on_failure: hearer }";
    let run = events("duration: 300s", fields, HEARER, &[(0.0, 1)]);
    assert_eq!(run.counts("f", ATTEMPTS), [3.0, 3.0, 0.0, 3_000.0], "each attempt is an invocation, and billed");
    let ages = run.times("f", "AsyncEventAge");
    assert_eq!(ages.count(), 3);
    about(s(ages.quantile(0.01)), 0.0);
    about(s(ages.quantile(0.5)), 61.0);
    about(s(ages.max()), 182.0);
    assert_eq!(run.counts("f", FATES), [1.0, 1.0, 0.0, 1.0]);
    assert_eq!((run.count("hearer", "Invocations"), run.count("f", "DestinationDeliveryFailures")), (1.0, 0.0));
    assert_eq!(run.count_between("hearer", "Invocations", 0.0, 183.0), 0.0, "it hears of it after the last attempt");
}

#[test]
fn with_no_retries_there_is_one_attempt() {
    let run = events("duration: 300s", "maximum_retry_attempts: 0, handler: [ { wait: 1s }, { fail: {} } ]", "", &[(0.0, 1)]);
    assert_eq!((run.counts("f", ATTEMPTS), run.counts("f", FATES)), ([1.0, 1.0, 0.0, 1_000.0], [1.0, 1.0, 0.0, 1.0]));
}

#[test]
fn a_throttled_event_waits_without_spending_retries_and_runs_once_when_there_is_room() {
    // One execution in the account; `hog` has it for half an hour but for a fifth of a second. Tries come at 1, 2, 4 … 512, 812, … 1712 and 2012 s.
    let nodes = "nodes: { f: { type: lambda, handler: [ { wait: 1s } ] }, hog: { type: lambda, timeout: 900s, handler: [ { wait: 899s } ] } }";
    let hogs = "hogs: { target: hog, phases: [ { duration: 1s, arrival_rate: 1/s }, { pause: 898s }, { duration: 2s, arrival_rate: 1/s } ], arrivals: uniform }";
    let yaml = format!(
        "{IDEAL}duration: 1h\nquotas: {{ lambda.concurrent_executions: 1 }}\nworkloads:\n  {hogs}\n  callers: {{ target: f, BURSTS, {EVENT} }}\n{nodes}\n"
    );
    let run = run_bursts(&yaml, &[(2.0, 1)]);
    let [invocations, errors, throttles, _] = run.counts("f", ATTEMPTS);
    assert_eq!((invocations, errors), (1.0, 0.0));
    assert!((13.0..=15.0).contains(&throttles), "{throttles} throttled attempts in half an hour");
    let age = s(run.times("f", "AsyncEventAge").max()) / 60.0;
    assert!((29.0..36.0).contains(&age), "ran at an age of {age} min");
    assert_eq!(run.counts("f", FATES), [1.0, 0.0, 0.0, 0.0]);
    let answers = run.answers("callers");
    assert_eq!((answers.ok.count(), s(answers.ok.max()) < 0.2), (1, true), "the caller had its 202 at once");
}

#[test]
fn under_a_throttle_without_end_an_event_is_tried_79_times_more_in_six_hours_and_dropped() {
    // 1 + 2 + … + 256 = 511 s in nine waits, then 70 of 300 s until 21,600 s.
    let run = events("duration: 7h\nquotas: { lambda.concurrent_executions: 0 }", "handler: [ { wait: 1s } ]", "", &[(0.0, 1)]);
    assert_eq!((run.counts("f", ATTEMPTS), run.counts("f", FATES)), ([0.0, 0.0, 80.0, 0.0], [1.0, 1.0, 1.0, 0.0]));
    let tries = |from, to| run.count_between("f", "Throttles", from, to);
    assert_eq!((tries(0.0, 21_000.0), tries(21_000.0, 21_600.0), tries(21_600.0, 25_200.0)), (78.0, 2.0, 0.0));
    assert_eq!((run.held("f", "AsyncEventsPending") / 21_811.0).round(), 1.0, "it waits until its next turn finds it too old");
}

#[test]
fn a_reservation_of_zero_drops_events_at_once_and_refuses_every_other_call() {
    let dead = "reserved_concurrency: 0, destinations: { on_failure: hearer }, handler: [ { wait: 1s } ]";
    let yaml = format!(
        "{IDEAL}duration: 60s\nworkloads: {{ events: {{ target: f, BURSTS, {EVENT} }}, callers: {{ target: f, BURSTS }} }}\nnodes:\n  f: {{ type: lambda, {dead} }}\n{HEARER}\n"
    );
    let run = run_bursts(&yaml, &[(0.0, 7)]);
    assert_eq!((run.failed("callers", Class::Throttled, 429), run.ok("events")), (7, 7));
    assert_eq!((run.counts("f", ATTEMPTS), run.counts("f", FATES)), ([0.0, 0.0, 7.0, 0.0], [7.0, 7.0, 7.0, 0.0]), "only the calls are throttles");
    assert_eq!(run.count_between("hearer", "Invocations", 0.0, 1.0), 7.0);
}

/// One cold call and one warm one: billed milliseconds of each.
pub fn billed(top: &str, package: &str) -> (f64, f64) {
    let fields = format!("package: {package}, init_duration: 100.77ms, handler: [ {{ wait: 250.06ms }} ]");
    let run = burst(&format!("duration: 20s\n{top}"), &fields, &[(0.0, 1), (10.0, 1)]);
    (run.count_between("f", "BilledDuration", 0.0, 10.0), run.count_between("f", "BilledDuration", 10.0, 20.0))
}

#[test]
fn init_is_billed_for_every_package_since_august_2025() {
    assert_eq!([billed("", "zip"), billed("", "image")], [(351.0, 251.0); 2]);
    let before = "as_of: 2025-07-31";
    assert_eq!([billed(before, "zip"), billed(before, "image")], [(251.0, 251.0), (351.0, 251.0)]);
}

/// A function that hangs for requests of `hung` at 0 s, asked by `sound` at 10 and 20 s.
fn hangs(init: &str) -> Run {
    let workloads = "  hung: { target: f, attributes: { hang: chance(100%) }, replay: { file: first.csv } }\n  sound: { target: f, attributes: { hang: chance(0%) }, BURSTS }\n";
    let handler = "handler: [ { choice: [ { when: hang, do: [ { wait: 10s } ] } ] }, { wait: 100ms } ]";
    let f = format!("  f: {{ type: lambda, timeout: 3s, init_duration: {init}, {handler} }}\n");
    let yaml = format!("{IDEAL}duration: 30s\nworkloads:\n{workloads}nodes:\n{f}").replace("BURSTS", "replay: { file: later.csv }");
    crate::observed::run_with(&yaml, &[("first.csv", "0\n".into()), ("later.csv", "10\n20\n".into())])
}

#[test]
fn a_time_out_keeps_the_environment_and_the_next_call_pays_a_suppressed_init() {
    let run = hangs("200ms");
    let billed = [0.0, 10.0, 20.0].map(|at| run.count_between("f", "BilledDuration", at, at + 10.0));
    assert_eq!(billed, [3_200.0, 300.0, 100.0], "init + time-out, init inside the duration, warm");
    assert_eq!(run.counts("f", ["ColdStarts", "Timeouts", "Errors"]), [1.0; 3]);
    assert_eq!((run.times("f", "InitDuration").count(), s(run.answers("sound").ok.max())), (1, 0.3));
    near(run.times("f", "Duration").sum_s(), 3.0 + 0.3 + 0.1, 1e-9);
}

#[test]
fn an_init_over_ten_seconds_is_lost_and_done_again_under_the_time_out() {
    let init = |timeout: &str| {
        let fields = format!("timeout: {timeout}, init_duration: 12s, handler: [ {{ wait: 1s }} ]");
        burst("duration: 60s", &fields, &[(0.0, 1), (40.0, 1)])
    };
    let patient = init("30s");
    assert_eq!(s(patient.answers("callers").ok.max()), 10.0 + 12.0 + 1.0);
    assert_eq!((s(patient.times("f", "Duration").max()), patient.counts("f", ["SlowInits", "ColdStarts"])), (13.0, [1.0, 1.0]));
    let hasty = init("5s");
    assert_eq!((hasty.ok("callers"), s(hasty.answers("callers").failed.quantile(1.0))), (0, 15.0));
    assert_eq!(hasty.counts("f", ["ColdStarts", "Timeouts"]), [1.0, 2.0], "the suppressed init of the second call is too slow as well");
}

#[test]
fn the_environment_used_last_is_reused_first_so_that_others_age_out() {
    // Two at once make two environments; then one call every 2 s. Reuse by age or at random would keep both alive. (The order is our choice.)
    let at: Vec<(f64, usize)> = std::iter::once((0.0, 2)).chain((1..300).map(|k| (2.0 * f64::from(k), 1))).collect();
    let run = burst("duration: 600s", "keep_alive: 420s, handler: [ { wait: 100ms } ]", &at);
    assert_eq!(run.counts("f", ["ColdStarts", "ExpiredEnvironments"]), [2.0, 1.0]);
    let idle = run.gauge("f", "IdleEnvironments");
    let maxima = |from, to| run.windows(from, to).map(|at| idle.window_maxima[at]).max();
    assert_eq!((maxima(1.0, 420.0), maxima(421.0, 600.0)), (Some(2), Some(1)));
}

/// Median of INIT over a thousand cold starts.
fn init_p50_ms(memory: &str) -> f64 {
    let yaml = format!(
        "duration: 20s\nworkloads: {{ callers: {{ target: f, BURSTS }} }}\nnodes:\n  f: {{ type: lambda, runtime: nodejs24.x, memory: {memory}, handler: [ {{ wait: 3s }} ], timeout: 9s }}\n"
    );
    let run = run_bursts(&yaml, &[(0.0, 1_000)]);
    assert_eq!(run.count("f", "ColdStarts"), 1_000.0);
    s(run.times("f", "InitDuration").quantile(0.5)) * 1e3
}

#[test]
fn memory_hardly_changes_the_init_of_node() {
    near(init_p50_ms("128 MB"), 143.0, 0.03);
    near(init_p50_ms("1024 MB"), 140.0, 0.03);
}

#[test]
fn compute_scales_with_memory_up_to_1769_mb_and_waiting_does_not() {
    let duration = |memory: &str, step: &str| {
        let run = burst("duration: 60s", &format!("memory: {memory}, timeout: 30s, handler: [ {{ {step}: 100ms }} ]"), &[(0.0, 1)]);
        s(run.times("f", "Duration").max())
    };
    let computing = ["128 MB", "1024 MB", "1769 MB", "10240 MB"].map(|memory| duration(memory, "compute"));
    near(computing[0], 0.1 * 1_769.0 / 128.0, 1e-6);
    near(computing[0] / computing[1], 8.0, 1e-6);
    assert_eq!(computing[2..], [0.1, 0.1], "one thread gains nothing from more than one vCPU");
    assert_eq!(["128 MB", "10240 MB"].map(|memory| duration(memory, "wait")), [0.1, 0.1]);
}

#[test]
fn a_reservation_is_a_cap_too() {
    let run = burst("duration: 10s", "reserved_concurrency: 60, handler: [ { wait: 1s } ]", &[(0.0, 100)]);
    assert_eq!(run.counts("f", ["Invocations", "Throttles", "Errors"]), [60.0, 40.0, 0.0], "a throttle is no invocation and no error");
    assert_eq!((run.ok("callers"), run.count("f", "BilledDuration")), (60, 60_000.0), "and is not billed");
}
