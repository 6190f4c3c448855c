//! Time to live: items that expire, and are deleted some time later at nobody's expense.
//!
//! ```text
//! items deleted a second at t = new items a second at t − (after + deleted_after)          ItemCount = written − deleted
//! ```
//!
//! A fluid: new items are counted by stretches of a 256th of their life, and each stretch drains over one such stretch when its time has come. So memory
//! is fixed however many items there are. Explicit deletions thin out all stretches alike, as if any item might be the one. Deletions consume nothing in
//! this Region and a write in every replica. Left out: a write over an existing item that prolongs its life; reads that meet expired items (they do,
//! until those are deleted).
//! Source: AWS docs: dynamodb/howitworks-ttl.

use std::collections::VecDeque;

use crate::{
    document::Spanned,
    engine::{NodeId, World},
    metrics::{Counter, Gauge},
    service::Build,
    spec,
    units::{Rate, Share, Time},
};

spec! {
    /// When items expire, and when they are gone.
    pub struct TimeToLive: "a time to live" {
        /// From the write of a new item until it expires.
        after: Spanned<Time>,
        /// From its expiry until DynamoDB deletes it; default: two days.
        deleted_after: Option<Time> = None,
        /// Share of new items that expire at all.
        share: Share = Share::ALL,
        /// New items a second before the run, for as long as an item lasts: they are there at the start, and go one by one.
        written_before: Option<Rate> = None,
    }
}

/// Stretches in the life of an item.
const STRETCHES: u64 = 256;

/// The items of a table that runs, by when they were written.
#[derive(Clone, Debug)]
pub(super) struct Lifetimes {
    /// ns from the write of an item until it is deleted, and of a stretch.
    life: i64,
    stretch: i64,
    share: f64,
    /// Items of each stretch that will expire and are there; the first began at `oldest`, which may lie before the run.
    items: VecDeque<f64>,
    oldest: i64,
    /// Until when deletions have been counted.
    drained: i64,
    /// Items that never expire.
    lasting: f64,
    /// Parts of an item that were deleted and not counted yet.
    part: f64,
    /// Of new items: how many, and write units; an expiry costs a replica as much on average.
    written: u64,
    halves: u64,
    deleted: Counter,
    count: Gauge,
}

impl Lifetimes {
    pub fn new(spec: &TimeToLive, node: NodeId, build: &mut Build) -> Self {
        let deleted_after = spec.deleted_after.unwrap_or_else(|| Time::from_secs_f64(3_600.0 * build.platform.get("dynamodb.ttl_deletion")));
        let nanos = |time: Time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX / 4).clamp(1, i64::MAX / 4);
        let life = nanos(spec.after.value.saturating_add(deleted_after));
        let stretch = (life / STRETCHES as i64).max(1);
        let before = spec.written_before.map_or(0.0, Rate::as_per_second) * stretch as f64 / 1e9;
        let stretches = life / stretch + i64::from(life % stretch > 0);
        let metrics = &mut build.world.metrics;
        Self {
            life,
            stretch,
            share: spec.share.as_fraction(),
            items: if before > 0.0 { vec![before; stretches as usize].into() } else { VecDeque::new() },
            oldest: if before > 0.0 { -stretches * stretch } else { 0 },
            drained: 0,
            lasting: 0.0,
            part: 0.0,
            written: 0,
            halves: 0,
            deleted: metrics.counter(node as usize, "TimeToLiveDeletedItemCount"),
            count: metrics.gauge(node as usize, "ItemCount"),
        }
    }

    /// Items that are there.
    fn there(&self) -> f64 {
        self.lasting + self.items.iter().sum::<f64>()
    }

    /// Notes that so many items are new, each of these half units.
    pub fn wrote(&mut self, now: Time, new: u64, halves: u64) {
        let now = now.as_nanos() as i64;
        if self.items.is_empty() {
            self.oldest = now - now % self.stretch;
        }
        let at = ((now - self.oldest) / self.stretch) as usize;
        if at >= self.items.len() {
            self.items.resize(at + 1, 0.0);
        }
        self.items[at] += new as f64 * self.share;
        self.lasting += new as f64 * (1.0 - self.share);
        self.written += new;
        self.halves = self.halves.saturating_add(new.saturating_mul(halves));
    }

    /// Notes that so many items were deleted by a request.
    pub fn deleted(&mut self, gone: u64) {
        let there = self.there();
        let kept = if there > 0.0 { (1.0 - gone as f64 / there).max(0.0) } else { 0.0 };
        self.items.iter_mut().for_each(|items| *items *= kept);
        self.lasting *= kept;
    }

    /// Deletes what is due; how many whole items that were, and half units that their deletion costs a replica.
    pub fn settle(&mut self, world: &mut World) -> (u64, u64) {
        let now = world.now().as_nanos() as i64;
        self.part += self.drain(now);
        let gone = self.part as u64;
        self.part -= gone as f64;
        world.metrics.count(self.deleted, gone);
        world.metrics.set(self.count, world.now(), self.there().round() as u64);
        (gone, (gone as f64 * self.halves as f64 / self.written.max(1) as f64).max(2.0 * gone as f64) as u64)
    }

    /// What is deleted until `now`.
    fn drain(&mut self, now: i64) -> f64 {
        let mut gone = 0.0;
        while let Some(items) = self.items.front_mut() {
            let from = self.oldest + self.life;
            let (begins, ends) = (from.max(self.drained), from + self.stretch);
            if now <= begins {
                break;
            }
            let part = (now.min(ends) - begins) as f64 / (ends - begins) as f64 * *items;
            *items -= part;
            gone += part;
            if now < ends {
                break;
            }
            self.items.pop_front();
            self.oldest += self.stretch;
        }
        self.drained = now;
        gone
    }
}
