//! `coldfront run`: simulate scenarios and report what limits them.
//! The report is on stdout; progress and the figures of the runs themselves are on stderr, so that stdout is the same on every machine.
//!
//! ```text
//! FILE… × variants ──load──▶ cases ──run, on all cores──▶ one report, or a joint table
//! ```

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use clap::ValueEnum;

use crate::cost::{Pricing, Statement};
use crate::engine::Bounds;
use crate::metrics::Record;
use crate::report::{Report, Style};
use crate::study::{Case, Joint, Threads};
use crate::topology::Loaded;

use super::studied::pricing;
use super::{Colour, Exit, Failure, colour, files, out, print, progress::Meter, show, terminal_width};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront run scenarios/quickstart.yaml\n  coldfront run shop.yaml --set nodes.orders.write_capacity_units=200\n  coldfront run shop.yaml --duration 5m --seed 7 --format json > report.json\n  coldfront run shop.yaml --variants                the file and its variants, side by side\n  coldfront run today.yaml tomorrow.yaml            files side by side\n  coldfront run shop.yaml --replications 8          means over eight runs, with intervals\n  coldfront run shop.yaml --out out/shop            series, histograms, charts, a page\n\nExit codes: 0 fine, 2 bad input, 3 stopped at a bound with a partial report, 74 input or output failed, 99 a threshold was breached."
)]
pub struct Args {
    /// The scenarios; `-` reads one from stdin.
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<String>,
    /// Run this variant of each file; may be given several times. `base` is the file as it is.
    #[arg(long, value_name = "NAME", conflicts_with = "variants")]
    variant: Vec<String>,
    /// Run each file as it is and with each of its variants.
    #[arg(long)]
    variants: bool,
    /// Run this case of each file, as `validate` does.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["variant", "variants"])]
    case: Option<String>,
    /// Run each scenario so often, each time with other luck, and give means with 95 % intervals.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    replications: u32,
    /// On how many threads runs are made; the result is the same on any number. Default: all cores.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Another seed than the scenario's.
    #[arg(long)]
    seed: Option<u64>,
    /// Another duration than the scenario's, such as `5m`.
    #[arg(long)]
    duration: Option<String>,
    /// Change one value of the scenario: `nodes.orders.write_capacity_units=200`. May be given several times.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = super::studied::assignment)]
    set: Vec<(String, String)>,
    /// Take free tiers off that are given for ever.
    #[arg(long)]
    free_tier: bool,
    /// Prices of one's own, laid over the book; may be given several times.
    #[arg(long, value_name = "OVERLAY")]
    prices: Vec<String>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write summary, series, histograms, charts and a page into this folder; each run into one of its own where there are several.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Stop after so many events, with a partial report.
    #[arg(long, value_name = "N")]
    max_events: Option<u64>,
    /// Stop when more than this is in flight (requests, invocations, calls), with a partial report.
    #[arg(long, value_name = "N")]
    max_in_flight: Option<u64>,
    /// No progress, no figures of the run itself.
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs; described in docs/report.md.
    Json,
    /// Figures as comma-separated values, one a row.
    Csv,
    /// A page for code hosts.
    Markdown,
}

/// A file with one of its variants, loaded.
struct Chosen {
    file: String,
    variant: Option<String>,
    loaded: Loaded,
}

/// Loads, runs, reports.
pub fn run(args: Args) -> Result<Exit, Failure> {
    let chosen = load(&args)?;
    said(&chosen).iter().for_each(show);
    if chosen.iter().any(|one| one.loaded.ready().is_none()) {
        return Ok(Exit::Usage);
    }
    let pricing = pricing(&args.prices, args.free_tier)?;
    let cases = cases(&chosen, &pricing);
    let began = Instant::now();
    let folders = args.out.as_deref().map(|dir| out::Folders::prepare(dir, &cases).map_err(|error| unwritable(dir, error))).transpose()?;
    let (joint, records) = simulate(&args, &cases);
    if let (Some(dir), Some(folders)) = (&args.out, folders) {
        let written = leave(&folders, &chosen, &joint, &records, &pricing).map_err(|error| unwritable(dir, error))?;
        if !args.quiet {
            let _ = writeln!(io::stderr(), "wrote {written} files to {}", dir.display());
        }
    }
    match print(&printed(&args, &joint)) {
        // Whoever closed the pipe has read enough; what the runs came to is so all the same.
        Err(Failure::Io { error, .. }) if error.kind() == io::ErrorKind::BrokenPipe => {}
        done => done?,
    }
    if !args.quiet {
        footer(&joint, began.elapsed().as_secs_f64());
    }
    Ok(match (joint.stopped(), !joint.passed()) {
        (true, _) => Exit::Stopped,
        (_, true) => Exit::Threshold,
        _ => Exit::Ok,
    })
}

/// Every file with every variant that is asked for; all are loaded before any is run.
fn load(args: &Args) -> Result<Vec<Chosen>, Failure> {
    let overrides = overrides(args);
    let mut chosen = Vec::new();
    for file in &args.scenarios {
        let source = files::open(file)?;
        if let Some(case) = &args.case {
            chosen.push(Chosen { file: file.clone(), variant: Some(case.clone()), loaded: source.load_case(case, &overrides) });
            continue;
        }
        let base = source.load(None, &overrides);
        let mut names: Vec<Option<String>> =
            args.variant.iter().map(|name| Some(name.clone()).filter(|name| name != crate::scenario::BASE)).collect();
        if args.variants {
            names = std::iter::once(None).chain(base.parsed.variants.iter().map(|variant| Some(variant.name.value.clone()))).collect();
        }
        if names.is_empty() {
            names.push(None);
        }
        for variant in names {
            let loaded = if variant.is_none() { source.checked(base.clone(), &overrides) } else { source.load(variant.as_deref(), &overrides) };
            chosen.push(Chosen { file: file.clone(), variant, loaded });
        }
    }
    Ok(chosen)
}

