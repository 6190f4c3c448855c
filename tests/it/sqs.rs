//! SQS and event source mappings, statement by statement, with the statements' own numbers.
//!
//! The claims are those of AWS's guides (SQS: visibility-timeout, dead-letter-queues, fifo-logic, quotas, fair-queues-detailed; Lambda: with-sqs,
//! services-sqs-scaling, services-sqs-errorhandling, eventfiltering). What rests on a choice of ours is said at the test.

use crate::observed::{IDEAL, Run, near, run, run_bursts, run_with};
use coldfront::metrics::Class;

/// A function fed from queue `q`, without the hop's latency; `queue`, `source` and `function` are fields of theirs.
fn fed(top: &str, queue: &str, source: &str, function: &str) -> Run {
    run(&format!("{IDEAL}{top}\nnodes:\n{}", pair(queue, source, function)))
}

fn pair(queue: &str, source: &str, function: &str) -> String {
    format!(
        "  q: {{ type: sqs, {queue} }}\n  dead: {{ type: sqs }}\n  f: {{ type: lambda, event_sources: [ {{ queue: q, latency: 0s, {source} }} ], {function} }}\n"
    )
}

/// The peak of a gauge in the window that holds this second.
fn at(run: &Run, node: &str, gauge: &str, second: f64) -> f64 {
    let gauge = run.gauge(node, gauge);
    let window = run.0.window_ends.partition_point(|end| end.as_secs_f64() <= second);
    gauge.scaled(f64::from(gauge.window_maxima[window]))
}

const ROOMY: &str = "quotas: { lambda.concurrent_executions: 5000 }";

#[test]
fn a_backlog_is_taken_up_by_5_invocations_and_300_more_each_minute() {
    // 5 + 5 t, continuous (that it is continuous is our choice): the million lasts until 199 s.
    let run = fed(&format!("duration: 198s\n{ROOMY}"), "backlog: 1000000", "batch_size: 10", "timeout: 5s, handler: [ { wait: 1s } ]");
    let concurrent = [0.1, 59.9, 120.0, 197.5].map(|second| at(&run, "f", "ConcurrentExecutions", second));
    let expected = [5.0, 304.0, 605.0, 992.0];
    concurrent.iter().zip(expected).for_each(|(simulated, expected)| assert!((simulated - expected).abs() <= 2.0, "{concurrent:?}"));
}

#[test]
fn a_mapping_runs_1250_invocations_at_most() {
    let run = fed(&format!("duration: 300s\n{ROOMY}"), "backlog: 1000000", "batch_size: 1", "timeout: 5s, handler: [ { wait: 1s } ]");
    let concurrent = [199.0, 248.0, 260.0, 299.0].map(|second| at(&run, "f", "ConcurrentExecutions", second));
    concurrent.iter().zip([1_000.0, 1_245.0, 1_250.0, 1_250.0]).for_each(|(simulated, expected)| near(*simulated, expected, 0.003));
    assert_eq!(run.gauge("f", "ConcurrentExecutions").max, 1_250);
}

#[test]
fn before_november_2023_a_mapping_grew_by_60_invocations_a_minute() {
    let top = format!("duration: 130s\nas_of: 2023-10-01\n{ROOMY}");
    let run = fed(&top, "backlog: 100000", "batch_size: 1", "timeout: 5s, handler: [ { wait: 1s } ]");
    near(at(&run, "f", "ConcurrentExecutions", 120.0), 125.0, 0.02);
}

#[test]
fn a_failed_batch_comes_back_only_when_its_visibility_timeout_is_over() {
    let queue = "backlog: 1, visibility_timeout: 360s, redrive_policy: { dead_letter_queue: dead, max_receive_count: 3 }";
    let run = fed("duration: 1200s", queue, "", "timeout: 60s, handler: [ { wait: 1s }, fail: {} ]".replace("fail: {}", "{ fail: {} }").as_str());
    let starts: Vec<f64> = [0.0, 360.0, 720.0, 1_080.0].map(|from| run.count_between("f", "Invocations", from, from + 10.0)).into();
    assert_eq!(starts, [1.0, 1.0, 1.0, 0.0]);
    assert_eq!(run.counts("f", ["Invocations", "Errors"]), [3.0, 3.0]);
    assert_eq!(run.counts("q", ["DeadLetteredMessages", "DeadLetteredAfterErrors", "DeadLetteredNeverProcessed"]), [1.0, 1.0, 0.0]);
    assert_eq!(run.count("dead", "NumberOfMessagesSent"), 0.0, "a move is no send");
    let visible = run.gauge("dead", "ApproximateNumberOfMessagesVisible");
    assert_eq!((visible.last, visible.changed.as_secs_f64().round()), (1, 1_080.0));
}

