//! Authorizers: who is asked whether a request is let in, and for how long the answer is remembered.
//!
//! ```text
//! known for `identity` ─▶ at once      lambda: a synchronous invocation ─▶ remembered for `ttl`      jwt, cognito: looked at here
//!                          let in ─▶ plans, throttles, …   denied ─▶ 403   the function fails, is throttled, is too slow ─▶ 500
//! ```
//!
//! Who is denied is a matter of the identity, so that it is the same at each request of one. Two that ask at a time for the same identity both invoke the
//! function. Left out: policies that differ from route to route, 401 for a request without a token, the fetching of signing keys.

use crate::{
    document::{Data, Diagnostic, Read, Reading, Shape, Shapes, Span, Spanned, Value},
    engine::{Ix, LaneId, NodeId, OpId, World},
    mechanism::{
        cache::Cache,
        distribution::Distribution,
        luck::{Keyed, keyed, mix},
    },
    metrics::Counter,
    platform::Platform,
    service::{self, Build, lambda::operation::Operation as OfFunction},
    spec,
    units::{Share, Time},
    words,
};

use super::protocol::Protocol;

/// What a route says that has no authorizer.
pub(super) const NOBODY: &str = "none";

/// Purposes of draws.
const DENIED: u64 = 0xA3;
const LOCAL: u64 = 0xA4;

words! {
    /// Who decides.
    pub enum AuthorizerType {
        /// A function of yours.
        Lambda = "lambda",
        /// An HTTP API itself, by the signature of a token.
        Jwt = "jwt",
        /// A REST API itself, by the token of a user pool.
        Cognito = "cognito",
    }
}

spec! {
    /// Somebody who decides which requests are let in.
    pub struct AuthorizerSpec: "an authorizer" {
        /// Who decides.
        r#type: Spanned<AuthorizerType> = Spanned { value: AuthorizerType::Lambda, span: Span::default() },
        /// Of the type `lambda`: the function that is asked.
        function: Option<Spanned<String>> = None,
        /// How long an answer is remembered: at most 1 h. Default: 300 s (REST), not at all (HTTP, WebSocket, or without `identity`).
        ttl: Option<Spanned<Time>> = None,
        /// The attribute by which answers are remembered: who asks.
        identity: Option<Spanned<String>> = None,
        /// Share of the identities that are denied.
        denies: Share = Share::ZERO,
    }
}

/// Which authorizer an API or route has.
#[derive(Clone, Debug)]
pub enum Authorization {
    /// One of those under `authorizers`, or `none`.
    Named(Spanned<String>),
    /// One that nobody else has.
    Own(Spanned<Box<AuthorizerSpec>>),
}

impl Read for Authorization {
    fn expected() -> String {
        "the name of an authorizer, or `{ function: …, ttl: … }`".into()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        Shape::any(vec![String::shape(shapes), AuthorizerSpec::shape(shapes)])
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match (&value.data, value.text()) {
            (Data::Map(_), _) => AuthorizerSpec::read(value, reading).map(|own| Self::Own(Spanned { value: Box::new(own), span: value.span })),
            (_, Some(name)) => Some(Self::Named(Spanned { value: name.to_owned(), span: value.span })),
            _ => reading.mismatch(value, &Self::expected()),
        }
    }
}

impl Authorization {
    /// The one that is defined here, with what to call it.
    pub(super) fn own(&self) -> Option<(Spanned<String>, &AuthorizerSpec)> {
        match self {
            Self::Own(own) => Some((Spanned { value: "authorizer".into(), span: own.span }, &own.value)),
            Self::Named(_) => None,
        }
    }
}

impl AuthorizerSpec {
    /// How long the function may take.
    pub(super) fn patience(&self, protocol: Protocol, platform: &Platform) -> Time {
        match protocol {
            Protocol::Http => Time::from_secs_f64(platform.get("apigateway.authorizer_timeout")),
            Protocol::Rest | Protocol::Websocket => protocol.timeout(platform),
        }
    }

    /// How long an answer is remembered.
    fn remembered(&self, protocol: Protocol, platform: &Platform) -> Time {
        let usual = if protocol == Protocol::Rest { platform.get("apigateway.authorizer_ttl") } else { 0.0 };
        self.ttl.as_ref().map_or(Time::from_secs_f64(usual), |ttl| ttl.value)
    }

