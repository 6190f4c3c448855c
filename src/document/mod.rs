//! A scenario file between its text and its meaning: values that know their place, and what can be said about them.
//!
//! ```text
//! text ──(scenario::read)──▶ Value, a tree with spans ──(Read, spec!)──▶ specs      ⟍ every complaint is a Diagnostic
//! ```
//!
//! This room knows no YAML: it is handed a finished [`Value`]. Each service declares what it reads with [`spec!`](crate::spec), the one table
//! from which its struct, its reader, its [`Shape`] for editors, its defaults and its documentation derive.

mod diagnostic;
mod fields;
mod files;
mod read;
mod read_units;
mod shape;
mod value;

pub use diagnostic::{Code, Diagnostic, Label, Severity};
pub use fields::{Field, Fields, of_fields, plain};
pub use files::{Files, NoFiles};
pub use read::{Map, OneOrMany, Read, Reading, Spanned, closest};
pub use shape::{Others, Shape, Shapes, definition};
pub use value::{Data, Entry, Span, Value};
