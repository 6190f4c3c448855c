//! From what the file says of a function to one that runs: figures of the platform where the file is silent, handlers compiled, limits registered.
//!
//! Nothing here happens during a run. What others ask of the function is known last (`bind`), and decides whether it keeps a queue of events.

use crate::{
    engine::NodeId,
    mechanism::distribution::Distribution,
    platform::{Platform, sdk},
    service::Build,
    units::{Bytes, Time},
};

use super::{
    Lambda, Operation, Package, Spec,
    alias::Alias,
    asynchronous::{Asynchronous, Targets},
    batch::Feed,
    environments::Environments,
    gate::Gate,
    meters::Meters,
    program::Compiler,
    provisioning::Provisioning,
    recursion::Guard,
    snap_start::Restore,
    starts::{Starts, idle_time},
};

/// The vCPUs that come with so much memory, or the share of one.
fn vcpus(memory: Bytes, platform: &Platform) -> f64 {
    (memory.as_mb() / platform.get("lambda.full_vcpu_memory")).min(platform.get("lambda.vcpus_maximum"))
}

impl Spec {
    /// The vCPUs that come with its memory, or the share of one.
    pub fn vcpus(&self, platform: &Platform) -> f64 {
        vcpus(self.memory.value, platform)
    }
}

impl Lambda {
    pub(super) fn build(spec: &Spec, node: NodeId, build: &mut Build) -> Self {
        let meters = Meters::new(node, build);
        let gate = Gate::new(spec, node, build);
        let starts = Starts::new(spec, build);
        let timeout = build.world.lane(spec.timeout.value);
        let (profile, attempts) = Self::sdk(spec, build);
        let quota = profile.quota.map_or(0, |q| q.tokens as u16);
        let mut environments = Self::environments(spec, node, quota, build);
        environments.provision(&mut build.world, gate.provisioned);
        let provisioning = Provisioning::new(spec, node, build).map(Box::new);
        if let Some(provisioning) = &provisioning {
            provisioning.note(&mut build.world, gate.provisioned);
            provisioning.offer(spec, node, gate.provisioned, meters.invocations.whole(), build);
        }
        let billing_step = Time::from_millis(build.platform.count("lambda.billing_step"));
        let init_billed = spec.package == Package::Image || build.platform.get("lambda.init_billed") > 0.0;
        let handlers: Vec<_> = spec.weighted().map(|(memory, handler)| (vcpus(memory, &build.platform), handler)).collect();
        let response = spec.response.as_ref().and_then(|response| response.instruction(&build.platform));
        let (program, entries) = Compiler::new(build, profile, attempts).answering(response).compile(&handlers);
        let alias = Alias::new(spec, &entries, node, build).map(Box::new);
        let guard = Guard::new(spec, node, build);
        let targets = Targets::new(spec, node, build);
        let feed = Feed::new(spec, node, build);
        let restore = Restore::new(spec, node, build).map(Box::new);
        let (special, asynchronous) = (alias.is_some() || guard.is_some() || feed.is_some(), None);
        Self {
            program,
            environments,
            starts,
            timeout,
            billing_step,
            init_billed,
            gate,
            provisioning,
            busy: 0,
            meters,
            special,
            restore,
            feed,
            alias,
            guard,
            targets,
            asynchronous,
        }
    }

    /// Learns what is asked of it: only a function of which somebody asks it works on events.
    pub(super) fn bind(&mut self, spec: &Spec, operations: Vec<Operation>, build: &mut Build) {
        if operations.iter().any(|operation| matches!(operation, Operation::Event { .. })) {
            self.asynchronous = Some(Box::new(Asynchronous::new(spec, self.targets, self.guard.is_some(), operations, build)));
            self.special = true;
        }
    }

    /// How the handler's SDK retries: as the file says, else as the runtime's SDK does on the day of the run.
    fn sdk(spec: &Spec, build: &Build) -> (&'static sdk::Profile, Option<u32>) {
        let named = spec.sdk.as_ref().and_then(|s| s.profile.as_ref()).and_then(|p| sdk::profile(&p.value));
        let profile = named.unwrap_or_else(|| build.platform.sdk(&spec.runtime.value));
        (profile, spec.sdk.as_ref().and_then(|s| s.max_attempts))
    }

    fn environments(spec: &Spec, node: NodeId, quota: u16, build: &mut Build) -> Environments {
        let platform = &build.platform;
        let seconds = |name: &str| Time::from_secs_f64(platform.get(name));
        let lifetime = spec
            .lifetime
            .clone()
            .unwrap_or_else(|| Distribution::uniform(seconds("lambda.environment_lifetime_minimum"), seconds("lambda.environment_lifetime_maximum")));
        let keep_alive = spec.keep_alive.clone().unwrap_or_else(|| idle_time(build));
        let halving = seconds("lambda.idle_halving_period");
        let metrics = &mut build.world.metrics;
        let levels = ["IdleEnvironments", "Environments"].map(|name| metrics.gauge(node as usize, name));
        let expired = metrics.counter(node as usize, "ExpiredEnvironments");
        let environments = Environments::new(build.key(node, 1), keep_alive, lifetime, quota, levels, expired);
        let environments = environments.with_deployments(spec.deployments.clone());
        if spec.keep_alive.is_none() && halving > Time::ZERO { environments.halved(halving) } else { environments }
    }
}
