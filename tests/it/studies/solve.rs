//! `solve` against the whole: every setting of three little problems is run, and what that says is best is what `solve` finds in at most a tenth of the runs.
//!
//! ```text
//! best of all settings that keep every threshold in each of the replications, by their mean cost            the exhaustive sweep, made here
//! ```

use coldfront::cost::Pricing;
use coldfront::engine::Bounds;
use coldfront::scenario::Knob;
use coldfront::study::solve::{Asked, Refused, Solution, solve};
use coldfront::study::{Base, How, Pick, Replication, Threads, World, run_all, seeds};

use crate::support::{Folder, repository};

const REPLICATIONS: usize = 5;

fn asked() -> Asked {
    Asked { objective: None, maximise: false, against: None, replications: REPLICATIONS, share: 1.0, runs: 10_000, command: Vec::new() }
}

/// What is to be done with a text as a base.
fn with<R>(text: &str, threads: Threads, job: impl FnOnce(&Base, &How) -> R) -> R {
    let folder = Folder(repository().to_owned());
    let base = Base { file: "solve.yaml", bytes: text.as_bytes(), files: &folder, variant: None, overrides: &[] };
    let pricing = Pricing::default();
    job(&base, &How { bounds: Bounds::default(), threads, pricing: &pricing, told: &|_| (), stop: &|| false })
}

fn solved(text: &str, asked: &Asked, threads: Threads) -> Result<Solution, Refused> {
    with(text, threads, |base, how| solve(base, &base.load(&[]).parsed.decide, asked, how))
}

fn shipped(name: &str) -> String {
    std::fs::read_to_string(repository().join("scenarios/studies").join(name)).expect("it is shipped")
}

/// Every setting of the knobs, from their texts alone.
fn settings(knobs: &[Knob]) -> Vec<Vec<(String, String)>> {
    let all = |knob: &Knob| match &knob.values {
        coldfront::scenario::Values::Range(range, None) => (range.low as u64..=range.high as u64).map(|n| n.to_string()).collect(),
        values => values.grid(),
    };
    knobs.iter().fold(vec![Vec::new()], |settings, knob| {
        let values: Vec<String> = all(knob);
        let with = |one: &Vec<(String, String)>, value: &String| one.iter().cloned().chain([(knob.path.clone(), value.clone())]).collect();
        settings.iter().flat_map(|one| values.iter().map(move |value| with(one, value))).collect()
    })
}

/// The best of all, its cost, and how many runs that took.
fn exhaustive(text: &str) -> (Vec<(String, String)>, f64, usize) {
    with(text, Threads::Cores, |base, how| {
        let loaded = base.load(&[]);
        let settings = settings(&loaded.parsed.decide);
        assert!(settings.len() >= 200, "{} settings", settings.len());
        let worlds: Vec<World> = settings.iter().map(|setting| base.world(setting).expect("it is a scenario")).collect();
        let runs = run_all(&worlds, &seeds(loaded.ready().expect("it is sound").seed, REPLICATIONS), how);
        let keeps = |runs: &&Vec<Replication>| runs.iter().all(|run| run.thresholds.iter().all(|one| one.passed));
        let pick = Pick { subject: "total".into(), metric: "cost_monthly".into() };
        let cost = |runs: &Vec<Replication>| runs.iter().map(|run| pick.value(run).expect("a cost")).sum::<f64>() / runs.len() as f64;
        let good = settings.iter().zip(&runs).filter(|(_, runs)| keeps(runs)).map(|(setting, runs)| (setting.clone(), cost(runs)));
        let (setting, cost) = good.min_by(|a, b| a.1.total_cmp(&b.1)).expect("some setting is good");
        (setting, cost, worlds.len() * REPLICATIONS)
    })
}

fn finds_the_best_of_all_in_a_tenth_of_the_runs(name: &str) {
    let text = shipped(name);
    let (setting, cost, all) = exhaustive(&text);
    let solution = solved(&text, &asked(), Threads::Cores).expect("it has an answer");
    let found = solution.found.as_ref().expect("some setting keeps all");
    eprintln!("{name}: {} runs of {all}, {:?} at {cost}", solution.runs, found.values);
    assert_eq!((&found.values, solution.exhaustive), (&setting, all as u64), "{cost} against {}", found.objective);
    assert!((found.objective / cost - 1.0).abs() < 1e-9);
    assert!(solution.runs * 10 <= all, "{} runs of {all}", solution.runs);
    assert!(!solution.binding.is_empty() && found.all.held == REPLICATIONS);
}

#[test]
fn the_least_capacity_without_a_throttle_is_found() {
    finds_the_best_of_all_in_a_tenth_of_the_runs("solve-capacity.yaml");
}

#[test]
fn the_cheapest_memory_and_provisioned_concurrency_are_found() {
    finds_the_best_of_all_in_a_tenth_of_the_runs("solve-warm.yaml");
}

