//! How a request ended, in the one word that every service shares and the number that its own protocol gives.
//!
//! A class says what a caller can do about it (a throttled or timed-out call may be tried again, a rejected one may not); the code is for
//! people: an HTTP status where there is an API, else the service's own. Left out: error names, which belong to the services.

/// What an answer means to its caller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Class {
    Ok,
    /// Refused for now: a limit was met.
    Throttled,
    /// No answer within the time that somebody was willing to wait.
    TimedOut,
    /// It was tried, and went wrong.
    Failed,
    /// Refused for good: a 4xx other than 429.
    Rejected,
}

impl Class {
    /// Every class, in the order of the report.
    pub const ALL: [Class; 5] = [Class::Ok, Class::Throttled, Class::TimedOut, Class::Failed, Class::Rejected];

    /// Its name in a sentence, and (with underscores) in data.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Ok => "ok",
            Class::Throttled => "throttled",
            Class::TimedOut => "timed out",
            Class::Failed => "failed",
            Class::Rejected => "rejected",
        }
    }
}

/// An answer: its class and its code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Outcome {
    pub class: Class,
    pub code: u16,
}

impl Outcome {
    pub const OK: Outcome = Outcome { class: Class::Ok, code: 200 };

    pub const fn is_ok(self) -> bool {
        matches!(self.class, Class::Ok)
    }
}
