//! Who sends requests to whom: a directed graph of workloads and nodes.
//!
//! ```text
//! shoppers ──GET /orders──▶ api ──GET /orders──▶ list ──query──▶ orders
//! ```
//!
//! [`load`] reads a scenario and checks its wiring; a graph stands only where there was no error. An edge is one way of reaching a node, so two routes
//! to one function are two edges.

mod alarm;
mod cycle;
mod draw;
mod fault;
mod gateway;
mod messaging;
mod subscription;
mod wiring;

use std::collections::BTreeSet;

use petgraph::graph::{DiGraph, NodeIndex};

pub use draw::{dot, mermaid};

use crate::document::{Diagnostic, Span, Spanned};
use crate::scenario::names::Names;
use crate::scenario::{Edits, Files, Parsed, Scenario, Sources, read_scenario};
use crate::service::Spec;
use crate::units::Time;

/// A workload or a node of the scenario.
#[derive(Clone, Debug)]
pub struct Node {
    pub name: String,
    pub kind: NodeKind,
    /// Where the scenario names it.
    pub span: Span,
}

/// What stands at a place of the graph, with its index in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    Workload { index: usize },
    Service { index: usize, kind: &'static str },
}

/// One way of reaching a node.
#[derive(Clone, Debug)]
pub struct Edge {
    /// What the sender asks for: `get_item`, `invoke`.
    pub verb: String,
    /// The same for people: `GET /orders`, or the verb.
    pub label: String,
    /// Whether the sender waits for the answer.
    pub waits: bool,
    /// How long it waits.
    pub timeout: Option<Spanned<Time>>,
    /// Where the sender names the receiver.
    pub span: Span,
}

/// The wiring of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// Workloads first, then nodes, both in the order of the scenario.
    pub graph: DiGraph<Node, Edge>,
    workloads: usize,
}

impl Topology {
    /// The graph of all that is named rightly; names that stand for nothing have no edge.
    fn new(scenario: &Scenario, names: &Names) -> Self {
        let mut topology = Self { graph: DiGraph::new(), workloads: scenario.workloads.len() };
        for (index, (name, _)) in scenario.workloads.iter().enumerate() {
            topology.add(name, NodeKind::Workload { index });
        }
        for (index, (name, spec)) in scenario.nodes.iter().enumerate() {
            topology.add(name, NodeKind::Service { index, kind: spec.kind() });
        }
        for (index, (_, workload)) in scenario.workloads.iter().enumerate() {
            let Some(target) = names.node(&workload.target.value) else { continue };
            for (verb, label) in wiring::asked(workload, &scenario.nodes[target].1) {
                let edge = Edge { verb, label, waits: true, timeout: workload.client.timeout.clone(), span: workload.target.span };
                topology.graph.add_edge(topology.workload(index), topology.node(target), edge);
            }
        }
        for (index, (_, spec)) in scenario.nodes.iter().enumerate() {
            topology.refer(index, spec, names);
        }
        topology
    }

    fn add(&mut self, name: &Spanned<String>, kind: NodeKind) {
        self.graph.add_node(Node { name: name.value.clone(), kind, span: name.span });
    }

    fn refer(&mut self, index: usize, spec: &Spec, names: &Names) {
        for reference in spec.references() {
            let Some(to) = names.node(&reference.to.value) else { continue };
            let edge = Edge {
                verb: reference.verb.into(),
                label: reference.label,
                waits: reference.waits,
                timeout: reference.timeout,
                span: reference.to.span,
            };
            let (from, to) = if reference.feeds { (to, index) } else { (index, to) };
            self.graph.add_edge(self.node(from), self.node(to), edge);
        }
    }

    /// The place of the scenario's workload of this index.
    pub fn workload(&self, index: usize) -> NodeIndex {
        NodeIndex::new(index)
    }

    /// The place of the scenario's node of this index.
    pub fn node(&self, index: usize) -> NodeIndex {
        NodeIndex::new(self.workloads + index)
    }

