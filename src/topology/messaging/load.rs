//! Warnings about how much can be in work at a time, and about calls that cost more than they bring.
//!
//! ```text
//! invocations needed ≥ arrivals × (handler's time / batch size + time of each message)          (Little's law, averages over the run, from below)
//! invocations possible ≤ maximum concurrency, message groups
//! ```
//!
//! Only what the file states is added up: messages that workloads put into the queue themselves, and what a handler computes and waits. Calls count as
//! nothing. So a queue that levels a burst is fine, and one that can only grow is not. AWS docs: lambda/services-sqs-scaling, sqs/short-and-long-polling.

use std::collections::BTreeMap;

use super::{Asker, Feed, Function, Queue, View, of};
use crate::document::{Diagnostic, Spanned};
use crate::scenario::expected_requests;
use crate::service::lambda::steps::{Step, walk};
use crate::service::workload::Load;
use crate::service::{Operation, sns, sqs};
use crate::units::{Bytes, Time};

/// Messages a second that workloads send to a queue on average, at least.
fn arrivals(queue: Queue, view: &View) -> f64 {
    let run = view.scenario.duration.value;
    let of_workload = |index: usize| {
        let workload = &view.scenario.workloads[index].1;
        let trace = view.scenario.traces.iter().find(|(of, _)| *of == index).map(|(_, trace)| trace);
        // What a closed loop sends depends on how soon it is answered.
        let open = !matches!(workload.load(), Some(Load::Users { .. }));
        if open && run > Time::ZERO { expected_requests(workload, trace, run) / run.as_secs_f64() } else { 0.0 }
    };
    let rate = |(asker, messages): (Asker, u32)| match asker {
        Asker::Workload(index, share) if share.is_finite() => of_workload(index) * share * f64::from(messages),
        _ => 0.0,
    };
    let sent = view.asks_of(queue.name()).iter().filter_map(|ask| match &ask.operation {
        Operation::Sqs(sqs::Operation::Send(send)) => Some((ask.asker, send.messages.value)),
        _ => None,
    });
    sent.map(rate).sum()
}

