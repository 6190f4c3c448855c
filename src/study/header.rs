//! What a study's JSON begins with, so that it can be repeated: which scenario, which version, which seeds, which command.
//!
//! Left out: the machine, the day and the number of threads, none of which changes a result.

use serde::{Deserialize, Serialize};

use super::Base;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The format's name and version, such as `coldfront.sweep/1`.
    pub format: String,
    /// Of coldfront.
    pub version: String,
    /// The file, as it was named.
    pub file: String,
    /// See [`Base::hash`].
    pub scenario_hash: String,
    /// Of all runs, in their order.
    pub seeds: Vec<u64>,
    /// The words of the command line, without the program's name.
    pub command: Vec<String>,
}

impl Header {
    pub fn new(format: &str, base: &Base, seeds: &[u64], command: &[String]) -> Self {
        Self {
            format: format.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            file: base.file.into(),
            scenario_hash: base.hash(),
            seeds: seeds.to_vec(),
            command: command.to_vec(),
        }
    }
}
