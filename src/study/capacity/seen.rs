//! What is kept of a run at one level of load: its figures, and what limited it.
//!
//! ```text
//! first  = the limit whose strain begins first        most = the limit that refused most        waits = where time goes that no limit takes by refusing
//! ```
//!
//! An account-wide limit is met at several functions, and is one limit: refusals of all of them together.

use serde::{Deserialize, Serialize};

use crate::metrics::Cause;
use crate::report::{Limit, Report};
use crate::study::{Replication, Run};

/// What is said to wait, of all that takes time.
const WAITING: [Cause; 3] = [Cause::Queue, Cause::ColdStart, Cause::BackOff];
/// A smaller share of a request's time is nothing that limits.
const SLIGHT: f64 = 0.1;
/// The percentile of the request that is asked where its time went.
const SLOW: f64 = 99.0;

/// See the module.
#[derive(Clone, Debug)]
pub struct Seen {
    pub replication: Replication,
    pub refusals: Vec<Refusal>,
    pub waits: Option<Waits>,
}

/// A limit that refused something.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// "`orders`' write capacity (20 WCU)".
    pub phrase: String,
    pub refused: u64,
    /// From when on it refused 1 % of what clients offer.
    pub from_s: Option<f64>,
}

/// Where the time of slow requests goes, or why messages wait, where no limit refuses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waits {
    /// In words: "62 % of the time of slow requests is waiting in a queue, the longest before `desk`".
    pub words: String,
    /// Of the time of a request at p99; null where it is messages that wait.
    pub share: Option<f64>,
}

impl Seen {
    pub fn of(run: &Run) -> Self {
        let refusals = refusals(&run.report.limits);
        let waits = waits(&run.report);
        Self { replication: run.replication(), refusals, waits }
    }
}

fn refusals(limits: &[Limit]) -> Vec<Refusal> {
    let mut found: Vec<Refusal> = Vec::new();
    for limit in limits {
        let phrase = whole(limit);
        match found.iter_mut().find(|other| other.phrase == phrase) {
            Some(other) => {
                other.refused += limit.refused;
                other.from_s = earlier(other.from_s, limit.from_s);
            }
            None => found.push(Refusal { phrase: phrase.to_owned(), refused: limit.refused, from_s: limit.from_s }),
        }
    }
    found
}

/// An account-wide limit without the place where it is met.
fn whole(limit: &Limit) -> &str {
    let place = format!(" at `{}`", limit.node);
    limit.phrase.strip_suffix(&place).filter(|phrase| phrase.starts_with("the account's ")).unwrap_or(&limit.phrase)
}

pub fn earlier(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn waits(report: &Report) -> Option<Waits> {
    of_requests(report).or_else(|| of_messages(report))
}

/// Of the workload with most requests.
fn of_requests(report: &Report) -> Option<Waits> {
    let workload = report.workloads.iter().max_by_key(|workload| workload.total.ok)?;
    let spent = workload.total.time_spent.iter().find(|spent| spent.percent == SLOW)?;
    let time = |cause: &Cause| spent.causes.iter().filter(|share| share.cause == cause.key()).map(|share| share.time_s).sum::<f64>();
    let (cause, time_s) = WAITING.iter().map(|cause| (cause, time(cause))).max_by(|a, b| a.1.total_cmp(&b.1))?;
    let share = time_s / spent.latency_s;
    if share.is_nan() || share < SLIGHT {
        return None;
    }
    let place = longest(report).filter(|_| *cause == Cause::Queue).map_or_else(String::new, |node| format!(", the longest before `{node}`"));
    Some(Waits { words: format!("{:.0} % of the time of slow requests is {}{place}", share * 100.0, cause.name()), share: Some(share) })
}

/// The node with the longest queue.
fn longest(report: &Report) -> Option<&str> {
    let length =
        |node: &&crate::report::Node| node.gauges.iter().filter(|gauge| gauge.name == "QueueLength").map(|gauge| gauge.mean).fold(0.0, f64::max);
    report.nodes.iter().max_by(|a, b| length(a).total_cmp(&length(b))).filter(|node| length(node) > 0.0).map(|node| node.name.as_str())
}

/// What the verdict says first, where there are queues whose messages may wait and requests do not.
fn of_messages(report: &Report) -> Option<Waits> {
    let first = report.verdict.first().filter(|_| report.queues.iter().any(|queue| queue.backlog.drain_s.is_none() && queue.backlog.peak > 0))?;
    Some(Waits { words: first.trim_end_matches('.').to_owned(), share: None }).filter(|_| report.limits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_wide_limit_is_one_wherever_it_is_met() {
        let limit = |node: &str, phrase: String, refused, from_s| Limit {
            node: node.into(),
            name: "limit".into(),
            phrase,
            refused,
            arrived: None,
            from_s,
            until_s: from_s,
            series: Vec::new(),
        };
        let account = |node: &str| format!("the account's unreserved concurrency (1000) at `{node}`");
        let found = refusals(&[
            limit("f", account("f"), 9, Some(20.0)),
            limit("orders", "`orders`' write capacity (20 WCU)".into(), 5, None),
            limit("g", account("g"), 3, Some(10.0)),
        ]);
        let said: Vec<_> = found.iter().map(|one| (one.phrase.as_str(), one.refused, one.from_s)).collect();
        assert_eq!(said, [("the account's unreserved concurrency (1000)", 12, Some(10.0)), ("`orders`' write capacity (20 WCU)", 5, None)]);
    }
}
