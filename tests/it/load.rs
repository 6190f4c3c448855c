//! How long things take and how load comes: distributions, patterns of arrivals, presets of phases, sessions, and attributes by phase, as a file says them.

use crate::observed::{IDEAL, Run, near, run, run_with};

/// A scenario with one server, whose workload is given without its target.
fn served(duration: &str, workload: &str, server: &str) -> String {
    format!("duration: {duration}\nworkloads: {{ w: {{ target: b, {workload} }} }}\nnodes: {{ b: {{ type: server, slots: 100000, {server} }} }}\n")
}

/// Two routes, each with a function that does one step.
fn two_routes(duration: &str, workload: &str, [a, b]: [&str; 2]) -> Run {
    let nodes = format!(
        "api: {{ type: api_gateway, routes: {{ GET /a: a, GET /b: b }} }}, a: {{ type: lambda, handler: [ {a} ] }}, b: {{ type: lambda, handler: [ {b} ] }}"
    );
    run(&format!("{IDEAL}duration: {duration}\nworkloads: {{ w: {{ target: api, {workload} }} }}\nnodes: {{ {nodes} }}\n"))
}

/// Requests of a route: made, and failed.
fn route(run: &Run, name: &str) -> (u64, u64) {
    let found = run.0.routes.iter().filter(|route| route.route == name).collect::<Vec<_>>();
    assert_eq!(found.len(), 1, "one record of {name}");
    (found[0].answers.offered, found[0].answers.failed.count())
}

#[test]
fn every_long_form_and_a_file_of_values_are_drawn_from() {
    let values = "latency_ms\n10\n30\n80\n".to_owned();
    let cases = [
        ("{ lognormal: { mean: 50ms, sigma: 0.7 } }", 0.050),
        ("{ uniform: { from: 20ms, to: 80ms } }", 0.050),
        ("{ weibull: { mean: 50ms, shape: 0.7 } }", 0.050),
        ("{ pareto: { mean: 50ms, shape: 3 } }", 0.050),
        ("{ mixture: [ { weight: 90%, of: 20ms }, { weight: 10%, of: exponential(mean=320ms) } ] }", 0.050),
        ("{ mixture: [ { weight: 50%, of: { clamp: { of: 10ms, min: 20ms } } }, { weight: 50%, of: 80ms } ] }", 0.050),
        ("{ clamp: { of: { uniform: 0ms..100ms }, max: 50ms } }", 0.0375),
        ("clamp(of=exponential(mean=50ms) max=50ms)", 0.050 * (1.0 - (-1.0f64).exp())),
        ("{ empirical: { values: [ 10ms, 30ms, 80ms ] } }", 0.040),
        ("{ empirical: [ 10ms, 30ms, 80ms ] }", 0.040),
        ("{ empirical: { percentiles: { 0: 0ms, 50: 40ms, 100: 80ms } } }", 0.040),
        ("empirical(file=latencies.csv)", 0.040),
        ("{ empirical: { file: latencies.csv, unit: ms } }", 0.040),
    ];
    for (time, mean) in cases {
        let yaml = served("100s", "phases: [ { duration: 100s, arrival_rate: 500/s } ]", &format!("service_time: {time}"));
        let run = run_with(&yaml, &[("latencies.csv", values.clone())]);
        // 50 000 draws of a coefficient of variation of at most 2.3: four standard errors.
        near(run.answers("w").ok.mean_s().expect("answers"), mean, 4.0 * 2.3 / 50_000f64.sqrt());
    }
}

/// Requests by window.
fn counts(run: &Run) -> Vec<f64> {
    run.0.routes[0].windows.iter().map(|window| f64::from(window.offered)).collect()
}

/// Mean, and variance over mean.
fn dispersion(counts: &[f64]) -> (f64, f64) {
    let n = counts.len() as f64;
    let mean = counts.iter().sum::<f64>() / n;
    (mean, counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / (n - 1.0) / mean)
}

#[test]
fn bursts_keep_the_rate_and_scatter_as_the_books_say() {
    let load = "arrivals: bursty(ratio=10 burst=2s idle=8s), phases: [ { duration: 6000s, arrival_rate: 50/s } ]";
    let run = run(&served("6000s", load, "service_time: 1ms"));
    let (mean, scatter) = dispersion(&counts(&run));
    // MMPP-2 (Heffes and Lucantoni): p = 0.2, rates 17.9 and 178.6 a second, a = 1/2 + 1/8, windows of ten seconds.
    let (p, low, high, a, t): (f64, f64, f64, f64, f64) = (0.2, 50.0 / 2.8, 500.0 / 2.8, 0.625, 10.0);
    let of_counts = |t: f64| 1.0 + 2.0 * p * (1.0 - p) * (high - low).powi(2) / (50.0 * a) * (1.0 - (1.0 - (-a * t).exp()) / (a * t));
    near(mean, 500.0, 4.0 * (of_counts(6_000.0) / 300_000.0).sqrt());
    near(scatter, of_counts(t), 5.0 * (2.0f64 / 600.0).sqrt());
    assert!(run.0.routes[0].steady, "bursts are part of a steady load");
}

