//! `compare`: what differs by theory is found and told, what does not is not, and common random numbers halve the variance of a difference at least.

use coldfront::study::{Base, Compared, Comparison, Difference, Header, Threads, paired_seeds, t_975};

use super::{coldfront, how, nothing};

const QUEUE: &str = include_str!("../../../scenarios/studies/compare-queue.yaml");
const THROTTLE: &str = include_str!("../../../scenarios/studies/compare-throttle.yaml");

/// The file against one of its variants.
fn compared(text: &str, variant: &str, pairs: usize, threads: Threads) -> Comparison {
    let base = Base { file: "a.yaml", bytes: text.as_bytes(), files: nothing(), variant: None, overrides: &[] };
    let (one, other) = (base.load(&[]), Base { variant: Some(variant), ..base }.load(&[]));
    let worlds = [Compared { label: "base".into(), loaded: &one }, Compared { label: variant.into(), loaded: &other }];
    let study = Header::new("test", &base, &paired_seeds(&one, pairs), &[]);
    Comparison::of(study, &worlds, &how(threads, &|| false))
}

fn difference<'c>(comparison: &'c Comparison, subject: &str, metric: &str) -> &'c Difference {
    let found = comparison.others[0].differences.iter().find(|one| one.subject == subject && one.metric == metric);
    found.unwrap_or_else(|| panic!("{subject} has no {metric}"))
}

/// The variance of the paired mean difference, as a share of what independent seeds would have.
fn variance_ratio(one: &Difference) -> f64 {
    let (paired, apart) = (one.half_width.expect("pairs"), one.unpaired_half_width.expect("pairs"));
    let error = paired / t_975(one.pairs - 1);
    let independent = apart / t_975(2 * (one.pairs - 1));
    (error / independent).powi(2)
}

#[test]
fn a_third_clerk_saves_what_erlang_says_and_delays_nobody() {
    let comparison = compared(QUEUE, "third_clerk", 20, Threads::Cores);
    let mean = difference(&comparison, "visitors", "mean");
    // Erlang's C of 1.4 erlangs is 0.5765 with two clerks and 0.2024 with three: waits of 9.608 ms and 1.265 ms.
    let expected: f64 = 0.001_265 - 0.009_608;
    let half = mean.half_width.expect("twenty pairs");
    assert!((mean.difference - expected).abs() < 2.0 * half && half < 0.1 * expected.abs(), "{mean:?}");
    assert!(
        comparison.others[0].sentences.iter().any(|said| said.starts_with("mean of `visitors` falls by")),
        "{:?}",
        comparison.others[0].sentences
    );
    // Nobody is served later for a third clerk, one by one.
    let requests = &comparison.others[0].requests;
    assert!(requests.sampled > 1000 && requests.faster > 0 && requests.slower == 0 && requests.broken == 0, "{requests:?}");
    let example = requests.example.as_ref().expect("somebody waited");
    let service = |fate: &coldfront::study::Fate| fate.spent.iter().find(|(cause, _)| cause == "service").map(|(_, seconds)| *seconds);
    assert_eq!(service(&example.base), service(&example.other), "the same visitor wants the same: {example:?}");
}

#[test]
fn with_faster_clerks_pairing_leaves_less_than_half_of_the_variance() {
    let comparison = compared(QUEUE, "faster_clerks", 20, Threads::Cores);
    let mean = difference(&comparison, "visitors", "mean");
    // Erlang's C of 1.26 erlangs and two clerks is 0.4870: a wait of 5.923 ms and 9 ms of service, instead of 9.608 ms and 10 ms.
    let (expected, half) = (0.005_923 + 0.009 - 0.009_608 - 0.010, mean.half_width.expect("twenty pairs"));
    assert!((mean.difference - expected).abs() < 2.0 * half, "{mean:?}");
    let ratio = variance_ratio(mean);
    eprintln!("common random numbers leave {ratio:.2} of the variance of the difference of means (queueing)");
    assert!(ratio <= 0.5, "{ratio}");
}

#[test]
fn more_write_capacity_saves_refusals_and_costs_its_price() {
    let comparison = compared(THROTTLE, "a_tenth_more", 12, Threads::Cores);
    let refused = difference(&comparison, "orders", "write_throttle_events");
    assert!(refused.significant && refused.difference < 0.0, "{refused:?}");
    let ratio = variance_ratio(refused);
    eprintln!("common random numbers leave {ratio:.2} of the variance of the difference of refusals (throttling)");
    assert!(ratio <= 0.5, "{ratio}");
    // Five units at $0.00065 an hour (us-east-1, 2026), 730 hours.
    let table = difference(&comparison, "orders", "cost_monthly");
    assert!((table.difference - 5.0 * 0.00065 * 730.0).abs() < 0.006, "{table:?}");
    assert!(comparison.others[0].sentences.iter().any(|said| said.starts_with("the total costs $")), "{:?}", comparison.others[0].sentences);
}

