//! Warnings about where messages go: to one of two, to nobody, round in a circle, out of their order.
//!
//! ```text
//! queue ─▶ f or g, not both        queue ─▶ nobody        f ─▶ queue ─▶ f, sixteen times        FIFO topic ─▶ standard queue
//! ```
//!
//! AWS docs: lambda/invocation-recursion, sns/fifo-message-delivery, lambda/invocation-async-retain-records. What is sent after an error, and queues of
//! dead letters and of records, need no reader: somebody looks into them.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeFiltered;

use super::{Feed, Function, Queue, View, loss, of};
use crate::document::{Diagnostic, Span, Spanned};
use crate::service::lambda::RecursiveLoop;
use crate::service::lambda::steps::{Step, walk};
use crate::service::{Operation, Spec, sqs};
use crate::topology::NodeKind;

/// W017: each message goes to one of them.
pub(super) fn competing_functions(view: &View) -> Vec<Diagnostic> {
    let mut by_queue: BTreeMap<&str, Vec<&Feed>> = BTreeMap::new();
    view.feeds.iter().for_each(|feed| by_queue.entry(feed.queue.name()).or_default().push(feed));
    let warn = |(queue, feeds): (&str, Vec<&Feed>)| {
        let [first, second, ..] = feeds[..] else { return None };
        let message = format!("`{queue}` feeds both `{}` and `{}`: each message goes to one of them", first.function.name(), second.function.name());
        let hint = "where each is to get every message, let a topic deliver to a queue of each (AWS: SNS guide, Fanout)";
        let diagnostic = Diagnostic::warning("W017", second.source.queue.span, message).label("also fed from here");
        Some(diagnostic.also(first.source.queue.span, "fed from here").hint(hint))
    };
    by_queue.into_iter().filter_map(warn).collect()
}

/// Where a queue gets messages that somebody is meant to read.
fn filled(queue: Queue, view: &View) -> Option<(String, Span)> {
    let sent = |ask: &&super::Ask| matches!(ask.operation, Operation::Sqs(sqs::Operation::Send(_))) && !loss::is_after_error(ask);
    let sent = view.asks_of(queue.name()).iter().find(sent).map(|ask| (ask.from.value.clone(), ask.at));
    let delivered = || view.subscriptions().find(|(_, own)| own.endpoint.value == queue.name());
    sent.or_else(|| delivered().map(|(topic, own)| (topic.name().to_owned(), own.endpoint.span)))
}

/// W018: filled and never emptied.
pub(super) fn nobody_receives(view: &View) -> Vec<Diagnostic> {
    let fed: BTreeSet<&str> = view.feeds.iter().map(|feed| feed.queue.name()).collect();
    let ends: BTreeSet<&str> = view.scenario.workloads.iter().filter_map(|(_, workload)| Some(workload.ends_at.as_ref()?.value.as_str())).collect();
    let received = |queue: Queue| view.asks_of(queue.name()).iter().any(|ask| matches!(ask.operation, Operation::Sqs(sqs::Operation::Receive(_))));
    let idle = |queue: &Queue| {
        let name = queue.name();
        !fed.contains(name) && !ends.contains(name) && !view.hearers.contains(name) && queue.spec.redrive.is_none() && !received(*queue)
    };
    let warn = |queue: Queue| {
        let (from, at) = filled(queue, view)?;
        let kept = queue.spec.message_retention_period.value;
        let message = format!("`{from}` sends to `{}`, and nobody receives from it: messages stay until they are {kept} old", queue.name());
        let hint = "feed a function from it, `event_sources: [ { queue: … } ]`; or say that work ends there, `ends_at` (AWS: SQS guide, retention)";
        Some(Diagnostic::warning("W018", queue.name.span, message).label("only grows").also(at, "filled here").hint(hint))
    };
    view.queues().filter(idle).filter_map(warn).collect()
}

