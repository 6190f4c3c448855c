//! The oracle line of a report: its theory is that of the list of analytic results, it stands where it applies, and nowhere else.
//!
//! Runs are short here: what is compared is what the report calls theory. That simulation agrees with it is the matter of the other files.

use super::*;
use coldfront::report::{Oracle, Report};

fn oracles(yaml: &str) -> Vec<Oracle> {
    let scenario = scenario("line", yaml);
    let record = run(&scenario);
    Report::of(&scenario, &record, Vec::new()).oracles
}

/// A workload of this rate at one node of this kind.
fn at(seconds: f64, rate: f64, node: &str) -> String {
    let span = Span { warm_up: 0.0, measured: seconds };
    format!("{}workloads: {{ clients: {} }}\nnodes: {{ n: {{ {node} }} }}\n", span.head(), span.workload("n", rate))
}

/// That the line of this formula and metric says what the list does, to a millionth.
fn says(yaml: &str, formula: &str, metric: &str, expected: f64) {
    let all = oracles(yaml);
    let found = all.iter().find(|o| o.formula == formula && o.metric == metric).unwrap_or_else(|| panic!("no {formula} {metric} in {all:?}"));
    assert!((found.theory / expected - 1.0).abs() < 1e-6, "{formula} {metric}: {} for {expected}", found.theory);
    assert_eq!(found.inside, found.half_width.map(|half| (found.simulated - found.theory).abs() <= half));
}

const RESPONSE: &str = "mean(target_response_time)";

#[test]
fn servers_have_erlangs_and_pollaczeks_formulas() {
    for name in ["mm1_rho80", "mm1_ms_rho50", "mmc_ciw_paper", "mmc_lambda_queue_rho90"] {
        let Some(theory) = Theory::of(name) else { return };
        let (rate, slots) = (theory.given("arrival_rate"), theory.given("servers"));
        let yaml =
            at(500.0 / rate, rate, &format!("type: server, slots: {slots}, service_time: exponential(mean={:.9}s)", theory.given("service_mean")));
        let formula = format!("M/M/{slots}");
        says(&yaml, &formula, RESPONSE, theory.expected("W"));
        says(&yaml, &formula, "p(99, target_response_time)", theory.expected("W_p99"));
        says(&yaml, &formula, "mean(queue_length)", theory.expected("Lq"));
    }
    let (Some(md1), Some(mg1)) = (Theory::of("md1_rho80"), Theory::of("mg1_lognormal_cv2")) else { return };
    let yaml = at(500.0, md1.given("arrival_rate"), "type: server, service_time: 1s");
    says(&yaml, "M/D/1", RESPONSE, md1.expected("W"));
    let service = format!("lognormal(mean={}s cv={})", mg1.given("service_mean"), mg1.given("service_cv"));
    let yaml = at(100.0, mg1.given("arrival_rate"), &format!("type: server, service_time: {service}"));
    says(&yaml, "M/G/1", RESPONSE, mg1.expected("W"));
    says(&yaml, "M/G/1", "mean(queue_length)", mg1.expected("Lq"));
}

fn function(rest: &str) -> String {
    format!("type: lambda, timeout: 900s, init_duration: 0s, allocation: 0s, invoke_overhead: 0s, lifetime: 400d, {rest}")
}

#[test]
fn functions_have_erlangs_b_and_the_unlimited_law() {
    let Some(loss) = Theory::of("erlb_reserved10") else { return };
    let rest = format!("keep_alive: 400d, reserved_concurrency: 10, handler: [ {{ wait: {}s }} ]", loss.given("service_mean"));
    let yaml = at(100.0, loss.given("arrival_rate"), &function(&rest));
    says(&yaml, "M/G/10/10", "throttle_share", loss.expected("throttle_prob"));
    says(&yaml, "M/G/10/10", "mean(concurrent_executions)", loss.expected("mean_concurrency"));
    let Some(unlimited) = Theory::of("mginf_conc3") else { return };
    let rest = format!("keep_alive: 400d, handler: [ {{ wait: lognormal(mean={}s cv=1) }} ]", unlimited.given("service_mean"));
    let yaml = at(100.0, unlimited.given("arrival_rate"), &function(&rest));
    says(&yaml, "M/G/∞", "mean(concurrent_executions)", unlimited.expected("mean_concurrency"));
}

#[test]
fn throttles_have_the_token_bucket() {
    for name in ["tb_poisson_r10_b5", "tb_poisson_r10_b20"] {
        let Some(theory) = Theory::of(name) else { return };
        let span = Span { warm_up: 0.0, measured: 200.0 };
        let yaml = format!(
            "{}workloads: {{ clients: {} }}\nnodes:\n  api: {{ type: api_gateway, throttle: {{ rate: {}/s, burst: {} }}, routes: {{ GET /: back }} }}\n  \
             back: {{ type: server, slots: 9, service_time: 1ms }}\n",
            span.head(),
            span.workload("api", theory.given("arrival_rate")),
            theory.given("refill_rate"),
            theory.given("burst")
        );
        says(&yaml, "token bucket", "throttle_share", theory.expected("throttle_prob"));
    }
}

