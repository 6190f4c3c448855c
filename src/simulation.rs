//! One run: a checked scenario becomes an engine, the engine a record.
//!
//! ```text
//! Scenario ─Simulation::new─▶ engine at time zero ─advance─▶ … ─finish─▶ Record
//! ```
//!
//! A run cannot fail: whatever could was found by the check. It can stop early, at a bound, and then says so.

use crate::{
    engine::{Bounds, Engine, Progress, Stop},
    metrics::{Record, Tally},
    scenario::Scenario,
    service::{NodeSet, Parts, build, lots_of},
    units::{Time, count},
};

/// A run in progress.
#[derive(Clone, Debug)]
pub struct Simulation {
    engine: Engine<NodeSet>,
    duration: Time,
    seed: u64,
    stopped: Option<Stop>,
}

impl Simulation {
    /// A run of a scenario that has passed its check.
    pub fn new(scenario: &Scenario, bounds: Bounds) -> Self {
        let (duration, seed) = (scenario.duration.value, scenario.seed);
        Self { engine: build(Self::parts(scenario, bounds)), duration, seed, stopped: None }
    }

    /// The scenario with the luck of another: what both have by the same names meets the same in both, whatever else is in the one or the other.
    pub fn with_luck_of(scenario: &Scenario, other: &Scenario) -> Scenario {
        Scenario { seed: other.seed, luck_of: lots_of(&Self::parts(other, Bounds::default())), ..scenario.clone() }
    }

    fn parts(scenario: &Scenario, bounds: Bounds) -> Parts<'_> {
        let traces = scenario.workloads.iter().enumerate().map(|(at, _)| scenario.traces.iter().find(|(w, _)| *w == at).map(|(_, t)| t.clone()));
        let workloads = scenario.workloads.iter().zip(traces).map(|((name, spec), trace)| (name.value.as_str(), spec, trace)).collect();
        let nodes = scenario.nodes.iter().map(|(name, spec)| (name.value.as_str(), spec)).collect();
        Parts {
            duration: scenario.duration.value,
            warm_up: scenario.warm_up.value,
            window: scenario.window(),
            seed: scenario.seed,
            luck_of: &scenario.luck_of,
            platform: scenario.platform(),
            workloads,
            nodes,
            faults: &scenario.faults,
            bounds,
        }
    }

    /// Keeps this share of the requests of clients in the record, each as its client saw it: the same ones in every what-if.
    pub fn keep_witnesses(&mut self, share: f64) {
        self.engine.world.witnesses.keep(share);
    }

    /// How long it is to run.
    pub fn duration(&self) -> Time {
        self.duration
    }

    /// Events so far.
    pub fn events(&self) -> u64 {
        self.engine.events
    }

    /// Lets everything happen up to `until`, or up to a bound. Calling it in steps changes nothing but how often the caller hears of it.
    pub fn advance(&mut self, until: Time) -> Progress {
        if let Some(stop) = self.stopped {
            return Progress::Stopped(stop);
        }
        let progress = self.engine.run_until(until.min(self.duration));
        if let Progress::Stopped(stop) = progress {
            self.stopped = Some(stop);
        }
        progress
    }

    /// Runs to the end, or to a bound.
    pub fn run(mut self) -> Record {
        self.advance(self.duration);
        self.finish()
    }

    /// Asserts every invariant: arrived = done + in flight at each node, nothing over its limit.
    pub fn assert_sound(&self) {
        self.engine.assert_sound();
    }

    /// Whether a bound stopped it.
    pub fn stopped(&self) -> Option<Stop> {
        self.stopped
    }

    /// Closes the books.
    pub fn finish(self) -> Record {
        self.engine.assert_sound();
        let Engine { mut world, events, fingerprint, .. } = self.engine;
        let now = world.now();
        let tallies: Vec<Tally> = (0..world.nodes()).map(|node| tally(&world, node)).collect();
        let witnesses = std::mem::take(&mut world.witnesses.kept);
        let mut record = world.into_metrics().finish(now);
        record.witnesses = witnesses.into_iter().filter(|request| request.origin >= record.warm_up).collect();
        for (node, tally) in record.nodes.iter_mut().zip(tallies) {
            node.tally = tally;
        }
        record.seed = self.seed;
        record.events = events;
        record.fingerprint = fingerprint;
        record.stopped_early = self.stopped.map(reason);
        record
    }
}

fn tally(world: &crate::engine::World, node: u32) -> Tally {
    let (tally, in_flight) = world.tally(node);
    Tally { arrived: tally.arrived, ok: tally.ok, failed: tally.refused + tally.failed, in_flight }
}

fn reason(stop: Stop) -> String {
    match stop {
        Stop::MaxEvents(n) => format!("after {} events, as `--max-events` asks", count(n)),
        Stop::MaxInFlight(n) => format!("with more than {} things in flight, as `--max-in-flight` asks", count(n)),
    }
}
