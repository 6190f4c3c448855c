//! The chain API Gateway → Lambda → DynamoDB, written by hand and for nothing else: about the least that simulating it can cost.
//!
//! ```text
//! arrival ─▶ account's bucket ─▶ rate, concurrency ─▶ environment: last used first, or cold ─▶ compute ─▶ table's buckets ─▶ answer
//!    429 ◀──────────┘     500 ◀─────────┘                                                  2 heap events a request
//! ```
//!
//! The physics of `scenarios/bench/chain.yaml`, and the yardstick of the engine's speed. Its tricks are those of a special case: an invocation holds
//! one environment, so environments are the slots of all state; the next arrival stands beside the heap; an event is rewritten in place into the one
//! that follows it; delays on which nothing waits (overheads) are added up instead of lived through; time-outs are looked at when the work is done.
//! Left out: windows, causes, gauges, fingerprint, histograms of any node but the client's, the SDK's retries, the on-demand table's growing
//! allowance. None of the physics among them is ever met at this load.

use std::cmp::Reverse;

use coldfront::mechanism::luck::{Keyed, keyed, mix};
use dary_heap::{PeekMut, QuaternaryHeap};
use hdrhistogram::Histogram;
use rand_distr::{Distribution, Exp1, StandardNormal};

/// Nanoseconds, as all times here.
const MS: f64 = 1e6;
const S: u64 = 1_000_000_000;

const MEAN_INTERARRIVAL: f64 = 1e9 / 1000.0;
const KEEP_ALIVE: u64 = 300 * S;
const LIFETIME: (u64, u64) = (7_200 * S, 28_800 * S);
const CONCURRENCY: u64 = 1000;
const INTEGRATION_TIMEOUT: u64 = 29 * S;
const FUNCTION_TIMEOUT: u64 = 10 * S;
const ROUND_TRIP: u64 = S / 2000;
const Z99: f64 = 2.326_347_874_040_840_8;

/// What an event is, and its lowest bit: the handler has computed, or the invocation is over.
const COMPUTED: u128 = 0;
const OVER: u128 = 1;

/// exp(mu + sigma·Z) nanoseconds.
#[derive(Clone, Copy)]
struct Lognormal {
    mu: f64,
    sigma: f64,
}

impl Lognormal {
    fn mean_sigma(mean_ms: f64, sigma: f64) -> Self {
        Self { mu: (mean_ms * MS).ln() - sigma * sigma / 2.0, sigma }
    }

    fn p50_p99(p50_ms: f64, p99_ms: f64) -> Self {
        Self { mu: (p50_ms * MS).ln(), sigma: (p99_ms / p50_ms).ln() / Z99 }
    }

    #[inline]
    fn draw(self, luck: &mut Keyed) -> u64 {
        let z: f64 = StandardNormal.sample(luck);
        libm::exp(self.mu + self.sigma * z) as u64
    }
}

/// A token bucket: when it will be full again, time a token, time of all.
#[derive(Clone, Copy)]
struct Bucket {
    full: u64,
    step: u64,
    depth: u64,
}

impl Bucket {
    fn new(rate: u64, burst: u64) -> Self {
        Self { full: 0, step: S / rate, depth: burst * (S / rate) }
    }

    #[inline]
    fn has_room(&self, now: u64) -> bool {
        self.full.saturating_sub(now) + self.step <= self.depth
    }

    #[inline]
    fn take(&mut self, now: u64) -> bool {
        let room = self.has_room(now);
        if room {
            self.full = self.full.max(now) + self.step;
        }
        room
    }
}

/// What came of a run.
pub struct Counts {
    pub requests: u64,
    pub answered: u64,
    /// Refused, timed out or failed.
    pub failed: u64,
    pub cold_starts: u64,
    /// Of the successful answers, in nanoseconds.
    pub latency_sum: u64,
    /// Of the successful answers, in microseconds.
    pub latency: Histogram<u32>,
}

/// Everything in flight, field by field; the index is the environment.
pub struct Kernel {
    end: u64,
    key: u64,
    /// time (64 bits) | number (40) | environment (23) | what (1): equal times keep their order.
    events: QuaternaryHeap<Reverse<u128>>,
    number: u128,
    origin: Vec<u64>,
    begun: Vec<u64>,
    luck: Vec<Keyed>,
    failing: Vec<bool>,
    expires: Vec<u64>,
    ends: Vec<u64>,
    idle: Vec<u32>,
    unused: Vec<u32>,
    busy: u64,
    account: Bucket,
    rate: Bucket,
    scaling: Bucket,
    allowance: Bucket,
    partitions: [Bucket; 4],
    init: Lognormal,
    compute: Lognormal,
    read: Lognormal,
    invoke_overhead: Lognormal,
    api_overhead: Lognormal,
    counts: Counts,
}

