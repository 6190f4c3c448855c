//! The worst way in which the same load can come.
//!
//! ```text
//! bounds ─▶ Hunt: families, halving, steps ─▶ the worst shape ─fresh seeds─▶ beside the flat one and the scenario's own, as figures and as phases to paste
//! ```
//!
//! Shapes share the mean over the measured time; the warm-up has that mean too, so that nothing can be hidden in it. Left out: attributes and sizes of requests, which
//! an attacker would choose too, and load that answers to what it meets (closed loops, replays).

mod answer;
mod bounds;
mod export;
mod families;
mod goal;
mod hunt;
mod shape;
mod text;

pub use answer::{Broken, Candidate, Shaped, Stretch, Worst};
pub use bounds::Asked as AskedBounds;

use crate::document::{Diagnostic, Span, closest};
use crate::scenario::{COST_MONTHLY, Scenario, Source, Sources, TOTAL};
use crate::study::{Base, Header, How, Pick, seeds, simulate};
use crate::topology::Loaded;

use answer::Final;
use bounds::{Bounds, Complaints};
use goal::Goal;
use hunt::Hunt;

/// The format's name and version.
pub const FORMAT: &str = "coldfront.worst/1";
/// Sets the seeds of the search apart from those of the answer.
const SALT: u64 = 0x574F_5253;
/// Seeds that a search may use.
const SEARCHED: usize = 8;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The workload that is shaped; all open ones where none is named.
    pub workload: Option<String>,
    pub bounds: AskedBounds,
    /// The figure that is to be as large, or as small, as can be; without it a threshold is to be broken.
    pub maximise: Option<String>,
    pub minimise: Option<String>,
    /// Of the answer.
    pub replications: usize,
    /// Runs of the search.
    pub runs: usize,
    /// The words of the command line.
    pub command: Vec<String>,
}

/// Why nothing was looked for.
#[derive(Debug)]
pub enum Refused {
    /// A scenario that cannot be run.
    Loaded(Box<Loaded>),
    Said(Complaints),
}

/// Looks for the worst shape.
///
/// # Errors
/// E198 for bounds that leave no shape, E199 where there is no load to be shaped, E186 for a figure that no run has, and whatever is wrong with the scenario.
pub fn worst(base: &Base, asked: &Asked, how: &How) -> Result<Worst, Refused> {
    let loaded = base.load(&[]);
    let Some(scenario) = loaded.ready() else { return Err(Refused::Loaded(Box::new(loaded))) };
    let workloads = workloads(scenario, &loaded, asked.workload.as_deref()).map_err(Refused::Said)?;
    let measured = (scenario.warm_up.value, scenario.duration.value);
    let mean: f64 = workloads.iter().map(|(_, _, mean)| mean).sum();
    let bounds = Bounds::of(&asked.bounds, mean, measured.1.saturating_sub(measured.0)).map_err(Refused::Said)?;
    let goal = goal(base, scenario, asked, how)?;
    let searched: Vec<u64> = seeds(scenario.seed ^ SALT, SEARCHED + 1).split_off(1);
    let told = seeds(scenario.seed, asked.replications.max(2));
    let study = Header::new(FORMAT, base, &told, &asked.command);
    let (tried, runs) = (Vec::new(), 0);
    let mut hunt = Hunt { base, how, bounds, workloads: &workloads, measured, seeds: searched, goal, budget: asked.runs, tried, runs };
    // What speaks of the phases that are taken away is no scenario without them.
    base.world(&hunt.changes(&shape::Shape::fit("flat", &vec![0.0; bounds.slots], &bounds))).map_err(Refused::Loaded)?;
    let ended = hunt.search().err();
    let own = base.world(&[]).map_err(Refused::Loaded)?;
    Ok(Worst::of(study, &hunt, &Final { own, seeds: told, ended, scenario }))
}

/// What is to be shaped: one workload, or all that can be.
fn workloads(scenario: &Scenario, loaded: &Loaded, wanted: Option<&str>) -> Result<Vec<(usize, String, f64)>, Complaints> {
    let open = shape::open_loops(scenario);
    let refused = |diagnostic: Diagnostic, sources: Sources| Err(Box::new((vec![diagnostic], sources)));
    match wanted {
        Some(name) => match open.iter().find(|(_, known, _)| known == name) {
            Some(one) => Ok(vec![one.clone()]),
            None => {
                let exists = scenario.workloads.iter().any(|(known, _)| known.value == name);
                let message =
                    if exists { format!("`{name}` is no open loop with load") } else { format!("there is no workload `{name}` in this scenario") };
                let near = closest(name, open.iter().map(|(_, name, _)| name.as_str())).or_else(|| open.first().map(|(_, name, _)| name.as_str()));
                let hint = near.map_or_else(|| "only workloads with `phases` can be shaped".into(), |near| format!("write `--workload {near}`"));
                let span = Span { file: 0, start: 0, end: name.len() as u32 };
                refused(Diagnostic::error("E199", span, message).label("cannot be shaped").hint(hint), Sources::new(Source::new("--workload", name)))
            }
        },
        None if open.is_empty() => {
            let start = loaded.parsed.root.as_ref().map_or(Span::default(), |root| Span { end: root.span.start, ..root.span });
            let diagnostic = Diagnostic::error("E199", start, "no workload of this scenario can be shaped").label("no open loop with load");
            refused(diagnostic.hint("users and replays come as they come: give a workload `phases`"), loaded.parsed.sources.clone())
        }
        None => Ok(open),
    }
}

/// What worst means; a scenario without thresholds is asked for its bill.
fn goal(base: &Base, scenario: &Scenario, asked: &Asked, how: &How) -> Result<Goal, Refused> {
    let named = asked.maximise.as_ref().or(asked.minimise.as_ref());
    let Some(text) = named else {
        let bill = Pick { subject: TOTAL.into(), metric: COST_MONTHLY.into() };
        return Ok(if scenario.thresholds.is_empty() { Goal::Most(bill) } else { Goal::Break });
    };
    let world = base.world(&[]).map_err(Refused::Loaded)?;
    let run = simulate(&world.scenario, None, how.bounds, Vec::new(), how.pricing, &|passed, _| (how.told)(passed)).replication();
    let pick = Pick::of(text, &run.figures).map_err(|said| Refused::Said(Box::new((vec![said.0], said.1))))?;
    Ok(if asked.maximise.is_some() { Goal::Most(pick) } else { Goal::Least(pick) })
}
