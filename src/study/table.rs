//! Several runs as text: one line a run and workload, then what each says; of replications every figure that clients see, with its interval.
//!
//! ```text
//!                        requests    failed        p50             p99     thresholds
//! shop                    114,984     2.8 %    19.8 ms    208 ms ± 6 %     1 of 3 breached
//! shop/bigger_table       114,984       0 %    19.1 ms   61.2 ms ± 1 %     all hold
//! ```
//!
//! Half of a 95 % interval stands as a share of its value. Figures of nodes are in the JSON and the CSV.

use crate::report::{Figure, Style, count, decimal, figures, usd};
use crate::units::Time;

use super::estimate::{Estimate, Held, Replicated};
use super::joint::{Joint, JointRun};

/// The metrics of the table, with their headings.
pub const COLUMNS: [(&str, &str); 5] = [("requests", "requests"), ("failed", "error_rate"), ("mean", "mean"), ("p50", "p(50)"), ("p99", "p(99)")];
/// Sentences of a verdict that are shown beside others.
const SENTENCES: usize = 2;
/// Seeds that are listed.
const SEEDS: usize = 4;

/// One line of the joint table.
pub struct Row {
    /// The run, with the workload where it has several.
    pub label: String,
    /// By column; `—` where it was not measured.
    pub cells: Vec<String>,
    pub thresholds: String,
}

/// The lines of the joint table.
pub fn rows(joint: &Joint) -> Vec<Row> {
    joint.runs.iter().flat_map(of_run).collect()
}

fn of_run(run: &JointRun) -> Vec<Row> {
    let own = figures(&run.report);
    let workloads = &run.report.workloads;
    let row = |(number, workload): (usize, &crate::report::Workload)| Row {
        label: if workloads.len() > 1 { format!("{} {}", run.label, workload.name) } else { run.label.clone() },
        cells: COLUMNS.iter().map(|(_, metric)| cell(run, &own, &workload.name, metric)).collect(),
        thresholds: if number == 0 { thresholds(run) } else { String::new() },
    };
    if workloads.is_empty() {
        return vec![Row { label: run.label.clone(), cells: vec!["—".into(); COLUMNS.len()], thresholds: thresholds(run) }];
    }
    workloads.iter().enumerate().map(row).collect()
}

fn cell(run: &JointRun, own: &[Figure], subject: &str, metric: &str) -> String {
    if let Some(all) = &run.replications {
        return all.estimate(subject, metric).map_or_else(|| "—".into(), |e| spread(&e.unit, e.mean, e.half_width));
    }
    let found = own.iter().find(|figure| figure.subject == subject && figure.metric == metric);
    found.map_or_else(|| "—".into(), |figure| value(figure.unit, figure.value))
}

fn thresholds(run: &JointRun) -> String {
    let (all, breached) = match &run.replications {
        Some(all) => (all.thresholds.len(), all.thresholds.iter().filter(|t| t.held < t.of).count()),
        None => (run.report.thresholds.len(), run.report.thresholds.iter().filter(|t| !t.passed).count()),
    };
    let held = run.replications.iter().flat_map(|all| &all.thresholds).find(|t| t.held < t.of).map(|t| (t.of - t.held, t.of));
    match (all, breached) {
        (0, _) => String::new(),
        (1, 1) if held.is_some() => held.map_or_else(String::new, |(breached, of)| format!("breached in {breached} of {of} runs")),
        (1, 0) => "holds".into(),
        (_, 0) => "all hold".into(),
        _ => format!("{breached} of {all} breached"),
    }
}

/// The columns that there is room for, with their widths: the first to go is the mean, then the median.
fn shown(rows: &[Row], room: usize) -> Vec<(usize, usize)> {
    let width = |column: usize| rows.iter().map(|row| row.cells[column].chars().count()).chain([COLUMNS[column].0.len()]).max().unwrap_or(0);
    let mut shown: Vec<(usize, usize)> = (0..COLUMNS.len()).map(|column| (column, width(column))).collect();
    for expendable in ["mean", "p50"] {
        if shown.iter().map(|(_, width)| width + 2).sum::<usize>() > room {
            shown.retain(|(column, _)| COLUMNS[*column].0 != expendable);
        }
    }
    shown
}

/// A figure in its unit.
pub fn value(unit: &str, value: f64) -> String {
    match unit {
        "s" => Time::from_secs_f64(value).to_string(),
        "share" if value == 0.0 => "0 %".into(),
        "share" => format!("{} %", decimal(value * 100.0)),
        "usd" => usd(value),
        "1/s" => format!("{}/s", decimal(value)),
        _ if value.fract() == 0.0 && value >= 0.0 => count(value as u64),
        _ => decimal(value),
    }
}

/// A figure in its unit; of things, whole numbers from ten on.
pub fn rounded(unit: &str, of: f64) -> String {
    value(unit, if unit == "count" && of >= 10.0 { of.round() } else { of })
}

/// A mean, and half of its interval as a share of it.
fn spread(unit: &str, mean: f64, half_width: Option<f64>) -> String {
    let whole = if unit == "count" && mean >= 100.0 { mean.round() } else { mean };
    match half_width.map(|half| half / mean.abs()).filter(|_| mean != 0.0) {
        Some(share) if share > 0.0 => format!("{} ± {}", value(unit, whole), percent(share)),
        _ => value(unit, whole),
    }
}

