//! What API Gateway charges an API for.
//!
//! ```text
//! REST: requests    HTTP: requests of 512 KB    WebSocket: messages of 32 KB, minutes of connections    a cache: its hours, by size
//! ```
//!
//! Left out: data that leaves AWS.

use crate::service::charge::{Charge, Charges, Quantity};

use super::{protocol::Protocol, spec::Spec};

/// What is refused by a throttle or an authorizer costs nothing (recollected; it stands at the price).
const NOT_CHARGED: &[&str] = &["ThrottledCount", "AuthorizerDenied"];

pub(super) fn charges(api: &Spec) -> Charges {
    let list = match api.protocol {
        Protocol::Rest => vec![Charge::of("api_gateway.rest", Quantity::Counted(&["Count"], NOT_CHARGED)).by("Count")],
        Protocol::Http => {
            let counted = Quantity::Counted(&["Count", "AdditionalRequestUnits"], NOT_CHARGED);
            vec![Charge::of("api_gateway.http", counted).by("Count")]
        }
        Protocol::Websocket => vec![
            Charge::counted("api_gateway.websocket.messages", &["MessageUnits"]).by("Count"),
            Charge::counted("api_gateway.websocket.connection_minutes", &["ConnectionMinutes"]).by("Count"),
        ],
    };
    let cache = api.cache.iter().map(|cache| {
        let size = cache.value.offered_gb();
        Charge::of(format!("api_gateway.cache.{size}"), Quantity::Fixed(1.0)).by("Count")
    });
    Charges { list: list.into_iter().chain(cache).collect(), left_out: vec!["data that leaves AWS".to_owned()] }
}
