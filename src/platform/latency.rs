//! Latency of hops and operations: median and 99th percentile in ms, how they grow with size and number of items, since when, from where.
//!
//! ```text
//! p(kb, items) = base + per_kb · max(0, kb − from_kb) + per_item · items          for p50 and p99 each
//! ```
//!
//! A lognormal through both (σ = ln(p99/p50) / 2.326) is the distribution they stand for, but for those of which more was measured (`SPREADS`).
//! Figures are inside the Region and leave out what is modelled on its own: throttling, retries, cold starts, the caller's CPU. Load does not move
//! them: these services scale until a limit says no.

use super::{Date, holding, quota::ALWAYS};

/// One latency that holds from a day on; all times in ms, as (p50, p99).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    pub name: &'static str,
    pub base_ms: (f64, f64),
    /// What each KB beyond `from_kb` adds.
    pub per_kb_ms: (f64, f64),
    pub from_kb: f64,
    /// What each item of the call adds.
    pub per_item_ms: (f64, f64),
    /// The first day it holds, `yyyy-mm-dd`.
    pub from: &'static str,
    pub source: &'static str,
    /// From where to where it is measured.
    pub about: &'static str,
}

impl Figure {
    /// Median and 99th percentile in ms of a call about `bytes` bytes in `items` items.
    pub fn at(&self, bytes: u64, items: u64) -> (f64, f64) {
        let kb = (bytes as f64 / 1024.0 - self.from_kb).max(0.0);
        let grown = |base: f64, per_kb: f64, per_item: f64| base + per_kb * kb + per_item * items as f64;
        (grown(self.base_ms.0, self.per_kb_ms.0, self.per_item_ms.0), grown(self.base_ms.1, self.per_kb_ms.1, self.per_item_ms.1))
    }
}

/// The figure of `name` that holds on `as_of`.
///
/// # Panics
/// Where no row has this name: names stand in code, and a test reads them all.
pub fn figure(name: &str, as_of: Date) -> Figure {
    match holding(FIGURES.iter().filter(|figure| figure.name == name), |figure| figure.from, as_of) {
        Some(figure) => *figure,
        None => panic!("the platform has no latency `{name}`"),
    }
}

/// The 10th and 90th percentile in ms where they were measured, for latencies that no log-normal through median and 99th percentile fits: they begin at
/// a floor, and only a tenth of them is long. Source: that of the figure.
const SPREADS: &[(&str, f64, f64)] = &[("sqs.to_lambda", 13.7, 33.8), ("sqs.fifo_to_lambda", 21.9, 61.2), ("sns.to_lambda", 62.0, 125.0)];

/// Shares and times in ms to draw straight lines between: as measured at 10, 50, 90 and 99 %, the first and the last line going on to the ends.
pub fn quantiles(figure: &Figure) -> Option<[(f64, f64); 6]> {
    let (_, p10, p90) = *SPREADS.iter().find(|(name, ..)| *name == figure.name)?;
    let (p50, p99) = figure.base_ms;
    Some([(0.0, p10 - (p50 - p10) / 4.0), (0.1, p10), (0.5, p50), (0.9, p90), (0.99, p99), (1.0, p99 + (p99 - p90) / 9.0)])
}

/// Every name once.
pub fn names() -> impl Iterator<Item = &'static str> {
    FIGURES.iter().enumerate().filter(|(i, f)| !FIGURES[..*i].iter().any(|earlier| earlier.name == f.name)).map(|(_, f)| f.name)
}

