//! `coldfront solve`: the cheapest setting that keeps the scenario's thresholds.
//!
//! ```text
//! FILE with `decide:` or --decide ──knobs──▶ study::solve ──▶ the answer as text, JSON or Markdown; `--out` with the front
//! ```
//!
//! That no setting keeps the thresholds is an answer, and a breached threshold: exit code 99, as for a run that breaches one. Bad input, which has no answer, is 2.

use std::io::{self, Write};

use clap::ValueEnum;

use crate::document::Diagnostic;
use crate::report::{Style, plural};
use crate::scenario::Knob;
use crate::study::How;
use crate::study::solve::{Asked, Refused, Solution, solve as search};
use crate::topology::Loaded;

use super::progress::Meter;
use super::studied::{self, Options};
use super::{Colour, Exit, Failure, colour, files, out, print, show, terminal_width};

/// Runs that a search is taken to need beside those of its last settings, for the progress bar: what bisections of a few lines take.
const USUAL_RUNS: u32 = 30;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront solve shop.yaml                                               with `decide:` in the file\n  coldfront solve shop.yaml --decide nodes.orders.write_capacity_units=1..240\n  coldfront solve shop.yaml --decide nodes.list.memory=512MB,1024MB,1769MB --decide nodes.list.provisioned_concurrency=1..40\n  coldfront solve shop.yaml --minimise \"shoppers: p(99)\"                  the fastest instead of the cheapest\n  coldfront solve shop.yaml --out out/solve                               the front as a table and a picture\n\nExit codes: 0 found, 2 bad input, 3 stopped at --runs with the best so far, 74 input or output failed,\n99 no setting keeps all thresholds, 130 ended by Ctrl-C with the best so far."
)]
pub struct Args {
    /// The scenario; `-` reads it from stdin.
    #[arg(value_name = "SCENARIO")]
    scenario: String,
    /// Search this variant of the file.
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// A knob and its values: `path=a,b,c`, `path=lo..hi`, `path=lo..hi:steps`, with `|log` for even ratios. May be given several times; takes the place of the file's
    /// `decide`.
    #[arg(long, value_name = "PATH=VALUES")]
    decide: Vec<String>,
    /// Find the least of this figure instead of the cost a month: `shoppers: p(99)`.
    #[arg(long, value_name = "NAME", conflicts_with = "maximise")]
    minimise: Option<String>,
    /// Find the most of this figure.
    #[arg(long, value_name = "NAME")]
    maximise: Option<String>,
    /// The second figure of the Pareto front; default: the first latency that a threshold bounds.
    #[arg(long, value_name = "NAME")]
    against: Option<String>,
    /// How often the answer and its neighbours are run, each time with other luck.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    replications: u32,
    /// In what share of its replications a setting must keep all thresholds, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u8).range(1..=100))]
    share: u8,
    /// No more runs than these.
    #[arg(long, value_name = "MAX", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    options: Options,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: `coldfront.solve/1`.
    Json,
    /// For a page or a pull request.
    Markdown,
}

/// Loads, searches, tells.
pub fn solve(args: Args) -> Result<Exit, Failure> {
    let opened = files::open(&args.scenario)?;
    let overrides = args.options.overrides();
    let base = studied::base(&opened, args.variant.as_deref(), &overrides);
    let loaded = base.load(&[]);
    show(&loaded);
    let Some(scenario) = loaded.ready() else { return Ok(Exit::Usage) };
    let knobs = knobs(&args, &loaded)?;
    let pricing = args.options.pricing()?;
    args.options
        .out
        .iter()
        .try_for_each(|dir| out::probe(dir).map_err(|error| Failure::io(format!("cannot write to `{}`", dir.display()), error)))?;
    let expected = USUAL_RUNS + args.replications * (1 + 2 * knobs.len() as u32);
    let meter = Meter::new([scenario.duration.value].into_iter(), expected, args.options.quiet);
    studied::heed_interrupts();
    let told = |passed| meter.passed(passed);
    let how = How { bounds: args.options.bounds(), threads: args.options.threads(), pricing: &pricing, told: &told, stop: &studied::interrupted };
    let found = search(&base, &knobs, &asked(&args), &how);
    meter.done();
    match found {
        Ok(solution) => tell(&args, &solution, &loaded),
        Err(Refused::Loaded(loaded)) => {
            show(&loaded);
            Ok(Exit::Usage)
        }
        Err(Refused::Said(said)) => {
            studied::say(std::slice::from_ref(&said.0), &said.1);
            Ok(Exit::Usage)
        }
    }
}

/// Those of the command line, else those of the file.
fn knobs(args: &Args, loaded: &Loaded) -> Result<Vec<Knob>, Failure> {
    if args.decide.is_empty() {
        return Ok(loaded.parsed.decide.clone());
    }
    let read = |text: &String| {
        Knob::parse_of("--decide", text).map_err(|said| {
            studied::say(std::slice::from_ref(&said.0), &said.1);
            Failure::Said(Exit::Usage)
        })
    };
    args.decide.iter().map(read).collect()
}

fn asked(args: &Args) -> Asked {
    Asked {
        objective: args.minimise.clone().or_else(|| args.maximise.clone()),
        maximise: args.maximise.is_some(),
        against: args.against.clone(),
        replications: args.replications as usize,
        share: f64::from(args.share) / 100.0,
        runs: args.runs as usize,
        command: studied::command(),
    }
}

fn tell(args: &Args, solution: &Solution, loaded: &Loaded) -> Result<Exit, Failure> {
    if let Some(dir) = &args.options.out {
        let written = out::solution(dir, solution).map_err(|error| Failure::io(format!("cannot write to `{}`", dir.display()), error))?;
        if !args.options.quiet {
            let _ = writeln!(io::stderr(), "wrote {} to {}", plural(written.len() as u64, "file"), dir.display());
        }
    }
    let style = Style { colour: matches!(colour(&io::stdout()), Colour::Always), width: terminal_width() };
    print(&match args.format {
        Format::Text => solution.text(&style),
        Format::Json => solution.json(),
        Format::Markdown => solution.markdown(),
    })?;
    let infeasible: Option<Diagnostic> = loaded.ready().and_then(|scenario| solution.infeasible(scenario));
    infeasible.iter().for_each(|diagnostic| studied::say(std::slice::from_ref(diagnostic), &loaded.parsed.sources));
    Ok(match solution.ended.as_deref() {
        Some("interrupted") => Exit::Interrupted,
        Some(_) => Exit::Stopped,
        None if solution.found.is_none() => Exit::Threshold,
        None => Exit::Ok,
    })
}
