//! Why it costs that: what part of the total goes for something that nobody wanted.
//!
//! ```text
//! cold starts      billed INIT ÷ billed duration        × what duration costs
//! retries          calls beyond the first ÷ charged     × what the workload's, the function's or the consumers' work costs
//! empty receives   empty ÷ billed requests              × what the queue costs
//! unused capacity  1 − used ÷ provided                  × what is provided costs
//! spare memory     1 − 128 MB ÷ memory                  × the duration of a function that only waits
//! waiting          1 − own work ÷ duration              × what duration costs
//! ```
//!
//! Calls are taken to cost alike. A throttled call costs nothing where it is refused, so that only what ran again counts. Parts may overlap: a cold start in a
//! retry is in both. Work of branches at
//! the same time is added up, so that waiting beside it is not seen.

use crate::metrics::{NodeRecord, Record};
use crate::scenario::Scenario;
use crate::service::Spec;

use super::statement::{Cause, Entry, Statement};
use super::tally::{Usage, total};

/// Amounts below are no matter.
const LEAST_USD: f64 = 1e-9;

/// Everything that is known, the largest first.
pub(super) fn of(scenario: &Scenario, record: &Record, statement: &Statement, usages: &[Usage]) -> Vec<Cause> {
    let mut causes = Vec::new();
    for node in &record.nodes {
        causes.extend(of_node(node, statement));
    }
    causes.extend(unused(statement, usages));
    causes.extend(scenario.workloads.iter().enumerate().filter_map(|(at, (name, _))| retried(record, statement, at, &name.value)));
    for (name, spec) in &scenario.nodes {
        if let Spec::Lambda(function) = spec {
            let duration = usd(statement, &name.value, |entry| entry.key.starts_with("lambda.duration."));
            let spare = function.spare_memory();
            causes.push(cause("spare_memory", &name.value, duration * spare, format!("memory of `{}`, which only waits", name.value)));
            for source in &function.event_sources {
                causes.extend(redelivered(record, statement, &source.queue.value, &name.value));
            }
        }
    }
    causes.retain(|cause| cause.usd > LEAST_USD);
    causes.sort_by(|a, b| b.usd.total_cmp(&a.usd));
    causes
}

fn cause(name: &'static str, node: &str, usd: f64, words: String) -> Cause {
    Cause { name, node: node.to_owned(), usd, words }
}

/// USD of some lines of a node.
fn usd(statement: &Statement, node: &str, which: impl Fn(&Entry) -> bool) -> f64 {
    statement.lines.iter().filter(|entry| entry.node == node && which(entry)).filter_map(|entry| entry.usd).sum()
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

fn of_node(node: &NodeRecord, statement: &Statement) -> Vec<Cause> {
    let (name, count) = (&node.name, |counter: &str| total(node, counter, None));
    match node.kind {
        "lambda" => {
            let duration = usd(statement, name, |entry| entry.key.starts_with("lambda.duration."));
            let cold = share(count("BilledInitDuration"), count("BilledDuration") - count("ProvisionedBilledDuration"));
            let again = share(count("AsyncEventRetries"), count("Invocations"));
            let waited = share(duration_ms(node) - count("ComputeDuration"), count("BilledDuration"));
            vec![
                cause("cold_starts", name, duration * cold, format!("cold starts of `{name}`")),
                cause("waiting", name, duration * waited, format!("waiting for others while `{name}` is billed")),
                cause("retries", name, usd(statement, name, |entry| !entry.standing) * again, format!("retried events of `{name}`")),
            ]
        }
        "sqs" => {
            let empty = share(count("NumberOfEmptyReceives"), count("BilledRequests"));
            vec![cause("empty_receives", name, usd(statement, name, |_| true) * empty, format!("empty receives of `{name}`"))]
        }
        _ => Vec::new(),
    }
}

/// Milliseconds in all.
fn duration_ms(node: &NodeRecord) -> f64 {
    let durations = node.latencies.iter().find(|latency| latency.name == "Duration").map(|latency| &latency.distribution);
    durations.map_or(0.0, |all| all.mean_s().unwrap_or(0.0) * 1e3 * all.count() as f64)
}

/// Capacity that was paid and not used.
fn unused(statement: &Statement, usages: &[Usage]) -> Vec<Cause> {
    let of = |(usage, entry): (&Usage, &Entry)| {
        let (used, usd) = (usage.used?, entry.usd?);
        let of = entry.dimension.as_ref().map_or_else(|| format!("`{}`", entry.node), |index| format!("index `{index}` of `{}`", entry.node));
        let (name, what) = match entry.kind {
            "lambda" => ("unused_provisioned_concurrency", "provisioned concurrency"),
            _ if entry.key.contains("read") => ("unused_capacity", "read capacity"),
            _ => ("unused_capacity", "write capacity"),
        };
        Some(cause(name, &entry.node, usd * (1.0 - used), format!("unused {what} of {of}")))
    };
    usages.iter().zip(&statement.lines).filter_map(of).collect()
}

/// A client's attempts beyond the first that were charged.
fn retried(record: &Record, statement: &Statement, at: usize, workload: &str) -> Option<Cause> {
    let routes = || record.routes.iter().filter(|route| route.workload == workload);
    let node = record.nodes.get(routes().next()?.node)?;
    let attempts: f64 = routes().map(|route| route.answers.attempts as f64).sum();
    let answered: f64 = routes().map(|route| route.answers.answered() as f64).sum();
    // Attempts that were refused are not charged, whichever of a request's they were; so at least as many of the rest are retries.
    let refused = match node.kind {
        "api_gateway" => {
            node.counters.iter().filter(|counter| counter.name == "ThrottledCount").filter_map(|counter| counter.by_workload.get(at)).sum::<u64>()
                as f64
        }
        _ => total(node, "Throttles", None) + total(node, "ThrottledRequests", None),
    };
    let share = share(attempts - refused - answered, attempts - refused);
    let of_workload = |entry: &Entry| entry.by_workload.get(at).copied().filter(|_| !entry.standing);
    let usd: f64 = statement.lines.iter().filter_map(of_workload).sum();
    Some(cause("retries", workload, usd * share, format!("retries of `{workload}`")))
}

/// Messages that were worked on more than once.
fn redelivered(record: &Record, statement: &Statement, queue: &str, function: &str) -> Option<Cause> {
    let node = record.nodes.iter().find(|node| node.name == queue)?;
    let again = share(total(node, "RedeliveredMessages", None), total(node, "NumberOfMessagesReceived", None));
    let usd = usd(statement, function, |entry| !entry.standing);
    Some(cause("retries", function, usd * again, format!("messages of `{queue}` that `{function}` works on again")))
}
