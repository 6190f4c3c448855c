//! Sending: a message comes into the queue, or is known already.
//!
//! ```text
//! call ─▶ rate of a FIFO queue ─▶ each entry: deduplication ─▶ store ─▶ DELAYED or VISIBLE ─▶ whoever waits for it
//! ```

use crate::{
    engine::{About, Ix, NodeId, World},
    mechanism::{
        distribution::Distribution,
        luck::{Luck, mix},
    },
    metrics::{Cause, Outcome},
    units::Time,
};

use super::{
    DELAYED, LATENCY, Sqs, THROTTLED, TOO_LARGE, TWICE, VISIBLE,
    groups::LONER,
    operation::{Compiled, Sending},
};

/// Size of a message that nobody gave a size.
const USUAL_BYTES: u32 = 1024;

impl Sqs {
    pub(super) fn send(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Compiled::Send(sending) = &self.operations[at] else { unreachable!("only sends are sent") };
        let sending = sending.clone();
        let Sending { bytes, group, delay, messages, ref latency, .. } = sending;
        let luck = world.frame(ix).luck;
        let mut about = world.frame(ix).about();
        about.bytes = bytes.unwrap_or(if about.bytes > 0 { about.bytes } else { USUAL_BYTES });
        if u64::from(about.bytes) * u64::from(messages) > self.largest {
            return world.finish(ix, TOO_LARGE, Time::ZERO);
        }
        if !self.admitted(world, ix, (group, messages), &about, latency) {
            return;
        }
        let mut kept = 0;
        for entry in 0..messages {
            kept += u64::from(self.entry(world, &about, luck, entry, &sending));
        }
        self.count_sent(world, about.workload, kept, delay);
        let bytes = u64::from(about.bytes) * u64::from(messages);
        world.metrics.count(self.meters.billed, bytes.div_ceil(self.billed_chunk).max(1));
        let took = latency.sample(&mut luck.draw(LATENCY));
        world.finish_spending(ix, Outcome::OK, Cause::Service, took);
        self.serve(world);
    }

    /// Whether a FIFO queue's rate lets a call of so many messages pass, of the group whose attribute is given; answers it where not.
    fn admitted(&mut self, world: &mut World, ix: Ix, (group, messages): (Option<u32>, u32), about: &About, latency: &Distribution) -> bool {
        let Some(rates) = &mut self.rates else { return true };
        let (now, luck) = (world.now(), world.frame(ix).luck);
        let key_of = |entry: u32| {
            let about = About { request: own_key(about.request, entry), ..*about };
            group.map_or(own_key(luck.lineage, entry), |attribute| world.attribute_of(&about, attribute))
        };
        let passes = rates.admit_send(now, (0..messages).map(key_of));
        if !passes {
            world.metrics.refuse(self.meters.rate);
            let took = latency.sample(&mut luck.draw(LATENCY));
            world.finish_spending(ix, THROTTLED, Cause::Service, took);
        }
        passes
    }

    /// One entry of a send; whether the queue keeps it. Each entry of a batch is a request of its own in the eyes of its attributes.
    fn entry(&mut self, world: &mut World, whole: &About, luck: Luck, entry: u32, sending: &Sending) -> bool {
        let (lineage, about) = (own_key(luck.lineage, entry), About { request: own_key(whole.request, entry), ..*whole });
        let key = sending.group.map(|attribute| world.attribute_of(&about, attribute));
        let id = sending.deduplicate.map_or(lineage, |attribute| world.attribute_of(&about, attribute));
        if !self.is_fresh(world, id, key) {
            world.metrics.count(self.meters.deduplicated, 1);
            return false;
        }
        if self.fifo && self.duplicates > 0.0 && luck.draw(TWICE).chance(self.duplicates) {
            world.metrics.count(self.meters.deduplicated, 1);
        }
        self.enqueue(world, &about, lineage, key, sending.delay);
        true
    }

    /// Whether a FIFO queue has not seen this deduplication id within its window.
    fn is_fresh(&mut self, world: &World, id: u64, group: Option<u64>) -> bool {
        let scope = if self.dedup_by_group { group.unwrap_or(0) } else { 0 };
        self.dedup.as_mut().is_none_or(|dedup| dedup.fresh(world.now(), mix(id ^ mix(scope))))
    }

    /// A message that another service passes on.
    pub(super) fn forward(&mut self, world: &mut World, ix: Ix, delay: Time) {
        let frame = world.frame(ix);
        let (mut about, luck, group) = (frame.about(), frame.luck, frame.cargo);
        about.bytes = about.bytes.max(1);
        if u64::from(about.bytes) > self.largest {
            return world.finish(ix, TOO_LARGE, Time::ZERO);
        }
        let attribute = (group != u32::MAX).then_some(group);
        let key = attribute.map(|group| world.attribute_of(&about, group));
        if !self.admitted(world, ix, (attribute, 1), &about, &Distribution::constant(Time::ZERO)) {
            return;
        }
        if self.is_fresh(world, luck.lineage, key) {
            self.enqueue(world, &about, luck.lineage, key, delay);
            self.count_sent(world, about.workload, 1, delay);
        } else {
            world.metrics.count(self.meters.deduplicated, 1);
        }
        world.metrics.count(self.meters.billed, u64::from(about.bytes).div_ceil(self.billed_chunk));
        world.finish(ix, Outcome::OK, Time::ZERO);
        self.serve(world);
    }

    /// Counts messages that the queue kept.
    fn count_sent(&mut self, world: &mut World, workload: u16, kept: u64, delay: Time) {
        let level = if delay > Time::ZERO { self.meters.delayed } else { self.meters.visible };
        world.metrics.rise(level, world.now(), kept);
        self.book.sent += kept;
        world.metrics.count_for(self.meters.sent, workload, kept);
    }

    /// Puts a new message into the store and its lists, where it is not counted yet.
    #[inline]
    pub(super) fn enqueue(&mut self, world: &mut World, about: &About, lineage: u64, key: Option<u64>, delay: Time) {
        let now = world.now();
        let expires = now.saturating_add(self.retention);
        let group = match key {
            Some(key) => self.groups.join(key),
            None if self.fifo => self.groups.join(lineage),
            None => LONER,
        };
        let number = self.number();
        let state = if delay > Time::ZERO { DELAYED } else { VISIBLE };
        let (slot, message) = world.messages.claim(about, lineage);
        (message.sent, message.expires, message.group) = (now, expires, group);
        (message.number, message.state) = (number, state);
        (message.queue, message.source) = (self.node, NodeId::MAX);
        // All of a queue are kept equally long, so the newest is the last to go, but for those that came from elsewhere with a clock of their own.
        self.ages.insert_from_back(&mut world.messages, slot, |own, other| own.expires < other.expires);
        self.due(world, expires);
        if self.is_end {
            world.reach(self.node, about.workload, about.origin);
        }
        if delay > Time::ZERO {
            let lane = self.delayed.of(delay);
            let due = self.delayed.push(&mut world.messages, slot, now, lane);
            return self.due(world, due);
        }
        self.line_up(world, slot, false);
    }
}

/// The key of one entry of a batch, each of which is a request of its own.
fn own_key(key: u64, entry: u32) -> u64 {
    if entry == 0 { key } else { mix(key ^ u64::from(entry)) }
}
