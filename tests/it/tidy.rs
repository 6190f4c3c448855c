//! The house, held by reading the tree: which room may know which, how long files and functions may be, what every part must come with.
//!
//! Each rule is a test of its own and names every place that breaks it. Measures are crude on purpose: they read rustfmt's layout, not Rust.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use coldfront::{scenario::codes::CODES, service::Spec};

/// The rooms, lowest first: each may know those before it.
const ROOMS: [&str; 14] = [
    "units",
    "platform",
    "document",
    "metrics",
    "mechanism",
    "engine",
    "service",
    "scenario",
    "topology",
    "simulation",
    "cost",
    "report",
    "study",
    "cli",
];

/// Longest source file, in lines.
const FILE_LINES_MAX: usize = 600;

/// Words that say where something was written rather than what it is.
const MACHINE_PATHS: [&str; 3] = ["/work/", "/tmp/", "/home/"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` with this extension, as its path from the root and its text, in order.
fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let (mut found, mut left) = (Vec::new(), vec![root().join(folder)]);
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).expect("a directory can be read").map(|entry| entry.expect("and its entries").path()));
        } else if path.extension().is_some_and(|e| e == extension) {
            let name = path.strip_prefix(root()).expect("it is below the root").to_string_lossy().into_owned();
            found.push((name, fs::read_to_string(&path).expect("it is text")));
        }
    }
    found.sort();
    found
}

/// What people read: the pages at the top, and those under `docs` and `reports`.
fn pages() -> Vec<(String, String)> {
    let top = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(|name| (name.to_owned(), fs::read_to_string(root().join(name)).expect(name)));
    top.into_iter().chain(files("docs", "md")).chain(files("reports", "md")).collect()
}

/// The text before the tests of a file, without comments.
fn code(text: &str) -> String {
    let before_tests = text.split("\n#[cfg(test)]\n").next().unwrap_or_default();
    before_tests.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

#[track_caller]
fn none(broken: Vec<String>) {
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The first part of a path below `src`: `engine` of `src/engine/queue.rs` and of `src/engine.rs`.
fn room(name: &str) -> &str {
    let below = name.strip_prefix("src/").expect("a source file");
    below.split('/').next().unwrap_or(below).trim_end_matches(".rs")
}

/// Every first part of a path that begins with `crate::`, those in braces too.
fn imported(code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let mut depth = 1;
        let mut start = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => start = true,
                c if start && c.is_alphabetic() => {
                    found.insert(word(&group[at..]));
                    start = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

#[test]
fn a_room_knows_only_those_before_it() {
    let level = |room: &str| ROOMS.iter().position(|known| *known == room);
    let mut broken = Vec::new();
    for (name, text) in files("src", "rs") {
        let Some(own) = level(room(&name)) else { continue };
        let back = imported(&code(&text)).into_iter().filter(|other| level(other).is_some_and(|other| other > own));
        broken.extend(back.map(|other| format!("{name} knows `{other}`")));
    }
    none(broken);
}

#[test]
fn every_room_has_its_place() {
    let rooms: BTreeSet<String> = files("src", "rs").iter().map(|(name, _)| room(name).to_owned()).collect();
    let known: BTreeSet<String> = ROOMS.iter().chain(["lib", "main"].iter()).map(|room| (*room).to_owned()).collect();
    assert_eq!(rooms, known);
}

#[test]
fn the_engine_knows_neither_aws_nor_yaml() {
    let words = ["lambda", "dynamo", "gateway", "yaml", "serde", "platform::"];
    let mut broken = Vec::new();
    for (name, text) in files("src/engine", "rs").into_iter().chain(files("src/mechanism", "rs")) {
        let code = code(&text).to_lowercase();
        broken.extend(words.iter().filter(|word| code.contains(**word)).map(|word| format!("{name} says `{word}`")));
    }
    none(broken);
}

#[test]
fn only_one_file_knows_the_yaml_crate() {
    let knows = files("src", "rs").into_iter().filter(|(_, text)| code(text).contains("saphyr")).map(|(name, _)| name);
    assert_eq!(knows.collect::<Vec<_>>(), ["src/scenario/read.rs"]);
}

#[test]
fn no_file_is_too_long() {
    let long = files("src", "rs").into_iter().map(|(name, text)| (name, text.lines().count())).filter(|(_, lines)| *lines > FILE_LINES_MAX);
    none(long.map(|(name, lines)| format!("{name} has {lines} lines")).collect());
}

#[test]
fn every_file_says_what_it_is() {
    let documented = |text: &str| text.lines().take_while(|line| line.starts_with("//!")).count();
    let silent = files("src", "rs").into_iter().filter(|(name, text)| documented(text) < if name == "src/main.rs" { 1 } else { 2 });
    none(silent.map(|(name, _)| format!("{name} opens with less than two lines of `//!`")).collect());
}

#[test]
fn no_room_is_a_junk_drawer() {
    let junk = ["util", "utils", "common", "helper", "helpers", "types", "misc", "prelude"];
    let named = |name: &str| name.trim_end_matches(".rs").split('/').any(|part| junk.contains(&part));
    none(files("src", "rs").into_iter().filter(|(name, _)| named(name)).map(|(name, _)| format!("{name} is named after nothing")).collect());
}

