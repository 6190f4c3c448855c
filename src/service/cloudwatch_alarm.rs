//! A CloudWatch alarm of the user's own: watches a metric of a node, and tells topics when its state changes.
//!
//! ```text
//! minute k ends ─ 60 to 120 s ─▶ its data point can be seen ─▶ next look (once a minute): newest N periods, M of them beyond? ─▶ ALARM
//!     state has changed ─ 1 to 5 s ─▶ one message to each topic of the new state; none while it lasts
//! ```
//!
//! A counter is summed over a period, a level and a time are averaged. The node pays nothing for being watched: what it counts anyway is read once a
//! minute. Left out: maxima and percentiles, metric math, composite alarms, anomaly detection, metrics of one's own at less than a minute.

use std::collections::VecDeque;

use crate::{
    document::{Diagnostic, Read, Reading, Shape, Shapes, Spanned, Value},
    engine::{About, Ix, NodeId, OpId, Signal, World},
    mechanism::{
        alarm::{Alarm, Comparison, Missing, State},
        luck::{Keyed, Luck, keyed},
    },
    metrics::{Before, Counter, Gauge, Meter, Seen},
    platform::Platform,
    spec,
    units::Time,
    words,
};

use super::{
    Build, Kind, Reference, Service,
    charge::{Charge, Charges, Quantity},
    sns::Publish,
};

/// The verb by which an alarm names what it watches, and the one by which it tells a topic.
pub const WATCH: &str = "watch";
const PUBLISH: &str = "publish";

const MINUTE: Time = Time::from_secs(60);

words! {
    /// On which side of the threshold an alarm is raised.
    pub enum ComparisonOperator {
        /// Above the threshold.
        GreaterThanThreshold = "greater_than_threshold",
        /// At the threshold or above it.
        GreaterThanOrEqualToThreshold = "greater_than_or_equal_to_threshold",
        /// Below the threshold.
        LessThanThreshold = "less_than_threshold",
        /// At the threshold or below it.
        LessThanOrEqualToThreshold = "less_than_or_equal_to_threshold",
    }
}

words! {
    /// What a period without data counts as.
    pub enum TreatMissingData {
        /// As nothing: without any data the state is INSUFFICIENT_DATA.
        Missing = "missing",
        /// The state stays as it is.
        Ignore = "ignore",
        /// As beyond the threshold.
        Breaching = "breaching",
        /// As within the threshold.
        NotBreaching = "not_breaching",
    }
}

/// A number in the unit of a metric, or a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level(f64);

impl Read for Level {
    fn expected() -> String {
        "a number, or a time such as `300ms`".into()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        Shape { pattern: None, ..f64::shape(shapes) }
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let number = |text: &str| text.parse().ok().filter(|n: &f64| n.is_finite()).or_else(|| Time::parse(text).ok().map(Time::as_secs_f64));
        let number = value.text().and_then(number);
        number.map(Self).or_else(|| reading.mismatch(value, &Self::expected()))
    }
}

spec! {
    /// What the file says of an alarm.
    pub struct Spec: "an alarm" {
        /// The node that it watches.
        node: Spanned<String>,
        /// The metric, as thresholds name those of nodes: a counter is summed over a period, a level and a time are averaged.
        metric: Spanned<String>,
        /// The value that decides, in the metric's unit: a number, or a time such as `300ms`.
        threshold: Level,
        /// On which side of it the alarm is raised.
        comparison_operator: ComparisonOperator = ComparisonOperator::GreaterThanThreshold,
        /// What one data point is of: a minute, or whole minutes.
        period: Spanned<Time> = Spanned { value: Time::from_secs(60), span: Default::default() },
        /// How many of the newest periods are looked at.
        evaluation_periods: Spanned<u32> = Spanned { value: 1, span: Default::default() },
        /// How many of them must be beyond the threshold; default: all.
        datapoints_to_alarm: Option<Spanned<u32>> = None,
        /// What a period without data counts as. Alarms on tables always ignore it.
        treat_missing_data: TreatMissingData = TreatMissingData::Missing,
        /// Topics that are told when the state becomes ALARM.
        alarm_actions: Vec<Spanned<String>> = Vec::new(),
        /// Topics that are told when the state becomes OK.
        ok_actions: Vec<Spanned<String>> = Vec::new(),
        /// Topics that are told when the state becomes INSUFFICIENT_DATA.
        insufficient_data_actions: Vec<Spanned<String>> = Vec::new(),
    }
}

