//! Presets: the usual shapes of a load test or of a day by name, which stand for ordinary phases.
//!
//! ```text
//! smoke ───    soak /‾‾‾\    stress _▁▂▃▄    spike __|‾|__    breakpoint /    wave ∿∿∿    diurnal, weekly  ◠◠◠◠◠⌒⌒
//! ```
//!
//! Names are those of k6's guide of load tests, and of what operators see. Curves are cosines in straight lines, 24 a period; a curve that the run cuts
//! short ends on its line. Seasons, holidays and growth are left out: write phases, or replay a trace.

use super::{
    arrivals::Phase,
    formula::{self, Forms, Formula},
};
use crate::document::{self, Read, Reading, Shapes, Value};
use crate::units::{Rate, Share, Time};
use std::f64::consts::TAU;

/// Straight lines in one period of a curve.
const PIECES: u64 = 24;
/// More phases than these are an error rather than a curve.
const MOST: u64 = 100_000;

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Each preset, the arguments that it needs, those that it may have, and an example.
const KNOWN: &[(&str, &[&str], &[&str], &str)] = &[
    ("smoke", &[], &["rate"], "smoke(rate=1/s)"),
    ("soak", &["rate"], &["ramp"], "soak(rate=200/s)"),
    ("stress", &["from", "to"], &["steps"], "stress(from=100/s to=1000/s steps=10)"),
    ("spike", &["base", "peak"], &["at", "rise", "hold"], "spike(base=50/s peak=2000/s)"),
    ("breakpoint", &["to"], &["from"], "breakpoint(from=10/s to=5000/s)"),
    ("wave", &["low", "high", "period"], &[], "wave(low=50/s high=500/s period=10m)"),
    ("diurnal", &["low", "high"], &["peak_at", "day"], "diurnal(low=20/s high=200/s peak_at=14h)"),
    ("weekly", &["weekday", "weekend"], &["night", "peak_at", "day"], "weekly(weekday=200/s weekend=80/s night=20%)"),
];

/// A shape and how long it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    shape: Shape,
    /// The scenario's duration, where it is absent.
    over: Option<Time>,
}

/// Rates are a second.
#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Smoke { rate: f64 },
    Soak { rate: f64, ramp: Option<Time> },
    Stress { from: f64, to: f64, steps: u32 },
    Spike { base: f64, peak: f64, at: Option<Time>, rise: Option<Time>, hold: Option<Time> },
    Breakpoint { from: f64, to: f64 },
    Wave { low: f64, high: f64, period: Time },
    Diurnal { low: f64, high: f64, day: Day },
    Weekly { weekday: f64, weekend: f64, night: f64, day: Day },
}

/// When it is busiest, of how long a day.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Day {
    length: Time,
    peak_at: Time,
}

impl Day {
    /// 0 when it is quietest, 1 when it is busiest, at so much since midnight.
    fn height(&self, at: Time) -> f64 {
        let turn = (at.as_secs_f64() - self.peak_at.as_secs_f64()) / self.length.as_secs_f64();
        (1.0 + libm::cos(TAU * turn)) / 2.0
    }
}

impl Preset {
    /// The phases it stands for, in a run of this length.
    ///
    /// # Errors
    /// A sentence that says why it does not fit.
    pub fn phases(&self, run: Time) -> Result<Vec<Phase>, String> {
        let over = self.over.unwrap_or(run);
        match self.shape {
            Shape::Smoke { rate } => Ok(vec![flat("smoke", over, rate)]),
            Shape::Soak { rate, ramp } => soak(rate, ramp.unwrap_or_else(|| part(over, 0.05)), over),
            Shape::Stress { from, to, steps } => Ok(stress(from, to, steps, over)),
            Shape::Spike { base, peak, at, rise, hold } => {
                let parts =
                    [at.unwrap_or_else(|| part(over, 0.4)), rise.unwrap_or_else(|| part(over, 0.01)), hold.unwrap_or_else(|| part(over, 0.1))];
                spike(base, peak, parts, over)
            }
            Shape::Breakpoint { from, to } => Ok(vec![line("breakpoint".into(), over, from, to)]),
            Shape::Wave { low, high, period } => {
                let quietest = Day { length: period, peak_at: part(period, 0.5) };
                let name = |piece: u64| format!("wave {}", piece / PIECES + 1);
                curve(over, period, |at, _| low + (high - low) * quietest.height(at), name)
            }
            Shape::Diurnal { low, high, day } => curve(over, day.length, |at, _| low + (high - low) * day.height(at), |piece| hour(piece, "day")),
            Shape::Weekly { weekday, weekend, night, day } => weekly(weekday, weekend, night, day, over),
        }
    }
}

