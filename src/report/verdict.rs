//! The verdict: what limits, since when, what share fails, and whether clients noticed, in sentences made from figures.
//!
//! ```text
//! From 10 m 40 s on, `api`'s stage throttle (500/s) is the limit: it refused 27,310 of 171,220 requests (16.0 %), most of them
//! between 11 m and 12 m. Of the clients' 143,910 requests 20,100 failed (14.0 %). Next is …
//! ```
//!
//! The limit is whatever refused most. It is under strain from the first to the last window in which it refuses at least 1 % of what clients
//! offer. Left out: limits that slow down without refusing, which show as queueing under "where the time goes".

use super::number::{count, percent, plural};
use crate::metrics::{Answers, Class, LimitRecord, Outcome, Record};
use crate::units::Time;
use std::ops::Range;

/// A limit is under strain in a window where it refuses this share of the offered requests.
const STRAIN_SHARE: f64 = 0.01;
/// More than this share without an answer at the end is said.
const IN_FLIGHT_SHARE: f64 = 0.01;
/// With more than this share without an answer, the system falls behind.
const BEHIND_SHARE: f64 = 0.05;

/// When a limit refused so much that it mattered.
#[derive(Clone, Debug, PartialEq)]
pub struct Strain {
    pub from: Time,
    pub until: Time,
    /// The shortest stretch with four fifths of the refusals, if that is much shorter than the whole.
    pub mostly: Option<Range<Time>>,
}

impl Strain {
    /// None where no window of the measured time is bad enough.
    pub fn of(record: &Record, limit: &LimitRecord) -> Option<Strain> {
        let bad = |k: &usize| {
            let offered: u64 = record.routes.iter().filter_map(|r| r.windows.get(*k)).map(|w| u64::from(w.offered)).sum();
            limit.windows[*k] > 0 && f64::from(limit.windows[*k]) >= STRAIN_SHARE * offered as f64
        };
        let measured = record.window_ends.partition_point(|end| *end <= record.warm_up)..limit.windows.len();
        let first = measured.clone().find(bad)?;
        let last = measured.clone().rfind(bad)?;
        let (from, until) = (begin(record, first), record.window_ends[last]);
        let dense = densest(&limit.windows, measured, 0.8);
        let mostly = begin(record, dense.start)..record.window_ends[dense.end - 1];
        let much_shorter = 5 * (mostly.end - mostly.start).as_nanos() <= 2 * (until - from).as_nanos();
        Some(Strain { from, until, mostly: much_shorter.then_some(mostly) })
    }
}

fn begin(record: &Record, window: usize) -> Time {
    if window == 0 { Time::ZERO } else { record.window_ends[window - 1] }
}

/// The shortest range of windows that holds the given share of all counts.
fn densest(counts: &[u32], all: Range<usize>, share: f64) -> Range<usize> {
    let total: u64 = counts[all.clone()].iter().map(|n| u64::from(*n)).sum();
    let (mut best, mut held, mut start) = (all.clone(), 0u64, all.start);
    for end in all {
        held += u64::from(counts[end]);
        while held - u64::from(counts[start]) >= (share * total as f64).ceil().max(1.0) as u64 {
            held -= u64::from(counts[start]);
            start += 1;
        }
        if held as f64 >= share * total as f64 && end + 1 - start < best.len() {
            best = start..end + 1;
        }
    }
    best
}

/// How many calls reached a limit's node in the measured time; none where that is not known or would make no sense.
pub fn arrived(record: &Record, limit: &LimitRecord) -> Option<u64> {
    let node = &record.nodes[limit.node];
    let whole_run = if record.warm_up == Time::ZERO { node.tally.arrived } else { 0 };
    let arrived = if node.arrived > 0 { node.arrived } else { whole_run };
    (arrived >= limit.refused && arrived > 0).then_some(arrived)
}

/// One to four sentences.
pub fn sentences(record: &Record) -> Vec<String> {
    let clients = Clients::of(record);
    let mut limits: Vec<&LimitRecord> = record.limits.iter().filter(|l| l.refused > 0).collect();
    limits.sort_by_key(|l| std::cmp::Reverse(l.refused));
    let mut sentences: Vec<String> = stopped(record).into_iter().collect();
    match limits[..] {
        [] if clients.offered == 0 => sentences.push(nothing_arrived(record)),
        [] => sentences.extend(no_limit(&clients)),
        [main, ref others @ ..] => {
            sentences.push(limit(record, main));
            sentences.extend(noticed(&clients));
            sentences.extend(next(record, others));
        }
    }
    sentences
}

