//! DynamoDB: what each operation consumes, bursts, partitions, on-demand growth and batches, with the table asked by clients directly.
//!
//! Keys are spread by hash, so "evenly" is as even as chance: claims about partitions leave them a few per cent of room. Indexes, conditions and
//! transactions that meet one another are the topic of `indexes`.

use crate::observed::{IDEAL, Run, near, run, run_bursts};
use coldfront::metrics::Class;

const READS: &str = "ConsumedReadCapacityUnits";
const WRITES: &str = "ConsumedWriteCapacityUnits";

/// Units that one operation consumes of an idle table on demand: read and write.
fn units(operation: &str) -> [f64; 2] {
    let yaml =
        format!("duration: 10s\nworkloads: {{ w: {{ target: t, operation: {{ {operation} }}, BURSTS }} }}\nnodes: {{ t: {{ type: dynamodb }} }}\n");
    let run = run_bursts(&yaml, &[(1.0, 1)]);
    assert_eq!(run.ok("w"), 1);
    run.counts("t", [READS, WRITES])
}

fn read_units(operation: &str) -> f64 {
    let [read, written] = units(operation);
    assert_eq!(written, 0.0);
    read
}

fn write_units(operation: &str) -> f64 {
    let [read, written] = units(operation);
    assert_eq!(read, 0.0);
    written
}

#[test]
fn a_byte_over_four_kilobytes_costs_another_read_unit() {
    assert_eq!(["4096 B", "4097 B"].map(|size| read_units(&format!("get_item: {{ size: {size} }}"))), [0.5, 1.0]);
    assert_eq!(["4096 B", "4097 B"].map(|size| read_units(&format!("get_item: {{ size: {size}, consistent_read: true }}"))), [1.0, 2.0]);
}

#[test]
fn a_missing_item_costs_the_least_there_is() {
    let reads = ["get_item: { size: 0 B }", "get_item: { size: 0 B, consistent_read: true }", "transact_get_items: { size: 0 B }"];
    assert_eq!(reads.map(read_units), [0.5, 1.0, 2.0]);
    assert_eq!(write_units("delete_item: { size: 0 B }"), 1.0);
}

#[test]
fn a_query_is_rounded_once_for_all_its_items() {
    assert_eq!(read_units("query: { size: 64 B, items: 1500, consistent_read: true }"), 24.0);
}

#[test]
fn a_scan_is_charged_for_what_it_reads_whatever_passes_its_filter() {
    assert_eq!(read_units("scan: { size: 1 KB, items: 1024 }"), 128.0);
}

#[test]
fn a_batch_is_rounded_for_each_item() {
    // 9 KB together would be 3 units.
    assert_eq!(read_units("batch_get_item: { size: 4.5 KB, items: 2, consistent_read: true }"), 4.0);
    assert_eq!(write_units("batch_write_item: { size: 1.5 KB, items: 25 }"), 50.0);
}

#[test]
fn a_write_is_charged_by_the_larger_of_before_and_after() {
    assert_eq!(write_units("put_item: { size: 11 B, size_before: 1025 B }"), 2.0);
    assert_eq!(write_units("update_item: { size: 1025 B, size_before: 1024 B }"), 2.0);
    assert_eq!(write_units("put_item: { size: 11 B }"), 1.0);
    assert_eq!(write_units("delete_item: { size: 3 KB }"), 3.0);
}

#[test]
fn a_transaction_costs_twice() {
    assert_eq!(write_units("transact_write_items: { size: 500 B, items: 3 }"), 6.0);
    assert_eq!(read_units("transact_get_items: { size: 500 B, items: 3 }"), 6.0);
}

/// A table under phases of evenly spaced requests; each phase is (seconds, requests a second).
fn under(table: &str, operation: &str, top: &str, phases: &[(u32, u32)]) -> Run {
    let seconds: u32 = phases.iter().map(|(seconds, _)| seconds).sum();
    let phases: Vec<String> = phases.iter().map(|(seconds, rate)| format!("{{ duration: {seconds}s, arrival_rate: {rate}/s }}")).collect();
    let workload = format!("target: t, arrivals: uniform, operation: {{ {operation} }}, phases: [ {} ]", phases.join(", "));
    run(&format!("duration: {seconds}s\n{top}\nworkloads: {{ w: {{ {workload} }} }}\nnodes: {{ t: {{ type: dynamodb, {table} }} }}\n"))
}

