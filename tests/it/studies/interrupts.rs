//! Ctrl-C: every study ends by itself, with exit code 130 and what is done so far on stdout.
//!
//! The studies here would take hours; each is interrupted once, when it has begun.

#![cfg(unix)]

use std::process::{Command, Stdio};
use std::time::Duration;

/// A scenario of some milliseconds a run, with a question for every verb.
const SHOP: &str = "
duration: 60s
workloads: { shoppers: { target: shop, phases: [ { duration: 60s, arrival_rate: 200/s } ] } }
nodes: { shop: { type: server, slots: 3, service_time: exponential(mean=14ms) } }
thresholds: [ \"shoppers: p(99) < 90ms\" ]
";

/// Exit code, and what was printed.
fn interrupted(name: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = std::env::temp_dir().join(format!("coldfront-interrupted-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("shop.yaml"), SHOP).expect("a scenario");
    let child = Command::new(env!("CARGO_BIN_EXE_coldfront"))
        .args(arguments)
        .current_dir(&folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program begins");
    std::thread::sleep(Duration::from_millis(2500));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("there is `kill`");
    assert!(killed.success(), "{name} had ended already");
    let output = child.wait_with_output().expect("it ends");
    let _ = std::fs::remove_dir_all(folder);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn every_study_that_is_interrupted_ends_with_130_and_says_what_is_done() {
    let studies: [(&str, &[&str], &str); 7] = [
        ("replicate", &["replicate", "shop.yaml", "--replications", "100000"], "shoppers"),
        ("compare", &["compare", "shop.yaml", "--set", "nodes.shop.slots=4", "--replications", "100000"], "shoppers"),
        ("sweep", &["sweep", "shop.yaml", "--vary", "nodes.shop.slots=1..40:40", "--replications", "9000"], "nodes.shop.slots"),
        (
            "solve",
            &["solve", "shop.yaml", "--decide", "nodes.shop.slots=1..400", "--minimise", "shoppers: mean", "--replications", "9000"],
            "nodes.shop.slots",
        ),
        ("capacity", &["capacity", "shop.yaml", "--replications", "9000"], "load"),
        ("why", &["why", "shop.yaml", "--replications", "10000"], "Interrupted"),
        ("worst", &["worst", "shop.yaml", "--runs", "100000", "--replications", "9000"], "Interrupted"),
    ];
    std::thread::scope(|scope| {
        let begun = studies.map(|(name, arguments, said)| (name, said, scope.spawn(move || interrupted(name, arguments))));
        for (name, said, study) in begun {
            let (exit, text) = study.join().expect("it was interrupted");
            assert_eq!(exit, Some(130), "{name}: {text}");
            assert!(text.contains(said), "{name}: {text}");
        }
    });
}
