//! Warnings about messages and events that are lost, or kept for too short a time to be of use to anybody.
//!
//! ```text
//! no dead-letter queue ─▶ back until too old (queue), dropped (event), given up (HTTP)
//! retention: dead-letter queue > source,  source > visibility timeout × max_receive_count,  > delay
//! ```
//!
//! AWS docs: sqs/dlq, sqs/setting-up-dead-letter-queue-retention, lambda/invocation-async-error-handling, sns/dlq, sns/retries.

use super::{Ask, Feed, Function, Named, Queue, View, of, times};
use crate::document::{Diagnostic, Span, Spanned};
use crate::service::{Spec, sns};
use crate::units::Time;

/// W011: a queue that feeds a function, where a message that always fails comes back until it is too old.
pub(super) fn queue_without_dead_letters(view: &View) -> Vec<Diagnostic> {
    let lacks = |feed: &Feed| feed.queue.spec.redrive_policy.is_none() && !view.hearers.contains(feed.queue.name());
    let warn = |feed: Feed| {
        let (queue, kept, hidden) = (feed.queue, feed.queue.spec.message_retention_period.value, feed.queue.spec.visibility_timeout.value);
        let message = format!("`{}` feeds `{}`, and has no dead-letter queue", queue.name(), feed.function.name());
        let hint = format!(
            "a message that always fails comes back every {hidden} for {kept}, and is deleted: `redrive_policy: {{ dead_letter_queue: … }}` (AWS: SQS \
             guide, Dead-letter queues)"
        );
        Diagnostic::warning("W011", queue.name.span, message).label("keeps what fails").also(feed.source.queue.span, "feeds this").hint(hint)
    };
    view.fed().filter(lacks).map(warn).collect()
}

/// W012: events that are dropped and nobody hears of it.
pub(super) fn events_without_dead_letters(view: &View) -> Vec<Diagnostic> {
    let lacks = |function: Function| function.spec.dead_letter_queue.is_none() && function.spec.destinations.on_failure.is_none();
    let warn = |(function, from, at): (Function, &Spanned<String>, Span)| {
        let retries = function.spec.maximum_retry_attempts.as_ref().map_or(view.platform.count("lambda.async_retries"), |own| u64::from(own.value));
        let tried = of(retries + 1, "attempt");
        let message = format!("`{}` drops events of `{}` that fail after {tried}, and nobody hears of it", function.name(), from.value);
        let hint = "`destinations: { on_failure: … }`, or a `dead_letter_queue` (AWS: Lambda guide, Error handling of asynchronous invocation)";
        Diagnostic::warning("W012", function.name.span, message).label("drops them").also(at, "sends events").hint(hint)
    };
    view.by_event().into_iter().filter(|(function, ..)| lacks(*function)).map(warn).collect()
}

/// W013: deliveries by HTTP, which are given up soon; those to queues and functions are tried for weeks.
pub(super) fn subscription_without_dead_letters(view: &View) -> Vec<Diagnostic> {
    let by_http = |own: &sns::Subscription| matches!(view.node(&own.endpoint.value), Some((_, Spec::Server(_) | Spec::ApiGateway(_))));
    let lacking = view.subscriptions().filter(|(_, own)| own.redrive_policy.is_none() && by_http(own));
    let warn = |(topic, own): (Named<sns::Spec>, &sns::Subscription)| {
        let retries = own.delivery_policy.as_ref().map_or(view.platform.count("sns.http_retries"), |policy| u64::from(policy.value.num_retries));
        let tried = of(retries.saturating_add(1), "attempt");
        let message = format!("`{}` gives up a message for `{}` after {tried}, and it is lost", topic.name(), own.endpoint.value);
        let hint = "`redrive_policy: { dead_letter_queue: … }` keeps it: a server may be away for longer (AWS: SNS guide, Dead-letter queues)";
        Diagnostic::warning("W013", own.endpoint.span, message).label("by HTTP").hint(hint)
    };
    lacking.map(warn).collect()
}

