//! The whole file as a JSON Schema: the keys of the top level, and nodes by their `type`. Everything below derives from `spec!`.
//!
//! ```text
//! node: { type: one of the kinds, if type is lambda then #/definitions/lambda, if … }        defaults: { lambda: its keys, none of which must be given }
//! ```
//!
//! What a kind requires may come from `defaults`, and anything at all from a file that is included, so it is the whole that asks for what must be given.
//! Left out: what joins two places (names, sums, routes), and what a path of a variant leads to; `coldfront check` knows.

use super::{case, decide, expect, include, represents, threshold, variant};
use crate::document::{Field, Map, OneOrMany, Others, Read, Shape, Shapes, of_fields};
use crate::platform::{Date, REGIONS, coldstart, quota, sdk};
use crate::service::{Spec, outage::Fault, workload::WorkloadSpec};
use crate::units::Time;

const WHAT: &str = "a scenario";
const DIALECT: &str = "http://json-schema.org/draft-07/schema#";
const ABOUT: &str = "A scenario of coldfront: who sends requests, what they meet, what goes wrong, and what must hold.";

/// Schema of a scenario, for editors: it accepts every scenario that runs, and refuses unknown keys and values of a wrong kind.
pub fn schema() -> Shape {
    let mut shapes = Shapes::default();
    let kinds = Spec::shapes(&mut shapes);
    let nodes = kinds.iter().map(|(kind, shape)| (*kind, node(kind, shape, &mut shapes))).collect::<Vec<_>>();
    let (keys, of_keys): (Vec<Field>, Vec<Shape>) = top(&kinds, &mut shapes).into_iter().unzip();
    suggest(&mut shapes);
    let workload = WorkloadSpec::shape(&mut shapes);
    let mut whole = of_fields(WHAT, &keys, of_keys);
    let complete = complete(std::mem::take(&mut whole.required), eased(&workload, &mut shapes), &nodes);
    Shape {
        dialect: Some(DIALECT),
        id: Some("urn:coldfront:scenario"),
        title: Some("A scenario of coldfront".into()),
        pattern_properties: vec![("^x-".into(), Shape::default().described("Means nothing here: a place for anchors, or for other tools."))],
        all_of: vec![Shape::unless(Shape::default().needing(include::KEY), complete)],
        definitions: shapes.into_definitions(),
        ..whole.described(ABOUT)
    }
}

/// What must be given in a file that includes no other, from which it might come.
fn complete(required: Vec<String>, of_workload: Vec<String>, of_nodes: &[(&str, Vec<String>)]) -> Shape {
    let each = |required| Shape { additional_properties: Some(Others::Each(Box::new(Shape { required, ..Shape::default() }))), ..Shape::default() };
    let by_kind = of_nodes.iter().flat_map(|(kind, required)| required.iter().map(|key| unless_by_default(kind, key)));
    let parts = Shape::default().with("workloads", each(of_workload)).with("nodes", each(vec!["type".into()]));
    Shape { required, all_of: by_kind.collect(), ..parts }
}

/// The keys of the top level, for tables and tests.
pub fn keys() -> Vec<Field> {
    let mut shapes = Shapes::default();
    let kinds = Spec::shapes(&mut shapes);
    top(&kinds, &mut shapes).into_iter().map(|(field, _)| field).collect()
}

