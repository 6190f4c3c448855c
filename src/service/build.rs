//! From specs to an engine: names become indices, operations find their targets, limits and metrics are registered.
//!
//! Everything that a run needs is made here, so that the run itself has nothing left that could fail. References have been checked before
//! (`topology`); a name that is unknown all the same is a broken invariant and panics.

use std::collections::HashMap;

use crate::{
    engine::{Bounds, BucketId, Engine, NodeId, OpId, PoolId, World},
    mechanism::{attribute::Attribute, distribution::Distribution, luck::mix, token_bucket::TokenBucket, trace::Trace},
    metrics::{Latency, Recorder},
    platform::{Platform, latency},
    units::Time,
};

use super::{
    Node, NodeSet, Operation, Spec,
    auto_scaling::{Scalable, ScalableTarget, Scaler},
    lambda,
    mapping::{EventSource, Mapping},
    outage::Fault,
    workload::{self, WorkloadSpec},
};

/// What a scenario consists of, as far as a run needs it.
#[derive(Debug)]
pub struct Parts<'s> {
    pub duration: Time,
    pub warm_up: Time,
    /// The width of the windows of its series.
    pub window: Time,
    pub seed: u64,
    /// Nodes of another scenario, in its order, whose luck those of the same names have here; with none, luck is by their own order.
    pub luck_of: &'s [String],
    pub platform: Platform,
    pub workloads: Vec<(&'s str, &'s WorkloadSpec, Option<Trace>)>,
    pub nodes: Vec<(&'s str, &'s Spec)>,
    pub faults: &'s [Fault],
    pub bounds: Bounds,
}

/// What the services are built with.
#[derive(Debug)]
pub struct Build {
    pub world: World,
    pub platform: Platform,
    pub seed: u64,
    /// What is measured: from the end of the warm-up to the end of the run.
    pub measured: std::ops::Range<Time>,
    ids: HashMap<String, NodeId>,
    /// Name and kind by node.
    names: Vec<(String, &'static str)>,
    /// By node: what its luck is keyed by.
    lots: Vec<u64>,
    operations: Vec<Vec<Operation>>,
    attributes: Vec<String>,
    pub(super) faults: Vec<Fault>,
    pools: HashMap<&'static str, PoolId>,
    buckets: HashMap<&'static str, BucketId>,
    end_to_end: HashMap<NodeId, Latency>,
    /// How many functions are in the loop of a node of this index, counted without the workloads.
    loops: Vec<u64>,
    first_node: NodeId,
    /// What scales itself, in the order in which it is built.
    pub(super) scalable: Vec<Scalable>,
    /// Account concurrency that no function has reserved for itself.
    pub unreserved_concurrency: u64,
}

impl Build {
    /// The node of this name.
    pub fn node(&self, name: &str) -> NodeId {
        *self.ids.get(name).unwrap_or_else(|| panic!("`{name}` was checked to be a node"))
    }

    /// The name of a node, for phrases.
    pub fn name(&self, node: NodeId) -> &str {
        &self.names[node as usize].0
    }

    /// The name of a node as an owner: "`api`'s", "`orders`'".
    pub fn whose(&self, node: NodeId) -> String {
        let name = self.name(node);
        if name.ends_with('s') { format!("`{name}`'") } else { format!("`{name}`'s") }
    }

    /// Stands for the workload of what is there at the start.
    pub fn nobody(&self) -> u16 {
        self.world.traits.len() as u16 - 1
    }

    /// The kind of a node: the word after `type:`.
    pub fn kind(&self, node: NodeId) -> &'static str {
        self.names[node as usize].1
    }

    /// A latency of the platform's, as measured or documented: log-normal by its median and 99th percentile, or by lines between those that are known.
    pub fn measured(&self, name: &str) -> Distribution {
        let quantiles = latency::quantiles(&self.platform.latency(name));
        let points = quantiles.map(|points| points.map(|(share, ms)| (share, Time::from_secs_f64(ms / 1e3))));
        points.and_then(|points| Distribution::percentiles(&points)).unwrap_or_else(|| self.measured_at(name, 0, 0))
    }

    /// The same for a call about so many bytes in so many items.
    pub fn measured_at(&self, name: &str, bytes: u64, items: u64) -> Distribution {
        let (p50, p99) = self.platform.latency(name).at(bytes, items);
        Distribution::lognormal_p50_p99(Time::from_secs_f64(p50 / 1e3), Time::from_secs_f64(p99 / 1e3))
    }

    /// Registers what will be asked of `target`.
    pub fn operation(&mut self, target: NodeId, operation: Operation) -> OpId {
        let list = &mut self.operations[target as usize];
        list.push(operation);
        list.len() as OpId - 1
    }

    /// The id of an attribute, the same for every node and workload.
    pub fn attribute(&mut self, name: &str) -> u32 {
        let found = self.attributes.iter().position(|a| a == name);
        found.unwrap_or_else(|| {
            self.attributes.push(name.to_owned());
            self.attributes.len() - 1
        }) as u32
    }

