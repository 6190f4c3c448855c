//! `coldfront explain-code`: what a code means, why it matters, an example and the mend.
//!
//! ```text
//! docs/errors.md ─embedded─▶ a section ─▶ paragraphs wrapped, code indented, links written out
//! ```
//!
//! Without a code it lists them all. What is not a code is bad usage, with the code that may be meant.

use std::io;

use crate::report::wrapped;
use crate::scenario::{codes::CODES, pages, pages::Page, render::Colour};

use super::{Exit, Failure, colour, complain, print, terminal_width};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront explain-code E012\n  coldfront explain-code e012 w008\n  coldfront explain-code\n\nExit codes: 0 fine, 2 no such code."
)]
pub struct Args {
    /// The codes, as diagnostics have them; without any, all are listed.
    codes: Vec<String>,
}

/// Prints the pages of some codes, or the list of all.
pub fn explain_code(args: Args) -> Result<Exit, Failure> {
    if args.codes.is_empty() {
        print(&list())?;
        return Ok(Exit::Ok);
    }
    let (mut texts, mut exit) = (Vec::new(), Exit::Ok);
    let colour = colour(&io::stdout());
    for asked in &args.codes {
        match pages::page(&asked.to_uppercase()) {
            Some(page) => texts.push(shown(&page, usize::from(terminal_width()), colour)),
            None => {
                complain(&format!("there is no code `{asked}`{}", suggestion(asked)));
                exit = Exit::Usage;
            }
        }
    }
    print(&texts.join("\n"))?;
    Ok(exit)
}

fn list() -> String {
    let line = |(code, meaning): &(&str, &str)| format!("{code}  {meaning}\n");
    CODES.iter().map(line).collect()
}

/// A hint at the codes that may be meant by this word.
pub(super) fn suggestion(asked: &str) -> String {
    match meant(asked)[..] {
        [] => "\nhint: `coldfront explain-code` lists them all".to_owned(),
        [one] => format!("\nhint: did you mean `{one}`?"),
        [one, other, ..] => format!("\nhint: did you mean `{one}` or `{other}`?"),
    }
}

/// Codes with the number of `asked`: of its letter, or of both where it has none.
fn meant(asked: &str) -> Vec<&'static str> {
    let upper = asked.to_uppercase();
    let digits: String = upper.chars().filter(char::is_ascii_digit).collect();
    let Ok(number) = digits.parse::<u16>() else { return Vec::new() };
    let letters = if upper.starts_with(['E', 'W']) { &upper[..1] } else { "EW" };
    let wanted: Vec<String> = letters.chars().map(|letter| format!("{letter}{number:03}")).collect();
    CODES.iter().map(|(code, _)| *code).filter(|code| wanted.iter().any(|wanted| wanted == code)).collect()
}

/// A page for a terminal of this width.
fn shown(page: &Page, width: usize, colour: Colour) -> String {
    let heading = match colour {
        Colour::Never => page.heading.to_owned(),
        Colour::Always => format!("\u{1b}[1m{}\u{1b}[0m", page.heading),
    };
    let mut out = format!("{heading}\n\n");
    let mut paragraph = String::new();
    let mut in_code = false;
    for line in page.text.lines().chain([""]) {
        let fence = line.starts_with("```");
        if in_code && !fence {
            out.push_str(format!("    {line}").trim_end());
            out.push('\n');
        } else if fence || line.is_empty() {
            out.push_str(&flushed(&mut paragraph, width));
            in_code ^= fence;
            if line.is_empty() && !out.ends_with("\n\n") {
                out.push('\n');
            }
        } else {
            paragraph.push_str(line);
            paragraph.push(' ');
        }
    }
    format!("{}\n", out.trim_end())
}

fn flushed(paragraph: &mut String, width: usize) -> String {
    let text = std::mem::take(paragraph);
    if text.is_empty() { text } else { wrapped(without_links(text.trim()).as_str(), width, "") }
}

/// `[words](address)` as `words (address)`.
fn without_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((words, address, after)) = link(rest) {
        out.push_str(&format!("{words} ({address})"));
        rest = after;
    }
    out + rest
}

/// The text up to the end of the first link's words, its address, and what comes after.
fn link(text: &str) -> Option<(String, &str, &str)> {
    let (words, rest) = text.split_once("](")?;
    let (before, words) = words.rsplit_once('[')?;
    let (address, after) = rest.split_once(')')?;
    Some((format!("{before}{words}"), address, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_written_otherwise_is_understood() {
        assert_eq!(meant("E12"), ["E012"]);
        assert_eq!(meant("w8"), ["W008"]);
        assert_eq!(meant("0012"), ["E012", "W012"]);
        assert_eq!(meant("E-012"), ["E012"]);
        assert!(meant("E999").is_empty() && meant("orders").is_empty() && meant("").is_empty());
    }

    #[test]
    fn paragraphs_are_wrapped_and_code_is_indented() {
        let text = "One two\nthree, [a guide](https://a.example/b).\n\n```yaml\na:\n\n  b: 1\n```\n\nMended:";
        let page = Page { code: "E012", heading: "E012: a heading", text };
        let plain = "E012: a heading\n\nOne two three,\na guide\n(https://a.example/b).\n\n    a:\n\n      b: 1\n\nMended:\n";
        assert_eq!(shown(&page, 15, Colour::Never), plain);
        assert!(shown(&page, 15, Colour::Always).starts_with("\u{1b}[1mE012: a heading\u{1b}[0m\n"));
    }

    #[test]
    fn every_code_is_listed() {
        assert_eq!(list().lines().count(), CODES.len());
        assert!(list().contains("E012  a name stands for nothing in the scenario\n"));
    }
}
