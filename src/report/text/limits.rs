//! Who refused what, and what clients were told: the ledger of limits, and failures by class and code.
//! Left out when nothing was refused and nothing failed.

use super::super::number::{count, percent};
use super::super::style::{Colour, Style, left, right};
use super::super::{Limit, Report};
use super::time;

const SHOWN: usize = 12;

pub fn section(report: &Report, style: &Style) -> String {
    let parts: Vec<String> = [limits(report, style), failures(report, style)].into_iter().filter(|s| !s.is_empty()).collect();
    parts.join("\n")
}

fn limits(report: &Report, style: &Style) -> String {
    if report.limits.is_empty() {
        return String::new();
    }
    let name = style.columns() - 2 - 10 - 10 - 23;
    let head = format!("  {}{}{}  {}", left("limit", name), right("refused", 10), right("of calls", 10), "under strain");
    let mut out = format!("{}\n{}\n", style.heading("Which limit refused what"), style.dim(&head));
    for limit in report.limits.iter().take(SHOWN) {
        let share = limit.arrived.map_or("—".into(), |arrived| percent(limit.refused, arrived));
        let refused = style.paint(Colour::Red, &right(&count(limit.refused), 10));
        out += &format!("  {}{refused}{}  {}\n", left(&limit.phrase, name), right(&share, 10), strain(limit));
    }
    if report.limits.len() > SHOWN {
        out += &style.dim(&format!("  and {} more: all are in the JSON\n", report.limits.len() - SHOWN));
    }
    out
}

fn strain(limit: &Limit) -> String {
    match (limit.from_s, limit.until_s) {
        (Some(from), Some(until)) => format!("{} – {}", time(from), time(until)),
        _ => "now and then".into(),
    }
}

/// What stands for a code in the table: a client's own time-out and a function's own errors are no HTTP statuses.
fn code(code: u16) -> String {
    match code {
        0 => "—".into(),
        200 => "error".into(),
        201 => "t/out".into(),
        code => code.to_string(),
    }
}

fn failures(report: &Report, style: &Style) -> String {
    let routes = report.workloads.iter().flat_map(|w| w.routes.iter().map(move |r| (w, r)));
    let rows: Vec<String> = routes
        .flat_map(|(w, r)| r.answers.failures.iter().map(move |f| (w, r, f)))
        .map(|(w, r, f)| {
            let label = left(format!("{} {}", w.name, r.route).trim_end(), style.columns() - 3 - 14 - 6 - 12 - 12) + " ";
            let numbers = right(&count(f.count), 12) + &right(&percent(f.count, r.answers.offered), 12);
            format!("  {label}{}{}{numbers}\n", left(&f.class.replace('_', " "), 14), right(&code(f.code), 6))
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let more = if rows.len() > SHOWN { style.dim(&format!("  and {} more: all are in the JSON\n", rows.len() - SHOWN)) } else { String::new() };
    let head =
        left("route", style.columns() - 2 - 14 - 6 - 12 - 12) + &left("class", 14) + &right("code", 6) + &right("requests", 12) + &right("share", 12);
    format!("{}\n  {}\n{}{more}", style.heading("How requests failed"), style.dim(&head), rows[..rows.len().min(SHOWN)].concat())
}
