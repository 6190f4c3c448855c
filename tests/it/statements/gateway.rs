//! API Gateway, its authorizers, caches, plans and sockets, and function URLs, by what AWS's guides say of them.
//!
//! Statuses, limits and orders of checks are those of the API Gateway guide (request throttling, gateway response types, caching, Lambda authorizers,
//! WebSocket quotas) and of the Lambda guide (function URLs, errors of an integration).

use crate::observed::{IDEAL, Run, near, run, run_bursts, run_with, s};
use coldfront::metrics::Class;

/// A backend that answers at once, however many ask.
const BACKEND: &str = "  b: { type: server, slots: 1000000, service_time: 1ms }\n";
/// Room for as many functions as come.
const ROOM: &str = "quotas: { lambda.concurrent_executions: 100000, lambda.scaling_burst: 100000 }\n";

/// A workload that comes at even distances for the whole of the run.
fn evenly(name: &str, api: &str, seconds: u32, rate: u32, more: &str) -> String {
    format!("  {name}: {{ target: {api}, arrivals: uniform, phases: [ {{ duration: {seconds}s, arrival_rate: {rate}/s }} ], {more} }}\n")
}

/// An API without overhead before the backend.
fn api(name: &str, more: &str) -> String {
    format!("  {name}: {{ type: api_gateway, overhead: 0s, routes: {{ GET /: b }}, {more} }}\n")
}

fn at_once(nodes: &str, workload: &str, count: usize) -> Run {
    run_bursts(&format!("{IDEAL}{ROOM}duration: 10s\nworkloads: {{ w: {{ target: api, {workload} BURSTS }} }}\nnodes:\n{nodes}"), &[(0.0, count)])
}

#[test]
fn the_bucket_lets_5000_in_at_once_then_10_000_a_second() {
    let burst = at_once(&format!("{}{BACKEND}", api("api", "")), "", 20_000);
    assert_eq!((burst.ok("w"), burst.failed("w", Class::Throttled, 429)), (5_000, 15_000));
    let steady = run(&format!("duration: 3s\nworkloads:\n{}nodes:\n{}{BACKEND}", evenly("w", "api", 3, 20_000, ""), api("api", "")));
    let accepted = |from: f64| 20_000.0 - steady.count_between("api", "4XXError", from, from + 1.0);
    [15_000.0, 10_000.0, 10_000.0].into_iter().zip([0.0, 1.0, 2.0]).for_each(|(expected, from)| near(accepted(from), expected, 0.001));
}

#[test]
fn rest_http_and_pushes_to_connections_share_one_bucket() {
    let nodes = format!(
        "{}{}  ws: {{ type: api_gateway, protocol: websocket, overhead: 0s, routes: {{ $connect: b }} }}\n{BACKEND}",
        api("rest", ""),
        api("http", "protocol: http")
    );
    let refused = |pushes: &str| {
        let workloads = format!("{}{}{pushes}", evenly("one", "rest", 5, 6_000, ""), evenly("other", "http", 5, 6_000, ""));
        let run = run(&format!("duration: 5s\nwarm_up: 4s\nworkloads:\n{workloads}nodes:\n{nodes}"));
        run.refused("apigateway_account") as f64
    };
    near(refused(""), 2_000.0, 0.002);
    near(refused(&evenly("pushers", "ws", 5, 3_000, "operation: { post_to_connection: { size: 1 KB } }")), 5_000.0, 0.002);
}

#[test]
fn what_a_method_limit_rejects_takes_no_token_of_the_account() {
    // That refusals take nothing elsewhere is our choice. With the 9,900 a second beside it the account's bucket has just what it needs.
    let limited = "  limited: { type: api_gateway, overhead: 0s, routes: { GET /: { integration: b, throttle: { rate: 100/s, burst: 50 } } } }\n";
    let workloads = format!("{}{}", evenly("one", "limited", 8, 1_000, ""), evenly("other", "open", 8, 9_900, ""));
    let run = run(&format!("duration: 8s\nwarm_up: 4s\nworkloads:\n{workloads}nodes:\n{limited}{}{BACKEND}", api("open", "")));
    near(run.ok("one") as f64, 400.0, 0.01);
    near(run.failed("one", Class::Throttled, 429) as f64, 3_600.0, 0.005);
    assert_eq!((run.failed("other", Class::Throttled, 429), run.refusing()), (0, vec!["apigateway_route"]));
}

