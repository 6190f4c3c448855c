//! Names and what they stand for, with "did you mean" for those that stand for nothing.
//!
//! Built once for each pass over a scenario, since a file may have a hundred thousand names and as many mistakes.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::{Scenario, Sources};
use crate::document::{Spanned, closest};

/// How many names get a suggestion: each costs a comparison with every name there is.
const SUGGESTIONS_MAX: u32 = 20;

/// How many things a hint lists.
const LISTED_MAX: usize = 8;

/// The first few of these, for a hint.
pub fn listed<'c>(all: impl Iterator<Item = &'c str>) -> String {
    let mut words: Vec<&str> = all.take(LISTED_MAX + 1).collect();
    if words.len() > LISTED_MAX {
        words[LISTED_MAX] = "…";
    }
    words.join(", ")
}

/// The names of one scenario.
pub struct Names<'s> {
    workloads: BTreeMap<&'s str, usize>,
    nodes: BTreeMap<&'s str, usize>,
    unread: BTreeSet<&'s str>,
    scenario: &'s Scenario,
    sources: &'s Sources,
    suggested: Cell<u32>,
}

impl<'s> Names<'s> {
    pub fn new(scenario: &'s Scenario, sources: &'s Sources) -> Self {
        let workloads = scenario.workloads.iter().enumerate().map(|(index, (name, _))| (name.value.as_str(), index)).collect();
        let nodes = scenario.nodes.iter().enumerate().map(|(index, (name, _))| (name.value.as_str(), index)).collect();
        let unread = scenario.unread.iter().map(String::as_str).collect();
        Self { workloads, nodes, unread, scenario, sources, suggested: Cell::new(0) }
    }

    /// The index of a workload.
    pub fn workload(&self, name: &str) -> Option<usize> {
        self.workloads.get(name).copied()
    }

    /// The index of a node.
    pub fn node(&self, name: &str) -> Option<usize> {
        self.nodes.get(name).copied()
    }

    /// Whether the file has this name, and what it stands for could not be read.
    pub fn is_unread(&self, name: &str) -> bool {
        self.unread.contains(name)
    }

    /// "did you mean `orders`, at line 18?" among the nodes, and the workloads too where `any`; which there are, where none is like it.
    pub fn suggestion(&self, word: &str, any: bool) -> Option<String> {
        let known = || self.nodes.keys().copied().chain(self.workloads.keys().copied().filter(|_| any));
        let near = self.closest(word, known());
        let of = if any { "workloads and nodes" } else { "nodes" };
        match near.and_then(|near| self.place(near)) {
            Some(name) => Some(format!("did you mean `{}`, {}?", name.value, self.sources.whereabouts(name.span))),
            None => known().next().map(|_| format!("{of} of this scenario: {}", listed(known()))),
        }
    }

    /// The candidate most like `word`; none, when many have been looked for already.
    pub fn closest<'c>(&self, word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
        let before = self.suggested.replace(self.suggested.get().saturating_add(1));
        if before < SUGGESTIONS_MAX { closest(word, candidates) } else { None }
    }

    fn place(&self, name: &str) -> Option<&'s Spanned<String>> {
        let node = self.node(name).map(|index| &self.scenario.nodes[index].0);
        node.or_else(|| self.workload(name).map(|index| &self.scenario.workloads[index].0))
    }
}
