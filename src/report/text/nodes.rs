//! A table of every node: its CloudWatch metrics, each in the columns that have a meaning for it.
//!
//! Counters have a sum, levels a mean and a maximum, distributions a count, a mean, p50, p99 and a maximum. What stayed at zero shares a line: counters, and
//! levels of what messages are made of. Halves of 95 % intervals stand beside the mean of a level, and below those of a distribution; a percentile that
//! fewer than ten values lie beyond is in parentheses. What theory says of a node is its last line.

use super::super::number::{count, decimal, percent, plural, two_digits};
use super::super::style::{Colour, Style, left, right, wrapped};
use super::super::{Gauge, Node, Report, Summary};
use super::{theory, time};

const SHOWN: usize = 12;
const COLUMN: usize = 11;
/// Values beyond a percentile: with fewer it is one of the run's accidents.
const FEWEST_BEYOND: f64 = 9.999;
/// Kinds of which many levels are usually zero.
const MESSAGING: [&str; 3] = ["sqs", "sns", "event_source_mapping"];

pub fn section(report: &Report, style: &Style) -> String {
    let shown = busiest(report);
    if shown.is_empty() {
        return String::new();
    }
    let head = left("", name_width(style)) + &["sum", "mean", "p50", "p99", "max"].map(|h| right(h, COLUMN)).concat();
    let mut out = format!("{}\n  {}\n", style.heading("Nodes"), style.dim(&head));
    out += &shown.iter().map(|node| block(node, style) + &theory::lines(report, &node.name, style)).collect::<Vec<_>>().join("\n");
    if report.nodes.len() > shown.len() {
        out += &style.dim(&format!("\n  and {} quieter nodes: all are in the JSON\n", count((report.nodes.len() - shown.len()) as u64)));
    }
    out
}

/// In the scenario's order; where there are too many, those that refused something and those with most arrivals.
fn busiest(report: &Report) -> Vec<&Node> {
    let mut ranked: Vec<(usize, &Node)> = report.nodes.iter().enumerate().collect();
    let refused = |node: &Node| report.limits.iter().filter(|l| l.node == node.name).map(|l| l.refused).sum::<u64>();
    ranked.sort_by_key(|(_, node)| std::cmp::Reverse((refused(node), node.arrived)));
    ranked.truncate(SHOWN);
    ranked.sort_by_key(|(i, _)| *i);
    ranked.into_iter().map(|(_, node)| node).collect()
}

fn name_width(style: &Style) -> usize {
    style.columns() - 2 - 5 * COLUMN
}

fn block(node: &Node, style: &Style) -> String {
    let mut out = title(node, style);
    for counter in node.counters.iter().filter(|c| c.sum > 0.0 && c.dimension.is_none()) {
        out += &row(&counter.name, [count(counter.sum.round() as u64)], style);
    }
    let is_none = |gauge: &&Gauge| gauge.max == 0.0 && MESSAGING.contains(&node.kind.as_str());
    for gauge in node.gauges.iter().filter(|gauge| !is_none(gauge)) {
        let (mean, max) = match gauge.unit {
            Some(_) => (time(gauge.mean).to_string(), time(gauge.max).to_string()),
            None => (decimal(gauge.mean), count(gauge.max as u64)),
        };
        let sure = gauge.mean_half_width.filter(|half| *half > 0.0).map_or(String::new(), |half| match gauge.unit {
            Some(_) => half_width(half),
            None => format!("± {}", decimal(two_digits(half))),
        });
        out += &row(&gauge.name, [String::new(), mean, sure, String::new(), max], style);
    }
    for latency in node.latencies.iter().filter(|l| l.summary.count > 0) {
        out += &row(&latency.name, distribution(&latency.summary), style);
        out += &half_widths(&latency.summary, style);
    }
    let counters = node.counters.iter().filter(|c| c.sum == 0.0 && c.dimension.is_none()).map(|c| c.name.as_str());
    let zeros: Vec<&str> = counters.chain(node.gauges.iter().filter(is_none).map(|g| g.name.as_str())).collect();
    if !zeros.is_empty() {
        out += &style.dim(wrapped(&format!("none: {}", zeros.join(", ")), style.columns(), "  ").trim_end_matches('\n'));
        out += "\n";
    }
    out + &parts(node, style)
}

