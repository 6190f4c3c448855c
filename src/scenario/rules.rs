//! What must hold of a scenario before anyone looks at its wiring: parts, names, lengths, and how much there is to simulate.
//!
//! ```text
//! expected requests = Σ phases (first rate + last rate) / 2 × length,  cut at the scenario's duration
//! ```
//!
//! A closed loop is taken at its fastest, each user coming back as soon as its mean think time is over. Rules within one workload are its own.

use super::Scenario;
use crate::document::{Data, Diagnostic, Entry, Reading, Span, Spanned, closest};
use crate::mechanism::trace::Trace;
use crate::metrics::MOST_CHOSEN_WINDOWS;
use crate::platform::{Date, Platform, quota, snap_start};
use crate::service::workload::{Load, PhaseSpec, ReplaySpec, TraceFormat, WorkloadSpec, positive};
use crate::service::{Spec, lambda::SnapStart};
use crate::units::Time;

/// More requests than this are refused: at a million a second they would take more than a day.
const REQUESTS_MAX: f64 = 1e11;
/// The longest run: 800 days, a little less than the engine's clock can count.
const DURATION_MAX: Time = Time::from_secs(800 * 86_400);
/// The step of traces that count.
const MINUTE: Time = Time::from_secs(60);
/// What a fast machine simulates, in requests a second; for the estimate in the message only.
const REQUESTS_PER_SECOND: f64 = 1e6;

/// Warns of a Region that might be a slip: quotas that differ by Region would be those of the smallest.
pub fn region(region: &Spanned<String>, reading: &mut Reading) {
    if crate::platform::REGIONS.contains(&region.value.as_str()) {
        return;
    }
    let near = crate::document::closest(&region.value, crate::platform::REGIONS.iter().copied());
    let hint = near.map_or_else(
        || "a code such as `us-east-1`; its quotas are taken to be those of the smallest Regions".into(),
        |near| format!("did you mean `{near}`?"),
    );
    let message = format!("`{}` is no Region that is known", region.value);
    reading.push(Diagnostic::warning("W036", region.span, message).label("not known").hint(hint));
}

/// Whether a node holds work when the run begins, so that it may do without a workload.
fn has_backlog(node: &Entry) -> bool {
    matches!(&node.value.data, Data::Map(fields) if fields.iter().any(|field| field.key == "backlog"))
}

/// That there are workloads and nodes at all, with names that can be told apart.
pub fn parts(workloads: Option<&Entry>, nodes: Option<&Entry>, root: Span, reading: &mut Reading) {
    let absent = |entry: Option<&Entry>| entry.is_none_or(|entry| matches!(&entry.value.data, Data::Map(map) if map.is_empty()));
    let (no_workload, no_node) = (absent(workloads), absent(nodes));
    let (workloads, nodes) = (entries(workloads), entries(nodes));
    let no_workload = no_workload && !nodes.iter().any(has_backlog);
    let top = Span { end: root.start, ..root };
    if no_workload {
        let hint = "add `workloads: { shoppers: { target: api, … } }`";
        reading.push(Diagnostic::error("E016", top, "a scenario needs at least one workload: somebody who sends requests").hint(hint));
    }
    if no_node {
        reading
            .push(Diagnostic::error("E017", top, "a scenario needs at least one node to send requests to").hint("add `nodes: { api: { type: … } }`"));
    }
    for entry in workloads.iter().chain(nodes).filter(|entry| entry.key.trim().is_empty()) {
        reading.push(Diagnostic::error("E018", entry.key_span, "a name must not be empty").label("no name").hint("write a name before the colon"));
    }
    let mut named: Vec<&Entry> = workloads.iter().collect();
    named.sort_by(|a, b| a.key.cmp(&b.key));
    for node in nodes {
        if let Ok(same) = named.binary_search_by(|workload| workload.key.cmp(&node.key)) {
            let message = format!("`{}` is the name of both a workload and a node", node.key);
            let diagnostic = Diagnostic::error("E018", node.key_span, message).label("this node").also(named[same].key_span, "this workload");
            reading.push(diagnostic.hint("reports and thresholds call both by their names: rename one of them"));
        }
    }
}

