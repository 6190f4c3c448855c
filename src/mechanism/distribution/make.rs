//! Distributions from their parameters, in each of the ways in which these are known: by moments, by quantiles, by scale and shape.
//!
//! Parameters that cannot be computed with make a constant or no time at all; to complain of them is the reader's business. Where one parameter leaves
//! nothing to chance, the distribution is the constant.

use super::{Clamped, Distribution, Z99, nanos};
use crate::units::Time;
use rand_distr::Gamma;
use std::sync::Arc;

impl Distribution {
    pub const fn constant(time: Time) -> Self {
        Self::Constant(time)
    }

    /// Every time from `from` to `to` is as likely; the ends may be given in any order.
    pub fn uniform(from: Time, to: Time) -> Self {
        if from == to { Self::Constant(from) } else { Self::Uniform { from: from.min(to), to: from.max(to) } }
    }

    pub fn exponential(mean: Time) -> Self {
        if mean == Time::ZERO { Self::Constant(mean) } else { Self::Exponential { mean_ns: nanos(mean) } }
    }

    pub fn normal(mean: Time, sd: Time) -> Self {
        if sd == Time::ZERO { Self::Constant(mean) } else { Self::Normal { mean_ns: nanos(mean), sd_ns: nanos(sd) } }
    }

    /// Lognormal by its median and its 99th percentile; constant where the latter is not above the former.
    pub fn lognormal_p50_p99(median: Time, p99: Time) -> Self {
        Self::lognormal(nanos(median), libm::log(nanos(p99) / nanos(median).max(0.5)) / Z99)
    }

    /// Lognormal by its median and the standard deviation of its logarithm.
    pub fn lognormal_median_sigma(median: Time, sigma: f64) -> Self {
        Self::lognormal(nanos(median), sigma)
    }

    /// Lognormal by its mean and the standard deviation of its logarithm: median = mean · exp(−sigma² / 2).
    pub fn lognormal_mean_sigma(mean: Time, sigma: f64) -> Self {
        Self::lognormal(nanos(mean) * libm::exp(-sigma * sigma / 2.0), sigma)
    }

    /// Lognormal by its mean and its coefficient of variation: sigma² = ln(1 + cv²).
    pub fn lognormal_mean_cv(mean: Time, cv: f64) -> Self {
        Self::lognormal_mean_sigma(mean, libm::sqrt(libm::log1p(cv * cv)))
    }

    fn lognormal(median_ns: f64, sigma: f64) -> Self {
        match median_ns > 0.0 && sigma > 0.0 && sigma.is_finite() {
            true => Self::LogNormal { mu: libm::log(median_ns), sigma },
            false => Self::Constant(Time::from_nanos_f64(median_ns)),
        }
    }

    /// Gamma by its mean and its coefficient of variation: shape = 1 / cv².
    pub fn gamma_mean_cv(mean: Time, cv: f64) -> Self {
        if cv > 0.0 { Self::gamma(1.0 / (cv * cv), nanos(mean) * cv * cv) } else { Self::Constant(mean) }
    }

    /// Gamma by its shape and scale; its mean is their product.
    pub fn gamma_shape_scale(shape: f64, scale: Time) -> Self {
        Self::gamma(shape, nanos(scale))
    }

    pub(super) fn gamma(shape: f64, scale_ns: f64) -> Self {
        match Gamma::new(shape, scale_ns) {
            Ok(gamma) if shape.is_finite() && scale_ns.is_finite() => Self::Gamma { shape, scale_ns, gamma },
            _ => Self::Constant(Time::ZERO),
        }
    }

    /// Weibull by its scale (63.2 % of draws are below) and its shape: below 1 heavier than exponential, above 1 lighter.
    pub fn weibull_scale_shape(scale: Time, shape: f64) -> Self {
        Self::weibull(nanos(scale), shape)
    }

    /// Weibull by its mean: scale = mean / Γ(1 + 1/shape).
    pub fn weibull_mean_shape(mean: Time, shape: f64) -> Self {
        Self::weibull(nanos(mean) / libm::tgamma(1.0 + 1.0 / shape), shape)
    }

    pub(super) fn weibull(scale_ns: f64, shape: f64) -> Self {
        match scale_ns > 0.0 && scale_ns.is_finite() && shape > 0.0 && shape.is_finite() {
            true => Self::Weibull { scale_ns, shape },
            false => Self::default(),
        }
    }

    /// Pareto by its least value and its shape: a draw is above x with probability (min / x)^shape.
    pub fn pareto_min_shape(min: Time, shape: f64) -> Self {
        Self::pareto(nanos(min), shape)
    }

    /// Pareto by its mean, which is finite for a shape above 1 only: min = mean · (shape − 1) / shape.
    pub fn pareto_mean_shape(mean: Time, shape: f64) -> Self {
        Self::pareto(nanos(mean) * (shape - 1.0) / shape, shape)
    }

    pub(super) fn pareto(min_ns: f64, shape: f64) -> Self {
        match min_ns > 0.0 && shape > 0.0 && shape.is_finite() {
            true => Self::Pareto { min_ns, shape },
            false => Self::default(),
        }
    }

    /// One of `parts` by their weights, which need not add up to one; parts without a weight are left out.
    pub fn mixture(parts: impl IntoIterator<Item = (f64, Distribution)>) -> Self {
        let parts: Vec<(f64, Distribution)> = parts.into_iter().filter(|(weight, _)| *weight > 0.0).collect();
        let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
        match <[_; 1]>::try_from(parts) {
            Ok([(_, only)]) => only,
            Err(parts) if parts.is_empty() => Self::default(),
            Err(parts) => {
                let mut upto = 0.0;
                let sums = parts.into_iter().map(|(weight, of)| {
                    upto += weight / total;
                    (upto, of)
                });
                Self::Mixture(sums.collect())
            }
        }
    }

    /// Each of `values` as likely; none is no time.
    pub fn values(values: Vec<Time>) -> Self {
        match values[..] {
            [] => Self::default(),
            [only] => Self::Constant(only),
            _ => Self::Values(values.into()),
        }
    }

    /// Straight lines between quantiles, each a share and the time there. `None` unless shares grow from 0 to 1 and times do not fall.
    pub fn percentiles(points: &[(f64, Time)]) -> Option<Self> {
        let (first, last) = (points.first()?, points.last()?);
        let grows = points.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
        match grows && first.0 == 0.0 && last.0 == 1.0 {
            true if first.1 == last.1 => Some(Self::Constant(first.1)),
            true => Some(Self::Percentiles(points.iter().map(|(share, time)| (*share, nanos(*time))).collect())),
            false => None,
        }
    }

    /// `of` within bounds: what is drawn below `min` is `min`, what is drawn above `max` is `max`.
    pub fn clamp(of: Distribution, min: Time, max: Time) -> Self {
        match of {
            Self::Constant(time) => Self::Constant(time.max(min).min(max)),
            _ if min >= max => Self::Constant(max),
            of => Self::Clamp(Arc::new(Clamped { of, min, max })),
        }
    }
}
