//! Worlds: a scenario with some of its values changed, ready to be run.
//!
//! ```text
//! file + variant + overrides ──Base::world(changes)──▶ World      its scenario, or what is wrong with it
//! ```
//!
//! All worlds of a study begin with the same seed, so that a request meets the same luck in each of them.

use xxhash_rust::xxh3::xxh3_128;

use crate::document::Files;
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

    /// What tells one scenario from another: 128 bits over its text, variant and overrides, in hexadecimal. Files that it includes are in it only where
    /// they were read into its text.
    pub fn hash(&self) -> String {
        let mut all = self.bytes.to_vec();
        let said = self.variant.map(|variant| ("variant", variant)).into_iter();
        let said = said.chain(self.overrides.iter().map(|(path, value)| (path.as_str(), value.as_str())));
        for (path, value) in said {
            all.extend([0]);
            all.extend(path.bytes().chain([b'=']).chain(value.bytes()));
        }
        format!("{:032x}", xxh3_128(&all))
    }
}
