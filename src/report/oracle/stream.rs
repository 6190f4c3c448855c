//! The arrivals at a node, where they are a Poisson process of one rate: straight from a workload, or through an API that turns nobody away.
//!
//! ```text
//! workload (steady, Poisson, no retries) ─▶ node                     λ
//! workload ─▶ API (no throttle) ─▶ function of some of its routes    λ · the share of these routes: a Poisson process, thinned
//! ```
//!
//! Whatever else may change the arrivals (caches, authorizers, quotas of callers) is told by their number: one that is six standard deviations off is
//! not that of the source.

use crate::metrics::{NodeRecord, Record};
use crate::scenario::Scenario;
use crate::service::{Spec, api_gateway, workload::WorkloadSpec};

/// Arrivals a second at this node.
pub(super) fn rate(scenario: &Scenario, record: &Record, node: &NodeRecord) -> Option<f64> {
    let rate = source(scenario, record, &node.name)?;
    let expected = rate * (record.simulated.saturating_sub(record.warm_up)).as_secs_f64();
    let is_plausible = (node.arrived as f64 - expected).abs() <= 6.0 * expected.sqrt() + 1.0;
    is_plausible.then_some(rate)
}

fn source(scenario: &Scenario, record: &Record, node: &str) -> Option<f64> {
    if scenario.faults.iter().any(|fault| fault.node.value == node) {
        return None;
    }
    let workloads: Vec<_> = scenario.workloads.iter().filter(|(_, w)| w.target.value == node).collect();
    let callers: Vec<_> = scenario.nodes.iter().filter(|(_, spec)| spec.references().iter().any(|r| r.to.value == node)).collect();
    match (&workloads[..], &callers[..]) {
        ([(name, workload)], []) => of_workload(record, &name.value, workload),
        ([], [(name, Spec::ApiGateway(api))]) => through(scenario, record, &name.value, api, node),
        _ => None,
    }
}

fn of_workload(record: &Record, name: &str, workload: &WorkloadSpec) -> Option<f64> {
    let retried = record.routes.iter().filter(|r| r.workload == name).map(|r| r.answers.retried).sum::<u64>();
    workload.poisson_rate(record.warm_up, record.duration).filter(|_| retried == 0)
}

/// The part of an API's requests whose routes lead to `node`.
fn through(scenario: &Scenario, record: &Record, name: &str, api: &api_gateway::Spec, node: &str) -> Option<f64> {
    let whole = source(scenario, record, name)?;
    let refused: u64 = record.limits.iter().filter(|l| record.nodes[l.node].name == name).map(|l| l.refused).sum();
    let (_, workload) = scenario.workloads.iter().find(|(_, w)| w.target.value == name).filter(|_| refused == 0)?;
    let routes = &api.routes.value.0;
    let leads = |route: &str| routes.iter().any(|(own, to)| own.value == route && to.0.integration.value == node);
    let (mut here, mut all) = (0.0, 0.0);
    for request in workload.mix() {
        let share = match &request.route {
            Some(route) => f64::from(u8::from(leads(&route.value))),
            None => routes.iter().filter(|(own, _)| leads(&own.value)).count() as f64 / routes.len().max(1) as f64,
        };
        here += request.weight.value * share;
        all += request.weight.value;
    }
    Some(whole * here / all).filter(|rate| *rate > 0.0)
}
