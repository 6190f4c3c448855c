//! Expectations and `coldfront validate`: tolerances and verdicts, series, cases, mean errors, formats and exit codes; and `docs/validation.md`, which is made
//! of the figures that are kept in `reports/validation`.
//!
//! `UPDATE_GOLDEN=1 cargo test --release --test it validation` runs all of `scenarios/validation` and writes figures, pictures and page anew. Otherwise what is
//! marked `quick` is run and must come out as it is kept.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use coldfront::engine::Bounds;
use coldfront::scenario::{Edits, Scenario};
use coldfront::study::Threads;
use coldfront::study::validate::{Trial, Validation, Verdict};
use coldfront::topology;

use crate::support::{Folder, repository};

/// A thousand messages are there, five are worked on at a time, each for a second.
const QUEUE: &str = "
duration: 5m
resolution: 5s
nodes:
  work: { type: sqs, visibility_timeout: 60s, backlog: { messages: 1000 } }
  f: { type: lambda, runtime: nodejs22.x, reserved_concurrency: 5, timeout: 5s, event_sources: [ { queue: work, batch_size: 1, maximum_concurrency: 5, latency: 22ms } ], handler: [ { wait: 1s } ] }
";

/// What comes of a text with one of its cases, or without.
fn scenario(text: &str, case: Option<&str>, folder: &Path) -> Scenario {
    let edits = Edits { variant: None, case, overrides: &[] };
    let loaded = topology::load("test.yaml", text.as_bytes(), edits, &Folder(folder.to_owned()));
    let errors: Vec<_> = loaded.parsed.diagnostics.iter().filter(|d| d.is_error()).map(|d| format!("{} {}", d.code, d.message)).collect();
    loaded.ready().unwrap_or_else(|| panic!("{errors:#?}")).clone()
}

fn validated(text: &str, cases: &[Option<&str>], replications: usize, threads: Threads) -> Validation {
    let scenarios: Vec<Scenario> = cases.iter().map(|case| scenario(text, *case, repository())).collect();
    let trial = |(scenario, case): (&'static Scenario, &Option<&str>)| Trial {
        file: "test.yaml".into(),
        stem: "test".into(),
        case: case.map(str::to_owned),
        scenario,
        expectations: scenario.expect.as_ref().expect("it expects something"),
        replications,
    };
    let scenarios: &'static [Scenario] = Vec::leak(scenarios);
    let trials: Vec<Trial> = scenarios.iter().zip(cases).map(trial).collect();
    Validation::of(&trials, Bounds::default(), threads, &|_| ())
}

/// Figures of [`QUEUE`], one a line.
fn figures(metrics: &str) -> Validation {
    let metrics: String = metrics.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("    - {{ {} }}\n", line.trim())).collect();
    validated(&format!("{QUEUE}expect:\n  source: theory\n  metrics:\n{metrics}"), &[None], 1, Threads::Just(1))
}

fn simulated(metric: &str, measured: &str) -> f64 {
    let validation = figures(&format!("metric: '{metric}', measured: {measured}, tolerance: 100%"));
    validation.rows[0].metrics[0].simulated.unwrap_or_else(|| panic!("{metric} is not measured"))
}

/// Five workers need a second and a little for each of a thousand messages.
#[test]
fn a_queue_is_drained_when_its_last_message_is_gone() {
    let drained = simulated("work: drained_at", "200s");
    assert!((200.0..212.0).contains(&drained), "{drained}");
    let last = simulated("work: last(messages_visible > 0)", "200s");
    assert!((drained - last).abs() <= 10.0, "the window in which the last was visible ends at {last}, the queue is empty at {drained}");
}

#[test]
fn a_queue_that_is_not_empty_at_the_end_is_never_drained() {
    let text = QUEUE.replace("messages: 1000", "messages: 3000")
        + "expect: { source: theory, metrics: [ { metric: 'work: drained_at', measured: 200s, tolerance: 100% } ] }";
    let validation = validated(&text, &[None], 1, Threads::Just(1));
    let metric = &validation.rows[0].metrics[0];
    assert_eq!((metric.simulated, metric.verdict), (None, Verdict::Fail));
}

