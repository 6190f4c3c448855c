//! One integration binary, a file a topic.

mod capacity;
mod diagnostic;
mod littles_law;
mod oracle;
mod platform;
