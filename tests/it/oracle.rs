//! Oracles: scenarios whose answer is known in closed form, run through the public interface and compared.
//!
//! ```text
//! 60 seeds ─▶ 60 independent replications, each with its warm-up ─▶ estimate ± t(1 − 0.01 / 2k) · error      k comparisons in all
//! ```
//!
//! A comparison asserts both that the half-width is at most 2 % of the theory, so that it could fail, and that the theory lies within it. With
//! Bonferroni's k all comparisons together hold with 99 % probability. (What chance puts in need not be known so well: it is compared to see that it
//! is what it should be.)
//!
//! Two things that chance puts into a replication have known means: how many requests come, and how much work they bring. They are compared first,
//! and then serve as control variates for the rest, which saves most of the requests that the same certainty would need (Lavenberg and Welch 1981,
//! Management Science 27). Rare cold starts have two more, see `warm_pool`. What can be known exactly (buckets under constant load, capacity units) is compared exactly.
//!
//! Theory comes from `../shared/validation/analytic.json`, or from a formula that is cited where it stands. A run whose interval has become too wide,
//! because its draws have changed, is to be made longer. Every comparison is printed by `cargo test oracle -- --nocapture`.

mod bucket;
mod line;
mod loss;
mod station;
mod warm_pool;

use crate::support;
use coldfront::engine::Bounds;
use coldfront::metrics::{Answers, NodeRecord, Record};
use coldfront::scenario::Scenario;
use coldfront::simulation::Simulation;
use serde_json::Value;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const REPLICATIONS: usize = 60;
/// At most so many intervals are compared in all: k.
const FAMILY: usize = 163;
/// The probability that any of them fails by bad luck.
const FAMILY_ERROR: f64 = 0.01;
/// What times in whole nanoseconds may be off by, as a share.
const ROUNDING: f64 = 1e-8;
/// The largest half-width with which a comparison says something, as a share of the theory.
const HALF_WIDTH: f64 = 0.02;

/// A result in closed form with its parameters.
struct Theory(Value);

impl Theory {
    /// The one of this name; `None`, said aloud, where the file is absent.
    fn of(name: &str) -> Option<Self> {
        let all = support::shared("validation/analytic.json")?;
        let found = all.as_array().expect("a list of results").iter().find(|result| result["name"] == name);
        Some(Self(found.unwrap_or_else(|| panic!("no result `{name}`")).clone()))
    }

    fn given(&self, key: &str) -> f64 {
        self.0["params"][key].as_f64().unwrap_or_else(|| panic!("no parameter `{key}`"))
    }

    fn expected(&self, key: &str) -> f64 {
        self.0["expected"][key].as_f64().unwrap_or_else(|| panic!("no expectation `{key}`"))
    }
}

/// How long one replication is: the warm-up, and what is measured after it, in seconds.
#[derive(Clone, Copy)]
struct Span {
    warm_up: f64,
    measured: f64,
}

impl Span {
    /// The lines of a scenario that say so.
    fn head(self) -> String {
        format!("duration: {:.3}s\nwarm_up: {:.3}s\n", self.warm_up + self.measured, self.warm_up)
    }

    /// A workload at a constant rate over all of it.
    fn workload(self, target: &str, rate: f64) -> String {
        format!("{{ target: {target}, phases: [ {{ duration: {:.3}s, arrival_rate: {rate:.18}/s }} ] }}", self.warm_up + self.measured)
    }
}

/// Something to compare: its name, what theory says, and what a replication measured.
#[derive(Clone, Copy)]
struct Quantity {
    name: &'static str,
    theory: f64,
    of: fn(&Record) -> f64,
    /// The half-width that is asked for, as a share of the theory.
    half_width: f64,
}

fn quantity(name: &'static str, theory: f64, of: fn(&Record) -> f64) -> Quantity {
    Quantity { name, theory, of, half_width: HALF_WIDTH }
}

impl Quantity {
    /// With a wider interval: of a control that need not be known better.
    fn within(self, half_width: f64) -> Self {
        Self { half_width, ..self }
    }
}

