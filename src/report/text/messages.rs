//! Messages and their way: of each queue what came and went and what is left; of work that is not waited for, each hop beside the whole.
//! Left out where a scenario has neither.
//!
//! ```text
//! orders                     60,279     54,069      6,210          0  10 m 53 s
//!   dead letters, in `dlq`: 6,210 never processed (throttled)
//!   drained at 20 m 53 s, 12 m 30 s after its peak of 30,942 messages
//! ```

use super::super::number::{count, decimal, plural};
use super::super::style::{Colour, Style, left, right, wrapped};
use super::super::{Asynchronous, Backlog, EndToEnd, Events, Queue, Report, Summary, Topic};
use super::nodes::{distribution, half_widths};
use super::time;

const SHOWN: usize = 12;
const COLUMN: usize = 11;
/// A backlog is told of where the oldest message waited for so long, in seconds, or as many messages waited.
const WORTH_S: f64 = 5.0;
const WORTH: u64 = 10;

fn name_width(style: &Style) -> usize {
    style.columns() - 2 - 5 * COLUMN
}

fn head(title: &str, first: &str, columns: [&str; 5], style: &Style) -> String {
    let columns = left(first, name_width(style)) + &columns.map(|h| right(h, COLUMN)).concat();
    format!("{}\n  {}\n", style.heading(title), style.dim(columns.trim_end()))
}

pub fn queues(report: &Report, style: &Style) -> String {
    if report.queues.is_empty() {
        return if report.topics.is_empty() { String::new() } else { style.heading("Messages") + "\n" + &topics(report, style) };
    }
    let mut out = head("Messages", "queue", ["came", "deleted", "dead", "left", "oldest"], style);
    out += &report.queues.iter().take(SHOWN).map(|q| queue(q, style)).collect::<String>();
    if report.queues.len() > SHOWN {
        out += &style.dim(&format!("  and {} more: all are in the JSON\n", report.queues.len() - SHOWN));
    }
    if report.topics.is_empty() { out } else { out + "\n" + &topics(report, style) }
}

fn topics(report: &Report, style: &Style) -> String {
    let columns = ["published", "delivered", "filtered", "given up", "pending"].map(|h| right(h, COLUMN)).concat();
    let mut out = format!("  {}\n", style.dim(&(left("topic", name_width(style)) + &columns)));
    out += &report.topics.iter().take(SHOWN).map(|t| topic(t, style)).collect::<String>();
    if report.topics.len() > SHOWN {
        out += &style.dim(&format!("  and {} more: all are in the JSON\n", report.topics.len() - SHOWN));
    }
    out
}

fn topic(t: &Topic, style: &Style) -> String {
    let given_up = right(&count(t.given_up), COLUMN);
    let given_up = if t.given_up > 0 { style.paint(Colour::Red, &given_up) } else { given_up };
    let counts = [t.published, t.delivered, t.filtered_out].map(|n| right(&count(n), COLUMN)).concat();
    let line = format!("  {}{counts}{given_up}{}\n", style.bold(&left(&t.name, name_width(style))), right(&count(t.pending), COLUMN));
    let d = &t.delivery;
    line + &if d.count > 0 { format!("    delivered after {} at p50, {} at p99\n", time(d.p50_s), time(d.p99_s)) } else { String::new() }
}

fn queue(q: &Queue, style: &Style) -> String {
    let rest = q.backlog.visible + q.backlog.in_flight + q.backlog.delayed;
    let dead = right(&count(q.dead_lettered.total), COLUMN);
    let dead = if q.dead_lettered.total > 0 { style.paint(Colour::Red, &dead) } else { dead };
    let counts = [q.sent + q.redriven_in, q.deleted].map(|n| right(&count(n), COLUMN)).concat();
    let ends = right(&count(rest), COLUMN) + &right(&time(whole_digits(q.age_of_oldest_max_s)).to_string(), COLUMN);
    let line = format!("  {}{counts}{dead}{ends}\n", style.bold(&left(&q.name, name_width(style))));
    let notes: Vec<String> = [dead_letters(q), strays(q), receives(q), backlog(q)].into_iter().flatten().collect();
    line + &notes.iter().map(|note| wrapped(note, style.columns(), "    ")).collect::<String>()
}

/// To the millisecond below ten seconds, else to the second: an age is a level, not a measurement of microseconds.
fn whole_digits(seconds: f64) -> f64 {
    if seconds < 10.0 { (seconds * 1e3).round() / 1e3 } else { seconds.round() }
}