/// The keys of the top level in the order in which a file is best read: name, meaning, and what holds without it; [`MUST`] where it has to be given.
const KEYS: &[(&str, &str, &str)] = &[
    (include::KEY, "Files of which this one is made, found from where it lies: each is laid over those before it, and this one over all.", ""),
    ("name", "What reports call it; default: the file's name.", ""),
    ("duration", "Length of the run, at most 800 days.", MUST),
    ("warm_up", "What is cut from the statistics at the beginning; shorter than the run.", "0s"),
    (
        "represents",
        "What time the measured part stands for, no shorter than itself; or how long each phase or other stretch of it is in a week or a month, with `idle` for time without requests: so a month's costs are made. The figures of the report stay those of the run.",
        "",
    ),
    ("resolution", "The width of the windows of its series; default: what makes at most 600 windows. At most 10,000.", ""),
    ("seed", "Of all luck in the run: the same seed gives the same result, to the last digit.", "1"),
    (
        "region",
        "Decides on the quotas that differ by Region (SNS publishes, FIFO queues of high throughput); all else is as in us-east-1.",
        "us-east-1",
    ),
    ("as_of", "The day whose quotas, defaults and behaviours hold; default: the newest that is known.", ""),
    ("quotas", "Rows of the platform that are different in this account, by name, in the unit of the row (`src/platform/quota/`).", ""),
    ("defaults", "Fields by kind of node, for every node of that kind that does not give them itself.", ""),
    ("workloads", "Who sends requests, by name; may be left out where a queue has a `backlog`.", ""),
    ("nodes", "What requests meet, by name; each has a `type`.", MUST),
    ("faults", "What goes wrong for a while.", ""),
    ("thresholds", "What must hold, or the exit code is 99.", ""),
    (expect::KEY, "What was measured in reality, which `coldfront validate` holds the simulation against; `run` passes it over.", ""),
    (case::KEY, "Named changes with expectations of their own, each run by `coldfront validate`: a published table in one file.", ""),
    (
        decide::KEY,
        "What `coldfront solve` may turn, by path, each with its values: a list, or a range such as `10..100`; see [solve](studies.md#solve). All else passes it over.",
        "",
    ),
    (variant::KEY, "Named changes, of which one at a time is laid over: by path (`nodes.orders.slots: 2`), or in the shape of the file.", ""),
];

const MUST: &str = "must be given";

