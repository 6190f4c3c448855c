//! `coldfront schema`: the JSON Schema of scenarios, for editors that complete, explain and underline.
//! It is `scenario::schema`, which the tests hold against the reader.

use crate::scenario;

use super::{Exit, Failure, print};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront schema > scenario.schema.json\n\nA scenario names the file in its first line:\n  # yaml-language-server: $schema=scenario.schema.json"
)]
pub struct Args {}

/// Prints it.
pub fn schema(_: Args) -> Result<Exit, Failure> {
    print(&scenario::schema().pretty())?;
    Ok(Exit::Ok)
}
