//! Stub of the kinds of nodes, to build the scenario room against.

pub mod workload;

use crate::document::{Map, OneOrMany, Read, Reading, Spanned, Value};
use crate::spec;
use crate::units::Time;
pub use workload::WorkloadSpec;

/// A node of a scenario.
#[derive(Clone, Debug)]
pub enum Spec {
    ApiGateway(Api),
    Lambda(Lambda),
    DynamoDb(Table),
    Server(Server),
}

/// One node naming another.
#[derive(Clone, Debug)]
pub struct Reference {
    pub to: Spanned<String>,
    pub verb: &'static str,
    pub waits: bool,
    pub timeout: Option<Spanned<Time>>,
    pub label: String,
}

spec! {
    /// Stub.
    pub struct Route: "an integration" {
        /// Stub.
        integration: Spanned<String>,
        /// Stub.
        timeout: Option<Spanned<Time>> = None,
    }
}

spec! {
    /// Stub.
    pub struct Api: "an api_gateway" {
        /// Stub.
        protocol: Option<String> = None,
        /// Stub.
        throttle: Option<workload::Raw> = None,
        /// Stub.
        routes: Map<workload::Raw> = Map::default(),
    }
}

spec! {
    /// Stub.
    pub struct Lambda: "a lambda" {
        /// Stub.
        runtime: Option<String> = None,
        /// Stub.
        memory: Option<String> = None,
        /// Stub.
        architecture: Option<String> = None,
        /// Stub.
        reserved_concurrency: Option<u64> = None,
        /// Stub.
        timeout: Option<Spanned<Time>> = None,
        /// Stub.
        handler: OneOrMany<Map<workload::Raw>> = OneOrMany::default(),
    }
}

spec! {
    /// Stub.
    pub struct Table: "a dynamodb" {
        /// Stub.
        billing_mode: Option<String> = None,
        /// Stub.
        read_capacity_units: Option<u64> = None,
        /// Stub.
        write_capacity_units: Option<u64> = None,
    }
}

spec! {
    /// Stub.
    pub struct Server: "a server" {
        /// Stub.
        slots: Option<u64> = None,
        /// Stub.
        service_time: Option<String> = None,
        /// Stub.
        calls: OneOrMany<Spanned<String>> = OneOrMany::default(),
    }
}

impl Spec {
    pub const KINDS: &[&str] = &["api_gateway", "lambda", "dynamodb", "server"];

    pub fn read(kind: &str, value: &Value, reading: &mut Reading) -> Option<Spec> {
        match kind {
            "api_gateway" => Api::read(value, reading).map(Spec::ApiGateway),
            "lambda" => Lambda::read(value, reading).map(Spec::Lambda),
            "dynamodb" => Table::read(value, reading).map(Spec::DynamoDb),
            _ => Server::read(value, reading).map(Spec::Server),
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Spec::ApiGateway(_) => "api_gateway",
            Spec::Lambda(_) => "lambda",
            Spec::DynamoDb(_) => "dynamodb",
            Spec::Server(_) => "server",
        }
    }

    pub fn references(&self) -> Vec<Reference> {
        match self {
            Spec::ApiGateway(api) => api.routes.0.iter().filter_map(|(route, raw)| route_reference(route, &raw.0)).collect(),
            Spec::Lambda(lambda) => {
                lambda.handler.0.iter().flat_map(|step| &step.0).filter_map(|(verb, raw)| step_reference(&verb.value, &raw.0)).collect()
            }
            Spec::DynamoDb(_) => Vec::new(),
            Spec::Server(server) => {
                server.calls.0.iter().map(|to| Reference { to: to.clone(), verb: "call", waits: true, timeout: None, label: "call".into() }).collect()
            }
        }
    }

    pub fn attributes(&self) -> Vec<Spanned<String>> {
        let Spec::Lambda(lambda) = self else { return Vec::new() };
        let key = |raw: &workload::Raw| {
            let value = raw.0.get("key").or_else(|| raw.0.get("when"))?;
            Some(Spanned { value: value.text()?.to_owned(), span: value.span })
        };
        lambda.handler.0.iter().flat_map(|step| &step.0).filter_map(|(_, raw)| key(raw)).collect()
    }

    pub fn accepts(&self) -> &'static [&'static str] {
        match self {
            Spec::ApiGateway(_) => &["request"],
            Spec::Lambda(_) => &["invoke"],
            Spec::DynamoDb(_) => &["get_item", "put_item", "query"],
            Spec::Server(_) => &["call"],
        }
    }

    pub fn routes(&self) -> Vec<&str> {
        match self {
            Spec::ApiGateway(api) => api.routes.0.iter().map(|(route, _)| route.value.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    pub fn metrics(&self) -> &'static [&'static str] {
        match self {
            Spec::ApiGateway(_) => &["count", "latency"],
            Spec::Lambda(_) => &["invocations", "errors", "throttles", "duration"],
            Spec::DynamoDb(_) => &["throttled_requests"],
            Spec::Server(_) => &["queue_length"],
        }
    }

    pub fn time_limit(&self) -> Option<Time> {
        match self {
            Spec::Lambda(lambda) => Some(lambda.timeout.as_ref().map_or(Time::from_secs(3), |timeout| timeout.value)),
            _ => None,
        }
    }

    pub fn check(&self, _: &str, _: &mut Reading) {}
}

fn route_reference(route: &Spanned<String>, value: &Value) -> Option<Reference> {
    let mut quiet = Reading::default();
    let (to, timeout) = match value.text() {
        Some(text) => (Spanned { value: text.to_owned(), span: value.span }, None),
        None => {
            let read = Route::read(value, &mut quiet)?;
            (read.integration, read.timeout)
        }
    };
    Some(Reference { to, verb: "invoke", waits: true, timeout, label: route.value.clone() })
}

fn step_reference(verb: &str, value: &Value) -> Option<Reference> {
    const VERBS: [(&str, &str); 5] = [("call", "node"), ("get_item", "table"), ("put_item", "table"), ("query", "table"), ("invoke", "function")];
    let (verb, field) = VERBS.into_iter().find(|(known, _)| *known == verb)?;
    let to = value.get(field)?;
    let timeout = value.get("timeout").and_then(|time| Some(Spanned { value: Time::parse(time.text()?).ok()?, span: time.span }));
    let to = Spanned { value: to.text()?.to_owned(), span: to.span };
    Some(Reference { to, verb, waits: true, timeout, label: verb.into() })
}
