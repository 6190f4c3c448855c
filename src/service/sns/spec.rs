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
    units::{Bytes, Rate, Share, Time},
    words,
};

use super::policy::Retries;

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

words! {
    /// How delays grow in the back-off phase of a delivery.
    pub enum BackoffFunction {
        /// By equal steps.
        Linear = "linear",
        /// By steps that grow by equal amounts.
        Arithmetic = "arithmetic",
        /// By an equal factor.
        Geometric = "geometric",
        /// By an equal factor: at whole retries the same as `geometric`.
        Exponential = "exponential",
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
    /// The retries of a delivery by HTTP. The delays may add up to an hour.
    pub struct DeliveryPolicy: "a delivery policy" {
        /// Retries in all.
        num_retries: u32 = 3,
        /// Of these, at once.
        num_no_delay_retries: u32 = 0,
        /// Of these, next, at the shortest delay.
        num_min_delay_retries: u32 = 0,
        /// Of these, last, at the longest delay.
        num_max_delay_retries: u32 = 0,
        /// The shortest delay.
        min_delay_target: Time = Time::from_secs(20),
        /// The longest delay.
        max_delay_target: Time = Time::from_secs(20),
        /// How delays grow from the shortest to the longest, over the retries that are left.
        backoff_function: BackoffFunction = BackoffFunction::Linear,
        /// Deliveries a second at most, on average; those that wait for their turn use up no retry.
        max_receives_per_second: Option<Rate> = None,
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
        /// The largest message that it takes; default 256 KB.
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
        for policy in self.subscriptions.iter().filter_map(|subscription| subscription.value.delivery_policy.as_ref()) {
            policy.value.check(policy.span, &platform, reading);
        }
    }
}

impl DeliveryPolicy {
    fn check(&self, span: crate::document::Span, platform: &Platform, reading: &mut Reading) {
        let mut complain = |message: String, hint: &str| reading.push(Diagnostic::error("E085", span, message).label("this policy").hint(hint));
        let most = platform.count("sns.http_retries_most");
        let longest = Time::from_secs(platform.count("sns.http_delay_longest"));
        let apart = [self.num_no_delay_retries, self.num_min_delay_retries, self.num_max_delay_retries].map(u64::from).iter().sum::<u64>();
        if u64::from(self.num_retries) > most {
            return complain(format!("a delivery policy has 0 to {most} retries, not {}", self.num_retries), "lower `num_retries`");
        }
        if apart > u64::from(self.num_retries) {
            let message = format!("the phases of this policy need {apart} retries, and it has {}", self.num_retries);
            return complain(message, "`num_retries` counts those without delay, with the shortest and with the longest too");
        }
        if self.min_delay_target < Time::from_secs(1) || self.max_delay_target > longest || self.min_delay_target > self.max_delay_target {
            return complain(format!("delays run from 1 s to {longest}, the shortest first"), "mend `min_delay_target` and `max_delay_target`");
        }
        let total = Retries::http(platform, Some(self)).total();
        if total > longest {
            complain(format!("the delays of this policy add up to {total}, and may to {longest}"), "fewer retries, or shorter delays");
        }
        if self.max_receives_per_second.is_some_and(|rate| rate.as_per_second() <= 0.0) {
            complain("`max_receives_per_second` lets nothing through".into(), "write a rate above zero");
        }
    }
}
