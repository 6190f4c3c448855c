//! What a reader must bear in mind with the figures: a warm-up that is too short, levels that only grow, percentiles of too few.
//!
//! ```text
//! response times by window, in batches of five ──MSER──▶ suggested warm-up      > the fixed one, and the mean shows it: a caveat
//! levels by stretch ──drift──▶ "the backlog of `orders` grows by 120 a minute"
//! ```
//!
//! Only of steady load, for else everything changes by intent; percentiles are looked at in any case. Left out: a fault in mid-run, whose effect is
//! taken for chance.

use super::number::{count, decimal};
use super::wiring::Wiring;
use crate::metrics::{Answers, BATCHES, Distribution, GaugeRecord, NodeRecord, Record, RouteRecord, mser, ratio_half_width, trend};
use crate::units::Time;
use serde::{Deserialize, Serialize};

/// Windows in a batch: the 5 of MSER-5.
const WINDOWS: usize = 5;
/// Where a mean has no interval, a change of this share of it matters.
const MATERIAL: f64 = 0.02;
/// More levels than these are a list.
const SHOWN: usize = 3;

/// What a caveat is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Concern {
    WarmUp,
    NotStationary,
    FewSamples,
}

/// A sentence, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caveat {
    pub concern: Concern,
    /// A workload or node.
    pub subject: String,
    pub text: String,
}

/// All of them.
pub fn caveats(record: &Record, wiring: &Wiring) -> Vec<Caveat> {
    let workloads = || names(record).into_iter().map(|name| Course::of(record, name));
    let steady = record.is_steady() && record.simulated >= record.duration;
    let of_steady =
        |yes: bool| if yes { workloads().filter_map(|course| course.caveat(record)).chain(growing(record, wiring)).collect() } else { Vec::new() };
    let mut all: Vec<Caveat> = of_steady(steady);
    all.extend(few_samples(record));
    all
}

/// The longest warm-up that MSER-5 suggests for the response times of a workload; none where one does not settle, or the load is not steady.
pub fn suggested_warm_up(record: &Record) -> Option<Time> {
    if !record.is_steady() || record.simulated < record.duration {
        return None;
    }
    let all: Option<Vec<Time>> = names(record).into_iter().map(|name| Course::of(record, name).suggested(record)).collect();
    all?.into_iter().max()
}

fn names(record: &Record) -> Vec<&str> {
    let mut names: Vec<&str> = record.routes.iter().map(|r| r.workload.as_str()).collect();
    names.dedup();
    names
}

/// The response times of a workload over the whole run.
struct Course<'r> {
    workload: &'r str,
    /// (seconds, answers) of each window.
    windows: Vec<(f64, f64)>,
}

impl<'r> Course<'r> {
    fn of(record: &'r Record, workload: &'r str) -> Self {
        let routes: Vec<&RouteRecord> = record.routes.iter().filter(|r| r.workload == workload).collect();
        let sum = |k: usize| {
            let own = routes.iter().filter_map(|r| r.windows.get(k));
            own.fold((0.0, 0.0), |sum, w| (sum.0 + w.mean.as_secs_f64() * f64::from(w.ok), sum.1 + f64::from(w.ok)))
        };
        let windows = (0..record.measured_windows().end).map(sum).collect();
        Self { workload, windows }
    }

    /// The cut of MSER-5 and whether it is conclusive; none where there are too few windows, or nothing was answered in a batch of them.
    fn cut(&self) -> Option<(usize, bool)> {
        let batches = self.windows.chunks_exact(WINDOWS).map(|chunk| chunk.iter().fold((0.0, 0.0), |sum, w| (sum.0 + w.0, sum.1 + w.1)));
        let means: Option<Vec<f64>> = batches.map(|(seconds, n)| (n > 0.0).then(|| seconds / n)).collect();
        mser(&means?).map(|found| (found.cut * WINDOWS, found.is_conclusive))
    }

    fn suggested(&self, record: &Record) -> Option<Time> {
        let (cut, _) = self.cut().filter(|(_, conclusive)| *conclusive)?;
        Some(if cut == 0 { Time::ZERO } else { record.window_ends[cut - 1] })
    }

    fn mean_from(&self, window: usize) -> f64 {
        let (seconds, n) = self.windows[window..].iter().fold((0.0, 0.0), |sum, w| (sum.0 + w.0, sum.1 + w.1));
        if n > 0.0 { seconds / n } else { 0.0 }
    }

