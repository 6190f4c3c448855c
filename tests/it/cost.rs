//! Statements: what scenarios cost a month, against sums by hand from published prices, and what must hold of every statement.
//!
//! ```text
//! counted in the run × 730 h ÷ measured × price = usd            Σ nodes = Σ meters = Σ workloads = total
//! ```
//!
//! Prices are those of us-east-1 on the day, as AWS publishes them; counts are the run's own, which other topics hold against AWS.

use coldfront::cost::{FreeTier, Pricing, Statement};
use coldfront::metrics::Record;
use coldfront::scenario::Scenario;

use crate::support::Run;

/// A hundred seconds, so that a month of 730 h has 26,280 of them.
const MONTH: f64 = 26_280.0;

fn run(head: &str, target: &str, nodes: &str) -> Run {
    let workload = format!("clients: {{ target: {target}, arrivals: uniform, phases: [ {{ duration: 100s, arrival_rate: 10/s }} ] }}");
    Run::of("cost", &format!("duration: 100s\n{head}\nworkloads:\n  {workload}\nnodes:\n{nodes}"), &[])
}

fn statement(run: &Run) -> Statement {
    Statement::of(&run.scenario, &run.record, &Pricing::default())
}

/// USD of a node's lines of a key.
fn usd(statement: &Statement, node: &str, key: &str) -> f64 {
    statement.lines.iter().filter(|line| line.node == node && line.key == key).filter_map(|line| line.usd).sum()
}

fn count(run: &Run, node: &str, counter: &str) -> f64 {
    let node = run.record.nodes.iter().find(|one| one.name == node).expect("the node is there");
    node.counters.iter().filter(|one| one.name == counter && one.dimension.is_none()).map(|one| one.value()).sum()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found}, not {expected}");
}

const FUNCTION: &str =
    "  f: { type: lambda, memory: 512 MB, allocation: 0ms, init_duration: 400ms, keep_alive: 1h, lifetime: 10h, handler: [ { wait: 100ms } ] }";

#[test]
fn a_function_costs_its_requests_and_its_gb_seconds() {
    let run = run("as_of: 2025-07-31", "f", FUNCTION);
    let (n, statement) = (count(&run, "f", "Invocations"), statement(&run));
    assert!((999.0..=1000.0).contains(&n), "{n}");
    close(usd(&statement, "f", "lambda.requests"), n * MONTH * 0.20 / 1e6);
    let finished = count(&run, "f", "BilledDuration") / 100.0;
    assert!(n - finished <= 2.0, "each finished invocation is 100 ms");
    close(usd(&statement, "f", "lambda.duration.x86_64"), finished * 0.1 * 0.5 * MONTH * 0.0000166667);
    close(statement.total(), n * MONTH * 0.20 / 1e6 + finished * 0.05 * MONTH * 0.0000166667);
    close(statement.per_1k_requests().unwrap(), statement.total() / (statement.requests() / 1e3));
}

#[test]
fn init_of_zip_packages_is_billed_since_august_2025() {
    let [before, after] = ["2025-07-31", "2025-08-01"].map(|day| run(&format!("as_of: {day}"), "f", FUNCTION));
    let cold = count(&after, "f", "ColdStarts");
    assert!(cold >= 1.0 && cold == count(&before, "f", "ColdStarts"));
    let price = |run: &Run| usd(&statement(run), "f", "lambda.duration.x86_64");
    close(price(&after) - price(&before), cold * 0.4 * 0.5 * MONTH * 0.0000166667);
    let why = |run: &Run| statement(run).causes.iter().find(|cause| cause.name == "cold_starts").map_or(0.0, |cause| cause.usd);
    assert_eq!(why(&before), 0.0);
    close(why(&after), cold * 0.4 * 0.5 * MONTH * 0.0000166667);
}

#[test]
fn graviton_costs_its_own_price_for_the_same_time() {
    let arm = FUNCTION.replace("memory: 512 MB", "memory: 512 MB, architecture: arm64");
    let (x86, arm) = (run("", "f", FUNCTION), run("", "f", &arm));
    close(usd(&statement(&arm), "f", "lambda.duration.arm64") / usd(&statement(&x86), "f", "lambda.duration.x86_64"), 0.0000133334 / 0.0000166667);
}

