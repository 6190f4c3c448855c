//! The wheel: buckets of time ahead, filled without order and handed out one by one.
//!
//! ```text
//!        base (handed out)                        base + 4096
//!   ──────┬──┬──┬──┬──┬──┬──┬─ … ─┬──┬──┬──┬──┬──────┬───────── time >> shift
//!         │▓▓│  │▓ │▓▓│  │  │     │▓ │  │  │  │      │ far: a heap
//! ```
//!
//! A bitmap finds the next bucket that is not empty. When buckets hold too much, they are made narrower; when too much falls beyond them, wider.

use std::cmp::Reverse;

use dary_heap::QuaternaryHeap;

use super::event::Event;

const BUCKETS: usize = 4096;
const WORDS: usize = BUCKETS / 64;

/// Buckets handed out between two looks at their width.
const LOOK_EVERY: u32 = 1024;
/// More events a bucket than this, and buckets are made narrower.
const DENSE: u32 = 6;
/// The widest buckets: 2^40 ns, so that the wheel spans weeks.
const WIDEST: u32 = 40;

#[derive(Clone, Debug)]
pub(super) struct Wheel {
    buckets: Vec<Vec<Event>>,
    /// A bit for each bucket that holds something, and a bit for each word that has one.
    words: [u64; WORDS],
    summary: u64,
    /// The number of the bucket that was handed out last: time >> shift.
    base: u64,
    shift: u32,
    far: QuaternaryHeap<Reverse<Event>>,
    /// Since the last look: buckets handed out, events in them, events that went far.
    turns: u32,
    turned: u32,
    strayed: u32,
}

impl Default for Wheel {
    /// Buckets of a quarter of a millisecond, until the events say otherwise.
    fn default() -> Self {
        let far = QuaternaryHeap::new();
        Self { buckets: vec![Vec::new(); BUCKETS], words: [0; WORDS], summary: 0, base: 0, shift: 18, far, turns: 0, turned: 0, strayed: 0 }
    }
}

impl Wheel {
    /// Takes an event, unless it belongs to the bucket that is handed out or an earlier one.
    #[inline]
    pub fn put(&mut self, event: Event) -> bool {
        let number = self.number(event);
        if number <= self.base {
            return false;
        }
        if number - self.base < BUCKETS as u64 {
            self.insert(number, event);
        } else {
            self.strayed += 1;
            self.far.push(Reverse(event));
        }
        true
    }

    /// Hands out the next bucket, earliest event last, in exchange for an empty list; false where there is no event at all.
    #[inline]
    pub fn turn(&mut self, current: &mut Vec<Event>) -> bool {
        let Some(number) = self.next().or_else(|| self.far.peek().map(|far| self.number(far.0))) else { return false };
        self.base = number;
        self.fetch();
        let at = number as usize % BUCKETS;
        std::mem::swap(current, &mut self.buckets[at]);
        self.words[at / 64] &= !(1 << (at % 64));
        if self.words[at / 64] == 0 {
            self.summary &= !(1 << (at / 64));
        }
        self.turns += 1;
        self.turned += current.len() as u32;
        if self.turns >= LOOK_EVERY {
            self.look(current);
        }
        if current.len() > 1 {
            current.sort_unstable_by(|a, b| b.cmp(a));
        }
        true
    }

    #[inline]
    fn number(&self, event: Event) -> u64 {
        event.at().as_nanos() >> self.shift
    }

    #[inline]
    fn insert(&mut self, number: u64, event: Event) {
        let at = number as usize % BUCKETS;
        self.buckets[at].push(event);
        self.words[at / 64] |= 1 << (at % 64);
        self.summary |= 1 << (at / 64);
    }

    /// The number of the first bucket behind the base that is not empty.
    #[inline]
    fn next(&self) -> Option<u64> {
        if self.summary == 0 {
            return None;
        }
        let from = (self.base + 1) as usize % BUCKETS;
        let here = self.words[from / 64] >> (from % 64);
        if here != 0 {
            return Some(self.base + 1 + u64::from(here.trailing_zeros()));
        }
        // Words behind this one come first, then those before it; last its own lower bits.
        let behind = self.summary.rotate_right((from / 64) as u32 + 1);
        let word = (from / 64 + 1 + behind.trailing_zeros() as usize) % WORDS;
        let at = word * 64 + self.words[word].trailing_zeros() as usize;
        Some(self.base + 1 + ((at + BUCKETS - from) % BUCKETS) as u64)
    }

    /// Brings in from afar what now is within reach, the base's own among them.
    #[inline]
    fn fetch(&mut self) {
        while let Some(Reverse(event)) = self.far.peek() {
            let (event, number) = (*event, self.number(*event));
            if number - self.base >= BUCKETS as u64 {
                return;
            }
            self.far.pop();
            self.insert(number, event);
        }
    }

    /// Fits the width of the buckets to the events of late.
    #[cold]
    fn look(&mut self, current: &mut Vec<Event>) {
        let (crowded, straying) = (self.turned > DENSE * self.turns, self.strayed > self.turned / 4);
        (self.turns, self.turned, self.strayed) = (0, 0, 0);
        if crowded && self.shift > 0 {
            self.reshape(self.shift.saturating_sub(2), current);
        } else if straying && self.shift < WIDEST {
            self.reshape(self.shift + 1, current);
        }
    }

    /// Changes the width. Everything that waits is put anew, and what a wider base now covers is handed out with it.
    fn reshape(&mut self, shift: u32, current: &mut Vec<Event>) {
        let end = ((self.base + 1) << self.shift) - 1;
        let mut waiting: Vec<Event> = self.buckets.iter_mut().flat_map(std::mem::take).collect();
        waiting.extend(self.far.drain().map(|far| far.0));
        (self.words, self.summary, self.shift) = ([0; WORDS], 0, shift);
        self.base = end >> shift;
        for event in waiting {
            let number = self.number(event);
            match number.saturating_sub(self.base) {
                0 => current.push(event),
                near if near < BUCKETS as u64 => self.insert(number, event),
                _ => self.far.push(Reverse(event)),
            }
        }
    }
}
