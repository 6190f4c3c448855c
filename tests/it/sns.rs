//! SNS: quotas by message, fan-out through filters, retries of a delivery, FIFO topics; and what scenarios do to nodes, errors and faults, without which
//! no delivery would ever fail.

use crate::observed::{IDEAL, Run, near, run, run_bursts, s};
use coldfront::engine::Bounds;
use coldfront::metrics::Class;
use coldfront::scenario::{NoFiles, read_scenario};
use coldfront::simulation::Simulation;
use coldfront::units::Time;

pub const PUBLISHED: &str = "NumberOfMessagesPublished";
pub const DELIVERED: &str = "NumberOfNotificationsDelivered";
pub const FAILED: &str = "NumberOfNotificationsFailed";
pub const FILTERED: &str = "NumberOfNotificationsFilteredOut";

/// Latencies of nothing, so that times are those of the retries.
pub const AT_ONCE: &str = "latency: 0s";

/// Publishes to topic `t` at these seconds; `topic` is what it says, `rest` the other nodes and top-level keys.
pub fn published(seconds: u32, topic: &str, rest: &str, at: &[(f64, usize)]) -> Run {
    let yaml = format!("duration: {seconds}s\nworkloads: {{ w: {{ target: t, BURSTS }} }}\nnodes:\n  t: {{ type: sns, {topic} }}\n{rest}\n");
    run_bursts(&yaml, at)
}

/// A subscription of server `e`.
pub fn to_server(more: &str) -> String {
    format!("subscriptions: [ {{ endpoint: e, {AT_ONCE}{more} }} ]")
}

pub fn server(more: &str) -> String {
    format!("  e: {{ type: server, slots: 1000, service_time: 10ms{more} }}")
}

/// A constant stream of publishes to topic `t`.
pub fn stream(rate: u32, warm_up: u32, seconds: u32, workload: &str, topic: &str, top: &str) -> Run {
    run(&format!(
        "duration: {seconds}s\nwarm_up: {warm_up}s\n{top}\nworkloads:\n  w: {{ target: t, arrivals: uniform, {workload}, phases: [ {{ duration: {seconds}s, \
         arrival_rate: {rate}/s }} ] }}\nnodes:\n  t: {{ type: sns{topic} }}\n"
    ))
}

#[test]
fn a_server_that_takes_longer_than_fifteen_seconds_has_not_answered() {
    let run = published(150, &to_server(""), &server("").replace("10ms", "20s"), &[(1.0, 1)]);
    assert_eq!(run.counts("t", [DELIVERED, FAILED]), [0.0, 4.0]);
    assert_eq!(run.count_between("e", "RequestCount", 35.0, 39.0), 1.0, "15 s and 20 s after the first");
}

const PATIENT: &str = ", delivery_policy: { num_retries: 100, num_no_delay_retries: 3, num_min_delay_retries: 2, num_max_delay_retries: 85, \
                       min_delay_target: 1s, max_delay_target: 20s, backoff_function: exponential }";

#[test]
fn the_phases_of_a_policy_carry_a_delivery_over_an_outage() {
    let faults = "faults: [ { at: 0s, for: 10m, node: e, unavailable: true } ]";
    let run = published(700, &to_server(PATIENT), &format!("{}\n{faults}", server("")), &[(2.0, 1)]);
    assert_eq!(run.count_between("e", "RequestCount", 0.0, 4.0), 5.0, "the first attempt, three at once, one after a second");
    assert_eq!(run.counts("t", [DELIVERED]), [1.0]);
    assert_eq!(run.count_between("t", DELIVERED, 600.0, 624.0), 1.0, "20 s and a tenth after it is back");
}

#[test]
fn a_share_is_drawn_for_each_subscription_by_itself() {
    let both = "subscriptions: [ { endpoint: e, filter_passes: 30% }, { endpoint: e, filter_passes: 30%, filter_policy_scope: message_body } ]";
    let run = published(10, both, &server(""), &[(1.0, 20_000)]);
    near(run.count("t", DELIVERED), 12_000.0, 0.03);
    let by_scope = ["MessageAttributes", "MessageBody"].map(|scope| run.count("t", &format!("{FILTERED}-{scope}")));
    assert!(by_scope.iter().all(|n| (n - 14_000.0).abs() < 300.0) && by_scope[0] != by_scope[1]);
}

