//! What one event costs: the engine alone, with nodes that do nothing but sleep, call, and arm deadlines.
//!
//! ```text
//! sleep      n timers, each wakes and sleeps again: one push and one pop of a heap of n (the "hold model" of the literature on queues)
//! call       as above, and a call there and back in between: two events without delay, which go by the ring
//! deadline   as above with a deadline that is always disarmed: what a time-out that never strikes costs
//! ```
//!
//! The queue is private to the engine, so it is measured through it. Rates are of turns: one wake-up and what it does.

use std::hint::black_box;

use coldfront::{
    engine::{Bounds, Engine, Ix, LaneId, NodeId, Nodes, Signal, World},
    mechanism::luck::{Keyed, Luck},
    metrics::{Outcome, Recorder},
    units::Time,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// The mean of a sleep, which is uniform on 0 to twice this.
const SLEEP: Time = Time::from_millis(1);
/// Turns of one measurement.
const TURNS: u64 = 100_000;
/// Longer than any benchmark simulates, so that no window closes.
const FOREVER: Time = Time::from_secs(500 * 86_400);

const SLEEPER: NodeId = 0;
const CALLEE: NodeId = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Sleep,
    Call,
    Deadline(LaneId),
}

/// Sleepers at one node, and another node that answers at once.
struct Bedroom {
    sleepers: u64,
    turn: Turn,
    naps: Keyed,
}

impl Bedroom {
    fn sleep(&mut self, world: &mut World, ix: Ix) {
        if let Turn::Deadline(lane) = self.turn {
            world.arm(ix, lane);
        }
        world.wake(ix, 0, Time::from_nanos(1 + self.naps.below(2 * SLEEP.as_nanos())));
    }
}

impl Nodes for Bedroom {
    fn on(&mut self, world: &mut World, node: NodeId, ix: Ix, signal: Signal) {
        match (node, self.turn, signal) {
            (CALLEE, ..) => world.finish(ix, Outcome::OK, Time::ZERO),
            (_, Turn::Call, Signal::Wake(_)) => {
                world.call(ix, 0, CALLEE, 0, Luck::default(), Time::ZERO);
            }
            _ => {
                world.disarm(ix);
                self.sleep(world, ix);
            }
        }
    }

    fn start(&mut self, world: &mut World) {
        for _ in 0..self.sleepers {
            let ix = world.timer(SLEEPER);
            self.sleep(world, ix);
        }
    }

    fn settle(&mut self, _world: &mut World) {}

    fn assert_sound(&self, _world: &World) {}
}

fn bedroom(sleepers: u64, turn: &str) -> Engine<Bedroom> {
    let mut recorder = Recorder::new(FOREVER, Time::ZERO);
    for name in ["sleeper", "callee"] {
        recorder.node(name, "bench");
    }
    let mut world = World::new(recorder);
    let turn = match turn {
        "call" => Turn::Call,
        "deadline" => Turn::Deadline(world.lane(Time::from_secs(29))),
        _ => Turn::Sleep,
    };
    Engine::new(world, Bedroom { sleepers, turn, naps: Keyed::new(1) }, 2, Bounds::default())
}

fn queue(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue");
    group.throughput(Throughput::Elements(TURNS)).sample_size(20);
    for name in ["sleep", "call", "deadline"] {
        for sleepers in [100, 10_000, 1_000_000] {
            let mut engine = bedroom(sleepers, name);
            // In so long, that many sleepers wake TURNS times on average.
            let step = Time::from_nanos(SLEEP.as_nanos() * TURNS / sleepers);
            let mut until = SLEEP * 2;
            engine.run_until(until);
            group.bench_function(BenchmarkId::new(name, sleepers), |bencher| {
                bencher.iter(|| {
                    until += step;
                    black_box(engine.run_until(until))
                });
            });
            engine.assert_sound();
        }
    }
    group.finish();
}

criterion_group!(benches, queue);
criterion_main!(benches);
