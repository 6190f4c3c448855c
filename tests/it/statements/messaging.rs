//! SQS, event source mappings and SNS, claim by claim, with the claims' own numbers.
//!
//! The claims are those of AWS's guides (SQS: visibility-timeout, dead-letter-queues, fifo-logic, quotas, fair-queues-detailed; Lambda: with-sqs,
//! services-sqs-scaling, services-sqs-errorhandling, eventfiltering; SNS: retries, quotas, filter-constraints). What rests on a choice of ours is said at the test.

use crate::observed::{IDEAL, Run, near, run, run_bursts, run_with};
use crate::sns::{AT_ONCE, DELIVERED, FAILED, FILTERED, PUBLISHED, published, server, stream, to_server};
use crate::sqs::{ROOMY, at, fed, pair};
use coldfront::metrics::Class;

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
fn an_exception_fails_the_whole_batch_in_spite_of_partial_responses() {
    // As an identifier that is in no batch does, and every other answer that Lambda cannot make sense of.
    let source = "batch_size: 10, function_response_types: [ ReportBatchItemFailures ]";
    let handler = "timeout: 10s, handler: [ { for_each_message: [ { fail: { when: bad } } ] }, { fail: {} } ]";
    let run = two_kinds(8, 2, &pair("delay: 5s, visibility_timeout: 60s", source, handler));
    assert_eq!(run.count("q", "NumberOfMessagesDeleted"), 0.0);
    assert_eq!([0.0, 61.0].map(|from| run.count_between("q", "NumberOfMessagesReceived", from, from + 15.0)), [10.0, 10.0]);
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
        let [empty, billed] = run.counts("q", ["NumberOfEmptyReceives", "BilledRequests"]);
        assert_eq!(billed, empty + 2.0, "every empty receive is billed; one receive and one delete were not empty");
        empty
    };
    near(idle(""), 648_000.0, 0.001);
    near(idle("maximum_concurrency: 2"), 259_200.0, 0.001);
}

