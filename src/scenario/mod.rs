//! A scenario: what a file says, once it has been read, interpreted and found free of contradictions.
//!
//! ```text
//! bytes ─read─▶ Value ─set─▶ Value ─interpret─▶ Scenario ─rules─▶ the same, with all that is wrong
//! ```
//!
//! Everything that is wrong is reported at once, so a [`Parsed`] may hold a scenario in part, for `topology` to say more about. What nodes have to
//! do with one another is that room's.

pub mod codes;
mod interpret;
pub(crate) mod names;
mod read;
pub mod render;
mod rules;
mod set;
mod source;
mod threshold;

use std::collections::BTreeSet;

pub use read::FILE_BYTES_MAX;
pub(crate) use rules::expected_requests;
pub use source::{Source, Sources};
pub use threshold::{Bound, Comparison, Metric, Statistic, Subject, Threshold};

use crate::document::{Diagnostic, Map, Reading, Spanned};
pub use crate::document::{Files, NoFiles};
use crate::mechanism::trace::Trace;
use crate::platform::{Date, Platform};
use crate::service::{Spec, outage::Fault, workload::WorkloadSpec};
use crate::units::Time;

/// The scenario that `coldfront init` writes: commented, valid, and quick to run.
pub const STARTER: &str = include_str!("init.yaml");

/// What is to be simulated.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What reports call it; the file's name where it has none.
    pub name: String,
    /// Length of the run.
    pub duration: Spanned<Time>,
    /// What is cut from the statistics at the beginning.
    pub warm_up: Spanned<Time>,
    pub seed: u64,
    pub region: String,
    /// The day whose quotas, behaviours and prices hold, as yyyy-mm-dd; the newest known where it is absent.
    pub as_of: Option<Spanned<String>>,
    /// Account limits that are not the default, by name.
    pub quotas: Map<f64>,
    /// In the order of the file.
    pub workloads: Vec<(Spanned<String>, WorkloadSpec)>,
    /// In the order of the file.
    pub nodes: Vec<(Spanned<String>, Spec)>,
    /// What goes wrong, and when.
    pub faults: Vec<Fault>,
    pub thresholds: Vec<Threshold>,
    /// The traces that workloads replay, by the workload's index.
    pub traces: Vec<(usize, Trace)>,
    /// Names of nodes and workloads that could not be read; none, where nothing was wrong.
    pub(crate) unread: Vec<String>,
}

impl Scenario {
    /// AWS on the scenario's day and in its Region, with its quotas; the newest with none of them, where a quota is no quota.
    pub fn platform(&self) -> Platform {
        let as_of = self.as_of.as_ref().and_then(|day| Date::parse(&day.value)).unwrap_or(Date::NEWEST);
        let overrides = self.quotas.0.iter().map(|(name, value)| (name.value.clone(), *value)).collect();
        Platform::new(as_of, overrides).unwrap_or_default().in_region(&self.region)
    }
}

/// What came of reading a file: all that is wrong with it, and as much of the scenario as could be read.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// In part only, where there are errors.
    pub scenario: Option<Scenario>,
    /// Errors and warnings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that the diagnostics point into.
    pub sources: Sources,
}

impl Parsed {
    /// Whether there is an error among the diagnostics, so that the scenario must not be run.
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Adds what a later stage has found.
    pub fn extend(&mut self, diagnostics: Vec<Diagnostic>) {
        self.diagnostics.extend(diagnostics);
        self.diagnostics = in_order(std::mem::take(&mut self.diagnostics));
    }
}

/// Reads the scenario `bytes`, which diagnostics call `name`, after making `overrides` (`path`, `value`) in it.
///
/// This finds all that can be said of workloads and nodes one by one; [`topology::load`](crate::topology::load) goes on from here.
pub fn read_scenario(name: &str, bytes: &[u8], overrides: &[(String, String)], files: &dyn Files) -> Parsed {
    let mut sources = Sources::new(Source::new(name, read::text(bytes)));
    let mut reading = Reading::with(files);
    let root = read::tree(0, bytes, &mut reading).map(|mut root| {
        overrides.iter().for_each(|change| set::apply(&mut root, change, &mut sources, &mut reading));
        root
    });
    let scenario = root.and_then(|root| interpret::scenario(&root, stem(name), &sources, &mut reading));
    Parsed { scenario, diagnostics: in_order(reading.diagnostics), sources }
}

/// The name of a file without its folders and its ending.
fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// In the order of the file, and nothing twice: a default that is wrong is wrong once, however many nodes it goes to.
fn in_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut said = BTreeSet::new();
    diagnostics.retain(|diagnostic| said.insert((diagnostic.at.span, diagnostic.code, diagnostic.message.clone())));
    diagnostics.sort_by_key(|diagnostic| (diagnostic.at.span.file, diagnostic.at.span.start));
    diagnostics
}
