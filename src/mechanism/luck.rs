//! Luck: where every random number of a request comes from, keyed so that it depends on nothing but the request.
//!
//! ```text
//! root(source, k) ──child(position, iteration)──▶ …        lineage: what the job IS (key, payload, poison)
//!        └────────retry(n)──▶ same lineage, new attempt     attempt: what BEFALLS this try (latency, cold start, jitter)
//! ```
//!
//! A draw is `mix(key ⊕ purpose)`, never the next number of a shared generator. So a request meets the same fate in every what-if and whatever the
//! order of events. The mixer is the finaliser of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014),
//! and [`Keyed`] is that generator. Not for secrets.

use rand::{TryRng, rand_core::utils};
use rand_pcg::Pcg64;
use std::convert::Infallible;

/// 2^64 divided by the golden ratio, the odd increment of splitmix64.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of splitmix64: a bijection in which every input bit moves every output bit about half the time.
#[inline]
pub const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The two keys of one job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Luck {
    /// What the job is: kept over retries, redeliveries and what-ifs.
    pub lineage: u64,
    /// What befalls this try: new for each.
    pub attempt: u64,
}

impl Luck {
    /// The luck of the `k`-th arrival of `source`.
    #[inline]
    pub const fn root(source: u64, k: u64) -> Self {
        let lineage = mix(source ^ mix(k));
        Self { lineage, attempt: mix(lineage) }
    }

    /// The luck of what a program starts at `position` in its `iteration`-th turn. The position, never "how many calls so far": a branch that is
    /// skipped moves nobody's luck.
    #[inline]
    pub const fn child(self, position: u32, iteration: u32) -> Self {
        let key = mix((position as u64) << 32 | iteration as u64);
        Self { lineage: mix(self.lineage ^ key), attempt: mix(self.attempt ^ key) }
    }

    /// The luck of try `n` of the same job.
    #[inline]
    pub const fn retry(self, n: u32) -> Self {
        Self { lineage: self.lineage, attempt: mix(self.attempt ^ 0x5254 ^ n as u64) }
    }

    /// Random numbers for one purpose of this try: a latency, a transient failure, a jitter.
    #[inline]
    pub const fn draw(self, purpose: u64) -> Keyed {
        Keyed::new(keyed(self.attempt, purpose))
    }

    /// Random numbers for one purpose of this job, the same in every try: a key, a size, a route.
    #[inline]
    pub const fn draw_lineage(self, purpose: u64) -> Keyed {
        Keyed::new(keyed(self.lineage, purpose))
    }
}

/// `key` for one `purpose`: the purpose is mixed too, so that neighbouring numbers make unrelated keys.
#[inline]
pub const fn keyed(key: u64, purpose: u64) -> u64 {
    mix(key ^ mix(purpose.wrapping_add(GOLDEN)))
}

/// A splitmix64 generator that starts at a key; two words' worth of work a number, nothing to allocate.
#[derive(Clone, Debug)]
pub struct Keyed(u64);

impl Keyed {
    #[inline]
    pub const fn new(key: u64) -> Self {
        Self(key)
    }

    /// The next 64 bits.
    #[inline]
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    #[inline]
    pub const fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// True with the given probability; never for 0, always for 1.
    #[inline]
    pub const fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform in `0..n`; 0 where `n` is 0. The bias is below `n` / 2⁶⁴.
    #[inline]
    pub const fn below(&mut self, n: u64) -> u64 {
        ((self.bits() as u128 * n as u128) >> 64) as u64
    }
}

/// A sequential generator for an arrival process, the one thing that is a sequence by nature. Named, so that no new version of a library changes it.
pub fn sequence(seed: u64) -> Pcg64 {
    let word = |n: u64| u128::from(keyed(seed, n));
    Pcg64::new(word(0) << 64 | word(1), word(2) << 64 | word(3))
}

impl TryRng for Keyed {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.bits() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(to, || self.try_next_u64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_generator_is_splitmix64() {
        // The first outputs of splitmix64.c (Vigna) for seed 1234567.
        let mut rng = Keyed::new(1_234_567);
        assert_eq!([rng.bits(), rng.bits(), rng.bits()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn a_retry_keeps_what_the_job_is() {
        let luck = Luck::root(5, 5);
        assert_eq!(luck.retry(2).lineage, luck.lineage);
        assert_eq!(luck.retry(1).draw_lineage(3).bits(), luck.draw_lineage(3).bits());
        assert_ne!(luck.retry(1).attempt, luck.retry(2).attempt);
        assert_ne!(luck.retry(1).draw(3).bits(), luck.draw(3).bits());
    }

    #[test]
    fn no_two_draws_of_a_large_tree_share_a_key() {
        let mut keys = BTreeSet::new();
        for k in 0..200 {
            for position in 0..20 {
                let child = Luck::root(1, k).child(position, 0);
                for purpose in 0..5 {
                    keys.extend([child.draw(purpose).bits(), child.draw_lineage(purpose).bits(), child.retry(purpose as u32).draw(purpose).bits()]);
                }
            }
        }
        assert_eq!(keys.len(), 200 * 20 * 5 * 3);
    }

    #[test]
    fn first_draws_of_neighbouring_requests_are_uniform() {
        // Chi-squared over 64 cells of 64 000 first draws: 99.99 % of such sums are below 120 (63 degrees of freedom).
        let mut cells = [0u32; 64];
        (0..64_000).for_each(|k| cells[(Luck::root(0, k).draw(1).unit() * 64.0) as usize] += 1);
        let chi: f64 = cells.iter().map(|&n| (f64::from(n) - 1_000.0).powi(2) / 1_000.0).sum();
        assert!((25.0..120.0).contains(&chi), "{chi}");
    }

    #[test]
    fn certain_and_impossible_are_just_that() {
        let mut rng = Keyed::new(9);
        assert!((0..10_000).all(|_| rng.chance(1.0) && !rng.chance(0.0) && rng.below(3) < 3));
    }
}
