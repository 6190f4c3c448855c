//! The whole file as a JSON Schema: the keys of the top level, and nodes by their `type`. Everything below derives from `spec!`.
//!
//! ```text
//! node: { type: one of the kinds, if type is lambda then #/definitions/lambda, if … }        defaults: { lambda: its keys, none of which must be given }
//! ```
//!
//! What a kind requires may come from `defaults`, so it is the whole that asks for it. Left out: what joins two places (names, sums), which `check` knows.

use super::threshold;
use crate::document::{Field, Map, Others, Read, Shape, Shapes, of_fields};
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
    let whole = of_fields(WHAT, &keys, of_keys);
    let asked = nodes.iter().flat_map(|(kind, required)| required.iter().map(|key| unless_by_default(kind, key)));
    Shape {
        dialect: Some(DIALECT),
        id: Some("urn:coldfront:scenario"),
        title: Some("A scenario of coldfront".into()),
        all_of: asked.collect(),
        definitions: shapes.into_definitions(),
        ..whole.described(ABOUT)
    }
}

/// The keys of the top level, for tables and tests.
pub fn keys() -> Vec<Field> {
    let mut shapes = Shapes::default();
    let kinds = Spec::shapes(&mut shapes);
    top(&kinds, &mut shapes).into_iter().map(|(field, _)| field).collect()
}

/// The keys of the top level with their shapes, in the order in which a file is best read.
fn top(kinds: &[(&'static str, Shape)], shapes: &mut Shapes) -> Vec<(Field, Shape)> {
    let text = String::expected();
    vec![
        key("name", "What reports call it; default: the file's name.", &text, None, String::shape(shapes)),
        must("duration", "Length of the run, at most 800 days.", &Time::expected(), Time::shape(shapes)),
        key("warm_up", "What is cut from the statistics at the beginning; shorter than the run.", &Time::expected(), Some("0s"), Time::shape(shapes)),
        key(
            "seed",
            "Of all luck in the run: the same seed gives the same result, to the last digit.",
            &u64::expected(),
            Some("1"),
            u64::shape(shapes),
        ),
        key(
            "region",
            "Decides on the quotas that differ by Region (SNS publishes, FIFO queues of high throughput); all else is as in us-east-1.",
            "the code of a Region",
            Some("us-east-1"),
            Option::<String>::shape(shapes).offering(REGIONS.iter().copied()),
        ),
        key(
            "as_of",
            "The day whose quotas, defaults and behaviours hold; default: the newest that is known.",
            "a date such as `2026-11-01`",
            None,
            day(shapes),
        ),
        key(
            "quotas",
            "Rows of the platform that are different in this account, by name.",
            "a map from names of quotas to numbers",
            None,
            quotas(shapes),
        ),
        key(
            "defaults",
            "Fields by kind of node, for every node of that kind that does not give them itself.",
            "a map from kinds to fields",
            None,
            defaults(kinds, shapes),
        ),
        key(
            "workloads",
            "Who sends requests, by name; may be left out where a queue has a `backlog`.",
            "a map from names to workloads",
            None,
            Option::<Map<WorkloadSpec>>::shape(shapes),
        ),
        must("nodes", "What requests meet, by name; each has a `type`.", "a map from names to nodes", Shape::map(nodes(kinds, shapes))),
        key("faults", "What goes wrong for a while.", &Vec::<Fault>::expected(), None, Vec::<Fault>::shape(shapes)),
        key(
            "thresholds",
            "What must hold, or the exit code is 99.",
            "a list, each such as `shoppers: p(99) < 300ms`",
            None,
            threshold::shape(shapes),
        ),
    ]
}

fn key(name: &'static str, doc: &'static str, expected: &str, default: Option<&str>, shape: Shape) -> (Field, Shape) {
    (Field { name, doc, expected: expected.to_owned(), required: false, default: default.map(str::to_owned) }, shape)
}

fn must(name: &'static str, doc: &'static str, expected: &str, shape: Shape) -> (Field, Shape) {
    (Field { name, doc, expected: expected.to_owned(), required: true, default: None }, shape)
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

/// Adds `type` to a kind's own definition, and takes from it what must be given, which is handed back.
fn node(kind: &str, shape: &Shape, shapes: &mut Shapes) -> Vec<String> {
    let Some(own) = shape.referred().and_then(|name| shapes.get(name)) else { return Vec::new() };
    own.properties.insert(0, ("type".to_owned(), Shape::word(kind)));
    std::mem::take(&mut own.required)
}

/// A node: what its `type` says.
fn nodes(kinds: &[(&'static str, Shape)], shapes: &mut Shapes) -> Shape {
    shapes.define("node", |shapes| {
        let meanings: Vec<String> = kinds.iter().map(|(_, shape)| shapes.resolved(shape).title.unwrap_or_default()).collect();
        let (words, meanings): (Vec<&str>, Vec<&str>) = kinds.iter().map(|(kind, _)| *kind).zip(meanings.iter().map(String::as_str)).unzip();
        let of_kind = kinds.iter().map(|(kind, shape)| Shape::when(Shape::having("type", Shape::word(kind)), shape.clone()));
        let known = Shape::words(&words, &meanings).described("What kind of node it is, which decides on its other fields.");
        Shape {
            title: Some("a node".into()),
            additional_properties: None,
            all_of: of_kind.collect(),
            ..Shape::object("a node").with("type", known).needing("type")
        }
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
    Shape { condition: Some(Box::new(by_default)), otherwise: Some(Box::new(Shape::default().with("nodes", nodes))), ..Shape::default() }
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
