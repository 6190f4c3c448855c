//! Random valid scenarios of all services: whatever can be written down runs, keeps every invariant, and stands in the relations that it must to its variations.
//!
//! ```text
//! seed ─▶ case ─yaml─▶ load ─▶ run, sound at five instants ─▶ invariants of the record ─▶ again in one step: the same ─▶ a relation
//! ```
//!
//! Seeds are 1 to 500, or as many as `PROPTEST_CASES` says from `RANDOM_SEED` on. A failure prints the command that does it again, made as simple as proptest can make it, and writes
//! it to `target/random/`. The parts: `strip` (numbers to choices), `plan` (the scenario), `load`, `requests`, `messages` (what is in it), `invariant`, `relation`
//! and `family` (what must hold).

mod family;
mod invariant;
mod load;
mod messages;
mod plan;
mod relation;
mod requests;
mod strip;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::support::{instant, load, repository};
use coldfront::engine::{Bounds, Progress};
use coldfront::metrics::Record;
use coldfront::report::Report;
use coldfront::scenario::Scenario;
use coldfront::simulation::Simulation;
use coldfront::units::Time;
use plan::{Case, Plan, Style, case};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use strip::Strip;

/// Cases, unless `PROPTEST_CASES` says otherwise.
const CASES: u64 = 500;
/// A run that is busier than this is cut short, which must leave it as sound.
const EVENTS_MAX: u64 = 15_000;

/// The scenario of a text, which must be valid.
fn load_text(yaml: &str) -> Scenario {
    load("random", yaml, &[], repository()).0
}

