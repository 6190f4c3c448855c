//! Worlds: a scenario with some of its values changed, ready to be run.
//!
//! ```text
//! file + variant + overrides ──Base::world(changes)──▶ World      its scenario, or what is wrong with it
//! ```
//!
//! All worlds of a study begin with the same seed, so that a request meets the same luck in each of them.

use std::collections::BTreeMap;
use std::sync::Mutex;

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

    /// What tells one scenario from another: 128 bits over all that it says, with its variant and overrides, and what the files hold that it names, in hexadecimal.
    /// Comments and form are not in it.
    pub fn hash(&self) -> String {
        let listening = Listening { files: self.files, heard: Mutex::default() };
        let said = settings(&Base { files: &listening, ..*self }.load(&[])).into_iter().map(|(path, value)| format!("{path}={value}\n"));
        let said: String = said.collect();
        let heard = listening.heard.into_inner().unwrap_or_default();
        let files = heard.into_iter().map(|(path, held)| format!("{path} holds {held:032x}\n"));
        format!("{:032x}", xxh3_128((said + &files.collect::<String>()).as_bytes()))
    }
}

/// Files, and what each held that was read. What other parts of the scenario say is among what it says.
struct Listening<'f> {
    files: &'f (dyn Files + Sync),
    heard: Mutex<BTreeMap<String, u128>>,
}

impl Files for Listening<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let bytes = self.files.read(path)?;
        let is_part = [".yaml", ".yml"].iter().any(|end| path.ends_with(end));
        if let Some(mut heard) = self.heard.lock().ok().filter(|_| !is_part) {
            heard.insert(path.to_owned(), xxh3_128(&bytes));
        }
        Ok(bytes)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder in which every file holds the same.
    struct Same(&'static str);

    impl Files for Same {
        fn read(&self, _: &str) -> Result<Vec<u8>, String> {
            Ok(self.0.into())
        }
    }

    #[test]
    fn a_scenario_is_another_when_its_trace_or_a_value_is_and_the_same_when_a_comment_is() {
        let replay = "duration: 1m\nworkloads: { w: { target: s, replay: { file: day.csv } } }\nnodes: { s: { type: server, service_time: 1ms } }\n";
        let hash = |text: &str, held| Base { file: "a.yaml", bytes: text.as_bytes(), files: &Same(held), variant: None, overrides: &[] }.hash();
        let usual = hash(replay, "0.5\n1.5\n");
        assert_eq!(hash(&format!("# A comment.\n{replay}"), "0.5\n1.5\n"), usual);
        assert_ne!(hash(replay, "0.5\n1.6\n"), usual);
        assert_ne!(hash(&replay.replace("1ms", "2ms"), "0.5\n1.5\n"), usual);
    }
}
