//! A level, window by window, that can be mended afterwards.
//!
//! A window lies wholly before or wholly after the end of the warm-up, so the total is the sum of the later windows. When it is noticed late
//! that the level had fallen (an idle environment expires without an event), the closed windows are corrected as well; a peak is corrected in
//! windows that lie wholly after the fall, and stays an upper bound in the one that holds it.

use super::{GaugeRecord, Level};
use crate::units::Time;

#[derive(Clone, Debug, Default)]
pub struct GaugeMeter {
    pub level: Level,
    /// Things × ns of the closed windows since the warm-up.
    area: u128,
    /// The same of those before.
    area_before: u128,
    means: Vec<f32>,
    maxima: Vec<u32>,
    changed: Time,
    opened_with: u64,
}

impl GaugeMeter {
    /// Closes the window `opened..now`.
    pub fn close(&mut self, opened: Time, now: Time, measured: bool) {
        self.means.push(self.level.mean(opened..now) as f32);
        self.maxima.push(self.level.max().min(u64::from(u32::MAX)) as u32);
        *(if measured { &mut self.area } else { &mut self.area_before }) += self.level.area_at(now);
        if self.level.changed() > opened || self.level.value() != self.opened_with {
            self.changed = self.level.changed();
        }
        self.opened_with = self.level.value();
        self.level.restart(now);
    }

    /// The level has been lower by `n` since `since`; `ends` are those of the closed windows.
    pub fn retract(&mut self, now: Time, since: Time, n: u64, warm_up: Time, ends: &[Time]) {
        self.level.retract(now, since, n);
        let opened = ends.last().copied().unwrap_or(Time::ZERO);
        let measured = opened.saturating_sub(since.max(warm_up));
        self.area -= u128::from(n) * u128::from(measured.as_nanos());
        for k in ends.partition_point(|end| *end <= since)..ends.len() {
            let begin = if k == 0 { Time::ZERO } else { ends[k - 1] };
            let share = (ends[k] - since.max(begin)).as_secs_f64() / (ends[k] - begin).as_secs_f64();
            self.means[k] = (self.means[k] - (n as f64 * share) as f32).max(0.0);
            self.maxima[k] -= if since <= begin { n as u32 } else { 0 };
        }
    }

    /// The integral since the start of the run, but for what was retracted from before the warm-up's end.
    pub fn area_at(&self, now: Time) -> u128 {
        self.area_before + self.area + self.level.area_at(now)
    }

    /// Over the `measured` time, from the window `first` on.
    pub fn into_record(self, name: &'static str, per: u32, first: usize, measured: Time) -> GaugeRecord {
        let last = self.level.value();
        let mean = if measured == Time::ZERO { last as f64 } else { self.area as f64 / measured.as_nanos() as f64 };
        let max = self.maxima.iter().skip(first).copied().max().map_or(last, u64::from);
        GaugeRecord { name, per, changed: self.changed, mean, max, last, window_means: self.means, window_maxima: self.maxima }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Time {
        Time::from_secs(seconds)
    }

    #[test]
    fn a_late_retraction_equals_a_fall_in_time() {
        let run = |late: bool| {
            let (mut gauge, mut ends) = (GaugeMeter::default(), Vec::new());
            for t in 0..40 {
                if t % 10 == 0 && t > 0 {
                    gauge.close(s(t - 10), s(t), t > 10);
                    ends.push(s(t));
                }
                match t {
                    2 => gauge.level.add(s(t), 3),
                    14 if !late => gauge.level.sub(s(t), 2),
                    35 if late => gauge.retract(s(t), s(14), 2, s(10), &ends),
                    _ => {}
                }
            }
            gauge.close(s(30), s(40), true);
            gauge.into_record("g", 1, 1, s(30))
        };
        let (late, prompt) = (run(true), run(false));
        assert_eq!((late.mean, late.max, late.last), ((3.0 * 4.0 + 26.0) / 30.0, 3, 1));
        assert_eq!((late.mean, &late.window_maxima), (prompt.mean, &prompt.window_maxima));
        late.window_means.iter().zip(&prompt.window_means).for_each(|(a, b)| assert!((a - b).abs() < 1e-6));
    }
}
