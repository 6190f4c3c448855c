//! What Lambda charges a function for.
//!
//! ```text
//! requests = invocations + units of large events        GB-s = memory × (duration + INIT, rounded up), on demand and provisioned at two prices
//! logs     = invocations × log_size
//! ```
//!
//! Throttled invocations are no requests. Duration has been rounded for each invocation when it was counted. Left out: keeping of logs, X-Ray, the
//! memory of other versions, publishing of snapshots, INIT of provisioned environments.

use crate::platform::Platform;
use crate::service::charge::{Charge, Charges, GB, Quantity};

use super::{SnapStart, Spec};

/// Seconds of an hour, for GB-seconds by the hour.
const HOUR: f64 = 3600.0;

pub(super) fn charges(function: &Spec, name: &str, aws: &Platform) -> Charges {
    let gb = function.memory.value.as_bytes() as f64 / GB;
    let of = |meter: &str| format!("lambda.{meter}.{}", function.architecture.word());
    let on_demand = Quantity::Counted(&["BilledDuration"], &["ProvisionedBilledDuration"]);
    let mut list = vec![
        Charge::counted("lambda.requests", &["Invocations", "AdditionalEventUnits"]).by("Invocations"),
        Charge::of(of("duration"), on_demand).times(gb / 1e3).by("BilledDuration"),
    ];
    if function.provisioned_concurrency.as_ref().is_some_and(|count| count.value > 0) || function.auto_scaling.is_some() {
        let allocated = Charge::of(of("provisioned_concurrency"), Quantity::Level("AllocatedProvisionedConcurrency", None)).times(gb * HOUR);
        list.push(allocated.by("BilledDuration").used("ProvisionedBilledDuration", HOUR * 1e3));
        list.push(Charge::counted(of("provisioned_duration"), &["ProvisionedBilledDuration"]).times(gb / 1e3));
    }
    let storage = function.ephemeral_storage.value.as_bytes() as f64;
    if storage > 512.0 * 1024.0 * 1024.0 {
        list.push(Charge::counted("lambda.ephemeral_storage", &["BilledDuration"]).times(1e-3).sized("size", storage));
    }
    if let Some(response) = function.response.as_ref().filter(|response| response.stream) {
        let answered = Quantity::Counted(&["Invocations"], &["Errors"]);
        list.push(Charge::of("lambda.streaming", answered).sized("response", response.size.value.as_bytes() as f64).by("Invocations"));
    }
    let snapshots_cost = function.snap_start != SnapStart::None && !function.runtime.value.starts_with("java");
    if snapshots_cost {
        list.push(Charge::of("lambda.snap_start.cache", Quantity::Fixed(1.0)).times(gb * HOUR).by("BilledDuration"));
        list.push(Charge::of("lambda.snap_start.restore", Quantity::Times("RestoreDuration")).times(gb).by("BilledDuration"));
    }
    for source in function.event_sources.iter().filter(|source| source.provisioned_poller_config.is_some()) {
        let mapping = format!("{} → {name}", source.queue.value);
        // The level is that of invocations at a time, of which a provisioned poller has several.
        let pollers =
            Charge::of("lambda.event_pollers.sqs", Quantity::Level("Pollers", Some(mapping))).times(1.0 / aws.get("esm.poller_concurrency").max(1.0));
        list.push(pollers.by("BilledDuration"));
    }
    let mut left_out = Vec::new();
    match function.log_size {
        None => left_out.push("logs of functions whose `log_size` is not given".to_owned()),
        Some(size) => list.push(Charge::counted("cloudwatch.logs.ingest_lambda", &["Invocations"]).times(size.as_bytes() as f64 / GB)),
    }
    if function.versions.0.iter().any(|(_, version)| version.memory.as_ref().is_some_and(|memory| memory.value != function.memory.value)) {
        left_out.push(format!("the other memory of versions of `{name}`, which are priced as the function itself"));
    }
    Charges { list, left_out }
}
