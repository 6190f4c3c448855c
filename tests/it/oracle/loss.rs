//! A function without cold starts as a loss system: Erlang's B through reserved concurrency, and M/G/∞ where nothing is reserved.
//!
//! Service is a `wait` of the handler. Both results depend on the mean of the service time alone (Sevastyanov 1957), so each is met with several
//! distributions. Left out: the variance and the quantiles of concurrency, which no record holds.

use super::*;

/// A function whose environments cost nothing and never expire; quotas are far away, so that reserved concurrency alone refuses.
fn function(span: Span, rate: f64, reserved: &str, service: &str) -> String {
    format!(
        "{}quotas: {{ lambda.concurrent_executions: 10000, lambda.scaling_rate: 100000, lambda.scaling_burst: 100000 }}\n\
         workloads: {{ clients: {} }}\n\
         nodes: {{ function: {{ type: lambda, {reserved} timeout: 900s, init_duration: 0s, allocation: 0s, invoke_overhead: 0s, keep_alive: 400d, \
         lifetime: 400d, handler: [ {{ wait: {service} }} ] }} }}\n",
        span.head(),
        span.workload("function", rate)
    )
}

fn running(record: &Record) -> f64 {
    gauge(record, "function", "ConcurrentExecutions")
}

fn throttled(record: &Record) -> f64 {
    let (ran, throttled) = (counter(record, "function", "Invocations"), counter(record, "function", "Throttles"));
    throttled / (ran + throttled)
}

fn throughput(record: &Record) -> f64 {
    counter(record, "function", "Invocations") / measured(record)
}

/// What chance puts in: requests, and the mean service time of those that run, which does not depend on who is let in.
fn inputs(theory: &Theory) -> [Quantity; 2] {
    [
        quantity("arrival rate", theory.given("arrival_rate"), offered),
        quantity("service time", theory.given("service_mean"), |r| latency(r, "function", "Duration")),
    ]
}

/// The three distributions of one mean that the result must hold for.
fn services(mean: f64) -> [(&'static str, String); 3] {
    [
        ("exponential", format!("exponential(mean={mean}s)")),
        ("deterministic", format!("{mean}s")),
        ("lognormal", format!("lognormal(mean={mean}s cv=1)")),
    ]
}

fn erlang_b(name: &str, span: Span) {
    let Some(theory) = Theory::of(name) else { return };
    let quantities = [
        quantity("throttle probability", theory.expected("throttle_prob"), throttled),
        quantity("throughput", theory.expected("throughput"), throughput),
        quantity("mean concurrency", theory.expected("mean_concurrency"), running),
    ];
    let reserved = format!("reserved_concurrency: {},", theory.given("reserved_concurrency"));
    for (distribution, service) in services(theory.given("service_mean")) {
        let yaml = function(span, theory.given("arrival_rate"), &reserved, &service);
        compare(&format!("{name} {distribution}"), &yaml, &inputs(&theory), &quantities);
    }
}

#[test]
fn erlang_b_of_ten_reserved() {
    erlang_b("erlb_reserved10", Span { warm_up: 50.0, measured: 800.0 });
}

#[test]
fn erlang_b_of_twelve_reserved() {
    erlang_b("erlb_reserved12", Span { warm_up: 50.0, measured: 900.0 });
}

#[test]
fn erlang_b_of_a_thousand_reserved() {
    erlang_b("erlb_burst1000", Span { warm_up: 20.0, measured: 180.0 });
}

fn unlimited(name: &str, span: Span) {
    let Some(theory) = Theory::of(name) else { return };
    let quantities = [quantity("mean concurrency", theory.expected("mean_concurrency"), running)];
    for (distribution, service) in services(theory.given("service_mean")) {
        let yaml = function(span, theory.given("arrival_rate"), "", &service);
        compare(&format!("{name} {distribution}"), &yaml, &inputs(&theory), &quantities);
    }
}

#[test]
fn concurrency_of_3_without_a_limit() {
    unlimited("mginf_conc3", Span { warm_up: 50.0, measured: 1_000.0 });
}

#[test]
fn concurrency_of_200_without_a_limit() {
    unlimited("mginf_conc200", Span { warm_up: 5.0, measured: 15.0 });
}
