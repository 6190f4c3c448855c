//! What the other scenario says differently, before anything is run: nodes and workloads that came or went, and values that changed.
//!
//! ```text
//! + `cache` (dynamodb)        − `old` (lambda)        nodes.orders.write_capacity_units: 15 → 30
//! ```
//!
//! Left out: what comes of defaults, such as those of another day.

use serde::{Deserialize, Serialize};

/// Maps whose items are told by their names.
const NAMED: [&str; 2] = ["nodes.", "workloads."];

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The node or workload that came or went, or the path of a value.
    pub path: String,
    /// Null where it was not there.
    pub base: Option<String>,
    /// Null where it is not there any more.
    pub other: Option<String>,
}

/// Everything that differs between what two scenarios say, in the order of the first; what is new comes last.
pub fn changes(base: &[(String, String)], other: &[(String, String)]) -> Vec<Change> {
    let whole = |from: &[(String, String)], to: &[(String, String)]| -> Vec<String> {
        let mut names: Vec<String> = from.iter().filter_map(|(path, _)| owner(path)).filter(|name| !has(to, name)).map(str::to_owned).collect();
        names.dedup();
        names
    };
    let (gone, new) = (whole(base, other), whole(other, base));
    let is_part = |path: &str, of: &[String]| of.iter().any(|name| path.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.')));
    let value = |of: &[(String, String)], path: &str| of.iter().find(|(own, _)| own == path).map(|(_, value)| value.clone());
    let mut found: Vec<Change> = gone.iter().map(|path| Change { path: path.clone(), base: Some(kind(base, path)), other: None }).collect();
    for (path, before) in base.iter().filter(|(path, _)| !is_part(path, &gone)) {
        let after = value(other, path);
        if after.as_ref() != Some(before) {
            found.push(Change { path: path.clone(), base: Some(before.clone()), other: after });
        }
    }
    found.extend(new.iter().map(|path| Change { path: path.clone(), base: None, other: Some(kind(other, path)) }));
    let fresh = other.iter().filter(|(path, _)| !is_part(path, &new) && value(base, path).is_none());
    found.extend(fresh.map(|(path, after)| Change { path: path.clone(), base: None, other: Some(after.clone()) }));
    // What a scenario is called is no difference.
    found.retain(|change| change.path != "name");
    found
}

/// `nodes.orders` of `nodes.orders.type`.
fn owner(path: &str) -> Option<&str> {
    let prefix = NAMED.iter().find(|prefix| path.starts_with(**prefix))?;
    let end = path[prefix.len()..].find('.')?;
    Some(&path[..prefix.len() + end])
}

fn has(settings: &[(String, String)], name: &str) -> bool {
    settings.iter().any(|(path, _)| owner(path) == Some(name))
}

fn kind(settings: &[(String, String)], name: &str) -> String {
    let path = format!("{name}.type");
    settings.iter().find(|(own, _)| *own == path).map_or_else(|| "a workload".to_owned(), |(_, kind)| kind.clone())
}

impl Change {
    /// In words, with names in backticks.
    pub fn words(&self) -> String {
        match (&self.base, &self.other) {
            (Some(before), Some(after)) => format!("`{}`: {before} → {after}", self.path),
            (None, Some(after)) => format!("`{}` is new: {after}", self.path),
            (Some(before), None) => format!("`{}` is gone: {before}", self.path),
            (None, None) => format!("`{}`", self.path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(said: &[(&str, &str)]) -> Vec<(String, String)> {
        said.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn nodes_that_come_and_go_are_one_change_each_and_values_another() {
        let base = settings(&[
            ("name", "A"),
            ("nodes.t.type", "dynamodb"),
            ("nodes.t.write_capacity_units", "5"),
            ("nodes.f.type", "lambda"),
            ("nodes.f.memory", "128 MB"),
        ]);
        let other = settings(&[
            ("name", "B"),
            ("nodes.t.type", "dynamodb"),
            ("nodes.t.write_capacity_units", "9"),
            ("nodes.g.type", "sqs"),
            ("nodes.g.fifo", "true"),
            ("seed", "3"),
        ]);
        let words: Vec<String> = changes(&base, &other).iter().map(Change::words).collect();
        let expected = ["`nodes.f` is gone: lambda", "`nodes.t.write_capacity_units`: 5 → 9", "`nodes.g` is new: sqs", "`seed` is new: 3"];
        assert_eq!(words, expected);
    }
}
