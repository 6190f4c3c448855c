//! How an environment begins: allocation, INIT, and what the Lambda service adds of its own.
//!
//! ```text
//! cold start = allocation + init (as measured, log-normal) + extra_init        warm start = 0
//! ```
//!
//! An INIT beyond its limit is given up and done again within the invocation; who does that is the function itself.

use crate::{mechanism::distribution::Distribution, platform::coldstart, service::Build, units::Time};

use super::{Architecture, Package, Spec};

/// How an environment begins.
#[derive(Clone, Debug)]
pub(super) struct Starts {
    pub allocation: Distribution,
    pub init: Distribution,
    pub extra_init: Option<Distribution>,
    pub invoke_overhead: Distribution,
    /// An INIT longer than this is abandoned and done again within the invocation.
    pub init_limit: Time,
}

impl Starts {
    pub fn new(spec: &Spec, build: &Build) -> Self {
        let measured = || {
            let package = match spec.package {
                Package::Zip => coldstart::Package::Zip,
                Package::Image => coldstart::Package::Image,
            };
            let found = coldstart::init_duration(&spec.runtime.value, package, spec.memory.value.as_mb() as u64, spec.architecture.measured());
            found.map(|m| Distribution::lognormal_p50_p99(Time::from_secs_f64(m.p50_ms / 1e3), Time::from_secs_f64(m.p99_ms / 1e3)))
        };
        let init = spec.init_duration.clone().or_else(measured);
        Self {
            allocation: spec.allocation.clone().unwrap_or_else(|| allocation(build)),
            init: init.unwrap_or_else(|| Distribution::constant(Time::ZERO)),
            extra_init: spec.extra_init.clone(),
            invoke_overhead: spec.invoke_overhead.clone().unwrap_or_else(|| build.measured("lambda.invoke_overhead")),
            init_limit: Time::from_secs_f64(build.platform.get("lambda.init_limit")),
        }
    }
}

impl Architecture {
    /// As measurements call it.
    pub(super) fn measured(self) -> coldstart::Architecture {
        match self {
            Self::X86 => coldstart::Architecture::X86_64,
            Self::Arm => coldstart::Architecture::Arm64,
        }
    }
}

/// Sandbox and code download, log-normal by its median and the standard deviation of its logarithm.
fn allocation(build: &Build) -> Distribution {
    let median = Time::from_secs_f64(build.platform.get("lambda.environment_allocation_median") / 1e3);
    Distribution::lognormal_median_sigma(median, build.platform.get("lambda.environment_allocation_sigma"))
}

/// How long an idle environment is kept: log-normal by its median and its 95th percentile, or evenly between percentiles where three were measured.
pub(super) fn idle_time(build: &Build) -> Distribution {
    /// The 95 % quantile of the standard normal distribution.
    const Z95: f64 = 1.644_853_626_951_472_2;
    let [p5, p50, p95] = ["lambda.idle_expiry_p5", "lambda.idle_expiry_p50", "lambda.idle_expiry_p95"].map(|row| build.platform.get(row));
    let lognormal = Distribution::lognormal_median_sigma(Time::from_secs_f64(p50), libm::log(p95 / p50) / Z95);
    if build.platform.get("lambda.idle_expiry_lognormal") > 0.0 {
        return lognormal;
    }
    // The lines go on beyond the percentiles, which are 45 of a hundred apart, for the 5 that are left.
    let (first, last) = (p5 - (p50 - p5) / 9.0, p95 + (p95 - p50) / 9.0);
    let points = [(0.0, first), (0.05, p5), (0.5, p50), (0.95, p95), (1.0, last)].map(|(share, time)| (share, Time::from_secs_f64(time.max(0.0))));
    Distribution::percentiles(&points).unwrap_or(lognormal)
}
