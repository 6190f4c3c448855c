//! What a run leaves behind: files in a folder, and histograms that another implementation of HdrHistogram reads as they were written.
//!
//! The other implementation is PyPI's `hdrhistogram`, in a virtual environment below the target folder. Where Python or the package cannot be had, the
//! test says so and compares nothing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use coldfront::cli::out;
use coldfront::cost::{Pricing, Statement};
use coldfront::engine::Bounds;
use coldfront::report::{Report, write_interval_log, write_percentiles};
use coldfront::scenario::NoFiles;
use coldfront::simulation::Simulation;
use coldfront::topology;
use serde_json::Value;

use crate::support::{Run, repository};

const PACKAGE: &str = "hdrhistogram==0.10.8";

/// An empty folder below the target folder.
fn empty(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    folder
}

/// The interpreter of the virtual environment; `None` where it cannot be made.
fn python() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hdr-venv");
    let interpreter = [home.join("bin/python"), home.join("Scripts/python.exe")];
    let has_it = |python: &&PathBuf| ran(Command::new(python).args(["-c", "import hdrh"]));
    if let Some(found) = interpreter.iter().find(has_it) {
        return Some(found.clone());
    }
    let made = ["python3", "python"].iter().any(|name| ran(Command::new(name).args(["-m", "venv"]).arg(&home)));
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE];
    let found = interpreter.iter().filter(|python| made && ran(Command::new(python).args(pip))).find(has_it);
    if found.is_none() {
        let _ = writeln!(io::stderr(), "SKIPPED: no Python with `{PACKAGE}` can be had, so no other reader has seen the histograms");
    }
    found.cloned()
}

