//! What others ask of a function, and what they hear when it fails.
//!
//! ```text
//! Sync  ─▶ runs ─▶ answer          Event ─▶ accepted, tried later          200 + FunctionError: the handler threw, or ran into its time-out
//! ```
//!
//! A leaf, so that services that call functions and functions that call services need not know each other whole.

use crate::{
    mechanism::distribution::Distribution,
    metrics::{Class, Outcome},
};

/// What can be asked of a function: to run.
#[derive(Clone, Debug)]
pub enum Operation {
    /// The caller waits for the end of it.
    Sync,
    /// The caller is told that it was accepted; its first attempt comes after `dispatch`, else after `lambda.async_dispatch`.
    Event { dispatch: Option<Distribution> },
}

/// The handler threw: HTTP 200 with `FunctionError`, which no SDK retries.
pub const FUNCTION_ERROR: Outcome = Outcome { class: Class::Failed, code: 200 };
/// The function ran into its time-out: a function error too.
pub const FUNCTION_TIMEOUT: Outcome = Outcome { class: Class::Failed, code: 201 };
