//! SQS and event source mappings, beyond the claims of `statements::messaging`: limits of rate, windows, redrive, what a message tells of its life.
//!
//! What rests on a choice of ours is said at the test.

use crate::observed::{IDEAL, Run, near, run, run_bursts};
use coldfront::metrics::Class;

/// A function fed from queue `q`, without the hop's latency; `queue`, `source` and `function` are fields of theirs.
pub fn fed(top: &str, queue: &str, source: &str, function: &str) -> Run {
    run(&format!("{IDEAL}{top}\nnodes:\n{}", pair(queue, source, function)))
}

pub fn pair(queue: &str, source: &str, function: &str) -> String {
    format!(
        "  q: {{ type: sqs, {queue} }}\n  dead: {{ type: sqs }}\n  f: {{ type: lambda, event_sources: [ {{ queue: q, latency: 0s, {source} }} ], {function} }}\n"
    )
}

/// The peak of a gauge in the window that holds this second.
pub fn at(run: &Run, node: &str, gauge: &str, second: f64) -> f64 {
    let gauge = run.gauge(node, gauge);
    let window = run.0.window_ends.partition_point(|end| end.as_secs_f64() <= second);
    gauge.scaled(f64::from(gauge.window_maxima[window]))
}

pub const ROOMY: &str = "quotas: { lambda.concurrent_executions: 5000 }";

#[test]
fn before_november_2023_a_mapping_grew_by_60_invocations_a_minute() {
    let top = format!("duration: 130s\nas_of: 2023-10-01\n{ROOMY}");
    let run = fed(&top, "backlog: 100000", "batch_size: 1", "timeout: 5s, handler: [ { wait: 1s } ]");
    near(at(&run, "f", "ConcurrentExecutions", 120.0), 125.0, 0.02);
}

#[test]
fn a_fifo_batch_that_fails_in_its_middle_returns_the_failed_message_and_all_behind_it() {
    let source = "batch_size: 10, function_response_types: [ ReportBatchItemFailures ]";
    let handler = "timeout: 10s, handler: [ { for_each_message: [ { fail: { chance: 50% } } ] } ]";
    let run = fed("duration: 30m", "fifo: {}, visibility_timeout: 60s, backlog: { messages: 200, group: constant }", source, handler);
    // In order: what is deleted is always the oldest, so each delivery deletes what comes before the first failure: one message on average.
    let [received, deleted] = run.counts("q", ["NumberOfMessagesReceived", "NumberOfMessagesDeleted"]);
    let deliveries = received / 10.0;
    assert!((deleted / deliveries - 1.0).abs() < 3.0 * (2.0 / deliveries).sqrt(), "{deleted} in {deliveries} deliveries");
}

#[test]
fn a_message_waits_for_its_delay_and_is_dropped_at_the_end_of_its_retention() {
    let yaml = "duration: 10m\nworkloads: { w: { target: q, operation: { send: {} }, BURSTS } }\nnodes: { q: { type: sqs, delay: 90s, message_retention_period: 120s } }\n";
    let run = run_bursts(yaml, &[(0.0, 3)]);
    let seen = [45.0, 100.0, 130.0]
        .map(|second| [at(&run, "q", "ApproximateNumberOfMessagesDelayed", second), at(&run, "q", "ApproximateNumberOfMessagesVisible", second)]);
    assert_eq!(seen, [[3.0, 0.0], [0.0, 3.0], [0.0, 0.0]]);
    assert_eq!(run.count("q", "ExpiredMessages"), 3.0);
}

#[test]
fn a_message_worked_on_longer_than_it_is_hidden_is_worked_on_twice() {
    // A poller keeps a throttled batch while it is hidden: what begins late is still running when the message is visible again.
    let queue = "backlog: 2, visibility_timeout: 30s";
    let run = fed("duration: 120s", queue, "batch_size: 1", "timeout: 30s, reserved_concurrency: 1, handler: [ { wait: 20s } ]");
    assert!(run.count("q", "RedeliveredMessages") >= 1.0 && run.count("q", "LateDeletes") >= 1.0);
    assert_eq!(run.count("q", "NumberOfMessagesDeleted"), 2.0);
}

