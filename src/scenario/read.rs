//! Bytes to a spanned tree: the only place that knows the YAML crate.
//!
//! ```text
//! bytes ─size, UTF-8─▶ text ─events─▶ open lists and maps on a stack ─▶ Value
//! ```
//!
//! Aliases are written out and `<<` is merged, under a budget, so that a small file cannot become a large tree; nesting has a limit, so that whoever
//! walks the tree may recurse. The stack here is a vector: no input can exhaust the thread's. Scalars stay text. Left out: tags, keys that are
//! not text, more than one document; each is refused by name.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Place, StrInput};

use crate::document::{Data, Diagnostic, Entry, Reading, Span, Value};

/// Largest file that is read, in bytes.
pub const FILE_BYTES_MAX: usize = 16 << 20;
/// Largest tree, in bytes: the text of its scalars and [`VALUE_BYTES`] a value, aliases written out.
const TREE_BYTES_MAX: usize = 32 << 20;
/// What a value weighs besides its text, in bytes: its share of the tree, the key before it and the map's index of it.
const VALUE_BYTES: usize = 128;
/// Deepest nesting of lists and maps.
const DEPTH_MAX: usize = 64;

/// The text of `bytes`: what a rendering of diagnostics shows. Bytes that are no text show as `\u{fffd}`; of a file that is too large, nothing does.
pub fn text(bytes: &[u8]) -> String {
    if bytes.len() > FILE_BYTES_MAX { String::new() } else { String::from_utf8_lossy(without_mark(bytes)).into_owned() }
}

/// Reads `bytes`, the file of index `file`, as one YAML document. `None` after at least one diagnostic (E001 to E011) was pushed.
pub fn tree(file: u16, bytes: &[u8], reading: &mut Reading) -> Option<Value> {
    let text = readable(file, without_mark(bytes)).map_err(|refusal| reading.push(*refusal)).ok()?;
    let before = reading.diagnostics.len();
    let root = Builder::new(file, text, reading).run();
    root.filter(|_| reading.diagnostics.len() == before || !reading.diagnostics[before..].iter().any(|d| FATAL.contains(&d.code)))
}

/// The bytes without a byte order mark, from which all offsets are counted.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// After these there is no tree worth interpreting.
const FATAL: &[&str] = &["E001", "E003", "E004", "E007", "E008"];

fn readable(file: u16, bytes: &[u8]) -> Result<&str, Box<Diagnostic>> {
    const NO_TEXT: &str = "is this a scenario file? YAML is text in UTF-8";
    if bytes.len() > FILE_BYTES_MAX {
        let message = format!("this file has more than {} MB, the most that a scenario may have", FILE_BYTES_MAX >> 20);
        let hint = "a scenario is a few kilobytes; arrivals of a trace belong in a CSV file that `replay` names";
        return Err(Box::new(Diagnostic::error("E002", Span { file, start: 0, end: 0 }, message).hint(hint)));
    }
    let not_text = |start: usize, message: &str, hint: &str| {
        let span = Span { file, start: start as u32, end: start as u32 + 1 };
        Box::new(Diagnostic::error("E006", span, message).label("no text from here on").hint(hint))
    };
    let text = str::from_utf8(bytes).map_err(|error| {
        let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        let hint = if wide { "it looks like UTF-16: save it as UTF-8" } else { NO_TEXT };
        not_text(error.valid_up_to(), "this file is not text in UTF-8", hint)
    })?;
    let nul = text.find('\0').map(|nul| not_text(nul, "this file has a NUL byte in it", NO_TEXT));
    nul.map_or(Ok(text), Err)
}

/// A list or a map of which the end has not been met.
struct Open {
    start: Span,
    anchor: usize,
    weight: usize,
    depth: usize,
    kind: Kind,
}

enum Kind {
    List(Vec<Value>),
    Map { entries: Vec<Entry>, places: BTreeMap<String, usize>, key: Option<Key>, merged: Vec<Value> },
}

struct Key {
    text: String,
    span: Span,
    merges: bool,
}

/// A finished value with what it costs to repeat it.
#[derive(Clone)]
struct Built {
    value: Value,
    weight: usize,
    depth: usize,
}

/// Why building stops before the end of the file; its diagnostic has been pushed.
struct Stop;

struct Builder<'t, 'r, 'f> {
    text: &'t str,
    file: u16,
    /// Byte offset of each character; empty where every character is one byte.
    offsets: Vec<u32>,
    anchors: BTreeMap<usize, Built>,
    open: Vec<Open>,
    weight: usize,
    root: Option<Value>,
    reading: &'r mut Reading<'f>,
}

