//! Diagnostics for people and for programs.
//!
//! ```text
//! error[E012]: `checkout` calls `orderz`, which is not in this scenario
//!   --> scenarios/checkout.yaml:14:14
//!    |
//! 14 |       calls: [orderz]
//!    |               ^^^^^^ no node of this name
//! hint: did you mean `orders`, at line 18?
//! ```
//!
//! Lines and columns count from 1, columns in characters. A span of several lines is shown by its first. Control characters of the file are
//! replaced, so that a scenario cannot write to the terminal.

use std::fmt::Write;

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::{Source, Sources};
use crate::document::{Diagnostic, Label, Severity, Span};

/// Widest piece of a source line that is shown, in characters; longer lines are cut around the caret.
const LINE_CHARS_MAX: usize = 120;
/// What is kept before the caret of a line that is cut, in characters.
const LEAD_CHARS: usize = 40;

/// Most diagnostics that are shown as text.
const SHOWN_MAX: usize = 100;

/// Whether the text carries terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Never,
    Always,
}

/// All of `diagnostics` as text, an empty line between two; of very many, the first hundred.
pub fn text(diagnostics: &[Diagnostic], sources: &Sources, colour: Colour) -> String {
    let mut rendered: Vec<String> = diagnostics.iter().take(SHOWN_MAX).map(|diagnostic| Renderer { sources, colour }.one(diagnostic)).collect();
    if diagnostics.len() > SHOWN_MAX {
        rendered.push(format!("… and {} more\n", diagnostics.len() - SHOWN_MAX));
    }
    rendered.join("\n")
}

/// All of `diagnostics` as a JSON array of objects: `severity`, `code`, `message`, `label`, `file`, `line`, `column`, `end_line`, `end_column`,
/// `hint`, and `others`, further places of the same shape.
pub fn json(diagnostics: &[Diagnostic], sources: &Sources) -> serde_json::Value {
    let object = |diagnostic: &Diagnostic| {
        let json = Json {
            severity: word(diagnostic.severity),
            code: diagnostic.code,
            message: &diagnostic.message,
            place: place(&diagnostic.at, sources),
            hint: diagnostic.hint.as_deref(),
            others: diagnostic.others.iter().map(|other| place(other, sources)).collect(),
        };
        serde_json::to_value(json).unwrap_or_default()
    };
    diagnostics.iter().map(object).collect()
}

#[derive(Serialize)]
struct Json<'d> {
    severity: &'static str,
    code: &'static str,
    message: &'d str,
    #[serde(flatten)]
    place: JsonPlace<'d>,
    hint: Option<&'d str>,
    others: Vec<JsonPlace<'d>>,
}

#[derive(Serialize)]
struct JsonPlace<'d> {
    file: &'d str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    label: &'d str,
}

fn place<'d>(label: &'d Label, sources: &'d Sources) -> JsonPlace<'d> {
    let source = sources.of(label.span);
    let ((line, column), (end_line, end_column)) = (source.position(label.span.start), source.position(label.span.end));
    JsonPlace { file: &source.name, line, column, end_line, end_column, label: &label.text }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

struct Renderer<'s> {
    sources: &'s Sources,
    colour: Colour,
}

