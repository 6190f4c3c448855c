//! Random valid scenarios: whatever can be written down runs, stays sound at every moment, and does the same again.
//!
//! ```text
//! World (shrinkable) ─yaml─▶ load ─▶ run, assert_sound five times ─▶ run again, in other steps ─▶ the same bytes
//! ```
//!
//! A function invokes only functions after it, so there are no cycles; one API stands behind functions, and only calls servers. The cases are the same each
//! time; `RANDOM_SEED=7 PROPTEST_CASES=5000 cargo test random_scenarios` looks further.

use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::support::{instant, load, repository};
use coldfront::engine::{Bounds, Progress};
use coldfront::metrics::Record;
use coldfront::report::Report;
use coldfront::scenario::Scenario;
use coldfront::simulation::Simulation;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Cases, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 150;
/// No more cases are begun after so long; a hundred must have been by then.
const TIME_BOX: Duration = Duration::from_secs(60);
/// A run that is busier than this is cut short, which must leave it as sound.
const EVENTS_MAX: u64 = 300_000;

/// Numbers that name things are taken modulo how many there are.
#[derive(Clone, Debug)]
enum Step {
    Compute(u32),
    Wait(u32),
    Table { table: usize, verb: usize, items: u32, extra: Extra },
    Server { server: usize, extra: Extra },
    Invoke { function: usize, extra: Extra },
    Request { extra: Extra },
    Parallel(Vec<Vec<Step>>),
    Choice { chance: u32, by_attribute: bool, then: Vec<Step>, otherwise: Vec<Step> },
    Repeat { times: u32, steps: Vec<Step> },
    Fail { chance: u32 },
}

/// What every call may have.
#[derive(Clone, Debug)]
struct Extra {
    timeout_ms: Option<u32>,
    attempts: Option<u32>,
    recovers: bool,
}

#[derive(Clone, Debug)]
struct Function {
    memory_mb: u32,
    timeout_ms: u32,
    reserved: Option<u32>,
    provisioned: bool,
    keep_alive_s: Option<u32>,
    runtime: usize,
    handler: Vec<Step>,
}

#[derive(Clone, Debug)]
struct Table {
    units: Option<(u32, u32)>,
    partitions: Option<u32>,
}

#[derive(Clone, Debug)]
struct Server {
    slots: u32,
    discipline: usize,
    queue_limit: Option<u32>,
    service_ms: u32,
    shape: usize,
}

#[derive(Clone, Debug)]
struct Api {
    rest: bool,
    throttle: Option<(u32, u32)>,
    routes: Vec<(usize, bool, Option<u32>)>,
}

#[derive(Clone, Debug)]
struct Workload {
    target: usize,
    kind: usize,
    /// Requests a second, or users.
    rates: (u32, u32),
    think_ms: Option<u32>,
    timeout_ms: Option<u32>,
    retry: Option<(u32, usize, u32, Option<u32>)>,
    payload_kb: u32,
}

#[derive(Clone, Debug)]
struct World {
    seed: u32,
    minutes: u32,
    warm_up_s: u32,
    concurrency: Option<u32>,
    workloads: Vec<Workload>,
    apis: Vec<Api>,
    functions: Vec<Function>,
    tables: Vec<Table>,
    servers: Vec<Server>,
}

fn extra() -> impl Strategy<Value = Extra> {
    let maybe = |range: std::ops::Range<u32>| proptest::option::weighted(0.4, range);
    (maybe(1..2000), maybe(1..5), any::<bool>()).prop_map(|(timeout_ms, attempts, recovers)| Extra { timeout_ms, attempts, recovers })
}

fn step() -> impl Strategy<Value = Step> {
    let leaf = prop_oneof![
        3 => (0u32..200).prop_map(Step::Compute),
        2 => (0u32..2000).prop_map(Step::Wait),
        4 => (any::<usize>(), any::<usize>(), 1u32..5, extra()).prop_map(|(table, verb, items, extra)| Step::Table { table, verb, items, extra }),
        2 => (any::<usize>(), extra()).prop_map(|(server, extra)| Step::Server { server, extra }),
        3 => (any::<usize>(), extra()).prop_map(|(function, extra)| Step::Invoke { function, extra }),
        1 => extra().prop_map(|extra| Step::Request { extra }),
        1 => (0u32..40).prop_map(|chance| Step::Fail { chance }),
    ];
    leaf.prop_recursive(2, 10, 3, |inner| {
        let steps = || proptest::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            proptest::collection::vec(steps(), 0..4).prop_map(Step::Parallel),
            (0u32..=100, any::<bool>(), steps(), steps()).prop_map(|(chance, by_attribute, then, otherwise)| Step::Choice {
                chance,
                by_attribute,
                then,
                otherwise
            }),
            (0u32..4, steps()).prop_map(|(times, steps)| Step::Repeat { times, steps }),
        ]
    })
}

