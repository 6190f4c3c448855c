//! What a function counts: CloudWatch's names where it has one, ours for the rest.
//!
//! Registered once, before the run; in the run each is an addition. What asynchronous events count stands with them.

use crate::{
    engine::NodeId,
    metrics::{Counter, Gauge, Latency},
    service::Build,
};

#[derive(Clone, Debug)]
pub(super) struct Meters {
    pub invocations: Counter,
    pub errors: Counter,
    pub throttles: Counter,
    pub timeouts: Counter,
    pub cold_starts: Counter,
    pub slow_inits: Counter,
    pub provisioned: Counter,
    pub spillover: Counter,
    pub billed: Counter,
    pub concurrency: Gauge,
    pub duration: Latency,
    pub init_duration: Latency,
}

impl Meters {
    pub fn new(node: NodeId, build: &mut Build) -> Self {
        let metrics = &mut build.world.metrics;
        let at = node as usize;
        Self {
            invocations: metrics.counter(at, "Invocations"),
            errors: metrics.counter(at, "Errors"),
            throttles: metrics.counter(at, "Throttles"),
            timeouts: metrics.counter(at, "Timeouts"),
            cold_starts: metrics.counter(at, "ColdStarts"),
            slow_inits: metrics.counter(at, "SlowInits"),
            provisioned: metrics.counter(at, "ProvisionedConcurrencyInvocations"),
            spillover: metrics.counter(at, "ProvisionedConcurrencySpilloverInvocations"),
            billed: metrics.counter(at, "BilledDuration"),
            concurrency: metrics.gauge(at, "ConcurrentExecutions"),
            duration: metrics.latency(at, "Duration"),
            init_duration: metrics.latency(at, "InitDuration"),
        }
    }
}
