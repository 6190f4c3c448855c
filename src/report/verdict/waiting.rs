//! What made messages wait although nothing was refused: the most pollers a mapping may have, how fast they multiply, or the groups of a FIFO queue.
//!
//! ```text
//! reached = windows in which concurrent batches = maximum while messages are visible       ramp: all pollers busy, and their number grew
//! ```
//!
//! Left out: queues with several mappings, and mappings that were throttled or whose function fails, as these are told of elsewhere.

use super::super::messages::{Queue, counter, gauge, mappings, times_of};
use super::super::number::{count, decimal, plural};
use super::super::wiring::{Bound, Pollers, Wiring};
use crate::metrics::{GaugeRecord, NodeRecord, Record};
use crate::units::Time;

/// At p99, in seconds: less is no wait worth a sentence.
const LONG_S: f64 = 5.0;
const FEWEST: u64 = 10;
/// Pollers that are busy to this share are all busy.
const BUSY: f64 = 0.9;
/// More batches than one in so many throttled, or more messages failed: the pollers are not what bounds.
const TROUBLED: u64 = 1000;

/// How many messages waited at most, and why.
pub(super) fn waiting(record: &Record, wiring: &Wiring, queue: &Queue) -> Option<(u64, String)> {
    let node = record.nodes.iter().find(|n| n.name == queue.name)?;
    let mut polled = wiring.pollers.iter().filter(|p| p.queue == queue.name);
    let pollers = polled.next().filter(|_| polled.next().is_none())?;
    let mapping = mappings(record, &queue.name, wiring).next()?;
    let troubled = counter(mapping, "ThrottledInvokes").max(counter(mapping, "FailedInvokeEventCount"));
    if queue.backlog.peak < FEWEST || times_of(node, "TimeInQueue").p99_s < LONG_S || troubled * TROUBLED > counter(mapping, "InvokedEventCount") {
        return None;
    }
    let said = at_most(record, pollers, node, mapping, queue).or_else(|| groups(pollers, node, queue)).or_else(|| ramp(pollers, mapping, queue))?;
    Some((queue.backlog.peak, said))
}

/// "up to 9,550 messages waited (the oldest for 2 m 46 s)"
fn waited(queue: &Queue) -> String {
    let oldest = Time::from_secs_f64(queue.age_of_oldest_max_s.round());
    format!("up to {} waited (the oldest for {oldest})", plural(queue.backlog.peak, "message"))
}

/// As many invocations as the mapping may have, for as long as messages waited.
fn at_most(record: &Record, pollers: &Pollers, queue: &NodeRecord, mapping: &NodeRecord, told: &Queue) -> Option<String> {
    let (most, what) = match pollers.bound {
        Bound::MaximumConcurrency(most) => (most, format!("maximum concurrency ({})", count(most))),
        Bound::Provisioned(most) => (most, format!("most provisioned pollers ({} invocations at a time)", count(most))),
        Bound::Ramp { .. } => return None,
    };
    let (busy, visible) = (gauge(mapping, "ConcurrentBatches")?, gauge(queue, "ApproximateNumberOfMessagesVisible")?);
    let (from, until) = stretch(record, |k| at(&busy.window_maxima, k) >= most as u32 && mean_at(visible, k) >= 1.0)?;
    Some(format!("`{}`'s {what} was reached from {from} to {until}, while {}.", pollers.mapping, waited(told)))
}

fn at(levels: &[u32], window: usize) -> u32 {
    levels.get(window).copied().unwrap_or(0)
}

fn mean_at(gauge: &GaugeRecord, window: usize) -> f32 {
    gauge.window_means.get(window).copied().unwrap_or(0.0)
}

/// From the first window of which it is true to the last.
fn stretch(record: &Record, is: impl Fn(usize) -> bool) -> Option<(Time, Time)> {
    let mut windows = record.window_ends.partition_point(|end| *end <= record.warm_up)..record.window_ends.len();
    let first = windows.find(|k| is(*k))?;
    let last = (first..record.window_ends.len()).rfind(|k| is(*k))?;
    Some((if first == 0 { Time::ZERO } else { record.window_ends[first - 1] }, record.window_ends[last]))
}

/// Of a FIFO queue: a group is worked on by one batch at a time.
fn groups(pollers: &Pollers, queue: &NodeRecord, told: &Queue) -> Option<String> {
    let groups = gauge(queue, "ApproximateNumberOfGroupsWithInflightMessages").map_or(0, |g| g.max);
    let few = plural(groups, "group");
    (pollers.fifo && groups > 0)
        .then(|| format!("`{}` hands out one batch of a message group at a time: with at most {few} in flight, {}.", told.name, waited(told)))
}

