//! Lambda, synchronous: concurrency, scaling, environments, INIT, memory and billing, statement by statement.
//!
//! The claims are those of AWS's guide (scaling-behavior, lambda-concurrency, provisioned-concurrency, runtime-environment, INIT billing), with numbers
//! worked out by hand. What rests on a choice of ours is said at the test: the order of admission checks, the reuse order, the size of rate buckets.

use crate::observed::{IDEAL, Run, near, run, run_bursts, s};
use coldfront::metrics::Class;

/// Callers of `f`, who come in bursts.
fn burst(top: &str, fields: &str, at: &[(f64, usize)]) -> Run {
    run_bursts(&format!("{IDEAL}{top}\nworkloads: {{ callers: {{ target: f, BURSTS }} }}\nnodes:\n  f: {{ type: lambda, {fields} }}\n"), at)
}

/// Callers of `f`, who come at even distances for the whole of the run.
fn steady(top: &str, seconds: u32, rate: u32, fields: &str) -> Run {
    let phases = format!("arrivals: uniform, phases: [ {{ duration: {seconds}s, arrival_rate: {rate}/s }} ]");
    let nodes = format!("nodes:\n  f: {{ type: lambda, {fields} }}\n");
    run(&format!("{IDEAL}duration: {seconds}s\n{top}\nworkloads: {{ callers: {{ target: f, {phases} }} }}\n{nodes}"))
}

const ROOMY: &str = "duration: 120s\nquotas: { lambda.concurrent_executions: 10000 }";
const ADMISSION: [&str; 3] = ["Invocations", "Throttles", "ColdStarts"];

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
fn a_step_load_is_served_whole_after_the_time_the_scaling_rate_needs() {
    // (N − 1000) / 100 a second: 1,500 calls of a second each, every second, are all accepted from 5 s on.
    let at: Vec<(f64, usize)> = (0..10).map(|second| (f64::from(second), 1_500)).collect();
    let run = burst(ROOMY, "timeout: 10s, handler: [ { wait: 990ms } ]", &at);
    let throttled: Vec<f64> = (0..10).map(|second| run.count_between("f", "Throttles", f64::from(second), f64::from(second + 1))).collect();
    assert_eq!(throttled, [500.0, 400.0, 300.0, 200.0, 100.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
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

#[test]
fn idle_provisioned_concurrency_is_kept_from_others() {
    let run = beside("provisioned_concurrency: 400", 601);
    assert_eq!((run.ok("callers"), run.refused("lambda_unreserved_concurrency")), (600, 1));
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
fn a_reservation_is_a_cap_too() {
    let run = burst("duration: 10s", "reserved_concurrency: 60, handler: [ { wait: 1s } ]", &[(0.0, 100)]);
    assert_eq!(run.counts("f", ["Invocations", "Throttles", "Errors"]), [60.0, 40.0, 0.0], "a throttle is no invocation and no error");
    assert_eq!((run.ok("callers"), run.count("f", "BilledDuration")), (60, 60_000.0), "and is not billed");
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

/// One cold call and one warm one: billed milliseconds of each.
fn billed(top: &str, package: &str) -> (f64, f64) {
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

#[test]
fn duration_was_billed_in_steps_of_100_ms_until_december_2020() {
    assert_eq!(billed("as_of: 2020-11-30", "zip"), (300.0, 300.0));
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
