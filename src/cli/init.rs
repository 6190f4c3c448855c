//! `coldfront init`: a commented starter scenario, never over a file that is there.
//! The starter is `scenario::STARTER`, which the tests run.

use std::{fs::OpenOptions, io, io::Write, path::Path};

use crate::scenario::STARTER;

use super::{Exit, Failure, complain, files, print};

/// What the starter's first line calls the schema.
const SCHEMA: &str = "scenario.schema.json";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  coldfront init shop.yaml\n  coldfront init - | coldfront run -")]
pub struct Args {
    /// Where to write it; `-` is stdout.
    #[arg(default_value = "scenario.yaml")]
    file: String,
}

/// Writes the starter.
pub fn init(args: Args) -> Result<Exit, Failure> {
    if args.file == "-" {
        print(STARTER)?;
        return Ok(Exit::Ok);
    }
    match OpenOptions::new().write(true).create_new(true).open(&args.file).and_then(|mut file| file.write_all(STARTER.as_bytes())) {
        Ok(()) => {
            let _ = writeln!(io::stderr(), "wrote {0}; run it with: coldfront run {0}", args.file);
            let schema = Path::new(&args.file).with_file_name(SCHEMA);
            if !schema.exists() {
                let _ = writeln!(io::stderr(), "for an editor that completes it: coldfront schema > {}", schema.display());
            }
            Ok(Exit::Ok)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            complain(&format!("`{}` is there already; give another name", args.file));
            Ok(Exit::Usage)
        }
        Err(error) => {
            complain(&format!("cannot write `{}`: {}", args.file, files::in_words(&error)));
            Ok(Exit::Io)
        }
    }
}
