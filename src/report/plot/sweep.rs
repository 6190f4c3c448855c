//! A figure over settings: dots with their intervals over one knob, or coloured cells over two.
//!
//! ```text
//! p(99) │╲ ░░░                     slots │ 210 ms  180 ms   90 ms      the darker the more; a cell with a frame keeps all thresholds
//!       │ ╲░●╌╌╌●  curve, band           │  90 ms   70 ms   60 ms
//!       └───────── memory                └──────────────────────── memory
//! ```

use plotters::prelude::RGBColor;

use super::super::style::shortened;
use super::Chart;
use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Point, TEXT, Type, drawn, width_of};
use super::palette::{BLUE, GREEN, GREY, HEAT, INK, PAPER, pale};
use super::sheet::{Key, Mark, Panel, Part, Sheet, WIDTH, heading, legend, rows as key_rows};
use super::tradeoff::axis;

/// What stands along the bottom.
#[derive(Clone, Debug, PartialEq)]
pub enum Across {
    Numbers { path: String, unit: String, least: f64, most: f64, is_log: bool },
    Words { path: String, words: Vec<String> },
}

/// Dots over one knob.
#[derive(Clone, Debug, PartialEq)]
pub struct Dots {
    pub title: String,
    pub figure: String,
    pub unit: String,
    pub across: Across,
    /// Place, mean, half of its interval.
    pub points: Vec<(f64, f64, f64)>,
    /// Whether each place has one dot, so that a line leads through them.
    pub curve: bool,
}

impl Across {
    /// Where a value lies.
    pub fn place(&self, value: &str) -> Option<f64> {
        match self {
            Self::Words { words, .. } => words.iter().position(|word| word == value).map(|at| at as f64 + 0.5),
            Self::Numbers { .. } => {
                let end = value.find(|sign: char| !(sign.is_ascii_digit() || sign == '.' || sign == '-')).unwrap_or(value.len());
                value[..end].parse().ok()
            }
        }
    }

    fn axis(&self) -> (Axis, String) {
        match self {
            Self::Words { path, words } => {
                let ticks = words.iter().enumerate().map(|(at, word)| (at as f64 + 0.5, shortened(word, 24))).collect();
                (Axis { from: 0.0, to: words.len().max(1) as f64, is_log: false, ticks, minor: Vec::new() }, path.clone())
            }
            Self::Numbers { path, unit, least, most, is_log } => {
                let name = if unit.is_empty() { path.clone() } else { format!("{path} ({unit})") };
                if *is_log { (Axis::decades(least / 1.05, most * 1.05), name) } else { (axis((path, ""), *least, *most).0, name) }
            }
        }
    }
}

/// Nothing, where nothing was measured.
pub fn dots(name: &str, of: &Dots) -> Option<Chart> {
    let low = of.points.iter().map(|(_, y, half)| y - half).reduce(f64::min)?;
    let high = of.points.iter().map(|(_, y, half)| y + half).reduce(f64::max)?;
    // An interval may reach below nothing; the figure cannot.
    let low = if of.points.iter().all(|(_, y, _)| *y >= 0.0) { low.max(0.0) } else { low };
    let (up, head) = axis((&of.figure, &of.unit), low, high);
    let (across, across_name) = of.across.axis();
    let mut points = of.points.clone();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut keys = vec![Key::new(if of.curve { "mean over runs" } else { "a point, mean over runs" }, Mark::Area, BLUE)];
    keys.push(Key::new("95 % interval", Mark::Area, pale(BLUE, 0.35)));
    let is_curve = of.curve && matches!(of.across, Across::Numbers { .. });
    let sheet = Sheet {
        title: of.title.clone(),
        keys,
        across,
        across_name: &across_name,
        measured_from: 0.0,
        parts: vec![Part { head, up, height: 380.0, draw: Box::new(move |canvas, panel| draw(canvas, panel, &points, is_curve)) }],
    };
    Some(Chart { name: name.to_owned(), title: of.title.clone(), svg: sheet.svg() })
}

fn draw(canvas: &mut Canvas, panel: &Panel, points: &[(f64, f64, f64)], is_curve: bool) {
    if is_curve {
        let side = |sign: f64| points.iter().map(|(x, y, half)| (*x, y + sign * half)).collect::<Vec<Point>>();
        panel.between(canvas, &side(-1.0), &side(1.0), pale(BLUE, 0.35));
        panel.line(canvas, &points.iter().map(|(x, y, _)| (*x, *y)).collect::<Vec<_>>(), BLUE, 3.0);
    } else {
        for (x, y, half) in points {
            canvas.line(&[panel.at((*x, y - half)), panel.at((*x, y + half))], pale(BLUE, 0.35), 5.0);
        }
    }
    let radius = if points.len() > 60 { 3.0 } else { 5.0 };
    points.iter().for_each(|(x, y, _)| canvas.dot(panel.at((*x, *y)), radius, BLUE));
}

/// A cell of a heat map.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub column: usize,
    pub row: usize,
    pub value: f64,
    pub label: String,
    /// Whether all thresholds held in every run.
    pub keeps: bool,
}

/// The widest that the names of rows may be.
const NAMES: f64 = 240.0;
const LINE: f64 = 44.0;

