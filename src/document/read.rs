//! From values to types: `Read` is what a type must know to be read, `Reading` collects every complaint on the way.
//!
//! Nothing here returns early: a reader that fails pushes its diagnostic and gives `None`, and its siblings are read all the same.

use super::{Data, Diagnostic, Entry, Fields, Files, NoFiles, Shape, Shapes, Span, Value};

/// A type that can be read from a document.
pub trait Read: Sized {
    /// What is expected, as a noun phrase with an example: "a duration such as `30s`".
    fn expected() -> String;

    /// The same for editors, which know nothing but JSON Schema: it accepts at least what [`read`](Read::read) does. What is named goes to `shapes`.
    fn shape(shapes: &mut Shapes) -> Shape;

    /// The value as this type, or `None` after at least one diagnostic was pushed.
    fn read(value: &Value, reading: &mut Reading) -> Option<Self>;

    /// How a value of this type would be written, where it can be said in one scalar (used to document defaults).
    fn written(&self) -> Option<String> {
        None
    }
}

/// The state of one interpretation: everything that was found wrong so far, and where further files come from.
pub struct Reading<'f> {
    pub diagnostics: Vec<Diagnostic>,
    /// Where files come from that the document names.
    pub files: &'f dyn Files,
    /// The folder of each file of the document, by its number, as a prefix of paths: empty, or ending in `/`.
    pub folders: Vec<String>,
}

impl Default for Reading<'_> {
    fn default() -> Self {
        Self::with(&NoFiles)
    }
}

impl<'f> Reading<'f> {
    /// A reading that finds further files there.
    pub fn with(files: &'f dyn Files) -> Self {
        Self { diagnostics: Vec::new(), files, folders: Vec::new() }
    }
}

impl Reading<'_> {
    /// Notes a complaint.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Notes that `value` is not what `expected` says (code E020), and gives `None` for the caller to return.
    pub fn mismatch<T>(&mut self, value: &Value, expected: &str) -> Option<T> {
        let found = value.text().map_or_else(|| value.describe().to_owned(), |text| format!("`{}`", first_of(text)));
        self.push(Diagnostic::error("E020", value.span, format!("expected {expected}, found {found}")).label("not that"));
        None
    }

    /// The entries of a map, or a complaint that `what` was expected.
    pub fn map<'v>(&mut self, value: &'v Value, what: &str) -> Option<&'v [Entry]> {
        match &value.data {
            Data::Map(entries) => Some(entries),
            _ => self.mismatch(value, what),
        }
    }

    /// Opens a map whose keys are a fixed set of fields; `Fields::close` then complains of the unknown ones.
    pub fn fields<'v>(&mut self, value: &'v Value, what: &str) -> Option<Fields<'v>> {
        Some(Fields::new(value, self.map(value, what)?))
    }
}

/// A value together with its place, for checks that come after reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

impl<T: Read> Read for Spanned<T> {
    fn expected() -> String {
        T::expected()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        T::shape(shapes)
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        Some(Self { value: T::read(value, reading)?, span: value.span })
    }
    fn written(&self) -> Option<String> {
        self.value.written()
    }
}

impl<T: Read> Read for Option<T> {
    fn expected() -> String {
        T::expected()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        T::shape(shapes).or_nothing(shapes)
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match value.data {
            Data::Null => Some(None),
            _ => T::read(value, reading).map(Some),
        }
    }
    fn written(&self) -> Option<String> {
        self.as_ref().and_then(T::written)
    }
}

impl<T: Read> Read for Vec<T> {
    fn expected() -> String {
        format!("a list, each {}", T::expected())
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        Shape::list(T::shape(shapes))
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let Data::List(items) = &value.data else { return reading.mismatch(value, &Self::expected()) };
        let read: Vec<Option<T>> = items.iter().map(|item| T::read(item, reading)).collect();
        read.into_iter().collect()
    }
}

