//! `capacity` against theory: queues, loss systems and stores of which the load is known at which they reach a bound.
//!
//! ```text
//! M/M/2      mean = s / (1 − ρ²) = 2 s at ρ = √½                       two slots of 10 ms: 141.4/s
//! M/M/c/c    B(10, a) = 5 % at a = 6.216 Erlang                        Erlang B; tables of teletraffic
//! store      λ · T = W · T + B                                         a table that begins with B writes saved bears W + B / T for a time T
//! ```

use std::sync::atomic::{AtomicUsize, Ordering};

use coldfront::cost::Pricing;
use coldfront::engine::Bounds;
use coldfront::report::Style;
use coldfront::study::capacity::{Asked, Capacity, Found, Level, Refused, capacity};
use coldfront::study::{Base, How, Threads};

use super::coldfront;
use crate::support::{Folder, repository};

/// No curve, so that a test is quick.
fn asked() -> Asked {
    Asked { replications: 3, share: 1.0, precision: 0.02, max: 1000.0, levels: 0, runs: 10_000, command: Vec::new() }
}

fn searched(text: &str, asked: &Asked, threads: Threads, stop: &(dyn Fn() -> bool + Sync)) -> Result<Capacity, Refused> {
    let folder = Folder(repository().to_owned());
    let base = Base { file: "capacity.yaml", bytes: text.as_bytes(), files: &folder, variant: None, overrides: &[] };
    let pricing = Pricing::default();
    capacity(&base, asked, &How { bounds: Bounds::default(), threads, pricing: &pricing, told: &|_| (), stop })
}

fn answered(text: &str, asked: &Asked) -> Capacity {
    searched(text, asked, Threads::Cores, &|| false).unwrap_or_else(|refused| panic!("{refused:?}"))
}

fn found(capacity: &Capacity) -> &Found {
    let found = capacity.found.as_ref().unwrap_or_else(|| panic!("{}", capacity.sentence()));
    let breaks = found.breaks.expect("something breaks");
    assert!(found.keeps < breaks && breaks <= found.keeps * (1.0 + capacity.precision) * (1.0 + 1e-9), "{}", capacity.sentence());
    found
}

/// That the edge is where theory has it, to a share of that.
fn lies_at(capacity: &Capacity, theory: f64, tolerance: f64) {
    let found = found(capacity);
    let (low, high) = (found.keeps * (1.0 - tolerance), found.breaks.expect("something breaks") * (1.0 + tolerance));
    assert!((low..=high).contains(&theory), "{theory} is not within {low} and {high}: {}", capacity.sentence());
}

fn desk(seconds: u32, rate: &str, node: &str, threshold: &str) -> String {
    format!(
        "duration: {seconds}s\nwarm_up: 2s\nworkloads: {{ people: {{ target: desk, phases: [ {{ duration: {seconds}s, arrival_rate: {rate} }} ] }} }}\nnodes: {{ desk: {{ type: server, {node} }} }}\nthresholds: [ '{threshold}' ]\n"
    )
}

#[test]
fn two_clerks_bear_the_load_at_which_erlang_has_the_mean_at_its_bound() {
    // In half of the runs, for the mean of theory is the expectation: half of the runs are on either side of about that. The standard deviation of a run's mean is
    // about 4 % here and it doubles where the load grows by half as much, so that the median of nine runs is known to 1 %.
    let text = desk(62, "50/s", "slots: 2, service_time: exponential(mean=10ms)", "people: mean < 20ms");
    let capacity = answered(&text, &Asked { replications: 9, share: 0.5, ..asked() });
    lies_at(&capacity, 200.0 * 0.5_f64.sqrt() / 50.0, 0.04);
    let sentence = capacity.sentence();
    assert!(sentence.contains("beyond that `people: mean < 20ms` breaks") && sentence.contains("no limit refuses: "), "{sentence}");
    assert!(sentence.ends_with("waiting in a queue, the longest before `desk`."), "{sentence}");
}

#[test]
fn a_desk_without_a_queue_bears_the_load_at_which_erlang_loses_so_many() {
    // B(10, 6.216) = 5 %. Of about 3,700 requests in a run 5 % are lost, with a standard error of about 0.5 %; the load moves by half as much.
    let text = desk(62, "30/s", "slots: 10, queue_limit: 0, service_time: exponential(mean=100ms)", "people: error_rate < 5%");
    let capacity = answered(&text, &Asked { replications: 9, share: 0.5, ..asked() });
    lies_at(&capacity, 62.16 / 30.0, 0.04);
    assert!(capacity.sentence().contains("the first limit to refuse is `desk`'s queue"), "{}", capacity.sentence());
}

