//! Measures a run while it goes on.
//!
//! ```text
//!      0 ──window──┬──window──┬─ warm-up ends ─┬──window──┬ … duration
//!                  │          │   totals       │          │
//!               series     series restart   series     series, batches
//! ```
//!
//! Everything is registered before the run and known by a dense index; what happens in the run is an addition. The engine calls
//! [`Recorder::close_until`] when an event's time reaches [`Recorder::next_close`].

use super::batch::{BATCHES, Batches};
use super::gauge::GaugeMeter;
use super::names::{short, snake_case};
use super::record::{CounterRecord, LatencyRecord, LimitRecord, NodeRecord, Record, RouteRecord};
use super::route::RouteMeter;
use super::sum::Sum;
use super::{Distribution, Outcome, Spent, width};
use crate::units::Time;

/// The kind of the nodes that stand for workloads.
const WORKLOAD: &str = "workload";

/// A (workload, route) pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteId(pub u32);

/// A sum, such as `Throttles`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter(u32);

/// A sum that is kept for each workload by itself, such as `BilledDuration`: adding to it costs what adding to a [`Counter`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split(u32);

impl Split {
    /// All workloads together, to be read.
    pub fn whole(self) -> Counter {
        Counter(self.0)
    }
}

/// A level, such as `ConcurrentExecutions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gauge(u32);

/// A distribution of times, such as `Duration`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency(u32);

/// Something that refuses work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u32);

/// What a node measures under one name, and how many parts make one of it.
#[derive(Clone, Copy, Debug)]
pub enum Meter {
    Counter(Counter, u32),
    Gauge(Gauge, u32),
    Latency(Latency),
}

