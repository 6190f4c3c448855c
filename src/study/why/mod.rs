//! Whose fault it is: every limit that is met is taken away, alone and together with the others, and what then becomes better is laid at its door.
//!
//! ```text
//! find ─▶ A B C, each raised until it is no limit ─▶ 2³ worlds × seeds ─▶ alone: v(A) − v(∅)     pairs: v(AB) − v(A) − v(B) + v(∅)
//!                                                                        blame: Shapley's share, so that all of them add up to v(ABC) − v(∅)
//! ```
//!
//! All worlds meet the same luck, so each difference is a paired one. Left out: which limit a single request failed at; a run's report counts that.

mod blame;
mod export;

mod find;
mod lever;
mod raise;
mod text;
mod turn;

use serde::{Deserialize, Serialize};

use crate::report::{Figure, figures};
use crate::scenario::{COST_MONTHLY, TOTAL};
use crate::topology::Loaded;

use super::compare::{Difference, judge};
use super::{Base, Header, How, Pick, World, in_turn, seeds, simulate};
pub use blame::Blame;
use blame::Table;
use find::Raised;
pub use find::Raised as Suspect;
pub use find::find as suspects;

/// The format's name and version.
pub const FORMAT: &str = "coldfront.why/1";
/// Refusals of all limits together, as a figure of the whole.
pub const REFUSALS: &str = "refusals";
/// Figures of workloads that blame is laid for.
const OF_WORKLOADS: [&str; 3] = ["error_rate", "p(99)", "p(99, end_to_end)"];
/// A figure of queues, where there are any.
const DEAD_LETTERS: &str = "dead_lettered_messages";

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Figures besides the usual ones.
    pub of: Vec<String>,
    pub replications: usize,
    /// Limits that are weighed against one another, the strictest first.
    pub limits: usize,
    /// The words of the command line.
    pub command: Vec<String>,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    #[serde(flatten)]
    pub study: Header,
    /// Of every world.
    pub replications: usize,
    /// The most to blame first.
    pub limits: Vec<Limit>,
    /// Pairs that do together what they do not do one by one.
    pub pairs: Vec<Pair>,
    /// Without all of the limits, against the scenario as it is.
    pub together: Vec<Difference>,
    /// Limits that were met, and not weighed.
    pub left_out: Vec<String>,
    pub interrupted: bool,
}

/// A limit, and what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// "`orders`' write capacity (50 WCU)"
    pub limit: String,
    /// `setting`, `quota`, `design` or `warmth`: what it takes.
    pub remedy: String,
    /// What was turned until it was a limit no more.
    pub raised: Vec<Raise>,
    /// Refusals in the first run, of the scenario as it is; nothing where another limit hid it.
    pub refused: u64,
    /// Whether it only came to light when others were raised.
    pub hidden: bool,
    /// Without this limit alone, against the scenario as it is.
    pub alone: Vec<Difference>,
    /// Its share of what all of them do together.
    pub blame: Vec<Blame>,
}

/// A path, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raise {
    pub path: String,
    pub from: String,
    pub to: String,
}

/// Two limits: `base` is what would be if their effects added up, `other` what is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    pub limits: [String; 2],
    pub effects: Vec<Difference>,
}

/// Why nothing was weighed.
#[derive(Debug)]
pub enum Refused {
    /// A scenario that cannot be run.
    Loaded(Box<Loaded>),
    /// A figure that no run measures.
    Figure(Box<(crate::document::Diagnostic, crate::scenario::Sources)>),
}

impl Why {
    /// How many runs it takes.
    pub fn runs(suspects: &[Suspect], asked: &Asked) -> usize {
        asked.replications << suspects.len().min(asked.limits)
    }

