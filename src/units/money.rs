//! Amounts of money in US dollars, the currency of AWS's price lists: `$12.50`, `12.50 USD`.
//!
//! Kept as floating point: prices go down to 10⁻¹¹ dollars (a nanosecond of a gigabyte) and bills up to 10⁹, and a bill is an estimate to be read,
//! not a ledger. Other currencies and negative amounts are left out.

use super::decimal;
use std::{fmt, iter, ops};

/// US dollars.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Money(f64);

/// US dollars.
const MOST: f64 = 1e15;

impl Money {
    pub const ZERO: Money = Money(0.0);

    /// Negative and NaN are zero.
    pub const fn from_usd(usd: f64) -> Self {
        Self(if usd > MOST {
            MOST
        } else if usd > 0.0 {
            usd
        } else {
            0.0
        })
    }

    #[inline]
    pub const fn as_usd(self) -> f64 {
        self.0
    }

    /// Reads `$12.50` or `12.50 USD`.
    ///
    /// # Errors
    /// A sentence that says what is wrong and, after its last colon, what to write instead.
    pub fn parse(text: &str) -> Result<Money, String> {
        let text = text.trim();
        let amount = text.strip_prefix('$').or_else(|| text.strip_suffix("USD")).map(str::trim);
        let Some(digits) = amount else {
            return Err(match decimal::number(text) {
                Some(_) => format!("an amount of money needs its currency: did you mean `${text}`?"),
                None => format!("`{text}` is not an amount of money: write `$12.50` or `12.50 USD`"),
            });
        };
        let usd = decimal::number(digits).filter(|usd| *usd <= MOST);
        usd.map(Self).ok_or_else(|| format!("`{text}` is not an amount of money: write `$12.50` or `12.50 USD`"))
    }

    /// What [`parse`](Money::parse) understands, as a regular expression.
    pub fn pattern() -> String {
        decimal::scalar(&format!(r"\$\s*{0}|{0}\s*USD", decimal::PATTERN))
    }

    /// Exactly this amount, as a scenario would say it: `$12.50`, `$0.0000002`.
    pub fn exact(self) -> String {
        let cents = format!("${:.2}", self.0);
        if Self::parse(&cents) == Ok(self) { cents } else { format!("${}", self.0) }
    }
}

impl fmt::Display for Money {
    /// To the cent, and below ten cents with three significant digits: `$12.50`, `$0.0213`, `$0.0000002`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let small = self.0 > 0.0 && self.0 < 0.1;
        f.pad(&if small { format!("${}", decimal::short(self.0)) } else { format!("${:.2}", self.0) })
    }
}

impl ops::Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl ops::AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        self.0 += other.0;
    }
}

impl ops::Mul<f64> for Money {
    type Output = Money;
    fn mul(self, n: f64) -> Money {
        Money::from_usd(self.0 * n)
    }
}

impl iter::Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, ops::Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dollars_are_written_before_or_behind() {
        let usd = |text| Money::parse(text).map(Money::as_usd);
        assert_eq!([usd("$12.50"), usd("12.50 USD"), usd("$0.0000002"), usd("$0")], [Ok(12.5), Ok(12.5), Ok(0.000_000_2), Ok(0.0)]);
    }

    #[test]
    fn nonsense_is_answered_with_what_to_write() {
        let said = |text| Money::parse(text).expect_err(text);
        assert_eq!(said("12.50"), "an amount of money needs its currency: did you mean `$12.50`?");
        assert!(said("€3").contains("not an amount") && said("$-3").contains("not an amount") && said("$1e9").contains("not an amount"));
    }

    #[test]
    fn small_amounts_keep_three_digits() {
        let shown = |n| Money::from_usd(n).to_string();
        assert_eq!([shown(12.5), shown(0.0), shown(0.02125), shown(0.000_000_2)], ["$12.50", "$0.00", "$0.0213", "$0.0000002"]);
    }

    proptest! {
        #[test]
        fn a_written_amount_is_read_back_exactly(n in prop_oneof![0.0..1e12, 0.0..1e-6, (0..100_000u32).prop_map(|c| f64::from(c) / 100.0)]) {
            prop_assert_eq!(Money::parse(&Money(n).exact()), Ok(Money(n)));
        }
    }
}
