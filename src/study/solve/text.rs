//! A solution for a terminal: the answer as a sentence, then how sure each threshold is, what one step of each knob does, and the front.
//!
//! ```text
//! Cheapest that keeps both thresholds: `nodes.orders.write_capacity_units=37`, $28.41 ± $0.02 a month; the next cheaper setting breaks `orders: throttles <= 0`.
//! ```

use super::answer::{Known, Setting, Share, Solution};
use super::binding::{Shift, Step};
use super::front::FrontPoint;
use crate::report::{Colour, Style, count, plural, usd, wrapped};
use crate::study::table::value;

/// Points of the front that are listed.
const FRONT: usize = 12;

impl Solution {
    /// The whole of it.
    pub fn text(&self, style: &Style) -> String {
        let paragraph = |text: &str| wrapped(text, style.columns(), "");
        let mut out = style.bold(paragraph(&self.sentence()).trim_end()) + "\n";
        out += &self.asides().iter().map(|aside| paragraph(aside)).collect::<String>();
        out += &style.dim(paragraph(&self.effort()).trim_end());
        out += "\n";
        let shown = self.found.as_ref().or(self.closest.as_ref());
        out += &shown.map_or_else(String::new, |setting| self.thresholds(setting, style));
        out += &self.steps(style);
        out + &self.front_table(style)
    }

    /// The answer.
    pub fn sentence(&self) -> String {
        let all = thresholds_in_words(self.found.as_ref().or(self.closest.as_ref()).map_or(0, |setting| setting.thresholds.len()));
        let (best, better) = self.words();
        match (&self.found, &self.closest) {
            (Some(found), _) => {
                let so_far = if self.ended.is_some() { " so far" } else { "" };
                let edge = match (self.binding.first(), self.ended.is_some()) {
                    (Some(binding), _) => format!("; the next {better} setting breaks `{binding}`"),
                    (None, false) => format!("; no step of a knob is {better}"),
                    (None, true) => String::new(),
                };
                format!("{best} that keeps {all}{so_far}: {}, {}{edge}.", named(&found.values), self.amount(found.objective, found.half_width))
            }
            (None, Some(closest)) => {
                let why = self.worst(closest).map_or_else(String::new, |(_, why)| format!(": {why}"));
                let tried = if self.ended.is_some() { "No setting so far keeps" } else { "No setting keeps" };
                format!("{tried} {all}. The closest, {}, fails{why}.", named(&closest.values))
            }
            (None, None) => "Nothing was run.".into(),
        }
    }

    /// The threshold of a setting that fails by the most, and by how much.
    pub(super) fn worst(&self, setting: &Setting) -> Option<(usize, String)> {
        let by = |one: &Known| one.mean.map(|mean| if one.op.starts_with('<') { mean - one.bound } else { one.bound - mean });
        let share = |one: &Known| by(one).map_or(f64::INFINITY, |by| if one.bound == 0.0 { by } else { by / one.bound.abs() });
        let failing = setting.thresholds.iter().enumerate().filter(|(_, one)| one.holds.held < one.holds.of);
        let (at, one) = failing.max_by(|a, b| share(a.1).total_cmp(&share(b.1)).then(b.0.cmp(&a.0)))?;
        let runs = format!("in {} of {} runs", one.holds.of - one.holds.held, one.holds.of);
        let how = match (one.mean, by(one)) {
            (Some(mean), Some(by)) if by > 0.0 => format!("{} on the mean, {} beyond its bound", value(&one.unit, mean), value(&one.unit, by)),
            (Some(mean), _) => format!("{} on the mean", value(&one.unit, mean)),
            _ => "nothing was measured".into(),
        };
        Some((at, format!("`{}` {runs} ({how})", one.threshold)))
    }

    /// The runner-up, notes, and why it is not done.
    fn asides(&self) -> Vec<String> {
        let second = self.runner_up.as_ref().map(|second| {
            let runs = format!("{} of {} runs keep all", second.all.held, second.all.of);
            format!("Runner-up: {}, {}; {runs}.", named(&second.values), self.amount(second.objective, second.half_width))
        });
        let ended = self.ended.as_ref().map(|ended| match ended.as_str() {
            "interrupted" => "The search was interrupted; a better setting may be there.".to_owned(),
            _ => format!("The search ended at its {}; a better setting may be there: allow more with `--runs`.", plural(self.runs as u64, "run")),
        });
        let notes = self.notes.iter().map(|note| format!("Note: {note}."));
        second.into_iter().chain(ended).chain(notes).collect()
    }

    /// What it took.
    pub fn effort(&self) -> String {
        let (runs, settings) = (plural(self.runs as u64, "run"), plural(self.settings as u64, "setting"));
        let each = plural(self.study.seeds.len() as u64, "replication");
        let method = if self.method.is_empty() { String::new() } else { format!(" · {}", self.method) };
        let must =
            if self.share < 1.0 { format!(", of which {} % must keep all thresholds", value("count", self.share * 100.0)) } else { String::new() };
        format!("{runs} of {settings} where all settings would have taken {}{method} · {each} of the same luck{must}", count(self.exhaustive))
    }

    /// A figure of the objective, with half of its interval.
    pub fn amount(&self, mean: f64, half: Option<f64>) -> String {
        let half = half.map_or_else(String::new, |half| format!(" ± {}", figure(&self.unit, half)));
        let what = if self.objective.ends_with(": cost_monthly") { "a month".to_owned() } else { format!("of `{}`", self.objective) };
        format!("{}{half} {what}", figure(&self.unit, mean))
    }

