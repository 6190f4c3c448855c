//! Break-evens: the closed forms' figures come out of the book, bills prefer what is said on both sides of every crossing, and a scenario stands where its run
//! says.

use coldfront::cost::break_even::{
    BreakEven, Found, Function, Switch, Work, architectures, arm64_or_x86, batch_size, break_evens, capacity_mode, lambda_or_fargate, of_scenario,
    provisioned_concurrency, rest_or_http,
};
use coldfront::cost::{Bill, Book, FreeTier};
use coldfront::platform::Date;
use coldfront::report::{BreakEvens, Style};
use proptest::prelude::*;

use crate::support::Run;

fn book(region: &str, day: &str) -> Book {
    Book::of(region, Date::parse(day).expect("a day")).expect("a Region")
}

fn today() -> Book {
    book("us-east-1", "2026-11-01")
}

fn named<'f>(found: &'f Found, name: &str, node: Option<&str>) -> &'f BreakEven {
    let is_it = |one: &&BreakEven| one.name == name && one.node.as_deref() == node;
    found.break_evens.iter().find(is_it).unwrap_or_else(|| panic!("no {name} of {node:?}"))
}

/// What the bill of a month says of a way at a place.
fn billed(book: &Book, one: &BreakEven, way: usize, x: f64) -> f64 {
    Bill::of(book, &one.usage(way, x), FreeTier::No).expect("every price is known").total()
}

/// A bill just below every crossing prefers the one, just above it the other.
#[track_caller]
fn bills_agree(book: &Book, one: &BreakEven) {
    for (at, crossing) in one.crossings.iter().enumerate() {
        for (x, cheaper) in [(crossing * (1.0 - 1e-6), one.cheaper[at]), (crossing * (1.0 + 1e-6), one.cheaper[at + 1])] {
            let (low, high) = (billed(book, one, cheaper, x), billed(book, one, 1 - cheaper, x));
            assert!(low < high, "{} at {x}: {low}, {high}", one.name);
            assert_eq!(one.cheaper_at(x), cheaper, "{} at {x}", one.name);
        }
        let both = [0, 1].map(|way| billed(book, one, way, *crossing));
        assert!((both[0] - both[1]).abs() <= 1e-9 * both[0], "{} at {crossing}: {both:?}", one.name);
    }
}

#[test]
fn provisioned_writes_pay_above_29_per_cent_of_use_today_and_14_before_the_cut() {
    // 0.00065 $ an hour of a unit by 3,600 units of 0.625 $ a million; before 2024-11-01 they were 1.25 $.
    for (day, share) in [("2026-11-01", 0.289), ("2024-11-01", 0.289), ("2024-10-31", 0.144)] {
        for side in ["write", "read"] {
            let one = capacity_mode(&book("us-east-1", day), "standard", side, 1.0).expect("prices are known");
            assert!((one.crossings[0] - share).abs() < 0.001, "{side}s on {day}: {:?}", one.crossings);
            assert_eq!([one.cheaper_at(share - 0.01), one.cheaper_at(share + 0.01)].map(|way| &*one.ways[way].name), ["on demand", "provisioned"]);
        }
    }
}

#[test]
fn provisioned_concurrency_pays_above_60_per_cent_of_use() {
    for architecture in ["x86_64", "arm64"] {
        let function = Function { architecture, ..Function::default() };
        let one = provisioned_concurrency(&today(), &function, 1.0).expect("prices are known");
        assert!((one.crossings[0] - 0.6).abs() < 0.001, "{architecture}: {:?}", one.crossings);
        assert_eq!(one.ways[one.cheaper_at(0.7)].name, "provisioned concurrency");
    }
}

#[test]
fn arm64_may_take_a_quarter_longer() {
    let one = arm64_or_x86(&today(), 1e6).expect("prices are known");
    assert!((one.crossings[0] - 1.25).abs() < 0.001, "{:?}", one.crossings);
    assert_eq!([1.1, 1.4].map(|times| &*one.ways[one.cheaper_at(times)].name), ["arm64", "x86_64"]);
    // Beyond 6,000 million GB-s x86 is cheaper by tiers, and so is arm64 beyond 7,500 million, which is as many times 1.25.
    let large = arm64_or_x86(&today(), 20e9).expect("prices are known");
    bills_agree(&today(), &large);
}

