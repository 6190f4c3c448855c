//! `coldfront run`: simulate a scenario and report what limits it.
//! The report is on stdout; progress and the figures of the run itself are on stderr, so that stdout is the same on every machine.

use std::{
    io::{self, Write},
    time::Instant,
};

use clap::ValueEnum;

use crate::engine::{Bounds, Progress};
use crate::report::{Report, Style};
use crate::simulation::Simulation;

use super::{Colour, Exit, Failure, colour, files, print, progress::Meter, show, terminal_width};

/// Steps in which a run hears of its progress.
const STEPS: u64 = 400;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront run scenarios/quickstart.yaml\n  coldfront run shop.yaml --set nodes.orders.write_capacity_units=200\n  coldfront run shop.yaml --duration 5m --seed 7 --format json > report.json\n\nExit codes: 0 fine, 2 bad input, 3 stopped at a bound with a partial report, 74 input or output failed, 99 a threshold was breached."
)]
pub struct Args {
    /// The scenario; `-` reads it from stdin.
    scenario: String,
    /// Another seed than the scenario's.
    #[arg(long)]
    seed: Option<u64>,
    /// Another duration than the scenario's, such as `5m`.
    #[arg(long)]
    duration: Option<String>,
    /// Change one value of the scenario: `nodes.orders.write_capacity_units=200`. May be given several times.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Stop after so many events, with a partial report.
    #[arg(long, value_name = "N")]
    max_events: Option<u64>,
    /// Stop when more than this is in flight (requests, invocations, calls), with a partial report.
    #[arg(long, value_name = "N")]
    max_in_flight: Option<u64>,
    /// No progress, no figures of the run itself.
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs; described in docs/report.md.
    Json,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (path, value) = text.split_once('=').ok_or("write `path=value`, such as `nodes.orders.write_capacity_units=200`")?;
    Ok((path.trim().to_owned(), value.trim().to_owned()))
}

/// Loads, runs, reports.
pub fn run(args: Args) -> Result<Exit, Failure> {
    let loaded = files::load(&args.scenario, &overrides(&args))?;
    show(&loaded);
    let Some(scenario) = loaded.ready() else { return Ok(Exit::Usage) };
    let default = Bounds::default();
    let bounds =
        Bounds { max_events: args.max_events.unwrap_or(default.max_events), max_in_flight: args.max_in_flight.unwrap_or(default.max_in_flight) };
    let began = Instant::now();
    let mut simulation = Simulation::new(scenario, bounds);
    drive(&mut simulation, args.quiet);
    let (events, stopped) = (simulation.events(), simulation.stopped().is_some());
    let report = Report::of(scenario, &simulation.finish(), loaded.warnings());
    let seconds = began.elapsed().as_secs_f64();
    print(&match args.format {
        Format::Text => report.text(&style()),
        Format::Json => report.json(),
    })?;
    if !args.quiet {
        let (handled, noun) = report.handled().unwrap_or((events, "event"));
        let _ = writeln!(
            io::stderr(),
            "{}, {} events in {seconds:.2} s: {} {noun}s a second",
            crate::report::plural(handled, noun),
            crate::report::count(events),
            crate::report::count((handled as f64 / seconds.max(1e-9)) as u64)
        );
    }
    Ok(match (stopped, !report.passed()) {
        (true, _) => Exit::Stopped,
        (_, true) => Exit::Threshold,
        _ => Exit::Ok,
    })
}

/// `--seed` and `--duration` are short for `--set`.
fn overrides(args: &Args) -> Vec<(String, String)> {
    let mut overrides = args.set.clone();
    overrides.extend(args.seed.map(|seed| ("seed".to_owned(), seed.to_string())));
    overrides.extend(args.duration.clone().map(|duration| ("duration".to_owned(), duration)));
    overrides
}

fn drive(simulation: &mut Simulation, quiet: bool) {
    let duration = simulation.duration();
    let meter = Meter::new(duration, quiet);
    for step in 1..=STEPS {
        let until = crate::units::Time::from_nanos((u128::from(duration.as_nanos()) * u128::from(step) / u128::from(STEPS)) as u64);
        if simulation.advance(until) != Progress::Reached {
            break;
        }
        meter.at(until, simulation.events());
    }
    meter.done();
}

fn style() -> Style {
    let colour = matches!(colour(&io::stdout()), Colour::Always);
    Style { colour, width: terminal_width() }
}
