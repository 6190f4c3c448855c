//! The worst shape for a terminal: what it breaks as a sentence, families from the worst on, and the phases to paste.
//!
//! ```text
//! The same 12,000 requests break `shoppers: p(99) < 300 ms` in 10 of 10 runs when they come so: 20/s for 1 m 40 s, 500/s for 24 s, 20/s for 7 m 56 s.
//! ```

use super::{Broken, Candidate, Shaped, Stretch, Worst};
use crate::report::{Style, count, decimal, plural, wrapped};
use crate::study::compare::Difference;
use crate::study::table::rounded;
use crate::units::Time;

/// Stretches that are told one by one.
const TOLD: usize = 6;

impl Worst {
    /// The whole of it.
    pub fn text(&self, style: &Style) -> String {
        let paragraph = |text: &str| wrapped(text, style.columns(), "");
        let mut out = style.bold(paragraph(&self.sentence()).trim_end()) + "\n";
        out += &self.asides().iter().map(|aside| paragraph(aside)).collect::<String>();
        out += &style.dim(paragraph(&self.effort()).trim_end());
        out += "\n";
        out + &self.table(style) + &self.overlay_text(style)
    }

    /// Whether the worst shape breaks a threshold that the flat one keeps more often.
    pub fn breaks(&self) -> bool {
        !self.broken.is_empty()
    }

    /// The answer.
    pub fn sentence(&self) -> String {
        let so_far = if self.ended.as_deref() == Some("interrupted") { " so far" } else { "" };
        let when = format!("when they come so: {}", self.worst.words());
        let requests = format!("The same {} requests", count((self.mean_rate * self.measured_s()).round() as u64));
        match (self.broken.first(), &self.difference) {
            (Some(broken), _) if self.goal.starts_with("break") => {
                format!(
                    "{requests} break `{}` in {} of {} runs{so_far} {when}. {}",
                    broken.threshold,
                    broken.of - broken.worst,
                    broken.of,
                    means(broken)
                )
            }
            (_, Some(one)) if self.goal.starts_with("break") => {
                let all = self.worst.found.thresholds.iter().all(|threshold| threshold.held == threshold.of);
                let none = if all {
                    "No shape within the bounds breaks a threshold"
                } else {
                    "No shape within the bounds breaks more than the flat one does"
                };
                format!("{none}{so_far}. The nearest to it: {}, with {}.", self.worst.words(), beside(one))
            }
            (_, Some(one)) if !one.significant => {
                format!("How the requests come makes no difference{so_far} to {}: {} in the worst shape found.", whose(one), beside(one))
            }
            (_, Some(one)) => format!("{requests} make {} {}{so_far} {when}.", whose(one), beside(one)),
            (_, None) => "Nothing was measured.".into(),
        }
    }

    fn measured_s(&self) -> f64 {
        self.worst.shape.iter().map(|stretch| stretch.duration_s).sum()
    }

    fn asides(&self) -> Vec<String> {
        let others = self
            .broken
            .iter()
            .skip(usize::from(self.goal.starts_with("break")))
            .map(|one| format!("`{}` breaks too, in {} of {} runs. {}", one.threshold, one.of - one.worst, one.of, means(one)));
        let own = self.own_words().into_iter();
        let ended = match self.ended.as_deref() {
            Some("interrupted") => Some("Interrupted: this is the worst of what was tried so far.".to_owned()),
            Some(_) => Some(format!("All {} were made before no step made it worse: `--runs` allows more.", plural(self.runs as u64, "run"))),
            None => None,
        };
        others.chain(own).chain(ended).collect()
    }

    /// What the scenario's own shape makes of it.
    fn own_words(&self) -> Option<String> {
        let one = self.difference.as_ref()?;
        let own = self.own.found.estimate(&one.subject, &one.metric)?;
        let half = own.half_width.filter(|half| *half > 0.0).map_or_else(String::new, |half| format!(" ± {}", rounded(&own.unit, half)));
        Some(format!("As the scenario has it, {} is {}{half}.", whose(one), rounded(&own.unit, own.mean)))
    }