/// Runs the replications of a scenario and compares: first the `inputs`, at most four, whose means are known from the scenario alone; then what
/// comes of them.
fn compare(name: &str, yaml: &str, inputs: &[Quantity], outcomes: &[Quantity]) {
    static COMPARED: AtomicUsize = AtomicUsize::new(0);
    let columns = replicate(&scenario(name, yaml), &inputs.iter().chain(outcomes).collect::<Vec<_>>());
    let controls: Vec<Vec<f64>> = inputs.iter().zip(&columns).map(|(q, column)| column.iter().map(|x| x / q.theory - 1.0).collect()).collect();
    let (mut table, mut failures) = (String::new(), String::new());
    for (at, (q, column)) in inputs.iter().chain(outcomes).zip(&columns).enumerate() {
        let (estimate, error) = estimate(column, if at < inputs.len() { &[] } else { &controls });
        let half = family_t(inputs.len()) * error;
        let line = format!("{name:28} {:22} {:>13.7} {estimate:>13.7} ± {half:.7}", q.name, q.theory);
        let (precision, off) = (100.0 * half / q.theory, 100.0 * (estimate / q.theory - 1.0));
        writeln!(table, "{line} ({precision:.2} %) {off:+.2} %").unwrap();
        if half > q.half_width * q.theory || (estimate - q.theory).abs() > half + ROUNDING * q.theory {
            writeln!(failures, "{line}: off by {off:+.2} %, known to {precision:.2} %").unwrap();
        }
    }
    print!("{table}");
    assert!(failures.is_empty(), "\nname, quantity, theory, estimate ± half-width:\n{failures}");
    let compared = COMPARED.fetch_add(columns.len(), Ordering::Relaxed) + columns.len();
    assert!(compared <= FAMILY, "more than {FAMILY} comparisons: raise FAMILY, which widens every interval");
}

/// By quantity, what each replication measured, in the order of the seeds, whichever thread ran it.
fn replicate(scenario: &Scenario, quantities: &[&Quantity]) -> Vec<Vec<f64>> {
    let rows = Mutex::new(vec![Vec::new(); REPLICATIONS]);
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= REPLICATIONS {
                return;
            }
            let mut scenario = scenario.clone();
            scenario.seed = at as u64 + 1;
            let record = run(&scenario);
            rows.lock().unwrap()[at] = quantities.iter().map(|q| (q.of)(&record)).collect();
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(2));
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let rows = rows.into_inner().unwrap();
    (0..quantities.len()).map(|column| rows.iter().map(|row| row[column]).collect()).collect()
}

fn scenario(name: &str, yaml: &str) -> Scenario {
    support::load(name, yaml, &[], support::repository()).0
}

fn run(scenario: &Scenario) -> Record {
    Simulation::new(scenario, Bounds::default()).run()
}

/// The mean and its standard error, given controls whose means are zero: the intercept of the regression on them. Controls that never vary are
/// left out.
fn estimate(values: &[f64], controls: &[Vec<f64>]) -> (f64, f64) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let n = values.len();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let residual = |of: &[f64], basis: &[Vec<f64>]| {
        basis.iter().fold(of.to_vec(), |rest, b| {
            let share = dot(&rest, b) / dot(b, b);
            rest.iter().zip(b).map(|(x, b)| x - share * b).collect()
        })
    };
    for control in controls {
        let orthogonal = residual(control, &basis);
        if dot(&orthogonal, &orthogonal) > ROUNDING * ROUNDING * n as f64 {
            basis.push(orthogonal);
        }
    }
    let freedom = (n - basis.len() - 1) as f64;
    let one = residual(&vec![1.0; n], &basis);
    let estimate = dot(values, &one) / dot(&one, &one);
    basis.push(one.clone());
    let left = residual(values, &basis);
    (estimate, (dot(&left, &left) / freedom / dot(&one, &one)).sqrt())
}

/// Student's t for one interval of the family; two or four degrees of freedom are for the controls, whether or not there are as many.
fn family_t(controls: usize) -> f64 {
    let (beyond, freedom) = (FAMILY_ERROR / FAMILY as f64, REPLICATIONS as u32 - if controls > 2 { 5 } else { 3 });
    let (mut low, mut high) = (0.0, 1e3);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if 1.0 - student_within(middle, freedom) > beyond { low = middle } else { high = middle }
    }
    high
}

