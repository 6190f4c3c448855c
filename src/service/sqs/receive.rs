//! Receiving, deleting, and hiding for longer.
//!
//! ```text
//! receive ─▶ messages in flight, each with a receipt (slot, receive count)     none: a long poll waits for the next, a short poll says so at once
//! delete  ─▶ gone, where the receipt is the newest                             received again since: it stays
//! ```
//!
//! A message whose receive count has reached `max_receive_count` is not delivered once more but moved to the dead-letter queue.

use crate::{
    engine::{BatchIx, Ix, Receipt, Slot, World},
    metrics::{Cause, Outcome},
    units::Time,
};

use super::{
    HIDDEN_TOO_LONG, HOSTS, IN_FLIGHT, LATENCY, OVER_LIMIT, POLL_OVER, Sqs, THROTTLED, TWICE, delivery_luck,
    groups::LONER,
    operation::{Compiled, Receiving},
};

/// What a receive asks for.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    messages: u32,
    wait: Time,
    /// Whether it asks some of the servers only.
    short: bool,
    visibility: Time,
}

/// What a receive has taken so far.
#[derive(Debug)]
struct Taking {
    receipts: Vec<Receipt>,
    room: usize,
    /// How long it hides what it takes.
    lane: u32,
    bytes: u64,
    /// The last so many of those received for the first time waited equally long.
    same: u64,
    waited: Time,
}

impl Taking {
    #[inline]
    fn goes_on(&self) -> bool {
        self.receipts.len() < self.room
    }
}

impl Sqs {
    fn wanted(&self, world: &World, ix: Ix, receiving: &Receiving) -> Wanted {
        let frame = world.frame(ix);
        let visibility = receiving.visibility.unwrap_or(self.visibility);
        match receiving.poll {
            true => Wanted { messages: frame.bytes, wait: Time::from_micros(u64::from(frame.cargo)), short: false, visibility },
            false => Wanted { messages: receiving.max_messages, wait: receiving.wait, short: receiving.wait == Time::ZERO, visibility },
        }
    }

    #[inline]
    pub(super) fn receive(&mut self, world: &mut World, ix: Ix, at: usize) {
        let Compiled::Receive(receiving) = &self.operations[at] else { unreachable!("only receives receive") };
        let wanted = self.wanted(world, ix, receiving);
        if let Some(rates) = &mut self.rates
            && !rates.admit_receive(world.now())
        {
            world.metrics.refuse(self.meters.rate);
            return world.finish(ix, THROTTLED, Time::ZERO);
        }
        if self.in_flight.len() >= self.in_flight_limit {
            world.metrics.refuse(self.meters.in_flight_limit);
            if wanted.short && !self.fifo {
                return world.finish(ix, OVER_LIMIT, Time::ZERO);
            }
        }
        if self.hand_out(world, ix, at, wanted) {
            return;
        }
        if wanted.wait == Time::ZERO {
            return self.answer_empty(world, ix);
        }
        self.waiting.push_back(world.id(ix));
        world.wake(ix, POLL_OVER, wanted.wait);
    }

    /// A long poll has waited long enough.
    pub(super) fn poll_over(&mut self, world: &mut World, ix: Ix) {
        let id = world.id(ix);
        match self.waiting.front() {
            Some(first) if *first == id => drop(self.waiting.pop_front()),
            _ => self.waiting.retain(|waiting| *waiting != id),
        }
        self.answer_empty(world, ix);
    }

    fn answer_empty(&mut self, world: &mut World, ix: Ix) {
        world.metrics.count(self.meters.empty, 1);
        world.metrics.count(self.meters.billed, 1);
        if !self.is_poll(world, ix) && keeps_batches(world, ix) {
            // What a handler has in hand from now on is nothing.
            let nothing = world.messages.open_batch();
            hand(world, ix, nothing);
        }
        world.finish(ix, Outcome::OK, Time::ZERO);
    }

