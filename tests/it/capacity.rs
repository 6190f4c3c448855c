//! Capacity units, item sizes and bursts against collected vectors: assertions of AWS's guide, of test suites that run against the service, and
//! closed forms.
//!
//! Reads `../shared/reference/ddb-capacity-vectors.json` and `../shared/validation/analytic.json`; says so aloud and passes where they are absent.

use crate::support::shared;
use coldfront::platform::Platform;
use coldfront::service::dynamodb::capacity::{self, Change, Consistency, EntryChange, Units};
use coldfront::service::dynamodb::item_size::item_size;
use coldfront::service::dynamodb::throughput::{Provisioned, Throughput};
use coldfront::units::Time;
use serde_json::Value;
use std::collections::BTreeMap;

/// Units by whom they are charged to: `table_rcu`, `gsi_wcu`, `per_table_rcu.T1`, …
type Charges = BTreeMap<String, Units>;

fn vectors() -> Option<Value> {
    shared("reference/ddb-capacity-vectors.json")
}

/// The closed-form result of this name.
fn analytic(name: &str) -> Option<Value> {
    let all = shared("validation/analytic.json")?;
    let found = all.as_array().expect("a list of results").iter().find(|result| result["name"] == name);
    Some(found.unwrap_or_else(|| panic!("no result `{name}`")).clone())
}

