//! A validation for other programs and pages: JSON, tidy CSV, Markdown.
//!
//! ```text
//! id,case,file,role,services,metric,unit,measured,simulated,half_width,error,allowed,inside,scored,verdict
//! ```

use super::Validation;

impl Validation {
    /// As `coldfront.validation/1`.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
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
