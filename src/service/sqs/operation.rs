//! What can be asked of a queue: the verbs of a handler or workload, and what Lambda's pollers and other services ask.
//!
//! ```yaml
//! - send: { queue: orders, size: 2 KB, group: customer, deduplicate: order, delay: 5s, messages: 10 }
//! - receive: { queue: orders, max_messages: 10, wait_time: 20s }      # what is received is what `for_each_message` goes through
//! - delete: orders                                                    # what was received, but for what failed
//! - change_visibility: { queue: orders, visibility_timeout: 0s }
//! ```

use crate::{
    document::{Diagnostic, Read, Reading, Shape, Shapes, Spanned, Value},
    mechanism::distribution::Distribution,
    platform::Platform,
    service::Build,
    spec,
    units::{Bytes, Time},
};

/// The verbs, as SQS's actions are called for short.
pub const VERBS: &[&str] = &["send", "receive", "delete", "change_visibility"];

spec! {
    /// Sends a message, or a batch of them.
    pub struct Send: "a message to send" {
        /// Size of one message; default: that of the request, else 1 KB.
        size: Option<Spanned<Bytes>> = None,
        /// The attribute that is the message group: of a FIFO queue what keeps its order, of a standard queue the tenant.
        group: Option<Spanned<String>> = None,
        /// The attribute that is the deduplication id; default: the content, which a retry keeps.
        deduplicate: Option<Spanned<String>> = None,
        /// How long it stays hidden at first, at most 15 min; default: the queue's.
        delay: Option<Spanned<Time>> = None,
        /// Messages of one call, 1 to 10: more than one is a batch.
        messages: Spanned<u32> = Spanned { value: 1, span: Default::default() },
    }
}

spec! {
    /// Receives messages.
    pub struct Receive: "a receive" {
        /// Messages at most: 1 to 10.
        max_messages: Spanned<u32> = Spanned { value: 1, span: Default::default() },
        /// How long it waits for the first message, at most 20 s; zero is a short poll, which asks some of the queue's servers only.
        /// Default: the queue's.
        wait_time: Option<Spanned<Time>> = None,
        /// How long what is received stays hidden, at most 12 h; default: the queue's.
        visibility_timeout: Option<Spanned<Time>> = None,
    }
}

spec! {
    /// Hides what was received for another length of time, from now on.
    pub struct ChangeVisibility: "a change of visibility" {
        /// How long, at most 12 h; zero makes it visible at once.
        visibility_timeout: Spanned<Time>,
    }
}

/// One operation, ready to be compiled.
#[derive(Clone, Debug)]
pub enum Operation {
    Send(Send),
    /// A message that another service passes on: as large as its frame says, of the group whose attribute the frame's `cargo` names.
    Forward,
    Receive(Receive),
    /// A poller's receive: how many, and how long to wait, stand in its frame.
    Poll,
    /// Deletes what the frame's batch holds, but for what failed; `close`: and forgets the batch.
    Delete {
        close: bool,
    },
    ChangeVisibility(ChangeVisibility),
}

