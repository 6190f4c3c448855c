//! Shapes of load: rates over equal stretches of the measured time, with one mean.
//!
//! ```text
//! wish  ▁▁▁▁█▁▁▁   ──fit──▶   rate = clamp(wish + μ, floor, peak), with the μ for which the mean is 1
//! ```
//!
//! A wish says where load should be; what the bounds do not let be there goes everywhere else alike. Left out: ramps, which are stairs here.

use crate::scenario::Scenario;
use crate::service::workload::PhaseSpec;
use crate::units::Time;

use super::bounds::Bounds;

/// Halvings of the interval in which μ lies.
const HALVINGS: usize = 80;
/// Rates that differ by less are one.
const SAME: f64 = 1e-9;

/// Rates by stretch, as multiples of the mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// What it is an example of: "one spike".
    pub family: &'static str,
    pub rates: Vec<f64>,
}

impl Shape {
    /// The shape nearest to a wish within the bounds.
    pub fn fit(family: &'static str, wish: &[f64], bounds: &Bounds) -> Self {
        let n = wish.len() as f64;
        let at = |mu: f64| wish.iter().map(move |rate| (rate + mu).clamp(bounds.floor, bounds.peak));
        let reach = wish.iter().fold(0.0_f64, |most, rate| most.max(rate.abs())) + bounds.peak;
        let (mut low, mut high) = (-reach, reach);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if at(middle).sum::<f64>() < n { low = middle } else { high = middle }
        }
        let mut rates: Vec<f64> = at(high).collect();
        // What is left of rounding goes where there is room.
        let left = n - rates.iter().sum::<f64>();
        if let Some(rate) = rates.iter_mut().find(|rate| (bounds.floor..=bounds.peak).contains(&(**rate + left))) {
            *rate += left;
        }
        Self { family, rates }
    }

    /// Whether two are the same to the eye.
    pub fn is_like(&self, other: &Shape) -> bool {
        self.rates.iter().zip(&other.rates).all(|(a, b)| (a - b).abs() < 1e-6)
    }

    /// Stretches of one rate: how many slots, and the rate as a multiple of the mean.
    pub fn stretches(&self) -> Vec<(usize, f64)> {
        let mut found: Vec<(usize, f64)> = Vec::new();
        for rate in &self.rates {
            match found.last_mut().filter(|(_, last)| (last - rate).abs() < SAME) {
                Some((slots, _)) => *slots += 1,
                None => found.push((1, *rate)),
            }
        }
        found
    }

    /// As a scenario's phases, for a workload of this mean: the mean itself up to `from`, then the shape, then the mean again for what is left.
    pub fn phases(&self, mean: f64, from: Time, bounds: &Bounds, until: Time) -> String {
        let phase = |length: Time, rate: f64| match rate * mean {
            rate if rate < 1e-6 => format!("{{ pause: {} }}", written(length)),
            rate => format!("{{ duration: {}, arrival_rate: {}/s }}", written(length), digits(rate)),
        };
        let whole = Time::from_nanos(bounds.slot.as_nanos() * self.rates.len() as u64);
        let rest = until.saturating_sub(from + whole);
        let shaped = self.stretches().into_iter().map(|(slots, rate)| phase(Time::from_nanos(bounds.slot.as_nanos() * slots as u64), rate));
        let before = (from > Time::ZERO).then(|| phase(from, 1.0));
        let all: Vec<String> = before.into_iter().chain(shaped).chain((rest > Time::ZERO).then(|| phase(rest, 1.0))).collect();
        format!("[ {} ]", all.join(", "))
    }
}

/// A length as the scenario's language has it.
fn written(length: Time) -> String {
    let seconds = format!("{:.9}", length.as_secs_f64());
    format!("{}s", seconds.trim_end_matches('0').trim_end_matches('.'))
}

fn digits(rate: f64) -> String {
    let text = format!("{rate:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Requests a second of phases, in the mean from one time to another.
pub fn mean_rate(phases: &[&PhaseSpec], from: Time, until: Time) -> f64 {
    let (mut begin, mut requests) = (0.0, 0.0);
    let (from, until) = (from.as_secs_f64(), until.as_secs_f64());
    for phase in phases {
        let length = phase.length().as_secs_f64();
        let (first, last) = phase.rates();
        let (a, b) = (from.max(begin), until.min(begin + length));
        if b > a && length > 0.0 {
            let rate = |time: f64| first + (last - first) * (time - begin) / length;
            requests += (b - a) * f64::midpoint(rate(a), rate(b));
        }
        begin += length;
    }
    requests / (until - from)
}

/// The workloads that can be shaped: number, name, mean rate over the measured time.
pub fn open_loops(scenario: &Scenario) -> Vec<(usize, String, f64)> {
    let mean = |(number, (name, workload)): (usize, &(crate::document::Spanned<String>, crate::service::workload::WorkloadSpec))| {
        let phases: Vec<&PhaseSpec> = workload.phases.list.iter().map(|phase| &phase.value).collect();
        let open = workload.users.is_none() && workload.replay.is_none() && !phases.is_empty();
        let mean = mean_rate(&phases, scenario.warm_up.value, scenario.duration.value);
        (open && mean > 0.0).then(|| (number, name.value.clone(), mean))
    };
    scenario.workloads.iter().enumerate().filter_map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::luck::keyed;

    /// A number from 0 to 1.
    fn unit(seed: u64, n: u64) -> f64 {
        (keyed(seed, n) >> 11) as f64 / (1u64 << 53) as f64
    }

    #[test]
    fn whatever_is_wished_the_mean_is_kept_within_the_bounds() {
        for seed in 0..1000 {
            let (peak, floor) = (1.0 + 8.0 * unit(seed, 1) + 1e-3, 0.99 * unit(seed, 2));
            let slots = 2 + (58.0 * unit(seed, 3)) as usize;
            let bounds = Bounds { peak, floor, slots, slot: Time::from_secs(1) };
            let wish: Vec<f64> = (0..slots).map(|slot| 20.0 * unit(seed, 10 + slot as u64) - 10.0).collect();
            let rates = Shape::fit("any", &wish, &bounds).rates;
            let mean = rates.iter().sum::<f64>() / slots as f64;
            assert!((mean - 1.0).abs() < 1e-9, "{seed}: {mean}");
            assert!(rates.iter().all(|rate| (floor - 1e-9..=peak + 1e-9).contains(rate)), "{seed}: {rates:?}");
        }
    }

    #[test]
    fn a_spike_that_its_bounds_cut_leaves_the_rest_to_the_others() {
        let bounds = Bounds { peak: 3.0, floor: 0.0, slots: 4, slot: Time::from_secs(10) };
        let spike = Shape::fit("one spike", &[0.0, 9.0, 0.0, 0.0], &bounds);
        assert!(spike.rates.iter().zip([1.0 / 3.0, 3.0, 1.0 / 3.0, 1.0 / 3.0]).all(|(a, b)| (a - b).abs() < 1e-9), "{spike:?}");
        let phases = spike.phases(60.0, Time::from_secs(5), &bounds, Time::from_secs(46));
        let shaped = "{ duration: 10s, arrival_rate: 20/s }, { duration: 10s, arrival_rate: 180/s }, { duration: 20s, arrival_rate: 20/s }";
        assert_eq!(phases, format!("[ {{ duration: 5s, arrival_rate: 60/s }}, {shaped}, {{ duration: 1s, arrival_rate: 60/s }} ]"));
    }
}
