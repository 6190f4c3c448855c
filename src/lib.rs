//! coldfront: a discrete-event simulator of serverless architectures.

#[cfg(feature = "cli")]
pub mod cli;
pub mod document;
pub mod engine;
pub mod mechanism;
pub mod metrics;
pub mod platform;
pub mod report;
pub mod scenario;
pub mod service;
pub mod simulation;
pub mod topology;
pub mod units;
