//! Step scaling: an alarm on the utilisation, and how much to add or take away by how far it is beyond the threshold.
//!
//! ```text
//! threshold 80 %, steps 0‥10 points: +20 %, 10‥: +50 %         utilisation 93 % ─▶ 13 points beyond ─▶ capacity · 1.5
//! ```
//!
//! The threshold stays where it is when the capacity changes. AWS offers it for services that scale by the instance, not for tables, indexes or
//! provisioned concurrency: here it stands for a scaler of one's own that listens to an alarm. Left out: metrics other than utilisation.

use crate::{
    document::{Diagnostic, Reading, Spanned},
    mechanism::alarm::{Alarm, Comparison, Missing, State},
    platform::Platform,
    spec,
    units::{Share, Time},
    words,
};

words! {
    /// What an adjustment is of.
    pub enum AdjustmentType {
        /// So many units more or less.
        ChangeInCapacity = "change_in_capacity",
        /// So many per cent more or less.
        PercentChangeInCapacity = "percent_change_in_capacity",
        /// So many units.
        ExactCapacity = "exact_capacity",
    }
}

spec! {
    /// One step of a policy.
    pub struct StepAdjustment: "a step adjustment" {
        /// How far beyond the threshold it begins, in points of utilisation: `10%` is 90 % over a threshold of 80 %.
        lower_bound: Share = Share::from_fraction(0.0),
        /// How far beyond the threshold it ends; default: nowhere.
        upper_bound: Option<Share> = None,
        /// What is added (or, below zero, taken away), in units or per cent; the capacity itself with `exact_capacity`.
        scaling_adjustment: Spanned<f64>,
    }
}

spec! {
    /// A policy that changes a capacity by steps.
    pub struct StepPolicy: "a step scaling policy" {
        /// The utilisation over a minute at which its alarm is raised.
        threshold: Spanned<Share>,
        /// Whether the alarm is raised below the threshold and not above it.
        below: bool = false,
        /// How many of the newest minutes are looked at.
        evaluation_periods: Spanned<u32> = Spanned { value: 1, span: Default::default() },
        /// How many of them must be beyond the threshold; default: all.
        datapoints_to_alarm: Option<Spanned<u32>> = None,
        /// What an adjustment is of.
        adjustment_type: AdjustmentType = AdjustmentType::ChangeInCapacity,
        /// The steps, of which the one acts in which the newest minute lies.
        step_adjustments: Spanned<Vec<StepAdjustment>>,
        /// The least change by per cent, in units.
        min_adjustment_magnitude: u64 = 1,
        /// How long it waits after it has acted; a larger scale-out need not. Default: 300 s.
        cooldown: Option<Time> = None,
    }
}

impl StepPolicy {
    /// Complaints about steps that leave nothing to do or overlap (E135).
    pub(super) fn check(&self, whose: &str, reading: &mut Reading) {
        let mut refuse =
            |span, message: String, label: &str, hint: &str| reading.push(Diagnostic::error("E135", span, message).label(label).hint(hint));
        let n = self.evaluation_periods.value;
        if n == 0 || n > 1_440 {
            refuse(self.evaluation_periods.span, format!("a step policy of {whose} looks at {n} minutes"), "from 1 to 1440", "three are usual");
        }
        if let Some(m) = self.datapoints_to_alarm.as_ref().filter(|m| m.value == 0 || m.value > n) {
            refuse(
                m.span,
                format!("a step policy of {whose} is raised by {} of {n} minutes", m.value),
                "from 1 to `evaluation_periods`",
                "leave it out",
            );
        }
        if self.step_adjustments.value.is_empty() {
            refuse(self.step_adjustments.span, format!("a step policy of {whose} has no steps"), "empty", "write `[ { scaling_adjustment: 10 } ]`");
        }
        let mut from = -1.0;
        for step in &self.step_adjustments.value {
            let (lower, upper) = step.bounds();
            if lower < from || upper <= lower {
                let message = format!("the steps of a policy of {whose} overlap, or end before they begin");
                return refuse(step.scaling_adjustment.span, message, "this step", "give them in order, each from the end of the one before");
            }
            from = upper;
        }
    }
}

impl StepAdjustment {
    fn bounds(&self) -> (f64, f64) {
        (self.lower_bound.as_fraction(), self.upper_bound.map_or(f64::INFINITY, Share::as_fraction))
    }
}

/// A policy that runs.
#[derive(Clone, Debug)]
pub(super) struct Stepping {
    alarm: Alarm,
    /// Minutes that its alarm looks at.
    pub range: usize,
    below: bool,
    adjustment: AdjustmentType,
    /// Lower bound, upper bound, adjustment.
    steps: Vec<(f64, f64, f64)>,
    least_change: f64,
    cooldown: Time,
    /// When it last acted, from which capacity, and what it asked for.
    acted: Option<(Time, u64, u64)>,
}

