//! `--out DIR`: everything that a run leaves behind, as files.
//!
//! ```text
//! DIR/summary.json   timeseries.csv   latency.hlog   latency/WORKLOAD-ROUTE.hgrm   charts/*.svg   report.md       one run
//!     cost.json      cost-focus.csv   infracost-usage.yml
//! DIR/runs.json      runs.csv         runs.md        RUN/…                                                        several, or replications
//! DIR/break-evens.json break-even-NAME-NODE.svg                                           of `break-even`
//! DIR/compare.json   compare.md                                                       of `compare`
//!     replicate.json replicate.csv   replicate.md    precision.svg                        of `replicate`
//! DIR/sweep.jsonl    sweep.csv        sweep.json      sweep-FIGURE.svg                    of `sweep`
//! DIR/solve.json solve.md pareto.csv pareto.svg                                           of `solve`
//!     capacity.json  capacity.csv     capacity.md     knee.svg                            of `capacity`
//! DIR/validation.json validation.csv  validation.md  scatter-SERVICE.svg                                          of `validate`
//! ```
//!
//! A file is written under a name of its own in the same folder and then renamed, so that nobody ever reads half of one. Files of these names are
//! replaced, all others left alone. That nothing can be written is found by [`prepare`], before a long run.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::cost::Statement;
use crate::metrics::Record;
use crate::report::plot::{Chart, Scene, charts};
use crate::report::{BreakEvens, Image, Report, export, slug, unique, write_interval_log, write_percentiles, write_series};
use crate::scenario::Scenario;
use crate::service::Spec;
use crate::study::capacity::Capacity;
use crate::study::solve::Solution;
use crate::study::sweep::Sweep;
use crate::study::validate::Validation;
use crate::study::why::Why;
use crate::study::worst::Worst;
use crate::study::{Case, Comparison, Joint, Replications};
use crate::topology::Topology;

const CHARTS: &str = "charts";
const LATENCY: &str = "latency";

/// Where each of several runs is written.
pub struct Folders {
    dir: PathBuf,
    /// In the order of the cases.
    pub runs: Vec<PathBuf>,
}

impl Folders {
    /// A folder for each case, `dir` itself where there is one; all are made.
    ///
    /// # Errors
    /// Where one of them cannot be written to.
    pub fn prepare(dir: &Path, cases: &[Case]) -> io::Result<Folders> {
        let runs = match cases {
            [_] => vec![dir.to_owned()],
            several => unique(several.iter().map(|case| slug(&case.label))).iter().map(|name| dir.join(name)).collect(),
        };
        runs.iter().try_for_each(|run| prepare(run))?;
        Ok(Folders { dir: dir.to_owned(), runs })
    }

    /// Writes what several runs say together; nothing for a run alone.
    ///
    /// # Errors
    /// Where one of the files cannot be written.
    pub fn joint(&self, joint: &Joint) -> io::Result<Vec<PathBuf>> {
        let mut folder = Folder { dir: &self.dir, written: Vec::new() };
        if joint.runs.len() > 1 || joint.runs.iter().any(|run| run.replications.is_some()) {
            folder.text("runs.json", &joint.json())?;
            folder.text("runs.csv", &joint.csv())?;
            folder.text("runs.md", &joint.markdown())?;
        }
        Ok(folder.written)
    }
}

/// Makes the folders of a run, and sees whether they can be written to.
///
/// # Errors
/// Where `dir` is no folder and cannot become one, or nothing can be written there.
pub fn prepare(dir: &Path) -> io::Result<()> {
    [dir.to_owned(), dir.join(CHARTS), dir.join(LATENCY)].iter().try_for_each(|folder| probe(folder))
}

/// Makes a folder, and sees whether it can be written to.
///
/// # Errors
/// As [`prepare`].
pub fn probe(folder: &Path) -> io::Result<()> {
    if folder.exists() && !folder.is_dir() {
        return Err(io::Error::other(format!("`{}` is no folder", folder.display())));
    }
    fs::create_dir_all(folder)?;
    let probe = folder.join(".probe.part");
    File::create(&probe)?;
    fs::remove_file(&probe)
}

