//! Lambda beyond the plain cold start: snapshots, deployments, several threads, large responses.
//!
//! The claims are those of AWS's guide (snapstart, runtime-environment, configuration-response-streaming, configuration-memory), with numbers worked out by
//! hand. What rests on a choice of ours: that a restore which takes too long ends the environment, and that its invocation counts as an error.

use coldfront::metrics::Class;

use crate::lambda::burst;
use crate::observed::{IDEAL, Run, near, run_bursts, run_with, s};

/// A function with SnapStart, called at these seconds.
fn snapped(fields: &str, at: &[(f64, usize)]) -> Run {
    burst("duration: 600s", &format!("runtime: java21, snap_start: published_versions, {fields}"), at)
}

#[test]
fn with_snap_start_a_cold_start_is_a_restore_and_no_init() {
    let run = snapped("restore_duration: 200ms, init_duration: 2s, handler: [ { wait: 1s } ]", &[(0.0, 3), (10.0, 3)]);
    assert_eq!((run.count("f", "ColdStarts"), run.times("f", "RestoreDuration").count(), run.times("f", "InitDuration").count()), (3.0, 3, 0));
    let answers = run.answers("callers");
    assert_eq!(s(answers.ok.max()), 1.2);
    near(s(answers.ok.quantile(0.0)), 1.0, 0.001);
    assert_eq!(run.count("f", "BilledDuration"), 6.0 * 1_000.0, "publishing paid for the INIT");
}

#[test]
fn a_restore_is_as_long_as_was_measured_for_the_runtime() {
    let median = |runtime: &str| {
        let f =
            format!("{{ type: lambda, runtime: {runtime}, memory: 1 GB, snap_start: published_versions, timeout: 9s, handler: [ {{ wait: 3s }} ] }}");
        let run = run_bursts(&format!("duration: 20s\nworkloads: {{ w: {{ target: f, BURSTS }} }}\nnodes: {{ f: {f} }}\n"), &[(0.0, 1_000)]);
        s(run.times("f", "RestoreDuration").quantile(0.5)) * 1e3
    };
    near(median("java21"), 727.0, 0.03);
    // Nobody has published one of Python: 100 to 300 ms are commonly seen, the middle of which, by their logarithm, is 173.
    near(median("python3.13"), 173.0, 0.04);
}

#[test]
fn a_restore_over_ten_seconds_fails_its_invocation_and_leaves_no_environment() {
    let run = snapped("restore_duration: 12s, handler: [ { wait: 1s } ]", &[(0.0, 1), (100.0, 1)]);
    assert_eq!((run.ok("callers"), run.failed("callers", Class::Failed, 408)), (0, 2));
    assert_eq!(run.counts("f", ["Invocations", "Errors", "ColdStarts", "ExpiredEnvironments"]), [2.0; 4]);
    assert_eq!(s(run.answers("callers").failed.max()), 10.0);
    assert_eq!(run.gauge("f", "IdleEnvironments").max, 0);
}

#[test]
fn after_a_time_out_a_snapshot_is_not_restored_but_the_runtime_begun_anew() {
    let handler = "handler: [ { choice: [ { when: hang, do: [ { wait: 10s } ] } ] }, { wait: 100ms } ]";
    let f = format!("f: {{ type: lambda, runtime: java21, snap_start: published_versions, restore_duration: 200ms, init_duration: 2s, {handler} }}");
    let workloads = "hung: { target: f, attributes: { hang: chance(100%) }, replay: { file: first.csv } }, sound: { target: f, attributes: { hang: chance(0%) }, replay: { file: later.csv } }";
    let yaml = format!("{IDEAL}duration: 30s\nworkloads: {{ {workloads} }}\nnodes: {{ {f} }}\n");
    let run = run_with(&yaml, &[("first.csv", "0\n".into()), ("later.csv", "10\n".into())]);
    assert_eq!((run.count("f", "ColdStarts"), s(run.answers("sound").ok.max())), (1.0, 2.1));
}

