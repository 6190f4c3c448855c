//! A pool of environments that are kept for a while after use, and made where none is idle: how often, and how many there are.
//!
//! ```text
//! kept for exactly T, last used first reused:    environments(t) = most that ran at once in [t − T, t]
//! P(cold) = Σₖ P(k−1 run) · P(from k−1 running, k is not reached within T)      running: M/M/∞, Poisson with mean a = λ·E S
//! ```
//!
//! A new one is made exactly where more run than ever did in the last T; seen backwards in time, which M/M/∞ does not mind, that is a first passage
//! of a birth–death chain, by uniformisation. Kept for exponential times, (running, idle) is a Markov chain. Both are exact for exponential service
//! that is the same warm and cold. Left out: other services, starts that take time, a bound on the environments.

use super::poisson;

/// Multiplications that a report may wait for.
const MOST_WORK: f64 = 6e7;
/// So seldom do as many run that it does not matter.
const SELDOM: f64 = 1e-12;

/// What theory says of a pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pool {
    /// The share of requests that find no idle environment.
    pub cold: f64,
    /// The mean number of environments, idle and running.
    pub environments: f64,
}

/// Kept for exactly `keep` seconds, the last used first: none where it would take too long to compute.
pub fn kept_for(rate: f64, service: f64, keep: f64) -> Option<Pool> {
    if service <= 0.0 {
        // One environment, which is warm where the last request is no longer ago: it is there for E min(X, keep) of each gap.
        let cold = libm::exp(-rate * keep);
        return Some(Pool { cold, environments: 1.0 - cold });
    }
    let running = poisson(rate * service);
    let running = &running[..=running.iter().rposition(|p| *p >= SELDOM).unwrap_or(0)];
    let work: f64 = (1..=running.len()).map(|k| k as f64 * (rate + k as f64 / service) * keep).sum();
    if work > MOST_WORK {
        return None;
    }
    let mut pool = Pool { cold: 0.0, environments: 0.0 };
    for k in 1..=running.len() {
        let not_reached = not_reached(rate, service, k, keep);
        pool.cold += running[k - 1] * not_reached[k - 1];
        pool.environments += 1.0 - running.iter().zip(&not_reached).map(|(p, not)| p * not).sum::<f64>();
    }
    Some(pool)
}

/// From 0, 1, … k−1 running: the probability that k do not run at once within `time`.
fn not_reached(rate: f64, service: f64, k: usize, time: f64) -> Vec<f64> {
    // exp(Q·t)·1 = Σ Poisson(n; q·t) · (I + Q/q)ⁿ·1, with q at least any rate of leaving a state.
    let q = rate + (k - 1) as f64 / service;
    let weights = poisson(q * time);
    let (mut vector, mut sum) = (vec![1.0; k], vec![0.0; k]);
    for weight in weights {
        sum.iter_mut().zip(&vector).for_each(|(sum, v)| *sum += weight * v);
        let mut before = 0.0;
        for i in 0..k {
            let (here, above) = (vector[i], vector.get(i + 1).copied().unwrap_or(0.0));
            let down = i as f64 / service;
            vector[i] = (rate * above + down * before + (q - rate - down) * here) / q;
            before = here;
        }
    }
    sum
}

/// Kept for exponential times of mean `keep`: none where the chain is large.
pub fn kept_for_exponential(rate: f64, service: f64, keep: f64) -> Option<Pool> {
    let a = rate * service;
    // At most as many are idle as were made and not yet gone: dominated by M/M/∞ with rate λ and a mean life of `keep`.
    let bound = |mean: f64| (mean + 7.0 * libm::sqrt(mean) + 8.0) as usize;
    let (busy, idle) = (bound(a), bound((rate * keep).min(a + 6.0 * libm::sqrt(a) + 2.0)));
    if service <= 0.0 || busy * idle > 1500 {
        return None;
    }
    let chain = Chain { rate, serve: 1.0 / service, expire: 1.0 / keep, busy, idle };
    chain.solve().map(|p| chain.pool(&p))
}

/// (running, idle), of at most `busy` and `idle`.
struct Chain {
    rate: f64,
    serve: f64,
    expire: f64,
    busy: usize,
    idle: usize,
}

impl Chain {
    fn at(&self, running: usize, idle: usize) -> usize {
        running * (self.idle + 1) + idle
    }

