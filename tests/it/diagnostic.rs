//! Every complaint about a scenario, as people see it: one small scenario a code, its rendering kept under `snapshots`.
//!
//! The scenarios are valid but for the one thing that they are about, unless the claim is about several at once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use coldfront::engine::Bounds;
use coldfront::scenario::codes::CODES;
use coldfront::scenario::render::{Colour, json, text};
use coldfront::scenario::{Edits, Files, NoFiles, STARTER};
use coldfront::simulation::Simulation;
use coldfront::topology::{Loaded, dot, load, mermaid, variants};
use proptest::prelude::*;

/// The beginning that most cases share: five lines.
const HEAD: &str = "duration: 1m\nworkloads:\n  shoppers:\n    target: api\n    phases: [ { duration: 1m, arrival_rate: 5/s } ]\n";

/// A scenario that reaches its nodes by one route.
fn shop(nodes: &str) -> String {
    format!("{HEAD}    requests: [ {{ route: GET /orders }} ]\nnodes:\n  api: {{ type: api_gateway, routes: {{ GET /orders: list }} }}\n{nodes}")
}

const LIST: &str = "  list: { type: lambda, runtime: nodejs22.x, handler: [ { compute: 5ms } ] }\n";

/// The same with an API that has these fields besides.
fn front(fields: &str) -> String {
    shop(LIST).replace("routes: {", &format!("{fields} routes: {{"))
}

/// The same where requests have a `customer`.
fn keyed(fields: &str) -> String {
    front(fields).replace("target: api", "target: api\n    attributes: { customer: uniform(n=10) }")
}
/// A function that can have SnapStart, and has it.
const JAVA: &str = "  list: { type: lambda, runtime: java21, snap_start: published_versions, handler: [ { compute: 5ms } ] }\n";

/// A scenario with one server behind a workload that is given whole.
fn served(workload: &str) -> String {
    format!("duration: 1m\nworkloads:\n  w: {{ target: s, {workload} }}\nnodes:\n  s: {{ type: server, slots: 1, service_time: 5ms }}\n")
}

/// The same with a service time.
fn serving(time: &str) -> String {
    served("phases: [ { duration: 1m, arrival_rate: 5/s } ]").replace("service_time: 5ms", &format!("service_time: {time}"))
}

/// The same with attributes that a phase draws in a way of its own.
fn overriding(own: &str, more: &str) -> String {
    let phases = format!("phases: [ {{ duration: 1m, arrival_rate: 5/s, attributes: {own} }} ]");
    served(&format!("{phases}, {more} attributes: {{ item: unique, status: {{ open: 95%, closed: 5% }} }}"))
}

/// As [`served`], with lines at the top level instead.
fn with_top(top: &str) -> String {
    format!("{}{top}\n", served("phases: [ { duration: 1m, arrival_rate: 5/s } ]"))
}

/// As [`with_top`], with one figure that was measured.
fn expecting(metric: &str) -> String {
    with_top(&format!("expect:\n  source: our dashboard, May 2026\n  metrics:\n    - {metric}"))
}

