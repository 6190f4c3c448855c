//! The rules of faults: a node that is there and can have them, within the run, and something that goes wrong.
//!
//! ```text
//! at ──── for ────▶        at < duration,  for > 0,  unavailable or latency
//! ```

use super::wiring::with_article;
use crate::document::{Diagnostic, Reading};
use crate::scenario::Scenario;
use crate::scenario::names::Names;
use crate::service::outage::Fault;
use crate::units::Time;

/// Complaints about faults that befall nothing (E012), or cannot be (E089).
pub fn faults(scenario: &Scenario, names: &Names) -> Vec<Diagnostic> {
    let mut reading = Reading::default();
    scenario.faults.iter().for_each(|fault| check(fault, scenario, names, &mut reading));
    reading.diagnostics
}

fn check(fault: &Fault, scenario: &Scenario, names: &Names, reading: &mut Reading) {
    let name = fault.node.value.as_str();
    let effects = fault.effects();
    if effects.is_empty() {
        let message = format!("nothing goes wrong with `{name}` in this fault");
        reading
            .push(Diagnostic::error("E089", fault.node.span, message).label("how?").hint("add `unavailable: true` or `latency: { multiply: 20 }`"));
    }
    match names.node(name) {
        Some(index) => {
            let (node, spec) = &scenario.nodes[index];
            for effect in effects.into_iter().filter(|effect| !spec.faults().contains(effect)) {
                let kind = with_article(spec.kind());
                let message = format!("`{name}` is {kind}, to which `{effect}` cannot happen");
                let hint = match spec.faults() {
                    [] => format!("no fault can befall {kind}: let one befall what stands behind it"),
                    can => format!("what can happen to {kind}: {}", can.join(", ")),
                };
                let diagnostic = Diagnostic::error("E089", fault.node.span, message).label("this node");
                reading.push(diagnostic.also(node.span, kind).hint(hint));
            }
        }
        None if names.is_unread(name) => {}
        None => {
            let message = format!("a fault befalls `{name}`, which is no node of this scenario");
            let diagnostic = Diagnostic::error("E012", fault.node.span, message).label("no node of this name");
            reading.push(Diagnostic { hint: names.suggestion(name, false), ..diagnostic });
        }
    }
    times(fault, scenario, reading);
}

fn times(fault: &Fault, scenario: &Scenario, reading: &mut Reading) {
    let run = &scenario.duration;
    if fault.at.value >= run.value && run.value > Time::ZERO {
        let message = format!("a fault begins at {}, and the run ends after {}", fault.at.value, run.value);
        let diagnostic = Diagnostic::error("E089", fault.at.span, message).label("too late").also(run.span, "the run");
        reading.push(diagnostic.hint("begin it earlier, or lengthen `duration`"));
    }
    if fault.r#for.value == Time::ZERO {
        reading.push(
            Diagnostic::error("E089", fault.r#for.span, "a fault must last longer than no time").label("zero").hint("say how long: `for: 30s`"),
        );
    }
}
