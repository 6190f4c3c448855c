//! Clients: open and closed loops, replays, mixes, patience, and what a warm-up leaves out.

use crate::observed::{IDEAL, Run, near, run, run_bursts, run_with, s};
use coldfront::metrics::{Cause, Class};

/// A closed loop on a server of so many slots.
fn closed(users: u32, think: &str, slots: u32, service: &str) -> Run {
    let workload = format!("{{ target: b, users: {users}, think_time: {think} }}");
    let server = format!("{{ type: server, slots: {slots}, service_time: {service} }}");
    run(&format!("duration: 2000s\nwarm_up: 200s\nworkloads: {{ callers: {workload} }}\nnodes: {{ b: {server} }}\n"))
}

#[test]
fn a_closed_loop_obeys_the_interactive_response_time_law() {
    // X = N / (R + Z): lightly loaded, at the knee, saturated.
    for users in [3, 20, 60] {
        let run = closed(users, "exponential(mean=2s)", 4, "exponential(mean=400ms)");
        let ok = run.answers("callers").ok;
        let (x, r) = (ok.count() as f64 / 1_800.0, ok.mean_s().expect("answers"));
        near(x * (r + 2.0), f64::from(users), 0.02);
        assert!(x <= 10.1, "four slots at 400 ms: {x}");
    }
}

#[test]
fn a_closed_loop_has_at_most_its_users_in_flight() {
    let run = closed(7, "0s", 100, "exponential(mean=100ms)");
    assert_eq!((run.gauge("b", "BusySlots").max, run.gauge("b", "QueueLength").max), (7, 0));
    near(run.gauge("b", "BusySlots").mean, 7.0, 1e-6);
    near(run.ok("callers") as f64, 7.0 * 10.0 * 1_800.0, 0.02);
}

#[test]
fn users_who_are_refused_in_no_time_do_not_stop_the_clock() {
    let nodes = "nodes: { off: { type: lambda, reserved_concurrency: 0 } }";
    let run = run(&format!("duration: 10s\nworkloads: {{ callers: {{ target: off, users: 5 }} }}\n{nodes}\n"));
    assert_eq!(run.ok("callers"), 0);
    assert!(run.answers("callers").failed.count() <= 5 * 10_001);
}

#[test]
fn open_arrivals_do_not_wait_for_answers() {
    let server = "{ type: server, slots: 1, service_time: 1s }";
    let workload = "{ target: b, arrivals: uniform, phases: [ { duration: 100s, arrival_rate: 10/s } ] }";
    let run = run(&format!("duration: 100s\nworkloads: {{ callers: {workload} }}\nnodes: {{ b: {server} }}\n"));
    assert_eq!((run.answers("callers").offered, run.node("b").tally.in_flight > 890), (1_000, true));
}

#[test]
fn poisson_arrivals_are_as_many_as_expected_and_as_scattered() {
    let workload = "{ target: b, phases: [ { duration: 600s, arrival_rate: 100/s } ] }";
    let run =
        run(&format!("duration: 600s\nworkloads: {{ callers: {workload} }}\nnodes: {{ b: {{ type: server, slots: 1000, service_time: 1ms }} }}\n"));
    let counts: Vec<f64> = run.0.routes[0].windows.iter().map(|window| f64::from(window.offered)).collect();
    let mean = counts.iter().sum::<f64>() / counts.len() as f64;
    let variance = counts.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / counts.len() as f64;
    near(mean, 100.0, 0.013);
    near(variance, 100.0, 0.18);
}

/// Requests by minute of a replay of counts.
fn replayed(counts: &str, more: &str, minutes: usize) -> Vec<u32> {
    let replay = format!("replay: {{ file: day.csv, format: counts_per_minute, {more} }}");
    let nodes = "nodes: { b: { type: server, slots: 100, service_time: 1ms } }";
    let run =
        run_with(&format!("duration: {minutes}m\nworkloads: {{ callers: {{ target: b, {replay} }} }}\n{nodes}\n"), &[("day.csv", counts.into())]);
    let windows = &run.0.routes[0].windows;
    let minute = |m: usize| run.windows(60.0 * m as f64, 60.0 * (m + 1) as f64).map(|at| windows[at].offered).sum();
    (0..minutes).map(minute).collect()
}

#[test]
fn a_replay_puts_every_request_into_its_minute() {
    let counts = "300\n0\n7\n1200\n1\n";
    for spread in ["uniform", "poisson", "start"] {
        assert_eq!(replayed(counts, &format!("spread: {spread}"), 5), [300, 0, 7, 1_200, 1], "{spread}");
    }
}

#[test]
fn a_replay_can_begin_later_and_be_scaled() {
    assert_eq!(replayed("300\n0\n7\n1200\n1\n", "spread: start, from: 2m, scale: 2", 3), [14, 2_400, 2]);
}

#[test]
fn a_replay_of_timestamps_keeps_their_distances() {
    // Dates count from the first; order does not matter.
    let dates = "at\n2024-05-01T12:00:10Z\n2024-05-01T12:00:00Z\n2024-05-01T12:00:10.5Z\n";
    let nodes = "nodes: { b: { type: server, service_time: 1s } }";
    let run = run_with(
        &format!("duration: 20s\nworkloads: {{ callers: {{ target: b, replay: {{ file: t.csv }} }} }}\n{nodes}\n"),
        &[("t.csv", dates.into())],
    );
    near(run.answers("callers").ok.sum_s(), 1.0 + 1.0 + 1.5, 1e-9);
}

