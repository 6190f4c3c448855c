//! Maps with a fixed set of keys, and the table that declares them.
//!
//! [`spec!`](crate::spec) turns one list of `name: Type = default` with doc comments into a struct, its [`Read`] with its shape for editors, and `fields()`,
//! the documentation of its keys. A field without a default must be given.

use super::{Diagnostic, Entry, Read, Reading, Shape, Value, closest};

/// What is known of one key of a spec.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: &'static str,
    /// The doc comment: meaning, unit, source.
    pub doc: &'static str,
    /// What its value must be.
    pub expected: String,
    /// Whether the file must give it.
    pub required: bool,
    /// The value that holds where the file is silent, as it would be written; `None` where that cannot be said in a word.
    pub default: Option<String>,
}

/// The keys of one map, taken one by one; [`close`](Fields::close) complains of those that nobody took.
#[derive(Debug)]
pub struct Fields<'v> {
    pub value: &'v Value,
    entries: Vec<(&'v Entry, bool)>,
    known: Vec<&'static str>,
}

impl<'v> Fields<'v> {
    pub(super) fn new(value: &'v Value, entries: &'v [Entry]) -> Self {
        Self { value, entries: entries.iter().map(|e| (e, false)).collect(), known: Vec::new() }
    }

    /// Takes the raw value of `name`.
    pub fn take(&mut self, name: &'static str) -> Option<&'v Entry> {
        let name = plain(name);
        self.known.push(name);
        let found = self.entries.iter_mut().find(|(entry, _)| entry.key == name)?;
        found.1 = true;
        Some(found.0)
    }

    /// Reads `name`; where it is absent, `default()` holds. `None` means that it was there and wrong.
    pub fn optional<T: Read>(&mut self, name: &'static str, reading: &mut Reading, default: impl FnOnce() -> T) -> Option<T> {
        match self.take(name) {
            Some(entry) => T::read(&entry.value, reading),
            None => Some(default()),
        }
    }

    /// Reads `name`, which must be there (code E021).
    pub fn required<T: Read>(&mut self, name: &'static str, what: &str, reading: &mut Reading) -> Option<T> {
        if let Some(entry) = self.take(name) {
            return T::read(&entry.value, reading);
        }
        let name = plain(name);
        let message = format!("{what} needs `{name}`: {}", T::expected());
        reading.push(Diagnostic::error("E021", self.value.span, message).label(format!("`{name}` is missing")).hint(format!("add `{name}: …`")));
        None
    }

    /// Complains of every key that was not taken (code E022).
    pub fn close(self, what: &str, reading: &mut Reading) {
        for (entry, _) in self.entries.iter().filter(|(_, taken)| !taken) {
            let hint = match closest(&entry.key, self.known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{what} has: {}", self.known.join(", ")),
            };
            let message = format!("{what} has no field `{}`", entry.key);
            reading.push(Diagnostic::error("E022", entry.key_span, message).label("not known here").hint(hint));
        }
    }
}

/// The shape of a map with these fields, the value of each of the shape at its place.
pub fn of_fields(what: &str, fields: &[Field], shapes: Vec<Shape>) -> Shape {
    let key = |map: Shape, (field, shape): (&Field, Shape)| {
        let map = map.with(field.name, shape.explained(field, what));
        if field.required { map.needing(field.name) } else { map }
    };
    fields.iter().zip(shapes).fold(Shape::object(what), key)
}

/// The name of a field as the file has it: a keyword of Rust (`r#do`) is no keyword there.
pub fn plain(name: &'static str) -> &'static str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// Declares a struct that is read from a map: one table for the struct, its reader, its defaults and its documentation.
///
/// ```
/// use coldfront::document::{Read, Reading};
/// coldfront::spec! {
///     /// A thing.
///     pub struct Thing: "a thing" {
///         /// How many, at least one.
///         count: u64 = 3,
///         /// What it is called.
///         name: String,
///     }
/// }
/// assert_eq!(Thing::fields().len(), 2);
/// assert!(Thing::fields()[1].required);
/// ```
#[macro_export]
macro_rules! spec {
    ($(#[$meta:meta])* pub struct $Name:ident : $what:literal { $($(#[doc = $doc:literal])* $field:ident : $Type:ty $(= $default:expr)?),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $Name {
            $($(#[doc = $doc])* pub $field: $Type,)*
        }

        impl $Name {
            /// The keys of this map: name, meaning, what is expected, default.
            pub fn fields() -> Vec<$crate::document::Field> {
                vec![$($crate::document::Field {
                    name: $crate::document::plain(stringify!($field)),
                    doc: concat!($($doc, "\n"),*),
                    expected: <$Type as $crate::document::Read>::expected(),
                    required: $crate::spec!(@required $($default)?),
                    default: $crate::spec!(@written $Type $(, $default)?),
                }),*]
            }
        }

        impl $crate::document::Read for $Name {
            fn expected() -> String {
                $what.into()
            }
            fn shape(shapes: &mut $crate::document::Shapes) -> $crate::document::Shape {
                let name = $crate::document::definition(module_path!(), stringify!($Name));
                shapes.define(&name, |shapes| {
                    let of_keys = vec![$(<$Type as $crate::document::Read>::shape(shapes)),*];
                    $crate::document::of_fields($what, &Self::fields(), of_keys)
                })
            }
            fn read(value: &$crate::document::Value, reading: &mut $crate::document::Reading) -> Option<Self> {
                let mut fields = reading.fields(value, $what)?;
                $(let $field = $crate::spec!(@take fields, $what, reading, $field: $Type $(= $default)?);)*
                fields.close($what, reading);
                Some(Self { $($field: $field?),* })
            }
        }
    };
    (@required) => { true };
    (@required $default:expr) => { false };
    (@written $Type:ty) => { None };
    (@written $Type:ty, $default:expr) => { { let default: $Type = $default; $crate::document::Read::written(&default) } };
    (@take $fields:ident, $what:literal, $reading:ident, $field:ident : $Type:ty) => {
        $fields.required::<$Type>(stringify!($field), $what, $reading)
    };
    (@take $fields:ident, $what:literal, $reading:ident, $field:ident : $Type:ty = $default:expr) => {
        $fields.optional::<$Type>(stringify!($field), $reading, || $default)
    };
}

/// Declares an enum that is read from one of a fixed set of words.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* pub enum $Name:ident { $($(#[doc = $doc:literal])* $Variant:ident = $word:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $Name {
            $($(#[doc = $doc])* $Variant,)*
        }

        impl $Name {
            /// Every word that is understood.
            pub const WORDS: &[&str] = &[$($word),*];

            /// The word for this.
            pub fn word(self) -> &'static str {
                match self { $(Self::$Variant => $word),* }
            }
        }

        impl $crate::document::Read for $Name {
            fn expected() -> String {
                format!("one of {}", Self::WORDS.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "))
            }
            fn shape(_: &mut $crate::document::Shapes) -> $crate::document::Shape {
                $crate::document::Shape::words(Self::WORDS, &[$(concat!($($doc, "\n"),*)),*])
            }
            fn read(value: &$crate::document::Value, reading: &mut $crate::document::Reading) -> Option<Self> {
                match value.text() {
                    $(Some($word) => Some(Self::$Variant),)*
                    text => {
                        let near = text.and_then(|t| $crate::document::closest(t, Self::WORDS.iter().copied()));
                        let Some(near) = near else { return reading.mismatch(value, &Self::expected()) };
                        let message = format!("expected {}, found `{}`", Self::expected(), text.unwrap_or_default());
                        let diagnostic = $crate::document::Diagnostic::error("E020", value.span, message);
                        reading.push(diagnostic.label("not that").hint(format!("did you mean `{near}`?")));
                        None
                    }
                }
            }
            fn written(&self) -> Option<String> {
                Some(self.word().into())
            }
        }
    };
}
