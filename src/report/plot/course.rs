//! Series over time for charts: windows merged until there are at most 400 of them, each a value at the middle of its time.
//!
//! ```text
//! rate   the sum of the merged windows by their length      mean   weighted by length      most   the largest
//! ```

use super::super::Report;
use super::axis::Axis;
use super::canvas::Point;

/// About two pixels each.
const MOST: usize = 400;

/// Stretches of time, each of some windows.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// First window, end of windows, begin and end in seconds.
    spans: Vec<(usize, usize, f64, f64)>,
    ends: Vec<f64>,
}

impl Course {
    pub fn of(report: &Report) -> Course {
        Course::merged(&report.windows.ends_s, MOST)
    }

    /// With at most `most` stretches.
    pub fn merged(ends: &[f64], most: usize) -> Course {
        let per = ends.len().div_ceil(most).max(1);
        let begin = |k: usize| if k == 0 { 0.0 } else { ends[k - 1] };
        let starts = (0..ends.len()).step_by(per).map(|k| (k, (k + per).min(ends.len())));
        Course { spans: starts.map(|(k, end)| (k, end, begin(k), ends[end - 1])).collect(), ends: ends.to_vec() }
    }

    /// The time axis.
    pub fn axis(&self) -> Axis {
        Axis::time(self.ends.last().copied().unwrap_or(1.0))
    }

    /// First window, end of windows, begin and end in seconds, of each stretch.
    pub fn spans(&self) -> &[(usize, usize, f64, f64)] {
        &self.spans
    }

    fn fold(&self, value: impl Fn(usize, usize, f64) -> f64) -> Vec<Point> {
        self.spans.iter().map(|(first, end, from, to)| ((from + to) / 2.0, value(*first, *end, to - from))).collect()
    }

    /// What is counted, a second.
    pub fn rate(&self, count: impl Fn(usize) -> f64) -> Vec<Point> {
        self.fold(|first, end, length| (first..end).map(&count).sum::<f64>() / length.max(1e-9))
    }

    /// A level's mean.
    pub fn mean(&self, mean: impl Fn(usize) -> f64) -> Vec<Point> {
        let begin = |k: usize| if k == 0 { 0.0 } else { self.ends[k - 1] };
        self.fold(|first, end, length| (first..end).map(|k| mean(k) * (self.ends[k] - begin(k))).sum::<f64>() / length.max(1e-9))
    }

    /// A level's maximum.
    pub fn most(&self, level: impl Fn(usize) -> f64) -> Vec<Point> {
        self.fold(|first, end, _| (first..end).map(&level).fold(0.0, f64::max))
    }
}

/// The highest of several series.
pub fn highest<'s>(series: impl IntoIterator<Item = &'s Vec<Point>>) -> f64 {
    series.into_iter().flatten().map(|p| p.1).fold(0.0, f64::max)
}

/// Values that may be missing at the end, where they are zero.
pub fn at<T: Copy + Into<f64>>(series: &[T], k: usize) -> f64 {
    series.get(k).map_or(0.0, |v| (*v).into())
}

/// At most eight of many, in their order: those with the highest weight, and the indices of the rest.
pub fn folded(weights: &[f64]) -> (Vec<usize>, Vec<usize>) {
    const SHOWN: usize = 8;
    let mut order: Vec<usize> = (0..weights.len()).collect();
    if weights.len() <= SHOWN {
        return (order, Vec::new());
    }
    order.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]));
    // With a line for the rest, as many as before are drawn in all.
    let mut rest = order.split_off(SHOWN - 1);
    order.sort_unstable();
    rest.sort_unstable();
    (order, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_sums_means_and_peaks() {
        let ends: Vec<f64> = (1..=1000).map(f64::from).collect();
        let course = Course::merged(&ends, 400);
        assert_eq!(course.spans().len(), 334);
        let rate = course.rate(|k| k as f64);
        let sum: f64 = rate.iter().zip(course.spans()).map(|(p, (_, _, from, to))| p.1 * (to - from)).sum();
        assert!((sum - 499_500.0).abs() < 1e-6);
        assert_eq!(course.mean(|_| 7.0)[333].1, 7.0);
        assert_eq!(highest([&course.most(|k| k as f64)]), 999.0);
    }

    #[test]
    fn eight_lines_at_most_and_the_rest_is_told() {
        assert_eq!(folded(&[1.0; 8]), ((0..8).collect(), vec![]));
        let (shown, rest) = folded(&[5.0, 1.0, 9.0, 2.0, 8.0, 7.0, 6.0, 4.0, 3.0]);
        assert_eq!((shown, rest), (vec![0, 2, 4, 5, 6, 7, 8], vec![1, 3]));
    }

    #[test]
    fn nothing_has_no_stretches() {
        assert!(Course::merged(&[], 400).spans().is_empty());
    }
}
