//! Worlds: a scenario with some of its values changed, ready to be run.
//!
//! ```text
//! file + variant + overrides ──Base::world(changes)──▶ World      its scenario, or what is wrong with it
//! ```
//!
//! All worlds of a study begin with the same seed, so that a request meets the same luck in each of them.

use xxhash_rust::xxh3::xxh3_128;

use crate::document::{Data, Files, Value};
use crate::scenario::{Edits, Scenario};
use crate::topology::{self, Loaded, Topology};

/// What a study starts from.
#[derive(Clone, Copy)]
pub struct Base<'b> {
    /// As it was named.
    pub file: &'b str,
    pub bytes: &'b [u8],
    pub files: &'b (dyn Files + Sync),
    pub variant: Option<&'b str>,
    /// Made in every world, before its own changes.
    pub overrides: &'b [(String, String)],
}

/// A scenario that may be run.
#[derive(Clone, Debug)]
pub struct World {
    /// What was changed, as `path`, `value`.
    pub changes: Vec<(String, String)>,
    pub scenario: Scenario,
    pub topology: Topology,
    /// Those of its check, as sentences.
    pub warnings: Vec<String>,
}

impl Base<'_> {
    /// The scenario with these changes, whatever is wrong with it.
    pub fn load(&self, changes: &[(String, String)]) -> Loaded {
        let overrides: Vec<(String, String)> = self.overrides.iter().chain(changes).cloned().collect();
        topology::load(self.file, self.bytes, Edits { variant: self.variant, case: None, overrides: &overrides }, self.files)
    }

    /// The scenario with these changes.
    ///
    /// # Errors
    /// What was read, with everything that is wrong with it.
    pub fn world(&self, changes: &[(String, String)]) -> Result<World, Box<Loaded>> {
        let loaded = self.load(changes);
        let (warnings, ready) = (loaded.warnings(), loaded.ready().cloned());
        match ready {
            Some(scenario) => Ok(World { changes: changes.to_vec(), scenario, topology: loaded.topology, warnings }),
            None => Err(Box::new(loaded)),
        }
    }

    /// What tells one scenario from another: 128 bits over all that it says, with its files, variant and overrides, in hexadecimal. Comments and form are
    /// not in it; nor is what traces hold.
    pub fn hash(&self) -> String {
        let said = settings(&self.load(&[])).into_iter().map(|(path, value)| format!("{path}={value}\n"));
        format!("{:032x}", xxh3_128(said.collect::<String>().as_bytes()))
    }
}

/// Everything that a scenario says: path and value of each scalar, in its order.
pub fn settings(loaded: &Loaded) -> Vec<(String, String)> {
    let mut said = Vec::new();
    loaded.parsed.root.iter().for_each(|root| settle(root, "", &mut said));
    said
}

fn settle(value: &Value, path: &str, said: &mut Vec<(String, String)>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match &value.data {
        Data::Map(entries) => entries.iter().for_each(|entry| settle(&entry.value, &below(&entry.key), said)),
        Data::List(items) => items.iter().enumerate().for_each(|(number, item)| settle(item, &below(&number.to_string()), said)),
        Data::Null => said.push((path.to_owned(), "null".into())),
        Data::Scalar { .. } => said.push((path.to_owned(), value.text().unwrap_or_default().to_owned())),
    }
}
