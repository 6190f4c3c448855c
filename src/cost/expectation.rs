//! What a bill is expected to be: a line, a service or the total, an amount, and how far off it may be.
//!
//! ```yaml
//! expect: [ { line: lambda.duration, usd: 2.33, tolerance: $0.01, because: "the page rounds each line to the cent" }, { line: total, usd: 2.73, tolerance: 1% } ]
//! ```
//!
//! `line` is a price's key, the beginning of some (`lambda`, `lambda.duration`), or `total`. Left out: expectations of quantities.

use crate::document::{Read, Reading, Shape, Shapes, Spanned, Value};
use crate::units::{Money, Share};

use super::Quantity;

crate::spec! {
    /// One expected amount.
    pub struct Expectation: "an expected amount" {
        /// The key of a line, the beginning of several, or `total`.
        line: Spanned<String>,
        /// USD.
        usd: Spanned<Quantity>,
        /// A share of it, or an amount.
        tolerance: Spanned<Allowed> = Spanned { value: Allowed::Money(Money::from_usd(CENT)), span: crate::document::Span::default() },
        /// Why it should be so, or what is special about it.
        because: Option<String> = None,
    }
}

/// USD: bills are printed to the cent.
const CENT: f64 = 0.01;

/// What stands for the whole bill.
pub const TOTAL: &str = "total";

/// How far off an amount may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Allowed {
    Share(Share),
    Money(Money),
}

impl Allowed {
    /// In USD, of an expected amount.
    pub fn of(self, usd: f64) -> f64 {
        match self {
            Allowed::Share(share) => share.as_fraction() * usd,
            Allowed::Money(money) => money.as_usd(),
        }
    }
}

impl Read for Allowed {
    fn expected() -> String {
        "a share such as `1%`, or an amount such as `$0.01`".into()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        Shape::any(vec![Share::shape(shapes), Money::shape(shapes)])
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let text = value.text().unwrap_or_default();
        let money = Money::parse(text).ok().map(Allowed::Money);
        money.or_else(|| Share::parse(text).ok().map(Allowed::Share)).or_else(|| reading.mismatch(value, &Self::expected()))
    }
    fn written(&self) -> Option<String> {
        Some(match self {
            Allowed::Share(share) => share.exact(),
            Allowed::Money(money) => money.exact(),
        })
    }
}
