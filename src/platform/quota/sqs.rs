//! Amazon SQS: limits, defaults and what AWS leaves undocumented about queues.
//! What AWS gives no figure for (duplicates, servers behind a short poll) is a row all the same, and says that it is a choice.

use super::{ALWAYS, table};

table! {
    "sqs.visibility_timeout" = 30 "s", from ALWAYS, "AWS SDK model: sqs, botocore 1.44.5": "how long a received message stays hidden";
    "sqs.visibility_timeout_maximum" = 43_200 "s", from ALWAYS, "AWS docs: sqs/visibility-timeout, read 2026-11": "longest hiding, from the first receive";
    "sqs.delay_maximum" = 900 "s", from ALWAYS, "AWS SDK model: sqs, botocore 1.44.5": "longest delay of a message";
    "sqs.message_retention_period" = 345_600 "s", from ALWAYS, "AWS SDK model: sqs, botocore 1.44.5": "how long a message is kept";
    "sqs.message_retention_minimum" = 60 "s", from ALWAYS, "AWS SDK model: sqs, botocore 1.44.5": "shortest retention";
    "sqs.message_retention_maximum" = 1_209_600 "s", from ALWAYS, "AWS SDK model: sqs, botocore 1.44.5": "longest retention";
    "sqs.maximum_message_size" = 262_144 "bytes", from ALWAYS, "recollected: 256 KB before August 2025": "largest message, and largest batch";
    "sqs.maximum_message_size" = 1_048_576 "bytes", from "2025-08-04", "AWS SDK model: sqs, botocore 1.44.5; day recollected":
        "largest message, and largest batch";
    "sqs.batch_entries" = 10 "messages", from ALWAYS, "AWS SDK model: sqs, botocore 1.44.5": "most messages of one call";
    "sqs.wait_time_maximum" = 20 "s", from ALWAYS, "AWS SDK model: sqs, botocore 1.44.5": "longest poll";
    "sqs.max_receive_count" = 10 "receives", from ALWAYS, "AWS SDK model: sqs, botocore 1.44.5": "deliveries before the dead-letter queue";
    "sqs.max_receive_count_maximum" = 1_000 "receives", from ALWAYS, "recollected": "most deliveries before the dead-letter queue";
    "sqs.in_flight" = 120_000 "messages", from ALWAYS, "AWS docs: sqs/quotas-queues, read 2026-11": "received and not deleted, standard queue";
    "sqs.fifo_in_flight" = 20_000 "messages", from ALWAYS, "recollected: before November 2024": "received and not deleted, FIFO queue";
    "sqs.fifo_in_flight" = 120_000 "messages", from "2024-11-14", "AWS docs: sqs/quotas-fifo, read 2026-11; day recollected":
        "received and not deleted, FIFO queue";
    "sqs.fifo_calls" = 300 "calls/s", from ALWAYS, "AWS docs: sqs/quotas-messages, read 2026-11": "each action of a FIFO queue, and of each partition";
    "sqs.fifo_high_throughput" = 2_400 "calls/s", from ALWAYS, "AWS docs: sqs/quotas-messages, read 2026-11":
        "each action of a FIFO queue in high-throughput mode, where no Region has its own";
    "sqs.deduplication_window" = 300 "s", from ALWAYS, "AWS SDK model: sqs, botocore 1.44.5": "how long a deduplication id is remembered";
    "sqs.redrive_rate" = 500 "messages/s", from ALWAYS, "AWS docs: sqs/dlq-redrive, read 2026-11": "fastest redrive of a dead-letter queue";
    "sqs.back_of_queue_receives" = 3 "receives", from ALWAYS, "AWS docs: sqs/dlq, read 2026-11":
        "a message received so often goes to the back, and no longer counts as the oldest";
    "sqs.short_poll_hosts" = 10 "hosts", from ALWAYS, "modelling choice: AWS does not say over how many servers a queue is spread":
        "servers that keep a queue's messages";
    "sqs.short_poll_sample" = 6 "hosts", from ALWAYS, "modelling choice: AWS says a weighted random subset": "servers that a short poll asks";
    "sqs.duplicate_rate" = 0 "share", from ALWAYS, "modelling choice: AWS gives no rate; one in a million is usual, and nothing makes runs easier to read":
        "messages of a standard queue that are delivered twice though no time ran out";
    "sqs.noisy_share" = 0.1 "share", from ALWAYS, "AWS docs: sqs/fair-queues-detailed, read 2026-11":
        "a tenant with more than this of the messages in flight, or of the recent work, is noisy";
    "sqs.noisy_in_flight" = 30 "messages", from ALWAYS, "AWS docs: sqs/fair-queues-detailed, read 2026-11": "fewer in flight never make a tenant noisy";
    "sqs.noisy_clears" = 300 "s", from ALWAYS, "AWS docs: sqs/fair-queues-detailed, read 2026-11":
        "a noisy tenant with nothing in flight for so long is quiet again";
    "sqs.billed_chunk" = 65_536 "bytes", from ALWAYS, "AWS price list: as captured by infracost 2026-08": "a request is billed for each started chunk";
}

/// High throughput where a Region has its own (AWS docs: sqs/quotas-messages, read 2026-11).
pub(super) const REGIONAL: &[(&str, &str, f64)] = &[
    ("sqs.fifo_high_throughput", "us-east-1", 70_000.0),
    ("sqs.fifo_high_throughput", "us-west-2", 70_000.0),
    ("sqs.fifo_high_throughput", "eu-west-1", 70_000.0),
    ("sqs.fifo_high_throughput", "us-east-2", 19_000.0),
    ("sqs.fifo_high_throughput", "eu-central-1", 19_000.0),
    ("sqs.fifo_high_throughput", "ap-south-1", 9_000.0),
    ("sqs.fifo_high_throughput", "ap-southeast-1", 9_000.0),
    ("sqs.fifo_high_throughput", "ap-southeast-2", 9_000.0),
    ("sqs.fifo_high_throughput", "ap-northeast-1", 9_000.0),
    ("sqs.fifo_high_throughput", "eu-west-2", 4_500.0),
    ("sqs.fifo_high_throughput", "sa-east-1", 4_500.0),
];
