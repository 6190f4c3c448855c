//! The `coldfront` program: parse, dispatch, exit code.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    ExitCode::from(coldfront::cli::Cli::parse().dispatch() as u8)
}
