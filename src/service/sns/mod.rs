//! SNS: a topic takes a message once and delivers it to every subscription whose filter it passes.
//!
//! ```text
//! publish ─▶ size ─▶ topic, group (FIFO) ─▶ account rate ─▶ answer          ┌▶ filter ─▶ delivery ─▶ queue, function, server
//!             400            429                 429       └─ known (FIFO)? ─┼▶ filter ─▶ filtered out
//!                                                                           └▶ …          messages × subscriptions = delivered + filtered
//! ```                                                                                                     + failed + pending
//!
//! Rates are counted in messages: a batch takes as many tokens as it has, or none. What befalls one delivery is `delivery`, when it is tried again
//! `policy`, what FIFO topics add `fifo`. Left out: email, SMS, push and Firehose, confirmation of subscriptions, other accounts and Regions.

mod delivery;
mod fifo;
pub mod operation;
mod policy;
mod spec;

use crate::{
    document::{Read, Reading, Shape, Shapes, Spanned, Value},
    engine::{BucketId, Ix, NodeId, Signal, World},
    mechanism::distribution::Distribution,
    metrics::{Cause, Class, Counter, Gauge, Latency, Limit, Outcome, Split},
    units::Time,
};

use super::{
    Build, Kind, Reference, Service, api_gateway,
    charge::{Charge, Charges, GB},
    filter::Filter,
    lambda::operation::Operation as OfFunction,
    outage::{Outages, UNAVAILABLE},
    server, sqs,
};
use delivery::{HOP, NO_ANSWER, Pace, TRY};
use fifo::Fifo;
use operation::Compiled;
use policy::Retries;
pub use policy::{BackoffFunction, DeliveryPolicy};

pub use operation::{Publish, Publish as Operation};
pub use spec::{Fifo as FifoSpec, FilterScope, Protocol, RedrivePolicy, Spec, Subscription, ThroughputScope};

/// The verb of an edge from a topic to what it delivers to.
pub const SUBSCRIPTION: &str = "subscription";
/// The verb of an edge from a topic to the queue for what could not be delivered.
pub const DEAD_LETTERS: &str = "dead_letters";

