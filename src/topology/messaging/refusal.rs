//! What SQS and Lambda refuse when queues, dead-letter queues and mappings are made, or when a message is sent.
//!
//! ```text
//! standard ─dead letters─▶ standard      FIFO ─dead letters─▶ FIFO      never in a circle; a redrive task only from there
//! FIFO: a message group always, a deduplication id unless the content is one, no delay of one message alone, batches of ten at most
//! ```
//!
//! AWS docs: sqs/dlq, sqs/dlq-redrive, lambda/services-sqs-configure; AWS SDK models of both. Names that stand for nothing are told by `wiring`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Queue, View};
use crate::document::{Diagnostic, Spanned};
use crate::units::Time;

fn sort_of(queue: Queue) -> &'static str {
    if queue.spec.fifo.is_some() { "a FIFO queue" } else { "a standard queue" }
}

/// E103: messages move between queues of one sort only.
pub(super) fn order_of_dead_letters(view: &View) -> Vec<Diagnostic> {
    let named = |queue: Queue<'_>| -> Vec<(Spanned<String>, &'static str)> {
        let dead = queue.spec.redrive_policy.iter().map(|policy| (policy.dead_letter_queue.clone(), "sends dead letters to"));
        let back = queue.spec.redrive.iter().filter_map(|redrive| redrive.to.clone()).map(|to| (to, "moves its messages to"));
        dead.chain(back).collect()
    };
    let mut found = Vec::new();
    for queue in view.queues() {
        for (to, does) in named(queue) {
            let Some(other) = view.queue(&to.value).filter(|other| other.spec.fifo.is_some() != queue.spec.fifo.is_some()) else { continue };
            let message = format!("`{}`, {}, {does} `{}`, {}", queue.name(), sort_of(queue), other.name(), sort_of(other));
            let hint = "both must be FIFO queues, or both standard (AWS: SQS guide, Dead-letter queues): give `fifo: {}` to both or to none";
            found.push(Diagnostic::error("E103", to.span, message).label(sort_of(other)).also(queue.name.span, sort_of(queue)).hint(hint));
        }
    }
    found
}

/// E104: dead letters that come back to where they were.
pub(super) fn circles_of_dead_letters(view: &View) -> Vec<Diagnostic> {
    let policies = view.queues().filter_map(|queue| Some((queue.name(), &queue.spec.redrive_policy.as_ref()?.dead_letter_queue)));
    let next: BTreeMap<&str, &Spanned<String>> = policies.collect();
    let (mut done, mut found) = (BTreeSet::new(), Vec::new());
    for start in next.keys() {
        let mut path: Vec<&str> = Vec::new();
        let mut on_path = BTreeSet::new();
        let mut at = *start;
        while !done.contains(at) && on_path.insert(at) {
            path.push(at);
            let Some(to) = next.get(at) else { break };
            at = &to.value;
        }
        if let Some(from) = path.iter().position(|name| *name == at).filter(|_| next.contains_key(at)) {
            found.push(circle(&path[from..], &next));
        }
        done.extend(path);
    }
    found
}

fn circle(names: &[&str], next: &BTreeMap<&str, &Spanned<String>>) -> Diagnostic {
    let message = match names {
        [only] => format!("`{only}` is its own dead-letter queue"),
        _ => {
            let path: Vec<String> = names.iter().chain(&names[..1]).map(|name| format!("`{name}`")).collect();
            format!("dead letters go round in a circle: {}", path.join(" → "))
        }
    };
    let diagnostic = Diagnostic::error("E104", next[names[0]].span, message).label("comes back here");
    let others = names.iter().skip(1).take(8).fold(diagnostic, |diagnostic, name| diagnostic.also(next[name].span, "and on"));
    others.hint("a dead-letter queue is the end of the way: take its `redrive_policy` out, or name another queue")
}

/// E105: only what came from another queue can go back.
pub(super) fn redrive_of_no_dead_letter_queue(view: &View) -> Vec<Diagnostic> {
    let policies = view.queues().filter_map(|queue| queue.spec.redrive_policy.as_ref());
    let fed: BTreeSet<&str> = policies.map(|policy| policy.dead_letter_queue.value.as_str()).collect();
    let lone = view.queues().filter(|queue| !fed.contains(queue.name()));
    let wrong = lone.filter_map(|queue| Some((queue, queue.spec.redrive.as_ref()?)));
    let complain = |(queue, redrive): (Queue, &crate::service::sqs::Redrive)| {
        let message = format!("`{}` has a redrive task, and no queue has it as its dead-letter queue", queue.name());
        let hint = "let another queue's `redrive_policy` name it: a task moves back what queues sent, not what topics and functions did (AWS: SQS guide, redrive)";
        Diagnostic::error("E105", redrive.start.span, message).label("from nowhere").also(queue.name.span, "this queue").hint(hint)
    };
    wrong.map(complain).collect()
}

