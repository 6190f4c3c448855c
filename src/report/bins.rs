//! The edges of drawn histograms: preferred numbers (Renard series, ISO 3), so that a bin begins at a number that people use.
//!
//! ```text
//! R5   1            1.6            2.5            4            6.3          each series holds every
//! R10  1     1.25   1.6     2      2.5    3.15    4     5      6.3     8    second edge of the next
//! ```
//!
//! A report keeps counts in R40 (6 % wide); what draws them merges them to as few rows as it has. From 1 µs; the first bin begins at zero.

use super::model::Bin;
use crate::metrics::Distribution;

/// R40 × 100.
const R40: [u64; 40] = [
    100, 106, 112, 118, 125, 132, 140, 150, 160, 170, 180, 190, 200, 212, 224, 236, 250, 265, 280, 300, 315, 335, 355, 375, 400, 425, 450, 475, 500,
    530, 560, 600, 630, 670, 710, 750, 800, 850, 900, 950,
];

/// Series that can be drawn, finest first: how many R40 steps a bin spans.
const STEPS: [usize; 6] = [1, 2, 4, 8, 20, 40];

/// The lower end of bin `i`, in ns: bin 0 is below 1 µs.
fn edge(i: usize) -> u64 {
    if i == 0 { 0 } else { R40[(i - 1) % 40] * 10u64.pow(((i - 1) / 40) as u32 + 1) }
}

/// The bin of a time in ns.
fn bin_of(ns: u64) -> usize {
    let decade = (ns / 1000).checked_ilog10().map_or(0, |d| d as usize);
    let mut i = if ns < 1000 { 0 } else { decade * 40 + 1 };
    while edge(i + 1) <= ns {
        i += 1;
    }
    i
}

fn bin(from: usize, to: usize, count: u64) -> Bin {
    Bin { from_s: edge(from) as f64 / 1e9, to_s: edge(to) as f64 / 1e9, count }
}

/// The counts of a distribution in R40, empty bins left away.
pub fn bins(distribution: &Distribution) -> Vec<Bin> {
    let mut bins: Vec<(usize, u64)> = Vec::new();
    for (micros, n) in distribution.cells() {
        let i = bin_of(micros * 1000);
        match bins.last_mut() {
            Some((last, count)) if *last == i => *count += n,
            _ => bins.push((i, n)),
        }
    }
    bins.into_iter().map(|(i, n)| bin(i, i + 1, n)).collect()
}

/// What lies further out than this share on either side is folded into one row, so that the rest can be drawn finely.
const TAIL: f64 = 0.001;

/// Merged into the finest series that needs no more than `rows`, empty bins between included. The thousandth at either end may be folded: into a
/// first bin from zero and a last one without an end.
pub fn coarser(fine: &[Bin], rows: usize) -> Vec<Bin> {
    let index = |b: &Bin| bin_of((b.from_s * 1e9).round() as u64);
    let Some((low, high)) = central(fine).map(|(low, high)| (index(low), index(high))) else { return Vec::new() };
    // Bin 0 stands alone, before the first decade.
    let group = |i: usize, step: usize| if i == 0 { 0 } else { (i - 1) / step + 1 };
    let step = STEPS.into_iter().find(|step| group(high, *step) - group(low, *step) + 3 <= rows).unwrap_or(40);
    let begin = |g: usize| if g == 0 { 0 } else { (g - 1) * step + 1 };
    let (first, last) = (group(low, step), group(high, step));
    let end = edge(begin(last + 1)) as f64 / 1e9;
    let fold =
        |from_s: f64, to_s: f64| Bin { from_s, to_s, count: fine.iter().filter(|b| (from_s..to_s).contains(&b.from_s)).map(|b| b.count).sum() };
    let middle = (first..=last).map(|g| fold(edge(begin(g)) as f64 / 1e9, edge(begin(g + 1)) as f64 / 1e9));
    let tails = [fold(0.0, edge(begin(first)) as f64 / 1e9), fold(end, f64::INFINITY)];
    let [below, above] = tails.map(|tail| (tail.count > 0).then_some(tail));
    below.into_iter().chain(middle).chain(above).collect()
}

/// The bins in which the middle begins and ends.
fn central(fine: &[Bin]) -> Option<(&Bin, &Bin)> {
    let total: u64 = fine.iter().map(|b| b.count).sum();
    let mut seen = 0;
    let mut up_to = |b: &Bin| {
        seen += b.count;
        seen as f64
    };
    let sums: Vec<f64> = fine.iter().map(&mut up_to).collect();
    let low = sums.iter().position(|sum| *sum > TAIL * total as f64)?;
    let high = sums.iter().position(|sum| *sum >= (1.0 - TAIL) * total as f64)?;
    Some((&fine[low], &fine[high]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Time;

    #[test]
    fn every_time_lies_in_its_bin() {
        for ns in [0, 1, 999, 1_000, 1_059, 1_060, 9_499, 9_500, 9_999, 10_000, 123_456_789, 3_600_000_000_000] {
            let i = bin_of(ns);
            assert!(edge(i) <= ns && ns < edge(i + 1), "{ns}");
        }
    }

    #[test]
    fn merging_keeps_the_counts_and_the_edges_are_preferred_numbers() {
        let mut d = Distribution::default();
        (1..=2000).for_each(|i| d.record(Time::from_micros(i * 100)));
        let fine = bins(&d);
        for most in [5, 10, 20, 40] {
            let rows = coarser(&fine, most);
            assert!(rows.len() <= most && rows.iter().map(|b| b.count).sum::<u64>() == 2000);
        }
        let starts: Vec<_> = coarser(&fine, 20).iter().map(|b| (b.from_s * 1e5).round() / 100.0).collect();
        // 100 µs and 200 µs are the lowest thousandth: folded.
        assert_eq!(starts, [0.0, 0.25, 0.4, 0.63, 1.0, 1.6, 2.5, 4.0, 6.3, 10.0, 16.0, 25.0, 40.0, 63.0, 100.0, 160.0]);
    }

    #[test]
    fn far_tails_are_folded() {
        let mut d = Distribution::default();
        (0..9_990).for_each(|i| d.record(Time::from_micros(80_000 + i % 9_000)));
        (0..5).for_each(|i| d.record(Time::from_secs(5 + i)));
        (0..5).for_each(|i| d.record(Time::from_micros(5 + 300 * i)));
        let rows = coarser(&bins(&d), 12);
        assert_eq!((rows[0].from_s, rows[0].to_s, rows[0].count), (0.0, 0.08, 5));
        assert_eq!((rows[1].from_s, rows[1].to_s), (0.08, 0.085));
        let last = rows[rows.len() - 1];
        assert_eq!((last.from_s, last.to_s, last.count), (0.09, f64::INFINITY, 5));
    }

    #[test]
    fn nothing_has_no_bins() {
        assert!(coarser(&bins(&Distribution::default()), 10).is_empty());
    }

    #[test]
    fn the_first_bin_holds_what_took_no_time() {
        let mut d = Distribution::default();
        d.record(Time::ZERO);
        d.record(Time::from_micros(2));
        assert_eq!(coarser(&bins(&d), 20).iter().map(|b| b.count).sum::<u64>(), 2);
    }
}
