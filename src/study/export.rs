//! Several runs for other programs: tidy CSV, one row a run and figure; Markdown, one table.
//!
//! ```text
//! run,subject,metric,unit,value,half_width,min,max,runs
//! shop/bigger_table,shoppers,p(99),s,0.0612,0.0007,0.0601,0.0624,8
//! ```
//!
//! `half_width` is half of the 95 % interval: over replications where there are several, by batch means of the one run else, empty where there is none.

use crate::report::{Figure, escaped, figures};

use super::joint::{Joint, JointRun};
use super::table::{COLUMNS, rows};

impl Joint {
    /// Every figure of every run.
    pub fn csv(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        let mut put = |row: [&str; 9]| out.write_record(row).unwrap_or(());
        put(["run", "subject", "metric", "unit", "value", "half_width", "min", "max", "runs"]);
        for run in &self.runs {
            run.estimates(&mut put);
        }
        String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// The joint table, and what each run says.
    pub fn markdown(&self) -> String {
        let heads: Vec<&str> = COLUMNS.iter().map(|(head, _)| *head).collect();
        let mut out = format!("| run | {} | thresholds |\n|---|{}---|\n", heads.join(" | "), "--:|".repeat(heads.len()));
        for row in rows(self) {
            let cells: Vec<String> = row.cells.iter().map(|cell| escaped(cell)).collect();
            out += &format!("| {} | {} | {} |\n", escaped(&row.label), cells.join(" | "), row.thresholds);
        }
        for run in &self.runs {
            let runs = run.replications.as_ref().map_or(String::new(), |all| format!(", the first of {} runs", all.runs.len()));
            out += &format!("\n**{}**{runs}: {}\n", escaped(&run.label), run.report.verdict.join(" "));
        }
        out
    }
}

impl JointRun {
    fn estimates(&self, put: &mut impl FnMut([&str; 9])) {
        let number = |value: f64| value.to_string();
        let optional = |value: Option<f64>| value.map_or(String::new(), number);
        match &self.replications {
            Some(all) => all.estimates.iter().for_each(|e| {
                put([
                    &self.label,
                    &e.subject,
                    &e.metric,
                    &e.unit,
                    &number(e.mean),
                    &optional(e.half_width),
                    &number(e.min),
                    &number(e.max),
                    &e.runs.to_string(),
                ]);
            }),
            None => figures(&self.report).iter().for_each(|Figure { subject, metric, unit, value, half_width }| {
                let value = number(*value);
                put([&self.label, subject, metric, unit, &value, &optional(*half_width), &value, &value, "1"]);
            }),
        }
    }
}
