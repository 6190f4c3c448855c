//! Time, in whole nanoseconds: an instant since the start of a run, or a length.
//!
//! One type for both, as the arithmetic of a simulation mixes them at every step; 64 bits reach 584 years. There is no calendar here and no
//! negative time. Text is read exactly (`0.1s` is 100 000 000 ns); only `from_secs_f64`, where a distribution's draw arrives, rounds.

use super::decimal;
use std::{fmt, ops};

/// Nanoseconds since the start of a run, or the length of a span in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct Time(u64);

/// The units that are understood, largest first: name, nanoseconds.
const UNITS: [(&str, u64); 7] =
    [("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1)];

/// Other spellings of the same units.
const SYNONYMS: [(&str, &str); 15] = [
    ("µs", "us"),
    ("μs", "us"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("hr", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("day", "d"),
    ("days", "d"),
];

impl Time {
    pub const ZERO: Time = Time(0);
    /// The last instant there is: never, for all purposes of a run.
    pub const MAX: Time = Time(u64::MAX);

    #[inline]
    pub const fn from_nanos(ns: u64) -> Self {
        Time(ns)
    }

    #[inline]
    pub const fn from_micros(us: u64) -> Self {
        Time(us.saturating_mul(1_000))
    }

    #[inline]
    pub const fn from_millis(ms: u64) -> Self {
        Time(ms.saturating_mul(1_000_000))
    }

    #[inline]
    pub const fn from_secs(s: u64) -> Self {
        Time(s.saturating_mul(1_000_000_000))
    }

    /// Rounds to the nearest nanosecond; negative and NaN are zero, too large is [`Time::MAX`].
    #[inline]
    pub fn from_secs_f64(s: f64) -> Self {
        Self::from_nanos_f64(s * 1e9)
    }

    /// Rounds to the nearest nanosecond; negative and NaN are zero, too large is [`Time::MAX`].
    #[inline]
    pub fn from_nanos_f64(ns: f64) -> Self {
        // Signed conversion is one instruction, unsigned is a dozen: the rest of the range goes the long way.
        if (0.0..9e18).contains(&ns) { Time((ns + 0.5) as i64 as u64) } else { Time(ns as u64) }
    }

    #[inline]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole microseconds, rounded down.
    #[inline]
    pub const fn as_micros(self) -> u64 {
        self.0 / 1_000
    }

    #[inline]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    #[inline]
    pub const fn saturating_add(self, other: Time) -> Time {
        Time(self.0.saturating_add(other.0))
    }

    #[inline]
    pub const fn saturating_sub(self, other: Time) -> Time {
        Time(self.0.saturating_sub(other.0))
    }

    #[inline]
    pub const fn checked_add(self, other: Time) -> Option<Time> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Time(sum)),
            None => None,
        }
    }

    /// Reads `30s`, `1.5 ms`, `1h30m`, `3d`; every number but 0 needs a unit.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to write instead.
    pub fn parse(text: &str) -> Result<Time, String> {
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err("a duration is a number and a unit: write `30s`".into());
        }
        if rest == "0" {
            return Ok(Time::ZERO);
        }
        if rest.starts_with(['-', '−']) {
            return Err(format!("a duration cannot be negative, as `{rest}` is: write `30s`"));
        }
        let mut sum = Time::ZERO;
        while !rest.is_empty() {
            let part;
            (part, rest) = parse_part(rest)?;
            sum = sum.checked_add(part).ok_or_else(|| format!("`{text}` is longer than any run: the longest duration is 584 years"))?;
        }
        Ok(sum)
    }

    /// What [`parse`](Time::parse) understands, as a regular expression.
    pub fn pattern() -> String {
        let units = UNITS.iter().map(|(unit, _)| *unit).chain(SYNONYMS.iter().map(|(synonym, _)| *synonym));
        let units: Vec<&str> = units.collect();
        decimal::scalar(&format!(r"0|(?:{}\s*(?:{})\s*)+", decimal::PATTERN, units.join("|")))
    }

    /// Exactly this time, as a scenario would say it: `30s`, `1.5ms`, `90s`.
    pub fn exact(self) -> String {
        let (unit, size) = UNITS.into_iter().find(|(_, size)| self.0.is_multiple_of(*size)).unwrap_or(UNITS[6]);
        if self.0 == 0 {
            return "0s".into();
        }
        let whole = self.0 / size;
        // 1500 µs reads better as 1.5 ms, 1500 ms as 1.5 s; but 90 s stays 90 s.
        match UNITS.into_iter().rev().find(|(_, larger)| *larger == size * 1_000) {
            Some((larger, _)) if whole >= 1_000 => format!("{}{larger}", decimal::trim_zeros(format!("{}.{:03}", whole / 1_000, whole % 1_000))),
            _ => format!("{whole}{unit}"),
        }
    }
}

