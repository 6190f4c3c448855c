//! API Gateway, REST and HTTP: the front door with its buckets, its time-out and its way of telling what went wrong behind it.
//!
//! ```text
//! request ─▶ size ─▶ route | stage bucket ─▶ account bucket ─▶ integration ─▶ mapped answer ─▶ + overhead
//!             413           429                   429            │ time-out: 504 (HTTP: 503), the function runs on
//! ```
//!
//! A request needs a token in every bucket that applies; one that is refused takes none. API Gateway never retries. Its own overhead is charged on
//! the way back. Left out: authorizers, usage plans, caches, WebSocket, edge endpoints, best-effort over- and undershoot of throttles.

use crate::{
    document::{Data, Diagnostic, Map, Read, Reading, Shape, Shapes, Spanned, Value},
    engine::{BucketId, Ix, LaneId, NodeId, OpId, Signal, World},
    mechanism::{distribution::Distribution, token_bucket::TokenBucket},
    metrics::{Cause, Class, Counter, Latency, Limit, Outcome},
    spec,
    units::{Rate, Time},
    words,
};

use super::{Build, Kind, Reference, Service, lambda::operation::Operation as OfFunction, server};

words! {
    /// Which kind of API.
    pub enum Protocol {
        /// A REST API.
        Rest = "rest",
        /// An HTTP API.
        Http = "http",
    }
}

spec! {
    /// A token bucket of an API.
    pub struct Throttle: "a throttle" {
        /// Requests a second in the long run; at most the account's 10,000/s.
        rate: Spanned<Rate>,
        /// Requests that may come at once: the size of the token bucket.
        burst: u64,
    }
}

spec! {
    /// A route in its long form.
    pub struct RouteFields: "a route" {
        /// The function or server behind it.
        integration: Spanned<String>,
        /// How long the integration may take; default 29 s (REST) or 30 s (HTTP).
        timeout: Option<Spanned<Time>> = None,
        /// The route's own bucket instead of the stage's.
        throttle: Option<Throttle> = None,
    }
}

/// A route: the name of its integration, or the long form.
#[derive(Clone, Debug)]
pub struct Route(pub RouteFields);

impl Read for Route {
    fn expected() -> String {
        "the name of a function, or `{ integration: …, timeout: … }`".into()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        Shape::any(vec![String::shape(shapes), RouteFields::shape(shapes)])
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match value.data {
            Data::Map(_) => RouteFields::read(value, reading).map(Self),
            _ => {
                let text = value.text().map(str::to_owned).or_else(|| reading.mismatch(value, &Self::expected()))?;
                let integration = Spanned { value: text, span: value.span };
                Some(Self(RouteFields { integration, timeout: None, throttle: None }))
            }
        }
    }
}

spec! {
    /// What the file says of an API.
    pub struct Spec: "an API" {
        /// Which kind of API, which decides on its overhead, its time-out and what a client is told.
        protocol: Protocol = Protocol::Rest,
        /// What is behind each route: method and path, such as `GET /orders`.
        routes: Spanned<Map<Route>>,
        /// The bucket of the stage, for every route without one of its own.
        throttle: Option<Throttle> = None,
        /// What the front door adds to each answer; default: as measured for the protocol.
        overhead: Option<Distribution> = None,
    }
}

spec! {
    /// A request as a workload or a handler asks it.
    pub struct Request: "a request" {
        /// Method and path, as the API has it: `GET /orders`.
        route: String,
    }
}

/// What can be asked of an API: one of its routes.
#[derive(Clone, Debug)]
pub struct Operation {
    pub route: String,
}

