//! The report as comma-separated values: tidy rows, one value each, for notebooks and spreadsheets.
//!
//! ```text
//! time_s,node,dimension,metric,value                 a row for each window and metric; time_s is the window's end
//! 30,shoppers,GET /products,p99_s,0.0531             no value: nothing was answered in that window
//! 30,orders,,WriteThrottleEvents,12
//!
//! subject,metric,unit,value,half_width_95            the figures of the whole run, as thresholds name them
//! shoppers,p(99),s,0.208,0.004
//! ```
//!
//! Left out: the heat rows and histograms, which are in the JSON; zeros that a series ends with are written, so that all series are equally long.

use std::io::{self, Write};

use super::{Counter, Gauge, Limit, Node, Report, Route, Workload, figures};

const SERIES_HEAD: [&str; 5] = ["time_s", "node", "dimension", "metric", "value"];
const FIGURES_HEAD: [&str; 5] = ["subject", "metric", "unit", "value", "half_width_95"];

/// Writes the figures of the whole run.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write_figures(report: &Report, out: impl Write) -> io::Result<()> {
    let mut csv = ::csv::Writer::from_writer(out);
    csv.write_record(FIGURES_HEAD)?;
    for figure in figures(report) {
        let half_width = figure.half_width.map_or_else(String::new, |half| half.to_string());
        csv.write_record([figure.subject.as_str(), &figure.metric, figure.unit, &figure.value.to_string(), &half_width])?;
    }
    csv.flush()
}

/// Writes the series of every workload, route, node and limit.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write_series(report: &Report, out: impl Write) -> io::Result<()> {
    let ends = report.windows.ends_s.iter().map(f64::to_string).collect();
    let mut rows = Rows { csv: ::csv::Writer::from_writer(out), ends };
    rows.csv.write_record(SERIES_HEAD)?;
    for workload in &report.workloads {
        rows.workload(workload)?;
    }
    for node in &report.nodes {
        rows.node(node)?;
    }
    for limit in &report.limits {
        rows.limit(limit)?;
    }
    rows.csv.flush()
}

impl Report {
    /// The figures of the whole run as comma-separated values.
    pub fn csv(&self) -> String {
        let mut bytes = Vec::new();
        // Memory takes everything, and what was put in is text.
        write_figures(self, &mut bytes).unwrap_or(());
        String::from_utf8(bytes).unwrap_or_default()
    }
}

/// One of the counts of a route.
type CountsOf = fn(&Route) -> &[u32];

/// Whose a series is: a node or workload, and the part of it.
type Subject<'s> = (&'s str, &'s str);

struct Rows<W: Write> {
    csv: ::csv::Writer<W>,
    ends: Vec<String>,
}

impl<W: Write> Rows<W> {
    /// One row a window; `None` is an empty value.
    fn series(&mut self, (node, dimension): Subject, metric: &str, value: impl Fn(usize) -> Option<String>) -> io::Result<()> {
        for (k, end) in self.ends.iter().enumerate() {
            self.csv.write_record([end.as_str(), node, dimension, metric, &value(k).unwrap_or_default()])?;
        }
        Ok(())
    }

    /// What is counted: nothing is zero.
    fn counts<T: ToString>(&mut self, subject: Subject, metric: &str, counts: &[T]) -> io::Result<()> {
        self.series(subject, metric, |k| Some(counts.get(k).map_or_else(|| "0".into(), T::to_string)))
    }

    fn workload(&mut self, workload: &Workload) -> io::Result<()> {
        let sum = |of: fn(&Route) -> &[u32], k: usize| workload.routes.iter().filter_map(|r| of(r).get(k)).map(|n| u64::from(*n)).sum::<u64>();
        let counts: [(&str, CountsOf); 3] = [("offered", |r| &r.series.offered), ("ok", |r| &r.series.ok), ("failed", |r| &r.series.failed)];
        for (metric, of) in counts {
            self.series((&workload.name, ""), metric, |k| Some(sum(of, k).to_string()))?;
        }
        match &workload.routes[..] {
            [only] => self.latencies((&workload.name, ""), only)?,
            several => {
                let slowest = |k: usize| several.iter().filter_map(|r| r.series.max_s.get(k)).fold(0.0, |a: f64, b| a.max(*b));
                self.series((&workload.name, ""), "max_s", |k| (slowest(k) > 0.0).then(|| slowest(k).to_string()))?;
            }
        }
        workload.routes.iter().try_for_each(|route| self.route(&workload.name, route))
    }

    fn route(&mut self, workload: &str, route: &Route) -> io::Result<()> {
        let subject = (workload, route.route.as_str());
        self.counts(subject, "offered", &route.series.offered)?;
        self.counts(subject, "ok", &route.series.ok)?;
        self.counts(subject, "failed", &route.series.failed)?;
        self.latencies(subject, route)
    }