#[test]
fn a_throttled_function_is_a_500_behind_rest_and_a_429_behind_a_url() {
    let function = "  f: { type: lambda, reserved_concurrency: 1, handler: [ { wait: 1s } ] }\n";
    let rest = at_once(&format!("  api: {{ type: api_gateway, routes: {{ GET /: f }} }}\n{function}"), "", 2);
    assert_eq!((rest.ok("w"), rest.failed("w", Class::Failed, 500)), (1, 1));
    assert_eq!((rest.counts("api", ["4XXError", "5XXError"]), rest.counts("f", ["Invocations", "Throttles"])), ([0.0, 1.0], [1.0, 1.0]));
    let url = at_once(&format!("  api: {{ type: function_url, function: f }}\n{function}"), "", 2);
    assert_eq!((url.ok("w"), url.failed("w", Class::Throttled, 429)), (1, 1));
    assert_eq!(url.counts("api", ["UrlRequestCount", "Url4xxCount", "Url5xxCount"]), [2.0, 1.0, 0.0]);
}

#[test]
fn after_a_504_at_29_s_the_function_works_on_to_its_40_s() {
    let nodes = "  api: { type: api_gateway, overhead: 0s, routes: { GET /: f } }\n  f: { type: lambda, timeout: 60s, handler: [ { wait: 40s } ] }\n";
    let run = run_bursts(&format!("{IDEAL}duration: 60s\nworkloads: {{ w: {{ target: api, BURSTS }} }}\nnodes:\n{nodes}"), &[(0.0, 1)]);
    assert_eq!((run.failed("w", Class::TimedOut, 504), s(run.answers("w").failed.max())), (1, 29.0));
    assert_eq!(run.counts("f", ["Errors", "BilledDuration"]), [0.0, 40_000.0]);
    near(run.held("f", "ConcurrentExecutions"), 40.0, 1e-9);
}

#[test]
fn http_calls_are_metered_by_512_kb_messages_by_32_kb_and_rest_calls_by_one() {
    let units = |payload: &str| {
        let run =
            at_once(&format!("{}{BACKEND}", api("api", "protocol: http")), &format!("requests: [ {{ route: GET /, payload: {payload} }} ],"), 1);
        let [count, beyond] = run.counts("api", ["Count", "AdditionalRequestUnits"]);
        count + beyond
    };
    assert_eq!(["512 KB", "513 KB", "1024 KB", "1025 KB"].map(units), [1.0, 2.0, 2.0, 3.0]);
    let socket = |payload: &str| {
        let session = format!("session: [ {{ route: $connect }}, {{ route: send, payload: {payload} }} ],");
        let ws = "  api: { type: api_gateway, protocol: websocket, routes: { $connect: b, send: b } }\n";
        at_once(&format!("{ws}{BACKEND}"), &session, 1).counts("api", ["MessageCount", "MessageUnits"])
    };
    assert_eq!(["32 KB", "33 KB"].map(socket), [[1.0, 1.0], [1.0, 2.0]]);
    let rest = at_once(&format!("{}{BACKEND}", api("api", "")), "requests: [ { route: GET /, payload: 9 MB } ],", 1);
    assert_eq!((rest.ok("w"), rest.count("api", "Count")), (1, 1.0));
}

/// A session over a WebSocket, run for three hours.
fn over_a_socket(api: &str, session: &str) -> Run {
    let api = format!("  api: {{ type: api_gateway, protocol: websocket, overhead: 0s, routes: {{ $connect: b, send: b }}, {api} }}\n");
    let workload = format!("w: {{ target: api, session: [ {{ route: $connect }}, {session} ], on_failure: go_on, BURSTS }}");
    run_bursts(&format!("duration: 3h\nworkloads: {{ {workload} }}\nnodes:\n{api}{BACKEND}"), &[(0.0, 1)])
}

