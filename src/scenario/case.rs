//! `cases`: changes of a scenario with what was measured under them, so that one file holds a whole published table.
//!
//! ```yaml
//! cases:
//!   - name: 0.05/s
//!     set: { workloads.callers.phases.0.arrival_rate: 0.05/s }        # as a variant's: paths, or the shape of the file
//!     expect: { metrics: [ { metric: "f: cold_starts / invocations", measured: 34.3%, tolerance: 20% } ] }
//! ```
//!
//! Changes keep their places. What a case says under `expect` is laid over what the file says, whose own metrics it does not have.

use super::{expect, include::taken, names::listed, set};
use crate::document::{Data, Diagnostic, Entry, Read, Reading, Shape, Shapes, Span, Spanned, Value, closest};

/// The key.
pub const KEY: &str = "cases";
const WHAT: &str = "a case";

/// One of them, not yet looked into.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: Spanned<String>,
    changes: Vec<Entry>,
    expect: Option<Value>,
}

/// What a case may have; its expectations are checked where they are laid over the file's.
pub fn shape(shapes: &mut Shapes) -> Shape {
    let changes = Shape::map(Shape::default())
        .or_nothing(shapes)
        .described("What is different: by path (`nodes.orders.slots: 2`), or in the shape of the file.");
    let expect = <Option<expect::Spec> as Read>::shape(shapes).described("What was measured then, over what the file expects.");
    let name = Shape::scalar().described("What the case is called in tables.");
    let case = Shape::object(WHAT).with("name", name).with("set", changes).with("expect", expect).needing("name");
    Shape::list(case).or_nothing(shapes)
}

/// Takes the cases out of the tree; complains of those that are none, and of two of one name.
pub fn take(root: &mut Value, reading: &mut Reading) -> Vec<Case> {
    let Some(entry) = taken(root, KEY) else { return Vec::new() };
    let items = match entry.value.data {
        Data::Null => return Vec::new(),
        Data::List(items) => items,
        _ => {
            let _: Option<()> = reading.mismatch(&entry.value, "a list of cases, each `{ name: …, set: { … }, expect: { … } }`");
            return Vec::new();
        }
    };
    let mut cases: Vec<Case> = Vec::new();
    for item in &items {
        let Some(case) = one(item, reading) else { continue };
        match cases.iter().find(|known| known.name.value == case.name.value) {
            Some(known) => {
                let message = format!("there are two cases `{}`", case.name.value);
                let diagnostic = Diagnostic::error("E018", case.name.span, message).label("the second");
                reading.push(diagnostic.also(known.name.span, "the first").hint("give each a name of its own"));
            }
            None => cases.push(case),
        }
    }
    cases
}

fn one(item: &Value, reading: &mut Reading) -> Option<Case> {
    let mut fields = reading.fields(item, WHAT)?;
    let name = fields.required::<Spanned<String>>("name", WHAT, reading);
    let given = |entry: &&Entry| !matches!(entry.value.data, Data::Null);
    let (set, expect) = (fields.take("set").filter(given), fields.take(expect::KEY).filter(given));
    fields.close(WHAT, reading);
    let changes = match set {
        Some(set) => reading.map(&set.value, "a map of changes, such as `{ nodes.orders.write_capacity_units: 200 }`")?.to_vec(),
        None => Vec::new(),
    };
    // Whoever looks at another case hears of what is wrong in this one all the same.
    expect.iter().for_each(|entry| drop(<Option<expect::Spec> as Read>::read(&entry.value, reading)));
    Some(Case { name: name?, changes, expect: expect.map(|entry| entry.value.clone()) })
}

