//! Latency histograms, drawn sideways: a bar for each range of latency, with eighths of a block, and the percentiles below.
//!
//! ```text
//!      10 – 12.5 ms  ██████████████████████████▋     19,120   39.9 %  ◂ p50
//! ```
//!
//! Of successful requests only. A percentile that fewer than ten samples lie beyond is in parentheses (dim where there is colour). Below each stands
//! half of its 95 % interval, where the load is steady and thirty samples lie beyond.

use super::super::bins::coarser;
use super::super::number::{count, percent, plural};
use super::super::style::{Colour, Style, left, right, wrapped};
use super::super::{Answered, Bin, Percentile, Report};
use super::nodes::half_width;
use super::{DRAWN, Line, lines, time};

const ROWS_WORKLOAD: usize = 24;
const ROWS_ROUTE: usize = 20;
const MARKED: [f64; 3] = [50.0, 95.0, 99.0];
const COLUMN: usize = 11;

pub fn section(report: &Report, style: &Style) -> String {
    let lines = lines(report);
    if lines.iter().all(|line| line.answers.ok == 0) {
        return String::new();
    }
    let mut out = style.heading("Latency of successful requests");
    for line in lines.iter().take(DRAWN) {
        out += "\n";
        out += &title(line, style);
        out += &histogram(line, style);
        out += &percentiles(line.answers, style);
        out += &mean(line.answers, style);
        out += &failures(line.answers, style);
    }
    out += &briefly(&lines[DRAWN.min(lines.len())..], style);
    let notes: Vec<String> = [parentheses(&lines), unsure(&lines)].into_iter().flatten().collect();
    if !notes.is_empty() {
        out += "\n";
        out += &notes.iter().map(|note| style.dim(&wrapped(note, style.columns(), "  "))).collect::<String>();
    }
    out
}

fn parentheses(lines: &[Line]) -> Option<String> {
    let is_weak = |p: &Percentile| !p.supported;
    let any = lines.iter().any(|line| line.answers.latency.percentiles.iter().any(is_weak));
    any.then(|| "in parentheses or dim: fewer than ten requests lie beyond, an accident of this run".into())
}

/// Why there are no intervals.
fn unsure(lines: &[Line]) -> Option<String> {
    let drawn = || lines.iter().take(DRAWN).filter(|line| line.answers.ok > 0 && line.answers.latency.mean_half_width_s.is_none());
    let why = match (drawn().any(|line| !line.answers.steady), drawn().any(|line| line.answers.steady)) {
        (false, false) => return None,
        (true, false) => "the load changes",
        (false, true) => "the requests are too few",
        (true, true) => "the load changes, or the requests are too few",
    };
    Some(format!("± —  no 95 % interval: {why}"))
}

fn title(line: &Line, style: &Style) -> String {
    let a = line.answers;
    let ok = if a.failed + a.in_flight == 0 { "all ok".into() } else { format!("{} ok ({})", count(a.ok), percent(a.ok, a.offered)) };
    let retried = if a.retried > 0 { format!(", {} retried", count(a.retried)) } else { String::new() };
    let numbers = format!("{}{retried}, {ok}", plural(a.offered, "request"));
    let label = left(&line.label, style.columns() - numbers.chars().count() - 2);
    format!("{}  {}\n", style.bold(&label), style.dim(&numbers))
}

fn histogram(line: &Line, style: &Style) -> String {
    let rows = coarser(&line.answers.latency.histogram, if line.is_route { ROWS_ROUTE } else { ROWS_WORKLOAD });
    let most = rows.iter().map(|b| b.count).max().unwrap_or(0);
    let labels: Vec<String> = rows.iter().map(range).collect();
    let label_width = labels.iter().map(|l| l.chars().count()).max().unwrap_or(0).max(14);
    let bar_width = style.columns().saturating_sub(label_width + 40);
    let (mut out, mut gap) = (String::new(), false);
    for (i, (bin, label)) in rows.iter().zip(&labels).enumerate() {
        // A long stretch of nothing is one row.
        let is_gap = bin.count == 0 && (rows[i - 1].count == 0 || rows[i + 1].count == 0);
        if is_gap && !std::mem::replace(&mut gap, true) {
            out += &format!("{}\n", right("⋮", label_width + 2));
        }
        if !is_gap {
            gap = false;
            out += &row(bin, label, label_width, bar_width, most, line.answers, style);
        }
    }
    out
}

fn row(bin: &Bin, label: &str, label_width: usize, bar_width: usize, most: u64, answers: &Answered, style: &Style) -> String {
    let bar = left(&bar(bin.count, most, bar_width), bar_width);
    let marks = marks(bin, &answers.latency.percentiles);
    let (number, share) = (right(&count(bin.count), 12), right(&share(bin.count, answers.ok), 9));
    let line = format!("  {}  {}{number}{share}  {}", right(label, label_width), style.paint(Colour::Cyan, &bar), style.bold(&marks));
    line.trim_end().to_string() + "\n"
}

/// `10 – 12.5 ms`, `800 ms – 1 s`.
fn range(bin: &Bin) -> String {
    let (from, to) = (time(bin.from_s).to_string(), time(bin.to_s).to_string());
    if bin.from_s == 0.0 {
        return format!("under {to}");
    }
    if bin.to_s == f64::INFINITY {
        return format!("over {from}");
    }
    match (from.split_once(' '), to.split_once(' ')) {
        (Some((number, a)), Some((_, b))) if a == b && !a.contains(' ') => format!("{number} – {to}"),
        _ => format!("{from} – {to}"),
    }
}

