//! What the client of an API is told of what went wrong, behind the door or at it.
//!
//! ```text
//! behind: throws, times out ─▶ 502 (HTTP: 500)    throttled ─▶ 500 (HTTP: 503)    silent ─▶ 504 (HTTP: 503)        at the door: 403, 413, 429
//! ```
//!
//! AWS docs: lambda/services-apigateway-errors, apigw/gateway-response-types, read 2026-11; the HTTP column is from community reports. A WebSocket API
//! tells its client in a message of its own, of which no document says the status: it is taken to be as with REST.

use crate::metrics::{Class, Outcome};

use super::protocol::Protocol;

pub(super) const THROTTLED: Outcome = Outcome { class: Class::Throttled, code: 429 };
pub(super) const TOO_LARGE: Outcome = Outcome { class: Class::Rejected, code: 413 };
/// ACCESS_DENIED, INVALID_API_KEY.
pub(super) const FORBIDDEN: Outcome = Outcome { class: Class::Rejected, code: 403 };
/// AUTHORIZER_FAILURE.
pub(super) const UNDECIDED: Outcome = Outcome { class: Class::Failed, code: 500 };
/// GoneException, and what a client meets whose connection was closed.
pub(super) const GONE: Outcome = Outcome { class: Class::Rejected, code: 410 };
/// Not an HTTP status: the code with which a WebSocket is closed over a frame or message that is too large.
pub(super) const MESSAGE_TOO_BIG: Outcome = Outcome { class: Class::Rejected, code: 1009 };

/// What the client is told of an outcome behind the door.
#[inline]
pub(super) fn mapped(protocol: Protocol, outcome: Outcome) -> Outcome {
    let failed = |code| Outcome { class: Class::Failed, code };
    match (outcome.class, protocol) {
        (Class::Ok, _) => Outcome::OK,
        // A server's 503 passes through; a Lambda throttle (429) becomes a server error.
        (Class::Throttled, _) if outcome.code == 503 => failed(503),
        (Class::Throttled, Protocol::Rest | Protocol::Websocket) => failed(500),
        (Class::Throttled, Protocol::Http) => failed(503),
        (Class::Rejected, _) if outcome.code == TOO_LARGE.code => TOO_LARGE,
        (Class::Rejected, _) => failed(500),
        (Class::Failed | Class::TimedOut, Protocol::Rest | Protocol::Websocket) => failed(502),
        (Class::Failed | Class::TimedOut, Protocol::Http) => failed(500),
    }
}

/// What the client is told when the integration has not answered in time.
pub(super) fn timed_out(protocol: Protocol) -> Outcome {
    let code = match protocol {
        Protocol::Rest | Protocol::Websocket => 504,
        Protocol::Http => 503,
    };
    Outcome { class: Class::TimedOut, code }
}