/// The counters of each part of a node, such as an index, under its name.
fn parts(node: &Node, style: &Style) -> String {
    let (mut out, mut last) = (String::new(), "");
    for (part, counter) in node.counters.iter().filter(|c| c.sum > 0.0).filter_map(|c| Some((c.dimension.as_deref()?, c))) {
        if part != last {
            out += &format!("  {}\n", style.dim(&format!("· {part}")));
            last = part;
        }
        out += &row(&counter.name, [count(counter.sum.round() as u64)], style);
    }
    out
}

fn title(node: &Node, style: &Style) -> String {
    let calls = calls(node).map_or(String::new(), |calls| format!(" · {calls}"));
    // What is in flight at a queue are receives that wait for a message.
    let waiting = if node.kind == "sqs" { 0 } else { node.whole_run.in_flight };
    let in_flight = if waiting > 0 { format!(" · {} in flight at the end", count(waiting)) } else { String::new() };
    format!("{} {}\n", style.bold(&node.name), style.dim(&format!("· {}{calls}{in_flight}", node.kind.replace('_', " "))))
}

/// Calls of a queue are mostly receives, which its own counters tell better; those of a function with events are events and attempts.
fn calls(node: &Node) -> Option<String> {
    let sum = |name: &str| node.counters.iter().find(|c| c.name == name).map_or(0, |c| c.sum as u64);
    match node.arrived {
        0 => None,
        _ if node.kind == "sqs" => None,
        _ if sum("AsyncEventsReceived") > 0 => Some(plural(sum("Invocations"), "invocation")),
        n => Some(plural(n, "call")),
    }
}

pub fn distribution(s: &Summary) -> [String; 5] {
    let t = |seconds| time(seconds).to_string();
    let beyond = |share: f64, seconds| if s.count as f64 * share < FEWEST_BEYOND { format!("({})", t(seconds)) } else { t(seconds) };
    [count(s.count), t(s.mean_s), beyond(0.5, s.p50_s), beyond(0.01, s.p99_s), t(s.max_s)]
}

/// The row below a distribution that says how well it is known; nothing where that cannot be told.
pub fn half_widths(s: &Summary, style: &Style) -> String {
    let h = &s.half_widths;
    if h.is_none() {
        return String::new();
    }
    let cell = |half: Option<f64>| right(&half.map_or("—".into(), half_width), COLUMN);
    let cells = [h.mean_half_width_s, h.p50_half_width_s, h.p99_half_width_s].map(cell).concat();
    style.dim(&format!("  {}{cells}", " ".repeat(name_width(style) + COLUMN))) + "\n"
}

/// `± 1.2 ms`: two digits are all that such a figure has.
pub fn half_width(seconds: f64) -> String {
    format!("± {}", time(two_digits(seconds)))
}

fn row<const N: usize>(name: &str, cells: [String; N], style: &Style) -> String {
    let line = format!("  {}{}", left(name, name_width(style)), cells.map(|cell| right(&cell, COLUMN)).concat());
    line.trim_end().to_string() + "\n"
}

/// How many invocations began cold, and what that cost them.
pub fn cold_starts(report: &Report, style: &Style) -> String {
    let rows: Vec<String> = report.nodes.iter().filter_map(|node| cold_start(node, style)).take(SHOWN).collect();
    if rows.is_empty() {
        return String::new();
    }
    let head = left("function", name_width(style)) + &["cold", "share", "init p50", "init p99", "init max"].map(|h| right(h, COLUMN)).concat();
    format!("{}\n  {}\n{}", style.heading("Cold starts"), style.dim(&head), rows.concat())
}

fn cold_start(node: &Node, style: &Style) -> Option<String> {
    let sum = |name: &str| node.counters.iter().find(|c| c.name == name).map(|c| c.sum);
    let cold = node.counters.iter().find(|c| c.name.starts_with("ColdStart"))?.sum;
    if cold == 0.0 {
        return None;
    }
    let share = sum("Invocations").map_or("—".into(), |all| percent(cold as u64, all as u64));
    let [_, _, p50, p99, max] =
        node.latencies.iter().find(|l| l.name == "InitDuration").map_or(std::array::from_fn(|_| "—".into()), |l| distribution(&l.summary));
    let cells = [right(&count(cold as u64), COLUMN), right(&share, COLUMN), right(&p50, COLUMN), right(&p99, COLUMN), right(&max, COLUMN)].concat();
    Some(format!("  {}{}\n", left(&node.name, name_width(style)), style.paint(Colour::Blue, &cells)))
}