impl Kind for Spec {
    type Service = Sns;
    type Operation = Publish;
    const NAME: &'static str = "sns";
    const VERBS: &'static [&'static str] = &["publish"];
    const TARGET: &'static str = "topic";
    const METRICS: &'static [&'static str] = &[
        "number_of_messages_published",
        "publish_size",
        "deduplicated_messages",
        "number_of_notifications_delivered",
        "number_of_notifications_failed",
        "number_of_notifications_filtered_out",
        "number_of_notifications_filtered_out-message_attributes",
        "number_of_notifications_filtered_out-message_body",
        "deliveries_given_up",
        "number_of_notifications_redriven_to_dlq",
        "number_of_notifications_failed_to_redrive_to_dlq",
        "deliveries_pending",
        "delivery_latency",
    ];
    const FAULTS: &'static [&'static str] = &[UNAVAILABLE];

    fn read_operation(_verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Publish> {
        Publish::read_checked(value, reading)
    }

    fn operation_shape(_verb: &'static str, shapes: &mut Shapes) -> Shape {
        Publish::shape(shapes)
    }

    fn usual() -> Option<(&'static str, Publish)> {
        Some(("publish", Publish::forward()))
    }

    fn operation_attributes(publish: &Publish) -> Vec<Spanned<String>> {
        publish.group.iter().chain(&publish.deduplicate).cloned().collect()
    }

    fn references(&self) -> Vec<Reference> {
        let edge = |to: &Spanned<String>, verb: &'static str, label: &str| Reference {
            to: to.clone(),
            verb,
            waits: false,
            timeout: None,
            label: label.to_owned(),
            feeds: false,
        };
        let of = |subscription: &Spanned<Subscription>| {
            let own = &subscription.value;
            let label = own.route.as_ref().map_or("deliver", |route| &route.value);
            let dead_letters = own.redrive_policy.as_ref().map(|policy| edge(&policy.dead_letter_queue, DEAD_LETTERS, "dead letters"));
            std::iter::once(edge(&own.endpoint, SUBSCRIPTION, label)).chain(dead_letters).collect::<Vec<_>>()
        };
        self.subscriptions.iter().flat_map(of).collect()
    }

    fn is_fifo(&self) -> bool {
        self.fifo.is_some()
    }

    fn attributes(&self) -> Vec<Spanned<String>> {
        self.subscriptions.iter().flat_map(|s| &s.value.filter_policy.0).map(|(attribute, _)| attribute.clone()).collect()
    }

    fn charges(&self, _name: &str, _aws: &crate::platform::Platform) -> crate::service::charge::Charges {
        const PUBLISHED: &str = "NumberOfMessagesPublished";
        const A_BYTE: f64 = 1.0 / GB;
        let list = if self.fifo.is_some() {
            vec![
                Charge::counted("sns.fifo.publish", &[PUBLISHED]),
                Charge::counted("sns.fifo.publish_data", &["PublishSize"]).times(A_BYTE).by(PUBLISHED),
                Charge::counted("sns.fifo.deliveries", &["NumberOfNotificationsDelivered"]).by(PUBLISHED),
                Charge::counted("sns.fifo.delivery_data", &["DeliveredSize"]).times(A_BYTE).by(PUBLISHED),
            ]
        } else {
            let publishes = Charge::counted("sns.standard", &["BilledPublishes"]).by(PUBLISHED);
            vec![publishes, Charge::counted("sns.deliveries.http", &["HttpNotificationsDelivered"]).by(PUBLISHED)]
        };
        Charges { list, left_out: Vec::new() }
    }

    fn check(&self, name: &str, reading: &mut Reading) {
        self.check_all(name, reading);
    }

    fn build(&self, node: NodeId, build: &mut Build) -> Sns {
        let fifo = self.fifo.as_ref().map(|settings| Fifo::new(settings, node, build));
        let subscriptions = self.subscriptions.iter().enumerate().map(|(at, s)| self.subscribe(at, &s.value, build)).collect();
        Sns {
            node,
            largest: self.largest(&build.platform),
            operations: Vec::new(),
            subscriptions,
            fifo,
            account: self.account(build),
            account_limit: self.account_limit(node, build),
            outages: build.outages(node),
            publish: self.publish_latency.clone().unwrap_or_else(|| build.measured("sns.publish")),
            refused: build.measured("sns.throttled"),
            books: Books::default(),
            meters: Meters::new(node, build),
            billed_chunk: build.platform.count("sns.billed_chunk").max(1),
        }
    }

    fn bind(&self, topic: &mut Sns, operations: Vec<Publish>, build: &mut Build) {
        topic.operations = operations.iter().map(|publish| publish.compile(build)).collect();
    }
}

impl Spec {
    /// The account's rate in this Region, in messages a second.
    fn rate(&self, build: &Build) -> f64 {
        match self.fifo {
            Some(_) => build.platform.regional("sns.fifo_publish_rate"),
            None => build.platform.regional("sns.publish_rate"),
        }
    }

    fn account(&self, build: &mut Build) -> BucketId {
        let rate = self.rate(build);
        let burst = rate * build.platform.get("sns.burst_seconds");
        build.shared_bucket(if self.fifo.is_some() { "sns_fifo" } else { "sns" }, rate, burst)
    }

    fn account_limit(&self, node: NodeId, build: &mut Build) -> Limit {
        let kind = if self.fifo.is_some() { "SNS FIFO" } else { "SNS" };
        let phrase = format!("the account's {kind} publish rate ({} messages/s) at `{}`", self.rate(build), build.name(node));
        build.world.metrics.limit(node as usize, "sns_account", phrase)
    }

    fn subscribe(&self, at: usize, own: &Subscription, build: &mut Build) -> delivery::Subscription {
        let to = build.node(&own.endpoint.value);
        let measured = |name: &str| own.latency.clone().unwrap_or_else(|| build.measured(name));
        let (protocol, operation, latency) = match build.kind(to) {
            "sqs" => (Protocol::Sqs, queued(), measured(if self.fifo.is_some() { "sns.fifo_to_sqs" } else { "sns.to_sqs" })),
            "lambda" => (Protocol::Lambda, event(measured("sns.to_lambda")), Distribution::default()),
            "api_gateway" => (Protocol::Https, super::Operation::ApiGateway(asked_route(own)), measured("sns.to_https")),
            _ => (Protocol::Https, super::Operation::Server(server::Operation), measured("sns.to_https")),
        };
        let op = build.operation(to, operation);
        let dead_letters = own.redrive_policy.as_ref().map(|policy| {
            let queue = build.node(&policy.dead_letter_queue.value);
            (queue, build.operation(queue, queued()))
        });
        let https = protocol == Protocol::Https;
        let policy = own.delivery_policy.as_ref().map(|policy| &policy.value);
        let retries = if https { Retries::http(&build.platform, policy) } else { Retries::managed(&build.platform) };
        let timeout = Time::from_secs_f64(build.platform.get("sns.http_timeout"));
        let pace = policy.and_then(|policy| policy.max_receives_per_second).map(|rate| Time::from_secs_f64(1.0 / rate.as_per_second()));
        let wrapped = !own.raw_message_delivery && protocol != Protocol::Lambda;
        delivery::Subscription {
            to,
            op,
            protocol,
            filter: Filter::new(own.filter_passes, &own.filter_policy, at as u64, build),
            scope: own.filter_policy_scope,
            envelope: if wrapped { build.platform.count("sns.envelope") as u32 } else { 0 },
            latency,
            retries,
            timeout: https.then(|| build.world.lane(timeout)),
            pace: pace.map(|gap| Pace { gap, next: Time::ZERO }),
            dead_letters,
        }
    }
}

