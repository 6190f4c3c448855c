//! Paired differences: what one world has more than another, run by run with the same luck.
//!
//! ```text
//! dᵢ = otherᵢ − baseᵢ        mean(d) ± t(0.975, n−1) · s(d) / √n        p of the t test that the mean is zero
//! ```
//!
//! Runs of the same seed meet the same arrivals and the same luck, so what both share cancels (common random numbers: Law, Simulation Modeling and Analysis,
//! 5th ed., 2015, §11.2). Of many figures some differ by chance; those that are said to differ do so together with 95 % confidence, by Holm's step-down procedure
//! (Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979).

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::study::{Replication, t_975};

/// Figures of workloads that sentences are made of.
const OF_WORKLOADS: &[&str] = &["requests", "error_rate", "throttle_rate", "goodput", "mean", "p(50)", "p(99)", "p(99, end_to_end)"];
/// Endings of figures of nodes that sentences are made of.
const OF_NODES: &[&str] = &["throttles", "throttled_requests", "throttle_events", "throttled_count", "cold_starts", "dead_lettered_messages"];
/// The share of chances that some sentence is wrong.
const LEVEL: f64 = 0.05;

/// What a figure is in both worlds, and by how much it differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub subject: String,
    pub metric: String,
    /// `s`, `share`, `1/s`, `usd` or `count`.
    pub unit: String,
    /// Means over the runs that measured it in both worlds.
    pub base: f64,
    pub other: f64,
    /// `other` − `base`.
    pub difference: f64,
    /// Half of its 95 % interval; null where one pair of runs measured it.
    pub half_width: Option<f64>,
    /// Half of the interval that as many independent runs would have: what pairing saves. Null likewise.
    pub unpaired_half_width: Option<f64>,
    /// How likely so large a difference is by chance; null where one pair measured it.
    pub p: Option<f64>,
    /// Pairs of runs.
    pub pairs: usize,
    /// Whether sentences are made of it.
    pub key: bool,
    /// Of those: whether it differs, all of them taken together.
    pub significant: bool,
}