/// The keys of the top level with their shapes.
fn top(kinds: &[(&'static str, Shape)], shapes: &mut Shapes) -> Vec<(Field, Shape)> {
    let mut key = |&(name, doc, default): &(&'static str, &'static str, &str)| {
        let (expected, shape) = value(name, kinds, shapes);
        let required = default == MUST;
        let default = Some(default.to_owned()).filter(|default| !required && !default.is_empty());
        (Field { name, doc, expected, required, default }, shape)
    };
    KEYS.iter().map(&mut key).collect()
}

/// What the value of a key of the top level must be.
fn value(key: &str, kinds: &[(&'static str, Shape)], shapes: &mut Shapes) -> (String, Shape) {
    let with = |expected: &str, shape: Shape| (expected.to_owned(), shape);
    match key {
        include::KEY => with("a path, or a list of them", OneOrMany::<String>::shape(shapes)),
        "duration" | "warm_up" => of::<Time>(shapes),
        "represents" => of::<Option<represents::Written>>(shapes),
        "resolution" => of::<Option<Time>>(shapes),
        "seed" => of::<u64>(shapes),
        "region" => with("the code of a Region", Option::<String>::shape(shapes).offering(REGIONS.iter().copied())),
        "as_of" => with("a date such as `2026-11-01`", day(shapes)),
        "quotas" => with("a map from names of quotas to numbers", quotas(shapes)),
        "defaults" => with("a map from kinds to fields", defaults(kinds, shapes)),
        "workloads" => with("a map from names to workloads", Option::<Map<WorkloadSpec>>::shape(shapes)),
        "nodes" => with("a map from names to nodes", Shape::map(nodes(kinds, shapes))),
        "faults" => of::<Vec<Fault>>(shapes),
        "thresholds" => with("a list, each such as `shoppers: p(99) < 300ms`", threshold::shape(shapes)),
        expect::KEY => of::<Option<expect::Spec>>(shapes),
        case::KEY => with("a list, each with a `name`, what it `set`s, and what to `expect`", case::shape(shapes)),
        decide::KEY => with("a map from paths to values", decide::shape(shapes)),
        variant::KEY => with("a map from names to changes", changes(shapes)),
        _ => of::<String>(shapes),
    }
}

fn of<T: Read>(shapes: &mut Shapes) -> (String, Shape) {
    (T::expected(), T::shape(shapes))
}

fn day(shapes: &mut Shapes) -> Shape {
    Shape::text("^\\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\\s*$").or_nothing(shapes).like("2026-11-01")
}

/// Each row of the platform by its name: what it governs, its unit and its usual value.
fn quotas(shapes: &mut Shapes) -> Shape {
    let number = Shape { minimum: Some(0.into()), ..f64::shape(shapes) };
    let row = |map: Shape, name: &str| {
        let Some(row) = quota::row(name, Date::NEWEST) else { return map };
        let about = format!("{}, in {}; usually {}. Source: {}", row.about, row.unit, row.value, row.source);
        map.with(name, number.clone().described(&about))
    };
    quota::names().fold(Shape::object("quotas of the account"), row)
}

/// The changes of each variant, which may have any path for a key.
fn changes(shapes: &mut Shapes) -> Shape {
    let any = Shape { title: Some("a variant".into()), ..Shape::map(Shape::default()) };
    Shape::map(any).or_nothing(shapes)
}

/// Adds `type` to a kind's own definition, and takes from it what must be given, which is handed back.
fn node(kind: &str, shape: &Shape, shapes: &mut Shapes) -> Vec<String> {
    let own = shape.referred().and_then(|name| shapes.get(name));
    own.into_iter().for_each(|own| own.properties.insert(0, ("type".to_owned(), Shape::word(kind))));
    eased(shape, shapes)
}

/// Takes from a definition what must be given, and hands it back.
fn eased(shape: &Shape, shapes: &mut Shapes) -> Vec<String> {
    shape.referred().and_then(|name| shapes.get(name)).map_or_else(Vec::new, |own| std::mem::take(&mut own.required))
}

/// A node: what its `type` says.
fn nodes(kinds: &[(&'static str, Shape)], shapes: &mut Shapes) -> Shape {
    shapes.define("node", |shapes| {
        let meanings: Vec<String> = kinds.iter().map(|(_, shape)| shapes.resolved(shape).title.unwrap_or_default()).collect();
        let (words, meanings): (Vec<&str>, Vec<&str>) = kinds.iter().map(|(kind, _)| *kind).zip(meanings.iter().map(String::as_str)).unzip();
        let of_kind = kinds.iter().map(|(kind, shape)| Shape::when(Shape::having("type", Shape::word(kind)), shape.clone()));
        let known = Shape::words(&words, &meanings).described("What kind of node it is, which decides on its other fields.");
        Shape { title: Some("a node".into()), additional_properties: None, all_of: of_kind.collect(), ..Shape::object("a node").with("type", known) }
    })
}

/// The keys of each kind but `type`, none of which must be given.
fn defaults(kinds: &[(&'static str, Shape)], shapes: &mut Shapes) -> Shape {
    kinds.iter().fold(Shape::object("defaults by kind"), |map, (kind, shape)| {
        let what = format!("defaults of every node of the type {kind}");
        let keys = shapes.keys(shape).into_iter().filter(|(key, _)| key != "type");
        map.with(kind, keys.fold(Shape::object(&what), |map, (key, shape)| map.with(&key, shape)))
    })
}

/// That nodes of a kind have a key, where `defaults` does not give it.
fn unless_by_default(kind: &str, key: &str) -> Shape {
    let by_default = Shape::having("defaults", Shape::having(kind, Shape::default().needing(key)));
    let node = Shape::when(Shape::having("type", Shape::word(kind)), Shape::default().needing(key));
    let nodes = Shape { additional_properties: Some(Others::Each(Box::new(node))), ..Shape::default() };
    Shape::unless(by_default, Shape::default().with("nodes", nodes))
}

/// Names that the platform knows, for editors to offer.
fn suggest(shapes: &mut Shapes) {
    let mut offer = |of: &str, key: &str, names: Vec<&'static str>| {
        if let Some(property) = shapes.get(of).and_then(|shape| shape.property(key)) {
            *property = property.clone().offering(names);
        }
    };
    offer("lambda", "runtime", coldstart::runtimes().collect());
    offer("lambda.Sdk", "profile", sdk::names().collect());
}