/// Nothing can be asked of an alarm.
#[derive(Clone, Debug)]
pub enum Operation {}

impl Kind for Spec {
    type Service = CloudWatchAlarm;
    type Operation = Operation;
    const NAME: &'static str = "cloudwatch_alarm";
    const VERBS: &'static [&'static str] = &[];
    const TARGET: &'static str = "alarm";
    const METRICS: &'static [&'static str] =
        &["in_alarm", "state_changes_to_alarm", "state_changes_to_ok", "state_changes_to_insufficient_data", "actions_published"];

    fn read_operation(_verb: &'static str, _value: &Value, _reading: &mut Reading) -> Option<Operation> {
        None
    }

    fn operation_shape(_verb: &'static str, _: &mut Shapes) -> Shape {
        Shape::default()
    }

    fn references(&self) -> Vec<Reference> {
        let reference = |to: &Spanned<String>, verb, label: &str, feeds| Reference {
            to: to.clone(),
            verb,
            waits: false,
            timeout: None,
            label: label.into(),
            feeds,
        };
        let told = self.actions().into_iter().flat_map(|(state, topics)| topics.iter().map(move |topic| reference(topic, PUBLISH, state, false)));
        std::iter::once(reference(&self.node, WATCH, &self.metric.value, true)).chain(told).collect()
    }

    fn charges(&self, _name: &str, _aws: &crate::platform::Platform) -> crate::service::charge::Charges {
        Charges { list: vec![Charge::of("cloudwatch.alarms.standard", Quantity::Monthly(1.0))], left_out: Vec::new() }
    }

    fn check(&self, name: &str, reading: &mut Reading) {
        let mut refuse =
            |span, message: String, label: &str, hint: &str| reading.push(Diagnostic::error("E133", span, message).label(label).hint(hint));
        let (period, n) = (self.period.value, self.evaluation_periods.value);
        if period < MINUTE || period.as_nanos() % MINUTE.as_nanos() != 0 {
            let message = format!("`{name}` looks at periods of {period}, and services publish their metrics by the minute");
            refuse(self.period.span, message, "not whole minutes", "write `period: 1m`, `5m` or another number of minutes");
        }
        if n == 0 {
            refuse(
                self.evaluation_periods.span,
                format!("`{name}` would look at no period at all"),
                "at least 1",
                "write `evaluation_periods: 1` or more",
            );
        }
        let longest = Time::from_secs_f64(Platform::default().get("cloudwatch.longest_evaluation"));
        if period.as_secs_f64() * f64::from(n) > longest.as_secs_f64() {
            let message = format!("`{name}` looks back {n} periods of {period}, and CloudWatch evaluates {longest} at most");
            refuse(self.evaluation_periods.span, message, "too long", "take fewer or shorter periods");
        }
        if let Some(m) = self.datapoints_to_alarm.as_ref().filter(|m| m.value == 0 || m.value > n) {
            let message = format!("`{name}` is raised by {} of {n} data points", m.value);
            refuse(m.span, message, "from 1 to `evaluation_periods`", "leave it out, and all of them must be beyond the threshold");
        }
    }

    fn build(&self, node: NodeId, build: &mut Build) -> CloudWatchAlarm {
        let actions = self.actions().map(|(_, topics)| {
            let target = |topic: &Spanned<String>| {
                let to = build.node(&topic.value);
                (to, build.operation(to, super::Operation::Sns(Publish::forward())))
            };
            topics.iter().map(target).collect()
        });
        let (aws, key) = (build.platform.clone(), build.key(node, 0));
        let watched = build.node(&self.node.value);
        let n = self.evaluation_periods.value.max(1) as usize;
        let is_table = build.kind(watched) == "dynamodb";
        let missing = if is_table { Missing::Ignore } else { self.missing() };
        let mut alarm = Alarm::new(self.comparison(), self.threshold.0, n, missing);
        alarm.datapoints_to_alarm = self.datapoints_to_alarm.as_ref().map_or(n, |m| m.value as usize);
        let minutes = (self.period.value.as_nanos() / MINUTE.as_nanos()).max(1) as usize;
        let range = n + aws.count("cloudwatch.evaluation_range_extra") as usize;
        let phase = Keyed::new(keyed(key, PHASE)).unit() * aws.get("cloudwatch.evaluation_phase").min(60.0);
        CloudWatchAlarm {
            node,
            watched,
            always: build.kind(watched) == "sqs",
            meter: None,
            before: Before::default(),
            arrivals: 0,
            alarm,
            per_period: minutes,
            minutes: VecDeque::with_capacity(minutes * (range + 1)),
            begun: 0,
            key,
            phase: Time::from_secs_f64(phase),
            delay: (aws.get("cloudwatch.datapoint_delay"), aws.get("cloudwatch.datapoint_delay_spread")),
            action_delay: (aws.get("cloudwatch.action_delay"), aws.get("cloudwatch.action_delay_spread")),
            about: About { bytes: aws.count("cloudwatch.notification_bytes") as u32, workload: build.nobody(), ..About::default() },
            actions,
            meters: Meters::new(node, build),
        }
    }

    fn bind(&self, service: &mut CloudWatchAlarm, _operations: Vec<Operation>, build: &mut Build) {
        service.meter = build.world.metrics.meter(service.watched as usize, &self.metric.value);
    }
}

