//! What things cost: the price book, and the bill of a month's usage.
//!
//! ```text
//! prices/*.yaml ──Book::of(region, day)──▶ Book ──overlay──▶ Book ──price(key)──▶ Price ──charge(quantity, free)──▶ USD
//! Scenario + Record + Pricing ──Statement::of──▶ lines by node and price, sums by node, meter and workload, causes
//! usage file ──usage──▶ quantities by key ──Bill::of──▶ lines, sums by service, total, expectations with verdicts
//! ```
//!
//! Prices are rows of data with unit, tiers, rounding, free tier, day and source; none stands in code. Quantities are those of one month, as tiers and free
//! tiers hold for an account's month. Left out: taxes, support plans, savings plans, credits, and any currency but USD.

mod account;
mod amount;
mod bill;
mod book;
pub mod break_even;
mod causes;
mod expectation;
mod extrapolation;
mod file;
mod price;
mod pricing;
mod row;
mod statement;
mod tally;
pub mod usage;

pub use amount::{Measure, Quantity, plain};
pub use bill::{Bill, FreeTier, Line, Quantities, Verdict};
pub use book::{Book, Missing, UnknownRegion};
pub use expectation::{Allowed, Expectation};
pub use extrapolation::{Extrapolation, Share};
pub use file::{Asked, Priced, price_file};
pub use price::{Certainty, Free, Period, Price, Rounding, Tier, service_of};
pub use pricing::Pricing;
pub use statement::{Cause, Entry, Statement};
