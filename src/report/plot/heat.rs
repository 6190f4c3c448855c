//! Latency over time as a heat map: each column a stretch of time, each row an eighth of a decade of latency, the colour how many answers.
//!
//! ```text
//! colour   1 · 3 · 10 · 32 … by ratio: the level of n is 6 log(n) / log(most + 1)
//! ```
//!
//! Cells of one level side by side are one box, which keeps the picture small. Left out: failures, and workloads beyond the four busiest.

use super::super::number::count;
use super::super::slug::slug;
use super::super::{Report, Workload};
use super::Chart;
use super::axis::Axis;
use super::canvas::{Canvas, Point};
use super::course::Course;
use super::palette::HEAT;
use super::sheet::{Key, Mark, Panel, Part, Sheet};
use crate::metrics::{HEAT_CELLS, HEAT_EDGES};

const COLUMNS: usize = 150;
const WORKLOADS: usize = 4;

pub fn charts(report: &Report) -> Vec<Chart> {
    let mut busiest: Vec<&Workload> =
        report.workloads.iter().filter(|w| w.routes.iter().any(|r| r.series.heat.iter().any(|h| !h.counts.is_empty()))).collect();
    busiest.sort_by_key(|w| std::cmp::Reverse(w.total.ok));
    busiest.truncate(WORKLOADS);
    busiest.into_iter().filter_map(|workload| chart(report, workload)).collect()
}

fn chart(report: &Report, workload: &Workload) -> Option<Chart> {
    let course = Course::merged(&report.windows.ends_s, COLUMNS);
    let cells = cells(workload, &course);
    let used: Vec<usize> = (0..HEAT_CELLS).filter(|row| cells.iter().any(|column| column[*row] > 0)).collect();
    let (low, high) = (*used.first()?, *used.last()?);
    let most = cells.iter().flatten().copied().max()?;
    let warm_up = report.run.warm_up_s;
    let sheet = Sheet {
        title: format!("Latency over time: successful requests of {}", workload.name),
        keys: keys(most),
        across: course.axis(),
        across_name: "simulated time",
        measured_from: warm_up,
        parts: vec![Part {
            head: "latency".into(),
            up: Axis::durations(floor_s(low), ceiling_s(high)),
            height: 360.0,
            draw: Box::new(|canvas, panel| (low..=high).for_each(|row| draw(canvas, panel, &course, &cells, row, most))),
        }],
    };
    Some(Chart { name: format!("heat-{}", slug(&workload.name)), title: sheet.title.clone(), svg: sheet.svg() })
}

/// By stretch of time and row.
fn cells(workload: &Workload, course: &Course) -> Vec<[u64; HEAT_CELLS]> {
    let column = |(first, end, ..): &(usize, usize, f64, f64)| {
        let mut sums = [0; HEAT_CELLS];
        for row in workload.routes.iter().flat_map(|route| (*first..*end).filter_map(|k| route.series.heat.get(k))) {
            row.counts.iter().zip(usize::from(row.first)..).filter(|(_, k)| *k < HEAT_CELLS).for_each(|(n, k)| sums[k] += u64::from(*n));
        }
        sums
    };
    course.spans().iter().map(column).collect()
}

fn floor_s(row: usize) -> f64 {
    if row == 0 { 1e-4 } else { HEAT_EDGES[row - 1] as f64 / 1e6 }
}

/// The last row has no end; it is drawn as wide as the others.
fn ceiling_s(row: usize) -> f64 {
    HEAT_EDGES.get(row).map_or(100.0, |edge| *edge as f64 / 1e6)
}

fn level(n: u64, most: u64) -> Option<usize> {
    let level = HEAT.len() as f64 * libm::log(n.max(1) as f64) / libm::log(most as f64 + 1.0);
    (n > 0).then_some((level as usize).min(HEAT.len() - 1))
}

/// Boxes of one level in one row.
fn draw(canvas: &mut Canvas, panel: &Panel, course: &Course, cells: &[[u64; HEAT_CELLS]], row: usize, most: u64) {
    let levels: Vec<Option<usize>> = cells.iter().map(|column| level(column[row], most)).collect();
    let mut start = 0;
    while start < levels.len() {
        let end = (start..levels.len()).find(|k| levels[*k] != levels[start]).unwrap_or(levels.len());
        if let Some(level) = levels[start] {
            let corner: Point = (course.spans()[start].2, ceiling_s(row));
            canvas.rect(panel.at(corner), panel.at((course.spans()[end - 1].3, floor_s(row))), HEAT[level]);
        }
        start = end;
    }
}

/// The least that has each colour.
fn keys(most: u64) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for (k, colour) in HEAT.iter().enumerate() {
        let least = libm::ceil(libm::pow(most as f64 + 1.0, k as f64 / HEAT.len() as f64)).max(1.0) as u64;
        if level(least, most) == Some(k) {
            let unit = if keys.is_empty() { " answers in a cell" } else { "" };
            keys.push(Key::new(format!("≥ {}{unit}", count(least)), Mark::Area, *colour));
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::super::super::{Wiring, sample};
    use super::*;

    #[test]
    fn every_answer_is_in_a_cell() {
        let report = Report::new(&sample::record(true), "s", &Wiring::default(), Vec::new(), &[]);
        let cells = cells(&report.workloads[0], &Course::merged(&report.windows.ends_s, COLUMNS));
        let ok: u64 = report.workloads[0].routes.iter().flat_map(|r| &r.series.ok).map(|n| u64::from(*n)).sum();
        assert_eq!(cells.iter().flatten().sum::<u64>(), ok);
        assert!(cells.len() <= COLUMNS);
    }

    #[test]
    fn levels_go_by_ratio_and_keys_say_where_they_begin() {
        assert_eq!([0, 1, 2, 1_000_000].map(|n| level(n, 1_000_000)), [None, Some(0), Some(0), Some(5)]);
        for most in [1, 2, 7, 100, 12_345] {
            let keys = keys(most);
            assert!(!keys.is_empty() && keys[0].name.starts_with("≥ 1 "), "{most}: {keys:?}");
        }
    }
}
