//! Auto scaling of tables and of provisioned concurrency, and provisioned concurrency that is asked for in a run.
//!
//! Sources: the guides of DynamoDB auto scaling, of Lambda's provisioned concurrency and of CloudWatch alarms; the reaction time of provisioned
//! concurrency as G. Mao measured it in 2020. Times of changes are read off the windows of the gauges, so they are known to a second or two.

use crate::support::Run;

/// When the level of a gauge was first above or below `level`, s.
fn first(run: &Run, node: &str, gauge: &str, is_it: impl Fn(f64) -> bool) -> Option<f64> {
    let gauge = run.node(node).gauges.iter().find(|g| g.name == gauge).expect("the gauge is kept");
    let at = gauge.window_means.iter().position(|mean| is_it(f64::from(*mean)))?;
    let begins = if at == 0 { 0.0 } else { run.record.window_ends[at - 1].as_secs_f64() };
    Some(begins)
}

fn last(run: &Run, node: &str, gauge: &str) -> u64 {
    run.node(node).gauges.iter().find(|g| g.name == gauge).expect("the gauge is kept").last
}

fn peak(run: &Run, node: &str, gauge: &str) -> u64 {
    run.node(node).gauges.iter().find(|g| g.name == gauge).expect("the gauge is kept").max
}

const WRITE: &str = "ProvisionedWriteCapacityUnits";

/// A table of 5 write units at 70 %, written evenly as `phases` say; `burst` is how full its store is at the start.
fn table(minutes: u64, phases: &str, capacity: u64, burst: &str) -> Run {
    let text = format!(
        "duration: {minutes}m
workloads:
  w: {{ target: t, arrivals: uniform, phases: [ {phases} ], operation: {{ put_item: {{ size: 1 KB }} }} }}
nodes:
  t:
    type: dynamodb
    billing_mode: provisioned
    write_capacity_units: {capacity}
    initial_burst: {burst}
    auto_scaling: {{ write: {{ min_capacity: 5, max_capacity: 1000 }} }}
"
    );
    Run::of("scaled table", &text, &[])
}

#[test]
fn a_table_with_a_full_store_grows_after_three_minutes_or_more_to_what_is_asked_of_it_by_its_target() {
    let run = table(8, "{ duration: 8m, arrival_rate: 10/s }", 5, "100%");
    let changed = first(&run, "t", WRITE, |level| level > 5.01).expect("it grows");
    // Two full minutes, at least one until the second of them can be seen, and 30 s of change; at most a minute more for either.
    assert!((210.0 - 4.0..=330.0).contains(&changed), "after {changed} s");
    assert_eq!(last(&run, "t", WRITE), 15, "10 / 0.7, rounded up");
    assert_eq!(run.counter("t: write capacity", "ScaleOutActivities"), 1.0);
}

#[test]
fn a_table_with_an_empty_store_grows_only_to_what_it_could_consume() {
    let run = table(6, "{ duration: 6m, arrival_rate: 10/s }", 5, "0%");
    let changed = first(&run, "t", WRITE, |level| level > 5.01).expect("it grows");
    let first_step = run.node("t").gauges.iter().find(|g| g.name == WRITE).expect("kept").window_maxima.iter().find(|max| **max > 5).copied();
    assert!(changed >= 206.0 && first_step == Some(8), "{first_step:?} after {changed} s");
}

#[test]
fn a_table_without_traffic_keeps_its_capacity() {
    let run = table(40, "{ duration: 2m, arrival_rate: 5/s }, { duration: 38m, arrival_rate: 0/s }", 15, "100%");
    assert_eq!((last(&run, "t", WRITE), run.counter("t: write capacity", "ScaleInActivities")), (15, 0.0));
}

#[test]
fn a_table_shrinks_after_fifteen_minutes_below_fifty_per_cent_and_not_below_what_is_needed() {
    let run = table(40, "{ duration: 2m, arrival_rate: 10/s }, { duration: 38m, arrival_rate: 5/s }", 15, "100%");
    let changed = first(&run, "t", WRITE, |level| level < 14.99).expect("it shrinks");
    // From the second minute on: 15 minutes, one or two until the last of them can be seen, and 30 s of change; at most a minute more.
    assert!((120.0 + 990.0 - 20.0..=120.0 + 1_110.0).contains(&changed), "after {changed} s");
    assert_eq!(last(&run, "t", WRITE), 8, "5 / 0.7, rounded up; 5 of 8 is 62 %");
    assert_eq!(run.counter("t: write capacity", "ScaleInActivities"), 1.0);
}

/// A function that is asked for `concurrency` executions at a time from second 0 on for `seconds`; its environments start at once.
fn function(minutes: u64, rate: u64, seconds: u64, quotas: &str) -> Run {
    let text = format!(
        "duration: {minutes}m
quotas: {{ {quotas} }}
workloads:
  w: {{ target: f, arrivals: uniform, phases: [ {{ duration: {seconds}s, arrival_rate: {rate}/s }} ] }}
nodes:
  f:
    type: lambda
    timeout: 5s
    invoke_overhead: 0ms
    provisioned_concurrency: 10
    auto_scaling: {{ provisioned_concurrency: {{ min_capacity: 10, max_capacity: 100, target_utilization: 70% }} }}
    handler: [ {{ wait: 2s }} ]
"
    );
    Run::of("scaled function", &text, &[])
}

const ALLOCATED: &str = "AllocatedProvisionedConcurrency";