#[test]
fn levels_are_measured_at_instants_and_over_stretches() {
    let near = |metric: &str, low: f64, high: f64| {
        let found = simulated(metric, "5");
        assert!((low..=high).contains(&found), "{metric}: {found}");
    };
    near("f: concurrent_executions at 100s", 4.8, 5.0);
    near("f: mean(concurrent_executions) during 60s..120s", 4.8, 5.0);
    near("f: max(concurrent_executions) during 60s..120s", 5.0, 5.0);
    near("f: max(concurrent_executions) during 240s..300s", 0.0, 0.0);
    near("f: min(concurrent_executions)", 0.0, 0.0);
    // Four or five of the thousand are gone after a second.
    near("work: messages_visible at 0s", 970.0, 999.0);
}

#[test]
fn counters_are_summed_by_period_and_each_side_of_a_ratio_over_its_own_stretch() {
    let minute = simulated("f: max_per(1m, invocations)", "300");
    assert!((280.0..=300.0).contains(&minute), "five a second, hardly less: {minute}");
    let mean = simulated("f: mean_per(1m, invocations)", "200");
    assert!((199.0..=201.0).contains(&mean), "a thousand in five minutes: {mean}");
    let ratio = simulated("f: invocations during 0s..60s / invocations during 60s..120s", "100%");
    assert!((0.95..=1.05).contains(&ratio), "{ratio}");
    let first = simulated("f: first(concurrent_executions >= 5)", "5s");
    assert!(first <= 10.0, "{first}");
}

#[test]
fn quantiles_over_a_stretch_are_those_of_its_windows() {
    let text = "
duration: 2m
workloads: { w: { target: s, phases: [ { duration: 2m, arrival_rate: 50/s } ] } }
nodes: { s: { type: server, slots: 50, service_time: lognormal(median=20ms p99=80ms) } }
expect: { source: theory, metrics: [ { metric: 'w: p(50) during 30s..90s', measured: 20ms, tolerance: 5% }, { metric: 'w: requests during 30s..90s', measured: 3000, tolerance: 8% } ] }
";
    let validation = validated(text, &[None], 1, Threads::Just(1));
    assert!(validation.passed(), "{:#?}", validation.rows);
}

#[test]
fn a_resolution_chooses_the_windows() {
    let windows = |resolution: &str| {
        let scenario = scenario(&QUEUE.replace("resolution: 5s", resolution), None, repository());
        coldfront::simulation::Simulation::new(&scenario, Bounds::default()).run().window_ends.len()
    };
    assert_eq!((windows(""), windows("resolution: 10s"), windows("resolution: 50ms")), (600, 30, 6_000));
}

/// The true course of the queue: five messages a second less.
#[test]
fn a_series_is_compared_point_by_point() {
    let validation = figures(
        "metric: 'work: messages_visible', points: [ [ 50s, 747 ], [ 100s, 495 ], [ 150s, 243 ] ], tolerance: 5%
         metric: 'work: messages_visible', points: [ [ 50s, 1000 ], [ 100s, 1000 ] ], tolerance: 5%
         metric: 'work: messages_visible', points: [ [ 50s, 747 ], [ 100s, 495 ] ], tolerance: { absolute: 30 }",
    );
    let verdicts: Vec<Verdict> = validation.rows[0].metrics.iter().map(|metric| metric.verdict).collect();
    assert_eq!(verdicts, [Verdict::Pass, Verdict::Fail, Verdict::Pass], "{:#?}", validation.rows);
    let far = &validation.rows[0].metrics[1];
    // About (253 + 505) of 2,000 are missing.
    assert!((far.error.expect("an error") + 0.379).abs() < 0.02 && far.series.len() == 2, "{far:?}");
}

