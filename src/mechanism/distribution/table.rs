//! Tables of measured times: quantiles with straight lines between them, and files of values.
//!
//! ```text
//! latency_ms        a header, where the values have no unit of their own        12ms
//! 12                one value a line                                    or      15.5ms
//! 15.5                                                                          1.2s
//! ```
//!
//! Blank lines and lines that begin with `#` do not count. Files of several columns are left out: cut the one that is meant.

use crate::units::Time;

/// More values than these are an error in the file rather than a measurement.
const MOST_VALUES: usize = 1_000_000;

/// The units that a header or an argument may name.
pub(super) const UNITS: [&str; 7] = ["ns", "us", "µs", "ms", "s", "m", "h"];

/// The time at a share of 0..1, by straight lines between points.
pub(super) fn between(points: &[(f64, f64)], share: f64) -> f64 {
    let after = points.partition_point(|(at, _)| *at <= share).clamp(1, points.len() - 1);
    let ((from, low), (to, high)) = (points[after - 1], points[after]);
    low + (high - low) * (share - from) / (to - from)
}

/// E min(X, m) of straight lines between quantiles: a sum of trapezia, each cut at `m`.
pub(super) fn mean_below(points: &[(f64, f64)], m: f64) -> f64 {
    let part = |pair: &[(f64, f64)]| {
        let ((from, low), (to, high)) = (pair[0], pair[1]);
        let mean = match () {
            () if high <= m => (low + high) / 2.0,
            () if low >= m => m,
            () => {
                let reached = (m - low) / (high - low);
                reached * (low + m) / 2.0 + (1.0 - reached) * m
            }
        };
        (to - from) * mean
    };
    points.windows(2).map(part).sum()
}

/// Reads one value a line; those without a unit are in `unit`, or in the one that a first line names.
///
/// # Errors
/// A sentence with the line that cannot be understood.
pub(super) fn values(bytes: &[u8], unit: Option<&str>) -> Result<Vec<Time>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not text in UTF-8".to_owned())?;
    let mut unit = unit.map(str::to_owned);
    let mut values = Vec::new();
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate().map(|(at, line)| (at + 1, line.trim().trim_matches('"')));
    for (at, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        match value(line, unit.as_deref()) {
            Ok(time) => values.push(time),
            Err(_) if values.is_empty() && line.starts_with(char::is_alphabetic) => unit = unit.or_else(|| unit_of(line)),
            Err(why) => return Err(format!("line {at}: {why}")),
        }
        if values.len() > MOST_VALUES {
            return Err(format!("it has more than {MOST_VALUES} values"));
        }
    }
    if values.is_empty() { Err("it has no value".into()) } else { Ok(values) }
}

fn value(line: &str, unit: Option<&str>) -> Result<Time, String> {
    let bare = line.ends_with(|c: char| c.is_ascii_digit());
    match unit.filter(|_| bare) {
        Some(unit) => Time::parse(&format!("{line}{unit}")),
        None => Time::parse(line),
    }
}

/// The unit in a header such as `latency_ms`, `latency (ms)` or `ms`.
fn unit_of(header: &str) -> Option<String> {
    let last = header.trim_end_matches([')', ']']).rsplit(['_', ' ', '(', '[']).next()?;
    UNITS.iter().find(|unit| **unit == last).map(|unit| (*unit).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_with_a_unit_from_wherever_it_stands() {
        let expected = Ok(vec![Time::from_micros(12_500), Time::from_millis(15)]);
        for (text, unit) in [
            ("12.5ms\n15ms\n", None),
            ("latency_ms\n12.5\n15\n", None),
            ("\u{feff}\"duration (ms)\"\r\n12.5\r\n\r\n# slow\r\n0.015s\r\n", None),
            ("12.5\n15", Some("ms")),
            ("latency\n12.5\n15", Some("ms")),
        ] {
            assert_eq!(values(text.as_bytes(), unit), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        assert_eq!(values(b"latency\n12\n", None).unwrap_err(), "line 2: a duration needs a unit: did you mean `12s`?");
        assert!(values(b"12ms\n-3ms\n", None).unwrap_err().starts_with("line 2: a duration cannot be negative"));
        assert!(values(b"12ms,3\n", None).unwrap_err().starts_with("line 1: "));
        assert_eq!(values(b"latency_ms\n", None).unwrap_err(), "it has no value");
    }
}
