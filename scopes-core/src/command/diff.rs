//! `scopes diff`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::failure::Failure;
use super::output;
use crate::registry::Registry;
use crate::report::Report;
use crate::report::diff::{Diff, Verdict};
use crate::report::lock::file;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    /// Older report: a JSON file or a lock file.
    old: PathBuf,
    /// Newer report. Without it, the operations of this program are compared; with a lock file, those
    /// of the packages that it names.
    new: Option<PathBuf>,
    /// Format of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text, with loosened requirements first.
    #[default]
    Text,
    /// Markdown, for a comment on a pull request.
    Markdown,
}

/// A report that was read, and from what.
struct Read {
    report: Report,
    is_lock: bool,
}

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  no change
  1  changes, none of which allows a caller more than before
  2  a caller is allowed more than before
  3  no answer: an argument is invalid, or a file cannot be read";

pub(super) fn run(registry: &Registry, arguments: &Arguments) -> Result<u8, Failure> {
    let old = read(&arguments.old)?;
    let new = match &arguments.new {
        Some(path) => read(path)?.report,
        None => now(registry, &old),
    };
    let diff = Diff::between(&old.report, &new);
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

/// Returns the report of this program to compare `old` with.
///
/// A lock file is about the packages that it names: the test that keeps it counts no others. JSON is
/// about all of the program.
fn now(registry: &Registry, old: &Read) -> Report {
    let packages = old.report.packages();
    if !old.is_lock || packages.is_empty() {
        return Report::from_registry(registry);
    }
    let linked = registry.packages();
    let others: Vec<_> = linked
        .into_iter()
        .filter(|package| !packages.iter().any(|named| named == package))
        .map(|package| format!("{package:?}"))
        .collect();
    if !others.is_empty() {
        output::warn(&format!(
            "the lock file does not name these packages, which are not compared: {}",
            others.join(", ")
        ));
    }
    Report::from_registry(&registry.of_packages(packages))
}

fn read(path: &Path) -> Result<Read, Failure> {
    let bytes = std::fs::read(path).map_err(Failure::of_file(path))?;
    let text = file::text_of(bytes).map_err(Failure::of_file(path))?;
    let is_lock = !text.trim_start().starts_with('{');
    let report = if is_lock {
        Report::from_lock(&text).map_err(Failure::of_file(path))?
    } else {
        serde_json::from_str(&text).map_err(Failure::of_file(path))?
    };
    Ok(Read { report, is_lock })
}
