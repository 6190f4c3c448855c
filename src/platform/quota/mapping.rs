//! Event source mappings of SQS queues: how Lambda's pollers grow, shrink and back off.
//! Start, growth and caps are documented; shrinking, back-off and the waits after a throttle are choices, and say so.

use super::{ALWAYS, table};

table! {
    "esm.batch_size" = 10 "messages", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "messages of one invocation";
    "esm.batch_size_maximum" = 10_000 "messages", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "most messages of one invocation, standard queue";
    "esm.fifo_batch_size_maximum" = 10 "messages", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "most messages of one invocation, FIFO queue";
    "esm.batching_window_maximum" = 300 "s", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "longest wait for a batch to fill";
    "esm.batch_payload" = 6_291_456 "bytes", from ALWAYS, "AWS docs: lambda/invocation-eventsourcemapping, read 2026-11": "largest batch";
    "esm.maximum_concurrency_minimum" = 2 "invocations", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "smallest maximum concurrency";
    "esm.maximum_concurrency_maximum" = 1_000 "invocations", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "largest maximum concurrency";
    "esm.initial_concurrency" = 5 "invocations", from ALWAYS, "AWS docs: lambda/services-sqs-scaling, read 2026-11": "pollers at the start, and when idle";
    "esm.idle_concurrency" = 5 "invocations", from ALWAYS, "modelling choice: AWS docs (lambda/services-sqs-scaling) say that five polls may shrink to two where nothing comes, not when":
        "pollers that an idle queue is left with, without a maximum concurrency";
    "esm.concurrency_limit" = 1_000 "invocations", from ALWAYS, "AWS docs: lambda/services-sqs-scaling, older pages": "most invocations of one mapping";
    "esm.concurrency_limit" = 1_250 "invocations", from "2023-11-16", "AWS docs: lambda/services-sqs-scaling, read 2026-11; day of the faster ramp":
        "most invocations of one mapping";
    "esm.visibility_factor" = 6 "time-outs", from ALWAYS, "AWS docs: lambda/services-sqs-configure, read 2026-11":
        "advice: a queue's visibility timeout is at least so many time-outs of the function that it feeds, and the batching window";
    "esm.receive_count_advice" = 5 "receives", from ALWAYS, "AWS docs: lambda/services-sqs-configure, read 2026-11":
        "advice: the least max_receive_count of a queue that feeds a function";
    "esm.growth" = 60 "invocations/min", from ALWAYS, "AWS blog: faster polling scale-up for SQS, November 2023": "growth while a backlog remains";
    "esm.growth" = 300 "invocations/min", from "2023-11-16", "AWS docs: lambda/services-sqs-scaling, read 2026-11": "growth while a backlog remains";
    "esm.scale_in" = 0.1 "share/min", from ALWAYS, "modelling choice: AWS gives no rate": "pollers given up a minute while more than the spare ones find nothing";
    "esm.spare" = 0.6 "share", from ALWAYS,
        "measured: rehanvdm.com, 2026: with 1 % of errors, and the rest below, throughput fell by 20 % only, so that there were more than half as many again as were needed":
        "share of idle pollers that is kept";
    "esm.turnaround" = 0.058 "s", from ALWAYS,
        "measured: mikhail.io, November 2018: 602 and 457 ms a message with handlers of 500 and 400 ms, 80 ms more on average, less 22 ms on the way (`sqs.to_lambda`)":
        "between two batches of a poller that has work, the way to the function not counted";
    "esm.error_rest" = 12 "s", from ALWAYS,
        "measured: rehanvdm.com, 2026: throughput fell by 20 % with 1 % of errors, by 85 % with 10 %, from half as much again as was needed":
        "how long a poller rests after an error";
    "esm.back_off_floor" = 2 "invocations", from ALWAYS, "modelling choice: AWS backs off gradually and gives no curve; halved each minute in which most invocations fail":
        "pollers that are left after many errors";
    "esm.throttle_wait_minimum" = 1 "s", from ALWAYS, "modelling choice: AWS does not say how soon a poller tries a throttled batch again":
        "first wait after a throttle";
    "esm.throttle_wait_maximum" = 8 "s", from ALWAYS, "modelling choice: doubled up to this": "longest wait between two tries of a throttled batch";
    "esm.wait_time" = 20 "s", from ALWAYS, "AWS docs: lambda/services-sqs-scaling, read 2026-11": "long poll of a poller";
    "esm.provisioned_minimum" = 2 "pollers", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "provisioned pollers at least";
    "esm.provisioned_maximum" = 200 "pollers", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "provisioned pollers at most, unless set";
    "esm.provisioned_minimum_limit" = 200 "pollers", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "largest minimum of provisioned pollers";
    "esm.provisioned_maximum_limit" = 2_000 "pollers", from ALWAYS, "AWS docs: lambda/services-sqs-configure, November 2025":
        "largest maximum of provisioned pollers";
    "esm.provisioned_maximum_limit" = 10_000 "pollers", from "2026-11-01", "AWS SDK model: lambda, botocore 1.44.5, and docs: lambda/with-sqs; day of reading":
        "largest maximum of provisioned pollers";
    "esm.poller_concurrency" = 10 "invocations", from ALWAYS, "AWS docs: lambda/with-sqs, read 2026-11": "invocations of one provisioned poller";
    "esm.poller_polls" = 10 "polls/s", from ALWAYS, "AWS docs: lambda/with-sqs, read 2026-11": "receives of one provisioned poller";
    "esm.poller_bytes" = 1_048_576 "bytes/s", from ALWAYS, "AWS docs: lambda/with-sqs, read 2026-11": "payload of one provisioned poller";
    "esm.provisioned_growth" = 1_000 "invocations/min", from ALWAYS, "AWS docs: lambda/with-sqs, read 2026-11": "growth of provisioned pollers";
}