#[test]
fn every_operation_costs_what_the_vectors_say() {
    let Some(vectors) = vectors() else { return };
    let cases = vectors["vectors"].as_array().expect("a list of cases");
    assert_eq!(cases.len(), 58);
    let wrong: Vec<String> = cases.iter().filter_map(difference).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_item_is_as_large_as_the_vectors_say() {
    let Some(vectors) = vectors() else { return };
    let cases = vectors["item_sizes"].as_array().expect("a list of items");
    assert_eq!(cases.len(), 18);
    for case in cases {
        assert_eq!(item_size(&case["item"]), case["bytes"].as_u64(), "{}", case["id"]);
    }
}

#[test]
fn units_by_size_are_those_of_the_closed_form() {
    let Some(result) = analytic("ddb_units") else { return };
    for (case, expected) in result["expected"].as_object().expect("a map of cases") {
        let (kind, bytes) = case.rsplit_once('_').expect("kind and bytes");
        let bytes = bytes.parse().expect("a number of bytes");
        let units = match kind {
            "wcu" => capacity::write_item(Change::put(bytes)),
            "wcu_tx" => capacity::transact_write_items([Change::put(bytes)]),
            "rcu_strong" => capacity::get_item(bytes, Consistency::Strong),
            "rcu_eventual" => capacity::get_item(bytes, Consistency::Eventual),
            "rcu_tx" => capacity::transact_get_items([bytes]),
            _ => panic!("unknown case {case}"),
        };
        assert_eq!(Some(units.as_f64()), expected.as_f64(), "{case}");
    }
}

#[test]
fn a_constant_overload_drains_the_burst_when_and_as_the_closed_form_says() {
    let Some(result) = analytic("ddb_burst_const") else { return };
    let given = |key: &str| result["params"][key].as_f64().expect("a parameter");
    let expected = |key: &str| result["expected"][key].as_f64().expect("an expectation");
    let (units, demand) = (given("provisioned_units") as u64, given("demand_units_per_s") as u64);
    let table = Provisioned { read_units: units, write_units: units, burst_initial: 1.0, partitions: None, gigabytes: 0.0 };
    let mut table = Throughput::provisioned(&table, &Platform::default());
    let (mut served, mut first, mut late) = (0u64, None, 0u64);
    for k in 0..3_600 * demand {
        let now = Time::from_nanos(k * 1_000_000_000 / demand);
        match table.admit_read(now, Units::whole(1), k.wrapping_mul(0x9E37_79B9_7F4A_7C15)) {
            Ok(()) => served += 1,
            Err(_) => {
                first = first.or(Some(now.as_secs_f64()));
                late += u64::from(now >= Time::from_secs(1_800));
            }
        }
    }
    assert!((first.expect("a throttle") - expected("first_throttle_s")).abs() < 0.1, "{first:?}");
    assert!((served as f64 - expected("units_consumed_in_1h")).abs() <= 2.0, "{served}");
    let fraction = late as f64 / (1_800 * demand) as f64;
    assert!((fraction - expected("steady_throttle_fraction")).abs() < 1e-4, "{fraction}");
}

/// What is wrong with our charges of one case, if anything.
fn difference(case: &Value) -> Option<String> {
    let charged = charges(case);
    let total: Units = charged.values().copied().sum();
    let mut wrong = Vec::new();
    for (key, expected) in case["expect"].as_object()? {
        match (key.as_str(), expected) {
            ("total", value) => wrong.extend(unequal(key, total, value)),
            (_, Value::Object(tables)) => {
                wrong.extend(tables.iter().filter_map(|(table, value)| unequal(table, charge(&charged, &format!("{key}.{table}")), value)));
            }
            (_, Value::Number(_)) => wrong.extend(unequal(key, charge(&charged, key), expected)),
            _ => {}
        }
    }
    (!wrong.is_empty()).then(|| format!("{}: {}", case["id"], wrong.join(", ")))
}

fn charge(charges: &Charges, key: &str) -> Units {
    charges.get(key).copied().unwrap_or(Units::ZERO)
}

fn unequal(key: &str, found: Units, expected: &Value) -> Option<String> {
    (Some(found.as_f64()) != expected.as_f64()).then(|| format!("{key} is {found}, not {expected}"))
}

/// The charges of one case, by our functions.
fn charges(case: &Value) -> Charges {
    let consistency = match case["consistency"].as_str() {
        Some("strong") => Consistency::Strong,
        Some("transactional") => Consistency::Transactional,
        _ => Consistency::Eventual,
    };
    match case["op"].as_str().expect("an operation") {
        "GetItem" => table("table_rcu", capacity::get_item(sizes(case, "bytes")[0], consistency)),
        "BatchGetItem" => by_table(case, "rcu", |items| capacity::batch_get_item(bytes(items), consistency)),
        "TransactGetItems" => by_table(case, "rcu", |items| capacity::transact_get_items(bytes(items))),
        "BatchWriteItem" => by_table(case, "wcu", |items| capacity::batch_write_item(items.iter().map(change))),
        "TransactWriteItems" => by_table(case, "wcu", |items| capacity::transact_write_items(items.iter().map(change))),
        "Query" | "Scan" => page(case, consistency),
        _ => write(case),
    }
}

fn table(key: &str, units: Units) -> Charges {
    Charges::from([(key.to_owned(), units)])
}

/// Applies `cost` to the items of each table; items that name none count as `table_…`.
fn by_table(case: &Value, unit: &str, cost: impl Fn(&[Value]) -> Units) -> Charges {
    let mut tables: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for item in items(case) {
        let key = item["table"].as_str().map_or(format!("table_{unit}"), |name| format!("per_table_{unit}.{name}"));
        tables.entry(key).or_default().push(item.clone());
    }
    tables.into_iter().map(|(key, items)| (key, cost(&items))).collect()
}

fn page(case: &Value, consistency: Consistency) -> Charges {
    let entries = sizes(case, "index_bytes");
    let evaluated = case["aggregate_bytes"].as_u64();
    match case["index"]["type"].as_str() {
        Some("GSI") => table("gsi_rcu", capacity::global_index_page(evaluated.unwrap_or(entries.iter().sum()))),
        Some("LSI") => {
            let (index, fetched) = capacity::local_index_page(entries.iter().sum(), sizes(case, "base_bytes"), consistency);
            Charges::from([("lsi_rcu".to_owned(), index), ("table_rcu".to_owned(), fetched)])
        }
        _ => table("table_rcu", capacity::page(evaluated.unwrap_or(sizes(case, "bytes").iter().sum()), consistency)),
    }
}

fn write(case: &Value) -> Charges {
    let item = &items(case)[0];
    let units = if case["condition"] == "fails" { capacity::failed_condition(change(item)) } else { capacity::write_item(change(item)) };
    let mut charges = table("table_wcu", units);
    if let Some(kind) = case["index"]["type"].as_str() {
        let entry = Change { before: item["index_before"].as_u64(), after: item["index_after"].as_u64() };
        let (key_changed, projected_changed) = (item["index_key_changed"] == true, item["projected_changed"] == true);
        let key = format!("{}_wcu", kind.to_lowercase());
        charges.insert(key, capacity::index_write(EntryChange { entry, key_changed, projected_changed }));
    }
    charges
}

fn items(case: &Value) -> &[Value] {
    case["items"].as_array().map_or(&[], Vec::as_slice)
}

/// The sizes under `key`, each as often as its `count`.
fn sizes(case: &Value, key: &str) -> Vec<u64> {
    items(case).iter().flat_map(|item| repeated(item, key)).collect()
}

fn bytes(items: &[Value]) -> Vec<u64> {
    items.iter().flat_map(|item| repeated(item, "bytes")).collect()
}

fn repeated(item: &Value, key: &str) -> impl Iterator<Item = u64> + use<> {
    let count = item["count"].as_u64().unwrap_or(1) as usize;
    item[key].as_u64().into_iter().flat_map(move |size| std::iter::repeat_n(size, count))
}

fn change(item: &Value) -> Change {
    Change { before: item["before"].as_u64(), after: item["after"].as_u64() }
}