    fn effort(&self) -> String {
        let (shapes, runs) = (plural(self.candidates.len() as u64, "shape"), plural(self.runs as u64, "run"));
        let bounds = format!("from {}/s to {}/s, {} or longer", decimal(self.floor_rate), decimal(self.peak_rate), length(self.stretch_s));
        format!("{shapes} {bounds}, in {runs}; figures are of {} runs with other seeds; ± is half of a 95 % interval", self.replications)
    }

    fn table(&self, style: &Style) -> String {
        let width = self.families.iter().map(|one| one.family.chars().count()).max().unwrap_or(0);
        let mut out = format!("\n{}\n", style.bold("The worst of each kind"));
        for one in &self.families {
            out += &format!("  {:width$}  {:>12}  {}\n", one.family, self.score(one), crate::report::shortened(&words(&one.shape, &one.family), 60));
        }
        out
    }

    /// A score in words: how far beyond a bound, or the figure.
    fn score(&self, one: &Candidate) -> String {
        match (self.goal.starts_with("break"), &self.difference) {
            (false, Some(difference)) => rounded(&difference.unit, one.score),
            _ if one.score > 0.0 => format!("{} beyond", percent(one.score)),
            _ => format!("{} below", percent(one.score.abs())),
        }
    }

    fn overlay_text(&self, style: &Style) -> String {
        let lines: String = self.overlay().lines().map(|line| format!("  {line}\n")).collect();
        format!("\n{}\n{lines}", style.bold("To paste into the scenario"))
    }

    /// A variant that has the shape.
    pub fn overlay(&self) -> String {
        let paths: String = self.phases.iter().map(|(path, phases)| format!("    {path}:\n{}", listed(phases))).collect();
        format!("variants:\n  worst:\n{paths}")
    }
}

/// A list of phases, one a line.
fn listed(phases: &str) -> String {
    let inner = phases.trim_start_matches("[ ").trim_end_matches(" ]");
    inner.split("}, ").map(|phase| format!("      - {}\n", if phase.ends_with('}') { phase.to_owned() } else { format!("{phase}}}") })).collect()
}

impl Shaped {
    pub(super) fn words(&self) -> String {
        words(&self.shape, &self.family)
    }
}

fn words(shape: &[Stretch], family: &str) -> String {
    let rate = |rate: f64| if rate < 1e-6 { "nothing".to_owned() } else { format!("{}/s", decimal(rate)) };
    if shape.len() <= TOLD {
        let told: Vec<String> = shape.iter().map(|stretch| format!("{} for {}", rate(stretch.rate), length(stretch.duration_s))).collect();
        return told.join(", ");
    }
    let of = |fold: fn(f64, f64) -> f64, start: f64| shape.iter().map(|stretch| stretch.rate).fold(start, fold);
    format!("{family}, between {} and {}, in {} stretches", rate(of(f64::min, f64::INFINITY)), rate(of(f64::max, 0.0)), shape.len())
}

fn length(seconds: f64) -> String {
    Time::from_secs_f64(seconds).to_string()
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 10.0 { format!("{percent:.1} %") } else { format!("{} %", count(percent.round() as u64)) }
}

fn whose(one: &Difference) -> String {
    match one.subject.as_str() {
        crate::scenario::TOTAL => format!("`{}`", one.metric),
        subject => format!("{} of `{subject}`", one.metric.replace('_', " ")),
    }
}

/// "2.1 s, 1.9 s ± 0.1 s more than if they were evenly spread"
fn beside(one: &Difference) -> String {
    let half = one.half_width.map_or_else(String::new, |half| format!(" ± {}", rounded(&one.unit, half)));
    let more = if one.difference < 0.0 { "less" } else { "more" };
    let by = format!("{}{half} {more}", rounded(&one.unit, one.difference.abs()));
    format!("{}, {by} than the {} of requests that are evenly spread", rounded(&one.unit, one.other), rounded(&one.unit, one.base))
}

fn means(one: &Broken) -> String {
    let told = |mean: Option<f64>| mean.map_or_else(|| "not measured".to_owned(), |mean| rounded(&one.unit, mean));
    let flat = if one.flat == one.of { String::new() } else { format!(", and holds in {} of {}", one.flat, one.of) };
    format!("It is then {} in the mean; evenly spread it is {}{flat}.", told(one.worst_mean), told(one.flat_mean))
}
