//! One integration binary, a file a topic.

mod capacity;
mod determinism;
mod diagnostic;
mod golden;
mod platform;
mod random;
mod scenarios;
mod support;
