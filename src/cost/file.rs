//! A usage file: what a month uses, at whose prices, and what it should come to.
//!
//! ```yaml
//! name: A mobile backend
//! source: https://aws.amazon.com/lambda/pricing/
//! as_of: 2025-06-01
//! free_tier: true
//! prices: [ { key: sqs.standard, factor: 0.9 } ]        # or a file; laid over the book
//! usage: { lambda: { invocations: 3M, duration: 120ms, memory: 1536 MB } }
//! meters: { kms.requests: 20k }                         # by the price's key
//! expect: [ { line: total, usd: 2.73, tolerance: $0.01 } ]
//! ```
//!
//! `cases` are bills of their own, each with what the file itself uses besides. Nothing is simulated.

use super::bill::{Bill, FreeTier};
use super::book::Book;
use super::expectation::{Expectation, TOTAL};
use super::row::{Document, Row};
use super::usage::{Meter, Usage};
use super::{Quantities, Quantity};
use crate::document::{Data, Diagnostic, Files, Map, OneOrMany, Read, Reading, Shape, Shapes, Span, Spanned, Value, closest};
use crate::platform::{Date, REGIONS};
use crate::scenario::{Source, Sources, in_order, text, tree};

/// The Region of a file that names none.
const HOME: &str = "us-east-1";

crate::spec! {
    /// A usage file.
    pub struct File: "a usage file" {
        /// What the bill is called; default: the file's name.
        name: Option<String> = None,
        /// Where usage or expectations are from.
        source: OneOrMany<String> = OneOrMany(Vec::new()),
        /// When the source was written.
        year: Option<u32> = None,
        /// Whose prices: `eu-west-1`.
        region: Option<Spanned<String>> = None,
        /// The day whose prices hold; default: the newest that is known.
        as_of: Option<Spanned<String>> = None,
        /// Whether free tiers are taken off.
        free_tier: FreeTier = FreeTier::No,
        /// Prices laid over the book: a file, or rows.
        prices: Option<Overlay> = None,
        /// What is used, by service.
        usage: Option<Usage> = None,
        /// What else is used, by the price's key.
        meters: Map<Spanned<Quantity>> = Map::default(),
        /// What the bill should be.
        expect: Vec<Spanned<Expectation>> = Vec::new(),
        /// Bills of their own.
        cases: Vec<Spanned<Case>> = Vec::new(),
    }
}

crate::spec! {
    /// One of several bills of a file.
    pub struct Case: "a case" {
        /// What it is called.
        name: Spanned<String>,
        /// What is used, besides what the file uses.
        usage: Option<Usage> = None,
        /// Likewise, by the price's key.
        meters: Map<Spanned<Quantity>> = Map::default(),
        /// What the bill should be.
        expect: Vec<Spanned<Expectation>> = Vec::new(),
    }
}

/// Prices of the user's own, as a file names or has them.
#[derive(Clone, Debug)]
pub enum Overlay {
    File(Spanned<String>),
    Inline(Document),
}

impl Read for Overlay {
    fn expected() -> String {
        "a file of prices, or a list of prices".into()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        let rows = <Vec<Row> as Read>::shape(shapes);
        Shape::any(vec![Shape::scalar(), rows, Document::shape(shapes)])
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match &value.data {
            Data::Scalar { .. } => Spanned::read(value, reading).map(Self::File),
            Data::List(_) => {
                let prices = Vec::read(value, reading)?;
                Some(Self::Inline(Document { region: None, month_hours: None, sources: Map::default(), prices }))
            }
            Data::Map(_) => Document::read(value, reading).map(Self::Inline),
            Data::Null => reading.mismatch(value, &Self::expected()),
        }
    }
}

/// What is asked for besides what the file says; it comes before that.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub region: Option<String>,
    pub as_of: Option<Date>,
    /// Free tiers are taken off, whatever the file says.
    pub free_tier: bool,
    /// Files of prices with their names, laid over the book last.
    pub overlays: Vec<(String, Vec<u8>)>,
}

