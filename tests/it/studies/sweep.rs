//! `sweep` and `merge`: figures over settings as theory has them, and the same bytes however the work was interrupted or shared.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use coldfront::study::sweep::Sweep;

use super::coldfront_in;

const DESK: &str = include_str!("../../../scenarios/studies/sweep.yaml");

/// A folder of its own, with the scenario in it, that goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("coldfront-sweep-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder of our own");
        fs::write(folder.join("desk.yaml"), DESK).expect("it can be written");
        Self(folder)
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    fn run(&self, words: &[&str]) -> (Option<i32>, String, String) {
        let output = coldfront_in(words, &self.0);
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Twelve points of two short runs each.
const SMALL: [&str; 11] = [
    "sweep",
    "desk.yaml",
    "--vary",
    "nodes.desk.slots=2..5:4",
    "--vary",
    "workloads.visitors.phases.0.arrival_rate=80/s,120/s,160/s",
    "--duration",
    "4s",
    "--replications",
    "2",
    "-q",
];

fn small<'w>(more: &[&'w str]) -> Vec<&'w str> {
    SMALL.iter().chain(more).copied().collect()
}

/// All files of a folder, by name.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .expect("it was written")
        .flatten()
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("it can be read")))
        .collect();
    found.sort();
    found
}

#[test]
fn the_utilisation_of_each_point_is_that_of_theory() {
    let folder = Folder::new("theory");
    let words = [
        "sweep",
        "desk.yaml",
        "--vary",
        "nodes.desk.slots=2,3,5",
        "--vary",
        "workloads.visitors.phases.0.arrival_rate=60/s,120/s",
        "-q",
        "--format",
        "json",
    ];
    let (exit, json, said) = folder.run(&words);
    assert_eq!(exit, Some(0), "{said}");
    let sweep: Sweep = serde_json::from_str(&json).expect("it reads back");
    let points: Vec<String> = sweep.rows.iter().map(|row| row.values.join(" ")).collect();
    assert_eq!(points, ["2 60/s", "2 120/s", "3 60/s", "3 120/s", "5 60/s", "5 120/s"]);
    for row in &sweep.rows {
        // By Little's law as many slots are busy as work comes in a second: rate × 10 ms, whatever their number.
        let rate: f64 = row.values[1].trim_end_matches("/s").parse().expect("a rate");
        let busy = row.estimate("desk", "mean(busy_slots)").expect("it is measured");
        assert!((busy.mean - rate * 0.01).abs() < 2.0 * busy.half_width.expect("five runs"), "{:?}: {busy:?}", row.values);
    }
    assert_eq!(sweep.plan.study.seeds.len(), 5);
}

#[test]
fn parts_that_are_merged_are_the_whole_byte_for_byte_on_any_number_of_threads() {
    let folder = Folder::new("parts");
    assert_eq!(folder.run(&small(&["--out", "whole", "--threads", "1"])).0, Some(0));
    for part in ["3/4", "0/4", "2/4", "1/4"] {
        assert_eq!(folder.run(&small(&["--out", "parts", "--shard", part, "--threads", "3"])).0, Some(0));
    }
    let (exit, _, said) = folder.run(&["merge", "parts", "--out", "merged", "-q"]);
    assert_eq!(exit, Some(0), "{said}");
    let (whole, merged) = (files(&folder.0.join("whole")), files(&folder.0.join("merged")));
    let names: Vec<&str> = whole.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["sweep-visitors-p-99.svg", "sweep.csv", "sweep.json", "sweep.jsonl"]);
    assert!(whole == merged);
    fs::remove_file(folder.0.join("parts/sweep-2-of-4.jsonl")).expect("it was there");
    let (exit, _, said) = folder.run(&["merge", "parts", "-q"]);
    assert!(exit == Some(2) && said.contains("error[E191]: 3 of 12 points are missing: 2, 6, 10"), "{said}");
}

