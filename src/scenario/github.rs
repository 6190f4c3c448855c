//! Diagnostics as workflow commands, which GitHub Actions shows beside the lines that they are about.
//!
//! ```text
//! ::error file=shop.yaml,line=3,endLine=3,col=13,endColumn=18,title=E012::`shoppers` sends requests to `shopp`, …%0Ahint: …
//! ```
//!
//! Other places than the first are left out: a command has one. Line breaks and the signs that part a command's fields are written as `%0A`, `%2C` and so on.

use std::fmt::Write;

use super::Sources;
use crate::document::{Diagnostic, Severity};

/// One line for each of `diagnostics`, of the severity that `severity` gives it.
pub fn commands(diagnostics: &[Diagnostic], sources: &Sources, severity: impl Fn(&Diagnostic) -> Severity) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let source = sources.of(diagnostic.at.span);
        let ((line, column), (end_line, end_column)) = (source.position(diagnostic.at.span.start), source.position(diagnostic.at.span.end));
        let command = match severity(diagnostic) {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let hint = diagnostic.hint.as_ref().map_or_else(String::new, |hint| format!("\nhint: {hint}"));
        let _ = writeln!(
            out,
            "::{command} file={},line={line},endLine={end_line},col={column},endColumn={end_column},title={}::{}",
            property(&source.name),
            diagnostic.code,
            data(&format!("{}{hint}", diagnostic.message))
        );
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Span;
    use crate::scenario::Source;

    #[test]
    fn a_command_is_one_line_whatever_its_words_hold() {
        let sources = Sources::new(Source::new("a,b:c.yaml", "x: 5\ny: 6\n"));
        let diagnostic = Diagnostic::warning("W001", Span { file: 0, start: 5, end: 6 }, "5 %\nof it").hint("mend");
        let line = "::error file=a%2Cb%3Ac.yaml,line=2,endLine=2,col=1,endColumn=2,title=W001::5 %25%0Aof it%0Ahint: mend\n";
        assert_eq!(commands(&[diagnostic], &sources, |_| Severity::Error), line);
    }
}
