//! To trust it: thresholds kept and breached, warnings, caveats, what was still in flight, and what it takes to run the same again.
//! These come last: a reader who trusts the report need not read them.

use super::super::number::count;
use super::super::style::{Colour, Style, left, wrapped};
use super::super::{Report, Run, ThresholdResult};
use super::time;

pub fn section(report: &Report, style: &Style) -> String {
    let mut out = thresholds(report, style);
    let caveats: Vec<&str> = report.caveats.iter().map(|caveat| caveat.text.as_str()).collect();
    let warnings: Vec<&str> = report.warnings.iter().map(String::as_str).collect();
    for (title, sentences) in [("Warnings", warnings), ("To be borne in mind", caveats)] {
        out += if out.is_empty() || sentences.is_empty() { "" } else { "\n" };
        out += &list(title, &sentences, style);
    }
    if !out.is_empty() {
        out += "\n";
    }
    out + &footer(report, style)
}

fn thresholds(report: &Report, style: &Style) -> String {
    if report.thresholds.is_empty() {
        return String::new();
    }
    style.heading("Thresholds") + "\n" + &report.thresholds.iter().map(|t| threshold(t, style)).collect::<String>()
}

/// The thresholds that were breached, for where the whole report is not wanted.
pub fn breaches(report: &Report, style: &Style) -> String {
    report.thresholds.iter().filter(|t| !t.passed).map(|t| threshold(t, style)).collect()
}

fn threshold(t: &ThresholdResult, style: &Style) -> String {
    let mark = if t.passed { style.paint(Colour::Green, "✓") } else { style.paint(Colour::Red, "✗") };
    let demand = format!("{}: {} {} {}", t.target, t.metric, t.op, value(&t.unit, t.bound));
    let actual = t.actual.map_or("never measured".into(), |actual| format!("{}{}", if t.passed { "" } else { "breached: " }, value(&t.unit, actual)));
    format!("  {mark} {}  {actual}\n", left(&demand, style.columns() - 36))
}

fn value(unit: &str, value: f64) -> String {
    match unit {
        "s" => time(value).to_string(),
        "usd" => super::super::cost::usd(value),
        "share" => format!("{} %", if value == 0.0 { "0".into() } else { format!("{:.2}", value * 100.0) }),
        _ if value.fract() == 0.0 && value >= 0.0 => count(value as u64),
        _ => format!("{value}"),
    }
}

fn list(title: &str, sentences: &[&str], style: &Style) -> String {
    if sentences.is_empty() {
        return String::new();
    }
    let lines = sentences.iter().map(|w| wrapped(w, style.columns(), "    ")).map(|w| w.replacen("    ", "  ! ", 1));
    format!("{}\n{}", style.heading(title), lines.collect::<String>())
}

fn footer(report: &Report, style: &Style) -> String {
    let run = &report.run;
    let in_flight: u64 = report.workloads.iter().map(|w| w.total.in_flight).sum();
    let line = format!("{} events · {} in flight at the end · fingerprint {}", count(run.events), count(in_flight), run.fingerprint);
    let warm_up = warm_up(run).map_or(String::new(), |line| style.dim(&line) + "\n");
    format!("{}\n{}\n{warm_up}", style.dim(&"─".repeat(style.columns())), style.dim(&line))
}

/// What MSER-5 would cut, beside what is cut; nothing where both cut nothing, or it cannot tell.
fn warm_up(run: &Run) -> Option<String> {
    let said = |cut: f64| if cut > 0.0 { time(cut).to_string() } else { "nothing".into() };
    let suggested = run.suggested_warm_up_s.filter(|suggested| suggested + run.warm_up_s > 0.0)?;
    Some(format!("MSER-5 would cut {} of the beginning; the run cuts {}", said(suggested), said(run.warm_up_s)))
}
