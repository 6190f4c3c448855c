//! The shape that distributions and attributes share: a name with arguments.
//!
//! ```text
//! lognormal(median=12ms p99=60ms)   uniform(20ms..900ms)   one_key(share=40% rest=zipf(n=1000 s=1))   unique
//! { lognormal: { median: 12ms, p99: 60ms } }               the long form of the first
//! ```
//!
//! Arguments are parted by spaces, as a comma would end the value inside YAML's `{ }`; where one gets through (in quotes), it is taken as a space.
//! What the arguments mean, and which go together, is the reader's business: it compares [`Formula::signature`].

use crate::document::{Code, Data, Diagnostic, Entry, Read, Reading, Shape, Span, Value, closest};
use std::ops::Range;

/// The name under which the signature lists an argument that has none.
const POSITIONAL: &str = "_";

/// Parentheses are nested no deeper than this.
const DEPTH_MAX: i32 = 32;

/// A name and its arguments; one without a name is called `_`.
#[derive(Debug)]
pub(super) struct Formula {
    pub name: String,
    arguments: Vec<Entry>,
    span: Span,
}

/// What can be written: the name and an example of every form it has.
pub(super) type Forms = (&'static str, &'static [&'static str]);

/// The shapes of the `known` formulas: as text, where `alone` says what else the text may be, and in the long form.
pub(super) fn shapes(known: &[Forms], alone: &str) -> [Shape; 2] {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let examples = known.iter().flat_map(|(_, forms)| forms.iter().copied()).filter(|form| !form.starts_with('{'));
    let text = Shape::text(format!(r"{alone}^\s*(?:{})\s*(?:\([\s\S]*\)\s*)?$", names.join("|"))).offering(examples);
    let long = known.iter().fold(Shape::object("the long form").with_one_key(), |map, (name, forms)| {
        let examples = forms.iter().map(|form| format!("`{form}`")).collect::<Vec<_>>().join(", ");
        map.with(name, Shape::default().described(&format!("The long form of {examples}.")))
    });
    [text, long]
}

impl Formula {
    /// The formula that stands in `value`; `None` where it has another shape, or after a complaint with `code`.
    pub fn of(value: &Value, code: Code, reading: &mut Reading) -> Option<Formula> {
        match &value.data {
            Data::Scalar { text, quoted } => Self::of_text(value, text, *quoted, code, reading),
            Data::Map(entries) => match entries.as_slice() {
                [only] => Some(Self::of_entry(only, value.span)),
                _ => None,
            },
            _ => None,
        }
    }

    fn of_entry(entry: &Entry, span: Span) -> Formula {
        let arguments = match &entry.value.data {
            Data::Map(arguments) => arguments.clone(),
            _ => vec![Entry { key: POSITIONAL.into(), key_span: entry.key_span, value: entry.value.clone() }],
        };
        Formula { name: entry.key.clone(), arguments, span }
    }

    fn of_text(value: &Value, text: &str, quoted: bool, code: Code, reading: &mut Reading) -> Option<Formula> {
        let place = Place { span: value.span, text, quoted };
        let start = text.len() - text.trim_start().len();
        let end = text[start..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(text.len(), |i| start + i);
        if !text[start..end].starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let name = text[start..end].to_owned();
        let rest = text[end..].trim();
        if rest.is_empty() {
            return Some(Formula { name, arguments: Vec::new(), span: value.span });
        }
        let Some(inside) = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')')).filter(|inside| balanced(inside)) else {
            let message = format!("`{text}` is not a name with its arguments in parentheses");
            let hint = "close every `(`, and part the arguments by spaces: a comma ends the value inside `{ }` and `[ ]`";
            reading.push(Diagnostic::error(code, value.span, message).label("cannot be read").hint(hint));
            return None;
        };
        let offset = text.len() - text[end..].trim_start().len() + 1;
        let arguments = split(inside, offset).into_iter().map(|(key, range)| place.argument(key, range)).collect();
        Some(Formula { name, arguments, span: value.span })
    }

    /// The names of the arguments in alphabetical order after the formula's own: `lognormal median p99`, `uniform _`.
    pub fn signature(&self) -> String {
        let mut names: Vec<&str> = self.arguments.iter().map(|a| a.key.as_str()).collect();
        names.sort_unstable();
        names.insert(0, &self.name);
        names.join(" ")
    }

    /// The value of an argument.
    pub fn argument(&self, name: &str) -> Option<&Value> {
        self.arguments.iter().find(|a| a.key == name).map(|a| &a.value)
    }

    /// Reads an argument that the signature says is there.
    pub fn read<T: Read>(&self, name: &str, reading: &mut Reading) -> Option<T> {
        T::read(self.argument(name)?, reading)
    }

    /// Reads the one argument without a name.
    pub fn read_positional<T: Read>(&self, reading: &mut Reading) -> Option<T> {
        self.read(POSITIONAL, reading)
    }

    /// The one argument without a name.
    pub fn positional(&self) -> Option<&Value> {
        self.argument(POSITIONAL)
    }

    /// Reads an argument where it is given; else `default` holds. `None` means that it was there and wrong.
    pub fn optional<T: Read>(&self, name: &str, default: T, reading: &mut Reading) -> Option<T> {
        match self.argument(name) {
            Some(value) => T::read(value, reading),
            None => Some(default),
        }
    }

    /// Whether all `required` arguments are there, and none that is neither `required` nor `optional`; else a complaint of each, with an example.
    pub fn has(&self, required: &[&str], optional: &[&str], example: &str, code: Code, reading: &mut Reading) -> bool {
        let before = reading.diagnostics.len();
        let known: Vec<&str> = required.iter().chain(optional).copied().collect();
        for argument in self.arguments.iter().filter(|argument| !known.contains(&argument.key.as_str())) {
            let (message, label) = match argument.key.as_str() {
                POSITIONAL => (format!("an argument of `{}` needs its name", self.name), "which one?"),
                key => (format!("`{}` has no argument `{key}`", self.name), "not known here"),
            };
            let hint = match closest(&argument.key, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write `{example}`; its arguments: {}", known.join(", ")),
            };
            reading.push(Diagnostic::error(code, argument.key_span, message).label(label).hint(hint));
        }
        for name in required.iter().filter(|name| self.argument(name).is_none()) {
            let message = format!("`{}` needs `{name}`", self.name);
            reading.push(Diagnostic::error(code, self.span, message).label("not given").hint(format!("write `{example}`")));
        }
        reading.diagnostics.len() == before
    }

    /// The two ends of `a..b`, given without a name.
    pub fn read_range<T: Read>(&self, example: &str, code: Code, reading: &mut Reading) -> Option<(T, T)> {
        let value = self.argument(POSITIONAL)?;
        let Some((text, at)) = value.text().and_then(|text| Some((text, text.find("..")?))) else {
            return self.refuse("a range has two ends", format!("write `{example}`"), code, reading);
        };
        let place = Place { span: value.span, text, quoted: false };
        let (from, to) = (T::read(&place.value(0..at), reading), T::read(&place.value(at + 2..text.len()), reading));
        Some((from?, to?))
    }

    /// A complaint about the whole formula; gives `None` for the caller to return.
    pub fn refuse<T>(&self, message: impl Into<String>, hint: impl Into<String>, code: Code, reading: &mut Reading) -> Option<T> {
        reading.push(Diagnostic::error(code, self.span, message).label("cannot be read").hint(hint));
        None
    }

    /// Complains that this is none of the `known` formulas, each with its forms; `what` is "a distribution" or the like.
    pub fn unknown<T>(&self, what: &str, known: &[Forms], code: Code, reading: &mut Reading) -> Option<T> {
        let examples = |forms: &[&str]| forms.iter().map(|form| format!("`{form}`")).collect::<Vec<_>>().join(" or ");
        if let Some((name, forms)) = known.iter().find(|(name, _)| *name == self.name) {
            let given: Vec<String> = self.arguments.iter().filter(|a| a.key != POSITIONAL).map(|a| format!("`{}`", a.key)).collect();
            let message = match given.is_empty() {
                true => format!("`{name}` cannot be read from what it was given"),
                false => format!("`{name}` cannot be read from {}", given.join(" and ")),
            };
            return self.refuse(message, format!("write {}", examples(forms)), code, reading);
        }
        let hint = match closest(&self.name, known.iter().map(|(name, _)| *name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", known.iter().map(|(_, forms)| format!("`{}`", forms[0])).collect::<Vec<_>>().join(", ")),
        };
        self.refuse(format!("`{}` is not {what}", self.name), hint, code, reading)
    }
}

/// A scalar and where it stands, to find the place of its parts.
struct Place<'t> {
    span: Span,
    text: &'t str,
    quoted: bool,
}

impl Place<'_> {
    fn argument(&self, key: Option<Range<usize>>, value: Range<usize>) -> Entry {
        let value = self.value(value);
        match key.map(|range| self.value(range)) {
            Some(Value { span, data: Data::Scalar { text, .. } }) => Entry { key: text, key_span: span, value },
            _ => Entry { key: POSITIONAL.into(), key_span: value.span, value },
        }
    }

    /// The part of the scalar in `range`, trimmed. Where the file's text is not what was read (escapes, folded lines), the place is the whole.
    fn value(&self, range: Range<usize>) -> Value {
        let part = &self.text[range.clone()];
        let idle = |c: char| c.is_whitespace() || c == ',';
        let text = part.trim_matches(idle).to_owned();
        let start = range.start + (part.len() - part.trim_start_matches(idle).len());
        let length = (self.span.end - self.span.start) as usize;
        let quote = usize::from(self.quoted);
        let span = match length == self.text.len() + 2 * quote {
            true => {
                let first = self.span.start + (start + quote) as u32;
                Span { start: first, end: first + text.len() as u32, ..self.span }
            }
            false => self.span,
        };
        Value { span, data: Data::Scalar { text, quoted: false } }
    }
}

