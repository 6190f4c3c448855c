//! Prices and bills: published worked examples are reproduced, the book holds what its reference holds, and whatever is written, there is an answer.
//!
//! The examples and the reference are read from `../shared`, as is the rule; where that is absent, the tests say so and hold what stands in the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use coldfront::cost::{Asked, Book, Measure, Priced, price_file};
use coldfront::platform::Date;
use coldfront::scenario::NoFiles;
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::support::{repository, shared};

fn folder() -> PathBuf {
    repository().join("scenarios/prices")
}

/// The reference of prices; aloud, where it is absent.
fn reference() -> Option<serde_yaml::Value> {
    let folder = std::env::var_os("COLDFRONT_SHARED").map_or_else(|| repository().join("../shared"), PathBuf::from);
    let path = folder.join("reference/prices-us-east-1.yaml");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is absent, so nothing was compared with it", path.display());
        return None;
    };
    Some(serde_yaml::from_str(&text).expect("the file is YAML"))
}

fn texts() -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder()).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let named = |path: PathBuf| (path.file_stem().expect("a name").to_string_lossy().into_owned(), fs::read_to_string(&path).expect("it is text"));
    entries.map(named).collect()
}

fn priced(name: &str, text: &str) -> Priced {
    price_file(name, text.as_bytes(), &Asked::default(), &NoFiles)
}

#[test]
fn every_worked_example_comes_out_as_its_file_expects() {
    let texts = texts();
    assert_eq!(texts.len(), 22);
    for (name, text) in &texts {
        let priced = priced(name, text);
        assert!(priced.diagnostics.is_empty(), "{name}: {:?}", priced.diagnostics);
        assert!(!priced.source.is_empty() && priced.year.is_some(), "{name} has a source and its year");
        for (case, bill) in &priced.bills {
            assert!(!bill.verdicts.is_empty(), "{name}: {case:?} expects something");
            for verdict in &bill.verdicts {
                assert!(verdict.holds(), "{name} {case:?}: {} is {}, not {}", verdict.line, verdict.usd, verdict.expected);
            }
        }
    }
}

#[test]
fn an_expectation_that_is_moved_by_twice_its_tolerance_fails() {
    for (name, text) in texts() {
        for (_, bill) in priced(&name, &text).bills {
            for verdict in bill.verdicts {
                for moved in [-2.0, 2.0] {
                    let off = coldfront::cost::Verdict { expected: verdict.usd + moved * verdict.allowed, ..verdict.clone() };
                    assert!(!off.holds(), "{name}: {} is {} and would be {}", verdict.line, verdict.usd, off.expected);
                }
            }
        }
    }
}

/// The totals of an example: of the whole, of each case, or of single lines.
fn measured(measured: &Json) -> Vec<(&'static str, f64)> {
    const LINES: [(&str, &str); 11] = [
        ("total_usd", "total"),
        ("total_usd_correct", "total"),
        ("total_usd_per_day", "total"),
        ("usd_per_hour", "total"),
        ("compute_usd", "lambda.duration"),
        ("apigw_rest_usd", "api_gateway.rest"),
        ("lambda_usd", "lambda.requests"),
        ("sns_usd", "sns.standard"),
        ("sqs_usd", "sqs.standard"),
        ("sfn_transition_usd", "step_functions.standard"),
        ("ddb_stream_read_usd", "dynamodb.streams"),
    ];
    LINES.iter().filter_map(|(field, line)| Some((*line, measured[*field].as_f64()?))).collect()
}

#[test]
fn the_totals_are_those_of_the_published_examples() {
    let Some(examples) = shared("validation/pricing-examples.json") else { return };
    let examples = examples.as_array().expect("a list");
    assert_eq!(examples.len(), 22);
    let texts = texts();
    for example in examples {
        let id = example["id"].as_str().expect("an id");
        let text = texts.get(id).unwrap_or_else(|| panic!("{id} has a file"));
        let tolerance = &example["tolerance_suggested"];
        let allowed = |usd: f64| match tolerance["type"].as_str() {
            Some("relative") => tolerance["value"].as_f64().expect("a share") * usd,
            _ => tolerance["value"].as_f64().expect("an amount"),
        };
        let priced = priced(id, text);
        let url = example["source_url"].as_str().expect("a source");
        assert!(!url.starts_with("http") || priced.source == [url], "{id} names its source");
        let rows = example["measured"]["usd_per_million_cold_invocations"].as_array().or(example["measured"]["usd_per_million"].as_array());
        let wanted: Vec<(usize, &str, f64)> = match rows {
            Some(rows) => rows
                .iter()
                .enumerate()
                .map(|(at, usd)| (at, if id.contains("sebs") { "lambda.duration" } else { "total" }, usd.as_f64().expect("USD")))
                .collect(),
            None => measured(&example["measured"])
                .into_iter()
                .map(|(line, usd)| (0, line, usd))
                .filter(|(_, line, _)| !id.contains("edge") || *line == "total")
                .collect(),
        };
        assert!(!wanted.is_empty(), "{id} has an amount");
        for (at, line, usd) in wanted {
            let own = priced.bills[at].1.amount(line).unwrap_or_else(|| panic!("{id} has the line {line}"));
            assert!((own - usd).abs() <= allowed(usd), "{id}: {line} is {own}, not {usd}");
        }
    }
}

