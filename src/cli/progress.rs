//! How far a run is and how long it will still take, on stderr and for people only.
//! The estimate is of simulated time: a ramp makes the second half of a run slower than the first.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::units::Time;

/// A bar over simulated time.
pub struct Meter(ProgressBar);

impl Meter {
    /// Shows nothing where stderr is no terminal or `quiet` is asked.
    pub fn new(duration: Time, quiet: bool) -> Self {
        let hidden = quiet || !std::io::stderr().is_terminal();
        let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(duration.as_nanos()), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  about {eta} left") {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        Self(bar)
    }

    /// The run has reached `now`.
    pub fn at(&self, now: Time, events: u64) {
        self.0.set_position(now.as_nanos());
        self.0.set_message(format!("{} events", crate::report::count(events)));
    }

    /// Clears the bar.
    pub fn done(self) {
        self.0.finish_and_clear();
    }
}
