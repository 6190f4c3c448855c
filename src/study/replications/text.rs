//! Replications as text: the answer in sentences, then every figure with its interval: of workloads, of costs, of nodes.
//!
//! Left out: figures that were zero in every run, and those of routes; JSON and CSV have them all.

use crate::report::{Style, plural, wrapped};
use crate::scenario::{COST_MONTHLY, TOTAL};
use crate::study::Estimate;
use crate::study::table::{held, of_subject, percent, rounded, seeds, value};

use super::Replications;

impl Replications {
    /// The whole of it for a terminal.
    pub fn text(&self, style: &Style) -> String {
        let runs = plural(self.all.runs.len() as u64, "run");
        let cut = if self.interrupted { " · interrupted" } else { "" };
        let head = format!("{runs} · seeds {} · ± is half of a 95 % interval{cut}", seeds(&self.all));
        let mut out = format!("{}\n{}\n\n", style.bold(&self.scenario), style.dim(&head));
        self.sentences().iter().for_each(|sentence| out += &wrapped(sentence, style.columns(), ""));
        let (workloads, rest): (Vec<&str>, Vec<&str>) = self.subjects().into_iter().partition(|subject| self.is_workload(subject));
        for subject in workloads.into_iter().chain(rest) {
            out += &format!("\n{}\n{}", style.bold(subject), of_subject(&self.all, subject, style));
        }
        if !self.all.thresholds.is_empty() {
            out += &format!("\n{}\n", style.heading("Thresholds"));
            out += &self.all.thresholds.iter().map(|threshold| held(threshold, &self.all, style)).collect::<String>();
        }
        out
    }

    /// What is followed, and whether it is as precise as was asked for.
    pub fn sentences(&self) -> Vec<String> {
        let found = self.followed.iter().filter_map(|one| self.all.estimate(&one.subject, &one.metric));
        let mut said: Vec<String> = found.map(said).collect();
        said.extend(self.of_precision());
        said
    }

    fn of_precision(&self) -> Option<String> {
        let (share, runs) = (self.precision?, plural(self.all.runs.len() as u64, "run"));
        if self.is_precise() {
            return Some(format!("{runs} were enough for {} of each.", percent(share)));
        }
        let wide = self.followed.iter().filter(|one| one.reached().is_none_or(|own| own > share / (1.0 + share)));
        let wide: Vec<String> = wide
            .map(|one| {
                let reached = one.reached().map_or_else(|| "not measured, or zero".to_owned(), |own| format!("± {}", percent(own)));
                format!("{} of `{}` ({reached})", one.metric, one.subject)
            })
            .collect();
        Some(format!("{runs} were not enough for {}: {}.", percent(share), wide.join(", ")))
    }

    /// What has a table of its own: all but routes, in the order in which they were met.
    fn subjects(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        let own = self
            .all
            .estimates
            .iter()
            .filter(|one| one.min != 0.0 || one.max != 0.0)
            .map(|one| one.subject.as_str())
            .filter(|subject| !subject.contains(' '));
        own.for_each(|subject| {
            if !found.contains(&subject) {
                found.push(subject);
            }
        });
        found
    }

    fn is_workload(&self, subject: &str) -> bool {
        subject == TOTAL || self.all.estimate(subject, "error_rate").is_some()
    }

    /// For a page: the sentences, the followed figures, the thresholds.
    pub fn markdown(&self) -> String {
        let mut out = format!("### {}\n\n", crate::report::escaped(&self.scenario));
        self.sentences().iter().for_each(|sentence| out += &format!("* {}\n", sentence.replace('$', "\\$")));
        for one in &self.all.thresholds {
            let mark = if one.held == one.of { "✅" } else { "❌" };
            let demand = format!("{}: {} {} {}", one.target, one.metric, one.op, value(&one.unit, one.bound));
            out += &format!("* {mark} `{demand}` held in {} of {} runs\n", one.held, one.of);
        }
        let (runs, first) = (self.all.runs.len(), self.study.seeds.first().copied().unwrap_or_default());
        out + &format!("\n<sub>coldfront {} · {runs} runs, seeds from {first} · ± is half of a 95 % interval</sub>\n", self.study.version)
    }
}

fn said(one: &Estimate) -> String {
    let half = one.half_width.map_or_else(String::new, |half| format!(" ± {}", rounded(&one.unit, half)));
    let mean = rounded(&one.unit, one.mean);
    match (one.subject.as_str(), one.metric.as_str()) {
        (TOTAL, COST_MONTHLY) => format!("A month costs {mean}{half}."),
        (subject, metric) => format!("{metric} of `{subject}` is {mean}{half}."),
    }
}