fn function() -> impl Strategy<Value = Function> {
    let limits = (proptest::option::of(0u32..12), any::<bool>(), proptest::option::of(0u32..120));
    (128u32..3000, 1u32..6000, limits, any::<usize>(), proptest::collection::vec(step(), 0..4)).prop_map(
        |(memory_mb, timeout_ms, (reserved, provisioned, keep_alive_s), runtime, handler)| Function {
            memory_mb,
            timeout_ms,
            reserved,
            provisioned,
            keep_alive_s,
            runtime,
            handler,
        },
    )
}

fn table() -> impl Strategy<Value = Table> {
    (proptest::option::of((1u32..60, 1u32..60)), proptest::option::of(1u32..5)).prop_map(|(units, partitions)| Table { units, partitions })
}

fn server() -> impl Strategy<Value = Server> {
    (1u32..6, any::<usize>(), proptest::option::of(0u32..20), 1u32..400, any::<usize>())
        .prop_map(|(slots, discipline, queue_limit, service_ms, shape)| Server { slots, discipline, queue_limit, service_ms, shape })
}

fn api() -> impl Strategy<Value = Api> {
    let route = (any::<usize>(), any::<bool>(), proptest::option::of(50u32..5000));
    (any::<bool>(), proptest::option::of((1u32..40, 1u32..40)), proptest::collection::vec(route, 1..4)).prop_map(|(rest, throttle, routes)| Api {
        rest,
        throttle,
        routes,
    })
}

fn workload() -> impl Strategy<Value = Workload> {
    let retry = proptest::option::of((1u32..6, any::<usize>(), 0u32..500, proptest::option::of(0u32..100)));
    let patience = (proptest::option::of(1u32..4000), retry);
    (any::<usize>(), 0usize..4, (0u32..15, 1u32..15), proptest::option::of(0u32..3000), patience, 0u32..12_000).prop_map(
        |(target, kind, rates, think_ms, (timeout_ms, retry), payload_kb)| Workload { target, kind, rates, think_ms, timeout_ms, retry, payload_kb },
    )
}

fn world() -> impl Strategy<Value = World> {
    let services = (
        proptest::collection::vec(workload(), 1..4),
        proptest::collection::vec(api(), 1..4),
        proptest::collection::vec(function(), 1..5),
        proptest::collection::vec(table(), 1..4),
        proptest::collection::vec(server(), 1..4),
    );
    (any::<u32>(), 2u32..6, 0u32..90, proptest::option::weighted(0.3, 120u32..300), services).prop_map(
        |(seed, minutes, warm_up_s, concurrency, (workloads, apis, functions, tables, servers))| World {
            seed,
            minutes,
            warm_up_s,
            concurrency,
            workloads,
            apis,
            functions,
            tables,
            servers,
        },
    )
}

const RUNTIMES: [&str; 4] = ["nodejs22.x", "python3.13", "java21", "provided.al2023"];
const VERBS: [(&str, bool); 8] = [
    ("get_item", false),
    ("put_item", false),
    ("update_item", false),
    ("delete_item", false),
    ("query", true),
    ("batch_get_item", true),
    ("batch_write_item", true),
    ("transact_write_items", true),
];

const DISCIPLINES: [&str; 3] = ["fifo", "priority", "processor_sharing"];

/// One of them, whatever the number.
fn pick<T: Copy>(of: &[T], at: usize) -> T {
    of[at % of.len()]
}

