//! Where the time goes, by how long it took: a slow request is slow for other reasons than a typical one.
//!
//! Requests are kept in bands a quarter of an octave wide (8–10 ms, 10–12 ms, 12–14 ms, 14–16 ms, 16–20 ms …); each holds a count and the
//! sums of the eight causes. Reading at a quantile is reading its band, or the nearest ones until thirty requests speak.

use super::{CAUSES, Cause, Spent};

const QUARTERS: u32 = 2;
const BANDS: usize = 160;
/// With fewer requests than this a band borrows from its neighbours.
const ENOUGH: u64 = 30;

/// The requests of one band of latency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Band {
    pub count: u64,
    /// µs by cause.
    pub spent: [u64; CAUSES],
}

impl Band {
    fn add(&mut self, other: &Band) {
        self.count += other.count;
        self.spent.iter_mut().zip(other.spent).for_each(|(sum, more)| *sum += more);
    }
}

/// Time by cause, by band of latency.
#[derive(Clone, Debug)]
pub struct Attribution {
    bands: Vec<Band>,
}

impl Default for Attribution {
    fn default() -> Self {
        Self { bands: vec![Band::default(); BANDS] }
    }
}

impl Attribution {
    fn band(micros: u64) -> usize {
        let shift = (u64::BITS - (micros >> QUARTERS).leading_zeros()).saturating_sub(1);
        (((shift as usize) << QUARTERS) + (micros >> shift) as usize).min(BANDS - 1)
    }

    /// One request of `micros`; what `spent` leaves unexplained goes to [`Cause::Abandoned`].
    #[inline]
    pub fn record(&mut self, micros: u64, spent: &Spent) {
        let band = &mut self.bands[Self::band(micros)];
        let mut explained = 0;
        for (sum, cause) in band.spent.iter_mut().zip(spent) {
            *sum += u64::from(*cause);
            explained += u64::from(*cause);
        }
        band.count += 1;
        band.spent[Cause::Abandoned as usize] += micros.saturating_sub(explained);
    }

    /// The requests about as slow as `micros`: its band, widened on both sides until it holds thirty.
    pub fn near(&self, micros: u64) -> Band {
        let (mut low, mut high) = (Self::band(micros), Self::band(micros));
        let mut sum = self.bands[low];
        while sum.count < ENOUGH && (low > 0 || high + 1 < BANDS) {
            if low > 0 {
                low -= 1;
                sum.add(&self.bands[low]);
            }
            if high + 1 < BANDS {
                high += 1;
                sum.add(&self.bands[high]);
            }
        }
        sum
    }

    /// All requests together.
    pub fn total(&self) -> Band {
        let mut total = Band::default();
        self.bands.iter().for_each(|band| total.add(band));
        total
    }

    pub fn merge(&mut self, other: &Attribution) {
        self.bands.iter_mut().zip(&other.bands).for_each(|(band, more)| band.add(more));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_and_typical_requests_are_told_apart() {
        let mut a = Attribution::default();
        (0..1000).for_each(|_| a.record(10_000, &[0, 0, 10_000, 0, 0, 0, 0, 0]));
        (0..100).for_each(|_| a.record(500_000, &[0, 490_000, 10_000, 0, 0, 0, 0, 0]));
        assert_eq!(a.near(10_000), Band { count: 1000, spent: [0, 0, 10_000_000, 0, 0, 0, 0, 0] });
        assert_eq!(a.near(500_000).spent[Cause::ColdStart as usize], 49_000_000);
    }

    #[test]
    fn what_nobody_explains_was_abandoned() {
        let mut a = Attribution::default();
        a.record(1_000, &[100, 0, 200, 0, 0, 0, 0, 0]);
        assert_eq!(a.total().spent, [100, 0, 200, 0, 0, 0, 0, 700]);
    }

    #[test]
    fn a_thin_band_borrows_from_its_neighbours() {
        let mut a = Attribution::default();
        (0..40).for_each(|_| a.record(90_000, &[90_000, 0, 0, 0, 0, 0, 0, 0]));
        a.record(120_000, &[0, 120_000, 0, 0, 0, 0, 0, 0]);
        assert_eq!(a.near(120_000).count, 41);
    }
}
