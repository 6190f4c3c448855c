//! Confidence intervals from one run, by batch means: correlated latencies are cut into long batches that hardly know of one another.
//!
//! ```text
//! r = Σxᵢ ÷ Σnᵢ      dᵢ = (xᵢ − r·nᵢ) ÷ n̄      half-width = t(0.975, b−1) · √(Σdᵢ² ÷ b(b−1))
//! ```
//!
//! For a mean, xᵢ is a batch's sum of latencies; for a quantile it is the number of requests beyond the estimate, and the half-width of
//! that share is carried back through the distribution; for a level, xᵢ is its integral and nᵢ the time. Thirty batches are merged to 15 and 10
//! while neighbours are correlated; what correlation is left at ten widens the interval as it would an AR(1) series'. Meant for steady load only: a
//! ramp has no mean to be sure of.

use super::{Cells, Distribution};
use crate::units::Time;

/// How many batches a run is cut into at first; it divides into 15 and 10.
pub const BATCHES: usize = 30;
const FEWEST: usize = 10;
/// Neighbouring batches that are less correlated than this count as independent.
const CORRELATION_MAX: f64 = 0.1;
/// Too few values, and their spread says nothing.
const FEWEST_VALUES: f64 = 100.0;

/// Student's t, 97.5 %, for 9, 14 and 29 degrees of freedom (Abramowitz & Stegun, table 26.10).
const T_975: [(usize, f64); 3] = [(30, 2.045), (15, 2.145), (10, 2.262)];

/// What one stretch of the run adds to an interval.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub count: u64,
    pub sum_ns: u128,
    /// Pairs of cells that are left away at the beginning, as nothing is in them.
    skipped: usize,
    /// Counts of latencies in µs, in pairs of [`Cells`].
    cells: Vec<u32>,
}

impl Batch {
    pub fn fold(&mut self, cells: &Cells, sum_ns: u128, count: u64) {
        self.count += count;
        self.sum_ns += sum_ns;
        // Whole octaves: always an even number of cells.
        let pairs = cells.cells().chunks_exact(2);
        self.cells.resize(self.cells.len().max(pairs.len()), 0);
        self.cells.iter_mut().zip(pairs).for_each(|(sum, pair)| *sum += pair[0] + pair[1]);
    }

    /// All of a distribution.
    fn of(all: &Distribution) -> Batch {
        let mut batch = Batch { count: all.count(), sum_ns: all.sum_ns(), ..Batch::default() };
        for (micros, n) in all.cells() {
            let pair = Cells::cell(micros) / 2;
            batch.cells.resize(batch.cells.len().max(pair + 1), 0);
            batch.cells[pair] = batch.cells[pair].saturating_add(n.min(u64::from(u32::MAX)) as u32);
        }
        batch
    }

    /// What is here and was not there `before`, an earlier state of the same; without the empty cells at both ends.
    fn since(&self, before: &Batch) -> Batch {
        let earlier = before.cells.iter().chain(std::iter::repeat(&0));
        let more: Vec<u32> = self.cells.iter().zip(earlier).map(|(now, then)| now - then).collect();
        let skipped = more.iter().position(|n| *n > 0).unwrap_or(0);
        let end = more.iter().rposition(|n| *n > 0).map_or(skipped, |last| last + 1);
        Batch { count: self.count - before.count, sum_ns: self.sum_ns - before.sum_ns, skipped, cells: more[skipped..end].to_vec() }
    }

    /// The sum of two workloads' batches of the same stretch; both have all their cells.
    pub fn merge(&mut self, other: &Batch) {
        debug_assert!(self.skipped + other.skipped == 0, "batches of routes skip nothing");
        self.count += other.count;
        self.sum_ns += other.sum_ns;
        self.cells.resize(self.cells.len().max(other.cells.len()), 0);
        self.cells.iter_mut().zip(&other.cells).for_each(|(sum, n)| *sum += n);
    }

    /// (latencies beyond `micros`, all latencies); within a cell by proportion.
    fn beyond(&self, micros: f64) -> (f64, f64) {
        let (mut beyond, mut all) = (0.0, 0.0);
        for (i, n) in self.cells.iter().enumerate().filter(|(_, n)| **n > 0) {
            let pair = 2 * (i + self.skipped);
            let (from, to) = (Cells::floor(pair) as f64, Cells::floor(pair + 2) as f64);
            all += f64::from(*n);
            beyond += f64::from(*n) * ((to - micros) / (to - from)).clamp(0.0, 1.0);
        }
        (beyond, all)
    }
}

/// The batches of a distribution that is only ever added to, by what it holds at the end of each: nothing is done in between.
#[derive(Clone, Debug, Default)]
pub struct Batches {
    until_now: Batch,
    pub list: Vec<Batch>,
}