fn listed(parts: &[(u64, &str)]) -> Option<String> {
    let said: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", count(*n))).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

fn dead_letters(q: &Queue) -> Option<String> {
    let dead = &q.dead_lettered;
    let causes = listed(&[
        (dead.never_processed, "never processed (throttled)"),
        (dead.after_errors, "failed"),
        (dead.after_timeouts, "timed out"),
        (dead.after_overruns, "overran its visibility timeout"),
        (dead.behind_failures, "returned untried behind a failure"),
    ])?;
    let place = dead.queue.as_ref().map_or(String::new(), |to| format!(", in `{to}`"));
    Some(format!("dead letters{place}: {causes}"))
}

/// What left or came by another way, or more often than once.
fn strays(q: &Queue) -> Option<String> {
    listed(&[
        (q.expired, "expired"),
        (q.redriven_in, "came as dead letters or back from there"),
        (q.redriven_out, "sent back"),
        (q.deduplicated, "taken for duplicates"),
        (q.late_deletes, "deleted too late: received again meanwhile"),
    ])
}

fn receives(q: &Queue) -> Option<String> {
    let each = q.receives_per_message.filter(|_| q.redelivered > 0)?;
    let throttled =
        if q.throttled_invocations > 0 { format!("; {}", plural(q.throttled_invocations, "throttled invocation")) } else { String::new() };
    Some(format!("{} receives for each message deleted; {} redelivered{throttled}", decimal(each), count(q.redelivered)))
}

fn backlog(q: &Queue) -> Option<String> {
    let b = &q.backlog;
    if b.peak < WORTH || q.age_of_oldest_max_s < WORTH_S || q.received == 0 {
        return None;
    }
    let peak = format!("its peak of {}", plural(b.peak, "message"));
    Some(match (b.drained_at_s, b.drain_s) {
        (Some(at), Some(after)) => format!("drained at {}, {} after {peak}", time(whole_digits(at)), time(whole_digits(after))),
        _ => format!("{} after {peak}, {}", plural_waiting(b), direction(b)),
    })
}

fn plural_waiting(b: &Backlog) -> String {
    format!("{} waiting at the end", count(b.visible + b.delayed))
}

fn direction(b: &Backlog) -> String {
    match b.growth_per_s {
        g if g >= 0.05 => format!("growing: +{} messages a second at the end", decimal(g)),
        g if g <= -0.05 => format!("draining: {} messages a second at the end", decimal(-g)),
        _ => "neither growing nor draining".into(),
    }
}

pub fn ways(report: &Report, style: &Style) -> String {
    let ends: Vec<(&str, &EndToEnd)> = report.workloads.iter().filter_map(|w| Some((w.name.as_str(), w.end_to_end.as_ref()?))).collect();
    if ends.is_empty() && report.asynchronous.is_empty() {
        return String::new();
    }
    let mut out = head("End to end", "", ["count", "mean", "p50", "p99", "max"], style);
    for (workload, end) in ends.iter().take(SHOWN) {
        let EndToEnd { count, mean_s, p50_s, p99_s, max_s, half_widths, .. } = **end;
        let summary = Summary { count, mean_s, p50_s, p99_s, max_s, half_widths };
        out += &row(&format!("{workload}, until `{}`", end.node), 0, &summary, style);
    }
    out + &report.asynchronous.iter().take(SHOWN).map(|function| hops(function, style)).collect::<String>()
}

fn hops(f: &Asynchronous, style: &Style) -> String {
    let mut out = row(&format!("{}, from the request on", f.function), 0, &f.end_to_end, style);
    for wait in &f.waits {
        let place = wait.queue.as_ref().map_or("as an asynchronous event".into(), |queue| format!("waits in `{queue}`"));
        out += &row(&place, 2, &wait.time, style);
    }
    out += &row("runs", 2, &f.duration, style);
    match f.events.as_ref().and_then(events) {
        Some(said) => out + &wrapped(&said, style.columns(), "    "),
        None => out,
    }
}

fn events(e: &Events) -> Option<String> {
    let said = listed(&[
        (e.retries, "tried again after errors"),
        (e.put_off, "put off after throttles"),
        (e.dropped, "dropped"),
        (e.pending, "pending at the end"),
    ]);
    said.map(|said| format!("events: {said}"))
}

fn row(name: &str, indent: usize, s: &Summary, style: &Style) -> String {
    let cells = if s.count > 0 { distribution(s) } else { ["0", "—", "—", "—", "—"].map(String::from) }.map(|cell| right(&cell, COLUMN)).concat();
    format!("  {}{}{cells}\n", " ".repeat(indent), left(name, name_width(style) - indent)) + &half_widths(s, style)
}
