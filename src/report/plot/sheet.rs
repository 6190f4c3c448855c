//! What every chart has: a title that says what is seen, a legend between title and data, panels with light grids and labelled axes.
//!
//! ```text
//! Title
//! ── line   ▆▆ area   ╌╌ bound             keys flow over as many rows as they need
//! unit of the upright axis
//! 100 ┤          ·
//!   0 ┼────────────────                    a panel; several share the axis along the bottom
//!     0 s   simulated time   20 m
//! ```

use plotters::prelude::RGBColor;

use super::super::style::shortened;
use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Point, TEXT, TITLE, Type, drawn, width_of};
use super::palette::{BAND, GREY, GRID, INK};

pub const WIDTH: f64 = 960.0;
const MARGIN: f64 = 24.0;
const RIGHT: f64 = 30.0;
const ROW: f64 = 27.0;
/// Below the data: ticks, and the name of the axis.
const BOTTOM: f64 = 68.0;
/// Above the data of each panel: its name or unit.
const HEAD: f64 = 40.0;
/// Longest name in a legend, in characters.
const NAME: usize = 52;

/// How a thing is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    Line,
    Area,
    Dashes,
}

/// An entry of the legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub name: String,
    pub mark: Mark,
    pub colour: RGBColor,
}

impl Key {
    pub fn new(name: impl Into<String>, mark: Mark, colour: RGBColor) -> Key {
        // Names of limits come with backticks, for text.
        Key { name: shortened(&name.into().replace('`', ""), NAME), mark, colour }
    }

    /// The stretch that the figures leave out.
    pub fn warm_up() -> Key {
        Key::new("warm-up", Mark::Area, super::palette::pale(GREY, 0.25))
    }

    fn width(&self) -> f64 {
        36.0 + width_of(&self.name, TEXT) + 26.0
    }
}

/// A rectangle with an axis along the bottom and one upright.
#[derive(Clone, Debug)]
pub struct Panel<'a> {
    pub origin: Point,
    pub width: f64,
    pub height: f64,
    pub across: &'a Axis,
    pub up: &'a Axis,
}

impl Panel<'_> {
    pub fn x(&self, value: f64) -> f64 {
        self.origin.0 + self.width * self.across.share(value)
    }

    pub fn y(&self, value: f64) -> f64 {
        self.origin.1 + self.height * (1.0 - self.up.share(value))
    }

    pub fn at(&self, (x, y): Point) -> Point {
        (self.x(x), self.y(y))
    }

    fn right(&self) -> f64 {
        self.origin.0 + self.width
    }

    fn bottom(&self) -> f64 {
        self.origin.1 + self.height
    }

    /// A line through values.
    pub fn line(&self, canvas: &mut Canvas, values: &[Point], colour: RGBColor, width: f64) {
        let points: Vec<Point> = values.iter().map(|v| self.at(*v)).collect();
        canvas.line(&points, colour, width);
    }

    /// What lies between two courses over the same places.
    pub fn between(&self, canvas: &mut Canvas, lower: &[Point], upper: &[Point], colour: RGBColor) {
        let points: Vec<Point> = upper.iter().chain(lower.iter().rev()).map(|v| self.at(*v)).collect();
        canvas.area(&points, colour);
    }

    /// A bound, from side to side.
    pub fn bound(&self, canvas: &mut Canvas, value: f64, colour: RGBColor) {
        let y = self.y(value);
        canvas.dashes((self.origin.0, y), (self.right(), y), colour, 2.0);
    }

    /// The grid and the upright labels; what is measured from `measured_from` on lies on white.
    fn grid(&self, canvas: &mut Canvas, measured_from: f64) {
        if measured_from > 0.0 {
            canvas.rect(self.origin, (self.x(measured_from), self.bottom()), BAND);
        }
        for minor in &self.up.minor {
            canvas.line(&[(self.origin.0, self.y(*minor)), (self.right(), self.y(*minor))], BAND, 1.0);
        }
        for (value, label) in &self.up.ticks {
            let y = self.y(*value);
            canvas.line(&[(self.origin.0, y), (self.right(), y)], GRID, 1.0);
            canvas.text((self.origin.0 - 10.0, y), label, Type::LABEL.anchored(Anchor::End));
        }
        for (value, _) in &self.across.ticks {
            let x = self.x(*value);
            canvas.line(&[(x, self.origin.1), (x, self.bottom())], GRID, 1.0);
        }
        canvas.line(&[(self.origin.0, self.bottom()), (self.right(), self.bottom())], GREY, 1.0);
    }

    /// The labels along the bottom, those left away that would touch the one before.
    fn labels(&self, canvas: &mut Canvas, name: &str) {
        let mut free_from = 0.0;
        for (value, label) in &self.across.ticks {
            let (x, half) = (self.x(*value), width_of(label, TEXT) / 2.0);
            if x - half >= free_from {
                canvas.line(&[(x, self.bottom()), (x, self.bottom() + 5.0)], GREY, 1.0);
                canvas.text((x, self.bottom() + 20.0), label, Type::LABEL.anchored(Anchor::Middle));
                free_from = x + half + 10.0;
            }
        }
        let middle = self.origin.0 + self.width / 2.0;
        canvas.text((middle, self.bottom() + 46.0), name, Type::LABEL.anchored(Anchor::Middle).coloured(GREY));
    }
}

