//! The capacity for a terminal: the answer as a sentence, then every level that was tried, with the limit that refuses first.
//!
//! ```text
//! The scenario keeps its thresholds up to 3.36 times its load (336 requests/s; it breaks at 3.43 times): beyond that `shoppers: p(99) < 300 ms` breaks, and …
//! ```

use super::answer::{Breaking, Capacity, Found, breaking, multiple};
use super::level::{Level, Mean, Served};
use crate::report::plot::NOTHING;
use crate::report::{Colour, Style, count, decimal, plural, shortened, wrapped};
use crate::study::solve::Known;
use crate::study::table::value;
use crate::units::Time;

/// The columns that are always there.
const FIXED: usize = 58;
/// The longest name of a workload.
const NAME: usize = 16;

impl Capacity {
    /// The whole of it.
    pub fn text(&self, style: &Style) -> String {
        let paragraph = |text: &str| wrapped(text, style.columns(), "");
        let mut out = style.bold(paragraph(&self.sentence()).trim_end()) + "\n";
        out += &self.asides().iter().map(|aside| paragraph(aside)).collect::<String>();
        out += &style.dim(paragraph(&self.effort()).trim_end());
        out + "\n\n" + &self.table(style)
    }

    /// The answer.
    pub fn sentence(&self) -> String {
        let thresholds = if self.thresholds.len() == 1 { "its threshold" } else { "its thresholds" };
        let so_far = if self.is_open() { "So far: the" } else { "The" };
        match (&self.found, self.least()) {
            (Some(found), _) => {
                let up_to = format!("{so_far} scenario keeps {thresholds} up to");
                let offered = rate(&found.offered);
                match found.breaks {
                    Some(breaks) => {
                        let (low, high) = (floor(found.keeps), ceil(breaks));
                        format!("{up_to} {low} times its load ({offered}; it breaks at {high} times): {}.", self.beyond(found))
                    }
                    None if self.is_open() => format!("{up_to} {} times its load at least ({offered}).", floor(found.keeps)),
                    None => format!("{up_to} more than {} times its load ({offered}), the most that was asked for.", floor(found.keeps)),
                }
            }
            (None, Some(least)) if least.keeps == Some(false) => {
                let least_load = format!("{} times its load ({})", multiple(least.multiplier), rate(&least.offered));
                let why = worst(least).map_or_else(String::new, |(_, why)| format!(": {why}"));
                let which = if self.is_open() { "So far: no load that was tried keeps" } else { "No load that was tried keeps" };
                format!("{which} {thresholds}, not even {least_load}{why}.")
            }
            _ => "There were too few runs to tell.".into(),
        }
    }

    /// What happens beyond the capacity.
    fn beyond(&self, found: &Found) -> String {
        let breaks = match &found.breaking[..] {
            [] => "beyond that a run does not come to its end, or nobody comes".to_owned(),
            [only] => format!("beyond that {}", broken(only)),
            several => format!("beyond that {}", several.iter().map(broken).collect::<Vec<_>>().join(", ")),
        };
        let limit = found.breaks.and_then(|breaks| self.level(breaks)).map(|level| match (&level.first, &level.most) {
            (Some(first), _) => {
                let from =
                    level.from_s().filter(|from| *from > 0.0).map_or_else(String::new, |from| format!(" (from {} on)", Time::from_secs_f64(from)));
                let most = level.most.as_ref().filter(|most| *most != first).map_or_else(String::new, |most| format!(", while {most} refuses most"));
                format!(", and the first limit to refuse is {first}{from}{most}")
            }
            (None, most) => {
                let slight = most.as_ref().map_or_else(|| "no limit refuses".into(), |most| format!("only {most} refuses a little"));
                let waits = level.waits.as_ref().map_or_else(String::new, |waits| format!(": {}", waits.words));
                format!("; {slight}{waits}")
            }
        });
        breaks + &limit.unwrap_or_default()
    }

