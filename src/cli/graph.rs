//! `coldfront graph`: a scenario's topology for Graphviz or Mermaid.
//! The drawing is on stdout, warnings are on stderr: the output can be piped into `dot` as it is.

use clap::ValueEnum;

use crate::topology;

use super::{Exit, Failure, files, print, show};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  coldfront graph shop.yaml | dot -Tsvg > shop.svg\n  coldfront graph --format mermaid shop.yaml")]
pub struct Args {
    /// The scenario; `-` reads it from stdin.
    scenario: String,
    /// The language to draw in.
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Graphviz.
    Dot,
    /// Mermaid, which code hosts draw.
    Mermaid,
}

/// Draws a scenario without errors.
pub fn graph(args: Args) -> Result<Exit, Failure> {
    let loaded = files::load(&args.scenario, &[])?;
    show(&loaded);
    let Some(scenario) = loaded.ready() else { return Ok(Exit::Usage) };
    print(&match args.format {
        Format::Dot => topology::dot(&loaded.topology, &scenario.name),
        Format::Mermaid => topology::mermaid(&loaded.topology),
    })?;
    Ok(Exit::Ok)
}
