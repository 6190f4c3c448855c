//! Break-evens for programs and for pages.
//!
//! ```text
//! json: coldfront.break_evens/1, everything unrounded, curves as [place, USD a month]        markdown: a row each, then formulas and prices
//! ```

use serde_json::{Value as Json, json};

use super::text::source;
use super::{BreakEvens, standing, verdict};
use crate::cost::break_even::{BreakEven, Source, Switch, Term, Way};
use crate::report::escaped;

impl BreakEvens<'_> {
    /// Everything.
    pub fn json(&self) -> String {
        let missing = self.found.missing.iter().map(|(of, one)| json!({ "of": of, "key": one.key, "region": one.region, "hint": one.hint() }));
        let all = json!({
            "schema": "coldfront.break_evens/1",
            "currency": "USD",
            "of": self.of,
            "region": self.book.region(),
            "as_of": self.book.as_of().to_string(),
            "month_hours": self.book.month_hours(),
            "break_evens": self.found.break_evens.iter().map(one).collect::<Vec<_>>(),
            "missing": missing.collect::<Vec<_>>(),
        });
        // Plain data with text for keys: there is nothing that could fail.
        serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
    }

    /// A page.
    pub fn markdown(&self) -> String {
        let (region, as_of) = (self.book.region(), self.book.as_of());
        let row = |one: &BreakEven| {
            let cells = [one.heading(), verdict(one), standing(one).unwrap_or_default()];
            format!("| {} |\n", cells.map(|cell| escaped(&cell)).join(" | "))
        };
        let rows: String = self.found.break_evens.iter().map(row).collect();
        let details: String = self.found.break_evens.iter().map(details).collect();
        let missing: String =
            self.found.missing.iter().map(|(of, one)| format!("- not compared: {}, as {}\n", escaped(of), escaped(&one.to_string()))).collect();
        let gap = if missing.is_empty() { "" } else { "\n" };
        format!(
            "# {}\n\n{region}, prices of {as_of}, USD a month, without free tiers\n\n| | cheaper | the scenario |\n|---|---|---|\n{rows}{gap}{missing}{details}",
            escaped(&self.title())
        )
    }
}

fn details(one: &BreakEven) -> String {
    let ways = one.ways.iter().map(|way| format!("{}: {}", way.name, way.formula));
    let lines = ways.chain(one.assumptions.iter().cloned()).chain(one.sources.iter().map(source));
    let lines: String = lines.map(|line| format!("- {}\n", escaped(&line))).collect();
    format!("\n## {}\n\n{lines}", escaped(&one.heading()))
}

fn one(one: &BreakEven) -> Json {
    let axis = &one.axis;
    json!({
        "name": one.name,
        "title": one.title,
        "node": one.node,
        "axis": { "name": axis.name, "unit": axis.unit, "from": axis.from, "to": axis.to.is_finite().then_some(axis.to), "inverse": axis.inverse },
        "ways": one.ways.iter().map(way).collect::<Vec<_>>(),
        "crossings": one.crossings,
        "cheaper": one.cheaper.iter().map(|at| &one.ways[*at].name).collect::<Vec<_>>(),
        "present": present(one),
        "switch": one.switch.as_ref().map(switch),
        "curves": one.curves,
        "sources": one.sources.iter().map(from).collect::<Vec<_>>(),
        "assumptions": one.assumptions,
    })
}

fn present(one: &BreakEven) -> Option<Json> {
    let present = one.present.as_ref()?;
    let (usd, share) = one.saving_at(present.at);
    let costs = [one.usd(0, present.at), one.usd(1, present.at)];
    let cheaper = &one.ways[one.cheaper_at(present.at)].name;
    Some(json!({ "at": present.at, "because": present.because, "usd": costs, "cheaper": cheaper, "saving_usd": usd, "saving_share": share }))
}

fn switch(of: &Switch) -> Json {
    let ms = |seconds: f64| seconds * 1e3;
    json!({
        "from": of.from,
        "to": of.to,
        "billed_ms": ms(of.billed_s),
        "may_take_ms": of.may_take_s.map(ms),
        "saved_usd": of.saved_usd,
        "saved_share": of.saved_share,
    })
}

fn way(way: &Way) -> Json {
    let term = |term: &Term| json!({ "key": term.price.key, "unit": term.price.unit, "fixed": term.fixed, "slope": term.slope });
    json!({ "name": way.name, "formula": way.formula, "terms": way.terms.iter().map(term).collect::<Vec<_>>() })
}

fn from(source: &Source) -> Json {
    let since = source.since.to_string();
    json!({ "key": source.key, "price": source.price, "since": since, "source": source.source, "certainty": source.certainty.word() })
}
