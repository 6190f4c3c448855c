//! What theory says of a server: Erlang's formulas for several slots, Pollaczek and Khinchine's for one, processor sharing.
//!
//! ```text
//! in order of arrival   exponential service        M/M/c, M/M/c/K where at most K − c wait
//!                       any service, one slot      M/G/1 (M/D/1 where it is constant)
//!                       nobody waits               M/G/c/c
//! shared                one slot                   M/G/1-PS
//! ```
//!
//! With one source priorities are the order of arrival. Silent where requests end in errors, or more come than can be served.

use super::{Case, Oracle};
use crate::mechanism::distribution::Distribution;
use crate::mechanism::queueing::{erlang::Bounded, erlang::Waiting, erlang::erlang_b, single};
use crate::service::server::{Discipline, Spec};

const RESPONSE: &str = "mean(target_response_time)";

pub(super) fn oracles(case: &Case, server: &Spec) -> Vec<Oracle> {
    let slots = u64::from(server.instances.value) * u64::from(server.slots.value);
    if server.error_rate.as_fraction() > 0.0 || case.refused_otherwise("server_queue") > 0 {
        return Vec::new();
    }
    let (rate, service) = (case.rate, server.service_time.mean().as_secs_f64());
    let is_exponential = matches!(server.service_time, Distribution::Exponential { .. });
    let found = match (server.discipline, server.queue_limit) {
        (Discipline::ProcessorSharing, None) if slots == 1 => sharing(case, service),
        (Discipline::ProcessorSharing, _) => None,
        (_, Some(0)) => loss(case, slots, rate * service),
        (_, Some(room)) if is_exponential && room <= MOST_ROOM => bounded(case, slots, room, rate * service),
        (_, None) if is_exponential => waiting(case, slots, service),
        (_, None) if slots == 1 => single_slot(case, &server.service_time, service),
        _ => None,
    };
    found.unwrap_or_default()
}

/// A longer queue is added up no more.
const MOST_ROOM: u64 = 1_000_000;

fn waiting(case: &Case, slots: u64, service: f64) -> Option<Vec<Oracle>> {
    let theory = Waiting::new(case.rate, service, slots)?;
    let formula = format!("M/M/{slots}");
    let [mean, p99] = case.times("TargetResponseTime")?;
    Some(vec![
        case.oracle(&formula, RESPONSE, "s", theory.sojourn(), mean),
        case.oracle(&formula, "p(99, target_response_time)", "s", theory.quantile(0.99), p99),
        case.oracle(&formula, "mean(queue_length)", "count", theory.queued(), case.level("QueueLength")?),
    ])
}

fn single_slot(case: &Case, of: &Distribution, service: f64) -> Option<Vec<Oracle>> {
    let wait = single::wait(case.rate, service, of.second_moment_s2()?)?;
    let formula = if of.is_constant().is_some() { "M/D/1" } else { "M/G/1" };
    let [mean, _] = case.times("TargetResponseTime")?;
    Some(vec![
        case.oracle(formula, RESPONSE, "s", wait + service, mean),
        case.oracle(formula, "mean(queue_length)", "count", case.rate * wait, case.level("QueueLength")?),
    ])
}

fn sharing(case: &Case, service: f64) -> Option<Vec<Oracle>> {
    let [mean, _] = case.times("TargetResponseTime")?;
    Some(vec![case.oracle("M/G/1-PS", RESPONSE, "s", single::shared_sojourn(case.rate, service)?, mean)])
}

fn loss(case: &Case, slots: u64, a: f64) -> Option<Vec<Oracle>> {
    let (lost, formula) = (erlang_b(slots, a), format!("M/G/{slots}/{slots}"));
    Some(vec![rejected(case, &formula, lost), case.oracle(&formula, "mean(busy_slots)", "count", a * (1.0 - lost), case.level("BusySlots")?)])
}

fn bounded(case: &Case, slots: u64, room: u64, a: f64) -> Option<Vec<Oracle>> {
    let (theory, formula) = (Bounded::new(a, slots, room), format!("M/M/{slots}/{}", slots + room));
    Some(vec![rejected(case, &formula, theory.lost), case.oracle(&formula, "mean(queue_length)", "count", theory.queued, case.level("QueueLength")?)])
}

fn rejected(case: &Case, formula: &str, theory: f64) -> Oracle {
    let measured = case.share(case.series("RejectedRequestCount"), case.series("RequestCount"));
    case.oracle(formula, "rejected_share", "share", theory, measured)
}
