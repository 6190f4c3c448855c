//! Break-evens on a terminal.
//!
//! ```text
//! title
//!   which way is cheaper where
//!   now: where the scenario stands
//!     way: how its cost comes about
//!     assumptions · prices with their sources
//! ```

use super::{BreakEvens, standing, verdict};
use crate::cost::break_even::{BreakEven, Source};
use crate::report::{Style, wrapped};

const MARGIN: &str = "  ";
const DETAIL: &str = "      ";

impl BreakEvens<'_> {
    /// For a terminal.
    pub fn text(&self, style: &Style) -> String {
        let mut out = format!("{}\n", style.bold(&self.title()));
        let about = format!("{}, prices of {}, USD a month, without free tiers", self.book.region(), self.book.as_of());
        out += &format!("{}\n\n", style.dim(&about));
        out += &self.found.break_evens.iter().map(|of| one(of, style)).collect::<Vec<_>>().join("\n");
        if self.found.break_evens.is_empty() {
            out += "nothing here can be paid for in two ways\n";
        }
        for (of, missing) in &self.found.missing {
            out += &format!("\n{}", wrapped(&format!("{of} is not compared: {missing}"), style.columns(), ""));
        }
        out
    }
}

fn one(one: &BreakEven, style: &Style) -> String {
    let mut out = format!("{}\n", style.bold(&one.heading()));
    out += &wrapped(&verdict(one), style.columns(), MARGIN);
    out += &standing(one).map_or_else(String::new, |now| wrapped(&now, style.columns(), MARGIN));
    let ways = one.ways.iter().map(|way| format!("{}: {}", way.name, way.formula));
    let sources = one.sources.iter().map(source);
    let details = ways.chain(one.assumptions.iter().cloned()).chain(sources);
    out + &details
        .flat_map(|text| wrapped(&text, style.columns(), DETAIL).lines().map(|line| format!("{}\n", style.dim(line))).collect::<Vec<_>>())
        .collect::<String>()
}

pub(super) fn source(source: &Source) -> String {
    format!("{}: {} ({}; certainty: {})", source.key, source.price, source.source, source.certainty.word())
}
