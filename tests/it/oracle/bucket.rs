//! Token buckets: of an API under random and constant load, and of a table's capacity; and what a table charges an item of each size.
//!
//! Under random load a bucket of b tokens is an M/D/1/b queue. Under constant load and with sizes all is exact, so no interval is needed.

use super::*;
use coldfront::units::Time;

fn api(head: &str, throttle: &str, workload: &str) -> String {
    format!(
        "{head}workloads: {{ clients: {workload} }}\nnodes:\n  api: {{ type: api_gateway, protocol: http, overhead: 0s, {throttle}routes: {{ GET /: back }} }}\n  \
         back: {{ type: server, slots: 100000, service_time: 1ms }}\n"
    )
}

/// Refusals after the warm-up of the only limit that ever refused.
fn refused(record: &Record, limit: &str) -> f64 {
    let others: u64 = record.limits.iter().filter(|l| l.name != limit).map(|l| l.refused).sum();
    assert_eq!(others, 0, "only `{limit}` may refuse");
    record.limits.iter().filter(|l| l.name == limit).map(|l| l.refused).sum::<u64>() as f64
}

fn throttled(record: &Record) -> f64 {
    refused(record, "apigateway_stage") / counter(record, "api", "Count")
}

fn admitted(record: &Record) -> f64 {
    (counter(record, "api", "Count") - refused(record, "apigateway_stage")) / measured(record)
}

fn poisson(name: &str, span: Span) {
    let Some(theory) = Theory::of(name) else { return };
    let throttle = format!("throttle: {{ rate: {}/s, burst: {} }}, ", theory.given("refill_rate"), theory.given("burst"));
    let quantities = [
        quantity("throttle probability", theory.expected("throttle_prob"), throttled),
        quantity("admitted rate", theory.expected("admitted_rate"), admitted),
    ];
    let rate = theory.given("arrival_rate");
    compare(name, &api(&span.head(), &throttle, &span.workload("api", rate)), &[quantity("arrival rate", rate, offered)], &quantities);
}

#[test]
fn a_stage_throttle_of_burst_5_under_poisson_arrivals() {
    poisson("tb_poisson_r10_b5", Span { warm_up: 20.0, measured: 6_000.0 });
}

#[test]
fn a_stage_throttle_of_burst_20_under_poisson_arrivals() {
    poisson("tb_poisson_r10_b20", Span { warm_up: 100.0, measured: 1_000.0 });
}

fn seconds(s: f64) -> Time {
    Time::from_secs_f64(s)
}

/// Prints an exact comparison and asserts it to `tolerance`.
fn exactly(name: &str, quantity: &str, theory: f64, measured: f64, tolerance: f64) {
    println!("{name:30} {quantity:22} {theory:>13.7} {measured:>13.7} exact to {tolerance} {:+.4} %", 100.0 * (measured / theory - 1.0));
    assert!((measured - theory).abs() <= tolerance, "{name}: {quantity} is {measured}, theory says {theory}");
}

/// When `limit` first refuses, to a millisecond: by bisection over copies of the run.
fn first_refusal(scenario: &Scenario, limit: &str) -> f64 {
    let refused_by = |run: &Simulation, at: Time| {
        let mut copy = run.clone();
        copy.advance(at);
        refused(&copy.finish(), limit) > 0.0
    };
    let mut cold = scenario.clone();
    cold.warm_up.value = Time::ZERO;
    let mut run = Simulation::new(&cold, Bounds::default());
    let (mut low, mut high) = (Time::ZERO, run.duration());
    assert!(refused_by(&run, high), "`{limit}` never refuses");
    while high - low > seconds(0.001) {
        let middle = Time::from_nanos((low.as_nanos() + high.as_nanos()) / 2);
        if refused_by(&run, middle) {
            high = middle;
        } else {
            run.advance(middle);
            low = middle;
        }
    }
    high.as_secs_f64()
}