/// W019: a loop over messages that never come.
pub(super) fn no_messages(view: &View) -> Vec<Diagnostic> {
    let subscribed: BTreeSet<&str> = view.subscriptions().map(|(_, own)| own.endpoint.value.as_str()).collect();
    let loops_in_vain = |function: &Function| {
        let (mut goes_through, mut receives) = (false, false);
        function.spec.handlers().for_each(|handler| {
            walk(handler, &mut |step| match step {
                Step::ForEachMessage(_) => goes_through = true,
                Step::Call(call) => receives |= call.verb == "receive",
                _ => {}
            });
        });
        goes_through && !receives && function.spec.event_sources.is_empty() && !subscribed.contains(function.name())
    };
    let warn = |function: Function| {
        let message = format!("`{}` goes through messages, and never has any", function.name());
        let hint = "without a batch the steps are done once: feed it from a queue, `event_sources: [ { queue: … } ]`, or let it `receive` (AWS: Lambda guide)";
        Diagnostic::warning("W019", function.name.span, message).label("`for_each_message`").hint(hint)
    };
    view.functions().into_iter().filter(loops_in_vain).map(warn).collect()
}

/// W027: filters that let nothing through.
pub(super) fn nothing_passes(view: &View) -> Vec<Diagnostic> {
    let warn = |span: Span, from: &str, to: &str, fate: &str| {
        let message = format!("no message of `{from}` passes the filter of `{to}`: {fate}");
        let hint = "a filter that nothing passes is as good as no subscription: raise `filter_passes` (AWS: SNS and Lambda guides, filtering)";
        Diagnostic::warning("W027", span, message).label("0 % pass").hint(hint)
    };
    let closed = |share: Option<crate::units::Share>| share.is_some_and(|share| share.as_fraction() == 0.0);
    let topics = view.subscriptions().filter(|(_, own)| closed(own.filter_passes));
    let topics = topics.map(|(topic, own)| warn(own.endpoint.span, topic.name(), &own.endpoint.value, "it is never delivered to"));
    let mappings = view.feeds.iter().filter_map(|feed| Some((feed, feed.source.filter_passes.as_ref().filter(|share| closed(Some(share.value)))?)));
    let mappings = mappings.map(|(feed, share)| warn(share.span, feed.queue.name(), feed.function.name(), "all are deleted unseen"));
    topics.chain(mappings).collect()
}

/// W028: events for a function that may not run.
pub(super) fn switched_off(view: &View) -> Vec<Diagnostic> {
    let warn = |(function, from, at): (Function, &Spanned<String>, Span)| {
        let reserved = function.spec.reserved_concurrency.as_ref().filter(|reserved| reserved.value == 0)?;
        let message = format!("`{}` reserves no concurrency, so that every event of `{}` is dropped untried", function.name(), from.value);
        let hint = "a reservation of 0 switches a function off: events go to `on_failure` or the dead-letter queue at once (AWS: Lambda guide)";
        Some(Diagnostic::warning("W028", reserved.span, message).label("switched off").also(at, "sends events").hint(hint))
    };
    view.by_event().into_iter().filter_map(warn).collect()
}

/// W029: what a FIFO topic keeps, a standard queue loses.
pub(super) fn order_lost(view: &View) -> Vec<Diagnostic> {
    let ordered = view.subscriptions().filter(|(topic, _)| topic.spec.fifo.is_some());
    let standard = ordered.filter_map(|(topic, own)| Some((topic, own, view.queue(&own.endpoint.value).filter(|queue| queue.spec.fifo.is_none())?)));
    let warn = |(topic, at, queue): (&str, Span, Queue)| {
        let message =
            format!("the FIFO topic `{topic}` delivers to `{}`, a standard queue, which keeps neither order nor deduplication", queue.name());
        let hint = "make it a FIFO queue, `fifo: {}`, unless its readers can do without (AWS: SNS guide, FIFO message delivery)";
        Diagnostic::warning("W029", at, message).label("a standard queue").also(queue.name.span, "no `fifo`").hint(hint)
    };
    standard.map(|(topic, own, queue)| warn((topic.name(), own.endpoint.span, queue))).collect()
}

/// W031: what a function sends comes back to it.
pub(super) fn loops(view: &View) -> Vec<Diagnostic> {
    let graph = &view.topology.graph;
    let kind = |at: NodeIndex| match graph[at].kind {
        NodeKind::Service { kind, .. } => kind,
        NodeKind::Workload { .. } => "workload",
    };
    let seen = |at: NodeIndex| matches!(kind(at), "lambda" | "sqs" | "sns");
    // What a handler asks of a queue other than to send passes nothing on.
    let passes_on = |from: NodeIndex, verb: &str| kind(from) != "lambda" || !["receive", "delete", "change_visibility"].contains(&verb);
    let passing = EdgeFiltered::from_fn(graph, |edge| {
        use petgraph::visit::EdgeRef;
        seen(edge.source()) && seen(edge.target()) && passes_on(edge.source(), &edge.weight().verb)
    });
    let mut knots = kosaraju_scc(&passing);
    knots.retain(|knot| knot.len() > 1 || graph.edges_connecting(knot[0], knot[0]).any(|edge| passes_on(knot[0], &edge.weight().verb)));
    knots.iter_mut().for_each(|knot| knot.sort());
    knots.sort();
    knots.iter().filter_map(|knot| around(knot, view)).collect()
}

