//! The quantities of a scenario, each a small type that can be read and printed: time, bytes, rates, shares, money.
//!
//! ```text
//! "30s" ──parse──▶ Time(30_000_000_000) ──Display──▶ "30 s"
//! ```
//!
//! `parse` takes what a person would write and answers nonsense with a sentence that says what to write instead; `Display` is for people (three
//! significant digits); `exact` is just that and can be parsed again. No room is lower than this one.

mod bytes;
mod count;
mod decimal;
mod money;
mod rate;
mod share;
mod time;

pub use bytes::Bytes;
pub use count::count;
pub use money::Money;
pub use rate::Rate;
pub use share::Share;
pub use time::Time;
