//! A monotone knob: along it the objective only rises and thresholds are only kept from somewhere on, so that bisection finds the best setting of a line.
//!
//! ```text
//! objective  1   2   3   4   5   6   7   8        cheap end ─▶ dear end
//!            ✗   ✗   ✗   ✗   ✓   ✓   ✓   ✓        the first ✓ is the cheapest that keeps the thresholds
//! ```
//!
//! With other knobs beside it there is a line for each of their combinations, and lines race: one is tried just where it would begin to cost more than the best
//! so far, and if it breaks a threshold there it is out, as all that is cheaper on it breaks one too. What is assumed is looked at in every run that is made; where
//! it does not hold, that is said, and a search from the best settings goes on without it.

use super::lab::{Ended, Lab};
use super::lattice::{Lattice, Point};

/// More lines than this are not raced.
pub const LINES_MAX: u64 = 64;
/// By what share of its span an objective may fall along a line and still count as rising: the noise of single runs.
const SLACK: f64 = 0.02;

/// Settings that differ in one knob, the cheapest first.
#[derive(Clone, Debug)]
struct Line {
    point: Point,
    knob: usize,
    levels: usize,
    /// Whether the first level is the cheapest.
    up: bool,
}

impl Line {
    fn at(&self, place: usize) -> Point {
        Lattice::with(&self.point, self.knob, if self.up { place } else { self.levels - 1 - place })
    }
}

/// The ordered knob with the most levels along which the objective rises or falls throughout, as its ends and its middle say; none, where there is none.
pub fn monotone_knob(lab: &mut Lab) -> Result<Option<usize>, Ended> {
    let middle = lab.lattice.middle();
    let knobs: Vec<(usize, usize)> =
        lab.lattice.0.iter().enumerate().filter(|(_, dial)| dial.ordered && dial.levels() > 2).map(|(knob, dial)| (knob, dial.levels())).collect();
    let ends = |(knob, levels): &(usize, usize)| [Lattice::with(&middle, *knob, 0), Lattice::with(&middle, *knob, levels - 1)];
    let points: Vec<Point> = knobs.iter().flat_map(ends).chain([middle.clone()]).collect();
    lab.screen(&points)?;
    let rises = |knob: &&(usize, usize)| {
        let [low, high] = ends(knob);
        let (Some(first), Some(second)) = (lab.worse_by(&low, &middle), lab.worse_by(&middle, &high)) else { return false };
        let slack = SLACK * (first + second).abs();
        let flat = 1e-9 * lab.cost(&middle).unwrap_or(0.0).abs();
        (first + second).abs() > flat && (first.min(second) >= -slack || first.max(second) <= slack)
    };
    // Of as many levels the first.
    Ok(knobs.iter().filter(rises).max_by_key(|(knob, levels)| (*levels, usize::MAX - knob)).map(|(knob, _)| *knob))
}

/// What the lines of a knob have come to.
pub struct Raced {
    /// Settings that were the best when they were found, the best first.
    pub found: Vec<Point>,
    /// Whether a line was not as was assumed.
    pub crooked: bool,
}

/// Races all lines of a knob.
pub fn race(lab: &mut Lab, knob: usize) -> Result<Raced, Ended> {
    let mut lines = lines(lab, knob)?;
    let mut found: Vec<Point> = Vec::new();
    let cost = |lab: &Lab, line: &Line| lab.cost(&line.at(0)).unwrap_or(f64::INFINITY);
    lines.sort_by(|a, b| cost(lab, a).total_cmp(&cost(lab, b)));
    for line in &lines {
        if let Some(better) = descend(lab, line, found.first())? {
            found.insert(0, better);
        }
    }
    let crooked = lines.iter().any(|line| is_crooked(lab, line));
    Ok(Raced { found, crooked })
}

/// One for each combination of the other knobs, cut to what is a scenario, with both ends tried.
fn lines(lab: &mut Lab, knob: usize) -> Result<Vec<Line>, Ended> {
    let mut others = lab.lattice.clone();
    others.0.remove(knob);
    let mut lines = Vec::new();
    for mut point in others.all() {
        point.insert(knob, 0);
        let whole = Line { point, knob, levels: lab.lattice.0[knob].levels(), up: true };
        lines.extend(of_scenarios(lab, whole));
    }
    let ends: Vec<Point> = lines.iter().flat_map(|line| [line.at(0), line.at(line.levels - 1)]).collect();
    lab.screen(&ends)?;
    for line in &mut lines {
        line.up = lab.worse_by(&line.at(0), &line.at(line.levels - 1)).is_none_or(|by| by >= 0.0);
    }
    Ok(lines)
}