    /// Half of the 95 % interval of that mean, which what is cut has no part in.
    fn half_width_from(&self, window: usize) -> Option<f64> {
        let rest = &self.windows[window..];
        let chunks = (0..BATCHES).map(|k| &rest[k * rest.len() / BATCHES..(k + 1) * rest.len() / BATCHES]);
        let sums: Vec<(f64, f64)> = chunks.map(|chunk| chunk.iter().fold((0.0, 0.0), |sum, w| (sum.0 + w.0, sum.1 + w.1))).collect();
        ratio_half_width(&sums)
    }

    /// Where the suggestion is longer than the warm-up, and the mean without the difference is another one.
    fn caveat(&self, record: &Record) -> Option<Caveat> {
        let (cut, is_conclusive) = self.cut()?;
        let first = record.measured_windows().start;
        let (mean, rest) = (self.mean_from(first), self.mean_from(cut));
        let matters = self.half_width_from(cut).unwrap_or(MATERIAL * rest);
        if cut <= first || (mean - rest).abs() <= matters {
            return None;
        }
        let (until, cuts, name) = (record.window_ends[cut - 1], cuts(record), self.workload);
        let text = if is_conclusive {
            let means = format!("their mean is {} with what it would cut, {} without", seconds(mean), seconds(rest));
            format!("MSER-5 suggests a warm-up of {until} by the response times of `{name}`, and the run cuts {cuts}: {means}")
        } else {
            format!(
                "the response times of `{name}` do not settle in the first half of the run, by MSER-5: it is too short for its means, or they have none"
            )
        };
        Some(Caveat { concern: Concern::WarmUp, subject: name.into(), text })
    }
}

fn cuts(record: &Record) -> String {
    if record.warm_up > Time::ZERO { format!("only {}", record.warm_up) } else { "nothing".into() }
}

fn seconds(mean: f64) -> Time {
    Time::from_secs_f64(mean)
}

/// The levels that may grow without end, and what a sentence calls them.
const LEVELS: [(&str, &str); 6] = [
    ("ApproximateNumberOfMessagesVisible", "the backlog of"),
    ("ApproximateNumberOfMessagesNotVisible", "the number of messages in flight of"),
    ("QueueLength", "the queue before"),
    ("AsyncEventsPending", "the number of events that wait for"),
    ("DeliveriesPending", "the number of deliveries under way of"),
    ("ConcurrentExecutions", "the concurrency of"),
];

/// Levels that drift, the fastest first.
fn growing(record: &Record, wiring: &Wiring) -> Vec<Caveat> {
    let length = record.duration.saturating_sub(record.warm_up).as_secs_f64() / 60.0 / BATCHES as f64;
    let is_parking = |node: &NodeRecord| {
        let received = node.counters.iter().find(|c| c.name == "NumberOfMessagesReceived");
        wiring.is_for_dead_letters(&node.name) || received.is_some_and(|c| c.sum == 0)
    };
    let gauges = record.nodes.iter().filter(|node| !is_parking(node)).flat_map(|node| node.gauges.iter().map(move |g| (node, g)));
    let known = gauges.filter_map(|(node, g)| Some((node, g, LEVELS.iter().find(|(name, _)| *name == g.name)?.1)));
    let mut found: Vec<_> = known.filter_map(|(node, g, what)| Some((drift(record, g)? / length, node, what))).collect();
    found.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    found.truncate(SHOWN);
    found.into_iter().map(|(a_minute, node, what)| grows(a_minute, node, what)).collect()
}

fn grows(a_minute: f64, node: &NodeRecord, what: &str) -> Caveat {
    let verb = if a_minute > 0.0 { "grows" } else { "falls" };
    let text =
        format!("{what} `{}` {verb} by {} a minute: means of times and levels depend on how long the run is", node.name, decimal(a_minute.abs()));
    Caveat { concern: Concern::NotStationary, subject: node.name.clone(), text }
}

/// By stretch.
fn drift(record: &Record, gauge: &GaugeRecord) -> Option<f64> {
    let means: Vec<f64> = record.level_batches(&gauge.window_means).into_iter().map(|(area, time)| area / time).collect();
    trend(&means).map(|found| found.per_batch)
}

