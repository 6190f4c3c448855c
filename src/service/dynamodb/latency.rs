//! How long a table's operations take, where the file says it: `latency: 3ms`, or `latency: { get_item: 3ms, put_item: lognormal(…) }`.
//!
//! A verb that is not given keeps the platform's latency by verb and size. Left out: a slope by size for a latency that the file gives.

use crate::{
    document::{Data, Diagnostic, Read, Reading, Shape, Shapes, Value, closest},
    mechanism::distribution::Distribution,
};

use super::operation::VERBS;

/// Latencies of a table's own.
#[derive(Clone, Debug)]
pub enum Latencies {
    /// Of every operation.
    All(Distribution),
    /// By verb.
    By(Vec<(&'static str, Distribution)>),
}

impl Latencies {
    /// The latency of a verb, where it is given.
    pub fn of(&self, verb: &str) -> Option<Distribution> {
        match self {
            Self::All(all) => Some(all.clone()),
            Self::By(verbs) => verbs.iter().find(|(known, _)| *known == verb).map(|(_, latency)| latency.clone()),
        }
    }
}

impl Read for Latencies {
    fn expected() -> String {
        "a duration or a distribution, or one for each verb, such as `{ get_item: 3ms }`".into()
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        let one = Distribution::shape(shapes);
        let by_verb = VERBS.iter().fold(Shape::object("latencies by verb"), |map, verb| map.with(verb, one.clone()));
        Shape::any(vec![one, by_verb])
    }

    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let verb = |key: &str| VERBS.iter().copied().find(|verb| *verb == key);
        let Data::Map(entries) = &value.data else { return Distribution::read(value, reading).map(Self::All) };
        let near = |key: &str| verb(key).or_else(|| closest(key, VERBS.iter().copied()));
        if entries.iter().all(|entry| near(&entry.key).is_none()) {
            return Distribution::read(value, reading).map(Self::All);
        }
        let mut read = Vec::new();
        for entry in entries {
            let latency = Distribution::read(&entry.value, reading);
            match verb(&entry.key) {
                Some(verb) => read.push(latency.map(|latency| (verb, latency))),
                None => {
                    let hint = near(&entry.key).map_or_else(|| format!("its verbs: {}", VERBS.join(", ")), |near| format!("did you mean `{near}`?"));
                    let message = format!("a table has no operation `{}`", entry.key);
                    reading.push(Diagnostic::error("E022", entry.key_span, message).label("not known here").hint(hint));
                    read.push(None);
                }
            }
        }
        read.into_iter().collect::<Option<_>>().map(Self::By)
    }
}
