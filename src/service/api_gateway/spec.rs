//! What the file says of an API, and what there is to check in it.
//!
//! ```text
//! api ─ stage: throttle, cache, authorizer, usage plans ─ route: the same, in place of the stage's
//! ```
//!
//! What AWS calls stage and API is one node here, for an API has one stage that matters. Which protocol offers what is checked here too (E140).

use crate::{
    document::{Data, Diagnostic, Map, Read, Reading, Shape, Shapes, Span, Spanned, Value},
    engine::NodeId,
    mechanism::distribution::Distribution,
    platform::Platform,
    service::{
        Build, Kind, Reference,
        charge::{Charge, Charges, Quantity},
    },
    spec,
    units::{Bytes, Rate, Time},
    words,
};

/// The attribute that is the API key where nothing else is said.
pub const API_KEY: &str = "api_key";

use super::{
    ApiGateway, Operation,
    authorizer::{Authorization, AuthorizerSpec, NOBODY},
    operation::Request,
    plan::UsagePlan,
    responses::{CacheSpec, RouteCache},
    sockets,
};

/// What is refused by a throttle or an authorizer costs nothing (recollected; it stands at the price).
const NOT_CHARGED: &[&str] = &["ThrottledCount", "AuthorizerDenied"];

words! {
    /// Which kind of API.
    pub enum Protocol {
        /// A REST API.
        Rest = "rest",
        /// An HTTP API.
        Http = "http",
        /// A WebSocket API: its routes are what messages of open connections ask for.
        Websocket = "websocket",
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
        /// How long the integration may take; default 29 s (REST, WebSocket) or 30 s (HTTP).
        timeout: Option<Spanned<Time>> = None,
        /// The route's own bucket instead of the stage's.
        throttle: Option<Throttle> = None,
        /// The authorizer of this route in place of the API's; `none` for no authorizer.
        authorizer: Option<Authorization> = None,
        /// Whether the API's cache keeps its answers, and how; default: those of `GET` routes, as the API says.
        cache: Option<Spanned<RouteCache>> = None,
        /// Size of its answers, for the cache and the metering.
        response_size: Bytes = Bytes::from_kb(1),
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
                let response_size = Bytes::from_kb(1);
                Some(Self(RouteFields { integration, timeout: None, throttle: None, authorizer: None, cache: None, response_size }))
            }
        }
    }
}

spec! {
    /// What the file says of an API.
    pub struct Spec: "an API" {
        /// Which kind of API, which decides on its overhead, its time-out and what a client is told.
        protocol: Protocol = Protocol::Rest,
        /// What is behind each route: method and path, such as `GET /orders`; of a WebSocket API a route key, such as `sendMessage`.
        routes: Spanned<Map<Route>>,
        /// The bucket of the stage, for every route without one of its own.
        throttle: Option<Throttle> = None,
        /// What the front door adds to each answer; default: as measured for the protocol.
        overhead: Option<Distribution> = None,
        /// REST: the stage's cache of answers. Default: none.
        cache: Option<Spanned<CacheSpec>> = None,
        /// Who may be asked whether a request is let in, by name.
        authorizers: Map<AuthorizerSpec> = Map::default(),
        /// The authorizer of every route without one of its own: its name, or the authorizer itself. Default: none.
        authorizer: Option<Authorization> = None,
        /// REST: the attribute that is a request's API key, where there are usage plans; a workload gives one for all of its requests by `api_key`.
        api_key: Spanned<String> = Spanned { value: API_KEY.into(), span: Span::default() },
        /// REST: plans of throttles and quotas, each for some of the API keys, by name.
        usage_plans: Map<UsagePlan> = Map::default(),
        /// WebSocket: whether clients cut their messages into frames that pass; a longer frame closes the connection.
        fragments: bool = true,
    }
}