impl Batches {
    /// Ends a batch.
    pub fn close(&mut self, all: &Distribution) {
        let now = Batch::of(all);
        self.list.push(now.since(&self.until_now));
        self.until_now = now;
    }
}

/// Half of the 95 % interval of the mean, in seconds; none where there is too little to tell.
pub fn mean_half_width(batches: &[Batch]) -> Option<f64> {
    let pairs: Vec<_> = batches.iter().map(|b| (b.sum_ns as f64 / 1e9, b.count as f64)).collect();
    ratio_half_width(&pairs)
}

/// Half of the 95 % interval of a quantile, in seconds; none where there is too little to tell.
pub fn quantile_half_width(all: &Distribution, batches: &[Batch], q: f64) -> Option<f64> {
    let at = all.quantile(q).as_nanos() as f64 / 1e3;
    let pairs: Vec<_> = batches.iter().map(|b| b.beyond(at)).collect();
    if pairs.iter().map(|(beyond, _)| beyond).sum::<f64>() < 30.0 {
        return None;
    }
    let share = ratio_half_width(&pairs)?;
    let (low, high) = (q - share, q + share);
    let seconds = |q| Time::as_secs_f64(all.quantile(q));
    (low > 0.0 && high < 1.0 && all.supports(high)).then(|| (seconds(high) - seconds(low)) / 2.0)
}

/// Half of the 95 % interval of Σx ÷ Σn, given (x, n) of thirty neighbouring batches.
pub fn ratio_half_width(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.iter().map(|(_, n)| n).sum::<f64>() < FEWEST_VALUES { None } else { level_half_width(pairs) }
}

/// The same where n is no number of values: of a level's mean, given (integral, length) of thirty neighbouring batches.
pub fn level_half_width(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() != BATCHES {
        return None;
    }
    for (batches, t) in T_975 {
        let spread = Spread::of(&merged(pairs, batches))?;
        if spread.correlation <= CORRELATION_MAX {
            return Some(t * spread.error);
        }
        if batches == FEWEST {
            let r = spread.correlation.min(0.9);
            return Some(t * spread.error * ((1.0 + r) / (1.0 - r)).sqrt());
        }
    }
    None
}

fn merged(pairs: &[(f64, f64)], batches: usize) -> Vec<(f64, f64)> {
    let sum = |part: &[(f64, f64)]| part.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    pairs.chunks(pairs.len() / batches).map(sum).collect()
}

struct Spread {
    /// The standard error of the ratio.
    error: f64,
    /// Of neighbouring batches.
    correlation: f64,
}

