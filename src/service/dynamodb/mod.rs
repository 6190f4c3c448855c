//! Amazon DynamoDB: what an operation costs in capacity units, and whether its table lets it pass.
//!
//! ```text
//! operation ──capacity──▶ units ──throughput──▶ admitted, or the Refusal that says which limit it was
//! ```

pub mod capacity;
pub mod item_size;