#[test]
fn a_file_of_dates_counts_from_the_earliest_and_sums_over_periods() {
    let folder = scratch("series");
    let csv = "Namespace,AWS/Lambda\ntimestamp,Sum\n2026/05/04 08:02:00,300\n2026/05/04 08:01:00,295\n2026/05/04 08:00:00,\n";
    fs::write(folder.join("day.csv"), csv).expect("it can be written");
    let text = format!(
        "{QUEUE}expect: {{ source: t, metrics: [ {{ metric: 'f: invocations', series: {{ file: day.csv, time: timestamp, value: Sum, offset: 1m, period: 1m }}, tolerance: 5% }} ] }}"
    );
    let scenario = scenario(&text, None, &folder);
    fs::remove_dir_all(&folder).expect("and taken away again");
    let expectations = scenario.expect.as_ref().expect("it expects something");
    let trial = Trial { file: "t".into(), stem: "t".into(), case: None, scenario: &scenario, expectations, replications: 1 };
    let validation = Validation::of(&[trial], Bounds::default(), Threads::Just(1), &|_| ());
    let metric = &validation.rows[0].metrics[0];
    assert_eq!(metric.series.iter().map(|pair| (pair.at_s, pair.measured)).collect::<Vec<_>>(), [(60.0, 295.0), (120.0, 300.0)]);
    assert_eq!(metric.verdict, Verdict::Pass, "{metric:?}");
}

const TABLE: &str = "
duration: 1m
workloads: { w: { target: s, phases: [ { duration: 1m, arrival_rate: 10/s } ], arrivals: uniform } }
nodes: { s: { type: server, service_time: 20ms } }
expect: { id: table, source: theory, year: 2020, role: rule }
cases:
  - { name: ten, expect: { metrics: [ { metric: 'w: requests', measured: 600, tolerance: 1% } ] } }
  - { name: twenty, set: { workloads.w.phases.0.arrival_rate: 20/s }, expect: { role: emergent, metrics: [ { metric: 'w: requests', measured: 1000, tolerance: 10% } ] } }
  - { name: forty, set: { workloads.w.phases.0.arrival_rate: 40/s }, expect: { services: [ a, b ], role: emergent, metrics: [ { metric: 'w: requests', measured: 2000, tolerance: 25% }, { metric: 'w: failures', measured: 0, tolerance: { absolute: 1 } }, { metric: 'w: goodput', measured: 10/s, tolerance: 1%, scored: false } ] } }
";

#[test]
fn cases_change_the_scenario_and_inherit_what_the_file_expects() {
    let validation = validated(TABLE, &[Some("ten"), Some("twenty"), Some("forty")], 2, Threads::Just(1));
    let said: Vec<_> = validation.rows.iter().map(|row| (row.id.as_str(), row.case.as_deref(), row.role.as_str(), row.year)).collect();
    assert_eq!(
        said,
        [
            ("table", Some("ten"), "rule", Some(2020)),
            ("table", Some("twenty"), "emergent", Some(2020)),
            ("table", Some("forty"), "emergent", Some(2020))
        ]
    );
    let simulated: Vec<Option<f64>> = validation.rows.iter().map(|row| row.metrics[0].simulated).collect();
    assert_eq!(simulated, [Some(600.0), Some(1200.0), Some(2400.0)]);
}

#[test]
fn mean_errors_are_those_that_one_makes_by_hand() {
    let summary = validated(TABLE, &[Some("ten"), Some("twenty"), Some("forty")], 2, Threads::Just(1)).summary;
    // Errors are 0; 20 %; 20 %, and none where the measured value is 0. Of four scored figures one is outside; one is not scored.
    assert_eq!((summary.rows, summary.metrics, summary.scored, summary.inside), (3, 5, 4, 3));
    let emergent = summary.role("emergent").expect("two rows");
    assert_eq!((emergent.rows, emergent.scored, emergent.inside, emergent.errors), (2, 3, 2, 2));
    assert!((emergent.mape.expect("two errors") - 0.2).abs() < 1e-12);
    let groups: Vec<_> = summary.groups.iter().map(|group| (group.service.as_deref(), group.role.as_str(), group.rows)).collect();
    let expected = [
        (None, "emergent", 2),
        (None, "rule", 1),
        (Some("a"), "emergent", 1),
        (Some("b"), "emergent", 1),
        (Some("server"), "emergent", 1),
        (Some("server"), "rule", 1),
    ];
    assert_eq!(groups, expected);
}

