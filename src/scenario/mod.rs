//! A scenario: what a file says, once it has been read, interpreted and found free of contradictions.
//!
//! ```text
//! bytes ─read─▶ Value ─include, variant, set─▶ Value ─interpret─▶ Scenario ─rules─▶ the same, with all that is wrong
//! ```
//!
//! Everything that is wrong is reported at once, so a [`Parsed`] may hold a scenario in part, for `topology` to say more about. What nodes have to
//! do with one another is that room's.

mod case;
pub mod codes;
mod decide;
pub mod expect;
pub mod github;
mod include;
mod interpret;
mod knob;
pub(crate) mod names;
mod overlay;
pub mod pages;
mod read;
pub mod render;
mod represents;
mod rules;
pub mod sarif;
mod schema;
mod set;
mod source;
mod stretch;
mod threshold;
mod variant;

use std::collections::BTreeSet;

pub use case::Case;
pub use decide::is_unreadable;
pub use expect::{Expectation, Expectations, Measured, Point, Role, Tolerance};
pub use knob::{Knob, Range, Values};
pub use read::FILE_BYTES_MAX;
pub(crate) use read::{text, tree};
pub use represents::{Part, Represents};
pub(crate) use rules::expected_requests;
pub use schema::{keys, schema};
pub use source::{Source, Sources};
pub use threshold::{
    ADDED, Bound, COST_MONTHLY, COST_PER_1K_REQUESTS, Comparison, Condition, Cost, Edge, Metric, Statistic, Subject, TOTAL, Threshold, is_time,
};
pub use variant::{BASE, Variant};

use crate::document::{Diagnostic, Map, Reading, Spanned, Value};
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
    /// What time the measured part of the run stands for, such as a month.
    pub represents: Option<Represents>,
    /// What is cut from the statistics at the beginning.
    pub warm_up: Spanned<Time>,
    /// The width of the windows of its series, where it is not the usual one.
    pub resolution: Option<Spanned<Time>>,
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
    /// What was measured in reality.
    pub expect: Option<Expectations>,
    /// The traces that workloads replay, by the workload's index.
    pub traces: Vec<(usize, Trace)>,
    /// Nodes of another scenario whose luck their namesakes have in this one: of a what-if those of what it is held against; else none.
    pub luck_of: Vec<String>,
    /// Names of nodes and workloads that could not be read; none, where nothing was wrong.
    pub(crate) unread: Vec<String>,
}

impl Scenario {
    /// The width of the windows of its series.
    pub fn window(&self) -> Time {
        let usual = || crate::metrics::width(self.duration.value);
        self.resolution.as_ref().map(|resolution| resolution.value).filter(|width| *width > Time::ZERO).unwrap_or_else(usual)
    }

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
    /// The document with its files, its variant and its overrides, as the scenario is read from it.
    pub root: Option<Value>,
    /// Errors and warnings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that the diagnostics point into.
    pub sources: Sources,
    /// The overlays that the file has, in its order; the scenario is that of the one that was asked for, or of none.
    pub variants: Vec<Variant>,
    /// The cases that the file has, likewise.
    pub cases: Vec<Case>,
    /// What `coldfront solve` may turn.
    pub decide: Vec<Knob>,
}

impl Parsed {
    /// Whether there is an error among the diagnostics, so that the scenario must not be run.
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// This, with what else has been found.
    pub fn with(mut self, diagnostics: Vec<Diagnostic>) -> Self {
        self.extend(diagnostics);
        self
    }

    /// Adds what a later stage has found.
    pub fn extend(&mut self, diagnostics: Vec<Diagnostic>) {
        self.diagnostics.extend(diagnostics);
        self.diagnostics = in_order(std::mem::take(&mut self.diagnostics));
    }
}

/// What is to be changed in a file before it is interpreted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Edits<'e> {
    /// The overlay that is laid over it; `None` and [`BASE`] leave it as it is.
    pub variant: Option<&'e str>,
    /// The case whose changes are made next, with its expectations.
    pub case: Option<&'e str>,
    /// Then, one after the other: `path`, `value`.
    pub overrides: &'e [(String, String)],
}

impl<'e> From<&'e [(String, String)]> for Edits<'e> {
    fn from(overrides: &'e [(String, String)]) -> Self {
        Self { overrides, ..Self::default() }
    }
}

impl<'e, const N: usize> From<&'e [(String, String); N]> for Edits<'e> {
    fn from(overrides: &'e [(String, String); N]) -> Self {
        Self { overrides, ..Self::default() }
    }
}

impl<'e> From<&'e Vec<(String, String)>> for Edits<'e> {
    fn from(overrides: &'e Vec<(String, String)>) -> Self {
        Self { overrides, ..Self::default() }
    }
}

/// Reads the scenario `bytes`, which diagnostics call `name`, with what it includes, after making `edits` in it.
///
/// This finds all that can be said of workloads and nodes one by one; [`topology::load`](crate::topology::load) goes on from here.
pub fn read_scenario<'e>(name: &str, bytes: &[u8], edits: impl Into<Edits<'e>>, files: &dyn Files) -> Parsed {
    let edits = edits.into();
    let mut sources = Sources::new(Source::new(name, read::text(bytes)));
    let mut reading = Reading::with(files);
    let (mut scenario, mut whole, mut variants, mut cases, mut decisions) = (None, None, Vec::new(), Vec::new(), Vec::new());
    if let Some(root) = read::tree(0, bytes, &mut reading) {
        let mut root = include::expanded(root, &mut sources, &mut reading);
        variants = variant::take(&mut root, &mut reading);
        cases = case::take(&mut root, &mut reading);
        decisions = decide::take(&mut root, &mut reading);
        variant::apply(&mut root, &variants, edits.variant, &mut reading);
        case::apply(&mut root, &cases, edits.case, &mut reading);
        edits.overrides.iter().for_each(|change| set::apply(&mut root, change, &mut sources, &mut reading));
        scenario = interpret::scenario(&root, stem(name), &sources, &mut reading);
        decide::check(&decisions, &root, edits.overrides, &sources, &mut reading);
        whole = Some(root);
    }
    let decide = decisions.into_iter().map(|decision| decision.knob).collect();
    Parsed { scenario, root: whole, diagnostics: in_order(reading.diagnostics), sources, variants, cases, decide }
}

/// The name of a file without its folders and its ending.
fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// In the order of the file, and nothing twice: a default that is wrong is wrong once, however many nodes it goes to.
pub(crate) fn in_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut said = BTreeSet::new();
    diagnostics.retain(|diagnostic| said.insert((diagnostic.at.span, diagnostic.code, diagnostic.message.clone())));
    diagnostics.sort_by_key(|diagnostic| (diagnostic.at.span.file, diagnostic.at.span.start));
    diagnostics
}