    /// A pool that all nodes know by this name.
    pub fn shared_pool(&mut self, name: &'static str, limit: u64) -> PoolId {
        let shared = &mut self.world.shared;
        *self.pools.entry(name).or_insert_with(|| shared.add_pool(limit))
    }

    /// A bucket that all nodes know by this name.
    pub fn shared_bucket(&mut self, name: &'static str, rate: f64, burst: f64) -> BucketId {
        let shared = &mut self.world.shared;
        *self.buckets.entry(name).or_insert_with(|| shared.add_bucket(TokenBucket::new(rate, burst)))
    }

    /// How many functions are in the loop through Lambda, queues and topics that this node is in; 0 where it is in none.
    pub fn functions_in_loop(&self, node: NodeId) -> u64 {
        self.loops.get((node - self.first_node) as usize).copied().unwrap_or(0)
    }

    /// A node's record of how long asynchronous work took from its origin to its end there.
    pub fn end_to_end(&mut self, node: NodeId) -> Latency {
        let metrics = &mut self.world.metrics;
        *self.end_to_end.entry(node).or_insert_with(|| metrics.latency(node as usize, "EndToEnd"))
    }

    /// Whether the work of some workload ends at this node.
    pub fn is_end(&self, node: NodeId) -> bool {
        self.world.traits.iter().any(|workload| workload.end.is_some_and(|(end, _)| end == node))
    }

    /// A key of its own for each purpose within a node, from the scenario's seed.
    pub fn key(&self, node: NodeId, purpose: u64) -> u64 {
        mix(self.seed ^ mix(self.lots[node as usize] << 32 ^ purpose))
    }
}

/// Makes an engine that stands at time zero.
pub fn build(parts: Parts) -> Engine<NodeSet> {
    let mappings = mappings(&parts);
    let scaled = scaled(&parts);
    let count = parts.workloads.len() + parts.nodes.len() + mappings.len() + scaled.len();
    let mut build = prepare(&parts, count);
    register(&parts, &mut build);
    ends(&parts, &mut build);
    let first = parts.workloads.len() as NodeId;
    let mut services: Vec<Node> = Vec::with_capacity(parts.nodes.len());
    for (at, (_, spec)) in parts.nodes.iter().enumerate() {
        let node = spec.build(first + at as NodeId, &mut build);
        services.push(node);
    }
    let pollers: Vec<Node> =
        mappings.iter().enumerate().map(|(at, mapping)| mapping.build((first as usize + services.len() + at) as NodeId, &mut build)).collect();
    let scalers = scalers(&scaled, (count - scaled.len()) as NodeId, &mut build);
    let mut nodes: Vec<Node> = Vec::with_capacity(count);
    for (at, (name, spec, trace)) in parts.workloads.into_iter().enumerate() {
        let workload = workload::Workload::build(name, spec, trace, at as NodeId, &parts.nodes, &mut build);
        nodes.push(Node::Workload(Box::new(workload)));
    }
    for (at, (node, (_, spec))) in services.iter_mut().zip(&parts.nodes).enumerate() {
        let operations = std::mem::take(&mut build.operations[first as usize + at]);
        spec.bind(node, operations, &mut build);
    }
    nodes.extend(services);
    nodes.extend(pollers);
    nodes.extend(scalers);
    Engine::new(build.world, NodeSet { nodes }, count, parts.bounds)
}

fn prepare(parts: &Parts, count: usize) -> Build {
    Build {
        world: World::new(Recorder::new(parts.duration, parts.warm_up).with_width(parts.window)),
        platform: parts.platform.clone(),
        seed: parts.seed,
        measured: parts.warm_up..parts.duration,
        ids: HashMap::new(),
        names: Vec::with_capacity(count),
        lots: Vec::new(),
        operations: vec![Vec::new(); count],
        attributes: Vec::new(),
        faults: parts.faults.to_vec(),
        pools: HashMap::new(),
        buckets: HashMap::new(),
        end_to_end: HashMap::new(),
        loops: lambda::recursion::loops(&parts.nodes),
        first_node: parts.workloads.len() as NodeId,
        scalable: Vec::new(),
        unreserved_concurrency: unreserved(parts),
    }
}

/// Names, metrics nodes and attributes, in the order of the file.
fn register(parts: &Parts, build: &mut Build) {
    for (at, (name, spec, _)) in parts.workloads.iter().enumerate() {
        build.world.metrics.node(name, "workload");
        build.names.push(((*name).to_owned(), "workload"));
        let mut traits = crate::engine::Traits { priority: spec.priority, ..Default::default() };
        for (attribute, drawn) in spec.drawn() {
            set_attribute(&mut traits.attributes, build.attribute(&attribute.value), drawn);
        }
        debug_assert_eq!(at, build.world.traits.len());
        build.world.traits.push(traits);
    }
    build.world.traits.push(crate::engine::Traits::default());
    for (at, (name, spec)) in parts.nodes.iter().enumerate() {
        build.world.metrics.node(name, spec.kind());
        build.names.push(((*name).to_owned(), spec.kind()));
        build.ids.insert((*name).to_owned(), (parts.workloads.len() + at) as NodeId);
    }
    for Feeding { function, source, .. } in mappings(parts) {
        let name = format!("{} → {function}", source.queue.value);
        build.world.metrics.node(&name, "event_source_mapping");
        build.names.push((name, "event_source_mapping"));
    }
    for (name, _) in scaled(parts) {
        build.world.metrics.node(&name, "auto_scaling");
        build.names.push((name, "auto_scaling"));
    }
    build.lots = lots(parts.luck_of, &build.names);
}

