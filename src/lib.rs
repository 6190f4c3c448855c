//! coldfront: a discrete-event simulator of serverless architectures.

pub mod document;
pub mod mechanism;
pub mod scenario;
pub mod service;
pub mod topology;
pub mod units;