#[test]
fn a_fifo_topic_takes_twenty_megabytes_a_second() {
    let run = stream(200, 5, 15, "operation: { publish: { size: 200 KB } }", ", fifo: {}", "");
    near(run.count("t", "PublishSize") / 10.0, 20e6, 0.02);
}

#[test]
fn the_quota_is_that_of_the_region_unless_the_scenario_has_its_own() {
    let rate = |top: &str| stream(12_000, 10, 15, "priority: 0", "", top).count("t", PUBLISHED) / 5.0;
    near(rate("region: eu-west-1"), 9_000.0, 0.002);
    near(rate("region: eu-central-1"), 1_500.0, 0.002);
    near(rate("region: eu-north-1"), 300.0, 0.002);
    near(rate("region: eu-north-1\nquotas: { sns.publish_rate: 7000 }"), 7_000.0, 0.002);
}

// Publishing

#[test]
fn a_function_publishes_and_waits_for_the_answer_only() {
    let run = run_bursts(
        &format!(
            "{IDEAL}duration: 60s\nworkloads: {{ w: {{ target: f, BURSTS }} }}\nnodes:\n  f: {{ type: lambda, runtime: nodejs22.x, handler: [ {{ publish: \
             {{ topic: t, size: 2 KB, messages: 3 }} }} ] }}\n  t: {{ type: sns, publish_latency: 20ms, {} }}\n{}\n",
            to_server(""),
            server("").replace("10ms", "5s")
        ),
        &[(1.0, 1)],
    );
    assert_eq!(run.counts("t", [PUBLISHED, "PublishSize", DELIVERED]), [3.0, 6144.0, 3.0]);
    assert_eq!(s(run.answers("w").ok.quantile(0.5)), 0.02);
    near(s(run.times("t", "DeliveryLatency").quantile(0.5)), 5.0, 0.001);
}

#[test]
fn a_message_larger_than_the_topic_takes_is_refused_for_good() {
    let run = run_bursts(
        "duration: 60s\nworkloads: { w: { target: f, requests: [ { payload: 300 KB } ], BURSTS } }\nnodes:\n  f: { type: lambda, runtime: nodejs22.x, \
         handler: [ { publish: { topic: t } } ] }\n  t: { type: sns }\n",
        &[(1.0, 1)],
    );
    assert_eq!((run.count("t", PUBLISHED), run.ok("w")), (0.0, 0));
}

#[test]
fn a_duplicate_is_accepted_and_dropped_for_five_minutes() {
    let workload = |more: &str| format!("attributes: {{ order: uniform(n=10) }}, operation: {{ publish: {{ {more} }} }}");
    let run = stream(10, 0, 600, &workload("deduplicate: order"), ", fifo: {}", "");
    let [published, dropped] = run.counts("t", [PUBLISHED, "DeduplicatedMessages"]);
    assert_eq!(published, 6_000.0);
    assert!((20.0..=30.0).contains(&(published - dropped)), "ten orders in each of two windows, or three: {}", published - dropped);
    assert_eq!(stream(10, 0, 60, &workload(""), ", fifo: {}", "").count("t", "DeduplicatedMessages"), 0.0);
    assert_eq!(stream(10, 0, 60, &workload("deduplicate: order"), "", "").count("t", "DeduplicatedMessages"), 0.0, "a standard topic knows none");
}

#[test]
fn a_retry_of_the_publisher_is_a_duplicate_in_a_fifo_topic() {
    let publishes = |fifo: &str| {
        run_bursts(
            &format!(
                "duration: 60s\nworkloads: {{ w: {{ target: t, client: {{ timeout: 1s, retry: {{ max_attempts: 3 }} }}, BURSTS }} }}\nnodes:\n  t: {{ type: \
                 sns, {fifo}publish_latency: 2s }}\n"
            ),
            &[(1.0, 100)],
        )
    };
    assert_eq!(publishes("fifo: {}, ").counts("t", [PUBLISHED, "DeduplicatedMessages"]), [300.0, 200.0]);
    assert_eq!(publishes("").counts("t", [PUBLISHED, "DeduplicatedMessages"]), [300.0, 0.0]);
    let by_id_only = publishes("fifo: { content_based_deduplication: false }, ");
    assert_eq!(by_id_only.count("t", "DeduplicatedMessages"), 0.0);
}

