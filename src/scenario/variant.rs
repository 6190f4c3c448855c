//! `variants`: named overlays of a scenario, of which one at a time is laid over it.
//!
//! ```yaml
//! variants:
//!   bigger_table: { nodes.orders.write_capacity_units: 200 }        # a path as in an override, and its value
//!   smaller: { nodes: { orders: { write_capacity_units: 5 } } }     # or the same shape as the file has
//! ```
//!
//! Changes are made in the order in which they are written, before those of the command line, and keep their places. A map is laid over what is there, down
//! to the fields of a node; anything else takes its place, and `null` takes a field back to its default.

use super::{include::taken, set};
use crate::document::{Data, Diagnostic, Entry, Reading, Span, Spanned, Value, closest};

/// The key.
pub const KEY: &str = "variants";

/// One of them, not yet looked into.
#[derive(Clone, Debug)]
pub struct Variant {
    pub name: Spanned<String>,
    changes: Vec<Entry>,
}

/// Takes the variants out of the tree; complains of those that are none.
pub fn take(root: &mut Value, reading: &mut Reading) -> Vec<Variant> {
    let Some(entry) = taken(root, KEY) else { return Vec::new() };
    let entries = match entry.value.data {
        Data::Null => return Vec::new(),
        _ => reading.map(&entry.value, "a map from names of variants to their changes").unwrap_or_default(),
    };
    entries.iter().filter_map(|entry| one(entry, reading)).collect()
}

fn one(entry: &Entry, reading: &mut Reading) -> Option<Variant> {
    let name = entry.name();
    if name.value.trim().is_empty() || name.value == BASE {
        let message = if name.value == BASE { "`base` is the scenario as it is, and no variant's name" } else { "a variant needs a name" };
        reading.push(Diagnostic::error("E018", name.span, message).label("another name").hint("name it after what it changes: `bigger_table`"));
        return None;
    }
    let changes = reading.map(&entry.value, "a map of changes, such as `{ nodes.orders.write_capacity_units: 200 }`")?;
    Some(Variant { name, changes: changes.to_vec() })
}

/// What the scenario without any variant is called.
pub const BASE: &str = "base";

/// Lays the variant `wanted` over the tree; `None` leaves it as it is. An unknown name is an error at the end of the file's first line (E122).
pub fn apply(root: &mut Value, variants: &[Variant], wanted: Option<&str>, reading: &mut Reading) {
    let Some(wanted) = wanted.filter(|wanted| *wanted != BASE) else { return };
    let Some(variant) = variants.iter().find(|variant| variant.name.value == wanted) else {
        let names = || variants.iter().map(|variant| variant.name.value.as_str());
        let hint = match (closest(wanted, names()), names().next()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(_)) => format!("its variants: {}", super::names::listed(names())),
            (None, None) => "it has none; write `variants: { bigger_table: { nodes.orders.write_capacity_units: 200 } }`".into(),
        };
        let top = Span { end: root.span.start, ..root.span };
        reading.push(Diagnostic::error("E122", top, format!("there is no variant `{wanted}` in this scenario")).hint(hint));
        return;
    };
    for change in &variant.changes {
        if let Err(diagnostic) = set::lay(root, &change.name(), change.value.clone()) {
            reading.push(*diagnostic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn with(text: &str, wanted: &str) -> (Value, Vec<&'static str>) {
        let mut reading = Reading::default();
        let mut root = read::tree(0, text.as_bytes(), &mut reading).expect("it is YAML");
        let variants = take(&mut root, &mut reading);
        apply(&mut root, &variants, Some(wanted), &mut reading);
        (root, reading.diagnostics.iter().map(|d| d.code).collect())
    }

    fn at<'v>(root: &'v Value, path: &[&str]) -> Option<&'v str> {
        path.iter().try_fold(root, |value, key| value.get(key)).and_then(Value::text)
    }

    const SHOP: &str = "seed: 1\nnodes: { t: { x: 1, y: 1 } }\nvariants: { a: { nodes.t.x: 2, seed: 5 }, b: { nodes: { t: { y: 3 } } }, c: { nodes.u.x: 1 }, d: 5, base: {} }";

    #[test]
    fn paths_and_the_shape_of_the_file_say_the_same() {
        let (root, wrong) = with(SHOP, "a");
        assert_eq!((at(&root, &["nodes", "t", "x"]), at(&root, &["nodes", "t", "y"]), at(&root, &["seed"])), (Some("2"), Some("1"), Some("5")));
        assert_eq!(wrong, ["E020", "E018"]);
        let (root, _) = with(SHOP, "b");
        assert_eq!((at(&root, &["nodes", "t", "x"]), at(&root, &["nodes", "t", "y"])), (Some("1"), Some("3")));
        assert!(root.get("variants").is_none());
    }

    #[test]
    fn the_base_is_the_file_as_it_is() {
        let (root, _) = with(SHOP, "base");
        assert_eq!((at(&root, &["nodes", "t", "x"]), at(&root, &["seed"])), (Some("1"), Some("1")));
    }

    #[test]
    fn a_variant_cannot_change_what_is_not_there() {
        assert_eq!(with(SHOP, "c").1, ["E020", "E018", "E039"]);
        assert_eq!(with(SHOP, "bb").1, ["E020", "E018", "E122"]);
    }
}
