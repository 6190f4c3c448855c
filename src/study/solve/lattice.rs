//! All settings of the knobs, as a lattice of whole numbers: what neighbours are, and samples that are spread over it.
//!
//! ```text
//! point  [ 36, 2 ]  ──texts──▶  nodes.orders.write_capacity_units=37   nodes.list.memory=1769 MB
//! ```
//!
//! Whole numbers are neighbours; a range of real numbers without steps is a hundredth of its width apart; numbers of one unit in a list stand in their order. Any other
//! list is categories, each a neighbour of all others.

use crate::mechanism::luck::keyed;
use crate::study::{Knob, Range, Values};

/// An index into the values of each knob.
pub type Point = Vec<usize>;

/// Steps of a range of real numbers that does not say how many: a resolution of 1 %.
const STEPS: usize = 100;
/// Sets a sample's luck apart from other keys.
const SALT: u64 = 0x534F_4C56_0000_0000;

/// A knob and its values.
#[derive(Clone, Debug)]
pub struct Dial {
    pub path: String,
    /// Whether values have an order, so that there is something between two of them.
    pub ordered: bool,
    values: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    List(Vec<String>),
    Whole(Range),
    Real(Range),
}

impl Dial {
    pub fn of(knob: &Knob) -> Self {
        let (ordered, values) = match &knob.values {
            Values::Range(range, None) if range.whole => (true, Kind::Whole(range.clone())),
            Values::Range(range, None) => (true, Kind::Real(range.clone())),
            Values::Range(_, Some(_)) => (true, Kind::List(knob.values.grid())),
            Values::List(_) => in_order(knob.values.grid()),
        };
        Self { path: knob.path.clone(), ordered, values }
    }

    pub fn levels(&self) -> usize {
        match &self.values {
            Kind::List(values) => values.len(),
            Kind::Whole(range) => range.count().unwrap_or(1) as usize,
            Kind::Real(_) => STEPS + 1,
        }
    }

    /// As the scenario's language has it.
    pub fn text(&self, level: usize) -> String {
        match &self.values {
            Kind::List(values) => values[level.min(values.len() - 1)].clone(),
            Kind::Whole(range) => range.text(range.low + level as f64),
            Kind::Real(range) => range.at(level as f64 / STEPS as f64),
        }
    }
}

