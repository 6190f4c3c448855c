//! DynamoDB where one write is more than one: secondary indexes and their back-pressure, conditions, transactions that meet others.
//!
//! ```text
//! write ─▶ room in the table ─▶ room in every global index ─▶ nobody at the item ─▶ condition ─▶ charged
//! ```
//!
//! Figures are of AWS's documentation: capacity units are exact, rates within what chance and whole requests leave.

use crate::observed::{IDEAL, Run, bursts, near, run, run_bursts, run_with};
use coldfront::metrics::{Class, Outcome};

const READS: &str = "ConsumedReadCapacityUnits";
const WRITES: &str = "ConsumedWriteCapacityUnits";
const CONFLICTS: &str = "TransactionConflict";

/// One operation of an idle table.
fn once(operation: &str, table: &str) -> Run {
    run_bursts(
        &format!(
            "duration: 10s\nworkloads: {{ w: {{ target: t, operation: {{ {operation} }}, BURSTS }} }}\nnodes: {{ t: {{ type: dynamodb, {table} }} }}\n"
        ),
        &[(1.0, 1)],
    )
}

/// Write units of the table and of its index `g`.
fn written(operation: &str, table: &str) -> [f64; 2] {
    let run = once(operation, table);
    assert_eq!(run.ok("w"), 1);
    [run.count("t", WRITES), run.count_of("t", "g", WRITES)]
}

/// An index of whole items.
const ALL: &str = "global_secondary_indexes: { g: {} }";
const KEYS: &str = "global_secondary_indexes: { g: { projection: keys_only } }";

#[test]
fn an_update_that_moves_an_index_key_deletes_and_puts_the_entry() {
    assert_eq!(written("update_item: { size: 4500 B, gsi: { g: { changes: 100% } } }", ALL), [5.0, 10.0]);
}

#[test]
fn an_update_of_what_is_not_projected_costs_the_index_nothing() {
    assert_eq!(written("update_item: { size: 4500 B }", ALL), [5.0, 0.0]);
    assert_eq!(written("update_item: { size: 4500 B, gsi: { g: {} } }", KEYS), [5.0, 0.0], "no attribute but the keys is in the entry");
    assert_eq!(written("update_item: { size: 4500 B, gsi: { g: {} } }", ALL), [5.0, 5.0]);
}

#[test]
fn a_put_and_a_delete_write_every_index_once_by_the_size_of_its_entry() {
    assert_eq!(written("put_item: { size: 4500 B }", ALL), [5.0, 5.0]);
    assert_eq!(written("put_item: { size: 4500 B }", KEYS), [5.0, 1.0]);
    assert_eq!(written("delete_item: { size: 4500 B }", ALL), [5.0, 5.0]);
    let include = "global_secondary_indexes: { g: { projection: include, projected_size: 1.5 KB } }";
    assert_eq!(written("batch_write_item: { size: 4500 B, items: 3 }", include), [15.0, 6.0]);
}

#[test]
fn an_item_without_the_index_key_is_not_in_the_index() {
    assert_eq!(written("put_item: { size: 4500 B, gsi: { g: { touches: 0% } } }", ALL), [5.0, 0.0]);
}

#[test]
fn a_transaction_pays_twice_for_its_items_and_once_for_global_indexes() {
    assert_eq!(written("transact_write_items: { size: 500 B, items: 3 }", ALL), [6.0, 3.0]);
}

#[test]
fn local_indexes_are_written_and_read_at_the_tables_expense() {
    let local = "local_secondary_indexes: { l: { projection: include, projected_size: 2 KB } }";
    let units = |operation: &str| once(operation, local).counts("t", [READS, WRITES]);
    assert_eq!(units("put_item: { size: 4500 B }"), [0.0, 7.0]);
    assert_eq!(units("update_item: { size: 4500 B, lsi: { l: { changes: 100% } } }"), [0.0, 9.0]);
    assert_eq!(units("query: { size: 6 KB, items: 10, index: l, consistent_read: true }"), [5.0, 0.0]);
    assert_eq!(units("query: { size: 6 KB, items: 10, index: l, consistent_read: true, fetch: true }"), [25.0, 0.0], "and each item alone");
}

/// Steady load on a provisioned table with an index.
fn steady(workloads: &str, table: &str, seconds: u32) -> Run {
    run(&format!(
        "duration: {seconds}s\nworkloads: {{ {workloads} }}\nnodes: {{ t: {{ type: dynamodb, billing_mode: provisioned, initial_burst: 0%, {table} }} }}\n"
    ))
}