/// A counter's node, where its sums begin, how many there are, and its record in the making.
#[derive(Clone, Debug)]
struct Named {
    node: usize,
    first: usize,
    parts: usize,
    /// Whether it is kept by workload, though there may be none.
    by_party: bool,
    record: CounterRecord,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// When [`Recorder::close_until`] is to be called next.
    pub next_close: Time,
    duration: Time,
    warm_up: Time,
    width: Time,
    opened: Time,
    ends: Vec<Time>,
    nodes: Vec<NodeRecord>,
    arrivals: Vec<Sum>,
    /// Several in a row where they are kept by workload.
    counters: Vec<Sum>,
    counter_names: Vec<Named>,
    /// Workloads, and nobody.
    parties: usize,
    gauges: Vec<GaugeMeter>,
    gauge_names: Vec<(usize, &'static str, u32)>,
    latencies: Vec<Distribution>,
    latency_batches: Vec<Batches>,
    latency_names: Vec<(usize, &'static str)>,
    routes: Vec<RouteMeter>,
    route_names: Vec<(String, String, usize)>,
    limits: Vec<Sum>,
    limit_names: Vec<LimitRecord>,
}

/// Registration, before the run.
impl Recorder {
    pub fn new(duration: Time, warm_up: Time) -> Self {
        let width = width(duration);
        let mut recorder = Recorder {
            next_close: Time::MAX,
            duration,
            warm_up,
            width,
            opened: Time::ZERO,
            ends: Vec::new(),
            nodes: Vec::new(),
            arrivals: Vec::new(),
            counters: Vec::new(),
            counter_names: Vec::new(),
            parties: 1,
            gauges: Vec::new(),
            gauge_names: Vec::new(),
            latencies: Vec::new(),
            latency_batches: Vec::new(),
            latency_names: Vec::new(),
            routes: Vec::new(),
            route_names: Vec::new(),
            limits: Vec::new(),
            limit_names: Vec::new(),
        };
        recorder.next_close = recorder.next_boundary();
        recorder
    }

    /// Cuts the run into windows of this width instead.
    pub fn with_width(mut self, width: Time) -> Self {
        self.width = width;
        self.next_close = self.next_boundary();
        self
    }

    /// The width of the windows.
    pub fn width(&self) -> Time {
        self.width
    }

    /// Registers a node; workloads come before whatever is counted by workload.
    pub fn node(&mut self, name: &str, kind: &'static str) -> usize {
        self.parties += usize::from(kind == WORKLOAD);
        self.nodes.push(NodeRecord { name: name.into(), kind, ..NodeRecord::default() });
        self.arrivals.push(Sum::default());
        self.nodes.len() - 1
    }

    pub fn route(&mut self, workload: &str, route: &str, node: usize) -> RouteId {
        self.route_names.push((workload.into(), route.into(), node));
        self.routes.push(RouteMeter::default());
        RouteId(self.routes.len() as u32 - 1)
    }

    /// Says whether the load of a route is the same from the warm-up to the end: only then do its mean and percentiles get intervals.
    pub fn set_steady(&mut self, route: RouteId, steady: bool) {
        self.routes[route.0 as usize].steady = steady;
    }

    pub fn counter(&mut self, node: usize, name: &'static str) -> Counter {
        self.counter_in(node, name, 1)
    }

    /// A counter that is counted in parts: `per` of them are one of what its name says (half capacity units: 2).
    pub fn counter_in(&mut self, node: usize, name: &'static str, per: u32) -> Counter {
        Counter(self.named(node, counter_record(name, None, per), 1))
    }

    /// A counter of a part of a node, such as an index of a table, in parts of `per`.
    pub fn counter_of(&mut self, node: usize, name: &'static str, per: u32, dimension: &str) -> Counter {
        Counter(self.named(node, counter_record(name, Some(dimension.into()), per), 1))
    }

    /// A counter that is kept by workload, in parts of `per`; of a part of the node, where there is a dimension.
    pub fn split(&mut self, node: usize, name: &'static str, per: u32, dimension: Option<&str>) -> Split {
        let first = self.named(node, counter_record(name, dimension.map(str::to_owned), per), self.parties);
        if let Some(own) = self.counter_names.last_mut() {
            own.by_party = true;
        }
        Split(first)
    }

    fn named(&mut self, node: usize, record: CounterRecord, parts: usize) -> u32 {
        let first = self.counters.len();
        self.counter_names.push(Named { node, first, parts, by_party: false, record });
        self.counters.resize(first + parts, Sum::default());
        first as u32
    }

    pub fn gauge(&mut self, node: usize, name: &'static str) -> Gauge {
        self.gauge_in(node, name, 1)
    }

    /// A level that is kept in parts: `per` of them are one of what its name says (an age in ms: 1,000).
    pub fn gauge_in(&mut self, node: usize, name: &'static str, per: u32) -> Gauge {
        self.gauge_names.push((node, name, per));
        self.gauges.push(GaugeMeter::default());
        Gauge(self.gauges.len() as u32 - 1)
    }

    pub fn latency(&mut self, node: usize, name: &'static str) -> Latency {
        self.latency_names.push((node, name));
        self.latencies.push(Distribution::default());
        self.latency_batches.push(Batches::default());
        Latency(self.latencies.len() as u32 - 1)
    }

    /// `name` is stable (`table_write_provisioned`), `phrase` stands in sentences ("`orders`' write capacity (20 WCU)").
    pub fn limit(&mut self, node: usize, name: &'static str, phrase: String) -> Limit {
        self.limit_names.push(LimitRecord { node, name, phrase, refused: 0, windows: Vec::new() });
        self.limits.push(Sum::default());
        Limit(self.limits.len() as u32 - 1)
    }
}

/// Several times a request: no allocation, no hashing, no formatting.
impl Recorder {
    /// A call reaches a node.
    #[inline]
    pub fn arrive(&mut self, node: usize) {
        self.arrivals[node].now += 1;
    }

    /// Calls that have reached a node since the start, warm-up included.
    pub fn arrivals(&self, node: usize) -> u64 {
        self.arrivals[node].now
    }

    #[inline]
    pub fn count(&mut self, counter: Counter, n: u64) {
        self.counters[counter.0 as usize].now += n;
    }

    /// Counts for a workload; behind the last one stands nobody.
    #[inline]
    pub fn count_for(&mut self, split: Split, workload: u16, n: u64) {
        self.counters[split.0 as usize + workload as usize].now += n;
    }

    #[inline]
    pub fn rise(&mut self, gauge: Gauge, now: Time, n: u64) {
        self.gauges[gauge.0 as usize].level.add(now, n);
    }

    #[inline]
    pub fn fall(&mut self, gauge: Gauge, now: Time, n: u64) {
        self.gauges[gauge.0 as usize].level.sub(now, n);
    }

    #[inline]
    pub fn set(&mut self, gauge: Gauge, now: Time, value: u64) {
        self.gauges[gauge.0 as usize].level.set(now, value);
    }

    /// The level now.
    #[inline]
    pub fn level(&self, gauge: Gauge) -> u64 {
        self.gauges[gauge.0 as usize].level.value()
    }

    #[inline]
    pub fn record(&mut self, latency: Latency, value: Time) {
        self.latencies[latency.0 as usize].record(value);
    }

    /// The same value `n` times over.
    #[inline]
    pub fn record_many(&mut self, latency: Latency, value: Time, n: u64) {
        self.latencies[latency.0 as usize].record_many(value, n);
    }

    #[inline]
    pub fn refuse(&mut self, limit: Limit) {
        self.limits[limit.0 as usize].now += 1;
    }

    /// A client begins a request.
    #[inline]
    pub fn offer(&mut self, route: RouteId, now: Time) {
        self.routes[route.0 as usize].offer(now >= self.warm_up);
    }

    /// A client has its final answer to the request that it began at `origin`.
    #[inline]
    pub fn complete(&mut self, route: RouteId, origin: Time, now: Time, outcome: Outcome, attempts: u32, spent: &Spent) {
        self.routes[route.0 as usize].complete(now - origin, origin >= self.warm_up, outcome, attempts, spent);
    }
}

/// Now and then.
impl Recorder {
    /// What a node measures under CloudWatch's name in snake case, short or long, as a whole; `None` where it has nothing of that name.
    pub fn meter(&self, node: usize, name: &str) -> Option<Meter> {
        let is = |at: usize, own: &str| at == node && [snake_case(own).as_str(), short(&snake_case(own))].contains(&name);
        let counter = self.counter_names.iter().find(|own| own.record.dimension.is_none() && is(own.node, own.record.name));
        let gauge = || self.gauge_names.iter().position(|(at, own, _)| is(*at, own));
        let latency = || self.latency_names.iter().position(|(at, own)| is(*at, own));
        let counter = counter.map(|own| Meter::Counter(Counter(own.first as u32), own.record.per));
        let gauge = counter.or_else(|| gauge().map(|at| Meter::Gauge(Gauge(at as u32), self.gauge_names[at].2)));
        gauge.or_else(|| latency().map(|at| Meter::Latency(Latency(at as u32))))
    }

    /// How often and how long a latency was recorded since the warm-up.
    pub fn recorded(&self, latency: Latency) -> (u64, f64) {
        let distribution = &self.latencies[latency.0 as usize];
        (distribution.count(), distribution.sum_s())
    }

    /// What has been counted since the start, warm-up included, in the parts that it is counted in.
    pub fn counted(&self, counter: Counter) -> u64 {
        let first = counter.0 as usize;
        let at = self.counter_names.partition_point(|own| own.first < first);
        let parts = self.counter_names.get(at).map_or(1, |own| own.parts);
        self.counters[first..first + parts].iter().map(|sum| sum.now).sum()
    }

    /// The integral of a level since the start, warm-up included, in things × ns.
    pub fn area(&self, gauge: Gauge, now: Time) -> u128 {
        self.gauges[gauge.0 as usize].area_at(now)
    }

    /// It is noticed that a gauge has been lower by `n` since an earlier instant: windows that are closed already are mended too.
    pub fn retract(&mut self, gauge: Gauge, now: Time, since: Time, n: u64) {
        self.gauges[gauge.0 as usize].retract(now, since, n, self.warm_up, &self.ends);
    }

    /// Closes the windows that end at or before `now`, and the warm-up.
    pub fn close_until(&mut self, now: Time) {
        while self.next_close <= now {
            self.close_window(self.next_close);
        }
    }

    /// Ends the measurement.
    pub fn finish(mut self, now: Time) -> Record {
        self.close_until(now);
        if now > self.opened || self.routes.iter().any(RouteMeter::is_stirred) {
            self.close_window(now);
        }
        self.count_last_instant();
        self.into_record(now)
    }

    /// What was counted at the very end, after the last window closed, is that window's.
    fn count_last_instant(&mut self) {
        let Some(last) = self.ends.len().checked_sub(1) else { return };
        for own in &mut self.counter_names {
            let closed = close(&mut self.counters, own);
            add(&mut own.record.windows, last, closed as f32);
        }
        for (sum, limit) in self.limits.iter_mut().zip(&mut self.limit_names) {
            add(&mut limit.windows, last, sum.close().min(u64::from(u32::MAX)) as u32);
        }
    }

    /// Windows do not reach over the ends of the warm-up and of the duration; after the duration there is one last window.
    fn next_boundary(&self) -> Time {
        let end = self.opened.saturating_add(self.width);
        match self.opened {
            opened if opened < self.warm_up => end.min(self.warm_up),
            opened if opened < self.duration => end.min(self.duration),
            _ => Time::MAX,
        }
    }

    fn close_window(&mut self, now: Time) {
        let (window, batch, measured) = (self.ends.len(), self.batch(), self.opened >= self.warm_up);
        self.routes.iter_mut().for_each(|route| route.close(batch));
        for own in &mut self.counter_names {
            let closed = close(&mut self.counters, own);
            put(&mut own.record.windows, window, closed as f32);
        }
        for (sum, limit) in self.limits.iter_mut().zip(&mut self.limit_names) {
            put(&mut limit.windows, window, sum.close().min(u64::from(u32::MAX)) as u32);
        }
        self.gauges.iter_mut().for_each(|gauge| gauge.close(self.opened, now, measured));
        self.ends.push(now);
        self.opened = now;
        if !measured && now >= self.warm_up {
            self.end_warm_up();
        }
        if batch.is_some() && self.batch() != batch && self.routes.iter().all(|route| route.steady) {
            self.latency_batches.iter_mut().zip(&self.latencies).for_each(|(batches, latency)| batches.close(latency));
        }
        self.next_close = self.next_boundary();
    }

    fn end_warm_up(&mut self) {
        self.latencies.iter_mut().for_each(Distribution::clear);
        self.counters.iter_mut().chain(&mut self.limits).chain(&mut self.arrivals).for_each(|sum| sum.at_warm_up = sum.now);
    }

    /// The stretch of measured time in which the open window lies: none in the warm-up, after the duration, or with too few windows.
    fn batch(&self) -> Option<usize> {
        let windows = |length: Time| (length.as_nanos() / self.width.as_nanos()) as usize;
        let measured = windows(self.duration.saturating_sub(self.warm_up));
        let window = windows(self.opened.saturating_sub(self.warm_up));
        (self.opened >= self.warm_up && window < measured && measured >= BATCHES).then(|| window * BATCHES / measured)
    }

    fn into_record(mut self, now: Time) -> Record {
        self.fill_nodes(now);
        let routes = self.routes.into_iter().zip(self.route_names).map(|(meter, names)| route_record(meter, names)).collect();
        let limits = self.limits.iter().zip(self.limit_names).map(|(sum, limit)| LimitRecord { refused: sum.measured(), ..limit }).collect();
        Record {
            duration: self.duration,
            simulated: now,
            warm_up: self.warm_up,
            window: self.width,
            window_ends: self.ends,
            nodes: self.nodes,
            routes,
            limits,
            ..Record::default()
        }
    }

    fn fill_nodes(&mut self, now: Time) {
        let measured = now.saturating_sub(self.warm_up);
        let first = self.ends.partition_point(|end| *end <= self.warm_up);
        for Named { node, first, parts, by_party, record } in self.counter_names.drain(..) {
            let by_workload: Vec<u64> = self.counters[first..first + parts].iter().map(Sum::measured).collect();
            let sum = by_workload.iter().sum();
            let by_workload = if by_party { by_workload } else { Vec::new() };
            self.nodes[node].counters.push(CounterRecord { sum, by_workload, ..record });
        }
        for (meter, (node, name, per)) in self.gauges.drain(..).zip(&self.gauge_names) {
            self.nodes[*node].gauges.push(meter.into_record(name, *per, first, measured));
        }
        let batched = self.latency_batches.drain(..).map(|batches| batches.list);
        for ((distribution, batches), (node, name)) in self.latencies.drain(..).zip(batched).zip(&self.latency_names) {
            self.nodes[*node].latencies.push(LatencyRecord { name, distribution, batches });
        }
        for (sum, node) in self.arrivals.iter().zip(&mut self.nodes) {
            node.arrived = sum.measured();
        }
    }
}

fn route_record(mut meter: RouteMeter, (workload, route, node): (String, String, usize)) -> RouteRecord {
    meter.answers.failures.sort_unstable();
    let in_flight = meter.offered - meter.answered;
    RouteRecord { workload, route, node, answers: meter.answers, windows: meter.windows, in_flight, steady: meter.steady }
}

fn counter_record(name: &'static str, dimension: Option<String>, per: u32) -> CounterRecord {
    CounterRecord { name, dimension, per, sum: 0, by_workload: Vec::new(), windows: Vec::new() }
}

/// What was added to a counter since its last window, by all workloads.
fn close(sums: &mut [Sum], own: &Named) -> u64 {
    sums[own.first..own.first + own.parts].iter_mut().map(Sum::close).sum()
}

/// Series of counts hold zeros only where something follows them.
fn put<T: Clone + Default + PartialEq>(series: &mut Vec<T>, window: usize, value: T) {
    if value != T::default() {
        series.resize(window, T::default());
        series.push(value);
    }
}

/// Adds to a window of such a series.
fn add<T: Clone + Default + PartialEq + std::ops::AddAssign>(series: &mut Vec<T>, window: usize, value: T) {
    match series.get_mut(window) {
        Some(there) => *there += value,
        None => put(series, window, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_at_the_last_instant_is_in_the_last_window() {
        let mut recorder = Recorder::new(ms(60_000), Time::ZERO);
        recorder.node("n", "server");
        let counter = recorder.counter(0, "RequestCount");
        recorder.next_close = ms(100);
        recorder.close_until(ms(60_000));
        recorder.count(counter, 3);
        let counter = &recorder.finish(ms(60_000)).nodes[0].counters[0];
        assert_eq!((counter.sum, counter.windows.iter().sum::<f32>()), (3, 3.0));
    }
    use crate::metrics::{CAUSES, Class};

    fn ms(n: u64) -> Time {
        Time::from_millis(n)
    }

    const NOTHING: Spent = [0; CAUSES];
    const THROTTLED: Outcome = Outcome { class: Class::Throttled, code: 429 };

    /// One request a 10 ms for ten seconds, each answered after 4 ms; every tenth is throttled at once. Two seconds of warm-up.
    fn record() -> Record {
        let mut r = Recorder::new(ms(10_000), ms(2_000));
        let node = r.node("api", "api_gateway");
        let (route, counter) = (r.route("shoppers", "GET /", node), r.counter(node, "Count"));
        let (gauge, latency) = (r.gauge(node, "InFlight"), r.latency(node, "Latency"));
        let limit = r.limit(node, "stage", "`api`'s stage throttle".into());
        r.set_steady(route, true);
        for i in 0..1000 {
            let start = ms(10 * i);
            r.close_until(start);
            r.arrive(node);
            r.count(counter, 1);
            r.offer(route, start);
            if i % 10 == 9 {
                r.refuse(limit);
                r.complete(route, start, start, THROTTLED, 1, &NOTHING);
                continue;
            }
            r.rise(gauge, start, 1);
            r.close_until(start + ms(4));
            r.fall(gauge, start + ms(4), 1);
            r.record(latency, ms(4));
            r.complete(route, start, start + ms(4), Outcome::OK, 2, &[0, 0, 3000, 0, 0, 0, 0, 0]);
        }
        r.offer(route, ms(9_999));
        r.finish(ms(10_000))
    }

    #[test]
    fn statistics_begin_after_the_warm_up_and_series_with_the_run() {
        let record = record();
        let (node, route) = (&record.nodes[0], &record.routes[0]);
        assert_eq!((node.counters[0].sum, node.arrived, node.latencies[0].distribution.count()), (800, 800, 720));
        assert_eq!(node.counters[0].windows.iter().sum::<f32>(), 1000.0);
        assert_eq!((route.answers.offered, route.answers.ok.count(), route.answers.attempts), (801, 720, 80 + 2 * 720));
        assert_eq!(route.answers.failures, [(THROTTLED, 80)]);
        assert_eq!(route.windows.iter().map(|w| w.ok + w.failed).sum::<u32>(), 1000);
        assert_eq!((record.limits[0].refused, record.limits[0].windows.iter().sum::<u32>()), (80, 100));
        assert_eq!((route.in_flight, record.window, record.window_ends.len()), (1, ms(20), 500));
    }

    #[test]
    fn fast_failures_do_not_improve_the_latencies() {
        let answers = &record().routes[0].answers;
        assert_eq!((answers.ok.quantile(0.01), answers.ok.mean_s()), (ms(4), Some(0.004)));
        assert_eq!(answers.failed.max(), Time::ZERO);
    }

    #[test]
    fn a_gauge_is_weighted_by_time() {
        let record = record();
        let gauge = &record.nodes[0].gauges[0];
        assert!((gauge.mean - 0.4 * 0.9).abs() < 1e-9, "{}", gauge.mean);
        assert_eq!((gauge.max, gauge.last), (1, 0));
    }

    #[test]
    fn steady_routes_have_thirty_batches_of_the_measured_time() {
        let batches = &record().routes[0].answers.batches;
        assert_eq!(batches.len(), BATCHES);
        assert_eq!(batches.iter().map(|b| b.count).sum::<u64>(), 720);
    }

    #[test]
    fn nodes_have_the_same_thirty_batches_of_their_latencies_and_levels() {
        let record = record();
        let latency = &record.nodes[0].latencies[0];
        assert_eq!((latency.batches.len(), latency.batches.iter().map(|b| b.count).sum::<u64>()), (BATCHES, 720));
        let (area, length) = record.level_batches(&record.nodes[0].gauges[0].window_means).iter().fold((0.0, 0.0), |s, b| (s.0 + b.0, s.1 + b.1));
        assert!((area / length - record.nodes[0].gauges[0].mean).abs() < 1e-6 && (length - 8.0).abs() < 1e-9, "{area} {length}");
    }

    #[test]
    fn windows_end_at_the_warm_up_and_at_the_duration() {
        let mut r = Recorder::new(ms(10_050), ms(1_005));
        r.node("n", "server");
        let record = r.finish(ms(12_000));
        let ends = &record.window_ends;
        assert!(ends.contains(&ms(1_005)) && ends.contains(&ms(10_050)));
        assert_eq!(ends.last(), Some(&ms(12_000)));
        assert!(ends.len() <= 602);
    }

    #[test]
    fn a_run_that_ends_in_the_warm_up_has_no_statistics() {
        let mut r = Recorder::new(ms(10_000), ms(5_000));
        let node = r.node("n", "server");
        let route = r.route("w", "", node);
        r.offer(route, ms(1));
        r.complete(route, ms(1), ms(2), Outcome::OK, 1, &NOTHING);
        let record = r.finish(ms(100));
        assert_eq!((record.routes[0].answers.answered(), record.simulated), (0, ms(100)));
    }
}
