//! A level that is paid on change: how many are busy, queued, in flight.
//!
//! ```text
//! mean = ∫ value dt ÷ (to − from)      no event per sample, no sampling error
//! ```
//!
//! A change costs one multiplication. What is learned late, such as an idle environment that had expired unnoticed, is
//! [retracted](Level::retract).

use crate::units::Time;
use std::ops::Range;

/// A number of things over time, with its integral and its peak since the last [`restart`](Level::restart).
#[derive(Clone, Copy, Debug, Default)]
pub struct Level {
    value: u64,
    from: Time,
    since: Time,
    /// value × ns since `from`.
    area: u128,
    max: u64,
}

impl Level {
    #[inline]
    pub fn add(&mut self, now: Time, n: u64) {
        self.settle(now);
        self.value += n;
        self.max = self.max.max(self.value);
    }

    #[inline]
    pub fn sub(&mut self, now: Time, n: u64) {
        debug_assert!(n <= self.value, "a level of {} cannot fall by {n}", self.value);
        self.settle(now);
        self.value -= n;
    }

    #[inline]
    pub fn set(&mut self, now: Time, value: u64) {
        self.settle(now);
        self.value = value;
        self.max = self.max.max(value);
    }

    /// The level now.
    #[inline]
    pub fn value(&self) -> u64 {
        self.value
    }

    /// When it last changed, or was restarted.
    pub fn changed(&self) -> Time {
        self.since
    }

    /// The highest level since the last restart.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The time average; `over.start` must be the last restart, `over.end` no earlier than the last change.
    pub fn mean(&self, over: Range<Time>) -> f64 {
        let length = over.end.as_nanos() - over.start.as_nanos();
        if length == 0 { self.value as f64 } else { self.area_at(over.end) as f64 / length as f64 }
    }

    /// The integral since the last restart, in things × ns.
    pub fn area_at(&self, now: Time) -> u128 {
        self.area + u128::from(self.value) * u128::from(now.as_nanos() - self.since.as_nanos())
    }

    /// Forgets the past, not the level.
    pub fn restart(&mut self, now: Time) {
        *self = Level { value: self.value, from: now, since: now, area: 0, max: self.value };
    }

    /// It is noticed `now` that the level has been lower by `n` ever since an earlier instant. The peak is mended where that is certain:
    /// when the instant lies at or before the last restart.
    pub fn retract(&mut self, now: Time, since: Time, n: u64) {
        debug_assert!(n <= self.value, "a level of {} cannot have been lower by {n}", self.value);
        self.settle(now);
        self.value -= n;
        if since <= self.from {
            self.max -= n;
        }
        self.area -= u128::from(n) * u128::from(now.as_nanos() - since.max(self.from).as_nanos());
    }

    #[inline]
    fn settle(&mut self, now: Time) {
        self.area += u128::from(self.value) * u128::from(now.as_nanos() - self.since.as_nanos());
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Time {
        Time::from_secs(seconds)
    }

    #[test]
    fn mean_is_the_integral_over_the_time() {
        let mut level = Level::default();
        level.add(s(2), 3);
        level.sub(s(6), 2);
        assert_eq!(level.mean(s(0)..s(10)), (3.0 * 4.0 + 1.0 * 4.0) / 10.0);
        assert_eq!((level.value(), level.max()), (1, 3));
    }

    #[test]
    fn a_restart_keeps_the_level_and_forgets_the_peak() {
        let mut level = Level::default();
        level.add(s(0), 5);
        level.sub(s(1), 4);
        level.restart(s(2));
        assert_eq!(level.mean(s(2)..s(4)), 1.0);
        assert_eq!(level.max(), 1);
    }

    #[test]
    fn what_expired_unnoticed_is_taken_back() {
        let mut level = Level::default();
        level.add(s(0), 2);
        level.retract(s(10), s(4), 1);
        assert_eq!(level.mean(s(0)..s(10)), (2.0 * 4.0 + 1.0 * 6.0) / 10.0);
        assert_eq!(level.value(), 1);
    }

    #[test]
    fn a_retraction_from_before_the_restart_counts_from_the_restart() {
        let mut level = Level::default();
        level.add(s(0), 2);
        level.restart(s(5));
        level.retract(s(10), s(4), 1);
        assert_eq!(level.mean(s(5)..s(10)), 1.0);
        assert_eq!(level.max(), 1);
    }
}