/// The part of a reference's path that a price's key begins with.
const SERVICES: [(&str, &[&str]); 21] = [
    ("lambda", &["lambda."]),
    ("api_gateway", &["api_gateway."]),
    ("sqs", &["sqs."]),
    ("sns", &["sns."]),
    ("dynamodb", &["dynamodb."]),
    ("eventbridge", &["eventbridge."]),
    ("step_functions", &["step_functions."]),
    ("kinesis", &["kinesis."]),
    ("s3", &["s3.", "data_transfer."]),
    ("cloudwatch", &["cloudwatch.", "xray."]),
    ("fargate", &["fargate."]),
    ("load_balancers", &["load_balancers."]),
    ("nat_gateway", &["nat_gateway."]),
    ("vpc_interface_endpoint", &["interface_endpoints."]),
    ("public_ipv4_hour", &["public_ipv4."]),
    ("cloudfront_us", &["cloudfront.", "lambda_edge."]),
    ("cognito_usd_per_mau", &["cognito."]),
    ("rds_proxy", &["rds_proxy."]),
    ("kms_requests_usd_per_10k", &["kms."]),
    ("secrets_manager", &["secrets_manager."]),
    ("waf", &["waf."]),
];

/// Numbers of the reference that are no numbers of the book, and why.
const NOT_IN_THE_BOOK: [(&str, &str); 4] = [
    ("step_functions/express/duration_tiers_usd_per_gb_s", "the same price by the second; the book has it by the hour"),
    ("dynamodb/free_tier_monthly/wcu", "25 units are 18,250 unit-hours of a month of 730 hours"),
    ("dynamodb/free_tier_monthly/rcu", "25 units are 18,250 unit-hours of a month of 730 hours"),
    ("kinesis/on_demand_advantage/minimum_days", "a minimum of the account's setting; the note says it"),
];

/// Every number below a value, with its path.
fn numbers(path: &str, value: &serde_yaml::Value, found: &mut Vec<(String, f64)>) {
    match value {
        serde_yaml::Value::Number(number) => found.extend(number.as_f64().map(|number| (path.to_owned(), number))),
        serde_yaml::Value::Sequence(items) => items.iter().for_each(|item| numbers(path, item, found)),
        serde_yaml::Value::Mapping(entries) => {
            for (key, value) in entries {
                let key = key.as_str().map_or_else(|| format!("{key:?}"), str::to_owned);
                numbers(&format!("{path}/{key}"), value, found);
            }
        }
        _ => {}
    }
}

