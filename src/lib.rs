//! coldfront: a discrete-event simulator of serverless architectures.

pub mod document;
pub mod mechanism;
pub mod metrics;
pub mod units;
