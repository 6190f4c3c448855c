//! What is best: the objective, as a cost that is to be as low as may be, and how far a run is from keeping its thresholds.
//!
//! ```text
//! violation of  actual < bound   (actual − bound) ÷ |bound|        0 where it holds; summed over the thresholds
//! ```
//!
//! A threshold that nothing was measured of is violated by its whole bound. Violations are of different things: they rank settings, and are never reported.

use crate::report::ThresholdResult;
use crate::study::{Pick, Replication};

/// The objective.
#[derive(Clone, Debug)]
pub struct Goal {
    pub pick: Pick,
    pub maximise: bool,
}

impl Default for Goal {
    fn default() -> Self {
        Self { pick: Pick { subject: crate::scenario::TOTAL.into(), metric: crate::scenario::COST_MONTHLY.into() }, maximise: false }
    }
}

impl Goal {
    /// What is to be as low as may be.
    pub fn cost(&self, run: &Replication) -> Option<f64> {
        self.pick.value(run).map(|value| if self.maximise { -value } else { value })
    }

    /// `cheapest`, `lowest` or `highest`.
    pub fn superlative(&self) -> &'static str {
        match (self.maximise, self.is_money()) {
            (true, _) => "Highest",
            (_, true) => "Cheapest",
            _ => "Lowest",
        }
    }

    /// `cheaper`, `lower` or `higher`.
    pub fn comparative(&self) -> &'static str {
        match (self.maximise, self.is_money()) {
            (true, _) => "higher",
            (_, true) => "cheaper",
            _ => "lower",
        }
    }

    fn is_money(&self) -> bool {
        self.pick.metric.starts_with("cost")
    }
}

/// Of a run.
pub fn violation(run: &Replication) -> f64 {
    run.thresholds.iter().map(excess).sum()
}

fn excess(one: &ThresholdResult) -> f64 {
    if one.passed {
        return 0.0;
    }
    let Some(actual) = one.actual else { return 1.0 };
    let by = if one.op.starts_with('<') { actual - one.bound } else { one.bound - actual };
    // At the very bound of a strict comparison the distance is nothing, and it fails all the same.
    (if one.bound == 0.0 { by } else { by / one.bound.abs() }).max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_is_by_share_of_the_bound_and_nothing_where_it_holds() {
        let one = |op: &str, bound, actual, passed| ThresholdResult {
            target: "w".into(),
            metric: "p(99)".into(),
            op: op.into(),
            unit: "s".into(),
            bound,
            actual,
            passed,
        };
        let all = [one("<", 0.2, Some(0.3), false), one(">=", 10.0, Some(9.0), false), one("<", 1.0, None, false), one("<", 1.0, Some(0.5), true)];
        let by: Vec<f64> = all.iter().map(excess).collect();
        assert!((by[0] - 0.5).abs() < 1e-12 && (by[1] - 0.1).abs() < 1e-12);
        assert_eq!(by[2..], [1.0, 0.0]);
        assert!(excess(&one("<=", 0.0, Some(3.0), false)) == 3.0 && excess(&one("<", 1.0, Some(1.0), false)) > 0.0);
    }
}
