//! `docs/errors.md` is true: a page for every code, each example gives its code and nothing else, each mend is without it.
//!
//! ```text
//! ```yaml            a whole scenario                                       the first is wrong, the second is mended
//! ```yaml,change     the lines of the first that change, at their place     maps are merged, all else is replaced
//! ```csv             the file `day.csv` of the example; where there are two, the second is mended
//! ```sh              a command with `--set` or `--variant`, or of a study, the first wrong, the second mended
//! ```
//!
//! What is printed for code hosts is held against the standard as well: by hand, and by the official schema of SARIF 2.1.0 where it is to be had.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs, io::Write};

use coldfront::document::Diagnostic;
use coldfront::scenario::codes::CODES;
use coldfront::scenario::pages::{Page, page, pages};
use coldfront::scenario::{Edits, Files, sarif::Log};
use coldfront::topology::{Loaded, load};
use serde_json::Value;

/// Codes whose example is no text, or too long for a page.
const WITHOUT_EXAMPLE: [&str; 3] = ["E002", "E006", "E121"];

/// Longest page, in lines: it should fit on a screen.
const PAGE_LINES_MAX: usize = 36;

/// The fenced blocks of a page: language and content.
fn blocks(text: &'static str) -> Vec<(&'static str, &'static str)> {
    let fenced = text.split("\n```").skip(1).step_by(2);
    fenced.map(|block| block.split_once('\n').expect("a block has lines")).collect()
}

/// What a page shows, in order: language (`yaml`, `csv`, …) and content.
fn of_language(page: &Page, language: &str) -> Vec<(&'static str, &'static str)> {
    blocks(page.text).into_iter().filter(|(own, _)| own.split(',').next() == Some(language)).collect()
}

/// The verbs whose complaints are not about the scenario, so that they are run.
const STUDIES: [&str; 8] = ["replicate", "compare", "sweep", "merge", "solve", "capacity", "why", "worst"];

/// The commands of a page about a study.
fn studied(page: &Page) -> Option<Vec<&'static str>> {
    let commands: Vec<&str> = of_language(page, "sh").into_iter().map(|(_, text)| text).collect();
    let is_study = |text: &&str| text.lines().any(|line| STUDIES.iter().any(|verb| line.starts_with(&format!("coldfront {verb} "))));
    (!commands.is_empty() && commands.iter().all(is_study)).then_some(commands)
}

struct Trace(Option<&'static str>);

impl Files for Trace {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let text = self.0.unwrap_or("0\n1\n");
        if path == "day.csv" { Ok(text.as_bytes().to_vec()) } else { Err("there is no such file".into()) }
    }
}

/// The value of `--set` in a command.
fn overrides(command: Option<&(&str, &str)>) -> Vec<(String, String)> {
    let set = command.and_then(|(_, command)| command.trim().split_once("--set "));
    set.and_then(|(_, set)| set.split_once('=')).map(|(path, value)| (path.to_owned(), value.to_owned())).into_iter().collect()
}

/// A text as a command loads it; a usage file has usage or meters at its top, and is priced.
fn loaded(text: &str, command: Option<&(&str, &str)>, files: &Trace) -> Loaded {
    if text.lines().any(|line| line.starts_with("usage:") || line.starts_with("meters:")) {
        return crate::support::usage(text);
    }
    let named = |option: &str| command.and_then(|(_, command)| command.trim().split_once(option)).map(|(_, name)| name);
    let (variant, case) = (named("--variant "), named("--case "));
    load("shop.yaml", text.as_bytes(), Edits { variant, case, overrides: &overrides(command) }, files)
}

/// `change` put over `whole`.
fn merged(whole: serde_yaml::Value, change: serde_yaml::Value) -> serde_yaml::Value {
    match (whole, change) {
        (serde_yaml::Value::Mapping(mut whole), serde_yaml::Value::Mapping(change)) => {
            for (key, value) in change {
                let value = match whole.get(&key) {
                    Some(old) => merged(old.clone(), value),
                    None => value,
                };
                whole.insert(key, value);
            }
            serde_yaml::Value::Mapping(whole)
        }
        (_, change) => change,
    }
}

/// The example of a page as it is loaded.
fn wrong(page: &Page) -> Option<Loaded> {
    let trace = Trace(of_language(page, "csv").first().map(|(_, text)| *text));
    let (_, first) = *of_language(page, "yaml").first()?;
    Some(loaded(first, of_language(page, "sh").first(), &trace))
}

