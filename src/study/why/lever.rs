//! Levers: what is turned to take a limit away, named by what it holds back.
//!
//! ```text
//! WriteProvisionedThroughputExceeded at `orders`  ──▶  nodes.orders.write_capacity_units × 2ᵏ
//! lambda_reserved_concurrency at `f`              ──▶  nodes.f.reserved_concurrency × 2ᵏ, and the account's concurrency by as much more
//! a wait for `desk`                               ──▶  nodes.desk.slots × 2ᵏ
//! ```
//!
//! Quotas are turned as if AWS granted it. Left out: time-outs and patience, which refuse nobody, and the pace at which pollers multiply.

use crate::document::{Data, Value};
use crate::metrics::{LimitRecord, Record};
use crate::platform::Platform;

use super::turn::Turn;

/// What it takes for a limit to be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// A setting of the scenario.
    Setting,
    /// A quota that AWS raises for those who ask.
    Quota,
    /// Nothing that can be set or asked for: the design has to go round it.
    Design,
    /// Environments that are ready, or ready sooner: nothing takes all cold starts away, and some settings come near it.
    Warmth,
}

/// A limit, and what is turned to take it away.
#[derive(Clone, Debug, PartialEq)]
pub struct Lever {
    /// "`orders`' write capacity (50 WCU)"
    pub phrase: String,
    pub remedy: Remedy,
    pub turns: Vec<Turn>,
    /// Refusals since the warm-up, of the run in which it was met.
    pub refused: u64,
}

/// Where levers are looked for: a scenario as it was written, and what AWS allows.
pub struct Desk<'d> {
    pub root: &'d Value,
    pub platform: &'d Platform,
}

/// A limit that belongs to a node or an account, by its stable name: where it is set in the node, and where as a quota.
struct Row {
    limit: &'static str,
    fields: &'static [&'static str],
    quotas: &'static [&'static str],
    remedy: Remedy,
}

