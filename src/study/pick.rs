//! A figure that a study is about, by the names that thresholds and tables use.
//!
//! ```text
//! shoppers: p(99)        total: cost_monthly        orders: write_throttle_events        p(99), where one subject has it
//! ```
//!
//! Left out: what thresholds can do beside (ratios, stretches); a threshold has them.

use crate::document::{Diagnostic, Span, closest};
use crate::report::Figure;
use crate::scenario::{Source, Sources};

use super::Replication;

/// What it is called in diagnostics: it is named by several options.
const METRIC: &str = "<figure>";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    pub subject: String,
    pub metric: String,
}

impl Pick {
    /// The figure that a text names, among those that a run has.
    ///
    /// # Errors
    /// E186 where there is none, or several, with the text that it points into.
    pub fn of(text: &str, figures: &[Figure]) -> Result<Self, Box<(Diagnostic, Sources)>> {
        let span = Span { file: 0, start: 0, end: text.len() as u32 };
        let refused = |message: String, label: &str, hint: String| {
            Box::new((Diagnostic::error("E186", span, message).label(label).hint(hint), Sources::new(Source::new(METRIC, text))))
        };
        let (subject, metric) = text.rsplit_once(": ").map_or((None, text.trim()), |(subject, metric)| (Some(subject.trim()), metric.trim()));
        let fits = |figure: &&Figure| figure.metric == metric && subject.is_none_or(|subject| figure.subject == subject);
        let found: Vec<&Figure> = figures.iter().filter(fits).collect();
        // Workloads come before their routes, and the total before nodes' costs.
        let own = found.iter().filter(|figure| subject.is_some() || !figure.subject.contains(' ')).count();
        match found.first() {
            Some(figure) if own <= 1 || figure.subject == crate::scenario::TOTAL => {
                Ok(Self { subject: figure.subject.clone(), metric: metric.to_owned() })
            }
            Some(first) => {
                let message = format!("`{metric}` is measured of several");
                Err(refused(message, "of which?", format!("write for example `{}: {metric}`", first.subject)))
            }
            None => {
                let names: Vec<String> = figures.iter().map(|figure| format!("{}: {}", figure.subject, figure.metric)).collect();
                let near = closest(text, names.iter().map(String::as_str)).or_else(|| names.first().map(String::as_str)).unwrap_or("shoppers: p(99)");
                Err(refused(
                    format!("no run measures `{text}`"),
                    "not among the figures",
                    format!("write for example `{near}`; `run --format csv` lists them all"),
                ))
            }
        }
    }

    /// Its value in a run; `None` where that run did not measure it.
    pub fn value(&self, run: &Replication) -> Option<f64> {
        run.figures.iter().find(|figure| figure.subject == self.subject && figure.metric == self.metric).map(|figure| figure.value)
    }

    /// Its unit: `s`, `share`, `1/s`, `usd` or `count`.
    pub fn unit(&self, run: &Replication) -> &'static str {
        run.figures.iter().find(|figure| figure.subject == self.subject && figure.metric == self.metric).map_or("count", |figure| figure.unit)
    }

    /// `shoppers: p(99)`.
    pub fn name(&self) -> String {
        format!("{}: {}", self.subject, self.metric)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Vec<Figure> {
        let of = |(subject, metric): (&str, &str)| Figure { subject: subject.into(), metric: metric.into(), unit: "s", value: 1.0, half_width: None };
        [("total", "cost_monthly"), ("a", "p(99)"), ("a GET /", "p(99)"), ("f", "cost_monthly"), ("f", "mean(duration)"), ("g", "mean(duration)")]
            .map(of)
            .to_vec()
    }

    #[test]
    fn a_metric_of_one_subject_needs_no_subject() {
        let name = |text: &str| Pick::of(text, &figures()).expect("it is there").name();
        assert_eq!(name("p(99)"), "a: p(99)");
        assert_eq!(name("cost_monthly"), "total: cost_monthly");
        assert_eq!(name("a GET /: p(99)"), "a GET /: p(99)");
    }

    #[test]
    fn what_is_not_measured_or_not_clear_is_refused_with_a_name_that_would_do() {
        let hint = |text: &str| Pick::of(text, &figures()).expect_err("it is not").0.hint.expect("a hint");
        assert!(hint("a: p(9)").contains("`a: p(99)`"));
        assert!(hint("mean(duration)").contains("`f: mean(duration)`"));
    }
}
