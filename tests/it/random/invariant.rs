//! What holds in every run of any scenario, read off its record.
//!
//! ```text
//! requests   arrived = ok + failed + in flight                     messages   sent + redriven in = deleted + dead + redriven out + expired + there
//! limits     busy ≤ slots, executions ≤ reservation, …             Little     0 ≤ ∫ N dt − Σ W ≤ N(end) · T, and ∫ N dt = Σ W where nothing is left
//! ```
//!
//! The limits are those of the scenario as it was read, so a new feature is held to them without a line here. Little's law is an identity of each run, not of its
//! mean: N comes from levels, W from latencies, and they are measured apart. It is asserted where both are of the same stays and there is no warm-up to cut them.

use coldfront::metrics::{GaugeRecord, NodeRecord, Record};
use coldfront::scenario::Scenario;
use coldfront::service::Spec;
use coldfront::units::Time;

pub fn gauge<'n>(node: &'n NodeRecord, name: &str) -> Option<&'n GaugeRecord> {
    node.gauges.iter().find(|gauge| gauge.name == name)
}

fn count(node: &NodeRecord, name: &str) -> f64 {
    node.counters.iter().filter(|counter| counter.name == name && counter.dimension.is_none()).map(|counter| counter.value()).sum()
}

fn counts(node: &NodeRecord, names: &[&str]) -> f64 {
    names.iter().map(|name| count(node, name)).sum()
}

fn there(node: &NodeRecord, names: &[&str]) -> f64 {
    names.iter().filter_map(|name| gauge(node, name)).map(|gauge| gauge.last as f64).sum()
}

/// Asserts all of it; gives at how many nodes Little's law was an equation.
pub fn assert_all(scenario: &Scenario, record: &Record) -> u64 {
    for node in &record.nodes {
        let t = node.tally;
        assert_eq!(t.arrived, t.ok + t.failed + t.in_flight, "{}: arrived = ok + failed + in flight", node.name);
        assert_latencies(node, record.simulated);
    }
    assert_routes(record);
    assert_limits(scenario, record);
    assert_capacity(scenario, record);
    assert_series(record);
    let mut exact = 0;
    if record.warm_up == Time::ZERO {
        record.nodes.iter().filter(|node| node.kind == "sqs").for_each(assert_messages);
        assert_hand_overs(record);
        assert_deliveries(scenario, record);
        record.nodes.iter().for_each(assert_functions);
        exact = record.nodes.iter().filter(|node| assert_littles_law(scenario, node, record.simulated)).count() as u64;
    }
    exact
}

/// A total is the sum of its windows since the warm-up; of a run that was cut short within the warm-up there is none to speak of.
fn assert_series(record: &Record) {
    if record.simulated <= record.warm_up {
        return;
    }
    let first = record.window_ends.partition_point(|end| *end <= record.warm_up);
    for node in &record.nodes {
        for counter in &node.counters {
            let windows = counter.windows.iter().skip(first).map(|n| f64::from(*n)).sum::<f64>();
            assert!((windows - counter.sum as f64).abs() <= 1e-6 * windows, "{}: {} of {windows} and {}", node.name, counter.name, counter.sum);
        }
    }
    for limit in &record.limits {
        let windows = limit.windows.iter().skip(first).map(|n| u64::from(*n)).sum::<u64>();
        assert_eq!(windows, limit.refused, "{}", limit.phrase);
    }
}

