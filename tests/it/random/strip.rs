//! A strip: the numbers that decide on one part of a random scenario, read one after another.
//!
//! ```text
//! [ 7, 0, 93, … ] ─below(5)─▶ 2 ─is(30)─▶ no ─pick(words)─▶ …        read to its end it goes on with zeros
//! ```
//!
//! Whoever reads writes a generator as plain code, and any numbers make a valid part. A small number is a simple choice, so that a failing case becomes simpler as
//! proptest lowers numbers and takes strips away. A new feature reads its numbers last: what known seeds made before stays as it was.

use std::ops::RangeInclusive;

use proptest::prelude::*;

/// Numbers of one part.
pub type Numbers = Vec<u32>;

/// Numbers that a part has; one that reads more finds zeros.
const LENGTH: usize = 64;

/// Strips for so many parts.
pub fn strips(parts: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Numbers>> {
    proptest::collection::vec(numbers(), parts)
}

pub fn numbers() -> impl Strategy<Value = Numbers> {
    proptest::collection::vec(any::<u32>(), LENGTH)
}

/// Reads a strip.
pub struct Strip<'n>(std::slice::Iter<'n, u32>);

impl<'n> Strip<'n> {
    pub fn of(numbers: &'n Numbers) -> Self {
        Self(numbers.iter())
    }

    /// One of `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0.next().map_or(0, |number| *number as usize % n.max(1))
    }

    pub fn from(&mut self, range: RangeInclusive<u32>) -> u32 {
        range.start() + self.below((range.end() - range.start() + 1) as usize) as u32
    }

    /// Yes in so many of a hundred cases; the simple answer is no.
    pub fn is(&mut self, percent: usize) -> bool {
        self.below(100) + percent >= 100
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// A number in so many of a hundred cases.
    pub fn some(&mut self, percent: usize, range: RangeInclusive<u32>) -> Option<u32> {
        let number = self.from(range);
        self.is(percent).then_some(number)
    }
}

/// The fields of one node or step, as the file has them.
pub struct Fields(Vec<String>);

impl Fields {
    pub fn of(kind: &str) -> Self {
        Self(vec![format!("type: {kind}")])
    }

    pub fn none() -> Self {
        Self(Vec::new())
    }

    pub fn set(&mut self, key: &str, value: impl std::fmt::Display) {
        self.0.push(format!("{key}: {value}"));
    }

    /// Where there is a value: with its unit behind it.
    pub fn may(&mut self, key: &str, value: Option<impl std::fmt::Display>, unit: &str) {
        if let Some(value) = value {
            self.set(key, format_args!("{value}{unit}"));
        }
    }

    pub fn map(&self) -> String {
        format!("{{ {} }}", self.0.join(", "))
    }
}

pub fn list(of: impl IntoIterator<Item = String>) -> String {
    format!("[ {} ]", of.into_iter().collect::<Vec<_>>().join(", "))
}