fn entries(entry: Option<&Entry>) -> &[Entry] {
    match entry.map(|entry| &entry.value.data) {
        Some(Data::Map(entries)) => entries,
        _ => &[],
    }
}

/// All other rules. `timed` says whether the scenario's duration could be read.
pub fn check(scenario: &mut Scenario, timed: bool, reading: &mut Reading) {
    date(scenario, reading);
    quotas(scenario, reading);
    reservations(scenario, reading);
    provisioned(scenario, reading);
    of_their_day(scenario, reading);
    replicas(scenario, reading);
    traces(scenario, reading);
    if !timed {
        return;
    }
    positive(&scenario.duration, "a run", reading);
    if scenario.duration.value > DURATION_MAX {
        let message = format!("a run lasts at most {DURATION_MAX}, this one {}", scenario.duration.value);
        let hint = "a few days show every daily and weekly pattern";
        reading.push(Diagnostic::error("E046", scenario.duration.span, message).label("too long").hint(hint));
    }
    if scenario.warm_up.value >= scenario.duration.value && scenario.duration.value > Time::ZERO {
        let message = format!("a warm-up of {} leaves nothing of a run of {}", scenario.warm_up.value, scenario.duration.value);
        let diagnostic = Diagnostic::error("E033", scenario.warm_up.span, message).label("as long as the run");
        reading.push(diagnostic.also(scenario.duration.span, "the run").hint("what the warm-up cuts is not in the statistics: make it shorter"));
    }
    scenario.resolution.iter().for_each(|width| resolution(width, scenario, reading));
    scenario.workloads.iter().for_each(|(name, workload)| length(name, workload, &scenario.duration, reading));
    volume(scenario, reading);
}

/// That a run is not cut into too many windows (E125).
fn resolution(width: &Spanned<Time>, scenario: &Scenario, reading: &mut Reading) {
    let windows = scenario.duration.value.as_nanos().div_ceil(width.value.as_nanos().max(1));
    if width.value > Time::ZERO && windows <= MOST_CHOSEN_WINDOWS {
        return;
    }
    let message = format!(
        "a resolution of {} cuts a run of {} into more than {} windows",
        width.value,
        scenario.duration.value,
        crate::units::count(MOST_CHOSEN_WINDOWS)
    );
    let least = Time::from_nanos(scenario.duration.value.as_nanos().div_ceil(MOST_CHOSEN_WINDOWS));
    let hint = format!("every window is kept: write {least} or more, or shorten the run");
    reading.push(Diagnostic::error("E125", width.span, message).label("too fine").hint(hint));
}

fn date(scenario: &Scenario, reading: &mut Reading) {
    let Some(as_of) = scenario.as_of.as_ref().filter(|as_of| Date::parse(&as_of.value).is_none()) else { return };
    let message = format!("`{}` is not a day", as_of.value);
    reading.push(Diagnostic::error("E043", as_of.span, message).label("not a date").hint("write year, month and day: `2026-11-01`"));
}

/// That quotas are known and not negative.
fn quotas(scenario: &Scenario, reading: &mut Reading) {
    for (name, value) in &scenario.quotas.0 {
        if !quota::names().any(|known| known == name.value) {
            let diagnostic = Diagnostic::error("E044", name.span, format!("there is no quota `{}`", name.value)).label("not known");
            let near = closest(&name.value, quota::names()).map(|near| format!("did you mean `{near}`?"));
            reading.push(Diagnostic { hint: near.or_else(|| Some("quotas are named `lambda.concurrent_executions`".into())), ..diagnostic });
        } else if *value < 0.0 {
            reading.push(
                Diagnostic::error("E032", name.span, format!("the quota `{}` must be zero or more", name.value))
                    .label("negative")
                    .hint("leave it out for AWS's default"),
            );
        }
    }
}

