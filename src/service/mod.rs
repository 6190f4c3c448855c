//! The services of a topology, one file or folder each.

pub mod dynamodb;
