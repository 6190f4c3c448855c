//! Where metered quantities are added up, and what is wrong with a usage is noted.
//!
//! ```text
//! item ──steps, rounded (rules of the price's row)──▶ add(key, quantity) ──▶ Quantities
//! ```
//!
//! A price that is not in the book is complained of once for each item that needs it (E180); a size that AWS does not take is E182.

use std::collections::BTreeSet;

use super::Metered;
use crate::cost::price::Price;
use crate::cost::{Book, Quantities};
use crate::document::{Diagnostic, Span};
use crate::units::{Bytes, Time};

/// The quantities of a usage, as they are metered.
pub struct Meter<'b> {
    pub book: &'b Book,
    pub quantities: Quantities,
    pub diagnostics: Vec<Diagnostic>,
    /// The item that is metered.
    at: Span,
    /// Prices that were complained of there.
    said: BTreeSet<(Span, String)>,
}

impl<'b> Meter<'b> {
    /// Nothing yet.
    pub fn new(book: &'b Book) -> Self {
        Self { book, quantities: Quantities::default(), diagnostics: Vec::new(), at: Span::default(), said: BTreeSet::new() }
    }

    pub(super) fn item(&mut self, at: Span, item: &impl Metered) {
        self.at = at;
        item.meter(self);
    }

    /// Adds what stands under `meters`.
    pub fn plain(&mut self, at: Span, key: &str, quantity: f64) {
        self.at = at;
        self.add(key, quantity);
    }

    /// Adds `quantity` units of the price `key`.
    pub(super) fn add(&mut self, key: &str, quantity: f64) {
        if quantity > 0.0 && self.price(key).is_some() {
            self.quantities.add(key, quantity);
        }
    }

    fn price(&mut self, key: &str) -> Option<&'b Price> {
        let missing = match self.book.price(key) {
            Ok(price) => return Some(price),
            Err(missing) => missing,
        };
        if self.said.insert((self.at, key.to_owned())) {
            self.diagnostics.push(missing.diagnostic(self.at));
        }
        None
    }

    /// In how many steps of the price's rule a size counts.
    pub(super) fn steps(&mut self, key: &str, of: &str, size: Bytes) -> f64 {
        let Some(price) = self.price(key) else { return 1.0 };
        self.check_most(price, of, size);
        price.steps(of, size.as_bytes() as f64)
    }

    /// The same of something that is counted where `count` is more than zero only.
    pub(super) fn add_steps(&mut self, key: &str, of: &str, size: Bytes, count: f64) {
        if count > 0.0 {
            let steps = self.steps(key, of, size);
            self.add(key, count * steps);
        }
    }

    /// Seconds that a duration counts as.
    pub(super) fn seconds(&mut self, key: &str, of: &str, duration: Time) -> f64 {
        let ns = duration.as_nanos() as f64;
        self.price(key).map_or(ns, |price| price.rounded(of, ns)) / 1e9
    }

    /// GB that a size counts as.
    pub(super) fn gb(&mut self, key: &str, of: &str, size: Bytes) -> f64 {
        let bytes = size.as_bytes() as f64;
        let Some(price) = self.price(key) else { return 0.0 };
        self.check_most(price, of, size);
        price.rounded(of, bytes) / (1u64 << 30) as f64
    }

    fn check_most(&mut self, price: &Price, of: &str, size: Bytes) {
        let Some(most) = price.rounding(of).and_then(|rounding| rounding.most) else { return };
        if size.as_bytes() as f64 > most.base() {
            self.complain(format!("`{of}` of `{}` is at most {most}, not {}", price.key, size.exact()), "AWS does not take more in one piece");
        }
    }

    /// Notes that the item cannot be metered (E182).
    pub(super) fn complain(&mut self, message: String, hint: &str) {
        self.diagnostics.push(Diagnostic::error("E182", self.at, message).label("in this item").hint(hint));
    }
}
