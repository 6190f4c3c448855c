//! A coarse histogram that is emptied often: 128 cells to the octave, so 0.4 % at most from a cell's middle.
//!
//! ```text
//! value   0 … 127 | 128 … 255 | 256 … 511 | …        below 256 each cell holds one value,
//! width       1   |     1     |     2     | 4 …      above, a cell is 1/128 of its octave
//! ```
//!
//! A window's quantiles need no three digits; what they need is a fast clearing and one walk over the cells in use, which the HDR
//! histogram does not offer. Grows on demand.

/// Counts of values in log-linear cells.
#[derive(Clone, Debug)]
pub struct LogLinear {
    cells: Vec<u32>,
    low: usize,
    high: usize,
    count: u64,
    max: u64,
}

impl Default for LogLinear {
    fn default() -> Self {
        Self { cells: Vec::new(), low: usize::MAX, high: 0, count: 0, max: 0 }
    }
}

const BITS: u32 = 7;

impl LogLinear {
    /// The cell of a value.
    #[inline]
    pub fn cell(value: u64) -> usize {
        let shift = (u64::BITS - (value >> BITS).leading_zeros()).saturating_sub(1);
        ((shift as usize) << BITS) + (value >> shift) as usize
    }

    /// The lowest value of a cell; the next cell's lowest is this one's end.
    pub fn floor(cell: usize) -> u64 {
        let shift = (cell >> BITS).saturating_sub(1);
        ((cell - (shift << BITS)) as u64) << shift
    }

    #[inline]
    pub fn record(&mut self, value: u64) {
        let cell = Self::cell(value);
        if cell >= self.cells.len() {
            self.cells.resize(cell + 1, 0);
        }
        self.cells[cell] += 1;
        self.low = self.low.min(cell);
        self.high = self.high.max(cell);
        self.count += 1;
        self.max = self.max.max(value);
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// The largest value recorded, exactly; 0 when empty.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// (lowest value, end, count) of the cells in use, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64, u32)> + '_ {
        self.used().iter().enumerate().filter(|(_, n)| **n > 0).map(|(i, n)| {
            let cell = i + self.low;
            (Self::floor(cell), Self::floor(cell + 1), *n)
        })
    }

    /// The first cell in use, and the counts from there to the last.
    pub fn span(&self) -> (usize, &[u32]) {
        (if self.count == 0 { 0 } else { self.low }, self.used())
    }

    /// Empties it, keeping its memory.
    pub fn clear(&mut self) {
        if self.count > 0 {
            self.cells[self.low..=self.high].fill(0);
        }
        (self.low, self.high, self.count, self.max) = (usize::MAX, 0, 0, 0);
    }

    fn used(&self) -> &[u32] {
        if self.count == 0 { &[] } else { &self.cells[self.low..=self.high] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_its_cell_and_cells_follow_on() {
        for value in (0..5000).chain([65_535, 65_536, 1 << 30, (1 << 40) - 1]) {
            let cell = LogLinear::cell(value);
            assert!(LogLinear::floor(cell) <= value && value < LogLinear::floor(cell + 1), "{value}");
        }
    }

    #[test]
    fn a_cell_is_at_most_a_128th_wide() {
        for cell in 256..3000 {
            let (from, to) = (LogLinear::floor(cell), LogLinear::floor(cell + 1));
            assert!((to - from) * 128 <= from);
        }
    }

    #[test]
    fn clearing_forgets_everything() {
        let mut cells = LogLinear::default();
        cells.record(7);
        cells.record(70_000);
        cells.clear();
        assert_eq!((cells.count(), cells.max(), cells.iter().count()), (0, 0, 0));
        cells.record(300);
        assert_eq!(cells.iter().collect::<Vec<_>>(), [(300, 302, 1)]);
    }
}