/// What a provisioned table gives: its units a second, what was stored at the start, and no more than one operation on credit in each partition.
fn assert_capacity(scenario: &Scenario, record: &Record) {
    /// Units of the largest operation of these scenarios, and of the first second's burst.
    const ONE: f64 = 100.0;
    for (name, spec) in &scenario.nodes {
        let Spec::DynamoDb(table) = spec else { continue };
        let node = record.nodes.iter().find(|node| node.name == name.value).expect("every node is recorded");
        let stored = 300.0 * table.initial_burst.map_or(1.0, |share| share.as_fraction());
        // Stored before the warm-up, some may be spent after it.
        let seconds = record.simulated.as_secs_f64() + stored;
        for (units, consumed) in
            [(&table.read_capacity_units, "ConsumedReadCapacityUnits"), (&table.write_capacity_units, "ConsumedWriteCapacityUnits")]
        {
            let Some(units) = units.as_ref().map(|units| units.value as f64) else { continue };
            let (given, taken) = (units * (seconds + 1.0) + 4.0 * ONE, count(node, consumed));
            assert!(taken <= given, "{}: {consumed} is {taken}, and there were {given}", node.name);
        }
    }
}

fn assert_routes(record: &Record) {
    for route in &record.routes {
        let (offered, answers) = (route.windows.iter().map(|w| u64::from(w.offered)).sum::<u64>(), &route.answers);
        assert!(answers.offered <= offered && answers.answered() + route.in_flight >= answers.offered, "{} {}", route.workload, route.route);
        assert!(answers.attempts >= answers.answered() && answers.retried <= answers.answered(), "{} {}", route.workload, route.route);
    }
}

/// Nothing takes longer than the run.
fn assert_latencies(node: &NodeRecord, simulated: Time) {
    for latency in node.latencies.iter().filter(|latency| latency.name != "EndToEnd") {
        assert!(latency.distribution.max() <= simulated + Time::from_secs(60), "{}: {} of {}", node.name, latency.name, latency.distribution.max());
    }
}

fn assert_limits(scenario: &Scenario, record: &Record) {
    let platform = scenario.platform();
    let account = platform.count("lambda.concurrent_executions");
    for (name, spec) in &scenario.nodes {
        let node = record.nodes.iter().find(|node| node.name == name.value).expect("every node is recorded");
        let most = |level: &str, limit: u64| {
            let peak = gauge(node, level).map_or(0, |gauge| gauge.max);
            assert!(peak <= limit, "{}: {level} was {peak}, and may be {limit}", node.name);
        };
        match spec {
            Spec::Lambda(function) => most("ConcurrentExecutions", function.reserved_concurrency.as_ref().map_or(account, |own| own.value)),
            Spec::Server(server) => {
                most("BusySlots", u64::from(server.slots.value) * u64::from(server.instances.value));
                server.queue_limit.iter().for_each(|limit| most("QueueLength", *limit * u64::from(server.instances.value)));
            }
            Spec::Sqs(queue) => {
                let limit = platform.count(if queue.fifo.is_some() { "sqs.fifo_in_flight" } else { "sqs.in_flight" });
                most("ApproximateNumberOfMessagesNotVisible", limit);
            }
            _ => {}
        }
    }
    let executing: u64 = record.nodes.iter().filter_map(|node| gauge(node, "ConcurrentExecutions")).map(|gauge| gauge.last).sum();
    assert!(executing <= account, "{executing} executions of an account that may have {account}");
    assert_pollers(scenario, record);
}

/// Batches at a time of each mapping.
fn assert_pollers(scenario: &Scenario, record: &Record) {
    for (name, spec) in &scenario.nodes {
        let Spec::Lambda(function) = spec else { continue };
        for source in &function.event_sources {
            let node = record.nodes.iter().find(|node| node.name == format!("{} → {}", source.queue.value, name.value)).expect("a mapping");
            let provisioned = source.provisioned_poller_config.as_ref().map(|pollers| pollers.maximum_pollers.value * 10);
            let limit = source.maximum_concurrency.as_ref().map(|most| most.value).or(provisioned).unwrap_or(1250);
            let peak = gauge(node, "ConcurrentBatches").map_or(0, |gauge| gauge.max);
            assert!(peak <= limit, "{}: {peak} batches at a time, and may have {limit}", node.name);
            let [polled, filtered, invoked] = ["PolledEventCount", "FilteredOutEventCount", "InvokedEventCount"].map(|name| count(node, name));
            assert!(record.warm_up > Time::ZERO || filtered + invoked <= polled, "{}: {filtered} + {invoked} of {polled}", node.name);
        }
    }
}

