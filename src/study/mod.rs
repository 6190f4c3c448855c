//! Studies: several runs, and what they say together that one of them could not.
//!
//! ```text
//! cases (files, variants) × replications (seeds) ──in_order──▶ Ran, in the order of their numbers ──▶ Joint ──▶ text json csv markdown
//! ```
//!
//! Runs know nothing of one another and are folded in the order of their numbers, so the result is the same on any number of threads. What is kept of
//! a replication beyond the first is its figures, so memory does not grow with what a run holds. Left out: comparing runs request by request, searching.

mod batch;
pub mod capacity;
pub mod compare;
mod estimate;
mod export;
mod header;
mod joint;
mod load;
mod parallel;
mod pick;
mod replicate;
mod replications;
pub mod solve;
mod student;
pub mod sweep;
mod table;
pub mod validate;
pub mod why;
mod world;
pub mod worst;

pub use crate::scenario::{Knob, Range, Values};
pub use batch::{How, Job, run_all, run_each, run_each_as};
pub use compare::{Compared, Comparison, Difference, FORMAT as COMPARE_FORMAT, Fate, paired_seeds};
pub use estimate::{Estimate, Held, Replicated, Replication};
pub use header::Header;
pub use joint::{Case, Joint, JointRun};
pub use parallel::{Threads, in_order, in_turn};
pub use pick::Pick;
pub use replicate::{Run, record, seeds, simulate, simulate_with};
pub use replications::{Enough, FORMAT as REPLICATE_FORMAT, Followed, Replications};
pub use student::t_975;
pub use world::{Base, World, settings};
