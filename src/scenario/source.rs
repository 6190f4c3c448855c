//! The texts that a scenario was read from, and where a byte of them stands.
//!
//! File 0 is the scenario; each override has a file of its own, `--set`, so that a diagnostic can point into it.

use crate::document::Span;

/// One text: a file, or an override.
#[derive(Clone, Debug)]
pub struct Source {
    /// As it was named.
    pub name: String,
    pub text: String,
    /// Byte offset of the start of each line.
    lines: Vec<u32>,
}

impl Source {
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at as u32 + 1)).collect();
        Self { name: name.into(), text, lines }
    }

    /// Line and column of a byte offset, both from 1, columns in characters.
    pub fn position(&self, offset: u32) -> (usize, usize) {
        let line = self.lines.partition_point(|&start| start <= offset).max(1);
        let start = self.lines[line - 1] as usize;
        let column =
            self.text.get(start..).map_or(0, |text| text.char_indices().take_while(|(at, c)| start + at + c.len_utf8() <= offset as usize).count());
        (line, column + 1)
    }

    /// The text of a line, counted from 1, without its end.
    pub fn line(&self, line: usize) -> &str {
        let start = self.lines.get(line - 1).map_or(self.text.len(), |&at| at as usize);
        self.text[start..].split('\n').next().unwrap_or_default().trim_end_matches('\r')
    }
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

    /// Where `span` begins, in words: `at line 18`, or `in --set` for an override.
    pub fn whereabouts(&self, span: Span) -> String {
        match span.file {
            0 => format!("at line {}", self.of(span).position(span.start).0),
            _ => format!("in {}", self.of(span).name),
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
        assert_eq!((source.line(1), source.line(2), source.line(9)), ("é1", "ab", ""));
    }
}