/// One value, or a list of them: `to: a` and `to: [a, b]` are both fine.
#[derive(Clone, Debug, Default)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T: Read> Read for OneOrMany<T> {
    fn expected() -> String {
        format!("{}, or a list of them", T::expected())
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        let one = T::shape(shapes);
        Shape::any(vec![one.clone(), Shape::list(one)])
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match value.data {
            Data::List(_) => Vec::read(value, reading).map(Self),
            _ => Some(Self(vec![T::read(value, reading)?])),
        }
    }
}

/// A map from names of the user's choice to values, in the order of the file.
#[derive(Clone, Debug)]
pub struct Map<T>(pub Vec<(Spanned<String>, T)>);

impl<T> Default for Map<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Read> Read for Map<T> {
    fn expected() -> String {
        format!("a map from names to values, each {}", T::expected())
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        Shape::map(T::shape(shapes))
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let entries = reading.map(value, &Self::expected())?;
        let read: Vec<Option<_>> = entries.iter().map(|e| Some((e.name(), T::read(&e.value, reading)?))).collect();
        read.into_iter().collect::<Option<_>>().map(Self)
    }
}

impl Entry {
    /// The key with its place.
    pub fn name(&self) -> Spanned<String> {
        Spanned { value: self.key.clone(), span: self.key_span }
    }
}

impl Read for String {
    fn expected() -> String {
        "text".into()
    }
    fn shape(_: &mut Shapes) -> Shape {
        Shape::scalar()
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        value.text().map(str::to_owned).or_else(|| reading.mismatch(value, &Self::expected()))
    }
    fn written(&self) -> Option<String> {
        Some(self.clone())
    }
}

impl Read for bool {
    fn expected() -> String {
        "`true` or `false`".into()
    }
    fn shape(_: &mut Shapes) -> Shape {
        Shape { types: vec!["boolean", "string"], ..Shape::text("^(?:true|false)$") }
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match value.text() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => reading.mismatch(value, &Self::expected()),
        }
    }
    fn written(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// A whole number as text: what is left without its `_` is digits, perhaps after a plus.
const WHOLE: &str = "^_*\\+?_*[0-9][0-9_]*$";
/// A number as text, as floating point is written.
const DECIMAL: &str = "^[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?$";

macro_rules! read_integer {
    ($($int:ty),*) => {$(
        impl Read for $int {
            fn expected() -> String {
                if <$int>::MAX as u64 == u64::MAX { "a whole number, 0 or more".into() } else { format!("a whole number from 0 to {}", <$int>::MAX) }
            }
            fn shape(_: &mut Shapes) -> Shape {
                Shape { types: vec!["integer", "string"], ..Shape::number(WHOLE, <$int>::MIN, <$int>::MAX) }
            }
            fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
                let number = value.text().and_then(|text| text.replace('_', "").parse().ok());
                number.or_else(|| reading.mismatch(value, &Self::expected()))
            }
            fn written(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )*};
}
read_integer!(u8, u16, u32, u64);

impl Read for f64 {
    fn expected() -> String {
        "a finite number".into()
    }
    fn shape(_: &mut Shapes) -> Shape {
        Shape { types: vec!["number", "string"], ..Shape::text(DECIMAL) }
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let number = value.text().and_then(|text| text.parse().ok()).filter(|n: &f64| n.is_finite());
        number.or_else(|| reading.mismatch(value, &Self::expected()))
    }
    fn written(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// What a message quotes of a text: its first words, since it may be a whole file.
fn first_of(text: &str) -> String {
    const QUOTED_CHARS: usize = 60;
    let mut line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let head: String = line.by_ref().take(QUOTED_CHARS).collect();
    if line.next().is_some() { head + "…" } else { head }
}

/// The candidate most like `word`, where one is near enough to have been meant.
pub fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let likeness = |candidate: &str| strsim::jaro_winkler(&word.to_lowercase(), &candidate.to_lowercase());
    candidates.into_iter().map(|c| (likeness(c), c)).filter(|(score, _)| *score > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, c)| c)
}
