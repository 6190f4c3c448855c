//! Alarms of one's own, and step scaling.
//!
//! Sources: CloudWatch's guide on alarms (actions only when the state changes, scaling actions while it lasts; metrics of tables keep their state without
//! data), Application Auto Scaling's on step policies (the example of 10 units at 60 %, the cooldown of 300 s).

use crate::support::Run;

/// A server that is asked more than it can in minutes 3 to 13, an alarm on what it rejects (3 of 3 minutes), and a topic that hears of it.
fn watched(fields: &str) -> Run {
    let text = format!(
        "duration: 30m
workloads:
  w:
    target: s
    arrivals: uniform
    phases: [ {{ duration: 3m, arrival_rate: 1/s }}, {{ duration: 12m, arrival_rate: 30/s }}, {{ duration: 15m, arrival_rate: 1/s }} ]
nodes:
  s: {{ type: server, slots: 1, queue_limit: 0, service_time: 100ms }}
  overload:
    type: cloudwatch_alarm
    node: s
    metric: rejected_request_count
    threshold: 0
    evaluation_periods: 3
    alarm_actions: [ ops ]
    {fields}
  ops: {{ type: sns, subscriptions: [ {{ endpoint: inbox }} ] }}
  inbox: {{ type: sqs }}
"
    );
    Run::of("watched server", &text, &[])
}

/// When a level was first above nothing and when it last changed, s.
fn span(run: &Run, node: &str, gauge: &str) -> (f64, f64) {
    let gauge = run.node(node).gauges.iter().find(|g| g.name == gauge).expect("the gauge is kept");
    let at = gauge.window_maxima.iter().position(|max| *max > 0).expect("it rises");
    (run.record.window_ends[at].as_secs_f64(), gauge.changed.as_secs_f64())
}

#[test]
fn an_alarm_that_lasts_publishes_one_message_however_long_it_lasts() {
    let run = watched("");
    assert_eq!(run.counter("overload", "StateChangesToAlarm"), 1.0);
    assert_eq!(run.counter("overload", "ActionsPublished"), 1.0);
    assert_eq!(run.counter("ops", "NumberOfMessagesPublished"), 1.0);
    assert_eq!(run.counter("inbox", "NumberOfMessagesSent"), 1.0);
}

#[test]
fn an_alarm_is_raised_three_minutes_and_a_data_points_delay_after_the_first_breach() {
    let run = watched("");
    let (raised, cleared) = span(&run, "overload", "InAlarm");
    // Three full minutes, 60 to 120 s until the third can be seen, at most a minute until the next look.
    assert!((180.0 + 240.0 - 4.0..=180.0 + 360.0 + 4.0).contains(&raised), "raised after {raised} s");
    // One minute that does not breach ends it.
    assert!((900.0 + 120.0 - 4.0..=900.0 + 240.0 + 4.0).contains(&cleared), "cleared after {cleared} s");
}

#[test]
fn an_alarm_publishes_to_the_topics_of_each_state() {
    let run = watched("ok_actions: [ ops ]");
    // OK when the first minute is seen, ALARM, OK.
    assert_eq!(run.counter("overload", "StateChangesToOk"), 2.0);
    assert_eq!(run.counter("inbox", "NumberOfMessagesSent"), 3.0);
}

#[test]
fn two_of_three_data_points_raise_an_alarm_a_minute_or_two_before_three_do() {
    let raised = |fields| span(&watched(fields), "overload", "InAlarm").0;
    let (three, two) = (raised(""), raised("datapoints_to_alarm: 2"));
    // The third point may take up to a minute longer on its way than the second.
    assert!([60.0, 120.0].iter().any(|minutes| (three - two - minutes).abs() <= 6.0), "{three} s and {two} s");
}

/// A function that is invoked for five minutes and then no more.
fn idle(missing: &str) -> Run {
    let text = format!(
        "duration: 30m
workloads: {{ w: {{ target: f, arrivals: uniform, phases: [ {{ duration: 5m, arrival_rate: 2/s }}, {{ duration: 25m, arrival_rate: 0/s }} ] }} }}
nodes:
  f: {{ type: lambda, handler: [ {{ wait: 5ms }} ] }}
  silence: {{ type: cloudwatch_alarm, node: f, metric: invocations, threshold: 1, comparison_operator: less_than_threshold, treat_missing_data: {missing} }}
"
    );
    Run::of("idle function", &text, &[])
}

