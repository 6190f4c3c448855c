//! One slot, and service of any distribution.
//!
//! ```text
//! ρ = λ·E S       in order of arrival: Wq = λ·E S² ÷ 2(1 − ρ)       shared by all: W = E S ÷ (1 − ρ)
//! ```
//!
//! Pollaczek 1930 and Khinchine 1932; processor sharing: Kleinrock 1976, Queueing Systems vol. 2, s. 4.4. Left out: the distribution of the wait.

/// The mean time in the queue of M/G/1: none where the queue grows for ever, or the second moment is infinite.
pub fn wait(rate: f64, service: f64, second_moment: f64) -> Option<f64> {
    let rho = rate * service;
    (rho < 1.0 && second_moment.is_finite()).then(|| rate * second_moment / (2.0 * (1.0 - rho)))
}

/// The mean sojourn where all share the slot, whatever the distribution of service.
pub fn shared_sojourn(rate: f64, service: f64) -> Option<f64> {
    let rho = rate * service;
    (rho < 1.0).then(|| service / (1.0 - rho))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_service_waits_half_as_long_as_exponential() {
        assert!((wait(0.8, 1.0, 1.0).unwrap() - 2.0).abs() < 1e-12);
        assert!((wait(0.8, 1.0, 2.0).unwrap() - 4.0).abs() < 1e-12);
        assert_eq!((wait(1.0, 1.0, 1.0), wait(0.5, 1.0, f64::INFINITY)), (None, None));
    }

    #[test]
    fn sharing_is_as_mm1_in_order() {
        assert!((shared_sojourn(7.0, 0.1).unwrap() - 0.1 / 0.3).abs() < 1e-12);
        assert_eq!(shared_sojourn(10.0, 0.1), None);
    }
}
