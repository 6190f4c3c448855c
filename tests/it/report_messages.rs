//! What people read of asynchronous work: backlogs that drain or grow, ways from end to end, dead letters by cause, thresholds on all of them.
//!
//! Expected figures are arithmetic on the scenarios: pollers × messages a second, and what a fluid queue leaves.

use coldfront::report::{Report, Style};
use coldfront::scenario::NoFiles;
use coldfront::topology;

use super::observed::{IDEAL, near};
use super::support::Run;

/// Two invocations at a time, a message each, for a second: two messages a second.
const WORK: &str = "  orders: { type: sqs, visibility_timeout: 30m }
  work:
    type: lambda
    runtime: python3.13
    timeout: 30s
    event_sources: [ { queue: orders, batch_size: 1, maximum_concurrency: 2, latency: 0ms } ]
    handler: [ { for_each_message: [ { wait: 1s } ] } ]
";

/// Ten messages a second for ten minutes, and two a second dealt with.
fn overload(thresholds: &str) -> Run {
    let text = format!(
        "{IDEAL}duration: 10m\nworkloads:\n  shop:\n    target: orders\n    operation: {{ send: {{ size: 1 KB }} }}\n    arrivals: uniform\n    ends_at: work\n    \
         phases: [ {{ duration: 10m, arrival_rate: 10/s }} ]\nnodes:\n{WORK}thresholds:\n{thresholds}"
    );
    Run::of("overload.yaml", &text, &[])
}

/// Sixty messages at once, and nothing after.
fn pulse() -> Report {
    let text = format!(
        "{IDEAL}duration: 10m\nworkloads:\n  shop:\n    target: orders\n    operation: {{ send: {{ size: 1 KB }} }}\n    arrivals: uniform\n    ends_at: work\n    \
         phases: [ {{ duration: 1s, arrival_rate: 60/s }}, {{ pause: 599s }} ]\nnodes:\n{WORK}"
    );
    Run::of("pulse.yaml", &text, &[]).report()
}

#[test]
fn a_backlog_is_drained_at_the_rate_of_its_pollers() {
    let report = pulse();
    let queue = &report.queues[0];
    assert_eq!((queue.sent, queue.deleted, queue.backlog.visible), (60, 60, 0));
    near(queue.backlog.drained_at_s.expect("it is drained"), 60.0 / 2.0, 0.1);
    assert_eq!(queue.invocations_per_message, Some(1.0));
    assert_eq!(queue.receives_per_message, Some(1.0));
    let text = report.text(&Style::default());
    assert!(text.contains("drained at 3") && text.contains("after its peak of"), "{text}");
    assert!(!report.verdict.concat().contains("backlog"), "{:?}", report.verdict);
}

#[test]
fn a_backlog_that_grows_is_in_the_verdict_and_in_its_line() {
    let report = overload("  - orders: messages_sent > 0\n").report();
    near(report.queues[0].backlog.growth_per_s, 8.0, 0.05);
    near(report.queues[0].backlog.visible as f64, 4800.0, 0.05);
    assert_eq!(report.queues[0].backlog.drained_at_s, None);
    assert!(report.verdict[0].starts_with("The backlog of `orders` grows: 10.0 messages a second arrive and "), "{:?}", report.verdict);
    assert!(report.text(&Style::default()).contains("growing: +8"));
}

/// What is served at t came at t ÷ 5, as ten come for two that go: it has waited for 0.8 t.
#[test]
fn end_to_end_and_the_oldest_message_are_measured_in_seconds() {
    let run = overload(
        "  - shop: max(end_to_end) < 470s\n  - shop: mean(end_to_end) < 4m10s\n  - orders: age_of_oldest_message < 490s\n  - work: p(50, duration) < 1.1s\n  \
         - orders: messages_deleted / messages_sent < 25%\n  - { workload: shop, metric: \"p(50, end_to_end)\", below: 1h }\n",
    );
    let report = run.report();
    let found: Vec<(&str, f64, bool)> = report.thresholds.iter().map(|t| (t.unit.as_str(), t.actual.expect("measured"), t.passed)).collect();
    let expected = [("s", 480.0, false), ("s", 240.0, true), ("s", 480.0, true), ("s", 1.0, true), ("share", 0.2, true), ("s", 240.0, true)];
    for (found, expected) in found.iter().zip(expected) {
        near(found.1, expected.1, 0.05);
        assert_eq!((found.0, found.2), (expected.0, expected.2), "{found:?}");
    }
    let end = report.workloads[0].end_to_end.as_ref().expect("it says where its work ends");
    assert_eq!(end.node, "work");
    near(end.p90_s, 0.9 * 480.0, 0.05);
    let hops = &report.asynchronous[0];
    assert_eq!((hops.function.as_str(), hops.waits[0].queue.as_deref()), ("work", Some("orders")));
    near(hops.waits[0].time.mean_s + hops.duration.mean_s, hops.end_to_end.mean_s, 0.02);
}

