//! Bills and prices for programs and pages: JSON, tidy CSV, Markdown.
//!
//! ```text
//! file,case,region,as_of,service,key,quantity,unit,free,usd,price,rounding,source,certainty        a row a line of a bill
//! key,unit,per,up_to,usd,since,free,pool,rounding,source,certainty,note                            a row a tier of a price
//! ```
//!
//! Numbers have every digit; amounts are USD, a month.

use serde_json::{Value as Json, json};

use super::{Bills, PriceList};
use crate::cost::{Bill, Line, Price, Priced, Tier, Verdict, plain};
use crate::report::markdown::escaped;

const BILL_HEAD: [&str; 14] =
    ["file", "case", "region", "as_of", "service", "key", "quantity", "unit", "free", "usd", "price", "rounding", "source", "certainty"];
const LIST_HEAD: [&str; 12] = ["key", "unit", "per", "up_to", "usd", "since", "free", "pool", "rounding", "source", "certainty", "note"];

impl Bills<'_> {
    fn each(&self) -> impl Iterator<Item = (&Priced, Option<&str>, &Bill)> {
        self.0.iter().flat_map(|priced| priced.bills.iter().map(move |(case, bill)| (priced, case.as_deref(), bill)))
    }

    /// `coldfront.price/1`.
    pub fn json(&self) -> String {
        let bill = |(priced, case, bill): (&Priced, Option<&str>, &Bill)| {
            json!({
                "name": priced.name,
                "case": case,
                "source": priced.source,
                "year": priced.year,
                "region": bill.region,
                "as_of": bill.as_of.to_string(),
                "free_tier": bill.free_tier.word(),
                "lines": bill.lines.iter().map(line).collect::<Vec<_>>(),
                "services": bill.services().iter().map(|(service, usd)| json!({ "service": service, "usd": usd })).collect::<Vec<_>>(),
                "total_usd": bill.total(),
                "expectations": bill.verdicts.iter().map(verdict).collect::<Vec<_>>(),
            })
        };
        pretty(&json!({ "schema": "coldfront.price/1", "currency": "USD", "bills": self.each().map(bill).collect::<Vec<_>>() }))
    }

    /// A row a line.
    pub fn csv(&self) -> String {
        let row = |(priced, case, bill): (&Priced, Option<&str>, &Bill), line: &Line| {
            let service = line.key.split('.').next().unwrap_or_default().to_owned();
            let figures = [line.quantity.to_string(), line.unit.clone(), line.free.to_string(), line.usd.to_string()];
            let words = [line.price.clone(), line.rounding.clone(), line.source.clone(), line.certainty.word().to_owned()];
            let place =
                [priced.name.clone(), case.unwrap_or_default().into(), bill.region.clone(), bill.as_of.to_string(), service, line.key.clone()];
            place.into_iter().chain(figures).chain(words).collect::<Vec<String>>()
        };
        let rows = self.each().flat_map(|bill| bill.2.lines.iter().map(move |line| row(bill, line)).collect::<Vec<_>>());
        table(&BILL_HEAD, rows)
    }

    /// A table a bill.
    pub fn markdown(&self) -> String {
        self.each().map(|(priced, case, bill)| page(priced, case, bill)).collect::<Vec<_>>().join("\n")
    }
}

fn page(priced: &Priced, case: Option<&str>, bill: &Bill) -> String {
    let title = case.map_or_else(|| priced.name.clone(), |case| format!("{}: {case}", priced.name));
    let row = |line: &Line| {
        let cells = [plain(line.quantity), line.unit.clone(), line.price.clone(), line.rounding.clone(), plain(line.free), usd(line.usd)];
        format!("| `{}` | {} |\n", line.key, cells.map(|cell| escaped(&cell)).join(" | "))
    };
    let lines: String = bill.lines.iter().map(row).collect();
    let head = "| meter | quantity | unit | price | rounding | free | USD |\n|---|--:|---|---|---|--:|--:|\n";
    let held = |verdict: &Verdict| {
        let said = if verdict.holds() { "✓ holds" } else { "✗ does not hold" };
        format!("- `{}` is {}, expected {} ± {}: {said}\n", verdict.line, usd(verdict.usd), usd(verdict.expected), usd(verdict.allowed))
    };
    let verdicts: String = bill.verdicts.iter().map(held).collect();
    let gap = if verdicts.is_empty() { "" } else { "\n" };
    format!(
        "# {}\n\nA month in {}, prices of {}, free tiers: {}\n\n{head}{lines}| **total** | | | | | | {} |\n{gap}{verdicts}",
        escaped(&title),
        bill.region,
        bill.as_of,
        bill.free_tier.word(),
        usd(bill.total())
    )
}

