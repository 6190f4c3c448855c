//! Capacity units: what each operation costs, by bytes, consistency and index. Pure arithmetic, exact, in half units.
//!
//! ```text
//! R(b) = max(1, ⌈b / 4 KB⌉)   read:  eventual ½·R, strong R, transactional 2·R       of the bytes read, rounded once for a page of items
//! W(b) = max(1, ⌈b / 1 KB⌉)   write: W(max(before, after)), transactional twice that; each index entry that changes is a write of its own
//! ```
//!
//! Bytes are those of `item_size`. What is missing has 0 bytes and still costs the least; what is throttled or invalid costs nothing, which is for
//! the caller to know; TTL deletes are free. Left out: replicated writes of global tables.
//! Source: AWS docs: dynamodb/CapacityUnitCalculations, read-write-operations, GSI and LSI write-cost rules, transaction-apis.

use crate::words;
use std::{fmt, iter, ops};

/// Bytes of one read unit (AWS docs: dynamodb/CapacityUnitCalculations).
const READ_UNIT_BYTES: u64 = 4_096;
/// Bytes of one write unit (same).
const WRITE_UNIT_BYTES: u64 = 1_024;

words! {
    /// How fresh a read has to be, which decides its price.
    pub enum Consistency {
        /// May miss the newest write; half price.
        Eventual = "eventual",
        /// Sees every write before it.
        Strong = "strong",
        /// Part of a transaction; double price.
        Transactional = "transactional",
    }
}

impl Consistency {
    /// Half units for each unit of bytes.
    #[inline]
    const fn halves(self) -> u64 {
        match self {
            Consistency::Eventual => 1,
            Consistency::Strong => 2,
            Consistency::Transactional => 4,
        }
    }
}

/// Read or write capacity units, counted in halves, so that sums are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Units(u64);

impl Units {
    pub const ZERO: Units = Units(0);

    #[inline]
    pub const fn from_halves(halves: u64) -> Self {
        Units(halves)
    }

    #[inline]
    pub const fn whole(units: u64) -> Self {
        Units(units.saturating_mul(2))
    }

    #[inline]
    pub const fn halves(self) -> u64 {
        self.0
    }

    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 2.0
    }
}

impl ops::Add for Units {
    type Output = Units;
    #[inline]
    fn add(self, other: Units) -> Units {
        Units(self.0.saturating_add(other.0))
    }
}

impl ops::AddAssign for Units {
    #[inline]
    fn add_assign(&mut self, other: Units) {
        *self = *self + other;
    }
}

impl ops::Mul<u64> for Units {
    type Output = Units;
    #[inline]
    fn mul(self, n: u64) -> Units {
        Units(self.0.saturating_mul(n))
    }
}

impl iter::Sum for Units {
    fn sum<I: Iterator<Item = Units>>(units: I) -> Units {
        units.fold(Units::ZERO, ops::Add::add)
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0 / 2, if self.0.is_multiple_of(2) { "" } else { ".5" })
    }
}

/// GetItem of an item of `bytes`; and of any read that is rounded once. A missing item has 0 bytes.
#[inline]
pub const fn get_item(bytes: u64, consistency: Consistency) -> Units {
    let units = bytes.div_ceil(READ_UNIT_BYTES);
    Units((if units == 0 { 1 } else { units }).saturating_mul(consistency.halves()))
}

/// One page of a Query or Scan that evaluated `bytes` in all, however many items pass its filter or are counted only.
#[inline]
pub const fn page(bytes: u64, consistency: Consistency) -> Units {
    get_item(bytes, consistency)
}

/// One page of a Query or Scan of a global index, whose reads are eventual; charged to the index.
#[inline]
pub const fn global_index_page(entry_bytes: u64) -> Units {
    page(entry_bytes, Consistency::Eventual)
}

/// A Scan that finds a table empty is charged for each partition it searched (the amount for each is a modelling choice: the least there is).
pub const fn empty_scan(partitions: u64, consistency: Consistency) -> Units {
    Units(get_item(0, consistency).0.saturating_mul(partitions))
}

/// One page of a Query of a local index: the index entries together, and each base item that is fetched for attributes the index lacks, alone.
/// Both are charged to the table.
pub fn local_index_page(entry_bytes: u64, fetched: impl IntoIterator<Item = u64>, consistency: Consistency) -> (Units, Units) {
    (page(entry_bytes, consistency), batch_get_item(fetched, consistency))
}

/// BatchGetItem: each item is rounded alone.
pub fn batch_get_item(items: impl IntoIterator<Item = u64>, consistency: Consistency) -> Units {
    items.into_iter().map(|bytes| get_item(bytes, consistency)).sum()
}

/// TransactGetItems: each item is rounded alone, at the price of a transaction.
pub fn transact_get_items(items: impl IntoIterator<Item = u64>) -> Units {
    batch_get_item(items, Consistency::Transactional)
}

/// The size of an item, or of its entry in an index, around a write; `None` where it is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub before: Option<u64>,
    pub after: Option<u64>,
}

