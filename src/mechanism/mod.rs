//! What services are built of: luck, distributions, attributes, arrivals, replayed traces, token buckets. Knows no AWS.

pub mod attribute;
pub mod distribution;
mod formula;
pub mod luck;
pub mod token_bucket;
