//! `coldfront completions`: what makes a shell complete verbs, flags and files.
//! The script is made from the same table as the parser, by clap_complete; it goes to stdout, and the help says where each shell looks for it.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::{Cli, Exit, Failure, print};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coldfront completions bash > ~/.local/share/bash-completion/completions/coldfront\n  coldfront completions zsh > ~/.zfunc/_coldfront              with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc\n  coldfront completions fish > ~/.config/fish/completions/coldfront.fish"
)]
pub struct Args {
    /// For which shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn completions(args: Args) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "coldfront", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}
