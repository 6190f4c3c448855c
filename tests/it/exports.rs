//! A statement for other tools says what the statement says: of a run of a shop, Infracost's usage, FOCUS's rows and the JSON.

use std::collections::BTreeMap;

use coldfront::cost::{Pricing, Statement};
use coldfront::report::export::{FOCUS_COLUMNS, focus, infracost, statement};

use crate::support::Run;

/// Fifty requests a second; each writes once and is told to a queue, which a second function works off.
const SHOP: &str = "
name: A shop
duration: 40s
warm_up: 10s
region: us-east-1
as_of: 2026-11-01
workloads:
  buyers: { target: api, requests: [ { route: POST /orders } ], phases: [ { duration: 40s, arrival_rate: 50/s } ] }
nodes:
  api: { type: api_gateway, protocol: rest, routes: { POST /orders: take } }
  take:
    type: lambda
    memory: 512 MB
    init_duration: 100ms
    timeout: 5s
    handler: [ { wait: 20ms }, { put_item: { table: orders, size: 1 KB } }, { send: { queue: mails, size: 1 KB } } ]
  work: { type: lambda, memory: 256 MB, event_sources: [ { queue: mails } ], handler: [ { wait: 10ms } ] }
  mails: { type: sqs }
  orders: { type: dynamodb }
";

fn shop() -> (Run, Statement) {
    let run = Run::of("shop.yaml", SHOP, &[]);
    let statement = Statement::of(&run.scenario, &run.record, &Pricing::default());
    assert!(statement.is_complete(), "{:?}", statement.missing);
    (run, statement)
}

#[test]
fn infracost_is_told_what_the_run_counted() {
    let (run, statement) = shop();
    let memory = |node: &str| match node {
        "take" => Some(0.5),
        "work" => Some(0.25),
        _ => None,
    };
    let file: serde_yaml::Value = serde_yaml::from_str(&infracost(&statement, &memory)).expect("it is YAML");
    let of = |address: &str, key: &str| file["resource_usage"][address][key].as_f64().unwrap_or_else(|| panic!("{address} {key}: {file:?}"));
    // Thirty seconds were measured; a month has 730 hours.
    let month = 730.0 * 3600.0 / 30.0;
    let counted = [
        ("aws_api_gateway_rest_api.api", "monthly_requests", "api", "Count"),
        ("aws_lambda_function.take", "monthly_requests", "take", "Invocations"),
        ("aws_sqs_queue.mails", "monthly_requests", "mails", "BilledRequests"),
        ("aws_dynamodb_table.orders", "monthly_write_request_units", "orders", "ConsumedWriteCapacityUnits"),
    ];
    for (address, key, node, metric) in counted {
        let (told, wanted) = (of(address, key), run.counter(node, metric) * month);
        assert!((told - wanted).abs() <= 1.0, "{address}: {told}, not {wanted}");
    }
    let mean = run.counter("take", "BilledDuration") / run.counter("take", "Invocations");
    assert!((of("aws_lambda_function.take", "request_duration_ms") - mean).abs() <= 0.5, "{mean} ms");
}

#[test]
fn the_rows_of_focus_add_up_to_the_statement() {
    let (_, statement) = shop();
    let text = focus(&statement, "A shop");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().expect("a head"), &csv::StringRecord::from(FOCUS_COLUMNS.to_vec()));
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), statement.lines.len());
    let sum: f64 = rows.iter().map(|row| row["EffectiveCost"].parse::<f64>().expect("a number")).sum();
    assert!((sum - statement.total()).abs() < 1e-9, "{sum}, not {}", statement.total());
    assert!(rows.iter().all(|row| row["RegionId"] == "us-east-1" && row["ChargePeriodStart"] == "2026-11-01T00:00:00Z"));
    let shares: f64 =
        rows.iter().flat_map(|row| serde_json::from_str::<BTreeMap<String, f64>>(&row["x_WorkloadCosts"]).expect("JSON").into_values()).sum();
    assert!((shares - sum).abs() < 1e-9, "workloads and nobody share all of it: {shares}, not {sum}");
}

#[test]
fn the_json_has_every_line() {
    let (_, of) = shop();
    let json: serde_json::Value = serde_json::from_str(&statement(&of)).expect("it is JSON");
    assert_eq!(json["lines"].as_array().map(Vec::len), Some(of.lines.len()));
    let sums = ["by_node", "by_meter", "by_workload"]
        .map(|by| json[by].as_array().expect("a list").iter().filter_map(|one| one["usd"].as_f64()).sum::<f64>());
    assert!(sums.iter().all(|sum| (sum - of.total()).abs() < 1e-6), "{sums:?}, not {}", of.total());
}
