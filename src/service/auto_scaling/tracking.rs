//! Target tracking: two alarms on one metric, and the capacity that would bring it to its target.
//!
//! ```text
//! table:     high  Σ consumed in 60 s > P · target · 60           low  < P · (target − 20 points) · 60       new P = ⌈consumed a second / target⌉
//! function:  high  mean utilisation   > target                    low  < 0.9 · target                        new P = ⌈P · utilisation / target⌉
//! ```
//!
//! Both alarms take every point of their N. After each change the thresholds are written anew. That the alarms of provisioned concurrency keep their
//! state without data like those of a table is the same here: without traffic nothing shrinks. Step policies beside it are the work of `stepping`.

use crate::{
    mechanism::alarm::{Alarm, Comparison, Missing, State},
    platform::Platform,
};

/// What the metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    /// Units that were consumed in a minute.
    Consumed,
    /// The share of provisioned environments that were in use, averaged over a minute.
    Utilization,
}

/// A target tracking policy.
#[derive(Clone, Debug)]
pub(super) struct Tracking {
    metric: Metric,
    target: f64,
    low_target: f64,
    high: Alarm,
    low: Alarm,
    extra: usize,
}

/// Which way the capacity should go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Stay,
    Out(u64),
    In(u64),
}

impl Tracking {
    pub fn new(metric: Metric, target: f64, capacity: u64, aws: &Platform) -> Self {
        let (out, low_target) = match metric {
            Metric::Consumed => ("autoscaling.dynamodb_scale_out_datapoints", (target - aws.get("autoscaling.dynamodb_scale_in_points")).max(0.0)),
            Metric::Utilization => ("autoscaling.lambda_scale_out_datapoints", target * aws.get("autoscaling.lambda_scale_in_share")),
        };
        let points = |row: &str| aws.count(row).max(1) as usize;
        let mut tracking = Self {
            metric,
            target,
            low_target,
            high: Alarm::new(Comparison::Above, 0.0, points(out), Missing::Ignore),
            low: Alarm::new(Comparison::Below, 0.0, points("autoscaling.scale_in_datapoints"), Missing::Ignore),
            extra: aws.count("cloudwatch.evaluation_range_extra") as usize,
        };
        tracking.aim(capacity);
        tracking
    }

    /// Minutes that the longer alarm looks at.
    pub fn range(&self) -> usize {
        self.high.evaluation_periods.max(self.low.evaluation_periods) + self.extra
    }

    /// Whether one of its alarms acts.
    pub fn in_alarm(&self) -> bool {
        [&self.high, &self.low].iter().any(|alarm| alarm.state() == State::Alarm)
    }

    /// Writes the thresholds for a capacity.
    pub fn aim(&mut self, capacity: u64) {
        let of = |share: f64| match self.metric {
            Metric::Consumed => capacity as f64 * share * 60.0,
            Metric::Utilization => share,
        };
        (self.high.threshold, self.low.threshold) = (of(self.target), of(self.low_target));
    }

    /// Evaluates both alarms over the minutes, newest first, `None` where no data point can be seen.
    pub fn evaluate(&mut self, minutes: &[Option<f64>], capacity: u64) -> Verdict {
        for alarm in [&mut self.high, &mut self.low] {
            alarm.evaluate(minutes.iter().copied().take(alarm.evaluation_periods + self.extra));
        }
        let Some(newest) = minutes.iter().flatten().next() else { return Verdict::Stay };
        let desired = self.desired(*newest, capacity);
        match (self.high.state(), self.low.state()) {
            (State::Alarm, _) if desired > capacity => Verdict::Out(desired),
            (state, State::Alarm) if state != State::Alarm && desired < capacity => Verdict::In(desired),
            _ => Verdict::Stay,
        }
    }

    fn desired(&self, value: f64, capacity: u64) -> u64 {
        let exact = match self.metric {
            Metric::Consumed => value / 60.0 / self.target,
            Metric::Utilization => capacity as f64 * value / self.target,
        };
        // What is a whole number but for rounding is not rounded up.
        (exact - 1e-9).ceil().max(0.0) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(capacity: u64) -> Tracking {
        Tracking::new(Metric::Consumed, 0.7, capacity, &Platform::default())
    }

    #[test]
    fn thresholds_of_a_table_are_those_of_the_alarms_that_aws_makes() {
        let of = |capacity| [table(capacity).high.threshold, table(capacity).low.threshold].map(f64::round);
        assert_eq!((of(1), of(12)), ([42.0, 30.0], [504.0, 360.0]));
    }

    #[test]
    fn a_table_grows_after_two_minutes_to_what_was_consumed_by_the_target() {
        let mut tracking = table(5);
        assert_eq!(tracking.evaluate(&[None, Some(600.0), None], 5), Verdict::Stay);
        assert_eq!(tracking.evaluate(&[None, Some(600.0), Some(600.0)], 5), Verdict::Out(15));
        assert_eq!(table(5).evaluate(&[Some(300.0); 2], 5), Verdict::Out(8));
    }

    #[test]
    fn fifteen_minutes_below_fifty_per_cent_shrink_a_table_and_fourteen_do_not() {
        let mut minutes = vec![Some(300.0); 14];
        minutes.push(Some(600.0));
        assert_eq!(table(15).evaluate(&minutes, 15), Verdict::Stay);
        assert_eq!(table(15).evaluate(&[Some(300.0); 15], 15), Verdict::In(8));
        assert_eq!(table(8).evaluate(&[Some(300.0); 15], 8), Verdict::Stay, "53 % is not below 50 %");
    }

    #[test]
    fn provisioned_concurrency_needs_three_minutes_and_grows_in_proportion() {
        let mut tracking = Tracking::new(Metric::Utilization, 0.7, 10, &Platform::default());
        assert_eq!(tracking.evaluate(&[Some(1.0), Some(1.0), Some(0.1)], 10), Verdict::Stay);
        assert_eq!(tracking.evaluate(&[Some(1.0); 3], 10), Verdict::Out(15));
        assert_eq!(tracking.evaluate(&[Some(0.63); 15], 10), Verdict::Stay);
        assert_eq!(tracking.evaluate(&[Some(0.62); 15], 10), Verdict::In(9));
    }
}