/// One number with its unit, and what follows it.
fn parse_part(text: &str) -> Result<(Time, &str), String> {
    let (number, rest) = decimal::split_unit(text);
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (unit, rest) = (&rest[..end], rest[end..].trim_start());
    if number.is_empty() {
        return Err(format!("`{text}` is not a duration: write a number and a unit, such as `30s`"));
    }
    if unit.is_empty() {
        return Err(format!("a duration needs a unit: did you mean `{number}s`?"));
    }
    let scale = unit_size(unit).ok_or_else(|| format!("`{unit}` is no unit of time: write ns, us, ms, s, m, h or d, as in `{number}s`"))?;
    let nanos = decimal::scaled(number, scale).ok_or_else(|| format!("`{number}` is not a number that fits a duration: write `30s` or `1.5s`"))?;
    Ok((Time(nanos), rest))
}

fn unit_size(unit: &str) -> Option<u64> {
    let name = SYNONYMS.iter().find(|(synonym, _)| *synonym == unit).map_or(unit, |(_, name)| name);
    UNITS.iter().find(|(known, _)| *known == name).map(|(_, size)| *size)
}

impl fmt::Display for Time {
    /// Short, for people: `1.5 ms`, `12.3 s`, `2 m 30 s`, `3 d 4 h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = if self.0 < 60_000_000_000 { three_digits(self.0) } else { self.0 };
        let pair = |large: usize, small: usize| two_parts(ns, UNITS[large], UNITS[small]);
        f.pad(&match ns {
            86_400_000_000_000.. => pair(0, 1),
            3_600_000_000_000.. => pair(1, 2),
            60_000_000_000.. => pair(2, 3),
            1_000_000_000.. => fraction(ns, UNITS[3]),
            1_000_000.. => fraction(ns, UNITS[4]),
            1_000.. => fraction(ns, (("µs"), 1_000)),
            0 => "0 s".into(),
            _ => format!("{ns} ns"),
        })
    }
}

/// The nearest number that has three significant digits.
fn three_digits(n: u64) -> u64 {
    let step = 10u64.pow(n.checked_ilog10().unwrap_or(0).saturating_sub(2));
    (n + step / 2) / step * step
}

fn fraction(ns: u64, (unit, size): (&str, u64)) -> String {
    let thousandths = ns / (size / 1_000);
    format!("{} {unit}", decimal::trim_zeros(format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)))
}

fn two_parts(ns: u64, large: (&str, u64), small: (&str, u64)) -> String {
    let smalls = ns / small.1 + u64::from(ns % small.1 >= small.1 / 2);
    let (whole, rest) = (smalls / (large.1 / small.1), smalls % (large.1 / small.1));
    // Rounding may have filled the larger unit: 59 m 59.7 s is an hour.
    match (rest, large.0) {
        (0, "m") if whole == 60 => "1 h".into(),
        (0, "h") if whole == 24 => "1 d".into(),
        (0, _) => format!("{whole} {}", large.0),
        _ => format!("{whole} {} {rest} {}", large.0, small.0),
    }
}

impl ops::Add for Time {
    type Output = Time;
    /// Never wraps: what lies beyond the last instant is never.
    #[inline]
    fn add(self, other: Time) -> Time {
        Time(self.0.saturating_add(other.0))
    }
}

impl ops::Sub for Time {
    type Output = Time;
    #[inline]
    fn sub(self, other: Time) -> Time {
        Time(self.0 - other.0)
    }
}

impl ops::AddAssign for Time {
    #[inline]
    fn add_assign(&mut self, other: Time) {
        *self = *self + other;
    }
}

