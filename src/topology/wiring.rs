//! The rules of wiring: names that stand for something, ways of reaching a node that it offers, time-outs that fit into one another.
//!
//! A rule looks at one workload or node at a time and never stops the others. What the rules do not ask: whether the limits suffice, which is what
//! the simulation is for.

use std::collections::BTreeSet;

use petgraph::graph::NodeIndex;
use petgraph::visit::{Dfs, EdgeRef, VisitMap};

use super::{NodeKind, Topology};
use crate::document::{Diagnostic, Reading, Span, Spanned};
use crate::scenario::Scenario;
use crate::scenario::names::{Names, listed};
use crate::service::cloudwatch_alarm::WATCH;
use crate::service::sns::{DEAD_LETTERS, SUBSCRIPTION};
use crate::service::workload::{RequestSpec, WorkloadSpec};
use crate::service::{Operation, Reference, Spec, sqs};

/// The verb by which an API is reached.
const REQUEST: &str = "request";
/// The verb by which an API reaches what is behind a route, and those it stands for.
const INTEGRATION: (&str, &[&str]) = ("integration", &["invoke", "call"]);
/// The verbs by which a function names who hears of its events, and the kinds that can.
const HEARERS: [(&str, &[&str]); 2] = [("destination", &["sqs", "sns", "lambda"]), ("dead_letter_queue", &["sqs", "sns"])];

/// What a workload asks of `target`, each once: verb, and the same for people. Without a route, an API is asked for each that it has.
pub fn asked(workload: &WorkloadSpec, target: &Spec) -> Vec<(String, String)> {
    let routes = target.routes();
    let ask = |request: RequestSpec| match (request.route, request.operation) {
        (Some(route), _) => vec![(REQUEST.to_owned(), route.value)],
        (None, Some(asked)) => vec![(asked.verb.value.clone(), asked.verb.value)],
        (None, None) if routes.is_empty() => target.usual().map(|(verb, _)| (verb.to_owned(), verb.to_owned())).into_iter().collect(),
        (None, None) => routes.iter().map(|route| (REQUEST.to_owned(), (*route).to_owned())).collect(),
    };
    let mut met = BTreeSet::new();
    workload.mix().into_iter().flat_map(ask).filter(|pair| met.insert(pair.clone())).collect()
}

/// Complaints about every name that stands for nothing (E012), or is reached in a way that it does not offer (E013, E014).
pub fn names(scenario: &Scenario, names: &Names) -> Vec<Diagnostic> {
    let mut reading = Reading::default();
    if scenario.nodes.is_empty() {
        return Vec::new(); // there is a complaint already, and every name would be another
    }
    for (name, workload) in &scenario.workloads {
        let phrase = format!("`{}` sends requests to `{}`", name.value, workload.target.value);
        if let Some(index) = found(&workload.target, &phrase, names, &mut reading) {
            let (target, spec) = &scenario.nodes[index];
            let asking = Asking { name, workload, target, spec, routes: spec.routes().into_iter().collect(), names };
            workload.mix().iter().for_each(|request| asking.check(request, &mut reading));
        }
    }
    for (name, workload) in &scenario.workloads {
        if let Some(end) = &workload.ends_at {
            found(end, &format!("the work of `{}` ends at `{}`", name.value, end.value), names, &mut reading);
        }
    }
    for (name, spec) in &scenario.nodes {
        for reference in spec.references() {
            let phrase = phrase(&name.value, &reference);
            if let Some(index) = found(&reference.to, &phrase, names, &mut reading) {
                reaches(&phrase, &reference, &scenario.nodes[index].1, &mut reading);
            }
        }
    }
    reading.diagnostics
}

/// The node's index; a complaint where there is none of this name.
fn found(to: &Spanned<String>, phrase: &str, names: &Names, reading: &mut Reading) -> Option<usize> {
    let index = names.node(&to.value);
    if index.is_none() && !names.is_unread(&to.value) {
        let diagnostic = match names.workload(&to.value) {
            Some(_) => Diagnostic::error("E013", to.span, format!("{phrase}, which is a workload")).label("sends requests, and takes none"),
            None => Diagnostic::error("E012", to.span, format!("{phrase}, which is not in this scenario")).label("no node of this name"),
        };
        reading.push(Diagnostic { hint: names.suggestion(&to.value, false), ..diagnostic });
    }
    index
}

