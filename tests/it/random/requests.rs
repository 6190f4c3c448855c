//! Random nodes that answer requests: APIs, functions with what their handlers do, tables, servers.

use super::plan::Plan;
use super::strip::{Fields, Strip, list};

const RUNTIMES: [&str; 4] = ["nodejs22.x", "python3.13", "java21", "provided.al2023"];
/// Verbs of a table, and whether they are of several items.
const VERBS: [(&str, bool); 10] = [
    ("get_item", false),
    ("put_item", false),
    ("update_item", false),
    ("delete_item", false),
    ("query", true),
    ("batch_get_item", true),
    ("batch_write_item", true),
    ("transact_write_items", true),
    ("transact_get_items", true),
    ("scan", true),
];
/// How deep steps may nest.
const DEPTH: u32 = 2;

impl Plan<'_> {
    /// How many routes an API has.
    pub fn routes(&self, api: usize) -> usize {
        1 + Strip::of(&self.case.apis[api]).below(3)
    }

    pub fn api(&self, mut strip: Strip) -> String {
        let routes = 1 + strip.below(3);
        let mut fields = Fields::of("api_gateway");
        let protocol = strip.pick(&["http", "rest"]);
        fields.set("protocol", protocol);
        let throttle = |strip: &mut Strip| {
            let (rate, burst) = (strip.from(1..=20), strip.from(1..=20));
            strip.is(30).then(|| format!("{{ rate: {rate}/s, burst: {burst} }}"))
        };
        fields.may("throttle", throttle(&mut strip), "");
        let route = |at: usize, strip: &mut Strip| {
            let mut own = Fields::none();
            let (function, which) = (strip.is(60), strip.below(16));
            own.set(
                "integration",
                if function {
                    self.name("function", which % self.case.functions.len())
                } else {
                    self.name("server", which % self.case.servers.len())
                },
            );
            own.may("timeout", strip.some(30, 50..=5000), "ms");
            own.may("throttle", throttle(strip), "");
            format!("GET /r{at}: {}", own.map())
        };
        let routes: Vec<String> = (0..routes).map(|at| route(at, &mut strip)).collect();
        fields.set("routes", format_args!("{{ {} }}", routes.join(", ")));
        self.doors(protocol, &mut strip, &mut fields);
        fields.map()
    }

    /// What an API remembers, and whom it asks first.
    fn doors(&self, protocol: &str, strip: &mut Strip, fields: &mut Fields) {
        let ttl = strip.some(30, 1..=60);
        fields.may("cache", ttl.filter(|_| protocol == "rest").map(|ttl| format!("{{ size: 0.5 GB, ttl: {ttl}s }}")), "");
        if strip.is(30) {
            let local = if protocol == "rest" { "cognito" } else { "jwt" };
            let function = self.name("function", strip.below(16) % self.case.functions.len());
            let asked = format!("{{ type: lambda, function: {function}, ttl: 0s, denies: 5% }}");
            let authorizer = if strip.is(50) { asked } else { format!("{{ type: {local}, denies: 5% }}") };
            fields.set("authorizers", format_args!("{{ door: {authorizer} }}"));
            fields.set("authorizer", "door");
        }
    }

    pub fn function(&self, k: usize, mut strip: Strip) -> String {
        let mut fields = Fields::of("lambda");
        let timeout_ms = strip.from(1..=9000);
        fields.set("timeout", format_args!("{timeout_ms}ms"));
        fields.set("memory", format_args!("{} MB", strip.from(128..=3000)));
        fields.set("runtime", strip.pick(&RUNTIMES));
        let reserved = strip.some(40, 0..=10);
        fields.may("reserved_concurrency", reserved, "");
        let provisioned = strip.some(50, 1..=5);
        let provisioned = provisioned.filter(|n| reserved.is_some_and(|most| *n <= most));
        fields.may("provisioned_concurrency", provisioned, "");
        let keep_alive = strip.some(40, 1..=60);
        fields.may("keep_alive", if self.style.tame { Some(keep_alive.unwrap_or(300)) } else { keep_alive }, "s");
        if self.style.tame {
            fields.set("lifetime", "8h");
        }
        self.events(&mut strip, &mut fields);
        self.source(k, &mut strip, &mut fields);
        if strip.is(20) {
            fields.set("versions", "{ '2': { handler: [ { compute: 9ms } ], memory: 512 MB } }");
            fields.set("routing_config", format_args!("{{ additional_version_weights: {{ '2': {}% }} }}", strip.from(1..=60)));
        }
        fields.may("extra_init", strip.some(20, 1..=12_000), "ms");
        if strip.is(20) {
            fields.set("recursive_loop", "allow");
        }
        if strip.is(20) {
            fields.set("sdk", format_args!("{{ profile: {} }}", strip.pick(&["standard", "python-legacy", "js-v2", "rust"])));
        }
        fields.set("handler", self.handler(k, &mut strip));
        if !self.style.tame {
            lives(reserved, &mut strip, &mut fields);
        }
        fields.map()
    }

    fn handler(&self, k: usize, strip: &mut Strip) -> String {
        let (each, consumes) = (strip.is(40), strip.is(15));
        let steps = self.steps(k, strip, DEPTH);
        let steps = if each { format!("[ {{ for_each_message: {steps} }} ]") } else { steps };
        match consumes {
            true => {
                let fallback = self.fallback();
                let receive = format!("{{ receive: {{ queue: {fallback}, max_messages: 5, wait_time: {}s }} }}", strip.from(0..=2));
                let hide =
                    if strip.is(30) { format!(", {{ change_visibility: {{ queue: {fallback}, visibility_timeout: 5s }} }}") } else { String::new() };
                let inner = steps.trim_start_matches("[ ").trim_end_matches(" ]");
                let inner = if inner.is_empty() { "compute: 1ms" } else { "" }.to_owned() + inner;
                let inner = if inner.starts_with('{') { inner } else { format!("{{ {inner} }}") };
                format!("[ {receive}{hide}, {inner}, {{ delete: {fallback} }} ]")
            }
            false => steps,
        }
    }

    fn steps(&self, of: usize, strip: &mut Strip, depth: u32) -> String {
        let count = strip.below(if depth == DEPTH { 5 } else { 3 });
        list((0..count).map(|_| format!("{{ {} }}", self.step(of, strip, depth))).collect::<Vec<_>>())
    }

    /// A step of the function numbered `of`.
    fn step(&self, of: usize, strip: &mut Strip, depth: u32) -> String {
        let case = self.case;
        let kind = strip.below(if depth > 0 { 20 } else { 17 });
        let which = strip.below(16);
        match kind {
            0..=2 => format!("compute: lognormal(median={0}ms p99={1}ms)", which * 9 + 1, which * 40 + 5),
            3 | 4 => format!("wait: {}ms", strip.from(0..=1500)),
            5..=7 => self.table_step(which, strip),
            8 => format!("call: {{ node: {}{} }}", self.name("server", which % case.servers.len()), extra(strip)),
            9 | 10 => match case.functions.len() - 1 - of {
                0 => "compute: 3ms".into(),
                after => format!("invoke: {{ function: {}{} }}", self.name("function", of + 1 + which % after), extra(strip)),
            },
            11 => format!("invoke: {{ function: {}, invocation_type: event }}", self.name("function", which % case.functions.len())),
            12 => format!("request: {{ api: {}inner, route: GET /inner{} }}", self.style.prefix, extra(strip)),
            13 => format!("fail: {{ chance: {}% }}", strip.from(0..=40)),
            14 => "fail: { when: poison }".into(),
            15 => {
                let queue = which % case.queues.len();
                format!(
                    "send: {{ queue: {}, {}{} }}",
                    self.name("queue", queue),
                    self.message(queue, strip).trim_matches(['{', '}', ' ']),
                    extra(strip)
                )
            }
            16 => {
                let topic = which % case.topics.len();
                format!(
                    "publish: {{ topic: {}, {}{} }}",
                    self.name("topic", topic),
                    self.publication(topic, strip).trim_matches(['{', '}', ' ']),
                    extra(strip)
                )
            }
            17 => {
                let branches: Vec<String> = (0..which % 4).map(|_| self.steps(of, strip, depth - 1)).collect();
                format!("parallel: {}", list(branches))
            }
            18 => {
                let when = if which.is_multiple_of(2) { "when: flag".into() } else { format!("chance: {}%", which * 6) };
                format!("choice: [ {{ {when}, do: {} }}, {{ else: {} }} ]", self.steps(of, strip, depth - 1), self.steps(of, strip, depth - 1))
            }
            _ => format!("repeat: {{ times: {}, do: {} }}", which % 4, self.steps(of, strip, depth - 1)),
        }
    }

    fn table_step(&self, which: usize, strip: &mut Strip) -> String {
        let table = which % self.case.tables.len();
        let (verb, many) = strip.pick(&VERBS);
        let mut fields = Fields::none();
        fields.set("table", self.name("table", table));
        fields.set("key", strip.pick(&["key", "customer"]));
        if many {
            fields.set("items", strip.from(1..=4));
        }
        if matches!(verb, "query" | "scan") && strip.is(40) && self.has_index(table) {
            fields.set("index", "by_customer");
        }
        if matches!(verb, "get_item" | "batch_get_item") && strip.is(30) {
            fields.set("consistent_read", true);
        }
        if matches!(verb, "put_item" | "update_item") && strip.is(30) {
            fields.set("condition_fails", format_args!("{}%", strip.from(0..=60)));
        }
        format!("{verb}: {}{} }}", fields.map().trim_end_matches(" }"), extra(strip))
    }

    fn has_index(&self, table: usize) -> bool {
        Strip::of(&self.case.tables[table]).is(40)
    }

    pub fn table(&self, mut strip: Strip) -> String {
        let mut fields = Fields::of("dynamodb");
        let indexed = strip.is(40);
        let (reads, writes) = (strip.from(1..=40), strip.from(1..=40));
        let provisioned = strip.is(50);
        if provisioned {
            fields.set("billing_mode", "provisioned");
            fields.set("read_capacity_units", reads);
            fields.set("write_capacity_units", writes);
            fields.set("initial_burst", format_args!("{}%", strip.from(0..=3)));
        }
        fields.may("partitions", strip.some(40, 1..=4).filter(|_| !self.style.tame), "");
        if indexed {
            let own = if provisioned { format!(", read_capacity_units: {writes}, write_capacity_units: {reads}") } else { String::new() };
            fields.set("global_secondary_indexes", format_args!("{{ by_customer: {{ projection: {}{own} }} }}", strip.pick(&["all", "keys_only"])));
        }
        if !self.style.tame {
            elsewhere(provisioned, &mut strip, &mut fields);
        }
        fields.map()
    }

    pub fn server(&self, mut strip: Strip) -> String {
        let mut fields = Fields::of("server");
        fields.set("slots", strip.from(1..=5));
        fields.set("discipline", strip.pick(&["fifo", "priority", "processor_sharing"]));
        fields.may("queue_limit", strip.some(50, 0..=19), "");
        let ms = strip.from(1..=400);
        let time = match strip.below(4) {
            0 => format!("{ms}ms"),
            1 => format!("exponential(mean={ms}ms)"),
            2 => format!("lognormal(mean={ms}ms cv=1.5)"),
            _ => format!("{{ mixture: [ {{ weight: 80%, of: {ms}ms }}, {{ weight: 20%, of: gamma(mean={ms}ms cv=2) }} ] }}"),
        };
        fields.set("service_time", time);
        fields.may("error_rate", strip.some(25, 0..=30), "%");
        fields.may("instances", strip.some(20, 1..=3), "");
        fields.map()
    }
}

