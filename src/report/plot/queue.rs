//! A queue over time: how many messages are visible, in flight and delayed, and how old the oldest is.
//!
//! ```text
//! messages    ── visible   ── in flight   ── delayed          means of windows
//! age         ── of the oldest message                        the highest of each window
//! ```
//!
//! One chart for each of the six queues with the most messages; queues that never held anything have none.

use plotters::prelude::RGBColor;

use super::super::slug::slug;
use super::super::{Gauge, Node, Report};
use super::Chart;
use super::axis::Axis;
use super::canvas::Point;
use super::course::{Course, at, highest};
use super::palette::{BLUE, ORANGE, PURPLE, VERMILION};
use super::sheet::{Key, Mark, Part, Sheet};

const SHOWN: usize = 6;
const LEVELS: [(&str, &str, RGBColor); 3] = [
    ("ApproximateNumberOfMessagesVisible", "visible", PURPLE),
    ("ApproximateNumberOfMessagesNotVisible", "in flight", BLUE),
    ("ApproximateNumberOfMessagesDelayed", "delayed", ORANGE),
];

pub fn charts(report: &Report) -> Vec<Chart> {
    let mut queues: Vec<(f64, &Node)> = report.nodes.iter().filter(|n| n.kind == "sqs").map(|n| (peak(n), n)).filter(|(n, _)| *n > 0.0).collect();
    queues.sort_by(|a, b| b.0.total_cmp(&a.0));
    queues.truncate(SHOWN);
    queues.into_iter().map(|(_, node)| chart(report, node)).collect()
}

fn gauge<'n>(node: &'n Node, name: &str) -> Option<&'n Gauge> {
    node.gauges.iter().find(|g| g.name == name)
}

fn peak(node: &Node) -> f64 {
    LEVELS.iter().filter_map(|(name, ..)| gauge(node, name)).flat_map(|g| &g.max_series).fold(0.0, |a, b| a.max(*b))
}

fn chart(report: &Report, node: &Node) -> Chart {
    let course = Course::of(report);
    let level = |(name, label, colour): &(&str, &'static str, RGBColor)| {
        let line = gauge(node, name).map(|g| course.mean(|k| at(&g.mean_series, k)))?;
        (highest([&line]) > 0.0).then_some((*label, *colour, line))
    };
    let lines: Vec<_> = LEVELS.iter().filter_map(level).collect();
    let age = gauge(node, "ApproximateAgeOfOldestMessage").map(|g| course.most(|k| at(&g.max_series, k))).filter(|line| highest([line]) > 0.0);
    let warm_up = report.run.warm_up_s;
    let keys = lines.iter().map(|(name, colour, _)| Key::new(*name, Mark::Line, *colour));
    let keys =
        keys.chain(age.iter().map(|_| Key::new("age of the oldest", Mark::Line, VERMILION))).chain((warm_up > 0.0).then(Key::warm_up)).collect();
    let mut parts = vec![Part {
        head: "messages".into(),
        up: Axis::things(highest(lines.iter().map(|(_, _, line)| line))),
        height: if age.is_some() { 230.0 } else { 340.0 },
        draw: Box::new(|canvas, panel| lines.iter().for_each(|(_, colour, line)| panel.line(canvas, line, *colour, 2.5))),
    }];
    parts.extend(age.as_ref().map(part));
    let title = format!("Queue {}: depth and age", node.name);
    let sheet = Sheet { title, keys, across: course.axis(), across_name: "simulated time", measured_from: warm_up, parts };
    Chart { name: format!("queue-{}", slug(&node.name)), title: sheet.title.clone(), svg: sheet.svg() }
}

fn part(age: &Vec<Point>) -> Part<'_> {
    Part {
        head: "age of the oldest message".into(),
        up: Axis::ages(highest([age])),
        height: 170.0,
        draw: Box::new(move |canvas, panel| panel.line(canvas, age, VERMILION, 2.5)),
    }
}
