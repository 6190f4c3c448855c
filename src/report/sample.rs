//! A made-up run for tests: a web shop whose campaign meets the stage throttle of its API and the write capacity of a table.
//!
//! Nothing is simulated: latencies are drawn by formula from a fixed sequence. Ten minutes, one of them warm-up; the campaign lasts from 5 m to 7 m.

use crate::metrics::{CAUSES, Class, Counter, Gauge, Latency, Limit, Outcome, Record, Recorder, RouteId, Spent, Tally};
use crate::units::Time;

const THROTTLED: Outcome = Outcome { class: Class::Throttled, code: 429 };
const FAILED: Outcome = Outcome { class: Class::Failed, code: 502 };

struct Sample {
    recorder: Recorder,
    luck: u64,
    campaign: bool,
    /// Answers to come: (time, what).
    due: Vec<(Time, RouteId, Time, Outcome, u32, Spent)>,
    count: Counter,
    throttles: Counter,
    cold: Counter,
    invocations: Counter,
    busy: Gauge,
    duration: Latency,
    init: Latency,
    stage: Limit,
    write: Limit,
}

impl Sample {
    fn uniform(&mut self) -> f64 {
        self.luck = self.luck.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.luck >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log(self.uniform())
    }

    fn advance(&mut self, now: Time) {
        self.due.sort_by_key(|d| d.0);
        while let Some(position) = self.due.iter().position(|d| d.0 <= now) {
            let (at, route, origin, outcome, attempts, spent) = self.due.remove(position);
            self.recorder.close_until(at);
            self.recorder.complete(route, origin, at, outcome, attempts, &spent);
            if outcome.is_ok() {
                self.recorder.fall(self.busy, at, 1);
            }
        }
        self.recorder.close_until(now);
    }

    fn request(&mut self, now: Time, route: RouteId, is_order: bool) {
        self.recorder.offer(route, now);
        self.recorder.arrive(0);
        self.recorder.count(self.count, 1);
        let campaign = self.campaign && (300..420).contains(&(now.as_nanos() / 1_000_000_000));
        if campaign && self.uniform() < 0.3 {
            self.recorder.refuse(self.stage);
            self.recorder.count(self.throttles, 1);
            return self.due.push((now, route, now, THROTTLED, 3, [0; CAUSES]));
        }
        let cold = self.uniform() < if campaign { 0.02 } else { 0.002 };
        let init = if cold { 180_000.0 + self.exponential(90_000.0) } else { 0.0 };
        let compute = 4_000.0 + self.exponential(if is_order { 9_000.0 } else { 3_000.0 });
        let service = 3_000.0 + self.exponential(2_000.0);
        let is_refused = is_order && self.uniform() < if campaign { 0.6 } else { 0.0002 };
        let back_off = if is_refused { self.exponential(60_000.0) } else { 0.0 };
        let latency = Time::from_nanos_f64((init + compute + service + back_off + 2_500.0) * 1e3);
        let outcome = if is_refused && self.uniform() < 0.1 { FAILED } else { Outcome::OK };
        self.recorder.count(self.invocations, 1);
        self.recorder.record(self.duration, latency);
        if cold {
            self.recorder.count(self.cold, 1);
            self.recorder.record(self.init, Time::from_nanos_f64(init * 1e3));
        }
        if is_order {
            self.recorder.arrive(2);
        }
        if is_refused {
            self.recorder.refuse(self.write);
        }
        if outcome.is_ok() {
            self.recorder.rise(self.busy, now, 1);
        }
        let spent = [0.0, init, compute, 0.0, service, back_off, 2_500.0, 0.0].map(|us| us as u32);
        self.due.push((now + latency, route, now, outcome, 1 + u32::from(is_refused), spent));
    }
}

fn shop(steady: bool) -> (Sample, [RouteId; 2]) {
    let mut r = Recorder::new(Time::from_secs(600), Time::from_secs(60));
    let (api, list, orders) = (r.node("api", "api_gateway"), r.node("list_products", "lambda"), r.node("orders", "dynamodb"));
    let routes = [r.route("shoppers", "GET /products", api), r.route("shoppers", "POST /orders", api)];
    routes.iter().for_each(|route| r.set_steady(*route, steady));
    r.counter(orders, "SystemErrors");
    r.counter(orders, "ReadThrottleEvents");
    let sample = Sample {
        luck: 42,
        campaign: !steady,
        due: Vec::new(),
        count: r.counter(api, "Count"),
        throttles: r.counter(api, "Throttled"),
        cold: r.counter(list, "ColdStarts"),
        invocations: r.counter(list, "Invocations"),
        busy: r.gauge(list, "ConcurrentExecutions"),
        duration: r.latency(list, "Duration"),
        init: r.latency(list, "InitDuration"),
        stage: r.limit(api, "stage", "`api`'s stage throttle (100/s)".into()),
        write: r.limit(orders, "table_write_provisioned", "`orders`' write capacity (20 WCU)".into()),
        recorder: r,
    };
    (sample, routes)
}

/// The shop's run; with `campaign` the load rises from 20/s to 100/s for two minutes.
pub fn record(campaign: bool) -> Record {
    let (mut sample, routes) = shop(!campaign);
    let (mut now, mut n) = (0.0, 0);
    loop {
        let rate = if campaign && (300.0..420.0).contains(&now) { 100.0 } else { 20.0 };
        now += sample.exponential(1.0 / rate);
        if now >= 600.0 {
            break;
        }
        n += 1;
        let at = Time::from_secs_f64(now);
        sample.advance(at);
        let is_order = sample.uniform() < 0.1;
        sample.request(at, routes[usize::from(is_order)], is_order);
    }
    sample.advance(Time::from_secs(600));
    let mut record = sample.recorder.finish(Time::from_secs(600));
    (record.seed, record.events, record.fingerprint) = (42, 9 * n, 0x0f3c_91aa_0042_77e1);
    let in_flight = record.routes.iter().map(|r| r.in_flight).sum();
    record.nodes[0].tally = Tally { arrived: n, ok: n - in_flight, failed: 0, in_flight };
    record
}
