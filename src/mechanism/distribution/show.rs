//! Distributions as a scenario would say them: `30ms`, `lognormal(median=12ms p99=60ms)`, `{ mixture: [ … ] }`.
//!
//! What is shown can be read again and means the same, but for what is lost by rounding to nanoseconds and six digits. Tables are shown in full.

use super::{Clamped, Distribution, Z99};
use crate::units::{Share, Time};
use std::fmt;

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(t) => f.write_str(&t.exact()),
            Self::Uniform { from, to } => write!(f, "uniform({}..{})", from.exact(), to.exact()),
            Self::Exponential { mean_ns } => write!(f, "exponential(mean={})", time(*mean_ns)),
            Self::Normal { mean_ns, sd_ns } => write!(f, "normal(mean={} sd={})", time(*mean_ns), time(*sd_ns)),
            Self::LogNormal { mu, sigma } => {
                write!(f, "lognormal(median={} p99={})", time(libm::exp(*mu)), time(libm::exp(mu + sigma * Z99)))
            }
            Self::Gamma { shape, scale_ns, .. } => write!(f, "gamma(mean={} cv={})", time(shape * scale_ns), number(1.0 / libm::sqrt(*shape))),
            Self::Weibull { scale_ns, shape } => write!(f, "weibull(scale={} shape={})", time(*scale_ns), number(*shape)),
            Self::Pareto { min_ns, shape } => write!(f, "pareto(min={} shape={})", time(*min_ns), number(*shape)),
            Self::Mixture(parts) => write!(f, "{{ mixture: [ {} ] }}", mixed(parts)),
            Self::Values(values) => write!(f, "{{ empirical: {{ values: [ {} ] }} }}", list(values.iter().map(|t| t.exact()))),
            Self::Percentiles(points) => {
                let points = points.iter().map(|(share, ns)| format!("{}: {}", number(share * 100.0), time(*ns)));
                write!(f, "{{ empirical: {{ percentiles: {{ {} }} }} }}", list(points))
            }
            Self::Clamp(clamped) => clamped.fmt(f),
        }
    }
}

impl fmt::Display for Clamped {
    /// In short where what is clamped can be said in short.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (of, min, max) = (self.of.to_string(), Some(self.min).filter(|t| *t > Time::ZERO), Some(self.max).filter(|t| *t < Time::MAX));
        let bounds = [("min", min), ("max", max)].into_iter().filter_map(|(name, bound)| Some((name, bound?.exact())));
        match of.starts_with('{') {
            true => write!(f, "{{ clamp: {{ {} }} }}", list(std::iter::once(format!("of: {of}")).chain(bounds.map(|(n, t)| format!("{n}: {t}"))))),
            false => {
                write!(f, "clamp(of={of}")?;
                bounds.into_iter().try_for_each(|(name, bound)| write!(f, " {name}={bound}"))?;
                f.write_str(")")
            }
        }
    }
}

fn mixed(parts: &[(f64, Distribution)]) -> String {
    let before = std::iter::once(0.0).chain(parts.iter().map(|(upto, _)| *upto));
    list(parts.iter().zip(before).map(|((upto, of), before)| {
        let weight = libm::round((upto - before) * 1e12) / 1e12;
        format!("{{ weight: {}, of: {of} }}", Share::from_fraction(weight).exact())
    }))
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn time(ns: f64) -> String {
    Time::from_nanos_f64(ns).exact()
}

/// Six digits after the point at most.
fn number(n: f64) -> String {
    let text = format!("{n:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