/// Pollers that are throttled spend receives without running anything.
fn starved() -> Run {
    let text = "duration: 15m\nworkloads:\n  shop:\n    target: orders\n    operation: { send: { size: 1 KB } }\n    phases: [ { duration: 15m, arrival_rate: 50/s } ]\n\
                nodes:\n  orders:\n    type: sqs\n    visibility_timeout: 10s\n    redrive_policy: { dead_letter_queue: dead, max_receive_count: 2 }\n  dead: { type: sqs }\n  \
                work:\n    type: lambda\n    runtime: python3.13\n    timeout: 10s\n    reserved_concurrency: 1\n    event_sources: [ { queue: orders } ]\n    \
                handler: [ { for_each_message: [ { wait: 500ms } ] } ]\n";
    Run::of("starved.yaml", text, &[])
}

#[test]
fn the_limit_that_starved_the_pollers_stands_in_the_first_sentence() {
    let run = starved();
    let report = run.report();
    let never = run.counter("orders", "DeadLetteredNeverProcessed") as u64;
    let dead = &report.queues[0].dead_lettered;
    assert!(never > 100 && dead.never_processed == never && dead.queue.as_deref() == Some("dead"));
    let first = &report.verdict[0];
    assert!(
        first.contains("messages of `orders` reached `dead` without ever being processed: `work`'s reserved concurrency (1) throttled"),
        "{first}"
    );
    assert!(report.text(&Style::default()).contains("never processed (throttled)"));
    assert!(!report.verdict.concat().contains("backlog of `dead`"), "dead letters only wait");
}

#[test]
fn no_line_about_messages_is_wider_than_the_terminal() {
    for report in [pulse(), starved().report(), overload("  - orders: messages_sent > 0\n").report()] {
        for width in [72, 80, 100] {
            let text = report.text(&Style { colour: false, width });
            text.lines().for_each(|line| assert!(line.chars().count() <= usize::from(width) && line.trim_end() == line, "{width}: {line}"));
        }
    }
}

#[test]
fn every_field_about_messages_is_documented() {
    let docs = include_str!("../../docs/report.md");
    let json: serde_json::Value = serde_json::from_str(&starved().json()).expect("it is JSON");
    let (mut names, mut values) = (std::collections::BTreeSet::new(), vec![&json]);
    while let Some(value) = values.pop() {
        values.extend(value.as_array().into_iter().flatten());
        for (name, value) in value.as_object().into_iter().flatten() {
            names.insert(name.clone());
            values.push(value);
        }
    }
    let missing: Vec<_> = names.iter().filter(|name| !docs.contains(&format!("`{name}`"))).collect();
    assert!(names.contains("queues") && missing.is_empty(), "docs/report.md does not describe {missing:?}");
}

#[test]
fn a_scenario_without_messages_reads_as_before() {
    let report = Run::file("scenarios/quickstart.yaml", &[]).report();
    let text = report.text(&Style::default());
    assert!(!text.contains(" Messages ") && !text.contains(" End to end ") && !report.json().contains("queues"));
}

