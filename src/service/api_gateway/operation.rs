//! What can be asked of an API: one of its routes by a client, or, of a WebSocket API by what is behind it, a push to an open connection.
//!
//! A leaf, so that workloads and topics can name a route without knowing the rest.

use crate::{
    document::{Read, Reading, Spanned, Value},
    spec,
    units::Bytes,
};

use super::sockets::Post;

spec! {
    /// A request as a workload or a handler asks it.
    pub struct Request: "a request" {
        /// Method and path, as the API has it: `GET /orders`.
        route: String,
    }
}

/// What can be asked of an API.
#[derive(Clone, Debug)]
pub enum Operation {
    /// One of its routes.
    Route(String),
    /// `@connections`: a message of this size to the connection that the work is about.
    Post(Spanned<Bytes>),
}

impl Operation {
    pub(super) fn read(verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Self> {
        match verb {
            "request" => Request::read(value, reading).map(|Request { route }| Self::Route(route)),
            _ => Post::read(value, reading).map(|Post { size }| Self::Post(Spanned { value: size, span: value.span })),
        }
    }
}