fn at(rate: u32, seconds: u32, operation: &str) -> String {
    format!("{{ target: t, arrivals: uniform, operation: {{ {operation} }}, phases: [ {{ duration: {seconds}s, arrival_rate: {rate}/s }} ] }}")
}

const SMALL: &str = "write_capacity_units: 100, global_secondary_indexes: { g: { write_capacity_units: 10 } }";

#[test]
fn an_index_that_falls_behind_throttles_its_table() {
    let run = steady(&format!("w: {}", at(50, 200, "put_item: {}")), SMALL, 200);
    // A second of capacity to begin with, and a second of backlog.
    near(run.ok("w") as f64, 200.0 * 10.0 + 20.0, 0.01);
    assert_eq!(run.refusing(), ["IndexWriteProvisionedThroughputExceeded"]);
    assert_eq!(run.count("t", WRITES), run.count_of("t", "g", WRITES), "at a tenth of the table's capacity");
    let refused = run.0.limits.iter().find(|limit| limit.refused > 0).expect("one that refuses");
    assert_eq!(refused.phrase, "the write capacity (10 WCU) of `t`'s index `g`");
    assert_eq!([run.count_of("t", "g", "WriteThrottleEvents"), run.count("t", "WriteThrottleEvents")], [refused.refused as f64, 0.0]);
    assert_eq!(run.count("t", "ThrottledRequests"), refused.refused as f64);
}

#[test]
fn an_index_may_burst_like_a_table() {
    let table = "write_capacity_units: 100, global_secondary_indexes: { g: { write_capacity_units: 10, initial_burst: 100% } }";
    let run = steady(&format!("w: {}", at(50, 200, "put_item: {}")), table, 200);
    assert_eq!(run.count_between("t", "ThrottledRequests", 0.0, 74.0), 0.0, "3,000 saved, 40 a second more than comes in");
    near(run.count_between("t", "ThrottledRequests", 100.0, 200.0), 100.0 * 40.0, 0.01);
}

#[test]
fn writes_that_do_not_touch_a_full_index_pass() {
    let update = at(50, 100, "update_item: { gsi: { g: { touches: 10% } } }");
    let run = steady(&format!("w: {update}"), SMALL, 100);
    assert_eq!(run.count("t", "ThrottledRequests"), 0.0);
    near(run.count_of("t", "g", WRITES), 500.0, 0.15);
}

#[test]
fn an_index_without_read_capacity_throttles_its_queries_and_nobody_else() {
    let table = "read_capacity_units: 100, write_capacity_units: 100, global_secondary_indexes: { g: { read_capacity_units: 10, write_capacity_units: 100 } }";
    let (query, get, put) = (at(50, 100, "query: { index: g, size: 8 KB }"), at(50, 100, "get_item: {}"), at(50, 100, "put_item: {}"));
    let run = steady(&format!("q: {query}, r: {get}, w: {put}"), table, 100);
    near(run.ok("q") as f64, 1_000.0, 0.02);
    assert_eq!((run.refusing(), run.ok("r"), run.ok("w")), (vec!["IndexReadProvisionedThroughputExceeded"], 5_000, 5_000));
    assert_eq!((run.count("t", READS), run.count_of("t", "g", READS)), (2_500.0, run.ok("q") as f64));
}

#[test]
fn few_values_of_an_index_key_make_a_hot_partition() {
    let table = "write_capacity_units: 20000, global_secondary_indexes: { g: { write_capacity_units: 20000 } }";
    let put = "put_item: { gsi: { g: { key: status } } }";
    let workload = at(2_000, 60, put).replacen('{', "{ attributes: { status: { open: 95%, closed: 5% } }, ", 1);
    let run = steady(&format!("w: {workload}"), table, 60);
    assert_eq!(run.refusing(), ["IndexWriteKeyRangeThroughputExceeded"]);
    // The open ones at a partition's ceiling, with a second of it and a second of backlog to begin with; the closed ones all.
    near(run.ok("w") as f64, 62.0 * 1_000.0 + 60.0 * 100.0, 0.01);
}

