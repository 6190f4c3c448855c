//! How far off a simulated value may be: a share of the measured one, a distance, or standard errors; of several the widest counts.
//!
//! ```text
//! tolerance: 15%        { absolute: 20 }        { relative: 20%, standard_errors: 3, standard_error: 3.2% }
//! standard error = √(own² + measured's²)        own: of the mean over replications
//! ```

use super::{Measured, Named};
use crate::document::{Data, Diagnostic, Read, Reading, Shape, Shapes, Spanned, Value};
use crate::units::Share;

/// In base units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tolerance {
    /// A share of the measured value.
    pub relative: Option<f64>,
    pub absolute: Option<f64>,
    /// How many standard errors.
    pub standard_errors: Option<f64>,
    /// That of the measured value.
    pub standard_error: Option<f64>,
}

crate::spec! {
    /// The bounds, as the file has them.
    pub struct Bounds: "how far off it may be" {
        /// A share of the measured value.
        relative: Option<Share> = None,
        /// A distance, in the metric's unit.
        absolute: Option<Spanned<String>> = None,
        /// So many standard errors, of the measurement's and the simulation's together.
        standard_errors: Option<f64> = None,
        /// The measurement's own standard error, in the metric's unit.
        standard_error: Option<Spanned<String>> = None,
    }
}

/// A share, or a map.
#[derive(Clone, Debug)]
pub enum Written {
    Share(Share),
    Bounds(Bounds),
}

impl Read for Written {
    fn expected() -> String {
        "a share such as `15%`, or a map such as `{ absolute: 20 }`".into()
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        Shape::any(vec![Share::shape(shapes), Bounds::shape(shapes)])
    }

    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match &value.data {
            Data::Map(_) => Bounds::read(value, reading).map(Self::Bounds),
            Data::Scalar { .. } => Share::read(value, reading).map(Self::Share),
            _ => reading.mismatch(value, &Self::expected()),
        }
    }
}

/// In base units (complaint E126 where nothing is allowed, or what has no meaning for what was measured).
pub fn resolve(written: &Spanned<Written>, named: &Named, measured: &Measured, reading: &mut Reading) -> Option<Tolerance> {
    let found = match &written.value {
        Written::Share(share) => Tolerance { relative: Some(share.as_fraction()), ..Tolerance::default() },
        Written::Bounds(bounds) => {
            let distance = |text: &Option<Spanned<String>>, reading: &mut Reading| match text {
                Some(text) => named.bound(text, reading).map(|bound| Some(bound.as_f64())),
                None => Some(None),
            };
            let (absolute, standard_error) = (distance(&bounds.absolute, reading), distance(&bounds.standard_error, reading));
            Tolerance {
                relative: bounds.relative.map(Share::as_fraction),
                absolute: absolute?,
                standard_errors: bounds.standard_errors,
                standard_error: standard_error?,
            }
        }
    };
    let of_series = matches!(measured, Measured::Series(_)) && (found.standard_errors.is_some() || found.standard_error.is_some());
    let complaint = match () {
        () if matches!(measured, Measured::Holds(..)) => "what holds or does not has no tolerance",
        () if of_series => "a series has a tolerance that is relative or absolute",
        () if found.relative.is_none() && found.absolute.is_none() && found.standard_errors.is_none() => "this tolerance allows nothing",
        () if found.standard_errors.is_some_and(|n| n <= 0.0) => "a number of standard errors is more than 0",
        () => return Some(found),
    };
    let hint = "write `15%`, `{ absolute: 20 }`, or `{ standard_errors: 3 }`";
    reading.push(Diagnostic::error("E126", written.span, complaint).label("not understood").hint(hint));
    None
}
