//! Several courses over one number, with a bound: lines, and a dashed line that they are held against.
//!
//! ```text
//! % │╲
//!   │  ╲──╌╌──────      ╌╌ the bound
//!   └──────────── runs
//! ```

use super::Chart;
use super::axis::Axis;
use super::palette::{INK, LINES};
use super::sheet::{Key, Mark, Part, Sheet};

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    pub name: String,
    /// By the number along the bottom, ascending.
    pub points: Vec<(f64, f64)>,
}

/// Several courses over time, in seconds, from zero on.
pub fn stairs(name: &str, title: &str, head: &str, courses: &[Course]) -> Option<Chart> {
    let far = courses.iter().flat_map(|course| &course.points).map(|(x, _)| *x).reduce(f64::max)?;
    drawn(name, title, head, (Axis::time(far), "measured time"), courses, None)
}

/// Several courses over a number of things. Nothing where there is no course.
pub fn courses(name: &str, title: &str, head: &str, across_name: &str, courses: &[Course], bound: Option<(String, f64)>) -> Option<Chart> {
    let far = courses.iter().flat_map(|course| &course.points).map(|(x, _)| *x).reduce(f64::max)?;
    drawn(name, title, head, (Axis::things(far), across_name), courses, bound)
}

fn drawn(name: &str, title: &str, head: &str, across: (Axis, &str), courses: &[Course], bound: Option<(String, f64)>) -> Option<Chart> {
    let points = || courses.iter().flat_map(|course| &course.points);
    let most = points().map(|(_, y)| *y).chain(bound.iter().map(|(_, y)| *y)).reduce(f64::max)?;
    let lines = || courses.iter().zip(LINES.iter().cycle());
    let mut keys: Vec<Key> = lines().map(|(course, colour)| Key::new(course.name.clone(), Mark::Line, *colour)).collect();
    keys.extend(bound.iter().map(|(name, _)| Key::new(name.clone(), Mark::Dashes, INK)));
    let sheet = Sheet {
        title: title.to_owned(),
        keys,
        across: across.0,
        across_name: across.1,
        measured_from: 0.0,
        parts: vec![Part {
            head: head.to_owned(),
            up: Axis::counts(most),
            height: 360.0,
            draw: Box::new(|canvas, panel| {
                lines().for_each(|(course, colour)| panel.line(canvas, &course.points, *colour, 3.0));
                bound.iter().for_each(|(_, at)| panel.bound(canvas, *at, INK));
            }),
        }],
    };
    Some(Chart { name: name.to_owned(), title: title.to_owned(), svg: sheet.svg() })
}
