//! Partitions that split for heat, and tables that were warmed up: what grows, when, and what does not.
//!
//! ```text
//! five minutes at 80 % of a ceiling ─▶ ten minutes of splitting ─▶ twice the ceilings, if more than one key asks for them
//! ```

use crate::observed::{Run, near, run};

const WRITES: &str = "ConsumedWriteCapacityUnits";

/// A table under one load of evenly spaced requests.
fn under(table: &str, workload: &str, top: &str, seconds: u32, per_s: u32) -> Run {
    let workload = format!("target: t, arrivals: uniform, {workload}, phases: [ {{ duration: {seconds}s, arrival_rate: {per_s}/s }} ]");
    run(&format!("duration: {seconds}s\n{top}\nworkloads: {{ w: {{ {workload} }} }}\nnodes: {{ t: {{ type: dynamodb, {table} }} }}\n"))
}

fn throttled(run: &Run, from_s: f64, to_s: f64) -> f64 {
    run.count_between("t", "ThrottledRequests", from_s, to_s) / (to_s - from_s)
}

/// 50 units a request.
const PUT_50: &str = "operation: { put_item: { size: 50 KB } }";

#[test]
fn a_table_on_demand_doubles_by_splits_in_a_quarter_of_an_hour() {
    let run = under("", PUT_50, "", 1_200, 120);
    near(run.count_between("t", WRITES, 60.0, 900.0) / 840.0, 4_000.0, 0.03);
    // Requests are large beside a partition's second, and cuts are by what was observed: chance leaves a few.
    assert!(throttled(&run, 904.0, 1_200.0) < 0.001 * 120.0, "8,000 can be had, and 6,000 are asked for");
}

#[test]
fn without_splits_it_waits_for_its_peak_to_be_half_an_hour_old() {
    let run = under("", PUT_50, "quotas: { dynamodb.split_after: 1000 }", 1_200, 120);
    near(run.count_between("t", WRITES, 904.0, 1_200.0) / 296.0, 4_000.0, 0.03);
}

#[test]
fn a_hot_key_is_isolated_so_that_its_neighbours_are_rid_of_it() {
    // 1,200 units a second of one key and 300 of others in one partition, which serves 1,000 of both alike.
    let table = "billing_mode: provisioned, write_capacity_units: 6000, partitions: 6";
    let workload = "attributes: { k: one_key(share=40% rest=uniform(n=100000)) }, operation: { put_item: { key: k, size: 40 KB } }";
    let run = under(table, workload, "", 1_200, 75);
    near(throttled(&run, 60.0, 900.0), 500.0 / 40.0, 0.1);
    near(throttled(&run, 910.0, 1_200.0), 200.0 / 40.0, 0.1);
}

#[test]
fn what_was_warmed_up_is_served_at_once() {
    let warm = "warm_throughput: { write_units_per_second: 10000 }";
    assert_eq!(under(warm, PUT_50, "", 20, 160).count("t", "ThrottledRequests"), 0.0, "8,000 units a second");
    let cold = under("", PUT_50, "", 20, 160);
    near(cold.count_between("t", WRITES, 5.0, 20.0) / 15.0, 4_000.0, 0.05);
}

#[test]
fn a_previous_peak_below_that_of_a_new_table_takes_nothing_away() {
    assert_eq!(under("previous_peak_writes: 10/s", PUT_50, "", 20, 60).count("t", "ThrottledRequests"), 0.0, "3,000 units a second");
}

#[test]
fn background_work_may_eat_the_burst() {
    let table = "billing_mode: provisioned, write_capacity_units: 100, initial_burst: 100%";
    let served = |top| under(table, "operation: { put_item: {} }", top, 60, 400).ok("w") as f64;
    near(served(""), 24_000.0, 0.001);
    near(served("quotas: { dynamodb.burst_background_loss: 0.9 }"), 3_000.0 + 6_000.0, 0.005);
}

#[test]
fn a_batch_reads_at_most_a_megabyte_of_one_partition() {
    // 100 items of 20 KB of one key: 51 of them fit a megabyte.
    let batch = "attributes: { k: constant }, operation: { batch_get_item: { key: k, size: 20 KB, items: 100 } }";
    let run = under("", batch, "", 10, 1);
    assert_eq!([run.count("t", "UnprocessedItems"), run.count("t", "ReadThrottleEvents"), run.ok("w") as f64], [490.0, 0.0, 10.0]);
}
