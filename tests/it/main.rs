//! One integration binary, a file a topic.

mod capacity;
mod diagnostic;
mod platform;