/// What came of a usage file.
#[derive(Clone, Debug)]
pub struct Priced {
    pub name: String,
    /// Where usage or expectations are from.
    pub source: Vec<String>,
    pub year: Option<u32>,
    /// One, or one a case, with the case's name; none where there is an error.
    pub bills: Vec<(Option<String>, Bill)>,
    /// Errors and warnings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that the diagnostics point into.
    pub sources: Sources,
}

impl Priced {
    /// Whether there is an error among the diagnostics.
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Whether every bill is as expected.
    pub fn holds(&self) -> bool {
        self.bills.iter().flat_map(|(_, bill)| &bill.verdicts).all(super::Verdict::holds)
    }
}

/// Prices the usage file `bytes`, which diagnostics call `name`.
pub fn price_file(name: &str, bytes: &[u8], asked: &Asked, files: &dyn Files) -> Priced {
    let mut reading = Reading::with(files);
    let mut sources = Sources::new(Source::new(name, text(bytes)));
    let stem = name.rsplit(['/', '\\']).next().unwrap_or(name).trim_end_matches(".yaml");
    let file = tree(0, bytes, &mut reading).and_then(|root| Spanned::<File>::read(&root, &mut reading));
    let bills = file.as_ref().map(|file| bills(file, asked, &mut sources, &mut reading)).unwrap_or_default();
    let diagnostics = in_order(reading.diagnostics);
    let failed = diagnostics.iter().any(Diagnostic::is_error);
    let (own, source, year) = file.map(|file| (file.value.name, file.value.source.0, file.value.year)).unwrap_or_default();
    let bills = if failed { Vec::new() } else { bills };
    Priced { name: own.unwrap_or_else(|| stem.to_owned()), source, year, bills, diagnostics, sources }
}

fn bills(file: &Spanned<File>, asked: &Asked, sources: &mut Sources, reading: &mut Reading) -> Vec<(Option<String>, Bill)> {
    let top = Span { end: file.span.start, ..file.span };
    let Some(book) = book(&file.value, top, asked, sources, reading) else { return Vec::new() };
    let file = &file.value;
    if file.usage.is_none() && file.meters.0.is_empty() && file.cases.is_empty() {
        let hint = "say what a month uses: `usage: { lambda: { invocations: 3M, duration: 120ms, memory: 512 MB } }`";
        reading.push(Diagnostic::error("E182", top, "nothing in this file is used").hint(hint));
    }
    let free_tier = if asked.free_tier { file.free_tier.max(FreeTier::Always) } else { file.free_tier };
    let own = quantities(&book, &[(&file.usage, &file.meters)], reading);
    let mut bills = Vec::new();
    if file.cases.is_empty() || !file.expect.is_empty() {
        bills.push((None, bill(&book, &own, free_tier, &file.expect, reading)));
    }
    for (at, case) in file.cases.iter().enumerate() {
        let case = &case.value;
        if file.cases[..at].iter().any(|known| known.value.name.value == case.name.value) {
            let message = format!("there are two cases `{}`", case.name.value);
            reading.push(Diagnostic::error("E018", case.name.span, message).label("the second").hint("give each a name of its own"));
        }
        let all = quantities(&book, &[(&file.usage, &file.meters), (&case.usage, &case.meters)], reading);
        bills.push((Some(case.name.value.clone()), bill(&book, &all, free_tier, &case.expect, reading)));
    }
    bills.into_iter().filter_map(|(name, bill)| Some((name, bill?))).collect()
}

/// Quantities of usages together.
fn quantities(book: &Book, used: &[(&Option<Usage>, &Map<Spanned<Quantity>>)], reading: &mut Reading) -> Quantities {
    let mut meter = Meter::new(book);
    for (usage, meters) in used {
        usage.iter().for_each(|usage| usage.meter(&mut meter));
        meters.0.iter().for_each(|(key, quantity)| meter.plain(key.span, &key.value, quantity.value.0));
    }
    meter.diagnostics.into_iter().for_each(|diagnostic| reading.push(diagnostic));
    meter.quantities
}