const TABLE: &str = "
duration: 20s
quotas: { dynamodb.burst_initial: 1, dynamodb.burst_seconds: 5 }
workloads:
  shoppers:
    target: orders
    arrivals: uniform
    phases: [ { duration: 20s, arrival_rate: 40/s } ]
    attributes: { order: unique }
    operation: { put_item: { key: order, size: 1 KB } }
nodes:
  orders: { type: dynamodb, billing_mode: provisioned, read_capacity_units: 1, write_capacity_units: 100 }
thresholds: [ 'orders: write_throttle_events <= 0' ]
";

#[test]
fn a_table_bears_its_write_capacity_and_what_it_has_saved_for_the_time_of_the_run() {
    // 100 units a second and 500 saved, for 20 s: 125 a second.
    let capacity = answered(TABLE, &asked());
    lies_at(&capacity, 125.0 / 40.0, 0.02);
    assert_eq!(
        found(&capacity).first.as_deref().or(capacity.level(4.0).and_then(|level| level.first.as_deref())),
        Some("`orders`' write capacity (100 WCU)")
    );
    // At four times the load, 160 a second, what is saved lasts for 500 / 60 s.
    let from_s = capacity.level(4.0).and_then(Level::from_s).expect("the table refuses");
    assert!((from_s - 500.0 / 60.0).abs() <= 1.0, "{from_s}");
    assert_eq!(capacity.notes, Vec::<String>::new());
}

#[test]
fn of_two_limits_the_one_that_refuses_first_is_named_and_the_one_that_refuses_most_beside_it() {
    // The desk refuses from the start, and few; the table when what it has saved is used up, and then most.
    let text = "
duration: 40s
quotas: { dynamodb.burst_initial: 1, dynamodb.burst_seconds: 5 }
workloads:
  shoppers: { target: orders, phases: [ { duration: 40s, arrival_rate: 50/s } ], attributes: { order: unique }, operation: { put_item: { key: order, size: 1 KB } } }
  visitors: { target: desk, phases: [ { duration: 40s, arrival_rate: 12/s } ] }
nodes:
  orders: { type: dynamodb, billing_mode: provisioned, read_capacity_units: 1, write_capacity_units: 100 }
  desk: { type: server, slots: 3, queue_limit: 0, service_time: 50ms }
thresholds: [ 'shoppers: error_rate < 10%' ]
";
    let capacity = answered(text, &asked());
    let (sentence, breaks) = (capacity.sentence(), found(&capacity).breaks.expect("it breaks"));
    let level = capacity.level(breaks).expect("it was run");
    assert!(
        level.first.as_ref().is_some_and(|first| first.contains("desk")) && level.most.as_ref().is_some_and(|most| most.contains("orders")),
        "{sentence}"
    );
    assert!(
        sentence.contains("the first limit to refuse is `desk`'s queue")
            && sentence.contains("while `orders`' write capacity (100 WCU) refuses most"),
        "{sentence}"
    );
    for width in [80, 100] {
        let text = capacity.text(&Style { colour: false, width });
        assert!(text.lines().all(|line| line.chars().count() <= usize::from(width) && line.trim_end() == line), "{text}");
    }
}

#[test]
fn more_users_are_more_load_of_a_closed_loop_and_users_are_whole() {
    // Machines that are repaired: with no time to think n users keep n requests before one clerk, so that each takes n times 10 ms. Ten take 100 ms, eleven too long.
    let text = "duration: 5s\nwarm_up: 1s\nworkloads: { people: { target: desk, users: 4 } }\nnodes: { desk: { type: server, slots: 1, service_time: 10ms } }\nthresholds: [ 'people: mean < 105ms' ]\n";
    let capacity = answered(text, &Asked { precision: 0.001, ..asked() });
    let found = capacity.found.as_ref().expect("some users are served");
    let users = |multiplier: f64| capacity.level(multiplier).and_then(|level| level.workloads[0].users);
    assert_eq!((users(found.keeps), users(found.breaks.expect("something breaks"))), (Some(10), Some(11)));
    assert!(capacity.notes.iter().any(|note| note.starts_with("`people` is a closed loop: more load is more users")), "{:?}", capacity.notes);
}

#[test]
fn the_answer_is_the_same_on_any_number_of_threads() {
    let text = desk(12, "60/s", "slots: 2, service_time: exponential(mean=10ms)", "people: p(99) < 90ms");
    let json = |threads| searched(&text, &Asked { levels: 3, ..asked() }, threads, &|| false).expect("an answer").json();
    let one = json(Threads::Just(1));
    assert!(one == json(Threads::Just(4)));
    let read: Capacity = serde_json::from_str(&one).expect("it reads back");
    assert_eq!((read.study.format.as_str(), read.study.seeds.len()), ("coldfront.capacity/1", 3));
    let whole = read.levels.iter().filter(|level| level.runs == 3).count();
    assert!(whole >= 5 && read.csv().lines().count() == read.levels.len() + 1, "{whole} of {}", read.levels.len());
    assert!(read.chart().is_some_and(|chart| chart.svg.contains("capacity ")));
}

