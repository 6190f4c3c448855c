//! An alias with weights: most invocations run the function as it is, a share of them another version of it.
//!
//! ```text
//! invocation ─ own luck < weight? ─▶ additional version: handler, memory and INIT of its own, environments of its own
//!                     └──────────▶ primary version: the function's own fields, and all of its provisioned concurrency
//! ```
//!
//! Each invocation chooses for itself, a retry too (AWS docs: lambda/configuring-alias-routing). Both versions share reservation, request rate and scaling
//! rate. AWS splits provisioned concurrency by the weights while they shift; here it stays with the primary version.

use crate::{
    document::{Diagnostic, Map, Reading, Spanned},
    engine::{Ix, NodeId, World},
    mechanism::distribution::Distribution,
    metrics::Counter,
    service::Build,
    spec,
    units::{Bytes, Share},
};

use super::{environments::Version, program::Pc, spec::Spec, starts::Starts, steps::Step};

/// Purpose of the draw that chooses the version.
const VERSION: u64 = 0x1E;

/// More versions than this an alias cannot give weights to, beside its own (AWS docs: lambda/configuring-alias-routing, read 2026-11).
const ADDITIONAL_MAX: usize = 1;

spec! {
    /// Another version of a function; what it does not say is as the function has it.
    pub struct VersionSpec: "a version of a function" {
        /// What one invocation of this version does, in order.
        handler: Vec<Step> = Vec::new(),
        /// Memory of this version; default: the function's.
        memory: Option<Spanned<Bytes>> = None,
        /// The INIT phase of this version; default: the function's.
        init_duration: Option<Distribution> = None,
        /// Init that this version itself adds; default: the function's.
        extra_init: Option<Distribution> = None,
    }
}

spec! {
    /// How the alias that is invoked shares invocations among versions.
    pub struct RoutingConfig: "a routing configuration" {
        /// Share of invocations by version, at most one; what is left runs the function itself.
        additional_version_weights: Map<Spanned<Share>> = Map::default(),
    }
}

/// The additional version of a function that runs.
#[derive(Clone, Debug)]
pub(super) struct Alias {
    share: f64,
    entry: Pc,
    pub starts: Starts,
    pub invocations: Counter,
}

impl Alias {
    /// The version that has a weight; `entries` are where the handlers begin.
    pub fn new(spec: &Spec, entries: &[Pc], node: NodeId, build: &mut Build) -> Option<Self> {
        let (share, version) = spec.additional()?;
        let as_it_would_be = Spec {
            memory: version.memory.clone().unwrap_or_else(|| spec.memory.clone()),
            init_duration: version.init_duration.clone().or_else(|| spec.init_duration.clone()),
            extra_init: version.extra_init.clone().or_else(|| spec.extra_init.clone()),
            ..spec.clone()
        };
        let starts = Starts::new(&as_it_would_be, build);
        let invocations = build.world.metrics.counter(node as usize, "AdditionalVersionInvocations");
        Some(Self { share: share.as_fraction(), entry: *entries.last()?, starts, invocations })
    }

    /// The version of this invocation, whose handler it is sent to.
    pub fn choose(&self, world: &mut World, ix: Ix) -> Version {
        let frame = world.frame_mut(ix);
        if frame.luck.draw(VERSION).unit() >= self.share {
            return Version::Primary;
        }
        frame.pc = self.entry;
        Version::Additional
    }
}

impl Spec {
    /// The version that the alias gives a share to, beside the function itself.
    pub(super) fn additional(&self) -> Option<(Share, &VersionSpec)> {
        let (name, share) = self.routing_config.as_ref()?.additional_version_weights.0.first()?;
        let (_, version) = self.versions.0.iter().find(|(known, _)| known.value == name.value)?;
        Some((share.value, version))
    }

    /// Memory and handler of every version that is invoked, the primary one first.
    pub(super) fn weighted(&self) -> impl Iterator<Item = (Bytes, &[Step])> {
        let own = (self.memory.value, self.handler.as_slice());
        let additional = self.additional().map(|(_, version)| {
            let memory = version.memory.as_ref().map_or(self.memory.value, |memory| memory.value);
            (memory, version.handler.as_slice())
        });
        std::iter::once(own).chain(additional)
    }

    /// That weights are of versions there are, and leave something for the function itself to be asked.
    pub(super) fn check_versions(&self, name: &str, reading: &mut Reading) {
        let Some(routing) = &self.routing_config else { return };
        let weights = &routing.additional_version_weights.0;
        for (version, _) in weights.iter().filter(|(version, _)| self.versions.0.iter().all(|(known, _)| known.value != version.value)) {
            let message = format!("an alias of `{name}` gives weight to version `{}`, which the function does not have", version.value);
            let known: Vec<&str> = self.versions.0.iter().map(|(known, _)| known.value.as_str()).collect();
            let hint = match known[..] {
                [] => format!("describe it under `versions: {{ \"{}\": {{ handler: [ … ] }} }}`", version.value),
                _ => format!("its versions: {}", known.join(", ")),
            };
            reading.push(Diagnostic::error("E094", version.span, message).label("no such version").hint(hint));
        }
        let sum: f64 = weights.iter().map(|(_, weight)| weight.value.as_fraction()).sum();
        let last = weights.last().filter(|_| weights.len() > ADDITIONAL_MAX || sum > 1.0);
        if let Some((version, _)) = last {
            let message = match sum > 1.0 {
                true => format!("the weights of versions of `{name}` add up to {:.0} %", sum * 100.0),
                false => format!("an alias of `{name}` gives weights to {} versions beside its own", weights.len()),
            };
            let hint = "an alias points to two versions at most: the function itself, and one more with a weight of at most 100 %";
            reading.push(Diagnostic::error("E095", version.span, message).label("too much").hint(hint));
        }
    }
}
