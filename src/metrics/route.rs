//! What clients saw on one route of one workload: the place where a request is counted, once, when its final answer is there.
//!
//! Successes and failures have a distribution each: fast failure must not make a service look fast. Everything but the windows begins at the
//! end of the warm-up, by the request's beginning.

use super::batch::{BATCHES, Batch};
use super::{Attribution, Cells, Class, Distribution, Outcome, Spent, Window};
use crate::units::Time;

/// Final answers, to requests that began after the warm-up.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    pub offered: u64,
    pub ok: Distribution,
    pub failed: Distribution,
    /// Where the time of successful requests went.
    pub spent: Attribution,
    /// Attempts that the clients made, first ones included.
    pub attempts: u64,
    /// Requests that took more than one attempt.
    pub retried: u64,
    /// Answers other than success, by class and code, in the order of the enum.
    pub failures: Vec<(Outcome, u64)>,
    /// Thirty equal stretches of the measured time; empty where the load is not steady.
    pub batches: Vec<Batch>,
}

/// More kinds of failure than this on one route are counted under code 0 of their class.
const FAILURE_KINDS: usize = 16;

impl Answers {
    #[inline]
    fn count(&mut self, micros: u64, latency: Time, outcome: Outcome, attempts: u32, spent: &Spent) {
        self.attempts += u64::from(attempts);
        self.retried += u64::from(attempts > 1);
        if outcome.is_ok() {
            self.ok.record(latency);
            self.spent.record(micros, spent);
        } else {
            self.failed.record(latency);
            self.count_failure(outcome, 1);
        }
    }

    fn count_failure(&mut self, outcome: Outcome, n: u64) {
        let kind = if self.failures.len() < FAILURE_KINDS { outcome } else { Outcome { code: 0, ..outcome } };
        match self.failures.iter_mut().find(|(known, _)| *known == outcome || *known == kind) {
            Some((_, count)) => *count += n,
            None => self.failures.push((kind, n)),
        }
    }

    /// Adds another route's answers: a workload is the sum of its routes.
    pub fn merge(&mut self, other: &Answers) {
        self.offered += other.offered;
        self.ok.merge(&other.ok);
        self.failed.merge(&other.failed);
        self.spent.merge(&other.spent);
        self.attempts += other.attempts;
        self.retried += other.retried;
        other.failures.iter().for_each(|(outcome, n)| self.count_failure(*outcome, *n));
        self.failures.sort_unstable();
        if self.batches.len() == other.batches.len() {
            self.batches.iter_mut().zip(&other.batches).for_each(|(batch, more)| batch.merge(more));
        } else {
            self.batches.clear();
        }
    }

    /// How many answers there were.
    pub fn answered(&self) -> u64 {
        self.ok.count() + self.failed.count()
    }

    /// How many answers of a class there were.
    pub fn of(&self, class: Class) -> u64 {
        if class == Class::Ok { self.ok.count() } else { self.failures.iter().filter(|(o, _)| o.class == class).map(|(_, n)| n).sum() }
    }
}

/// A route while the run goes on.
#[derive(Clone, Debug, Default)]
pub struct RouteMeter {
    pub answers: Answers,
    pub windows: Vec<Window>,
    /// Offered and answered since the start of the run, warm-up included.
    pub offered: u64,
    pub answered: u64,
    pub steady: bool,
    window: Open,
}

/// The window that is open now.
#[derive(Clone, Debug, Default)]
struct Open {
    offered: u32,
    failed: u32,
    ok: Cells,
    max: Time,
    /// Successes that count in the statistics.
    measured: u64,
    measured_ns: u128,
}

impl RouteMeter {
    #[inline]
    pub fn offer(&mut self, measured: bool) {
        self.offered += 1;
        self.window.offered += 1;
        self.answers.offered += u64::from(measured);
    }

    #[inline]
    pub fn complete(&mut self, latency: Time, measured: bool, outcome: Outcome, attempts: u32, spent: &Spent) {
        let micros = latency.as_micros();
        self.answered += 1;
        if outcome.is_ok() {
            self.window.ok.record(micros);
            self.window.max = self.window.max.max(latency);
            self.window.measured += u64::from(measured);
            self.window.measured_ns += if measured { u128::from(latency.as_nanos()) } else { 0 };
        } else {
            self.window.failed += 1;
        }
        if measured {
            self.answers.count(micros, latency, outcome, attempts, spent);
        }
    }

    /// Closes the window; `batch` is the stretch of the measured time in which it lies, if any.
    pub fn close(&mut self, batch: Option<usize>) {
        let open = &mut self.window;
        self.windows.push(Window::close(open.offered, open.failed, &open.ok, open.max));
        if let Some(batch) = batch.filter(|_| self.steady) {
            self.answers.batches.resize(BATCHES, Batch::default());
            self.answers.batches[batch].fold(&open.ok, open.measured_ns, open.measured);
        }
        open.ok.clear();
        (open.offered, open.failed, open.max, open.measured, open.measured_ns) = (0, 0, Time::ZERO, 0, 0);
    }

    /// Whether anything has happened since the last window closed.
    pub fn is_stirred(&self) -> bool {
        self.window.offered > 0 || self.window.failed > 0 || !self.window.ok.is_empty()
    }
}
