//! Usage plans: which API key may ask how often.
//!
//! ```text
//! key ─▶ its plan ─▶ quota: at most `limit` a day, week or month ─▶ the key's bucket ─▶ the key's bucket for this route ─▶ stage, account
//!  └ of no plan: 403          429, QUOTA_EXCEEDED                      429, THROTTLED
//! ```
//!
//! Keys are the values of one attribute, by name or number, and belong to plans by name, by share, or as those that no other plan has. Limits are each key's own. What is refused
//! takes neither a token nor a piece of a quota, wherever it is refused. Periods run from the beginning of the run, which is taken for the first midnight of
//! a week and of a month of 30 days. Left out: keys in several plans, limits over several APIs, the offset of a quota.

use crate::{
    document::{Diagnostic, Reading, Span},
    engine::{Ix, NodeId, World},
    mechanism::{attribute::Attribute, token_bucket::TokenBucket},
    metrics::Limit,
    service::Build,
    units::Time,
};

use super::protocol::Throttle;
use super::spec::Spec;
use super::usage_plan::{ApiKeys, UsagePlan};

/// 2^64 divided by the golden ratio: multiples of it spread evenly, so that a share of the keys is a share of any stretch of them.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// That plans and keys go together (E144).
pub(super) fn check(spec: &Spec, name: &str, reading: &mut Reading) {
    let mut complain =
        |span, message: String, label: &str, hint: &str| reading.push(Diagnostic::error("E144", span, message).label(label).hint(hint));
    if spec.api_key.span != Span::default() && spec.usage_plans.0.is_empty() {
        let message = format!("`{name}` asks for API keys, and has no usage plan that they could be of");
        let hint = "add `usage_plans: { basic: { throttle: { rate: 10/s, burst: 20 } } }`";
        complain(spec.api_key.span, message, "of which plan?", hint);
    }
    let rest: Vec<_> = spec.usage_plans.0.iter().filter(|(_, plan)| plan.keys.is_none()).collect();
    if let [_, (second, _), ..] = rest[..] {
        let message = format!("`{name}` has {} usage plans for all keys that no other plan has", rest.len());
        complain(second.span, message, "a second one", "say of all but one which `keys` are theirs, by name or by share");
    }
    for (own, plan) in &spec.usage_plans.0 {
        if let Some(limit) = plan.quota.as_ref().map(|quota| &quota.limit).filter(|limit| limit.value == 0) {
            complain(limit.span, format!("the quota of `{}` lets nothing through", own.value), "zero", "give it at least 1");
        }
        for (route, _) in plan.routes.0.iter().filter(|(route, _)| spec.each_route().all(|(known, _)| known.value != route.value)) {
            let message = format!("`{}` limits `{}`, which `{name}` has no route for", own.value, route.value);
            complain(route.span, message, "no such route", "write it as under `routes`: `GET /orders`");
        }
    }
    let mut shares = spec.usage_plans.0.iter().filter_map(|(_, plan)| plan.keys.as_ref());
    let sum: f64 = shares.clone().map(|keys| if let ApiKeys::Share(share) = keys.value { share.as_fraction() } else { 0.0 }).sum();
    if let Some(last) = shares.next_back().filter(|_| sum > 1.0 + 1e-9) {
        let message = format!("the usage plans of `{name}` share out {:.0} % of its API keys", sum * 100.0);
        complain(last.span, message, "more than is left", "lower a share, or leave `keys` out of the last plan");
    }
}

/// The usage plans of an API that runs. Keys are numbered: those with names first, then the others as the attribute numbers its values.
#[derive(Clone, Debug)]
pub(super) struct Plans {
    attribute: u32,
    plans: Vec<Plan>,
    keys: Vec<Option<Key>>,
    by_workload: Vec<Numbers>,
}

/// What the values of the attribute are to one workload.
#[derive(Clone, Debug)]
enum Numbers {
    /// It draws none: requests without a key.
    None,
    /// The keys of its names, in its order.
    Named(Vec<u32>),
    /// The key of its first value.
    From(u64),
}

