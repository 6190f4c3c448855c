//! What goes wrong with messages, in sentences: lost ones first, then backlogs that grow, then work that is done twice.
//!
//! ```text
//! never processed > after failures, events dropped, deliveries given up, expired        then by how many
//! > a growing backlog > messages that waited for pollers > deletions that came too late
//! ```
//!
//! Dead-letter queues only grow, and that is no trouble of their own: it is told of the queue that the letters come from.

use super::super::messages::{self, Queue, counter, end_of, gauge, length_s, mappings};
use super::super::number::{count, decimal, plural};
use super::super::wiring::Wiring;
use super::waiting::waiting;
use crate::metrics::{LimitRecord, NodeRecord, Record};

/// More would be a list: the sections have them all.
const SENTENCES: usize = 3;
/// A backlog grows where this share of what arrives is added to it.
const GROWTH_SHARE: f64 = 0.02;
/// Fewer messages than these are no backlog.
const FEWEST: u64 = 10;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Twice,
    Waiting,
    Growing,
    Lost,
}

struct Trouble {
    rank: Rank,
    messages: u64,
    said: String,
}

/// The gravest, and how many messages the first is about.
pub(super) fn sentences(record: &Record, wiring: &Wiring) -> (Vec<String>, u64) {
    let queues = messages::queues(record, wiring).into_iter().flat_map(|queue| of_queue(record, wiring, &queue));
    let nodes = record.nodes.iter().flat_map(|node| dropped(node).into_iter().chain(given_up(node)));
    let mut troubles: Vec<Trouble> = queues.chain(nodes).collect();
    troubles.sort_by_key(|t| std::cmp::Reverse((t.rank, t.messages)));
    let first = troubles.first().map_or(0, |t| t.messages);
    (troubles.into_iter().take(SENTENCES).map(|t| t.said).collect(), first)
}

fn of_queue(record: &Record, wiring: &Wiring, queue: &Queue) -> Vec<Trouble> {
    let waiting = waiting(record, wiring, queue).map(|(messages, said)| Trouble { rank: Rank::Waiting, messages, said });
    [never_processed(record, wiring, queue), failed(queue), expired(queue), growing(record, wiring, queue), waiting, twice(queue)]
        .into_iter()
        .flatten()
        .collect()
}

fn lost(messages: u64, said: String) -> Option<Trouble> {
    (messages > 0).then_some(Trouble { rank: Rank::Lost, messages, said })
}

fn reached(queue: &Queue) -> String {
    queue.dead_lettered.queue.as_ref().map_or("were dead-lettered".into(), |to| format!("reached `{to}`"))
}

fn never_processed(record: &Record, wiring: &Wiring, queue: &Queue) -> Option<Trouble> {
    let n = queue.dead_lettered.never_processed;
    let why = match throttling(record, wiring, &queue.name) {
        Some(limit) => {
            let times = queue.throttled_invocations.max(1);
            format!("{} throttled the pollers {}, and each batch they gave up spent a receive", limit.phrase, plural(times, "time"))
        }
        None => "they were received as often as is allowed, and no function ran on them".into(),
    };
    lost(n, format!("{} of `{}` {} without ever being processed: {why}.", plural(n, "message"), queue.name, reached(queue)))
}

/// Of the functions that a queue feeds, the limit that refused most.
fn throttling<'r>(record: &'r Record, wiring: &Wiring, queue: &str) -> Option<&'r LimitRecord> {
    let throttled = mappings(record, queue, wiring).any(|mapping| counter(mapping, "ThrottledInvokes") > 0);
    let is_fed = |limit: &&LimitRecord| wiring.fed_by(queue).any(|function| record.nodes[limit.node].name == function);
    record.limits.iter().filter(|limit| limit.refused > 0 && throttled).filter(is_fed).max_by_key(|limit| limit.refused)
}

fn failed(queue: &Queue) -> Option<Trouble> {
    let dead = &queue.dead_lettered;
    let causes = [
        (dead.after_errors, "after errors of the function"),
        (dead.after_timeouts, "after its time-outs"),
        (dead.after_overruns, "after outrunning the visibility timeout"),
        (dead.behind_failures, "returned untried behind a failure"),
    ];
    let n = causes.iter().map(|(n, _)| n).sum();
    let parts: Vec<_> = causes.into_iter().filter(|(n, _)| *n > 0).collect();
    let how = match &parts[..] {
        [(_, cause)] => format!(" {cause}"),
        parts => format!(": {}", parts.iter().map(|(n, cause)| format!("{} {cause}", count(*n))).collect::<Vec<_>>().join(", ")),
    };
    lost(n, format!("{} of `{}` {}{how}.", plural(n, "message"), queue.name, reached(queue)))
}

