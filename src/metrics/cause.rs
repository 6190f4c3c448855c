//! Where a request's time goes: eight causes, so that "slow" has an address.
//!
//! Whoever answers a call says how its time was spent; a caller adds what it spent itself. What no cause explains is [`Cause::Abandoned`]:
//! the client's wait for answers that came too late or not at all.

/// A reason for time to pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Cause {
    Queue,
    ColdStart,
    Compute,
    Wait,
    Service,
    BackOff,
    Overhead,
    Abandoned,
}

/// How many causes there are.
pub const CAUSES: usize = 8;

/// Time spent by cause, in µs; indexed by [`Cause`].
pub type Spent = [u32; CAUSES];

impl Cause {
    pub const COUNT: usize = CAUSES;

    pub const ALL: [Cause; CAUSES] =
        [Cause::Queue, Cause::ColdStart, Cause::Compute, Cause::Wait, Cause::Service, Cause::BackOff, Cause::Overhead, Cause::Abandoned];

    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Queue => "waiting in a queue",
            Cause::ColdStart => "cold start",
            Cause::Compute => "compute",
            Cause::Wait => "waiting on others",
            Cause::Service => "service time",
            Cause::BackOff => "back-off before retries",
            Cause::Overhead => "overhead",
            Cause::Abandoned => "answers that never came",
        }
    }

    /// Its name in data.
    pub const fn key(self) -> &'static str {
        ["queue", "cold_start", "compute", "wait", "service", "back_off", "overhead", "abandoned"][self as usize]
    }
}