#[test]
fn a_deployment_drops_idle_environments_and_those_at_work_when_they_are_done() {
    // Twenty at work from 170 to 190 s and ten idle since 101 s; new code at 180 s; thirty calls at 200 s.
    let fields = |deployments: &str| format!("timeout: 1m, keep_alive: 1h, {deployments} handler: [ {{ wait: 20s }} ]");
    let run = |deployments: &str| burst("duration: 600s", &fields(deployments), &[(0.0, 30), (170.0, 20), (200.0, 30), (230.0, 30)]);
    let cold = |run: &Run| [0.0, 100.0, 195.0, 225.0].map(|from| run.count_between("f", "ColdStarts", from, from + 30.0));
    assert_eq!(cold(&run("")), [30.0, 0.0, 0.0, 0.0]);
    assert_eq!(cold(&run("deployments: { every: 3m },")), [30.0, 0.0, 30.0, 0.0]);
    assert_eq!(cold(&run("deployments: [ 3m, 225s ],")), [30.0, 0.0, 30.0, 30.0]);
    let deployed = run("deployments: { every: 1h, first: 3m },");
    assert_eq!((deployed.count("f", "ExpiredEnvironments"), deployed.count("f", "Throttles")), (30.0, 0.0));
    let idle = deployed.gauge("f", "IdleEnvironments");
    assert_eq!(deployed.windows(181.0, 199.0).map(|at| idle.window_maxima[at]).max(), Some(0));
}

#[test]
fn provisioned_environments_outlive_a_deployment() {
    let run =
        burst("duration: 600s", "provisioned_concurrency: 10, deployments: { every: 3m }, handler: [ { wait: 1s } ]", &[(0.0, 10), (400.0, 10)]);
    assert_eq!(run.counts("f", ["ProvisionedConcurrencyInvocations", "ColdStarts"]), [20.0, 0.0]);
}

#[test]
fn threads_share_the_vcpus_that_come_with_memory() {
    // D = W + Cs / min(1, v) + Cp / min(v, T) with v = memory / 1,769 MB.
    let duration = |memory: u32, threads: u32| {
        let steps = format!("{{ wait: 50ms }}, {{ compute: 100ms }}, {{ compute: {{ time: 4s, threads: {threads} }} }}");
        let run = burst("duration: 60s", &format!("memory: {memory} MB, timeout: 59s, handler: [ {steps} ]"), &[(0.0, 1)]);
        s(run.times("f", "Duration").max())
    };
    for (memory, threads) in [(1_769, 1), (1_769, 8), (3_538, 1), (3_538, 2), (3_538, 8), (884, 4), (7_076, 3), (10_240, 6), (10_240, 32)] {
        let v = f64::from(memory) / 1_769.0;
        let expected = 0.05 + 0.1 / v.min(1.0) + 4.0 / v.min(f64::from(threads));
        near(duration(memory, threads), expected, 1e-6);
    }
}

/// One call of a function that answers so much: what its caller hears, and the function's `Duration` in seconds.
fn answering(response: &str) -> (u64, u64, f64) {
    let run = burst("duration: 300s", &format!("timeout: 2m, handler: [ {{ wait: 1s }} ], response: {{ {response} }}"), &[(0.0, 1)]);
    (run.ok("callers"), run.failed("callers", Class::Failed, 200), s(run.times("f", "Duration").max()))
}

#[test]
fn a_buffered_response_is_at_most_six_megabytes_and_takes_no_time() {
    assert_eq!(answering("size: 6 MB"), (1, 0, 1.0));
    assert_eq!(answering("size: 6291457 B"), (0, 1, 1.0), "the function has done its work and fails");
}

#[test]
fn a_streamed_response_is_sent_at_two_megabytes_a_second_after_the_first_six() {
    assert_eq!(answering("size: 6 MB, stream: true"), (1, 0, 1.0));
    assert_eq!(answering("size: 20 MB, stream: true"), (1, 0, 1.0 + 7.0));
    assert_eq!(answering("size: 200 MB, stream: true"), (1, 0, 1.0 + 97.0));
    assert_eq!(answering("size: 209715201 B, stream: true"), (0, 1, 1.0));
}

#[test]
fn a_stream_ends_with_the_functions_time_out() {
    let run = burst("duration: 60s", "timeout: 3s, handler: [ { wait: 1s } ], response: { size: 20 MB, stream: true }", &[(0.0, 1)]);
    assert_eq!((run.failed("callers", Class::Failed, 201), run.counts("f", ["Timeouts", "BilledDuration"])), (1, [1.0, 3_000.0]));
}
