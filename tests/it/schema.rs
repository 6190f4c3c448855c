//! The schema that editors complete with is fresh, and says no where the reader says yes never: over every scenario there is, over every case of a
//! diagnostic, over scenarios with something changed, and over texts made up for each kind of value.
//!
//! YAML becomes JSON here as an editor does it: `30` is a number, `30s` is text, `<<` is merged.

use std::{fs, path::Path, sync::LazyLock};

use coldfront::{
    document::{Data, Read, Reading, Shapes, Span, Value},
    mechanism::{attribute::Attribute, distribution::Distribution},
    scenario,
    topology::Loaded,
    units::{Bytes, Money, Rate, Share, Time},
};
use jsonschema::{Validator, error::ValidationErrorKind};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::{
    diagnostic,
    support::{Folder, repository},
};

const FILE: &str = "schema/scenario.schema.json";

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| jsonschema::validator_for(&json!(scenario::schema())).expect("the schema is one"));

/// A scenario as an editor sees it; `None` where it is no YAML.
fn seen(text: &str) -> Option<Json> {
    let mut tree: serde_yaml::Value = serde_yaml::from_str(text).ok()?;
    tree.apply_merge().ok()?;
    serde_json::to_value(tree).ok()
}

/// What the schema says against it.
fn against(tree: &Json) -> Vec<String> {
    SCHEMA.iter_errors(tree).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn load(text: &str) -> Loaded {
    coldfront::topology::load("shop.yaml", text.as_bytes(), &[], &Folder(repository().join("scenarios/lessons")))
}

fn errors(text: &str) -> Vec<&'static str> {
    load(text).parsed.diagnostics.iter().filter(|d| d.is_error()).map(|d| d.code).collect()
}

/// The path and text of every YAML file under a folder; usage files are no scenarios.
fn scenarios(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.ends_with("scenarios/prices") {
            continue;
        } else if path.is_dir() {
            found.extend(scenarios(&path));
        } else if path.extension().is_some_and(|end| end == "yaml") {
            found.push((path.display().to_string(), fs::read_to_string(&path).expect("it is text")));
        }
    }
    found.sort();
    found
}

fn shipped() -> Vec<(String, String)> {
    ["scenarios", "tests"].into_iter().flat_map(|folder| scenarios(&repository().join(folder))).collect()
}

#[test]
fn the_committed_schema_is_fresh() {
    let (path, fresh) = (repository().join(FILE), scenario::schema().pretty());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        return fs::write(&path, fresh).expect("it can be written");
    }
    assert!(fs::read_to_string(&path).is_ok_and(|kept| kept == fresh), "{FILE} is stale: run `UPDATE_GOLDEN=1 cargo test --test it schema`");
}

#[test]
fn the_schema_is_a_schema() {
    let schema = json!(scenario::schema());
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert!(jsonschema::meta::is_valid(&schema));
}

#[test]
fn every_scenario_names_the_schema_in_its_first_line() {
    let shipped = shipped();
    assert!(shipped.len() > 20);
    for (path, text) in &shipped {
        let inside = Path::new(path).strip_prefix(repository()).expect("it is in the repository");
        let up = "../".repeat(inside.components().count() - 1);
        assert_eq!(text.lines().next(), Some(format!("# yaml-language-server: $schema={up}{FILE}").as_str()), "{path}");
    }
    assert!(scenario::STARTER.starts_with("# yaml-language-server: $schema=scenario.schema.json\n"));
}

#[test]
fn every_scenario_is_as_the_schema_says() {
    let starter = ("the starter".to_owned(), scenario::STARTER.to_owned());
    // Those that the language was designed with, where they are there and are understood.
    let design = scenarios(&repository().join("../shared/design/scenarios")).into_iter().filter(|(_, text)| errors(text).is_empty());
    for (path, text) in shipped().into_iter().chain([starter]).chain(design) {
        let tree = seen(&text).unwrap_or_else(|| panic!("{path} is no YAML to an editor"));
        assert_eq!(against(&tree), [""; 0], "{path}");
    }
}

#[test]
fn the_keys_of_the_top_level_are_those_that_are_read() {
    let loaded = load("qqqqqq: 1\n");
    let unknown = loaded.parsed.diagnostics.iter().find(|d| d.code == "E022").and_then(|d| d.hint.clone()).expect("an unknown key has a hint");
    let mut read: Vec<&str> = unknown.trim_start_matches("a scenario has: ").split(", ").chain(["include", "variants", "cases", "decide"]).collect();
    let keys = scenario::keys();
    let mut described: Vec<&str> = keys.iter().map(|field| field.name).collect();
    read.sort_unstable();
    described.sort_unstable();
    assert_eq!(described, read);
}