/// Code, what it is about where a code has several cases, and the file.
pub fn cases() -> Vec<(&'static str, &'static str, String)> {
    let phases = "phases: [ { duration: 1m, arrival_rate: 5/s } ]";
    let other = LIST.replace("list:", "other:");
    let versions = "versions: { '2': { memory: 256 MB }, '3': { memory: 512 MB } }";
    let weights = |two: &str, three: &str| format!("routing_config: {{ additional_version_weights: {{ '2': {two}, '3': {three} }} }},");
    vec![
        ("E001", "indentation", "duration: 1m\n nodes: {}\n".into()),
        ("E001", "tab", "duration: 1m\nnodes:\n\tapi: {}\n".into()),
        ("E001", "route_in_braces", shop("  b: { type: api_gateway, routes: { GET /orders/{id}: list } }\n")),
        ("E001", "unknown_alias", "duration: *minute\n".into()),
        ("E003", "bomb", bomb()),
        ("E003", "endless", "quotas: &a [ *a ]\n".into()),
        ("E004", "", format!("quotas: {}{}\n", "[".repeat(70), "]".repeat(70))),
        ("E005", "", shop(&format!("{LIST}  api: {{ type: server, slots: 1, service_time: 5ms }}\n"))),
        ("E006", "nul", "duration: 1m\0\n".into()),
        ("E007", "", "# nothing yet\n".into()),
        ("E008", "", "duration: 1m\n---\nduration: 2m\n".into()),
        ("E009", "", with_top("name: !Ref Shop")),
        ("E010", "", with_top("quotas: { [ a ]: 5 }")),
        ("E011", "", with_top("quotas: { <<: 5 }")),
        ("E012", "did_you_mean", shop("  lists: { type: lambda, runtime: nodejs22.x, handler: [ { compute: 5ms } ] }\n")),
        ("E012", "threshold", with_top("thresholds: [ shoppers: p(99) < 1s ]")),
        ("E012", "target", with_top("").replace("target: s", "target: t")),
        ("E013", "api_to_table", shop("  list: { type: dynamodb, billing_mode: on_demand }\n")),
        ("E013", "route_of_a_server", served(&format!("{phases}, requests: [ {{ route: GET / }} ]"))),
        ("E013", "a_workload", served(phases).replace("target: s", "target: w")),
        ("E014", "", shop(LIST).replace("route: GET /orders", "route: GET /order")),
        ("E014", "threshold", format!("{}thresholds: [ {{ workload: shoppers, route: GET /cart, metric: mean, below: 1s }} ]\n", shop(LIST))),
        ("E015", "", circle()),
        ("E016", "", "duration: 1m\nnodes:\n  s: { type: server, slots: 1, service_time: 5ms }\n".into()),
        ("E017", "", HEAD.into()),
        ("E018", "empty", format!("{}  '': {{ type: server, slots: 1, service_time: 5ms }}\n", served(phases))),
        ("E018", "twice", format!("{}  w: {{ type: server, slots: 1, service_time: 5ms }}\n", served(phases))),
        ("E019", "", served(&format!("{phases}, requests: [ {{ weight: 0 }}, {{ weight: 0 }} ]"))),
        ("E020", "", with_top("seed: many")),
        ("E021", "", with_top("").replace("duration: 1m\nw", "w")),
        ("E021", "type", shop("  list: { runtime: nodejs22.x }\n")),
        ("E021", "phase", served("phases: [ { arrival_rate: 5/s } ]")),
        ("E022", "", with_top("warmup: 5s")),
        ("E023", "", with_top("warm_up: 5")),
        ("E030", "", shop(&LIST.replace("lambda", "lamda"))),
        ("E031", "kind", shop(&LIST.replace("lambda", "eventbridge"))),
        ("E184", "decide", with_top("decide: { nodes.s.slots: 1..x }")),
        ("E185", "decide", with_top("decide: { nodes.s.slots: 8..1 }")),
        ("E022", "decide", with_top("decide: { nodes.s.slotz: 1..8 }")),
        ("E023", "decide", with_top("decide:\n  warm_up: [ 5s, 10 ]")),
        ("E039", "decide", with_top("decide: { nodes.t.slots: 1..8 }")),
        ("E041", "include", with_top("include: parts/tables.yaml")),
        ("E123", "", with_top("represents: 30s")),
        ("E123", "nothing", with_top("represents: { idle: 168h }")),
        ("E123", "warm_up", with_top("warm_up: 20s\nrepresents: { 0s..10s: 100h, last 10s: 68h }")),
        ("E116", "represents", with_top("represents: { day: 100h, night: 68h }").replace("{ duration: 1m,", "{ name: days, duration: 1m,")),
        ("E124", "", with_top("thresholds:\n  - s: max_per(1500us, request_count) < 10")),
        ("E124", "series", expecting("{ metric: 's: busy_slots', series: { file: day.csv, period: 150ms }, tolerance: 5% }")),
        ("E125", "", with_top("resolution: 1ms")),
        ("E126", "nothing", expecting("{ metric: 's: busy_slots', tolerance: 5% }")),
        ("E126", "tolerance", expecting("{ metric: 's: busy_slots', measured: 5 }")),
        ("E126", "empty", expecting("{ metric: 's: busy_slots', measured: 5, tolerance: {} }")),
        ("E126", "source", with_top("expect: { metrics: [ { metric: 's: busy_slots', holds: '> 0' } ] }")),
        ("E012", "expect", expecting("{ metric: 't: busy_slots', measured: 5, tolerance: 5% }")),
        ("E037", "expect", expecting("{ metric: 's: bussy_slots', measured: 5, tolerance: 5% }")),
        ("E038", "expect", expecting("{ metric: 's: busy_slots', measured: 5s, tolerance: 5% }")),
        ("E041", "series", expecting("{ metric: 's: busy_slots', series: { file: day.csv }, tolerance: 5% }")),
        ("E116", "instant", with_top("thresholds:\n  - s: busy_slots at 2m < 10")),
        ("E117", "period", with_top("thresholds:\n  - s: max_per(1m, target_response_time) < 10ms")),
        ("E018", "case", with_top("cases: [ { name: one }, { name: one } ]")),
        ("E018", "variant", with_top("variants: { base: { nodes.s.slots: 2 } }")),
        ("E032", "duration", with_top("").replace("duration: 1m\nw", "duration: 0s\nw")),
        ("E032", "no_requests", served("phases: [ { duration: 1m, arrival_rate: 0/s } ]")),
        ("E032", "weight", served(&format!("{phases}, requests: [ {{ weight: -1 }}, {{ weight: 1 }} ]"))),
        ("E033", "", with_top("warm_up: 1m")),
        ("E034", "", served("phases: [ { duration: 700d, arrival_rate: 1000000/s } ]").replace("duration: 1m\nw", "duration: 700d\nw")),
        (
            "E035",
            "",
            shop(&LIST.replace("compute: 5ms", "query: { table: orders, key: custmer }"))
                .replace("target: api", "target: api\n    attributes: { customer: zipf(n=10 s=1.0) }")
                .replace("  list", "  orders: { type: dynamodb, billing_mode: on_demand }\n  list"),
        ),
        ("E036", "", with_top("thresholds: [ w: p(99) = 1s ]")),
        ("E036", "long_form", with_top("thresholds: [ { workload: w, metric: mean } ]")),
        ("E037", "", with_top("thresholds: [ w: eror_rate < 1% ]")),
        ("E037", "percentile", with_top("thresholds: [ w: p(100) < 1s ]")),
        ("E037", "no_end", with_top("thresholds:\n  - w: p(99, end_to_end) < 10s")),
        ("E038", "", with_top("thresholds: [ w: error_rate < 300ms ]")),
        ("E038", "count", with_top("thresholds: [ s: request_count < 5s ]")),
        ("E038", "ratio", with_top("thresholds:\n  - s: request_count / target_response_time < 5%")),
        ("E041", "", served("replay: { file: day.csv }")),
        ("E042", "nothing", served("priority: 1")),
        ("E042", "twice", served(&format!("{phases}, users: 5"))),
        ("E042", "pattern", served(&format!("{phases}, arrivals: bursty(ratio=10 burst=20s)"))),
        ("E042", "pattern_unknown", served(&format!("{phases}, arrivals: brusty(ratio=10 burst=20s idle=80s)"))),
        ("E042", "pattern_of_users", served("users: 5, arrivals: batch(size=20)")),
        ("E043", "", with_top("as_of: 2026-02-30")),
        ("E044", "", with_top("quotas: { lambda.concurent_executions: 5 }")),
        ("E032", "quota", with_top("quotas: { lambda.concurrent_executions: -5 }")),
        ("E024", "", shop(&LIST.replace("5ms", "lognormal(median=60ms p99=12ms)"))),
        ("E024", "mixture", serving("{ mixture: [ { weight: 90%, of: 20ms }, { weight: 1%, of: 2s } ] }")),
        ("E024", "percentiles", serving("{ empirical: { percentiles: { 0: 5ms, 50: 12ms, 99: 10ms, 100: 200ms } } }")),
        ("E024", "both_ends", serving("{ empirical: { percentiles: { 50: 12ms, 99: 60ms } } }")),
        ("E024", "no_mean", serving("pareto(mean=20ms shape=1)")),
        ("E024", "clamp", serving("clamp(of=pareto(min=5ms shape=1.5) min=2s max=1s)")),
        ("E041", "values", serving("empirical(file=latencies.csv)")),
        ("E116", "", with_top("thresholds: [ { workload: w, metric: error_rate, below: 1%, during: [ 30s, 90s ] } ]")),
        ("E116", "phase", with_top("thresholds:\n  - w: error_rate < 1% during campaing").replace("{ duration: 1m,", "{ name: campaign, duration: 1m,")),
        ("E116", "last", with_top("thresholds:\n  - w: error_rate < 1% during last 2m")),
        (
            "E116",
            "apart",
            with_top("thresholds:\n  - w: error_rate < 1% during rush")
                .replace("[ { duration: 1m,", "[ { name: rush, duration: 10s, arrival_rate: 5/s }, { pause: 20s }, { name: rush, duration: 30s,"),
        ),
        ("E117", "", with_top("thresholds:\n  - w: p(99.9) < 1s during last 20s")),
        ("E113", "", served("phases: spkie(base=50/s peak=2000/s)")),
        ("E113", "argument", served("phases: spike(base=50/s peek=2000/s)")),
        ("E113", "fit", served("phases: spike(base=50/s peak=2000/s at=50s hold=20s)")),
        ("E114", "", served(&format!("{phases}, session: [ {{}}, {{ think: 3s, route: GET /a }} ]"))),
        ("E114", "no_request", served(&format!("{phases}, session: [ {{ think: 3s }} ]"))),
        ("E114", "and_requests", served(&format!("{phases}, requests: [ {{}} ], session: [ {{}} ]"))),
        ("E115", "", overriding("{ itme: constant }", "")),
        ("E115", "names", overriding("{ status: { lost: 100% } }", "")),
        ("E115", "session", overriding("{ item: constant }", "session: [ {}, { think: 1s }, {} ],")),
        ("E025", "", served(&format!("{phases}, attributes: {{ customer: zipf(n=20) }}"))),
        ("E047", "", reserving("reserved_concurrency: 500", "provisioned_concurrency: 401")),
        ("E060", "", served(phases).replace("slots: 1", "slots: 0")),
        ("E061", "", shop(LIST).replace("requests: [ { route: GET /orders } ]", "priority: 1").replace("GET /orders: list ", "")),
        ("E062", "", shop(LIST).replace("routes: {", "throttle: { rate: 0/s, burst: 5 }, routes: {")),
        ("E063", "", handler("compute: 5ms, wait: 5ms")),
        ("E064", "", handler("computes: 5ms")),
        ("E065", "", shop(&LIST.replace("nodejs22.x", "nodejs5.x"))),
        ("E066", "", shop(&LIST.replace("handler", "sdk: { profile: v1999 }, handler"))),
        ("E067", "timeout", shop(&LIST.replace("handler", "timeout: 0s, handler"))),
        ("E067", "storage", shop(&LIST.replace("handler", "ephemeral_storage: 20 GB, handler"))),
        ("E067", "memory", shop(&LIST.replace("handler", "memory: 64 MB, handler"))),
        ("E068", "", shop(&LIST.replace("handler", "reserved_concurrency: 5, provisioned_concurrency: 10, handler"))),
        ("E069", "", handler("repeat: { times: 2, do: [ { repeat: { times: 2, do: [ { repeat: { times: 2, do: [ { compute: 5ms } ] } } ] } } ] }")),
        ("E070", "", handler("choice: [ { chance: 60%, do: [ { compute: 5ms } ] }, { chance: 60%, do: [ { compute: 9ms } ] } ]")),
        ("E071", "", tabled("put_item: { table: t, size: 500 KB }", "")),
        ("E072", "", tabled("query: { table: t, size: 200 KB, items: 10 }", "")),
        ("E073", "", tabled("batch_write_item: { table: t, items: 26 }", "")),
        ("E074", "", tabled("get_item: { table: t }", ", read_capacity_units: 5")),
        ("E075", "", tabled("get_item: { table: t }", ", partitions: 0")),
        ("E018", "indexes", tabled("get_item: { table: t }", ", global_secondary_indexes: { a: {} }, local_secondary_indexes: { a: {} }")),
        ("E071", "local_indexes", tabled("put_item: { table: t, size: 300 KB }", ", local_secondary_indexes: { by_date: {} }")),
        ("E074", "index", tabled("get_item: { table: t }", ", global_secondary_indexes: { by_status: { write_capacity_units: 5 } }")),
        ("E077", "", tabled("query: { table: t, index: by_statsu }", BY_STATUS)),
        ("E077", "none", tabled("query: { table: t, index: by_status }", "")),
        (
            "E077",
            "of_a_workload",
            shop(LIST).replace("requests: [ { route: GET /orders } ]", "operation: { scan: { index: x } }").replace(
                "api: { type: api_gateway, routes: { GET /orders: list } }",
                "api: { type: dynamodb, local_secondary_indexes: { by_date: {} } }",
            ),
        ),
        ("E077", "not_global", tabled("put_item: { table: t, gsi: { by_date: {} } }", ", local_secondary_indexes: { by_date: {} }")),
        ("E078", "", tabled("query: { table: t, index: by_status, consistent_read: true }", BY_STATUS)),
        ("E079", "", tabled("get_item: { table: t }", ", local_secondary_indexes: { a: {}, b: {}, c: {}, d: {}, e: {}, f: {} }")),
        ("E080", "verb", tabled("get_item: { table: t, index: by_status }", BY_STATUS)),
        ("E080", "read", tabled("query: { table: t, gsi: { by_status: {} } }", BY_STATUS)),
        ("E080", "fetch", tabled("query: { table: t, index: by_status, fetch: true }", BY_STATUS)),
        ("E080", "new", tabled("put_item: { table: t, gsi: { by_status: { changes: 5% } } }", BY_STATUS)),
        ("E081", "condition", tabled("batch_write_item: { table: t, condition_fails: 5% }", "")),
        ("E081", "repetition", tabled("put_item: { table: t, repeats: 5% }", "")),
        ("E082", "all", tabled("get_item: { table: t }", ", global_secondary_indexes: { by_status: { projected_size: 1 KB } }")),
        ("E150", "", tabled("get_item: { table: t }", ", warm_throughput: { write_units_per_second: 2000 }")),
        ("E150", "provisioned", tabled("get_item: { table: t }", ", billing_mode: provisioned, read_capacity_units: 5000, warm_throughput: { read_units_per_second: 4000 }")),
        ("E151", "", tabled("get_item: { table: t }", &format!("{TABLE_40K} }}\n  u: {{ type: dynamodb{TABLE_40K} }}\n  v: {{ type: dynamodb{TABLE_40K}"))),
        ("E152", "", tabled("get_item: { table: t }", ", billing_mode: provisioned, write_capacity_units: 40001")),
        ("E153", "", tabled("get_item: { table: t }", ", replicas: [ us-east-1 ]")),
        ("E018", "replicas", tabled("get_item: { table: t }", ", replicas: [ eu-west-1, eu-west-1 ]")),
        ("E032", "time_to_live", tabled("get_item: { table: t }", ", time_to_live: { after: 0s }")),
        ("E074", "replica", tabled("get_item: { table: t }", ", replicas: { eu-west-1: { write_capacity_units: 5 } }")),
        ("W036", "replica", tabled("get_item: { table: t }", ", replicas: [ eu-wst-1 ]")),
        ("W046", "", tabled("put_item: { table: t }", ", billing_mode: provisioned, write_capacity_units: 100, replicas: { eu-west-1: { write_capacity_units: 20 } }")),
        ("E082", "include", tabled("get_item: { table: t }", ", global_secondary_indexes: { by_status: { projection: include } }")),
        ("E022", "latency", tabled("get_item: { table: t }", ", latency: { get_itme: 5ms }")),
        ("E012", "fault", with_top("faults: [ { at: 10s, for: 5s, node: t, unavailable: true } ]")),
        ("E020", "status", served(phases).replace("slots: 1", "error_rate: 2%, status: 200")),
        ("E083", "kind", published("{ endpoint: d }", "  d: { type: dynamodb }\n")),
        ("E083", "protocol", published("{ endpoint: s, protocol: lambda }", SERVER)),
        ("E083", "route", published("{ endpoint: s, route: POST /hook }", SERVER)),
        (
            "E083",
            "which_route",
            published(
                "{ endpoint: front }",
                "  front: { type: api_gateway, routes: { POST /hook: s } }\n  s: { type: server, slots: 1, service_time: 5ms }\n",
            ),
        ),
        (
            "E014",
            "subscription",
            published(
                "{ endpoint: front, route: POST /hok }",
                "  front: { type: api_gateway, routes: { POST /hook: s } }\n  s: { type: server, slots: 1, service_time: 5ms }\n",
            ),
        ),
        ("E084", "", published("{ endpoint: s }", SERVER).replace("type: sns", "type: sns, fifo: {}")),
        ("E085", "endpoint", published("{ endpoint: list, delivery_policy: { num_retries: 5 } }", LIST)),
        ("E085", "too_long", published("{ endpoint: s, delivery_policy: { num_retries: 100, max_delay_target: 60s } }", SERVER)),
        ("E085", "phases", published("{ endpoint: s, delivery_policy: { num_retries: 2, num_max_delay_retries: 3 } }", SERVER)),
        ("E086", "", published("{ endpoint: s }", SERVER).replace("target: t", "target: t, operation: { publish: { size: 100 KB, messages: 3 } }")),
        ("E086", "payload", published("{ endpoint: s }", SERVER).replace("target: t", "target: t, requests: [ { payload: 300 KB } ]")),
        ("E086", "of_a_call", handler("publish: { topic: t, size: 2 KB }") + "  t: { type: sns, maximum_message_size: 1 KB }\n"),
        ("E086", "maximum", published("{ endpoint: s }", SERVER).replace("type: sns", "type: sns, maximum_message_size: 2 MB")),
        ("E087", "", published("{ endpoint: s }", SERVER).replace("target: t", "target: t, operation: { publish: { messages: 11 } }")),
        ("E084", "queue", published("{ endpoint: q }", "  q: { type: sqs, fifo: {} }\n")),
        (
            "E088",
            "standard",
            published("{ endpoint: q, redrive_policy: { dead_letter_queue: d } }", "  q: { type: sqs }\n  d: { type: sqs }\n")
                .replace("type: sns", "type: sns, fifo: {}"),
        ),
        ("E170", "keys", published("{ endpoint: s, filter_policy: { a: [ 1 ], b: [ 1 ], c: [ 1 ], d: [ 1 ], e: [ 1 ], f: [ 1 ] } }", SERVER)),
        ("E170", "", published("{ endpoint: s, filter_policy: { a: [ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 ], b: [ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 ] } }", SERVER)),
        (
            "E171",
            "",
            published(&vec!["{ endpoint: q }"; 101].join(",\n      "), "  q: { type: sqs, fifo: {} }\n").replace("type: sns", "type: sns, fifo: {}"),
        ),
        ("E172", "", published("{ endpoint: s }", SERVER).replace("type: sns", "type: sns, maximum_message_size: 1 MB")),
        ("E088", "", published("{ endpoint: s, redrive_policy: { dead_letter_queue: s } }", SERVER)),
        ("E089", "kind", shop(LIST) + "faults: [ { at: 10s, for: 5s, node: api, unavailable: true } ]\n"),
        ("E089", "nothing", with_top("faults: [ { at: 10s, for: 5s, node: s } ]")),
        ("E089", "too_late", with_top("faults: [ { at: 1m, for: 5s, node: s, latency: { multiply: 20 } } ]")),
        ("E089", "no_time", with_top("faults: [ { at: 10s, for: 0s, node: s, unavailable: true } ]")),
        ("E032", "attempts", served(&format!("{phases}, client: {{ retry: {{ max_attempts: 1000 }} }}"))),
        ("E032", "attempts_of_a_call", tabled("get_item: { table: t, retry: { max_attempts: 0 } }", "")),
        ("E032", "attempts_of_an_sdk", shop(&LIST.replace("handler", "sdk: { max_attempts: 300 }, handler"))),
        ("E046", "", with_top("").replace("duration: 1m\nw", "duration: 3000d\nw").replace("duration: 1m", "duration: 3000d")),
        (
            "E068",
            "too_many",
            format!(
                "{}quotas: {{ lambda.concurrent_executions: 2000000000000 }}\n",
                shop(&LIST.replace("handler", "provisioned_concurrency: 1000000000000, handler"))
            ),
        ),
        ("E069", "too_long", shop(&LIST.replace("{ compute: 5ms }", &"{ compute: 5ms }, ".repeat(10_001)))),
        ("E075", "too_many", tabled("get_item: { table: t }", ", partitions: 4294967295")),
        ("E090", "", shop(&LIST.replace("handler", "maximum_retry_attempts: 3, handler"))),
        ("E091", "", shop(&LIST.replace("handler", "maximum_event_age: 30s, handler"))),
        ("E092", "destination", tabled("compute: 5ms", "").replace("handler", "destinations: { on_success: t }, handler")),
        ("E092", "dead_letter_queue", shop(&format!("{other}{}", LIST.replace("handler", "dead_letter_queue: other, handler")))),
        ("E093", "", shop(&format!("{}  q: {{ type: sqs, fifo: {{}} }}\n", LIST.replace("handler", "dead_letter_queue: q, handler")))),
        ("E094", "", shop(&LIST.replace("handler", "routing_config: { additional_version_weights: { '2': 10% } }, handler"))),
        ("E095", "over_100_percent", shop(&LIST.replace("handler", &format!("{} {versions}, handler", weights("60%", "50%"))))),
        ("E095", "two_versions", shop(&LIST.replace("handler", &format!("{} {versions}, handler", weights("10%", "10%"))))),
        ("E160", "", shop(&LIST.replace("handler", "snap_start: published_versions, handler"))),
        ("E160", "provisioned", shop(&JAVA.replace("handler", "provisioned_concurrency: 5, handler"))),
        ("E160", "image", shop(&JAVA.replace("handler", "package: image, handler"))),
        ("E160", "restore", shop(&LIST.replace("handler", "restore_duration: 200ms, handler"))),
        ("E160", "day", format!("as_of: 2022-06-01\n{}", shop(JAVA))),
        ("E067", "day", format!("as_of: 2020-06-01\n{}", shop(&LIST.replace("handler", "memory: 4 GB, handler")))),
        ("E161", "", handler("compute: { time: 50ms, threads: 0 }")),
        ("E032", "deployments", shop(&LIST.replace("handler", "deployments: { every: 0s }, handler"))),
        ("E096", "batch", queue("", "messages: 11", "")),
        ("E096", "receive", queue("", "", "").replace("send: {  }", "receive: { max_messages: 0 }")),
        ("E097", "visibility", queue("visibility_timeout: 13h,", "", "")),
        ("E097", "message_delay", queue("", "delay: 16m", "")),
        ("E097", "receives", queue("", "", "").replace("max_receive_count: 5", "max_receive_count: 0")),
        ("E097", "redrive", queue("", "", "").replace("dead: { type: sqs }", "dead: { type: sqs, redrive: { start: 1s, rate: 5000/s } }")),
        ("E098", "", queue("", "size: 200 KB, messages: 10", "")),
        ("E100", "", queue("", "", "batch_size: 0, maximum_concurrency: 1")),
        ("E101", "", queue("", "", "batch_size: 100")),
        ("E102", "", queue("", "", "maximum_concurrency: 10, provisioned_poller_config: { minimum_pollers: 2, maximum_pollers: 10 }")),
        ("E103", "", queue("fifo: {},", "group: shop", "")),
        (
            "E103",
            "redrive",
            queue("", "", "")
                .replace("dead: { type: sqs }", "dead: { type: sqs, redrive: { start: 1s, to: other } }\n  other: { type: sqs, fifo: {} }"),
        ),
        ("E104", "itself", queue("", "", "").replace("queue: dead", "queue: orders")),
        ("E104", "circle", queue("", "", "").replace("dead: { type: sqs }", "dead: { type: sqs, redrive_policy: { dead_letter_queue: orders } }")),
        ("E105", "", queue("redrive: { start: 1s },", "", "")),
        ("E106", "", fifo_queue(10, "", "", "")),
        ("E106", "of_a_call", fifo_queue(10, "", "group: shop", "").replace("compute: 5ms", "send: orders")),
        ("E107", "", fifo_queue(10, "", "group: shop, delay: 5s", "")),
        ("E108", "", queue("", "deduplicate: order", "")),
        ("E109", "", fifo_queue(10, "content_based_deduplication: false", "group: shop", "")),
        ("E110", "", fifo_queue(10, "", "group: shop", "batch_size: 20, maximum_batching_window: 2s")),
        ("E097", "backlog", queue("backlog: 100000000,", "", "")),
        ("E111", "", queue("", "", "").replace("event_sources: [ ", "event_sources: [ { queue: orders }, ")),
        ("E012", "dead_letters", queue("", "", "").replace("dead_letter_queue: dead", "dead_letter_queue: deed")),
        (
            "E130",
            "",
            tabled("get_item: { table: t }", ", billing_mode: provisioned, auto_scaling: { read: { min_capacity: 50, max_capacity: 10 } }"),
        ),
        (
            "E130",
            "target",
            shop(&LIST.replace(
                "handler",
                "auto_scaling: { provisioned_concurrency: { min_capacity: 1, max_capacity: 10, target_utilization: 95% } }, handler",
            )),
        ),
        (
            "E130",
            "scheduled",
            shop(&LIST.replace(
                "handler",
                "auto_scaling: { provisioned_concurrency: { min_capacity: 1, max_capacity: 10, scheduled_actions: [ { at: 30s, min_capacity: 20 } ] } }, handler",
            )),
        ),
        ("E132", "", shop(&format!("{LIST}  a: {{ type: cloudwatch_alarm, node: list, metric: throtles, threshold: 1 }}\n"))),
        (
            "E133",
            "",
            shop(&format!(
                "{LIST}  a: {{ type: cloudwatch_alarm, node: list, metric: throttles, threshold: 1, period: 10s, evaluation_periods: 3, datapoints_to_alarm: 4 }}\n"
            )),
        ),
        ("E133", "long", shop(&format!("{LIST}  a: {{ type: cloudwatch_alarm, node: list, metric: throttles, threshold: 1, evaluation_periods: 1500 }}\n"))),
        (
            "E134",
            "",
            shop(&format!(
                "{LIST}  a: {{ type: cloudwatch_alarm, node: list, metric: throttles, threshold: 1, alarm_actions: [ ops ] }}\n  ops: {{ type: sns, fifo: {{}} }}\n"
            )),
        ),
        ("E038", "alarm", shop(&format!("{LIST}  a: {{ type: cloudwatch_alarm, node: list, metric: duration, threshold: 100 }}\n"))),
        ("E038", "alarm_count", shop(&format!("{LIST}  a: {{ type: cloudwatch_alarm, node: list, metric: throttles, threshold: 10s }}\n"))),
        ("E135", "", stepped("[ { scaling_adjustment: 1 }, { scaling_adjustment: 2 } ]")),
        ("E135", "none", stepped("[]")),
        ("W040", "", stepped("[ { scaling_adjustment: 1 } ]")),
        ("E131", "", tabled("get_item: { table: t }", ", auto_scaling: { read: { min_capacity: 5, max_capacity: 10 } }")),
        (
            "W034",
            "",
            queue("", "", "").replace("    operation", "    ends_at: desk\n    operation").replace(
                "nodes:",
                "  guests: { target: desk, phases: [ { duration: 60s, arrival_rate: 1/s } ] }\nnodes:\n  desk: { type: server, slots: 1, service_time: 5ms }",
            ),
        ),
        (
            "W035",
            "",
            queue("", "", "filter: { kind: [gone, bulk] }")
                .replace("    operation", "    attributes: { kind: { bulk: 90%, single: 10% } }\n    operation"),
        ),
        ("W036", "", format!("region: us-est-1\n{}", queue("visibility_timeout: 20s,", "", ""))),
        ("E140", "", front("protocol: http, cache: {},")),
        ("E140", "authorizer", front("authorizers: { tokens: { type: jwt } }, authorizer: tokens,")),
        ("E140", "post", shop(&LIST.replace("compute: 5ms", "post_to_connection: { api: api }")).replace("routes: {", "protocol: http, routes: {")),
        ("E141", "", front("cache: { size: 1 GB },")),
        ("E141", "ttl", front("cache: { ttl: 2h },")),
        ("E141", "no_cache", shop(LIST).replace("GET /orders: list", "GET /orders: { integration: list, cache: true }")),
        ("E142", "", front("authorizers: { mine: { type: lambda } }, authorizer: mine,")),
        ("E141", "route", front("cache: { routes: { GET /order: {} } },")),
        ("E142", "by_itself", front("authorizers: { pool: { type: cognito, function: list } }, authorizer: pool,")),
        ("E142", "whose", front("authorizers: { mine: { type: lambda, function: list, ttl: 5m } }, authorizer: mine,")),
        ("E142", "too_long", keyed("authorizers: { mine: { type: lambda, function: list, ttl: 2h, identity: customer } }, authorizer: mine,")),
        (
            "E142",
            "socket",
            keyed("protocol: websocket, authorizers: { mine: { type: lambda, function: list, ttl: 5m, identity: customer } }, authorizer: mine,")
                .replace("requests: [ { route: GET /orders } ]", "session: [ { route: $connect } ]")
                .replace("GET /orders", "$connect"),
        ),
        ("E143", "", front("authorizers: { pool: { type: cognito } }, authorizer: pol,")),
        ("E144", "no_such_key", keyed("api_key: customer, usage_plans: { basic: { keys: [ acme ] } },")),
        ("E144", "no_plan", keyed("api_key: customer,")),
        ("E144", "two_rests", keyed("api_key: customer, usage_plans: { basic: {}, gold: {} },")),
        ("E144", "nothing_left", keyed("api_key: customer, usage_plans: { basic: { quota: { limit: 0, period: day } } },")),
        ("E144", "route", keyed("api_key: customer, usage_plans: { basic: { routes: { GET /order: { rate: 1/s, burst: 1 } } } },")),
        ("E144", "shares", keyed("api_key: customer, usage_plans: { basic: { keys: 60% }, gold: { keys: 50% } },")),
        ("E144", "unbounded", keyed("api_key: customer, usage_plans: { basic: {} },").replace("uniform(n=10)", "unique")),
        ("E144", "too_many", keyed("api_key: customer, usage_plans: { basic: {} },").replace("n=10", "n=10001")),
        ("E145", "", front("protocol: websocket,").replace("GET /orders", "sendMessage")),
        (
            "W043",
            "",
            keyed("protocol: http, authorizers: { mine: { type: lambda, function: list, identity: customer } }, authorizer: mine,"),
        ),
        ("W049", "", shop(&LIST.replace("handler", "response: { size: 7 MB }, handler"))),
        ("W049", "streamed", shop(&LIST.replace("handler", "response: { size: 201 MB, stream: true }, handler"))),
        ("W050", "", shop(&LIST.replace("handler", "response: { size: 20 MB, stream: true }, handler"))),
        ("W001", "", shop(&format!("{LIST}  attic: {{ type: server, slots: 1, service_time: 5ms }}\n"))),
        (
            "W002",
            "",
            shop(&LIST.replace("handler", "timeout: 20s, handler"))
                .replace("GET /orders: list }", "GET /orders: { integration: list, timeout: 5s } }"),
        ),
        (
            "W003",
            "",
            shop(&format!(
                "{}  psp: {{ type: server, slots: 1, service_time: 5ms }}\n",
                LIST.replace("compute: 5ms", "call: { node: psp, timeout: 10s }")
            )),
        ),
        ("W004", "", served("phases: [ { duration: 30s, arrival_rate: 5/s } ]")),
        ("W005", "", served("phases: [ { duration: 2m, arrival_rate: 5/s } ]")),
        ("W006", "", with_top("defaults: { lambda: { memory: 512 MB } }")),
        ("W007", "", two_workloads()),
        ("W008", "", fed("timeout: 10s")),
        ("W008", "window", fed("timeout: 5s").replace("queue: orders,", "queue: orders, maximum_batching_window: 20s")),
        ("W008", "worked_on_twice", fed("timeout: 60s")),
        ("W009", "once", queue("", "", "").replace("count: 5", "count: 1")),
        ("W009", "", queue("", "", "").replace("count: 5", "count: 3")),
        ("W010", "", fed("reserved_concurrency: 2")),
        (
            "W010",
            "two_queues",
            fed("reserved_concurrency: 8")
                .replace("{ queue: orders,  }", "{ queue: orders, maximum_concurrency: 5 }, { queue: returns, maximum_concurrency: 5 }")
                .replace("  work:", "  returns: { type: sqs, backlog: 5, redrive_policy: { dead_letter_queue: dead } }\n  work:"),
        ),
        (
            "W011",
            "",
            queue("", "", "")
                .replace(" redrive_policy: { dead_letter_queue: dead, max_receive_count: 5 }", "")
                .replace("  dead: { type: sqs }\n", ""),
        ),
        ("W012", "", events("memory: 256 MB").replace("  dead: { type: sqs }\n", "")),
        ("W013", "", published("{ endpoint: s }", SERVER)),
        ("W014", "", queue("", "", "maximum_batching_window: 60s")),
        ("W015", "", fifo_queue(3, "", "group: shop", "maximum_concurrency: 10")),
        ("W015", "load", fifo_queue(3, "", "group: shop", "").replace("compute: 5ms", "for_each_message: [ { wait: 1s } ]")),
        ("W016", "", queue("", "", "").replace("dead: { type: sqs }", "dead: { type: sqs, message_retention_period: 2d }")),
        ("W017", "", queue("", "", "") + "  audit: { type: lambda, event_sources: [ { queue: orders } ], handler: [ { compute: 5ms } ] }\n"),
        ("W018", "", handler("send: { queue: q }") + "  q: { type: sqs }\n"),
        ("W019", "", handler("for_each_message: [ { compute: 5ms } ]")),
        ("W020", "", queue("", "", "function_response_types: [ ReportBatchItemFailures ]")),
        ("W021", "", queue("", "", "").replace("compute: 5ms", "for_each_message: [ { fail: { chance: 1% } } ]")),
        ("W022", "", queue("", "", "maximum_concurrency: 2").replace("compute: 5ms", "for_each_message: [ { wait: 1s } ]")),
        ("W023", "", queue("message_retention_period: 2m,", "", "")),
        ("W024", "", queue("message_retention_period: 15m, delay: 15m,", "", "")),
        ("W024", "message", queue("message_retention_period: 10m,", "delay: 15m", "")),
        (
            "W025",
            "",
            format!("{}nodes:\n  api: {{ type: sqs, backlog: 100 }}\n", HEAD.replace("target: api", "target: api\n    operation: { receive: {} }")),
        ),
        ("W025", "handler", handler("repeat: { times: 5, do: [ { receive: { queue: q } }, { delete: q } ] }") + "  q: { type: sqs, backlog: 100 }\n"),
        ("W026", "", queue("", "size: 100 KB", "batch_size: 100, maximum_batching_window: 1s")),
        ("W027", "", queue("", "", "filter_passes: 0%")),
        (
            "W027",
            "subscription",
            published(
                "{ endpoint: list, filter_passes: 0% }",
                &format!("{}  d: {{ type: sqs }}\n", LIST.replace("handler", "dead_letter_queue: d, handler")),
            ),
        ),
        ("W028", "", events("reserved_concurrency: 0, dead_letter_queue: dead")),
        (
            "W029",
            "",
            published("{ endpoint: q }", "  q: { type: sqs }\n")
                .replace("type: sns", "type: sns, fifo: {}")
                .replace("target: t,", "target: t, ends_at: q,"),
        ),
        ("W030", "", events("maximum_event_age: 2m, dead_letter_queue: dead")),
        ("W031", "", queue("", "", "").replace("compute: 5ms", "send: orders")),
        ("W032", "", indexed(100, 10, "uniform(n=1000)")),
        ("W033", "", indexed(2000, 2000, "{ open: 95%, closed: 5% }")),
    ]
}

