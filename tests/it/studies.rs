//! Several runs: replications and their intervals, variants side by side, the same bytes on any number of threads.

mod capacity;
mod compare;
mod interrupts;
mod replicate;
mod solve;
mod sweep;
mod why;
mod worst;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use coldfront::cost::Pricing;
use coldfront::engine::Bounds;
use coldfront::scenario::{Files, NoFiles};
use coldfront::study::{Base, Case, How, Joint, Threads, World};

use crate::support::{self, repository};

const QUEUE: &str = "
name: M/M/1 at 70 %
duration: 20m
warm_up: 2m
workloads:
  people: { target: desk, phases: [ { duration: 20m, arrival_rate: 70/s } ] }
nodes:
  desk: { type: server, slots: 1, service_time: exponential(mean=10ms) }
thresholds:
  - people: mean < 40ms
  - people: mean < 1ms
";

fn replicated(text: &str, replications: usize, threads: Threads) -> Joint {
    let (scenario, warnings) = support::load("queue.yaml", text, &[], repository());
    let case = Case { label: "queue".into(), file: "queue.yaml".into(), variant: None, scenario: &scenario, warnings, pricing: Default::default() };
    Joint::of(&[case], replications, Bounds::default(), threads, &|_| (), |_, _| ())
}

#[test]
fn the_interval_over_replications_holds_the_mean_of_theory() {
    // The mean response time of M/M/1 is service time / (1 − utilisation) = 10 ms / 0.3. Ten intervals in a hundred thousand miss at five times their width.
    let joint = replicated(QUEUE, 8, Threads::Cores);
    let all = joint.runs[0].replications.as_ref().expect("eight runs");
    let mean = all.estimate("people", "mean").expect("a mean");
    let half_width = mean.half_width.expect("an interval");
    assert!((mean.mean - 0.01 / 0.3).abs() < 2.0 * half_width && half_width < 0.05 * mean.mean, "{mean:?}");
    assert_eq!(all.thresholds.iter().map(|t| (t.held, t.of)).collect::<Vec<_>>(), [(8, 8), (0, 8)]);
    assert!(!joint.passed());
}

#[test]
fn replications_are_the_same_on_any_number_of_threads() {
    let json = |threads| replicated(&QUEUE.replace("20m", "3m").replace("2m", "1m"), 8, threads).json();
    let one = json(Threads::Just(1));
    assert!(one == json(Threads::Just(2)) && one == json(Threads::Just(5)));
}

#[test]
fn the_first_replication_is_the_run_without_any() {
    let text = QUEUE.replace("20m", "3m");
    let (scenario, _) = support::load("queue.yaml", &text, &[], repository());
    let alone = support::simulate(&scenario, 3);
    let all = replicated(&text, 3, Threads::Cores);
    assert_eq!(all.runs[0].report.run.fingerprint, format!("{:016x}", alone.fingerprint));
    let runs = &all.runs[0].replications.as_ref().expect("three").runs;
    assert!(runs[0].fingerprint == all.runs[0].report.run.fingerprint && runs[1].fingerprint != runs[0].fingerprint);
}

static PRICING: LazyLock<Pricing> = LazyLock::new(Pricing::default);

/// No file but the scenario.
fn nothing() -> &'static (dyn Files + Sync) {
    &NoFiles
}

/// A scenario with these changes, ready to be run.
fn world(text: &str, changes: &[(&str, &str)]) -> World {
    let changes: Vec<(String, String)> = changes.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    let base = Base { file: "a.yaml", bytes: text.as_bytes(), files: nothing(), variant: None, overrides: &[] };
    base.world(&changes).unwrap_or_else(|loaded| panic!("{:?}", loaded.parsed.diagnostics))
}

/// Without bounds or progress.
fn how<'h>(threads: Threads, stop: &'h (dyn Fn() -> bool + Sync)) -> How<'h> {
    How { bounds: Bounds::default(), threads, pricing: &PRICING, told: &|_| (), stop }
}

/// The command, in the repository.
fn coldfront(arguments: &[&str]) -> Output {
    coldfront_in(arguments, repository())
}

fn coldfront_in(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_coldfront")).args(arguments).current_dir(folder).env("NO_COLOR", "1").output().expect("the binary runs")
}

#[test]
fn the_command_prints_the_same_bytes_with_one_thread_and_with_two() {
    let run = |threads: &str| {
        let arguments =
            ["run", "scenarios/quickstart.yaml", "--replications", "8", "--threads", threads, "--format", "json", "-q", "--duration", "6m"];
        coldfront(&arguments)
    };
    let (one, two) = (run("1"), run("2"));
    assert!(one.stdout.len() > 10_000 && one.stdout == two.stdout);
    let json: Joint = serde_json::from_slice(&one.stdout).expect("the joint format reads back");
    assert_eq!((json.format.as_str(), json.runs[0].replications.as_ref().map(|all| all.runs.len())), ("coldfront.runs/1", Some(8)));
}

#[test]
fn several_files_and_variants_stand_side_by_side() {
    let folder = std::env::temp_dir().join(format!("coldfront-studies-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder of our own");
    let file = format!("{}variants:\n  two_slots: {{ nodes.desk.slots: 2 }}\n", QUEUE.replace("20m", "3m"));
    std::fs::write(folder.join("queue.yaml"), &file).expect("it can be written");
    std::fs::write(folder.join("other.yaml"), file.replace("70/s", "20/s")).expect("it can be written");
    let output = coldfront_in(&["run", "queue.yaml", "other.yaml", "--variants", "--quiet"], &folder);
    let unknown = coldfront_in(&["run", "queue.yaml", "--variant", "two_slot", "--quiet"], &folder);
    let csv = coldfront_in(&["run", "queue.yaml", "--variant", "two_slots", "--variant", "base", "--quiet", "--format", "json"], &folder);
    std::fs::remove_dir_all(&folder).expect("and taken away again");
    let text = String::from_utf8_lossy(&output.stdout);
    let labels: Vec<&str> = text.lines().skip(1).take(4).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(labels, ["queue", "queue/two_slots", "other", "other/two_slots"], "{text}");
    assert_eq!(output.status.code(), Some(99), "a threshold of one of them is breached");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("did you mean `two_slots`?"));
    let json: Joint = serde_json::from_slice(&csv.stdout).expect("JSON");
    assert_eq!(json.runs.iter().map(|run| run.variant.as_deref()).collect::<Vec<_>>(), [Some("two_slots"), None]);
}
