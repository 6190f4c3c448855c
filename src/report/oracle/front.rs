//! What theory says of an API's throttle: the share of Poisson arrivals that a token bucket refuses.
//!
//! ```text
//! one bucket for all routes: the stage's, or the account's where there is one API
//! ```
//!
//! Silent where another limit refused too, and where neither theory nor the run refuses anything.

use super::{Case, Oracle};
use crate::mechanism::queueing::bucket;
use crate::service::{Spec as Node, api_gateway::Spec};

pub(super) fn oracles(case: &Case, api: &Spec) -> Vec<Oracle> {
    found(case, api).into_iter().collect()
}

fn found(case: &Case, api: &Spec) -> Option<Oracle> {
    let has_own = api.routes.value.0.iter().any(|(_, route)| route.0.throttle.is_some());
    let apis = case.scenario.nodes.iter().filter(|(_, spec)| matches!(spec, Node::ApiGateway(_))).count();
    let (name, rate, burst) = match &api.throttle {
        Some(stage) => ("apigateway_stage", stage.rate.value.as_per_second(), stage.burst),
        None if apis == 1 => {
            let platform = case.scenario.platform();
            ("apigateway_account", platform.get("apigateway.throttle_rate"), platform.count("apigateway.throttle_burst"))
        }
        None => return None,
    };
    if has_own || case.refused_otherwise(name) > 0 {
        return None;
    }
    let theory = bucket::refused(case.rate, rate, burst)?;
    let at = case.record.nodes.iter().position(|node| node.name == case.node.name)?;
    let limit = case.record.limits.iter().find(|l| l.node == at && l.name == name)?;
    let refused: Vec<f32> = limit.windows.iter().map(|n| *n as f32).collect();
    let is_idle = limit.refused == 0 && theory * (case.node.arrived as f64) < 1.0;
    (!is_idle).then(|| case.oracle("token bucket", "throttle_share", "share", theory, case.share(&refused, case.series("Count"))))
}
