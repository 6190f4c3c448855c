//! Reading scenarios and what they name, from disk or from stdin.
//! A scenario is read up to its largest size and one byte: what is larger is refused without being read.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::cost::{Asked, Priced, price_file};
use crate::document::Diagnostic;
use crate::scenario::{Edits, FILE_BYTES_MAX, Files};
use crate::topology::{self, Loaded};

use super::{Exit, Failure, complain};

/// The largest trace that is read, bytes.
const TRACE_BYTES_MAX: u64 = 1 << 30;

/// The folder that a scenario's files are found from.
pub struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        read(&self.0.join(path), TRACE_BYTES_MAX).map_err(|error| in_words(&error))
    }
}

/// A scenario that has been read, and not yet understood.
pub struct Opened {
    pub name: String,
    pub folder: Folder,
    pub bytes: Vec<u8>,
}

/// A scenario that could not be read.
#[derive(Debug)]
pub struct Unreadable {
    /// As it was named.
    pub name: String,
    error: io::Error,
}

impl Unreadable {
    /// What is wrong, in one sentence.
    pub fn message(&self) -> String {
        format!("cannot read `{}`: {}", self.name, in_words(&self.error))
    }

    /// A path that leads nowhere is bad input; a disk that fails is not.
    pub fn exit(&self) -> Exit {
        match self.error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::IsADirectory | io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory => Exit::Usage,
            _ => Exit::Io,
        }
    }
}

/// Reads the scenario at `path`; `-` is stdin. What cannot be read is complained of.
pub fn open(path: &str) -> Result<Opened, Failure> {
    attempt(path).map_err(|unreadable| {
        complain(&unreadable.message());
        Failure::Said(unreadable.exit())
    })
}

/// Reads the scenario at `path`; `-` is stdin.
pub fn attempt(path: &str) -> Result<Opened, Unreadable> {
    // One byte more than is allowed is enough to be told that it is too large.
    let most = FILE_BYTES_MAX as u64 + 1;
    let (name, folder, bytes) = match path {
        "-" => ("<stdin>", PathBuf::new(), limited(io::stdin().lock(), most)),
        _ => (path, Path::new(path).parent().map(Path::to_owned).unwrap_or_default(), read(Path::new(path), most)),
    };
    let bytes = bytes.map_err(|error| Unreadable { name: name.to_owned(), error })?;
    Ok(Opened { name: name.to_owned(), folder: Folder(folder), bytes })
}

impl Opened {
    /// Prices it, where it is a usage file.
    pub fn price(&self, asked: &Asked) -> Priced {
        price_file(&self.name, &self.bytes, asked, &self.folder)
    }

    /// Checks it with one of its variants, or as it is.
    pub fn load(&self, variant: Option<&str>, overrides: &[(String, String)]) -> Loaded {
        topology::load(&self.name, &self.bytes, Edits { variant, overrides, ..Edits::default() }, &self.folder)
    }

    /// Checks it with one of its cases.
    pub fn load_case(&self, case: &str, overrides: &[(String, String)]) -> Loaded {
        topology::load(&self.name, &self.bytes, Edits { variant: None, case: Some(case), overrides }, &self.folder)
    }

    /// `base`, loaded from here as it is, with the errors of its variants besides its own.
    pub fn checked(&self, base: Loaded, overrides: &[(String, String)]) -> Loaded {
        let errors = self.of_variants(&base, overrides).into_iter().filter(Diagnostic::is_error).collect();
        Loaded { parsed: base.parsed.with(errors), ..base }
    }

    /// `base`, loaded from here as it is, with all that is wrong with its variants besides.
    pub fn checked_in_full(&self, base: Loaded, overrides: &[(String, String)]) -> Loaded {
        let found = self.of_variants(&base, overrides);
        Loaded { parsed: base.parsed.with(found), ..base }
    }

    fn of_variants(&self, base: &Loaded, overrides: &[(String, String)]) -> Vec<Diagnostic> {
        topology::variants(&self.name, &self.bytes, overrides, &self.folder, base)
    }
}

/// Reads the scenario at `path` and checks it as it is, with the errors of its variants.
pub fn load(path: &str, overrides: &[(String, String)]) -> Result<Loaded, Failure> {
    let opened = open(path)?;
    Ok(opened.checked(opened.load(None, overrides), overrides))
}

/// Reads the scenario at `path` and checks all of it, its variants too.
pub fn attempt_in_full(path: &str) -> Result<Loaded, Unreadable> {
    let opened = attempt(path)?;
    Ok(opened.checked_in_full(opened.load(None, &[]), &[]))
}

fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    limited(File::open(path)?, most)
}

fn limited(source: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// An input or output error without its number.
pub fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::IsADirectory => "this is a directory".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        _ => error.to_string(),
    }
}
