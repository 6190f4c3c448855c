//! When a delivery is tried again: four phases, each of so many retries, and a jitter.
//!
//! ```text
//! attempt │ at once … │ shortest … │ shortest ↗ longest │ longest … │ given up
//!         │  no_delay │  min_delay │      backoff       │ max_delay │
//! ```
//!
//! The numbers are documented (AWS docs: sns/retries), the formulas of the back-off phase are not: here the first delay of the phase is the shortest
//! and the last the longest, and `exponential` grows by an equal factor. Jitter only lengthens a delay.

use crate::{
    document::{Diagnostic, Reading},
    mechanism::luck::Keyed,
    platform::Platform,
    spec,
    units::{Rate, Time},
    words,
};

words! {
    /// How delays grow in the back-off phase of a delivery.
    pub enum BackoffFunction {
        /// By equal steps.
        Linear = "linear",
        /// By steps that grow by equal amounts.
        Arithmetic = "arithmetic",
        /// By an equal factor.
        Geometric = "geometric",
        /// By an equal factor: at whole retries the same as `geometric`.
        Exponential = "exponential",
    }
}

spec! {
    /// The retries of a delivery by HTTP. The delays may add up to an hour.
    pub struct DeliveryPolicy: "a delivery policy" {
        /// Retries in all: 0 to 100.
        num_retries: u32 = 3,
        /// Of these, at once.
        num_no_delay_retries: u32 = 0,
        /// Of these, next, at the shortest delay.
        num_min_delay_retries: u32 = 0,
        /// Of these, last, at the longest delay.
        num_max_delay_retries: u32 = 0,
        /// The shortest delay, at least 1 s.
        min_delay_target: Time = Time::from_secs(20),
        /// The longest delay, at most 1 h.
        max_delay_target: Time = Time::from_secs(20),
        /// How delays grow from the shortest to the longest, over the retries that are left.
        backoff_function: BackoffFunction = BackoffFunction::Linear,
        /// Deliveries a second at most, on average; those that wait for their turn use up no retry.
        max_receives_per_second: Option<Rate> = None,
    }
}

impl DeliveryPolicy {
    pub(super) fn check(&self, span: crate::document::Span, platform: &Platform, reading: &mut Reading) {
        let mut complain = |message: String, hint: &str| reading.push(Diagnostic::error("E085", span, message).label("this policy").hint(hint));
        let most = platform.count("sns.http_retries_most");
        let longest = Time::from_secs(platform.count("sns.http_delay_longest"));
        let apart = [self.num_no_delay_retries, self.num_min_delay_retries, self.num_max_delay_retries].map(u64::from).iter().sum::<u64>();
        if u64::from(self.num_retries) > most {
            return complain(format!("a delivery policy has 0 to {most} retries, not {}", self.num_retries), "lower `num_retries`");
        }
        if apart > u64::from(self.num_retries) {
            let message = format!("the phases of this policy need {apart} retries, and it has {} in all", self.num_retries);
            return complain(message, "raise `num_retries`: it counts those without delay, with the shortest and with the longest too");
        }
        if self.min_delay_target < Time::from_secs(1) || self.max_delay_target > longest || self.min_delay_target > self.max_delay_target {
            return complain(
                format!("the delays of a policy must be from 1 s to {longest}, the shortest first"),
                "mend `min_delay_target` and `max_delay_target`",
            );
        }
        let total = Retries::http(platform, Some(self)).total();
        if total > longest {
            complain(format!("the delays of this policy add up to {total}, and SNS allows {longest}"), "make fewer retries, or shorter delays");
        }
        if self.max_receives_per_second.is_some_and(|rate| rate.as_per_second() <= 0.0) {
            complain("`max_receives_per_second` lets nothing through".into(), "write a rate above zero");
        }
    }
}

/// The retries of one delivery.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    no_delay: u32,
    min_delay: u32,
    backoff: u32,
    max_delay: u32,
    shortest: Time,
    longest: Time,
    function: BackoffFunction,
    /// A delay is lengthened by up to this share of itself.
    jitter: f64,
}

impl Retries {
    /// Those of a delivery to an endpoint of AWS's own.
    pub fn managed(platform: &Platform) -> Self {
        let count = |name: &str| platform.count(name) as u32;
        Self {
            no_delay: count("sns.managed_no_delay"),
            min_delay: count("sns.managed_min_delay"),
            backoff: count("sns.managed_backoff"),
            max_delay: count("sns.managed_max_delay"),
            shortest: Time::from_secs_f64(platform.get("sns.managed_shortest")),
            longest: Time::from_secs_f64(platform.get("sns.managed_longest")),
            function: BackoffFunction::Exponential,
            jitter: platform.get("sns.retry_jitter"),
        }
    }

    /// Those of a delivery by HTTP: as the subscription says, else the default.
    pub fn http(platform: &Platform, policy: Option<&DeliveryPolicy>) -> Self {
        let jitter = platform.get("sns.retry_jitter");
        let Some(own) = policy else {
            return Self {
                no_delay: 0,
                min_delay: 0,
                backoff: platform.count("sns.http_retries") as u32,
                max_delay: 0,
                shortest: Time::from_secs_f64(platform.get("sns.http_min_delay")),
                longest: Time::from_secs_f64(platform.get("sns.http_max_delay")),
                function: BackoffFunction::Linear,
                jitter,
            };
        };
        let apart = own.num_no_delay_retries.saturating_add(own.num_min_delay_retries).saturating_add(own.num_max_delay_retries);
        Self {
            no_delay: own.num_no_delay_retries,
            min_delay: own.num_min_delay_retries,
            backoff: own.num_retries.saturating_sub(apart),
            max_delay: own.num_max_delay_retries,
            shortest: own.min_delay_target,
            longest: own.max_delay_target,
            function: own.backoff_function,
            jitter,
        }
    }

