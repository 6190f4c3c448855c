//! A sweep as text, tidy CSV and JSON: one row a point.
//!
//! ```text
//! point,nodes.desk.slots,thresholds_held,runs,visitors: p(99),visitors: p(99) ±,…        an empty cell: not measured
//! ```

use super::{Row, Sweep};
use crate::document::Diagnostic;
use crate::report::{Figure, Style, count, plural, wrapped};
use crate::scenario::{COST_MONTHLY, Sources, TOTAL};
use crate::study::table::rounded;
use crate::study::{Estimate, Pick};

/// Points that are listed in text.
const LISTED: usize = 40;
/// Workloads that are shown where no figure is asked for.
const WORKLOADS: usize = 2;

/// Units that figures have, as they live as long as the program.
const UNITS: [&str; 5] = ["s", "share", "1/s", "usd", "count"];

impl Sweep {
    /// As `coldfront.sweep/1`.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The results file of all points.
    pub fn lines(&self) -> String {
        let rows = self.rows.iter().map(|row| row.line() + "\n");
        std::iter::once(self.plan.line() + "\n").chain(rows).collect()
    }

    /// All figures of all points.
    pub fn csv(&self) -> String {
        let mut names: Vec<(&str, &str)> = Vec::new();
        for one in self.rows.iter().flat_map(|row| &row.estimates) {
            if !names.contains(&(&one.subject, &one.metric)) {
                names.push((&one.subject, &one.metric));
            }
        }
        let mut out = csv::Writer::from_writer(Vec::new());
        let head = ["point"].into_iter().map(str::to_owned).chain(self.plan.knobs.iter().cloned());
        let head = head.chain(["thresholds_held".to_owned(), "runs".to_owned()]);
        let figures = names.iter().flat_map(|(subject, metric)| [format!("{subject}: {metric}"), format!("{subject}: {metric} ±")]);
        out.write_record(head.chain(figures)).unwrap_or(());
        for row in &self.rows {
            let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
            let own = std::iter::once(row.point.to_string()).chain(row.values.iter().cloned()).chain([held(row), row.runs.to_string()]);
            let cells = names.iter().flat_map(|(subject, metric)| {
                let one = row.estimate(subject, metric);
                [number(one.map(|one| one.mean)), number(one.and_then(|one| one.half_width))]
            });
            out.write_record(own.chain(cells)).unwrap_or(());
        }
        String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// The figures that are shown: those that are named, or the p99 and failures of workloads and a month's costs.
    ///
    /// # Errors
    /// E186 where one is named that no run measures.
    pub fn picks(&self, names: &[String]) -> Result<Vec<Pick>, Vec<(Diagnostic, Sources)>> {
        let Some(first) = self.rows.first() else { return Ok(Vec::new()) };
        if names.is_empty() {
            return Ok(self.usual());
        }
        let unit = |unit: &str| UNITS.into_iter().find(|known| *known == unit).unwrap_or("count");
        let figure = |one: &Estimate| Figure {
            subject: one.subject.clone(),
            metric: one.metric.clone(),
            unit: unit(&one.unit),
            value: one.mean,
            half_width: one.half_width,
        };
        let figures: Vec<Figure> = first.estimates.iter().map(figure).collect();
        let mut wrong = Vec::new();
        let found = names.iter().filter_map(|name| Pick::of(name, &figures).map_err(|error| wrong.push(*error)).ok()).collect();
        if wrong.is_empty() { Ok(found) } else { Err(wrong) }
    }

    fn usual(&self) -> Vec<Pick> {
        let all = || self.rows.iter().flat_map(|row| &row.estimates);
        let mut workloads: Vec<&str> = Vec::new();
        all().filter(|one| one.metric == "error_rate" && !one.subject.contains(' ')).for_each(|one| {
            if !workloads.contains(&one.subject.as_str()) {
                workloads.push(&one.subject);
            }
        });
        let names = workloads.iter().take(WORKLOADS).flat_map(|workload| [(*workload, "p(99)"), (*workload, "error_rate")]);
        let is_any = |(subject, metric): &(&str, &str)| all().any(|one| one.subject == *subject && one.metric == *metric && one.max != 0.0);
        let names = names.chain([(TOTAL, COST_MONTHLY)]).filter(is_any);
        names.map(|(subject, metric)| Pick { subject: subject.to_owned(), metric: metric.to_owned() }).collect()
    }

    /// For a terminal: what is least where, which points keep the thresholds, and a table.
    pub fn text(&self, picks: &[Pick], style: &Style) -> String {
        let (done, of) = (self.rows.len(), self.plan.points);
        let whole = if done < of { format!("{} of {}", count(done as u64), plural(of as u64, "point")) } else { plural(of as u64, "point") };
        let runs = plural(self.plan.study.seeds.len() as u64, "run");
        let mut out = style.dim(&format!("{whole}, {runs} each with the same luck; ± is half of a 95 % interval")) + "\n\n";
        let mut said: Vec<String> = picks.iter().filter_map(|pick| self.least(pick)).collect();
        said.extend(self.feasible());
        said.iter().for_each(|sentence| out += &wrapped(sentence, style.columns(), ""));
        out + "\n" + &self.table(picks, style)
    }

    fn least(&self, pick: &Pick) -> Option<String> {
        let of = |row: &Row| row.estimate(&pick.subject, &pick.metric).map(|one| one.mean);
        let measured = || self.rows.iter().filter(|row| of(row).is_some());
        let first = measured().reduce(|best, row| if of(row) < of(best) { row } else { best })?;
        let last = measured().reduce(|worst, row| if of(row) > of(worst) { row } else { worst })?;
        let value = |row: &Row| row.estimate(&pick.subject, &pick.metric).map_or_else(String::new, |one| rounded(&one.unit, one.mean));
        if of(first) == of(last) {
            return Some(format!("{} is {} everywhere.", pick.name(), value(first)));
        }
        Some(format!("{} is least with {}: {}; it is most with {}: {}.", pick.name(), self.at(first), value(first), self.at(last), value(last)))
    }

    /// How many points keep all thresholds, and which of these is the cheapest.
    fn feasible(&self) -> Option<String> {
        if self.rows.iter().all(|row| row.thresholds.is_empty()) {
            return None;
        }
        let keeping: Vec<&Row> = self.rows.iter().filter(|row| row.keeps()).collect();
        let many = format!("{} of {} keep all thresholds in every run", keeping.len(), plural(self.rows.len() as u64, "point"));
        let cost = |row: &Row| row.estimate(TOTAL, COST_MONTHLY).map_or(f64::INFINITY, |one| one.mean);
        let cheapest = keeping.into_iter().reduce(|best, row| if cost(row) < cost(best) { row } else { best });
        let priced = cheapest.filter(|row| cost(row).is_finite() && cost(row) > 0.0);
        Some(priced.map_or_else(
            || format!("{many}."),
            |row| format!("{many}; the cheapest of them is {}: {} a month.", self.at(row), rounded("usd", cost(row))),
        ))
    }

    /// `slots=2, memory=512 MB`.
    fn at(&self, row: &Row) -> String {
        let short = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
        let names = self
            .plan
            .knobs
            .iter()
            .map(|path| if self.plan.knobs.iter().filter(|other| short(other) == short(path)).count() > 1 { path.clone() } else { short(path) });
        names.zip(&row.values).map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
    }

    fn table(&self, picks: &[Pick], style: &Style) -> String {
        let mut lines =
            vec![self.plan.knobs.iter().cloned().chain(picks.iter().map(Pick::name)).chain(["thresholds".to_owned()]).collect::<Vec<_>>()];
        for row in self.rows.iter().take(LISTED) {
            let figures = picks.iter().map(|pick| row.estimate(&pick.subject, &pick.metric).map_or_else(|| "—".to_owned(), cell));
            let held = if row.thresholds.is_empty() { String::new() } else { held(row) };
            lines.push(row.values.iter().cloned().chain(figures).chain([held]).collect());
        }
        if self.rows.iter().all(|row| row.thresholds.is_empty()) {
            lines.iter_mut().for_each(|line| line.truncate(line.len() - 1));
        }
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
        let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
        let aligned = |line: &Vec<String>| line.iter().zip(&widths).map(|(cell, width)| format!("  {cell:>width$}")).collect::<String>();
        let mut out = style.dim(&aligned(&lines[0])) + "\n";
        lines[1..].iter().for_each(|line| out += &format!("{}\n", aligned(line)));
        if self.rows.len() > LISTED {
            out += &style.dim(&format!(
                "  and {} more; `--format csv` has all of them, with all figures\n",
                plural((self.rows.len() - LISTED) as u64, "point")
            ));
        }
        out
    }
}

/// In how many of the runs all thresholds held, at most: the least of them.
fn held(row: &Row) -> String {
    let least = row.thresholds.iter().map(|one| one.held).min();
    least.map_or_else(String::new, |least| format!("{least}/{}", row.runs))
}

fn cell(one: &Estimate) -> String {
    let half = one.half_width.filter(|half| *half > 0.0).map_or_else(String::new, |half| format!(" ± {}", rounded(&one.unit, half)));
    rounded(&one.unit, one.mean) + &half
}
