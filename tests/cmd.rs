//! What the pages say the program prints, it prints: console transcripts run as tests, and outputs that are kept in files.
//!
//! ```text
//! ```console   $ coldfront …    its output, with `[..]` and `...` where figures may differ     (trycmd)
//! ```sh        cargo run --release -- ARGS    is run as `coldfront ARGS`; `cargo test` is what runs this
//! ```
//!
//! `UPDATE_GOLDEN=1 cargo test --test cmd` writes the kept outputs anew, `TRYCMD=overwrite cargo test --test cmd` the transcripts.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn coldfront(arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coldfront"));
    command.args(arguments.split_whitespace()).current_dir(root()).env("NO_COLOR", "1");
    command.output().expect("the binary is built")
}

/// What a command that succeeds prints on stdout.
fn printed(arguments: &str) -> String {
    let output = coldfront(arguments);
    assert!(output.status.success(), "coldfront {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints text")
}

/// Holds a file against what it should be, or writes it where `UPDATE_GOLDEN` is set.
#[track_caller]
fn fresh(name: &str, wanted: &str) {
    let path: PathBuf = root().join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        return fs::write(&path, wanted).expect("it can be written");
    }
    assert!(page(name) == wanted, "{name} is stale: run `UPDATE_GOLDEN=1 cargo test --test cmd`");
}

/// The fenced blocks of a page in this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let open = format!("```{language}\n");
    page.split(&open).skip(1).map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn transcripts_are_true() {
    let cases = trycmd::TestCases::new();
    cases.default_bin_path(env!("CARGO_BIN_EXE_coldfront")).env("NO_COLOR", "1");
    cases.case("README.md").case("docs/*.md").case("tests/cmd/*.md");
}

#[test]
fn every_command_of_the_readme_and_the_quickstart_works() {
    let mut met = 0;
    for line in ["README.md", "docs/quickstart.md"]
        .iter()
        .flat_map(|name| blocks(&page(name), "sh"))
        .collect::<Vec<_>>()
        .iter()
        .flat_map(|block| block.lines())
        .filter(|line| !line.trim().is_empty())
    {
        met += 1;
        let command = line.split('#').next().unwrap_or_default().trim();
        match command.strip_prefix("cargo run --release -- ") {
            Some(arguments) => drop(printed(arguments)),
            None => assert!(["cargo test", "cargo install --path ."].contains(&command), "nothing runs `{command}`"),
        }
    }
    assert!(met >= 2, "the README shows how to run and how to test");
}

#[test]
fn the_readme_shows_what_quickstart_prints() {
    let report = printed("run scenarios/quickstart.yaml --quiet");
    let mean = report.lines().position(|line| line.trim_start().starts_with("mean ")).expect("a histogram with its mean");
    let until = report.lines().skip(mean).position(str::is_empty).expect("and a blank line after it") + mean;
    let shown: Vec<&str> = report.lines().take(until).collect();
    let cost = report.lines().position(|line| line.starts_with("── What it costs")).expect("a statement");
    let statement: Vec<&str> = report.lines().skip(cost).take_while(|line| !line.starts_with("── Thresholds")).collect();
    let begun = with_block(&page("README.md"), "output of quickstart", &format!("{}\n\n…", shown.join("\n")));
    fresh("README.md", &with_block(&begun, "statement of quickstart", statement.join("\n").trim_end()));
}

/// A page with this between a marker and its end.
fn with_block(page: &str, marker: &str, text: &str) -> String {
    let open = format!("<!-- {marker} -->\n");
    let start = page.find(&open).expect("the page shows it") + open.len();
    let end = start + page[start..].find("<!-- end -->").expect("it ends");
    format!("{}```text\n{text}\n```\n{}", &page[..start], &page[end..])
}

/// What the gallery shows: a folder of `reports/`, and the scenario.
const GALLERY: [(&str, &str); 3] = [
    ("quickstart", "scenarios/quickstart.yaml"),
    ("cold-starts", "scenarios/lessons/02-cold-starts.yaml"),
    ("backlog-drain", "scenarios/messaging/backlog-drain.yaml"),
];

/// The page and the charts of a folder that `--out` has filled, with slashes; series and histograms are too large to be kept.
fn kept(folder: &Path) -> Vec<String> {
    let names = |below: &str| -> Vec<String> {
        let Ok(entries) = fs::read_dir(folder.join(below)) else { return Vec::new() };
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect()
    };
    let mut found: Vec<String> = names("charts").into_iter().map(|name| format!("charts/{name}")).collect();
    found.extend(names("").into_iter().filter(|name| name.ends_with(".md")));
    found.sort();
    found
}

#[test]
fn the_gallery_is_fresh() {
    fresh("reports/quickstart.txt", &printed("run scenarios/quickstart.yaml --quiet"));
    for (name, scenario) in GALLERY {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gallery").join(name);
        let _ = fs::remove_dir_all(&made);
        printed(&format!("run {scenario} --quiet --out {}", made.display()));
        let shown = root().join("reports").join(name);
        if env::var_os("UPDATE_GOLDEN").is_some() {
            let _ = fs::remove_dir_all(&shown);
            fs::create_dir_all(shown.join("charts")).expect("it can be made");
        } else {
            assert_eq!(kept(&shown), kept(&made), "reports/{name} is stale: run `UPDATE_GOLDEN=1 cargo test --test cmd`");
        }
        for file in kept(&made) {
            fresh(&format!("reports/{name}/{file}"), &fs::read_to_string(made.join(&file)).expect("it was written"));
        }
    }
}

#[test]
fn a_folder_that_cannot_be_written_to_is_met_before_the_run() {
    let output = coldfront("run scenarios/quickstart.yaml --quiet --out Cargo.toml/below");
    assert_eq!(output.status.code(), Some(74));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("error: cannot write to `Cargo.toml/below`") && output.stdout.is_empty(), "{said}");
}