/// Makes the changes of the case `wanted`; `None` leaves the tree as it is. An unknown name is an error at the end of the file's first line (E128).
pub fn apply(root: &mut Value, cases: &[Case], wanted: Option<&str>, reading: &mut Reading) {
    let Some(wanted) = wanted else { return };
    let Some(case) = cases.iter().find(|case| case.name.value == wanted) else {
        let names = || cases.iter().map(|case| case.name.value.as_str());
        let hint = match (closest(wanted, names()), names().next()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(_)) => format!("its cases: {}", listed(names())),
            (None, None) => "it has none".into(),
        };
        let top = Span { end: root.span.start, ..root.span };
        reading.push(Diagnostic::error("E128", top, format!("there is no case `{wanted}` in this scenario")).hint(hint));
        return;
    };
    for change in &case.changes {
        if let Err(diagnostic) = set::lay(root, &change.name(), change.value.clone()) {
            reading.push(*diagnostic);
        }
    }
    expected(root, case);
}

/// The file's expectations without their metrics, under those of the case.
fn expected(root: &mut Value, case: &Case) {
    let Data::Map(entries) = &mut root.data else { return };
    let own = entries.iter().position(|entry| entry.key == expect::KEY).map(|at| entries.remove(at));
    let mut fields = match own.map(|entry| entry.value.data) {
        Some(Data::Map(fields)) => fields.into_iter().filter(|field| field.key != expect::METRICS).collect(),
        _ => Vec::new(),
    };
    let span = case.expect.as_ref().map_or(case.name.span, |expect| expect.span);
    match case.expect.as_ref().map(|expect| &expect.data) {
        Some(Data::Map(new)) => {
            fields.retain(|field: &Entry| new.iter().all(|entry| entry.key != field.key));
            fields.extend(new.iter().cloned());
        }
        // What is no map is complained of where expectations are read.
        Some(other) => return entries.push(Entry { key: expect::KEY.into(), key_span: span, value: Value { span, data: other.clone() } }),
        None => {}
    }
    entries.push(Entry { key: expect::KEY.into(), key_span: span, value: Value { span, data: Data::Map(fields) } });
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    const TABLE: &str = "nodes: { t: { x: 1 } }\nexpect: { source: a, year: 2020, metrics: [ { metric: own } ] }\ncases:\n  - { name: one, set: { nodes.t.x: 2 }, expect: { year: 2021, metrics: [ { metric: m } ] } }\n  - { name: bare }\n  - { name: wrong, set: { nodes.u.x: 2 } }\n  - { name: one }";

    fn with(wanted: &str) -> (Value, Vec<&'static str>) {
        let mut reading = Reading::default();
        let mut root = read::tree(0, TABLE.as_bytes(), &mut reading).expect("it is YAML");
        let cases = take(&mut root, &mut reading);
        apply(&mut root, &cases, Some(wanted), &mut reading);
        (root, reading.diagnostics.iter().map(|d| d.code).collect())
    }

    fn at<'v>(root: &'v Value, path: &[&str]) -> Option<&'v str> {
        path.iter().try_fold(root, |value, key| value.get(key)).and_then(Value::text)
    }

    #[test]
    fn a_case_changes_the_scenario_and_brings_its_own_metrics() {
        let (root, wrong) = with("one");
        assert_eq!(at(&root, &["nodes", "t", "x"]), Some("2"));
        assert_eq!((at(&root, &["expect", "source"]), at(&root, &["expect", "year"])), (Some("a"), Some("2021")));
        let Some(Data::List(metrics)) = root.get("expect").and_then(|e| e.get("metrics")).map(|m| &m.data) else { panic!("a list") };
        assert_eq!(metrics.iter().map(|one| at(one, &["metric"])).collect::<Vec<_>>(), [Some("m")]);
        assert_eq!(wrong, ["E018"], "the second of the name");
    }

    #[test]
    fn a_case_without_expectations_does_not_have_those_of_the_file() {
        assert!(with("bare").0.get("expect").is_some_and(|expect| expect.get("metrics").is_none()));
    }

    #[test]
    fn a_case_cannot_change_what_is_not_there() {
        assert_eq!((with("wrong").1, with("on").1), (vec!["E018", "E039"], vec!["E018", "E128"]));
    }
}