const SERVER: &str = "  s: { type: server, slots: 1, service_time: 5ms }\n";

/// Messages for a queue that feeds a function.
fn queue(queue: &str, send: &str, source: &str) -> String {
    format!(
        "duration: 60s\nworkloads:\n  shops:\n    target: orders\n    operation: {{ send: {{ {send} }} }}\n    phases: [ {{ duration: 60s, arrival_rate: 5/s }} ]\nnodes:\n  orders: {{ type: sqs, {queue} redrive_policy: {{ dead_letter_queue: dead, max_receive_count: 5 }} }}\n  dead: {{ type: sqs }}\n  work:\n    type: lambda\n    event_sources: [ {{ queue: orders, {source} }} ]\n    handler: [ {{ compute: 5ms }} ]\n"
    )
}

/// The same of a FIFO queue, whose messages are grouped by one of `shops` shops.
fn fifo_queue(shops: u32, fifo: &str, send: &str, source: &str) -> String {
    queue(&format!("fifo: {{ {fifo} }},"), send, source)
        .replace("dead: { type: sqs }", "dead: { type: sqs, fifo: {} }")
        .replace("    operation", &format!("    attributes: {{ shop: uniform(n={shops}) }}\n    operation"))
}

/// A queue that feeds a function of this kind.
fn fed(fields: &str) -> String {
    queue("", "", "").replace("type: lambda", &format!("type: lambda\n    {fields}"))
}

