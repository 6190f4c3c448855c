//! The wiring as boxes in columns: who sends what to whom, and which node refused most.
//!
//! ```text
//! ┃shoppers ├──GET /orders──▶┃api        ├──POST /orders──▶┃place_order       solid: waits for the answer; dashed: does not
//! ┃workload │                ┃api gateway│                 ┃lambda            the bar at the left: the kind
//! ```
//!
//! Several ways from one node to another are one link with their labels in a row. Left out: pollers, and scenarios of more nodes than can be read.

use petgraph::visit::{EdgeRef, IntoNodeReferences};
use plotters::prelude::RGBColor;

use super::super::Report;
use super::super::style::shortened;
use super::canvas::{Anchor, Canvas, Point, TEXT, Type, drawn, width_of};
use super::layers::{Layout, Link, Route, Sizes, layout};
use super::palette::{GREY, INK, VERMILION, of_kind, pale};
use super::sheet::{Key, Mark, WIDTH, heading, legend, rows};
use super::{Chart, Scene};
use crate::topology::{NodeKind, Topology};

/// More than this cannot be read.
const NODES: usize = 80;
const NAME: usize = 26;
const LABEL: usize = 26;
const MARGIN: f64 = 24.0;
/// Title, legend, and the mark above a box.
const TOP: f64 = 118.0;

struct Place {
    name: String,
    kind: &'static str,
    refuses_most: bool,
    calls_itself: bool,
}

struct Way {
    link: Link,
    label: String,
    waits: bool,
}

pub fn chart(scene: &Scene) -> Option<Chart> {
    if !(1..=NODES).contains(&scene.topology.graph.node_count()) {
        return None;
    }
    let (places, ways) = (places(scene.topology, scene.report), ways(scene.topology));
    let widest = places.iter().map(|p| width_of(&p.name, TEXT * 1.14).max(width_of(&p.words(), TEXT))).fold(90.0, f64::max);
    let sizes = Sizes { box_width: widest + 34.0, box_height: 62.0 };
    let links: Vec<Link> = ways.iter().map(|way| way.link.clone()).collect();
    let layout = layout(places.len(), &links, sizes);
    let (width, height) = ((layout.size.0 + 2.0 * MARGIN).max(WIDTH), layout.size.1 + TOP + 30.0);
    let title = format!("Topology of {}", scene.report.scenario);
    let keys = keys(&places, &ways);
    let svg = drawn(width, height, &title, |canvas| {
        heading(canvas, &title, width);
        legend(canvas, &rows(&keys));
        let origin = ((width - layout.size.0) / 2.0, TOP);
        ways.iter().zip(&layout.routes).for_each(|(way, route)| way.draw(canvas, origin, route));
        boxes(canvas, origin, &places, &layout);
    });
    Some(Chart { name: "topology".into(), title, svg })
}

/// Workloads and nodes; the one of the strictest limit that mattered is marked.
fn places(topology: &Topology, report: &Report) -> Vec<Place> {
    let strictest = report.limits.iter().find(|limit| limit.from_s.is_some()).map(|limit| limit.node.as_str());
    let graph = &topology.graph;
    let place = |(at, node): (petgraph::graph::NodeIndex, &crate::topology::Node)| Place {
        name: shortened(&node.name, NAME),
        kind: match node.kind {
            NodeKind::Workload { .. } => "workload",
            NodeKind::Service { kind, .. } => kind,
        },
        refuses_most: strictest == Some(node.name.as_str()),
        calls_itself: graph.contains_edge(at, at),
    };
    graph.node_references().map(place).collect()
}

/// One for each pair of nodes, in the order of the graph.
fn ways(topology: &Topology) -> Vec<Way> {
    let mut found: Vec<(usize, usize, bool, Vec<&str>)> = Vec::new();
    for edge in topology.graph.edge_references() {
        let (from, to, waits) = (edge.source().index(), edge.target().index(), edge.weight().waits);
        let label = edge.weight().label.as_str();
        match found.iter_mut().find(|(a, b, w, _)| (*a, *b, *w) == (from, to, waits)) {
            Some((.., labels)) if labels.contains(&label) => {}
            Some((.., labels)) => labels.push(label),
            None => found.push((from, to, waits, vec![label])),
        }
    }
    let way = |(from, to, waits, labels): (usize, usize, bool, Vec<&str>)| {
        let label = joined(&labels);
        Way { link: Link { from, to, label: width_of(&label, TEXT) }, label, waits }
    };
    found.into_iter().map(way).collect()
}