/// What a reference does, as the beginning of a sentence.
fn phrase(from: &str, reference: &Reference) -> String {
    let to = &reference.to.value;
    match reference.verb {
        "call" => format!("`{from}` calls `{to}`"),
        "integration" => format!("`{from}` sends `{}` to `{to}`", reference.label),
        "invoke" => format!("`{from}` invokes `{to}`"),
        WATCH => format!("`{from}` watches `{to}`"),
        SUBSCRIPTION => format!("`{from}` delivers to `{to}`"),
        DEAD_LETTERS => format!("`{from}` sends dead letters to `{to}`"),
        "destination" => format!("`{from}` sends the record of an event to `{to}`"),
        "dead_letter_queue" => format!("`{from}` sends dropped events to `{to}`"),
        "receive" if reference.feeds => format!("`{from}` is fed from `{to}`"),
        "send" if reference.label == sqs::DEAD_LETTERS => format!("`{from}` sends dead letters to `{to}`"),
        "send" if reference.label == sqs::REDRIVE_LABEL => format!("`{from}` moves its messages to `{to}`"),
        verb => format!("`{from}` does `{verb}` on `{to}`"),
    }
}

/// Complains of a node that is reached by a verb its kind does not have.
fn reaches(phrase: &str, reference: &Reference, to: &Spec, reading: &mut Reading) {
    if [SUBSCRIPTION, DEAD_LETTERS, WATCH].contains(&reference.verb) {
        return; // what a topic may deliver to is a matter of its own
    }
    let (integration, stands_for) = INTEGRATION;
    if let Some((_, kinds)) = HEARERS.iter().find(|(verb, _)| *verb == reference.verb) {
        hears(phrase, reference, to, kinds, reading);
    } else if reference.verb == integration && !stands_for.iter().any(|verb| to.accepts().contains(verb)) {
        let message = format!("{phrase}, {}, which cannot stand behind a route", with_article(to.kind()));
        let hint = "a route leads to a `lambda` or a `server`; put one between";
        reading.push(Diagnostic::error("E013", reference.to.span, message).label(with_article(to.kind())).hint(hint));
    } else if reference.verb != integration && !to.accepts().contains(&reference.verb) {
        let how = format!("cannot be reached by `{}`", reference.verb);
        reading.push(not_accepted(phrase, &how, to, reference.to.span));
    }
}

/// Complains of a destination or dead-letter queue that takes no events.
fn hears(phrase: &str, reference: &Reference, to: &Spec, kinds: &[&str], reading: &mut Reading) {
    if !kinds.contains(&to.kind()) {
        let message = format!("{phrase}, {}, which cannot hear of it", with_article(to.kind()));
        let hint = format!("`{}` names one of: {}", reference.label, kinds.join(", "));
        reading.push(Diagnostic::error("E092", reference.to.span, message).label(with_article(to.kind())).hint(hint));
    } else if to.is_fifo() {
        let hint = "Lambda passes events on to standard queues and topics only: take `fifo` out of it, or send from the handler";
        let message = format!("{phrase}, which is FIFO");
        reading.push(Diagnostic::error("E093", reference.to.span, message).label("every delivery would fail").hint(hint));
    }
}

fn not_accepted(phrase: &str, how: &str, to: &Spec, span: Span) -> Diagnostic {
    let kind = with_article(to.kind());
    let message = format!("{phrase}, {kind}, which {how}");
    let hint = match to.accepts() {
        [] => format!("{kind} takes no requests"),
        verbs => format!("{kind} takes: {}", verbs.join(", ")),
    };
    Diagnostic::error("E013", span, message).label(kind).hint(hint)
}

pub(super) fn with_article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} `{kind}`")
}

/// A workload and the node that its requests go to.
struct Asking<'s> {
    name: &'s Spanned<String>,
    workload: &'s WorkloadSpec,
    target: &'s Spanned<String>,
    spec: &'s Spec,
    routes: BTreeSet<&'s str>,
    names: &'s Names<'s>,
}