/// A share of a length.
fn part(of: Time, share: f64) -> Time {
    Time::from_nanos_f64(of.as_nanos() as f64 * share)
}

fn flat(name: &str, duration: Time, rate: f64) -> Phase {
    Phase { name: Some(name.to_owned()), duration, rate, ramp_to: None }
}

fn line(name: String, duration: Time, from: f64, to: f64) -> Phase {
    Phase { name: Some(name), duration, rate: from, ramp_to: (from != to).then_some(to) }
}

fn soak(rate: f64, ramp: Time, over: Time) -> Result<Vec<Phase>, String> {
    let Some(rest) = ramp.checked_add(ramp).filter(|ramps| *ramps < over) else {
        return Err(format!("two ramps of {ramp} leave nothing of {over} to soak in"));
    };
    let (up, down) = (line("ramp up".into(), ramp, 0.0, rate), line("ramp down".into(), ramp, rate, 0.0));
    Ok(lasting([up, flat("soak", over - rest, rate), down]))
}

fn stress(from: f64, to: f64, steps: u32, over: Time) -> Vec<Phase> {
    let at = |step: u32| Time::from_nanos((u128::from(over.as_nanos()) * u128::from(step) / u128::from(steps)) as u64);
    let rate = |step: u32| if steps == 1 { to } else { from + (to - from) * f64::from(step) / f64::from(steps - 1) };
    lasting((0..steps).map(|step| flat(&format!("step {}", step + 1), at(step + 1) - at(step), rate(step))))
}

fn spike(base: f64, peak: f64, [at, rise, hold]: [Time; 3], over: Time) -> Result<Vec<Phase>, String> {
    let spent = at + rise + hold + rise;
    if spent > over {
        return Err(format!("a spike that is over after {spent} does not fit into {over}"));
    }
    let (up, down) = (line("rise".into(), rise, base, peak), line("fall".into(), rise, peak, base));
    Ok(lasting([flat("before", at, base), up, flat("spike", hold, peak), down, flat("after", over - spent, base)]))
}

fn weekly(weekday: f64, weekend: f64, night: f64, day: Day, over: Time) -> Result<Vec<Phase>, String> {
    let busy = |number: u64| if number % 7 < 5 { weekday } else { weekend };
    if night >= 1.0 {
        let days = over.as_nanos().div_ceil(day.length.as_nanos());
        enough(days)?;
        let length = |number: u64| day.length.min(over.saturating_sub(day.length * number));
        return Ok(lasting((0..days).map(|number| flat(DAYS[(number % 7) as usize], length(number), busy(number)))));
    }
    let rate = |at: Time, number: u64| busy(number) * (night + (1.0 - night) * day.height(at));
    curve(over, day.length, rate, |piece| hour(piece, DAYS[(piece / PIECES % 7) as usize]))
}

/// The name of a piece of a day: `monday 14h`.
fn hour(piece: u64, day: &str) -> String {
    format!("{day} {:02}h", piece % PIECES)
}

/// A curve in straight lines: `rate` by the time since its period began, and the number of the period.
fn curve(over: Time, period: Time, rate: impl Fn(Time, u64) -> f64, name: impl Fn(u64) -> String) -> Result<Vec<Phase>, String> {
    let knot = |piece: u64| Time::from_nanos((u128::from(period.as_nanos()) * u128::from(piece) / u128::from(PIECES)) as u64);
    enough((u128::from(over.as_nanos()) * u128::from(PIECES)).div_ceil(u128::from(period.as_nanos())).min(u128::from(u64::MAX)) as u64)?;
    let at = |piece: u64| rate(knot(piece % PIECES), piece / PIECES);
    let pieces = (0..).take_while(|piece| knot(*piece) < over).map(|piece| {
        let (from, to) = (knot(piece), knot(piece + 1));
        let share = (over.min(to) - from).as_secs_f64() / (to - from).as_secs_f64();
        line(name(piece), over.min(to) - from, at(piece), at(piece) + (at(piece + 1) - at(piece)) * share)
    });
    Ok(lasting(pieces))
}

fn enough(pieces: u64) -> Result<(), String> {
    if pieces <= MOST { Ok(()) } else { Err(format!("it would be made of {pieces} phases, more than {MOST}")) }
}

