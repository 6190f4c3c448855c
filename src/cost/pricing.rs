//! How a run is to be priced: free tiers, and prices of one's own.
//!
//! ```text
//! --free-tier --prices ours.yaml ──▶ Pricing ──book(Region, day)──▶ the Region's book with all overlays
//! ```
//!
//! Region and day are the scenario's. Overlays are complained of once, when they are read.

use super::bill::FreeTier;
use super::book::Book;
use super::file;
use super::row::Document;
use crate::document::{Diagnostic, Reading};
use crate::platform::Date;
use crate::scenario::{Source, Sources};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Pricing {
    pub free_tier: FreeTier,
    overlays: Vec<Document>,
}

impl Pricing {
    /// Reads files of prices, which have a name and a text each; and all that is wrong with them.
    pub fn read(free_tier: FreeTier, files: &[(String, Vec<u8>)]) -> (Self, Vec<Diagnostic>, Sources) {
        let (mut sources, mut reading) = (Sources::new(Source::new("prices", String::new())), Reading::default());
        let overlays: Vec<Document> = files.iter().filter_map(|(name, bytes)| file::document(name, bytes, &mut sources, &mut reading)).collect();
        if let Ok(mut book) = Book::of("us-east-1", Date::NEWEST) {
            overlays.iter().for_each(|document| book.overlay(document, &mut reading));
        }
        (Self { free_tier, overlays }, reading.diagnostics, sources)
    }

    /// The prices of a Region on a day; none, where that cannot be the name of a Region.
    pub fn book(&self, region: &str, as_of: Date) -> Book {
        let mut book = Book::of(region, as_of).unwrap_or_else(|_| Book::without_prices(region, as_of));
        let mut reading = Reading::default();
        self.overlays.iter().for_each(|document| book.overlay(document, &mut reading));
        book
    }
}