/// Runs in so many steps, looking at every invariant after each; the events of all are bounded.
fn run_in(scenario: &Scenario, steps: u64) -> Record {
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

/// Runs until this instant.
fn run_until(scenario: &Scenario, until: Time) -> Record {
    let mut simulation = Simulation::new(scenario, Bounds { max_events: EVENTS_MAX, ..Bounds::default() });
    simulation.advance(until);
    simulation.finish()
}

fn examine(case: &Case) -> (Record, u64) {
    let scenario = load_text(&Plan::new(case, Style::default()).yaml());
    let (first, again) = (run_in(&scenario, 5), run_in(&scenario, 1));
    let exact = invariant::assert_all(&scenario, &first);
    crate::cost::assert_sums(&scenario, &first);
    assert_eq!(first.fingerprint, again.fingerprint, "in one step as in five");
    let which = Strip::of(&case.head).below(1 << 30);
    if which.is_multiple_of(4) {
        let report = |record| Report::of(&scenario, record, Vec::new());
        assert_eq!(report(&first).json(), report(&again).json());
        assert!(!report(&first).text(&Default::default()).is_empty());
    }
    relation::RELATIONS[which % relation::RELATIONS.len()](case);
    (first, exact)
}

/// The case of a seed as proptest draws it, and simpler ones where it fails.
fn broken_by(seed: u64, seen: &Mutex<Seen>) -> Option<(String, Case)> {
    let outcome = runner(seed).run(&case(), |case| {
        let examined = catch_unwind(AssertUnwindSafe(|| examine(&case)));
        let (record, exact) = examined.map_err(|panic| TestCaseError::fail(said(panic.as_ref())))?;
        seen.lock().expect("nobody panics with it").add(&record, exact);
        Ok(())
    });
    match outcome {
        Err(TestError::Fail(reason, case)) => Some((reason.to_string(), case)),
        _ => None,
    }
}

fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: 1, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// Where the scenario of a seed is written.
fn written(seed: u64, case: &Case) -> PathBuf {
    let folder = repository().join("target/random");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let path = folder.join(format!("{seed}.yaml"));
    std::fs::write(&path, Plan::new(case, Style::default()).yaml()).expect("the target folder can be written");
    path
}

fn complain(seed: u64, reason: &str, case: &Case) -> ! {
    let path = written(seed, case);
    panic!(
        "{reason}\n\nthe scenario, as simple as it still fails: {}\nagain: RANDOM_SEED={seed} cargo test --test it random::one -- --nocapture",
        path.display()
    );
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// What the cases came to, so that they cannot all be trivial.
#[derive(Debug, Default)]
struct Seen {
    cases: u64,
    requests: u64,
    retried: u64,
    refused: u64,
    failed: u64,
    cut_short: u64,
    /// Nodes at which Little's law was an equation.
    littles_laws: u64,
    messages: Vec<(&'static str, f64)>,
}

/// Counters that must not stay at zero over many cases, and how many a case there are at least on average.
const LEAST: [(&str, f64); 10] = [
    ("NumberOfMessagesReceived", 50.0),
    ("RedeliveredMessages", 1.0),
    ("DeadLetteredMessages", 1.0),
    ("RedrivenOutMessages", 0.1),
    ("ExpiredMessages", 0.1),
    ("NumberOfDeduplicatedSentMessages", 0.1),
    ("NumberOfNotificationsDelivered", 10.0),
    ("AsyncEventsDropped", 0.1),
    ("RecursiveInvocationsDropped", 0.01),
    ("AdditionalVersionInvocations", 0.1),
];

impl Seen {
    fn add(&mut self, record: &Record, exact: u64) {
        self.cases += 1;
        self.littles_laws += exact;
        self.refused += record.limits.iter().map(|limit| limit.refused).sum::<u64>();
        self.cut_short += u64::from(record.stopped_early.is_some());
        for route in &record.routes {
            self.requests += route.answers.offered;
            self.retried += route.answers.retried;
            self.failed += route.answers.failed.count();
        }
        self.messages.resize(LEAST.len(), ("", 0.0));
        for (sum, (name, _)) in self.messages.iter_mut().zip(LEAST) {
            let counters = record.nodes.iter().flat_map(|node| &node.counters).filter(|counter| counter.name == name);
            *sum = (name, sum.1 + counters.map(|counter| counter.value()).sum::<f64>());
        }
    }

    fn assert_enough(&self) {
        let cases = self.cases as f64;
        assert!(self.requests as f64 > 50.0 * cases && self.retried as f64 > cases && self.refused as f64 > cases, "{self:?}");
        assert!(self.failed < self.requests && self.cut_short < self.cases / 2 && self.littles_laws > self.cases / 5, "{self:?}");
        let lacking = self.messages.iter().zip(LEAST).find(|((_, sum), (_, least))| *sum < least * cases);
        assert!(lacking.is_none(), "too little of {lacking:?}: {self:?}");
    }
}

#[test]
fn random_scenarios_keep_every_invariant() {
    let (first, cases) = (number("RANDOM_SEED").unwrap_or(1), number("PROPTEST_CASES").unwrap_or(CASES));
    let (next, seen, failed) = (AtomicU64::new(first), Mutex::new(Seen::default()), Mutex::new(None));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + cases || failed.lock().expect("nobody panics with it").is_some() {
                return;
            }
            if let Some((reason, case)) = broken_by(seed, &seen) {
                *failed.lock().expect("nobody panics with it") = Some((seed, reason, case));
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(8));
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    if let Some((seed, reason, case)) = failed.into_inner().expect("nobody panics with it") {
        complain(seed, &reason, &case);
    }
    let seen = seen.into_inner().expect("nobody panics with it");
    eprintln!("seeds {first} to {}: {seen:?}", first + cases - 1);
    if cases >= 100 {
        seen.assert_enough();
    }
}

/// One seed, by `RANDOM_SEED`: its scenario is written to a file whether it fails or not.
#[test]
fn one() {
    let seed = number("RANDOM_SEED").unwrap_or(1);
    let drawn = case().new_tree(&mut runner(seed)).expect("every seed is a case").current();
    eprintln!("the scenario of seed {seed}: {}", written(seed, &drawn).display());
    if let Some((reason, case)) = broken_by(seed, &Mutex::default()) {
        complain(seed, &reason, &case);
    }
}
