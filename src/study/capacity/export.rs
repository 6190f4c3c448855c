//! The capacity for other programs and pages: JSON, CSV with a row a level, Markdown, the picture of the knee, and the diagnostic where no load will do.
//!
//! ```text
//! multiplier,runs,keeps,held,offered,offered_half_width,refused,first,most,waits,shoppers: p(50),…
//! 3.36,10,true,10,336.2,1.1,0,,,…
//! ```

use super::answer::{Capacity, multiple};
use super::level::{Level, Mean, Served};
use super::text::{breaks, floor, times, worst};
use crate::document::Diagnostic;
use crate::report::plot::{Chart, Curve, Knee, knee};
use crate::report::{decimal, escaped};
use crate::scenario::Scenario;
use crate::study::table::value;

/// What the CSV has of each workload.
const METRICS: [&str; 5] = ["request_rate", "p(50)", "p(99)", "error_rate", "throttle_rate"];
/// With fewer levels that have all their runs the picture has all levels.
const CURVE: usize = 4;

impl Capacity {
    /// As `coldfront.capacity/1`.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// A row for each level; times in seconds, with half of their intervals.
    pub fn csv(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        let workloads = self.levels.first().map_or(&[][..], |level| &level.workloads);
        let names = workloads.iter().flat_map(|served| METRICS.iter().flat_map(|metric| both(&format!("{}: {metric}", served.workload))));
        let head = ["multiplier", "runs", "keeps", "held", "offered", "offered_half_width", "refused", "first", "most", "waits"];
        out.write_record(head.iter().map(|word| (*word).to_owned()).chain(names)).unwrap_or(());
        self.levels.iter().for_each(|level| out.write_record(row(level)).unwrap_or(()));
        String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// For a page or a pull request.
    pub fn markdown(&self) -> String {
        let mut out = format!("**{}**\n\n", self.sentence());
        out += &self.asides().iter().map(|aside| format!("{aside}\n\n")).collect::<String>();
        out += &format!("{}\n\n| load | requests/s | workload | p50 | p99 | failed | refused | kept | what limits | breaks |\n", self.effort());
        out += "|--:|--:|---|--:|--:|--:|--:|--:|---|---|\n";
        for level in &self.levels {
            for (number, served) in level.workloads.iter().enumerate() {
                let own = |text: String| if number == 0 { escaped(&text) } else { String::new() };
                let time = |mean: Option<Mean>| mean.map_or_else(|| "—".into(), |mean| value("s", mean.mean));
                let failed = served.error_rate.map_or_else(|| "—".into(), |share| value("share", share.mean));
                out += &format!(
                    "| {} | {} | {} | {} | {} | {failed} | {} | {} | {} | {} |\n",
                    own(times(level.multiplier)),
                    own(decimal(level.offered.mean)),
                    escaped(&served.workload),
                    time(served.p50_s),
                    time(served.p99_s),
                    own(decimal(level.refused())),
                    own(format!("{} of {}", level.all.held, level.all.of)),
                    in_cell(number, level.limit()),
                    in_cell(number, breaks(level)),
                );
            }
        }
        out
    }

    /// The knee: latencies and failures over the load, the capacity, and which limit is first; none where nothing was run.
    pub fn chart(&self) -> Option<Chart> {
        let levels = self.drawn();
        // Where clients wait for answers the offered rate ends to grow: the load is what was turned.
        let is_closed = !self.closed_loops.is_empty();
        let place = |level: &Level| if is_closed { level.multiplier } else { level.offered.mean };
        let across = if is_closed { "load, times that of the scenario" } else { "offered load, requests a second" };
        let names: Vec<&str> = levels.first().map_or_else(Vec::new, |level| level.workloads.iter().map(|served| served.workload.as_str()).collect());
        let curve = |number: usize, what: &str, of: &dyn Fn(&Served) -> Option<Mean>| {
            let point = |level: &&Level| of(level.workloads.get(number)?).map(|mean| (place(level), mean.mean, mean.half_width.unwrap_or(0.0)));
            let name = if names.len() == 1 { what.to_owned() } else { format!("{} {what}", names[number]) };
            Curve { name, points: levels.iter().filter_map(point).collect() }
        };
        let found = self.found.as_ref();
        let capacity = found.filter(|found| found.breaks.is_some()).and_then(|found| Some((found, self.level(found.keeps)?)));
        let bounds = levels.first().map_or(&[][..], |level| &level.thresholds).iter();
        knee(&Knee {
            title: format!("{}: latency and failures over the load", self.scenario),
            across: across.to_owned(),
            slow: (0..names.len()).map(|number| curve(number, "p99", &|served| served.p99_s)).collect(),
            usual: (0..names.len()).map(|number| curve(number, "p50", &|served| served.p50_s)).collect(),
            failed: (0..names.len()).map(|number| curve(number, "failed", &|served| served.error_rate)).collect(),
            limits: levels.iter().map(|level| (place(level), level.limit())).collect(),
            capacity: capacity.map(|(found, level)| (place(level), format!("capacity {}×", floor(found.keeps)))),
            bounds: bounds
                .filter(|one| one.unit == "s" && (one.threshold.contains("p(99)") || one.threshold.contains("p(50)")))
                .map(|one| (one.threshold.clone(), one.bound))
                .collect(),
        })
    }

    /// Levels of the curve: those around the capacity that have all their runs.
    fn drawn(&self) -> Vec<&Level> {
        let is_whole = |level: &&Level| level.runs == self.study.seeds.len();
        let is_around = |level: &&Level| {
            let Some(found) = self.found.as_ref().filter(|found| found.breaks.is_some()) else { return true };
            (0.99 * super::AROUND.0 * found.keeps..=1.01 * super::AROUND.1 * found.keeps).contains(&level.multiplier)
        };
        let whole: Vec<&Level> = self.levels.iter().filter(is_whole).filter(is_around).collect();
        if whole.len() >= CURVE { whole } else { self.levels.iter().collect() }
    }

    /// E197, where no load keeps the thresholds: at the threshold that fails by the most at the least of them.
    pub fn infeasible(&self, scenario: &Scenario) -> Option<Diagnostic> {
        let least = self.least().filter(|_| self.found.is_none() && self.ended.is_none())?;
        let (at, why) = worst(least)?;
        let span = scenario.thresholds.get(at).map(|threshold| threshold.span)?;
        let message =
            format!("no load that was tried keeps all thresholds, not even {} times that of the scenario: {why}", multiple(least.multiplier));
        let hint = "it does not depend on the load alone: `coldfront run` says where the time goes and what fails; `coldfront solve` looks for a setting that keeps it";
        Some(Diagnostic::error("E197", span, message).label("kept at no load").hint(hint))
    }
}

/// With names in backticks; said once for each level.
fn in_cell(number: usize, text: String) -> String {
    if number == 0 { text.replace('|', "\\|") } else { String::new() }
}

fn both(name: &str) -> [String; 2] {
    [name.to_owned(), format!("{name} half_width")]
}

fn row(level: &Level) -> Vec<String> {
    let half = |half: Option<f64>| half.map_or_else(String::new, |half| half.to_string());
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut row = vec![
        level.multiplier.to_string(),
        level.runs.to_string(),
        level.keeps.map_or_else(String::new, |keeps| keeps.to_string()),
        level.all.held.to_string(),
    ];
    row.extend([level.offered.mean.to_string(), half(level.offered.half_width)]);
    row.push(level.refused().to_string());
    row.extend([text(&level.first), text(&level.most), level.waits.as_ref().map_or_else(String::new, |waits| waits.words.clone())]);
    for served in &level.workloads {
        for mean in [served.offered, served.p50_s, served.p99_s, served.error_rate, served.throttle_rate] {
            row.extend([mean.map_or_else(String::new, |mean| mean.mean.to_string()), half(mean.and_then(|mean| mean.half_width))]);
        }
    }
    row
}