#[test]
fn provisioned_concurrency_follows_a_step_after_three_minutes_and_its_preparation() {
    // Without what the guides leave undocumented: points are seen at once, alarms are evaluated at the end of the minute.
    let at_once = "cloudwatch.datapoint_delay: 0, cloudwatch.datapoint_delay_spread: 0, cloudwatch.evaluation_phase: 0";
    for (quotas, latest) in [(at_once, 300.0), ("lambda.scaling_burst: 1000", 480.0)] {
        let run = function(8, 10, 480, quotas);
        let changed = first(&run, "f", ALLOCATED, |level| level > 10.01).expect("it grows");
        assert!((240.0 - 4.0..=latest + 2.0).contains(&changed), "after {changed} s");
        let gauge = run.node("f").gauges.iter().find(|g| g.name == ALLOCATED).expect("kept");
        assert_eq!(gauge.window_maxima.iter().find(|max| **max > 10), Some(&15), "10 · 1.0 / 0.7, rounded up");
    }
}

#[test]
fn a_peak_of_ninety_seconds_scales_nothing() {
    let run = function(10, 10, 90, "lambda.scaling_burst: 1000");
    assert_eq!(run.counter("f: provisioned concurrency", "ScaleOutActivities"), 0.0);
    assert_eq!(last(&run, "f", ALLOCATED), 10);
}

#[test]
fn provisioned_concurrency_is_there_all_at_once_after_one_to_two_minutes_and_its_allocation() {
    let text = "duration: 3m
quotas: { lambda.concurrent_executions: 10000 }
workloads: { w: { target: f, phases: [ { duration: 3m, arrival_rate: 2/s } ] } }
nodes:
  f:
    type: lambda
    auto_scaling: { provisioned_concurrency: { min_capacity: 5000, max_capacity: 5000 } }
    handler: [ { wait: 5ms } ]
";
    for seed in ["1", "2", "3"] {
        let run = Run::of("all or nothing", text, &[("seed", seed)]);
        let gauge = run.node("f").gauges.iter().find(|g| g.name == ALLOCATED).expect("kept");
        assert!(gauge.window_maxima.iter().all(|max| *max == 0 || *max == 5_000), "none before all");
        let usable = gauge.changed.as_secs_f64();
        assert!((110.0..=170.0).contains(&usable), "after {usable} s");
    }
}

#[test]
fn provisioned_concurrency_takes_from_the_account_from_when_it_is_there() {
    // 400 of 1,000 are provisioned for `a`, which nobody asks: `b` can have 600 at a time.
    let text = "duration: 4m
workloads:
  w: { target: b, arrivals: uniform, phases: [ { duration: 200s, arrival_rate: 0/s }, { duration: 4s, arrival_rate: 200/s } ] }
nodes:
  a:
    type: lambda
    auto_scaling: { provisioned_concurrency: { min_capacity: 400, max_capacity: 400 } }
    handler: [ { wait: 5ms } ]
  b: { type: lambda, timeout: 20s, handler: [ { wait: 15s } ] }
";
    let run = Run::of("idle provisioned concurrency", text, &[]);
    assert_eq!((last(&run, "a", ALLOCATED), peak(&run, "b", "ConcurrentExecutions")), (400, 600));
    assert_eq!(run.counter("b", "Throttles"), 200.0);
}

#[test]
fn a_reservation_that_is_provisioned_whole_leaves_nothing_for_on_demand() {
    // The 101st at a time is turned away: nothing spills.
    let text = "duration: 10s
workloads: { w: { target: f, arrivals: uniform, phases: [ { duration: 1s, arrival_rate: 101/s } ] } }
nodes:
  f: { type: lambda, timeout: 9s, reserved_concurrency: 100, provisioned_concurrency: 100, handler: [ { wait: 5s } ] }
";
    let run = Run::of("provisioned whole", text, &[]);
    assert_eq!((run.counter("f", "Throttles"), run.counter("f", "ProvisionedConcurrencySpilloverInvocations")), (1.0, 0.0));
    assert_eq!(run.counter("f", "ProvisionedConcurrencyInvocations"), 100.0);
}

#[test]
fn provisioned_concurrency_spills_where_ten_a_second_for_each_are_exceeded() {
    let text = "duration: 21s
warm_up: 1s
workloads: { w: { target: f, arrivals: uniform, phases: [ { duration: 21s, arrival_rate: 150/s } ] } }
nodes:
  f: { type: lambda, provisioned_concurrency: 10, handler: [ { wait: 20ms } ] }
";
    let run = Run::of("spillover by rate", text, &[]);
    // A second's worth of the rate, 100, may be used at once at the start, and was in the warm-up's second as far as it could be.
    let spilled = run.counter("f", "ProvisionedConcurrencySpilloverInvocations") / 20.0;
    assert!((47.0..=50.5).contains(&spilled), "{spilled} a second");
    assert_eq!(run.counter("f", "Throttles"), 0.0);
    assert!(peak(&run, "f", "ProvisionedConcurrentExecutions") <= 4);
}

#[test]
fn capacity_moves_at_scheduled_times_and_shrinks_when_busy_environments_are_free() {
    let text = "duration: 6m
workloads: { w: { target: f, arrivals: uniform, phases: [ { duration: 6m, arrival_rate: 5/s } ] } }
nodes:
  f:
    type: lambda
    timeout: 9s
    provisioned_concurrency: 20
    auto_scaling:
      provisioned_concurrency:
        min_capacity: 20
        max_capacity: 20
        scheduled_actions: [ { at: 2m, min_capacity: 5, max_capacity: 5 } ]
    handler: [ { wait: 3s } ]
";
    let run = Run::of("scheduled", text, &[]);
    let changed = first(&run, "f", ALLOCATED, |level| level < 19.9).expect("it shrinks");
    assert!((118.0..=121.0).contains(&changed) && last(&run, "f", ALLOCATED) == 5, "after {changed} s");
    assert_eq!(run.counter("f", "Throttles"), 0.0);
}
