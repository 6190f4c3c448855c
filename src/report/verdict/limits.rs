//! Which limit refused what, in sentences: the strictest first, and what is next.
//!
//! An account-wide limit is registered once for each function that may meet it ("the account's unreserved concurrency (1000) at `f`"); here it
//! is ranked as what it is, one limit: refusals of all its functions together.

use super::super::messages::counter;
use super::super::number::{count, percent, plural};
use super::super::strain::Strain;
use crate::metrics::{LimitRecord, Record};
use crate::units::Time;

/// A limit, and every node at which it refuses.
pub(super) struct Limited {
    pub limit: LimitRecord,
    nodes: Vec<usize>,
}

/// Those that refused something, the strictest first.
pub(super) fn ranked(record: &Record) -> Vec<Limited> {
    let mut limits: Vec<Limited> = Vec::new();
    for limit in record.limits.iter().filter(|l| l.refused > 0) {
        match limits.iter_mut().find(|l| is_one(record, &l.limit, limit)) {
            Some(all) => all.add(limit),
            None => limits.push(Limited { limit: limit.clone(), nodes: vec![limit.node] }),
        }
    }
    for all in limits.iter_mut().filter(|l| l.nodes.len() > 1) {
        all.limit.phrase = whole(record, &all.limit).unwrap_or_default().to_owned();
    }
    limits.sort_by_key(|l| std::cmp::Reverse(l.limit.refused));
    limits
}

/// The phrase of an account-wide limit without the place where it is met.
fn whole<'l>(record: &Record, limit: &'l LimitRecord) -> Option<&'l str> {
    let place = format!(" at `{}`", record.nodes[limit.node].name);
    limit.phrase.strip_suffix(&place).filter(|phrase| phrase.starts_with("the account's "))
}

fn is_one(record: &Record, a: &LimitRecord, b: &LimitRecord) -> bool {
    a.name == b.name && whole(record, a).is_some() && whole(record, a) == whole(record, b)
}

impl Limited {
    fn add(&mut self, other: &LimitRecord) {
        let (all, more) = (&mut self.limit, &other.windows);
        all.refused += other.refused;
        all.windows.resize(all.windows.len().max(more.len()), 0);
        all.windows.iter_mut().zip(more).for_each(|(sum, n)| *sum += n);
        self.nodes.push(other.node);
    }

    /// As [`arrived`], at all its nodes.
    fn arrived(&self, record: &Record) -> Option<u64> {
        let at = |node: &usize| calls(record, *node);
        let arrived = self.nodes.iter().map(at).sum();
        (arrived >= self.limit.refused && arrived > 0).then_some(arrived)
    }
}

fn calls(record: &Record, node: usize) -> u64 {
    let node = &record.nodes[node];
    let whole_run = if record.warm_up == Time::ZERO { node.tally.arrived } else { 0 };
    let calls = if node.arrived > 0 { node.arrived } else { whole_run };
    // An event is a call when it comes, and one more at each attempt.
    calls.saturating_sub(if node.arrived > 0 { counter(node, "AsyncEventsReceived") } else { 0 })
}

/// How many calls reached a limit's node in the measured time; none where that is not known or would make no sense.
pub fn arrived(record: &Record, limit: &LimitRecord) -> Option<u64> {
    let arrived = calls(record, limit.node);
    (arrived >= limit.refused && arrived > 0).then_some(arrived)
}

/// "From 10 m 40 s on X is the limit: it refused …"
pub(super) fn limit(record: &Record, all: &Limited) -> String {
    let limit = &all.limit;
    let (phrase, noun) = (&limit.phrase, noun(record, limit));
    let refused = match all.arrived(record) {
        Some(arrived) => format!("{} of {} ({})", count(limit.refused), plural(arrived, noun), percent(limit.refused, arrived)),
        None => plural(limit.refused, noun),
    };
    let Some(strain) = Strain::of(record, limit) else {
        return format!("Now and then {phrase} refuses a little: {refused}.");
    };
    let mostly = strain.mostly.as_ref().filter(|_| limit.refused > 10);
    let mostly = mostly.map_or(String::new(), |span| format!(", most of them between {} and {}", span.start, span.end));
    let when = match (strain.starts(record), strain.lasts(record)) {
        (true, true) => format!("Throughout the run {phrase} is the limit"),
        (false, true) => format!("From {} on {phrase} is the limit", strain.from),
        (true, false) => format!("Until {} {phrase} was the limit", strain.until),
        (false, false) => format!("Between {} and {} {phrase} was the limit", strain.from, strain.until),
    };
    format!("{when}: it refused {refused}{mostly}.")
}

/// Less than this share of all calls is nothing to begin with.
const SLIGHT: f64 = 0.001;

/// What is said of a limit that refused next to nothing, where there is something else to say.
pub(super) fn slight(record: &Record, all: &Limited) -> Option<String> {
    let (limit, arrived) = (&all.limit, all.arrived(record)?);
    let share = percent(limit.refused, arrived);
    let said = format!("Besides, {} refused {} of {} ({share}).", limit.phrase, count(limit.refused), plural(arrived, noun(record, limit)));
    ((limit.refused as f64) < SLIGHT * arrived as f64).then_some(said)
}

/// Clients send requests; nodes call one another.
fn noun(record: &Record, limit: &LimitRecord) -> &'static str {
    if record.routes.iter().any(|r| r.node == limit.node) { "request" } else { "call" }
}

/// The second limit, and how many more there are.
pub(super) fn next(record: &Record, others: &[Limited]) -> Option<String> {
    let (second, rest) = others.split_first().map(|(second, rest)| (&second.limit, rest))?;
    let when = Strain::of(record, second).map_or(" now and then".into(), |strain| match (strain.starts(record), strain.lasts(record)) {
        (true, true) => String::new(),
        (false, true) => format!(" from {} on", strain.from),
        (true, false) => format!(" until {}", strain.until),
        (false, false) => format!(" between {} and {}", strain.from, strain.until),
    });
    let more = match rest.len() {
        0 => String::new(),
        1 => "; one more limit refused something".into(),
        n => format!("; {n} more limits refused something"),
    };
    Some(format!("Next is {}, which refused {}{when}{more}.", second.phrase, plural(second.refused, noun(record, second))))
}
