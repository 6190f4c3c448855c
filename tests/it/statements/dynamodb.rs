//! Statements 1 to 20 and 24 of the reference on data and events: what operations cost, who is throttled by what, and how often capacity may be lowered.
//!
//! ```text
//! number, claim ─▶ a scenario, or two that differ in one thing ─▶ units consumed, requests served and refused, reasons
//! ```
//!
//! Units are exact. Rates are within what whole requests and chance leave: under half a per cent where keys do not matter, a few where their hashes do.

use crate::observed::{IDEAL, Run, near, run, run_bursts};
use coldfront::mechanism::decreases::Decreases;
use coldfront::metrics::Class;
use coldfront::platform::Platform;
use coldfront::units::Time;

const READS: &str = "ConsumedReadCapacityUnits";
const WRITES: &str = "ConsumedWriteCapacityUnits";

/// One operation on an idle table.
fn once(operation: &str, table: &str) -> Run {
    let workload = format!("{{ target: t, operation: {{ {operation} }}, BURSTS }}");
    run_bursts(&format!("duration: 10s\nworkloads: {{ w: {workload} }}\nnodes: {{ t: {{ type: dynamodb, {table} }} }}\n"), &[(1.0, 1)])
}

/// Read and write units of one operation that succeeds.
fn units(operation: &str) -> [f64; 2] {
    let run = once(operation, "");
    assert_eq!(run.ok("w"), 1, "{operation}");
    run.counts("t", [READS, WRITES])
}

/// A table under phases of evenly spaced requests: (seconds, requests a second).
fn under(table: &str, workload: &str, top: &str, phases: &[(u32, u32)]) -> Run {
    let seconds: u32 = phases.iter().map(|(seconds, _)| seconds).sum();
    let phases: Vec<String> = phases.iter().map(|(seconds, rate)| format!("{{ duration: {seconds}s, arrival_rate: {rate}/s }}")).collect();
    let workload = format!("target: t, arrivals: uniform, {workload}, phases: [ {} ]", phases.join(", "));
    run(&format!("duration: {seconds}s\n{top}\nworkloads: {{ w: {{ {workload} }} }}\nnodes: {{ t: {{ type: dynamodb, {table} }} }}\n"))
}

/// Units a second, or throttled requests a second, between two instants.
fn rate(run: &Run, counter: &str, from_s: f64, to_s: f64) -> f64 {
    run.count_between("t", counter, from_s, to_s) / (to_s - from_s)
}

#[test]
fn statement_1_half_a_unit_for_four_kilobytes_and_one_for_a_byte_more() {
    assert_eq!(["4096 B", "4097 B"].map(|size| units(&format!("get_item: {{ size: {size} }}"))), [[0.5, 0.0], [1.0, 0.0]]);
}

#[test]
fn statement_2_a_missing_key_costs_the_least_read_and_is_a_success() {
    let reads = ["get_item: { size: 0 B }", "get_item: { size: 0 B, consistent_read: true }", "transact_get_items: { size: 0 B }"];
    assert_eq!(reads.map(|read| units(read)[0]), [0.5, 1.0, 2.0]);
}

#[test]
fn statement_3_a_query_is_rounded_once() {
    assert_eq!(units("query: { size: 64 B, items: 1500, consistent_read: true }"), [24.0, 0.0]);
}

#[test]
fn statement_4_a_batch_of_reads_is_rounded_for_each_item() {
    // The statement's items are of 1.5 and 6.5 KB; items of one batch are of one size here, so each size is a batch: 1 + 2, and not the 2 of 8 KB.
    let sizes = ["1.5 KB", "6.5 KB"].map(|size| units(&format!("batch_get_item: {{ size: {size}, items: 1, consistent_read: true }}"))[0]);
    assert_eq!(sizes.iter().sum::<f64>(), 3.0);
    assert_eq!(units("batch_get_item: { size: 4.5 KB, items: 2, consistent_read: true }"), [4.0, 0.0], "not the 3 of 9 KB");
}

#[test]
fn statement_5_a_scan_is_charged_for_what_it_reads() {
    assert_eq!(units("scan: { size: 1 KB, items: 1024 }"), [128.0, 0.0]);
}

#[test]
fn statement_6_a_put_over_a_larger_item_is_charged_by_that() {
    assert_eq!(units("put_item: { size: 11 B, size_before: 1025 B }"), [0.0, 2.0]);
}

#[test]
fn statement_7_an_update_of_one_byte_is_charged_by_the_whole_item() {
    assert_eq!(units("update_item: { size: 1025 B, size_before: 1024 B }"), [0.0, 2.0]);
}

