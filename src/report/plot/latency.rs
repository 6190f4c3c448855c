//! Latency by percentile, on the axis of nines: a line for each route, and what thresholds ask for.
//!
//! ```text
//! x = log10(1 / (1 − p))       0 %    90 %    99 %    99.9 %        y = latency, by ratio
//! thick: at least ten answers lie beyond; thin: fewer, so an accident of this run
//! ```
//!
//! Where no client asks, or work goes on after the answer, the times of queues and functions are drawn as well. Left out: failures.

use super::super::ThresholdResult;
use super::axis::{Axis, nines};
use super::canvas::{Canvas, Point};
use super::course::folded;
use super::palette::{INK, LINES, PAPER};
use super::sheet::{Key, Mark, Panel, Part, Sheet};
use super::{Chart, Scene};
use crate::metrics::{Distribution, Record};
use crate::units::Time;

/// Thresholds that are drawn.
const BOUNDS: usize = 3;
/// Where a line has a point, on the axis of nines.
const STEP: f64 = 0.02;
/// Who waits for less than this does not wait.
const WORTH: Time = Time::from_millis(1);
/// How many times quicker than the slowest answer the quickest of the picture may be.
const SPAN: f64 = 1e5;
/// The share of answers that may lie below the picture.
const QUICKEST: f64 = 0.05;

struct Line {
    name: String,
    distribution: Distribution,
}

/// A threshold on a percentile: where it stands.
struct Bound {
    at: Point,
    key: Key,
}

pub fn chart(scene: &Scene) -> Option<Chart> {
    let lines = shown(lines(scene.record));
    let longest = lines.iter().map(|line| end(&line.distribution)).fold(0.0, f64::max);
    if lines.is_empty() {
        return None;
    }
    let bounds: Vec<Bound> = scene.report.thresholds.iter().filter_map(bound).take(BOUNDS).collect();
    let across = Axis::nines(bounds.iter().map(|b| b.at.0).fold(longest.max(1.0), f64::max).min(6.0));
    let courses: Vec<Course> = lines.iter().map(|line| course(&line.distribution, across.to)).collect();
    let colours = |i: usize| LINES[i.min(LINES.len() - 1)];
    let keys = lines.iter().enumerate().map(|(i, line)| Key::new(line.name.clone(), Mark::Line, colours(i)));
    let sheet = Sheet {
        title: "Latency by percentile".into(),
        keys: keys.chain(bounds.iter().map(|b| b.key.clone())).collect(),
        across_name: "percentile of answers (thin: fewer than ten answers lie beyond)",
        measured_from: 0.0,
        parts: vec![Part {
            head: "latency".into(),
            up: upright(&courses, &bounds),
            height: 360.0,
            draw: Box::new(|canvas, panel| {
                courses.iter().enumerate().for_each(|(i, course)| course.draw(canvas, panel, colours(i)));
                bounds.iter().for_each(|bound| bound.draw(canvas, panel));
            }),
        }],
        across,
    };
    Some(Chart { name: "latency".into(), title: sheet.title.clone(), svg: sheet.svg() })
}

/// Routes, and the times of work that nobody waits for.
fn lines(record: &Record) -> Vec<Line> {
    let routes = record.routes.iter().map(|r| (format!("{} {}", r.workload, r.route).trim_end().to_owned(), &r.answers.ok));
    let named = |name: &str| match name {
        "EndToEnd" => Some("from the request to the end of"),
        "TimeInQueue" => Some("time in"),
        _ => None,
    };
    let services = record.nodes.iter().filter(|node| node.kind != "workload");
    let later =
        services.flat_map(|node| node.latencies.iter().filter_map(move |l| Some((format!("{} {}", named(l.name)?, node.name), &l.distribution))));
    let later = later.filter(|(_, distribution)| distribution.quantile(0.5) >= WORTH);
    let all = routes.chain(later).filter(|(_, distribution)| !distribution.is_empty());
    all.map(|(name, distribution)| Line { name, distribution: distribution.clone() }).collect()
}

/// Those with most answers; the others as one.
fn shown(mut lines: Vec<Line>) -> Vec<Line> {
    let weights: Vec<f64> = lines.iter().map(|line| line.distribution.count() as f64).collect();
    let (_, rest) = folded(&weights);
    if rest.is_empty() {
        return lines;
    }
    let mut others = Line { name: format!("{} others, together", rest.len()), distribution: Distribution::default() };
    for index in rest.into_iter().rev() {
        others.distribution.merge(&lines.remove(index).distribution);
    }
    lines.push(others);
    lines
}