/// Writes figures tersely: `"name" = p50, p99 [+ KB over n: p50, p99] [+ item: p50, p99], from "day", "source": "about";`.
macro_rules! figures {
    ($($name:literal = $p50:literal, $p99:literal $(+ KB over $free:literal: $kb50:literal, $kb99:literal)? $(+ item: $item50:literal, $item99:literal)?,
       from $from:expr, $source:expr, $about:literal;)*) => {
        /// Every figure.
        pub const FIGURES: &[Figure] = &[$(Figure {
            name: $name,
            base_ms: ($p50 as f64, $p99 as f64),
            per_kb_ms: (0.0 $(+ $kb50)?, 0.0 $(+ $kb99)?),
            from_kb: 0.0 $(+ $free)?,
            per_item_ms: (0.0 $(+ $item50)?, 0.0 $(+ $item99)?),
            from: $from,
            source: $source,
            about: $about,
        }),*];
    };
}

const UNMEASURED: &str = "recollected: SuccessfulRequestLatency as commonly seen; not measured";
const BITE_SIZED: &str = "measured: bitesizedserverless.com, Serverless Messaging: Latency Compared, September 2022, eu-west-1, n = 1024";

figures! {
    // Front doors and invocation
    "apigateway.rest_overhead" = 4, 12, from ALWAYS,
        "measured: joe4dev/trigger-bench X-Ray traces, 2020-21, n = 14: min 2, median 4, max 12 (taken for p99)",
        "stage segment less its Lambda integration: routing, authorisation check, mapping";
    "apigateway.http_overhead" = 2.2, 5.5, from ALWAYS,
        "modelling choice: the measured REST figure times the recollected ratio HTTP to REST (0.55 at p50, 0.45 at p99)",
        "the same for an HTTP API";
    "apigateway.rest_cache_hit" = 4.5, 20, from ALWAYS, "recollected: 3 to 6 ms; not measured", "a reply out of the stage's cache";
    "apigateway.websocket_overhead" = 11, 60, from ALWAYS, "recollected: 8 to 15 ms; not measured", "a message through a WebSocket API";
    "apigateway.cognito_authorizer" = 2.5, 5, from ALWAYS, "recollected: 1 to 5 ms; not measured", "a REST API's look at the token of a user pool";
    "apigateway.jwt_authorizer" = 1, 2, from ALWAYS, "recollected: about 1 ms; not measured", "an HTTP API's look at a token, with keys at hand";
    "apigateway.throttled" = 1, 4, from ALWAYS, "modelling choice: as a throttled reply of DynamoDB", "a 429 of the stage or account";
    "lambda.invoke_overhead" = 0.3, 4.6, from ALWAYS,
        "measured: joe4dev/trigger-bench X-Ray traces, 2020-21, Overhead subsegment, n = 21: min 0.2, median 0.3, max 4.6 (taken for p99)",
        "what Lambda adds to a warm invocation around the handler";
    "lambda.invoke_event" = 12, 50, from ALWAYS,
        "recollected: 10 to 30 ms for a call that queues; X-Ray traces of 2020-21 show 22 to 31 ms for sends to SNS and SQS, connections new",
        "an asynchronous Invoke as its caller sees it, until the 202";
    "lambda.async_dispatch" = 50, 180, from ALWAYS,
        "modelling choice: SNS to Lambda as measured (73, 225) less the way through SNS; a direct asynchronous Invoke was not measured",
        "from the arrival of an event to its first attempt";
    "lambda.snap_start_restore" = 173, 376, from ALWAYS,
        "recollected: typically 100 to 300 ms, taken for the 5th and 95th percentile; measured where `coldstart` has the runtime",
        "restore of a SnapStart snapshot, as `REPORT` prints it, where the runtime was not measured";
    "lambda.throttled" = 1, 4, from ALWAYS, "modelling choice: as a throttled reply of DynamoDB", "a 429 of the Lambda service";
    "lambda.function_url_overhead" = 4.5, 20, from ALWAYS, "recollected: 3 to 6 ms; not measured", "what a function URL adds to an invocation";

    // From a producer's send to the start of a warm handler
    "sqs.to_lambda" = 16.2, 105, from ALWAYS, BITE_SIZED, "standard queue, event source mapping; p10 13.7, p90 33.8";
    "sqs.fifo_to_lambda" = 28.1, 645, from ALWAYS, BITE_SIZED, "FIFO queue, event source mapping; p10 21.9, p90 61.2";
    "sns.to_lambda" = 73, 225, from ALWAYS, BITE_SIZED, "standard topic, asynchronous invocation; p10 62, p90 125";
    "sns.to_sqs" = 12, 150, from ALWAYS,
        "modelling choice: p50 as measured for a FIFO topic, which is not the faster one (recollected: 20 to 30 ms); p99 recollected",
        "publish to visible in a standard queue, standard topic";
    "sns.fifo_to_sqs" = 12, 30, from ALWAYS,
        "measured: bitesizedserverless.com, September 2022: SNS FIFO to SQS to Lambda (p50 40.1) less SQS FIFO to Lambda (28.1); p99 a modelling choice",
        "publish to visible in a FIFO queue, FIFO topic; the difference is 10.9 ms at p10 and 6.6 ms at p90";
    "sns.to_https" = 12, 150, from ALWAYS, "modelling choice: as to a queue", "publish to the request that an HTTP endpoint gets";
    "eventbridge.to_lambda" = 395, 794, from ALWAYS, BITE_SIZED, "event bus, asynchronous invocation; p10 221, p90 579";
    "eventbridge.to_lambda" = 148, 387, from "2023-02-01", "measured: bitesizedserverless.com, repeated after the upgrade of February 2023",
        "event bus, asynchronous invocation; p10 113, p90 241";
    "kinesis.to_lambda" = 627, 1580, from ALWAYS, BITE_SIZED, "polled stream; p10 267, p90 965";
    "kinesis.fan_out_to_lambda" = 49.4, 109, from ALWAYS, BITE_SIZED, "enhanced fan-out; p10 28.8, p90 67.5";
    "dynamodb.stream_to_lambda" = 213, 552, from ALWAYS, BITE_SIZED, "table write to handler by way of its stream; p10 118, p90 341";

    // SQS, as its callers see it
    "sqs.send_message" = 11, 40, from ALWAYS,
        "measured: joe4dev/trigger-bench X-Ray traces, 2020-21, n = 2: 25 to 31 ms on fresh connections, less the 17 ms of a first connection; p99 recollected",
        "SendMessage, standard queue";
    "sqs.fifo_send_message" = 18, 55, from ALWAYS, "recollected: 5 to 10 ms more than a standard queue", "SendMessage, FIFO queue";
    "sqs.receive_message" = 8, 40, from ALWAYS, "recollected: 5 to 10 ms, p99 30 to 50 ms; not measured", "ReceiveMessage that finds something";
    "sqs.delete_message" = 8, 40, from ALWAYS, "recollected: 5 to 10 ms, p99 30 to 50 ms; not measured", "DeleteMessage, ChangeMessageVisibility";

    // The caller's side of an AWS SDK call
    "sdk.round_trip" = 0.5, 1, from ALWAYS, "recollected: 0.3 to 1 ms inside a Region", "network between a function and a service, connection kept open";
    "sdk.first_connection" = 17, 30, from ALWAYS, "recollected: 10 to 30 ms", "first call of a fresh process: name, TCP, TLS";

    // SNS, as its caller sees it
    "sns.publish" = 12, 60, from ALWAYS,
        "recollected: p50 10 to 15 ms, p99 60 ms; the one measurement (trigger-bench X-Ray, 2020-21, n = 2: 22 and 29 ms) is of fresh connections",
        "Publish and PublishBatch";
    "sns.throttled" = 1, 4, from ALWAYS, "modelling choice: as a throttled reply of DynamoDB", "a reply of SNS that refuses";

    // DynamoDB, as the service measures itself
    "dynamodb.get_item_eventual" = 1.8, 6 + KB over 4.0: 0.02, 0.02, from ALWAYS, UNMEASURED, "GetItem, eventually consistent";
    "dynamodb.get_item_strong" = 2.2, 8 + KB over 4.0: 0.02, 0.02, from ALWAYS, UNMEASURED, "GetItem, strongly consistent";
    "dynamodb.put_item" = 3, 10 + KB over 0.0: 0.05, 0.05, from ALWAYS, UNMEASURED, "PutItem";
    "dynamodb.update_item" = 3.5, 12 + KB over 0.0: 0.05, 0.05, from ALWAYS, UNMEASURED, "UpdateItem";
    "dynamodb.delete_item" = 3, 10 + KB over 0.0: 0.05, 0.05, from ALWAYS, UNMEASURED, "DeleteItem";
    "dynamodb.query" = 2.5, 9 + KB over 4.0: 0.022, 0.07, from ALWAYS, UNMEASURED, "Query page: 25 and 80 ms at 1 MB, linear between";
    "dynamodb.replication" = 1000, 2500, from ALWAYS, "recollected: 0.5 to 2.5 s; not measured", "a write in one Region until it is in another, MREC";
    "dynamodb.scan" = 2.5, 9 + KB over 4.0: 0.027, 0.089, from ALWAYS, UNMEASURED, "Scan page: 30 and 100 ms at 1 MB, linear between";
    "dynamodb.transact_write_items" = 9, 30 + item: 0.5, 2.0, from ALWAYS, UNMEASURED, "TransactWriteItems";
    "dynamodb.transact_get_items" = 6, 20 + item: 0.2, 1.0, from ALWAYS, UNMEASURED, "TransactGetItems";
    "dynamodb.throttled" = 1, 4, from ALWAYS, UNMEASURED, "a reply that refuses";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_dated_sourced_and_ordered() {
        for figure in FIGURES {
            assert!(Date::parse(figure.from).is_some_and(|day| day <= Date::NEWEST), "{}", figure.name);
            assert!(0.0 < figure.base_ms.0 && figure.base_ms.0 < figure.base_ms.1, "{}", figure.name);
            let known = ["measured", "recollected", "modelling choice"];
            assert!(known.iter().any(|tag| figure.source.starts_with(tag)) && !figure.about.is_empty(), "{}", figure.name);
        }
        assert_eq!(names().count(), FIGURES.len() - 1, "one figure has changed");
    }

    #[test]
    fn spreads_lie_around_their_medians() {
        for (name, p10, p90) in SPREADS {
            let figure = figure(name, Date::NEWEST);
            assert!(*p10 < figure.base_ms.0 && figure.base_ms.0 < *p90 && *p90 < figure.base_ms.1, "{name}");
            assert!(quantiles(&figure).unwrap().windows(2).all(|pair| pair[0].0 < pair[1].0 && 0.0 < pair[0].1 && pair[0].1 < pair[1].1));
        }
        assert!(quantiles(&figure("sns.publish", Date::NEWEST)).is_none());
    }

    #[test]
    fn size_and_number_of_items_lengthen_a_call() {
        let at = |name, bytes, items| figure(name, Date::NEWEST).at(bytes, items);
        assert_eq!(at("dynamodb.get_item_eventual", 4096, 1), (1.8, 6.0));
        assert!(at("dynamodb.get_item_eventual", 8192, 1).0 - 1.88 < 1e-9);
        let (p50, p99) = at("dynamodb.query", 1 << 20, 0);
        assert!((p50 - 25.0).abs() < 0.1 && (p99 - 80.0).abs() < 0.5, "{p50} {p99}");
        assert_eq!(at("dynamodb.transact_write_items", 0, 4), (11.0, 38.0));
    }

    #[test]
    fn eventbridge_became_faster_in_february_2023() {
        let p50 = |day| figure("eventbridge.to_lambda", Date::parse(day).unwrap()).base_ms.0;
        assert_eq!([p50("2022-09-01"), p50("2023-02-01")], [395.0, 148.0]);
    }
}