/// Writes a validation: its figures, its page and its pictures; gives their paths.
///
/// # Errors
/// Where one of them cannot be written; those before it are there.
pub fn validation(dir: &Path, validation: &Validation) -> io::Result<Vec<PathBuf>> {
    let mut folder = Folder { dir, written: Vec::new() };
    folder.text("validation.json", &validation.json())?;
    folder.text("validation.csv", &validation.csv())?;
    folder.text("validation.md", &validation.markdown())?;
    validation.scatters().iter().try_for_each(|chart| folder.text(&format!("{}.svg", chart.name), &chart.svg))?;
    Ok(folder.written)
}

/// Writes a comparison as JSON and as a page; gives their paths.
///
/// # Errors
/// Where one of them cannot be written; those before it are there.
pub fn comparison(dir: &Path, comparison: &Comparison) -> io::Result<Vec<PathBuf>> {
    let mut folder = Folder { dir, written: Vec::new() };
    folder.text("compare.json", &comparison.json())?;
    folder.text("compare.md", &comparison.markdown())?;
    Ok(folder.written)
}

/// Writes a sweep's table, JSON and charts; gives their paths.
///
/// # Errors
/// Where one of them cannot be written; those before it are there.
pub fn sweep(dir: &Path, sweep: &Sweep, charts: &[Chart]) -> io::Result<Vec<PathBuf>> {
    let mut folder = Folder { dir, written: Vec::new() };
    folder.text("sweep.csv", &sweep.csv())?;
    folder.text("sweep.json", &sweep.json())?;
    charts.iter().try_for_each(|chart| folder.text(&format!("{}.svg", chart.name), &chart.svg))?;
    Ok(folder.written)
}

/// Writes the results file of a whole sweep.
///
/// # Errors
/// Where it cannot be written.
pub fn results(dir: &Path, sweep: &Sweep) -> io::Result<()> {
    Folder { dir, written: Vec::new() }.text("sweep.jsonl", &sweep.lines())
}

/// Writes replications as JSON, CSV and a page, and how precise they became; gives their paths.
///
/// # Errors
/// Where one of them cannot be written; those before it are there.
pub fn replications(dir: &Path, made: &Replications) -> io::Result<Vec<PathBuf>> {
    let mut folder = Folder { dir, written: Vec::new() };
    folder.text("replicate.json", &made.json())?;
    folder.text("replicate.csv", &made.csv())?;
    folder.text("replicate.md", &made.markdown())?;
    made.chart().iter().try_for_each(|chart| folder.text(&format!("{}.svg", chart.name), &chart.svg))?;
    Ok(folder.written)
}

/// Writes a solution: its figures, its page, what was run and the front; gives their paths.
///
/// # Errors
/// Where one of them cannot be written; those before it are there.
pub fn solution(dir: &Path, solution: &Solution) -> io::Result<Vec<PathBuf>> {
    let mut folder = Folder { dir, written: Vec::new() };
    folder.text("solve.json", &solution.json())?;
    folder.text("solve.md", &solution.markdown())?;
    folder.text("pareto.csv", &solution.csv())?;
    solution.chart().iter().try_for_each(|chart| folder.text(&format!("{}.svg", chart.name), &chart.svg))?;
    Ok(folder.written)
}

/// Writes a capacity: its figures, its page, its levels and the knee; gives their paths.
///
/// # Errors
/// Where one of them cannot be written; those before it are there.
pub fn capacity(dir: &Path, capacity: &Capacity) -> io::Result<Vec<PathBuf>> {
    let mut folder = Folder { dir, written: Vec::new() };
    folder.text("capacity.json", &capacity.json())?;
    folder.text("capacity.csv", &capacity.csv())?;
    folder.text("capacity.md", &capacity.markdown())?;
    capacity.chart().iter().try_for_each(|chart| folder.text(&format!("{}.svg", chart.name), &chart.svg))?;
    Ok(folder.written)
}

/// Writes who is to blame as JSON, Markdown and CSV, and a picture of the shares; gives their paths.
///
/// # Errors
/// Where one of them cannot be written; those before it are there.
pub fn blame(dir: &Path, why: &Why) -> io::Result<Vec<PathBuf>> {
    let mut folder = Folder { dir, written: Vec::new() };
    folder.text("why.json", &why.json())?;
    folder.text("why.md", &why.markdown())?;
    folder.text("why.csv", &why.csv())?;
    why.chart().iter().try_for_each(|chart| folder.text(&format!("{}.svg", chart.name), &chart.svg))?;
    Ok(folder.written)
}