#[test]
fn small_requests_are_never_cheaper_at_a_rest_api() {
    let one = rest_or_http(&today(), 1.0).expect("prices are known");
    assert!(one.crossings.is_empty() && one.ways[one.cheaper_at(1e6)].name == "HTTP API");
    // 3.50 $ and 1.00 $ a million.
    assert!((one.saving_at(1e6).0 - 2.5).abs() < 1e-9 && (one.saving_at(1e6).1 - 2.5 / 3.5).abs() < 1e-9);
    let large = rest_or_http(&today(), 4.0).expect("prices are known");
    assert_eq!((large.crossings.len(), &*large.ways[large.cheaper_at(1e6)].name), (0, "REST API"), "four steps of 512 KB are dearer than one call");
}

#[test]
fn an_idle_queue_is_asked_as_often_as_its_messages_ask_at_the_crossing() {
    // Five pollers that wait 20 s: 657,000 receives in 730 h. A million messages are 3,000,000 requests in batches of one.
    let one = batch_size(&today(), "sqs.standard", 1e6, None).expect("prices are known");
    assert!((one.crossings[0] - 3e6 / 657_000.0).abs() < 1e-9, "{:?}", one.crossings);
    assert_eq!([1.0, 10.0].map(|size| &*one.ways[one.cheaper_at(size)].name), ["empty receives", "requests of the messages"]);
    let few = batch_size(&today(), "sqs.standard", 100_000.0, None).expect("prices are known");
    assert!(few.crossings.is_empty() && few.ways[few.cheaper_at(1.0)].name == "requests of the messages");
}

#[test]
fn a_task_pays_from_seven_requests_a_second_on() {
    // One vCPU and 2 GB are 0.04937 $ an hour; an invocation is 0.0000002 $ and 0.1 GB-s of 0.0000166667 $.
    let one = lambda_or_fargate(&today(), &Function::default(), 1.0).expect("prices are known");
    let rate = 0.04937 / 3600.0 / (0.000_000_2 + 0.1 * 0.000_016_666_7);
    assert!((one.crossings[0] - rate).abs() < 1e-9 * rate, "{:?}, not {rate}", one.crossings);
    assert_eq!(one.axis.to, 10.0, "one request at a time, 100 ms each");
    let long = lambda_or_fargate(&today(), &Function { gb: 0.125, billed_s: 1.0, ..Function::default() }, 1.0).expect("prices are known");
    assert!(
        long.crossings.is_empty() && long.ways[long.cheaper_at(0.9)].name == "Lambda",
        "a quarter of a vCPU costs more than 128 MB that are always busy"
    );
}

#[test]
fn bills_prefer_what_is_said_on_both_sides_of_every_crossing() {
    for (region, day) in [("us-east-1", "2026-11-01"), ("us-east-1", "2024-01-01"), ("us-east-1", "2012-12-01"), ("eu-west-1", "2026-11-01")] {
        let book = book(region, day);
        let found = break_evens(&book);
        assert!(!found.break_evens.is_empty());
        found.break_evens.iter().for_each(|one| bills_agree(&book, one));
    }
}

