//! The rules of topics: what may be subscribed, in which order, where dead letters go, and how large a message may be.
//!
//! ```text
//! standard topic ─▶ standard queue · function · server · route of an API        FIFO topic ─▶ FIFO queue · standard queue
//!                 dead letters ─▶ standard queue                                            dead letters ─▶ FIFO queue
//! ```
//!
//! AWS docs: sns/fifo-message-delivery, sns/dlq. Names that stand for nothing are told by `wiring`.

use super::wiring::with_article;
use crate::document::{Diagnostic, Reading, Spanned};
use crate::scenario::Scenario;
use crate::scenario::names::{Names, listed};
use crate::service::lambda::steps::{Call, Step, walk};
use crate::service::sns::{self, Protocol, Publish, Subscription};
use crate::service::{Operation, Spec};
use crate::units::Bytes;

/// A node with its name.
type Named<'s> = (&'s Spanned<String>, &'s Spec);

/// Complaints about subscriptions (E083, E084, E085, E172, E014), dead-letter queues (E088) and messages larger than their topic takes (E086).
pub fn topics(scenario: &Scenario, names: &Names) -> Vec<Diagnostic> {
    let mut reading = Reading::default();
    for (name, spec) in &scenario.nodes {
        match spec {
            Spec::Sns(topic) => topic.subscriptions.iter().for_each(|own| {
                let platform = scenario.platform();
                let (usual, most) = (platform.count("sns.maximum_message_size"), platform.count("sns.message_size_ceiling"));
                let large = (usual + 1..=most).contains(&topic.largest(&platform));
                let rules = Rules { topic: name, fifo: topic.fifo.is_some(), large, own: &own.value, names };
                rules.check(scenario, &mut reading);
            }),
            Spec::Lambda(function) => walk(&function.handler, &mut |step| {
                if let Step::Call(call) = step {
                    size_of_call(call, scenario, names, &mut reading);
                }
            }),
            _ => {}
        }
    }
    sizes_of_workloads(scenario, names, &mut reading);
    reading.diagnostics
}

fn node<'s>(name: &str, scenario: &'s Scenario, names: &Names) -> Option<Named<'s>> {
    names.node(name).map(|index| (&scenario.nodes[index].0, &scenario.nodes[index].1))
}

/// Whether a node is a FIFO queue; `None` where it is no queue.
fn is_fifo_queue(spec: &Spec) -> Option<bool> {
    (spec.kind() == "sqs").then(|| spec.is_fifo())
}

/// One subscription of one topic.
struct Rules<'s> {
    topic: &'s Spanned<String>,
    fifo: bool,
    /// Whether it takes messages that are too large for HTTP.
    large: bool,
    own: &'s Subscription,
    names: &'s Names<'s>,
}

