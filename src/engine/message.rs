//! Messages: what outlives the request that made it and waits to be taken up. They live in one store, in lists that their queues own.
//!
//! ```text
//! store:   messages by slot, free slots in a list                    a message ≤ 120 bytes, memory O(backlog)
//! List:    head ⇄ message ⇄ … ⇄ tail                                 each message stands in one place and in one age list
//! Batch:   [ receipt (slot, generation, receives), … ]               what one receive handed out
//! ```
//!
//! A receipt honours neither a message that is gone nor, where its queue asks, one that was received again since. The store knows no visibility, order or
//! expiry: those are the queue's, who keeps a message in whatever list says what it is doing.

use crate::units::Time;

use super::frame::{About, NONE, NodeId};

/// Index of a message. Valid while its queue keeps it.
pub type Slot = u32;
/// Index of a batch.
pub type BatchIx = u32;

/// One message. The fields belong to the queue that keeps it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Message {
    pub about: About,
    /// What it is: kept over every delivery.
    pub lineage: u64,
    /// When it came to the queue that it is in.
    pub sent: Time,
    /// When what it is doing will be over: its delay, its invisibility.
    pub due: Time,
    /// When it will be dropped, whatever it is doing.
    pub expires: Time,
    /// Which of the queue's lists it is in.
    pub list: u32,
    /// Its group or tenant, as its queue numbers them.
    pub group: u32,
    /// The queue that keeps it.
    pub queue: NodeId,
    /// The queue from which it was moved here.
    pub source: NodeId,
    /// The order of its coming, within its queue.
    pub number: u32,
    pub receives: u16,
    /// Invocations that began on it.
    pub runs: u16,
    /// What befell it so far, in bits of its service's choice.
    pub marks: u8,
    pub state: u8,
    generation: u32,
    links: [Link; 2],
}

#[derive(Clone, Copy, Debug)]
struct Link {
    before: Slot,
    after: Slot,
}

impl Default for Link {
    fn default() -> Self {
        Self { before: NONE, after: NONE }
    }
}

/// What a receive hands out for one message.
#[derive(Clone, Copy, Debug)]
pub struct Receipt {
    pub slot: Slot,
    generation: u32,
    pub receives: u16,
    /// The consumer says that this one failed.
    pub failed: bool,
    /// It stood behind one that failed, where order counts, and was not tried.
    pub untried: bool,
}

/// Messages that were received together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub receipts: Vec<Receipt>,
    /// Size of all that was handed out.
    pub bytes: u64,
    /// When the first of them were received.
    pub since: Time,
    /// The consumer may say which of them failed.
    pub partial: bool,
    /// Their order counts: what follows a failure is not tried.
    pub ordered: bool,
    /// Whoever made it forgets it; else the function that received it does.
    pub kept: bool,
    /// How long it is on its way to the handler while the invocation holds its environment already.
    pub dispatch: Time,
}

/// A doubly linked list of messages; `LANE` 0 is the place, 1 the age.
#[derive(Clone, Copy, Debug)]
pub struct List<const LANE: usize> {
    head: Slot,
    tail: Slot,
    len: u32,
}

impl<const LANE: usize> Default for List<LANE> {
    fn default() -> Self {
        Self { head: NONE, tail: NONE, len: 0 }
    }
}

impl<const LANE: usize> List<LANE> {
    #[inline]
    pub fn first(&self) -> Option<Slot> {
        (self.head != NONE).then_some(self.head)
    }

    #[inline]
    pub fn len(&self) -> u64 {
        u64::from(self.len)
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.head == NONE
    }

    #[inline]
    pub fn push_back(&mut self, store: &mut Messages, slot: Slot) {
        let tail = std::mem::replace(&mut self.tail, slot);
        store.get_mut(slot).links[LANE] = Link { before: tail, after: NONE };
        match tail {
            NONE => self.head = slot,
            _ => store.get_mut(tail).links[LANE].after = slot,
        }
        self.len += 1;
    }

    #[inline]
    pub fn push_front(&mut self, store: &mut Messages, slot: Slot) {
        self.insert_before(store, slot, self.head);
    }

    /// Puts `slot` before `next`, or at the end where `next` is none of the list (the head of an empty one).
    fn insert_before(&mut self, store: &mut Messages, slot: Slot, next: Slot) {
        if next == NONE {
            return self.push_back(store, slot);
        }
        let before = std::mem::replace(&mut store.get_mut(next).links[LANE].before, slot);
        store.get_mut(slot).links[LANE] = Link { before, after: next };
        match before {
            NONE => self.head = slot,
            _ => store.get_mut(before).links[LANE].after = slot,
        }
        self.len += 1;
    }

