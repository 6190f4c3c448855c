//! The worst shape for other programs and pages: JSON, a row of CSV for each shape that was tried, Markdown, and the shapes as a picture.
//!
//! ```text
//! family,runs,score,peak_rate,floor_rate,shape
//! one spike,4,0.42,500,20,100s@20/s 24s@500/s 476s@20/s
//! ```

use super::{Stretch, Worst};
use crate::report::plot::{Chart, Course, stairs};

impl Worst {
    /// As `coldfront.worst/1`.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// One row a shape.
    pub fn csv(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(["family", "runs", "score", "peak_rate", "floor_rate", "shape"]).unwrap_or(());
        for one in &self.candidates {
            let of = |fold: fn(f64, f64) -> f64, start: f64| one.shape.iter().map(|stretch| stretch.rate).fold(start, fold).to_string();
            let shape: Vec<String> = one.shape.iter().map(|stretch| format!("{}s@{}/s", stretch.duration_s, stretch.rate)).collect();
            let said = [one.runs.to_string(), one.score.to_string(), of(f64::max, 0.0), of(f64::min, f64::INFINITY), shape.join(" ")];
            out.write_record([one.family.as_str()].into_iter().chain(said.iter().map(String::as_str))).unwrap_or(());
        }
        String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// For a page or a pull request.
    pub fn markdown(&self) -> String {
        let mut out = format!("### The worst way for this load to come\n\n{}\n\n```yaml\n{}```\n\n", self.sentence(), self.overlay());
        out += "| shape | score | runs |\n|---|--:|--:|\n";
        out += &self.families.iter().map(|one| format!("| {} | {:.4} | {} |\n", one.family, one.score, one.runs)).collect::<String>();
        let study = &self.study;
        out += &format!(
            "\n<sub>coldfront {} · {} runs of each, seeds from {}</sub>\n",
            study.version,
            self.replications,
            study.seeds.first().unwrap_or(&0)
        );
        out
    }

    /// The worst shape beside the flat one, and the worst of the next two families.
    pub fn chart(&self) -> Option<Chart> {
        let others = self.families.iter().filter(|one| one.family != "flat" && one.family != self.worst.family).take(2);
        let mut courses = vec![course("flat", &self.flat.shape), course(&format!("worst: {}", self.worst.family), &self.worst.shape)];
        courses.extend(others.map(|one| course(&one.family, &one.shape)));
        stairs("worst", "The same mean, and what it may look like", "requests a second", &courses)
    }
}

/// A shape as steps over the measured time, in seconds.
fn course(name: &str, shape: &[Stretch]) -> Course {
    let mut at = 0.0;
    let mut points = Vec::new();
    for stretch in shape {
        points.push((at, stretch.rate));
        at += stretch.duration_s;
        points.push((at, stretch.rate));
    }
    Course { name: name.to_owned(), points }
}