#[test]
fn throttled_pollers_send_messages_to_the_dead_letter_queue_that_no_function_ever_saw() {
    let queue = "backlog: 100, visibility_timeout: 60s, redrive_policy: { dead_letter_queue: dead, max_receive_count: 3 }";
    let run = fed("duration: 15m", queue, "", "timeout: 60s, reserved_concurrency: 1, handler: [ { wait: 59s } ]");
    let [dead, never] = run.counts("q", ["DeadLetteredMessages", "DeadLetteredNeverProcessed"]);
    assert!(never > 0.0 && never <= dead, "{never} of {dead}");
    assert!(run.refused("lambda_reserved_concurrency") > 0);
    assert_eq!(run.count("f", "Errors"), 0.0);
}

#[test]
fn a_maximum_concurrency_within_the_reservation_keeps_messages_out_of_the_dead_letter_queue() {
    let queue = "backlog: 100, visibility_timeout: 360s, redrive_policy: { dead_letter_queue: dead, max_receive_count: 3 }";
    let run = fed("duration: 15m", queue, "maximum_concurrency: 2", "timeout: 60s, reserved_concurrency: 2, handler: [ { wait: 59s } ]");
    assert_eq!(run.counts("q", ["DeadLetteredMessages", "NumberOfMessagesDeleted"]), [0.0, 100.0]);
    assert_eq!(run.count("f", "Throttles"), 0.0);
}

/// Two workloads that send so many messages each at the start, whose attribute `kind` tells them apart.
fn two_kinds(good: usize, bad: usize, nodes: &str) -> Run {
    let workload = |name: &str, kind: &str| {
        format!("  {name}: {{ target: q, operation: {{ send: {{}} }}, attributes: {{ bad: {kind} }}, replay: {{ file: {name}.csv }} }}\n")
    };
    let workloads = format!("{}{}", workload("good", "chance(0%)"), workload("bad", "chance(100%)"));
    let yaml = format!("{IDEAL}duration: 5m\nworkloads:\n{workloads}nodes:\n{nodes}");
    let times = |count: usize| "1.0\n".repeat(count);
    run_with(&yaml, &[("good.csv", times(good)), ("bad.csv", times(bad))])
}

#[test]
fn what_the_filter_drops_is_deleted_and_never_seen() {
    let run = two_kinds(300, 700, &pair("", "filter: { bad: ['false'] }", "handler: [ { for_each_message: [ { wait: 1ms } ] } ]"));
    let mapping = ["PolledEventCount", "FilteredOutEventCount", "InvokedEventCount", "DeletedEventCount"];
    assert_eq!(run.counts("q → f", mapping), [1_000.0, 700.0, 300.0, 300.0]);
    assert_eq!(run.counts("q", ["NumberOfMessagesReceived", "NumberOfMessagesDeleted"]), [1_000.0, 1_000.0], "still received, still billed");
    assert_eq!(run.gauge("q", "ApproximateNumberOfMessagesVisible").last, 0);
}

#[test]
fn with_partial_batch_responses_only_the_failed_messages_come_back() {
    let source = "batch_size: 10, maximum_batching_window: 2s, function_response_types: [ ReportBatchItemFailures ]";
    let handler = "timeout: 10s, handler: [ { for_each_message: [ { fail: { when: bad } } ] } ]";
    let run = two_kinds(8, 2, &pair("visibility_timeout: 60s", source, handler));
    let deleted = [(0.0, 30.0), (30.0, 300.0)].map(|(from, to)| run.count_between("q", "NumberOfMessagesDeleted", from, to));
    assert_eq!(deleted, [8.0, 0.0]);
    let received = [0.0, 61.0, 121.0].map(|from| run.count_between("q", "NumberOfMessagesReceived", from, from + 15.0));
    assert_eq!(received, [10.0, 2.0, 2.0], "the two return each time their visibility timeout is over");
    assert_eq!(run.count("f", "Errors"), 0.0, "a partial failure is no error of the function");
}