    /// Puts `slot` where its order wants it, looking from the end: at once where it is the last.
    #[inline]
    pub fn insert_from_back(&mut self, store: &mut Messages, slot: Slot, comes_before: impl Fn(&Message, &Message) -> bool) {
        let mut next = NONE;
        let mut at = self.tail;
        while at != NONE && comes_before(store.get(slot), store.get(at)) {
            next = at;
            at = store.get(at).links[LANE].before;
        }
        self.insert_before(store, slot, next);
    }

    /// Puts `slot` where its order wants it, looking from the front: at once where it is the first.
    pub fn insert_from_front(&mut self, store: &mut Messages, slot: Slot, comes_before: impl Fn(&Message, &Message) -> bool) {
        let mut at = self.head;
        while at != NONE && !comes_before(store.get(slot), store.get(at)) {
            at = store.get(at).links[LANE].after;
        }
        self.insert_before(store, slot, at);
    }

    /// Takes the first out.
    #[inline]
    pub fn pop_front(&mut self, store: &mut Messages) -> Option<Slot> {
        let first = self.first()?;
        self.head = store.get(first).links[LANE].after;
        match self.head {
            NONE => self.tail = NONE,
            after => store.get_mut(after).links[LANE].before = NONE,
        }
        self.len -= 1;
        Some(first)
    }

    #[inline]
    pub fn remove(&mut self, store: &mut Messages, slot: Slot) {
        let Link { before, after } = store.get(slot).links[LANE];
        match before {
            NONE => self.head = after,
            _ => store.get_mut(before).links[LANE].after = after,
        }
        match after {
            NONE => self.tail = before,
            _ => store.get_mut(after).links[LANE].before = before,
        }
        self.len -= 1;
    }

    #[inline]
    pub fn after(&self, store: &Messages, slot: Slot) -> Option<Slot> {
        let after = store.get(slot).links[LANE].after;
        (after != NONE).then_some(after)
    }
}

/// The store of messages and of the batches that are out.
#[derive(Clone, Debug)]
pub struct Messages {
    messages: Vec<Message>,
    free: Slot,
    live: u64,
    batches: Vec<Batch>,
    free_batches: Vec<BatchIx>,
}

impl Default for Messages {
    fn default() -> Self {
        Self { messages: Vec::new(), free: NONE, live: 0, batches: Vec::new(), free_batches: Vec::new() }
    }
}

impl Messages {
    #[inline]
    pub fn get(&self, slot: Slot) -> &Message {
        &self.messages[slot as usize]
    }

    #[inline]
    pub fn get_mut(&mut self, slot: Slot) -> &mut Message {
        &mut self.messages[slot as usize]
    }

    /// Messages that some queue keeps.
    pub fn live(&self) -> u64 {
        self.live
    }

    /// A new message, in no list yet: what is not set by its queue is nothing. It is made in its place, for one that is made elsewhere is written twice.
    #[inline]
    pub fn claim(&mut self, about: &About, lineage: u64) -> (Slot, &mut Message) {
        self.live += 1;
        if self.free == NONE {
            self.grow();
        }
        let slot = self.free;
        let message = &mut self.messages[slot as usize];
        self.free = message.links[0].after;
        (message.about, message.lineage) = (*about, lineage);
        (message.receives, message.runs, message.marks, message.state) = (0, 0, 0, 0);
        (slot, message)
    }

    #[cold]
    fn grow(&mut self) {
        self.free = self.messages.len() as Slot;
        self.messages.push(Message::default());
    }

    /// Forgets a message that stands in no list any more; every receipt of it is stale from now on.
    #[inline]
    pub fn remove(&mut self, slot: Slot) {
        let free = self.free;
        let message = self.get_mut(slot);
        message.generation = message.generation.wrapping_add(1);
        message.links[0].after = free;
        self.free = slot;
        self.live -= 1;
    }

    /// Makes every receipt of a message stale that lives on: it goes to another queue.
    #[inline]
    pub fn renew(&mut self, slot: Slot) {
        let message = self.get_mut(slot);
        message.generation = message.generation.wrapping_add(1);
    }

    /// The receipts of a batch, taken out to be gone through; they are put back by [`put_receipts`](Self::put_receipts).
    #[inline]
    pub fn take_receipts(&mut self, batch: BatchIx) -> Vec<Receipt> {
        std::mem::take(&mut self.batches[batch as usize].receipts)
    }

    #[inline]
    pub fn put_receipts(&mut self, batch: BatchIx, receipts: Vec<Receipt>) {
        self.batches[batch as usize].receipts = receipts;
    }

    /// A receipt for a message that is being handed out.
    #[inline]
    pub fn receipt(&self, slot: Slot) -> Receipt {
        let message = self.get(slot);
        Receipt { slot, generation: message.generation, receives: message.receives, failed: false, untried: false }
    }

