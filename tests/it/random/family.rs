//! Relations that hold for one family of scenarios, each with the argument for it.
//!
//! | change | what must be | why |
//! |---|---|---|
//! | more slots, executions, tokens or capacity units | no more refusals | who is refused by more is refused by fewer: by induction over arrivals |
//! | more slots before a queue without a limit | no longer a wait, of anybody | Kiefer and Wolfowitz: the ordered workloads stay below |
//! | a filter that passes more, errors that are fewer | more of the same | each has its own number, held against the share |
//! | all times k times as long | the same requests, k times as slow | nothing else in the scenario is a time |
//! | twice the batch | half the invocations | a backlog fills every batch |
//! | λ from one workload, or from two of λ/2; twice the duration | the same means | superposed Poisson processes are one; a stationary mean has no length |
//!
//! All but the last are exact. That is a test of two means over runs of different seeds, at five standard errors: by chance one in a million fails, and seeds are fixed.

use super::strip::{Numbers, Strip};
use super::{load_text, number};
use coldfront::engine::Bounds;
use coldfront::mechanism::luck::mix;
use coldfront::metrics::{Answers, Distribution, Record};
use coldfront::simulation::Simulation;

/// Cases of a relation; `RANDOM_SEED` asks for one.
fn each_seed(cases: u64, check: impl Fn(&mut Strip, u64)) {
    let seeds = number("RANDOM_SEED").map_or(1..=cases, |seed| seed..=seed);
    for seed in seeds {
        let numbers: Numbers = (0..64).map(|at| mix(seed << 8 | at) as u32).collect();
        let examined = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&mut Strip::of(&numbers), seed)));
        if let Err(panic) = examined {
            panic!("{}\nagain: RANDOM_SEED={seed} and the name of this test", super::said(panic.as_ref()));
        }
    }
}

fn run(yaml: &str) -> Record {
    Simulation::new(&load_text(yaml), Bounds::default()).run()
}

fn answers(record: &Record) -> Answers {
    let mut all = Answers::default();
    record.routes.iter().for_each(|route| all.merge(&route.answers));
    all
}

fn refused(record: &Record) -> u64 {
    let answers = answers(record);
    answers.offered - answers.ok.count()
}

fn times<'r>(record: &'r Record, node: &str, name: &str) -> &'r Distribution {
    let node = record.nodes.iter().find(|found| found.name == node).expect("a node of this name");
    &node.latencies.iter().find(|latency| latency.name == name).expect("a latency of this name").distribution
}

fn count(record: &Record, node: &str, name: &str) -> f64 {
    let node = record.nodes.iter().find(|found| found.name == node).expect("a node of this name");
    node.counters.iter().find(|counter| counter.name == name).expect("a counter of this name").value()
}

/// An open workload of one node, for 40 s of a minute.
fn load(strip: &mut Strip, target: &str) -> String {
    let arrivals = strip.pick(&["poisson", "uniform", "bursty(ratio=8 burst=3s idle=9s)", "batch(mean=4)"]);
    let phases = format!("[ {{ duration: 40s, arrival_rate: {}/s }}, {{ pause: 20s }} ]", strip.from(2..=25));
    format!("workloads: {{ w: {{ target: {target}, arrivals: {arrivals}, phases: {phases} }} }}")
}

/// A time to serve, of about so many ms.
fn service(strip: &mut Strip, ms: u32) -> String {
    match strip.below(3) {
        0 => format!("{ms}ms"),
        1 => format!("exponential(mean={ms}ms)"),
        _ => format!("lognormal(mean={ms}ms cv=2)"),
    }
}

/// Refusals fall, or stay, as a number in the text grows.
fn assert_falls(yaml: impl Fn(u32) -> String, of: [u32; 3]) {
    let [fewest, more, most] = of.map(|n| refused(&run(&yaml(n))));
    assert!(fewest >= more && more >= most, "refused {fewest}, {more}, {most} with {of:?} of\n{}", yaml(of[0]));
}

