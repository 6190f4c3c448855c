//! A distribution of times: counts in the cells of an HDR histogram (µs, three digits: quantiles within 0.1 %) with the exact sum and maximum.
//!
//! It starts with nothing and grows with the largest value to about 60 KB, so that hundreds of quiet ones stay small. Values beyond 2⁴⁰ µs
//! (12.7 days) are put into the last cell.

use super::LogLinear;
use crate::units::Time;
use hdrhistogram::Histogram;

/// Times, by count.
#[derive(Clone, Debug, Default)]
pub struct Distribution {
    cells: LogLinear<10>,
    sum_ns: u128,
    max_ns: u64,
}

const TOP_MICROS: u64 = 1 << 40;

impl Distribution {
    #[inline]
    pub fn record(&mut self, value: Time) {
        let ns = value.as_nanos();
        self.sum_ns += u128::from(ns);
        self.max_ns = self.max_ns.max(ns);
        self.cells.record((ns.saturating_add(500) / 1000).min(TOP_MICROS));
    }

    /// The same value `n` times over.
    pub fn record_many(&mut self, value: Time, n: u64) {
        let ns = value.as_nanos();
        self.sum_ns += u128::from(ns) * u128::from(n);
        self.max_ns = self.max_ns.max(ns);
        self.cells.record_many((ns.saturating_add(500) / 1000).min(TOP_MICROS), n.min(u64::from(u32::MAX)) as u32);
    }

    pub fn count(&self) -> u64 {
        self.cells.count()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The exact sum of all values.
    pub fn sum_ns(&self) -> u128 {
        self.sum_ns
    }

    /// The sum of all values, in seconds.
    pub fn sum_s(&self) -> f64 {
        self.sum_ns as f64 / 1e9
    }

    /// The exact mean in seconds, if there is one.
    pub fn mean_s(&self) -> Option<f64> {
        (!self.is_empty()).then(|| self.sum_s() / self.count() as f64)
    }

    /// The exact maximum; zero when empty.
    pub fn max(&self) -> Time {
        Time::from_nanos(self.max_ns)
    }

    /// The smallest value that at least the share `q` of all values do not exceed; zero when empty.
    pub fn quantile(&self, q: f64) -> Time {
        let rank = ((q * self.count() as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let reaches = |(_, n): &(u64, u64)| {
            seen += n;
            seen >= rank
        };
        let found = if q < 1.0 { self.cells().find(reaches) } else { None };
        found.map_or(self.max(), |(micros, _)| Time::from_micros(micros).min(self.max()))
    }

    /// Whether at least ten values lie beyond the quantile: fewer, and it is one of the run's accidents.
    pub fn supports(&self, q: f64) -> bool {
        self.count() as f64 * (1.0 - q) >= 10.0 - 1e-6
    }

    /// (middle in µs, count) of the cells in use, ascending.
    pub fn cells(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.cells.iter().map(|(from, to, n)| (from + (to - from) / 2, u64::from(n)))
    }

    /// The same as an HDR histogram in µs, three digits, for files that other tools read.
    pub fn hdr(&self) -> Histogram<u64> {
        let mut histogram = Histogram::new(3).expect("three digits are within what the format allows");
        // Auto-resizing fails only where the address space ends, far beyond the largest cell.
        self.cells().for_each(|(micros, n)| histogram.record_n(micros, n).unwrap_or(()));
        histogram
    }

    pub fn merge(&mut self, other: &Distribution) {
        self.cells.merge(&other.cells);
        self.sum_ns += other.sum_ns;
        self.max_ns = self.max_ns.max(other.max_ns);
    }

    pub fn clear(&mut self) {
        self.cells.clear();
        (self.sum_ns, self.max_ns) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fixed, skewed sample: 5 ms to 3 s.
    fn sample() -> Vec<u64> {
        let mut x = 1u64;
        let draw = |_| {
            x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            5_000 + (3_000_000.0 * ((x >> 11) as f64 / (1u64 << 53) as f64).powi(4)) as u64
        };
        (0..50_000).map(draw).collect()
    }

    #[test]
    fn quantiles_are_within_a_thousandth_of_the_exact_ones() {
        let (mut exact, mut d) = (sample(), Distribution::default());
        exact.iter().for_each(|us| d.record(Time::from_micros(*us)));
        exact.sort_unstable();
        for q in [0.001, 0.1, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999] {
            let want = exact[(q * exact.len() as f64).ceil() as usize - 1] as f64;
            let got = d.quantile(q).as_micros() as f64;
            assert!((got / want - 1.0).abs() <= 0.001, "q {q}: {got} for {want}");
        }
        assert_eq!(d.quantile(1.0).as_micros(), exact[exact.len() - 1]);
        let mean = exact.iter().sum::<u64>() as f64 / exact.len() as f64 / 1e6;
        assert!((d.mean_s().unwrap() / mean - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_quantile_needs_ten_samples_beyond_it() {
        let mut d = Distribution::default();
        (0..1000).for_each(|_| d.record(Time::from_millis(1)));
        assert!(d.supports(0.99) && !d.supports(0.999));
    }

    #[test]
    fn cells_hold_every_value() {
        let mut d = Distribution::default();
        sample().into_iter().for_each(|us| d.record(Time::from_micros(us)));
        assert_eq!(d.cells().map(|(_, n)| n).sum::<u64>(), 50_000);
        assert!(d.cells().zip(d.cells().skip(1)).all(|(a, b)| a.0 < b.0));
    }

    #[test]
    fn the_hdr_histogram_agrees() {
        let mut d = Distribution::default();
        sample().into_iter().for_each(|us| d.record(Time::from_micros(us)));
        let hdr = d.hdr();
        assert_eq!((hdr.len(), d.count()), (50_000, 50_000));
        for q in [0.001, 0.5, 0.9, 0.99, 0.999] {
            assert!(hdr.equivalent(hdr.value_at_quantile(q), d.quantile(q).as_micros()), "q {q}");
        }
    }
}
