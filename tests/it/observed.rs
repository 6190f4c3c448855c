//! A scenario's text in, the figures of its run out: what the tests of behaviour are written in.
//!
//! "Idealised" scenarios take away what the service adds of its own: allocation, INIT and overhead of functions. DynamoDB's latencies
//! stay where a table does not give its own, so claims about time at a table allow for a few milliseconds a call.

use coldfront::engine::Bounds;
use coldfront::metrics::{Answers, Class, Distribution, GaugeRecord, NodeRecord, Outcome, Record};
use coldfront::scenario::Files;
use coldfront::simulation::Simulation;
use coldfront::topology::load;
use coldfront::units::Time;

/// Functions that cost nothing but their handler.
pub const IDEAL: &str = "defaults: { lambda: { allocation: 0s, init_duration: 0s, invoke_overhead: 0s } }\n";

/// Files that are held in memory.
struct Held<'f>(&'f [(&'f str, String)]);

impl Files for Held<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let found = self.0.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| text.clone().into_bytes()).ok_or_else(|| "there is no such file".into())
    }
}

/// A trace of timestamps: so many requests at each of these seconds.
pub fn bursts(bursts: &[(f64, usize)]) -> String {
    bursts.iter().map(|(at, count)| format!("{at}\n").repeat(*count)).collect()
}

/// Runs a scenario that needs no files.
pub fn run(yaml: &str) -> Run {
    run_with(yaml, &[])
}

/// Runs a scenario whose requests to node `f` come in bursts; `yaml` lacks only that workload's arrivals, for which it says `BURSTS`.
pub fn run_bursts(yaml: &str, at: &[(f64, usize)]) -> Run {
    run_with(&yaml.replace("BURSTS", "replay: { file: bursts.csv }"), &[("bursts.csv", bursts(at))])
}

/// Runs a scenario to its end, with its invariants looked at on the way.
pub fn run_with(yaml: &str, files: &[(&str, String)]) -> Run {
    let loaded = load("test.yaml", yaml.as_bytes(), &[], &Held(files));
    let said = || loaded.parsed.diagnostics.iter().map(|d| format!("{}: {}\n", d.code, d.message)).collect::<String>();
    let scenario = loaded.ready().unwrap_or_else(|| panic!("{}{yaml}", said()));
    let mut simulation = Simulation::new(scenario, Bounds { max_events: 50_000_000, ..Bounds::default() });
    let duration = simulation.duration().as_nanos();
    for part in 1..=10 {
        simulation.advance(Time::from_nanos(duration / 10 * part));
        simulation.assert_sound();
    }
    simulation.advance(Time::from_nanos(duration));
    let record = simulation.finish();
    assert_eq!(record.stopped_early, None);
    Run(record)
}

/// What was measured in one run.
pub struct Run(pub Record);

impl Run {
    pub fn node(&self, name: &str) -> &NodeRecord {
        self.0.nodes.iter().find(|node| node.name == name).unwrap_or_else(|| panic!("no node {name}"))
    }

    /// A counter since the warm-up.
    pub fn count(&self, node: &str, counter: &str) -> f64 {
        let found = self.node(node).counters.iter().find(|c| c.name == counter && c.dimension.is_none());
        found.unwrap_or_else(|| panic!("`{node}` does not count {counter}")).value()
    }

    /// A counter of an index of a table.
    pub fn count_of(&self, node: &str, index: &str, counter: &str) -> f64 {
        let found = self.node(node).counters.iter().find(|c| c.name == counter && c.dimension.as_deref() == Some(index));
        found.unwrap_or_else(|| panic!("`{index}` of `{node}` does not count {counter}")).value()
    }

    /// Several counters of a node.
    pub fn counts<const N: usize>(&self, node: &str, counters: [&str; N]) -> [f64; N] {
        counters.map(|counter| self.count(node, counter))
    }

    /// A counter from one second to another, in whole windows.
    pub fn count_between(&self, node: &str, counter: &str, from_s: f64, to_s: f64) -> f64 {
        let found = self.node(node).counters.iter().find(|c| c.name == counter).expect("a counter");
        self.windows(from_s, to_s).filter_map(|at| found.windows.get(at)).map(|n| f64::from(*n)).sum::<f64>() / f64::from(found.per)
    }

    /// Indices of the windows that lie between two instants, which should be ends of windows (a run has at most 600).
    pub fn windows(&self, from_s: f64, to_s: f64) -> impl Iterator<Item = usize> + '_ {
        let (from, to) = (Time::from_secs_f64(from_s), Time::from_secs_f64(to_s));
        self.0.window_ends.iter().enumerate().filter(move |(_, end)| **end > from && **end <= to).map(|(at, _)| at)
    }

    pub fn gauge(&self, node: &str, gauge: &str) -> &GaugeRecord {
        self.node(node).gauges.iter().find(|g| g.name == gauge).unwrap_or_else(|| panic!("`{node}` has no gauge {gauge}"))
    }

    /// The integral of a gauge over the whole run, in things × seconds; for runs without a warm-up.
    pub fn held(&self, node: &str, gauge: &str) -> f64 {
        self.gauge(node, gauge).mean * self.0.simulated.as_secs_f64()
    }

    pub fn times(&self, node: &str, latency: &str) -> &Distribution {
        let found = self.node(node).latencies.iter().find(|l| l.name == latency);
        &found.unwrap_or_else(|| panic!("`{node}` has no latency {latency}")).distribution
    }

    /// What the clients of a workload saw, all its routes together.
    pub fn answers(&self, workload: &str) -> Answers {
        let routes = self.0.routes.iter().filter(|route| route.workload == workload);
        let mut sum = Answers::default();
        routes.for_each(|route| sum.merge(&route.answers));
        assert!(sum.offered > 0, "{workload} asked for nothing");
        sum
    }

    /// Requests of a workload that got through.
    pub fn ok(&self, workload: &str) -> u64 {
        self.answers(workload).ok.count()
    }

    /// Final answers of this class and code.
    pub fn failed(&self, workload: &str, class: Class, code: u16) -> u64 {
        let failures = self.answers(workload).failures;
        failures.iter().filter(|(outcome, _)| *outcome == Outcome { class, code }).map(|(_, n)| n).sum()
    }

    /// Refusals by the limit of this name, at whatever node.
    pub fn refused(&self, limit: &str) -> u64 {
        self.0.limits.iter().filter(|l| l.name == limit).map(|l| l.refused).sum()
    }

    /// Names of the limits that refused anything.
    pub fn refusing(&self) -> Vec<&'static str> {
        self.0.limits.iter().filter(|l| l.refused > 0).map(|l| l.name).collect()
    }
}

/// Seconds of a time, for comparisons.
pub fn s(time: Time) -> f64 {
    time.as_secs_f64()
}

/// Holds a figure against what it should be, within a relative tolerance.
#[track_caller]
pub fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs(), "{found} is not {expected} within {:.1} %", tolerance * 100.0);
}

/// Mean and variance of a distribution, in seconds.
pub fn moments(of: &Distribution) -> (f64, f64) {
    let mean = of.mean_s().expect("values");
    let square = |(micros, n): (u64, u64)| (micros as f64 / 1e6 - mean).powi(2) * n as f64;
    (mean, of.cells().map(square).sum::<f64>() / of.count() as f64)
}
