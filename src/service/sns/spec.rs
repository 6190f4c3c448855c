//! What the file says of a topic: its kind, its subscriptions, and the rules within one topic.
//!
//! ```yaml
//! order_events: { type: sns, subscriptions: [ { endpoint: mail_queue, filter_passes: 30% }, { endpoint: partner, delivery_policy: { num_retries: 5 } } ] }
//! ```
//!
//! What an endpoint must be, of which kind and in which order, is a rule of the wiring (`topology::subscription`).

use crate::{
    document::{Diagnostic, Map, Reading, Spanned},
    mechanism::distribution::Distribution,
    platform::Platform,
    service::filter::Values,
    spec,
    units::{Bytes, Share},
    words,
};

use super::policy::DeliveryPolicy;

words! {
    /// What the throughput and the deduplication of a FIFO topic are counted by.
    pub enum ThroughputScope {
        /// The topic as a whole.
        Topic = "topic",
        /// Each message group.
        MessageGroup = "message_group",
    }
}

words! {
    /// How a subscription is delivered to.
    pub enum Protocol {
        /// A message is sent to a queue.
        Sqs = "sqs",
        /// A function is invoked asynchronously.
        Lambda = "lambda",
        /// A request is made to a server or an API.
        Https = "https",
    }
}

words! {
    /// What a filter policy looks at.
    pub enum FilterScope {
        /// The message's attributes.
        MessageAttributes = "message_attributes",
        /// Its body.
        MessageBody = "message_body",
    }
}

spec! {
    /// What makes a topic a FIFO topic.
    pub struct Fifo: "a FIFO topic's settings" {
        /// Whether a message without a deduplication id is known by its content.
        content_based_deduplication: bool = true,
        /// What throughput and deduplication are counted by.
        throughput_scope: ThroughputScope = ThroughputScope::Topic,
    }
}

spec! {
    /// Where messages go that could not be delivered.
    pub struct RedrivePolicy: "a redrive policy" {
        /// The queue for them.
        dead_letter_queue: Spanned<String>,
    }
}

spec! {
    /// One subscription of a topic.
    pub struct Subscription: "a subscription" {
        /// The queue, function, server or API that messages are delivered to.
        endpoint: Spanned<String>,
        /// How; default: as the endpoint's kind asks for.
        protocol: Option<Spanned<Protocol>> = None,
        /// Share of the messages that its filter lets through.
        filter_passes: Option<Share> = None,
        /// Values that an attribute must have, by attribute.
        filter_policy: Values = Map::default(),
        /// What the filter looks at, which decides how it is counted.
        filter_policy_scope: FilterScope = FilterScope::MessageAttributes,
        /// Whether a queue or server gets the message without SNS's envelope of JSON.
        raw_message_delivery: bool = false,
        /// Where messages go that could not be delivered; without it they are lost.
        redrive_policy: Option<RedrivePolicy> = None,
        /// Retries by HTTP.
        delivery_policy: Option<Spanned<DeliveryPolicy>> = None,
        /// Of an API: the route that is asked for.
        route: Option<Spanned<String>> = None,
        /// From the publish to the first attempt of a delivery; default: as measured.
        latency: Option<Distribution> = None,
    }
}

spec! {
    /// What the file says of a topic.
    pub struct Spec: "a topic" {
        /// Makes it a FIFO topic; `{}` for one with the usual settings.
        fifo: Option<Fifo> = None,
        /// Who gets its messages.
        subscriptions: Vec<Spanned<Subscription>> = Vec::new(),
        /// The largest message that it takes: 1 KB to 1 MB. Default: 256 KB.
        maximum_message_size: Option<Spanned<Bytes>> = None,
        /// What a publish takes the publisher; default: as the platform says.
        publish_latency: Option<Distribution> = None,
    }
}

impl Spec {
    /// The largest message, bytes.
    pub fn largest(&self, platform: &Platform) -> u64 {
        self.maximum_message_size.as_ref().map_or_else(|| platform.count("sns.maximum_message_size"), |size| size.value.as_bytes())
    }

    pub(super) fn check_all(&self, name: &str, reading: &mut Reading) {
        let platform = Platform::default();
        let (least, most) = (platform.count("sns.message_size_floor"), platform.count("sns.message_size_ceiling"));
        if let Some(size) = self.maximum_message_size.as_ref().filter(|size| !(least..=most).contains(&size.value.as_bytes())) {
            let (least, most) = (Bytes::from_bytes(least), Bytes::from_bytes(most));
            let message = format!("the largest message of `{name}` may be set from {least} to {most}, not to {}", size.value);
            reading.push(Diagnostic::error("E086", size.span, message).label("out of range"));
        }
        self.subscriptions.iter().for_each(|subscription| subscription.value.check_filter(&platform, reading));
        self.check_number(name, &platform, reading);
        for policy in self.subscriptions.iter().filter_map(|subscription| subscription.value.delivery_policy.as_ref()) {
            policy.value.check(policy.span, &platform, reading);
        }
    }

    /// A FIFO topic has few subscriptions, and so has one of large messages.
    fn check_number(&self, name: &str, platform: &Platform, reading: &mut Reading) {
        let large = self.largest(platform) > platform.count("sns.maximum_message_size");
        let (row, kind) = match (&self.fifo, large) {
            (Some(_), _) => ("sns.fifo_subscriptions", "a FIFO topic"),
            (None, true) => ("sns.large_message_subscriptions", "a topic of messages beyond 256 KB"),
            (None, false) => return,
        };
        let (most, count) = (platform.count(row), self.subscriptions.len() as u64);
        if let Some(beyond) = self.subscriptions.get(most as usize) {
            let message = format!("`{name}` has {count} subscriptions, and {kind} can have {most}");
            let diagnostic = Diagnostic::error("E171", beyond.span, message).label("one too many");
            reading.push(diagnostic.hint("let it deliver to another topic's queue and fan out behind that, or use several topics"));
        }
    }
}

impl Subscription {
    /// A filter policy has few attributes, and few combinations of their values.
    fn check_filter(&self, platform: &Platform, reading: &mut Reading) {
        let (keys, most) = (self.filter_policy.0.len() as u64, platform.count("sns.filter_keys"));
        let combinations = self.filter_policy.0.iter().fold(1u64, |product, (_, values)| product.saturating_mul(values.0.len().max(1) as u64));
        let bound = platform.count("sns.filter_combinations");
        let message = match self.filter_policy.0.first() {
            Some((first, _)) if keys > most => (first.span, format!("a filter policy has at most {most} attributes, not {keys}")),
            Some((first, _)) if combinations > bound => {
                (first.span, format!("a filter policy has at most {bound} combinations of values, and this one has {combinations}"))
            }
            _ => return,
        };
        let hint = "say it as a share, `filter_passes`, or send what belongs together with one attribute that says so";
        reading.push(Diagnostic::error("E170", message.0, message.1).label("this policy").hint(hint));
    }
}
