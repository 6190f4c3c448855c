//! How arrivals are spread at a given rate, as a scenario says it: `poisson`, `uniform`, `bursty(…)`, `batch(…)`.
//!
//! ```text
//! bursty: the rate is ratio · r in bursts and r between, exponential stretches of mean `burst` and `idle`:  r = rate · (burst + idle) / (ratio · burst + idle)
//! batch:  so many at one instant, batches at random:  batches a second = rate / mean size
//! ```
//!
//! In the long run all have the rate of the phase. Complaints carry E042.

use super::super::formula::{self, Forms, Formula};
use crate::document::{Read, Reading, Shape, Shapes, Value};
use crate::units::Time;

/// The shortest mean of a burst or of the time between two: every change costs time.
const SHORTEST: Time = Time::from_millis(10);
/// The largest batch, and the largest ratio.
const MOST: f64 = 1e6;

/// What can be written, with an example of each form.
const KNOWN: &[Forms] = &[
    ("poisson", &["poisson"]),
    ("uniform", &["uniform"]),
    ("bursty", &["bursty(ratio=10 burst=20s idle=80s)"]),
    ("batch", &["batch(size=20)", "batch(mean=20)"]),
    ("replay", &["replay"]),
];

/// How arrivals are spread at a given rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pattern {
    /// Independent of one another, as those of many users are.
    Poisson,
    /// Evenly spaced, as those of a clock are.
    Uniform,
    /// Denser for a while, then thinner, at random.
    Bursty(Bursty),
    /// Several at one instant.
    Batch(Batch),
}

/// A Poisson process with two rates that change at random (MMPP-2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bursty {
    /// The rate in a burst as a multiple of that between bursts.
    pub ratio: f64,
    /// Mean length of a burst.
    pub burst: Time,
    /// Mean time between two bursts.
    pub idle: Time,
}

impl Bursty {
    /// What the rate of the phase is multiplied with between bursts and in them.
    pub fn factors(&self) -> (f64, f64) {
        let share = self.share();
        let idle = 1.0 / (1.0 - share + self.ratio * share);
        (idle, idle * self.ratio)
    }

    /// The share of time that is in bursts.
    pub fn share(&self) -> f64 {
        let (burst, idle) = (self.burst.as_secs_f64(), self.idle.as_secs_f64());
        burst / (burst + idle)
    }

    /// How fast the memory of the state is lost, per second: 1 / burst + 1 / idle.
    pub(super) fn forgetting(&self) -> f64 {
        1.0 / self.burst.as_secs_f64() + 1.0 / self.idle.as_secs_f64()
    }

    /// The index of dispersion of counts, variance / mean of the arrivals in a window, at this rate a second; 1 would be Poisson. Per window t:
    /// 1 + 2·p·(1−p)·(difference of the rates)² / (rate · a) · (1 − (1 − e^(−a·t)) / (a·t)), a = 1 / burst + 1 / idle, p the share of bursts.
    /// (Heffes and Lucantoni, IEEE JSAC 4(6), 1986.)
    pub fn dispersion(&self, rate: f64, window: Time) -> f64 {
        let ((low, high), share, forgetting) = (self.factors(), self.share(), self.forgetting());
        let difference = (high - low) * rate;
        let forgotten = forgetting * window.as_secs_f64();
        let seen = 1.0 + libm::expm1(-forgotten) / forgotten;
        1.0 + 2.0 * share * (1.0 - share) * difference * difference / (rate * forgetting) * seen
    }
}

/// How many come at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Batch {
    /// Always so many.
    Size(u32),
    /// Geometric with this mean: one at least, and after each there is another with the same chance.
    Mean(f64),
}

impl Batch {
    /// Requests of a batch on average.
    pub fn mean(&self) -> f64 {
        match *self {
            Self::Size(size) => f64::from(size),
            Self::Mean(mean) => mean,
        }
    }

    /// Variance / mean of the arrivals in a window of any length, at a constant rate: E B² / E B.
    pub fn dispersion(&self) -> f64 {
        match *self {
            Self::Size(size) => f64::from(size),
            Self::Mean(mean) => 2.0 * mean - 1.0,
        }
    }
}

impl Read for Pattern {
    fn expected() -> String {
        "`poisson`, `uniform`, `replay`, or a pattern such as `bursty(ratio=10 burst=20s idle=80s)` or `batch(size=20)`".into()
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        shapes.define("arrivals", |_| {
            let [text, long] = formula::shapes(KNOWN, "");
            Shape { title: Some("how arrivals are spread".into()), ..Shape::any(vec![text, long]) }
        })
    }

    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let before = reading.diagnostics.len();
        match Formula::of(value, "E042", reading) {
            Some(formula) => interpret(&formula, reading),
            None if reading.diagnostics.len() > before => None,
            None => reading.mismatch(value, &Self::expected()),
        }
    }

    fn written(&self) -> Option<String> {
        Some(match self {
            Self::Poisson => "poisson".into(),
            Self::Uniform => "uniform".into(),
            Self::Bursty(Bursty { ratio, burst, idle }) => format!("bursty(ratio={ratio} burst={} idle={})", burst.exact(), idle.exact()),
            Self::Batch(Batch::Size(size)) => format!("batch(size={size})"),
            Self::Batch(Batch::Mean(mean)) => format!("batch(mean={mean})"),
        })
    }
}

