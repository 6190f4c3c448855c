//! What a function counts: CloudWatch's names where it has one, ours for the rest.
//!
//! Registered once, before the run; in the run each is an addition. What asynchronous events count stands with them.

use crate::{
    engine::NodeId,
    metrics::{Counter, Gauge, Latency, Split},
    service::Build,
};

#[derive(Clone, Debug)]
pub(super) struct Meters {
    pub invocations: Split,
    pub errors: Counter,
    pub throttles: Counter,
    pub timeouts: Counter,
    pub cold_starts: Counter,
    pub slow_inits: Counter,
    pub provisioned: Counter,
    pub spillover: Counter,
    pub billed: Split,
    /// What of it is INIT, in µs.
    pub billed_init: Counter,
    /// Work of its own, in µs: the rest of its duration it waits for others.
    pub computed: Counter,
    pub concurrency: Gauge,
    pub duration: Latency,
    pub init_duration: Latency,
}

impl Meters {
    pub fn new(node: NodeId, build: &mut Build) -> Self {
        let metrics = &mut build.world.metrics;
        let at = node as usize;
        Self {
            invocations: metrics.split(at, "Invocations", 1, None),
            errors: metrics.counter(at, "Errors"),
            throttles: metrics.counter(at, "Throttles"),
            timeouts: metrics.counter(at, "Timeouts"),
            cold_starts: metrics.counter(at, "ColdStarts"),
            slow_inits: metrics.counter(at, "SlowInits"),
            provisioned: metrics.counter(at, "ProvisionedConcurrencyInvocations"),
            spillover: metrics.counter(at, "ProvisionedConcurrencySpilloverInvocations"),
            billed: metrics.split(at, "BilledDuration", 1, None),
            billed_init: metrics.counter_in(at, "BilledInitDuration", 1000),
            computed: metrics.counter_in(at, "ComputeDuration", 1000),
            concurrency: metrics.gauge(at, "ConcurrentExecutions"),
            duration: metrics.latency(at, "Duration"),
            init_duration: metrics.latency(at, "InitDuration"),
        }
    }
}
