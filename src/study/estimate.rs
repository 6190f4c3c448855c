//! What replications say together: of every figure the mean over runs, with its 95 % interval.
//!
//! ```text
//! mean ± t(0.975, n−1) · s / √n        of n independent runs with the figures x₁ … xₙ;  s² = Σ(xᵢ − mean)² / (n − 1)
//! ```
//!
//! Runs are independent by their seeds, so the interval holds whatever correlation there is within a run; it is of the expectation of the figure, for a run
//! of this length. A figure that some runs did not measure is estimated from those that did, and says how many.

use serde::{Deserialize, Serialize};

use crate::report::{Figure, ThresholdResult};

use super::t_975;

/// One run of many.
#[derive(Clone, Debug, PartialEq)]
pub struct Replication {
    pub seed: u64,
    pub fingerprint: String,
    pub events: u64,
    pub stopped_early: Option<String>,
    pub figures: Vec<Figure>,
    pub thresholds: Vec<ThresholdResult>,
}

/// A figure over all runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub subject: String,
    pub metric: String,
    /// `s`, `share`, `1/s` or `count`.
    pub unit: String,
    /// In how many runs it was measured.
    pub runs: usize,
    pub mean: f64,
    /// Half of the 95 % interval of the mean; null where one run measured it.
    pub half_width: Option<f64>,
    pub min: f64,
    pub max: f64,
}

/// A threshold over all runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    pub target: String,
    pub metric: String,
    /// `<`, `<=`, `>` or `>=`.
    pub op: String,
    pub unit: String,
    pub bound: f64,
    /// In how many of the runs it held.
    pub held: usize,
    pub of: usize,
}

/// Who ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    pub seed: u64,
    pub fingerprint: String,
    pub events: u64,
    pub stopped_early: Option<String>,
}

/// All that replications say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replicated {
    /// Of the intervals: 0.95.
    pub confidence: f64,
    /// In the order of their numbers.
    pub runs: Vec<Who>,
    pub estimates: Vec<Estimate>,
    pub thresholds: Vec<Held>,
}

impl Replicated {
    /// Folds runs in their order.
    pub fn of(runs: &[Replication]) -> Self {
        let who = |run: &Replication| Who {
            seed: run.seed,
            fingerprint: run.fingerprint.clone(),
            events: run.events,
            stopped_early: run.stopped_early.clone(),
        };
        Self { confidence: 0.95, runs: runs.iter().map(who).collect(), estimates: estimates(runs), thresholds: held(runs) }
    }

    /// The estimate of a figure.
    pub fn estimate(&self, subject: &str, metric: &str) -> Option<&Estimate> {
        self.estimates.iter().find(|estimate| estimate.subject == subject && estimate.metric == metric)
    }
}

/// In the order in which figures are first met.
fn estimates(runs: &[Replication]) -> Vec<Estimate> {
    let mut values: Vec<(&Figure, Vec<f64>)> = Vec::new();
    for run in runs {
        // Runs of one scenario have nearly the same list: the next figure is most often the next place.
        let mut at = 0;
        for figure in &run.figures {
            let same = |(known, _): &(&Figure, Vec<f64>)| known.subject == figure.subject && known.metric == figure.metric;
            let found = values[at.min(values.len())..].iter().position(same).map(|ahead| at + ahead).or_else(|| values.iter().position(same));
            match found {
                Some(place) => {
                    values[place].1.push(figure.value);
                    at = place + 1;
                }
                None => {
                    values.insert(at, (figure, vec![figure.value]));
                    at += 1;
                }
            }
        }
    }
    values.into_iter().map(|(figure, values)| estimate(figure, &values)).collect()
}

fn estimate(figure: &Figure, values: &[f64]) -> Estimate {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let half_width = (values.len() > 1).then(|| t_975(values.len() - 1) * (squares / (n - 1.0) / n).sqrt());
    Estimate {
        subject: figure.subject.clone(),
        metric: figure.metric.clone(),
        unit: figure.unit.into(),
        runs: values.len(),
        mean,
        half_width,
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
}

fn held(runs: &[Replication]) -> Vec<Held> {
    let Some(first) = runs.first() else { return Vec::new() };
    let at = |(number, one): (usize, &ThresholdResult)| Held {
        target: one.target.clone(),
        metric: one.metric.clone(),
        op: one.op.clone(),
        unit: one.unit.clone(),
        bound: one.bound,
        held: runs.iter().filter(|run| run.thresholds.get(number).is_some_and(|result| result.passed)).count(),
        of: runs.len(),
    };
    first.thresholds.iter().enumerate().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seed: u64, figures: &[(&str, f64)]) -> Replication {
        let figure =
            |(metric, value): &(&str, f64)| Figure { subject: "w".into(), metric: (*metric).into(), unit: "s", value: *value, half_width: None };
        let figures = figures.iter().map(figure).collect();
        Replication { seed, fingerprint: String::new(), events: 0, stopped_early: None, figures, thresholds: Vec::new() }
    }

    #[test]
    fn the_interval_is_students() {
        // R: t.test(c(9, 10, 11, 14))$conf.int gives 7.562 to 14.438.
        let runs: Vec<Replication> = [9.0, 10.0, 11.0, 14.0].into_iter().map(|x| run(1, &[("mean", x)])).collect();
        let estimate = &Replicated::of(&runs).estimates[0];
        assert_eq!((estimate.mean, estimate.min, estimate.max, estimate.runs), (11.0, 9.0, 14.0, 4));
        assert!((estimate.half_width.expect("four runs") - 3.4374).abs() < 0.001, "{estimate:?}");
    }

    #[test]
    fn what_one_run_did_not_measure_is_estimated_from_the_others_in_its_place() {
        let runs = [run(1, &[("a", 1.0), ("c", 3.0)]), run(2, &[("a", 1.0), ("b", 2.0), ("c", 5.0)])];
        let estimates = Replicated::of(&runs).estimates;
        let said: Vec<_> = estimates.iter().map(|e| (e.metric.as_str(), e.runs, e.mean)).collect();
        assert_eq!(said, [("a", 2, 1.0), ("b", 1, 2.0), ("c", 2, 4.0)]);
        assert_eq!(estimates[1].half_width, None);
    }

    #[test]
    fn intervals_cover_the_truth_95_times_in_100() {
        // Means of eight exponential values: skewed, and still close to nominal.
        let mut state = 9u64;
        let mut exponential = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            -(((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64).ln()
        };
        let mut covered = 0;
        for _ in 0..4000 {
            let runs: Vec<Replication> = (0..8).map(|_| run(1, &[("mean", (0..50).map(|_| exponential()).sum::<f64>() / 50.0)])).collect();
            let estimate = &Replicated::of(&runs).estimates[0];
            covered += usize::from((estimate.mean - 1.0).abs() <= estimate.half_width.expect("eight runs"));
        }
        // The standard error of a share of 95 % over 4,000 studies is 0.34 %.
        assert!((covered as f64 / 4000.0 - 0.95).abs() < 3.0 * 0.0034, "{covered}");
    }
}
