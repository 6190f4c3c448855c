//! Which points of the knobs' space are looked at.
//!
//! ```text
//! grid      every combination, the first knob slowest
//! lhs:N     Latin hypercube: every knob has each of its N strata once        (McKay, Beckman & Conover, Technometrics 21, 1979)
//! sobol:N   the first N points of a scrambled Sobol sequence                  (Owen 1995; crate `sobol_burley`, with Joe & Kuo's directions)
//! ```
//!
//! A share from 0 to 1 is a place in a range, or one of a list whose values have even parts of it. All designs depend on the seed alone. Left out: designs for one
//! purpose (screening, response surfaces).

use crate::mechanism::luck::keyed;
use crate::scenario::{Knob, Values};

/// Sets the shuffles of designs apart from other keys.
const SALT: u64 = 0x4c48_5300_0000_0000;
/// The longest sequence that the crate has.
pub const SOBOL_MAX: usize = 1 << 16;

/// How points are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sample {
    #[default]
    Grid,
    Lhs(usize),
    Sobol(usize),
}

impl Sample {
    /// Reads `grid`, `lhs:50` or `sobol:64`.
    ///
    /// # Errors
    /// What would do instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let hint = || format!("write `grid`, `lhs:50` or `sobol:64`, with at most {SOBOL_MAX} points");
        if text == "grid" {
            return Ok(Self::Grid);
        }
        let (name, count) = text.split_once(':').ok_or_else(hint)?;
        let count = count.parse::<usize>().ok().filter(|count| (1..=SOBOL_MAX).contains(count)).ok_or_else(hint)?;
        match name {
            "lhs" => Ok(Self::Lhs(count)),
            "sobol" => Ok(Self::Sobol(count)),
            _ => Err(hint()),
        }
    }

    /// As it is written.
    pub fn text(&self) -> String {
        match self {
            Self::Grid => "grid".into(),
            Self::Lhs(count) => format!("lhs:{count}"),
            Self::Sobol(count) => format!("sobol:{count}"),
        }
    }

    /// The points: of each the value of every knob.
    pub fn points(&self, knobs: &[Knob], seed: u64) -> Vec<Vec<String>> {
        match *self {
            Self::Grid => grid(knobs),
            Self::Lhs(count) => {
                let strata: Vec<Vec<f64>> = (0..knobs.len()).map(|knob| stratified(count, keyed(seed, SALT | knob as u64))).collect();
                (0..count).map(|point| knobs.iter().zip(&strata).map(|(knob, shares)| place(knob, shares[point])).collect()).collect()
            }
            Self::Sobol(count) => {
                let share = |point: usize, knob: usize| f64::from(sobol_burley::sample(point as u32, knob as u32, keyed(seed, SALT) as u32));
                (0..count).map(|point| knobs.iter().enumerate().map(|(at, knob)| place(knob, share(point, at))).collect()).collect()
            }
        }
    }
}

fn grid(knobs: &[Knob]) -> Vec<Vec<String>> {
    knobs.iter().fold(vec![Vec::new()], |points, knob| {
        let values = knob.values.grid();
        points.iter().flat_map(|point| values.iter().map(move |value| point.iter().chain([value]).cloned().collect())).collect()
    })
}

/// A share in each of so many strata, in a keyed order (Fisher & Yates).
fn stratified(count: usize, key: u64) -> Vec<f64> {
    let unit = |purpose: u64, at: usize| (keyed(keyed(key, purpose), at as u64) >> 11) as f64 / (1u64 << 53) as f64;
    let mut order: Vec<usize> = (0..count).collect();
    (1..count).rev().for_each(|at| order.swap(at, (unit(1, at) * (at + 1) as f64) as usize));
    order.into_iter().map(|stratum| (stratum as f64 + unit(2, stratum)) / count as f64).collect()
}

/// The value of a knob at a share.
fn place(knob: &Knob, share: f64) -> String {
    match &knob.values {
        Values::Range(range, None) => range.at(share),
        values => {
            let values = values.grid();
            values[((share * values.len() as f64) as usize).min(values.len() - 1)].clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knobs(texts: &[&str]) -> Vec<Knob> {
        texts.iter().map(|text| Knob::parse(text).expect("it is right")).collect()
    }

    #[test]
    fn a_grid_has_every_combination_with_the_first_knob_slowest() {
        let points = Sample::Grid.points(&knobs(&["a=1,2", "b=x,y,z"]), 1);
        let said: Vec<String> = points.iter().map(|point| point.concat()).collect();
        assert_eq!(said, ["1x", "1y", "1z", "2x", "2y", "2z"]);
    }

    #[test]
    fn a_latin_hypercube_has_each_stratum_of_each_knob_once() {
        let knobs = knobs(&["a=0.0..1.0", "b=0.0..1.0", "c=p,q"]);
        let points = Sample::Lhs(20).points(&knobs, 7);
        for knob in 0..2 {
            let mut strata: Vec<usize> = points.iter().map(|point| (point[knob].parse::<f64>().expect("a number") * 20.0) as usize).collect();
            strata.sort_unstable();
            assert_eq!(strata, (0..20).collect::<Vec<_>>());
        }
        assert_eq!(points.iter().filter(|point| point[2] == "p").count(), 10);
        assert_ne!(points, Sample::Lhs(20).points(&knobs, 8));
    }

    #[test]
    fn a_sobol_sequence_fills_every_quarter_alike() {
        let points = Sample::Sobol(64).points(&knobs(&["a=0.0..1.0", "b=0.0..1.0"]), 3);
        let quarter =
            |point: &Vec<String>| point.iter().map(|x| usize::from(x.parse::<f64>().expect("a number") >= 0.5)).fold(0, |q, half| 2 * q + half);
        let mut counts = [0; 4];
        points.iter().for_each(|point| counts[quarter(point)] += 1);
        assert_eq!(counts, [16; 4]);
    }

    #[test]
    fn what_is_no_design_is_refused() {
        assert_eq!(Sample::parse("lhs:50"), Ok(Sample::Lhs(50)));
        assert!(["lhs", "lhs:0", "halton:5", "sobol:70000"].iter().all(|text| Sample::parse(text).is_err()));
    }
}