impl World {
    fn yaml(&self) -> String {
        let mut text = format!("duration: {}m\nwarm_up: {}s\nseed: {}\n", self.minutes, self.warm_up_s, self.seed);
        if let Some(concurrency) = self.concurrency {
            let _ = writeln!(text, "quotas: {{ lambda.concurrent_executions: {concurrency} }}");
        }
        text += "workloads:\n";
        self.workloads.iter().enumerate().for_each(|(k, workload)| self.workload(k, workload, &mut text));
        text += "nodes:\n";
        self.apis.iter().enumerate().for_each(|(k, api)| self.api(k, api, &mut text));
        let _ = writeln!(text, "  inner: {{ type: api_gateway, protocol: http, routes: {{ GET /inner: server0 }} }}");
        self.functions.iter().enumerate().for_each(|(k, function)| self.function(k, function, &mut text));
        self.tables.iter().enumerate().for_each(|(k, table)| table.yaml(k, &mut text));
        self.servers.iter().enumerate().for_each(|(k, server)| server.yaml(k, &mut text));
        text
    }

    fn workload(&self, k: usize, workload: &Workload, text: &mut String) {
        let at = workload.target / 4;
        let (target, requests) = match workload.target % 4 {
            0 | 1 => {
                let api = at % self.apis.len();
                let routes = (0..self.apis[api].routes.len())
                    .map(|r| format!("{{ route: GET /r{r}, weight: {}, payload: {} KB }}", r + 1, workload.payload_kb));
                (format!("api{api}"), format!("requests: [ {} ]", routes.collect::<Vec<_>>().join(", ")))
            }
            2 => (format!("function{}", at % self.functions.len()), "operation: { invoke: {} }".into()),
            _ if at.is_multiple_of(2) => (format!("server{}", at % self.servers.len()), "operation: { call: {} }".into()),
            _ => (format!("table{}", at % self.tables.len()), "operation: { put_item: { key: key, size: 2 KB } }".into()),
        };
        let (first, last) = workload.rates;
        let think = workload.think_ms.map_or(String::new(), |ms| format!("think_time: exponential(mean={}ms), ", ms + 200));
        let load = match workload.kind {
            0 => format!("users: {last}, {think}"),
            1 => format!("arrivals: uniform, phases: [ {{ duration: {}m, arrival_rate: {last}/s }} ], ", self.minutes),
            2 => format!(
                "phases: [ {{ duration: 1m, arrival_rate: {first}/s, ramp_to: {last}/s }}, {{ pause: 20s }}, {{ duration: {}m, arrival_rate: {last}/s }} ], ",
                self.minutes
            ),
            _ => format!("phases: [ {{ duration: {}m, arrival_rate: {last}/s }} ], ", self.minutes),
        };
        let timeout = workload.timeout_ms.map_or(String::new(), |ms| format!("timeout: {ms}ms, "));
        let retry = workload.retry.map_or(String::new(), |(attempts, mode, base, budget)| {
            let budget = budget.map_or(String::new(), |share| format!(", budget: {share}%"));
            let mode = pick(&["none", "fixed", "exponential", "full_jitter"], mode);
            format!("retry: {{ max_attempts: {attempts}, mode: {mode}, base: {base}ms{budget} }}")
        });
        let _ = writeln!(
            text,
            "  workload{k}: {{ target: {target}, {load}attributes: {{ key: zipf(n=50 s=1.1), flag: chance(30%) }}, {requests}, priority: {k}, client: {{ {timeout}{retry} }} }}"
        );
    }