fn expired(queue: &Queue) -> Option<Trouble> {
    let n = queue.expired;
    lost(n, format!("{} expired in `{}` before anybody dealt with {}.", plural(n, "message"), queue.name, if n == 1 { "it" } else { "them" }))
}

/// Asynchronous events of a function that were given up.
fn dropped(node: &NodeRecord) -> Option<Trouble> {
    let n = counter(node, "AsyncEventsDropped");
    let causes =
        [(counter(node, "AsyncEventsDroppedNeverRun"), "without ever being run"), (counter(node, "AsyncEventsDroppedAfterErrors"), "after errors")];
    let parts: Vec<_> = causes.into_iter().filter(|(n, _)| *n > 0).collect();
    let how = match &parts[..] {
        [] => String::new(),
        [(all, cause)] if *all == n => format!(" {cause}"),
        parts => format!(": {}", parts.iter().map(|(n, cause)| format!("{} {cause}", count(*n))).collect::<Vec<_>>().join(", ")),
    };
    lost(n, format!("`{}` dropped {}{how}.", node.name, plural(n, "asynchronous event")))
}

/// Deliveries that a topic made in vain to the end.
fn given_up(node: &NodeRecord) -> Option<Trouble> {
    let (n, kept) = (counter(node, "DeliveriesGivenUp"), counter(node, "NumberOfNotificationsRedrivenToDlq"));
    let deliveries = if n == 1 { "1 delivery".into() } else { format!("{} deliveries", count(n)) };
    let fate = match kept {
        0 => ", and kept none of them".into(),
        _ if kept == n => ": all of them went to its dead-letter queue".into(),
        _ => format!(": {} of them went to its dead-letter queue", count(kept)),
    };
    lost(n, format!("`{}` gave up {deliveries}{fate}.", node.name))
}

/// Arrivals against what is dealt with, over the last fifth of the run.
fn growing(record: &Record, wiring: &Wiring, queue: &Queue) -> Option<Trouble> {
    let node = record.nodes.iter().find(|n| n.name == queue.name)?;
    let waits = queue.backlog.visible;
    let windows = end_of(record);
    let seconds = length_s(record, &windows).max(f64::MIN_POSITIVE);
    let rate = |names: &[&str]| {
        let counted = node.counters.iter().filter(|c| names.contains(&c.name) && c.dimension.is_none());
        let sum = counted.flat_map(|c| windows.clone().filter_map(|k| c.windows.get(k))).map(|n| f64::from(*n)).sum::<f64>();
        sum / seconds
    };
    let came = rate(&["NumberOfMessagesSent", "RedrivenInMessages"]);
    let went = rate(&["NumberOfMessagesDeleted", "DeadLetteredMessages", "ExpiredMessages", "RedrivenOutMessages"]);
    let is_read = queue.received > 0 && !wiring.is_for_dead_letters(&queue.name);
    let grows = queue.backlog.growth_per_s > GROWTH_SHARE * came
        && came - went > GROWTH_SHARE * came
        && gauge(node, "ApproximateNumberOfMessagesVisible").is_some();
    let said = format!(
        "The backlog of `{}` grows: {} messages a second arrive and {} are dealt with, and {} when the run ends.",
        queue.name,
        decimal(came),
        decimal(went),
        if waits == 1 { "1 waits".into() } else { format!("{} wait", count(waits)) }
    );
    (is_read && grows && waits >= FEWEST).then_some(Trouble { rank: Rank::Growing, messages: waits, said })
}

fn twice(queue: &Queue) -> Option<Trouble> {
    let n = queue.late_deletes.min(queue.redelivered);
    let said = format!(
        "`{}` gave out {} again while the delivery before was still being worked on: that work was done more than once.",
        queue.name,
        plural(n, "message")
    );
    (n > 0).then_some(Trouble { rank: Rank::Twice, messages: n, said })
}

#[cfg(test)]
mod tests {
    use super::super::sentences as verdict;
    use super::*;
    use crate::metrics::Recorder;
    use crate::units::Time;

    fn wiring() -> Wiring {
        let pair = |a: &str, b: &str| vec![(a.to_owned(), b.to_owned())];
        Wiring { feeds: pair("orders", "work"), dead_letters: pair("orders", "dlq"), ..Wiring::default() }
    }

