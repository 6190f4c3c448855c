//! The YAML on the pages means something: each block is read and checked, alone where it is a whole scenario, else as a part of one.
//!
//! ```text
//! workloads: … nodes: …          alone
//! variants: …                    laid over tests/docs/account.yaml
//! items: { type: … }             the same, as one of its nodes
//! - compute: 5ms                 the same, as the handler of a function
//! ```
//!
//! Console blocks are run by `tests/cmd.rs`, Rust blocks by rustdoc. `docs/errors.md` is about what is wrong, and has a test of its own.

use coldfront::topology;

use crate::support::{Folder, repository};

/// What parts are laid over.
const STAGE: &str = "include: tests/docs/account.yaml\n";
/// Keys of the top level.
const TOP: [&str; 18] = [
    "name",
    "duration",
    "warm_up",
    "represents",
    "seed",
    "region",
    "as_of",
    "quotas",
    "defaults",
    "workloads",
    "nodes",
    "faults",
    "thresholds",
    "variants",
    "resolution",
    "expect",
    "cases",
    "decide",
];

/// Every page, as its path and its text.
fn pages() -> Vec<(String, String)> {
    let mut left = vec![repository().join("README.md"), repository().join("docs")];
    let mut found = Vec::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "md") && !path.ends_with("docs/errors.md") {
            let name = path.strip_prefix(repository()).expect("below").display().to_string();
            found.push((name, std::fs::read_to_string(&path).expect("a page is text")));
        }
    }
    found.sort();
    found
}

/// The YAML blocks of a page with the number of their first line.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in page.lines().enumerate() {
        match &mut open {
            Some(_) if line.starts_with("```") => found.extend(open.take()),
            Some((_, text)) => {
                text.push_str(line);
                text.push('\n');
            }
            None if line == "```yaml" => open = Some((number + 2, String::new())),
            None => {}
        }
    }
    found
}

/// A scenario that has this block in it.
fn scenario(block: &str) -> String {
    let keys: Vec<&str> =
        block.lines().filter(|line| !line.starts_with([' ', '#', '-', '}'])).filter_map(|line| line.split_once(':')).map(|(key, _)| key).collect();
    let indented = |by: &str| block.lines().map(|line| format!("{by}{line}\n")).collect::<String>();
    let has = |key: &str| keys.contains(&key);
    if block.trim_start().starts_with('-') {
        return format!("{STAGE}nodes:\n  send_mail:\n    handler:\n{}", indented("      "));
    }
    if has("workloads") && has("nodes") && has("duration") || has("include") {
        return block.to_owned();
    }
    match keys.iter().all(|key| TOP.contains(key) || key.starts_with("x-")) {
        true => format!("{STAGE}{block}"),
        false => format!("{STAGE}nodes:\n{}", indented("  ")),
    }
}

#[test]
fn every_yaml_block_of_the_pages_is_understood() {
    let mut met = 0;
    let mut wrong = Vec::new();
    for (page, text) in pages() {
        for (line, block) in blocks(&text) {
            met += 1;
            if block.lines().any(|line| line.starts_with("usage:")) {
                let found = crate::support::usage(&block).parsed.diagnostics;
                wrong.extend(found.iter().map(|d| format!("{page}:{line}: {} {}", d.code, d.message)));
                continue;
            }
            let text = scenario(&block);
            let loaded = topology::load("page.yaml", text.as_bytes(), &[], &Folder(repository().to_owned()));
            let variants = topology::variants("page.yaml", text.as_bytes(), &[], &Folder(repository().to_owned()), &loaded);
            let found = loaded.parsed.diagnostics.iter().chain(&variants).filter(|d| d.is_error());
            wrong.extend(found.map(|d| format!("{page}:{line}: {} {}", d.code, d.message)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(met >= 9, "{met} blocks");
}
