//! A stretch of the run that a threshold is about, rather than all of it.
//!
//! ```text
//! buyers: goodput > 380/s during last 5m        … during 10m..50m        … during campaign (a phase)
//! { workload: free, metric: error_rate, below: 1%, during: [ 10m, 50m ] }        during: campaign
//! ```
//!
//! Only what windows keep can be measured over a stretch: means of times and most quantiles are of the whole run, since windows keep no histogram.

use super::metric::is_time;
use super::{Metric, Statistic};
use crate::document::{Diagnostic, Reading, Spanned};

/// Levels whose name ends like a time's: windows keep their highest value.
const LEVEL: &str = "age_of_oldest_message";
/// The quantiles of response times that windows keep.
const KEPT: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

/// Complains of a metric that no window counts (E117).
pub(super) fn measurable(metric: &Metric, named: &Spanned<String>, reading: &mut Reading) -> Option<()> {
    if counted(metric) {
        return Some(());
    }
    let message = format!("`{}` is measured over the whole run, not over a stretch of it", named.value);
    let hint = "over a stretch there are `error_rate`, `goodput`, `request_rate`, the p(50), p(90), p(95) and p(99) of workloads, and what nodes count; for other times make a scenario of the stretch, by `warm_up` and `duration`";
    reading.push(Diagnostic::error("E117", named.span, message).label("not kept by window").hint(hint));
    None
}

/// Whether windows keep it.
pub(super) fn counted(metric: &Metric) -> bool {
    let is_kept = |name: &str| !is_time(name) || name.ends_with(LEVEL);
    match metric {
        Metric::Requests | Metric::Failures | Metric::ErrorRate | Metric::Goodput | Metric::RequestRate => true,
        Metric::Response(Statistic::Quantile(share)) => KEPT.iter().any(|kept| (kept - share).abs() < 1e-9),
        Metric::Response(statistic) => *statistic == Statistic::Max,
        Metric::Of(Statistic::Quantile(_), _) | Metric::ThrottleRate | Metric::Drained | Metric::Cost(_) => false,
        Metric::Of(_, name) | Metric::Node(name) => is_kept(name),
        Metric::Ratio(both) => counted(&both.0) && counted(&both.1),
        Metric::Per(_, _, metric) => counted(metric),
        Metric::Edge(_, condition) => counted(&condition.metric),
        Metric::During(..) | Metric::At(..) => false,
    }
}
