//! What people have at hand, and the quantities that AWS meters of it.
//!
//! ```text
//! lambda: { invocations: 3M, duration: 120ms, memory: 1536 MB }  ──▶  lambda.requests 3,000,000 · lambda.duration.x86_64 540,000 GB-s
//! ```
//!
//! Sizes and durations are means: they are rounded as if every request had them. One file a family of services; the rules are those of the price's own row.
//! What has no service here is priced by `meters`, by the price's key.

pub mod around;
pub mod data;
pub mod events;
pub mod http;
pub mod lambda;
pub mod messaging;
mod meter;

use crate::document::{OneOrMany, Spanned};

pub use meter::Meter;

/// Something that uses what is priced.
pub trait Metered {
    /// Adds what it uses to the meters.
    fn meter(&self, meter: &mut Meter);
}

/// Declares the services of a usage file.
macro_rules! usage {
    ($($(#[doc = $doc:literal])* $field:ident : $Type:ty,)*) => {
        crate::spec! {
            /// What a month uses, by service: each one item, or a list of them.
            pub struct Usage: "a usage" {
                $($(#[doc = $doc])* $field: OneOrMany<Spanned<$Type>> = OneOrMany(Vec::new()),)*
            }
        }

        impl Usage {
            /// Adds all of it to the meters.
            pub fn meter(&self, meter: &mut Meter) {
                $(self.$field.0.iter().for_each(|item| meter.item(item.span, &item.value));)*
            }
        }
    };
}

usage! {
    /// Functions.
    lambda: lambda::Functions,
    /// Functions of CloudFront.
    lambda_edge: lambda::Edge,
    /// APIs.
    api_gateway: http::Api,
    /// Queues.
    sqs: messaging::Queue,
    /// Topics.
    sns: messaging::Topic,
    /// Tables.
    dynamodb: data::Table,
    /// Buckets.
    s3: data::Bucket,
    /// Streams.
    kinesis: data::Stream,
    /// Buses, pipes, schedules.
    eventbridge: events::Events,
    /// State machines.
    step_functions: events::Machine,
    /// Logs, metrics, alarms.
    cloudwatch: around::Observed,
    /// What leaves a Region, a zone or AWS.
    data_transfer: around::Transfer,
    /// NAT gateways.
    nat_gateway: around::Nat,
    /// Containers.
    fargate: around::Tasks,
    /// Load balancers.
    load_balancers: around::Balancers,
    /// Endpoints of PrivateLink.
    interface_endpoints: around::Endpoints,
}