/// What a price says in figures: prices, bounds, free amounts, steps in their own units.
fn figures(book: &Book, prefixes: &[&str]) -> Vec<f64> {
    let mut all = vec![];
    for price in book.prices().iter().filter(|price| prefixes.iter().any(|prefix| price.key.starts_with(prefix))) {
        all.extend(
            price
                .tiers
                .iter()
                .flat_map(|tier| {
                    [
                        Some(tier.price),
                        Some(tier.price * 100.0),
                        tier.up_to,
                        tier.up_to.map(|gb| gb / 1024.0),
                        tier.up_to.map(|gb| gb / 1024.0 / 1024.0),
                    ]
                })
                .flatten(),
        );
        all.extend(price.free.iter().map(|free| free.amount));
        for rule in &price.rounding {
            let measures = [rule.step, rule.minimum, rule.included, rule.most, rule.overhead].into_iter().flatten();
            all.extend(measures.flat_map(|measure| match measure {
                Measure::Bytes(bytes) => [0, 10, 20, 30].map(|shift| bytes.as_bytes() as f64 / f64::from(1u32 << shift)),
                Measure::Time(time) => [1e6, 1e9, 3.6e12, 8.64e13].map(|unit| time.as_nanos() as f64 / unit),
                Measure::Number(number) => [number; 4],
            }));
        }
    }
    all
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

#[test]
fn the_book_holds_every_number_of_its_reference() {
    let Some(reference) = reference() else { return };
    let book = Book::of("us-east-1", Date::NEWEST).expect("a Region");
    assert!(close(book.month_hours(), reference["meta"]["month_hours"].as_f64().expect("hours")));
    let mut missing = Vec::new();
    for (service, prefixes) in SERVICES {
        let (mut wanted, held) = (Vec::new(), figures(&book, prefixes));
        numbers(service, &reference[service], &mut wanted);
        assert!(!wanted.is_empty() && !held.is_empty(), "{service}");
        // Of another Region, held below.
        wanted.retain(|(path, _)| !path.contains("eu_west_1") && !NOT_IN_THE_BOOK.iter().any(|(known, _)| path == known));
        missing.extend(wanted.into_iter().filter(|(_, number)| !held.iter().any(|own| close(*own, *number))));
    }
    assert!(missing.is_empty(), "{missing:#?}");
    let known: Vec<&str> = SERVICES.iter().map(|(service, _)| *service).chain(["meta", "region_factors"]).collect();
    for (key, _) in reference.as_mapping().expect("a map") {
        assert!(known.contains(&key.as_str().expect("a name")), "{key:?} is in no service");
    }
}

/// What a factor of the reference is of: the first key has its absolute figures, in their order.
const COVERED: [(&str, &[&str]); 17] = [
    ("lambda_duration_x86", &["lambda.duration.x86_64"]),
    ("lambda_requests", &["lambda.requests"]),
    ("step_functions_standard", &["step_functions.standard"]),
    ("sns_fifo", &["sns.fifo.publish", "sns.fifo.publish_data"]),
    ("sns_standard", &["sns.standard"]),
    ("dynamodb_on_demand", &["dynamodb.standard.write_request_units", "dynamodb.standard.read_request_units"]),
    ("dynamodb_provisioned", &["dynamodb.standard.write_capacity_unit_hours", "dynamodb.standard.read_capacity_unit_hours"]),
    ("dynamodb_storage", &["dynamodb.standard.storage"]),
    ("api_gateway_rest", &["api_gateway.rest"]),
    ("api_gateway_http", &["api_gateway.http"]),
    ("sqs", &["sqs.standard", "sqs.fifo"]),
    ("eventbridge_custom", &["eventbridge.custom"]),
    ("s3_put", &["s3.standard.put"]),
    ("s3_storage", &["s3.standard.storage"]),
    ("kinesis_shard_hour", &["kinesis.provisioned.shard_hours"]),
    ("alb_hour", &["load_balancers.alb_hours"]),
    ("cloudwatch_logs_ingest", &["cloudwatch.logs.ingest"]),
];

#[test]
fn a_regions_prices_are_those_of_its_factors_and_no_others() {
    let Some(reference) = reference() else { return };
    let home = Book::of("us-east-1", Date::NEWEST).expect("a Region");
    let first = |book: &Book, key: &str| book.price(key).unwrap_or_else(|missing| panic!("{missing}")).tiers[0].price;
    for region in ["eu-west-1", "eu-central-1", "ap-southeast-1"] {
        let book = Book::of(region, Date::NEWEST).expect("a Region");
        let factors = &reference["region_factors"][region];
        let mut covered = vec!["fargate.x86_64.vcpu_hours", "fargate.x86_64.gb_hours", "nat_gateway.hours", "nat_gateway.data"];
        for (name, keys) in COVERED {
            let mut figures = Vec::new();
            numbers("", &factors[name], &mut figures);
            let Some((_, factor)) = figures.iter().find(|(path, _)| path == "/f") else { continue };
            covered.extend(keys);
            for (at, key) in keys.iter().enumerate() {
                let absolute = figures.iter().filter(|(path, _)| path != "/f").nth(at).map(|(_, usd)| *usd);
                let (own, wanted) = (first(&book, key), absolute.unwrap_or(first(&home, key) * factor));
                assert!((own - wanted).abs() <= 1e-3 * wanted, "{region} {key}: {own}, not {wanted}");
            }
        }
        assert!(close(first(&book, "fargate.x86_64.vcpu_hours"), factors["fargate"]["vcpu_hour"].as_f64().expect("USD")));
        assert!(book.prices().iter().all(|price| price.everywhere || covered.contains(&price.key.as_str())), "{region}");
    }
    for (name, key) in
        [("other_known_step_functions_per_transition", "step_functions.standard"), ("other_known_lambda_x86_per_gb_s", "lambda.duration.x86_64")]
    {
        let mut figures = Vec::new();
        numbers("", &reference["region_factors"][name], &mut figures);
        assert!(figures.len() >= 5);
        for (path, usd) in figures {
            let region = path.trim_start_matches('/').replace("us-gov", "us-gov-west-1");
            let book = Book::of(&region, Date::NEWEST).expect("a Region");
            let price = book.price(key).unwrap_or_else(|missing| panic!("{missing}"));
            assert!(close(price.charge(1.0, 0.0), usd), "{region} {key}");
        }
    }
}

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_coldfront")).args(args).current_dir(repository()).env("NO_COLOR", "1").output().expect("it is built");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_exit_code_tells_what_came_of_it() {
    let example = "scenarios/prices/price-lambda-01-mobile-backend.yaml";
    assert_eq!(run(&["price", example]).0, Some(0));
    let (code, out, _) = run(&["price", example, "--as-of", "2016-06-01", "--format", "json"]);
    let json: Json = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!((code, json["bills"][0]["expectations"][0]["holds"].as_bool()), (Some(99), Some(false)), "120 ms were 200 ms then");
    let (code, _, said) = run(&["price", example, "--region", "eu-central-1"]);
    assert!(code == Some(2) && said.contains("`lambda.requests` in eu-central-1") && said.contains("factor: 1"), "{said}");
    assert_eq!(run(&["price", "scenarios/prices/price-eb-04-api-destinations.yaml", "scenarios/prices/price-eb-01-custom-5m.yaml"]).0, Some(0));
    assert_eq!(run(&["price", "scenarios/nothing.yaml"]).0, Some(2));
    assert_eq!(run(&["price", "--list", "no", "such"]).0, Some(2));
    assert_eq!(run(&["price", "--list", "--region", "eu-west-1", "dynamodb"]).0, Some(0));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong-price.yaml");
    fs::write(&path, "usage: { sqs: { messages: 1M } }\nexpect: [ { line: total, usd: 5 } ]\n").expect("it can be written");
    let (code, out, _) = run(&["price", &path.to_string_lossy()]);
    assert!(code == Some(99) && out.contains("✗ total is $1.20, expected $5.00"), "{out}");
}

