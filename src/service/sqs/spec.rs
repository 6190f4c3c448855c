//! What the file says of a queue, and what there is to check in it.
//! Names are SQS's attributes; what is asked of a queue is `operation`.

use crate::{
    document::{Diagnostic, Read, Reading, Shape, Shapes, Spanned, Value},
    engine::{NodeId, OpId},
    mechanism::attribute::Attribute,
    platform::Platform,
    service::{
        Build, Kind, Reference,
        charge::{Charge, Charges},
        outage::UNAVAILABLE,
    },
    spec,
    units::{Bytes, Rate, Share, Time},
};

use super::{
    Sqs,
    operation::{self, Operation},
};

/// The label of an edge to a dead-letter queue.
pub const DEAD_LETTERS: &str = "dead letters";
/// The label of an edge along which dead letters go back.
pub const REDRIVE_LABEL: &str = "redrive";

spec! {
    /// What makes a queue a FIFO queue.
    pub struct Fifo: "a FIFO queue's settings" {
        /// High-throughput mode: the limit of calls holds for each message group's partition, and deduplication within each group.
        high_throughput: bool = false,
        /// Whether a message without a deduplication id is known by its content.
        content_based_deduplication: bool = true,
    }
}

spec! {
    /// Where messages go that were received too often.
    pub struct RedrivePolicy: "a redrive policy" {
        /// The queue for them.
        dead_letter_queue: Spanned<String>,
        /// Receives after which a message is moved instead of delivered once more: 1 to 1,000.
        max_receive_count: Spanned<u16> = Spanned { value: 10, span: Default::default() },
    }
}

spec! {
    /// A redrive task: messages of a dead-letter queue go back.
    pub struct Redrive: "a redrive task" {
        /// When it begins, from the start of the run.
        start: Spanned<Time>,
        /// Messages a second that go back: at most 500.
        rate: Spanned<Rate> = Spanned { value: Rate::from_per_second(500.0), span: Default::default() },
        /// Where to; default: the queue that each message came from.
        to: Option<Spanned<String>> = None,
    }
}

spec! {
    /// Messages that are there when the run begins.
    pub struct Backlog: "a backlog" {
        /// How many: at most 5 million.
        messages: Spanned<u32>,
        /// Size of each.
        size: Bytes = Bytes::from_kb(1),
        /// The message group of each, drawn like an attribute.
        group: Option<Attribute> = None,
    }
}

spec! {
    /// What the file says of a queue.
    pub struct Spec: "a queue" {
        /// Makes it a FIFO queue; `{}` for one with the usual settings.
        fifo: Option<Fifo> = None,
        /// How long a received message stays hidden from other receives: at most 12 h. Longer than whoever works on it takes, or it is done twice.
        visibility_timeout: Spanned<Time> = Spanned { value: Time::from_secs(30), span: Default::default() },
        /// How long a new message stays hidden: at most 15 min.
        delay: Spanned<Time> = Spanned { value: Time::ZERO, span: Default::default() },
        /// How long a message is kept: 60 s to 14 d.
        message_retention_period: Spanned<Time> = Spanned { value: Time::from_secs(345_600), span: Default::default() },
        /// Largest message, and largest batch: 1 KB to 1 MB. Default: the most that SQS takes.
        maximum_message_size: Option<Spanned<Bytes>> = None,
        /// How long a receive waits for a message where it does not say: at most 20 s. Zero is a short poll, which asks some of the servers only.
        receive_wait_time: Spanned<Time> = Spanned { value: Time::ZERO, span: Default::default() },
        /// Where messages go that were received too often; without it they come back until they are too old.
        redrive_policy: Option<RedrivePolicy> = None,
        /// Of a dead-letter queue: a task that sends its messages back.
        redrive: Option<Redrive> = None,
        /// Standard queue: share of deliveries that happen twice though no time ran out. FIFO queue: share of sends that the producer repeats with the
        /// same deduplication id. Default: the platform's rate.
        duplicates: Option<Share> = None,
        /// Messages that are there when the run begins: a number, or a map.
        backlog: Option<BacklogOrNumber> = None,
    }
}

/// `backlog: 10000` or `backlog: { messages: 10000, group: uniform(n=6) }`.
#[derive(Clone, Debug)]
pub struct BacklogOrNumber(pub Backlog);

impl Read for BacklogOrNumber {
    fn expected() -> String {
        "a number of messages, or a map with `messages`, `size` and `group`".into()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        Shape::any(vec![u32::shape(shapes), Backlog::shape(shapes)])
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        if value.text().is_some() {
            let messages = Spanned::read(value, reading)?;
            return Some(Self(Backlog { messages, size: Bytes::from_kb(1), group: None }));
        }
        Backlog::read(value, reading).map(Self)
    }
}

/// More messages than these at the start are a slip of the pen.
const BACKLOG_MAX: u32 = 5_000_000;

