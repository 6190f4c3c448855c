//! Lambda, asynchronous: retries and back-off of events, their age, who hears of them, loops, and aliases with weights, statement by statement.
//!
//! The claims are those of AWS's guide (invocation-async-error-handling, invocation-async-retain-records, invocation-recursion, configuring-alias-routing),
//! with numbers worked out by hand. What rests on a choice of ours: that the back-off doubles, and the time from acceptance to the first attempt (about
//! 50 ms), for which times are compared within a second.

use crate::observed::{IDEAL, Run, near, run, run_bursts, s};
use coldfront::metrics::Class;

/// What is asked of a function so that nobody waits for it.
pub const EVENT: &str = "operation: { invoke: { invocation_type: event } }";

/// Events for `f`, beside other nodes.
pub fn events(top: &str, fields: &str, others: &str, at: &[(f64, usize)]) -> Run {
    let yaml =
        format!("{IDEAL}{top}\nworkloads: {{ callers: {{ target: f, BURSTS, {EVENT} }} }}\nnodes:\n  f: {{ type: lambda, {fields} }}\n{others}\n");
    run_bursts(&yaml, at)
}

/// A function that hears of events.
pub const HEARER: &str = "  hearer: { type: lambda, handler: [ { wait: 1ms } ] }";

pub const ATTEMPTS: [&str; 4] = ["Invocations", "Errors", "Throttles", "BilledDuration"];
pub const FATES: [&str; 4] = ["AsyncEventsReceived", "AsyncEventsDropped", "AsyncEventsDroppedNeverRun", "AsyncEventsDroppedAfterErrors"];

/// Holds a time against what it should be, but for the way to the first attempt.
#[track_caller]
pub fn about(found: f64, expected: f64) {
    assert!((expected..expected + 1.0).contains(&found), "{found} s is not {expected} s");
}

#[test]
fn a_time_out_is_an_error_of_the_function_and_tried_again() {
    let run = events("duration: 300s", "timeout: 2s, handler: [ { wait: 10s } ]", "", &[(0.0, 1)]);
    assert_eq!(run.counts("f", ["Invocations", "Errors", "Timeouts", "AsyncEventsDropped"]), [3.0, 3.0, 3.0, 1.0]);
}

#[test]
fn a_failure_by_chance_is_drawn_anew_at_each_attempt_and_one_by_attribute_is_not() {
    let by_chance = events("duration: 400s", "handler: [ { fail: { chance: 50% } } ]", "", &[(0.0, 1_000)]);
    near(by_chance.count("f", "AsyncEventsDropped"), 125.0, 0.25);
    near(by_chance.count("f", "Invocations"), 1_750.0, 0.05);
    let nodes = "nodes: { f: { type: lambda, handler: [ { fail: { when: poison } } ] } }";
    let poisoned = format!(
        "{IDEAL}duration: 400s\nworkloads: {{ callers: {{ target: f, BURSTS, {EVENT}, attributes: {{ poison: chance(10%) }} }} }}\n{nodes}\n"
    );
    let run = run_bursts(&poisoned, &[(0.0, 1_000)]);
    let dropped = run.count("f", "AsyncEventsDropped");
    near(dropped, 100.0, 0.4);
    assert_eq!(run.count("f", "Invocations"), 1_000.0 + 2.0 * dropped, "the same fail at all three");
}

#[test]
fn an_event_that_is_too_old_at_its_turn_is_not_tried_again() {
    let tried = |age: &str| {
        let run = events("duration: 300s", &format!("maximum_event_age: {age}, handler: [ {{ wait: 1s }}, {{ fail: {{}} }} ]"), "", &[(0.0, 1)]);
        (run.count("f", "Invocations"), run.counts("f", FATES))
    };
    assert_eq!(tried("60s"), (1.0, [1.0, 1.0, 0.0, 1.0]), "the second turn comes at 61 s");
    assert_eq!(tried("100s"), (2.0, [1.0, 1.0, 0.0, 1.0]), "the third at 182 s");
    assert_eq!(tried("200s"), (3.0, [1.0, 1.0, 0.0, 1.0]));
}

