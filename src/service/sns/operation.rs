//! What can be asked of a topic: to publish a message, or a batch of them.
//!
//! ```yaml
//! - publish: { topic: order_events, size: 2 KB, group: customer, deduplicate: order, messages: 10 }
//! ```
//!
//! Sizes and numbers are checked against SNS's limits here, as far as no topic need be known; the topic's own maximum is a rule of the wiring.

use crate::{
    document::{Diagnostic, Read, Reading, Spanned, Value},
    platform::Platform,
    service::Build,
    spec,
    units::Bytes,
};

spec! {
    /// Publishes a message, or a batch of them.
    pub struct Publish: "a message to publish" {
        /// Size of one message; default: that of the request.
        size: Option<Spanned<Bytes>> = None,
        /// The attribute that is the message group: of a FIFO topic what keeps its order; a standard topic hands it to its queues.
        group: Option<Spanned<String>> = None,
        /// The attribute that is the deduplication id; default: the content, which a retry keeps.
        deduplicate: Option<Spanned<String>> = None,
        /// Messages of one call, 1 to 10: more than one is a batch.
        messages: Spanned<u32> = Spanned { value: 1, span: Default::default() },
    }
}

impl Publish {
    /// One message as large as the frame that brings it: what a request asks that says nothing, and what another service passes on.
    pub fn forward() -> Self {
        Self { size: None, group: None, deduplicate: None, messages: Spanned { value: 1, span: Default::default() } }
    }

    /// Reads what follows the verb and checks it against SNS's limits.
    pub fn read_checked(value: &Value, reading: &mut Reading) -> Option<Self> {
        let publish = Self::read(value, reading)?;
        let platform = Platform::default();
        let most = platform.count("sns.batch_messages");
        if !(1..=most).contains(&u64::from(publish.messages.value)) {
            let message = format!("one `publish` is of 1 to {most} messages, not {}", publish.messages.value);
            let diagnostic = Diagnostic::error("E087", publish.messages.span, message).label("not so many");
            reading.push(diagnostic.hint("publish several batches: `repeat: { times: …, do: [ … ] }`"));
        }
        Some(publish)
    }

    /// All bytes of a call, where it says how large a message is.
    pub fn bytes(&self) -> Option<u64> {
        self.size.as_ref().map(|size| size.value.as_bytes().saturating_mul(u64::from(self.messages.value)))
    }

    pub(super) fn compile(&self, build: &mut Build) -> Compiled {
        let mut attribute = |name: &Option<Spanned<String>>| name.as_ref().map(|name| build.attribute(&name.value));
        Compiled {
            size: self.size.as_ref().map(|size| size.value.as_bytes().min(u64::from(u32::MAX)) as u32),
            messages: self.messages.value,
            group: attribute(&self.group),
            deduplicate: attribute(&self.deduplicate),
        }
    }
}

/// A publish that runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compiled {
    /// Bytes of one message; `None`: those of the request.
    pub size: Option<u32>,
    pub messages: u32,
    /// The attribute that is the group.
    pub group: Option<u32>,
    /// The attribute that is the deduplication id.
    pub deduplicate: Option<u32>,
}
