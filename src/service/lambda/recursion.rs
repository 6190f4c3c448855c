//! Loops that a function is part of: what it sends comes back to it, and Lambda cuts the chain after a while.
//!
//! ```text
//! f ─event─▶ f ─event─▶ f …            hops: invocations of looping functions in one chain, carried by events and messages
//! f ─send─▶ queue ─▶ f …               dropped: hops ≥ 16 × functions of the loop
//! ```
//!
//! Lambda sees loops of Lambda, SQS, SNS and S3 only, and stops after about sixteen invocations of a function in one chain (AWS docs:
//! lambda/invocation-recursion). What is a loop is found in the wiring, before the run: functions outside of loops count nothing.

use std::collections::HashMap;

use petgraph::{algo::kosaraju_scc, graph::DiGraph};

use crate::{
    engine::{Ix, NodeId, World},
    metrics::Counter,
    service::{self, Build},
    words,
};

use super::Spec;

words! {
    /// What Lambda does about a loop (AWS: RecursiveLoop).
    pub enum RecursiveLoop {
        /// It drops the next invocation after about sixteen in one chain.
        Terminate = "terminate",
        /// Nothing: the loop is meant.
        Allow = "allow",
    }
}

/// The kinds of nodes that carry the count on; through any other kind a loop is not seen.
const SEEN: [&str; 3] = ["lambda", "sqs", "sns"];

/// By node: how many functions are in its loop, itself among them; 0 where it is in none.
pub fn loops(nodes: &[(&str, &service::Spec)]) -> Vec<u64> {
    let seen = |at: usize| SEEN.contains(&nodes[at].1.kind());
    let ids: HashMap<&str, usize> = nodes.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
    let mut graph = DiGraph::<(), ()>::new();
    let places: Vec<_> = nodes.iter().map(|_| graph.add_node(())).collect();
    for (at, (_, spec)) in nodes.iter().enumerate().filter(|(at, _)| seen(*at)) {
        // What a handler asks of a queue other than to send passes nothing on.
        let passes_on = |reference: &service::Reference| reference.feeds || !["receive", "delete", "change_visibility"].contains(&reference.verb);
        let references = spec.references().into_iter().filter(passes_on);
        let named = references.filter_map(|reference| Some((*ids.get(reference.to.value.as_str())?, reference.feeds)));
        let edges = named.filter(|(other, _)| seen(*other)).map(|(other, feeds)| if feeds { (other, at) } else { (at, other) });
        graph.extend_with_edges(edges.map(|(from, to)| (places[from], places[to])));
    }
    let mut sizes = vec![0; nodes.len()];
    // Of the crate's two algorithms this one does not recurse: the graph may be a chain of any length.
    for knot in kosaraju_scc(&graph).iter().filter(|knot| knot.len() > 1 || graph.contains_edge(knot[0], knot[0])) {
        let functions = knot.iter().filter(|place| nodes[place.index()].1.kind() == "lambda").count() as u64;
        knot.iter().for_each(|place| sizes[place.index()] = functions);
    }
    sizes
}

/// Counts the invocations of a chain at a function that is in a loop, and refuses what is too many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    /// Hops at which the next invocation is dropped, and what counts it; `None` where loops are allowed.
    most: Option<(u8, Counter)>,
}

impl Guard {
    /// `None` for a function that is in no loop.
    pub fn new(spec: &Spec, node: NodeId, build: &mut Build) -> Option<Self> {
        let functions = build.functions_in_loop(node);
        if functions == 0 {
            return None;
        }
        // Hops are counted in eight bits: in a loop of more than fifteen functions each is dropped a little early.
        let most = (build.platform.count("lambda.recursion_limit") * functions).min(u64::from(u8::MAX)) as u8;
        let dropped = build.world.metrics.counter(node as usize, "RecursiveInvocationsDropped");
        Some(Self { most: (spec.recursive_loop == RecursiveLoop::Terminate).then_some((most, dropped)) })
    }

    /// Counts one invocation more in this chain; `false` where it is to be dropped.
    pub fn lets_pass(&self, world: &mut World, ix: Ix) -> bool {
        let hops = world.frame(ix).hops;
        if let Some((most, dropped)) = self.most
            && hops >= most
        {
            world.metrics.count(dropped, 1);
            return false;
        }
        world.frame_mut(ix).hops = hops.saturating_add(1);
        true
    }
}