/// Codes of what an editor can see too: unknown fields, kinds and steps, what is missing, and values of a wrong kind.
const SEEN: &[&str] = &["E020", "E021", "E022", "E023", "E030", "E044", "E063", "E064"];

/// Cases of these codes that an editor cannot see, and why not.
const UNSEEN: &[(&str, &str, &str)] = &[
    ("E022", "decide", "a path is looked up in the scenario"),
    ("E023", "decide", "a value is tried in the scenario"),
    ("E021", "phase", "which fields a phase needs depends on the others"),
    ("E020", "status", "the numbers that are a status of an error are checked when all is read"),
];

#[test]
fn what_the_reader_refuses_an_editor_underlines() {
    let mut met = 0;
    for (code, about, text) in diagnostic::cases() {
        let unseen = UNSEEN.iter().any(|(of, which, _)| (*of, *which) == (code, about));
        if let (true, Some(tree)) = (SEEN.contains(&code), seen(&text)) {
            met += 1;
            assert_eq!(against(&tree).is_empty(), unseen, "{code} {about}\n{text}");
        }
    }
    assert!(met >= 12, "{met} cases");
}

#[test]
fn what_the_reader_accepts_an_editor_does_not_underline() {
    let mut met = 0;
    for (code, about, text) in diagnostic::cases() {
        if let (true, Some(tree)) = (errors(&text).is_empty(), seen(&text)) {
            met += 1;
            assert_eq!(against(&tree), [""; 0], "{code} {about}\n{text}");
        }
    }
    assert!(met >= 20, "{met} cases that are mere warnings");
}

/// Every value of a tree, in the order of the file, as the way to it.
fn ways(tree: &serde_yaml::Value) -> Vec<Vec<serde_yaml::Value>> {
    let inner: Vec<(serde_yaml::Value, &serde_yaml::Value)> = match tree {
        serde_yaml::Value::Mapping(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        serde_yaml::Value::Sequence(items) => items.iter().enumerate().map(|(at, item)| (serde_yaml::Value::from(at), item)).collect(),
        _ => Vec::new(),
    };
    let beyond = |(key, value): (serde_yaml::Value, &serde_yaml::Value)| {
        let further = ways(value).into_iter().map(|way| [vec![key.clone()], way].concat()).collect::<Vec<_>>();
        [vec![vec![key]], further].concat()
    };
    inner.into_iter().flat_map(beyond).collect()
}

/// The tree with one thing changed.
fn changed(mut tree: serde_yaml::Value, way: &[serde_yaml::Value], change: Change) -> serde_yaml::Value {
    let (last, before) = way.split_last().expect("a way has a step");
    let at = before.iter().fold(&mut tree, |value, key| match (value, key.as_u64()) {
        (serde_yaml::Value::Sequence(items), Some(at)) => &mut items[at as usize],
        (value, _) => &mut value[key],
    });
    match (at, change) {
        (serde_yaml::Value::Mapping(map), Change::Rename) => {
            let value = map.remove(last).unwrap_or_default();
            let name = last.as_str().unwrap_or("1").to_owned();
            map.insert(format!("{name}q").into(), value);
        }
        (serde_yaml::Value::Mapping(map), Change::Drop) => drop(map.remove(last)),
        (serde_yaml::Value::Mapping(map), Change::Value(new)) => drop(map.insert(last.clone(), new)),
        (serde_yaml::Value::Sequence(items), Change::Value(new)) => items[last.as_u64().expect("an index") as usize] = new,
        (serde_yaml::Value::Sequence(items), _) => drop(items.remove(last.as_u64().expect("an index") as usize)),
        _ => unreachable!("the way leads there"),
    }
    tree
}

#[derive(Clone, Debug)]
enum Change {
    Rename,
    Drop,
    Value(serde_yaml::Value),
}

/// Values that stand in scenarios, and some that do not.
const VALUES: &[&str] = &[
    "5",
    "0",
    "1.5",
    "'5'",
    "true",
    "~",
    "30s",
    "1h30m",
    "512 MB",
    "80/s",
    "5%",
    "0.05",
    "1_000",
    "all",
    "unique",
    "chance(4%)",
    "zipf(n=10 s=1)",
    "lognormal(median=12ms p99=60ms)",
    "{ lognormal: { median: 12ms, p99: 60ms } }",
    "{ multiply: 3 }",
    "[ failed ]",
    "{}",
    "[]",
    "[ 1 ]",
    "{ a: 100% }",
    "uniform",
    "poisson",
    "none",
    "2026-02-01",
    "{ rank: 1 }",
    "[ { compute: 5ms } ]",
    "{ get_item: {} }",
    "a: b < 5",
    "{ a: mean < 5s }",
];

fn change() -> impl Strategy<Value = Change> {
    let value = proptest::sample::select(VALUES).prop_map(|text| Change::Value(serde_yaml::from_str(text).unwrap_or_else(|_| text.into())));
    prop_oneof![Just(Change::Rename), Just(Change::Drop), value.clone(), value]
}

static TREES: LazyLock<Vec<serde_yaml::Value>> = LazyLock::new(|| {
    let short = shipped().into_iter().map(|(_, text)| text).chain([scenario::STARTER.to_owned()]).filter(|text| text.len() < 6_000);
    let tree = |text: String| {
        let mut tree: serde_yaml::Value = serde_yaml::from_str(&text).expect("a scenario is YAML");
        tree.apply_merge().expect("what is merged is a map");
        tree
    };
    short.map(tree).collect()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn whatever_is_changed_an_editor_refuses_no_more_than_the_reader(tree in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), change in change()) {
        let tree = tree.get(&TREES);
        let ways = ways(tree);
        let changed = changed(tree.clone(), &ways[at.index(ways.len())], change);
        let (text, seen) = (serde_yaml::to_string(&changed).expect("a tree is YAML"), serde_json::to_value(&changed).expect("and JSON"));
        let against = against(&seen);
        if !against.is_empty() {
            prop_assert!(!errors(&text).is_empty(), "{against:?}\n{text}");
        }
    }
}

#[test]
fn an_unknown_field_is_refused_by_both_wherever_it_stands() {
    let mut met = 0;
    for tree in TREES.iter() {
        for way in ways(tree).iter().filter(|way| way.last().is_some_and(serde_yaml::Value::is_string)) {
            let changed = changed(tree.clone(), way, Change::Rename);
            let unknown = |error: &jsonschema::ValidationError| matches!(error.kind(), ValidationErrorKind::AdditionalProperties { .. });
            if SCHEMA.iter_errors(&serde_json::to_value(&changed).expect("a tree is JSON")).any(|error| unknown(&error)) {
                met += 1;
                let text = serde_yaml::to_string(&changed).expect("a tree is YAML");
                assert!(!errors(&text).is_empty(), "{way:?}\n{text}");
            }
        }
    }
    assert!(met > 300, "{met} fields");
}

/// A type with its schema.
struct Kind {
    schema: Validator,
    reads: fn(&str) -> bool,
}

fn kind<T: Read>() -> Kind {
    let mut shapes = Shapes::default();
    let shape = T::shape(&mut shapes);
    let whole = coldfront::document::Shape { all_of: vec![shape], definitions: shapes.into_definitions(), ..Default::default() };
    let reads = |text: &str| {
        let value = Value { span: Span::default(), data: Data::Scalar { text: text.to_owned(), quoted: true } };
        T::read(&value, &mut Reading::default()).is_some()
    };
    Kind { schema: jsonschema::validator_for(&json!(whole)).expect("a schema"), reads }
}

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    vec![
        kind::<Time>(),
        kind::<Bytes>(),
        kind::<Rate>(),
        kind::<Share>(),
        kind::<Money>(),
        kind::<u32>(),
        kind::<u64>(),
        kind::<f64>(),
        kind::<bool>(),
        kind::<String>(),
        kind::<Distribution>(),
        kind::<Attribute>(),
    ]
});

