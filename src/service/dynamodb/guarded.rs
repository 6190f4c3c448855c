//! Requests that need more than one yes: writes that touch indexes, have conditions or meet others at the same item; batches; transactions.
//!
//! ```text
//! room in the table ─▶ room in every global index touched ─▶ nobody at the item ─▶ condition holds ─▶ charged, held, answered
//!      throttled             throttled, index named             conflict              charged, rejected
//! ```
//!
//! That is AWS's order as far as it is known: what is throttled costs nothing, what fails its condition costs full write units. A batch asks for each
//! item alone, a transaction for all of them first. Nothing here is on the path of a plain request.

use crate::{
    engine::{Ix, World},
    mechanism::luck::mix,
    metrics::{Cause, Class, Outcome},
    units::Time,
};

use super::{
    CANCELED, DynamoDb, THROTTLED,
    capacity::Units,
    index::{Charge, Effect},
    operation::{Compiled, Condition, Makes, Portion},
    refusal::Refusal,
};

/// Purposes of draws.
const CONDITION: u64 = 0xDD;
const REPEATED: u64 = 0xDE;

/// `ConditionalCheckFailedException`: the same again would fail again.
const CONDITION_FAILED: Outcome = Outcome { class: Class::Rejected, code: 400 };
/// `TransactionConflictException`: in no SDK's list of errors to try again.
const CONFLICT: Outcome = Outcome { class: Class::Failed, code: 400 };

/// Why a write was not done.
#[derive(Clone, Copy, Debug)]
enum No {
    Throttled(Throttle),
    Conflict,
    Condition,
}

/// A limit that refused: the table's, or that of one of its global indexes.
#[derive(Clone, Copy, Debug)]
struct Throttle {
    index: Option<u32>,
    refusal: Refusal,
}

impl DynamoDb {
    /// A page of a global index: only its own reads can throttle it, and it nobody else.
    pub(super) fn index_page(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Compiled { index: number, units, key, .. } = self.operations[at];
        let index = &mut self.indexes[number as usize];
        let key = index.partition_key(world, ix, key, 0);
        match index.throughput.admit_read(world.now(), units, key) {
            Ok(()) => {
                world.metrics.count_for(index.consumed_reads, world.frame(ix).workload, units.halves());
                self.succeed(world, ix, at, 1);
            }
            Err(refusal) => self.turn_away(world, ix, Throttle { index: Some(number), refusal }, false, THROTTLED),
        }
    }

    /// One write of one item.
    pub(super) fn guarded(&mut self, world: &mut World, ix: Ix, at: usize) {
        let key = self.partition_key(world, ix, at, 0);
        match self.write_item(world, ix, at, 0, key) {
            Ok(()) => {
                let took = self.sample(world, ix, at, 1);
                self.hold(world.now(), key, took, false);
                self.answer(world, ix, took);
            }
            Err(No::Throttled(throttle)) => self.turn_away(world, ix, throttle, true, THROTTLED),
            Err(No::Conflict) => self.reply(world, ix, CONFLICT),
            Err(No::Condition) => {
                let took = self.sample(world, ix, at, 1) + self.round_trip;
                world.finish_spending(ix, CONDITION_FAILED, Cause::Service, took);
            }
        }
    }

    /// Admits and charges the write of one item, with all that it touches, or says why not.
    fn write_item(&mut self, world: &mut World, ix: Ix, at: usize, item: u64, key: u64) -> Result<(), No> {
        let now = world.now();
        self.charges.clear();
        let local = self.touch(world, ix, at, item);
        self.throughput.check_write(now, key).map_err(|refusal| No::Throttled(Throttle { index: None, refusal }))?;
        self.check_indexes(now).map_err(No::Throttled)?;
        if self.in_progress.as_ref().is_some_and(|held| held.refuses_write(key_of_item(key, item), now)) {
            world.metrics.count(self.transaction_conflicts, 1);
            return Err(No::Conflict);
        }
        if self.condition_fails(world, ix, at) {
            self.charge_table(world, ix, self.operations[at].failed_units, key);
            return Err(No::Condition);
        }
        let units = self.operations[at].units + local;
        self.charge_table(world, ix, units, key);
        self.charge_indexes(world, ix);
        self.wrote(world, at, 1, units);
        Ok(())
    }