#[test]
fn provisioned_concurrency_is_charged_by_the_hour_and_its_duration_at_another_price() {
    let run = run("", "f", &FUNCTION.replace("memory: 512 MB", "memory: 512 MB, provisioned_concurrency: 4"));
    let statement = statement(&run);
    close(usd(&statement, "f", "lambda.provisioned_concurrency.x86_64"), 4.0 * 0.5 * 730.0 * 3600.0 * 0.0000041667);
    let seconds = count(&run, "f", "ProvisionedBilledDuration") / 1e3;
    close(usd(&statement, "f", "lambda.provisioned_duration.x86_64"), seconds * 0.5 * MONTH * 0.0000097222);
    assert_eq!(usd(&statement, "f", "lambda.duration.x86_64"), 0.0, "one at a time never spills over four");
    let unused = statement.causes.iter().find(|cause| cause.name == "unused_provisioned_concurrency").expect("most of it is idle");
    close(unused.usd, usd(&statement, "f", "lambda.provisioned_concurrency.x86_64") * (1.0 - seconds / 400.0));
}

#[test]
fn large_temporary_storage_is_charged_beyond_512_mb() {
    let run = run("", "f", &FUNCTION.replace("memory: 512 MB", "memory: 512 MB, ephemeral_storage: 2560 MB"));
    let seconds = count(&run, "f", "BilledDuration") / 1e3;
    close(usd(&statement(&run), "f", "lambda.ephemeral_storage"), seconds * 2.0 * MONTH * 0.0000000309);
}

#[test]
fn logs_are_charged_by_invocation_where_their_size_is_known() {
    let logging = |size: &str| FUNCTION.replace("memory: 512 MB", &format!("memory: 512 MB, log_size: {size}"));
    let run_of = |day: &str, size: &str| run(&format!("as_of: {day}"), "f", &logging(size));
    let key = "cloudwatch.logs.ingest_lambda";
    let [now, then] = ["2026-11-01", "2025-04-30"].map(|day| run_of(day, "2 KB"));
    let gb = count(&now, "f", "Invocations") * MONTH * 2.0 / 1024.0 / 1024.0;
    assert!((50.0..51.0).contains(&gb), "26,280,000 invocations a month: {gb}");
    // 50 ct a GB, by the first tier and before there were any.
    close(usd(&statement(&now), "f", key), gb * 0.50);
    close(usd(&statement(&then), "f", key), gb * 0.50);
    let free = Statement::of(&now.scenario, &now.record, &Pricing::with(FreeTier::Always));
    close(usd(&free, "f", key), (gb - 5.0) * 0.50);
    // 1 MB each are 25,664 GB, of which 10 TB are at 50 ct and the rest at 25 ct: that is since May 2025.
    let gb = 512.0 * gb;
    let large = |day: &str| usd(&statement(&run_of(day, "1 MB")), "f", key);
    close(large("2025-05-01"), 10_240.0 * 0.50 + (gb - 10_240.0) * 0.25);
    close(large("2025-04-30"), gb * 0.50);
}

#[test]
fn logs_of_no_known_size_are_said_to_be_left_out() {
    let said = |function: &str| statement(&run("", "f", function)).left_out.iter().any(|said| said.contains("logs of functions"));
    let of_size = |size: &str| FUNCTION.replace("memory: 512 MB", &format!("memory: 512 MB, log_size: {size}"));
    assert_eq!([said(FUNCTION), said(&of_size("2 KB")), said(&of_size("0 B"))], [true, false, false]);
    let run = run("", "f", &of_size("2 KB"));
    assert_sums(&run.scenario, &run.record);
}

const WRITER: &str = "  f: { type: lambda, handler: [ { put_item: { table: t, size: 3 KB } } ] }\n";

#[test]
fn a_provisioned_table_costs_its_units_whatever_is_used_of_them() {
    let table = "  t: { type: dynamodb, billing_mode: provisioned, read_capacity_units: 100, write_capacity_units: 50, table_size: 10 GB }";
    let statement = statement(&run("", "f", &format!("{WRITER}{table}")));
    close(usd(&statement, "t", "dynamodb.standard.write_capacity_unit_hours"), 50.0 * 730.0 * 0.00065);
    close(usd(&statement, "t", "dynamodb.standard.read_capacity_unit_hours"), 100.0 * 730.0 * 0.00013);
    close(usd(&statement, "t", "dynamodb.standard.storage"), 10.0 * 0.25);
    let unused: f64 = statement.causes.iter().filter(|cause| cause.name == "unused_capacity").map(|cause| cause.usd).sum();
    let expected = 100.0 * 730.0 * 0.00013 + 50.0 * 730.0 * 0.00065 * (1.0 - 30.0 / 50.0);
    assert!((unused / expected - 1.0).abs() < 0.01, "{unused}, not {expected}");
}

