//! The graph as text for others to draw: DOT (Graphviz) and Mermaid.
//!
//! ```text
//! digraph { shoppers -> api [label="GET /orders"] }        flowchart LR: n0 -->|GET /orders| n1
//! ```
//!
//! Nodes are called n0, n1, …, as names may hold anything; names and labels are escaped by the rules of each language. Edges that do not wait
//! are dashed.

use std::fmt::Write;

use petgraph::visit::{EdgeRef, IntoNodeReferences};

use super::{Edge, Node, NodeKind, Topology};

/// How a kind of node looks: kind, DOT shape, Mermaid brackets.
const SHAPES: &[(&str, &str, (&str, &str))] = &[
    ("workload", "oval", ("([", "])")),
    ("api_gateway", "house", ("[/", "\\]")),
    ("lambda", "component", ("[[", "]]")),
    ("dynamodb", "cylinder", ("[(", ")]")),
    ("server", "box3d", ("[", "]")),
    ("sqs", "cds", (">", "]")),
    ("sns", "hexagon", ("{{", "}}")),
    ("function_url", "house", ("[/", "\\]")),
    ("cloudwatch_alarm", "octagon", ("{", "}")),
];

/// The graph in DOT.
pub fn dot(topology: &Topology, title: &str) -> String {
    let mut out = format!("digraph {} {{\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\"];\n", dot_quoted(title));
    for (at, node) in topology.graph.node_references() {
        let label = dot_quoted(&format!("{}\n{}", node.name, kind(node)));
        let _ = writeln!(out, "  n{} [label={label}, shape={}];", at.index(), shape(node).0);
    }
    for edge in topology.graph.edge_references() {
        let style = if edge.weight().waits { "" } else { ", style=dashed" };
        let label = dot_quoted(&edge.weight().label);
        let _ = writeln!(out, "  n{} -> n{} [label={label}{style}];", edge.source().index(), edge.target().index());
    }
    out + "}\n"
}

/// The graph as a Mermaid flowchart.
pub fn mermaid(topology: &Topology) -> String {
    let mut out = String::from("flowchart LR\n");
    for (at, node) in topology.graph.node_references() {
        let (open, close) = shape(node).1;
        let _ = writeln!(out, "  n{}{open}\"{}<br/><small>{}</small>\"{close}", at.index(), mermaid_escaped(&node.name), kind(node));
    }
    for edge in topology.graph.edge_references() {
        let _ = writeln!(out, "  n{} {} n{}", edge.source().index(), mermaid_arrow(edge.weight()), edge.target().index());
    }
    out
}

fn mermaid_arrow(edge: &Edge) -> String {
    let arrow = if edge.waits { "-->" } else { "-.->" };
    if edge.label.is_empty() { arrow.into() } else { format!("{arrow}|\"{}\"|", mermaid_escaped(&edge.label)) }
}

fn kind(node: &Node) -> &'static str {
    match node.kind {
        NodeKind::Workload { .. } => "workload",
        NodeKind::Service { kind, .. } => kind,
    }
}

fn shape(node: &Node) -> (&'static str, (&'static str, &'static str)) {
    let known = SHAPES.iter().find(|(name, ..)| *name == kind(node));
    known.map_or(("box", ("[", "]")), |(_, dot, mermaid)| (dot, *mermaid))
}

/// A quoted identifier of DOT, in which only the quote and the backslash are special.
fn dot_quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out + "\""
}

/// Text within quotes of Mermaid, where entities stand for what would end it or be taken for markup.
fn mermaid_escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            c if c.is_control() => out.push(' '),
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' | '|' | ';' | '{' | '}' => {
                let _ = write!(out, "#{};", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}