    /// By Gauss–Seidel: p(state) = Σ p(from) · rate(from → state) ÷ rate of leaving.
    fn solve(&self) -> Option<Vec<f64>> {
        let mut p = vec![1.0 / ((self.busy + 1) * (self.idle + 1)) as f64; (self.busy + 1) * (self.idle + 1)];
        for _ in 0..20_000 {
            let mut change: f64 = 0.0;
            for running in 0..=self.busy {
                for idle in 0..=self.idle {
                    let new = self.flow_in(&p, running, idle) / self.leaving(running, idle);
                    let old = std::mem::replace(&mut p[self.at(running, idle)], new);
                    change = change.max((new - old).abs());
                }
            }
            let sum: f64 = p.iter().sum();
            p.iter_mut().for_each(|p| *p /= sum);
            if change < 1e-15 {
                return Some(p);
            }
        }
        None
    }

    /// An arrival takes an idle one, or makes one; at the edges of what is computed nothing leaves outwards.
    fn leaving(&self, running: usize, idle: usize) -> f64 {
        let arrives = if running < self.busy { self.rate } else { 0.0 };
        let serves = if idle < self.idle { running as f64 * self.serve } else { 0.0 };
        arrives + serves + idle as f64 * self.expire
    }

    fn flow_in(&self, p: &[f64], running: usize, idle: usize) -> f64 {
        let mut sum = 0.0;
        if running > 0 {
            sum += if idle < self.idle { p[self.at(running - 1, idle + 1)] * self.rate } else { 0.0 };
            sum += if idle == 0 { p[self.at(running - 1, 0)] * self.rate } else { 0.0 };
        }
        if running < self.busy && idle > 0 {
            sum += p[self.at(running + 1, idle - 1)] * (running + 1) as f64 * self.serve;
        }
        if idle < self.idle {
            sum += p[self.at(running, idle + 1)] * (idle + 1) as f64 * self.expire;
        }
        sum
    }

    fn pool(&self, p: &[f64]) -> Pool {
        let mut pool = Pool { cold: 0.0, environments: 0.0 };
        for running in 0..=self.busy {
            pool.cold += p[self.at(running, 0)];
            pool.environments += (0..=self.idle).map(|idle| p[self.at(running, idle)] * (running + idle) as f64).sum::<f64>();
        }
        pool
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(x: f64, y: f64, within: f64) {
        assert!((x / y - 1.0).abs() < within, "{x} for {y}");
    }

    #[test]
    fn a_lone_environment_is_cold_after_a_long_gap() {
        let pool = kept_for(1.0 / 600.0, 0.0, 600.0).unwrap();
        near(pool.cold, (-1f64).exp(), 1e-12);
    }

    #[test]
    fn kept_for_no_time_each_request_is_cold_and_kept_for_ever_none() {
        let (none, ever) = (kept_for(1.0, 2.0, 1e-9).unwrap(), kept_for(0.5, 0.5, 1e4).unwrap());
        near(none.cold, 1.0, 1e-6);
        near(none.environments, 2.0, 1e-6);
        assert!(ever.cold < 1e-3, "{ever:?}");
    }

    #[test]
    fn a_pool_that_is_stepped_through_has_as_many_cold_starts() {
        // 400,000 requests, with the draws of a linear congruential generator.
        let (rate, service, keep) = (1.0, 0.3, 10.0);
        let mut state = 1u64;
        let mut exponential = |mean: f64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            -mean * (((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64).ln()
        };
        // When each environment is free again.
        let (mut pool, mut now, mut cold) = (Vec::<f64>::new(), 0.0, 0.0);
        for _ in 0..400_000 {
            now += exponential(1.0 / rate);
            pool.retain(|free| now - free <= keep);
            let last = pool.iter().enumerate().filter(|(_, free)| **free <= now).max_by(|a, b| a.1.total_cmp(b.1)).map(|(at, _)| at);
            let at = last.unwrap_or_else(|| {
                cold += 1.0;
                pool.push(0.0);
                pool.len() - 1
            });
            pool[at] = now + exponential(service);
        }
        near(kept_for(rate, service, keep).unwrap().cold, cold / 400_000.0, 0.03);
    }

    #[test]
    fn exponential_keeping_without_service_to_speak_of_is_a_race() {
        // One environment at most, nearly: warm where the next request comes before it goes, λ ÷ (λ + 1/keep).
        let pool = kept_for_exponential(0.01, 0.01, 600.0).unwrap();
        near(pool.cold, (1.0 / 600.0) / (0.01 + 1.0 / 600.0), 2e-3);
        near(pool.environments, 1.0 - pool.cold, 2e-3);
    }

    #[test]
    fn what_would_take_long_is_left_out() {
        assert_eq!(kept_for(1e4, 1.0, 600.0), None);
        assert_eq!(kept_for_exponential(1e3, 1.0, 600.0), None);
    }
}