    /// Gives what is visible to those who wait.
    #[inline]
    pub(super) fn serve(&mut self, world: &mut World) {
        while let Some(id) = self.waiting.front().copied() {
            let Some(ix) = world.live(id).filter(|ix| world.parent(*ix).is_some()) else {
                self.gone(world);
                continue;
            };
            let at = world.frame(ix).op as usize;
            let Compiled::Receive(receiving) = &self.operations[at] else { unreachable!("only receives wait") };
            let wanted = self.wanted(world, ix, receiving);
            if self.in_flight.len() >= self.in_flight_limit || !self.hand_out(world, ix, at, wanted) {
                return;
            }
            self.waiting.pop_front();
        }
    }

    /// Whoever waited first waits no more: its caller is gone.
    fn gone(&mut self, world: &mut World) {
        if let Some(ix) = self.waiting.pop_front().and_then(|id| world.live(id)) {
            world.unschedule(ix);
            world.end(ix, Outcome::OK);
        }
    }

    /// Answers a receive with what is visible; `false` where that is nothing.
    fn hand_out(&mut self, world: &mut World, ix: Ix, at: usize, wanted: Wanted) -> bool {
        let Some(batch) = self.take(world, ix, wanted) else { return false };
        let Compiled::Receive(receiving) = &self.operations[at] else { unreachable!("only receives are answered so") };
        let (count, bytes) = (world.messages.batch(batch).receipts.len() as u64, world.messages.batch(batch).bytes);
        let took = match receiving.latency.is_constant() {
            Some(constant) => constant,
            None => {
                let first = world.messages.get(world.messages.batch(batch).receipts[0].slot);
                receiving.latency.sample(&mut delivery_luck(first).draw(LATENCY))
            }
        };
        if !receiving.poll {
            // Whoever asks for itself works on what it gets; a poller's function may never see it.
            for at in 0..count as usize {
                let slot = world.messages.batch(batch).receipts[at].slot;
                world.messages.get_mut(slot).runs += 1;
            }
        }
        let now = world.now();
        world.metrics.count(self.meters.received, count);
        world.metrics.count(self.meters.billed, bytes.div_ceil(self.billed_chunk));
        world.metrics.fall(self.meters.visible, now, count);
        world.metrics.rise(self.meters.in_flight, now, count);
        world.unschedule(ix);
        // A workload keeps no batch: what it received stays in flight until its time is over.
        match keeps_batches(world, ix) {
            true => hand(world, ix, batch),
            false => world.messages.close_batch(batch),
        }
        world.finish_spending(ix, Outcome::OK, Cause::Service, took);
        true
    }

    fn is_poll(&self, world: &World, ix: Ix) -> bool {
        matches!(&self.operations[world.frame(ix).op as usize], Compiled::Receive(receiving) if receiving.poll)
    }

    /// Takes visible messages up, in a batch of their own; what was received too often already goes to the dead-letter queue instead.
    #[inline]
    fn take(&mut self, world: &mut World, ix: Ix, wanted: Wanted) -> Option<BatchIx> {
        let room = self.in_flight_limit.saturating_sub(self.in_flight.len()).min(u64::from(wanted.messages)) as usize;
        let batch = world.messages.open_batch();
        let receipts = std::mem::take(&mut world.messages.batch_mut(batch).receipts);
        let mut taking = Taking { receipts, room, lane: self.in_flight.of(wanted.visibility), bytes: 0, same: 0, waited: Time::ZERO };
        if self.fifo {
            self.take_fifo(world, &mut taking);
        } else if wanted.short && self.short_poll.sample < self.short_poll.hosts {
            self.take_sampled(world, ix, &mut taking);
        } else {
            while taking.goes_on() {
                let Some(slot) = self.next_visible(world) else { break };
                self.take_up(world, slot, &mut taking);
            }
        }
        let found = !taking.receipts.is_empty();
        if taking.same > 0 {
            world.metrics.record_many(self.meters.time_in_queue, taking.waited, taking.same);
        }
        let now = world.now();
        let own = world.messages.batch_mut(batch);
        (own.receipts, own.bytes, own.since) = (taking.receipts, taking.bytes, now);
        if !found {
            world.messages.close_batch(batch);
            return None;
        }
        let due = world.now().saturating_add(if self.duplicates > 0.0 { Time::ZERO } else { wanted.visibility });
        self.due(world, due);
        Some(batch)
    }