    /// The delay before retry `n` (from 1) without jitter; `None` where there is no such retry.
    pub fn delay(&self, n: u32) -> Option<Time> {
        let after = |phase: u32, n: u32| n.checked_sub(phase).filter(|rest| *rest > 0);
        if n <= self.no_delay {
            return Some(Time::ZERO);
        }
        let n = n - self.no_delay;
        if n <= self.min_delay {
            return Some(self.shortest);
        }
        let n = n - self.min_delay;
        match after(self.backoff, n) {
            None => Some(self.grown(n - 1)),
            Some(rest) if rest <= self.max_delay => Some(self.longest),
            Some(_) => None,
        }
    }

    /// The same with jitter.
    pub fn jittered(&self, n: u32, luck: &mut Keyed) -> Option<Time> {
        let delay = self.delay(n)?;
        Some(Time::from_nanos_f64(delay.as_nanos() as f64 * (1.0 + self.jitter * luck.unit())))
    }

    /// Delay `k` (from 0) of the back-off phase.
    fn grown(&self, k: u32) -> Time {
        let steps = f64::from(self.backoff.saturating_sub(1).max(1));
        let k = f64::from(k);
        let (first, last) = (self.shortest.as_secs_f64(), self.longest.as_secs_f64());
        let seconds = match self.function {
            BackoffFunction::Linear => first + (last - first) * k / steps,
            BackoffFunction::Arithmetic => first + (last - first) * k * (k + 1.0) / (steps * (steps + 1.0)),
            BackoffFunction::Geometric | BackoffFunction::Exponential => first * libm::exp(libm::log(last / first) * k / steps),
        };
        Time::from_secs_f64(seconds)
    }

    /// All delays together, without jitter.
    pub fn total(&self) -> Time {
        let growing = (0..self.backoff).fold(Time::ZERO, |sum, k| sum.saturating_add(self.grown(k)));
        let times = |delay: Time, n: u32| Time::from_nanos(delay.as_nanos().saturating_mul(u64::from(n)));
        growing.saturating_add(times(self.shortest, self.min_delay)).saturating_add(times(self.longest, self.max_delay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(retries: &Retries, n: u32) -> Vec<f64> {
        (1..=n).map(|n| retries.delay(n).expect("a retry").as_secs_f64()).collect()
    }

    fn custom(function: BackoffFunction, counts: [u32; 4], from_s: u64, to_s: u64) -> Retries {
        let [no_delay, min_delay, backoff, max_delay] = counts;
        let (shortest, longest) = (Time::from_secs(from_s), Time::from_secs(to_s));
        Retries { no_delay, min_delay, backoff, max_delay, shortest, longest, function, jitter: 0.0 }
    }

    #[test]
    fn an_endpoint_of_aws_is_tried_for_twenty_three_days() {
        let managed = Retries::managed(&Platform::default());
        assert_eq!(delays(&managed, 6), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        assert_eq!(delays(&managed, 16)[14..], [20.0, 20.0]);
        assert!(delays(&managed, 15)[5..].windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!((managed.delay(100_015), managed.delay(100_016)), (Some(Time::from_secs(20)), None));
        let days = managed.total().as_secs_f64() / 86_400.0;
        assert!((days - 23.15).abs() < 0.01, "{days}");
    }

    #[test]
    fn an_http_endpoint_is_tried_three_times_more_within_a_minute() {
        let http = Retries::http(&Platform::default(), None);
        assert_eq!(delays(&http, 3), [20.0; 3]);
        assert_eq!((http.delay(4), http.total()), (None, Time::from_secs(60)));
    }

    #[test]
    fn every_function_goes_from_the_shortest_to_the_longest() {
        let of = |function| delays(&custom(function, [0, 0, 5, 0], 1, 16), 5);
        assert_eq!(of(BackoffFunction::Linear), [1.0, 4.75, 8.5, 12.25, 16.0]);
        assert_eq!(of(BackoffFunction::Arithmetic), [1.0, 2.5, 5.5, 10.0, 16.0]);
        for function in [BackoffFunction::Geometric, BackoffFunction::Exponential] {
            let off = of(function).iter().zip([1.0, 2.0, 4.0, 8.0, 16.0]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 1e-6);
        }
    }

    #[test]
    fn phases_come_one_after_the_other() {
        let retries = custom(BackoffFunction::Linear, [1, 2, 1, 2], 3, 9);
        assert_eq!(delays(&retries, 6), [0.0, 3.0, 3.0, 3.0, 9.0, 9.0]);
        assert_eq!((retries.delay(7), retries.total()), (None, Time::from_secs(27)));
        let none = custom(BackoffFunction::Linear, [0; 4], 1, 2);
        assert_eq!((none.delay(1), none.total()), (None, Time::ZERO));
    }
}
