//! A comparison for a terminal: what changes, sentence by sentence; then the figures, the thresholds, and one request side by side.
//!
//! What is not significant is dim, so that the eye finds what is. Left out: figures that are no key figures; the JSON has them.

use super::{Against, Comparison, Difference, Example, Fate};
use crate::metrics::Cause;
use crate::report::{Style, plural, wrapped};
use crate::study::table::rounded;
use crate::units::Time;

/// Changes of a scenario that are listed.
const CHANGES: usize = 12;

impl Comparison {
    /// The whole of it.
    pub fn text(&self, style: &Style) -> String {
        let seeds = plural(self.replications as u64, "pair");
        let head = format!("{seeds} of runs with the same luck each; ± is half of a 95 % interval");
        let cut = if self.interrupted { ", interrupted" } else { "" };
        let parts: Vec<String> = self.others.iter().map(|other| against(&self.base, other, style)).collect();
        format!("{}\n\n{}", style.dim(&format!("{head}{cut}")), parts.join("\n"))
    }
}

fn against(base: &str, other: &Against, style: &Style) -> String {
    let mut out = style.bold(&format!("{base} → {}", other.label)) + "\n";
    for change in other.changes.iter().take(CHANGES) {
        out += &style.dim(&format!("  {}", change.words()));
        out += "\n";
    }
    if other.changes.len() > CHANGES {
        out += &style.dim(&format!("  and {} more changes", other.changes.len() - CHANGES));
        out += "\n";
    }
    out += "\n";
    if other.sentences.is_empty() {
        out += &wrapped("No difference is significant: what there is may be chance.", style.columns(), "  ");
    }
    out += &other.sentences.iter().map(|sentence| wrapped(&format!("{sentence}."), style.columns(), "  ")).collect::<String>();
    out += &format!("\n{}", table(other, style));
    for verdict in &other.thresholds {
        let base = verdict.base.map_or_else(|| "new".to_owned(), |held| format!("{held} of {}", verdict.of));
        out += &format!("  {:<48}  held in {base} → {} of {} runs\n", verdict.threshold, verdict.other, verdict.of);
    }
    out + &requests(base, other, style)
}

/// Figures that sentences are made of.
fn table(other: &Against, style: &Style) -> String {
    let line = |cells: [&str; 5]| {
        let [what, before, after, by, half] = cells;
        format!("  {what:<44}{before:>12}{after:>12}{by:>13}  {half}").trim_end().to_owned() + "\n"
    };
    let row = |one: &Difference| {
        let whole = |of: f64| rounded(&one.unit, of);
        let sign = if one.difference > 0.0 {
            "+"
        } else if one.difference < 0.0 {
            "−"
        } else {
            ""
        };
        let half = one.half_width.map_or_else(|| "±  —".to_owned(), |half| format!("± {}", rounded(&one.unit, half)));
        let by = format!("{sign}{}", whole(one.difference.abs()));
        let text = line([&format!("{}: {}", one.subject, one.metric), &whole(one.base), &whole(one.other), &by, &half]);
        if one.significant { text } else { style.dim(text.trim_end_matches('\n')) + "\n" }
    };
    let shown = |one: &&Difference| one.key && (one.base != 0.0 || one.other != 0.0);
    style.dim(&line(["", "before", "after", "difference", ""])) + &other.differences.iter().filter(shown).map(row).collect::<String>()
}

fn requests(base: &str, other: &Against, style: &Style) -> String {
    let all = &other.requests;
    let Some(example) = &all.example else { return String::new() };
    let counts = [(all.alike, "alike"), (all.faster, "faster"), (all.slower, "slower"), (all.mended, "fail no more"), (all.broken, "fail now")];
    let said: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", crate::report::count(*n as u64))).collect();
    let head = format!("Of {} requests that both have: {}. The one that changed most:", crate::report::count(all.sampled as u64), said.join(", "));
    format!("\n{}{}", wrapped(&head, style.columns(), "  "), side_by_side(base, &other.label, example, style))
}

fn side_by_side(base: &str, other: &str, example: &Example, style: &Style) -> String {
    let at = Time::from_secs_f64(example.at_s);
    let mut out = format!("\n  {}\n", style.bold(&format!("{} {} at {at}", example.workload, example.route)));
    let line = |what: &str, before: &str, after: &str| format!("    {what:<28}{before:>18}{after:>18}").trim_end().to_owned() + "\n";
    out += &style.dim(&line("", &short(base), &short(other)));
    let (a, b) = (&example.base, &example.other);
    out += &line("answer", &a.outcome.replace('_', " "), &b.outcome.replace('_', " "));
    out += &line("attempts", &a.attempts.to_string(), &b.attempts.to_string());
    let time = |seconds: f64| if seconds == 0.0 { "–".to_owned() } else { Time::from_secs_f64(seconds).to_string() };
    for cause in Cause::ALL {
        let of = |fate: &Fate| fate.spent.iter().find(|(own, _)| own == cause.key()).map_or(0.0, |(_, seconds)| *seconds);
        if of(a) > 0.0 || of(b) > 0.0 {
            out += &line(&format!("  {}", cause.name()), &time(of(a)), &time(of(b)));
        }
    }
    out + &line("in all", &time(a.latency_s), &time(b.latency_s))
}

fn short(label: &str) -> String {
    let text: String = label.chars().take(16).collect();
    if text.len() < label.len() { text.chars().take(15).collect::<String>() + "…" } else { text }
}
