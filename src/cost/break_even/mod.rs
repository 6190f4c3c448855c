//! Break-evens: where two ways of paying for the same thing cost the same.
//!
//! ```text
//! usage of a way = fixed + slope · x, by price      ──▶  cost(x), straight between the bounds of tiers  ──▶  cost₁(x) = cost₂(x)
//! on demand       3,600 · 730 · x WRU                     1.64 $ · x
//! provisioned     730 WCU-hours                           0.47 $                                              x = 28.9 %
//! ```
//!
//! No simulation is needed: a crossing is solved on each straight piece, and so exact on graduated tiers too. Left out: free tiers, as an account's other usage
//! may have them already; reserved capacity and savings plans.

mod architecture;
mod cases;
mod measured;
mod way;

pub use architecture::{Switch, Work, architectures, arm64_or_x86};
pub use cases::{Function, batch_size, capacity_mode, lambda_or_fargate, provisioned_concurrency, rest_or_http};
pub use measured::of_scenario;
pub use way::{Term, Way};

use super::price::{Certainty, Price};
use super::{Book, Missing, Quantities, plain};
use crate::platform::Date;

/// Points of a curve between two bounds of tiers.
const POINTS: u32 = 60;

/// How much further a picture without crossings goes than where a scenario stands.
const SHOWN: f64 = 10.0;

/// What a break-even is a matter of.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// `utilisation of the provisioned units`.
    pub name: String,
    /// `share`, `requests/month`, `requests/s`, `messages/request` or `ratio`.
    pub unit: &'static str,
    /// Crossings are looked for from here on, and never at or below it where it is zero.
    pub from: f64,
    /// And up to here; infinity where nothing bounds it.
    pub to: f64,
    /// How far a picture goes where nothing bounds it.
    pub shown_to: f64,
    /// Usage is a straight line of 1/x rather than of x.
    pub inverse: bool,
}

/// Where a scenario stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Present {
    /// In the unit of the axis.
    pub at: f64,
    /// How it was found.
    pub because: String,
}

/// A price that a break-even hangs on.
#[derive(Clone, Debug)]
pub struct Source {
    pub key: String,
    /// `$0.625 per 1,000,000 WRU`.
    pub price: String,
    pub since: Date,
    pub source: String,
    pub certainty: Certainty,
}

/// Two ways of paying, and where they cost the same.
#[derive(Clone, Debug)]
pub struct BreakEven {
    /// What it is called in other tools: `dynamodb_writes`.
    pub name: String,
    /// `writes of a table: on demand or provisioned`.
    pub title: String,
    /// The scenario's node that it is about.
    pub node: Option<String>,
    pub axis: Axis,
    pub ways: [Way; 2],
    /// Where both cost the same, ascending; none where one is always cheaper.
    pub crossings: Vec<f64>,
    /// The cheaper way below the first crossing, above it, and so on: one more than there are crossings.
    pub cheaper: Vec<usize>,
    pub present: Option<Present>,
    /// Of a function that was invoked: what a change of its architecture comes to.
    pub switch: Option<Switch>,
    /// USD a month by place on the axis, of each way.
    pub curves: [Vec<(f64, f64)>; 2],
    /// What the ways are priced by.
    pub sources: Vec<Source>,
    /// What was taken for granted.
    pub assumptions: Vec<String>,
}

/// What can be said, and what not, for want of a price.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub break_evens: Vec<BreakEven>,
    /// What was not compared, and the price that is missing.
    pub missing: Vec<(String, Missing)>,
}

impl Found {
    fn take(&mut self, of: &str, found: Result<BreakEven, Missing>) {
        match found {
            Ok(found) => self.break_evens.push(found),
            Err(missing) => self.missing.push((of.to_owned(), missing)),
        }
    }
}

/// The break-evens of one unit, request or function each, at the prices of the book.
pub fn break_evens(book: &Book) -> Found {
    let mut found = Found::default();
    let function = Function::default();
    found.take("writes of a table", capacity_mode(book, "standard", "write", 1.0));
    found.take("reads of a table", capacity_mode(book, "standard", "read", 1.0));
    found.take("provisioned concurrency", provisioned_concurrency(book, &function, 1.0));
    found.take("kind of API", rest_or_http(book, 1.0));
    found.take("batch size", batch_size(book, "sqs.standard", 1e6, None));
    found.take("architecture", arm64_or_x86(book, 1e6));
    found.take("containers", lambda_or_fargate(book, &function, 1.0));
    found
}

