//! Break-evens for people and for programs.
//!
//! ```text
//! Found ──▶ BreakEvens ──▶ text · json (coldfront.break_evens/1) · markdown · a chart each
//! ```
//!
//! Amounts are USD a month without free tiers. What could not be compared, for want of a price, is said with that price.

mod data;
mod text;

use crate::cost::Book;
use crate::cost::break_even::{BreakEven, Found, Switch, figure};
use crate::units::Money;

use super::plot::{self, Chart};
use super::slug::unique;

/// What was compared, at whose prices.
#[derive(Clone, Copy, Debug)]
pub struct BreakEvens<'f> {
    pub book: &'f Book,
    pub found: &'f Found,
    /// What they are of: a scenario's name; none for one unit, request or function each.
    pub of: Option<&'f str>,
}

impl BreakEvens<'_> {
    /// A picture of each.
    pub fn charts(&self) -> Vec<Chart> {
        let mut charts: Vec<Chart> = self.found.break_evens.iter().map(plot::break_even).collect();
        let names = unique(charts.iter().map(|chart| chart.name.clone()));
        charts.iter_mut().zip(names).for_each(|(chart, name)| chart.name = name);
        charts
    }

    fn title(&self) -> String {
        self.of.map_or_else(|| "Break-evens".to_owned(), |of| format!("Break-evens of {of}"))
    }
}

/// Which way is cheaper where, in a sentence.
pub(super) fn verdict(one: &BreakEven) -> String {
    let name = |at: usize| one.ways[one.cheaper[at]].name.as_str();
    let at = |crossing: f64| one.axis.in_words(crossing);
    match &one.crossings[..] {
        [] => format!("always cheaper: {}, {}", name(0), savings(one)),
        [only] => format!("cheaper below {}: {}; above: {}", at(*only), name(0), name(1)),
        several => {
            let rest = several.iter().enumerate().map(|(k, crossing)| format!("from {} on: {}", at(*crossing), name(k + 1)));
            format!("cheaper at first: {}; {}", name(0), rest.collect::<Vec<_>>().join("; "))
        }
    }
}

/// What is saved early on the axis, and at its end.
fn savings(one: &BreakEven) -> String {
    let end = one.axis.end();
    let of = |x: f64| format!("{} % less at {}", figure(100.0 * one.saving_at(x).1), one.axis.in_words(x));
    format!("{}, {}", of(one.axis.from.max(end / 100.0)), of(end))
}

/// Where the scenario stands, what is cheaper there, and by how much.
pub(super) fn standing(one: &BreakEven) -> Option<String> {
    let present = one.present.as_ref()?;
    if let Some(switch) = &one.switch {
        return Some(switched(switch, &present.because));
    }
    let (usd, share) = one.saving_at(present.at);
    let (cheaper, saved) = (&one.ways[one.cheaper_at(present.at)].name, Money::from_usd(usd));
    let beyond = if present.at > one.axis.to { ", which is beyond what this compares" } else { "" };
    let place = format!("now {} ({}){beyond}", one.axis.in_words(present.at), present.because);
    Some(format!("{place}: cheaper by {saved} a month, {} %: {cheaper}", figure(100.0 * share)))
}

/// How long a function is billed, how long it may be on the other architecture, and what a change saves or costs.
fn switched(switch: &Switch, because: &str) -> String {
    let ms = |seconds: f64| format!("{} ms", figure(seconds * 1e3));
    let limit = switch.may_take_s.map_or_else(String::new, |longest| format!("; {} may take up to {}", switch.to, ms(longest)));
    let (amount, share) = (Money::from_usd(switch.saved_usd.abs()), figure(100.0 * switch.saved_share.abs()));
    let verb = if switch.saved_usd >= 0.0 { "saves" } else { "adds" };
    format!("now billed {} on {} ({because}){limit}, and in the same time {verb} {amount} a month, {share} %", ms(switch.billed_s), switch.from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::break_even::{Present, break_evens};
    use crate::platform::Date;
    use crate::report::Style;

    fn book() -> Book {
        Book::of("us-east-1", Date::parse("2026-11-01").unwrap()).unwrap()
    }

    #[test]
    fn break_evens_read_well() {
        let book = book();
        let mut found = break_evens(&book);
        let stands = Present { at: 0.5, because: "as an example".into() };
        found.break_evens[0] = found.break_evens[0].clone().at("orders", Some(stands));
        insta::assert_snapshot!(BreakEvens { book: &book, found: &found, of: None }.text(&Style { colour: false, width: 80 }));
    }

    #[test]
    fn every_form_says_the_same() {
        let book = book();
        let found = break_evens(&book);
        let all = BreakEvens { book: &book, found: &found, of: Some("a shop") };
        let json: serde_json::Value = serde_json::from_str(&all.json()).unwrap();
        assert_eq!(json["schema"], "coldfront.break_evens/1");
        assert_eq!(json["break_evens"][0]["crossings"][0].as_f64(), found.break_evens[0].crossings.first().copied());
        assert!(all.markdown().contains("28.9 %") && all.text(&Style::default()).contains("28.9 %"));
    }

    #[test]
    fn every_break_even_has_a_chart_of_its_own_name() {
        let book = book();
        let found = break_evens(&book);
        let charts = BreakEvens { book: &book, found: &found, of: None }.charts();
        assert_eq!(charts.len(), found.break_evens.len());
        assert!(charts[0].name == "break-even-dynamodb_writes" && charts[0].svg.contains("28.9 %"), "{}", charts[0].name);
    }
}