const LEVELS: [&str; 3] = ["ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];

fn assert_messages(queue: &NodeRecord) {
    let came = counts(queue, &["NumberOfMessagesSent", "RedrivenInMessages"]);
    let left = counts(queue, &["NumberOfMessagesDeleted", "DeadLetteredMessages", "RedrivenOutMessages", "ExpiredMessages"]);
    assert_eq!(came, left + there(queue, &LEVELS), "{} loses no message", queue.name);
    let dead =
        ["NeverProcessed", "AfterErrors", "AfterTimeouts", "AfterOverruns", "BehindFailures"].map(|why| count(queue, &format!("DeadLettered{why}")));
    assert_eq!(count(queue, "DeadLetteredMessages"), dead.iter().sum::<f64>(), "{}: every death has one cause", queue.name);
    let first = queue.latencies.iter().find(|l| l.name == "TimeInQueue").map_or(0, |l| l.distribution.count()) as f64;
    assert_eq!(
        count(queue, "NumberOfMessagesReceived"),
        first + count(queue, "RedeliveredMessages"),
        "{}: received for the first time, or again",
        queue.name
    );
}

/// What one queue hands over another takes.
fn assert_hand_overs(record: &Record) {
    let all = |names: &[&str]| record.nodes.iter().map(|node| counts(node, names)).sum::<f64>();
    let (out, taken) = (all(&["DeadLetteredMessages", "RedrivenOutMessages"]), all(&["RedrivenInMessages"]));
    // A run that was cut short may stand between the two, which are at one instant.
    let between = if record.stopped_early.is_some() { out } else { 0.0 };
    assert!(out - taken >= 0.0 && out - taken <= between, "{out} handed over, {taken} taken");
}

/// Messages × subscriptions = delivered + filtered out + given up + pending, where what is being redriven counts as both of the last.
fn assert_deliveries(scenario: &Scenario, record: &Record) {
    for (name, spec) in &scenario.nodes {
        let Spec::Sns(topic) = spec else { continue };
        let node = record.nodes.iter().find(|node| node.name == name.value).expect("every node is recorded");
        let accepted = count(node, "NumberOfMessagesPublished") - count(node, "DeduplicatedMessages");
        let ended = counts(node, &["NumberOfNotificationsDelivered", "NumberOfNotificationsFilteredOut", "DeliveriesGivenUp"]);
        let (due, pending) = (accepted * topic.subscriptions.len() as f64, there(node, &["DeliveriesPending"]));
        assert!(
            due <= ended + pending && (due == ended + pending || record.stopped_early.is_some() || given_up_pending(node)),
            "{name:?}: {due} due, {ended} ended, {pending} pending"
        );
    }
}

/// Whether a delivery may be given up and still pending, on its way to the dead-letter queue.
fn given_up_pending(topic: &NodeRecord) -> bool {
    count(topic, "DeliveriesGivenUp") > counts(topic, &["NumberOfNotificationsRedrivenToDlq", "NumberOfNotificationsFailedToRedriveToDlq"])
}

fn assert_functions(node: &NodeRecord) {
    if node.kind != "lambda" {
        return;
    }
    let [invocations, errors, cold, timeouts] = ["Invocations", "Errors", "ColdStarts", "Timeouts"].map(|name| count(node, name));
    assert!(errors <= invocations && timeouts <= errors, "{}: {errors} errors of {invocations}", node.name);
    assert!(cold <= invocations, "{}: {cold} cold starts of {invocations}", node.name);
    let dropped = counts(node, &["AsyncEventsDropped"]);
    assert!(dropped <= count(node, "AsyncEventsReceived"), "{}: {dropped} events dropped", node.name);
    let provisioned = counts(node, &["ProvisionedConcurrencyInvocations", "ProvisionedConcurrencySpilloverInvocations"]);
    assert!(provisioned <= invocations, "{}: {provisioned} provisioned of {invocations}", node.name);
}

/// A stay: the levels that count it, the latencies that sum it, and what must not have happened, as it ends stays unmeasured.
struct Stay {
    levels: &'static [&'static str],
    latencies: &'static [&'static str],
    never: &'static [&'static str],
}

