//! `coldfront compare`: what differs between scenarios, how sure that is, and what it does to the same request.
//!
//! ```text
//! A B …            A against each other        A --set path=value        A against A with that        A --variants        A against its variants
//! ```

use std::io::{self, Write};
use std::path::Path;

use clap::ValueEnum;

use crate::report::Style;
use crate::study::{Compared, Comparison, Header, How, paired_seeds};
use crate::topology::Loaded;

use super::progress::Meter;
use super::studied::{self, Options};
use super::{Colour, Exit, Failure, colour, files, out, print, show, terminal_width};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront compare shop.yaml --set nodes.orders.write_capacity_units=30\n  coldfront compare shop.yaml --variants\n  coldfront compare main.yaml branch.yaml --format markdown     what a bot posts on a pull request\n\nWith one file and no variants, --set makes the other world; else it is made in all of them.\n\nExit codes: 0 fine, 2 bad input, 74 input or output failed, 99 a threshold that held breaks,\n130 ended by Ctrl-C, with the pairs of runs that were done."
)]
pub struct Args {
    /// The scenarios: all are held against the first; `-` reads one from stdin.
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<String>,
    /// Hold the file against this variant of it; may be given several times.
    #[arg(long, value_name = "NAME", conflicts_with = "variants")]
    variant: Vec<String>,
    /// Hold the file against each of its variants.
    #[arg(long)]
    variants: bool,
    /// How many pairs of runs are made.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    replications: u32,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    options: Options,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: `coldfront.compare/1`.
    Json,
    /// For a pull request.
    Markdown,
}

/// Loads, runs in pairs, tells what differs.
pub fn compare(args: Args) -> Result<Exit, Failure> {
    let first = files::open(&args.scenarios[0])?;
    let worlds = worlds(&args, &first)?;
    worlds.iter().for_each(|(_, loaded)| show(loaded));
    if worlds.iter().any(|(_, loaded)| loaded.ready().is_none()) {
        return Ok(Exit::Usage);
    }
    if worlds.len() < 2 {
        super::complain("there is nothing to compare with: name a second file, `--set path=value`, or `--variants` of a file that has some");
        return Ok(Exit::Usage);
    }
    let pricing = args.options.pricing()?;
    if let Some(dir) = &args.options.out {
        out::probe(dir).map_err(|error| unwritable(dir, error))?;
    }
    let compared: Vec<Compared> = worlds.iter().map(|(label, loaded)| Compared { label: label.clone(), loaded }).collect();
    let seeds = paired_seeds(&worlds[0].1, args.replications as usize);
    let overrides = args.options.overrides();
    let header = Header::new(crate::study::COMPARE_FORMAT, &studied::base(&first, None, &overrides), &seeds, &studied::command());
    let durations = compared.iter().filter_map(|world| world.loaded.ready()).map(|scenario| scenario.duration.value);
    let meter = Meter::new(durations, args.replications, args.options.quiet);
    studied::heed_interrupts();
    let told = |passed| meter.passed(passed);
    let how = How { bounds: args.options.bounds(), threads: args.options.threads(), pricing: &pricing, told: &told, stop: &studied::interrupted };
    let comparison = Comparison::of(header, &compared, &how);
    meter.done();
    leave(&args, &comparison)?;
    let style = Style { colour: matches!(colour(&io::stdout()), Colour::Always), width: terminal_width() };
    print(&match args.format {
        Format::Text => comparison.text(&style),
        Format::Json => comparison.json(),
        Format::Markdown => comparison.markdown(),
    })?;
    Ok(match (comparison.interrupted, comparison.passed()) {
        (true, _) => Exit::Interrupted,
        (_, false) => Exit::Threshold,
        _ => Exit::Ok,
    })
}

/// The base first, each with what it is called.
fn worlds(args: &Args, first: &files::Opened) -> Result<Vec<(String, Loaded)>, Failure> {
    let own = args.options.overrides();
    let alone = args.scenarios.len() == 1 && args.variant.is_empty() && !args.variants;
    let common: Vec<(String, String)> =
        if alone { own.iter().filter(|(path, _)| ["seed", "duration"].contains(&path.as_str())).cloned().collect() } else { own.clone() };
    let label = |file: &str| super::run::stem(file);
    let base = first.load(None, &common);
    let mut worlds = vec![(label(&args.scenarios[0]), base.clone())];
    if alone && !args.options.set.is_empty() {
        let said: Vec<String> = args.options.set.iter().map(|(path, value)| format!("{path}={value}")).collect();
        worlds.push((said.join(" "), first.load(None, &own)));
    }
    let names = if args.variants { base.parsed.variants.iter().map(|variant| variant.name.value.clone()).collect() } else { args.variant.clone() };
    worlds.extend(names.iter().map(|name| (name.clone(), first.load(Some(name), &common))));
    for file in &args.scenarios[1..] {
        worlds.push((label(file), files::open(file)?.load(None, &common)));
    }
    // Files of one name in different folders are told apart by their paths.
    if args.scenarios.len() > 1 && worlds.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        worlds.iter_mut().zip(&args.scenarios).for_each(|((label, _), file)| *label = file.clone());
    }
    Ok(worlds)
}

fn unwritable(dir: &Path, error: io::Error) -> Failure {
    Failure::io(format!("cannot write to `{}`", dir.display()), error)
}

/// Into `--out`: the JSON and the page.
fn leave(args: &Args, comparison: &Comparison) -> Result<(), Failure> {
    let Some(dir) = &args.options.out else { return Ok(()) };
    out::comparison(dir, comparison).map_err(|error| unwritable(dir, error))?;
    if !args.options.quiet {
        let _ = writeln!(io::stderr(), "wrote 2 files to {}", dir.display());
    }
    Ok(())
}