/// As many as fit: `GET /products, GET /product`, or `GET /a and 4 more`.
fn joined(labels: &[&str]) -> String {
    let all = labels.join(", ");
    match labels {
        [first, rest @ ..] if !rest.is_empty() && all.chars().count() > LABEL => format!("{} and {} more", shortened(first, LABEL - 10), rest.len()),
        _ => shortened(&all, LABEL),
    }
}

fn keys(places: &[Place], ways: &[Way]) -> Vec<Key> {
    let mut keys = Vec::new();
    if ways.iter().any(|way| way.waits) {
        keys.push(Key::new("waits for the answer", Mark::Line, INK));
    }
    if ways.iter().any(|way| !way.waits) {
        keys.push(Key::new("does not wait", Mark::Dashes, INK));
    }
    if places.iter().any(|place| place.refuses_most) {
        keys.push(Key::new("refused most", Mark::Area, VERMILION));
    }
    keys
}

fn moved((x, y): Point, by: Point) -> Point {
    (x + by.0, y + by.1)
}

impl Way {
    fn draw(&self, canvas: &mut Canvas, origin: Point, route: &Route) {
        let points: Vec<Point> = route.points.iter().map(|p| moved(*p, origin)).collect();
        let [first, .., before, last] = points[..] else { return };
        if self.waits {
            canvas.line(&points, INK, 1.5);
        } else {
            points.windows(2).for_each(|pair| canvas.dashes(pair[0], pair[1], INK, 1.5));
        }
        let tip = |(x, y): Point, back: f64| [(x, y), (x + back, y - 5.5), (x + back, y + 5.5)];
        canvas.area(&if route.is_reversed { tip(first, 13.0) } else { tip(last, -13.0) }, INK);
        canvas.text((before.0 + 4.0, last.1 - 11.0), &self.label, Type::LABEL.coloured(INK));
    }
}

impl Place {
    fn words(&self) -> String {
        let kind = self.kind.replace('_', " ");
        if self.calls_itself { format!("{kind}, calls itself") } else { kind }
    }

    fn edge(&self) -> (RGBColor, f64) {
        if self.refuses_most { (VERMILION, 4.0) } else { (of_kind(self.kind), 1.5) }
    }
}

fn boxes(canvas: &mut Canvas, origin: Point, places: &[Place], layout: &Layout) {
    for (place, (from, to)) in places.iter().zip(&layout.boxes) {
        let (from, to) = (moved(*from, origin), moved(*to, origin));
        let (colour, width) = place.edge();
        canvas.rect(from, to, pale(of_kind(place.kind), 0.14));
        canvas.outline(from, to, colour, width);
        canvas.rect(from, (from.0 + 8.0, to.1), of_kind(place.kind));
        let middle = (from.1 + to.1) / 2.0;
        canvas.text((from.0 + 20.0, middle - 12.0), &place.name, Type::LABEL.bold());
        canvas.text((from.0 + 20.0, middle + 13.0), &place.words(), Type::LABEL.coloured(GREY));
        if place.refuses_most {
            canvas.text(((from.0 + to.0) / 2.0, from.1 - 15.0), "refused most", Type::LABEL.bold().coloured(VERMILION).anchored(Anchor::Middle));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_joined_as_far_as_they_fit() {
        assert_eq!(joined(&["get_item", "query"]), "get_item, query");
        assert_eq!(joined(&["GET /products", "GET /product", "POST /orders"]), "GET /products and 2 more");
        assert_eq!(joined(&[]), "");
        assert!(joined(&[&"x".repeat(100)]).chars().count() <= LABEL);
    }
}