#[test]
fn without_partial_batch_responses_the_whole_batch_comes_back() {
    let handler = "timeout: 10s, handler: [ { for_each_message: [ { fail: { when: bad } } ] } ]";
    let run = two_kinds(8, 2, &pair("delay: 5s, visibility_timeout: 60s", "batch_size: 10", handler));
    assert_eq!(run.count("q", "NumberOfMessagesDeleted"), 0.0);
    let received = [0.0, 61.0, 121.0].map(|from| run.count_between("q", "NumberOfMessagesReceived", from, from + 15.0));
    assert_eq!(received, [10.0, 10.0, 10.0]);
}

#[test]
fn a_fifo_queue_runs_as_many_invocations_as_it_has_groups() {
    let queue = "fifo: {}, backlog: { messages: 10000, group: uniform(n=6) }";
    let run = fed("duration: 60s", queue, "maximum_concurrency: 10", "handler: [ { wait: 1s } ]");
    assert_eq!(run.gauge("f", "ConcurrentExecutions").max, 6);
    near(run.gauge("f", "ConcurrentExecutions").mean, 6.0, 0.02);
}

#[test]
fn one_group_is_worked_off_batch_by_batch_however_long_its_backlog() {
    let queue = "fifo: {}, backlog: { messages: 10000, group: constant }";
    let run = fed("duration: 60s", queue, "batch_size: 10", "handler: [ { wait: 200ms } ]");
    near(run.count("q", "NumberOfMessagesDeleted"), 60.0 * 50.0, 0.01);
    assert_eq!(run.gauge("f", "ConcurrentExecutions").max, 1);
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
fn a_deduplication_id_is_known_for_five_minutes_even_after_its_message_is_gone() {
    let send = "operation: { send: { deduplicate: id, group: id } }, attributes: { id: constant }";
    let nodes = pair("fifo: {}", "", "handler: [ { wait: 1s } ]");
    let yaml = format!("{IDEAL}duration: 400s\nworkloads: {{ w: {{ target: q, {send}, BURSTS }} }}\nnodes:\n{nodes}");
    let run = run_bursts(&yaml, &[(0.0, 1), (299.0, 1), (301.0, 1)]);
    assert_eq!(run.ok("w"), 3, "a duplicate is accepted");
    let counts = ["NumberOfMessagesSent", "NumberOfDeduplicatedSentMessages", "NumberOfMessagesDeleted"];
    assert_eq!(run.counts("q", counts), [2.0, 1.0, 2.0]);
}

/// Consumers who receive ten at a time and delete nothing, 13,000 of them.
fn hoarders(queue: &str, receive: &str) -> Run {
    let workload = format!("w: {{ target: q, operation: {{ receive: {{ max_messages: 10, visibility_timeout: 1h, {receive} }} }}, BURSTS }}");
    let yaml = format!("{IDEAL}duration: 60s\nworkloads: {{ {workload} }}\nnodes: {{ q: {{ type: sqs, {queue} }} }}\n");
    run_bursts(&yaml, &[(1.0, 13_000)])
}

#[test]
fn a_short_poll_beyond_120000_messages_in_flight_is_an_error_and_a_long_poll_finds_nothing() {
    let short = hoarders("backlog: 200000", "wait_time: 0s");
    assert_eq!(short.gauge("q", "ApproximateNumberOfMessagesNotVisible").max, 120_000);
    assert!(short.failed("w", Class::Rejected, 403) > 0);
    let long = hoarders("backlog: 200000", "wait_time: 20s");
    assert_eq!(long.gauge("q", "ApproximateNumberOfMessagesNotVisible").max, 120_000);
    assert_eq!((long.ok("w"), long.count("q", "NumberOfEmptyReceives")), (13_000, 1_000.0));
    let fifo = hoarders("fifo: { high_throughput: true }, backlog: { messages: 200000, group: unique }", "wait_time: 0s");
    assert_eq!((fifo.ok("w"), fifo.count("q", "NumberOfEmptyReceives")), (13_000, 1_000.0));
}

/// A message that is received at once, comes back after a day, and is then moved to the dead-letter queue, which keeps what it has for four days.
fn moved_after_a_day(kind: &str) -> Run {
    let queue = format!("{{ type: sqs, {kind} visibility_timeout: 30s, redrive_policy: {{ dead_letter_queue: dead, max_receive_count: 1 }} }}");
    let nodes = format!("{{ q: {queue}, dead: {{ type: sqs, {kind} message_retention_period: 4d }} }}");
    let yaml = format!(
        "duration: 6d\nworkloads:\n  w: {{ target: q, operation: {{ send: {{ group: shop }} }}, attributes: {{ shop: constant }}, replay: {{ file: sends.csv }} }}\n  r: {{ target: q, operation: {{ receive: {{ wait_time: 1s }} }}, replay: {{ file: receives.csv }} }}\nnodes: {nodes}\n"
    );
    run_with(&yaml, &[("sends.csv", "0\n".into()), ("receives.csv", "1\n86400\n".into())])
}

#[test]
fn a_dead_letter_queue_counts_the_days_in_the_source_unless_it_is_fifo() {
    let gone = |run: &Run| run.gauge("dead", "ApproximateNumberOfMessagesVisible").changed.as_secs_f64() / 86_400.0;
    let (standard, fifo) = (moved_after_a_day(""), moved_after_a_day("fifo: {},"));
    assert_eq!([&standard, &fifo].map(|run| run.count("dead", "ExpiredMessages")), [1.0, 1.0]);
    assert_eq!([gone(&standard).round(), gone(&fifo).round()], [4.0, 5.0], "three days after the move, and four");
}

#[test]
fn requests_are_billed_by_64_kb_of_a_batch() {
    let billed = |send: &str| {
        let yaml = format!(
            "duration: 10s\nworkloads: {{ w: {{ target: q, operation: {{ send: {{ {send} }} }}, BURSTS }} }}\nnodes: {{ q: {{ type: sqs }} }}\n"
        );
        run_bursts(&yaml, &[(1.0, 1)]).count("q", "BilledRequests")
    };
    assert_eq!([billed("messages: 10, size: 10 KB"), billed("size: 1 MiB"), billed("size: 1 KB")], [2.0, 16.0, 1.0]);
}

#[test]
fn an_idle_mapping_polls_648000_times_in_thirty_days() {
    let idle = |source: &str| {
        let run = fed("duration: 30d", "backlog: 1", source, "handler: []");
        run.count("q", "NumberOfEmptyReceives")
    };
    near(idle(""), 648_000.0, 0.001);
    near(idle("maximum_concurrency: 2"), 259_200.0, 0.001);
}

/// So many messages of tenant A and of as many others, all received at once.
fn tenants(of_a: usize, others: usize) -> Run {
    let send = |name: &str, tenant: &str| {
        format!(
            "  {name}: {{ target: q, operation: {{ send: {{ group: tenant }} }}, attributes: {{ tenant: {tenant} }}, replay: {{ file: {name}.csv }} }}\n"
        )
    };
    let receive =
        "  r: { target: q, operation: { receive: { max_messages: 10, wait_time: 20s, visibility_timeout: 1h } }, replay: { file: r.csv } }\n";
    let yaml = format!("duration: 60s\nworkloads:\n{}{}{receive}nodes: {{ q: {{ type: sqs }} }}\n", send("a", "constant"), send("others", "unique"));
    let times = |at: &str, count: usize| format!("{at}\n").repeat(count);
    run_with(&yaml, &[("a.csv", times("1", of_a)), ("others.csv", times("1", others)), ("r.csv", times("5", 20))])
}

#[test]
fn a_tenant_with_30_of_200_messages_in_flight_is_noisy_and_one_with_29_is_not() {
    let noisy = |run: &Run| (run.gauge("q", "ApproximateNumberOfMessagesNotVisible").last, run.gauge("q", "ApproximateNumberOfNoisyGroups").max);
    assert_eq!((noisy(&tenants(30, 170)), noisy(&tenants(29, 171))), ((200, 1), (200, 0)));
}

#[test]
fn a_noisy_tenant_is_served_when_nobody_else_waits() {
    let run = tenants(199, 1);
    assert_eq!(run.gauge("q", "ApproximateNumberOfMessagesNotVisible").last, 200);
}

#[test]
fn a_provisioned_poller_brings_a_hundred_small_messages_a_second() {
    let throughput = |pollers: u32| {
        let source = format!("batch_size: 10, provisioned_poller_config: {{ minimum_pollers: {pollers}, maximum_pollers: {pollers} }}");
        let run = fed("duration: 60s", "backlog: { messages: 100000, size: 3 KB }", &source, "handler: [ { wait: 100ms } ]");
        run.count("q", "NumberOfMessagesReceived") / 60.0
    };
    near(throughput(2), 200.0, 0.02);
    near(throughput(10), 1_000.0, 0.02);
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
