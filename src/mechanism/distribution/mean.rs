//! Means in closed form, of whole distributions and of what is left of them below a bound.
//!
//! ```text
//! E min(X, m) = ∫₀^m P(X > x) dx        E clamp(X, a, b) = a + E min(X, b) − E min(X, a)
//! ```
//!
//! Nothing is integrated numerically: the bounded means of gamma and Weibull times go by the regularised incomplete gamma function P(s, x), which is a
//! series below s + 1 and a continued fraction (Lentz) above. All times are in nanoseconds.

use super::{Distribution, nanos, table};
use crate::units::Time;
use std::f64::consts;

/// The mean of a distribution; infinite for a Pareto of a shape up to 1.
pub(super) fn mean(of: &Distribution) -> f64 {
    match of {
        Distribution::Constant(time) => nanos(*time),
        Distribution::Uniform { from, to } => (nanos(*from) + nanos(*to)) / 2.0,
        Distribution::Exponential { mean_ns } => *mean_ns,
        Distribution::Normal { mean_ns, sd_ns } => positive_part(*mean_ns, *sd_ns),
        Distribution::LogNormal { mu, sigma } => libm::exp(mu + sigma * sigma / 2.0),
        Distribution::Gamma { shape, scale_ns, .. } => shape * scale_ns,
        Distribution::Weibull { scale_ns, shape } => scale_ns * libm::tgamma(1.0 + 1.0 / shape),
        Distribution::Pareto { min_ns, shape } if *shape > 1.0 => min_ns * shape / (shape - 1.0),
        Distribution::Pareto { .. } => f64::INFINITY,
        Distribution::Mixture(parts) => mixed(parts, mean),
        Distribution::Values(values) => values.iter().map(|time| nanos(*time)).sum::<f64>() / values.len() as f64,
        Distribution::Percentiles(points) => table::mean_below(points, f64::INFINITY),
        Distribution::Clamp(clamped) => {
            let upper = if clamped.max == Time::MAX { mean(&clamped.of) } else { limited(&clamped.of, nanos(clamped.max)) };
            nanos(clamped.min) + upper - limited(&clamped.of, nanos(clamped.min))
        }
    }
}

/// E min(X, m), the limited expected value.
pub(super) fn limited(of: &Distribution, m: f64) -> f64 {
    if m <= 0.0 {
        return 0.0;
    }
    match of {
        Distribution::Constant(time) => nanos(*time).min(m),
        Distribution::Uniform { from, to } => table::mean_below(&[(0.0, nanos(*from)), (1.0, nanos(*to))], m),
        Distribution::Exponential { mean_ns } => -mean_ns * libm::expm1(-m / mean_ns),
        Distribution::Normal { mean_ns, sd_ns } => positive_part(*mean_ns, *sd_ns) - positive_part(mean_ns - m, *sd_ns),
        Distribution::LogNormal { mu, sigma } => {
            let z = (libm::log(m) - mu) / sigma;
            mean(of) * below(z - sigma) + m * below(-z)
        }
        Distribution::Gamma { shape, scale_ns, .. } => {
            let x = m / scale_ns;
            mean(of) * incomplete_gamma(shape + 1.0, x) + m * (1.0 - incomplete_gamma(*shape, x))
        }
        Distribution::Weibull { scale_ns, shape } => {
            let x = libm::pow(m / scale_ns, *shape);
            mean(of) * incomplete_gamma(1.0 + 1.0 / shape, x) + m * libm::exp(-x)
        }
        Distribution::Pareto { min_ns, shape } => pareto_limited(*min_ns, *shape, m),
        Distribution::Mixture(parts) => mixed(parts, |part| limited(part, m)),
        Distribution::Values(values) => values.iter().map(|time| nanos(*time).min(m)).sum::<f64>() / values.len() as f64,
        Distribution::Percentiles(points) => table::mean_below(points, m),
        Distribution::Clamp(clamped) => {
            let (low, high) = (nanos(clamped.min), nanos(clamped.max).min(m));
            if m <= low { m } else { low + limited(&clamped.of, high) - limited(&clamped.of, low) }
        }
    }
}

