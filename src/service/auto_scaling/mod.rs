//! Application Auto Scaling: a clock beside a table, an index or a function, which changes its capacity late and in steps.
//!
//! ```text
//! minute k ends ─ 60 to 120 s ─▶ its data point can be seen ─▶ next look at the alarms (once a minute) ─▶ 2, 3 or 15 points ─▶ ALARM
//!     ─▶ new capacity asked for, and again at each look while in ALARM ─▶ in force after 30 s (table) or minutes (function) ─▶ new thresholds
//! ```
//!
//! Each scalable target is a node of its own, hidden beside the one that it scales. It reads what that one counts anyway, as differences over a minute,
//! so that requests pay nothing for being watched; a minute without any gives no data point. Left out: the seconds that its own calls take.

pub mod spec;
pub mod stepping;
mod tracking;

pub use spec::{CapacityScaling, ConcurrencyScaling, ScalableTarget, ScheduledAction};

use std::collections::VecDeque;

use crate::{
    engine::{About, Ix, NodeId, Signal, World},
    mechanism::{
        decreases::Decreases,
        luck::{Keyed, Luck, keyed},
    },
    metrics::{Counter, Gauge},
    units::Time,
};

use super::{Build, Service};
use stepping::Stepping;
use tracking::{Metric, Tracking, Verdict};

/// Tags of wake-ups at the scaling node.
const MINUTE: u8 = 0;
const LOOK: u8 = 1;
const SCHEDULED: u8 = 2;
const IN_FORCE: u8 = 3;

/// Tag of the wake-up by which another node hears of its new capacity: that is in the frame's `cargo`.
pub const CHANGE: u8 = 9;
/// The operation of a frame that tells a table its new capacity: `env` is the number of the index, where it is one's, and `state` 1 where it is of writes.
pub const UPDATE: u32 = u32::MAX;

/// Purposes of draws.
const PHASE: u64 = 0xA5;
const DELAY: u64 = 0xA6;

const PERIOD: Time = Time::from_secs(60);

/// Something that can be scaled, as its owner hands it over when it is built.
#[derive(Clone, Debug)]
pub struct Scalable {
    pub node: NodeId,
    /// Its capacity at the start.
    pub capacity: u64,
    pub usage: Usage,
}

/// Where its use can be read.
#[derive(Clone, Debug)]
pub enum Usage {
    /// Of the table itself, or of one of its global indexes; in half units.
    Table { index: Option<u32>, write: bool, consumed: Counter },
    /// Environments in use and those that there are.
    Function { busy: Gauge, allocated: Gauge, invocations: Counter },
}

/// The data point of a minute.
#[derive(Clone, Copy, Debug)]
struct Point {
    visible: Time,
    value: f64,
}

/// A scalable target that runs.
#[derive(Clone, Debug)]
pub struct Scaler {
    node: NodeId,
    of: Scalable,
    key: u64,
    least: u64,
    most: u64,
    /// Bounds that come, the next one first.
    schedule: VecDeque<(Time, Option<u64>, Option<u64>)>,
    tracking: Option<Tracking>,
    steps: Vec<Stepping>,
    /// Minutes that are kept.
    range: usize,
    /// Newest first.
    minutes: VecDeque<Option<Point>>,
    begun: u64,
    before: Sums,
    /// The capacity in force, and the one that it is being changed to.
    capacity: u64,
    asked: Option<u64>,
    last_out: Option<(Time, u64)>,
    last_in: Option<Time>,
    disable_scale_in: bool,
    cooldowns: (Time, Time),
    decreases: Option<Decreases>,
    phase: Time,
    delay: (f64, f64),
    update_time: Time,
    provisioned: Option<Gauge>,
    meters: Meters,
}

/// Running sums at the end of the last minute.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    used: u128,
    there: u128,
    invocations: u64,
}

#[derive(Clone, Debug)]
struct Meters {
    invocations: Counter,
    out: Counter,
    r#in: Counter,
    refused: Counter,
}