    /// Notes, and why it is not done.
    pub(super) fn asides(&self) -> Vec<String> {
        let ended = self.ended.as_ref().map(|ended| match ended.as_str() {
            "interrupted" => "The search was interrupted.".to_owned(),
            "max" => "Raise `--max` to go on.".to_owned(),
            _ => format!("The search ended at its {}: allow more with `--runs`.", plural(self.runs as u64, "run")),
        });
        ended.into_iter().chain(self.notes.iter().map(|note| format!("Note: {note}."))).collect()
    }

    /// What it took.
    pub fn effort(&self) -> String {
        let (runs, levels) = (plural(self.runs as u64, "run"), plural(self.levels.len() as u64, "level"));
        let each = plural(self.study.seeds.len() as u64, "replication");
        let must =
            if self.share < 1.0 { format!(", of which {} % must keep all thresholds", value("count", self.share * 100.0)) } else { String::new() };
        format!("{runs} at {levels} of load · {each} of the same luck{must} · ± is half of a 95 % interval")
    }

    /// A line for each level and workload, under a line that says what limits there.
    fn table(&self, style: &Style) -> String {
        let columns = Columns::of(self, style);
        let mut out = style.dim(&columns.line(" ", "", ["load", "requests/s", "p50", "p99", "failed", "refused", "kept"]));
        let mut before = None;
        for level in &self.levels {
            let limit = level.limit();
            if before.as_ref() != Some(&limit) {
                let named = if limit == NOTHING { "nothing limits" } else { &limit };
                out += &style.dim(&format!("  ── {}", shortened(named, style.columns().saturating_sub(5))));
                out += "\n";
            }
            before = Some(limit);
            let mark = match level.keeps {
                Some(true) => style.paint(Colour::Green, "✓"),
                Some(false) => style.paint(Colour::Red, "✗"),
                None => "?".into(),
            };
            for (number, served) in level.workloads.iter().enumerate() {
                let own = |text: String| if number == 0 { text } else { String::new() };
                let cells = [
                    own(times(level.multiplier)),
                    own(decimal(level.offered.mean)),
                    time(served.p50_s, false),
                    time(served.p99_s, true),
                    failed(served),
                    own(decimal(level.refused())),
                    own(format!("{} of {}", level.all.held, level.all.of)),
                ];
                out += &columns.line(if number == 0 { &mark } else { " " }, &served.workload, cells.each_ref().map(String::as_str));
            }
        }
        out
    }
}

/// Which columns there are, and how wide.
struct Columns {
    /// Of the names of workloads; none where there is one workload.
    names: usize,
    /// Whether a limit refused anything.
    refused: bool,
    /// Whether there is room for the median.
    usual: bool,
}

impl Columns {
    fn of(capacity: &Capacity, style: &Style) -> Self {
        let names = capacity.levels.first().filter(|level| level.workloads.len() > 1).map_or(0, |level| width(level) + 2);
        let refused = capacity.levels.iter().any(|level| level.refused() > 0.0);
        let width = FIXED + names + if refused { 9 } else { 0 };
        Self { names, refused, usual: width + 10 <= style.columns() }
    }

    fn line(&self, mark: &str, name: &str, [load, offered, p50, p99, failed, refused, kept]: [&str; 7]) -> String {
        let names = self.names;
        let name = if names > 0 { shortened(name, NAME) } else { String::new() };
        let p50 = if self.usual { format!("{p50:>10}") } else { String::new() };
        let refused = if self.refused { format!("{refused:>9}") } else { String::new() };
        let text = format!("{mark} {load:>7}{offered:>11}  {name:names$}{p50}{p99:>17}{failed:>9}{refused}{kept:>10}");
        text.trim_end().to_owned() + "\n"
    }
}

impl Level {
    /// Refusals of a run, by all limits.
    pub(super) fn refused(&self) -> f64 {
        self.limits.iter().fold(0.0, |sum, limit| sum + limit.refused)
    }

    /// What limits there, in a few words.
    pub(super) fn limit(&self) -> String {
        match (&self.first, &self.most, &self.waits) {
            (Some(first), ..) => first.clone(),
            (None, _, Some(waits)) => waits.short(),
            (None, Some(most), None) => format!("{most}, a little"),
            _ => NOTHING.into(),
        }
    }
}

