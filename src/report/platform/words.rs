//! Values of the platform as people read them.
//!
//! ```text
//! 6291456 bytes ─▶ 6,291,456 bytes (6 MB)        21600 s ─▶ 21,600 s (6 h)        p50 4, p99 12 ms ─▶ p50 4 ms, p99 12 ms
//! ```

use crate::platform::catalogue::{Entry, Kind, Value};
use crate::report::number::count;
use crate::units::{Bytes, Time};

/// The value of an entry.
pub fn value(entry: &Entry) -> String {
    of(&entry.value, entry.kind, entry.unit)
}

/// Such a value of such an entry.
pub fn of(value: &Value, kind: Kind, unit: &str) -> String {
    match (value, kind) {
        (Value::Number(number), _) => quantity(*number, unit),
        (Value::Words(words), _) => words.clone(),
        (Value::Figures(figures), Kind::ColdStart) => ranges(figures, unit),
        (Value::Figures(figures), _) => percentiles(figures, unit),
    }
}

/// A number in its unit, and in one that suits where that is another.
pub fn quantity(number: f64, unit: &str) -> String {
    let plain = format!("{} {unit}", amount(number));
    let whole = number.fract() == 0.0 && number > 0.0;
    match unit {
        "bytes" if whole && number % 1024.0 == 0.0 => format!("{plain} ({})", Bytes::from_bytes(number as u64)),
        "s" if whole && number >= 120.0 => format!("{plain} ({})", Time::from_secs(number as u64)),
        _ => plain,
    }
}

/// A number with its thousands apart, or with four significant digits.
pub fn amount(number: f64) -> String {
    if number.fract() == 0.0 {
        return count(number as u64);
    }
    let digits = (3 - number.abs().log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{number:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn figure(figures: &[(&'static str, f64)], name: &str) -> Option<f64> {
    figures.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

fn percentiles(figures: &[(&'static str, f64)], unit: &str) -> String {
    let pair = |more: &str| {
        let [p50, p99] = ["p50", "p99"].map(|name| figure(figures, &format!("{name}{more}")).map_or_else(|| "0".into(), amount));
        (p50, p99)
    };
    let (p50, p99) = pair("");
    let more = [(" a KB", "each KB"), (" an item", "each item")].into_iter().filter(|(suffix, _)| figure(figures, &format!("p50{suffix}")).is_some());
    let more = more.map(|(suffix, each)| {
        let (p50, p99) = pair(suffix);
        format!("; {each} {p50} and {p99} {unit} more")
    });
    format!("p50 {p50} {unit}, p99 {p99} {unit}{}", more.collect::<String>())
}

/// Ranges of percentiles, by package.
fn ranges(figures: &[(&'static str, f64)], unit: &str) -> String {
    let range = |of: &str| {
        let [from, to] = ["from", "to"].map(|end| figure(figures, &format!("{of} {end}")));
        Some(format!("{:.0}–{:.0}", from?, to?))
    };
    let of = |package: &str| Some(format!("{package} p50 {}, p99 {} {unit}", range(&format!("{package} p50"))?, range(&format!("{package} p99"))?));
    ["zip", "image"].into_iter().filter_map(of).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_said_twice_where_that_helps() {
        assert_eq!(quantity(6_291_456.0, "bytes"), "6,291,456 bytes (6 MB)");
        assert_eq!(quantity(21_600.0, "s"), "21,600 s (6 h)");
        assert_eq!([quantity(10.0, "s"), quantity(1_000.0, "executions")], ["10 s", "1,000 executions"]);
    }

    #[test]
    fn numbers_have_four_digits_and_no_empty_ones() {
        assert_eq!([0.0, 0.5, 8.333_333_333, 0.022, 1_234.5, 2_500.0].map(amount), ["0", "0.5", "8.333", "0.022", "1234", "2,500"]);
    }
}