impl BreakEven {
    fn new(name: &str, title: impl Into<String>, axis: Axis, ways: [Way; 2]) -> Self {
        let (crossings, cheaper) = way::crossings(&ways, &axis);
        let curves = curves(&ways, &axis);
        let mut prices: Vec<&Price> = ways.iter().flat_map(Way::prices).collect();
        let mut seen = std::collections::BTreeSet::new();
        prices.retain(|price| seen.insert(price.key.clone()));
        let sources = prices.into_iter().map(Source::of).collect();
        let title = title.into();
        Self {
            name: name.to_owned(),
            title,
            node: None,
            axis,
            ways,
            crossings,
            cheaper,
            present: None,
            switch: None,
            curves,
            sources,
            assumptions: Vec::new(),
        }
    }

    fn assuming(mut self, what: impl Into<String>) -> Self {
        self.assumptions.push(what.into());
        self
    }

    /// The same, of a node, which stands at `present` where that is known.
    pub fn at(self, node: &str, present: Option<Present>) -> Self {
        let present = present.filter(|present| present.at.is_finite() && present.at > 0.0);
        let mut of_node = Self { node: Some(node.to_owned()), present, ..self };
        if let Some(present) = of_node.present.as_ref().filter(|_| of_node.axis.to.is_infinite() && of_node.crossings.is_empty()) {
            // There is nothing else to see than where it stands.
            of_node.axis.shown_to = SHOWN * present.at;
            of_node.curves = curves(&of_node.ways, &of_node.axis);
        }
        of_node
    }

    /// The same, of two architectures and a function whose invocations are billed so many seconds.
    fn switched(self, billed_s: f64) -> Self {
        Self { switch: Some(Switch::of(&self, billed_s)), ..self }
    }

    /// The title, with the node before it.
    pub fn heading(&self) -> String {
        self.node.as_ref().map_or_else(|| self.title.clone(), |node| format!("{node}: {}", self.title))
    }

    /// USD a month of a way at a place on the axis.
    pub fn usd(&self, way: usize, x: f64) -> f64 {
        self.ways[way].usd(self.axis.along(x))
    }

    /// What a way uses in a month at a place on the axis.
    pub fn usage(&self, way: usize, x: f64) -> Quantities {
        self.ways[way].usage(self.axis.along(x))
    }

    /// The way that is cheaper at a place on the axis, by the crossings.
    pub fn cheaper_at(&self, x: f64) -> usize {
        self.cheaper[self.crossings.partition_point(|crossing| *crossing <= x)]
    }

    /// What the cheaper way saves at a place on the axis: USD a month, and the share of the dearer.
    pub fn saving_at(&self, x: f64) -> (f64, f64) {
        let (low, high) = (self.usd(self.cheaper_at(x), x), self.usd(1 - self.cheaper_at(x), x));
        (high - low, if high > 0.0 { (high - low) / high } else { 0.0 })
    }
}

fn curves(ways: &[Way; 2], axis: &Axis) -> [Vec<(f64, f64)>; 2] {
    let [first, second] = ways;
    [first.curve(axis, ways), second.curve(axis, ways)]
}

impl Axis {
    fn new(name: impl Into<String>, unit: &'static str, to: f64) -> Self {
        Self { name: name.into(), unit, from: 0.0, to, shown_to: to, inverse: false }
    }

    /// What usage is a straight line of.
    fn along(&self, x: f64) -> f64 {
        if self.inverse { 1.0 / x } else { x }
    }

    /// A place, as people say it: `28.9 % utilisation`, `7.35 requests a second`.
    pub fn in_words(&self, x: f64) -> String {
        match self.unit {
            "share" => format!("{} % utilisation", figure(100.0 * x)),
            "requests/month" => format!("{} requests a month", plain(x.round())),
            "requests/s" => format!("{} requests a second", figure(x)),
            "messages/request" => format!("batches of {}", figure(x)),
            _ => format!("{} times as long", figure(x)),
        }
    }

    /// Where a picture ends.
    pub fn end(&self) -> f64 {
        if self.to.is_finite() { self.to } else { self.shown_to }
    }
}

/// A number with three figures, or one decimal where that is more.
pub fn figure(x: f64) -> String {
    let digits = if x > 0.0 { libm::floor(libm::log10(x)) as i32 } else { 0 };
    let scale = libm::pow(10.0, f64::from((2 - digits).clamp(1, 8)));
    plain((x * scale).round() / scale)
}

impl Source {
    fn of(price: &Price) -> Self {
        Self { key: price.key.clone(), price: price.in_words(), since: price.since, source: price.source.clone(), certainty: price.certainty }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_three_figures() {
        let said = [("share", 0.288_89), ("requests/s", 7.347), ("requests/s", 0.001_234), ("ratio", 1.249_99), ("requests/month", 1_946_875_000.4)];
        let said = said.map(|(unit, x)| Axis::new("", unit, 1.0).in_words(x));
        assert_eq!(
            said,
            ["28.9 % utilisation", "7.35 requests a second", "0.00123 requests a second", "1.25 times as long", "1,946,875,000 requests a month"]
        );
    }
}