/// Seconds of a handler's work at least: once, and for each message. What comes after a failure does not count, for it may never be done.
fn work(steps: &[Step], vcpus: f64) -> (f64, f64) {
    let (mut once, mut each) = (0.0, 0.0);
    for step in steps {
        match step {
            Step::Compute(compute) => once += compute.time.mean().as_secs_f64() / compute.vcpus(vcpus),
            Step::Wait(time) => once += time.mean().as_secs_f64(),
            Step::Repeat(repeat) => {
                let (inner, of_each) = work(&repeat.r#do, vcpus);
                once += inner * f64::from(repeat.times);
                each += of_each * f64::from(repeat.times);
            }
            Step::ForEachMessage(steps) => each += work(steps, vcpus).0,
            Step::Fail(_) => break,
            Step::Call(_) | Step::Parallel(_) | Step::Choice(_) => {}
        }
    }
    (once, each)
}

/// Invocations at a time that a mapping needs at least, on average.
fn needed(feed: &Feed, view: &View) -> f64 {
    let (function, source) = (feed.function.spec, feed.source);
    if !source.filter.0.is_empty() || !function.versions.0.is_empty() {
        return 0.0;
    }
    let vcpus = function.vcpus(&view.platform);
    let (once, each) = work(&function.handler, vcpus);
    let passing = source.filter_passes.as_ref().map_or(1.0, |share| share.value.as_fraction());
    let busy = (once / f64::from(source.batch_size.value.max(1)) + each).min(function.timeout.value.as_secs_f64());
    arrivals(feed.queue, view) * passing * busy
}

/// The attributes by which messages of a queue are grouped; `None` where some come without one that is known.
fn group_names(queue: Queue, view: &View) -> Option<Vec<String>> {
    let topics = view.subscriptions().filter(|(_, own)| own.endpoint.value == queue.name()).map(|(topic, _)| topic.name());
    let published = topics.flat_map(|topic| view.asks_of(topic));
    let group = |operation: &Operation| match operation {
        Operation::Sqs(sqs::Operation::Send(sqs::Send { group, .. })) | Operation::Sns(sns::Operation { group, .. }) => Some(group.clone()),
        _ => None,
    };
    let all: Vec<Option<Spanned<String>>> = view.asks_of(queue.name()).iter().chain(published).filter_map(|ask| group(&ask.operation)).collect();
    let named: Option<Vec<String>> = all.into_iter().map(|group| group.map(|group| group.value)).collect();
    named.filter(|named| !named.is_empty() && queue.spec.backlog.is_none())
}

/// Message groups of a queue at most; `None` where there is no bound.
fn groups(queue: Queue, view: &View) -> Option<u64> {
    let mut by_attribute: BTreeMap<String, u64> = BTreeMap::new();
    for name in group_names(queue, view)? {
        for (_, workload) in &view.scenario.workloads {
            if let Some((_, attribute)) = workload.drawn().find(|(own, _)| own.value == name) {
                let keys = by_attribute.entry(name.clone()).or_default();
                *keys = attribute.keys()?.max(*keys);
            }
        }
    }
    Some(by_attribute.values().fold(0u64, |sum, keys| sum.saturating_add(*keys))).filter(|sum| *sum > 0)
}

/// W015: a group is worked on by one invocation at a time.
pub(super) fn message_groups(view: &View) -> Vec<Diagnostic> {
    let warn = |feed: &Feed| {
        let queue = feed.queue;
        let groups = groups(queue, view)?;
        let (wanted, needs) = (feed.source.maximum_concurrency.as_ref(), needed(feed, view));
        let counted = of(groups, "message group");
        let (span, message, label) = match wanted.filter(|wanted| groups < wanted.value) {
            Some(wanted) => {
                let message = format!(
                    "messages of `{}` are of {counted}, so `{}` never runs {} times at once",
                    queue.name(),
                    feed.function.name(),
                    wanted.value
                );
                (wanted.span, message, format!("at most {groups}"))
            }
            None if needs > groups as f64 => {
                let message =
                    format!("messages of `{}` are of {counted}, and their load needs {needs:.1} invocations at a time: they pile up", queue.name());
                (feed.source.queue.span, message, format!("at most {groups} at a time"))
            }
            None => return None,
        };
        let hint = "order is kept within a group, one batch after another: group by something with more values (AWS: Lambda guide, SQS scaling)";
        Some(Diagnostic::warning("W015", span, message).label(label).also(queue.name.span, counted).hint(hint))
    };
    view.feeds.iter().filter(|feed| feed.queue.spec.fifo.is_some()).filter_map(warn).collect()
}

/// W022: a maximum concurrency under which a queue can only grow.
pub(super) fn too_little_concurrency(view: &View) -> Vec<Diagnostic> {
    let warn = |feed: &Feed| {
        let most = feed.source.maximum_concurrency.as_ref()?;
        let needs = needed(feed, view);
        if needs <= most.value as f64 {
            return None;
        }
        let (queue, rate) = (feed.queue, arrivals(feed.queue, view));
        let message = format!(
            "`{}` gets {rate:.0} messages a second on average, for which `{}` needs {needs:.1} invocations at a time, and may run {}",
            queue.name(),
            feed.function.name(),
            most.value
        );
        let hint =
            "the backlog grows as long as the run lasts: raise `maximum_concurrency`, or take larger batches (Little's law: arrivals × time of each)";
        Some(Diagnostic::warning("W022", most.span, message).label("too few").also(queue.name.span, "grows").hint(hint))
    };
    view.feeds.iter().filter_map(warn).collect()
}

/// The receives of a handler that are made again and again.
fn repeated(function: Function) -> Vec<(Spanned<String>, sqs::Receive)> {
    let mut found = Vec::new();
    let mut inner = |step: &Step| {
        if let Step::Call(call) = step
            && let Operation::Sqs(sqs::Operation::Receive(receive)) = &call.operation
        {
            found.push((call.to.clone(), receive.clone()));
        }
    };
    for handler in function.spec.handlers() {
        walk(handler, &mut |step| {
            if let Step::Repeat(repeat) = step {
                walk(&repeat.r#do, &mut inner);
            }
        });
    }
    found
}

/// W025: polls that do not wait for a message.
pub(super) fn short_polls(view: &View) -> Vec<Diagnostic> {
    let longest = view.seconds("sqs.wait_time_maximum").exact();
    let is_short =
        |queue: Queue, receive: &sqs::Receive| receive.wait_time.as_ref().map_or(queue.spec.receive_wait_time.value, |wait| wait.value) == Time::ZERO;
    let warn = |from: &str, queue: Queue, span| {
        let message = format!("`{from}` asks `{}` for messages again and again, without waiting for any", queue.name());
        let hint = format!(
            "a short poll asks some of the servers only, and an empty answer is billed too: `wait_time: {longest}` (AWS: SQS guide, Short and long polling)"
        );
        Diagnostic::warning("W025", span, message).label("short polls").hint(hint)
    };
    let mut found = Vec::new();
    for function in view.functions() {
        let receives = repeated(function).into_iter().filter_map(|(to, receive)| Some((view.queue(&to.value)?, receive, to.span)));
        found.extend(receives.filter(|(queue, receive, _)| is_short(*queue, receive)).map(|(queue, _, span)| warn(function.name(), queue, span)));
    }
    for queue in view.queues() {
        for ask in view.asks_of(queue.name()).iter().filter(|ask| matches!(ask.asker, Asker::Workload(..))) {
            if matches!(&ask.operation, Operation::Sqs(sqs::Operation::Receive(receive)) if is_short(queue, receive)) {
                found.push(warn(&ask.from.value, queue, ask.at));
            }
        }
    }
    found
}

/// W026: batches that are full of bytes before they are full of messages.
pub(super) fn batches_cut_short(view: &View) -> Vec<Diagnostic> {
    let most = view.platform.count("esm.batch_payload");
    let mut largest: BTreeMap<&str, &Spanned<Bytes>> = BTreeMap::new();
    for (queue, _, send) in view.sends() {
        let Some(size) = &send.size else { continue };
        let own = largest.entry(queue.name()).or_insert(size);
        *own = if size.value > own.value { size } else { own };
    }
    let warn = |feed: &Feed| {
        let (size, batch) = (largest.get(feed.queue.name())?, &feed.source.batch_size);
        let whole = size.value.as_bytes().saturating_mul(u64::from(batch.value));
        if whole <= most || size.value.as_bytes() == 0 {
            return None;
        }
        let (whole, limit, fit) = (Bytes::from_bytes(whole), Bytes::from_bytes(most), most / size.value.as_bytes());
        let message = format!(
            "`{}` takes batches of {} messages of {}, {whole} in all, and one may have {limit}",
            feed.function.name(),
            batch.value,
            size.value
        );
        let hint =
            format!("a batch goes out at {fit} messages: lower `batch_size`, or send less with each (AWS: Lambda guide, Event source mappings)");
        let diagnostic = Diagnostic::warning("W026", feed.function.place(batch), message).label("never so many");
        Some(diagnostic.also(size.span, format!("messages of {}", size.value)).hint(hint))
    };
    view.feeds.iter().filter_map(warn).collect()
}
