//! The cheapest setting that keeps the scenario's thresholds.
//!
//! ```text
//! knobs ─▶ Lattice ─▶ search (all │ lines │ spread) ─▶ candidates ─finish─▶ best ─neighbours─▶ best or better
//!                          ▲ Lab: runs, once each, all settings with the same seeds       └─ a seed that breaks it is asked first, and the search goes on
//! ```
//!
//! A setting is good where all thresholds hold together in the asked share of its replications; of good settings the one with the best mean objective wins. Left out: surrogate
//! models (Gaussian processes and the like): a run is cheap, the best setting lies on an edge that is a step, and they would smooth it.

mod answer;
mod binding;
mod export;
mod front;
mod goal;
mod lab;
mod lattice;
mod lines;
mod spread;
mod text;

pub use answer::{Known, Setting, Share, Solution, Turned};
pub use binding::{Shift, Step};
pub use front::FrontPoint;

use crate::document::{Diagnostic, Span};
use crate::report::Figure;
use crate::scenario::{Source, Sources, is_unreadable};
use crate::study::{Base, Header, How, Knob, Pick, seeds};
use crate::topology::Loaded;

use answer::Searched;
pub(in crate::study) use answer::known;
use goal::Goal;
pub(in crate::study) use goal::violation;
use lab::Lab;
pub(in crate::study) use lab::{Ended, half_width, kept, mean};
use lattice::{Dial, Lattice, Point};

/// The format's name and version.
pub const FORMAT: &str = "coldfront.solve/1";
/// Settings that are looked for one that is a scenario, to begin with.
const BEGINNINGS: usize = 64;
/// By what share of the objective others may be worse before they are finished, and still become the best.
const CLOSE: f64 = 0.01;
/// So many of them.
const CLOSE_MAX: usize = 2;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The figure that is to be best; the total cost a month where none is named.
    pub objective: Option<String>,
    pub maximise: bool,
    /// The other axis of the front.
    pub against: Option<String>,
    pub replications: usize,
    /// In what share of its replications a setting must keep all thresholds.
    pub share: f64,
    /// No more runs than these.
    pub runs: usize,
    /// The words of the command line.
    pub command: Vec<String>,
}

/// Why nothing was looked for.
#[derive(Debug)]
pub enum Refused {
    /// A scenario that cannot be run.
    Loaded(Box<Loaded>),
    Said(Box<(Diagnostic, Sources)>),
}

/// Finds the best setting.
///
/// # Errors
/// E193 without thresholds, E195 without knobs, E186 for a figure that no run has, and whatever is wrong with the scenario, a path or a value.
pub fn solve(base: &Base, knobs: &[Knob], asked: &Asked, how: &How) -> Result<Solution, Refused> {
    let loaded = base.load(&[]);
    let Some(scenario) = loaded.ready().cloned() else { return Err(Refused::Loaded(Box::new(loaded))) };
    complete(&loaded, scenario.thresholds.is_empty(), knobs)?;
    readable(base, knobs)?;
    let seeds = seeds(scenario.seed, asked.replications.max(1));
    let allowed = ((1.0 - asked.share) * seeds.len() as f64 + 1e-9).floor() as usize;
    let header = Header::new(FORMAT, base, &seeds, &asked.command);
    let mut lab = Lab::new(base, how, Lattice(knobs.iter().map(Dial::of).collect()), seeds, allowed, asked.runs);
    let mut searched = Searched::default();
    let ended = match begin(&mut lab, asked)? {
        Ok(against) => {
            searched.against = against;
            hunt(&mut lab, &mut searched).err()
        }
        Err(ended) => Some(ended),
    };
    searched.ended = ended;
    Ok(Solution::of(header, &scenario, &lab, searched, asked))
}

/// That there is something to decide, and something to keep.
fn complete(loaded: &Loaded, is_free: bool, knobs: &[Knob]) -> Result<(), Refused> {
    let start = loaded.parsed.root.as_ref().map_or(Span::default(), |root| Span { end: root.span.start, ..root.span });
    let refused = |diagnostic: Diagnostic| Err(Refused::Said(Box::new((diagnostic, loaded.parsed.sources.clone()))));
    if knobs.is_empty() {
        let hint = "write `decide: { nodes.orders.write_capacity_units: 1..240 }`, or give `--decide nodes.orders.write_capacity_units=1..240`";
        return refused(Diagnostic::error("E195", start, "nothing is to be decided in this scenario").label("no `decide`").hint(hint));
    }
    if is_free {
        let hint = "write what the setting must keep: `thresholds: [ \"shoppers: p(99) < 300ms\" ]`";
        return refused(Diagnostic::error("E193", start, "without thresholds any setting would do").label("no `thresholds`").hint(hint));
    }
    Ok(())
}