/// Cells by column and row, the first row at the bottom; nothing, where there is none.
pub fn cells(name: &str, title: &str, axes: [(&str, &[String]); 2], cells: &[Cell]) -> Option<Chart> {
    let least = cells.iter().map(|cell| cell.value).reduce(f64::min)?;
    let most = cells.iter().map(|cell| cell.value).reduce(f64::max)?;
    let [(across, columns), (up, lines)] = axes;
    let is_bound = cells.iter().any(|cell| !cell.keeps) && cells.iter().any(|cell| cell.keeps);
    let mut keys = vec![Key::new("least", Mark::Area, HEAT[0]), Key::new("most", Mark::Area, HEAT[HEAT.len() - 1])];
    keys.extend(is_bound.then(|| Key::new("framed: keeps all thresholds", Mark::Area, GREEN)));
    let rows = key_rows(&keys);
    let left = 40.0 + lines.iter().map(|line| width_of(line, TEXT)).fold(0.0, f64::max).min(NAMES);
    let top = 96.0 + 27.0 * rows.len() as f64;
    let line = LINE.min(560.0 / lines.len() as f64);
    let width = (WIDTH - left - 30.0) / columns.len() as f64;
    let bottom = top + line * lines.len() as f64;
    let svg = drawn(WIDTH, bottom + 66.0, title, |canvas| {
        heading(canvas, title, WIDTH);
        legend(canvas, &rows);
        canvas.text((24.0, top - 14.0), up, Type::LABEL.coloured(GREY));
        canvas.text((left + width * columns.len() as f64 / 2.0, bottom + 46.0), across, Type::LABEL.anchored(Anchor::Middle).coloured(GREY));
        let fits = cells.iter().all(|cell| width_of(&cell.label, TEXT - 2.0) + 6.0 < width) && line > 18.0;
        for cell in cells {
            let (x, y) = (left + width * cell.column as f64, bottom - line * (cell.row + 1) as f64);
            let (colour, ink) = shade(least, most, cell.value);
            canvas.rect((x + 1.0, y + 1.0), (x + width - 1.0, y + line - 1.0), colour);
            if is_bound && cell.keeps {
                canvas.outline((x + 2.0, y + 2.0), (x + width - 2.0, y + line - 2.0), GREEN, 3.0);
            }
            if fits {
                canvas.text((x + width / 2.0, y + line / 2.0), &cell.label, Type::LABEL.sized(TEXT - 2.0).anchored(Anchor::Middle).coloured(ink));
            }
        }
        names(canvas, columns, |at| (left + width * (at as f64 + 0.5), bottom + 20.0), Anchor::Middle, width);
        names(canvas, lines, |at| (left - 10.0, bottom - line * (at as f64 + 0.5)), Anchor::End, line * 6.0);
    });
    Some(Chart { name: name.to_owned(), title: title.to_owned(), svg })
}

/// Names of columns or lines, each `every`-th where there is no room for all.
fn names(canvas: &mut Canvas, all: &[String], place: impl Fn(usize) -> Point, anchor: Anchor, room: f64) {
    let widest = all.iter().map(|name| width_of(name, TEXT) + 8.0).fold(1.0, f64::max);
    let every = if anchor == Anchor::Middle { (widest / room).ceil().max(1.0) as usize } else { (120.0 / room).ceil().max(1.0) as usize };
    all.iter().enumerate().step_by(every).for_each(|(at, name)| canvas.text(place(at), &shortened(name, 28), Type::LABEL.anchored(anchor)));
}

/// By ratio where the most is many times the least, else evenly; and what is readable on it.
fn shade(least: f64, most: f64, value: f64) -> (RGBColor, RGBColor) {
    let share = match () {
        () if most <= least => 0.0,
        () if least > 0.0 && most / least > 10.0 => libm::log(value / least) / libm::log(most / least),
        () => (value - least) / (most - least),
    };
    let level = ((share * HEAT.len() as f64) as usize).min(HEAT.len() - 1);
    (HEAT[level], if level >= 3 { PAPER } else { INK })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_has_its_value_where_there_is_room() {
        let words = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let cell = |column, row, value: f64| Cell { column, row, value, label: format!("{value} ms"), keeps: value < 3.0 };
        let found = [cell(0, 0, 1.0), cell(1, 0, 2.0), cell(0, 1, 3.0), cell(1, 1, 400.0)];
        let (columns, lines) = (words(&["128 MB", "256 MB"]), words(&["1", "2"]));
        let chart = cells("sweep-p99", "p99 by memory and slots", [("memory", &columns), ("slots", &lines)], &found).expect("four cells");
        assert!(["1 ms", "400 ms", "128 MB", "memory"].iter().all(|text| chart.svg.contains(&format!(">\n{text}\n"))), "{}", chart.svg);
        assert!(cells("none", "nothing", [("memory", &columns), ("slots", &lines)], &[]).is_none());
    }

    #[test]
    fn words_stand_side_by_side_and_numbers_where_they_are() {
        let words = Across::Words { path: "mode".into(), words: vec!["on".into(), "off".into()] };
        assert_eq!((words.place("off"), words.place("auto")), (Some(1.5), None));
        let numbers = Across::Numbers { path: "memory".into(), unit: "MB".into(), least: 128.0, most: 512.0, is_log: false };
        assert_eq!(numbers.place("256 MB"), Some(256.0));
    }
}
