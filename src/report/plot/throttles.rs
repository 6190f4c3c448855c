//! Which limit refused how much, and when: refusals a second, by cause, on top of one another.
//!
//! ```text
//! ▆▆ orders' write capacity (15 WCU)   ▆▆ place_order's reserved concurrency (50)        at most eight, the rest as one
//! ```

use plotters::prelude::RGBColor;

use super::super::{Limit, Report};
use super::Chart;
use super::axis::Axis;
use super::canvas::{Canvas, Point};
use super::course::{Course, at, folded, highest};
use super::palette::{GREY, LINES};
use super::sheet::{Key, Mark, Panel, Part, Sheet};

struct Layer {
    key: Key,
    lower: Vec<Point>,
    upper: Vec<Point>,
}

pub fn chart(report: &Report) -> Option<Chart> {
    let course = Course::of(report);
    let layers = layers(report, &course);
    let top = layers.last()?.upper.clone();
    let warm_up = report.run.warm_up_s;
    let keys = layers.iter().map(|layer| layer.key.clone()).chain((warm_up > 0.0).then(Key::warm_up)).collect();
    let sheet = Sheet {
        title: "What limits refused over time, by cause".into(),
        keys,
        across: course.axis(),
        across_name: "simulated time",
        measured_from: warm_up,
        parts: vec![Part {
            head: if layers.len() > 1 { "refusals a second, on top of one another".into() } else { "refusals a second".into() },
            up: Axis::counts(highest([&top])),
            height: 340.0,
            draw: Box::new(|canvas, panel| layers.iter().for_each(|layer| layer.draw(canvas, panel, &course))),
        }],
    };
    Some(Chart { name: "throttles".into(), title: sheet.title.clone(), svg: sheet.svg() })
}

fn layers(report: &Report, course: &Course) -> Vec<Layer> {
    let weights: Vec<f64> = report.limits.iter().map(|limit| limit.refused as f64).collect();
    let (shown, rest) = folded(&weights);
    let mut groups: Vec<(String, RGBColor, Vec<&Limit>)> =
        shown.iter().enumerate().map(|(i, k)| (report.limits[*k].phrase.clone(), LINES[i % LINES.len()], vec![&report.limits[*k]])).collect();
    if !rest.is_empty() {
        groups.push((format!("{} other limits", rest.len()), GREY, rest.iter().map(|k| &report.limits[*k]).collect()));
    }
    let mut lower = course.rate(|_| 0.0);
    let mut layers = Vec::new();
    for (name, colour, limits) in groups {
        let own = course.rate(|k| limits.iter().map(|l| at(&l.series, k)).sum());
        let upper: Vec<Point> = lower.iter().zip(&own).map(|(below, own)| (below.0, below.1 + own.1)).collect();
        layers.push(Layer { key: Key::new(name, Mark::Area, colour), lower: std::mem::replace(&mut lower, upper.clone()), upper });
    }
    layers
}

impl Layer {
    /// In steps, as a single refusal has no slope; only where there is something.
    fn draw(&self, canvas: &mut Canvas, panel: &Panel, course: &Course) {
        for ((low, up), (_, _, from, to)) in self.lower.iter().zip(&self.upper).zip(course.spans()) {
            if up.1 > low.1 {
                canvas.rect(panel.at((*from, up.1)), panel.at((*to, low.1)), self.key.colour);
            }
        }
    }
}
