//! The outcome of every scenario, held fast: a fingerprint of all that happened, and a summary for people.
//!
//! A change of the engine, a service or a draw changes fingerprints; the difference in the summaries then says whether anything else did. Made anew by
//!
//! ```sh
//! UPDATE_GOLDEN=1 cargo test golden
//! ```
//!
//! The same file is compared by `cargo test` and by `cargo test --release`: debug and release builds agree, event by event.

use crate::support::{Run, SCENARIOS, repository};
use std::fmt::Write;

const FILE: &str = "tests/it/golden/fingerprints.txt";

const HEAD: &str =
    "# What came of each scenario. Made by `UPDATE_GOLDEN=1 cargo test golden`; refused counts what limits refused, retries included.\n";

fn line(run: &Run) -> String {
    let all = run.everyone();
    let refused: u64 = run.record.limits.iter().map(|limit| limit.refused).sum();
    let ms = |q| all.ok.quantile(q).as_micros() as f64 / 1e3;
    let name = run.name.trim_start_matches("scenarios/");
    format!(
        "{name:38} {:016x}  requests {:7}  ok {:7}  refused {refused:6}  p50 {:8.3} ms  p99 {:9.3} ms\n",
        run.record.fingerprint,
        all.offered,
        all.ok.count(),
        ms(0.5),
        ms(0.99)
    )
}

#[test]
fn every_scenario_comes_out_as_it_always_has() {
    let now = SCENARIOS.iter().fold(HEAD.to_owned(), |mut text, run| {
        let _ = text.write_str(&line(run));
        text
    });
    let path = repository().join(FILE);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, now).expect("the golden file can be written");
        return;
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    let changed: Vec<String> = now.lines().filter(|line| !golden.lines().any(|old| old == *line)).map(|line| format!("+ {line}")).collect();
    let gone: Vec<String> = golden.lines().filter(|line| !now.lines().any(|new| new == *line)).map(|line| format!("- {line}")).collect();
    assert!(
        changed.is_empty() && gone.is_empty(),
        "{FILE} differs; where that is meant, run `UPDATE_GOLDEN=1 cargo test golden`:\n{}\n{}",
        gone.join("\n"),
        changed.join("\n")
    );
}
