//! A validation for other programs and pages: JSON, tidy CSV, Markdown.
//!
//! ```text
//! id,case,file,role,services,metric,unit,measured,simulated,half_width,error,allowed,inside,scored,verdict
//! ```
//!
//! The Markdown is in two parts, the figures and what they come to, so that a page can have prose between them.

use crate::report::escaped;
use crate::report::plot::{Chart, Dot, scatter};

use super::{Beside, Metric, Row, Validation, Verdict};

impl Validation {
    /// As `coldfront.validation/1`.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The figures, and what they come to.
    pub fn markdown(&self) -> String {
        self.rows_markdown() + "\n" + &self.summary_markdown()
    }

    /// One line a figure, by role.
    pub fn rows_markdown(&self) -> String {
        let mut out = String::new();
        for (role, title) in ROLES {
            let rows: Vec<&Row> = self.rows.iter().filter(|row| row.role == role && !row.metrics.is_empty()).collect();
            if rows.is_empty() {
                continue;
            }
            let gap = if out.is_empty() { "" } else { "\n" };
            out +=
                &format!("{gap}### {title}\n\n| experiment | figure | measured | simulated | error | allowed | |\n|---|---|--:|--:|--:|--:|---|\n");
            rows.iter().enumerate().for_each(|(at, row)| out += &of_row(row, at.checked_sub(1).map(|before| rows[before])));
        }
        out
    }

    /// Mean errors by service and role.
    pub fn summary_markdown(&self) -> String {
        let percent = |share: Option<f64>| share.map_or_else(|| "—".into(), |share| format!("{:.1} %", share * 100.0));
        let mut out =
            String::from("| service | role | experiments | scored figures inside | | MAPE | median error |\n|---|---|--:|--:|--:|--:|--:|\n");
        for group in &self.summary.groups {
            let share = if group.scored == 0 { "—".into() } else { format!("{:.0} %", 100.0 * group.inside as f64 / group.scored as f64) };
            let service = group.service.as_ref().map_or_else(|| "**all**".into(), |service| format!("`{service}`"));
            let inside = format!("{} of {}", group.inside, group.scored);
            out += &format!(
                "| {service} | {} | {} | {inside} | {share} | {} | {} |\n",
                group.role,
                group.rows,
                percent(group.mape),
                percent(group.median)
            );
        }
        out + &self.beside_markdown()
    }

    /// Mean errors beside those of other simulators, where files name some.
    fn beside_markdown(&self) -> String {
        if self.beside.is_empty() {
            return String::new();
        }
        let line = |one: &Beside| {
            let (ours, theirs) = (one.mape * 100.0, one.theirs * 100.0);
            format!("| {} | `{}` | {} | {ours:.2} % | {} {theirs:.2} % |\n", escaped(&one.id), one.metric, one.rows, escaped(&one.by))
        };
        let head = "\n| experiment | figure | rows | MAPE | beside |\n|---|---|--:|--:|---|\n";
        head.to_owned() + &self.beside.iter().map(line).collect::<String>()
    }

    /// A picture for each service, of what is both measured and simulated.
    pub fn scatters(&self) -> Vec<Chart> {
        let mut services: Vec<&str> = self.rows.iter().flat_map(|row| row.services.iter().map(String::as_str)).collect();
        services.sort_unstable();
        services.dedup();
        let of = |service: &str| {
            let meant = |row: &&Row| row.services.iter().any(|own| own == service);
            let dots: Vec<Dot> = self.rows.iter().filter(meant).flat_map(|row| row.metrics.iter().flat_map(|metric| dots(row, metric))).collect();
            scatter(service, &dots)
        };
        services.into_iter().filter_map(of).collect()
    }

    /// One line a figure.
    pub fn csv(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        let mut put = |row: [&str; 16]| out.write_record(row).unwrap_or(());
        put([
            "id",
            "case",
            "file",
            "role",
            "services",
            "metric",
            "unit",
            "measured",
            "holds",
            "simulated",
            "half_width",
            "error",
            "allowed",
            "inside",
            "scored",
            "verdict",
        ]);
        let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        for (row, metric) in self.metrics() {
            put([
                &row.id,
                row.case.as_deref().unwrap_or_default(),
                &row.file,
                &row.role,
                &row.services.join(" "),
                &metric.metric,
                &metric.unit,
                &number(metric.measured),
                metric.holds.as_deref().unwrap_or_default(),
                &number(metric.simulated),
                &number(metric.half_width),
                &number(metric.error),
                &number(metric.allowed),
                &metric.inside.to_string(),
                &metric.scored.to_string(),
                metric.verdict.word(),
            ]);
        }
        String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
    }
}

/// The roles in the order of a page, with their headings.
const ROLES: [(&str, &str); 3] = [("emergent", "Emergent: predicted"), ("calibration", "Calibration: fitted"), ("rule", "Rules: restated")];

/// The lines of a file or case; the experiment is named where it differs from the one before.
fn of_row(row: &Row, before: Option<&Row>) -> String {
    let line = |(at, metric): (usize, &Metric)| {
        let is_first = at == 0 && before.is_none_or(|before| before.id != row.id || before.file != row.file);
        let case = row.case.as_deref().filter(|_| at == 0).map(escaped);
        let experiment = match (is_first, case) {
            (true, case) => named(row) + &case.map_or(String::new(), |case| format!("<br>{case}")),
            (false, case) => case.unwrap_or_default(),
        };
        let mark = match (metric.verdict, metric.inside) {
            (Verdict::Pass, _) => "✓".to_owned(),
            (Verdict::Fail, _) => "✗".to_owned(),
            (Verdict::Unscored, _) => format!("not scored{}", metric.because.as_ref().map_or(String::new(), |why| format!(": {}", escaped(why)))),
        };
        let [measured, simulated] = [metric.measured_text(), metric.simulated_text()].map(|text| escaped(&text));
        let figure = metric.metric.replace('|', "\\|");
        format!("| {experiment} | `{figure}` | {measured} | {simulated} | {} | {} | {mark} |\n", metric.error_text(), metric.allowed_text())
    };
    row.metrics.iter().enumerate().map(line).collect()
}

/// The experiment, linked to its file and its source.
fn named(row: &Row) -> String {
    let source = match row.source.starts_with("http") {
        true => format!(" ([{}]({}))", row.year.map_or_else(|| "source".into(), |year| year.to_string()), row.source.replace(' ', "%20")),
        false => row.year.map_or(String::new(), |year| format!(" ({year})")),
    };
    format!("[{}]({}){source}", escaped(&row.id), row.file)
}

/// A figure, or the points of a series.
fn dots(row: &Row, metric: &Metric) -> Vec<Dot> {
    let dot = |measured, simulated, is_point| Dot {
        name: row.label(),
        unit: metric.unit.clone(),
        measured,
        simulated,
        inside: metric.inside,
        scored: metric.scored,
        is_point,
    };
    if metric.series.is_empty() {
        return metric.measured.zip(metric.simulated).map(|(measured, simulated)| dot(measured, simulated, false)).into_iter().collect();
    }
    metric.series.iter().filter_map(|pair| pair.simulated.map(|simulated| dot(pair.measured, simulated, true))).collect()
}