/// That functions leave the account what it must keep unreserved (AWS docs: lambda/lambda-concurrency, lambda/provisioned-concurrency).
fn reservations(scenario: &Scenario, reading: &mut Reading) {
    let platform = scenario.platform();
    let (account, least) = (platform.count("lambda.concurrent_executions"), platform.count("lambda.unreserved_minimum"));
    let most = account.saturating_sub(least);
    let functions = scenario.nodes.iter().filter_map(|(_, spec)| if let Spec::Lambda(function) = spec { Some(function) } else { None });
    let set_aside = functions.filter_map(|function| function.reserved_concurrency.as_ref().or(function.provisioned_concurrency.as_ref()));
    let mut sum = 0u64;
    for one in set_aside {
        let before = sum;
        sum = sum.saturating_add(one.value);
        if before <= most && sum > most {
            let message =
                format!("functions set aside {sum} of the account's {account} concurrent executions, of which {least} must stay unreserved");
            let hint = format!("set aside at most {most} in all, or raise `quotas: {{ lambda.concurrent_executions: … }}`");
            reading.push(Diagnostic::error("E047", one.span, message).label(format!("more than {most} from here on")).hint(hint));
        }
    }
}

/// That tables are given no more capacity than one may have, and all of them together (AWS docs: dynamodb/ServiceQuotas).
fn provisioned(scenario: &Scenario, reading: &mut Reading) {
    let platform = scenario.platform();
    let tables: Vec<_> = scenario.nodes.iter().filter_map(|(_, spec)| if let Spec::DynamoDb(table) = spec { Some(table) } else { None }).collect();
    for (what, write) in [("read", false), ("write", true)] {
        let (of_one, of_all) = (platform.count(&format!("dynamodb.table_{what}_quota")), platform.count(&format!("dynamodb.account_{what}_quota")));
        let mut sum = 0u64;
        for units in tables.iter().flat_map(|table| table.provisioned_units(write)) {
            let before = sum;
            sum = sum.saturating_add(units.value);
            if units.value > of_one {
                let message = format!("{} {what} units a second are more than a table or index may have, which is {of_one}", units.value);
                let hint = format!("give it less, or raise `quotas: {{ dynamodb.table_{what}_quota: … }}`");
                reading.push(Diagnostic::error("E152", units.span, message).label("too many").hint(hint));
            } else if before <= of_all && sum > of_all {
                let message = format!("tables and indexes are given {sum} {what} units a second, and the account has {of_all}");
                let hint = format!("give them less, or raise `quotas: {{ dynamodb.account_{what}_quota: … }}`");
                reading.push(Diagnostic::error("E151", units.span, message).label(format!("more than {of_all} from here on")).hint(hint));
            }
        }
    }
}

/// That functions are what functions could be on the scenario's day; what they can be today is their own kind's rule.
fn of_their_day(scenario: &Scenario, reading: &mut Reading) {
    let (platform, today) = (scenario.platform(), Platform::default());
    let most = |row: &str| (platform.get(row), today.get(row));
    let (memory, timeout) = (most("lambda.memory_maximum"), most("lambda.timeout_maximum"));
    let day = platform.as_of();
    let mut no = |code, span, message: String| {
        let hint = "the scenario's `as_of` says what day's AWS it runs on";
        reading.push(Diagnostic::error(code, span, message).label(format!("not on {day}")).hint(hint));
    };
    let functions =
        scenario.nodes.iter().filter_map(|(name, spec)| if let Spec::Lambda(function) = spec { Some((&name.value, function)) } else { None });
    for (name, function) in functions {
        let between = |value: f64, (then, now): (f64, f64)| value > then && value <= now;
        let (own_memory, own_timeout) = (&function.memory, &function.timeout);
        if between(own_memory.value.as_mb(), memory) {
            let message = format!("on {day} a function had at most {} MB of memory, and `{name}` has {} MB", memory.0, own_memory.value.as_mb());
            no("E067", own_memory.span, message);
        }
        if between(own_timeout.value.as_secs_f64(), timeout) {
            let longest = Time::from_secs_f64(timeout.0);
            no("E067", own_timeout.span, format!("on {day} a function ran for at most {longest}, and `{name}` may for {}", own_timeout.value));
        }
        if let Some(since) = snap_start::since(&function.runtime.value).filter(|since| function.snap_start != SnapStart::None && *since > day) {
            let message = format!("`{name}` has SnapStart, which `{}` had from {since} on", function.runtime.value);
            no("E160", function.runtime.span, message);
        }
    }
}

