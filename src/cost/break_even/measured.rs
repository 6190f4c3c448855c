//! The break-evens of a scenario: its tables, functions, queues and APIs as they are, and where a run of it stands.
//!
//! ```text
//! provisioned      utilisation = consumed a second ÷ units
//! on demand        utilisation = mean ÷ the busiest window: of the capacity that would just carry it
//! month            as a statement has it: what was measured × 730 h ÷ measured time, or by parts
//! architecture     where invocations take as long on the other one
//! ```
//!
//! Left out: indexes and replicas, tables whose capacity scales itself, WebSocket APIs; functions that were never invoked have no position.

use super::architecture::{Work, architectures};
use super::cases::{Function, batch_size, capacity_mode, lambda_or_fargate, provisioned_concurrency, rest_or_http};
use super::{BreakEven, Found, Present};
use crate::cost::{Book, Extrapolation, Missing};
use crate::metrics::{NodeRecord, Record};
use crate::platform::quota;
use crate::scenario::Scenario;
use crate::service::{Spec, api_gateway, dynamodb, lambda};

/// What a run says of a node.
struct Seen<'r> {
    record: &'r Record,
    node: &'r NodeRecord,
    month: Extrapolation,
}

/// The break-evens of a scenario at the prices of the book, with its positions where a run of it is given.
pub fn of_scenario(book: &Book, scenario: &Scenario, record: Option<&Record>) -> Found {
    let mut found = Found::default();
    for (name, spec) in &scenario.nodes {
        let seen = record.and_then(|record| Seen::of(scenario, record, &name.value, book));
        match spec {
            Spec::DynamoDb(table) => capacities(&mut found, book, &name.value, table, seen.as_ref()),
            Spec::Lambda(function) => of_function(&mut found, book, &name.value, function, seen.as_ref()),
            Spec::ApiGateway(api) => kind_of_api(&mut found, book, &name.value, api, seen.as_ref()),
            _ => {}
        }
    }
    batches(&mut found, book, scenario, record);
    found
}

impl<'r> Seen<'r> {
    fn of(scenario: &Scenario, record: &'r Record, name: &str, book: &Book) -> Option<Self> {
        let node = record.nodes.iter().find(|node| node.name == name)?;
        let seconds = record.simulated.min(record.duration).saturating_sub(record.warm_up).as_secs_f64();
        let month = Extrapolation::of(scenario, record, book.month_hours());
        (seconds > 0.0).then_some(Self { record, node, month })
    }

    /// Of the whole measured time; 0 where nothing was counted.
    fn sum(&self, counter: &str) -> f64 {
        self.node.counters.iter().find(|one| one.name == counter && one.dimension.is_none()).map_or(0.0, |one| one.value())
    }

    /// A level's mean; 0 where there is none.
    fn level(&self, gauge: &str) -> f64 {
        self.node.gauges.iter().find(|one| one.name == gauge).map_or(0.0, |one| one.scaled(one.mean))
    }

    fn a_second(&self, counter: &str) -> f64 {
        self.a_month(counter) / (self.month.month_hours * 3600.0)
    }

    /// Of the node as a whole, for a month.
    fn a_month(&self, counter: &str) -> f64 {
        self.node.counters.iter().filter(|one| one.name == counter && one.dimension.is_none()).map(|one| self.month.counted(one)).sum()
    }

    /// Of the measured window with the most, a second.
    fn busiest(&self, counter: &str) -> f64 {
        let Some(one) = self.node.counters.iter().find(|one| one.name == counter && one.dimension.is_none()) else { return 0.0 };
        let of = |window: usize| f64::from(one.windows.get(window).copied().unwrap_or(0.0)) / f64::from(one.per) / self.record.window_s(window);
        self.record.measured_windows().map(of).fold(0.0, f64::max)
    }
}

fn capacities(found: &mut Found, book: &Book, name: &str, table: &dynamodb::Spec, seen: Option<&Seen>) {
    if table.auto_scaling.is_some() {
        return;
    }
    let sides =
        [("write", "ConsumedWriteCapacityUnits", &table.write_capacity_units), ("read", "ConsumedReadCapacityUnits", &table.read_capacity_units)];
    for (side, consumed, given) in sides {
        let default = || quota::value(&format!("dynamodb.{side}_units_default"), book.as_of());
        let given = given.as_ref().map_or_else(default, |units| units.value as f64);
        let is_provisioned = table.billing_mode == dynamodb::BillingMode::Provisioned;
        let carried = seen.map(|seen| seen.busiest(consumed).ceil()).filter(|units| *units > 0.0).unwrap_or(1.0);
        let units = if is_provisioned { given.max(1.0) } else { carried };
        let present = seen.map(|seen| match is_provisioned {
            true => Present { at: seen.a_second(consumed) / units, because: "what was consumed of the units that are provisioned".into() },
            false => Present { at: seen.a_second(consumed) / units, because: "the mean, of units that just carry the busiest window".into() },
        });
        let of = format!("`{name}`, {side}s");
        found.take(&of, capacity_mode(book, "standard", side, units).map(|one| one.at(name, present)));
    }
}