#[test]
fn a_batch_waits_for_its_window_or_until_it_is_full() {
    let steady = |window: &str, size: u32| {
        let workload = "w: { target: q, operation: { send: {} }, arrivals: uniform, phases: [ { duration: 100s, arrival_rate: 10/s } ] }";
        let nodes = pair("", &format!("batch_size: {size}, maximum_batching_window: {window}, maximum_concurrency: 2"), "handler: [ { wait: 1ms } ]");
        let run = run(&format!("{IDEAL}duration: 100s\nwarm_up: 20s\nworkloads: {{ {workload} }}\nnodes:\n{nodes}"));
        run.count("q", "NumberOfMessagesDeleted") / run.count("f", "Invocations")
    };
    assert!(steady("0s", 10) < 1.5, "without a window a poller takes what is there");
    // Two pollers share what comes in ten seconds.
    near(steady("10s", 1000), 50.0, 0.15);
    near(steady("100s", 20), 20.0, 0.05);
}

#[test]
fn a_window_ends_wherever_in_a_millisecond_its_first_message_came() {
    let workload = "w: { target: q, operation: { send: {} }, phases: [ { duration: 100s, arrival_rate: 20/s } ] }";
    let nodes = pair("", "batch_size: 100, maximum_batching_window: 1s, maximum_concurrency: 2", "handler: [ { wait: 1ms } ]");
    let run = run(&format!("{IDEAL}duration: 100s\nwarm_up: 20s\nworkloads: {{ {workload} }}\nnodes:\n{nodes}"));
    // Two pollers share what comes: a batch is its first message, and what comes to its poller in the second after it.
    near(run.count("q", "NumberOfMessagesDeleted") / run.count("f", "Invocations"), 11.0, 0.1);
}

#[test]
fn dead_letters_go_back_when_they_are_redriven() {
    let queue = "{ type: sqs, visibility_timeout: 10s, backlog: 5, redrive_policy: { dead_letter_queue: dead, max_receive_count: 1 } }";
    let dead = "{ type: sqs, redrive: { start: 5m, rate: 1/s } }";
    let f = "{ type: lambda, timeout: 5s, event_sources: [ { queue: q, latency: 0s } ], handler: [ { fail: { chance: 100% } } ] }";
    let run = run(&format!("{IDEAL}duration: 10m\nnodes: {{ q: {queue}, dead: {dead}, f: {f} }}\n"));
    assert_eq!(run.counts("dead", ["RedrivenOutMessages", "RedrivenInMessages"]), [5.0, 10.0], "moved, sent back, failed and moved again");
    assert_eq!(run.count("q", "RedrivenInMessages"), 5.0);
}

#[test]
fn a_message_larger_than_the_queue_takes_is_rejected() {
    let sent = |payload: &str, limit: &str| {
        let requests = format!("requests: [ {{ operation: {{ send: {{}} }}, payload: {payload} }} ]");
        let yaml = format!("duration: 10s\nworkloads: {{ w: {{ target: q, {requests}, BURSTS }} }}\nnodes: {{ q: {{ type: sqs{limit} }} }}\n");
        let run = run_bursts(&yaml, &[(1.0, 1)]);
        (run.count("q", "NumberOfMessagesSent"), run.failed("w", Class::Rejected, 400))
    };
    assert_eq!([sent("1 MiB", ""), sent("1025 KiB", "")], [(1.0, 0), (0.0, 1)]);
    assert_eq!(sent("300 KiB", ", maximum_message_size: 256 KiB"), (0.0, 1));
}

#[test]
fn what_is_received_twice_at_once_is_deleted_once() {
    // At-least-once delivery, by parameter: each delivery of a fifth of all happens twice though no time ran out.
    let run = fed("duration: 10m", "backlog: 1000, duplicates: 20%", "batch_size: 1", "handler: [ { wait: 100ms } ]");
    let [received, deleted, again] = run.counts("q", ["NumberOfMessagesReceived", "NumberOfMessagesDeleted", "RedeliveredMessages"]);
    assert_eq!((deleted, received), (1_000.0, 1_000.0 + again));
    // Each delivery has one more with probability 1/5: 1,000 · (1/5) / (1 − 1/5) = 250 more, give or take.
    assert!((again - 250.0).abs() < 4.0 * 250.0_f64.sqrt(), "{again}");
}