    /// What comes of so many items that were written, of these units in all: they will expire, and other Regions are told.
    fn wrote(&mut self, world: &mut World, at: usize, items: u64, units: Units) {
        if let Some(lifetimes) = &mut self.lifetimes {
            match self.operations[at].makes {
                Makes::New => lifetimes.wrote(world.now(), items, units.halves() / items.max(1)),
                Makes::Fewer => lifetimes.deleted(items),
                Makes::NoOther => {}
            }
        }
        if let Some(replication) = &mut self.replication {
            replication.wrote(world, items, units.halves(), true);
        }
    }

    /// Notes what this write of this item does to global indexes; the units of local ones.
    fn touch(&mut self, world: &World, ix: Ix, at: usize, item: u64) -> Units {
        let lineage = world.frame(ix).luck.lineage;
        let mut local = Units::ZERO;
        for touch in &self.operations[at].touches {
            let effect = touch.effect(lineage, item);
            let Some(number) = touch.index else {
                local += effect.units();
                continue;
            };
            let index = &self.indexes[number as usize];
            let came = index.partition_key(world, ix, touch.key, item);
            match effect {
                Effect::Nothing => {}
                Effect::Written(units) => self.charges.push(Charge { index: number, key: came, units }),
                Effect::Moved { left, came: units } => {
                    let former = index.former_key(world, ix, touch.key, item);
                    self.charges.push(Charge { index: number, key: former, units: left });
                    self.charges.push(Charge { index: number, key: came, units });
                }
            }
        }
        local
    }

    /// Whether every global index that is touched has room: one that has fallen behind throttles its table.
    fn check_indexes(&mut self, now: Time) -> Result<(), Throttle> {
        for Charge { index, key, .. } in &self.charges {
            let throughput = &mut self.indexes[*index as usize].throughput;
            throughput.check_write(now, *key).map_err(|refusal| Throttle { index: Some(*index), refusal })?;
        }
        Ok(())
    }

    fn charge_indexes(&mut self, world: &mut World, ix: Ix) {
        let workload = world.frame(ix).workload;
        for Charge { index, key, units } in self.charges.drain(..) {
            let index = &mut self.indexes[index as usize];
            index.throughput.charge_write(world.now(), units, key);
            world.metrics.count_for(index.consumed_writes, workload, units.halves());
        }
    }

    fn charge_table(&mut self, world: &mut World, ix: Ix, units: Units, key: u64) {
        self.throughput.charge_write(world.now(), units, key);
        self.consumed(world, world.frame(ix).workload, true, units);
    }

    /// Whether the condition of a write fails, which is counted.
    fn condition_fails(&self, world: &mut World, ix: Ix, at: usize) -> bool {
        let fails = match self.operations[at].condition {
            None => false,
            Some(Condition::Share(share)) => world.frame(ix).luck.draw(CONDITION).chance(share),
            Some(Condition::Attribute(attribute)) => world.attribute(ix, attribute) != 0,
        };
        if fails {
            world.metrics.count(self.failed_conditions, 1);
        }
        fails
    }

    fn hold(&mut self, now: Time, item: u64, took: Time, by_transaction: bool) {
        if let Some(in_progress) = &mut self.in_progress {
            in_progress.hold(item, now, now + took, by_transaction);
        }
    }

    /// Counts a throttle where CloudWatch would: at the table or at the index that refused.
    fn throttled(&self, world: &mut World, throttle: Throttle, write: bool) {
        let Some(index) = throttle.index else { return self.throttle_event(world, throttle.refusal, write) };
        let index = &self.indexes[index as usize];
        world.metrics.refuse(index.limits[throttle.refusal as usize]);
        world.metrics.count(if write { index.write_throttles } else { index.read_throttles }, 1);
    }