impl ops::SubAssign for Time {
    #[inline]
    fn sub_assign(&mut self, other: Time) {
        *self = *self - other;
    }
}

impl ops::Mul<u64> for Time {
    type Output = Time;
    #[inline]
    fn mul(self, n: u64) -> Time {
        Time(self.0.saturating_mul(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nanos(text: &str) -> u64 {
        Time::parse(text).map(Time::as_nanos).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn what_people_write_is_understood() {
        assert_eq!(nanos("30s"), 30_000_000_000);
        assert_eq!(nanos("1.5 ms"), 1_500_000);
        assert_eq!(nanos("22m"), 22 * 60_000_000_000);
        assert_eq!(nanos("1h30m"), 90 * 60_000_000_000);
        assert_eq!(nanos("2 m 30 s"), 150_000_000_000);
        assert_eq!([nanos("250us"), nanos("250µs"), nanos("250 μs")], [250_000; 3]);
        assert_eq!(nanos("3d"), 3 * 86_400_000_000_000);
        assert_eq!([nanos("10ns"), nanos("0s"), nanos("0")], [10, 0, 0]);
        assert_eq!([nanos("0.1s"), nanos("1_000ms")], [100_000_000, 1_000_000_000]);
    }

    #[test]
    fn nonsense_is_answered_with_what_to_write() {
        let said = |text| Time::parse(text).expect_err(text);
        assert_eq!(said("30"), "a duration needs a unit: did you mean `30s`?");
        assert_eq!(said("-3s"), "a duration cannot be negative, as `-3s` is: write `30s`");
        assert!(said("NaNs").contains("not a duration"));
        assert!(said("3 weeks").contains("`weeks` is no unit of time"));
        assert!(said("1e3s").contains("no unit of time"));
        assert!(said("1..2s").contains("not a number"));
        assert!(said("").contains("write `30s`"));
        assert!(said("999999999d").contains("fits"));
        assert!(said("213503d 999h").contains("584 years"));
    }

    #[test]
    fn three_digits_are_shown() {
        let shown = |ns| Time(ns).to_string();
        assert_eq!([shown(0), shown(7), shown(1_500), shown(1_500_000)], ["0 s", "7 ns", "1.5 µs", "1.5 ms"]);
        assert_eq!([shown(999_600), shown(12_345_678), shown(59_960_000_000)], ["1 ms", "12.3 ms", "1 m"]);
        assert_eq!([shown(150_000_000_000), shown(3_599_700_000_000), shown(5_400_000_000_000)], ["2 m 30 s", "1 h", "1 h 30 m"]);
        assert_eq!([shown(86_399_000_000_000), shown(100 * 3_600_000_000_000)], ["1 d", "4 d 4 h"]);
        assert_eq!(format!("{:>8}|", Time::from_millis(3)), "    3 ms|");
    }

    #[test]
    fn seconds_in_floating_point_saturate() {
        assert_eq!(Time::from_secs_f64(f64::NAN), Time::ZERO);
        assert_eq!(Time::from_secs_f64(-1.0), Time::ZERO);
        assert_eq!(Time::from_secs_f64(f64::INFINITY), Time::MAX);
        assert_eq!(Time::from_secs_f64(1.000_000_000_6), Time(1_000_000_001));
    }

    #[test]
    fn a_written_time_is_short() {
        let written = |text| Time::parse(text).unwrap().exact();
        assert_eq!([written("1.5ms"), written("90s"), written("1500us"), written("60m")], ["1.5ms", "90s", "1.5ms", "1h"]);
    }

    proptest! {
        #[test]
        fn a_written_time_is_read_back_exactly(ns in prop_oneof![any::<u64>(), 0..10_000_000u64, (0..1_000_000u64).prop_map(|ms| ms * 1_000_000)]) {
            prop_assert_eq!(Time::parse(&Time(ns).exact()), Ok(Time(ns)));
        }

        #[test]
        fn what_is_shown_can_be_read_and_is_near(ns in any::<u64>()) {
            let read = Time::parse(&Time(ns).to_string()).unwrap().as_nanos();
            prop_assert!(read.abs_diff(ns) as f64 <= 0.021 * ns as f64);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = Time::parse(&text);
        }
    }
}
