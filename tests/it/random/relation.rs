//! Metamorphic relations: how two runs must differ, where nobody knows what either of them should say.
//!
//! | change | what must be | why |
//! |---|---|---|
//! | other names | the same events and, but for the names, the same report | nothing is drawn by a name |
//! | another warm-up | the same events | measuring does not act |
//! | twice as long | the same until the end of the shorter one | nothing knows the future |
//! | nodes in the opposite order; a node that nobody calls | the same figures | a node's place decides on its own draws only |
//!
//! The last two leave out what draws by a node's place in the file (`Style::tame`). Relations of one kind of node, and of chance, are in `family`.

use super::plan::{Case, Plan, Style};
use super::{load_text, run_in};
use coldfront::metrics::{NodeRecord, Record};
use coldfront::report::Report;

const PREFIX: &str = "renamed_";

/// All relations of whole scenarios, by number.
pub const RELATIONS: [fn(&Case); 5] = [names, warm_up, length, order, idle];

fn record(case: &Case, style: Style) -> Record {
    run_in(&load_text(&Plan::new(case, style).yaml()), 1)
}

fn json(case: &Case, style: Style) -> (u64, String) {
    let scenario = load_text(&Plan::new(case, style).yaml());
    let record = run_in(&scenario, 1);
    (record.fingerprint, Report::of(&scenario, &record, Vec::new()).json())
}

fn names(case: &Case) {
    let (plain, renamed) = (json(case, Style::default()), json(case, Style { prefix: PREFIX, ..Style::default() }));
    assert_eq!(plain.0, renamed.0, "other names, other events");
    assert_eq!(plain.1, renamed.1.replace(PREFIX, ""), "other names, another report");
}

fn warm_up(case: &Case) {
    let [none, some] = [0, 7].map(|s| record(case, Style { warm_up: Some(s), ..Style::default() }));
    assert_eq!((none.fingerprint, none.events), (some.fingerprint, some.events), "a warm-up changes what happens");
}

fn length(case: &Case) {
    let longer = load_text(&Plan::new(case, Style { longer: true, ..Style::default() }).yaml());
    let scenario = load_text(&Plan::new(case, Style::default()).yaml());
    let (short, long) = (run_in(&scenario, 1), super::run_until(&longer, scenario.duration.value));
    assert_eq!((short.fingerprint, short.events), (long.fingerprint, long.events), "a longer run begins in another way");
}

fn order(case: &Case) {
    let tame = Style { tame: true, ..Style::default() };
    assert_alike(&record(case, tame), &record(case, Style { reversed: true, ..tame }), "in another order");
}

fn idle(case: &Case) {
    let tame = Style { tame: true, ..Style::default() };
    assert_alike(&record(case, tame), &record(case, Style { idle: true, ..tame }), "beside an idle node");
}

/// The same figures at every node of the first and at every route.
fn assert_alike(one: &Record, other: &Record, how: &str) {
    for node in &one.nodes {
        let twin = other.nodes.iter().find(|twin| twin.name == node.name).unwrap_or_else(|| panic!("{} is there {how}", node.name));
        assert_eq!(figures(node), figures(twin), "{} {how}", node.name);
        let tallies = [node, twin].map(|node| [node.tally.arrived, node.tally.ok]);
        // A mapping's place decides how long a poll's answer is on its way, and so whether the last one of each poller has come when the run ends.
        let polls = if node.kind == "sqs" { POLLERS_MAX } else { 0 };
        let apart = tallies[0].iter().zip(tallies[1]).all(|(one, other)| one.abs_diff(other) <= polls);
        assert!(apart, "{} {how}: {tallies:?}", node.name);
    }
    for route in &one.routes {
        let same = |other: &&coldfront::metrics::RouteRecord| other.workload == route.workload && other.route == route.route;
        let twin = other.routes.iter().find(same).expect("the same routes");
        let of =
            |r: &coldfront::metrics::RouteRecord| (r.answers.offered, r.answers.attempts, r.answers.ok.count(), r.answers.ok.sum_s(), r.in_flight);
        assert_eq!(of(route), of(twin), "{} {} {how}", route.workload, route.route);
    }
}

/// The most pollers that the generator gives to a mapping which is not busy.
const POLLERS_MAX: u64 = 5;

type Figures = (Vec<(&'static str, u64)>, Vec<(&'static str, u64, u64)>, Vec<(&'static str, u64, f64)>);

fn figures(node: &NodeRecord) -> Figures {
    let counters = node.counters.iter().map(|c| (c.name, c.sum)).collect();
    let gauges = node.gauges.iter().map(|g| (g.name, g.max, g.last)).collect();
    let latencies = node.latencies.iter().map(|l| (l.name, l.distribution.count(), l.distribution.sum_s())).collect();
    (counters, gauges, latencies)
}
