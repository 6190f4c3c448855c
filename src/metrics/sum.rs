//! A running sum, and what it was at two instants.
//!
//! ```text
//! 0 ──at_warm_up──────at_close──now          measured = now − at_warm_up, a window = now − at_close
//! ```

/// `at_warm_up` and `at_close` are what it was then.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub now: u64,
    pub at_close: u64,
    pub at_warm_up: u64,
}

impl Sum {
    /// What was added since the last call.
    pub fn close(&mut self) -> u64 {
        self.now - std::mem::replace(&mut self.at_close, self.now)
    }

    pub fn measured(&self) -> u64 {
        self.now - self.at_warm_up
    }
}
