//! Quotas, defaults and undocumented parameters: one row a value, several rows of one name where it changed.
//!
//! ```text
//! value(name, as_of) = the row of that name with the latest `from` ≤ as_of; before the first row, the first
//! ```
//!
//! A `source` that begins with `AWS docs` or `AWS SDK model` was read there; `measured` names the measurement; `recollected` is what is commonly said and
//! was not found in print; `modelling choice` is ours, where AWS says nothing. Prices stand in the price book, not here.

mod api_gateway;
mod cloudwatch;
mod dynamodb;
mod lambda;
mod mapping;
mod sns;
mod sqs;

use super::{Date, holding};

pub use api_gateway::CACHE_SIZES_GB;

/// One value that holds from a day on.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// `service.name`, as a scenario's `quotas:` and the code say it.
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
    /// The first day it holds, `yyyy-mm-dd`; [`ALWAYS`] where no earlier value is known.
    pub from: &'static str,
    pub source: &'static str,
    /// What it governs.
    pub about: &'static str,
}

/// The `from` of rows that are not known to have ever been otherwise.
pub const ALWAYS: &str = "2000-01-01";

/// Every row, service by service.
pub const ROWS: &[&[Row]] = &[lambda::ROWS, api_gateway::ROWS, dynamodb::ROWS, sns::ROWS, sqs::ROWS, mapping::ROWS, cloudwatch::ROWS];

/// Name of a row, a Region, and the value there.
type Regional = (&'static str, &'static str, f64);

/// Values that differ from Region to Region: the day of the rows that they belong to; name of the row, Region, value. Unit and source are those of
/// the row, which holds in all other Regions; another row of the name, from another day, holds everywhere.
const REGIONAL: &[(&str, &[Regional])] = &[(ALWAYS, lambda::REGIONAL), (ALWAYS, sns::REGIONAL), (ALWAYS, sqs::REGIONAL)];

/// Every row, one after the other.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().copied().flatten()
}

/// Every name once, in the order of the tables.
pub fn names() -> impl Iterator<Item = &'static str> {
    rows().enumerate().filter(|(i, row)| !rows().take(*i).any(|earlier| earlier.name == row.name)).map(|(_, row)| row.name)
}

/// The row of `name` that holds on `as_of`.
pub fn row(name: &str, as_of: Date) -> Option<&'static Row> {
    holding(rows().filter(|row| row.name == name), |row| row.from, as_of)
}

/// The value of `name` on `as_of`, in the unit of its row.
///
/// # Panics
/// Where no row has this name: names stand in code, and a test reads them all.
pub fn value(name: &str, as_of: Date) -> f64 {
    match row(name, as_of) {
        Some(row) => row.value,
        None => panic!("the platform has no row `{name}`"),
    }
}

/// The value of `name` on `as_of` in a Region that has one of its own.
pub fn regional(name: &str, region: &str, as_of: Date) -> Option<f64> {
    regions(name, as_of).find(|(of, _)| *of == region).map(|(_, value)| value)
}

/// The Regions that have a value of `name` of their own on `as_of`, and what it is.
pub fn regions(name: &str, as_of: Date) -> impl Iterator<Item = (&'static str, f64)> {
    let from = row(name, as_of).map(|row| row.from);
    let of_the_day = REGIONAL.iter().filter(move |(day, _)| Some(*day) == from).flat_map(|(_, values)| *values);
    of_the_day.filter(move |(row, ..)| *row == name).map(|(_, region, value)| (*region, *value))
}

/// Writes rows tersely: `"name" = value "unit", from "day", "source": "about";`.
macro_rules! table {
    ($($name:literal = $value:literal $unit:literal, from $from:expr, $source:literal : $about:literal;)*) => {
        pub(super) const ROWS: &[super::Row] = &[$(super::Row {
            name: $name, value: $value as f64, unit: $unit, from: $from, source: $source, about: $about,
        }),*];
    };
}
use table;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_dated_sourced_and_explained() {
        for row in rows() {
            assert!(Date::parse(row.from).is_some_and(|day| day <= Date::NEWEST), "{}: {}", row.name, row.from);
            assert!(row.value.is_finite() && row.value >= 0.0 && !row.unit.is_empty() && row.about.len() > 10, "{}", row.name);
            let known = ["AWS docs", "AWS SDK model", "AWS blog", "AWS price list", "measured", "recollected", "modelling choice"];
            assert!(known.iter().any(|tag| row.source.starts_with(tag)), "{}: {}", row.name, row.source);
            assert!(
                row.name.split_once('.').is_some_and(|(_, rest)| rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit()))
            );
        }
    }

    #[test]
    fn a_name_has_one_unit_and_one_row_a_day() {
        for (i, row) in rows().enumerate() {
            for other in rows().skip(i + 1).filter(|other| other.name == row.name) {
                assert!(other.unit == row.unit && other.from != row.from, "{}", row.name);
            }
        }
    }

    #[test]
    fn a_regional_value_is_of_a_row_and_said_once() {
        let all = || REGIONAL.iter().flat_map(|(from, values)| values.iter().map(move |(name, region, _)| (from, name, region)));
        for (i, (from, name, region)) in all().enumerate() {
            assert!(rows().any(|row| row.name == *name && row.from == *from), "{name}");
            assert!(!all().take(i).any(|other| other == (from, name, region)), "{name} {region}");
        }
    }

    #[test]
    fn names_come_once_each() {
        let mut sorted: Vec<_> = names().collect();
        let count = sorted.len();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), count);
        assert!(row("lambda.no_such_thing", Date::NEWEST).is_none());
    }
}