/// Events for a function.
fn events(fields: &str) -> String {
    format!("{}  dead: {{ type: sqs }}\n", shop(&LIST.replace("handler", &format!("{fields}, handler"))))
        .replace("target: api", "target: list\n    operation: { invoke: { invocation_type: event } }")
        .replace("    requests: [ { route: GET /orders } ]\n", "")
        .replace("  api: { type: api_gateway, routes: { GET /orders: list } }\n", "")
}

/// A provisioned table with an index by status.
fn indexed(table: u32, index: u32, statuses: &str) -> String {
    let units = |n: u32| format!("write_capacity_units: {n}");
    let nodes = format!(", billing_mode: provisioned, {}, global_secondary_indexes: {{ by_status: {{ {} }} }}", units(table), units(index));
    let attributes = format!("target: api\n    attributes: {{ status: {statuses} }}");
    tabled("put_item: { table: t, gsi: { by_status: { key: status } } }", &nodes).replace("target: api", &attributes)
}

/// A topic `t` with one subscription.
fn published(subscription: &str, nodes: &str) -> String {
    let workload = "w: { target: t, phases: [ { duration: 1m, arrival_rate: 5/s } ] }";
    format!("duration: 1m\nworkloads:\n  {workload}\nnodes:\n  t: {{ type: sns, subscriptions: [ {subscription} ] }}\n{nodes}")
}