/// A message that is passed on to a queue.
fn queued() -> super::Operation {
    super::Operation::Sqs(sqs::Operation::Forward)
}

/// An event for a function, whose own queue draws the time of the whole hop.
fn event(hop: Distribution) -> super::Operation {
    super::Operation::Lambda(OfFunction::Event { dispatch: Some(hop) })
}

fn asked_route(own: &Subscription) -> api_gateway::Operation {
    api_gateway::Operation::Route(own.route.as_ref().map_or_else(String::new, |route| route.value.clone()))
}

/// Purposes of draws.
const PUBLISH: u64 = 0x5A00;
const REFUSED: u64 = 0x5A01;

/// `ThrottledException`, "Rate exceeded".
const THROTTLED: Outcome = Outcome { class: Class::Throttled, code: 429 };
/// `InvalidParameter`: the message is too long.
const TOO_LARGE: Outcome = Outcome { class: Class::Rejected, code: 400 };
/// What is there instead of a topic that is out.
const OUT: Outcome = Outcome { class: Class::Failed, code: 503 };

/// A topic that runs.
#[derive(Clone, Debug)]
pub struct Sns {
    node: NodeId,
    /// Bytes of the largest message, or of a whole batch.
    largest: u64,
    operations: Vec<Compiled>,
    subscriptions: Vec<delivery::Subscription>,
    fifo: Option<Fifo>,
    account: BucketId,
    account_limit: Limit,
    outages: Outages,
    publish: Distribution,
    refused: Distribution,
    books: Books,
    meters: Meters,
    billed_chunk: u64,
}

/// Since time zero, the warm-up included.
#[derive(Clone, Copy, Debug, Default)]
struct Books {
    /// Messages that were published and not dropped as duplicates.
    accepted: u64,
    delivered: u64,
    filtered: u64,
    /// Deliveries that were given up.
    failed: u64,
}

#[derive(Clone, Debug)]
struct Meters {
    published: Split,
    /// By so many bytes, begun.
    billed: Counter,
    https: Counter,
    delivered_size: Counter,
    size: Counter,
    deduplicated: Counter,
    delivered: Counter,
    failed: Counter,
    filtered: Counter,
    /// By what the filter looks at.
    filtered_by: [Counter; 2],
    /// Deliveries that no attempt is made at any more, whether a dead-letter queue keeps them or not.
    given_up: Counter,
    redriven: Counter,
    not_redriven: Counter,
    pending: Gauge,
    delivery: Latency,
}

impl Meters {
    fn new(node: NodeId, build: &mut Build) -> Self {
        let (metrics, at) = (&mut build.world.metrics, node as usize);
        Self {
            published: metrics.split(at, "NumberOfMessagesPublished", 1, None),
            billed: metrics.counter(at, "BilledPublishes"),
            https: metrics.counter(at, "HttpNotificationsDelivered"),
            delivered_size: metrics.counter(at, "DeliveredSize"),
            size: metrics.counter(at, "PublishSize"),
            deduplicated: metrics.counter(at, "DeduplicatedMessages"),
            delivered: metrics.counter(at, "NumberOfNotificationsDelivered"),
            failed: metrics.counter(at, "NumberOfNotificationsFailed"),
            filtered: metrics.counter(at, "NumberOfNotificationsFilteredOut"),
            filtered_by: ["NumberOfNotificationsFilteredOut-MessageAttributes", "NumberOfNotificationsFilteredOut-MessageBody"]
                .map(|name| metrics.counter(at, name)),
            given_up: metrics.counter(at, "DeliveriesGivenUp"),
            redriven: metrics.counter(at, "NumberOfNotificationsRedrivenToDlq"),
            not_redriven: metrics.counter(at, "NumberOfNotificationsFailedToRedriveToDlq"),
            pending: metrics.gauge(at, "DeliveriesPending"),
            delivery: metrics.latency(at, "DeliveryLatency"),
        }
    }
}

