//! When a limit mattered: from the first to the last window in which it refuses a little and, with its neighbours, at least 1 % of what
//! clients offer.
//!
//! ```text
//! offered  ▂▂▂▂▂▂▃▆█▇▅▂▂▂▂▂▂
//! refused        ·▃█▆▂        from ─┬──┬─ until; "mostly" is the shortest stretch with four fifths of it
//! ```
//!
//! Neighbours are the three windows before and after: alone, one refusal in a quiet window would look like a tenth.

use crate::metrics::{LimitRecord, Record};
use crate::units::Time;
use std::ops::Range;

const SHARE: f64 = 0.01;
const NEIGHBOURS: usize = 3;
/// Fewer refusals than this within the neighbourhood are an accident.
const FEWEST: u64 = 3;

/// When a limit refused so much that it mattered.
#[derive(Clone, Debug, PartialEq)]
pub struct Strain {
    pub from: Time,
    pub until: Time,
    /// The shortest stretch with four fifths of the refusals, if that is much shorter than the whole.
    pub mostly: Option<Range<Time>>,
}

impl Strain {
    /// None where no window of the measured time is bad enough.
    pub fn of(record: &Record, limit: &LimitRecord) -> Option<Strain> {
        let windows = record.window_ends.partition_point(|end| *end <= record.warm_up)..limit.windows.len();
        let bad = |k: &usize| limit.windows[*k] > 0 && is_bad(record, limit, k.saturating_sub(NEIGHBOURS).max(windows.start)..k + NEIGHBOURS + 1);
        let (first, last) = (windows.clone().find(bad)?, windows.clone().rfind(bad)?);
        let (from, until) = (begin(record, first), record.window_ends[last]);
        let dense = densest(&limit.windows, windows, 0.8);
        let mostly = begin(record, dense.start)..record.window_ends[dense.end - 1];
        let is_much_shorter = 5 * (mostly.end - mostly.start).as_nanos() <= 2 * (until - from).as_nanos();
        Some(Strain { from, until, mostly: is_much_shorter.then_some(mostly) })
    }

    /// Whether it begins as soon as there is something to measure.
    pub fn starts(&self, record: &Record) -> bool {
        self.from.saturating_sub(record.warm_up) <= slack(record)
    }

    /// Whether it lasts to the end of the run.
    pub fn lasts(&self, record: &Record) -> bool {
        self.until.saturating_add(slack(record)) >= record.simulated.min(record.duration)
    }
}

fn is_bad(record: &Record, limit: &LimitRecord, stretch: Range<usize>) -> bool {
    let refused: u64 = stretch.clone().filter_map(|k| limit.windows.get(k)).map(|n| u64::from(*n)).sum();
    let offered = |k: usize| record.routes.iter().filter_map(|r| r.windows.get(k)).map(|w| u64::from(w.offered)).sum::<u64>();
    refused >= FEWEST.min(limit.refused) && refused as f64 >= SHARE * stretch.map(offered).sum::<u64>() as f64
}

/// Nearness to the ends of the run: a fiftieth of it.
fn slack(record: &Record) -> Time {
    record.window.max(Time::from_nanos(record.simulated.as_nanos() / 50))
}

fn begin(record: &Record, window: usize) -> Time {
    if window == 0 { Time::ZERO } else { record.window_ends[window - 1] }
}

/// The shortest range of windows that holds the given share of all counts.
fn densest(counts: &[u32], all: Range<usize>, share: f64) -> Range<usize> {
    let total: u64 = counts[all.clone()].iter().map(|n| u64::from(*n)).sum();
    let enough = ((share * total as f64).ceil() as u64).max(1);
    let (mut best, mut held, mut start) = (all.clone(), 0u64, all.start);
    for end in all {
        held += u64::from(counts[end]);
        while held >= enough + u64::from(counts[start]) {
            held -= u64::from(counts[start]);
            start += 1;
        }
        if held >= enough && end + 1 - start < best.len() {
            best = start..end + 1;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_densest_stretch_is_found() {
        assert_eq!(densest(&[1, 0, 5, 9, 5, 0, 1], 0..7, 0.8), 2..5);
        assert_eq!(densest(&[1, 1, 1, 1], 0..4, 0.8), 0..4);
        assert_eq!(densest(&[9, 0, 0, 1], 1..4, 0.8), 3..4);
    }
}
