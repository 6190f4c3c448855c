//! Random valid scenarios of asynchronous work: queues of both kinds, topics, events, mappings and dead letters.
//!
//! ```text
//! workloads ─▶ queue | topic | event ─▶ function ─▶ queue | topic | event ─▶ …        whatever is sent is somewhere at the end
//! ```
//!
//! The books of every queue, topic and function are asserted by the run itself, five times in each; here it is asked besides that a run repeats itself to the
//! byte, in one step as in five. `RANDOM_SEED=7 PROPTEST_CASES=5000 cargo test random_messaging` looks further.

use std::fmt::Write;

use crate::support::{instant, load, repository};
use coldfront::engine::{Bounds, Progress};
use coldfront::metrics::Record;
use coldfront::report::Report;
use coldfront::scenario::Scenario;
use coldfront::simulation::Simulation;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const CASES: u32 = 100;
const EVENTS_MAX: u64 = 50_000;

#[derive(Clone, Debug)]
struct Queue {
    fifo: bool,
    high_throughput: bool,
    visibility_s: u32,
    delay_s: u32,
    retention_s: u32,
    dead_letters: Option<u32>,
    duplicates: Option<u32>,
    backlog: Option<u32>,
    redrive: bool,
}

#[derive(Clone, Debug)]
struct Function {
    reserved: Option<u32>,
    timeout_s: u32,
    work_ms: u32,
    fail: u32,
    poison: bool,
    each: bool,
    partial: bool,
    batch: u32,
    window_s: u32,
    concurrency: Option<u32>,
    pollers: bool,
    filter: Option<u32>,
    retries: u32,
    sends: Option<usize>,
    publishes: bool,
    invokes: bool,
    receives: bool,
    tells: bool,
}

#[derive(Clone, Debug)]
struct Subscription {
    to: usize,
    function: bool,
    filter: Option<u32>,
    dead_letters: bool,
}

#[derive(Clone, Debug)]
struct Load {
    kind: usize,
    target: usize,
    rate: u32,
    messages: u32,
    group: bool,
}

#[derive(Clone, Debug)]
struct World {
    seed: u32,
    minutes: u32,
    queues: Vec<Queue>,
    functions: Vec<Function>,
    subscriptions: Vec<Subscription>,
    loads: Vec<Load>,
    outage: Option<(u32, u32)>,
}

fn queue() -> impl Strategy<Value = Queue> {
    let times = (5u32..90, 0u32..20, 60u32..400);
    let dead = (proptest::option::of(1u32..5), proptest::option::weighted(0.3, 0u32..100), any::<bool>());
    (any::<bool>(), any::<bool>(), times, dead, proptest::option::weighted(0.4, 0u32..500)).prop_map(
        |(fifo, high_throughput, (visibility_s, delay_s, retention_s), (dead_letters, duplicates, redrive), backlog)| Queue {
            fifo,
            high_throughput,
            visibility_s,
            delay_s,
            retention_s,
            dead_letters,
            duplicates,
            backlog,
            redrive,
        },
    )
}

