//! Secondary indexes: what the file says of them, which writes touch them, and what each touch costs.
//!
//! ```text
//! write ─▶ item (table) ─┬─ local index:  its entry, charged to the table
//!                        └─ global index: its entry, charged to the index, in a partition picked by the INDEX's key
//! moves A ▶ B: delete + put      changes a projected attribute: one write      else: nothing
//! ```
//!
//! A write passes only where the table and every global index that it touches have room: an index that falls behind throttles its table. Which write
//! does what to which entry is drawn once for a request and kept over its retries. Left out: the attributes themselves (an operation says which share
//! of writes concern an index), back-filling a new index, item collections' 10 GB.
//! Source: AWS docs: dynamodb/GSI, LSI, gsi-throttling.

use crate::{
    document::{Map, Spanned},
    engine::{Ix, NodeId, World},
    mechanism::luck::{Keyed, keyed, mix},
    metrics::{Counter, Limit, Split},
    platform::Platform,
    service::{Build, auto_scaling::CapacityScaling},
    spec,
    units::{Bytes, Rate, Share},
    words,
};

use super::{
    capacity::{self, Change, EntryChange, Units},
    refusal::Refusal,
    settings::{Settings, WarmThroughput},
    throughput::Throughput,
};

words! {
    /// What of an item stands in an index.
    pub enum Projection {
        /// The whole item.
        All = "all",
        /// The keys of table and index.
        KeysOnly = "keys_only",
        /// The keys and some attributes.
        Include = "include",
    }
}

spec! {
    /// A global secondary index: a table of its own, kept up to date by DynamoDB. Its mode is its table's.
    pub struct GlobalIndex: "a global secondary index" {
        /// What of an item stands in the index.
        projection: Projection = Projection::All,
        /// Size of an entry, where not the whole item is projected; default: 100 B of keys.
        projected_size: Option<Spanned<Bytes>> = None,
        /// Provisioned read units a second. Default: 5.
        read_capacity_units: Option<Spanned<u64>> = None,
        /// Provisioned write units a second: each write of the table that touches the index needs some. Default: 5.
        write_capacity_units: Option<Spanned<u64>> = None,
        /// Which capacity follows the load, within bounds and with a delay; default: as given, for the whole run.
        auto_scaling: Option<CapacityScaling> = None,
        /// How full the store of unused capacity is at the start; default: as the table's.
        initial_burst: Option<Share> = None,
        /// On demand: the user's own maximum of read units a second.
        max_read_request_units: Option<u64> = None,
        /// On demand: the user's own maximum of write units a second.
        max_write_request_units: Option<u64> = None,
        /// On demand: the busiest minute of reads before the run, units a second; default: a new index.
        previous_peak_reads: Option<Rate> = None,
        /// The same for writes.
        previous_peak_writes: Option<Rate> = None,
        /// What it can do at once; default: what its capacity, or being new, gives it.
        warm_throughput: Option<WarmThroughput> = None,
        /// Number of partitions; default: what capacity asks for.
        partitions: Option<Spanned<u32>> = None,
    }
}

spec! {
    /// A local secondary index: another sort key beside the items, paid by the table.
    pub struct LocalIndex: "a local secondary index" {
        /// What of an item stands in the index.
        projection: Projection = Projection::All,
        /// Size of an entry, where not the whole item is projected; default: 100 B of keys.
        projected_size: Option<Spanned<Bytes>> = None,
    }
}

spec! {
    /// What the writes of an operation do to an index.
    pub struct Touching: "what a write does to an index" {
        /// The attribute that is the index's partition key; default: a key of its own for each item. No matter for a local index.
        key: Option<Spanned<String>> = None,
        /// Share of writes whose item is in the index (a put, a delete) or that change anything in its entry (an update); default: all, or
        /// only the moves where an update meets an index of keys only.
        touches: Option<Share> = None,
        /// Share of writes that move the entry, as the value of an index key becomes another: a deletion and a put.
        changes: Spanned<Share> = Spanned { value: Share::from_fraction(0.0), span: Default::default() },
    }
}

/// What of an item stands in an index, and how large an entry is.
pub(super) fn entry_size(projection: Projection, projected_size: Option<&Spanned<Bytes>>, item: u64, aws: &Platform) -> u64 {
    match (projection, projected_size) {
        (Projection::All, _) => item,
        (_, Some(size)) => size.value.as_bytes().min(item),
        (_, None) => aws.count("dynamodb.index_entry_size").min(item),
    }
}