#[test]
fn events_are_limited_by_concurrency_and_not_by_the_request_rate() {
    // 200 events a second at a reservation of 2, which would let 20 calls a second pass.
    let run = events("duration: 20s", "reserved_concurrency: 2, handler: [ { wait: 1ms } ]", "", &[(0.0, 200), (1.0, 200), (2.0, 200)]);
    assert!(run.count_between("f", "Invocations", 0.0, 5.0) > 300.0);
    assert_eq!(run.refusing(), ["lambda_reserved_concurrency"]);
}

#[test]
fn a_handler_that_invokes_by_an_event_does_not_wait_for_the_end() {
    let nodes = "nodes:\n  front: { type: lambda, handler: [ { invoke: { function: slow, invocation_type: event } } ] }\n  slow: { type: lambda, timeout: 20s, handler: [ { wait: 10s } ] }\n";
    let run = run_bursts(&format!("{IDEAL}duration: 60s\nworkloads: {{ callers: {{ target: front, BURSTS }} }}\n{nodes}"), &[(0.0, 5)]);
    assert!(s(run.answers("callers").ok.max()) < 1.0);
    assert_eq!((run.ok("callers"), run.counts("slow", ["Invocations", "AsyncEventsReceived", "AsyncEventsDropped"])), (5, [5.0, 5.0, 0.0]));
    let whole = run.times("slow", "EndToEnd");
    assert_eq!(whole.count(), 5);
    about(s(whole.quantile(0.5)), 10.0);
}

#[test]
fn who_succeeds_is_told_of_and_who_is_told_may_refuse() {
    let told = |payload: &str| {
        let f = "f: { type: lambda, destinations: { on_success: hearer }, handler: [ { wait: 1ms } ] }";
        let requests = format!("requests: [ {{ payload: {payload}, {EVENT} }} ]");
        let yaml = format!("{IDEAL}duration: 60s\nworkloads: {{ callers: {{ target: f, BURSTS, {requests} }} }}\nnodes:\n  {f}\n{HEARER}\n");
        let run = run_bursts(&yaml, &[(0.0, 3)]);
        (run.count("hearer", "Invocations"), run.count("f", "DestinationDeliveryFailures"), run.count("f", "Invocations"))
    };
    assert_eq!(told("1000 KB"), (3.0, 0.0, 3.0));
    assert_eq!(told("1024 KB"), (0.0, 3.0, 3.0), "the record of an event of one megabyte is larger than one");
}

/// Two queues that hear of events that were dropped.
const QUEUES: &str = "  dead: { type: sqs }\n  failed: { type: sqs }\n";

#[test]
fn a_dropped_event_goes_to_the_dead_letter_queue_and_its_record_to_the_destination() {
    let fields =
        "dead_letter_queue: dead, destinations: { on_failure: failed, on_success: failed }, maximum_retry_attempts: 1, handler: [ { fail: {} } ]";
    let run = events("duration: 300s", fields, QUEUES, &[(0.0, 4)]);
    assert_eq!((run.count("dead", "NumberOfMessagesSent"), run.count("failed", "NumberOfMessagesSent")), (4.0, 4.0));
    assert_eq!(run.counts("f", ["Invocations", "AsyncEventsDropped", "DeadLetterErrors", "DestinationDeliveryFailures"]), [8.0, 4.0, 0.0, 0.0]);
}

#[test]
fn a_queue_out_of_reach_loses_what_is_passed_on_to_it() {
    let faults = "faults: [ { at: 0s, for: 200s, node: dead, unavailable: true }, { at: 0s, for: 200s, node: failed, unavailable: true } ]";
    let fields = "dead_letter_queue: dead, destinations: { on_failure: failed }, reserved_concurrency: 0";
    let run = events(&format!("duration: 300s\n{faults}"), fields, QUEUES, &[(0.0, 3), (250.0, 2)]);
    assert_eq!((run.count("dead", "NumberOfMessagesSent"), run.count("failed", "NumberOfMessagesSent")), (2.0, 2.0));
    assert_eq!(run.counts("f", ["AsyncEventsDroppedNeverRun", "DeadLetterErrors", "DestinationDeliveryFailures"]), [5.0, 3.0, 3.0]);
}