impl super::Waits {
    /// Without its share, so that levels can be held against one another.
    fn short(&self) -> String {
        let what = self.words.split(" is ").nth(1).unwrap_or(&self.words);
        if self.share.is_some() { what.replace(", the longest before", " before") } else { self.words.clone() }
    }
}

/// The threshold that fails by the most, by its number, and by how much.
pub(super) fn worst(level: &Level) -> Option<(usize, String)> {
    let by = |one: &Known| one.mean.map(|mean| if one.op.starts_with('<') { mean - one.bound } else { one.bound - mean });
    let share = |one: &Known| by(one).map_or(0.0, |by| if one.bound == 0.0 { by } else { by / one.bound.abs() });
    let failing = level.thresholds.iter().enumerate().filter(|(_, one)| one.holds.held < one.holds.of);
    let (at, one) = failing.max_by(|a, b| share(a.1).total_cmp(&share(b.1)).then(b.0.cmp(&a.0)))?;
    let runs = format!("in {} of {} runs", one.holds.of - one.holds.held, one.holds.of);
    let how = match (one.mean, by(one)) {
        (Some(mean), Some(by)) if by > 0.0 => format!("{} on the mean, {} beyond its bound", value(&one.unit, mean), value(&one.unit, by)),
        (Some(mean), _) => format!("{} on the mean", value(&one.unit, mean)),
        _ => "nothing was measured".into(),
    };
    Some((at, format!("`{}` fails {runs} ({how})", one.threshold)))
}

/// The threshold, with its runs where it is not in all of them.
fn broken(one: &Breaking) -> String {
    let runs = if one.runs < one.of { format!(" in {} of {} runs", one.runs, one.of) } else { String::new() };
    format!("`{}` breaks{runs}", one.threshold)
}

fn width(level: &Level) -> usize {
    level.workloads.iter().map(|served| served.workload.chars().count().min(NAME)).max().unwrap_or(0)
}

fn rate(offered: &Mean) -> String {
    format!("{} requests/s", decimal(offered.mean))
}

pub(super) fn times(multiplier: f64) -> String {
    format!("{}×", multiple(multiplier))
}

/// Three digits, none of them more than there is.
pub(super) fn floor(multiplier: f64) -> String {
    digits(multiplier, f64::floor)
}

fn ceil(multiplier: f64) -> String {
    digits(multiplier, f64::ceil)
}

fn digits(multiplier: f64, round: fn(f64) -> f64) -> String {
    let decimals = (2.0 - libm::floor(libm::log10(multiplier))).clamp(0.0, 5.0) as usize;
    let scale = libm::pow(10.0, decimals as f64);
    let near = (multiplier * scale).round();
    // What is a whole number of steps but for the last bit is one.
    let steps = if (near - multiplier * scale).abs() < 1e-6 { near } else { round(multiplier * scale) };
    if decimals == 0 {
        return count(steps as u64);
    }
    let text = format!("{:.decimals$}", steps / scale);
    if text.ends_with('0') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn time(mean: Option<Mean>, with_interval: bool) -> String {
    let Some(mean) = mean else { return "—".into() };
    let half = mean.half_width.filter(|half| with_interval && *half > 0.0 && mean.mean > 0.0);
    let half = half.map_or_else(String::new, |half| format!(" ± {}", crate::study::table::percent(half / mean.mean)));
    value("s", mean.mean) + &half
}

fn failed(served: &Served) -> String {
    served.error_rate.map_or_else(|| "—".into(), |share| value("share", share.mean))
}

/// What breaks at a level, for a table.
pub(super) fn breaks(level: &Level) -> String {
    breaking(level).iter().map(|one| format!("`{}`", one.threshold)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_capacity_is_never_said_to_be_more_than_it_is() {
        assert_eq!((floor(3.3636), ceil(3.4299)), ("3.36".into(), "3.43".into()));
        assert_eq!((floor(1.0), ceil(1000.0)), ("1".into(), "1,000".into()));
        assert_eq!((floor(0.01234), ceil(724.077)), ("0.0123".into(), "725".into()));
        assert_eq!((floor(11.31), ceil(2.828_427)), ("11.3".into(), "2.83".into()));
    }
}
