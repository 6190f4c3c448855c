//! SnapStart: environments begin from a snapshot that was taken when the version was published, with no INIT on the way of a request.
//!
//! ```text
//! cold start = allocation + restore (as measured, log-normal)         restore > 10 s ─▶ SnapStartTimeoutException, environment gone
//! ```
//!
//! A restore is no INIT: it stands in `RestoreDuration`, and `InitDuration` stays empty. After a time-out the runtime is begun anew inside the next
//! invocation, which then pays INIT as without SnapStart (our choice: AWS does not say). Left out: publishing, which takes minutes, and what it costs.

use crate::{
    document::{Diagnostic, Reading},
    engine::{Ix, NodeId, World},
    mechanism::distribution::Distribution,
    metrics::{Cause, Class, Latency, Outcome},
    platform::{coldstart, snap_start},
    service::Build,
    units::Time,
    words,
};

use super::{INIT_DONE, Lambda, NOT_RESTORED, Package, Spec, environments::Version};

words! {
    /// Of what snapshots are taken (AWS: SnapStart, ApplyOn).
    pub enum SnapStart {
        /// Of nothing: every cold start has an INIT.
        None = "none",
        /// Of each version that is published, which invocations are taken to be of.
        PublishedVersions = "published_versions",
    }
}

/// `SnapStartTimeoutException`.
const TIMEOUT: Outcome = Outcome { class: Class::Failed, code: 408 };
/// Purpose of the draw.
const RESTORE: u64 = 0x1F;

/// How an environment is restored.
#[derive(Clone, Debug)]
pub(super) struct Restore {
    time: Distribution,
    limit: Time,
    duration: Latency,
}

impl Restore {
    /// `None` for a function without SnapStart.
    pub fn new(spec: &Spec, node: NodeId, build: &mut Build) -> Option<Self> {
        if spec.snap_start == SnapStart::None {
            return None;
        }
        let measured = coldstart::restore_duration(&spec.runtime.value, spec.memory.value.as_mb() as u64, spec.architecture.measured());
        let of_the_runtime =
            measured.map(|m| Distribution::lognormal_p50_p99(Time::from_secs_f64(m.p50_ms / 1e3), Time::from_secs_f64(m.p99_ms / 1e3)));
        let time = spec.restore_duration.as_ref().map(|own| own.value.clone()).or(of_the_runtime);
        Some(Self {
            time: time.unwrap_or_else(|| build.measured("lambda.snap_start_restore")),
            limit: Time::from_secs_f64(build.platform.get("lambda.snap_start_limit")),
            duration: build.world.metrics.latency(node as usize, "RestoreDuration"),
        })
    }
}

impl Lambda {
    /// Allocation and restore come before the invocation, outside its time-out.
    #[cold]
    pub(super) fn restore(&mut self, world: &mut World, ix: Ix, version: Version) {
        let Some(restore) = &self.restore else { return };
        let luck = world.frame(ix).luck;
        let drawn = restore.time.sample(&mut luck.draw(RESTORE));
        let (took, in_time) = (drawn.min(restore.limit), drawn <= restore.limit);
        let allocation = self.starts.allocation.sample(&mut luck.draw(super::ALLOCATION));
        world.frame_mut(ix).env = self.environments.make(world, version);
        world.metrics.count(self.meters.cold_starts, 1);
        world.metrics.record(restore.duration, took);
        world.spend(ix, Cause::ColdStart, allocation + took);
        world.wake(ix, if in_time { INIT_DONE } else { NOT_RESTORED }, allocation + took);
    }

    /// The restore took too long: whoever waited for it is told, and the environment goes.
    #[cold]
    pub(super) fn not_restored(&mut self, world: &mut World, ix: Ix) {
        let now = world.now();
        let frame = world.frame_mut(ix);
        (frame.since, frame.cargo) = (now, 0);
        let env = frame.env;
        self.environments.condemn(env, now);
        self.complete(world, ix, TIMEOUT);
    }
}

impl Spec {
    /// That SnapStart is there for such a function, and only a function with it is restored.
    pub(super) fn check_snap_start(&self, name: &str, reading: &mut Reading) {
        let mut no =
            |span, message: String, hint: &str| reading.push(Diagnostic::error("E160", span, message).label("not with SnapStart").hint(hint));
        if self.snap_start == SnapStart::None {
            if let Some(restore) = &self.restore_duration {
                let message = format!("`{name}` has a `restore_duration` and is never restored");
                no(restore.span, message, "say `snap_start: published_versions`, or give `init_duration`");
            }
            return;
        }
        if snap_start::since(&self.runtime.value).is_none() {
            let message = format!("`{name}` runs on `{}`, for which there is no SnapStart", self.runtime.value);
            no(self.runtime.span, message, &format!("SnapStart is for {}", snap_start::RUNTIMES));
        }
        if self.package == Package::Image {
            let message = format!("`{name}` is a container image, of which no snapshot is taken");
            no(self.runtime.span, message, "`package: zip`, or no `snap_start`");
        }
        if let Some(provisioned) = self.provisioned_concurrency.as_ref().filter(|provisioned| provisioned.value > 0) {
            let message = format!("`{name}` has SnapStart and provisioned concurrency, and can have only one of them");
            no(provisioned.span, message, "provisioned environments are ready before a request comes: leave one of the two out");
        }
    }
}
