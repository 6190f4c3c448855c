//! As many replications as were asked for, or as many as it takes: every figure with its interval, and how precise those are that matter.
//!
//! ```text
//! seeds 1, 2, 3 … ──runs, in order──▶ stop at the first n ≥ 10 where  h(n) ÷ |mean(n)| ≤ γ ÷ (1 + γ)  of every figure that is followed
//! ```
//!
//! h(n) is half of the 95 % interval. With γ ÷ (1 + γ) rather than γ the error is at most γ of the *true* value where the interval holds (Law, Simulation
//! Modeling and Analysis, 5th ed., 2015, §9.4.1, who advises at least ten runs). Runs are looked at in the order of their numbers, so that as many are made on any
//! number of threads; what other threads had begun is thrown away.

mod chart;
mod text;

use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::document::Diagnostic;
use crate::report::Figure;
use crate::scenario::{COST_MONTHLY, Sources, TOTAL};

use super::{Estimate, Header, How, Job, Pick, Replicated, Replication, World, run_each, seeds, t_975};

/// The format's name and version.
pub const FORMAT: &str = "coldfront.replicate/1";
/// Runs before which it is not looked whether they are enough.
pub const LEAST: usize = 10;

/// When there are enough.
#[derive(Clone, Debug, PartialEq)]
pub enum Enough {
    /// So many.
    Runs(usize),
    /// As many as it takes until half of the interval is at most this share, or so many.
    Within { share: f64, most: usize },
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replications {
    #[serde(flatten)]
    pub study: Header,
    /// The scenario's name.
    pub scenario: String,
    /// The share that half of an interval may be of its mean; null where the number of runs was given.
    pub precision: Option<f64>,
    /// The figures that are followed.
    pub followed: Vec<Followed>,
    #[serde(flatten)]
    pub all: Replicated,
    /// Whether it was interrupted, so that there are fewer runs than were asked for.
    pub interrupted: bool,
}

/// How precise a figure became, run by run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Followed {
    pub subject: String,
    pub metric: String,
    /// Half of the interval as a share of the mean, after two runs, after three, …; null where the mean is zero or the figure was not measured twice.
    pub course: Vec<Option<f64>>,
}

/// Mean and spread of a figure, kept run by run (Welford 1962).
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    n: usize,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.n += 1;
        let off = value - self.mean;
        self.mean += off / self.n as f64;
        self.squares += off * (value - self.mean);
    }

    /// Half of the interval as a share of the mean; zero where all values are the same.
    fn relative(&self) -> Option<f64> {
        if self.n < 2 {
            return None;
        }
        if self.squares == 0.0 {
            return Some(0.0);
        }
        let error = (self.squares / (self.n - 1) as f64 / self.n as f64).sqrt();
        (self.mean != 0.0).then(|| t_975(self.n - 1) * error / self.mean.abs())
    }
}

/// What is followed while runs come in.
struct Watch {
    picks: Vec<Pick>,
    moments: Vec<Moments>,
    courses: Vec<Vec<Option<f64>>>,
}

impl Watch {
    fn new(picks: Vec<Pick>) -> Self {
        let many = picks.len();
        Self { picks, moments: vec![Moments::default(); many], courses: vec![Vec::new(); many] }
    }

    fn add(&mut self, run: &Replication, first: bool) {
        for ((pick, moments), course) in self.picks.iter().zip(&mut self.moments).zip(&mut self.courses) {
            pick.value(run).into_iter().for_each(|value| moments.add(value));
            if !first {
                course.push(moments.relative());
            }
        }
    }

    fn is_within(&self, share: f64) -> bool {
        let bound = share / (1.0 + share);
        self.moments.iter().all(|moments| moments.relative().is_some_and(|own| own <= bound))
    }

    fn followed(self) -> Vec<Followed> {
        let of = |(pick, course): (Pick, Vec<Option<f64>>)| Followed { subject: pick.subject, metric: pick.metric, course };
        self.picks.into_iter().zip(self.courses).map(of).collect()
    }
}

