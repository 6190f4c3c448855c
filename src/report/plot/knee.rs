//! The knee: how long answers take and how many fail, over the load; the capacity as a line from top to bottom, and below which limit is first at which load.
//!
//! ```text
//! p99 │       ┊ ╱        ┊ the capacity       ╌ the bound of a threshold
//!     │────╌╌╌┊╱╌
//! fail│_______┊╱‾
//!     │▒▒▒▒▒▒▒┊▓▓▓       what limits, by colour
//!     └──────────── offered load
//! ```

use plotters::prelude::RGBColor;

use super::Chart;
use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Point, TEXT, Type, width_of};
use super::palette::{GREEN, GREY, INK, LINES, ORANGE, PAPER, PURPLE, SKY, VERMILION, pale};
use super::sheet::{Draw, Key, Mark, Panel, Part, Sheet};
use super::tradeoff::axis;

/// From this ratio of the ends on the load is drawn by ratio.
const WIDE: f64 = 20.0;

/// What levels at which nothing limits are called.
pub const NOTHING: &str = "–";
const LIMITS: [RGBColor; 6] = [ORANGE, PURPLE, GREEN, SKY, VERMILION, GREY];

/// A figure over the load: load, mean, half of its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    pub name: String,
    pub points: Vec<(f64, f64, f64)>,
}

/// See the module. Curves of one number are of one workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Knee {
    pub title: String,
    /// What stands along the bottom.
    pub across: String,
    pub usual: Vec<Curve>,
    pub slow: Vec<Curve>,
    /// Shares.
    pub failed: Vec<Curve>,
    /// What limits at which load, ascending.
    pub limits: Vec<(f64, String)>,
    pub capacity: Option<(f64, String)>,
    /// Of latencies, with their names.
    pub bounds: Vec<(String, f64)>,
}

/// None of nothing.
pub fn knee(of: &Knee) -> Option<Chart> {
    let (least, most) = (of.limits.first()?.0, of.limits.last()?.0);
    let is_wide = least > 0.0 && most / least > WIDE;
    let across = if is_wide { Axis::decades(least / 1.05, most * 1.05) } else { Axis::counts(most * 1.02) };
    let across = if is_wide { across } else { Axis { to: most * 1.04, ..across } };
    let across = Axis { ticks: across.ticks.into_iter().filter(|(value, _)| *value <= most * 1.04).collect(), ..across };
    let latencies = || of.usual.iter().chain(&of.slow);
    let values = || latencies().flat_map(|curve| &curve.points).map(|(_, y, _)| *y).chain(of.bounds.iter().map(|(_, bound)| *bound));
    let (low, high) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
    let (up, _) = axis(("", "s"), low, high);
    let failures = of.failed.iter().flat_map(|curve| &curve.points).map(|(_, y, half)| y + half).fold(0.001, f64::max).min(1.0);
    let (share, _) = axis(("", "share"), 0.0, failures);
    let strip = Axis { from: 0.0, to: 1.0, is_log: false, ticks: Vec::new(), minor: Vec::new() };
    let stretches = stretches(&of.limits, across.from, across.to);
    let named = |canvas: &mut Canvas, panel: &Panel| of.capacity.iter().for_each(|(at, name)| label(canvas, panel, *at, name));
    let sheet = Sheet {
        title: of.title.clone(),
        keys: keys(of, &stretches),
        across_name: &of.across,
        measured_from: 0.0,
        parts: vec![
            part(
                "latency of successful requests, means over runs with their 95 % intervals",
                up,
                300.0,
                Box::new(|canvas, panel| {
                    bands(canvas, panel, &of.usual, 0.5);
                    bands(canvas, panel, &of.slow, 1.0);
                    of.bounds.iter().for_each(|(_, bound)| panel.bound(canvas, *bound, VERMILION));
                    curves(canvas, panel, &of.usual, 0.5);
                    curves(canvas, panel, &of.slow, 1.0);
                    line(canvas, panel, of);
                    named(canvas, panel);
                }),
            ),
            part(
                "share of requests that fail",
                share,
                150.0,
                Box::new(|canvas, panel| {
                    bands(canvas, panel, &of.failed, 1.0);
                    curves(canvas, panel, &of.failed, 1.0);
                    line(canvas, panel, of);
                }),
            ),
            part(
                "what limits first",
                strip,
                34.0,
                Box::new(|canvas, panel| {
                    for (from, to, kind) in &stretches {
                        canvas.rect(
                            (panel.x(*from), panel.origin.1),
                            (panel.x(*to), panel.origin.1 + panel.height),
                            colour(kinds(&of.limits)[*kind], *kind),
                        );
                    }
                    line(canvas, panel, of);
                }),
            ),
        ],
        across,
    };
    Some(Chart { name: "knee".into(), title: of.title.clone(), svg: sheet.svg() })
}

fn part<'a>(head: &str, up: Axis, height: f64, draw: Draw<'a>) -> Part<'a> {
    Part { head: head.to_owned(), up, height, draw }
}

/// Different limits, in the order in which they are met.
fn kinds(limits: &[(f64, String)]) -> Vec<&str> {
    let mut kinds: Vec<&str> = Vec::new();
    for (_, name) in limits.iter().filter(|(_, name)| name != NOTHING).chain(limits.iter().filter(|(_, name)| name == NOTHING)) {
        if !kinds.contains(&name.as_str()) {
            kinds.push(name);
        }
    }
    kinds
}

