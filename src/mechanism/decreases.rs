//! How often something may be lowered: a few times at once, then once an hour, and so many times a day in all.
//!
//! ```text
//! day ─▶ 4 whenever, then one for each hour without one before it ─▶ at most 27
//! ```
//!
//! The day is that of the run, which begins at midnight. Raising is never limited, so nobody asks here.

use crate::units::Time;

const HOUR: Time = Time::from_secs(3_600);
const DAY: Time = Time::from_secs(86_400);

/// The decreases of one day.
#[derive(Clone, Debug)]
pub struct Decreases {
    at_once: u64,
    a_day: u64,
    day: u64,
    used: u64,
    last: Option<Time>,
}

impl Decreases {
    /// So many whenever one likes, and so many in all a day.
    pub fn new(at_once: u64, a_day: u64) -> Self {
        Self { at_once, a_day, day: 0, used: 0, last: None }
    }

    /// Uses one, where one may be used now.
    pub fn try_use(&mut self, now: Time) -> bool {
        let day = now.as_nanos() / DAY.as_nanos();
        if day > self.day {
            (self.day, self.used) = (day, 0);
        }
        let rested = self.last.is_none_or(|last| now >= last + HOUR);
        let may = self.used < self.a_day && (self.used < self.at_once || rested);
        if may {
            self.used += 1;
            self.last = Some(now);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_at_once_then_one_an_hour_make_27_a_day() {
        let mut decreases = Decreases::new(4, 27);
        let minutes = |from: u64, to: u64| (from..to).map(|m| Time::from_secs(60 * m));
        assert_eq!(minutes(0, 60).filter(|now| decreases.try_use(*now)).count(), 4);
        assert_eq!(minutes(60, 1_440).filter(|now| decreases.try_use(*now)).count(), 23, "27 in all");
        assert!(decreases.try_use(Time::from_secs(86_400)), "the next day");
    }
}