/// With one digit, so that a column of shares can be compared.
fn share(part: u64, whole: u64) -> String {
    match part as f64 / whole as f64 * 100.0 {
        p if p >= 0.05 || part == 0 => format!("{p:.1} %"),
        _ => "<0.1 %".into(),
    }
}

fn marks(bin: &Bin, percentiles: &[Percentile]) -> String {
    let here = |p: &&Percentile| MARKED.contains(&p.percent) && (bin.from_s..bin.to_s).contains(&p.value_s);
    let names: Vec<String> = percentiles.iter().filter(here).map(|p| format!("p{}", p.percent)).collect();
    if names.is_empty() { String::new() } else { format!("◂ {}", names.join(" ")) }
}

/// A bar of whole and eighth blocks; something is never drawn as nothing.
pub fn bar(part: u64, most: u64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = if most == 0 { 0 } else { (part as f64 / most as f64 * width as f64 * 8.0).round() as usize };
    let eighths = if part > 0 { eighths.max(1) } else { 0 };
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

fn percentiles(answers: &Answered, style: &Style) -> String {
    let latency = &answers.latency;
    if latency.percentiles.is_empty() {
        return style.dim("  no request was successful\n");
    }
    // Where it is narrow, p75 is missed least.
    let shown: Vec<&Percentile> = latency.percentiles.iter().filter(|p| style.columns() >= 80 || p.percent != 75.0).collect();
    let width = COLUMN.min(style.columns() / (shown.len() + 1));
    let names = shown.iter().map(|p| format!("p{}", p.percent)).chain(["max".into()]);
    let head: String = names.map(|name| right(&name, width)).collect();
    let values: String = shown.iter().map(|p| percentile(p, width, style)).collect();
    let max = right(&time(latency.max_s).to_string(), width);
    format!("\n{}\n{values}{max}\n{}", style.dim(&head), half_widths(&shown, width, style))
}

fn half_widths(shown: &[&Percentile], width: usize, style: &Style) -> String {
    if shown.iter().all(|p| p.half_width_s.is_none()) {
        return String::new();
    }
    let cells: String = shown.iter().map(|p| right(&p.half_width_s.map_or("—".into(), half_width), width)).collect();
    style.dim(&cells) + "\n"
}

fn percentile(p: &Percentile, width: usize, style: &Style) -> String {
    match (time(p.value_s).to_string(), p.supported, style.colour) {
        (value, true, _) => right(&value, width),
        (value, false, true) => style.dim(&right(&value, width)),
        (value, false, false) => right(&format!("({value})"), width),
    }
}

/// The mean, and how sure it is.
fn mean(answers: &Answered, style: &Style) -> String {
    let latency = &answers.latency;
    let Some(mean) = latency.mean_s else { return String::new() };
    let (half, confidence) = match latency.mean_half_width_s {
        Some(half) => (half_width(half), "  (95 %)"),
        None => ("± —".into(), ""),
    };
    format!("{}{} {half}{}\n", right("mean  ", 10), time(mean), style.dim(confidence))
}

/// Failures are not in the figures above: here is how long they took.
fn failures(answers: &Answered, style: &Style) -> String {
    let f = &answers.failure_latency;
    if f.count == 0 {
        return String::new();
    }
    let took = format!("p50 {}, p99 {}, max {}", time(f.p50_s), time(f.p99_s), time(f.max_s));
    style.dim(&format!("    not counted above: {}, {took}\n", plural(f.count, "failure")))
}

/// One line each for what is not drawn.
fn briefly(lines: &[Line], style: &Style) -> String {
    if lines.is_empty() {
        return String::new();
    }
    const SHOWN: usize = 20;
    let name = style.columns() - 5 * COLUMN - 2;
    let head: String = ["ok", "p50", "p95", "p99", "max"].map(|h| right(h, COLUMN)).concat();
    let mut out = format!("\n  {}\n", style.dim(&(left("and also", name) + &head)));
    for line in lines.iter().take(SHOWN) {
        let l = &line.answers.latency;
        let at = |percent: f64| l.percentiles.iter().find(|p| p.percent == percent).map_or(right("—", COLUMN), |p| percentile(p, COLUMN, style));
        let max = right(&time(l.max_s).to_string(), COLUMN);
        out += &format!("  {}{}{}{}{}{max}\n", left(&line.label, name), right(&count(line.answers.ok), COLUMN), at(50.0), at(95.0), at(99.0));
    }
    if lines.len() > SHOWN {
        out += &style.dim(&format!("  and {} more: all are in the JSON\n", count((lines.len() - SHOWN) as u64)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_eighths_and_something_is_never_nothing() {
        assert_eq!([bar(8, 8, 2), bar(5, 8, 1), bar(1, 1_000_000, 10), bar(0, 8, 4)], ["██", "▋", "▏", ""]);
    }

    #[test]
    fn ranges_say_a_shared_unit_once() {
        let bin = |from_s, to_s| range(&Bin { from_s, to_s, count: 0 });
        assert_eq!([bin(0.01, 0.0125), bin(0.8, 1.0), bin(0.0, 1e-6)], ["10 – 12.5 ms", "800 ms – 1 s", "under 1 µs"]);
        assert_eq!(bin(100.0, 160.0), "1 m 40 s – 2 m 40 s");
    }
}