/// The lengths of all functions, in lines from `fn` to the closing brace, tests left out.
fn functions() -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (name, text) in files("src", "rs") {
        let code = code(&text);
        let lines: Vec<&str> = code.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let bare = line.trim_start();
            let indent = &line[..line.len() - bare.len()];
            let is_function = ["fn ", "pub fn ", "const fn ", "pub const fn "].iter().any(|start| bare.starts_with(start))
                || bare.starts_with("pub(") && bare.contains(") fn ");
            if !is_function || line.trim_end().ends_with(';') {
                continue;
            }
            let closing = format!("{indent}}}");
            let length = if line.trim_end().ends_with('}') { 1 } else { lines[at..].iter().position(|l| *l == closing).map_or(1, |n| n + 1) };
            found.push((length, format!("{name}: {bare}")));
        }
    }
    found.sort();
    found
}

#[test]
fn functions_are_short() {
    let functions = functions();
    let at = |share: f64| &functions[((functions.len() - 1) as f64 * share) as usize];
    assert!(functions.len() > 500, "{} functions were found", functions.len());
    assert!(at(0.5).0 <= 8, "the median function has {} lines", at(0.5).0);
    assert!(at(0.99).0 <= 70, "one function in a hundred is longer than {} lines: {}", at(0.99).0, at(0.99).1);
}

#[test]
fn nothing_gives_up_on_what_a_user_wrote() {
    let words = [".unwrap()", "todo!", "unimplemented!", "dbg!", "println!", "allow(dead_code)"];
    let mut broken = Vec::new();
    for (name, text) in files("src", "rs") {
        let code = code(&text);
        broken.extend(words.iter().filter(|word| code.contains(**word)).map(|word| format!("{name} has `{word}`")));
    }
    none(broken);
}

#[test]
fn nothing_but_the_command_line_looks_at_the_machine() {
    let words = ["std::fs", "std::env", "Instant::now", "SystemTime", "std::thread", "std::net", "StdRng", "SmallRng", "thread_rng"];
    let mut broken = Vec::new();
    for (name, text) in files("src", "rs").into_iter().filter(|(name, _)| room(name) != "cli" && name != "src/main.rs") {
        let code = code(&text);
        broken.extend(words.iter().filter(|word| code.contains(**word)).map(|word| format!("{name} has `{word}`")));
    }
    none(broken);
}

#[test]
fn no_page_and_no_file_names_a_place_on_a_machine() {
    let mut broken = Vec::new();
    for (name, text) in files("src", "rs").into_iter().chain(pages()).chain(files("scenarios", "yaml")) {
        broken.extend(MACHINE_PATHS.iter().filter(|path| text.contains(**path) && !is_aws(&text, path)).map(|path| format!("{name} names `{path}`")));
    }
    none(broken);
}

/// Lambda's own `/tmp` is AWS's.
fn is_aws(text: &str, path: &str) -> bool {
    text.matches(path).count() == text.matches(&format!("`{path}")).count()
}

#[test]
fn every_kind_has_a_page_and_a_scenario() {
    let scenarios: String = files("scenarios", "yaml").into_iter().map(|(_, text)| text).collect();
    let mut broken = Vec::new();
    for kind in Spec::KINDS {
        if !root().join(format!("docs/model/{kind}.md")).is_file() {
            broken.push(format!("docs/model/{kind}.md is missing"));
        }
        if !scenarios.contains(&format!("type: {kind}")) {
            broken.push(format!("no scenario has a node of the kind `{kind}`"));
        }
    }
    none(broken);
}

#[test]
fn every_page_of_a_model_has_the_same_parts() {
    let parts = ["## What is left out", "## Sources", "src/service/"];
    let pages = files("docs/model", "md");
    none(
        pages
            .iter()
            .flat_map(|(name, text)| parts.iter().filter(|part| !text.contains(**part)).map(move |part| format!("{name} lacks `{part}`")))
            .collect(),
    );
}

#[test]
fn every_code_is_documented_and_used() {
    let is_code = |word: &&str| word.len() == 4 && word.starts_with(['E', 'W']) && word[1..].bytes().all(|b| b.is_ascii_digit());
    let mut used = BTreeSet::new();
    for (name, text) in files("src", "rs").into_iter().filter(|(name, _)| name != "src/scenario/codes.rs") {
        used.extend(code(&text).split('"').filter(is_code).map(|code| (code.to_owned(), name.clone())));
    }
    let known: BTreeSet<&str> = CODES.iter().map(|(code, _)| *code).collect();
    let silent = used.iter().filter(|(code, _)| !known.contains(code.as_str())).map(|(code, name)| format!("{name}: {code} is not in codes.rs"));
    let unused = known.iter().filter(|known| !used.iter().any(|(code, _)| code == *known)).map(|code| format!("{code} is never said"));
    none(silent.chain(unused).collect());
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for (name, text) in pages() {
        let folder = root().join(&name).parent().map(Path::to_owned).unwrap_or_default();
        for (at, _) in text.match_indices("](") {
            let link = text[at + 2..].split([')', '#']).next().unwrap_or_default();
            if !link.is_empty() && !link.starts_with("http") && !folder.join(link).exists() {
                broken.push(format!("{name} links to {link}"));
            }
        }
    }
    none(broken);
}

#[test]
fn imports_are_found_in_braces_too() {
    let code = "use crate::{\n    engine::{Ix, World},\n    units::Time,\n};\nuse crate::report;\nlet x = crate::metrics::mean();";
    assert_eq!(imported(code).into_iter().collect::<Vec<_>>(), ["engine", "metrics", "report", "units"]);
}