/// Ascending, where all are numbers of one unit.
fn in_order(values: Vec<String>) -> (bool, Kind) {
    let number = |text: &String| {
        let end = text.find(|sign: char| !(sign.is_ascii_digit() || sign == '.' || sign == '-')).unwrap_or(text.len());
        text[..end].parse::<f64>().ok().map(|number| (number, text[end..].trim().to_owned()))
    };
    let numbers: Option<Vec<(f64, String)>> = values.iter().map(number).collect();
    match numbers {
        Some(numbers) if numbers.iter().all(|(_, unit)| *unit == numbers[0].1) => {
            let mut both: Vec<(f64, String)> = numbers.into_iter().map(|(number, _)| number).zip(values).collect();
            both.sort_by(|a, b| a.0.total_cmp(&b.0));
            (true, Kind::List(both.into_iter().map(|(_, text)| text).collect()))
        }
        _ => (false, Kind::List(values)),
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Lattice(pub Vec<Dial>);

impl Lattice {
    /// How many settings there are; as many as can be counted.
    pub fn size(&self) -> u64 {
        self.0.iter().fold(1u64, |size, dial| size.saturating_mul(dial.levels() as u64))
    }

    /// Path and value of each knob.
    pub fn settings(&self, point: &Point) -> Vec<(String, String)> {
        self.0.iter().zip(point).map(|(dial, level)| (dial.path.clone(), dial.text(*level))).collect()
    }

    /// Every point, the last knob turning fastest.
    pub fn all(&self) -> Vec<Point> {
        self.0.iter().fold(vec![Vec::new()], |points, dial| {
            let with = |point: &Point| (0..dial.levels()).map(|level| point.iter().copied().chain([level]).collect()).collect::<Vec<Point>>();
            points.iter().flat_map(with).collect()
        })
    }

    /// Ordered knobs in their middle, all others at their first value.
    pub fn middle(&self) -> Point {
        self.0.iter().map(|dial| if dial.ordered { (dial.levels() - 1) / 2 } else { 0 }).collect()
    }

    /// `point` with one knob at another level.
    pub fn with(point: &Point, knob: usize, level: usize) -> Point {
        let mut other = point.clone();
        other[knob] = level;
        other
    }

    /// `point` with a knob turned by so many levels; `None` where it cannot be.
    pub fn turned(&self, point: &Point, knob: usize, by: isize) -> Option<Point> {
        let level = point[knob].checked_add_signed(by).filter(|level| *level < self.0[knob].levels())?;
        (by != 0).then(|| Self::with(point, knob, level))
    }

    /// What one turn of one knob leads to, as knob and point: a step down or up, or any other category.
    pub fn neighbours(&self, point: &Point) -> Vec<(usize, Point)> {
        let of = |(knob, dial): (usize, &Dial)| -> Vec<(usize, Point)> {
            let others = match dial.ordered {
                true => [-1, 1].iter().filter_map(|by| self.turned(point, knob, *by)).collect::<Vec<_>>(),
                false => (0..dial.levels()).filter(|level| *level != point[knob]).map(|level| Self::with(point, knob, level)).collect(),
            };
            others.into_iter().map(|other| (knob, other)).collect()
        };
        self.0.iter().enumerate().flat_map(of).collect()
    }

    /// A Latin hypercube of so many points: every knob has each stretch of its values once. Points that coincide are there once.
    pub fn sample(&self, count: usize, seed: u64) -> Vec<Point> {
        let columns: Vec<Vec<usize>> = self.0.iter().enumerate().map(|(knob, dial)| column(dial.levels(), count, seed, knob)).collect();
        let mut points: Vec<Point> = (0..count).map(|row| columns.iter().map(|column| column[row]).collect()).collect();
        let mut once = std::collections::BTreeSet::new();
        points.retain(|point| once.insert(point.clone()));
        points
    }
}

/// Levels in the middle of even stretches, shuffled (Fisher and Yates).
fn column(levels: usize, count: usize, seed: u64, knob: usize) -> Vec<usize> {
    let mut column: Vec<usize> = (0..count).map(|row| ((row as f64 + 0.5) / count as f64 * levels as f64) as usize).collect();
    for last in (1..count).rev() {
        let luck = keyed(seed, SALT | ((knob as u64) << 20) | last as u64);
        column.swap(last, (luck % (last as u64 + 1)) as usize);
    }
    column
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lattice(knobs: &[&str]) -> Lattice {
        Lattice(knobs.iter().map(|knob| Dial::of(&Knob::parse(knob).expect("a knob"))).collect())
    }

    #[test]
    fn whole_numbers_real_ranges_and_lists_have_their_levels() {
        let lattice = lattice(&["a=1..240", "b=0.5..1.5", "c=1769 MB,512 MB", "d=x86_64,arm64", "e=1..9:3"]);
        assert_eq!(lattice.0.iter().map(Dial::levels).collect::<Vec<_>>(), [240, 101, 2, 2, 3]);
        assert_eq!(lattice.0.iter().map(|dial| dial.ordered).collect::<Vec<_>>(), [true, true, true, false, true]);
        let texts: Vec<String> = lattice.settings(&vec![36, 50, 0, 1, 1]).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["37", "1", "512 MB", "arm64", "5"]);
        assert_eq!(lattice.size(), 240 * 101 * 2 * 2 * 3);
    }

    #[test]
    fn a_sample_has_each_stretch_of_every_knob_once() {
        let lattice = lattice(&["a=1..16", "b=1..32"]);
        let points = lattice.sample(16, 7);
        let sorted = |knob: usize| {
            let mut column: Vec<usize> = points.iter().map(|point| point[knob]).collect();
            column.sort_unstable();
            column
        };
        assert_eq!(sorted(0), (0..16).collect::<Vec<_>>());
        assert_eq!(sorted(1), (0..16).map(|row| 2 * row + 1).collect::<Vec<_>>());
        assert_ne!(points, lattice.sample(16, 8));
    }

    #[test]
    fn neighbours_are_one_turn_away() {
        let lattice = lattice(&["a=1..3", "b=x,y,z"]);
        let neighbours: Vec<Point> = lattice.neighbours(&vec![0, 1]).into_iter().map(|(_, point)| point).collect();
        assert_eq!(neighbours, [vec![1, 1], vec![0, 0], vec![0, 2]]);
    }
}
