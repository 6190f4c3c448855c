//! Bills of a month, by published prices of us-east-1: what is metered, what is free, and what idle things cost.
//!
//! ```text
//! a small run ──Statement──▶ USD of 730 hours        a month's volume, which no small run has ──price_file──▶ Bill
//! ```
//!
//! Figures are AWS's pricing pages worked out by hand, at November 2026's prices. Who sends messages and how pollers wait is held by the other topics.

use coldfront::cost::{Asked, Bill, Entry, FreeTier, Pricing, Statement, price_file};
use coldfront::scenario::NoFiles;

use crate::observed::{IDEAL, near};
use crate::sqs::pair;
use crate::support::Run;

/// The bill of a month's usage, with or without free tiers.
fn billed(usage: &str, free_tier: bool) -> Bill {
    let text = format!("name: a month\nregion: us-east-1\nas_of: 2026-11-01\nfree_tier: {free_tier}\nusage: {{ {usage} }}\n");
    let priced = price_file("month.yaml", text.as_bytes(), &Asked::default(), &NoFiles);
    assert!(priced.diagnostics.is_empty(), "{:?}", priced.diagnostics);
    priced.bills.into_iter().next().expect("a bill").1
}

/// As an invoice has it.
fn cents(usd: f64) -> String {
    format!("{usd:.2}")
}

/// Runs a scenario at November 2026's prices.
fn run(text: &str) -> Run {
    Run::of("money", &format!("as_of: 2026-11-01\n{text}"), &[])
}

fn statement(run: &Run, free_tier: FreeTier) -> Statement {
    Statement::of(&run.scenario, &run.record, &Pricing::with(free_tier))
}

/// The same, where a month has thirty days.
fn of_thirty_days(run: &Run, free_tier: FreeTier) -> Statement {
    let (pricing, wrong, _) = Pricing::read(free_tier, &[("month.yaml".into(), b"month_hours: 720".to_vec())]);
    assert!(wrong.is_empty(), "{wrong:?}");
    Statement::of(&run.scenario, &run.record, &pricing)
}

/// The only line of a node with this key.
fn line<'s>(statement: &'s Statement, node: &str, key: &str) -> &'s Entry {
    let mut lines = statement.lines.iter().filter(|line| line.node == node && line.key == key);
    let line = lines.next().unwrap_or_else(|| panic!("{node} has no {key}: {:?}", statement.by_meter()));
    assert!(lines.next().is_none());
    line
}

/// Ten requests a second for ten seconds, with time enough to be answered.
fn asked(target: &str, workload: &str, nodes: &str) -> Statement {
    let phases = "arrivals: uniform, phases: [ { duration: 10s, arrival_rate: 10/s } ]";
    let text = format!("{IDEAL}duration: 20s\nworkloads: {{ w: {{ target: {target}, {workload}, {phases} }} }}\nnodes:\n{nodes}");
    statement(&run(&text), FreeTier::No)
}

const BACKEND: &str = "  b: { type: server, slots: 1000, service_time: 1ms }\n";

#[test]
fn three_million_requests_of_120_ms_in_1536_mb_cost_2_73_beyond_the_free_tier() {
    let bill = billed("lambda: { invocations: 3M, duration: 120ms, memory: 1536 MB }", true);
    let duration = bill.lines.iter().find(|line| line.key == "lambda.duration.x86_64").expect("it ran");
    near(duration.quantity, 540_000.0, 1e-12);
    assert_eq!((duration.free, cents(duration.usd)), (400_000.0, "2.33".into()));
    assert_eq!((bill.amount("lambda.requests").map(cents), cents(bill.total())), (Some("0.40".into()), "2.73".into()));
}

