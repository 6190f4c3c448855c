//! What services are built of: luck, distributions, arrivals, token buckets. Knows no AWS.

pub mod arrivals;
pub mod attribute;
pub mod distribution;
pub mod luck;
pub mod replay;
pub mod token_bucket;
