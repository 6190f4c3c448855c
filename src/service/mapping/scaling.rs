//! How many pollers a mapping has.
//!
//! ```text
//! default:      5, + 300 a minute while every poller is busy, up to 1,250 or the maximum concurrency
//! provisioned:  minimum … maximum pollers of ten invocations each, + 1,000 invocations a minute
//! errors:       no growth in a minute that has any; halved, down to 2, after one in which most invocations failed; 5 again after another
//! idle:         − 10 % a minute while more than three in five pollers find nothing, down to 5, or to two where the account says so
//! ```
//!
//! AWS documents start, growth and cap; that growth is continuous, how fast it shrinks and how it backs off are choices (`platform`), and the growth
//! needs no look at the queue: while every poller is busy, there is work. What a single error costs is the poller's own rest, which `mod` knows.

use crate::{platform::Platform, units::Time};

use super::spec::EventSource;

/// The growing and shrinking number of invocations at a time.
#[derive(Clone, Debug)]
pub(super) struct Scaling {
    /// Invocations that may run at a time now.
    pub allowed: u64,
    start: u64,
    most: u64,
    floor: u64,
    /// Those that a queue keeps where nothing comes.
    idle: u64,
    scale_in: f64,
    /// The share of idle pollers that is kept.
    spare: f64,
    /// Invocations that one step of growth adds, and the time between two.
    step: u64,
    pub every: Time,
    /// Attempts to invoke in this minute.
    pub attempts: u64,
    /// Those of them that went wrong.
    troubles: u64,
    backs_off: bool,
}

impl Scaling {
    pub fn new(source: &EventSource, platform: &Platform) -> Self {
        let (scale_in, spare, floor) = (platform.get("esm.scale_in"), platform.get("esm.spare"), platform.count("esm.back_off_floor"));
        let common = |start: u64, most: u64, step: u64, a_minute: f64, backs_off: bool| Self {
            allowed: start,
            start,
            most,
            floor: floor.min(start),
            idle: start,
            scale_in,
            spare,
            step,
            every: Time::from_secs_f64(60.0 * step as f64 / a_minute),
            attempts: 0,
            troubles: 0,
            backs_off,
        };
        if let Some(pollers) = &source.provisioned_poller_config {
            let each = platform.count("esm.poller_concurrency");
            let growth = platform.get("esm.provisioned_growth");
            return common(pollers.minimum_pollers.value * each, pollers.maximum_pollers.value * each, each, growth, false);
        }
        let limit = platform.count("esm.concurrency_limit");
        let most = source.maximum_concurrency.as_ref().map_or(limit, |own| own.value.min(limit));
        let scaling = common(platform.count("esm.initial_concurrency").min(most), most, 1, platform.get("esm.growth"), true);
        match source.maximum_concurrency {
            Some(_) => scaling,
            None => Self { idle: platform.count("esm.idle_concurrency").clamp(1, scaling.start), ..scaling },
        }
    }

    /// Whether it could grow.
    pub fn may_grow(&self) -> bool {
        self.allowed < self.most && self.troubles == 0
    }

    /// One step up.
    pub fn grow(&mut self) {
        self.allowed = (self.allowed + self.step).min(self.most);
    }

    /// Something went wrong that makes Lambda poll less.
    pub fn trouble(&mut self) {
        self.troubles += u64::from(self.backs_off);
    }

    /// A minute is over; `idle`: the share of pollers that found nothing.
    pub fn minute(&mut self, idle: f64) {
        if 2 * self.troubles > self.attempts {
            self.allowed = (self.allowed / 2).max(self.floor);
        } else if self.attempts > 0 && self.allowed < self.idle {
            self.allowed = self.idle;
        } else if idle > self.spare && self.allowed > self.idle {
            let fewer = ((self.allowed as f64 * self.scale_in) as u64).max(self.step);
            self.allowed = self.allowed.saturating_sub(fewer).max(self.idle);
        }
        (self.attempts, self.troubles) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Spanned;
    use crate::platform::{Date, Platform};

    fn source(maximum_concurrency: Option<u64>) -> EventSource {
        let span = Default::default();
        EventSource {
            queue: Spanned { value: "q".into(), span },
            batch_size: Spanned { value: 10, span },
            maximum_batching_window: Spanned { value: Time::ZERO, span },
            maximum_concurrency: maximum_concurrency.map(|value| Spanned { value, span }),
            filter_passes: None,
            filter: Default::default(),
            function_response_types: Vec::new(),
            provisioned_poller_config: None,
            latency: None,
        }
    }

    fn after(scaling: &mut Scaling, seconds: f64) -> u64 {
        for _ in 0..(seconds / scaling.every.as_secs_f64()).round() as u64 {
            if scaling.may_grow() {
                scaling.grow();
            }
        }
        scaling.allowed
    }

    #[test]
    fn the_ramp_is_300_a_minute_and_was_60_before_november_2023() {
        let mut now = Scaling::new(&source(None), &Platform::default());
        assert_eq!([after(&mut now, 60.0), after(&mut now, 139.0), after(&mut now, 100.0)], [305, 1000, 1250]);
        let old = Platform::new(Date::parse("2023-10-01").unwrap(), Vec::new()).unwrap();
        let mut then = Scaling::new(&source(None), &old);
        assert_eq!([after(&mut then, 60.0), after(&mut then, 60.0)], [65, 125]);
    }

    #[test]
    fn errors_halve_the_pollers_down_to_two_and_stop_the_growth() {
        let mut scaling = Scaling::new(&source(None), &Platform::default());
        let left: Vec<u64> = (0..3)
            .map(|_| {
                scaling.trouble();
                assert!(!scaling.may_grow());
                scaling.minute(0.0);
                scaling.allowed
            })
            .collect();
        assert_eq!(left, [2, 2, 2]);
        assert!(scaling.may_grow());
    }

    #[test]
    fn a_few_errors_stop_the_growth_and_no_more() {
        let mut scaling = Scaling::new(&source(None), &Platform::default());
        after(&mut scaling, 60.0);
        scaling.attempts = 100;
        scaling.trouble();
        assert!(!scaling.may_grow());
        scaling.minute(0.0);
        assert!(scaling.allowed == 305 && scaling.may_grow());
    }

    #[test]
    fn idle_pollers_go_until_three_in_five_are_idle() {
        let mut scaling = Scaling::new(&source(None), &Platform::default());
        after(&mut scaling, 60.0);
        let left: Vec<u64> = (0..20)
            .map(|_| {
                scaling.minute(1.0 - 100.0 / scaling.allowed as f64);
                scaling.allowed
            })
            .collect();
        assert!(left.is_sorted_by(|a, b| a >= b) && (225..=255).contains(&left[19]), "{left:?}");
        (0..60).for_each(|_| scaling.minute(1.0));
        assert_eq!(scaling.allowed, 5);
    }

    #[test]
    fn the_maximum_concurrency_is_also_the_most_at_the_start() {
        assert_eq!(Scaling::new(&source(Some(2)), &Platform::default()).allowed, 2);
    }
}
