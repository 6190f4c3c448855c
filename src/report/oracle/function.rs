//! What theory says of a function that only works and waits: how many run, how many are throttled, how often a start is cold.
//!
//! ```text
//! reserved concurrency c     M/G/c/c    throttled = B(c, λ·E S)       running = λ·E S·(1 − B)
//! none, and none refused     M/G/∞      running = λ·E S
//! kept for a fixed or exponential time, exponential wait, starts that take no time      warm pool    cold starts, exactly
//! ```
//!
//! All depend on the mean of what the handler does, so it may hold steps of known length only. Silent where starts add more than a thousandth to that,
//! and wherever versions, events, queues, provisioned environments, errors or time-outs are in play.

use super::{Case, Oracle};
use crate::mechanism::distribution::Distribution;
use crate::mechanism::queueing::{erlang::erlang_b, warm_pool};
use crate::service::lambda::{Spec, steps::Step};

/// More than this share of the time in starts, and the mean is not that of the handler.
const STARTING: f64 = 1e-3;
/// Starts that take up to this share of a service time do not change how often there is one.
const INSTANT: f64 = 1e-2;

pub(super) fn oracles(case: &Case, function: &Spec) -> Vec<Oracle> {
    let is_plain = function.versions.0.is_empty()
        && function.routing_config.is_none()
        && function.event_sources.is_empty()
        && function.provisioned_concurrency.is_none()
        && function.response.is_none()
        && function.deployments.is_none()
        && case.counter("AsyncEventsReceived") + case.counter("Errors") + case.counter("Timeouts") == 0.0;
    let Some(service) = service(case, function).filter(|_| is_plain) else { return Vec::new() };
    let running = running(case, function, service).unwrap_or_default();
    running.into_iter().chain(cold(case, function, service)).collect()
}

/// The mean time that the handler takes; none where that depends on others.
fn service(case: &Case, function: &Spec) -> Option<f64> {
    let vcpu = function.memory.value.as_mb() / case.scenario.platform().get("lambda.full_vcpu_memory");
    let of = |step: &Step| match step {
        Step::Wait(time) => Some(time.mean().as_secs_f64()),
        Step::Compute(compute) => Some(compute.time.mean().as_secs_f64() / compute.vcpus(vcpu)),
        _ => None,
    };
    function.handler.iter().map(of).sum()
}

fn running(case: &Case, function: &Spec, service: f64) -> Option<Vec<Oracle>> {
    let a = case.rate * service;
    let started = case.times("InitDuration").map_or(0.0, |[(mean, _), _]| case.counter("ColdStarts") * (mean + allocation(case, function)));
    if a <= 0.0 || started > STARTING * service * case.counter("Invocations") {
        return None;
    }
    let measured = case.level("ConcurrentExecutions")?;
    let Some(reserved) = &function.reserved_concurrency else {
        return (case.refused_otherwise("") == 0).then(|| vec![case.oracle("M/G/∞", CONCURRENCY, "count", a, measured)]);
    };
    let slots = reserved.value;
    if slots == 0 || case.refused_otherwise("lambda_reserved_concurrency") > 0 {
        return None;
    }
    let (lost, formula) = (erlang_b(slots, a), format!("M/G/{slots}/{slots}"));
    let (throttles, ran) = (case.series("Throttles"), case.series("Invocations"));
    let all: Vec<f32> = (0..ran.len().max(throttles.len())).map(|k| [throttles, ran].iter().filter_map(|s| s.get(k)).sum()).collect();
    let throttled = case.oracle(&formula, "throttle_share", "share", lost, case.share(throttles, &all));
    let busy = case.oracle(&formula, CONCURRENCY, "count", a * (1.0 - lost), measured);
    let is_idle = case.counter("Throttles") == 0.0 && lost * case.counter("Invocations") < 1.0;
    Some([throttled].into_iter().filter(|_| !is_idle).chain([busy]).collect())
}

const CONCURRENCY: &str = "mean(concurrent_executions)";

/// What making a sandbox takes, by the file or as measured.
fn allocation(case: &Case, function: &Spec) -> f64 {
    let usual = || case.scenario.platform().get("lambda.environment_allocation_median") / 1e3;
    function.allocation.as_ref().map_or_else(usual, |own| own.mean().as_secs_f64())
}

/// The share of cold starts.
fn cold(case: &Case, function: &Spec, service: f64) -> Option<Oracle> {
    let zero = Distribution::constant(crate::units::Time::ZERO);
    let starts = [function.init_duration.as_ref(), function.allocation.as_ref(), Some(function.extra_init.as_ref().unwrap_or(&zero))];
    let starting: f64 = starts.into_iter().map(|time| time.map(|time| time.mean().as_secs_f64())).sum::<Option<f64>>()?;
    let is_memoryless = service == 0.0 || matches!(function.handler[..], [Step::Wait(Distribution::Exponential { .. })]);
    if !is_memoryless || starting > INSTANT * service || case.refused_otherwise("") > 0 {
        return None;
    }
    let keep = function.keep_alive.as_ref()?;
    let (formula, pool) = match keep {
        Distribution::Constant(time) => ("warm pool, fixed keep-alive", warm_pool::kept_for(case.rate, service, time.as_secs_f64())?),
        Distribution::Exponential { .. } => {
            ("warm pool, exponential keep-alive", warm_pool::kept_for_exponential(case.rate, service, keep.mean().as_secs_f64())?)
        }
        _ => return None,
    };
    // Environments that grow too old are made anew: at most one in a hundred cold starts may be one of those.
    let platform = case.scenario.platform();
    let usual = (platform.get("lambda.environment_lifetime_minimum") + platform.get("lambda.environment_lifetime_maximum")) / 2.0;
    let lifetime = function.lifetime.as_ref().map_or(usual, |own| own.mean().as_secs_f64());
    let is_recycled = pool.environments / lifetime > INSTANT * case.rate * pool.cold;
    let measured = case.share(case.series("ColdStarts"), case.series("Invocations"));
    (!is_recycled).then(|| case.oracle(formula, "cold_start_share", "share", pool.cold, measured))
}