impl Service for Scaler {
    fn on(&mut self, world: &mut World, ix: Ix, signal: Signal) {
        match signal {
            Signal::Wake(MINUTE) => self.minute(world, ix),
            Signal::Wake(LOOK) => self.look(world, ix),
            Signal::Wake(SCHEDULED) => self.scheduled(world, ix),
            Signal::Wake(_) => {
                self.in_force(world);
                world.end(ix, crate::metrics::Outcome::OK);
            }
            _ => unreachable!("nobody calls a scaling clock"),
        }
    }

    fn start(&mut self, world: &mut World) {
        if let Some(gauge) = self.provisioned {
            world.metrics.set(gauge, Time::ZERO, self.capacity);
        }
        let clock = world.timer(self.node);
        world.wake(clock, MINUTE, PERIOD);
        if let Some((at, ..)) = self.schedule.front() {
            let at = *at;
            let planner = world.timer(self.node);
            world.wake(planner, SCHEDULED, at);
        }
        self.pull(world);
    }

    fn assert_sound(&self, _world: &World) {
        assert!(self.minutes.len() <= self.range, "old minutes are forgotten");
    }
}

impl Scaler {
    /// Makes the clock of `of` as the file says in `target`.
    pub(super) fn build(target: &ScalableTarget, of: Scalable, node: NodeId, build: &mut Build) -> Self {
        let (aws, key) = (build.platform.clone(), build.key(node, 0));
        let seconds = |row: &str| Time::from_secs_f64(aws.get(row));
        let metric = if matches!(of.usage, Usage::Table { .. }) { Metric::Consumed } else { Metric::Utilization };
        let phase = Keyed::new(keyed(key, PHASE)).unit() * aws.get("cloudwatch.evaluation_phase").min(60.0);
        let tracking = target.aim().map(|aim| Tracking::new(metric, aim, of.capacity, &aws));
        let steps: Vec<Stepping> = target.step_policies.iter().map(|policy| Stepping::new(policy, &aws)).collect();
        let range = steps.iter().map(|policy| policy.range).chain(tracking.as_ref().map(Tracking::range)).max().unwrap_or(0);
        let decreases = || Decreases::new(aws.count("dynamodb.decreases_first_hour"), aws.count("dynamodb.decreases_per_day"));
        let bounds = |at: &spec::ScheduledAction| (at.at, at.min_capacity.as_ref().map(|n| n.value), at.max_capacity.as_ref().map(|n| n.value));
        Self {
            node,
            key,
            least: target.min_capacity.value,
            most: target.max_capacity.value,
            schedule: target.in_order().into_iter().map(bounds).collect(),
            range,
            tracking,
            steps,
            minutes: VecDeque::new(),
            begun: 0,
            before: Sums::default(),
            capacity: of.capacity,
            asked: None,
            last_out: None,
            last_in: None,
            disable_scale_in: target.disable_scale_in,
            cooldowns: (target.scale_in_cooldown, target.scale_out_cooldown),
            decreases: (metric == Metric::Consumed).then(decreases),
            phase: Time::from_secs_f64(phase),
            delay: (aws.get("cloudwatch.datapoint_delay"), aws.get("cloudwatch.datapoint_delay_spread")),
            update_time: seconds("dynamodb.update_time"),
            provisioned: provisioned(&of, node, build),
            meters: Meters::new(node, build),
            of,
        }
    }

    /// A minute is over: its data point will be seen later.
    fn minute(&mut self, world: &mut World, clock: Ix) {
        self.begun += 1;
        let value = self.measure(world);
        let (least, spread) = self.delay;
        let late = least + Keyed::new(keyed(self.key ^ self.begun, DELAY)).unit() * spread;
        let visible = world.now() + Time::from_secs_f64(late);
        self.minutes.push_front(value.map(|value| Point { visible, value }));
        self.minutes.truncate(self.range);
        world.wake(clock, LOOK, self.phase);
    }

