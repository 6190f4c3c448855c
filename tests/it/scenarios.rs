//! Every file under `scenarios/` runs, and what its opening comment claims is true.
//!
//! A file without a claim in [`CLAIMS`] fails, and so does a claim without a file. `../shared` is read for one recorded day; where it is absent, the test says
//! that it skips.

use crate::support::{Run, SCENARIOS, repository};
use coldfront::metrics::Class;
use coldfront::units::Time;
use std::io::Write;

/// What is asserted of a scenario that has run.
type Claim = fn(&Run);

/// Each file and its claim.
const CLAIMS: &[(&str, Claim)] = &[
    ("scenarios/quickstart.yaml", the_campaign_throttles_orders_after_two_minutes_and_spares_browsing),
    ("scenarios/real/shopping-cart.yaml", those_who_pay_meet_the_cold_starts),
    ("scenarios/lessons/01-token-bucket.yaml", a_burst_lasts_ten_seconds),
    ("scenarios/lessons/02-cold-starts.yaml", the_shape_of_traffic_makes_cold_starts),
    ("scenarios/lessons/03-reserved-concurrency.yaml", refusals_follow_erlang_b),
    ("scenarios/lessons/04-retry-storm.yaml", only_a_budget_ends_the_storm),
    ("scenarios/lessons/05-hot-partition.yaml", one_key_throttles_a_table_that_is_half_empty),
    ("scenarios/lessons/06-gateway-timeout.yaml", a_504_orders_twice),
    ("scenarios/lessons/07-webhooks.yaml", a_minute_of_retries_loses_four_fifths_of_an_outage),
];

/// Files under this folder measure speed, and claim that nothing limits them.
const BENCH: &str = "scenarios/bench/";

#[test]
fn every_scenario_opens_with_the_question_it_answers() {
    for run in SCENARIOS.iter() {
        let text = std::fs::read_to_string(repository().join(&run.name)).expect("it was read before");
        let comment: String = text.lines().take_while(|line| line.starts_with('#')).collect();
        assert!(comment.contains('?'), "{} opens without a question", run.name);
    }
}

#[test]
fn every_scenario_runs_to_its_end_and_claims_the_truth() {
    for (path, _) in CLAIMS {
        assert!(SCENARIOS.iter().any(|run| run.name == *path), "there is a claim about {path}, which is not there");
    }
    for run in SCENARIOS.iter() {
        assert_eq!(run.record.stopped_early, None, "{}", run.name);
        assert_eq!(run.record.simulated, run.record.duration, "{}", run.name);
        match CLAIMS.iter().find(|(path, _)| *path == run.name) {
            Some((_, claim)) => claim(run),
            None if run.name.starts_with(BENCH) => nothing_limits_it(run),
            None => panic!("nothing is asserted of {}: add its claim to CLAIMS", run.name),
        }
    }
}

/// The sentences of a report's verdict, as one text.
fn verdict(run: &Run) -> String {
    run.report().verdict.join(" ")
}

fn between(value: f64, low: f64, high: f64, what: &str) {
    assert!((low..=high).contains(&value), "{what} is {value}, not between {low} and {high}");
}

fn a_minute_of_retries_loses_four_fifths_of_an_outage(run: &Run) {
    let published = run.counter("events", "NumberOfMessagesPublished");
    let served = |server: &str| run.counter(server, "RequestCount") - run.counter(server, "ErrorCount");
    assert_eq!(served("patient"), published, "with patience nothing is lost");
    between(published - served("hasty"), 2_200.0, 2_500.0, "what is lost of the 3,000 messages of the outage");
    assert_eq!(run.counter("events", "NumberOfNotificationsDelivered"), served("hasty") + served("patient"));
}

fn nothing_limits_it(run: &Run) {
    assert_eq!(run.everyone().failed.count(), 0, "{}: {}", run.name, verdict(run));
}

