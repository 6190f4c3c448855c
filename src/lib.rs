//! coldfront: a discrete-event simulator of serverless architectures.

pub mod document;
pub mod mechanism;
pub mod platform;
pub mod service;
pub mod units;