    /// Every place from which work comes: workloads, and queues that hold messages when the run begins.
    fn sources(&self, scenario: &Scenario) -> Vec<NodeIndex> {
        let full = scenario.nodes.iter().enumerate().filter(|(_, (_, spec))| spec.is_source()).map(|(index, _)| self.node(index));
        (0..self.workloads).map(NodeIndex::new).chain(full).collect()
    }
}

/// A scenario that has been read and checked as a whole: what the verbs `check`, `graph` and `run` begin with.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What was read, and all that is wrong with it.
    pub parsed: Parsed,
    /// The wiring of all that is named rightly.
    pub topology: Topology,
}

impl Loaded {
    /// The scenario, where it may be run: no error was found.
    pub fn ready(&self) -> Option<&Scenario> {
        self.parsed.scenario.as_ref().filter(|_| !self.parsed.failed())
    }

    /// The warnings as sentences, each with its line, for a report.
    pub fn warnings(&self) -> Vec<String> {
        let warnings = self.parsed.diagnostics.iter().filter(|diagnostic| !diagnostic.is_error());
        warnings.map(|warning| format!("{} ({} {})", warning.message, warning.code, self.parsed.sources.whereabouts(warning.at.span))).collect()
    }
}

/// Reads the scenario `bytes`, which diagnostics call `name`, with `edits` made in it (a variant, overrides), and checks all of it.
pub fn load<'e>(name: &str, bytes: &[u8], edits: impl Into<Edits<'e>>, files: &dyn Files) -> Loaded {
    let mut parsed = read_scenario(name, bytes, edits, files);
    let sound = !parsed.failed();
    let (topology, found) = match &parsed.scenario {
        Some(scenario) => check(scenario, &parsed.sources, sound),
        None => Default::default(),
    };
    parsed.extend(found);
    Loaded { parsed, topology }
}

/// What is wrong with the variants and cases of a scenario and not with the scenario as it is, which is `base`, loaded from the same; each complaint says
/// in which of them it is met first.
pub fn variants(name: &str, bytes: &[u8], overrides: &[(String, String)], files: &dyn Files, base: &Loaded) -> Vec<Diagnostic> {
    let key = |d: &Diagnostic| (d.at.span, d.code, d.message.clone());
    let mut said: BTreeSet<_> = base.parsed.diagnostics.iter().map(key).collect();
    let mut found = Vec::new();
    let variants =
        base.parsed.variants.iter().map(|v| (v.name.span, "in this variant", Edits { variant: Some(&v.name.value), case: None, overrides }));
    let cases = base.parsed.cases.iter().map(|c| (c.name.span, "in this case", Edits { variant: None, case: Some(&c.name.value), overrides }));
    for (span, label, edits) in variants.chain(cases) {
        let loaded = load(name, bytes, edits, files);
        let own = loaded.parsed.diagnostics.into_iter().filter(|diagnostic| said.insert(key(diagnostic)));
        found.extend(own.map(|diagnostic| diagnostic.also(span, label)));
    }
    found
}

/// The wiring, and all that is wrong with it. What can only be said of a whole scenario is said where it is `sound` so far.
fn check(scenario: &Scenario, sources: &Sources, sound: bool) -> (Topology, Vec<Diagnostic>) {
    let names = Names::new(scenario, sources);
    let mut found = wiring::names(scenario, &names);
    let topology = Topology::new(scenario, &names);
    found.extend(wiring::operations(scenario, &names));
    found.extend(cycle::synchronous(&topology));
    found.extend(wiring::timeouts(scenario, &topology));
    found.extend(subscription::topics(scenario, &names));
    found.extend(fault::faults(scenario, &names));
    found.extend(gateway::refused(scenario));
    found.extend(alarm::refused(scenario, &names));
    let messaging = messaging::View::new(scenario, &topology, &names);
    found.extend(messaging.refused());
    if sound && found.iter().all(|diagnostic| !diagnostic.is_error()) {
        found.extend(wiring::unreachable(scenario, &topology));
        found.extend(wiring::attributes(scenario, &topology, &names));
        found.extend(messaging.advised());
        found.extend(gateway::advised(scenario));
    }
    (topology, found)
}