impl Spec {
    /// Topics by the state that they are told of.
    fn actions(&self) -> [(&'static str, &Vec<Spanned<String>>); 3] {
        [("OK", &self.ok_actions), ("ALARM", &self.alarm_actions), ("INSUFFICIENT_DATA", &self.insufficient_data_actions)]
    }

    fn comparison(&self) -> Comparison {
        match self.comparison_operator {
            ComparisonOperator::GreaterThanThreshold => Comparison::Above,
            ComparisonOperator::GreaterThanOrEqualToThreshold => Comparison::AtOrAbove,
            ComparisonOperator::LessThanThreshold => Comparison::Below,
            ComparisonOperator::LessThanOrEqualToThreshold => Comparison::AtOrBelow,
        }
    }

    fn missing(&self) -> Missing {
        match self.treat_missing_data {
            TreatMissingData::Missing => Missing::Missing,
            TreatMissingData::Ignore => Missing::Ignore,
            TreatMissingData::Breaching => Missing::Breaching,
            TreatMissingData::NotBreaching => Missing::NotBreaching,
        }
    }
}

/// Tags of wake-ups.
const ENDED: u8 = 0;
const LOOK: u8 = 1;

/// Purposes of draws.
const PHASE: u64 = 0xAA;
const DELAY: u64 = 0xAB;
const ACTION: u64 = 0xAC;

/// The data point of a minute.
#[derive(Clone, Copy, Debug)]
struct Point {
    visible: Time,
    /// `None` where nothing happened.
    seen: Option<Seen>,
}

/// An alarm that runs.
#[derive(Clone, Debug)]
pub struct CloudWatchAlarm {
    node: NodeId,
    watched: NodeId,
    /// Whether there is data in idle minutes too.
    always: bool,
    meter: Option<Meter>,
    before: Before,
    /// Requests of the watched node up to the last minute.
    arrivals: u64,
    alarm: Alarm,
    /// Minutes of a period.
    per_period: usize,
    /// Newest first.
    minutes: VecDeque<Point>,
    begun: u64,
    key: u64,
    phase: Time,
    delay: (f64, f64),
    action_delay: (f64, f64),
    about: About,
    /// By the state that they are told of, in the order of `Spec::actions`.
    actions: [Vec<(NodeId, OpId)>; 3],
    meters: Meters,
}

#[derive(Clone, Debug)]
struct Meters {
    in_alarm: Gauge,
    changes: [Counter; 3],
    published: Counter,
}

impl Service for CloudWatchAlarm {
    fn on(&mut self, world: &mut World, ix: Ix, signal: Signal) {
        match signal {
            Signal::Wake(ENDED) => self.minute(world, ix),
            Signal::Wake(_) => self.look(world, ix),
            _ => unreachable!("nobody asks an alarm"),
        }
    }

