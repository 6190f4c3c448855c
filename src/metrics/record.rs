//! A run's measurements when it is over: plain, cloneable data with names, in the order of registration.
//!
//! The recorder fills what it measured; the engine adds what only it knows (events, fingerprint, tallies). Nothing here depends on the wall
//! clock or on the machine.

use super::batch::{BATCHES, level_half_width};
use super::{Answers, Batch, Distribution, Window, Witness};
use crate::units::Time;

/// All that was measured.
#[derive(Clone, Debug, Default)]
pub struct Record {
    pub seed: u64,
    /// As asked for; `simulated` is how far the run came.
    pub duration: Time,
    pub simulated: Time,
    pub warm_up: Time,
    pub events: u64,
    pub fingerprint: u64,
    /// Why the run ended before its time, as a sentence's end: "after 1,000,000 events, as asked".
    pub stopped_early: Option<String>,
    /// The width of the windows of all series, and when each ended.
    pub window: Time,
    pub window_ends: Vec<Time>,
    pub nodes: Vec<NodeRecord>,
    pub routes: Vec<RouteRecord>,
    pub limits: Vec<LimitRecord>,
    /// A sample of requests that began after the warm-up, where one was asked for.
    pub witnesses: Vec<Witness>,
}

impl Record {
    /// Whether all load is the same from the warm-up to the end.
    pub fn is_steady(&self) -> bool {
        !self.routes.is_empty() && self.routes.iter().all(|route| route.steady)
    }

    /// The windows of the measured time: wholly after the warm-up, and not after the duration.
    pub fn measured_windows(&self) -> std::ops::Range<usize> {
        let after = |time: Time| self.window_ends.partition_point(|end| *end <= time);
        after(self.warm_up)..after(self.duration).max(after(self.warm_up))
    }

    /// How long a window is, in seconds.
    pub fn window_s(&self, window: usize) -> f64 {
        let begin = if window == 0 { Time::ZERO } else { self.window_ends[window - 1] };
        (self.window_ends[window] - begin).as_secs_f64()
    }

    /// Sums of (x, n) over the windows of thirty equal stretches of the measured time; empty where there are fewer windows or the run stopped early.
    pub fn batched(&self, of: impl Fn(usize) -> (f64, f64)) -> Vec<(f64, f64)> {
        let windows = self.measured_windows();
        if windows.len() < BATCHES || self.simulated < self.duration {
            return Vec::new();
        }
        let mut sums = vec![(0.0, 0.0); BATCHES];
        for (at, window) in windows.clone().enumerate() {
            let (sum, (x, n)) = (&mut sums[at * BATCHES / windows.len()], of(window));
            *sum = (sum.0 + x, sum.1 + n);
        }
        sums
    }

    /// Half of the 95 % interval of a level's mean; none where the load is not steady, or there are too few windows.
    pub fn level_half_width(&self, gauge: &GaugeRecord) -> Option<f64> {
        let half = self.is_steady().then(|| level_half_width(&self.level_batches(&gauge.window_means))).flatten();
        half.map(|half| gauge.scaled(half))
    }

    /// The integral of a level, by its means in windows, and the time, of thirty equal stretches of the measured time.
    pub fn level_batches(&self, window_means: &[f32]) -> Vec<(f64, f64)> {
        let mean = |window: usize| f64::from(window_means.get(window).copied().unwrap_or(0.0));
        self.batched(|window| (mean(window) * self.window_s(window), self.window_s(window)))
    }
}

/// Conservation: arrived = ok + failed + in flight, over the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub arrived: u64,
    pub ok: u64,
    pub failed: u64,
    pub in_flight: u64,
}

#[derive(Clone, Debug, Default)]
pub struct NodeRecord {
    pub name: String,
    pub kind: &'static str,
    /// Filled by the engine.
    pub tally: Tally,
    /// Calls that arrived after the warm-up; 0 where nobody counts them.
    pub arrived: u64,
    pub counters: Vec<CounterRecord>,
    pub gauges: Vec<GaugeRecord>,
    pub latencies: Vec<LatencyRecord>,
}

impl GaugeRecord {
    /// A kept level in the unit of its name.
    pub fn scaled(&self, level: f64) -> f64 {
        level / f64::from(self.per)
    }
}

impl CounterRecord {
    /// Since the warm-up.
    pub fn value(&self) -> f64 {
        self.sum as f64 / f64::from(self.per)
    }
}

#[derive(Clone, Debug)]
pub struct CounterRecord {
    /// As CloudWatch calls it.
    pub name: &'static str,
    /// The part of the node that it is of, as a dimension of CloudWatch's: the name of an index; `None`: the node as a whole.
    pub dimension: Option<String>,
    /// How many of what is counted make one of what the name says.
    pub per: u32,
    /// Since the warm-up, in parts.
    pub sum: u64,
    /// The same by workload, and behind the last one what nobody's work added; empty where it is not kept so.
    pub by_workload: Vec<u64>,
    /// By window, in parts, whole run; zeros at the end are left away.
    pub windows: Vec<f32>,
}

#[derive(Clone, Debug)]
pub struct GaugeRecord {
    pub name: &'static str,
    /// How many of what is kept make one of what the name says: 1,000 where seconds are kept in ms.
    pub per: u32,
    /// The last change of the level.
    pub changed: Time,
    /// Since the warm-up, weighted by time.
    pub mean: f64,
    pub max: u64,
    /// When the run ended.
    pub last: u64,
    /// By window, whole run.
    pub window_means: Vec<f32>,
    pub window_maxima: Vec<u32>,
}

#[derive(Clone, Debug)]
pub struct LatencyRecord {
    pub name: &'static str,
    /// Since the warm-up.
    pub distribution: Distribution,
    /// Thirty equal stretches of the measured time; empty where the load is not steady.
    pub batches: Vec<Batch>,
}

#[derive(Clone, Debug)]
pub struct RouteRecord {
    pub workload: String,
    pub route: String,
    /// The node that the workload calls.
    pub node: usize,
    pub answers: Answers,
    /// Whole run.
    pub windows: Vec<Window>,
    /// Requests without a final answer when the run ended.
    pub in_flight: u64,
    /// Whether the load is the same from the warm-up to the end, so that a mean has an interval.
    pub steady: bool,
}

impl Answers {
    /// Those of several routes together, at least one.
    pub fn of_all(routes: &[&RouteRecord]) -> Self {
        let mut total = routes[0].answers.clone();
        routes[1..].iter().for_each(|route| total.merge(&route.answers));
        total
    }
}

#[derive(Clone, Debug)]
pub struct LimitRecord {
    pub node: usize,
    /// Its stable name, such as `table_write_provisioned`.
    pub name: &'static str,
    /// Its name in a sentence: "`orders`' write capacity (20 WCU)".
    pub phrase: String,
    /// Refusals since the warm-up.
    pub refused: u64,
    /// By window, whole run; zeros at the end are left away.
    pub windows: Vec<u32>,
}