const fn field(limit: &'static str, fields: &'static [&'static str]) -> Row {
    Row { limit, fields, quotas: &[], remedy: Remedy::Setting }
}

const fn quota(limit: &'static str, quotas: &'static [&'static str]) -> Row {
    Row { limit, fields: &[], quotas, remedy: Remedy::Quota }
}

const fn design(limit: &'static str, quotas: &'static [&'static str]) -> Row {
    Row { limit, fields: &[], quotas, remedy: Remedy::Design }
}

const WRITES: &[&str] = &["write_capacity_units", "auto_scaling.write.min_capacity", "auto_scaling.write.max_capacity"];
const READS: &[&str] = &["read_capacity_units", "auto_scaling.read.min_capacity", "auto_scaling.read.max_capacity"];

const ROWS: &[Row] = &[
    field("WriteProvisionedThroughputExceeded", WRITES),
    field("ReadProvisionedThroughputExceeded", READS),
    field("WriteMaxOnDemandThroughputExceeded", &["max_write_request_units"]),
    field("ReadMaxOnDemandThroughputExceeded", &["max_read_request_units"]),
    design("WriteKeyRangeThroughputExceeded", &["dynamodb.partition_write_units"]),
    design("ReadKeyRangeThroughputExceeded", &["dynamodb.partition_read_units"]),
    quota("WriteAccountLimitExceeded", &["dynamodb.table_write_quota"]),
    quota("ReadAccountLimitExceeded", &["dynamodb.table_read_quota"]),
    quota("lambda_unreserved_concurrency", &["lambda.concurrent_executions"]),
    quota("lambda_account_rate", &["lambda.concurrent_executions"]),
    design("lambda_scaling_rate", &["lambda.scaling_rate", "lambda.scaling_burst"]),
    quota("apigateway_account", &["apigateway.throttle_rate", "apigateway.throttle_burst"]),
    quota("apigateway_connections", &["apigateway.websocket_connections"]),
    field("apigateway_stage", &["throttle.rate", "throttle.burst"]),
    quota("sqs_fifo_rate", &["sqs.fifo_calls", "sqs.fifo_high_throughput"]),
    quota("sqs_in_flight", &["sqs.in_flight", "sqs.fifo_in_flight"]),
    quota("sns_account", &["sns.publish_rate", "sns.fifo_publish_rate"]),
    quota("sns_fifo_topic", &["sns.fifo_topic_rate", "sns.fifo_topic_bytes"]),
    design("sns_message_group", &["sns.fifo_group_rate"]),
    field("server_queue", &["queue_limit"]),
];

/// Defaults of fields that need not be written.
const DEFAULTS: &[(&str, &str)] = &[("write_capacity_units", "dynamodb.write_units_default"), ("read_capacity_units", "dynamodb.read_units_default")];

impl Desk<'_> {
    /// The lever of a limit; none where nothing can be turned.
    pub fn of_limit(&self, record: &Record, limit: &LimitRecord) -> Option<Lever> {
        let node = &record.nodes[limit.node].name;
        let phrase = whole(node, &limit.phrase);
        let (turns, remedy) = match limit.name {
            "lambda_reserved_rate" | "lambda_reserved_concurrency" => (self.reserved(node), Remedy::Setting),
            "apigateway_route" => (self.pair(node, &["routes", quoted(&limit.phrase)?, "throttle"]), Remedy::Setting),
            "apigateway_plan" => (self.pair(node, &["usage_plans", quoted(&limit.phrase)?, "throttle"]), Remedy::Setting),
            "apigateway_quota" => (self.fields(node, &["usage_plans", quoted(&limit.phrase)?], &["quota.limit"]), Remedy::Setting),
            _ => self.by_row(node, limit)?,
        };
        (!turns.is_empty()).then_some(Lever { phrase, remedy, turns, refused: limit.refused })
    }

    fn by_row(&self, node: &str, limit: &LimitRecord) -> Option<(Vec<Turn>, Remedy)> {
        let (name, index) = limit.name.strip_prefix("Index").map_or((limit.name, None), |name| (name, index_of(&limit.phrase)));
        let row = ROWS.iter().find(|row| row.limit == name)?;
        let within: Vec<&str> = index.map_or_else(Vec::new, |index| vec!["global_secondary_indexes", index]);
        let turns = self.fields(node, &within, row.fields).into_iter().chain(row.quotas.iter().map(|quota| self.quota(quota)));
        Some((turns.collect(), row.remedy))
    }

    /// A function's own share of the account's concurrency, which leaves the others theirs.
    fn reserved(&self, node: &str) -> Vec<Turn> {
        let own = self.fields(node, &[], &["reserved_concurrency"]);
        let more = own.first().map_or(0.0, |own| own.from);
        let account = self.quota("lambda.concurrent_executions").adding(more);
        own.into_iter().chain((more > 0.0).then_some(account)).collect()
    }

    fn pair(&self, node: &str, within: &[&str]) -> Vec<Turn> {
        self.fields(node, within, &["rate", "burst"])
    }

    /// Those of the fields that the node has, or that have a default.
    pub fn fields(&self, node: &str, within: &[&str], fields: &[&str]) -> Vec<Turn> {
        let of_node = self.root.get("nodes").and_then(|nodes| nodes.get(node));
        let inner = within.iter().try_fold(of_node, |value, key| Some(value?.get(key))).flatten();
        let path = |field: &str| ["nodes", node].iter().chain(within).chain([&field]).copied().collect::<Vec<_>>().join(".");
        let turn = |field: &&str| {
            let written = field.split('.').try_fold(inner?, |value, key| value.get(key)).and_then(Value::text);
            match written {
                Some(text) => Turn::of(&path(field), text),
                None => self.default(field).map(|from| Turn::number(&path(field), from)),
            }
        };
        fields.iter().filter_map(turn).collect()
    }

    fn default(&self, field: &str) -> Option<f64> {
        DEFAULTS.iter().find(|(name, _)| *name == field).map(|(_, row)| self.platform.get(row))
    }

    fn quota(&self, name: &str) -> Turn {
        let written = self.root.get("quotas").and_then(|quotas| quotas.get(name)).and_then(Value::text);
        let path = format!("quotas.{name}");
        written.and_then(|text| Turn::of(&path, text)).unwrap_or_else(|| Turn::number(&path, self.platform.regional(name)))
    }

    /// The number of the event source of `function` that takes from `queue`.
    pub fn source(&self, function: &str, queue: &str) -> Option<usize> {
        let sources = self.root.get("nodes")?.get(function)?.get("event_sources")?;
        let Data::List(items) = &sources.data else { return None };
        items.iter().position(|item| item.get("queue").and_then(Value::text).or_else(|| item.text()) == Some(queue))
    }
}

/// An account's limit without the place where it is met.
fn whole(node: &str, phrase: &str) -> String {
    let bare = phrase.strip_suffix(&format!(" at `{node}`")).filter(|phrase| phrase.starts_with("the account's "));
    bare.unwrap_or(phrase).to_owned()
}

/// The first name in a phrase.
fn quoted(phrase: &str) -> Option<&str> {
    phrase.split('`').nth(1)
}

/// "the write capacity (5 WCU) of `orders`' index `by_day`"
fn index_of(phrase: &str) -> Option<&str> {
    let (_, after) = phrase.split_once(" index `")?;
    after.split('`').next()
}
