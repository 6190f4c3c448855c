//! The results file of a sweep: its plan, then a row a line, in the order of the points; only ever added to.
//!
//! ```text
//! {"format":"coldfront.sweep/1", …, "points":200}⏎
//! {"point":0, …}⏎
//! {"point":1, …}⏎
//! {"point":2, …                  a line without its end was being written when the program was killed: it is cut off
//! ```
//!
//! A file of another plan is refused. Left out: reading and writing, which are the command line's.

use super::{Plan, Row};
use crate::document::{Diagnostic, Span};
use crate::scenario::{Source, Sources};

/// What is wrong with a results file, and its line.
pub type Refused = Box<(Diagnostic, Sources)>;

/// What a results file has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resumed {
    /// Of the first points of the plan.
    pub rows: Vec<Row>,
    /// How much of the file holds, bytes; with nothing it begins anew.
    pub whole: usize,
}

/// A complaint about a line of a results file.
pub(super) fn complaint(code: &'static str, name: &str, line: &str, message: String, label: &str, hint: &str) -> Refused {
    // The line may be long; what tells it apart stands at its beginning.
    let shown: String = line.chars().take(120).collect();
    let span = Span { file: 0, start: 0, end: shown.len() as u32 };
    let diagnostic = Diagnostic::error(code, span, message).label(label).hint(hint);
    Box::new((diagnostic, Sources::new(Source::new(name, &shown))))
}

/// E190.
pub fn refused(name: &str, line: &str, message: String, label: &str) -> Refused {
    complaint("E190", name, line, message, label, "give another folder to `--out`, or remove the file if it is not wanted any more")
}

/// The whole lines of a results file: the first, and the rows behind it. A last line without its end is left out.
pub(super) fn lines(text: &str) -> (Option<&str>, Vec<&str>) {
    let mut all = text[..whole(text)].lines();
    (all.next(), all.collect())
}

fn whole(text: &str) -> usize {
    text.rfind('\n').map_or(0, |end| end + 1)
}

/// What the file of this name and text has of a plan.
///
/// # Errors
/// E190 where it is of another study, none at all, or damaged.
pub fn resume(name: &str, text: &str, plan: &Plan) -> Result<Resumed, Refused> {
    let (first, said) = lines(text);
    match first {
        Some(first) if first == plan.line() => Ok(Resumed { rows: rows(name, plan, &said)?, whole: whole(text) }),
        Some(first) => Err(refused(name, first, differs(first, plan), "of this one")),
        // Nothing, or the beginning of what would be written now; a letter may be torn too.
        None if plan.line().starts_with(text.trim_end_matches(char::REPLACEMENT_CHARACTER)) => Ok(Resumed::default()),
        None => Err(refused(name, text, "this is no results file of a sweep".into(), "not its first line")),
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
pub(super) fn rows(name: &str, plan: &Plan, lines: &[&str]) -> Result<Vec<Row>, Refused> {
    let own = plan.own();
    let read = |(at, line): (usize, &&str)| {
        let row = serde_json::from_str::<Row>(line).ok().filter(|row| own.get(at) == Some(&row.point));
        row.ok_or_else(|| refused(name, line, format!("line {} of the results file is damaged", at + 2), "not the row of the next point"))
    };
    lines.iter().enumerate().map(read).collect()
}
