//! What is paid against what is got: every setting that was tried, and the front that none other betters.
//!
//! ```text
//! p(99) │ ×                × breaks a threshold      ● keeps them all      ─ the front
//!       │╌╌╌╌╌╌╌╌╌╌╌╌╌     ╌ the bound of a threshold
//!       │   ×──●───●       ◉ chosen, with its name
//!       └──────────── cost
//! ```

use plotters::prelude::RGBColor;

use super::super::number::count;
use super::Chart;
use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Point, TEXT, Type, width_of};
use super::palette::{BLUE, GREEN, GREY, PAPER, VERMILION, pale};
use super::sheet::{Key, Mark, Panel, Part, Sheet};

/// From this ratio on an axis of times is by ratio.
const WIDE: f64 = 20.0;
/// What breaks a threshold.
const BROKEN: RGBColor = RGBColor(190, 190, 190);

/// A setting that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    pub x: f64,
    pub y: f64,
    /// Whether it keeps the thresholds.
    pub keeps: bool,
    pub on_front: bool,
    /// What it is called, where it is the one that was chosen.
    pub chosen: Option<String>,
}

/// The picture `name`; each axis has what it measures and its unit. None of nothing.
pub fn tradeoff(name: &str, axes: [(&str, &str); 2], tried: &[Tried], bound: Option<f64>) -> Option<Chart> {
    let most = |of: fn(&Tried) -> f64| tried.iter().map(of).reduce(f64::max);
    let least = |of: fn(&Tried) -> f64| tried.iter().map(of).reduce(f64::min);
    let (across, across_name) = axis(axes[0], least(|one| one.x)?, most(|one| one.x)?);
    let (low, high) = (least(|one| one.y)?, most(|one| one.y)?);
    let (up, head) = axis(axes[1], bound.map_or(low, |bound| low.min(bound)), bound.map_or(high, |bound| high.max(bound)));
    let mut keys = vec![Key::new("keeps all thresholds", Mark::Area, BLUE), Key::new("breaks one", Mark::Area, BROKEN)];
    keys.push(Key::new("front: none is better in both", Mark::Line, pale(GREEN, 0.7)));
    keys.extend(tried.iter().any(|one| one.chosen.is_some()).then(|| Key::new("the answer", Mark::Area, VERMILION)));
    keys.extend(bound.map(|_| Key::new("bound of the threshold", Mark::Dashes, VERMILION)));
    let sheet = Sheet {
        title: format!("{} against {}", axes[0].0, axes[1].0),
        keys,
        across,
        across_name: &across_name,
        measured_from: 0.0,
        parts: vec![Part { head, up, height: 420.0, draw: Box::new(move |canvas, panel| draw(canvas, panel, tried, bound)) }],
    };
    Some(Chart { name: name.into(), title: sheet.title.clone(), svg: sheet.svg() })
}

/// An axis with some room at both ends, and its name with the unit.
pub(super) fn axis((what, unit): (&str, &str), least: f64, most: f64) -> (Axis, String) {
    let named = |unit: &str| format!("{what}{unit}");
    if unit == "s" && least > 0.0 && most / least > WIDE {
        return (Axis::durations(least / 1.1, most * 1.1), named(""));
    }
    let room = 0.06 * (most - least).max(1e-3 * most.abs()).max(1e-9);
    // What begins near zero begins at zero.
    let from = if least - room < 0.25 * most && least >= 0.0 { 0.0 } else { least - room };
    match unit {
        "s" => (Axis { from, ..labelled(from, most + room, |v| crate::units::Time::from_secs_f64(v).to_string()) }, named("")),
        "share" => (labelled(from, most + room, |v| format!("{} %", in_words(v * 100.0))), named("")),
        "usd" => (labelled(from, most + room, in_words), named(" (USD)")),
        "1/s" => (labelled(from, most + room, in_words), named(" (a second)")),
        _ => (labelled(from, most + room, in_words), named("")),
    }
}

