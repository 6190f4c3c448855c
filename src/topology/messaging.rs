//! The rules of messaging: what AWS refuses between queues, functions, topics and tables (errors), and what it takes and everybody regrets (warnings).
//!
//! ```text
//! scenario ─▶ View { mappings, what is asked of whom } ─▶ each rule of the two tables ─▶ diagnostics
//! ```
//!
//! A rule is one small function. It says what it found with the scenario's own numbers, how to mend it, and who says so. Limits and advice come from the
//! rows of the scenario's platform. A scenario that is made as AWS advises hears nothing. Whether limits suffice is what the simulation is for: a rule
//! about load looks at averages only, from below.

mod advice;
mod flow;
mod index;
mod load;
mod loss;
mod refusal;

use std::collections::{BTreeMap, BTreeSet};

use super::Topology;
use crate::document::{Diagnostic, Span, Spanned};
use crate::platform::Platform;
use crate::scenario::Scenario;
use crate::scenario::names::Names;
use crate::service::lambda::steps::{Call, Step, walk};
use crate::service::mapping::EventSource;
use crate::service::{Operation, Spec, lambda, sns, sqs};
use crate::units::Time;

/// One rule.
type Rule = fn(&View) -> Vec<Diagnostic>;

/// What AWS refuses.
const REFUSED: &[Rule] = &[
    refusal::order_of_dead_letters,
    refusal::circles_of_dead_letters,
    refusal::redrive_of_no_dead_letter_queue,
    refusal::message_group,
    refusal::delay_of_one_message,
    refusal::deduplication_of_a_standard_queue,
    refusal::deduplication_id,
    refusal::batches_of_a_fifo_queue,
    refusal::fed_twice,
];

/// What AWS takes, and advises against.
const ADVISED: &[Rule] = &[
    advice::visibility_timeout,
    advice::receive_count,
    advice::reservation,
    loss::queue_without_dead_letters,
    loss::events_without_dead_letters,
    loss::subscription_without_dead_letters,
    advice::batching_window,
    load::message_groups,
    loss::retention_of_dead_letters,
    flow::competing_functions,
    flow::nobody_receives,
    flow::no_messages,
    advice::nothing_to_report,
    advice::whole_batches,
    load::too_little_concurrency,
    loss::retention_within_retries,
    loss::delay_beyond_retention,
    load::short_polls,
    load::batches_cut_short,
    flow::nothing_passes,
    flow::values_nobody_draws,
    flow::ends_out_of_reach,
    flow::switched_off,
    flow::order_lost,
    loss::event_age,
    flow::loops,
    index::capacity,
    index::few_keys,
];

/// A node of one kind with its name.
#[derive(Debug)]
struct Named<'s, T> {
    name: &'s Spanned<String>,
    spec: &'s T,
}

impl<T> Clone for Named<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Named<'_, T> {}

impl<'s, T> Named<'s, T> {
    fn name(&self) -> &'s str {
        &self.name.value
    }

    /// The place of a field of this node; its name, where the file does not have the field.
    fn place<F>(&self, field: &Spanned<F>) -> Span {
        if field.span == Span::default() { self.name.span } else { field.span }
    }
}

type Queue<'s> = Named<'s, sqs::Spec>;
type Function<'s> = Named<'s, lambda::Spec>;

/// One event source mapping.
#[derive(Clone, Copy, Debug)]
struct Feed<'s> {
    function: Function<'s>,
    source: &'s EventSource,
    queue: Queue<'s>,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asker {
    /// The workload of this index, with this share of its requests.
    Workload(usize, f64),
    Handler,
    /// A handler whose call failed.
    OnError,
}

/// Something that is asked of a node.
#[derive(Clone, Debug)]
struct Ask<'s> {
    from: &'s Spanned<String>,
    asker: Asker,
    at: Span,
    /// The node's index.
    to: usize,
    operation: Operation,
}

