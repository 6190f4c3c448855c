//! `coldfront merge`: parts of a sweep put together, to the same bytes as if one machine had made them all.
//!
//! ```text
//! sweep-0-of-2.jsonl sweep-1-of-2.jsonl ──▶ sweep.jsonl sweep.csv sweep.json charts
//! ```
//!
//! Parts may be named as files or by their folders, in any order.

use std::fs;
use std::path::{Path, PathBuf};

use crate::scenario::Knob;
use crate::study::sweep::{Sweep, merge as put_together};

use super::results::Unusable;
use super::sweep::{Format, leave, said, tell, unwritable};
use super::{Exit, Failure, complain, out};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront merge out/sweep --out out/whole\n  coldfront merge node1/sweep-0-of-2.jsonl node2/sweep-1-of-2.jsonl --format csv > sweep.csv\n\nExit codes: 0 fine, 2 bad input, 74 input or output failed."
)]
pub struct Args {
    /// Results files of a sweep's parts, or folders of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A figure to be shown and drawn, such as `shoppers: p(99)`; may be given several times.
    #[arg(long = "metric", value_name = "FIGURE")]
    metric: Vec<String>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the whole results file, table, JSON and charts into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// No word of what was written.
    #[arg(short, long)]
    quiet: bool,
}

/// Reads, puts together, tells.
pub fn merge(args: Args) -> Result<Exit, Failure> {
    let mut paths = Vec::new();
    for path in &args.paths {
        paths.extend(results(path).map_err(|error| Failure::io(format!("cannot read `{}`", path.display()), error))?);
    }
    if paths.is_empty() {
        complain("there is no results file of a sweep: name files such as `sweep-0-of-4.jsonl`, or their folders");
        return Ok(Exit::Usage);
    }
    let text = |path: &PathBuf| fs::read(path).map(|bytes| (path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
    let files = paths.iter().map(text).collect::<Result<Vec<_>, _>>().map_err(|error| Failure::io("cannot read the results files", error))?;
    let sweep = match put_together(&files) {
        Ok(sweep) => sweep,
        Err(refused) => return said(Unusable::Refused(refused), &args.paths[0]).map(|()| Exit::Usage),
    };
    if let Err(wrong) = sweep.picks(&args.metric) {
        wrong.iter().for_each(|(diagnostic, sources)| super::studied::say(std::slice::from_ref(diagnostic), sources));
        return Ok(Exit::Usage);
    }
    if let Some(dir) = &args.out {
        out::probe(dir).and_then(|()| out::results(dir, &sweep)).map_err(|error| unwritable(dir, error))?;
        leave(dir, &sweep, &args.metric, &knobs(&sweep), args.quiet)?;
    }
    tell(&sweep, &args.metric, args.format)?;
    Ok(Exit::Ok)
}

/// The file itself, or those of a folder by their names.
fn results(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
    let is_part = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("sweep")) && path.extension().is_some_and(|end| end == "jsonl")
    };
    let mut found: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(is_part).collect();
    found.sort();
    Ok(found)
}

/// As they were given, from the words of the command.
fn knobs(sweep: &Sweep) -> Vec<Knob> {
    let words = &sweep.plan.study.command;
    let given = words.iter().zip(words.iter().skip(1)).filter(|(option, _)| *option == "--vary");
    given.filter_map(|(_, text)| Knob::parse(text).ok()).collect()
}
