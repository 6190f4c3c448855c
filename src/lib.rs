//! coldfront: a discrete-event simulator of serverless architectures.
//!
//! A scenario says who sends requests, what they meet and what each part can bear; a run follows every request through it, in simulated time, and
//! a report says what limits the whole, since when, and what clients notice.
//!
//! ```text
//! scenario.yaml ─read─▶ Scenario ─check─▶ Topology ─build─▶ Engine ─run─▶ Record ─▶ Report ─▶ text, json
//! ```
//!
//! # The rooms, lowest first
//!
//! Each may know those before it, and none after it; a test holds that.
//!
//! | room | what it holds |
//! |---|---|
//! | [`units`] | time, bytes, rates, shares, money: parse and print |
//! | [`platform`] | AWS as data: quotas, latencies, cold starts, SDK retries, each row with a date and a source |
//! | [`document`] | values that know their place, diagnostics, and `spec!`, the table a kind's fields derive from |
//! | [`metrics`] | counters, levels, latencies, windows, where time goes; memory O(nodes + windows) |
//! | [`mechanism`] | distributions, attributes, luck, token buckets, arrivals, traces: knows no AWS |
//! | [`engine`] | the queue, frames, lanes, shared limits, the loop: knows neither AWS nor YAML |
//! | [`service`] | one file or folder a kind of node: its fields, its state machine |
//! | [`scenario`] | YAML to a tree to a scenario, with every mistake found at once |
//! | [`topology`] | the wiring as a graph: unknown names, cycles, what nobody reaches |
//! | [`simulation`] | one run: a checked scenario becomes an engine, the engine a record |
//! | [`cost`] | prices as data by Region and day, and the bill of a usage |
//! | [`report`] | the record as people and programs read it |
//! | [`study`] | several runs: files, variants, replications, and what they say together |
//! | `cli` | one file a verb (feature `cli`) |
//!
//! # A run from code
//!
//! ```
//! use coldfront::{engine::Bounds, report::Report, scenario::NoFiles, simulation::Simulation, topology};
//!
//! let yaml = "
//! duration: 10m
//! workloads:
//!   visitors: { target: desk, phases: [ { duration: 10m, arrival_rate: 8/s } ] }
//! nodes:
//!   desk: { type: server, slots: 1, service_time: exponential(mean=100ms) }
//! ";
//! let loaded = topology::load("desk.yaml", yaml.as_bytes(), &[], &NoFiles);
//! let scenario = loaded.ready().expect("no mistakes");
//! let record = Simulation::new(scenario, Bounds::default()).run();
//! let report = Report::of(scenario, &record, loaded.warnings());
//!
//! // An M/M/1 station at 80 % takes 0.1 s / (1 − 0.8) in the mean.
//! let mean = report.workloads[0].total.latency.mean_s.unwrap_or_default();
//! assert!((0.3..0.7).contains(&mean), "{mean} s");
//! ```

/// The page on the library: its examples are run.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
pub struct LibraryPage;

#[cfg(feature = "cli")]
pub mod cli;
pub mod cost;
pub mod document;
pub mod engine;
pub mod mechanism;
pub mod metrics;
pub mod platform;
pub mod report;
pub mod scenario;
pub mod service;
pub mod simulation;
pub mod study;
pub mod topology;
pub mod units;