    /// Of successful answers, where there were any in the window.
    fn latencies(&mut self, subject: Subject, route: &Route) -> io::Result<()> {
        let series = &route.series;
        let answered = |k: usize| series.ok.get(k).is_some_and(|n| *n > 0);
        for (metric, values) in
            [("p50_s", &series.p50_s), ("p90_s", &series.p90_s), ("p95_s", &series.p95_s), ("p99_s", &series.p99_s), ("max_s", &series.max_s)]
        {
            self.series(subject, metric, |k| values.get(k).filter(|_| answered(k)).map(f64::to_string))?;
        }
        Ok(())
    }

    fn node(&mut self, node: &Node) -> io::Result<()> {
        node.counters.iter().try_for_each(|counter| self.counter(&node.name, counter))?;
        node.gauges.iter().try_for_each(|gauge| self.gauge(&node.name, gauge))
    }

    fn counter(&mut self, node: &str, counter: &Counter) -> io::Result<()> {
        self.counts((node, counter.dimension.as_deref().unwrap_or_default()), &counter.name, &counter.series)
    }

    fn gauge(&mut self, node: &str, gauge: &Gauge) -> io::Result<()> {
        self.series((node, ""), &format!("{}.mean", gauge.name), |k| gauge.mean_series.get(k).map(f32::to_string))?;
        self.series((node, ""), &format!("{}.max", gauge.name), |k| gauge.max_series.get(k).map(f64::to_string))
    }

    fn limit(&mut self, limit: &Limit) -> io::Result<()> {
        self.counts((&limit.node, &limit.name), "refused", &limit.series)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Wiring, sample};
    use super::*;

    fn shop() -> Report {
        Report::new(&sample::record(true), "Checkout, \"on launch day\"", &Wiring::default(), Vec::new(), &[])
    }

    fn read(bytes: &[u8]) -> Vec<Vec<String>> {
        ::csv::Reader::from_reader(bytes).records().map(|row| row.unwrap().iter().map(String::from).collect()).collect()
    }

    fn series(report: &Report) -> Vec<Vec<String>> {
        let mut bytes = Vec::new();
        write_series(report, &mut bytes).unwrap();
        read(&bytes)
    }

    #[test]
    fn every_series_has_a_row_for_each_window() {
        let report = shop();
        let mut lengths = std::collections::BTreeMap::new();
        series(&report).into_iter().for_each(|row| *lengths.entry(row[1..4].to_vec()).or_insert(0) += 1);
        assert!(lengths.values().all(|n| *n == report.windows.ends_s.len()), "{lengths:?}");
        assert!(lengths.contains_key(&["list_products", "", "ConcurrentExecutions.max"].map(String::from)[..]));
    }

    #[test]
    fn rows_add_up_to_the_report() {
        let report = shop();
        let rows = series(&report);
        let sum = |key: [&str; 3]| rows.iter().filter(|row| row[1..4] == key).map(|row| row[4].parse::<f64>().unwrap()).sum::<f64>();
        let offered = report.workloads[0].routes.iter().flat_map(|r| &r.series.offered).map(|n| f64::from(*n)).sum::<f64>();
        assert_eq!(sum(["shoppers", "", "offered"]), offered);
        assert_eq!(sum(["api", "stage", "refused"]), report.limits.iter().find(|l| l.name == "stage").unwrap().refused as f64);
    }

    #[test]
    fn a_window_without_answers_has_no_latency() {
        let rows = series(&shop());
        let empty = rows.iter().filter(|row| row[3] == "p99_s" && row[4].is_empty()).count();
        let zero = rows.iter().filter(|row| row[3] == "p99_s" && row[4] == "0").count();
        assert!(zero == 0, "{empty} empty, {zero} zero");
    }

    #[test]
    fn figures_read_back() {
        let report = shop();
        let rows = read(report.csv().as_bytes());
        assert_eq!(rows.len(), figures(&report).len());
        let p99 = rows.iter().find(|row| row[0] == "shoppers" && row[1] == "p(99)").unwrap();
        let wanted = report.workloads[0].total.latency.percentiles.iter().find(|p| p.percent == 99.0).unwrap().value_s;
        assert_eq!((p99[2].as_str(), p99[3].parse::<f64>().unwrap()), ("s", wanted));
    }

    #[test]
    fn names_with_commas_and_quotes_are_quoted() {
        let mut report = shop();
        report.workloads[0].name = "a,\"b\"".into();
        assert_eq!(read(report.csv().as_bytes())[0][0], "a,\"b\"");
        assert_eq!(series(&report)[0][1], "a,\"b\"");
    }

    #[test]
    fn nothing_has_only_a_head() {
        let report = Report::new(&crate::metrics::Record::default(), "nothing", &Wiring::default(), Vec::new(), &[]);
        assert_eq!(report.csv(), "subject,metric,unit,value,half_width_95\n");
        assert!(series(&report).is_empty());
    }
}