/// What all clients saw together.
struct Clients {
    offered: u64,
    in_flight: u64,
    answers: Answers,
}

impl Clients {
    fn of(record: &Record) -> Clients {
        let mut answers = Answers::default();
        record.routes.iter().for_each(|route| answers.merge(&route.answers));
        let in_flight = record.routes.iter().map(|r| r.in_flight).sum::<u64>().min(answers.offered);
        Clients { offered: answers.offered, in_flight, answers }
    }

    fn failed(&self) -> u64 {
        self.answers.failed.count()
    }

    fn p99(&self) -> String {
        format!("p99 {}", self.answers.ok.quantile(0.99))
    }

    fn many_in_flight(&self, share: f64) -> bool {
        self.in_flight > 1 && self.in_flight as f64 > share * self.offered as f64
    }

    /// "; 50 were still in flight at the end", if that matters.
    fn rest(&self) -> String {
        if self.many_in_flight(IN_FLIGHT_SHARE) { format!("; {} still in flight at the end", were(self.in_flight)) } else { String::new() }
    }

    /// The most frequent failure: "throttled (429)", and whether it is alone.
    fn main_failure(&self) -> Option<(Outcome, u64)> {
        self.answers.failures.iter().copied().max_by_key(|(_, n)| *n)
    }
}

fn were(n: u64) -> String {
    format!("{} {}", count(n), if n == 1 { "was" } else { "were" })
}

fn stopped(record: &Record) -> Option<String> {
    let reason = record.stopped_early.as_ref()?;
    Some(format!("The run stopped early, {reason}: this is the first {} of {}.", record.simulated, record.duration))
}

fn nothing_arrived(record: &Record) -> String {
    let when = if record.warm_up > Time::ZERO { format!("after the warm-up of {}", record.warm_up) } else { format!("in {}", record.simulated) };
    format!("Nothing arrived: no client began a request {when}, so there is nothing to judge.")
}

fn no_limit(clients: &Clients) -> Vec<String> {
    let (offered, failed) = (clients.offered, clients.failed());
    if clients.many_in_flight(BEHIND_SHARE) {
        let share = percent(clients.in_flight, offered);
        let mut said = vec![format!(
            "The system falls behind: {} of {} ({share}) still had no answer when the run ended, though no limit refused anything.",
            count(clients.in_flight),
            plural(offered, "request")
        )];
        said.extend((failed > 0).then(|| format!("{} failed{}.", sentence_count(failed), failure_words(clients))));
        return said;
    }
    if failed == 0 {
        let p99 = if clients.answers.ok.is_empty() { String::new() } else { format!(", {}", clients.p99()) };
        let answered = match (clients.answers.answered(), offered) {
            (0, _) => format!("none of {} was answered before the run ended", plural(offered, "request")),
            (1, 1) => format!("the only request was answered, in {}", clients.answers.ok.max()),
            (n, _) if !clients.many_in_flight(IN_FLIGHT_SHARE) => format!("all {} were answered{p99}", plural(n, "request")),
            (n, _) => format!("{} of {} were answered{p99}{}", count(n), plural(offered, "request"), clients.rest()),
        };
        return vec![format!("Nothing limits this system: {answered}.")];
    }
    vec![format!(
        "No limit refused anything, yet {} of {} failed ({}){}{}.",
        count(failed),
        plural(offered, "request"),
        percent(failed, offered),
        failure_words(clients),
        clients.rest()
    )]
}

fn sentence_count(n: u64) -> String {
    plural(n, "request")
}

/// ", all of them timed out (504)".
fn failure_words(clients: &Clients) -> String {
    let Some((outcome, n)) = clients.main_failure() else { return String::new() };
    let what = match outcome.class {
        Class::Failed => format!("with code {}", outcome.code),
        class => format!("{} ({})", class.name(), outcome.code),
    };
    match (n, clients.failed()) {
        (1, 1) => format!(": {what}"),
        (n, failed) if n == failed => format!(", all of them {what}"),
        (n, failed) if 10 * n >= 9 * failed => format!(", nearly all of them {what}"),
        (n, _) => format!(", {} of them {what}", count(n)),
    }
}

