//! How many calls a FIFO queue takes.
//!
//! ```text
//! normal:           each action 300 calls/s              (a batch is one call: 3,000 messages/s)
//! high throughput:  each action the Region's quota, and 300 calls/s for each partition; a group's key decides on its partition
//!                   a batch is one call of each partition that its groups touch
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

    /// Whether a send may pass whose entries are of these groups: in every partition that it touches, or in none.
    pub fn admit_send(&mut self, now: Time, groups: impl Iterator<Item = u64>) -> bool {
        if self.partitions.is_empty() {
            return self.send.try_take(now, 1);
        }
        let mut touched = Touched::default();
        groups.for_each(|group| touched.add((mix(group) % self.partitions.len() as u64) as usize));
        let passes = touched.each().all(|at| self.partitions[at].conforms(now, 1)) && self.send.try_take(now, touched.count as u64);
        if passes {
            touched.each().for_each(|at| self.partitions[at].take(now, 1));
        }
        passes
    }

    /// Whether a receive may pass.
    pub fn admit_receive(&mut self, now: Time) -> bool {
        self.receive.try_take(now, 1)
    }
}

/// Most entries of one call.
const ENTRIES: usize = 10;

/// The partitions that one call touches, each once.
#[derive(Default)]
struct Touched {
    partitions: [usize; ENTRIES],
    count: usize,
}

impl Touched {
    fn add(&mut self, partition: usize) {
        if self.count < ENTRIES && self.each().all(|known| known != partition) {
            self.partitions[self.count] = partition;
            self.count += 1;
        }
    }

    fn each(&self) -> impl Iterator<Item = usize> + '_ {
        self.partitions[..self.count].iter().copied()
    }
}