#[test]
fn more_slots_never_refuse_more() {
    each_seed(40, |strip, seed| {
        let (workload, ms) = (load(strip, "s"), strip.from(20..=600));
        let time = service(strip, ms);
        let yaml = |slots| {
            format!(
                "duration: 60s\nseed: {seed}\n{workload}\nnodes: {{ s: {{ type: server, slots: {slots}, queue_limit: 0, service_time: {time} }} }}\n"
            )
        };
        let first = strip.from(1..=4);
        assert_falls(yaml, [first, first + 1, first + 4]);
    });
}

#[test]
fn more_reserved_concurrency_never_throttles_more() {
    // Executions of 200 ms and more: the limit of ten requests a second for each of them is never met.
    each_seed(25, |strip, seed| {
        let (workload, ms) = (load(strip, "f"), strip.from(200..=900));
        let yaml = |n| {
            let own = "allocation: 0s, init_duration: 0s, invoke_overhead: 0s, timeout: 60s";
            format!(
                "duration: 60s\nseed: {seed}\n{workload}\nnodes: {{ f: {{ type: lambda, {own}, reserved_concurrency: {n}, handler: [ {{ wait: {ms}ms }} ] }} }}\n"
            )
        };
        let first = strip.from(1..=4);
        assert_falls(yaml, [first, first + 1, first + 3]);
    });
}

#[test]
fn a_wider_throttle_never_rejects_more() {
    each_seed(25, |strip, seed| {
        let (workload, rate, burst) = (load(strip, "a"), strip.from(1..=12), strip.from(1..=12));
        let yaml = |rate: u32, burst: u32| {
            let api = format!("a: {{ type: api_gateway, throttle: {{ rate: {rate}/s, burst: {burst} }}, routes: {{ GET /: s }} }}");
            format!("duration: 60s\nseed: {seed}\n{workload}\nnodes: {{ {api}, s: {{ type: server, slots: 500, service_time: 5ms }} }}\n")
        };
        assert_falls(|n| yaml(n, burst), [rate, rate + 1, 2 * rate]);
        assert_falls(|n| yaml(rate, n), [burst, burst + 1, 2 * burst]);
    });
}

#[test]
fn more_capacity_units_never_throttle_more() {
    each_seed(25, |strip, seed| {
        let (workload, units) = (load(strip, "t"), strip.from(1..=10));
        let workload = workload.replace("target: t", "target: t, operation: { put_item: { size: 1 KB } }");
        let yaml = |n| {
            let table = format!("t: {{ type: dynamodb, billing_mode: provisioned, write_capacity_units: {n}, partitions: 1, initial_burst: 0% }}");
            format!("duration: 60s\nseed: {seed}\n{workload}\nnodes: {{ {table} }}\n")
        };
        assert_falls(yaml, [units, units + 1, 2 * units]);
    });
}

#[test]
fn more_slots_make_nobody_wait_longer() {
    each_seed(40, |strip, seed| {
        let (workload, ms) = (load(strip, "s"), strip.from(20..=200));
        let time = service(strip, ms);
        let of = |slots: u32| {
            let drained = workload.replace("pause: 20s", "pause: 10m");
            run(&format!("duration: 640s\nseed: {seed}\n{drained}\nnodes: {{ s: {{ type: server, slots: {slots}, service_time: {time} }} }}\n"))
        };
        let first = strip.from(1..=5);
        let (few, many) = (of(first), of(first + 1));
        let (few, many) = (times(&few, "s", "TargetResponseTime"), times(&many, "s", "TargetResponseTime"));
        assert_eq!(few.count(), many.count());
        let cells = [0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0].map(|q| (few.quantile(q), many.quantile(q)));
        assert!(few.sum_s() >= many.sum_s() && cells.iter().all(|(few, many)| few >= many), "{cells:?}");
    });
}