impl Asking<'_> {
    fn check(&self, request: &RequestSpec, reading: &mut Reading) {
        let has_routes = self.spec.accepts().contains(&REQUEST);
        let phrase = format!("`{}` sends requests to `{}`", self.name.value, self.target.value);
        match (&request.route, &request.operation) {
            (Some(route), _) if !has_routes => {
                let diagnostic = not_accepted(&phrase, "has no routes", self.spec, route.span);
                reading.push(diagnostic.hint("leave `route` out, or send the requests to an API"));
            }
            (Some(route), _) if !self.routes.contains(route.value.as_str()) => reading.push(self.no_route(route)),
            (Some(_), _) => {}
            (None, Some(asked)) => {
                let verb = asked.verb.value.as_str();
                if !self.spec.accepts().contains(&verb) {
                    reading.push(not_accepted(&phrase, &format!("cannot be reached by `{verb}`"), self.spec, asked.verb.span));
                }
            }
            (None, None) if !has_routes && self.spec.usual().is_none() => {
                let message = format!("{phrase}, and does not say what for");
                let hint = format!("write `operation: {{ … }}` with one of: {}", self.spec.accepts().join(", "));
                let diagnostic = Diagnostic::error("E013", self.workload.target.span, message);
                reading.push(diagnostic.label(with_article(self.spec.kind())).hint(hint));
            }
            (None, None) => {}
        }
    }

    fn no_route(&self, route: &Spanned<String>) -> Diagnostic {
        let message = format!("`{}` asks for `{}`, which `{}` has no route for", self.name.value, route.value, self.target.value);
        let hint = match self.names.closest(&route.value, self.routes.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its routes: {}", listed(self.routes.iter().copied())),
        };
        Diagnostic::error("E014", route.span, message).label("no such route").also(self.target.span, "this API").hint(hint)
    }
}

/// Complaints about operations that the node they are asked of, though of the right kind, cannot do: of a table, what names an index it has not.
pub fn operations(scenario: &Scenario, names: &Names) -> Vec<Diagnostic> {
    let mut reading = Reading::default();
    let mut check = |to: &Spanned<String>, operation: &Operation| {
        if let Some(index) = names.node(&to.value) {
            scenario.nodes[index].1.check_operation(&to.value, operation, &mut reading);
        }
    };
    for (_, workload) in &scenario.workloads {
        let asked = workload.mix().into_iter().filter_map(|request| request.operation);
        asked.for_each(|asked| check(&workload.target, &asked.operation));
    }
    for (_, spec) in &scenario.nodes {
        spec.operations().into_iter().for_each(|(to, operation)| check(to, operation));
    }
    reading.diagnostics
}

/// Warns of one that waits shorter than what it waits for may take (W002), and of calls that may outlast their caller (W003).
pub fn timeouts(scenario: &Scenario, topology: &Topology) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut met = BTreeSet::new();
    let service = |at: NodeIndex| match topology.graph[at].kind {
        NodeKind::Service { index, .. } => Some(&scenario.nodes[index]),
        NodeKind::Workload { .. } => None,
    };
    for edge in topology.graph.edge_references().filter(|edge| edge.weight().waits) {
        let (Some((from, caller)), Some((to, called))) = (service(edge.source()), service(edge.target())) else { continue };
        let Some(timeout) = &edge.weight().timeout else { continue };
        // An API waits equally long on each of its routes: one warning is for all that lead to a function.
        let is_new = edge.weight().verb != INTEGRATION.0 || met.insert((edge.source(), edge.target()));
        if let Some(limit) = called.time_limit().filter(|limit| *limit > timeout.value && is_new) {
            let routes = topology.graph.edges_connecting(edge.source(), edge.target()).filter(|other| other.weight().waits).count();
            let on = if routes > 1 && edge.weight().verb == INTEGRATION.0 { format!(" on {routes} routes") } else { String::new() };
            let message = format!("`{}` waits {} for `{}`{on}, which may run for {limit}", from.value, timeout.value, to.value);
            let diagnostic = Diagnostic::warning("W002", timeout.span, message).label("gives up first").also(to.span, format!("may run for {limit}"));
            found.push(
                diagnostic
                    .hint("let the function's time-out be the shorter: it runs on after nobody waits for it, holds its concurrency and is billed"),
            );
        }
        if let Some(limit) = caller.time_limit().filter(|limit| *limit < timeout.value) {
            let message = format!("`{}` ends after {limit}, before its call to `{}` would give up after {}", from.value, to.value, timeout.value);
            let diagnostic = Diagnostic::warning("W003", timeout.span, message).label("never reached").also(from.span, format!("ends after {limit}"));
            found.push(diagnostic.hint("let the call's time-out be the shorter: a slow call ends the invocation, with no chance to handle it"));
        }
    }
    found
}