impl Spread {
    fn of(pairs: &[(f64, f64)]) -> Option<Spread> {
        let b = pairs.len() as f64;
        let (x, n) = pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        if pairs.iter().any(|(_, n)| *n <= 0.0) {
            return None;
        }
        let d: Vec<f64> = pairs.iter().map(|(xi, ni)| (xi - x / n * ni) * b / n).collect();
        let squares: f64 = d.iter().map(|d| d * d).sum();
        let products: f64 = d.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let correlation = if squares > 0.0 { products / squares } else { 0.0 };
        Some(Spread { error: (squares / (b * (b - 1.0))).sqrt(), correlation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// xorshift64*: uniform in (0, 1).
    struct Luck(u64);
    impl Luck {
        fn uniform(&mut self) -> f64 {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        }
        fn exponential(&mut self) -> f64 {
            -self.uniform().ln()
        }
        fn normal(&mut self) -> f64 {
            (2.0 * self.exponential()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
        }
    }

    fn batches_of(values: &[f64]) -> Vec<Batch> {
        let fold = |chunk: &[f64]| {
            let (mut cells, mut batch) = (Cells::default(), Batch::default());
            chunk.iter().for_each(|s| cells.record((s * 1e6) as u64));
            batch.fold(&cells, chunk.iter().map(|s| (s * 1e9) as u128).sum(), chunk.len() as u64);
            batch
        };
        values.chunks(values.len() / BATCHES).map(fold).collect()
    }

    /// The share of runs whose interval holds the truth, and the intervals' mean half-width.
    fn coverage(runs: u64, truth: f64, run: impl Fn(u64) -> (f64, Option<f64>)) -> (f64, f64) {
        let (mut hits, mut widths) = (0.0, 0.0);
        for seed in 1..=runs {
            let (estimate, half) = run(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let half = half.expect("there is enough data");
            hits += f64::from((estimate - truth).abs() <= half);
            widths += half;
        }
        (hits / runs as f64, widths / runs as f64)
    }

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    #[test]
    fn independent_values_are_covered_95_times_in_100() {
        let (share, width) = coverage(1000, 1.0, |seed| {
            let mut luck = Luck(seed);
            let values: Vec<f64> = (0..3000).map(|_| luck.exponential()).collect();
            (mean(&values), mean_half_width(&batches_of(&values)))
        });
        assert!((0.93..=0.975).contains(&share), "{share}");
        // Student's t of 9 to 29 degrees of freedom is 4 to 15 % above the normal's 1.96.
        assert!((1.0..1.15).contains(&(width / (1.96 / 3000f64.sqrt()))), "{width}");
    }

    #[test]
    fn strongly_correlated_values_are_covered_nearly_as_well() {
        let phi: f64 = 0.98;
        let (share, width) = coverage(1000, 10.0, |seed| {
            let (mut luck, mut x) = (Luck(seed), 0.0);
            let mut step = || {
                x = phi * x + (1.0 - phi * phi).sqrt() * luck.normal();
                10.0 + x
            };
            let values: Vec<f64> = (0..30_000).map(|_| step()).collect();
            (mean(&values), mean_half_width(&batches_of(&values)))
        });
        // The long-run variance of an AR(1) series is (1 + φ) ÷ (1 − φ) times that of its values.
        let theory = 1.96 * ((1.0 + phi) / (1.0 - phi) / 30_000.0).sqrt();
        assert!((0.92..=0.98).contains(&share), "{share}");
        assert!((width / theory - 1.0).abs() < 0.15, "{width} against {theory}");
    }

    /// Sojourn times of an M/M/1 queue by Lindley's recursion, stationary from the first.
    fn sojourns(seed: u64, rho: f64, n: usize) -> Vec<f64> {
        let mut luck = Luck(seed);
        // Stationary waiting time: 0 with 1 − ρ, else exponential with rate μ − λ.
        let mut wait = if luck.uniform() < rho { luck.exponential() / (1.0 - rho) } else { 0.0 };
        let mut next = || {
            let service = luck.exponential();
            let sojourn = wait + service;
            wait = (sojourn - luck.exponential() / rho).max(0.0);
            sojourn
        };
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn the_mean_of_a_steady_mm1_queue_is_covered() {
        let (share, _) = coverage(400, 2.0, |seed| {
            let values = sojourns(seed, 0.5, 30_000);
            (mean(&values), mean_half_width(&batches_of(&values)))
        });
        assert!((0.92..=0.98).contains(&share), "{share}");
    }

    #[test]
    fn the_99th_percentile_of_a_steady_mm1_queue_is_covered() {
        let truth = 100f64.ln() / 0.5;
        let (share, width) = coverage(300, truth, |seed| {
            let values = sojourns(seed, 0.5, 30_000);
            let mut all = Distribution::default();
            values.iter().for_each(|s| all.record(Time::from_secs_f64(*s)));
            (all.quantile(0.99).as_secs_f64(), quantile_half_width(&all, &batches_of(&values), 0.99))
        });
        assert!((0.91..=0.99).contains(&share), "{share}");
        assert!((0.02..0.15).contains(&(width / truth)), "{width}");
    }

    #[test]
    fn batches_of_a_growing_distribution_are_those_of_its_parts() {
        let mut luck = Luck(7);
        let values: Vec<f64> = (0..6000).map(|_| 0.001 + luck.exponential() / 50.0).collect();
        let (mut all, mut batches) = (Distribution::default(), Batches::default());
        for chunk in values.chunks(values.len() / BATCHES) {
            chunk.iter().for_each(|s| all.record(Time::from_secs_f64(*s)));
            batches.close(&all);
        }
        let apart = batches_of(&values);
        let close = |a: Option<f64>, b: Option<f64>| (a.unwrap() / b.unwrap() - 1.0).abs() < 0.02;
        assert!(close(mean_half_width(&batches.list), mean_half_width(&apart)));
        for q in [0.5, 0.9, 0.99] {
            assert!(close(quantile_half_width(&all, &batches.list, q), quantile_half_width(&all, &apart, q)), "{q}");
        }
        assert!(batches.list.iter().all(|batch| batch.skipped > 0 && batch.count == 200));
    }

    #[test]
    fn a_level_that_never_changes_is_known_exactly() {
        assert_eq!(level_half_width(&[(6.0, 2.0); BATCHES]), Some(0.0));
        assert_eq!(level_half_width(&[(6.0, 2.0); 29]), None);
    }

    #[test]
    fn too_little_data_gives_no_interval() {
        assert_eq!(ratio_half_width(&[(1.0, 3.0); BATCHES]), None, "90 values");
        assert_eq!(ratio_half_width(&[(1.0, 100.0); 9]), None, "nine batches");
        let mut gap = [(1.0, 100.0); BATCHES];
        (0..4).for_each(|i| gap[i] = (0.0, 0.0));
        assert_eq!(ratio_half_width(&gap), None, "a stretch without any request");
    }
}