/// A shop of which the function does one thing.
fn handler(step: &str) -> String {
    shop(&LIST.replace("compute: 5ms", step))
}

/// The same with a table `t`.
/// A table with one global index.
const BY_STATUS: &str = ", global_secondary_indexes: { by_status: {} }";

/// A table that has as much as one may have.
const TABLE_40K: &str = ", billing_mode: provisioned, read_capacity_units: 40000";

/// A function whose provisioned concurrency changes by these steps.
fn stepped(steps: &str) -> String {
    let policy = format!("step_policies: [ {{ threshold: 70%, step_adjustments: {steps} }} ]");
    shop(
        &LIST.replace("handler", &format!("auto_scaling: {{ provisioned_concurrency: {{ min_capacity: 1, max_capacity: 10, {policy} }} }}, handler")),
    )
}

fn tabled(step: &str, table: &str) -> String {
    format!("{}  t: {{ type: dynamodb{table} }}\n", handler(step))
}

fn bomb() -> String {
    let level = |n: usize| format!("a{n}: &a{n} [ {} ]\n", vec![format!("*a{}", n - 1); 9].join(", "));
    format!("a0: &a0 lol\n{}", (1..9).map(level).collect::<String>())
}

fn circle() -> String {
    let call = |name: &str, to: &str| format!("  {name}: {{ type: lambda, runtime: nodejs22.x, handler: [ {{ invoke: {{ function: {to} }} }} ] }}\n");
    shop(&(call("list", "stock") + &call("stock", "price") + &call("price", "list")))
}