#[test]
fn a_topic_that_is_out_takes_nothing() {
    let run = stream(100, 0, 60, "priority: 0", "", "faults: [ { at: 10s, for: 5s, node: t, unavailable: true } ]");
    assert_eq!((run.count("t", PUBLISHED), run.failed("w", Class::Failed, 503)), (5_500.0, 500));
}

// Deliveries

#[test]
fn a_pace_spreads_deliveries_and_costs_no_retries() {
    let policy = ", delivery_policy: { num_retries: 0, max_receives_per_second: 10/s }";
    let run = published(60, &to_server(policy), &server(""), &[(1.0, 100)]);
    assert_eq!(run.counts("t", [DELIVERED, FAILED]), [100.0, 0.0]);
    assert_eq!([(1.0, 2.0), (5.0, 6.0), (10.0, 11.0)].map(|(from, to)| run.count_between("e", "RequestCount", from, to)), [10.0, 10.0, 10.0]);
}

#[test]
fn an_api_is_asked_for_the_route_of_the_subscription() {
    let nodes = "  a: { type: api_gateway, routes: { GET /: e, POST /hook: e } }\n";
    let run = published(60, "subscriptions: [ { endpoint: a, route: POST /hook } ]", &format!("{nodes}{}", server("")), &[(1.0, 50)]);
    assert_eq!(run.counts("a", ["Count", "5XXError"]), [50.0, 0.0]);
    assert_eq!(run.count("t", DELIVERED), 50.0);
}

/// A FIFO topic cannot deliver to a server, which the wiring's rules say: without them its order can be seen by itself.
fn unchecked(yaml: &str) -> Run {
    let parsed = read_scenario("test.yaml", yaml.as_bytes(), &[], &NoFiles);
    assert!(!parsed.failed(), "{:#?}", parsed.diagnostics);
    let mut simulation = Simulation::new(&parsed.scenario.expect("a scenario"), Bounds::default());
    for part in 1..=20 {
        simulation.advance(Time::from_nanos(simulation.duration().as_nanos() / 20 * part));
        simulation.assert_sound();
    }
    Run(simulation.finish())
}

#[test]
fn no_delivery_overtakes_one_of_its_group() {
    let mean_latency = |groups: &str| {
        let run = unchecked(&format!(
            "duration: 60s\nworkloads:\n  w: {{ target: t, arrivals: uniform, attributes: {{ g: {groups} }}, operation: {{ publish: {{ group: g }} }}, \
             phases: [ {{ duration: 1s, arrival_rate: 300/s }} ] }}\nnodes:\n  t: {{ type: sns, fifo: {{}}, subscriptions: [ {{ endpoint: e, latency: \
             exponential(mean=10s) }} ] }}\n{}\n",
            server("").replace("10ms", "0s")
        ));
        assert_eq!(run.count("t", PUBLISHED), 300.0);
        run.times("t", "DeliveryLatency").mean_s().expect("deliveries")
    };
    near(mean_latency("unique"), 10.0, 0.35);
    // The mean of the running maximum of 300 exponentials: 10 s × (301/300 · H₃₀₀ − 1), of which what comes after the end of the run is missing.
    assert!(mean_latency("constant") > 30.0);
}

#[test]
fn a_group_waits_behind_a_delivery_that_fails() {
    let run = |groups: &str| {
        unchecked(&format!(
            "duration: 60s\nworkloads:\n  w: {{ target: t, arrivals: uniform, attributes: {{ g: {groups} }}, operation: {{ publish: {{ group: g }} }}, phases: [ \
             {{ duration: 1s, arrival_rate: 100/s }} ] }}\nnodes:\n  t: {{ type: sns, fifo: {{}}, {} }}\n{}\nfaults: [ {{ at: 0s, for: 30s, node: e, unavailable: \
             true }} ]\n",
            to_server(", delivery_policy: { num_retries: 9, min_delay_target: 10s, max_delay_target: 10s }"),
            server("")
        ))
    };
    let (one, many) = (run("constant"), run("unique"));
    assert_eq!([&one, &many].map(|run| run.count("t", DELIVERED)), [100.0, 100.0]);
    assert_eq!(one.count("e", "ErrorCount"), 3.0, "only the first of the group is tried, at 0, 10 and 20 s");
    assert!(many.count("e", "ErrorCount") >= 300.0);
}

