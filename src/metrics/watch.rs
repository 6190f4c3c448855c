//! What a metric was since somebody last looked: differences of running sums, so that what is watched pays nothing for it.
//!
//! ```text
//! counter: Δ sum        level: Δ ∫ N dt ÷ Δt        latency: Δ Σ ÷ Δ n        nothing happened ─▶ no data point
//! ```
//!
//! CloudWatch publishes most metrics of a service only while there is work. Left out: percentiles and maxima, which running sums do not have.

use super::{Meter, Recorder};
use crate::units::Time;

/// A sum over a stretch and what it is divided by: a minute's values can be added up to those of a longer period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    pub sum: f64,
    /// 0 for a counter, which is a sum and not a mean.
    pub weight: f64,
}

impl Seen {
    /// Both stretches together.
    pub fn and(self, other: Self) -> Self {
        Self { sum: self.sum + other.sum, weight: self.weight + other.weight }
    }

    /// The sum of a counter, the mean of anything else.
    pub fn value(self) -> f64 {
        if self.weight > 0.0 { self.sum / self.weight } else { self.sum }
    }
}

/// The running sums when somebody last looked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Before {
    counted: u64,
    area: u128,
    at: Time,
    times: u64,
    seconds: f64,
}

impl Meter {
    /// What happened since `before`, which becomes now. A latency that nobody recorded has no value.
    pub fn since(self, before: &mut Before, recorder: &Recorder, now: Time) -> Option<Seen> {
        let then = *before;
        match self {
            Self::Counter(counter, per) => {
                before.counted = recorder.counted(counter);
                Some(Seen { sum: (before.counted - then.counted) as f64 / f64::from(per), weight: 0.0 })
            }
            Self::Gauge(gauge, per) => {
                (before.area, before.at) = (recorder.area(gauge, now), now);
                let nanos = (now - then.at).as_nanos() as f64;
                // A level that is corrected afterwards may have had less than it seemed to.
                (nanos > 0.0).then(|| Seen { sum: before.area.saturating_sub(then.area) as f64 / f64::from(per), weight: nanos })
            }
            Self::Latency(latency) => {
                (before.times, before.seconds) = recorder.recorded(latency);
                // The end of the warm-up begins the sums anew.
                let then = if before.times < then.times { Before::default() } else { then };
                let times = (before.times - then.times) as f64;
                (times > 0.0).then(|| Seen { sum: before.seconds - then.seconds, weight: times })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_a_sum_and_a_level_and_a_latency_are_means() {
        let mut recorder = Recorder::new(Time::from_secs(600), Time::ZERO);
        let node = recorder.node("f", "lambda");
        let (errors, level, duration) =
            (recorder.counter_in(node, "Errors", 2), recorder.gauge(node, "ConcurrentExecutions"), recorder.latency(node, "Duration"));
        recorder.count(errors, 6);
        recorder.rise(level, Time::from_secs(15), 4);
        recorder.record(duration, Time::from_secs(1));
        recorder.record(duration, Time::from_secs(2));
        let minute = |name: &str, before: &mut Before, now| recorder.meter(node, name).expect(name).since(before, &recorder, now).map(Seen::value);
        let names = ["errors", "concurrent_executions", "duration"];
        let (first, second) = (Time::from_secs(60), Time::from_secs(120));
        let mut before = [Before::default(); 3];
        let values: Vec<_> = names.iter().zip(&mut before).map(|(name, before)| minute(name, before, first)).collect();
        assert_eq!(values, [Some(3.0), Some(3.0), Some(1.5)]);
        let values: Vec<_> = names.iter().zip(&mut before).map(|(name, before)| minute(name, before, second)).collect();
        assert_eq!(values, [Some(0.0), Some(4.0), None], "nothing was recorded in the second minute");
        assert!(recorder.meter(node, "throttles").is_none());
    }
}