/// Draws data into a panel.
pub type Draw<'a> = Box<dyn Fn(&mut Canvas, &Panel) + 'a>;

/// One panel's part of a sheet.
pub struct Part<'a> {
    /// What the upright axis measures, and what is seen where there are several panels.
    pub head: String,
    pub up: Axis,
    pub height: f64,
    pub draw: Draw<'a>,
}

/// A chart of one or several panels above one another.
pub struct Sheet<'a> {
    pub title: String,
    pub keys: Vec<Key>,
    pub across: Axis,
    pub across_name: &'a str,
    /// Where measuring begins, on the axis along the bottom.
    pub measured_from: f64,
    pub parts: Vec<Part<'a>>,
}

impl Sheet<'_> {
    pub fn svg(&self) -> String {
        let rows = rows(&self.keys);
        let top = 58.0 + ROW * rows.len() as f64;
        let height = top + self.parts.iter().map(|part| HEAD + part.height).sum::<f64>() + BOTTOM + 14.0 * (self.parts.len() as f64 - 1.0);
        drawn(WIDTH, height, &self.title, |canvas| {
            heading(canvas, &self.title, WIDTH);
            legend(canvas, &rows);
            self.panels(canvas, top);
        })
    }

    /// Room for the half of the last label that stands beyond the data.
    fn right(&self) -> f64 {
        let last =
            self.across.ticks.last().map_or(0.0, |(value, label)| width_of(label, TEXT) / 2.0 - (1.0 - self.across.share(*value)) * 0.8 * WIDTH);
        RIGHT.max(last + 12.0)
    }

    fn panels(&self, canvas: &mut Canvas, top: f64) {
        let labels = self.parts.iter().flat_map(|part| &part.up.ticks).map(|(_, label)| width_of(label, TEXT));
        let left = MARGIN + 12.0 + labels.fold(30.0, f64::max);
        let mut y = top;
        for (i, part) in self.parts.iter().enumerate() {
            canvas.text((MARGIN, y + 12.0), &part.head, Type::LABEL.coloured(GREY));
            let origin = (left, y + HEAD);
            let panel = Panel { origin, width: WIDTH - left - self.right(), height: part.height, across: &self.across, up: &part.up };
            panel.grid(canvas, self.measured_from);
            (part.draw)(canvas, &panel);
            if i + 1 == self.parts.len() {
                panel.labels(canvas, self.across_name);
            }
            y += HEAD + part.height + 14.0;
        }
    }
}

/// The title of a picture, with as much of it as there is room for.
pub fn heading(canvas: &mut Canvas, title: &str, width: f64) {
    let per_character = width_of(title, TITLE) * 1.08 / title.chars().count().max(1) as f64;
    let title = shortened(title, ((width - 2.0 * MARGIN) / per_character.max(1.0)) as usize);
    canvas.text((MARGIN, 30.0), &title, Type::LABEL.sized(TITLE).bold());
}

/// Keys in rows that are not wider than a sheet.
pub fn rows(keys: &[Key]) -> Vec<Vec<&Key>> {
    let mut rows: Vec<Vec<&Key>> = Vec::new();
    let mut left = 0.0;
    for key in keys {
        match rows.last_mut() {
            Some(row) if key.width() <= left => row.push(key),
            _ => {
                rows.push(vec![key]);
                left = WIDTH - 2.0 * MARGIN;
            }
        }
        left -= key.width();
    }
    rows
}

pub fn legend(canvas: &mut Canvas, rows: &[Vec<&Key>]) {
    for (i, row) in rows.iter().enumerate() {
        let (mut x, y) = (MARGIN, 62.0 + ROW * i as f64);
        for key in row {
            swatch(canvas, (x, y), key);
            canvas.text((x + 36.0, y), &key.name, Type::LABEL.coloured(INK));
            x += key.width();
        }
    }
}

fn swatch(canvas: &mut Canvas, (x, y): Point, key: &Key) {
    match key.mark {
        Mark::Line => canvas.line(&[(x, y), (x + 28.0, y)], key.colour, 3.5),
        Mark::Area => canvas.rect((x, y - 8.0), (x + 28.0, y + 8.0), key.colour),
        Mark::Dashes => canvas.dashes((x, y), (x + 28.0, y), key.colour, 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::palette::BLUE;
    use super::*;

    #[test]
    fn a_legend_breaks_before_it_is_clipped() {
        let keys: Vec<Key> = (0..8).map(|i| Key::new(format!("shoppers POST /orders number {i}"), Mark::Line, BLUE)).collect();
        let rows = rows(&keys);
        assert!(rows.len() > 1 && rows.iter().all(|row| row.iter().map(|k| k.width()).sum::<f64>() <= WIDTH - 2.0 * MARGIN));
        assert_eq!(rows.iter().map(Vec::len).sum::<usize>(), 8);
    }

    #[test]
    fn a_title_that_is_too_long_loses_its_middle() {
        let svg = drawn(WIDTH, 100.0, "t", |canvas| heading(canvas, &"very long ".repeat(40), WIDTH));
        assert!(svg.contains('…'));
    }
}