impl Kind for Spec {
    type Service = ApiGateway;
    type Operation = Operation;
    const NAME: &'static str = "api_gateway";
    const VERBS: &'static [&'static str] = &["request", "post_to_connection"];
    const TARGET: &'static str = "api";
    const METRICS: &'static [&'static str] = &[
        "count",
        "4xx_error",
        "5xx_error",
        "latency",
        "integration_latency",
        "cache_hit_count",
        "cache_miss_count",
        "authorizer_invocations",
        "authorizer_cache_hits",
        "authorizer_denied",
        "additional_request_units",
        "connect_count",
        "message_count",
        "message_units",
        "open_connections",
        "connection_minutes",
        "idle_disconnects",
        "gone",
    ];

    fn read_operation(verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Operation> {
        Operation::read(verb, value, reading)
    }

    fn operation_shape(verb: &'static str, shapes: &mut Shapes) -> Shape {
        if verb == "request" { Request::shape(shapes) } else { sockets::Post::shape(shapes) }
    }

    fn check_operation(&self, name: &str, operation: &Operation, reading: &mut Reading) {
        if let (Operation::Post(size), Protocol::Rest | Protocol::Http) = (operation, self.protocol) {
            let message = format!("`{name}` has no connections that could be posted to");
            let hint = "only an API with `protocol: websocket` keeps connections";
            reading.push(Diagnostic::error("E140", size.span, message).label("not of this protocol").hint(hint));
        }
    }

    fn references(&self) -> Vec<Reference> {
        let route = |(name, route): &(Spanned<String>, Route)| Reference {
            to: route.0.integration.clone(),
            verb: "integration",
            waits: true,
            timeout: Some(route.0.timeout.clone().unwrap_or_else(|| self.usual_timeout(route.0.integration.span))),
            label: name.value.clone(),
            feeds: false,
        };
        let asked = self.each_authorizer().into_iter().filter_map(|(name, authorizer)| {
            let to = authorizer.function.clone()?;
            let timeout = Some(Spanned { value: authorizer.patience(self.protocol, &Platform::default()), span: to.span });
            Some(Reference { to, verb: "invoke", waits: true, timeout, label: name.value, feeds: false })
        });
        self.routes.value.0.iter().map(route).chain(asked).collect()
    }

    fn attributes(&self) -> Vec<Spanned<String>> {
        let identities = self.each_authorizer().into_iter().filter_map(|(_, authorizer)| authorizer.identity.clone());
        let key = (!self.usage_plans.0.is_empty()).then(|| self.key_attribute());
        let stage = self.cache.iter().flat_map(|cache| cache.value.keys());
        let routes = self.routes.value.0.iter().filter_map(|(_, route)| route.0.cache.as_ref()).flat_map(|cache| cache.value.keys());
        identities.chain(key).chain(stage).chain(routes).collect()
    }

    fn routes(&self) -> Vec<&str> {
        self.routes.value.0.iter().map(|(name, _)| name.value.as_str()).collect()
    }

    fn charges(&self, _name: &str, _aws: &crate::platform::Platform) -> crate::service::charge::Charges {
        let list = match self.protocol {
            Protocol::Rest => vec![Charge::of("api_gateway.rest", Quantity::Counted(&["Count"], NOT_CHARGED)).by("Count")],
            Protocol::Http => {
                let counted = Quantity::Counted(&["Count", "AdditionalRequestUnits"], NOT_CHARGED);
                vec![Charge::of("api_gateway.http", counted).by("Count")]
            }
            Protocol::Websocket => vec![
                Charge::counted("api_gateway.websocket.messages", &["MessageUnits"]).by("Count"),
                Charge::counted("api_gateway.websocket.connection_minutes", &["ConnectionMinutes"]).by("Count"),
            ],
        };
        let cache = self.cache.iter().map(|cache| {
            let size = cache.value.offered_gb();
            Charge::of(format!("api_gateway.cache.{size}"), Quantity::Fixed(1.0)).by("Count")
        });
        Charges { list: list.into_iter().chain(cache).collect(), left_out: vec!["data that leaves AWS".to_owned()] }
    }

    fn check(&self, name: &str, reading: &mut Reading) {
        if self.routes.value.0.is_empty() {
            let message = format!("`{name}` has no routes, so nothing can be asked of it");
            reading.push(Diagnostic::error("E061", self.routes.span, message).label("no routes").hint("add a route: `GET /items: my_function`"));
        }
        self.throttles().for_each(|throttle| check_throttle(name, throttle, reading));
        self.check_protocol(name, reading);
        self.check_authorizers(name, reading);
        self.check_caches(name, reading);
        super::plan::check(self, name, reading);
    }

    fn build(&self, node: NodeId, build: &mut Build) -> ApiGateway {
        super::build::api(self, node, build)
    }

    fn bind(&self, api: &mut ApiGateway, operations: Vec<Operation>, _build: &mut Build) {
        super::build::bind(self, api, &operations);
    }
}

impl Spec {
    /// The time-out of a route that does not name one, for checks against what is behind it.
    fn usual_timeout(&self, span: Span) -> Spanned<Time> {
        Spanned { value: self.protocol.timeout(&Platform::default()), span }
    }

    /// Every route as it is in its long form.
    pub(super) fn each_route(&self) -> impl Iterator<Item = (&Spanned<String>, &RouteFields)> {
        self.routes.value.0.iter().map(|(name, route)| (name, &route.0))
    }

    /// What the API says of its authorizer, and then each route.
    fn authorizations(&self) -> impl Iterator<Item = &Authorization> {
        self.authorizer.iter().chain(self.each_route().filter_map(|(_, route)| route.authorizer.as_ref()))
    }

    /// Every authorizer, those with a name first, then that of the API and those of its routes, in their order.
    pub fn each_authorizer(&self) -> Vec<(Spanned<String>, &AuthorizerSpec)> {
        let named = self.authorizers.0.iter().map(|(name, own)| (name.clone(), own));
        named.chain(self.authorizations().filter_map(Authorization::own)).collect()
    }

