//! The time series: a run is cut into at most 600 windows of a width that people use (10 ms, 20 ms, 50 ms, … 1 s, 2 s, 5 s, … 1 min, …), or into
//! windows of the width that its author chooses.
//!
//! A window keeps counts, a mean, five quantiles and a heat row of 48 log-spaced cells (0.1 ms to 100 s, eight to the decade). Completions count in the
//! window in which they happen, offers likewise. Left out: exact quantiles over several windows, which only the totals have.

use super::Cells;
use crate::units::Time;

pub const MOST_WINDOWS: u64 = 600;
/// Most windows where their width is chosen: a route keeps about 250 bytes of each.
pub const MOST_CHOSEN_WINDOWS: u64 = 10_000;
pub const HEAT_CELLS: usize = 48;

/// The upper ends of the heat cells but the last, in µs: 100 × 10^(i/8), to three digits. The first cell also holds what is faster.
pub const HEAT_EDGES: [u64; HEAT_CELLS - 1] = {
    const STEPS: [u64; 8] = [1000, 1334, 1778, 2371, 3162, 4217, 5623, 7499];
    let mut edges = [0; HEAT_CELLS - 1];
    let mut i = 0;
    while i < HEAT_CELLS - 1 {
        edges[i] = STEPS[(i + 1) % 8] * 10u64.pow(((i + 1) / 8) as u32) / 10;
        i += 1;
    }
    edges
};

/// Widths below an hour, in ms.
const WIDTHS: [u64; 18] =
    [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 1_800_000];

/// The narrowest nice width that cuts `duration` into no more than 600 windows; beyond half an hour whole hours.
pub fn width(duration: Time) -> Time {
    let least = duration.as_nanos().div_ceil(MOST_WINDOWS);
    let hour = 3_600_000_000_000;
    let nice = WIDTHS.into_iter().map(|ms| ms * 1_000_000).find(|ns| *ns >= least);
    Time::from_nanos(nice.unwrap_or_else(|| least.div_ceil(hour).saturating_mul(hour)))
}

/// One window of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Requests that clients began.
    pub offered: u32,
    /// Successful answers; the quantiles are theirs.
    pub ok: u32,
    /// Answers of every other class.
    pub failed: u32,
    /// Of the successful answers, within 0.4 %.
    pub mean: Time,
    pub p50: Time,
    pub p90: Time,
    pub p95: Time,
    pub p99: Time,
    pub max: Time,
    /// Successful answers by latency, see [`HEAT_EDGES`].
    pub heat: [u32; HEAT_CELLS],
}

impl Window {
    /// Closes a window over the latencies (µs) that were recorded in it: one walk.
    pub fn close(offered: u32, failed: u32, cells: &Cells, max: Time) -> Window {
        let total = cells.count();
        let ranks = [0.5, 0.9, 0.95, 0.99].map(|q: f64| ((q * total as f64).ceil() as u64).max(1));
        let (mut quantiles, mut next, mut heat, mut hot, mut seen, mut sum) = ([Time::ZERO; 4], 0, [0; HEAT_CELLS], 0, 0, 0);
        for (from, to, n) in cells.iter() {
            let middle = ((from + to - 1) / 2).min(max.as_micros());
            while hot < HEAT_CELLS - 1 && middle >= HEAT_EDGES[hot] {
                hot += 1;
            }
            heat[hot] += n;
            sum += u128::from(n) * u128::from(middle);
            seen += u64::from(n);
            while next < 4 && seen >= ranks[next] {
                quantiles[next] = Time::from_micros(middle);
                next += 1;
            }
        }
        let [p50, p90, p95, p99] = quantiles;
        let mean = Time::from_micros((sum / u128::from(total.max(1))) as u64);
        Window { offered, ok: total.min(u64::from(u32::MAX)) as u32, failed, mean, p50, p90, p95, p99, max, heat }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_nice_and_windows_at_most_600() {
        let got = |s| width(Time::from_secs(s)).to_string();
        assert_eq!([got(1), got(6), got(60), got(600), got(1320)], ["10 ms", "10 ms", "100 ms", "1 s", "5 s"]);
        assert_eq!([got(86_400), got(7 * 86_400), got(365 * 86_400)], ["5 m", "20 m", "15 h"]);
        assert_eq!(width(Time::MAX).as_nanos() % 3_600_000_000_000, 0);
    }

    #[test]
    fn heat_edges_ascend_to_75_seconds_from_133_microseconds() {
        assert!(HEAT_EDGES.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!((HEAT_EDGES[0], HEAT_EDGES[7], HEAT_EDGES[46]), (133, 1_000, 74_990_000));
    }

    #[test]
    fn a_window_reads_its_quantiles_in_one_walk() {
        let mut cells = Cells::default();
        (1..=100).for_each(|i| cells.record(i * 1000));
        let w = Window::close(120, 3, &cells, Time::from_millis(100));
        for (got, want) in [(w.p50, 50_000), (w.p90, 90_000), (w.p95, 95_000), (w.p99, 99_000)] {
            assert!((got.as_micros() as f64 / want as f64 - 1.0).abs() < 0.004, "{got} for {want} µs");
        }
        assert!((w.mean.as_micros() as f64 / 50_500.0 - 1.0).abs() < 0.004, "{}", w.mean);
        assert_eq!((w.offered, w.ok, w.failed, w.max), (120, 100, 3, Time::from_millis(100)));
        assert_eq!(w.heat.iter().sum::<u32>(), 100);
    }
}