impl GlobalIndex {
    /// Its capacity, in the mode of its table.
    pub(super) fn settings<'s>(&'s self, name: &'s str, table: &Settings<'s>) -> Settings<'s> {
        Settings {
            billing_mode: table.billing_mode,
            read_units: self.read_capacity_units.as_ref(),
            write_units: self.write_capacity_units.as_ref(),
            initial_burst: self.initial_burst.or(table.initial_burst),
            max_read_units: self.max_read_request_units,
            max_write_units: self.max_write_request_units,
            previous_peak_reads: self.previous_peak_reads,
            previous_peak_writes: self.previous_peak_writes,
            warm: self.warm_throughput.as_ref(),
            partitions: self.partitions.as_ref(),
            gigabytes: 0.0,
            index: Some(name),
            scaling: self.auto_scaling.as_ref(),
        }
    }
}

/// A global index that runs.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub throughput: Throughput,
    key: u64,
    pub limits: [Limit; Refusal::ALL.len()],
    pub consumed_reads: Split,
    pub consumed_writes: Split,
    pub read_throttles: Counter,
    pub write_throttles: Counter,
}

impl Index {
    /// The `at`-th index of a table. Its metrics are those of a table, with its name as their dimension.
    pub fn new(at: usize, settings: &Settings, node: NodeId, build: &mut Build) -> Self {
        let (name, throughput, key) = (settings.index.unwrap_or_default(), settings.throughput(&build.platform), build.key(node, 1 + at as u64));
        let limits = settings.limits(node, build);
        let metrics = &mut build.world.metrics;
        let consumed_reads = metrics.split(node as usize, "ConsumedReadCapacityUnits", 2, Some(name));
        let consumed_writes = metrics.split(node as usize, "ConsumedWriteCapacityUnits", 2, Some(name));
        let mut counter = |metric, per| metrics.counter_of(node as usize, metric, per, name);
        let index = Self {
            throughput,
            key,
            limits,
            consumed_reads,
            consumed_writes,
            read_throttles: counter("ReadThrottleEvents", 1),
            write_throttles: counter("WriteThrottleEvents", 1),
        };
        settings.offer(node, Some(at as u32), (index.consumed_reads.whole(), index.consumed_writes.whole()), build);
        index
    }

    /// The hash that decides on the index's partition: of the drawn value of its key, else of the item itself.
    pub fn partition_key(&self, world: &World, ix: Ix, key: Option<u32>, item: u64) -> u64 {
        match key {
            Some(attribute) => mix(self.key ^ world.attribute(ix, attribute)),
            None => mix(self.key ^ world.frame(ix).luck.lineage ^ item),
        }
    }

    /// The same of the value that an entry leaves when it moves: another draw of the same attribute, as entries stand where values were drawn before.
    pub fn former_key(&self, world: &World, ix: Ix, key: Option<u32>, item: u64) -> u64 {
        let frame = world.frame(ix);
        let drawn = |attribute: u32| world.traits.get(frame.workload as usize)?.attributes.get(attribute as usize)?.as_ref().map(|a| (a, attribute));
        let former = keyed(frame.request, FORMER);
        match key.and_then(drawn) {
            Some((values, attribute)) => mix(self.key ^ values.draw_at(former, attribute, frame.origin)),
            None => mix(self.key ^ former ^ item),
        }
    }
}

/// Purposes of draws.
const TOUCH: u64 = 0x151;
const FORMER: u64 = 0x152;

/// What an operation does to one index, ready to run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touch {
    /// Which of the table's global indexes; `None`: a local one.
    pub index: Option<u32>,
    /// The attribute that is the index's partition key.
    pub key: Option<u32>,
    /// Cumulative shares: moved below the first, written below the second.
    moved_below: f64,
    written_below: f64,
    /// What becomes of the entry that leaves and of the one that comes, or of the one that is written.
    left: Units,
    came: Units,
    written: Units,
    /// Tells this touch's draws from those of the others.
    purpose: u64,
}

/// What one write does to one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Nothing,
    Written(Units),
    Moved { left: Units, came: Units },
}

