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
use crate::cost::break_even::{BreakEven, Found};
use crate::cost::plain;

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

/// The title of one, with its node before it.
pub(super) fn title(one: &BreakEven) -> String {
    one.node.as_ref().map_or_else(|| one.title.clone(), |node| format!("{node}: {}", one.title))
}

/// A place on an axis, as people say it: `28.9 %`, `7.35 requests a second`.
pub(super) fn place(unit: &str, x: f64) -> String {
    match unit {
        "share" => format!("{} %", short(100.0 * x)),
        "requests/month" => format!("{} requests a month", plain(x.round())),
        "requests/s" => format!("{} requests a second", short(x)),
        "messages/request" => format!("batches of {}", short(x)),
        _ => format!("{} times as long", short(x)),
    }
}

/// Three figures, or one decimal where that is more.
fn short(x: f64) -> String {
    let digits = if x > 0.0 { libm::floor(libm::log10(x)) as i32 } else { 0 };
    let decimals = (2 - digits).clamp(1, 8);
    let scale = libm::pow(10.0, f64::from(decimals));
    plain((x * scale).round() / scale)
}

/// Which way is cheaper where, in a sentence.
pub(super) fn verdict(one: &BreakEven) -> String {
    let name = |at: usize| one.ways[one.cheaper[at]].name.as_str();
    let at = |crossing: f64| place(one.axis.unit, crossing);
    match &one.crossings[..] {
        [] => format!("{} is always cheaper: {}", name(0), savings(one)),
        [only] => format!("{} is cheaper below {}, {} above", name(0), at(*only), name(1)),
        several => {
            let rest = several.iter().enumerate().map(|(k, crossing)| format!("from {} on {}", at(*crossing), name(k + 1)));
            format!("{} is cheaper at first, {}", name(0), rest.collect::<Vec<_>>().join(", "))
        }
    }
}

/// What is saved early on the axis, and at its end.
fn savings(one: &BreakEven) -> String {
    let end = one.axis.end();
    let of = |x: f64| format!("{} % less at {}", short(100.0 * one.saving_at(x).1), place(one.axis.unit, x));
    format!("{}, {}", of(end / 100.0), of(end))
}

/// Where the scenario stands, what is cheaper there, and by how much.
pub(super) fn standing(one: &BreakEven) -> Option<String> {
    let present = one.present.as_ref()?;
    let (usd, share) = one.saving_at(present.at);
    let (cheaper, saved) = (&one.ways[one.cheaper_at(present.at)].name, crate::units::Money::from_usd(usd));
    let beyond = if present.at > one.axis.to { ", which is beyond what this compares" } else { "" };
    Some(format!(
        "now {} ({}){beyond}: {cheaper} costs {saved} a month less, {} %",
        place(one.axis.unit, present.at),
        present.because,
        short(100.0 * share)
    ))
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

    #[test]
    fn places_have_three_figures() {
        let said = [("share", 0.288_89), ("requests/s", 7.347), ("requests/s", 0.001_234), ("ratio", 1.249_99), ("requests/month", 1_946_875_000.4)];
        let said = said.map(|(unit, x)| place(unit, x));
        assert_eq!(said, ["28.9 %", "7.35 requests a second", "0.00123 requests a second", "1.25 times as long", "1,946,875,000 requests a month"]);
    }
}
