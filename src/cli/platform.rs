//! `coldfront platform`: what is known of AWS on a day, each figure with its unit, since when it holds, and whence it is known.
//!
//! ```text
//! coldfront platform lambda idle            coldfront platform --as-of 2019-01-01 --diff 2026-11-22
//! ```
//!
//! Figures are those that a run of that day uses. What is no day, or names nothing, is bad usage, and says what was probably meant.

use std::io;

use clap::ValueEnum;

use crate::document::closest;
use crate::platform::{Date, catalogue};
use crate::report::{Catalogue, Changes, Style};
use crate::scenario::render::Colour;

use super::{Exit, Failure, colour, complain, print, terminal_width};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront platform lambda idle\n  coldfront platform --as-of 2020-01-15 lambda scaling\n  coldfront platform --as-of 2019-01-01 --diff 2026-11-22\n  coldfront platform coldstart nodejs22\n  coldfront platform --format csv > platform.csv\n\nExit codes: 0 fine, 2 not a day, or nothing of this name."
)]
pub struct Args {
    /// Only what is called so: entries whose name has all of these words. Kinds are words too: quota, latency, sdk, runtime, coldstart.
    filter: Vec<String>,
    /// The day, such as `2026-11-01`; without it, the newest that is known.
    #[arg(long, value_name = "DAY")]
    as_of: Option<String>,
    /// Show what is different on this other day.
    #[arg(long, value_name = "DAY")]
    diff: Option<String>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// Everything, unrounded.
    Json,
    /// A row for each number.
    Csv,
    /// Tables.
    Markdown,
}

/// Prints what is known of a day, or what differs between two.
pub fn platform(args: Args) -> Result<Exit, Failure> {
    let as_of = args.as_of.as_deref().map_or(Ok(Date::NEWEST), day)?;
    let style = Style { colour: colour(&io::stdout()) == Colour::Always, width: terminal_width() };
    let text = match args.diff.as_deref().map(day).transpose()? {
        Some(other) => different(&Changes::new(as_of, other, &args.filter), args.format, &style),
        None => listed(&Catalogue::new(as_of, &args.filter), args.format, &style),
    };
    if !is_known(&args.filter, as_of) {
        complain(&unknown(&args.filter, as_of));
        return Ok(Exit::Usage);
    }
    print(&text)?;
    Ok(Exit::Ok)
}

fn listed(catalogue: &Catalogue, format: Format, style: &Style) -> String {
    match format {
        Format::Text => catalogue.text(style),
        Format::Json => catalogue.json(),
        Format::Csv => catalogue.csv(),
        Format::Markdown => catalogue.markdown(),
    }
}

fn different(changes: &Changes, format: Format, style: &Style) -> String {
    match format {
        Format::Text => changes.text(style),
        Format::Json => changes.json(),
        Format::Csv => changes.csv(),
        Format::Markdown => changes.markdown(),
    }
}

fn day(text: &str) -> Result<Date, Failure> {
    Date::parse(text).ok_or_else(|| {
        complain(&format!("`{text}` is not a day\nhint: write year, month and day: `2026-11-01`"));
        Failure::Said(Exit::Usage)
    })
}

/// Whether anything at all is called so.
fn is_known(words: &[String], as_of: Date) -> bool {
    catalogue::entries(as_of).iter().any(|entry| entry.is_called(words))
}

fn unknown(words: &[String], as_of: Date) -> String {
    let asked = words.join(" ");
    let names: Vec<String> = catalogue::entries(as_of).into_iter().map(|entry| entry.name).collect();
    let hint = match closest(&asked.replace(' ', "."), names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`coldfront platform` without words prints everything".to_owned(),
    };
    format!("the platform has nothing called `{asked}`\nhint: {hint}")
}
