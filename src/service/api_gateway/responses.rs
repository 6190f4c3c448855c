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
    engine::{Ix, NodeId, World},
    mechanism::{cache::Cache, distribution::Distribution, luck::mix},
    metrics::Counter,
    service::Build,
    units::Time,
};

use super::cached::CacheSpec;
use super::spec::{RouteFields, Spec};

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
