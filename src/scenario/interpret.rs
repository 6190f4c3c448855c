//! From the tree to a scenario: the top level of the file, and each node by its `type`.
//!
//! Defaults by kind are merged into the nodes as values, before a node is read, so that a wrong default is reported where it stands. A part that cannot
//! be read is left out and its name kept, so that others may still be checked against it.

use super::{Scenario, Sources, expect, represents, rules, threshold};
use crate::document::{Data, Diagnostic, Entry, Map, Read, Reading, Span, Spanned, Value, closest};
use crate::service::{Spec, workload::WorkloadSpec};
use crate::units::Time;

/// What keys of the top level begin with that mean nothing here: a place for anchors, or for other tools.
const OWN: &str = "x-";

/// Kinds of nodes that are refused by name rather than as unknown.
const LATER_KINDS: &[&str] = &["eventbridge", "kinesis", "step_functions", "external", "s3", "cloudfront", "elasticache"];

/// Interprets the whole tree. `None` where it is not even a map.
pub fn scenario(root: &Value, stem: &str, sources: &Sources, reading: &mut Reading) -> Option<Scenario> {
    const WHAT: &str = "a scenario";
    let root = without_own(root);
    let mut fields = reading.fields(&root, WHAT)?;
    let name = fields.optional("name", reading, || stem.to_owned());
    let duration = fields.required::<Spanned<Time>>("duration", WHAT, reading);
    let warm_up = fields.optional::<Spanned<Time>>("warm_up", reading, Spanned::default);
    let represents = fields.optional::<Option<represents::Written>>("represents", reading, || None).flatten();
    let resolution = fields.optional::<Option<Spanned<Time>>>("resolution", reading, || None).flatten();
    let seed = fields.optional("seed", reading, || 1);
    let region = fields.optional::<Option<Spanned<String>>>("region", reading, || None).flatten();
    region.iter().for_each(|region| rules::region(region, reading));
    let as_of = fields.optional::<Option<Spanned<String>>>("as_of", reading, || None);
    let quotas = fields.optional("quotas", reading, Map::<f64>::default);
    let defaults = fields.take("defaults");
    let given = |entry: &&Entry| !matches!(entry.value.data, Data::Null);
    let (mut unread, workloads, nodes) = (Vec::new(), fields.take("workloads").filter(given), fields.take("nodes").filter(given));
    rules::parts(workloads, nodes, root.span, reading);
    let workloads = workloads.map_or_else(Vec::new, |entry| read_workloads(entry, &mut unread, reading));
    let nodes = read_nodes(nodes, defaults, &mut unread, reading);
    let faults = fields.optional("faults", reading, Vec::new);
    let thresholds = fields.take("thresholds");
    let expect = fields.take(expect::KEY);
    fields.close(WHAT, reading);
    let mut scenario = Scenario {
        name: name.unwrap_or_default(),
        duration: duration.clone().unwrap_or_default(),
        warm_up: warm_up.unwrap_or_default(),
        represents: None,
        resolution,
        seed: seed.unwrap_or(1),
        region: region.map_or_else(|| "us-east-1".to_owned(), |region| region.value),
        as_of: as_of.flatten(),
        quotas: quotas.unwrap_or_default(),
        workloads,
        nodes,
        faults: faults.unwrap_or_default(),
        thresholds: Vec::new(),
        expect: None,
        traces: Vec::new(),
        luck_of: Vec::new(),
        unread,
    };
    scenario.workloads.iter_mut().for_each(|(_, workload)| workload.phases.expand(scenario.duration.value, reading));
    scenario.represents = represents.and_then(|written| written.resolve(&scenario, reading));
    scenario.thresholds = thresholds.map_or_else(Vec::new, |entry| threshold::list(&entry.value, &scenario, sources, reading));
    scenario.expect = expect.and_then(|entry| expect::expectations(&entry.value, &scenario, sources, reading));
    rules::check(&mut scenario, duration.is_some(), reading);
    Some(scenario)
}

/// The tree without what is the user's own: `x-…`, a place for anchors.
fn without_own(root: &Value) -> Value {
    let mut root = root.clone();
    if let Data::Map(entries) = &mut root.data {
        entries.retain(|entry| !entry.key.starts_with(OWN));
    }
    root
}