#[derive(Clone, Debug)]
struct Plan {
    quota: Option<(u64, Time)>,
    quota_limit: Limit,
    throttle_limit: Limit,
    /// For each route, the place of its bucket among those of a key.
    of_route: Vec<Option<u16>>,
}

/// What one key has used.
#[derive(Clone, Debug)]
struct Key {
    plan: u16,
    bucket: Option<TokenBucket>,
    of_routes: Box<[TokenBucket]>,
    period: u64,
    used: u64,
}

/// Why a request does not pass.
pub(super) enum Refusal {
    NoKey,
    Limit(Limit),
}

impl Plans {
    /// `None` where the API has no plans.
    pub fn new(spec: &Spec, node: NodeId, build: &mut Build) -> Option<Self> {
        spec.usage_plans.0.first()?;
        let attribute = build.attribute(&spec.api_key.value);
        let most = build.platform.count("apigateway.api_keys");
        let drawn: Vec<_> = build.world.traits.iter().map(|t| t.attributes.get(attribute as usize).and_then(Option::as_ref)).collect();
        let mut names: Vec<&str> = Vec::new();
        let by_name: Vec<Option<Vec<u32>>> = drawn.iter().map(|own| own.and_then(|own| number(own, &mut names))).collect();
        let plain = |at: usize| drawn[at].filter(|_| by_name[at].is_none());
        let others = (0..drawn.len()).filter_map(|at| plain(at)?.keys()).max().unwrap_or(0).min(most);
        let first = names.len() as u64;
        let labels = (0..others).map(|value| value.to_string());
        let plan_of: Vec<Option<usize>> =
            names.iter().map(|name| (*name).to_owned()).chain(labels).zip(0..).map(|(label, key)| plan(spec, &label, key)).collect();
        let numbers = |(at, named): (usize, Option<Vec<u32>>)| match named {
            Some(named) => Numbers::Named(named),
            None => plain(at).map_or(Numbers::None, |_| Numbers::From(first)),
        };
        let by_workload = by_name.iter().cloned().enumerate().map(numbers).collect();
        let key = |plan: usize| Key::new(plan, &spec.usage_plans.0[plan].1);
        let keys = plan_of.into_iter().map(|plan| plan.map(key)).collect();
        let plans = spec.usage_plans.0.iter().map(|(name, plan)| Plan::new(&name.value, plan, spec, node, build)).collect();
        Some(Self { attribute, plans, keys, by_workload })
    }

    /// The number of this request's key; beyond all keys where it has none.
    fn key(&self, world: &World, ix: Ix) -> usize {
        let value = || world.attribute(ix, self.attribute);
        let number = match self.by_workload.get(usize::from(world.frame(ix).workload)) {
            Some(Numbers::Named(named)) => named.get(value() as usize).map(|key| u64::from(*key)),
            Some(Numbers::From(first)) => first.checked_add(value()),
            Some(Numbers::None) | None => None,
        };
        number.map_or(usize::MAX, |number| number as usize)
    }

    /// Whether this request would pass, as far as its key is concerned.
    pub fn conforms(&mut self, world: &World, ix: Ix, route: usize) -> Result<u32, Refusal> {
        let now = world.now();
        let at = self.key(world, ix);
        let Some(Some(key)) = self.keys.get_mut(at) else { return Err(Refusal::NoKey) };
        let plan = &self.plans[usize::from(key.plan)];
        if let Some((limit, length)) = plan.quota {
            let period = now.as_nanos() / length.as_nanos();
            if std::mem::replace(&mut key.period, period) != period {
                key.used = 0;
            }
            if key.used >= limit {
                return Err(Refusal::Limit(plan.quota_limit));
            }
        }
        let own = plan.of_route[route].map(|at| &key.of_routes[usize::from(at)]);
        if key.bucket.iter().chain(own).any(|bucket| !bucket.conforms(now, 1)) {
            return Err(Refusal::Limit(plan.throttle_limit));
        }
        Ok(at as u32)
    }