/// What there is to say of each, where the one before it of the same file has not said it.
fn said(chosen: &[Chosen]) -> Vec<Loaded> {
    let mut before = std::collections::BTreeSet::new();
    let fresh = |one: &Chosen| {
        let mut loaded = one.loaded.clone();
        loaded.parsed.diagnostics.retain(|d| before.insert((one.file.clone(), d.at.span, d.code, d.message.clone())));
        loaded
    };
    chosen.iter().map(fresh).collect()
}

/// `--seed` and `--duration` are short for `--set`.
fn overrides(args: &Args) -> Vec<(String, String)> {
    let mut overrides = args.set.clone();
    overrides.extend(args.seed.map(|seed| ("seed".to_owned(), seed.to_string())));
    overrides.extend(args.duration.clone().map(|duration| ("duration".to_owned(), duration)));
    overrides
}

/// Those that may be run. Files are called by their stems, as far as these tell them apart; variants follow after a slash.
fn cases<'c>(chosen: &'c [Chosen], pricing: &Pricing) -> Vec<Case<'c>> {
    let case = |one: &'_ Chosen| {
        let (file, variant) = (one.file.clone(), one.variant.clone());
        let name = if chosen.iter().any(|other| other.file != file && stem(&other.file) == stem(&file)) { file.clone() } else { stem(&file) };
        let label = variant.as_ref().map_or_else(|| name.clone(), |variant| format!("{name}/{variant}"));
        (label, file, variant)
    };
    let ready = chosen.iter().filter_map(|one| Some((one, one.loaded.ready()?)));
    ready
        .map(|(one, scenario)| {
            let (label, file, variant) = case(one);
            Case { label, file, variant, scenario, warnings: one.loaded.warnings(), pricing: pricing.clone() }
        })
        .collect()
}

/// A file's name without its folders and its ending.
pub fn stem(file: &str) -> String {
    Path::new(file).file_stem().map_or_else(|| file.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Writes everything that the runs leave behind; gives the number of files.
fn leave(folders: &out::Folders, chosen: &[Chosen], joint: &Joint, records: &[Record], pricing: &Pricing) -> io::Result<usize> {
    let mut files = folders.joint(joint)?.len();
    for (((dir, one), run), record) in folders.runs.iter().zip(chosen).zip(&joint.runs).zip(records) {
        let Some(scenario) = one.loaded.ready() else { continue };
        let statement = Statement::of(scenario, record, pricing);
        files += out::write(dir, scenario, &one.loaded.topology, record, &run.report, &statement)?.len();
    }
    Ok(files)
}

fn unwritable(dir: &Path, error: io::Error) -> Failure {
    Failure::io(format!("cannot write to `{}`", dir.display()), error)
}

/// The first record of each case is kept where files are made of it.
fn simulate(args: &Args, cases: &[Case]) -> (Joint, Vec<Record>) {
    let default = Bounds::default();
    let bounds =
        Bounds { max_events: args.max_events.unwrap_or(default.max_events), max_in_flight: args.max_in_flight.unwrap_or(default.max_in_flight) };
    let threads = args.threads.map_or(Threads::Cores, |threads| Threads::Just(usize::from(threads)));
    let meter = Meter::new(cases.iter().map(|case| case.scenario.duration.value), args.replications, args.quiet);
    let mut records = Vec::new();
    let mut keep = |_: usize, record: &Record| records.extend(args.out.is_some().then(|| record.clone()));
    let joint = Joint::of(cases, args.replications as usize, bounds, threads, &|passed| meter.passed(passed), &mut keep);
    meter.done();
    (joint, records)
}

fn printed(args: &Args, joint: &Joint) -> String {
    let alone = match &joint.runs[..] {
        [only] if only.replications.is_none() => Some(&only.report),
        _ => None,
    };
    match args.format {
        Format::Text => alone.map_or_else(|| joint.text(&style()), |report| report.text(&style())),
        Format::Json => alone.map_or_else(|| joint.json(), Report::json),
        Format::Csv => alone.map_or_else(|| joint.csv(), Report::csv),
        Format::Markdown => alone.map_or_else(|| joint.markdown(), |report| report.markdown(&[])),
    }
}

/// What was simulated, and how fast.
fn footer(joint: &Joint, seconds: f64) {
    use crate::report::{count, plural};
    let events: u64 =
        joint.runs.iter().map(|run| run.replications.as_ref().map_or(run.report.run.events, |all| all.runs.iter().map(|one| one.events).sum())).sum();
    let runs: usize = joint.runs.iter().map(|run| run.replications.as_ref().map_or(1, |all| all.runs.len())).sum();
    let line = match &joint.runs[..] {
        [only] if runs == 1 => {
            let (handled, noun) = only.report.handled().unwrap_or((events, "event"));
            let rate = count((handled as f64 / seconds.max(1e-9)) as u64);
            format!("{}, {} events in {seconds:.2} s: {rate} {noun}s a second", plural(handled, noun), count(events))
        }
        _ => {
            format!("{runs} runs, {} events in {seconds:.2} s: {} events a second", count(events), count((events as f64 / seconds.max(1e-9)) as u64))
        }
    };
    let _ = writeln!(io::stderr(), "{line}");
}

fn style() -> Style {
    let colour = matches!(colour(&io::stdout()), Colour::Always);
    Style { colour, width: terminal_width() }
}