/// The mean over the parts of a mixture.
fn mixed(parts: &[(f64, Distribution)], of: impl Fn(&Distribution) -> f64) -> f64 {
    let before = std::iter::once(0.0).chain(parts.iter().map(|(upto, _)| *upto));
    parts.iter().zip(before).map(|((upto, part), before)| (upto - before) * of(part)).sum()
}

/// min + ∫ from min to m of (min / x)^shape.
fn pareto_limited(min: f64, shape: f64, m: f64) -> f64 {
    if m <= min {
        return m;
    }
    let power = 1.0 - shape;
    let logarithm = libm::log(m / min);
    // (r^p − 1) / p, which is ln r where p is 0.
    let tail = if power.abs() < 1e-12 { logarithm } else { libm::expm1(power * logarithm) / power };
    min * (1.0 + tail)
}

/// Φ(z).
pub(super) fn below(z: f64) -> f64 {
    libm::erfc(-z * consts::FRAC_1_SQRT_2) / 2.0
}

/// E max(0, X) of a normal X: mean · Φ(mean / sd) + sd · φ(mean / sd).
fn positive_part(mean: f64, sd: f64) -> f64 {
    let z = mean / sd;
    mean * below(z) + sd * libm::exp(-z * z / 2.0) / libm::sqrt(2.0 * consts::PI)
}

/// P(s, x) = γ(s, x) / Γ(s), to about twelve digits.
fn incomplete_gamma(s: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if !x.is_finite() {
        return 1.0;
    }
    let front = libm::exp(s * libm::log(x) - x - libm::lgamma(s));
    if x < s + 1.0 { front * series(s, x) } else { 1.0 - front * fraction(s, x) }
}

/// Σ xⁿ / (s (s+1) … (s+n)).
fn series(s: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0 / s, 1.0 / s, s);
    while term > sum * 1e-16 {
        n += 1.0;
        term *= x / n;
        sum += term;
    }
    sum
}

/// The continued fraction of Γ(s, x) / (xˢ e⁻ˣ).
fn fraction(s: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - s;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut h = d;
    for n in 1..100_000 {
        let a = -f64::from(n) * (f64::from(n) - s);
        b += 2.0;
        let unless_zero = |y: f64| if y.abs() < TINY { TINY } else { y };
        d = 1.0 / unless_zero(a * d + b);
        c = unless_zero(b + a / c);
        h *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    h
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_incomplete_gamma_function_is_that_of_the_books() {
        // P(1, x) = 1 − e⁻ˣ; P(½, x) = erf √x; P(2, x) = 1 − (1 + x) e⁻ˣ.
        for x in [0.01f64, 0.5, 1.0, 1.9, 3.0, 10.0, 30.0] {
            assert!((incomplete_gamma(1.0, x) + (-x).exp_m1()).abs() < 1e-13);
            assert!((incomplete_gamma(0.5, x) - libm::erf(x.sqrt())).abs() < 1e-13);
            assert!((incomplete_gamma(2.0, x) - (1.0 - (1.0 + x) * (-x).exp())).abs() < 1e-13);
        }
        // The median of a gamma of a large shape lies a third below its mean: Φ(0) to four digits.
        assert!((incomplete_gamma(1e6, 1e6 - 1.0 / 3.0) - 0.5).abs() < 1e-4);
    }

    #[test]
    fn a_bound_far_away_changes_no_mean() {
        let second = Time::from_secs(1);
        let all = [
            Distribution::exponential(second),
            Distribution::normal(second, second),
            Distribution::lognormal_mean_cv(second, 0.8),
            Distribution::gamma_mean_cv(second, 1.5),
            Distribution::weibull_mean_shape(second, 0.7),
            Distribution::pareto_mean_shape(second, 4.0),
            Distribution::uniform(Time::ZERO, second),
        ];
        for of in all {
            assert!((limited(&of, 1e14) / mean(&of) - 1.0).abs() < 1e-9, "{of:?}");
            // Within a hair of zero everything is above: E min(X, m) ≈ m · P(X > 0).
            assert!(limited(&of, 1e-3) <= 1e-3 && limited(&of, 5e8) < mean(&of), "{of:?}");
        }
    }
}