/// A threshold takes a duration exactly where the program measures seconds.
#[test]
fn thresholds_know_which_metrics_are_times() {
    let nodes = "  api: { type: api_gateway, routes: { GET /: front } }
  front: { type: lambda, runtime: python3.13, handler: [ { call: { node: s } }, { send: { queue: orders } }, { put_item: { table: t } } ] }
  s: { type: server, slots: 1, service_time: 5ms }
  t: { type: dynamodb, billing_mode: on_demand }
  topic: { type: sns, subscriptions: [ { endpoint: orders } ] }
";
    let head = "duration: 10s\nworkloads:\n  w: { target: api, requests: [ { route: GET / } ], phases: [ { duration: 10s, arrival_rate: 1/s } ] }\n";
    let text = format!("{head}nodes:\n{nodes}{WORK}");
    let run = Run::of("kinds.yaml", &text, &[]);
    let accepts = |node: &str, metric: &str, bound: &str| {
        let text = format!("{text}thresholds: [ \"{node}: {metric} < {bound}\" ]\n");
        topology::load("kinds.yaml", text.as_bytes(), &[], &NoFiles).ready().is_some()
    };
    let mut met = 0;
    for (name, spec) in &run.scenario.nodes {
        let node = run.node(&name.value);
        for metric in spec.metrics() {
            let named = |name: &str| coldfront::report::snake_case(name) == *metric;
            let is_time = node.latencies.iter().any(|l| named(l.name)) || node.gauges.iter().any(|g| g.per == 1000 && named(g.name));
            let is_known = is_time || node.counters.iter().any(|c| named(c.name)) || node.gauges.iter().any(|g| named(g.name));
            if is_known {
                met += 1;
                assert_eq!((accepts(&name.value, metric, "1h"), accepts(&name.value, metric, "5")), (is_time, !is_time), "{}: {metric}", name.value);
            }
        }
    }
    assert!(met > 60, "only {met} metrics were looked at");
}

fn told(path: &str) -> Report {
    Run::of(path, &std::fs::read_to_string(path).expect("it is there"), &[]).report()
}

#[test]
fn what_bounds_a_drain_comes_before_a_handful_of_refusals() {
    let report = told("scenarios/messaging/backlog-drain.yaml");
    let first = &report.verdict[0];
    assert!(first.starts_with("The backlog of 1,000,000 messages in `orders` took 3 m 2"), "{first}");
    assert!(first.contains("the pollers of `orders → book` grew by 300 a minute to 1,0"), "{first}");
    let text = report.text(&Style::default());
    assert!(text.contains("1,000,000 messages in 5 m") && text.contains("\norders · sqs\n"), "{text}");
}

#[test]
fn a_maximum_concurrency_that_makes_messages_wait_is_a_limit() {
    let report = told("scenarios/messaging/fanout-noisy-neighbour.yaml");
    assert!(report.verdict[0].starts_with("`index_queue → index`'s maximum concurrency (100) was reached from 2 m"), "{:?}", report.verdict);
    assert!(!report.verdict.concat().contains("Nothing limits"), "{:?}", report.verdict);
    let topic = &report.topics[0];
    assert_eq!((topic.published, topic.given_up, topic.filtered_out), (34_000, 0, 0));
    assert_eq!(topic.delivered + topic.pending, 2 * topic.published);
}

#[test]
fn layers_of_retries_are_told_as_a_product() {
    let report = told("scenarios/messaging/retry-storm.yaml");
    let last = report.verdict.last().expect("there is a verdict");
    assert!(
        last.starts_with("Retries multiply: of each request of `waiting` come 3.0") && last.contains("`payment` asks `provider` 1.87 times"),
        "{last}"
    );
    let events = report.asynchronous.iter().find_map(|f| f.events.as_ref()).expect("`later` has events");
    assert_eq!((events.retries, events.put_off), (599, 0));
}

#[test]
fn causes_of_dead_letters_add_up() {
    for path in
        ["scenarios/messaging/sqs-throttle-dlq.yaml", "scenarios/lessons/08-one-bad-message.yaml", "scenarios/lessons/09-order-and-groups.yaml"]
    {
        for queue in &told(path).queues {
            let dead = &queue.dead_lettered;
            let causes = dead.never_processed + dead.after_errors + dead.after_timeouts + dead.after_overruns + dead.behind_failures;
            assert_eq!(causes, dead.total, "{path}: {}", queue.name);
        }
    }
}

#[test]
fn an_api_is_warned_of_once_for_a_function_behind_several_routes() {
    let report = told("scenarios/real/curbside-pickup.yaml");
    let warned: Vec<&String> = report.warnings.iter().filter(|w| w.contains("W002")).collect();
    assert!(warned.len() == 1 && warned[0].contains("on 3 routes"), "{warned:?}");
}