#[test]
fn an_event_is_at_most_one_megabyte_and_was_256_kilobytes() {
    let accepted = |day: &str, payload: &str| {
        let requests = format!("requests: [ {{ payload: {payload}, {EVENT} }} ]");
        let nodes = "nodes: { f: { type: lambda, handler: [ { wait: 1ms } ] } }";
        let run = run_bursts(
            &format!("{IDEAL}duration: 60s\nas_of: {day}\nworkloads: {{ callers: {{ target: f, BURSTS, {requests} }} }}\n{nodes}\n"),
            &[(0.0, 1)],
        );
        (run.ok("callers"), run.failed("callers", Class::Rejected, 413), run.count("f", "AsyncEventsReceived"))
    };
    assert_eq!(accepted("2026-11-01", "1024 KB"), (1, 0, 1.0));
    assert_eq!(accepted("2026-11-01", "1025 KB"), (0, 1, 0.0));
    assert_eq!(accepted("2025-01-01", "257 KB"), (0, 1, 0.0));
}

/// A function that invokes another, or itself, by an event.
fn passing_on(name: &str, to: &str, more: &str) -> String {
    format!("  {name}: {{ type: lambda, {more}handler: [ {{ wait: 1ms }}, {{ invoke: {{ function: {to}, invocation_type: event }} }} ] }}\n")
}

/// One call of `f` in a loop.
fn looping(nodes: &str) -> Run {
    run_bursts(&format!("{IDEAL}duration: 60s\nworkloads: {{ callers: {{ target: f, BURSTS }} }}\nnodes:\n{nodes}"), &[(0.0, 1)])
}

const LOOP: [&str; 3] = ["Invocations", "RecursiveInvocationsDropped", "AsyncEventsDropped"];

#[test]
fn a_function_that_invokes_itself_is_stopped_after_sixteen_times() {
    let run = looping(&passing_on("f", "f", ""));
    assert_eq!((run.counts("f", LOOP), run.ok("callers")), ([16.0, 1.0, 1.0], 1));
}

#[test]
fn in_a_loop_of_two_functions_each_runs_sixteen_times() {
    let run = looping(&(passing_on("f", "g", "") + &passing_on("g", "f", "")));
    assert_eq!((run.counts("f", LOOP), run.count("g", "Invocations")), ([16.0, 1.0, 1.0], 16.0));
}

#[test]
fn a_loop_through_a_destination_is_a_loop() {
    let run = looping(
        "  f: { type: lambda, handler: [ { invoke: { function: g, invocation_type: event } } ] }\n  g: { type: lambda, destinations: { on_success: g }, handler: [ { wait: 1ms } ] }\n",
    );
    assert_eq!((run.counts("g", LOOP), run.count("f", "Invocations")), ([16.0, 1.0, 1.0], 1.0));
}

#[test]
fn a_loop_through_a_queue_is_cut_and_its_message_goes_to_the_dead_letter_queue() {
    let f = "f: { type: lambda, event_sources: [ { queue: q } ], handler: [ { for_each_message: [ { send: { queue: q } } ] } ] }";
    let queues = "q: { type: sqs, visibility_timeout: 5s, redrive_policy: { dead_letter_queue: dead, max_receive_count: 2 } }, dead: { type: sqs }";
    let yaml = format!("{IDEAL}duration: 60s\nworkloads: {{ callers: {{ target: q, BURSTS }} }}\nnodes: {{ {f}, {queues} }}\n");
    let run = run_bursts(&yaml, &[(0.0, 1)]);
    assert_eq!(run.counts("f", ["Invocations", "Errors", "RecursiveInvocationsDropped"]), [16.0, 0.0, 2.0], "received twice more");
    assert_eq!((run.count("q", "NumberOfMessagesSent"), run.count("q", "DeadLetteredMessages")), (17.0, 1.0));
}