fn interpret(formula: &Formula, reading: &mut Reading) -> Option<Pattern> {
    match formula.signature().as_str() {
        "poisson" => Some(Pattern::Poisson),
        "uniform" => Some(Pattern::Uniform),
        "batch size" => {
            let size: u32 = formula.read("size", reading)?;
            within(formula, "size", f64::from(size), reading).map(|_| Pattern::Batch(Batch::Size(size)))
        }
        "batch mean" => {
            let mean = formula.read("mean", reading)?;
            within(formula, "mean", mean, reading).map(|mean| Pattern::Batch(Batch::Mean(mean)))
        }
        _ if formula.name == "bursty" => bursty(formula, reading).map(Pattern::Bursty),
        _ => formula.unknown("a pattern of arrivals", KNOWN, "E042", reading),
    }
}

fn bursty(formula: &Formula, reading: &mut Reading) -> Option<Bursty> {
    if !formula.has(&["ratio", "burst", "idle"], &[], KNOWN[2].1[0], "E042", reading) {
        return None;
    }
    let ratio = formula.read("ratio", reading).and_then(|ratio| within(formula, "ratio", ratio, reading));
    let (burst, idle) = (stretch(formula, "burst", reading), stretch(formula, "idle", reading));
    Some(Bursty { ratio: ratio?, burst: burst?, idle: idle? })
}

fn within(formula: &Formula, name: &str, number: f64, reading: &mut Reading) -> Option<f64> {
    if (1.0..=MOST).contains(&number) {
        return Some(number);
    }
    formula.refuse(format!("`{name}` of `{}` cannot be {number}", formula.name), format!("it lies between 1 and {MOST}"), "E042", reading)
}

fn stretch(formula: &Formula, name: &str, reading: &mut Reading) -> Option<Time> {
    let time: Time = formula.read(name, reading)?;
    if time >= SHORTEST {
        return Some(time);
    }
    let hint = format!("it is a mean of at least {SHORTEST}; for many at one instant write `batch(mean=20)`");
    formula.refuse(format!("`{name}` of `{}` cannot be {time}", formula.name), hint, "E042", reading)
}

#[cfg(test)]
mod tests {
    use super::super::super::formula::tests::scalar;
    use super::*;

    fn refused(text: &str) -> (String, String) {
        let mut reading = Reading::default();
        assert_eq!(Pattern::read(&scalar(text), &mut reading), None, "{text}");
        (reading.diagnostics[0].message.clone(), reading.diagnostics[0].hint.clone().unwrap_or_default())
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for form in KNOWN.iter().flat_map(|(_, forms)| *forms).filter(|form| **form != "replay") {
            assert_eq!(Pattern::read(&scalar(form), &mut Reading::default()).and_then(|p| p.written()).as_deref(), Some(*form));
        }
    }

    #[test]
    fn bursts_leave_the_mean_as_it_is() {
        let bursty = Bursty { ratio: 10.0, burst: Time::from_secs(20), idle: Time::from_secs(80) };
        let (idle, burst) = bursty.factors();
        assert!((0.2 * burst + 0.8 * idle - 1.0).abs() < 1e-12 && (burst / idle - 10.0).abs() < 1e-12);
        // No bursts at all have the dispersion of Poisson; a short window sees little of them.
        assert_eq!(Bursty { ratio: 1.0, ..bursty }.dispersion(50.0, Time::from_secs(1_000)), 1.0);
        assert!(bursty.dispersion(50.0, Time::from_micros(1)) < 1.001);
    }

    #[test]
    fn nonsense_is_answered_with_what_to_write() {
        assert_eq!(refused("poison").1, "did you mean `poisson`?");
        assert_eq!(refused("bursty(ratio=10 burst=20s)"), ("`bursty` needs `idle`".into(), "write `bursty(ratio=10 burst=20s idle=80s)`".into()));
        assert_eq!(refused("bursty(ratio=10 burts=20s idle=80s)").1, "did you mean `burst`?");
        assert_eq!(refused("bursty(ratio=0.5 burst=20s idle=80s)").0, "`ratio` of `bursty` cannot be 0.5");
        assert_eq!(refused("bursty(ratio=5 burst=1ms idle=80s)").0, "`burst` of `bursty` cannot be 1 ms");
        assert_eq!(refused("batch(size=0)").0, "`size` of `batch` cannot be 0");
        assert!(refused("batch").1.contains("`batch(size=20)` or `batch(mean=20)`"));
    }
}