/// That replicas are elsewhere.
fn replicas(scenario: &Scenario, reading: &mut Reading) {
    let own = scenario.region.as_str();
    for (name, spec) in &scenario.nodes {
        let Spec::DynamoDb(table) = spec else { continue };
        for (region, _) in table.replicas.0.iter().filter(|(region, _)| region.value == own) {
            let message = format!("`{}` is in `{own}` itself, and has a replica there", name.value);
            let hint = "name the other Regions only, or say at the top in which `region` the scenario is";
            reading.push(Diagnostic::error("E153", region.span, message).label("its own Region").hint(hint));
        }
    }
}

/// Loads and reads the file of each replay.
fn traces(scenario: &mut Scenario, reading: &mut Reading) {
    for (index, (_, workload)) in scenario.workloads.iter().enumerate() {
        let Some(Load::Replay(replay)) = workload.load() else { continue };
        let Some(bytes) = reading.file("the trace", &replay.file) else { continue };
        scenario.traces.extend(trace(replay, &bytes, reading).map(|trace| (index, trace)));
    }
}

/// Reads a trace as its format says, and skips what is to be skipped.
fn trace(replay: &ReplaySpec, bytes: &[u8], reading: &mut Reading) -> Option<Trace> {
    if let (Some(function), true) = (&replay.function, replay.format != TraceFormat::AzureFunctions2019) {
        let message = format!("a trace of the format `{}` has no functions to choose from", replay.format.word());
        reading.push(
            Diagnostic::error("E045", function.span, message).label("of what?").hint("leave `function` out, or say `format: azure_functions_2019`"),
        );
        return None;
    }
    match replay.trace(bytes) {
        Ok(trace) => Some(trace),
        Err(error) => {
            let message = format!("the trace `{}` is not of the format `{}`: {error}", replay.file.value, replay.format.word());
            reading.push(
                Diagnostic::error("E045", replay.file.span, message).label("this file").hint(format!("formats: {}", TraceFormat::WORDS.join(", "))),
            );
            None
        }
    }
}

/// Compares the phases of a workload with the run.
fn length(name: &Spanned<String>, workload: &WorkloadSpec, run: &Spanned<Time>, reading: &mut Reading) {
    let Some(Load::Phases(phases)) = workload.load() else { return };
    let total = phases.iter().fold(Time::ZERO, |sum, phase| sum.saturating_add(phase.value.length()));
    let warn =
        |code, message: String, hint: &str| Diagnostic::warning(code, name.span, message).label("its phases").also(run.span, "the run").hint(hint);
    if total > Time::ZERO && total < run.value {
        let message = format!("the phases of `{}` end after {total}, and the run goes on until {}", name.value, run.value);
        reading.push(warn("W004", message, "shorten `duration`, or say that it is meant with a last `{ pause: … }`"));
    } else if total > run.value && run.value > Time::ZERO && run.span.file == 0 {
        // Whoever shortens the run on the command line knows it.
        let message = format!("the run ends after {}, before the phases of `{}`, which last {total}", run.value, name.value);
        reading.push(warn("W005", message, "lengthen `duration`"));
    }
}

/// Refuses a scenario that nobody could wait for, or that would do nothing.
fn volume(scenario: &Scenario, reading: &mut Reading) {
    for (index, (name, workload)) in scenario.workloads.iter().enumerate() {
        let trace = scenario.traces.iter().find(|(of, _)| *of == index).map(|(_, trace)| trace);
        let requests = expected_requests(workload, trace, scenario.duration.value);
        if requests > REQUESTS_MAX {
            let message = format!("`{}` would make {}, which would take {}", name.value, count(requests), long(requests / REQUESTS_PER_SECOND));
            let hint = "lower the rate or `duration`: to see a steady state a few million requests are plenty, and `--max-events` ends a run early";
            reading.push(Diagnostic::error("E034", name.span, message).label("too many requests").hint(hint));
        }
        if requests == 0.0 && scenario.duration.value > Time::ZERO && could_make_requests(workload, trace) {
            let message = format!("`{}` makes no request at all", name.value);
            let hint = match trace {
                Some(_) => "its trace has none within the run: see `from`, `scale` and `function`",
                None => "all of its rates are zero: give a phase an `arrival_rate`",
            };
            reading.push(Diagnostic::error("E032", name.span, message).label("sends nothing").hint(hint));
        }
    }
}

