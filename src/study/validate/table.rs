//! A validation as text: grouped by experiment, a line a figure, then how far off they are by service and role.
//!
//! ```text
//! sqs18-io-500ms-128mb  emergent  sqs lambda  2018
//!   work: drained_at                     5 m 30 s      5 m 24 s ± 2 s      −1.8 %   of ±15 %    ✓
//! ```

use crate::report::{Colour, Style, decimal, shortened};

use super::super::table::value;
use super::{Beside, Group, Metric, Row, Validation, Verdict};

impl Verdict {
    /// `pass`, `fail` or `unscored`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unscored => "unscored",
        }
    }
}

impl Metric {
    /// The measured value in its unit, or what is to hold.
    pub fn measured_text(&self) -> String {
        match (&self.holds, self.measured) {
            (Some(holds), _) => holds.clone(),
            (None, Some(measured)) if !self.series.is_empty() => {
                format!("{} points, {}", self.series.len(), value(&self.unit, rounded(&self.unit, measured)))
            }
            (None, Some(measured)) => value(&self.unit, measured),
            (None, None) => "—".into(),
        }
    }

    /// The mean over runs, with half of its interval.
    pub fn simulated_text(&self) -> String {
        let Some(simulated) = self.simulated else { return "not measured".into() };
        let shown = value(&self.unit, rounded(&self.unit, simulated));
        match self.half_width.filter(|half| *half > 0.0 && half.is_finite()) {
            Some(half) => format!("{shown} ± {}", value(&self.unit, rounded(&self.unit, half))),
            None => shown,
        }
    }

    /// `−1.8 %`.
    pub fn error_text(&self) -> String {
        self.error.map_or_else(|| "—".into(), signed)
    }

    /// `±15 %` where the value has a share, else in its unit.
    pub fn allowed_text(&self) -> String {
        let size = if self.series.is_empty() {
            self.measured.map(f64::abs)
        } else {
            Some(self.series.iter().map(|pair| pair.measured.abs()).sum::<f64>() / self.series.len() as f64)
        };
        match (self.allowed, size.filter(|size| *size > 0.0)) {
            (Some(allowed), Some(size)) => format!("±{} %", decimal(100.0 * allowed / size)),
            (Some(allowed), None) => format!("±{}", value(&self.unit, allowed)),
            (None, _) => String::new(),
        }
    }
}

/// Whole things, where there are many.
fn rounded(unit: &str, number: f64) -> f64 {
    if unit == "count" && number.abs() >= 100.0 { number.round() } else { number }
}

/// A share with its sign.
pub fn signed(share: f64) -> String {
    let percent = share.abs() * 100.0;
    let size = if percent >= 9.95 { format!("{percent:.0}") } else { format!("{percent:.1}") };
    match size.as_str() {
        "0.0" => "0 %".into(),
        _ if share < 0.0 => format!("−{size} %"),
        _ => format!("+{size} %"),
    }
}

impl Row {
    /// The row with its case: `cold-starts 0.05/s`.
    pub fn label(&self) -> String {
        self.case.as_ref().map_or_else(|| self.id.clone(), |case| format!("{} {case}", self.id))
    }
}

impl Validation {
    /// The whole of it for a terminal.
    pub fn text(&self, style: &Style) -> String {
        let mut out = String::new();
        let mut before = None;
        for row in &self.rows {
            if before != Some((&row.file, &row.id)) {
                out += &heading(row, style);
            }
            before = Some((&row.file, &row.id));
            if let Some(case) = &row.case {
                out += &format!("  {}\n", style.dim(case));
            }
            out += &row.metrics.iter().map(|metric| line(metric, style)).collect::<String>();
            if let Some(stopped) = &row.stopped_early {
                out += &format!("    {}\n", style.paint(Colour::Red, &format!("stopped {stopped}")));
            }
        }
        out + &summary(&self.summary.groups, style) + &others(&self.beside, style) + &verdict(self, style)
    }
}

/// What a line has beside the name of its figure: mark, values, error, tolerance.
const FIGURES: usize = 4 + 15 + 22 + 10 + 10;

fn heading(row: &Row, style: &Style) -> String {
    let year = row.year.map_or(String::new(), |year| format!(" · {year}"));
    format!("\n{}  {}\n", style.bold(&row.id), style.dim(&format!("{} · {}{year}", row.role, row.services.join(" "))))
}

fn line(metric: &Metric, style: &Style) -> String {
    let (mark, colour) = match metric.verdict {
        Verdict::Pass => ("✓", Colour::Green),
        Verdict::Fail => ("✗", Colour::Red),
        Verdict::Unscored => ("·", Colour::Grey),
    };
    let (simulated, error) = (metric.simulated_text(), metric.error_text());
    let width = style.columns() - FIGURES;
    let name = shortened(&metric.metric, width);
    let rest = format!("{:>15}  {simulated:>20}  {error:>8}  {:<8}", metric.measured_text(), metric.allowed_text());
    let why = metric.because.as_ref().filter(|_| metric.simulated.is_none());
    let why = why.map_or(String::new(), |why| format!("      {}\n", style.dim(why)));
    format!("  {} {name:<width$}{rest}", style.paint(colour, mark)).trim_end().to_owned() + "\n" + &why
}

fn summary(groups: &[Group], style: &Style) -> String {
    let line = |cells: [&str; 6]| {
        let [service, role, rows, inside, mape, median] = cells;
        format!("  {service:<16}{role:<14}{rows:>6}{inside:>16}{mape:>10}{median:>10}").trim_end().to_owned()
    };
    let percent = |share: Option<f64>| share.map_or_else(|| "—".into(), |share| format!("{:.1} %", share * 100.0));
    let rows = groups.iter().map(|group| {
        let inside = format!("{} of {}", group.inside, group.scored);
        let service = group.service.as_deref().unwrap_or("all");
        line([service, &group.role, &group.rows.to_string(), &inside, &percent(group.mape), &percent(group.median)]) + "\n"
    });
    let head = style.dim(&line(["service", "role", "rows", "inside", "MAPE", "median"]));
    format!("\n{}\n{head}\n", style.heading("Mean absolute error")) + &rows.collect::<String>()
}

fn others(beside: &[Beside], style: &Style) -> String {
    if beside.is_empty() {
        return String::new();
    }
    let line = |one: &Beside| {
        let errors = format!("{:.2} %, {} {:.2} %", one.mape * 100.0, one.by, one.theirs * 100.0);
        format!("  {} · {} ({} rows): {errors}\n", one.id, one.metric, one.rows)
    };
    format!("\n{}\n", style.heading("Mean absolute error beside others'")) + &beside.iter().map(line).collect::<String>()
}

fn verdict(validation: &Validation, style: &Style) -> String {
    let all = &validation.summary;
    let share = if all.scored == 0 { String::new() } else { format!(" ({:.0} %)", 100.0 * all.inside as f64 / all.scored as f64) };
    let unscored = match all.metrics - all.scored {
        0 => String::new(),
        1 => "; one more is not scored".into(),
        more => format!("; {more} more are not scored"),
    };
    let said = format!("{} of {} scored figures are inside their tolerance{share}{unscored}", all.inside, all.scored);
    let colour = if validation.passed() { Colour::Green } else { Colour::Red };
    format!("\n{}\n", style.paint(colour, &said))
}