impl Stepping {
    pub fn new(policy: &StepPolicy, aws: &Platform) -> Self {
        let comparison = if policy.below { Comparison::AtOrBelow } else { Comparison::AtOrAbove };
        let n = policy.evaluation_periods.value.max(1) as usize;
        let mut alarm = Alarm::new(comparison, policy.threshold.value.as_fraction(), n, Missing::Ignore);
        alarm.datapoints_to_alarm = policy.datapoints_to_alarm.as_ref().map_or(n, |m| m.value as usize);
        let step = |step: &StepAdjustment| (step.bounds().0, step.bounds().1, step.scaling_adjustment.value);
        Self {
            alarm,
            range: n + aws.count("cloudwatch.evaluation_range_extra") as usize,
            below: policy.below,
            adjustment: policy.adjustment_type,
            steps: policy.step_adjustments.value.iter().map(step).collect(),
            least_change: policy.min_adjustment_magnitude as f64,
            cooldown: policy.cooldown.unwrap_or_else(|| Time::from_secs_f64(aws.get("autoscaling.step_cooldown"))),
            acted: None,
        }
    }

    pub fn in_alarm(&self) -> bool {
        self.alarm.state() == State::Alarm
    }

    /// Evaluates the alarm over utilisations, newest first; the capacity that it asks for, where it asks for one.
    pub fn evaluate(&mut self, utilisations: impl Iterator<Item = Option<f64>> + Clone, capacity: u64, now: Time) -> Option<u64> {
        let newest = utilisations.clone().flatten().next();
        self.alarm.evaluate(utilisations.take(self.range));
        let beyond = (newest? - self.alarm.threshold) * if self.below { -1.0 } else { 1.0 };
        // What is a bound but for rounding is that bound.
        let inside = |(lower, upper, _): &&(f64, f64, f64)| (*lower..*upper).contains(&(beyond + 1e-9));
        let (.., adjustment) = *self.steps.iter().find(inside).filter(|_| self.in_alarm())?;
        // In its cooldown a policy only adds what a larger step would have added in the first place.
        match self.acted.filter(|(at, ..)| now < *at + self.cooldown) {
            Some((_, base, last)) => Some(self.adjusted(base, adjustment)).filter(|desired| *desired > last.max(capacity)),
            None => Some(self.adjusted(capacity, adjustment)).filter(|desired| *desired != capacity),
        }
    }

    fn adjusted(&self, capacity: u64, adjustment: f64) -> u64 {
        let now = capacity as f64;
        let by = match self.adjustment {
            AdjustmentType::ExactCapacity => adjustment - now,
            AdjustmentType::ChangeInCapacity => adjustment,
            AdjustmentType::PercentChangeInCapacity => {
                // AWS rounds away from zero below one, and towards it above.
                let by = now * adjustment / 100.0;
                if by == 0.0 { 0.0 } else { by.trunc().abs().max(self.least_change).max(1.0) * by.signum() }
            }
        };
        (now + by).round().max(0.0) as u64
    }

    /// It was followed.
    pub fn follow(&mut self, now: Time, from: u64, to: u64) {
        self.acted = Some((now, from, to));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(adjustment: AdjustmentType, steps: &[(f64, f64, f64)], below: bool) -> Stepping {
        Stepping {
            alarm: Alarm::new(if below { Comparison::AtOrBelow } else { Comparison::AtOrAbove }, 0.6, 1, Missing::Ignore),
            range: 3,
            below,
            adjustment,
            steps: steps.to_vec(),
            least_change: 1.0,
            cooldown: Time::from_secs(300),
            acted: None,
        }
    }

    fn asks(policy: &mut Stepping, utilisation: f64, capacity: u64, at_s: u64) -> Option<u64> {
        policy.evaluate([Some(utilisation)].into_iter(), capacity, Time::from_secs(at_s))
    }

    #[test]
    fn the_steps_of_the_guide_add_a_tenth_and_three_tenths_to_ten_units() {
        // AWS's example: 10 units, threshold 60 %; to 70 % nothing, to 80 % ten per cent, above thirty per cent.
        let steps = [(0.0, 0.1, 0.0), (0.1, 0.2, 10.0), (0.2, f64::INFINITY, 30.0)];
        let mut policy = policy(AdjustmentType::PercentChangeInCapacity, &steps, false);
        assert_eq!([0.59, 0.65, 0.7, 0.8].map(|now| asks(&mut policy, now, 10, 0)), [None, None, Some(11), Some(13)]);
    }

    #[test]
    fn in_its_cooldown_a_policy_adds_more_and_takes_nothing_away() {
        let mut out = policy(AdjustmentType::ChangeInCapacity, &[(0.0, 0.2, 1.0), (0.2, f64::INFINITY, 3.0)], false);
        out.follow(Time::ZERO, 10, 11);
        assert_eq!(asks(&mut out, 0.65, 10, 299), None);
        assert_eq!(asks(&mut out, 0.9, 11, 299), Some(13), "two more than the one that was added");
        assert_eq!(asks(&mut out, 0.65, 11, 300), Some(12));
        let mut down = policy(AdjustmentType::ChangeInCapacity, &[(0.0, f64::INFINITY, -2.0)], true);
        assert_eq!(asks(&mut down, 0.3, 10, 0), Some(8));
        down.follow(Time::ZERO, 10, 8);
        assert_eq!((asks(&mut down, 0.3, 8, 200), asks(&mut down, 0.3, 8, 300)), (None, Some(6)));
    }
}
