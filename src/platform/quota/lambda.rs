//! AWS Lambda: concurrency, scaling, sizes, times, the life of an execution environment, billing rules.
//!
//! Left out: Managed Instances, container image sizes, control-plane rates, prices.

use super::{ALWAYS, table};

table! {
    // Concurrency and scaling
    "lambda.concurrent_executions" = 1000 "executions", from ALWAYS, "AWS docs: lambda/gettingstarted-limits, read 2026-11":
        "concurrent executions of all functions of the account in a Region; new accounts start lower";
    "lambda.unreserved_minimum" = 100 "executions", from ALWAYS, "AWS docs: lambda/lambda-concurrency, read 2026-11":
        "concurrency that cannot be reserved away from functions without a reservation";
    "lambda.scaling_burst" = 500 "environments", from ALWAYS, "recollected: the rule before November 2023, in Regions without a burst of their own":
        "new environments of all functions of the account in a Region that may be made at once";
    "lambda.scaling_burst" = 1000 "environments", from "2023-11-26", "AWS docs: lambda/scaling-behavior, read 2026-11; day recollected":
        "new environments of one function that may be made at once";
    "lambda.scaling_rate" = 8.333333333333334 "environments/s", from ALWAYS, "AWS docs: Lambda operator guide, on-demand scaling, 2021 (500 a minute)":
        "new environments of all functions of the account in a Region a second after the burst";

          "lambda.scaling_rate" = 100 "environments/s", from "2023-11-26", "AWS docs: lambda/scaling-behavior, read 2026-11 (1000 in 10 s); day recollected":
        "new environments of one function a second after the burst";
    "lambda.scaling_shared" = 1 "yes or no", from ALWAYS, "recollected: until November 2023 the burst was one of the Region's":
        "whether all functions of the account share burst and rate of new environments";
    "lambda.scaling_shared" = 0 "yes or no", from "2023-11-26", "AWS docs: lambda/scaling-behavior, read 2026-11; day recollected":
        "whether all functions of the account share burst and rate of new environments";
    "lambda.requests_per_concurrency" = 10 "requests/s", from ALWAYS, "AWS docs: lambda/gettingstarted-limits, read 2026-11":
        "synchronous requests a second for each unit of account, reserved or provisioned concurrency; a limit on totals";
    "lambda.provisioned_preparation" = 60 "s", from ALWAYS, "AWS docs: lambda/lambda-concurrency, read 2026-11 (one to two minutes)":
        "time before provisioned concurrency begins to be allocated";
    "lambda.provisioned_preparation_spread" = 60 "s", from ALWAYS, "AWS docs: lambda/lambda-concurrency, read 2026-11 (one to two minutes)":
        "up to so much more of the same, drawn evenly";
    "lambda.provisioned_rate" = 100 "environments/s", from ALWAYS, "AWS docs: lambda/lambda-concurrency, read 2026-11 (6000 a minute)":
        "environments of provisioned concurrency allocated a second";

    // Configuration
    "lambda.memory_minimum" = 128 "MB", from ALWAYS, "AWS docs: lambda/configuration-memory, read 2026-11": "least memory of a function";
    "lambda.memory_maximum" = 3008 "MB", from ALWAYS, "recollected: the limit before December 2020": "most memory of a function";
    "lambda.memory_maximum" = 10240 "MB", from "2020-12-01", "AWS docs: lambda/configuration-memory, read 2026-11; day recollected":
        "most memory of a function";
    "lambda.memory_default" = 128 "MB", from ALWAYS, "AWS docs: lambda/configuration-memory, read 2026-11": "memory where none is given";
    "lambda.full_vcpu_memory" = 1769 "MB", from ALWAYS, "AWS docs: lambda/configuration-memory, read 2026-11":
        "memory that comes with one vCPU; the share of CPU is proportional to memory";
    "lambda.vcpus_maximum" = 6 "vCPU", from ALWAYS, "AWS price list capture, 2026-09": "vCPUs at most memory";
    "lambda.timeout_default" = 3 "s", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "function time-out where none is given";
    "lambda.timeout_minimum" = 1 "s", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "shortest function time-out";
    "lambda.timeout_maximum" = 300 "s", from ALWAYS, "recollected: the limit before October 2018": "longest function time-out";
    "lambda.timeout_maximum" = 900 "s", from "2018-10-10", "AWS SDK model: lambda, botocore 1.44.5; day recollected": "longest function time-out";
    "lambda.ephemeral_storage_default" = 512 "MB", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "size of /tmp that is free of charge";
    "lambda.ephemeral_storage_maximum" = 10240 "MB", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "largest /tmp without accelerator";
    "lambda.payload_request" = 6291456 "bytes", from ALWAYS, "AWS docs: lambda/gettingstarted-limits, read 2026-11":
        "largest synchronous request";
    "lambda.payload_response" = 6291456 "bytes", from ALWAYS, "AWS docs: lambda/gettingstarted-limits, read 2026-11":
        "largest buffered response";
    "lambda.payload_async" = 262144 "bytes", from ALWAYS, "AWS docs: lambda/gettingstarted-limits, read 2026-11 (before late 2025)":
        "largest asynchronous event";
    "lambda.payload_async" = 1048576 "bytes", from "2025-10-24", "AWS docs: lambda/gettingstarted-limits, read 2026-11; day recollected":
        "largest asynchronous event";
    "lambda.payload_stream" = 20971520 "bytes", from ALWAYS, "recollected: 20 MB until July 2025": "largest streamed response";
    "lambda.payload_stream" = 209715200 "bytes", from "2025-07-31", "AWS docs: lambda/gettingstarted-limits, read 2026-11; day recollected":
        "largest streamed response";
    "lambda.stream_free" = 6291456 "bytes", from ALWAYS, "AWS docs: lambda/configuration-response-streaming, read 2026-11":
        "what of a streamed response goes without a limit on its bandwidth";
    "lambda.stream_rate" = 2097152 "bytes/s", from ALWAYS, "AWS docs: lambda/configuration-response-streaming, read 2026-11":
        "bandwidth of a streamed response after that";
    "lambda.threads_maximum" = 1024 "threads", from ALWAYS, "AWS docs: lambda/gettingstarted-limits, read 2026-11": "threads and processes of an environment";

    // Asynchronous invocation
    "lambda.async_retries" = 2 "retries", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "retries of an event whose function failed";
    "lambda.async_event_age" = 21600 "s", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "longest stay of an event in the queue";
    "lambda.async_first_wait" = 60 "s", from ALWAYS, "AWS docs: lambda/invocation-async-error-handling, read 2026-11":
        "wait between first and second attempt";
    "lambda.async_second_wait" = 120 "s", from ALWAYS, "AWS docs: lambda/invocation-async-error-handling, read 2026-11":
        "wait between second and third attempt";
    "lambda.async_throttle_wait_minimum" = 1 "s", from ALWAYS, "AWS docs: lambda/invocation-async-error-handling, read 2026-11":
        "first back-off of a throttled event; then it doubles";
    "lambda.async_throttle_wait_maximum" = 300 "s", from ALWAYS, "AWS docs: lambda/invocation-async-error-handling, read 2026-11":
        "longest back-off of a throttled event";
    "lambda.async_event_age_minimum" = 60 "s", from ALWAYS, "AWS SDK model: lambda, botocore 1.44.5": "least that the longest stay may be set to";
    "lambda.destination_record" = 1024 "bytes", from ALWAYS, "modelling choice: AWS docs say request, response and metadata, and give no size":
        "what the record for a destination adds to the event";
    "lambda.recursion_limit" = 16 "invocations", from ALWAYS, "AWS docs: lambda/invocation-recursion, read 2026-11 (approximately 16)":
        "invocations of one function in a chain that comes back to it, after which the next is dropped";

    // The life of an execution environment
    "lambda.init_limit" = 10 "s", from ALWAYS, "AWS docs: lambda/runtime-environment, read 2026-11":
        "INIT that takes longer is begun anew inside the first invocation, under the function's time-out";
    "lambda.provisioned_init_limit" = 130 "s", from ALWAYS, "AWS docs: lambda/runtime-environment, read 2026-11":
        "the same for provisioned concurrency, or the function's time-out where that is longer";
    "lambda.snap_start_limit" = 10 "s", from ALWAYS, "AWS docs: lambda/runtime-environment, read 2026-11":
        "a restore that takes longer fails the invocation that waits for it";
    "lambda.environment_allocation_median" = 80 "ms", from ALWAYS, "modelling choice: 50 to 200 ms are commonly seen by clients":
        "sandbox and code download before INIT, lognormal; not in Init Duration and not billed";
    "lambda.environment_allocation_sigma" = 0.5 "ln", from ALWAYS, "modelling choice":
        "spread of the same, standard deviation of its logarithm";
    "lambda.idle_expiry_p5" = 1628 "s", from ALWAYS, "measured: mikhail.io, March to May 2019 (90, 50 and 10 % are left after 29, 44 and 59 min)":
        "idle time that 5 % of environments do not survive";
    "lambda.idle_expiry_p50" = 2640 "s", from ALWAYS, "measured: mikhail.io, March to May 2019 (90, 50 and 10 % are left after 29, 44 and 59 min)":
        "idle time that half of the environments do not survive";
    "lambda.idle_expiry_p95" = 3653 "s", from ALWAYS, "measured: mikhail.io, March to May 2019 (90, 50 and 10 % are left after 29, 44 and 59 min)":
        "idle time that 95 % of environments do not survive";
    "lambda.idle_expiry_p5" = 1140 "s", from "2019-06-01", "measured: mikhail.io, June 2019 (90, 50 and 10 % are left after 21, 37 and 58 min)":
        "idle time that 5 % of environments do not survive";
    "lambda.idle_expiry_p50" = 2220 "s", from "2019-06-01", "measured: mikhail.io, June 2019 (90, 50 and 10 % are left after 21, 37 and 58 min)":
        "idle time that half of the environments do not survive";
    "lambda.idle_expiry_p95" = 3638 "s", from "2019-06-01", "measured: mikhail.io, June 2019 (90, 50 and 10 % are left after 21, 37 and 58 min)":
        "idle time that 95 % of environments do not survive";
    "lambda.idle_expiry_p5" = 630 "s", from "2019-07-01", "measured: mikhail.io, July 2019 (90, 50 and 10 % are left after 11, 15 and 16 min)":
        "idle time that 5 % of environments do not survive";
    "lambda.idle_expiry_p50" = 900 "s", from "2019-07-01", "measured: mikhail.io, July 2019 (90, 50 and 10 % are left after 11, 15 and 16 min)":
        "idle time that half of the environments do not survive";
    "lambda.idle_expiry_p95" = 968 "s", from "2019-07-01", "measured: mikhail.io, July 2019 (90, 50 and 10 % are left after 11, 15 and 16 min)":
        "idle time that 95 % of environments do not survive";
    "lambda.idle_expiry_p5" = 535 "s", from "2019-08-01", "measured: mikhail.io, September 2019 (cold after 9, 10 and 11 min: 6, 74 and 100 %)":
        "idle time that 5 % of environments do not survive";
    "lambda.idle_expiry_p50" = 579 "s", from "2019-08-01", "measured: mikhail.io, September 2019 (cold after 9, 10 and 11 min: 6, 74 and 100 %)":
        "idle time that half of the environments do not survive";
    "lambda.idle_expiry_p95" = 649 "s", from "2019-08-01", "measured: mikhail.io, September 2019 (cold after 9, 10 and 11 min: 6, 74 and 100 %)":
        "idle time that 95 % of environments do not survive";
    "lambda.idle_expiry_p5" = 307 "s", from "2021-01-01", "measured: mikhail.io, January 2021 (cold after 5, 6 and 7 min: 0, 41 and 100 %)":
        "idle time that 5 % of environments do not survive";
    "lambda.idle_expiry_p50" = 370 "s", from "2021-01-01", "measured: mikhail.io, January 2021 (cold after 5, 6 and 7 min: 0, 41 and 100 %)":
        "idle time that half of the environments do not survive";
    "lambda.idle_expiry_p95" = 415 "s", from "2021-01-01", "measured: mikhail.io, January 2021 (cold after 5, 6 and 7 min: 0, 41 and 100 %)":
        "idle time that 95 % of environments do not survive";
    "lambda.idle_expiry_p5" = 300 "s", from "2022-01-01", "modelling choice: nothing was measured since January 2021":
        "idle time that 5 % do not survive";
    "lambda.idle_expiry_p50" = 420 "s", from "2022-01-01", "modelling choice: nothing was measured since January 2021":
        "idle time that half do not survive";
    "lambda.idle_expiry_p95" = 900 "s", from "2022-01-01", "modelling choice: nothing was measured since January 2021":
        "idle time that 95 % do not survive";
    "lambda.idle_expiry_lognormal" = 0 "yes or no", from ALWAYS, "modelling choice: straight lines through the three percentiles that were measured":
        "whether idle times are log-normal by p50 and p95; else they lie evenly between the percentiles";
    "lambda.idle_expiry_lognormal" = 1 "yes or no", from "2022-01-01", "modelling choice: nothing was measured since January 2021":
        "whether idle times are log-normal by p50 and p95; else they lie evenly between the percentiles";
    "lambda.idle_halving_period" = 0 "s", from ALWAYS, "modelling choice: nothing like it was measured in other years":
        "idle time after which the greater half of a function's idle environments goes, whoever they are; 0 where each goes by its own time";
    "lambda.idle_halving_period" = 380 "s", from "2020-01-01", "measured: spcl/serverless-benchmarks-artifact, container_eviction, January 2020":
        "idle time after which the greater half of a function's idle environments goes, whatever memory, runtime and package";
    "lambda.idle_halving_period" = 0 "s", from "2021-01-01", "measured: mikhail.io, January 2021 (5 to 7 min for a single environment)":
        "idle time after which the greater half of a function's idle environments goes; 0 where each goes by its own time";
    "lambda.environment_lifetime_minimum" = 7200 "s", from ALWAYS, "modelling choice: AWS docs say every few hours":
        "an environment is recycled at an age drawn evenly between this and the maximum, however busy";
    "lambda.environment_lifetime_maximum" = 28800 "s", from ALWAYS, "modelling choice: AWS docs say every few hours":
        "the oldest an environment gets";
    "lambda.vpc_cold_start" = 0 "ms", from "2019-09-03", "modelling choice: network interfaces are made when the function is configured":
        "what a VPC adds to a cold start";

    // Billing
    "lambda.billing_step" = 100 "ms", from ALWAYS, "recollected: the step before December 2020": "billed duration is rounded up to this";
    "lambda.billing_step" = 1 "ms", from "2020-12-01", "AWS docs: Lambda pricing, read 2026-11; day recollected":
        "billed duration is rounded up to this";
    "lambda.init_billed" = 0 "yes or no", from ALWAYS, "AWS blog: Lambda standardizes billing for INIT, 2025-04-29":
        "whether INIT of zip packages on managed runtimes is billed";
    "lambda.init_billed" = 1 "yes or no", from "2025-08-01", "AWS blog: Lambda standardizes billing for INIT, 2025-04-29":
        "whether INIT of zip packages on managed runtimes is billed";
    "lambda.async_metering" = 65_536 "bytes", from ALWAYS, "AWS docs: Lambda pricing, read 2026-11":
        "an asynchronous event counts as one more request for each of these that it begins beyond the first";
    "lambda.async_metering_included" = 262_144 "bytes", from ALWAYS, "AWS docs: Lambda pricing, read 2026-11":
        "bytes of an asynchronous event that one request pays for";
    "lambda.provisioned_billing_step" = 300 "s", from ALWAYS, "AWS docs: Lambda pricing, read 2026-11":
        "provisioned concurrency is billed from enabling to disabling, rounded up to this";
}

/// The burst that some Regions had until November 2023 (recollected; us-east-1 as in AWS docs: Lambda operator guide, on-demand scaling, 2021).
pub(super) const REGIONAL: &[(&str, &str, f64)] = &[
    ("lambda.scaling_burst", "us-east-1", 3_000.0),
    ("lambda.scaling_burst", "us-west-2", 3_000.0),
    ("lambda.scaling_burst", "eu-west-1", 3_000.0),
    ("lambda.scaling_burst", "ap-northeast-1", 1_000.0),
    ("lambda.scaling_burst", "eu-central-1", 1_000.0),
    ("lambda.scaling_burst", "us-east-2", 1_000.0),
];