    /// The message of a receipt, while it lives.
    #[inline]
    pub fn honour(&self, receipt: Receipt) -> Option<Slot> {
        (self.get(receipt.slot).generation == receipt.generation).then_some(receipt.slot)
    }

    /// Whether the message of a receipt lives and was not received again since.
    #[inline]
    pub fn is_latest(&self, receipt: Receipt) -> bool {
        let message = self.get(receipt.slot);
        message.generation == receipt.generation && message.receives == receipt.receives
    }

    /// An empty batch.
    #[inline]
    pub fn open_batch(&mut self) -> BatchIx {
        self.free_batches.pop().unwrap_or_else(|| {
            self.batches.push(Batch::default());
            self.batches.len() as BatchIx - 1
        })
    }

    #[inline]
    pub fn batch(&self, batch: BatchIx) -> &Batch {
        &self.batches[batch as usize]
    }

    #[inline]
    pub fn batch_mut(&mut self, batch: BatchIx) -> &mut Batch {
        &mut self.batches[batch as usize]
    }

    /// The message at a place of a batch, where it still lives.
    #[inline]
    pub fn in_batch(&self, batch: BatchIx, at: usize) -> Option<&Message> {
        let receipt = *self.batches[batch as usize].receipts.get(at)?;
        self.honour(receipt).map(|slot| self.get(slot))
    }

    /// Moves the receipts of `from` behind those of `to`, and closes `from`.
    pub fn merge_batches(&mut self, to: BatchIx, from: BatchIx) {
        let mut taken = std::mem::take(&mut self.batches[from as usize].receipts);
        let bytes = self.batches[from as usize].bytes;
        self.batches[to as usize].bytes += bytes;
        self.batches[to as usize].receipts.append(&mut taken);
        self.batches[from as usize].receipts = taken;
        self.close_batch(from);
    }

    /// Forgets a batch. Its messages stay what they are: in flight, until somebody deletes them or their time runs out.
    #[inline]
    pub fn close_batch(&mut self, batch: BatchIx) {
        let own = &mut self.batches[batch as usize];
        own.receipts.clear();
        own.bytes = 0;
        (own.partial, own.ordered, own.kept) = (false, false, false);
        self.free_batches.push(batch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(store: &mut Messages, number: u32) -> Slot {
        let (slot, message) = store.claim(&About::default(), 0);
        message.number = number;
        slot
    }

    fn numbers(store: &Messages, list: &List<0>) -> Vec<u32> {
        std::iter::successors(list.first(), |at| list.after(store, *at)).map(|at| store.get(at).number).collect()
    }

    #[test]
    fn a_message_takes_less_than_120_bytes() {
        assert!(size_of::<Message>() <= 120, "{}", size_of::<Message>());
    }

    #[test]
    fn a_list_keeps_its_order_whichever_end_is_looked_from() {
        let (mut store, mut list) = (Messages::default(), List::<0>::default());
        let earlier = |a: &Message, b: &Message| a.number < b.number;
        for number in [50, 10, 30] {
            let slot = numbered(&mut store, number);
            list.insert_from_back(&mut store, slot, earlier);
        }
        for number in [40, 5, 60] {
            let slot = numbered(&mut store, number);
            list.insert_from_front(&mut store, slot, earlier);
        }
        assert_eq!(numbers(&store, &list), [5, 10, 30, 40, 50, 60]);
        let third = list.after(&store, list.after(&store, list.first().unwrap()).unwrap()).unwrap();
        list.remove(&mut store, third);
        assert_eq!((numbers(&store, &list), list.len()), (vec![5, 10, 40, 50, 60], 5));
    }

    #[test]
    fn a_receipt_does_not_honour_the_next_tenant_of_its_slot() {
        let mut store = Messages::default();
        let first = numbered(&mut store, 1);
        let receipt = store.receipt(first);
        assert_eq!(store.honour(receipt), Some(first));
        store.get_mut(first).receives += 1;
        assert!(store.honour(receipt).is_some() && !store.is_latest(receipt));
        store.remove(first);
        let second = numbered(&mut store, 2);
        assert_eq!((second, store.honour(receipt), store.live()), (first, None, 1));
    }

    #[test]
    fn slots_are_used_again_so_memory_is_that_of_the_backlog() {
        let mut store = Messages::default();
        for _ in 0..10 {
            let slots: Vec<Slot> = (0..10_000).map(|n| numbered(&mut store, n)).collect();
            slots.into_iter().for_each(|slot| store.remove(slot));
        }
        assert_eq!((store.live(), store.messages.len()), (0, 10_000));
    }
}
