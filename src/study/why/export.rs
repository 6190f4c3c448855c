//! Blame for other programs and pages: JSON, a row of CSV for each limit and figure, Markdown, and a picture of the shares.
//!
//! ```text
//! limit,subject,metric,unit,base,alone,alone_half_width,significant,blame,blame_half_width,share
//! `orders`' write capacity (50 WCU),shoppers,error_rate,share,0.0883,-0.0812,0.0073,true,-0.0812,0.0073,1
//! ```

use super::Why;
use crate::report::plot::{Bar, Chart, Group, bars};
use crate::study::table::rounded;

impl Why {
    /// As `coldfront.why/1`.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// One row a limit and figure.
    pub fn csv(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        let head = ["limit", "subject", "metric", "unit", "base", "alone", "alone_half_width", "significant", "blame", "blame_half_width", "share"];
        out.write_record(head).unwrap_or(());
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        for (limit, alone) in self.limits.iter().flat_map(|limit| limit.alone.iter().map(move |alone| (limit, alone))) {
            let blame = limit.blame.iter().find(|one| one.subject == alone.subject && one.metric == alone.metric);
            let (change, half, share) = (blame.map(|one| one.change), blame.and_then(|one| one.half_width), blame.and_then(|one| one.share));
            let said = [number(Some(alone.base)), number(Some(alone.difference)), number(alone.half_width), alone.significant.to_string()];
            let [base, by, by_half, significant] = &said;
            let (change, half, share) = (number(change), number(half), number(share));
            out.write_record([&limit.limit, &alone.subject, &alone.metric, &alone.unit, base, by, by_half, significant, &change, &half, &share])
                .unwrap_or(());
        }
        String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// For a page or a pull request.
    pub fn markdown(&self) -> String {
        let mut out = "### What is to blame\n\n".to_owned();
        out += &self.sentences().iter().map(|sentence| format!("* {sentence}\n")).collect::<String>();
        for whole in self.together.iter().filter(|whole| whole.significant) {
            out += &format!("\n| {}: {} | alone | blame | share |\n|---|--:|--:|--:|\n", whole.subject, whole.metric);
            for limit in &self.limits {
                let Some(alone) = limit.alone.iter().find(|one| one.subject == whole.subject && one.metric == whole.metric) else { continue };
                let Some(blame) = limit.blame.iter().find(|one| one.subject == whole.subject && one.metric == whole.metric) else { continue };
                let share = blame.share.map_or_else(String::new, super::text::in_percent);
                out += &format!(
                    "| {} | {} | {} | {share} |\n",
                    limit.limit.replace('|', "\\|"),
                    change(&whole.unit, alone.difference),
                    change(&whole.unit, blame.change)
                );
            }
        }
        let study = &self.study;
        out += &format!(
            "\n<sub>coldfront {} · {} runs of each world, seeds from {}</sub>\n",
            study.version,
            self.replications,
            study.seeds.first().unwrap_or(&0)
        );
        out
    }

    /// Shares of what all limits do together, of each figure that differs; none where nothing does.
    pub fn chart(&self) -> Option<Chart> {
        let group = |whole: &crate::study::compare::Difference| {
            let bar = |limit: &super::Limit| {
                let blame = limit.blame.iter().find(|one| one.subject == whole.subject && one.metric == whole.metric)?;
                let half = blame.half_width.map_or(0.0, |half| (half / whole.difference).abs());
                Some(Bar { name: limit.limit.clone(), value: blame.share?, half_width: half, label: change(&blame.unit, blame.change) })
            };
            let of = if whole.subject == crate::scenario::TOTAL { String::new() } else { format!("{}: ", whole.subject) };
            let title = format!("{of}{}, from {} to {}", whole.metric, rounded(&whole.unit, whole.base), rounded(&whole.unit, whole.other));
            Group { title, bars: self.limits.iter().filter_map(bar).collect() }
        };
        let groups: Vec<Group> = self.together.iter().filter(|whole| whole.significant).map(group).collect();
        bars("blame", "Who is to blame, and for how much of it", &groups)
    }
}

/// A change with its sign.
fn change(unit: &str, by: f64) -> String {
    let sign = if by < 0.0 { "−" } else { "+" };
    format!("{sign}{}", rounded(unit, by.abs()))
}