#[test]
fn on_every_scenario_what_came_into_a_queue_is_what_left_it_and_what_is_there() {
    let mut queues = 0;
    for run in crate::support::SCENARIOS.iter().filter(|run| run.record.warm_up == coldfront::units::Time::ZERO) {
        for queue in run.record.nodes.iter().filter(|node| node.kind == "sqs") {
            let sum = |names: &[&str]| queue.counters.iter().filter(|c| names.contains(&c.name)).map(|c| c.value()).sum::<f64>();
            let there = |names: &[&str]| queue.gauges.iter().filter(|g| names.contains(&g.name)).map(|g| g.last as f64).sum::<f64>();
            let came = sum(&["NumberOfMessagesSent", "RedrivenInMessages"]);
            let left = sum(&["NumberOfMessagesDeleted", "DeadLetteredMessages", "RedrivenOutMessages", "ExpiredMessages"]);
            let levels = ["ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];
            assert_eq!(came, left + there(&levels), "{}: {}", run.name, queue.name);
            queues += 1;
        }
    }
    assert!(queues >= 10, "{queues} queues were looked at");
}

/// Producers of one message a call, so many a second for ten seconds.
fn producers(queue: &str, group: &str, rate: u32) -> Run {
    let send = "operation: { send: { group: customer } }";
    let load = format!("arrivals: uniform, phases: [ {{ duration: 10s, arrival_rate: {rate}/s }} ]");
    run(&format!(
        "duration: 12s\nworkloads: {{ w: {{ target: q, {send}, attributes: {{ customer: {group} }}, {load} }} }}\nnodes: {{ q: {{ type: sqs, {queue} }} }}\n"
    ))
}

#[test]
fn a_fifo_queue_takes_300_calls_a_second_and_in_high_throughput_mode_each_group_does() {
    // The bucket is a second's worth deep: that is our choice.
    let accepted = |queue: &str, group: &str| producers(queue, group, 1_000).ok("w") as f64;
    near(accepted("fifo: {}", "unique"), 300.0 * 11.0, 0.01);
    near(accepted("fifo: { high_throughput: true }", "constant"), 300.0 * 11.0, 0.01);
    assert_eq!(accepted("fifo: { high_throughput: true }", "unique"), 10_000.0);
    assert_eq!(accepted("delay: 0s", "unique"), 10_000.0, "a standard queue knows no limit");
}

#[test]
fn a_mapping_backs_off_while_its_function_fails_unless_the_function_names_what_failed() {
    // Halved in each minute with errors, down to two: the curve is our choice, that it backs off is not.
    let pollers = |source: &str| {
        let handler = "timeout: 5s, handler: [ { for_each_message: [ { wait: 100ms }, { fail: { chance: 100% } } ] } ]";
        let run = fed("duration: 10m", "visibility_timeout: 30s, backlog: 100000", source, handler);
        run.gauge("q → f", "Pollers").last
    };
    assert_eq!(pollers("batch_size: 10"), 2);
    assert!(pollers("batch_size: 10, function_response_types: [ ReportBatchItemFailures ]") > 100);
}

#[test]
fn a_message_tells_its_age_from_its_first_sending_to_the_end_of_its_work() {
    // Ten seconds of delay, a second of work, no hop: what the workload waits for at its end is eleven seconds after its request.
    let workload = "w: { target: q, ends_at: f, operation: { send: {} }, arrivals: uniform, phases: [ { duration: 60s, arrival_rate: 1/s } ] }";
    let nodes = pair("delay: 10s", "", "handler: [ { wait: 1s } ]");
    let run = run(&format!("{IDEAL}duration: 100s\nworkloads: {{ {workload} }}\nnodes:\n{nodes}"));
    for (node, latency, seconds) in [("w", "EndToEnd", 11.0), ("f", "EndToEnd", 11.0), ("q", "TimeInQueue", 10.0), ("f", "Duration", 1.0)] {
        near(run.times(node, latency).mean_s().expect("it was measured"), seconds, 1e-6);
    }
    assert!(run.times("w", "EndToEnd").count() >= 59);
}

#[test]
fn the_oldest_message_that_nobody_received_counts_behind_any_number_of_poison_ones() {
    // The first two thousand fail for ever and do not count after their third receive; the last comes after them and waits for its delay to be over.
    let send = "operation: { send: { delay: 900s } }, arrivals: uniform, phases: [ { duration: 1s, arrival_rate: 1/s } ]";
    let nodes = pair("backlog: 2000, visibility_timeout: 30s", "", "timeout: 5s, handler: [ { fail: { chance: 100% } } ]");
    let run = run(&format!("{IDEAL}duration: 850s\nworkloads: {{ w: {{ target: q, {send} }} }}\nnodes:\n{nodes}"));
    near(at(&run, "q", "ApproximateAgeOfOldestMessage", 800.0), 800.0, 0.01);
}

#[test]
fn what_a_handler_received_itself_and_failed_at_was_processed() {
    let f = "{ type: lambda, timeout: 5s, handler: [ { receive: { queue: q, wait_time: 1s } }, { for_each_message: [ { wait: 1s }, { fail: { chance: 100% } } ] } ] }";
    let q = "{ type: sqs, backlog: 20, visibility_timeout: 5s, redrive_policy: { dead_letter_queue: dead, max_receive_count: 3 } }";
    let load = "arrivals: uniform, phases: [ { duration: 3m, arrival_rate: 1/s } ]";
    let run = run(&format!("{IDEAL}duration: 3m\nworkloads: {{ w: {{ target: f, {load} }} }}\nnodes: {{ q: {q}, dead: {{ type: sqs }}, f: {f} }}\n"));
    assert_eq!(run.counts("q", ["DeadLetteredMessages", "DeadLetteredNeverProcessed"]), [20.0, 0.0]);
}

#[test]
fn a_handler_gives_back_at_once_what_it_makes_visible() {
    let f = "{ type: lambda, timeout: 5s, handler: [ { receive: { queue: q } }, { change_visibility: { queue: q, visibility_timeout: 0s } } ] }";
    let load = "arrivals: uniform, phases: [ { duration: 60s, arrival_rate: 1/s } ]";
    let q = "{ type: sqs, backlog: 1, receive_wait_time: 1s }";
    let run = run(&format!("{IDEAL}duration: 60s\nworkloads: {{ w: {{ target: f, {load} }} }}\nnodes: {{ q: {q}, f: {f} }}\n"));
    let received = run.count("q", "NumberOfMessagesReceived");
    assert!(received >= 59.0, "received each second, though it would stay hidden for thirty: {received}");
}

#[test]
fn provisioned_pollers_fill_large_batches_at_the_same_rate_and_never_find_a_full_queue_empty() {
    let source = "batch_size: 100, maximum_batching_window: 1s, provisioned_poller_config: { minimum_pollers: 2, maximum_pollers: 2 }";
    let run = fed("duration: 180s", "backlog: { messages: 100000, size: 3 KB }", source, "handler: [ { wait: 100ms } ]");
    near(run.count("q", "NumberOfMessagesReceived") / 180.0, 200.0, 0.02);
    assert_eq!(run.count("q", "NumberOfEmptyReceives"), 0.0);
}

#[test]
fn a_batch_is_one_call_of_each_partition_that_its_groups_touch() {
    let accepted = |group: &str, top: &str| {
        let send = "operation: { send: { group: customer, messages: 10 } }";
        let load = "arrivals: uniform, phases: [ { duration: 10s, arrival_rate: 2000/s } ]";
        let yaml = format!(
            "duration: 12s\nregion: eu-central-2\n{top}workloads: {{ w: {{ target: q, {send}, attributes: {{ customer: {group} }}, {load} }} }}\nnodes: {{ q: {{ type: sqs, fifo: {{ high_throughput: true }} }} }}\n"
        );
        run(&yaml).ok("w") as f64
    };
    // 2,400 calls a second are 8 partitions, of which ten random groups touch 8 · (1 − (7/8)¹⁰) = 5.9: some 400 batches a second; the bucket is a second deep.
    near(accepted("unique", ""), 2_400.0 * 11.0 / (8.0 * (1.0 - 0.875_f64.powi(10))), 0.05);
    near(accepted("constant", ""), 300.0 * 11.0, 0.01);
}

#[test]
fn a_message_is_hidden_for_12_hours_at_most_counted_from_its_receive() {
    let hidden = |timeout: &str| {
        let step = format!("change_visibility: {{ queue: q, visibility_timeout: {timeout}, on_error: [ {{ call: {{ node: told }} }} ] }}");
        let f = format!("{{ type: lambda, timeout: 20s, handler: [ {{ receive: {{ queue: q, wait_time: 1s }} }}, {{ wait: 10s }}, {{ {step} }} ] }}");
        let nodes = format!("q: {{ type: sqs, backlog: 1 }}, told: {{ type: server, service_time: 1ms }}, f: {f}");
        run_bursts(&format!("{IDEAL}duration: 60s\nworkloads: {{ w: {{ target: f, BURSTS }} }}\nnodes: {{ {nodes} }}\n"), &[(1.0, 1)])
    };
    let refused = ["12h", "11h"].map(|timeout| hidden(timeout).count("told", "RequestCount"));
    assert_eq!(refused, [1.0, 0.0], "ten of the twelve hours' seconds are gone");
}
