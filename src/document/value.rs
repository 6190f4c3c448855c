//! The spanned tree: scalars stay text until somebody who knows their type reads them.
//! So a list of names and a list of numbers look alike here, and a complaint about either can point at its place.

/// Where something stands: byte offsets into one file of the scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Index into the scenario's list of files; 0 is the file that was named.
    pub file: u16,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// One value of the document and its place.
#[derive(Clone, Debug)]
pub struct Value {
    pub span: Span,
    pub data: Data,
}

/// What a value is, before anyone has asked for its type.
#[derive(Clone, Debug)]
pub enum Data {
    /// Nothing after the colon, `~` or `null`.
    Null,
    /// Text as written; `quoted` keeps `"50"` apart from `50`.
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Value>),
    /// In the order of the file; keys are unique.
    Map(Vec<Entry>),
}

/// One `key: value` of a map.
#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    pub key_span: Span,
    pub value: Value,
}

impl Value {
    /// What this is, in the words of a message: "a list", "a map", "text", "nothing".
    pub fn describe(&self) -> &'static str {
        match self.data {
            Data::Null => "nothing",
            Data::Scalar { .. } => "a plain value",
            Data::List(_) => "a list",
            Data::Map(_) => "a map",
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The value under `key`, where this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.data {
            Data::Map(entries) => entries.iter().find(|e| e.key == key).map(|e| &e.value),
            _ => None,
        }
    }
}
