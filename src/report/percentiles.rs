//! One distribution as a percentile table (`.hgrm`), in milliseconds: what HdrHistogram's tools print and its plotter draws.
//!
//! ```text
//!        Value     Percentile TotalCount 1/(1-Percentile)
//!
//!        5.123 0.000000000000          1           1.00        five steps to each halving of what lies beyond
//!       11.199 0.500000000000      57492           2.00
//! #[Mean    =       13.021, StdDeviation   =       21.394]
//! ```
//!
//! A value is the largest that its cell holds, as HdrHistogram has it: up to 0.1 % above what the report says, which is the middle of the cell.

use std::io::{self, Write};

use crate::metrics::Distribution;

/// Lines for each halving of the distance to 100 %, as of HdrHistogram's own tools.
const TICKS: u32 = 5;
/// Cells of the first bucket at three digits.
const SUB_BUCKETS: u32 = 2048;

fn ms(micros: f64) -> f64 {
    micros / 1000.0
}

/// Writes the table.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write_percentiles(distribution: &Distribution, mut out: impl Write) -> io::Result<()> {
    let hdr = distribution.hdr();
    writeln!(out, "{:>12} {:>14} {:>10} {:>14}\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)")?;
    let mut seen = 0;
    for step in hdr.iter_quantiles(TICKS) {
        seen += step.count_since_last_iteration();
        let (value, share) = (ms(step.value_iterated_to() as f64), step.quantile_iterated_to());
        if share < 1.0 {
            writeln!(out, "{value:12.3} {share:2.12} {seen:10} {:14.2}", 1.0 / (1.0 - share))?;
        } else {
            writeln!(out, "{value:12.3} {share:2.12} {seen:10}")?;
        }
    }
    writeln!(out, "#[Mean    = {:12.3}, StdDeviation   = {:12.3}]", ms(hdr.mean()), ms(hdr.stdev()))?;
    writeln!(out, "#[Max     = {:12.3}, Total count    = {:12}]", ms(hdr.max() as f64), hdr.len())?;
    writeln!(out, "#[Buckets = {:12}, SubBuckets     = {SUB_BUCKETS:12}]", hdr.buckets())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Time;

    fn text(distribution: &Distribution) -> String {
        let mut bytes = Vec::new();
        write_percentiles(distribution, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_is_value_share_count_and_odds() {
        let mut d = Distribution::default();
        (1..=1000).for_each(|ms| d.record(Time::from_micros(ms)));
        let text = text(&d);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "       Value     Percentile TotalCount 1/(1-Percentile)");
        assert_eq!((lines[1], lines[2]), ("", "       0.001 0.000000000000          1           1.00"));
        assert!(lines.contains(&"       0.500 0.500000000000        500           2.00"), "{text}");
        assert!(lines.contains(&"       1.000 1.000000000000       1000"));
        assert_eq!(lines[lines.len() - 3], "#[Mean    =        0.500, StdDeviation   =        0.289]");
        assert_eq!(lines[lines.len() - 2], "#[Max     =        1.000, Total count    =         1000]");
    }

    #[test]
    fn nothing_has_no_lines() {
        assert_eq!(text(&Distribution::default()).lines().filter(|line| !line.starts_with('#')).count(), 2);
    }
}
