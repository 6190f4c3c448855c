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

use crate::engine::Bounds;
use crate::report::Style;
use crate::study::Threads;
use crate::study::validate::{Trial, Validation};
use crate::topology::Loaded;

use super::{Colour, Exit, Failure, colour, complain, files, print, progress::Meter, show, terminal_width};

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
    /// Run everything so often, each time with other luck, rather than as often as each file says.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    replications: Option<u32>,
    /// On how many threads runs are made; the result is the same on any number. Default: all cores.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// No progress.
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs; described in docs/validation.md.
    Json,
    /// One line a figure.
    Csv,
}

/// A file as it is or with one of its cases, checked.
struct Loadeds {
    file: String,
    case: Option<String>,
    loaded: Loaded,
}

/// Checks, runs, tells.
pub fn validate(args: Args) -> Result<Exit, Failure> {
    let (chosen, fine) = load(&args)?;
    if !fine {
        return Ok(Exit::Usage);
    }
    let trials = trials(&args, &chosen);
    if trials.is_empty() {
        complain("nothing here has expectations");
        return Ok(Exit::Usage);
    }
    let threads = args.threads.map_or(Threads::Cores, |threads| Threads::Just(usize::from(threads)));
    let durations = trials.iter().flat_map(|trial| std::iter::repeat_n(trial.scenario.duration.value, trial.replications));
    let meter = Meter::new(durations, 1, args.quiet);
    let validation = Validation::of(&trials, Bounds::default(), threads, &|passed| meter.passed(passed));
    meter.done();
    print(&match args.format {
        Format::Text => validation.text(&style()),
        Format::Json => validation.json(),
        Format::Csv => validation.csv(),
    })?;
    Ok(match (validation.stopped(), validation.passed()) {
        (true, _) => Exit::Stopped,
        (_, false) => Exit::Threshold,
        _ => Exit::Ok,
    })
}

/// Every file and case that expects something, and whether all of them may be run; what is wrong has been said.
fn load(args: &Args) -> Result<(Vec<Loadeds>, bool), Failure> {
    let (mut chosen, mut fine, mut passed_over) = (Vec::new(), true, 0);
    for path in &args.paths {
        let is_folder = path.is_dir();
        let found = if is_folder {
            scenarios(path).map_err(|error| Failure::io(format!("cannot read `{}`", path.display()), error))?
        } else {
            vec![path.clone()]
        };
        for file in found {
            let name = file.display().to_string();
            let source = files::open(&name)?;
            let base = source.checked_in_full(source.load(None, &[]), &[]);
            if base.parsed.failed() {
                show(&base);
                fine = false;
                continue;
            }
            let before = chosen.len();
            let cases: Vec<String> = base.parsed.cases.iter().map(|case| case.name.value.clone()).collect();
            let all = cases.iter().map(|case| (Some(case.clone()), source.load_case(case)));
            let expects =
                |loaded: &Loaded| loaded.ready().and_then(|scenario| scenario.expect.as_ref()).is_some_and(|expect| !expect.metrics.is_empty());
            let mut all: Vec<(Option<String>, Loaded)> = all.collect();
            all.insert(0, (None, base));
            chosen.extend(all.into_iter().filter(|(_, loaded)| expects(loaded)).map(|(case, loaded)| Loadeds { file: name.clone(), case, loaded }));
            if chosen.len() == before {
                passed_over += 1;
                if !is_folder {
                    complain(&format!("`{name}` expects nothing\n  hint: say what was measured under `expect`, or name the folder that it lies in"));
                    fine = false;
                }
            }
        }
    }
    if passed_over > 0 && fine && !args.quiet {
        let _ = writeln!(io::stderr(), "passed over {passed_over} files that expect nothing");
    }
    Ok((chosen, fine))
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

fn trials<'c>(args: &Args, chosen: &'c [Loadeds]) -> Vec<Trial<'c>> {
    let trial = |one: &'c Loadeds| {
        let scenario = one.loaded.ready()?;
        let expectations = scenario.expect.as_ref()?;
        let stem = Path::new(&one.file).file_stem().map_or_else(|| one.file.clone(), |stem| stem.to_string_lossy().into_owned());
        let replications = args.replications.unwrap_or(expectations.replications) as usize;
        Some(Trial { file: one.file.clone(), stem, case: one.case.clone(), scenario, expectations, replications })
    };
    let is_meant = |trial: &Trial| args.only.is_empty() || args.only.iter().any(|id| trial.expectations.id.as_ref() == Some(id) || trial.stem == *id);
    chosen.iter().filter_map(trial).filter(is_meant).collect()
}

fn style() -> Style {
    let colour = matches!(colour(&io::stdout()), Colour::Always);
    Style { colour, width: terminal_width() }
}
