//! Shares as bars that lie: a group for each whole, a bar for each part, with its interval as a whisker and its amount in words.
//!
//! ```text
//! shop: error_rate, from 8.8 % to 0.7 %
//! orders' write capacity  ████████████████├─┤  −8.1 %
//! order's concurrency     │                    0 %
//! ```
//!
//! A part that makes it worse goes to the left of nothing.

use super::Chart;
use super::canvas::{Anchor, Canvas, TEXT, Type, drawn, width_of};
use super::palette::{BAND, BLUE, GREY, INK, VERMILION};
use super::sheet::{WIDTH, heading};
use crate::report::shortened;

const ROW: f64 = 34.0;
const TOP: f64 = 76.0;
const MARGIN: f64 = 24.0;
/// Room for names, and for amounts behind the bars.
const NAMES: f64 = 330.0;
const AMOUNTS: f64 = 120.0;
/// Longest name, in characters.
const NAME: usize = 40;

/// A part.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub name: String,
    /// Share of the whole; below nothing where it works against it.
    pub value: f64,
    /// Half of its interval.
    pub half_width: f64,
    /// What it amounts to.
    pub label: String,
}

/// A whole and its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub title: String,
    pub bars: Vec<Bar>,
}

/// The picture `name`; none of nothing.
pub fn bars(name: &str, title: &str, groups: &[Group]) -> Option<Chart> {
    let reach =
        |pick: fn(&Bar) -> f64, start: f64, fold: fn(f64, f64) -> f64| groups.iter().flat_map(|group| &group.bars).map(pick).fold(start, fold);
    let most = reach(|bar| bar.value + bar.half_width, 1.0, f64::max);
    let least = reach(|bar| bar.value - bar.half_width, 0.0, f64::min);
    let rows: usize = groups.iter().map(|group| group.bars.len() + 1).sum();
    if rows == groups.len() {
        return None;
    }
    let height = TOP + rows as f64 * ROW + groups.len() as f64 * 14.0 + MARGIN;
    let (left, width) = (MARGIN + NAMES, WIDTH - 2.0 * MARGIN - NAMES - AMOUNTS);
    let x = move |share: f64| left + (share - least) / (most - least) * width;
    let svg = drawn(WIDTH, height, title, |canvas| {
        heading(canvas, title, WIDTH);
        let mut y = TOP;
        for group in groups {
            y = draw_group(canvas, group, y, &x) + 14.0;
        }
    });
    Some(Chart { name: name.to_owned(), title: title.to_owned(), svg })
}

/// Gives where the next one begins.
fn draw_group(canvas: &mut Canvas, group: &Group, top: f64, x: &dyn Fn(f64) -> f64) -> f64 {
    canvas.text((MARGIN, top + ROW / 2.0), &group.title.replace('`', ""), Type::LABEL.bold());
    let bottom = top + ROW * (group.bars.len() + 1) as f64;
    canvas.rect((x(0.0), top + ROW), (x(1.0), bottom), BAND);
    for (row, bar) in group.bars.iter().enumerate() {
        let middle = top + ROW * (row as f64 + 1.5);
        let name = shortened(&bar.name.replace('`', ""), NAME);
        canvas.text((MARGIN + NAMES - 14.0, middle), &name, Type::LABEL.anchored(Anchor::End));
        let (from, to) = (x(bar.value.min(0.0)), x(bar.value.max(0.0)));
        canvas.rect((from, middle - 10.0), (to, middle + 10.0), if bar.value < 0.0 { VERMILION } else { BLUE });
        if bar.half_width > 0.0 {
            let (low, high) = (x(bar.value - bar.half_width), x(bar.value + bar.half_width));
            canvas.line(&[(low, middle), (high, middle)], INK, 2.0);
            [low, high].into_iter().for_each(|end| canvas.line(&[(end, middle - 5.0), (end, middle + 5.0)], INK, 2.0));
        }
        let end = x((bar.value + bar.half_width).max(0.0)) + 10.0;
        let at = end.min(WIDTH - MARGIN - width_of(&bar.label, TEXT));
        canvas.text((at, middle), &bar.label, Type::LABEL.coloured(GREY));
    }
    canvas.line(&[(x(0.0), top + ROW), (x(0.0), bottom)], GREY, 1.5);
    bottom
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_its_name_and_amount_and_nothing_is_no_picture() {
        assert!(bars("blame", "Who", &[]).is_none());
        let bar = |name: &str, value| Bar { name: name.into(), value, half_width: 0.02, label: "−8.1 %".into() };
        let group = Group { title: "shop: error_rate".into(), bars: vec![bar("`orders`' capacity", 1.1), bar("concurrency", -0.1)] };
        let chart = bars("blame", "Who", &[group]).expect("two parts");
        assert!(chart.svg.contains(">\norders&apos; capacity\n") && chart.svg.contains(">\n−8.1 %\n"), "{}", chart.svg);
    }
}
