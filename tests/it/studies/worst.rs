//! `worst` against a token bucket that can be reckoned: what a table refuses is least known where savings are, and most where they are not.
//!
//! ```text
//! saved before 20 × 10 + 60, taken 60 a second for 15 s, asked 160 a second: 2,400 − 260 − 900 = 1,240 refused        any later: more saved
//! ```

use coldfront::cost::Pricing;
use coldfront::engine::Bounds;
use coldfront::study::worst::{Asked, AskedBounds, Refused, Worst, worst};
use coldfront::study::{Base, How, Threads};

use crate::support::{Folder, repository};

fn asked(peak: &str, min_width: &str) -> Asked {
    let bounds = AskedBounds { peak: Some(peak.into()), floor: None, min_width: Some(min_width.into()) };
    Asked { workload: None, bounds, maximise: None, minimise: None, replications: 4, runs: 300, command: Vec::new() }
}

fn found(text: &str, asked: &Asked, threads: Threads, stop: &(dyn Fn() -> bool + Sync)) -> Result<Worst, Refused> {
    let folder = Folder(repository().to_owned());
    let base = Base { file: "worst.yaml", bytes: text.as_bytes(), files: &folder, variant: None, overrides: &[] };
    let pricing = Pricing::default();
    worst(&base, asked, &How { bounds: Bounds::default(), threads, pricing: &pricing, told: &|_| (), stop })
}

fn sought(text: &str, asked: &Asked) -> Worst {
    found(text, asked, Threads::Cores, &|| false).expect("a sound question")
}

fn shipped() -> String {
    std::fs::read_to_string(repository().join("scenarios/studies/worst.yaml")).expect("it is shipped")
}

/// A function that everybody waits for, with or without the savings of warm environments.
fn function(keep_alive: &str, thresholds: &str) -> String {
    format!(
        "duration: 60s\nwarm_up: 10s\nworkloads: {{ w: {{ target: f, arrivals: uniform, phases: [ {{ duration: 60s, arrival_rate: 20/s }} ] }} }}\n\
         nodes: {{ f: {{ type: lambda, memory: 1769 MB, keep_alive: {keep_alive}, init_duration: 200ms, allocation: 0ms, handler: [ {{ compute: 20ms }} ] }} }}\n{thresholds}"
    )
}

#[test]
fn the_worst_for_a_table_comes_before_it_has_saved_anything() {
    let worst = sought(&shipped(), &asked("4x", "5s"));
    let by = worst.difference.as_ref().expect("it is measured");
    assert!((by.other - 1240.0 / 2400.0).abs() < 0.005 && by.base == 0.0, "{by:?}");
    assert_eq!((worst.broken.len(), worst.broken[0].worst, worst.broken[0].flat), (1, 0, 4));
    let shape: Vec<(f64, f64)> = worst.worst.shape.iter().map(|one| (one.duration_s, (one.rate * 1e6).round() / 1e6)).collect();
    assert_eq!(shape, [(15.0, 160.0), (45.0, 0.0)]);
    assert!(worst.breaks() && worst.ended.is_none());
}

#[test]
fn the_phases_to_paste_do_what_was_found() {
    let (text, asked) = (shipped(), asked("3x", "6s"));
    let worst = sought(&text, &asked);
    let folder = Folder(repository().to_owned());
    let pasted = format!("{text}{}", worst.overlay());
    let base = Base { file: "worst.yaml", bytes: pasted.as_bytes(), files: &folder, variant: Some("worst"), overrides: &[] };
    let world = base.world(&[]).expect("a variant that can be run");
    let pricing = Pricing::default();
    let how = How { bounds: Bounds::default(), threads: Threads::Cores, pricing: &pricing, told: &|_| (), stop: &|| false };
    let runs = coldfront::study::run_all(&[world], &worst.study.seeds, &how);
    let prints: Vec<&str> = runs[0].iter().map(|run| run.fingerprint.as_str()).collect();
    assert_eq!(prints, worst.worst.found.runs.iter().map(|run| run.fingerprint.as_str()).collect::<Vec<_>>());
}

