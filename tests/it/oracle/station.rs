//! The server as a station of queueing theory: M/M/1, M/M/c, M/D/1, M/G/1, processor sharing, priorities, and three of them in a row.
//!
//! The workload talks to the server directly, so a client's latency is the sojourn time and the gauges are L. Left out: the probability of having to
//! wait, and moments beyond the first, which no record holds.

use super::*;

/// A station alone.
fn station(span: Span, rate: f64, slots: f64, rest: &str) -> String {
    format!(
        "{}workloads: {{ clients: {} }}\nnodes: {{ station: {{ type: server, slots: {slots}, {rest} }} }}\n",
        span.head(),
        span.workload("station", rate)
    )
}

/// The mean number of requests at the station.
fn present(record: &Record) -> f64 {
    busy(record) + queued(record)
}

fn busy(record: &Record) -> f64 {
    gauge(record, "station", "BusySlots")
}

fn queued(record: &Record) -> f64 {
    gauge(record, "station", "QueueLength")
}

fn exponential(mean: f64) -> String {
    format!("service_time: exponential(mean={mean:.9}s)")
}

/// What chance puts in: requests and work.
fn inputs(rate: f64, busy_slots: f64) -> [Quantity; 2] {
    [quantity("arrival rate", rate, offered), quantity("busy", busy_slots, busy)]
}

/// Exponential service. L is not asked for: given the busy servers it is Lq. The 99th percentile is what the length of the runs goes by.
fn markovian(name: &str, span: Span) {
    let Some(theory) = Theory::of(name) else { return };
    let slots = theory.given("servers");
    let quantities = [
        quantity("Lq", theory.expected("Lq"), queued),
        quantity("W", theory.expected("W"), sojourn),
        quantity("W p50", theory.expected("W_p50"), |r| sojourn_at(r, 0.5)),
        quantity("W p95", theory.expected("W_p95"), |r| sojourn_at(r, 0.95)),
        quantity("W p99", theory.expected("W_p99"), |r| sojourn_at(r, 0.99)),
    ];
    let rate = theory.given("arrival_rate");
    let yaml = station(span, rate, slots, &exponential(theory.given("service_mean")));
    compare(name, &yaml, &inputs(rate, theory.expected("utilisation") * slots), &quantities);
}

#[test]
fn mm1_at_80_percent() {
    markovian("mm1_rho80", Span { warm_up: 2_000.0, measured: 500_000.0 });
}

#[test]
fn mm1_at_50_percent_in_milliseconds() {
    markovian("mm1_ms_rho50", Span { warm_up: 10.0, measured: 900.0 });
}

#[test]
fn mmc_of_three_at_83_percent() {
    markovian("mmc_ciw_paper", Span { warm_up: 200.0, measured: 45_000.0 });
}

#[test]
fn mmc_of_ten_at_90_percent() {
    markovian("mmc_lambda_queue_rho90", Span { warm_up: 100.0, measured: 6_500.0 });
}

#[test]
fn md1_at_80_percent() {
    let Some(theory) = Theory::of("md1_rho80") else { return };
    let service = theory.given("service_const");
    let quantities = [
        quantity("Lq", theory.expected("Lq"), queued),
        quantity("W", theory.expected("W"), sojourn),
        // Service is constant, so the sojourn's quantiles are the wait's and it.
        quantity("W p95", theory.expected("Wq_p95") + service, |r| sojourn_at(r, 0.95)),
        quantity("W p99", theory.expected("Wq_p99") + service, |r| sojourn_at(r, 0.99)),
    ];
    let yaml = station(Span { warm_up: 2_000.0, measured: 200_000.0 }, theory.given("arrival_rate"), 1.0, &format!("service_time: {service}s"));
    compare("md1_rho80", &yaml, &inputs(theory.given("arrival_rate"), theory.expected("utilisation")), &quantities);
}

#[test]
fn mg1_with_lognormal_service() {
    let Some(theory) = Theory::of("mg1_lognormal_cv2") else { return };
    let quantities = [
        // The wait hangs on the second moment of service, which a few long ones make up: hence the longest run of all.
        quantity("L", theory.expected("L"), present),
        quantity("W", theory.expected("W"), sojourn),
    ];
    let service = format!("service_time: lognormal(mean={}s cv={})", theory.given("service_mean"), theory.given("service_cv"));
    let rate = theory.given("arrival_rate");
    let yaml = station(Span { warm_up: 100.0, measured: 125_000.0 }, rate, 1.0, &service);
    compare("mg1_lognormal_cv2", &yaml, &inputs(rate, theory.expected("utilisation")), &quantities);
}

