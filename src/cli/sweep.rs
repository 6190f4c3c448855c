//! `coldfront sweep`: a scenario at many settings of its knobs.
//!
//! ```text
//! --vary path=values … ──▶ points ──▶ DIR/sweep.jsonl, a row a point, gone on with where it was ──▶ sweep.csv sweep.json charts
//! ```

use std::io::{self, Write};
use std::path::Path;

use clap::ValueEnum;
use xxhash_rust::xxh3::xxh3_128;

use crate::report::{Style, plural};
use crate::scenario::{Knob, Scenario};
use crate::study::sweep::{FORMAT, Plan, Row, Sample, Shard, Sweep, mistakes, run};
use crate::study::{Base, Header, How, seeds};

use super::progress::Meter;
use super::results::{Results, Unusable};
use super::studied::{self, Options};
use super::{Colour, Exit, Failure, colour, complain, files, out, print, show, terminal_width};

/// More points than these are a mistake.
const POINTS_MAX: usize = 1_000_000;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront sweep shop.yaml --vary nodes.orders.write_capacity_units=10..50:5\n  coldfront sweep shop.yaml --vary nodes.f.memory=128MB,512MB,1GB --vary nodes.f.reserved_concurrency=10..100:4|log --out out/sweep\n  coldfront sweep shop.yaml --vary nodes.f.memory='128 MB..2048 MB' --sample lhs:50\n  coldfront sweep shop.yaml --vary … --out out/sweep --shard auto      in an array job; then: coldfront merge out/sweep --out out/whole\n\nWith --out a sweep that was ended goes on where it was when the same command is given again.\n\nExit codes: 0 fine, 2 bad input, 74 input or output failed, 130 ended by Ctrl-C, with the points that were done."
)]
pub struct Args {
    /// The scenario; `-` reads it from stdin.
    #[arg(value_name = "SCENARIO")]
    scenario: String,
    /// A knob and its values: `path=a,b,c`, `path=lo..hi:steps`, `path=lo..hi:steps|log`; may be given several times.
    #[arg(long, value_name = "PATH=VALUES", required = true)]
    vary: Vec<String>,
    /// Which points: all combinations, so many of a Latin hypercube, or of a Sobol sequence.
    #[arg(long, value_name = "grid|lhs:N|sobol:N", default_value = "grid", value_parser = Sample::parse)]
    sample: Sample,
    /// How often each point is run.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    replications: u32,
    /// Vary this variant of the scenario.
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// A figure to be shown and drawn, such as `shoppers: p(99)`; may be given several times. Files have all figures.
    #[arg(long = "metric", value_name = "FIGURE")]
    metric: Vec<String>,
    /// Run one of several parts: `0/4`, or `auto` within an array job of Slurm, AWS Batch or Kubernetes (`auto/4` where it does not say how many).
    #[arg(long, value_name = "I/N", requires = "out", value_parser = shard)]
    shard: Option<Shard>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    options: Options,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: `coldfront.sweep/1`.
    Json,
    /// One row a point, all figures.
    Csv,
}

fn shard(text: &str) -> Result<Shard, String> {
    Shard::parse(text, &|name| std::env::var(name).ok())
}

