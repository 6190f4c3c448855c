//! What "worst" means: how far the worst threshold is beyond its bound, or a figure at its most or least.
//!
//! ```text
//! margin of  actual < bound   (actual − bound) ÷ |bound|        below nothing while it holds, so that a search knows where to go
//! ```

use crate::report::ThresholdResult;
use crate::study::{Pick, Replication};

/// See the module.
#[derive(Clone, Debug)]
pub enum Goal {
    /// The threshold that is furthest beyond its bound.
    Break,
    Most(Pick),
    Least(Pick),
}

impl Goal {
    /// The larger the worse.
    pub fn score(&self, run: &Replication) -> f64 {
        match self {
            Self::Break => run.thresholds.iter().map(margin).fold(f64::NEG_INFINITY, f64::max),
            Self::Most(pick) => pick.value(run).unwrap_or(f64::NEG_INFINITY),
            Self::Least(pick) => -pick.value(run).unwrap_or(f64::INFINITY),
        }
    }
}

/// How far a threshold is beyond its bound, by share of it.
pub fn margin(one: &ThresholdResult) -> f64 {
    // What was never measured does not hold.
    let Some(actual) = one.actual else { return 1.0 };
    let by = if one.op.starts_with('<') { actual - one.bound } else { one.bound - actual };
    if one.bound == 0.0 { by } else { by / one.bound.abs() }
}