/// That every path is there, and every value can be read.
fn readable(base: &Base, knobs: &[Knob]) -> Result<(), Refused> {
    for knob in knobs {
        let dial = Dial::of(knob);
        for level in [0, dial.levels() - 1] {
            let loaded = base.load(&[(dial.path.clone(), dial.text(level))]);
            if loaded.parsed.diagnostics.iter().any(is_unreadable) {
                return Err(Refused::Loaded(Box::new(loaded)));
            }
        }
    }
    Ok(())
}

/// The first run, which says what there is to be measured: gives the other axis of the front.
fn begin(lab: &mut Lab, asked: &Asked) -> Result<Result<Option<Pick>, Ended>, Refused> {
    let sampled = lab.lattice.sample(BEGINNINGS, lab.seeds[0]);
    let beginnings = [lab.lattice.middle()].into_iter().chain(sampled).chain([vec![0; lab.lattice.0.len()]]);
    let Some(first) = beginnings.into_iter().find(|point| lab.is_scenario(point)) else {
        return Err(lab.refused.take().map_or_else(|| unreachable_setting(lab), Refused::Loaded));
    };
    if let Err(ended) = lab.run(&[(first.clone(), 0)]) {
        return Ok(Err(ended));
    }
    let Some(run) = lab.tried.get(&first).and_then(|tried| tried.runs.get(&0)) else { return Ok(Ok(None)) };
    let said = Refused::Said;
    let pick = |text: &str, figures: &[Figure]| Pick::of(text, figures).map_err(said);
    let objective = match &asked.objective {
        Some(text) => pick(text, &run.figures)?,
        None => pick(&Goal::default().pick.name(), &run.figures)?,
    };
    let against = match &asked.against {
        Some(text) => Some(pick(text, &run.figures)?),
        None => front::usual_axis(run, &objective),
    };
    lab.goal = Goal { pick: objective, maximise: asked.maximise };
    Ok(Ok(against))
}

/// No setting, and none that was refused either: a lattice of nothing.
fn unreachable_setting(lab: &Lab) -> Refused {
    let diagnostic = Diagnostic::error("E195", Span::default(), format!("{} knobs have no setting", lab.lattice.0.len()));
    Refused::Said(Box::new((diagnostic, Sources::new(Source::new("--decide", "")))))
}

/// Searches, finishes what was found, and looks around it; again, while a seed breaks it.
fn hunt(lab: &mut Lab, searched: &mut Searched) -> Result<(), Ended> {
    loop {
        let candidates = search(lab, searched)?;
        let Some(first) = candidates.first() else {
            let closest = answer::closest(lab);
            return closest.map_or(Ok(()), |closest| lab.complete(&[closest]));
        };
        if lab.finish(first)? {
            searched.best = Some(first.clone());
            let close = |other: &&Point| lab.worse_by(first, other).is_some_and(|by| by <= CLOSE * lab.cost(first).unwrap_or(0.0).abs());
            let close: Vec<Point> = candidates[1..].iter().filter(close).take(CLOSE_MAX).cloned().collect();
            close.iter().try_for_each(|other| lab.finish(other).map(drop))?;
            searched.best = answer::better(lab, first).or(Some(first.clone()));
            return settle(lab, searched);
        }
    }
}

/// One search, by what the knobs allow.
fn search(lab: &mut Lab, searched: &mut Searched) -> Result<Vec<Point>, Ended> {
    let size = lab.lattice.size();
    if size <= spread::ALL_MAX {
        searched.method = "all settings were tried";
        return spread::all(lab);
    }
    let knob = lines::monotone_knob(lab)?.filter(|knob| size / lab.lattice.0[*knob].levels() as u64 <= lines::LINES_MAX);
    let Some(knob) = knob else {
        searched.method = "successive halving and pattern search";
        return spread::search(lab);
    };
    searched.method = if lab.lattice.0.len() == 1 { "bisection" } else { "a race of bisections" };
    let raced = lines::race(lab, knob)?;
    if !raced.crooked {
        return Ok(raced.found);
    }
    let path = &lab.lattice.0[knob].path;
    searched.note(format!("along `{path}` the objective and the thresholds are not monotone, so a pattern search went on from the best settings"));
    spread::from_best(lab)
}

/// Moves to a neighbour that is better under all seeds, while there is one; its neighbours are what the sensitivity is made of.
fn settle(lab: &mut Lab, searched: &mut Searched) -> Result<(), Ended> {
    while let Some(best) = searched.best.clone() {
        let around: Vec<Point> = lab.lattice.neighbours(&best).into_iter().map(|(_, point)| point).collect();
        lab.complete(&around)?;
        match answer::better(lab, &best) {
            Some(better) => searched.best = Some(better),
            None => return Ok(()),
        }
        searched.note("a neighbour of what the search had found is better, and was taken in its place".into());
    }
    Ok(())
}