fn of_function(found: &mut Found, book: &Book, name: &str, spec: &lambda::Spec, seen: Option<&Seen>) {
    let invocations = seen.map_or(0.0, |seen| seen.sum("Invocations"));
    let billed_s = seen.map_or(0.0, |seen| seen.sum("BilledDuration") / 1e3);
    let usual = Function::default();
    let mean_s = if invocations > 0.0 { billed_s / invocations } else { usual.billed_s };
    let function = Function { architecture: spec.architecture.word(), gb: spec.memory.value.as_gb(), billed_s: mean_s };
    let given = spec.provisioned_concurrency.as_ref().map_or(0.0, |kept| kept.value as f64);
    // What scales by a schedule or a target was kept in the mean.
    let kept = seen.map(|seen| seen.level("AllocatedProvisionedConcurrency")).filter(|mean| *mean > 0.0).unwrap_or(given);
    let environments = seen.map_or(0.0, |seen| (seen.busiest("BilledDuration") / 1e3).ceil()).max(1.0);
    let ready = match kept > 0.0 {
        true => seen.map(|seen| held(seen, kept)),
        false => seen.map(|seen| {
            let at = seen.a_second("BilledDuration") / 1e3 / environments;
            Present { at, because: "mean concurrency, of environments that just carry the busiest window".into() }
        }),
    };
    let kept = if kept > 0.0 { kept } else { environments };
    found.take(&format!("`{name}`, provisioned concurrency"), provisioned_concurrency(book, &function, kept).map(|one| one.at(name, ready)));
    found.take(&format!("`{name}`, architecture"), architecture(book, name, &function, seen));
    let rate = seen.map(|seen| Present { at: seen.a_second("Invocations"), because: "invocations a second of the run".into() });
    found.take(&format!("`{name}`, containers"), lambda_or_fargate(book, &function, environments).map(|one| one.at(name, rate)));
}

/// A function where it runs, and on the other architecture.
fn architecture(book: &Book, name: &str, function: &Function, seen: Option<&Seen>) -> Result<BreakEven, Missing> {
    let Some(seen) = seen.filter(|seen| seen.sum("BilledDuration") > 0.0) else {
        let one = architectures(book, function.architecture, Work { on_demand: 1e6, ..Work::default() })?;
        return Ok(one.at(name, None));
    };
    let gb_s = |billed_ms: f64| billed_ms / 1e3 * function.gb;
    let provisioned = seen.a_month("ProvisionedBilledDuration");
    let kept_ready = seen.level("AllocatedProvisionedConcurrency") * function.gb * book.month_hours() * 3600.0;
    let work = Work { on_demand: gb_s(seen.a_month("BilledDuration") - provisioned), provisioned: gb_s(provisioned), kept_ready };
    let present = Present { at: 1.0, because: "the mean of the run's invocations".into() };
    Ok(architectures(book, function.architecture, work)?.at(name, Some(present)).switched(function.billed_s))
}

/// How busy the environments are that are kept ready.
fn held(seen: &Seen, kept: f64) -> Present {
    let at = seen.level("ProvisionedConcurrentExecutions") / kept;
    Present { at, because: "those that were busy in the mean, of environments that were kept ready".into() }
}

fn kind_of_api(found: &mut Found, book: &Book, name: &str, api: &api_gateway::Spec, seen: Option<&Seen>) {
    if api.protocol == api_gateway::Protocol::Websocket {
        return;
    }
    let count = seen.map_or(0.0, |seen| seen.sum("Count"));
    let more = seen.map_or(0.0, |seen| seen.sum("AdditionalRequestUnits"));
    let steps = if count > 0.0 { 1.0 + more / count } else { 1.0 };
    let present = seen.map(|seen| Present { at: seen.a_month("Count"), because: "requests of the run, for a month".into() });
    found.take(&format!("`{name}`, kind of API"), rest_or_http(book, steps).map(|one| one.at(name, present)));
}

/// Queues that functions are fed from.
fn batches(found: &mut Found, book: &Book, scenario: &Scenario, record: Option<&Record>) {
    for (name, spec) in &scenario.nodes {
        let Spec::Sqs(queue) = spec else { continue };
        let feeds =
            |spec: &Spec| matches!(spec, Spec::Lambda(function) if function.event_sources.iter().any(|source| source.queue.value == name.value));
        if !scenario.nodes.iter().any(|(_, spec)| feeds(spec)) {
            continue;
        }
        let seen = record.and_then(|record| Seen::of(scenario, record, &name.value, book));
        let messages = seen.as_ref().map_or(0.0, |seen| seen.a_month("NumberOfMessagesSent"));
        let messages = if messages > 0.0 { messages } else { 1e6 };
        let key = if queue.fifo.is_some() { "sqs.fifo" } else { "sqs.standard" };
        let present = seen.as_ref().and_then(full);
        found.take(&format!("`{}`, batch size", name.value), batch_size(book, key, messages, None).map(|one| one.at(&name.value, present)));
    }
}

/// How full the requests are: sends, receives and deletes of messages by those requests that are billed and found something.
fn full(seen: &Seen) -> Option<Present> {
    let messages: f64 = ["NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted"].iter().map(|name| seen.sum(name)).sum();
    let requests = seen.sum("BilledRequests") - seen.sum("NumberOfEmptyReceives");
    let because = "messages sent, received and deleted, by requests that were billed for them".to_owned();
    (requests > 0.0).then(|| Present { at: messages / requests, because })
}