impl Operation {
    /// Reads what follows `verb` and checks it against SQS's limits.
    pub fn read(verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Self> {
        let operation = match verb {
            "send" => Self::Send(Read::read(value, reading)?),
            "receive" => Self::Receive(Read::read(value, reading)?),
            "change_visibility" => Self::ChangeVisibility(Read::read(value, reading)?),
            _ => {
                reading.fields(value, "a deletion")?.close("a deletion", reading);
                Self::Delete { close: false }
            }
        };
        operation.check(reading);
        Some(operation)
    }

    /// The shape of what [`read`](Self::read) takes.
    pub fn shape(verb: &'static str, shapes: &mut Shapes) -> Shape {
        match verb {
            "send" => Send::shape(shapes),
            "receive" => Receive::shape(shapes),
            "change_visibility" => ChangeVisibility::shape(shapes),
            _ => Shape::object("a deletion"),
        }
    }

    fn check(&self, reading: &mut Reading) {
        let platform = Platform::default();
        let most = platform.count("sqs.batch_entries");
        let mut number = |given: &Spanned<u32>, what: &str| {
            if given.value == 0 || u64::from(given.value) > most {
                let message = format!("one call {what} 1 to {most} messages, not {}", given.value);
                reading.push(
                    Diagnostic::error("E096", given.span, message)
                        .label("not so many")
                        .hint("make several calls, one after another: `repeat: { times: …, do: [ … ] }`"),
                );
            }
        };
        match self {
            Self::Send(send) => number(&send.messages, "sends"),
            Self::Receive(receive) => number(&receive.max_messages, "receives"),
            _ => {}
        }
        let mut time = |given: Option<&Spanned<Time>>, what: &str, limit: &str| {
            let longest = Time::from_secs(platform.count(limit));
            if let Some(given) = given.filter(|given| given.value > longest) {
                let message = format!("{what} can be {longest} at most, not {}", given.value);
                reading.push(Diagnostic::error("E097", given.span, message).label("too long"));
            }
        };
        match self {
            Self::Send(send) => time(send.delay.as_ref(), "the delay of a message", "sqs.delay_maximum"),
            Self::Receive(receive) => {
                time(receive.wait_time.as_ref(), "the wait of a receive", "sqs.wait_time_maximum");
                time(receive.visibility_timeout.as_ref(), "a visibility timeout", "sqs.visibility_timeout_maximum");
            }
            Self::ChangeVisibility(change) => time(Some(&change.visibility_timeout), "a visibility timeout", "sqs.visibility_timeout_maximum"),
            _ => {}
        }
        if let Self::Send(send) = self {
            send.check_size(&platform, reading);
        }
    }

    /// Names of attributes that this uses as keys.
    pub fn attributes(&self) -> Vec<Spanned<String>> {
        match self {
            Self::Send(send) => send.group.iter().chain(&send.deduplicate).cloned().collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn compile(&self, queue: &super::Spec, build: &mut Build) -> Compiled {
        let fifo = queue.fifo.is_some();
        let default_delay = queue.delay.value;
        match self {
            Self::Send(send) => Compiled::Send(Sending {
                bytes: send.size.as_ref().map(|size| size.value.as_bytes() as u32),
                group: send.group.as_ref().map(|group| build.attribute(&group.value)),
                deduplicate: send.deduplicate.as_ref().map(|id| build.attribute(&id.value)),
                delay: send.delay.as_ref().map_or(default_delay, |delay| delay.value),
                messages: send.messages.value,
                latency: build.measured(if fifo { "sqs.fifo_send_message" } else { "sqs.send_message" }),
            }),
            Self::Forward => Compiled::Forward { delay: default_delay },
            Self::Receive(receive) => Compiled::Receive(Receiving {
                max_messages: receive.max_messages.value,
                wait: receive.wait_time.as_ref().map_or(queue.receive_wait_time.value, |wait| wait.value),
                visibility: receive.visibility_timeout.as_ref().map(|timeout| timeout.value),
                latency: build.measured("sqs.receive_message"),
                poll: false,
            }),
            Self::Poll => {
                let latency = Distribution::constant(Time::ZERO);
                Compiled::Receive(Receiving { max_messages: 0, wait: Time::ZERO, visibility: None, latency, poll: true })
            }
            Self::Delete { close } => Compiled::Delete { close: *close, latency: build.measured("sqs.delete_message") },
            Self::ChangeVisibility(change) => {
                Compiled::ChangeVisibility { timeout: change.visibility_timeout.value, latency: build.measured("sqs.delete_message") }
            }
        }
    }
}

impl Send {
    fn check_size(&self, platform: &Platform, reading: &mut Reading) {
        let most = Bytes::from_bytes(platform.count("sqs.maximum_message_size"));
        let Some(size) = &self.size else { return };
        let batch = size.value.as_bytes().saturating_mul(u64::from(self.messages.value));
        if batch > most.as_bytes() {
            let what = if self.messages.value > 1 { "a batch" } else { "a message" };
            let message = format!("{what} of {} is larger than SQS takes ({most})", Bytes::from_bytes(batch));
            reading.push(Diagnostic::error("E098", size.span, message).label("too large").hint("put the payload into S3 and send its key"));
        }
    }
}

/// An operation that runs.
#[derive(Clone, Debug)]
pub(super) enum Compiled {
    Send(Sending),
    Forward { delay: Time },
    Receive(Receiving),
    Delete { close: bool, latency: Distribution },
    ChangeVisibility { timeout: Time, latency: Distribution },
}

#[derive(Clone, Debug)]
pub(super) struct Sending {
    pub bytes: Option<u32>,
    pub group: Option<u32>,
    pub deduplicate: Option<u32>,
    pub delay: Time,
    pub messages: u32,
    pub latency: Distribution,
}

#[derive(Clone, Debug)]
pub(super) struct Receiving {
    pub max_messages: u32,
    pub wait: Time,
    pub visibility: Option<Time>,
    pub latency: Distribution,
    /// Number and wait stand in the frame.
    pub poll: bool,
}
