//! `coldfront worst`: the way in which the same load breaks a threshold, or makes the largest bill.
//!
//! ```text
//! --peak --floor --min-width  ──▶  shapes of one mean  ──search──▶  the worst, beside the flat one, as figures and as phases to paste
//! ```

use std::io::{self, Write};

use clap::ValueEnum;

use crate::report::{Style, plural};
use crate::study::How;
use crate::study::worst::{Asked, AskedBounds, Refused, Worst, worst as search};

use super::progress::Meter;
use super::studied::{self, Options};
use super::{Colour, Exit, Failure, colour, files, out, print, show, terminal_width};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront worst shop.yaml                                       which spike breaks a threshold?\n  coldfront worst shop.yaml --peak 10x --min-width 5s --workload shoppers\n  coldfront worst shop.yaml --maximise 'total: cost_monthly'      denial of wallet\n\nAll shapes have the mean of the scenario's own load over the measured time. Without thresholds the bill is maximised.\n\nExit codes: 0 no shape within the bounds breaks a threshold, or a figure was asked for, 2 bad input,\n74 input or output failed, 99 one breaks a threshold, 130 ended by Ctrl-C, with the worst so far."
)]
pub struct Args {
    /// The scenario; `-` reads it from stdin.
    #[arg(value_name = "SCENARIO")]
    scenario: String,
    /// Ask of this variant of it.
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Shape this workload only. Default: all with phases, alike.
    #[arg(long, value_name = "NAME")]
    workload: Option<String>,
    /// No rate is above this: a multiple of the mean such as `5x`, or a rate such as `500/s`. Default: 5x.
    #[arg(long, value_name = "RATE")]
    peak: Option<String>,
    /// No rate is below this. Default: nothing.
    #[arg(long, value_name = "RATE")]
    floor: Option<String>,
    /// No stretch of one rate is shorter. Default: a fortieth of the measured time, and at least 1 s.
    #[arg(long, value_name = "TIME")]
    min_width: Option<String>,
    /// Make this figure as large as can be, such as `total: cost_monthly`, in place of breaking a threshold.
    #[arg(long, value_name = "FIGURE")]
    maximise: Option<String>,
    /// Make this figure as small as can be, such as `shoppers: goodput`.
    #[arg(long, value_name = "FIGURE", conflicts_with = "maximise")]
    minimise: Option<String>,
    /// Runs of the answer, with seeds that the search has not seen.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    replications: u32,
    /// Runs of the search.
    #[arg(long, value_name = "MAX", default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..))]
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
    /// For programs: `coldfront.worst/1`.
    Json,
    /// One row a shape that was tried.
    Csv,
    /// For a page or a pull request.
    Markdown,
}

/// Loads, searches, tells.
pub fn worst(args: Args) -> Result<Exit, Failure> {
    let opened = files::open(&args.scenario)?;
    let overrides = args.options.overrides();
    let base = studied::base(&opened, args.variant.as_deref(), &overrides);
    let loaded = base.load(&[]);
    show(&loaded);
    let Some(scenario) = loaded.ready() else { return Ok(Exit::Usage) };
    let pricing = args.options.pricing()?;
    if let Some(dir) = &args.options.out {
        out::probe(dir).map_err(|error| unwritable(dir, error))?;
    }
    studied::heed_interrupts();
    let meter = Meter::new(std::iter::once(scenario.duration.value), args.runs + 3 * args.replications, args.options.quiet);
    let told = |passed| meter.passed(passed);
    let how = How { bounds: args.options.bounds(), threads: args.options.threads(), pricing: &pricing, told: &told, stop: &studied::interrupted };
    let found = search(&base, &asked(&args), &how);
    meter.done();
    match found {
        Ok(found) => answer(&args, &found),
        Err(Refused::Loaded(loaded)) => {
            show(&loaded);
            Ok(Exit::Usage)
        }
        Err(Refused::Said(said)) => {
            studied::say(&said.0, &said.1);
            Ok(Exit::Usage)
        }
    }
}

fn asked(args: &Args) -> Asked {
    Asked {
        workload: args.workload.clone(),
        bounds: AskedBounds { peak: args.peak.clone(), floor: args.floor.clone(), min_width: args.min_width.clone() },
        maximise: args.maximise.clone(),
        minimise: args.minimise.clone(),
        replications: args.replications as usize,
        runs: args.runs as usize,
        command: studied::command(),
    }
}

fn answer(args: &Args, found: &Worst) -> Result<Exit, Failure> {
    if let Some(dir) = &args.options.out {
        let written = out::worst(dir, found).map_err(|error| unwritable(dir, error))?;
        if !args.options.quiet {
            let _ = writeln!(io::stderr(), "wrote {} to {}", plural(written.len() as u64, "file"), dir.display());
        }
    }
    let style = Style { colour: matches!(colour(&io::stdout()), Colour::Always), width: terminal_width() };
    print(&match args.format {
        Format::Text => found.text(&style),
        Format::Json => found.json(),
        Format::Csv => found.csv(),
        Format::Markdown => found.markdown(),
    })?;
    let asks_for_a_figure = args.maximise.is_some() || args.minimise.is_some();
    Ok(match found.ended.as_deref() {
        Some("interrupted") => Exit::Interrupted,
        _ if found.breaks() && !asks_for_a_figure => Exit::Threshold,
        _ => Exit::Ok,
    })
}

fn unwritable(dir: &std::path::Path, error: io::Error) -> Failure {
    Failure::io(format!("cannot write to `{}`", dir.display()), error)
}