impl Renderer<'_> {
    fn one(&self, diagnostic: &Diagnostic) -> String {
        let tone = if diagnostic.is_error() { "1;31" } else { "1;33" };
        let head = format!("{}[{}]", word(diagnostic.severity), diagnostic.code);
        let mut out = format!("{}{}\n", self.paint(tone, &head), self.paint("1", &format!(": {}", harmless(&diagnostic.message))));
        let labels = || std::iter::once(&diagnostic.at).chain(&diagnostic.others);
        let gutter = labels().map(|label| self.sources.of(label.span).position(label.span.start).0.to_string().len()).max().unwrap_or(1);
        self.file(&mut out, gutter, tone, diagnostic.at.span, labels().filter(|label| label.span.file == diagnostic.at.span.file));
        for other in diagnostic.others.iter().filter(|label| label.span.file != diagnostic.at.span.file) {
            self.file(&mut out, gutter, tone, other.span, std::iter::once(other));
        }
        if let Some(hint) = &diagnostic.hint {
            let _ = writeln!(out, "{} {}", self.paint("1;32", "hint:"), harmless(hint));
        }
        out
    }

    /// The name and place of one file, and those of its lines that have a label.
    fn file<'l>(&self, out: &mut String, gutter: usize, tone: &str, at: Span, labels: impl Iterator<Item = &'l Label>) {
        let source = self.sources.of(at);
        let (line, column) = source.position(at.start);
        let arrow = self.paint("1;34", &format!("{:gutter$}-->", ""));
        if source.text.is_empty() {
            let _ = writeln!(out, "{arrow} {}", harmless(&source.name));
            return;
        }
        let _ = writeln!(out, "{arrow} {}:{line}:{column}", harmless(&source.name));
        let _ = writeln!(out, "{}", self.margin(gutter, "", "|"));
        let mut labels: Vec<&Label> = labels.collect();
        labels.sort_by_key(|label| label.span);
        let mut shown: Option<Row> = None;
        for label in labels {
            let row = Row::of(source, label);
            let again = shown.as_ref().is_some_and(|shown| (shown.line, shown.from) == (row.line, row.from));
            if shown.is_some_and(|shown| row.line > shown.line + 1) {
                out.push_str("...\n");
            }
            if !again {
                let _ = writeln!(out, "{} {}", self.margin(gutter, &row.line.to_string(), "|"), row.shown().trim_end());
            }
            let (mark, tone) = if label.span == at { ("^", tone) } else { ("-", "1;34") };
            let marked = format!("{} {}", mark.repeat(row.width), harmless(&label.text));
            let indent = row.indent;
            let _ = writeln!(out, "{} {:indent$}{}", self.margin(gutter, "", "|"), "", self.paint(tone, marked.trim_end()));
            shown = Some(row);
        }
    }

    fn margin(&self, gutter: usize, number: &str, bar: &str) -> String {
        self.paint("1;34", &format!("{number:>gutter$} {bar}"))
    }

    fn paint(&self, tone: &str, text: &str) -> String {
        match self.colour {
            Colour::Never => text.to_owned(),
            Colour::Always => format!("\u{1b}[{tone}m{text}\u{1b}[0m"),
        }
    }
}

/// The line of a label, as far as it is shown.
struct Row<'s> {
    /// Counted from 1.
    line: usize,
    /// The first character that is shown, counted from 0.
    from: usize,
    text: &'s str,
    cut_after: bool,
    /// Columns of the terminal before the mark, and under it.
    indent: usize,
    width: usize,
}

impl<'s> Row<'s> {
    fn of(source: &'s Source, label: &Label) -> Self {
        let (line, column) = source.position(label.span.start);
        let (last, end_column) = source.position(label.span.end);
        let whole = source.line(line);
        let (start, length) = (column - 1, source.characters(line));
        let end = if last == line { end_column - 1 } else { length }.max(start);
        let (from, to) = window(length, start, end);
        // Lines may be megabytes long: only what is shown is ever walked.
        let at = (label.span.start - source.start_of(line)) as usize;
        let before = whole.get(..at).unwrap_or(whole);
        let first = before.char_indices().rev().take(start - from).last().map_or(before.len(), |(first, _)| first);
        let text = first_characters(&whole[first..], to - from);
        let (lead, marked) = (&whole[first..before.len()], first_characters(&whole[before.len()..], end.min(to) - start.min(to)));
        let indent = harmless(lead).width() + usize::from(from > 0);
        Self { line, from, text, cut_after: to < length, indent, width: harmless(marked).width().max(1) }
    }

    fn shown(&self) -> String {
        let (front, back) = (if self.from > 0 { "…" } else { "" }, if self.cut_after { "…" } else { "" });
        format!("{front}{}{back}", harmless(self.text))
    }
}

