//! The engine: time, frames, and nothing else. It knows neither AWS nor YAML.
//!
//! ```text
//!            ┌────────── queue: heap of (time | seq | slot), ring for "now" ──────────┐
//!            ▼                                                                        │
//!   pop ─▶ frame ─▶ its node's `on(signal)` ─▶ call · finish · wake · arm · orphan ───┘
//! ```
//!
//! Everything in flight (a client's request, an invocation, a call, a branch) is a [`Frame`] in one arena, under four rules:
//!
//! 1. A frame has at most one pending event, named by its sequence number. An entry whose number the frame no longer carries is dropped when it
//!    is popped: cancelling is one store, and a recycled slot can never be hit.
//! 2. A deadline is not an event but a place in a constant-delay [lane](World::lane), of which only the head is in the heap.
//! 3. The way back is an event of the *child*, so several children may answer at once.
//! 4. [`orphan`](World::orphan): they run on, their answer goes nowhere. [`cancel`](World::cancel): the branches of a frame end now.
//!
//! A run cannot fail: all that is fallible is checked before, and broken invariants are asserted.

mod event;
mod frame;
mod lane;
mod message;
mod queue;
mod run;
mod shared;
mod wheel;
mod world;

pub use frame::{About, Frame, Id, Ix, NodeId, OpId, Signal};
pub use lane::LaneId;
pub use message::{Batch, BatchIx, List, Message, Messages, Receipt, Slot};
pub use run::{Bounds, Engine, Nodes, Progress, Stop};
pub use shared::{BucketId, Pool, PoolId, Shared};
pub use world::{Tally, Traits, World};