/// Warns of nodes that no request can reach (W001).
pub fn unreachable(scenario: &Scenario, topology: &Topology) -> Vec<Diagnostic> {
    let mut walk = Dfs::empty(&topology.graph);
    for source in topology.sources(scenario) {
        walk.move_to(source);
        while walk.next(&topology.graph).is_some() {}
    }
    let lost = topology.graph.node_indices().filter(|at| !walk.discovered.is_visited(at)).map(|at| &topology.graph[at]);
    let warn = |node: &super::Node| {
        let message = format!("no request reaches `{}`", node.name);
        Diagnostic::warning("W001", node.span, message)
            .label("stands idle")
            .hint("take it out, or let a workload target it, or something that a workload reaches")
    };
    lost.map(warn).collect()
}

/// Complaints about attributes that no workload draws (E035), and about workloads that reach a node without the attribute it uses (W007).
pub fn attributes(scenario: &Scenario, topology: &Topology, names: &Names) -> Vec<Diagnostic> {
    let drawn: BTreeSet<&str> = scenario.workloads.iter().flat_map(|(_, w)| w.attribute_names()).map(|name| name.value.as_str()).collect();
    let mut reading = Reading::default();
    for workload in &scenario.workloads {
        let asked = workload.1.mix().into_iter().filter_map(|request| request.operation);
        for attribute in asked.flat_map(|asked| asked.operation.attributes()) {
            uses(&attribute, &workload.0, &drawn, &[workload], names, &mut reading);
        }
    }
    for (index, (name, spec)) in scenario.nodes.iter().enumerate() {
        let used = spec.attributes();
        let reaching = if used.is_empty() { Vec::new() } else { workloads_reaching(scenario, topology, index) };
        used.iter().for_each(|attribute| uses(attribute, name, &drawn, &reaching, names, &mut reading));
    }
    reading.diagnostics
}

type Named<'s> = &'s (Spanned<String>, WorkloadSpec);

fn workloads_reaching<'s>(scenario: &'s Scenario, topology: &Topology, node: usize) -> Vec<Named<'s>> {
    let mut walk = Dfs::new(petgraph::visit::Reversed(&topology.graph), topology.node(node));
    let mut reaching = Vec::new();
    while let Some(at) = walk.next(petgraph::visit::Reversed(&topology.graph)) {
        if let NodeKind::Workload { index } = topology.graph[at].kind {
            reaching.push(&scenario.workloads[index]);
        }
    }
    reaching
}

fn uses(attribute: &Spanned<String>, node: &Spanned<String>, drawn: &BTreeSet<&str>, reaching: &[Named], names: &Names, reading: &mut Reading) {
    let word = attribute.value.as_str();
    if !drawn.contains(word) {
        let message = format!("`{}` uses the attribute `{word}`, which no workload draws", node.value);
        let hint = match names.closest(word, drawn.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add it to a workload: `attributes: {{ {word}: zipf(n=1000 s=1.0) }}`"),
        };
        reading.push(Diagnostic::error("E035", attribute.span, message).label("not drawn").hint(hint));
        return;
    }
    for (name, workload) in reaching {
        if workload.attribute_names().all(|own| own.value != word) {
            let message = format!("requests of `{}` reach `{}` without the attribute `{word}` that it uses", name.value, node.value);
            let diagnostic = Diagnostic::warning("W007", attribute.span, message).label("not drawn by all").also(name.span, "does not draw it");
            let hint =
                format!("draw it in `{}` too: without it each request counts as a key of its own, and as true where it is asked `when`", name.value);
            reading.push(diagnostic.hint(hint));
        }
    }
}