    fn start(&mut self, world: &mut World) {
        let clock = world.timer(self.node);
        world.wake(clock, ENDED, MINUTE);
    }
}

impl CloudWatchAlarm {
    /// A minute is over: its data point will be seen later.
    fn minute(&mut self, world: &mut World, clock: Ix) {
        self.begun += 1;
        let now = world.now();
        let arrivals = world.metrics.arrivals(self.watched as usize);
        let seen = self.meter.and_then(|meter| meter.since(&mut self.before, &world.metrics, now));
        let worked = self.always || arrivals != self.arrivals || seen.is_some_and(|seen| seen.sum > 0.0);
        self.arrivals = arrivals;
        let late = drawn(self.key ^ self.begun, DELAY, self.delay);
        if self.minutes.len() == self.minutes.capacity() {
            self.minutes.pop_back();
        }
        self.minutes.push_front(Point { visible: now + late, seen: seen.filter(|_| worked) });
        world.wake(clock, LOOK, self.phase);
    }

    fn look(&mut self, world: &mut World, clock: Ix) {
        world.wake(clock, ENDED, MINUTE - self.phase);
        let now = world.now();
        let per = self.per_period;
        // What was before the run is not missing, it is not known.
        if self.minutes.iter().filter(|point| point.visible <= now).count() < self.alarm.evaluation_periods * per {
            return;
        }
        let visible = |point: &Point| point.seen.filter(|_| point.visible <= now);
        // A period of several minutes ends with the newest that can be seen: half a period would be taken for a small sum.
        let first = if per == 1 { 0 } else { self.minutes.iter().position(|point| visible(point).is_some()).unwrap_or(0) };
        let minutes = &self.minutes;
        let period = |at: usize| (first + at * per..first + (at + 1) * per).filter_map(|at| visible(minutes.get(at)?)).reduce(Seen::and);
        let range = (minutes.capacity() / per).saturating_sub(1);
        if self.alarm.evaluate((0..range).map(|at| period(at).map(Seen::value))) {
            self.changed(world);
        }
    }

    /// Tells the topics of the new state, once.
    fn changed(&mut self, world: &mut World) {
        let (now, state) = (world.now(), self.alarm.state());
        let at = match state {
            State::Ok => 0,
            State::Alarm => 1,
            State::InsufficientData => 2,
        };
        world.metrics.set(self.meters.in_alarm, now, u64::from(state == State::Alarm));
        world.metrics.count(self.meters.changes[at], 1);
        world.metrics.count(self.meters.published, self.actions[at].len() as u64);
        let delay = drawn(self.key ^ self.begun, ACTION, self.action_delay);
        let luck = Luck::root(self.key, self.begun);
        for (position, (topic, op)) in self.actions[at].iter().enumerate() {
            let about = About { request: luck.lineage, origin: now, ..self.about };
            world.post(&about, *topic, *op, luck.child(position as u32, 0), delay);
        }
    }
}

/// A time of at least so many seconds, and up to so many more, drawn evenly.
fn drawn(key: u64, purpose: u64, (least, spread): (f64, f64)) -> Time {
    Time::from_secs_f64(least + Keyed::new(keyed(key, purpose)).unit() * spread)
}

impl Meters {
    fn new(node: NodeId, build: &mut Build) -> Self {
        let (metrics, at) = (&mut build.world.metrics, node as usize);
        let changes = ["StateChangesToOk", "StateChangesToAlarm", "StateChangesToInsufficientData"];
        Self {
            in_alarm: metrics.gauge(at, "InAlarm"),
            changes: changes.map(|name| metrics.counter(at, name)),
            published: metrics.counter(at, "ActionsPublished"),
        }
    }
}
