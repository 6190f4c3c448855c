//! Overrides: `nodes.orders.write_capacity_units=200` edits the tree before anyone interprets it.
//!
//! A path is keys joined by dots; where a key has dots itself, the longest that is there wins. Items of a list go by number, from 0. A key that is not
//! there is added (the reader then says whether it means anything), except for a node or a workload: these must exist. The value is YAML;
//! `null` takes a field back to its default.

use super::overlay::{self, Lists};
use super::source::OVERRIDE;
use super::{Source, Sources, read};
use crate::document::{Data, Diagnostic, Entry, Reading, Span, Spanned, Value, closest};

/// Maps of which the keys are names that the file must already have.
const NAMED: &[&str] = &["nodes", "workloads"];
/// A map of which the keys have dots and need not be there.
const DOTTED: &str = "quotas";

/// Makes one override. Errors (E039, E040, and those of YAML) point into a source of its own.
pub fn apply(root: &mut Value, (path, text): &(String, String), sources: &mut Sources, reading: &mut Reading) {
    let file = sources.add(Source::new(OVERRIDE, format!("{path}={text}")));
    let whole = Span { file, start: 0, end: (path.len() + 1 + text.len()) as u32 };
    if path.trim().is_empty() || text.trim().is_empty() {
        let hint = "write for example `--set nodes.orders.write_capacity_units=200`";
        reading.push(
            Diagnostic::error("E040", whole, "an override is `path=value`")
                .label(if path.trim().is_empty() { "no path" } else { "no value" })
                .hint(hint),
        );
        return;
    }
    let Some(value) = parsed(file, path, text, reading) else { return };
    let path = Span { file, start: 0, end: path.len() as u32 };
    let rest = Rest { text: &sources.of(path).text[..path.end as usize], at: path };
    if let Err(diagnostic) = change(root, rest, "the scenario", &mut |slot, _| *slot = value.clone(), 0) {
        reading.push(*diagnostic);
    }
}

/// Makes one change of a variant: `path` stands in the file, a map is laid over what is there.
pub fn lay(root: &mut Value, path: &Spanned<String>, new: Value) -> Edit {
    let rest = Rest { text: &path.value, at: path.span };
    change(root, rest, "the scenario", &mut |slot, depth| overlay::lay(slot, new.clone(), overlay::LEVELS.saturating_sub(depth), Lists::Replaced), 0)
}

/// The value, with its place after the `=`.
fn parsed(file: u16, path: &str, text: &str, reading: &mut Reading) -> Option<Value> {
    let shift = path.len() as u32 + 1;
    let mut inner = Reading::default();
    let mut value = match text.trim() {
        "null" | "~" => Some(Value { span: Span { file, start: 0, end: text.len() as u32 }, data: Data::Null }),
        _ => read::tree(file, text.as_bytes(), &mut inner),
    };
    value.iter_mut().for_each(|value| moved(value, shift));
    for mut diagnostic in inner.diagnostics {
        shifted(&mut diagnostic.at.span, shift);
        diagnostic.others.iter_mut().for_each(|other| shifted(&mut other.span, shift));
        reading.push(diagnostic);
    }
    value
}

fn shifted(span: &mut Span, by: u32) {
    span.start += by;
    span.end += by;
}

fn moved(value: &mut Value, by: u32) {
    shifted(&mut value.span, by);
    match &mut value.data {
        Data::List(items) => items.iter_mut().for_each(|item| moved(item, by)),
        Data::Map(entries) => entries.iter_mut().for_each(|entry| {
            shifted(&mut entry.key_span, by);
            moved(&mut entry.value, by);
        }),
        Data::Null | Data::Scalar { .. } => {}
    }
}

/// What is left of a path, and where it stands.
#[derive(Clone, Copy)]
struct Rest<'p> {
    text: &'p str,
    at: Span,
}

impl<'p> Rest<'p> {
    /// The first `length` bytes, and what follows after the dot.
    fn split(self, length: usize) -> (Rest<'p>, Option<Rest<'p>>) {
        let first = Rest { text: &self.text[..length], at: Span { end: self.at.start + length as u32, ..self.at } };
        let after = self.text.get(length + 1..).map(|text| Rest { text, at: Span { start: self.at.start + length as u32 + 1, ..self.at } });
        (first, after)
    }

    /// Where a key may end: at each dot, or at the end; the longest first.
    fn ends(self) -> Vec<usize> {
        let mut ends: Vec<usize> = self.text.match_indices('.').map(|(at, _)| at).chain([self.text.len()]).collect();
        ends.reverse();
        ends
    }
}

type Edit = Result<(), Box<Diagnostic>>;

/// What is done where a path ends; it is told how many keys led there.
type Change<'c> = &'c mut dyn FnMut(&mut Value, usize);

fn change(target: &mut Value, rest: Rest, of: &str, new: Change, depth: usize) -> Edit {
    if matches!(target.data, Data::Null) {
        target.data = Data::Map(Vec::new());
    }
    let what = target.describe();
    match &mut target.data {
        Data::Map(entries) => change_map(entries, rest, of, new, depth + 1),
        Data::List(items) => change_list(items, rest, of, new, depth + 1),
        _ => Err(Box::new(Diagnostic::error("E039", rest.at, format!("`{of}` is {what}, with nothing inside it")).label("leads nowhere"))),
    }
}

