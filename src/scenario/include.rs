//! `include`: a scenario put together from several files, each value keeping its place.
//!
//! ```text
//! include: [ account.yaml, tables.yaml ]      account.yaml, then tables.yaml over it, then the file itself over both
//! ```
//!
//! Paths are meant from the folder of the file that names them, and included files may include others. Maps are merged down to the fields of a node,
//! lists of the top level are joined (`overlay`). A file that is included twice counts twice, which changes nothing but lists; one that includes
//! itself, by whatever way round, is refused. Anchors do not reach from one file into another.

use super::{FILE_BYTES_MAX, Source, Sources, overlay, read};
use crate::document::{Data, Diagnostic, Entry, OneOrMany, Read, Reading, Spanned, Value};

/// The key.
pub const KEY: &str = "include";
/// Most files of one scenario: more are a slip, or an attack.
const FILES_MAX: usize = 100;

/// The tree with everything that it includes, and without the key.
pub fn expanded(root: Value, sources: &mut Sources, reading: &mut Reading) -> Value {
    Include { sources, reading, open: Vec::new(), met: 0 }.expanded(root)
}

struct Include<'i, 'f> {
    sources: &'i mut Sources,
    reading: &'i mut Reading<'f>,
    /// The files that are being included, outermost first.
    open: Vec<String>,
    met: usize,
}

impl Include<'_, '_> {
    fn expanded(&mut self, mut root: Value) -> Value {
        let Some(entry) = taken(&mut root, KEY) else { return root };
        let Some(OneOrMany(paths)) = OneOrMany::<Spanned<String>>::read(&entry.value, self.reading) else { return root };
        let mut sum: Option<Value> = None;
        for path in paths {
            let Some(part) = self.part(&path) else { continue };
            match &mut sum {
                Some(sum) => overlay::lay(sum, part, overlay::LEVELS, overlay::Lists::Joined),
                None => sum = Some(part),
            }
        }
        match sum {
            Some(mut sum) => {
                overlay::lay(&mut sum, root, overlay::LEVELS, overlay::Lists::Joined);
                sum
            }
            None => root,
        }
    }

    /// One included file, with what it includes itself.
    fn part(&mut self, named: &Spanned<String>) -> Option<Value> {
        let path = self.reading.path(named);
        self.met += 1;
        if self.met > FILES_MAX {
            self.too_many(named);
            return None;
        }
        if let Some(diagnostic) = self.circle(named, &path) {
            self.reading.push(diagnostic);
            return None;
        }
        let bytes = self.reading.file("the file", named)?;
        let shown = self.shown(&path);
        let file = self.sources.add(Source::new(shown, if bytes.len() > FILE_BYTES_MAX { String::new() } else { read::text(&bytes) }));
        self.reading.folders.resize(usize::from(file) + 1, String::new());
        self.reading.folders[usize::from(file)] = path.rfind(['/', '\\']).map_or(String::new(), |end| path[..=end].to_owned());
        let before = self.reading.diagnostics.len();
        let tree = read::tree(file, &bytes, self.reading);
        for diagnostic in &mut self.reading.diagnostics[before..] {
            diagnostic.others.push(crate::document::Label { span: named.span, text: "included here".into() });
        }
        let tree = tree?;
        if !matches!(tree.data, Data::Map(_)) {
            return self.reading.mismatch(&tree, "a part of a scenario, a map with keys such as `nodes`");
        }
        self.open.push(path);
        let whole = self.expanded(tree);
        self.open.pop();
        Some(whole)
    }

    /// A path as one would write it from where the scenario was named from.
    fn shown(&self, path: &str) -> String {
        let own = &self.sources.of(crate::document::Span::default()).name;
        let folder = own.rfind(['/', '\\']).map_or("", |end| &own[..=end]);
        if path.starts_with(['/', '\\']) { path.to_owned() } else { format!("{folder}{path}") }
    }

    /// Said once: what comes after the first that is too many is too many too.
    fn too_many(&mut self, named: &Spanned<String>) {
        if self.met == FILES_MAX + 1 {
            let message = format!("a scenario has at most {FILES_MAX} included files");
            let diagnostic = Diagnostic::error("E121", named.span, message).label("one too many");
            self.reading.push(diagnostic.hint("put parts that belong together into one file"));
        }
    }

