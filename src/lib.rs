//! coldfront: a discrete-event simulator of serverless architectures.

pub mod document;
