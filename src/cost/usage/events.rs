//! EventBridge and Step Functions: events by 64 KB, transitions, GB-hours of Express workflows.
//!
//! ```text
//! Express: ⌈duration⌉ (100 ms) × ⌈memory⌉ (64 MB)  ──▶ GB-hours
//! ```
//!
//! Each kind of event is counted for itself: what is published and also discovered stands in both.

use super::{Meter, Metered};
use crate::cost::Quantity;
use crate::units::{Bytes, Time};

crate::spec! {
    /// What goes through EventBridge in a month.
    pub struct Events: "EventBridge's events" {
        /// What it is called; for the reader.
        name: Option<String> = None,
        /// Mean size of an event.
        event: Bytes = Bytes::from_kb(1),
        /// Custom events published.
        custom: Quantity = Quantity(0.0),
        /// Events of partners.
        partner: Quantity = Quantity(0.0),
        /// To a bus of another account or Region.
        cross_bus: Quantity = Quantity(0.0),
        /// Replayed from an archive.
        replay: Quantity = Quantity(0.0),
        /// Looked at to discover schemas.
        schema_discovery: Quantity = Quantity(0.0),
        /// Sent to API destinations.
        api_destinations: Quantity = Quantity(0.0),
        /// Through pipes, after the filter.
        pipes: Quantity = Quantity(0.0),
        /// Invocations by schedules.
        scheduler: Quantity = Quantity(0.0),
        /// Put into an archive.
        archived: Bytes = Bytes::ZERO,
        /// Kept in an archive all month.
        archive: Bytes = Bytes::ZERO,
    }
}

impl Metered for Events {
    fn meter(&self, meter: &mut Meter) {
        let counted = [
            ("custom", self.custom),
            ("partner", self.partner),
            ("cross_bus", self.cross_bus),
            ("replay", self.replay),
            ("schema_discovery", self.schema_discovery),
            ("api_destinations", self.api_destinations),
            ("pipes", self.pipes),
            ("scheduler", self.scheduler),
        ];
        counted.iter().for_each(|(key, count)| meter.add_steps(&format!("eventbridge.{key}"), "payload", self.event, count.0));
        meter.add("eventbridge.archive.processing", self.archived.as_gb());
        meter.add("eventbridge.archive.storage", self.archive.as_gb());
    }
}

crate::words! {
    /// Which workflows.
    pub enum Workflow {
        /// By the transition.
        Standard = "standard",
        /// By request, duration and memory.
        Express = "express",
    }
}

crate::spec! {
    /// A state machine.
    pub struct Machine: "a state machine" {
        /// What it is called; for the reader.
        name: Option<String> = None,
        /// Which workflows.
        r#type: Workflow = Workflow::Standard,
        /// A month.
        executions: Quantity = Quantity(0.0),
        /// Of each execution, its start and retries among them.
        transitions: Quantity = Quantity(1.0),
        /// Mean of an Express execution.
        duration: Time = Time::ZERO,
        /// Mean memory of an Express execution.
        memory: Bytes = Bytes::ZERO,
    }
}

impl Metered for Machine {
    fn meter(&self, meter: &mut Meter) {
        if self.r#type == Workflow::Standard {
            return meter.add("step_functions.standard", self.executions.0 * self.transitions.0);
        }
        let key = "step_functions.express.duration";
        meter.add("step_functions.express.requests", self.executions.0);
        let hours = meter.seconds(key, "duration", self.duration) / 3600.0;
        let gb = meter.gb(key, "memory", self.memory);
        meter.add(key, self.executions.0 * hours * gb);
    }
}
