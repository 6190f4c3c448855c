//! A solution for other programs and pages: JSON, tidy CSV of what was run, Markdown, the picture of the front, and the diagnostic of what cannot be kept.
//!
//! ```text
//! nodes.orders.write_capacity_units,objective,against,runs,keeps,on_front
//! 37,28.41,0.0213,10,true,true
//! ```

use super::answer::{Known, Setting, Solution};
use super::text::{figure, named, probable};
use crate::document::Diagnostic;
use crate::report::plot::{Chart, Tried, tradeoff};
use crate::scenario::Scenario;

impl Solution {
    /// As `coldfront.solve/1`.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Every setting that was run, by its objective.
    pub fn csv(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        let knobs = self.knobs.iter().map(|knob| knob.path.as_str());
        let head: Vec<&str> = knobs.chain(["objective", "against", "runs", "keeps", "on_front"]).collect();
        out.write_record(&head).unwrap_or(());
        for point in &self.front {
            let said =
                [point.objective.to_string(), point.against.to_string(), point.runs.to_string(), point.keeps.to_string(), point.on_front.to_string()];
            let row: Vec<&str> = point.values.iter().map(|(_, value)| value).chain(&said).map(String::as_str).collect();
            out.write_record(&row).unwrap_or(());
        }
        String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// For a page or a pull request.
    pub fn markdown(&self) -> String {
        let mut out = format!("**{}**\n\n{}\n", self.sentence(), self.effort());
        let shown = self.found.as_ref().or(self.closest.as_ref());
        out += &shown.map_or_else(String::new, |setting| self.thresholds_markdown(setting));
        out += &self.steps_markdown();
        out + &self.front_markdown()
    }

    fn thresholds_markdown(&self, setting: &Setting) -> String {
        let row = |one: &Known| {
            let mean = one.mean.map_or_else(|| "—".into(), |mean| figure(&one.unit, mean));
            format!("| `{}` | {mean} | {} of {} | {} |\n", celled(&one.threshold), one.holds.held, one.holds.of, probable(&one.holds))
        };
        let all = format!("| all together | | {} of {} | {} |\n", setting.all.held, setting.all.of, probable(&setting.all));
        let rows: String = setting.thresholds.iter().map(row).collect();
        format!("\n| threshold | mean | held | probability, 95 % |\n|---|--:|--:|---|\n{rows}{all}")
    }

    fn steps_markdown(&self) -> String {
        if self.sensitivity.is_empty() {
            return String::new();
        }
        let binding = self.binding.first();
        let unit = self.found.iter().flat_map(|found| &found.thresholds).find(|one| Some(&one.threshold) == binding).map_or("count", |one| &one.unit);
        let row = |step: &super::Step| {
            let what = self.consequence(step, unit);
            format!("| `{}` | {} → {} | {} |\n", celled(&step.path), celled(&step.from), celled(&step.to), celled(&what))
        };
        format!("\n| knob | step | what it does |\n|---|---|---|\n{}", self.sensitivity.iter().map(row).collect::<String>())
    }

    fn front_markdown(&self) -> String {
        let (Some(against), points) = (&self.against, self.on_front()) else { return String::new() };
        let row = |point: &&super::FrontPoint| {
            let (objective, other) = (figure(&self.unit, point.objective), figure(&self.against_unit, point.against));
            format!("| {} | {objective} | {other} | {} |\n", celled(&named(&point.values)), if point.keeps { "✓" } else { "✗" })
        };
        format!("\n| on the front | {} | {} | keeps |\n|---|--:|--:|---|\n{}", self.objective, against, points.iter().map(row).collect::<String>())
    }

    /// The front as a picture; none where there is no second figure, or nothing was run.
    pub fn chart(&self) -> Option<Chart> {
        let against = self.against.as_ref()?;
        let found = self.found.as_ref();
        let is_found = |values: &[(String, String)]| found.is_some_and(|found| found.values == values);
        let of = |point: &super::FrontPoint| Tried {
            x: point.objective,
            y: point.against,
            keeps: point.keeps,
            on_front: point.on_front,
            chosen: is_found(&point.values).then(|| short(&point.values)),
        };
        let bound = found
            .or(self.closest.as_ref())
            .and_then(|setting| setting.thresholds.iter().find(|one| one.threshold.starts_with(&format!("{against} "))));
        let tried: Vec<Tried> = self.front.iter().map(of).collect();
        let axes = [(self.objective.as_str(), self.unit.as_str()), (against.as_str(), self.against_unit.as_str())];
        tradeoff("pareto", axes, &tried, bound.map(|one| one.bound))
    }

    /// E194, where no setting keeps all thresholds: at the threshold that fails by the most.
    pub fn infeasible(&self, scenario: &Scenario) -> Option<Diagnostic> {
        let closest = self.closest.as_ref().filter(|_| self.found.is_none() && self.ended.is_none())?;
        let (at, why) = self.worst(closest)?;
        let span = scenario.thresholds.get(at).map(|threshold| threshold.span)?;
        let message = format!("no setting keeps all thresholds; at the closest, {}, this fails: {why}", named(&closest.values));
        let is_end = |(knob, (_, value)): &(&super::Turned, &(String, String))| knob.ordered && (*value == knob.first || *value == knob.last);
        let ends: Vec<String> = self.knobs.iter().zip(&closest.values).filter(is_end).map(|(knob, _)| format!("`{}`", knob.path)).collect();
        let hint = match ends.is_empty() {
            true => "let the threshold be looser, or decide on other knobs".into(),
            false => format!("widen {}, at an end of its values there, or let the threshold be looser", ends.join(" and ")),
        };
        Some(Diagnostic::error("E194", span, message).label("kept by no setting").hint(hint))
    }
}

/// Names stand between backticks, where only the bar of the table means something.
fn celled(text: &str) -> String {
    text.replace('|', "\\|")
}

/// A setting without the nodes' names, for a picture.
fn short(values: &[(String, String)]) -> String {
    let last = |path: &str| path.rsplit('.').next().unwrap_or(path).replace('_', " ");
    values.iter().map(|(path, value)| format!("{} {value}", last(path))).collect::<Vec<_>>().join(", ")
}
