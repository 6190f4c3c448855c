//! What an invocation must pass, and the names of the limits that refuse it.
//!
//! ```text
//! rate 10 × (reserved | account) a second · 10 × provisioned a second · reserved or unreserved concurrency · scaling rate
//! ```
//!
//! The levels and buckets are here; in which order they are asked is `mod`'s.

use crate::{
    engine::{BucketId, NodeId, PoolId, World},
    mechanism::token_bucket::TokenBucket,
    metrics::Limit,
    service::Build,
};

use super::Spec;

/// What an invocation must pass.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    /// Bytes of the largest synchronous request.
    pub payload_limit: u64,
    /// The function's own cap, or what nobody has reserved.
    pub reserved: Option<u64>,
    pub pool: PoolId,
    pub account_rate: BucketId,
    pub own_rate: Option<TokenBucket>,
    pub provisioned: u64,
    pub provisioned_rate: TokenBucket,
    pub provisioned_busy: u64,
    pub scaling: Scaling,
    pub limits: Limits,
}

/// How many environments may be made anew.
#[derive(Clone, Debug)]
pub(super) enum Scaling {
    /// Each function for itself.
    Own(TokenBucket),
    /// All functions of the Region together, as it was until November 2023.
    Shared(BucketId),
}

impl Scaling {
    fn new(build: &mut Build) -> Self {
        let (rate, burst) = (build.platform.get("lambda.scaling_rate"), build.platform.regional("lambda.scaling_burst"));
        match build.platform.get("lambda.scaling_shared") > 0.0 {
            true => Self::Shared(build.shared_bucket("lambda_scaling", rate, burst)),
            false => Self::Own(TokenBucket::new(rate, burst)),
        }
    }

    /// Whether one more may be made now.
    pub fn try_take(&mut self, world: &mut World) -> bool {
        let now = world.now();
        match self {
            Self::Own(bucket) => bucket.try_take(now, 1),
            Self::Shared(bucket) => world.shared.take(*bucket, now),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub rate: Limit,
    pub concurrency: Limit,
    pub scaling: Limit,
}

impl Gate {
    pub fn new(spec: &Spec, node: NodeId, build: &mut Build) -> Self {
        let account = build.platform.get("lambda.concurrent_executions");
        let per_unit = build.platform.get("lambda.requests_per_concurrency");
        let bucket = |concurrency: f64| TokenBucket::new(per_unit * concurrency, (per_unit * concurrency).max(1.0));
        let reserved = spec.reserved_concurrency.as_ref().map(|r| r.value);
        let provisioned = spec.provisioned_concurrency.as_ref().map_or(0, |p| p.value);
        Self {
            payload_limit: build.platform.count("lambda.payload_request"),
            reserved,
            pool: build.shared_pool("lambda", build.unreserved_concurrency),
            account_rate: build.shared_bucket("lambda", per_unit * account, per_unit * account),
            own_rate: reserved.filter(|r| *r > 0).map(|r| bucket(r as f64)),
            provisioned,
            provisioned_rate: bucket(provisioned as f64),
            provisioned_busy: 0,
            scaling: Scaling::new(build),
            limits: Limits::new(reserved, node, build),
        }
    }
}

impl Limits {
    pub fn new(reserved: Option<u64>, node: NodeId, build: &mut Build) -> Self {
        let (name, whose) = (build.name(node).to_owned(), build.whose(node));
        let unreserved = build.unreserved_concurrency;
        let (rate, concurrency) = match reserved {
            Some(n) => (format!("{whose} request rate (10 × {n} a second)"), format!("{whose} reserved concurrency ({n})")),
            None => {
                let rate = "the account's Lambda request rate".to_owned();
                (format!("{rate} at `{name}`"), format!("the account's unreserved concurrency ({unreserved}) at `{name}`"))
            }
        };
        let ids = match reserved {
            Some(_) => ("lambda_reserved_rate", "lambda_reserved_concurrency"),
            None => ("lambda_account_rate", "lambda_unreserved_concurrency"),
        };
        let scaling = match build.platform.get("lambda.scaling_shared") > 0.0 {
            true => format!("the Region's burst of new Lambda environments at `{name}`"),
            false => format!("{whose} scaling rate (new environments)"),
        };
        let metrics = &mut build.world.metrics;
        Self {
            rate: metrics.limit(node as usize, ids.0, rate),
            concurrency: metrics.limit(node as usize, ids.1, concurrency),
            scaling: metrics.limit(node as usize, "lambda_scaling_rate", scaling),
        }
    }
}
