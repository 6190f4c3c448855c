//! The results file of a sweep on disk: gone on with, added to row by row, locked meanwhile.
//!
//! ```text
//! open ──▶ rows that are there; a torn last line is cut off ──▶ add, one write a row
//! ```
//!
//! A file of another study is never written to; two programs do not add to one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::study::sweep::{Plan, Refused, Row, refused, resume};

/// An open results file.
#[derive(Debug)]
pub struct Results(File);

/// Why a results file cannot be used.
#[derive(Debug)]
pub enum Unusable {
    Io(io::Error),
    Refused(Refused),
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Results {
    /// Opens the file for a plan: a new one, or one that has the first rows of the same plan, which are read.
    ///
    /// # Errors
    /// Where it cannot be read or written; E190 where it is of another study, damaged, or being written to by another program.
    pub fn open(path: &Path, plan: &Plan) -> Result<(Self, Vec<Row>), Unusable> {
        let name = path.display().to_string();
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        if file.try_lock().is_err() {
            let message = "another program is writing to this results file".to_owned();
            return Err(Unusable::Refused(refused(&name, "", message, "locked")));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        // What is no text ends what is whole, or is no results file at all.
        let text = String::from_utf8_lossy(&bytes);
        let found = resume(&name, &text, plan).map_err(Unusable::Refused)?;
        file.set_len(found.whole as u64)?;
        let mut results = Self(file);
        if found.whole == 0 {
            results.put(&plan.line())?;
        }
        Ok((results, found.rows))
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
        self.0.write_all(format!("{line}\n").as_bytes())
    }
}
