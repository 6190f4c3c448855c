//! Several alike slots: Erlang's formulas for those who wait and for those who are lost.
//!
//! ```text
//! a = λ·E S       B(0) = 1, B(c) = a·B(c−1) ÷ (c + a·B(c−1))       C = c·B ÷ (c − a·(1 − B))       Wq = C ÷ (c·μ − λ)
//! ```
//!
//! A. K. Erlang 1917; that loss depends on the mean service time alone: Sevastyanov 1957. Of waiting, service is exponential and in the order of
//! arrival (Gross & Harris, Fundamentals of Queueing Theory, s. 2.3).

use super::solve;

/// The share that is lost where `slots` are offered the load `a` (in erlangs) and nobody waits: M/G/c/c.
pub fn erlang_b(slots: u64, a: f64) -> f64 {
    (1..=slots).fold(1.0, |b, c| a * b / (c as f64 + a * b))
}

/// The share that has to wait, where all may: M/M/c. Needs a < slots.
pub fn erlang_c(slots: u64, a: f64) -> f64 {
    let (b, c) = (erlang_b(slots, a), slots as f64);
    c * b / (c - a * (1.0 - b))
}

/// M/M/c in the order of arrival, with more slots than erlangs are offered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiting {
    rate: f64,
    service: f64,
    slots: u64,
    /// The share that waits.
    pub waits: f64,
}

impl Waiting {
    /// Of `rate` arrivals a second and a mean `service` in seconds; none where the queue would grow for ever.
    pub fn new(rate: f64, service: f64, slots: u64) -> Option<Self> {
        let a = rate * service;
        (a > 0.0 && a < slots as f64).then(|| Self { rate, service, slots, waits: erlang_c(slots, a) })
    }

    /// By how much more a second could be served than comes.
    fn slack(&self) -> f64 {
        self.slots as f64 / self.service - self.rate
    }

    /// The mean time in the queue.
    pub fn wait(&self) -> f64 {
        self.waits / self.slack()
    }

    /// The mean time in the queue and at service.
    pub fn sojourn(&self) -> f64 {
        self.wait() + self.service
    }

    /// The mean number in the queue.
    pub fn queued(&self) -> f64 {
        self.rate * self.wait()
    }

    /// The share of sojourns longer than `t`: of those that waited, the sum of two exponential times.
    pub fn longer(&self, t: f64) -> f64 {
        let (serving, waiting) = (1.0 / self.service, self.slack());
        let alone = libm::exp(-serving * t);
        let both = if (waiting - serving).abs() < 1e-9 * serving {
            (1.0 + serving * t) * alone
        } else {
            (waiting * alone - serving * libm::exp(-waiting * t)) / (waiting - serving)
        };
        (1.0 - self.waits) * alone + self.waits * both
    }

    /// The sojourn that the share `q` does not exceed.
    pub fn quantile(&self, q: f64) -> f64 {
        solve(|t| self.longer(t), 1.0 - q, self.service)
    }
}

/// M/M/c where at most `room` may wait; one more is lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    /// The share that is lost.
    pub lost: f64,
    /// The mean number in the queue.
    pub queued: f64,
    /// The mean number at service.
    pub busy: f64,
}

impl Bounded {
    /// Of the offered load `a`, in erlangs.
    pub fn new(a: f64, slots: u64, room: u64) -> Self {
        // p(c + k) = p(c) · (a/c)^k, with p(c) in terms of Erlang's B: 1 / p(c) = 1 / B + Σ (a/c)^k.
        let ratio = a / slots as f64;
        let (mut power, mut weight, mut first) = (1.0, 0.0, 0.0);
        for k in 1..=room {
            power *= ratio;
            weight += power;
            first += k as f64 * power;
        }
        let full = 1.0 / (1.0 / erlang_b(slots, a) + weight);
        let lost = full * power;
        Self { lost, queued: full * first, busy: a * (1.0 - lost) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_those_of_erlangs_table() {
        // Standard Erlang B table: a = 1 and 2 slots, 20 %; 10 and 10, 21.46 %; 7.0 erlangs and 13 slots, 1.3 %.
        for (slots, a, lost) in [(1, 1.0, 0.5), (2, 1.0, 0.2), (10, 10.0, 0.214_58), (13, 7.0, 0.0144)] {
            assert!((erlang_b(slots, a) - lost).abs() < 2e-3 * lost + 3e-4, "{slots} {a}: {}", erlang_b(slots, a));
        }
        assert!((erlang_b(100_000, 90_000.0)) < 1e-12);
    }

    #[test]
    fn one_slot_waits_as_mm1_does() {
        // M/M/1 at 80 %: W = 5, Lq = 3.2, and the sojourn is exponential: p99 = 5 · ln 100.
        let queue = Waiting::new(0.8, 1.0, 1).unwrap();
        let near = |x: f64, y: f64| assert!((x / y - 1.0).abs() < 1e-9, "{x} {y}");
        near(queue.waits, 0.8);
        near(queue.sojourn(), 5.0);
        near(queue.queued(), 3.2);
        near(queue.quantile(0.99), 5.0 * 100f64.ln());
        assert_eq!((Waiting::new(1.0, 1.0, 1), Waiting::new(0.0, 1.0, 1)), (None, None));
    }

    #[test]
    fn three_slots_at_five_sixths_are_as_in_the_books() {
        // C = 0.7022, Wq = 0.3511 for λ = 10, E S = 0.25, c = 3 (the example of the Ciw paper, Palmer et al. 2019).
        let queue = Waiting::new(10.0, 0.25, 3).unwrap();
        assert!((queue.waits - 0.702_247_191).abs() < 1e-9 && (queue.wait() - 0.351_123_596).abs() < 1e-9);
        assert!((queue.quantile(0.5) - 0.454_774_95).abs() < 1e-7 && (queue.quantile(0.99) - 2.471_395_33).abs() < 1e-7);
        // Where service and slack are equally fast, the two exponentials are one Erlang: continuous on both sides.
        let at = |rate: f64| Waiting::new(rate, 1.0, 2).unwrap().longer(3.0);
        assert!((at(1.0) - at(1.0 + 1e-6)).abs() < 1e-5);
    }

    #[test]
    fn little_room_loses_more_and_much_room_nothing() {
        // M/M/1/2: p = 1, a, a² normalised; at a = 1 each is a third.
        let two = Bounded::new(1.0, 1, 1);
        assert!((two.lost - 1.0 / 3.0).abs() < 1e-12 && (two.queued - 1.0 / 3.0).abs() < 1e-12 && (two.busy - 2.0 / 3.0).abs() < 1e-12);
        assert!((Bounded::new(8.0, 10, 0).lost - erlang_b(10, 8.0)).abs() < 1e-12);
        let (wide, open) = (Bounded::new(0.8, 1, 2000), Waiting::new(0.8, 1.0, 1).unwrap());
        assert!(wide.lost < 1e-12 && (wide.queued - open.queued()).abs() < 1e-9);
    }
}
