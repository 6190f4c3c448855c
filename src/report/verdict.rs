//! The verdict: what limits, since when, what share fails, and whether clients noticed, in sentences made from figures.
//!
//! ```text
//! From 10 m 40 s on `api`'s stage throttle (500/s) is the limit: it refused 27,310 of 171,220 requests (16.0 %), most of them between
//! 11 m and 12 m. In the end 20,100 of the clients' 143,910 requests failed (14.0 %). Next is …
//! ```
//!
//! The limit is whatever refused most. Left out: limits that slow down without refusing, which show as queueing under "where the time goes".

use super::number::{count, percent, plural};
use super::strain::Strain;
use crate::metrics::{Answers, Cause, Class, LimitRecord, NodeRecord, Record};
use crate::units::Time;

/// More than this share without an answer at the end is said.
const IN_FLIGHT_SHARE: f64 = 0.01;
/// With more than this share without an answer, the system falls behind.
const BEHIND_SHARE: f64 = 0.05;

/// One to four sentences.
pub fn sentences(record: &Record) -> Vec<String> {
    let clients = Clients::of(record);
    let mut limits: Vec<&LimitRecord> = record.limits.iter().filter(|l| l.refused > 0).collect();
    limits.sort_by_key(|l| std::cmp::Reverse(l.refused));
    let mut sentences: Vec<String> = stopped(record).into_iter().collect();
    match limits[..] {
        [] if clients.offered == 0 => sentences.push(nothing_arrived(record)),
        [] if clients.many_in_flight(BEHIND_SHARE) => sentences.extend(behind(&clients)),
        [] if clients.failed() > 0 => sentences.push(failures(&clients)),
        [] => {
            let queueing = queueing(record, &clients);
            sentences.push(queueing.unwrap_or_else(|| nothing_limits(&clients)));
        }
        [main, ref others @ ..] => {
            let is_fine = clients.failed() == 0 && clients.answers.answered() > 0 && Strain::of(record, main).is_none();
            sentences.extend(is_fine.then(|| nothing_limits(&clients)));
            sentences.push(limit(record, main));
            sentences.extend(noticed(record, &clients).filter(|_| !is_fine));
            sentences.extend(next(record, others));
        }
    }
    sentences
}

/// How many calls reached a limit's node in the measured time; none where that is not known or would make no sense.
pub fn arrived(record: &Record, limit: &LimitRecord) -> Option<u64> {
    let node = &record.nodes[limit.node];
    let whole_run = if record.warm_up == Time::ZERO { node.tally.arrived } else { 0 };
    let arrived = if node.arrived > 0 { node.arrived } else { whole_run };
    (arrived >= limit.refused && arrived > 0).then_some(arrived)
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
        if self.many_in_flight(IN_FLIGHT_SHARE) { format!("; {} were still in flight at the end", count(self.in_flight)) } else { String::new() }
    }

    /// ", all of them timed out (504)": the most frequent failure.
    fn failure(&self) -> String {
        let Some((outcome, n)) = self.answers.failures.iter().max_by_key(|(_, n)| *n) else { return String::new() };
        let what = match (outcome.class, outcome.code) {
            (Class::Failed, 200) => "function errors".into(),
            (Class::Failed, 201) => "function time-outs".into(),
            (Class::Failed, code) => format!("with code {code}"),
            (class, 0) => class.name().into(),
            (class, code) => format!("{} ({code})", class.name()),
        };
        match self.failed() {
            1 => format!(", {what}"),
            failed if *n == failed => format!(", all of them {what}"),
            failed if 10 * n >= 9 * failed => format!(", nearly all of them {what}"),
            _ => format!(", {} of them {what}", count(*n)),
        }
    }
}

fn stopped(record: &Record) -> Option<String> {
    let reason = record.stopped_early.as_ref()?;
    Some(format!("The run stopped early, {reason}: this is the first {} of {}.", record.simulated, record.duration))
}

fn nothing_arrived(record: &Record) -> String {
    let when = if record.warm_up > Time::ZERO { format!("after the warm-up of {}", record.warm_up) } else { format!("in {}", record.simulated) };
    format!("Nothing arrived: no client began a request {when}, so there is nothing to judge.")
}

fn behind(clients: &Clients) -> Vec<String> {
    let (waiting, share) = (count(clients.in_flight), percent(clients.in_flight, clients.offered));
    let offered = plural(clients.offered, "request");
    let first =
        format!("The system falls behind: {waiting} of {offered} ({share}) had no answer when the run ended, though no limit refused anything.");
    let failed = (clients.failed() > 0).then(|| format!("{} failed{}.", plural(clients.failed(), "request"), clients.failure()));
    [first].into_iter().chain(failed).collect()
}