impl Rules<'_> {
    fn check(&self, scenario: &Scenario, reading: &mut Reading) {
        if let Some(endpoint) = node(&self.own.endpoint.value, scenario, self.names) {
            self.endpoint(endpoint, reading);
        }
        let dead_letters = self.own.redrive_policy.as_ref().map(|policy| &policy.dead_letter_queue);
        if let Some((at, queue)) = dead_letters.and_then(|at| Some((at, node(&at.value, scenario, self.names)?))) {
            self.dead_letters(at, queue, reading);
        }
    }

    fn endpoint(&self, (name, spec): Named, reading: &mut Reading) {
        let protocol = match spec.kind() {
            "sqs" => Protocol::Sqs,
            "lambda" => Protocol::Lambda,
            "server" | "api_gateway" => Protocol::Https,
            kind => {
                let message = format!("`{}` delivers to `{}`, which is {}", self.topic.value, name.value, with_article(kind));
                let diagnostic = Diagnostic::error("E083", self.own.endpoint.span, message).label("cannot be subscribed");
                return reading.push(diagnostic.hint("a topic delivers to: sqs, lambda, server, api_gateway"));
            }
        };
        if let Some(stated) = self.own.protocol.as_ref().filter(|stated| stated.value != protocol) {
            let message = format!("`{}` is {}, which is not delivered to by `{}`", name.value, with_article(spec.kind()), stated.value.word());
            let hint = format!("leave `protocol` out, or say `{}`", protocol.word());
            reading.push(Diagnostic::error("E083", stated.span, message).label("not so").hint(hint));
        }
        if self.large && protocol == Protocol::Https {
            let message = format!("`{}` takes messages beyond 256 KB, which are not delivered by HTTP as `{}` asks", self.topic.value, name.value);
            let diagnostic = Diagnostic::error("E172", self.own.endpoint.span, message).label(with_article(spec.kind()));
            reading.push(diagnostic.hint("lower `maximum_message_size`, or put a queue or function between"));
        }
        self.route((name, spec), reading);
        self.order((name, spec), protocol, reading);
        if let Some(policy) = self.own.delivery_policy.as_ref().filter(|_| protocol != Protocol::Https) {
            let message = format!("a delivery policy is for HTTP, and `{}` is {}", name.value, with_article(spec.kind()));
            let diagnostic = Diagnostic::error("E085", policy.span, message).label("has no say here");
            reading.push(diagnostic.hint("retries of deliveries to queues and functions are AWS's own and cannot be changed"));
        }
    }

    fn route(&self, (name, spec): Named, reading: &mut Reading) {
        let routes = spec.routes();
        let (code, span, message) = match &self.own.route {
            Some(route) if routes.is_empty() => {
                ("E083", route.span, format!("`{}` is {}, which has no routes", name.value, with_article(spec.kind())))
            }
            Some(route) if !routes.contains(&route.value.as_str()) => {
                ("E014", route.span, format!("`{}` delivers to `{}`, which `{}` has no route for", self.topic.value, route.value, name.value))
            }
            None if !routes.is_empty() => {
                ("E083", self.own.endpoint.span, format!("`{}` delivers to `{}`, and does not say to which route", self.topic.value, name.value))
            }
            _ => return,
        };
        let diagnostic = Diagnostic::error(code, span, message).label("which route?");
        reading.push(if routes.is_empty() {
            diagnostic.hint("leave `route` out")
        } else {
            diagnostic.hint(format!("its routes: {}", listed(routes.into_iter())))
        });
    }

    fn order(&self, (name, spec): Named, protocol: Protocol, reading: &mut Reading) {
        let span = self.own.endpoint.span;
        if self.fifo && protocol != Protocol::Sqs {
            let message = format!("`{}` is a FIFO topic, which cannot deliver to {}", self.topic.value, with_article(spec.kind()));
            let diagnostic = Diagnostic::error("E084", span, message).label(with_article(spec.kind()));
            reading.push(diagnostic.hint("a FIFO topic delivers to queues: put one between"));
        } else if !self.fifo && is_fifo_queue(spec) == Some(true) {
            let message = format!("`{}` is a standard topic, which cannot deliver to the FIFO queue `{}`", self.topic.value, name.value);
            reading.push(Diagnostic::error("E084", span, message).label("a FIFO queue").hint("make the topic a FIFO topic: `fifo: {}`"));
        }
    }

    fn dead_letters(&self, at: &Spanned<String>, (name, spec): Named, reading: &mut Reading) {
        let topic = &self.topic.value;
        let (message, hint) = match is_fifo_queue(spec) {
            None => (
                format!("dead letters of `{topic}` go to `{}`, which is {}", name.value, with_article(spec.kind())),
                "a dead-letter queue is an `sqs`",
            ),
            Some(false) if self.fifo => {
                (format!("dead letters of the FIFO topic `{topic}` go to `{}`, a standard queue", name.value), "make it a FIFO queue: `fifo: {}`")
            }
            Some(true) if !self.fifo => {
                (format!("dead letters of the standard topic `{topic}` go to `{}`, a FIFO queue", name.value), "take `fifo` from the queue")
            }
            Some(_) => return,
        };
        reading.push(Diagnostic::error("E088", at.span, message).label("not this one").hint(hint));
    }
}

fn size_of_call(call: &Call, scenario: &Scenario, names: &Names, reading: &mut Reading) {
    if let (Operation::Sns(publish), Some((_, Spec::Sns(topic)))) = (&call.operation, node(&call.to.value, scenario, names)) {
        size(publish, None, (&call.to.value, topic), scenario, reading);
    }
}

fn sizes_of_workloads(scenario: &Scenario, names: &Names, reading: &mut Reading) {
    for (_, workload) in &scenario.workloads {
        let Some((_, Spec::Sns(topic))) = node(&workload.target.value, scenario, names) else { continue };
        for request in workload.mix() {
            let usual = Publish::forward();
            let publish = match request.operation.as_ref().map(|asked| &asked.operation) {
                Some(Operation::Sns(publish)) => publish,
                _ => &usual,
            };
            let payload = Spanned { value: request.payload, span: workload.target.span };
            size(publish, Some(&payload), (&workload.target.value, topic), scenario, reading);
        }
    }
}

/// Complains of a publish that the topic would always refuse.
fn size(publish: &Publish, payload: Option<&Spanned<Bytes>>, (name, topic): (&str, &sns::Spec), scenario: &Scenario, reading: &mut Reading) {
    let Some(each) = publish.size.as_ref().or(payload) else { return };
    let all = each.value.as_bytes().saturating_mul(u64::from(publish.messages.value));
    let largest = topic.largest(&scenario.platform());
    if all > largest {
        let all = Bytes::from_bytes(all);
        let message = format!("a publish of {all} is larger than `{name}` takes: {} in one call", Bytes::from_bytes(largest));
        let hint = "a topic may take up to 1 MB: `maximum_message_size: 1 MB`";
        reading.push(Diagnostic::error("E086", each.span, message).label("too large").hint(hint));
    }
}
