//! Bills and prices on a terminal.
//!
//! ```text
//! key                      quantity unit          amount
//!     price; how it is rounded; what is free
//! ```
//!
//! Whence a price is known is said by `--list` and by the other forms.

use super::{Bills, PriceList};
use crate::cost::{Bill, FreeTier, Line, Price, Priced, Verdict, plain};
use crate::platform::{Date, quota};
use crate::report::style::{left, right};
use crate::report::{Colour, Style, plural, wrapped};
use crate::units::Money;

const MARGIN: &str = "      ";
/// Columns of an amount.
const AMOUNT: usize = 12;
/// Columns of the longest key that is shown whole.
const KEY_MAX: usize = 44;

impl Bills<'_> {
    /// For a terminal.
    pub fn text(&self, style: &Style) -> String {
        let bills = self.0.iter().flat_map(|priced| priced.bills.iter().map(move |(case, bill)| (priced, case.as_deref(), bill)));
        bills.map(|(priced, case, bill)| one(priced, case, bill, style)).collect::<Vec<_>>().join("\n")
    }
}

fn one(priced: &Priced, case: Option<&str>, bill: &Bill, style: &Style) -> String {
    let title = case.map_or_else(|| priced.name.clone(), |case| format!("{}: {case}", priced.name));
    let free = match bill.free_tier {
        FreeTier::No => "free tiers not taken off",
        FreeTier::Always => "free tiers taken off",
        FreeTier::FirstTwelveMonths => "free tiers of the first 12 months taken off",
    };
    let mut out = format!("{}\n", style.bold(&title));
    out += &format!("{}\n\n", style.dim(&format!("a month in {}, prices of {}, USD, {free}", bill.region, bill.as_of)));
    out += &bill.lines.iter().map(|of| line(of, style)).collect::<String>();
    out += "\n";
    let services = bill.services();
    if services.len() > 1 {
        out += &services.iter().map(|(service, usd)| sum(service, *usd, style)).collect::<String>();
    }
    out += &style.bold(&sum("total", bill.total(), style));
    if !bill.verdicts.is_empty() {
        out += &format!("\n{}", bill.verdicts.iter().map(|of| verdict(of, style)).collect::<String>());
    }
    out
}

fn money(usd: f64) -> String {
    Money::from_usd(usd).to_string()
}

fn sum(name: &str, usd: f64, style: &Style) -> String {
    let width = style.columns() - AMOUNT - 2;
    format!("  {}{}\n", left(name, width), right(&money(usd), AMOUNT))
}

fn line(line: &Line, style: &Style) -> String {
    let quantity = format!("{} {}", plain(line.quantity), line.unit);
    let gap = style.columns() - AMOUNT - 2;
    let key = left(&line.key, line.key.chars().count().min(gap.saturating_sub(quantity.chars().count() + 1)));
    let middle = right(&quantity, gap - key.chars().count());
    let free = if line.free > 0.0 { format!("; {} free", plain(line.free)) } else { String::new() };
    let rounding = if line.rounding.is_empty() { String::new() } else { format!("; {}", line.rounding) };
    format!("  {key}{middle} {}\n{}", right(&money(line.usd), AMOUNT - 1), dim(&format!("{}{free}{rounding}", line.price), style))
}

fn dim(text: &str, style: &Style) -> String {
    wrapped(text, style.columns(), MARGIN).lines().map(|line| format!("{}\n", style.dim(line))).collect()
}

fn verdict(verdict: &Verdict, style: &Style) -> String {
    let mark = if verdict.holds() { style.paint(Colour::Green, "✓") } else { style.paint(Colour::Red, "✗") };
    let why = verdict.because.as_ref().map_or_else(String::new, |because| format!(": {because}"));
    let (usd, expected, allowed) = (money(verdict.usd), money(verdict.expected), money(verdict.allowed));
    format!("{mark} {} is {usd}, expected {expected} ± {allowed}{why}\n", verdict.line)
}

impl PriceList<'_> {
    /// For a terminal.
    pub fn text(&self, style: &Style) -> String {
        let title = style.bold(&format!("Prices in {} on {}", self.book.region(), self.book.as_of()));
        let rows = self.prices.iter().map(|price| row(price, style));
        format!("{title}  {}\n\n{}", style.dim(&format!("{}, USD", plural(self.prices.len() as u64, "price"))), rows.collect::<String>())
    }
}

fn row(price: &Price, style: &Style) -> String {
    let since = if Date::parse(quota::ALWAYS) == Some(price.since) { String::new() } else { format!("since {}", price.since) };
    let width = style.columns().saturating_sub(2 + since.chars().count());
    let head = format!("  {}{since}\n", left(&price.key, width.max(KEY_MAX)));
    let free = price.free.as_ref().map(|free| format!("free: {} a month of the pool {} ({})", plain(free.amount), free.pool, free.period.word()));
    let rounding = Some(price.rounding_in_words()).filter(|words| !words.is_empty()).map(|words| format!("rounding: {words}"));
    let source = format!("source: {} (certainty: {})", price.source, price.certainty.word());
    let said = [Some(price.in_words()), rounding, free, price.note.clone()].into_iter().flatten();
    let said: String = said.map(|text| wrapped(&text, style.columns(), MARGIN)).collect();
    format!("{head}{said}{}", dim(&source, style))
}