impl<'t, 'r, 'f> Builder<'t, 'r, 'f> {
    fn new(file: u16, text: &'t str, reading: &'r mut Reading<'f>) -> Self {
        let offsets = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at as u32).chain([text.len() as u32]).collect() };
        Self { text, file, offsets, anchors: BTreeMap::new(), open: Vec::new(), weight: 0, root: None, reading }
    }

    fn run(mut self) -> Option<Value> {
        let mut parser = Parser::new(StrInput::new(self.text));
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let step = match event {
                Ok((Event::DocumentStart(_), place)) => {
                    documents += 1;
                    if documents > 1 { self.second_document(place) } else { Ok(()) }
                }
                Ok((event, place)) => self.event(event, place),
                Err(error) => self.syntax(&error),
            };
            if step.is_err() {
                return None;
            }
        }
        if self.root.as_ref().is_none_or(|root| matches!(root.data, Data::Null)) {
            let hint = "`coldfront init` writes a scenario to start from";
            self.reading.push(Diagnostic::error("E007", Span { file: self.file, start: 0, end: 0 }, "there is nothing in this file").hint(hint));
        }
        self.root
    }

    fn event(&mut self, event: Event, place: Place) -> Result<(), Stop> {
        let span = self.span(place);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                let quoted = style != ScalarStyle::Plain;
                let span = if quoted { span } else { self.without_anchor(span, &text) };
                let null = !quoted && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let weight = VALUE_BYTES + text.len();
                let data = if null { Data::Null } else { Data::Scalar { text: text.into_owned(), quoted } };
                self.weigh(weight, span)?;
                self.built(Built { value: Value { span, data }, weight, depth: 0 }, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.begin(span, anchor, Kind::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.begin(span, anchor, Kind::Map { entries: Vec::new(), places: BTreeMap::new(), key: None, merged: Vec::new() })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    /// The parser counts `&name` to a plain scalar; its text alone stands at the end.
    fn without_anchor(&self, span: Span, own: &str) -> Span {
        let there = self.text.get(span.start as usize..span.end as usize);
        if there.is_some_and(|there| there.ends_with(own)) { Span { start: span.end - own.len() as u32, ..span } } else { span }
    }

    /// Adds to the tree's weight, which has a budget.
    fn weigh(&mut self, bytes: usize, span: Span) -> Result<(), Stop> {
        self.weight += bytes;
        if self.weight <= TREE_BYTES_MAX {
            return Ok(());
        }
        let message = format!("what this file holds, its aliases written out, takes more than {} MB", TREE_BYTES_MAX >> 20);
        self.stop(Diagnostic::error("E003", span, message).label("too much from here on").hint("write fewer aliases (`*name`) of large values"))
    }

    fn begin(&mut self, start: Span, anchor: usize, kind: Kind) -> Result<(), Stop> {
        self.weigh(VALUE_BYTES, start)?;
        self.open.push(Open { start, anchor, weight: VALUE_BYTES, depth: 1, kind });
        if self.open.len() > DEPTH_MAX { self.too_deep(start) } else { Ok(()) }
    }

    fn end(&mut self, end: Span) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let (data, last) = match open.kind {
            Kind::List(items) => {
                let last = items.last().map(|item| item.span.end);
                (Data::List(items), last)
            }
            Kind::Map { mut entries, mut places, merged, .. } => {
                let last = entries.last().map(|entry| entry.value.span.end.max(entry.key_span.end));
                merged.into_iter().for_each(|map| self.merge(map, &mut entries, &mut places));
                (Data::Map(entries), last)
            }
        };
        // A block ends where its last value does: the event itself comes only with the next line that is not its own.
        let closes = end.end > end.start;
        let end = if closes { end.end } else { last.unwrap_or(open.start.end) };
        let value = Value { span: Span { end: end.max(open.start.end), ..open.start }, data };
        self.built(Built { value, weight: open.weight, depth: open.depth }, open.anchor)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        let Some(built) = self.anchors.get(&anchor).cloned() else {
            let message = "this alias stands inside of what it names";
            return self.stop(
                Diagnostic::error("E003", span, message).label("would never end").hint("take the alias out of what its anchor (`&name`) marks"),
            );
        };
        self.weigh(built.weight, span)?;
        if self.open.len() + built.depth > DEPTH_MAX {
            return self.too_deep(span);
        }
        self.built(built, 0)
    }

    /// Puts a finished value where it belongs: into the innermost open list or map, or at the root.
    fn built(&mut self, built: Built, anchor: usize) -> Result<(), Stop> {
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
            self.weigh(built.weight, built.value.span)?;
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(built.value);
            return Ok(());
        };
        parent.weight += built.weight;
        parent.depth = parent.depth.max(built.depth + 1);
        match &mut parent.kind {
            Kind::List(items) => items.push(built.value),
            Kind::Map { entries, places, key, merged } => match key.take() {
                None => *key = Some(as_key(built.value, self.reading)),
                Some(key) if key.merges => merged.push(built.value),
                Some(key) => insert(key, built.value, entries, places, self.reading),
            },
        }
        Ok(())
    }

    /// `<<: *base`: what `base` has and this map has not. Of several, the first wins.
    fn merge(&mut self, from: Value, entries: &mut Vec<Entry>, places: &mut BTreeMap<String, usize>) {
        match from.data {
            Data::Map(base) => base.into_iter().for_each(|entry| {
                if !places.contains_key(&entry.key) {
                    places.insert(entry.key.clone(), entries.len());
                    entries.push(entry);
                }
            }),
            Data::List(maps) if maps.iter().all(|map| matches!(map.data, Data::Map(_))) => {
                maps.into_iter().for_each(|map| self.merge(map, entries, places));
            }
            _ => {
                let message = "`<<` merges a map, or a list of maps, into this one";
                self.reading.push(
                    Diagnostic::error("E011", from.span, message).label("neither of them").hint("write `<<: *name`, where `&name` marks a map"),
                );
            }
        }
    }

    fn refuse_tag(&mut self, tagged: bool, span: Span) {
        if tagged {
            let message = "a scenario has no tags such as `!Ref` or `!!str`";
            self.reading
                .push(Diagnostic::error("E009", span, message).label("this has one").hint("leave the tag out: a value is taken as it is written"));
        }
    }

    fn second_document<T>(&mut self, place: Place) -> Result<T, Stop> {
        let span = self.span(place);
        self.stop(
            Diagnostic::error("E008", span, "a scenario is one document").label("a second one begins here").hint("put it into a file of its own"),
        )
    }

    fn too_deep<T>(&mut self, span: Span) -> Result<T, Stop> {
        self.stop(
            Diagnostic::error("E004", span, format!("lists and maps are nested more than {DEPTH_MAX} deep"))
                .label("too deep")
                .hint("scenarios are a dozen deep at most: was a list put into itself?"),
        )
    }

    fn syntax<T>(&mut self, error: &ScanError) -> Result<T, Stop> {
        let start = self.offset(error.marker().index());
        let width = self.text[start as usize..].chars().next().map_or(0, char::len_utf8) as u32;
        let span = Span { file: self.file, start, end: start + width };
        let mut diagnostic = Diagnostic::error("E001", span, format!("this is not YAML: {}", error.info())).label("here");
        diagnostic.hint = syntax_hint(self.text, start as usize, error.info()).map(str::to_owned);
        self.stop(diagnostic)
    }

    fn stop<T>(&mut self, diagnostic: Diagnostic) -> Result<T, Stop> {
        self.reading.push(diagnostic);
        Err(Stop)
    }

    fn span(&self, place: Place) -> Span {
        let start = self.offset(place.start.index());
        Span { file: self.file, start, end: self.offset(place.end.index()).max(start) }
    }

    /// The byte offset of the character of index `character`.
    fn offset(&self, character: usize) -> u32 {
        let byte = if self.offsets.is_empty() { character } else { self.offsets.get(character).map_or(self.text.len(), |&at| at as usize) };
        byte.min(self.text.len()) as u32
    }
}

