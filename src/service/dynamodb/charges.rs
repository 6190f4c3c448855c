//! What DynamoDB charges a table for.
//!
//! ```text
//! on demand:   read and write request units that were consumed, of the table and of each global index
//! provisioned: units × hours, of the table and of each global index, used or not
//! replicas:    replicated write units here and in each other Region, at that Region's price
//! ```
//!
//! What is throttled consumes nothing, nor do deletions by time to live here. Left out: streams, backups, the replicas' reads, indexes and storage.

use crate::{
    platform::Platform,
    service::charge::{Charge, Charges, Quantity},
};

use super::{BillingMode, Spec, settings::Settings};

const READS: &str = "ConsumedReadCapacityUnits";
const WRITES: &str = "ConsumedWriteCapacityUnits";
/// Units that a unit of capacity gives in an hour.
const AN_HOUR: f64 = 3600.0;

pub(super) fn charges(table: &Spec, name: &str, aws: &Platform) -> Charges {
    let settings = table.settings();
    let mut list = of(&settings, name, !table.replicas.0.is_empty(), aws);
    for (index, global) in &table.global_secondary_indexes.0 {
        list.extend(of(&global.settings(&index.value, &settings), &format!("{name}/{}", index.value), false, aws));
    }
    for (region, replica) in &table.replicas.0 {
        let charge = match table.billing_mode {
            BillingMode::OnDemand => Charge::counted("dynamodb.standard.replicated_write_request_units", &["ReplicatedWriteCapacityUnits"]),
            BillingMode::Provisioned => {
                let units = replica.write_capacity_units.as_ref().map_or(settings.units(aws).1, |units| units.value);
                Charge::of("dynamodb.standard.replicated_write_capacity_unit_hours", Quantity::Fixed(units as f64))
            }
        };
        list.push(charge.part(Some(&region.value)).region(&region.value).by(WRITES));
    }
    let mut left_out = Vec::new();
    if !table.replicas.0.is_empty() {
        left_out.push(format!("reads, indexes and storage of the replicas of `{name}`"));
    }
    match settings.gigabytes {
        0.0 => left_out.push(format!("storage of `{name}`, whose `table_size` is not given")),
        gigabytes => list.push(Charge::of("dynamodb.standard.storage", Quantity::Monthly(gigabytes)).by(WRITES)),
    }
    Charges { list, left_out }
}

/// Reads and writes of a table or of a global index.
fn of(settings: &Settings, name: &str, replicated: bool, aws: &Platform) -> Vec<Charge> {
    let (reads, writes) = settings.units(aws);
    let scaled = |of_writes: bool| settings.scaling.iter().flat_map(|scaling| scaling.targets()).any(|(write, _)| write == of_writes);
    let side = |write: bool| {
        let (verb, counter, units) = if write { ("write", WRITES, writes) } else { ("read", READS, reads) };
        let kind = if write && replicated { "replicated_write" } else { verb };
        if settings.billing_mode == BillingMode::OnDemand {
            let counters: &'static [&'static str] = if write { &[WRITES] } else { &[READS] };
            return Charge::counted(format!("dynamodb.standard.{kind}_request_units"), counters).part(settings.index);
        }
        let level = if write { "ProvisionedWriteCapacityUnits" } else { "ProvisionedReadCapacityUnits" };
        let clock = settings.index.map(|_| format!("{name}: {verb} capacity"));
        let quantity = if scaled(write) { Quantity::Level(level, clock) } else { Quantity::Fixed(units as f64) };
        Charge::of(format!("dynamodb.standard.{kind}_capacity_unit_hours"), quantity).part(settings.index).by(counter).used(counter, AN_HOUR)
    };
    vec![side(false), side(true)]
}
