//! What clients saw, in sentences: how many had no answer, how many failed and how, who was hit hardest, and where they queued.
//! Of requests only: what becomes of the messages they leave behind is `messaging`'s.

use super::super::number::{count, percent, plural};
use crate::metrics::{Answers, Cause, Class, NodeRecord, Record};
use crate::units::Time;

/// More than this share without an answer at the end is said.
const IN_FLIGHT_SHARE: f64 = 0.01;
/// With more than this share without an answer, the system falls behind.
pub(super) const BEHIND_SHARE: f64 = 0.05;

/// What all clients saw together.
pub(super) struct Clients {
    pub offered: u64,
    in_flight: u64,
    pub answers: Answers,
}

impl Clients {
    pub fn of(record: &Record) -> Clients {
        let mut answers = Answers::default();
        record.routes.iter().for_each(|route| answers.merge(&route.answers));
        let in_flight = record.routes.iter().map(|r| r.in_flight).sum::<u64>().min(answers.offered);
        Clients { offered: answers.offered, in_flight, answers }
    }

    pub fn failed(&self) -> u64 {
        self.answers.failed.count()
    }

    pub fn p99(&self) -> String {
        format!("p99 {}", self.answers.ok.quantile(0.99))
    }

    pub fn many_in_flight(&self, share: f64) -> bool {
        self.in_flight > 1 && self.in_flight as f64 > share * self.offered as f64
    }

    /// "; 50 were still in flight at the end", if that matters.
    pub fn rest(&self) -> String {
        if self.many_in_flight(IN_FLIGHT_SHARE) { format!("; {} were still in flight at the end", count(self.in_flight)) } else { String::new() }
    }

    /// ", all of them timed out (504)": the most frequent failure.
    pub fn failure(&self) -> String {
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

pub(super) fn nothing_arrived(record: &Record) -> String {
    let when = if record.warm_up > Time::ZERO { format!("after the warm-up of {}", record.warm_up) } else { format!("in {}", record.simulated) };
    format!("Nothing arrived: no client began a request {when}, so there is nothing to judge.")
}

pub(super) fn behind(clients: &Clients) -> Vec<String> {
    let (waiting, share) = (count(clients.in_flight), percent(clients.in_flight, clients.offered));
    let offered = plural(clients.offered, "request");
    let first =
        format!("The system falls behind: {waiting} of {offered} ({share}) had no answer when the run ended, though no limit refused anything.");
    let failed = (clients.failed() > 0).then(|| format!("{} failed{}.", plural(clients.failed(), "request"), clients.failure()));
    [first].into_iter().chain(failed).collect()
}

pub(super) fn failures(clients: &Clients) -> String {
    let (failed, share) = (count(clients.failed()), percent(clients.failed(), clients.offered));
    let (offered, how, rest) = (plural(clients.offered, "request"), clients.failure(), clients.rest());
    format!("No limit refused anything, yet {failed} of {offered} failed ({share}){how}{rest}.")
}

/// Where messages fare worse than requests, "nothing limits" would be too much.
pub(super) fn answered(clients: &Clients) -> String {
    let answered = clients.answers.answered();
    match clients.rest() {
        rest if rest.is_empty() && answered == 1 => format!("The one request of clients was answered, {}.", clients.p99()),
        rest if rest.is_empty() && answered > 0 => format!("All {} of clients were answered, {}.", plural(answered, "request"), clients.p99()),
        rest => format!("{} of {} of clients were answered{rest}.", count(answered), plural(clients.offered, "request")),
    }
}

pub(super) fn nothing_limits(clients: &Clients) -> String {
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

/// What clients saw of it.
pub(super) fn noticed(record: &Record, clients: &Clients) -> Option<String> {
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
pub(super) fn hardest_hit(record: &Record, clients: &Clients) -> String {
    let share = |a: &Answers| a.failed.count() as f64 / a.offered.max(1) as f64;
    let worst = record.routes.iter().max_by(|a, b| share(&a.answers).total_cmp(&share(&b.answers)));
    match worst.filter(|route| record.routes.len() > 1 && share(&route.answers) > 1.5 * share(&clients.answers)) {
        Some(route) => format!("; of `{}` it was {}", route.route, percent(route.answers.failed.count(), route.answers.offered)),
        None => String::new(),
    }
}

/// "Requests spend 71 % of their time in queues, most of them in `desk`'s": what limits without refusing.
pub(super) fn queueing(record: &Record, clients: &Clients) -> Option<String> {
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
