//! What became of the alarms: how often they were raised, when first, for how long, and whether one still is.
//!
//! ```text
//! InAlarm  ▁▁▁▁▁▁▁██████▁▁▁        once, first at 7 m 30 s, for 1 m
//! ```
//!
//! Instants are those of windows. Left out: changes between OK and INSUFFICIENT_DATA, which stand among the counters of the node.

use serde::{Deserialize, Serialize};

use crate::metrics::{NodeRecord, Record};

/// An alarm of the user's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    pub name: String,
    /// How often its state became ALARM since the warm-up.
    pub raised: u64,
    /// When it was first in ALARM, from the start of the run: the beginning of the window; null where it never was.
    pub first_s: Option<f64>,
    /// How long it was in ALARM since the warm-up.
    pub in_alarm_s: f64,
    /// Whether it is in ALARM at the end.
    pub in_alarm: bool,
    /// Messages that it published to topics.
    pub published: u64,
}

/// Every alarm, in the order of the file.
pub(super) fn alarms(record: &Record) -> Vec<Alarm> {
    record.nodes.iter().filter_map(|node| alarm(record, node)).collect()
}

fn alarm(record: &Record, node: &NodeRecord) -> Option<Alarm> {
    let level = node.gauges.iter().find(|gauge| gauge.name == "InAlarm")?;
    let counted = |name: &str| node.counters.iter().find(|counter| counter.name == name).map_or(0, |counter| counter.sum);
    let start = |at: usize| at.checked_sub(1).map_or(0.0, |before| record.window_ends[before].as_secs_f64());
    Some(Alarm {
        name: node.name.clone(),
        raised: counted("StateChangesToAlarm"),
        first_s: level.window_maxima.iter().position(|max| *max > 0).map(start),
        in_alarm_s: level.mean * record.simulated.saturating_sub(record.warm_up).as_secs_f64(),
        in_alarm: level.last > 0,
        published: counted("ActionsPublished"),
    })
}