/// A scenario, seen by who sends what to whom.
pub struct View<'s> {
    scenario: &'s Scenario,
    topology: &'s Topology,
    names: &'s Names<'s>,
    platform: Platform,
    feeds: Vec<Feed<'s>>,
    /// By the node of which it is asked.
    asks: BTreeMap<usize, Vec<Ask<'s>>>,
    /// Queues that are the dead-letter queue of a queue, a subscription or a function, or hear of its events.
    hearers: BTreeSet<&'s str>,
}

impl<'s> View<'s> {
    pub fn new(scenario: &'s Scenario, topology: &'s Topology, names: &'s Names<'s>) -> Self {
        let (platform, hearers) = (scenario.platform(), hearers(scenario));
        let mut view = Self { scenario, topology, names, platform, feeds: Vec::new(), asks: BTreeMap::new(), hearers };
        for (index, (name, workload)) in scenario.workloads.iter().enumerate() {
            let Some(to) = names.node(&workload.target.value) else { continue };
            let mix = workload.mix();
            let weights: f64 = mix.iter().map(|request| request.weight.value).sum();
            for request in mix {
                let asker = Asker::Workload(index, request.weight.value / weights);
                let at = request.operation.as_ref().map_or(workload.target.span, |asked| asked.verb.span);
                let usual = || scenario.nodes[to].1.usual().map(|(_, operation)| operation);
                if let Some(operation) = request.operation.map(|asked| asked.operation).or_else(usual) {
                    view.add(Ask { from: name, asker, at, to, operation });
                }
            }
        }
        for function in view.functions() {
            view.add_handlers(function);
            let queue_of = |source: &'s EventSource| view.queue(&source.queue.value).map(|queue| Feed { function, source, queue });
            let feeds: Vec<Feed> = function.spec.event_sources.iter().filter_map(queue_of).collect();
            view.feeds.extend(feeds);
        }
        view
    }

    /// All that AWS would refuse.
    pub fn refused(&self) -> Vec<Diagnostic> {
        REFUSED.iter().flat_map(|rule| rule(self)).collect()
    }

    /// All that it would take, and advises against.
    pub fn advised(&self) -> Vec<Diagnostic> {
        ADVISED.iter().flat_map(|rule| rule(self)).collect()
    }

    fn add(&mut self, ask: Ask<'s>) {
        self.asks.entry(ask.to).or_default().push(ask);
    }

    fn add_handlers(&mut self, function: Function<'s>) {
        for handler in function.spec.handlers() {
            let mut calls: Vec<&'s Call> = Vec::new();
            let mut after_errors: BTreeSet<Span> = BTreeSet::new();
            walk(handler, &mut |step| {
                let Step::Call(call) = step else { return };
                calls.push(call);
                let steps = call.on_error.as_deref().unwrap_or_default();
                walk(steps, &mut |step| after_errors.extend(called(step).map(|call| call.to.span)));
            });
            for call in calls {
                let Some(to) = self.names.node(&call.to.value) else { continue };
                let asker = if after_errors.contains(&call.to.span) { Asker::OnError } else { Asker::Handler };
                self.add(Ask { from: function.name, asker, at: call.to.span, to, operation: call.operation.clone() });
            }
        }
    }