#[test]
fn a_silent_socket_closes_after_600_s_and_a_busy_one_after_7200_s() {
    let silent = over_a_socket("", "{ think: 700s }, { route: send }");
    assert_eq!((silent.count("api", "IdleDisconnects"), silent.failed("w", Class::Rejected, 410)), (1.0, 1));
    near(silent.held("api", "OpenConnections"), 600.0, 1e-5);
    assert_eq!(silent.count("api", "ConnectionMinutes"), 10.0);
    let talk = vec!["{ think: 599s }, { route: send }"; 13].join(", ");
    let busy = over_a_socket("", &talk);
    near(busy.held("api", "OpenConnections"), 7_200.0, 1e-5);
    assert_eq!((busy.count("api", "IdleDisconnects"), busy.ok("w"), busy.failed("w", Class::Rejected, 410)), (0.0, 1 + 12, 1));
}

#[test]
fn a_single_frame_of_40_kb_closes_the_socket_with_1009() {
    let sends = "{ route: send, payload: 40 KB }, { route: send }";
    let whole = over_a_socket("fragments: false", sends);
    assert_eq!((whole.failed("w", Class::Rejected, 1009), whole.failed("w", Class::Rejected, 410), whole.ok("w")), (1, 1, 1));
    let cut = over_a_socket("fragments: true", sends);
    assert_eq!((cut.ok("w"), cut.count("api", "MessageUnits")), (3, 3.0), "in two frames it passes");
    let too_long = over_a_socket("fragments: true", "{ route: send, payload: 129 KB }");
    assert_eq!(too_long.failed("w", Class::Rejected, 1009), 1);
}

#[test]
fn a_thousand_users_ask_a_remembering_authorizer_3_3_times_a_second() {
    // Each user is asked about once in 300 s and the second that passes until the next request.
    let api =
        "  api: { type: api_gateway, routes: { GET /: b }, authorizers: { a: { type: lambda, function: auth, identity: user } }, authorizer: a }\n";
    let nodes = format!("{api}  auth: {{ type: lambda, handler: [ {{ wait: 5ms }} ] }}\n{BACKEND}");
    let workload = evenly("w", "api", 1_000, 1_000, "attributes: { user: uniform(n=1000) }");
    let run = run(&format!("{IDEAL}duration: 1000s\nwarm_up: 400s\nworkloads:\n{workload}nodes:\n{nodes}"));
    near(run.count("auth", "Invocations") / 600.0, 1_000.0 / 301.0, 0.03);
    assert_eq!(run.count("auth", "Invocations"), run.count("api", "AuthorizerInvocations"));
    assert_eq!(run.answers("w").failed.count(), 0);
}

/// The rule of the limiter that the account's users met in 2022: a stage of 20 requests a second, 100 requests at once.
#[test]
fn a_sharded_limiter_lets_80_of_100_through_where_20_should_and_keeps_large_limits() {
    let passed = |shards: u32, rate: u32, requests: usize, seed: u32| {
        let api = format!("  api: {{ type: api_gateway, overhead: 0s, routes: {{ GET /: b }}, throttle: {{ rate: {rate}/s, burst: {rate} }} }}\n");
        let quotas = format!("quotas: {{ apigateway.throttle_shards: {shards}, apigateway.throttle_burst: 100000 }}\n");
        let yaml = format!("{quotas}seed: {seed}\nduration: 1s\nworkloads: {{ w: {{ target: api, BURSTS }} }}\nnodes:\n{api}{BACKEND}");
        run_bursts(&yaml, &[(0.0, requests)]).ok("w")
    };
    assert_eq!(passed(1, 20, 100, 1), 20, "one shard is a token bucket");
    let seen: Vec<u64> = (1..=5).map(|seed| passed(200, 20, 100, seed)).collect();
    assert!(seen.iter().all(|n| (68..=90).contains(n)), "{seen:?}: 200 shards of one token are hit 78.8 times on average, give or take 3.6");
    near(passed(200, 10_000, 60_000, 1) as f64, 10_000.0, 1e-9);
}

