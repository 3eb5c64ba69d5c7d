//! `scopes diff`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::{Failure, output};
use crate::report::Report;
use crate::report::diff::{Diff, Verdict};

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    /// The older report: JSON, or a lock file.
    old: PathBuf,
    /// The newer one; without it, this program.
    new: Option<PathBuf>,
    /// What to make of it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Sentences, what is looser first.
    #[default]
    Text,
    /// Markdown, for a comment on a pull request.
    Markdown,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let old = read(&arguments.old)?;
    let new = match &arguments.new {
        Some(path) => read(path)?,
        None => Report::of_program(),
    };
    let diff = Diff::between(&old, &new);
    match arguments.format {
        Format::Text if diff.verdict() == Verdict::Same => {}
        Format::Text => output::print(&format!("{diff}\n"))?,
        Format::Markdown => output::print(&diff.markdown())?,
    }
    Ok(match diff.verdict() {
        Verdict::Same => 0,
        Verdict::Changed => 1,
        Verdict::Loosened => 2,
    })
}

fn read(path: &Path) -> Result<Report, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(&text).map_err(|error| failed(&error));
    }
    Report::from_lock(&text).map_err(|error| failed(&error))
}
