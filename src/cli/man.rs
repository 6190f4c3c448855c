//! `coldfront man`: the manual pages, one for the program and one a verb, made from the same table as the help.
//!
//! ```text
//! coldfront man | man -l -          coldfront man run | man -l -          coldfront man --out DIR      all of them, as files
//! ```

use std::path::PathBuf;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::{Cli, Exit, Failure, complain, print};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  coldfront man | man -l -\n  coldfront man run | man -l -\n  coldfront man --out ~/.local/share/man/man1")]
pub struct Args {
    /// The page of this verb; without it, that of the program.
    verb: Option<String>,
    /// Write every page into this folder, as `coldfront.1`, `coldfront-run.1` and so on.
    #[arg(long, value_name = "DIR", conflicts_with = "verb")]
    out: Option<PathBuf>,
}

/// Prints a page, or writes all.
pub fn man(args: Args) -> Result<Exit, Failure> {
    let mut program = Cli::command();
    program.build();
    if let Some(folder) = args.out {
        let what = |name: &str| format!("cannot write `{}`", folder.join(name).display());
        std::fs::create_dir_all(&folder).map_err(|error| Failure::io(what(""), error))?;
        let verbs = program.get_subcommands().filter(|verb| verb.get_name() != "help").map(|verb| (format!("coldfront-{}.1", verb.get_name()), verb));
        for (name, command) in std::iter::once(("coldfront.1".to_owned(), &program)).chain(verbs) {
            let page = page(command).map_err(|error| Failure::io(what(&name), error))?;
            std::fs::write(folder.join(&name), page).map_err(|error| Failure::io(what(&name), error))?;
        }
        return Ok(Exit::Ok);
    }
    let wanted = match &args.verb {
        None => Some(&program),
        Some(verb) => program.find_subcommand(verb),
    };
    let Some(command) = wanted else {
        complain(&format!("there is no verb `{}`; `coldfront --help` lists them", args.verb.unwrap_or_default()));
        return Ok(Exit::Usage);
    };
    let page = page(command).map_err(|error| Failure::io("cannot write to stdout", error))?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Ok)
}

fn page(command: &Command) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    // A verb's page is called as a verb's page is looked for: `man coldfront-run`.
    let name = if command.get_name() == "coldfront" { "coldfront".to_owned() } else { format!("coldfront-{}", command.get_name()) };
    Man::new(command.clone()).title(name).source(concat!("coldfront ", env!("CARGO_PKG_VERSION"))).render(&mut page)?;
    Ok(page)
}
