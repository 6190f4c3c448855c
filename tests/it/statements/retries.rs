//! Retries of the AWS SDKs, where simulators usually go wrong: what a fault costs, and which refusals are worth another attempt.
//! The other statements on attempts, sleeps and quotas stand with all that is tested of them, in `retries`.

use coldfront::platform::sdk;

use crate::observed::{IDEAL, run_bursts};

#[test]
fn after_seventeen_calls_that_failed_for_good_the_sdk_of_2026_has_one_retry_left_and_then_none() {
    // A queue out of reach answers 503. Two retries at 14 of 500 tokens: 17 calls cost 476, the 18th has enough for one, and 10 are left.
    let handler = "{ repeat: { times: 100, do: [ { send: { queue: q, on_error: [] } } ] } }";
    let nodes = format!("  f: {{ type: lambda, timeout: 15m, sdk: {{ profile: v2026 }}, handler: [ {handler} ] }}\n  q: {{ type: sqs }}\n");
    let faults = "faults: [ { at: 0s, for: 299s, node: q, unavailable: true } ]";
    let yaml = format!("{IDEAL}duration: 300s\n{faults}\nworkloads: {{ callers: {{ target: f, BURSTS, ends_at: f }} }}\nnodes:\n{nodes}");
    let run = run_bursts(&yaml, &[(0.0, 1)]);
    let asked = run.0.nodes.iter().find(|node| node.name == "q").map(|node| node.tally.arrived);
    assert_eq!(asked, Some(17 * 3 + 2 + 82));
    assert_eq!((run.ok("callers"), run.count("q", "NumberOfMessagesSent")), (1, 0.0));
}

#[test]
fn a_429_of_an_unknown_name_is_retried_by_the_older_sdks_only() {
    let retried = |name: &str| sdk::profile(name).map(|profile| profile.retries_any_429);
    assert_eq!(["v2026", "standard", "python-standard"].map(retried), [Some(false); 3]);
    assert_eq!(retried("python-legacy"), Some(true));
}
