//! What a handler's steps mean: compute and wait, parallel, choice, repeat, fail, calls with their time-outs and their way out.
//!
//! A step's effect is read off the duration of the function and off what reached the servers and functions that it calls.

use crate::observed::{IDEAL, Run, near, run, run_bursts, s};

/// One call of `f`, whose handler this is, among other nodes.
fn once(handler: &str, others: &str) -> Run {
    called(handler, others, 1)
}

fn called(handler: &str, others: &str, times: usize) -> Run {
    let f = format!("  f: {{ type: lambda, timeout: 60s, handler: [ {handler} ] }}\n");
    run_bursts(&format!("{IDEAL}duration: 100s\nworkloads: {{ callers: {{ target: f, BURSTS }} }}\nnodes:\n{f}{others}"), &[(0.0, times)])
}

/// Servers of these names, which take a second each.
fn servers(names: &str) -> String {
    names.split(' ').map(|name| format!("  {name}: {{ type: server, slots: 20000, service_time: 1s }}\n")).collect()
}

fn duration(run: &Run) -> f64 {
    s(run.times("f", "Duration").max())
}

/// Requests that reached a server.
fn reached(run: &Run, server: &str) -> f64 {
    run.count(server, "RequestCount")
}

#[test]
fn steps_follow_one_another() {
    let run = once("{ wait: 100ms }, { call: { node: a } }, { wait: 20ms }", &servers("a"));
    assert_eq!((duration(&run), run.ok("callers")), (1.12, 1));
}

#[test]
fn a_parallel_joins_at_its_slowest_branch() {
    let run = once("{ parallel: [ [ { wait: 100ms } ], [ { wait: 300ms } ], [ { wait: 150ms }, { wait: 100ms } ] ] }, { wait: 50ms }", "");
    assert_eq!((duration(&run), run.ok("callers")), (0.35, 1));
}

#[test]
fn a_parallel_fails_at_its_first_failure_and_cancels_the_others() {
    let run = once("{ parallel: [ [ { wait: 50ms }, { fail: {} } ], [ { call: { node: a } }, { call: { node: b } } ] ] }", &servers("a b"));
    assert_eq!((duration(&run), run.count("f", "Errors")), (0.05, 1.0));
    assert_eq!((reached(&run, "a"), reached(&run, "b")), (1.0, 0.0));
    assert_eq!(s(run.times("a", "TargetResponseTime").max()), 1.0, "the request of the cancelled branch runs on");
}

#[test]
fn an_empty_parallel_is_nothing() {
    assert_eq!(duration(&once("{ parallel: [] }, { wait: 5ms }", "")), 0.005);
}

#[test]
fn a_choice_takes_each_arm_in_its_share_of_cases() {
    let arms = "{ chance: 30%, do: [ { call: { node: a } } ] }, { chance: 20%, do: [ { call: { node: b } } ] }, { else: [ { call: { node: c } } ] }";
    let handler = format!("{{ repeat: {{ times: 20, do: [ {{ choice: [ {arms} ] }} ] }} }}");
    let run = called(&handler, &servers("a b c"), 500);
    assert_eq!(["a", "b", "c"].map(|server| reached(&run, server)).iter().sum::<f64>(), 10_000.0);
    // Three standard deviations of 10,000 draws are at most 150.
    for (server, expected) in [("a", 3_000.0), ("b", 2_000.0), ("c", 5_000.0)] {
        near(reached(&run, server), expected, 150.0 / expected);
    }
}

#[test]
fn a_choice_without_a_last_arm_may_take_none() {
    let run = called("{ choice: [ { chance: 0%, do: [ { call: { node: a } } ] } ] }, { wait: 5ms }", &servers("a"), 100);
    assert_eq!((reached(&run, "a"), run.ok("callers"), duration(&run)), (0.0, 100, 0.005));
}