fn balanced(text: &str) -> bool {
    let mut depth = 0i32;
    let never_negative = text.chars().all(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        (0..DEPTH_MAX).contains(&depth)
    });
    never_negative && depth == 0
}

/// The arguments between the parentheses, as places of name and value in a text in which `inside` begins at `offset`.
fn split(inside: &str, offset: usize) -> Vec<(Option<Range<usize>>, Range<usize>)> {
    let keys: Vec<Range<usize>> = equals_signs(inside).into_iter().map(|at| word_before(inside, at)).collect();
    let first = keys.first().map_or(inside.len(), |key| key.start);
    let mut parts = Vec::new();
    if !inside[..first].trim().is_empty() {
        parts.push((None, offset..offset + first));
    }
    for (i, key) in keys.iter().enumerate() {
        let end = keys.get(i + 1).map_or(inside.len(), |next| next.start);
        let from = key.end + inside[key.end..].find('=').map_or(0, |at| at + 1);
        parts.push((Some(offset + key.start..offset + key.end), offset + from.min(end)..offset + end));
    }
    parts
}

/// Where the `=` outside of inner parentheses stand.
fn equals_signs(text: &str) -> Vec<usize> {
    let mut depth = 0;
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '=' if depth == 0 => found.push(at),
            _ => {}
        }
    }
    found
}

