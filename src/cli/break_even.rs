//! `coldfront break-even`: where two ways of paying for the same thing cost the same.
//!
//! ```text
//! (nothing)  ──▶ one unit, request or function each, at the prices of a Region and a day
//! SCENARIO   ──run──▶ its tables, functions, queues and APIs as they are, and where they stand
//! ```
//!
//! Answers are on stdout, complaints on stderr. A price that is not known leaves its comparison out, which is said.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::cost::break_even::{break_evens, of_scenario};
use crate::cost::{Book, FreeTier, Pricing};
use crate::document::Diagnostic;
use crate::engine::Bounds;
use crate::platform::Date;
use crate::report::{BreakEvens, Style, plural};
use crate::scenario::render::{self, Colour};
use crate::simulation::Simulation;

use super::{Exit, Failure, colour, complain, files, more, out, platform::day, print, show, terminal_width};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront break-even\n  coldfront break-even --region eu-west-1 --as-of 2024-10-31\n  coldfront break-even shop.yaml                    the scenario's own, and where it stands\n  coldfront break-even shop.yaml --out out/even     a chart of each\n\nExit codes: 0 fine, 2 bad input, 3 the run stopped at a bound, 74 input or output failed."
)]
pub struct Args {
    /// The scenario; `-` reads it from stdin. Without one: one unit, request or function each.
    #[arg(value_name = "SCENARIO")]
    scenario: Option<String>,
    /// Whose prices, such as `eu-west-1`, whatever the scenario says.
    #[arg(long)]
    region: Option<String>,
    /// The day whose prices hold, such as `2026-11-01`, whatever the scenario says.
    #[arg(long, value_name = "DAY")]
    as_of: Option<String>,
    /// Prices of one's own, laid over the book; may be given several times.
    #[arg(long, value_name = "OVERLAY")]
    prices: Vec<String>,
    /// Do not run the scenario: no positions, and durations and volumes as if it were one unit.
    #[arg(long, requires = "scenario")]
    no_run: bool,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write a chart of each into this folder, and all of it as JSON.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// Everything, unrounded; described in docs/cost.md.
    Json,
    /// A table for a page.
    Markdown,
}

/// Compares, prints, draws.
pub fn break_even(args: Args) -> Result<Exit, Failure> {
    if let Some(dir) = &args.out {
        out::probe(dir).map_err(|error| unwritable(dir, error))?;
    }
    match &args.scenario {
        Some(path) => of_file(path, &args),
        None => {
            let as_of = args.as_of.as_deref().map_or(Ok(Date::NEWEST), day)?;
            let book = book(&args, args.region.as_deref().unwrap_or("us-east-1"), as_of)?;
            answer(&args, &BreakEvens { book: &book, found: &break_evens(&book), of: None })
        }
    }
}

fn of_file(path: &str, args: &Args) -> Result<Exit, Failure> {
    args.as_of.as_deref().map(day).transpose()?;
    let asked = [("region", &args.region), ("as_of", &args.as_of)];
    let overrides: Vec<(String, String)> = asked.iter().filter_map(|(key, value)| Some(((*key).to_owned(), (*value).clone()?))).collect();
    let loaded = files::load(path, &overrides)?;
    show(&loaded);
    let Some(scenario) = loaded.ready() else { return Ok(Exit::Usage) };
    let as_of = scenario.as_of.as_ref().and_then(|day| Date::parse(&day.value)).unwrap_or(Date::NEWEST);
    let book = book(args, &scenario.region, as_of)?;
    let record = (!args.no_run).then(|| Simulation::new(scenario, Bounds::default()).run());
    let found = of_scenario(&book, scenario, record.as_ref());
    let exit = answer(args, &BreakEvens { book: &book, found: &found, of: Some(&scenario.name) })?;
    Ok(if record.is_some_and(|record| record.stopped_early.is_some()) { Exit::Stopped } else { exit })
}

/// The book of a Region and a day, with what is laid over it.
fn book(args: &Args, region: &str, as_of: Date) -> Result<Book, Failure> {
    Book::of(region, as_of).map_err(|unknown| {
        complain(&format!("{unknown}\nhint: write its code, such as `eu-west-1`"));
        Failure::Said(Exit::Usage)
    })?;
    let overlay = |path: &String| Ok((path.clone(), files::open(path)?.bytes));
    let overlays = args.prices.iter().map(overlay).collect::<Result<Vec<_>, Failure>>()?;
    let (pricing, found, sources) = Pricing::read(FreeTier::No, &overlays);
    if !found.is_empty() {
        let _ = writeln!(io::stderr(), "{}\n{}", render::text(&found, &sources, colour(&io::stderr())), more(found.iter()));
    }
    if found.iter().any(Diagnostic::is_error) { Err(Failure::Said(Exit::Usage)) } else { Ok(pricing.book(region, as_of)) }
}

fn answer(args: &Args, found: &BreakEvens) -> Result<Exit, Failure> {
    if let Some(dir) = &args.out {
        let written = out::break_evens(dir, found).map_err(|error| unwritable(dir, error))?;
        let _ = writeln!(io::stderr(), "wrote {} to {}", plural(written.len() as u64, "file"), dir.display());
    }
    print(&match args.format {
        Format::Text => found.text(&Style { colour: colour(&io::stdout()) == Colour::Always, width: terminal_width() }),
        Format::Json => found.json(),
        Format::Markdown => found.markdown(),
    })?;
    Ok(Exit::Ok)
}

fn unwritable(dir: &Path, error: io::Error) -> Failure {
    Failure::io(format!("cannot write to `{}`", dir.display()), error)
}
