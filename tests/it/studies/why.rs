//! `why` against arithmetic: a gate that lets 40 of 60 in and a table that takes 30 of them can be reckoned by hand, alone, together and as shares of the blame.
//!
//! ```text
//! v(∅) = 30/60    v(table) = 20/60    v(gate) = 30/60    v(both) = 0        shares: table −1/3, gate −1/6
//! ```

use coldfront::cost::Pricing;
use coldfront::engine::Bounds;
use coldfront::study::compare::Difference;
use coldfront::study::why::{Asked, Limit, REFUSALS, Refused, Why, suspects};
use coldfront::study::{Base, How, Threads};

use crate::support::{Folder, repository};

/// One request in so many is met by the buckets before they are in their stride.
const EDGE: f64 = 0.003;

fn asked(of: &[&str]) -> Asked {
    Asked { of: of.iter().map(|one| (*one).to_owned()).collect(), replications: 10, limits: 4, command: Vec::new() }
}

fn weighed(text: &str, asked: &Asked, threads: Threads, stop: &(dyn Fn() -> bool + Sync)) -> Result<Why, Refused> {
    let folder = Folder(repository().to_owned());
    let base = Base { file: "why.yaml", bytes: text.as_bytes(), files: &folder, variant: None, overrides: &[] };
    let pricing = Pricing::default();
    let how = How { bounds: Bounds::default(), threads, pricing: &pricing, told: &|_| (), stop };
    let suspects = suspects(&base, &how).map_err(Refused::Loaded)?;
    Why::of(&base, &suspects, asked, &how)
}

fn why(text: &str) -> Why {
    weighed(text, &asked(&[]), Threads::Cores, &|| false).expect("a sound scenario")
}

fn shipped(name: &str) -> String {
    std::fs::read_to_string(repository().join("scenarios/studies").join(name)).expect("it is shipped")
}

fn of<'w>(why: &'w Why, name: &str) -> &'w Limit {
    why.limits.iter().find(|limit| limit.limit.contains(name)).unwrap_or_else(|| panic!("no limit of {name}: {:?}", why.limits))
}

fn figure<'d>(differences: &'d [Difference], subject: &str, metric: &str) -> &'d Difference {
    differences.iter().find(|one| one.subject == subject && one.metric == metric).expect("it is measured")
}

fn errors(limit: &Limit) -> (f64, f64) {
    let blame = limit.blame.iter().find(|one| one.subject == "shoppers" && one.metric == "error_rate").expect("blame is laid");
    (figure(&limit.alone, "shoppers", "error_rate").difference, blame.change)
}

#[test]
fn a_gate_before_a_table_is_to_blame_for_a_third_of_what_fails_and_the_table_for_two() {
    let why = why(&shipped("why.yaml"));
    let near = |found: (f64, f64), alone: f64, blame: f64| (found.0 - alone).abs() < EDGE && (found.1 - blame).abs() < EDGE;
    let (table, gate) = (errors(of(&why, "write capacity")), errors(of(&why, "stage throttle")));
    assert!(near(table, -1.0 / 6.0, -1.0 / 3.0) && near(gate, 0.0, -1.0 / 6.0), "{table:?} {gate:?}");
    assert_eq!(figure(&why.together, "shoppers", "error_rate").other, 0.0);
    assert!(why.limits[0].limit.contains("write capacity"), "the most to blame comes first");
    // One by one they mend a sixth, so that a third would still fail.
    let pair = figure(&why.pairs[0].effects, "shoppers", "error_rate");
    assert!((pair.base - 1.0 / 3.0).abs() < EDGE && pair.other == 0.0, "{pair:?}");
}

