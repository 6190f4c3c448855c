//! What a report must know of the scenario besides its figures: which queue feeds which function, where dead letters go, where work ends.
//! Names only: a run's record has the figures under the same names.

use crate::scenario::Scenario;
use crate::service::Spec;

/// Names of nodes, in pairs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wiring {
    /// (queue, function).
    pub feeds: Vec<(String, String)>,
    /// (queue, its dead-letter queue).
    pub dead_letters: Vec<(String, String)>,
    /// (workload, the node at which its work ends).
    pub ends: Vec<(String, String)>,
}

impl Wiring {
    pub fn of(scenario: &Scenario) -> Self {
        let mut wiring = Self::default();
        for (name, spec) in &scenario.nodes {
            match spec {
                Spec::Lambda(function) => {
                    wiring.feeds.extend(function.event_sources.iter().map(|source| (source.queue.value.clone(), name.value.clone())));
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
