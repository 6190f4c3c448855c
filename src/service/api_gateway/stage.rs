//! The side way: what a stage does for a request that is not simply passed on.
//!
//! ```text
//! size ─▶ authorizer ─▶ API key, quota ─▶ plan ─▶ route | stage ─▶ account ─▶ cache ─▶ integration ─▶ kept in the cache
//!  413    403, 500       403, 429         429        429            429       hit: answer
//! ```
//!
//! The order is AWS's as far as it is documented (the throttles among themselves); that authorizers and keys come before the throttles and the cache behind
//! them is ours. A plain request takes none of this: `mod` passes it on by itself.

use crate::{
    engine::{Ix, LaneId, NodeId, OpId, World},
    metrics::{Cause, Class, Counter, Limit, Outcome},
    units::Time,
};

use super::{
    AUTHORIZING, ApiGateway, DECIDED, INTEGRATING, OVERHEAD,
    authorizer::{Authorizer, Known},
    limiter::Limiter,
    outcome::{FORBIDDEN, TOO_LARGE, UNDECIDED, mapped, timed_out},
    plan::{Plans, Refusal},
    responses::{Kept, Responses},
    sockets::{Role, Sockets},
};

/// What the stage of an API has besides its routes and the account's bucket.
#[derive(Clone, Debug, Default)]
pub(super) struct Stage {
    pub limiters: Vec<Limiter>,
    pub authorizers: Vec<Authorizer>,
    pub plans: Option<Plans>,
    pub responses: Option<Responses>,
    pub sockets: Option<Box<Sockets>>,
    /// HTTP: the bytes of a metered unit, and the counter of the units beyond each request's first.
    pub metering: Option<(u64, Counter)>,
    pub routes: Vec<Route>,
    /// Bytes of each kind of push, by what is behind the last route.
    pub posts: Vec<u64>,
}

/// One route with all that goes with it.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub target: NodeId,
    pub op: OpId,
    pub timeout: LaneId,
    pub limiter: Option<usize>,
    pub authorizer: Option<usize>,
    pub kept: Option<Kept>,
    /// Bytes of its answers.
    pub response: u64,
    pub role: Role,
}

impl Route {
    /// Whether a request of this route is simply passed on.
    pub fn is_plain(&self) -> bool {
        self.limiter.is_none() && self.authorizer.is_none() && self.kept.is_none()
    }
}

impl ApiGateway {
    /// What is not simply passed on.
    #[inline(never)]
    pub(super) fn arrive_aside(&mut self, world: &mut World, ix: Ix, at: usize) {
        let bytes = u64::from(world.frame(ix).bytes);
        if let Some(post) = at.checked_sub(self.stage.routes.len()) {
            let bytes = self.stage.posts[post];
            return self.post(world, ix, bytes);
        }
        if self.stage.sockets.is_some() {
            let role = self.stage.routes[at].role;
            if self.over_socket(world, ix, role).is_none() {
                return;
            }
        } else if bytes > self.payload_limit {
            return self.answer(world, ix, TOO_LARGE);
        }
        self.identify(world, ix, at);
    }

    /// Who asks?
    fn identify(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Some(authorizer) = self.stage.routes[at].authorizer else { return self.admit(world, ix, at) };
        match self.stage.authorizers[authorizer].ask(world, ix) {
            Known::Already => self.decided(world, ix, at, authorizer),
            Known::Soon(after) => {
                world.frame_mut(ix).state = AUTHORIZING;
                world.spend(ix, Cause::Overhead, after);
                world.wake(ix, DECIDED, after);
            }
            Known::Asked => world.frame_mut(ix).state = AUTHORIZING,
        }
    }

    fn decided(&mut self, world: &mut World, ix: Ix, at: usize, authorizer: usize) {
        if self.stage.authorizers[authorizer].lets_in(world, ix) {
            return self.admit(world, ix, at);
        }
        self.answer(world, ix, FORBIDDEN);
    }

    /// The look at a token is over.
    pub(super) fn looked_at(&mut self, world: &mut World, ix: Ix) {
        let at = self.route_of(world, ix);
        if let Some(authorizer) = self.stage.routes[at].authorizer {
            self.decided(world, ix, at, authorizer);
        }
    }

