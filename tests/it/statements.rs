//! What AWS's own pages and others' measurements say of the services, claim by claim, with the claims' own numbers.
//!
//! ```text
//! a scenario in, figures out ─▶ the claim's number, within its own tolerance (exact where none is given)
//! ```
//!
//! Simulators commonly get these wrong. Where a claim rests on what AWS leaves open, the choice is a row of the platform, and the test says so.

mod alarms;
mod dynamodb;
mod gateway;
pub mod lambda;
mod messaging;
mod money;
mod retries;
mod scaling;