fn two_workloads() -> String {
    let orders = "  orders: { type: dynamodb, billing_mode: on_demand }\n";
    let nodes = format!("{}{orders}", LIST.replace("compute: 5ms", "query: { table: orders, key: customer }"));
    let other = "  others:\n    target: api\n    phases: [ { duration: 1m, arrival_rate: 5/s } ]\n    requests: [ { route: GET /orders } ]\nnodes:";
    shop(&nodes).replace("target: api", "target: api\n    attributes: { customer: zipf(n=10 s=1.0) }").replace("nodes:", other)
}

fn check(file: &str) -> Loaded {
    load("shop.yaml", file.as_bytes(), &[], &NoFiles)
}

fn shown(loaded: &Loaded) -> String {
    text(&loaded.parsed.diagnostics, &loaded.parsed.sources, Colour::Never)
}

/// Holds a rendering against its snapshot, and the codes against the claim.
fn holds(code: &str, about: &str, loaded: &Loaded) {
    let codes: BTreeSet<&str> = loaded.parsed.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    let rendering = shown(loaded);
    assert_eq!(codes, BTreeSet::from([code]), "{rendering}");
    assert_eq!(loaded.ready().is_some(), code.starts_with('W'), "an error leaves no scenario, a warning does");
    let name = if about.is_empty() { code.to_owned() } else { format!("{code}_{about}") };
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, { insta::assert_snapshot!(name, rendering) });
}

#[test]
fn every_complaint_reads_as_it_should() {
    for (code, about, file) in cases() {
        holds(code, about, &check(&file));
    }
}

/// What may be wrong with a usage file, or the prices in it.
fn usages() -> [(&'static str, &'static str, &'static str); 6] {
    [
        (
            "E180",
            "",
            "region: eu-central-1\nusage:\n  lambda: { architecture: arm64, invocations: 3M, duration: 120ms }\nprices: [ { key: lambda.requests, factor: 1 } ]\n",
        ),
        ("E180", "near", "meters:\n  sqs.standart: 3M\n"),
        (
            "E181",
            "",
            "usage: { sqs: { messages: 1M } }\nprices:\n  - { key: sqs.standard, tiers: [ { up_to: 2M, price: 1 }, { up_to: 1M, price: 2 } ] }\n  - { key: shop.orders, price: 2, per: 0 }\n  - { key: shop.carts, price: 2 }\n  - { key: Carts, price: 2 }\n  - { key: sqs.fifo, since: 2026-02-30, price: 2 }\n  - { key: sns.standard, price: 1 }\n  - { key: sns.standard, price: 2 }\n  - { key: lambda.duration.arm64, rounding: { duration: { row: lambda.nothing } } }\n",
        ),
        ("E182", "", "usage:\n  lambda: { invocations: 10, cold_starts: 20, duration: 1s }\n  sqs: { messages: 10, message: 2 MB }\n"),
        ("E183", "", "usage: { sqs: { messages: 1M } }\nexpect:\n  - { line: sqs.standart, usd: 0.40 }\n"),
        ("W060", "", "usage: { sqs: { messages: 1M } }\nprices:\n  - { key: sqs.standart, unit: requests, price: 0.4, per: 1M }\n"),
    ]
}

#[test]
fn every_complaint_about_a_usage_reads_as_it_should() {
    for (code, about, file) in usages() {
        holds(code, about, &crate::support::usage(file));
    }
}

/// What a study may be asked wrongly: the scenario, and the commands, of which the last is complained of.
const ASKED: &[(&str, &str, &str)] = &[
    ("E184", "vary", "coldfront sweep shop.yaml --vary nodes.s.slots -q"),
    ("E185", "vary", "coldfront sweep shop.yaml --vary nodes.s.slots=5..5:3 -q"),
    ("E186", "", "coldfront replicate shop.yaml --replications 2 --of 'w: p(98)' -q"),
    (
        "E190",
        "",
        "coldfront sweep shop.yaml --vary nodes.s.slots=1,2 --replications 1 --out out -q\ncoldfront sweep shop.yaml --vary nodes.s.slots=3,4 --replications 1 --out out -q",
    ),
    ("E191", "", "coldfront sweep shop.yaml --vary nodes.s.slots=1,2 --replications 1 --out out --shard 0/2 -q\ncoldfront merge out -q"),
    (
        "E192",
        "",
        "coldfront sweep shop.yaml --vary nodes.s.slots=1,2 --replications 1 --out one --shard 0/2 -q\ncoldfront sweep shop.yaml --vary nodes.s.slots=1,3 --replications 1 --out two --shard 1/2 -q\ncoldfront merge one two -q",
    ),
    ("E193", "", "coldfront solve shop.yaml --decide nodes.s.slots=1..4 -q"),
    ("E194", "", "coldfront solve kept.yaml --decide nodes.s.slots=1..4 --minimise 'w: mean' --replications 2 -q"),
    ("E195", "", "coldfront solve kept.yaml -q"),
    ("E197", "", "coldfront capacity kept.yaml --replications 2 -q"),
    ("E198", "", "coldfront worst shop.yaml --peak 0.5x --floor 2x --min-width 2h -q"),
    ("E199", "", "coldfront worst shop.yaml --workload x -q"),
];

#[test]
fn every_complaint_about_a_study_reads_as_it_should() {
    for (code, about, commands) in ASKED {
        let own = if commands.contains("kept.yaml") { with_top("thresholds: [ 'w: mean < 1ms' ]") } else { with_top("seed: 1") };
        let (exit, said) = crate::support::asked(&own, &commands.replace("kept.yaml", "shop.yaml"));
        assert!(exit == Some(if ["E194", "E197"].contains(code) { 99 } else { 2 }) && said.contains(&format!("error[{code}]")), "{exit:?}: {said}");
        let name = if about.is_empty() { (*code).to_owned() } else { format!("{code}_{about}") };
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, { insta::assert_snapshot!(name, said) });
    }
}

/// Everything that the warnings of messaging look at, made as AWS advises.
const WELL_MADE: &str = "
duration: 10m
workloads:
  shoppers:
    target: list
    operation: { invoke: { invocation_type: event } }
    phases: [ { duration: 10m, arrival_rate: 20/s } ]
    attributes: { customer: zipf(n=1000 s=1.0), order: unique, status: uniform(n=500) }
  shops:
    target: orders
    operation: { send: { size: 2 KB, group: customer, deduplicate: order, messages: 10 } }
    phases: [ { duration: 10m, arrival_rate: 5/s } ]
    attributes: { customer: zipf(n=1000 s=1.0), order: unique, status: uniform(n=500) }
  pollers:
    target: mail
    operation: { receive: { max_messages: 10, wait_time: 20s } }
    phases: [ { duration: 10m, arrival_rate: 2/s } ]
  partners:
    target: parcels
    phases: [ { duration: 10m, arrival_rate: 2/s } ]
    ends_at: pack
nodes:
  list:
    type: lambda
    destinations: { on_success: records, on_failure: failures }
    handler: [ { publish: { topic: placed } }, { send: { queue: mail, delay: 5s } } ]
  placed:
    type: sns
    subscriptions:
      - { endpoint: parcels }
      - { endpoint: stock, filter_passes: 50% }
      - { endpoint: partner, redrive_policy: { dead_letter_queue: failures } }
  partner: { type: server, slots: 10, service_time: 5ms }
  stock: { type: lambda, dead_letter_queue: failures, handler: [ { for_each_message: [ { compute: 5ms } ] } ] }
  mail: { type: sqs }
  parcels: { type: sqs, visibility_timeout: 80s, redrive_policy: { dead_letter_queue: dead, max_receive_count: 5 } }
  dead: { type: sqs, message_retention_period: 14d, redrive: { start: 5m } }
  pack:
    type: lambda
    timeout: 10s
    reserved_concurrency: 10
    event_sources:
      - { queue: parcels, batch_size: 100, maximum_batching_window: 20s, maximum_concurrency: 10, function_response_types: [ ReportBatchItemFailures ] }
    handler:
      - for_each_message:
          - call: { node: partner, timeout: 1s, on_error: [ { send: { queue: parked } } ] }
          - fail: { chance: 1% }
  parked: { type: sqs }
  records: { type: sqs }
  failures: { type: sqs }
  orders: { type: sqs, fifo: { content_based_deduplication: false }, visibility_timeout: 3m, redrive_policy: { dead_letter_queue: dead_orders, max_receive_count: 5 } }
  dead_orders: { type: sqs, fifo: {} }
  work:
    type: lambda
    timeout: 30s
    event_sources: [ { queue: orders, maximum_concurrency: 50, function_response_types: [ ReportBatchItemFailures ] } ]
    handler:
      - for_each_message:
          - put_item: { table: ledger, key: customer, gsi: { by_status: { key: status } } }
          - fail: { chance: 1% }
  ledger:
    type: dynamodb
    billing_mode: provisioned
    write_capacity_units: 400
    global_secondary_indexes: { by_status: { write_capacity_units: 400 } }
