//! Whether a level only rises, or falls: then a run has no stationary mean, and what is averaged depends on its length.
//!
//! ```text
//! Δᵢ = xᵢ₊₁ − xᵢ of n batch means      t = mean Δ ÷ (s_Δ ÷ √(n − 1))      drift where |t| > 3.09 (1 in 500 for a random walk without)
//! ```
//!
//! The test is of increments: an overloaded queue is a random walk with a drift, on which tests that suppose independent values (Mann–Kendall,
//! regression) see trends that are none. A stationary series fails it by far, as its increments cancel. That is not enough to matter: the change must
//! also be as large as half the level, at least ten, and go on in the second half, so that filling up at the beginning is no trend.

/// The normal quantile of 99.9 %.
const DRIFT: f64 = 3.09;
/// Of the mean level.
const MATERIAL: f64 = 0.5;
/// Things.
const FEWEST: f64 = 10.0;
/// Of the whole change, in the second half.
const GOES_ON: f64 = 0.25;

/// A level that drifts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// From the mean of the first third of the batches to that of the last, by batch; negative where the level falls.
    pub per_batch: f64,
}

/// The drift of a level, by its means over equal batches; none where it may be stationary or has too few batches.
pub fn trend(means: &[f64]) -> Option<Trend> {
    let third = means.len() / 3;
    if third < 3 {
        return None;
    }
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let [first, last] = [mean(&means[..third]), mean(&means[means.len() - third..])];
    let per_batch = (last - first) / (means.len() - third) as f64;
    let change = per_batch * means.len() as f64;
    let half = means.len() / 2;
    let second_half = mean(&means[means.len() - third..]) - mean(&means[half - third / 2..half + third.div_ceil(2)]);
    let is_material = change.abs() >= (MATERIAL * mean(means)).max(FEWEST) && second_half * change.signum() >= GOES_ON * change.abs();
    (is_material && drift(means).abs() > DRIFT).then_some(Trend { per_batch })
}

/// Student's t of the increments.
fn drift(means: &[f64]) -> f64 {
    let increments: Vec<f64> = means.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let n = increments.len() as f64;
    let mean = increments.iter().sum::<f64>() / n;
    let squares: f64 = increments.iter().map(|x| (x - mean).powi(2)).sum();
    // Equal increments: as sure as can be.
    if mean == 0.0 { 0.0 } else { mean / (squares / (n - 1.0) / n).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Luck(u64);
    impl Luck {
        fn uniform(&mut self) -> f64 {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        }
        /// About normal: twelve uniforms.
        fn normal(&mut self) -> f64 {
            (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
        }
    }

    /// The share of 500 series of thirty batches that are found to drift.
    fn found(series: impl Fn(&mut Luck) -> Vec<f64>) -> f64 {
        let drifts = |seed: u64| trend(&series(&mut Luck(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)))).is_some();
        (1..=500).filter(|seed| drifts(*seed)).count() as f64 / 500.0
    }

    #[test]
    fn an_overloaded_queue_is_found() {
        // Each batch brings 100 more than are served, give or take 60.
        let share = found(|luck| {
            let mut level = 0.0f64;
            let mut step = || {
                level = (level + 100.0 + 60.0 * luck.normal()).max(0.0);
                level
            };
            (0..30).map(|_| step()).collect()
        });
        assert!(share > 0.98, "{share}");
    }

    #[test]
    fn a_stationary_level_is_not_however_correlated() {
        for correlation in [0.0f64, 0.5, 0.9, 0.98] {
            let share = found(|luck| {
                let mut x = luck.normal();
                let mut step = || {
                    x = correlation * x + (1.0 - correlation * correlation).sqrt() * luck.normal();
                    (20.0 + 15.0 * x).max(0.0)
                };
                (0..30).map(|_| step()).collect()
            });
            assert!(share <= 0.006, "{correlation}: {share}");
        }
    }

    #[test]
    fn filling_up_at_the_beginning_is_no_trend_and_small_change_neither() {
        let fills: Vec<f64> = (0..30).map(|k| 100.0 * f64::from(k).min(5.0)).collect();
        let slow: Vec<f64> = (0..30).map(|k| 1000.0 + f64::from(k)).collect();
        let few: Vec<f64> = (0..30).map(|k| f64::from(k) / 10.0).collect();
        assert_eq!([trend(&fills), trend(&slow), trend(&few), trend(&[0.0; 30])], [None; 4]);
    }

    #[test]
    fn a_drift_has_its_rate_and_its_sign() {
        let up: Vec<f64> = (0..30).map(|k| 4.0 * f64::from(k)).collect();
        let down: Vec<f64> = up.iter().rev().copied().collect();
        assert_eq!([trend(&up), trend(&down)], [4.0, -4.0].map(|per_batch| Some(Trend { per_batch })));
    }
}
