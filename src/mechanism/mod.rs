//! What services are built of: luck, distributions, arrivals, token buckets. Knows no AWS.

pub mod luck;
pub mod token_bucket;
