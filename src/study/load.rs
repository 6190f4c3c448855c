//! Worlds with more load, or less.
//!
//! ```text
//! open loop    arrival_rate × m, ramp_to × m          closed loop    users × m, whole and at least one          replay    scale × m
//! ```
//!
//! Seeds stay: the k-th request of a workload has the same luck at every load, and random arrivals are the same ones, closer together. Left out: think times
//! and what a request asks for, which are the same at any load.

use crate::scenario::Scenario;
use crate::service::workload::WorkloadSpec;
use crate::units::Rate;

use super::World;

/// The most users, and the largest scale of a replay, that a scenario may say.
const USERS_MAX: f64 = 1e7;
const SCALE_MAX: f64 = 1e6;

impl World {
    /// The same with so many times the load.
    pub fn at_load(&self, multiplier: f64) -> World {
        let mut world = self.clone();
        world.scenario.workloads.iter_mut().for_each(|(_, workload)| load(workload, multiplier));
        world
    }
}

fn load(workload: &mut WorkloadSpec, multiplier: f64) {
    for phase in &mut workload.phases.list {
        for rate in [&mut phase.value.arrival_rate, &mut phase.value.ramp_to].into_iter().flatten() {
            rate.value = Rate::from_per_second(rate.value.as_per_second() * multiplier);
        }
    }
    workload.users.iter_mut().for_each(|users| users.value = (users.value as f64 * multiplier).round().clamp(1.0, USERS_MAX) as u64);
    workload.replay.iter_mut().for_each(|replay| replay.value.scale.value = (replay.value.scale.value * multiplier).min(SCALE_MAX));
}

/// Workloads that are closed loops, with their users.
pub(super) fn closed_loops(scenario: &Scenario) -> Vec<(&str, u64)> {
    scenario.workloads.iter().filter_map(|(name, workload)| Some((name.value.as_str(), workload.users.as_ref()?.value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::NoFiles;
    use crate::study::Base;

    #[test]
    fn rates_users_and_scales_are_multiplied_and_a_closed_loop_keeps_a_user() {
        let text = "
duration: 20s
workloads:
  a: { target: s, phases: [ { duration: 10s, arrival_rate: 4/s, ramp_to: 8/s }, { pause: 10s } ] }
  b: { target: s, users: 3 }
nodes: { s: { type: server, slots: 1, service_time: 1ms } }
";
        let base = Base { file: "a.yaml", bytes: text.as_bytes(), files: &NoFiles, variant: None, overrides: &[] };
        let world = base.world(&[]).expect("it is sound");
        let loaded = |multiplier| {
            let world = world.at_load(multiplier);
            let workloads = &world.scenario.workloads;
            (workloads[0].1.phases.list[0].value.rates(), workloads[1].1.users.as_ref().map(|users| users.value))
        };
        assert_eq!(loaded(1.0), ((4.0, 8.0), Some(3)));
        assert_eq!(loaded(2.5), ((10.0, 20.0), Some(8)));
        assert_eq!(loaded(0.01), ((0.04, 0.08), Some(1)));
        assert_eq!(closed_loops(&world.scenario), [("b", 3)]);
    }
}
