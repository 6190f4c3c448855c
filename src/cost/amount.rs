//! Quantities and measures as a price book and a usage file write them: `3M`, `0.0000166667`, `64 KB`, `100ms`.
//!
//! A quantity is a plain number, with k, M, G or T for thousands, millions, 10⁹ and 10¹² of it. A measure is a size, a time or a number, kept in bytes,
//! nanoseconds or ones, so that a step divides it exactly. Negative numbers are left out.

use std::fmt;

use crate::document::{Read, Reading, Shape, Shapes, Value};
use crate::units::{Bytes, Time, count};

/// A number of something, finite and not negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Quantity(pub f64);

/// No usage of a month is larger.
const MOST: f64 = 1e18;

const SUFFIXES: [(char, f64); 4] = [('k', 1e3), ('M', 1e6), ('G', 1e9), ('T', 1e12)];

impl Quantity {
    /// Reads `3M`, `2_500_000`, `0.5`, `1e6`.
    pub fn parse(text: &str) -> Option<Quantity> {
        let text = text.trim();
        let suffix = SUFFIXES.iter().find_map(|(letter, scale)| Some((text.strip_suffix(*letter)?.trim_end(), *scale)));
        let (digits, scale) = suffix.unwrap_or((text, 1.0));
        let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        let number: f64 = digits.replace('_', "").parse().ok().filter(|_| is_number)?;
        Some(number * scale).filter(|n| (0.0..=MOST).contains(n)).map(Quantity)
    }
}

impl Read for Quantity {
    fn expected() -> String {
        "a number such as `3M` or `0.5`".into()
    }
    fn shape(_: &mut Shapes) -> Shape {
        Shape::scalar()
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        value.text().and_then(Self::parse).or_else(|| reading.mismatch(value, &Self::expected()))
    }
    fn written(&self) -> Option<String> {
        Some(self.0.to_string())
    }
}

/// What a rounding rule is measured in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    Bytes(Bytes),
    Time(Time),
    Number(f64),
}

impl Measure {
    /// In bytes, nanoseconds or ones.
    pub fn base(self) -> f64 {
        match self {
            Measure::Bytes(bytes) => bytes.as_bytes() as f64,
            Measure::Time(time) => time.as_nanos() as f64,
            Measure::Number(number) => number,
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measure::Bytes(bytes) => f.write_str(&bytes.exact()),
            Measure::Time(time) => write!(f, "{time}"),
            Measure::Number(number) => f.write_str(&plain(*number)),
        }
    }
}

impl Read for Measure {
    fn expected() -> String {
        "a size such as `64 KB`, a time such as `100ms`, or a number".into()
    }
    fn shape(_: &mut Shapes) -> Shape {
        Shape::scalar()
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let text = value.text().unwrap_or_default();
        let number = || text.parse().ok().filter(|n: &f64| (0.0..=MOST).contains(n)).map(Measure::Number);
        let size = || Bytes::parse(text).ok().map(Measure::Bytes);
        let time = || Time::parse(text).ok().map(Measure::Time);
        number().or_else(size).or_else(time).or_else(|| reading.mismatch(value, &Self::expected()))
    }
    fn written(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// A number with commas between thousands and no more than six decimals: `7,440,000`, `14.305115`; small ones with what they have.
pub fn plain(number: f64) -> String {
    let rounded = if number.abs() < 1.0 { number } else { (number * 1e6).round() / 1e6 };
    let (whole, fraction) = (rounded.trunc(), rounded.fract());
    let decimals = if fraction == 0.0 { String::new() } else { significant(fraction) };
    if number < 1e18 { format!("{}{}", count(whole as u64), decimals) } else { format!("{number:e}") }
}

/// The decimals of a fraction, from the point on.
fn significant(fraction: f64) -> String {
    let places = if fraction < 1e-6 { 14 } else { 6 + (-libm::log10(fraction)).max(0.0) as usize };
    let text = format!("{fraction:.places$}");
    text.trim_start_matches('0').trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_their_suffix() {
        let read = |text| Quantity::parse(text).map(|q| q.0);
        assert_eq!([read("3M"), read("2_500_000"), read("0.5"), read("1e6"), read("1.5 k")], [3e6, 2.5e6, 0.5, 1e6, 1500.0].map(Some));
        assert_eq!(["-1", "M", "", "inf", "nan", "1e99", "3 apples", "+3"].map(read), [None; 8]);
    }

    #[test]
    fn numbers_are_shown_without_noise() {
        assert_eq!([7_440_000.0, 14.305_114_746, 0.000_016_666_7, 0.2, 0.0].map(plain), ["7,440,000", "14.305115", "0.0000166667", "0.2", "0"]);
    }
}
