//! Pictures of a sweep: of each figure that is shown, over its knobs.
//!
//! ```text
//! one knob with numbers   a curve with its band          one knob with words   a dot with its interval for each
//! two knobs on a grid     a heat map with its values      else                  for each knob, a dot for every point
//! ```

use super::{Row, Sweep};
use crate::report::plot::{Across, Cell, Chart, Dots, cells, dots};
use crate::report::slug;
use crate::scenario::{Knob, Values};
use crate::study::Pick;
use crate::study::table::rounded;

impl Sweep {
    /// A chart of each figure, or of each figure and knob.
    pub fn charts(&self, picks: &[Pick], knobs: &[Knob]) -> Vec<Chart> {
        picks.iter().flat_map(|pick| self.of_figure(pick, knobs)).collect()
    }

    fn of_figure(&self, pick: &Pick, knobs: &[Knob]) -> Vec<Chart> {
        if let ([one, other], "grid") = (knobs, self.plan.sample.as_str()) {
            return self.heat(pick, one, other).into_iter().collect();
        }
        let several = knobs.len() > 1;
        knobs.iter().enumerate().filter_map(|(at, knob)| self.over(pick, knob, at, several)).collect()
    }

    /// The figure over one knob: a curve where there is no other.
    fn over(&self, pick: &Pick, knob: &Knob, at: usize, several: bool) -> Option<Chart> {
        let across = across(knob, self.rows.iter().map(|row| row.values[at].as_str()));
        let found = self.rows.iter().filter_map(|row| Some((row, row.estimate(&pick.subject, &pick.metric)?)));
        let points = found.filter_map(|(row, one)| Some((across.place(&row.values[at])?, one.mean, one.half_width.unwrap_or(0.0)))).collect();
        let unit = self.unit(pick)?;
        let ending = if several { format!("-{}", slug(&knob.path)) } else { String::new() };
        let name = format!("sweep-{}{ending}", slug(&pick.name()));
        dots(&name, &Dots { title: format!("{} over {}", pick.name(), knob.path), figure: pick.name(), unit, across, points, curve: !several })
    }

    fn heat(&self, pick: &Pick, one: &Knob, other: &Knob) -> Option<Chart> {
        let (columns, rows) = (one.values.grid(), other.values.grid());
        let cell = |row: &Row| {
            let estimate = row.estimate(&pick.subject, &pick.metric)?;
            let column = columns.iter().position(|value| *value == row.values[0])?;
            let line = rows.iter().position(|value| *value == row.values[1])?;
            Some(Cell { column, row: line, value: estimate.mean, label: rounded(&estimate.unit, estimate.mean), keeps: row.keeps() })
        };
        let found: Vec<Cell> = self.rows.iter().filter_map(cell).collect();
        cells(&format!("sweep-{}", slug(&pick.name())), &pick.name(), [(&one.path, &columns), (&other.path, &rows)], &found)
    }

    fn unit(&self, pick: &Pick) -> Option<String> {
        self.rows.iter().find_map(|row| row.estimate(&pick.subject, &pick.metric)).map(|one| one.unit.clone())
    }
}

/// Numbers of one unit have an axis; all else stands side by side.
fn across<'v>(knob: &Knob, said: impl Iterator<Item = &'v str>) -> Across {
    let split = |text: &str| {
        let end = text.find(|sign: char| !(sign.is_ascii_digit() || sign == '.' || sign == '-')).unwrap_or(text.len());
        text[..end].parse::<f64>().ok().map(|number| (number, text[end..].to_owned()))
    };
    let mut once: Vec<String> = Vec::new();
    said.for_each(|value| {
        if !once.iter().any(|known| known == value) {
            once.push(value.to_owned());
        }
    });
    let numbers: Option<Vec<(f64, String)>> = once.iter().map(|value| split(value)).collect();
    match numbers {
        Some(numbers) if numbers.len() > 1 && numbers.iter().all(|(_, unit)| *unit == numbers[0].1) => {
            let is_log = matches!(&knob.values, Values::Range(range, _) if range.log);
            let unit = numbers[0].1.trim().to_owned();
            Across::Numbers {
                path: knob.path.clone(),
                unit,
                least: numbers.iter().map(|n| n.0).fold(f64::INFINITY, f64::min),
                most: numbers.iter().map(|n| n.0).fold(f64::NEG_INFINITY, f64::max),
                is_log,
            }
        }
        _ => Across::Words { path: knob.path.clone(), words: once },
    }
}