#[test]
fn pools_have_their_exact_cold_start_probability() {
    for name in
        ["warmpool_mru_readme", "warmpool_mru_lam0.1", "warmpool_mru_T10", "warmpool_mru_conc20", "cold_single_lowrate", "warmpool_expTTL_T10"]
    {
        let Some(theory) = Theory::of(name) else { return };
        let (rate, keep, service) = (theory.given("arrival_rate"), theory.given("keep_alive"), theory.given("service_mean"));
        let is_fixed = theory.0["params"]["keep_alive_dist"] != "exponential";
        let keep_alive = if is_fixed { format!("{keep}s") } else { format!("exponential(mean={keep}s)") };
        let handler = if service > 0.0 { format!(" {{ wait: exponential(mean={service}s) }} ") } else { String::new() };
        let yaml = at(300.0 / rate, rate, &function(&format!("keep_alive: {keep_alive}, handler: [{handler}]")));
        let formula = if is_fixed { "warm pool, fixed keep-alive" } else { "warm pool, exponential keep-alive" };
        says(&yaml, formula, "cold_start_share", theory.expected("cold_prob"));
    }
}

#[test]
fn the_line_stands_in_the_text_under_its_node() {
    let yaml = at(600.0, 10.0, "type: server, slots: 4, service_time: exponential(mean=250ms)");
    let scenario = scenario("line", &yaml);
    let report = Report::of(&scenario, &run(&scenario), Vec::new());
    let text = report.text(&coldfront::report::Style::default());
    // Erlang's B of 2.5 erlangs and four slots is 0.1499, so C is 0.3199 and W = 0.25 + 0.3199 / 6 s.
    assert!(text.contains("theory (M/M/4): mean(target_response_time) 303 ms, simulated"), "{text}");
    assert!(text.contains(" ± "), "{text}");
    assert!(report.markdown(&[]).contains("## What theory says\n\n| node | formula |"));
    let held = report.oracles.iter().filter(|o| o.half_width.is_some()).collect::<Vec<_>>();
    // Three half-widths are six standard errors: no luck is so bad.
    assert!(held.len() >= 2 && held.iter().all(|o| (o.theory - o.simulated).abs() < 3.0 * o.half_width.unwrap_or(0.0)), "{held:?}");
}

#[test]
fn where_more_comes_than_can_be_served_the_queue_is_told_to_grow() {
    let scenario = scenario("line", &at(300.0, 12.0, "type: server, service_time: exponential(mean=100ms)"));
    let report = Report::of(&scenario, &run(&scenario), Vec::new());
    let grows = report.caveats.iter().find(|caveat| caveat.text.starts_with("the queue before `n` grows by ")).expect("it grows");
    // Two a second more than ten: 120 a minute, to a standard deviation of √(22 / 300 s) = 0.27 a second.
    let a_minute: f64 = grows.text.split(' ').nth(6).and_then(|n| n.parse().ok()).expect("a number");
    assert!((a_minute - 120.0).abs() < 4.0 * 60.0 * 0.27, "{a_minute}");
    assert_eq!(report.oracles, []);
}

#[test]
fn where_anything_is_otherwise_theory_is_silent() {
    let server = "type: server, slots: 2, service_time: exponential(mean=50ms)";
    let usual = at(100.0, 10.0, server);
    assert_eq!(oracles(&usual).len(), 3);
    let changes = [
        ("a ramp", usual.replace("arrival_rate: 10.000000000000000000/s", "arrival_rate: 10/s, ramp_to: 20/s")),
        ("evenly spaced", usual.replace("{ target: n", "{ arrivals: uniform, target: n")),
        ("a fault", format!("{usual}faults: [ {{ at: 50s, for: 1s, node: n, unavailable: true }} ]\n")),
        ("errors", at(100.0, 10.0, &format!("{server}, error_rate: 1%"))),
        ("several slots and service of another kind", usual.replace("exponential(mean=50ms)", "gamma(mean=50ms cv=2)")),
        ("more than can be served", at(100.0, 50.0, server)),
        ("users", usual.replace("phases: [ { duration: 100.000s, arrival_rate: 10.000000000000000000/s } ]", "users: 3, think_time: 1s")),
        (
            "two sources",
            usual.replace("workloads: { clients:", "workloads: { others: { target: n, phases: [ { duration: 100s, arrival_rate: 1/s } ] }, clients:"),
        ),
    ];
    for (what, yaml) in changes {
        assert!(yaml != usual, "{what}: nothing was changed");
        assert_eq!(oracles(&yaml), [], "{what}");
    }
}
