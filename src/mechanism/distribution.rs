//! stub
use super::luck::Keyed;
use crate::document::{Read, Reading, Value};
use crate::units::Time;
use rand_distr::{Distribution as _, Exp1, StandardNormal};
#[derive(Clone, Debug)]
pub enum Distribution {
    Constant(Time),
    LogNormal { mu: f64, sigma: f64 },
    Exponential(f64),
    Uniform(f64, f64),
}
impl Distribution {
    pub fn constant(t: Time) -> Self {
        Self::Constant(t)
    }
    pub fn uniform(a: Time, b: Time) -> Self {
        Self::Uniform(a.as_nanos() as f64, b.as_nanos() as f64)
    }
    pub fn lognormal_p50_p99(a: Time, b: Time) -> Self {
        Self::LogNormal { mu: (a.as_nanos() as f64).ln(), sigma: (b.as_secs_f64() / a.as_secs_f64()).ln() / 2.3263478740408408 }
    }
    pub fn lognormal_p50_p95(a: Time, b: Time) -> Self {
        Self::LogNormal { mu: (a.as_nanos() as f64).ln(), sigma: (b.as_secs_f64() / a.as_secs_f64()).ln() / 1.6448536269514722 }
    }
    pub fn lognormal_median_sigma(a: Time, sigma: f64) -> Self {
        Self::LogNormal { mu: (a.as_nanos() as f64).ln(), sigma }
    }
    #[inline]
    pub fn sample(&self, k: &mut Keyed) -> Time {
        match self {
            Self::Constant(t) => *t,
            Self::LogNormal { mu, sigma } => {
                let z: f64 = StandardNormal.sample(k);
                Time::from_nanos(libm::exp(mu + sigma * z) as u64)
            }
            Self::Exponential(m) => {
                let e: f64 = Exp1.sample(k);
                Time::from_nanos((e * m) as u64)
            }
            Self::Uniform(a, b) => Time::from_nanos((a + (b - a) * k.unit()) as u64),
        }
    }
    pub fn is_constant(&self) -> Option<Time> {
        if let Self::Constant(t) = self { Some(*t) } else { None }
    }
    pub fn maximum(&self) -> Option<Time> {
        None
    }
    pub fn scaled(&self, f: f64) -> Self {
        match self {
            Self::LogNormal { mu, sigma } => Self::LogNormal { mu: mu + f.ln(), sigma: *sigma },
            o => o.clone(),
        }
    }
    pub fn mean(&self) -> Time {
        Time::ZERO
    }
}
impl Read for Distribution {
    fn expected() -> String { "d".into() }
    fn read(v: &Value, r: &mut Reading) -> Option<Self> {
        if let Some(t) = v.text() && let Some(rest) = t.strip_prefix("ln ") { let mut it = rest.split(' '); let mean: f64 = it.next()?.parse().ok()?; let sigma: f64 = it.next()?.parse().ok()?; return Some(Self::LogNormal { mu: (mean * 1e6).ln() - sigma * sigma / 2.0, sigma }); }
        if let Some(t) = v.text() && let Some(rest) = t.strip_prefix("exp ") { let mean: f64 = rest.parse().ok()?; return Some(Self::Exponential(mean * 1e6)); }
        Time::read(v, r).map(Self::Constant) }
}
