//! Counts of values in the cells of an HDR histogram: linear within an octave, so that the relative error is the same everywhere.
//!
//! ```text
//! BITS = 7    0 … 127 | 128 … 255 | 256 … 511 | …       below 256 each cell holds one value,
//! width         1     |     1     |     2     | 4 …     above, a cell is 1/128 of its octave
//! ```
//!
//! Ten bits are the layout of hdrhistogram at three digits (0.05 % from a cell's middle), seven are enough for a window (0.4 %). Counting is a
//! shift, an addition and an increment, less than half of that crate's cost, and clearing is fast; totals are handed over to it when the run is
//! over. Grows by the octave; a cell saturates at 4.3 × 10⁹.

/// Counts of values in log-linear cells, 2^BITS to the octave.
#[derive(Clone, Debug, Default)]
pub struct LogLinear<const BITS: u32> {
    cells: Vec<u32>,
}

const STRETCH: usize = 32;

impl<const BITS: u32> LogLinear<BITS> {
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
        match self.cells.get_mut(cell) {
            Some(count) => *count = count.saturating_add(1),
            None => self.grow(cell),
        }
    }

    /// The same value `n` times over.
    pub fn record_many(&mut self, value: u64, n: u32) {
        let cell = Self::cell(value);
        if cell >= self.cells.len() {
            self.fit(((cell >> BITS) + 1) << BITS);
        }
        self.cells[cell] = self.cells[cell].saturating_add(n);
    }

    /// The first value in an octave that is new.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, cell: usize) {
        self.fit(((cell >> BITS) + 1) << BITS);
        self.cells[cell] = 1;
    }

    fn fit(&mut self, cells: usize) {
        if self.cells.len() < cells {
            self.cells.reserve_exact(cells - self.cells.len());
            self.cells.resize(cells, 0);
        }
    }

    pub fn count(&self) -> u64 {
        self.cells.iter().map(|n| u64::from(*n)).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.iter().all(|n| *n == 0)
    }

    /// (lowest value, end, count) of the cells in use, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64, u32)> + '_ {
        // Most stretches are empty: one vector instruction or two tell.
        let stretches = self.cells.chunks(STRETCH).enumerate().filter(|(_, counts)| counts.iter().fold(0, |any, n| any | n) > 0);
        let cells = stretches.flat_map(|(i, counts)| counts.iter().enumerate().map(move |(j, n)| (i * STRETCH + j, *n)));
        cells.filter(|(_, n)| *n > 0).map(|(cell, n)| (Self::floor(cell), Self::floor(cell + 1), n))
    }

    /// All counts, from cell 0 on.
    pub fn cells(&self) -> &[u32] {
        &self.cells
    }

    pub fn merge(&mut self, other: &Self) {
        self.fit(other.cells.len());
        self.cells.iter_mut().zip(&other.cells).for_each(|(sum, n)| *sum = sum.saturating_add(*n));
    }

    /// Empties it, keeping its memory.
    pub fn clear(&mut self) {
        self.cells.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Cells = LogLinear<7>;

    #[test]
    fn every_value_lies_in_its_cell_and_cells_follow_on() {
        for value in (0..5000).chain([65_535, 65_536, 1 << 30, (1 << 40) - 1]) {
            let cell = Cells::cell(value);
            assert!(Cells::floor(cell) <= value && value < Cells::floor(cell + 1), "{value}");
        }
    }

    #[test]
    fn a_cell_is_at_most_a_128th_wide() {
        for cell in 256..3000 {
            let (from, to) = (Cells::floor(cell), Cells::floor(cell + 1));
            assert!((to - from) * 128 <= from);
        }
    }

    #[test]
    fn clearing_forgets_everything() {
        let mut cells = Cells::default();
        cells.record(7);
        cells.record(70_000);
        cells.clear();
        assert_eq!((cells.count(), cells.iter().count()), (0, 0));
        assert!(cells.is_empty());
        cells.record(300);
        assert_eq!(cells.iter().collect::<Vec<_>>(), [(300, 302, 1)]);
    }
}
