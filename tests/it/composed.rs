//! Scenarios put together: from several files, with variants laid over them, from defaults, anchors and merge keys.

use coldfront::engine::Bounds;
use coldfront::scenario::{Edits, Files};
use coldfront::simulation::Simulation;
use coldfront::topology::{self, Loaded};

struct Shelf(&'static [(&'static str, &'static str)]);

impl Files for Shelf {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let found = self.0.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| text.as_bytes().to_owned()).ok_or_else(|| "there is no such file".into())
    }
}

const WHOLE: &str = "
name: shop
duration: 2m
quotas: { lambda.concurrent_executions: 500 }
defaults: { lambda: { memory: 512 MB } }
workloads:
  shoppers: { target: order, phases: [ { duration: 2m, arrival_rate: 40/s } ] }
nodes:
  orders: { type: dynamodb, billing_mode: provisioned, read_capacity_units: 5, write_capacity_units: 30 }
  order: { type: lambda, handler: [ { compute: 6ms }, { put_item: { table: orders, size: 1 KB } } ] }
";

const PARTS: Shelf = Shelf(&[
    ("account/all.yaml", "include: [ quotas.yaml, ../tables.yaml ]\ndefaults: { lambda: { memory: 512 MB } }\n"),
    ("account/quotas.yaml", "quotas: { lambda.concurrent_executions: 500 }\n"),
    ("tables.yaml", "nodes:\n  orders: { type: dynamodb, billing_mode: provisioned, read_capacity_units: 5, write_capacity_units: 15 }\n"),
    ("day.csv", "0\n1\n"),
]);

const COMPOSED: &str = "
name: shop
include: account/all.yaml
duration: 2m
x-order: &order { compute: 6ms }
x-function: &function { type: lambda, timeout: 9s }
workloads:
  shoppers: { target: order, phases: [ { duration: 2m, arrival_rate: 40/s } ] }
nodes:
  orders: { write_capacity_units: 30 }
  order: { <<: *function, timeout: 3s, handler: [ *order, { put_item: { table: orders, size: 1 KB } } ] }
variants:
  slower: { nodes.order.handler.0.compute: 60ms }
";

fn load(text: &str, variant: Option<&str>) -> Loaded {
    topology::load("shop.yaml", text.as_bytes(), Edits { variant, case: None, overrides: &[] }, &PARTS)
}

fn fingerprint(loaded: &Loaded) -> u64 {
    let wrong: Vec<_> = loaded.parsed.diagnostics.iter().filter(|d| d.is_error()).map(|d| d.message.clone()).collect();
    Simulation::new(loaded.ready().unwrap_or_else(|| panic!("{wrong:?}")), Bounds::default()).run().fingerprint
}

#[test]
fn a_scenario_of_several_files_is_the_same_as_one_of_one_but_for_the_order_of_its_nodes() {
    assert_eq!(fingerprint(&load(WHOLE, None)), fingerprint(&load(COMPOSED, None)));
}

#[test]
fn a_variant_is_the_same_as_the_file_changed_by_hand() {
    let by_hand = WHOLE.replace("compute: 6ms", "compute: 60ms");
    assert_eq!(fingerprint(&load(COMPOSED, Some("slower"))), fingerprint(&load(&by_hand, None)));
    assert_ne!(fingerprint(&load(COMPOSED, Some("slower"))), fingerprint(&load(COMPOSED, None)));
}

#[test]
fn a_file_that_an_included_file_names_is_found_from_there() {
    let shelf =
        Shelf(&[("loads/replayed.yaml", "workloads: { shoppers: { target: desk, replay: { file: day.csv } } }\n"), ("loads/day.csv", "0\n1\n")]);
    let text = "include: loads/replayed.yaml\nduration: 1m\nnodes: { desk: { type: server, slots: 1, service_time: 5ms } }\n";
    let loaded = topology::load("shop.yaml", text.as_bytes(), &[], &shelf);
    assert_eq!(loaded.ready().map(|scenario| scenario.traces.len()), Some(1), "{:?}", loaded.parsed.diagnostics);
}
