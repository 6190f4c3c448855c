//! What comes of a write later: its copies in other Regions, and its end by time to live.
//!
//! ```text
//! write ─▶ answer ─▶ replicas, about a second later        PendingReplicationCount = rate · ReplicationLatency
//!                └─▶ deleted after its life, at no cost here
//! ```

use crate::observed::{Run, near, run};

const WRITES: &str = "ConsumedWriteCapacityUnits";
const REPLICATED: &str = "ReplicatedWriteCapacityUnits";
const PENDING: &str = "PendingReplicationCount";

/// A table that is written evenly.
fn written(table: &str, operation: &str, seconds: u32, per_s: u32) -> Run {
    let workload =
        format!("target: t, arrivals: uniform, operation: {{ {operation} }}, phases: [ {{ duration: {seconds}s, arrival_rate: {per_s}/s }} ]");
    run(&format!("duration: {seconds}s\nworkloads: {{ w: {{ {workload} }} }}\nnodes: {{ t: {{ type: dynamodb, {table} }} }}\n"))
}

#[test]
fn each_write_is_charged_in_every_region_and_is_there_a_second_later() {
    let run = written("replicas: [ eu-west-1, ap-northeast-1 ]", "put_item: { size: 2 KB }", 120, 50);
    assert_eq!(run.counts("t", [WRITES, REPLICATED]), [12_000.0, 36_000.0]);
    assert_eq!(run.count_of("t", "eu-west-1", REPLICATED), 12_000.0);
    // A lognormal through 1 s and 2.5 s: its mean is e^(σ²/2) with σ = ln 2.5 / 2.326.
    let latency = run.times("t", "ReplicationLatency").mean_s().expect("there were writes");
    near(latency, 1.081, 0.02);
    // Little's law, less what is not there yet at the start.
    near(run.gauge("t", PENDING).mean, 2.0 * 50.0 * latency * (1.0 - 0.6 / 120.0), 0.02);
}

#[test]
fn a_replica_without_capacity_falls_behind_and_throttles_nobody() {
    let table = "billing_mode: provisioned, write_capacity_units: 100, initial_burst: 0%";
    let run = written(&format!("{table}, replicas: {{ eu-west-1: {{ write_capacity_units: 20 }} }}"), "put_item: {}", 60, 50);
    assert_eq!((run.ok("w"), run.refusing()), (3_000, vec![]));
    near(run.gauge("t", PENDING).last as f64, 60.0 * 30.0, 0.05);
    let latency = run.times("t", "ReplicationLatency").quantile(0.99).as_secs_f64();
    assert!((60.0..100.0).contains(&latency), "1,800 writes at 20 a second are 90 s behind: {latency}");
}

#[test]
fn a_failed_condition_is_not_replicated_and_a_transaction_is() {
    let run = written("replicas: [ eu-west-1 ]", "put_item: { condition_fails: 100% }", 10, 5);
    assert_eq!(run.counts("t", [WRITES, REPLICATED]), [50.0, 0.0]);
    let run = written("replicas: [ eu-west-1 ]", "transact_write_items: { items: 3 }", 10, 5);
    assert_eq!(run.counts("t", [WRITES, REPLICATED]), [300.0, 600.0]);
    assert_eq!(run.times("t", "ReplicationLatency").count(), 150, "each item of it");
}

#[test]
fn items_go_when_their_life_and_the_wait_for_deletion_are_over_and_cost_nothing() {
    let run = written("time_to_live: { after: 60s, deleted_after: 30s }", "put_item: { size: 2 KB }", 180, 10);
    let deleted = |from, to| run.count_between("t", "TimeToLiveDeletedItemCount", from, to);
    assert_eq!(deleted(0.0, 89.7), 0.0);
    near(deleted(90.0, 180.0), 900.0, 0.01);
    near(run.gauge("t", "ItemCount").last as f64, 900.0, 0.01);
    assert_eq!(run.count("t", WRITES), 3_600.0);
}

#[test]
fn what_was_written_before_the_run_goes_from_its_start_on() {
    let life = "after: 1d, written_before: 10/s";
    let run = written(&format!("time_to_live: {{ {life} }}"), "put_item: {}", 600, 10);
    // One day, and the two until it is deleted.
    near(run.gauge("t", "ItemCount").mean, 3.0 * 86_400.0 * 10.0, 0.001);
    near(run.count("t", "TimeToLiveDeletedItemCount"), 6_000.0, 0.001);
}

#[test]
fn only_a_share_of_items_may_expire_and_deleted_ones_do_not() {
    let half = written("time_to_live: { after: 10s, deleted_after: 0s, share: 50% }", "put_item: {}", 60, 20);
    near(half.count("t", "TimeToLiveDeletedItemCount"), 50.0 * 10.0, 0.02);
    near(half.gauge("t", "ItemCount").last as f64, 600.0 + 100.0, 0.02);
}

#[test]
fn a_deletion_by_time_to_live_is_a_write_in_every_replica() {
    let table = "time_to_live: { after: 20s, deleted_after: 10s }, replicas: [ eu-west-1, eu-central-1 ]";
    let run = written(table, "put_item: { size: 3 KB }", 60, 10);
    let deleted = run.count("t", "TimeToLiveDeletedItemCount");
    near(deleted, 300.0, 0.02);
    assert_eq!(run.count("t", WRITES), 1_800.0);
    assert_eq!(run.count("t", REPLICATED), 3.0 * 1_800.0 + 2.0 * 3.0 * deleted);
}
