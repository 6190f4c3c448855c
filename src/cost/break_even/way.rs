//! A way of paying: what it uses of each price, as straight lines, and where two ways cross.
//!
//! ```text
//! cost(y) = Σ charge( fixed + slope · y )      straight between the kinks: where fixed + slope · y is the bound of a tier
//! y = a − d(a) · (b − a) / (d(b) − d(a))       on the piece a…b where the difference d changes its sign
//! ```
//!
//! `y` is the place on the axis, or one over it. Left out: curves that are neither.

use super::{Axis, POINTS};
use crate::cost::price::Price;
use crate::cost::{Book, Missing, Quantities};

/// What is used of one price: `fixed + slope · y` units a month.
#[derive(Clone, Debug)]
pub struct Term {
    pub price: Price,
    pub fixed: f64,
    pub slope: f64,
}

/// A way of paying.
#[derive(Clone, Debug)]
pub struct Way {
    pub name: String,
    /// How its cost comes about, in words.
    pub formula: String,
    /// One for each price.
    pub terms: Vec<Term>,
}

impl Way {
    /// Of `(key, fixed, slope)`, each key once.
    ///
    /// # Errors
    /// The first price that the book does not have.
    pub fn new(book: &Book, name: impl Into<String>, formula: impl Into<String>, terms: &[(&str, f64, f64)]) -> Result<Self, Missing> {
        let term = |(key, fixed, slope): &(&str, f64, f64)| Ok(Term { price: book.price(key)?.clone(), fixed: *fixed, slope: *slope });
        Ok(Self { name: name.into(), formula: formula.into(), terms: terms.iter().map(term).collect::<Result<_, Missing>>()? })
    }

    /// Units a month.
    pub fn usage(&self, y: f64) -> Quantities {
        let mut usage = Quantities::default();
        self.terms.iter().for_each(|term| usage.add(&term.price.key, term.at(y)));
        usage
    }

    /// USD a month, without free tiers.
    pub fn usd(&self, y: f64) -> f64 {
        self.terms.iter().map(|term| term.price.charge(term.at(y), 0.0)).sum()
    }

    pub fn prices(&self) -> impl Iterator<Item = &Price> {
        self.terms.iter().map(|term| &term.price)
    }

    /// Where a tier ends.
    fn kinks(&self) -> impl Iterator<Item = f64> {
        let of = |term: &Term| {
            let (fixed, slope) = (term.fixed, term.slope);
            let bounds: Vec<f64> = term.price.tiers.iter().filter_map(|tier| tier.up_to).collect();
            bounds.into_iter().map(move |bound| (bound - fixed) / slope)
        };
        self.terms.iter().filter(|term| term.slope != 0.0).flat_map(of)
    }

    /// Its cost as points from one end of the picture to the other, with the kinks of both ways.
    pub(super) fn curve(&self, axis: &Axis, ways: &[Way; 2]) -> Vec<(f64, f64)> {
        let (from, to) = (axis.from, axis.end());
        let even = (0..=POINTS).map(|k| from + (to - from) * f64::from(k) / f64::from(POINTS));
        let kinks = ways.iter().flat_map(Way::kinks).map(|y| axis.along(y)).filter(|x| (from..=to).contains(x));
        let mut places: Vec<f64> = even.chain(kinks).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        places.into_iter().map(|x| (x, self.usd(axis.along(x)))).collect()
    }
}

impl Term {
    fn at(&self, y: f64) -> f64 {
        self.fixed + self.slope * y
    }
}

/// Where two ways cost the same on the axis, ascending, and which is cheaper before, between and after.
pub(super) fn crossings(ways: &[Way; 2], axis: &Axis) -> (Vec<f64>, Vec<usize>) {
    let ends = [axis.along(axis.from), axis.along(axis.to)];
    let (from, to) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    let difference = |y: f64| ways[0].usd(y) - ways[1].usd(y);
    let (mut found, mut cheaper) = (Vec::new(), Vec::new());
    for (a, b) in pieces(ways, from, to) {
        let (low, high) = (difference(a), difference(b));
        // On its first piece a cost may rise from nothing: only its end tells which is cheaper.
        let leans = |d: f64| usize::from(d > 0.0);
        if cheaper.is_empty() && (low != 0.0 || high != 0.0) {
            cheaper.push(leans(if low != 0.0 { low } else { high }));
        }
        if high != 0.0 && cheaper.last().is_some_and(|last| *last != leans(high)) {
            found.push(a - low * (b - a) / (high - low));
            cheaper.push(leans(high));
        }
    }
    // Of ways that cost the same everywhere, the first.
    cheaper.extend(cheaper.is_empty().then_some(0));
    if axis.inverse {
        found.iter_mut().for_each(|y| *y = 1.0 / *y);
        found.reverse();
        cheaper.reverse();
    }
    (found, cheaper)
}

