//! What came, what was served, what failed, over time; below it what waits, where there are queues.
//!
//! ```text
//! a second:  offered ── served ── failed         of all workloads; where nobody asks: messages sent, deleted and dead-lettered
//! messages:  visible in all queues
//! ```

use plotters::prelude::RGBColor;

use super::super::{Node, Report, Series};
use super::Chart;
use super::axis::Axis;
use super::canvas::Point;
use super::course::{Course, at, highest};
use super::palette::{BLUE, INK, PURPLE, VERMILION};
use super::sheet::{Key, Mark, Part, Sheet};
use crate::scenario::Scenario;
use crate::service::Spec;

type Line = (&'static str, RGBColor, Vec<Point>);

/// `backlogs` are the messages that queues hold when the run begins: they are counted as sent then, and would dwarf all else.
pub fn chart(report: &Report, backlogs: f64) -> Option<Chart> {
    let course = Course::of(report);
    let asked = asked(report, &course);
    let (title, unit, rates) = match asked.is_empty() {
        false => ("Requests", "requests a second", asked),
        true => ("Messages", "messages a second", messages(report, &course, backlogs)),
    };
    let waiting = waiting(report, &course);
    if highest(rates.iter().map(|(_, _, line)| line)) <= 0.0 && waiting.is_none() {
        return None;
    }
    let waiting_key = waiting.iter().map(|_| Key::new("waiting in queues", Mark::Area, PURPLE));
    let warm_up = report.run.warm_up_s;
    let keys = rates.iter().map(|(name, colour, _)| Key::new(*name, Mark::Line, *colour));
    let keys = keys.chain(waiting_key).chain((warm_up > 0.0).then(Key::warm_up)).collect();
    let mut parts = vec![lines(unit, &rates, if waiting.is_some() { 250.0 } else { 340.0 })];
    parts.extend(waiting.as_ref().map(waiting_part));
    let seen: Vec<&str> = rates.iter().map(|(name, ..)| *name).chain(waiting.iter().map(|_| "waiting")).collect();
    let title = format!("{title} over time: {}", seen.join(", "));
    let sheet = Sheet { title, keys, across: course.axis(), across_name: "simulated time", measured_from: warm_up, parts };
    Some(Chart { name: "traffic".into(), title: sheet.title.clone(), svg: sheet.svg() })
}

fn asked(report: &Report, course: &Course) -> Vec<Line> {
    let sum = |of: fn(&Series) -> &[u32]| {
        let routes = || report.workloads.iter().flat_map(|w| &w.routes);
        course.rate(|k| routes().map(|r| at(of(&r.series), k)).sum())
    };
    let lines: [Line; 3] = [("offered", INK, sum(|s| &s.offered)), ("served", BLUE, sum(|s| &s.ok)), ("failed", VERMILION, sum(|s| &s.failed))];
    drawn(lines)
}

/// Lines that are not nothing all the time.
fn drawn(lines: impl IntoIterator<Item = Line>) -> Vec<Line> {
    lines.into_iter().filter(|(_, _, line)| highest([line]) > 0.0).collect()
}

fn queues(report: &Report) -> impl Iterator<Item = &Node> {
    report.nodes.iter().filter(|node| node.kind == "sqs")
}

/// What queues begin with.
pub fn backlogs(scenario: &Scenario) -> f64 {
    let of = |spec: &Spec| if let Spec::Sqs(queue) = spec { queue.backlog.as_ref().map(|b| f64::from(b.0.messages.value)) } else { None };
    scenario.nodes.iter().filter_map(|(_, spec)| of(spec)).sum()
}

fn messages(report: &Report, course: &Course, backlogs: f64) -> Vec<Line> {
    let less = |name: &str, sum: f64, less: f64| if name == "NumberOfMessagesSent" { (sum - less).max(0.0) } else { sum };
    let sum = |name: &str| {
        let counters = || queues(report).flat_map(|q| &q.counters).filter(|c| c.name == name && c.dimension.is_none());
        course.rate(|k| less(name, counters().map(|c| at(&c.series, k)).sum(), if k == 0 { backlogs } else { 0.0 }))
    };
    drawn([
        ("sent", INK, sum("NumberOfMessagesSent")),
        ("deleted", BLUE, sum("NumberOfMessagesDeleted")),
        ("dead-lettered", VERMILION, sum("DeadLetteredMessages")),
    ])
}

/// Visible messages in queues, but for dead letters, which wait for nothing.
fn waiting(report: &Report, course: &Course) -> Option<Vec<Point>> {
    let is_for_dead = |q: &&Node| report.queues.iter().any(|other| other.dead_lettered.queue.as_ref() == Some(&q.name));
    let gauges = || queues(report).filter(|q| !is_for_dead(q)).flat_map(|q| &q.gauges).filter(|g| g.name == "ApproximateNumberOfMessagesVisible");
    let waiting = course.mean(|k| gauges().map(|g| at(&g.mean_series, k)).sum());
    (highest([&waiting]) > 0.0).then_some(waiting)
}

fn lines<'l>(unit: &str, lines: &'l [Line], height: f64) -> Part<'l> {
    Part {
        head: unit.into(),
        up: Axis::counts(highest(lines.iter().map(|(_, _, line)| line))),
        height,
        draw: Box::new(move |canvas, panel| lines.iter().for_each(|(_, colour, line)| panel.line(canvas, line, *colour, 2.5))),
    }
}

fn waiting_part(waiting: &Vec<Point>) -> Part<'_> {
    Part {
        head: "messages waiting in queues".into(),
        up: Axis::things(highest([waiting])),
        height: 170.0,
        draw: Box::new(move |canvas, panel| {
            let floor: Vec<Point> = waiting.iter().map(|p| (p.0, 0.0)).collect();
            panel.between(canvas, &floor, waiting, super::palette::pale(PURPLE, 0.45));
            panel.line(canvas, waiting, PURPLE, 2.5);
        }),
    }
}
