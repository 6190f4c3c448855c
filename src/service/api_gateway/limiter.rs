//! The throttle of a stage or route: a token bucket, or as many as share the work of a limiter without a common state.
//!
//! ```text
//! request ─(by its luck)─▶ one of n shards, each with rate / n and burst / n, at least one token
//! ```
//!
//! One shard is exact. AWS calls its throttles best effort, and many shards show both sides of it: a small limit lets far more through at once than its
//! burst (each shard has a token), a large one refuses some too early (requests are not spread evenly), and the long run keeps its rate. The account's bucket
//! and the buckets of usage plans are exact.

use crate::{
    mechanism::{luck::Luck, token_bucket::TokenBucket},
    metrics::Limit,
    units::Time,
};

/// Purpose of the draw that sends a request to a shard.
const SHARD: u64 = 0xA2;

/// A throttle that runs.
#[derive(Clone, Debug)]
pub(super) struct Limiter {
    shards: Vec<TokenBucket>,
    pub limit: Limit,
}

impl Limiter {
    pub fn new(rate_per_s: f64, burst: f64, shards: u64, limit: Limit) -> Self {
        let n = shards.max(1) as f64;
        let bucket = TokenBucket::new(rate_per_s / n, (burst / n).max(1.0));
        Self { shards: vec![bucket; shards.max(1) as usize], limit }
    }

    /// The bucket that a request with this luck has to do with.
    pub fn shard(&mut self, luck: Luck) -> &mut TokenBucket {
        let at = match self.shards.len() {
            1 => 0,
            n => luck.draw(SHARD).below(n as u64) as usize,
        };
        &mut self.shards[at]
    }

    /// Whether it would let this request pass now.
    pub fn conforms(&mut self, luck: Luck, now: Time) -> bool {
        self.shard(luck).conforms(now, 1)
    }

    /// Takes the token of a request that passes.
    pub fn take(&mut self, luck: Luck, now: Time) {
        self.shard(luck).take(now, 1);
    }
}
