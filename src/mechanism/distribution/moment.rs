//! Second moments in closed form, which waiting times depend on.
//!
//! ```text
//! E X² = sd² + mean²        the mean wait of M/G/1 is proportional to it
//! ```
//!
//! Left out: what is held within bounds, which has no handy form but for a few.

use super::{Distribution, mean, nanos};
use std::f64::consts::PI;

/// E X² in nanoseconds squared; infinite for a Pareto of a shape up to 2, `None` within bounds.
pub(super) fn second(of: &Distribution) -> Option<f64> {
    Some(match of {
        Distribution::Constant(time) => nanos(*time).powi(2),
        Distribution::Uniform { from, to } => line(nanos(*from), nanos(*to)),
        Distribution::Exponential { mean_ns } => 2.0 * mean_ns * mean_ns,
        Distribution::Normal { mean_ns, sd_ns } => positive_part(*mean_ns, *sd_ns),
        Distribution::LogNormal { mu, sigma } => libm::exp(2.0 * (mu + sigma * sigma)),
        Distribution::Gamma { shape, scale_ns, .. } => shape * (shape + 1.0) * scale_ns * scale_ns,
        Distribution::Weibull { scale_ns, shape } => scale_ns * scale_ns * libm::tgamma(1.0 + 2.0 / shape),
        Distribution::Pareto { min_ns, shape } if *shape > 2.0 => min_ns * min_ns * shape / (shape - 2.0),
        Distribution::Pareto { .. } => f64::INFINITY,
        Distribution::Mixture(parts) => {
            let before = std::iter::once(0.0).chain(parts.iter().map(|(upto, _)| *upto));
            let of_part = |((upto, part), before): (&(f64, Distribution), f64)| second(part).map(|square| (upto - before) * square);
            parts.iter().zip(before).map(of_part).sum::<Option<f64>>()?
        }
        Distribution::Values(values) => values.iter().map(|time| nanos(*time).powi(2)).sum::<f64>() / values.len() as f64,
        Distribution::Percentiles(points) => points.windows(2).map(|pair| (pair[1].0 - pair[0].0) * line(pair[0].1, pair[1].1)).sum(),
        Distribution::Clamp(_) => return None,
    })
}

/// Of what is as likely anywhere between two ends.
fn line(a: f64, b: f64) -> f64 {
    (a * a + a * b + b * b) / 3.0
}

/// E max(0, X)² of a normal X: (mean² + sd²) · Φ(mean / sd) + mean · sd · φ(mean / sd).
fn positive_part(mean: f64, sd: f64) -> f64 {
    let z = mean / sd;
    (mean * mean + sd * sd) * mean::below(z) + mean * sd * libm::exp(-z * z / 2.0) / libm::sqrt(2.0 * PI)
}

#[cfg(test)]
mod tests {
    use super::super::super::luck::Luck;
    use super::*;
    use crate::units::Time;

    #[test]
    fn they_are_the_mean_squares_of_draws() {
        let ms = Time::from_millis;
        let all = [
            Distribution::constant(ms(30)),
            Distribution::uniform(ms(20), ms(90)),
            Distribution::exponential(ms(20)),
            Distribution::normal(ms(10), ms(20)),
            Distribution::lognormal_mean_cv(ms(50), 0.6),
            Distribution::gamma_mean_cv(ms(120), 1.2),
            Distribution::weibull_mean_shape(ms(50), 1.4),
            Distribution::pareto_mean_shape(ms(50), 9.0),
        ];
        for of in all {
            let mean_square = (0..40_000).map(|k| nanos(of.sample(&mut Luck::root(7, k).draw(1))).powi(2)).sum::<f64>() / 40_000.0;
            assert!((mean_square / second(&of).unwrap() - 1.0).abs() < 0.04, "{of:?}");
        }
    }

    #[test]
    fn heavy_tails_have_none() {
        assert_eq!(second(&Distribution::pareto_mean_shape(Time::from_secs(1), 1.9)), Some(f64::INFINITY));
    }
}