#[test]
fn a_run_at_the_rate_of_three_million_a_month_is_billed_the_same() {
    // 250 requests each 219 s are 3,000,000 in 730 h: of 12,500 one more or less, at the end, is 0.1 ct of $9.60 before the free tier.
    let f = "  f: { type: lambda, memory: 1536 MB, handler: [ { wait: 120ms } ] }\n";
    let phases = format!("arrivals: uniform, phases: [ {{ duration: 10950s, arrival_rate: {}/s }} ]", 250.0 / 219.0);
    let run = run(&format!("{IDEAL}duration: 10950s\nworkloads: {{ w: {{ target: f, {phases} }} }}\nnodes:\n{f}"));
    let total = statement(&run, FreeTier::Always).total();
    assert!((total - 2.733_338).abs() < 0.002, "{total}");
}

#[test]
fn idle_provisioned_concurrency_costs_1095_01_a_month_and_no_free_tier_reduces_it() {
    let idle = "  f: { type: lambda, memory: 1024 MB, provisioned_concurrency: 100, handler: [ { wait: 1ms } ] }\n";
    let others = "workloads: { w: { target: b, phases: [ { duration: 60s, arrival_rate: 1/s } ] } }";
    let run = run(&format!("duration: 60s\n{others}\nnodes:\n{idle}{BACKEND}"));
    let [paid, free] = [FreeTier::No, FreeTier::FirstTwelveMonths].map(|free_tier| statement(&run, free_tier).of_node("f"));
    assert_eq!((cents(paid), paid), ("1095.01".into(), free));
    let month = "lambda: { memory: 1024 MB, provisioned_concurrency: 100, provisioned: 730h }";
    assert_eq!([false, true].map(|free_tier| cents(billed(month, free_tier).total())), ["1095.01", "1095.01"]);
}

#[test]
fn provisioned_concurrency_of_61_s_is_billed_as_five_minutes() {
    // A statement takes the mean level of a run for all of the month instead, as it does not know how often it is enabled.
    let enabled = |time: &str| {
        let bill = billed(&format!("lambda: {{ memory: 1024 MB, provisioned_concurrency: 100, provisioned: {time} }}"), true);
        bill.lines[0].quantity / 100.0
    };
    assert_eq!(["61s", "300s", "301s"].map(enabled), [300.0, 300.0, 600.0]);
}

#[test]
fn an_http_call_of_513_kb_is_paid_as_two_and_a_rest_call_of_9_mb_as_one() {
    let calls = |protocol: &str, payload: &str| {
        let api = format!("  api: {{ type: api_gateway, protocol: {protocol}, routes: {{ GET /: b }} }}\n{BACKEND}");
        let statement = asked("api", &format!("requests: [ {{ route: GET /, payload: {payload} }} ]"), &api);
        let paid: f64 = statement.lines.iter().filter(|line| line.node == "api").map(|line| line.monthly).sum();
        (paid / statement.requests(), statement.of_node("api") / statement.requests() * 1e6)
    };
    let expected = [("http", "512 KB", 1.0, 1.00), ("http", "513 KB", 2.0, 2.00), ("rest", "9 MB", 1.0, 3.50)];
    for (protocol, payload, units, a_million) in expected {
        let found = calls(protocol, payload);
        near(found.0, units, 1e-9);
        // The first tiers, up to 300 and 333 million: a hundred calls in 20 s are 13 million a month.
        near(found.1, a_million, 1e-9);
    }
}

#[test]
fn a_websocket_message_of_33_kb_is_paid_as_two() {
    let of = |payload: &str| {
        let api = format!("  api: {{ type: api_gateway, protocol: websocket, routes: {{ $connect: b, send: b }} }}\n{BACKEND}");
        let statement = asked("api", &format!("session: [ {{ route: $connect }}, {{ route: send, payload: {payload} }} ]"), &api);
        line(&statement, "api", "api_gateway.websocket.messages").usd.expect("it has a price")
    };
    near(of("33 KB") / of("32 KB"), 2.0, 1e-12);
}