/// "From 10 m 40 s on, X is the limit: it refused …"
fn limit(record: &Record, limit: &LimitRecord) -> String {
    let noun = if record.routes.iter().any(|r| r.node == limit.node) { "request" } else { "call" };
    let refused = match arrived(record, limit) {
        Some(arrived) => format!("{} of {} ({})", count(limit.refused), plural(arrived, noun), percent(limit.refused, arrived)),
        None => plural(limit.refused, noun),
    };
    let phrase = &limit.phrase;
    let Some(strain) = Strain::of(record, limit) else {
        return format!("{} is touched now and then, not exhausted: it refused {refused}.", capital(phrase));
    };
    let mostly = strain.mostly.as_ref().filter(|_| limit.refused > 10);
    let mostly = mostly.map_or(String::new(), |span| format!(", most of them between {} and {}", span.start, span.end));
    let starts = strain.from <= record.warm_up.max(record.window);
    let lasts = lasts(record, &strain);
    let when = match (starts, lasts) {
        (true, true) => format!("Throughout the run {phrase} is the limit"),
        (false, true) => format!("From {} on, {phrase} is the limit", strain.from),
        (true, false) => format!("Until {} {phrase} was the limit", strain.until),
        (false, false) => format!("Between {} and {} {phrase} was the limit", strain.from, strain.until),
    };
    format!("{when}: it refused {refused}{mostly}.")
}

/// Whether the strain reaches the end of the run, or its last fiftieth.
fn lasts(record: &Record, strain: &Strain) -> bool {
    let slack = record.window.max(Time::from_nanos(record.simulated.as_nanos() / 50));
    strain.until.saturating_add(slack) >= record.simulated.min(record.duration)
}

/// What clients saw of it.
fn noticed(clients: &Clients) -> Option<String> {
    let (offered, failed) = (clients.offered, clients.failed());
    if offered == 0 {
        return None;
    }
    if failed == 0 && clients.in_flight == 0 {
        return Some(format!("No client was turned away: all {} were answered in the end, {}.", plural(offered, "request"), clients.p99()));
    }
    if failed == 0 {
        let answered = plural(clients.answers.answered(), "answer");
        return Some(format!("No client was turned away: all {answered} were good, {}{}.", clients.p99(), clients.rest()));
    }
    let retried = if clients.answers.retried > 0 { ", retries included" } else { "" };
    Some(format!(
        "Of the clients' {} {} failed for good ({}){retried}{}.",
        plural(offered, "request"),
        count(failed),
        percent(failed, offered),
        clients.rest()
    ))
}

