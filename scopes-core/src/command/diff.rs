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
    /// The older report: JSON, or a lock file.
    old: PathBuf,
    /// The newer one; without it, this program: of a lock file, the packages that it names.
    new: Option<PathBuf>,
    /// Format of the output.
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

/// A report that was read, and from what.
struct Read {
    report: Report,
    is_lock: bool,
}

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
        output::complain(&format!(
            "the lock file does not name these packages, which were not compared: {}",
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
