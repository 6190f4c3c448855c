//! coldfront: a discrete-event simulator of serverless architectures.

pub mod document;
pub mod scenario;
pub mod service;
pub mod topology;
