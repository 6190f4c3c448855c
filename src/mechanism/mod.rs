//! What services are built of, in the words of queueing theory; knows no AWS.
//!
//! ```text
//! luck ─▶ distribution, attribute      what a request meets, keyed by what it is
//! preset ─▶ arrivals, trace ─▶ replay  when requests come
//! token_bucket, decreases              how many may pass
//! queueing                             what theory says of all that, where it has a closed form
//! cache, table, dedup                  what is known already
//! alarm                                when someone should know
//! ```
//!
//! Everything here is a small state machine that is handed the time and the luck of a request; nothing schedules, allocates per event or fails.

pub mod alarm;
pub mod arrivals;
pub mod attribute;
pub mod cache;
pub mod decreases;
pub mod dedup;
pub mod distribution;
mod formula;
pub mod luck;
pub mod preset;
pub mod queueing;
pub mod replay;
pub mod table;
pub mod token_bucket;
pub mod trace;
