//! SQS and SNS: requests by 64 KB, batches, empty receives; publishes and deliveries.
//!
//! ```text
//! queue: messages / send_batch × ⌈batch / 64 KB⌉ + messages / receive_batch × (⌈batch / 64 KB⌉ + 1 delete) + empty receives
//! topic: messages × ⌈message / 64 KB⌉, deliveries by protocol; FIFO: messages and their GB
//! ```
//!
//! Each message is received and deleted once; those that come back are counted by `requests`.

use super::{Meter, Metered};
use crate::cost::Quantity;
use crate::units::Bytes;

crate::words! {
    /// Whether order is kept.
    pub enum Order {
        /// Best effort.
        Standard = "standard",
        /// First in, first out.
        Fifo = "fifo",
    }
}

crate::spec! {
    /// A queue.
    pub struct Queue: "a queue" {
        /// What it is called; for the reader.
        name: Option<String> = None,
        /// Whether order is kept.
        r#type: Order = Order::Standard,
        /// Sent, received and deleted once each.
        messages: Quantity = Quantity(0.0),
        /// Mean size of a message.
        message: Bytes = Bytes::from_kb(1),
        /// Messages of a send.
        send_batch: Quantity = Quantity(1.0),
        /// Messages of a receive and of a delete.
        receive_batch: Quantity = Quantity(1.0),
        /// Receives that bring nothing.
        empty_receives: Quantity = Quantity(0.0),
        /// Requests besides, as they are billed.
        requests: Quantity = Quantity(0.0),
        /// Whether it is a fair queue, which costs more.
        fair: bool = false,
    }
}

/// Messages that a request of SQS has at most (AWS documentation).
const BATCH_MAX: f64 = 10.0;

impl Queue {
    /// Billed requests for a call that carries so many messages each time.
    fn calls(&self, meter: &mut Meter, key: &str, batch: Quantity) -> f64 {
        let batch = batch.0.clamp(1.0, BATCH_MAX);
        let size = Bytes::from_bytes((self.message.as_bytes() as f64 * batch).ceil() as u64);
        if self.messages.0 > 0.0 { self.messages.0 / batch * meter.steps(key, "payload", size) } else { 0.0 }
    }
}

impl Metered for Queue {
    fn meter(&self, meter: &mut Meter) {
        if [self.send_batch, self.receive_batch].iter().any(|batch| !(1.0..=BATCH_MAX).contains(&batch.0)) {
            meter.complain(format!("a batch has from 1 to {BATCH_MAX} messages"), "the mean may be a fraction: `receive_batch: 3.5`");
        }
        let key = format!("sqs.{}", self.r#type.word());
        let deletes = self.messages.0 / self.receive_batch.0.clamp(1.0, BATCH_MAX);
        let carried = self.calls(meter, &key, self.send_batch) + self.calls(meter, &key, self.receive_batch);
        let requests = carried + deletes + self.empty_receives.0 + self.requests.0;
        meter.add(&key, requests);
        if self.fair {
            meter.add("sqs.fair_queues", requests);
        }
    }
}

crate::spec! {
    /// A topic.
    pub struct Topic: "a topic" {
        /// What it is called; for the reader.
        name: Option<String> = None,
        /// Whether order is kept.
        r#type: Order = Order::Standard,
        /// Published a month.
        messages: Quantity = Quantity(0.0),
        /// Mean size of a message.
        message: Bytes = Bytes::from_kb(1),
        /// Deliveries of a FIFO topic, whatever to.
        deliveries: Quantity = Quantity(0.0),
        /// Deliveries to queues.
        sqs: Quantity = Quantity(0.0),
        /// Deliveries to functions.
        lambda: Quantity = Quantity(0.0),
        /// Deliveries by HTTP.
        http: Quantity = Quantity(0.0),
        /// Deliveries by e-mail.
        email: Quantity = Quantity(0.0),
        /// Deliveries to Firehose.
        firehose: Quantity = Quantity(0.0),
        /// Deliveries to telephones.
        mobile_push: Quantity = Quantity(0.0),
        /// What payload filters look at.
        payload_filtered: Bytes = Bytes::ZERO,
    }
}

impl Metered for Topic {
    fn meter(&self, meter: &mut Meter) {
        match self.r#type {
            Order::Standard => meter.add_steps("sns.standard", "payload", self.message, self.messages.0),
            Order::Fifo => {
                meter.add("sns.fifo.publish", self.messages.0);
                meter.add("sns.fifo.publish_data", self.messages.0 * self.message.as_gb());
                meter.add("sns.fifo.deliveries", self.deliveries.0);
                meter.add("sns.fifo.delivery_data", self.deliveries.0 * self.message.as_gb());
            }
        }
        meter.add("sns.deliveries.sqs", self.sqs.0);
        meter.add("sns.deliveries.lambda", self.lambda.0);
        meter.add("sns.deliveries.http", self.http.0);
        meter.add("sns.deliveries.email", self.email.0);
        meter.add("sns.deliveries.firehose", self.firehose.0);
        meter.add("sns.deliveries.mobile_push", self.mobile_push.0);
        meter.add("sns.payload_filtering", self.payload_filtered.as_gb());
    }
}