    /// Takes what a request uses up that passes; `at` is its key.
    pub fn take(&mut self, at: u32, route: usize, now: Time) {
        let Some(Some(key)) = self.keys.get_mut(at as usize) else { return };
        key.used += 1;
        let own = self.plans[usize::from(key.plan)].of_route[route].map(|at| &mut key.of_routes[usize::from(at)]);
        key.bucket.iter_mut().chain(own).for_each(|bucket| bucket.take(now, 1));
    }
}

/// Numbers the names of an attribute, those that were met before alike; `None` where it has no names.
fn number<'a>(attribute: &'a Attribute, names: &mut Vec<&'a str>) -> Option<Vec<u32>> {
    attribute.name(0)?;
    let own = (0..attribute.keys()?).map_while(|key| attribute.name(key));
    let place = |name: &'a str| {
        let known = names.iter().position(|known| *known == name);
        known.unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        }) as u32
    };
    Some(own.map(place).collect())
}

/// The plan that has this key: by its name, by a share, or as one that has all the rest.
fn plan(spec: &Spec, label: &str, key: u64) -> Option<usize> {
    let named = |keys: &ApiKeys| matches!(keys, ApiKeys::Named(names) if names.iter().any(|name| name.value == label));
    let position = |wanted: &dyn Fn(&UsagePlan) -> bool| spec.usage_plans.0.iter().position(|(_, plan)| wanted(plan));
    let by_name = position(&|plan| plan.keys.as_ref().is_some_and(|keys| named(&keys.value)));
    by_name.or_else(|| by_share(spec, key)).or_else(|| position(&|plan| plan.keys.is_none()))
}

/// The plan that has this key by its share.
fn by_share(spec: &Spec, key: u64) -> Option<usize> {
    let place = ((key + 1).wrapping_mul(GOLDEN) >> 11) as f64 / (1u64 << 53) as f64;
    let mut upto = 0.0;
    spec.usage_plans.0.iter().position(|(_, plan)| match plan.keys.as_ref().map(|keys| &keys.value) {
        Some(ApiKeys::Share(share)) => {
            upto += share.as_fraction();
            place < upto
        }
        _ => false,
    })
}

impl Plan {
    fn new(name: &str, own: &UsagePlan, spec: &Spec, node: NodeId, build: &mut Build) -> Self {
        let api = build.name(node).to_owned();
        let quota = own.quota.as_ref().map(|quota| (quota.limit.value, quota.period.length()));
        let said = own.quota.as_ref().map_or(String::new(), |quota| format!(" ({} a {})", quota.limit.value, quota.period.word()));
        let rate = own.throttle.as_ref().map_or(String::new(), |throttle| format!(" ({} a key)", throttle.rate.value));
        let metrics = &mut build.world.metrics;
        let quota_limit = metrics.limit(node as usize, "apigateway_quota", format!("the quota of the plan `{name}` at `{api}`{said}"));
        let throttle_limit = metrics.limit(node as usize, "apigateway_plan", format!("the throttle of the plan `{name}` at `{api}`{rate}"));
        let place = |route: &str| own.routes.0.iter().position(|(limited, _)| limited.value == route).map(|at| at as u16);
        let of_route = spec.each_route().map(|(route, _)| place(&route.value)).collect();
        Self { quota, quota_limit, throttle_limit, of_route }
    }
}

impl Key {
    fn new(plan: usize, own: &UsagePlan) -> Self {
        let bucket = |throttle: &Throttle| TokenBucket::new(throttle.rate.value.as_per_second(), throttle.burst as f64);
        let of_routes = own.routes.0.iter().map(|(_, throttle)| bucket(throttle)).collect();
        Self { plan: plan as u16, bucket: own.throttle.as_ref().map(bucket), of_routes, period: 0, used: 0 }
    }
}
