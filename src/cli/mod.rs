//! The command line: one file a verb.
//!
//! stdout is only what one would pipe; all else goes to stderr. Every way out has its exit code, and this is the one place that knows them. What
//! can be wrong with a scenario is a diagnostic of `scenario`; only files, streams and coldfront's own mistakes are complained of here.

mod break_even;
mod capacity;
mod check;
mod compare;
mod completions;
mod explain_code;
mod files;
mod graph;
mod guard;
mod init;
mod man;
mod merge;
pub mod out;
mod platform;
mod price;
mod progress;
mod replicate;
mod results;
mod run;
mod schema;
mod severity;
mod solve;
mod studied;
mod sweep;
mod validate;
mod why;
mod worst;

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use clap::{Parser, Subcommand, ValueEnum};

pub use guard::guard;

use crate::document::Diagnostic;
use crate::scenario::render::{self, Colour};
use crate::topology::Loaded;

/// Why the program ended, as the shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Ok = 0,
    /// A check said no.
    No = 1,
    /// Bad usage or bad input.
    Usage = 2,
    /// Stopped at a bound, with a partial result.
    Stopped = 3,
    /// An invariant of coldfront's own is broken.
    Broken = 70,
    /// Input or output failed.
    Io = 74,
    /// A threshold was breached.
    Threshold = 99,
    /// Ended by Ctrl-C; what was done so far has been printed.
    Interrupted = 130,
}

/// What went wrong outside the scenario.
#[derive(Debug)]
pub enum Failure {
    /// The message has been printed.
    Said(Exit),
    /// A file or a stream.
    Io { what: String, error: io::Error },
}

impl Failure {
    fn io(what: impl Into<String>, error: io::Error) -> Self {
        Self::Io { what: what.into(), error }
    }
}

/// Simulates serverless architectures: what limits them, since when, and who pays for it.
///
///   coldfront init shop.yaml                    write a commented starter scenario
///   coldfront check shop.yaml                   every mistake at once, with its place and its mend
///   coldfront run shop.yaml                     verdict, latency histograms, where the time goes
///   coldfront run shop.yaml --variants          the file and its variants, side by side
///   coldfront run shop.yaml --replications 8    every figure with its 95 % interval
///   coldfront replicate shop.yaml --precision 2%  as many runs as it takes
///   coldfront compare shop.yaml --variants      what differs, and how sure that is
///   coldfront solve shop.yaml                   the cheapest setting that keeps the thresholds
///   coldfront capacity shop.yaml                how much load it bears, and what breaks first
///   coldfront why shop.yaml                     which limit is to blame for what
///   coldfront worst shop.yaml --peak 5x         how the same load does the most harm
///   coldfront sweep shop.yaml --vary PATH=1..9:5  the figures at many settings
///   coldfront validate scenarios/validation     simulated beside measured, figure by figure
///   coldfront platform lambda idle              what AWS allows and how long it takes, with sources
///   coldfront price month.yaml                  what a month's usage costs, line by line
///   coldfront break-even shop.yaml              from where on another way of paying is cheaper
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment, max_term_width = 100)]
pub struct Cli {
    /// Colours: for terminals only (`auto`, and not where NO_COLOR is set), always, or never.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = When::Auto, hide_possible_values = true, display_order = 1000)]
    color: When,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

/// What `--color` says, once the command line has been read.
static COLOURS: OnceLock<When> = OnceLock::new();

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run a scenario and report what limits it.
    Run(run::Args),
    /// Run a scenario with other luck until its figures are sure.
    Replicate(replicate::Args),
    /// Tell what differs between scenarios or variants, with intervals.
    Compare(compare::Args),
    /// Find the cheapest setting that keeps the thresholds.
    Solve(solve::Args),
    /// Find the largest load that keeps the thresholds, and what breaks beyond it.
    Capacity(capacity::Args),
    /// Tell which limits are to blame for what fails, is slow, and costs.
    Why(why::Args),
    /// Find the way in which the same load breaks a threshold, or costs the most.
    Worst(worst::Args),
    /// Run a scenario at many settings of its knobs.
    Sweep(sweep::Args),
    /// Put the parts of a sweep together.
    Merge(merge::Args),
    /// Hold simulations against what was measured in reality.
    Validate(validate::Args),
    /// Check scenarios without running them.
    Check(check::Args),
    /// Tell what a code such as `E012` means, with an example and its mend.
    ExplainCode(explain_code::Args),
    /// Draw a scenario's topology as DOT or Mermaid.
    Graph(graph::Args),
    /// Print what is known of AWS on a day: quotas, latencies, SDKs, cold starts.
    Platform(platform::Args),
    /// Price a month's usage without a simulation, or print prices.
    Price(price::Args),
    /// Tell from where on another way of paying is cheaper: on demand or provisioned, x86 or arm64.
    BreakEven(break_even::Args),
    /// Write a commented starter scenario.
    Init(init::Args),
    /// Print the JSON Schema of scenarios, for editors.
    Schema(schema::Args),
    /// Print the completion script of a shell.
    Completions(completions::Args),
    /// Print or write the manual pages.
    Man(man::Args),
}

