//! Break-evens on a terminal.
//!
//! ```text
//! title
//!   which way is cheaper where
//!   now: where the scenario stands
//!     way: how its cost comes about
//! what was taken for granted, and prices with their sources, each once
//! ```

use std::collections::BTreeMap;

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
        if self.found.break_evens.is_empty() && self.found.missing.is_empty() {
            out += "nothing here can be paid for in two ways\n";
        }
        out += &self.granted(style);
        out += &self.prices(style);
        for (of, missing) in &self.found.missing {
            out += &format!("\n{}", wrapped(&format!("not compared: {of}, as {missing}"), style.columns(), ""));
        }
        out
    }

    /// What all of them take for granted.
    fn granted(&self, style: &Style) -> String {
        let mut all: Vec<&str> = Vec::new();
        for said in self.found.break_evens.iter().flat_map(|one| &one.assumptions) {
            if !all.contains(&said.as_str()) {
                all.push(said);
            }
        }
        let lines = all.iter().map(|said| dim(said, style));
        if all.is_empty() { String::new() } else { format!("\n{}\n{}", style.bold("taken for granted"), lines.collect::<String>()) }
    }

    /// What all of them are priced by.
    fn prices(&self, style: &Style) -> String {
        let all: BTreeMap<&str, &Source> = self.found.break_evens.iter().flat_map(|one| &one.sources).map(|one| (one.key.as_str(), one)).collect();
        let lines = all.values().map(|one| dim(&source(one), style));
        if all.is_empty() { String::new() } else { format!("\n{}\n{}", style.bold("prices"), lines.collect::<String>()) }
    }
}

fn dim(text: &str, style: &Style) -> String {
    wrapped(text, style.columns(), DETAIL).lines().map(|line| format!("{}\n", style.dim(line))).collect()
}

fn one(one: &BreakEven, style: &Style) -> String {
    let mut out = format!("{}\n", style.bold(&one.heading()));
    out += &wrapped(&verdict(one), style.columns(), MARGIN);
    out += &standing(one).map_or_else(String::new, |now| wrapped(&now, style.columns(), MARGIN));
    let ways = one.ways.iter().map(|way| format!("{}: {}", way.name, way.formula));
    out + &ways.map(|text| dim(&text, style)).collect::<String>()
}

pub(super) fn source(source: &Source) -> String {
    format!("{}: {} ({}; certainty: {})", source.key, source.price, source.source, source.certainty.word())
}