/// Those that last.
fn lasting(phases: impl IntoIterator<Item = Phase>) -> Vec<Phase> {
    phases.into_iter().filter(|phase| phase.duration > Time::ZERO).collect()
}

impl Read for Preset {
    fn expected() -> String {
        "a preset such as `spike(base=50/s peak=2000/s)`".into()
    }

    fn shape(shapes: &mut Shapes) -> document::Shape {
        shapes.define("preset", |_| {
            let forms: Vec<Forms> = KNOWN.iter().map(|(name, _, _, example)| (*name, std::slice::from_ref(example))).collect();
            let [text, long] = formula::shapes(&forms, "");
            document::Shape { title: Some("a preset of phases".into()), ..document::Shape::any(vec![text, long]) }
        })
    }

    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let before = reading.diagnostics.len();
        let Some(formula) = Formula::of(value, "E113", reading) else {
            return if reading.diagnostics.len() > before { None } else { reading.mismatch(value, &Self::expected()) };
        };
        let Some((_, required, optional, example)) = KNOWN.iter().find(|(name, ..)| *name == formula.name) else {
            let forms: Vec<Forms> = KNOWN.iter().map(|(name, _, _, example)| (*name, std::slice::from_ref(example))).collect();
            return formula.unknown("a preset of phases", &forms, "E113", reading);
        };
        let optional: Vec<&str> = optional.iter().copied().chain(["over"]).collect();
        if !formula.has(required, &optional, example, "E113", reading) {
            return None;
        }
        let (shape, over) = (shape(&formula, reading), lasts(&formula, "over", reading));
        Some(Self { shape: shape?, over: over? })
    }
}

fn shape(formula: &Formula, reading: &mut Reading) -> Option<Shape> {
    match formula.name.as_str() {
        "smoke" => Some(Shape::Smoke { rate: rate(formula, "rate", 1.0, reading)? }),
        "soak" => {
            let (rate, ramp) = (rate(formula, "rate", 0.0, reading), lasts(formula, "ramp", reading));
            Some(Shape::Soak { rate: rate?, ramp: ramp? })
        }
        "stress" => {
            let (rates, steps) = (rates(formula, "from", "to", reading), steps(formula, reading));
            let (from, to) = rates?;
            Some(Shape::Stress { from, to, steps: steps? })
        }
        "spike" => {
            let (rates, at) = (rates(formula, "base", "peak", reading), lasts(formula, "at", reading));
            let (rise, hold) = (lasts(formula, "rise", reading), lasts(formula, "hold", reading));
            let (base, peak) = rates?;
            Some(Shape::Spike { base, peak, at: at?, rise: rise?, hold: hold? })
        }
        "breakpoint" => rates(formula, "from", "to", reading).map(|(from, to)| Shape::Breakpoint { from, to }),
        "wave" => {
            let (rates, period) = (rates(formula, "low", "high", reading), lasts(formula, "period", reading));
            let (low, high) = rates?;
            Some(Shape::Wave { low, high, period: period?? })
        }
        "diurnal" => {
            let (rates, day) = (rates(formula, "low", "high", reading), day(formula, reading));
            let (low, high) = rates?;
            Some(Shape::Diurnal { low, high, day: day? })
        }
        _ => {
            let (weekday, weekend) = (rate(formula, "weekday", 0.0, reading), rate(formula, "weekend", 0.0, reading));
            let (night, day) = (formula.optional("night", Share::ALL, reading), day(formula, reading));
            Some(Shape::Weekly { weekday: weekday?, weekend: weekend?, night: night?.as_fraction(), day: day? })
        }
    }
}

fn rate(formula: &Formula, name: &str, default: f64, reading: &mut Reading) -> Option<f64> {
    formula.optional(name, Rate::from_per_second(default), reading).map(Rate::as_per_second)
}

/// A smaller rate and a larger one.
fn rates(formula: &Formula, low: &str, high: &str, reading: &mut Reading) -> Option<(f64, f64)> {
    let (from, to) = (rate(formula, low, 0.0, reading), rate(formula, high, 0.0, reading));
    let (from, to) = (from?, to?);
    if from <= to {
        return Some((from, to));
    }
    let message = format!("`{low}` of `{}` is above its `{high}`", formula.name);
    formula.refuse(message, format!("write the smaller rate for `{low}`; a load that falls is written as phases"), "E113", reading)
}