impl Cli {
    /// Does what was asked; gives the exit code.
    pub fn dispatch(self) -> Exit {
        guard();
        // Set once, and read by whoever prints.
        let _ = COLOURS.set(self.color);
        self.verb.run()
    }
}

impl Verb {
    fn run(self) -> Exit {
        let done = match self {
            Verb::Run(args) => run::run(args),
            Verb::Replicate(args) => replicate::replicate(args),
            Verb::Compare(args) => compare::compare(args),
            Verb::Solve(args) => solve::solve(args),
            Verb::Capacity(args) => capacity::capacity(args),
            Verb::Why(args) => why::why(args),
            Verb::Worst(args) => worst::worst(args),
            Verb::Sweep(args) => sweep::sweep(args),
            Verb::Merge(args) => merge::merge(args),
            Verb::Validate(args) => validate::validate(args),
            Verb::Check(args) => check::check(args),
            Verb::ExplainCode(args) => explain_code::explain_code(args),
            Verb::Graph(args) => graph::graph(args),
            Verb::Platform(args) => platform::platform(args),
            Verb::Price(args) => price::price(args),
            Verb::BreakEven(args) => break_even::break_even(args),
            Verb::Init(args) => init::init(args),
            Verb::Schema(args) => schema::schema(args),
            Verb::Completions(args) => completions::completions(args),
            Verb::Man(args) => man::man(args),
        };
        match done {
            Ok(exit) | Err(Failure::Said(exit)) => exit,
            // Whoever closed the pipe has read enough.
            Err(Failure::Io { error, .. }) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Ok,
            Err(Failure::Io { what, error }) => {
                complain(&format!("{what}: {}", files::in_words(&error)));
                Exit::Io
            }
        }
    }
}

/// One line on stderr; a stderr that is gone is no reason to fail.
fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "error: {message}");
}

/// Writes a whole text to stdout.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| Failure::io("cannot write to stdout", error))
}

/// Shows what the check found, on stderr.
fn show(loaded: &Loaded) {
    let parsed = &loaded.parsed;
    let text = render::text(&parsed.diagnostics, &parsed.sources, colour(&io::stderr()));
    let gap = if text.is_empty() { "" } else { "\n" };
    let _ = io::stderr().write_all(format!("{text}{gap}{}", more(parsed.diagnostics.iter())).as_bytes());
}

/// Codes that the last line names.
const NAMED_MAX: usize = 3;

/// Where to read on about what was shown, the errors first; nothing, where nothing was.
fn more<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic> + Clone) -> String {
    let errors = diagnostics.clone().filter(|diagnostic| diagnostic.is_error());
    let mut codes: Vec<&str> = Vec::new();
    for diagnostic in errors.chain(diagnostics.filter(|diagnostic| !diagnostic.is_error())) {
        if codes.len() < NAMED_MAX && !codes.contains(&diagnostic.code) {
            codes.push(diagnostic.code);
        }
    }
    let about = match codes[..] {
        [] => return String::new(),
        [code] if code.starts_with('E') => "this error",
        [_] => "this warning",
        _ => "these",
    };
    format!("for more about {about}: coldfront explain-code {}\n", codes.join(" "))
}

/// Between 80 and 120 columns, as the terminal has them; 100 where stdout is none, whatever else is one.
fn terminal_width() -> u16 {
    terminal_size::terminal_size_of(io::stdout()).map_or(100, |(width, _)| width.0).clamp(80, 120)
}

/// Colours as `--color` asks: by default for people only, and not where `NO_COLOR` is set.
fn colour(stream: &impl IsTerminal) -> Colour {
    let refused = || std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    match COLOURS.get() {
        Some(When::Always) => Colour::Always,
        Some(When::Never) => Colour::Never,
        _ if refused() || !stream.is_terminal() => Colour::Never,
        _ => Colour::Always,
    }
}
