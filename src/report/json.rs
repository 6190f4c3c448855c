//! The report as JSON: the data as it is, indented, ending with a line feed. `docs/report.md` describes it.
//! Field names and their order are those of `model`; within one format version fields are only added.

use super::Report;

impl Report {
    /// As `coldfront.report/1`.
    pub fn json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("the report holds only names, numbers and lists");
        json.push('\n');
        json
    }
}