/// A length that may be left out, but not be nothing.
fn lasts(formula: &Formula, name: &str, reading: &mut Reading) -> Option<Option<Time>> {
    let time: Option<Time> = formula.optional(name, None, reading)?;
    // A spike may come at once, in no time.
    if time != Some(Time::ZERO) || matches!(name, "at" | "rise" | "ramp") {
        return Some(time);
    }
    formula.refuse(format!("`{name}` of `{}` must last longer than no time", formula.name), "write it with its unit: `10m`", "E113", reading)
}

fn steps(formula: &Formula, reading: &mut Reading) -> Option<u32> {
    let steps = formula.optional("steps", 5, reading)?;
    match (1..=1_000).contains(&steps) {
        true => Some(steps),
        false => formula.refuse(format!("`stress` cannot have {steps} steps"), "from 1 to 1000", "E113", reading),
    }
}

fn day(formula: &Formula, reading: &mut Reading) -> Option<Day> {
    const HOURS: u64 = 24;
    let length = lasts(formula, "day", reading)?.unwrap_or(Time::from_secs(3_600) * HOURS);
    let clock = Time::from_secs(3_600) * HOURS;
    let peak_at = formula.optional("peak_at", Time::from_secs(3_600) * 14, reading)?;
    if peak_at >= clock {
        return formula.refuse(format!("`peak_at` cannot be {peak_at}"), "it is an hour of the day's 24: `14h`", "E113", reading);
    }
    Some(Day { length, peak_at: part(length, peak_at.as_secs_f64() / clock.as_secs_f64()) })
}

#[cfg(test)]
mod tests {
    use super::super::formula::tests::scalar;
    use super::*;

    const DAY: Time = Time::from_secs(86_400);

