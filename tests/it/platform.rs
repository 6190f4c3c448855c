//! Every name of platform data that stands in the code is one that there is: `get("lambda.…")` with a slip of the pen is found here, not in a run.

use coldfront::platform::{latency, quota};
use std::path::{Path, PathBuf};

/// A call up to its name, and whether it may be given that name.
type Call = (&'static str, fn(&str) -> bool);

const CALLS: [Call; 5] = [
    (".get(\"", |name| !name.contains('.') || is_quota(name)),
    (".count(\"", is_quota),
    (".regional(\"", is_quota),
    ("quota::value(\"", is_quota),
    (".latency(\"", |name| latency::names().any(|known| known == name)),
];

#[test]
fn every_name_in_the_code_is_a_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut unknown = Vec::new();
    for file in sources(&root) {
        let text = std::fs::read_to_string(&file).expect("a source file");
        for (call, is_known) in CALLS {
            let names = text.split(call).skip(1).filter_map(|rest| rest.split('"').next());
            unknown.extend(names.filter(|name| !is_known(name)).map(|name| format!("{}: {call}{name}", file.display())));
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

fn is_quota(name: &str) -> bool {
    quota::names().any(|known| known == name)
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