#[test]
fn a_backlog_of_a_second_is_accepted_or_of_as_many_as_are_set() {
    let accepted = |top: &str| {
        let table = "t: { type: dynamodb, billing_mode: provisioned, initial_burst: 0%, write_capacity_units: 1000, global_secondary_indexes: { g: { write_capacity_units: 10 } } }";
        let yaml =
            format!("duration: 10s\n{top}\nworkloads: {{ w: {{ target: t, operation: {{ put_item: {{}} }}, BURSTS }} }}\nnodes: {{ {table} }}\n");
        run_bursts(&yaml, &[(0.0, 200)]).ok("w")
    };
    assert_eq!([accepted(""), accepted("quotas: { dynamodb.index_backlog: 5 }")], [20, 60]);
}

#[test]
fn an_index_on_demand_has_limits_of_its_own() {
    let table = "global_secondary_indexes: { g: { max_write_request_units: 50 } }";
    let yaml =
        format!("duration: 65s\nwarm_up: 5s\nworkloads: {{ w: {} }}\nnodes: {{ t: {{ type: dynamodb, {table} }} }}\n", at(200, 65, "put_item: {}"));
    let run = run(&yaml);
    near(run.count("t", WRITES) / 60.0, 50.0, 0.01);
    assert_eq!(run.refusing(), ["IndexWriteMaxOnDemandThroughputExceeded"]);
}

/// A function that writes under a condition, so many times in 100 s.
fn conditional(write: &str, times: u32, attributes: &str) -> Run {
    let f = format!("f: {{ type: lambda, timeout: 60s, sdk: {{ profile: v2026 }}, handler: [ {{ {write} }} ] }}");
    let phases = format!("phases: [ {{ duration: 100s, arrival_rate: {}/s }} ]", f64::from(times) / 100.0);
    let w = format!("w: {{ target: f, arrivals: uniform, attributes: {{ {attributes} }}, {phases} }}");
    run(&format!("{IDEAL}duration: 120s\nworkloads: {{ {w} }}\nnodes: {{ {f}, t: {{ type: dynamodb, latency: 3ms }} }}\n"))
}

const FAILED: &str = "ConditionalCheckFailedRequests";

#[test]
fn a_failed_condition_costs_full_write_units_and_is_not_tried_again() {
    let run = conditional("update_item: { table: t, size: 310 KB, size_before: 300 KB, condition_fails: 100% }", 100, "");
    assert_eq!(run.counts("t", [FAILED, WRITES, "ThrottledRequests"]), [100.0, 31_000.0, 0.0]);
    assert_eq!((run.node("t").arrived, run.ok("w")), (100, 0), "once each");
}

#[test]
fn a_handler_can_catch_a_failed_condition() {
    let run = conditional("put_item: { table: t, condition_fails: 100%, on_error: [ { get_item: { table: t } } ] }", 100, "");
    assert_eq!((run.ok("w"), run.counts("t", [FAILED, READS])), (100, [100.0, 50.0]));
}

#[test]
fn a_client_of_the_table_is_told_400() {
    let run = once("put_item: { condition_fails: 100% }", "latency: 3ms");
    assert_eq!(run.answers("w").failures, [(Outcome { class: Class::Rejected, code: 400 }, 1)]);
}

#[test]
fn a_share_of_conditions_fails_anew_and_an_attribute_for_good() {
    let twice = |fails: &str| {
        let put = |then: &str| format!("put_item: {{ table: t, condition_fails: {fails}, on_error: [ {then} ] }}");
        let run = conditional(&put(&format!("{{ {} }}", put(""))), 1_000, "stale: chance(20%)");
        let first = run.node("t").arrived as f64 - run.ok("w") as f64;
        (first, run.count("t", FAILED) - first)
    };
    let ((first, second), (stale, still)) = (twice("20%"), twice("stale"));
    near(first, 200.0, 0.2);
    near(second, 40.0, 0.5);
    near(stale, 200.0, 0.2);
    assert_eq!(stale, still);
}

#[test]
fn a_condition_on_nothing_costs_the_least_and_no_index_is_written() {
    let run = once("put_item: { size: 9 KB, size_before: 0 B, condition_fails: 100% }", ALL);
    assert_eq!([run.count("t", WRITES), run.count_of("t", "g", WRITES)], [1.0, 0.0]);
}

#[test]
fn a_transaction_that_is_repeated_with_its_token_reads() {
    let units = |more: &str| once(&format!("transact_write_items: {{ size: 500 B, items: 3{more} }}"), "latency: 3ms").counts("t", [READS, WRITES]);
    assert_eq!([units(""), units(", repeats: 100%")], [[0.0, 6.0], [6.0, 0.0]]);
}