/// The differences of all figures, in the order in which they are met; those that both worlds have.
pub fn differences(base: &[Replication], other: &[Replication], workloads: &[String]) -> Vec<Difference> {
    let mut names: Vec<(String, String, &'static str)> = Vec::new();
    for figure in base.iter().chain(other).flat_map(|run| &run.figures) {
        if !names.iter().any(|(subject, metric, _)| *subject == figure.subject && *metric == figure.metric) {
            names.push((figure.subject.clone(), figure.metric.clone(), figure.unit));
        }
    }
    let of = |run: &Replication, subject: &str, metric: &str| {
        run.figures.iter().find(|figure| figure.subject == subject && figure.metric == metric).map(|figure| figure.value)
    };
    let mut found = Vec::new();
    for (subject, metric, unit) in names {
        let pairs = base.iter().zip(other).filter_map(|(a, b)| Some((of(a, &subject, &metric)?, of(b, &subject, &metric)?)));
        let pairs: Vec<(f64, f64)> = pairs.collect();
        if !pairs.is_empty() {
            let key = is_key(&subject, &metric, workloads);
            found.push(Difference::of_pairs(subject, metric, unit, &pairs, key));
        }
    }
    judge(&mut found);
    found
}

fn is_key(subject: &str, metric: &str, workloads: &[String]) -> bool {
    match () {
        () if subject == crate::scenario::TOTAL => metric == crate::scenario::COST_MONTHLY,
        () if workloads.iter().any(|workload| workload == subject) => OF_WORKLOADS.contains(&metric),
        () => !subject.contains(' ') && OF_NODES.iter().any(|end| metric.ends_with(end)),
    }
}

impl Difference {
    /// Of pairs of runs with the same luck: before and after.
    pub fn of_pairs(subject: String, metric: String, unit: &str, pairs: &[(f64, f64)], key: bool) -> Self {
        let n = pairs.len() as f64;
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
        let (base, other) = (mean(&|pair| pair.0), mean(&|pair| pair.1));
        let by = mean(&|(a, b)| b - a);
        let variance = |of: &dyn Fn(&(f64, f64)) -> f64, mean: f64| pairs.iter().map(|pair| (of(pair) - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let several = pairs.len() > 1;
        let error = several.then(|| (variance(&|(a, b)| b - a, by) / n).sqrt());
        let apart = several.then(|| ((variance(&|pair| pair.0, base) + variance(&|pair| pair.1, other)) / n).sqrt());
        let p = error.map(|error| chance(by, error, pairs.len() - 1));
        Self {
            subject,
            metric,
            unit: unit.to_owned(),
            base,
            other,
            difference: by,
            half_width: error.map(|error| t_975(pairs.len() - 1) * error),
            unpaired_half_width: apart.map(|error| t_975(2 * (pairs.len() - 1)) * error),
            p,
            pairs: pairs.len(),
            key,
            significant: false,
        }
    }
}

/// Of the t test, on both sides. What is the same in all pairs is no chance.
fn chance(mean: f64, error: f64, degrees: usize) -> f64 {
    if mean == 0.0 {
        return 1.0;
    }
    // Sums of floating-point numbers differ in their last digits.
    if error <= 1e-12 * mean.abs() {
        return 0.0;
    }
    StudentsT::new(0.0, 1.0, degrees as f64).map_or(1.0, |t| 2.0 * t.sf((mean / error).abs()))
}

/// Holm: the smallest of m must be below 5 % ÷ m, the next below 5 % ÷ (m − 1), and so on until one is not.
pub fn judge(found: &mut [Difference]) {
    let mut order: Vec<usize> = (0..found.len()).filter(|at| found[*at].key && found[*at].p.is_some()).collect();
    order.sort_by(|a, b| found[*a].p.unwrap_or(1.0).total_cmp(&found[*b].p.unwrap_or(1.0)));
    let all = order.len();
    for (rank, at) in order.into_iter().enumerate() {
        if found[at].p.is_none_or(|p| p > LEVEL / (all - rank) as f64) {
            break;
        }
        found[at].significant = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Figure;

    fn runs(values: &[f64]) -> Vec<Replication> {
        let figure = |value: &f64| Figure { subject: "w".into(), metric: "p(99)".into(), unit: "s", value: *value, half_width: None };
        let run = |value: &f64| Replication {
            seed: 1,
            fingerprint: String::new(),
            events: 0,
            stopped_early: None,
            figures: vec![figure(value)],
            thresholds: Vec::new(),
        };
        values.iter().map(run).collect()
    }

    #[test]
    fn the_interval_and_its_chance_are_those_of_the_paired_t_test() {
        // By hand: d = 2, 3, 1, 5; standard error 0.85391; t(0.975, 3) = 3.18245; p = 1 − 2/π · (x ÷ (1 + x²) + arctan x) with x = t ÷ √3 = 1.85934.
        let found = differences(&runs(&[10.0, 12.0, 10.0, 13.0]), &runs(&[12.0, 15.0, 11.0, 18.0]), &["w".into()]);
        let one = &found[0];
        assert_eq!((one.difference, one.base, one.other, one.pairs), (2.75, 11.25, 14.0, 4));
        assert!((one.half_width.unwrap() - 2.71753).abs() < 0.001, "{one:?}");
        assert!((one.p.unwrap() - 0.048567).abs() < 0.000_001, "{one:?}");
        assert!(one.significant);
    }

    #[test]
    fn what_is_the_same_in_every_pair_is_significant_only_where_it_differs() {
        let (same, other) = (runs(&[3.0, 4.0, 5.0]), runs(&[4.0, 5.0, 6.0]));
        assert!(!differences(&same, &same, &["w".into()])[0].significant);
        assert!(differences(&same, &other, &["w".into()])[0].significant);
    }

    #[test]
    fn one_pair_says_nothing_of_chance() {
        let one = &differences(&runs(&[1.0]), &runs(&[2.0]), &["w".into()])[0];
        assert_eq!((one.half_width, one.p, one.significant), (None, None, false));
    }
}
