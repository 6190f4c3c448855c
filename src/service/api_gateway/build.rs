//! From what the file says of an API to one that runs: routes find their integrations, limits and metrics are registered.
//!
//! What others ask is known last (`bind`): each operation is given the way of its route, straight or aside.

use crate::{
    engine::NodeId,
    service::{self, Build, lambda::operation::Operation as OfFunction, server},
};

use super::{
    ApiGateway, Entry, Operation,
    authorizer::{Authorization, Authorizer},
    limiter::Limiter,
    plan::Plans,
    responses::{Kept, Responses},
    sockets::{CONNECT, Role, Sockets},
    spec::{Protocol, RouteFields, Spec, Throttle},
    stage::{Route, Stage},
};

/// An API whose operations are not yet known.
pub(super) fn api(spec: &Spec, node: NodeId, build: &mut Build) -> ApiGateway {
    let (rate, burst) = (build.platform.get("apigateway.throttle_rate"), build.platform.get("apigateway.throttle_burst"));
    let account = build.shared_bucket("apigateway", rate, burst);
    let overhead = spec.overhead.clone().unwrap_or_else(|| build.measured(spec.protocol.overhead()));
    let payload_limit = build.platform.count(spec.protocol.payload());
    let phrase = format!("the account's API Gateway request rate ({rate}/s) at `{}`", build.name(node));
    let metrics = &mut build.world.metrics;
    let at = node as usize;
    let mut api = ApiGateway {
        protocol: spec.protocol,
        payload_limit,
        entries: Vec::new(),
        account,
        overhead,
        requests: metrics.split(at, "Count", 1, None),
        throttled: metrics.split(at, "ThrottledCount", 1, None),
        client_errors: metrics.counter(at, "4XXError"),
        server_errors: metrics.counter(at, "5XXError"),
        latency: metrics.latency(at, "Latency"),
        integration_latency: metrics.latency(at, "IntegrationLatency"),
        account_limit: metrics.limit(at, "apigateway_account", phrase),
        stage: Stage::default(),
    };
    api.stage = stage(spec, node, build);
    api
}

/// Gives each operation that is asked of the API its way.
pub(super) fn bind(spec: &Spec, api: &mut ApiGateway, operations: &[Operation]) {
    let straight = api.stage.metering.map_or(api.payload_limit, |(unit, _)| unit.min(api.payload_limit));
    let all_aside = api.stage.plans.is_some() || api.stage.sockets.is_some();
    let position = |wanted: &str| spec.each_route().position(|(name, _)| name.value == wanted).unwrap_or(0);
    for operation in operations {
        let entry = match operation {
            Operation::Route(wanted) => {
                let at = position(wanted);
                let route = &api.stage.routes[at];
                let metered = api.stage.metering.is_some_and(|(unit, _)| route.response > unit);
                let plain = route.is_plain() && !all_aside && !metered;
                let aside_from = if plain { straight.saturating_add(1).min(u64::from(u32::MAX)) as u32 } else { 0 };
                Entry { target: route.target, op: route.op, timeout: route.timeout, at: at as u32, aside_from }
            }
            Operation::Post(size) => {
                let Some(any) = api.stage.routes.first() else { continue };
                let (target, op, timeout) = (any.target, any.op, any.timeout);
                let at = (api.stage.routes.len() + api.stage.posts.len()) as u32;
                api.stage.posts.push(size.value.as_bytes());
                Entry { target, op, timeout, at, aside_from: 0 }
            }
        };
        api.entries.push(entry);
    }
}

fn stage(spec: &Spec, node: NodeId, build: &mut Build) -> Stage {
    let mut stage = Stage { plans: Plans::new(spec, node, build), ..Stage::default() };
    stage.authorizers =
        spec.each_authorizer().into_iter().enumerate().map(|(at, (_, own))| Authorizer::new(own, at, spec.protocol, node, build)).collect();
    stage.responses = spec.cache.as_ref().map(|cache| Responses::new(&cache.value, node, build));
    stage.sockets = (spec.protocol == Protocol::Websocket).then(|| Box::new(Sockets::new(spec.fragments, node, build)));
    if spec.protocol == Protocol::Http {
        let unit = build.platform.count("apigateway.http_metering").max(1);
        stage.metering = Some((unit, build.world.metrics.counter(node as usize, "AdditionalRequestUnits")));
    }
    routes(spec, &mut stage, node, build);
    stage
}

/// The buckets and integrations of the routes.
fn routes(spec: &Spec, stage: &mut Stage, node: NodeId, build: &mut Build) {
    let (name, whose) = (build.name(node).to_owned(), build.whose(node));
    let of_stage = spec.throttle.as_ref().map(|t| {
        let phrase = format!("{whose} stage throttle ({})", t.rate.value);
        limiter(&mut stage.limiters, t, "apigateway_stage", phrase, node, build)
    });
    for (at, (route, fields)) in spec.each_route().enumerate() {
        let own = fields.throttle.as_ref().map(|t| {
            let phrase = format!("the throttle of `{}` at `{name}` ({})", route.value, t.rate.value);
            limiter(&mut stage.limiters, t, "apigateway_route", phrase, node, build)
        });
        let target = build.node(&fields.integration.value);
        let operation = match build.kind(target) {
            "lambda" => service::Operation::Lambda(OfFunction::Sync),
            _ => service::Operation::Server(server::Operation),
        };
        let op = build.operation(target, operation);
        let timeout = fields.timeout.as_ref().map_or_else(|| spec.protocol.timeout(&build.platform), |t| t.value);
        stage.routes.push(Route {
            target,
            op,
            timeout: build.world.lane(timeout),
            limiter: own.or(of_stage),
            authorizer: authorizer(spec, &route.value, fields),
            kept: Kept::new(spec, at, &route.value, fields, build),
            response: fields.response_size.as_bytes(),
            role: Role::of(&route.value),
        });
    }
}

fn limiter(limiters: &mut Vec<Limiter>, t: &Throttle, id: &'static str, phrase: String, node: NodeId, build: &mut Build) -> usize {
    let limit = build.world.metrics.limit(node as usize, id, phrase);
    let shards = build.platform.count("apigateway.throttle_shards");
    limiters.push(Limiter::new(t.rate.value.as_per_second(), t.burst as f64, shards, limit));
    limiters.len() - 1
}

/// Which authorizer a route has, by its place among all; over a WebSocket it is asked when a connection opens, and not again.
fn authorizer(spec: &Spec, route: &str, fields: &RouteFields) -> Option<usize> {
    let wanted = fields.authorizer.as_ref().or(spec.authorizer.as_ref()).filter(|_| spec.protocol != Protocol::Websocket || route == CONNECT)?;
    match wanted {
        Authorization::Named(wanted) => spec.authorizers.0.iter().position(|(own, _)| own.value == wanted.value),
        Authorization::Own(own) => spec.each_authorizer().iter().position(|(_, known)| std::ptr::eq(*known, own.value.as_ref())),
    }
}