/// Whether a workload is complete, so that something is wrong where it makes no request.
fn could_make_requests(workload: &WorkloadSpec, trace: Option<&Trace>) -> bool {
    let complete =
        |phase: &Spanned<PhaseSpec>| phase.value.length() > Time::ZERO && (phase.value.pause.is_some() || phase.value.arrival_rate.is_some());
    match workload.load() {
        // A session that never asks has its own complaint.
        _ if workload.per_session().0 == 0.0 => false,
        Some(Load::Phases(phases)) => phases.iter().all(complete),
        Some(Load::Replay(replay)) => trace.is_some() && replay.scale.value > 0.0,
        Some(Load::Users { .. }) | None => false,
    }
}

/// How many requests a workload makes within `run`, about: as many as sessions begin, times those of a session.
pub fn expected_requests(workload: &WorkloadSpec, trace: Option<&Trace>, run: Time) -> f64 {
    let (requests, thinking) = workload.per_session();
    let comings = match (workload.load(), trace) {
        (Some(Load::Phases(phases)), _) => {
            let mut left = run;
            phases.iter().map(|phase| phase_requests(&phase.value, &mut left)).sum()
        }
        // Without a think time it is the service that sets the pace: a millisecond is as fast as any.
        (Some(Load::Users { users, think_time }), _) => {
            users as f64 * run.as_secs_f64() / (think_time.map_or(0.0, |think| think.mean().as_secs_f64()) + thinking).max(0.001)
        }
        (Some(Load::Replay(replay)), Some(Trace::Times(times))) => times.partition_point(|at| *at < run) as f64 * replay.scale.value,
        (Some(Load::Replay(replay)), Some(Trace::Counts(counts))) => {
            let minutes = run.as_nanos().div_ceil(MINUTE.as_nanos()) as usize;
            counts.iter().take(minutes).sum::<f64>() * replay.scale.value
        }
        (Some(Load::Replay(_)) | None, _) => 0.0,
    };
    comings * requests
}

/// The requests of one phase, as far as there is time `left`.
fn phase_requests(phase: &PhaseSpec, left: &mut Time) -> f64 {
    let whole = phase.length();
    let part = whole.min(*left);
    *left = left.saturating_sub(part);
    if part == Time::ZERO {
        return 0.0;
    }
    let (first, last) = phase.rates();
    let reached = first + (last - first) * (part.as_secs_f64() / whole.as_secs_f64());
    (first + reached) / 2.0 * part.as_secs_f64()
}

fn count(requests: f64) -> String {
    match requests {
        n if n < 1e12 => format!("{:.0} billion requests", n / 1e9),
        n => format!("{} requests", format!("{n:.1e}").replace('e', " × 10^")),
    }
}

/// A length in seconds, in the largest unit that suits.
fn long(seconds: f64) -> String {
    const YEAR: f64 = 365.25 * 86_400.0;
    match seconds {
        s if s < 2.0 * 86_400.0 => format!("about {:.0} hours", s / 3600.0),
        s if s < 2.0 * YEAR => format!("about {:.0} days", s / 86_400.0),
        s if s < 1e6 * YEAR => format!("about {:.0} years", s / YEAR),
        _ => "longer than a million years".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_in_a_unit_that_suits() {
        assert_eq!(long(100_000.0), "about 28 hours");
        assert_eq!(long(1e12), "about 31688 years");
        assert_eq!(count(3e18), "3.0 × 10^18 requests");
    }
}