#[test]
fn a_batch_comes_at_one_instant() {
    let batches = |pattern: &str| {
        let load = format!("arrivals: {pattern}, phases: [ {{ duration: 600s, arrival_rate: 100/s }} ]");
        run(&served("600s", &load, "service_time: 1ms"))
    };
    let fixed = batches("batch(size=20)");
    let (mean, scatter) = dispersion(&counts(&fixed));
    near(mean, 100.0, 4.0 * (20.0f64 / 60_000.0).sqrt());
    near(scatter, 20.0, 4.0 * (2.0f64 / 600.0).sqrt());
    assert_eq!((fixed.answers("w").offered % 20, fixed.gauge("b", "BusySlots").max % 20), (0, 0));
    let (mean, scatter) = dispersion(&counts(&batches("batch(mean=20)")));
    near(mean, 100.0, 4.0 * (39.0f64 / 60_000.0).sqrt());
    near(scatter, 39.0, 5.0 * (2.0f64 / 600.0).sqrt());
}

#[test]
fn a_preset_is_its_phases() {
    let offered = |phases: &str| counts(&run(&served("1000s", &format!("phases: {phases}"), "service_time: 1ms")));
    let spelt = "[ { duration: 400s, arrival_rate: 5/s }, { duration: 10s, arrival_rate: 5/s, ramp_to: 200/s }, { duration: 100s, arrival_rate: 200/s }, \
                 { duration: 10s, arrival_rate: 200/s, ramp_to: 5/s }, { duration: 480s, arrival_rate: 5/s } ]";
    assert_eq!(offered("spike(base=5/s peak=200/s)"), offered(spelt));
    assert_eq!(offered("{ spike: { base: 5/s, peak: 200/s, at: 400s, rise: 10s, hold: 100s } }"), offered(spelt));
    assert_eq!(offered("breakpoint(to=50/s)"), offered("[ { duration: 1000s, arrival_rate: 0/s, ramp_to: 50/s } ]"));
    // Overrides of the run's length come first: a smoke test of ten seconds has ten requests, evenly spaced.
    let short = run(&served("10s", "arrivals: uniform, phases: smoke", "service_time: 1ms"));
    assert_eq!(short.answers("w").offered, 10);
}

#[test]
fn users_go_through_their_sessions() {
    // A cycle takes 2 s + 0.2 s + 1 s + half of 0.2 s, and has a request and a half.
    let load = "users: 40, think_time: exponential(mean=2s), session: [ {}, { think: exponential(mean=1s) }, { chance: 50% } ]";
    let yaml = served("2000s", load, "service_time: 200ms").replace("duration: 2000s", "duration: 2000s\nwarm_up: 200s");
    let run = run(&yaml);
    near(run.answers("w").offered as f64 / 1_800.0, 40.0 / 3.3 * 1.5, 0.02);
    assert!(run.gauge("b", "BusySlots").max <= 40);
}

#[test]
fn whoever_fails_leaves_or_goes_on() {
    let load = |more: &str| {
        format!(
            "arrivals: uniform, phases: [ {{ duration: 100s, arrival_rate: 20/s }} ], {more} session: [ {{ route: GET /a }}, {{ route: GET /b }} ]"
        )
    };
    let failing = ["{ fail: { chance: 50% } }", "{ wait: 5ms }"];
    let leaving = two_routes("110s", &load(""), failing);
    let ((asked, failed), (after, _)) = (route(&leaving, "GET /a"), route(&leaving, "GET /b"));
    assert_eq!((asked, after), (2_000, 2_000 - failed));
    // A binomial of 2 000 and one half, four standard deviations.
    assert!((failed as f64 - 1_000.0).abs() < 4.0 * 500f64.sqrt(), "{failed}");
    let going_on = two_routes("110s", &load("on_failure: go_on,"), failing);
    assert_eq!((route(&going_on, "GET /a"), route(&going_on, "GET /b").0), ((2_000, failed), 2_000), "luck is the same");
}

#[test]
fn a_session_is_of_one_person() {
    let load = "phases: [ { duration: 100s, arrival_rate: 50/s } ], on_failure: go_on, attributes: { bad: chance(30%) }, \
                session: [ { route: GET /a }, { think: 1s }, { route: GET /b }, { route: GET /a, chance: 20% } ]";
    let bad = "{ fail: { when: bad } }";
    let run = two_routes("120s", load, [bad, bad]);
    let ((asked, failed), (once, failed_once)) = (route(&run, "GET /a"), route(&run, "GET /b"));
    // All or none of a session's requests fail; a fifth of the sessions asks once more.
    let (sessions, again) = (once as f64, (asked - once) as f64);
    assert!((failed_once as f64 - 0.3 * sessions).abs() < 4.0 * (0.21 * sessions).sqrt(), "{failed_once} of {sessions}");
    assert!((again - 0.2 * sessions).abs() < 4.0 * (0.16 * sessions).sqrt(), "{again} of {sessions}");
    let failed_again = (failed - failed_once) as f64;
    assert!((failed_again - 0.3 * again).abs() < 4.0 * (0.21 * again).sqrt(), "{failed_again} of {again}");
}

