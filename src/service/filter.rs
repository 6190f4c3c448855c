//! Filters: which messages a subscription or an event source mapping lets through.
//!
//! ```text
//! passes(message) = its share is below `filter_passes`   and   for each attribute of `filter`, its value is one of those listed
//! ```
//!
//! A share is drawn by the message's lineage, so a redelivery meets the same fate. Patterns of AWS beyond exact values (prefix, numeric ranges,
//! anything-but, nested keys) are said as a share.

use crate::{
    document::{Map, OneOrMany, Spanned},
    engine::About,
    engine::World,
    mechanism::{
        attribute::Attribute,
        luck::{Keyed, keyed},
    },
    units::Share,
};

use super::Build;

/// What the file says: by share, by attribute, or both.
pub type Values = Map<OneOrMany<Spanned<String>>>;

/// A filter that runs.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    share: Option<f64>,
    salt: u64,
    /// By attribute, the keys that pass, for each workload that draws it.
    keys: Vec<(u32, Vec<Vec<u64>>)>,
}

impl Filter {
    /// `salt` tells the filters of one message apart.
    pub fn new(share: Option<Share>, values: &Values, salt: u64, build: &mut Build) -> Self {
        let keys = values.0.iter().map(|(attribute, wanted)| {
            let id = build.attribute(&attribute.value);
            let by_workload = build.world.traits.iter().map(|t| {
                let drawn = t.attributes.get(id as usize).and_then(Option::as_ref);
                wanted.0.iter().filter_map(|value| key_of(drawn, &value.value)).collect()
            });
            (id, by_workload.collect())
        });
        let keys = keys.collect();
        Self { share: share.map(Share::as_fraction), salt, keys }
    }

    /// Whether everything passes.
    pub fn is_open(&self) -> bool {
        self.share.is_none() && self.keys.is_empty()
    }

    /// Whether this message passes.
    pub fn passes(&self, world: &World, about: &About, lineage: u64) -> bool {
        if self.share.is_some_and(|share| !Keyed::new(keyed(lineage, self.salt)).chance(share)) {
            return false;
        }
        self.keys.iter().all(|(attribute, keys)| {
            let key = world.attribute_of(about, *attribute);
            keys.get(about.workload as usize).is_some_and(|keys| keys.contains(&key))
        })
    }
}

/// The key that a value in the file stands for: a name where the attribute has names, else a number; `true` and `false` are 1 and 0.
fn key_of(attribute: Option<&Attribute>, value: &str) -> Option<u64> {
    attribute.and_then(|a| a.key_named(value)).or_else(|| match value {
        "true" => Some(1),
        "false" => Some(0),
        number => number.parse().ok(),
    })
}
