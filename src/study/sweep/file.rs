//! The results file of a sweep: its plan, then a row a line, in the order of the points; only ever added to.
//!
//! ```text
//! {"format":"coldfront.sweep/1", …, "points":200}⏎
//! {"point":0, …}⏎
//! {"point":1, …}⏎
//! {"point":2, …                  a line without its end was being written when the program was killed: it is cut off
//! ```
//!
//! A file of another plan is never written to. While it is written to it is locked, so that two programs do not add to one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{Plan, Row};
use crate::document::{Diagnostic, Span};
use crate::scenario::{Source, Sources};

/// An open results file.
#[derive(Debug)]
pub struct Results {
    file: File,
    path: PathBuf,
}

/// Why a results file cannot be used.
#[derive(Debug)]
pub enum Refused {
    Io(io::Error),
    /// E190, with the file's beginning.
    Said(Box<(Diagnostic, Sources)>),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A complaint about a line of a results file.
pub(super) fn complaint(code: &'static str, path: &Path, line: &str, message: String, label: &str, hint: &str) -> Box<(Diagnostic, Sources)> {
    // The line may be long; what tells it apart stands at its beginning.
    let shown: String = line.chars().take(120).collect();
    let span = Span { file: 0, start: 0, end: shown.len() as u32 };
    let diagnostic = Diagnostic::error(code, span, message).label(label).hint(hint);
    Box::new((diagnostic, Sources::new(Source::new(&path.display().to_string(), &shown))))
}

fn refused(path: &Path, line: &str, message: String, label: &str) -> Refused {
    let hint = "give another folder to `--out`, or remove the file if it is not wanted any more";
    Refused::Said(complaint("E190", path, line, message, label, hint))
}

/// The whole lines of a results file: the first, and the rows behind it. A last line without its end is left out.
pub(super) fn lines(text: &str) -> (Option<&str>, Vec<&str>) {
    let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
    let mut all = whole.lines();
    (all.next(), all.collect())
}

impl Results {
    /// Opens the file for a plan: a new one, or one that has the first rows of the same plan, which are read.
    ///
    /// # Errors
    /// Where it cannot be read or written; E190 where it is of another study, damaged, or being written by another program.
    pub fn open(path: &Path, plan: &Plan) -> Result<(Self, Vec<Row>), Refused> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        if file.try_lock().is_err() {
            return Err(refused(path, "", "another program is writing to this results file".into(), "locked"));
        }
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let (first, said) = lines(&text);
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let Some(first) = first else {
            // Nothing, or the beginning of what would be written now.
            let begins = format!("{}\n", plan.line());
            if !begins.starts_with(text.as_str()) {
                return Err(refused(path, &text, "this is no results file of a sweep".into(), "not its first line"));
            }
            file.set_len(0)?;
            let mut results = Self { file, path: path.to_owned() };
            results.put(&plan.line())?;
            return Ok((results, Vec::new()));
        };
        if first != plan.line() {
            return Err(refused(path, first, differs(first, plan), "of this one"));
        }
        let rows = rows(path, plan, &said)?;
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
        Ok((Self { file, path: path.to_owned() }, rows))
    }

    /// Adds a row; when this returns it is there as a whole.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn add(&mut self, row: &Row) -> io::Result<()> {
        self.put(&row.line())
    }

    /// In one call, so that a line is not cut by anything but the death of the program.
    fn put(&mut self, line: &str) -> io::Result<()> {
        self.file.write_all(format!("{line}\n").as_bytes())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// In which way a plan differs from that of a file.
fn differs(first: &str, plan: &Plan) -> String {
    let Ok(other) = serde_json::from_str::<Plan>(first) else { return "this is no results file of a sweep".into() };
    let what = match () {
        () if other.study.scenario_hash != plan.study.scenario_hash => "another scenario",
        () if other.study.version != plan.study.version => "another version of coldfront",
        () if other.study.seeds != plan.study.seeds => "other seeds",
        () if other.knobs != plan.knobs => "other knobs",
        () if other.shard != plan.shard => "another shard",
        () => "another study",
    };
    format!("the results file is of {what}: `{}`", other.study.command.join(" "))
}

/// Reads rows; each must be of the next point.
pub(super) fn rows(path: &Path, plan: &Plan, lines: &[&str]) -> Result<Vec<Row>, Refused> {
    let own = plan.own();
    let read = |(at, line): (usize, &&str)| {
        let row = serde_json::from_str::<Row>(line).ok().filter(|row| own.get(at) == Some(&row.point));
        row.ok_or_else(|| refused(path, line, format!("line {} of the results file is damaged", at + 2), "not the row of the next point"))
    };
    lines.iter().enumerate().map(read).collect()
}
