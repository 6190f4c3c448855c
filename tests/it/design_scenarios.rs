//! The five scenarios that the language was designed with, read from `../shared`: which of them run, and what the others say that is not understood yet.
//!
//! Where the folder is absent, each test says that it skips.

use std::io::Write;

use coldfront::{engine::Bounds, simulation::Simulation, topology};

use crate::support::{Folder, Run, repository};

/// The text of a design scenario; `None` where there is none, which is said aloud.
fn design(file: &str) -> Option<String> {
    let path = repository().join("../shared/design/scenarios").join(file);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        // Not `eprintln`, which a passing test keeps to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED: {} is absent, so it was neither read nor run", path.display());
    }
    text
}

#[test]
fn a_poison_order_blocks_its_own_group_and_not_for_good() {
    let Some(text) = design("1-fifo.yaml") else { return };
    let run = Run::of("1-fifo.yaml", &text, &[]);
    let count = |node: &str, name: &str| run.counter(node, name);
    let level = |node: &str, name: &str| run.node(node).gauges.iter().find(|g| g.name == name).expect("a gauge");
    let (visible, in_flight) = (level("orders.fifo", VISIBLE), level("orders.fifo", "ApproximateNumberOfMessagesNotVisible"));
    let [sent, deleted, dead, expired] =
        ["NumberOfMessagesSent", "NumberOfMessagesDeleted", "DeadLetteredMessages", "ExpiredMessages"].map(|name| count("orders.fifo", name));
    assert_eq!(sent, deleted + dead + expired + (visible.last + in_flight.last) as f64, "no message is lost");
    assert_eq!((count("dead.fifo", "RedrivenInMessages"), expired), (dead, 0.0));

    // The sixth receive of a message finds that five were enough; between two lie three minutes.
    let first = level("dead.fifo", VISIBLE).window_maxima.iter().position(|level| *level > 0).expect("a poison order dies within the hour");
    assert!(run.record.window_ends[first].as_secs_f64() >= 5.0 * 180.0, "no order dies before its fifth failure is over");
    // Some die of their own poison, some behind it: a batch goes on no further than its first failure.
    let causes = ["DeadLetteredAfterErrors", "DeadLetteredBehindFailures"].map(|name| count("orders.fifo", name));
    assert_eq!(causes.iter().sum::<f64>(), dead);
    // Of the orders of the first three quarters of an hour a ten-thousandth is poisonous: 32 or so have died by the end.
    assert!((causes[0] - 32.4).abs() < 3.0 * 32.4_f64.sqrt(), "{causes:?}");
    // What waits behind a failure is of few groups: most orders are through within a second.
    let through = run.report().asynchronous.into_iter().find(|f| f.function == "work").expect("it is fed by the queue");
    assert!(through.end_to_end.p50_s < 1.0, "{} s", through.end_to_end.p50_s);
    assert!(level("work", "ConcurrentExecutions").max <= 50);

    // A message blocked once is older than the visibility timeout, so the first threshold is breached; the second holds.
    let results: Vec<bool> = run.report().thresholds.iter().map(|result| result.passed).collect();
    assert_eq!(results, [false, true]);
}

const VISIBLE: &str = "ApproximateNumberOfMessagesVisible";

/// What the others ask for that is not understood, so that none of it is forgotten.
const NOT_YET: &[(&str, &[&str])] = &[
    (
        "2-saga.yaml",
        &[
            "E020 expected one verb and what it asks, such as `{ get_item: { size: 4 KB } }`, found a map",
            "E031 nodes of the kind `step_functions` are not understood by this version of coldfront",
        ],
    ),
    (
        "3-hotkey.yaml",
        &[
            "E022 an operation on a table has no field `on_throttle`",
            "E022 a table has no field `stream`",
            "E021 a scalable target needs `min_capacity`: a whole number, 0 or more",
            "E021 a scalable target needs `max_capacity`: a whole number, 0 or more",
            "E022 a scalable target has no field `min`",
            "E022 a scalable target has no field `max`",
            "E022 a scalable target has no field `target`",
            "E021 an event source needs `queue`: text",
            "E022 an event source has no field `stream`",
            "E022 an event source has no field `parallelization_factor`",
            "E022 an event source has no field `bisect_batch_on_function_error`",
            "E022 an event source has no field `maximum_record_age`",
            "E022 an event source has no field `on_failure`",
        ],
    ),
    (
        "4-tenants.yaml",
        &["E035 `api` uses the attribute `page`, which no workload draws", "E035 `api` uses the attribute `user`, which no workload draws"],
    ),
    (
        "5-storm.yaml",
        &[
            "E022 a call has no field `circuit_breaker`",
            "E022 a call has no field `bulkhead`",
            "E031 nodes of the kind `external` are not understood by this version of coldfront",
            "E021 a fault needs `for`: a duration such as `30s`",
            "E022 a fault has no field `flush_environments`",
            "E021 a fault needs `at`: a duration such as `30s`",
            "E021 a fault needs `for`: a duration such as `30s`",
            "E021 a fault needs `node`: text",
            "E022 a fault has no field `during`",
            "E022 a fault has no field `edge`",
            "E022 a fault has no field `lost`",
            "E037 a workload has no metric `retry_amplification`",
        ],
    ),
];

#[test]
fn what_the_other_designs_ask_for_is_known_key_by_key() {
    for (file, expected) in NOT_YET {
        let Some(text) = design(file) else { return };
        let loaded = topology::load(file, text.as_bytes(), &[], &Folder(repository().to_owned()));
        match loaded.ready() {
            // All of it is understood: then it runs, and leaves this list.
            Some(scenario) => {
                Simulation::new(scenario, Bounds::default()).run();
                panic!("{file} runs: take it out of this list, and claim something of it");
            }
            None => {
                let errors = loaded.parsed.diagnostics.iter().filter(|d| d.is_error());
                let (mut said, mut expected): (Vec<String>, Vec<&str>) =
                    (errors.map(|d| format!("{} {}", d.code, d.message)).collect(), expected.to_vec());
                said.sort();
                expected.sort();
                assert_eq!(said, expected, "{file}");
            }
        }
    }
}
