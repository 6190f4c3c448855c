//! Axes: where a value lies between the ends, and which values have a label.
//!
//! ```text
//! counts      0   50   100   150   200             steps of 1, 2, 5 × 10^k
//! time        0 s   5 m   10 m   15 m   20 m       steps that clocks have
//! durations   1 ms   10 ms   100 ms   1 s          by ratio; 1-2-5 where there are few decades
//! nines       0 %   90 %   99 %   99.9 %           by the ratio of what lies beyond
//! ```
//!
//! Logarithms are `libm`'s, so that a picture has the same bytes everywhere.

use super::super::number::count;
use crate::units::Time;

#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub from: f64,
    pub to: f64,
    pub is_log: bool,
    /// Values and labels, ascending.
    pub ticks: Vec<(f64, String)>,
    /// Lines without a label.
    pub minor: Vec<f64>,
}

impl Axis {
    /// Between 0 and 1 along the axis; what lies outside is put at its end.
    pub fn share(&self, value: f64) -> f64 {
        let (from, to, value) =
            if self.is_log { (libm::log10(self.from), libm::log10(self.to), libm::log10(value.max(self.from))) } else { (self.from, self.to, value) };
        ((value - from) / (to - from)).clamp(0.0, 1.0)
    }

    fn linear(to: f64, step: f64, label: impl Fn(f64) -> String) -> Axis {
        let steps = (to / step + 1e-9).floor() as u32;
        let ticks = (0..=steps).map(|k| f64::from(k) * step).map(|v| (v, label(v))).collect();
        Axis { from: 0.0, to, is_log: false, ticks, minor: Vec::new() }
    }

    /// From nothing to at least `most`.
    pub fn counts(most: f64) -> Axis {
        let step = nice(most / 6.0, &[1.0, 2.0, 5.0]);
        let to = (most / step - 1e-9).ceil().max(1.0) * step;
        Axis::linear(to, step, |v| if step >= 1.0 { count(v.round() as u64) } else { trimmed(v, step) })
    }

    /// Like `counts`, but whole numbers only.
    pub fn things(most: f64) -> Axis {
        Axis::counts(most.max(5.0))
    }

    /// From the beginning of a run to its end.
    pub fn time(until_s: f64) -> Axis {
        let step = clock_step(until_s / 8.0);
        Axis::linear(until_s.max(step), step, |v| Time::from_secs_f64(v).to_string())
    }

    /// Ages: from zero to at least `most_s`.
    pub fn ages(most_s: f64) -> Axis {
        let step = clock_step(most_s / 5.0);
        Axis::linear((most_s / step - 1e-9).ceil().max(1.0) * step, step, |v| Time::from_secs_f64(v).to_string())
    }

    /// Durations by ratio, from a nice number below `from_s` to one above `to_s`.
    pub fn durations(from_s: f64, to_s: f64) -> Axis {
        let decade = |v: f64| libm::pow(10.0, libm::floor(libm::log10(v) + 1e-9));
        let grid = |k: f64| (1..10).map(move |n| f64::from(n) * k);
        let (low, high) = (from_s.max(1e-6), to_s.max(from_s.max(1e-6)));
        let marks: Vec<f64> = std::iter::successors(Some(decade(low)), |k| (*k <= high).then(|| decade(k * 10.0))).flat_map(grid).collect();
        let is_main = |v: &f64, parts: &[u32]| parts.iter().any(|p| (v / decade(*v) - f64::from(*p)).abs() < 0.01);
        let nice_ends: Vec<f64> = marks.iter().copied().filter(|v| is_main(v, &[1, 2, 5])).collect();
        let from = nice_ends.iter().rev().copied().find(|v| *v <= low * 1.0001).unwrap_or(low);
        let to = nice_ends.iter().copied().find(|v| *v >= high * 0.9999 && *v > from * 1.5).unwrap_or(high * 10.0);
        let parts: &[u32] = if to / from > 150.0 { &[1] } else { &[1, 2, 5] };
        let inside: Vec<f64> = marks.into_iter().filter(|v| *v >= from * 0.9999 && *v <= to * 1.0001).collect();
        let (main, minor): (Vec<f64>, Vec<f64>) = inside.into_iter().partition(|v| is_main(v, parts));
        let ticks = main.into_iter().map(|v| (v, duration(v))).collect();
        Axis { from, to, is_log: true, ticks, minor }
    }

    /// Numbers by ratio, each power of ten with a label.
    pub fn decades(from: f64, to: f64) -> Axis {
        let low = libm::floor(libm::log10(from.max(1e-12)));
        let powers: Vec<f64> = (0..=(libm::ceil(libm::log10(to)) - low).max(1.0) as i32).map(|k| libm::pow(10.0, low + f64::from(k))).collect();
        let label = |v: f64| if v >= 1.0 { count(v.round() as u64) } else { trimmed(v, v) };
        let ticks = powers.iter().filter(|v| (from * 0.999..=to * 1.001).contains(*v)).map(|v| (*v, label(*v))).collect();
        let minor = powers.iter().flat_map(|v| [2.0 * v, 5.0 * v]).filter(|v| (from..=to).contains(v)).collect();
        Axis { from, to, is_log: true, ticks, minor }
    }