fn stay(scenario: &Scenario, node: &NodeRecord) -> Option<Stay> {
    let spec = scenario.nodes.iter().find(|(name, _)| name.value == node.name).map(|(_, spec)| spec)?;
    let zero = |given: &Option<coldfront::mechanism::distribution::Distribution>| {
        given.as_ref().and_then(|d| d.is_constant()).is_some_and(|constant| constant == Time::ZERO)
    };
    match spec {
        Spec::Server(server) if format!("{:?}", server.discipline).contains("ProcessorSharing") => None,
        Spec::Server(_) => Some(Stay { levels: &["BusySlots", "QueueLength"], latencies: &["TargetResponseTime"], never: &[] }),
        Spec::Lambda(function) if zero(&function.allocation) && zero(&function.invoke_overhead) && is_plain(function) => {
            Some(Stay { levels: &["ConcurrentExecutions"], latencies: &["Duration", "InitDuration"], never: &["SlowInits"] })
        }
        Spec::Sns(_) => Some(Stay { levels: &["DeliveriesPending"], latencies: &["DeliveryLatency"], never: &["DeliveriesGivenUp"] }),
        Spec::Sqs(queue) if queue.duplicates.is_none() => Some(Stay {
            levels: &["ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesDelayed"],
            latencies: &["TimeInQueue"],
            never: &["RedeliveredMessages", "LateDeletes", "ExpiredMessages", "RedrivenInMessages", "RedrivenOutMessages", "DeadLetteredMessages"],
        }),
        _ => None,
    }
}

/// Whether its executions last as long as its durations say: a batch occupies one on its way too, and what is provisioned has no INIT.
fn is_plain(function: &coldfront::service::lambda::Spec) -> bool {
    function.provisioned_concurrency.is_none()
        && function.event_sources.is_empty()
        && function.auto_scaling.is_none()
        && function.snap_start == coldfront::service::lambda::SnapStart::None
}

/// Whether it was an equation: nothing was left, and there was something.
fn assert_littles_law(scenario: &Scenario, node: &NodeRecord, simulated: Time) -> bool {
    let Some(stay) = stay(scenario, node).filter(|stay| counts(node, stay.never) == 0.0) else { return false };
    let seconds = simulated.as_secs_f64();
    let levels = || stay.levels.iter().filter_map(|name| gauge(node, name));
    let (area, left) = (levels().map(|gauge| gauge.mean * seconds).sum::<f64>(), levels().map(|gauge| gauge.last as f64).sum::<f64>());
    let spent: f64 = node.latencies.iter().filter(|latency| stay.latencies.contains(&latency.name)).map(|latency| latency.distribution.sum_s()).sum();
    // An INIT is written down when it begins, so those under way are in the sum already.
    let longest = node.latencies.iter().find(|latency| latency.name == "InitDuration").map_or(0.0, |init| init.distribution.max().as_secs_f64());
    let error = 1e-9 * area.max(1.0);
    // What outlasts its visibility timeout is visible again until it is deleted, and nobody has received it twice.
    let again = if node.kind == "sqs" { f64::INFINITY } else { 0.0 };
    assert!(
        area - spent >= -error - left * longest && area - spent <= left * seconds + error + again,
        "{}: ∫ N dt = {area} s, Σ W = {spent} s, {left} are left",
        node.name
    );
    left == 0.0 && area > 0.0 && area - spent <= error
}
