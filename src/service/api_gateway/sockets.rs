//! WebSocket: connections that live from a `$connect` to their end, and what is sent over them in both directions.
//!
//! ```text
//! $connect ─▶ rate of new connections ─▶ authorizer ─▶ integration ─▶ OPEN ─▶ message ─▶ throttles ─▶ integration
//! OPEN ─▶ closed: $disconnect · silent for 10 min · 2 h old · a frame over 32 KB, a message over 128 KB (1009)          post_to_connection ─▶ OPEN? else 410
//! ```
//!
//! A connection is a session's: what tells it from others is the lineage of the requests, so that a push from a handler, however late, goes to who asked. Who
//! leaves without `$disconnect` is noticed when the connection is idle. Left out: pushes to others than who asked, pings, buffers of slow clients, answers of
//! integrations as messages of their own.

use crate::{
    engine::{BucketId, Id, Ix, NodeId, World},
    mechanism::table::Table,
    metrics::{Counter, Gauge, Limit, Outcome},
    service::Build,
    spec,
    units::{Bytes, Time},
};

use super::{
    ApiGateway, SOCKET,
    outcome::{GONE, MESSAGE_TOO_BIG, TOO_LARGE},
};

/// The routes that are not messages.
pub(super) const CONNECT: &str = "$connect";
pub(super) const DISCONNECT: &str = "$disconnect";

spec! {
    /// A message to the connection that the work is about.
    pub struct Post: "a push to a connection" {
        /// Size of the message, at most 128 KB.
        size: Bytes = Bytes::from_kb(1),
    }
}

/// What a request over a WebSocket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Connect,
    Disconnect,
    Message,
}

impl Role {
    pub fn of(route: &str) -> Self {
        match route {
            CONNECT => Self::Connect,
            DISCONNECT => Self::Disconnect,
            _ => Self::Message,
        }
    }
}

/// The connections of an API.
#[derive(Clone, Debug)]
pub(super) struct Sockets {
    node: NodeId,
    idle: Time,
    lifetime: Time,
    /// Bytes of the largest message, in frames that pass or in one.
    largest: u64,
    unit: u64,
    rate: BucketId,
    rate_limit: Limit,
    /// By lineage of the requests.
    open: Table,
    all: Vec<Socket>,
    free: Vec<u32>,
    connects: Counter,
    messages: Counter,
    units: Counter,
    minutes: Counter,
    idle_disconnects: Counter,
    gone: Counter,
    level: Gauge,
}

/// A connection that is open.
#[derive(Clone, Copy, Debug)]
struct Socket {
    lineage: u64,
    timer: Id,
    opened: Time,
    /// When something was last sent over it.
    used: Time,
}

impl Sockets {
    pub fn new(fragments: bool, node: NodeId, build: &mut Build) -> Self {
        let seconds = |name: &str| Time::from_secs_f64(build.platform.get(name));
        let (idle, lifetime) = (seconds("apigateway.websocket_idle"), seconds("apigateway.websocket_lifetime"));
        let largest = build.platform.count(if fragments { "apigateway.websocket_message" } else { "apigateway.websocket_frame" });
        let unit = build.platform.count("apigateway.websocket_metering").max(1);
        let per_second = build.platform.get("apigateway.websocket_connections");
        let rate = build.shared_bucket("apigateway_connections", per_second, per_second);
        let phrase = format!("the account's rate of new WebSocket connections ({per_second}/s) at `{}`", build.name(node));
        let (at, metrics) = (node as usize, &mut build.world.metrics);
        let rate_limit = metrics.limit(at, "apigateway_connections", phrase);
        let mut counter = |name| metrics.counter(at, name);
        let [connects, messages, units] = ["ConnectCount", "MessageCount", "MessageUnits"].map(&mut counter);
        let [minutes, idle_disconnects, gone] = ["ConnectionMinutes", "IdleDisconnects", "Gone"].map(&mut counter);
        let level = metrics.gauge(at, "OpenConnections");
        let (open, all, free) = Default::default();
        Self {
            node,
            idle,
            lifetime,
            largest,
            unit,
            rate,
            rate_limit,
            open,
            all,
            free,
            connects,
            messages,
            units,
            minutes,
            idle_disconnects,
            gone,
            level,
        }
    }

    /// Connections that are open.
    pub fn open(&self) -> u64 {
        self.open.len() as u64
    }

    /// How many there are by the slots they stand in.
    pub fn held(&self) -> u64 {
        (self.all.len() - self.free.len()) as u64
    }