    /// Percentiles, as the logarithm of what lies beyond: 0 is 0 %, 1 is 90 %, 2 is 99 %.
    pub fn nines(to: f64) -> Axis {
        let label = |k: u32| match k {
            0 => "0 %".into(),
            1 => "90 %".into(),
            2 => "99 %".into(),
            k => format!("99.{} %", "9".repeat(k as usize - 2)),
        };
        let ticks = (0..=to.floor() as u32).map(|k| (f64::from(k), label(k)));
        let half = (libm::log10(2.0), "50 %".to_string());
        let mut ticks: Vec<_> = ticks.chain([half]).collect();
        ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
        Axis { from: 0.0, to, is_log: false, ticks, minor: Vec::new() }
    }
}

/// Where a percentile stands on the axis of nines.
pub fn nines(share: f64) -> f64 {
    -libm::log10((1.0 - share).max(1e-12))
}

/// By ratio, hundreds of seconds say more than minutes and seconds.
fn duration(seconds: f64) -> String {
    if seconds >= 60.0 { format!("{} s", count(seconds.round() as u64)) } else { Time::from_secs_f64(seconds).to_string() }
}

/// The least of `parts` × 10^k that is not below `least`.
fn nice(least: f64, parts: &[f64]) -> f64 {
    let least = if least > 0.0 { least } else { 0.1 };
    let decade = libm::pow(10.0, libm::floor(libm::log10(least)));
    parts.iter().map(|p| p * decade).find(|v| *v >= least * (1.0 - 1e-9)).unwrap_or(10.0 * decade)
}

/// Steps of clocks, in seconds.
const CLOCK: [f64; 20] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0,
    172_800.0, 432_000.0,
];

fn clock_step(least: f64) -> f64 {
    let known = CLOCK.into_iter().find(|step| *step >= least * (1.0 - 1e-9));
    match known {
        Some(_) if least < 0.5 => nice(least, &[1.0, 2.0, 5.0]),
        Some(step) => step,
        None => 86_400.0 * nice(least / 86_400.0, &[1.0, 2.0, 5.0]),
    }
}

/// As many decimals as the step has.
fn trimmed(value: f64, step: f64) -> String {
    let decimals = (-libm::floor(libm::log10(step) + 1e-9)).max(0.0) as usize;
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn counts_go_by_one_two_and_five() {
        assert_eq!(labels(&Axis::counts(231.0)), ["0", "50", "100", "150", "200", "250"]);
        assert_eq!(labels(&Axis::counts(0.8)), ["0.0", "0.2", "0.4", "0.6", "0.8"]);
        assert_eq!(labels(&Axis::counts(1_000_000.0)).last(), Some(&"1,000,000"));
        assert_eq!(labels(&Axis::things(0.0)), ["0", "1", "2", "3", "4", "5"]);
    }

    #[test]
    fn time_goes_as_clocks_do() {
        assert_eq!(labels(&Axis::time(1200.0)), ["0 s", "5 m", "10 m", "15 m", "20 m"]);
        assert_eq!(labels(&Axis::time(3600.0)), ["0 s", "10 m", "20 m", "30 m", "40 m", "50 m", "1 h"]);
        assert!(labels(&Axis::time(86_400.0 * 7.0)).len() <= 9);
        assert_eq!(labels(&Axis::time(0.5)).last(), Some(&"500 ms"));
    }

    #[test]
    fn durations_go_by_ratio() {
        let wide = Axis::durations(0.0012, 4.1);
        assert_eq!((wide.from, wide.to), (0.001, 5.0));
        assert_eq!(labels(&wide), ["1 ms", "10 ms", "100 ms", "1 s"]);
        assert_eq!(labels(&Axis::durations(0.011, 0.09)), ["10 ms", "20 ms", "50 ms", "100 ms"]);
        assert_eq!(labels(&Axis::durations(0.9, 900.0)).last(), Some(&"1,000 s"));
        let one = Axis::durations(0.1, 0.1);
        assert!(one.to > one.from && one.ticks.len() > 1, "{one:?}");
    }

    #[test]
    fn each_nine_is_as_wide_as_the_one_before() {
        let axis = Axis::nines(4.0);
        assert_eq!(labels(&axis), ["0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %"]);
        let at = |share| axis.share(nines(share));
        for (share, wanted) in [(0.0, 0.0), (0.9, 0.25), (0.99, 0.5), (0.999, 0.75), (0.9999, 1.0)] {
            assert!((at(share) - wanted).abs() < 1e-9, "{share}");
        }
    }
}
