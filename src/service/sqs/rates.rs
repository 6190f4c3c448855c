//! How many calls a FIFO queue takes.
//!
//! ```text
//! normal:           each action 300 calls/s              (a batch is one call: 3,000 messages/s)
//! high throughput:  each action the Region's quota, and 300 calls/s for each partition; a group's key decides on its partition
//! ```
//!
//! AWS lets partitions grow and shrink with the load; here there are as many as the quota asks for, all the time. Deletions are not counted.

use crate::{
    mechanism::{luck::mix, token_bucket::TokenBucket},
    platform::Platform,
    units::Time,
};

/// The buckets of one queue.
#[derive(Clone, Debug)]
pub(super) struct Rates {
    send: TokenBucket,
    receive: TokenBucket,
    /// Of sends, by partition; none in normal mode.
    partitions: Vec<TokenBucket>,
}

impl Rates {
    pub fn new(high_throughput: bool, platform: &Platform) -> Self {
        let own = platform.get("sqs.fifo_calls");
        let whole = if high_throughput { platform.regional("sqs.fifo_high_throughput") } else { own };
        let bucket = |rate: f64| TokenBucket::new(rate, rate);
        let count = if high_throughput { (whole / own).ceil() as usize } else { 0 };
        Self { send: bucket(whole), receive: bucket(whole), partitions: vec![bucket(own); count] }
    }

    /// Whether a send of messages of this group may pass.
    pub fn admit_send(&mut self, now: Time, group: u64) -> bool {
        let count = self.partitions.len().max(1) as u64;
        match self.partitions.get_mut((mix(group) % count) as usize) {
            Some(partition) => {
                let passes = partition.conforms(now, 1) && self.send.try_take(now, 1);
                if passes {
                    partition.take(now, 1);
                }
                passes
            }
            None => self.send.try_take(now, 1),
        }
    }

    /// Whether a receive may pass.
    pub fn admit_receive(&mut self, now: Time) -> bool {
        self.receive.try_take(now, 1)
    }
}
