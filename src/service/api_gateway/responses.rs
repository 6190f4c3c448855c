//! The cache of a REST stage: what of its answers is kept, for how long, and under which key.
//!
//! ```text
//! key = route × the attributes of `key`      hit ⇔ kept, and younger than `ttl`      full: the least recently used give way
//! ```
//!
//! AWS documents sizes, times to live and the largest answer; that eviction goes by the last use, that each entry takes its answer's size, and that only
//! successes are kept is ours. Two misses at a time both go to the integration. Left out: `Cache-Control: max-age=0`, flushes, the four minutes in which a cache
//! is made or resized.

use crate::{
    document::{Data, Diagnostic, Map, OneOrMany, Read, Reading, Shape, Shapes, Spanned, Value},
    engine::{Ix, NodeId, World},
    mechanism::{cache::Cache, distribution::Distribution, luck::mix},
    metrics::Counter,
    platform::{Platform, quota::CACHE_SIZES_GB},
    service::Build,
    spec,
    units::{Bytes, Time},
};

use super::spec::{RouteFields, Spec};

spec! {
    /// The cache of a stage.
    pub struct CacheSpec: "a response cache" {
        /// Its size: 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118 or 237 GB.
        size: Spanned<Bytes> = Spanned { value: Bytes::from_mb(512), span: Default::default() },
        /// How long an answer is kept: at most 1 h. Default: 300 s.
        ttl: Option<Spanned<Time>> = None,
        /// Attributes that tell the answers of one route apart, as query strings and headers do.
        key: OneOrMany<Spanned<String>> = OneOrMany(Vec::new()),
        /// Which routes are cached, and how; default: those of `GET`.
        routes: Map<RouteCacheFields> = Map::default(),
    }
}

spec! {
    /// How a route's answers are kept, where it is not as the stage says.
    pub struct RouteCacheFields: "how a route is cached" {
        /// How long an answer is kept: at most 1 h. Default: as the API's cache says.
        ttl: Option<Spanned<Time>> = None,
        /// Attributes that tell its answers apart; default: those of the API's cache.
        key: Option<OneOrMany<Spanned<String>>> = None,
    }
}

/// Whether a route's answers are kept, and how.
#[derive(Clone, Debug)]
pub enum RouteCache {
    /// As the API's cache says, whatever the method; or not at all.
    Plain(bool),
    Own(RouteCacheFields),
}

impl Read for RouteCache {
    fn expected() -> String {
        "`true`, `false` or `{ ttl: …, key: [ … ] }`".into()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        Shape::any(vec![bool::shape(shapes), RouteCacheFields::shape(shapes)])
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match (&value.data, value.text()) {
            (Data::Map(_), _) => RouteCacheFields::read(value, reading).map(Self::Own),
            (_, Some("true")) => Some(Self::Plain(true)),
            (_, Some("false")) => Some(Self::Plain(false)),
            _ => reading.mismatch(value, &Self::expected()),
        }
    }
}

impl RouteCache {
    pub(super) fn is_on(&self) -> bool {
        !matches!(self, Self::Plain(false))
    }

    pub(super) fn keys(&self) -> Vec<Spanned<String>> {
        self.own().map(RouteCacheFields::keys).unwrap_or_default()
    }

    fn own(&self) -> Option<&RouteCacheFields> {
        match self {
            Self::Own(own) => Some(own),
            Self::Plain(_) => None,
        }
    }

    pub(super) fn check(&self, whose: &str, reading: &mut Reading) {
        if let Some(ttl) = self.own().and_then(|own| own.ttl.as_ref()) {
            check_ttl(whose, ttl, reading);
        }
    }
}

impl RouteCacheFields {
    fn keys(&self) -> Vec<Spanned<String>> {
        self.key.as_ref().map(|key| key.0.clone()).unwrap_or_default()
    }
}

impl CacheSpec {
    /// Every attribute that tells answers apart.
    pub(super) fn keys(&self) -> Vec<Spanned<String>> {
        self.key.0.iter().cloned().chain(self.routes.0.iter().flat_map(|(_, own)| own.keys())).collect()
    }

    /// The size that is offered, in GB.
    pub(super) fn offered_gb(&self) -> f64 {
        let size = self.size.value.as_gb();
        CACHE_SIZES_GB.into_iter().find(|offered| (offered - size).abs() < 0.01 * offered).unwrap_or(size)
    }

