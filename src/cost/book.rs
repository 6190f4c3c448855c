//! The price book of a Region on a day.
//!
//! ```text
//! us-east-1.yaml, newest rows not after the day ──┬─▶ us-east-1's book
//!                                                 └─ unit, rounding, free tier ─▶ rows of the Region's own ─▶ its book ─▶ overlay ─▶ …
//! ```
//!
//! A Region has the prices that are sourced of it, and those that are rules everywhere. A price that it does not have is an error that names the key, the Region
//! and the mend; it is never us-east-1's.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use crate::document::{Diagnostic, Reading, Span, Spanned};
use crate::platform::{Date, REGIONS};
use crate::scenario::tree;

use super::price::Price;
use super::row::{Base, Document, Row, mistake};

/// The Region whose book has everything.
const HOME: &str = "us-east-1";

/// The books that come with the program, us-east-1's first.
const BOOKS: [&str; 5] = [
    include_str!("prices/us-east-1.yaml"),
    include_str!("prices/eu-west-1.yaml"),
    include_str!("prices/eu-central-1.yaml"),
    include_str!("prices/ap-southeast-1.yaml"),
    include_str!("prices/other-regions.yaml"),
];

/// Rows that an overlay may have; AWS has fewer prices of serverless services in all Regions together.
const ROWS_MAX: usize = 5_000;

/// Typing mistakes that a key may be away from another to be taken for a slip.
const SLIP_MAX: usize = 2;

/// The prices of a Region on a day.
#[derive(Clone, Debug)]
pub struct Book {
    region: String,
    as_of: Date,
    month_hours: f64,
    /// What may be charged, in the order of the book.
    prices: Vec<Price>,
    /// us-east-1's of the day.
    home: Vec<Price>,
}

/// A price that the book does not have.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    pub key: String,
    pub region: String,
    pub as_of: Date,
    /// Whether us-east-1 has it, so that only the Region is short of it.
    pub elsewhere: bool,
    /// A key that was probably meant.
    pub near: Option<String>,
}

/// What is no name of a Region.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownRegion(pub String);

impl Book {
    /// The prices of `region` on the day `as_of`; of a Region of which nothing is known, those that hold everywhere.
    ///
    /// # Errors
    /// Where `region` cannot be the name of a Region.
    pub fn of(region: &str, as_of: Date) -> Result<Book, UnknownRegion> {
        if !is_region(region) {
            return Err(UnknownRegion(region.to_owned()));
        }
        static DOCUMENTS: OnceLock<Vec<Document>> = OnceLock::new();
        let mut reading = Reading::default();
        let documents = DOCUMENTS.get_or_init(|| BOOKS.iter().filter_map(|text| document(text, &mut Reading::default())).collect());
        let mut home = Self { region: HOME.into(), as_of, month_hours: 0.0, prices: Vec::new(), home: Vec::new() };
        for document in documents.iter().take(1) {
            home.month_hours = document.month_hours.unwrap_or_default().0;
            home.lay(document, &mut reading);
        }
        let prices = if region == HOME { home.prices.clone() } else { home.prices.iter().filter(|price| price.everywhere).cloned().collect() };
        let mut book = Self { region: region.to_owned(), prices, home: home.prices, ..home };
        documents.iter().skip(1).for_each(|document| book.lay(document, &mut reading));
        Ok(book)
    }

    /// The book of a Region of which nothing is known, not even that it is one.
    pub(super) fn without_prices(region: &str, as_of: Date) -> Book {
        let home = Book::of(HOME, as_of).map_or_else(|_| (0.0, Vec::new()), |book| (book.month_hours, book.prices));
        Self { region: region.to_owned(), as_of, month_hours: home.0, prices: Vec::new(), home: home.1 }
    }

    /// Lays a document of the user's over the book: prices of its Region replace those that are there. All that is wrong with it is pushed to `reading`.
    pub fn overlay(&mut self, document: &Document, reading: &mut Reading) {
        if let Some(hours) = document.month_hours.filter(|hours| hours.0 > 0.0) {
            self.month_hours = hours.0;
        }
        if let Some(row) = document.prices.get(ROWS_MAX) {
            return reading.push(mistake(row.span, format!("an overlay has at most {ROWS_MAX} prices"), "leave out what no usage asks for"));
        }
        for row in &document.prices {
            let near = self.slip(&row.value.key.value).filter(|_| self.known(&row.value.key.value).is_none());
            if let Some(near) = near {
                let message = format!("`{}` is a price of its own, and nearly `{near}`", row.value.key.value);
                reading
                    .push(Diagnostic::warning("W060", row.value.key.span, message).label("new to the book").hint(format!("did you mean `{near}`?")));
            }
        }
        self.lay(document, reading);
    }