#[test]
fn statement_8_a_failed_condition_is_charged_in_full_and_not_tried_again() {
    let write = "update_item: { table: t, size: 310 KB, size_before: 300 KB, condition_fails: 100% }";
    let function = format!("f: {{ type: lambda, sdk: {{ profile: v2026 }}, handler: [ {{ {write} }} ] }}");
    let yaml = format!("{IDEAL}duration: 10s\nworkloads: {{ w: {{ target: f, BURSTS }} }}\nnodes: {{ {function}, t: {{ type: dynamodb }} }}\n");
    let run = run_bursts(&yaml, &[(1.0, 1)]);
    assert_eq!(run.counts("t", ["ConditionalCheckFailedRequests", WRITES]), [1.0, 310.0], "charged once, so asked once");
    assert_eq!((run.ok("w"), run.node("t").tally.arrived), (0, 1));
}

/// A table with a global index of whole items.
const INDEXED: &str = "global_secondary_indexes: { g: {} }";

#[test]
fn statement_9_a_moved_index_key_deletes_and_puts_its_entry() {
    let run = once("update_item: { size: 4500 B, gsi: { g: { changes: 100% } } }", INDEXED);
    assert_eq!([run.count("t", WRITES), run.count_of("t", "g", WRITES)], [5.0, 10.0]);
}

#[test]
fn statement_10_what_is_not_projected_costs_the_index_nothing() {
    let keys_only = "global_secondary_indexes: { g: { projection: keys_only } }";
    let run = once("update_item: { size: 4500 B, gsi: { g: {} } }", keys_only);
    assert_eq!([run.count("t", WRITES), run.count_of("t", "g", WRITES)], [5.0, 0.0]);
}

#[test]
fn statement_11_a_transaction_costs_twice_and_its_repetition_reads() {
    assert_eq!(units("transact_write_items: { size: 500 B, items: 3 }"), [0.0, 6.0]);
    assert_eq!(units("transact_write_items: { size: 500 B, items: 3, repeats: 100% }"), [6.0, 0.0]);
}

#[test]
fn statement_12_a_burst_lasts_a_hundred_seconds_and_then_only_the_capacity_is_served() {
    let table = "billing_mode: provisioned, write_capacity_units: 100, initial_burst: 100%";
    let run = under(table, "operation: { put_item: {} }", "", &[(200, 400)]);
    assert_eq!(rate(&run, "ThrottledRequests", 0.0, 99.0), 0.0);
    near(rate(&run, WRITES, 102.0, 200.0), 100.0, 0.005);
    near(rate(&run, "ThrottledRequests", 102.0, 200.0), 300.0, 0.005);
}

#[test]
fn statement_13_one_hot_key_is_throttled_at_its_partitions_ceiling_and_no_split_heals_it() {
    // 50 units a write: as many units as the statement's 1,500 writes of one, for longer than any split takes.
    let table = "billing_mode: provisioned, write_capacity_units: 10000";
    let workload = "attributes: { k: constant }, operation: { put_item: { key: k, size: 50 KB } }";
    let run = under(table, workload, "", &[(1_500, 30)]);
    for (from, to) in [(60.0, 300.0), (960.0, 1_500.0)] {
        near(rate(&run, WRITES, from, to), 1_000.0, 0.005);
        near(rate(&run, "ThrottledRequests", from, to), 10.0, 0.01);
    }
    assert_eq!(run.refusing(), ["WriteKeyRangeThroughputExceeded"], "at a tenth of the table's capacity");
}

#[test]
fn statement_14_a_partition_may_use_more_than_its_share_of_the_table() {
    // Half of 300 a second is one key's, and a quarter of the table would be 100.
    let table = "billing_mode: provisioned, write_capacity_units: 400, partitions: 4, initial_burst: 0%";
    let workload = "attributes: { k: one_key(share=50% rest=uniform(n=1000)) }, operation: { put_item: { key: k } }";
    let run = under(table, workload, "", &[(120, 300)]);
    assert_eq!((run.count("t", WRITES), run.refusing()), (36_000.0, vec![]));
}

#[test]
fn statement_15_a_new_table_on_demand_takes_4000_writes_a_second_and_doubles_every_half_hour() {
    let jump = under("", "operation: { put_item: { size: 10 KB } }", "", &[(65, 1_000)]);
    near(rate(&jump, WRITES, 5.0, 65.0), 4_000.0, 0.03);
    // By 1.7, as chance does not fill partitions alike; two minutes at each step make a peak.
    let steps = [(120, 170), (1_680, 0), (120, 289), (1_680, 0), (120, 491), (1_680, 0), (60, 500)];
    let ramp = under("", "operation: { put_item: { size: 20 KB } }", "", &steps);
    assert_eq!(ramp.count("t", "ThrottledRequests"), 0.0, "3,400, 5,780, 9,820 and 10,000 a second");
}

