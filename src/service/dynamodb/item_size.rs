//! Bytes of an item, from the JSON form in which the AWS API writes it: `{"id": {"S": "a1"}, "n": {"N": "12.5"}}`.
//!
//! ```text
//! item = Σ (name + value)    S: UTF-8   B: decoded   BOOL, NULL: 1   L, M: 3 + members + 1 each   SS, NS, BS: members
//! N: 1 + pairs of digits, aligned on the decimal point, without zeros at either end, + 1 if negative; zero is 1
//! ```
//!
//! Source: AWS docs: dynamodb/CapacityUnitCalculations; the exact rule for numbers and sets after dynalite, whose tests run against the service. The
//! 100 bytes of storage overhead an item are no part of this.

use serde_json::{Map, Value};

/// How deep lists and maps may be nested (AWS docs: dynamodb/ServiceQuotas).
const DEPTH: u32 = 32;
/// Significant digits of a number (same).
const DIGITS: usize = 38;
/// A map or list costs this, and one for each element.
const COLLECTION: u64 = 3;

/// The bytes of `item`; `None` where it is not an item in DynamoDB's JSON.
pub fn item_size(item: &Value) -> Option<u64> {
    attributes(item.as_object()?, DEPTH)
}

/// The bytes of a number as the API writes it, such as `-12.5` or `1E+3`; `None` where it is none.
pub fn number_size(text: &str) -> Option<u64> {
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match magnitude.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok().filter(|e| e.abs() < 1_000)?),
        None => (magnitude, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = whole.bytes().chain(fraction.bytes());
    if whole.len() + fraction.len() == 0 || !digits.clone().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let places: Vec<usize> = digits.enumerate().filter(|(_, digit)| *digit != b'0').map(|(place, _)| place).collect();
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return Some(1) };
    if last - first >= DIGITS {
        return None;
    }
    // The power of ten of a digit, so that pairs can be aligned on the decimal point.
    let power = |place: usize| i64::from(exponent) + whole.len() as i64 - 1 - place as i64;
    let pairs = power(*first).div_euclid(2) - power(*last).div_euclid(2) + 1;
    Some(1 + pairs as u64 + u64::from(negative))
}

fn attributes(map: &Map<String, Value>, depth: u32) -> Option<u64> {
    map.iter().map(|(name, value)| Some(name.len() as u64 + typed(value, depth)?)).sum()
}

/// One value under its type: `{"S": "a"}`.
fn typed(value: &Value, depth: u32) -> Option<u64> {
    let mut entries = value.as_object()?.iter();
    let (Some((kind, value)), None) = (entries.next(), entries.next()) else { return None };
    match kind.as_str() {
        "S" => text(value),
        "N" => number_size(value.as_str()?),
        "B" => decoded(value),
        "BOOL" => value.as_bool().map(|_| 1),
        "NULL" => value.as_bool().map(|_| 1),
        "SS" => sum(value, text),
        "NS" => sum(value, |member| number_size(member.as_str()?)),
        "BS" => sum(value, decoded),
        "L" => Some(COLLECTION + sum(value, |member| Some(1 + typed(member, deeper(depth)?)?))?),
        "M" => {
            let map = value.as_object()?;
            Some(COLLECTION + map.len() as u64 + attributes(map, deeper(depth)?)?)
        }
        _ => None,
    }
}

fn sum(list: &Value, size: impl Fn(&Value) -> Option<u64>) -> Option<u64> {
    list.as_array()?.iter().map(size).sum()
}

fn deeper(depth: u32) -> Option<u32> {
    depth.checked_sub(1)
}

fn text(value: &Value) -> Option<u64> {
    Some(value.as_str()?.len() as u64)
}

/// The length of what base64 text stands for.
fn decoded(value: &Value) -> Option<u64> {
    let text = value.as_str()?;
    let digits = text.trim_end_matches('=');
    let is_base64 =
        text.len().is_multiple_of(4) && text.len() - digits.len() <= 2 && digits.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b));
    is_base64.then_some(digits.len() as u64 * 3 / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn numbers_are_pairs_of_digits_aligned_on_the_point() {
        let sizes = ["0", "12.3456", "100", "123", "-12.5", "1E2", "0.01", "1000e-3", "-0.0", "+7"].map(|n| number_size(n).unwrap());
        assert_eq!(sizes, [1, 4, 2, 3, 4, 2, 2, 2, 1, 2]);
    }

    #[test]
    fn what_is_no_number_or_no_item_has_no_size() {
        for text in ["", "-", ".", "1e", "1e9999999999", "NaN", "1 2", "--1", "1.2.3", "0x10", &"1".repeat(39)] {
            assert_eq!(number_size(text), None, "{text}");
        }
        for item in
            [json!(1), json!({"a": 1}), json!({"a": {}}), json!({"a": {"X": "b"}}), json!({"a": {"B": "AQ"}}), json!({"a": {"S": "b", "N": "1"}})]
        {
            assert_eq!(item_size(&item), None, "{item}");
        }
    }

    #[test]
    fn nesting_ends_at_thirty_two() {
        let nested = |depth| (0..depth).fold(json!({"S": "x"}), |inner, _| json!({"L": [inner]}));
        assert_eq!(item_size(&json!({ "a": nested(32) })), Some(2 + 32 * 4));
        assert_eq!(item_size(&json!({ "a": nested(33) })), None);
    }

    proptest! {
        #[test]
        fn a_number_keeps_its_size_however_it_is_written(n in -1_000_000_000i64..1_000_000_000, zeros in 0usize..5) {
            let plain = number_size(&n.to_string());
            prop_assert_eq!(number_size(&format!("{n}.{}", "0".repeat(zeros))), plain);
            prop_assert_eq!(number_size(&format!("{n}{}e-{zeros}", "0".repeat(zeros))), plain);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9eE.]{0,12}|\\PC{0,12}") {
            let _ = number_size(&text);
            let _ = item_size(&json!({"a": {"B": text}}));
        }
    }
}
