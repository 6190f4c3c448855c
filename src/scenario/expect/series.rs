//! Measured values over time: points in the file, or a CSV of them, such as CloudWatch exports.
//!
//! ```text
//! t_min,instances          series: { file: ramp.csv, time: t_min, time_unit: min, value: instances }
//! 0.5,35                   a date counts from the file's earliest: 2026-05-01T12:00:00Z, 2026/05/01 12:00:00
//! ```
//!
//! With a `period` a value is of the time from its instant to the next, as CloudWatch's are; without, of the window that holds the instant. Lines above
//! that with the names of both columns are passed over, and so are lines without a value.

use super::{Measured, Named, Point, unit};
use crate::document::{Data, Diagnostic, Read, Reading, Shape, Shapes, Span, Spanned, Value};
use crate::mechanism::trace::date_time;
use crate::scenario::Scenario;
use crate::units::Time;

crate::spec! {
    /// Where values over time are, as the file has it.
    pub struct Series: "a file of values over time" {
        /// A CSV file, found from the folder of this one.
        file: Spanned<String>,
        /// The name of the column of times.
        time: String = "time".into(),
        /// What the column of times counts; dates need none.
        time_unit: String = "s".into(),
        /// The name of the column of values.
        value: String = "value".into(),
        /// What the column of values is in, such as `ms` or `%`; default: none.
        unit: Option<String> = None,
        /// What is added to the times, to come to the time since the start of the run.
        offset: Time = Time::ZERO,
        /// How long each value is of, such as `1m`; default: the window of the run that holds its instant.
        period: Option<Spanned<Time>> = None,
    }
}

/// `[ [ 30s, 35 ], … ]`.
#[derive(Clone, Debug)]
pub struct Points(Vec<(Spanned<Time>, Spanned<String>)>);

impl Read for Points {
    fn expected() -> String {
        "a list of points, each a time and a value: `[ [ 30s, 35 ], [ 60s, 66 ] ]`".into()
    }

    fn shape(_: &mut Shapes) -> Shape {
        Shape::list(Shape::list(Shape::scalar()))
    }

    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let Data::List(items) = &value.data else { return reading.mismatch(value, &Self::expected()) };
        let point = |item: &Value, reading: &mut Reading| match &item.data {
            Data::List(both) if both.len() == 2 => {
                let (at, value) = (Spanned::read(&both[0], reading), Spanned::read(&both[1], reading));
                Some((at?, value?))
            }
            _ => reading.mismatch(item, "a time and a value: `[ 30s, 35 ]`"),
        };
        let read: Vec<Option<_>> = items.iter().map(|item| point(item, reading)).collect();
        read.into_iter().collect::<Option<_>>().map(Self)
    }
}

/// A time and a value, as text with its unit.
type Row = (Time, Spanned<String>);

pub fn rows(points: &Points) -> Vec<Row> {
    points.0.iter().map(|(at, value)| (at.value, value.clone())).collect()
}

/// The rows of a file (complaints E041, E127).
pub fn from_file(series: &Series, named: &Named, scenario: &Scenario, reading: &mut Reading) -> Option<Vec<Row>> {
    if let Some(period) = &series.period {
        named.fits(period, scenario, reading).then_some(())?;
    }
    let bytes = reading.file("the series", &series.file)?;
    match parsed(&bytes, series) {
        Ok(rows) => Some(rows),
        Err(why) => {
            let diagnostic = Diagnostic::error("E127", series.file.span, format!("the series `{}` cannot be understood: {why}", series.file.value));
            reading.push(diagnostic.label("this file").hint("name its columns: `series: { file: day.csv, time: timestamp, value: invocations }`"));
            None
        }
    }
}

fn parsed(bytes: &[u8], series: &Series) -> Result<Vec<Row>, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let (mut columns, mut found) = (None, Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let Some((time, value)) = columns else {
            let column = |name: &str| record.iter().position(|cell| cell.trim_start_matches('\u{feff}') == name);
            columns = column(&series.time).zip(column(&series.value));
            continue;
        };
        let cells = record.get(time).zip(record.get(value)).filter(|(_, value)| !value.is_empty());
        let Some((time, value)) = cells else { continue };
        found.push((nanos(time, &series.time_unit).map_err(|why| format!("line {line}: {why}"))?, value.to_owned()));
    }
    let Some(earliest) = found.iter().map(|((nanos, _), _)| *nanos).min() else {
        return Err(match columns {
            Some(_) => "it has no values".into(),
            None => format!("no line has the columns `{}` and `{}`", series.time, series.value),
        });
    };
    let unit = series.unit.as_deref().unwrap_or_default();
    let row = |((nanos, is_date), value): ((i64, bool), String)| {
        let since = if is_date { nanos - earliest } else { nanos };
        (Time::from_nanos(since.max(0) as u64).saturating_add(series.offset), Spanned { value: value + unit, span: series.file.span })
    };
    Ok(found.into_iter().map(row).collect())
}

/// Nanoseconds, and whether they are since 1970 rather than since the start.
fn nanos(text: &str, unit: &str) -> Result<(i64, bool), String> {
    let date = text.replace('/', "-");
    if let Some(nanos) = date_time(&date).or_else(|| date_time(&format!("{date}Z"))) {
        return Ok((nanos, true));
    }
    let since = Time::parse(&format!("{text}{unit}")).or_else(|_| Time::parse(text));
    let since = since.map_err(|_| format!("`{text}` is neither a number of `{unit}` nor a date such as 2026-05-01T12:00:00Z"))?;
    Ok((since.as_nanos().min(i64::MAX as u64) as i64, false))
}

/// The points in the order of time, each with what is measured there; complaints E116, E117, E127.
pub fn measured(
    rows: Vec<Row>,
    period: Option<Spanned<Time>>,
    span: Span,
    named: &Named,
    scenario: &Scenario,
    reading: &mut Reading,
) -> Option<(Measured, &'static str)> {
    if !named.is_kept() {
        let diagnostic = Diagnostic::error("E117", span, format!("`{}` is measured over the whole run, not at instants", named.written()));
        reading.push(
            diagnostic.label("not kept by window").hint("over time there are levels and counts of nodes, and rates and quantiles of workloads"),
        );
        return None;
    }
    let (run, length) = (scenario.duration.value, period.as_ref().map(|period| period.value));
    let (mut points, mut last) = (Vec::new(), "count");
    for (at, text) in rows {
        if at.saturating_add(length.unwrap_or_default()) > run {
            let diagnostic = Diagnostic::error("E116", span, format!("the point at {at} lies beyond a run of {run}"));
            reading.push(diagnostic.label("no part of the run").hint("let the run be as long as the series, or cut the series"));
            return None;
        }
        let bound = named.bound(&text, reading)?;
        last = unit(bound);
        points.push(Point { at, value: bound.as_f64(), metric: named.at(at, length) });
    }
    points.sort_by_key(|point| point.at);
    if points.is_empty() {
        reading
            .push(Diagnostic::error("E127", span, "a series has at least one point").label("nothing in it").hint("write `points: [ [ 30s, 35 ] ]`"));
        return None;
    }
    Some((Measured::Series(points), last))
}
