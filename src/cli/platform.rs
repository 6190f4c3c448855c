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
    let other = args.diff.as_deref().map(day).transpose()?;
    let catalogue = Catalogue::new(as_of, &args.filter);
    if catalogue.entries.is_empty() {
        complain(&unknown(&args.filter, as_of));
        return Ok(Exit::Usage);
    }
    let style = Style { colour: colour(&io::stdout()) == Colour::Always, width: terminal_width() };
    print(&match other {
        Some(other) => different(&Changes::new(as_of, other, &args.filter), args.format, &style),
        None => listed(&catalogue, args.format, &style),
    })?;
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

/// A day of the command line; what is none is complained of.
pub fn day(text: &str) -> Result<Date, Failure> {
    Date::parse(text).ok_or_else(|| {
        complain(&format!("`{text}` is not a day\nhint: write year, month and day: `2026-11-01`"));
        Failure::Said(Exit::Usage)
    })
}

/// What is said where nothing has these words in its name.
fn unknown(words: &[String], as_of: Date) -> String {
    let entries = catalogue::entries(as_of);
    let alone = |word: &&String| !entries.iter().any(|entry| entry.is_called(std::slice::from_ref(word)));
    let strange = words.iter().find(alone);
    let parts = entries.iter().flat_map(|entry| entry.name.split(['.', '_']));
    let hint = match strange.and_then(|word| closest(word, parts)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`coldfront platform` without words prints everything".to_owned(),
    };
    format!("the platform has nothing called `{}`\nhint: {hint}", words.join(" "))
}