    /// That the protocol knows this type (E140).
    pub(super) fn check_protocol(&self, api: &str, at: Span, protocol: Protocol, reading: &mut Reading) {
        let hint = match (self.r#type.value, protocol) {
            (AuthorizerType::Jwt, Protocol::Rest | Protocol::Websocket) => "`jwt` is of HTTP APIs; of a REST API write `cognito` or `lambda`",
            (AuthorizerType::Cognito, Protocol::Http | Protocol::Websocket) => "`cognito` is of REST APIs; of an HTTP API write `jwt`",
            _ => return,
        };
        let message = format!("`{api}` has an authorizer of the type `{}`, which its protocol does not know", self.r#type.value.word());
        reading.push(Diagnostic::error("E140", at, message).label("not of this protocol").hint(hint));
    }

    /// That it has what its type needs, and nothing else (E142).
    pub(super) fn check(&self, name: &Spanned<String>, protocol: Protocol, reading: &mut Reading) {
        let mut complain =
            |span, message: String, hint: &str| reading.push(Diagnostic::error("E142", span, message).label("this authorizer").hint(hint));
        let (own, most) = (&name.value, Time::from_secs_f64(Platform::default().get("apigateway.authorizer_ttl_maximum")));
        let is_lambda = self.r#type.value == AuthorizerType::Lambda;
        if is_lambda && self.function.is_none() {
            complain(name.span, format!("the authorizer `{own}` names no function to ask"), "add `function: NAME`");
        }
        let other = self.function.as_ref().map(|f| f.span).or(self.ttl.as_ref().map(|ttl| ttl.span));
        if let Some(span) = other.filter(|_| !is_lambda) {
            let message = format!("the authorizer `{own}` decides by itself, and has nobody to ask or to remember");
            complain(span, message, "leave out `function` and `ttl`, or write `type: lambda`");
        }
        let Some(ttl) = self.ttl.as_ref().filter(|ttl| is_lambda && ttl.value > Time::ZERO) else { return };
        if ttl.value > most {
            let message = format!("the authorizer `{own}` remembers its answers for {}, and API Gateway does so for {most} at most", ttl.value);
            complain(ttl.span, message, "`ttl: 1h` at most; 0 remembers nothing");
        }
        if protocol == Protocol::Websocket {
            let message = format!("the authorizer `{own}` of a WebSocket API is asked when a connection opens, and remembers nothing");
            complain(ttl.span, message, "leave `ttl` out");
        } else if self.identity.is_none() {
            let message = format!("the authorizer `{own}` remembers its answers, and nothing says whose they are");
            complain(ttl.span, message, "name the attribute that tells who asks: `identity: user`");
        }
    }
}

/// An authorizer that runs.
#[derive(Clone, Debug)]
pub(super) struct Authorizer {
    function: Option<(NodeId, OpId)>,
    timeout: LaneId,
    ttl: Time,
    identity: Option<u32>,
    denies: f64,
    salt: u64,
    known: Cache,
    /// What it takes to look at a token here.
    local: Distribution,
    invocations: Counter,
    hits: Counter,
    denied: Counter,
}

/// What is known of a request before anybody was asked.
pub(super) enum Known {
    /// The answer, from before.
    Already,
    /// The answer will be known after so long.
    Soon(Time),
    /// The function is being asked.
    Asked,
}

impl Authorizer {
    /// The `at`-th of its API.
    pub fn new(spec: &AuthorizerSpec, at: usize, protocol: Protocol, node: NodeId, build: &mut Build) -> Self {
        let function = spec.function.as_ref().map(|name| {
            let target = build.node(&name.value);
            (target, build.operation(target, service::Operation::Lambda(OfFunction::Sync)))
        });
        let timeout = build.world.lane(spec.patience(protocol, &build.platform));
        let local = build.measured(if protocol == Protocol::Rest { "apigateway.cognito_authorizer" } else { "apigateway.jwt_authorizer" });
        let identity = spec.identity.as_ref().map(|name| build.attribute(&name.value));
        let ttl = if identity.is_some() { spec.remembered(protocol, &build.platform) } else { Time::ZERO };
        let known = Cache::new(build.platform.count("apigateway.authorizer_cache"));
        let (node, metrics) = (node as usize, &mut build.world.metrics);
        let [invocations, hits, denied] =
            ["AuthorizerInvocations", "AuthorizerCacheHits", "AuthorizerDenied"].map(|name| metrics.counter(node, name));
        let (denies, salt) = (spec.denies.as_fraction(), mix(DENIED ^ (at as u64 + 1) << 32));
        Self { function, timeout, ttl, identity, denies, salt, known, local, invocations, hits, denied }
    }

    /// Looks what is known of who asks; where that is nothing, asks.
    pub fn ask(&mut self, world: &mut World, ix: Ix) -> Known {
        let luck = world.frame(ix).luck;
        let Some((function, op)) = self.function else { return Known::Soon(self.local.sample(&mut luck.draw(LOCAL))) };
        let now = world.now();
        if self.ttl > Time::ZERO && self.known.get(now, self.who(world, ix)) {
            world.metrics.count(self.hits, 1);
            return Known::Already;
        }
        world.metrics.count(self.invocations, 1);
        // Routes are numbered below 2¹⁶: this is nobody's place among them.
        world.call(ix, 0, function, op, luck.child(1 << 16, 0), Time::ZERO);
        world.arm(ix, self.timeout);
        Known::Asked
    }

    /// The function has decided about who asks.
    pub fn remember(&mut self, world: &World, ix: Ix) {
        if self.ttl > Time::ZERO {
            let now = world.now();
            self.known.put(now, self.who(world, ix), now.saturating_add(self.ttl), 1);
        }
    }

    /// Whether who asks is let in.
    pub fn lets_in(&self, world: &mut World, ix: Ix) -> bool {
        let denied = self.denies > 0.0 && Keyed::new(keyed(self.who(world, ix), self.salt)).chance(self.denies);
        world.metrics.count(self.denied, u64::from(denied));
        !denied
    }

    fn who(&self, world: &World, ix: Ix) -> u64 {
        self.identity.map_or_else(|| world.frame(ix).request, |attribute| world.attribute(ix, attribute))
    }
}
