//! coldfront: a discrete-event simulator of serverless architectures.

pub mod document;
pub mod engine;
pub mod mechanism;
pub mod metrics;
pub mod platform;
pub mod report;
pub mod scenario;
pub mod service;
pub mod topology;
pub mod units;