/// A number for each node: the place of its namesake in the other scenario; behind those, its own.
fn lots(luck_of: &[String], names: &[(String, &'static str)]) -> Vec<u64> {
    let lot = |(at, (name, kind)): (usize, &(String, &'static str))| {
        let namesake = luck_of.iter().position(|other| *other == label(name, kind));
        namesake.unwrap_or(luck_of.len() + at) as u64
    };
    names.iter().enumerate().map(lot).collect()
}

/// A workload and a node may have the same name; a node keeps its luck where it becomes one of another kind.
fn label(name: &str, kind: &str) -> String {
    if kind == "workload" { format!("workload {name}") } else { name.to_owned() }
}

/// What luck is keyed by in a scenario, in its order, for [`Parts::luck_of`] another.
pub fn lots_of(parts: &Parts) -> Vec<String> {
    let mut build = prepare(parts, parts.workloads.len() + parts.nodes.len() + mappings(parts).len() + scaled(parts).len());
    register(parts, &mut build);
    build.names.iter().map(|(name, kind)| label(name, kind)).collect()
}

/// A function fed from a queue.
struct Feeding<'s> {
    function: &'s str,
    source: &'s EventSource,
    fifo: bool,
}

impl Feeding<'_> {
    fn build(&self, node: NodeId, build: &mut Build) -> Node {
        let function = build.node(self.function);
        Node::Mapping(Box::new(Mapping::build(self.source, node, function, self.fifo, build)))
    }
}

/// Every event source mapping, in the order of the file.
fn mappings<'s>(parts: &Parts<'s>) -> Vec<Feeding<'s>> {
    let fifo = |queue: &str| parts.nodes.iter().any(|(name, spec)| *name == queue && matches!(spec, Spec::Sqs(queue) if queue.fifo.is_some()));
    let of = |(function, spec): &(&'s str, &'s Spec)| match spec {
        Spec::Lambda(spec) => {
            spec.event_sources.iter().map(|source| Feeding { function, source, fifo: fifo(&source.queue.value) }).collect::<Vec<_>>()
        }
        _ => Vec::new(),
    };
    parts.nodes.iter().flat_map(of).collect()
}

/// Everything that scales itself, in the order of the file: what it is called, and how.
fn scaled<'s>(parts: &Parts<'s>) -> Vec<(String, &'s ScalableTarget)> {
    let of = |(name, spec): &(&'s str, &'s Spec)| match spec {
        Spec::DynamoDb(table) => table.scaled(name),
        Spec::Lambda(function) => {
            let target = function.auto_scaling.iter().map(|scaling| &scaling.provisioned_concurrency);
            target.map(|target| (format!("{name}: provisioned concurrency"), target)).collect()
        }
        _ => Vec::new(),
    };
    parts.nodes.iter().flat_map(of).collect()
}

/// The clocks that scale, from the node `first` on.
fn scalers(scaled: &[(String, &ScalableTarget)], first: NodeId, build: &mut Build) -> Vec<Node> {
    let offered = std::mem::take(&mut build.scalable);
    let clocks = scaled.iter().zip(offered).enumerate();
    clocks.map(|(at, ((_, target), of))| Node::Scaler(Box::new(Scaler::build(target, of, first + at as NodeId, build)))).collect()
}

/// Where each workload's work ends.
fn ends(parts: &Parts, build: &mut Build) {
    for (at, (_, spec, _)) in parts.workloads.iter().enumerate() {
        if let Some(end) = &spec.ends_at {
            let latency = build.world.metrics.latency(at, "EndToEnd");
            build.world.traits[at].end = Some((build.node(&end.value), latency));
        }
    }
}

fn set_attribute(attributes: &mut Vec<Option<Attribute>>, id: u32, drawn: Attribute) {
    let at = id as usize;
    attributes.resize(attributes.len().max(at + 1), None);
    attributes[at] = Some(drawn);
}

/// What is left of the account's concurrency: account − Σ reserved − Σ provisioned of functions without a reservation
/// (AWS docs: lambda/lambda-concurrency, read 2026-11).
fn unreserved(parts: &Parts) -> u64 {
    let account = parts.platform.get("lambda.concurrent_executions") as u64;
    let taken = |spec: &Spec| match spec {
        Spec::Lambda(f) => f.reserved_concurrency.as_ref().or(f.provisioned_concurrency.as_ref()).map_or(0, |n| n.value),
        _ => 0,
    };
    account.saturating_sub(parts.nodes.iter().map(|(_, spec)| taken(spec)).sum())
}
