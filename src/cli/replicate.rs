//! `coldfront replicate`: a scenario with other luck again and again, until its figures are as sure as is wanted.
//!
//! ```text
//! --replications 20   so many        --precision 2%   until half of the interval of what matters is at most 2 % of it
//! ```

use std::io::{self, Write};

use clap::ValueEnum;

use crate::report::{Style, plural};
use crate::study::{Enough, Header, How, REPLICATE_FORMAT, Replications};

use super::progress::Meter;
use super::studied::{self, Options};
use super::{Colour, Exit, Failure, colour, files, out, print, show, terminal_width};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront replicate shop.yaml --replications 20\n  coldfront replicate shop.yaml --precision 2%                    of every p99 and of a month's costs\n  coldfront replicate shop.yaml --precision 1% --of 'shoppers: mean'\n\nExit codes: 0 fine, 2 bad input, 3 not as precise as asked for within --max runs, 74 input or output failed,\n99 a threshold did not hold in every run, 130 ended by Ctrl-C, with the runs that were done."
)]
pub struct Args {
    /// The scenario; `-` reads it from stdin.
    #[arg(value_name = "SCENARIO")]
    scenario: String,
    /// Run this variant of it.
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// How many runs are made.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    replications: u32,
    /// Make as many runs as it takes until half of each interval is at most this share of the true value, such as `2%`; at least ten.
    #[arg(long, value_name = "SHARE", value_parser = share, conflicts_with = "replications")]
    precision: Option<f64>,
    /// A figure that is to be so precise, such as `shoppers: p(99)`; may be given several times. Default: each workload's p(99), and a month's costs.
    #[arg(long = "of", value_name = "FIGURE")]
    of: Vec<String>,
    /// With --precision: no more runs than these.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    max: u32,
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
    /// For programs: `coldfront.replicate/1`.
    Json,
    /// One row a figure.
    Csv,
    /// For a page.
    Markdown,
}

/// `2%`, or `0.02`.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let (number, scale) = text.trim().strip_suffix('%').map_or((text.trim(), 1.0), |number| (number.trim(), 0.01));
    let share = number.parse::<f64>().ok().map(|number| number * scale);
    share.filter(|share| (1e-6..1.0).contains(share)).ok_or_else(|| "write a share between 0 and 1, such as `2%` or `0.02`".to_owned())
}

/// Loads, runs until there are enough runs, tells.
pub fn replicate(args: Args) -> Result<Exit, Failure> {
    let opened = files::open(&args.scenario)?;
    let overrides = args.options.overrides();
    let base = studied::base(&opened, args.variant.as_deref(), &overrides);
    let loaded = base.load(&[]);
    show(&loaded);
    let Ok(world) = base.world(&[]) else { return Ok(Exit::Usage) };
    let pricing = args.options.pricing()?;
    if let Some(dir) = &args.options.out {
        out::probe(dir).map_err(|error| unwritable(dir, error))?;
    }
    let runs = if args.precision.is_some() { args.max } else { args.replications };
    let enough = args.precision.map_or(Enough::Runs(args.replications as usize), |share| Enough::Within { share, most: args.max as usize });
    let meter = Meter::new(std::iter::once(world.scenario.duration.value), runs, args.options.quiet);
    studied::heed_interrupts();
    let told = |passed| meter.passed(passed);
    let how = How { bounds: args.options.bounds(), threads: args.options.threads(), pricing: &pricing, told: &told, stop: &studied::interrupted };
    let header = Header::new(REPLICATE_FORMAT, &base, &[], &studied::command());
    let made = Replications::of(header, &world, &enough, &args.of, &how);
    meter.done();
    match made {
        Ok(made) => answer(&args, &made),
        Err(wrong) => {
            wrong.iter().for_each(|(diagnostic, sources)| studied::say(std::slice::from_ref(diagnostic), sources));
            Ok(Exit::Usage)
        }
    }
}

fn answer(args: &Args, made: &Replications) -> Result<Exit, Failure> {
    if let Some(dir) = &args.options.out {
        let written = out::replications(dir, made).map_err(|error| unwritable(dir, error))?;
        if !args.options.quiet {
            let _ = writeln!(io::stderr(), "wrote {} to {}", plural(written.len() as u64, "file"), dir.display());
        }
    }
    let style = Style { colour: matches!(colour(&io::stdout()), Colour::Always), width: terminal_width() };
    print(&match args.format {
        Format::Text => made.text(&style),
        Format::Json => made.json(),
        Format::Csv => made.csv(),
        Format::Markdown => made.markdown(),
    })?;
    Ok(match () {
        () if made.interrupted => Exit::Interrupted,
        () if !made.passed() => Exit::Threshold,
        () if !made.is_precise() => Exit::Stopped,
        () => Exit::Ok,
    })
}

fn unwritable(dir: &std::path::Path, error: io::Error) -> Failure {
    Failure::io(format!("cannot write to `{}`", dir.display()), error)
}