/// 10 000 a second and 5 000 at once are the account's quotas by default.
#[test]
fn the_account_bucket_under_constant_arrivals() {
    let Some(theory) = Theory::of("tb_const") else { return };
    let rate = theory.given("arrival_rate");
    let workload = format!("{{ target: api, arrivals: uniform, phases: [ {{ duration: 5s, arrival_rate: {rate}/s }} ] }}");
    let quotas = format!(
        "duration: 5s\nwarm_up: 2s\nquotas: {{ apigateway.throttle_rate: {}, apigateway.throttle_burst: {} }}\n",
        theory.given("refill_rate"),
        theory.given("burst")
    );
    let scenario = scenario("bucket", &api(&quotas, "", &workload));
    let record = run(&scenario);
    let share = refused(&record, "apigateway_account") / counter(&record, "api", "Count");
    exactly("tb_const", "throttle probability", theory.expected("steady_throttle_prob"), share, 1e-4);
    exactly("tb_const", "first throttle", theory.expected("first_throttle_s"), first_refusal(&scenario, "apigateway_account"), 0.002);
}

fn table(head: &str, table: &str, arrivals: &str, operation: &str) -> String {
    format!(
        "{head}workloads: {{ clients: {{ target: table, arrivals: uniform, phases: [ {arrivals} ], operation: {operation} }} }}\n\
         nodes: {{ table: {{ type: dynamodb, {table} }} }}\n"
    )
}

/// A strongly consistent read of 4 KB is one unit, so requests are units.
#[test]
fn five_minutes_of_unused_capacity_under_constant_load() {
    let Some(theory) = Theory::of("ddb_burst_const") else { return };
    let (units, demand) = (theory.given("provisioned_units"), theory.given("demand_units_per_s"));
    let yaml = |warm_up: &str| {
        let provisioned = format!("billing_mode: provisioned, read_capacity_units: {units}, write_capacity_units: {units}, initial_burst: 100%");
        let arrivals = format!("{{ duration: 1h, arrival_rate: {demand}/s }}");
        scenario(
            "bucket",
            &table(&format!("duration: 1h\nwarm_up: {warm_up}\n"), &provisioned, &arrivals, "{ get_item: { size: 4096 B, consistent_read: true } }"),
        )
    };
    let (whole, limit) = (run(&yaml("0s")), "ReadProvisionedThroughputExceeded");
    let consumed = counter(&whole, "table", "ConsumedReadCapacityUnits");
    // Whether the last unit of the hour is just in time is a matter of one.
    exactly("ddb_burst_const", "units in an hour", theory.expected("units_consumed_in_1h"), consumed, 1.0);
    exactly("ddb_burst_const", "first throttle", theory.expected("first_throttle_s"), first_refusal(&yaml("0s"), limit), 0.02);
    let steady = run(&yaml("700s"));
    let share = refused(&steady, limit) / answers(&steady, "clients").offered as f64;
    exactly("ddb_burst_const", "throttled share", theory.expected("steady_throttle_fraction"), share, 1e-4);
}

#[test]
fn capacity_units_by_size() {
    let Some(theory) = Theory::of("ddb_units") else { return };
    for (case, expected) in theory.0["expected"].as_object().expect("a map of cases") {
        let (kind, bytes) = case.rsplit_once('_').expect("kind and bytes");
        let (verb, rest) = match kind {
            "wcu" => ("put_item", ""),
            "wcu_tx" => ("transact_write_items", ""),
            "rcu_strong" => ("get_item", ", consistent_read: true"),
            "rcu_eventual" => ("get_item", ""),
            "rcu_tx" => ("transact_get_items", ""),
            _ => panic!("unknown case {case}"),
        };
        let operation = format!("{{ {verb}: {{ size: {bytes} B{rest} }} }}");
        let record =
            run(&scenario("bucket", &table("duration: 2s\n", "billing_mode: on_demand", "{ duration: 1s, arrival_rate: 10/s }", &operation)));
        let (read, written) = (counter(&record, "table", "ConsumedReadCapacityUnits"), counter(&record, "table", "ConsumedWriteCapacityUnits"));
        exactly("ddb_units", case, expected.as_f64().expect("a number"), (read + written) / 10.0, 0.0);
    }
}