#[test]
fn a_filter_that_passes_more_passes_the_same_and_more() {
    each_seed(15, |strip, seed| {
        let (workload, first) = (load(strip, "t"), strip.from(0..=50));
        let delivered = |share: u32| {
            let topic = format!("t: {{ type: sns, subscriptions: [ {{ endpoint: q, filter_passes: {share}% }} ] }}, q: {{ type: sqs }}");
            let record = run(&format!("duration: 60s\nseed: {seed}\n{workload}\nnodes: {{ {topic} }}\n"));
            let delivered = count(&record, "t", "NumberOfNotificationsDelivered");
            assert_eq!(delivered, count(&record, "q", "NumberOfMessagesSent"));
            delivered
        };
        let [few, more, all] = [first, first + 30, 100].map(delivered);
        assert!(few <= more && more <= all, "{few}, {more}, {all}");
    });
}

#[test]
fn fewer_errors_are_some_of_those_before() {
    each_seed(15, |strip, seed| {
        let (workload, share) = (load(strip, "s"), strip.from(0..=50));
        let errors = |share: u32| {
            refused(&run(&format!(
                "duration: 60s\nseed: {seed}\n{workload}\nnodes: {{ s: {{ type: server, slots: 9, error_rate: {share}%, service_time: 9ms }} }}\n"
            )))
        };
        let [none, few, more] = [0, share, share + 40].map(errors);
        assert!(none == 0 && few <= more, "{none}, {few}, {more}");
    });
}

#[test]
fn twice_the_batch_is_half_the_invocations() {
    each_seed(6, |strip, seed| {
        let (backlog, ms) = (100 * strip.from(1..=8), strip.from(1..=400));
        let invocations = |batch: u32| {
            let source = format!("event_sources: [ {{ queue: q, batch_size: {batch}, maximum_concurrency: 2 }} ]");
            let nodes = format!(
                "q: {{ type: sqs, visibility_timeout: 1h, backlog: {backlog} }}, f: {{ type: lambda, {source}, handler: [ {{ wait: {ms}ms }} ] }}"
            );
            count(&run(&format!("duration: 20m\nseed: {seed}\nnodes: {{ {nodes} }}\n")), "f", "Invocations")
        };
        assert_eq!([1, 2, 5, 10].map(invocations), [1, 2, 5, 10].map(|batch| f64::from(backlog / batch)));
    });
}

/// A system in which every time is given, in units of `unit` ms.
fn timed(strip: &mut Strip, seed: u64, unit: u32) -> String {
    let ms = |n: u32| format!("{}ms", n * unit);
    let (rate, slots, reserved) = (strip.from(4..=16), strip.from(1..=3), strip.from(2..=8));
    let retry = format!("retry: {{ max_attempts: 3, base: {}, cap: {} }}", ms(strip.from(10..=300)), ms(900));
    let client = format!("client: {{ timeout: {}, {retry} }}", ms(strip.from(200..=3000)));
    let phases = format!("[ {{ duration: {}, arrival_rate: {}/s }} ]", ms(40_000), f64::from(rate) / f64::from(unit));
    let throttle = format!("throttle: {{ rate: {}/s, burst: 9 }}", f64::from(rate) / f64::from(unit));
    let api = format!(
        "a: {{ type: api_gateway, overhead: exponential(mean={}), {throttle}, routes: {{ GET /: {{ integration: f, timeout: {} }} }} }}",
        ms(9),
        ms(4000)
    );
    let own = format!(
        "allocation: {}, init_duration: {}, invoke_overhead: {}, keep_alive: {}, lifetime: {}",
        ms(50),
        ms(strip.from(10..=900)),
        ms(1),
        ms(5_000),
        ms(20_000)
    );
    let call = format!("call: {{ node: s, timeout: {}, {retry} }}", ms(strip.from(100..=900)));
    let handler = format!("[ {{ wait: exponential(mean={}) }}, {{ {call} }}, {{ compute: gamma(mean={} cv=1.3) }} ]", ms(30), ms(20));
    let f = format!("f: {{ type: lambda, memory: 1769 MB, timeout: {}, reserved_concurrency: {reserved}, {own}, handler: {handler} }}", ms(5000));
    let s = format!("s: {{ type: server, slots: {slots}, queue_limit: 9, service_time: lognormal(mean={} cv=1.2) }}", ms(strip.from(20..=200)));
    format!("duration: {}\nseed: {seed}\nworkloads: {{ w: {{ target: a, {client}, phases: {phases} }} }}\nnodes: {{ {api}, {f}, {s} }}\n", ms(50_000))
}

