//! Within what bounds load may come: how high, how low, and how short a stretch may be.
//!
//! ```text
//! floor ≤ rate ≤ peak        a stretch lasts at least --min-width        mean over the measured time = the scenario's own
//! ```
//!
//! Rates are multiples of the mean, so that several workloads can have one shape.

use crate::document::{Diagnostic, Span};
use crate::report::decimal;
use crate::scenario::{Source, Sources};
use crate::units::{Rate, Time};

/// The most stretches that a shape has.
const SLOTS_MAX: u64 = 60;
/// Of the measured time, where nothing is said.
const SLOTS: u64 = 40;
const SHORTEST: Time = Time::from_secs(1);
const PEAK: f64 = 5.0;

/// What is wrong with what is asked, and where it stands.
pub type Complaints = Box<(Vec<Diagnostic>, Sources)>;

/// As they are asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// `5x` the mean, or `500/s`.
    pub peak: Option<String>,
    pub floor: Option<String>,
    pub min_width: Option<String>,
}

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// As multiples of the mean.
    pub peak: f64,
    pub floor: f64,
    /// Stretches of the measured time.
    pub slots: usize,
    /// How long each of them is, in whole milliseconds.
    pub slot: Time,
}

impl Bounds {
    /// For load of so many requests a second, over so long.
    ///
    /// # Errors
    /// E198 for each bound that cannot be understood or leaves no shape, with the options as sources.
    pub fn of(asked: &Asked, mean: f64, measured: Time) -> Result<Self, Complaints> {
        let mut said = Said { diagnostics: Vec::new(), sources: Sources::new(Source::new("--peak", asked.peak.clone().unwrap_or_default())) };
        let floor = asked.floor.as_ref().and_then(|text| said.rate("--floor", text, mean)).unwrap_or((0.0, 0));
        let peak = asked.peak.as_ref().and_then(|text| said.rate("--peak", text, mean)).unwrap_or((PEAK, 0));
        if peak.0 <= 1.0 {
            let hint = "write more than the mean, such as `--peak 5x`";
            said.wrong(
                peak.1,
                asked.peak.as_deref(),
                format!("no rate is above {}/s, which is the mean, so that there is one shape only", decimal(mean)),
                hint,
            );
        }
        if floor.0 >= 1.0 {
            let hint = "write less than the mean, such as `--floor 0.2x`";
            said.wrong(
                floor.1,
                asked.floor.as_deref(),
                format!("no rate is below {}/s, which is the mean, so that there is one shape only", decimal(mean)),
                hint,
            );
        }
        let slots = said.slots(asked.min_width.as_deref(), measured);
        if !said.diagnostics.is_empty() {
            return Err(Box::new((said.diagnostics, said.sources)));
        }
        let slot = Time::from_millis((measured.as_micros() / 1000 / slots).max(1));
        Ok(Self { peak: peak.0, floor: floor.0, slots: slots as usize, slot })
    }
}

/// What is wrong so far.
struct Said {
    diagnostics: Vec<Diagnostic>,
    sources: Sources,
}

impl Said {
    /// A rate as a multiple of the mean, and where it stands.
    fn rate(&mut self, option: &str, text: &str, mean: f64) -> Option<(f64, u16)> {
        let file = if option == "--peak" { 0 } else { self.sources.add(Source::new(option, text)) };
        let times = text
            .trim()
            .strip_suffix(['x', '×'])
            .map(|number| number.trim().parse::<f64>().map_err(|_| format!("`{text}` is no multiple of the mean")));
        let value = times.unwrap_or_else(|| Rate::parse(text).map(|rate| rate.as_per_second() / mean));
        match value.and_then(|value| if value.is_finite() && value >= 0.0 { Ok(value) } else { Err(format!("`{text}` is no rate")) }) {
            Ok(value) => Some((value, file)),
            Err(why) => {
                self.wrong(file, Some(text), why, "write a multiple of the mean or a rate, such as `5x` or `500/s`");
                None
            }
        }
    }

    fn slots(&mut self, text: Option<&str>, measured: Time) -> u64 {
        let usual = (measured.as_nanos() / SHORTEST.as_nanos()).clamp(2, SLOTS);
        let Some(text) = text else { return usual };
        let file = self.sources.add(Source::new("--min-width", text));
        let hint = format!("write at most half of the measured time, which is {measured}: `--min-width 10s`");
        match Time::parse(text) {
            Err(why) => self.wrong(file, Some(text), why, &hint),
            Ok(width) if width == Time::ZERO || width.as_nanos() * 2 > measured.as_nanos() => {
                self.wrong(file, Some(text), format!("stretches of {width} leave no two in {measured}"), &hint);
            }
            Ok(width) => return (measured.as_nanos() / width.as_nanos()).clamp(2, SLOTS_MAX),
        }
        usual
    }

    fn wrong(&mut self, file: u16, text: Option<&str>, message: String, hint: &str) {
        let span = Span { file, start: 0, end: text.map_or(0, str::len) as u32 };
        self.diagnostics.push(Diagnostic::error("E198", span, message).label("out of range").hint(hint));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peak: &str, floor: &str, width: &str) -> Result<Bounds, Complaints> {
        let asked = Asked { peak: Some(peak.into()), floor: Some(floor.into()), min_width: Some(width.into()) };
        Bounds::of(&asked, 100.0, Time::from_secs(600))
    }

    #[test]
    fn bounds_are_multiples_of_the_mean_or_rates() {
        let bounds = of("4x", "20/s", "30s").expect("they leave shapes");
        assert_eq!((bounds.peak, bounds.floor, bounds.slots, bounds.slot), (4.0, 0.2, 20, Time::from_secs(30)));
        assert_eq!(of("500/s", "0x", "1s").expect("they leave shapes").slots, 60);
        let usual = Bounds::of(&Asked::default(), 100.0, Time::from_secs(10)).expect("they leave shapes");
        assert_eq!((usual.peak, usual.floor, usual.slots), (5.0, 0.0, 10));
    }

    #[test]
    fn all_bounds_that_leave_no_shape_are_told_at_once() {
        let (said, _) = *of("50/s", "2x", "400s").expect_err("they leave none");
        assert_eq!(said.iter().map(|one| one.code).collect::<Vec<_>>(), ["E198"; 3]);
        let (said, _) = *of("much", "some", "long").expect_err("they are no rates");
        assert_eq!(said.len(), 3);
    }
}