#[test]
fn a_choice_by_attribute_is_the_same_wherever_the_request_comes() {
    let choice = |node: &str| format!("{{ choice: [ {{ when: vip, do: [ {{ call: {{ node: {node} }} }} ] }} ] }}");
    let yaml = format!(
        "{IDEAL}duration: 60s\nworkloads: {{ callers: {{ target: f, attributes: {{ vip: chance(25%) }}, BURSTS }} }}\nnodes:\n  f: {{ type: lambda, timeout: 60s, handler: [ {}, {{ invoke: {{ function: g }} }} ] }}\n  g: {{ type: lambda, timeout: 60s, handler: [ {} ] }}\n{}",
        choice("a"),
        choice("b"),
        servers("a b")
    );
    let run = run_bursts(&yaml, &[(0.0, 400), (10.0, 400), (20.0, 400), (30.0, 400)]);
    // Three standard deviations of 1,600 draws are 52.
    near(reached(&run, "a"), 400.0, 52.0 / 400.0);
    assert_eq!(reached(&run, "a"), reached(&run, "b"));
    assert_eq!(s(run.answers("callers").ok.max()), 2.0);
}

#[test]
fn a_repetition_is_done_so_many_times() {
    let run = once("{ repeat: { times: 3, do: [ { repeat: { times: 4, do: [ { call: { node: a } } ] } }, { wait: 10ms } ] } }", &servers("a"));
    near(duration(&run), 3.0 * 4.0 + 0.03, 1e-9);
    assert_eq!(reached(&run, "a"), 12.0);
}

/// Requests that fail by `fail`, of a client that tries three times by way of an API.
fn failing(fail: &str) -> Run {
    let client = "client: { retry: { max_attempts: 3, mode: fixed, base: 1s } }";
    let workload = format!("arrivals: uniform, phases: [ {{ duration: 100s, arrival_rate: 100/s }} ], attributes: {{ bad: chance(50%) }}, {client}");
    let nodes = format!(
        "nodes:\n  api: {{ type: api_gateway, overhead: 0s, routes: {{ GET /: f }} }}\n  f: {{ type: lambda, handler: [ {{ fail: {fail} }} ] }}\n"
    );
    run(&format!("{IDEAL}duration: 110s\nworkloads: {{ callers: {{ target: api, {workload} }} }}\n{nodes}"))
}

#[test]
fn a_failure_by_chance_is_drawn_anew_at_each_try() {
    let answers = failing("{ chance: 50% }").answers("callers");
    assert_eq!(answers.offered, 10_000);
    near(answers.failed.count() as f64, 10_000.0 / 8.0, 0.08);
    near(answers.attempts as f64, 10_000.0 * (1.0 + 0.5 + 0.25), 0.015);
}

#[test]
fn a_failure_by_attribute_befalls_every_try_of_the_same_request() {
    let answers = failing("{ when: bad }").answers("callers");
    near(answers.failed.count() as f64, 5_000.0, 0.03);
    assert_eq!(answers.attempts, answers.ok.count() + 3 * answers.failed.count());
}

/// Behind its handler `f` has `off`, which throttles all calls, and the servers `a` and `b`.
fn with_off(handler: &str) -> Run {
    once(handler, &format!("  off: {{ type: lambda, reserved_concurrency: 0 }}\n{}", servers("a b")))
}

#[test]
fn on_error_takes_the_place_of_a_failure_and_the_handler_goes_on() {
    let run = with_off("{ invoke: { function: off, retry: { mode: none }, on_error: [ { call: { node: a } } ] } }, { call: { node: b } }");
    assert_eq!((run.count("off", "Throttles"), reached(&run, "a"), reached(&run, "b"), run.ok("callers")), (1.0, 1.0, 1.0, 1));
}

#[test]
fn on_error_is_skipped_where_nothing_fails() {
    let run = once("{ call: { node: a, on_error: [ { call: { node: b } } ] } }, { wait: 5ms }", &servers("a b"));
    assert_eq!((reached(&run, "b"), duration(&run)), (0.0, 1.005));
}

#[test]
fn without_on_error_a_failed_call_fails_the_invocation() {
    let run = with_off("{ invoke: { function: off, retry: { mode: none } } }, { call: { node: a } }");
    assert_eq!((run.count("f", "Errors"), reached(&run, "a"), run.ok("callers")), (1.0, 0.0, 0));
}