/// Requests with an API key: `key` says how it is drawn.
fn with_keys(key: &str, plans: &str, at: &[(f64, usize)]) -> Run {
    let api = format!("  api: {{ type: api_gateway, overhead: 0s, routes: {{ GET /: b }}, api_key: customer, usage_plans: {{ {plans} }} }}\n");
    let workload = format!("w: {{ target: api, attributes: {{ customer: {key} }}, BURSTS }}");
    let yaml = format!("duration: 49h\nworkloads: {{ {workload} }}\nnodes:\n{api}{BACKEND}");
    run_with(&yaml.replace("BURSTS", "replay: { file: bursts.csv }"), &[("bursts.csv", crate::observed::bursts(at))])
}

#[test]
fn a_quota_is_each_keys_own_and_begins_anew_each_day() {
    let day = 86_400.0;
    let one = with_keys("constant", "basic: { quota: { limit: 10, period: day } }", &[(0.0, 30), (day - 1.0, 5), (day, 30)]);
    assert_eq!((one.ok("w"), one.failed("w", Class::Throttled, 429)), (20, 45));
    assert_eq!(one.refusing(), ["apigateway_quota"]);
    let many = with_keys("uniform(n=4)", "basic: { quota: { limit: 10, period: day } }", &[(0.0, 400)]);
    assert_eq!(many.ok("w"), 40);
}

#[test]
fn a_plans_throttle_is_each_keys_own_and_spares_the_quota() {
    let plan = "basic: { throttle: { rate: 1/s, burst: 5 }, quota: { limit: 12, period: week } }";
    let run = with_keys("constant", plan, &[(0.0, 20), (10.0, 20), (20.0, 20)]);
    // Five at a time, for what the bucket refuses is not counted; then two are left of the quota.
    assert_eq!((run.ok("w"), run.refused("apigateway_plan"), run.refused("apigateway_quota")), (12, 30, 18));
    let two = with_keys("uniform(n=2)", "basic: { throttle: { rate: 1/s, burst: 5 } }", &[(0.0, 200)]);
    assert_eq!((two.ok("w"), two.refusing()), (10, vec!["apigateway_plan"]));
}

#[test]
fn a_key_of_no_plan_is_forbidden() {
    let plans = "gold: { keys: [ acme ] }, silver: { keys: globex, throttle: { rate: 1/s, burst: 1 } }";
    let run = with_keys("{ acme: 50%, globex: 30%, nobody: 20% }", plans, &[(0.0, 1_000)]);
    let forbidden = run.failed("w", Class::Rejected, 403) as f64;
    near(forbidden, 200.0, 0.2);
    near(run.ok("w") as f64, 501.0, 0.1);
    assert_eq!(run.ok("w") as f64 + forbidden + run.refused("apigateway_plan") as f64, 1_000.0);
}

#[test]
fn a_workload_may_have_one_key_for_all_it_asks() {
    let plans =
        "usage_plans: { gold: { keys: [ g ], throttle: { rate: 1/s, burst: 30 } }, free: { keys: [ f ], throttle: { rate: 1/s, burst: 10 } } }";
    let asks = |name: &str, key: &str| format!("{name}: {{ target: api, {key} replay: {{ file: bursts.csv }} }}");
    let workloads = [asks("paying", "api_key: g,"), asks("trying", "api_key: f,"), asks("stranger", "api_key: x,"), asks("nobody", "")].join(", ");
    let yaml = format!("duration: 1s\nworkloads: {{ {workloads} }}\nnodes:\n{}{BACKEND}", api("api", plans));
    let run = run_with(&yaml, &[("bursts.csv", crate::observed::bursts(&[(0.0, 50)]))]);
    assert_eq!(["paying", "trying", "stranger", "nobody"].map(|who| run.ok(who)), [30, 10, 0, 0]);
    assert_eq!(["stranger", "nobody"].map(|who| run.failed(who, Class::Rejected, 403)), [50, 50]);
}

