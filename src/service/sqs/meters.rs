//! What a queue measures: CloudWatch's metrics, and what CloudWatch does not say: why messages died.
//!
//! ```text
//! sent + redriven in = deleted + dead-lettered + redriven out + expired + visible + delayed + in flight
//! ```

use crate::{
    engine::NodeId,
    metrics::{Counter, Gauge, Latency, Limit, Split},
    service::Build,
};

/// The names that a threshold may use; the short ones are said more often.
pub const METRICS: &[&str] = &[
    "number_of_messages_sent",
    "number_of_messages_received",
    "number_of_messages_deleted",
    "number_of_empty_receives",
    "number_of_deduplicated_sent_messages",
    "approximate_number_of_messages_visible",
    "approximate_number_of_messages_not_visible",
    "approximate_number_of_messages_delayed",
    "approximate_age_of_oldest_message",
    "approximate_number_of_groups_with_inflight_messages",
    "approximate_number_of_noisy_groups",
    "dead_lettered_messages",
    "dead_lettered_never_processed",
    "dead_lettered_after_errors",
    "dead_lettered_after_timeouts",
    "dead_lettered_after_overruns",
    "dead_lettered_behind_failures",
    "redelivered_messages",
    "late_deletes",
    "expired_messages",
    "redriven_in_messages",
    "redriven_out_messages",
    "time_in_queue",
    "billed_requests",
];

/// The meters of one queue.
#[derive(Clone, Debug)]
pub(super) struct Meters {
    pub sent: Split,
    pub received: Counter,
    pub deleted: Counter,
    pub empty: Counter,
    pub deduplicated: Counter,
    pub redelivered: Counter,
    /// Deletions that came too late: the message had been received again.
    pub late_deletes: Counter,
    pub dead: Counter,
    /// By cause, in the order of [`Death`].
    pub dead_by: [Counter; 5],
    pub expired: Counter,
    pub redriven_in: Counter,
    pub redriven_out: Counter,
    pub billed: Counter,
    pub visible: Gauge,
    pub in_flight: Gauge,
    pub delayed: Gauge,
    pub age: Gauge,
    pub groups: Gauge,
    pub noisy: Gauge,
    pub time_in_queue: Latency,
    pub rate: Limit,
    pub in_flight_limit: Limit,
}

/// Why a message came to the dead-letter queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Death {
    /// Received as often as is allowed, and no function ever ran on it: its pollers were throttled.
    NeverProcessed,
    /// The function threw, or named it as failed.
    Errors,
    /// The function ran into its time-out.
    Timeouts,
    /// It was worked on, but longer than it stayed hidden.
    Overruns,
    /// It came back with others again and again, for one before it in its batch failed.
    BehindFailures,
}

/// Marks of a message, for the cause of its death.
pub const THROTTLED: u8 = 1;
pub const FAILED: u8 = 2;
pub const TIMED_OUT: u8 = 4;
pub const UNTRIED: u8 = 8;
/// It came back too often to count as the oldest.
pub(super) const STALE: u8 = 128;

impl Death {
    pub fn of(runs: u16, marks: u8) -> Self {
        match runs {
            0 => Self::NeverProcessed,
            _ if marks & FAILED != 0 => Self::Errors,
            _ if marks & TIMED_OUT != 0 => Self::Timeouts,
            _ if marks & UNTRIED != 0 => Self::BehindFailures,
            _ => Self::Overruns,
        }
    }
}

impl Meters {
    pub fn new(node: NodeId, in_flight: u64, build: &mut Build) -> Self {
        let (whose, at) = (build.whose(node), node as usize);
        let metrics = &mut build.world.metrics;
        let rate = metrics.limit(at, "sqs_fifo_rate", format!("{whose} FIFO call rate"));
        let in_flight_limit = metrics.limit(at, "sqs_in_flight", format!("{whose} limit of messages in flight ({in_flight})"));
        Self {
            sent: metrics.split(at, "NumberOfMessagesSent", 1, None),
            received: metrics.counter(at, "NumberOfMessagesReceived"),
            deleted: metrics.counter(at, "NumberOfMessagesDeleted"),
            empty: metrics.counter(at, "NumberOfEmptyReceives"),
            deduplicated: metrics.counter(at, "NumberOfDeduplicatedSentMessages"),
            redelivered: metrics.counter(at, "RedeliveredMessages"),
            late_deletes: metrics.counter(at, "LateDeletes"),
            dead: metrics.counter(at, "DeadLetteredMessages"),
            dead_by: [
                metrics.counter(at, "DeadLetteredNeverProcessed"),
                metrics.counter(at, "DeadLetteredAfterErrors"),
                metrics.counter(at, "DeadLetteredAfterTimeouts"),
                metrics.counter(at, "DeadLetteredAfterOverruns"),
                metrics.counter(at, "DeadLetteredBehindFailures"),
            ],
            expired: metrics.counter(at, "ExpiredMessages"),
            redriven_in: metrics.counter(at, "RedrivenInMessages"),
            redriven_out: metrics.counter(at, "RedrivenOutMessages"),
            billed: metrics.counter(at, "BilledRequests"),
            visible: metrics.gauge(at, "ApproximateNumberOfMessagesVisible"),
            in_flight: metrics.gauge(at, "ApproximateNumberOfMessagesNotVisible"),
            delayed: metrics.gauge(at, "ApproximateNumberOfMessagesDelayed"),
            age: metrics.gauge_in(at, "ApproximateAgeOfOldestMessage", 1000),
            groups: metrics.gauge(at, "ApproximateNumberOfGroupsWithInflightMessages"),
            noisy: metrics.gauge(at, "ApproximateNumberOfNoisyGroups"),
            time_in_queue: metrics.latency(at, "TimeInQueue"),
            rate,
            in_flight_limit,
        }
    }
}
