//! What every study is asked for on the command line: a scenario, what to change in it, how often to run it, and where to leave what came of it.
//!
//! ```text
//! --set --seed --duration ──▶ Base      --prices --free-tier ──▶ Pricing      Ctrl-C ──▶ stop after the runs that are under way
//! ```

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cost::{FreeTier, Pricing};
use crate::document::Diagnostic;
use crate::engine::Bounds;
use crate::scenario::{Sources, render};
use crate::study::{Base, Threads};

use super::files::{self, Opened};
use super::{Exit, Failure, colour};

/// Options that all studies have.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Another seed than the scenario's: of the first run; all others follow from it.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Another duration than the scenario's, such as `5m`.
    #[arg(long)]
    pub duration: Option<String>,
    /// Change one value in all runs: `nodes.orders.write_capacity_units=200`. May be given several times.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
    /// On how many threads runs are made; the result is the same on any number. Default: all cores.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Take free tiers off that are given for ever.
    #[arg(long)]
    pub free_tier: bool,
    /// Prices of one's own, laid over the book; may be given several times.
    #[arg(long, value_name = "OVERLAY")]
    pub prices: Vec<String>,
    /// Write the results and their charts into this folder.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// No progress, no figures of the study itself.
    #[arg(short, long)]
    pub quiet: bool,
}

impl Options {
    /// `--set`, `--seed` and `--duration`, as changes.
    pub fn overrides(&self) -> Vec<(String, String)> {
        let mut overrides = self.set.clone();
        overrides.extend(self.seed.map(|seed| ("seed".to_owned(), seed.to_string())));
        overrides.extend(self.duration.clone().map(|duration| ("duration".to_owned(), duration)));
        overrides
    }

    pub fn threads(&self) -> Threads {
        self.threads.map_or(Threads::Cores, |threads| Threads::Just(usize::from(threads)))
    }

    pub fn bounds(&self) -> Bounds {
        Bounds::default()
    }

    /// How costs are asked for.
    ///
    /// # Errors
    /// Overlays that cannot be read, or have mistakes, which have been said.
    pub fn pricing(&self) -> Result<Pricing, Failure> {
        pricing(&self.prices, self.free_tier)
    }
}

/// Reads `path=value`.
pub fn assignment(text: &str) -> Result<(String, String), String> {
    let (path, value) = text.split_once('=').ok_or("write `path=value`, such as `nodes.orders.write_capacity_units=200`")?;
    Ok((path.trim().to_owned(), value.trim().to_owned()))
}

/// Reads overlays; what is wrong with them is said.
///
/// # Errors
/// Those that cannot be read, or have mistakes.
pub fn pricing(prices: &[String], free_tier: bool) -> Result<Pricing, Failure> {
    let overlay = |path: &String| Ok((path.clone(), files::open(path)?.bytes));
    let overlays = prices.iter().map(overlay).collect::<Result<Vec<_>, Failure>>()?;
    let free_tier = if free_tier { FreeTier::Always } else { FreeTier::No };
    let (pricing, diagnostics, sources) = Pricing::read(free_tier, &overlays);
    say(&diagnostics, &sources);
    if diagnostics.iter().any(Diagnostic::is_error) { Err(Failure::Said(Exit::Usage)) } else { Ok(pricing) }
}

/// A scenario as a study starts from it.
pub fn base<'b>(opened: &'b Opened, variant: Option<&'b str>, overrides: &'b [(String, String)]) -> Base<'b> {
    Base { file: &opened.name, bytes: &opened.bytes, files: &opened.folder, variant, overrides }
}

/// Says what is wrong, on stderr.
pub fn say(diagnostics: &[Diagnostic], sources: &Sources) {
    if !diagnostics.is_empty() {
        let _ = writeln!(io::stderr(), "{}", render::text(diagnostics, sources, colour(&io::stderr())));
    }
}

/// The words of the command line, without the program's name.
pub fn command() -> Vec<String> {
    std::env::args().skip(1).collect()
}

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C ends a study after the runs that are under way; a second one ends the program at once.
pub fn heed_interrupts() {
    let heard = || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(Exit::Interrupted as i32);
        }
    };
    // Without a handler the first Ctrl-C ends the program, as it does everywhere.
    let _ = ctrlc::set_handler(heard);
}

/// Whether Ctrl-C was pressed.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