#[test]
fn what_makes_no_difference_makes_no_sentence() {
    // Capacity to read that nobody reads with; its price is the only difference.
    let text = THROTTLE.replace("a_tenth_more: { nodes.orders.write_capacity_units: 55 }", "more: { nodes.order.ephemeral_storage: 600 MB }");
    let comparison = compared(&text.replace("duration: 2m", "duration: 20s"), "more", 4, Threads::Cores);
    let said = &comparison.others[0].sentences;
    assert!(said.iter().all(|sentence| sentence.contains("costs")), "{said:?}");
    assert_eq!(comparison.others[0].changes.len(), 1);
    let requests = &comparison.others[0].requests;
    assert_eq!((requests.alike, requests.example.is_none()), (requests.sampled, true));
}

#[test]
fn what_is_put_in_before_the_others_moves_nobodys_luck() {
    let queue = QUEUE.replace("33s", "6s");
    let nobody = "  nobody: { target: attic, phases: [ { duration: 6s, arrival_rate: 1/s } ] }\n";
    let more =
        queue.replace("workloads:\n", &format!("workloads:\n{nobody}")).replace("nodes:\n", "nodes:\n  attic: { type: server, service_time: 1s }\n");
    let base = Base { file: "a.yaml", bytes: queue.as_bytes(), files: nothing(), variant: None, overrides: &[] };
    let (one, other) = (base.load(&[]), Base { bytes: more.as_bytes(), ..base }.load(&[]));
    let worlds = [Compared { label: "base".into(), loaded: &one }, Compared { label: "more".into(), loaded: &other }];
    let comparison = Comparison::of(Header::new("test", &base, &paired_seeds(&one, 2), &[]), &worlds, &how(Threads::Cores, &|| false));
    let requests = &comparison.others[0].requests;
    assert!(requests.sampled > 300 && requests.alike == requests.sampled, "{requests:?}");
    assert!(comparison.others[0].sentences.iter().all(|said| !said.contains("`visitors`")), "{:?}", comparison.others[0].sentences);
    let new: Vec<&str> = comparison.others[0].changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(new, ["workloads.nobody", "nodes.attic"]);
}

#[test]
fn a_comparison_is_the_same_on_any_number_of_threads() {
    let text = QUEUE.replace("33s", "6s");
    let json = |threads| compared(&text, "third_clerk", 5, threads).json();
    let one = json(Threads::Just(1));
    assert!(one == json(Threads::Just(2)) && one == json(Threads::Just(5)));
}

#[test]
fn the_command_compares_by_set_by_variant_and_by_file_alike_and_fails_where_a_threshold_breaks() {
    let file = "scenarios/studies/compare-queue.yaml";
    let short = ["--duration", "8s", "--replications", "3", "-q", "--format", "json"];
    let run = |words: &[&str]| {
        let words: Vec<&str> = ["compare"].iter().chain(words).chain(&short).copied().collect();
        let output = coldfront(&words);
        let comparison: Comparison = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        (output.status.code(), comparison)
    };
    let (by_set, one) = run(&[file, "--set", "nodes.desk.slots=3"]);
    let (by_variant, other) = run(&[file, "--variant", "third_clerk"]);
    assert_eq!((by_set, by_variant), (Some(0), Some(0)));
    assert_eq!(one.others[0].differences, other.others[0].differences);
    // The other way round a threshold that held breaks.
    let folder = std::env::temp_dir().join(format!("coldfront-compare-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder of our own");
    let branch = folder.join("branch.yaml");
    std::fs::write(&branch, QUEUE.replace("slots: 2", "slots: 3")).expect("it can be written");
    let (breaks, back) = run(&[branch.to_str().expect("a path in letters"), file]);
    assert_eq!(breaks, Some(99));
    assert_eq!(back.others[0].changes.iter().map(|change| change.words()).next().as_deref(), Some("`nodes.desk.slots`: 3 → 2"));
    let page =
        coldfront(&["compare", file, branch.to_str().expect("letters"), "--duration", "8s", "--replications", "3", "-q", "--format", "markdown"]);
    let page = String::from_utf8_lossy(&page.stdout).into_owned();
    assert!(page.contains("### compare-queue → branch") && page.contains("* ✅ `visitors: mean < 15 ms` holds now in all 3 runs"), "{page}");
    std::fs::remove_dir_all(&folder).expect("and taken away again");
}

#[test]
fn a_path_that_is_not_there_is_refused_with_one_that_is_near() {
    let output = coldfront(&["compare", "scenarios/studies/compare-queue.yaml", "--set", "nodes.desk.slot=3", "-q"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("did you mean `slots`?") && output.stdout.is_empty(), "{said}");
    let alone = coldfront(&["compare", "scenarios/studies/compare-queue.yaml", "-q"]);
    assert_eq!(alone.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&alone.stderr).contains("there is nothing to compare with"));
}
