//! Bills and the price book for people and for programs.
//!
//! ```text
//! Priced ──▶ Bills ──▶ text · json (coldfront.price/1) · csv · markdown        Book ──▶ PriceList ──▶ the same
//! ```
//!
//! Amounts are in USD. Text rounds them as money is said; the other forms have every digit.

mod data;
mod text;

use crate::cost::{Book, Price, Priced};

/// What was priced, file by file.
#[derive(Clone, Copy, Debug)]
pub struct Bills<'p>(pub &'p [Priced]);

/// The prices of a book whose keys have some words.
#[derive(Clone, Debug)]
pub struct PriceList<'b> {
    pub book: &'b Book,
    pub prices: Vec<&'b Price>,
}

impl<'b> PriceList<'b> {
    /// All prices whose key has all of these words in it.
    pub fn new(book: &'b Book, words: &[String]) -> Self {
        let is_asked = |price: &&Price| words.iter().all(|word| price.key.contains(&word.to_lowercase()));
        Self { book, prices: book.prices().iter().filter(is_asked).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::{Asked, price_file};
    use crate::platform::Date;
    use crate::report::Style;
    use crate::scenario::NoFiles;

    const MONTH: &str = "name: A month\nregion: us-east-1\nas_of: 2026-11-01\nfree_tier: true\nusage:\n  lambda: { invocations: 3M, duration: 120ms, memory: 1536 MB }\n  api_gateway: { protocol: http, requests: 432M }\nexpect: [ { line: lambda, usd: 2.73 }, { line: total, usd: 400, because: a guess } ]\n";

    fn priced() -> Vec<Priced> {
        vec![price_file("month.yaml", MONTH.as_bytes(), &Asked::default(), &NoFiles)]
    }

    #[test]
    fn a_bill_reads_well() {
        insta::assert_snapshot!(Bills(&priced()).text(&Style { colour: false, width: 80 }));
    }

    #[test]
    fn every_form_of_a_bill_has_its_total() {
        let priced = priced();
        let total = priced[0].bills[0].1.total();
        let json: serde_json::Value = serde_json::from_str(&Bills(&priced).json()).unwrap();
        assert_eq!((json["schema"].as_str(), json["bills"][0]["total_usd"].as_f64()), (Some("coldfront.price/1"), Some(total)));
        assert_eq!(json["bills"][0]["expectations"][1]["holds"], false);
        let csv = Bills(&priced).csv();
        let sum: f64 = ::csv::Reader::from_reader(csv.as_bytes()).records().map(|row| row.unwrap()[9].parse::<f64>().unwrap()).sum();
        assert!((sum - total).abs() < 1e-9);
        assert!(Bills(&priced).markdown().contains("| **total** |"));
    }

    #[test]
    fn a_part_of_the_book_reads_well() {
        let book = Book::of("eu-west-1", Date::parse("2026-11-01").unwrap()).unwrap();
        let list = PriceList::new(&book, &["dynamodb".into(), "request".into()]);
        insta::assert_snapshot!(list.text(&Style { colour: false, width: 80 }));
        assert!(list.csv().lines().count() == 3 && list.json().contains("0.7068") && list.markdown().contains("0.7068"));
    }

    #[test]
    fn no_line_of_the_book_is_wider_than_the_terminal() {
        let book = Book::of("us-east-1", Date::NEWEST).unwrap();
        let text = PriceList::new(&book, &[]).text(&Style { colour: false, width: 80 });
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
