//! Shares and probabilities, from 0 to 1: `0.2%`, `0.002`, `100%`.
//!
//! A number without a percent sign is the fraction itself, so `5` is refused rather than guessed at.

use super::decimal;
use std::fmt;

/// A fraction in 0..=1.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Share(f64);

impl Share {
    pub const ZERO: Share = Share(0.0);
    pub const ALL: Share = Share(1.0);

    /// Cuts to 0..=1; NaN is zero.
    pub const fn from_fraction(n: f64) -> Self {
        Self(if n > 1.0 {
            1.0
        } else if n > 0.0 {
            n
        } else {
            0.0
        })
    }

    #[inline]
    pub const fn as_fraction(self) -> f64 {
        self.0
    }

    /// What is left: 1 − this.
    pub const fn complement(self) -> Share {
        Share(1.0 - self.0)
    }

    /// Reads `0.2%` or `0.002`.
    ///
    /// # Errors
    /// A sentence that says what is wrong and, after its last colon, what to write instead.
    pub fn parse(text: &str) -> Result<Share, String> {
        let text = text.trim();
        let (digits, unit) = decimal::split_unit(text);
        let number = decimal::number(digits).filter(|_| matches!(unit, "" | "%"));
        let number = number.ok_or_else(|| format!("`{text}` is not a share: write `5%` or `0.05`"))?;
        let share = if unit == "%" { number / 100.0 } else { number };
        match (share <= 1.0, unit) {
            (true, _) => Ok(Self(share)),
            (false, "") if number <= 100.0 => Err(format!("a share is at most 1, so not {text}: did you mean `{digits}%`?")),
            _ => Err(format!("a share is at most 100%, so not {text}: write `5%` or `0.05`")),
        }
    }

    /// What [`parse`](Share::parse) understands, as a regular expression.
    pub fn pattern() -> String {
        decimal::scalar(&format!(r"{}\s*%?", decimal::PATTERN))
    }

    /// Exactly this share, as a scenario would say it: `0.2%`.
    pub fn exact(self) -> String {
        let percent = format!("{}%", decimal::trim_zeros(format!("{:.6}", self.0 * 100.0)));
        if Self::parse(&percent) == Ok(self) { percent } else { self.0.to_string() }
    }
}

impl fmt::Display for Share {
    /// Short, for people, with three significant digits: `0.2%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}%", decimal::short(self.0 * 100.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percent_and_fraction_are_alike() {
        let share = |text| Share::parse(text).map(Share::as_fraction);
        assert_eq!([share("0.2%"), share("0.002"), share("50 %"), share("1")], [Ok(0.002), Ok(0.002), Ok(0.5), Ok(1.0)]);
        assert_eq!([share("0"), share("100%")], [Ok(0.0), Ok(1.0)]);
    }

    #[test]
    fn nonsense_is_answered_with_what_to_write() {
        let said = |text| Share::parse(text).expect_err(text);
        assert_eq!(said("5"), "a share is at most 1, so not 5: did you mean `5%`?");
        assert_eq!(said("101%"), "a share is at most 100%, so not 101%: write `5%` or `0.05`");
        assert!(said("-1%").contains("not a share") && said("NaN").contains("not a share") && said("5 percent").contains("not a share"));
    }

    #[test]
    fn shares_are_shown_in_percent() {
        let shown = |n| Share::from_fraction(n).to_string();
        assert_eq!([shown(0.002), shown(1.0 / 3.0), shown(0.0), shown(1.0)], ["0.2%", "33.3%", "0%", "100%"]);
        assert_eq!([Share(0.07).exact(), Share(0.002).exact()], ["7%", "0.2%"]);
    }

    proptest! {
        #[test]
        fn a_written_share_is_read_back_exactly(n in prop_oneof![0.0..=1.0, (0..=1000u32).prop_map(|n| f64::from(n) / 1000.0)]) {
            prop_assert_eq!(Share::parse(&Share(n).exact()), Ok(Share(n)));
        }
    }
}