/// A share, with enough digits to tell it from nothing.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p < 0.1 => "<0.1 %".into(),
        p if p < 10.0 => format!("{p:.1} %"),
        p => format!("{p:.0} %"),
    }
}

impl Joint {
    /// The whole of it for a terminal.
    pub fn text(&self, style: &Style) -> String {
        match &self.runs[..] {
            [only] => only.text(style),
            _ => self.heading(style) + &self.table(style) + "\n" + &self.verdicts(style),
        }
    }

    /// How many runs these are, and what `±` is.
    fn heading(&self, style: &Style) -> String {
        match self.runs.iter().find_map(|run| run.replications.as_ref()) {
            Some(all) => style.dim(&format!("{} runs of each; ± is half of a 95 % interval, as a share of the mean", all.runs.len())) + "\n\n",
            None => String::new(),
        }
    }

    fn table(&self, style: &Style) -> String {
        let rows = rows(self);
        let label = rows.iter().map(|row| row.label.chars().count()).max().unwrap_or(0);
        let shown = shown(&rows, style.columns().saturating_sub(label + 3 + rows.iter().map(|row| row.thresholds.len()).max().unwrap_or(0)));
        let line = |cell: &dyn Fn(usize) -> String| shown.iter().map(|&(column, width)| format!("  {:>width$}", cell(column))).collect::<String>();
        let mut out = style.dim(&format!("{:label$}{}", "", line(&|column| COLUMNS[column].0.to_owned()))) + "\n";
        for row in &rows {
            let text = format!("{:label$}{}   {}", row.label, line(&|column| row.cells[column].clone()), row.thresholds);
            out += text.trim_end();
            out += "\n";
        }
        out
    }

    /// The first sentences of each, those being what limits it.
    fn verdicts(&self, style: &Style) -> String {
        let one = |run: &JointRun| {
            let said: Vec<&str> = run.report.verdict.iter().take(SENTENCES).map(String::as_str).collect();
            let first = if run.replications.is_some() { "The first run: " } else { "" };
            format!("{}\n{}", style.bold(&run.label), crate::report::wrapped(&format!("{first}{}", said.join(" ")), style.columns(), "  "))
        };
        self.runs.iter().map(one).collect::<Vec<_>>().join("\n")
    }
}

impl JointRun {
    /// One case alone: its figures over all replications.
    fn text(&self, style: &Style) -> String {
        let Some(all) = &self.replications else { return self.report.text(style) };
        let run = &self.report.run;
        let length = Time::from_secs_f64(run.simulated_s - run.warm_up_s);
        let head = format!("{} runs of {length} each · seeds {}", all.runs.len(), seeds(all));
        let verdict = crate::report::wrapped(&format!("The first run: {}", self.report.verdict.join(" ")), style.columns(), "");
        let mut out = format!("{}\n{}\n\n{verdict}\n", style.bold(&self.report.scenario), style.dim(&head));
        out += &style.heading("Means over all runs, with 95 % intervals");
        for workload in &self.report.workloads {
            out += &format!("\n{}\n", style.bold(&workload.name));
            out += &of_subject(all, &workload.name, style);
        }
        if !all.thresholds.is_empty() {
            out += &format!("\n{}\n", style.heading("Thresholds"));
            out += &all.thresholds.iter().map(|threshold| held(threshold, all, style)).collect::<String>();
        }
        out
    }
}

/// The first seeds, and how many more there are.
pub fn seeds(all: &Replicated) -> String {
    let shown: Vec<String> = all.runs.iter().take(SEEDS).map(|who| who.seed.to_string()).collect();
    let more = if all.runs.len() > SEEDS { format!(" and {} more", all.runs.len() - SEEDS) } else { String::new() };
    shown.join(", ") + &more
}

/// A table of what a workload or node measured, without what was nothing in every run.
pub fn of_subject(all: &Replicated, subject: &str, style: &Style) -> String {
    let line = |cells: [&str; 5]| {
        let [metric, mean, half, least, most] = cells;
        format!("  {metric:<32}{mean:>14}  {half:<14}{least:>14}{most:>14}").trim_end().to_owned() + "\n"
    };
    let row = |e: &Estimate| {
        let half = match e.half_width {
            Some(0.0) => String::new(),
            Some(half) => format!("± {}", rounded(&e.unit, half)),
            None => "±  —".into(),
        };
        line([&e.metric, &rounded(&e.unit, e.mean), &half, &value(&e.unit, e.min), &value(&e.unit, e.max)])
    };
    let rows: String = all.estimates.iter().filter(|e| e.subject == subject && (e.min != 0.0 || e.max != 0.0)).map(row).collect();
    style.dim(&line(["", "mean", "", "least", "most"])) + &rows
}

/// A threshold, and in how many runs it held.
pub fn held(threshold: &Held, all: &Replicated, style: &Style) -> String {
    let passed = threshold.held == threshold.of;
    let mark = style.paint(if passed { crate::report::Colour::Green } else { crate::report::Colour::Red }, if passed { "✓" } else { "✗" });
    let demand = format!("{}: {} {} {}", threshold.target, threshold.metric, threshold.op, value(&threshold.unit, threshold.bound));
    let mean =
        all.estimate(&threshold.target, &threshold.metric).map_or(String::new(), |e| format!(", mean {}", spread(&e.unit, e.mean, e.half_width)));
    format!("  {mark} {demand:<44}  held in {} of {} runs{mean}\n", threshold.held, threshold.of)
}
