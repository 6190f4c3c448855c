//! How idle environments were let go in 2020: not each by its own time, but the greater half of them at once.
//!
//! ```text
//! n idle ─380 s─▶ ⌊n/2⌋ ─380 s─▶ ⌊n/4⌋ …            goes: idle for a whole number of periods, and gone within the last period < still idle
//! ```
//!
//! Of environments that fell idle together so many are left after the time t as were measured, n · 2^−⌊t / 380 s⌋ (experiments of January 2020: memory,
//! runtime and package made no difference); those used last go last. What happens where they fell idle one by one was not measured: at most
//! half of them go within a period, here. On days without this policy there is none of these.

use std::collections::VecDeque;

use crate::units::Time;

#[derive(Clone, Debug)]
pub(super) struct Halving {
    /// Idle time between two looks at an environment.
    pub period: Time,
    /// When environments went, within the last period; by version.
    gone: [VecDeque<Time>; 2],
}

impl Halving {
    pub fn new(period: Time) -> Self {
        Self { period, gone: Default::default() }
    }

    /// Whether the environment goes that is looked at `now`, as one of so many that are idle. Looks come in the order of their time.
    pub fn lets_go(&mut self, version: usize, now: Time, idle: usize) -> bool {
        let gone = &mut self.gone[version];
        while gone.front().is_some_and(|at| at.saturating_add(self.period) <= now) {
            gone.pop_front();
        }
        let goes = gone.len() < idle;
        if goes {
            gone.push_back(now);
        }
        goes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of environments that fell idle one after the other, within a second, after each period.
    fn left(start: usize, periods: u64) -> Vec<usize> {
        let mut halving = Halving::new(Time::from_secs(380));
        let mut idle: Vec<Time> = (0..start as u64).map(Time::from_millis).collect();
        let mut after_each = Vec::new();
        for period in 1..=periods {
            let mut there = idle.len();
            idle.retain(|since| {
                let goes = halving.lets_go(0, *since + Time::from_secs(380 * period), there);
                there -= usize::from(goes);
                !goes
            });
            after_each.push(idle.len());
        }
        after_each
    }

    #[test]
    fn every_period_leaves_the_lesser_half() {
        assert_eq!(left(1, 2), [0, 0]);
        assert_eq!(left(2, 2), [1, 0]);
        assert_eq!(left(8, 4), [4, 2, 1, 0]);
        assert_eq!(left(20, 4), [10, 5, 2, 1]);
    }
}
