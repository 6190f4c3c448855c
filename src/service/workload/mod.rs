//! Who sends the requests.

mod spec;

pub use spec::*;
