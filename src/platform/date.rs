//! A day of the calendar, as rows of platform data and `as_of` in a scenario name it: `2026-11-01`.
//!
//! Only order matters: a row holds from its day on. No time of day, no time zone, no arithmetic.

use std::fmt;

/// A day of the Gregorian calendar; later days are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The newest day this version knows of: the platform as the sources were read.
    pub const NEWEST: Date = Date { year: 2026, month: 11, day: 22 };

    /// Reads `yyyy-mm-dd`; `None` where that is no day.
    pub fn parse(text: &str) -> Option<Date> {
        let mut parts = text.split('-');
        let mut part = |width: usize| {
            let digits = parts.next().filter(|p| p.len() == width && p.bytes().all(|b| b.is_ascii_digit()))?;
            digits.parse::<u16>().ok()
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        let is_day = parts.next().is_none() && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        is_day.then_some(Date { year, month: month as u8, day: day as u8 })
    }
}

fn days_in(year: u16, month: u16) -> u16 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u16::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_printed_and_ordered() {
        let day = |text| Date::parse(text).unwrap();
        assert!(day("2019-06-30") < day("2019-07-01") && day("2025-12-31") < day("2026-01-01"));
        assert_eq!(day("2024-02-29").to_string(), "2024-02-29");
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-00-10",
            "2023-02-29",
            "1900-02-29",
            "2026-1-01",
            "2026-11-01T00",
            "20261101",
            "+026-11-01",
            "2026-11-01-",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }
}