/// P(|T| ≤ t) for an odd number of degrees of freedom (Abramowitz & Stegun 26.7.3).
fn student_within(t: f64, freedom: u32) -> f64 {
    assert!(freedom % 2 == 1);
    let angle = (t / f64::from(freedom).sqrt()).atan();
    let (mut term, mut sum) = (angle.cos(), 0.0);
    for k in (1..freedom - 1).step_by(2) {
        sum += term;
        term *= angle.cos().powi(2) * f64::from(k + 1) / f64::from(k + 2);
    }
    (angle + angle.sin() * sum) * 2.0 / std::f64::consts::PI
}

/// A node's record by its name.
fn node<'r>(record: &'r Record, name: &str) -> &'r NodeRecord {
    record.nodes.iter().find(|node| node.name == name).unwrap_or_else(|| panic!("no node `{name}`"))
}

/// The time average of a gauge.
fn gauge(record: &Record, at: &str, name: &str) -> f64 {
    node(record, at).gauges.iter().find(|gauge| gauge.name == name).unwrap_or_else(|| panic!("no gauge `{name}`")).mean
}

/// What a counter counted after the warm-up.
fn counter(record: &Record, at: &str, name: &str) -> f64 {
    node(record, at).counters.iter().find(|counter| counter.name == name).unwrap_or_else(|| panic!("no counter `{name}`")).value()
}

/// The mean of a node's latency, in seconds.
fn latency(record: &Record, at: &str, name: &str) -> f64 {
    let found = node(record, at).latencies.iter().find(|latency| latency.name == name);
    found.and_then(|latency| latency.distribution.mean_s()).unwrap_or_else(|| panic!("nothing in `{name}`"))
}

/// What the clients of the only workload, or of this one of them, were answered.
fn answers<'r>(record: &'r Record, workload: &str) -> &'r Answers {
    &record.routes.iter().find(|route| route.workload == workload).expect("the workload has a route").answers
}

/// Requests a second that the clients made.
fn offered(record: &Record) -> f64 {
    answers(record, "clients").offered as f64 / measured(record)
}

/// The seconds after the warm-up.
fn measured(record: &Record) -> f64 {
    (record.simulated - record.warm_up).as_secs_f64()
}

/// The mean sojourn of the clients' requests, in seconds.
fn sojourn(record: &Record) -> f64 {
    answers(record, "clients").ok.mean_s().expect("there are answers")
}

/// A quantile of the same.
fn sojourn_at(record: &Record, q: f64) -> f64 {
    answers(record, "clients").ok.quantile(q).as_secs_f64()
}

#[test]
fn students_t_is_that_of_the_tables() {
    // Abramowitz & Stegun, table 26.10: t for 1, 29 and 59 (interpolated) degrees of freedom.
    for (t, freedom, within) in [(12.706, 1, 0.95), (2.045, 29, 0.95), (2.756, 29, 0.99), (2.001, 59, 0.95)] {
        assert!((student_within(t, freedom) - within).abs() < 1e-4, "{t} {freedom}: {}", student_within(t, freedom));
    }
}

#[test]
fn a_control_takes_out_what_it_explains_and_nothing_else() {
    let noise = |k: usize| ((k * 7919 % 60) as f64 - 29.5) / 30.0;
    let control: Vec<f64> = (0..60).map(|k| (k as f64 - 20.0) / 30.0).collect();
    let values: Vec<f64> = control.iter().enumerate().map(|(k, c)| 5.0 + 3.0 * c + 0.01 * noise(k)).collect();
    let (plain, wide) = estimate(&values, &[]);
    let (controlled, narrow) = estimate(&values, &[control, vec![0.0; 60]]);
    // The control's own mean is (29.5 − 20) / 30, not zero: three times as much is what the plain mean is off by.
    assert!((plain - 5.95).abs() < 0.01 && (controlled - 5.0).abs() < 0.003, "{plain} {controlled}");
    assert!(wide > 0.1 && narrow < 0.002, "{wide} {narrow}");
}
