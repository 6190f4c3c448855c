//! How far a run is and how long it will still take, on stderr and for people only.
//! The estimate is of simulated time: a ramp makes the second half of a run slower than the first.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::units::Time;

/// A bar over the simulated time of all runs together; any thread may tell it of more.
pub struct Meter(ProgressBar);

impl Meter {
    /// Of runs so long, each made `times` times. Shows nothing where stderr is no terminal or `quiet` is asked.
    pub fn new(durations: impl Iterator<Item = Time>, times: u32, quiet: bool) -> Self {
        let hidden = quiet || !std::io::stderr().is_terminal();
        let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(durations.map(micros).sum::<u64>().saturating_mul(u64::from(times))), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  about {eta} left") {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        Self(bar)
    }

    /// So much more has been simulated.
    pub fn passed(&self, time: Time) {
        self.0.inc(micros(time));
    }

    /// Clears the bar.
    pub fn done(self) {
        self.0.finish_and_clear();
    }
}

/// Counted in microseconds: nanoseconds of many long runs together would not fit.
fn micros(time: Time) -> u64 {
    time.as_micros()
}
