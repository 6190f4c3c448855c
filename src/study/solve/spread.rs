//! Knobs of which nothing is assumed: a spread sample is thinned out while more runs are made of what is left, then each of the best is improved step by step.
//!
//! ```text
//! 32 settings × 1 run ─▶ best 16 × 2 runs ─▶ best 8 × 4 ─▶ best 4 × 8 …      successive halving
//! from each of the last: one knob by ±s, or one up and another down; s halves where nothing is better      pattern search
//! ```
//!
//! Thinning is that of Jamieson & Talwalkar 2016 on a Latin hypercube, all settings with the same seeds; what goes is a race in the sense of Birattari et al. 2002
//! (F-race) without its test. Steps are those of Hooke & Jeeves 1961 on whole numbers, with exchanges, as the best setting lies on the edge of what keeps the
//! thresholds and cannot be left by one knob alone. It finds what no such step betters; that this is the best of all is not sure.

use super::lab::{Ended, Lab};
use super::lattice::Point;

/// Settings of the sample, by knob, and at least and most.
const SAMPLE: (usize, usize, usize) = (8, 16, 64);
/// Settings that are improved step by step.
const SURVIVORS: usize = 3;
/// With so many settings or fewer all of them are tried.
pub const ALL_MAX: u64 = 24;

/// Tries every setting; those that keep the thresholds, the best first.
pub fn all(lab: &mut Lab) -> Result<Vec<Point>, Ended> {
    let points = lab.lattice.all();
    lab.screen(&points)?;
    Ok(ranked(lab, points).into_iter().filter(|point| lab.keeps(point)).collect())
}

/// Searches; what keeps the thresholds, the best first.
pub fn search(lab: &mut Lab) -> Result<Vec<Point>, Ended> {
    let (each, least, most) = SAMPLE;
    let count = (each * lab.lattice.0.len()).clamp(least, most);
    let mut pool = lab.lattice.sample(count, lab.seeds[0]);
    pool.push(lab.lattice.middle());
    let mut seeds = 1;
    while pool.len() > SURVIVORS {
        let jobs: Vec<_> = pool.iter().flat_map(|point| (0..seeds).map(move |seed| (point.clone(), seed))).collect();
        lab.run(&jobs)?;
        pool.retain(|point| lab.cost(point).is_some());
        pool = ranked(lab, pool);
        pool.truncate((pool.len() / 2).max(SURVIVORS).min(pool.len().saturating_sub(1)).max(1));
        seeds = (2 * seeds).min(lab.seeds.len());
    }
    improved(lab, pool)
}

/// The best of all that was tried, step by step improved.
pub fn from_best(lab: &mut Lab) -> Result<Vec<Point>, Ended> {
    let tried: Vec<Point> = lab.tried.keys().filter(|point| lab.cost(point).is_some()).cloned().collect();
    let mut pool = ranked(lab, tried);
    pool.truncate(SURVIVORS);
    improved(lab, pool)
}

fn improved(lab: &mut Lab, pool: Vec<Point>) -> Result<Vec<Point>, Ended> {
    let mut found = Vec::new();
    for start in pool {
        let end = pattern(lab, start)?;
        if !found.contains(&end) {
            found.push(end);
        }
    }
    Ok(ranked(lab, found).into_iter().filter(|point| lab.keeps(point)).collect())
}

/// The best first: what breaks nothing by its objective, all else by how far it is from that.
fn ranked(lab: &Lab, mut points: Vec<Point>) -> Vec<Point> {
    let rank = |point: &Point| (lab.violation(point).unwrap_or(f64::INFINITY), lab.cost(point).unwrap_or(f64::INFINITY));
    let is_kept = |point: &Point| !lab.breaks(point);
    points.sort_by(|a, b| {
        let (one, other) = (rank(a), rank(b));
        is_kept(b).cmp(&is_kept(a)).then_with(|| match is_kept(a) {
            true => one.1.total_cmp(&other.1),
            false => one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)),
        })
    });
    points
}

/// Steps until none betters.
fn pattern(lab: &mut Lab, start: Point) -> Result<Point, Ended> {
    let mut steps: Vec<usize> = lab.lattice.0.iter().map(|dial| if dial.ordered { (dial.levels() / 4).max(1) } else { 1 }).collect();
    let mut at = start;
    lab.screen(std::slice::from_ref(&at))?;
    loop {
        let moves = moves(lab, &at, &steps);
        lab.screen(&moves)?;
        let better = moves.into_iter().fold(None, |best: Option<Point>, point| {
            let against = best.as_ref().unwrap_or(&at);
            if betters(lab, &point, against) { Some(point) } else { best }
        });
        match better {
            Some(point) => at = point,
            None if steps.iter().all(|step| *step == 1) => return Ok(at),
            None => steps.iter_mut().for_each(|step| *step = (*step / 2).max(1)),
        }
    }
}

/// One knob down or up, any other category, and one ordered knob against another.
fn moves(lab: &Lab, at: &Point, steps: &[usize]) -> Vec<Point> {
    let lattice = &lab.lattice;
    let ordered: Vec<usize> = (0..steps.len()).filter(|knob| lattice.0[*knob].ordered).collect();
    let by = |knob: usize, sign: isize| sign * steps[knob] as isize;
    let single = ordered.iter().flat_map(|knob| [-1, 1].map(|sign| lattice.turned(at, *knob, by(*knob, sign))));
    let pairs = ordered.iter().flat_map(|up| ordered.iter().map(move |down| (*up, *down))).filter(|(up, down)| up != down);
    let exchanged = pairs.map(|(up, down)| lattice.turned(&lattice.turned(at, up, by(up, 1))?, down, by(down, -1)));
    let categories = lattice.neighbours(at).into_iter().filter(|(knob, _)| !lattice.0[*knob].ordered).map(|(_, point)| Some(point));
    single.chain(exchanged).chain(categories).flatten().collect()
}

fn betters(lab: &Lab, point: &Point, other: &Point) -> bool {
    match (lab.keeps(point), lab.keeps(other)) {
        (true, true) => lab.cheaper(point, other),
        (true, false) => true,
        (false, true) => false,
        (false, false) => matches!((lab.violation(point), lab.violation(other)), (Some(own), Some(others)) if own < others - 1e-12),
    }
}