/// Throttled requests between two seconds.
fn throttled(run: &Run, from: f64, to: f64) -> f64 {
    run.count_between("t", "ThrottledRequests", from, to)
}

const PUT: &str = "put_item: { size: 1 KB }";

#[test]
fn unused_capacity_of_five_minutes_is_saved_for_bursts() {
    let run = under("billing_mode: provisioned, write_capacity_units: 100, initial_burst: 100%", PUT, "", &[(200, 400)]);
    assert_eq!(throttled(&run, 0.0, 99.0), 0.0, "30,000 saved, 300 a second more than comes in");
    near(throttled(&run, 101.0, 200.0), 99.0 * 300.0, 0.002);
    assert_eq!(run.refusing(), ["WriteProvisionedThroughputExceeded"]);
    near(run.count("t", WRITES), 30_000.0 + 200.0 * 100.0, 0.002);
}

#[test]
fn a_table_just_made_has_saved_nothing() {
    let run = under("billing_mode: provisioned, write_capacity_units: 100, initial_burst: 0%", PUT, "", &[(20, 400)]);
    near(throttled(&run, 1.0, 20.0), 19.0 * 300.0, 0.005);
}

#[test]
fn what_is_not_used_for_a_while_is_saved_again() {
    let table = "billing_mode: provisioned, write_capacity_units: 100, initial_burst: 0%";
    let run = under(table, PUT, "", &[(10, 100), (10, 0), (10, 150)]);
    assert_eq!(run.count("t", "ThrottledRequests"), 0.0, "ten idle seconds save 1,000 units, ten busy ones use 500 of them");
}

/// A provisioned table, all of whose writes have a drawn key.
fn keyed(table: &str, key: &str, rate: u32, seconds: u32) -> Run {
    let workload = format!("target: t, arrivals: uniform, phases: [ {{ duration: {seconds}s, arrival_rate: {rate}/s }} ]");
    let operation = format!("attributes: {{ k: {key} }}, operation: {{ put_item: {{ size: 1 KB, key: k }} }}");
    let table = format!("t: {{ type: dynamodb, billing_mode: provisioned, {table} }}");
    run(&format!("duration: {seconds}s\nwarm_up: 10s\nworkloads: {{ w: {{ {workload}, {operation} }} }}\nnodes: {{ {table} }}\n"))
}

#[test]
fn one_hot_key_ends_at_its_partitions_ceiling_however_much_the_table_has() {
    let run = keyed("write_capacity_units: 10000", "constant", 1_500, 60);
    near(run.ok("w") as f64, 50_000.0, 0.001);
    near(run.refused("WriteKeyRangeThroughputExceeded") as f64, 25_000.0, 0.001);
    assert_eq!(run.refusing(), ["WriteKeyRangeThroughputExceeded"], "at a tenth of the table's capacity");
}

#[test]
fn a_busy_partition_may_use_what_the_others_leave() {
    // A key of 150 a second, where a quarter of the table would be 100.
    let run = keyed("write_capacity_units: 400, partitions: 4, initial_burst: 0%", "one_key(share=50% rest=uniform(n=1000))", 300, 300);
    assert_eq!((run.count("t", WRITES), run.refusing()), (290.0 * 300.0, vec![]));
}

/// Puts of ten units: partitions are enforced over a second, so requests must be small beside a thousand units.
const PUT_10: &str = "put_item: { size: 10 KB }";
const GET_10: &str = "get_item: { size: 40 KB, consistent_read: true }";

#[test]
fn a_new_table_on_demand_serves_four_thousand_writes_a_second_at_first() {
    let run = under("billing_mode: on_demand", PUT_10, "warm_up: 5s", &[(65, 1_000)]);
    near(run.count("t", WRITES) / 60.0, 4_000.0, 0.03);
    near(run.count("t", "WriteThrottleEvents") / 60.0, 600.0, 0.03);
}

#[test]
fn growing_by_not_quite_double_every_half_hour_is_never_throttled() {
    // By 1.7, as a table has just the partitions that double needs, and chance does not fill them alike.
    // Nor do partitions split here, which would let it grow further.
    let whole = "quotas: { dynamodb.split_after: 1000 }";
    let run = under("billing_mode: on_demand", PUT_10, whole, &[(1_860, 300), (1_860, 510), (300, 867), (60, 1_734)]);
    assert_eq!(throttled(&run, 0.0, 4_020.0), 0.0);
    // At 1,020 requests a second what is allowed, twice 5,100 units, ends.
    near(throttled(&run, 4_030.0, 4_080.0), 50.0 * (1_734.0 - 1_020.0), 0.03);
}

