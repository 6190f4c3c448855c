//! What a threshold measures over a stretch of the run: by the windows that lie wholly within it.
//!
//! ```text
//! goodput = Σ ok / Σ length        error_rate = Σ failed / Σ (ok + failed)        a counter: its sum        a level: its highest
//! ```
//!
//! The warm-up cuts nothing from a stretch. Quantiles and means are left out, as windows keep no histogram.

use super::names::snake_case;
use crate::metrics::{NodeRecord, Record, RouteRecord};
use crate::units::Time;
use std::ops::Range;

/// A stretch as thresholds write it: `10m..50m`.
pub(super) fn parse(text: &str) -> Option<Range<Time>> {
    let (from, until) = text.split_once("..")?;
    Some(Time::parse(from).ok()?..Time::parse(until).ok()?)
}

/// The windows within a stretch, and how long they are together, in seconds.
fn windows(record: &Record, stretch: &Range<Time>) -> (Vec<usize>, f64) {
    let starts = std::iter::once(Time::ZERO).chain(record.window_ends.iter().copied());
    let (mut found, mut length) = (Vec::new(), 0.0);
    for (at, (start, end)) in starts.zip(record.window_ends.iter().copied()).enumerate() {
        if start >= stretch.start && end <= stretch.end {
            found.push(at);
            length += (end - start).as_secs_f64();
        }
    }
    (found, length)
}

/// A metric of clients over a stretch.
pub(super) fn of_clients(record: &Record, routes: &[&RouteRecord], metric: &str, stretch: &Range<Time>) -> Option<f64> {
    let (within, length) = windows(record, stretch);
    let all = || routes.iter().flat_map(|route| within.iter().filter_map(|at| route.windows.get(*at)));
    let offered: f64 = all().map(|window| f64::from(window.offered)).sum();
    let ok: f64 = all().map(|window| f64::from(window.ok)).sum();
    let failed: f64 = all().map(|window| f64::from(window.failed)).sum();
    match metric {
        _ if within.is_empty() => None,
        "error_rate" => Some(failed / (ok + failed)).filter(|share| share.is_finite()),
        "goodput" => Some(ok / length),
        "request_rate" => Some(offered / length),
        _ => None,
    }
}

/// A metric of a node over a stretch.
pub(super) fn of_node(record: &Record, node: &NodeRecord, metric: &str, stretch: &Range<Time>) -> Option<f64> {
    let (within, _) = windows(record, stretch);
    if within.is_empty() {
        return None;
    }
    if let Some(counter) = node.counters.iter().find(|c| c.dimension.is_none() && snake_case(c.name) == metric) {
        let sum: f64 = within.iter().filter_map(|at| counter.windows.get(*at)).map(|n| f64::from(*n)).sum();
        return Some(sum / f64::from(counter.per));
    }
    let gauge = node.gauges.iter().find(|g| snake_case(g.name) == metric)?;
    within.iter().filter_map(|at| gauge.window_maxima.get(*at)).max().map(|most| gauge.scaled(*most as f64))
}