#[test]
fn request_units_were_halved_in_november_2024() {
    for (day, price) in [("2024-10-31", 1.25), ("2024-11-01", 0.625)] {
        let run = run(&format!("as_of: {day}"), "f", &format!("{WRITER}  t: {{ type: dynamodb, billing_mode: on_demand }}"));
        let units = count(&run, "t", "ConsumedWriteCapacityUnits");
        assert!((units - 3_000.0).abs() < 10.0, "{units}");
        close(usd(&statement(&run), "t", "dynamodb.standard.write_request_units"), units * MONTH * price / 1e6);
    }
}

#[test]
fn a_replicated_write_is_charged_in_every_region() {
    let table = "  t: { type: dynamodb, billing_mode: on_demand, replicas: [ eu-west-1 ] }";
    let run = run("", "f", &format!("{WRITER}{table}"));
    let statement = statement(&run);
    let of = |region: Option<&str>| {
        statement.lines.iter().find(|line| line.node == "t" && line.region.as_deref() == region && line.key.contains("replicated"))
    };
    let units = count(&run, "t", "ConsumedWriteCapacityUnits");
    close(of(None).and_then(|line| line.usd).unwrap(), units * MONTH * 0.625 / 1e6);
    assert!((of(Some("eu-west-1")).unwrap().measured - units).abs() < 10.0);
}

#[test]
fn an_idle_queue_costs_its_empty_receives_and_they_are_nobodys() {
    let nodes = "nodes:\n  q: { type: sqs }\n  f: { type: lambda, event_sources: [ { queue: q } ], handler: [ { wait: 1ms } ] }\n";
    let others = "workloads: { clients: { target: g, phases: [ { duration: 20m, arrival_rate: 1/min } ] } }";
    let run = Run::of("idle", &format!("duration: 20m\nwarm_up: 1m\n{others}\n{nodes}  g: {{ type: lambda, handler: [ {{ wait: 1ms }} ] }}\n"), &[]);
    let statement = statement(&run);
    // Five pollers that wait 20 s each: 657,000 receives in 730 h.
    let usd = usd(&statement, "q", "sqs.standard");
    assert!((usd / (657_000.0 * 0.40 / 1e6) - 1.0).abs() < 0.03, "{usd}");
    let empty = statement.causes.iter().find(|cause| cause.name == "empty_receives").expect("all are empty");
    close(empty.usd, usd);
    close(statement.by_workload().last().unwrap().1, usd);
}

#[test]
fn what_an_api_throttles_costs_nothing() {
    let api =
        "  api: { type: api_gateway, throttle: { rate: 4/s, burst: 1 }, routes: { GET /: f } }\n  f: { type: lambda, handler: [ { wait: 1ms } ] }";
    let workload = "clients: { target: api, arrivals: uniform, phases: [ { duration: 100s, arrival_rate: 10/s } ], requests: [ { route: GET / } ] }";
    let run = Run::of("throttled", &format!("duration: 100s\nworkloads:\n  {workload}\nnodes:\n{api}\n"), &[]);
    let (all, refused) = (count(&run, "api", "Count"), count(&run, "api", "ThrottledCount"));
    assert!(refused > 300.0 && all >= 999.0, "{all} − {refused}");
    close(usd(&statement(&run), "api", "api_gateway.rest"), (all - refused) * MONTH * 3.50 / 1e6);
    close(usd(&statement(&run), "f", "lambda.requests"), (all - refused) * MONTH * 0.20 / 1e6);
}

#[test]
fn free_tiers_are_taken_off_the_month_and_only_where_asked_for() {
    let run = run("as_of: 2025-07-31", "f", FUNCTION);
    let free = Statement::of(&run.scenario, &run.record, &Pricing::with(FreeTier::Always));
    close(usd(&statement(&run), "f", "lambda.requests") - usd(&free, "f", "lambda.requests"), 0.20);
    close(usd(&statement(&run), "f", "lambda.duration.x86_64") - usd(&free, "f", "lambda.duration.x86_64"), 400_000.0 * 0.0000166667);
    assert_sums(&run.scenario, &run.record);
}

