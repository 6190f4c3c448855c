//! The rules of alarms: a metric that the watched node has, and topics that take what is in nobody's order.
//!
//! ```text
//! node: checkout, metric: throttles ─▶ a lambda has throttles        alarm_actions: [ ops ] ─▶ a standard topic
//! ```
//!
//! That the names stand for something is a rule of the wiring.

use crate::document::{Diagnostic, Reading, Spanned, closest};
use crate::scenario::Scenario;
use crate::scenario::names::{Names, listed};
use crate::service::{Reference, Spec, cloudwatch_alarm};

use super::wiring::with_article;

/// Complaints about metrics that the watched node does not have (E132), and FIFO topics (E134).
pub fn refused(scenario: &Scenario, names: &Names) -> Vec<Diagnostic> {
    let mut reading = Reading::default();
    let node = |name: &Spanned<String>| names.node(&name.value).map(|index| &scenario.nodes[index].1);
    for (name, spec) in &scenario.nodes {
        let Spec::CloudWatchAlarm(alarm) = spec else { continue };
        if let Some(watched) = node(&alarm.node) {
            metric(alarm, watched, &mut reading);
        }
        for Reference { to, .. } in spec.references().into_iter().filter(|reference| !reference.feeds) {
            if node(&to).is_some_and(Spec::is_fifo) {
                let message = format!("`{}` publishes to `{}`, which is FIFO", name.value, to.value);
                let hint = "an alarm gives no message group: let it publish to a standard topic";
                reading.push(Diagnostic::error("E134", to.span, message).label("needs a message group").hint(hint));
            }
        }
    }
    reading.diagnostics
}

fn metric(alarm: &cloudwatch_alarm::Spec, watched: &Spec, reading: &mut Reading) {
    let (metric, has) = (&alarm.metric, watched.metrics());
    if has.contains(&metric.value.as_str()) {
        return;
    }
    let kind = with_article(watched.kind());
    let message = format!("`{}` is {kind}, which has no metric `{}`", alarm.node.value, metric.value);
    let hint = match closest(&metric.value, has.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{kind} has: {}", listed(has.iter().copied())),
    };
    reading.push(Diagnostic::error("E132", metric.span, message).label("not among its metrics").hint(hint));
}