fn the_campaign_throttles_orders_after_two_minutes_and_spares_browsing(run: &Run) {
    let (orders, browsing) = (run.answers("shoppers", Some("POST /orders")), run.answers("shoppers", Some("GET /products")));
    between(orders.failed.count() as f64 / orders.offered as f64, 0.2, 0.35, "the share of lost orders");
    assert_eq!(browsing.failed.count(), 0);
    assert!(run.answers("shoppers", None).offered < 150_000, "the quick start is quick");

    let report = run.report();
    assert!(report.passed(), "its thresholds hold, so that the first command one tries ends with 0");
    let table = &report.limits[0];
    assert_eq!(table.node, "orders");
    between(table.from_s.unwrap_or(0.0), 660.0, 780.0, "the beginning, two minutes after the campaign's at 10 min,");
    assert!(report.limits.iter().any(|limit| limit.node == "place_order"), "the second limit is the function's");
    assert!(run.counter("place_order", "ColdStarts") >= 10.0, "the campaign meets cold starts");

    let cured = Run::file(&run.name, &[("nodes.orders.write_capacity_units", "30")]);
    assert_eq!(cured.everyone().failed.count(), 0, "the cure in its comment");
    let worse = Run::file(&run.name, &[("nodes.place_order.reserved_concurrency", "null")]);
    assert!(worse.refused("orders") > 3 * run.refused("orders"), "not the cure");
    assert!(worse.answers("shoppers", Some("POST /orders")).failed.count() > 2_500);
}

fn cold_share(run: &Run, function: &str) -> f64 {
    run.counter(function, "ColdStarts") / run.counter(function, "Invocations")
}

fn those_who_pay_meet_the_cold_starts(run: &Run) {
    nothing_limits_it(run);
    between(cold_share(run, "list_cart"), 0.0, 1.0 / 1000.0, "the share of cold readings");
    for paying in ["migrate_cart", "checkout_cart"] {
        between(cold_share(run, paying), 1.0 / 60.0, 1.0 / 25.0, paying);
    }
    let buyers = run.answers("buyers", None);
    let (p50, p99) = (buyers.ok.quantile(0.5).as_secs_f64(), buyers.ok.quantile(0.99).as_secs_f64());
    between(p99 / p50, 20.0, 40.0, "p99 of paying in medians");
    assert!(run.answers("browsers", None).ok.quantile(0.99) < Time::from_millis(50));
}

/// The recorded day, of which `scenarios/real/profile` is a smoothed image.
#[test]
fn a_recorded_day_has_more_cold_starts_than_its_smoothed_profile() {
    let trace = repository().join("../shared/corpus/traces/azure2019/200_inv.csv");
    if !trace.exists() {
        // Not `eprintln`, which a passing test keeps to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED: {} is absent, so the recorded day was not replayed", trace.display());
        return;
    }
    let replay =
        |rank| format!("{{ file: ../../../shared/corpus/traces/azure2019/200_inv.csv, format: azure_functions_2019, function: {{ rank: {rank} }} }}");
    let (browsers, shoppers, buyers) = (replay(8), replay(21), replay(46));
    let file = "scenarios/real/shopping-cart.yaml";
    let day =
        Run::file(file, &[("workloads.browsers.replay", &browsers), ("workloads.shoppers.replay", &shoppers), ("workloads.buyers.replay", &buyers)]);
    let profile = SCENARIOS.iter().find(|run| run.name == file).expect("it was run");
    nothing_limits_it(&day);
    // The trace counts 65,146 + 11,334 + 2,388 requests; rounding to a tenth moves the profile's sum a little.
    assert_eq!(day.everyone().offered, 78_868);
    assert!(profile.everyone().offered.abs_diff(78_868) < 40);
    let cold = |run: &Run, functions: &[&str]| functions.iter().map(|f| run.counter(f, "ColdStarts")).sum::<f64>();
    for functions in [["list_cart", "get_cart_total"], ["migrate_cart", "checkout_cart"]] {
        assert!(cold(&day, &functions) > 1.1 * cold(profile, &functions), "{functions:?}");
    }
}

