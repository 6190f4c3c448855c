//! A token bucket under Poisson arrivals: the missing tokens are a queue of constant service, of which at most `burst` fit.
//!
//! ```text
//! missing tokens = backlog of M/D/1/K,  K = burst, service 1 ÷ rate       refused share = 1 − 1 ÷ (π₀ + ρ)
//! ```
//!
//! π is the chain of what a departure leaves behind (Gross & Harris, s. 5.1.8), computed by what crosses each level, with positive terms only, so that
//! it is stable for large buckets.

use super::poisson;

/// Larger buckets than this are left out: they refuse nothing below their rate, and all above it beyond.
pub const MOST_TOKENS: u64 = 20_000;

/// The share that is refused of `arrivals` a second, each of one token, by a bucket that refills at `rate` up to `burst` tokens.
pub fn refused(arrivals: f64, rate: f64, burst: u64) -> Option<f64> {
    if burst == 0 || burst > MOST_TOKENS || rate <= 0.0 || arrivals <= 0.0 {
        return None;
    }
    let rho = arrivals / rate;
    // Then it is empty nearly always, and e^−ρ is too small to compute with.
    if rho > 500.0 {
        return Some(1.0 - 1.0 / rho);
    }
    let come = poisson(rho);
    let more = more_than(&come);
    let beyond = |n: usize| more.get(n).copied().unwrap_or(0.0);
    let mut left = vec![1.0];
    let mut sum = 1.0;
    for j in 0..burst as usize - 1 {
        // Up across j | j+1: a busy period begins with more than j arrivals, or i are left and more than j − i + 1 come.
        let from = (j + 2).saturating_sub(more.len()).max(1);
        let up: f64 = beyond(j) * left[0] + (from..=j).map(|i| left[i] * beyond(j - i + 1)).sum::<f64>();
        left.push(up / come[0]);
        sum += left[j + 1];
        if sum > 1e200 {
            left.iter_mut().for_each(|p| *p *= 1e-200);
            sum *= 1e-200;
        }
    }
    let empty = left[0] / sum;
    Some((1.0 - 1.0 / (empty + rho)).max(0.0))
}

/// P(N > n) for n = 0, 1, 2, …, summed from the small end.
fn more_than(probabilities: &[f64]) -> Vec<f64> {
    let mut tail = vec![0.0; probabilities.len()];
    for n in (0..probabilities.len() - 1).rev() {
        tail[n] = tail[n + 1] + probabilities[n + 1];
    }
    tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_of_one_is_a_loss_system() {
        // Erlang B with one slot: ρ ÷ (1 + ρ).
        for rho in [0.2f64, 0.8, 1.5] {
            assert!((refused(10.0 * rho, 10.0, 1).unwrap() - rho / (1.0 + rho)).abs() < 1e-12);
        }
    }

    #[test]
    fn a_bucket_of_two_is_solved_by_hand() {
        // Left behind: π₀·e^−ρ + π₁·e^−ρ = π₀, so π₁ ÷ π₀ = e^ρ − 1 and π₀ = e^−ρ.
        let rho = 0.9f64;
        assert!((refused(9.0, 10.0, 2).unwrap() - (1.0 - 1.0 / ((-rho).exp() + rho))).abs() < 1e-12);
    }

    #[test]
    fn large_buckets_refuse_what_is_beyond_their_rate_and_nothing_below() {
        assert!((refused(15_000.0, 10_000.0, 5_000).unwrap() - 1.0 / 3.0).abs() < 1e-9);
        assert!(refused(8_000.0, 10_000.0, 5_000).unwrap() < 1e-12);
        assert_eq!((refused(1.0, 1.0, 0), refused(0.0, 1.0, 5)), (None, None));
    }
}
