//! A token bucket: tokens refill continuously at `rate`, capped at `burst`, full at the start; a request of n is admitted iff n are there.
//!
//! ```text
//! tokens(t) = burst − max(0, tat − t) / step          step = time in which one token comes back
//! take n:     tat ← max(tat, t) + n · step            iff that is ≤ t + burst · step
//! ```
//!
//! This is the generic cell rate algorithm (ITU-T I.371): the whole state is one instant, the theoretical arrival time `tat`, so no refill has to be
//! computed and nothing drifts. Time is counted in ticks, `scale` to a nanosecond, with `scale` in 1..=64 chosen so that `step` is a whole number of
//! ticks if it can be (always where 10⁹ / rate has a denominator up to 64). Else the rate is off by less than rate / (128 · 10⁹) of itself: 10⁻⁷ at
//! 10 000 a second. Good for runs of up to 2⁵⁶ ns (834 days); a rate that changes in mid-run is left out.

use crate::units::Time;

/// Ticks are kept below this, so that instant + depth never overflows.
const MOST_TICKS: u64 = 1 << 62;
const MOST_TICKS_A_NANOSECOND: u64 = 64;

/// A bucket of tokens; rate, burst and what is taken are in one unit of the caller's choice (so half tokens are whole units of half a token).
#[derive(Clone, Copy, Debug)]
pub struct TokenBucket {
    /// Ticks: the instant at which the bucket will be full again.
    tat: u64,
    /// Ticks a token.
    step: u64,
    /// Ticks in which an empty bucket fills up.
    depth: u64,
    /// Ticks a nanosecond; 0 where nothing is ever refilled.
    scale: u64,
}

impl TokenBucket {
    /// A full bucket that refills at `rate` tokens a second up to `burst`. Negative or NaN counts as 0; a rate of 0 never refills, an infinite one
    /// is [`TokenBucket::unlimited`].
    pub fn new(rate_per_s: f64, burst: f64) -> Self {
        let burst = burst.clamp(0.0, 1e15).max(0.0);
        if rate_per_s == f64::INFINITY {
            return Self::unlimited();
        }
        // The bucket that never refills still needs a size for a token.
        let (scale, step) = if rate_per_s > 0.0 { resolution(1e9 / rate_per_s, burst) } else { (0, 1 << 10) };
        Self { tat: 0, step, depth: ticks(burst * step as f64), scale }
    }

    /// A bucket that admits everything.
    pub const fn unlimited() -> Self {
        Self { tat: 0, step: 0, depth: u64::MAX, scale: 0 }
    }

    /// The same bucket, empty at the start of the run.
    pub const fn starting_empty(self) -> Self {
        Self { tat: if self.step == 0 { 0 } else { self.depth }, ..self }
    }

    /// Takes `n` tokens if they are there.
    #[inline]
    pub fn try_take(&mut self, now: Time, n: u64) -> bool {
        let ok = self.conforms(now, n);
        if ok {
            self.take(now, n);
        }
        ok
    }

    /// Whether `n` tokens are there; takes nothing. For requests that need a token in each of several buckets.
    #[inline]
    pub fn conforms(&self, now: Time, n: u64) -> bool {
        self.missing(now).saturating_add(self.step.saturating_mul(n)) <= self.depth
    }

    /// Takes `n` tokens whether they are there or not; what is missing has to be refilled first.
    #[inline]
    pub fn take(&mut self, now: Time, n: u64) {
        self.tat = self.tat.max(self.ticks_at(now)).saturating_add(self.step.saturating_mul(n));
    }

    /// Admits if anything at all is left, then subtracts `n`, even below zero.
    #[inline]
    pub fn try_overdraw(&mut self, now: Time, n: u64) -> bool {
        let ok = self.missing(now) < self.depth;
        if ok {
            self.take(now, n);
        }
        ok
    }

    /// How long it takes until `n` tokens are there; zero where they are.
    pub fn wait(&self, now: Time, n: u64) -> Time {
        let missing = self.missing(now).saturating_add(self.step.saturating_mul(n)).saturating_sub(self.depth);
        match (missing, self.scale) {
            (0, _) => Time::ZERO,
            (_, 0) => Time::MAX,
            (ticks, scale) => Time::from_nanos(ticks.div_ceil(scale)),
        }
    }

    /// The level; negative after an overdraft, infinite for the unlimited bucket.
    pub fn tokens(&self, now: Time) -> f64 {
        if self.step == 0 {
            return f64::INFINITY;
        }
        (self.depth as f64 - self.missing(now) as f64) / self.step as f64
    }

    /// Ticks until the bucket is full.
    #[inline]
    fn missing(&self, now: Time) -> u64 {
        self.tat.saturating_sub(self.ticks_at(now))
    }

    #[inline]
    fn ticks_at(&self, now: Time) -> u64 {
        debug_assert!(now.as_nanos() <= MOST_TICKS / MOST_TICKS_A_NANOSECOND, "a token bucket is good for 2^56 ns");
        now.as_nanos().wrapping_mul(self.scale)
    }
}