    fn queues(&self) -> impl Iterator<Item = Queue<'s>> {
        self.scenario.nodes.iter().filter_map(|(name, spec)| if let Spec::Sqs(spec) = spec { Some(Named { name, spec: &**spec }) } else { None })
    }

    fn functions(&self) -> Vec<Function<'s>> {
        let function = |(name, spec): &'s (Spanned<String>, Spec)| {
            if let Spec::Lambda(spec) = spec { Some(Named { name, spec: &**spec }) } else { None }
        };
        self.scenario.nodes.iter().filter_map(function).collect()
    }

    /// Every subscription with its topic.
    fn subscriptions(&self) -> impl Iterator<Item = (Named<'s, sns::Spec>, &'s sns::Subscription)> {
        let topics = self.scenario.nodes.iter().filter_map(|(name, spec)| if let Spec::Sns(spec) = spec { Some((name, &**spec)) } else { None });
        topics.flat_map(|(name, spec)| spec.subscriptions.iter().map(move |own| (Named { name, spec }, &own.value)))
    }

    fn node(&self, name: &str) -> Option<&'s (Spanned<String>, Spec)> {
        self.names.node(name).map(|index| &self.scenario.nodes[index])
    }

    fn queue(&self, name: &str) -> Option<Queue<'s>> {
        match self.node(name)? {
            (name, Spec::Sqs(spec)) => Some(Named { name, spec }),
            _ => None,
        }
    }

    /// What is asked of the node of this name.
    fn asks_of(&self, name: &str) -> &[Ask<'s>] {
        self.names.node(name).and_then(|index| self.asks.get(&index)).map_or(&[], Vec::as_slice)
    }

    /// What is sent to queues, with the queue.
    fn sends(&self) -> impl Iterator<Item = (Queue<'s>, &Ask<'s>, &sqs::Send)> + '_ {
        self.queues().flat_map(|queue| {
            self.asks_of(queue.name()).iter().filter_map(move |ask| match &ask.operation {
                Operation::Sqs(sqs::Operation::Send(send)) => Some((queue, ask, send)),
                _ => None,
            })
        })
    }

    /// The first mapping of each queue that feeds a function.
    fn fed(&self) -> impl Iterator<Item = Feed<'s>> {
        let mut met = BTreeSet::new();
        self.feeds.iter().copied().filter(move |feed| met.insert(feed.queue.name()))
    }

    /// The mappings of each function that has any.
    fn feeds_by_function(&self) -> impl Iterator<Item = &[Feed<'s>]> {
        self.feeds.chunk_by(|one, other| one.function.name() == other.function.name())
    }

    /// Functions that are invoked by events, each with who does it first and where.
    fn by_event(&self) -> Vec<(Function<'s>, &'s Spanned<String>, Span)> {
        let is_event = |ask: &&Ask| matches!(ask.operation, Operation::Lambda(lambda::Operation::Event { .. }));
        let mut subscribed: BTreeMap<&str, (&Spanned<String>, Span)> = BTreeMap::new();
        for (topic, own) in self.subscriptions() {
            subscribed.entry(&own.endpoint.value).or_insert((topic.name, own.endpoint.span));
        }
        let first = |function: Function<'s>| {
            let asked = self.asks_of(function.name()).iter().find(is_event).map(|ask| (ask.from, ask.at));
            asked.or_else(|| subscribed.get(function.name()).copied()).map(|(from, at)| (function, from, at))
        };
        self.functions().into_iter().filter_map(first).collect()
    }

    fn seconds(&self, row: &str) -> Time {
        Time::from_secs_f64(self.platform.get(row))
    }
}

/// The call that a step is.
fn called(step: &Step) -> Option<&Call> {
    if let Step::Call(call) = step { Some(call) } else { None }
}

/// Every node that is told what could not be done, or what became of events.
fn hearers(scenario: &Scenario) -> BTreeSet<&str> {
    scenario.nodes.iter().flat_map(|(_, spec)| told(spec)).collect()
}

fn told(spec: &Spec) -> Vec<&str> {
    match spec {
        Spec::Sqs(queue) => queue.redrive_policy.iter().map(|policy| policy.dead_letter_queue.value.as_str()).collect(),
        Spec::Sns(topic) => {
            let policies = topic.subscriptions.iter().filter_map(|own| own.value.redrive_policy.as_ref());
            policies.map(|policy| policy.dead_letter_queue.value.as_str()).collect()
        }
        Spec::Lambda(function) => {
            let named = [&function.dead_letter_queue, &function.destinations.on_failure, &function.destinations.on_success];
            named.into_iter().flatten().map(|to| to.value.as_str()).collect()
        }
        _ => Vec::new(),
    }
}

/// So many times this time.
fn times(time: Time, n: u64) -> Time {
    Time::from_nanos(time.as_nanos().saturating_mul(n))
}

/// A number with its noun: `1 message group`, `3 message groups`.
fn of(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{} {noun}s", crate::units::count(n)) }
}
