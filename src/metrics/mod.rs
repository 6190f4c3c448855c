//! What a run measures, and how little it costs to measure it.
//!
//! ```text
//! engine, services ──offer, complete, count, rise, record, refuse──▶ Recorder ──finish──▶ Record ──▶ report
//!                     (hot: an index and an addition)                 closes windows       plain data
//! ```
//!
//! Memory is O(routes + nodes + windows), never O(requests): latencies live in HDR histograms (µs, 3 digits), time series in at most
//! 600 windows. All statistics begin at the end of the warm-up; the series cover the whole run.

mod attribution;
mod batch;
mod cause;
mod distribution;
mod gauge;
mod level;
mod log_linear;
mod mser;
pub mod names;
mod outcome;
mod record;
mod recorder;
mod route;
mod sum;
mod trend;
mod watch;
mod window;
mod witness;

pub use attribution::{Attribution, Band};
pub use batch::{BATCHES, Batch, mean_half_width, quantile_half_width, ratio_half_width};
pub use cause::{CAUSES, Cause, Spent};
pub use distribution::Distribution;
pub use level::Level;
pub use log_linear::LogLinear;
pub use mser::{Truncation, mser};
pub use outcome::{Class, Outcome};
pub use record::{CounterRecord, GaugeRecord, LatencyRecord, LimitRecord, NodeRecord, Record, RouteRecord, Tally};
pub use recorder::{Counter, Gauge, Latency, Limit, Meter, Recorder, RouteId, Split};
pub use route::Answers;
pub use trend::{Trend, trend};
pub use watch::{Before, Seen};
pub use window::{HEAT_CELLS, HEAT_EDGES, MOST_CHOSEN_WINDOWS, MOST_WINDOWS, Window, width};
pub use witness::{Witness, Witnesses};

/// What a window's latencies (µs) are counted in.
pub type Cells = LogLinear<7>;