#[test]
fn what_a_gate_hides_comes_to_light_and_changes_nothing_alone() {
    let roomy = shipped("why.yaml").replace("write_capacity_units: 30", "write_capacity_units: 50");
    let why = why(&roomy);
    let (table, gate) = (of(&why, "write capacity"), of(&why, "stage throttle"));
    assert!(table.hidden && !gate.hidden && table.refused == 0);
    // Of 60 the table takes 50 once the gate is gone, and all once it is larger too.
    let ((alone, share), (of_gate, _)) = (errors(table), errors(gate));
    assert_eq!(alone, 0.0);
    assert!((of_gate + 1.0 / 6.0).abs() < EDGE && (share + 1.0 / 12.0).abs() < EDGE, "{of_gate} {share}");
    assert!(why.sentences().iter().any(|said| said.contains("which others hide, nothing changes")), "{:?}", why.sentences());
}

#[test]
fn shares_add_up_to_what_all_limits_do_together() {
    let why = why(&shipped("compare-throttle.yaml"));
    assert!(why.limits.len() >= 2);
    for whole in &why.together {
        let shares = why.limits.iter().flat_map(|limit| &limit.blame).filter(|one| one.subject == whole.subject && one.metric == whole.metric);
        let sum: f64 = shares.map(|one| one.change).sum();
        assert!((sum - whole.difference).abs() <= 1e-9 * whole.base.abs().max(whole.other.abs()), "{sum} is not {whole:?}");
    }
    // What a table refuses is its capacity's doing, cold starts or not.
    let refusals = of(&why, "write capacity").blame.iter().find(|one| one.metric == REFUSALS).expect("blame is laid");
    assert_eq!(refusals.share, Some(1.0));
}

#[test]
fn a_wait_for_slots_is_found_without_a_refusal_and_is_what_theory_says() {
    let desk = "duration: 60s\nwarm_up: 5s\nworkloads: { visitors: { target: desk, phases: [ { duration: 60s, arrival_rate: 80/s } ] } }\n\
                nodes: { desk: { type: server, slots: 1, service_time: exponential(mean=10ms) } }\n";
    let why = weighed(desk, &asked(&["visitors: mean"]), Threads::Cores, &|| false).expect("a sound scenario");
    let mean = figure(&why.limits[0].alone, "visitors", "mean");
    // M/M/1 at 80 %: 1 ÷ (100 − 80) s. With four slots next to nobody waits: M/M/4 at 20 %, 10 ms and 0.03 ms of waiting.
    let half = mean.half_width.expect("ten pairs");
    assert!((mean.base - 0.050).abs() < 1.5 * half && (mean.other - 0.010).abs() < 0.000_3, "{mean:?}");
    assert_eq!((why.limits[0].raised[0].path.as_str(), why.limits[0].refused), ("nodes.desk.slots", 0));
    assert!(mean.significant);
}

#[test]
fn where_no_limit_is_met_none_is_blamed() {
    let idle = "duration: 10s\nworkloads: { visitors: { target: desk, phases: [ { duration: 10s, arrival_rate: 1/s } ] } }\n\
                nodes: { desk: { type: server, slots: 100, service_time: 1ms } }\n";
    let why = why(idle);
    assert!(why.limits.is_empty() && why.chart().is_none());
    assert!(why.sentences()[0].starts_with("No limit refuses anything"));
}

#[test]
fn blame_is_the_same_on_any_number_of_threads() {
    let text = shipped("why.yaml");
    let on = |threads| weighed(&text, &asked(&[]), Threads::Just(threads), &|| false).expect("a sound scenario").json();
    assert!(on(1) == on(3));
}

#[test]
fn what_is_stopped_tells_of_the_seeds_that_all_worlds_have() {
    let begun = std::sync::atomic::AtomicUsize::new(0);
    let stop = || begun.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 14;
    let why = weighed(&shipped("why.yaml"), &asked(&[]), Threads::Just(1), &stop).expect("a sound scenario");
    assert!(why.interrupted && (1..10).contains(&why.replications), "{}", why.replications);
    assert!(why.sentences().iter().any(|said| said.starts_with("Interrupted")));
}

#[test]
fn a_figure_that_nobody_measures_is_refused() {
    let refused = weighed(&shipped("why.yaml"), &asked(&["shoppers: p(98)"]), Threads::Cores, &|| false);
    assert!(matches!(refused, Err(Refused::Figure(said)) if said.0.code == "E186"));
}
