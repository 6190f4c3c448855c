//! An alarm: the state that the newest data points of a metric put it in.
//!
//! ```text
//! newest N points of the evaluation range (a little longer than N)     M of them beyond the threshold ─▶ ALARM, else OK
//! fewer than N there                                                   what is missing counts as said: missing, ignore, breaching, not breaching
//! ```
//!
//! As long as N real points lie in the range, it does not matter what missing ones count as. Where fewer do, and missing data are just missing, points
//! that all breach raise the alarm only once the oldest is M periods old: `- - X - -` does, `- - - - X` does not yet. Nothing here knows time: who asks
//! hands over the points. Source: CloudWatch's guide, "How alarm state is evaluated when data is missing". Left out: percentiles, metric math, anomalies.

/// What an alarm says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    Ok,
    Alarm,
    /// Nothing is known: how an alarm begins.
    #[default]
    InsufficientData,
}

/// What a missing point counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// As nothing: without any point there are insufficient data.
    Missing,
    /// The alarm stays as it is.
    Ignore,
    Breaching,
    NotBreaching,
}

/// On which side of the threshold a point breaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Above,
    AtOrAbove,
    Below,
    AtOrBelow,
}

impl Comparison {
    /// Whether `value` breaches `threshold`.
    pub fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Above => value > threshold,
            Self::AtOrAbove => value >= threshold,
            Self::Below => value < threshold,
            Self::AtOrBelow => value <= threshold,
        }
    }
}

/// An alarm on one metric.
#[derive(Clone, Debug)]
pub struct Alarm {
    pub comparison: Comparison,
    pub threshold: f64,
    /// N: how many points decide.
    pub evaluation_periods: usize,
    /// M: how many of them must breach.
    pub datapoints_to_alarm: usize,
    pub missing: Missing,
    state: State,
}

impl Alarm {
    /// An alarm that knows nothing yet.
    pub fn new(comparison: Comparison, threshold: f64, datapoints: usize, missing: Missing) -> Self {
        Self { comparison, threshold, evaluation_periods: datapoints, datapoints_to_alarm: datapoints, missing, state: State::default() }
    }

    /// What it said last.
    pub fn state(&self) -> State {
        self.state
    }

    /// Looks at the evaluation range, newest point first, `None` where one is missing. Gives whether the state has changed: most actions are taken only
    /// then.
    pub fn evaluate(&mut self, range: impl Iterator<Item = Option<f64>>) -> bool {
        let before = self.state;
        self.state = self.next(range);
        self.state != before
    }

    fn next(&self, range: impl Iterator<Item = Option<f64>>) -> State {
        let (mut breaching, mut fine, mut oldest_breach) = (0, 0, 0);
        for (at, value) in range.enumerate() {
            let Some(value) = value.filter(|_| breaching + fine < self.evaluation_periods) else { continue };
            if self.comparison.breaches(value, self.threshold) {
                (breaching, oldest_breach) = (breaching + 1, at + 1);
            } else {
                fine += 1;
            }
        }
        let enough = |count: usize| if count >= self.datapoints_to_alarm { State::Alarm } else { State::Ok };
        let missing = self.evaluation_periods.saturating_sub(breaching + fine);
        match self.missing {
            _ if missing == 0 || breaching >= self.datapoints_to_alarm => enough(breaching),
            Missing::Breaching => enough(breaching + missing),
            Missing::NotBreaching => State::Ok,
            // Whatever the missing ones were, too few could breach.
            _ if breaching + missing < self.datapoints_to_alarm => State::Ok,
            Missing::Ignore => self.state,
            Missing::Missing if breaching + fine == 0 => State::InsufficientData,
            Missing::Missing if fine == 0 && oldest_breach >= self.datapoints_to_alarm => State::Alarm,
            Missing::Missing => {
                if fine == 0 {
                    self.state
                } else {
                    State::Ok
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an alarm in `state` says of points written oldest first, as the guide writes them: `X` breaches, `0` does not, `-` is missing.
    fn says(points: &str, n: usize, m: usize, missing: Missing, state: State) -> State {
        let mut alarm = Alarm { datapoints_to_alarm: m, state, ..Alarm::new(Comparison::Above, 0.5, n, missing) };
        alarm.evaluate(points.split(' ').rev().map(|point| match point {
            "X" => Some(1.0),
            "0" => Some(0.0),
            _ => None,
        }));
        alarm.state()
    }

    const ALL: [Missing; 4] = [Missing::Missing, Missing::Ignore, Missing::Breaching, Missing::NotBreaching];

    fn three_of_three(points: &str) -> [State; 4] {
        ALL.map(|missing| says(points, 3, 3, missing, State::Ok))
    }

    #[test]
    fn with_enough_real_points_in_the_range_missing_ones_do_not_matter() {
        assert_eq!(three_of_three("0 X X - X"), [State::Ok; 4].map(|_| State::Alarm));
        assert_eq!(three_of_three("0 - X - X"), [State::Ok; 4]);
    }

    #[test]
    fn a_breach_that_has_only_just_come_does_not_alarm_and_an_old_one_does() {
        assert_eq!(says("- - - - X", 3, 3, Missing::Missing, State::Ok), State::Ok);
        assert_eq!(says("- - X - -", 3, 3, Missing::Missing, State::Ok), State::Alarm);
    }

    #[test]
    fn what_is_missing_counts_as_it_is_said_to() {
        assert_eq!(three_of_three("- - - - -"), [State::InsufficientData, State::Ok, State::Alarm, State::Ok]);
        assert_eq!(three_of_three("- - - - 0"), [State::Ok; 4]);
        assert_eq!(says("- - X - -", 3, 3, Missing::Breaching, State::Ok), State::Alarm);
        assert_eq!(says("- - X - -", 3, 3, Missing::NotBreaching, State::Alarm), State::Ok);
    }

    #[test]
    fn an_alarm_that_ignores_missing_data_keeps_its_state_when_the_metric_stops() {
        for state in [State::Ok, State::Alarm, State::InsufficientData] {
            assert_eq!(says("- - - - -", 3, 3, Missing::Ignore, state), state);
        }
    }

    #[test]
    fn m_of_n_alarms_before_all_breach() {
        assert_eq!(says("0 0 X 0 X", 3, 2, Missing::Missing, State::Ok), State::Alarm);
        assert_eq!(says("X X X 0 0", 3, 2, Missing::Missing, State::Ok), State::Ok);
    }

    #[test]
    fn ten_minutes_in_alarm_are_one_change_and_ten_looks_that_find_it_so() {
        // Three points of a minute breach before, then seven more: who acts on changes (a topic) acts once, who acts while it lasts (scaling) each minute.
        let mut alarm = Alarm::new(Comparison::Above, 0.5, 3, Missing::Missing);
        let (mut changes, mut in_alarm) = (0, 0);
        for minute in 0..18usize {
            let value = |at: usize| minute.checked_sub(at).map(|m| if (3..15).contains(&m) { 1.0 } else { 0.0 });
            let changed = alarm.evaluate((0..5).map(value));
            in_alarm += usize::from(alarm.state() == State::Alarm);
            changes += usize::from(changed && alarm.state() == State::Alarm);
        }
        assert_eq!((changes, in_alarm), (1, 10));
    }
}