    /// The next message of a standard queue, taken from its list: of a tenant and of none in turn.
    #[inline]
    fn next_visible(&mut self, world: &mut World) -> Option<Slot> {
        self.tenants_turn = !self.tenants_turn && self.groups.any_ready();
        let of_tenant = if self.tenants_turn || self.plain.is_empty() { self.next_of_tenants(world) } else { None };
        of_tenant.or_else(|| self.plain.pop_front(&mut world.messages))
    }

    fn next_of_tenants(&mut self, world: &mut World) -> Option<Slot> {
        let group = self.groups.next_fair(world.now())?;
        let slot = self.groups.get(group).visible.first()?;
        self.groups.get(group).visible.remove(&mut world.messages, slot);
        self.groups.wake(group);
        Some(slot)
    }

    /// Fills the batch from one group first, then from others that are not locked.
    fn take_fifo(&mut self, world: &mut World, taking: &mut Taking) {
        while taking.goes_on() {
            let Some(group) = self.groups.next_unlocked() else { break };
            while taking.goes_on()
                && let Some(slot) = self.groups.get(group).visible.first()
            {
                self.groups.get(group).visible.remove(&mut world.messages, slot);
                let last = self.groups.get(group).visible.is_empty();
                self.take_up(world, slot, taking);
                if last {
                    break; // the group may be gone with its last message
                }
            }
        }
    }

    /// A short poll asks some of the servers, and does not see what is on the others.
    fn take_sampled(&mut self, world: &mut World, ix: Ix, taking: &mut Taking) {
        /// Messages that a poll looks at for each that it may take: a repeated poll finds what this one missed.
        const LOOK: usize = 8;
        let mut luck = world.frame(ix).luck.draw(HOSTS);
        let first = luck.below(self.short_poll.hosts);
        let sampled = |lineage: u64, poll: super::ShortPoll| (lineage % poll.hosts + poll.hosts - first) % poll.hosts < poll.sample;
        let mut at = self.plain.first();
        for _ in 0..LOOK * taking.room {
            let Some(slot) = at.filter(|_| taking.goes_on()) else { break };
            at = self.plain.after(&world.messages, slot);
            if sampled(world.messages.get(slot).lineage, self.short_poll) {
                self.plain.remove(&mut world.messages, slot);
                self.take_up(world, slot, taking);
            }
        }
        while self.plain.is_empty() && taking.goes_on() {
            let Some(slot) = self.next_visible(world) else { break };
            self.take_up(world, slot, taking);
        }
    }

    /// A visible message that stands in no list is delivered, or moved away for good.
    #[inline]
    fn take_up(&mut self, world: &mut World, slot: Slot, taking: &mut Taking) {
        let now = world.now();
        let message = world.messages.get_mut(slot);
        if let Some((most, to)) = self.dead_letters
            && message.receives >= most
        {
            world.metrics.fall(self.meters.visible, now, 1);
            return self.bury(world, slot, to);
        }
        message.receives = message.receives.saturating_add(1);
        message.state = IN_FLIGHT;
        taking.bytes += u64::from(message.about.bytes);
        let (receives, group, waited) = (message.receives, message.group, now - message.sent);
        if receives > 1 {
            world.metrics.count(self.meters.redelivered, 1);
        } else if waited == taking.waited {
            taking.same += 1;
        } else {
            self.note_waits(world, taking, waited);
        }
        let lane = if self.duplicates > 0.0 { self.lane_with_luck(world, slot, taking.lane) } else { taking.lane };
        self.in_flight.push(&mut world.messages, slot, now, lane);
        if group != LONER {
            self.groups.took(group, now, self.in_flight.len());
        }
        taking.receipts.push(world.messages.receipt(slot));
    }

    /// A standard queue may deliver a message twice at once: then it is not hidden at all.
    fn lane_with_luck(&mut self, world: &World, slot: Slot, lane: u32) -> u32 {
        let twice = !self.fifo && delivery_luck(world.messages.get(slot)).draw(TWICE).chance(self.duplicates);
        if twice { self.in_flight.of(Time::ZERO) } else { lane }
    }

