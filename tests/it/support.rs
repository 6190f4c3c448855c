//! What the topics share: loading a scenario from the repository or from text, and running it while its invariants are checked.
//!
//! ```text
//! path | text ─Run::of─▶ { scenario, warnings, record }
//! ```

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use coldfront::engine::Bounds;
use coldfront::metrics::{Answers, NodeRecord, Record};
use coldfront::report::Report;
use coldfront::scenario::{Files, Scenario};
use coldfront::simulation::Simulation;
use coldfront::topology;
use coldfront::units::Time;

/// Files are found from this folder.
pub struct Folder(pub PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|error| error.to_string())
    }
}

pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A JSON file of the reference data: in `../shared`, or in the folder that `COLDFRONT_SHARED` names, which is how to point at another place. `None`
/// where there is none, which is said aloud.
pub fn shared(file: &str) -> Option<serde_json::Value> {
    let folder = std::env::var_os("COLDFRONT_SHARED").map_or_else(|| repository().join("../shared"), PathBuf::from);
    let path = folder.join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is absent, so nothing was compared with it", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).expect("the file is JSON"))
}

/// A scenario that has run to its end.
pub struct Run {
    /// Its path in the repository, with slashes; or any name.
    pub name: String,
    pub scenario: Scenario,
    pub warnings: Vec<String>,
    pub record: Record,
}

/// Reads a scenario; panics with its errors where there are any.
pub fn load(name: &str, text: &str, overrides: &[(&str, &str)], folder: &Path) -> (Scenario, Vec<String>) {
    let overrides: Vec<(String, String)> = overrides.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect();
    let loaded = topology::load(name, text.as_bytes(), &overrides, &Folder(folder.to_owned()));
    let wrong: Vec<_> = loaded.parsed.diagnostics.iter().filter(|d| d.is_error()).map(|d| format!("{} {}", d.code, d.message)).collect();
    match loaded.ready() {
        Some(scenario) => (scenario.clone(), loaded.warnings()),
        None => panic!("{name}: {wrong:#?}\n{text}"),
    }
}

/// The instant after `step` of `steps` equal parts.
pub fn instant(duration: Time, step: u64, steps: u64) -> Time {
    Time::from_nanos((u128::from(duration.as_nanos()) * u128::from(step) / u128::from(steps)) as u64)
}

/// Runs it in so many steps, asserting every invariant after each.
pub fn simulate(scenario: &Scenario, steps: u64) -> Record {
    let mut simulation = Simulation::new(scenario, Bounds::default());
    for step in 1..=steps {
        simulation.advance(instant(simulation.duration(), step, steps));
        simulation.assert_sound();
    }
    simulation.finish()
}

impl Run {
    /// The scenario of this text.
    pub fn of(name: &str, text: &str, overrides: &[(&str, &str)]) -> Run {
        Run::in_folder(name, text, overrides, repository())
    }

    /// The scenario file at this path in the repository.
    pub fn file(path: &str, overrides: &[(&str, &str)]) -> Run {
        let file = repository().join(path);
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"));
        Run::in_folder(path, &text, overrides, file.parent().expect("a file lies in a folder"))
    }

    fn in_folder(name: &str, text: &str, overrides: &[(&str, &str)], folder: &Path) -> Run {
        let (scenario, warnings) = load(name, text, overrides, folder);
        let record = simulate(&scenario, 8);
        Run { name: name.to_owned(), scenario, warnings, record }
    }

    pub fn report(&self) -> Report {
        Report::of(&self.scenario, &self.record, self.warnings.clone())
    }

    pub fn json(&self) -> String {
        self.report().json()
    }

    /// What the clients of a workload saw, or of one of its routes.
    pub fn answers(&self, workload: &str, route: Option<&str>) -> Answers {
        let mut all = Answers::default();
        let routes = self.record.routes.iter().filter(|r| r.workload == workload && route.is_none_or(|route| route == r.route));
        routes.for_each(|r| all.merge(&r.answers));
        all
    }

    /// What all clients saw.
    pub fn everyone(&self) -> Answers {
        let mut all = Answers::default();
        self.record.routes.iter().for_each(|r| all.merge(&r.answers));
        all
    }

    pub fn node(&self, name: &str) -> &NodeRecord {
        self.record.nodes.iter().find(|node| node.name == name).unwrap_or_else(|| panic!("{} has no node `{name}`", self.name))
    }

    /// Since the warm-up; 0 where nothing was counted.
    pub fn counter(&self, node: &str, name: &str) -> f64 {
        self.node(node).counters.iter().find(|counter| counter.name == name).map_or(0.0, |counter| counter.value())
    }

    /// Refusals by all limits of a node, since the warm-up.
    pub fn refused(&self, node: &str) -> u64 {
        self.record.limits.iter().filter(|limit| self.record.nodes[limit.node].name == node).map(|limit| limit.refused).sum()
    }
}

/// Every file under `scenarios/`, once for all tests, in the order of their paths. Those of `bench/` are cut to ten seconds.
pub static SCENARIOS: LazyLock<Vec<Run>> = LazyLock::new(|| {
    let overrides = |path: &str| if path.contains("/bench/") { vec![("duration", "10s")] } else { vec![] };
    scenario_files().iter().map(|path| Run::file(path, &overrides(path))).collect()
});

/// Folders of what is held against measurements instead, by `validation`, of usage files, by `price`, and of what `studies` asks questions about.
const MEASURED: [&str; 4] = ["validation", "backtest", "prices", "studies"];

/// The paths of all scenarios in the repository that claim something of themselves.
pub fn scenario_files() -> Vec<String> {
    let mut folders = vec![repository().join("scenarios")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            match path.extension() {
                _ if MEASURED.iter().any(|folder| path.ends_with(folder)) => {}
                _ if path.is_dir() => folders.push(path),
                Some(ending) if ending == "yaml" => files.push(path),
                _ => {}
            }
        }
    }
    let name = |path: PathBuf| path.strip_prefix(repository()).expect("inside").to_string_lossy().replace('\\', "/");
    let mut names: Vec<String> = files.into_iter().map(name).collect();
    names.sort();
    names
}

/// What is wrong with a usage file, as if it were a scenario.
pub fn usage(text: &str) -> topology::Loaded {
    const FINE: &str = "duration: 1m\nworkloads:\n  w: { target: s, phases: [ { duration: 1m, arrival_rate: 5/s } ] }\nnodes:\n  s: { type: server, slots: 1, service_time: 5ms }\n";
    let mut loaded = topology::load("month.yaml", FINE.as_bytes(), &[], &coldfront::scenario::NoFiles);
    let priced = coldfront::cost::price_file("month.yaml", text.as_bytes(), &coldfront::cost::Asked::default(), &coldfront::scenario::NoFiles);
    (loaded.parsed.diagnostics, loaded.parsed.sources) = (priced.diagnostics, priced.sources);
    loaded
}