impl Service for Sns {
    #[inline]
    fn on(&mut self, world: &mut World, ix: Ix, signal: Signal) {
        match signal {
            Signal::Arrive => self.published(world, ix),
            Signal::Wake(HOP) => self.hop_over(world, ix),
            Signal::Wake(TRY) => self.attempt(world, ix),
            Signal::Wake(_) => self.ask(world, ix),
            Signal::Reply(outcome) => {
                world.disarm(ix);
                self.answered(world, ix, outcome);
            }
            Signal::Deadline => {
                world.orphan(ix);
                self.answered(world, ix, NO_ANSWER);
            }
            Signal::Done(_) => unreachable!("the engine keeps this to itself"),
        }
    }

    fn assert_sound(&self, world: &World) {
        let Books { accepted, delivered, filtered, failed } = self.books;
        let pending = world.metrics.level(self.meters.pending);
        let due = accepted * self.subscriptions.len() as u64;
        assert_eq!(due, delivered + filtered + failed + pending, "messages × subscriptions = delivered + filtered + failed + pending");
    }
}

impl Sns {
    #[inline]
    fn published(&mut self, world: &mut World, ix: Ix) {
        let frame = world.frame(ix);
        let publish = self.operations[frame.op as usize];
        let bytes = publish.size.unwrap_or(frame.bytes);
        let all = u64::from(bytes) * u64::from(publish.messages);
        if self.outages.is_out(world.now()) {
            return self.refuse(world, ix, OUT);
        }
        if all > self.largest {
            return self.refuse(world, ix, TOO_LARGE);
        }
        let group = publish.group.map(|attribute| (attribute, world.attribute(ix, attribute)));
        if let Err(limit) = self.admit(world, &publish, all, group.map(|(_, key)| key)) {
            world.metrics.refuse(limit);
            return self.refuse(world, ix, THROTTLED);
        }
        world.metrics.count_for(self.meters.published, world.frame(ix).workload, u64::from(publish.messages));
        world.metrics.count(self.meters.billed, all.div_ceil(self.billed_chunk).max(1));
        world.metrics.count(self.meters.size, all);
        self.take_in(world, ix, &publish, bytes, group);
        let took = self.publish.sample(&mut world.frame(ix).luck.draw(PUBLISH));
        world.finish_spending(ix, Outcome::OK, Cause::Service, took);
    }

    fn refuse(&self, world: &mut World, ix: Ix, outcome: Outcome) {
        let took = self.refused.sample(&mut world.frame(ix).luck.draw(REFUSED));
        world.finish_spending(ix, outcome, Cause::Service, took);
    }

    /// A token for each message in every bucket that applies, or none at all.
    #[inline]
    fn admit(&mut self, world: &mut World, publish: &Compiled, bytes: u64, group: Option<u64>) -> Result<(), Limit> {
        let (now, messages) = (world.now(), u64::from(publish.messages));
        let account = world.shared.bucket(self.account);
        if !account.conforms(now, messages) {
            return Err(self.account_limit);
        }
        if let Some(fifo) = &mut self.fifo {
            fifo.admit(now, messages, bytes, group)?;
        }
        account.take(now, messages);
        Ok(())
    }

    /// The messages are the topic's: each that is no duplicate goes to every subscription.
    fn take_in(&mut self, world: &mut World, ix: Ix, publish: &Compiled, bytes: u32, group: Option<(u32, u64)>) {
        let now = world.now();
        let frame = world.frame(ix);
        let (luck, mut about) = (frame.luck, frame.about());
        about.bytes = bytes;
        let id = publish.deduplicate.map(|attribute| world.attribute(ix, attribute));
        for message in 0..publish.messages {
            if let Some(fifo) = &mut self.fifo
                && !fifo.fresh(now, id, luck.lineage, group.map(|(_, key)| key), message)
            {
                world.metrics.count(self.meters.deduplicated, 1);
                continue;
            }
            self.books.accepted += 1;
            for at in 0..self.subscriptions.len() {
                self.fan_out(world, &about, luck.child(at as u32, message), at, group);
            }
        }
    }
}