#[test]
fn a_loop_that_is_allowed_goes_on() {
    let run = looping(&passing_on("f", "f", "recursive_loop: allow, "));
    assert!(run.count("f", "Invocations") > 300.0, "about one in 70 ms for a minute");
    assert_eq!(run.counts("f", ["RecursiveInvocationsDropped", "AsyncEventsDropped"]), [0.0, 0.0]);
}

#[test]
fn a_chain_that_does_not_come_back_is_no_loop() {
    let chain: String = (0..20).map(|n| passing_on(&format!("f{n}"), &format!("f{}", n + 1), "")).collect();
    let run = looping(&format!("{}{chain}  f20: {{ type: lambda, handler: [ {{ wait: 1ms }} ] }}\n", passing_on("f", "f0", "")));
    assert_eq!(run.count("f20", "Invocations"), 1.0);
}

/// Callers of a function of which a tenth should run version 2.
fn shared(top: &str, fields: &str, two: &str, rate: u32) -> Run {
    let versions = format!("versions: {{ '2': {{ {two} }} }}, routing_config: {{ additional_version_weights: {{ '2': 10% }} }}");
    let phases = format!("arrivals: uniform, phases: [ {{ duration: 100s, arrival_rate: {rate}/s }} ]");
    run(&format!(
        "{IDEAL}duration: 110s\n{top}\nworkloads: {{ callers: {{ target: f, {phases} }} }}\nnodes: {{ f: {{ type: lambda, {fields}, {versions} }} }}\n"
    ))
}

#[test]
fn an_alias_gives_each_version_its_share_of_invocations() {
    let run = shared("", "handler: [ { wait: 1ms } ]", "handler: [ { wait: 3ms } ]", 200);
    let [all, additional] = run.counts("f", ["Invocations", "AdditionalVersionInvocations"]);
    assert_eq!(all, 20_000.0);
    // Binomial: 2,000 with a standard deviation of √(20,000 · 0.1 · 0.9) = 42.4; four of them.
    assert!((additional - 2_000.0).abs() < 170.0, "{additional} of {all}");
    let slow = run.times("f", "Duration").cells().filter(|(micros, _)| *micros > 2_000).map(|(_, n)| n).sum::<u64>();
    assert_eq!(slow as f64, additional, "each runs its own handler");
}

#[test]
fn versions_do_not_share_environments() {
    // One call at a time: one environment would do, were it the same version.
    let run = shared("", "keep_alive: 1h, handler: [ { wait: 1ms } ]", "handler: [ { wait: 1ms } ]", 10);
    assert_eq!(run.counts("f", ["Invocations", "ColdStarts"]), [1_000.0, 2.0]);
}

#[test]
fn a_version_has_memory_and_init_of_its_own() {
    let run = shared(
        "",
        "keep_alive: 1h, memory: 1769 MB, handler: [ { compute: 10ms } ]",
        "memory: 128 MB, extra_init: 2s, handler: [ { compute: 10ms } ]",
        2,
    );
    let duration = run.times("f", "Duration");
    near(s(duration.quantile(0.5)), 0.010, 0.01);
    near(s(duration.max()), 0.010 * 1769.0 / 128.0, 0.01);
    near(s(run.times("f", "InitDuration").max()), 2.0, 0.01);
}

#[test]
fn provisioned_environments_are_of_the_primary_version_and_the_reservation_of_both() {
    let run = shared("", "keep_alive: 1h, provisioned_concurrency: 1, handler: [ { wait: 1ms } ]", "handler: [ { wait: 1ms } ]", 10);
    let [all, additional] = run.counts("f", ["Invocations", "AdditionalVersionInvocations"]);
    let counted = ["ProvisionedConcurrencyInvocations", "ProvisionedConcurrencySpilloverInvocations", "ColdStarts"];
    assert_eq!(run.counts("f", counted), [all - additional, 0.0, 1.0]);
    let none = shared("", "reserved_concurrency: 0, handler: [ { wait: 1ms } ]", "handler: [ { wait: 1ms } ]", 1);
    assert_eq!(none.counts("f", ["Invocations", "Throttles"]), [0.0, 100.0]);
}
