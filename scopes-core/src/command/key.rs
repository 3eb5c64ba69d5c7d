//! `scopes key new`: an API key, and its entry in the list of a server.

use std::fs::OpenOptions;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::failure::Failure;
use super::output;
use crate::api_keys::ApiKey;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Make an API key, and print it with its entry for the server's list.
    #[command(after_help = EXIT_CODES)]
    New(New),
}

#[derive(Clone, Debug, clap::Args)]
struct New {
    /// Prefix of every key of the server, such as `journal_`.
    #[arg(long)]
    prefix: String,
    /// Name of the client. All keys of one name are one principal.
    #[arg(long)]
    name: String,
    /// Date on which the key expires, at 00:00 UTC, such as `2027-03-01`; or `never`.
    #[arg(long, value_name = "DATE")]
    expires: String,
    /// Scopes of the key, separated by spaces.
    #[arg(
        long,
        value_name = "SCOPES",
        default_value = "",
        hide_default_value = true
    )]
    scope: String,
    /// The server's list: adds the entry to this file, and prints only the key.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  the key is printed; it is kept nowhere else
  3  no key: an argument is invalid, or the entry cannot be written";

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let Action::New(new) = &arguments.action;
    let key = ApiKey::generate(&new.prefix).map_err(|error| Failure::Key(error.into()))?;
    let entry = key.entry(&new.name, &new.expires, &new.scope);
    let entry = entry.map_err(|error| {
        let problems = error.problems().iter();
        let problems = problems.map(|problem| format!("the entry {}", problem.problem()));
        Failure::Key(problems.collect::<Vec<_>>().join("\n").into())
    })?;
    let key = key.as_str();
    let text = if let Some(file) = &new.file {
        append(file, &entry).map_err(Failure::of_file(file))?;
        format!("{key}\n")
    } else {
        output::note(
            "the first line is the key, for the client alone; the second is its entry, for the server's \
             list",
        );
        format!("{key}\n{entry}\n")
    };
    output::print(&text)?;
    Ok(0)
}

/// Adds a line, also behind a last one without an end.
fn append(file: &Path, entry: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.read(true).append(true).create(true).open(file)?;
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let end = if last == [b'\n'] { "" } else { "\n" };
    file.write_all(format!("{end}{entry}\n").as_bytes())
}
