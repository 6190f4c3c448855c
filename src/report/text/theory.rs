//! What theory says of a node, beside what was simulated: the last line of the node's block.
//!
//! ```text
//! theory (M/M/4): mean(target_response_time) 112 ms, simulated 113 ms ± 2 ms; mean(queue_length) 3.51, simulated 3.58 ± 0.11
//! ```
//!
//! One interval in twenty leaves the theory outside by chance; where it does, that is said.

use super::super::number::{decimal, two_digits};
use super::super::style::{Style, wrapped};
use super::super::{Oracle, Report};
use super::time;

/// The line of a node; nothing where theory has no word for it.
pub fn lines(report: &Report, node: &str, style: &Style) -> String {
    let mut out = String::new();
    let own: Vec<&Oracle> = report.oracles.iter().filter(|oracle| oracle.node == node).collect();
    for same in own.chunk_by(|a, b| a.formula == b.formula) {
        let said: Vec<String> = same.iter().map(|oracle| comparison(oracle)).collect();
        out += &wrapped(&format!("theory ({}): {}", same[0].formula, said.join("; ")), style.columns(), "  ");
    }
    out.lines().map(|line| style.dim(line) + "\n").collect()
}

fn comparison(oracle: &Oracle) -> String {
    let simulated = oracle.half_width.map_or(String::new(), |half| format!(" ± {}", value(&oracle.unit, two_digits(half))));
    let outside = if oracle.inside == Some(false) { " (outside)" } else { "" };
    format!("{} {}, simulated {}{simulated}{outside}", oracle.metric, value(&oracle.unit, oracle.theory), value(&oracle.unit, oracle.simulated))
}

/// A figure in its unit.
pub fn value(unit: &str, value: f64) -> String {
    match unit {
        "s" => time(value).to_string(),
        "share" => format!("{} %", decimal(100.0 * value)),
        _ => decimal(value),
    }
}