/// A line whose last settings are no scenarios ends before them; one whose first settings are none is given up, unless its last is one.
fn of_scenarios(lab: &mut Lab, line: Line) -> Option<Line> {
    if lab.is_scenario(&line.at(line.levels - 1)) {
        return lab.is_scenario(&line.at(0)).then_some(line);
    }
    if !lab.is_scenario(&line.at(0)) {
        return None;
    }
    let (mut good, mut bad) = (0, line.levels - 1);
    while bad - good > 1 {
        let middle = usize::midpoint(good, bad);
        if lab.is_scenario(&line.at(middle)) { good = middle } else { bad = middle }
    }
    Some(Line { levels: good + 1, ..line })
}

/// The cheapest setting of a line that keeps the thresholds, where it is better than the best so far.
fn descend(lab: &mut Lab, line: &Line, best: Option<&Point>) -> Result<Option<Point>, Ended> {
    let (cheap, dear) = (line.at(0), line.at(line.levels - 1));
    let is_better = |lab: &Lab, point: &Point| best.is_none_or(|best| lab.cheaper(point, best));
    if !is_better(lab, &cheap) {
        return Ok(None);
    }
    if lab.keeps(&cheap) {
        return Ok(Some(cheap));
    }
    let mut found = (lab.keeps(&dear) && is_better(lab, &dear)).then(|| dear.clone());
    let (mut low, mut high) = (0, line.levels - 1);
    if lab.breaks(&dear) {
        match window(lab, line)? {
            Some(middle) => {
                found = Some(line.at(middle)).filter(|point| is_better(lab, point));
                high = middle;
            }
            None => return Ok(None),
        }
    }
    let mut next = best.and_then(|best| break_even(lab, line, best));
    while high - low > 1 {
        let place = next.take().map_or(usize::midpoint(low, high), |place| place.clamp(low + 1, high - 1));
        let point = line.at(place);
        lab.screen(std::slice::from_ref(&point))?;
        match (lab.breaks(&point), is_better(lab, &point)) {
            // All that is cheaper breaks too, and all that is dearer is no better.
            (true, false) => return Ok(found),
            (true, true) => low = place,
            (false, better) => {
                high = place;
                found = better.then_some(point).or(found);
            }
        }
    }
    Ok(found)
}

/// Where different thresholds break at the two ends, something between may keep them all: the middle, where it does.
fn window(lab: &mut Lab, line: &Line) -> Result<Option<usize>, Ended> {
    let middle = (line.levels - 1) / 2;
    if middle == 0 || lab.failing(&line.at(0)).is_superset(&lab.failing(&line.at(line.levels - 1))) {
        return Ok(None);
    }
    lab.screen(&[line.at(middle)])?;
    Ok(lab.keeps(&line.at(middle)).then_some(middle))
}

/// The first place of a line that would cost no less than the best, were its objective straight between its ends.
fn break_even(lab: &Lab, line: &Line, best: &Point) -> Option<usize> {
    let last = line.levels - 1;
    let (room, span) = (lab.worse_by(&line.at(0), best)?, lab.worse_by(&line.at(0), &line.at(last))?);
    (span > 0.0).then(|| (room / span * last as f64 - 1e-9).ceil().clamp(0.0, last as f64) as usize)
}

/// Whether what has been run says that the objective falls along a line, or that a threshold breaks again after it was kept.
fn is_crooked(lab: &Lab, line: &Line) -> bool {
    let tried: Vec<Point> = (0..line.levels).map(|place| line.at(place)).filter(|point| lab.cost(point).is_some()).collect();
    let span = lab.worse_by(&line.at(0), &line.at(line.levels - 1)).unwrap_or(0.0);
    let falls = tried.windows(2).any(|pair| lab.worse_by(&pair[0], &pair[1]).is_some_and(|by| by < -SLACK * span));
    let breaks_again = tried.windows(2).any(|pair| lab.keeps(&pair[0]) && lab.breaks(&pair[1]));
    falls || breaks_again
}