    fn turn_away(&mut self, world: &mut World, ix: Ix, throttle: Throttle, write: bool, outcome: Outcome) {
        self.throttled(world, throttle, write);
        world.metrics.count(self.throttled_requests, 1);
        self.reply(world, ix, outcome);
    }

    /// Each item for itself. What is throttled, or meets a transaction, comes back unprocessed.
    pub(super) fn batch(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Compiled { write, items, .. } = self.operations[at];
        let leads_to_nothing = self.in_progress.is_none() && self.lifetimes.is_none() && self.replication.is_none();
        if write && leads_to_nothing && self.operations[at].touches.is_empty() && self.operations[at].condition.is_none() {
            return self.plain_batch(world, ix, at);
        }
        let (mut served, mut last) = (0, None);
        let mut room = self.operations[at].portion.map(Room::of);
        let held = if write && self.in_progress.is_some() { self.sample(world, ix, at, items) } else { Time::ZERO };
        for item in 0..u64::from(items) {
            let key = self.partition_key(world, ix, at, item);
            if room.as_mut().is_some_and(|room| !room.take(self.throughput.partition_of(key))) {
                continue;
            }
            match self.batched(world, ix, at, item, key) {
                Ok(()) => {
                    self.hold(world.now(), key_of_item(key, item), held, false);
                    served += 1;
                }
                Err(No::Throttled(throttle)) => {
                    if let Some(before) = last.replace(throttle) {
                        self.throttled(world, before, write);
                    }
                }
                Err(No::Conflict | No::Condition) => {}
            }
        }
        match last {
            Some(throttle) if served == 0 => return self.turn_away(world, ix, throttle, write, THROTTLED),
            Some(throttle) => self.throttled(world, throttle, write),
            None => {}
        }
        world.metrics.count(self.unprocessed, u64::from(items - served));
        self.succeed(world, ix, at, served);
    }

    /// A batch of writes that meet nobody and touch nothing but the table.
    fn plain_batch(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Compiled { units, items, .. } = self.operations[at];
        let (now, mut served, mut last) = (world.now(), 0, None);
        for item in 0..items {
            let key = self.partition_key(world, ix, at, u64::from(item));
            match self.throughput.admit_write(now, units, key) {
                Ok(()) => served += 1,
                Err(refusal) => {
                    if let Some(before) = last.replace(refusal) {
                        self.throttle_event(world, before, true);
                    }
                }
            }
        }
        world.metrics.count_for(self.consumed_writes, world.frame(ix).workload, units.halves() * u64::from(served));
        match last {
            Some(refusal) if served == 0 => return self.refuse(world, ix, refusal, true, THROTTLED),
            Some(refusal) => {
                self.throttle_event(world, refusal, true);
                world.metrics.count(self.unprocessed, u64::from(items - served));
            }
            None => {}
        }
        self.succeed(world, ix, at, served);
    }

    fn batched(&mut self, world: &mut World, ix: Ix, at: usize, item: u64, key: u64) -> Result<(), No> {
        let Compiled { write, units, .. } = self.operations[at];
        if write {
            return self.write_item(world, ix, at, item, key);
        }
        let workload = world.frame(ix).workload;
        self.admit(world, false, units, key, workload).map_err(|refusal| No::Throttled(Throttle { index: None, refusal }))
    }