/// Where not even p99 has ten requests beyond it.
fn few_samples(record: &Record) -> Vec<Caveat> {
    let total = |name: &&str| Answers::of_all(&record.routes.iter().filter(|r| r.workload == **name).collect::<Vec<_>>()).ok;
    let few = names(record).into_iter().map(|name| (name, total(&name))).filter(|(_, ok)| !ok.is_empty() && !ok.supports(0.99));
    let caveat = |(name, ok): (&str, Distribution)| {
        let text = format!(
            "p99 of `{name}` rests on {} requests in all, of which fewer than ten lie beyond it: another seed may well say another",
            count(ok.count())
        );
        Caveat { concern: Concern::FewSamples, subject: name.into(), text }
    };
    few.take(SHOWN).map(caveat).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{CAUSES, Outcome, Recorder};

    const NOTHING: [u32; CAUSES] = [0; CAUSES];

    /// Ten requests a second for 1,000 s on a steady route; each takes `ms` by its second, while as many messages as `backlog` says are visible.
    fn record(warm_up: u64, ms: impl Fn(u64, u64) -> u64, backlog: impl Fn(u64) -> u64) -> Record {
        let s = Time::from_secs;
        let mut r = Recorder::new(s(1000), s(warm_up));
        let node = r.node("orders", "sqs");
        let (route, visible) = (r.route("shoppers", "send", node), r.gauge(node, "ApproximateNumberOfMessagesVisible"));
        r.set_steady(route, true);
        for i in 0..10_000 {
            let now = Time::from_millis(100 * i);
            r.close_until(now);
            r.set(visible, now, backlog(i / 10));
            r.offer(route, now);
            let took = Time::from_millis(ms(i / 10, i));
            r.complete(route, now, now + took, Outcome::OK, 1, &NOTHING);
        }
        r.finish(s(1000))
    }

    fn said(record: &Record) -> Vec<String> {
        caveats(record, &Wiring::default()).into_iter().map(|caveat| caveat.text).collect()
    }

    /// 40 to 60 ms without a pattern.
    fn usual(i: u64) -> u64 {
        40 + (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) % 21
    }

    #[test]
    fn a_steady_run_has_nothing_to_be_borne_in_mind() {
        let record = record(0, |_, i| usual(i), |_| 3);
        assert_eq!(said(&record), Vec::<String>::new());
        assert!(suggested_warm_up(&record).unwrap() < Time::from_secs(300));
    }

    #[test]
    fn a_slow_beginning_that_is_not_cut_is_told_and_one_that_is_is_not() {
        let slow = |second: u64, i| usual(i) + if second < 100 { 400 } else { 0 };
        let said_of = |warm_up| said(&record(warm_up, slow, |_| 3));
        let first = said_of(0).join(" ");
        assert!(first.starts_with("MSER-5 suggests a warm-up of 1 m 4") && first.contains("and the run cuts nothing: their mean is 9"), "{first}");
        assert!(said_of(50).join(" ").contains("cuts only 50 s"));
        assert_eq!(said_of(120), Vec::<String>::new());
        let suggested = suggested_warm_up(&record(120, slow, |_| 3)).unwrap();
        assert!((100..130).contains(&(suggested.as_nanos() / 1_000_000_000)), "{suggested}");
    }

    #[test]
    fn a_growing_backlog_is_told_with_its_rate() {
        let record = record(0, |_, i| usual(i), |second| 2 * second);
        assert_eq!(said(&record), ["the backlog of `orders` grows by 120 a minute: means of times and levels depend on how long the run is"]);
        let drained = super::tests::record(0, |_, i| usual(i), |second| 2_000 - 2 * second);
        assert!(said(&drained)[0].starts_with("the backlog of `orders` falls by 120 a minute"));
    }

    #[test]
    fn response_times_that_never_settle_have_no_warm_up() {
        let record = record(0, |second, i| usual(i) + second, |_| 3);
        assert!(said(&record)[0].starts_with("the response times of `shoppers` do not settle"), "{:?}", said(&record));
        assert_eq!(suggested_warm_up(&record), None);
    }

    #[test]
    fn of_changing_load_nothing_is_said() {
        let mut record = record(0, |second, i| usual(i) + second, |second| 2 * second);
        record.routes[0].steady = false;
        assert_eq!((said(&record), suggested_warm_up(&record)), (Vec::new(), None));
    }

    #[test]
    fn a_percentile_of_few_is_told() {
        let mut r = Recorder::new(Time::from_secs(60), Time::ZERO);
        let node = r.node("n", "server");
        let route = r.route("rare", "", node);
        for i in 0..60 {
            let now = Time::from_secs(i);
            r.close_until(now);
            r.offer(route, now);
            r.complete(route, now, now, Outcome::OK, 1, &NOTHING);
        }
        assert!(
            said(&r.finish(Time::from_secs(60)))[0].starts_with("p99 of `rare` rests on 60 requests in all, of which fewer than ten lie beyond it")
        );
    }
}
