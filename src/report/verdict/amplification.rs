//! How retries of several layers multiply: of each layer the calls that one call from above became, and their product.
//!
//! ```text
//! clients × 3 ─▶ checkout × 3 ─▶ payment × 3 ─▶ provider: 27 calls for each request, while it is away
//! ```
//!
//! A layer is a call that its caller makes once, and that nobody else makes: more than one is a retry. One layer alone is what clients are told of;
//! left out are calls in loops and choices, of which there may be several anyway.

use super::super::messages::counter;
use super::super::number::decimal;
use super::super::wiring::Wiring;
use crate::metrics::{NodeRecord, Record};

/// From this on retries are told of.
const MUCH: f64 = 1.5;
/// What a layer adds at least: a few retries are no layer.
const LAYER: f64 = 1.1;
/// Windows over which the worst is looked for.
const STRETCH: usize = 9;
/// What counts each call of a node.
const CALLS: [&str; 3] = ["RequestCount", "Count", "Invocations"];

struct Chain<'r> {
    workload: &'r str,
    end: &'r NodeRecord,
    factor: f64,
    layers: Vec<String>,
}

/// Of the call that is multiplied most.
pub(super) fn amplification(record: &Record, wiring: &Wiring) -> Option<String> {
    let mut worst: Option<Chain> = None;
    for (workload, target) in &wiring.targets {
        follow(record, wiring, begin(record, workload, target)?, &mut worst);
    }
    let Chain { workload, end, factor, layers } = worst.filter(|c| c.layers.len() > 1 && c.factor > MUCH)?;
    let peak = peak(record, workload, end, factor).map_or(String::new(), |peak| format!(" ({} at the worst)", decimal(peak)));
    let (last, others) = layers.split_last()?;
    Some(format!(
        "Retries multiply: of each request of `{workload}` come {} calls of `{}`{peak}, as {} and {last}.",
        decimal(factor),
        end.name,
        others.join(", ")
    ))
}

fn node<'r>(record: &'r Record, name: &str) -> Option<&'r NodeRecord> {
    record.nodes.iter().find(|n| n.name == name && n.kind != "workload")
}

fn begin<'r>(record: &'r Record, workload: &'r str, target: &str) -> Option<Chain<'r>> {
    let routes = || record.routes.iter().filter(|r| r.workload == workload);
    let (offered, attempts): (u64, u64) = (routes().map(|r| r.answers.answered()).sum(), routes().map(|r| r.answers.attempts).sum());
    let factor = attempts as f64 / offered.max(1) as f64;
    let layers = if factor > LAYER { vec![format!("its clients try {} times", decimal(factor))] } else { Vec::new() };
    Some(Chain { workload, end: node(record, target)?, factor: factor.max(1.0), layers })
}

/// Goes on to all that are asked once by the end of this chain.
fn follow<'r>(record: &'r Record, wiring: &Wiring, chain: Chain<'r>, worst: &mut Option<Chain<'r>>) {
    for (_, to) in wiring.once.iter().filter(|(from, _)| *from == chain.end.name) {
        let Some(end) = node(record, to) else { continue };
        let runs = if chain.end.kind == "lambda" { counter(chain.end, "Invocations") } else { chain.end.arrived };
        let times = end.arrived as f64 / runs.max(1) as f64;
        let mut layers = chain.layers.clone();
        if times > LAYER && chain.end.kind == "lambda" {
            layers.push(format!("`{}` asks `{to}` {} times", chain.end.name, decimal(times)));
        }
        let factor = if layers.len() > chain.layers.len() { chain.factor * times } else { chain.factor };
        follow(record, wiring, Chain { workload: chain.workload, end, factor, layers }, worst);
    }
    if worst.as_ref().is_none_or(|w| chain.factor > w.factor) {
        *worst = Some(chain);
    }
}

/// Calls for each request in the stretch of windows where they are most; none where nothing counts them.
fn peak(record: &Record, workload: &str, end: &NodeRecord, factor: f64) -> Option<f64> {
    let calls = &end.counters.iter().find(|c| c.dimension.is_none() && CALLS.contains(&c.name))?.windows;
    let routes: Vec<_> = record.routes.iter().filter(|r| r.workload == workload).collect();
    let offered = |k: usize| routes.iter().filter_map(|r| r.windows.get(k)).map(|w| f64::from(w.offered)).sum();
    let requests: Vec<f64> = (0..calls.len()).map(offered).collect();
    let (all, asked) = (calls.iter().map(|n| f64::from(*n)).sum::<f64>(), requests.iter().sum::<f64>());
    let usual = asked / requests.len().max(1) as f64;
    let ratio = |k: usize| {
        let span = k..k + STRETCH;
        let offered = requests[span.clone()].iter().sum::<f64>();
        (offered >= usual * STRETCH as f64 / 2.0).then(|| calls[span].iter().map(|n| f64::from(*n)).sum::<f64>() / offered)
    };
    let most = (0..calls.len().saturating_sub(STRETCH)).filter_map(ratio).fold(0.0, f64::max);
    // Some handlers ask only some of the time: what one request asks without retries is 1.
    let each = all / asked.max(1.0) / factor;
    (each > 0.0 && most / each > factor * LAYER).then_some(most / each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{CAUSES, Outcome, Recorder};
    use crate::units::Time;

    /// A hundred requests of two attempts each; `f` asks `provider` so often for each.
    fn said(times: u64) -> Option<String> {
        let mut r = Recorder::new(Time::from_secs(100), Time::ZERO);
        let (function, provider) = (r.node("f", "lambda"), r.node("provider", "server"));
        let (route, runs) = (r.route("shop", "", function), r.counter(function, "Invocations"));
        for second in 0..100 {
            let now = Time::from_secs(second);
            r.close_until(now);
            r.offer(route, now);
            (0..2).for_each(|_| r.arrive(function));
            r.count(runs, 2);
            (0..2 * times).for_each(|_| r.arrive(provider));
            r.complete(route, now, now + Time::from_millis(10), Outcome::OK, 2, &[0; CAUSES]);
        }
        let pair = |a: &str, b: &str| vec![(a.to_owned(), b.to_owned())];
        let wiring = Wiring { targets: pair("shop", "f"), once: pair("f", "provider"), ..Wiring::default() };
        amplification(&r.finish(Time::from_secs(100)), &wiring)
    }

    #[test]
    fn two_layers_multiply() {
        assert_eq!(
            said(3).unwrap(),
            "Retries multiply: of each request of `shop` come 6.00 calls of `provider`, as its clients try 2.00 times and `f` asks `provider` 3.00 times."
        );
    }

    #[test]
    fn one_layer_alone_multiplies_nothing() {
        assert_eq!(said(1), None);
    }
}