#[test]
fn twice_the_previous_peak_is_served_at_once_and_three_times_is_not() {
    let table = "billing_mode: on_demand, previous_peak_reads: 50000/s";
    let run = under(table, GET_10, "quotas: { dynamodb.table_read_quota: 500000 }", &[(20, 9_500), (20, 15_000)]);
    assert_eq!(throttled(&run, 0.0, 20.0), 0.0);
    near(run.count_between("t", READS, 25.0, 40.0) / 15.0, 100_000.0, 0.02);
    assert_eq!(run.refusing(), ["ReadKeyRangeThroughputExceeded"]);
}

#[test]
fn a_warm_table_on_demand_is_capped_by_the_quota_of_a_table() {
    let run = under("billing_mode: on_demand, previous_peak_writes: 40000/s", PUT_10, "warm_up: 5s", &[(35, 5_000)]);
    near(run.count("t", WRITES) / 30.0, 40_000.0, 0.001);
    assert_eq!(run.refusing(), ["WriteAccountLimitExceeded"]);
}

#[test]
fn the_users_own_maximum_caps_a_table_on_demand() {
    let run = under("billing_mode: on_demand, max_write_request_units: 50", PUT, "warm_up: 5s", &[(65, 200)]);
    near(run.count("t", WRITES) / 60.0, 50.0, 0.005);
    assert_eq!(run.refusing(), ["WriteMaxOnDemandThroughputExceeded"]);
}

#[test]
fn a_throttled_request_consumes_nothing_and_is_answered_fast() {
    let run = under("billing_mode: provisioned, write_capacity_units: 10, initial_burst: 0%", PUT, "", &[(100, 100)]);
    let answers = run.answers("w");
    let throttled = run.failed("w", Class::Throttled, 400);
    assert_eq!(answers.ok.count() + throttled, 10_000);
    assert_eq!(run.counts("t", [WRITES, "ThrottledRequests"]), [answers.ok.count() as f64, throttled as f64]);
    assert!(answers.failed.quantile(0.5) < answers.ok.quantile(0.5));
}

#[test]
fn throttling_does_not_slow_down_what_passes() {
    let p99 =
        |rate| under("billing_mode: provisioned, write_capacity_units: 100", PUT, "", &[(600, rate)]).answers("w").ok.quantile(0.99).as_secs_f64();
    near(p99(400), p99(90), 0.1);
}

/// A batch of 25 puts by a function, of which the table has room for 20.
fn batch(room: u32) -> Run {
    let f = "f: { type: lambda, sdk: { profile: v2026 }, timeout: 60s, handler: [ { batch_write_item: { table: t, size: 1 KB, items: 25 } } ] }";
    let t = format!("t: {{ type: dynamodb, billing_mode: provisioned, write_capacity_units: {room}, initial_burst: 0% }}");
    run_bursts(&format!("{IDEAL}duration: 10s\nworkloads: {{ w: {{ target: f, BURSTS }} }}\nnodes: {{ {f}, {t} }}\n"), &[(0.0, 1)])
}

#[test]
fn what_is_throttled_of_a_batch_comes_back_unprocessed_and_is_not_tried_again() {
    let run = batch(20);
    assert_eq!((run.ok("w"), run.counts("t", ["UnprocessedItems", "WriteThrottleEvents", "ThrottledRequests", WRITES])), (1, [5.0, 5.0, 0.0, 20.0]));
}

#[test]
fn a_whole_batch_fits_or_not_by_its_items() {
    assert_eq!(batch(25).counts("t", ["UnprocessedItems", "WriteThrottleEvents", WRITES]), [0.0, 0.0, 25.0]);
}

#[test]
fn a_page_larger_than_the_capacity_passes_and_is_paid_back() {
    let scan = "scan: { size: 1 KB, items: 1024 }";
    let run = under("billing_mode: provisioned, read_capacity_units: 1, initial_burst: 0%", scan, "", &[(260, 1)]);
    assert_eq!(run.ok("w"), 3, "128 units at one unit a second: at 0.5, 128.5 and 256.5 s");
}