#[test]
fn a_function_that_nobody_invokes_has_no_data_which_counts_as_the_alarm_says() {
    let states = |missing| {
        let run = idle(missing);
        ["StateChangesToAlarm", "StateChangesToInsufficientData"].map(|name| run.counter("silence", name))
    };
    assert_eq!(states("missing"), [0.0, 1.0]);
    assert_eq!(states("breaching"), [1.0, 0.0]);
    assert_eq!(states("not_breaching"), [0.0, 0.0]);
    assert_eq!(states("ignore"), [0.0, 0.0]);
}

#[test]
fn an_alarm_on_a_table_keeps_its_state_without_data_whatever_it_says() {
    let text = "duration: 30m
workloads: { w: { target: t, arrivals: uniform, phases: [ { duration: 5m, arrival_rate: 2/s }, { duration: 25m, arrival_rate: 0/s } ], operation: { put_item: { size: 1 KB } } } }
nodes:
  t: { type: dynamodb }
  silence: { type: cloudwatch_alarm, node: t, metric: consumed_write_capacity_units, threshold: 1, comparison_operator: less_than_threshold, treat_missing_data: breaching }
";
    let run = Run::of("idle table", text, &[]);
    assert_eq!(run.counter("silence", "StateChangesToAlarm"), 0.0);
}

#[test]
fn a_scaling_action_is_invoked_every_minute_while_its_alarm_lasts() {
    // 10 writes a second of a table that may not have more than 5 units: consumed stays at 100 % and the alarm on 70 % stays raised.
    let text = "duration: 15m
workloads: { w: { target: t, arrivals: uniform, phases: [ { duration: 15m, arrival_rate: 10/s } ], operation: { put_item: { size: 1 KB } } } }
nodes:
  t: { type: dynamodb, billing_mode: provisioned, write_capacity_units: 5, initial_burst: 0%, auto_scaling: { write: { min_capacity: 5, max_capacity: 5 } } }
";
    let run = Run::of("table at its maximum", text, &[]);
    let invoked = run.counter("t: write capacity", "ScalingInvocations");
    // Raised after 3 to 5 minutes, and looked at once a minute from then on: some ten looks.
    assert!((10.0..=12.0).contains(&invoked), "{invoked} times");
    assert_eq!(run.counter("t: write capacity", "ScaleOutActivities"), 0.0);
}

/// Provisioned concurrency of 10, nine of which are in use: 90 %.
fn stepped(policy: &str) -> Run {
    let text = format!(
        "duration: 14m
quotas: {{ cloudwatch.datapoint_delay_spread: 0 }}
workloads: {{ w: {{ target: f, arrivals: uniform, phases: [ {{ duration: 14m, arrival_rate: 9/s }} ] }} }}
nodes:
  f:
    type: lambda
    timeout: 5s
    invoke_overhead: 0ms
    provisioned_concurrency: 10
    auto_scaling: {{ provisioned_concurrency: {{ min_capacity: 10, max_capacity: 100, step_policies: [ {policy} ] }} }}
    handler: [ {{ wait: 1s }} ]
"
    );
    Run::of("stepped function", &text, &[])
}

#[test]
fn the_step_in_which_the_utilisation_lies_decides_how_much_is_added() {
    let steps = "[ { upper_bound: 10%, scaling_adjustment: 0 }, { lower_bound: 10%, upper_bound: 20%, scaling_adjustment: 10 }, { lower_bound: 20%, scaling_adjustment: 30 } ]";
    let run = stepped(&format!("{{ threshold: 60%, adjustment_type: percent_change_in_capacity, step_adjustments: {steps} }}"));
    let gauge = run.node("f").gauges.iter().find(|g| g.name == "AllocatedProvisionedConcurrency").expect("kept");
    // 90 % is 30 points beyond: 30 % of 10 are 3. Nine of thirteen are 69 %, nine points beyond: nothing more.
    assert_eq!((gauge.window_maxima.iter().find(|max| **max > 10), gauge.last), (Some(&13), 13));
    assert_eq!(run.counter("f: provisioned concurrency", "ScaleOutActivities"), 1.0);
}

#[test]
fn a_step_policy_acts_again_only_after_its_cooldown() {
    let activities = |cooldown: &str| {
        let policy = format!("{{ threshold: 10%, {cooldown} step_adjustments: [ {{ scaling_adjustment: 1 }} ] }}");
        stepped(&policy).counter("f: provisioned concurrency", "ScaleOutActivities")
    };
    // Every change takes some two minutes by itself; 14 minutes have room for two of 300 s and a start of two to three minutes.
    let (long, none) = (activities(""), activities("cooldown: 0s,"));
    assert!((2.0..=3.0).contains(&long) && none > long, "{long} and {none}");
}