#[test]
fn an_idle_mapping_may_shrink_to_two_pollers_which_poll_259200_times() {
    // AWS says that it may shrink, not when: how many are left is a row of the platform.
    let run = fed("duration: 30d\nquotas: { esm.idle_concurrency: 2 }", "backlog: 1", "", "handler: []");
    near(run.count("q", "NumberOfEmptyReceives"), 259_200.0, 0.001);
    assert_eq!(run.gauge("q → f", "Pollers").last, 2);
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
    assert_eq!(run.gauge("q", "ApproximateNumberOfNoisyGroups").max, 1);
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
fn a_provisioned_poller_brings_what_binds_first_bytes_invocations_or_polls() {
    // Events a second of one: min(ceil(1024 / KB), ceil(10 / duration) · batch, min(100, 10 · batch)).
    let each = |kb: u32, wait_ms: u32, batch: u32| {
        let source = format!("batch_size: {batch}, provisioned_poller_config: {{ minimum_pollers: 2, maximum_pollers: 2 }}");
        let handler = format!("timeout: 30s, handler: [ {{ wait: {wait_ms}ms }} ]");
        let run = fed("duration: 120s\nwarm_up: 20s", &format!("backlog: {{ messages: 40000, size: {kb} KB }}"), &source, &handler);
        run.count("q", "NumberOfMessagesReceived") / 100.0 / 2.0
    };
    near(each(3, 100, 1), 10.0, 0.02);
    near(each(3, 1_000, 10), 100.0, 0.02);
    near(each(3, 5_000, 10), 20.0, 0.03);
    near(each(64, 100, 10), 16.0, 0.05);
}

#[test]
fn a_throttled_function_is_delivered_to_and_the_event_dies_on_lambdas_side() {
    let nodes = "  f: { type: lambda, runtime: nodejs22.x, reserved_concurrency: 0, handler: [ { compute: 5ms } ] }\n  q: { type: sqs }";
    let subscription = "subscriptions: [ { endpoint: f, redrive_policy: { dead_letter_queue: q } } ]";
    let run = published(120, subscription, nodes, &[(1.0, 100)]);
    assert_eq!(run.counts("t", [DELIVERED, FAILED, "NumberOfNotificationsRedrivenToDlq"]), [100.0, 0.0, 0.0]);
    assert_eq!(run.gauge("t", "DeliveriesPending").last, 0);
    assert_eq!(run.count("f", "Invocations"), 0.0);
}

#[test]
fn a_server_that_always_answers_503_is_tried_four_times_in_about_a_minute() {
    let run = published(120, &to_server(""), &server(", error_rate: 100%, status: 503"), &[(1.0, 1)]);
    assert_eq!(run.counts("t", [PUBLISHED, DELIVERED, FAILED]), [1.0, 0.0, 4.0]);
    assert_eq!(run.count("e", "RequestCount"), 4.0);
    assert_eq!(run.count_between("e", "RequestCount", 1.0, 2.0), 1.0);
    assert_eq!(run.count_between("e", "RequestCount", 61.0, 68.0), 1.0, "20 s three times, and up to a tenth of jitter");
    assert_eq!(run.gauge("t", "DeliveriesPending").last, 0);
}

#[test]
fn a_server_that_answers_404_is_tried_once_and_one_that_answers_429_again() {
    let attempts = |status: u16| {
        let run = published(120, &to_server(""), &server(&format!(", error_rate: 100%, status: {status}")), &[(1.0, 1)]);
        [run.count("e", "RequestCount"), run.count("t", FAILED)]
    };
    assert_eq!([404, 429, 500].map(attempts), [[1.0, 1.0], [4.0, 4.0], [4.0, 4.0]]);
}

#[test]
fn what_http_gives_up_goes_to_the_dead_letter_queue() {
    let subscription = to_server(", redrive_policy: { dead_letter_queue: q }");
    let run = published(120, &subscription, &format!("{}\n  q: {{ type: sqs }}", server(", error_rate: 100%")), &[(1.0, 1)]);
    assert_eq!(run.counts("t", [FAILED, "NumberOfNotificationsRedrivenToDlq"]), [4.0, 1.0]);
    assert_eq!(run.count("q", "NumberOfMessagesSent"), 1.0);
}

#[test]
fn a_queue_that_is_out_for_ten_minutes_has_its_message_twenty_seconds_after() {
    let rest = "  q: { type: sqs }\nfaults: [ { at: 0s, for: 10m, node: q, unavailable: true } ]";
    let run = published(700, &format!("subscriptions: [ {{ endpoint: q, {AT_ONCE} }} ]"), rest, &[(2.0, 1)]);
    assert_eq!(run.counts("t", [DELIVERED, FAILED]), [1.0, 0.0]);
    assert_eq!(run.count_between("t", DELIVERED, 600.0, 624.0), 1.0);
    // At 0, 0, 0, 0, 1, 2 s, ten over 68 s (the curve is ours), then every 20 to 22 s until 600 s.
    let tries = run.node("q").tally.failed;
    assert!((16 + 23..=16 + 27).contains(&tries), "{tries} tries in vain");
}

#[test]
fn five_filters_that_keep_a_fifth_each_deliver_as_much_as_is_published() {
    let subscription = |key: u32| format!("{{ endpoint: q{key}, filter_policy: {{ shard: [ {key} ] }} }}");
    let subscriptions: Vec<String> = (0..5).map(subscription).collect();
    let queues: String = (0..5).map(|key| format!("  q{key}: {{ type: sqs }}\n")).collect();
    let run = run(&format!(
        "duration: 60s\nworkloads:\n  w: {{ target: t, attributes: {{ shard: uniform(n=5) }}, arrivals: uniform, phases: [ {{ duration: 40s, \
         arrival_rate: 25000/s }} ] }}\nnodes:\n  t: {{ type: sns, subscriptions: [ {} ] }}\n{queues}",
        subscriptions.join(", ")
    ));
    assert_eq!(run.counts("t", [PUBLISHED, DELIVERED, FILTERED]), [1e6, 1e6, 4e6]);
    assert_eq!(run.count("t", "NumberOfNotificationsFilteredOut-MessageAttributes"), 4e6);
    let sent: f64 = (0..5).map(|key| run.count(&format!("q{key}"), "NumberOfMessagesSent")).sum();
    assert_eq!(sent, 1e6);
}

#[test]
fn the_publish_quota_counts_messages_and_a_batch_takes_ten() {
    let batches = stream(3_100, 40, 50, "operation: { publish: { messages: 10 } }", "", "");
    near(batches.count("t", PUBLISHED) / 10.0, 30_000.0, 0.001);
    near(batches.failed("w", Class::Throttled, 429) as f64 / 10.0 * 10.0, 1_000.0, 0.02);
    assert_eq!(batches.refusing(), ["sns_account"]);
}

#[test]
fn a_fifo_topic_takes_3000_messages_a_second_and_one_group_300() {
    let accepted = |workload: &str, fifo: &str| {
        let run = stream(6_000, 5, 15, workload, &format!(", fifo: {fifo}"), "");
        (run.count("t", PUBLISHED) / 10.0, run.refusing())
    };
    let one_group = "attributes: { g: constant }, operation: { publish: { group: g } }";
    let many_groups = "attributes: { g: uniform(n=1000) }, operation: { publish: { group: g } }";
    let by_group = "{ throughput_scope: message_group }";
    for (workload, fifo, rate, limit) in [
        (many_groups, "{}", 3_000.0, Some("sns_fifo_topic")),
        (one_group, "{}", 300.0, Some("sns_message_group")),
        (many_groups, by_group, 6_000.0, None),
        (one_group, by_group, 300.0, Some("sns_message_group")),
    ] {
        let (found, refusing) = accepted(workload, fifo);
        near(found, rate, 0.002);
        assert_eq!(refusing, limit.into_iter().collect::<Vec<_>>());
    }
}
