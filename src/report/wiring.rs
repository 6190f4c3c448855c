//! What a report must know of the scenario besides its figures: which queue feeds which function, where dead letters go, where work ends.
//! Names only: a run's record has the figures under the same names.

use std::collections::BTreeMap;

use crate::platform::Platform;
use crate::scenario::Scenario;
use crate::service::Spec;
use crate::service::mapping::EventSource;

/// Names of nodes, in pairs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wiring {
    /// (queue, function).
    pub feeds: Vec<(String, String)>,
    /// (queue, its dead-letter queue).
    pub dead_letters: Vec<(String, String)>,
    /// (workload, the node at which its work ends).
    pub ends: Vec<(String, String)>,
    /// What bounds the pollers of each mapping.
    pub pollers: Vec<Pollers>,
    /// (workload, its target).
    pub targets: Vec<(String, String)>,
    /// (caller, called), where the caller asks once each time and nobody else asks.
    pub once: Vec<(String, String)>,
}

/// The pollers of one mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Pollers {
    /// "queue → function".
    pub mapping: String,
    pub queue: String,
    pub bound: Bound,
    /// Of a FIFO queue.
    pub fifo: bool,
}

/// What bounds how many batches are worked on at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    MaximumConcurrency(u64),
    /// Invocations at a time.
    Provisioned(u64),
    /// So many more a minute, up to the most there are.
    Ramp {
        a_minute: f64,
        most: u64,
    },
}

impl Bound {
    fn of(source: &EventSource, platform: &Platform) -> Self {
        let most = platform.count("esm.concurrency_limit");
        match (&source.provisioned_poller_config, &source.maximum_concurrency) {
            (Some(pollers), _) => Self::Provisioned(pollers.maximum_pollers.value * platform.count("esm.poller_concurrency")),
            (None, Some(own)) => Self::MaximumConcurrency(own.value.min(most)),
            (None, None) => Self::Ramp { a_minute: platform.get("esm.growth"), most },
        }
    }
}

/// Pairs of one that asks and one that is asked by it alone, and once: of a handler's steps, those outside of loops and choices.
fn once(scenario: &Scenario) -> Vec<(String, String)> {
    let mut asked: BTreeMap<&str, Vec<(&str, bool)>> = BTreeMap::new();
    for (name, workload) in &scenario.workloads {
        asked.entry(&workload.target.value).or_default().push((&name.value, false));
    }
    let references: Vec<_> = scenario.nodes.iter().map(|(name, spec)| (name, spec, spec.references())).collect();
    for (name, spec, references) in &references {
        for reference in references {
            let is_one = match spec {
                Spec::Lambda(function) => reference.waits && function.asks_once(&reference.to.value),
                _ => reference.waits,
            };
            let by = asked.entry(&reference.to.value).or_default();
            if !by.contains(&(name.value.as_str(), true)) || !is_one {
                by.push((&name.value, is_one));
            }
        }
    }
    let alone = |(to, by): (&str, Vec<(&str, bool)>)| match by[..] {
        [(from, true)] => Some((from.to_owned(), to.to_owned())),
        _ => None,
    };
    asked.into_iter().filter_map(alone).collect()
}

impl Wiring {
    pub fn of(scenario: &Scenario) -> Self {
        let mut wiring = Self { once: once(scenario), ..Self::default() };
        let platform = scenario.platform();
        let fifo = |queue: &str| scenario.nodes.iter().any(|(name, spec)| name.value == queue && spec.is_fifo());
        for (name, spec) in &scenario.nodes {
            match spec {
                Spec::Lambda(function) => {
                    wiring.feeds.extend(function.event_sources.iter().map(|source| (source.queue.value.clone(), name.value.clone())));
                    wiring.pollers.extend(function.event_sources.iter().map(|source| Pollers {
                        mapping: format!("{} → {}", source.queue.value, name.value),
                        queue: source.queue.value.clone(),
                        bound: Bound::of(source, &platform),
                        fifo: fifo(&source.queue.value),
                    }));
                }
                Spec::Sqs(queue) => {
                    wiring.dead_letters.extend(queue.redrive_policy.iter().map(|p| (name.value.clone(), p.dead_letter_queue.value.clone())));
                }
                _ => {}
            }
        }
        let end = |(name, spec): &(crate::document::Spanned<String>, crate::service::workload::WorkloadSpec)| {
            spec.ends_at.as_ref().map(|end| (name.value.clone(), end.value.clone()))
        };
        wiring.targets = scenario.workloads.iter().map(|(name, spec)| (name.value.clone(), spec.target.value.clone())).collect();
        wiring.ends = scenario.workloads.iter().filter_map(end).collect();
        wiring
    }

    /// The functions that a queue feeds.
    pub fn fed_by<'w>(&'w self, queue: &'w str) -> impl Iterator<Item = &'w str> {
        self.feeds.iter().filter(move |(from, _)| from == queue).map(|(_, function)| function.as_str())
    }

    /// Where a queue's dead letters go.
    pub fn dead_letters_of(&self, queue: &str) -> Option<&str> {
        self.dead_letters.iter().find(|(from, _)| from == queue).map(|(_, to)| to.as_str())
    }

    /// Whether dead letters come here.
    pub fn is_for_dead_letters(&self, queue: &str) -> bool {
        self.dead_letters.iter().any(|(_, to)| to == queue)
    }
}