#[test]
fn a_validation_is_the_same_on_any_number_of_threads_and_reads_back() {
    let text = TABLE.replace("arrivals: uniform", "arrivals: poisson");
    let of = |threads| validated(&text, &[Some("ten"), Some("forty")], 4, threads);
    let one = of(Threads::Just(1));
    assert!(one.json() == of(Threads::Just(2)).json() && one.json() == of(Threads::Just(5)).json());
    let back: Validation = serde_json::from_str(&one.json()).expect("the format reads back");
    assert!(back == one && one.rows[0].metrics[0].half_width.is_some_and(|half| half > 0.0));
}

#[test]
fn every_format_has_every_figure() {
    let validation = validated(TABLE, &[Some("ten"), Some("forty")], 2, Threads::Just(1));
    let (csv, markdown, text) = (validation.csv(), validation.markdown(), validation.text(&Default::default()));
    assert_eq!(csv.lines().count(), 1 + 4);
    for metric in ["w: requests", "w: failures", "w: goodput"] {
        assert!(csv.contains(metric) && markdown.contains(metric) && text.contains(metric), "{metric}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let names: Vec<String> = validation.scatters().into_iter().map(|chart| chart.name).collect();
    assert_eq!(names, ["scatter-a", "scatter-b", "scatter-server"]);
}

fn scratch(name: &str) -> PathBuf {
    let folder = env::temp_dir().join(format!("coldfront-validation-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder of our own");
    folder
}

fn coldfront(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_coldfront")).args(arguments).current_dir(folder).env("NO_COLOR", "1").output().expect("the binary runs")
}

#[test]
fn the_command_says_by_its_exit_code_what_came_of_it() {
    let folder = scratch("exit");
    fs::create_dir_all(folder.join("some/deep")).expect("a folder");
    let put = |name: &str, text: &str| fs::write(folder.join(name), text).expect("it can be written");
    put("some/deep/table.yaml", TABLE);
    put("some/right.yaml", &TABLE.replace("measured: 1000", "measured: 1200").replace("measured: 2000", "measured: 2400"));
    put("some/plain.yaml", QUEUE);
    put("wrong.yaml", &TABLE.replace("20ms", "20").replace("w: failures", "w: falures"));
    let run = |arguments: &[&str]| {
        let output = coldfront(&[&["validate"][..], arguments].concat(), &folder);
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, out, said) = run(&["some", "--out", "out"]);
    let wrote = ["validation.json", "validation.csv", "validation.md", "scatter-a.svg"].map(|name| folder.join("out").join(name).is_file());
    let (right, ..) = run(&["some/right.yaml"]);
    let (plain, _, of_plain) = run(&["some/plain.yaml"]);
    let (both, _, wrong) = run(&["wrong.yaml", "some/plain.yaml", "nowhere.yaml"]);
    let (only, ..) = run(&["some", "--only", "right"]);
    let (none, ..) = run(&["some", "--only", "nobody"]);
    let (unwritable, ..) = run(&["some/right.yaml", "--out", "wrong.yaml"]);
    fs::remove_dir_all(&folder).expect("and taken away again");
    assert_eq!(
        (code, right, plain, both, only, none, unwritable),
        (Some(99), Some(0), Some(2), Some(2), Some(0), Some(2), Some(74)),
        "{out}\n{said}"
    );
    assert!(said.contains("passed over 1 file,") && wrote == [true; 4], "{said}");
    assert!(of_plain.contains("`some/plain.yaml` expects nothing") && of_plain.contains("hint:"), "{of_plain}");
    assert!(["E023", "E037", "expects nothing", "nowhere.yaml"].iter().all(|part| wrong.contains(part)), "all that is wrong at once: {wrong}");
}

#[test]
fn the_shipped_back_test_agrees() {
    let output = coldfront(&["validate", "scenarios/backtest", "--replications", "2"], repository());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

const KEPT: &str = "reports/validation/validation.json";
const ROWS: &str = "scenarios/validation";

/// A part of the page, between its marker and the next end.
fn part(page: &str, name: &str) -> std::ops::Range<usize> {
    let open = format!("<!-- validation: {name} -->\n");
    let start = page.find(&open).unwrap_or_else(|| panic!("docs/validation.md has no part `{name}`")) + open.len();
    start..start + page[start..].find("<!-- end -->").expect("a part ends")
}

/// The page with its parts made of these figures.
fn made(mut page: String, kept: &Validation) -> String {
    let linked = |text: String| text.replace("](scenarios/", "](../scenarios/");
    let picture = |chart: coldfront::report::plot::Chart| format!("![{}](../reports/validation/{}.svg)\n\n", chart.title, chart.name);
    let pictures = kept.scatters().into_iter().map(picture).collect::<String>();
    for (name, text) in [("summary", kept.summary_markdown()), ("pictures", pictures), ("rows", linked(kept.rows_markdown()))] {
        let range = part(&page, name);
        page.replace_range(range, &text);
    }
    page
}

fn run(arguments: &[&str]) -> Validation {
    let output = coldfront(&[&["validate", ROWS, "--format", "json", "--quiet"], arguments].concat(), repository());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 99)), "{said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// Every file and case that expects something.
fn expected(folder: &Path) -> BTreeSet<(String, Option<String>)> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            found.extend(expected(&entry));
        } else if entry.extension().is_some_and(|ending| ending == "yaml") {
            let name = entry.strip_prefix(repository()).expect("inside").to_string_lossy().replace('\\', "/");
            let text = fs::read(&entry).expect("it can be read");
            let files = Folder(entry.parent().expect("a folder").to_owned());
            let load = |case: Option<&str>| topology::load(&name, &text, Edits { variant: None, case, overrides: &[] }, &files);
            let cases: Vec<String> = load(None).parsed.cases.iter().map(|case| case.name.value.clone()).collect();
            let expects = |case: &Option<String>| {
                let loaded = load(case.as_deref());
                let scenario = loaded.ready().unwrap_or_else(|| panic!("{name} {case:?}: {:?}", loaded.parsed.diagnostics));
                scenario.expect.as_ref().is_some_and(|expect| !expect.metrics.is_empty())
            };
            let all = std::iter::once(None).chain(cases.into_iter().map(Some)).filter(expects);
            found.extend(all.map(|case| (name.clone(), case)).collect::<Vec<_>>());
        }
    }
    found
}

