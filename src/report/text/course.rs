//! The run's course: load, failures, latency and refusals over time, one line each, so that what happens together stands together.
//!
//! ```text
//! shoppers offered   ▁▁▁▁▁▁▃▆█▄▂▂▂▂▂▂▂▂▂      peak 1,942/s
//! ```
//!
//! A column is one or several windows. Rates are averaged over it; of the windows' p99 it shows the worst.

use super::super::number::{count, decimal};
use super::super::style::{Colour, Style, left, right};
use super::super::{Report, Workload};
use super::time;

const WORKLOADS: usize = 3;
const LIMITS: usize = 3;
const LABEL: usize = 26;
const LEGEND: usize = 16;

pub fn section(report: &Report, style: &Style) -> String {
    let windows = report.windows.ends_s.len();
    if windows < 10 || report.workloads.iter().all(|w| w.total.offered == 0) {
        return String::new();
    }
    let course = Course { report, columns: windows.min(style.columns() - LABEL - LEGEND - 4), style };
    let rows: String = report.workloads.iter().take(WORKLOADS).map(|w| course.workload(w)).collect();
    let limits: String = report
        .limits
        .iter()
        .take(LIMITS)
        .map(|l| course.rate(&format!("{}: {}", l.node, l.name), "refused ", &wide(&l.series), Colour::Red))
        .collect();
    style.heading("Over time") + "\n" + &rows + &limits + &course.axis()
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
        self.rate(&format!("{} offered", w.name), "peak ", &sum(|s| &s.offered), Colour::Cyan) + &failures + &self.worst(w)
    }

    fn rate(&self, label: &str, prefix: &str, counts: &[u64], colour: Colour) -> String {
        let span = |column: usize| self.begin(self.windows(column).end) - self.begin(self.windows(column).start);
        let sum = |column: usize| self.windows(column).filter_map(|k| counts.get(k)).sum::<u64>() as f64;
        let rates: Vec<f64> = (0..self.columns).map(|c| sum(c) / span(c).max(1e-9)).collect();
        let peak = rates.iter().copied().fold(0.0, f64::max);
        let legend = if prefix == "peak " { format!("peak {}/s", decimal(peak)) } else { format!("{prefix}{}", count(counts.iter().sum())) };
        self.line(label, &rates, peak, &legend, colour)
    }

    fn worst(&self, w: &Workload) -> String {
        let at = |k: usize| w.routes.iter().map(|r| r.series.p99_s[k]).fold(0.0, f64::max);
        let values: Vec<f64> = (0..self.columns).map(|c| self.windows(c).map(at).fold(0.0, f64::max)).collect();
        let peak = values.iter().copied().fold(0.0, f64::max);
        self.line(&format!("{} p99", w.name), &values, peak, &format!("peak {}", time(peak)), Colour::Yellow)
    }

    fn line(&self, label: &str, values: &[f64], peak: f64, legend: &str, colour: Colour) -> String {
        let spark: String = values.iter().map(|v| level(*v, peak)).collect();
        format!("  {} {} {legend}\n", left(label, LABEL), self.style.paint(colour, &spark))
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
        let (middle, end) = (time(self.begin(self.windows(self.columns / 2).start)).to_string(), time(self.report.run.simulated_s).to_string());
        let half = self.columns / 2;
        let text = left("0 s", half) + &left(&middle, self.columns - half);
        let text: String = text.chars().take(self.columns - end.chars().count()).collect();
        format!(
            "  {} {}\n",
            " ".repeat(LABEL),
            self.style.dim(&(left(&text, self.columns - end.chars().count()) + &right(&end, end.chars().count())))
        )
    }
}

fn wide(counts: &[u32]) -> Vec<u64> {
    counts.iter().map(|n| u64::from(*n)).collect()
}

/// Nothing is blank, anything at least the lowest step.
fn level(value: f64, peak: f64) -> char {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    if value <= 0.0 { ' ' } else { STEPS[((value / peak * 8.0).ceil() as usize).clamp(1, 8) - 1] }
}