    fn circle(&self, named: &Spanned<String>, path: &str) -> Option<Diagnostic> {
        // The scenario itself is a file too, under the name that it was given; its folder is where paths begin.
        let own = self.sources.of(crate::document::Span::default()).name.rsplit(['/', '\\']).next().unwrap_or_default();
        if path != own && self.open.iter().all(|open| open != path) {
            return None;
        }
        let way = self.open.iter().map(|file| format!("`{file}`")).chain([format!("`{path}`")]).collect::<Vec<_>>().join(", which includes ");
        let message = format!("a file includes itself: {way}");
        Some(Diagnostic::error("E120", named.span, message).label("around in a circle").hint("leave out one of them"))
    }
}

/// Takes a key out of a map.
pub fn taken(root: &mut Value, key: &str) -> Option<Entry> {
    let Data::Map(entries) = &mut root.data else { return None };
    let at = entries.iter().position(|entry| entry.key == key)?;
    Some(entries.remove(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Files;

    #[derive(Debug)]
    struct Shelf(&'static [(&'static str, &'static str)]);

    impl Files for Shelf {
        fn read(&self, path: &str) -> Result<Vec<u8>, String> {
            let found = self.0.iter().find(|(name, _)| *name == path);
            found.map(|(_, text)| text.as_bytes().to_owned()).ok_or_else(|| "there is no such file".into())
        }
    }

    fn included(text: &str, shelf: &Shelf) -> (Value, Sources, Vec<&'static str>) {
        let (mut reading, mut sources) = (Reading::with(shelf), Sources::new(Source::new("here/shop.yaml", text)));
        let root = read::tree(0, text.as_bytes(), &mut reading).expect("it is YAML");
        let root = expanded(root, &mut sources, &mut reading);
        (root, sources, reading.diagnostics.iter().map(|d| d.code).collect())
    }

    #[test]
    fn paths_are_meant_from_the_file_that_they_stand_in_and_places_are_kept() {
        let shelf = Shelf(&[
            ("parts/account.yaml", "include: ../tables.yaml\nseed: 7\nnodes: { a: { x: 1, y: 1 } }"),
            ("tables.yaml", "nodes: { t: { type: dynamodb } }"),
        ]);
        let (root, sources, wrong) = included("include: parts/account.yaml\nnodes: { a: { x: 2 } }", &shelf);
        assert_eq!(wrong, [""; 0]);
        let nodes = root.get("nodes").expect("nodes");
        let field = |node: &str, field: &str| nodes.get(node).and_then(|node| node.get(field)).expect("it is there").clone();
        assert_eq!((field("a", "x").text(), field("a", "y").text()), (Some("2"), Some("1")));
        let place = |value: &Value| (sources.of(value.span).name.clone(), sources.of(value.span).position(value.span.start));
        assert_eq!(place(&field("t", "type")), ("here/tables.yaml".into(), (1, 21)));
        assert_eq!(place(&field("a", "y")), ("here/parts/account.yaml".into(), (3, 24)));
        assert_eq!(place(&field("a", "x")), ("here/shop.yaml".into(), (2, 18)));
    }

    #[test]
    fn circles_are_refused() {
        let shelf = Shelf(&[("a.yaml", "include: b.yaml"), ("b.yaml", "include: ./a.yaml"), ("own.yaml", "include: shop.yaml")]);
        assert_eq!(included("include: a.yaml", &shelf).2, ["E120"]);
        assert_eq!(included("include: own.yaml", &shelf).2, ["E120"]);
    }

    #[test]
    fn what_cannot_be_read_is_said_and_the_rest_is_kept() {
        let shelf = Shelf(&[("bad.yaml", "a: [\n"), ("list.yaml", "- a"), ("good.yaml", "seed: 3")]);
        let (root, _, wrong) = included("include: [ none.yaml, bad.yaml, list.yaml, good.yaml ]", &shelf);
        assert_eq!(wrong, ["E041", "E001", "E020"]);
        assert_eq!(root.get("seed").and_then(Value::text), Some("3"));
    }

    #[test]
    fn the_number_of_files_has_a_limit() {
        let shelf = Shelf(&[
            ("a.yaml", "include: [ b.yaml, b.yaml, b.yaml, b.yaml, b.yaml, b.yaml, b.yaml, b.yaml, b.yaml, b.yaml, b.yaml ]"),
            ("b.yaml", "seed: 3"),
        ]);
        let text = format!("include: [ {} ]", vec!["a.yaml"; 20].join(", "));
        assert!(included(&text, &shelf).2.contains(&"E121"));
    }
}
