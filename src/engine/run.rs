//! The loop: pop the next live event, tell its node, until the end or a bound.
//!
//! The fingerprint rolls over (time, node, signal) of every event: same version, scenario and seed give the same one, on any machine.

use crate::units::Time;

use super::{
    event::FIRST_LANE,
    frame::{Ix, NodeId, Signal},
    world::World,
};

/// The nodes of a topology, as the engine needs them.
pub trait Nodes {
    /// Something happens to a frame at one of them.
    fn on(&mut self, world: &mut World, node: NodeId, frame: Ix, signal: Signal);
    /// Time zero: sources begin.
    fn start(&mut self, world: &mut World);
    /// A window closes at `world.now()`: bring lazily kept levels up to date.
    fn settle(&mut self, world: &mut World);
    /// Assert every invariant.
    fn assert_sound(&self, world: &World);
}

/// When to stop before the end.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub max_events: u64,
    /// Frames in flight, requests, invocations, calls and branches, and messages in queues.
    pub max_in_flight: u64,
}

impl Default for Bounds {
    /// No bound on events; ten million frames, about 2.4 GB.
    fn default() -> Self {
        Self { max_events: u64::MAX, max_in_flight: 10_000_000 }
    }
}

/// Why a run stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    MaxEvents(u64),
    MaxInFlight(u64),
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Everything up to the asked time has happened.
    Reached,
    Stopped(Stop),
}

/// A world, its nodes, and the state of the loop.
#[derive(Clone, Debug)]
pub struct Engine<N> {
    pub world: World,
    pub nodes: N,
    pub events: u64,
    pub fingerprint: u64,
    bounds: Bounds,
    /// The number of events at which the bounds are looked at next.
    next_look: u64,
    started: bool,
}

/// What the fingerprint knows a signal by; the bits above say more.
const ARRIVE: u64 = 1;
const WAKE: u64 = 2;
const DEADLINE: u64 = 3;
const REPLY: u64 = 4;

/// Events between two looks at the bounds.
const LOOK_EVERY: u64 = 256;

impl<N: Nodes> Engine<N> {
    /// An engine at time zero; `count` is the number of nodes.
    pub fn new(mut world: World, nodes: N, count: usize, bounds: Bounds) -> Self {
        world.tallies = vec![Default::default(); count];
        Self { world, nodes, events: 0, fingerprint: 0, bounds, next_look: 0, started: false }
    }

    /// Lets everything happen that is due up to and including `until`.
    pub fn run_until(&mut self, until: Time) -> Progress {
        if !std::mem::replace(&mut self.started, true) {
            self.nodes.start(&mut self.world);
        }
        loop {
            while let Some((at, seq, slot)) = self.world.queue.pop(self.world.now, until) {
                if at >= self.world.metrics.next_close {
                    // What closes first may schedule something that comes before this.
                    self.world.queue.put_back(at, seq, slot);
                    self.close_window();
                    continue;
                }
                self.world.now = at;
                self.deliver(seq, slot);
                if self.events >= self.next_look
                    && let Some(stop) = self.look()
                {
                    return Progress::Stopped(stop);
                }
            }
            if self.world.metrics.next_close > until {
                break;
            }
            self.close_window();
        }
        self.world.now = until;
        Progress::Reached
    }

    /// Whether a bound is reached. In flight is looked at now and then, events are counted exactly.
    #[cold]
    fn look(&mut self) -> Option<Stop> {
        let Bounds { max_events, max_in_flight } = self.bounds;
        self.next_look = (self.events + LOOK_EVERY).min(max_events);
        if self.events >= max_events {
            return Some(Stop::MaxEvents(max_events));
        }
        (self.world.in_flight() > max_in_flight).then_some(Stop::MaxInFlight(max_in_flight))
    }

    #[inline]
    fn deliver(&mut self, seq: u64, slot: u32) {
        let (ix, signal, code) = if slot >= FIRST_LANE {
            match self.world.expire(slot - FIRST_LANE) {
                Some(ix) => (ix, Signal::Deadline, DEADLINE),
                None => return,
            }
        } else {
            let frame = self.world.frame_mut(slot);
            if frame.pending != seq {
                return; // cancelled, or another tenant of a recycled slot
            }
            frame.pending = 0;
            match frame.signal {
                Signal::Done(outcome) => match self.world.close(slot, outcome) {
                    Some((parent, reply)) => (parent, reply, REPLY | (outcome.class as u64) << 3),
                    None => return,
                },
                Signal::Wake(tag) => (slot, Signal::Wake(tag), WAKE | u64::from(tag) << 3),
                signal => (slot, signal, ARRIVE),
            }
        };
        self.tell(ix, signal, code);
    }

    /// Inlined into the loop, where it stands once.
    #[inline(always)]
    fn tell(&mut self, ix: Ix, signal: Signal, code: u64) {
        let node = self.world.frame(ix).node;
        self.events += 1;
        let what = u64::from(node) << 44 | code << 32;
        self.fingerprint = (self.fingerprint.rotate_left(5) ^ self.world.now.as_nanos() ^ what).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.nodes.on(&mut self.world, node, ix, signal);
    }

    /// Closes the window that ends next, in its own time.
    #[cold]
    fn close_window(&mut self) {
        self.world.now = self.world.metrics.next_close;
        self.nodes.settle(&mut self.world);
        let now = self.world.now;
        self.world.metrics.close_until(now);
    }

    /// Asserts that every book is balanced: arrived = done + in flight at every node, no pool over its limit, and each service's own.
    pub fn assert_sound(&self) {
        self.world.assert_sound();
        self.nodes.assert_sound(&self.world);
    }
}
