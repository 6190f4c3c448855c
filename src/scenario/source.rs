//! The texts that a scenario was read from, and where a byte of them stands.
//!
//! File 0 is the scenario; then come the files that it includes. Each override has a file of its own, `--set`, so that a diagnostic can point into it.

use crate::document::Span;

/// Bytes between two counts of characters: what is walked to find a column.
const STRIDE: usize = 1024;

/// What the text of an override is called.
pub const OVERRIDE: &str = "--set";

/// One text: a file, or an override.
#[derive(Clone, Debug)]
pub struct Source {
    /// As it was named.
    pub name: String,
    pub text: String,
    /// Byte offset of the start of each line.
    lines: Vec<u32>,
    /// Characters that begin before each [`STRIDE`]-th byte, as a line may be megabytes long.
    counts: Vec<u32>,
}

impl Source {
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at as u32 + 1)).collect();
        let strides = text.as_bytes().chunks(STRIDE).scan(0, |sum, piece| {
            *sum += beginnings(piece);
            Some(*sum)
        });
        let counts = std::iter::once(0).chain(strides).collect();
        Self { name: name.into(), text, lines, counts }
    }

    /// Line and column of a byte offset, both from 1, columns in characters.
    pub fn position(&self, offset: u32) -> (usize, usize) {
        let line = self.lines.partition_point(|&start| start <= offset).max(1);
        (line, self.characters_before(offset) - self.characters_before(self.start_of(line)) + 1)
    }

    fn characters_before(&self, offset: u32) -> usize {
        let offset = (offset as usize).min(self.text.len());
        let stride = offset / STRIDE;
        (self.counts[stride] + beginnings(&self.text.as_bytes()[stride * STRIDE..offset])) as usize
    }

    /// Byte offset of the first character of a line, counted from 1.
    pub fn start_of(&self, line: usize) -> u32 {
        self.lines.get(line - 1).map_or(self.text.len() as u32, |&start| start)
    }

    /// The text of a line, counted from 1, without its end.
    pub fn line(&self, line: usize) -> &str {
        let (start, next) = (self.start_of(line) as usize, self.start_of(line + 1) as usize);
        self.text[start..next].trim_end_matches(['\r', '\n'])
    }

    /// How many characters a line has.
    pub fn characters(&self, line: usize) -> usize {
        let start = self.start_of(line);
        self.characters_before(start + self.line(line).len() as u32) - self.characters_before(start)
    }
}

/// How many characters begin in these bytes of UTF-8.
fn beginnings(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count() as u32
}

/// Every text of one scenario, by the `file` of a [`Span`].
#[derive(Clone, Debug)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// The scenario's own file; others are added.
    pub fn new(scenario: Source) -> Self {
        Self(vec![scenario])
    }

    /// Adds a text and gives its `file`.
    pub fn add(&mut self, source: Source) -> u16 {
        self.0.push(source);
        (self.0.len() - 1) as u16
    }

    /// The text that `span` is of.
    pub fn of(&self, span: Span) -> &Source {
        self.0.get(usize::from(span.file)).unwrap_or(&self.0[0])
    }

    /// Where `span` begins, in words: `at line 18`, `at line 5 of tables.yaml` for an included file, or `in --set` for an override.
    pub fn whereabouts(&self, span: Span) -> String {
        let source = self.of(span);
        match span.file {
            0 => format!("at line {}", source.position(span.start).0),
            _ if source.name == OVERRIDE => format!("in {OVERRIDE}"),
            _ => format!("at line {} of {}", source.position(span.start).0, source.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let source = Source::new("a", "é1\r\nab");
        assert_eq!([0, 2, 5, 7, 99].map(|at| source.position(at)), [(1, 1), (1, 2), (2, 1), (2, 3), (2, 3)]);
        assert_eq!((source.characters(1), source.characters(2)), (2, 2));
        assert_eq!((source.line(1), source.line(2), source.line(9)), ("é1", "ab", ""));
    }
}
