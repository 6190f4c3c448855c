//! What each resource uses a month, as Infracost's usage file has it.
//!
//! ```text
//! version: 0.1
//! resource_usage:
//!   aws_lambda_function.take: { monthly_requests: 1000000, request_duration_ms: 120 }
//! ```
//!
//! Source of the keys: the `infracost_usage` tags of infracost/infracost, internal/resources/aws (lambda_function, lambda_provisioned_concurrency_config, sqs_queue,
//! sns_topic, dynamodb_table, api_gateway_rest_api, apigatewayv2_api). Sizes are the metering units, as requests are counted in them already. Left out: capacity,
//! caches and alarms, which Infracost reads from Terraform; Regions other than the scenario's.

use std::collections::{BTreeMap, BTreeSet};

use crate::cost::{Entry, Statement, service_of};

/// Memory in GB of a function, by its node.
type Memory<'m> = &'m dyn Fn(&str) -> Option<f64>;

/// A resource's address in Terraform, and what it uses: keys and whole numbers.
type Resources = BTreeMap<String, BTreeMap<&'static str, u64>>;

/// KB that SQS and SNS meter in (64), HTTP APIs (512) and WebSocket APIs (32): requests are so many of them already, and Infracost multiplies by size ÷ unit.
const METERED_KB: [u64; 3] = [64, 512, 32];

/// The usage file; `memory` knows how many GB a function has, without which its duration is left out.
pub fn infracost(statement: &Statement, memory: &dyn Fn(&str) -> Option<f64>) -> String {
    let mut resources = Resources::new();
    let nodes: BTreeSet<(&str, &str)> =
        statement.lines.iter().filter(|line| line.region.is_none()).map(|line| (line.node.as_str(), line.kind)).collect();
    for (node, kind) in nodes {
        let used = Used { lines: statement.lines.iter().filter(|line| line.node == node && line.region.is_none()).collect() };
        match kind {
            "lambda" => function(&mut resources, node, &used, memory),
            "sqs" => queue(&mut resources, node, &used),
            "sns" => topic(&mut resources, node, &used),
            "dynamodb" => table(&mut resources, node, &used),
            "api_gateway" => api(&mut resources, node, &used),
            _ => {}
        }
    }
    written(statement, &resources)
}

/// The lines of a node.
struct Used<'s> {
    lines: Vec<&'s Entry>,
}

impl Used<'_> {
    /// Units a month of all keys that begin and end so.
    fn of(&self, begin: &str, end: &str) -> f64 {
        self.lines.iter().filter(|line| line.key.starts_with(begin) && line.key.ends_with(end)).map(|line| line.monthly).sum()
    }

    fn has(&self, key: &str) -> bool {
        self.lines.iter().any(|line| line.key.starts_with(key))
    }
}