    /// A queue whose counters add this much at half time, and whose backlog is `level` at each of a thousand seconds.
    fn said(counters: &[(&'static str, u64)], level: impl Fn(u64) -> u64) -> Vec<String> {
        let mut r = Recorder::new(Time::from_secs(1000), Time::ZERO);
        let (queue, _) = (r.node("orders", "sqs"), r.node("dlq", "sqs"));
        let (work, mapping) = (r.node("work", "lambda"), r.node("orders → work", "event_source_mapping"));
        let visible = r.gauge(queue, "ApproximateNumberOfMessagesVisible");
        let (sent, deleted, received) =
            (r.counter(queue, "NumberOfMessagesSent"), r.counter(queue, "NumberOfMessagesDeleted"), r.counter(queue, "NumberOfMessagesReceived"));
        let added: Vec<_> = counters
            .iter()
            .map(|(name, n)| {
                let node = if *name == "ThrottledInvokes" {
                    mapping
                } else if name.starts_with("Async") {
                    work
                } else {
                    queue
                };
                (r.counter(node, name), *n)
            })
            .collect();
        let limit = r.limit(work, "lambda_reserved_concurrency", "`work`'s reserved concurrency (5)".into());
        for second in 0..1000 {
            let now = Time::from_secs(second);
            r.close_until(now);
            r.count(sent, 100);
            r.count(received, 100);
            r.count(deleted, 100 + level(second) - level(second + 1).min(100 + level(second)));
            r.set(visible, now, level(second));
            if second == 500 {
                added.iter().for_each(|(counter, n)| r.count(*counter, *n));
                (0..counters.iter().find(|c| c.0 == "ThrottledInvokes").map_or(0, |c| c.1)).for_each(|_| r.refuse(limit));
            }
        }
        verdict(&r.finish(Time::from_secs(1000)), &wiring())
    }

    #[test]
    fn the_limit_that_kept_messages_from_being_processed_is_named() {
        let said = said(&[("DeadLetteredMessages", 6210), ("DeadLetteredNeverProcessed", 6210), ("ThrottledInvokes", 1863)], |_| 0);
        assert_eq!(
            said[0],
            "6,210 messages of `orders` reached `dlq` without ever being processed: `work`'s reserved concurrency (5) throttled the pollers 1,863 \
             times, and each batch they gave up spent a receive."
        );
    }

    #[test]
    fn dead_letters_are_told_by_their_causes() {
        let one = said(&[("DeadLetteredAfterErrors", 7)], |_| 0);
        assert_eq!(one[0], "7 messages of `orders` reached `dlq` after errors of the function.");
        let behind = said(&[("DeadLetteredBehindFailures", 2)], |_| 0);
        assert_eq!(behind[0], "2 messages of `orders` reached `dlq` returned untried behind a failure.");
        let several = said(&[("DeadLetteredAfterErrors", 7), ("DeadLetteredAfterTimeouts", 2), ("DeadLetteredAfterOverruns", 1)], |_| 0);
        let how = "7 after errors of the function, 2 after its time-outs, 1 after outrunning the visibility timeout";
        assert_eq!(several[0], format!("10 messages of `orders` reached `dlq`: {how}."));
    }

    #[test]
    fn a_backlog_that_grows_is_told_with_both_rates() {
        // 100 come and 65 go, every second.
        let growing = said(&[], |second| 35 * second);
        assert_eq!(
            growing[0],
            "The backlog of `orders` grows: 100 messages a second arrive and 65.0 are dealt with, and 34,965 wait when the run ends."
        );
        assert!(!said(&[], |second| 1000 - second).concat().contains("backlog"));
        assert!(!said(&[], |second| second % 7).concat().contains("backlog"));
    }

    #[test]
    fn what_is_lost_comes_before_what_is_done_twice() {
        let both = said(
            &[
                ("LateDeletes", 500),
                ("RedeliveredMessages", 500),
                ("AsyncEventsDropped", 3),
                ("AsyncEventsDroppedNeverRun", 3),
                ("ExpiredMessages", 1),
            ],
            |_| 0,
        );
        assert_eq!(both[0], "`work` dropped 3 asynchronous events without ever being run.");
        assert_eq!(both[1], "1 message expired in `orders` before anybody dealt with it.");
        assert!(both[2].starts_with("`orders` gave out 500 messages again"), "{both:?}");
    }
}
