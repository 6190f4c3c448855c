//! What a run has shown, for people and for programs.
//!
//! ```text
//! Record ──Report::new──▶ Report ──text──▶ the terminal        verdict, latencies, where the time goes, messages, over time, nodes, limits
//!  (metrics)             plain data ──json──▶ coldfront.report/1    docs/report.md
//!                                   ──csv, markdown──▶ tables and a page; series, histograms and charts to take away    docs/outputs.md
//! ```
//!
//! A [`Report`] knows no engine and no clock: the same record makes the same bytes. The text is in the order of its reader's questions: is it
//! fine, what limits it, how bad and for whom, why, when, where; the rest is there to trust it.

mod alarms;
mod bill;
mod bins;
mod break_even;
mod build;
mod caveats;
mod cost;
mod csv;
pub mod export;
mod figures;
mod interval_log;
mod json;
mod markdown;
mod measure;
mod messages;
mod model;
mod number;
mod oracle;
mod percentiles;
mod platform;
pub mod plot;
#[cfg(test)]
mod sample;
mod slug;
mod strain;
mod stretch;
mod style;
mod text;
mod threshold;
mod verdict;
mod wiring;

pub use self::csv::{write_figures, write_series};
pub use crate::metrics::names::snake_case;
pub use alarms::Alarm;
pub use bill::{Bills, PriceList};
pub use break_even::BreakEvens;
pub use caveats::{Caveat, Concern};
pub use cost::{Avoidable, Cost, CostLine, CostSum, usd};
pub use figures::{Figure, figures};
pub use interval_log::write_interval_log;
pub use markdown::{Image, escaped};
pub use measure::{measured, name_of, unit, valued};
pub use messages::{Asynchronous, Backlog, DeadLettered, EndToEnd, Events, Queue, Topic, Wait};
pub use model::*;
pub use number::{count, decimal, percent, plural};
pub use oracle::Oracle;
pub use percentiles::write_percentiles;
pub use platform::{Catalogue, Changes};
pub use slug::{slug, unique};
pub use style::{Colour, Style, shortened, wrapped};
pub use threshold::{Op, Threshold, metrics_of};
pub use wiring::Wiring;

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Report {
        let bound = |target: &str, metric: &str, value| Threshold { target: target.into(), metric: metric.into(), op: Op::Less, value };
        let thresholds = [bound("shoppers", "p(99)", 0.3), bound("shoppers", "error_rate", 0.001), bound("api", "throttled", 100.0)];
        let warnings = vec!["`mail_queue` is never read: nothing polls it, so its messages stay until they expire after 4 d".into()];
        Report::new(&sample::record(true), "Checkout on launch day", &Wiring::default(), warnings, &thresholds)
    }

    fn quiet() -> Report {
        Report::new(&sample::record(false), "Checkout on a quiet day", &Wiring::default(), Vec::new(), &[])
    }

    #[test]
    fn a_campaign_reads_well() {
        insta::assert_snapshot!(shop().text(&Style::default()));
    }

    #[test]
    fn a_quiet_day_reads_well_in_80_columns() {
        insta::assert_snapshot!(quiet().text(&Style { colour: false, width: 80 }));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [72, 80, 100] {
            let text = shop().text(&Style { colour: false, width });
            for line in text.lines() {
                assert!(line.chars().count() <= usize::from(width), "{width}: {line}");
                assert_eq!(line.trim_end(), line);
            }
        }
    }

    #[test]
    fn colour_adds_escapes_and_takes_nothing_but_parentheses() {
        let plain = |text: String| {
            let mut out = String::new();
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once('\x1b') {
                out += before;
                rest = after.split_once('m').map_or("", |(_, rest)| rest);
            }
            let bare = out + rest;
            bare.replace(['(', ')', ' '], "")
        };
        let colour = shop().text(&Style { colour: true, width: 100 });
        assert!(colour.contains("\x1b["));
        assert_eq!(plain(colour), plain(shop().text(&Style::default())));
    }

    #[test]
    fn json_is_the_same_bytes_each_time_and_reads_back() {
        let report = shop();
        let json = report.json();
        assert!(json == shop().json());
        assert!(json.starts_with("{\n  \"format\": \"coldfront.report/1\",\n  \"scenario\": \"Checkout on launch day\""));
        let back: Report = serde_json::from_str(&json).unwrap();
        assert_eq!((&back.verdict, &back.run, &back.warnings), (&report.verdict, &report.run, &report.warnings));
    }

    #[test]
    fn every_field_is_documented() {
        let docs = include_str!("../../docs/report.md");
        let json: serde_json::Value = serde_json::from_str(&shop().json()).unwrap();
        let (mut names, mut values) = (std::collections::BTreeSet::new(), vec![&json]);
        while let Some(value) = values.pop() {
            values.extend(value.as_array().into_iter().flatten());
            for (name, value) in value.as_object().into_iter().flatten() {
                names.insert(name.clone());
                values.push(value);
            }
        }
        let missing: Vec<_> = names.iter().filter(|name| !docs.contains(&format!("`{name}`"))).collect();
        assert!(missing.is_empty(), "docs/report.md does not describe {missing:?}");
    }

    #[test]
    fn a_run_without_requests_still_has_a_report() {
        let record =
            crate::metrics::Recorder::new(crate::units::Time::from_secs(60), crate::units::Time::ZERO).finish(crate::units::Time::from_secs(60));
        let text = Report::new(&record, "Nothing", &Wiring::default(), Vec::new(), &[]).text(&Style::default());
        assert!(text.contains("Nothing arrived: no client began a request in 1 m"));
    }

    #[test]
    fn a_hundred_workloads_are_drawn_in_part_and_listed_in_part() {
        use crate::{metrics::*, units::Time};
        let mut r = Recorder::new(Time::from_secs(60), Time::ZERO);
        for i in 0..100 {
            let node = r.node(&format!("api{i}"), "api_gateway");
            let route = r.route(&format!("w{i}"), "GET /", node);
            r.offer(route, Time::ZERO);
            r.complete(route, Time::ZERO, Time::from_millis(1), Outcome::OK, 1, &[0; 8]);
        }
        let text = Report::new(&r.finish(Time::from_secs(60)), "Many", &Wiring::default(), Vec::new(), &[]).text(&Style::default());
        assert!(text.contains("and 74 more") && text.contains("and 88 quieter nodes"), "{text}");
        assert!(text.lines().count() < 200);
    }
}