#[test]
fn a_share_of_the_keys_is_in_a_plan() {
    let run = with_keys("uniform(n=100)", "paying: { keys: 10% }, free: { throttle: { rate: 1/s, burst: 1 } }", &[(0.0, 5_000)]);
    // The ninety of the second plan pass once each, the ten of the first always.
    near(run.ok("w") as f64 - 90.0, 500.0, 0.15);
}

#[test]
fn a_method_has_a_limit_of_its_own_within_a_plan() {
    let run = with_keys("constant", "basic: { throttle: { rate: 1/s, burst: 50 }, routes: { GET /: { rate: 1/s, burst: 8 } } }", &[(0.0, 100)]);
    assert_eq!(run.ok("w"), 8);
}

/// A cache before a backend that is asked by `key`.
fn cached(cache: &str, attribute: &str, route: &str, at: &[(f64, usize)]) -> Run {
    let api = format!("  api: {{ type: api_gateway, overhead: 0s, cache: {cache}, routes: {{ {route} }} }}\n");
    let workload = format!("w: {{ target: api, attributes: {{ item: {attribute} }}, BURSTS }}");
    run_bursts(&format!("duration: 1000s\nworkloads: {{ {workload} }}\nnodes:\n{api}{BACKEND}"), at)
}

fn hits(run: &Run) -> [f64; 2] {
    run.counts("api", ["CacheHitCount", "CacheMissCount"])
}

#[test]
fn a_cache_answers_for_its_time_to_live_and_not_a_moment_longer() {
    let at = [(0.0, 1), (1.0, 1), (300.0, 1), (300.5, 1), (600.9, 1)];
    // The answer of the first request is kept 1 ms after it came: what comes exactly 300 s later is still answered from the cache.
    let run = cached("{ key: [ item ] }", "constant", "GET /: b", &at);
    assert_eq!((hits(&run), run.count("b", "RequestCount"), run.ok("w")), ([2.0, 3.0], 3.0, 5));
    assert_eq!(run.times("api", "IntegrationLatency").count(), 3);
    let short = cached("{ key: [ item ], ttl: 10s }", "constant", "GET /: b", &at);
    assert_eq!(hits(&short), [2.0, 3.0], "1 s and half a second later");
}

#[test]
fn only_get_is_cached_unless_a_route_says_otherwise() {
    let at = [(0.0, 1), (1.0, 1)];
    let kept = |route: &str| cached("{}", "constant", route, &at).count("b", "RequestCount");
    assert_eq!(kept("GET /: b"), 1.0);
    assert_eq!(kept("POST /: b"), 2.0);
    assert_eq!(kept("GET /: { integration: b, cache: false }"), 2.0);
    assert_eq!(kept("POST /: { integration: b, cache: true }"), 1.0);
    assert_eq!(kept("GET /: { integration: b, cache: { ttl: 0s } }"), 2.0);
    assert_eq!(kept("GET /: { integration: b, cache: { ttl: 500ms } }"), 2.0);
    assert_eq!(kept("GET /: { integration: b, response_size: 2 MB }"), 2.0, "larger than 1 MB is not kept");
}

#[test]
fn a_cache_may_name_its_routes() {
    let at: Vec<(f64, usize)> = (0..40).map(|second| (f64::from(second), 1)).collect();
    let run = cached("{ routes: { POST /a: { key: item, ttl: 60s } } }", "constant", "POST /a: b, GET /b: b", &at);
    let asked = |route: &str| run.0.routes.iter().find(|r| r.route == route).expect("a route").answers.offered as f64;
    assert_eq!((hits(&run), run.count("b", "RequestCount")), ([asked("POST /a") - 1.0, 1.0], asked("GET /b") + 1.0));
}

#[test]
fn two_misses_at_a_time_both_ask_the_integration() {
    let run = cached("{}", "constant", "GET /: b", &[(0.0, 2), (1.0, 2)]);
    assert_eq!((hits(&run), run.count("b", "RequestCount")), ([2.0, 2.0], 2.0));
}