/// The warning about one knot of nodes, unless all of its functions mean it.
fn around(knot: &[NodeIndex], view: &View) -> Option<Diagnostic> {
    let graph = &view.topology.graph;
    let function = |at: &NodeIndex| match graph[*at].kind {
        NodeKind::Service { index, .. } => match &view.scenario.nodes[index] {
            (name, Spec::Lambda(spec)) => Some((name, spec.recursive_loop == RecursiveLoop::Terminate)),
            _ => None,
        },
        NodeKind::Workload { .. } => None,
    };
    let (name, _) = knot.iter().filter_map(function).find(|(_, is_cut)| *is_cut)?;
    let others: Vec<String> =
        knot.iter().map(|at| &graph[*at]).filter(|node| node.name != name.value).map(|node| format!("`{}`", node.name)).take(6).collect();
    let way = if others.is_empty() { String::new() } else { format!(" by way of {}", others.join(", ")) };
    let most = of(view.platform.count("lambda.recursion_limit"), "invocation");
    let message = format!("what `{}` sends comes back to it{way}: Lambda cuts the chain after about {most}", name.value);
    let hint = "send to another queue; or, where the loop is meant and ends by itself, `recursive_loop: allow` (AWS: Lambda guide, Recursive loop detection)";
    Some(Diagnostic::warning("W031", name.span, message).label("in a loop").hint(hint))
}

/// W034: work that cannot come to where it is said to end.
pub(super) fn ends_out_of_reach(view: &View) -> Vec<Diagnostic> {
    let graph = &view.topology.graph;
    let warn = |(index, (name, workload)): (usize, &(Spanned<String>, crate::service::workload::WorkloadSpec))| {
        let end = workload.ends_at.as_ref()?;
        let to = view.topology.node(view.names.node(&end.value)?);
        if petgraph::algo::has_path_connecting(graph, view.topology.workload(index), to, None) {
            return None;
        }
        let message = format!("the work of `{}` is said to end at `{}`, and never comes there", name.value, end.value);
        let hint = "`end_to_end` has nothing to measure: name a function, queue or server that its requests lead to";
        Some(Diagnostic::warning("W034", end.span, message).label("out of reach").hint(hint))
    };
    view.scenario.workloads.iter().enumerate().filter_map(warn).collect()
}

/// W035: a filter's values that no workload draws.
pub(super) fn values_nobody_draws(view: &View) -> Vec<Diagnostic> {
    let topics = view.subscriptions().map(|(_, own)| &own.filter_policy);
    let policies = topics.chain(view.feeds.iter().map(|feed| &feed.source.filter));
    let mut found = Vec::new();
    for (attribute, values) in policies.flat_map(|policy| &policy.0) {
        let drawn: Vec<_> =
            view.scenario.workloads.iter().flat_map(|(_, w)| &w.attributes.0).filter(|(name, _)| name.value == attribute.value).collect();
        let knows = |value: &str| {
            drawn.iter().any(|(_, own)| own.key_named(value).is_some() || value.parse::<u64>().is_ok() || matches!(value, "true" | "false"))
        };
        let hint = "values are the names that the attribute draws, or numbers (AWS matches them exactly, upper and lower case apart)";
        if values.0.is_empty() {
            let message = format!("the filter on `{}` lists no value, so that nothing passes", attribute.value);
            found.push(Diagnostic::warning("W035", attribute.span, message).label("empty").hint(hint));
        }
        for value in values.0.iter().filter(|value| !drawn.is_empty() && !knows(&value.value)) {
            let message = format!("the filter asks `{}` for `{}`, which no workload draws", attribute.value, value.value);
            found.push(Diagnostic::warning("W035", value.span, message).label("never drawn").hint(hint));
        }
    }
    found
}
