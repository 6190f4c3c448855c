//! `coldfront check`: every mistake of a scenario at once, without running it.
//! Diagnostics are what one would pipe, so they go to stdout here, where `run` and `graph` put them on stderr.

use std::io;

use clap::ValueEnum;

use crate::scenario::render;

use super::{Exit, Failure, colour, files, print};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront check scenarios/quickstart.yaml\n  coldfront check --format json shop.yaml bank.yaml\n\nExit codes: 0 no errors, 2 errors found."
)]
pub struct Args {
    /// The scenarios; `-` reads one from stdin.
    #[arg(required = true)]
    files: Vec<String>,
    /// How to print what is found.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// With source line, caret and hint.
    Human,
    /// One array with every diagnostic of every file.
    Json,
}

/// Checks every file, the later ones too where an earlier one has errors.
pub fn check(args: Args) -> Result<Exit, Failure> {
    let (mut errors, mut unreadable) = (0, None);
    let mut all = Vec::new();
    for path in &args.files {
        let loaded = match files::load_in_full(path) {
            Ok(loaded) => loaded,
            Err(failure) => {
                unreadable = Some(failure);
                continue;
            }
        };
        let parsed = &loaded.parsed;
        errors += parsed.diagnostics.iter().filter(|d| d.is_error()).count();
        match args.format {
            Format::Human => print(&human(path, &loaded))?,
            Format::Json => all.extend(render::json(&parsed.diagnostics, &parsed.sources).as_array().cloned().unwrap_or_default()),
        }
    }
    if let Format::Json = args.format {
        print(&format!("{:#}\n", serde_json::Value::Array(all)))?;
    }
    match unreadable {
        Some(failure) => Err(failure),
        None => Ok(if errors > 0 { Exit::Usage } else { Exit::Ok }),
    }
}

fn human(path: &str, loaded: &crate::topology::Loaded) -> String {
    let parsed = &loaded.parsed;
    let errors = parsed.diagnostics.iter().filter(|d| d.is_error()).count();
    let warnings = parsed.diagnostics.len() - errors;
    let text = render::text(&parsed.diagnostics, &parsed.sources, colour(&io::stdout()));
    let summary = match (errors, warnings) {
        (0, 0) => format!("{path}: no mistakes found\n"),
        _ => format!("{path}: {}, {}\n", plural(errors, "error"), plural(warnings, "warning")),
    };
    text + &summary
}

fn plural(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
