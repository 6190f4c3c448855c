//! Sizes, in whole bytes: `800 B`, `4 KB`, `512 MB`, `0.5 GB`.
//!
//! 1 KB is 1024 B, 1 MB is 1024 KB, and so on: so AWS counts Lambda's memory, DynamoDB's items and SQS's payloads (a "64 KB chunk" is 65 536 bytes).
//! `KiB`, `MiB` … say the same. Upper and lower case are alike; bits are left out.

use super::decimal;
use std::{fmt, iter, ops};

/// A number of bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct Bytes(u64);

/// The units, largest first: name, bytes.
const UNITS: [(&str, u64); 5] = [("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10), ("B", 1)];

/// One petabyte: nothing in a scenario is larger.
const MOST: u64 = 1 << 50;

impl Bytes {
    pub const ZERO: Bytes = Bytes(0);

    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// 1 KB is 1024 B.
    pub const fn from_kb(kb: u64) -> Self {
        Self(kb.saturating_mul(1 << 10))
    }

    /// 1 MB is 1024 KB.
    pub const fn from_mb(mb: u64) -> Self {
        Self(mb.saturating_mul(1 << 20))
    }

    #[inline]
    pub const fn as_bytes(self) -> u64 {
        self.0
    }

    /// Megabytes of 2²⁰ bytes, with a fraction.
    pub fn as_mb(self) -> f64 {
        self.0 as f64 / (1u64 << 20) as f64
    }

    /// Gigabytes of 2³⁰ bytes, with a fraction.
    pub fn as_gb(self) -> f64 {
        self.0 as f64 / (1u64 << 30) as f64
    }

    /// How many pieces of `unit` are begun: 4.1 KB are 2 units of 4 KB. A `unit` of zero counts as one byte.
    #[inline]
    pub const fn units_of(self, unit: Bytes) -> u64 {
        self.0.div_ceil(if unit.0 == 0 { 1 } else { unit.0 })
    }

    /// Reads `512 MB`, `0.5 GB`, `800 B`; every number but 0 needs a unit. A fraction of a byte is rounded.
    ///
    /// # Errors
    /// A sentence that says what is wrong and, after its last colon, what to write instead.
    pub fn parse(text: &str) -> Result<Bytes, String> {
        let text = text.trim();
        if text == "0" {
            return Ok(Self::ZERO);
        }
        let (number, unit) = decimal::split_unit(text);
        if number.is_empty() {
            return Err(format!("`{text}` is not a size: write a number and a unit, such as `512 MB`"));
        }
        if unit.is_empty() {
            return Err(format!("a size needs a unit: did you mean `{number} MB`, `{number} KB` or `{number} B`?"));
        }
        let scale = unit_size(unit).ok_or_else(|| format!("`{unit}` is no unit of size: write B, KB, MB, GB or TB, as in `{number} KB`"))?;
        let bytes = decimal::scaled(number, scale).filter(|&bytes| bytes <= MOST);
        bytes.map(Self).ok_or_else(|| format!("`{text}` is not a size of at most 1024 TB: write `512 MB` or `1.5 KB`"))
    }

    /// What [`parse`](Bytes::parse) understands, as a regular expression.
    pub fn pattern() -> String {
        let any_case = |c: char| format!("[{}{}]", c, c.to_ascii_lowercase());
        let unit = |name: &str| format!("{}[Ii]?[Bb]", name.trim_end_matches('B').chars().map(any_case).collect::<String>());
        let units: Vec<String> = UNITS.iter().map(|(name, _)| unit(name)).collect();
        decimal::scalar(&format!(r"0|{}\s*(?:{})", decimal::PATTERN, units.join("|")))
    }

    /// Exactly this size, as a scenario would say it: `512 MB`, `1.5 KB`, `801 B`.
    pub fn exact(self) -> String {
        let short = |(unit, size): (&str, u64)| format!("{} {unit}", decimal::trim_zeros(format!("{:.2}", self.0 as f64 / size as f64)));
        let fits = |unit: &(&str, u64)| self.0 >= unit.1 && Self::parse(&short(*unit)) == Ok(self);
        UNITS.into_iter().find(fits).map_or_else(|| format!("{} B", self.0), short)
    }
}

fn unit_size(unit: &str) -> Option<u64> {
    let upper = unit.to_ascii_uppercase().replace("IB", "B");
    UNITS.iter().find(|(name, _)| *name == upper).map(|(_, size)| *size)
}

impl fmt::Display for Bytes {
    /// Short, for people, with three significant digits: `512 MB`, `1.46 KB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, size) = UNITS.into_iter().find(|(_, size)| self.0 >= *size).unwrap_or(("B", 1));
        f.pad(&format!("{} {unit}", decimal::short(self.0 as f64 / size as f64)))
    }
}

impl ops::Add for Bytes {
    type Output = Bytes;
    #[inline]
    fn add(self, other: Bytes) -> Bytes {
        Bytes(self.0 + other.0)
    }
}

impl ops::AddAssign for Bytes {
    #[inline]
    fn add_assign(&mut self, other: Bytes) {
        self.0 += other.0;
    }
}

impl ops::Mul<u64> for Bytes {
    type Output = Bytes;
    #[inline]
    fn mul(self, n: u64) -> Bytes {
        Bytes(self.0 * n)
    }
}

impl iter::Sum for Bytes {
    fn sum<I: Iterator<Item = Bytes>>(sizes: I) -> Bytes {
        sizes.fold(Bytes::ZERO, ops::Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_kilobyte_has_1024_bytes() {
        let bytes = |text| Bytes::parse(text).map(Bytes::as_bytes);
        assert_eq!([bytes("4 KB"), bytes("4kb"), bytes("4 KiB")], [Ok(4_096), Ok(4_096), Ok(4_096)]);
        assert_eq!([bytes("512 MB"), bytes("0.5 GB"), bytes("800 B"), bytes("0")], [Ok(536_870_912), Ok(536_870_912), Ok(800), Ok(0)]);
    }

    #[test]
    fn nonsense_is_answered_with_what_to_write() {
        let said = |text| Bytes::parse(text).expect_err(text);
        assert_eq!(said("512"), "a size needs a unit: did you mean `512 MB`, `512 KB` or `512 B`?");
        assert!(said("-4 KB").contains("not a size"));
        assert!(said("4 Kb/s").contains("no unit of size"));
        assert!(said("2000 TB").contains("at most"));
    }

    #[test]
    fn begun_units_are_counted_whole() {
        let kb4 = Bytes::from_kb(4);
        assert_eq!([0, 1, 4_096, 4_097].map(|b| Bytes::from_bytes(b).units_of(kb4)), [0, 1, 1, 2]);
    }

    #[test]
    fn sizes_are_shown_short_and_written_exactly() {
        assert_eq!([Bytes::from_mb(512).to_string(), Bytes(1_500).to_string(), Bytes(0).to_string()], ["512 MB", "1.46 KB", "0 B"]);
        assert_eq!([Bytes::from_mb(512).exact(), Bytes(1_536).exact(), Bytes(1_501).exact()], ["512 MB", "1.5 KB", "1501 B"]);
    }

    proptest! {
        #[test]
        fn a_written_size_is_read_back_exactly(n in prop_oneof![0..=MOST, 0..100_000u64, (0..100_000u64).prop_map(|kb| kb << 10)]) {
            prop_assert_eq!(Bytes::parse(&Bytes(n).exact()), Ok(Bytes(n)));
        }
    }
}