/// W016: the days in the source count in a standard dead-letter queue too. Silent where the file says nothing of either.
pub(super) fn retention_of_dead_letters(view: &View) -> Vec<Diagnostic> {
    let warn = |source: Queue| {
        let at = &source.spec.redrive_policy.as_ref()?.dead_letter_queue;
        let dead = view.queue(&at.value).filter(|dead| dead.spec.fifo.is_none())?;
        let (own, kept) = (&source.spec.message_retention_period, &dead.spec.message_retention_period);
        let said = own.span != Span::default() || kept.span != Span::default();
        if !said || kept.value > own.value {
            return None;
        }
        let message = format!(
            "`{}` keeps messages for {}, counted from their first send, and `{}` may have had them for {}",
            dead.name(),
            kept.value,
            source.name(),
            own.value
        );
        let longest = view.seconds("sqs.message_retention_maximum").exact();
        let hint =
            format!("a dead letter can be deleted as soon as it comes: `message_retention_period: {longest}` (AWS: SQS guide, Dead-letter queues)");
        let diagnostic = Diagnostic::warning("W016", dead.place(kept), message).label("not longer");
        Some(diagnostic.also(source.place(own), format!("`{}` keeps them for {}", source.name(), own.value)).hint(hint))
    };
    view.queues().filter_map(warn).collect()
}

/// W023: too old before it is a dead letter.
pub(super) fn retention_within_retries(view: &View) -> Vec<Diagnostic> {
    let warn = |feed: Feed| {
        let queue = feed.queue;
        let count = u64::from(queue.spec.redrive_policy.as_ref()?.max_receive_count.value);
        let (hidden, kept) = (queue.spec.visibility_timeout.value, &queue.spec.message_retention_period);
        let whole = times(hidden, count);
        if kept.value >= whole {
            return None;
        }
        let receives = of(count, "receive");
        let message = format!("`{}` keeps messages for {}, and {receives} of {hidden} each take {whole}", queue.name(), kept.value);
        let hint = "a message that fails is deleted before it becomes a dead letter: keep it longer, or lower `max_receive_count` (AWS: SQS guide)";
        let diagnostic = Diagnostic::warning("W023", queue.place(kept), message).label("too old first");
        Some(diagnostic.also(queue.place(&queue.spec.visibility_timeout), format!("hidden for {hidden}")).hint(hint))
    };
    view.fed().filter_map(warn).collect()
}

/// W024: too old before it is seen.
pub(super) fn delay_beyond_retention(view: &View) -> Vec<Diagnostic> {
    let warn = |queue: Queue, delay: &Spanned<Time>| {
        let kept = &queue.spec.message_retention_period;
        if delay.value < kept.value {
            return None;
        }
        let message = format!("messages of `{}` are delayed by {}, and kept for {}: nobody ever sees them", queue.name(), delay.value, kept.value);
        let hint = "retention counts from the send: lengthen it, or shorten the delay (AWS: SQS guide, Delay queues)";
        Some(Diagnostic::warning("W024", queue.place(delay), message).label("too old by then").also(queue.place(kept), "kept").hint(hint))
    };
    let of_queues = view.queues().filter_map(|queue| warn(queue, &queue.spec.delay));
    of_queues.chain(view.sends().filter_map(|(queue, _, send)| warn(queue, send.delay.as_ref()?))).collect()
}

/// How old an event can be at its last attempt: `retries` attempts that took all of the time-out, and the waits between.
fn age_at_last_attempt(function: Function, retries: u64, view: &View) -> Time {
    let waits = ["lambda.async_first_wait", "lambda.async_second_wait"].map(|row| view.seconds(row));
    waits.into_iter().take(retries as usize).fold(times(function.spec.timeout.value, retries), Time::saturating_add)
}

/// W030: events too old for the retries that they have.
pub(super) fn event_age(view: &View) -> Vec<Diagnostic> {
    let warn = |(function, ..): (Function, &Spanned<String>, Span)| {
        let age = function.spec.maximum_event_age.as_ref()?;
        let retries = function.spec.maximum_retry_attempts.as_ref().map_or(view.platform.count("lambda.async_retries"), |own| u64::from(own.value));
        let needed = age_at_last_attempt(function, retries, view);
        if retries == 0 || age.value >= needed {
            return None;
        }
        let attempts = retries + 1;
        let message = format!(
            "`{}` drops events that are {} old, and attempt {attempts} of one that fails can come after {needed}",
            function.name(),
            age.value
        );
        let hint = format!(
            "Lambda waits one minute before the first retry and two before the second: `maximum_event_age: {}`, or fewer `maximum_retry_attempts` (AWS: \
             Lambda guide, Asynchronous invocation)",
            needed.exact()
        );
        Some(Diagnostic::warning("W030", age.span, message).label("too old by then").hint(hint))
    };
    view.by_event().into_iter().filter_map(warn).collect()
}

/// Whether a send is what a handler does where a call failed: a queue of dead letters by hand.
pub(super) fn is_after_error(ask: &Ask) -> bool {
    ask.asker == super::Asker::OnError
}
