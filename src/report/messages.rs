//! What became of messages: of each queue what came and went, what is left and when it was drained; of each function with asynchronous
//! input, how long each hop took.
//!
//! ```text
//! sent + redriven in = deleted + dead-lettered + redriven out + expired + left (visible + in flight + delayed)       without a warm-up
//! backlog  ▁▂▄▆█▇▅▃▁      peak ─┘    └─ drained: empty, and stayed so
//! ```
//!
//! Counts are of CloudWatch's counters since the warm-up. Left out: which message was which; where a function has several sources, its
//! invocations are not told apart.

use super::wiring::Wiring;
use super::{HalfWidths, Summary};
use crate::metrics::{Batch, Distribution, GaugeRecord, LatencyRecord, NodeRecord, Record, mean_half_width, quantile_half_width};
use crate::units::Time;
use serde::{Deserialize, Serialize};

/// From the clients' requests to the end of their work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndToEnd {
    /// The node at which the work ends.
    pub node: String,
    pub count: u64,
    pub mean_s: f64,
    pub p50_s: f64,
    pub p90_s: f64,
    pub p99_s: f64,
    pub max_s: f64,
    #[serde(flatten)]
    pub half_widths: HalfWidths,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90_half_width_s: Option<f64>,
}

/// The messages of a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    pub name: String,
    pub sent: u64,
    pub received: u64,
    pub deleted: u64,
    /// Receives of a message that had been received before.
    pub redelivered: u64,
    /// Deletions that came after the message had been received once more: it is processed twice.
    pub late_deletes: u64,
    pub deduplicated: u64,
    pub dead_lettered: DeadLettered,
    pub expired: u64,
    pub redriven_in: u64,
    pub redriven_out: u64,
    /// Of each message that was deleted; null where none was.
    pub receives_per_message: Option<f64>,
    /// Null where the queue feeds no function, or one with other sources too.
    pub invocations_per_message: Option<f64>,
    /// Invocations that were throttled and tried again or given up.
    pub throttled_invocations: u64,
    pub age_of_oldest_max_s: f64,
    pub backlog: Backlog,
}

/// Messages that left for the dead-letter queue, by cause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLettered {
    /// The dead-letter queue.
    pub queue: Option<String>,
    pub total: u64,
    /// Received as often as allowed, and no function ever ran on them.
    pub never_processed: u64,
    pub after_errors: u64,
    pub after_timeouts: u64,
    /// Worked on for longer than they stayed hidden.
    pub after_overruns: u64,
    /// Came back untried again and again, as a message before it in its FIFO batch failed.
    pub behind_failures: u64,
}

/// What waits in a queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Backlog {
    /// When the run ended.
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
    /// The most that ever were visible at a time, and the end of the window in which that was.
    pub peak: u64,
    pub peak_at_s: f64,
    /// When the queue became empty for good; null where something is left.
    pub drained_at_s: Option<f64>,
    /// From the peak to then.
    pub drain_s: Option<f64>,
    /// Visible messages a second, over the last fifth of the run.
    pub growth_per_s: f64,
}

/// What became of the messages of a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    pub name: String,
    pub published: u64,
    /// Deliveries: of one message as many as it has subscribers.
    pub delivered: u64,
    pub filtered_out: u64,
    /// Deliveries that failed to the end.
    pub given_up: u64,
    /// Deliveries under way when the run ended.
    pub pending: u64,
    /// From the publishing to the delivery.
    pub delivery: Summary,
}

/// A function with asynchronous input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asynchronous {
    pub function: String,
    /// Where its input waits, and for how long: until its first receive, or its last attempt.
    pub waits: Vec<Wait>,
    /// Null where it was never invoked asynchronously.
    pub events: Option<Events>,
    pub duration: Summary,
    /// From the client's request to the end of the invocation.
    pub end_to_end: Summary,
}

/// What became of asynchronous events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Events {
    pub received: u64,
    pub dropped: u64,
    pub dropped_never_run: u64,
    pub dropped_after_errors: u64,
    /// Attempts after errors, beyond the first of each event.
    pub retries: u64,
    /// How often an event was to wait, as the function could not be run.
    pub put_off: u64,
    /// When the run ended.
    pub pending: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// A queue; null: Lambda's own queue of asynchronous events.
    pub queue: Option<String>,
    #[serde(flatten)]
    pub time: Summary,
}

