//! One integration binary, a file a topic.

mod bad_input;
mod capacity;
mod chain;
mod determinism;
mod diagnostic;
mod golden;
mod littles_law;
mod oracle;
mod platform;
mod random;
mod reference;
mod scenarios;
mod support;
mod tidy;