#[test]
fn a_mix_is_asked_for_by_weight() {
    let routes = "{ GET /a: b, GET /b: b, POST /c: b, GET /d: b }";
    let requests = "[ { route: GET /a, weight: 6 }, { route: GET /b, weight: 3 }, { route: POST /c, weight: 1 }, { route: GET /d, weight: 0 } ]";
    let nodes = format!("nodes:\n  api: {{ type: api_gateway, routes: {routes} }}\n  b: {{ type: server, slots: 100, service_time: 1ms }}\n");
    let phases = "phases: [ { duration: 100s, arrival_rate: 200/s } ]";
    let run = run(&format!("duration: 100s\nworkloads: {{ callers: {{ target: api, requests: {requests}, {phases} }} }}\n{nodes}"));
    let offered: Vec<f64> = run.0.routes.iter().map(|route| route.answers.offered as f64).collect();
    let total: f64 = offered.iter().sum();
    // Three standard deviations of about 20,000 draws are at most 1.04 % of them.
    for (found, share) in offered.iter().zip([0.6, 0.3, 0.1, 0.0]) {
        assert!((found / total - share).abs() < 0.0104, "{offered:?}");
    }
    assert_eq!(offered[3], 0.0);
}

/// Three calls of a function that takes 3 s, by clients who wait one.
fn impatient(retry: &str) -> Run {
    let client = format!("client: {{ timeout: 1s{retry} }}");
    let nodes = "nodes: { f: { type: lambda, timeout: 10s, handler: [ { wait: 3s } ] } }";
    run_bursts(&format!("{IDEAL}duration: 60s\nworkloads: {{ callers: {{ target: f, {client}, BURSTS }} }}\n{nodes}\n"), &[(0.0, 3)])
}

#[test]
fn when_a_client_hangs_up_the_function_works_on_for_nobody() {
    let run = impatient("");
    let answers = run.answers("callers");
    assert_eq!((answers.ok.count(), run.failed("callers", Class::TimedOut, 0), s(answers.failed.max())), (0, 3, 1.0));
    assert_eq!(run.counts("f", ["Invocations", "Errors", "BilledDuration"]), [3.0, 0.0, 9_000.0]);
    near(run.held("f", "ConcurrentExecutions"), 9.0, 1e-9);
}

#[test]
fn an_impatient_client_that_tries_again_doubles_the_work() {
    let run = impatient(", retry: { mode: fixed, base: 0s, max_attempts: 3 }");
    assert_eq!((run.answers("callers").attempts, run.count("f", "Invocations")), (9, 9.0));
    assert_eq!((run.gauge("f", "ConcurrentExecutions").max, s(run.answers("callers").failed.max())), (9, 3.0));
    near(run.held("f", "ConcurrentExecutions"), 27.0, 1e-9);
}

#[test]
fn a_retry_that_succeeds_counts_from_the_first_try() {
    // A function of one at a time: the second of two clients gets through when it asks again.
    let client = "client: { retry: { mode: fixed, base: 1.5s, max_attempts: 2 } }";
    let nodes = "nodes: { f: { type: lambda, reserved_concurrency: 1, handler: [ { wait: 1s } ] } }";
    let run = run_bursts(&format!("{IDEAL}duration: 60s\nworkloads: {{ callers: {{ target: f, {client}, BURSTS }} }}\n{nodes}\n"), &[(0.0, 2)]);
    let answers = run.answers("callers");
    assert_eq!((answers.ok.count(), answers.attempts, answers.retried, s(answers.ok.max())), (2, 3, 1, 2.5));
    let spent = answers.spent.total().spent;
    assert_eq!((spent[Cause::BackOff as usize], spent[Cause::Wait as usize], spent[Cause::Abandoned as usize]), (1_500_000, 2_000_000, 0));
}

#[test]
fn the_warm_up_is_cut_from_the_statistics_and_not_from_the_series() {
    // A call a second; the first ten are cold, slow ones.
    let workload = "{ target: f, arrivals: uniform, phases: [ { duration: 60s, arrival_rate: 1/s } ] }";
    let whole = |warm_up: &str| {
        let nodes = "nodes: { f: { type: lambda, init_duration: 9s, handler: [ { wait: 500ms } ] } }";
        run(&format!("{IDEAL}{warm_up}duration: 60s\nworkloads: {{ callers: {workload} }}\n{nodes}\n"))
    };
    let (all, cut) = (whole(""), whole("warm_up: 20s\n"));
    assert_eq!((all.answers("callers").offered, cut.answers("callers").offered), (60, 40));
    assert_eq!((s(all.answers("callers").ok.max()), s(cut.answers("callers").ok.max())), (9.5, 0.5));
    assert_eq!((all.count("f", "ColdStarts") > 0.0, cut.count("f", "ColdStarts")), (true, 0.0));
    assert_eq!(cut.count("f", "Invocations"), 40.0);
    assert_eq!(cut.count_between("f", "Invocations", 0.0, 60.0), 60.0);
    assert_eq!(cut.gauge("f", "ConcurrentExecutions").max, 1);
    assert_eq!(all.0.fingerprint, cut.0.fingerprint, "the run is the same");
}

#[test]
fn a_seed_gives_the_same_run_and_another_seed_another() {
    let with = |seed: u32| {
        let workload = "{ target: f, phases: [ { duration: 30s, arrival_rate: 50/s } ] }";
        let nodes = "nodes: { f: { type: lambda, handler: [ { wait: exponential(mean=100ms) } ] } }";
        run(&format!("seed: {seed}\nduration: 30s\nworkloads: {{ callers: {workload} }}\n{nodes}\n")).0.fingerprint
    };
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
}
