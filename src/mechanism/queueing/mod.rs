//! Queueing theory in closed form, or by numbers that are exact to the last digits: what a simulation can be held against.
//!
//! ```text
//! erlang       M/M/c, M/M/c/K, M/G/c/c, M/G/∞      Erlang 1917
//! single       M/G/1 and its sharing of one slot   Pollaczek 1930, Khinchine 1932
//! bucket       a token bucket under Poisson arrivals is M/D/1/K
//! warm_pool    environments that are kept for a while after use
//! ```
//!
//! All of it is of Poisson arrivals and of the long run. Rates are per second, times in seconds. Nothing here is used in a run. Left out: what is
//! only approximate, such as M/G/c.

pub mod bucket;
pub mod erlang;
pub mod single;
pub mod warm_pool;

/// The Poisson probabilities of 0, 1, 2, … for this mean, as far as they matter: what is left away has less than 1e-16 of the whole.
pub fn poisson(mean: f64) -> Vec<f64> {
    let most = (mean + 9.0 * libm::sqrt(mean) + 30.0) as usize;
    // By logarithms, for e^−mean may be less than the smallest number there is.
    let log = |k: usize| k as f64 * libm::log(mean) - mean - libm::lgamma(k as f64 + 1.0);
    if mean <= 0.0 { vec![1.0] } else { (0..=most).map(|k| libm::exp(log(k))).collect() }
}

/// Where a function that falls from 1 to 0 is `level`, by bisection; `start` is any positive number.
fn solve(falling: impl Fn(f64) -> f64, level: f64, start: f64) -> f64 {
    let (mut low, mut high) = (0.0, start);
    while falling(high) > level && high < 1e18 {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if falling(middle) > level { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_probabilities_add_up_for_small_and_large_means() {
        for mean in [0.0, 1e-6, 0.3, 20.0, 3000.0] {
            let all = poisson(mean);
            let sum: f64 = all.iter().sum();
            let first: f64 = all.iter().enumerate().map(|(k, p)| k as f64 * p).sum();
            assert!((sum - 1.0).abs() < 1e-10 && (first - mean).abs() <= 1e-9 * mean.max(1.0), "{mean}: {sum} {first}");
        }
    }
}