#[test]
fn a_price_that_is_not_known_leaves_the_total_incomplete_and_the_run_whole() {
    let arm = FUNCTION.replace("memory: 512 MB", "memory: 512 MB, architecture: arm64");
    let run = run(
        "region: eu-central-1\nthresholds: [ 'total: cost_monthly < $500', 'clients: cost_monthly < $500', 'f: cost_per_1k_requests < $1' ]",
        "f",
        &arm,
    );
    let (statement, report) = (statement(&run), run.report());
    assert!(!statement.is_complete() && statement.missing.iter().any(|missing| missing.key == "lambda.duration.arm64"));
    assert!(report.warnings.iter().any(|warning| warning.contains("`lambda.duration.arm64` in eu-central-1")), "{:?}", report.warnings);
    assert!(report.thresholds.iter().all(|one| !one.passed && one.actual.is_none()), "nothing speaks for them: {:?}", report.thresholds);
    let overlay = b"prices: [ { key: lambda.duration.arm64, factor: 1 }, { key: lambda.requests, factor: 1 } ]".to_vec();
    let (pricing, wrong, _) = Pricing::read(FreeTier::No, &[("ours.yaml".into(), overlay)]);
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(Statement::of(&run.scenario, &run.record, &pricing).is_complete());
}

#[test]
fn thresholds_hold_the_whole_a_node_and_a_workload_against_amounts() {
    let thresholds = "thresholds: [ 'total: cost_monthly < $500', 'f: cost_monthly > $1', 'clients: cost_monthly < $500', 'total: cost_per_1k_requests < 1 USD', 'f: cost_monthly < $0.01' ]";
    let report = run(thresholds, "f", FUNCTION).report();
    assert_eq!(
        report.thresholds.iter().map(|one| (one.unit.as_str(), one.passed)).collect::<Vec<_>>(),
        [("usd", true), ("usd", true), ("usd", true), ("usd", true), ("usd", false)]
    );
    let total = report.cost.as_ref().map(|cost| cost.monthly_usd);
    assert_eq!(report.thresholds[0].actual, total);
}

#[test]
fn a_shared_node_is_paid_by_each_workload_as_it_uses_it() {
    let clients = |name: &str, rate: u32, size: &str| {
        format!(
            "  {name}: {{ target: t, arrivals: uniform, phases: [ {{ duration: 100s, arrival_rate: {rate}/s }} ], operation: {{ put_item: {{ size: {size} }} }} }}\n"
        )
    };
    let text = format!(
        "duration: 100s\nworkloads:\n{}{}nodes:\n  t: {{ type: dynamodb, billing_mode: on_demand }}\n",
        clients("small", 10, "1 KB"),
        clients("large", 5, "6 KB")
    );
    let run = Run::of("shared", &text, &[]);
    let statement = statement(&run);
    let [small, large, idle] = statement.by_workload()[..] else { panic!("two workloads and nobody") };
    assert!((large.1 / small.1 - 3.0).abs() < 0.02 && idle == (None, 0.0), "{small:?} {large:?} {idle:?}");
    assert_sums(&run.scenario, &run.record);
}

#[test]
fn a_thousand_requests_of_a_workload_are_its_own() {
    let clients = |name: &str, rate: u32| {
        format!(
            "  {name}: {{ target: t, arrivals: uniform, phases: [ {{ duration: 100s, arrival_rate: {rate}/s }} ], operation: {{ put_item: {{ size: 1 KB }} }} }}\n"
        )
    };
    let thresholds = "thresholds: [ 'few: cost_per_1k_requests < $1', 'many: cost_per_1k_requests < $1', 'total: cost_per_1k_requests < $1' ]";
    let text = format!(
        "duration: 100s\n{thresholds}\nworkloads:\n{}{}nodes:\n  t: {{ type: dynamodb, billing_mode: on_demand }}\n",
        clients("few", 1),
        clients("many", 9)
    );
    // A write unit each, at $0.625 a million, whoever asks how often.
    for threshold in Run::of("each", &text, &[]).report().thresholds {
        close(threshold.actual.expect("all prices are known"), 0.625 / 1e3);
    }
}

#[test]
fn standing_charges_are_not_scaled_by_what_the_run_stands_for() {
    let table = "  t: { type: dynamodb, billing_mode: provisioned, read_capacity_units: 100, write_capacity_units: 50 }";
    let totals = ["", "represents: 30d", "represents: 1h"].map(|head| statement(&run(head, "f", &format!("{WRITER}{table}"))).total());
    close(totals[1], totals[0]);
    close(totals[2], totals[0]);
}

