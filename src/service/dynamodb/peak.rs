//! The previous peak of on-demand traffic: the busiest minute, once it is old enough to count.
//!
//! ```text
//! peak(t) = max over minutes that began at t − 30 min or before of (units used in it / 60 s)
//! ```
//!
//! Minutes are clock minutes of the run. The newest 30 are kept in a ring, so memory is fixed; a minute is closed when the next request after it
//! comes. A peak never falls, as partitions are never merged.

use crate::units::Time;

/// The peak of one direction, in half units a minute, so that it is a whole number.
#[derive(Clone, Debug)]
pub struct Peak {
    highest: u64,
    /// The running minute.
    minute: u64,
    /// What was used in the minutes that do not count yet, by minute modulo length.
    ring: Vec<u64>,
}

/// The longest delay that can be set: a day.
const MOST_MINUTES: u64 = 24 * 60;

impl Peak {
    /// A peak of `units_per_s` before the run; minutes of the run count `settle_minutes` after they began, though not before they are over.
    pub fn new(units_per_s: f64, settle_minutes: u64) -> Self {
        let ring = vec![0; settle_minutes.clamp(1, MOST_MINUTES) as usize];
        Self { highest: (units_per_s * 120.0) as u64, minute: 0, ring }
    }

    /// Units a second of the busiest minute that counts.
    pub fn units_per_s(&self) -> f64 {
        self.highest as f64 / 120.0
    }

    /// Closes the minutes before `now`, in the first of which `used` half units were used; whether the peak has risen.
    pub fn close(&mut self, now: Time, used: u64) -> bool {
        let (length, minute, before) = (self.ring.len() as u64, minute_of(now), self.highest);
        debug_assert!(minute > self.minute, "a minute is closed once");
        self.ring[(self.minute % length) as usize] = used;
        // A pause longer than the ring lets every minute in it count, and leaves it empty.
        for passed in 1..=minute.saturating_sub(self.minute).min(length) {
            let oldest = &mut self.ring[((self.minute + passed) % length) as usize];
            self.highest = self.highest.max(std::mem::take(oldest));
        }
        self.minute = minute;
        self.highest > before
    }
}

/// The end of the minute that `now` is in.
pub fn end_of_minute(now: Time) -> Time {
    MINUTE * (minute_of(now) + 1)
}

/// The step of peaks and of heat.
pub const MINUTE: Time = Time::from_secs(60);

fn minute_of(now: Time) -> u64 {
    now.as_nanos() / MINUTE.as_nanos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(n: u64) -> Time {
        MINUTE * n
    }

    #[test]
    fn a_minute_counts_when_it_began_half_an_hour_ago() {
        let mut peak = Peak::new(2_000.0, 30);
        assert!(!peak.close(minutes(1), 2 * 60 * 4_000));
        assert!((2..30).all(|m| !peak.close(minutes(m), 0)));
        assert!(peak.close(minutes(30), 0));
        assert_eq!(peak.units_per_s(), 4_000.0);
        assert!((31..100).all(|m| !peak.close(minutes(m), 0)), "and never falls");
    }

    #[test]
    fn after_a_long_pause_every_minute_counts() {
        let mut peak = Peak::new(0.0, 30);
        peak.close(minutes(1), 2 * 60 * 5);
        peak.close(minutes(2), 2 * 60 * 70);
        assert!(peak.close(minutes(500), 2 * 60 * 9));
        assert_eq!(peak.units_per_s(), 70.0);
        assert!(!peak.close(minutes(530), 0));
    }

    #[test]
    fn without_delay_a_minute_counts_when_it_is_over() {
        let mut peak = Peak::new(1.0, 0);
        assert!(peak.close(minutes(1), 240));
        assert_eq!((peak.units_per_s(), end_of_minute(minutes(1))), (2.0, minutes(2)));
    }
}
