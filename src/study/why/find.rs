//! Finding limits, and how far each must be raised to be one no more: all that refuse or make wait are doubled, until none does.
//!
//! ```text
//! as it is ─run─▶ {A} ─A×2─▶ {A, B} ─A×4, B×2─▶ {B} ─B×4─▶ {}        B was hidden behind A
//! ```
//!
//! One run a round, with the first seed. What another limit hides comes to light when that is raised. Left out: how little would have been enough;
//! it is more than half of what is said.

use crate::metrics::{NodeRecord, Record};
use crate::scenario::Scenario;
use crate::service::Spec;
use crate::service::lambda::SnapStart;
use crate::study::{Base, How, simulate};
use crate::topology::Loaded;

use super::lever::{Desk, Lever, Remedy};
use super::raise::changes;
use super::turn::Turn;

/// Rounds at most, and doublings of a lever.
const ROUNDS: usize = 24;
const DOUBLINGS: u32 = 12;
/// A wait that is less than this share of the work is none.
const WAITING: f64 = 0.01;

/// A lever, and how far it is turned.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    pub lever: Lever,
    /// Doublings.
    pub level: u32,
    /// Whether it was met in the scenario as it is.
    pub at_once: bool,
    /// Whether it could not be turned as far as it would have had to be.
    stuck: bool,
}

impl Raised {
    fn key(lever: &Lever) -> &str {
        lever.turns.first().map_or("", |turn| &turn.path)
    }
}

/// All limits that are met, in the order in which they come to light, the strictest first.
///
/// # Errors
/// What is wrong with the scenario as it is.
pub fn find(base: &Base, how: &How) -> Result<Vec<Raised>, Box<Loaded>> {
    let loaded = base.load(&[]);
    let (Some(scenario), Some(root)) = (loaded.ready(), loaded.parsed.root.as_ref()) else { return Err(Box::new(loaded)) };
    let platform = scenario.platform();
    let desk = Desk { root, platform: &platform };
    let mut raised: Vec<Raised> = Vec::new();
    for round in 0..ROUNDS {
        if round > 0 && (how.stop)() {
            break;
        }
        let Ok(world) = base.world(&changes(raised.iter().map(|one| (&one.lever, one.level)))) else {
            step_back(base, &mut raised);
            continue;
        };
        let run = simulate(&world.scenario, None, how.bounds, Vec::new(), how.pricing, &|passed, _| (how.told)(passed));
        if !raise(&mut raised, met(&desk, scenario, &run.record), round == 0) {
            break;
        }
    }
    raised.retain(|one| one.level > 0);
    Ok(raised)
}

/// Takes the last doubling back of each lever that has become more than a scenario may say.
fn step_back(base: &Base, raised: &mut [Raised]) {
    for one in raised.iter_mut() {
        if base.world(&changes([(&one.lever, one.level)].into_iter())).is_err() {
            one.level -= 1;
            one.stuck = true;
        }
    }
    // None alone, so some together: no further with any.
    if base.world(&changes(raised.iter().map(|one| (&one.lever, one.level)))).is_err() {
        raised.iter_mut().for_each(|one| {
            one.level = one.level.saturating_sub(1);
            one.stuck = true;
        });
    }
}

/// Turns what was met once more; whether there was anything to turn.
fn raise(raised: &mut Vec<Raised>, met: Vec<Lever>, first: bool) -> bool {
    let mut any = false;
    for lever in met {
        match raised.iter_mut().find(|known| Raised::key(&known.lever) == Raised::key(&lever)) {
            Some(known) => {
                let further = !known.stuck && known.level < DOUBLINGS && lever.turns.iter().all(|turn| turn.set.is_none());
                known.level += u32::from(further);
                any |= further;
            }
            None => {
                raised.push(Raised { lever, level: 1, at_once: first, stuck: false });
                any = true;
            }
        }
    }
    any
}

