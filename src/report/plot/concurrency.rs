//! Of each function how many environments are busy, how many idle ones are kept warm, and where its reservation ends.
//!
//! ```text
//! list_products        ▆▆ busy   ▆▆ idle, on top   ── most at once   ╌╌ reserved concurrency
//! place_order
//! ```
//!
//! At most six functions, those with the most environments; the title says how many there are.

use super::super::{Gauge, Node};
use super::axis::Axis;
use super::canvas::{Canvas, Point};
use super::course::{Course, at, highest};
use super::palette::{BLUE, SKY, VERMILION, pale};
use super::sheet::{Key, Mark, Panel, Part, Sheet};
use super::{Chart, Scene};
use crate::scenario::Scenario;
use crate::service::Spec;

const SHOWN: usize = 6;

struct Function {
    name: String,
    busy: Vec<Point>,
    /// Busy and idle together.
    all: Vec<Point>,
    most: Vec<Point>,
    reserved: Option<f64>,
}

pub fn chart(scene: &Scene) -> Option<Chart> {
    let course = Course::of(scene.report);
    let functions: Vec<Function> = scene.report.nodes.iter().filter_map(|node| function(node, scene.scenario, &course)).collect();
    let shown = busiest(&functions);
    let warm_up = scene.report.run.warm_up_s;
    let title = match (shown.len(), functions.len()) {
        (0, _) => return None,
        (1, 1) => format!("Concurrency and warm pool of {}", functions[0].name),
        (n, all) if n == all => "Concurrency and warm pools".into(),
        (n, all) => format!("Concurrency and warm pools: the {n} largest of {all} functions"),
    };
    let height = if shown.len() == 1 { 320.0 } else { (600.0 / shown.len() as f64).clamp(150.0, 180.0) };
    let sheet = Sheet {
        title,
        keys: keys(&shown, warm_up),
        across: course.axis(),
        across_name: "simulated time",
        measured_from: warm_up,
        parts: shown.iter().map(|f| f.part(height)).collect(),
    };
    Some(Chart { name: "concurrency".into(), title: sheet.title.clone(), svg: sheet.svg() })
}

/// In the scenario's order.
fn busiest(functions: &[Function]) -> Vec<&Function> {
    let mut order: Vec<usize> = (0..functions.len()).collect();
    order.sort_by(|a, b| functions[*b].highest().total_cmp(&functions[*a].highest()));
    order.truncate(SHOWN);
    order.sort_unstable();
    order.into_iter().map(|i| &functions[i]).collect()
}

fn keys(functions: &[&Function], warm_up: f64) -> Vec<Key> {
    let mut keys = vec![
        Key::new("busy, in the mean", Mark::Area, pale(BLUE, 0.75)),
        Key::new("idle and warm, on top", Mark::Area, pale(SKY, 0.4)),
        Key::new("most busy at once", Mark::Line, BLUE),
    ];
    if functions.iter().any(|f| f.reserved.is_some()) {
        keys.push(Key::new("reserved concurrency", Mark::Dashes, VERMILION));
    }
    keys.extend((warm_up > 0.0).then(Key::warm_up));
    keys
}

fn gauge<'n>(node: &'n Node, name: &str) -> Option<&'n Gauge> {
    node.gauges.iter().find(|g| g.name == name)
}

/// One that ran at all.
fn function(node: &Node, scenario: &Scenario, course: &Course) -> Option<Function> {
    let busy = gauge(node, "ConcurrentExecutions").filter(|_| node.kind == "lambda")?;
    let idle = |k: usize| gauge(node, "IdleEnvironments").map_or(0.0, |g| at(&g.mean_series, k));
    let spec = scenario.nodes.iter().find(|(name, _)| name.value == node.name).map(|(_, spec)| spec);
    let reserved = match spec {
        Some(Spec::Lambda(function)) => function.reserved_concurrency.as_ref().map(|n| n.value as f64),
        _ => None,
    };
    let found = Function {
        name: node.name.clone(),
        busy: course.mean(|k| at(&busy.mean_series, k)),
        all: course.mean(|k| at(&busy.mean_series, k) + idle(k)),
        most: course.most(|k| at(&busy.max_series, k)),
        reserved,
    };
    (found.highest() > 0.0).then_some(found)
}

impl Function {
    fn highest(&self) -> f64 {
        highest([&self.all, &self.most])
    }

    fn part(&self, height: f64) -> Part<'_> {
        let highest = self.highest();
        // A reservation that is never nearly reached would only press the rest to the ground.
        let reserved = self.reserved.filter(|reserved| *reserved <= 4.0 * highest.max(5.0));
        Part {
            head: self.head(reserved),
            up: Axis::things(reserved.map_or(highest, |reserved| highest.max(reserved * 1.05))),
            height,
            draw: Box::new(move |canvas, panel| self.draw(canvas, panel, reserved)),
        }
    }

    fn head(&self, reserved: Option<f64>) -> String {
        let limit = match (self.reserved, reserved) {
            (Some(n), None) => format!(" (reserved: {n}, far above)"),
            _ => String::new(),
        };
        format!("environments of {}{limit}", self.name)
    }

    fn draw(&self, canvas: &mut Canvas, panel: &Panel, reserved: Option<f64>) {
        let floor: Vec<Point> = self.busy.iter().map(|p| (p.0, 0.0)).collect();
        panel.between(canvas, &self.busy, &self.all, pale(SKY, 0.4));
        panel.between(canvas, &floor, &self.busy, pale(BLUE, 0.75));
        panel.line(canvas, &self.most, BLUE, 1.5);
        reserved.into_iter().for_each(|value| panel.bound(canvas, value, VERMILION));
    }
}
