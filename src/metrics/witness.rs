//! A sample of requests, each as its client saw it: what is needed to show the same request in two worlds.
//!
//! ```text
//! kept where lineage < share × 2⁶⁴        the same requests in every world, whatever happens to them
//! ```
//!
//! Nothing is kept unless it is asked for. Left out: what befell a request at each node, which is summed by cause.

use super::{Outcome, Spent};
use crate::units::Time;

/// A request with its final answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// What it is, in every world.
    pub lineage: u64,
    /// Its place among the routes of the record.
    pub route: u32,
    /// When it was made.
    pub origin: Time,
    pub latency: Time,
    pub outcome: Outcome,
    pub attempts: u32,
    /// µs by cause.
    pub spent: Spent,
}

/// Those that are kept.
#[derive(Clone, Debug, Default)]
pub struct Witnesses {
    below: u64,
    pub kept: Vec<Witness>,
}

impl Witnesses {
    /// Keeps this share of all requests from now on.
    pub fn keep(&mut self, share: f64) {
        self.below = (share.clamp(0.0, 1.0) * u64::MAX as f64) as u64;
    }

    /// Whether any request is kept: all that a run without witnesses pays for.
    #[inline(always)]
    pub fn is_any(&self) -> bool {
        self.below != 0
    }

    /// Keeps one, if it is one of those.
    pub fn saw(&mut self, witness: Witness) {
        if witness.lineage < self.below {
            self.kept.push(witness);
        }
    }
}
