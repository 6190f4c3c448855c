//! What AWS's documentation says and simulators usually get wrong, one named test each, a file a service.
//! A scenario goes in, figures come out, and what they should be was worked out by hand from the documents.

pub mod lambda;
mod retries;
