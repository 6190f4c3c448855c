//! Amazon SNS: publish rates by Region, sizes, FIFO topics, and the retries of a delivery.
//!
//! Left out: numbers of topics, subscriptions and filter policies, and the channels that end at people (email, SMS, push).

use super::{ALWAYS, table};

table! {
    // Publishing, messages a second: a batch of ten counts ten
    "sns.billed_chunk" = 65_536 "bytes", from ALWAYS, "AWS price list: as captured by infracost 2026-08": "a publish is billed for each started chunk";
    "sns.publish_rate" = 300 "messages/s", from ALWAYS, "AWS docs: general/sns":
        "messages published to standard topics of the account in a Region, where the Region has no rate of its own";
    "sns.fifo_publish_rate" = 3000 "messages/s", from ALWAYS, "AWS docs: general/sns":
        "messages published to FIFO topics of the account in a Region, where the Region has no rate of its own";
    "sns.fifo_topic_rate" = 3000 "messages/s", from ALWAYS, "AWS docs: general/sns, sns/fifo-high-throughput":
        "messages of one FIFO topic whose throughput scope is the topic";
    "sns.fifo_topic_bytes" = 20000000 "bytes/s", from ALWAYS, "AWS docs: general/sns (20 MB per second)":
        "bytes of one FIFO topic whose throughput scope is the topic";
    "sns.fifo_group_rate" = 300 "messages/s", from ALWAYS, "AWS docs: general/sns": "messages of one message group";
    "sns.burst_seconds" = 1 "s", from ALWAYS, "modelling choice: quotas are documented as rates a second":
        "time over which publish rates are enforced";

    // Sizes and numbers a call
    "sns.maximum_message_size" = 262144 "bytes", from ALWAYS, "AWS SDK model: sns, botocore 1.43.67": "largest message of a topic that says nothing";
    "sns.message_size_ceiling" = 262144 "bytes", from ALWAYS, "AWS docs: general/sns": "the most that a topic may be told to take";
    "sns.message_size_ceiling" = 1048576 "bytes", from "2026-01-01", "AWS SDK model: sns, botocore 1.43.67; day recollected":
        "the most that a topic may be told to take";
    "sns.message_size_floor" = 1024 "bytes", from ALWAYS, "AWS SDK model: sns, botocore 1.43.67": "the least that a topic may be told to take";
    "sns.large_message_subscriptions" = 100 "subscriptions", from ALWAYS, "AWS SDK model: sns, botocore 1.43.67":
        "subscriptions of a topic that takes more than 256 KB, none of them by HTTP";
    "sns.fifo_subscriptions" = 100 "subscriptions", from ALWAYS, "AWS docs: general/sns": "subscriptions of a FIFO topic";
    "sns.filter_keys" = 5 "attributes", from ALWAYS, "AWS docs: sns/filter-constraints": "attributes of one filter policy";
    "sns.filter_combinations" = 150 "combinations", from ALWAYS, "AWS docs: sns/filter-constraints":
        "combinations of values of one filter policy: the product of how many each attribute may have";
    "sns.envelope" = 900 "bytes", from ALWAYS, "recollected: the JSON with topic, time, signature and links; not measured":
        "what SNS wraps around a message that is not delivered raw";
    "sns.batch_messages" = 10 "messages", from ALWAYS, "AWS SDK model: sns, botocore 1.43.67": "messages of one PublishBatch";
    "sns.deduplication_window" = 300 "s", from ALWAYS, "AWS SDK model: sns, botocore 1.43.67":
        "how long a FIFO topic accepts and drops what it has had already";

    // Retries of a delivery to SQS or Lambda
    "sns.managed_no_delay" = 3 "retries", from ALWAYS, "AWS docs: sns/retries": "retries at once, to an endpoint of AWS's own";
    "sns.managed_min_delay" = 2 "retries", from ALWAYS, "AWS docs: sns/retries": "retries at the shortest delay, which come next";
    "sns.managed_backoff" = 10 "retries", from ALWAYS, "AWS docs: sns/retries": "retries at exponentially growing delays, which come next";
    "sns.managed_max_delay" = 100000 "retries", from ALWAYS, "AWS docs: sns/retries": "retries at the longest delay, which come last";
    "sns.managed_shortest" = 1 "s", from ALWAYS, "AWS docs: sns/retries": "shortest delay between retries, to an endpoint of AWS's own";
    "sns.managed_longest" = 20 "s", from ALWAYS, "AWS docs: sns/retries": "longest delay between retries, to an endpoint of AWS's own";

    // Retries of a delivery by HTTP
    "sns.http_retries" = 3 "retries", from ALWAYS, "AWS docs: sns/retries": "retries of a delivery by HTTP without a policy of its own";
    "sns.http_min_delay" = 20 "s", from ALWAYS, "AWS docs: sns/retries": "shortest delay between them";
    "sns.http_max_delay" = 20 "s", from ALWAYS, "AWS docs: sns/retries": "longest delay between them";
    "sns.http_retries_most" = 100 "retries", from ALWAYS, "AWS docs: sns/retries": "retries that a delivery policy may ask for";
    "sns.http_delay_longest" = 3600 "s", from ALWAYS, "AWS docs: sns/retries":
        "longest delay, and longest sum of all delays, that a delivery policy may ask for";
    "sns.http_timeout" = 15 "s", from ALWAYS, "recollected: 15 s; not in print": "how long SNS waits for an HTTP endpoint";
    "sns.retry_jitter" = 0.1 "share", from ALWAYS, "modelling choice: AWS docs (sns/retries) say that jitter is applied, not how much":
        "a delay is lengthened by up to this share of itself, at random";
}

/// Source: AWS docs: general/sns, as the rows.
pub(super) const REGIONAL: &[(&str, &str, f64)] = &[
    ("sns.publish_rate", "us-east-1", 30_000.0),
    ("sns.publish_rate", "us-west-2", 9_000.0),
    ("sns.publish_rate", "eu-west-1", 9_000.0),
    ("sns.publish_rate", "us-east-2", 1_500.0),
    ("sns.publish_rate", "us-west-1", 1_500.0),
    ("sns.publish_rate", "ap-south-1", 1_500.0),
    ("sns.publish_rate", "ap-northeast-2", 1_500.0),
    ("sns.publish_rate", "ap-southeast-1", 1_500.0),
    ("sns.publish_rate", "ap-southeast-2", 1_500.0),
    ("sns.publish_rate", "ap-northeast-1", 1_500.0),
    ("sns.publish_rate", "eu-central-1", 1_500.0),
    ("sns.fifo_publish_rate", "us-east-1", 30_000.0),
    ("sns.fifo_publish_rate", "us-west-2", 9_000.0),
    ("sns.fifo_publish_rate", "eu-west-1", 9_000.0),
];