#[test]
fn the_cheapest_processor_memory_and_limit_are_found() {
    finds_the_best_of_all_in_a_tenth_of_the_runs("solve-admission.yaml");
}

#[test]
fn the_answer_is_the_same_on_any_number_of_threads() {
    let json = |threads| solved(&shipped("solve-capacity.yaml"), &asked(), threads).expect("an answer").json();
    assert!(json(Threads::Just(1)) == json(Threads::Just(3)));
}

#[test]
fn what_cannot_be_kept_is_said_with_the_threshold_that_fails_and_by_how_much() {
    let text = shipped("solve-capacity.yaml").replace("1..240", "1..30");
    let solution = solved(&text, &asked(), Threads::Cores).expect("it can be asked");
    let scenario = with(&text, Threads::Cores, |base, _| base.load(&[]).ready().expect("sound").clone());
    let said = solution.infeasible(&scenario).expect("30 units are too few for 40 orders a second");
    assert!(solution.found.is_none() && said.code == "E194" && said.message.contains("write_capacity_units=30"), "{said:?}");
    assert!(said.message.contains("beyond its bound") && said.hint.is_some_and(|hint| hint.contains("widen")), "{}", said.message);
}

#[test]
fn nothing_to_decide_and_nothing_to_keep_are_refused() {
    let code = |text: &str| match solved(text, &asked(), Threads::Cores) {
        Err(Refused::Said(said)) => said.0.code,
        Err(Refused::Loaded(loaded)) => loaded.parsed.diagnostics[0].code,
        Ok(_) => "an answer",
    };
    let text = shipped("solve-capacity.yaml");
    let (before, decide) = text.split_once("decide:").expect("it decides");
    assert_eq!(code(before), "E195");
    let (head, _) = before.split_once("thresholds:").expect("it keeps");
    assert_eq!(code(&format!("{head}decide:{decide}")), "E193");
    assert_eq!(code(&text.replace("write_capacity_units: 1..240", "write_capacity_unit: 1..240")), "E022");
}

#[test]
fn a_search_that_may_not_go_on_gives_the_best_so_far() {
    let solution = solved(&shipped("solve-capacity.yaml"), &Asked { runs: 6, ..asked() }, Threads::Cores).expect("an answer");
    assert_eq!((solution.runs, solution.ended.as_deref()), (6, Some("runs")));
    assert!(solution.sentence().contains("so far") && solution.found.is_some());
}

/// Three tables, each with a workload of its own, so that the best of all is the best of each.
const APART: &str = "
duration: 6s
warm_up: 1s
represents: 30d
quotas: { dynamodb.burst_initial: 0, dynamodb.burst_seconds: 1 }
workloads:
  one: { target: a, phases: [ { duration: 6s, arrival_rate: 4/s } ], attributes: { k: unique }, operation: { put_item: { key: k, size: 1 KB } } }
  two: { target: b, phases: [ { duration: 6s, arrival_rate: 8/s } ], attributes: { l: unique }, operation: { put_item: { key: l, size: 1 KB } } }
  three: { target: c, phases: [ { duration: 6s, arrival_rate: 12/s } ], attributes: { m: unique }, operation: { put_item: { key: m, size: 1 KB } } }
defaults: { dynamodb: { billing_mode: provisioned, read_capacity_units: 1, write_capacity_units: 20 } }
nodes: { a: { type: dynamodb }, b: { type: dynamodb }, c: { type: dynamodb } }
thresholds: [ 'a: write_throttle_events <= 0', 'b: write_throttle_events <= 0', 'c: write_throttle_events <= 0' ]
decide: { nodes.a.write_capacity_units: 1..24, nodes.b.write_capacity_units: 1..24, nodes.c.write_capacity_units: 1..24 }
";

#[test]
fn of_three_knobs_with_nothing_in_common_each_is_at_its_own_best() {
    let few = Asked { replications: 3, ..asked() };
    let values = |solution: &Solution| solution.found.as_ref().expect("some setting keeps all").values.clone();
    let (head, _) = APART.split_once("decide:").expect("it decides");
    let alone = |node: &str| {
        let text =
            format!("{head}decide: {{ nodes.{node}.write_capacity_units: 1..24 }}\n").replace("write_capacity_units: 20", "write_capacity_units: 24");
        values(&solved(&text, &few, Threads::Cores).expect("it has an answer")).remove(0)
    };
    let solution = solved(APART, &few, Threads::Cores).expect("it has an answer");
    assert_eq!(solution.method, "successive halving and pattern search");
    assert_eq!(values(&solution), ["a", "b", "c"].map(alone));
    assert!(solution.runs as u64 * 10 <= solution.exhaustive, "{} runs", solution.runs);
}
