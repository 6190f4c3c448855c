//! `coldfront check`: every mistake of a scenario at once, without running it.
//!
//! Diagnostics are what one would pipe, so they go to stdout here, where `run` and `graph` put them on stderr. A file that cannot be read is said on
//! stderr, and within the formats for programs as well, so that these are whole whatever happens.

use std::{env, io};

use clap::ValueEnum;

use crate::document::{Diagnostic, Severity, Span};
use crate::scenario::{Source, Sources, github, render, sarif};
use crate::topology::Loaded;

use super::{
    Exit, Failure, colour, complain,
    files::{self, Unreadable},
    more, print,
    severity::{Policy, Which},
};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront check scenarios/quickstart.yaml\n  coldfront check --deny warnings --allow W011 shop.yaml\n  coldfront check --format sarif scenarios/*.yaml > coldfront.sarif\n\nExit codes: 0 nothing to object to, 1 a warning that is denied, 2 errors found or a file that cannot be read."
)]
pub struct Args {
    /// The scenarios; `-` reads one from stdin.
    #[arg(required = true)]
    files: Vec<String>,
    /// How to print what is found.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Warnings that fail the check: `warnings` for all, or codes such as `W008,W012`.
    #[arg(long, value_name = "WHICH", value_delimiter = ',', value_parser = Which::parse)]
    deny: Vec<Which>,
    /// Warnings that are not printed: codes such as `W011`, or `warnings` for all. A code outweighs `warnings`.
    #[arg(long, value_name = "WHICH", value_delimiter = ',', value_parser = Which::parse)]
    allow: Vec<Which>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// With source line, caret and hint.
    Human,
    /// One array with every diagnostic of every file.
    Json,
    /// SARIF 2.1.0, for code hosts and editors.
    Sarif,
    /// Workflow commands, which GitHub Actions shows beside the lines.
    Github,
}

/// What was found in all files.
#[derive(Default)]
struct Found {
    errors: usize,
    denied: usize,
    unreadable: Option<Exit>,
    /// For the last line.
    diagnostics: Vec<Diagnostic>,
    json: Vec<serde_json::Value>,
    sarif: sarif::Log,
}

/// Checks every file, the later ones too where an earlier one has errors.
pub fn check(args: Args) -> Result<Exit, Failure> {
    let policy = Policy { deny: args.deny, allow: args.allow };
    let folder = env::current_dir().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    let mut found = Found { sarif: sarif::Log::new(&folder), ..Found::default() };
    for path in &args.files {
        let text = match files::attempt_in_full(path) {
            Ok(mut loaded) => {
                policy.silence(&mut loaded.parsed.diagnostics);
                found.file(path, &loaded, &policy, args.format)
            }
            Err(unreadable) => {
                complain(&unreadable.message());
                found.unreadable(&unreadable, args.format)
            }
        };
        print(&text)?;
    }
    print(&match args.format {
        Format::Human => more(found.diagnostics.iter()),
        Format::Json => format!("{:#}\n", serde_json::Value::Array(std::mem::take(&mut found.json))),
        Format::Sarif => format!("{:#}\n", std::mem::take(&mut found.sarif).finish()),
        Format::Github => String::new(),
    })?;
    Ok(found.exit())
}

impl Found {
    /// Counts what is wrong with one scenario; gives what is printed at once.
    fn file(&mut self, path: &str, loaded: &Loaded, policy: &Policy, format: Format) -> String {
        let (diagnostics, sources) = (&loaded.parsed.diagnostics, &loaded.parsed.sources);
        let severity = |diagnostic: &Diagnostic| policy.severity(diagnostic);
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
        let denied = diagnostics.iter().filter(|diagnostic| severity(diagnostic) == Severity::Error).count() - errors;
        self.errors += errors;
        self.denied += denied;
        match format {
            Format::Human => {
                self.diagnostics.extend(diagnostics.iter().cloned());
                render::text(diagnostics, sources, colour(&io::stdout())) + &summary(path, errors, diagnostics.len() - errors, denied)
            }
            Format::Json => {
                self.json.extend(render::json(diagnostics, sources).as_array().cloned().unwrap_or_default());
                String::new()
            }
            Format::Sarif => {
                self.sarif.add(diagnostics, sources, severity);
                String::new()
            }
            Format::Github => github::commands(diagnostics, sources, severity),
        }
    }

    /// Tells programs of a file that cannot be read.
    fn unreadable(&mut self, unreadable: &Unreadable, format: Format) -> String {
        self.unreadable = Some(unreadable.exit());
        let diagnostic = Diagnostic::error("E041", Span::default(), unreadable.message());
        let sources = Sources::new(Source::new(&unreadable.name, ""));
        match format {
            Format::Human => {}
            Format::Json => self.json.extend(render::json(&[diagnostic], &sources).as_array().cloned().unwrap_or_default()),
            Format::Sarif => self.sarif.unreadable(&unreadable.name, &unreadable.message()),
            Format::Github => return github::commands(&[diagnostic], &sources, |_| Severity::Error),
        }
        String::new()
    }

    fn exit(&self) -> Exit {
        match self.unreadable {
            Some(exit) => exit,
            None if self.errors > 0 => Exit::Usage,
            None if self.denied > 0 => Exit::No,
            None => Exit::Ok,
        }
    }
}

fn summary(path: &str, errors: usize, warnings: usize, denied: usize) -> String {
    let denied = if denied > 0 { format!(", {denied} of them denied") } else { String::new() };
    match (errors, warnings) {
        (0, 0) => format!("{path}: no mistakes found\n"),
        _ => format!("{path}: {}, {}{denied}\n", plural(errors, "error"), plural(warnings, "warning")),
    }
}

fn plural(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