#[test]
fn a_full_cache_keeps_what_was_used_last() {
    // 0.5 GB hold 512 answers of 1 MB: all of 400, or a tenth of 5,120 once it is full, whichever they are.
    let of =
        |n: u32| cached("{ key: [ item ], ttl: 1h }", &format!("uniform(n={n})"), "GET /: { integration: b, response_size: 1 MB }", &every(4_000));
    let [hit, miss] = hits(&of(400));
    assert_eq!((hit + miss, miss), (4_000.0, 400.0));
    let [hit, miss] = hits(&of(5_120));
    near(hit / (hit + miss), 0.1, 0.15);
}

/// So many requests one after another, a tenth of a second apart.
fn every(count: usize) -> Vec<(f64, usize)> {
    (0..count).map(|at| (at as f64 / 10.0, 1)).collect()
}

/// An API with one Lambda authorizer; `auth` is what the function is.
fn authorized(protocol: &str, authorizer: &str, auth: &str, at: &[(f64, usize)]) -> Run {
    let own = format!("authorizers: {{ a: {{ type: lambda, function: auth, {authorizer} }} }}, authorizer: a");
    let api = format!("  api: {{ type: api_gateway, protocol: {protocol}, overhead: 0s, routes: {{ GET /: b }}, {own} }}\n");
    let workload = "w: { target: api, attributes: { user: uniform(n=1000) }, BURSTS }";
    run_bursts(&format!("{IDEAL}duration: 1000s\nworkloads: {{ {workload} }}\nnodes:\n{api}  auth: {{ type: lambda, {auth} }}\n{BACKEND}"), at)
}

#[test]
fn an_authorizer_that_fails_is_throttled_or_is_late_is_a_500() {
    let broken = |auth: &str| authorized("rest", "", auth, &[(0.0, 1)]);
    for (auth, takes_s) in [("handler: [ { fail: {} } ]", 0.0), ("reserved_concurrency: 0", 0.0), ("timeout: 60s, handler: [ { wait: 40s } ]", 29.0)]
    {
        let run = broken(auth);
        assert_eq!((run.failed("w", Class::Failed, 500), run.count("b", "RequestCount"), run.count("api", "5XXError")), (1, 0.0, 1.0), "{auth}");
        near(s(run.answers("w").failed.max()), takes_s, 1e-6);
    }
    let http = authorized("http", "", "timeout: 60s, handler: [ { wait: 40s } ]", &[(0.0, 1)]);
    assert_eq!((http.failed("w", Class::Failed, 500), s(http.answers("w").failed.max())), (1, 10.0));
}

#[test]
fn who_is_denied_is_answered_403_without_integration() {
    let run = authorized("rest", "identity: user, denies: 20%", "handler: [ { wait: 1ms } ]", &[(0.0, 500), (10.0, 500)]);
    let denied = run.failed("w", Class::Rejected, 403);
    near(denied as f64, 200.0, 0.3);
    assert_eq!((run.count("api", "AuthorizerDenied") as u64, run.count("b", "RequestCount") as u64), (denied, 1_000 - denied));
    assert!(run.count("api", "AuthorizerCacheHits") > 100.0, "refusals are remembered too");
}

#[test]
fn an_http_api_remembers_only_where_it_is_told_to() {
    let asked =
        |authorizer: &str| authorized("http", authorizer, "handler: [ { wait: 1ms } ]", &[(0.0, 500), (10.0, 500)]).count("auth", "Invocations");
    assert_eq!(asked("identity: user"), 1_000.0);
    // Of a thousand users 394 are among the first 500 requests, and 239 among the next for the first time; those of the first are all new at once.
    near(asked("identity: user, ttl: 300s"), 500.0 + 500.0 * 0.606, 0.1);
}