impl Kind for Spec {
    type Service = ApiGateway;
    type Operation = Operation;
    const NAME: &'static str = "api_gateway";
    const VERBS: &'static [&'static str] = &["request"];
    const TARGET: &'static str = "api";
    const METRICS: &'static [&'static str] = &["count", "4xx_error", "5xx_error", "latency", "integration_latency"];

    fn read_operation(_verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Operation> {
        Request::read(value, reading).map(|Request { route }| Operation { route })
    }

    fn operation_shape(_verb: &'static str, shapes: &mut Shapes) -> Shape {
        Request::shape(shapes)
    }

    fn references(&self) -> Vec<Reference> {
        let reference = |(name, route): &(Spanned<String>, Route)| Reference {
            to: route.0.integration.clone(),
            verb: "integration",
            waits: true,
            timeout: Some(route.0.timeout.clone().unwrap_or_else(|| self.usual_timeout(route.0.integration.span))),
            label: name.value.clone(),
            feeds: false,
        };
        self.routes.value.0.iter().map(reference).collect()
    }

    fn routes(&self) -> Vec<&str> {
        self.routes.value.0.iter().map(|(name, _)| name.value.as_str()).collect()
    }

    fn check(&self, name: &str, reading: &mut Reading) {
        if self.routes.value.0.is_empty() {
            let message = format!("`{name}` has no routes, so nothing can be asked of it");
            reading.push(Diagnostic::error("E061", self.routes.span, message).label("no routes").hint("add a route: `GET /items: my_function`"));
        }
        let own = self.routes.value.0.iter().filter_map(|(_, route)| route.0.throttle.as_ref());
        for throttle in self.throttle.iter().chain(own).filter(|t| t.burst == 0 || t.rate.value.as_per_second() <= 0.0) {
            let message = format!("this throttle of `{name}` lets nothing through");
            reading.push(
                Diagnostic::error("E062", throttle.rate.span, message).label("this throttle").hint("both `rate` and `burst` must be above zero"),
            );
        }
    }

    fn build(&self, node: NodeId, build: &mut Build) -> ApiGateway {
        let (rate, burst) = (build.platform.get("apigateway.throttle_rate"), build.platform.get("apigateway.throttle_burst"));
        let account = build.shared_bucket("apigateway", rate, burst);
        let overhead = self.overhead.clone().unwrap_or_else(|| default_overhead(self.protocol, build));
        let payload_limit = build.platform.count(match self.protocol {
            Protocol::Rest => "apigateway.rest_payload",
            Protocol::Http => "apigateway.http_payload",
        });
        let phrase = format!("the account's API Gateway request rate ({rate}/s) at `{}`", build.name(node));
        let metrics = &mut build.world.metrics;
        let at = node as usize;
        let mut api = ApiGateway {
            protocol: self.protocol,
            payload_limit,
            buckets: Vec::new(),
            routes: Vec::new(),
            entries: Vec::new(),
            account,
            overhead,
            requests: metrics.counter(at, "Count"),
            client_errors: metrics.counter(at, "4XXError"),
            server_errors: metrics.counter(at, "5XXError"),
            latency: metrics.latency(at, "Latency"),
            integration_latency: metrics.latency(at, "IntegrationLatency"),
            account_limit: metrics.limit(at, "apigateway_account", phrase),
        };
        self.connect(&mut api, node, build);
        api
    }

    fn bind(&self, api: &mut ApiGateway, operations: Vec<Operation>, _build: &mut Build) {
        let position = |o: &Operation| self.routes.value.0.iter().position(|(name, _)| name.value == o.route).unwrap_or(0);
        api.entries = operations.iter().map(|o| position(o) as u32).collect();
    }
}

impl Spec {
    /// The time-out of a route that does not name one, for checks against what is behind it.
    fn usual_timeout(&self, span: crate::document::Span) -> Spanned<Time> {
        let seconds = crate::platform::Platform::default().get(timeout_row(self.protocol));
        Spanned { value: Time::from_secs_f64(seconds), span }
    }

    /// The buckets and integrations of the routes.
    fn connect(&self, api: &mut ApiGateway, node: NodeId, build: &mut Build) {
        let (name, whose) = (build.name(node).to_owned(), build.whose(node));
        let stage = self.throttle.as_ref().map(|t| {
            let phrase = format!("{whose} stage throttle ({})", t.rate.value);
            api.bucket(t, build.world.metrics.limit(node as usize, "apigateway_stage", phrase))
        });
        for (route, Route(fields)) in &self.routes.value.0 {
            let own = fields.throttle.as_ref().map(|t| {
                let phrase = format!("the throttle of `{}` at `{name}` ({})", route.value, t.rate.value);
                api.bucket(t, build.world.metrics.limit(node as usize, "apigateway_route", phrase))
            });
            let target = build.node(&fields.integration.value);
            let operation = match build.kind(target) {
                "lambda" => super::Operation::Lambda(OfFunction::Sync),
                _ => super::Operation::Server(server::Operation),
            };
            let op = build.operation(target, operation);
            let timeout = fields.timeout.as_ref().map_or_else(|| default_timeout(self.protocol, build), |t| t.value);
            let timeout = build.world.lane(timeout);
            api.routes.push(CompiledRoute { target, op, timeout, bucket: own.or(stage) });
        }
    }
}

fn default_timeout(protocol: Protocol, build: &Build) -> Time {
    Time::from_secs_f64(build.platform.get(timeout_row(protocol)))
}

fn timeout_row(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Rest => "apigateway.rest_integration_timeout",
        Protocol::Http => "apigateway.http_integration_timeout",
    }
}

