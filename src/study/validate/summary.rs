//! All rows together: how many figures are near enough, and how far off they are in the mean.
//!
//! ```text
//! MAPE = Σ |error| ÷ n        over the scored figures that have an error: a measured value other than zero, and a simulated one
//! ```
//!
//! A row of two services counts for both; over all services it counts once. A series counts as one figure.

use serde::{Deserialize, Serialize};

use super::{Metric, Row, Verdict};

/// Some of the figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Null: all of them.
    pub service: Option<String>,
    /// `emergent`, `calibration` or `rule`.
    pub role: String,
    /// Files and cases.
    pub rows: usize,
    pub scored: usize,
    pub inside: usize,
    /// How many have an error.
    pub errors: usize,
    /// Mean absolute error, as a share.
    pub mape: Option<f64>,
    /// The middle one, or the mean of the two in the middle.
    pub median: Option<f64>,
}

/// What all rows say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub rows: usize,
    pub metrics: usize,
    pub scored: usize,
    pub inside: usize,
    /// By role over all services, then by service and role.
    pub groups: Vec<Group>,
}

const ROLES: [&str; 3] = ["emergent", "calibration", "rule"];

impl Summary {
    pub fn of(rows: &[Row]) -> Self {
        let mut services: Vec<&str> = rows.iter().flat_map(|row| row.services.iter().map(String::as_str)).collect();
        services.sort_unstable();
        services.dedup();
        let of = |service: Option<&str>| ROLES.iter().filter_map(move |role| group(rows, service, role)).collect::<Vec<_>>();
        let all = || rows.iter().flat_map(|row| &row.metrics);
        Self {
            rows: rows.len(),
            metrics: all().count(),
            scored: all().filter(|metric| metric.scored).count(),
            inside: all().filter(|metric| metric.verdict == Verdict::Pass).count(),
            groups: std::iter::once(None).chain(services.into_iter().map(Some)).flat_map(of).collect(),
        }
    }

    /// The group of a role over all services.
    pub fn role(&self, role: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.service.is_none() && group.role == role)
    }
}

/// None where there are no such rows.
fn group(rows: &[Row], service: Option<&str>, role: &str) -> Option<Group> {
    let is_meant = |row: &&Row| row.role == role && service.is_none_or(|service| row.services.iter().any(|own| own == service));
    let meant: Vec<&Row> = rows.iter().filter(is_meant).collect();
    let scored: Vec<&Metric> = meant.iter().flat_map(|row| &row.metrics).filter(|metric| metric.scored).collect();
    let mut errors: Vec<f64> = scored.iter().filter_map(|metric| metric.error).map(f64::abs).collect();
    errors.sort_by(f64::total_cmp);
    (!meant.is_empty()).then(|| Group {
        service: service.map(str::to_owned),
        role: role.into(),
        rows: meant.len(),
        scored: scored.len(),
        inside: scored.iter().filter(|metric| metric.verdict == Verdict::Pass).count(),
        errors: errors.len(),
        mape: (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64),
        median: median(&errors),
    })
}

/// Of values in their order.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}