fn change_map(entries: &mut Vec<Entry>, rest: Rest, of: &str, new: Change, depth: usize) -> Edit {
    let found = rest.ends().into_iter().find_map(|end| Some((end, entries.iter().position(|entry| entry.key == rest.text[..end])?)));
    if found.is_none() && NAMED.contains(&of) {
        return Err(Box::new(unknown_name(entries, rest, of)));
    }
    let end = found.map_or_else(|| if of == DOTTED { rest.text.len() } else { rest.text.find('.').unwrap_or(rest.text.len()) }, |(end, _)| end);
    let (key, after) = rest.split(end);
    let index = found.map_or_else(
        || {
            entries.push(Entry { key: key.text.into(), key_span: key.at, value: Value { span: key.at, data: Data::Null } });
            entries.len() - 1
        },
        |(_, index)| index,
    );
    place(&mut entries[index].value, key, after, new, depth)
}

fn change_list(items: &mut [Value], rest: Rest, of: &str, new: Change, depth: usize) -> Edit {
    let (key, after) = rest.split(rest.text.find('.').unwrap_or(rest.text.len()));
    let count = items.len();
    match key.text.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
        Some(item) => place(item, key, after, new, depth),
        None => {
            let message = format!("`{of}` is a list, and `{}` is none of its items", key.text);
            let hint = match count {
                0 => "it is empty".into(),
                1 => "its only item is 0".into(),
                _ => format!("it has the items 0 to {}", count - 1),
            };
            Err(Box::new(Diagnostic::error("E039", key.at, message).label("no such item").hint(hint)))
        }
    }
}

fn place(slot: &mut Value, key: Rest, after: Option<Rest>, new: Change, depth: usize) -> Edit {
    match after {
        Some(after) => change(slot, after, key.text, new, depth),
        None => {
            new(slot, depth);
            Ok(())
        }
    }
}

fn unknown_name(entries: &[Entry], rest: Rest, of: &str) -> Diagnostic {
    let (key, _) = rest.split(rest.text.find('.').unwrap_or(rest.text.len()));
    let one = of.trim_end_matches('s');
    let message = format!("there is no {one} `{}` in this scenario", key.text);
    let hint = match closest(key.text, entries.iter().map(|entry| entry.key.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("an override changes a {one} that is there; add new ones to the file"),
    };
    Diagnostic::error("E039", key.at, message).label(format!("no {one} of this name")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str, path: &str, value: &str) -> (Value, Vec<Diagnostic>) {
        let (mut reading, mut sources) = (Reading::default(), Sources::new(Source::new("a", text)));
        let mut root = read::tree(0, text.as_bytes(), &mut reading).expect("the base is YAML");
        apply(&mut root, &(path.into(), value.into()), &mut sources, &mut reading);
        (root, reading.diagnostics)
    }

    fn text_at<'v>(root: &'v Value, path: &[&str]) -> Option<&'v str> {
        path.iter().try_fold(root, |value, key| value.get(key)).and_then(Value::text)
    }

    #[test]
    fn a_path_changes_one_value() {
        let (root, wrong) = after("nodes: { a: { x: 1, y: 2 } }", "nodes.a.y", "3");
        assert!(wrong.is_empty());
        assert_eq!((text_at(&root, &["nodes", "a", "x"]), text_at(&root, &["nodes", "a", "y"])), (Some("1"), Some("3")));
    }

    #[test]
    fn a_name_with_dots_is_taken_whole() {
        let (root, _) = after("nodes: { orders: { x: 1 }, orders.fifo: { x: 1 } }", "nodes.orders.fifo.x", "9");
        assert_eq!((text_at(&root, &["nodes", "orders", "x"]), text_at(&root, &["nodes", "orders.fifo", "x"])), (Some("1"), Some("9")));
    }

    #[test]
    fn quotas_may_be_new_and_have_dots() {
        let (root, wrong) = after("seed: 1", "quotas.lambda.concurrent_executions", "5");
        assert!(wrong.is_empty());
        assert_eq!(text_at(&root, &["quotas", "lambda.concurrent_executions"]), Some("5"));
    }

    #[test]
    fn items_of_a_list_go_by_number() {
        let (root, wrong) = after("phases: [ { rate: 1 }, { rate: 2 } ]", "phases.1.rate", "7");
        let Data::List(items) = &root.get("phases").expect("still there").data else { panic!("still a list") };
        assert!(wrong.is_empty() && text_at(&items[1], &["rate"]) == Some("7") && text_at(&items[0], &["rate"]) == Some("1"));
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        for (path, code) in [("nodes.b.x", "E039"), ("nodes.a.l.7", "E039"), ("nodes.a.x.y", "E039"), ("", "E040")] {
            let (_, wrong) = after("nodes: { a: { x: 1, l: [ 1 ] } }", path, "1");
            assert_eq!(wrong.iter().map(|d| d.code).collect::<Vec<_>>(), [code], "{path}");
        }
    }

    #[test]
    fn errors_of_the_value_stand_after_the_equals_sign() {
        let (_, wrong) = after("seed: 1", "seed", "[");
        assert!(wrong[0].code == "E001" && wrong[0].at.span.file == 1 && wrong[0].at.span.start >= 5);
    }
}
