//! Message groups: of a FIFO queue what keeps its order and is locked while one of it is in flight; of a standard queue the tenants of a fair queue.
//!
//! ```text
//! FIFO:  ready ─take─▶ locked (in flight > 0) ─all deleted or visible again─▶ ready
//! fair:  quiet tenants in turn; noisy ones (> 10 % of what is in flight, ≥ 30) only when no quiet one waits, fewest in flight first
//! ```
//!
//! A group lives while it has a message in the queue. Groups are found by an open-addressing table over their keys, which are numbers already; a ready
//! group stands once in its queue and is looked at when its turn comes.

use std::collections::VecDeque;

use crate::{
    engine::{List, Messages, Slot},
    mechanism::luck::mix,
    units::Time,
};

/// No group: a message of its own.
pub(super) const LONER: u32 = u32::MAX;

/// One group or tenant.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    key: u64,
    pub visible: List<0>,
    pub in_flight: u32,
    /// Visible, delayed and in flight.
    messages: u32,
    /// Whether it stands in a queue of ready groups.
    queued: bool,
    pub noisy: bool,
    /// In-flight time of its messages, s, fading.
    work: f64,
    worked: Time,
}

/// What makes a tenant noisy; a share of 1 makes nobody so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    pub share: f64,
    pub in_flight: u32,
    pub clears: Time,
}

/// The groups of one queue.
#[derive(Clone, Debug)]
pub(super) struct Groups {
    groups: Vec<Group>,
    free: Vec<u32>,
    /// Open addressing: index + 1, or 0.
    table: Vec<u32>,
    count: usize,
    ready: VecDeque<u32>,
    noisy: VecDeque<u32>,
    noise: Noise,
    work: f64,
    worked: Time,
    /// Groups with a message in flight.
    pub busy: u64,
    pub noisy_count: u64,
}

impl Groups {
    pub fn new(noise: Noise) -> Self {
        Self {
            groups: Vec::new(),
            free: Vec::new(),
            table: vec![0; 64],
            count: 0,
            ready: VecDeque::new(),
            noisy: VecDeque::new(),
            noise,
            work: 0.0,
            worked: Time::ZERO,
            busy: 0,
            noisy_count: 0,
        }
    }

    #[inline]
    pub fn get(&mut self, group: u32) -> &mut Group {
        &mut self.groups[group as usize]
    }

    /// The group of this key, which gets one message more.
    pub fn join(&mut self, key: u64) -> u32 {
        let mut at = self.place(key);
        if self.table[at] == 0 {
            if (self.count + 1) * 2 > self.table.len() {
                self.widen();
                at = self.place(key);
            }
            let fresh = Group { key, ..Group::default() };
            let group = match self.free.pop() {
                Some(group) => {
                    self.groups[group as usize] = fresh;
                    group
                }
                None => {
                    self.groups.push(fresh);
                    self.groups.len() as u32 - 1
                }
            };
            self.table[at] = group + 1;
            self.count += 1;
        }
        let group = self.table[at] - 1;
        self.groups[group as usize].messages += 1;
        group
    }

    /// A message of the group has left the queue.
    pub fn leave(&mut self, group: u32) {
        let own = &mut self.groups[group as usize];
        own.messages -= 1;
        // One that stands in a queue of ready groups is forgotten when its turn comes.
        if own.messages == 0 && !own.queued {
            self.forget(group);
        }
    }

