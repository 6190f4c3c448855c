//! `coldfront capacity`: the largest load that keeps the scenario's thresholds, and what breaks beyond it.
//!
//! ```text
//! FILE with `thresholds:` or --keep ──▶ study::capacity ──▶ the answer as text, JSON or Markdown; `--out` with the levels and the knee
//! ```
//!
//! That no load keeps the thresholds is an answer, and a breached threshold: exit code 99. That the most which was asked for keeps them leaves the capacity open: 3.

use std::io::{self, Write};

use clap::ValueEnum;

use crate::report::{Style, plural};
use crate::study::How;
use crate::study::capacity::{Asked, Capacity, Refused, capacity as search};
use crate::topology::Loaded;

use super::progress::Meter;
use super::replicate::share;
use super::studied::{self, Options};
use super::{Colour, Exit, Failure, colour, files, out, print, show, terminal_width};

/// Runs that a search is taken to need beside those of its curve, for the progress bar.
const USUAL_RUNS: u32 = 60;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront capacity shop.yaml                                          against the thresholds in the file\n  coldfront capacity shop.yaml --keep \"shoppers: p(99) < 300ms\"          against this one\n  coldfront capacity shop.yaml --share 90 --precision 1%                in nine of ten runs, to 1 %\n  coldfront capacity shop.yaml --out out/capacity                       the levels as a table, and the knee as a picture\n\nExit codes: 0 found, 2 bad input, 3 stopped at --runs, or --max keeps the thresholds too, 74 input or output failed,\n99 no load keeps all thresholds, 130 ended by Ctrl-C with what is known so far."
)]
pub struct Args {
    /// The scenario; `-` reads it from stdin.
    #[arg(value_name = "SCENARIO")]
    scenario: String,
    /// Load this variant of the file.
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// What must hold, in place of the thresholds in the file: `shoppers: p(99) < 300ms`. May be given several times.
    #[arg(long, value_name = "THRESHOLD")]
    keep: Vec<String>,
    /// To what share of itself the capacity is found.
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "2%")]
    precision: f64,
    /// Try no more than so many times the load.
    #[arg(long, value_name = "TIMES", value_parser = times, default_value = "1000")]
    max: f64,
    /// How many levels are run around the capacity, from a quarter to twice of it, for the curve.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(0..=1000))]
    levels: u16,
    /// How often a level is run, each time with other luck.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    replications: u32,
    /// In what share of its replications a level must keep all thresholds, in percent.
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
    /// For programs: `coldfront.capacity/1`.
    Json,
    /// For a page or a pull request.
    Markdown,
}

/// `1000`, or `1000x`.
fn times(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches(['x', '×']).trim_end().parse::<f64>().ok();
    number.filter(|times| (0.001..=1e6).contains(times)).ok_or_else(|| "write a number of times from 0.001 to a million, such as `100`".to_owned())
}

/// Loads, searches, tells.
pub fn capacity(args: Args) -> Result<Exit, Failure> {
    let opened = files::open(&args.scenario)?;
    let mut overrides = args.options.overrides();
    overrides.extend(kept(&args.keep));
    let base = studied::base(&opened, args.variant.as_deref(), &overrides);
    let loaded = base.load(&[]);
    show(&loaded);
    let Some(scenario) = loaded.ready() else { return Ok(Exit::Usage) };
    let pricing = args.options.pricing()?;
    args.options
        .out
        .iter()
        .try_for_each(|dir| out::probe(dir).map_err(|error| Failure::io(format!("cannot write to `{}`", dir.display()), error)))?;
    let expected = USUAL_RUNS + args.replications * u32::from(args.levels);
    let meter = Meter::new([scenario.duration.value].into_iter(), expected, args.options.quiet);
    studied::heed_interrupts();
    let told = |passed| meter.passed(passed);
    let how = How { bounds: args.options.bounds(), threads: args.options.threads(), pricing: &pricing, told: &told, stop: &studied::interrupted };
    let found = search(&base, &asked(&args), &how);
    meter.done();
    match found {
        Ok(capacity) => tell(&args, &capacity, &loaded),
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

/// Thresholds of the command line, as a change of the file.
fn kept(thresholds: &[String]) -> Option<(String, String)> {
    let list = serde_json::to_string(thresholds).ok().filter(|_| !thresholds.is_empty())?;
    Some(("thresholds".to_owned(), list))
}

fn asked(args: &Args) -> Asked {
    Asked {
        replications: args.replications as usize,
        share: f64::from(args.share) / 100.0,
        precision: args.precision,
        max: args.max,
        levels: usize::from(args.levels),
        runs: args.runs as usize,
        command: studied::command(),
    }
}

fn tell(args: &Args, capacity: &Capacity, loaded: &Loaded) -> Result<Exit, Failure> {
    if let Some(dir) = &args.options.out {
        let written = out::capacity(dir, capacity).map_err(|error| Failure::io(format!("cannot write to `{}`", dir.display()), error))?;
        if !args.options.quiet {
            let _ = writeln!(io::stderr(), "wrote {} to {}", plural(written.len() as u64, "file"), dir.display());
        }
    }
    let style = Style { colour: matches!(colour(&io::stdout()), Colour::Always), width: terminal_width() };
    print(&match args.format {
        Format::Text => capacity.text(&style),
        Format::Json => capacity.json(),
        Format::Markdown => capacity.markdown(),
    })?;
    let infeasible = loaded.ready().and_then(|scenario| capacity.infeasible(scenario));
    infeasible.iter().for_each(|diagnostic| studied::say(std::slice::from_ref(diagnostic), &loaded.parsed.sources));
    Ok(match capacity.ended.as_deref() {
        Some("interrupted") => Exit::Interrupted,
        Some(_) => Exit::Stopped,
        None if capacity.found.is_none() => Exit::Threshold,
        None => Exit::Ok,
    })
}
