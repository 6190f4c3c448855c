//! One tree laid over another: what `include` and `variants` do with maps.
//!
//! ```text
//! nodes: { orders: { write_capacity_units: 20, table_class: … } }      below
//! nodes: { orders: { write_capacity_units: 200 } }                     laid over it
//! └─ 1 ─┘ └── 2 ──┘ └──────── 3 ───────────────┘                       maps are merged down to the fields of a node
//! ```
//!
//! A field is replaced whole, so that a distribution in its long form never becomes two in one. Places are kept: each value stays where it was
//! written. Lists of the top level (`faults`, `thresholds`) are joined when files are included, and replaced by a variant.

use crate::document::{Data, Value};

/// How deep maps are merged: the top level, its names, their fields.
pub const LEVELS: usize = 3;

/// What becomes of two lists of the top level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// The one below first.
    Joined,
    Replaced,
}

/// Lays `over` onto `below`, maps being merged for `levels` more levels.
pub fn lay(below: &mut Value, over: Value, levels: usize, lists: Lists) {
    match (&mut below.data, over.data) {
        (Data::Map(entries), Data::Map(new)) if levels > 0 => {
            for entry in new {
                match entries.iter_mut().find(|known| known.key == entry.key) {
                    // The name's place becomes that of what was laid over last.
                    Some(known) => {
                        known.key_span = entry.key_span;
                        lay(&mut known.value, entry.value, levels - 1, lists);
                    }
                    None => entries.push(entry),
                }
            }
            below.span = over.span;
        }
        (Data::List(items), Data::List(new)) if levels + 1 == LEVELS && lists == Lists::Joined => {
            items.extend(new);
            below.span = over.span;
        }
        (_, data) => *below = Value { span: over.span, data },
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::document::Reading;

    fn tree(text: &str) -> Value {
        read::tree(0, text.as_bytes(), &mut Reading::default()).expect("it is YAML")
    }

    fn text(value: &Value) -> String {
        match &value.data {
            Data::Null => "~".into(),
            Data::Scalar { text, .. } => text.clone(),
            Data::List(items) => format!("[{}]", items.iter().map(text_of).collect::<Vec<_>>().join(" ")),
            Data::Map(entries) => format!("{{{}}}", entries.iter().map(|e| format!("{}:{}", e.key, text(&e.value))).collect::<Vec<_>>().join(" ")),
        }
    }

    fn text_of(value: &Value) -> String {
        text(value)
    }

    fn laid(below: &str, over: &str, lists: Lists) -> String {
        let mut below = tree(below);
        lay(&mut below, tree(over), LEVELS, lists);
        text(&below)
    }

    #[test]
    fn maps_are_merged_down_to_the_fields_of_a_node_and_no_further() {
        let below = "seed: 1\nnodes: { a: { x: 1, time: { lognormal: { median: 1s } } }, b: { x: 2 } }";
        let over = "nodes: { a: { time: { gamma: { mean: 1s } } }, c: { x: 3 } }";
        assert_eq!(laid(below, over, Lists::Joined), "{seed:1 nodes:{a:{x:1 time:{gamma:{mean:1s}}} b:{x:2} c:{x:3}}}");
    }

    #[test]
    fn lists_of_the_top_level_are_joined_or_replaced_and_those_of_nodes_replaced() {
        let (below, over) = ("faults: [ a ]\nnodes: { f: { handler: [ x ] } }", "faults: [ b ]\nnodes: { f: { handler: [ y ] } }");
        assert_eq!(laid(below, over, Lists::Joined), "{faults:[a b] nodes:{f:{handler:[y]}}}");
        assert_eq!(laid(below, over, Lists::Replaced), "{faults:[b] nodes:{f:{handler:[y]}}}");
    }
}