/// As many digits as a number has, up to six behind the point.
fn in_words(value: f64) -> String {
    let text = format!("{:.6}", value.abs());
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let sign = if value < 0.0 && text != "0" { "−" } else { "" };
    if value.abs() >= 1000.0 && !text.contains('.') { format!("{sign}{}", count(value.abs() as u64)) } else { format!("{sign}{text}") }
}

/// Steps of 1, 2 and 5 × 10^k from one number to another.
fn labelled(from: f64, to: f64, label: impl Fn(f64) -> String) -> Axis {
    let step = Axis::counts(to - from).ticks.get(1).map_or(to - from, |tick| tick.0);
    let first = libm::ceil(from / step - 1e-9);
    let values = (0..).map(|k| (first + f64::from(k)) * step).take_while(|v| *v <= to + 1e-9 * step);
    // The step's own digits are all that a tick has.
    let rounded = |v: f64| libm::round(v / step) * step;
    Axis { from, to, is_log: false, ticks: values.map(|v| (v, label(rounded(v)))).collect(), minor: Vec::new() }
}

fn draw(canvas: &mut Canvas, panel: &Panel, tried: &[Tried], bound: Option<f64>) {
    bound.iter().for_each(|bound| panel.bound(canvas, *bound, VERMILION));
    let front: Vec<Point> = tried.iter().filter(|one| one.on_front).map(|one| (one.x, one.y)).collect();
    panel.line(canvas, &front, pale(GREEN, 0.7), 3.0);
    let mut dots: Vec<&Tried> = tried.iter().collect();
    dots.sort_by_key(|one| (one.keeps, one.on_front));
    for one in dots {
        let at = panel.at((one.x, one.y));
        canvas.dot(at, if one.on_front { 6.5 } else { 5.0 }, PAPER);
        canvas.dot(at, if one.on_front { 5.5 } else { 4.0 }, if one.keeps { BLUE } else { BROKEN });
    }
    tried.iter().for_each(|one| chosen(canvas, panel, one));
}

/// The answer and its name, on the side with more room.
fn chosen(canvas: &mut Canvas, panel: &Panel, one: &Tried) {
    let Some(name) = &one.chosen else { return };
    let (x, y) = panel.at((one.x, one.y));
    canvas.dot((x, y), 9.0, PAPER);
    canvas.dot((x, y), 8.0, VERMILION);
    let width = width_of(name, TEXT);
    let is_left = x + 16.0 + width <= panel.origin.0 + panel.width;
    let (anchor, at) = if is_left { (Anchor::Start, x + 14.0) } else { (Anchor::End, x - 14.0) };
    let y = if y - 24.0 > panel.origin.1 + 12.0 { y - 24.0 } else { y + 24.0 };
    let from = if is_left { at - 3.0 } else { at - width - 3.0 };
    canvas.rect((from, y - 11.0), (from + width + 6.0, y + 11.0), PAPER);
    canvas.text((at, y), name, Type::LABEL.anchored(anchor).bold().coloured(GREY));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(x: f64, y: f64, keeps: bool, chosen: Option<&str>) -> Tried {
        Tried { x, y, keeps, on_front: true, chosen: chosen.map(String::from) }
    }

    #[test]
    fn the_answer_has_its_name_and_nothing_is_no_picture() {
        let axes = [("total: cost_monthly", "usd"), ("shoppers: p(99)", "s")];
        assert!(tradeoff("pareto", axes, &[], None).is_none());
        let tried = [one(100.0, 0.9, false, None), one(101.0, 0.2, true, Some("capacity 37")), one(109.0, 0.1, true, None)];
        let chart = tradeoff("pareto", axes, &tried, Some(0.3)).expect("three settings");
        assert!(chart.svg.contains(">\ncapacity 37\n") && chart.svg.contains(">\n102\n"), "{}", chart.svg);
    }

    #[test]
    fn an_axis_does_not_begin_at_zero_where_all_lies_far_from_it() {
        let ticks = |least, most| axis(("cost", "usd"), least, most).0.ticks.into_iter().map(|(_, label)| label).collect::<Vec<_>>();
        assert_eq!(ticks(100.0, 109.0), ["100", "102", "104", "106", "108"]);
        assert_eq!(ticks(1.0, 11.0)[0], "0");
    }
}
