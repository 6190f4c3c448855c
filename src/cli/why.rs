//! `coldfront why`: which limits are to blame for what fails, what is slow and what it costs.
//!
//! ```text
//! every limit that is met, taken away alone and with the others, with the same luck        ──▶ sentences, tables, JSON, CSV, Markdown, a picture
//! ```

use std::io::{self, Write};

use clap::ValueEnum;

use crate::report::{Style, plural};
use crate::study::How;
use crate::study::why::{Asked, Refused, Why, suspects};

use super::progress::Meter;
use super::studied::{self, Options};
use super::{Colour, Exit, Failure, colour, files, out, print, show, terminal_width};

/// Runs that finding the limits takes, usually.
const USUAL_ROUNDS: u32 = 5;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront why shop.yaml\n  coldfront why shop.yaml --of 'orders: mean(duration)' --out blame\n\nA limit is taken away by doubling it until it refuses nothing and nobody waits for it. With N limits 2^N\nworlds are run.\n\nExit codes: 0 fine, 2 bad input, 74 input or output failed, 130 ended by Ctrl-C, with the runs that were done."
)]
pub struct Args {
    /// The scenario; `-` reads it from stdin.
    #[arg(value_name = "SCENARIO")]
    scenario: String,
    /// Ask of this variant of it.
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Lay blame for this figure too, such as `shoppers: p(50)`; may be given several times.
    #[arg(long = "of", value_name = "FIGURE")]
    of: Vec<String>,
    /// How often each world is run.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    replications: u32,
    /// Limits that are weighed against one another, the strictest first.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=8))]
    limits: u8,
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
    /// For programs: `coldfront.why/1`.
    Json,
    /// One row a limit and figure.
    Csv,
    /// For a page or a pull request.
    Markdown,
}

/// Loads, finds the limits, weighs them, tells.
pub fn why(args: Args) -> Result<Exit, Failure> {
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
    let asked =
        Asked { of: args.of.clone(), replications: args.replications as usize, limits: usize::from(args.limits), command: studied::command() };
    studied::heed_interrupts();
    let duration = scenario.duration.value;
    let (bounds, threads) = (args.options.bounds(), args.options.threads());
    let with_meter = |runs: u32, job: &mut dyn FnMut(&How)| {
        let meter = Meter::new(std::iter::once(duration), runs, args.options.quiet);
        job(&How { bounds, threads, pricing: &pricing, told: &|passed| meter.passed(passed), stop: &studied::interrupted });
        meter.done();
    };
    let (mut found, mut made) = (None, None);
    with_meter(USUAL_ROUNDS, &mut |how| found = suspects(&base, how).ok());
    let Some(suspects) = found else { return Ok(Exit::Usage) };
    with_meter(Why::runs(&suspects, &asked) as u32, &mut |how| made = Some(Why::of(&base, &suspects, &asked, how)));
    match made.unwrap_or_else(|| Err(Refused::Loaded(Box::new(loaded)))) {
        Ok(why) => answer(&args, &why),
        Err(Refused::Loaded(loaded)) => {
            show(&loaded);
            Ok(Exit::Usage)
        }
        Err(Refused::Figure(said)) => {
            studied::say(std::slice::from_ref(&said.0), &said.1);
            Ok(Exit::Usage)
        }
    }
}

fn answer(args: &Args, why: &Why) -> Result<Exit, Failure> {
    if let Some(dir) = &args.options.out {
        let written = out::blame(dir, why).map_err(|error| unwritable(dir, error))?;
        if !args.options.quiet {
            let _ = writeln!(io::stderr(), "wrote {} to {}", plural(written.len() as u64, "file"), dir.display());
        }
    }
    let style = Style { colour: matches!(colour(&io::stdout()), Colour::Always), width: terminal_width() };
    print(&match args.format {
        Format::Text => why.text(&style),
        Format::Json => why.json(),
        Format::Csv => why.csv(),
        Format::Markdown => why.markdown(),
    })?;
    Ok(if why.interrupted { Exit::Interrupted } else { Exit::Ok })
}

fn unwritable(dir: &std::path::Path, error: io::Error) -> Failure {
    Failure::io(format!("cannot write to `{}`", dir.display()), error)
}
