//! `decide`: what may be turned in a scenario, for `coldfront solve` to find the cheapest setting.
//!
//! ```yaml
//! decide:
//!   nodes.orders.write_capacity_units: 1..240             # whole numbers
//!   nodes.list.memory: [ 512 MB, 1024 MB, 1769 MB ]       # a list
//! ```
//!
//! Taken out of the tree before it is interpreted: a run does not know of it. Each knob is set to its first and its last value (all of a list) once, so that a
//! path that leads nowhere and a value that cannot be read are complained of where they stand. Left out: what only some settings together do wrong.

use super::include::taken;
use super::knob::{Knob, Values};
use super::{Sources, interpret, set};
use crate::document::{Data, Diagnostic, Entry, Reading, Shape, Shapes, Span, Spanned, Value};

/// The key.
pub const KEY: &str = "decide";

/// What says that a path or a value cannot be read, as against what does not go together with the rest.
const UNREADABLE: [&str; 6] = ["E020", "E022", "E023", "E024", "E025", "E039"];

/// A knob and where it stands.
#[derive(Clone, Debug)]
pub struct Decision {
    pub knob: Knob,
    path: Spanned<String>,
    values: Span,
}

/// Paths, each with a text or a list of plain values.
pub fn shape(shapes: &mut Shapes) -> Shape {
    let plain = Shape::scalar().or_nothing(shapes);
    Shape::map(Shape::any(vec![Shape::scalar(), Shape::list(plain)])).or_nothing(shapes)
}

/// Whether a complaint says that a path leads nowhere, or that a value cannot be read.
pub fn is_unreadable(diagnostic: &Diagnostic) -> bool {
    UNREADABLE.contains(&diagnostic.code)
}

/// Takes the knobs out of the tree; complains of those that are none.
pub fn take(root: &mut Value, reading: &mut Reading) -> Vec<Decision> {
    let Some(entry) = taken(root, KEY) else { return Vec::new() };
    let entries = match entry.value.data {
        Data::Null => return Vec::new(),
        _ => {
            reading.map(&entry.value, "a map from paths to their values, such as `{ nodes.orders.write_capacity_units: 1..240 }`").unwrap_or_default()
        }
    };
    entries.iter().filter_map(|entry| one(entry, reading)).collect()
}

fn one(entry: &Entry, reading: &mut Reading) -> Option<Decision> {
    match Values::read(&entry.value) {
        Ok(values) => Some(Decision { knob: Knob { path: entry.key.clone(), values }, path: entry.name(), values: entry.value.span }),
        Err(diagnostic) => {
            reading.push(*diagnostic);
            None
        }
    }
}

/// Sets each knob once to what it may be at either end, and complains of what cannot be read then. Knobs that are overridden are not looked at.
pub fn check(decisions: &[Decision], root: &Value, overrides: &[(String, String)], sources: &Sources, reading: &mut Reading) {
    for decision in decisions.iter().filter(|decision| overrides.iter().all(|(path, _)| *path != decision.knob.path)) {
        decision.tried(root, sources, reading);
    }
}

/// What is tried of a knob: all of a list, the bounds of a range.
fn ends(values: &Values) -> Vec<String> {
    match values {
        Values::List(values) => values.clone(),
        Values::Range(range, _) => vec![range.at(0.0), range.at(1.0)],
    }
}

impl Decision {
    fn tried(&self, root: &Value, sources: &Sources, reading: &mut Reading) {
        // A text in brackets is YAML of its own, which an override will read.
        for text in ends(&self.knob.values).iter().filter(|text| !text.starts_with(['[', '{'])) {
            let data = if text == "null" { Data::Null } else { Data::Scalar { text: text.clone(), quoted: false } };
            let mut changed = root.clone();
            if let Err(diagnostic) = set::lay(&mut changed, &self.path, Value { span: self.values, data }) {
                return reading.push(*diagnostic);
            }
            let mut own = Reading { diagnostics: Vec::new(), files: reading.files, folders: reading.folders.clone() };
            interpret::scenario(&changed, "", sources, &mut own);
            own.diagnostics.into_iter().filter(|diagnostic| is_unreadable(diagnostic) && self.has(diagnostic.at.span)).for_each(|d| reading.push(d));
        }
    }

    fn has(&self, span: Span) -> bool {
        span.file == self.values.file && span.start >= self.path.span.start && span.end <= self.values.end
    }
}