#[test]
fn the_page_of_reality_is_made_of_figures_that_still_come_out() {
    let (page_path, kept_path, rows) = (repository().join("docs/validation.md"), repository().join(KEPT), repository().join(ROWS));
    if !rows.is_dir() {
        return eprintln!("SKIPPED: there is no {ROWS} yet, so the page has nothing to hold");
    }
    let page = fs::read_to_string(&page_path).expect("docs/validation.md");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        let kept = run(&[]);
        let folder = kept_path.parent().expect("a folder");
        fs::create_dir_all(folder).expect("a folder");
        fs::write(&kept_path, kept.json()).expect("it can be written");
        kept.scatters().iter().for_each(|chart| fs::write(folder.join(format!("{}.svg", chart.name)), &chart.svg).expect("it can be written"));
        return fs::write(&page_path, made(page, &kept)).expect("it can be written");
    }
    let again = "run `UPDATE_GOLDEN=1 cargo test --release --test it validation`";
    let kept: Validation =
        serde_json::from_slice(&fs::read(&kept_path).unwrap_or_else(|_| panic!("{KEPT} is not there: {again}"))).expect("its format");
    assert!(made(page.clone(), &kept) == page, "docs/validation.md is not made of {KEPT}: {again}");
    let named: BTreeSet<_> = kept.rows.iter().map(|row| (row.file.clone(), row.case.clone())).collect();
    assert_eq!(expected(&rows), named, "{ROWS} has other rows than are kept: {again}");
    if fs::read_dir(&rows).is_ok() && kept.rows.iter().any(|row| is_quick(&row.file)) {
        for row in run(&["--quick"]).rows {
            let before = kept.rows.iter().find(|kept| (&kept.file, &kept.case) == (&row.file, &row.case)).expect("it is kept");
            assert!(*before == row, "{} {:?} comes out otherwise than it is kept: {again}\n{before:#?}\n{row:#?}", row.file, row.case);
        }
    }
}

/// Whether anything in a file is marked to be run with every test.
fn is_quick(file: &str) -> bool {
    fs::read_to_string(repository().join(file)).is_ok_and(|text| text.contains("quick: true"))
}