    /// All items or none.
    pub(super) fn transaction(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Compiled { write, units, repeats, repeated_units, .. } = self.operations[at];
        if write && repeats > 0.0 && world.frame(ix).luck.draw(REPEATED).chance(repeats) {
            return match self.check_items(world, ix, at, false) {
                Err(throttle) => self.turn_away(world, ix, throttle, false, CANCELED),
                Ok(_) => {
                    self.charge_items(world, ix, at, false, repeated_units);
                    self.succeed(world, ix, at, 1);
                }
            };
        }
        let local = match self.check_items(world, ix, at, write) {
            Err(throttle) => return self.turn_away(world, ix, throttle, write, CANCELED),
            Ok(local) => local,
        };
        let conflicts = self.conflicts(world, ix, at);
        world.metrics.count(self.transaction_conflicts, conflicts);
        if conflicts > 0 || self.condition_fails(world, ix, at) {
            // Both phases of a transaction are paid for, whatever becomes of it.
            let units = if write { self.operations[at].failed_units } else { units };
            self.charge_items(world, ix, at, write, units);
            return self.reply(world, ix, CANCELED);
        }
        self.charge_items(world, ix, at, write, units);
        if local > Units::ZERO {
            let key = self.partition_key(world, ix, at, 0);
            self.charge_table(world, ix, local, key);
        }
        self.charge_indexes(world, ix);
        if write {
            let items = u64::from(self.operations[at].items);
            self.wrote(world, at, items, units * items + local);
        }
        let took = self.sample(world, ix, at, 1);
        if write {
            self.hold_items(world, ix, at, took);
        }
        self.answer(world, ix, took);
    }

    /// Whether there is room for every item, in the table and in the indexes it touches; the units of local indexes.
    fn check_items(&mut self, world: &World, ix: Ix, at: usize, write: bool) -> Result<Units, Throttle> {
        let now = world.now();
        self.charges.clear();
        let mut local = Units::ZERO;
        for item in 0..u64::from(self.operations[at].items) {
            let key = self.partition_key(world, ix, at, item);
            let room = if write { self.throughput.check_write(now, key) } else { self.throughput.check_read(now, key) };
            room.map_err(|refusal| Throttle { index: None, refusal })?;
            if write {
                local += self.touch(world, ix, at, item);
            }
        }
        self.check_indexes(now)?;
        Ok(local)
    }

    fn charge_items(&mut self, world: &mut World, ix: Ix, at: usize, write: bool, units: Units) {
        let now = world.now();
        for item in 0..u64::from(self.operations[at].items) {
            let key = self.partition_key(world, ix, at, item);
            if write {
                self.throughput.charge_write(now, units, key);
            } else {
                self.throughput.charge_read(now, units, key);
            }
            self.consumed(world, world.frame(ix).workload, write, units);
        }
    }

    /// How many items of a transaction somebody else is at work on.
    fn conflicts(&self, world: &World, ix: Ix, at: usize) -> u64 {
        let Some(in_progress) = &self.in_progress else { return 0 };
        let items = 0..u64::from(self.operations[at].items);
        let item = |item| key_of_item(self.partition_key(world, ix, at, item), item);
        items.filter(|&n| in_progress.refuses_transaction(item(n), world.now())).count() as u64
    }

    fn hold_items(&mut self, world: &World, ix: Ix, at: usize, took: Time) {
        for item in 0..u64::from(self.operations[at].items) {
            let key = self.partition_key(world, ix, at, item);
            self.hold(world.now(), key_of_item(key, item), took, true);
        }
    }
}

/// What a batch of reads has room for yet: bytes of one answer, and of each partition in it.
struct Room {
    portion: Portion,
    partitions: [(usize, u32); 100],
    seen: usize,
}

impl Room {
    fn of(portion: Portion) -> Self {
        Self { portion, partitions: [(0, 0); 100], seen: 0 }
    }

    /// Whether one more item of this partition fits, which it then takes.
    fn take(&mut self, partition: usize) -> bool {
        let known = self.partitions[..self.seen].iter().position(|(known, _)| *known == partition);
        let at = known.unwrap_or(self.seen);
        let Some(place) = self.partitions.get_mut(at).filter(|_| self.portion.of_all > 0) else { return false };
        if known.is_none() {
            (*place, self.seen) = ((partition, self.portion.of_partition), self.seen + 1);
        }
        let fits = place.1 > 0;
        place.1 -= u32::from(fits);
        self.portion.of_all -= u32::from(fits);
        fits
    }
}

/// The first item of an operation is the one that its key names; the others are further items of the same partition key.
fn key_of_item(key: u64, item: u64) -> u64 {
    if item == 0 { key } else { mix(key ^ item) }
}
