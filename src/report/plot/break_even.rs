//! Two ways of paying for the same: what each costs a month, where they cost the same, and where the scenario stands.
//!
//! ```text
//! USD a month │   ╱ on demand
//!             │──●───────── provisioned        ● where they cost the same, ╎ named       ┆ now
//!             └────────────── utilisation
//! ```
//!
//! Left out: places beyond what is compared; a present that lies there stands at the edge.

use super::super::slug::slug;
use super::Chart;
use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Type, width_of};
use super::palette::{BLUE, GREEN, INK, VERMILION};
use super::sheet::{Key, Mark, Panel, Part, Sheet};
use crate::cost::break_even::BreakEven;

/// From the top of the data to the middle of the names of crossings, and of the present.
const NAMES: [f64; 2] = [16.0, 42.0];

/// So much higher than the data, so that the names stand above it.
const HEADROOM: f64 = 1.17;

/// The picture of one.
pub fn break_even(one: &BreakEven) -> Chart {
    let (scale, unit) = match one.axis.unit {
        "share" => (100.0, " (%)"),
        "requests/month" => (1e-6, ", in millions"),
        _ => (1.0, ""),
    };
    let across_name = format!("{}{unit}", one.axis.name);
    let most = one.curves.iter().flatten().map(|(_, usd)| *usd).fold(0.0, f64::max);
    let colours = [BLUE, VERMILION];
    let mut keys: Vec<Key> = one.ways.iter().zip(colours).map(|(way, colour)| Key::new(way.name.clone(), Mark::Line, colour)).collect();
    keys.extend((!one.crossings.is_empty()).then(|| Key::new("the same cost", Mark::Dashes, INK)));
    keys.extend(one.present.as_ref().map(|_| Key::new("now", Mark::Dashes, GREEN)));
    let sheet = Sheet {
        title: if one.node.is_some() { one.heading() } else { capital(&one.title) },
        keys,
        across: across(scale * one.axis.from, scale * one.axis.end()),
        across_name: &across_name,
        measured_from: 0.0,
        parts: vec![Part {
            head: "USD a month".into(),
            up: Axis::counts(HEADROOM * most),
            height: 360.0,
            draw: Box::new(move |canvas, panel| {
                for (curve, colour) in one.curves.iter().zip(colours) {
                    let points: Vec<_> = curve.iter().map(|(x, usd)| (scale * x, *usd)).collect();
                    panel.line(canvas, &points, colour, 3.0);
                }
                marks(canvas, panel, one, scale);
            }),
        }],
    };
    let node = one.node.as_ref().map_or_else(String::new, |node| format!("-{}", slug(node)));
    Chart { name: format!("break-even-{}{node}", one.name), title: sheet.title.clone(), svg: sheet.svg() }
}

fn marks(canvas: &mut Canvas, panel: &Panel, one: &BreakEven, scale: f64) {
    let upright = |canvas: &mut Canvas, x: f64, colour| {
        let (left, (top, bottom)) = (panel.x(x), (panel.origin.1, panel.origin.1 + panel.height));
        canvas.dashes((left, top), (left, bottom), colour, 2.0);
    };
    let present = one.present.as_ref().map(|present| present.at);
    let crossings = || one.crossings.iter().filter(|crossing| **crossing <= one.axis.end());
    present.iter().for_each(|at| upright(canvas, scale * at, GREEN));
    crossings().for_each(|at| upright(canvas, scale * at, INK));
    for crossing in crossings() {
        canvas.dot(panel.at((scale * crossing, one.usd(0, *crossing))), 6.0, INK);
        named(canvas, panel, scale * crossing, NAMES[0], &one.axis.in_words(*crossing));
    }
    if let Some(at) = present {
        named(canvas, panel, scale * at, NAMES[1], &format!("now {}", one.axis.in_words(at)));
    }
}

/// A name beside an upright line, on paper, on the side with more room.
fn named(canvas: &mut Canvas, panel: &Panel, x: f64, below_top: f64, name: &str) {
    let (x, y, half) = (panel.x(x), panel.origin.1 + below_top, Type::LABEL.size * 0.65);
    let is_left = x < panel.origin.0 + panel.width / 2.0;
    let (anchor, at) = if is_left { (Anchor::Start, x + 9.0) } else { (Anchor::End, x - 9.0) };
    let width = width_of(name, Type::LABEL.size);
    let from = if is_left { at - 3.0 } else { at - width - 3.0 };
    canvas.rect((from, y - half), (from + width + 6.0, y + half), super::palette::PAPER);
    canvas.text((at, y), name, Type::LABEL.anchored(anchor).bold());
}

/// From one place to another, with the ticks of an axis from zero.
fn across(from: f64, to: f64) -> Axis {
    let whole = Axis::counts(to);
    let step = match whole.ticks.get(1) {
        Some((step, _)) if from > 0.0 && to - from < 4.0 * step => Axis::counts(to - from).ticks.get(1).map_or(*step, |tick| tick.0),
        _ => return Axis { to, ticks: whole.ticks.into_iter().filter(|(x, _)| *x <= to * (1.0 + 1e-9)).collect(), ..whole },
    };
    let ticks = (0..=((to - from) / step + 1e-9) as u32).map(|k| from + f64::from(k) * step).map(|x| (x, format!("{x:.1}"))).collect();
    Axis { from, to, is_log: false, ticks, minor: Vec::new() }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