    fn api(&self, k: usize, api: &Api, text: &mut String) {
        let routes = api.routes.iter().enumerate().map(|(r, (target, to_server, timeout))| {
            let integration =
                if *to_server { format!("server{}", target % self.servers.len()) } else { format!("function{}", target % self.functions.len()) };
            let timeout = timeout.map_or(String::new(), |ms| format!(", timeout: {ms}ms"));
            format!("GET /r{r}: {{ integration: {integration}{timeout} }}")
        });
        let throttle = api.throttle.map_or(String::new(), |(rate, burst)| format!("throttle: {{ rate: {rate}/s, burst: {burst} }}, "));
        let protocol = if api.rest { "rest" } else { "http" };
        let routes = routes.collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "  api{k}: {{ type: api_gateway, protocol: {protocol}, {throttle}routes: {{ {routes} }} }}");
    }

    fn function(&self, k: usize, function: &Function, text: &mut String) {
        let reserved = function.reserved.map_or(String::new(), |n| format!("reserved_concurrency: {n}, "));
        let provisioned = match (function.provisioned, function.reserved) {
            (true, Some(n)) if n > 1 => format!("provisioned_concurrency: {}, ", n / 2),
            _ => String::new(),
        };
        let keep_alive = function.keep_alive_s.map_or(String::new(), |s| format!("keep_alive: {s}s, "));
        let _ = writeln!(
            text,
            "  function{k}: {{ type: lambda, runtime: {}, memory: {} MB, timeout: {}ms, {reserved}{provisioned}{keep_alive}handler: {} }}",
            pick(&RUNTIMES, function.runtime),
            function.memory_mb,
            function.timeout_ms,
            self.steps(k, &function.handler)
        );
    }

    fn steps(&self, of: usize, steps: &[Step]) -> String {
        let steps: Vec<String> = steps.iter().map(|step| format!("{{ {} }}", self.step(of, step))).collect();
        format!("[ {} ]", steps.join(", "))
    }

    /// A step of the function numbered `of`.
    fn step(&self, of: usize, step: &Step) -> String {
        match step {
            Step::Compute(ms) => format!("compute: lognormal(median={}ms p99={}ms)", ms + 1, 4 * ms + 5),
            Step::Wait(ms) => format!("wait: {ms}ms"),
            Step::Table { table, verb, items, extra } => {
                let (verb, many) = pick(&VERBS, *verb);
                let items = if many { format!(", items: {items}") } else { String::new() };
                format!("{verb}: {{ table: table{}, key: key{items}{} }}", table % self.tables.len(), extra.yaml())
            }
            Step::Server { server, extra } => format!("call: {{ node: server{}{} }}", server % self.servers.len(), extra.yaml()),
            Step::Invoke { function, extra } => match self.functions.len() - 1 - of {
                0 => "compute: 3ms".into(),
                after => format!("invoke: {{ function: function{}{} }}", of + 1 + function % after, extra.yaml()),
            },
            Step::Request { extra } => format!("request: {{ api: inner, route: GET /inner{} }}", extra.yaml()),
            Step::Parallel(branches) => {
                let branches: Vec<String> = branches.iter().map(|branch| self.steps(of, branch)).collect();
                format!("parallel: [ {} ]", branches.join(", "))
            }
            Step::Choice { chance, by_attribute, then, otherwise } => {
                let when = if *by_attribute { "when: flag".into() } else { format!("chance: {chance}%") };
                format!("choice: [ {{ {when}, do: {} }}, {{ else: {} }} ]", self.steps(of, then), self.steps(of, otherwise))
            }
            Step::Repeat { times, steps } => format!("repeat: {{ times: {times}, do: {} }}", self.steps(of, steps)),
            Step::Fail { chance } => format!("fail: {{ chance: {chance}% }}"),
        }
    }
}

impl Extra {
    fn yaml(&self) -> String {
        let timeout = self.timeout_ms.map_or(String::new(), |ms| format!(", timeout: {ms}ms"));
        let retry = self.attempts.map_or(String::new(), |n| format!(", retry: {{ max_attempts: {n}, base: 30ms }}"));
        let on_error = if self.recovers { ", on_error: [ { wait: 2ms } ]" } else { "" };
        format!("{timeout}{retry}{on_error}")
    }
}

impl Table {
    fn yaml(&self, k: usize, text: &mut String) {
        let capacity = match self.units {
            Some((reads, writes)) => {
                format!("billing_mode: provisioned, read_capacity_units: {reads}, write_capacity_units: {writes}, initial_burst: 1%")
            }
            None => "billing_mode: on_demand".into(),
        };
        let partitions = self.partitions.map_or(String::new(), |n| format!(", partitions: {n}"));
        let _ = writeln!(text, "  table{k}: {{ type: dynamodb, {capacity}{partitions} }}");
    }
}

impl Server {
    fn yaml(&self, k: usize, text: &mut String) {
        let discipline = pick(&DISCIPLINES, self.discipline);
        let queue = self.queue_limit.map_or(String::new(), |n| format!("queue_limit: {n}, "));
        let ms = self.service_ms;
        let time = match self.shape % 3 {
            0 => format!("{ms}ms"),
            1 => format!("exponential(mean={ms}ms)"),
            _ => format!("lognormal(mean={ms}ms cv=1.5)"),
        };
        let _ = writeln!(text, "  server{k}: {{ type: server, slots: {}, discipline: {discipline}, {queue}service_time: {time} }}", self.slots);
    }
}