fn failures(clients: &Clients) -> String {
    let (failed, share) = (count(clients.failed()), percent(clients.failed(), clients.offered));
    let (offered, how, rest) = (plural(clients.offered, "request"), clients.failure(), clients.rest());
    format!("No limit refused anything, yet {failed} of {offered} failed ({share}){how}{rest}.")
}

fn nothing_limits(clients: &Clients) -> String {
    let (answered, offered) = (clients.answers.answered(), clients.offered);
    match (answered, offered) {
        (0, 1) => "The only request had no answer when the run ended.".into(),
        (1, 1) => format!("Nothing limits this system: the only request was answered, in {}.", clients.answers.ok.max()),
        (n, _) if clients.rest().is_empty() => format!("Nothing limits this system: all {} were answered, {}.", plural(n, "request"), clients.p99()),
        (n, _) => {
            format!("Nothing limits this system: {} of {} were answered, {}{}.", count(n), plural(offered, "request"), clients.p99(), clients.rest())
        }
    }
}

/// "From 10 m 40 s on X is the limit: it refused …"
fn limit(record: &Record, limit: &LimitRecord) -> String {
    let (phrase, noun) = (&limit.phrase, noun(record, limit));
    let refused = match arrived(record, limit) {
        Some(arrived) => format!("{} of {} ({})", count(limit.refused), plural(arrived, noun), percent(limit.refused, arrived)),
        None => plural(limit.refused, noun),
    };
    let Some(strain) = Strain::of(record, limit) else {
        return format!("Now and then {phrase} refuses a little: {refused}.");
    };
    let mostly = strain.mostly.as_ref().filter(|_| limit.refused > 10);
    let mostly = mostly.map_or(String::new(), |span| format!(", most of them between {} and {}", span.start, span.end));
    let when = match (strain.starts(record), strain.lasts(record)) {
        (true, true) => format!("Throughout the run {phrase} is the limit"),
        (false, true) => format!("From {} on {phrase} is the limit", strain.from),
        (true, false) => format!("Until {} {phrase} was the limit", strain.until),
        (false, false) => format!("Between {} and {} {phrase} was the limit", strain.from, strain.until),
    };
    format!("{when}: it refused {refused}{mostly}.")
}

/// Clients send requests; nodes call one another.
fn noun(record: &Record, limit: &LimitRecord) -> &'static str {
    if record.routes.iter().any(|r| r.node == limit.node) { "request" } else { "call" }
}

/// What clients saw of it.
fn noticed(record: &Record, clients: &Clients) -> Option<String> {
    let (offered, failed) = (clients.offered, clients.failed());
    let answered = clients.answers.answered();
    match (offered, failed) {
        (0, _) => None,
        _ if answered == 0 => Some(format!("None of the clients' {} had an answer when the run ended.", plural(offered, "request"))),
        (_, 0) if clients.rest().is_empty() => {
            Some(format!("No client was turned away: all {} were answered in the end, {}.", plural(answered, "request"), clients.p99()))
        }
        (_, 0) => Some(format!(
            "No client was turned away: {} of {} were answered, {}{}.",
            count(answered),
            plural(offered, "request"),
            clients.p99(),
            clients.rest()
        )),
        _ => {
            let retried = if clients.answers.retried > 0 { ", despite retries" } else { "" };
            let (failed, share, offered) = (count(failed), percent(failed, offered), plural(offered, "request"));
            Some(format!(
                "In the end {failed} of the clients' {offered} failed ({share}){retried}{}{}.",
                hardest_hit(record, clients),
                clients.rest()
            ))
        }
    }
}

/// "; of `POST /orders` it was 27.4 %", where one route fails much more often than all together.
fn hardest_hit(record: &Record, clients: &Clients) -> String {
    let share = |a: &Answers| a.failed.count() as f64 / a.offered.max(1) as f64;
    let worst = record.routes.iter().max_by(|a, b| share(&a.answers).total_cmp(&share(&b.answers)));
    match worst.filter(|route| record.routes.len() > 1 && share(&route.answers) > 1.5 * share(&clients.answers)) {
        Some(route) => format!("; of `{}` it was {}", route.route, percent(route.answers.failed.count(), route.answers.offered)),
        None => String::new(),
    }
}

/// "Requests spend 71 % of their time in queues, most of them in `desk`'s": what limits without refusing.
fn queueing(record: &Record, clients: &Clients) -> Option<String> {
    let spent = clients.answers.spent.total().spent;
    let (queued, all) = (spent[Cause::Queue as usize], spent.iter().sum::<u64>());
    if queued * 2 < all || all == 0 {
        return None;
    }
    let longest = |node: &&NodeRecord| node.gauges.iter().filter(|g| g.name == "QueueLength").map(|g| g.mean).fold(0.0, f64::max);
    let node = record.nodes.iter().max_by(|a, b| longest(a).total_cmp(&longest(b))).filter(|node| longest(node) > 0.0);
    let place = node.map_or(String::new(), |node| format!(", the longest of them before `{}`", node.name));
    Some(format!("No limit refuses, but requests spend {} of their time in queues{place}.", percent(queued, all)))
}