pub(super) fn counter(node: &NodeRecord, name: &str) -> u64 {
    node.counters.iter().find(|c| c.name == name && c.dimension.is_none()).map_or(0, |c| c.value() as u64)
}

pub(super) fn gauge<'r>(node: &'r NodeRecord, name: &str) -> Option<&'r GaugeRecord> {
    node.gauges.iter().find(|g| g.name == name)
}

/// `batches` are those of a steady load, else none.
pub(super) fn summary(d: &Distribution, batches: &[Batch]) -> Summary {
    let seconds = |q| Time::as_secs_f64(d.quantile(q));
    let half_widths = HalfWidths {
        mean_half_width_s: mean_half_width(batches),
        p50_half_width_s: quantile_half_width(d, batches, 0.5),
        p99_half_width_s: quantile_half_width(d, batches, 0.99),
    };
    Summary { count: d.count(), mean_s: d.mean_s().unwrap_or(0.0), p50_s: seconds(0.5), p99_s: seconds(0.99), max_s: seconds(1.0), half_widths }
}

pub(super) fn times<'r>(node: &'r NodeRecord, name: &str) -> Option<&'r LatencyRecord> {
    node.latencies.iter().find(|l| l.name == name)
}

pub(super) fn times_of(node: &NodeRecord, name: &str) -> Summary {
    times(node, name).map_or_else(Summary::default, |l| summary(&l.distribution, &l.batches))
}

/// Of a workload that says where its work ends.
pub fn end_to_end(record: &Record, wiring: &Wiring, workload: &str) -> Option<EndToEnd> {
    let (_, node) = wiring.ends.iter().find(|(name, _)| name == workload)?;
    let found = times(record.nodes.iter().find(|n| n.kind == "workload" && n.name == workload)?, "EndToEnd")?;
    let Summary { count, mean_s, p50_s, p99_s, max_s, half_widths } = summary(&found.distribution, &found.batches);
    let p90_s = found.distribution.quantile(0.9).as_secs_f64();
    let p90_half_width_s = quantile_half_width(&found.distribution, &found.batches, 0.9);
    Some(EndToEnd { node: node.clone(), count, mean_s, p50_s, p90_s, p99_s, max_s, half_widths, p90_half_width_s })
}

/// Every queue, in the scenario's order.
pub fn queues(record: &Record, wiring: &Wiring) -> Vec<Queue> {
    record.nodes.iter().filter(|n| n.kind == "sqs").map(|n| queue(record, wiring, n)).collect()
}

/// Every topic, in the scenario's order.
pub fn topics(record: &Record) -> Vec<Topic> {
    let topic = |node: &NodeRecord| Topic {
        name: node.name.clone(),
        published: counter(node, "NumberOfMessagesPublished"),
        delivered: counter(node, "NumberOfNotificationsDelivered"),
        filtered_out: counter(node, "NumberOfNotificationsFilteredOut"),
        given_up: counter(node, "DeliveriesGivenUp"),
        pending: gauge(node, "DeliveriesPending").map_or(0, |g| g.last),
        delivery: times_of(node, "DeliveryLatency"),
    };
    record.nodes.iter().filter(|n| n.kind == "sns").map(topic).collect()
}

fn queue(record: &Record, wiring: &Wiring, node: &NodeRecord) -> Queue {
    let sum = |name| counter(node, name);
    let (received, deleted) = (sum("NumberOfMessagesReceived"), sum("NumberOfMessagesDeleted"));
    let per_message = |n: u64| (deleted > 0).then(|| n as f64 / deleted as f64);
    Queue {
        name: node.name.clone(),
        sent: sum("NumberOfMessagesSent"),
        received,
        deleted,
        redelivered: sum("RedeliveredMessages"),
        late_deletes: sum("LateDeletes"),
        deduplicated: sum("NumberOfDeduplicatedSentMessages"),
        dead_lettered: DeadLettered {
            queue: wiring.dead_letters_of(&node.name).map(String::from),
            total: sum("DeadLetteredMessages"),
            never_processed: sum("DeadLetteredNeverProcessed"),
            after_errors: sum("DeadLetteredAfterErrors"),
            after_timeouts: sum("DeadLetteredAfterTimeouts"),
            after_overruns: sum("DeadLetteredAfterOverruns"),
            behind_failures: sum("DeadLetteredBehindFailures"),
        },
        expired: sum("ExpiredMessages"),
        redriven_in: sum("RedrivenInMessages"),
        redriven_out: sum("RedrivenOutMessages"),
        receives_per_message: per_message(received),
        invocations_per_message: invocations(record, wiring, node).and_then(per_message),
        throttled_invocations: mappings(record, &node.name, wiring).map(|m| counter(m, "ThrottledInvokes")).sum(),
        age_of_oldest_max_s: gauge(node, "ApproximateAgeOfOldestMessage").map_or(0.0, |g| g.scaled(g.max as f64)),
        backlog: backlog(record, node),
    }
}