#[test]
fn four_hundred_million_rest_calls_cost_1353_10() {
    // 333 million at $3.50, and 67 million at $2.80.
    assert_eq!(cents(billed("api_gateway: { protocol: rest, requests: 400M }", false).total()), "1353.10");
    assert_eq!(cents(billed("api_gateway: { protocol: rest, requests: 400M, request: 9 MB }", false).total()), "1353.10");
}

#[test]
fn a_batch_of_100_kb_is_paid_as_two_requests_and_a_message_of_1_mib_as_sixteen() {
    let requests = |send: &str| {
        let statement = asked("q", &format!("operation: {{ send: {{ {send} }} }}"), "  q: { type: sqs }\n");
        let line = line(&statement, "q", "sqs.standard");
        near(line.usd.expect("it has a price"), line.monthly * 0.40 / 1e6, 1e-12);
        (line.monthly / statement.requests()).round()
    };
    assert_eq!([requests("messages: 10, size: 10 KB"), requests("size: 1 MiB"), requests("size: 1 KB")], [2.0, 16.0, 1.0]);
}

#[test]
fn an_idle_mapping_polls_within_the_free_tier() {
    // An hour, of whose 900 and 360 receives those that still wait at its end have not been counted.
    for (source, pollers, month) in [("", 5.0, 648_000.0), ("maximum_concurrency: 2", 2.0, 259_200.0)] {
        let run = run(&format!("{IDEAL}duration: 1h\nnodes:\n{}", pair("backlog: 1", source, "handler: []")));
        let tolerance = (pollers + 2.0) / (pollers * 180.0);
        let paid = of_thirty_days(&run, FreeTier::No);
        near(line(&paid, "q", "sqs.standard").monthly, month, tolerance);
        near(paid.of_node("q"), month * 0.40 / 1e6, tolerance);
        assert_eq!(of_thirty_days(&run, FreeTier::Always).of_node("q"), 0.0, "of a million requests");
    }
}

#[test]
fn two_idle_provisioned_pollers_cost_13_505_in_730_hours_and_ten_67_525() {
    let cost = |pollers: u32| {
        let source = format!("provisioned_poller_config: {{ minimum_pollers: {pollers}, maximum_pollers: {pollers} }}");
        let run = run(&format!("{IDEAL}duration: 2m\nnodes:\n{}", pair("backlog: 1", &source, "handler: []")));
        line(&statement(&run, FreeTier::Always), "f", "lambda.event_pollers.sqs").usd.expect("it has a price")
    };
    near(cost(2), 13.505, 1e-9);
    // As many as 1,000 messages a second need.
    near(cost(10), 67.525, 1e-9);
    assert_eq!(format!("{:.3}", billed("lambda: { sqs_poller_hours: 1460 }", true).total()), "13.505");
}

#[test]
fn of_a_filtered_topic_only_publishes_are_billed() {
    // What arrives and what is filtered out is free at the topic. Sends to the queues and their receives are the queues' own, whoever sends.
    let subscription = |key: u32| format!("{{ endpoint: q{key}, filter_policy: {{ shard: [ {key} ] }} }}");
    let subscriptions: Vec<String> = (0..5).map(subscription).collect();
    let queues: String = (0..5).map(|key| format!("  q{key}: {{ type: sqs }}\n")).collect();
    let topic = format!("  t: {{ type: sns, subscriptions: [ {} ] }}\n{queues}", subscriptions.join(", "));
    let statement = asked("t", "attributes: { shard: uniform(n=5) }", &topic);
    let publishes = line(&statement, "t", "sns.standard");
    near(publishes.monthly, statement.requests(), 1e-12);
    near(statement.of_node("t"), statement.requests() * 0.50 / 1e6, 1e-12);
    let month = billed("sns: { messages: 1M, sqs: 1M }", false);
    assert_eq!((cents(month.total()), month.amount("sns.standard").map(cents)), ("0.50".into(), Some("0.50".into())));
}
