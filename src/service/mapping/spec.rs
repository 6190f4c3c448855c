//! What a function's file says of a queue that it is fed from: `event_sources: [ { queue: orders, batch_size: 10 } ]`.
//! Names are those of Lambda's CreateEventSourceMapping.

use crate::{
    document::{Diagnostic, Reading, Spanned},
    mechanism::distribution::Distribution,
    platform::Platform,
    service::filter::Values,
    spec,
    units::{Share, Time},
    words,
};

words! {
    /// What the function's answer may say.
    pub enum ResponseType {
        /// Which messages of the batch failed; only they come back.
        ReportBatchItemFailures = "ReportBatchItemFailures",
    }
}

spec! {
    /// Pollers that are kept, and billed.
    pub struct ProvisionedPollers: "provisioned pollers" {
        /// Pollers at least: 2 to 200.
        minimum_pollers: Spanned<u64> = Spanned { value: 2, span: Default::default() },
        /// Pollers at most: 2 to 10,000.
        maximum_pollers: Spanned<u64> = Spanned { value: 200, span: Default::default() },
    }
}

spec! {
    /// A queue that a function is fed from.
    pub struct EventSource: "an event source" {
        /// The queue.
        queue: Spanned<String>,
        /// Messages of one invocation at most: 1 to 10,000, of a FIFO queue 10.
        batch_size: Spanned<u32> = Spanned { value: 10, span: Default::default() },
        /// How long to wait for a batch to fill: at most 5 min, and at least 1 s for batches of more than 10.
        maximum_batching_window: Spanned<Time> = Spanned { value: Time::ZERO, span: Default::default() },
        /// Invocations at a time that this queue may cause: 2 to 1,000. Default: as many as the function may have.
        maximum_concurrency: Option<Spanned<u64>> = None,
        /// Share of messages that pass the filter; the others are deleted unseen.
        filter_passes: Option<Spanned<Share>> = None,
        /// Values of attributes that pass the filter.
        filter: Values = Values::default(),
        /// With `ReportBatchItemFailures` only the messages that failed come back.
        function_response_types: Vec<ResponseType> = Vec::new(),
        /// Provisioned mode: pollers that are kept, and billed. Default: pollers that come as there are messages.
        provisioned_poller_config: Option<ProvisionedPollers> = None,
        /// From a message's receive to the start of its invocation; default: as measured.
        latency: Option<Distribution> = None,
    }
}

impl EventSource {
    /// Rules within one mapping of the function `name`.
    pub fn check(&self, name: &str, reading: &mut Reading) {
        let platform = Platform::default();
        let (batch, queue) = (&self.batch_size, &self.queue.value);
        let most = platform.count("esm.batch_size_maximum");
        if batch.value == 0 || u64::from(batch.value) > most {
            let message = format!("`{name}` can take batches of 1 to {most} messages from `{queue}`, not of {}", batch.value);
            reading.push(Diagnostic::error("E100", batch.span, message).label("out of range"));
        }
        let (window, longest) = (&self.maximum_batching_window, Time::from_secs(platform.count("esm.batching_window_maximum")));
        if window.value > longest {
            let message = format!("the batching window of `{name}` can be {longest} at most, not {}", window.value);
            reading.push(Diagnostic::error("E100", window.span, message).label("too long"));
        }
        if batch.value > 10 && window.value < Time::from_secs(1) {
            let message = format!("`{name}` takes batches of more than 10 messages from `{queue}`, without a batching window of at least 1 s");
            let hint = "one receive brings at most 10 messages: add `maximum_batching_window: 1s`";
            reading.push(Diagnostic::error("E101", batch.span, message).label("more than one receive").hint(hint));
        }
        let bounds = (platform.count("esm.maximum_concurrency_minimum"), platform.count("esm.maximum_concurrency_maximum"));
        if let Some(most) = self.maximum_concurrency.as_ref().filter(|most| !(bounds.0..=bounds.1).contains(&most.value)) {
            let message = format!("the maximum concurrency of `{name}` must be from {} to {}, not {}", bounds.0, bounds.1, most.value);
            reading.push(Diagnostic::error("E100", most.span, message).label("out of range"));
        }
        self.check_pollers(name, &platform, reading);
    }

    fn check_pollers(&self, name: &str, platform: &Platform, reading: &mut Reading) {
        let Some(pollers) = &self.provisioned_poller_config else { return };
        if let Some(most) = &self.maximum_concurrency {
            let message = format!("`{name}` has both a maximum concurrency and provisioned pollers");
            let hint = "AWS takes one of the two: leave `maximum_concurrency` out, as each poller runs ten invocations at most";
            reading.push(Diagnostic::error("E102", most.span, message).label("this").also(pollers.maximum_pollers.span, "and this").hint(hint));
        }
        let least = platform.count("esm.provisioned_minimum");
        for (given, most) in [
            (&pollers.minimum_pollers, platform.count("esm.provisioned_minimum_limit")),
            (&pollers.maximum_pollers, platform.count("esm.provisioned_maximum_limit")),
        ] {
            if !(least..=most).contains(&given.value) {
                let message = format!("provisioned pollers of `{name}` must be from {least} to {most}, not {}", given.value);
                reading.push(Diagnostic::error("E100", given.span, message).label("out of range"));
            }
        }
        if pollers.minimum_pollers.value > pollers.maximum_pollers.value {
            let message = format!("`{name}` keeps {} pollers at least, and {} at most", pollers.minimum_pollers.value, pollers.maximum_pollers.value);
            reading.push(Diagnostic::error("E100", pollers.minimum_pollers.span, message).label("more than the maximum"));
        }
    }
}