#[test]
fn a_search_that_is_stopped_says_what_is_known_so_far() {
    let text = desk(12, "60/s", "slots: 2, service_time: exponential(mean=10ms)", "people: p(99) < 90ms");
    let asked_before = AtomicUsize::new(0);
    let stop = || asked_before.fetch_add(1, Ordering::Relaxed) >= 8;
    let capacity = searched(&text, &asked(), Threads::Just(1), &stop).expect("what there is");
    assert!(capacity.ended.as_deref() == Some("interrupted") && (4..=8).contains(&capacity.runs), "{:?} after {}", capacity.ended, capacity.runs);
    assert!(capacity.sentence().starts_with("So far: the scenario keeps its threshold up to "), "{}", capacity.sentence());
    let none = searched(&text, &asked(), Threads::Just(1), &|| true).expect("nothing, but that");
    assert_eq!((none.runs, none.sentence().as_str()), (0, "There were too few runs to tell."));
    let few = answered(&text, &Asked { runs: 5, ..asked() });
    assert_eq!((few.ended.as_deref(), few.runs), (Some("runs"), 5));
}

#[test]
fn what_no_load_keeps_is_said_with_the_threshold_and_by_how_much_it_fails() {
    let text = desk(12, "40/s", "slots: 20, service_time: 10ms", "people: p(99) < 8ms");
    let capacity = answered(&text, &asked());
    let sentence = capacity.sentence();
    assert!(capacity.found.is_none() && capacity.ended.is_none(), "{sentence}");
    assert!(sentence.contains("`people: p(99) < 8ms` fails in 3 of 3 runs (10 ms on the mean, 2 ms beyond its bound)"), "{sentence}");
    // That a hundred requests or fewer would keep it proves nothing, and is not tried.
    assert!(capacity.levels[0].requests >= 100.0 && capacity.notes.iter().any(|note| note.contains("a longer `duration`")), "{:?}", capacity.notes);
}

#[test]
fn what_even_the_most_keeps_is_said_to_be_open() {
    let text = desk(14, "1/s", "slots: 2, service_time: 1ms", "people: p(99) < 8ms");
    let capacity = answered(&text, &Asked { max: 6.0, ..asked() });
    let loads: Vec<f64> = capacity.levels.iter().map(|level| level.multiplier).collect();
    assert_eq!((loads, capacity.ended.as_deref()), (vec![1.0, 2.0, 4.0, 6.0], Some("max")));
    assert!(capacity.sentence().contains("up to more than 6 times its load"), "{}", capacity.sentence());
    assert!(capacity.notes.iter().any(|note| note.contains("a longer `duration` would tell more")), "{:?}", capacity.notes);
}

#[test]
fn where_less_load_breaks_what_more_load_keeps_a_note_says_so() {
    // One cold start in 60 requests is no p98, in 30 it is; and no more than 130 requests are allowed.
    let text = "
duration: 30s
workloads: { people: { target: f, arrivals: uniform, phases: [ { duration: 30s, arrival_rate: 2/s } ] } }
nodes: { f: { type: lambda, memory: 512 MB, handler: [ { compute: 20ms } ] } }
thresholds: [ 'people: p(98) < 150ms', 'people: requests < 130' ]
";
    let capacity = answered(text, &Asked { levels: 4, ..asked() });
    assert!(
        capacity.notes.iter().any(|note| note.starts_with("more load does not only harm here")),
        "{:?}\n{}",
        capacity.notes,
        capacity.text(&Default::default())
    );
}

#[test]
fn without_thresholds_nothing_is_looked_for_and_the_command_takes_some() {
    let text = desk(12, "40/s", "slots: 2, service_time: 10ms", "people: p(99) < 8ms");
    let (free, _) = text.split_once("thresholds").expect("it has some");
    match searched(free, &asked(), Threads::Cores, &|| false) {
        Err(Refused::Said(said)) => assert_eq!(said.0.code, "E193"),
        other => panic!("{other:?}"),
    }
    let options = ["-q", "--duration", "6s", "--replications", "2", "--levels", "0", "--precision", "20%"];
    let run = |keep: &str| coldfront(&[&["capacity", "scenarios/studies/capacity.yaml", "--keep", keep], &options[..]].concat());
    let kept = run("visitors: p(99) < 90ms");
    let said = String::from_utf8_lossy(&kept.stdout);
    assert!(kept.status.code() == Some(0) && said.contains("`visitors: p(99) < 90ms` breaks"), "{said}");
    assert_eq!(run("visitors: p(99) < 1us").status.code(), Some(99));
    assert_eq!(run("visitor: p(99) < 1us").status.code(), Some(2));
}