impl Change {
    /// A new item.
    pub const fn put(after: u64) -> Self {
        Self { before: None, after: Some(after) }
    }

    /// An item that takes the place of another, or is updated.
    pub const fn replace(before: u64, after: u64) -> Self {
        Self { before: Some(before), after: Some(after) }
    }

    /// An item that goes.
    pub const fn delete(before: u64) -> Self {
        Self { before: Some(before), after: None }
    }

    #[inline]
    fn larger(self) -> u64 {
        self.before.unwrap_or(0).max(self.after.unwrap_or(0))
    }
}

/// PutItem, UpdateItem, DeleteItem: the larger of the sizes before and after; a deletion of nothing costs 1.
#[inline]
pub fn write_item(change: Change) -> Units {
    write(change.larger())
}

/// A write whose condition fails: charged as if it had succeeded, where `after` is the size that was attempted.
#[inline]
pub fn failed_condition(attempted: Change) -> Units {
    write_item(attempted)
}

/// BatchWriteItem: each item is rounded alone.
pub fn batch_write_item(changes: impl IntoIterator<Item = Change>) -> Units {
    changes.into_iter().map(write_item).sum()
}

/// TransactWriteItems: each item is rounded alone and costs twice; a condition check counts as a write of its item.
pub fn transact_write_items(changes: impl IntoIterator<Item = Change>) -> Units {
    batch_write_item(changes) * 2
}

/// A TransactWriteItems repeated with the same client token: READ units, as it only looks whether it was done.
pub fn repeated_transact_write_items(items: impl IntoIterator<Item = u64>) -> Units {
    transact_get_items(items)
}

/// What a write does to one entry of a secondary index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntryChange {
    /// Size of the entry (index keys, table keys, projected attributes); `None` where the item is not in the index.
    pub entry: Change,
    /// The value of the index key became another: the entry moves.
    pub key_changed: bool,
    /// An attribute in the entry became another.
    pub projected_changed: bool,
}

/// Writes that an index needs: charged to the table for a local index, to the index itself for a global one.
#[inline]
pub fn index_write(change: EntryChange) -> Units {
    match (change.entry.before, change.entry.after) {
        (None, None) => Units::ZERO,
        (None, Some(entry)) | (Some(entry), None) => write(entry),
        (Some(before), Some(after)) if change.key_changed => write(before) + write(after),
        (Some(_), Some(_)) if change.projected_changed => write_item(change.entry),
        (Some(_), Some(_)) => Units::ZERO,
    }
}

#[inline]
const fn write(bytes: u64) -> Units {
    let units = bytes.div_ceil(WRITE_UNIT_BYTES);
    Units::whole(if units == 0 { 1 } else { units })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Consistency::{Eventual, Strong, Transactional};

    #[test]
    fn a_byte_over_four_kilobytes_is_another_unit() {
        assert_eq!([get_item(4096, Eventual), get_item(4097, Eventual)].map(Units::as_f64), [0.5, 1.0]);
        assert_eq!([Eventual, Strong, Transactional].map(|c| get_item(0, c).as_f64()), [0.5, 1.0, 2.0], "a missing key");
    }

    #[test]
    fn a_page_is_rounded_once_and_a_batch_for_each_item() {
        assert_eq!(page(1_500 * 64, Strong), Units::whole(24));
        assert_eq!(page(1 << 20, Eventual), Units::whole(128));
        assert_eq!(batch_get_item([1_536, 6_656], Strong), Units::whole(3));
    }

    #[test]
    fn the_larger_size_is_charged() {
        assert_eq!(write_item(Change::replace(1_025, 11)), Units::whole(2));
        assert_eq!(write_item(Change::replace(1_024, 1_025)), Units::whole(2));
        assert_eq!(failed_condition(Change::replace(300 << 10, 310 << 10)), Units::whole(310));
    }

    #[test]
    fn a_moved_index_entry_is_written_twice_and_an_unprojected_change_not_at_all() {
        let entry = Change::replace(4_500, 4_500);
        assert_eq!(index_write(EntryChange { entry, key_changed: true, projected_changed: true }), Units::whole(10));
        assert_eq!(index_write(EntryChange { entry, key_changed: false, projected_changed: false }), Units::ZERO);
    }

    #[test]
    fn a_transaction_costs_twice_and_its_repetition_reads() {
        assert_eq!(transact_write_items([Change::put(500); 3]), Units::whole(6));
        assert_eq!(repeated_transact_write_items([500; 3]), Units::whole(6));
    }

    #[test]
    fn units_are_printed_as_halves() {
        assert_eq!([Units::from_halves(255), Units::from_halves(4), Units::ZERO].map(|u| u.to_string()), ["127.5", "2", "0"]);
        assert_eq!(get_item(u64::MAX, Transactional).halves(), (1 << 52) * 4);
        assert_eq!(Units::from_halves(u64::MAX) * 2 + Units::whole(u64::MAX), Units::from_halves(u64::MAX));
    }
}
