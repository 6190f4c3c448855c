//! A bill: quantities of a month, priced line by line.
//!
//! ```text
//! quantities by key ──▶ free pools, in the order of the book ──▶ a line a key: quantity, free part, amount ──▶ services, total
//! ```
//!
//! Tiers and free tiers are an account's, so what is used of one key is added up before it is priced. Where keys share a free pool, the first of the book takes what
//! it needs, the next what is left: x86 before arm64, standard queues before FIFO.

use std::collections::BTreeMap;

use super::expectation::{Expectation, TOTAL};
use super::price::{Certainty, Period, Tier, service_of};
use super::{Book, Missing};
use crate::document::{Read, Reading, Shape, Shapes, Value};
use crate::platform::Date;

/// Which free tiers are taken off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum FreeTier {
    #[default]
    No,
    /// Those that are given for ever.
    Always,
    /// Those of an account's first 12 months too.
    FirstTwelveMonths,
}

impl FreeTier {
    /// As a file says it.
    pub fn word(self) -> &'static str {
        match self {
            FreeTier::No => "false",
            FreeTier::Always => "true",
            FreeTier::FirstTwelveMonths => "first_12_months",
        }
    }

    fn gives(self, period: Period) -> bool {
        match period {
            Period::Always => self >= FreeTier::Always,
            Period::FirstTwelveMonths => self == FreeTier::FirstTwelveMonths,
        }
    }
}

impl Read for FreeTier {
    fn expected() -> String {
        "`true`, `false` or `first_12_months`".into()
    }
    fn shape(_: &mut Shapes) -> Shape {
        Shape::words(&["true", "false", "first_12_months"], &["", "", ""])
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let all = [FreeTier::No, FreeTier::Always, FreeTier::FirstTwelveMonths];
        all.into_iter().find(|one| value.text() == Some(one.word())).or_else(|| reading.mismatch(value, &Self::expected()))
    }
    fn written(&self) -> Option<String> {
        Some(self.word().into())
    }
}

/// How much of what a month uses, by the price's key; what is added to one key is added up.
#[derive(Clone, Debug, Default)]
pub struct Quantities(BTreeMap<String, f64>);

impl Quantities {
    /// Adds `quantity` units of the price's own unit; nothing where it is not finite or not more than zero.
    pub fn add(&mut self, key: &str, quantity: f64) {
        if quantity > 0.0 && quantity.is_finite() {
            *self.0.entry(key.to_owned()).or_default() += quantity;
        }
    }

    /// Every key and its quantity, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(key, quantity)| (key.as_str(), *quantity))
    }
}

/// One meter's line of a bill.
#[derive(Clone, Debug)]
pub struct Line {
    pub key: String,
    /// Units of the month.
    pub quantity: f64,
    pub unit: String,
    /// How what was measured became the quantity, in words; empty where it counts as it is.
    pub rounding: String,
    /// The price in words, and as figures: USD for each `per` units.
    pub price: String,
    pub per: f64,
    pub tiers: Vec<Tier>,
    /// Units of the quantity that are free.
    pub free: f64,
    /// USD.
    pub usd: f64,
    pub since: Date,
    pub source: String,
    pub certainty: Certainty,
    pub note: Option<String>,
}

/// How a bill compares with an expectation.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub line: String,
    /// USD.
    pub expected: f64,
    /// USD.
    pub allowed: f64,
    /// USD, of the bill.
    pub usd: f64,
    pub because: Option<String>,
}

/// What a month costs.
#[derive(Clone, Debug)]
pub struct Bill {
    pub region: String,
    pub as_of: Date,
    pub free_tier: FreeTier,
    /// In the order of the book.
    pub lines: Vec<Line>,
    pub verdicts: Vec<Verdict>,
}