/// Runs in so many steps, asserting every invariant after each; the events of all are bounded.
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

/// What can be said of any record of this world.
fn check(world: &World, record: &Record) {
    let peak = |node: &str, gauge: &str| {
        let node = record.nodes.iter().find(|n| n.name == node);
        node.and_then(|n| n.gauges.iter().find(|g| g.name == gauge)).map_or(0, |g| g.max)
    };
    for (k, function) in world.functions.iter().enumerate() {
        let limit = function.reserved.or(world.concurrency).unwrap_or(1000);
        assert!(peak(&format!("function{k}"), "ConcurrentExecutions") <= u64::from(limit), "function{k} has more than {limit}");
    }
    for (k, server) in world.servers.iter().enumerate() {
        assert!(peak(&format!("server{k}"), "BusySlots") <= u64::from(server.slots), "server{k}");
        let waiting = if pick(&DISCIPLINES, server.discipline) == "processor_sharing" { None } else { server.queue_limit };
        assert!(waiting.is_none_or(|most| peak(&format!("server{k}"), "QueueLength") <= u64::from(most)), "the queue of server{k}");
    }
    for node in &record.nodes {
        let t = node.tally;
        assert_eq!(t.arrived, t.ok + t.failed + t.in_flight, "{}", node.name);
    }
    for route in &record.routes {
        let (offered, answers) = (route.windows.iter().map(|w| u64::from(w.offered)).sum::<u64>(), &route.answers);
        assert!(answers.offered <= offered && answers.answered() + route.in_flight >= answers.offered, "{} {}", route.workload, route.route);
        assert!(answers.attempts >= answers.answered() && answers.retried <= answers.answered());
    }
}

/// What the cases came to, so that they cannot all be trivial.
#[derive(Default)]
struct Seen {
    cases: u32,
    requests: u64,
    retried: u64,
    refused: u64,
    failed: u64,
    stopped: u64,
}

impl Seen {
    fn add(&mut self, record: &Record) {
        self.cases += 1;
        self.refused += record.limits.iter().map(|limit| limit.refused).sum::<u64>();
        self.stopped += u64::from(record.stopped_early.is_some());
        for route in &record.routes {
            self.requests += route.answers.offered;
            self.retried += route.answers.retried;
            self.failed += route.answers.failed.count();
        }
    }
}

fn examine(world: &World, seen: &mut Seen) {
    let (scenario, warnings) = load("random", &world.yaml(), &[], repository());
    let first = run(&scenario, 5);
    check(world, &first);
    let again = run(&scenario, 1);
    assert_eq!(first.fingerprint, again.fingerprint, "in one step as in five");
    let report = |record| Report::of(&scenario, record, warnings.clone());
    assert_eq!(report(&first).json(), report(&again).json());
    assert!(!report(&first).text(&Default::default()).is_empty());
    seen.add(&first);
}

#[test]
fn random_scenarios_are_sound_and_repeat_themselves() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    let config = Config { cases: number("PROPTEST_CASES").unwrap_or(CASES), failure_persistence: None, ..Config::default() };
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number("RANDOM_SEED").unwrap_or(1).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let (began, seen) = (Instant::now(), std::cell::RefCell::new(Seen::default()));
    let outcome = runner.run(&world(), |world| {
        if began.elapsed() < TIME_BOX || seen.borrow().cases < 100 {
            let examined = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| examine(&world, &mut seen.borrow_mut())));
            prop_assert!(examined.is_ok(), "see the panic above; the scenario:\n{}", world.yaml());
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let seen = seen.into_inner();
    eprintln!(
        "{} scenarios, {} requests ({} retried, {} failed), {} refusals, {} cut short, in {:.1?}",
        seen.cases,
        seen.requests,
        seen.retried,
        seen.failed,
        seen.refused,
        seen.stopped,
        began.elapsed()
    );
    assert!(seen.cases >= 100 && seen.requests > 100_000 && seen.retried > 1_000 && seen.refused > 1_000);
    assert!(seen.failed < seen.requests && seen.stopped < u64::from(seen.cases) / 2);
}