/// E106: a message of a FIFO queue belongs to a group.
pub(super) fn message_group(view: &View) -> Vec<Diagnostic> {
    let lacking = view.sends().filter(|(queue, _, send)| queue.spec.fifo.is_some() && send.group.is_none());
    let complain = |(queue, from, at)| {
        let message = format!("`{from}` sends messages without a group to the FIFO queue `{queue}`");
        let hint = "a FIFO queue takes no message without a MessageGroupId: name an attribute, `send: { queue: …, group: customer }`";
        Diagnostic::error("E106", at, message).label("of which group?").hint(hint)
    };
    lacking.map(|(queue, ask, _)| (queue.name(), &ask.from.value, ask.at)).map(complain).collect()
}

/// E107: a FIFO queue delays all of its messages alike.
pub(super) fn delay_of_one_message(view: &View) -> Vec<Diagnostic> {
    let delayed = view.sends().filter(|(queue, ..)| queue.spec.fifo.is_some());
    let delayed = delayed.filter_map(|(queue, ask, send)| Some((queue, ask, send.delay.as_ref()?)));
    let complain = |(queue, ask, delay): (Queue, &super::Ask, &Spanned<Time>)| {
        let message = format!("`{}` delays a message of the FIFO queue `{}` by {}", ask.from.value, queue.name(), delay.value);
        let hint = format!("a FIFO queue has one delay for all of its messages: give the queue `delay: {}`", delay.value.exact());
        Diagnostic::error("E107", delay.span, message).label("not of one alone").also(queue.name.span, "a FIFO queue").hint(hint)
    };
    delayed.map(complain).collect()
}

/// E108: a standard queue knows no deduplication.
pub(super) fn deduplication_of_a_standard_queue(view: &View) -> Vec<Diagnostic> {
    let given = view.sends().filter(|(queue, ..)| queue.spec.fifo.is_none());
    let given = given.filter_map(|(queue, ask, send)| Some((queue, ask, send.deduplicate.as_ref()?)));
    let complain = |(queue, ask, id): (Queue, &super::Ask, &Spanned<String>)| {
        let message = format!("`{}` gives a deduplication id to messages of `{}`, a standard queue", ask.from.value, queue.name());
        let hint = "a standard queue refuses a MessageDeduplicationId: make it a FIFO queue (`fifo: {}`), or take `deduplicate` out";
        Diagnostic::error("E108", id.span, message).label("not here").also(queue.name.span, "a standard queue").hint(hint)
    };
    given.map(complain).collect()
}

/// E109: a FIFO queue must know a message by something.
pub(super) fn deduplication_id(view: &View) -> Vec<Diagnostic> {
    let by_id = view.sends().filter(|(queue, ..)| queue.spec.fifo.as_ref().is_some_and(|fifo| !fifo.content_based_deduplication));
    let complain = |(queue, from, at): (Queue, &String, _)| {
        let message = format!("`{from}` sends messages without a deduplication id to `{}`, which does not take the content for one", queue.name());
        let hint = "name an attribute, `deduplicate: order`, or let the queue have `content_based_deduplication: true`";
        Diagnostic::error("E109", at, message).label("known by what?").also(queue.name.span, "this FIFO queue").hint(hint)
    };
    by_id.filter(|(_, _, send)| send.deduplicate.is_none()).map(|(queue, ask, _)| complain((queue, &ask.from.value, ask.at))).collect()
}

/// E110: a mapping of a FIFO queue takes ten messages, and waits for no more.
pub(super) fn batches_of_a_fifo_queue(view: &View) -> Vec<Diagnostic> {
    let most = view.platform.count("esm.fifo_batch_size_maximum");
    let mut found = Vec::new();
    for feed in view.feeds.iter().filter(|feed| feed.queue.spec.fifo.is_some()) {
        let (name, batch, window) = (feed.queue.name(), &feed.source.batch_size, &feed.source.maximum_batching_window);
        let mut complain = |span, message| {
            let diagnostic = Diagnostic::error("E110", span, message).label("not of a FIFO queue").also(feed.queue.name.span, "a FIFO queue");
            found.push(
                diagnostic.hint(format!("a mapping of a FIFO queue has a `batch_size` up to {most} and no batching window (AWS: Lambda guide)")),
            );
        };
        if u64::from(batch.value) > most {
            complain(feed.function.place(batch), format!("`{}` takes batches of {} from the FIFO queue `{name}`", feed.function.name(), batch.value));
        }
        if window.value > Time::ZERO {
            complain(
                feed.function.place(window),
                format!("`{}` waits {} for a batch of the FIFO queue `{name}`", feed.function.name(), window.value),
            );
        }
    }
    found
}

/// E111: one mapping for each pair of queue and function.
pub(super) fn fed_twice(view: &View) -> Vec<Diagnostic> {
    let mut met: BTreeMap<(String, String), crate::document::Span> = BTreeMap::new();
    let complain = |feed: &super::Feed| {
        let (function, queue, at) = (feed.function.name().to_owned(), feed.queue.name().to_owned(), feed.source.queue.span);
        let before = met.insert((function.clone(), queue.clone()), at)?;
        let message = format!("`{function}` is fed from `{queue}` twice");
        let hint = "AWS refuses a second mapping of the same queue and function (ResourceConflictException): one with a larger concurrency does";
        Some(Diagnostic::error("E111", at, message).label("again").also(before, "already here").hint(hint))
    };
    view.feeds.iter().filter_map(complain).collect()
}
