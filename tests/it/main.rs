//! One integration binary, a file a topic.

mod capacity;
mod chain;
mod diagnostic;
mod platform;