fn ran(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// The value with at least `rank` recorded values up to it.
fn at_rank(recorded: &[(u64, u64)], rank: u64) -> u64 {
    let mut seen = 0;
    let reaches = |(_, n): &&(u64, u64)| {
        seen += n;
        seen >= rank
    };
    recorded.iter().find(reaches).expect("a rank within the count").0
}

#[test]
fn another_reader_finds_the_same_histograms_in_both_formats() {
    let Some(python) = python() else { return };
    let run = Run::file("scenarios/quickstart.yaml", &[]);
    let (folder, report) = (empty("hdr"), run.report());
    let log = folder.join("latency.hlog");
    write_interval_log(&run.record, File::create(&log).expect("a file")).expect("it is written");
    let mut reader = Command::new(python);
    reader.arg(repository().join("tests/hdr_reader.py")).arg(&log);
    let tags = ["shoppers:GET-products", "shoppers:GET-product", "shoppers:POST-orders"];
    for (tag, route) in tags.iter().zip(&run.record.routes) {
        let table = folder.join(format!("{}.hgrm", route.route.replace(['/', ' '], "-")));
        write_percentiles(&route.answers.ok, File::create(&table).expect("a file")).expect("it is written");
        reader.arg(format!("{tag}={}", table.display()));
    }
    let output = reader.output().expect("the reader runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).expect("the reader prints JSON");
    for (i, tag) in tags.iter().enumerate() {
        let hdr = run.record.routes[i].answers.ok.hdr();
        let recorded: Vec<(u64, u64)> = hdr.iter_recorded().map(|at| (at.value_iterated_to(), at.count_at_value())).collect();
        log_is_equal(&read["tags"][tag], &recorded, hdr.max());
        percentiles_are_the_report(&read["tags"][tag], &report.workloads[0].routes[i].answers);
        table_is_equal(&read["tables"][tag]);
    }
}

fn log_is_equal(read: &Value, recorded: &[(u64, u64)], max: u64) {
    let values = read["recorded"].as_array().expect("a list");
    let values: Vec<(u64, u64)> = values.iter().map(|v| (v[0].as_u64().expect("a value"), v[1].as_u64().expect("a count"))).collect();
    assert_eq!(values, recorded);
    assert_eq!((read["max"].as_u64(), read["start_s"].as_f64(), read["end_s"].as_f64()), (Some(max), Some(120.0), Some(1200.0)));
    let count: u64 = recorded.iter().map(|(_, n)| n).sum();
    assert_eq!(read["count"].as_u64(), Some(count));
    for at in read["percentiles"].as_array().expect("a list") {
        let (percent, micros) = (at[0].as_f64().expect("a percentile"), at[1].as_u64().expect("a value"));
        // That reader rounds the rank to the nearest.
        let rank = ((percent * count as f64 / 100.0 + 0.5) as u64).max(1);
        assert_eq!(micros, at_rank(recorded, rank), "p{percent}");
    }
}

/// Within the three digits of the format, where both mean the same rank.
fn percentiles_are_the_report(read: &Value, answers: &coldfront::report::Answered) {
    let mut compared = 0;
    for at in read["percentiles"].as_array().expect("a list") {
        let (percent, micros) = (at[0].as_f64().expect("a percentile"), at[1].as_f64().expect("a value"));
        let Some(ours) = answers.latency.percentiles.iter().find(|p| p.percent == percent) else { continue };
        let exact = percent / 100.0 * answers.ok as f64;
        if (exact + 0.5).floor() == exact.ceil() {
            compared += 1;
            assert!((ours.value_s * 1e6 / micros - 1.0).abs() <= 1e-3, "p{percent}: {} s for {micros} µs", ours.value_s);
        }
    }
    assert!(compared >= 2, "{compared} percentiles were compared");
}

fn table_is_equal(rows: &Value) {
    let rows = rows.as_array().expect("a list");
    assert!(rows.len() > 40, "{} rows", rows.len());
    for row in rows {
        assert_eq!((&row["micros"], row["count"].as_f64()), (&row["reader_micros"], row["reader_count"].as_f64()), "{row}");
    }
}

const DESK: &str = "
name: A desk
duration: 1m
workloads:
  people: { target: desk, phases: [ { duration: 1m, arrival_rate: 5/s } ] }
nodes:
  desk: { type: server, slots: 1, service_time: 100ms }
";

fn written(dir: &Path) -> Vec<String> {
    let loaded = topology::load("desk.yaml", DESK.as_bytes(), &[], &NoFiles);
    let scenario = loaded.ready().expect("it is sound");
    let record = Simulation::new(scenario, Bounds::default()).run();
    let report = Report::of(scenario, &record, loaded.warnings());
    let statement = Statement::of(scenario, &record, &Pricing::default());
    let paths = out::write(dir, scenario, &loaded.topology, &record, &report, &statement).expect("it can be written");
    paths.iter().map(|path| path.strip_prefix(dir).expect("below the folder").to_string_lossy().replace('\\', "/")).collect()
}

#[test]
fn a_folder_has_every_file_and_nothing_else_is_touched() {
    let dir = empty("out").join("deep/er");
    let first = written(&dir);
    fs::write(dir.join("notes.txt"), "mine").expect("a file");
    let before = fs::read(dir.join("charts/latency.svg")).expect("a chart");
    fs::write(dir.join("charts/latency.svg"), "stale").expect("a file");
    assert_eq!(written(&dir), first);
    let wanted =
        ["summary.json", "timeseries.csv", "latency.hlog", "latency/people-desk.hgrm", "charts/latency.svg", "charts/traffic.svg", "report.md"];
    let costs = ["cost.json", "cost-focus.csv", "infracost-usage.yml"];
    assert!(costs.iter().all(|name| first.iter().any(|path| path == name)), "{first:?}");
    assert!(wanted.iter().all(|name| first.iter().any(|path| path == name)), "{first:?}");
    assert!(first.iter().all(|path| dir.join(path).is_file()));
    assert_eq!(fs::read_to_string(dir.join("notes.txt")).expect("it is still there"), "mine");
    assert!(fs::read(dir.join("charts/latency.svg")).expect("a chart") == before);
    let names = fs::read_dir(&dir).expect("a folder").map(|entry| entry.expect("an entry").file_name().into_string().expect("text"));
    assert!(names.into_iter().all(|name| !name.ends_with(".part")));
}

#[test]
fn every_picture_of_the_page_is_there() {
    let dir = empty("page");
    written(&dir);
    let page = fs::read_to_string(dir.join("report.md")).expect("a page");
    let links: Vec<&str> = page.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() >= 3 && links.iter().all(|link| dir.join(link).is_file()), "{links:?}");
}

#[test]
fn a_place_that_is_no_folder_is_refused_before_the_run() {
    let dir = empty("refused");
    fs::write(dir.join("file"), "").expect("a file");
    fs::write(dir.join("charts"), "").expect("a file");
    assert!(out::prepare(&dir.join("file")).is_err() && out::prepare(&dir.join("file/below")).is_err());
    assert!(out::prepare(&dir).is_err_and(|error| error.to_string().contains("charts")));
    assert!(out::prepare(&dir.join("new/er")).is_ok());
}
