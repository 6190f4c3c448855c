//! Broken invariants: a panic is coldfront's own mistake, and is said to be one.
//!
//! A run cannot fail on its input (whatever could be wrong is found by the check), so a panic is an assertion of ours that did not hold. It is
//! reported in one line with its place, and the exit code is 70. `RUST_BACKTRACE=1` adds the backtrace.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    io::{self, Write},
    panic::{self, AssertUnwindSafe, PanicHookInfo},
};

use super::Exit;

const REPORT: &str = "this is a mistake of coldfront's own; please report it, with the scenario and the command";

/// Runs a verb; a panic inside is reported and becomes [`Exit::Broken`].
pub fn guarded(verb: impl FnOnce() -> Exit) -> Exit {
    panic::set_hook(Box::new(report));
    panic::catch_unwind(AssertUnwindSafe(verb)).unwrap_or(Exit::Broken)
}

/// A stderr that is gone is no reason to fail once more.
fn report(info: &PanicHookInfo) {
    let text = info.payload().downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| info.payload().downcast_ref::<String>().cloned()).unwrap_or_default();
    let place = info.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
    let mut err = io::stderr().lock();
    let _ = writeln!(err, "error: {text}{place}\n{REPORT}");
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        let _ = writeln!(err, "{trace}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_invariant_has_an_exit_code_of_its_own() {
        assert_eq!(guarded(|| panic!("a test breaks this on purpose")), Exit::Broken);
        assert_eq!(guarded(|| Exit::Ok), Exit::Ok);
        let _ = panic::take_hook();
    }
}
