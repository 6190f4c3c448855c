//! What the file says of a capacity that scales itself: `write: { min_capacity: 5, max_capacity: 1000, target_utilization: 70% }`.
//! Names are those of Application Auto Scaling's RegisterScalableTarget, PutScalingPolicy and PutScheduledAction. Step policies are in `stepping`.

use super::stepping::StepPolicy;
use crate::{
    document::{Diagnostic, Reading, Spanned},
    spec,
    units::{Share, Time},
};

spec! {
    /// New bounds from a time on.
    pub struct ScheduledAction: "a scheduled action" {
        /// When, from the start of the run.
        at: Time,
        /// The least capacity from then on; default: as before.
        min_capacity: Option<Spanned<u64>> = None,
        /// The most capacity from then on; default: as before.
        max_capacity: Option<Spanned<u64>> = None,
    }
}

spec! {
    /// A capacity that follows a metric.
    pub struct ScalableTarget: "a scalable target" {
        /// The least capacity: what lies below is raised to it at once.
        min_capacity: Spanned<u64>,
        /// The most capacity.
        max_capacity: Spanned<u64>,
        /// The utilisation that target tracking aims at: 20 % to 90 % of a table or index, 10 % to 90 % of provisioned concurrency.
        /// Default: 70 %; no target where there are `step_policies`.
        target_utilization: Option<Spanned<Share>> = None,
        /// How long after a scale-in the next one has to wait.
        scale_in_cooldown: Time = Time::ZERO,
        /// How long a scale-out goes on counting: in it only a larger capacity than the last one is asked for.
        scale_out_cooldown: Time = Time::ZERO,
        /// Whether capacity only ever grows.
        disable_scale_in: bool = false,
        /// Policies that change it by steps, alone or beside target tracking.
        step_policies: Vec<StepPolicy> = Vec::new(),
        /// Changes of the bounds at given times; the capacity is pulled into them without regard to alarms and cooldowns.
        scheduled_actions: Vec<ScheduledAction> = Vec::new(),
    }
}

impl ScalableTarget {
    /// Complaints about bounds and target (E130). `whose` owns it, `target` is what AWS takes in percent, `least` the smallest capacity there can be.
    pub fn check(&self, whose: &str, target: std::ops::RangeInclusive<u64>, least: u64, reading: &mut Reading) {
        let mut refuse =
            |span, message: String, label: &str, hint: &str| reading.push(Diagnostic::error("E130", span, message).label(label).hint(hint));
        let percent = |aim: &Spanned<Share>| aim.value.as_fraction() * 100.0;
        let beyond = |percent: f64| percent < *target.start() as f64 - 1e-9 || percent > *target.end() as f64 + 1e-9;
        if let Some(aim) = self.target_utilization.as_ref().filter(|aim| beyond(percent(aim))) {
            let (from, to) = (target.start(), target.end());
            let message = format!("{whose} can aim at a utilisation from {from} % to {to} %, not at {:.0} %", percent(aim));
            refuse(aim.span, message, "out of range", "70 % is usual");
        }
        let (mut min, mut max) = (&self.min_capacity, &self.max_capacity);
        for action in std::iter::once(None).chain(self.in_order().into_iter().map(Some)) {
            (min, max) = action.map_or((min, max), |a| (a.min_capacity.as_ref().unwrap_or(min), a.max_capacity.as_ref().unwrap_or(max)));
            if min.value < least {
                refuse(min.span, format!("{whose} can be scaled down to {least} at least, not to {}", min.value), "too little", "raise it");
            }
            if min.value > max.value {
                let message = format!("{whose} is to scale from {} to {}", min.value, max.value);
                refuse(min.span, message, "more than the maximum", "`min_capacity` is at most `max_capacity`, at every time");
                break;
            }
        }
        let complaints = reading.diagnostics.len();
        self.step_policies.iter().for_each(|policy| policy.check(whose, reading));
        if let Some(policy) = self.step_policies.first().filter(|_| reading.diagnostics.len() == complaints) {
            let message = format!("{whose} scales by steps, which Application Auto Scaling does not offer for it");
            let hint = "use `target_utilization`; or take it as a scaler of your own that listens to an alarm";
            reading.push(Diagnostic::warning("W040", policy.threshold.span, message).label("not on AWS").hint(hint));
        }
    }

    /// What target tracking aims at, as a share; `None` where only step policies change the capacity.
    pub fn aim(&self) -> Option<f64> {
        const USUAL: f64 = 0.7;
        let given = self.target_utilization.as_ref().map(|aim| aim.value.as_fraction());
        given.or(Some(USUAL).filter(|_| self.step_policies.is_empty()))
    }

    /// Scheduled actions by their time.
    pub fn in_order(&self) -> Vec<&ScheduledAction> {
        let mut actions: Vec<&ScheduledAction> = self.scheduled_actions.iter().collect();
        actions.sort_by_key(|action| action.at);
        actions
    }

    /// The most capacity that it may ever be given.
    pub fn highest(&self) -> &Spanned<u64> {
        let of_actions = self.scheduled_actions.iter().filter_map(|action| action.max_capacity.as_ref());
        of_actions.fold(&self.max_capacity, |most, other| if other.value > most.value { other } else { most })
    }
}

spec! {
    /// What of a table or index scales itself.
    pub struct CapacityScaling: "auto scaling of a table or index" {
        /// Its write capacity.
        write: Option<ScalableTarget> = None,
        /// Its read capacity.
        read: Option<ScalableTarget> = None,
    }
}

spec! {
    /// What of a function scales itself.
    pub struct ConcurrencyScaling: "auto scaling of a function" {
        /// Its provisioned concurrency.
        provisioned_concurrency: ScalableTarget,
    }
}

impl CapacityScaling {
    /// What scales, and whether it is of writes.
    pub fn targets(&self) -> impl Iterator<Item = (bool, &ScalableTarget)> {
        self.write.iter().map(|target| (true, target)).chain(self.read.iter().map(|target| (false, target)))
    }
}