    fn lay(&mut self, document: &Document, reading: &mut Reading) {
        let sound: Vec<&Row> = document.prices.iter().map(|row| &row.value).filter(|row| row.check(reading)).collect();
        complain_of_doubles(&sound, reading);
        let here = |row: &&Row| row.region.as_ref().or(document.region.as_ref()).is_none_or(|region| region.value == self.region);
        let of_the_day: Vec<&Row> = sound.into_iter().filter(here).filter(|row| row.since().is_some_and(|day| day <= self.as_of)).collect();
        let mut newest: BTreeMap<&str, (Option<Date>, &Row)> = BTreeMap::new();
        for row in &of_the_day {
            let holds = newest.entry(&row.key.value).or_insert((row.since(), row));
            if row.since() > holds.0 {
                *holds = (row.since(), row);
            }
        }
        let holds = |row: &&Row| newest.get(row.key.value.as_str()).is_some_and(|(_, newest)| std::ptr::eq(*newest, *row));
        of_the_day.iter().copied().filter(holds).for_each(|row| self.put(row, document, reading));
    }

    fn put(&mut self, row: &Row, document: &Document, reading: &mut Reading) {
        let at = self.prices.iter().position(|price| price.key == row.key.value);
        let own = at.map(|at| &self.prices[at]);
        let base = Base { as_of: self.as_of, own, home: self.home.iter().find(|price| price.key == row.key.value), sources: &document.sources };
        match (row.resolve(base, reading), at) {
            (Some(price), Some(at)) => self.prices[at] = price,
            (Some(price), None) => self.prices.push(price),
            (None, _) => {}
        }
    }

    /// The price of `key`.
    ///
    /// # Errors
    /// Where the Region has none on that day, or nothing is called so.
    pub fn price(&self, key: &str) -> Result<&Price, Missing> {
        self.prices.iter().find(|price| price.key == key).ok_or_else(|| self.missing(key))
    }

    fn missing(&self, key: &str) -> Missing {
        let elsewhere = self.home.iter().any(|price| price.key == key);
        Missing { key: key.to_owned(), region: self.region.clone(), as_of: self.as_of, elsewhere, near: self.slip(key).filter(|_| !elsewhere) }
    }

    fn known(&self, key: &str) -> Option<&Price> {
        self.prices.iter().chain(&self.home).find(|price| price.key == key)
    }

    /// A key that somebody who wrote `key` may have meant.
    fn slip(&self, key: &str) -> Option<String> {
        let distance = |price: &&Price| strsim::damerau_levenshtein(&price.key, key);
        let nearest = self.prices.iter().chain(&self.home).min_by_key(distance)?;
        (distance(&nearest) <= SLIP_MAX).then(|| nearest.key.clone())
    }

    /// Every price, in the order of the book.
    pub fn prices(&self) -> &[Price] {
        &self.prices
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// Hours that a month is taken for.
    pub fn month_hours(&self) -> f64 {
        self.month_hours
    }
}

impl Missing {
    /// As a complaint about the place that asks for it (E180).
    pub fn diagnostic(&self, span: Span) -> Diagnostic {
        Diagnostic::error("E180", span, self.to_string()).label("this needs it").hint(self.hint())
    }

    /// How it is supplied.
    pub fn hint(&self) -> String {
        match &self.near {
            Some(near) => format!("did you mean `{near}`?"),
            None if self.elsewhere => format!("supply it: `prices: [ {{ key: {}, price: … }} ]`, or `factor: 1` for us-east-1's", self.key),
            None => format!("supply it with its unit: `prices: [ {{ key: {}, unit: …, price: … }} ]`", self.key),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the price of `{}` in {} on {} is not known", self.key, self.region, self.as_of)
    }
}

impl fmt::Display for UnknownRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no name of a Region", self.0)
    }
}

/// Whether it looks like one, such as `eu-west-1`; one that is known does.
fn is_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    REGIONS.contains(&name) || (parts.len() >= 3 && parts[..parts.len() - 1].iter().all(is_word) && parts.last().is_some_and(is_number))
}

