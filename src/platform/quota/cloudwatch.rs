//! CloudWatch and Application Auto Scaling: when a data point can be seen, and what it takes to change a capacity.
//! Numbers of data points are those of the alarms that target tracking makes; delays of data points are not documented.

use super::{ALWAYS, table};

table! {
    // Metrics and alarms
    "cloudwatch.datapoint_delay" = 60 "s", from ALWAYS, "modelling choice: one to three minutes after the minute's end are commonly seen":
        "time from the end of a minute until its data point can be seen, at least";
    "cloudwatch.datapoint_delay_spread" = 60 "s", from ALWAYS, "modelling choice: one to three minutes after the minute's end are commonly seen":
        "up to so much more of the same, drawn evenly for each data point";
    "cloudwatch.evaluation_phase" = 60 "s", from ALWAYS, "modelling choice: alarms are evaluated once a minute, and AWS does not say when in it":
        "when in a minute an alarm is evaluated: drawn evenly below this, up to 60 s";
    "cloudwatch.evaluation_range_extra" = 2 "periods", from ALWAYS, "AWS docs: AmazonCloudWatch/AlarmThatSendsEmail (5 where 3 are evaluated)":
        "periods that an alarm looks at beyond those that it evaluates";

    "cloudwatch.action_delay" = 1 "s", from ALWAYS, "modelling choice: a topic hears of an alarm within one to five seconds":
        "time from the change of an alarm's state until a topic is published to, at least";
    "cloudwatch.action_delay_spread" = 4 "s", from ALWAYS, "modelling choice: a topic hears of an alarm within one to five seconds":
        "up to so much more of the same, drawn evenly for each change";
    "cloudwatch.longest_evaluation" = 86400 "s", from ALWAYS, "AWS docs: AmazonCloudWatch/AlarmThatSendsEmail (periods shorter than an hour)":
        "the most that the period of an alarm times its evaluation periods may be";
    "cloudwatch.notification_bytes" = 1024 "B", from ALWAYS, "modelling choice: the JSON of an alarm with a name, a reason and a dimension":
        "size of what an alarm publishes";

    // Step scaling
    "autoscaling.step_cooldown" = 300 "s", from ALWAYS, "AWS docs: application-autoscaling/StepScalingPolicyConfiguration":
        "how long a step scaling policy waits after it has acted, where it does not say so itself";

    // Target tracking
    "autoscaling.dynamodb_scale_out_datapoints" = 2 "datapoints", from ALWAYS, "measured: alarms that target tracking made for tables, public dumps":
        "minutes over the target before a table or index is scaled out";
    "autoscaling.lambda_scale_out_datapoints" = 3 "datapoints", from ALWAYS, "AWS docs: lambda/provisioned-concurrency":
        "minutes over the target before provisioned concurrency is scaled out";
    "autoscaling.scale_in_datapoints" = 15 "datapoints", from ALWAYS, "AWS docs: dynamodb/AutoScaling; measured for Lambda: georgemao.medium.com, 2020":
        "minutes below the lower threshold before capacity is scaled in";
    "autoscaling.dynamodb_scale_in_points" = 0.2 "share", from ALWAYS, "measured: alarms that target tracking made for tables, public dumps":
        "how far below the target the lower threshold of a table or index is, in points of utilisation";
    "autoscaling.lambda_scale_in_share" = 0.9 "share", from ALWAYS, "AWS docs: lambda/provisioned-concurrency (63 % for a target of 70 %)":
        "the lower threshold of provisioned concurrency as a share of the target";
}