#[test]
fn a_curve_is_what_bills_are() {
    let book = today();
    for one in &break_evens(&book).break_evens {
        for (way, curve) in one.curves.iter().enumerate() {
            assert!(curve.len() > 2 && curve.windows(2).all(|pair| pair[0].0 < pair[1].0), "{}", one.name);
            for (x, usd) in curve {
                assert!((billed(&book, one, way, *x) - usd).abs() <= 1e-9 * usd.max(1.0), "{} at {x}", one.name);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_compared_bills_prefer_what_is_said(
        units in 1.0..1e6f64, steps in 1.0..6.0f64, gb_s in 1.0..1e11f64, gb in 0.125..10.0f64, billed_s in 0.001..900.0f64, tasks in 1u32..500, messages in 1.0..1e12f64,
    ) {
        let book = today();
        let function = Function { gb, billed_s, ..Function::default() };
        let all = [
            capacity_mode(&book, "standard_ia", "write", units),
            provisioned_concurrency(&book, &function, units),
            rest_or_http(&book, steps),
            arm64_or_x86(&book, gb_s),
            architectures(&book, "arm64", Work { on_demand: gb_s, provisioned: units, kept_ready: 0.0 }),
            lambda_or_fargate(&book, &function, f64::from(tasks)),
            batch_size(&book, "sqs.fifo", messages, None),
        ];
        for one in all {
            let one = one.expect("prices are known");
            bills_agree(&book, &one);
            // Between crossings too, on either half of what is shown.
            for share in [0.01, 0.3, 0.9] {
                let x = one.axis.from + share * (one.axis.end() - one.axis.from);
                let (low, high) = (billed(&book, &one, one.cheaper_at(x), x), billed(&book, &one, 1 - one.cheaper_at(x), x));
                prop_assert!(low <= high * (1.0 + 1e-9), "{} at {x}: {low}, {high}", one.name);
            }
        }
    }
}

/// A function of 2 GB that is billed 100 ms a thousand times, in 110 s of which the last are for the last to end.
fn steady(fields: &str) -> Run {
    let f = format!("f: {{ type: lambda, memory: 2 GB, {fields}, handler: [ {{ wait: 100ms }} ] }}");
    let ideal = "defaults: { lambda: { allocation: 0s, init_duration: 0s, invoke_overhead: 0s } }";
    let workload = "w: { target: f, arrivals: uniform, phases: [ { duration: 100s, arrival_rate: 10/s } ] }";
    Run::of("steady.yaml", &format!("duration: 110s\nas_of: 2026-11-01\n{ideal}\nworkloads: {{ {workload} }}\nnodes: {{ {f} }}\n"), &[])
}

/// What changing the architecture of that function comes to, and how many of its invocations were billed a month.
fn switch(run: &Run) -> (Switch, f64) {
    let found = of_scenario(&today(), &run.scenario, Some(&run.record));
    let one = named(&found, "lambda_architecture", Some("f"));
    bills_agree(&today(), one);
    let node = run.record.nodes.iter().find(|node| node.name == "f").expect("the node is there");
    let billed = node.counters.iter().find(|counter| counter.name == "BilledDuration").expect("it is counted");
    (one.switch.clone().expect("it was invoked"), billed.value() / 100.0 * 2_628_000.0 / 110.0)
}

#[test]
fn a_function_on_x86_may_take_a_quarter_longer_on_arm64_and_saves_a_fifth_where_it_does_not() {
    let (switch, invocations) = switch(&steady("architecture: x86_64"));
    assert_eq!((switch.from, switch.to), ("x86_64", "arm64"));
    assert!((switch.billed_s - 0.1).abs() < 1e-9, "{switch:?}");
    assert!((switch.may_take_s.unwrap() / switch.billed_s - 0.000_016_666_7 / 0.000_013_333_4).abs() < 1e-9, "{switch:?}");
    // 23,890,909 invocations of 0.2 GB-s each, at $0.0000166667 and $0.0000133334: $15.93 of $79.64.
    assert!((switch.saved_usd - invocations * 0.2 * (0.000_016_666_7 - 0.000_013_333_4)).abs() < 1e-6, "{switch:?}");
    assert!((15.90..15.95).contains(&switch.saved_usd) && (switch.saved_share - 0.2).abs() < 1e-4, "{switch:?}");
}

#[test]
fn a_function_on_arm64_must_be_a_fifth_faster_on_x86_and_costs_a_quarter_more_where_it_is_not() {
    let (switch, invocations) = switch(&steady("architecture: arm64"));
    assert_eq!((switch.from, switch.to), ("arm64", "x86_64"));
    assert!((switch.may_take_s.unwrap() / switch.billed_s - 0.8).abs() < 1e-4, "{switch:?}");
    assert!((switch.saved_usd + invocations * 0.2 * (0.000_016_666_7 - 0.000_013_333_4)).abs() < 1e-6, "{switch:?}");
    assert!((switch.saved_share + 0.25).abs() < 1e-4, "{switch:?}");
}

#[test]
fn environments_that_are_kept_ready_change_their_price_with_the_architecture_too() {
    let (switch, invocations) = switch(&steady("provisioned_concurrency: 4"));
    // Four of 2 GB for 730 h, beside the work in them.
    let (kept, work) = (4.0 * 2.0 * 730.0 * 3600.0, invocations * 0.2);
    let now = kept * 0.000_004_166_7 + work * 0.000_009_722_2;
    let then = kept * 0.000_003_333_4 + work * 0.000_007_777_8;
    assert!((switch.saved_usd - (now - then)).abs() < 1e-6, "{switch:?}, not {}", now - then);
    let times = (now - kept * 0.000_003_333_4) / (work * 0.000_007_777_8);
    assert!((switch.may_take_s.unwrap() / switch.billed_s - times).abs() < 1e-9 && times > 1.5, "{switch:?}, not {times} times as long");
}

#[test]
fn every_form_says_what_a_change_of_architecture_comes_to() {
    let book = today();
    for (architecture, said, saved) in [
        (
            "x86_64",
            "now billed 100 ms on x86_64 (the mean of the run's invocations); arm64 may take up to 125 ms, and in the same time saves $15.9",
            1.0,
        ),
        (
            "arm64",
            "now billed 100 ms on arm64 (the mean of the run's invocations); x86_64 may take up to 80 ms, and in the same time adds $15.9",
            -1.0,
        ),
    ] {
        let run = steady(&format!("architecture: {architecture}"));
        let found = of_scenario(&book, &run.scenario, Some(&run.record));
        let all = BreakEvens { book: &book, found: &found, of: Some("steady") };
        let text = all.text(&Style { colour: false, width: 400 }).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(said), "{text}");
        assert!(all.markdown().replace('\\', "").contains(said), "{}", all.markdown());
        let json: serde_json::Value = serde_json::from_str(&all.json()).expect("it is JSON");
        let of = json["break_evens"].as_array().expect("a list").iter().find(|one| one["name"] == "lambda_architecture").expect("it is there");
        assert_eq!(of["switch"]["from"], architecture);
        assert!(of["switch"]["saved_usd"].as_f64().is_some_and(|usd| (usd * saved - 15.93).abs() < 0.03), "{}", of["switch"]);
        assert!(all.charts().iter().any(|chart| chart.name.contains("lambda_architecture-f") && chart.svg.contains("1.25")));
    }
}

#[test]
fn a_function_that_nobody_invoked_has_no_position_between_the_architectures() {
    let idle = "duration: 10s\nworkloads: { w: { target: f, phases: [ { duration: 10s, arrival_rate: 1/s } ] } }\nnodes:\n  f: { type: server, slots: 1, service_time: 1ms }\n  g: { type: lambda, handler: [ { wait: 1ms } ] }\n";
    let run = Run::of("idle.yaml", idle, &[]);
    let found = of_scenario(&today(), &run.scenario, Some(&run.record));
    let one = named(&found, "lambda_architecture", Some("g"));
    assert!(one.present.is_none() && one.switch.is_none() && (one.crossings[0] - 1.25).abs() < 0.001, "{:?}", one.crossings);
}

/// Fifty requests a second; each runs 100 ms, writes once and is told to a queue.
const SHOP: &str = "
duration: 60s
region: us-east-1
as_of: 2026-11-01
workloads:
  buyers: { target: api, requests: [ { route: POST /orders } ], phases: [ { duration: 60s, arrival_rate: 50/s } ] }
nodes:
  api: { type: api_gateway, protocol: http, routes: { POST /orders: take } }
  take:
    type: lambda
    memory: 1 GB
    provisioned_concurrency: 20
    init_duration: 100ms
    timeout: 5s
    handler: [ { wait: 100ms }, { put_item: { table: orders, size: 1 KB } }, { send: { queue: mails, size: 1 KB } } ]
  work: { type: lambda, memory: 512 MB, event_sources: [ { queue: mails } ], handler: [ { compute: 20ms } ] }
  mails: { type: sqs }
  orders: { type: dynamodb, billing_mode: provisioned, write_capacity_units: 200, read_capacity_units: 10 }
";

#[test]
fn a_scenario_stands_where_its_run_says() {
    let run = Run::of("shop.yaml", SHOP, &[]);
    let book = today();
    let found = of_scenario(&book, &run.scenario, Some(&run.record));
    assert!(found.missing.is_empty(), "{:?}", found.missing);
    let at = |name: &str, node: &str| named(&found, name, Some(node)).present.as_ref().map(|present| present.at).unwrap_or_default();
    // Fifty of 200 units.
    assert!((at("dynamodb_writes", "orders") - 0.25).abs() < 0.02, "{}", at("dynamodb_writes", "orders"));
    assert!((at("lambda_or_fargate", "take") - 50.0).abs() < 3.0, "within three standard deviations of 3,000 arrivals");
    // Fifty a second for 730 hours.
    let month = at("api_gateway_rest_or_http", "api");
    assert!((month / (50.0 * 730.0 * 3600.0) - 1.0).abs() < 0.06, "{month}");
    let full = at("sqs_batch_size", "mails");
    assert!((1.0..=10.0).contains(&full), "{full}");
    assert!(named(&found, "dynamodb_reads", Some("orders")).present.is_none(), "nothing was read");
    let ready = at("lambda_provisioned_concurrency", "take");
    assert!((0.2..0.6).contains(&ready), "about 5 to 6 of 20 are busy: {ready}");
    found.break_evens.iter().for_each(|one| bills_agree(&book, one));
}

#[test]
fn without_a_run_there_are_no_positions() {
    let run = Run::of("shop.yaml", SHOP, &[("duration", "1s")]);
    let found = of_scenario(&today(), &run.scenario, None);
    assert!(found.break_evens.len() > 6 && found.break_evens.iter().all(|one| one.present.is_none() && one.switch.is_none()));
    let orders = named(&found, "dynamodb_writes", Some("orders"));
    assert!(orders.axis.name.contains("200") && (orders.crossings[0] - 0.2889).abs() < 0.0001, "{}", orders.axis.name);
}