#[test]
fn a_file_that_was_cut_anywhere_is_gone_on_with_to_the_same_bytes() {
    let folder = Folder::new("cut");
    assert_eq!(folder.run(&small(&["--out", "whole"])).0, Some(0));
    let whole = folder.text("whole/sweep.jsonl");
    fs::create_dir_all(folder.0.join("cut")).expect("a folder");
    // Ten places all over it, and the edges of its first line.
    let first = whole.find('\n').expect("a line") + 1;
    let places = (1..=10).map(|k| whole.len() * k * 31 / 317).chain([0, 7, first - 1, first]);
    for place in places {
        fs::write(folder.0.join("cut/sweep.jsonl"), &whole[..place]).expect("it can be written");
        let (exit, _, said) = folder.run(&small(&["--out", "cut"]));
        assert_eq!(exit, Some(0), "{place}: {said}");
        assert!(folder.text("cut/sweep.jsonl") == whole, "cut at {place}");
    }
    assert!(files(&folder.0.join("cut")) == files(&folder.0.join("whole")));
}

#[test]
fn a_sweep_that_is_killed_ten_times_has_the_rows_of_one_that_was_not() {
    let folder = Folder::new("killed");
    assert_eq!(folder.run(&small(&["--out", "whole"])).0, Some(0));
    for kill in 1..=10u64 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_coldfront"))
            .args(small(&["--out", "killed"]))
            .current_dir(&folder.0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        std::thread::sleep(Duration::from_millis(7 * kill * kill % 83));
        let _ = child.kill();
        let _ = child.wait();
    }
    assert_eq!(folder.run(&small(&["--out", "killed"])).0, Some(0));
    assert!(files(&folder.0.join("killed")) == files(&folder.0.join("whole")));
}

#[test]
fn a_results_file_of_another_study_is_refused_and_left_alone() {
    let folder = Folder::new("other");
    assert_eq!(folder.run(&small(&["--out", "out"])).0, Some(0));
    let before = files(&folder.0.join("out"));
    let other: Vec<&str> = small(&["--out", "out"]).into_iter().map(|word| if word == "2" { "3" } else { word }).collect();
    let (exit, _, said) = folder.run(&other);
    assert!(exit == Some(2) && said.contains("error[E190]: the results file is of other seeds"), "{said}");
    fs::write(folder.0.join("desk.yaml"), DESK.replace("exponential(mean=10ms)", "exponential(mean=9ms)")).expect("it can be written");
    let (exit, _, said) = folder.run(&small(&["--out", "out"]));
    assert!(exit == Some(2) && said.contains("error[E190]: the results file is of another scenario"), "{said}");
    assert!(files(&folder.0.join("out")) == before, "nothing was written");
}

#[test]
fn what_is_asked_wrongly_is_told_before_anything_is_run_or_written() {
    let folder = Folder::new("wrong");
    let refused = |vary: &str, code: &str, words: &str| {
        let (exit, out, said) = folder.run(&["sweep", "desk.yaml", "--vary", vary, "--out", "out", "-q"]);
        assert!(exit == Some(2) && out.is_empty() && said.contains(code) && said.contains(words), "{vary}: {said}");
    };
    refused("nodes.desk.slot=2,3", "E022", "did you mean `slots`?");
    refused("nodes.dsk.slots=2,3", "E039", "did you mean");
    refused("nodes.desk.slots=5..2:3", "E185", "write the smaller bound first");
    refused("nodes.desk.slots", "E184", "a knob is `path=values`");
    refused("nodes.desk.service_time=5 MB,6 MB", "E02", "service_time");
    assert!(!folder.0.join("out").exists(), "nothing is written");
    let (exit, _, said) = folder.run(&small(&["--out", "out", "--metric", "visitors: p(98)"]));
    assert!(exit == Some(2) && said.contains("E186"), "{said}");
    assert!(!folder.0.join("out").exists(), "nor for a figure that there is not");
}