";

#[test]
fn what_is_made_as_aws_advises_is_not_warned_of() {
    assert_eq!(shown(&check(WELL_MADE)), "");
}

/// Scenarios that are about what is warned of, or measure without it.
const ON_PURPOSE: &[(&str, &[&str])] = &[
    ("scenarios/bench/pipeline.yaml", &["W011"]),
    ("scenarios/lessons/07-webhooks.yaml", &["W013"]),
    ("scenarios/lessons/08-one-bad-message.yaml", &["W009", "W021"]),
    ("scenarios/lessons/09-order-and-groups.yaml", &["W011"]),
    ("scenarios/messaging/fanout-noisy-neighbour.yaml", &["W011"]),
    ("scenarios/messaging/retry-storm.yaml", &["W012"]),
    ("scenarios/messaging/sqs-throttle-dlq.yaml", &["W008", "W009", "W010"]),
    ("scenarios/messaging/visibility-duplicates.yaml", &["W008", "W010"]),
    // As its template has it.
    ("scenarios/real/curbside-pickup.yaml", &["W008", "W011", "W012"]),
];

#[test]
fn the_shipped_scenarios_are_warned_of_nothing_in_messaging_but_what_they_are_about() {
    for run in crate::support::SCENARIOS.iter() {
        let codes = run.warnings.iter().flat_map(|warning| (8..=33).map(|n| format!("W{n:03}")).filter(move |code| warning.contains(code.as_str())));
        let meant = |code: &String| ON_PURPOSE.iter().any(|(name, codes)| *name == run.name && codes.contains(&code.as_str()));
        let unmeant: Vec<String> = codes.filter(|code| !meant(code)).collect();
        assert!(unmeant.is_empty(), "{}: {unmeant:?}", run.name);
    }
}

#[test]
fn the_advice_on_visibility_is_six_time_outs_and_the_window_to_the_second() {
    let codes = |visibility: &str, window: &str| {
        let file = fed("timeout: 10s").replace("orders: { type: sqs,", &format!("orders: {{ type: sqs, visibility_timeout: {visibility},"));
        let loaded = check(&file.replace("queue: orders,", &format!("queue: orders, maximum_batching_window: {window}")));
        loaded.parsed.diagnostics.iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>()
    };
    assert_eq!([codes("60s", "0s"), codes("59s", "0s")], [vec![], vec!["W008"]]);
    assert_eq!([codes("65s", "5s"), codes("64s", "5s")], [vec![], vec!["W008"]]);
    assert_eq!([codes("15s", "5s"), codes("14s", "5s"), codes("9s", "5s")], [["W008"], ["W014"], ["W008"]]);
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_parsed() {
    holds("E002", "", &load("shop.yaml", &vec![b'#'; 17 << 20], &[], &NoFiles));
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    holds("E006", "binary", &load("shop.yaml", b"duration: 1m\nname: caf\xe9\n", &[], &NoFiles));
}

#[test]
fn overrides_are_complained_of_where_they_were_written() {
    let file = shop(LIST);
    let over = |path: &str, value: &str| load("shop.yaml", file.as_bytes(), &[(path.into(), value.into())], &NoFiles);
    holds("E039", "", &over("nodes.lists.timeout", "5s"));
    holds("E039", "item", &over("workloads.shoppers.phases.3.arrival_rate", "5/s"));
    holds("E040", "", &over("nodes.list.timeout", ""));
    holds("E022", "override", &over("nodes.list.timout", "5s"));
    holds("E023", "override", &over("nodes.list.timeout", "5"));
    assert!(over("nodes.list.timeout", "5s").parsed.diagnostics.is_empty());
}

#[test]
fn a_variant_is_complained_of_where_it_was_written() {
    let file = with_top("variants:\n  bigger: { nodes.s.slotz: 2 }\n  other: { nodes.t.slots: 2 }");
    let of = |variant| load("shop.yaml", file.as_bytes(), Edits { variant: Some(variant), case: None, overrides: &[] }, &NoFiles);
    holds("E022", "variant", &of("bigger"));
    holds("E039", "variant", &of("other"));
    holds("E122", "", &of("biggest"));
    let base = check(&file);
    assert_eq!(shown(&base), "");
    let all = variants("shop.yaml", file.as_bytes(), &[], &NoFiles, &base);
    assert_eq!(
        all.iter().map(|d| (d.code, d.others[0].text.as_str())).collect::<Vec<_>>(),
        [("E022", "in this variant"), ("E039", "in this variant")]
    );
}

#[test]
fn a_case_is_complained_of_where_it_was_written() {
    let file = with_top("cases:\n  - { name: fast, set: { nodes.s.slotz: 2 } }\n  - { name: odd, set: { nodes.t.slots: 2 } }");
    let of = |case| load("shop.yaml", file.as_bytes(), Edits { variant: None, case: Some(case), overrides: &[] }, &NoFiles);
    holds("E022", "case", &of("fast"));
    holds("E039", "case", &of("odd"));
    holds("E128", "", &of("fats"));
    let base = check(&file);
    let all = variants("shop.yaml", file.as_bytes(), &[], &NoFiles, &base);
    assert_eq!(all.iter().map(|d| (d.code, d.others[0].text.as_str())).collect::<Vec<_>>(), [("E022", "in this case"), ("E039", "in this case")]);
}

#[test]
fn a_series_that_cannot_be_understood_is_complained_of() {
    struct Day(&'static str);
    impl Files for Day {
        fn read(&self, _: &str) -> Result<Vec<u8>, String> {
            Ok(self.0.into())
        }
    }
    let file = expecting("{ metric: 's: busy_slots', series: { file: day.csv, time: t, value: busy }, tolerance: 5% }");
    let of = |text| load("shop.yaml", file.as_bytes(), &[], &Day(text));
    holds("E127", "columns", &of("when,busy\n1,3\n"));
    holds("E127", "time", &of("t,busy\nsoon,3\n"));
    holds("E127", "empty", &of("t,busy\n"));
    holds("E038", "series", &of("t,busy\n1,3s\n"));
    holds("E116", "series", &of("t,busy\n1,3\n90,4\n"));
    assert_eq!(shown(&of("t,busy\n1,3\n2,4\n")), "");
}

#[test]
fn what_is_included_is_complained_of_in_its_own_file() {
    struct Parts;
    impl Files for Parts {
        fn read(&self, path: &str) -> Result<Vec<u8>, String> {
            match path {
                "parts/desk.yaml" => Ok(b"# Desks of all shops.\nnodes:\n  desk: { type: server, slotz: 1, service_time: 5ms }\n".to_vec()),
                "parts/circle.yaml" => Ok(b"include: ../parts/round.yaml\n".to_vec()),
                "parts/round.yaml" => Ok(b"include: circle.yaml\n".to_vec()),
                "parts/tab.yaml" => Ok(b"nodes:\n\tdesk: {}\n".to_vec()),
                "parts/many.yaml" => Ok(format!("include: [ {} ]\n", vec!["quotas.yaml"; 101].join(", ")).into_bytes()),
                "parts/quotas.yaml" => Ok(b"quotas: { lambda.concurrent_executions: 5000 }\n".to_vec()),
                _ => Err("there is no such file".into()),
            }
        }
    }
    let with = |include: &str| load("shop.yaml", with_top(&format!("include: {include}")).as_bytes(), &[], &Parts);
    holds("E022", "included", &with("parts/desk.yaml"));
    holds("E001", "included", &with("parts/tab.yaml"));
    holds("E120", "", &with("parts/circle.yaml"));
    holds("E121", "", &with("parts/many.yaml"));
}

#[test]
fn three_errors_in_one_node_are_three() {
    let loaded = check(&shop(
        "  list: { type: lambda, runtime: nodejs22.x, timeout: 5, reserved_concurrency: few, memry: 1 GB, handler: [ { compute: 5ms } ] }\n",
    ));
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, { insta::assert_snapshot!("three_errors_in_one_node", shown(&loaded)) });
    assert_eq!(loaded.parsed.diagnostics.len(), 3);
}

#[test]
fn errors_of_all_stages_come_together() {
    let file = shop(
        "  list: { type: lambda, runtime: nodejs22.x, handler: [ { query: { table: oders } } ] }\n  orders: { type: dynamodb, reed_capacity: 1 }\n",
    )
    .replace("duration: 1m\nw", "duration: 0s\nw");
    let codes: Vec<&str> = check(&file).parsed.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["E032", "E012", "E022"]);
}

#[test]
fn a_wrong_default_is_wrong_once() {
    let file = format!(
        "{}  more: {{ type: lambda, runtime: nodejs22.x, handler: [ {{ compute: 5ms }} ] }}\ndefaults: {{ lambda: {{ memry: 1 GB }} }}\n",
        shop(LIST)
    );
    let codes: Vec<&str> = check(&file).parsed.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["E022"]);
}