fn bill(book: &Book, quantities: &Quantities, free_tier: FreeTier, expect: &[Spanned<Expectation>], reading: &mut Reading) -> Option<Bill> {
    // Whatever is missing was complained of where it is needed, and lines that lack it would be complained of again.
    let mut bill =
        Bill::of(book, quantities, free_tier).ok().filter(|_| !reading.diagnostics.iter().any(|known| ["E180", "E182"].contains(&known.code)))?;
    for expectation in expect {
        match bill.judge(&expectation.value) {
            Some(verdict) => bill.verdicts.push(verdict),
            None => reading.push(no_line(&expectation.value.line, &bill)),
        }
    }
    Some(bill)
}

fn no_line(line: &Spanned<String>, bill: &Bill) -> Diagnostic {
    let keys = || bill.lines.iter().map(|line| line.key.as_str()).chain([TOTAL]);
    let hint = match closest(&line.value, keys()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the bill has: {}", keys().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")),
    };
    Diagnostic::error("E183", line.span, format!("the bill has no line `{}`", line.value)).label("nothing is used of it").hint(hint)
}

/// The book that the file and whoever asks want, with all overlays.
fn book(file: &File, top: Span, asked: &Asked, sources: &mut Sources, reading: &mut Reading) -> Option<Book> {
    let as_of = day(file, asked, reading)?;
    let region = asked.region.as_deref().or(file.region.as_ref().map(|region| region.value.as_str())).unwrap_or(HOME);
    let at = file.region.as_ref().map_or(top, |region| region.span);
    let mut book = match Book::of(region, as_of) {
        Ok(book) => book,
        Err(unknown) => {
            let near = closest(region, REGIONS.iter().copied()).unwrap_or(HOME);
            reading.push(Diagnostic::error("E020", at, unknown.to_string()).label("not that").hint(format!("did you mean `{near}`?")));
            return None;
        }
    };
    if !REGIONS.contains(&region) {
        let hint = closest(region, REGIONS.iter().copied())
            .map_or_else(|| "its prices are those of `prices`".to_owned(), |near| format!("did you mean `{near}`?"));
        reading.push(Diagnostic::warning("W036", at, format!("there is no Region `{region}` that is known")).label("here").hint(hint));
    }
    let own = match &file.prices {
        Some(Overlay::Inline(document)) => Some(document.clone()),
        Some(Overlay::File(named)) => {
            let bytes = reading.file("the prices", named)?;
            document(&named.value, &bytes, sources, reading)
        }
        None => None,
    };
    let given: Vec<Document> = asked.overlays.iter().filter_map(|(name, bytes)| document(name, bytes, sources, reading)).collect();
    own.iter().chain(&given).for_each(|document| book.overlay(document, reading));
    Some(book)
}

pub(super) fn document(name: &str, bytes: &[u8], sources: &mut Sources, reading: &mut Reading) -> Option<Document> {
    let file = sources.add(Source::new(name, text(bytes)));
    let root = tree(file, bytes, reading)?;
    Document::read(&root, reading)
}