#[test]
fn a_failure_within_on_error_fails_the_invocation() {
    let run = with_off("{ invoke: { function: off, retry: { mode: none }, on_error: [ { fail: {} } ] } }, { call: { node: a } }");
    assert_eq!((run.count("f", "Errors"), reached(&run, "a")), (1.0, 0.0));
}

#[test]
fn a_calls_own_time_out_leaves_the_other_side_working() {
    let run = once("{ call: { node: a, timeout: 100ms, on_error: [] } }, { wait: 5ms }", &servers("a"));
    assert_eq!((duration(&run), run.ok("callers"), reached(&run, "a")), (0.105, 1, 1.0));
    assert_eq!(s(run.times("a", "TargetResponseTime").max()), 1.0);
}

#[test]
fn a_call_within_its_time_out_is_as_one_without() {
    let run = once("{ call: { node: a, timeout: 1.5s } }", &servers("a"));
    assert_eq!((duration(&run), run.ok("callers")), (1.0, 1));
}

#[test]
fn the_time_out_is_that_of_one_attempt() {
    let run = once("{ call: { node: a, timeout: 100ms, retry: { max_attempts: 3, mode: fixed, base: 50ms }, on_error: [] } }", &servers("a"));
    near(duration(&run), 3.0 * 0.1 + 2.0 * 0.05, 1e-9);
    assert_eq!(reached(&run, "a"), 3.0);
}

#[test]
fn the_functions_time_out_cancels_its_branches() {
    let handler = "{ parallel: [ [ { call: { node: a } }, { call: { node: a } }, { call: { node: b } } ], [ { wait: 100s } ] ] }";
    let run = once(handler, &servers("a b").replace("service_time: 1s", "service_time: 40s"));
    assert_eq!((duration(&run), run.counts("f", ["Timeouts", "Errors", "BilledDuration"])), (60.0, [1.0, 1.0, 60_000.0]));
    assert_eq!((reached(&run, "a"), run.times("a", "TargetResponseTime").count(), reached(&run, "b")), (2.0, 2, 0.0), "sent before the time-out");
}

#[test]
fn a_synchronous_invocation_holds_both_functions() {
    let run = once("{ invoke: { function: g } }, { wait: 500ms }", "  g: { type: lambda, handler: [ { wait: 1s } ] }\n");
    near(run.held("f", "ConcurrentExecutions"), 1.5, 1e-9);
    near(run.held("g", "ConcurrentExecutions"), 1.0, 1e-9);
    assert_eq!((run.count("f", "BilledDuration"), run.count("g", "BilledDuration")), (1_500.0, 1_000.0));
}

#[test]
fn what_an_invoked_function_throws_is_not_tried_again() {
    let run = once("{ invoke: { function: g } }", "  g: { type: lambda, handler: [ { fail: {} } ] }\n");
    assert_eq!((run.count("g", "Invocations"), run.count("g", "Errors"), run.count("f", "Errors")), (1.0, 1.0, 1.0));
}

#[test]
fn an_api_called_by_a_handler_is_not_tried_again() {
    // A plain HTTP client calls it, not an SDK.
    let others = "  api: { type: api_gateway, overhead: 0s, routes: { GET /: off } }\n  off: { type: lambda, reserved_concurrency: 0 }\n";
    let run = once("{ request: { api: api, route: GET / } }", others);
    assert_eq!((run.count("api", "Count"), run.count("off", "Throttles"), run.count("f", "Errors")), (1.0, 1.0, 1.0));
}

#[test]
fn waiting_and_downstream_time_are_put_down_to_their_causes() {
    use coldfront::metrics::Cause;
    let handler = "{ parallel: [ [ { wait: 100ms } ], [ { wait: 300ms }, { call: { node: a } } ] ] }, { wait: 50ms }";
    let run = once(handler, &servers("a"));
    let spent = run.answers("callers").spent.total().spent;
    assert_eq!((spent[Cause::Wait as usize], spent[Cause::Service as usize], spent[Cause::Abandoned as usize]), (350_000, 1_000_000, 0));
}
