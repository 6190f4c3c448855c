//! Other files that a document names: traces, tables of values, parts of a scenario.
//!
//! ```text
//! "day.csv" in shared/common.yaml ──Reading::file──▶ shared/day.csv, from where the first file lies
//! ```
//!
//! A path is meant from the folder of the file it stands in. Where the bytes come from is the caller's affair, so that nothing here needs a file
//! system.

use super::{Diagnostic, Reading, Spanned};

/// Where the files that a scenario names come from, so that nothing here needs a file system.
pub trait Files {
    /// The bytes of the file at `path`, which is relative to the scenario's own place.
    ///
    /// # Errors
    /// Why it cannot be read, in words: "there is no such file".
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
}

/// No files at all.
#[derive(Clone, Copy, Debug)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Err("there are no files here".into())
    }
}

impl Reading<'_> {
    /// The path of `named` from the place of the first file: a name is meant from the folder of the file that it stands in.
    pub fn path(&self, named: &Spanned<String>) -> String {
        let folder = self.folders.get(usize::from(named.span.file)).map_or("", String::as_str);
        let folder = if named.value.starts_with(['/', '\\']) { "" } else { folder };
        cleaned(&format!("{folder}{}", named.value))
    }

    /// The bytes of a file that the document names, or a complaint (E041) that `what` cannot be read.
    pub fn file(&mut self, what: &str, named: &Spanned<String>) -> Option<Vec<u8>> {
        let refusal = match self.files.read(&self.path(named)) {
            Ok(bytes) => return Some(bytes),
            Err(why) => format!("{what} `{}` cannot be read: {why}", named.value),
        };
        let hint = "it is looked for from the folder of the file that names it";
        self.push(Diagnostic::error("E041", named.span, refusal).label("this file").hint(hint));
        None
    }
}

/// A path without `./` and without `a/../`, so that one file has one name.
fn cleaned(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, ".." | "")) => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Span;

    #[test]
    fn a_path_is_meant_from_the_file_that_it_stands_in() {
        let reading = Reading { folders: vec![String::new(), "shared/".into()], ..Reading::default() };
        let named = |file, path: &str| Spanned { value: path.to_owned(), span: Span { file, start: 0, end: 0 } };
        assert_eq!(reading.path(&named(0, "day.csv")), "day.csv");
        assert_eq!(reading.path(&named(1, "day.csv")), "shared/day.csv");
        assert_eq!(reading.path(&named(1, "/day.csv")), "/day.csv");
        assert_eq!(reading.path(&named(9, "day.csv")), "day.csv");
    }

    #[test]
    fn a_file_that_is_not_there_is_complained_of_where_it_is_named() {
        let mut reading = Reading::default();
        let named = Spanned { value: "day.csv".to_owned(), span: Span { file: 0, start: 3, end: 10 } };
        assert_eq!(reading.file("the trace", &named), None);
        assert_eq!((reading.diagnostics[0].code, reading.diagnostics[0].at.span.start), ("E041", 3));
    }
}
