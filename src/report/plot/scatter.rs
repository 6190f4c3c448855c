//! Measured against simulated, by ratio on both axes: what lies on the diagonal is right.
//!
//! ```text
//! simulated │      ╱ ● inside its tolerance   ○ outside   · a point of a series       the band: within 20 %
//!           │   ╱ ○
//!           └────────── measured                                                       colours: times, counts, shares, rates
//! ```
//!
//! Left out: what is zero on either side, which has no place on such axes; names that would lie on others.

use plotters::prelude::RGBColor;

use super::super::slug::slug;
use super::Chart;
use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Point, TEXT, Type, width_of};
use super::palette::{BLUE, GREEN, GREY, INK, PAPER, PURPLE, VERMILION, pale};
use super::sheet::{Key, Mark, Panel, Part, Sheet};

/// How far from the diagonal the band reaches.
const BAND: f64 = 0.2;
/// With more figures than these only those outside have names.
const NAMED_MAX: usize = 12;

/// A figure that is both measured and simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    pub name: String,
    /// `s`, `share`, `1/s`, or anything else for counts.
    pub unit: String,
    pub measured: f64,
    pub simulated: f64,
    /// Whether it is near enough.
    pub inside: bool,
    /// Whether it counts.
    pub scored: bool,
    /// Whether it is one point of a series, and so neither near enough nor not.
    pub is_point: bool,
}

/// Units, what their colour is called in the legend, and the colour.
const UNITS: [(&str, &str, RGBColor); 4] =
    [("s", "times, in seconds", BLUE), ("count", "counts", VERMILION), ("share", "shares and ratios", GREEN), ("1/s", "rates, a second", PURPLE)];

/// What counts for nothing.
const UNSCORED: RGBColor = RGBColor(170, 170, 170);

/// Nothing, where there is no figure other than zero.
pub fn scatter(of: &str, dots: &[Dot]) -> Option<Chart> {
    let dots: Vec<&Dot> = dots.iter().filter(|dot| dot.measured > 0.0 && dot.simulated > 0.0).collect();
    let values = || dots.iter().flat_map(|dot| [dot.measured, dot.simulated]);
    let (least, most) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
    let axis = Axis::decades(least / 1.3, most * 1.3);
    let units = UNITS.iter().filter(|(unit, ..)| dots.iter().any(|dot| dot.scored && colour(dot) == of_unit(unit)));
    let keys = units.map(|(_, name, colour)| Key::new(*name, Mark::Area, *colour)).chain([Key::new("within 20 %", Mark::Area, pale(GREY, 0.2))]);
    let sheet = Sheet {
        title: format!("{of}: measured against simulated"),
        keys: keys.collect(),
        across: axis.clone(),
        across_name: "measured (full: inside its tolerance; hollow: outside; grey: not scored; small: points of series)",
        measured_from: 0.0,
        parts: vec![Part { head: "simulated".into(), up: axis, height: 620.0, draw: Box::new(|canvas, panel| draw(canvas, panel, &dots)) }],
    };
    Some(Chart { name: format!("scatter-{}", slug(of)), title: sheet.title.clone(), svg: sheet.svg() })
}

fn of_unit(unit: &str) -> RGBColor {
    UNITS.iter().find(|(known, ..)| *known == unit).map_or(VERMILION, |(.., colour)| *colour)
}

fn colour(dot: &Dot) -> RGBColor {
    if dot.scored { of_unit(&dot.unit) } else { UNSCORED }
}

