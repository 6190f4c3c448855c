//! What windows keep of a metric, and what it is over some of them.
//!
//! ```text
//! goodput = Σ ok / Σ length        error_rate = Σ failed / Σ (ok + failed)        p(q) = Σ ok · pᵢ / Σ ok, an approximation
//! a counter: its sum               a level: its highest, its mean weighted by time, or the least of its windows' means
//! ```
//!
//! The warm-up cuts nothing from a stretch. Windows keep no histogram, so quantiles other than theirs are left out.

use super::threshold::is_route;
use crate::metrics::names::snake_case;
use crate::metrics::{CounterRecord, GaugeRecord, Record, RouteRecord, Window};
use crate::scenario::{Metric, Statistic};
use crate::units::Time;
use std::ops::Range;

/// The numbers of the windows that lie wholly within a stretch.
pub(super) fn within(record: &Record, stretch: &Range<Time>) -> Range<usize> {
    let ends = &record.window_ends;
    let first = if stretch.start == Time::ZERO { 0 } else { ends.partition_point(|end| *end < stretch.start) + 1 };
    first..ends.partition_point(|end| *end <= stretch.end).max(first)
}

/// A metric, as windows keep it.
pub(super) enum Kept<'r> {
    Clients(Vec<&'r RouteRecord>, &'r Metric),
    Counter(&'r CounterRecord),
    Level(&'r GaugeRecord, Statistic),
    Ratio(Box<(Kept<'r>, Kept<'r>)>),
}

impl<'r> Kept<'r> {
    /// A metric of a workload, route or node; nothing where windows do not keep it.
    pub fn of(record: &'r Record, target: &str, metric: &'r Metric) -> Option<Self> {
        if let Metric::Ratio(both) = metric {
            return Some(Self::Ratio(Box::new((Self::of(record, target, &both.0)?, Self::of(record, target, &both.1)?))));
        }
        let routes: Vec<&RouteRecord> = record.routes.iter().filter(|route| is_route(route, target)).collect();
        if !routes.is_empty() {
            return Some(Self::Clients(routes, metric));
        }
        let (name, statistic) = match metric {
            Metric::Node(name) => (*name, Statistic::Max),
            Metric::Of(statistic, name) => (*name, *statistic),
            _ => return None,
        };
        let node = record.nodes.iter().find(|node| node.name == target)?;
        let is_plain = matches!(metric, Metric::Node(_));
        let counter = node.counters.iter().find(|counter| is_plain && counter.dimension.is_none() && snake_case(counter.name) == name);
        let level = || node.gauges.iter().find(|gauge| snake_case(gauge.name) == name).map(|gauge| Self::Level(gauge, statistic));
        counter.map(Self::Counter).or_else(level)
    }

    /// The same, of a level whose highest value would be taken its mean.
    pub fn averaged(self) -> Self {
        match self {
            Self::Level(gauge, _) => Self::Level(gauge, Statistic::Mean),
            other => other,
        }
    }

    /// Over the windows of these numbers.
    pub fn over(&self, record: &Record, windows: &Range<usize>) -> Option<f64> {
        if windows.is_empty() {
            return None;
        }
        match self {
            Self::Clients(routes, metric) => {
                let all = || routes.iter().flat_map(|route| windows.clone().filter_map(|at| route.windows.get(at)));
                of_clients(&all, windows.clone().map(|at| length(record, at)).sum(), metric)
            }
            Self::Counter(counter) => {
                let sum: f64 = windows.clone().filter_map(|at| counter.windows.get(at)).map(|n| f64::from(*n)).sum();
                Some(sum / f64::from(counter.per))
            }
            Self::Level(gauge, statistic) => level(record, gauge, *statistic, windows).map(|level| gauge.scaled(level)),
            Self::Ratio(both) => {
                let under = both.1.over(record, windows).filter(|under| *under != 0.0)?;
                Some(both.0.over(record, windows)? / under)
            }
        }
    }
}

/// The length of a window, in seconds.
fn length(record: &Record, at: usize) -> f64 {
    let start = at.checked_sub(1).map_or(Time::ZERO, |before| record.window_ends[before]);
    (record.window_ends[at] - start).as_secs_f64()
}

fn level(record: &Record, gauge: &GaugeRecord, statistic: Statistic, windows: &Range<usize>) -> Option<f64> {
    let means = || windows.clone().filter_map(|at| Some((f64::from(*gauge.window_means.get(at)?), length(record, at))));
    match statistic {
        Statistic::Max => windows.clone().filter_map(|at| gauge.window_maxima.get(at)).max().map(|most| f64::from(*most)),
        Statistic::Min => means().map(|(mean, _)| mean).reduce(f64::min),
        Statistic::Mean => {
            let (area, time) = means().fold((0.0, 0.0), |(area, time), (mean, length)| (area + mean * length, time + length));
            Some(area / time).filter(|mean| mean.is_finite())
        }
        Statistic::Quantile(_) => None,
    }
}

fn of_clients<'w, I: Iterator<Item = &'w Window>>(all: &dyn Fn() -> I, length: f64, metric: &Metric) -> Option<f64> {
    let sum = |of: fn(&Window) -> u32| all().map(|window| f64::from(of(window))).sum::<f64>();
    let (offered, ok, failed) = (sum(|w| w.offered), sum(|w| w.ok), sum(|w| w.failed));
    match metric {
        Metric::ErrorRate => Some(failed / (ok + failed)).filter(|share| share.is_finite()),
        Metric::Goodput => Some(ok / length),
        Metric::RequestRate => Some(offered / length),
        Metric::Requests => Some(offered),
        Metric::Failures => Some(failed),
        Metric::Response(Statistic::Max) => all().filter(|window| window.ok > 0).map(|window| window.max.as_secs_f64()).reduce(f64::max),
        Metric::Response(Statistic::Quantile(share)) => {
            let weighted: f64 = all().map(|window| f64::from(window.ok) * quantile(window, *share).as_secs_f64()).sum();
            Some(weighted / ok).filter(|mean| mean.is_finite())
        }
        _ => None,
    }
}

/// One of the quantiles that windows keep.
fn quantile(window: &Window, share: f64) -> Time {
    match share {
        share if share < 0.7 => window.p50,
        share if share < 0.92 => window.p90,
        share if share < 0.97 => window.p95,
        _ => window.p99,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_within_a_stretch_are_those_that_lie_in_it_wholly() {
        let ends = [10, 20, 25, 35].map(Time::from_secs).to_vec();
        let record = Record { window_ends: ends, ..Record::default() };
        let within = |from, until| within(&record, &(Time::from_secs(from)..Time::from_secs(until)));
        assert_eq!([within(0, 35), within(0, 9), within(10, 25), within(11, 25), within(11, 24)], [0..4, 0..0, 1..3, 2..3, 2..2]);
        assert!(within(30, 99).is_empty() && within(35, 99).is_empty());
    }
}
