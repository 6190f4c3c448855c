//! What the platform knows on a day, and what differs between two, for people and for programs.
//!
//! ```text
//! platform::catalogue ──▶ Catalogue | Changes ──▶ text · json · csv · markdown
//!   entries of a day        those asked for        one entry: name, value, since when; what it governs; whence it is known
//! ```
//!
//! Quotas and latencies stand by service, SDKs and cold starts behind them. A number is written as a scenario would override it, in the unit of its row,
//! and beside it as people say it.

mod data;
mod text;
mod words;

use crate::platform::{
    Date,
    catalogue::{self, Change, Entry, Kind},
};

/// What the platform knows on a day, or that part of it whose names have some words.
#[derive(Clone, Debug)]
pub struct Catalogue {
    pub as_of: Date,
    pub entries: Vec<Entry>,
    /// Whether each measurement of a cold start is shown, and not only their ranges.
    every_start: bool,
}

/// What differs between two days, the older one first.
#[derive(Clone, Debug)]
pub struct Changes {
    pub from: Date,
    pub to: Date,
    pub changes: Vec<Change>,
}

impl Catalogue {
    /// All entries whose name or kind has all of these words; without words, all.
    pub fn new(as_of: Date, words: &[String]) -> Self {
        let entries = catalogue::entries(as_of).into_iter().filter(|entry| entry.is_called(words)).collect();
        let every_start = words.iter().any(|word| word.eq_ignore_ascii_case(Kind::ColdStart.key()));
        Self { as_of, entries, every_start }
    }
}

impl Changes {
    /// Between two days, in whichever order they are given.
    pub fn new(one: Date, other: Date, words: &[String]) -> Self {
        let (from, to) = (one.min(other), one.max(other));
        let changes = catalogue::changes(from, to).into_iter().filter(|change| change.new.is_called(words)).collect();
        Self { from, to, changes }
    }
}

/// The title of the section that an entry stands in.
fn section(entry: &Entry) -> String {
    match entry.kind {
        Kind::Quota | Kind::Latency => service(entry.service()).to_owned(),
        Kind::Sdk => "AWS SDKs: how they retry".into(),
        Kind::Runtime => "Runtimes: the SDK they bring".into(),
        Kind::ColdStart => "Runtimes: cold starts of empty functions".into(),
    }
}

/// A service as people call it.
fn service(prefix: &str) -> &str {
    match prefix {
        "lambda" => "Lambda",
        "apigateway" => "API Gateway",
        "dynamodb" => "DynamoDB",
        "sns" => "SNS",
        "sqs" => "SQS",
        "esm" => "Event source mappings",
        "eventbridge" => "EventBridge",
        "kinesis" => "Kinesis",
        "sdk" => "Calls by an AWS SDK",
        other => other,
    }
}

/// Things by section, each section where its first entry stands.
fn by_section<'e, T>(things: &'e [T], entry: impl Fn(&T) -> &Entry) -> Vec<(String, Vec<&'e T>)> {
    let mut sections: Vec<(String, Vec<&T>)> = Vec::new();
    for thing in things {
        let title = section(entry(thing));
        match sections.iter_mut().find(|(known, _)| *known == title) {
            Some((_, there)) => there.push(thing),
            None => sections.push((title, vec![thing])),
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Style;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn words(text: &str) -> Vec<String> {
        text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn a_part_of_it_reads_well() {
        let catalogue = Catalogue::new(day("2022-06-01"), &words("lambda scaling"));
        insta::assert_snapshot!(catalogue.text(&Style { colour: false, width: 80 }));
    }

    #[test]
    fn sdks_and_cold_starts_read_well() {
        let style = Style { colour: false, width: 100 };
        insta::assert_snapshot!(
            [words("v2026"), words("coldstart java21:snap")].map(|words| Catalogue::new(Date::NEWEST, &words).text(&style)).join("\n")
        );
    }

    #[test]
    fn what_changed_reads_well() {
        let changes = Changes::new(day("2023-12-01"), day("2023-11-01"), &[]);
        insta::assert_snapshot!(changes.text(&Style { colour: false, width: 100 }));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [72, 80, 100] {
            let style = Style { colour: false, width };
            let whole = [Catalogue::new(day("2020-02-01"), &[]).text(&style), Catalogue::new(Date::NEWEST, &words("coldstart")).text(&style)];
            let changed = Changes::new(day("2018-01-01"), Date::NEWEST, &[]).text(&style);
            for line in whole.iter().chain([&changed]).flat_map(|text| text.lines()) {
                assert!(line.chars().count() <= usize::from(width) || !line.trim().contains(' '), "{width}: {line}");
                assert_eq!(line.trim_end(), line);
            }
        }
    }

    #[test]
    fn data_say_the_same_in_every_format() {
        let catalogue = Catalogue::new(day("2026-11-01"), &words("sns publish_rate"));
        assert!(catalogue.csv().contains("quota,sns.publish_rate,,value,300,messages/s,,AWS docs: general/sns,"));
        assert!(catalogue.csv().contains("quota,sns.publish_rate,us-east-1,value,30000,messages/s,"));
        let json: serde_json::Value = serde_json::from_str(&catalogue.json()).unwrap();
        assert_eq!(json["as_of"], "2026-11-01");
        assert_eq!(json["quotas"][0]["regions"]["us-east-1"], 30_000.0);
        assert!(catalogue.markdown().contains("| `sns.publish_rate` | 300 messages/s |"));
        let changes = Changes::new(day("2020-11-30"), day("2020-12-01"), &[]);
        assert!(changes.csv().contains("quota,lambda.billing_step,100,1,ms,2020-12-01,"));
        let json: serde_json::Value = serde_json::from_str(&changes.json()).unwrap();
        assert_eq!((json["changes"][0]["old"].as_f64(), json["changes"][0]["new"].as_f64()), (Some(3_008.0), Some(10_240.0)));
        assert!(changes.markdown().contains("| `lambda.billing_step` | 100 ms | 1 ms | 2020-12-01 |"));
    }
}