    /// That size and times to live are what AWS offers, and routes are those of the API (E141).
    pub(super) fn check(&self, whose: &str, routes: &[&str], reading: &mut Reading) {
        for (route, own) in &self.routes.0 {
            own.ttl.iter().for_each(|ttl| check_ttl(&route.value, ttl, reading));
            if !routes.contains(&route.value.as_str()) {
                let message = format!("the cache of `{whose}` is for `{}`, which it has no route for", route.value);
                reading.push(Diagnostic::error("E141", route.span, message).label("no such route").hint("write it as under `routes`: `GET /orders`"));
            }
        }
        let size = self.size.value.as_gb();
        if !CACHE_SIZES_GB.iter().any(|offered| (offered - size).abs() < 0.01 * offered) {
            let sizes: Vec<String> = CACHE_SIZES_GB.iter().map(f64::to_string).collect();
            let message = format!("a cache of {} is none that API Gateway offers", self.size.value);
            let hint = format!("sizes in GB: {}", sizes.join(", "));
            reading.push(Diagnostic::error("E141", self.size.span, message).label("no such size").hint(hint));
        }
        if let Some(ttl) = &self.ttl {
            check_ttl(whose, ttl, reading);
        }
    }
}

fn check_ttl(whose: &str, ttl: &Spanned<Time>, reading: &mut Reading) {
    let most = Time::from_secs_f64(Platform::default().get("apigateway.cache_ttl_maximum"));
    if ttl.value > most {
        let message = format!("`{whose}` keeps answers for {}, and API Gateway does so for {most} at most", ttl.value);
        reading.push(Diagnostic::error("E141", ttl.span, message).label("too long").hint("`ttl: 1h` at most; 0 keeps nothing"));
    }
}

/// A cache that runs.
#[derive(Clone, Debug)]
pub(super) struct Responses {
    cache: Cache,
    hits: Counter,
    misses: Counter,
    pub latency: Distribution,
}

/// How the answers of one route are kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    ttl: Time,
    size: u64,
    salt: u64,
    attributes: Vec<u32>,
}

impl Responses {
    pub fn new(spec: &CacheSpec, node: NodeId, build: &mut Build) -> Self {
        let latency = build.measured("apigateway.rest_cache_hit");
        let (at, metrics) = (node as usize, &mut build.world.metrics);
        let (hits, misses) = (metrics.counter(at, "CacheHitCount"), metrics.counter(at, "CacheMissCount"));
        Self { cache: Cache::new(spec.size.value.as_bytes()), hits, misses, latency }
    }

    /// Whether the answer to this request is there.
    pub fn has(&mut self, world: &mut World, ix: Ix, kept: &Kept) -> bool {
        let hit = self.cache.get(world.now(), kept.key(world, ix));
        world.metrics.count(if hit { self.hits } else { self.misses }, 1);
        hit
    }

    /// Keeps the answer to this request.
    pub fn keep(&mut self, world: &World, ix: Ix, kept: &Kept) {
        let now = world.now();
        self.cache.put(now, kept.key(world, ix), now.saturating_add(kept.ttl), kept.size);
    }
}

impl Kept {
    /// Of the `at`-th route; `None` where its answers are not kept.
    pub fn new(spec: &Spec, at: usize, method_and_path: &str, route: &RouteFields, build: &mut Build) -> Option<Self> {
        let stage = &spec.cache.as_ref()?.value;
        let listed = stage.routes.0.iter().find(|(listed, _)| listed.value == method_and_path).map(|(_, own)| own);
        let usually = if stage.routes.0.is_empty() { method_and_path.starts_with("GET ") } else { listed.is_some() };
        let wanted = route.cache.as_ref().map_or(usually, |own| own.value.is_on());
        let own = route.cache.as_ref().and_then(|own| own.value.own()).or(listed);
        let usual = Time::from_secs_f64(build.platform.get("apigateway.cache_ttl"));
        let ttl = own.and_then(|own| own.ttl.as_ref()).or(stage.ttl.as_ref()).map_or(usual, |ttl| ttl.value);
        let size = route.response_size.as_bytes();
        let keys = own.and_then(|own| own.key.as_ref()).unwrap_or(&stage.key);
        let fits = size <= build.platform.count("apigateway.cache_response");
        let attributes = keys.0.iter().map(|key| build.attribute(&key.value)).collect();
        (wanted && fits && ttl > Time::ZERO).then_some(Self { ttl, size: size.max(1), salt: mix(at as u64 + 1), attributes })
    }

    fn key(&self, world: &World, ix: Ix) -> u64 {
        self.attributes.iter().fold(self.salt, |key, attribute| mix(key ^ mix(world.attribute(ix, *attribute).wrapping_add(1))))
    }
}