    /// Weighs what is suspected.
    ///
    /// # Errors
    /// E186 for a figure that no run has, and whatever is wrong with the scenario.
    pub fn of(base: &Base, suspects: &[Suspect], asked: &Asked, how: &How) -> Result<Self, Refused> {
        let loaded = base.load(&[]);
        let Some(scenario) = loaded.ready() else { return Err(Refused::Loaded(Box::new(loaded))) };
        let seeds = seeds(scenario.seed, asked.replications.max(1));
        let workloads: Vec<String> = scenario.workloads.iter().map(|(name, _)| name.value.clone()).collect();
        let header = Header::new(FORMAT, base, &seeds, &asked.command);
        let (weighed, worlds, mut left_out) = weighed(base, suspects, asked.limits)?;
        let runs = runs(&worlds, &seeds, how);
        let picks = picks(&runs, &workloads, &asked.of)?;
        let table = Table::new(&runs, &picks, weighed.len());
        left_out.sort();
        Ok(Self::told(header, &weighed, &table, left_out, seeds.len()))
    }

    fn told(study: Header, weighed: &[&Raised], table: &Table, left_out: Vec<String>, wanted: usize) -> Self {
        let all = (1 << weighed.len()) - 1;
        let mut together = table.differences(0, all);
        judge(&mut together);
        let mut alone: Vec<Vec<Difference>> = (0..weighed.len()).map(|one| table.differences(0, 1 << one)).collect();
        judge_all(&mut alone);
        let blames = table.blames(&together);
        let pairs = pairs(weighed, table);
        let rank = |one: usize| blame::rank(&blames[one], &together);
        let mut order: Vec<usize> = (0..weighed.len()).collect();
        order.sort_by(|a, b| rank(*b).total_cmp(&rank(*a)));
        let limit = |one: usize| limit(weighed[one], std::mem::take(&mut alone[one]), blames[one].clone());
        let limits = order.into_iter().map(limit).collect();
        Self { study, replications: table.seeds, limits, pairs, together, left_out, interrupted: table.seeds < wanted }
    }
}

fn limit(one: &Raised, alone: Vec<Difference>, blame: Vec<Blame>) -> Limit {
    let remedy = match one.lever.remedy {
        lever::Remedy::Setting => "setting",
        lever::Remedy::Quota => "quota",
        lever::Remedy::Design => "design",
        lever::Remedy::Warmth => "warmth",
    };
    let raised = one.lever.turns.iter().map(|turn| Raise { path: turn.path.clone(), from: turn.before(), to: turn.after(one.level) });
    Limit {
        limit: one.lever.phrase.clone(),
        remedy: remedy.into(),
        raised: raised.collect(),
        refused: if one.at_once { one.lever.refused } else { 0 },
        hidden: !one.at_once,
        alone,
        blame,
    }
}

/// Holm's procedure over several lists of differences as if they were one.
fn judge_all(lists: &mut [Vec<Difference>]) {
    let lengths: Vec<usize> = lists.iter().map(Vec::len).collect();
    let mut all: Vec<Difference> = lists.iter_mut().flat_map(std::mem::take).collect();
    judge(&mut all);
    let mut all = all.into_iter();
    lists.iter_mut().zip(lengths).for_each(|(list, length)| *list = all.by_ref().take(length).collect());
}

/// Pairs with an interaction that is significant, all pairs and figures taken together.
fn pairs(weighed: &[&Raised], table: &Table) -> Vec<Pair> {
    let twos: Vec<(usize, usize)> = (0..weighed.len()).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
    let mut effects: Vec<Vec<Difference>> = twos.iter().map(|(a, b)| table.interactions(*a, *b)).collect();
    judge_all(&mut effects);
    let name = |one: usize| weighed[one].lever.phrase.clone();
    let told = twos.into_iter().zip(effects).map(|((a, b), mut effects)| {
        effects.retain(|effect| effect.significant);
        Pair { limits: [name(a), name(b)], effects }
    });
    told.filter(|pair| !pair.effects.is_empty()).collect()
}