#[test]
fn a_route_may_have_another_authorizer_or_none() {
    let own = "authorizers: { a: { type: lambda, function: auth }, c: { type: cognito } }, authorizer: a";
    let routes = "routes: { GET /: b, GET /open: { integration: b, authorizer: none }, GET /own: { integration: b, authorizer: c } }";
    let nodes = format!("  api: {{ type: api_gateway, overhead: 0s, {routes}, {own} }}\n  auth: {{ type: lambda }}\n{BACKEND}");
    let asked = |route: &str| {
        let run = at_once(&nodes, &format!("requests: [ {{ route: {route} }} ],"), 5);
        (
            run.ok("w"),
            run.count("auth", "Invocations"),
            s(run.times("api", "Latency").mean_s().map_or(Default::default(), coldfront::units::Time::from_secs_f64)),
        )
    };
    let (own, open, by_token) = (asked("GET /"), asked("GET /open"), asked("GET /own"));
    assert_eq!((own.0, own.1, open.0, open.1, by_token.0, by_token.1), (5, 5.0, 5, 0.0, 5, 0.0));
    assert!((0.0015..0.01).contains(&(by_token.2 - open.2)), "a look at a token takes 1 to 5 ms, and not {}", by_token.2 - open.2);
}

#[test]
fn what_an_authorizer_takes_is_not_integration_latency() {
    let run = authorized("rest", "", "handler: [ { wait: 50ms } ]", &[(0.0, 10)]);
    near(s(run.times("api", "IntegrationLatency").max()), 0.001, 0.01);
    near(s(run.times("api", "Latency").max()), 0.051, 0.01);
}

#[test]
fn a_url_tells_of_errors_as_502_and_has_no_quota_of_api_gateway() {
    let url = |function: &str, count: usize| {
        at_once(&format!("  api: {{ type: function_url, function: f, overhead: 3ms }}\n  f: {{ type: lambda, {function} }}\n"), "", count)
    };
    let throws = url("handler: [ { fail: {} } ]", 3);
    assert_eq!((throws.failed("w", Class::Failed, 502), throws.count("api", "Url5xxCount")), (3, 3.0));
    let slow = url("timeout: 1s, handler: [ { wait: 2s } ]", 1);
    assert_eq!((slow.failed("w", Class::Failed, 502), s(slow.answers("w").failed.max())), (1, 1.003));
    let many = url("handler: [ { wait: 1ms } ]", 8_000);
    assert_eq!((many.ok("w"), many.refusing()), (8_000, vec![]), "API Gateway would refuse 3,000 of them");
}

#[test]
fn pushes_reach_who_asked_while_it_is_connected() {
    let ws = "  api: { type: api_gateway, protocol: websocket, overhead: 0s, routes: { $connect: b, $disconnect: b, send: f } }\n";
    let f = "  f: { type: lambda, timeout: 20s, handler: [ { wait: 2s }, { post_to_connection: { api: api, size: 33 KB, on_error: [] } } ] }\n";
    let pushes = |session: &str| {
        let run = at_once(&format!("{ws}{f}{BACKEND}"), &format!("session: [ {{ route: $connect }}, {session} ],"), 4);
        run.counts("api", ["MessageCount", "MessageUnits", "Gone"])
    };
    assert_eq!(pushes("{ route: send }"), [8.0, 12.0, 0.0]);
    let session = "client: { timeout: 1s }, on_failure: go_on, session: [ { route: $connect }, { route: send }, { route: $disconnect } ],";
    let gone = at_once(&format!("{ws}{f}{BACKEND}"), session, 4);
    assert_eq!(gone.counts("api", ["ConnectCount", "MessageCount", "Gone"]), [4.0, 4.0, 4.0]);
    assert_eq!(gone.held("api", "OpenConnections").round(), 4.0, "each is open for a second");
}

#[test]
fn five_hundred_connections_a_second_are_let_in() {
    let ws = "  api: { type: api_gateway, protocol: websocket, overhead: 0s, routes: { $connect: b } }\n";
    let run = at_once(&format!("{ws}{BACKEND}"), "session: [ { route: $connect } ],", 700);
    assert_eq!((run.ok("w"), run.failed("w", Class::Throttled, 429), run.refusing()), (500, 200, vec!["apigateway_connections"]));
}