fn default_overhead(protocol: Protocol, build: &Build) -> Distribution {
    build.measured(match protocol {
        Protocol::Rest => "apigateway.rest_overhead",
        Protocol::Http => "apigateway.http_overhead",
    })
}

/// Purposes of draws.
const OVERHEAD: u64 = 0xA1;

const THROTTLED: Outcome = Outcome { class: Class::Throttled, code: 429 };
const TOO_LARGE: Outcome = Outcome { class: Class::Rejected, code: 413 };

/// What the client is told of an outcome behind the door (AWS docs: lambda/services-apigateway-errors, apigw/gateway-response-types, read 2026-11; the
/// HTTP column is from community reports).
fn mapped(protocol: Protocol, outcome: Outcome) -> Outcome {
    let failed = |code| Outcome { class: Class::Failed, code };
    match (outcome.class, protocol) {
        (Class::Ok, _) => Outcome::OK,
        // A server's 503 passes through; a Lambda throttle (429) becomes a server error.
        (Class::Throttled, _) if outcome.code == 503 => failed(503),
        (Class::Throttled, Protocol::Rest) => failed(500),
        (Class::Throttled, Protocol::Http) => failed(503),
        (Class::Rejected, _) if outcome.code == TOO_LARGE.code => TOO_LARGE,
        (Class::Rejected, _) => failed(500),
        (Class::Failed | Class::TimedOut, Protocol::Rest) => failed(502),
        (Class::Failed | Class::TimedOut, Protocol::Http) => failed(500),
    }
}

fn timed_out(protocol: Protocol) -> Outcome {
    let code = match protocol {
        Protocol::Rest => 504,
        Protocol::Http => 503,
    };
    Outcome { class: Class::TimedOut, code }
}

/// An API that runs.
#[derive(Clone, Debug)]
pub struct ApiGateway {
    protocol: Protocol,
    payload_limit: u64,
    buckets: Vec<(TokenBucket, Limit)>,
    routes: Vec<CompiledRoute>,
    /// Route of each operation.
    entries: Vec<u32>,
    account: BucketId,
    overhead: Distribution,
    requests: Counter,
    client_errors: Counter,
    server_errors: Counter,
    latency: Latency,
    integration_latency: Latency,
    account_limit: Limit,
}

#[derive(Clone, Copy, Debug)]
struct CompiledRoute {
    target: NodeId,
    op: OpId,
    timeout: LaneId,
    bucket: Option<usize>,
}

impl Service for ApiGateway {
    #[inline]
    fn on(&mut self, world: &mut World, ix: Ix, signal: Signal) {
        match signal {
            Signal::Arrive => self.arrive(world, ix),
            Signal::Reply(outcome) => self.integrated(world, ix, mapped(self.protocol, outcome)),
            Signal::Deadline => self.integrated(world, ix, timed_out(self.protocol)),
            Signal::Wake(_) | Signal::Done(_) => unreachable!("an API never sleeps"),
        }
    }
}

impl ApiGateway {
    fn bucket(&mut self, throttle: &Throttle, limit: Limit) -> usize {
        self.buckets.push((TokenBucket::new(throttle.rate.value.as_per_second(), throttle.burst as f64), limit));
        self.buckets.len() - 1
    }

    #[inline]
    fn arrive(&mut self, world: &mut World, ix: Ix) {
        world.metrics.count(self.requests, 1);
        let frame = world.frame(ix);
        let (luck, op, bytes) = (frame.luck, frame.op, frame.bytes);
        let at = self.entries[op as usize] as usize;
        let CompiledRoute { target, op, timeout, bucket } = self.routes[at];
        if u64::from(bytes) > self.payload_limit {
            return self.answer(world, ix, TOO_LARGE);
        }
        if !self.admit(world, bucket) {
            return self.answer(world, ix, THROTTLED);
        }
        world.call(ix, 0, target, op, luck.child(at as u32, 0), Time::ZERO);
        world.arm(ix, timeout);
    }

    /// A token from every bucket that applies, or none at all.
    #[inline]
    fn admit(&mut self, world: &mut World, bucket: Option<usize>) -> bool {
        let now = world.now();
        let own = bucket.map(|b| &mut self.buckets[b]);
        if let Some((bucket, limit)) = &own
            && !bucket.conforms(now, 1)
        {
            world.metrics.refuse(*limit);
            return false;
        }
        if !world.shared.take(self.account, now) {
            world.metrics.refuse(self.account_limit);
            return false;
        }
        if let Some((bucket, _)) = own {
            bucket.take(now, 1);
        }
        true
    }

    #[inline]
    fn integrated(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        let took = world.now() - world.frame(ix).born;
        world.metrics.record(self.integration_latency, took);
        self.answer(world, ix, outcome);
    }

    #[inline]
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