#[test]
fn with_all_times_twice_as_long_all_latencies_are() {
    each_seed(30, |strip, seed| {
        let numbers: Numbers = (0..64).map(|_| strip.below(1 << 30) as u32).collect();
        let [one, two] = [1, 2].map(|unit| timed(&mut Strip::of(&numbers), seed, unit));
        let (short, long) = (run(&one), run(&two));
        let [a, b] = [&short, &long].map(answers);
        assert_eq!((a.offered, a.attempts, a.ok.count()), (b.offered, b.attempts, b.ok.count()), "{one}");
        // Times are whole nanoseconds, so each may be one off.
        assert!((b.ok.sum_s() - 2.0 * a.ok.sum_s()).abs() < 1e-6 * a.ok.sum_s(), "{} and {} s of\n{one}", a.ok.sum_s(), b.ok.sum_s());
        assert_eq!(short.events, long.events, "{one}");
    });
}

/// Mean and its variance over runs of different seeds.
fn estimate(runs: u64, first: u64, yaml: impl Fn(u64) -> String) -> (f64, f64) {
    let means: Vec<f64> = (first..first + runs).map(|seed| answers(&run(&yaml(seed))).ok.mean_s().expect("answers")).collect();
    let mean = means.iter().sum::<f64>() / runs as f64;
    let square = means.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (runs - 1) as f64;
    (mean, square / runs as f64)
}

fn assert_same((a, va): (f64, f64), (b, vb): (f64, f64), what: &str) {
    let error = (va + vb).sqrt();
    assert!((a - b).abs() <= 5.0 * error, "{what}: {a} s and {b} s, known to {error} s");
    assert!(error < 0.1 * a, "{what}: {a} s is known to {error} s only");
}

/// A stationary queue with so many workloads, which share the rate, measured for so many seconds.
fn stationary(strip: &mut Strip, workloads: u32, seconds: u32, seed: u64) -> String {
    let (rate, slots, ms) = (f64::from(strip.from(5..=20)), strip.from(1..=3), strip.from(20..=200));
    let rate = rate.min(0.6 * 1000.0 * f64::from(slots) / f64::from(ms));
    let each = |k: u32| format!("w{k}: {{ target: s, phases: [ {{ duration: 1h, arrival_rate: {}/s }} ] }}", rate / f64::from(workloads));
    let loads: Vec<String> = (0..workloads).map(each).collect();
    let server = format!("s: {{ type: server, slots: {slots}, service_time: gamma(mean={ms}ms cv=1.2) }}");
    format!("duration: {}s\nwarm_up: 10s\nseed: {seed}\nworkloads: {{ {} }}\nnodes: {{ {server} }}\n", 10 + seconds, loads.join(", "))
}

#[test]
fn two_workloads_of_half_the_rate_are_one_of_the_whole() {
    each_seed(4, |strip, _| {
        let numbers: Numbers = (0..8).map(|_| strip.below(1 << 30) as u32).collect();
        let of = |workloads, first| estimate(25, first, |seed| stationary(&mut Strip::of(&numbers), workloads, 100, seed));
        assert_same(of(1, 1), of(2, 101), "one workload and two");
    });
}

#[test]
fn twice_the_duration_has_the_same_means() {
    each_seed(4, |strip, _| {
        let numbers: Numbers = (0..8).map(|_| strip.below(1 << 30) as u32).collect();
        let of = |seconds, first| estimate(25, first, |seed| stationary(&mut Strip::of(&numbers), 1, seconds, seed));
        assert_same(of(60, 1), of(120, 101), "one minute and two");
    });
}