fn first_characters(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(end, _)| &text[..end])
}

/// Which characters of a line are shown, around those from `start` to `end`.
fn window(length: usize, start: usize, end: usize) -> (usize, usize) {
    if length <= LINE_CHARS_MAX {
        return (0, length);
    }
    let from = if end <= LINE_CHARS_MAX { 0 } else { start.saturating_sub(LEAD_CHARS) };
    (from, length.min(from + LINE_CHARS_MAX))
}

/// The text with control characters replaced: tabs by one space each, others by a mark.
fn harmless(text: &str) -> String {
    let harmless = |c: char| match c {
        '\t' | '\n' | '\r' => ' ',
        c if c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}') => '\u{fffd}',
        c => c,
    };
    text.chars().map(harmless).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(text: &str) -> Sources {
        Sources::new(Source::new("a.yaml", text))
    }

    fn span(start: u32, end: u32) -> Span {
        Span { file: 0, start, end }
    }

    #[test]
    fn the_caret_stands_under_its_word() {
        let text_of = "name: x\ncalls: [orderz]\n";
        let diagnostic = Diagnostic::error("E012", span(16, 22), "no such node").label("no node of this name").hint("did you mean `orders`?");
        let expected = "error[E012]: no such node\n --> a.yaml:2:9\n  |\n2 | calls: [orderz]\n  |         ^^^^^^ no node of this name\nhint: did you mean `orders`?\n";
        assert_eq!(text(&[diagnostic], &sources(text_of), Colour::Never), expected);
    }

    #[test]
    fn wide_characters_do_not_move_the_caret() {
        let diagnostic = Diagnostic::error("E012", span(8, 9), "m").label("here");
        let shown = text(&[diagnostic], &sources("名前: x"), Colour::Never);
        assert!(shown.ends_with("1 | 名前: x\n  |       ^ here\n"), "{shown}");
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let long = format!("{}WORD{}", "a".repeat(5000), "b".repeat(5000));
        let shown = text(&[Diagnostic::error("E001", span(5000, 5004), "m")], &sources(&long), Colour::Never);
        let rows: Vec<&str> = shown.lines().collect();
        assert!(rows.iter().all(|row| row.chars().count() < 140));
        let at = rows[3].chars().position(|c| c == 'W');
        assert_eq!(at, rows[4].chars().position(|c| c == '^'));
    }

    #[test]
    fn labels_far_apart_on_a_long_line_have_a_piece_of_it_each() {
        let long = format!("{}ONE{}TWO{}", "a".repeat(300), "b".repeat(300), "c".repeat(300));
        let shown = text(&[Diagnostic::error("E001", span(603, 606), "m").also(span(300, 303), "x")], &sources(&long), Colour::Never);
        let rows: Vec<&str> = shown.lines().collect();
        for (row, mark) in [(3, "---"), (5, "^^^")] {
            let word = if mark == "---" { "ONE" } else { "TWO" };
            let at = |row: &str, what: &str| row.find(what).map(|at| row[..at].chars().count());
            assert!(at(rows[row], word).is_some());
            assert_eq!(at(rows[row], word), at(rows[row + 1], mark));
        }
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let shown = text(&[Diagnostic::error("E001", span(0, 1), "m\u{1b}[2J")], &sources("\u{1b}]0;x\u{7}"), Colour::Never);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
    }

    #[test]
    fn json_counts_lines_and_columns_from_one() {
        let json = json(&[Diagnostic::warning("W001", span(2, 5), "m").also(span(0, 1), "first")], &sources("é\nabc"));
        assert_eq!(json[0]["severity"], "warning");
        assert_eq!((&json[0]["line"], &json[0]["column"]), (&1.into(), &2.into()));
        assert_eq!((&json[0]["end_line"], &json[0]["end_column"]), (&2.into(), &3.into()));
        assert_eq!(json[0]["others"][0]["label"], "first");
    }
}