fn as_key(value: Value, reading: &mut Reading) -> Key {
    let span = value.span;
    match value.data {
        Data::Scalar { text, quoted } => Key { merges: !quoted && text == "<<", text, span },
        Data::Null => Key { text: String::new(), span, merges: false },
        _ => {
            let hint = "quotes make text of it: `\"GET /orders/{id}\": …`";
            reading.push(Diagnostic::error("E010", span, "a key must be text").label("a key that is not").hint(hint));
            // Any text that nobody could have written, so that it is not reported a second time as a duplicate.
            Key { text: format!("\0{}", span.start), span, merges: false }
        }
    }
}

fn insert(key: Key, value: Value, entries: &mut Vec<Entry>, places: &mut BTreeMap<String, usize>, reading: &mut Reading) {
    if let Some(&first) = places.get(&key.text) {
        let message = format!("`{}` is given twice in one map", key.text);
        reading.push(
            Diagnostic::error("E005", key.span, message)
                .label("given again")
                .also(entries[first].key_span, "first given here")
                .hint("rename one of them, or take it out"),
        );
    } else if !key.text.starts_with('\0') {
        places.insert(key.text.clone(), entries.len());
        entries.push(Entry { key: key.text, key_span: key.span, value });
    }
}

/// What usually lies behind a complaint of the parser's.
fn syntax_hint(text: &str, at: usize, info: &str) -> Option<&'static str> {
    let start = text[..at].rfind('\n').map_or(0, |line| line + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let indent = &line[..line.len() - line.trim_start().len()];
    if indent.contains('\t') || info.contains("tab") {
        return Some("YAML is indented with spaces, not with tabs");
    }
    if line.contains("/{") {
        return Some("inside `{ … }` a route with `{id}` needs quotes: `\"GET /orders/{id}\": …`");
    }
    if info.contains("mapping values are not allowed") || info.contains("simple key") {
        return Some("is the indentation of this line and of the one before right? Text with `: ` in it needs quotes");
    }
    if info.contains("anchor") {
        return Some("an alias `*name` needs an anchor `&name` before it; text that begins with `*` or `&` needs quotes");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Path, PathBuf};

    fn read(text: &str) -> (Option<Value>, Vec<&'static str>) {
        let mut reading = Reading::default();
        let tree = tree(0, text.as_bytes(), &mut reading);
        (tree, reading.diagnostics.iter().map(|d| d.code).collect())
    }

    /// Every plain scalar of one line stands in the file where its span says, and every child within its parent's file.
    fn spans_hold(value: &Value, text: &str) {
        match &value.data {
            Data::Null => {}
            Data::Scalar { text: own, quoted } => {
                let (start, end) = (value.span.start as usize, value.span.end as usize);
                let there = text.get(start..end).expect("a span lies on characters");
                assert!(*quoted || there.contains('\n') || there == own, "{there:?} is not {own:?}");
            }
            Data::List(items) => items.iter().for_each(|item| spans_hold(item, text)),
            Data::Map(entries) => entries.iter().for_each(|entry| {
                assert!(text.get(entry.key_span.start as usize..entry.key_span.end as usize).is_some());
                spans_hold(&entry.value, text);
            }),
        }
    }

    fn same(ours: &Value, theirs: &serde_yaml::Value) -> bool {
        use serde_yaml::Value as Theirs;
        match (&ours.data, theirs) {
            (Data::Null, Theirs::Null) => true,
            (Data::Scalar { text, .. }, Theirs::String(string)) => text == string,
            (Data::Scalar { text, quoted: false }, Theirs::Bool(bool)) => text.to_lowercase() == bool.to_string(),
            (Data::Scalar { text, quoted: false }, Theirs::Number(number)) => text == &number.to_string() || text.parse().ok() == number.as_f64(),
            (Data::List(ours), Theirs::Sequence(theirs)) => ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| same(a, b)),
            (Data::Map(ours), Theirs::Mapping(theirs)) => {
                // A key that is a number, such as a percentile, is text to us.
                let named = |key: &str| theirs.get(key).or_else(|| theirs.get(Theirs::Number(serde_yaml::from_str(key).ok()?)));
                ours.len() == theirs.len() && ours.iter().all(|entry| named(&entry.key).is_some_and(|value| same(&entry.value, value)))
            }
            _ => false,
        }
    }

    fn yaml_files(folder: &Path, found: &mut Vec<PathBuf>) {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for path in entries {
            match path.extension() {
                Some(end) if end == "yaml" || end == "yml" => found.push(path),
                _ if path.is_dir() => yaml_files(&path, found),
                _ => {}
            }
        }
    }

    #[test]
    fn every_scenario_is_the_tree_that_serde_yaml_reads() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = vec![here.join("src/scenario/init.yaml")];
        yaml_files(&here.join("scenarios"), &mut files);
        let shared = here.join("../shared/design/scenarios");
        match shared.is_dir() {
            true => yaml_files(&shared, &mut files),
            false => eprintln!("skipped: {} is not there", shared.display()),
        }
        for path in files {
            let text = std::fs::read_to_string(&path).expect("a file of the list can be read");
            let (ours, codes) = read(&text);
            let mut theirs: serde_yaml::Value = serde_yaml::from_str(&text).expect("serde_yaml reads it");
            theirs.apply_merge().expect("merges are maps");
            let ours = ours.unwrap_or_else(|| panic!("{}: {codes:?}", path.display()));
            assert!(same(&ours, &theirs), "{}", path.display());
            spans_hold(&ours, &text);
        }
    }

    #[test]
    fn trees_are_those_of_serde_yaml_in_the_odd_corners_too() {
        for text in [
            "a: &x { b: 1 }\nc: *x\nd: { <<: *x, e: 2 }\nf: { <<: [ *x, { b: 3, g: 4 } ], b: 9 }",
            "- - a\n  - b\n-\n  c: |\n    two\n    lines\n  d: >\n    folded\n    text\n",
            "k: \"a\\tb\\u00e9\"\nq: 'it''s'\nn:\nt: ~\nw: null\nz: ''\ny: yes\no: on\nb: true\ni: 16\nf: 1.50",
            "GET /orders: a\n\"GET /orders/{id}\": b\nname with spaces: \"\"",
            "\u{feff}a: 1",
            "a: [ ]\nb: { }\nc: [ x, y: z ]\n# end",
        ] {
            let mut theirs: serde_yaml::Value = serde_yaml::from_str(text.trim_start_matches('\u{feff}')).expect("serde_yaml reads it");
            theirs.apply_merge().expect("merges are maps");
            let (ours, codes) = read(text);
            assert!(ours.is_some_and(|ours| same(&ours, &theirs)), "{text}: {codes:?} {theirs:?}");
        }
    }

    #[test]
    fn a_small_file_cannot_become_a_large_tree() {
        let levels: String = (1..9).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))).collect();
        assert_eq!(read(&format!("a0: &a0 lol\n{levels}")).1, ["E003"]);
        let text = format!("a: &a {}\nb: [{}]", "x".repeat(100_000), vec!["*a"; 1000].join(", "));
        assert_eq!(read(&text).1, ["E003"]);
        assert_eq!(read("a: &a [ *a ]").1, ["E003"]);
    }

    #[test]
    fn hostile_files_are_refused_quickly() {
        let million = |piece: &str| piece.repeat(1_000_000);
        for text in [
            million("- "),
            million("["),
            million("{a: "),
            million("? "),
            million("&a "),
            million("!a "),
            million("a: "),
            million("*"),
            million("---\n"),
        ] {
            assert!(read(&text).0.is_none());
        }
        for text in [
            million("a\n"),
            million("# \n"),
            million("\t"),
            million("\"a\" "),
            million("- a\n"),
            format!("[{}]", million("a,")),
            million(" \n"),
            million("'"),
        ] {
            let _ = read(&text);
        }
        let keys: String = (0..100_000).map(|n| format!("k{n}: 1\n")).collect();
        assert!(read(&keys).0.is_some());
        assert!(read(&million("k: 1\n")).1.iter().all(|code| matches!(*code, "E003" | "E005")));
    }

    #[test]
    fn depth_has_a_limit_that_aliases_cannot_pass() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(DEPTH_MAX)).0.is_some());
        assert_eq!(read(&nested(DEPTH_MAX + 1)).1, ["E004"]);
        assert_eq!(read(&format!("a: &a {}\nb: &b {}*a{}", nested(40), "[".repeat(40), "]".repeat(40))).1, ["E004"]);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let mut reading = Reading::default();
        for bytes in [&b"a: \xff"[..], b"a: \0", b"\xff\xfea\0"] {
            assert!(tree(0, bytes, &mut reading).is_none());
        }
        assert!(tree(0, &vec![b' '; FILE_BYTES_MAX + 1], &mut reading).is_none());
        assert_eq!(reading.diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["E006", "E006", "E006", "E002"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn any_bytes_give_a_tree_or_a_complaint(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut reading = Reading::default();
            let tree = tree(0, &bytes, &mut reading);
            prop_assert!(tree.is_some() || !reading.diagnostics.is_empty());
        }

        #[test]
        fn yamlish_text_gives_a_tree_or_a_complaint(text in "[-a:{}\\[\\], \n\t&*!|>'\"#?é<~%@`0]{0,80}") {
            let (tree, codes) = read(&text);
            prop_assert!(tree.is_some() || !codes.is_empty());
            if let Some(tree) = tree {
                spans_hold(&tree, &text);
            }
        }
    }
}
