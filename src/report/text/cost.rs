//! What it costs: a month, a thousand requests, the largest lines, whose they are, and what of it need not be.
//! Short, since the JSON has every line.

use super::super::cost::usd;
use super::super::number::{count, decimal};
use super::super::style::{Colour, Style, left, right, wrapped};
use super::super::{Cost, CostLine, Report};

/// Lines that are shown.
const SHOWN: usize = 5;
/// What need not be, and is shown.
const AVOIDABLE: usize = 3;
const AMOUNT: usize = 12;
const QUANTITY: usize = 24;
/// Parts of less than this of the total are no matter.
const WORTH: f64 = 0.005;

pub fn section(report: &Report, style: &Style) -> String {
    let Some(cost) = report.cost.as_ref().filter(|cost| !cost.lines.is_empty()) else { return String::new() };
    let about = format!("  {}, prices of {}{}", cost.region, cost.as_of, if cost.free_tier == "false" { "" } else { ", free tiers taken off" });
    let mut out = format!("{}{}\n", style.heading("What it costs"), style.dim(&about));
    let mut largest = cost.largest();
    let rest = largest.split_off(SHOWN.min(largest.len()));
    largest.iter().for_each(|entry| out += &line(entry, style));
    if !rest.is_empty() {
        let sum = rest.iter().filter_map(|entry| entry.monthly_usd).sum();
        let said = if rest.len() == 1 { "one smaller line".into() } else { format!("{} smaller lines", rest.len()) };
        out += &row(&left(&said, style.columns() - 2 - AMOUNT), &usd(sum));
    }
    out += &row(&left(&total(cost), style.columns() - 2 - AMOUNT), &usd(cost.monthly_usd));
    out += &shares(cost, style);
    out += &avoidable(cost, style);
    out + &style.dim(&wrapped(&cost.extrapolation, style.columns() - 2, "  ").lines().map(|line| format!("  {}\n", line.trim())).collect::<String>())
}

fn row(words: &str, amount: &str) -> String {
    format!("  {words}{}\n", right(amount, AMOUNT))
}

fn line(entry: &CostLine, style: &Style) -> String {
    let of = entry.dimension.as_ref().map_or_else(String::new, |part| format!("/{part}"));
    let room = style.columns() - 2 - AMOUNT - QUANTITY;
    let names = format!("{}{of}  {}", entry.node, entry.meter);
    let quantity = format!("{} {}", quantity(entry.monthly), entry.unit);
    let amount = entry.monthly_usd.map_or_else(|| style.paint(Colour::Red, &right("no price", AMOUNT)), |amount| right(&usd(amount), AMOUNT));
    format!("  {}{}{amount}\n", left(&names, room), right(&quantity, QUANTITY))
}

fn quantity(amount: f64) -> String {
    if amount >= 100.0 { count(amount.round() as u64) } else { decimal(amount) }
}

fn total(cost: &Cost) -> String {
    let each = cost.per_1k_requests_usd.map_or_else(String::new, |amount| format!(" · {} for 1,000 requests", usd(amount)));
    format!("a month{}{each}", if cost.complete { "" } else { ", as far as prices are known" })
}

/// By workload, where there are several.
fn shares(cost: &Cost, style: &Style) -> String {
    let parts: Vec<String> = cost
        .by_workload
        .iter()
        .filter(|part| part.monthly_usd >= WORTH * cost.monthly_usd)
        .map(|part| format!("{} {}", part.name, usd(part.monthly_usd)))
        .collect();
    if cost.by_workload.len() < 2 { String::new() } else { listed("by workload", &parts, style) }
}

fn avoidable(cost: &Cost, style: &Style) -> String {
    let worth = cost.avoidable.iter().filter(|part| part.monthly_usd >= WORTH * cost.monthly_usd).take(AVOIDABLE);
    let parts: Vec<String> = worth.map(|part| format!("{} {}", part.of, usd(part.monthly_usd))).collect();
    listed("avoidable", &parts, style)
}

fn listed(title: &str, parts: &[String], style: &Style) -> String {
    if parts.is_empty() {
        return String::new();
    }
    let text = format!("{title}: {}", parts.join(" · "));
    wrapped(&text, style.columns() - 2, "  ").lines().map(|line| format!("  {line}\n")).collect()
}