    fn admit(&mut self, world: &mut World, ix: Ix, at: usize) {
        match self.pass(world, ix, at) {
            Ok(()) => self.look_up(world, ix, at),
            Err(Refusal::NoKey) => self.answer(world, ix, FORBIDDEN),
            Err(Refusal::Limit(limit)) => self.refuse(world, ix, limit),
        }
    }

    /// A token from every bucket that applies, and a piece of the quota, or nothing at all.
    fn pass(&mut self, world: &mut World, ix: Ix, at: usize) -> Result<(), Refusal> {
        let (now, luck) = (world.now(), world.frame(ix).luck);
        let Stage { limiters, plans, routes, metering, .. } = &mut self.stage;
        let key = plans.as_mut().map(|plans| plans.conforms(world, ix, at)).transpose()?;
        let mut limiter = routes[at].limiter.map(|limiter| &mut limiters[limiter]);
        if let Some(limiter) = &mut limiter
            && !limiter.conforms(luck, now)
        {
            return Err(Refusal::Limit(limiter.limit));
        }
        if !world.shared.take(self.account, now) {
            return Err(Refusal::Limit(self.account_limit));
        }
        if let Some(limiter) = limiter {
            limiter.take(luck, now);
        }
        if let (Some(plans), Some(key)) = (plans, key) {
            plans.take(key, at, now);
        }
        if let Some((unit, counter)) = metering {
            let bytes = u64::from(world.frame(ix).bytes).max(routes[at].response);
            world.metrics.count(*counter, bytes.div_ceil(*unit).saturating_sub(1));
        }
        Ok(())
    }

    /// Answers from the cache, or asks the integration.
    fn look_up(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Stage { responses, routes, .. } = &mut self.stage;
        if let (Some(responses), Some(kept)) = (responses, &routes[at].kept)
            && responses.has(world, ix, kept)
        {
            let frame = world.frame(ix);
            let latency = responses.latency.sample(&mut frame.luck.draw(OVERHEAD));
            let whole = world.now() - frame.born + latency;
            return self.tell(world, ix, Outcome::OK, latency, whole);
        }
        let Route { target, op, timeout, .. } = self.stage.routes[at];
        let now = world.now();
        let frame = world.frame_mut(ix);
        (frame.state, frame.since) = (INTEGRATING, now);
        let luck = frame.luck.child(at as u32, 0);
        world.call(ix, 0, target, op, luck, Time::ZERO);
        world.arm(ix, timeout);
    }

    /// The authorizer's function has answered, or the integration of a route that is not plain.
    #[inline(never)]
    pub(super) fn replied_aside(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        let at = self.route_of(world, ix);
        if world.frame(ix).state == AUTHORIZING {
            world.disarm(ix);
            return self.authorized(world, ix, at, outcome);
        }
        let outcome = mapped(self.protocol, outcome);
        if outcome.class == Class::Ok {
            self.succeeded(world, ix, at);
        }
        self.integrated(world, ix, outcome);
    }

    fn authorized(&mut self, world: &mut World, ix: Ix, at: usize, outcome: Outcome) {
        match self.stage.routes[at].authorizer {
            Some(authorizer) if outcome.class == Class::Ok => {
                self.stage.authorizers[authorizer].remember(world, ix);
                self.decided(world, ix, at, authorizer);
            }
            _ => self.answer(world, ix, UNDECIDED),
        }
    }

    fn succeeded(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Stage { responses, sockets, routes, .. } = &mut self.stage;
        if let (Some(responses), Some(kept)) = (responses, &routes[at].kept) {
            responses.keep(world, ix, kept);
        }
        if let Some(sockets) = sockets.as_mut().filter(|_| routes[at].role == Role::Connect) {
            sockets.connect(world, ix);
        }
    }

    /// Nobody has answered in time.
    #[cold]
    pub(super) fn late(&mut self, world: &mut World, ix: Ix) {
        if world.frame(ix).state == AUTHORIZING {
            return self.answer(world, ix, UNDECIDED);
        }
        self.integrated(world, ix, timed_out(self.protocol));
    }

    pub(super) fn refuse(&mut self, world: &mut World, ix: Ix, limit: Limit) {
        world.metrics.refuse(limit);
        world.metrics.count_for(self.throttled, world.frame(ix).workload, 1);
        self.answer(world, ix, super::outcome::THROTTLED);
    }

    fn route_of(&self, world: &World, ix: Ix) -> usize {
        self.entries[world.frame(ix).op as usize].at as usize
    }
}
