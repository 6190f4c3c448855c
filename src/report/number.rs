//! Numbers as people read them: `12,345`, `16.0 %`, `3.27`; never `1.2k`, as a reader compares digits.
//! Quantities with a unit print themselves (`units`).

pub use crate::units::count;

/// Three significant digits, more before the point: `0.00123`, `3.27`, `48.1`, `12,345`; `0` for zero.
pub fn decimal(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        v if v >= 99.95 => count(value.round() as u64),
        v if v >= 9.995 => format!("{value:.1}"),
        v if v >= 0.9995 => format!("{value:.2}"),
        v if v >= 0.0995 => format!("{value:.3}"),
        v if v >= 0.000_5 => format!("{value:.4}"),
        _ => "<0.001".into(),
    }
}

/// A share of a whole: `16.0 %`, `0.04 %`, `<0.01 %`; `100 %` and `0 %` only where that is exact.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "—".into();
    }
    match part as f64 / whole as f64 * 100.0 {
        _ if part == 0 => "0 %".into(),
        _ if part == whole => "100 %".into(),
        p if p < 0.01 => "<0.01 %".into(),
        p if p < 0.995 => format!("{p:.2} %"),
        p if p >= 99.95 => ">99.9 %".into(),
        p => format!("{p:.1} %"),
    }
}

/// `1 request`, `12,000 requests`.
pub fn plural(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// Half of an interval: two digits are all that such a figure has.
pub fn two_digits(value: f64) -> f64 {
    let step = 10f64.powf(value.abs().max(1e-300).log10().floor() - 1.0);
    (value / step).round() * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn decimals_have_three_digits() {
        assert_eq!([0.0, 0.0123, 0.5, 3.274, 48.13, 99.96, 1234.5].map(decimal), ["0", "0.0123", "0.500", "3.27", "48.1", "100", "1,235"]);
    }

    #[test]
    fn shares_are_never_rounded_to_all_or_nothing() {
        let shares = [(0, 9), (9, 9), (1, 100_000), (1, 1_000), (16, 100), (99_999, 100_000), (0, 0)].map(|(a, b)| percent(a, b));
        assert_eq!(shares, ["0 %", "100 %", "<0.01 %", "0.10 %", "16.0 %", ">99.9 %", "—"]);
    }

    #[test]
    fn one_is_singular() {
        assert_eq!([plural(1, "request"), plural(0, "request")], ["1 request", "0 requests"]);
    }
}