/// The second limit, and how many more there are.
fn next(record: &Record, others: &[&LimitRecord]) -> Option<String> {
    let (second, rest) = others.split_first()?;
    let when = Strain::of(record, second).map_or(" now and then".into(), |strain| match (strain.starts(record), strain.lasts(record)) {
        (true, true) => String::new(),
        (false, true) => format!(" from {} on", strain.from),
        (true, false) => format!(" until {}", strain.until),
        (false, false) => format!(" between {} and {}", strain.from, strain.until),
    });
    let more = match rest.len() {
        0 => String::new(),
        1 => "; one more limit refused something".into(),
        n => format!("; {n} more limits refused something"),
    };
    Some(format!("Next is {}, which refused {}{when}{more}.", second.phrase, plural(second.refused, noun(record, second))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{CAUSES, Outcome, Recorder};

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
            "From 10 m on `api`'s stage throttle (9/s) is the limit: it refused 1,000 of 10,000 requests (10.0 %). \
             In the end 1,000 of the clients' 10,000 requests failed (10.0 %)."
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
        let hot = |i: u64| (6_600..7_200).contains(&i) || i >= 6_000 && i.is_multiple_of(50);
        let said = verdict(|i| if hot(i) { (&[0], Some(THROTTLED)) } else { (&[], Some(Outcome::OK)) });
        assert!(said.starts_with("From 10 m") && said.contains("most of them between 11 m and 11 m 5"), "{said}");
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
        assert!(said.ends_with("Next is the account's request rate, which refused 1,000 requests."), "{said}");
    }

    #[test]
    fn a_few_refusals_are_no_exhaustion() {
        let said = verdict(|i| if i % 3_333 == 1 && i < 9_000 { (&[1], Some(Outcome::OK)) } else { (&[], Some(Outcome::OK)) });
        assert_eq!(
            said,
            "Nothing limits this system: all 10,000 requests were answered, p99 50 ms. \
             Now and then the account's request rate refuses a little: 3 of 10,000 requests (0.03 %)."
        );
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
            "The system falls behind: 2,500 of 10,000 requests (25.0 %) had no answer when the run ended, though no limit refused anything."
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

    /// Two routes of one workload; what becomes of each request is said by its number.
    fn two_routes(of: impl Fn(u64) -> (usize, Outcome, u32)) -> String {
        let mut r = Recorder::new(s(1000), Time::ZERO);
        let desk = r.node("desk", "server");
        let routes = ["GET /", "POST /"].map(|name| r.route("shoppers", name, desk));
        let (limit, waiting) = (r.limit(desk, "stage", "`desk`'s queue limit (9)".into()), r.gauge(desk, "QueueLength"));
        r.rise(waiting, Time::ZERO, 7);
        for i in 0..10_000 {
            let now = Time::from_millis(100 * i);
            r.close_until(now);
            r.arrive(desk);
            let (route, outcome, queued_us) = of(i);
            r.offer(routes[route], now);
            if !outcome.is_ok() {
                r.refuse(limit);
            }
            let mut spent = [0; CAUSES];
            (spent[Cause::Queue as usize], spent[Cause::Service as usize]) = (queued_us, 50_000 - queued_us);
            r.complete(routes[route], now, now + Time::from_millis(50), outcome, 1, &spent);
        }
        sentences(&r.finish(s(1000))).join(" ")
    }

    #[test]
    fn a_queue_that_refuses_nothing_is_named_where_most_time_goes() {
        let queued = two_routes(|_| (0, Outcome::OK, 40_000));
        assert_eq!(queued, "No limit refuses, but requests spend 80.0 % of their time in queues, the longest of them before `desk`.");
        assert!(two_routes(|_| (0, Outcome::OK, 10_000)).starts_with("Nothing limits"));
    }

    #[test]
    fn the_route_that_suffers_most_is_named() {
        let verdict = two_routes(|i| if i % 10 == 0 { (1, if i % 20 == 0 { THROTTLED } else { Outcome::OK }, 0) } else { (0, Outcome::OK, 0) });
        assert!(verdict.contains("500 of the clients' 10,000 requests failed (5.0 %); of `POST /` it was 50.0 %."), "{verdict}");
        let all = two_routes(|i| ((i % 2) as usize, if i % 4 < 2 { THROTTLED } else { Outcome::OK }, 0));
        assert!(!all.contains("it was"), "{all}");
    }
}
