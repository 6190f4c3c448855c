//! Replications: the same scenario with other luck.
//!
//! ```text
//! seeds(42, 4) = 42, then three that are keyed by 42 and their number
//! ```
//!
//! The first has the scenario's own seed, so it is the run that one makes without replications. A seed depends on its number alone, so a study with
//! more replications begins with those of a shorter one. Derived seeds have 48 bits, since readers of JSON lose digits beyond 53.

use crate::cost::Pricing;
use crate::engine::{Bounds, Progress};
use crate::mechanism::luck::keyed;
use crate::metrics::Record;
use crate::report::{Report, figures};
use crate::scenario::Scenario;
use crate::simulation::Simulation;
use crate::units::Time;

use super::Replication;

/// Sets the seeds of replications apart from other keys.
const SALT: u64 = 0x5245_504C_0000_0000;
/// Steps in which a run tells how far it is.
const STEPS: u64 = 400;

/// The seeds of `count` replications.
pub fn seeds(first: u64, count: usize) -> Vec<u64> {
    (0..count as u64).map(|number| if number == 0 { first } else { keyed(first, SALT | number) >> 16 }).collect()
}

/// A run that is over.
#[derive(Clone, Debug)]
pub struct Run {
    pub record: Record,
    pub report: Report,
}

/// Runs a scenario that has passed its check, as [`record`] does, and makes its report.
pub fn simulate(scenario: &Scenario, seed: Option<u64>, bounds: Bounds, warnings: Vec<String>, pricing: &Pricing, told: &dyn Fn(Time, u64)) -> Run {
    let record = record(scenario, seed, bounds, told);
    let report = Report::priced(scenario, &record, warnings, pricing);
    Run { record, report }
}

/// The same, with this share of its requests kept in the record one by one.
pub fn simulate_with(
    scenario: &Scenario,
    seed: u64,
    bounds: Bounds,
    warnings: Vec<String>,
    pricing: &Pricing,
    witnesses: f64,
    told: &dyn Fn(Time, u64),
) -> Run {
    let record = seeded(scenario, Some(seed), bounds, witnesses, told);
    let report = Report::priced(scenario, &record, warnings, pricing);
    Run { record, report }
}

/// Runs a scenario that has passed its check, with another seed where one is given. `told` hears of simulated time that has passed since it was last
/// told, and of the events so far.
pub fn record(scenario: &Scenario, seed: Option<u64>, bounds: Bounds, told: &dyn Fn(Time, u64)) -> Record {
    seeded(scenario, seed, bounds, 0.0, told)
}

fn seeded(scenario: &Scenario, seed: Option<u64>, bounds: Bounds, witnesses: f64, told: &dyn Fn(Time, u64)) -> Record {
    let other = seed.filter(|seed| *seed != scenario.seed).map(|seed| Scenario { seed, ..scenario.clone() });
    let mut simulation = Simulation::new(other.as_ref().unwrap_or(scenario), bounds);
    simulation.keep_witnesses(witnesses);
    let duration = simulation.duration();
    let mut before = Time::ZERO;
    for step in 1..=STEPS {
        let until = Time::from_nanos((u128::from(duration.as_nanos()) * u128::from(step) / u128::from(STEPS)) as u64);
        if simulation.advance(until) != Progress::Reached {
            break;
        }
        told(until - before, simulation.events());
        before = until;
    }
    simulation.finish()
}

impl Run {
    /// What is kept of it as one of many.
    pub fn replication(&self) -> Replication {
        let run = &self.report.run;
        Replication {
            seed: run.seed,
            fingerprint: run.fingerprint.clone(),
            events: run.events,
            stopped_early: run.stopped_early.clone(),
            figures: figures(&self.report),
            thresholds: self.report.thresholds.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_replications_begin_with_those_of_fewer_and_none_is_twice() {
        let many = seeds(42, 1000);
        assert_eq!((many[0], &many[..8]), (42, &seeds(42, 8)[..]));
        let mut distinct = many.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 1000);
        assert!(seeds(43, 8).iter().all(|seed| !many.contains(seed)));
    }
}