/// The mappings that poll a queue: they are called "queue → function".
pub(super) fn mappings<'r>(record: &'r Record, queue: &'r str, wiring: &'r Wiring) -> impl Iterator<Item = &'r NodeRecord> {
    let names = wiring.fed_by(queue).map(move |function| format!("{queue} → {function}"));
    names.filter_map(|name| record.nodes.iter().find(|n| n.kind == "event_source_mapping" && n.name == name))
}

/// Of the one function that is fed from this queue, where nobody else seems to invoke it: an invocation is of one event at least.
fn invocations(record: &Record, wiring: &Wiring, queue: &NodeRecord) -> Option<u64> {
    let mut fed = wiring.fed_by(&queue.name);
    let function = fed.next().filter(|_| fed.next().is_none())?;
    let node = record.nodes.iter().find(|n| n.name == function)?;
    let made = counter(node, "Invocations");
    let events = mappings(record, &queue.name, wiring).map(|m| counter(m, "InvokedEventCount")).sum::<u64>();
    let is_only = wiring.feeds.iter().filter(|(_, to)| to == function).count() == 1 && counter(node, "AsyncEventsReceived") == 0;
    (is_only && made <= events).then_some(made)
}

fn backlog(record: &Record, node: &NodeRecord) -> Backlog {
    let levels = ["ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];
    let [visible, in_flight, delayed] = levels.map(|name| gauge(node, name));
    let last = |g: Option<&GaugeRecord>| g.map_or(0, |g| g.last);
    let is_empty = last(visible) + last(in_flight) + last(delayed) == 0;
    let changed = [visible, in_flight, delayed].into_iter().flatten().map(|g| g.changed).max().unwrap_or(Time::ZERO);
    let (peak, peak_at) = visible.map_or((0, Time::ZERO), |g| peak(record, g));
    let drained_at = (is_empty && changed > Time::ZERO).then_some(changed);
    Backlog {
        visible: last(visible),
        in_flight: last(in_flight),
        delayed: last(delayed),
        peak,
        peak_at_s: peak_at.as_secs_f64(),
        drained_at_s: drained_at.map(Time::as_secs_f64),
        drain_s: drained_at.map(|at| at.saturating_sub(peak_at).as_secs_f64()),
        growth_per_s: visible.map_or(0.0, |g| growth(record, g)),
    }
}

/// The highest level of the measured time, and the end of the first window that has it; of the very first window its beginning, as a backlog
/// from before the run is there at once.
fn peak(record: &Record, gauge: &GaugeRecord) -> (u64, Time) {
    let first = record.window_ends.partition_point(|end| *end <= record.warm_up);
    let windows = gauge.window_maxima.iter().enumerate().skip(first);
    let (at, level) = windows.fold((0, 0), |best, (k, level)| if *level > best.1 { (k, *level) } else { best });
    let ends = record.window_ends.get(at).copied().unwrap_or(record.simulated);
    (u64::from(level), if at == 0 { Time::ZERO } else { ends })
}

/// The last fifth of the windows that are as wide as the others.
pub(super) fn end_of(record: &Record) -> std::ops::Range<usize> {
    let whole = record.window_ends.partition_point(|end| *end <= record.duration);
    whole - (whole / 5).max(1).min(whole)..whole
}

pub(super) fn length_s(record: &Record, windows: &std::ops::Range<usize>) -> f64 {
    let end = |k: usize| if k == 0 { Time::ZERO } else { record.window_ends[k - 1] };
    end(windows.end).saturating_sub(end(windows.start)).as_secs_f64()
}

/// How fast a level rises in the last fifth of the run: from the mean of that fifth's first half to the mean of its second.
fn growth(record: &Record, gauge: &GaugeRecord) -> f64 {
    let windows = end_of(record);
    let half = windows.len() / 2;
    if half == 0 || gauge.window_means.len() < windows.end {
        return 0.0;
    }
    let mean = |range: std::ops::Range<usize>| gauge.window_means[range.clone()].iter().map(|m| f64::from(*m)).sum::<f64>() / range.len() as f64;
    let (before, after) = (windows.start..windows.start + half, windows.end - half..windows.end);
    let apart = length_s(record, &windows) * (windows.len() - half) as f64 / windows.len() as f64;
    if apart > 0.0 { (mean(after) - mean(before)) / apart } else { 0.0 }
}

/// Every function that is fed from a queue or had asynchronous events.
pub fn asynchronous(record: &Record, wiring: &Wiring) -> Vec<Asynchronous> {
    record.nodes.iter().filter(|n| n.kind == "lambda").filter_map(|n| function(record, wiring, n)).collect()
}

fn function(record: &Record, wiring: &Wiring, node: &NodeRecord) -> Option<Asynchronous> {
    let queues = wiring.feeds.iter().filter(|(_, to)| *to == node.name).map(|(queue, _)| queue);
    let of_queue = |queue: &String| {
        let found = record.nodes.iter().find(|n| n.name == *queue)?;
        Some(Wait { queue: Some(queue.clone()), time: times_of(found, "TimeInQueue") })
    };
    let events = events(node);
    let own = events.as_ref().map(|_| Wait { queue: None, time: times_of(node, "AsyncEventAge") });
    let waits: Vec<Wait> = queues.filter_map(of_queue).chain(own).collect();
    let (duration, end_to_end) = (times_of(node, "Duration"), times_of(node, "EndToEnd"));
    let found = Asynchronous { function: node.name.clone(), waits, events, duration, end_to_end };
    (!found.waits.is_empty()).then_some(found)
}

fn events(node: &NodeRecord) -> Option<Events> {
    let sum = |name| counter(node, name);
    let found = Events {
        received: sum("AsyncEventsReceived"),
        dropped: sum("AsyncEventsDropped"),
        dropped_never_run: sum("AsyncEventsDroppedNeverRun"),
        dropped_after_errors: sum("AsyncEventsDroppedAfterErrors"),
        retries: sum("AsyncEventRetries"),
        put_off: sum("AsyncEventsPutOff"),
        pending: gauge(node, "AsyncEventsPending").map_or(0, |g| g.last),
    };
    (found.received > 0).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Recorder;

    fn s(seconds: u64) -> Time {
        Time::from_secs(seconds)
    }

    /// A queue with a hundred messages from the first second on, one of which goes each second from the 200th on, as far as `left`.
    fn backlog_down_to(left: u64) -> Backlog {
        let mut r = Recorder::new(s(1000), Time::ZERO);
        let queue = r.node("orders", "sqs");
        let (visible, in_flight) = (r.gauge(queue, "ApproximateNumberOfMessagesVisible"), r.gauge(queue, "ApproximateNumberOfMessagesNotVisible"));
        r.set(visible, Time::from_millis(1), 100);
        for second in 0..100 - left {
            let now = s(200 + second);
            r.close_until(now);
            r.fall(visible, now, 1);
            r.rise(in_flight, now, 1);
            let now = now + Time::from_millis(500);
            r.close_until(now);
            r.fall(in_flight, now, 1);
        }
        let record = r.finish(s(1000));
        queues(&record, &Wiring::default()).remove(0).backlog
    }

    #[test]
    fn a_queue_is_drained_when_its_last_message_is_gone() {
        let b = backlog_down_to(0);
        assert_eq!((b.peak, b.peak_at_s, b.drained_at_s, b.drain_s), (100, 0.0, Some(299.5), Some(299.5)));
    }

    #[test]
    fn what_is_left_is_not_drained() {
        let b = backlog_down_to(3);
        assert_eq!((b.visible, b.in_flight, b.drained_at_s, b.drain_s, b.growth_per_s), (3, 0, None, None, 0.0));
    }

    #[test]
    fn a_queue_that_nothing_came_to_was_never_drained() {
        let mut r = Recorder::new(s(10), Time::ZERO);
        let queue = r.node("orders", "sqs");
        r.gauge(queue, "ApproximateNumberOfMessagesVisible");
        let queues = queues(&r.finish(s(10)), &Wiring::default());
        assert_eq!((queues[0].backlog.drained_at_s, queues[0].receives_per_message), (None, None));
    }
}