fn read_workloads(entry: &Entry, unread: &mut Vec<String>, reading: &mut Reading) -> Vec<(Spanned<String>, WorkloadSpec)> {
    let entries = reading.map(&entry.value, "a map from names to workloads").unwrap_or_default();
    let mut workloads = Vec::new();
    for entry in entries {
        match WorkloadSpec::read(&entry.value, reading) {
            Some(workload) => {
                placed(entry, reading, |reading| workload.check(&entry.name(), reading));
                workloads.push((entry.name(), workload));
            }
            None => unread.push(entry.key.clone()),
        }
    }
    workloads
}

fn read_nodes(nodes: Option<&Entry>, defaults: Option<&Entry>, unread: &mut Vec<String>, reading: &mut Reading) -> Vec<(Spanned<String>, Spec)> {
    let defaults = defaults.map_or(&[][..], |entry| read_defaults(entry, reading));
    let entries = nodes.and_then(|entry| reading.map(&entry.value, "a map from names to nodes")).unwrap_or_default();
    let mut read = Vec::new();
    let mut kinds = Vec::new();
    for entry in entries {
        let kind = kind_of(entry, reading);
        kinds.extend(kind);
        match kind.and_then(|kind| Spec::read(kind, &with_defaults(&entry.value, kind, defaults), reading)) {
            Some(spec) => {
                placed(entry, reading, |reading| spec.check(&entry.key, reading));
                read.push((entry.name(), spec));
            }
            None => unread.push(entry.key.clone()),
        }
    }
    for default in defaults.iter().filter(|default| Spec::KINDS.contains(&default.key.as_str()) && !kinds.contains(&default.key.as_str())) {
        let message = format!("there are defaults for `{0}`, and no node is a `{0}`", default.key);
        reading
            .push(Diagnostic::warning("W006", default.key_span, message).label("used by nothing").hint("take them out, or add a node of this kind"));
    }
    read
}

/// Makes a check, and gives complaints about fields that the file does not have the only place there is: the name.
fn placed(entry: &Entry, reading: &mut Reading, check: impl FnOnce(&mut Reading)) {
    let before = reading.diagnostics.len();
    check(reading);
    for diagnostic in reading.diagnostics[before..].iter_mut().filter(|diagnostic| diagnostic.at.span == Span::default()) {
        diagnostic.at.span = entry.key_span;
    }
}

fn read_defaults<'v>(entry: &'v Entry, reading: &mut Reading) -> &'v [Entry] {
    let entries = reading.map(&entry.value, "a map from kinds of nodes to their defaults").unwrap_or_default();
    for default in entries {
        known_kind(&default.key, default.key_span, reading);
        reading.map(&default.value, "a map of fields");
    }
    entries
}

/// The `type` of a node, where it is there and known.
fn kind_of(entry: &Entry, reading: &mut Reading) -> Option<&'static str> {
    reading.map(&entry.value, "a node: a map with its `type`")?;
    let Some(kind) = entry.value.get("type") else {
        let message = format!("node `{}` needs a `type`", entry.key);
        let hint = format!("kinds of nodes: {}", Spec::KINDS.join(", "));
        reading.push(Diagnostic::error("E021", entry.key_span, message).label("of what kind?").hint(hint));
        return None;
    };
    known_kind(&String::read(kind, reading)?, kind.span, reading)
}

fn known_kind(kind: &str, span: Span, reading: &mut Reading) -> Option<&'static str> {
    let known = Spec::KINDS.iter().find(|known| **known == kind);
    if known.is_none() {
        let later = LATER_KINDS.contains(&kind);
        let hint = match closest(kind, Spec::KINDS.iter().copied()).filter(|_| !later) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("kinds of nodes: {}", Spec::KINDS.join(", ")),
        };
        let (code, message) = match later {
            true => ("E031", format!("nodes of the kind `{kind}` are not understood by this version of coldfront")),
            false => ("E030", format!("`{kind}` is not a kind of node")),
        };
        reading.push(Diagnostic::error(code, span, message).label(if later { "not there yet" } else { "not known" }).hint(hint));
    }
    known.copied()
}

/// The node without its `type`, and with those fields of its kind's defaults that it does not give itself.
fn with_defaults(node: &Value, kind: &str, defaults: &[Entry]) -> Value {
    let mut node = node.clone();
    let Data::Map(entries) = &mut node.data else { return node };
    entries.retain(|entry| entry.key != "type");
    let of_kind = defaults.iter().find(|default| default.key == kind).map(|default| &default.value.data);
    if let Some(Data::Map(of_kind)) = of_kind {
        let own = entries.len();
        for default in of_kind {
            if entries[..own].iter().all(|entry| entry.key != default.key) {
                entries.push(default.clone());
            }
        }
    }
    node
}
