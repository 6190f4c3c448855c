//! Amazon DynamoDB: what an operation costs in capacity units, and whether its table lets it pass.
//!
//! ```text
//! operation ──item_size, capacity──▶ units ──throughput──▶ admitted, or the Refusal that says which limit it was
//! ```
//!
//! `docs/model/dynamodb.md` tells what is modelled and what is left out.

pub mod capacity;
pub mod item_size;
pub mod partition;
mod peak;
mod refusal;
pub mod throughput;

pub use refusal::Refusal;