fn usd(amount: f64) -> String {
    crate::units::Money::from_usd(amount).to_string()
}

fn line(line: &Line) -> Json {
    json!({
        "key": line.key,
        "quantity": line.quantity,
        "unit": line.unit,
        "rounding": line.rounding,
        "per": line.per,
        "tiers": tiers(&line.tiers),
        "free": line.free,
        "usd": line.usd,
        "since": line.since.to_string(),
        "source": line.source,
        "certainty": line.certainty.word(),
        "note": line.note,
    })
}

fn tiers(tiers: &[Tier]) -> Vec<Json> {
    tiers.iter().map(|tier| json!({ "up_to": tier.up_to, "usd": tier.price })).collect()
}

fn verdict(verdict: &Verdict) -> Json {
    json!({
        "line": verdict.line,
        "usd": verdict.usd,
        "expected_usd": verdict.expected,
        "allowed_usd": verdict.allowed,
        "holds": verdict.holds(),
        "because": verdict.because,
    })
}

impl PriceList<'_> {
    /// Every price with its tiers.
    pub fn json(&self) -> String {
        let price = |price: &&Price| {
            let free = price.free.as_ref().map(|free| json!({ "amount": free.amount, "pool": free.pool, "period": free.period.word() }));
            json!({
                "key": price.key,
                "unit": price.unit,
                "per": price.per,
                "tiers": tiers(&price.tiers),
                "since": price.since.to_string(),
                "free": free,
                "rounding": price.rounding_in_words(),
                "source": price.source,
                "certainty": price.certainty.word(),
                "note": price.note,
            })
        };
        let prices: Vec<Json> = self.prices.iter().map(price).collect();
        let (region, as_of) = (self.book.region(), self.book.as_of().to_string());
        pretty(&json!({ "schema": "coldfront.prices/1", "currency": "USD", "region": region, "as_of": as_of, "prices": prices }))
    }

    /// A row a tier.
    pub fn csv(&self) -> String {
        let row = |price: &Price, tier: &Tier| {
            let free = price.free.as_ref();
            let text = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
            vec![
                price.key.clone(),
                price.unit.clone(),
                price.per.to_string(),
                text(tier.up_to),
                tier.price.to_string(),
                price.since.to_string(),
                text(free.map(|free| free.amount)),
                free.map(|free| free.pool.clone()).unwrap_or_default(),
                price.rounding_in_words(),
                price.source.clone(),
                price.certainty.word().to_owned(),
                price.note.clone().unwrap_or_default(),
            ]
        };
        table(&LIST_HEAD, self.prices.iter().flat_map(|price| price.tiers.iter().map(|tier| row(price, tier)).collect::<Vec<_>>()))
    }

    /// A table.
    pub fn markdown(&self) -> String {
        let row = |price: &&Price| {
            let cells =
                [price.in_words(), price.rounding_in_words(), price.since.to_string(), format!("{} ({})", price.source, price.certainty.word())];
            format!("| `{}` | {} |\n", price.key, cells.map(|cell| escaped(&cell)).join(" | "))
        };
        let rows: String = self.prices.iter().map(row).collect();
        let (region, as_of) = (self.book.region(), self.book.as_of());
        format!("# Prices in {region} on {as_of}\n\n| key | price | rounding | since | source |\n|---|---|---|---|---|\n{rows}")
    }
}

fn pretty(json: &Json) -> String {
    // Plain data with text for keys: there is nothing that could fail.
    serde_json::to_string_pretty(json).unwrap_or_default() + "\n"
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut csv = ::csv::Writer::from_writer(Vec::new());
    // Memory takes everything, and what was put in is text.
    let _ = csv.write_record(head);
    rows.for_each(|row| drop(csv.write_record(row)));
    csv.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
