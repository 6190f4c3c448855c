//! The verdict: what limits, since when, what share fails, whether clients noticed, and what became of messages, in sentences made from figures.
//!
//! ```text
//! From 10 m 40 s on `api`'s stage throttle (500/s) is the limit: it refused 27,310 of 171,220 requests (16.0 %), most of them between
//! 11 m and 12 m. In the end 20,100 of the clients' 143,910 requests failed (14.0 %). Next is …
//! 6,210 messages of `orders` reached `dlq` without ever being processed: …
//! ```
//!
//! The limit is whatever refused most. What is said of messages comes first where it is about more of them than requests failed, and so do limits
//! that make messages wait without refusing any. Left out: limits that slow down requests without refusing, which show as queueing under "where the
//! time goes".

mod amplification;
mod clients;
mod limits;
mod messaging;
mod waiting;

pub use limits::arrived;

use super::strain::Strain;
use super::wiring::Wiring;
use crate::metrics::Record;
use clients::{BEHIND_SHARE, Clients};

/// One to three sentences of requests, up to three of messages, and one of retries.
pub fn sentences(record: &Record, wiring: &Wiring) -> Vec<String> {
    let clients = Clients::of(record);
    let (troubles, affected) = messaging::sentences(record, wiring);
    let requests = of_requests(record, &clients, !troubles.is_empty());
    let (first, then) = if affected > clients.failed() { (troubles, requests) } else { (requests, troubles) };
    stopped(record).into_iter().chain(first).chain(then).chain(amplification::amplification(record, wiring)).collect()
}

fn of_requests(record: &Record, clients: &Clients, trouble: bool) -> Vec<String> {
    let fine = || if trouble { clients::answered(clients) } else { clients::nothing_limits(clients) };
    match &limits::ranked(record)[..] {
        [] if clients.offered == 0 && trouble => Vec::new(),
        [] if clients.offered == 0 => vec![clients::nothing_arrived(record)],
        [] if clients.many_in_flight(BEHIND_SHARE) => clients::behind(clients),
        [] if clients.failed() > 0 => vec![clients::failures(clients)],
        [] => vec![clients::queueing(record, clients).unwrap_or_else(fine)],
        [main, others @ ..] => {
            let is_fine = clients.failed() == 0 && clients.answers.answered() > 0 && Strain::of(record, &main.limit).is_none();
            let slight = trouble && clients.failed() == 0;
            let limit = limits::slight(record, main).filter(|_| slight).or_else(|| Some(limits::limit(record, main)));
            let noticed = clients::noticed(record, clients).filter(|_| !is_fine);
            is_fine.then(fine).into_iter().chain(limit).chain(noticed).chain(limits::next(record, others)).collect()
        }
    }
}

fn stopped(record: &Record) -> Option<String> {
    let reason = record.stopped_early.as_ref()?;
    Some(format!("The run stopped early, {reason}: this is the first {} of {}.", record.simulated, record.duration))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{CAUSES, Cause, Class, Outcome, Recorder};
    use crate::units::Time;

    const THROTTLED: Outcome = Outcome { class: Class::Throttled, code: 429 };
    const TIMED_OUT: Outcome = Outcome { class: Class::TimedOut, code: 504 };

    fn said(record: &Record) -> Vec<String> {
        sentences(record, &Wiring::default())
    }

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
        said(&r.finish(s(1000))).join(" ")
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
        assert_eq!(said(&r.finish(s(60))), ["Nothing arrived: no client began a request after the warm-up of 10 s, so there is nothing to judge."]);
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
            said(&record).join(" "),
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
        said(&r.finish(s(1000))).join(" ")
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

    #[test]
    fn an_account_wide_limit_is_one_limit_however_many_functions_meet_it() {
        let mut r = Recorder::new(s(1000), Time::ZERO);
        let functions = ["f", "g"].map(|name| r.node(name, "lambda"));
        let table = r.node("orders", "dynamodb");
        let route = r.route("shoppers", "GET /", functions[0]);
        let account = functions.map(|f| {
            let at = ["f", "g"][f];
            r.limit(f, "lambda_unreserved_concurrency", format!("the account's unreserved concurrency (1000) at `{at}`"))
        });
        let write = r.limit(table, "table_write_provisioned", "`orders`' write capacity (20 WCU)".into());
        for i in 0..10_000 {
            let now = Time::from_millis(100 * i);
            r.close_until(now);
            functions.iter().for_each(|f| r.arrive(*f));
            r.arrive(table);
            r.offer(route, now);
            account.iter().filter(|_| i % 10 == 0).for_each(|limit| r.refuse(*limit));
            if i % 8 == 0 {
                r.refuse(write);
            }
            r.complete(route, now, now + Time::from_millis(50), Outcome::OK, 1, &[0; CAUSES]);
        }
        let said = said(&r.finish(s(1000))).join(" ");
        assert!(
            said.starts_with("Throughout the run the account's unreserved concurrency (1000) is the limit: it refused 2,000 of 20,000"),
            "{said}"
        );
        assert!(said.ends_with("Next is `orders`' write capacity (20 WCU), which refused 1,250 calls."), "{said}");
    }
}
