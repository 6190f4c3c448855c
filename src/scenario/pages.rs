//! The page of each code: why it is given, an example and the mend, as `docs/errors.md` has them.
//!
//! ```text
//! ## E012: a name stands for nothing in the scenario        its heading, the code and its meaning
//! why, example, mend                                        its text, in Markdown
//! ```
//!
//! The document is embedded, so that the program can show it anywhere; a test holds its headings equal to the table of codes.

use crate::document::Code;

use super::codes::CODES;

const DOCUMENT: &str = include_str!("../../docs/errors.md");

/// What there is to say about one code.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub code: Code,
    /// The code and its meaning.
    pub heading: &'static str,
    /// Markdown, without the heading.
    pub text: &'static str,
}

impl Page {
    /// The first paragraph, in one line.
    pub fn summary(&self) -> String {
        let first = self.text.split("\n\n").next().unwrap_or_default();
        first.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What a link within the document calls the heading, after the `#`.
    pub fn anchor(&self) -> String {
        let kept = self.heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
    }
}

/// Every page, in the order of the document.
pub fn pages() -> impl Iterator<Item = Page> {
    DOCUMENT.split("\n## ").skip(1).filter_map(|section| {
        let (heading, text) = section.split_once('\n')?;
        let (code, _) = heading.split_once(':')?;
        let (code, _) = CODES.iter().find(|(known, _)| *known == code)?;
        Some(Page { code, heading, text: text.trim() })
    })
}

/// The page of a code.
pub fn page(code: &str) -> Option<Page> {
    pages().find(|page| page.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_summary_and_an_anchor() {
        let page = page("E012").expect("every code has a page");
        assert_eq!(page.anchor(), "e012-a-name-stands-for-nothing-in-the-scenario");
        assert!(!page.summary().contains('\n') && page.text.starts_with(page.summary().split(' ').next().unwrap_or_default()));
        assert!(super::page("E999").is_none());
    }
}