    /// What the metric was in the minute that is over; `None` where nothing happened.
    fn measure(&mut self, world: &World) -> Option<f64> {
        let (now, before) = (world.now(), self.before);
        match &self.of.usage {
            Usage::Table { consumed, .. } => {
                self.before.used = u128::from(world.metrics.counted(*consumed));
                let halves = (self.before.used - before.used) as f64;
                (halves > 0.0).then_some(halves / 2.0)
            }
            Usage::Function { busy, allocated, invocations } => {
                let area = |gauge: &Gauge| world.metrics.area(*gauge, now);
                self.before = Sums { used: area(busy), there: area(allocated), invocations: world.metrics.counted(*invocations) };
                let (used, there) = ((self.before.used - before.used) as f64, (self.before.there - before.there) as f64);
                let idle = used == 0.0 && self.before.invocations == before.invocations;
                (!idle && there > 0.0).then(|| used / there)
            }
        }
    }

    /// The alarms are evaluated; while one is in ALARM it acts each time.
    fn look(&mut self, world: &mut World, clock: Ix) {
        world.wake(clock, MINUTE, PERIOD - self.phase);
        if let Usage::Function { allocated, .. } = self.of.usage
            && self.asked == Some(world.metrics.level(allocated))
        {
            self.in_force(world);
        }
        let now = world.now();
        let minutes: Vec<Option<f64>> = self.minutes.iter().map(|point| point.filter(|p| p.visible <= now).map(|p| p.value)).collect();
        let tracked = self.tracking.as_mut().map_or(Verdict::Stay, |tracking| tracking.evaluate(&minutes, self.capacity));
        let stepped = self.stepped(&minutes, now);
        let in_alarm = self.tracking.as_ref().is_some_and(Tracking::in_alarm) || self.steps.iter().any(Stepping::in_alarm);
        world.metrics.count(self.meters.invocations, u64::from(in_alarm));
        if self.asked.is_some() || self.pull(world) {
            return;
        }
        // Whoever wants the largest capacity has it, outwards and inwards.
        match (tracked, stepped) {
            (Verdict::Out(desired), Some((_, to))) if desired >= to => self.scale_out(world, desired.min(self.most)),
            (Verdict::In(desired), Some((_, to))) if desired >= to => self.scale_in(world, desired.max(self.least)),
            (_, Some((policy, to))) => self.step(world, policy, to.clamp(self.least, self.most.max(self.least))),
            (Verdict::Out(desired), None) => self.scale_out(world, desired.min(self.most)),
            (Verdict::In(desired), None) => self.scale_in(world, desired.max(self.least)),
            (Verdict::Stay, None) => {}
        }
    }

    /// The largest capacity that a step policy asks for, and which one does.
    fn stepped(&mut self, minutes: &[Option<f64>], now: Time) -> Option<(usize, u64)> {
        let (capacity, is_table) = (self.capacity, matches!(self.of.usage, Usage::Table { .. }));
        // Of a table the metric is units in a minute.
        let share = |value: &Option<f64>| value.map(|value| if is_table { value / 60.0 / capacity.max(1) as f64 } else { value });
        let asked = self.steps.iter_mut().enumerate();
        let asked = asked.filter_map(|(at, policy)| Some((at, policy.evaluate(minutes.iter().map(share), capacity, now)?)));
        asked.max_by_key(|(at, to)| (*to, std::cmp::Reverse(*at)))
    }

    /// Follows a step policy, within the bounds.
    fn step(&mut self, world: &mut World, policy: usize, to: u64) {
        if to > self.capacity || to < self.capacity && !self.disable_scale_in {
            self.steps[policy].follow(world.now(), self.capacity, to);
            self.change(world, to);
        }
    }

    fn scale_out(&mut self, world: &mut World, desired: u64) {
        let now = world.now();
        let covered = self.last_out.is_some_and(|(at, to)| now < at + self.cooldowns.1 && desired <= to);
        if desired > self.capacity && !covered {
            self.change(world, desired);
        }
    }