    fn thresholds(&self, setting: &Setting, style: &Style) -> String {
        let line = |mark: &str, cells: [&str; 4]| {
            let [what, mean, held, sure] = cells;
            format!("  {mark} {what:<40}{mean:>22}{held:>12}  {sure}").trim_end().to_owned() + "\n"
        };
        let mark = |share: &Share| {
            let kept = share.held == share.of;
            style.paint(if kept { Colour::Green } else { Colour::Red }, if kept { "✓" } else { "✗" })
        };
        let held = |share: &Share| format!("{} of {}", share.held, share.of);
        let one = |one: &Known| {
            let half = one.half_width.filter(|half| *half > 0.0).map_or_else(String::new, |half| format!(" ± {}", figure(&one.unit, half)));
            let mean = one.mean.map_or_else(|| "—".to_owned(), |mean| figure(&one.unit, mean) + &half);
            line(&mark(&one.holds), [&one.threshold, &mean, &held(&one.holds), &probable(&one.holds)])
        };
        let mut out = format!("\n{}", style.heading("Thresholds there"));
        out += &style.dim(&line(" ", ["", "mean", "held", "probability that a run keeps it, 95 %"]));
        out += &setting.thresholds.iter().map(one).collect::<String>();
        if setting.thresholds.len() > 1 {
            out += &line(&mark(&setting.all), ["all together", "", &held(&setting.all), &probable(&setting.all)]);
        }
        out
    }

    fn steps(&self, style: &Style) -> String {
        if self.sensitivity.is_empty() {
            return String::new();
        }
        let binding = self.binding.first();
        let unit = self.found.iter().flat_map(|found| &found.thresholds).find(|one| Some(&one.threshold) == binding).map_or("count", |one| &one.unit);
        let mut out = format!("\n{}", style.heading("One step of each knob"));
        for step in &self.sensitivity {
            out += &format!("  {}: {} → {}\n", step.path, step.from, step.to);
            out += &wrapped(&self.consequence(step, unit), style.columns(), "    ");
        }
        out
    }

    /// What a step does, in words.
    pub(super) fn consequence(&self, step: &Step, unit: &str) -> String {
        let moved = step.binding.as_ref().zip(self.binding.first()).map(|(shift, name)| format!("; `{name}` moves by {}", shifted(unit, shift)));
        let breaks = step.breaks.iter().map(|(name, runs)| format!("`{name}` in {runs} of {} runs", step.of)).collect::<Vec<_>>().join(", ");
        let breaks = if breaks.is_empty() { "; all thresholds hold".into() } else { format!("; breaks {breaks}") };
        format!("{}{}{breaks}", shifted(&self.unit, &step.objective), moved.unwrap_or_default())
    }

    fn front_table(&self, style: &Style) -> String {
        let (Some(against), points) = (&self.against, self.on_front()) else { return String::new() };
        if points.is_empty() {
            return String::new();
        }
        let line = |mark: &str, cells: [&str; 4]| {
            format!("  {mark} {:>16}{:>16}{:>6}  {}", cells[0], cells[1], cells[2], cells[3]).trim_end().to_owned() + "\n"
        };
        let last = |name: &str| name.rsplit(": ").next().unwrap_or(name).to_owned();
        let mut out = format!("\n{}", style.heading(&format!("Pareto front: {} against {against}", self.objective)));
        out += &style.dim(&line(" ", [&last(&self.objective), &last(against), "runs", ""]));
        for point in points.iter().take(FRONT) {
            let cells =
                [&figure(&self.unit, point.objective), &figure(&self.against_unit, point.against), &point.runs.to_string(), &named(&point.values)];
            let text = line(if point.keeps { "✓" } else { "✗" }, cells.map(String::as_str));
            out += &if point.keeps { text } else { style.dim(text.trim_end()) + "\n" };
        }
        if points.len() > FRONT {
            out += &style.dim(&format!("  and {} more; `--out DIR` writes them all\n", points.len() - FRONT));
        }
        out
    }

    /// What is on the front, by the objective.
    pub(super) fn on_front(&self) -> Vec<&FrontPoint> {
        self.front.iter().filter(|point| point.on_front).collect()
    }
}

/// `both thresholds`.
fn thresholds_in_words(count: usize) -> String {
    match count {
        1 => "the threshold".into(),
        2 => "both thresholds".into(),
        n => format!("all {n} thresholds"),
    }
}

/// A setting, as one would write it after `--set`.
pub(super) fn named(values: &[(String, String)]) -> String {
    values.iter().map(|(path, value)| format!("`{path}={value}`")).collect::<Vec<_>>().join(" ")
}

/// A figure in its unit, whole where it is a large count.
pub(super) fn figure(unit: &str, of: f64) -> String {
    let (sign, size) = (if of < 0.0 { "−" } else { "" }, of.abs());
    let size = if unit == "count" && size >= 10.0 { size.round() } else { size };
    sign.to_owned() + &if unit == "usd" { usd(size) } else { value(unit, size) }
}

/// A difference with its sign and half of its interval.
pub(super) fn shifted(unit: &str, shift: &Shift) -> String {
    let sign = if shift.mean > 0.0 { "+" } else { "" };
    let half = shift.half_width.map_or_else(String::new, |half| format!(" ± {}", figure(unit, half)));
    format!("{sign}{}{half}", figure(unit, shift.mean))
}

/// `72 % to 100 %`.
pub(super) fn probable(share: &Share) -> String {
    format!("{:.0} % to {:.0} %", share.low * 100.0, share.high * 100.0)
}