fn draw(canvas: &mut Canvas, panel: &Panel, dots: &[&Dot]) {
    let (from, to) = (panel.across.from, panel.across.to);
    // By ratio the band is as wide everywhere, so its edges are straight; they end where they leave the panel.
    let (below, above) = (1.0 - BAND, 1.0 + BAND);
    let corners = [(from, from), (from / below, from), (to, to * below), (to, to), (to / above, to), (from, from * above)];
    let corners: Vec<Point> = corners.iter().map(|corner| panel.at(*corner)).collect();
    canvas.area(&corners, pale(GREY, 0.2));
    panel.line(canvas, &[(from, from), (to, to)], GREY, 1.5);
    for dot in dots.iter().filter(|dot| dot.is_point) {
        canvas.dot(panel.at((dot.measured, dot.simulated)), 2.5, pale(colour(dot), 0.7));
    }
    let figures: Vec<&&Dot> = dots.iter().filter(|dot| !dot.is_point).collect();
    for dot in &figures {
        let at = panel.at((dot.measured, dot.simulated));
        canvas.dot(at, if dot.scored { 6.0 } else { 5.0 }, colour(dot));
        if !dot.inside || !dot.scored {
            canvas.dot(at, 3.5, PAPER);
        }
    }
    let is_named = |dot: &&&&Dot| figures.len() <= NAMED_MAX || (!dot.inside && dot.scored);
    let mut taken: Vec<(Point, Point)> = figures.iter().map(|dot| around(panel.at((dot.measured, dot.simulated)))).collect();
    figures.iter().filter(is_named).for_each(|dot| name(canvas, panel, dot, &mut taken));
}

/// The box of a dot.
fn around((x, y): Point) -> (Point, Point) {
    ((x - 7.0, y - 7.0), (x + 7.0, y + 7.0))
}

/// Beside its dot, where there is room; nowhere else.
fn name(canvas: &mut Canvas, panel: &Panel, dot: &Dot, taken: &mut Vec<(Point, Point)>) {
    const SIZE: f64 = TEXT - 3.0;
    let (x, y) = panel.at((dot.measured, dot.simulated));
    let width = width_of(&dot.name, SIZE);
    let places = [(12.0, 0.0, Anchor::Start), (-12.0, 0.0, Anchor::End), (10.0, 17.0, Anchor::Start), (-10.0, -17.0, Anchor::End)];
    for (dx, dy, anchor) in places {
        let left = if anchor == Anchor::Start { x + dx } else { x + dx - width };
        let own = ((left, y + dy - SIZE / 2.0), (left + width, y + dy + SIZE / 2.0));
        let inside = own.0.0 >= panel.origin.0 && own.1.0 <= panel.origin.0 + panel.width;
        let apart = |other: &(Point, Point)| own.1.0 < other.0.0 || own.0.0 > other.1.0 || own.1.1 < other.0.1 || own.0.1 > other.1.1;
        if inside && taken.iter().all(apart) {
            canvas.text((x + dx, y + dy), &dot.name, Type::LABEL.sized(SIZE).coloured(INK).anchored(anchor));
            return taken.push(own);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(name: &str, measured: f64, simulated: f64) -> Dot {
        Dot { name: name.into(), unit: "s".into(), measured, simulated, inside: simulated < 1.2 * measured, scored: true, is_point: false }
    }

    #[test]
    fn what_is_zero_has_no_place_and_nothing_is_no_picture() {
        assert!(scatter("sqs", &[]).is_none() && scatter("sqs", &[dot("zero", 0.0, 1.0)]).is_none());
    }

    #[test]
    fn figures_have_their_names_where_they_are_few() {
        let chart = scatter("api_gateway", &[dot("near", 1.0, 1.1), dot("far", 100.0, 300.0)]).expect("two figures");
        assert!(chart.name == "scatter-api_gateway" && chart.svg.contains(">\nnear\n") && chart.svg.contains(">\nfar\n"), "{}", chart.svg);
    }

    #[test]
    fn of_many_figures_only_those_outside_have_names() {
        let mut many: Vec<Dot> = (1..=30).map(|n| dot(&format!("near{n}"), f64::from(n), f64::from(n))).collect();
        many.push(dot("far", 10.0, 1000.0));
        let svg = scatter("lambda", &many).expect("many").svg;
        assert!(svg.contains(">\nfar\n") && !svg.contains("near"));
    }
}