/// The ticks of a nanosecond and of a token that make `step_ns` come out best, within what fits 62 bits when `burst` tokens are in use.
fn resolution(step_ns: f64, burst: f64) -> (u64, u64) {
    let widest = MOST_TICKS as f64 / (step_ns * burst.max(1.0));
    let most = (widest as u64).clamp(1, MOST_TICKS_A_NANOSECOND);
    let error = |scale: u64| {
        let exact = step_ns * scale as f64;
        (ticks(exact) as f64 - exact).abs() / exact
    };
    // Below 10⁻¹³ the difference is that of floating point, and the smallest scale is as good as any.
    let best = (1..=most).find(|&s| error(s) < 1e-13).or_else(|| (1..=most).min_by(|&a, &b| error(a).total_cmp(&error(b)))).unwrap_or(1);
    (best, ticks(step_ns * best as f64).max(1))
}

fn ticks(n: f64) -> u64 {
    ((n + 0.5) as u64).min(MOST_TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, in exact integers: `rate` tokens a second, the level counted in 10⁻⁹ tokens.
    struct Defined {
        rate: u128,
        burst: u128,
        level: u128,
        at: u64,
    }

    impl Defined {
        fn new(rate: u64, burst: u64) -> Self {
            let burst = u128::from(burst) * 1_000_000_000;
            Self { rate: u128::from(rate), burst, level: burst, at: 0 }
        }
        fn try_take(&mut self, now: u64, n: u64) -> bool {
            self.level = (self.level + u128::from(now - self.at) * self.rate).min(self.burst);
            self.at = now;
            let wanted = u128::from(n) * 1_000_000_000;
            let ok = self.level >= wanted;
            self.level -= if ok { wanted } else { 0 };
            ok
        }
    }

    const EXACT_RATES: [u64; 12] = [1, 3, 7, 10, 100, 600, 1_000, 5_000, 10_000, 12_000, 48_000, 10_000_000];

    proptest! {
        #[test]
        fn it_admits_what_the_definition_admits(
            rate in proptest::sample::select(EXACT_RATES.to_vec()), burst in 0u64..50,
            requests in proptest::collection::vec((0u64..4, -2i64..3, 0u64..5), 1..200),
        ) {
            let (mut bucket, mut defined, mut now) = (TokenBucket::new(rate as f64, burst as f64), Defined::new(rate, burst), 0);
            for (steps, off, n) in requests {
                // Just before, at and just after the instants at which a token comes back.
                now += (steps * 1_000_000_000 / rate).saturating_add_signed(off);
                let mut copy = bucket;
                prop_assert_eq!(bucket.conforms(Time::from_nanos(now), n), copy.try_take(Time::from_nanos(now), n));
                prop_assert_eq!(bucket.try_take(Time::from_nanos(now), n), defined.try_take(now, n), "at {} ns", now);
                prop_assert!((bucket.tokens(Time::from_nanos(now)) - defined.level as f64 / 1e9).abs() < 1e-6);
            }
        }

        #[test]
        fn no_rate_or_burst_makes_it_overflow(rate in 0.0..1e12f64, burst in 0.0..1e18f64, ns in 0..1u64 << 56, n in any::<u64>()) {
            let mut bucket = TokenBucket::new(rate, burst);
            bucket.try_take(Time::ZERO, n);
            bucket.try_overdraw(Time::from_nanos(ns), n);
            bucket.try_take(Time::from_nanos(ns), n);
        }
    }

    #[test]
    fn a_burst_then_the_rate() {
        let mut bucket = TokenBucket::new(10_000.0, 5_000.0);
        assert_eq!((0..20_000).filter(|_| bucket.try_take(Time::ZERO, 1)).count(), 5_000);
        let second = |i: u64| Time::from_nanos(1_000_000_000 + i * 50_000);
        assert_eq!((0..20_000).filter(|&i| bucket.try_take(second(i), 1)).count(), 5_000 + 9_999);
    }

    #[test]
    fn an_odd_rate_keeps_its_pace_for_a_day() {
        // Asked every 100 µs for a day, a bucket of 997.3 tokens a second gives 997.3 · 86 400 of them and the burst, to one token.
        let (mut bucket, mut taken) = (TokenBucket::new(997.3, 10.0), 0u64);
        for tick in 0..=864_000_000u64 / 10 {
            taken += u64::from(bucket.try_take(Time::from_nanos(tick * 1_000_000), 1));
        }
        assert!((taken as f64 - (10.0 + 997.3 * 86_400.0)).abs() <= 1.5, "{taken}");
    }

    #[test]
    fn an_overdraft_has_to_be_paid_back_first() {
        let mut bucket = TokenBucket::new(10.0, 5.0);
        assert!(bucket.try_overdraw(Time::ZERO, 25));
        assert_eq!(bucket.tokens(Time::ZERO), -20.0);
        assert!(!bucket.try_overdraw(Time::from_secs(2), 1));
        assert!(bucket.try_overdraw(Time::from_secs(2) + Time::from_nanos(1), 1));
    }

    #[test]
    fn the_edges_hold() {
        let now = Time::from_secs(1);
        assert!(TokenBucket::unlimited().try_take(now, u64::MAX) && TokenBucket::unlimited().starting_empty().try_take(now, 1));
        let mut never = TokenBucket::new(0.0, 2.0);
        assert!(never.try_take(Time::ZERO, 2) && !never.try_take(Time::from_secs(60_000_000), 1));
        let mut empty = TokenBucket::new(1.0, 3.0).starting_empty();
        assert!(!empty.try_take(Time::from_nanos(999_999_999), 1) && empty.try_take(now, 1));
        assert!(!TokenBucket::new(5.0, 0.0).try_overdraw(now, 1));
        assert!(!TokenBucket::new(f64::NAN, f64::NAN).try_take(now, 1));
    }
}
