//! The pool of execution environments: how often a request finds none idle, and how many there are.
//!
//! ```text
//! deterministic keep-alive T, last used first reused:   environments(t) = the most that ran at once in [t − T, t]
//! ```
//!
//! A start takes no time here, so cold and warm invocations last alike, as the closed form asks.
//!
//! Where cold starts are rare, a hundred million requests would be needed to know them to 2 %. But chance puts them in by a way that can be watched: how
//! often more run at once than did for about T. The mean of that is known from arrivals and service alone, and as a control it takes out 95 % of the
//! variance (measured; so a twentieth of the requests do).

use super::*;
use coldfront::mechanism::queueing::warm_pool as theory_of;

fn pool(span: Span, rate: f64, keep_alive: &str, handler: &str) -> String {
    format!(
        "{}workloads: {{ clients: {} }}\nnodes: {{ function: {{ type: lambda, timeout: 900s, init_duration: 0s, allocation: 0s, invoke_overhead: 0s, \
         keep_alive: {keep_alive}, lifetime: 800d, handler: [{handler}] }} }}\n",
        span.head(),
        span.workload("function", rate)
    )
}

fn cold(record: &Record) -> f64 {
    counter(record, "function", "ColdStarts") / counter(record, "function", "Invocations")
}

fn running(record: &Record) -> f64 {
    gauge(record, "function", "ConcurrentExecutions")
}

fn idle(record: &Record) -> f64 {
    gauge(record, "function", "IdleEnvironments")
}

fn environments(record: &Record) -> f64 {
    running(record) + idle(record)
}

/// The idle ones are not asked for: given the running ones they are the environments. `arrivals` are of all replications together.
fn warm_pool(name: &str, arrivals: f64) {
    let Some(theory) = Theory::of(name) else { return };
    let (rate, keep_alive) = (theory.given("arrival_rate"), theory.given("keep_alive"));
    compare_pool(name, &theory, Span { warm_up: 10.0 * keep_alive, measured: arrivals / rate / REPLICATIONS as f64 }, &[]);
}

/// With `more` that chance puts in.
fn compare_pool(name: &str, theory: &Theory, span: Span, more: &[Quantity]) {
    let (rate, keep_alive) = (theory.given("arrival_rate"), theory.given("keep_alive"));
    let quantities = [
        quantity("cold-start probability", theory.expected("cold_prob"), cold),
        quantity("environments", theory.expected("mean_instances"), environments),
    ];
    let keep_alive = match theory.0["params"]["keep_alive_dist"].as_str() {
        Some("exponential") => format!("exponential(mean={keep_alive}s)"),
        _ => format!("{keep_alive}s"),
    };
    let handler = format!(" {{ wait: exponential(mean={}s) }} ", theory.given("service_mean"));
    let own = [quantity("arrival rate", rate, offered), quantity("running", theory.expected("mean_running"), running)];
    let inputs: Vec<Quantity> = own.into_iter().chain(more.iter().copied()).collect();
    compare(name, &pool(span, rate, &keep_alive, &handler), &inputs, &quantities);
}

/// By how many more run at most in a window than did in the `BEFORE` windows before it, on average.
fn records<const BEFORE: usize>(record: &Record) -> f64 {
    let function = node(record, "function").gauges.iter().find(|gauge| gauge.name == "ConcurrentExecutions").expect("a level");
    let most = |windows: std::ops::Range<usize>| function.window_maxima[windows].iter().copied().max().unwrap_or(0);
    let windows = record.measured_windows();
    let n = windows.len() as f64;
    windows.map(|k| f64::from(most(k..k + 1).saturating_sub(most(k - BEFORE..k)))).sum::<f64>() / n
}

/// The same for rare cold starts, with windows of T/N. More run in one than in the n before by (a − b)⁺ = max(a, b) − b, of which the mean is the
/// difference of two means of what theory calls environments: the most that run at once in n + 1 windows, and in n. For n = N − 1 and n = N.
fn rarely_cold<const LESS: usize, const N: usize>(name: &str) {
    let Some(theory) = Theory::of(name) else { return };
    let (rate, service, keep_alive) = (theory.given("arrival_rate"), theory.given("service_mean"), theory.given("keep_alive"));
    let highest = |windows: usize| {
        let pool = theory_of::kept_for(rate, service, keep_alive * windows as f64 / N as f64);
        pool.expect("a small pool").environments
    };
    assert!(LESS + 1 == N && (highest(N) / theory.expected("mean_instances") - 1.0).abs() < 1e-6, "this is the theory of the list");
    // As many windows as a run has, so that their width is T/N.
    let span = Span { warm_up: 6.0 * keep_alive, measured: 600.0 * keep_alive / N as f64 - 6.0 * keep_alive };
    assert_eq!(coldfront::metrics::width(coldfront::units::Time::from_secs_f64(600.0 * keep_alive / N as f64)).as_secs_f64(), keep_alive / N as f64);
    let controls = [
        quantity("records of T − w", highest(N) - highest(LESS), records::<LESS>).within(0.1),
        quantity("records of T", highest(N + 1) - highest(N), records::<N>).within(0.1),
    ];
    compare_pool(name, &theory, span, &controls);
}

#[test]
fn a_lone_environment_at_a_low_rate() {
    let Some(theory) = Theory::of("cold_single_lowrate") else { return };
    let span = Span { warm_up: 1e5, measured: 1e6 };
    let keep_alive = format!("{}s", theory.given("keep_alive"));
    let rate = theory.given("arrival_rate");
    let quantities = [quantity("cold-start probability", theory.expected("cold_prob"), cold)];
    compare("cold_single_lowrate", &pool(span, rate, &keep_alive, ""), &[quantity("arrival rate", rate, offered)], &quantities);
}

#[test]
fn most_recently_used_first_at_0_9_a_second() {
    rarely_cold::<9, 10>("warmpool_mru_readme");
}

#[test]
fn most_recently_used_first_at_1_a_second() {
    rarely_cold::<9, 10>("warmpool_mru_lam1");
}

#[test]
fn most_recently_used_first_at_0_1_a_second() {
    warm_pool("warmpool_mru_lam0.1", 5e6);
}

#[test]
fn most_recently_used_first_at_1_a_minute() {
    warm_pool("warmpool_mru_lam0.0164", 2.2e6);
}

#[test]
fn most_recently_used_first_for_10_seconds() {
    warm_pool("warmpool_mru_T10", 7.5e5);
}

/// One start in 3 465 is cold.
#[test]
fn most_recently_used_first_at_100_a_second() {
    rarely_cold::<11, 12>("warmpool_mru_conc20");
}

#[test]
fn an_exponential_keep_alive_at_a_low_rate() {
    warm_pool("warmpool_expTTL_lam0.01", 4e5);
}

#[test]
fn an_exponential_keep_alive_of_10_seconds() {
    warm_pool("warmpool_expTTL_T10", 4e5);
}