/// The mended example, where the page has one.
fn mended(page: &Page) -> Option<Loaded> {
    let (examples, commands) = (of_language(page, "yaml"), of_language(page, "sh"));
    let file = of_language(page, "csv").get(1).map(|(_, text)| *text);
    let text = match (examples.get(1), commands.get(1)) {
        (Some(("yaml,change", change)), _) => {
            let read = |text: &str| serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", page.code));
            serde_yaml::to_string(&merged(read(examples[0].1), read(change))).expect("YAML can be written")
        }
        (Some((_, whole)), _) => (*whole).to_owned(),
        (None, Some(_)) => examples[0].1.to_owned(),
        (None, None) if file.is_some() => examples[0].1.to_owned(),
        (None, None) => return None,
    };
    Some(loaded(&text, commands.get(1), &Trace(file)))
}

fn codes(loaded: &Loaded) -> Vec<&'static str> {
    let mut codes: Vec<&str> = loaded.parsed.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    codes.dedup();
    codes
}

#[test]
fn every_code_has_its_page_in_the_order_of_the_table() {
    let document = fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md")).expect("docs/errors.md");
    let headings: Vec<&str> = document.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let wanted: Vec<String> = CODES.iter().map(|(code, meaning)| format!("{code}: {meaning}")).collect();
    assert_eq!(headings, wanted, "left: docs/errors.md; right: scenario/codes.rs");
    assert_eq!(pages().map(|page| page.heading).collect::<Vec<_>>(), headings);
}

#[test]
fn every_example_gives_its_code_and_no_other() {
    for page in pages() {
        match wrong(&page) {
            Some(loaded) if studied(&page).is_some() => assert!(codes(&loaded).is_empty(), "{}: {:?}", page.code, loaded.parsed.diagnostics),
            Some(loaded) => assert_eq!(codes(&loaded), [page.code], "{:?}", loaded.parsed.diagnostics),
            None => assert!(WITHOUT_EXAMPLE.contains(&page.code), "{} has no example", page.code),
        }
    }
}

#[test]
fn every_example_of_a_study_gives_its_code_until_it_is_mended() {
    for page in pages() {
        let (Some(commands), Some((_, yaml))) = (studied(&page), of_language(&page, "yaml").first().copied()) else { continue };
        let of = |number: usize| crate::support::asked(yaml, commands[number]);
        let (exit, said) = of(0);
        // What cannot be kept is an answer, as of a run that breaches a threshold.
        let wanted = if ["E194", "E197"].contains(&page.code) { 99 } else { 2 };
        assert!(exit == Some(wanted) && said.contains(&format!("error[{}]", page.code)), "{}: {exit:?} {said}", page.code);
        if commands.len() > 1 {
            let (exit, said) = of(1);
            assert!(exit == Some(0) && !said.contains("error["), "{}: {exit:?} {said}", page.code);
        }
    }
}

#[test]
fn every_mended_example_is_without_fault() {
    let mut met = 0;
    for page in pages() {
        let Some(loaded) = mended(&page) else { continue };
        assert!(loaded.parsed.diagnostics.is_empty(), "{}: {:?}", page.code, loaded.parsed.diagnostics);
        met += 1;
    }
    assert!(met * 10 > CODES.len() * 9, "{met} of {} pages show the mend", CODES.len());
}

#[test]
fn every_page_can_be_read_at_a_glance() {
    for page in pages() {
        let lines = page.text.lines().count();
        assert!(lines <= PAGE_LINES_MAX, "{} has {lines} lines", page.code);
        assert!((20..=700).contains(&page.summary().len()), "{} opens with `{}`", page.code, page.summary());
        assert_eq!(page.text.matches("\n```").count() % 2, 0, "{} has a block that does not end", page.code);
    }
}

/// Every example in one log, and a file that is not there.
fn log() -> Value {
    let mut log = Log::new("/shops");
    for loaded in pages().filter_map(|page| wrong(&page)) {
        log.add(&loaded.parsed.diagnostics, &loaded.parsed.sources, |diagnostic: &Diagnostic| diagnostic.severity);
    }
    log.unreadable("my shop.yaml", "cannot read `my shop.yaml`: there is no such file");
    log.finish()
}

#[test]
fn sarif_has_what_the_standard_requires() {
    let log = log();
    assert_eq!((&log["version"], log["$schema"].is_string()), (&"2.1.0".into(), true));
    let run = &log["runs"][0];
    assert_eq!((&run["tool"]["driver"]["name"], &run["columnKind"]), (&"coldfront".into(), &"unicodeCodePoints".into()));
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let of_studies = pages().filter(|page| studied(page).is_some()).count();
    assert_eq!(rules.len(), CODES.len() - WITHOUT_EXAMPLE.len() - of_studies);
    for rule in rules {
        let own = page(rule["id"].as_str().expect("an id")).expect("its page");
        assert_eq!((rule["fullDescription"]["text"].as_str(), rule["help"]["markdown"].as_str()), (Some(&*own.summary()), Some(own.text)));
    }
    for result in run["results"].as_array().expect("results") {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(rules[index]["defaultConfiguration"]["level"], result["level"]);
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
        let region = &result["locations"][0]["physicalLocation"]["region"];
        let place = |of: &str| region[of].as_u64().expect(of);
        assert!((1, 1) <= (place("startLine"), place("startColumn")));
        assert!((place("startLine"), place("startColumn")) <= (place("endLine"), place("endColumn")));
    }
    let notification = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "my%20shop.yaml");
}