#[test]
fn every_shape_that_is_tried_has_the_mean_and_keeps_the_bounds() {
    let worst = sought(&shipped(), &asked("4x", "5s"));
    assert!(worst.candidates.len() >= 30);
    for one in &worst.candidates {
        let requests: f64 = one.shape.iter().map(|stretch| stretch.duration_s * stretch.rate).sum();
        assert!((requests - 2400.0).abs() < 1e-6, "{one:?}");
        assert!(one.shape.iter().all(|stretch| (-1e-9..160.0 + 1e-6).contains(&stretch.rate) && stretch.duration_s >= 5.0), "{one:?}");
    }
}

#[test]
fn where_each_request_costs_the_same_no_shape_makes_a_larger_bill() {
    let table = "duration: 60s\nworkloads: { w: { target: t, operation: { put_item: { size: 1 KB } }, arrivals: uniform, phases: [ { duration: 60s, arrival_rate: 20/s } ] } }\n\
                 nodes: { t: { type: dynamodb, billing_mode: on_demand } }\n";
    let worst = sought(table, &asked("4x", "5s"));
    let by = worst.difference.as_ref().expect("it is priced");
    // A request more or less at an edge, of 1,200.
    assert!(by.metric == "cost_monthly" && (by.difference / by.base).abs() < 0.002, "{by:?}");
}

#[test]
fn environments_that_expire_make_gaps_dear_and_slow() {
    // INIT is billed: a crowd that comes at once needs more environments than one that comes evenly, and after a gap all of them again.
    let worst = sought(&function("3s", ""), &asked("5x", "2500ms"));
    let by = worst.difference.as_ref().expect("it is priced");
    assert!(by.significant && by.difference > 0.0, "{by:?}");
    let cold = |shaped: &coldfront::study::worst::Shaped| shaped.found.estimate("f", "cold_starts").map_or(0.0, |one| one.mean);
    assert!(cold(&worst.worst) > 4.0 * (1.0 + cold(&worst.flat)), "{} {}", cold(&worst.worst), cold(&worst.flat));
}

#[test]
fn where_nothing_breaks_it_says_so_and_names_the_nearest() {
    let calm = sought(&function("600s", "thresholds: [ \"w: p(50) < 10s\" ]\n"), &asked("2x", "10s"));
    assert!(!calm.breaks() && calm.sentence().starts_with("No shape within the bounds breaks a threshold"), "{}", calm.sentence());
}

#[test]
fn the_worst_is_the_same_on_any_number_of_threads() {
    let on = |threads| found(&shipped(), &asked("4x", "10s"), Threads::Just(threads), &|| false).expect("a sound question").json();
    assert!(on(1) == on(3));
}

#[test]
fn a_search_that_is_stopped_tells_the_worst_so_far() {
    let begun = std::sync::atomic::AtomicUsize::new(0);
    let stop = || begun.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 60;
    let worst = found(&shipped(), &asked("4x", "5s"), Threads::Just(1), &stop).expect("a sound question");
    assert_eq!(worst.ended.as_deref(), Some("interrupted"));
    assert!(worst.runs < 80 && !worst.candidates.is_empty());
}

#[test]
fn bad_bounds_are_refused_all_at_once_and_so_is_what_cannot_be_shaped() {
    let codes = |asked: &Asked| match found(&shipped(), asked, Threads::Cores, &|| false) {
        Err(Refused::Said(said)) => said.0.iter().map(|one| one.code).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let mut bad = asked("0.5x", "10m");
    bad.bounds.floor = Some("50/s".into());
    assert_eq!(codes(&bad), ["E198"; 3]);
    assert_eq!(codes(&Asked { workload: Some("nobody".into()), ..asked("4x", "5s") }), ["E199"]);
}