/// Writes the worst shape as JSON, Markdown, CSV and a variant to paste, and a picture of the shapes; gives their paths.
///
/// # Errors
/// Where one of them cannot be written; those before it are there.
pub fn worst(dir: &Path, worst: &Worst) -> io::Result<Vec<PathBuf>> {
    let mut folder = Folder { dir, written: Vec::new() };
    folder.text("worst.json", &worst.json())?;
    folder.text("worst.md", &worst.markdown())?;
    folder.text("worst.csv", &worst.csv())?;
    folder.text("worst.yaml", &worst.overlay())?;
    worst.chart().iter().try_for_each(|chart| folder.text(&format!("{}.svg", chart.name), &chart.svg))?;
    Ok(folder.written)
}

/// Writes break-evens as JSON, and a chart of each; gives their paths.
///
/// # Errors
/// Where one of them cannot be written; those before it are there.
pub fn break_evens(dir: &Path, found: &BreakEvens) -> io::Result<Vec<PathBuf>> {
    let mut folder = Folder { dir, written: Vec::new() };
    folder.text("break-evens.json", &found.json())?;
    found.charts().iter().try_for_each(|chart| folder.text(&format!("{}.svg", chart.name), &chart.svg))?;
    Ok(folder.written)
}

/// Writes all files; gives their paths.
///
/// # Errors
/// Where one of them cannot be written; those before it are there.
pub fn write(
    dir: &Path,
    scenario: &Scenario,
    topology: &Topology,
    record: &Record,
    report: &Report,
    statement: &Statement,
) -> io::Result<Vec<PathBuf>> {
    prepare(dir)?;
    let mut folder = Folder { dir, written: Vec::new() };
    folder.text("summary.json", &report.json())?;
    folder.file("timeseries.csv", |out| write_series(report, out))?;
    folder.file("latency.hlog", |out| write_interval_log(record, out))?;
    folder.percentiles(record)?;
    folder.costs(scenario, statement)?;
    folder.page(report, &charts(&Scene { scenario, topology, record, report }))?;
    Ok(folder.written)
}

struct Folder<'d> {
    dir: &'d Path,
    written: Vec<PathBuf>,
}

impl Folder<'_> {
    /// One file, whole or not at all; `name` may have a folder before it.
    fn file(&mut self, name: &str, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
        let path = self.dir.join(name);
        let part = path.with_extension("part");
        let whole = |part: &Path| {
            let mut out = BufWriter::new(File::create(part)?);
            fill(&mut out)?;
            out.flush()?;
            fs::rename(part, &path)
        };
        // What is left of a file that could not be finished helps nobody.
        whole(&part).inspect_err(|_| drop(fs::remove_file(&part)))?;
        self.written.push(path);
        Ok(())
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.file(name, |out| out.write_all(text.as_bytes()))
    }

    /// What it costs, for other tools.
    fn costs(&mut self, scenario: &Scenario, statement: &Statement) -> io::Result<()> {
        let memory = |node: &str| match scenario.nodes.iter().find(|(name, _)| name.value == node) {
            Some((_, Spec::Lambda(function))) => Some(function.memory.value.as_gb()),
            _ => None,
        };
        self.text("cost.json", &export::statement(statement))?;
        self.text("cost-focus.csv", &export::focus(statement, &scenario.name))?;
        self.text("infracost-usage.yml", &export::infracost(statement, &memory))
    }

    /// A table for each route that answered.
    fn percentiles(&mut self, record: &Record) -> io::Result<()> {
        let routes: Vec<_> = record.routes.iter().filter(|route| !route.answers.ok.is_empty()).collect();
        let names = unique(routes.iter().map(|route| slug(&format!("{}-{}", route.workload, route.route))));
        for (name, route) in names.iter().zip(routes) {
            self.file(&format!("{LATENCY}/{name}.hgrm"), |out| write_percentiles(&route.answers.ok, out))?;
        }
        Ok(())
    }

    /// The page and the pictures in it.
    fn page(&mut self, report: &Report, charts: &[Chart]) -> io::Result<()> {
        for chart in charts {
            self.text(&format!("{CHARTS}/{}.svg", chart.name), &chart.svg)?;
        }
        let image = |chart: &Chart| Image { name: chart.name.clone(), title: chart.title.clone(), path: format!("{CHARTS}/{}.svg", chart.name) };
        self.text("report.md", &report.markdown(&charts.iter().map(image).collect::<Vec<_>>()))
    }
}