/// What is more than nothing.
fn put(resources: &mut Resources, kind: &str, node: &str, usage: &[(&'static str, f64)]) {
    let used: BTreeMap<&str, u64> = usage.iter().filter(|(_, n)| *n > 0.0).map(|(key, n)| (*key, n.round() as u64)).collect();
    if !used.is_empty() {
        resources.entry(address(kind, node)).or_default().extend(used);
    }
}

fn function(resources: &mut Resources, node: &str, used: &Used, memory: Memory) {
    let requests = used.of("lambda.requests", "");
    let gb_s = used.of("lambda.duration.", "") + used.of("lambda.provisioned_duration.", "");
    let mean_ms = memory(node).filter(|gb| *gb > 0.0 && requests > 0.0).map_or(0.0, |gb| gb_s / gb / requests * 1e3);
    put(resources, "aws_lambda_function", node, &[("monthly_requests", requests), ("request_duration_ms", mean_ms)]);
}

fn queue(resources: &mut Resources, node: &str, used: &Used) {
    let requests = used.of("sqs.standard", "") + used.of("sqs.fifo", "");
    let size = if requests > 0.0 { METERED_KB[0] as f64 } else { 0.0 };
    put(resources, "aws_sqs_queue", node, &[("monthly_requests", requests), ("request_size_kb", size)]);
}

fn topic(resources: &mut Resources, node: &str, used: &Used) {
    let requests = used.of("sns.standard", "") + used.of("sns.fifo.publish", "publish");
    if requests <= 0.0 {
        return;
    }
    // Infracost multiplies subscriptions by requests: as many as there are deliveries for each request.
    let each = |protocol: &str| used.of(&format!("sns.deliveries.{protocol}"), "") / requests;
    let subscriptions =
        [("http_subscriptions", each("http")), ("email_subscriptions", each("email")), ("mobile_push_subscriptions", each("mobile_push"))];
    put(resources, "aws_sns_topic", node, &[("monthly_requests", requests), ("request_size_kb", METERED_KB[0] as f64)]);
    put(resources, "aws_sns_topic", node, &subscriptions);
}

fn table(resources: &mut Resources, node: &str, used: &Used) {
    let usage = [
        ("monthly_write_request_units", used.of("dynamodb.", ".write_request_units")),
        ("monthly_read_request_units", used.of("dynamodb.", ".read_request_units")),
        ("storage_gb", used.of("dynamodb.", ".storage")),
        ("monthly_streams_read_request_units", used.of("dynamodb.streams", "")),
    ];
    put(resources, "aws_dynamodb_table", node, &usage);
}

fn api(resources: &mut Resources, node: &str, used: &Used) {
    put(resources, "aws_api_gateway_rest_api", node, &[("monthly_requests", used.of("api_gateway.rest", ""))]);
    let (http, messages) = (used.of("api_gateway.http", ""), used.of("api_gateway.websocket.messages", ""));
    if used.has("api_gateway.http") {
        put(resources, "aws_apigatewayv2_api", node, &[("monthly_requests", http), ("request_size_kb", METERED_KB[1] as f64)]);
    }
    if used.has("api_gateway.websocket") {
        let minutes = used.of("api_gateway.websocket.connection_minutes", "");
        let usage = [("monthly_messages", messages), ("message_size_kb", METERED_KB[2] as f64), ("monthly_connection_mins", minutes)];
        put(resources, "aws_apigatewayv2_api", node, &usage);
    }
}

/// A name that Terraform takes: letters, digits, dashes and underscores.
fn address(kind: &str, node: &str) -> String {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    format!("{kind}.{}", node.chars().map(|c| if is_fine(c) { c } else { '_' }).collect::<String>())
}

fn written(statement: &Statement, resources: &Resources) -> String {
    let mut out = String::from("# Usage of a month for Infracost: infracost breakdown --path . --usage-file infracost-usage.yml\n");
    out += &format!(
        "# Simulated by coldfront; {}, prices of {}. Rename the resources to their addresses in Terraform.\n",
        statement.region, statement.as_of
    );
    let left: BTreeSet<&str> = statement.lines.iter().map(|line| service_of(&line.key)).filter(|service| !KNOWN.contains(service)).collect();
    if !left.is_empty() {
        out += &format!("# Left out, as it has no usage key: {}\n", left.into_iter().collect::<Vec<_>>().join(", "));
    }
    let is_empty = resources.is_empty();
    out += &format!("version: 0.1\nresource_usage:{}\n", if is_empty { " {}" } else { "" });
    for (address, usage) in resources {
        out += &format!("  {address}:\n");
        out += &usage.iter().map(|(key, n)| format!("    {key}: {n}\n")).collect::<String>();
    }
    out
}

/// Services whose usage is written.
const KNOWN: [&str; 5] = ["lambda", "sqs", "sns", "dynamodb", "api_gateway"];

#[cfg(test)]
mod tests {
    use super::super::tests::shop;
    use super::*;

    fn read(text: &str) -> serde_yaml::Value {
        serde_yaml::from_str(text).unwrap()
    }

    /// Infracost's own keys of the resources.
    const KEYS: [(&str, &[&str]); 6] = [
        ("aws_lambda_function", &["monthly_requests", "request_duration_ms"]),
        ("aws_sqs_queue", &["monthly_requests", "request_size_kb"]),
        ("aws_sns_topic", &["monthly_requests", "request_size_kb", "http_subscriptions", "email_subscriptions", "mobile_push_subscriptions"]),
        ("aws_dynamodb_table", &["monthly_write_request_units", "monthly_read_request_units", "storage_gb", "monthly_streams_read_request_units"]),
        ("aws_api_gateway_rest_api", &["monthly_requests"]),
        ("aws_apigatewayv2_api", &["monthly_requests", "request_size_kb", "monthly_messages", "message_size_kb", "monthly_connection_mins"]),
    ];

    #[test]
    fn what_is_written_is_read_back_with_infracosts_own_keys() {
        let file = read(&infracost(&shop(), &|_| Some(0.5)));
        assert_eq!(file["version"].as_f64(), Some(0.1));
        let resources = file["resource_usage"].as_mapping().unwrap();
        assert_eq!(resources.len(), 7);
        for (address, usage) in resources {
            let (kind, _) = address.as_str().unwrap().split_once('.').unwrap();
            let known = KEYS.iter().find(|(name, _)| *name == kind).unwrap().1;
            for (key, n) in usage.as_mapping().unwrap() {
                assert!(known.contains(&key.as_str().unwrap()) && n.as_u64().is_some_and(|n| n > 0), "{address:?}: {key:?}");
            }
        }
    }

    #[test]
    fn figures_are_those_of_the_statement() {
        let file = read(&infracost(&shop(), &|node| (node == "take").then_some(0.5)));
        let of = |address: &str, key: &str| file["resource_usage"][address][key].as_u64();
        // 100,000 GB-s of half a GB in a million invocations: 200 ms each.
        assert_eq!(of("aws_lambda_function.take", "request_duration_ms"), Some(200));
        assert_eq!(of("aws_dynamodb_table.or_ders", "monthly_write_request_units"), Some(1_000_000), "replicated writes are not the table's own");
        assert_eq!(of("aws_sns_topic.news", "http_subscriptions"), Some(3));
        assert_eq!(of("aws_apigatewayv2_api.chat", "monthly_connection_mins"), Some(4_000_000));
        assert_eq!(of("aws_apigatewayv2_api.chat", "request_size_kb"), None);
    }

    #[test]
    fn of_nothing_there_is_an_empty_file() {
        let nothing = Statement { lines: Vec::new(), ..shop() };
        assert!(read(&infracost(&nothing, &|_| None))["resource_usage"].as_mapping().unwrap().is_empty());
    }
}
