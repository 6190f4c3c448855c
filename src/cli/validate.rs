//! `coldfront validate`: what was measured in reality beside what is simulated.
//! Every file and case is checked before any is run, and all their errors are said at once. The table is on stdout; progress is on stderr.
//!
//! ```text
//! PATH… ──files, folders recursively, sorted──▶ files × cases ──check──▶ trials × replications, on all cores ──▶ table, exit code
//! ```

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use clap::ValueEnum;

use crate::document::Diagnostic;
use crate::engine::Bounds;
use crate::report::{Style, plural};
use crate::scenario::render;
use crate::study::Threads;
use crate::study::validate::{Trial, Validation};
use crate::topology::Loaded;

use super::{Colour, Exit, Failure, colour, complain, files, more, out, print, progress::Meter, terminal_width};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront validate scenarios/validation\n  coldfront validate shop.yaml --replications 20\n  coldfront validate scenarios/validation --only sqs18-io-500ms-128mb\n  coldfront validate scenarios/validation --format markdown --out out/validation\n\nExit codes: 0 every scored figure is inside its tolerance, 2 bad input, 3 stopped at a bound, 74 input or output failed, 99 a scored figure is outside."
)]
pub struct Args {
    /// Scenarios with `expect`, or folders, which are searched for `*.yaml`; what expects nothing is passed over there.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only the rows of these ids, or the files of these names.
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    only: Vec<String>,
    /// Only what its file calls quick.
    #[arg(long)]
    quick: bool,
    /// Run everything so often, each time with other luck, rather than as often as each file says.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    replications: Option<u32>,
    /// On how many threads runs are made; the result is the same on any number. Default: all cores.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the figures, a page, and for each service a scatter of measured against simulated into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// No progress.
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs; described in docs/backtesting.md.
    Json,
    /// Tables for a page.
    Markdown,
    /// Comma-separated values, one line a figure.
    Csv,
}

/// A file as it is or with one of its cases, checked.
struct Chosen {
    file: String,
    case: Option<String>,
    loaded: Loaded,
}

/// Checks, runs, tells.
pub fn validate(args: Args) -> Result<Exit, Failure> {
    let mut found = Found::default();
    args.paths.iter().try_for_each(|path| found.path(path))?;
    if let Some(exit) = found.wrong {
        let _ = write!(io::stderr(), "{}", more(found.errors.iter()));
        return Ok(exit);
    }
    if found.passed_over > 0 && !args.quiet {
        let _ = writeln!(io::stderr(), "passed over {}, which expect nothing", plural(found.passed_over, "file"));
    }
    let trials = trials(&args, &found.chosen);
    if trials.is_empty() {
        complain("nothing here is to be held against a simulation: no file has `expect`, or none is one of `--only`");
        return Ok(Exit::Usage);
    }
    let unwritable = |dir: &Path, error| Failure::io(format!("cannot write to `{}`", dir.display()), error);
    args.out.as_deref().map_or(Ok(()), |dir| out::probe(dir).map_err(|error| unwritable(dir, error)))?;
    let validation = simulate(&args, &trials);
    if let Some(dir) = &args.out {
        let written = out::validation(dir, &validation).map_err(|error| unwritable(dir, error))?;
        if !args.quiet {
            let _ = writeln!(io::stderr(), "wrote {} to {}", plural(written.len() as u64, "file"), dir.display());
        }
    }
    print(&match args.format {
        Format::Text => validation.text(&style()),
        Format::Json => validation.json(),
        Format::Markdown => validation.markdown(),
        Format::Csv => validation.csv(),
    })?;
    Ok(match (validation.stopped(), validation.passed()) {
        (true, _) => Exit::Stopped,
        (_, false) => Exit::Threshold,
        _ => Exit::Ok,
    })
}

fn simulate(args: &Args, trials: &[Trial]) -> Validation {
    let threads = args.threads.map_or(Threads::Cores, |threads| Threads::Just(usize::from(threads)));
    let durations = trials.iter().flat_map(|trial| std::iter::repeat_n(trial.scenario.duration.value, trial.replications));
    let meter = Meter::new(durations, 1, args.quiet);
    let validation = Validation::of(trials, Bounds::default(), threads, &|passed| meter.passed(passed));
    meter.done();
    validation
}