#[test]
fn a_fifo_queue_gets_all_of_a_fifo_topic_after_an_outage() {
    let fifo_queue = "  q: { type: sqs, fifo: {} }\nfaults: [ { at: 10s, for: 10s, node: q, unavailable: true } ]";
    let workload = "attributes: { g: uniform(n=5) }, operation: { publish: { group: g } }";
    let topic = ", fifo: {}, subscriptions: [ { endpoint: q, latency: exponential(mean=500ms) } ]";
    let run = run(&format!(
        "duration: 120s\nworkloads:\n  w: {{ target: t, arrivals: uniform, {workload}, phases: [ {{ duration: 30s, arrival_rate: 20/s }} ] }}\nnodes:\n  t: \
         {{ type: sns{topic} }}\n{fifo_queue}\n"
    ));
    assert_eq!(run.counts("t", [DELIVERED, FAILED]), [600.0, 0.0]);
}

#[test]
fn a_topic_hears_of_events_that_a_function_gives_up() {
    let nodes = format!(
        "  f: {{ type: lambda, runtime: nodejs22.x, maximum_retry_attempts: 0, destinations: {{ on_failure: u }}, handler: [ {{ fail: {{}} }} ] }}\n  u: {{ type: \
         sns, {} }}\n{}",
        to_server(""),
        server("")
    );
    let run = published(60, "subscriptions: [ { endpoint: f } ]", &nodes, &[(1.0, 10)]);
    assert_eq!(run.count("t", DELIVERED), 10.0);
    assert_eq!(run.counts("u", [PUBLISHED, DELIVERED]), [10.0, 10.0]);
}

// Servers that fail

#[test]
fn a_server_errs_as_often_as_it_says_and_anew_at_each_try() {
    let asked = |client: &str| {
        run(&format!(
            "duration: 100s\nworkloads:\n  w: {{ target: e, {client}phases: [ {{ duration: 100s, arrival_rate: 1000/s }} ] }}\nnodes:\n{}\n",
            server(", error_rate: 2%")
        ))
    };
    let once = asked("");
    near(once.failed("w", Class::Failed, 503) as f64, 2_000.0, 0.08);
    assert_eq!(once.failed("w", Class::Failed, 503) as f64, once.count("e", "ErrorCount"));
    let again = asked("client: { retry: { max_attempts: 2, mode: fixed, base: 10ms } }, ");
    near(again.failed("w", Class::Failed, 503) as f64, 40.0, 0.5);
}

#[test]
fn the_status_of_an_error_says_what_it_means() {
    let class = |status: u16| {
        let run = run_bursts(
            &format!(
                "duration: 9s\nworkloads: {{ w: {{ target: e, BURSTS }} }}\nnodes:\n{}\n",
                server(&format!(", error_rate: 100%, status: {status}"))
            ),
            &[(1.0, 10)],
        );
        [Class::Failed, Class::Throttled, Class::Rejected].map(|class| run.failed("w", class, status))
    };
    assert_eq!([503, 429, 404].map(class), [[10, 0, 0], [0, 10, 0], [0, 0, 10]]);
}

#[test]
fn a_server_that_is_out_answers_nothing_and_goes_on_with_what_it_had() {
    let run = run(&format!(
        "duration: 60s\nworkloads:\n  w: {{ target: e, arrivals: uniform, phases: [ {{ duration: 60s, arrival_rate: 100/s }} ] }}\nnodes:\n{}\nfaults: [ {{ \
         at: 20s, for: 10s, node: e, unavailable: true }} ]\n",
        server("").replace("10ms", "2s")
    ));
    assert_eq!(run.failed("w", Class::Failed, 503), 1_000);
    assert_eq!(run.count_between("e", "ErrorCount", 20.0, 30.0), 1_000.0);
}

#[test]
fn a_slow_server_takes_so_many_times_as_long() {
    for discipline in ["fifo", "processor_sharing"] {
        let run = run_bursts(
            &format!(
                "duration: 60s\nworkloads: {{ w: {{ target: e, BURSTS }} }}\nnodes:\n{}\nfaults: [ {{ at: 10s, for: 10s, node: e, latency: {{ multiply: 20 \
                 }} }} ]\n",
                server(&format!(", discipline: {discipline}"))
            ),
            &[(1.0, 10), (15.0, 10), (25.0, 10)],
        );
        let times = run.times("e", "TargetResponseTime");
        near(s(times.quantile(0.5)), 0.01, 0.001);
        near(s(times.quantile(0.99)), 0.2, 0.001);
    }
}