impl Effect {
    /// Units of all writes together.
    pub fn units(self) -> Units {
        match self {
            Effect::Nothing => Units::ZERO,
            Effect::Written(units) => units,
            Effect::Moved { left, came } => left + came,
        }
    }
}

/// A write, as far as the entries of an index are concerned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Write {
    /// Sizes of the entry.
    pub entry: Change,
    pub is_update: bool,
    /// What each unit is charged: twice for the local indexes of a transaction.
    pub times: u64,
}

impl Touch {
    /// The touch of the `at`-th index by a write.
    pub fn new(at: usize, is_global: bool, projection: Projection, touching: Option<&Touching>, write: Write, build: &mut Build) -> Self {
        let changes = touching.map_or(0.0, |t| t.changes.value.as_fraction());
        let touches = touching.and_then(|t| t.touches).map(Share::as_fraction);
        let default = if write.is_update && projection == Projection::KeysOnly { changes } else { 1.0 };
        let change = |key_changed| EntryChange { entry: write.entry, key_changed, projected_changed: true };
        let half = |size: Option<u64>| size.map_or(Units::ZERO, |bytes| capacity::write_item(Change::put(bytes)) * write.times);
        Self {
            index: is_global.then_some(at as u32),
            key: touching.and_then(|t| t.key.as_ref()).map(|k| build.attribute(&k.value)),
            moved_below: changes,
            written_below: touches.unwrap_or(default),
            left: half(write.entry.before),
            came: half(write.entry.after),
            written: capacity::index_write(change(false)) * write.times,
            purpose: TOUCH ^ (at as u64) << 16 ^ u64::from(is_global) << 12,
        }
    }

    /// What this write of this item does: the same at every try.
    pub fn effect(&self, lineage: u64, item: u64) -> Effect {
        let certain = self.written_below >= 1.0 && self.moved_below <= 0.0;
        let share = if certain { 0.0 } else { Keyed::new(keyed(lineage ^ mix(item), self.purpose)).unit() };
        match share {
            share if share < self.moved_below => Effect::Moved { left: self.left, came: self.came },
            share if share < self.written_below => Effect::Written(self.written),
            _ => Effect::Nothing,
        }
    }
}

/// What an operation says of the index of this name.
pub(super) fn touching<'t>(given: &'t Map<Touching>, name: &str) -> Option<&'t Touching> {
    given.0.iter().find(|(given, _)| given.value == name).map(|(_, touching)| touching)
}

/// Units that one entry of a global index will be charged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Charge {
    pub index: u32,
    pub key: u64,
    pub units: Units,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(moved_below: f64, written_below: f64) -> Touch {
        let unit = Units::whole(1);
        Touch { index: Some(0), key: None, moved_below, written_below, left: unit, came: unit, written: unit, purpose: TOUCH }
    }

    #[test]
    fn shares_of_writes_move_change_or_leave_an_entry() {
        let touch = touch(0.3, 0.7);
        let sum = |effect: Effect| (0..10_000).filter(|n| touch.effect(mix(*n), 0) == effect).count();
        let unit = Units::whole(1);
        let found = [Effect::Moved { left: unit, came: unit }, Effect::Written(unit), Effect::Nothing].map(sum);
        assert!(found.iter().zip([3_000, 4_000, 3_000]).all(|(n, wanted)| n.abs_diff(wanted) < 150), "{found:?}");
    }

    #[test]
    fn what_a_write_touches_is_the_same_at_every_try_and_another_for_each_item_and_index() {
        let (one, other) = (touch(0.0, 0.5), Touch { purpose: TOUCH ^ 1 << 16, ..touch(0.0, 0.5) });
        assert!((0..100).all(|n| one.effect(n, 3) == one.effect(n, 3)));
        assert!((0..100).any(|n| one.effect(n, 3) != one.effect(n, 4)) && (0..100).any(|n| one.effect(n, 3) != other.effect(n, 3)));
    }

    #[test]
    fn an_entry_is_no_larger_than_its_item() {
        let (aws, large) = (Platform::default(), Spanned { value: Bytes::from_kb(2), span: Default::default() });
        let sizes = [(Projection::All, None), (Projection::KeysOnly, None), (Projection::Include, Some(&large))];
        assert_eq!(sizes.map(|(projection, size)| entry_size(projection, size, 1_024, &aws)), [1_024, 100, 1_024]);
    }
}
