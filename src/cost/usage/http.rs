//! API Gateway: calls by protocol, messages and connection minutes of WebSocket APIs, hours of the cache.
//!
//! ```text
//! HTTP: ⌈larger of request and response / 512 KB⌉        WebSocket: ⌈message / 32 KB⌉        REST: one, whatever its size
//! ```
//!
//! Left out: what leaves AWS, which is `data_transfer`'s, and private endpoints, which are `interface_endpoints`'.

use super::{Meter, Metered};
use crate::cost::Quantity;
use crate::platform::quota::CACHE_SIZES_GB;
use crate::units::{Bytes, Time};

crate::words! {
    /// What an API speaks.
    pub enum Protocol {
        /// REST APIs.
        Rest = "rest",
        /// HTTP APIs.
        Http = "http",
        /// WebSocket APIs.
        WebSocket = "websocket",
    }
}

crate::spec! {
    /// An API.
    pub struct Api: "an API" {
        /// What it is called; for the reader.
        name: Option<String> = None,
        /// What it speaks.
        protocol: Protocol = Protocol::Rest,
        /// Calls a month; of a WebSocket API messages, either way.
        requests: Quantity = Quantity(0.0),
        /// Mean size of a request, or message.
        request: Bytes = Bytes::ZERO,
        /// Mean size of a response.
        response: Bytes = Bytes::ZERO,
        /// Minutes that connections are open, all together.
        connection_minutes: Quantity = Quantity(0.0),
        /// Size of the response cache, as it is offered.
        cache: Option<Bytes> = None,
        /// How long there is one a month; default: all of it.
        cached: Option<Time> = None,
    }
}

impl Metered for Api {
    fn meter(&self, meter: &mut Meter) {
        match self.protocol {
            Protocol::Rest => meter.add("api_gateway.rest", self.requests.0),
            Protocol::Http => meter.add_steps("api_gateway.http", "payload", self.request.max(self.response), self.requests.0),
            Protocol::WebSocket => meter.add_steps("api_gateway.websocket.messages", "payload", self.request, self.requests.0),
        }
        meter.add("api_gateway.websocket.connection_minutes", self.connection_minutes.0);
        self.cache(meter);
    }
}

impl Api {
    fn cache(&self, meter: &mut Meter) {
        let Some(size) = self.cache else { return };
        let Some(offered) = CACHE_SIZES_GB.iter().find(|offered| (**offered - size.as_gb()).abs() < 0.01 * **offered) else {
            let sizes: Vec<String> = CACHE_SIZES_GB.iter().map(f64::to_string).collect();
            return meter.complain(format!("there is no response cache of {}", size.exact()), &format!("one has {} GB", sizes.join(", ")));
        };
        let hours = self.cached.map_or(meter.book.month_hours(), |time| time.as_secs_f64() / 3600.0);
        meter.add(&format!("api_gateway.cache.{offered}"), hours);
    }
}