/// The limits that are weighed, a world for each set of them by its bits, and the names of the others.
#[expect(clippy::type_complexity, reason = "three lists that are made together and taken apart at once")]
fn weighed<'s>(base: &Base, suspects: &'s [Suspect], most: usize) -> Result<(Vec<&'s Raised>, Vec<World>, Vec<String>), Refused> {
    let (first, others) = suspects.split_at(suspects.len().min(most));
    let (mut weighed, mut left_out): (Vec<&Raised>, Vec<String>) =
        (first.iter().collect(), others.iter().map(|one| one.lever.phrase.clone()).collect());
    loop {
        let world = |set: usize| {
            let turned = weighed.iter().enumerate().map(|(at, one)| (&one.lever, if set >> at & 1 == 1 { one.level } else { 0 }));
            base.world(&raise::changes(turned)).map_err(|loaded| (set, loaded))
        };
        match (0..1usize << weighed.len()).map(world).collect::<Result<Vec<_>, _>>() {
            Ok(worlds) => return Ok((weighed, worlds, left_out)),
            Err((0, loaded)) => return Err(Refused::Loaded(loaded)),
            // What cannot be raised without another is left out.
            Err((set, _)) => left_out.push(weighed.remove(set.ilog2() as usize).lever.phrase.clone()),
        }
    }
}

/// The figures of every world under every seed, as far as they were made: `[seed][world]`.
fn runs(worlds: &[World], seeds: &[u64], how: &How) -> Vec<Vec<Vec<Figure>>> {
    let jobs: Vec<(usize, usize)> = (0..seeds.len()).flat_map(|seed| (0..worlds.len()).map(move |world| (seed, world))).collect();
    let work = |&(seed, world): &(usize, usize)| {
        let run = simulate(&worlds[world].scenario, Some(seeds[seed]), how.bounds, Vec::new(), how.pricing, &|passed, _| (how.told)(passed));
        let refusals = run.record.limits.iter().map(|limit| limit.refused).sum::<u64>() as f64;
        let refusals = Figure { subject: TOTAL.into(), metric: REFUSALS.into(), unit: "count", value: refusals, half_width: None };
        figures(&run.report).into_iter().chain([refusals]).collect::<Vec<_>>()
    };
    let mut made: Vec<Vec<Vec<Figure>>> = Vec::new();
    in_turn(&jobs, how.threads, how.stop, work, |number, figures| {
        let (seed, _) = jobs[number];
        made.resize_with(seed + 1, Vec::new);
        made[seed].push(figures);
    });
    made.retain(|of_seed| of_seed.len() == worlds.len());
    made
}

/// What blame is laid for: of every workload what fails and how long the last wait, all refusals, a month's costs, dead letters, and what was asked for.
fn picks(runs: &[Vec<Vec<Figure>>], workloads: &[String], asked: &[String]) -> Result<Vec<Pick>, Refused> {
    let Some(figures) = runs.first().and_then(|worlds| worlds.first()) else { return Ok(Vec::new()) };
    let usual = workloads.iter().flat_map(|workload| OF_WORKLOADS.iter().map(move |metric| (workload.as_str(), *metric)));
    let usual = usual.chain([(TOTAL, REFUSALS), (TOTAL, COST_MONTHLY)]);
    let is_there = |(subject, metric): &(&str, &str)| figures.iter().any(|figure| figure.subject == *subject && figure.metric == *metric);
    let dead =
        figures.iter().filter(|figure| figure.metric == DEAD_LETTERS && figure.value > 0.0).map(|figure| (figure.subject.as_str(), DEAD_LETTERS));
    let usual = usual.filter(is_there).chain(dead);
    let mut picks: Vec<Pick> = usual.map(|(subject, metric)| Pick { subject: subject.into(), metric: metric.into() }).collect();
    for text in asked {
        let pick = Pick::of(text, figures).map_err(Refused::Figure)?;
        if !picks.contains(&pick) {
            picks.push(pick);
        }
    }
    Ok(picks)
}