/// The pieces on which both costs are straight; the last of an axis without an end is as long as is needed to find where its lines meet.
fn pieces(ways: &[Way; 2], from: f64, to: f64) -> Vec<(f64, f64)> {
    let mut ends: Vec<f64> = ways.iter().flat_map(Way::kinks).filter(|y| *y > from && *y < to).chain([from]).collect();
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    let last = ends[ends.len() - 1];
    ends.push(if to.is_finite() { to } else { (2.0 * last).max(1.0) });
    let mut pieces: Vec<(f64, f64)> = ends.windows(2).map(|pair| (pair[0], pair[1])).collect();
    if let Some(beyond) = meeting(ways, last).filter(|_| to.is_infinite())
        && let Some(piece) = pieces.last_mut()
    {
        piece.1 = piece.1.max(2.0 * beyond);
    }
    pieces
}

/// Where the lines from `last` on meet, if they do.
fn meeting(ways: &[Way; 2], last: f64) -> Option<f64> {
    let difference = |y: f64| ways[0].usd(y) - ways[1].usd(y);
    let ahead = (2.0 * last).max(1.0);
    let slope = (difference(ahead) - difference(last)) / (ahead - last);
    Some(last - difference(last) / slope).filter(|y| y.is_finite() && *y > last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Date;

    fn book() -> Book {
        Book::of("us-east-1", Date::parse("2026-11-01").unwrap()).unwrap()
    }

    fn way(terms: &[(&str, f64, f64)]) -> Way {
        Way::new(&book(), "a way", "", terms).unwrap()
    }

    fn axis(to: f64) -> Axis {
        Axis { shown_to: 1e9, ..Axis::new("requests", "requests/month", to) }
    }

    #[test]
    fn lines_cross_where_they_are_equal() {
        // 20 ct a million against 50 ct a month.
        let ways = [way(&[("lambda.requests", 0.0, 1.0)]), way(&[("api_gateway.cache.13.5", 2.0, 0.0)])];
        let (at, cheaper) = crossings(&ways, &axis(f64::INFINITY));
        assert!(at.len() == 1 && (at[0] - 2.5e6).abs() < 1e-3 && cheaper == [0, 1], "{at:?}");
        assert_eq!(crossings(&ways, &axis(2e6)), (vec![], vec![0]), "beyond the end there is none");
    }

    #[test]
    fn graduated_tiers_may_cross_more_than_once() {
        // REST: 3.50, 2.80 from 333 M on, 2.38 from 1,000 M on; HTTP in three steps: 3.00, from 100 M on 2.70.
        let ways = [way(&[("api_gateway.rest", 0.0, 1.0)]), way(&[("api_gateway.http", 0.0, 3.0)])];
        let (at, cheaper) = crossings(&ways, &axis(f64::INFINITY));
        assert_eq!((at.len(), cheaper), (1, vec![1, 0]));
        let (rest, http) = (ways[0].usd(at[0]), ways[1].usd(at[0]));
        assert!((rest - http).abs() < 1e-6 * rest && at[0] > 1e9, "{at:?}");
    }

    #[test]
    fn an_inverse_axis_is_turned_around() {
        let inverse = Axis { from: 1.0, inverse: true, ..axis(10.0) };
        let ways = [way(&[("sqs.standard", 0.0, 3e6)]), way(&[("sqs.standard", 1e6, 0.0)])];
        let (at, cheaper) = crossings(&ways, &inverse);
        assert!(at.len() == 1 && (at[0] - 3.0).abs() < 1e-12 && cheaper == [1, 0], "{at:?} {cheaper:?}");
    }
}
