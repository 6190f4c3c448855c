//! Student's t distribution: how many standard errors a 95 % interval reaches to either side.
//!
//! Quantiles of 97.5 % by degrees of freedom (Abramowitz & Stegun, Handbook of Mathematical Functions, 1964, table 26.10), between rows by a line in 1/df.

/// Degrees of freedom and quantile, beyond thirty.
const BEYOND: [(f64, f64); 4] = [(30.0, 2.042), (40.0, 2.021), (60.0, 2.000), (120.0, 1.980)];
/// Of infinitely many degrees of freedom: the normal distribution's.
const NORMAL: f64 = 1.960;
/// From one degree of freedom on.
const FIRST: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/// The 97.5 % quantile for so many degrees of freedom; infinite for none, as one value says nothing of its spread.
pub fn t_975(degrees: usize) -> f64 {
    match degrees {
        0 => f64::INFINITY,
        1..=30 => FIRST[degrees - 1],
        _ => between(degrees as f64),
    }
}

fn between(degrees: f64) -> f64 {
    let above = BEYOND.iter().position(|(row, _)| *row >= degrees);
    let ((low, at_low), (high, at_high)) = match above {
        Some(row) => (BEYOND[row - 1], BEYOND[row]),
        None => (BEYOND[3], (f64::INFINITY, NORMAL)),
    };
    let share = (1.0 / low - 1.0 / degrees) / (1.0 / low - 1.0 / high);
    at_low + share * (at_high - at_low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // R: qt(0.975, c(1, 7, 30, 35, 50, 100, 1000)).
        for (degrees, t) in [(1, 12.7062), (7, 2.3646), (30, 2.0423), (35, 2.0301), (50, 2.0086), (100, 1.9840), (1000, 1.9623)] {
            assert!((t_975(degrees) - t).abs() < 0.001, "{degrees}: {}", t_975(degrees));
        }
    }
}