/// All pollers were busy, and there were more and more of them.
fn ramp(pollers: &Pollers, mapping: &NodeRecord, queue: &Queue) -> Option<String> {
    let Bound::Ramp { a_minute, most } = pollers.bound else { return None };
    let (busy, had) = (gauge(mapping, "ConcurrentBatches")?.max, gauge(mapping, "Pollers")?.max);
    if had < FEWEST || (busy as f64) < BUSY * had as f64 {
        return None;
    }
    let what = match queue.backlog.drain_s {
        Some(drain) => format!(
            "The backlog of {} in `{}` took {} to drain",
            plural(queue.backlog.peak, "message"),
            queue.name,
            Time::from_secs_f64(drain.round())
        ),
        None => format!("In `{}` {}", queue.name, waited(queue)),
    };
    let all = if had >= most { ", the most that a mapping has" } else { "" };
    Some(format!("{what}, for the pollers of `{}` grew by {} a minute to {}{all}.", pollers.mapping, decimal(a_minute), count(had)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Recorder;

    /// A queue that 1,000 messages wait in for a quarter of an hour, while its mapping has as many batches at a time as said.
    fn said(bound: Bound, fifo: bool, batches: u64, throttled: u64) -> Option<String> {
        let s = Time::from_secs;
        let mut r = Recorder::new(s(1000), Time::ZERO);
        let (queue, _, mapping) = (r.node("q", "sqs"), r.node("f", "lambda"), r.node("q → f", "event_source_mapping"));
        let (visible, age) = (r.gauge(queue, "ApproximateNumberOfMessagesVisible"), r.gauge_in(queue, "ApproximateAgeOfOldestMessage", 1000));
        let (groups, time) = (r.gauge(queue, "ApproximateNumberOfGroupsWithInflightMessages"), r.latency(queue, "TimeInQueue"));
        let (invoked, throttles) = (r.counter(mapping, "InvokedEventCount"), r.counter(mapping, "ThrottledInvokes"));
        let (busy, pollers) = (r.gauge(mapping, "ConcurrentBatches"), r.gauge(mapping, "Pollers"));
        r.close_until(s(100));
        r.set(visible, s(100), 1000);
        r.set(busy, s(100), batches);
        r.set(pollers, s(100), batches);
        r.set(groups, s(100), 4);
        r.count(invoked, 1000);
        r.count(throttles, throttled);
        (0..1000).for_each(|k| r.record(time, s(k)));
        r.close_until(s(900));
        r.set(age, s(900), 800_000);
        r.set(visible, s(900), 0);
        r.set(busy, s(900), 0);
        r.set(pollers, s(900), 0);
        let pollers = vec![Pollers { mapping: "q → f".into(), queue: "q".into(), bound, fifo }];
        let wiring = Wiring { feeds: vec![("q".into(), "f".into())], pollers, ..Wiring::default() };
        let record = r.finish(s(1000));
        let queue = super::super::super::messages::queues(&record, &wiring).remove(0);
        waiting(&record, &wiring, &queue).map(|(_, said)| said)
    }

    #[test]
    fn a_maximum_that_is_reached_is_named_with_its_time_and_the_wait() {
        let said = said(Bound::MaximumConcurrency(20), false, 20, 0).unwrap();
        assert!(said.starts_with("`q → f`'s maximum concurrency (20) was reached from 1 m 3") || said.contains("from 1 m 40 s to 15 m"), "{said}");
        assert!(said.ends_with("while up to 1,000 messages waited (the oldest for 13 m 20 s)."), "{said}");
    }

    #[test]
    fn pollers_that_multiply_are_what_bounds_a_drain() {
        let said = said(Bound::Ramp { a_minute: 300.0, most: 1250 }, false, 1250, 0).unwrap();
        assert!(said.starts_with("The backlog of 1,000 messages in `q` took 13 m"), "{said}");
        assert!(said.ends_with("for the pollers of `q → f` grew by 300 a minute to 1,250, the most that a mapping has."), "{said}");
    }

    #[test]
    fn a_fifo_queue_is_bound_by_its_groups() {
        let said = said(Bound::Ramp { a_minute: 300.0, most: 1250 }, true, 4, 0).unwrap();
        assert!(said.starts_with("`q` hands out one batch of a message group at a time: with at most 4 groups in flight, up to 1,000"), "{said}");
    }

    #[test]
    fn where_the_pollers_are_throttled_or_idle_they_bound_nothing() {
        assert_eq!(said(Bound::MaximumConcurrency(20), false, 20, 300), None);
        assert_eq!(said(Bound::MaximumConcurrency(20), false, 12, 0), None);
    }
}
