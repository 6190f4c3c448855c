//! Broken invariants: a panic is coldfront's own mistake, and is said to be one.
//!
//! A run cannot fail on its input (whatever could be wrong is found by the check), so a panic is an assertion of ours that did not hold. It is
//! reported in one line with its place, and the exit code is 70. `RUST_BACKTRACE=1` adds the backtrace.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    io::{self, Write},
    panic::{self, PanicHookInfo},
    process,
};

use super::Exit;

const REPORT: &str = "this is a mistake of coldfront's own; please report it, with the scenario and the command";

/// From here on a panic is reported and ends the program with [`Exit::Broken`], whether the build unwinds or aborts.
pub fn guard() {
    panic::set_hook(Box::new(|info| {
        report(info);
        process::exit(Exit::Broken as i32)
    }));
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