    fn scale_in(&mut self, world: &mut World, desired: u64) {
        let now = world.now();
        let cooling = self.last_in.is_some_and(|at| now < at + self.cooldowns.0);
        if desired < self.capacity && !cooling && !self.disable_scale_in {
            self.change(world, desired);
        }
    }

    /// New bounds hold from now on.
    fn scheduled(&mut self, world: &mut World, planner: Ix) {
        if let Some((_, least, most)) = self.schedule.pop_front() {
            (self.least, self.most) = (least.unwrap_or(self.least), most.unwrap_or(self.most));
        }
        match self.schedule.front() {
            Some((at, ..)) => world.wake(planner, SCHEDULED, at.saturating_sub(world.now())),
            None => world.end(planner, crate::metrics::Outcome::OK),
        }
        if self.asked.is_none() {
            self.pull(world);
        }
    }

    /// Pulls the capacity into its bounds; whether it lay outside.
    fn pull(&mut self, world: &mut World) -> bool {
        let within = self.capacity.clamp(self.least, self.most.max(self.least));
        if within != self.capacity {
            self.change(world, within);
        }
        within != self.capacity
    }

    /// Asks for another capacity.
    fn change(&mut self, world: &mut World, to: u64) {
        let now = world.now();
        if to > self.capacity {
            // A scale-out ends the wait after a scale-in.
            (self.last_out, self.last_in) = (Some((now, to)), None);
            world.metrics.count(self.meters.out, 1);
        } else if self.decreases.as_mut().is_none_or(|decreases| decreases.try_use(now)) {
            self.last_in = Some(now);
            world.metrics.count(self.meters.r#in, 1);
        } else {
            return world.metrics.count(self.meters.refused, 1);
        }
        self.asked = Some(to);
        self.tell(world, to);
    }

    /// Lets the owner know, a table when the change is in force, a function at once.
    fn tell(&mut self, world: &mut World, to: u64) {
        let ix = world.job(&About::default(), self.of.node, Luck::root(self.key, self.begun));
        let frame = world.frame_mut(ix);
        frame.cargo = to.min(u64::from(u32::MAX)) as u32;
        match self.of.usage {
            Usage::Table { index, write, .. } => {
                frame.op = UPDATE;
                frame.state = u8::from(write);
                frame.env = index.unwrap_or(frame.env);
                world.wake(ix, CHANGE, self.update_time);
                let done = world.timer(self.node);
                world.wake(done, IN_FORCE, self.update_time);
            }
            Usage::Function { .. } => world.wake(ix, CHANGE, Time::ZERO),
        }
    }

    /// The change that was asked for is there.
    fn in_force(&mut self, world: &mut World) {
        let Some(to) = self.asked.take() else { return };
        self.capacity = to;
        if let Some(tracking) = &mut self.tracking {
            tracking.aim(to);
        }
        if let Some(gauge) = self.provisioned {
            world.metrics.set(gauge, world.now(), to);
        }
    }
}

/// The level of a table's capacity, by the table; that of an index stands with its clock, as levels have no dimension.
fn provisioned(of: &Scalable, node: NodeId, build: &mut Build) -> Option<Gauge> {
    let Usage::Table { index, write, .. } = of.usage else { return None };
    let name = if write { "ProvisionedWriteCapacityUnits" } else { "ProvisionedReadCapacityUnits" };
    let at = if index.is_some() { node } else { of.node };
    Some(build.world.metrics.gauge(at as usize, name))
}

impl Meters {
    fn new(node: NodeId, build: &mut Build) -> Self {
        let (metrics, at) = (&mut build.world.metrics, node as usize);
        Self {
            invocations: metrics.counter(at, "ScalingInvocations"),
            out: metrics.counter(at, "ScaleOutActivities"),
            r#in: metrics.counter(at, "ScaleInActivities"),
            refused: metrics.counter(at, "RefusedDecreases"),
        }
    }
}