/// From where to where which kind of limit is first: levels meet half way.
fn stretches(limits: &[(f64, String)], from: f64, to: f64) -> Vec<(f64, f64, usize)> {
    let kinds = kinds(limits);
    let between = |at: usize| (limits[at].0 + limits[at + 1].0) / 2.0;
    let of = |at: usize| {
        let begin = if at == 0 { from } else { between(at - 1) };
        let end = if at + 1 == limits.len() { to } else { between(at) };
        (begin, end, kinds.iter().position(|kind| *kind == limits[at].1).unwrap_or(0))
    };
    (0..limits.len()).map(of).collect()
}

/// Where nothing limits it is pale; limits have colours away from those of the first workloads.
fn colour(name: &str, kind: usize) -> RGBColor {
    if name == NOTHING { pale(GREY, 0.2) } else { pale(LIMITS[kind % LIMITS.len()], 0.75) }
}

fn keys(of: &Knee, stretches: &[(f64, f64, usize)]) -> Vec<Key> {
    let lines = |curves: &[Curve], share: f64| {
        let key = |(curve, colour): (&Curve, &RGBColor)| Key::new(curve.name.clone(), Mark::Line, pale(*colour, share));
        curves.iter().zip(LINES.iter().cycle()).map(key).collect::<Vec<_>>()
    };
    let mut keys = lines(&of.slow, 1.0);
    keys.extend(lines(&of.usual, 0.5));
    keys.extend(of.bounds.iter().map(|(name, _)| Key::new(name.clone(), Mark::Dashes, VERMILION)));
    keys.extend(of.capacity.iter().map(|_| Key::new("capacity", Mark::Dashes, INK)));
    let met = |kind: &usize| stretches.iter().any(|(_, _, own)| own == kind);
    let limits = kinds(&of.limits).into_iter().enumerate().filter(|(kind, _)| met(kind));
    keys.extend(limits.map(|(kind, name)| Key::new(if name == NOTHING { "nothing limits" } else { name }, Mark::Area, colour(name, kind))));
    keys
}

fn bands(canvas: &mut Canvas, panel: &Panel, curves: &[Curve], strength: f64) {
    for (curve, colour) in curves.iter().zip(LINES.iter().cycle()) {
        let side = |sign: f64| curve.points.iter().map(|(x, y, half)| (*x, y + sign * half)).collect::<Vec<Point>>();
        panel.between(canvas, &side(-1.0), &side(1.0), pale(*colour, 0.25 * strength));
    }
}

fn curves(canvas: &mut Canvas, panel: &Panel, curves: &[Curve], strength: f64) {
    for (curve, colour) in curves.iter().zip(LINES.iter().cycle()) {
        let means: Vec<Point> = curve.points.iter().map(|(x, y, _)| (*x, *y)).collect();
        panel.line(canvas, &means, pale(*colour, strength), 3.0);
        means.iter().for_each(|at| canvas.dot(panel.at(*at), 4.0, pale(*colour, strength)));
    }
}

/// The capacity, from top to bottom.
fn line(canvas: &mut Canvas, panel: &Panel, of: &Knee) {
    let Some((at, _)) = &of.capacity else { return };
    let x = panel.x(*at);
    canvas.dashes((x, panel.origin.1), (x, panel.origin.1 + panel.height), INK, 2.0);
}

/// Its name, on the side with more room.
fn label(canvas: &mut Canvas, panel: &Panel, at: f64, name: &str) {
    let (x, y, width) = (panel.x(at), panel.origin.1 + 14.0, width_of(name, TEXT));
    let is_left = x - 14.0 - width > panel.origin.0;
    let (anchor, edge) = if is_left { (Anchor::End, x - 10.0) } else { (Anchor::Start, x + 10.0) };
    let from = if is_left { edge - width } else { edge };
    canvas.rect((from - 3.0, y - 12.0), (from + width + 3.0, y + 12.0), PAPER);
    canvas.text((edge, y), name, Type::LABEL.anchored(anchor).bold().coloured(INK));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_named_where_it_is_the_first_and_the_capacity_has_its_line() {
        let curve = |name: &str, scale: f64| Curve { name: name.into(), points: vec![(10.0, scale, 0.1 * scale), (20.0, 2.0 * scale, 0.2 * scale)] };
        let of = Knee {
            title: "The knee".into(),
            across: "requests a second".into(),
            usual: vec![curve("p50", 0.01)],
            slow: vec![curve("p99", 0.05)],
            failed: vec![curve("failed", 0.0)],
            limits: vec![(10.0, "–".into()), (20.0, "`orders`' write capacity".into())],
            capacity: Some((14.0, "capacity 1.4×".into())),
            bounds: vec![("p(99) < 80 ms".into(), 0.08)],
        };
        let svg = knee(&of).expect("two levels").svg;
        for text in ["capacity 1.4×", "orders&apos; write capacity", "nothing limits", "p(99) &lt; 80 ms"] {
            assert!(svg.contains(text), "{text}: {svg}");
        }
        assert!(knee(&Knee { limits: Vec::new(), ..of }).is_none());
    }

    #[test]
    fn levels_meet_half_way() {
        let limits = [(10.0, "a".to_owned()), (20.0, "b".to_owned()), (40.0, "a".to_owned())];
        assert_eq!(stretches(&limits, 0.0, 42.0), [(0.0, 15.0, 0), (15.0, 30.0, 1), (30.0, 42.0, 0)]);
    }
}