    /// Notes how long messages waited for their first receive; those that came together waited equally long and are noted at once.
    fn note_waits(&self, world: &mut World, taking: &mut Taking, waited: Time) {
        if taking.same > 0 {
            world.metrics.record_many(self.meters.time_in_queue, taking.waited, taking.same);
        }
        (taking.same, taking.waited) = (1, waited);
    }

    /// Deletes the batch of this frame; `took` is how long the answer takes, where somebody waits for it.
    pub(super) fn delete(&mut self, world: &mut World, ix: Ix, close: bool, took: Option<Time>) {
        if let Some(batch) = world.frame(ix).batch() {
            self.delete_batch(world, batch);
            if close {
                world.messages.close_batch(batch);
            }
            self.serve(world);
        }
        match took {
            None => world.end(ix, Outcome::OK),
            Some(took) => world.finish_spending(ix, Outcome::OK, Cause::Service, took),
        }
    }

    fn delete_batch(&mut self, world: &mut World, batch: BatchIx) {
        let (mut deleted, mut returned, mut late) = (0, 0, 0);
        self.note_age(world);
        let receipts = world.messages.take_receipts(batch);
        for receipt in receipts.iter().copied() {
            if receipt.failed {
                continue;
            }
            // A FIFO queue takes no receipt of a message that is visible again; a standard queue does.
            let message = world.messages.get(receipt.slot);
            let (in_flight, latest) = (message.state == IN_FLIGHT, message.queue == self.node && world.messages.is_latest(receipt));
            if latest && in_flight {
                self.in_flight.remove(&mut world.messages, receipt.slot);
                self.release(world, receipt.slot);
                self.forget(world, receipt.slot);
                deleted += 1;
            } else if latest && !self.fifo {
                self.take_out(world, receipt.slot);
                self.forget(world, receipt.slot);
                returned += 1;
            } else {
                late += 1;
            }
        }
        world.messages.put_receipts(batch, receipts);
        world.metrics.fall(self.meters.in_flight, world.now(), deleted);
        deleted += returned;
        self.book.deleted += deleted;
        world.metrics.count(self.meters.deleted, deleted);
        world.metrics.count(self.meters.late_deletes, late);
        // Ten to a call.
        world.metrics.count(self.meters.billed, (deleted + late).div_ceil(10));
        self.note_age(world);
    }

    /// Hides what was received for so long from now on; nothing is hidden for longer than the limit after it was received.
    pub(super) fn change_visibility(&mut self, world: &mut World, ix: Ix, timeout: Time, took: Time) {
        let now = world.now();
        if let Some(batch) = world.frame(ix).batch() {
            if now.saturating_add(timeout) > world.messages.batch(batch).since.saturating_add(self.hidden_most) {
                world.metrics.count(self.meters.billed, 1);
                return world.finish_spending(ix, HIDDEN_TOO_LONG, Cause::Service, took);
            }
            for at in 0..world.messages.batch(batch).receipts.len() {
                let receipt = world.messages.batch(batch).receipts[at];
                let message = world.messages.get(receipt.slot);
                if message.queue == self.node && message.state == IN_FLIGHT && world.messages.is_latest(receipt) {
                    self.in_flight.remove(&mut world.messages, receipt.slot);
                    let lane = self.in_flight.of(timeout);
                    let due = self.in_flight.push(&mut world.messages, receipt.slot, now, lane);
                    self.due(world, due);
                }
            }
        }
        world.metrics.count(self.meters.billed, 1);
        world.finish_spending(ix, Outcome::OK, Cause::Service, took);
    }
}

/// Whether whoever asked keeps what it receives: a function or a poller does, a workload does not.
fn keeps_batches(world: &World, ix: Ix) -> bool {
    world.parent(ix).is_some_and(|parent| world.frame(parent).node >= world.workloads())
}

/// Puts a batch into the hand of whoever asked, in place of what it had there.
fn hand(world: &mut World, ix: Ix, batch: BatchIx) {
    let Some(parent) = world.parent(ix) else { return world.messages.close_batch(batch) };
    if let Some(before) = world.take_batch(parent).filter(|before| !world.messages.batch(*before).kept) {
        world.messages.close_batch(before);
    }
    world.hand_up(ix, batch);
}
