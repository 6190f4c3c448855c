//! `replicate`: as many runs as it takes, the same on any number of threads, and intervals that cover what queueing theory says.

use coldfront::study::{Enough, Header, Replications, Threads, World};

use super::{coldfront, how, world};

const DESK: &str = include_str!("../../../scenarios/studies/replicate.yaml");
/// The mean response of M/M/2 with λ = 140/s and μ = 100/s: Erlang's C is 0.5765, and T = 1/μ + C ÷ (2μ − λ).
const MEAN: f64 = 0.01 + 0.576_470_6 / 60.0;

fn header() -> Header {
    Header {
        format: String::new(),
        version: String::new(),
        file: String::new(),
        scenario_hash: String::new(),
        seeds: Vec::new(),
        command: Vec::new(),
    }
}

fn replications(world: &World, enough: Enough, threads: Threads) -> Replications {
    Replications::of(header(), world, &enough, &["visitors: mean".into()], &how(threads, &|| false)).expect("it measures a mean")
}

#[test]
fn there_are_as_many_runs_as_it_takes_and_none_more() {
    let world = world(DESK, &[]);
    let share = 0.04;
    let made = replications(&world, Enough::Within { share, most: 200 }, Threads::Cores);
    let runs = made.all.runs.len();
    assert!((10..100).contains(&runs) && made.is_precise(), "{runs}");
    // Law's criterion, asked of studies whose number of runs was given.
    let relative = |runs: usize| {
        let fixed = replications(&world, Enough::Runs(runs), Threads::Cores);
        let mean = fixed.all.estimate("visitors", "mean").expect("it is measured");
        mean.half_width.expect("several runs") / mean.mean
    };
    assert!(relative(runs) <= share / (1.0 + share), "{runs} runs are enough");
    assert!(runs == 10 || relative(runs - 1) > share / (1.0 + share), "{} are not", runs - 1);
    let mean = made.all.estimate("visitors", "mean").expect("it is measured");
    assert!((mean.mean - MEAN).abs() < 2.0 * mean.half_width.expect("an interval"), "{mean:?}");
}

#[test]
fn the_number_of_runs_does_not_depend_on_the_number_of_threads() {
    let world = world(DESK, &[("duration", "13s")]);
    let json = |threads| replications(&world, Enough::Within { share: 0.08, most: 100 }, threads).json();
    let one = json(Threads::Just(1));
    assert!(one == json(Threads::Just(2)) && one == json(Threads::Just(7)));
}

#[test]
fn what_was_interrupted_has_the_first_runs_and_says_so() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let world = world(DESK, &[("duration", "6s")]);
    let asked = AtomicUsize::new(0);
    let stop = || asked.fetch_add(1, Ordering::Relaxed) >= 4;
    let made = Replications::of(header(), &world, &Enough::Runs(50), &[], &how(Threads::Just(1), &stop)).expect("its p99 is measured");
    assert!(made.interrupted && (1..50).contains(&made.all.runs.len()));
    let seeds = coldfront::study::seeds(world.scenario.seed, 50);
    assert_eq!(made.study.seeds, seeds[..made.all.runs.len()]);
}

#[test]
fn the_command_says_what_is_not_measured_and_when_runs_were_not_enough() {
    let folder = std::env::temp_dir().join(format!("coldfront-replicate-{}", std::process::id()));
    let out = folder.to_str().expect("a path in letters");
    let file = "scenarios/studies/replicate.yaml";
    let unknown = coldfront(&["replicate", file, "--duration", "5s", "--of", "visitors: p(9)", "--out", out, "-q"]);
    let said = String::from_utf8_lossy(&unknown.stderr);
    assert_eq!(unknown.status.code(), Some(2), "{said}");
    assert!(said.contains("E186") && said.contains("visitors: p(9"), "{said}");
    assert!(std::fs::read_dir(&folder).is_ok_and(|mut files| files.next().is_none()), "and nothing is written");
    let few = coldfront(&["replicate", file, "--duration", "5s", "--precision", "0.1%", "--max", "10", "-q", "--out", out]);
    let text = String::from_utf8_lossy(&few.stdout);
    assert_eq!(few.status.code(), Some(3), "{text}");
    assert!(text.contains("10 runs were not enough for 0.1 %"), "{text}");
    let json: Replications = serde_json::from_slice(&std::fs::read(folder.join("replicate.json")).expect("it was written")).expect("it reads back");
    assert_eq!((json.study.seeds.len(), json.study.command[0].as_str(), json.study.file.as_str()), (10, "replicate", file));
    std::fs::remove_dir_all(&folder).expect("and taken away again");
}

/// A thousand studies of ten runs each; about a minute. `cargo test --release --test it -- --ignored coverage`.
#[test]
#[ignore = "a thousand studies: half a minute in a release build"]
fn coverage_of_the_intervals_over_a_thousand_studies_is_95_percent() {
    let base = world(DESK, &[]);
    let studies: Vec<u64> = (0..1000).collect();
    let covers = |study: &u64| {
        let mut own = base.clone();
        own.scenario.seed = 1_000_003 * (study + 1);
        let made = replications(&own, Enough::Runs(10), Threads::Just(1));
        let mean = made.all.estimate("visitors", "mean").expect("it is measured");
        (mean.mean - MEAN).abs() <= mean.half_width.expect("ten runs")
    };
    let covered = coldfront::study::in_order(&studies, Threads::Cores, covers).into_iter().filter(|covers| *covers).count();
    eprintln!("the 95 % interval covered the mean response of M/M/2 in {covered} of 1000 studies");
    assert!((935..=965).contains(&covered), "{covered}");
}