impl Kernel {
    /// A chain at rest, to be run for so many seconds.
    pub fn new(seconds: u64, seed: u64) -> Self {
        let (origin, begun, luck, failing, expires, ends, idle, unused) = Default::default();
        let latency = Histogram::new_with_bounds(1, 60_000_000, 3).expect("three digits are within what the format allows");
        Self {
            end: seconds * S,
            key: mix(seed),
            events: QuaternaryHeap::new(),
            number: 0,
            origin,
            begun,
            luck,
            failing,
            expires,
            ends,
            idle,
            unused,
            busy: 0,
            account: Bucket::new(10_000, 5_000),
            rate: Bucket::new(10 * CONCURRENCY, 10 * CONCURRENCY),
            scaling: Bucket::new(100, 1000),
            // Half capacity units, of which such a read takes one.
            allowance: Bucket::new(24_000, 24_000),
            partitions: [Bucket::new(6_000, 6_000); 4],
            init: Lognormal::mean_sigma(400.0, 0.4),
            compute: Lognormal::mean_sigma(100.0, 0.8),
            read: Lognormal::p50_p99(1.8, 6.0),
            invoke_overhead: Lognormal::p50_p99(0.3, 4.6),
            api_overhead: Lognormal::p50_p99(4.0, 12.0),
            counts: Counts { requests: 0, answered: 0, failed: 0, cold_starts: 0, latency_sum: 0, latency },
        }
    }

    /// Runs to the end.
    pub fn run(mut self) -> Counts {
        let mut arrivals = Keyed::new(keyed(self.key, 1));
        let mut next = exponential(&mut arrivals);
        loop {
            let due = self.events.peek().map_or(u64::MAX, |event| (event.0 >> 64) as u64);
            if due.min(next) > self.end {
                return self.counts;
            }
            if due <= next {
                self.event();
            } else {
                self.arrive(next);
                next += exponential(&mut arrivals);
            }
        }
    }

    #[inline]
    fn arrive(&mut self, now: u64) {
        let mut luck = Keyed::new(mix(self.key ^ mix(self.counts.requests)));
        self.counts.requests += 1;
        let admitted = self.account.take(now) && self.rate.take(now) && self.busy < CONCURRENCY;
        let Some((env, begin)) = admitted.then(|| self.environment(now, &mut luck)).flatten() else {
            self.counts.failed += 1;
            return;
        };
        let at = env as usize;
        let compute = self.compute.draw(&mut luck);
        let late = compute > FUNCTION_TIMEOUT;
        (self.origin[at], self.begun[at], self.luck[at], self.failing[at]) = (now, begin, luck, late);
        self.busy += 1;
        self.number += 1;
        let (after, what) = if late { (FUNCTION_TIMEOUT, OVER) } else { (compute, COMPUTED) };
        self.events.push(Reverse(u128::from(begin + after) << 64 | self.number << 24 | u128::from(env) << 1 | what));
    }

    /// The environment used last that is still there, else a new one; and when the invocation begins in it.
    #[inline]
    fn environment(&mut self, now: u64, luck: &mut Keyed) -> Option<(u32, u64)> {
        while let Some(env) = self.idle.pop() {
            if self.expires[env as usize].min(self.ends[env as usize]) > now {
                return Some((env, now));
            }
            self.unused.push(env);
        }
        self.scaling.take(now).then(|| self.cold_start(now, luck))
    }

    fn cold_start(&mut self, now: u64, luck: &mut Keyed) -> (u32, u64) {
        self.counts.cold_starts += 1;
        let ends = now + LIFETIME.0 + luck.below(LIFETIME.1 - LIFETIME.0);
        let env = self.unused.pop().unwrap_or_else(|| self.grow());
        self.ends[env as usize] = ends;
        (env, now + self.init.draw(luck))
    }

    fn grow(&mut self) -> u32 {
        for times in [&mut self.origin, &mut self.begun, &mut self.expires, &mut self.ends] {
            times.push(0);
        }
        self.luck.push(Keyed::new(0));
        self.failing.push(false);
        self.ends.len() as u32 - 1
    }

    /// The next event of the heap.
    #[inline]
    fn event(&mut self) {
        let Some(mut top) = self.events.peek_mut() else { return };
        let (now, env) = ((top.0 >> 64) as u64, (top.0 as u32 & 0xFF_FFFF) >> 1);
        let at = env as usize;
        if top.0 & 1 == OVER {
            PeekMut::pop(top);
            return self.over(now, env);
        }
        let partition = &mut self.partitions[self.luck[at].below(4) as usize];
        let admitted = partition.has_room(now) && self.allowance.take(now) && partition.take(now);
        let after = now + ROUND_TRIP + self.read.draw(&mut self.luck[at]);
        let late = after - self.begun[at] > FUNCTION_TIMEOUT;
        self.failing[at] = late || !admitted;
        let after = if late { self.begun[at] + FUNCTION_TIMEOUT } else { after };
        self.number += 1;
        *top = Reverse(u128::from(after) << 64 | self.number << 24 | u128::from(env) << 1 | OVER);
    }

    /// An invocation is over: its environment rests, and its client hears of it.
    #[inline]
    fn over(&mut self, now: u64, env: u32) {
        let at = env as usize;
        self.busy -= 1;
        self.expires[at] = now + KEEP_ALIVE;
        self.idle.push(env);
        let luck = &mut self.luck[at];
        let integration = now + self.invoke_overhead.draw(luck) - self.origin[at];
        let latency = integration.min(INTEGRATION_TIMEOUT) + self.api_overhead.draw(luck);
        if self.origin[at] + latency > self.end {
            return; // still in flight when the run ends
        }
        if self.failing[at] || integration > INTEGRATION_TIMEOUT {
            self.counts.failed += 1;
            return;
        }
        self.counts.answered += 1;
        self.counts.latency_sum += latency;
        self.counts.latency.saturating_record((latency + 500) / 1000);
    }
}

#[inline]
fn exponential(arrivals: &mut Keyed) -> u64 {
    let e: f64 = Exp1.sample(arrivals);
    (e * MEAN_INTERARRIVAL) as u64
}