#[test]
fn sessions_that_take_no_time_do_not_stop_the_clock() {
    let nodes = "nodes: { off: { type: lambda, reserved_concurrency: 0 } }";
    for session in ["[ { chance: 50% } ]", "[ {}, {} ]"] {
        let yaml = format!("duration: 10s\nworkloads: {{ callers: {{ target: off, users: 5, session: {session} }} }}\n{nodes}\n");
        assert!(run(&yaml).answers("callers").failed.count() <= 2 * 5 * 10_001);
    }
}

/// Ten seconds, ten seconds with attributes of their own, ten seconds; ten requests a second.
fn phases(own: &str) -> String {
    format!(
        "arrivals: uniform, phases: [ {{ duration: 10s, arrival_rate: 10/s }}, {{ duration: 10s, arrival_rate: 10/s, attributes: {own} }}, {{ duration: 10s, arrival_rate: 10/s }} ]"
    )
}

#[test]
fn a_phase_draws_attributes_of_its_own() {
    for (usual, own) in [("chance(0%)", "chance(100%)"), ("{ open: 100%, closed: 0% }", "{ closed: 100% }")] {
        let load = format!("{}, attributes: {{ hot: {usual} }}, requests: [ {{ route: GET /a }} ]", phases(&format!("{{ hot: {own} }}")));
        let run = two_routes("30s", &load, ["{ fail: { when: hot } }", "{ wait: 1ms }"]);
        assert_eq!(route(&run, "GET /a"), (300, 100), "{usual}");
        let failures: Vec<u32> = run.windows(10.0, 20.0).map(|at| run.0.routes[0].windows[at].failed).collect();
        assert!(failures.iter().sum::<u32>() >= 99, "those of the phase, but for one that is answered after it: {failures:?}");
    }
}

#[test]
fn messages_keep_what_was_drawn_when_their_request_was_made() {
    let load =
        format!("target: q, operation: {{ send: {{ delay: 12s }} }}, {}, attributes: {{ poison: chance(0%) }}", phases("{ poison: chance(100%) }"));
    let nodes = "  q: { type: sqs, visibility_timeout: 6s, redrive_policy: { dead_letter_queue: dead, max_receive_count: 2 } }
  dead: { type: sqs }
  f:
    type: lambda
    timeout: 1s
    event_sources: [ { queue: q, batch_size: 10, function_response_types: [ ReportBatchItemFailures ] } ]
    handler: [ { for_each_message: [ { fail: { when: poison } } ] } ]";
    let run = run(&format!("{IDEAL}duration: 3m\nworkloads: {{ w: {{ {load} }} }}\nnodes:\n{nodes}\n"));
    assert_eq!((run.count("q", "DeadLetteredMessages"), run.count("q", "NumberOfMessagesDeleted")), (100.0, 200.0));
}

#[test]
fn thresholds_may_be_about_a_stretch() {
    let load = "arrivals: uniform, phases: [ { duration: 30s, arrival_rate: 10/s }, { name: campaign, duration: 30s, arrival_rate: 40/s }, { duration: 60s, arrival_rate: 20/s } ]";
    let asked = [
        ("w: request_rate < 41/s during campaign", Some(40.0)),
        ("w: request_rate > 9/s during 0s..30s", Some(10.0)),
        ("w: goodput > 19/s during last 1m", Some(20.0)),
        ("w: error_rate < 1% during last 1m", Some(0.0)),
        ("{ workload: w, metric: request_rate, below: 31/s, during: [ 30s, 90s ] }", Some(30.0)),
        ("b: request_count >= 1200 during campaign", Some(1_200.0)),
        ("b: request_count / request_count <= 1 during campaign", Some(1.0)),
        ("w: request_rate < 1000/s", Some(2_700.0 / 120.0)),
    ];
    let list: String = asked.iter().map(|(text, _)| format!("  - {text}\n")).collect();
    let yaml = format!("{}thresholds:\n{list}", served("2m", load, "service_time: 1ms"));
    let found = crate::support::Run::of("stretch.yaml", &yaml, &[]).report().thresholds;
    for ((text, expected), found) in asked.iter().zip(&found) {
        assert_eq!((found.actual.map(|n| (n * 1e6).round() / 1e6), found.passed), (*expected, true), "{text}: {found:?}");
    }
}
