//! One integration binary, a file a topic.

mod bad_input;
mod capacity;
mod diagnostic;
mod platform;
mod reference;
mod tidy;
