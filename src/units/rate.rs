//! Rates: how often something happens, kept as a number a second: `80/s`, `10/min`, `3/h`, `0.5/s`.
//!
//! What happens (requests, tokens, capacity units) is the field's business. A rate is never negative and at most 10⁹ a second, which is where
//! nanoseconds end.

use super::decimal;
use std::fmt;

/// Events a second.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Rate(f64);

/// The units, shortest first: name, seconds.
const UNITS: [(&str, f64); 4] = [("s", 1.0), ("min", 60.0), ("h", 3_600.0), ("d", 86_400.0)];

/// Other spellings of the same units.
const SYNONYMS: [(&str, &str); 6] = [("sec", "s"), ("second", "s"), ("m", "min"), ("minute", "min"), ("hour", "h"), ("day", "d")];

/// Events a second.
const MOST: f64 = 1e9;

impl Rate {
    pub const ZERO: Rate = Rate(0.0);

    /// Negative and NaN are zero; more than 10⁹ a second is 10⁹.
    pub const fn from_per_second(n: f64) -> Self {
        Self(if n > MOST {
            MOST
        } else if n > 0.0 {
            n
        } else {
            0.0
        })
    }

    #[inline]
    pub const fn as_per_second(self) -> f64 {
        self.0
    }

    /// Reads `80/s`, `10/min`, `3/h`, `1/d`; every number but 0 needs its `/s`.
    ///
    /// # Errors
    /// A sentence that says what is wrong and, after its last colon, what to write instead.
    pub fn parse(text: &str) -> Result<Rate, String> {
        let text = text.trim();
        if text == "0" {
            return Ok(Self::ZERO);
        }
        let (digits, rest) = decimal::split_unit(text);
        if digits.is_empty() {
            return Err(format!("`{text}` is not a rate: write a number and `/s`, such as `80/s`"));
        }
        let Some(unit) = rest.strip_prefix('/').map(str::trim) else {
            return Err(match rest {
                "" => format!("a rate needs a unit: did you mean `{digits}/s`?"),
                _ => format!("`{text}` is not a rate: write it as `{digits}/s`, `{digits}/min` or `{digits}/h`"),
            });
        };
        let seconds = unit_size(unit).ok_or_else(|| format!("`/{unit}` is no unit of a rate: write /s, /min, /h or /d, as in `{digits}/s`"))?;
        let rate = decimal::number(digits).map(|n| n / seconds).filter(|n| *n <= MOST);
        rate.map(Self).ok_or_else(|| format!("`{text}` is not a rate of at most 1000000000/s: write `80/s` or `0.5/s`"))
    }

    /// What [`parse`](Rate::parse) understands, as a regular expression.
    pub fn pattern() -> String {
        let units = UNITS.iter().map(|(unit, _)| *unit).chain(SYNONYMS.iter().map(|(synonym, _)| *synonym));
        let units: Vec<&str> = units.collect();
        decimal::scalar(&format!(r"0|{}\s*/\s*(?:{})", decimal::PATTERN, units.join("|")))
    }

    /// Exactly this rate, as a scenario would say it: `80/s`, `10/min`.
    pub fn exact(self) -> String {
        let short = |(unit, seconds): (&str, f64)| format!("{}/{unit}", decimal::trim_zeros(format!("{:.4}", self.0 * seconds)));
        let fits = |unit: &(&str, f64)| Self::parse(&short(*unit)) == Ok(self);
        UNITS.into_iter().find(fits).map_or_else(|| format!("{}/s", self.0), short)
    }
}

fn unit_size(unit: &str) -> Option<f64> {
    let name = SYNONYMS.iter().find(|(synonym, _)| *synonym == unit).map_or(unit, |(_, name)| name);
    UNITS.iter().find(|(known, _)| *known == name).map(|(_, seconds)| *seconds)
}

impl fmt::Display for Rate {
    /// Short, for people, with three significant digits: `80/s`, `1.67/min`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, seconds) = UNITS.into_iter().find(|(_, s)| self.0 * s >= 0.1).filter(|_| self.0 > 0.0).unwrap_or(UNITS[0]);
        f.pad(&format!("{}/{unit}", decimal::short(self.0 * seconds)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rates_are_a_second() {
        let rate = |text| Rate::parse(text).map(Rate::as_per_second);
        assert_eq!([rate("80/s"), rate("10/min"), rate("3/h"), rate("0.5 / s")], [Ok(80.0), Ok(10.0 / 60.0), Ok(3.0 / 3_600.0), Ok(0.5)]);
        assert_eq!([rate("0"), rate("1_000/s")], [Ok(0.0), Ok(1_000.0)]);
    }

    #[test]
    fn nonsense_is_answered_with_what_to_write() {
        let said = |text| Rate::parse(text).expect_err(text);
        assert_eq!(said("80"), "a rate needs a unit: did you mean `80/s`?");
        assert!(said("1.5k/s").contains("write it as `1.5/s`"));
        assert!(said("80/ms").contains("no unit of a rate"));
        assert!(said("-80/s").contains("not a rate"));
        assert!(said("1.2.3/s").contains("not a rate"));
        assert!(said("9999999999/s").contains("at most"));
    }

    #[test]
    fn rates_are_shown_short() {
        let shown = |n| Rate::from_per_second(n).to_string();
        assert_eq!([shown(80.0), shown(0.5), shown(1.0 / 60.0), shown(0.0), shown(1_234.4)], ["80/s", "0.5/s", "1/min", "0/s", "1234/s"]);
        assert_eq!(Rate::parse("10/min").unwrap().exact(), "10/min");
    }

    #[test]
    fn what_is_no_rate_is_zero() {
        assert_eq!([Rate::from_per_second(f64::NAN), Rate::from_per_second(-1.0)], [Rate::ZERO; 2]);
    }

    proptest! {
        #[test]
        fn a_written_rate_is_read_back_exactly(n in prop_oneof![0.0..1e9, 0.0..1e-3, (0..100_000u32).prop_map(f64::from)]) {
            prop_assert_eq!(Rate::parse(&Rate(n).exact()), Ok(Rate(n)));
        }
    }
}
