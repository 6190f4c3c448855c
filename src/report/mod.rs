//! What a run has shown, for people and for programs.
//!
//! ```text
//! Record ──Report::new──▶ Report ──text──▶ the terminal        verdict, latencies, where the time goes, over time, nodes, limits, notes
//!  (metrics)             plain data ──json──▶ coldfront.report/1    docs/report.md
//! ```
//!
//! A [`Report`] knows no engine and no clock: the same record makes the same bytes. The text is in the order of its reader's questions: is it
//! fine, what limits it, how bad and for whom, why, when, where; the rest is there to trust it.

mod bins;
mod build;
mod json;
mod model;
mod number;
#[cfg(test)]
mod sample;
mod style;
mod text;
mod threshold;
mod verdict;

pub use model::*;
pub use number::{count, decimal, percent, plural};
pub use style::Style;
pub use threshold::{Op, Threshold, metrics_of, snake_case};

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Report {
        let bound = |target: &str, metric: &str, value| Threshold { target: target.into(), metric: metric.into(), op: Op::Less, value };
        let thresholds = [bound("shoppers", "p(99)", 0.3), bound("shoppers", "error_rate", 0.001), bound("api", "throttled", 100.0)];
        let warnings = vec!["`mail_queue` is never read: nothing polls it, so its messages stay until they expire after 4 d".into()];
        Report::new(&sample::record(true), "Checkout on launch day", warnings, &thresholds)
    }

    #[test]
    fn the_shop_reads_well() {
        insta::assert_snapshot!(shop().text(&Style::default()));
    }
}
