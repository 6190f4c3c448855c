//! API Gateway, REST, HTTP and WebSocket: the front door with its buckets, its time-out and its way of telling what went wrong behind it.
//!
//! ```text
//! request ─▶ size ─▶ [ stage: authorizer, plans, throttles ] ─▶ account bucket ─▶ [ cache ] ─▶ integration ─▶ mapped answer ─▶ + overhead
//!             413                 403, 429, 500                     429                           │ time-out: 504 (HTTP: 503), the function runs on
//! ```
//!
//! A request needs a token in every bucket that applies; one that is refused takes none. API Gateway never retries. Its own overhead is charged on the way back.
//! A route without any of what stands in brackets is passed on straight; the rest is in `stage`. Left out: edge endpoints, WAF, request validation, mapping
//! templates.

mod authorizer;
mod build;
mod limiter;
mod operation;
mod outcome;
mod plan;
mod responses;
mod sockets;
mod spec;
mod stage;

pub use authorizer::{Authorization, AuthorizerSpec, AuthorizerType};
pub use operation::{Operation, Request};
pub use plan::{ApiKeys, Period, Quota, UsagePlan};
pub use responses::{CacheSpec, RouteCache, RouteCacheFields};
pub use sockets::Post;
pub use spec::{API_KEY, Protocol, Route, RouteFields, Spec, Throttle};

use crate::{
    engine::{BucketId, Ix, LaneId, NodeId, OpId, Signal, World},
    mechanism::distribution::Distribution,
    metrics::{Cause, Counter, Latency, Limit, Outcome, Split},
    units::Time,
};

use super::Service;
use outcome::{MESSAGE_TOO_BIG, mapped};
use stage::Stage;

/// Purposes of draws.
const OVERHEAD: u64 = 0xA1;

/// Tags of wake-ups.
const DECIDED: u8 = 0;
const SOCKET: u8 = 1;

/// What a request waits for that is not simply passed on (its frame's `state`, which is 0 for one that is).
const AUTHORIZING: u8 = 1;
const INTEGRATING: u8 = 2;

/// An API that runs.
#[derive(Clone, Debug)]
pub struct ApiGateway {
    protocol: Protocol,
    payload_limit: u64,
    /// The way of each operation.
    entries: Vec<Entry>,
    account: BucketId,
    overhead: Distribution,
    requests: Split,
    throttled: Split,
    client_errors: Counter,
    server_errors: Counter,
    latency: Latency,
    integration_latency: Latency,
    account_limit: Limit,
    stage: Stage,
}

/// Where an operation leads.
#[derive(Clone, Copy, Debug)]
struct Entry {
    target: NodeId,
    op: OpId,
    timeout: LaneId,
    /// Which route it is, which its luck is keyed by; behind the last route: a push to a connection.
    at: u32,
    /// Requests of so many bytes or more are not simply passed on: 0 where none is.
    aside_from: u32,
}

impl Service for ApiGateway {
    #[inline]
    fn on(&mut self, world: &mut World, ix: Ix, signal: Signal) {
        match signal {
            Signal::Arrive => self.arrive(world, ix),
            Signal::Reply(outcome) if world.frame(ix).state == 0 => self.integrated(world, ix, mapped(self.protocol, outcome)),
            Signal::Reply(outcome) => self.replied_aside(world, ix, outcome),
            Signal::Deadline => self.late(world, ix),
            Signal::Wake(tag) => self.woken(world, ix, tag),
            Signal::Done(_) => unreachable!("the engine keeps this to itself"),
        }
    }

    fn assert_sound(&self, _world: &World) {
        if let Some(sockets) = &self.stage.sockets {
            assert_eq!(sockets.open(), sockets.held(), "a connection stands in one slot");
        }
    }
}

impl ApiGateway {
    #[inline]
    fn arrive(&mut self, world: &mut World, ix: Ix) {
        let frame = world.frame(ix);
        let (luck, op, bytes) = (frame.luck, frame.op, frame.bytes);
        let workload = frame.workload;
        world.metrics.count_for(self.requests, workload, 1);
        let Entry { target, op, timeout, at, aside_from } = self.entries[op as usize];
        if bytes >= aside_from {
            return self.arrive_aside(world, ix, at as usize);
        }
        if !world.shared.take(self.account, world.now()) {
            return self.refuse(world, ix, self.account_limit);
        }
        world.call(ix, 0, target, op, luck.child(at, 0), Time::ZERO);
        world.arm(ix, timeout);
    }

    #[inline(never)]
    fn woken(&mut self, world: &mut World, ix: Ix, tag: u8) {
        match &mut self.stage.sockets {
            Some(sockets) if tag == SOCKET => sockets.look(world, ix),
            _ => self.looked_at(world, ix),
        }
    }

    #[inline]
    fn integrated(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        let took = world.now() - world.frame(ix).since;
        world.metrics.record(self.integration_latency, took);
        self.answer(world, ix, outcome);
    }

    #[inline]
    fn answer(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        let frame = world.frame(ix);
        let overhead = self.overhead.sample(&mut frame.luck.draw(OVERHEAD));
        let whole = world.now() - frame.born + overhead;
        self.tell(world, ix, outcome, overhead, whole);
    }

    /// Answers with what the door itself takes, and what all of it took.
    #[inline(always)]
    fn tell(&mut self, world: &mut World, ix: Ix, outcome: Outcome, overhead: Time, whole: Time) {
        match outcome.code {
            400..500 => world.metrics.count(self.client_errors, 1),
            500.. => world.metrics.count(if outcome == MESSAGE_TOO_BIG { self.client_errors } else { self.server_errors }, 1),
            _ => {}
        }
        world.metrics.record(self.latency, whole);
        world.finish_spending(ix, outcome, Cause::Overhead, overhead);
    }
}