fn a_burst_lasts_ten_seconds(run: &Run) {
    let report = run.report();
    let [limit] = report.limits.as_slice() else { panic!("one limit, not {:?}", report.limits) };
    assert_eq!(limit.name, "apigateway_stage");
    between(limit.from_s.unwrap_or(0.0), 9.8, 10.2, "the end of the burst");
    // 150/s offered for a minute; 500 tokens to begin with, 100/s after.
    let refused = 150.0 * 60.0 - 100.0 * 60.0 - 500.0;
    between(run.answers("caller", None).of(Class::Throttled) as f64, refused - 3.0, refused + 3.0, "answers with 429");
}

fn the_shape_of_traffic_makes_cold_starts(run: &Run) {
    let (steady, bursty) = (run.answers("clockwork", None).offered as f64, run.answers("crowd", None).offered as f64);
    between(bursty / steady, 0.9, 1.1, "requests of the one for each of the other");
    between(cold_share(run, "steady"), 0.0, 0.005, "cold starts under steady load");
    between(cold_share(run, "bursty"), 0.03, 0.08, "cold starts under bursts");
}

/// Erlang's loss formula, by its recursion.
fn erlang_b(offered: f64, lines: u32) -> f64 {
    (1..=lines).fold(1.0, |b, k| offered * b / (f64::from(k) + offered * b))
}

fn refusals_follow_erlang_b(run: &Run) {
    assert!((erlang_b(10.0, 10) - 0.2146).abs() < 1e-4 && erlang_b(10.0, 18) < 0.01 && erlang_b(10.0, 17) > 0.01);
    let share = |run: &Run| {
        let callers = run.answers("callers", None);
        callers.of(Class::Throttled) as f64 / callers.offered as f64
    };
    between(share(run), 0.2146 - 0.008, 0.2146 + 0.008, "the share that is refused");
    let larger = Run::file(&run.name, &[("nodes.report.reserved_concurrency", "18")]);
    between(share(&larger), 0.003, 0.011, "the share that is refused of 18");
}

fn only_a_budget_ends_the_storm(run: &Run) {
    // The last five minutes, long after the surge.
    let late = |workload: &str| {
        let route = run.record.routes.iter().find(|r| r.workload == workload).expect("it has one");
        let from = run.record.window_ends.partition_point(|end| *end <= Time::from_secs(7 * 60));
        let windows = &route.windows[from..];
        let (offered, failed) = windows.iter().fold((0, 0), |(o, f), w| (o + u64::from(w.offered), f + u64::from(w.failed)));
        failed as f64 / offered as f64
    };
    between(late("stubborn"), 0.95, 1.05, "the share that fails without a budget");
    between(late("patient"), 0.0, 0.02, "the share that fails with one");
}

fn one_key_throttles_a_table_that_is_half_empty(run: &Run) {
    assert_eq!(run.refused("even"), 0);
    let report = run.report();
    assert!(report.limits[0].phrase.contains("hot partition"), "{}", report.limits[0].phrase);
    // A third of the 1,500 units that its partition is asked for, of 3,000 in all.
    let skewed = run.answers("skewed", None);
    between(skewed.of(Class::Throttled) as f64 / skewed.offered as f64, 1.0 / 6.0 - 0.01, 1.0 / 6.0 + 0.01, "the refused share");
    assert!(run.counter("hot", "ConsumedWriteCapacityUnits") / 50.0 < 0.5 * 6000.0);
}

fn a_504_orders_twice(run: &Run) {
    let customers = run.answers("customers", None);
    assert!(customers.ok.count() as f64 > 0.99 * customers.offered as f64, "nearly everyone hears of a success in the end");
    // 1 + 0.1 + 0.01 attempts each; every one of them writes.
    let orders = run.node("orders").tally;
    between(orders.ok as f64 / customers.offered as f64, 1.09, 1.13, "orders a customer");
    assert_eq!((orders.ok, orders.in_flight), (customers.attempts, 0), "what timed out was done all the same");
    assert!(run.warnings.iter().any(|warning| warning.contains("W002")));
}
