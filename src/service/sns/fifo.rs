//! What a FIFO topic adds: limits of the topic and of each message group, deduplication, and the order of a group's deliveries.
//!
//! ```text
//! publish ─▶ topic: messages/s, bytes/s ─▶ group: messages/s ─▶ known within 5 min? accepted and dropped ─▶ fan-out
//! chain of (subscription, group): first ◀─ behind ◀─ behind      whoever is behind is not attempted before the one before it is over
//! ```
//!
//! A bucket that nobody took from for as long as it takes to fill is full, so buckets of idle groups are forgotten without a difference: memory is that
//! of the groups in use. Left out: the growth of partitions in high-throughput mode, which may throttle a sudden surge for minutes.

use std::collections::BTreeMap;

use crate::{
    engine::{Ix, NodeId, World},
    mechanism::{
        dedup::Dedup,
        luck::{keyed, mix},
        token_bucket::TokenBucket,
    },
    metrics::Limit,
    platform::Platform,
    service::Build,
    units::Time,
};

use super::spec::{self, ThroughputScope};

/// No frame.
pub(super) const NOBODY: u32 = u32::MAX;

/// The state of a FIFO topic.
#[derive(Clone, Debug)]
pub(super) struct Fifo {
    content_based: bool,
    scope: ThroughputScope,
    dedup: Dedup,
    topic_messages: TokenBucket,
    topic_bytes: TokenBucket,
    groups: GroupRates,
    topic_limit: Limit,
    group_limit: Limit,
    /// The last delivery of each subscription's group that is not over.
    tails: BTreeMap<(u32, u64), Ix>,
}

impl Fifo {
    pub fn new(settings: &spec::Fifo, node: NodeId, build: &mut Build) -> Self {
        let (name, whose) = (build.name(node).to_owned(), build.whose(node));
        let aws = &build.platform;
        let (messages, group) = (aws.get("sns.fifo_topic_rate"), aws.get("sns.fifo_group_rate"));
        let bucket = |name: &str| rate_bucket(aws.get(name), aws);
        let (topic_messages, topic_bytes) = match settings.throughput_scope {
            ThroughputScope::Topic => (bucket("sns.fifo_topic_rate"), bucket("sns.fifo_topic_bytes")),
            ThroughputScope::MessageGroup => (TokenBucket::unlimited(), TokenBucket::unlimited()),
        };
        let groups = GroupRates::new(bucket("sns.fifo_group_rate"), Time::from_secs_f64(aws.get("sns.burst_seconds")));
        let dedup = Dedup::new(Time::from_secs_f64(aws.get("sns.deduplication_window")));
        let metrics = &mut build.world.metrics;
        let at = node as usize;
        Self {
            content_based: settings.content_based_deduplication,
            scope: settings.throughput_scope,
            dedup,
            topic_messages,
            topic_bytes,
            groups,
            topic_limit: metrics.limit(at, "sns_fifo_topic", format!("{whose} rate as a FIFO topic ({messages} messages/s)")),
            group_limit: metrics.limit(at, "sns_message_group", format!("a message group of `{name}` ({group} messages/s)")),
            tails: BTreeMap::new(),
        }
    }

    /// Takes from every bucket, or says which limit refuses and takes nothing.
    pub fn admit(&mut self, now: Time, messages: u64, bytes: u64, group: Option<u64>) -> Result<(), Limit> {
        if !self.topic_messages.conforms(now, messages) || !self.topic_bytes.conforms(now, bytes) {
            return Err(self.topic_limit);
        }
        if group.is_some_and(|group| !self.groups.bucket(now, group).try_take(now, messages)) {
            return Err(self.group_limit);
        }
        self.topic_messages.take(now, messages);
        self.topic_bytes.take(now, bytes);
        Ok(())
    }

    /// Whether message `at` of a publish has not been had within the window. `id` is its deduplication id, `content` stands for its body.
    pub fn fresh(&mut self, now: Time, id: Option<u64>, content: u64, group: Option<u64>, at: u32) -> bool {
        let Some(key) = id.or(self.content_based.then_some(content)) else { return true };
        let within = match self.scope {
            ThroughputScope::Topic => 0,
            ThroughputScope::MessageGroup => mix(group.unwrap_or_default()),
        };
        self.dedup.fresh(now, keyed(key ^ within, u64::from(at)))
    }

    /// Puts a delivery at the end of its group's chain.
    pub fn follow(&mut self, world: &mut World, ix: Ix, subscription: u32, group: u64) {
        if let Some(before) = self.tails.insert((subscription, group), ix) {
            world.frame_mut(before).slot = ix;
            world.frame_mut(ix).loops[0] = 1;
        }
    }

    /// A delivery is over: gives the one behind it, which may go on.
    pub fn leave(&mut self, world: &mut World, ix: Ix, subscription: u32, group: u64) -> Option<Ix> {
        let next = world.frame(ix).slot;
        if next == NOBODY {
            self.tails.remove(&(subscription, group));
            return None;
        }
        world.frame_mut(next).loops[0] = 0;
        Some(next)
    }
}

/// A bucket of a rate, as deep as the platform's burst.
pub(super) fn rate_bucket(rate: f64, platform: &Platform) -> TokenBucket {
    TokenBucket::new(rate, rate * platform.get("sns.burst_seconds"))
}

/// A bucket for each message group in use: two generations, of which the older is forgotten when all of its buckets have filled up.
#[derive(Clone, Debug)]
struct GroupRates {
    full: TokenBucket,
    /// How long an empty bucket takes to fill up, at most.
    span: Time,
    young: BTreeMap<u64, TokenBucket>,
    old: BTreeMap<u64, TokenBucket>,
    turn: Time,
}

impl GroupRates {
    fn new(full: TokenBucket, span: Time) -> Self {
        Self { full, span, young: BTreeMap::new(), old: BTreeMap::new(), turn: Time::ZERO }
    }

    fn bucket(&mut self, now: Time, group: u64) -> &mut TokenBucket {
        if now >= self.turn {
            // What is old now was last taken from a span ago or more.
            self.old = std::mem::take(&mut self.young);
            if now >= self.turn.saturating_add(self.span) {
                self.old.clear();
            }
            self.turn = now + self.span;
        }
        let Self { full, young, old, .. } = self;
        young.entry(group).or_insert_with(|| old.remove(&group).unwrap_or(*full))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgetting_idle_groups_changes_nothing() {
        let full = TokenBucket::new(300.0, 300.0);
        let (mut groups, mut all) = (GroupRates::new(full, Time::from_secs(1)), BTreeMap::new());
        for n in 0..200_000u64 {
            let (now, group) = (Time::from_micros(n * 137), mix(n) % 40 * (mix(n ^ 9) % 3));
            let expected = all.entry(group).or_insert(full).try_take(now, 1);
            assert_eq!(groups.bucket(now, group).try_take(now, 1), expected, "publish {n}");
        }
    }

    #[test]
    fn memory_is_that_of_the_groups_in_use() {
        let mut groups = GroupRates::new(TokenBucket::new(300.0, 300.0), Time::from_secs(1));
        for n in 0..100_000u64 {
            groups.bucket(Time::from_millis(n), n).try_take(Time::from_millis(n), 1);
        }
        assert!(groups.young.len() + groups.old.len() <= 2_001);
    }
}