fn word_before(text: &str, at: usize) -> Range<usize> {
    let before = text[..at].trim_end();
    let start = before.char_indices().rev().take_while(|(_, c)| c.is_alphanumeric() || *c == '_').last().map_or(before.len(), |(i, _)| i);
    start..before.len()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A plain scalar as it would stand at byte 100 of a file.
    pub fn scalar(text: &str) -> Value {
        let span = Span { file: 0, start: 100, end: 100 + text.len() as u32 };
        Value { span, data: Data::Scalar { text: text.into(), quoted: false } }
    }

    /// A map of plain scalars or maps.
    pub fn map(entries: &[(&str, Value)]) -> Value {
        let entry = |(key, value): &(&str, Value)| Entry { key: (*key).into(), key_span: Span::default(), value: value.clone() };
        Value { span: Span::default(), data: Data::Map(entries.iter().map(entry).collect()) }
    }

    fn of(text: &str) -> Option<Formula> {
        Formula::of(&scalar(text), "E024", &mut Reading::default())
    }

    #[test]
    fn arguments_keep_their_places() {
        let text = "one_key( share = 40 %  rest=zipf(n=20 s=1.0) )";
        let formula = of(text).unwrap();
        assert_eq!(formula.signature(), "one_key rest share");
        for (name, argument) in [("share", "40 %"), ("rest", "zipf(n=20 s=1.0)")] {
            let value = formula.argument(name).unwrap();
            assert_eq!(value.text(), Some(argument));
            assert_eq!(&text[value.span.start as usize - 100..value.span.end as usize - 100], argument);
        }
    }

    #[test]
    fn commas_are_spaces_where_they_get_through() {
        assert_eq!(of("zipf(n=20, s=1.0)").unwrap().argument("n").unwrap().text(), Some("20"));
    }

    #[test]
    fn a_comma_that_cut_the_value_is_explained() {
        let mut reading = Reading::default();
        assert!(Formula::of(&scalar("lognormal(median=12ms"), "E024", &mut reading).is_none());
        assert!(reading.diagnostics[0].hint.as_ref().unwrap().contains("comma"));
    }

    #[test]
    fn the_long_form_has_the_same_signature() {
        let inner = map(&[("p99", scalar("60ms")), ("median", scalar("12ms"))]);
        let formula = Formula::of(&map(&[("lognormal", inner)]), "E024", &mut Reading::default()).unwrap();
        assert_eq!(formula.signature(), of("lognormal(median=12ms p99=60ms)").unwrap().signature());
        assert_eq!(of("uniform(1..2)").unwrap().signature(), "uniform _");
    }

    #[test]
    fn nesting_has_an_end() {
        let nested = |depth: usize| format!("{}1{}", "clamp(of=".repeat(depth), ")".repeat(depth));
        assert!(of(&nested(30)).is_some() && of(&nested(100_000)).is_none());
    }

    #[test]
    fn a_duration_is_no_formula() {
        let mut reading = Reading::default();
        assert!(Formula::of(&scalar("30ms"), "E024", &mut reading).is_none() && reading.diagnostics.is_empty());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-z_]{0,4}[(]?[a-zµ=(), .]{0,30}[)]?\\PC{0,3}") {
            let _ = of(&text).map(|f| f.signature());
        }
    }
}