/// What is refused as text, and what is refused as the plain scalar that it would be.
fn underlined(kind: &Kind, text: &str) -> bool {
    let plain: Json = serde_yaml::from_str(text).unwrap_or(Json::Null);
    let plain = if matches!(plain, Json::Number(_) | Json::Bool(_)) { plain } else { text.into() };
    !kind.schema.is_valid(&text.into()) || !kind.schema.is_valid(&plain)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn every_text_that_can_be_read_is_as_its_pattern_says(text in r"[ +$]?([0-9][0-9_]{0,2}([.][0-9]{0,2})?|[_.]) ?(|d|h|m|min|s|ms|us|µs|ns|day|hours|B|b|kb|KiB|Mb|GB|ib|tb|%|/s|/ min|/d|USD|e3|(m|h|s) ?[0-9]{1,2} ?(s|ms)) ?") {
        for kind in KINDS.iter().filter(|kind| (kind.reads)(&text)) {
            prop_assert!(!underlined(kind, &text), "{text:?}");
        }
    }
}

#[test]
fn a_value_of_each_kind_is_accepted_and_nonsense_is_not() {
    let good = ["1h 30m", "1.5 kib", "10 / min", "0.2 %", "$ 12.50", "1_000", "+7", "1e-3", "true", "what?", "gamma(mean=1s cv=2)", "unique"];
    for ((kind, good), at) in KINDS.iter().zip(good).zip(0..) {
        assert!((kind.reads)(good) && !underlined(kind, good), "{good}");
        let nonsense = "no: such thing";
        assert_eq!((kind.reads)(nonsense), at == 9, "only a text may be anything");
        assert_eq!(underlined(kind, nonsense), at != 9, "{good}");
    }
}
