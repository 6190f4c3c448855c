//! Where a run's beginning ends: the marginal standard error rule (MSER; White 1997, Simulation 69; MSER-5 as in Franklin & White 2008).
//!
//! ```text
//! cut d where   Σ_{i>d} (xᵢ − mean of the rest)² ÷ (n − d)²   is least      the squared half-width of an interval, but for a constant
//! ```
//!
//! Cutting removes what is unlike the rest, and costs data; the rule balances both. The values are means of batches, which is what the 5 in MSER-5
//! says. A cut in the second half says that the run is too short to tell. Left out: what is biased without being unlike, as a slow growth.

/// Fewer values are no series, and the last few are always much alike by chance: a cut leaves as many.
const FEWEST: usize = 10;

/// Where to cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truncation {
    /// So many values at the beginning are unlike the rest.
    pub cut: usize,
    /// Whether that is in the first half, so that the rest is enough to know what is usual.
    pub is_conclusive: bool,
}

/// The cut of least marginal standard error; none for fewer than twenty values.
pub fn mser(values: &[f64]) -> Option<Truncation> {
    if values.len() < 2 * FEWEST {
        return None;
    }
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let (mut best, mut cut) = (f64::INFINITY, 0);
    // From the end on, so that mean and squares of the rest grow with it (Welford).
    for (d, x) in values.iter().enumerate().rev() {
        n += 1.0;
        let off = x - mean;
        mean += off / n;
        squares += off * (x - mean);
        let error: f64 = squares / (n * n);
        // At equal errors the earlier cut: nothing is thrown away for nothing.
        if values.len() - d >= FEWEST && error <= best {
            (best, cut) = (error, d);
        }
    }
    Some(Truncation { cut, is_conclusive: 2 * cut <= values.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise between −1 and 1 without a pattern.
    fn noise(k: usize) -> f64 {
        let x = (k as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((x >> 11) as f64 / (1u64 << 52) as f64) - 1.0
    }

    #[test]
    fn a_beginning_unlike_the_rest_is_cut_and_no_more() {
        let values: Vec<f64> = (0..120).map(|k| 10.0 + 0.5 * noise(k) + if k < 17 { 20.0 } else { 0.0 }).collect();
        let found = mser(&values).unwrap();
        assert!((17..=22).contains(&found.cut) && found.is_conclusive, "{found:?}");
    }

    #[test]
    fn a_decay_is_cut_where_it_is_lost_in_the_noise() {
        let values: Vec<f64> = (0..120).map(|k| 10.0 + 0.3 * noise(k) + 8.0 * (-(k as f64) / 8.0).exp()).collect();
        let found = mser(&values).unwrap();
        assert!((15..=40).contains(&found.cut) && found.is_conclusive, "{found:?}");
    }

    #[test]
    fn what_is_alike_throughout_is_not_cut() {
        assert_eq!(mser(&[3.0; 50]), Some(Truncation { cut: 0, is_conclusive: true }));
        let values: Vec<f64> = (0..120).map(|k| if k % 2 == 0 { 1.0 } else { 2.0 }).collect();
        assert_eq!(mser(&values).unwrap().cut, 0);
    }

    #[test]
    fn a_series_that_never_settles_says_so() {
        let values: Vec<f64> = (0..120).map(|k| if k < 90 { k as f64 } else { 90.0 + noise(k) }).collect();
        assert!(!mser(&values).unwrap().is_conclusive);
        assert_eq!(mser(&[1.0; 19]), None);
    }
}