    fn forget(&mut self, group: u32) {
        let own = &self.groups[group as usize];
        self.noisy_count -= u64::from(own.noisy);
        let mut hole = self.place(own.key);
        self.table[hole] = 0;
        self.count -= 1;
        self.free.push(group);
        // Entries behind the hole that it kept from their place move up.
        let mask = self.table.len() - 1;
        let mut at = (hole + 1) & mask;
        while self.table[at] != 0 {
            let home = mix(self.groups[self.table[at] as usize - 1].key) as usize & mask;
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.table[hole] = self.table[at];
                self.table[at] = 0;
                hole = at;
            }
            at = (at + 1) & mask;
        }
    }

    /// Where the key stands, or would.
    fn place(&self, key: u64) -> usize {
        let mask = self.table.len() - 1;
        let mut at = mix(key) as usize & mask;
        while self.table[at] != 0 && self.groups[self.table[at] as usize - 1].key != key {
            at = (at + 1) & mask;
        }
        at
    }

    #[cold]
    fn widen(&mut self) {
        let old = std::mem::take(&mut self.table);
        self.table = vec![0; old.len() * 2];
        for entry in old.into_iter().filter(|entry| *entry != 0) {
            let at = self.place(self.groups[entry as usize - 1].key);
            self.table[at] = entry;
        }
    }

    /// A message of the group has become visible, or its lock is off: it may be somebody's turn.
    pub fn wake(&mut self, group: u32) {
        let own = &mut self.groups[group as usize];
        if !own.queued && !own.visible.is_empty() {
            own.queued = true;
            if own.noisy { self.noisy.push_back(group) } else { self.ready.push_back(group) }
        }
    }

    /// Whether some group may have a visible message.
    #[inline]
    pub fn any_ready(&self) -> bool {
        !self.ready.is_empty() || !self.noisy.is_empty()
    }

    /// The next group of a FIFO queue that is not locked.
    pub fn next_unlocked(&mut self) -> Option<u32> {
        while let Some(group) = self.ready.pop_front() {
            let own = &mut self.groups[group as usize];
            own.queued = false;
            if own.messages == 0 {
                self.forget(group);
            } else if own.in_flight == 0 && !own.visible.is_empty() {
                return Some(group);
            }
        }
        None
    }

    /// The next tenant of a fair queue; who asks puts it back by [`wake`](Self::wake) when it has taken a message.
    pub fn next_fair(&mut self, now: Time) -> Option<u32> {
        self.calm(now);
        while let Some(group) = self.ready.pop_front() {
            let own = &mut self.groups[group as usize];
            own.queued = false;
            if own.messages == 0 {
                self.forget(group);
            } else if own.visible.is_empty() {
                continue;
            } else if own.noisy {
                own.queued = true;
                self.noisy.push_back(group);
            } else {
                return Some(group);
            }
        }
        let at = (0..self.noisy.len()).min_by_key(|at| self.groups[self.noisy[*at] as usize].in_flight)?;
        let group = self.noisy.remove(at)?;
        self.groups[group as usize].queued = false;
        Some(group)
    }

    /// Noisy tenants whose backlog is consumed, or of whom nothing was in flight for a while, are quiet again.
    fn calm(&mut self, now: Time) {
        for _ in 0..self.noisy.len() {
            let Some(group) = self.noisy.pop_front() else { return };
            let own = &mut self.groups[group as usize];
            let rested = own.in_flight == 0 && now - own.worked >= self.noise.clears;
            if own.visible.is_empty() || rested {
                own.queued = false;
                own.noisy = false;
                self.noisy_count -= 1;
                match own.messages {
                    0 => self.forget(group),
                    _ => self.wake(group),
                }
            } else {
                self.noisy.push_back(group);
            }
        }
    }

    /// One message of the group is taken up; `all` are in flight in the queue.
    pub fn took(&mut self, group: u32, now: Time, all: u64) {
        let (share, least) = (self.noise.share, self.noise.in_flight);
        let total = if share < 1.0 { self.faded(now) } else { 0.0 };
        let own = &mut self.groups[group as usize];
        own.in_flight += 1;
        own.worked = now;
        self.busy += u64::from(own.in_flight == 1);
        let crowds = own.in_flight >= least && f64::from(own.in_flight) > share * all as f64;
        let works = total > 0.0 && own.work > share * total && own.messages > own.in_flight;
        if !own.noisy && (crowds || works) {
            own.noisy = true;
            self.noisy_count += 1;
        }
    }

    /// One message of the group is in flight no more, after so long; whether that was the last.
    pub fn released(&mut self, group: u32, now: Time, after: Time) -> bool {
        if self.noise.share < 1.0 {
            self.work = self.faded(now) + after.as_secs_f64();
            let clears = self.noise.clears;
            let own = &mut self.groups[group as usize];
            own.work = own.work * fading(now - own.worked, clears) + after.as_secs_f64();
            own.worked = now;
        }
        let own = &mut self.groups[group as usize];
        own.in_flight -= 1;
        self.busy -= u64::from(own.in_flight == 0);
        own.in_flight == 0
    }

    fn faded(&mut self, now: Time) -> f64 {
        self.work *= fading(now - self.worked, self.noise.clears);
        self.worked = now;
        self.work
    }

    /// Groups in the queue.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Every visible message, for the books.
    pub fn visible(&self) -> u64 {
        self.groups.iter().map(|group| group.visible.len()).sum()
    }

    /// Puts a visible message where its order wants it: at the end when it is new, before what came later when it returns.
    pub fn show(&mut self, store: &mut Messages, group: u32, slot: Slot, returns: bool) {
        let visible = &mut self.groups[group as usize].visible;
        if returns {
            visible.insert_from_front(store, slot, |own, other| (own.number.wrapping_sub(other.number) as i32) < 0);
        } else {
            visible.push_back(store, slot);
        }
    }
}

/// What is left of recent work after a while; half is gone after the time in which a tenant is forgiven.
fn fading(after: Time, half: Time) -> f64 {
    libm::exp2(-after.as_secs_f64() / half.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const NOISE: Noise = Noise { share: 0.1, in_flight: 30, clears: Time::from_secs(300) };

    #[test]
    fn the_table_finds_what_a_map_finds() {
        let (mut groups, mut map) = (Groups::new(NOISE), BTreeMap::<u64, (u32, u32)>::new());
        let mut luck = crate::mechanism::luck::Keyed::new(7);
        for _ in 0..20_000 {
            let key = luck.below(300);
            if luck.chance(0.5) {
                let group = groups.join(key);
                let entry = map.entry(key).or_insert((group, 0));
                assert_eq!(entry.0, group, "a group is found again");
                entry.1 += 1;
            } else if let Some(entry) = map.get_mut(&key) {
                groups.leave(entry.0);
                entry.1 -= 1;
                if entry.1 == 0 {
                    map.remove(&key);
                }
            }
        }
        assert_eq!(groups.len(), map.len());
    }
}
