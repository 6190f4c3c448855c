//! How precise the figures became, run by run.
//!
//! Left out: figures that nobody follows, and the means themselves.

use crate::report::plot::{Chart, Course, courses};
use crate::study::Replications;

impl Replications {
    /// Half of each followed figure's interval as a share of its mean, against the number of runs; nothing below three runs.
    pub fn chart(&self) -> Option<Chart> {
        let course = |one: &super::Followed| Course {
            name: format!("{}: {}", one.subject, one.metric),
            points: one.course.iter().enumerate().filter_map(|(at, share)| Some((at as f64 + 2.0, 100.0 * (*share)?))).collect(),
        };
        let bound = self.precision.map(|share| ("as precise as was asked for".to_owned(), 100.0 * share / (1.0 + share)));
        let found: Vec<Course> = self.followed.iter().map(course).filter(|course| course.points.len() > 1).collect();
        courses("precision", "How precise the figures became", "half of the 95 % interval, % of the mean", "runs", &found, bound)
    }
}