#[test]
fn an_overlay_file_is_laid_over_the_book() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ours.yaml");
    fs::write(&path, "region: eu-central-1\nprices: [ { key: lambda.requests, price: 0.20, source: our contract } ]\n").expect("it can be written");
    let example = "scenarios/prices/price-lambda-02-telemetry-ml.yaml";
    let (code, out, said) = run(&["price", example, "--region", "eu-central-1", "--prices", &path.to_string_lossy(), "--format", "csv"]);
    assert!(code == Some(0) && out.contains("our contract"), "{said}");
    fs::write(&path, "prices: [ { key: lambda.requests, price: -1 } ]\n").expect("it can be written");
    let (code, _, said) = run(&["price", example, "--prices", &path.to_string_lossy()]);
    assert!(code == Some(2) && said.contains("ours.yaml:1:"), "{said}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A line of an example is left out, doubled, or has some of its text replaced.
    #[test]
    fn whatever_is_written_there_is_an_answer(at in 0usize..22, line in 0usize..14, kind in 0u8..3, text in "[-a-z0-9{}:,.%$ _\\[\\]]{0,12}") {
        let texts: Vec<String> = texts().into_values().collect();
        let mut lines: Vec<String> = texts[at].lines().map(str::to_owned).collect();
        let line = line % lines.len();
        match kind {
            0 => drop(lines.remove(line)),
            1 => lines.insert(line, lines[line].clone()),
            _ => {
                let cut = lines[line].char_indices().map(|(at, _)| at).nth(lines[line].chars().count() / 2).unwrap_or(0);
                lines[line].insert_str(cut, &text);
            }
        }
        let priced = priced("month.yaml", &lines.join("\n"));
        prop_assert!(priced.failed() || priced.bills.iter().all(|(_, bill)| bill.total().is_finite() && bill.total() >= 0.0));
        coldfront::scenario::render::text(&priced.diagnostics, &priced.sources, coldfront::scenario::render::Colour::Never);
    }
}
