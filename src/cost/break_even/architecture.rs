//! x86_64 or arm64: what the same function costs on the other one, and how long it may take there.
//!
//! ```text
//! on x86_64    may take on arm64  = duration × (cost on x86_64 − what stands on arm64) ÷ cost of arm64's duration      1.25 where nothing stands
//! on arm64     may take on x86_64 = duration ÷ the same                                                               0.8
//! saving       = cost on the one − cost on the other, where invocations take as long
//! ```
//!
//! Left out: how much longer or shorter code takes on the other one, which nobody measured but for INIT; what costs the same on both: requests, logs, `/tmp`.

use super::{Axis, BreakEven, Way, figure};
use crate::cost::{Book, Missing};

/// GB-s a month of a function.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Work {
    /// Billed on demand.
    pub on_demand: f64,
    /// Billed in provisioned environments.
    pub provisioned: f64,
    /// Of environments that are kept ready, however long invocations take.
    pub kept_ready: f64,
}

/// What it comes to when a function changes to the other architecture.
#[derive(Clone, Debug, PartialEq)]
pub struct Switch {
    pub from: &'static str,
    pub to: &'static str,
    /// Billed seconds of an invocation, in the mean.
    pub billed_s: f64,
    /// Billed seconds that it may take after the change, to cost as much as before; none where no time does that: on arm64, one that is not shorter.
    pub may_take_s: Option<f64>,
    /// USD a month that are saved where it takes as long as before; negative where it costs more.
    pub saved_usd: f64,
    /// The same as a share of what it costs now.
    pub saved_share: f64,
}

const WAYS: [&str; 2] = ["x86_64", "arm64"];

/// So many GB-s a month on x86_64, or on arm64 where each takes some times as long.
///
/// # Errors
/// A price that the book does not have; so of the other.
pub fn arm64_or_x86(book: &Book, gb_s: f64) -> Result<BreakEven, Missing> {
    architectures(book, WAYS[0], Work { on_demand: gb_s, ..Work::default() })
}

/// The work of a function that runs `on` one of them, there and on the other one.
pub fn architectures(book: &Book, on: &str, work: Work) -> Result<BreakEven, Missing> {
    let inverse = on == WAYS[1];
    let moving = if inverse { " ÷ times as long" } else { " × times as long" };
    let way = |name: &'static str| way(book, name, work, if name == on { "" } else { moving });
    let axis = Axis { from: 1.0, shown_to: 1.6, inverse, ..Axis::new("times as long on arm64", "ratio", f64::INFINITY) };
    Ok(BreakEven::new("lambda_architecture", "a function: x86_64 or arm64", axis, [way(WAYS[0])?, way(WAYS[1])?])
        .assuming("memory is the same; requests cost the same on both"))
}

/// What it costs on an architecture, where durations are `moving` along the axis, or as they are.
fn way(book: &Book, name: &'static str, work: Work, moving: &str) -> Result<Way, Missing> {
    let parts = [
        ("duration", work.on_demand, moving, "price of duration"),
        ("provisioned_duration", work.provisioned, moving, "price of provisioned duration"),
        ("provisioned_concurrency", work.kept_ready, "", "price of provisioned concurrency"),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|(_, gb_s, ..)| *gb_s > 0.0).collect();
    let formula: Vec<String> = parts.iter().map(|(_, gb_s, moving, price)| format!("{} GB-s{moving} × {price}", figure(*gb_s))).collect();
    let keys: Vec<String> = parts.iter().map(|(meter, ..)| format!("lambda.{meter}.{name}")).collect();
    let term = |(key, (_, gb_s, moving, _)): (&'_ String, &(_, f64, &str, _))| match moving.is_empty() {
        true => (key.clone(), *gb_s, 0.0),
        false => (key.clone(), 0.0, *gb_s),
    };
    let terms: Vec<(String, f64, f64)> = keys.iter().zip(&parts).map(term).collect();
    let terms: Vec<(&str, f64, f64)> = terms.iter().map(|(key, fixed, slope)| (key.as_str(), *fixed, *slope)).collect();
    Way::new(book, name, formula.join(" + "), &terms)
}

impl Switch {
    /// From the architecture that a comparison was measured on to the other one, for a function whose invocations are billed so long.
    pub(super) fn of(one: &BreakEven, billed_s: f64) -> Self {
        let on = usize::from(one.axis.inverse);
        let [now, then] = [on, 1 - on].map(|way| one.usd(way, 1.0));
        let longer = one.crossings.first().map(|times| if one.axis.inverse { 1.0 / times } else { *times });
        let saved_share = if now > 0.0 { (now - then) / now } else { 0.0 };
        Self { from: WAYS[on], to: WAYS[1 - on], billed_s, may_take_s: longer.map(|times| times * billed_s), saved_usd: now - then, saved_share }
    }
}
