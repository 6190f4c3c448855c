//! Mean errors over an experiment beside those that another simulator has been published with.
//!
//! ```text
//! MAPE over the rows of one experiment that have the figure        coldstart20: 11.3 %, SimFaaS 12.2 %
//! ```
//!
//! Whether the other had the same inputs is for the file to say: nothing of it is run here.

use serde::{Deserialize, Serialize};

use super::{Row, Trial};

/// One figure of an experiment, by two simulators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    pub id: String,
    /// As the file has it: `f: cold_starts / invocations`.
    pub metric: String,
    /// How many rows have it.
    pub rows: usize,
    /// Our mean absolute error, as a share.
    pub mape: f64,
    /// Who else predicts it.
    pub by: String,
    /// And with what mean absolute error.
    pub theirs: f64,
}

/// Each comparison once, in the order of the files; what no row has is left out.
pub fn beside(trials: &[Trial], rows: &[Row]) -> Vec<Beside> {
    let mut found: Vec<Beside> = Vec::new();
    for (trial, row) in trials.iter().zip(rows) {
        for rival in &trial.expectations.compared_with {
            let is_known = |one: &Beside| one.id == row.id && one.metric == rival.metric && one.by == rival.by;
            let of_row = |other: &Row| other.metrics.iter().filter(|metric| metric.metric == rival.metric).filter_map(|metric| metric.error).next();
            let errors: Vec<f64> = rows.iter().filter(|other| other.id == row.id).filter_map(of_row).map(f64::abs).collect();
            if !errors.is_empty() && !found.iter().any(is_known) {
                found.push(Beside {
                    id: row.id.clone(),
                    metric: rival.metric.clone(),
                    rows: errors.len(),
                    mape: errors.iter().sum::<f64>() / errors.len() as f64,
                    by: rival.by.clone(),
                    theirs: rival.mape.as_fraction(),
                });
            }
        }
    }
    found
}