impl Bill {
    /// Prices the quantities of a month.
    ///
    /// # Errors
    /// Every price that the book does not have.
    pub fn of(book: &Book, quantities: &Quantities, free_tier: FreeTier) -> Result<Bill, Vec<Missing>> {
        let missing: Vec<Missing> = quantities.iter().filter_map(|(key, _)| book.price(key).err()).collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let mut pools: BTreeMap<&str, f64> = BTreeMap::new();
        let mut lines = Vec::new();
        for price in book.prices() {
            let Some(&quantity) = quantities.0.get(&price.key) else { continue };
            let given = price.free.as_ref().filter(|free| free_tier.gives(free.period));
            let free = given.map_or(0.0, |free| {
                let left = pools.entry(&free.pool).or_insert(free.amount);
                let taken = left.min(quantity);
                *left -= taken;
                taken
            });
            lines.push(Line {
                key: price.key.clone(),
                quantity,
                unit: price.unit.clone(),
                rounding: price.rounding_in_words(),
                price: price.in_words(),
                per: price.per,
                tiers: price.tiers.clone(),
                free,
                usd: price.charge(quantity, free),
                since: price.since,
                source: price.source.clone(),
                certainty: price.certainty,
                note: price.note.clone(),
            });
        }
        Ok(Bill { region: book.region().to_owned(), as_of: book.as_of(), free_tier, lines, verdicts: Vec::new() })
    }

    /// USD of the month.
    pub fn total(&self) -> f64 {
        self.lines.iter().map(|line| line.usd).sum()
    }

    /// USD by service, in the order of the lines.
    pub fn services(&self) -> Vec<(&str, f64)> {
        let mut sums: Vec<(&str, f64)> = Vec::new();
        for line in &self.lines {
            match sums.iter_mut().find(|(service, _)| *service == service_of(&line.key)) {
                Some((_, usd)) => *usd += line.usd,
                None => sums.push((service_of(&line.key), line.usd)),
            }
        }
        sums
    }

    /// USD of the lines whose key is `key` or begins with it; `None` where there is none.
    pub fn amount(&self, key: &str) -> Option<f64> {
        let is_of = |line: &&Line| line.key.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let of = || self.lines.iter().filter(is_of);
        match key {
            TOTAL => Some(self.total()),
            _ => of().next().map(|_| of().map(|line| line.usd).sum()),
        }
    }

    /// Holds an expectation against it; `None` where the bill has no such line.
    pub fn judge(&self, expectation: &Expectation) -> Option<Verdict> {
        let usd = self.amount(&expectation.line.value)?;
        let expected = expectation.usd.value.0;
        let allowed = expectation.tolerance.value.of(expected);
        Some(Verdict { line: expectation.line.value.clone(), expected, allowed, usd, because: expectation.because.clone() })
    }
}

impl Verdict {
    /// Whether the bill is as expected.
    pub fn holds(&self) -> bool {
        // The last bit of a sum is no matter of money.
        (self.usd - self.expected).abs() <= self.allowed + self.expected.abs() * 1e-12
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Book {
        Book::of("us-east-1", Date::NEWEST).unwrap()
    }

    #[test]
    fn keys_of_one_pool_share_what_is_free() {
        let mut quantities = Quantities::default();
        quantities.add("lambda.duration.arm64", 300_000.0);
        quantities.add("lambda.duration.x86_64", 300_000.0);
        let bill = Bill::of(&book(), &quantities, FreeTier::Always).unwrap();
        assert_eq!(bill.lines.iter().map(|line| line.free).collect::<Vec<_>>(), [300_000.0, 100_000.0]);
        assert!((bill.total() - 200_000.0 * 0.0000133334).abs() < 1e-9);
        assert_eq!(Bill::of(&book(), &quantities, FreeTier::No).unwrap().lines[1].free, 0.0);
    }

    #[test]
    fn what_is_free_in_the_first_year_is_given_only_then() {
        let mut quantities = Quantities::default();
        quantities.add("api_gateway.http", 1_500_000.0);
        let free = |tier| Bill::of(&book(), &quantities, tier).unwrap().total();
        assert_eq!([free(FreeTier::No), free(FreeTier::Always), free(FreeTier::FirstTwelveMonths)], [1.5, 1.5, 0.5]);
    }

    #[test]
    fn every_missing_price_is_named() {
        let mut quantities = Quantities::default();
        ["sqs.standart", "sqs.standard", "lambda.gold"].iter().for_each(|key| quantities.add(key, 1.0));
        let missing = Bill::of(&book(), &quantities, FreeTier::No).unwrap_err();
        assert_eq!(missing.iter().map(|one| one.near.as_deref()).collect::<Vec<_>>(), [None, Some("sqs.standard")]);
    }

    #[test]
    fn doubling_a_usage_never_lowers_a_bill() {
        for price in book().prices() {
            let mut last = 0.0;
            for n in 0..50 {
                let usd = price.charge(f64::from(1u32 << (n / 2)) * 1000.0, 500.0);
                assert!(usd >= last, "{}", price.key);
                last = usd;
            }
        }
    }
}
