//! `coldfront price`: what a month's usage costs, without a simulation; and the price book itself.
//!
//! ```text
//! coldfront price month.yaml --prices ours.yaml --region eu-west-1        coldfront price --list dynamodb
//! ```
//!
//! Bills are on stdout, complaints on stderr. Every file is priced before anything is printed; an expectation that does not hold makes the exit code 99.

use std::io::{self, Write};

use clap::ValueEnum;

use crate::cost::{Asked, Book, Priced};
use crate::document::Diagnostic;
use crate::platform::Date;
use crate::report::{Bills, PriceList, Style};
use crate::scenario::render::{self, Colour};

use super::{Exit, Failure, colour, complain, files, more, platform::day, print, terminal_width};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront price scenarios/prices/price-lambda-01-mobile-backend.yaml\n  coldfront price month.yaml --free-tier --region eu-west-1 --prices ours.yaml\n  coldfront price month.yaml --format json\n  coldfront price --list dynamodb request_units\n\nExit codes: 0 fine, 2 bad input or a price that is not known, 74 input or output failed, 99 an expected amount does not hold."
)]
pub struct Args {
    /// Usage files, `-` for stdin; with `--list`, words that keys of prices have.
    #[arg(value_name = "FILE", required_unless_present = "list")]
    files: Vec<String>,
    /// Prices of one's own, laid over the book; may be given several times.
    #[arg(long, value_name = "OVERLAY")]
    prices: Vec<String>,
    /// Whose prices, such as `eu-west-1`, whatever the file says.
    #[arg(long)]
    region: Option<String>,
    /// The day whose prices hold, such as `2026-11-01`, whatever the file says.
    #[arg(long, value_name = "DAY")]
    as_of: Option<String>,
    /// Take free tiers off that are given for ever.
    #[arg(long)]
    free_tier: bool,
    /// Print prices and whence they are known; without overlays.
    #[arg(long, conflicts_with = "prices")]
    list: bool,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// Everything, unrounded; described in docs/cost.md.
    Json,
    /// A row for each line of a bill.
    Csv,
    /// Tables for a page.
    Markdown,
}

/// Prices files, or prints prices.
pub fn price(args: Args) -> Result<Exit, Failure> {
    let overlay = |path: &String| Ok((path.clone(), files::open(path)?.bytes));
    let asked = Asked {
        region: args.region.clone(),
        as_of: args.as_of.as_deref().map(day).transpose()?,
        free_tier: args.free_tier,
        overlays: args.prices.iter().map(overlay).collect::<Result<_, Failure>>()?,
    };
    if args.list { list(&args, asked) } else { bills(&args, &asked) }
}

fn bills(args: &Args, asked: &Asked) -> Result<Exit, Failure> {
    let mut priced = Vec::new();
    for file in &args.files {
        priced.push(files::open(file)?.price(asked));
    }
    show(&priced);
    if priced.iter().any(Priced::failed) {
        return Ok(Exit::Usage);
    }
    let bills = Bills(&priced);
    print(&match args.format {
        Format::Text => bills.text(&style()),
        Format::Json => bills.json(),
        Format::Csv => bills.csv(),
        Format::Markdown => bills.markdown(),
    })?;
    Ok(if priced.iter().all(Priced::holds) { Exit::Ok } else { Exit::Threshold })
}

/// Everything that was found wrong, on stderr.
fn show(priced: &[Priced]) {
    for one in priced.iter().filter(|one| !one.diagnostics.is_empty()) {
        let _ = writeln!(io::stderr(), "{}", render::text(&one.diagnostics, &one.sources, colour(&io::stderr())));
    }
    let all: Vec<&Diagnostic> = priced.iter().flat_map(|one| &one.diagnostics).collect();
    let _ = write!(io::stderr(), "{}", more(all.into_iter()));
}

fn list(args: &Args, asked: Asked) -> Result<Exit, Failure> {
    let as_of = asked.as_of.unwrap_or(Date::NEWEST);
    let region = args.region.as_deref().unwrap_or("us-east-1");
    let book = Book::of(region, as_of).map_err(|unknown| {
        complain(&format!("{unknown}\nhint: write its code, such as `eu-west-1`"));
        Failure::Said(Exit::Usage)
    })?;
    let list = PriceList::new(&book, &args.files);
    if list.prices.is_empty() {
        complain(&format!(
            "no price of {region} on {as_of} is called `{}`\nhint: `coldfront price --list` without words prints all",
            args.files.join(" ")
        ));
        return Ok(Exit::Usage);
    }
    print(&match args.format {
        Format::Text => list.text(&style()),
        Format::Json => list.json(),
        Format::Csv => list.csv(),
        Format::Markdown => list.markdown(),
    })?;
    Ok(Exit::Ok)
}

fn style() -> Style {
    Style { colour: colour(&io::stdout()) == Colour::Always, width: terminal_width() }
}