    fn phases(text: &str, run: Time) -> Vec<Phase> {
        let mut reading = Reading::default();
        let preset = Preset::read(&scalar(text), &mut reading).unwrap_or_else(|| panic!("{text}: {:?}", reading.diagnostics));
        preset.phases(run).unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    fn said(phases: &[Phase]) -> Vec<(String, f64, f64, Option<f64>)> {
        phases.iter().map(|p| (p.name.clone().unwrap_or_default(), p.duration.as_secs_f64(), p.rate, p.ramp_to)).collect()
    }

    fn requests(phases: &[Phase]) -> f64 {
        phases.iter().map(|p| (p.rate + p.ramp_to.unwrap_or(p.rate)) / 2.0 * p.duration.as_secs_f64()).sum()
    }

    fn refused(text: &str) -> (String, String) {
        let mut reading = Reading::default();
        assert_eq!(Preset::read(&scalar(text), &mut reading), None, "{text}");
        (reading.diagnostics[0].message.clone(), reading.diagnostics[0].hint.clone().unwrap_or_default())
    }

    #[test]
    fn every_preset_lasts_as_long_as_the_run_or_as_it_says() {
        for (.., example) in KNOWN {
            for run in [Time::from_secs(3_601), DAY * 10, Time::from_nanos(1_000_003)] {
                let sum = phases(example, run).iter().fold(Time::ZERO, |sum, phase| sum + phase.duration);
                assert_eq!(sum, run, "{example}");
            }
            let over = example.replace(')', " over=90m)");
            assert_eq!(phases(&over, DAY).iter().fold(Time::ZERO, |sum, phase| sum + phase.duration), Time::from_secs(5_400), "{over}");
        }
    }

    #[test]
    fn load_tests_are_made_of_the_phases_they_are_known_for() {
        let run = Time::from_secs(1_000);
        let step = |name: &str, duration, rate, to| (name.to_owned(), duration, rate, to);
        assert_eq!(said(&phases("smoke", run)), [step("smoke", 1_000.0, 1.0, None)]);
        assert_eq!(
            said(&phases("soak(rate=200/s)", run)),
            [step("ramp up", 50.0, 0.0, Some(200.0)), step("soak", 900.0, 200.0, None), step("ramp down", 50.0, 200.0, Some(0.0))]
        );
        assert_eq!(
            said(&phases("spike(base=50/s peak=2000/s)", run)),
            [
                step("before", 400.0, 50.0, None),
                step("rise", 10.0, 50.0, Some(2_000.0)),
                step("spike", 100.0, 2_000.0, None),
                step("fall", 10.0, 2_000.0, Some(50.0)),
                step("after", 480.0, 50.0, None)
            ]
        );
        assert_eq!(said(&phases("spike(base=1/s peak=9/s at=0s rise=0s hold=1000s)", run)), [step("spike", 1_000.0, 9.0, None)]);
        let stress = said(&phases("stress(from=100/s to=500/s steps=5)", run));
        assert_eq!((stress.len(), stress[4].clone()), (5, step("step 5", 200.0, 500.0, None)));
        assert_eq!(said(&phases("breakpoint(to=5000/s)", run)), [step("breakpoint", 1_000.0, 0.0, Some(5_000.0))]);
    }

    #[test]
    fn a_day_is_busiest_when_it_says_and_quietest_half_a_day_apart() {
        let day = phases("diurnal(low=20/s high=200/s)", DAY);
        assert_eq!((day.len(), day[14].name.as_deref()), (24, Some("day 14h")));
        assert!((day[14].rate - 200.0).abs() < 1e-9 && (day[2].rate - 20.0).abs() < 1e-9);
        assert!(day.windows(2).all(|pair| (pair[0].ramp_to.unwrap_or(pair[0].rate) - pair[1].rate).abs() < 1e-9), "no jumps");
        // A cosine has the mean of its ends, and straight lines between equally spaced points of a period keep it.
        assert!((requests(&day) / 86_400.0 - 110.0).abs() < 1e-9);
        let hour = phases("diurnal(low=20/s high=200/s day=1h)", Time::from_secs(3_600));
        assert_eq!((hour.len(), hour[14].rate, hour[0].duration), (24, day[14].rate, Time::from_secs(150)));
    }

    #[test]
    fn a_wave_begins_low_and_is_cut_on_its_line() {
        let wave = phases("wave(low=0/s high=100/s period=24m)", Time::from_secs(60 * 36 + 30));
        assert!(wave[0].rate.abs() < 1e-9 && (wave[12].rate - 100.0).abs() < 1e-9);
        let last = wave.last().expect("there are some");
        assert_eq!((wave.len(), last.name.as_deref(), last.duration), (37, Some("wave 2"), Time::from_secs(30)));
        let (top, next) = (100.0, (1.0 + (TAU / 24.0).cos()) / 2.0 * 100.0);
        assert!((last.ramp_to.expect("it falls") - (top + next) / 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_week_has_five_working_days() {
        let flat = phases("weekly(weekday=200/s weekend=80/s)", DAY * 8);
        let rates: Vec<f64> = flat.iter().map(|day| day.rate).collect();
        assert_eq!(rates, [200.0, 200.0, 200.0, 200.0, 200.0, 80.0, 80.0, 200.0]);
        let week = phases("weekly(weekday=200/s weekend=80/s night=20%)", DAY * 7);
        assert_eq!((week.len(), week[5 * 24 + 14].name.as_deref(), week[24 + 2].rate.round()), (168, Some("saturday 14h"), 40.0));
        assert!((week[5 * 24 + 14].rate - 80.0).abs() < 1e-9);
    }

    #[test]
    fn nonsense_is_answered_with_what_to_write() {
        assert_eq!(refused("spkie(base=50/s peak=2000/s)").1, "did you mean `spike`?");
        assert_eq!(refused("spike(base=50/s)"), ("`spike` needs `peak`".into(), "write `spike(base=50/s peak=2000/s)`".into()));
        assert_eq!(refused("soak(rate=50/s ramps=1m)").1, "did you mean `ramp`?");
        assert_eq!(refused("wave(low=50/s high=5/s period=1m)").0, "`low` of `wave` is above its `high`");
        assert!(refused("wave(low=5/s high=50/s period=0s)").0.contains("longer than no time"));
        assert!(refused("stress(from=1/s to=5/s steps=0)").0.contains("0 steps"));
        assert!(refused("diurnal(low=1/s high=5/s peak_at=25h)").0.contains("`peak_at` cannot be"));
        assert!(refused("smoke(1/s)").0.contains("needs its name"));
        let fits = |text: &str| Preset::read(&scalar(text), &mut Reading::default()).map(|preset| preset.phases(Time::from_secs(60)).is_ok());
        assert_eq!(fits("spike(base=50/s peak=2000/s at=30s hold=31s)"), Some(false));
        assert_eq!(fits("soak(rate=50/s ramp=30s)"), Some(false));
        assert_eq!(fits("wave(low=5/s high=50/s period=1ms)"), Some(false));
    }
}
