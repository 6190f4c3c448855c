//! The largest load that keeps the scenario's thresholds, what breaks beyond it, and the knee.
//!
//! ```text
//! 1 ─keeps─▶ 2 ─▶ 4 ─breaks─▶ √(2 · 4) … bisection by ratio, to `precision` ─▶ capacity ─▶ levels from ¼ to 2 times of it, for the curve
//!   ─breaks─▶ ½ ─▶ ¼ … 1/1000, or a hundred requests a run
//! ```
//!
//! All levels have the same seeds. That more load only harms is not believed but looked at in every level that is run. Left out: finding the capacity of one workload while the
//! others stay as they are, for which `--set` and `solve` are there.

mod answer;
mod export;
mod ladder;
mod level;
mod seen;
mod text;

pub use crate::study::solve::Refused;
pub use answer::{Breaking, Capacity, Found};
pub use level::{Level, Mean, Refusing, Served};
pub use seen::Waits;

use crate::document::{Diagnostic, Span};
use crate::study::solve::Ended;
use crate::study::{Base, Header, How, seeds};
use crate::topology::Loaded;

use super::load::closed_loops;
use ladder::Ladder;

/// The format's name and version.
pub const FORMAT: &str = "coldfront.capacity/1";
/// No load below this is tried.
const LEAST: f64 = 1e-3;
/// With fewer requests a run says little of a p99: less load is not tried.
const FEW: f64 = 100.0;
/// The curve reaches from and to these multiples of the capacity.
const AROUND: (f64, f64) = (0.25, 2.0);

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub replications: usize,
    /// In what share of its replications a level must keep all thresholds.
    pub share: f64,
    /// To what share of itself the capacity is found.
    pub precision: f64,
    /// No load above this is tried.
    pub max: f64,
    /// Of the curve around the capacity.
    pub levels: usize,
    /// No more runs than these.
    pub runs: usize,
    /// The words of the command line.
    pub command: Vec<String>,
}

/// What is known of where the capacity lies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Edge {
    keeps: Option<f64>,
    breaks: Option<f64>,
}

/// Finds the capacity.
///
/// # Errors
/// E193 without thresholds, and whatever is wrong with the scenario.
pub fn capacity(base: &Base, asked: &Asked, how: &How) -> Result<Capacity, Refused> {
    let world = base.world(&[]).map_err(Refused::Loaded)?;
    if world.scenario.thresholds.is_empty() {
        return Err(unbounded(&base.load(&[])));
    }
    let seeds = seeds(world.scenario.seed, asked.replications.max(1));
    let allowed = ((1.0 - asked.share) * seeds.len() as f64 + 1e-9).floor() as usize;
    let header = Header::new(FORMAT, base, &seeds, &asked.command);
    let mut ladder = Ladder::new(&world, how, seeds, allowed, asked.runs);
    let mut edge = Edge::default();
    let closed = closed_loops(&world.scenario);
    let only_closed = closed.len() == world.scenario.workloads.len();
    let most_users = closed.iter().map(|(_, users)| *users).max().filter(|_| only_closed);
    let ended = search(&mut ladder, asked, most_users, &mut edge).and_then(|()| draw(&mut ladder, asked, edge)).err();
    Ok(Capacity::of(header, &world, &ladder, edge, ended, asked))
}

fn unbounded(loaded: &Loaded) -> Refused {
    let start = loaded.parsed.root.as_ref().map_or(Span::default(), |root| Span { end: root.span.start, ..root.span });
    let hint = "write what must hold: `thresholds: [ \"shoppers: p(99) < 300ms\" ]`, or ask with `--keep \"shoppers: p(99) < 300ms\"`";
    let diagnostic = Diagnostic::error("E193", start, "without thresholds any load would do").label("no `thresholds`").hint(hint);
    Refused::Said(Box::new((diagnostic, loaded.parsed.sources.clone())))
}

/// Doubles or halves the load until it crosses the edge, then closes in on it.
fn search(ladder: &mut Ladder, asked: &Asked, most_users: Option<u64>, edge: &mut Edge) -> Result<(), Ended> {
    cross(ladder, asked.max, edge)?;
    while let Edge { keeps: Some(low), breaks: Some(high) } = *edge {
        // No number of users lies between.
        let are_neighbours = most_users.is_some_and(|users| (users as f64 * high).round() - (users as f64 * low).round() <= 1.0);
        if high / low <= 1.0 + asked.precision || are_neighbours {
            break;
        }
        step(ladder, (low * high).sqrt(), edge)?;
    }
    Ok(())
}

fn cross(ladder: &mut Ladder, max: f64, edge: &mut Edge) -> Result<(), Ended> {
    let mut at = max.min(1.0);
    while step(ladder, at, edge)? && edge.breaks.is_none() && at < max {
        at = (2.0 * at).min(max);
    }
    // That two requests keep a bound on p99 is luck.
    while edge.keeps.is_none() && at > LEAST && ladder.least_requests(at) >= 2.0 * FEW {
        at = (at / 2.0).max(LEAST);
        step(ladder, at, edge)?;
    }
    Ok(())
}

fn step(ladder: &mut Ladder, at: f64, edge: &mut Edge) -> Result<bool, Ended> {
    let keeps = ladder.judge(at)?;
    if keeps {
        edge.keeps = Some(at)
    } else {
        edge.breaks = Some(at)
    }
    Ok(keeps)
}

/// All runs of both sides of the edge, and levels around it.
fn draw(ladder: &mut Ladder, asked: &Asked, edge: Edge) -> Result<(), Ended> {
    let (Some(low), Some(high)) = (edge.keeps, edge.breaks) else {
        let least: Vec<f64> = edge.breaks.filter(|_| edge.keeps.is_none()).into_iter().collect();
        return ladder.complete(&least);
    };
    let mut levels = vec![low, high];
    for number in 0..asked.levels {
        let share = if asked.levels > 1 { number as f64 / (asked.levels - 1) as f64 } else { 0.0 };
        let wanted = low * AROUND.0 * libm::pow(AROUND.1 / AROUND.0, share);
        let is_near = |tried: &f64| (tried / wanted).max(wanted / tried) <= 1.0 + asked.precision;
        let near = ladder.rungs.iter().map(|rung| rung.multiplier).find(is_near);
        levels.push(near.unwrap_or(wanted));
    }
    levels.retain(|level| (LEAST..=asked.max).contains(level));
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    ladder.complete(&levels)
}