#[test]
fn the_table_of_codes_is_what_the_sources_use_and_the_snapshots_show() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table: BTreeSet<String> = CODES.iter().map(|(code, _)| code.to_string()).collect();
    assert_eq!(table.len(), CODES.len(), "no code twice");
    let mut used = BTreeSet::new();
    for path in sources(&root.join("src")).iter().filter(|path| !path.ends_with("scenario/codes.rs")) {
        let text = std::fs::read_to_string(path).expect("a source can be read");
        used.extend(codes_in(text.split("#[cfg(test)]").next().unwrap_or_default()));
    }
    assert_eq!(used, table, "left: used in src; right: in scenario/codes.rs");
    let snapshots = std::fs::read_dir(root.join("tests/it/snapshots")).expect("there are snapshots");
    let shown: BTreeSet<String> = snapshots.flatten().map(|entry| entry.file_name().to_string_lossy().chars().take(4).collect()).collect();
    let missing: Vec<&String> = table.difference(&shown).collect();
    assert!(missing.is_empty(), "no snapshot shows {missing:?}");
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder of sources").flatten().map(|entry| entry.path());
    let each = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries.flat_map(each).filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

/// Every `"E012"` or `"W003"` in a source text.
fn codes_in(text: &str) -> Vec<String> {
    let is_code = |word: &&str| word.len() == 4 && word.starts_with(['E', 'W']) && word[1..].bytes().all(|b| b.is_ascii_digit());
    text.split('"').filter(is_code).map(str::to_owned).collect()
}

/// A shop of two functions that set concurrency aside.
fn reserving(one: &str, other: &str) -> String {
    let list = LIST.replace("handler", &format!("{one}, handler")).replace("compute: 5ms", "invoke: { function: stock }");
    shop(&format!("{list}  stock: {{ type: lambda, {other} }}\n"))
}

#[test]
fn a_hundred_executions_must_stay_unreserved() {
    let codes = |one: &str, other: &str, top: &str| {
        let loaded = check(&format!("{}{top}", reserving(one, other)));
        loaded.parsed.diagnostics.iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>()
    };
    let reserve = "reserved_concurrency: 500";
    assert_eq!(codes(reserve, "reserved_concurrency: 400", ""), [""; 0]);
    assert_eq!(codes(reserve, "reserved_concurrency: 401", ""), ["E047"]);
    assert_eq!(codes(reserve, "provisioned_concurrency: 401", ""), ["E047"]);
    assert_eq!(codes(reserve, "reserved_concurrency: 400, provisioned_concurrency: 400", ""), [""; 0], "provisioned within a reservation");
    assert_eq!(codes(reserve, "reserved_concurrency: 401", "quotas: { lambda.concurrent_executions: 1001 }\n"), [""; 0]);
    assert_eq!(codes("memory: 256 MB", "memory: 256 MB", "quotas: { lambda.concurrent_executions: 10 }\n"), [""; 0], "none set aside");
}

#[test]
fn large_files_of_mistakes_are_answered_in_good_time() {
    let many = |line: &dyn Fn(usize) -> String| (0..10_000).map(line).collect::<String>();
    let nodes = shop(&many(&|n| format!("  f{n}: {{ type: lambda, handler: [ {{ invoke: {{ function: g{n} }} }} ] }}\n")));
    let chain = shop(&many(&|n| {
        format!("  f{n}: {{ type: lambda, handler: [ {{ invoke: {{ function: f{} }}, query: {{ table: t, key: k }} }} ] }}\n", n + 1)
    }));
    let chain = format!(
        "{chain}  f10000: {{ type: lambda, handler: [ {{ compute: 5ms }} ] }}\n  t: {{ type: dynamodb }}\n{}",
        LIST.replace("compute: 5ms", "invoke: { function: f0 }")
    );
    let routes = format!(
        "{HEAD}    requests:\n{}nodes:\n  api:\n    type: api_gateway\n    routes:\n{}",
        many(&|n| format!("      - {{ route: GET /{n} }}\n")),
        many(&|n| format!("      PUT /{n}: list\n"))
    );
    let thresholds = format!("{}thresholds:\n{}", shop(LIST), many(&|n| format!("  - f{n}: mean < 1s\n")));
    let one_line = format!("{}defaults: {{ lambda: {{ {} }} }}\n", shop(LIST), many(&|n| format!("ü{n}: 1, ")));
    for file in [nodes, chain, routes, thresholds, one_line] {
        let loaded = check(&file);
        assert!(loaded.parsed.diagnostics.len() >= 10_000, "{}", shown(&loaded));
        assert!(shown(&loaded).len() < 1_000_000);
        assert!(json(&loaded.parsed.diagnostics, &loaded.parsed.sources).as_array().is_some_and(|all| all.len() >= 10_000));
    }
}

#[test]
fn json_has_a_fixed_shape() {
    let loaded = check(&shop("  lists: { type: lambda, runtime: nodejs22.x, handler: [ { compute: 5ms } ] }\n"));
    let json = json(&loaded.parsed.diagnostics, &loaded.parsed.sources);
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("json", serde_json::to_string_pretty(&json).expect("JSON can be written"));
    });
}

#[test]
fn colours_change_nothing_but_colours() {
    let loaded = check(&shop(""));
    let coloured = text(&loaded.parsed.diagnostics, &loaded.parsed.sources, Colour::Always);
    let mut plain = String::new();
    for piece in coloured.split('\u{1b}') {
        plain.push_str(piece.split_once('m').filter(|(start, _)| start.starts_with('[')).map_or(piece, |(_, rest)| rest));
    }
    assert_eq!(plain, shown(&loaded));
}

#[test]
fn the_starter_is_without_fault() {
    let loaded = check(STARTER);
    assert_eq!(shown(&loaded), "");
    let topology = loaded.topology;
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("starter_dot", dot(&topology, "A little shop"));
        insta::assert_snapshot!("starter_mermaid", mermaid(&topology));
    });
}

#[test]
fn the_starter_runs_to_its_end() {
    let loaded = check(STARTER);
    let simulation = Simulation::new(loaded.ready().expect("no errors"), Bounds::default());
    let record = simulation.run();
    assert_eq!(record.stopped_early, None);
    assert!(record.events > 100_000, "{} events", record.events);
}

#[test]
fn names_cannot_break_out_of_a_drawing() {
    let name = "a\\\"]; x -> y [label=\\\"";
    let file = with_top("").replace("target: s", &format!("target: \"{name}\"")).replace("  s:", &format!("  \"{name}\":"));
    let loaded = check(&file);
    assert!(loaded.ready().is_some(), "a name may hold anything");
    let topology = loaded.topology;
    assert!(dot(&topology, "t").contains(r#"label="a\"]; x -> y [label=\"\nserver""#));
    assert!(mermaid(&topology).contains("a#34;]#59; x -#62; y [label=#34;<br/>"));
}

struct Trace;

impl Files for Trace {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match path {
            "day.csv" => Ok(b"0\n1\n".to_vec()),
            "words.csv" => Ok(b"at\n0\nlater\n".to_vec()),
            _ => Err("there is no such file".into()),
        }
    }
}

#[test]
fn traces_are_complained_of_where_they_are_named() {
    let with = |replay: &str| load("shop.yaml", served(&format!("replay: {{ {replay} }}")).as_bytes(), &[], &Trace);
    holds("E045", "", &with("file: words.csv"));
    holds("E045", "function", &with("file: day.csv, function: { rank: 1 }"));
    holds("E041", "no_such_file", &with("file: night.csv"));
    holds("E032", "nothing_left", &with("file: day.csv, from: 5s"));
    holds("E112", "", &load("shop.yaml", serving("empirical(file=words.csv)").as_bytes(), &[], &Trace));
}

#[test]
fn traces_come_with_the_scenario() {
    let loaded = load("shop.yaml", served("replay: { file: day.csv }").as_bytes(), &[], &Trace);
    assert_eq!(shown(&loaded), "");
    assert!(loaded.ready().is_some_and(|scenario| scenario.traces.len() == 1));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn any_bytes_are_answered_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let loaded = load("shop.yaml", &bytes, &[], &NoFiles);
        prop_assert!(!shown(&loaded).is_empty());
    }

    #[test]
    fn a_mutated_scenario_is_checked_without_panic(cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, "[-a:{}\\[\\], \n\t&*0-9/%<(=]{0,6}"), 1..6)) {
        let mut bytes = STARTER.as_bytes().to_vec();
        for (at, length, new) in cuts {
            let start = at.index(bytes.len());
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, new.into_bytes());
        }
        let loaded = load("shop.yaml", &bytes, &[], &NoFiles);
        let rendered = shown(&loaded);
        prop_assert_eq!(rendered.is_empty(), loaded.parsed.diagnostics.is_empty());
        prop_assert!(loaded.ready().is_some() || loaded.parsed.diagnostics.iter().any(|d| d.is_error()));
        let _ = json(&loaded.parsed.diagnostics, &loaded.parsed.sources);
    }
}
