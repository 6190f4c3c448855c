//! A sentence for each difference that is significant, the largest first.
//!
//! ```text
//! p(99) of `shoppers` falls by 150 ms ± 20 ms, from 208 ms to 58.1 ms
//! throttled requests of `orders` fall by 97 % ± 1 %, from 21,806 to 640
//! the total costs $7.12 ± $0.01 more a month: $2,006.32 instead of $1,999.20
//! ```

use super::paired::Difference;
use crate::report::usd;
use crate::study::table::rounded;

/// In words; none for what is not significant.
pub fn sentences(differences: &[Difference]) -> Vec<String> {
    let mut said: Vec<&Difference> = differences.iter().filter(|one| one.significant).collect();
    said.sort_by(|a, b| relative(b).total_cmp(&relative(a)));
    said.into_iter().map(sentence).collect()
}

/// By what share it changed; infinite for what was nothing.
fn relative(one: &Difference) -> f64 {
    (one.difference / one.base).abs()
}

fn sentence(one: &Difference) -> String {
    let (up, by) = (one.difference > 0.0, one.difference.abs());
    let half = one.half_width.unwrap_or(0.0);
    if one.unit == "usd" {
        let less = if up { "more" } else { "less" };
        return format!("{} costs {} ± {} {less} a month: {} instead of {}", whose(&one.subject), usd(by), usd(half), usd(one.other), usd(one.base));
    }
    let metric = one.metric.replace('_', " ");
    let verb = match (up, metric.ends_with('s')) {
        (true, true) => "rise",
        (true, false) => "rises",
        (false, true) => "fall",
        (false, false) => "falls",
    };
    let ends = format!("from {} to {}", rounded(&one.unit, one.base), rounded(&one.unit, one.other));
    let by = match one.unit.as_str() {
        "count" | "share" if one.base > 0.0 => format!("{} ± {}", share(by / one.base), share(half / one.base)),
        unit => format!("{} ± {}", rounded(unit, by), rounded(unit, half)),
    };
    format!("{metric} of {} {verb} by {by}, {ends}", whose(&one.subject))
}

fn whose(subject: &str) -> String {
    if subject == crate::scenario::TOTAL { "the total".to_owned() } else { format!("`{subject}`") }
}

fn share(of: f64) -> String {
    match of * 100.0 {
        0.0 => "0 %".into(),
        percent if percent < 0.1 => "<0.1 %".into(),
        percent if percent < 10.0 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    }
}