fn day(file: &File, asked: &Asked, reading: &mut Reading) -> Option<Date> {
    let Some(written) = &file.as_of else { return Some(asked.as_of.unwrap_or(Date::NEWEST)) };
    let own = Date::parse(&written.value);
    if own.is_none() {
        let message = format!("expected a day such as `2026-11-01`, found `{}`", written.value);
        reading.push(Diagnostic::error("E020", written.span, message).label("not that").hint("write year, month and day"));
    }
    asked.as_of.or(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::NoFiles;

    fn priced(text: &str) -> Priced {
        price_file("month.yaml", text.as_bytes(), &Asked::default(), &NoFiles)
    }

    fn total(text: &str) -> f64 {
        let priced = priced(text);
        assert!(!priced.failed(), "{:?}", priced.diagnostics);
        priced.bills[0].1.total()
    }

    #[track_caller]
    fn costs(text: &str, usd: f64) {
        let total = total(text);
        assert!((total - usd).abs() < 1e-9 * usd.max(1.0), "{total}, not {usd}: {text}");
    }

    #[test]
    fn payloads_are_metered_in_their_steps() {
        costs("usage: { api_gateway: { protocol: http, requests: 1M, response: 513 KB } }", 2.0);
        costs("usage: { api_gateway: { protocol: websocket, requests: 1M, request: 33 KB, connection_minutes: 4M } }", 3.0);
        costs("usage: { eventbridge: { custom: 1M, event: 65 KB } }", 2.0);
        costs("usage: { sns: { messages: 1M, message: 65 KB, sqs: 1M } }", 1.0);
        costs("usage: { lambda: { invocations: 1M, async_payload: 257 KB } }", 0.4);
    }

    #[test]
    fn a_message_of_a_queue_is_sent_received_and_deleted() {
        costs("usage: { sqs: { messages: 1M } }", 1.2);
        costs("usage: { sqs: { messages: 1M, send_batch: 10, receive_batch: 10 } }", 0.12);
        costs("usage: { sqs: { messages: 1M, message: 8 KB, send_batch: 10, receive_batch: 10 } }", 0.2);
        costs("usage: { sqs: { type: fifo, empty_receives: 1M } }", 0.5);
    }

    #[test]
    fn items_are_read_by_four_kilobytes_and_written_by_one() {
        costs("usage: { dynamodb: { writes: 1M, item: 1.5 KB } }", 1.25);
        costs("usage: { dynamodb: { reads: 1M, item: 5 KB } }", 0.125);
        costs("usage: { dynamodb: { reads: 1M, item: 5 KB, consistency: strong } }", 0.25);
        costs("usage: { dynamodb: { writes: 1M, transactional_writes: 1M } }", 1.25);
        costs("usage: { dynamodb: { write_capacity_units: 100 } }", 100.0 * 730.0 * 0.00065);
    }

    #[test]
    fn init_is_billed_since_august_2025() {
        let cold = "usage: { lambda: { invocations: 1M, cold_starts: 1M, duration: 100ms, init_duration: 900ms, memory: 1 GB } }";
        costs(&format!("as_of: 2025-07-31\n{cold}"), 0.2 + 100_000.0 * 0.0000166667);
        costs(&format!("as_of: 2025-08-01\n{cold}"), 0.2 + 1_000_000.0 * 0.0000166667);
    }

    #[test]
    fn steps_of_time_and_memory_are_begun_whole() {
        costs(
            "usage: { step_functions: { type: express, executions: 1M, duration: 101ms, memory: 65 MB } }",
            1.0 + 1e6 * 0.2 / 3600.0 * 0.125 * 0.060012,
        );
        costs("usage: { fargate: { vcpu: 1, memory: 2 GB, duration: 10s } }", 1.0 / 60.0 * (0.04048 + 2.0 * 0.004445));
        // AWS's price a GB-second, for all of 730 hours.
        costs("usage: { lambda: { provisioned_concurrency: 10, memory: 1 GB } }", 10.0 * 730.0 * 3600.0 * 0.0000041667);
        costs("usage: { lambda: { provisioned_concurrency: 1, provisioned: 301s, memory: 1 GB } }", 600.0 * 0.0000041667);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let text = "region: eu-west-1\nas_of: 2026-13-01\nusage: { lambda: { architecture: arm64, invocations: 1M, duration: 1s } }";
        assert_eq!(priced(text).diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["E020"], "without a day there are no prices");
        let text =
            text.replace("2026-13-01", "2026-11-01") + "\nprices: [ { key: sqs.standard, per: 0, price: 1 }, { key: a } ]\nmeters: { sqs.stand: 3 }";
        let codes: Vec<&str> = priced(&text).diagnostics.iter().map(|d| d.code).collect();
        assert_eq!(codes, ["E180", "E181", "E181", "E180"]);
    }

    #[test]
    fn a_cache_has_a_size_that_is_offered() {
        costs("usage: { api_gateway: { cache: 118 GB, cached: 10h } }", 19.0);
        assert_eq!(priced("usage: { api_gateway: { cache: 2 GB } }").diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["E182"]);
    }

    #[test]
    fn an_expectation_needs_its_line() {
        let text = "usage: { sqs: { messages: 1M } }\nexpect: [ { line: sqs, usd: 1.2 }, { line: sns, usd: 1 } ]";
        assert_eq!(priced(text).diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["E183"]);
        assert!(priced("usage: { sqs: { messages: 1M } }\nexpect: [ { line: sqs, usd: 1.2 } ]").holds());
        assert!(!priced("usage: { sqs: { messages: 1M } }\nexpect: [ { line: sqs, usd: 1.25 } ]").holds());
    }
}