fn function() -> impl Strategy<Value = Function> {
    let limits = (proptest::option::of(0u32..8), 1u32..20, 0u32..6000, 0u32..60, any::<bool>());
    let source = (any::<bool>(), any::<bool>(), 1u32..30, 0u32..8, proptest::option::of(2u32..8), any::<bool>(), proptest::option::of(0u32..=100));
    let flow = (0u32..3, proptest::option::of(any::<usize>()), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (limits, source, flow).prop_map(
        |(
            (reserved, timeout_s, work_ms, fail, poison),
            (each, partial, batch, window_s, concurrency, pollers, filter),
            (retries, sends, publishes, invokes, receives, tells),
        )| Function {
            reserved,
            timeout_s,
            work_ms,
            fail,
            poison,
            each,
            partial,
            batch,
            window_s,
            concurrency,
            pollers,
            filter,
            retries,
            sends,
            publishes,
            invokes,
            receives,
            tells,
        },
    )
}

fn world() -> impl Strategy<Value = World> {
    let subscription = (any::<usize>(), any::<bool>(), proptest::option::of(0u32..=100), any::<bool>())
        .prop_map(|(to, function, filter, dead_letters)| Subscription { to, function, filter, dead_letters });
    let load = (0usize..3, any::<usize>(), 1u32..30, 1u32..10, any::<bool>()).prop_map(|(kind, target, rate, messages, group)| Load {
        kind,
        target,
        rate,
        messages,
        group,
    });
    let parts = (
        proptest::collection::vec(queue(), 1..4),
        proptest::collection::vec(function(), 1..4),
        proptest::collection::vec(subscription, 0..4),
        proptest::collection::vec(load, 1..4),
    );
    (any::<u32>(), 2u32..12, parts, proptest::option::of((0u32..300, 1u32..300))).prop_map(
        |(seed, minutes, (queues, functions, subscriptions, loads), outage)| World { seed, minutes, queues, functions, subscriptions, loads, outage },
    )
}

impl World {
    fn yaml(&self) -> String {
        let mut text = format!("seed: {}\nduration: {}m\nwarm_up: 10s\nworkloads:\n", self.seed, self.minutes);
        self.loads.iter().enumerate().for_each(|(k, load)| self.load(k, load, &mut text));
        text += "nodes:\n  plain_dead: { type: sqs }\n";
        self.queues.iter().enumerate().for_each(|(k, queue)| self.queue(k, queue, &mut text));
        self.functions.iter().enumerate().for_each(|(k, function)| self.function(k, function, &mut text));
        let subscriptions: Vec<String> = self.subscriptions.iter().filter_map(|subscription| self.subscription(subscription)).collect();
        let _ = writeln!(text, "  topic: {{ type: sns, subscriptions: [ {} ] }}", subscriptions.join(", "));
        if let Some((at, length)) = self.outage.filter(|(at, _)| at / 60 < self.minutes) {
            let _ = writeln!(text, "faults: [ {{ at: {at}s, for: {length}s, node: q0, unavailable: true }} ]");
        }
        text
    }

    fn send(&self, queue: usize, messages: u32, group: bool) -> String {
        let group = if self.queues[queue].fifo || group { ", group: customer" } else { "" };
        format!("messages: {messages}{group}")
    }

    fn load(&self, k: usize, load: &Load, text: &mut String) {
        let (target, operation) = match load.kind {
            0 => {
                let queue = load.target % self.queues.len();
                (format!("q{queue}"), format!("operation: {{ send: {{ {} }} }}", self.send(queue, load.messages, load.group)))
            }
            1 => ("topic".into(), format!("operation: {{ publish: {{ messages: {} }} }}", load.messages)),
            _ => (format!("f{}", load.target % self.functions.len()), "operation: { invoke: { invocation_type: event } }".into()),
        };
        let attributes = "{ customer: zipf(n=20 s=1.0), poison: chance(5%) }";
        let phases = format!("[ {{ duration: {}m, arrival_rate: {}/s }} ]", self.minutes, load.rate);
        let _ = writeln!(text, "  w{k}: {{ target: {target}, {operation}, attributes: {attributes}, phases: {phases} }}");
    }

    fn queue(&self, k: usize, queue: &Queue, text: &mut String) {
        let mode = format!("fifo: {{ high_throughput: {} }}, ", queue.high_throughput);
        let fifo = if queue.fifo { mode.as_str() } else { "" };
        let dead = queue.dead_letters.map_or(String::new(), |n| format!(", redrive_policy: {{ dead_letter_queue: d{k}, max_receive_count: {n} }}"));
        let duplicates = queue.duplicates.map_or(String::new(), |percent| format!(", duplicates: {percent}%"));
        let backlog = queue.backlog.map_or(String::new(), |n| format!(", backlog: {{ messages: {n}, group: uniform(n=7) }}"));
        let times =
            format!("visibility_timeout: {}s, delay: {}s, message_retention_period: {}s", queue.visibility_s, queue.delay_s, queue.retention_s);
        let _ = writeln!(text, "  q{k}: {{ type: sqs, {fifo}{times}{dead}{duplicates}{backlog} }}");
        if queue.dead_letters.is_some() {
            let redrive = if queue.redrive { "redrive: { start: 90s, rate: 20/s }" } else { "delay: 0s" };
            let _ = writeln!(text, "  d{k}: {{ type: sqs, {fifo}{redrive} }}");
        }
    }

    fn function(&self, k: usize, function: &Function, text: &mut String) {
        let reserved = function.reserved.map_or(String::new(), |n| format!("reserved_concurrency: {n}, "));
        let mut steps = vec![format!("wait: {}ms", function.work_ms), format!("fail: {{ chance: {}% }}", function.fail)];
        if function.poison {
            steps.push("fail: { when: poison }".into());
        }
        if let Some(queue) = function.sends.map(|at| at % self.queues.len()) {
            steps.push(format!("send: {{ queue: q{queue}, {}, on_error: [ {{ wait: 1ms }} ] }}", self.send(queue, 2, false)));
        }
        if function.publishes {
            steps.push("publish: { topic: topic }".into());
        }
        if function.invokes {
            steps.push(format!("invoke: {{ function: f{}, invocation_type: event }}", (k + 1) % self.functions.len()));
        }
        let mut handler: String = steps.iter().map(|step| format!("{{ {step} }}, ")).collect();
        if function.each {
            handler = format!("{{ for_each_message: [ {handler} ] }}");
        }
        if function.receives {
            handler = format!("{{ receive: {{ queue: plain_dead, max_messages: 5, wait_time: 1s }} }}, {handler}, {{ delete: plain_dead }}")
                .replace(", ,", ",");
        }
        let tells = if function.tells { "destinations: { on_success: plain_dead, on_failure: topic }, " } else { "" };
        let source = self.source(k, function);
        let _ = writeln!(
            text,
            "  f{k}: {{ type: lambda, {reserved}timeout: {}s, maximum_retry_attempts: {}, {tells}{source}handler: [ {handler} ] }}",
            function.timeout_s, function.retries
        );
    }

    /// A function is fed from the queue of its number, where that hides messages long enough.
    fn source(&self, k: usize, function: &Function) -> String {
        let Some(queue) = self.queues.get(k).filter(|queue| queue.visibility_s >= function.timeout_s) else { return String::new() };
        let (batch, window) = if queue.fifo { (function.batch.min(10), 0) } else { (function.batch, function.window_s) };
        let batch = if window == 0 { batch.min(10) } else { batch };
        let scaling = match (function.pollers, function.concurrency) {
            (true, _) => ", provisioned_poller_config: { minimum_pollers: 2, maximum_pollers: 4 }".into(),
            (false, Some(n)) => format!(", maximum_concurrency: {n}"),
            (false, None) => String::new(),
        };
        let filter = function.filter.map_or(String::new(), |percent| format!(", filter_passes: {percent}%"));
        let partial = if function.partial { ", function_response_types: [ ReportBatchItemFailures ]" } else { "" };
        format!("event_sources: [ {{ queue: q{k}, batch_size: {batch}, maximum_batching_window: {window}s{scaling}{filter}{partial} }} ], ")
    }

    fn subscription(&self, subscription: &Subscription) -> Option<String> {
        let (queues, functions) = (self.queues.len(), self.functions.len());
        let to = if subscription.function {
            format!("f{}", subscription.to % functions)
        } else {
            let queue = subscription.to % queues;
            (!self.queues[queue].fifo).then(|| format!("q{queue}"))?
        };
        let filter = subscription.filter.map_or(String::new(), |percent| format!(", filter_passes: {percent}%"));
        let dead = if subscription.dead_letters { ", redrive_policy: { dead_letter_queue: plain_dead }" } else { "" };
        Some(format!("{{ endpoint: {to}{filter}{dead} }}"))
    }
}

fn run(scenario: &Scenario, steps: u64) -> Record {
    let mut simulation = Simulation::new(scenario, Bounds { max_events: EVENTS_MAX, ..Bounds::default() });
    for step in 1..=steps {
        let progress = simulation.advance(instant(simulation.duration(), step, steps));
        simulation.assert_sound();
        if progress != Progress::Reached {
            break;
        }
    }
    simulation.finish()
}

/// What the cases came to, so that they cannot all be trivial.
#[derive(Debug, Default)]
struct Seen {
    cases: u32,
    received: f64,
    redelivered: f64,
    dead: f64,
    expired: f64,
    deduplicated: f64,
    dropped: f64,
    delivered: f64,
    looped: f64,
}

impl Seen {
    fn add(&mut self, record: &Record) {
        let sum =
            |name: &str| record.nodes.iter().flat_map(|node| &node.counters).filter(|counter| counter.name == name).map(|c| c.value()).sum::<f64>();
        self.cases += 1;
        self.received += sum("NumberOfMessagesReceived");
        self.redelivered += sum("RedeliveredMessages");
        self.dead += sum("DeadLetteredMessages");
        self.expired += sum("ExpiredMessages");
        self.deduplicated += sum("NumberOfDeduplicatedSentMessages");
        self.dropped += sum("AsyncEventsDropped");
        self.delivered += sum("NumberOfNotificationsDelivered");
        self.looped += sum("RecursiveInvocationsDropped");
    }
}

fn examine(world: &World, seen: &mut Seen) {
    let (scenario, warnings) = load("random", &world.yaml(), &[], repository());
    let (first, again) = (run(&scenario, 5), run(&scenario, 1));
    assert_eq!(first.fingerprint, again.fingerprint, "in one step as in five");
    let report = |record| Report::of(&scenario, record, warnings.clone());
    assert_eq!(report(&first).json(), report(&again).json());
    assert!(!report(&first).text(&Default::default()).is_empty());
    seen.add(&first);
}

#[test]
fn random_messaging_keeps_its_books_and_repeats_itself() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    let config = Config { cases: number("PROPTEST_CASES").unwrap_or(CASES), failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number("RANDOM_SEED").unwrap_or(1).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let seen = std::cell::RefCell::new(Seen::default());
    let outcome = runner.run(&world(), |world| {
        let examined = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| examine(&world, &mut seen.borrow_mut())));
        prop_assert!(examined.is_ok(), "see the panic above; the scenario:\n{}", world.yaml());
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let seen = seen.into_inner();
    eprintln!("{seen:?}");
    let Seen { received, redelivered, dead, expired, deduplicated, dropped, delivered, looped, .. } = seen;
    let least = [
        (received, 100_000.0),
        (redelivered, 1_000.0),
        (dead, 1_000.0),
        (expired, 100.0),
        (deduplicated, 10.0),
        (dropped, 10.0),
        (delivered, 1_000.0),
        (looped, 1.0),
    ];
    assert!(least.iter().all(|(seen, least)| seen >= least), "too little happened: {seen:?}");
}
