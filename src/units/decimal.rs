//! Decimal numbers read exactly, without a detour through floating point, and printed with three significant digits.
//!
//! `0.1` times 1 000 000 000 is 100 000 000 here, whatever binary fractions make of a tenth. Only what a scenario needs is understood: digits with an
//! optional point and `_` between digits; signs, exponents, infinities and NaN are left out on purpose.

/// What [`number`] and [`scaled`] understand, as a regular expression.
pub(super) const PATTERN: &str = r"[0-9](?:[0-9_]*[0-9])?(?:\.[0-9](?:[0-9_]*[0-9])?)?";

/// A regular expression for a whole scalar, which may stand between spaces.
pub(super) fn scalar(inside: &str) -> String {
    format!(r"^\s*(?:{inside})\s*$")
}

/// The unit suffix and the number before it: `1.5 ms` is (`1.5`, `ms`).
pub(super) fn split_unit(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

/// `number` times `scale`, rounded half up; `None` where it is no plain decimal number or too large.
pub(super) fn scaled(number: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if !is_digits(whole) || (number.contains('.') && !is_digits(fraction)) {
        return None;
    }
    let whole = digits(whole).try_fold(0u128, |sum, d| sum.checked_mul(10)?.checked_add(d))?;
    let mut sum = whole.checked_mul(u128::from(scale))?;
    // 18 digits of fraction times a scale below 2^64 stay below 2^128; further digits cannot matter.
    let places = digits(fraction).take(18).count() as u32;
    let fraction = digits(fraction).take(18).fold(0u128, |sum, d| sum * 10 + d);
    let power = 10u128.pow(places);
    sum = sum.checked_add((fraction * u128::from(scale) + power / 2) / power)?;
    u64::try_from(sum).ok()
}

/// `number` as the nearest floating-point number; `None` where it is no plain decimal number.
pub(super) fn number(number: &str) -> Option<f64> {
    let ok = number.split_once('.').map_or_else(|| is_digits(number), |(whole, fraction)| is_digits(whole) && is_digits(fraction));
    if ok { number.replace('_', "").parse().ok() } else { None }
}

/// `n` with at most three significant digits and no idle zeros: `1.5`, `12`, `0.025`, `1230`.
pub(super) fn short(n: f64) -> String {
    if n == 0.0 || !n.is_finite() {
        return format!("{n}");
    }
    let magnitude = libm::floor(libm::log10(n.abs())) as i32;
    let places = (2 - magnitude).clamp(0, 12) as usize;
    trim_zeros(format!("{n:.places$}"))
}

/// Drops zeros that end a decimal fraction, and the point if nothing is left behind it.
pub(super) fn trim_zeros(text: String) -> String {
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn is_digits(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_digit() || c == '_';
    text.starts_with(|c: char| c.is_ascii_digit()) && text.ends_with(|c: char| c.is_ascii_digit()) && text.chars().all(inner)
}

fn digits(text: &str) -> impl Iterator<Item = u128> {
    text.bytes().filter(u8::is_ascii_digit).map(|b| u128::from(b - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_is_a_tenth() {
        assert_eq!(scaled("0.1", 1_000_000_000), Some(100_000_000));
        assert_eq!(scaled("0.3", 1_000_000_000), Some(300_000_000));
        assert_eq!(scaled("1_000.5", 10), Some(10_005));
        assert_eq!(scaled("0.5", 1), Some(1));
        assert_eq!(scaled("0.0000000000000000000000009", u64::MAX), Some(0));
    }

    #[test]
    fn what_is_no_plain_number_is_refused() {
        for text in ["", ".", "1.", ".5", "1.2.3", "_1", "1_", "-1", "nan", "1e9", "99999999999999999999"] {
            assert_eq!(scaled(text, 1_000), None, "{text}");
        }
    }

    #[test]
    fn three_significant_digits_are_kept() {
        let shown = |n| short(n);
        assert_eq!([shown(1.5), shown(12.0), shown(0.02512), shown(1234.4), shown(0.0)], ["1.5", "12", "0.0251", "1234", "0"]);
    }
}
