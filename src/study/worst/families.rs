//! The shapes that a search begins with: what load looks like when it hurts.
//!
//! ```text
//! flat ▄▄▄▄▄▄▄▄   one spike ▁▁▁█▁▁▁▁   spikes ▁█▁▁▁█▁▁   square wave █▁█▁█▁█▁   sawtooth ▁▃▅▇▁▃▅▇   front-loaded ███▁▁▁▁▁   back-loaded ▁▁▁▁▁███   gap ▄▄▁▁▁▄██
//! ```

use super::bounds::Bounds;
use super::shape::Shape;

/// More than any bound: as high as may be.
const HIGH: f64 = 1e3;

/// Every one of them once, the flat one first.
pub fn families(bounds: &Bounds) -> Vec<Shape> {
    let n = bounds.slots;
    let mut found: Vec<Shape> = vec![Shape::fit("flat", &vec![0.0; n], bounds)];
    let mut add = |family: &'static str, wish: &dyn Fn(usize) -> f64| {
        let shape = Shape::fit(family, &(0..n).map(wish).collect::<Vec<f64>>(), bounds);
        if !found.iter().any(|known| known.is_like(&shape)) {
            found.push(shape);
        }
    };
    let high = |is: bool| if is { HIGH } else { 0.0 };
    let low = |is: bool| if is { -HIGH } else { 0.0 };
    // As wide as a spike can be at the peak, with nothing but the floor beside it.
    let most = ((n as f64 * (1.0 - bounds.floor) / (bounds.peak - bounds.floor)).floor() as usize).clamp(1, n - 1);
    let widths = [1, most.div_ceil(4), most.div_ceil(2), most];
    for width in widths {
        for at in [0, n / 4, n / 2, (3 * n) / 4, n - width] {
            let family = match at {
                0 => "front-loaded",
                at if at + width == n => "back-loaded",
                _ => "one spike",
            };
            add(family, &|slot| high((at..at + width).contains(&slot)));
        }
    }
    for count in [2, 3, 4, 6] {
        let (period, width) = (n / count, (most / count).max(1));
        if period > width {
            add("several spikes", &|slot| high(slot % period < width && slot / period < count));
        }
    }
    for period in [2, 4, 8, n / 2, n].into_iter().filter(|period| (2..=n).contains(period)) {
        add("square wave", &|slot| high(slot % period < period / 2));
        add("square wave", &|slot| high(slot % period >= period.div_ceil(2)));
        let slope = (bounds.peak - bounds.floor) / period as f64;
        add("sawtooth", &|slot| slope * (slot % period) as f64);
        add("sawtooth", &|slot| -slope * (slot % period) as f64);
    }
    for (from, until) in [(0, n / 2), (n / 4, n / 2), (n / 4, (3 * n) / 4), (n / 2, n - n / 8)] {
        add("idle gap", &|slot| low((from..until).contains(&slot)));
        add("idle gap, then a burst", &|slot| low((from..until).contains(&slot)) + high((until..until + most.div_ceil(2)).contains(&slot)));
    }
    found
}

/// What is one step away from a shape: turned, sharpened, flattened, mirrored, and with load moved from one stretch to another.
pub fn steps(shape: &Shape, bounds: &Bounds, luck: impl Fn(u64) -> u64) -> Vec<Shape> {
    let n = shape.rates.len();
    let mut found = Vec::new();
    let mut add = |rates: Vec<f64>| {
        let next = Shape::fit(shape.family, &rates, bounds);
        if !next.is_like(shape) && !found.iter().any(|known: &Shape| known.is_like(&next)) {
            found.push(next);
        }
    };
    for by in [1, n - 1, n / 8, n - n / 8].into_iter().filter(|by| (1..n).contains(by)) {
        add((0..n).map(|slot| shape.rates[(slot + by) % n]).collect());
    }
    for power in [0.5, 2.0] {
        add(shape.rates.iter().map(|rate| rate.powf(power) * if power > 1.0 { 2.0 } else { 1.0 }).collect());
    }
    add(shape.rates.iter().rev().copied().collect());
    let (high, low) = (edge(&shape.rates, |a, b| a > b), edge(&shape.rates, |a, b| a < b));
    // The flanks of what is highest and lowest grow by a stretch.
    for (at, rate) in
        [(high.1 + 1, bounds.peak), (high.0.wrapping_sub(1), bounds.peak), (low.1 + 1, bounds.floor), (low.0.wrapping_sub(1), bounds.floor)]
    {
        if at < n {
            let mut rates = shape.rates.clone();
            rates[at] = rate;
            add(rates);
        }
    }
    for number in 0..MOVES {
        let (from, to) = ((luck(2 * number) % n as u64) as usize, (luck(2 * number + 1) % n as u64) as usize);
        let by = (shape.rates[from] - bounds.floor).min(bounds.peak - shape.rates[to]);
        if from != to && by > 0.0 {
            let mut rates = shape.rates.clone();
            (rates[from], rates[to]) = (rates[from] - by, rates[to] + by);
            add(rates);
        }
    }
    found
}

/// Moves of load from one stretch to another that are tried at each step.
const MOVES: u64 = 6;

/// The first and last stretch of those that nothing is beyond.
fn edge(rates: &[f64], beyond: impl Fn(f64, f64) -> bool) -> (usize, usize) {
    let extreme = rates.iter().copied().fold(rates[0], |best, rate| if beyond(rate, best) { rate } else { best });
    let is = |rate: &f64| (rate - extreme).abs() < 1e-9;
    (rates.iter().position(is).unwrap_or(0), rates.iter().rposition(is).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Time;

    #[test]
    fn families_are_many_all_different_and_all_have_the_mean() {
        let bounds = Bounds { peak: 5.0, floor: 0.2, slots: 40, slot: Time::from_secs(1) };
        let all = families(&bounds);
        assert!((30..80).contains(&all.len()), "{}", all.len());
        for shape in all.iter().chain(&steps(&all[3], &bounds, |n| n * 7919)) {
            assert!((shape.rates.iter().sum::<f64>() - 40.0).abs() < 1e-9, "{shape:?}");
        }
        assert!((1..all.len()).all(|at| !all[..at].iter().any(|known| known.is_like(&all[at]))));
        assert!(steps(&all[3], &bounds, |n| n * 7919).iter().all(|step| !step.is_like(&all[3])));
    }
}
