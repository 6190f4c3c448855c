//! A function URL: HTTP straight to a function, with nothing between but the URL's own overhead.
//!
//! ```text
//! request ─▶ size (6 MB) ─▶ function ─▶ its answer; throttled: 429, thrown or out of time: 502 ─▶ + overhead
//! ```
//!
//! No quota of API Gateway applies, only the function's own limits, and nothing waits but for the function's own time-out. Left out: streamed responses,
//! IAM authorisation, CORS.

use crate::{
    document::{Reading, Shape, Shapes, Spanned, Value},
    engine::{Ix, NodeId, OpId, Signal, World},
    mechanism::distribution::Distribution,
    metrics::{Cause, Class, Counter, Latency, Outcome},
    spec,
    units::Time,
};

use super::{Build, Kind, Reference, Service, lambda::operation::Operation as OfFunction};

spec! {
    /// What the file says of a function URL.
    pub struct Spec: "a function URL" {
        /// The function behind it.
        function: Spanned<String>,
        /// What the URL adds to each answer; default: as measured.
        overhead: Option<Distribution> = None,
    }
}

/// What can be asked of a function URL: its function.
#[derive(Clone, Debug)]
pub struct Operation;

impl Kind for Spec {
    type Service = FunctionUrl;
    type Operation = Operation;
    const NAME: &'static str = "function_url";
    const VERBS: &'static [&'static str] = &["fetch"];
    const TARGET: &'static str = "url";
    const METRICS: &'static [&'static str] = &["url_request_count", "url4xx_count", "url5xx_count", "url_request_latency"];

    fn read_operation(_verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Operation> {
        reading.fields(value, "a fetch")?.close("a fetch", reading);
        Some(Operation)
    }

    fn operation_shape(_verb: &'static str, _: &mut Shapes) -> Shape {
        Shape::object("a fetch")
    }

    fn usual() -> Option<(&'static str, Operation)> {
        Some(("fetch", Operation))
    }

    fn references(&self) -> Vec<Reference> {
        vec![Reference { to: self.function.clone(), verb: "invoke", waits: true, timeout: None, label: "invoke".into(), feeds: false }]
    }

    fn build(&self, node: NodeId, build: &mut Build) -> FunctionUrl {
        let function = build.node(&self.function.value);
        let op = build.operation(function, super::Operation::Lambda(OfFunction::Sync));
        let overhead = self.overhead.clone().unwrap_or_else(|| build.measured("lambda.function_url_overhead"));
        let payload_limit = build.platform.count("lambda.payload_request");
        let (at, metrics) = (node as usize, &mut build.world.metrics);
        FunctionUrl {
            function,
            op,
            overhead,
            payload_limit,
            requests: metrics.counter(at, "UrlRequestCount"),
            client_errors: metrics.counter(at, "Url4xxCount"),
            server_errors: metrics.counter(at, "Url5xxCount"),
            latency: metrics.latency(at, "UrlRequestLatency"),
        }
    }

    fn bind(&self, _service: &mut FunctionUrl, _operations: Vec<Operation>, _build: &mut Build) {}
}

/// Purposes of draws.
const OVERHEAD: u64 = 0xA8;

const TOO_LARGE: Outcome = Outcome { class: Class::Rejected, code: 413 };

/// What the client is told of the function's end (AWS docs: lambda/urls-configuration for 429; 502 is recollected).
fn told(outcome: Outcome) -> Outcome {
    match outcome.class {
        Class::Ok => Outcome::OK,
        Class::Throttled => Outcome { class: Class::Throttled, code: 429 },
        Class::Rejected => outcome,
        Class::Failed | Class::TimedOut => Outcome { class: Class::Failed, code: 502 },
    }
}

/// A function URL that runs.
#[derive(Clone, Debug)]
pub struct FunctionUrl {
    function: NodeId,
    op: OpId,
    overhead: Distribution,
    payload_limit: u64,
    requests: Counter,
    client_errors: Counter,
    server_errors: Counter,
    latency: Latency,
}

impl Service for FunctionUrl {
    fn on(&mut self, world: &mut World, ix: Ix, signal: Signal) {
        match signal {
            Signal::Arrive => self.arrive(world, ix),
            Signal::Reply(outcome) => self.answer(world, ix, told(outcome)),
            _ => unreachable!("a function URL never sleeps and sets no deadline"),
        }
    }
}

impl FunctionUrl {
    fn arrive(&mut self, world: &mut World, ix: Ix) {
        world.metrics.count(self.requests, 1);
        let frame = world.frame(ix);
        let (luck, bytes) = (frame.luck, u64::from(frame.bytes));
        if bytes > self.payload_limit {
            return self.answer(world, ix, TOO_LARGE);
        }
        world.call(ix, 0, self.function, self.op, luck.child(0, 0), Time::ZERO);
    }

    fn answer(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        let frame = world.frame(ix);
        let overhead = self.overhead.sample(&mut frame.luck.draw(OVERHEAD));
        let whole = world.now() - frame.born + overhead;
        match outcome.code {
            400..500 => world.metrics.count(self.client_errors, 1),
            500.. => world.metrics.count(self.server_errors, 1),
            _ => {}
        }
        world.metrics.record(self.latency, whole);
        world.finish_spending(ix, outcome, Cause::Overhead, overhead);
    }
}