/// Two clients at one item of a table that takes 10 ms: `a` at once, `b` some time after.
fn meeting(a: &str, b: &str, after_s: f64) -> Run {
    let client = |name: &str, operation: &str| {
        format!("{name}: {{ target: t, attributes: {{ k: constant }}, operation: {{ {operation} }}, replay: {{ file: {name}.csv }} }}")
    };
    let yaml = format!(
        "duration: 10s\nworkloads: {{ {}, {} }}\nnodes: {{ t: {{ type: dynamodb, latency: 10ms, round_trip: 1ms }} }}\n",
        client("a", a),
        client("b", b)
    );
    run_with(&yaml, &[("a.csv", bursts(&[(1.0, 1)])), ("b.csv", bursts(&[(1.0 + after_s, 1)]))])
}

const TRANSACT: &str = "transact_write_items: { key: k, size: 500 B, items: 3 }";
const PUT: &str = "put_item: { key: k }";
const CONFLICT: Outcome = Outcome { class: Class::Failed, code: 400 };

#[test]
fn of_two_transactions_on_one_item_the_later_is_cancelled_and_pays() {
    let run = meeting(TRANSACT, TRANSACT, 0.009);
    assert_eq!((run.ok("a"), run.answers("b").failures), (1, vec![(CONFLICT, 1)]));
    assert_eq!(run.counts("t", [CONFLICTS, WRITES, "ThrottledRequests"]), [3.0, 12.0, 0.0], "a conflict for each item");
    assert_eq!(meeting(TRANSACT, TRANSACT, 0.011).ok("b"), 1, "none is left when it is over");
}

#[test]
fn a_write_of_an_item_in_a_transaction_is_refused() {
    let run = meeting(TRANSACT, PUT, 0.005);
    assert_eq!((run.answers("b").failures, run.counts("t", [CONFLICTS, WRITES])), (vec![(CONFLICT, 1)], [1.0, 6.0]));
    assert_eq!(meeting(TRANSACT, PUT, 0.011).ok("b"), 1);
}

#[test]
fn a_transaction_meets_writes_in_progress() {
    let run = meeting(PUT, TRANSACT, 0.005);
    assert_eq!((run.ok("a"), run.answers("b").failures, run.count("t", CONFLICTS)), (1, vec![(CONFLICT, 1)], 1.0));
}

#[test]
fn reads_see_no_transaction_and_reading_ones_do() {
    assert_eq!(meeting(TRANSACT, "get_item: { key: k }", 0.005).ok("b"), 1);
    assert_eq!(meeting(TRANSACT, "transact_get_items: { key: k }", 0.005).answers("b").failures, [(CONFLICT, 1)]);
    assert_eq!(meeting("transact_get_items: { key: k }", TRANSACT, 0.005).ok("b"), 1, "a read is in nobody's way");
}

#[test]
fn what_a_batch_cannot_write_for_a_transaction_comes_back_unprocessed() {
    let run = meeting(TRANSACT, "batch_write_item: { key: k, items: 5 }", 0.005);
    assert_eq!((run.ok("b"), run.counts("t", ["UnprocessedItems", CONFLICTS])), (1, [3.0, 3.0]));
}

#[test]
fn no_sdk_tries_a_cancelled_transaction_again() {
    let f = "f: { type: lambda, timeout: 60s, sdk: { profile: v2026 }, handler: [ { transact_write_items: { table: t, key: k } } ] }";
    let w = "w: { target: f, attributes: { k: constant }, BURSTS }";
    let yaml = format!("{IDEAL}duration: 10s\nworkloads: {{ {w} }}\nnodes: {{ {f}, t: {{ type: dynamodb, latency: 10ms }} }}\n");
    let run = run_bursts(&yaml, &[(0.0, 2)]);
    assert_eq!((run.ok("w"), run.node("t").arrived, run.count("t", CONFLICTS)), (1, 2, 1.0));
}

#[test]
fn a_table_without_transactions_never_conflicts() {
    assert_eq!(meeting(PUT, PUT, 0.005).ok("b"), 1);
}

#[test]
fn a_tables_latency_can_be_set_by_verb() {
    let run = once("get_item: {}", "latency: { get_item: 5ms }, round_trip: 2ms");
    assert_eq!(run.answers("w").ok.mean_s(), Some(0.007));
}
