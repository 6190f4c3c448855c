//! An API as a kind of node: what may be asked of it, what it names, what there is to measure.
//!
//! ```text
//! what the file says (`spec`) ─▶ check ─▶ build ─▶ what runs
//! ```
//!
//! The rules of its parts are with the parts.

use crate::{
    document::{Diagnostic, Read, Reading, Shape, Shapes, Spanned, Value},
    engine::NodeId,
    platform::Platform,
    service::{Build, Kind, Reference, charge::Charges},
};

use super::{
    ApiGateway, Operation, charges,
    operation::Request,
    plan,
    protocol::Protocol,
    sockets,
    spec::{Route, Spec, check_throttle},
};

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

    fn charges(&self, _name: &str, _aws: &Platform) -> Charges {
        charges::charges(self)
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
        plan::check(self, name, reading);
    }

    fn build(&self, node: NodeId, build: &mut Build) -> ApiGateway {
        super::build::api(self, node, build)
    }

    fn bind(&self, api: &mut ApiGateway, operations: Vec<Operation>, _build: &mut Build) {
        super::build::bind(self, api, &operations);
    }
}