    /// A client has been let in. One that was connected already has a connection anew.
    pub fn connect(&mut self, world: &mut World, ix: Ix) {
        let frame = world.frame(ix);
        let (lineage, about, luck) = (frame.request, frame.about(), frame.luck);
        self.close(world, lineage);
        let timer = world.job(&about, self.node, luck);
        let now = world.now();
        let socket = Socket { lineage, timer: world.id(timer), opened: now, used: now };
        let at = self.claim(socket);
        world.frame_mut(timer).cargo = at;
        self.open.insert(lineage, at);
        world.metrics.count(self.connects, 1);
        world.metrics.rise(self.level, now, 1);
        world.wake(timer, SOCKET, self.idle.min(self.lifetime));
    }

    fn claim(&mut self, socket: Socket) -> u32 {
        if let Some(at) = self.free.pop() {
            self.all[at as usize] = socket;
            return at;
        }
        self.all.push(socket);
        self.all.len() as u32 - 1
    }

    /// Whether the connection of these requests is open; then it is in use.
    fn touch(&mut self, world: &mut World, lineage: u64) -> bool {
        let Some(at) = self.open.get(lineage) else {
            world.metrics.count(self.gone, 1);
            return false;
        };
        self.all[at as usize].used = world.now();
        true
    }

    /// Ends the connection of these requests, where it is open.
    fn close(&mut self, world: &mut World, lineage: u64) {
        let Some(at) = self.open.remove(lineage) else { return };
        let Socket { timer, opened, .. } = self.all[at as usize];
        self.free.push(at);
        let now = world.now();
        let minutes = (now - opened).as_nanos().div_ceil(Time::from_secs(60).as_nanos());
        world.metrics.count(self.minutes, minutes);
        world.metrics.fall(self.level, now, 1);
        if let Some(timer) = world.live(timer) {
            world.end(timer, Outcome::OK);
        }
    }

    /// A connection's clock: it closes, or is looked at again when it would have to.
    pub fn look(&mut self, world: &mut World, timer: Ix) {
        let (now, at) = (world.now(), world.frame(timer).cargo);
        let Socket { lineage, opened, used, .. } = self.all[at as usize];
        let due = (used + self.idle).min(opened + self.lifetime);
        if due > now {
            return world.wake(timer, SOCKET, due - now);
        }
        world.metrics.count(self.idle_disconnects, u64::from(used + self.idle <= now));
        self.close(world, lineage);
    }

    /// Sends a message to the client; `false` where its connection is gone.
    fn push(&mut self, world: &mut World, lineage: u64, bytes: u64) -> bool {
        let open = self.touch(world, lineage);
        if open {
            self.meter(world, bytes);
        }
        open
    }

    /// A message of so many bytes, in either direction.
    fn meter(&self, world: &mut World, bytes: u64) {
        world.metrics.count(self.messages, 1);
        world.metrics.count(self.units, bytes.div_ceil(self.unit).max(1));
    }
}

impl ApiGateway {
    /// A request that comes over a WebSocket, or opens one. `None` where it is dealt with.
    pub(super) fn over_socket(&mut self, world: &mut World, ix: Ix, role: Role) -> Option<()> {
        let (lineage, bytes) = (world.frame(ix).request, u64::from(world.frame(ix).bytes));
        let sockets = self.stage.sockets.as_mut()?;
        if role == Role::Connect {
            if world.shared.take(sockets.rate, world.now()) {
                return Some(());
            }
            let limit = sockets.rate_limit;
            self.refuse(world, ix, limit);
            return None;
        }
        if !sockets.touch(world, lineage) {
            self.answer(world, ix, GONE);
            return None;
        }
        if role == Role::Disconnect {
            sockets.close(world, lineage);
            return Some(());
        }
        if bytes > sockets.largest {
            sockets.close(world, lineage);
            self.answer(world, ix, MESSAGE_TOO_BIG);
            return None;
        }
        sockets.meter(world, bytes);
        Some(())
    }

    /// `@connections`: something behind the API sends to the client.
    pub(super) fn post(&mut self, world: &mut World, ix: Ix, bytes: u64) {
        if bytes > self.payload_limit {
            return self.answer(world, ix, TOO_LARGE);
        }
        if !world.shared.take(self.account, world.now()) {
            return self.refuse(world, ix, self.account_limit);
        }
        let lineage = world.frame(ix).request;
        let open = self.stage.sockets.as_mut().is_some_and(|sockets| sockets.push(world, lineage, bytes));
        self.answer(world, ix, if open { Outcome::OK } else { GONE });
    }
}