/// How a function's environments begin and end, and how large its answers are.
fn lives(reserved: Option<u32>, strip: &mut Strip, fields: &mut Fields) {
    fields.may("deployments", strip.some(20, 5..=60).map(|every| format!("{{ every: {every}s }}")), "");
    let (size, streams) = (strip.some(20, 1..=30_000), strip.is(50));
    fields.may("response", size.map(|kb| format!("{{ size: {kb} KB, stream: {streams} }}")), "");
    let scales = strip.is(20);
    if let Some(most) = reserved.filter(|most| scales && *most > 1) {
        let scaling = format!("{{ min_capacity: 1, max_capacity: {most}, scheduled_actions: [ {{ at: 20s, min_capacity: 2 }} ] }}");
        fields.set("auto_scaling", format_args!("{{ provisioned_concurrency: {scaling} }}"));
    }
}

/// What becomes of a table's items, where else they are, and how its capacity follows.
fn elsewhere(provisioned: bool, strip: &mut Strip, fields: &mut Fields) {
    fields.may("time_to_live", strip.some(20, 1..=60).map(|after| format!("{{ after: {after}s, deleted_after: 10s }}")), "");
    if strip.is(20) {
        fields.set("replicas", "[ ap-northeast-1 ]");
    }
    let (warm, scales) = (strip.some(20, 12_000..=40_000), strip.is(30));
    fields.may("warm_throughput", warm.map(|units| format!("{{ read_units_per_second: {units} }}")), "");
    if provisioned && scales {
        fields.set("auto_scaling", "{ write: { min_capacity: 1, max_capacity: 100 }, read: { min_capacity: 1, max_capacity: 100 } }");
    }
}

/// What every call may have.
fn extra(strip: &mut Strip) -> String {
    let timeout = strip.some(40, 1..=2000).map_or(String::new(), |ms| format!(", timeout: {ms}ms"));
    let retry = strip.some(40, 1..=4).map_or(String::new(), |n| format!(", retry: {{ max_attempts: {n}, base: 30ms }}"));
    let on_error = if strip.is(50) { ", on_error: [ { wait: 2ms } ]" } else { "" };
    format!("{timeout}{retry}{on_error}")
}