/// Loads, goes on where it was, runs, tells.
pub fn sweep(args: Args) -> Result<Exit, Failure> {
    let opened = files::open(&args.scenario)?;
    let overrides = args.options.overrides();
    let base = studied::base(&opened, args.variant.as_deref(), &overrides);
    let loaded = base.load(&[]);
    show(&loaded);
    let Some(scenario) = loaded.ready() else { return Ok(Exit::Usage) };
    let Some(knobs) = knobs(&args.vary) else { return Ok(Exit::Usage) };
    let points = args.sample.points(&knobs, scenario.seed);
    if knobs.iter().any(|knob| knob.path == "seed") {
        complain("every point of a sweep is run with the same seeds, so `seed` cannot vary\nhint: `--replications` says how many there are");
        return Ok(Exit::Usage);
    }
    if points.len() > POINTS_MAX {
        complain(&format!("{} are too many; a sweep has at most {}", plural(points.len() as u64, "point"), plural(POINTS_MAX as u64, "point")));
        return Ok(Exit::Usage);
    }
    let wrong = mistakes(&base, &knobs, &points);
    wrong.iter().for_each(show);
    if !wrong.is_empty() {
        return Ok(Exit::Usage);
    }
    let pricing = args.options.pricing()?;
    let plan = plan(&args, &base, scenario, &knobs, points.len())?;
    studied::heed_interrupts();
    let made = {
        let meter = Meter::new(std::iter::once(scenario.duration.value), (plan.own().len() * plan.study.seeds.len()) as u32, args.options.quiet);
        let told = |passed| meter.passed(passed);
        let how = How { bounds: args.options.bounds(), threads: args.options.threads(), pricing: &pricing, told: &told, stop: &studied::interrupted };
        let made = if known(&args, &base, &plan, &knobs, &points, &how)? { make(&args, &base, plan, &knobs, &points, &how)? } else { None };
        meter.done();
        made
    };
    match made {
        Some(sweep) => answer(&args, &sweep, &knobs),
        None => Ok(Exit::Usage),
    }
}

/// All knobs; nothing, where one cannot be understood, which is said.
fn knobs(texts: &[String]) -> Option<Vec<Knob>> {
    let read = |text: &String| Knob::parse(text).map_err(|said| studied::say(std::slice::from_ref(&said.0), &said.1)).ok();
    let found: Vec<Knob> = texts.iter().filter_map(read).collect();
    (found.len() == texts.len()).then_some(found)
}

/// What tells this sweep from others; how it is run and where it is left is not in it.
fn plan(args: &Args, base: &Base, scenario: &Scenario, knobs: &[Knob], points: usize) -> Result<Plan, Failure> {
    let hash = |path: &String| Ok(format!("{:032x}", xxh3_128(&files::open(path)?.bytes)));
    let prices = args.options.prices.iter().map(hash).collect::<Result<Vec<_>, Failure>>()?;
    let seeds = seeds(scenario.seed, args.replications as usize);
    let study = Header::new(FORMAT, base, &seeds, &command(args));
    let knobs = knobs.iter().map(|knob| knob.path.clone()).collect();
    Ok(Plan { study, prices, knobs, sample: args.sample.text(), points, shard: args.shard.filter(|shard| !shard.is_whole()) })
}

/// The words that decide what comes out.
fn command(args: &Args) -> Vec<String> {
    let mut words = vec!["sweep".to_owned(), args.scenario.clone()];
    let mut put = |option: &str, value: String| words.extend([option.to_owned(), value]);
    args.vary.iter().for_each(|vary| put("--vary", vary.clone()));
    put("--sample", args.sample.text());
    put("--replications", args.replications.to_string());
    args.variant.iter().for_each(|variant| put("--variant", variant.clone()));
    args.options.set.iter().for_each(|(path, value)| put("--set", format!("{path}={value}")));
    args.options.seed.iter().for_each(|seed| put("--seed", seed.to_string()));
    args.options.duration.iter().for_each(|duration| put("--duration", duration.clone()));
    args.options.prices.iter().for_each(|prices| put("--prices", prices.clone()));
    words.extend(args.options.free_tier.then(|| "--free-tier".to_owned()));
    words
}

/// Whether every figure that is asked for is measured, by one run of the first point: before anything is written.
fn known(args: &Args, base: &Base, plan: &Plan, knobs: &[Knob], points: &[Vec<String>], how: &How) -> Result<bool, Failure> {
    if args.metric.is_empty() {
        return Ok(true);
    }
    let once = Plan { study: Header { seeds: plan.study.seeds[..1].to_vec(), ..plan.study.clone() }, ..plan.clone() };
    let mut rows = Vec::new();
    run(&once, base, knobs, &[(0, points[0].clone())], how, |row| rows.push(row));
    let wrong = Sweep { plan: once, rows }.picks(&args.metric).err().unwrap_or_default();
    wrong.iter().for_each(|(diagnostic, sources)| studied::say(std::slice::from_ref(diagnostic), sources));
    Ok(wrong.is_empty())
}

