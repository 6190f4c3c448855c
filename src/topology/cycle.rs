//! Nodes that wait for one another in a circle: `a` waits for `b`, which waits for `a`.
//!
//! A request that enters such a circle can never be answered, as each of its nodes answers only after the next. Circles of which a step does not wait
//! (a message put into a queue) are fine here. One circle is shown of each knot of the graph.

use std::collections::{BTreeMap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{EdgeIndex, NodeIndex};
use petgraph::visit::{EdgeFiltered, EdgeRef};

use super::{Edge, Topology};
use crate::document::Diagnostic;

/// An error (E015) for each knot of nodes that wait for one another.
pub fn synchronous(topology: &Topology) -> Vec<Diagnostic> {
    let waiting = EdgeFiltered::from_fn(&topology.graph, |edge| holds_up(edge.weight()));
    // Of the crate's two algorithms this one does not recurse: the graph may be a chain of any length.
    let mut knots = kosaraju_scc(&waiting);
    knots.iter_mut().for_each(|knot| knot.sort());
    knots.sort();
    knots.iter().filter_map(|knot| shortest(topology, knot)).map(|circle| complaint(topology, &circle)).collect()
}

/// Whether who asks waits for what the other has to ask in its turn: a push to a connection is answered by the API alone.
fn holds_up(edge: &Edge) -> bool {
    edge.waits && edge.verb != "post_to_connection"
}

/// The edges of a shortest circle through the first node of a knot, if there is one.
fn shortest(topology: &Topology, knot: &[NodeIndex]) -> Option<Vec<EdgeIndex>> {
    let start = knot[0];
    let mut reached: BTreeMap<NodeIndex, EdgeIndex> = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(at) = next.pop_front() {
        for edge in topology.graph.edges(at).filter(|edge| holds_up(edge.weight()) && knot.binary_search(&edge.target()).is_ok()) {
            if let std::collections::btree_map::Entry::Vacant(vacant) = reached.entry(edge.target()) {
                vacant.insert(edge.id());
                next.push_back(edge.target());
            }
        }
    }
    let mut circle = vec![*reached.get(&start)?];
    while let Some((from, _)) = circle.last().and_then(|&edge| topology.graph.edge_endpoints(edge)).filter(|(from, _)| *from != start) {
        circle.push(reached[&from]);
    }
    circle.reverse();
    Some(circle)
}

/// Longest circle that is written out in full.
const PATH_MAX: usize = 12;

fn complaint(topology: &Topology, circle: &[EdgeIndex]) -> Diagnostic {
    let name = |node: NodeIndex| format!("`{}`", topology.graph[node].name);
    let ends: Vec<(NodeIndex, NodeIndex)> = circle.iter().filter_map(|&edge| topology.graph.edge_endpoints(edge)).collect();
    let mut path: Vec<String> = ends.iter().map(|(from, _)| name(*from)).collect();
    if path.len() > PATH_MAX {
        path.truncate(PATH_MAX);
        path.push("…".into());
    }
    path.push(name(ends[0].0));
    let message = match ends.len() {
        1 => format!("{} waits for itself", path[0]),
        _ => format!("these wait for one another in a circle: {}", path.join(" → ")),
    };
    let last = circle.len() - 1;
    let label = if last == 0 { "itself".into() } else { format!("{} waits for {}", name(ends[last].0), name(ends[last].1)) };
    let mut diagnostic = Diagnostic::error("E015", topology.graph[circle[last]].span, message).label(label);
    for (edge, (from, to)) in circle.iter().zip(&ends).take(last.min(PATH_MAX)) {
        diagnostic = diagnostic.also(topology.graph[*edge].span, format!("{} waits for {}", name(*from), name(*to)));
    }
    diagnostic.hint("no request could ever be answered: take one of these calls out")
}