/// W = E S / (1 − ρ) whatever the distribution of S (Kleinrock 1976, Queueing Systems vol. 2, s. 4.4), and so L = ρ / (1 − ρ).
fn processor_sharing(name: &str, service: &str, measured: f64) {
    let (rate, mean) = (7.0, 0.1);
    let rho = rate * mean;
    let quantities = [quantity("W", mean / (1.0 - rho), sojourn)];
    let rest = format!("discipline: processor_sharing, service_time: {service}");
    compare(name, &station(Span { warm_up: 100.0, measured }, rate, 1.0, &rest), &inputs(rate, rho), &quantities);
}

#[test]
fn processor_sharing_with_exponential_service() {
    processor_sharing("M/M/1-PS", "exponential(mean=100ms)", 4_000.0);
}

#[test]
fn processor_sharing_is_insensitive_to_the_distribution_of_service() {
    processor_sharing("M/G/1-PS, lognormal cv 2", "lognormal(mean=100ms cv=2)", 6_500.0);
}

/// Two classes, nobody is interrupted: with W0 = λ·E S² / 2 the first waits W0 / (1 − ρ1), the second W0 / ((1 − ρ1)(1 − ρ)) (Cobham 1954, Oper. Res. 2).
#[test]
fn priorities_wait_as_cobham_says() {
    let (first, second, mean) = (3.0, 4.0, 0.1);
    let (rho1, rho) = (first * mean, (first + second) * mean);
    let residual = rho * mean;
    let span = Span { warm_up: 100.0, measured: 6_000.0 };
    let urgent = span.workload("station", first).replace("{ target", "{ priority: 1, target");
    let yaml = format!(
        "{}workloads: {{ urgent: {urgent}, patient: {} }}\nnodes: {{ station: {{ type: server, discipline: priority, {} }} }}\n",
        span.head(),
        span.workload("station", second),
        exponential(mean)
    );
    let quantities = [
        quantity("W of the first", mean + residual / (1.0 - rho1), |r| answers(r, "urgent").ok.mean_s().unwrap()),
        quantity("W of the second", mean + residual / ((1.0 - rho1) * (1.0 - rho)), |r| answers(r, "patient").ok.mean_s().unwrap()),
    ];
    let all = |r: &Record| (answers(r, "urgent").offered + answers(r, "patient").offered) as f64 / measured(r);
    let inputs = [quantity("arrival rate", first + second, all), quantity("busy", rho, busy)];
    compare("M/M/1, two priorities", &yaml, &inputs, &quantities);
}

/// A function that takes no time itself calls three servers, one after the other.
#[test]
fn three_stations_in_a_row_are_a_jackson_network() {
    let Some(theory) = Theory::of("tandem_jackson") else { return };
    let span = Span { warm_up: 20.0, measured: 1_200.0 };
    let mut yaml = format!(
        "{}workloads: {{ clients: {} }}\nnodes:\n  walk: {{ type: lambda, timeout: 900s, init_duration: 0s, allocation: 0s, invoke_overhead: 0s, \
         handler: [ {{ call: {{ node: stage1 }} }}, {{ call: {{ node: stage2 }} }}, {{ call: {{ node: stage3 }} }} ] }}\n",
        span.head(),
        span.workload("walk", theory.given("arrival_rate"))
    );
    for (at, stage) in theory.0["params"]["stages"].as_array().expect("stages").iter().enumerate() {
        let (mean, slots) = (stage["service_mean"].as_f64().expect("a mean"), &stage["servers"]);
        writeln!(yaml, "  stage{}: {{ type: server, slots: {slots}, {} }}", at + 1, exponential(mean)).unwrap();
    }
    let quantities = [
        quantity("W of stage 1", theory.expected("W_stage1"), |r| latency(r, "stage1", "TargetResponseTime")),
        quantity("W of stage 2", theory.expected("W_stage2"), |r| latency(r, "stage2", "TargetResponseTime")),
        quantity("W of stage 3", theory.expected("W_stage3"), |r| latency(r, "stage3", "TargetResponseTime")),
        quantity("W", theory.expected("W_total"), sojourn),
        quantity("L", theory.expected("L_total"), |r| gauge(r, "walk", "ConcurrentExecutions")),
    ];
    let rate = theory.given("arrival_rate");
    compare("tandem_jackson", &yaml, &[quantity("arrival rate", rate, offered)], &quantities);
}