/// Runs what is not there yet; nothing, where the results file is refused, which is said.
fn make(args: &Args, base: &Base, plan: Plan, knobs: &[Knob], points: &[Vec<String>], how: &How) -> Result<Option<Sweep>, Failure> {
    let (mut file, mut rows) = match &args.options.out {
        None => (None, Vec::new()),
        Some(dir) => {
            out::probe(dir).map_err(|error| unwritable(dir, error))?;
            match Results::open(&dir.join(name(&plan)), &plan) {
                Ok((file, rows)) => (Some(file), rows),
                Err(refused) => return said(refused, dir).map(|()| None),
            }
        }
    };
    if !rows.is_empty() && !args.options.quiet {
        let _ = writeln!(io::stderr(), "going on behind {} that are there", plural(rows.len() as u64, "point"));
    }
    let left: Vec<(usize, Vec<String>)> = plan.own().into_iter().skip(rows.len()).map(|point| (point, points[point].clone())).collect();
    let mut failed = None;
    run(&plan, base, knobs, &left, how, |row: Row| {
        let added = file.as_mut().map_or(Ok(()), |file| file.add(&row));
        failed = failed.take().or(added.err());
        rows.push(row);
    });
    match failed {
        Some(error) => Err(Failure::io("cannot write the results file", error)),
        None => Ok(Some(Sweep { plan, rows })),
    }
}

/// `sweep.jsonl`, or `sweep-0-of-4.jsonl`.
fn name(plan: &Plan) -> String {
    plan.shard.map_or_else(|| "sweep.jsonl".to_owned(), |shard| format!("sweep-{}-of-{}.jsonl", shard.index, shard.of))
}

/// Says why a results file cannot be used.
///
/// # Errors
/// Where it could not be read or written.
pub fn said(refused: Unusable, path: &Path) -> Result<(), Failure> {
    match refused {
        Unusable::Io(error) => Err(Failure::io(format!("cannot use the results file in `{}`", path.display()), error)),
        Unusable::Refused(said) => {
            studied::say(std::slice::from_ref(&said.0), &said.1);
            Ok(())
        }
    }
}

fn answer(args: &Args, sweep: &Sweep, knobs: &[Knob]) -> Result<Exit, Failure> {
    let whole = sweep.rows.len() == sweep.plan.own().len();
    if let (Some(dir), true, None) = (&args.options.out, whole, sweep.plan.shard) {
        leave(dir, sweep, &args.metric, knobs, args.options.quiet)?;
    }
    tell(sweep, &args.metric, args.format)?;
    Ok(if whole { Exit::Ok } else { Exit::Interrupted })
}

/// Writes table, JSON and charts.
///
/// # Errors
/// Where one of them cannot be written.
pub fn leave(dir: &Path, sweep: &Sweep, metrics: &[String], knobs: &[Knob], quiet: bool) -> Result<(), Failure> {
    let charts = sweep.charts(&sweep.picks(metrics).unwrap_or_default(), knobs);
    let written = out::sweep(dir, sweep, &charts).map_err(|error| unwritable(dir, error))?;
    if !quiet {
        let _ = writeln!(io::stderr(), "wrote {} to {}", plural(written.len() as u64, "file"), dir.display());
    }
    Ok(())
}

/// Prints what is there.
///
/// # Errors
/// Where stdout cannot be written to.
pub fn tell(sweep: &Sweep, metrics: &[String], format: Format) -> Result<(), Failure> {
    let style = Style { colour: matches!(colour(&io::stdout()), Colour::Always), width: terminal_width() };
    print(&match format {
        Format::Text => sweep.text(&sweep.picks(metrics).unwrap_or_default(), &style),
        Format::Json => sweep.json(),
        Format::Csv => sweep.csv(),
    })
}

pub fn unwritable(dir: &Path, error: io::Error) -> Failure {
    Failure::io(format!("cannot write to `{}`", dir.display()), error)
}
