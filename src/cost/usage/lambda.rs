//! Lambda: requests, GB-seconds by architecture, INIT as billed on the day, provisioned concurrency, SnapStart, storage, streaming, pollers.
//!
//! ```text
//! GB-s = memory in GB × ( warm × ⌈duration⌉ + cold × ⌈init + duration⌉ )        ⌈⌉: the day's billing step, 1 ms since December 2020
//! ```
//!
//! Before the day from which INIT is billed, a cold start is billed like any other invocation. Left out: durable functions and managed instances, by `meters`.

use super::{Meter, Metered};
use crate::cost::Quantity;
use crate::platform::quota;
use crate::units::{Bytes, Time};

crate::words! {
    /// What code runs on.
    pub enum Architecture {
        /// Intel and AMD.
        X86 = "x86_64",
        /// Graviton.
        Arm = "arm64",
    }
}

/// MB: what a function has where nothing is said, and what is included of its ephemeral storage (AWS documentation).
const MEMORY: Bytes = Bytes::from_mb(128);
const EPHEMERAL: Bytes = Bytes::from_mb(512);

crate::spec! {
    /// Functions of one memory size.
    pub struct Functions: "Lambda functions" {
        /// What they are called; for the reader.
        name: Option<String> = None,
        /// What they run on.
        architecture: Architecture = Architecture::X86,
        /// Of one environment.
        memory: Bytes = MEMORY,
        /// On demand, a month.
        invocations: Quantity = Quantity(0.0),
        /// Mean of an invocation, without INIT.
        duration: Time = Time::ZERO,
        /// Invocations that begin with a cold start, of those.
        cold_starts: Quantity = Quantity(0.0),
        /// Mean of INIT.
        init_duration: Time = Time::ZERO,
        /// Mean size of an event of asynchronous invocations.
        async_payload: Bytes = Bytes::ZERO,
        /// Environments held ready.
        provisioned_concurrency: Quantity = Quantity(0.0),
        /// How long they are a month; default: all of it.
        provisioned: Option<Time> = None,
        /// Invocations in them; those that spill over are on demand.
        provisioned_invocations: Quantity = Quantity(0.0),
        /// Mean of an invocation in them.
        provisioned_duration: Time = Time::ZERO,
        /// Size of `/tmp`.
        ephemeral_storage: Bytes = EPHEMERAL,
        /// Mean size of a streamed response.
        streamed_response: Bytes = Bytes::ZERO,
        /// Versions with SnapStart, of Python or .NET.
        snap_start_versions: Quantity = Quantity(0.0),
        /// How long each is kept a month.
        snap_start_cached: Time = Time::ZERO,
        /// Times a snapshot is restored.
        snap_start_restores: Quantity = Quantity(0.0),
        /// Hours of event poller units of Kafka, provisioned mode.
        kafka_poller_hours: Quantity = Quantity(0.0),
        /// Hours of event poller units of SQS, provisioned mode.
        sqs_poller_hours: Quantity = Quantity(0.0),
    }
}

impl Metered for Functions {
    fn meter(&self, meter: &mut Meter) {
        if self.cold_starts > self.invocations {
            meter.complain("there are more cold starts than invocations".into(), "cold starts are counted among the invocations");
        }
        self.requests(meter);
        self.on_demand(meter);
        self.held_ready(meter);
        self.snap_start(meter);
        meter.add("lambda.event_pollers.kafka", self.kafka_poller_hours.0);
        meter.add("lambda.event_pollers.sqs", self.sqs_poller_hours.0);
    }
}

impl Functions {
    fn key(&self, of: &str) -> String {
        format!("lambda.{of}.{}", self.architecture.word())
    }

    fn requests(&self, meter: &mut Meter) {
        let invocations = self.invocations.0 + self.provisioned_invocations.0;
        meter.add("lambda.requests", invocations);
        if self.async_payload > Bytes::ZERO && invocations > 0.0 {
            let more = meter.steps("lambda.requests", "async_payload", self.async_payload);
            meter.add("lambda.requests", invocations * more);
        }
        if self.streamed_response > Bytes::ZERO && invocations > 0.0 {
            let gb = meter.gb("lambda.streaming", "response", self.streamed_response);
            meter.add("lambda.streaming", invocations * gb);
        }
    }

    fn on_demand(&self, meter: &mut Meter) {
        if self.invocations.0 <= 0.0 {
            return;
        }
        let is_billed = quota::value("lambda.init_billed", meter.book.as_of()) > 0.0;
        let init = if is_billed { self.init_duration } else { Time::ZERO };
        let seconds = |meter: &mut Meter, key: &str| {
            let warm = meter.seconds(key, "duration", self.duration);
            let cold = meter.seconds(key, "duration", self.duration.saturating_add(init));
            (self.invocations.0 - self.cold_starts.0).max(0.0) * warm + self.cold_starts.0 * cold
        };
        let key = self.key("duration");
        let run = seconds(meter, &key);
        meter.add(&key, run * self.memory.as_gb());
        if self.ephemeral_storage > EPHEMERAL {
            let gb = meter.gb("lambda.ephemeral_storage", "size", self.ephemeral_storage);
            let run = seconds(meter, "lambda.ephemeral_storage");
            meter.add("lambda.ephemeral_storage", run * gb);
        }
    }

    fn held_ready(&self, meter: &mut Meter) {
        if self.provisioned_concurrency.0 > 0.0 {
            let key = self.key("provisioned_concurrency");
            let month = Time::from_secs_f64(meter.book.month_hours() * 3600.0);
            let enabled = meter.seconds(&key, "enabled", self.provisioned.unwrap_or(month));
            meter.add(&key, enabled * self.provisioned_concurrency.0 * self.memory.as_gb());
        }
        if self.provisioned_invocations.0 > 0.0 {
            let key = self.key("provisioned_duration");
            let run = meter.seconds(&key, "duration", self.provisioned_duration);
            meter.add(&key, run * self.provisioned_invocations.0 * self.memory.as_gb());
        }
    }

    fn snap_start(&self, meter: &mut Meter) {
        if self.snap_start_versions.0 > 0.0 {
            let kept = meter.seconds("lambda.snap_start.cache", "cached", self.snap_start_cached);
            meter.add("lambda.snap_start.cache", kept * self.snap_start_versions.0 * self.memory.as_gb());
        }
        meter.add("lambda.snap_start.restore", self.snap_start_restores.0 * self.memory.as_gb());
    }
}

crate::spec! {
    /// Functions of CloudFront.
    pub struct Edge: "Lambda@Edge functions" {
        /// What they are called; for the reader.
        name: Option<String> = None,
        /// A month.
        invocations: Quantity = Quantity(0.0),
        /// Mean of an invocation.
        duration: Time = Time::ZERO,
        /// Of one environment.
        memory: Bytes = MEMORY,
    }
}

impl Metered for Edge {
    fn meter(&self, meter: &mut Meter) {
        meter.add("lambda_edge.requests", self.invocations.0);
        let run = meter.seconds("lambda_edge.duration", "duration", self.duration);
        meter.add("lambda_edge.duration", self.invocations.0 * run * self.memory.as_gb());
    }
}
