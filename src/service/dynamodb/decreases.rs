//! How often provisioned capacity may be lowered: each table and each of its global indexes has a count of its own.
//!
//! ```text
//! first hour of a UTC day: 4 decreases;  later: one, where the hour before it had none;  27 a day at most (4 + 23);  increases: any number
//! ```
//!
//! A run begins at midnight UTC. Who lowers capacity asks here first; a refusal is a `LimitExceededException`, and changes nothing.
//! Source: AWS docs: dynamodb/ServiceQuotas.

use crate::{platform::Platform, units::Time};

/// The decreases of one table or index.
#[derive(Clone, Debug)]
pub struct Decreases {
    in_first_hour: u64,
    in_a_day: u64,
    /// Days since the start of the run, and decreases in this one.
    day: u64,
    today: u64,
    latest: Option<Time>,
}

const HOUR: Time = Time::from_secs(3_600);
const DAY: Time = Time::from_secs(86_400);

impl Decreases {
    /// None so far.
    pub fn new(aws: &Platform) -> Self {
        let (in_first_hour, in_a_day) = (aws.count("dynamodb.decreases_first_hour"), aws.count("dynamodb.decreases_per_day"));
        Self { in_first_hour, in_a_day, day: 0, today: 0, latest: None }
    }

    /// Whether capacity may be lowered now, which then counts as done.
    pub fn try_decrease(&mut self, now: Time) -> bool {
        let day = now.as_nanos() / DAY.as_nanos();
        if day != self.day {
            (self.day, self.today) = (day, 0);
        }
        let in_first_hour = now.as_nanos() % DAY.as_nanos() < HOUR.as_nanos();
        let since = self.latest.map_or(Time::MAX, |latest| now.saturating_sub(latest));
        let may = self.today < self.in_a_day && (in_first_hour && self.today < self.in_first_hour || since >= HOUR);
        if may {
            self.today += 1;
            self.latest = Some(now);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decreases() -> Decreases {
        Decreases::new(&Platform::default())
    }

    fn minute(n: u64) -> Time {
        Time::from_secs(60 * n)
    }

    #[test]
    fn who_tries_every_minute_lowers_capacity_twenty_seven_times_a_day() {
        let mut decreases = decreases();
        let of_day = |decreases: &mut Decreases, day: u64| (day * 1_440..(day + 1) * 1_440).filter(|n| decreases.try_decrease(minute(*n))).count();
        assert_eq!(of_day(&mut decreases, 0), 27);
        assert_eq!(of_day(&mut decreases, 1), 27, "a new day, a new count");
    }

    #[test]
    fn four_in_the_first_hour_and_then_one_an_hour() {
        let mut decreases = decreases();
        let allowed: Vec<u64> = (0..300).filter(|n| decreases.try_decrease(minute(*n))).collect();
        assert_eq!(allowed, [0, 1, 2, 3, 63, 123, 183, 243]);
    }

    #[test]
    fn a_refusal_does_not_count() {
        let mut decreases = decreases();
        assert!(decreases.try_decrease(minute(600)));
        assert!((601..660).all(|n| !decreases.try_decrease(minute(n))));
        assert!(decreases.try_decrease(minute(660)));
    }
}