impl Replications {
    /// Runs a world until there are enough runs. `names` are the figures to be followed; with none these are the p99 of every workload and the month's costs.
    ///
    /// # Errors
    /// E186 where a name is of no figure that the first run measured, with the text that it points into.
    pub fn of(study: Header, world: &World, enough: &Enough, names: &[String], how: &How) -> Result<Self, Vec<(Diagnostic, Sources)>> {
        let (most, precision) = match enough {
            Enough::Runs(runs) => (*runs, None),
            Enough::Within { share, most } => (*most, Some(*share)),
        };
        let seeds = seeds(world.scenario.seed, most);
        let jobs: Vec<Job> = seeds.iter().map(|seed| Job { world: 0, seed: *seed }).collect();
        let done = AtomicBool::new(false);
        let stop = || (how.stop)() || done.load(Ordering::Relaxed);
        let (mut runs, mut watch, mut wrong): (Vec<Replication>, Watch, _) = (Vec::new(), Watch::new(Vec::new()), Vec::new());
        run_each(std::slice::from_ref(world), &jobs, &How { stop: &stop, ..*how }, |number, run| {
            if done.load(Ordering::Relaxed) {
                return;
            }
            if number == 0 {
                let (found, unknown) = picks(names, &run.figures, &workloads(world));
                (watch, wrong) = (Watch::new(found), unknown);
            }
            watch.add(&run, number == 0);
            runs.push(run);
            let reached = runs.len() >= LEAST && precision.is_some_and(|share| watch.is_within(share));
            done.store(reached || !wrong.is_empty(), Ordering::Relaxed);
        });
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let interrupted = !done.into_inner() && runs.len() < most;
        let study = Header { seeds: seeds[..runs.len()].to_vec(), ..study };
        let scenario = world.scenario.name.clone();
        Ok(Self { study, scenario, precision, followed: watch.followed(), all: Replicated::of(&runs), interrupted })
    }

    /// Whether every figure that is followed is as precise as was asked for.
    pub fn is_precise(&self) -> bool {
        let Some(share) = self.precision else { return true };
        self.followed.iter().all(|one| one.reached().is_some_and(|own| own <= share / (1.0 + share)))
    }

    /// Whether every threshold held in every run.
    pub fn passed(&self) -> bool {
        self.all.thresholds.iter().all(|one| one.held == one.of)
    }

    /// As `coldfront.replicate/1`.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// One row a figure.
    pub fn csv(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        let mut put = |row: [String; 8]| out.write_record(row).unwrap_or(());
        put(["subject", "metric", "unit", "mean", "half_width", "min", "max", "runs"].map(str::to_owned));
        for one in &self.all.estimates {
            let Estimate { subject, metric, unit, runs, mean, half_width, min, max } = one;
            let half = half_width.map_or_else(String::new, |half| half.to_string());
            put([subject.clone(), metric.clone(), unit.clone(), mean.to_string(), half, min.to_string(), max.to_string(), runs.to_string()]);
        }
        String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
    }
}

impl Followed {
    /// Half of the interval as a share of the mean, after all runs.
    pub fn reached(&self) -> Option<f64> {
        self.course.last().copied().flatten()
    }
}

fn workloads(world: &World) -> Vec<String> {
    world.scenario.workloads.iter().map(|(name, _)| name.value.clone()).collect()
}

fn picks(names: &[String], figures: &[Figure], workloads: &[String]) -> (Vec<Pick>, Vec<(Diagnostic, Sources)>) {
    let mut wrong = Vec::new();
    if !names.is_empty() {
        let found = names.iter().filter_map(|name| Pick::of(name, figures).map_err(|error| wrong.push(*error)).ok()).collect();
        return (found, wrong);
    }
    let has = |subject: &str, metric: &str| figures.iter().any(|figure| figure.subject == subject && figure.metric == metric);
    let own = workloads.iter().map(|workload| (workload.as_str(), "p(99)")).chain([(TOTAL, COST_MONTHLY)]);
    let pick = |(subject, metric): (&str, &str)| Pick { subject: subject.to_owned(), metric: metric.to_owned() };
    (own.filter(|(subject, metric)| has(subject, metric)).map(pick).collect(), wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_that_of_students_interval() {
        // R: t.test(c(9, 10, 11, 14))$conf.int gives 7.562 to 14.438 around 11.
        let mut moments = Moments::default();
        [9.0, 10.0, 11.0, 14.0].into_iter().for_each(|value| moments.add(value));
        assert!((moments.relative().expect("four") - 3.4374 / 11.0).abs() < 1e-4, "{moments:?}");
    }

    #[test]
    fn what_never_varies_is_precise_and_what_is_zero_on_average_never_is() {
        let of = |values: &[f64]| {
            let mut moments = Moments::default();
            values.iter().for_each(|value| moments.add(*value));
            moments.relative()
        };
        assert_eq!((of(&[3.0, 3.0]), of(&[0.0, 0.0]), of(&[-1.0, 1.0]), of(&[1.0])), (Some(0.0), Some(0.0), None, None));
    }
}
