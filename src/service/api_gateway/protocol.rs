//! Which kind of API, and what it decides on: the overhead, the time-out, the largest request. And a bucket as the file says it.
//!
//! ```text
//! protocol ─▶ rows of the platform
//! ```
//!
//! A leaf: everything else of an API knows it. What the client is told by each protocol is in `outcome`.

use crate::{
    document::Spanned,
    platform::Platform,
    spec,
    units::{Rate, Time},
    words,
};

words! {
    /// Which kind of API.
    pub enum Protocol {
        /// A REST API.
        Rest = "rest",
        /// An HTTP API.
        Http = "http",
        /// A WebSocket API: its routes are what messages of open connections ask for.
        Websocket = "websocket",
    }
}

spec! {
    /// A token bucket of an API.
    pub struct Throttle: "a throttle" {
        /// Requests a second in the long run; at most the account's 10,000/s.
        rate: Spanned<Rate>,
        /// Requests that may come at once: the size of the token bucket.
        burst: u64,
    }
}

impl Protocol {
    /// How long an integration may take where a route does not say.
    pub(super) fn timeout(self, platform: &Platform) -> Time {
        Time::from_secs_f64(platform.get(match self {
            Self::Rest => "apigateway.rest_integration_timeout",
            Self::Http => "apigateway.http_integration_timeout",
            Self::Websocket => "apigateway.websocket_integration_timeout",
        }))
    }

    /// The row of what the front door adds.
    pub(super) fn overhead(self) -> &'static str {
        match self {
            Self::Rest => "apigateway.rest_overhead",
            Self::Http => "apigateway.http_overhead",
            Self::Websocket => "apigateway.websocket_overhead",
        }
    }

    /// The row of the largest request.
    pub(super) fn payload(self) -> &'static str {
        match self {
            Self::Rest => "apigateway.rest_payload",
            Self::Http => "apigateway.http_payload",
            Self::Websocket => "apigateway.websocket_message",
        }
    }
}