impl Kind for Spec {
    type Service = Sqs;
    type Operation = Operation;
    const NAME: &'static str = "sqs";
    const VERBS: &'static [&'static str] = operation::VERBS;
    const TARGET: &'static str = "queue";
    const METRICS: &'static [&'static str] = super::meters::METRICS;
    const FAULTS: &'static [&'static str] = &[UNAVAILABLE];

    fn read_operation(verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Operation> {
        Operation::read(verb, value, reading)
    }

    fn operation_shape(verb: &'static str, shapes: &mut Shapes) -> Shape {
        Operation::shape(verb, shapes)
    }

    fn usual() -> Option<(&'static str, Operation)> {
        let message =
            operation::Send { size: None, group: None, deduplicate: None, delay: None, messages: Spanned { value: 1, span: Default::default() } };
        Some(("send", Operation::Send(message)))
    }

    fn operation_attributes(operation: &Operation) -> Vec<Spanned<String>> {
        operation.attributes()
    }

    fn references(&self) -> Vec<Reference> {
        let goes = |to: &Spanned<String>, label: &str| Reference {
            to: to.clone(),
            verb: "send",
            waits: false,
            timeout: None,
            label: label.to_owned(),
            feeds: false,
        };
        let dead = self.redrive_policy.iter().map(|policy| goes(&policy.dead_letter_queue, DEAD_LETTERS));
        let back = self.redrive.iter().filter_map(|redrive| redrive.to.as_ref()).map(|to| goes(to, REDRIVE_LABEL));
        dead.chain(back).collect()
    }

    fn is_source(&self) -> bool {
        self.backlog.is_some()
    }

    fn is_fifo(&self) -> bool {
        self.fifo.is_some()
    }

    fn charges(&self, _name: &str, _aws: &crate::platform::Platform) -> crate::service::charge::Charges {
        let key = if self.fifo.is_some() { "sqs.fifo" } else { "sqs.standard" };
        Charges { list: vec![Charge::counted(key, &["BilledRequests"]).by("NumberOfMessagesSent")], left_out: Vec::new() }
    }

    fn check(&self, name: &str, reading: &mut Reading) {
        let platform = Platform::default();
        let seconds = |row: &str| Time::from_secs(platform.count(row));
        let mut within = |given: &Spanned<Time>, least: Time, most: Time, what: &str| {
            if given.value < least || given.value > most {
                let message = format!("{what} of `{name}` must be from {least} to {most}, not {}", given.value);
                reading.push(Diagnostic::error("E097", given.span, message).label("out of range"));
            }
        };
        within(&self.visibility_timeout, Time::ZERO, seconds("sqs.visibility_timeout_maximum"), "the visibility timeout");
        within(&self.delay, Time::ZERO, seconds("sqs.delay_maximum"), "the delay");
        within(&self.receive_wait_time, Time::ZERO, seconds("sqs.wait_time_maximum"), "the wait of a receive");
        let (least, most) = (seconds("sqs.message_retention_minimum"), seconds("sqs.message_retention_maximum"));
        within(&self.message_retention_period, least, most, "the retention");
        if let Some(policy) = &self.redrive_policy {
            let (most, count) = (platform.count("sqs.max_receive_count_maximum"), &policy.max_receive_count);
            if count.value == 0 || u64::from(count.value) > most {
                let message = format!("`max_receive_count` of `{name}` must be from 1 to {most}, not {}", count.value);
                reading.push(Diagnostic::error("E097", count.span, message).label("out of range"));
            }
        }
        if let Some(BacklogOrNumber(backlog)) = self.backlog.as_ref().filter(|backlog| backlog.0.messages.value > BACKLOG_MAX) {
            let message = format!("`{name}` begins with {} messages; at most {BACKLOG_MAX} fit into a run", backlog.messages.value);
            let hint = "a message takes 112 bytes of memory: a million shows what ten million do";
            reading.push(Diagnostic::error("E097", backlog.messages.span, message).label("too many").hint(hint));
        }
        self.check_size(name, &platform, reading);
        self.check_redrive(name, &platform, reading);
    }

    fn build(&self, node: NodeId, build: &mut Build) -> Sqs {
        Sqs::build(self, node, build)
    }

    fn bind(&self, queue: &mut Sqs, operations: Vec<Operation>, build: &mut Build) {
        queue.operations = operations.iter().map(|operation| operation.compile(self, build)).collect();
    }
}

impl Spec {
    fn check_size(&self, name: &str, platform: &Platform, reading: &mut Reading) {
        let (least, most) = (platform.count("sqs.maximum_message_size_minimum"), platform.count("sqs.maximum_message_size"));
        if let Some(size) = self.maximum_message_size.as_ref().filter(|size| !(least..=most).contains(&size.value.as_bytes())) {
            let (least, most) = (Bytes::from_bytes(least), Bytes::from_bytes(most));
            let message = format!("the maximum message size of `{name}` must be from {least} to {most}, not {}", size.value);
            reading.push(Diagnostic::error("E097", size.span, message).label("out of range"));
        }
    }

    fn check_redrive(&self, name: &str, platform: &Platform, reading: &mut Reading) {
        let Some(redrive) = &self.redrive else { return };
        let (rate, most) = (redrive.rate.value.as_per_second(), platform.get("sqs.redrive_rate"));
        if rate <= 0.0 || rate > most {
            let message = format!("a redrive task of `{name}` can move up to {most} messages a second, and must move some: not {rate}");
            reading.push(Diagnostic::error("E097", redrive.rate.span, message).label("out of range"));
        }
    }
}

/// The operation of taking over a message of another queue: its slot stands in the frame's `cargo`. It is no entry of the list of operations, so that a
/// queue needs to know nothing of the one that it hands to.
pub(super) const TAKE_OVER: OpId = OpId::MAX;
