//! The rules of front doors that take more than one node to see: API keys and who draws them, connections and who opens them.
//!
//! ```text
//! workloads ─draw─▶ attribute ─is─▶ api_key: bounded, and with the names that plans use        session: [ $connect, … ] ─▶ protocol: websocket
//! ```
//!
//! What one API must say by itself is checked with it, in `service::api_gateway`.

use crate::document::{Diagnostic, Reading, Spanned};
use crate::mechanism::attribute::Attribute;
use crate::scenario::Scenario;
use crate::service::Spec;
use crate::service::api_gateway::{self, ApiKeys, AuthorizerType, Protocol};
use crate::service::workload::WorkloadSpec;

/// The route that opens a connection.
const CONNECT: &str = "$connect";

type Api<'s> = (&'s Spanned<String>, &'s api_gateway::Spec);

fn apis(scenario: &Scenario) -> impl Iterator<Item = Api<'_>> {
    scenario.nodes.iter().filter_map(|(name, spec)| match spec {
        Spec::ApiGateway(api) => Some((name, api.as_ref())),
        _ => None,
    })
}

/// Complaints about keys that cannot be counted (E144), and messages over connections that nobody opened (E145).
pub fn refused(scenario: &Scenario) -> Vec<Diagnostic> {
    let mut reading = Reading::default();
    for api in apis(scenario) {
        keys(api, scenario, &mut reading);
        if api.1.protocol == Protocol::Websocket {
            let asking = scenario.workloads.iter().filter(|(_, workload)| workload.target.value == api.0.value);
            asking.for_each(|(name, workload)| connects(api, name, workload, &mut reading));
        }
    }
    reading.diagnostics
}

/// That the API key is of a bounded number of values, and plans name those that there are.
fn keys((name, api): Api, scenario: &Scenario, reading: &mut Reading) {
    if api.usage_plans.0.is_empty() {
        return;
    }
    let key = &api.key_attribute();
    let most = scenario.platform().count("apigateway.api_keys");
    let drawn: Vec<(&Spanned<String>, Attribute)> =
        scenario.workloads.iter().flat_map(|(_, workload)| workload.drawn()).filter(|(drawn, _)| drawn.value == key.value).collect();
    for (own, attribute) in &drawn {
        let message = match attribute.keys() {
            None => format!("`{}` is a value of its own in each request, and so no API key of `{}`", key.value, name.value),
            Some(count) if count > most => format!("`{}` has {count} values, and an account has at most {most} API keys", key.value),
            Some(_) => continue,
        };
        let hint = "draw it from a number of keys, as in `uniform(n=100)`; a larger account says so under `quotas: { apigateway.api_keys: … }`";
        reading.push(Diagnostic::error("E144", own.span, message).label("as an API key").also(key.span, "this one").hint(hint));
    }
    let knows = |wanted: &str| drawn.iter().any(|(_, own)| own.key_named(wanted).is_some() || wanted.parse::<u64>().is_ok());
    for (plan, own) in &api.usage_plans.0 {
        let Some(ApiKeys::Named(names)) = own.keys.as_ref().map(|keys| &keys.value) else { continue };
        for wanted in names.iter().filter(|wanted| !drawn.is_empty() && !knows(&wanted.value)) {
            let message = format!("the plan `{}` is for the API key `{}`, which no workload has", plan.value, wanted.value);
            let hint = format!("keys are the names that `{}` draws, or their numbers", key.value);
            reading.push(Diagnostic::error("E144", wanted.span, message).label("never drawn").hint(hint));
        }
    }
}

/// That who sends over a WebSocket opened it: what it does first in a session is `$connect`.
fn connects((api, _): Api, name: &Spanned<String>, workload: &WorkloadSpec, reading: &mut Reading) {
    let mix = workload.mix();
    if mix.iter().all(|request| request.operation.is_some()) {
        return; // what is behind the API pushes
    }
    let opens = mix.first().and_then(|request| request.route.as_ref()).is_some_and(|route| route.value == CONNECT);
    if workload.session.is_empty() || !opens {
        let message = format!("`{}` sends over connections of `{}` that it has not opened", name.value, api.value);
        let hint = "give it a session: `session: [ { route: $connect }, { think: 5s }, { route: sendMessage } ]`";
        reading.push(Diagnostic::error("E145", workload.target.span, message).label("a WebSocket API").hint(hint));
    }
}

/// Warns of authorizers that are asked anew for every request (W043).
pub fn advised(scenario: &Scenario) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (api, spec) in apis(scenario).filter(|(_, spec)| spec.protocol != Protocol::Websocket) {
        for (name, authorizer) in spec.each_authorizer().into_iter().filter(|(_, own)| own.r#type.value == AuthorizerType::Lambda) {
            if authorizer.ttl.is_some() || (spec.protocol == Protocol::Rest && authorizer.identity.is_some()) {
                continue;
            }
            let message = format!("the authorizer `{}` of `{}` is asked again at every request", name.value, api.value);
            let hint = "let answers be remembered: `identity: user, ttl: 300s`; or say that they are not to be: `ttl: 0s`";
            found.push(Diagnostic::warning("W043", name.span, message).label("remembers nothing").hint(hint));
        }
    }
    found
}
