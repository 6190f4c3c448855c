//! What the file says of the cache of a stage, and of a route's place in it (E141).
//!
//! ```text
//! cache: { size: 0.5 GB, ttl: 300s, key: [ product ], routes: { GET /products: { ttl: 1m } } }
//! ```
//!
//! How answers are kept is in `responses`.

use crate::{
    document::{Data, Diagnostic, Map, OneOrMany, Read, Reading, Shape, Shapes, Spanned, Value},
    platform::{Platform, quota::CACHE_SIZES_GB},
    spec,
    units::{Bytes, Time},
};

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

    pub(super) fn own(&self) -> Option<&RouteCacheFields> {
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