/// What lies under the paths.
#[derive(Default)]
struct Found {
    chosen: Vec<Chosen>,
    /// Files in folders that expect nothing.
    passed_over: u64,
    /// Why nothing may be run; what is wrong has been said.
    wrong: Option<Exit>,
    /// For the last line.
    errors: Vec<Diagnostic>,
}

impl Found {
    fn path(&mut self, path: &Path) -> Result<(), Failure> {
        if !path.is_dir() {
            self.file(&path.display().to_string(), true);
            return Ok(());
        }
        let files = scenarios(path).map_err(|error| Failure::io(format!("cannot read `{}`", path.display()), error))?;
        files.iter().for_each(|file| self.file(&file.display().to_string(), false));
        Ok(())
    }

    /// A file and its cases, as far as they expect something; one that is named must.
    fn file(&mut self, name: &str, is_named: bool) {
        let source = match files::attempt(name) {
            Ok(source) => source,
            Err(unreadable) => {
                complain(&unreadable.message());
                return self.wrong = Some(unreadable.exit());
            }
        };
        let base = source.checked_in_full(source.load(None, &[]), &[]);
        if base.parsed.failed() {
            self.complain(&base);
            return self.wrong = Some(Exit::Usage);
        }
        let cases: Vec<String> = base.parsed.cases.iter().map(|case| case.name.value.clone()).collect();
        let cases: Vec<_> = cases.into_iter().map(|case| (Some(case.clone()), source.load_case(&case, &[]))).collect();
        let all = std::iter::once((None, base)).chain(cases).filter(|(_, loaded)| expects(loaded));
        let before = self.chosen.len();
        self.chosen.extend(all.map(|(case, loaded)| Chosen { file: name.to_owned(), case, loaded }));
        match (self.chosen.len() > before, is_named) {
            (true, _) => {}
            (false, false) => self.passed_over += 1,
            (false, true) => {
                complain(&format!(
                    "`{name}` expects nothing\nhint: say what was measured: `expect: {{ source: …, metrics: [ {{ metric: \"f: throttles\", measured: 120, tolerance: 10% }} ] }}`"
                ));
                self.wrong = Some(Exit::Usage);
            }
        }
    }
}

impl Found {
    /// Shows the errors of a file; its warnings are the affair of `check`.
    fn complain(&mut self, base: &Loaded) {
        let errors: Vec<Diagnostic> = base.parsed.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).cloned().collect();
        let _ = writeln!(io::stderr(), "{}", render::text(&errors, &base.parsed.sources, colour(&io::stderr())));
        self.errors.extend(errors);
    }
}

fn expects(loaded: &Loaded) -> bool {
    loaded.ready().and_then(|scenario| scenario.expect.as_ref()).is_some_and(|expect| !expect.metrics.is_empty())
}

/// Every scenario below a folder, sorted.
fn scenarios(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            found.extend(scenarios(&entry)?);
        } else if entry.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
            found.push(entry);
        }
    }
    Ok(found)
}

fn trials<'c>(args: &Args, chosen: &'c [Chosen]) -> Vec<Trial<'c>> {
    let trial = |one: &'c Chosen| {
        let scenario = one.loaded.ready()?;
        let expectations = scenario.expect.as_ref()?;
        let stem = Path::new(&one.file).file_stem().map_or_else(|| one.file.clone(), |stem| stem.to_string_lossy().into_owned());
        let replications = args.replications.unwrap_or(expectations.replications) as usize;
        Some(Trial { file: one.file.clone(), stem, case: one.case.clone(), scenario, expectations, replications })
    };
    let is_named = |trial: &Trial| args.only.is_empty() || args.only.iter().any(|id| trial.expectations.id.as_ref() == Some(id) || trial.stem == *id);
    chosen.iter().filter_map(trial).filter(|trial| is_named(trial) && (trial.expectations.quick || !args.quick)).collect()
}

fn style() -> Style {
    let colour = matches!(colour(&io::stdout()), Colour::Always);
    Style { colour, width: terminal_width() }
}
