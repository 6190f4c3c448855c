//! Charts of a run as SVG text, one file a chart; what has nothing to show is not drawn.
//!
//! ```text
//! Scene { scenario, topology, record, report } ──charts──▶ latency · heat-WORKLOAD · traffic · throttles · concurrency · queue-QUEUE · topology
//!            sheet (title, legend, panels) ── axis ── course (windows) ── palette ── canvas (plotters)
//! ```
//!
//! The same run gives the same bytes on every machine: no fonts are read, no clock, and logarithms are `libm`'s.

mod axis;
mod bars;
mod break_even;
mod canvas;
mod concurrency;
mod course;
mod courses;
mod heat;
mod knee;
mod latency;
mod layers;
mod palette;
mod queue;
mod scatter;
mod sheet;
mod sweep;
mod throttles;
mod topology;
mod tradeoff;
mod traffic;

pub use bars::{Bar, Group, bars};
pub use break_even::break_even;
pub use courses::{Course, courses, stairs};
pub use knee::{Curve, Knee, NOTHING, knee};
pub use scatter::{Dot, scatter};
pub use sweep::{Across, Cell, Dots, cells, dots};
pub use tradeoff::{Tried, tradeoff};

use super::Report;
use super::slug::unique;
use crate::metrics::Record;
use crate::scenario::Scenario;
use crate::topology::Topology;

/// All that pictures are drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    pub scenario: &'a Scenario,
    pub topology: &'a Topology,
    pub record: &'a Record,
    pub report: &'a Report,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Safe as a file's name, and unique: `latency`, `queue-orders`. The word before the first dash is the kind of chart.
    pub name: String,
    /// What is seen.
    pub title: String,
    pub svg: String,
}

/// Every chart that has something to show.
pub fn charts(scene: &Scene) -> Vec<Chart> {
    let report = scene.report;
    let single = [
        latency::chart(scene),
        traffic::chart(report, traffic::backlogs(scene.scenario)),
        throttles::chart(report),
        concurrency::chart(scene),
        topology::chart(scene),
    ];
    let several = heat::charts(report).into_iter().chain(queue::charts(report));
    let mut found: Vec<Chart> = single.into_iter().flatten().chain(several).collect();
    let names = unique(found.iter().map(|chart| chart.name.clone()));
    found.iter_mut().zip(names).for_each(|(chart, name)| chart.name = name);
    found
}

#[cfg(test)]
mod tests {
    use super::super::{Wiring, sample};
    use super::*;
    use crate::scenario::NoFiles;
    use crate::simulation::Simulation;

    fn names(yaml: &str) -> Vec<String> {
        let loaded = crate::topology::load("test.yaml", yaml.as_bytes(), &[], &NoFiles);
        let scenario = loaded.ready().expect("it is sound");
        let record = Simulation::new(scenario, crate::engine::Bounds::default()).run();
        let report = Report::of(scenario, &record, Vec::new());
        let scene = Scene { scenario, topology: &loaded.topology, record: &record, report: &report };
        let charts = charts(&scene);
        assert_eq!(charts, super::charts(&scene));
        charts.into_iter().map(|chart| chart.name).collect()
    }

    #[test]
    fn what_has_nothing_to_show_is_not_drawn() {
        let desk = "nodes: { desk: { type: server, slots: 1, service_time: 10ms } }\nworkloads: { a: { target: desk, phases: [ { duration: 10s, arrival_rate: RATE } ] } }\nduration: 10s\n";
        assert_eq!(names(&desk.replace("RATE", "5/s")), ["latency", "traffic", "topology", "heat-a"]);
    }

    #[test]
    fn a_run_of_nothing_has_no_charts_but_its_topology() {
        let report = Report::new(&Record::default(), "nothing", &Wiring::default(), Vec::new(), &[]);
        assert!(traffic::chart(&report, 0.0).is_none() && throttles::chart(&report).is_none());
        assert!(heat::charts(&report).is_empty() && queue::charts(&report).is_empty());
    }

    #[test]
    fn a_campaign_has_its_throttles_drawn() {
        let report = Report::new(&sample::record(true), "s", &Wiring::default(), Vec::new(), &[]);
        let svg = throttles::chart(&report).expect("two limits refused").svg;
        assert!(svg.contains("api&apos;s stage throttle (100/s)") && svg.contains("orders&apos; write capacity"), "{svg}");
    }
}
