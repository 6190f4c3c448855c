//! The report for a terminal: plain text in the order of its reader's questions, one file a section.
//!
//! ```text
//! verdict → latency → where the time goes → messages → end to end → over time → limits and failures → nodes → cold starts → what it costs → to trust it
//! ```
//!
//! 72 to 100 columns of Unicode text; colour is an addition, never the message. Long lists are cut with a note of what is left out: the JSON has
//! everything.

mod cost;
mod course;
mod latency;
mod limits;
mod messages;
mod nodes;
mod notes;
mod spent;
pub(super) mod theory;

pub(super) use nodes::two_digits;

use super::number::plural;
use super::style::{Colour, Style, wrapped};
use super::{Answered, Report, Workload};
use crate::units::Time;

/// Workloads and routes that are drawn in full; the others get a line.
const DRAWN: usize = 6;

impl Report {
    /// The whole report.
    pub fn text(&self, style: &Style) -> String {
        let sections = [
            header(self, style),
            latency::section(self, style),
            spent::section(self, style),
            messages::queues(self, style),
            messages::ways(self, style),
            course::section(self, style),
            limits::section(self, style),
            nodes::section(self, style),
            nodes::cold_starts(self, style),
            cost::section(self, style),
            notes::section(self, style),
        ];
        sections.into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// Only the verdict, and which thresholds were breached.
    pub fn verdict_text(&self, style: &Style) -> String {
        verdict(self, style) + &notes::breaches(self, style)
    }
}

fn header(report: &Report, style: &Style) -> String {
    let run = &report.run;
    let warm_up = if run.warm_up_s > 0.0 { format!(" after a warm-up of {}", time(run.warm_up_s)) } else { String::new() };
    let measured = time((run.simulated_s - run.warm_up_s).max(0.0));
    let (handled, noun) = report.handled().unwrap_or((0, "request"));
    let stands = run.represents_s.map_or(String::new(), |whole| format!(" · stands for {}", time(whole)));
    let line = format!("{} in {measured}{warm_up}{stands} · seed {}", plural(handled, noun), run.seed);
    format!("{}\n{}\n\n{}", style.bold(&report.scenario), style.dim(&line), verdict(report, style))
}

/// The first sentence is what one came for.
fn verdict(report: &Report, style: &Style) -> String {
    let text = wrapped(&report.verdict.join(" "), style.columns(), "");
    let is_lost = |q: &super::Queue| q.dead_lettered.total + q.expired > 0;
    let is_fine = report.limits.is_empty() && report.workloads.iter().all(|w| w.total.failed == 0) && !report.queues.iter().any(is_lost);
    text.lines().map(|line| style.paint(if is_fine { Colour::Green } else { Colour::Yellow }, line) + "\n").collect()
}

fn time(seconds: f64) -> Time {
    Time::from_secs_f64(seconds)
}

/// What is drawn: each workload, and below it its routes if there are several.
struct Line<'a> {
    label: String,
    answers: &'a Answered,
    /// One of several routes.
    is_route: bool,
    /// The sum of several routes.
    is_total: bool,
}

fn lines(report: &Report) -> Vec<Line<'_>> {
    report.workloads.iter().flat_map(workload_lines).collect()
}

fn workload_lines(workload: &Workload) -> Vec<Line<'_>> {
    let label = |route: &str| [workload.name.as_str(), route].join(" ").trim_end().to_string();
    if let [only] = &workload.routes[..] {
        return vec![Line { label: label(&only.route), answers: &workload.total, is_route: false, is_total: false }];
    }
    let routes = workload.routes.iter().map(|r| Line { label: label(&r.route), answers: &r.answers, is_route: true, is_total: false });
    std::iter::once(Line { label: format!("{}, all routes", workload.name), answers: &workload.total, is_route: false, is_total: true })
        .chain(routes)
        .collect()
}