    /// The attribute that is a request's API key, at a place that the file has.
    pub fn key_attribute(&self) -> Spanned<String> {
        let plan = self.usage_plans.0.first().map(|(plan, _)| plan.span).unwrap_or_default();
        let span = if self.api_key.span == Span::default() { plan } else { self.api_key.span };
        Spanned { value: self.api_key.value.clone(), span }
    }

    fn throttles(&self) -> impl Iterator<Item = &Throttle> {
        let routes = self.each_route().filter_map(|(_, route)| route.throttle.as_ref());
        let plans = self.usage_plans.0.iter().flat_map(|(_, plan)| plan.throttle.iter().chain(plan.routes.0.iter().map(|(_, own)| own)));
        self.throttle.iter().chain(routes).chain(plans)
    }

    /// That the protocol offers what is asked of it (E140).
    fn check_protocol(&self, name: &str, reading: &mut Reading) {
        let rest_only = [
            ("cache", self.cache.as_ref().map(|cache| cache.span)),
            ("api_key", Some(self.api_key.span).filter(|span| *span != Span::default())),
            ("usage_plans", self.usage_plans.0.first().map(|(plan, _)| plan.span)),
        ];
        if self.protocol != Protocol::Rest {
            for (field, span) in rest_only.into_iter().filter_map(|(field, span)| Some((field, span?))) {
                let message = format!("`{name}` has `{field}`, which a REST API has and no other");
                let hint = format!("write `protocol: rest`, or leave `{field}` out");
                reading.push(Diagnostic::error("E140", span, message).label("not of this protocol").hint(hint));
            }
        }
        for (own, authorizer) in self.each_authorizer() {
            authorizer.check_protocol(name, own.span, self.protocol, reading);
        }
    }

    fn check_authorizers(&self, name: &str, reading: &mut Reading) {
        for (own, authorizer) in self.each_authorizer() {
            authorizer.check(&own, self.protocol, reading);
        }
        let known = |wanted: &str| wanted == NOBODY || self.authorizers.0.iter().any(|(own, _)| own.value == wanted);
        for named in self.authorizations() {
            let Authorization::Named(wanted) = named else { continue };
            if known(&wanted.value) {
                continue;
            }
            let names = self.authorizers.0.iter().map(|(own, _)| own.value.as_str());
            let message = format!("`{name}` has no authorizer `{}`", wanted.value);
            let hint = match crate::document::closest(&wanted.value, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add it: `authorizers: {{ {}: {{ type: lambda, function: … }} }}`", wanted.value),
            };
            reading.push(Diagnostic::error("E143", wanted.span, message).label("not there").hint(hint));
        }
    }

    fn check_caches(&self, name: &str, reading: &mut Reading) {
        if let Some(cache) = &self.cache {
            let routes = self.routes();
            cache.value.check(name, &routes, reading);
        }
        for (route, fields) in self.each_route() {
            let Some(own) = &fields.cache else { continue };
            own.value.check(&route.value, reading);
            if self.cache.is_none() && own.value.is_on() {
                let message = format!("`{}` is to be cached, and `{name}` has no cache", route.value);
                let hint = "give the API one: `cache: { size: 0.5 GB }`";
                reading.push(Diagnostic::error("E141", own.span, message).label("by which cache?").hint(hint));
            }
        }
    }
}

/// That a throttle lets something through (E062).
fn check_throttle(name: &str, throttle: &Throttle, reading: &mut Reading) {
    if throttle.burst == 0 || throttle.rate.value.as_per_second() <= 0.0 {
        let message = format!("this throttle of `{name}` lets nothing through");
        let hint = "both `rate` and `burst` must be above zero";
        reading.push(Diagnostic::error("E062", throttle.rate.span, message).label("this throttle").hint(hint));
    }
}

impl Protocol {
    /// How long an integration may take where a route does not say.
    pub(super) fn timeout(self, platform: &Platform) -> Time {
        Time::from_secs_f64(platform.get(match self {
            Self::Rest => "apigateway.rest_integration_timeout",
            Self::Http => "apigateway.http_integration_timeout",
            Self::Websocket => "apigateway.websocket_integration_timeout",
        }))
    }

    /// The row of what the front door adds.
    pub(super) fn overhead(self) -> &'static str {
        match self {
            Self::Rest => "apigateway.rest_overhead",
            Self::Http => "apigateway.http_overhead",
            Self::Websocket => "apigateway.websocket_overhead",
        }
    }

    /// The row of the largest request.
    pub(super) fn payload(self) -> &'static str {
        match self {
            Self::Rest => "apigateway.rest_payload",
            Self::Http => "apigateway.http_payload",
            Self::Websocket => "apigateway.websocket_message",
        }
    }
}