/// How far to the right a distribution tells anything: to its largest value.
fn end(distribution: &Distribution) -> f64 {
    libm::log10(distribution.count().max(1) as f64)
}

/// A line in two parts, the second of which few answers speak for.
struct Course {
    /// The axis begins near here: the quickest few answers would only press the rest together.
    low: f64,
    supported: Vec<Point>,
    rest: Vec<Point>,
}

fn course(distribution: &Distribution, to: f64) -> Course {
    let last = end(distribution).min(to);
    let steps = (last / STEP).ceil().max(1.0) as u32;
    let low = distribution.quantile(QUICKEST).as_secs_f64().max(1e-5);
    let mut course = Course { low, supported: Vec::new(), rest: Vec::new() };
    for k in 0..=steps {
        let x = (f64::from(k) * STEP).min(last);
        let share = if k == steps && last >= end(distribution) { 1.0 } else { 1.0 - libm::pow(10.0, -x) };
        let point = (x, distribution.quantile(share).as_secs_f64().max(1e-6));
        if distribution.supports(share) { course.supported.push(point) } else { course.rest.push(point) }
    }
    // The thin part goes on where the thick one ends.
    course.rest.splice(0..0, course.supported.last().copied());
    course
}

impl Course {
    fn draw(&self, canvas: &mut Canvas, panel: &Panel, colour: plotters::prelude::RGBColor) {
        panel.line(canvas, &self.supported, colour, 3.0);
        panel.line(canvas, &self.rest, colour, 1.5);
    }
}

/// `p(99) < 300 ms` of clients.
fn bound(threshold: &ThresholdResult) -> Option<Bound> {
    let percent: f64 = threshold.metric.strip_prefix("p(")?.strip_suffix(')')?.parse().ok()?;
    let value = Time::from_secs_f64(threshold.bound);
    let name = format!("{}: {} {} {value}", threshold.target, threshold.metric, threshold.op);
    Some(Bound { at: (nines(percent / 100.0), threshold.bound), key: Key::new(name, Mark::Dashes, INK) })
}

impl Bound {
    /// The bound, and a diamond at its percentile.
    fn draw(&self, canvas: &mut Canvas, panel: &Panel) {
        panel.bound(canvas, self.at.1, INK);
        let (x, y) = panel.at(self.at);
        let diamond = |r: f64| [(x - r, y), (x, y - r), (x + r, y), (x, y + r)];
        canvas.area(&diamond(10.0), PAPER);
        canvas.area(&diamond(7.0), INK);
    }
}

fn upright(courses: &[Course], bounds: &[Bound]) -> Axis {
    let asked = || bounds.iter().map(|bound| bound.at.1);
    let values = courses.iter().flat_map(|course| course.supported.iter().chain(&course.rest)).map(|p| p.1);
    let high = values.chain(asked()).fold(0.0, f64::max);
    let low = courses.iter().map(|course| course.low).chain(asked()).fold(f64::INFINITY, f64::min);
    Axis::durations(low.max(high / SPAN), high)
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn a_line_passes_through_the_percentiles() {
        let record = sample::record(true);
        let distribution = &record.routes[0].answers.ok;
        let course = course(distribution, 6.0);
        let near = course.supported.iter().min_by(|a, b| (a.0 - 2.0).abs().total_cmp(&(b.0 - 2.0).abs())).unwrap();
        let p99 = distribution.quantile(0.99).as_secs_f64();
        assert!((near.1 / p99 - 1.0).abs() < 0.05, "{near:?} for {p99}");
        assert_eq!(course.rest.last().unwrap().1, distribution.max().as_secs_f64());
    }

    #[test]
    fn only_percentiles_of_clients_are_bounds() {
        let held = |metric: &str| ThresholdResult {
            target: "shoppers".into(),
            metric: metric.into(),
            op: "<".into(),
            unit: "s".into(),
            bound: 0.3,
            actual: None,
            passed: false,
        };
        assert_eq!(bound(&held("p(99)")).map(|b| b.key.name), Some("shoppers: p(99) < 300 ms".into()));
        assert!(bound(&held("error_rate")).is_none() && bound(&held("p(99, end_to_end)")).is_none());
    }

    #[test]
    fn many_lines_are_folded_and_none_is_lost() {
        let line = |i: u64| {
            let mut distribution = Distribution::default();
            distribution.record_many(Time::from_millis(1), i + 1);
            Line { name: i.to_string(), distribution }
        };
        let lines = shown((0..20).map(line).collect());
        assert_eq!((lines.len(), lines[7].name.as_str()), (8, "13 others, together"));
        assert_eq!(lines.iter().map(|l| l.distribution.count()).sum::<u64>(), 210);
    }
}