/// The second limit, and how many more there are.
fn next(record: &Record, others: &[&LimitRecord]) -> Option<String> {
    let (second, rest) = others.split_first()?;
    let when =
        Strain::of(record, second).map_or(String::new(), |strain| format!(", from {} on", strain.from).replace("from 0 s on", "from the start"));
    let more = match rest.len() {
        0 => String::new(),
        1 => "; one more limit refused something".into(),
        n => format!("; {n} more limits refused something"),
    };
    Some(format!("Next is {}, which refused {}{when}{more}.", second.phrase, count(second.refused)))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{CAUSES, Recorder};

    const THROTTLED: Outcome = Outcome { class: Class::Throttled, code: 429 };
    const TIMED_OUT: Outcome = Outcome { class: Class::TimedOut, code: 504 };

    fn s(seconds: u64) -> Time {
        Time::from_secs(seconds)
    }

    /// Ten requests a second for 1000 s; what becomes of each is said by its number: (limits that refuse it, its answer).
    fn verdict(of: impl Fn(u64) -> (&'static [usize], Option<Outcome>)) -> String {
        let mut r = Recorder::new(s(1000), Time::ZERO);
        let api = r.node("api", "api_gateway");
        let route = r.route("shoppers", "GET /", api);
        let limits = [r.limit(api, "stage", "`api`'s stage throttle (9/s)".into()), r.limit(api, "account", "the account's request rate".into())];
        for i in 0..10_000 {
            let now = Time::from_millis(100 * i);
            r.close_until(now);
            r.arrive(api);
            r.offer(route, now);
            let (refusing, answer) = of(i);
            refusing.iter().for_each(|l| r.refuse(limits[*l]));
            if let Some(outcome) = answer {
                r.complete(route, now, now + Time::from_millis(50), outcome, 1, &[0; CAUSES]);
            }
        }
        sentences(&r.finish(s(1000))).join(" ")
    }

    #[test]
    fn nothing_limits() {
        assert_eq!(verdict(|_| (&[], Some(Outcome::OK))), "Nothing limits this system: all 10,000 requests were answered, p99 50 ms.");
    }

    #[test]
    fn one_limit_from_the_middle_on() {
        let said = verdict(|i| if i >= 6_000 && i % 4 == 0 { (&[0], Some(THROTTLED)) } else { (&[], Some(Outcome::OK)) });
        assert_eq!(
            said,
            "From 10 m on, `api`'s stage throttle (9/s) is the limit: it refused 1,000 of 10,000 requests (10.0 %). \
             Of the clients' 10,000 requests 1,000 failed for good (10.0 %)."
        );
    }

    #[test]
    fn a_limit_that_recovers() {
        let said = verdict(|i| if (6_000..7_200).contains(&i) && i % 4 == 0 { (&[0], Some(THROTTLED)) } else { (&[], Some(Outcome::OK)) });
        assert!(
            said.starts_with("Between 10 m and 12 m `api`'s stage throttle (9/s) was the limit: it refused 300 of 10,000 requests (3.0 %)."),
            "{said}"
        );
    }

    #[test]
    fn most_refusals_in_a_short_while_are_told_with_their_time() {
        let hot = |i: u64| (6_600..7_200).contains(&i) || i >= 6_000 && i % 50 == 0;
        let said = verdict(|i| if hot(i) { (&[0], Some(THROTTLED)) } else { (&[], Some(Outcome::OK)) });
        assert!(said.contains("From 10 m on,") && said.contains("most of them between 11 m and 11 m 5"), "{said}");
    }

    #[test]
    fn a_limit_throughout_and_absorbed() {
        let said = verdict(|i| (if i % 3 == 0 { &[0] } else { &[] }, Some(Outcome::OK)));
        assert_eq!(
            said,
            "Throughout the run `api`'s stage throttle (9/s) is the limit: it refused 3,334 of 10,000 requests (33.3 %). \
             No client was turned away: all 10,000 requests were answered in the end, p99 50 ms."
        );
    }

    #[test]
    fn two_limits_are_named_in_order() {
        let said = verdict(|i| match i % 10 {
            0 => (&[1], Some(THROTTLED)),
            1 | 2 => (&[0], Some(THROTTLED)),
            _ => (&[], Some(Outcome::OK)),
        });
        assert!(said.contains("stage throttle (9/s) is the limit: it refused 2,000"), "{said}");
        assert!(said.ends_with("Next is the account's request rate, which refused 1,000, from the start."), "{said}");
    }

    #[test]
    fn a_few_refusals_are_no_exhaustion() {
        let said = verdict(|i| if i % 3_333 == 1 && i < 9_000 { (&[1], Some(Outcome::OK)) } else { (&[], Some(Outcome::OK)) });
        assert!(said.contains("The account's request rate") || said.contains("the account's request rate"), "{said}");
    }

    #[test]
    fn failures_without_a_limit() {
        let said = verdict(|i| (&[], Some(if i % 100 == 0 { TIMED_OUT } else { Outcome::OK })));
        assert_eq!(said, "No limit refused anything, yet 100 of 10,000 requests failed (1.0 %), all of them timed out (504).");
    }

    #[test]
    fn nothing_came() {
        let mut r = Recorder::new(s(60), s(10));
        r.node("api", "api_gateway");
        assert_eq!(
            sentences(&r.finish(s(60))),
            ["Nothing arrived: no client began a request after the warm-up of 10 s, so there is nothing to judge."]
        );
    }

    #[test]
    fn many_in_flight_is_falling_behind() {
        let said = verdict(|i| (&[], if i % 4 == 0 { None } else { Some(Outcome::OK) }));
        assert_eq!(
            said,
            "The system falls behind: 2,500 of 10,000 requests (25.0 %) still had no answer when the run ended, though no limit refused anything."
        );
    }

    #[test]
    fn an_early_stop_comes_first() {
        let mut r = Recorder::new(s(60), Time::ZERO);
        let node = r.node("api", "api_gateway");
        let route = r.route("w", "", node);
        r.offer(route, s(1));
        r.complete(route, s(1), s(2), Outcome::OK, 1, &[0; CAUSES]);
        let mut record = r.finish(s(20));
        record.stopped_early = Some("after 1,000 events, as asked".into());
        assert_eq!(
            sentences(&record).join(" "),
            "The run stopped early, after 1,000 events, as asked: this is the first 20 s of 1 m. \
             Nothing limits this system: the only request was answered, in 1 s."
        );
    }

    #[test]
    fn the_densest_stretch_is_found() {
        assert_eq!(densest(&[1, 0, 5, 9, 5, 0, 1], 0..7, 0.8), 2..5);
        assert_eq!(densest(&[1, 1, 1, 1], 0..4, 0.8), 0..4);
    }
}
