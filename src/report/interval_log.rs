//! Every distribution of a run in one HdrHistogram interval log (`.hlog`, V2): one line each, compressed, under a tag.
//!
//! ```text
//! #[Histogram log format version 1.3]
//! #[StartTime: 0.000 (seconds since epoch), 1970-01-01T00:00:00Z]         simulated time 0: a run has no wall clock
//! "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
//! Tag=shoppers:GET-products,120.000,1080.000,53.311,HISTFAAAA…            from the end of the warm-up on; µs inside, the maximum in ms
//! ```
//!
//! Of clients, successful answers only, as everywhere; what holds nothing has no line. Left out: one interval a window, of which only quantiles are kept.

use std::io::{self, Write};
use std::time::Duration;

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, IntervalLogWriterError, Tag};

use super::slug::{slug, unique};
use crate::metrics::{Distribution, Record};

const HEAD: &str = "#[Histogram log format version 1.3]
#[StartTime: 0.000 (seconds since epoch), 1970-01-01T00:00:00Z]
\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"
";

/// The distributions that are not empty, each with its tag: `workload:route`, `node:Metric`.
pub fn tagged(record: &Record) -> Vec<(String, &Distribution)> {
    let routes = record.routes.iter().map(|route| (&route.workload, route.route.as_str(), &route.answers.ok));
    let nodes = record.nodes.iter().flat_map(|node| node.latencies.iter().map(move |latency| (&node.name, latency.name, &latency.distribution)));
    let found: Vec<_> = routes.chain(nodes).filter(|(_, _, distribution)| !distribution.is_empty()).collect();
    let tags = unique(found.iter().map(|(owner, part, _)| format!("{}:{}", slug(owner), slug(part))));
    tags.into_iter().zip(found).map(|(tag, (_, _, distribution))| (tag, distribution)).collect()
}

/// Writes the log.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write_interval_log(record: &Record, mut out: impl Write) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    let mut serializer = V2DeflateSerializer::new();
    let mut log = IntervalLogWriterBuilder::new().with_max_value_divisor(1000.0).begin_log_with(&mut out, &mut serializer)?;
    let (start, end) = (record.warm_up.as_nanos(), record.simulated.as_nanos());
    let (start, length) = (Duration::from_nanos(start), Duration::from_nanos(end.saturating_sub(start)));
    for (tag, distribution) in tagged(record) {
        log.write_histogram(&distribution.hdr(), start, length, Tag::new(&tag)).map_err(|error| match error {
            IntervalLogWriterError::IoError(error) => error,
            IntervalLogWriterError::SerializeError(error) => io::Error::other(error),
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn every_distribution_has_a_line_under_its_tag() {
        let record = sample::record(true);
        let mut bytes = Vec::new();
        write_interval_log(&record, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let tags: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("Tag=")?.split(',').next()).collect();
        assert_eq!(tags, ["shoppers:GET-products", "shoppers:POST-orders", "list_products:Duration", "list_products:InitDuration"]);
        let line = text.lines().last().unwrap();
        assert!(line.contains(",60.000,540.000,") && line.contains(",HISTF"), "{line}");
    }

    #[test]
    fn nothing_has_a_head_only() {
        let mut bytes = Vec::new();
        write_interval_log(&Record::default(), &mut bytes).unwrap();
        assert!(String::from_utf8(bytes).unwrap().lines().all(|line| line.starts_with(['#', '"'])));
    }
}