#[test]
fn each_phase_counts_for_as_much_of_a_month_as_it_represents() {
    let phases = "[ { name: night, duration: 50s, arrival_rate: 2/s }, { name: day, duration: 50s, arrival_rate: 20/s } ]";
    let of = |represents: &str| {
        let workload = format!("clients: {{ target: f, arrivals: uniform, phases: {phases} }}");
        let text = format!("duration: 100s\nresolution: 10s\nrepresents: {represents}\nworkloads:\n  {workload}\nnodes:\n{FUNCTION}");
        Run::of("cost", &text, &[])
    };
    // A week of 168 h, of which a month has 730 ÷ 168; the request at the change of phases may be on either side of it.
    let run = of("{ night: 100h, day: 60h, idle: 8h }");
    let requests = (2.0 * 100.0 + 20.0 * 60.0) * 3600.0 * 730.0 / 168.0;
    let found = usd(&statement(&run), "f", "lambda.requests") / (0.20 / 1e6);
    assert!((found / requests - 1.0).abs() < 0.01, "{found}, not {requests}");
    let said = statement(&run).extrapolation;
    close(said.parts.iter().map(|part| part.month_hours).sum::<f64>(), 730.0);
    close(said.parts[0].month_hours, 730.0 * 100.0 / 168.0);
    // Both for as long as they last is what no word of it says.
    let alike = statement(&of("{ night: 1h, day: 1h }")).total();
    let plain = statement(&of("30d")).total();
    assert!((alike / plain - 1.0).abs() < 1e-6, "{alike}, not {plain}");
    // A stretch by its times is as good as a phase's name.
    let stretch = statement(&of("{ 0s..50s: 100h, last 50s: 60h, idle: 8h }")).total();
    close(stretch, statement(&run).total());
}

#[test]
fn what_stands_is_charged_for_the_whole_month_whatever_its_phases() {
    let table = "  t: { type: dynamodb, billing_mode: provisioned, read_capacity_units: 100, write_capacity_units: 50 }";
    let totals = ["", "represents: { 0s..100s: 10h, idle: 158h }"].map(|head| {
        let statement = statement(&run(head, "f", &format!("{WRITER}{table}")));
        statement.lines.iter().filter(|line| line.standing).filter_map(|line| line.usd).sum::<f64>()
    });
    close(totals[0], totals[1]);
    assert!(totals[0] > 0.0);
}

#[test]
fn time_that_a_function_waits_while_it_is_billed_has_its_share_of_the_bill() {
    let function = "  f: { type: lambda, memory: 1769 MB, allocation: 0ms, init_duration: 0ms, keep_alive: 1h, lifetime: 10h, invoke_overhead: 0ms, handler: [ { compute: 300ms }, { wait: 700ms } ] }";
    let run = run("", "f", function);
    let statement = statement(&run);
    let waiting = statement.causes.iter().find(|cause| cause.name == "waiting").expect("it waits");
    let share = waiting.usd / usd(&statement, "f", "lambda.duration.x86_64");
    // Invocations that are under way at the end have computed and not been billed: ten of a thousand.
    assert!((share - 0.7).abs() < 0.01, "{share}");
}

/// That a statement adds up in every direction, and that twice the usage never costs less.
pub fn assert_sums(scenario: &Scenario, record: &Record) {
    // One or the other, by chance: pricing takes longer than most of these runs.
    let pricing = Pricing::with(if record.fingerprint.is_multiple_of(2) { FreeTier::No } else { FreeTier::Always });
    let statement = Statement::of(scenario, record, &pricing);
    let total = statement.total();
    let sums = [
        statement.by_node().iter().map(|(_, usd)| usd).sum::<f64>(),
        statement.by_meter().iter().map(|(_, usd)| usd).sum(),
        statement.by_workload().iter().map(|(_, usd)| usd).sum(),
    ];
    assert!(sums.iter().all(|sum| (sum - total).abs() < 1e-6), "{sums:?}, not {total}");
    let twice = Statement::of(scenario, &doubled(record), &pricing).total();
    assert!(twice >= total - 1e-6, "twice as much costs {twice}, and once {total}");
}

/// A record of twice the usage in the same time.
fn doubled(record: &Record) -> Record {
    let mut record = record.clone();
    for node in &mut record.nodes {
        for counter in &mut node.counters {
            counter.sum *= 2;
            counter.windows.iter_mut().for_each(|n| *n *= 2.0);
            counter.by_workload.iter_mut().for_each(|n| *n *= 2);
        }
        node.gauges.iter_mut().for_each(|gauge| gauge.mean *= 2.0);
    }
    record
}