#[test]
fn statement_16_nearly_twice_the_previous_peak_is_served_and_three_times_is_not() {
    let reads = "operation: { get_item: { size: 80 KB, consistent_read: true } }";
    let quota = "quotas: { dynamodb.table_read_quota: 500000 }";
    let run = under("previous_peak_reads: 50000/s", reads, quota, &[(10, 4_750), (10, 7_500)]);
    assert_eq!(rate(&run, "ThrottledRequests", 0.0, 10.0), 0.0, "95,000 a second");
    near(rate(&run, READS, 12.0, 20.0), 100_000.0, 0.02);
    assert_eq!(run.refusing(), ["ReadKeyRangeThroughputExceeded"]);
}

#[test]
fn statement_17_the_quota_of_a_table_caps_one_that_has_grown() {
    let run = under("previous_peak_writes: 40000/s", "operation: { put_item: { size: 50 KB } }", "", &[(35, 1_000)]);
    near(rate(&run, WRITES, 5.0, 35.0), 40_000.0, 0.005);
    assert_eq!(run.refusing(), ["WriteAccountLimitExceeded"]);
}

#[test]
fn statement_18_an_index_that_lacks_capacity_throttles_writes_to_its_table() {
    let index = "global_secondary_indexes: { g: { write_capacity_units: 10 } }";
    let table = format!("billing_mode: provisioned, write_capacity_units: 100, initial_burst: 0%, {index}");
    let run = under(&table, "operation: { put_item: {} }", "", &[(120, 50)]);
    near(rate(&run, WRITES, 10.0, 120.0), 10.0, 0.01);
    assert_eq!(run.refusing(), ["IndexWriteProvisionedThroughputExceeded"], "the table is at a tenth of its capacity");
}

#[test]
fn statement_19_reads_that_an_index_cannot_serve_throttle_nobody_else() {
    let index = "global_secondary_indexes: { g: { read_capacity_units: 5, write_capacity_units: 100 } }";
    let table = format!(
        "t: {{ type: dynamodb, billing_mode: provisioned, read_capacity_units: 100, write_capacity_units: 100, initial_burst: 0%, {index} }}"
    );
    let loads = [("q", "query: { size: 4 KB, items: 2, index: g }", 40), ("g", "get_item: { size: 4 KB }", 50), ("p", "put_item: {}", 50)];
    let workload = |(name, operation, rate): (&str, &str, u32)| {
        format!(
            "  {name}: {{ target: t, arrivals: uniform, operation: {{ {operation} }}, phases: [ {{ duration: 60s, arrival_rate: {rate}/s }} ] }}\n"
        )
    };
    let run = run(&format!("duration: 60s\nworkloads:\n{}nodes: {{ {table} }}\n", loads.map(workload).concat()));
    near(run.ok("q") as f64, 5.0 * 60.0, 0.03);
    assert_eq!([run.ok("g"), run.ok("p")], [3_000, 3_000]);
    assert_eq!(run.refusing(), ["IndexReadProvisionedThroughputExceeded"]);
}

#[test]
fn statement_20_what_is_throttled_of_a_batch_comes_back_and_no_sdk_tries_it_again() {
    let function = "f: { type: lambda, sdk: { profile: v2026 }, handler: [ { batch_write_item: { table: t, size: 1 KB, items: 25 } } ] }";
    let table = "t: { type: dynamodb, billing_mode: provisioned, write_capacity_units: 20, initial_burst: 0% }";
    let yaml = format!("{IDEAL}duration: 10s\nworkloads: {{ w: {{ target: f, BURSTS }} }}\nnodes: {{ {function}, {table} }}\n");
    let run = run_bursts(&yaml, &[(0.0, 1)]);
    assert_eq!(run.counts("t", ["UnprocessedItems", "ThrottledRequests", WRITES]), [5.0, 0.0, 20.0]);
    assert_eq!((run.ok("w"), run.failed("w", Class::Throttled, 400), run.node("t").tally.arrived), (1, 0, 1));
}

#[test]
fn statement_24_capacity_is_lowered_27_times_a_day_at_most() {
    let aws = Platform::default();
    let mut decreases = Decreases::new(aws.count("dynamodb.decreases_first_hour"), aws.count("dynamodb.decreases_per_day"));
    let attempt = |decreases: &mut Decreases, minute: u64| decreases.try_use(Time::from_secs(60 * minute));
    // Four in the first hour, then one each hour at least an hour after the one before.
    let first = (0..4).filter(|minute| attempt(&mut decreases, *minute)).count();
    let hourly = (1..24).filter(|hour| attempt(&mut decreases, hour * 60 + 5)).count();
    assert_eq!((first, hourly), (4, 23));
    assert!(!attempt(&mut decreases, 24 * 60 - 1), "the 28th of the day");
    assert!(attempt(&mut decreases, 24 * 60 + 10), "the first of the next");
}