/// The schema as OASIS publishes it: from `SARIF_SCHEMA`, or out of the crate `serde-sarif`, where that was ever fetched.
fn official_schema() -> Option<PathBuf> {
    if let Some(path) = env::var_os("SARIF_SCHEMA") {
        return Some(path.into());
    }
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")))?;
    let below = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut crates: Vec<PathBuf> = below(cargo.join("registry/src")).flat_map(below).collect();
    crates.sort();
    let is_sarif = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("serde-sarif-"));
    crates.into_iter().filter(is_sarif).map(|path| path.join("src/schema.json")).find(|path| path.exists())
}

const VALIDATE: &str = "import json, sys\ntry:\n    import jsonschema\nexcept ImportError:\n    sys.exit(77)\nschema = json.load(open(sys.argv[1]))\nvalidator = jsonschema.validators.validator_for(schema)(schema)\nerrors = [f'{list(error.absolute_path)}: {error.message[:200]}' for error in validator.iter_errors(json.load(sys.stdin))]\nprint('\\n'.join(errors))\nsys.exit(1 if errors else 0)\n";

#[test]
fn sarif_is_valid_by_the_official_schema() {
    let Some(schema) = official_schema() else {
        return eprintln!("skipped: there is no schema of SARIF here; name one in SARIF_SCHEMA");
    };
    let python = Command::new("python3").args(["-c", VALIDATE]).arg(&schema).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut python) = python else {
        return eprintln!("skipped: there is no python3 here");
    };
    python.stdin.take().expect("a pipe").write_all(log().to_string().as_bytes()).expect("it reads");
    let output = python.wait_with_output().expect("it ends");
    if output.status.code() == Some(77) {
        return eprintln!("skipped: python3 has no jsonschema here");
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn checked(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coldfront"));
    let output = command.arg("check").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("the binary is built");
    (output.status.code(), String::from_utf8(output.stdout).expect("it prints text"))
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_formats_whole() {
    let (exit, text) = checked(&["--format", "sarif", "tests/cmd/typo.yaml", "no/such.yaml"]);
    let log: Value = serde_json::from_str(&text).expect("JSON");
    let run = &log["runs"][0];
    assert_eq!((exit, run["results"].as_array().map(Vec::len)), (Some(2), Some(1)));
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let uri = &run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "tests/cmd/typo.yaml");
    let (exit, text) = checked(&["--format", "json", "no/such.yaml", "tests/cmd/typo.yaml"]);
    let all: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((exit, &all[0]["code"], &all[0]["file"], &all[1]["code"]), (Some(2), &"E041".into(), &"no/such.yaml".into(), &"E012".into()));
}

#[test]
fn warnings_fail_a_check_only_where_they_are_denied() {
    let exit = |arguments: &[&str]| checked(&[&["tests/cmd/queue.yaml"], arguments].concat()).0;
    assert_eq!(exit(&[]), Some(0));
    assert_eq!(exit(&["--deny", "warnings"]), Some(1));
    assert_eq!(exit(&["--deny", "W012,W008"]), Some(1));
    assert_eq!(exit(&["--deny", "W012"]), Some(0));
    assert_eq!(exit(&["--deny", "warnings", "--allow", "W008,W011"]), Some(0));
    assert_eq!(exit(&["--deny", "warnings", "--allow", "W008"]), Some(1));
    assert_eq!(exit(&["tests/cmd/typo.yaml", "--deny", "warnings"]), Some(2));
    assert_eq!(exit(&["--deny", "E012"]), Some(2));
}

#[test]
fn a_denied_warning_is_an_error_to_code_hosts() {
    let (_, text) = checked(&["--format", "github", "--deny", "W008", "tests/cmd/queue.yaml"]);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.iter().any(|line| line.starts_with("::error file=tests/cmd/queue.yaml,line=") && line.contains(",title=W008::")), "{text}");
    assert!(lines.iter().any(|line| line.starts_with("::warning ") && line.contains(",title=W011::")), "{text}");
    let (_, text) = checked(&["--format", "sarif", "--deny", "W008", "tests/cmd/queue.yaml"]);
    let log: Value = serde_json::from_str(&text).expect("JSON");
    let results = log["runs"][0]["results"].as_array().expect("results").clone();
    let level = |code: &str| results.iter().find(|result| result["ruleId"] == code).map(|result| result["level"].clone());
    assert_eq!((level("W008"), level("W011")), (Some("error".into()), Some("warning".into())));
}