/// What refuses or makes wait in a run: refusals first, each lever once.
fn met(desk: &Desk, scenario: &Scenario, record: &Record) -> Vec<Lever> {
    let mut levers: Vec<Lever> = Vec::new();
    for lever in record.limits.iter().filter(|limit| limit.refused > 0).filter_map(|limit| desk.of_limit(record, limit)) {
        match levers.iter_mut().find(|known| Raised::key(known) == Raised::key(&lever)) {
            Some(known) => known.refused += lever.refused,
            None => levers.push(lever),
        }
    }
    levers.sort_by_key(|lever| std::cmp::Reverse(lever.refused));
    let nodes = scenario.nodes.iter().filter_map(|(name, spec)| Some((record.nodes.iter().find(|node| node.name == name.value)?, spec)));
    for (node, spec) in nodes {
        match spec {
            Spec::Server(server) => levers.extend(slots(desk, node, u64::from(server.instances.value))),
            Spec::Lambda(function) => {
                let sources = function.event_sources.iter();
                levers.extend(sources.filter_map(|source| mapping(desk, record, &node.name, &source.queue.value)));
                levers.extend(cold_starts(node, function.snap_start != SnapStart::None));
            }
            _ => {}
        }
    }
    levers
}

fn level(node: &NodeRecord, gauge: &str) -> f64 {
    node.gauges.iter().find(|one| one.name == gauge).map_or(0.0, |one| one.scaled(one.mean))
}

/// The slots of a server that requests wait for.
fn slots(desk: &Desk, node: &NodeRecord, instances: u64) -> Option<Lever> {
    let waits = level(node, "QueueLength") >= WAITING * level(node, "BusySlots").max(1e-12);
    let mut turns = desk.fields(&node.name, &[], &["slots"]);
    if turns.is_empty() {
        turns.push(Turn::number(&format!("nodes.{}.slots", node.name), 1.0));
    }
    let slots = turns[0].from * instances as f64;
    let phrase = format!("`{}`'s {slots:.0} slot{}", node.name, if slots == 1.0 { "" } else { "s" });
    waits.then_some(Lever { phrase, remedy: Remedy::Setting, turns, refused: 0 })
}

/// The most invocations that a queue may cause, where they are reached while messages wait.
fn mapping(desk: &Desk, record: &Record, function: &str, queue: &str) -> Option<Lever> {
    let at = desk.source(function, queue)?.to_string();
    let node = |name: &str| record.nodes.iter().find(|node| node.name == name);
    let (mapping, source) = (node(&format!("{queue} → {function}"))?, node(queue)?);
    let busy = mapping.gauges.iter().find(|one| one.name == "ConcurrentBatches").map_or(0, |one| one.max) as f64;
    let turn = |field: &str| desk.fields(function, &["event_sources", &at], &[field]).pop();
    let (own, pollers) = (turn("maximum_concurrency"), turn("provisioned_poller_config.maximum_pollers"));
    let (turn, what, each, most) = match (own, pollers) {
        (Some(own), _) => (own, "maximum concurrency", 1.0, "esm.maximum_concurrency_maximum"),
        (None, Some(pollers)) => (pollers, "most pollers", desk.platform.get("esm.poller_concurrency"), "esm.provisioned_maximum_limit"),
        (None, None) => return None,
    };
    let reached = busy >= turn.from * each && level(source, "ApproximateNumberOfMessagesVisible") >= 1.0;
    let phrase = format!("the {what} of `{function}` from `{queue}` ({:.0})", turn.from);
    let turns = vec![turn.at_most(desk.platform.get(most))];
    reached.then_some(Lever { phrase, remedy: Remedy::Setting, turns, refused: 0 })
}

/// The cold starts of a function: as if environments came up in no time.
fn cold_starts(node: &NodeRecord, restored: bool) -> Option<Lever> {
    let cold = node.counters.iter().find(|one| one.name == "ColdStarts" && one.dimension.is_none()).map_or(0.0, |one| one.value());
    let fields: &[&str] = if restored { &["restore_duration", "allocation"] } else { &["init_duration", "extra_init", "allocation"] };
    let turns = fields.iter().map(|field| Turn::set(format!("nodes.{}.{field}", node.name), "0ms")).collect();
    let phrase = format!("the cold starts of `{}`", node.name);
    (cold > 0.0).then_some(Lever { phrase, remedy: Remedy::Warmth, turns, refused: 0 })
}