/// Two rows of one key, Region and day: which holds would be luck.
fn complain_of_doubles(rows: &[&Row], reading: &mut Reading) {
    let name = |row: &Row| (row.key.value.clone(), row.region.as_ref().map(|region| region.value.clone()), row.since());
    let mut seen: BTreeMap<_, Span> = BTreeMap::new();
    for row in rows {
        match seen.get(&name(row)) {
            Some(first) => {
                let diagnostic = mistake(row.key.span, format!("`{}` has two prices from one day on", row.key.value), "keep one of them");
                reading.push(diagnostic.also(*first, "the first"));
            }
            None => drop(seen.insert(name(row), row.key.span)),
        }
    }
}

fn document(text: &str, reading: &mut Reading) -> Option<Document> {
    let root = tree(0, text.as_bytes(), reading)?;
    <Spanned<Document> as crate::document::Read>::read(&root, reading).map(|document| document.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(region: &str, day: &str) -> Book {
        Book::of(region, Date::parse(day).unwrap()).unwrap()
    }

    fn first(book: &Book, key: &str) -> f64 {
        book.price(key).unwrap().tiers[0].price
    }

    #[test]
    fn the_books_of_the_program_have_no_mistakes() {
        let mut reading = Reading::default();
        for text in BOOKS {
            let document = document(text, &mut reading).unwrap();
            for region in ["us-east-1", "eu-west-1", "us-west-1", "ap-east-1"] {
                let mut book = on(region, "2026-11-01");
                book.lay(&document, &mut reading);
            }
        }
        assert!(reading.diagnostics.is_empty(), "{:?}", reading.diagnostics);
        assert!(on("us-east-1", "2026-11-01").prices().len() > 150);
    }

    #[test]
    fn the_day_decides_which_price_holds() {
        let wru = |day| first(&on("us-east-1", day), "dynamodb.standard.write_request_units");
        assert_eq!([wru("2024-10-31"), wru("2024-11-01")], [1.25, 0.625]);
        let ireland = |day| first(&on("eu-west-1", day), "dynamodb.standard.write_request_units");
        assert_eq!([ireland("2024-10-31"), ireland("2026-11-01")], [1.4135, 0.7068]);
        let step = |day| on("us-east-1", day).price("lambda.duration.x86_64").unwrap().rounded("duration", 1e6);
        assert_eq!([step("2020-11-30"), step("2020-12-01")], [1e8, 1e6]);
    }

    #[test]
    fn a_region_never_has_the_prices_of_another() {
        let frankfurt = on("eu-central-1", "2026-11-01");
        let missing = frankfurt.price("lambda.duration.arm64").unwrap_err();
        assert!(missing.elsewhere && missing.to_string().contains("`lambda.duration.arm64` in eu-central-1"));
        assert_eq!(first(&frankfurt, "api_gateway.rest"), 3.70);
        assert!((frankfurt.price("api_gateway.rest").unwrap().tiers[1].price - 2.80 * 1.057).abs() < 1e-12);
        assert!(on("ap-southeast-1", "2024-01-01").price("dynamodb.standard.write_request_units").is_err(), "only the price after the cut is known");
        assert_eq!(first(&on("sa-east-1", "2026-11-01"), "step_functions.standard"), 0.0000375);
    }

    #[test]
    fn an_overlay_replaces_what_it_names() {
        let mut reading = Reading::default();
        let mut book = on("eu-central-1", "2026-11-01");
        let text = "prices: [ { key: sqs.standard, factor: 0.9 }, { key: lambda.duration.arm64, price: 0.00001 }, { key: shop.orders, unit: orders, price: 2 }, { key: sqs.standart, unit: requests, price: 1 } ]";
        let document = document(text, &mut reading).unwrap();
        book.overlay(&document, &mut reading);
        assert!((first(&book, "sqs.standard") - 0.36).abs() < 1e-12 && book.price("sqs.standard").unwrap().tiers.len() == 3);
        assert_eq!((first(&book, "lambda.duration.arm64"), book.price("lambda.duration.arm64").unwrap().unit.as_str()), (0.00001, "GB-s"));
        assert_eq!(reading.diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["W060"]);
    }

    #[test]
    fn what_cannot_be_a_region_is_refused() {
        assert!(["", "Frankfurt", "eu_west_1", "eu-west", "1"].iter().all(|name| Book::of(name, Date::NEWEST).is_err()));
        assert!(Book::of("xx-new-9", Date::NEWEST).is_ok());
    }
}
