//! A comparison as what a bot posts on a pull request: the sentences, a folded table, thresholds that got worse first.
//!
//! What breaks and what is mended stands first, since that is what a reviewer must see; all else is folded.

use super::{Against, Comparison, Difference};
use crate::report::escaped;
use crate::study::table::value;

impl Comparison {
    /// The whole of it.
    pub fn markdown(&self) -> String {
        let parts: Vec<String> = self.others.iter().map(|other| against(&self.base, other)).collect();
        let runs = self.replications;
        let how = format!("{runs} pairs of runs with the same luck, seeds from {}", self.study.seeds.first().copied().unwrap_or(1));
        format!("{}\n<sub>coldfront {} · {how} · ± is half of a 95 % interval</sub>\n", parts.join("\n"), self.study.version)
    }
}

fn against(base: &str, other: &Against) -> String {
    let mut out = format!("### {} → {}\n\n", escaped(base), escaped(&other.label));
    for verdict in other.thresholds.iter().filter(|one| one.other < one.of) {
        out += &format!("* ❌ `{}` holds in {} of {} runs\n", verdict.threshold, verdict.other, verdict.of);
    }
    for verdict in other.thresholds.iter().filter(|one| one.other == one.of && one.base.is_some_and(|held| held < one.of)) {
        out += &format!("* ✅ `{}` holds now in all {} runs\n", verdict.threshold, verdict.of);
    }
    match other.sentences.is_empty() {
        true => out += "* No difference is significant.\n",
        false => out += &other.sentences.iter().map(|sentence| format!("* {}\n", dollars(sentence))).collect::<String>(),
    }
    if !other.changes.is_empty() {
        let lines: String = other.changes.iter().map(|change| format!("* {}\n", change.words())).collect();
        out += &format!("\n<details><summary>What changed in the scenario</summary>\n\n{lines}\n</details>\n");
    }
    out + &format!("\n<details><summary>Figures</summary>\n\n{}\n</details>\n", table(other))
}

/// Code hosts take two dollars for a formula.
fn dollars(text: &str) -> String {
    text.replace('$', "\\$")
}

fn table(other: &Against) -> String {
    let row = |one: &Difference| {
        let of = |n: f64| dollars(&value(&one.unit, if one.unit == "count" { n.round() } else { n }));
        let sign = if one.difference < 0.0 { "−" } else { "+" };
        let half = one.half_width.map_or_else(|| "—".to_owned(), of);
        let name = escaped(&format!("{}: {}", one.subject, one.metric));
        let name = if one.significant { format!("**{name}**") } else { name };
        format!("| {name} | {} | {} | {sign}{} ± {half} |\n", of(one.base), of(one.other), of(one.difference.abs()))
    };
    let shown = other.differences.iter().filter(|one| one.key && (one.base != 0.0 || one.other != 0.0));
    format!("| | before | after | difference |\n|---|--:|--:|--:|\n{}", shown.map(row).collect::<String>())
}
