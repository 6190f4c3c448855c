//! The run's course: load, failures, latency and refusals over time, one line each, so that what happens together stands together.
//!
//! ```text
//! shoppers offered   ▁▁▁▁▁▁▃▆█▄▂▂▂▂▂▂▂▂▂      peak 1,942/s
//! ```
//!
//! A column is one or several windows; its p99 is read from their heat rows, so to two digits at best.

use super::super::number::{count, decimal};
use super::super::style::{Colour, Style, left, right};
use super::super::{Report, Workload};
use super::time;
use crate::metrics::{HEAT_CELLS, HEAT_EDGES};

const WORKLOADS: usize = 3;
const LIMITS: usize = 3;
const QUEUES: usize = 3;
const LEGEND: usize = 16;

pub fn section(report: &Report, style: &Style) -> String {
    let windows = report.windows.ends_s.len();
    if windows < 10 || report.workloads.iter().all(|w| w.total.offered == 0) {
        return String::new();
    }
    let course = Course { report, columns: windows.min(style.columns() - label(style) - LEGEND - 4), style };
    let rows: String = report.workloads.iter().take(WORKLOADS).map(|w| course.workload(w)).collect();
    let limits: String = report
        .limits
        .iter()
        .take(LIMITS)
        .map(|l| course.rate(&format!("{}: {}", l.node, l.name), "refused ", &wide(&l.series), Colour::Red))
        .collect();
    let queues: String = report.queues.iter().filter(|q| q.backlog.peak > 0).take(QUEUES).map(|q| course.backlog(&q.name)).collect();
    style.heading(&title(report)) + "\n" + &rows + &queues + &limits + &course.axis()
}

/// The course is of the whole run, unlike the figures.
fn title(report: &Report) -> String {
    match report.run.warm_up_s {
        warm_up if warm_up > 0.0 => format!("Over time, with the warm-up of {}", time(warm_up)),
        _ => "Over time".into(),
    }
}

fn label(style: &Style) -> usize {
    style.columns() * 32 / 100
}

struct Course<'a> {
    report: &'a Report,
    columns: usize,
    style: &'a Style,
}

impl Course<'_> {
    fn workload(&self, w: &Workload) -> String {
        let sum = |of: fn(&super::super::Series) -> &Vec<u32>| {
            let windows = self.report.windows.ends_s.len();
            (0..windows).map(|k| w.routes.iter().map(|r| u64::from(of(&r.series)[k])).sum()).collect::<Vec<u64>>()
        };
        let failed = sum(|s| &s.failed);
        let failures =
            if failed.iter().any(|n| *n > 0) { self.rate(&format!("{} failed", w.name), "peak ", &failed, Colour::Red) } else { String::new() };
        self.rate(&format!("{} offered", w.name), "peak ", &sum(|s| &s.offered), Colour::Cyan) + &failures + &self.p99(w)
    }

    fn rate(&self, label: &str, prefix: &str, counts: &[u64], colour: Colour) -> String {
        let span = |column: usize| self.begin(self.windows(column).end) - self.begin(self.windows(column).start);
        let sum = |column: usize| self.windows(column).filter_map(|k| counts.get(k)).sum::<u64>() as f64;
        let rates: Vec<f64> = (0..self.columns).map(|c| sum(c) / span(c).max(1e-9)).collect();
        let peak = rates.iter().copied().fold(0.0, f64::max);
        let legend = if prefix == "peak " { format!("peak {}/s", decimal(peak)) } else { format!("{prefix}{}", count(counts.iter().sum())) };
        self.line(label, &rates, peak, &legend, colour)
    }

    fn p99(&self, w: &Workload) -> String {
        let values: Vec<f64> = (0..self.columns).map(|c| p99(&heat(w, self.windows(c)))).collect();
        let peak = values.iter().copied().fold(0.0, f64::max);
        let two_digits = 10f64.powi(1 - peak.max(1e-9).log10().floor() as i32);
        self.line(&format!("{} p99", w.name), &values, peak, &format!("peak {}", time((peak * two_digits).round() / two_digits)), Colour::Yellow)
    }

    /// Messages that are visible, at most in each column.
    fn backlog(&self, queue: &str) -> String {
        let node = self.report.nodes.iter().find(|n| n.name == queue);
        let gauge = node.and_then(|n| n.gauges.iter().find(|g| g.name == "ApproximateNumberOfMessagesVisible"));
        let Some(gauge) = gauge else { return String::new() };
        let highest = |column: usize| self.windows(column).filter_map(|k| gauge.max_series.get(k)).copied().fold(0.0, f64::max);
        let values: Vec<f64> = (0..self.columns).map(highest).collect();
        let peak = values.iter().copied().fold(0.0, f64::max);
        self.line(&format!("{queue} visible"), &values, peak, &format!("peak {}", count(peak as u64)), Colour::Magenta)
    }

    fn line(&self, label: &str, values: &[f64], peak: f64, legend: &str, colour: Colour) -> String {
        let spark: String = values.iter().map(|v| level(*v, peak)).collect();
        format!("  {} {} {legend}\n", left(label, self::label(self.style)), self.style.paint(colour, &spark))
    }

    /// The windows of a column.
    fn windows(&self, column: usize) -> std::ops::Range<usize> {
        let windows = self.report.windows.ends_s.len();
        column * windows / self.columns..(column + 1) * windows / self.columns
    }

    fn begin(&self, window: usize) -> f64 {
        if window == 0 { 0.0 } else { self.report.windows.ends_s[window - 1] }
    }

    fn axis(&self) -> String {
        let (middle, end) = (time(self.report.run.simulated_s / 2.0).to_string(), time(self.report.run.simulated_s).to_string());
        let half = self.columns / 2;
        let text = left("0 s", half) + &left(&middle, self.columns - half);
        let text: String = text.chars().take(self.columns - end.chars().count()).collect();
        format!(
            "  {} {}\n",
            " ".repeat(label(self.style)),
            self.style.dim(&(left(&text, self.columns - end.chars().count()) + &right(&end, end.chars().count())))
        )
    }
}

/// The heat rows of all routes over several windows.
fn heat(w: &Workload, windows: std::ops::Range<usize>) -> [u64; HEAT_CELLS] {
    let mut sum = [0; HEAT_CELLS];
    for row in w.routes.iter().flat_map(|r| &r.series.heat[windows.clone()]) {
        row.counts.iter().enumerate().for_each(|(i, n)| sum[i + usize::from(row.first)] += u64::from(*n));
    }
    sum
}

/// In seconds, within a cell by proportion; 0 where there is nothing.
fn p99(heat: &[u64; HEAT_CELLS]) -> f64 {
    let rank = 0.99 * heat.iter().sum::<u64>() as f64;
    let mut seen = 0.0;
    for (i, n) in heat.iter().enumerate().filter(|(_, n)| **n > 0) {
        let n = *n as f64;
        if seen + n >= rank {
            let edge = |i: usize| HEAT_EDGES[i.min(HEAT_CELLS - 2)] as f64 / 1e6;
            let from = if i == 0 { 0.0 } else { edge(i - 1) };
            return from + (edge(i) - from) * (rank - seen) / n;
        }
        seen += n;
    }
    0.0
}

fn wide(counts: &[u32]) -> Vec<u64> {
    counts.iter().map(|n| u64::from(*n)).collect()
}

/// Nothing is blank, anything at least the lowest step.
fn level(value: f64, peak: f64) -> char {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    if value <= 0.0 { ' ' } else { STEPS[((value / peak * 8.0).ceil() as usize).clamp(1, 8) - 1] }
}
