//! A random scenario: strips for every node and workload, and how they become a file.
//!
//! ```text
//! seed ─proptest─▶ Case { head, workloads, apis, functions, … } ─Plan(case, style)─▶ YAML
//! ```
//!
//! A function waits for functions after it only, and the API that handlers call has a server behind it, so there are no circles. A style writes the same case in
//! another way: other names, another order, a longer run. To add a kind: a list of strips here, a function that writes it, a line in `nodes`.

use super::strip::{Fields, Numbers, Strip, list, numbers, strips};
use proptest::prelude::*;

/// What a seed stands for.
#[derive(Clone, Debug)]
pub struct Case {
    pub head: Numbers,
    pub workloads: Vec<Numbers>,
    pub apis: Vec<Numbers>,
    pub functions: Vec<Numbers>,
    pub tables: Vec<Numbers>,
    pub servers: Vec<Numbers>,
    pub queues: Vec<Numbers>,
    pub topics: Vec<Numbers>,
}

pub fn case() -> impl Strategy<Value = Case> {
    let nodes = (strips(1..4), strips(1..5), strips(1..4), strips(1..4), strips(1..5), strips(1..4));
    (numbers(), strips(1..4), nodes).prop_map(|(head, workloads, (apis, functions, tables, servers, queues, topics))| Case {
        head,
        workloads,
        apis,
        functions,
        tables,
        servers,
        queues,
        topics,
    })
}

/// How a case is written down.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Stands before every name.
    pub prefix: &'static str,
    /// Nodes in the opposite order.
    pub reversed: bool,
    /// With a server behind all others that nobody calls.
    pub idle: bool,
    /// Without what draws by a node's place in the file: ages of environments, backlogs, keys of partitions, filters of mappings.
    pub tame: bool,
    /// Another warm-up, s.
    pub warm_up: Option<u32>,
    /// So many times as long; phases that come after the end of the shorter run are those of its last one.
    pub longer: bool,
}

/// A case in a style.
pub struct Plan<'c> {
    pub case: &'c Case,
    pub style: Style,
    /// Length of the run, s, without what makes it longer.
    pub seconds: u32,
    /// Whether the load ends half-way, so that most work comes to its end.
    pub drains: bool,
}

impl<'c> Plan<'c> {
    pub fn new(case: &'c Case, style: Style) -> Self {
        let mut head = Strip::of(&case.head);
        Self { case, style, seconds: head.from(20..=150), drains: head.is(65) }
    }

    /// The name of a node.
    pub fn name(&self, kind: &str, at: usize) -> String {
        format!("{}{kind}{at}", self.style.prefix)
    }

    pub fn yaml(&self) -> String {
        let mut head = Strip::of(&self.case.head);
        let [_, _, seed] = [head.below(1), head.below(1), head.below(1 << 16)];
        let duration = if self.style.longer { 2 * self.seconds } else { self.seconds };
        let warm_up = self.style.warm_up.or(head.some(30, 1..=15)).unwrap_or(0);
        let quotas = head.some(30, 200..=400).map_or(String::new(), |n| format!("quotas: {{ lambda.concurrent_executions: {n} }}\n"));
        let lambda = if head.is(40) { "defaults: { lambda: { allocation: 0s, invoke_overhead: 0s } }\n" } else { "" };
        let faults = self.faults(&mut head);
        let day = head
            .some(30, 0..=3)
            .map_or(String::new(), |at| format!("as_of: {}\n", ["2026-11-01", "2025-01-01", "2023-01-01", "2021-06-01"][at as usize]));
        let region = if head.is(20) { "region: eu-central-1\n" } else { "" };
        let workloads: String = self.case.workloads.iter().enumerate().map(|(k, strip)| self.workload(k, Strip::of(strip))).collect();
        let nodes: String = self.nodes().iter().map(|(name, fields)| format!("  {name}: {fields}\n")).collect();
        format!(
            "duration: {duration}s\nwarm_up: {warm_up}s\nseed: {seed}\n{day}{region}{quotas}{lambda}{faults}workloads:\n{workloads}nodes:\n{nodes}"
        )
    }

    fn faults(&self, head: &mut Strip) -> String {
        let one = |head: &mut Strip| {
            let (kind, at, length) = (head.below(3), head.from(0..=self.seconds - 1), head.from(1..=40));
            let mut fields = Fields::none();
            fields.set("at", format_args!("{at}s"));
            fields.set("for", format_args!("{length}s"));
            let which = head.below(16);
            let (name, count) = [("server", self.case.servers.len()), ("queue", self.case.queues.len()), ("topic", self.case.topics.len())][kind];
            fields.set("node", self.name(name, which % count));
            match kind == 0 && head.is(50) {
                true => fields.set("latency", format_args!("{{ multiply: {} }}", head.from(2..=20))),
                false => fields.set("unavailable", true),
            }
            fields.map()
        };
        let count = head.below(3);
        format!("faults: {}\n", list((0..count).map(|_| one(head)).collect::<Vec<_>>()))
    }

    /// Name and fields of every node, in the order of the file.
    fn nodes(&self) -> Vec<(String, String)> {
        let inner = (
            format!("{}inner", self.style.prefix),
            format!("{{ type: api_gateway, protocol: http, routes: {{ GET /inner: {} }} }}", self.name("server", 0)),
        );
        let mut nodes = vec![inner, (self.fallback(), "{ type: sqs }".into())];
        let each = |kind: &str, strips: &[Numbers], write: &dyn Fn(usize, Strip) -> String| {
            strips.iter().enumerate().map(|(k, strip)| (self.name(kind, k), write(k, Strip::of(strip)))).collect::<Vec<_>>()
        };
        nodes.extend(each("api", &self.case.apis, &|_, strip| self.api(strip)));
        nodes.extend(each("function", &self.case.functions, &|k, strip| self.function(k, strip)));
        nodes.extend(each("table", &self.case.tables, &|_, strip| self.table(strip)));
        nodes.extend(each("server", &self.case.servers, &|_, strip| self.server(strip)));
        nodes.extend(each("queue", &self.case.queues, &|k, strip| self.queue(k, strip)));
        nodes.extend(self.dead_letter_queues());
        nodes.extend(each("topic", &self.case.topics, &|_, strip| self.topic(strip)));
        if self.style.reversed {
            nodes.reverse();
        }
        if self.style.idle {
            nodes.push((format!("{}idle", self.style.prefix), "{ type: server, service_time: exponential(mean=10ms) }".into()));
        }
        nodes
    }

    /// A standard queue for whatever is given up elsewhere.
    pub fn fallback(&self) -> String {
        format!("{}fallback", self.style.prefix)
    }
}
