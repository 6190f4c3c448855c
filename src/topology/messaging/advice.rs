//! Warnings about a queue and the function that it feeds: times that do not fit into one another, and batches that come back whole.
//!
//! ```text
//! visibility timeout ≥ 6 × function's time-out + batching window        pollers' concurrency ≤ reservation        max_receive_count ≥ 5
//! ```
//!
//! AWS docs: lambda/services-sqs-configure, lambda/services-sqs-errorhandling, lambda/services-sqs-scaling. One pair has one complaint about times: the
//! worst that is true of it.

use super::{Feed, View, of, times};
use crate::document::{Diagnostic, Span};
use crate::service::lambda::steps::{Step, walk};
use crate::units::Time;

const CONFIGURING: &str = "(AWS: Lambda guide, Configuring SQS event sources)";

/// The times of one mapping.
struct Times {
    visibility: Time,
    timeout: Time,
    window: Time,
    /// What AWS advises for the first.
    advised: Time,
}

impl Times {
    fn of(feed: &Feed, view: &View) -> Self {
        let timeout = feed.function.spec.timeout.value;
        let window = feed.source.maximum_batching_window.value;
        let advised = times(timeout, view.platform.count("esm.visibility_factor")).saturating_add(window);
        Self { visibility: feed.queue.spec.visibility_timeout.value, timeout, window, advised }
    }

    /// Whether the window, and not the function alone, outlasts the hiding.
    fn window_is_too_long(&self) -> bool {
        self.visibility >= self.timeout && self.visibility < self.timeout.saturating_add(self.window)
    }
}

/// W008: messages come back while they are worked on, or while a throttled batch is tried again.
pub(super) fn visibility_timeout(view: &View) -> Vec<Diagnostic> {
    let warn = |feed: &Feed| {
        let own = Times::of(feed, view);
        if own.visibility >= own.advised || own.window_is_too_long() {
            return None;
        }
        let (queue, function) = (feed.queue, feed.function);
        let (hidden, limit, mend) = (own.visibility, own.timeout, own.advised.exact());
        let factor = view.platform.count("esm.visibility_factor");
        let (message, hint) = if hidden < limit {
            let message = format!(
                "`{}` hides a message for {hidden}, and `{}` may work on it for {limit}: it comes back meanwhile, and is worked on twice",
                queue.name(),
                function.name()
            );
            (message, format!("AWS makes no such mapping, it comes of a later change: `visibility_timeout: {mend}` {CONFIGURING}"))
        } else {
            let window = if own.window > Time::ZERO { format!(" and a batching window of {}", own.window) } else { String::new() };
            let message = format!(
                "`{}` hides a message for {hidden}, less than {factor} time-outs of `{}`{window}: {}",
                queue.name(),
                function.name(),
                own.advised
            );
            (message, format!("a throttled batch is tried again while it is hidden: `visibility_timeout: {mend}` {CONFIGURING}"))
        };
        let diagnostic = Diagnostic::warning("W008", queue.place(&queue.spec.visibility_timeout), message).label(format!("hidden for {hidden}"));
        Some(diagnostic.also(function.place(&function.spec.timeout), format!("may run for {limit}")).hint(hint))
    };
    view.feeds.iter().filter_map(warn).collect()
}

/// W009: receives are spent by throttles and time-outs too.
pub(super) fn receive_count(view: &View) -> Vec<Diagnostic> {
    let least = view.platform.count("esm.receive_count_advice");
    let warn = |feed: Feed| {
        let queue = feed.queue;
        let count = &queue.spec.redrive_policy.as_ref()?.max_receive_count;
        if u64::from(count.value) >= least {
            return None;
        }
        let message = match count.value {
            1 => format!("a message of `{}` is a dead letter after one receive, whatever became of it", queue.name()),
            n => format!("a message of `{}` is a dead letter after {n} receives, and a throttled batch counts as one", queue.name()),
        };
        let hint = format!("a throttle or a time-out is no fault of the message: `max_receive_count: {least}` or more {CONFIGURING}");
        let diagnostic = Diagnostic::warning("W009", queue.place(count), message).label("soon spent");
        Some(diagnostic.also(feed.source.queue.span, format!("feeds `{}`", feed.function.name())).hint(hint))
    };
    view.fed().filter_map(warn).collect()
}

/// The invocations that a mapping begins with, or may come to where it is told.
fn pollers(feed: &Feed, view: &View) -> u64 {
    match (&feed.source.maximum_concurrency, &feed.source.provisioned_poller_config) {
        (Some(most), _) => most.value,
        (None, Some(pollers)) => pollers.minimum_pollers.value.saturating_mul(view.platform.count("esm.poller_concurrency")),
        (None, None) => view.platform.count("esm.initial_concurrency"),
    }
}

/// W010: pollers receive what the function may not run.
pub(super) fn reservation(view: &View) -> Vec<Diagnostic> {
    let warn = |feeds: &[Feed]| {
        let function = feeds[0].function;
        let reserved = function.spec.reserved_concurrency.as_ref()?;
        let all = feeds.iter().fold(0u64, |sum, feed| sum.saturating_add(pollers(feed, view)));
        if reserved.value >= all {
            return None;
        }
        let queues: Vec<String> = feeds.iter().map(|feed| format!("`{}`", feed.queue.name())).collect();
        let pollers = if feeds.len() == 1 { "its pollers" } else { "its pollers together" };
        let message = format!(
            "`{}` may run {} at a time, and {pollers} invoke it {all} times from {}: messages can become dead letters unprocessed",
            function.name(),
            of(reserved.value, "invocation"),
            queues.join(", ")
        );
        let hint =
            format!("a throttled batch has spent a receive: `maximum_concurrency` up to the reservation in all, or reserve {all} {CONFIGURING}");
        let diagnostic = Diagnostic::warning("W010", reserved.span, message).label(format!("less than {all}"));
        let place = |feed: &Feed| feed.source.maximum_concurrency.as_ref().map_or(feed.source.queue.span, |most| most.span);
        let each =
            feeds.iter().take(4).fold(diagnostic, |diagnostic, feed| diagnostic.also(place(feed), of(self::pollers(feed, view), "invocation")));
        Some(each.hint(hint))
    };
    view.feeds_by_function().filter_map(warn).collect()
}

/// W014: a message may wait for its batch until it comes back.
pub(super) fn batching_window(view: &View) -> Vec<Diagnostic> {
    let warn = |feed: &Feed| {
        let own = Times::of(feed, view);
        if !own.window_is_too_long() {
            return None;
        }
        let (queue, function) = (feed.queue, feed.function);
        let message = format!(
            "a message of `{}` may wait {} for its batch and {} for `{}`, and is hidden for {} only",
            queue.name(),
            own.window,
            own.timeout,
            function.name(),
            own.visibility
        );
        let hint = format!("it comes back while it is in a batch: `visibility_timeout: {}`, or a shorter window {CONFIGURING}", own.advised.exact());
        let span = function.place(&feed.source.maximum_batching_window);
        let hidden = format!("hidden for {}", own.visibility);
        Some(Diagnostic::warning("W014", span, message).label("waits").also(queue.place(&queue.spec.visibility_timeout), hidden).hint(hint))
    };
    view.feeds.iter().filter_map(warn).collect()
}

/// Whether a handler of this mapping's function has a step of a sort.
fn has(feed: &Feed, is: fn(&Step) -> bool) -> bool {
    let mut found = false;
    feed.function.spec.handlers().for_each(|handler| walk(handler, &mut |step| found |= is(step)));
    found
}

fn goes_through(step: &Step) -> bool {
    matches!(step, Step::ForEachMessage(_))
}

/// Whether one message of a batch may fail by a step of its own.
fn fails_for_one(step: &Step) -> bool {
    let Step::ForEachMessage(steps) = step else { return false };
    let mut fails = false;
    walk(steps, &mut |step| fails |= matches!(step, Step::Fail(_)));
    fails
}

/// W020: partial responses of a function that looks at no message.
pub(super) fn nothing_to_report(view: &View) -> Vec<Diagnostic> {
    let reporting = view.feeds.iter().filter(|feed| !feed.source.function_response_types.is_empty() && !has(feed, goes_through));
    let warn = |feed: &Feed| {
        let (function, queue) = (feed.function.name(), feed.queue.name());
        let message = format!("`{function}` is to report which messages of `{queue}` failed, and goes through none");
        let hint =
            "a failure outside of `for_each_message` returns the whole batch: do there what is done for each (AWS: Lambda guide, SQS error handling)";
        let place = Diagnostic::warning("W020", feed.source.queue.span, message).label("ReportBatchItemFailures");
        place.also(feed.function.name.span, "has no `for_each_message`").hint(hint)
    };
    reporting.map(warn).collect()
}

/// W021: one message that fails brings its whole batch back.
pub(super) fn whole_batches(view: &View) -> Vec<Diagnostic> {
    let whole = |feed: &&Feed| feed.source.function_response_types.is_empty() && feed.source.batch_size.value > 1;
    let warn = |feed: &Feed| {
        let (function, batch) = (feed.function.name(), feed.source.batch_size.value);
        let message = format!("where `{function}` fails for one message of `{}`, all {batch} of its batch come back", feed.queue.name());
        let hint = "`function_response_types: [ ReportBatchItemFailures ]` returns what failed alone (AWS: Lambda guide, SQS error handling)";
        let span: Span = feed.function.place(&feed.source.batch_size);
        let span = if span == feed.function.name.span { feed.source.queue.span } else { span };
        Diagnostic::warning("W021", span, message).label(format!("batches of {batch}")).hint(hint)
    };
    view.feeds.iter().filter(whole).filter(|feed| has(feed, fails_for_one)).map(warn).collect()
}
